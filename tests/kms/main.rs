//! KMS keys, their material, grants and ciphertexts, through the operations of KMS.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../support/random.rs"]
mod random;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/two_keys.rs"]
mod two_keys;

mod ciphertexts;
mod envelope;
mod grants;
mod grants_model;
mod key_import;
mod key_life;
mod key_rotation;
mod key_states;
mod keys;
mod reencrypt;
mod retiring;
