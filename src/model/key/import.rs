//! Imported material: what may come in, what is known of it, how it goes.

use super::{Came, Imported, KeyOrigin, KeyRow, KeySpec, KeyState, MaterialRow};
use crate::clock::Timestamp;
use crate::error::{Error, kms as texts};
use crate::model::hex::hex;
use crate::name::Text;

/// What an import says of the material that it brings, as sent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ImportWish<'a> {
    pub import_type: Option<&'a str>,
    pub expiration_model: Option<&'a str>,
    pub valid_to: Option<Timestamp>,
    pub description: Option<&'a Text>,
    pub material_id: Option<&'a str>,
}

/// Does the material expire? It does unless told otherwise.
pub(crate) fn expiration_model(sent: Option<&str>) -> &str {
    sent.unwrap_or(EXPIRES)
}

impl ImportWish<'_> {
    /// When the material expires.
    /// # Errors
    /// `InvalidRequest`: a date without that model, or the other way round; one in the past, or more than a year ahead.
    fn expiry(&self, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        match (expiration_model(self.expiration_model) == EXPIRES, self.valid_to) {
            (true, None) => Err(texts::valid_to_missing()),
            (false, Some(_)) => Err(texts::valid_to_without_expiration()),
            (false, None) => Ok(None),
            (true, Some(date)) if date <= now || date > now.plus_days(VALID_DAYS_MAX) => {
                Err(texts::valid_to_out_of_range())
            }
            (true, Some(date)) => Ok(Some(date)),
        }
    }
}

impl KeyRow {
    /// What can be told of an import before its material is looked at: when that will expire.
    /// # Errors
    /// `InvalidRequest`: contradictions, and what only symmetric keys have.
    pub(crate) fn check_import(&self, wish: &ImportWish<'_>, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        let expiry = wish.expiry(now)?;
        let several = wish.import_type.is_some() || wish.material_id.is_some() || wish.description.is_some();
        if self.spec != KeySpec::SymmetricDefault && several {
            return Err(texts::symmetric_import_only());
        }
        if wish.material_id.is_some() && !self.imports_existing(wish) {
            return Err(texts::material_id_of_new());
        }
        Ok(expiry)
    }
    /// Must the material be one that is known? That is the default once there is any.
    fn imports_existing(&self, wish: &ImportWish<'_>) -> bool {
        match wish.import_type {
            Some(sent) => sent == EXISTING,
            None => !self.materials.is_empty(),
        }
    }
    /// The version under which the material of an import is kept.
    /// # Errors
    /// `InvalidRequest` (AWS: IncorrectKeyMaterialException): its length is wrong, or it is not the material that is expected.
    /// `InvalidState`: other new material waits already. `LimitExceeded`.
    pub(crate) fn place_import(&self, wish: &ImportWish<'_>, len: usize, id: &[u8; 32]) -> Result<u32, Error> {
        let lengths = match self.spec {
            KeySpec::SymmetricDefault => 32..=32,
            KeySpec::Hmac224 => 28..=64,
            KeySpec::Hmac256 => 32..=64,
            KeySpec::Hmac384 => 48..=128,
            KeySpec::Hmac512 => 64..=128,
        };
        if !lengths.contains(&len) || wish.material_id.is_some_and(|named| *named != *hex(id)) {
            return Err(texts::incorrect_key_material());
        }
        let known = self.materials.iter().find(|material| material.id == *id);
        if self.imports_existing(wish) {
            return known.map(|material| material.version).ok_or_else(texts::incorrect_key_material);
        }
        match (known, self.pending_material()) {
            // New once more: it still waits.
            (Some(material), _) if material.came == Came::Pending => Ok(material.version),
            (Some(_), _) => Err(texts::incorrect_key_material()),
            (None, Some(other)) => Err(texts::another_material_pending(hex(id), self.name(), other.id())),
            (None, None) if self.materials.len() >= super::MATERIALS_MAX => Err(texts::too_many_rotations(&self.arn)),
            (None, None) => Ok(self.next_version()),
        }
    }
    /// Material came in under this version. A key that lacks none any more serves again.
    pub(crate) fn imported(
        &mut self,
        version: u32,
        id: [u8; 32],
        now: Timestamp,
        (valid_to, description): (Option<Timestamp>, Option<&Text>),
    ) {
        // Only a key that waited comes back enabled: a disabled one whose material is renewed stays as it is.
        let waited = self.life(now) == Some(KeyState::PendingImport);
        if let Some(known) = self.materials.iter_mut().find(|material| material.version == version) {
            // The description of last time holds until it is replaced.
            let before = known.imported.take().and_then(|imported| imported.description);
            let description = description.cloned().or(before);
            known.imported = Some(Box::new(Imported { description, valid_to, gone: false }));
        } else {
            let came = if self.materials.is_empty() { Came::First } else { Came::Pending };
            let imported = Imported { description: description.cloned(), valid_to, gone: false };
            let imported = Some(Box::new(imported));
            self.materials.push(MaterialRow { version, id, created: now, came, imported });
        }
        if waited && !self.lacks_material(now) {
            self.state = KeyState::Enabled;
        }
    }
    /// Material goes: on demand, or because it expired. What waited to be used is forgotten; all else is awaited again.
    pub(crate) fn remove_material(&mut self, version: u32) {
        self.materials.retain(|material| material.version != version || material.came != Came::Pending);
        if let Some(imported) = self
            .materials
            .iter_mut()
            .find(|material| material.version == version)
            .and_then(|material| material.imported.as_mut())
        {
            imported.gone = true;
            if matches!(self.state, KeyState::Enabled | KeyState::Disabled) {
                self.state = KeyState::PendingImport;
            }
        }
    }
    /// Versions whose time is over, and whose rows are still there.
    pub(crate) fn expired_materials(&self, observed: Timestamp) -> Vec<u32> {
        if self.origin != KeyOrigin::External || self.life(observed).is_none() {
            return Vec::new();
        }
        let over = self.materials.iter().filter(|material| material.is_here() && !material.serves(observed));
        over.map(|material| material.version).collect()
    }
    /// Is the key without material, or without some that it once used? Then it serves nothing until that is back.
    pub(crate) fn lacks_material(&self, observed: Timestamp) -> bool {
        // Whose material is all of this store's making lacks none, however much of it there is.
        self.origin == KeyOrigin::External
            && (self.current_material().is_none()
                || self.materials.iter().any(|material| material.came != Came::Pending && !material.serves(observed)))
    }
    /// The material that waits for RotateKeyOnDemand.
    pub(crate) fn pending_material(&self) -> Option<&MaterialRow> {
        self.materials.last().filter(|material| material.came == Came::Pending)
    }
}

