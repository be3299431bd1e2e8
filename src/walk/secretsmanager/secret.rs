//! CreateSecret, UpdateSecret, DescribeSecret, ListSecrets, DeleteSecret, RestoreSecret, GetRandomPassword.

use std::collections::BTreeMap;
use std::sync::Arc;

use strongroom_keystore::SecretBytes;

use super::replication::{self, PROBE};
use super::rotation::{next_date, shown_rules};
use super::value::{keep, key_of, must_be_same, not_under_managed_key_of_another_account, seal};
use super::{Given, admitted, cannot_seal, filters_of, list, tags_of, tags_shown};
use crate::access::acts::through;
use crate::access::{Act, Pass, Reaches, SecretEntry};
use crate::error::{self, Error};
use crate::ledger::{Keys as _, Look};
use crate::model::filter::{Listed, Sort, Wanted};
use crate::model::password::{self, PasswordRules};
use crate::model::secret::{
    Life, Repeat, SecretRow, Window, check_new_name, check_room, draw_suffix, need_token, repeat_of_create,
    repeat_of_update,
};
use crate::model::tag::TagRules;
use crate::model::version::NewVersion;
use crate::name::Text;
use crate::operation::secretsmanager::{
    CreateSecret, CreateSecretResponse, DeleteSecret, DeleteSecretResponse, DescribeSecret, DescribeSecretResponse,
    GetRandomPassword, GetRandomPasswordResponse, ListSecrets, ListSecretsResponse, ReplicationStatus, RestoreSecret,
    RestoreSecretResponse, SecretListEntry, SortBy, SortOrder, UpdateSecret, UpdateSecretResponse,
};
use crate::walk::kms::managed;
use crate::walk::kms::rotation;
use crate::walk::visit::{List, Marker};
use crate::walk::{Read, Reading, Visit, Write, Writing, reads, writes};

reads!(DescribeSecret, ListSecrets, GetRandomPassword);
writes!(CreateSecret, UpdateSecret, DeleteSecret, RestoreSecret);

impl Write for CreateSecret {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        check_new_name(&self.name)?;
        need_token(self.client_request_token.as_ref())?;
        let suffix = draw_suffix(&mut |out| visit.fill(out))?;
        visit.admit(self, visit.look.secret_or(&self.name, &suffix, visit.observed())?).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<CreateSecretResponse, Error> {
        // A transaction comes here without having been weighed on a view.
        check_new_name(&self.name)?;
        let token = need_token(self.client_request_token.as_ref())?;
        let given = Given::of(self.secret_string.as_ref(), self.secret_binary.as_ref())?;
        let suffix = draw_suffix(&mut |out| visit.fill(out))?;
        super::purge_if_gone(visit, &self.name)?;
        let secret = visit.admit(self, visit.look.secret_or(&self.name, &suffix, visit.observed())?)?;
        if let Some(entry) = secret.row().as_ref().map(Arc::clone) {
            let secret = secret.found(error::secretsmanager::secret_not_found)?;
            return repeated(visit, &secret, &entry, token, given);
        }
        let free = secret.absent(|_| error::damaged())?;
        self.refuse_what_is_out_of_scope()?;
        check_room(visit.look.count_secrets(&free)?)?;
        let wish = replication::Wish {
            regions: self.add_replica_regions.as_deref().unwrap_or_default(),
            overwrite: self.force_overwrite_replica_secret == Some(true),
        };
        let tags = match &self.tags {
            Some(asked) if !asked.is_empty() => Some(TagRules::SecretsManager.set(&[], &tags_of(asked))?),
            // No tag was ever set.
            _ => None,
        };
        let named = self.kms_key_id.as_ref().filter(|key| !key.is_empty());
        let now = visit.observed();
        let mut row = SecretRow::new(self.name.clone(), free.resource().clone(), now);
        wish.enter(&mut row)?;
        let (kms_key_id, key) = choose_key(visit, &free, named)?;
        let mut row = SecretRow {
            description: self.description.clone().unwrap_or_default(),
            secret_type: partner(self.secret_type.as_ref()),
            kms_key_id,
            key,
            tags,
            ..row
        };
        let mut answer = CreateSecretResponse::new(row.arn.clone(), row.name.clone());
        match given {
            Some(given) => {
                let key = key_of(visit, &row)?;
                let value = seal(visit, &free, token, given, &key)?;
                keep(visit, &free, &mut row, NewVersion { id: token.clone(), created: now, value }, &[])?;
                answer.version_id = Some(token.clone());
            }
            None => visit.look.save_secret(&free, &row)?,
        }
        if !wish.regions.is_empty() {
            let row = replication::carry_now(visit, row, wish)?;
            answer.replication_status = Some(replication::shown(&row, &BTreeMap::new()));
        }
        Ok(answer)
    }
}

