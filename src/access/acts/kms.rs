//! KMS: keys that are named by themselves. What a grant can allow goes through [`Gate::admit_key`](crate::access::Gate).

mod life;

use std::collections::BTreeMap;
use std::marker::PhantomData;

use strongroom_keystore::{self as keystore, EncryptionContext};

use super::{act, may, sent, through};
use crate::access::gate::{Contextual, Grantable};
use crate::access::pass::Named;
use crate::access::{Act, Everything, KeyAct, KeyFacts, Writes};
use crate::action::Action;
use crate::error::{self, Error};
use crate::explain::Question;
use crate::model::grant::{Constraint, Grant, Need};
use crate::model::key::{ALIAS_PREFIX, AliasRow, KeyRow, KeySpec, WINDOW_DAYS};
use crate::name::{Arn, Text};
use crate::operation::kms::{
    self, CreateAlias, CreateGrant, CreateKey, Decrypt, DeleteAlias, DescribeKey, Encrypt, GenerateDataKey,
    GenerateDataKeyWithoutPlaintext, GetKeyPolicy, GrantConstraints, ListAliases, ListGrants, ListKeys,
    ListRetirableGrants, PutKeyPolicy, ReEncrypt, RetireGrant, RevokeGrant, RevokeGrantWithChildren, UpdateAlias,
};
use crate::policy::{Key, KeyName, Value, Values};

// Keys.

impl Act for CreateKey {
    // There is no key policy yet: only identity-based policies can allow it.
    type On = Everything;
    const ACTION: Action = Action::KMS_CREATE_KEY;
    fn also(&self, ask: &mut dyn FnMut(Action)) {
        if self.tags.as_ref().is_some_and(|tags| !tags.is_empty()) {
            ask(Action::KMS_TAG_RESOURCE);
        }
    }
    fn values<'a>(&'a self, _on: &'a Everything, key: &Key, _plain: bool) -> Values<'a> {
        // Members that were left out count with their defaults, so that a deny on a kind of key catches it either way.
        match key.name {
            KeyName::KmsKeySpec | KeyName::KmsCustomerMasterKeySpec => text(self.spec()),
            KeyName::KmsKeyUsage | KeyName::KmsCustomerMasterKeyUsage => match &self.key_usage {
                Some(usage) => text(usage.as_str()),
                None if self.spec() == KeySpec::SymmetricDefault.as_str() => text("ENCRYPT_DECRYPT"),
                None => Values::Absent,
            },
            KeyName::KmsKeyOrigin => text(self.origin.as_ref().map_or("AWS_KMS", kms::Origin::as_str)),
            KeyName::KmsMultiRegion => Values::One(Value::Bool(self.multi_region.unwrap_or(false))),
            KeyName::KmsMultiRegionKeyType if self.multi_region == Some(true) => text("PRIMARY"),
            _ => sent(self, key),
        }
    }
    fn named(&self) -> Named<'_> {
        Named::Nothing
    }
}
may!(CreateKey, reaches through::Make, writes KeyRow);
impl CreateKey {
    /// The kind of key as sent, under its new name or its old one.
    fn spec(&self) -> &str {
        let new = self.key_spec.as_ref().map(kms::KeySpec::as_str);
        new.or(self.customer_master_key_spec.as_ref().map(kms::CustomerMasterKeySpec::as_str))
            .unwrap_or("SYMMETRIC_DEFAULT")
    }
}

impl Act for DescribeKey {
    type On = KeyFacts;
    const ACTION: Action = Action::KMS_DESCRIBE_KEY;
    fn values<'a>(&'a self, _on: &'a KeyFacts, key: &Key, _plain: bool) -> Values<'a> {
        match key.name {
            KeyName::KmsRequestAlias => request_alias(&self.key_id),
            _ => sent(self, key),
        }
    }
    fn named(&self) -> Named<'_> {
        Named::AsSent(&self.key_id)
    }
}
// The managed key is made by whoever describes it first.
may!(DescribeKey, reaches through::Make, writes KeyRow);
impl Grantable for DescribeKey {
    fn need(&self) -> Need<'_> {
        Need::to_use(Self::ACTION.name(), [])
    }
}

