//! A KMS key, its states and its metadata.

use serde::{Deserialize, Serialize};

use super::{StoredPolicy, Tag};
use crate::clock::Timestamp;
use crate::name::Text;

/// Everything about a KMS key but its material.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyRow {
    pub id: [u8; 16],
    /// `arn:aws:kms:REGION:ACCOUNT:key/ID`
    pub arn: Text,
    pub description: Text,
    pub created: Timestamp,
    pub manager: KeyManager,
    pub spec: KeySpec,
    pub origin: KeyOrigin,
    pub multi_region: bool,
    pub state: KeyState,
    pub policy: StoredPolicy,
    pub tags: Vec<Tag>,
    /// Oldest first; never empty but for a key that waits for its first import.
    pub materials: Vec<MaterialRow>,
    /// Names of its aliases, with the prefix `alias/`, sorted.
    pub aliases: Vec<Text>,
    /// How many grants are alive on it.
    pub grants: u32,
}

/// Who manages a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum KeyManager {
    Aws,
    Customer,
}

/// What kind of key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum KeySpec {
    SymmetricDefault,
    Hmac224,
    Hmac256,
    Hmac384,
    Hmac512,
}

/// Where its material comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum KeyOrigin {
    AwsKms,
    External,
}

/// State as stored; what is due behaves as done (see the rules below).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum KeyState {
    Enabled,
    Disabled,
    PendingDeletion { due: Timestamp, window_days: u16 },
    PendingImport,
}

/// One backing key of a KMS key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MaterialRow {
    /// 1, 2, …; names the row of table `b` that holds it wrapped.
    pub version: u32,
    /// KeyMaterialId: 64 hex digits.
    pub id: Text,
    pub created: Timestamp,
}
