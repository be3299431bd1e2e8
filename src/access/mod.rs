//! The gate. A row and the leave to open it travel together, in one direction: the ledger hands out rows shut inside
//! [`Facts`]; only [`Gate::admit`] turns them into a [`Pass`]; only a pass buys a `Permit`, by a second decision, on the
//! key; only a permit opens ciphertext.

pub(crate) mod acts;
pub(crate) mod call;
pub(crate) mod context;
pub(crate) mod entry;
pub(crate) mod facts;
pub(crate) mod gate;
pub(crate) mod pass;
mod refusal;

pub(crate) use call::{CallContext, Host, Scope, Standing, Tie, Who};
pub(crate) use entry::{Everything, KeyEntry, PrincipalEntry, SecretEntry, Uses};
pub(crate) use facts::{Facts, GrantLook, KeyFacts};
pub(crate) use gate::{Gate, KeyRefused, Leave};
pub(crate) use pass::{Act, Due, Ground, KeyAct, Pass, Reaches, ReachesKin, Scans, Writes};
