//! The AWS wire below HTTP: what is let in, what it means, and what goes back.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../../../tests/golden/operation_bodies.rs"]
mod operation_bodies;
#[path = "../../../tests/support/random.rs"]
mod random;

mod endpoint;
mod errors;
mod heads;
mod hostile;
mod names;
mod query;
mod signatures;
mod xml;
