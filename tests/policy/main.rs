//! The policy language and its evaluator, through the public module alone; no store is opened.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

#[path = "../support/generate.rs"]
mod generate;
#[path = "../support/hostile.rs"]
mod hostile;
#[path = "../support/naive.rs"]
mod naive;
#[path = "../support/random.rs"]
mod random;
#[path = "../support/table.rs"]
mod table;
#[path = "../support/weigh.rs"]
mod weigh;

mod bounds;
mod decisions;
mod differential;
mod documents;
mod explain;
mod laws;
mod patterns;
mod public;
mod vectors;
