//! Values and their versions.

use strongroom_keystore::{SecretBytes, SecretText};

use crate::clock::Timestamp;
use crate::name::Text;
use crate::operation::Pattern;
use crate::operation::table::{from_text, operation, structure};

operation! {
    /// Returns one version of a secret, the current one unless the request says otherwise. The value is 1 to 65,536 bytes,
    /// exactly as stored. The labels and the id that policies see are those of the version found, not those asked for.
    #[derive(Clone, PartialEq, Eq)]
    secretsmanager GetSecretValue {
        must {
            /// Name, partial or full ARN.
            secret_id: Text = "SecretId" [Length(1, 2048)] key "secretsmanager:SecretId";
        }
        may {
            /// A version by its id.
            version_id: Text = "VersionId" [Length(32, 64)];
            /// A version by a label; with `version_id`, both must mean the same version.
            version_stage: Text = "VersionStage" [Length(1, 256)];
        }
    } -> GetSecretValueResponse {
        must {
            /// Full ARN.
            arn: Text = "ARN";
            /// Name.
            name: Text = "Name";
            /// The version's id.
            version_id: Text = "VersionId";
        }
        may {
            /// A value stored as text.
            secret_string: SecretText = "SecretString";
            /// A value stored as bytes.
            secret_binary: SecretBytes = "SecretBinary";
            /// The version's labels; absent without any.
            version_stages: Vec<Text> = "VersionStages";
            /// When the version was made.
            created_date: Timestamp = "CreatedDate";
        }
    }
}
from_text!(GetSecretValue);
impl GetSecretValueResponse {
    /// The value's bytes, of either kind.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        match (&self.secret_string, &self.secret_binary) {
            (Some(text), _) => text.expose().as_bytes(),
            (None, Some(bytes)) => bytes.expose(),
            (None, None) => &[],
        }
    }
}

operation! {
    /// Stores a new version of a secret.
    secretsmanager PutSecretValue {
        must {
            /// Name, partial or full ARN.
            secret_id: Text = "SecretId" [Length(1, 2048)] key "secretsmanager:SecretId";
        }
        may {
            /// Idempotency token; becomes the version's id.
            client_request_token: Text = "ClientRequestToken" [Length(32, 64)];
            /// The value as text; exactly one of the two.
            secret_string: SecretText = "SecretString" [Length(1, 65_536)];
            /// The value as bytes; exactly one of the two.
            secret_binary: SecretBytes = "SecretBinary" [Length(1, 65_536)];
            /// Labels for the version; `AWSCURRENT` without any.
            version_stages: Vec<Text> = "VersionStages" [Items(1, 20)] each [Length(1, 256)];
            /// From a rotation function that acts under an assumed role.
            rotation_token: SecretText = "RotationToken" [Length(36, 256), Matches(Pattern::RotationToken)];
        }
    } token client_request_token -> #[derive(Clone, PartialEq, Eq)] PutSecretValueResponse {
        must {
            /// Full ARN.
            arn: Text = "ARN";
            /// Name.
            name: Text = "Name";
            /// The version's id.
            version_id: Text = "VersionId";
            /// Labels now on the version.
            version_stages: Vec<Text> = "VersionStages";
        }
        may {}
    }
}
impl PutSecretValue {
    /// A text value.
    #[must_use]
    pub fn text(secret_id: impl Into<Text>, value: impl Into<SecretText>) -> Self {
        Self::new(secret_id).secret_string(value)
    }
    /// A binary value.
    #[must_use]
    pub fn binary(secret_id: impl Into<Text>, value: impl Into<SecretBytes>) -> Self {
        Self::new(secret_id).secret_binary(value)
    }
}

operation! {
    /// Lists the versions of a secret that hold a value.
    #[derive(Clone, PartialEq, Eq)]
    secretsmanager ListSecretVersionIds {
        must {
            /// Name, partial or full ARN.
            secret_id: Text = "SecretId" [Length(1, 2048)] key "secretsmanager:SecretId";
        }
        may {
            /// Size of a page; 100 without it.
            max_results: i64 = "MaxResults" [Range(1, 100)];
            /// Where the last page ended.
            next_token: Text = "NextToken" [Length(1, 4096)];
            /// List versions without labels too.
            include_deprecated: bool = "IncludeDeprecated";
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListSecretVersionIdsResponse {
        must {
            /// Full ARN.
            arn: Text = "ARN";
            /// Name.
            name: Text = "Name";
            /// The page.
            versions: Vec<SecretVersionsListEntry> = "Versions";
        }
        may {
            /// Present if more may follow.
            next_token: Text = "NextToken";
        }
    }
}
structure! {
    /// A version in a list.
    #[derive(Clone, PartialEq, Eq)]
    SecretVersionsListEntry {
        must {
            /// Its id.
            version_id: Text = "VersionId";
            /// When it was made.
            created_date: Timestamp = "CreatedDate";
            /// ARN of its key, or `DefaultEncryptionKey`.
            kms_key_ids: Vec<Text> = "KmsKeyIds";
        }
        may {
            /// Its labels; absent without any.
            version_stages: Vec<Text> = "VersionStages";
            /// Midnight UTC of the day on which it was last read.
            last_accessed_date: Timestamp = "LastAccessedDate";
        }
    }
}

operation! {
    /// Moves a label from one version to another, or removes it.
    #[derive(Clone, PartialEq, Eq)]
    secretsmanager UpdateSecretVersionStage {
        must {
            /// Name, partial or full ARN.
            secret_id: Text = "SecretId" [Length(1, 2048)] key "secretsmanager:SecretId";
            /// The label.
            version_stage: Text = "VersionStage" [Length(1, 256)] key "secretsmanager:VersionStage";
        }
        may {
            /// The version that has it.
            remove_from_version_id: Text = "RemoveFromVersionId" [Length(32, 64)];
            /// The version that is to have it.
            move_to_version_id: Text = "MoveToVersionId" [Length(32, 64)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] UpdateSecretVersionStageResponse {
        must {
            /// Full ARN.
            arn: Text = "ARN";
            /// Name.
            name: Text = "Name";
        }
        may {}
    }
}