act!(ListKeys, KMS_LIST_KEYS on Everything, nothing here, scans KeyRow);

// Policies.

act!(GetKeyPolicy, KMS_GET_KEY_POLICY on KeyFacts, as sent key_id);

impl Act for PutKeyPolicy {
    type On = KeyFacts;
    const ACTION: Action = Action::KMS_PUT_KEY_POLICY;
    fn values<'a>(&'a self, _on: &'a KeyFacts, key: &Key, _plain: bool) -> Values<'a> {
        match key.name {
            KeyName::KmsPolicyName => text(self.policy_name.as_deref().unwrap_or("default")),
            _ => sent(self, key),
        }
    }
    fn named(&self) -> Named<'_> {
        Named::AsSent(&self.key_id)
    }
}
may!(PutKeyPolicy, writes KeyRow);

// Aliases: each operation on one is weighed on the alias, and on every key that it takes it from or points it to.

act!(CreateAlias, KMS_CREATE_ALIAS on Everything, as sent alias_name, writes AliasRow);
act!(UpdateAlias, KMS_UPDATE_ALIAS on Everything, as sent alias_name, writes AliasRow);
act!(DeleteAlias, KMS_DELETE_ALIAS on Everything, as sent alias_name, writes AliasRow);
act!(ListAliases, KMS_LIST_ALIASES on Everything, nothing here, scans AliasRow);

/// The further question of an alias operation: the same action, on a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OnKey<'r, O> {
    /// How a refusal names the key: by the caller's words, which may be the alias.
    named: &'r str,
    of: PhantomData<fn(O)>,
}
impl<'r, O> OnKey<'r, O> {
    pub(crate) fn of(_request: &'r O, named: &'r str) -> Self {
        Self { named, of: PhantomData }
    }
}
impl<O: Act> Act for OnKey<'_, O> {
    type On = KeyFacts;
    const ACTION: Action = O::ACTION;
    fn named(&self) -> Named<'_> {
        Named::AsSent(self.named)
    }
}
impl<O: Writes<AliasRow>> Writes<KeyRow> for OnKey<'_, O> {}

// Encrypting.

/// A key act of the KMS API itself: grantable, with an encryption context of its own.
macro_rules! use_of_key {
    ($request:ty, $action:ident as $use:ident, $sealed:literal, |$self:ident| $key_id:expr, $named:expr, $algorithm:expr) => {
        impl Act for $request {
            type On = KeyFacts;
            const ACTION: Action = Action::$action;
            fn values<'a>(&'a $self, _on: &'a KeyFacts, key: &Key, _plain: bool) -> Values<'a> {
                match key.name {
                    KeyName::KmsRequestAlias => $key_id.map_or(Values::Absent, request_alias),
                    KeyName::KmsEncryptionAlgorithm => text($algorithm),
                    _ => sent($self, key),
                }
            }
            fn named(&$self) -> Named<'_> {
                $named
            }
        }
        impl KeyAct for $request {
            type Use = keystore::$use;
            const ACTION: Action = Action::$action;
            const SEALED: bool = $sealed;
        }
        impl Grantable for $request {
            fn need(&self) -> Need<'_> {
                Need::to_use(<Self as Act>::ACTION.name(), pairs(self.encryption_context.as_ref()))
            }
        }
        impl Contextual for $request {
            fn context(&self) -> Result<EncryptionContext<'static>, Error> {
                sealed_with(self.encryption_context.as_ref())
            }
        }
    };
}
use_of_key!(
    Encrypt,
    KMS_ENCRYPT as Encrypt,
    false,
    |self| Some(self.key_id.as_str()),
    Named::AsSent(&self.key_id),
    self.encryption_algorithm.as_ref().map_or("SYMMETRIC_DEFAULT", kms::EncryptionAlgorithm::as_str)
);
use_of_key!(
    Decrypt,
    KMS_DECRYPT as Decrypt,
    true,
    |self| self.key_id.as_deref(),
    self.key_id.as_deref().map_or(Named::Resource, Named::AsSent),
    self.encryption_algorithm.as_ref().map_or("SYMMETRIC_DEFAULT", kms::EncryptionAlgorithm::as_str)
);
use_of_key!(
    GenerateDataKey,
    KMS_GENERATE_DATA_KEY as Encrypt,
    false,
    |self| Some(self.key_id.as_str()),
    Named::AsSent(&self.key_id),
    "SYMMETRIC_DEFAULT"
);
use_of_key!(
    GenerateDataKeyWithoutPlaintext,
    KMS_GENERATE_DATA_KEY_WITHOUT_PLAINTEXT as Encrypt,
    false,
    |self| Some(self.key_id.as_str()),
    Named::AsSent(&self.key_id),
    "SYMMETRIC_DEFAULT"
);

