//! Secrets as things with a name: making, describing, listing, tagging, deleting.

use std::collections::BTreeMap;

use strongroom_keystore::{SecretBytes, SecretText};

use super::{ReplicaRegion, ReplicationStatus};
use crate::clock::Timestamp;
use crate::name::Text;
use crate::operation::table::{choice, from_text, operation, structure};
use crate::operation::{ANY, Pattern};

structure! {
    /// A tag of a secret.
    #[derive(Clone, PartialEq, Eq)]
    Tag {
        must {
            /// Its key; case counts.
            key: Text = "Key" [Length(1, 128)] key "aws:TagKeys";
            /// Its value; may be empty.
            value: Text = "Value" [Length(0, 256)];
        }
        may {}
    } pair key value
}
structure! {
    /// When a secret is rotated.
    #[derive(Clone, PartialEq, Eq)]
    RotationRules {
        must {}
        may {
            /// Days between rotations.
            automatically_after_days: i64 = "AutomaticallyAfterDays" [Range(1, 1000)];
            /// Length of the window, such as `3h`.
            duration: Text = "Duration" [Length(2, 3), Matches(Pattern::RotationWindow)];
            /// `rate(…)` or `cron(…)`, UTC.
            schedule_expression: Text = "ScheduleExpression" [Length(1, 256), Matches(Pattern::ScheduleExpression)];
        }
    }
}
structure! {
    /// What a partner needs to rotate a secret that it holds.
    #[derive(Clone, PartialEq, Eq)]
    ExternalSecretRotationMetadata {
        must {
            /// Its name.
            key: Text = "Key";
            /// Its value.
            value: Text = "Value";
        }
        may {}
    }
}

operation! {
    /// Makes a secret, with a first version if a value is given. Without one it has no version.
    secretsmanager CreateSecret {
        must {
            /// Its name: letters, digits and `/_+=.@-`.
            name: Text = "Name" [Length(1, 512)] key "secretsmanager:Name";
        }
        may {
            /// Idempotency token; becomes the version's id.
            client_request_token: Text = "ClientRequestToken" [Length(32, 64)];
            /// Description; empty is the same as none.
            description: Text = "Description" [Length(0, 2048)] key "secretsmanager:Description";
            /// Id, ARN or alias of the key; without it, the managed key `aws/secretsmanager`.
            kms_key_id: Text = "KmsKeyId" [Length(0, 2048)] key "secretsmanager:KmsKeyId";
            /// The value as text; not together with `secret_binary`.
            secret_string: SecretText = "SecretString" [Length(1, 65_536)];
            /// The value as bytes; not together with `secret_string`.
            secret_binary: SecretBytes = "SecretBinary" [Length(1, 65_536)];
            /// Tags; they need `TagResource` too.
            tags: Vec<Tag> = "Tags" key "aws:RequestTag/";
            /// Regions to replicate to.
            add_replica_regions: Vec<ReplicaRegion> = "AddReplicaRegions" [Items(1, ANY)];
            /// Replace a secret of the same name there.
            force_overwrite_replica_secret: bool = "ForceOverwriteReplicaSecret" key "secretsmanager:ForceOverwriteReplicaSecret";
            /// Kind of a secret that a partner holds.
            secret_type: Text = "Type" [Length(0, 256)] key "secretsmanager:Type";
            /// The primary in another account; out of scope.
            cross_account_primary_arn: Text = "CrossAccountPrimaryARN" [Length(20, 2048)];
        }
    } token client_request_token -> CreateSecretResponse {
        must {
            /// Full ARN.
            arn: Text = "ARN";
            /// Name.
            name: Text = "Name";
        }
        may {
            /// The first version; absent without a value.
            version_id: Text = "VersionId";
            /// The replicas; absent without regions.
            replication_status: Vec<ReplicationStatus> = "ReplicationStatus";
        }
    }
}
impl CreateSecret {
    /// A secret with a text value.
    #[must_use]
    pub fn text(name: impl Into<Text>, value: impl Into<SecretText>) -> Self {
        Self::new(name).secret_string(value)
    }
    /// A secret with a binary value.
    #[must_use]
    pub fn binary(name: impl Into<Text>, value: impl Into<SecretBytes>) -> Self {
        Self::new(name).secret_binary(value)
    }
}

