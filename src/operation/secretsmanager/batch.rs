//! Many values in one call.

use strongroom_keystore::{SecretBytes, SecretText};

use super::Filter;
use crate::clock::Timestamp;
use crate::name::Text;
use crate::operation::table::{operation, structure};

structure! {
    /// A value in a batch: the current one of its secret.
    SecretValueEntry {
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
            /// The version's labels.
            version_stages: Vec<Text> = "VersionStages";
            /// When the version was made.
            created_date: Timestamp = "CreatedDate";
        }
    }
}
impl SecretValueEntry {
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
structure! {
    /// A secret of a batch that could not be read: what GetSecretValue would have answered.
    #[derive(Clone, PartialEq, Eq)]
    APIErrorType {
        must {
            /// The secret as it was named; found by filters, its full ARN.
            secret_id: Text = "SecretId";
            /// Name of the error.
            error_code: Text = "ErrorCode";
            /// Its text.
            message: Text = "Message";
        }
        may {}
    }
}
operation! {
    /// Returns the current values of several secrets, named one by one or found by filters. Each needs what GetSecretValue
    /// needs; filters need `ListSecrets` too. A secret that cannot be read is told among the errors and spoils no other.
    #[derive(Clone, PartialEq, Eq)]
    secretsmanager BatchGetSecretValue {
        must {}
        may {
            /// Names, partial or full ARNs; not together with `filters`.
            secret_id_list: Vec<Text> = "SecretIdList" [Items(1, 20)] each [Length(1, 2048)];
            /// What to look for, as in ListSecrets; not together with `secret_id_list`.
            filters: Vec<Filter> = "Filters" [Items(0, 10)];
            /// Size of a page; 20 without it. Only with `filters`.
            max_results: i64 = "MaxResults" [Range(1, 20)];
            /// Where the last page ended. Only with `filters`.
            next_token: Text = "NextToken" [Length(1, 4096)];
        }
    } -> BatchGetSecretValueResponse {
        must {
            /// The values: in the order of the list, or the newest secret first.
            secret_values: Vec<SecretValueEntry> = "SecretValues";
            /// Secrets that could not be read.
            errors: Vec<APIErrorType> = "Errors";
        }
        may {
            /// Present if more may follow.
            next_token: Text = "NextToken";
        }
    }
}
impl BatchGetSecretValue {
    /// Of these secrets, at most 20: names, partial or full ARNs.
    #[must_use]
    pub fn of(secret_ids: impl IntoIterator<Item = impl Into<Text>>) -> Self {
        Self::new().secret_id_list(secret_ids.into_iter().map(Into::into).collect::<Vec<Text>>())
    }
    /// Does it look for its secrets? An empty list of filters looks for nothing.
    pub(crate) fn is_by_filters(&self) -> bool {
        self.filters.as_ref().is_some_and(|filters| !filters.is_empty())
    }
    /// Of the secrets that these filters find.
    #[must_use]
    pub fn found_by(filters: impl IntoIterator<Item = Filter>) -> Self {
        Self::new().filters(filters.into_iter().collect::<Vec<Filter>>())
    }
}