impl CreateSecret {
    fn refuse_what_is_out_of_scope(&self) -> Result<(), Error> {
        if self.cross_account_primary_arn.is_some() {
            return Err(error::secretsmanager::cross_account_replica());
        }
        Ok(())
    }
}

/// The name is taken: the answer of the first time, if this is the same request again.
fn repeated<'v>(
    visit: &Writing<'v, '_>,
    secret: &Pass<'v, CreateSecret, Arc<SecretEntry>>,
    entry: &SecretEntry,
    token: &Text,
    given: Option<Given<'_>>,
) -> Result<CreateSecretResponse, Error> {
    match (repeat_of_create(Some(&entry.row), token, given.is_some(), visit.observed())?, given) {
        (Repeat::Compare(version), Some(given)) => {
            must_be_same(visit, secret, version, given)?;
            let mut answer = CreateSecretResponse::new(entry.row.arn.clone(), entry.row.name.clone());
            answer.version_id = Some(token.clone());
            answer.replication_status = statuses(visit, secret)?;
            Ok(answer)
        }
        _ => Err(error::damaged()),
    }
}

/// The replicas of an admitted secret and their states; nothing at all without any.
fn statuses<A: Act, L: Look>(
    visit: &Visit<'_, L>,
    secret: &Pass<'_, A, Arc<SecretEntry>>,
) -> Result<Option<Vec<ReplicationStatus>>, Error> {
    let row = &secret.row().row;
    if row.replicas().is_empty() {
        return Ok(None);
    }
    Ok(Some(replication::shown(row, &replication::last_reads(visit, secret)?)))
}

/// The key that the request names, checked as AWS does: the caller must be able to seal and to open under it. The managed
/// key, made on first need, asks for no right of the caller's own.
fn choose_key<'v, A, R>(
    visit: &Writing<'v, '_>,
    secret: &Pass<'v, A, R>,
    named: Option<&Text>,
) -> Result<(Option<Text>, Option<[u8; 16]>), Error>
where
    A: Act
        + Reaches<through::ValidateSeal>
        + Reaches<through::ValidateOpen>
        + Reaches<through::Make>
        + crate::access::Writes<crate::model::key::KeyRow>,
{
    let managed_key = managed::ensure(visit, secret)?;
    let Some(named) = named else { return Ok((None, None)) };
    let id = crate::walk::kms::resolve(visit.look, named).map_err(|_| error::secretsmanager::key_not_found(named))?;
    if id == managed_key {
        return Ok((None, None));
    }
    let facts = visit.look.key_by_id(&id)?;
    visit.permit::<through::ValidateSeal, _, _>(secret, PROBE, None, facts.as_ref()).map_err(cannot_seal)?;
    let facts = visit.look.key_by_id(&id)?;
    visit.permit::<through::ValidateOpen, _, _>(secret, PROBE, None, facts.as_ref()).map_err(cannot_seal)?;
    Ok((Some(named.clone()), Some(id)))
}

