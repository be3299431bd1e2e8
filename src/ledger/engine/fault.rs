//! From the database's many errors, and its panics, to ours.

use std::panic::{AssertUnwindSafe, catch_unwind};

use redb::{
    CommitError, CompactionError, DatabaseError, SetDurabilityError, StorageError, TableError, TransactionError,
};

use crate::ledger::error::EngineError;

/// Runs work of the database and turns a panic in it into an error.
///
/// redb checks no page on ordinary reads, and asserts. Bytes that somebody changed can therefore make it panic, and a
/// store must answer damage with an error. What a panic leaves behind inside redb is safe to meet again: its locks are
/// poisoned, and every later call that needs one panics too and ends here. Nothing of ours is shared with `work` but
/// atomics and values that are replaced whole, which is why `AssertUnwindSafe` holds. Never pass a caller's closure
/// through here: its panic would be reported as damage. A host built with `panic = "abort"` has no such net; there the
/// integrity check at open is what remains.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T, EngineError>) -> Result<T, EngineError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(EngineError::Damaged("the database met bytes it never wrote")))
}

pub(super) fn from_storage(error: StorageError) -> EngineError {
    match error {
        StorageError::Corrupted(_) => EngineError::Damaged("the database's checksums do not hold"),
        StorageError::Io(error) => error.into(),
        StorageError::PreviousIo | StorageError::LockPoisoned(_) => EngineError::Failed,
        StorageError::DatabaseClosed => EngineError::Closed,
        StorageError::Unsupported => EngineError::Storage(std::io::ErrorKind::Unsupported),
        StorageError::ValueTooLarge(_) => EngineError::Misuse("a row is too long for the database"),
        _ => EngineError::Damaged("the database failed in an unknown way"),
    }
}

pub(super) fn from_table(error: TableError) -> EngineError {
    match error {
        TableError::Storage(error) => from_storage(error),
        TableError::TableDoesNotExist(_) => EngineError::Tampered("a table is missing"),
        _ => EngineError::Tampered("a table is of another kind"),
    }
}

pub(super) fn from_open(error: DatabaseError) -> EngineError {
    match error {
        DatabaseError::DatabaseAlreadyOpen
        | DatabaseError::LockProtocolMismatch
        | DatabaseError::TransactionInProgress => EngineError::Busy,
        DatabaseError::Storage(error) => from_storage(error),
        DatabaseError::UpgradeRequired(_) => EngineError::Damaged("the database part has a format no version wrote"),
        _ => EngineError::Damaged("the database cannot be repaired"),
    }
}

pub(super) fn from_begin(error: TransactionError) -> EngineError {
    match error {
        TransactionError::Storage(error) => from_storage(error),
        _ => EngineError::Busy,
    }
}

pub(super) fn from_commit(error: CommitError) -> EngineError {
    match error {
        CommitError::Storage(error) => from_storage(error),
        _ => EngineError::Damaged("the database gave up a transaction"),
    }
}

pub(super) fn from_durability(_error: SetDurabilityError) -> EngineError {
    EngineError::Misuse("the database refuses durable commits")
}

pub(super) fn from_compaction(error: CompactionError) -> EngineError {
    match error {
        CompactionError::Storage(error) => from_storage(error),
        _ => EngineError::Busy,
    }
}
