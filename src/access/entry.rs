//! Opened rows as the gate weighs them: the stored value beside its compiled policy.

use std::borrow::Cow;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, OnceLock};

use strongroom_keystore::{RowKey, Wrapped};

use super::facts::GrantLook;
use crate::action::Action;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::model::credential::MfaDeviceRow;
use crate::model::key::{KeyRow, MaterialRow};
use crate::model::managed_policy::ManagedPolicyRow;
use crate::model::principal::PrincipalRow;
use crate::model::secret::SecretRow;
use crate::model::version::{Asked, CURRENT, PENDING, PREVIOUS, SealedAt, VersionRow};
use crate::name::Text;
use crate::policy::{Policy, PolicySet};

/// A secret.
#[derive(Debug)]
pub(crate) struct SecretEntry {
    pub row: SecretRow,
    pub policy: Option<Policy>,
    /// Last access that is known to be noted: day number shifted by 16, or'ed with the place of the version. Spares the
    /// lock of the list of accesses on every read but the first of a day.
    pub noted: AtomicU64,
    /// Row keys of its versions, by place, computed on first use.
    pub places: Box<[OnceLock<RowKey>]>,
    /// What a read that names no version is after, when its sealed bytes are short.
    pub current: Option<Current>,
}

/// A secret's current version beside its row: one look-up and one step from memory to memory spared.
#[derive(Debug)]
pub(crate) struct Current {
    /// Among the row's versions.
    pub place: usize,
    pub version: VersionRow,
    pub at: SealedAt,
    /// The sealed bytes: ciphertext.
    pub sealed: Box<[u8]>,
}

impl SecretEntry {
    /// An opened secret by itself.
    pub(crate) fn new(mut row: SecretRow, policy: Option<Policy>) -> Self {
        share_labels(&mut row);
        let places = row.versions.iter().map(|_| OnceLock::new()).collect();
        Self { row, policy, noted: AtomicU64::new(0), places, current: None }
    }
}

impl SecretEntry {
    /// The version that a read asks for: where in the row the one stands that holds its value, the version, where its value lies.
    /// # Errors
    /// As [`SecretRow::resolve`].
    #[inline]
    pub(crate) fn resolve(&self, asked: Asked<'_>) -> Result<(usize, &VersionRow, SealedAt), Error> {
        if let (Asked { version_id: None, stage: None }, Some(current)) = (asked, &self.current) {
            return Ok((current.place, &current.version, current.at));
        }
        let (version, at) = self.row.resolve(asked)?;
        let held = self.row.source_of(version).unwrap_or(version);
        Ok((self.row.place_of(held), version, at))
    }
    /// Asks for the memory that a read is about to need, all at once. A random read of a large store misses the processor's
    /// caches in some ten places; asked for one behind the other, as the walk comes to them, the misses add up (measured: a
    /// tenth to a fifth of a read). It must run before the next atomic operation: those wait for every load before them.
    #[inline]
    pub(crate) fn fetch_ahead(&self) {
        let first = |text: &Text| text.as_bytes().first().copied().unwrap_or(0);
        let mut seen = first(&self.row.arn) ^ first(&self.row.name) ^ u8::from(self.row.deletion.is_some());
        if let Some(Current { version, sealed, .. }) = &self.current {
            seen ^= first(&version.id) ^ u8::from(version.labels.first().is_some_and(|label| label.len() > 1));
            // One byte of each 64: a line of the cache.
            seen = sealed.iter().step_by(64).fold(seen, |seen, byte| seen ^ byte);
        }
        std::hint::black_box(seen);
    }
}

/// Nearly every version carries one of three labels: their texts are kept once, not once a secret.
fn share_labels(row: &mut SecretRow) {
    static COMMON: LazyLock<[Text; 3]> = LazyLock::new(|| [CURRENT, PREVIOUS, PENDING].map(Text::from));
    for label in row.versions.iter_mut().flat_map(|version| version.labels.iter_mut()) {
        if let Some(common) = COMMON.iter().find(|common| *common == label) {
            label.clone_from(common);
        }
    }
}

