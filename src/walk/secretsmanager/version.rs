//! ListSecretVersionIds, UpdateSecretVersionStage.

use super::{admitted, list};
use crate::error::{self, Error};
use crate::ledger::Look;
use crate::model::paging::{Place, SortOrder};
use crate::model::version::{LabelMove, VersionRow};
use crate::name::Text;
use crate::operation::secretsmanager::{
    ListSecretVersionIds, ListSecretVersionIdsResponse, SecretVersionsListEntry, UpdateSecretVersionStage,
    UpdateSecretVersionStageResponse,
};
use crate::walk::visit::List;
use crate::walk::{Read, Reading, Visit, Write, Writing, reads, writes};

reads!(ListSecretVersionIds);
writes!(UpdateSecretVersionStage);

impl Read for ListSecretVersionIds {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<ListSecretVersionIdsResponse, Error> {
        let secret = admitted(self, &self.secret_id, visit)?;
        let mut row = secret.row().row.present(visit.observed())?.clone();
        visit.ledger.accesses().overlay(&mut row);
        let mut listed: Vec<&VersionRow> = row.listed(self.include_deprecated.unwrap_or(false)).collect();
        let list = List {
            number: list::VERSIONS,
            scope: row.arn.as_bytes(),
            order: SortOrder::Ascending,
            size: 100,
            invalid: error::secretsmanager::invalid_next_token,
        };
        listed.sort_by(|a, b| place(a).compare(&place(b), list.order));
        let (page, next) =
            visit.page(&list, self.next_token.as_deref(), self.max_results, &listed, |version| place(version))?;
        let entries = page.iter().map(|version| entry(visit, version)).collect::<Result<Vec<_>, Error>>()?;
        let mut answer = ListSecretVersionIdsResponse::new(row.arn.clone(), row.name.clone(), entries);
        answer.next_token = next;
        Ok(answer)
    }
}

fn place(version: &VersionRow) -> Place<'_> {
    Place::by_moment(version.created, &version.id)
}

fn entry<L: Look>(visit: &Visit<'_, L>, version: &VersionRow) -> Result<SecretVersionsListEntry, Error> {
    let mut keys = Vec::with_capacity(1);
    if let Some(at) = version.value {
        let managed = visit.look.managed_key()? == Some(at.key);
        keys.push(if managed { Text::from("DefaultEncryptionKey") } else { super::key_arn(visit, at) });
    }
    let mut entry = SecretVersionsListEntry::new(version.id.clone(), version.created, keys);
    entry.version_stages = (!version.labels.is_empty()).then(|| version.labels.clone());
    entry.last_accessed_date = version.last_accessed;
    Ok(entry)
}

impl Write for UpdateSecretVersionStage {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.secret_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<UpdateSecretVersionStageResponse, Error> {
        let secret = admitted(self, &self.secret_id, visit)?;
        let mut row = secret.row().row.writable(visit.observed())?.clone();
        let asked = LabelMove {
            label: &self.version_stage,
            remove_from: self.remove_from_version_id.as_deref(),
            move_to: self.move_to_version_id.as_deref(),
        };
        if row.move_label(asked)? {
            row.forget_lost_run();
            row.last_changed = visit.observed();
            visit.look.save_secret(&secret, &row)?;
        }
        Ok(UpdateSecretVersionStageResponse::new(row.arn.clone(), row.name.clone()))
    }
}
