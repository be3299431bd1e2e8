//! A secret and its rules.

use serde::{Deserialize, Serialize};

use super::version::VersionRow;
use super::{StoredPolicy, Tag};
use crate::clock::Timestamp;
use crate::name::Text;

/// Everything about a secret but its values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SecretRow {
    pub name: Text,
    /// Full ARN with its six-character suffix; never changes.
    pub arn: Text,
    /// Empty: none.
    pub description: Text,
    /// The key as the request named it; `None`: the managed key `aws/secretsmanager`.
    pub kms_key_id: Option<Text>,
    /// The id of that key; `None` with the managed key.
    pub key: Option<[u8; 16]>,
    pub created: Timestamp,
    pub last_changed: Timestamp,
    /// Midnight UTC of the day of the last read of a value.
    pub last_accessed: Option<Timestamp>,
    pub deletion: Option<Deletion>,
    /// `None`: never tagged; `Some` and empty: the last tag was removed (AWS tells the two apart).
    pub tags: Option<Vec<Tag>>,
    pub policy: Option<StoredPolicy>,
    /// Oldest first.
    pub versions: Vec<VersionRow>,
}

/// A scheduled deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deletion {
    /// When DeleteSecret was called.
    pub requested: Timestamp,
    /// The end of the recovery window: from then on the secret behaves as gone.
    pub due: Timestamp,
}
