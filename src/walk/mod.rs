//! One function per operation: a straight line through the rooms below.

mod arrive;
mod bind;
#[cfg(any(strongroom_breach = "types", strongroom_breach = "borrows"))]
mod breaches;
mod caller;
pub(crate) mod credential;
pub(crate) mod extension;
pub(crate) mod held;
pub(crate) mod iam;
pub(crate) mod kms;
mod room;
pub(crate) mod rotation;
pub(crate) mod secretsmanager;
pub(crate) mod sts;
mod transaction;
pub(crate) mod visit;

pub(crate) use arrive::{arrive, under};
pub(crate) use caller::{Caller, outcome};
pub(crate) use room::Room;
pub(crate) use transaction::{Bundle, Part};
pub(crate) use visit::{Reading, Visit, Writing};

use crate::error::Error;
use crate::ledger::Look;
use crate::operation::Operation;
use crate::walk::held::Held;

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
    /// The same; a read is answered before its record is durable, and the answer is shut until then.
    fn hold(self, caller: &Caller) -> Held<Self::Response> {
        Held::paid(self.run(caller))
    }
    /// May this request change anything?
    fn writes(&self) -> bool;
    /// The same as one call of a transaction.
    fn within(self, _transaction: &Bundle<'_>) -> Result<Self::Response, Error> {
        Err(crate::error::no_part_of_a_transaction(Self::SERVICE, Self::NAME))
    }
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
/// What may write, and is an operation or weighed as one: what a caller performs by itself or in a transaction.
pub(crate) trait Task {
    /// The operation by whose model the request is checked, and by whose name the scope of credentials goes.
    type Operation: Operation;
    type Answer;
    /// Service and name in events.
    const TOLD_AS: (&'static str, &'static str);
    fn request(&self) -> &Self::Operation;
    /// As [`Write::weigh`].
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error>;
    /// As [`Write::walk`].
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<Self::Answer, Error>;
}

macro_rules! reads {
    ($($operation:ty),* $(,)?) => { $(
        impl $crate::walk::Walk for $operation {
            fn run(self, caller: &$crate::walk::Caller) -> Result<Self::Response, $crate::error::Error> {
                caller.read(&self)
            }
            fn hold(self, caller: &$crate::walk::Caller) -> $crate::walk::held::Held<Self::Response> {
                caller.hold(&self)
            }
            fn writes(&self) -> bool {
                false
            }
            fn within(self, transaction: &$crate::walk::Bundle<'_>) -> Result<Self::Response, $crate::error::Error> {
                transaction.read(&self)
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
            fn writes(&self) -> bool {
                true
            }
            fn within(self, transaction: &$crate::walk::Bundle<'_>) -> Result<Self::Response, $crate::error::Error> {
                transaction.write(&self)
            }
        }
    )* };
}
pub(crate) use {reads, writes};
