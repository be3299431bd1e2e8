//! Grants: what they allow, under which encryption context, and what may be granted on.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::key::KeySpec;
use crate::clock::Timestamp;
use crate::error::{Error, kms as texts};
use crate::name::{Arn, PARTITION, Text};

mod index;
pub(crate) use index::{GrantsRow, Need, Operations, Slot, find, homes, ways};

/// One grant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Grant {
    /// 64 hex digits.
    pub id: Text,
    pub key: [u8; 16],
    /// ARN as the request gave it.
    pub grantee: Text,
    /// Unique id of the grantee when it is a user or role of the store's own account.
    pub grantee_id: Option<Text>,
    pub retiring: Option<Text>,
    pub retiring_id: Option<Text>,
    /// Grant operation names, such as `Decrypt`; sorted.
    pub operations: Vec<Text>,
    pub constraint: Option<Constraint>,
    pub name: Option<Text>,
    /// ARN of the creating principal.
    pub issuer: Text,
    /// The grant by which the creator could create this one.
    pub parent: Option<Text>,
    pub created: Timestamp,
}

/// A grant's constraint on the encryption context; pairs sorted by key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Constraint {
    Equals(Vec<(Text, Text)>),
    Subset(Vec<(Text, Text)>),
}

impl Grant {
    /// Was this live grant made by a request with all the same parameters? Only then, and only with a name, does a request
    /// answer the old grant's id instead of making a new grant. Who asked is no parameter.
    pub(crate) fn is_repeated_by(&self, new: &Self) -> bool {
        self.name.is_some()
            && self.name == new.name
            && self.key == new.key
            && self.grantee == new.grantee
            && self.grantee_id == new.grantee_id
            && self.retiring == new.retiring
            && self.retiring_id == new.retiring_id
            && self.operations == new.operations
            && self.constraint == new.constraint
    }
    /// Under which name the grants of its grantee are found.
    pub(crate) fn place(&self) -> Text {
        place(&self.grantee, self.grantee_id.as_ref())
    }
    /// The same for the principal that may retire it.
    pub(crate) fn retiring_place(&self) -> Option<Text> {
        self.retiring.as_ref().map(|arn| place(arn, self.retiring_id.as_ref()))
    }
}

/// Users and roles of this store go by their unique ids, its sessions as `aws:userid` has them, all others by ARN.
pub(crate) fn place(arn: &Text, id: Option<&Text>) -> Text {
    match (id, Grantee::read(arn).map(|grantee| grantee.who)) {
        (Some(id), Some(Who::Session { session, .. })) => Text::from(format!("{id}:{session}")),
        (Some(id), _) => id.clone(),
        (None, _) => arn.clone(),
    }
}
/// Operations that a constraint does not bind.
fn free_of_constraint(operation: &str) -> bool {
    matches!(operation, "DescribeKey" | "RetireGrant" | "CreateGrant")
}

impl Constraint {
    /// Reads the two members of `Constraints`; none sent: no constraint.
    /// # Errors
    /// `InvalidRequest`: both, more than 8 pairs, a value over 384 characters, or a key that makes MACs.
    pub(crate) fn read(
        equals: Option<&BTreeMap<Text, Text>>,
        subset: Option<&BTreeMap<Text, Text>>,
        spec: KeySpec,
    ) -> Result<Option<Self>, Error> {
        let (pairs, exact) = match (equals, subset) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                return Err(texts::grant_constraints(
                    "EncryptionContextEquals and EncryptionContextSubset exclude each other",
                ));
            }
            (Some(pairs), None) => (pairs, true),
            (None, Some(pairs)) => (pairs, false),
        };
        if spec != KeySpec::SymmetricDefault {
            return Err(texts::grant_constraints(format_args!("a key of spec {} takes none", spec.as_str())));
        }
        if pairs.len() > PAIRS_MAX {
            return Err(texts::grant_constraints(format_args!("{} pairs, the limit is {PAIRS_MAX}", pairs.len())));
        }
        if let Some((key, value)) = pairs.iter().find(|(_, value)| value.chars().count() > CONSTRAINT_VALUE_MAX) {
            let len = value.chars().count();
            let why = format_args!("value of {key} has {len} characters, the limit is {CONSTRAINT_VALUE_MAX}");
            return Err(texts::grant_constraints(why));
        }
        let keys: usize = pairs.keys().map(|key| key.len()).sum();
        if keys > CONSTRAINT_KEYS_MAX {
            // No encryption context is that long.
            let why = format_args!("its keys have {keys} bytes, the limit is {CONSTRAINT_KEYS_MAX}");
            return Err(texts::grant_constraints(why));
        }
        let pairs = pairs.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        Ok(Some(if exact { Self::Equals(pairs) } else { Self::Subset(pairs) }))
    }
    /// Does a request's encryption context meet it? Exact, with case; `context` has no key twice.
    pub(crate) fn holds(&self, context: &[(&str, &str)]) -> bool {
        let contained = |pairs: &[(Text, Text)]| {
            pairs.iter().all(|(key, value)| context.iter().any(|(k, v)| key == *k && value == *v))
        };
        match self {
            Self::Equals(pairs) => pairs.len() == context.len() && contained(pairs),
            Self::Subset(pairs) => contained(pairs),
        }
    }
    /// `EncryptionContextEquals` or `EncryptionContextSubset`, as `kms:GrantConstraintType` has it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Equals(_) => "EncryptionContextEquals",
            Self::Subset(_) => "EncryptionContextSubset",
        }
    }
    /// Its pairs, sorted by key.
    pub(crate) fn pairs(&self) -> &[(Text, Text)] {
        match self {
            Self::Equals(pairs) | Self::Subset(pairs) => pairs,
        }
    }
    /// A subset may gain pairs or turn into an equality that contains it; an equality stays as it is.
    fn at_least_as_strict_as(&self, floor: &Self) -> bool {
        match (floor, self) {
            (Self::Equals(floor), Self::Equals(own)) => floor == own,
            (Self::Equals(_), Self::Subset(_)) => false,
            (Self::Subset(floor), Self::Subset(own) | Self::Equals(own)) => floor.iter().all(|pair| own.contains(pair)),
        }
    }
}

