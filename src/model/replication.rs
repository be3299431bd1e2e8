//! A secret in several regions: one primary, and its replicas.

use serde::{Deserialize, Serialize};

use crate::name::Text;

/// What a secret is to others of its name in other regions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Replication {
    /// It has replicas, at least one.
    Primary(Vec<Replica>),
    /// It is the replica of the primary in this region.
    ReplicaOf(Text),
}

/// A replica as its primary knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Replica {
    pub region: Text,
    /// The key as the request named it; `None`: the managed key of that region.
    pub kms_key_id: Option<Text>,
    /// `None`: in sync. Else what keeps it from being so.
    pub failure: Option<Text>,
}
