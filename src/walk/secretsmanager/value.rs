//! GetSecretValue, PutSecretValue.

use std::sync::Arc;

use strongroom_keystore::{SecretBytes, SecretText};

use super::{Given, admitted, cannot_open, cannot_seal};
use crate::access::acts::through;
use crate::access::{Act, Pass, Reaches, SecretEntry, Writes};
use crate::error::{self, Error};
use crate::ledger::{Keys as _, Look};
use crate::model::secret::{Repeat, SecretRow, need_token, repeat_of_put};
use crate::model::version::{Asked, NewVersion, SealedAt, VERSIONS_MAX, VersionRow};
use crate::name::Text;
use crate::operation::secretsmanager::{
    GetSecretValue, GetSecretValueResponse, PutSecretValue, PutSecretValueResponse,
};
use crate::walk::kms::rotation;
use crate::walk::{Read, Reading, Visit, Write, Writing, reads, writes};

reads!(GetSecretValue);
writes!(PutSecretValue);

impl Read for GetSecretValue {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GetSecretValueResponse, Error> {
        let secret = admitted(self, &self.secret_id, visit)?;
        let row = secret.row().row.live(visit.observed())?;
        not_under_managed_key_of_another_account(visit, row)?;
        let asked = Asked { version_id: self.version_id.as_deref(), stage: self.version_stage.as_deref() };
        let (place, version, at) = secret.row().resolve(asked)?;
        let value = open(visit, &secret, version, at, place)?;
        visit.ledger.accesses().note(secret.row(), place, visit.observed());
        let mut answer = GetSecretValueResponse::new(row.arn.clone(), row.name.clone(), version.id.clone())
            .created_date(version.created);
        if !version.labels.is_empty() {
            answer.version_stages = Some(version.labels.clone());
        }
        if at.binary {
            answer.secret_binary = Some(value);
        } else {
            answer.secret_string = Some(value.into_text().map_err(|_| error::damaged())?);
        }
        Ok(answer)
    }
}

/// The second decision, and the one place where a stored value is opened for a caller.
fn open<L: Look>(
    visit: &Visit<'_, L>,
    secret: &Pass<'_, GetSecretValue, Arc<SecretEntry>>,
    version: &VersionRow,
    at: SealedAt,
    place: usize,
) -> Result<SecretBytes, Error> {
    let key = visit.look.key_of(secret, &at.key)?;
    // A version that stands in for the current one shows what that one holds.
    let held = secret.row().row.source_of(version).unwrap_or(version);
    let leave = visit
        .permit::<through::Decrypt, _, _>(secret, &held.id, Some(at.material), key.as_ref())
        .map_err(cannot_open)?;
    let sealed = visit.look.sealed(secret, place)?;
    let value = visit.keystore.open(leave.permit, sealed.at(at.sequence))?;
    visit.note_use::<through::Decrypt>(leave.uses, &at.key);
    Ok(value)
}

/// A secret under the managed key cannot be shared with another account, whatever the policies say.
pub(super) fn not_under_managed_key_of_another_account<L: Look>(
    visit: &Visit<'_, L>,
    row: &SecretRow,
) -> Result<(), Error> {
    if row.key.is_none() && visit.call.standing.who.account != visit.home().account {
        return Err(error::secretsmanager::foreign_account_with_managed_key());
    }
    Ok(())
}

