//! The store's own journal: what an event looks like as bytes of a chained row.

use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};

use super::fault;
use super::record::{self, Record, RecordFault};
use super::store::Ledger;
use super::view::View;
use crate::audit::{self, Checkpoint, Decided, Decision, Event, Outcome};
use crate::clock::Timestamp;
use crate::error::Error;
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
    /// `Tampered`, also if the checkpoint is of another history; `RolledBack` if the chain ends before it; `Damaged`, `Storage`.
    pub(crate) fn verify_journal(&self, since: Option<&Checkpoint>) -> Result<u64, Error> {
        let view = self.view()?;
        // The head before the first record.
        let mut head = [0; 32];
        let count = view.engine.follow_audit(|number, link| {
            if since.is_some_and(|since| since.number() == number) {
                head = *link;
            }
        })?;
        match since {
            Some(since) if since.number() > count => Err(fault::journal_cut(count, since.number())),
            Some(since) if head != *since.head() => Err(fault::another_journal(since.number())),
            _ => Ok(count),
        }
    }
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
