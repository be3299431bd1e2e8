//! A KMS key: how it is named, what kinds there are, and which operation its state admits.

mod identifier;
mod import;
mod making;
mod older;
mod rotation;
mod run;
mod state;

use serde::{Deserialize, Serialize};

pub(crate) use identifier::{ALIAS_PREFIX, KeyName, KeyRef, alias_arn, check_alias};
pub(crate) use import::{ImportWish, TOKEN_MS, expiration_model};
pub(crate) use making::{KeyWish, POLICY_MAX, WINDOW_DAYS, default_policy, deletion_window, managed_policy};
pub(crate) use older::KeyRowV1;
pub(crate) use rotation::MATERIALS_MAX;
pub(crate) use state::{KeyRule, check_alias_move, fits, permits};

use super::hex::hex;
use super::{StoredPolicy, Tag};
use crate::clock::Timestamp;
use crate::error::{Error, kms as texts};
use crate::name::Text;

/// Everything about a KMS key but its material.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyRow {
    pub id: [u8; 16],
    /// `arn:aws:kms:REGION:ACCOUNT:key/ID`
    pub arn: Text,
    pub description: Text,
    pub created: Timestamp,
    pub manager: KeyManager,
    pub spec: KeySpec,
    pub origin: KeyOrigin,
    pub multi_region: bool,
    pub state: KeyState,
    pub policy: StoredPolicy,
    pub tags: Vec<Tag>,
    /// Oldest first; never empty but for a key that waits for its first import.
    pub materials: Vec<MaterialRow>,
    /// Names of its aliases, with the prefix `alias/`, sorted.
    pub aliases: Vec<Text>,
    /// How many grants are alive on it.
    pub grants: u32,
    pub rotation: Rotation,
    /// Its last successful cryptographic use that was written down.
    pub last_use: Option<LastUse>,
}

/// When a key rotates, and how often it was asked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Rotation {
    /// Days between automatic rotations; `None`: automatic rotation is off.
    pub period_days: Option<u16>,
    /// What the next date counts from: when it was switched on, or the last automatic rotation.
    pub from: Timestamp,
    /// Rotations on demand so far.
    pub on_demand: u32,
}

/// A use of a key, as GetKeyLastUsage tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastUse {
    /// Such as `Decrypt`.
    pub operation: Text,
    pub at: Timestamp,
    /// Id of the request.
    pub event: Text,
}

/// Who manages a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum KeyManager {
    Aws,
    Customer,
}

/// What kind of key it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum KeySpec {
    SymmetricDefault,
    Hmac224,
    Hmac256,
    Hmac384,
    Hmac512,
}

/// Where its material comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum KeyOrigin {
    AwsKms,
    External,
}

/// State as stored; what is due behaves as done: ask [`KeyRow::life`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum KeyState {
    Enabled,
    Disabled,
    PendingDeletion { due: Timestamp, window_days: u16 },
    PendingImport,
}

/// One backing key of a KMS key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MaterialRow {
    /// 1, 2, …; names the row of table `b` that holds it wrapped.
    pub version: u32,
    /// KeyMaterialId, which is shown as 64 hex digits.
    #[serde(with = "run")]
    pub id: [u8; 32],
    /// When it was made or imported; RotationDate once it is current.
    pub created: Timestamp,
    pub came: Came,
    /// What imported material has beside.
    pub imported: Option<Box<Imported>>,
}

/// How a material came to be the current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Came {
    /// With the key, or by its first import.
    First,
    /// It was imported as new material and waits for RotateKeyOnDemand.
    Pending,
    Automatic,
    OnDemand,
}

/// What is known of imported material, whether it is there or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Imported {
    pub description: Option<Text>,
    /// When it expires; `None`: never.
    pub valid_to: Option<Timestamp>,
    /// Was it deleted, or written down as expired? Its row in table `b` is gone then; the same material may come back.
    pub gone: bool,
}

/// An alias as stored; its name is its row's key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AliasRow {
    /// With the prefix `alias/`.
    pub name: Text,
    pub key: [u8; 16],
    pub created: Timestamp,
    pub updated: Timestamp,
}

impl KeyManager {
    /// AWS's word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Customer => "CUSTOMER",
        }
    }
}

/// What a key is for; decided by its spec alone among the kinds that this store makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyUsage {
    EncryptDecrypt,
    GenerateVerifyMac,
}
impl KeyUsage {
    /// AWS's word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::EncryptDecrypt => "ENCRYPT_DECRYPT",
            Self::GenerateVerifyMac => "GENERATE_VERIFY_MAC",
        }
    }
}