operation! {
    /// Changes description, key or value; members not sent keep what they are.
    secretsmanager UpdateSecret {
        must {
            /// Name, partial or full ARN.
            secret_id: Text = "SecretId" [Length(1, 2048)] key "secretsmanager:SecretId";
        }
        may {
            /// Idempotency token; becomes the version's id.
            client_request_token: Text = "ClientRequestToken" [Length(32, 64)];
            /// Description; empty clears it.
            description: Text = "Description" [Length(0, 2048)] key "secretsmanager:Description";
            /// Id, ARN or alias of the key; empty is the managed key `aws/secretsmanager`.
            kms_key_id: Text = "KmsKeyId" [Length(0, 2048)] key "secretsmanager:KmsKeyId";
            /// The value as text; not together with `secret_binary`.
            secret_string: SecretText = "SecretString" [Length(1, 65_536)];
            /// The value as bytes; not together with `secret_string`.
            secret_binary: SecretBytes = "SecretBinary" [Length(1, 65_536)];
            /// Kind of a secret that a partner holds.
            secret_type: Text = "Type" [Length(0, 256)] key "secretsmanager:Type";
        }
    } token client_request_token -> UpdateSecretResponse {
        must {
            /// Full ARN.
            arn: Text = "ARN";
            /// Name.
            name: Text = "Name";
        }
        may {
            /// The version that was made, or that the token named already.
            version_id: Text = "VersionId";
        }
    }
}
impl UpdateSecret {
    /// A new text value.
    #[must_use]
    pub fn text(secret_id: impl Into<Text>, value: impl Into<SecretText>) -> Self {
        Self::new(secret_id).secret_string(value)
    }
    /// A new binary value.
    #[must_use]
    pub fn binary(secret_id: impl Into<Text>, value: impl Into<SecretBytes>) -> Self {
        Self::new(secret_id).secret_binary(value)
    }
}