impl Write for UpdateSecret {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        need_token(self.client_request_token.as_ref())?;
        admitted(self, &self.secret_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<UpdateSecretResponse, Error> {
        let token = need_token(self.client_request_token.as_ref())?;
        let secret = admitted(self, &self.secret_id, visit)?;
        let mut row = secret.row().row.live(visit.observed())?.clone();
        if row.is_replica() && !self.is_for_key_alone() {
            return Err(error::secretsmanager::operation_on_replica());
        }
        let given = Given::of(self.secret_string.as_ref(), self.secret_binary.as_ref())?;
        let mut answer = UpdateSecretResponse::new(row.arn.clone(), row.name.clone());
        let mut new_value = None;
        if let Some(given) = given {
            not_under_managed_key_of_another_account(visit, &row)?;
            answer.version_id = Some(token.clone());
            match repeat_of_update(&row, token)? {
                // The whole request was served before: nothing of it is done again.
                Repeat::Compare(version) => {
                    must_be_same(visit, &secret, version, given)?;
                    return Ok(answer);
                }
                Repeat::New | Repeat::Fill(_) => new_value = Some(given),
            }
        }
        let nothing = self.description.is_none() && self.kms_key_id.is_none() && self.secret_type.is_none();
        if nothing && new_value.is_none() {
            return Ok(answer);
        }
        if let Some(description) = &self.description {
            row.description = description.clone();
        }
        if self.secret_type.is_some() {
            row.secret_type = partner(self.secret_type.as_ref());
        }
        if let Some(named) = &self.kms_key_id {
            let (kms_key_id, key) = choose_key(visit, &secret, Some(named).filter(|named| !named.is_empty()))?;
            row.kms_key_id = kms_key_id;
            if row.key != key {
                row.key = key;
                move_versions(visit, &secret, &mut row)?;
            }
            let (region, named) = (Text::from(row.region()), row.kms_key_id.clone());
            replication::change_primary(visit, &secret, |replicas| {
                for replica in replicas.iter_mut().filter(|replica| replica.region == region) {
                    replica.kms_key_id.clone_from(&named);
                }
            })?;
        }
        row.last_changed = visit.observed();
        match new_value {
            Some(given) => {
                let key = key_of(visit, &row)?;
                let value = seal(visit, &secret, token, given, &key)?;
                keep(
                    visit,
                    &secret,
                    &mut row,
                    NewVersion { id: token.clone(), created: visit.observed(), value },
                    &[],
                )?;
            }
            None => visit.look.save_secret(&secret, &row)?,
        }
        Ok(answer)
    }
}

impl UpdateSecret {
    /// All that a replica can be given by itself.
    fn is_for_key_alone(&self) -> bool {
        self.kms_key_id.is_some()
            && self.description.is_none()
            && self.secret_string.is_none()
            && self.secret_binary.is_none()
            && self.secret_type.is_none()
    }
}

/// Moves the versions labelled current, pending and previous under the secret's new key, each with a new data key and
/// payload. One that either key refuses stays where it is, and the call succeeds.
fn move_versions<'v>(
    visit: &Writing<'v, '_>,
    secret: &Pass<'v, UpdateSecret, Arc<SecretEntry>>,
    row: &mut SecretRow,
) -> Result<(), Error> {
    let to = key_of(visit, row)?;
    rotation::if_due(visit, &to, visit.look.key_of(secret, &to)?.as_ref())?;
    let sequence = visit.look.sequence();
    for old in &secret.row().row.versions {
        let Some(at) = old.value else { continue };
        let labelled = ["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"].iter().any(|label| old.carries(label));
        if !labelled || at.key == to {
            continue;
        }
        let (old_key, new_key) = (visit.look.key_of(secret, &at.key)?, visit.look.key_of(secret, &to)?);
        let from = visit.permit::<through::MoveOut, _, _>(secret, &old.id, Some(at.material), old_key.as_ref());
        let into = visit.permit::<through::MoveIn, _, _>(secret, &old.id, None, new_key.as_ref());
        let (Ok(from), Ok(into)) = (from, into) else { continue };
        let sealed = visit.look.sealed(secret, secret.row().row.place_of(old))?;
        let (multi_region, material) = (into.key.multi_region, into.material);
        let resealed = visit.keystore.reseal(from.permit, into.permit, sealed.at(at.sequence), sequence)?;
        visit.note_use::<through::MoveOut>(from.uses, &at.key);
        visit.note_use::<through::MoveIn>(into.uses, &to);
        visit.look.save_version(secret, &old.id, resealed);
        if let Some(value) =
            row.versions.iter_mut().find(|version| version.id == old.id).and_then(|version| version.value.as_mut())
        {
            *value = crate::model::version::SealedAt { key: to, multi_region, material, sequence, binary: at.binary };
        }
    }
    Ok(())
}

