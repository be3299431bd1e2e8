//! Rotation: when a key gets new material, and what refuses it.

use super::{Came, KeyManager, KeyOrigin, KeyRow, KeyState, MaterialRow, Rotation};
use crate::clock::Timestamp;
use crate::error::{Error, kms as texts};
use crate::model::key::KeySpec;

impl Rotation {
    /// That of a new key: the managed one rotates every year, nothing switches that off; a customer's does not until asked.
    pub(crate) fn starting(manager: KeyManager, from: Timestamp) -> Self {
        let period_days = if manager == KeyManager::Aws { Some(PERIOD_DEFAULT) } else { None };
        Self { period_days, from, on_demand: 0 }
    }
}

impl KeyRow {
    /// The material of that version. Versions ascend.
    pub(crate) fn material(&self, version: u32) -> Option<&MaterialRow> {
        let at = self.materials.binary_search_by_key(&version, |material| material.version).ok()?;
        self.materials.get(at)
    }
    /// The version that the next material gets: that of one before only if it was given up unused.
    pub(crate) fn next_version(&self) -> u32 {
        self.materials.last().map_or(1, |last| last.version.saturating_add(1))
    }
    /// Days between automatic rotations; `None`: they are off, as they are told to be while the key waits for its deletion.
    pub(crate) fn rotation_period(&self) -> Option<u16> {
        self.rotation.period_days.filter(|_| !matches!(self.state, KeyState::PendingDeletion { .. }))
    }
    /// NextRotationDate.
    pub(crate) fn next_rotation(&self) -> Option<Timestamp> {
        self.rotation_period().map(|days| self.rotation.from.plus_days(i64::from(days)))
    }
    /// Is an automatic rotation due? A disabled key's waits until the key is enabled again.
    pub(crate) fn is_rotation_due(&self, observed: Timestamp) -> bool {
        self.origin == KeyOrigin::AwsKms
            && self.spec == KeySpec::SymmetricDefault
            && self.next_rotation().is_some_and(|next| next <= observed)
            && self.life(observed) == Some(KeyState::Enabled)
            && self.materials.len() < MATERIALS_MAX
    }
    /// EnableKeyRotation, once admitted. On a key that rotates already it changes the period alone.
    pub(crate) fn enable_rotation(&mut self, days: Option<i64>, now: Timestamp) {
        if self.rotation.period_days.is_none() {
            self.rotation.from = now;
        }
        self.rotation.period_days = Some(days.and_then(|days| u16::try_from(days).ok()).unwrap_or(PERIOD_DEFAULT));
    }
    /// DisableKeyRotation, once admitted.
    pub(crate) fn disable_rotation(&mut self) {
        self.rotation.period_days = None;
    }
    /// May it rotate on demand now? Its state was weighed before.
    /// # Errors
    /// `LimitExceeded`; `Conflict` soon after an automatic rotation.
    pub(crate) fn check_on_demand(&self, now: Timestamp) -> Result<(), Error> {
        if self.rotation.on_demand >= ON_DEMAND_MAX || self.materials.len() >= MATERIALS_MAX {
            return Err(texts::too_many_rotations(&self.arn));
        }
        let automatic = self.materials.iter().rfind(|material| material.came == Came::Automatic);
        if automatic.is_some_and(|last| now < last.created.plus_millis(CONFLICT_MS)) {
            return Err(texts::rotation_under_way(&self.arn));
        }
        Ok(())
    }
    /// New material of this store's making is the current one from now on.
    pub(crate) fn rotated(&mut self, version: u32, id: [u8; 32], now: Timestamp, came: Came) {
        self.materials.push(MaterialRow::made(version, id, now, came));
        match came {
            Came::Automatic => self.rotation.from = now,
            Came::OnDemand => self.rotation.on_demand = self.rotation.on_demand.saturating_add(1),
            Came::First | Came::Pending => {}
        }
    }
    /// The imported material that waits becomes the current one.
    /// # Errors
    /// `InvalidState`: none waits.
    pub(crate) fn promote(&mut self, now: Timestamp) -> Result<(), Error> {
        let arn = self.arn.clone();
        let waiting = self.materials.last_mut().filter(|material| material.came == Came::Pending);
        let waiting = waiting.ok_or_else(|| texts::no_pending_material(arn))?;
        (waiting.came, waiting.created) = (Came::OnDemand, now);
        self.rotation.on_demand = self.rotation.on_demand.saturating_add(1);
        Ok(())
    }
}

/// Days between automatic rotations, unless told otherwise.
const PERIOD_DEFAULT: u16 = 365;
/// Rotations on demand of one key, ever.
const ON_DEMAND_MAX: u32 = 25;
/// How long an automatic rotation keeps one on demand away: 20 minutes.
const CONFLICT_MS: i64 = 20 * 60 * 1000;
/// Materials of one key. Its record holds a line of some 50 bytes for each, and must stay below 1 MiB with all else in it:
/// a rotation that would not fit is refused, or left undone, before it would.
pub(crate) const MATERIALS_MAX: usize = 16_384;