operation! {
    /// Everything about a secret but its value.
    #[derive(Clone, PartialEq, Eq)]
    secretsmanager DescribeSecret {
        must {
            /// Name, partial or full ARN.
            secret_id: Text = "SecretId" [Length(1, 2048)] key "secretsmanager:SecretId";
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] DescribeSecretResponse {
        must {
            /// Full ARN.
            arn: Text = "ARN";
            /// Name.
            name: Text = "Name";
        }
        may {
            /// Kind of a secret that a partner holds.
            secret_type: Text = "Type";
            /// Description; absent when empty.
            description: Text = "Description";
            /// The key as it was named; absent with the managed key.
            kms_key_id: Text = "KmsKeyId";
            /// Present once rotation has been configured.
            rotation_enabled: bool = "RotationEnabled";
            /// The rotation function.
            rotation_lambda_arn: Text = "RotationLambdaARN";
            /// When it is rotated.
            rotation_rules: RotationRules = "RotationRules";
            /// What a partner needs to rotate it.
            external_secret_rotation_metadata: Vec<ExternalSecretRotationMetadata> = "ExternalSecretRotationMetadata";
            /// The role of a partner that rotates it.
            external_secret_rotation_role_arn: Text = "ExternalSecretRotationRoleArn";
            /// When a rotation last finished.
            last_rotated_date: Timestamp = "LastRotatedDate";
            /// When anything of it last changed.
            last_changed_date: Timestamp = "LastChangedDate";
            /// Midnight UTC of the day on which a value was last read.
            last_accessed_date: Timestamp = "LastAccessedDate";
            /// The end of its recovery window, when it is scheduled for deletion.
            deleted_date: Timestamp = "DeletedDate";
            /// The latest moment of its next rotation.
            next_rotation_date: Timestamp = "NextRotationDate";
            /// Its tags; empty after the last was removed, absent if there never was one.
            tags: Vec<Tag> = "Tags";
            /// Labelled versions and their labels; absent without any.
            version_ids_to_stages: BTreeMap<Text, Vec<Text>> = "VersionIdsToStages";
            /// The service that owns it.
            owning_service: Text = "OwningService";
            /// When it was made.
            created_date: Timestamp = "CreatedDate";
            /// The region of its primary, if it is or has a replica.
            primary_region: Text = "PrimaryRegion";
            /// Its replicas.
            replication_status: Vec<ReplicationStatus> = "ReplicationStatus";
        }
    }
}

choice! {
    /// What a filter searches.
    FilterKey {
        Description = "description", Name = "name", TagKey = "tag-key", TagValue = "tag-value",
        PrimaryRegion = "primary-region", OwningService = "owning-service", All = "all",
    }
}
structure! {
    /// A filter of a list: a key and the values that it may have. Filters combine with AND, the values of one with OR.
    #[derive(Clone, PartialEq, Eq)]
    Filter {
        must {}
        may {
            /// What is searched.
            key: FilterKey = "Key";
            /// What is looked for; `!` before a value turns it round.
            values: Vec<Text> = "Values" [Items(1, 10)] each [Length(0, 512), Matches(Pattern::FilterValue)];
        }
    }
}
impl Filter {
    /// A filter by one key.
    #[must_use]
    pub fn by(key: impl Into<FilterKey>, values: impl IntoIterator<Item = impl Into<Text>>) -> Self {
        Self::new().key(key).values(values.into_iter().map(Into::into).collect::<Vec<Text>>())
    }
}
choice! {
    /// Direction of a list.
    SortOrder { Asc = "asc", Desc = "desc" }
}
choice! {
    /// What a list is sorted by.
    SortBy { CreatedDate = "created-date", LastAccessedDate = "last-accessed-date", LastChangedDate = "last-changed-date", Name = "name" }
}
operation! {
    /// Lists secrets, without values.
    #[derive(Clone, PartialEq, Eq)]
    secretsmanager ListSecrets {
        must {}
        may {
            /// List those scheduled for deletion too.
            include_planned_deletion: bool = "IncludePlannedDeletion";
            /// Size of a page; 100 without it.
            max_results: i64 = "MaxResults" [Range(1, 100)];
            /// Where the last page ended.
            next_token: Text = "NextToken" [Length(1, 4096)];
            /// What to look for.
            filters: Vec<Filter> = "Filters" [Items(0, 10)];
            /// Direction.
            sort_order: SortOrder = "SortOrder";
            /// Sorted by the date of creation without it.
            sort_by: SortBy = "SortBy";
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListSecretsResponse {
        must {
            /// The page; may be short or empty though more follows.
            secret_list: Vec<SecretListEntry> = "SecretList";
        }
        may {
            /// Present if more may follow.
            next_token: Text = "NextToken";
        }
    }
}
structure! {
    /// A secret in a list.
    #[derive(Clone, PartialEq, Eq)]
    SecretListEntry {
        must {
            /// Full ARN.
            arn: Text = "ARN";
            /// Name.
            name: Text = "Name";
        }
        may {
            /// Kind of a secret that a partner holds.
            secret_type: Text = "Type";
            /// Description; absent when empty.
            description: Text = "Description";
            /// The key as it was named; absent with the managed key.
            kms_key_id: Text = "KmsKeyId";
            /// Present once rotation has been configured.
            rotation_enabled: bool = "RotationEnabled";
            /// The rotation function.
            rotation_lambda_arn: Text = "RotationLambdaARN";
            /// When it is rotated.
            rotation_rules: RotationRules = "RotationRules";
            /// What a partner needs to rotate it.
            external_secret_rotation_metadata: Vec<ExternalSecretRotationMetadata> = "ExternalSecretRotationMetadata";
            /// The role of a partner that rotates it.
            external_secret_rotation_role_arn: Text = "ExternalSecretRotationRoleArn";
            /// When a rotation last finished.
            last_rotated_date: Timestamp = "LastRotatedDate";
            /// When anything of it last changed.
            last_changed_date: Timestamp = "LastChangedDate";
            /// Midnight UTC of the day on which a value was last read.
            last_accessed_date: Timestamp = "LastAccessedDate";
            /// The end of its recovery window, when it is scheduled for deletion.
            deleted_date: Timestamp = "DeletedDate";
            /// The latest moment of its next rotation.
            next_rotation_date: Timestamp = "NextRotationDate";
            /// Its tags; empty after the last was removed, absent if there never was one.
            tags: Vec<Tag> = "Tags";
            /// Labelled versions and their labels; absent without any.
            secret_versions_to_stages: BTreeMap<Text, Vec<Text>> = "SecretVersionsToStages";
            /// The service that owns it.
            owning_service: Text = "OwningService";
            /// When it was made.
            created_date: Timestamp = "CreatedDate";
            /// The region of its primary, if it is or has a replica.
            primary_region: Text = "PrimaryRegion";
        }
    }
}

operation! {
    /// Schedules a secret for deletion, or deletes it at once.
    #[derive(Clone, PartialEq, Eq)]
    secretsmanager DeleteSecret {
        must {
            /// Name, partial or full ARN.
            secret_id: Text = "SecretId" [Length(1, 2048)] key "secretsmanager:SecretId";
        }
        may {
            /// 7 to 30 days; 30 without it. Not together with force.
            recovery_window_in_days: i64 = "RecoveryWindowInDays" key "secretsmanager:RecoveryWindowInDays";
            /// At once, without a way back.
            force_delete_without_recovery: bool = "ForceDeleteWithoutRecovery" key "secretsmanager:ForceDeleteWithoutRecovery";
        }
    } -> #[derive(Clone, PartialEq, Eq)] DeleteSecretResponse {
        must {
            /// Full ARN.
            arn: Text = "ARN";
            /// Name.
            name: Text = "Name";
            /// From then on it is gone.
            deletion_date: Timestamp = "DeletionDate";
        }
        may {}
    }
}
operation! {
    /// Takes back a scheduled deletion.
    #[derive(Clone, PartialEq, Eq)]
    secretsmanager RestoreSecret {
        must {
            /// Name, partial or full ARN.
            secret_id: Text = "SecretId" [Length(1, 2048)] key "secretsmanager:SecretId";
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] RestoreSecretResponse {
        must {
            /// Full ARN.
            arn: Text = "ARN";
            /// Name.
            name: Text = "Name";
        }
        may {}
    }
}
operation! {
    /// Adds tags; an existing key gets the new value.
    #[derive(Clone, PartialEq, Eq)]
    secretsmanager TagResource {
        must {
            /// Name, partial or full ARN.
            secret_id: Text = "SecretId" [Length(1, 2048)] key "secretsmanager:SecretId";
            /// Tags to set.
            tags: Vec<Tag> = "Tags" key "aws:RequestTag/";
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] TagResourceResponse { must {} may {} }
}
operation! {
    /// Removes tags; an absent key is no error.
    #[derive(Clone, PartialEq, Eq)]
    secretsmanager UntagResource {
        must {
            /// Name, partial or full ARN.
            secret_id: Text = "SecretId" [Length(1, 2048)] key "secretsmanager:SecretId";
            /// Keys of the tags to remove.
            tag_keys: Vec<Text> = "TagKeys" each [Length(1, 128)] key "aws:TagKeys";
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] UntagResourceResponse { must {} may {} }
}
from_text!(DescribeSecret, DeleteSecret, RestoreSecret);
