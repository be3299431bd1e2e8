//! All that a decision weighs, shut: nobody reads the row before the gate has answered.

use std::sync::Arc;

use strongroom_keystore::Wrapped;

use super::acts;
use super::entry::{DeviceLook, Everything, KeyEntry, PolicyLook, PrincipalLook, RoleLook, SecretLook};
use crate::error::Error;
use crate::explain::Question;
use crate::model::Tag;
use crate::model::grant::{Grant, GrantsRow, Slot};
use crate::name::{Arn, Text};
use crate::policy::{Key, KeyName, Policy, Trust, Value, Values};

/// A resource and its row, from one view or one change; shut.
pub(crate) struct Facts<'v, R> {
    pub(super) resource: Text,
    pub(super) row: R,
    /// The same view, where grants on a key and keys that a request names are found.
    pub(super) grants: &'v dyn GrantLook,
}
impl<'v, R> Facts<'v, R> {
    /// Only the ledger makes facts (held by `tests/layers.rs`).
    pub(crate) fn new<V: GrantLook>(view: &'v V, resource: Text, row: R) -> Self {
        Self { resource, row, grants: view }
    }
}
impl<R> std::fmt::Debug for Facts<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Facts").field("resource", &self.resource).finish_non_exhaustive()
    }
}

/// What the gate asks of a row.
pub(crate) trait Row {
    fn policy(&self) -> Option<&Policy>;
    fn trust(&self) -> Trust;
    /// Condition keys that the row itself fills: tags, states, sizes.
    fn values(&self, key: &Key) -> Values<'_>;
    /// The account that owns the resource. What is stored here is the store's own; of anything else the ARN tells.
    fn account<'a>(&self, resource: &'a str, own: &'a str) -> &'a str {
        account_of(resource, own)
    }
    /// Condition keys that the plain request behind a question would fill.
    fn plainly<'a>(&'a self, _question: &'a Question, _key: &Key, _plain: bool) -> Values<'a> {
        Values::Absent
    }
}

/// A KMS key that is there: key identifiers resolve before anybody is authorised.
#[derive(Clone, Debug)]
pub(crate) struct KeyFacts {
    pub entry: Arc<KeyEntry>,
}
/// What a decision looks up beside its row.
pub(crate) trait GrantLook {
    /// A row of the index of one grantee's grants on one key.
    fn grants(&self, key: &[u8; 16], grantee: &Text, slot: &Slot) -> Result<Arc<GrantsRow>, Error>;
    /// A grant by its id.
    fn grant(&self, id: &str) -> Result<Option<Grant>, Error>;
    /// The ARN of the key that a request names, by whatever name; `None` if the name means none.
    fn key_arn(&self, named: &str) -> Result<Option<Text>, Error>;
    /// A backing key that the key's row says is there, wrapped.
    fn backing(&self, key: &[u8; 16], version: u32) -> Result<Wrapped, Error>;
}

/// The value of a tag, or nothing.
pub(super) fn tag<'t>(tags: &'t [Tag], key: &Key) -> Values<'t> {
    key.part
        .as_deref()
        // Condition keys compare without regard to case, their tag part included.
        .and_then(|part| tags.iter().find(|tag| tag.key.eq_ignore_ascii_case(part)))
        .map_or(Values::Absent, |tag| Values::One(Value::Text(&tag.value)))
}

