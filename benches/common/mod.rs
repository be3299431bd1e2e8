//! What the benches share: the hand-written floor, stores to measure, and interleaved measuring.
#![allow(dead_code, reason = "each bench uses its part")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench that cannot go on stops")]

pub mod draws;
pub mod floor;
pub mod slices;
pub mod store;
