//! Answers that wait for their record.

use std::sync::Arc;

use crate::error::Error;
use crate::ledger::Pending;
use crate::walk::Room;

/// The answer to a call, shut until its record is durable ([`ReadAudit::Strict`](crate::audit::ReadAudit::Strict)).
///
/// One that nothing [is owed](Self::is_owing) for opens at once. Otherwise opening waits for the disk: a thread that serves many
/// hands it to one that may wait. Whoever opens first writes the records of all that are held, in one commit.
#[must_use = "it is not answered before it is opened"]
pub struct Held<T> {
    answer: Result<T, Error>,
    owed: Option<(Arc<Room>, Pending)>,
}

impl<T> Held<T> {
    pub(crate) fn of(answer: Result<T, Error>, owed: Option<(Arc<Room>, Pending)>) -> Self {
        Self { answer, owed }
    }
    /// The answer to a call that has waited already.
    pub(crate) fn paid(answer: Result<T, Error>) -> Self {
        Self { answer, owed: None }
    }
    pub(crate) fn map<U>(self, with: impl FnOnce(T) -> U) -> Held<U> {
        Held { answer: self.answer.map(with), owed: self.owed }
    }
    /// May opening have to wait for the disk?
    #[must_use]
    pub fn is_owing(&self) -> bool {
        self.owed.is_some()
    }
    /// The answer, once its record is durable.
    ///
    /// # Errors
    /// What the call answers; `AuditUnavailable` when there is no record, whatever it was; `Busy` within a transaction of this
    /// thread.
    pub fn open(self) -> Result<T, Error> {
        if let Some((room, pending)) = self.owed {
            room.ledger.settle(pending)?;
        }
        self.answer
    }
}
impl<T> std::fmt::Debug for Held<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("is_owing", &self.is_owing()).finish_non_exhaustive()
    }
}
