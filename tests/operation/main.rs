//! The one definition of each operation: shapes, constraints, condition keys, JSON.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

#[path = "../golden/operation_bodies.rs"]
mod operation_bodies;

mod check;
mod condition;
mod json;
mod shapes;