impl Row for SecretLook {
    fn account<'a>(&self, resource: &'a str, own: &'a str) -> &'a str {
        if self.is_some() { own } else { account_of(resource, own) }
    }
    fn policy(&self) -> Option<&Policy> {
        self.as_deref().and_then(|entry| entry.policy.as_ref())
    }
    fn trust(&self) -> Trust {
        Trust::Secret
    }
    fn values(&self, key: &Key) -> Values<'_> {
        let Some(entry) = self.as_deref() else { return Values::Absent };
        match key.name {
            KeyName::AwsResourceTag | KeyName::SecretsmanagerResourceTag => {
                tag(entry.row.tags.as_deref().unwrap_or_default(), key)
            }
            KeyName::SecretsmanagerResourceType => {
                entry.row.secret_type.as_ref().map_or(Values::Absent, |partner| Values::One(Value::Text(partner)))
            }
            KeyName::SecretsmanagerResourceAllowRotationLambdaArn => match &entry.row.rotation {
                Some(rotation) => Values::One(Value::Text(&rotation.function)),
                None => Values::Absent,
            },
            KeyName::SecretsmanagerSecretPrimaryRegion => {
                entry.row.primary_region().map_or(Values::Absent, |region| Values::One(Value::Text(region)))
            }
            _ => Values::Absent,
        }
    }
    fn plainly<'a>(&'a self, question: &'a Question, key: &Key, plain: bool) -> Values<'a> {
        acts::secretsmanager::plainly(self, question, key, plain)
    }
}
impl Row for KeyFacts {
    fn account<'a>(&self, _resource: &'a str, own: &'a str) -> &'a str {
        own
    }
    fn policy(&self) -> Option<&Policy> {
        Some(&self.entry.policy)
    }
    fn trust(&self) -> Trust {
        Trust::Key
    }
    fn values(&self, key: &Key) -> Values<'_> {
        let row = &self.entry.row;
        match key.name {
            KeyName::AwsResourceTag => tag(&row.tags, key),
            // Both spellings are in use: AWS renamed the keys and keeps filling the old ones.
            KeyName::KmsKeySpec | KeyName::KmsCustomerMasterKeySpec => Values::One(Value::Text(row.spec.as_str())),
            KeyName::KmsKeyUsage | KeyName::KmsCustomerMasterKeyUsage => {
                Values::One(Value::Text(row.spec.usage().as_str()))
            }
            KeyName::KmsKeyOrigin => Values::One(Value::Text(row.origin.as_str())),
            KeyName::KmsMultiRegion => Values::One(Value::Bool(row.multi_region)),
            KeyName::KmsMultiRegionKeyType if row.multi_region => Values::One(Value::Text("PRIMARY")),
            KeyName::KmsResourceAliases => Values::Many(&row.aliases),
            _ => Values::Absent,
        }
    }
    fn plainly<'a>(&'a self, question: &'a Question, key: &Key, _plain: bool) -> Values<'a> {
        acts::kms::plainly(self, question, key)
    }
}
impl Row for PrincipalLook {
    fn policy(&self) -> Option<&Policy> {
        self.as_deref().and_then(|entry| entry.trust.as_ref())
    }
    fn trust(&self) -> Trust {
        Trust::None
    }
    fn values(&self, key: &Key) -> Values<'_> {
        let Some(entry) = self.as_deref() else { return Values::Absent };
        match key.name {
            KeyName::AwsResourceTag | KeyName::IamResourceTag => tag(&entry.row.tags, key),
            KeyName::IamPermissionsBoundary => match &entry.row.boundary {
                Some(arn) => Values::One(Value::Text(arn)),
                None => Values::Absent,
            },
            _ => Values::Absent,
        }
    }
}
impl Row for RoleLook {
    fn policy(&self) -> Option<&Policy> {
        self.0.policy()
    }
    fn trust(&self) -> Trust {
        Trust::Role
    }
    fn values(&self, key: &Key) -> Values<'_> {
        self.0.values(key)
    }
}
impl Row for DeviceLook {
    fn policy(&self) -> Option<&Policy> {
        None
    }
    fn trust(&self) -> Trust {
        Trust::None
    }
    fn values(&self, key: &Key) -> Values<'_> {
        let Some(device) = self else { return Values::Absent };
        match key.name {
            KeyName::AwsResourceTag | KeyName::IamResourceTag => tag(&device.tags, key),
            _ => Values::Absent,
        }
    }
}
impl Row for PolicyLook {
    fn policy(&self) -> Option<&Policy> {
        None
    }
    fn trust(&self) -> Trust {
        Trust::None
    }
    /// A policy that AWS ships belongs to whoever asks for it.
    fn account<'a>(&self, _resource: &'a str, own: &'a str) -> &'a str {
        own
    }
    fn values(&self, key: &Key) -> Values<'_> {
        let Some(row) = self.as_deref() else { return Values::Absent };
        match key.name {
            KeyName::AwsResourceTag | KeyName::IamResourceTag => tag(&row.tags, key),
            _ => Values::Absent,
        }
    }
}
impl Row for Everything {
    fn policy(&self) -> Option<&Policy> {
        None
    }
    fn trust(&self) -> Trust {
        Trust::None
    }
    fn values(&self, _key: &Key) -> Values<'_> {
        Values::Absent
    }
}

/// The account that owns a resource: the one in its ARN, the store's own where the ARN has none (`*`).
pub(super) fn account_of<'a>(resource: &'a str, own: &'a str) -> &'a str {
    Arn::parse(resource).map(|arn| arn.account).filter(|account| !account.is_empty()).unwrap_or(own)
}