/// Checks the operations of CreateGrant against the key's spec (A15.1); returns them sorted, each once.
/// # Errors
/// `InvalidRequest`: none, or one that such a key cannot serve.
pub(crate) fn operations<'a>(
    asked: impl IntoIterator<Item = &'a str>,
    key_arn: &str,
    spec: KeySpec,
) -> Result<Vec<Text>, Error> {
    let asked: BTreeSet<&str> = asked.into_iter().collect();
    if asked.is_empty() {
        return Err(texts::grant_operation("[]", key_arn));
    }
    let symmetric = spec == KeySpec::SymmetricDefault;
    for operation in &asked {
        let on = OPERATIONS.iter().find_map(|(name, on)| (name == operation).then_some(*on));
        let fits = on.is_some_and(|on| match on {
            On::AnyKey => true,
            On::Symmetric => symmetric,
            On::Hmac => !symmetric,
        });
        if !fits {
            return Err(texts::grant_operation(operation, key_arn));
        }
    }
    Ok(asked.into_iter().map(Text::from).collect())
}

/// Whom a grant's ARN names. Whether that principal exists is for the walk to look up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grantee<'a> {
    pub account: &'a str,
    pub who: Who<'a>,
}

/// The kinds of principals that a grant may name; groups and organisations are not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who<'a> {
    /// The whole account, written as its root ARN.
    Account,
    /// Name without path; the row's ARN must equal the one given, path included.
    User(&'a str),
    Role(&'a str),
    Session {
        role: &'a str,
        session: &'a str,
    },
    Federated(&'a str),
}

impl<'a> Grantee<'a> {
    /// Reads the ARN of a grantee or of a retiring principal.
    /// # Errors
    /// `InvalidRequest` (AWS: InvalidArnException).
    pub(crate) fn parse(arn: &'a str) -> Result<Self, Error> {
        Self::read(arn).ok_or_else(|| texts::grant_principal(arn))
    }
    fn read(text: &'a str) -> Option<Self> {
        let arn = Arn::parse(text)?;
        let account_is_number = arn.account.len() == 12 && arn.account.bytes().all(|digit| digit.is_ascii_digit());
        if arn.partition != PARTITION
            || !arn.region.is_empty()
            || !account_is_number
            || arn.resource.contains(['*', '?'])
        {
            return None;
        }
        let last = |rest: &'a str| rest.rsplit('/').next().filter(|name| !name.is_empty());
        let (kind, rest) = arn.resource.split_once('/').unwrap_or((arn.resource, ""));
        let who = match (arn.service, kind) {
            ("iam", "root") if arn.resource == "root" => Who::Account,
            ("iam", "user") => Who::User(last(rest)?),
            ("iam", "role") => Who::Role(last(rest)?),
            ("sts", "assumed-role") => {
                let (role, session) = rest.split_once('/')?;
                if role.is_empty() || session.is_empty() || session.contains('/') {
                    return None;
                }
                Who::Session { role, session }
            }
            ("sts", "federated-user") if !rest.is_empty() && !rest.contains('/') => Who::Federated(rest),
            _ => return None,
        };
        Some(Self { account: arn.account, who })
    }
}

/// Which keys an operation can be granted on. What is not in the table cannot be granted; Sign, Verify, GetPublicKey and
/// DeriveSharedSecret would need keys that this store does not make.
#[derive(Clone, Copy)]
enum On {
    AnyKey,
    Symmetric,
    Hmac,
}

/// Their order is part of the file's format: see [`Operations`].
const OPERATIONS: [(&str, On); 13] = [
    ("Decrypt", On::Symmetric),
    ("Encrypt", On::Symmetric),
    ("GenerateDataKey", On::Symmetric),
    ("GenerateDataKeyWithoutPlaintext", On::Symmetric),
    ("ReEncryptFrom", On::Symmetric),
    ("ReEncryptTo", On::Symmetric),
    ("CreateGrant", On::AnyKey),
    ("RetireGrant", On::AnyKey),
    ("DescribeKey", On::AnyKey),
    ("GenerateDataKeyPair", On::Symmetric),
    ("GenerateDataKeyPairWithoutPlaintext", On::Symmetric),
    ("GenerateMac", On::Hmac),
    ("VerifyMac", On::Hmac),
];

/// Grants on one key.
pub(crate) const GRANTS_MAX: u32 = 50_000;
const PAIRS_MAX: usize = 8;
const CONSTRAINT_VALUE_MAX: usize = 384;
const CONSTRAINT_KEYS_MAX: usize = 8_192;

#[cfg(test)]
mod tests;
