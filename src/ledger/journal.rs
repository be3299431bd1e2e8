//! The store's own journal: what an event looks like as bytes of a chained row.

use std::ops::ControlFlow;
use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};

use super::change::Change;
use super::fault;
use super::record::{self, Record, RecordFault};
use super::store::Ledger;
use super::view::View;
use crate::audit::{self, Checkpoint, Decided, Decision, Event, Outcome};
use crate::clock::Timestamp;
use crate::error::{self, Error};
use crate::name::Text;

/// An event as it is kept. Owned text throughout, so that a newer release can read what an older one wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EventRow {
    pub request_id: Text,
    pub time: Timestamp,
    pub principal: Text,
    pub service: Text,
    pub operation: Text,
    /// Empty: done; else the AWS error code.
    pub refused: Text,
    pub decisions: Vec<DecisionRow>,
    /// Calls that it stands for.
    pub count: u64,
    /// When the last of several was.
    pub last: Option<Timestamp>,
    /// Of an eviction: number of the last record that went, and the head of the chain there.
    pub cut: Option<(u64, [u8; 32])>,
}
/// As releases of before wrote it: one call each.
#[derive(Deserialize)]
struct EventRowV1 {
    request_id: Text,
    time: Timestamp,
    principal: Text,
    service: Text,
    operation: Text,
    refused: Text,
    decisions: Vec<DecisionRow>,
}
/// One decision of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DecisionRow {
    pub action: Text,
    pub resource: Text,
    pub allowed: bool,
    pub reason: Text,
}
impl Record for EventRow {
    const KIND: u8 = 8;
    const VERSION: u16 = 2;
    fn from_older(_version: u16, body: &[u8]) -> Option<Self> {
        let EventRowV1 { request_id, time, principal, service, operation, refused, decisions } = record::whole(body)?;
        let (count, last, cut) = (1, None, None);
        Some(Self { request_id, time, principal, service, operation, refused, decisions, count, last, cut })
    }
}

impl View<'_> {
    /// The records from a number on, in their order, until the visitor breaks.
    pub(crate) fn records(
        &self,
        from: u64,
        visit: &mut dyn FnMut(audit::Record) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.engine.each_audit_record::<Error>(from, |number, data| {
            let row: EventRow = record::decode(data).map_err(fault::record)?;
            let texts = [row.request_id, row.principal, row.service, row.operation, row.refused];
            let mut told = audit::Record::of(number, texts, row.time);
            let told_of = |row: DecisionRow| Decision::of(row.action, row.resource, row.allowed, row.reason);
            told.decisions = row.decisions.into_iter().map(told_of).collect();
            (told.count, told.last) = (row.count, row.last);
            told.evicted = row.cut.map(|(number, head)| Checkpoint::of(number, head));
            Ok(visit(told))
        })
    }
    /// Number of the last record and head of the chain.
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        let (number, head) = self.engine.audit_head();
        Checkpoint::of(number, head)
    }
}

impl Ledger {
    /// Follows the whole chain, and holds it against a checkpoint of before. Answers how many records there are.
    ///
    /// # Errors
    /// `Tampered`, also if the checkpoint is of another history; `RolledBack` if the chain ends before it; `InvalidState` if what
    /// it covers was evicted; `Damaged`, `Storage`.
    pub(crate) fn verify_journal(&self, since: Option<&Checkpoint>) -> Result<u64, Error> {
        let view = self.view()?;
        let mut found = None;
        let kept = view.engine.follow_audit(|number, head| {
            if since.is_some_and(|since| since.number() == number) {
                found = Some(*head);
            }
        })?;
        let Some(since) = since else { return Ok(kept) };
        let ((last, _), (evicted, _)) = (view.engine.audit_head(), view.engine.audit_cut());
        // The head before the first record, which nobody can take away.
        let found = if since.number() == 0 { Some([0; 32]) } else { found };
        match found {
            Some(head) if head == *since.head() => Ok(kept),
            Some(_) => Err(fault::another_journal(since.number())),
            None if since.number() > last => Err(fault::journal_cut(last, since.number())),
            None => Err(fault::checkpoint_evicted(since.number(), evicted)),
        }
    }
    /// How many records the journal keeps at most.
    pub(crate) fn retention(&self) -> u64 {
        self.retention.load(Ordering::Relaxed)
    }
    /// Whether the oldest records are to go, and how many.
    pub(super) fn surplus(&self, kept: u64) -> Option<u64> {
        let most = self.retention();
        let segment = (most / SEGMENTS).clamp(1, SEGMENT_MAX);
        let over = kept.checked_sub(most).filter(|over| *over > 0)?;
        // Whole segments, so that not every commit evicts; and no more at once than a commit may well wait for.
        let whole = over.div_ceil(segment).saturating_mul(segment).min(AT_ONCE_MAX);
        if self.unevictable.load(Ordering::Relaxed) { None } else { Some(whole.max(segment)) }
    }
    /// Records that cannot be read do not go: they show that somebody, or the disk, was at them. They are not tried again.
    pub(super) fn note_unevictable(&self) {
        self.unevictable.store(true, Ordering::Relaxed);
    }
}

