//! Rotation of secrets as it runs: which functions the host has registered, what they are told, and who calls them when.

mod engine;
mod event;
mod functions;

pub(crate) use engine::{Ended, drive};
pub use event::{RotationEvent, RotationFailure, RotationStep};
pub(crate) use functions::{Function, Functions};
