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
    /// Can it be given new material of this store's making, while the old goes on decrypting? Not what its owner imports, nor a
    /// key for MACs, which has one material for life.
    pub(crate) fn is_renewable(&self, observed: Timestamp) -> bool {
        self.origin == KeyOrigin::AwsKms
            && self.spec == KeySpec::SymmetricDefault
            && self.life(observed).is_some()
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
/// Materials of one key. Its record holds a line of some 60 bytes for each, and must stay below 1 MiB with all else in it:
/// a rotation that would not fit is refused, or left undone, before it would.
pub(crate) const MATERIALS_MAX: usize = 14_000;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::model::key::tests::row;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    fn key(state: KeyState) -> KeyRow {
        row(state, NOW)
    }

    #[test]
    fn a_disabled_key_keeps_its_schedule_does_not_rotate_and_is_overdue_when_it_is_enabled_again() {
        let mut key = key(KeyState::Enabled);
        key.enable_rotation(None, NOW);
        key.state = KeyState::Disabled;
        let late = NOW.plus_days(800);
        assert_eq!((key.rotation_period(), key.next_rotation()), (Some(365), Some(NOW.plus_days(365))));
        assert!(!key.is_rotation_due(late));
        key.state = KeyState::Enabled;
        assert!(key.is_rotation_due(late) && !key.is_rotation_due(NOW.plus_days(365).plus_millis(-1)));
        key.rotated(2, [2; 32], late, Came::Automatic);
        assert_eq!(key.next_rotation(), Some(late.plus_days(365)), "one for all that were missed");
    }

    #[test]
    fn the_status_is_false_while_deletion_is_pending_and_as_before_when_that_is_cancelled() {
        let mut key = key(KeyState::Enabled);
        key.enable_rotation(Some(90), NOW);
        key.schedule(NOW, 30);
        assert_eq!((key.rotation_period(), key.next_rotation()), (None, None));
        assert!(!key.is_rotation_due(NOW.plus_days(5)));
        key.cancel_deletion();
        assert_eq!((key.rotation_period(), key.next_rotation()), (Some(90), Some(NOW.plus_days(90))));
    }

    #[test]
    fn a_key_with_as_many_materials_as_its_record_holds_rotates_no_more() {
        let mut key = key(KeyState::Enabled);
        key.enable_rotation(Some(90), NOW);
        for version in 2..=u32::try_from(MATERIALS_MAX).unwrap() {
            key.rotated(version, [2; 32], NOW, Came::Automatic);
        }
        assert!(!key.is_rotation_due(NOW.plus_days(1000)));
        assert_eq!(key.check_on_demand(NOW.plus_days(1000)).unwrap_err().code(), "LimitExceededException");
        key.materials.pop();
        assert!(key.is_rotation_due(NOW.plus_days(1000)));
        key.check_on_demand(NOW.plus_days(1000)).unwrap();
    }

    #[test]
    fn a_material_is_found_by_its_version_or_not_at_all() {
        let mut key = key(KeyState::Enabled);
        key.rotated(2, [2; 32], NOW, Came::OnDemand);
        key.rotated(3, [3; 32], NOW, Came::Automatic);
        assert_eq!([1, 2, 3].map(|version| key.material(version).unwrap().id[0]), [1, 2, 3]);
        assert!(key.material(0).is_none() && key.material(4).is_none());
        assert_eq!(key.next_version(), 4);
    }
}