impl MaterialRow {
    /// Is there a row that holds it, wrapped?
    pub(crate) fn is_here(&self) -> bool {
        self.imported.as_ref().is_none_or(|imported| !imported.gone)
    }
    /// Is it there, and its time not over? What has expired is gone before anybody writes that down.
    pub(crate) fn serves(&self, observed: Timestamp) -> bool {
        self.imported
            .as_ref()
            .is_none_or(|imported| !imported.gone && imported.valid_to.is_none_or(|valid_to| observed < valid_to))
    }
    /// `ExpirationModel` and `ValidTo`, as they are told: of imported material that is there.
    pub(crate) fn expiration(&self, observed: Timestamp) -> Option<(&'static str, Option<Timestamp>)> {
        let imported = self.imported.as_ref().filter(|_| self.serves(observed))?;
        Some((if imported.valid_to.is_some() { EXPIRES } else { "KEY_MATERIAL_DOES_NOT_EXPIRE" }, imported.valid_to))
    }
}

const EXPIRES: &str = "KEY_MATERIAL_EXPIRES";
const EXISTING: &str = "EXISTING_KEY_MATERIAL";
/// Days until material expires at the latest.
const VALID_DAYS_MAX: i64 = 365;
/// How long an import token is good.
pub(crate) const TOKEN_MS: i64 = Timestamp::DAY_MS;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;
    use crate::model::key::tests::row;

    const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

    /// A key with this material, which expires in a day.
    fn key(state: KeyState) -> KeyRow {
        let mut key = row(KeyState::PendingImport, NOW);
        key.origin = KeyOrigin::External;
        key.materials.clear();
        key.imported(1, [1; 32], NOW, (Some(NOW.plus_days(1)), None));
        assert_eq!(key.state, KeyState::Enabled);
        key.state = state;
        key
    }

    #[test]
    fn material_goes_without_a_change_of_state_while_deletion_is_pending_and_the_key_comes_back_waiting_for_it() {
        let doomed = KeyState::PendingDeletion { due: NOW.plus_days(7), window_days: 7 };
        let mut gone = key(doomed);
        gone.remove_material(1);
        assert_eq!((gone.state, gone.life(NOW)), (doomed, Some(doomed)));
        gone.cancel_deletion();
        assert_eq!(gone.state, KeyState::PendingImport);
        let mut whole = key(doomed);
        whole.cancel_deletion();
        assert_eq!((whole.state, whole.life(NOW)), (KeyState::Disabled, Some(KeyState::Disabled)));
        // What expired in the meantime is awaited, though nobody wrote it down.
        assert_eq!(whole.life(NOW.plus_days(1)), Some(KeyState::PendingImport));
    }

    #[test]
    fn a_disabled_key_waits_for_material_as_an_enabled_one_does_and_renewing_material_enables_nothing() {
        let mut disabled = key(KeyState::Disabled);
        disabled.imported(1, [1; 32], NOW, (None, None));
        assert_eq!(disabled.life(NOW.plus_days(9)), Some(KeyState::Disabled));
        disabled.remove_material(1);
        assert_eq!(disabled.life(NOW), Some(KeyState::PendingImport));
        disabled.imported(1, [1; 32], NOW, (None, None));
        assert_eq!(disabled.life(NOW), Some(KeyState::Enabled));
    }

    #[test]
    fn expired_material_is_told_once_it_is_over_and_until_it_is_removed() {
        let mut key = key(KeyState::Enabled);
        assert!(key.expired_materials(NOW.plus_days(1).plus_millis(-1)).is_empty());
        assert_eq!(key.expired_materials(NOW.plus_days(1)), [1]);
        assert!(key.lacks_material(NOW.plus_days(1)) && !key.lacks_material(NOW));
        key.remove_material(1);
        assert!(key.expired_materials(NOW.plus_days(1)).is_empty() && key.lacks_material(NOW));
    }
}
