//! What CreateKey and ScheduleKeyDeletion may be asked for, and the policies that keys start with.

use super::{KeyOrigin, KeySpec};
use crate::error::{Error, kms as texts};
use crate::model::Home;

/// What CreateKey is asked for, as sent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KeyWish<'a> {
    pub key_spec: Option<&'a str>,
    pub customer_master_key_spec: Option<&'a str>,
    pub key_usage: Option<&'a str>,
    pub origin: Option<&'a str>,
}

impl KeyWish<'_> {
    /// Which kind of key that is.
    /// # Errors
    /// `InvalidRequest`: contradictions. `Unsupported`: kinds of keys that this store does not make
    /// (asymmetric ones, other key stores).
    pub(crate) fn settle(self) -> Result<(KeySpec, KeyOrigin), Error> {
        let named = match (self.key_spec, self.customer_master_key_spec) {
            (Some(_), Some(_)) => return Err(texts::both_key_specs()),
            (Some(spec), None) | (None, Some(spec)) => spec,
            (None, None) => "SYMMETRIC_DEFAULT",
        };
        let origin = match self.origin.unwrap_or("AWS_KMS") {
            "AWS_KMS" => KeyOrigin::AwsKms,
            "EXTERNAL" => KeyOrigin::External,
            other => return Err(texts::unsupported(format_args!("Origin {other}"))),
        };
        let Some(spec) = MADE_HERE.into_iter().find(|spec| spec.as_str() == named) else {
            return Err(texts::unsupported(format_args!("KeySpec {named}")));
        };
        match self.key_usage {
            None if spec != KeySpec::SymmetricDefault => Err(texts::key_usage_missing()),
            Some(usage) if usage != spec.usage().as_str() => Err(texts::key_usage_mismatch(usage, named)),
            _ => Ok((spec, origin)),
        }
    }
}

/// The window of ScheduleKeyDeletion: 7 to 30 days, 30 by default. (AWS's model lets 1 to 365 through; the service does not.)
/// # Errors
/// `InvalidRequest`.
pub(crate) fn deletion_window(days: Option<i64>) -> Result<u16, Error> {
    let days = days.unwrap_or(WINDOW_DAYS);
    match u16::try_from(days) {
        Ok(days @ 7..=30) => Ok(days),
        _ => Err(texts::pending_window_out_of_range()),
    }
}

/// The policy of a key that was made without one: it hands the key to the account, whose IAM policies decide from there.
pub(crate) fn default_policy(account: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Id":"key-default-1","Statement":[{{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{account}:root"}},"Action":"kms:*","Resource":"*"}}]}}"#
    )
}

/// The policy of the managed key `aws/secretsmanager`, which nobody can put: everyone in the account may use the key, but only
/// through the service; the account may look at it directly (A18).
pub(crate) fn managed_policy(home: &Home) -> String {
    let Home { account, region } = home;
    format!(
        r#"{{"Version":"2012-10-17","Id":"auto-secretsmanager-2","Statement":[{{"Sid":"Allow access through AWS Secrets Manager for all principals in the account that are authorized to use AWS Secrets Manager","Effect":"Allow","Principal":{{"AWS":"*"}},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:CreateGrant","kms:DescribeKey"],"Resource":"*","Condition":{{"StringEquals":{{"kms:CallerAccount":"{account}","kms:ViaService":"secretsmanager.{region}.amazonaws.com"}}}}}},{{"Sid":"Allow direct access to key metadata to the account","Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::{account}:root"}},"Action":["kms:Describe*","kms:Get*","kms:List*","kms:RevokeGrant"],"Resource":"*"}}]}}"#
    )
}

/// Days that a key waits for its deletion when nobody says how many.
pub(crate) const WINDOW_DAYS: i64 = 30;
/// Bytes of a key policy.
pub(crate) const POLICY_MAX: usize = 32_768;
const MADE_HERE: [KeySpec; 5] =
    [KeySpec::SymmetricDefault, KeySpec::Hmac224, KeySpec::Hmac256, KeySpec::Hmac384, KeySpec::Hmac512];