/// A request's encryption context. Its keys differ already, so only its length can be wrong.
fn sealed_with(context: Option<&BTreeMap<Text, Text>>) -> Result<EncryptionContext<'static>, Error> {
    let pairs = context.into_iter().flatten().map(|(key, value)| (key.as_str(), value.as_str()));
    EncryptionContext::from_sorted(pairs).map_err(|_| error::kms::encryption_context_too_long())
}
/// The pairs of a request's encryption context; none sent is the same as an empty one.
fn pairs(context: Option<&BTreeMap<Text, Text>>) -> Vec<(&str, &str)> {
    context.into_iter().flatten().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}

// Grants.

impl Act for CreateGrant {
    type On = KeyFacts;
    const ACTION: Action = Action::KMS_CREATE_GRANT;
    fn values<'a>(&'a self, _on: &'a KeyFacts, key: &Key, _plain: bool) -> Values<'a> {
        match key.name {
            KeyName::KmsGrantIsForAwsResource => Values::One(Value::Bool(false)),
            KeyName::KmsGrantConstraintType => match &self.constraints {
                Some(GrantConstraints { encryption_context_equals: Some(_), .. }) => text("EncryptionContextEquals"),
                Some(GrantConstraints { encryption_context_subset: Some(_), .. }) => text("EncryptionContextSubset"),
                Some(GrantConstraints { source_arn: Some(_), .. }) => text("SourceArn"),
                _ => Values::Absent,
            },
            _ => sent(self, key),
        }
    }
    fn named(&self) -> Named<'_> {
        Named::AsSent(&self.key_id)
    }
}
may!(CreateGrant, writes Grant KeyRow);
impl Grantable for CreateGrant {
    /// A grant lets its grantee create no wider one.
    fn need(&self) -> Need<'_> {
        let operations = self.operations.iter().map(kms::GrantOperation::as_str);
        // Constraints that cannot be read are covered by nothing; who may create grants by policy is told what is wrong with them.
        constraint(self.constraints.as_ref(), KeySpec::SymmetricDefault)
            .map_or_else(|_| Need::none(), |constraint| Need::to_create(operations, constraint))
    }
}

/// The constraint that a request asks for, on a key of that spec.
/// # Errors
/// As [`Constraint::read`].
pub(crate) fn constraint(asked: Option<&GrantConstraints>, spec: KeySpec) -> Result<Option<Constraint>, Error> {
    let equals = asked.and_then(|asked| asked.encryption_context_equals.as_ref());
    let subset = asked.and_then(|asked| asked.encryption_context_subset.as_ref());
    Constraint::read(equals, subset, spec)
}

