//! What is stored, as Rust values, and its rules. Pure: no I/O, no clock, no keys; time is an argument.

pub(crate) mod filter;
pub(crate) mod grant;
pub(crate) mod key;
pub(crate) mod paging;
pub(crate) mod password;
pub(crate) mod principal;
pub(crate) mod secret;
pub(crate) mod tag;
pub(crate) mod version;

use serde::{Deserialize, Serialize};

use crate::name::Text;

/// A tag; Secrets Manager and IAM say `Key` and `Value`, KMS `TagKey` and `TagValue`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tag {
    pub key: Text,
    pub value: Text,
}

/// A policy as it is stored: the caller's text byte for byte, and the unique ids that its principals had when it was
/// stored, so that a principal created anew under an old name inherits nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredPolicy {
    pub text: Text,
    /// `(ARN as written, unique id)` for each user and role of the store's own account that the policy names.
    pub principals: Vec<(Text, Text)>,
}
