//! The store's own journal of changes: what an event looks like as bytes of a chained row.

use serde::{Deserialize, Serialize};

use super::fault;
use super::record::{self, Record};
use crate::audit::{Event, Outcome};
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
    const VERSION: u16 = 1;
}

pub(super) fn encode(event: &Event) -> Result<Vec<u8>, Error> {
    let row = EventRow {
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
        decisions: event
            .decisions
            .iter()
            .map(|decided| DecisionRow {
                action: Text::from(decided.action),
                resource: decided.resource.clone(),
                allowed: decided.allowed,
                reason: match decided.grants.as_slice() {
                    [] => Text::from(decided.reason),
                    line => Text::from(format!("{} {}", decided.reason, line.join(" by "))),
                },
            })
            .collect(),
    };
    record::encode(&row).map_err(fault::record)
}