impl Change<'_> {
    /// Keeps so many records of the journal at most.
    ///
    /// # Errors
    /// `InvalidRequest` below 64.
    pub(crate) fn set_retention(&self, records: u64) -> Result<(), Error> {
        if records < RETENTION_MIN {
            return Err(error::invalid(format!(
                "a journal of {records} records is too short; it keeps {RETENTION_MIN} at least"
            )));
        }
        self.save_retention(&RetentionRow { records })
    }
}

/// How many records the journal keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RetentionRow {
    pub records: u64,
}
impl Record for RetentionRow {
    const KIND: u8 = 14;
    const VERSION: u16 = 1;
}

/// What is recorded of a shred: nobody calls it, what was removed makes it due.
pub(super) fn of_shred(request_id: String, time: Timestamp) -> Event {
    let due = Decided {
        action: "strongroom:Shred",
        resource: Text::from("*"),
        allowed: true,
        reason: "due",
        grants: Vec::new(),
    };
    Event {
        request_id: Text::from(request_id),
        time,
        principal: Text::from("kms.amazonaws.com"),
        service: "strongroom",
        operation: "Shred",
        decisions: vec![due],
        outcome: Outcome::Done,
    }
}

/// What the store tells of its own journal: nobody called.
fn of_journal(operation: &str, time: Timestamp) -> EventRow {
    EventRow {
        request_id: Text::default(),
        time,
        principal: Text::from("strongroom"),
        service: Text::from("strongroom"),
        operation: Text::from(operation),
        refused: Text::default(),
        decisions: Vec::new(),
        count: 1,
        last: None,
        cut: None,
    }
}
/// So many calls have no record.
pub(super) fn of_gap(count: u64, first: Timestamp, last: Timestamp) -> Result<Vec<u8>, RecordFault> {
    record::encode(&EventRow { count, last: Some(last), ..of_journal("AuditGap", first) })
}

/// So many records went, up to that number, where the chain had this head.
pub(super) fn of_eviction(count: u64, cut: (u64, [u8; 32]), time: Timestamp) -> Result<Vec<u8>, RecordFault> {
    record::encode(&EventRow { count, cut: Some(cut), ..of_journal("EvictAuditRecords", time) })
}

pub(super) fn encode(event: &Event) -> Result<Vec<u8>, RecordFault> {
    record::encode(&row_of(event))
}
/// Several calls like this one.
pub(super) fn encode_many(event: &Event, count: u64, last: Timestamp) -> Result<Vec<u8>, RecordFault> {
    let last = Some(last).filter(|_| count > 1);
    record::encode(&EventRow { count, last, ..row_of(event) })
}

fn row_of(event: &Event) -> EventRow {
    let decision = |decided: &Decided| DecisionRow {
        action: Text::from(decided.action),
        resource: decided.resource.clone(),
        allowed: decided.allowed,
        reason: match decided.grants.as_slice() {
            [] => Text::from(decided.reason),
            line => Text::from(format!("{} {}", decided.reason, line.join(" by "))),
        },
    };
    EventRow {
        request_id: event.request_id.clone(),
        time: event.time,
        principal: event.principal.clone(),
        service: Text::from(event.service),
        operation: Text::from(event.operation),
        refused: match event.outcome {
            Outcome::Done => Text::default(),
            Outcome::Refused(code) => Text::from(code),
            // Nothing of it was committed, this event included.
            Outcome::RolledBack => Text::from("RolledBack"),
        },
        decisions: event.decisions.iter().map(decision).collect(),
        count: 1,
        last: None,
        cut: None,
    }
}

/// Some 500 MB.
pub(super) const RETENTION: u64 = 1_000_000;
const RETENTION_MIN: u64 = 64;
/// An eighth goes at once, and no more than this.
const SEGMENTS: u64 = 8;
const SEGMENT_MAX: u64 = 4_096;
const AT_ONCE_MAX: u64 = 4 * SEGMENT_MAX;
