//! Faults of the ledger as errors of a call.

use super::record::RecordFault;
use crate::error::Error;
use crate::error::codes::store;

pub(crate) fn missing_version() -> Error {
    Error::new(&store::TAMPERED, "a version row that the secret names is missing")
}
pub(crate) fn missing_secret() -> Error {
    Error::new(&store::TAMPERED, "a secret that the list names is missing")
}
pub(crate) fn missing_backing_key() -> Error {
    Error::new(&store::TAMPERED, "a backing key that its KMS key names is missing")
}
pub(crate) fn policy_damaged() -> Error {
    Error::new(&store::DAMAGED, "a stored policy cannot be read any more; access is denied")
}
pub(crate) fn principal_gone(arn: &str) -> Error {
    Error::new(&store::EXPIRED, format!("the principal of this session is gone or has another ARN: {arn}"))
}
pub(crate) fn missing_grant() -> Error {
    Error::new(&store::TAMPERED, "a grant that others name is missing, or its row is none")
}
pub(crate) fn within_transaction() -> Error {
    Error::new(&store::BUSY, "this thread is within a transaction of this store: make the call on it, or after it")
}
pub(crate) fn misplaced() -> Error {
    Error::new(&store::DAMAGED, "a row does not belong to the resource that was admitted")
}
pub(crate) fn replicas_forgotten() -> Error {
    Error::new(&store::DAMAGED, "a primary was changed without its replicas")
}
pub(crate) fn not_carried_over() -> Error {
    Error::new(&store::DAMAGED, "a row cannot be carried over to a fresh file; nothing was replaced")
}
pub(crate) fn journal_cut(count: u64, known: u64) -> Error {
    let text = format!("the journal ends at record {count}, and had {known} when the checkpoint was taken");
    Error::new(&store::ROLLED_BACK, text)
}
pub(crate) fn checkpoint_evicted(number: u64, evicted: u64) -> Error {
    let text = format!(
        "the checkpoint is of record {number}, and records up to {evicted} were evicted: it says nothing about those that are left, \
         which are whole"
    );
    Error::new(&store::INVALID_STATE, text)
}
pub(crate) fn another_journal(number: u64) -> Error {
    let text = format!("record {number} of the journal and those before it are not those of the checkpoint");
    Error::new(&store::TAMPERED, text)
}
pub(crate) fn change_in_use() -> Error {
    Error::new(&store::DAMAGED, "a change is committed while somebody still works on it")
}
pub(crate) fn record(fault: RecordFault) -> Error {
    match fault {
        RecordFault::Damaged => Error::new(&store::DAMAGED, "record cannot be opened"),
        RecordFault::Newer => Error::new(&store::NEWER_FORMAT, "a record was written by a newer release"),
    }
}
pub(crate) fn no_settings() -> Error {
    // Removed by somebody, they would be missing from the set hash, which is told first: this is a creation that a power cut
    // interrupted between its two commits.
    Error::new(&store::DAMAGED, "the settings of the store are missing: its creation did not finish")
}