macro_rules! administers_grants {
    ($($request:ty, $action:ident $(, writes $($row:ty)+)? $(, scans $($scanned:ty)+)?;)*) => { $(
        impl Act for $request {
            type On = KeyFacts;
            const ACTION: Action = Action::$action;
            fn values<'a>(&'a self, _on: &'a KeyFacts, key: &Key, _plain: bool) -> Values<'a> {
                match key.name {
                    KeyName::KmsGrantIsForAwsResource => Values::One(Value::Bool(false)),
                    _ => sent(self, key),
                }
            }
            fn named(&self) -> Named<'_> {
                Named::AsSent(&self.key_id)
            }
        }
        may!($request $(, writes $($row)+)? $(, scans $($scanned)+)?);
    )* };
}
administers_grants! {
    ListGrants, KMS_LIST_GRANTS, scans Grant;
    RevokeGrant, KMS_REVOKE_GRANT, writes Grant KeyRow;
    RevokeGrantWithChildren, KMS_REVOKE_GRANT, writes Grant KeyRow, scans Grant;
}
act!(ListRetirableGrants, KMS_LIST_RETIRABLE_GRANTS on Everything, nothing here, scans Grant);
// Weighed by `Gate::admit_retiring`, with the grant at hand.
act!(RetireGrant, KMS_RETIRE_GRANT on KeyFacts, writes Grant KeyRow);

/// RetireGrant and the grant in question, whose constraint fills the condition keys that CreateGrant's request filled.
#[derive(Debug)]
pub(in crate::access) struct Retiring<'r> {
    pub(in crate::access) request: &'r RetireGrant,
    pub(in crate::access) grant: Option<&'r Grant>,
}
impl Act for Retiring<'_> {
    type On = KeyFacts;
    const ACTION: Action = Action::KMS_RETIRE_GRANT;
    fn values<'a>(&'a self, _on: &'a KeyFacts, key: &Key, _plain: bool) -> Values<'a> {
        let constraint = self.grant.and_then(|grant| grant.constraint.as_ref());
        match (key.name, constraint) {
            (KeyName::KmsGrantConstraintType, Some(constraint)) => text(constraint.kind()),
            (_, Some(constraint)) => {
                context_values(constraint.pairs().iter().map(|(key, value)| (key.as_str(), value.as_str())), key)
            }
            (_, None) => sent(self.request, key),
        }
    }
}

// ReEncrypt: two keys, two decisions.

/// One side of a ReEncrypt.
macro_rules! side_of_reencrypt {
    ($(#[$doc:meta])* $name:ident, $action:ident as $use:ident, $sealed:literal, $context:ident, $algorithm:ident, |$self:ident| $key_id:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub(crate) struct $name<'r> {
            request: &'r ReEncrypt,
            same_key: bool,
        }
        impl<'r> $name<'r> {
            /// `same_key`: both sides are one key.
            pub(crate) fn of(request: &'r ReEncrypt, same_key: bool) -> Self {
                Self { request, same_key }
            }
        }
        impl Act for $name<'_> {
            type On = KeyFacts;
            const ACTION: Action = Action::$action;
            fn values<'a>(&'a $self, _on: &'a KeyFacts, key: &Key, _plain: bool) -> Values<'a> {
                match key.name {
                    KeyName::KmsRequestAlias => $key_id.map_or(Values::Absent, request_alias),
                    KeyName::KmsReEncryptOnSameKey => Values::One(Value::Bool($self.same_key)),
                    KeyName::KmsEncryptionAlgorithm => {
                        let sent = $self.request.$algorithm.as_ref();
                        text(sent.map_or("SYMMETRIC_DEFAULT", kms::EncryptionAlgorithm::as_str))
                    }
                    _ => context_values(pairs($self.request.$context.as_ref()), key),
                }
            }
            fn named(&$self) -> Named<'_> {
                $key_id.map_or(Named::Resource, Named::AsSent)
            }
        }
        impl KeyAct for $name<'_> {
            type Use = keystore::$use;
            const ACTION: Action = Action::$action;
            const SEALED: bool = $sealed;
        }
        impl Grantable for $name<'_> {
            fn need(&self) -> Need<'_> {
                Need::to_use(<Self as Act>::ACTION.name(), pairs(self.request.$context.as_ref()))
            }
        }
        impl Contextual for $name<'_> {
            fn context(&self) -> Result<EncryptionContext<'static>, Error> {
                sealed_with(self.request.$context.as_ref())
            }
        }
    };
}
side_of_reencrypt!(
    /// Opening the old ciphertext, in its context.
    ReEncryptFrom,
    KMS_RE_ENCRYPT_FROM as Decrypt,
    true,
    source_encryption_context,
    source_encryption_algorithm,
    |self| self.request.source_key_id.as_deref()
);
side_of_reencrypt!(
    /// Making the new one, in its own.
    ReEncryptTo,
    KMS_RE_ENCRYPT_TO as Encrypt,
    false,
    destination_encryption_context,
    destination_encryption_algorithm,
    |self| Some(self.request.destination_key_id.as_str())
);

