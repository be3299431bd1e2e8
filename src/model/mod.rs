//! What is stored, as Rust values, and its rules. Pure: no I/O, no clock, no keys; time is an argument.
#![allow(dead_code, reason = "rules are kept whole, as tables; operations of later releases use the rest")]

pub(crate) mod account;
pub(crate) mod credential;
pub(crate) mod draw;
pub(crate) mod filter;
pub(crate) mod grant;
pub(crate) mod hex;
pub(crate) mod key;
pub(crate) mod managed_policy;
pub(crate) mod paging;
pub(crate) mod password;
pub(crate) mod principal;
pub(crate) mod replication;
pub(crate) mod rotation;
pub(crate) mod schedule;
pub(crate) mod secret;
pub(crate) mod tag;
pub(crate) mod version;

use serde::{Deserialize, Serialize};

use crate::error::{self, Error};
use crate::name::{PARTITION, Text};

/// Whose store this is: the account and the region that its own ARNs carry. The partition is always [`PARTITION`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Home {
    /// Twelve digits.
    pub account: Text,
    /// Such as `us-east-1`.
    pub region: Text,
}

impl Home {
    /// The same account in another region.
    pub(crate) fn in_region(&self, region: &str) -> Self {
        Self { account: self.account.clone(), region: Text::from(region) }
    }
    /// The same, for a region that somebody names.
    /// # Errors
    /// `InvalidRequest`: no region.
    pub(crate) fn abroad(&self, region: &str) -> Result<Self, Error> {
        let (words, number) = region.rsplit_once('-').unwrap_or_default();
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase());
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        if region.len() > 128 || !is_number || !words.split('-').all(is_word) {
            return Err(error::invalid(format!(
                "region `{region}` is not words of lower-case letters and a number, with hyphens between, such as `eu-west-1`"
            )));
        }
        Ok(self.in_region(region))
    }
    /// The ARN of a regional resource of this store.
    pub(crate) fn arn(&self, service: &str, resource: &str) -> Text {
        Text::from(format!("arn:{PARTITION}:{service}:{}:{}:{resource}", self.region, self.account))
    }
    /// The ARN of an IAM resource of this store's account; IAM has no region.
    pub(crate) fn iam_arn(&self, resource: &str) -> Text {
        Text::from(format!("arn:{PARTITION}:iam::{}:{resource}", self.account))
    }
}

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
