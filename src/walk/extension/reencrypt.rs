//! Moves versions of secrets from older material of their key to the current one.

use crate::access::KeyRefused;
use crate::access::acts::extension::{FindOlder, Reencrypt};
use crate::access::acts::through;
use crate::audit::Outcome;
use crate::error::{self, Error, ErrorKind};
use crate::ledger::{Keys as _, Look};
use crate::model::secret::Life;
use crate::model::version::SealedAt;
use crate::name::Text;
use crate::operation::secretsmanager::UpdateSecret;
use crate::walk::caller::event;
use crate::walk::kms::resolve;
use crate::walk::{Caller, Writing, carried};

/// How far a re-encryption has come, and in the end what it did. Numbers of one run: what an earlier one moved is found moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reencrypted {
    /// Secrets found with versions under older material.
    pub found: usize,
    /// Secrets looked at so far.
    pub secrets: usize,
    /// Versions moved to the current material.
    pub moved: usize,
    /// Versions left where they are: the caller may not, or the key cannot serve.
    pub refused: usize,
}

/// Commits of so many secrets: what is done stays done when the rest is not.
const BATCH: usize = 64;
/// Service and name in events.
const TOLD_AS: (&str, &str) = ("strongroom", "Reencrypt");

/// # Errors
/// `AccessDenied` without `secretsmanager:ListSecrets`; `NotFound` for a key that is none; `Storage` and the like, after which a
/// further run goes on.
pub(crate) fn reencrypt(
    caller: &Caller,
    key: Option<&str>,
    progress: &mut dyn FnMut(Reencrypted),
) -> Result<Reencrypted, Error> {
    let (only, names) = find(caller, key)?;
    let mut done = Reencrypted { found: names.len(), ..Reencrypted::default() };
    progress(done);
    for batch in names.chunks(BATCH) {
        move_batch(caller, batch, only, &mut done)?;
        progress(done);
    }
    Ok(done)
}

/// The key that is meant, and the names of secrets with something to move.
fn find(caller: &Caller, key: Option<&str>) -> Result<(Option<[u8; 16]>, Vec<Text>), Error> {
    caller.look::<UpdateSecret, _>(TOLD_AS, |visit| {
        let all = visit.admit(&FindOlder, visit.look.everything())?;
        let key = key.map(|named| resolve(visit.look, named)).transpose()?;
        Ok((key, visit.look.secrets_under_older(&all, key)?))
    })
}

fn move_batch(caller: &Caller, names: &[Text], only: Option<[u8; 16]>, done: &mut Reencrypted) -> Result<(), Error> {
    caller.room.unlocked()?;
    let change = caller.change()?;
    let mut call = caller.context(&change)?;
    call.record_always();
    let visit = caller.visit(&change, &call);
    let mut so_far = *done;
    let moved =
        carried(&visit, |visit| names.iter().try_for_each(|name| move_versions(visit, name, only, &mut so_far)));
    if moved.is_err() || !change.is_dirty() {
        let owed = caller.tell(TOLD_AS.0, TOLD_AS.1, &visit, &moved)?;
        drop(visit);
        drop(call);
        drop(change);
        caller.pay(owed)?;
        moved?;
        *done = so_far;
        return Ok(());
    }
    let event = event(TOLD_AS.0, TOLD_AS.1, &visit, Outcome::Done)?;
    let observed = call.observed;
    change.commit(Some(&event), observed)?;
    *done = so_far;
    caller.tell_sink(&event)
}

/// Each version with a new data key and payload, under the same key. One that the caller may not move stays, and is counted.
fn move_versions(
    visit: &Writing<'_, '_>,
    name: &Text,
    only: Option<[u8; 16]>,
    done: &mut Reencrypted,
) -> Result<(), Error> {
    done.secrets = done.secrets.saturating_add(1);
    let facts = visit.look.secret(name, visit.call)?;
    let secret = match visit.admit(&Reencrypt, facts) {
        Err(denied) if denied.kind() == ErrorKind::AccessDenied => {
            done.refused = done.refused.saturating_add(1);
            return Ok(());
        }
        admitted => admitted?,
    };
    // It may have gone since it was found.
    let Ok(secret) = secret.found(error::secretsmanager::secret_not_found) else { return Ok(()) };
    let mut row = secret.row().row.clone();
    if row.life(visit.observed()) == Life::Gone {
        return Ok(());
    }
    let sequence = visit.look.sequence();
    let mut moved = false;
    for old in &secret.row().row.versions {
        let Some(at) = old.value.filter(|at| only.is_none_or(|only| only == at.key)) else { continue };
        let key = || visit.look.key_of(&secret, &at.key);
        let (may, from, to) = (key()?, key()?, key()?);
        let may = visit.permit::<through::ValidateSeal, _, _>(&secret, &old.id, None, may.as_ref());
        if may.as_ref().is_ok_and(|leave| leave.material == at.material) {
            continue;
        }
        let from = visit.permit::<through::MoveOut, _, _>(&secret, &old.id, Some(at.material), from.as_ref());
        let into = visit.permit::<through::MoveIn, _, _>(&secret, &old.id, None, to.as_ref());
        let (from, into) = match (may, from, into) {
            (Ok(_), Ok(from), Ok(into)) => (from, into),
            (Err(KeyRefused::Failed(failed)), ..)
            | (_, Err(KeyRefused::Failed(failed)), _)
            | (.., Err(KeyRefused::Failed(failed))) => return Err(failed),
            _ => {
                done.refused = done.refused.saturating_add(1);
                continue;
            }
        };
        let (multi_region, material) = (into.key.multi_region, into.material);
        let sealed = visit.look.sealed(&secret, secret.row().row.place_of(old))?;
        let resealed = visit.keystore.reseal(from.permit, into.permit, sealed.at(at.sequence), sequence)?;
        visit.look.save_version(&secret, &old.id, resealed);
        let place = row.versions.iter_mut().find(|version| version.id == old.id);
        if let Some(value) = place.and_then(|version| version.value.as_mut()) {
            *value = SealedAt { key: at.key, multi_region, material, sequence, binary: at.binary };
        }
        done.moved = done.moved.saturating_add(1);
        moved = true;
    }
    // Dates stay as they are: what the secret says is the same.
    if moved { visit.look.save_secret(&secret, &row) } else { Ok(()) }
}
