//! strongroom: an encrypted embedded secret store with the shapes of AWS Secrets Manager, KMS and IAM.
//!
//! # Features
//!
//! - `aws-lc-rs`, off by default: AES-GCM by [AWS-LC](https://docs.rs/aws-lc-rs) instead of pure Rust. Faster, and the same bytes:
//!   a file written with it opens without it and the other way round. Needs a C compiler to build.
//! - `testing`, off by default: deterministic clock, entropy and storage for tests and fuzz campaigns.

mod access;
pub mod action;
pub mod audit;
pub mod clock;
mod door;
mod due;
pub mod error;
mod explain;
pub mod json;
mod ledger;
pub mod manual;
mod model;
pub mod name;
pub mod operation;
pub mod policy;
mod principal;
pub mod rotation;
mod session;
mod strongroom;
#[cfg(feature = "testing")]
pub mod testing;
mod walk;

pub use door::Door;
pub use due::DueReport;
pub use error::{Error, ErrorKind};
pub use explain::{Answer, Question};
pub use ledger::Check;
pub use principal::{Circumstances, Principal, Signed};
pub use rotation::{GenerateSecret, RotationEvent, RotationFailure, RotationFunction, RotationStatus, RotationStep};
pub use session::{Iam, Kms, Session, Sts, Transaction};
pub use strongroom::{Backup, Builder, DeletedKey, Revoked, Shredded, Status, StoreHeader, Strongroom, Verification};
pub use strongroom_keystore::{
    Entropy, Hardening, Limits, OsEntropy, RootKeyProvider, SecretBytes, SecretText, ShareFault, Sharing, SlotInfo,
    Unlock, shares_needed,
};
pub use walk::extension::audit::AuditQuery;
pub use walk::extension::dependents::{DependentSecret, KeyDependents};
pub use walk::extension::due::{DueItem, DueKind, DueList};
pub use walk::extension::expected::{Expected, Found};
pub use walk::extension::reencrypt::Reencrypted;
pub use walk::extension::watch::Watch;
pub use walk::held::Held;

/// The README's Rust, compiled as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct ReadmeDoctests;
