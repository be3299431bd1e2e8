//! One function per operation: a straight line through the rooms below.

mod arrive;
mod bind;
#[cfg(any(strongroom_breach = "types", strongroom_breach = "borrows"))]
mod breaches;
mod caller;
pub(crate) mod credential;
pub(crate) mod extension;
pub(crate) mod iam;
pub(crate) mod kms;
mod room;
pub(crate) mod secretsmanager;
pub(crate) mod sts;
pub(crate) mod visit;

pub(crate) use arrive::{arrive, arrive_under, under};
pub(crate) use caller::Caller;
pub(crate) use room::Room;
pub(crate) use visit::{Reading, Visit, Writing};

use crate::error::Error;
use crate::ledger::Look;
use crate::operation::Operation;

/// Work within a change, and what it means to other regions: a primary's replicas have it in the same commit. Every walk that
/// changes anything goes through here; a change that did not is not committed.
pub(crate) fn carried<T>(
    visit: &Writing<'_, '_>,
    work: impl FnOnce(&Writing<'_, '_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let answer = work(visit)?;
    secretsmanager::replication::carry(visit)?;
    Ok(answer)
}

/// An operation that a caller can send on its walk.
pub(crate) trait Walk: Operation {
    fn run(self, caller: &Caller) -> Result<Self::Response, Error>;
}
/// A walk that only reads: over a view, or over a change when another walk calls it.
pub(crate) trait Read: Operation {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<Self::Response, Error>;
}
/// A walk that may write.
pub(crate) trait Write: Operation {
    /// Everything up to the decision, on the view: the denied never take the writer's turn.
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error>;
    /// The whole, inside its change.
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<Self::Response, Error>;
}

macro_rules! reads {
    ($($operation:ty),* $(,)?) => { $(
        impl $crate::walk::Walk for $operation {
            fn run(self, caller: &$crate::walk::Caller) -> Result<Self::Response, $crate::error::Error> {
                caller.read(&self)
            }
        }
    )* };
}
macro_rules! writes {
    ($($operation:ty),* $(,)?) => { $(
        impl $crate::walk::Walk for $operation {
            fn run(self, caller: &$crate::walk::Caller) -> Result<Self::Response, $crate::error::Error> {
                caller.write(&self)
            }
        }
    )* };
}
pub(crate) use {reads, writes};
