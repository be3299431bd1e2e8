//! Work without a caller: the row says that an admitted call made it due.

use crate::access::entry::SecretLook;
use crate::access::{Act, Due, KeyFacts, Scans, Writes};
use crate::action::Action;
use crate::clock::Timestamp;
use crate::model::grant::Grant;
use crate::model::key::{AliasRow, KeyRow};
use crate::model::secret::{Life, SecretRow};
use crate::model::version::VersionRow;

/// Removes a secret whose recovery window is over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PurgeSecret;
impl Act for PurgeSecret {
    type On = SecretLook;
    const ACTION: Action = Action::SECRETSMANAGER_DELETE_SECRET;
}
impl Due for PurgeSecret {
    fn is_due(row: &SecretLook, observed: Timestamp) -> bool {
        row.as_deref().is_some_and(|entry| entry.row.life(observed) == Life::Gone)
    }
}
impl Writes<SecretRow> for PurgeSecret {}
impl Writes<VersionRow> for PurgeSecret {}

/// Removes a key whose time of waiting is over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeleteKey;
impl Act for DeleteKey {
    type On = KeyFacts;
    const ACTION: Action = Action::KMS_SCHEDULE_KEY_DELETION;
}
impl Due for DeleteKey {
    fn is_due(row: &KeyFacts, observed: Timestamp) -> bool {
        row.entry.row.life(observed).is_none()
    }
}
impl Writes<KeyRow> for DeleteKey {}
impl Writes<AliasRow> for DeleteKey {}
impl Writes<Grant> for DeleteKey {}
impl Scans<Grant> for DeleteKey {}
