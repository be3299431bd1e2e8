//! One secret in several regions.

use crate::clock::Timestamp;
use crate::name::Text;
use crate::operation::table::{choice, from_text, operation, structure};
use crate::operation::{ANY, Pattern};

structure! {
    /// Where a replica is to be.
    #[derive(Clone, PartialEq, Eq)]
    ReplicaRegion {
        must {
            /// Its region.
            region: Text = "Region" [Length(1, 128), Matches(Pattern::Region)] key "secretsmanager:AddReplicaRegions";
        }
        may {
            /// Its key there; without it, the managed key of that region.
            kms_key_id: Text = "KmsKeyId" [Length(0, 2048)];
        }
    }
}
choice! {
    /// State of a replica.
    ReplicaStatus { InSync = "InSync", Failed = "Failed", InProgress = "InProgress", Pending = "Pending", Detached = "Detached" }
}
structure! {
    /// A replica and its state.
    #[derive(Clone, PartialEq, Eq)]
    ReplicationStatus {
        must {
            /// Its region.
            region: Text = "Region";
            /// Its key there.
            kms_key_id: Text = "KmsKeyId";
            /// Its state.
            status: ReplicaStatus = "Status";
        }
        may {
            /// Why it failed.
            status_message: Text = "StatusMessage";
            /// Midnight UTC of the day of the last read there.
            last_accessed_date: Timestamp = "LastAccessedDate";
        }
    }
}

operation! {
    /// Adds replicas in other regions: each has the secret's name, its values, its labels, its tags and its policy, under a key of
    /// its own.
    #[derive(Clone, PartialEq, Eq)]
    secretsmanager ReplicateSecretToRegions {
        must {
            /// Name, partial or full ARN.
            secret_id: Text = "SecretId" [Length(1, 2048)] key "secretsmanager:SecretId";
            /// Regions to replicate to.
            add_replica_regions: Vec<ReplicaRegion> = "AddReplicaRegions" [Items(1, ANY)];
        }
        may {
            /// Replace a secret of the same name there.
            force_overwrite_replica_secret: bool = "ForceOverwriteReplicaSecret" key "secretsmanager:ForceOverwriteReplicaSecret";
        }
    } -> #[derive(Clone, PartialEq, Eq)] ReplicateSecretToRegionsResponse {
        must {
            /// Full ARN.
            arn: Text = "ARN";
            /// All its replicas.
            replication_status: Vec<ReplicationStatus> = "ReplicationStatus";
        }
        may {}
    }
}
impl ReplicateSecretToRegions {
    /// Replicas under the managed keys of their regions.
    #[must_use]
    pub fn to(secret_id: impl Into<Text>, regions: impl IntoIterator<Item = impl Into<Text>>) -> Self {
        Self::new(secret_id, regions.into_iter().map(ReplicaRegion::new).collect::<Vec<_>>())
    }
}

operation! {
    /// Deletes replicas, without a way back.
    #[derive(Clone, PartialEq, Eq)]
    secretsmanager RemoveRegionsFromReplication {
        must {
            /// Name, partial or full ARN of the primary.
            secret_id: Text = "SecretId" [Length(1, 2048)] key "secretsmanager:SecretId";
            /// Regions of the replicas.
            remove_replica_regions: Vec<Text> = "RemoveReplicaRegions" [Items(1, ANY)] each [Length(1, 128), Matches(Pattern::Region)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] RemoveRegionsFromReplicationResponse {
        must {
            /// Full ARN.
            arn: Text = "ARN";
            /// The replicas that are left.
            replication_status: Vec<ReplicationStatus> = "ReplicationStatus";
        }
        may {}
    }
}

operation! {
    /// Makes a replica a secret of its own. Called in the replica's region.
    #[derive(Clone, PartialEq, Eq)]
    secretsmanager StopReplicationToReplica {
        must {
            /// Name, partial or full ARN of the replica.
            secret_id: Text = "SecretId" [Length(1, 2048)] key "secretsmanager:SecretId";
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] StopReplicationToReplicaResponse {
        must {
            /// Full ARN of the secret that it is now.
            arn: Text = "ARN";
        }
        may {}
    }
}
from_text!(StopReplicationToReplica);
