//! TagResource, UntagResource.

use std::sync::Arc;

use super::admitted;
use crate::access::entry::SecretLook;
use crate::access::pass::Named;
use crate::access::{Act, Facts, Pass, SecretEntry, Writes};
use crate::error::{self, Error};
use crate::ledger::Look;
use crate::model::secret::SecretRow;
use crate::model::tag::TagRules;
use crate::operation::secretsmanager::{TagResource, TagResourceResponse, UntagResource, UntagResourceResponse};
use crate::walk::{Reading, Write, Writing, writes};

writes!(TagResource, UntagResource);

impl Write for TagResource {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.secret_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<TagResourceResponse, Error> {
        let secret = admitted(self, &self.secret_id, visit)?;
        let mut row = secret.row().row.writable(visit.observed())?.clone();
        // Nothing set is no change: a secret that never had a tag still shows none.
        if !self.tags.is_empty() {
            row.tags = Some(TagRules::SecretsManager.set(row.tags(), &super::tags_of(&self.tags))?);
            save(self, visit, &secret, row)?;
        }
        Ok(TagResourceResponse::new())
    }
}

impl Write for UntagResource {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.secret_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<UntagResourceResponse, Error> {
        let secret = admitted(self, &self.secret_id, visit)?;
        let mut row = secret.row().row.writable(visit.observed())?.clone();
        let left = row.tags.as_ref().map(|tags| TagRules::SecretsManager.remove(tags, &self.tag_keys));
        if row.tags != left {
            row.tags = left;
            save(self, visit, &secret, row)?;
        }
        Ok(UntagResourceResponse::new())
    }
}

/// Saves the new tags, unless they would cost the caller its own right to this very operation.
fn save<'v, A>(
    act: &A,
    visit: &Writing<'v, '_>,
    secret: &Pass<'v, A, Arc<SecretEntry>>,
    mut row: SecretRow,
) -> Result<(), Error>
where
    A: Act<On = SecretLook> + Writes<SecretRow>,
{
    row.last_changed = visit.observed();
    let policy = crate::ledger::compile_secret_policy(&row, &visit.home().account)?;
    let entry = Arc::new(SecretEntry::new(row, policy));
    let under_new_tags: Facts<'_, SecretLook> = visit.look.proposed(secret, Arc::clone(&entry));
    if !visit.gate.weigh(act, visit.call, &under_new_tags) {
        return Err(error::denied(
            "secretsmanager",
            visit.call.principal_arn(),
            A::ACTION.full_name(),
            Some(match act.named() {
                Named::AsSent(name) => name,
                Named::Resource | Named::Nothing => secret.resource(),
            }),
            error::Reason::Untold,
        ));
    }
    visit.look.save_secret(secret, &entry.row)
}
