//! The manual: what holds, why, and what does not.
//!
//! By task:
//!
//! - [`embed`]: in an app.
//! - [`edge`]: on a device without a network or a person.
//! - [`development`]: a store in memory instead of an emulator.
//! - [`serving`]: the store for AWS's SDKs and command line, on this machine or beyond it.
//!
//! By subject:
//!
//! - [`semantics`]: the numbered rules of calls, decisions and keys, and each difference from AWS.
//! - [`mod@format`]: the file, byte by byte, and what is assumed of the disk.
//! - [`threats`]: who is kept out, by what, and who is not.
//! - [`backups`]: copies, how one is put back, and what then is back.
//! - [`migration`]: from dotenv, Vault, sops, AWS and others, and out again.
//! - [`choices`]: roads not taken, as questions and answers.

pub mod backups;
pub mod choices;
pub mod development;
pub mod edge;
pub mod embed;
pub mod format;
pub mod migration;
pub mod semantics;
pub mod serving;
pub mod threats;