impl Write for PutSecretValue {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        need_token(self.client_request_token.as_ref())?;
        admitted(self, &self.secret_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<PutSecretValueResponse, Error> {
        put_if(self, visit, |_| Ok(()))
    }
}

/// PutSecretValue, if its secret is as `expected`. A repeated request was answered before, and is again.
pub(crate) fn put_if(
    request: &PutSecretValue,
    visit: &Writing<'_, '_>,
    expected: impl FnOnce(&SecretRow) -> Result<(), Error>,
) -> Result<PutSecretValueResponse, Error> {
    let token = need_token(request.client_request_token.as_ref())?;
    let secret = admitted(request, &request.secret_id, visit)?;
    let mut row = secret.row().row.writable(visit.observed())?.clone();
    let given = Given::of(request.secret_string.as_ref(), request.secret_binary.as_ref())?
        .ok_or_else(error::secretsmanager::no_value)?;
    not_under_managed_key_of_another_account(visit, &row)?;
    if let (Some(shown), Some(run)) = (&request.rotation_token, row.run())
        && !shown.ct_eq(&SecretText::from(run.shown_token()))
    {
        return Err(error::secretsmanager::wrong_rotation_token());
    }
    if let Repeat::Compare(version) = repeat_of_put(&row, token)? {
        must_be_same(visit, &secret, version, given)?;
        let labels = version.labels.clone();
        return Ok(PutSecretValueResponse::new(row.arn.clone(), row.name.clone(), token.clone(), labels));
    }
    expected(&row)?;
    let key = key_of(visit, &row)?;
    let value = seal(visit, &secret, token, given, &key)?;
    let new = NewVersion { id: token.clone(), created: visit.observed(), value };
    let stages = request.version_stages.as_deref().unwrap_or_default();
    keep(visit, &secret, &mut row, new, stages)?;
    let labels = row.version(token).map(|version| version.labels.clone()).unwrap_or_default();
    Ok(PutSecretValueResponse::new(row.arn.clone(), row.name.clone(), token.clone(), labels))
}

/// The key that new versions of a secret are sealed under: its own, or the managed one.
pub(super) fn key_of<L: Look>(visit: &Visit<'_, L>, row: &SecretRow) -> Result<[u8; 16], Error> {
    match row.key {
        Some(key) => Ok(key),
        None => visit.look.managed_key()?.ok_or_else(error::damaged),
    }
}

/// Seals a value as a new version of an admitted secret, under the key's current material, and saves its row.
pub(super) fn seal<'v, A, R>(
    visit: &Writing<'v, '_>,
    secret: &Pass<'v, A, R>,
    version_id: &Text,
    given: Given<'_>,
    key: &[u8; 16],
) -> Result<SealedAt, Error>
where
    A: Act + Reaches<through::GenerateDataKey> + Writes<VersionRow>,
{
    let mut facts = visit.look.key_of(secret, key)?;
    if rotation::if_due(visit, key, facts.as_ref())? {
        facts = visit.look.key_of(secret, key)?;
    }
    let leave = visit
        .permit::<through::GenerateDataKey, _, _>(secret, version_id, None, facts.as_ref())
        .map_err(cannot_seal)?;
    let sequence = visit.look.sequence();
    let sealed = visit.keystore.seal(leave.permit, given.bytes(), sequence)?;
    visit.note_use::<through::GenerateDataKey>(leave.uses, key);
    visit.look.save_version(secret, version_id, sealed);
    Ok(SealedAt {
        key: *key,
        multi_region: leave.key.multi_region,
        material: leave.material,
        sequence,
        binary: given.is_binary(),
    })
}

/// A repeated request must bring the value that the first one brought; the stored one never comes out.
pub(super) fn must_be_same<'v, A>(
    visit: &Writing<'v, '_>,
    secret: &Pass<'v, A, Arc<SecretEntry>>,
    version: &VersionRow,
    given: Given<'_>,
) -> Result<(), Error>
where
    A: Act + Reaches<through::Compare>,
{
    let row = &secret.row().row;
    let at = version.value.ok_or_else(error::damaged)?;
    let place = row.versions.iter().position(|other| other.id == version.id).unwrap_or(usize::MAX);
    let key = visit.look.key_of(secret, &at.key)?;
    let leave = visit
        .permit::<through::Compare, _, _>(secret, &version.id, Some(at.material), key.as_ref())
        .map_err(cannot_open)?;
    let sealed = visit.look.sealed(secret, place)?;
    let same = visit.keystore.same(leave.permit, sealed.at(at.sequence), given.bytes())?;
    if same && at.binary == given.is_binary() {
        Ok(())
    } else {
        Err(error::secretsmanager::token_in_use(&version.id, &row.arn))
    }
}

/// Gives a sealed value its place among the versions, saves the secret, and removes what the clean-up dropped.
pub(super) fn keep<'v, A, T>(
    visit: &Writing<'v, '_>,
    secret: &Pass<'v, A, T>,
    row: &mut SecretRow,
    new: NewVersion,
    stages: &[Text],
) -> Result<(), Error>
where
    A: Act + Writes<SecretRow> + Writes<VersionRow>,
{
    let id = new.id.clone();
    for dropped in row.put_version(new, stages, VERSIONS_MAX)? {
        if dropped.value.is_some() {
            visit.look.remove_version(secret, &dropped.id)?;
        }
    }
    row.value_stored(&id, visit.observed());
    row.last_changed = visit.observed();
    visit.look.save_secret(secret, row)
}
