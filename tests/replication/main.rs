//! Goal: regions as views of one store, and secrets in several of them (section 12 of the behaviour of Secrets Manager). Method: one
//! store in memory a test, a session for each region; what one region has must not show in another, and what a primary has must
//! show in its replicas.
#![allow(clippy::pedantic, clippy::cloned_ref_to_slice_refs, reason = "tests read better short")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

#[path = "../common/mod.rs"]
mod common;

mod crashes;
mod keys;
mod model;
mod regions;
mod replicas;
mod rights;
mod rotation;
mod scene;
mod writes;
