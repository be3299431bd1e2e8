//! Versions of a secret and the rules of staging labels (L1 to L11).

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::name::Text;

/// One version of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VersionRow {
    /// The `ClientRequestToken` of the request that made it, 32 to 64 characters.
    pub id: Text,
    pub created: Timestamp,
    /// Midnight UTC of the day of the last read.
    pub last_accessed: Option<Timestamp>,
    /// Sorted; empty: deprecated.
    pub labels: Vec<Text>,
    /// `None`: made by a rotation that has not stored a value yet.
    pub value: Option<SealedAt>,
}

/// Where and under what a version's value is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SealedAt {
    /// KMS key.
    pub key: [u8; 16],
    /// Is it a multi-Region key? (Header flag of the sealed bytes.)
    pub multi_region: bool,
    /// Number of the key's material.
    pub material: u32,
    /// Write sequence at which the version row was written; an older copy of the row fails to open.
    pub sequence: u64,
    /// `SecretBinary`, not `SecretString`.
    pub binary: bool,
}