impl KeySpec {
    /// AWS's word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::SymmetricDefault => "SYMMETRIC_DEFAULT",
            Self::Hmac224 => "HMAC_224",
            Self::Hmac256 => "HMAC_256",
            Self::Hmac384 => "HMAC_384",
            Self::Hmac512 => "HMAC_512",
        }
    }
    pub(crate) fn usage(self) -> KeyUsage {
        if self == Self::SymmetricDefault { KeyUsage::EncryptDecrypt } else { KeyUsage::GenerateVerifyMac }
    }
    /// `EncryptionAlgorithms` of KeyMetadata.
    pub(crate) fn encryption_algorithm(self) -> Option<&'static str> {
        (self == Self::SymmetricDefault).then_some("SYMMETRIC_DEFAULT")
    }
    /// `MacAlgorithms` of KeyMetadata.
    pub(crate) fn mac_algorithm(self) -> Option<&'static str> {
        match self {
            Self::SymmetricDefault => None,
            Self::Hmac224 => Some("HMAC_SHA_224"),
            Self::Hmac256 => Some("HMAC_SHA_256"),
            Self::Hmac384 => Some("HMAC_SHA_384"),
            Self::Hmac512 => Some("HMAC_SHA_512"),
        }
    }
}

impl KeyOrigin {
    /// AWS's word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::AwsKms => "AWS_KMS",
            Self::External => "EXTERNAL",
        }
    }
}

impl KeyState {
    /// AWS's word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::Disabled => "Disabled",
            Self::PendingDeletion { .. } => "PendingDeletion",
            Self::PendingImport => "PendingImport",
        }
    }
}

impl MaterialRow {
    /// Material that this store made.
    pub(crate) fn made(version: u32, id: [u8; 32], created: Timestamp, came: Came) -> Self {
        Self { version, id, created, came, imported: None }
    }
    /// KeyMaterialId.
    pub(crate) fn id(&self) -> Text {
        hex(&self.id)
    }
}

impl KeyRow {
    /// The id as AWS writes it: a UUID, or `mrk-` and 32 hex digits.
    pub(crate) fn name(&self) -> KeyName {
        KeyName { id: self.id, multi_region: self.multi_region }
    }
    /// The state at the store's observed time; `None`: its deletion is due, so it is gone. Material whose time is over is
    /// awaited again from that moment on.
    pub(crate) fn life(&self, observed: Timestamp) -> Option<KeyState> {
        match self.state {
            KeyState::PendingDeletion { due, .. } if observed >= due => None,
            KeyState::Enabled | KeyState::Disabled if self.lacks_material(observed) => Some(KeyState::PendingImport),
            state => Some(state),
        }
    }
    /// Is the key there and does its state admit this operation? Rule by rule in [`KeyRule`].
    /// # Errors
    /// `NotFound` when gone; else as [`permits`].
    pub(crate) fn admits(&self, rule: KeyRule, observed: Timestamp) -> Result<(), Error> {
        let state = self.life(observed).ok_or_else(|| texts::key_not_found(&self.arn))?;
        permits(rule, &self.arn, state, self.origin, self.spec)
    }
    /// `DeletionDate` of KeyMetadata.
    pub(crate) fn deletion_date(&self) -> Option<Timestamp> {
        if let KeyState::PendingDeletion { due, .. } = self.state { Some(due) } else { None }
    }
    /// The material that encrypts from now on; the older ones only decrypt, and one that waits does nothing.
    pub(crate) fn current_material(&self) -> Option<&MaterialRow> {
        self.materials.iter().rfind(|material| material.came != Came::Pending)
    }
    /// ScheduleKeyDeletion, once admitted.
    pub(crate) fn schedule(&mut self, now: Timestamp, window_days: u16) -> Timestamp {
        let due = now.plus_days(i64::from(window_days));
        self.state = KeyState::PendingDeletion { due, window_days };
        due
    }
    /// CancelKeyDeletion, once admitted: the key comes back disabled, never enabled; without material it waits for import.
    pub(crate) fn cancel_deletion(&mut self) {
        // Material that expired in the meantime is told by `life`.
        let waits = self.lacks_material(Timestamp::from_millis(i64::MIN));
        self.state = if waits { KeyState::PendingImport } else { KeyState::Disabled };
    }
}

/// The alias of the key that protects secrets by default.
pub(crate) const MANAGED_ALIAS: &str = "alias/aws/secretsmanager";
/// Its key's description.
pub(crate) const MANAGED_DESCRIPTION: &str =
    "Default key that protects my Secrets Manager data when no other key is defined";
/// Aliases of one key.
pub(crate) const ALIASES_MAX: usize = 50;
const SERVICE: &str = "kms";

#[cfg(test)]
mod tests;