/// A KMS key.
#[derive(Debug)]
pub(crate) struct KeyEntry {
    pub row: KeyRow,
    pub policy: Policy,
    /// The material that new encryptions use, wrapped. The older ones are read when they are asked for: a key may have
    /// thousands.
    pub backing: Option<Wrapped>,
    /// KeyMaterialId of that material: answers name it.
    material_id: Option<Text>,
    /// Which of its uses are noted already.
    pub uses: Uses,
}
impl KeyEntry {
    /// An opened key.
    pub(crate) fn new(row: KeyRow, policy: Policy, backing: Option<Wrapped>) -> Self {
        let uses = Uses { noted: Default::default(), written: row.last_use.as_ref().map(|last| last.at) };
        let material_id = backing.as_ref().and_then(|current| row.material(current.version)).map(MaterialRow::id);
        Self { row, policy, backing, material_id, uses }
    }
    /// The material that new encryptions use.
    pub(crate) fn current(&self) -> Option<&Wrapped> {
        self.backing.as_ref()
    }
    /// KeyMaterialId of the material of that version.
    pub(crate) fn material_id(&self, version: u32) -> Option<Text> {
        match &self.backing {
            Some(current) if current.version == version => self.material_id.clone(),
            _ => self.row.material(version).map(MaterialRow::id),
        }
    }
    /// The material of that version, from the same view or change as the entry; `None`: the key has none, or not any more.
    pub(crate) fn material<L: GrantLook + ?Sized>(
        &self,
        version: u32,
        look: &L,
    ) -> Result<Option<Cow<'_, Wrapped>>, Error> {
        if let Some(current) = self.backing.as_ref().filter(|current| current.version == version) {
            return Ok(Some(Cow::Borrowed(current)));
        }
        match self.row.material(version) {
            Some(older) if older.is_here() => Ok(Some(Cow::Owned(look.backing(&self.row.id, version)?))),
            _ => Ok(None),
        }
    }
}

/// Which uses of a key are noted already: spares the lock of the list of uses on all but the first of a kind in about a minute.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    /// By kind of use: when it was last noted, in steps of 65.536 seconds, never 0.
    noted: [AtomicU32; 7],
    /// What the key's row says.
    pub written: Option<Timestamp>,
}
impl Uses {
    /// The name of a use that was not noted yet, at this time or shortly before; from now on it is.
    #[inline]
    pub(crate) fn news(&self, action: Action, at: Timestamp) -> Option<&'static str> {
        let (place, name) = match action {
            Action::KMS_DECRYPT => (0, "Decrypt"),
            Action::KMS_ENCRYPT => (1, "Encrypt"),
            Action::KMS_GENERATE_DATA_KEY => (2, "GenerateDataKey"),
            Action::KMS_GENERATE_DATA_KEY_WITHOUT_PLAINTEXT => (3, "GenerateDataKeyWithoutPlaintext"),
            Action::KMS_GENERATE_MAC => (4, "GenerateMac"),
            Action::KMS_VERIFY_MAC => (5, "VerifyMac"),
            Action::KMS_RE_ENCRYPT_FROM | Action::KMS_RE_ENCRYPT_TO => (6, "ReEncrypt"),
            _ => return None,
        };
        let noted = self.noted.get(place)?;
        let now = u32::try_from(at.as_millis() >> 16).unwrap_or(0).saturating_add(1);
        if noted.load(Ordering::Relaxed) == now {
            return None;
        }
        noted.store(now, Ordering::Relaxed);
        Some(name)
    }
}

/// A user, a role or a group.
#[derive(Debug)]
pub(crate) struct PrincipalEntry {
    pub row: PrincipalRow,
    /// What its identity-based policies allow and deny, merged and indexed: inline, attached, and those of its groups.
    pub identity: PolicySet,
    /// What its boundary lets through.
    pub boundary: Option<PolicySet>,
    /// Roles: who may assume it.
    pub trust: Option<Policy>,
}

/// What an operation without a resource is weighed on: literally `*`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Everything;

/// A secret that may be there or not; existence lies behind the gate.
pub(crate) type SecretLook = Option<Arc<SecretEntry>>;
/// A managed policy of this account, or one that AWS ships, in the shape of a row.
pub(crate) type PolicyLook = Option<Arc<ManagedPolicyRow>>;
/// Who is in which group: what AddUserToGroup and RemoveUserFromGroup write.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Membership {}
/// An MFA device that may be there or not.
pub(crate) type DeviceLook = Option<MfaDeviceRow>;
/// A role that is to be assumed: its trust policy is what is weighed.
#[derive(Clone, Debug)]
pub(crate) struct RoleLook(pub PrincipalLook);
/// A principal that may be there or not.
pub(crate) type PrincipalLook = Option<Arc<PrincipalEntry>>;
