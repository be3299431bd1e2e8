//! EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus, RotateKeyOnDemand, ListKeyRotations; and the rotations that time
//! makes due. Here a rotation is done when its call returns. It writes one backing key and the key's record, nothing else.

use super::{admitted, list, managed};
use crate::access::acts::rotation::{RenewMaterial, RotateKey};
use crate::access::{Facts, KeyFacts};
use crate::error::{self, Error};
use crate::ledger::{Keys as _, Look};
use crate::model::key::{Came, KeyOrigin, KeyRow, KeyRule, KeySpec, MaterialRow};
use crate::model::paging::{Place, SortOrder};
use crate::operation::kms::{
    DisableKeyRotation, DisableKeyRotationResponse, EnableKeyRotation, EnableKeyRotationResponse, GetKeyRotationStatus,
    GetKeyRotationStatusResponse, ImportState, IncludeKeyMaterial, KeyMaterialState, ListKeyRotations,
    ListKeyRotationsResponse, RotateKeyOnDemand, RotateKeyOnDemandResponse, RotationType, RotationsListEntry,
};
use crate::walk::visit::List;
use crate::walk::{Read, Reading, Visit, Write, Writing, reads, writes};

reads!(GetKeyRotationStatus, ListKeyRotations);
writes!(EnableKeyRotation, DisableKeyRotation, RotateKeyOnDemand);

impl Write for EnableKeyRotation {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.key_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<EnableKeyRotationResponse, Error> {
        let key = admitted(self, &self.key_id, visit)?;
        let mut row = key.row().entry.row.clone();
        row.admits(KeyRule::SwitchRotation, visit.observed())?;
        row.enable_rotation(self.rotation_period_in_days, visit.observed());
        visit.look.save_key(&key, &row)?;
        Ok(EnableKeyRotationResponse::new())
    }
}

impl Write for DisableKeyRotation {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.key_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<DisableKeyRotationResponse, Error> {
        let key = admitted(self, &self.key_id, visit)?;
        let mut row = key.row().entry.row.clone();
        row.admits(KeyRule::SwitchRotation, visit.observed())?;
        row.disable_rotation();
        visit.look.save_key(&key, &row)?;
        Ok(DisableKeyRotationResponse::new())
    }
}

impl Read for GetKeyRotationStatus {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GetKeyRotationStatusResponse, Error> {
        let key = admitted(self, &self.key_id, visit)?;
        let row = &key.row().entry.row;
        row.admits(KeyRule::GetKeyRotationStatus, visit.observed())?;
        let mut answer = GetKeyRotationStatusResponse::new(row.rotation_period().is_some(), key.resource());
        answer.rotation_period_in_days = row.rotation_period().map(i64::from);
        answer.next_rotation_date = row.next_rotation();
        Ok(answer)
    }
}

impl Write for RotateKeyOnDemand {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.key_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<RotateKeyOnDemandResponse, Error> {
        let key = admitted(self, &self.key_id, visit)?;
        let mut row = key.row().entry.row.clone();
        row.admits(KeyRule::RotateKeyOnDemand, visit.observed())?;
        if row.origin == KeyOrigin::External {
            // One that expired waits no more.
            super::import::expire(visit, &key, &mut row)?;
            if row.pending_material().is_none() {
                return Err(error::kms::no_pending_material(&row.arn));
            }
        }
        row.check_on_demand(visit.observed())?;
        match row.origin {
            KeyOrigin::AwsKms => managed::new_material(visit, &key, &mut row, Came::OnDemand)?,
            KeyOrigin::External => row.promote(visit.observed())?,
        }
        visit.look.save_key(&key, &row)?;
        Ok(RotateKeyOnDemandResponse::new(key.resource()))
    }
}

