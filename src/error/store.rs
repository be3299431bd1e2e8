//! Faults of the store itself, and of what the host brings to it.

use strongroom_keystore::{Error as KeyError, HeaderFault};

use super::Error;
use super::codes::store as code;

pub(crate) fn locked() -> Error {
    Error::new(&code::LOCKED, "the store is locked; unlock it to go on")
}
pub(crate) fn session_expired() -> Error {
    Error::new(&code::EXPIRED, "the session is over")
}
pub(crate) fn audit_unavailable() -> Error {
    Error::new(&code::AUDIT_UNAVAILABLE, "the audit record could not be written, so the call was refused")
}
/// What the rows say cannot be: only damage or a fault of ours gets here.
pub(crate) fn damaged() -> Error {
    Error::new(&code::DAMAGED, "record cannot be opened")
}
pub(crate) fn no_part_of_a_transaction(service: &str, operation: &str) -> Error {
    Error::new(super::codes::unsupported(service), format!("{operation} cannot be part of a transaction"))
}
pub(crate) fn invalid(text: impl Into<String>) -> Error {
    Error::new(&code::INVALID_REQUEST, text.into())
}
pub(crate) fn no_such_principal(kind: &str, name: &str) -> Error {
    Error::new(&code::NOT_FOUND, format!("there is no {kind} `{name}` in this store"))
}
pub(crate) fn no_randomness() -> Error {
    Error::new(&code::RANDOMNESS_UNAVAILABLE, "the source of randomness failed")
}
pub(crate) fn no_file_to_replace() -> Error {
    Error::new(&code::INVALID_STATE, "the store is no file: there is nothing that a fresh one could replace")
}
pub(crate) fn malformed_vouched_policy(fault: &dyn std::fmt::Display) -> Error {
    Error::new(&code::MALFORMED_POLICY, format!("a vouched policy cannot be used: {fault}"))
}

impl From<KeyError> for Error {
    fn from(fault: KeyError) -> Self {
        let text = fault.to_string();
        let code = match fault {
            KeyError::Locked => return locked(),
            KeyError::Randomness => return no_randomness(),
            KeyError::Failed => return damaged(),
            KeyError::WrongUnlock => &code::WRONG_UNLOCK,
            KeyError::Header(HeaderFault::NewerFormat(_)) => &code::NEWER_FORMAT,
            KeyError::Header(_) => &code::DAMAGED,
            KeyError::Provider(_) => &code::UNLOCK_UNAVAILABLE,
            KeyError::LastSlot | KeyError::SlotsFull | KeyError::SlotsNotAtHand(_) => &code::INVALID_STATE,
            KeyError::NoSuchSlot(_) => &code::NOT_FOUND,
            KeyError::Stale => &code::BUSY,
            _ => &code::INVALID_REQUEST,
        };
        Self::new(code, text).caused_by(fault)
    }
}
