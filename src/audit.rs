//! Audit: one event for each call, with every decision made for it. Never content: no value, no policy text, no token.

use std::fmt;

use serde::Serialize;

use crate::clock::Timestamp;
use crate::name::Text;

/// One decision of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// Such as `secretsmanager:GetSecretValue`.
    pub action: &'static str,
    /// ARN that was weighed, or `*`.
    pub resource: Text,
    /// Allow or deny.
    pub allowed: bool,
    /// Class of the reason, such as `identity policy` or `explicit deny`.
    pub reason: &'static str,
    /// The grant that allowed it, then the one by which that was created, and so on; empty when no grant did.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Text>,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused or failed with this AWS error code.
    Refused(&'static str),
    /// It was done in a transaction that was then rolled back: nothing of it remains. Told to the host's sink alone.
    RolledBack,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// Random UUID of the call.
    pub request_id: Text,
    /// The clock's time, or the store's high-water mark where that is later.
    pub time: Timestamp,
    /// ARN of the caller.
    pub principal: Text,
    /// Such as `secretsmanager`.
    pub service: &'static str,
    /// Such as `GetSecretValue`.
    pub operation: &'static str,
    /// In the order in which they were made.
    pub decisions: Vec<Decided>,
    /// How it ended.
    pub outcome: Outcome,
}

/// The sink that could not take an event.
#[derive(Debug)]
pub struct AuditUnavailable;
impl fmt::Display for AuditUnavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the audit sink took no record")
    }
}
impl std::error::Error for AuditUnavailable {}

/// Where the events of reads and of refused calls go. Events of changes are also kept in the store's own chained journal,
/// in the transaction of the change.
pub trait Audit: Send + Sync {
    /// Takes one event.
    ///
    /// # Errors
    /// When the event could not be kept; the call that it belongs to then answers `AuditUnavailable` and no value.
    fn record(&self, event: &Event) -> Result<(), AuditUnavailable>;
}
