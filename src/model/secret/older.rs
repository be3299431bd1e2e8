//! Rows of secrets as releases of before wrote them.

use serde::{Deserialize, Serialize};

use super::{Deletion, SecretRow};
use crate::clock::Timestamp;
use crate::model::version::VersionRow;
use crate::model::{StoredPolicy, Tag};
use crate::name::Text;

/// Before rotation, replication and expiry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SecretRowV1 {
    pub name: Text,
    pub arn: Text,
    pub description: Text,
    pub kms_key_id: Option<Text>,
    pub key: Option<[u8; 16]>,
    pub created: Timestamp,
    pub last_changed: Timestamp,
    pub last_accessed: Option<Timestamp>,
    pub deletion: Option<Deletion>,
    pub tags: Option<Vec<Tag>>,
    pub policy: Option<StoredPolicy>,
    pub versions: Vec<VersionRow>,
}

impl SecretRowV1 {
    pub(crate) fn renewed(self) -> SecretRow {
        SecretRow {
            description: self.description,
            kms_key_id: self.kms_key_id,
            key: self.key,
            last_changed: self.last_changed,
            last_accessed: self.last_accessed,
            deletion: self.deletion,
            tags: self.tags,
            policy: self.policy,
            versions: self.versions,
            ..SecretRow::new(self.name, self.arn, self.created)
        }
    }
}