/// What an encryption context that no member of the request's table tells fills.
fn context_values<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>, key: &Key) -> Values<'a> {
    match (key.name, key.part.as_deref()) {
        // Condition keys compare without regard to case, their context part included; of twins the one as it is written.
        (KeyName::KmsEncryptionContext, Some(part)) => {
            let alike = pairs.into_iter().filter(|(name, _)| name.eq_ignore_ascii_case(part));
            let best = alike.min_by_key(|(name, _)| *name != part);
            best.map_or(Values::Absent, |(_, value)| text(value))
        }
        (KeyName::KmsEncryptionContextKeys, _) => {
            let keys: Vec<_> = pairs.into_iter().map(|(name, _)| name).collect();
            if keys.is_empty() { Values::Absent } else { Values::ManyText(keys) }
        }
        _ => Values::Absent,
    }
}

/// What the request behind a question would fill, as far as the question tells.
pub(in crate::access) fn plainly<'a>(on: &'a KeyFacts, question: &'a Question, key: &Key) -> Values<'a> {
    let about = |actions: &[Action]| actions.iter().any(|action| question.is_about(*action));
    match key.name {
        KeyName::KmsRequestAlias => request_alias(&question.resource),
        KeyName::KmsEncryptionAlgorithm if about(&USES) => text("SYMMETRIC_DEFAULT"),
        KeyName::KmsEncryptionContextKeys => {
            let keys: Vec<_> = question.context.texts_after("kms:EncryptionContext:").map(|(name, _)| name).collect();
            if keys.is_empty() { Values::Absent } else { Values::ManyText(keys) }
        }
        KeyName::KmsGrantIsForAwsResource if about(&ON_GRANTS) => Values::One(Value::Bool(false)),
        // A key for MACs has one algorithm, which every request names.
        KeyName::KmsMacAlgorithm if about(&MACS) => on.entry.row.spec.mac_algorithm().map_or(Values::Absent, text),
        KeyName::KmsScheduleKeyDeletionPendingWindowInDays if about(&[Action::KMS_SCHEDULE_KEY_DELETION]) => {
            Values::One(Value::Number(WINDOW_DAYS))
        }
        _ => Values::Absent,
    }
}
const USES: [Action; 6] = [
    Action::KMS_ENCRYPT,
    Action::KMS_DECRYPT,
    Action::KMS_GENERATE_DATA_KEY,
    Action::KMS_GENERATE_DATA_KEY_WITHOUT_PLAINTEXT,
    Action::KMS_RE_ENCRYPT_FROM,
    Action::KMS_RE_ENCRYPT_TO,
];
const MACS: [Action; 2] = [Action::KMS_GENERATE_MAC, Action::KMS_VERIFY_MAC];
const ON_GRANTS: [Action; 3] = [Action::KMS_CREATE_GRANT, Action::KMS_LIST_GRANTS, Action::KMS_REVOKE_GRANT];

/// The alias by which a request names its key, in its short form; absent when it names the key otherwise.
fn request_alias(key_id: &str) -> Values<'_> {
    let name = if key_id.starts_with(ALIAS_PREFIX) {
        Some(key_id)
    } else {
        Arn::parse(key_id).map(|arn| arn.resource).filter(|resource| resource.starts_with(ALIAS_PREFIX))
    };
    name.map_or(Values::Absent, text)
}

fn text(text: &str) -> Values<'_> {
    Values::One(Value::Text(text))
}