impl Read for DescribeSecret {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<DescribeSecretResponse, Error> {
        let secret = admitted(self, &self.secret_id, visit)?;
        let mut row = secret.row().row.present(visit.observed())?.clone();
        visit.ledger.accesses().overlay(&mut row);
        let mut answer = DescribeSecretResponse::new(row.arn.clone(), row.name.clone());
        answer.version_ids_to_stages = stages(&row);
        answer.created_date = Some(row.created);
        answer.last_changed_date = Some(row.last_changed);
        answer.last_accessed_date = row.last_accessed;
        answer.deleted_date = row.deletion.map(|deletion| deletion.due);
        answer.secret_type.clone_from(&row.secret_type);
        answer.last_rotated_date = row.last_rotated;
        if let Some(rotation) = row.rotation.as_deref() {
            answer.rotation_enabled = Some(rotation.enabled);
            answer.rotation_lambda_arn = Some(rotation.function.clone());
            answer.rotation_rules = Some(shown_rules(rotation));
            answer.next_rotation_date = next_date(rotation);
        }
        answer.description = Some(row.description.clone()).filter(|text| !text.is_empty());
        answer.kms_key_id.clone_from(&row.kms_key_id);
        answer.tags = row.tags.as_deref().map(tags_shown);
        answer.primary_region = row.primary_region().map(Text::from);
        answer.replication_status = statuses(visit, &secret)?;
        Ok(answer)
    }
}

/// The partner's type as it is stored: as with descriptions, empty is the same as none.
fn partner(sent: Option<&Text>) -> Option<Text> {
    sent.filter(|sent| !sent.is_empty()).cloned()
}

/// Labelled versions and their labels; nothing at all when there are none.
fn stages(row: &SecretRow) -> Option<BTreeMap<Text, Vec<Text>>> {
    let map: BTreeMap<Text, Vec<Text>> =
        row.labelled().map(|version| (version.id.clone(), version.labels.clone())).collect();
    (!map.is_empty()).then_some(map)
}

impl Read for ListSecrets {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<ListSecretsResponse, Error> {
        let all = visit.admit(self, visit.look.everything())?;
        let filters = filters_of(self.filters.as_deref())?;
        let sort =
            Sort::read(self.sort_by.as_ref().map(SortBy::as_str), self.sort_order.as_ref().map(SortOrder::as_str));
        let planned = self.include_planned_deletion.unwrap_or(false);
        // A token goes on with the list it came from: other filters, another order, another list.
        let scope = format!("{:?} {:?} {:?} {planned}", self.filters, self.sort_by, self.sort_order);
        let list = List {
            number: list::SECRETS,
            scope: scope.as_bytes(),
            order: sort.order,
            size: 100,
            invalid: error::secretsmanager::invalid_next_token,
        };
        let marker = visit.marker(&list, self.next_token.as_deref())?;
        let wanted = Wanted {
            filters: &filters,
            sort,
            planned,
            valued: false,
            region: &visit.home().region,
            observed: visit.observed(),
            after: marker.as_ref().map(Marker::place).transpose()?,
            limit: list.limit(self.max_results),
        };
        let (mut rows, more) = visit.look.secrets(&all, &wanted)?;
        for row in &mut rows {
            visit.ledger.accesses().overlay(row);
        }
        let next = match rows.last() {
            Some(last) if more => Some(visit.next_token(&list, &sort.place(&Listed::from(last)))?),
            _ => None,
        };
        let entries = rows.iter().map(listed).collect::<Vec<_>>();
        let mut answer = ListSecretsResponse::new(entries);
        answer.next_token = next;
        Ok(answer)
    }
}

