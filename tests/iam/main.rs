//! Identities, their policies and credentials, through the operations of IAM and STS.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

#[path = "../common/mod.rs"]
mod common;
#[path = "../support/naive.rs"]
mod naive;
#[path = "../support/random.rs"]
mod random;
#[path = "../support/mod.rs"]
mod support;

mod access_keys;
mod account_details;
mod escalation;
mod gate_differential;
mod groups;
mod guide;
mod identities;
mod lockouts;
mod managed_policies;
mod mfa;
mod renames;
mod revocation;
mod simulate;
mod sts;