/// Rotates a key whose automatic rotation is due; did it? Whoever is about to seal under it looks it up again then.
pub(crate) fn if_due(
    visit: &Writing<'_, '_>,
    id: &[u8; 16],
    facts: Option<&Facts<'_, KeyFacts>>,
) -> Result<bool, Error> {
    let due = facts.is_some_and(|facts| visit.gate.is_due::<RotateKey>(facts, visit.observed()));
    if due { rotate_due(visit, id) } else { Ok(false) }
}
/// The same, for a key of which nothing was looked at yet.
pub(crate) fn rotate_due(visit: &Writing<'_, '_>, id: &[u8; 16]) -> Result<bool, Error> {
    let Some(facts) = visit.look.key_due(id)? else { return Ok(false) };
    let Some(key) = visit.gate.due::<RotateKey>(facts, visit.observed()) else { return Ok(false) };
    let mut row = key.row().entry.row.clone();
    managed::new_material(visit, &key, &mut row, Came::Automatic)?;
    visit.look.save_key(&key, &row)?;
    visit.call.note_due("kms:RotateKey", key.resource());
    Ok(true)
}

/// Gives a key new material by the word of the file's owner; could it?
pub(crate) fn renew(visit: &Writing<'_, '_>, id: &[u8; 16]) -> Result<bool, Error> {
    let Some(facts) = visit.look.key_due(id)? else { return Ok(false) };
    let Some(key) = visit.gate.due::<RenewMaterial>(facts, visit.observed()) else { return Ok(false) };
    let mut row = key.row().entry.row.clone();
    managed::new_material(visit, &key, &mut row, Came::Automatic)?;
    visit.look.save_key(&key, &row)?;
    visit.call.note_due("kms:RotateKey", key.resource());
    Ok(true)
}

impl Read for ListKeyRotations {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<ListKeyRotationsResponse, Error> {
        let key = admitted(self, &self.key_id, visit)?;
        let row = &key.row().entry.row;
        row.admits(KeyRule::ListKeyRotations, visit.observed())?;
        if row.spec != KeySpec::SymmetricDefault {
            return Err(error::kms::no_rotation());
        }
        let all = self.include_key_material == Some(IncludeKeyMaterial::All);
        // Sixteen digits put versions in the order of numbers.
        let rows: Vec<(String, &MaterialRow)> = row
            .materials
            .iter()
            .filter(|material| all || matches!(material.came, Came::Automatic | Came::OnDemand))
            .map(|material| (format!("{:016}", material.version), material))
            .collect();
        let scope = format!("{} {all}", row.name());
        let list = List {
            number: list::ROTATIONS,
            scope: scope.as_bytes(),
            order: SortOrder::Ascending,
            size: 100,
            invalid: error::kms::invalid_marker,
        };
        let (page, next) =
            visit.page(&list, self.marker.as_deref(), self.limit, &rows, |(place, _)| Place::by_text(place))?;
        let entries: Vec<RotationsListEntry> = page.iter().map(|(_, material)| shown(visit, row, material)).collect();
        let mut answer = ListKeyRotationsResponse::new(entries, next.is_some());
        answer.next_marker = next;
        Ok(answer)
    }
}

fn shown<L: Look>(visit: &Visit<'_, L>, row: &KeyRow, material: &MaterialRow) -> RotationsListEntry {
    let now = visit.observed();
    let current = row.current_material().is_some_and(|current| current.version == material.version);
    let state = match material.came {
        Came::Pending => KeyMaterialState::PendingRotation,
        _ if current => KeyMaterialState::Current,
        _ => KeyMaterialState::NonCurrent,
    };
    let mut entry = RotationsListEntry::new(row.name().to_string(), material.id(), state);
    entry.rotation_type = match material.came {
        Came::Automatic => Some(RotationType::Automatic),
        Came::OnDemand => Some(RotationType::OnDemand),
        Came::First | Came::Pending => None,
    };
    entry.rotation_date = entry.rotation_type.as_ref().map(|_| material.created);
    if let Some(imported) = &material.imported {
        entry.key_material_description.clone_from(&imported.description);
        entry.import_state =
            Some(if material.serves(now) { ImportState::Imported } else { ImportState::PendingImport });
    }
    if let Some((model, valid_to)) = material.expiration(now) {
        entry.expiration_model = Some(model.into());
        entry.valid_to = valid_to;
    }
    entry
}
