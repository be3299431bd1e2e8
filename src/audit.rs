//! Audit: one event for each call, with every decision made for it. Never content: no value, no policy text, no token.

use std::fmt;
use std::str::FromStr;

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

/// Whether reads and refused calls have their records in the store's own journal. Changes always have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadAudit {
    /// They have none: they are told to the host's sink ([`Audit`]) alone.
    #[default]
    Off,
    /// Their records are gathered in memory, at most 4,096, and written with the next commit, by
    /// [`run_due`](crate::Strongroom::run_due), when a quarter of that waits, and when the last handle goes. While they cannot be
    /// written, reads go on; what finds no room is counted, and a record says how many are missing once it can be written. A
    /// power cut loses what waits.
    Available,
    /// No answer before its record is durable; without one the call answers `AuditUnavailable`. Calls of several threads that
    /// wait at the same time share one commit.
    Strict,
}

/// One record of the store's own journal: what was done, by whom, by what leave. Its members are those of an [`Event`].
///
/// Refusals of one principal that follow the first within a minute (same operation, same code, same action and reason of the
/// refusal) are one record with their [`count`](Self::count), written once the minute is over. Records of the store about its
/// own journal have the service `strongroom`: `AuditGap` counts calls whose records were lost
/// ([`ReadAudit::Available`]), `EvictAuditRecords` says which records went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Record {
    /// Its number in the journal; the first is 1.
    pub number: u64,
    /// Random UUID of the call.
    pub request_id: Text,
    /// When it was.
    pub time: Timestamp,
    /// ARN of the caller, or the name of a service.
    pub principal: Text,
    /// Such as `secretsmanager`.
    pub service: Text,
    /// Such as `PutSecretValue`.
    pub operation: Text,
    /// The AWS error code, if it was refused or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Text>,
    /// In the order in which they were made.
    pub decisions: Vec<Decision>,
    /// How many calls it stands for: 1, but for repeated refusals and for `AuditGap`. Of `EvictAuditRecords`: how many went.
    #[serde(skip_serializing_if = "is_one")]
    pub count: u64,
    /// When the last of several was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Timestamp>,
    /// Of `EvictAuditRecords`: number of the last record that went, and what the chain hashed to there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evicted: Option<Checkpoint>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_one(count: &u64) -> bool {
    *count == 1
}

/// One decision of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Decision {
    /// Such as `secretsmanager:PutSecretValue`.
    pub action: Text,
    /// ARN that was weighed, or `*`.
    pub resource: Text,
    /// Allow or deny.
    pub allowed: bool,
    /// Class of the reason; grants are named with their ancestors.
    pub reason: Text,
}

impl Record {
    pub(crate) fn of(
        number: u64,
        [request_id, principal, service, operation, refused]: [Text; 5],
        time: Timestamp,
    ) -> Self {
        let refused = Some(refused).filter(|code| !code.is_empty());
        Self {
            number,
            request_id,
            time,
            principal,
            service,
            operation,
            refused,
            decisions: Vec::new(),
            count: 1,
            last: None,
            evicted: None,
        }
    }
}
impl Decision {
    pub(crate) fn of(action: Text, resource: Text, allowed: bool, reason: Text) -> Self {
        Self { action, resource, allowed, reason }
    }
}

/// A place in the journal's chain: a number, and what all records up to it hash to under a key of the store's. Kept outside the
/// store it shows later whether the end of the journal was cut off, or an older file was put back. It tells nothing else.
///
/// As text: the number, a colon, 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    number: u64,
    head: [u8; 32],
}
impl Checkpoint {
    pub(crate) fn of(number: u64, head: [u8; 32]) -> Self {
        Self { number, head }
    }
    /// The number of the last record that it covers; 0 when there was none.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }
    /// What the chain hashes to there.
    #[must_use]
    pub fn head(&self) -> &[u8; 32] {
        &self.head
    }
}
impl Serialize for Checkpoint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.number)?;
        self.head.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
impl FromStr for Checkpoint {
    type Err = NoCheckpoint;
    fn from_str(text: &str) -> Result<Self, NoCheckpoint> {
        let (number, digits) = text.split_once(':').ok_or(NoCheckpoint)?;
        // Exactly as it is written: no sign, no capital digits.
        let plain = !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit());
        let number = number.parse().ok().filter(|_| plain).ok_or(NoCheckpoint)?;
        let (pairs, []) = digits.as_bytes().as_chunks::<2>() else { return Err(NoCheckpoint) };
        let pairs: &[[u8; 2]; 32] = pairs.try_into().map_err(|_| NoCheckpoint)?;
        let digit = |digit: u8| match digit {
            b'0'..=b'9' => Some(digit - b'0'),
            b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        let mut head = [0; 32];
        for (byte, [high, low]) in head.iter_mut().zip(pairs) {
            *byte = digit(*high).zip(digit(*low)).map(|(high, low)| high << 4 | low).ok_or(NoCheckpoint)?;
        }
        Ok(Self { number, head })
    }
}

/// A text that is no [`Checkpoint`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoCheckpoint;
impl fmt::Display for NoCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a checkpoint is a number, a colon and 64 hexadecimal digits")
    }
}
impl std::error::Error for NoCheckpoint {}

/// The sink that could not take an event.
#[derive(Debug)]
pub struct AuditUnavailable;
impl fmt::Display for AuditUnavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the audit sink took no record")
    }
}
impl std::error::Error for AuditUnavailable {}

/// Where the host hears of every call. Events of changes are also kept in the store's own chained journal, in the transaction
/// of the change; those of reads and of refused calls if [`ReadAudit`] says so.
pub trait Audit: Send + Sync {
    /// Takes one event.
    ///
    /// # Errors
    /// When the event could not be kept; the call that it belongs to then answers `AuditUnavailable` and no value.
    fn record(&self, event: &Event) -> Result<(), AuditUnavailable>;
}