fn listed(row: &SecretRow) -> SecretListEntry {
    let mut entry = SecretListEntry::new(row.arn.clone(), row.name.clone());
    entry.secret_versions_to_stages = stages(row);
    entry.created_date = Some(row.created);
    entry.last_changed_date = Some(row.last_changed);
    entry.last_accessed_date = row.last_accessed;
    entry.deleted_date = row.deletion.map(|deletion| deletion.due);
    entry.secret_type.clone_from(&row.secret_type);
    entry.last_rotated_date = row.last_rotated;
    if let Some(rotation) = row.rotation.as_deref() {
        entry.rotation_enabled = Some(rotation.enabled);
        entry.rotation_lambda_arn = Some(rotation.function.clone());
        entry.rotation_rules = Some(shown_rules(rotation));
        entry.next_rotation_date = next_date(rotation);
    }
    entry.description = Some(row.description.clone()).filter(|text| !text.is_empty());
    entry.kms_key_id.clone_from(&row.kms_key_id);
    entry.tags = row.tags.as_deref().map(tags_shown);
    entry.primary_region = row.primary_region().map(Text::from);
    entry
}

impl Write for DeleteSecret {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        visit.admit(self, visit.look.secret(&self.secret_id, visit.call)?).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<DeleteSecretResponse, Error> {
        let secret = visit.admit(self, visit.look.secret(&self.secret_id, visit.call)?)?;
        let window = Window::of(self.recovery_window_in_days, self.force_delete_without_recovery)?;
        let now = visit.observed();
        let there = secret.row().as_ref().is_some_and(|entry| entry.row.life(now) != Life::Gone);
        if !there {
            return match window {
                // A forced deletion of something unknown succeeds, with an ARN made up for the name.
                Window::Force => {
                    let suffix = draw_suffix(&mut |out| visit.fill(out))?;
                    let (arn, name) = super::made_up(visit.home(), &self.secret_id, &suffix);
                    Ok(DeleteSecretResponse::new(arn, name, now))
                }
                Window::Days(_) => Err(error::secretsmanager::secret_not_found()),
            };
        }
        let secret = secret.found(error::secretsmanager::secret_not_found)?;
        let mut row = secret.row().row.clone();
        if row.is_replica() {
            return Err(error::secretsmanager::operation_on_replica());
        }
        if !row.replicas().is_empty() {
            let regions: Vec<&str> = row.replicas().iter().map(|replica| replica.region.as_str()).collect();
            return Err(error::secretsmanager::still_has_replicas(&self.secret_id, &regions));
        }
        match window {
            Window::Force => {
                visit.look.remove_secret(&secret, &row)?;
                Ok(DeleteSecretResponse::new(row.arn.clone(), row.name.clone(), now))
            }
            Window::Days(days) => {
                row.live(now)?;
                let deletion = row.schedule(now, days);
                visit.look.save_secret(&secret, &row)?;
                Ok(DeleteSecretResponse::new(row.arn.clone(), row.name.clone(), deletion.due))
            }
        }
    }
}

impl Write for RestoreSecret {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.secret_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<RestoreSecretResponse, Error> {
        let secret = admitted(self, &self.secret_id, visit)?;
        let mut row = secret.row().row.present(visit.observed())?.clone();
        if row.is_replica() {
            return Err(error::secretsmanager::operation_on_replica());
        }
        if row.deletion.is_some() {
            row.restore();
            visit.look.save_secret(&secret, &row)?;
        }
        Ok(RestoreSecretResponse::new(row.arn.clone(), row.name.clone()))
    }
}

impl Read for GetRandomPassword {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GetRandomPasswordResponse, Error> {
        visit.admit(self, visit.look.everything())?;
        let rules = PasswordRules {
            exclude_characters: self.exclude_characters.as_deref().unwrap_or_default(),
            exclude_numbers: self.exclude_numbers.unwrap_or(false),
            exclude_punctuation: self.exclude_punctuation.unwrap_or(false),
            exclude_uppercase: self.exclude_uppercase.unwrap_or(false),
            exclude_lowercase: self.exclude_lowercase.unwrap_or(false),
            include_space: self.include_space.unwrap_or(false),
            require_each_included_type: self.require_each_included_type.unwrap_or(true),
        };
        let length =
            self.password_length.and_then(|length| usize::try_from(length).ok()).unwrap_or(password::LENGTH_DEFAULT);
        // Drawn straight into the wiped buffer that is answered.
        let password =
            SecretBytes::fill_with(length, |out| password::generate(&rules, out, &mut |bytes| visit.fill(bytes)))?;
        Ok(GetRandomPasswordResponse::new(password.into_text().map_err(|_| error::damaged())?))
    }
}
