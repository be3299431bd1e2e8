//! Work that time makes due: nobody calls, the rows say so. Nothing runs by itself inside the library; the host, the CLI or
//! a server's timer calls [`Strongroom::run_due`](crate::Strongroom::run_due). What is due behaves as done before it is
//! written: a secret whose recovery window is over is not found by anybody.

use std::sync::Arc;

use crate::access::acts::due::{DeleteKey, PurgeSecret};
use crate::access::{CallContext, Standing, Who};
use crate::audit::{Event, Outcome};
use crate::error::{self, Error};
use crate::ledger::{Keys as _, KeysDue, Look, SecretsDue};
use crate::name::Text;
use crate::walk::kms::{import, rotation};
use crate::walk::rotation::{Ended, Functions, drive};
use crate::walk::{Room, Visit, Writing};

/// What a run of due work did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DueReport {
    /// Secrets whose recovery window was over, removed with all their versions.
    pub purged_secrets: usize,
    /// Keys whose time of waiting was over, removed with their material, aliases and grants.
    pub deleted_keys: usize,
    /// Keys whose automatic rotation was due, rotated.
    pub rotated_keys: usize,
    /// Imported materials that had expired, removed.
    pub expired_materials: usize,
    /// Rotations of secrets that came to their end.
    pub rotations_finished: usize,
    /// Rotations of secrets, or tests of how they are configured, of which a step failed.
    pub rotations_failed: usize,
    /// Something was due to be removed and was kept, because the clock has jumped by more than 90 days since the last commit.
    /// [`Strongroom::confirm_clock`](crate::Strongroom::confirm_clock) lets it go.
    pub clock_in_doubt: bool,
    /// Whether dates of reads and uses were written.
    pub accesses_written: bool,
}

/// Does what is due: one commit for all that the store does by itself, then rotations, which call functions of the host's.
pub(crate) fn run(room: &Arc<Room>, functions: &Functions) -> Result<DueReport, Error> {
    room.unlocked()?;
    let mut report = DueReport::default();
    let due = sweep(room, &mut report)?;
    room.ledger.write_trail(room.observed())?;
    for place in due.iter().filter(|_| functions.is_host()) {
        match drive(room, functions, place)? {
            Some(Ended::Finished) => report.rotations_finished += 1,
            Some(Ended::Failed) => report.rotations_failed += 1,
            Some(Ended::Tested) | None => {}
        }
    }
    Ok(report)
}

/// Does all but rotations of secrets; answers region and name of those that are due.
fn sweep(room: &Room, report: &mut DueReport) -> Result<Vec<(Text, Text)>, Error> {
    let observed = room.observed();
    // What is destroyed by time is past its date by the clock as it is now, and not by the high-water mark alone: the mark may
    // come from a clock that was wrong. The mark is past it as well, by this commit at the latest.
    let now = room.clock.now();
    let view = room.ledger.view()?;
    let SecretsDue { over: mut secrets, to_rotate: secrets_to_rotate } = view.secrets_due(now, observed)?;
    let KeysDue { over: mut keys, mut expired, to_rotate } = view.keys_due(now, observed)?;
    let mut stones = room.ledger.tombstones()?;
    stones.retain(|stone| stone.is_over(now));
    let something = !(secrets.is_empty() && keys.is_empty() && expired.is_empty() && stones.is_empty());
    if something && room.ledger.is_clock_in_doubt(now)? {
        report.clock_in_doubt = true;
        secrets.clear();
        keys.clear();
        expired.clear();
        stones.clear();
    }
    drop(view);
    let nothing =
        secrets.is_empty() && keys.is_empty() && expired.is_empty() && stones.is_empty() && to_rotate.is_empty();
    if nothing && !room.ledger.accesses().is_waiting() {
        return Ok(secrets_to_rotate);
    }
    let home = room.ledger.home();
    let who = Who::service(home, "secretsmanager.amazonaws.com");
    let standing = Standing { who: &who, entry: None, none: &room.none, session: None };
    let call = CallContext::new(standing, observed, home, true);
    let change = room.ledger.change()?;
    let visit = Visit::new(&change, &room.gate, &room.keystore, &room.ledger, &call);
    for (region, name) in &secrets {
        let there = change.of_region(region);
        let Some(pass) = room.gate.due::<PurgeSecret>(there.secret_due(name)?, now) else { continue };
        let pass = pass.found(error::damaged)?;
        change.remove_secret(&pass, &pass.row().row)?;
        call.note_due("secretsmanager:DeleteSecret", pass.resource());
        report.purged_secrets += 1;
    }
    let mut gone = Vec::with_capacity(keys.len());
    for id in &keys {
        let Some(pass) = change.key_due(id)?.and_then(|facts| room.gate.due::<DeleteKey>(facts, now)) else {
            continue;
        };
        change.remove_key(&pass, observed)?;
        // AWS's own name of the event.
        call.note_due("kms:DeleteKey", pass.resource());
        gone.push(pass.row().entry.row.key_id());
        report.deleted_keys += 1;
    }
    for key in &to_rotate {
        report.rotated_keys += usize::from(rotation::rotate_due(&visit, key)?);
    }
    for key in &expired {
        report.expired_materials += import::expire_if_due(&visit, key)?;
    }
    for stone in &stones {
        change.drop_tombstone(stone)?;
    }
    if room.ledger.accesses().is_waiting() {
        room.ledger.write_accesses(&change, usize::MAX)?;
        report.accesses_written = true;
    }
    let event = event(visit.request_id()?, "secretsmanager.amazonaws.com", "RunDue", &call);
    change.commit(Some(&event), observed)?;
    for key in gone {
        room.keystore.forget(key);
    }
    Ok(secrets_to_rotate)
}

/// The host vouches for the clock: what its jump made due may go.
pub(crate) fn confirm_clock(room: &Room) -> Result<(), Error> {
    by_host(room, "ConfirmClock", |visit| visit.look.confirm_clock())
}

/// The host says how many records the journal keeps.
pub(crate) fn set_retention(room: &Room, records: u64) -> Result<(), Error> {
    by_host(room, "SetAuditRetention", |visit| visit.look.set_retention(records))
}

/// The owner of the file wants new material under every key: how many got it, and the ARNs of those that keep theirs.
pub(crate) fn renew_keys(room: &Room) -> Result<(usize, Vec<Text>), Error> {
    by_host(room, "RenewKeyMaterial", |visit| {
        let (mut renewed, mut kept) = (0, Vec::new());
        for (id, arn) in visit.look.keys_there(visit.observed())? {
            if rotation::renew(visit, &id)? {
                renewed += 1;
            } else {
                kept.push(arn);
            }
        }
        kept.sort();
        Ok((renewed, kept))
    })
}

/// A commit of the host's own, and its record.
fn by_host<T>(
    room: &Room,
    operation: &'static str,
    work: impl FnOnce(&Writing<'_, '_>) -> Result<T, Error>,
) -> Result<T, Error> {
    room.unlocked()?;
    let home = room.ledger.home();
    let who = Who::service(home, HOST);
    let standing = Standing { who: &who, entry: None, none: &room.none, session: None };
    let change = room.ledger.change()?;
    let observed = room.observed();
    let call = CallContext::new(standing, observed, home, true);
    let visit = Visit::new(&change, &room.gate, &room.keystore, &room.ledger, &call);
    let done = work(&visit)?;
    let event = event(visit.request_id()?, HOST, operation, &call);
    change.commit(Some(&event), observed)?;
    Ok(done)
}

/// The record that a fresh file begins to go on with.
pub(crate) fn revoked(room: &Room) -> Result<Event, Error> {
    let home = room.ledger.home();
    let who = Who::service(home, HOST);
    let standing = Standing { who: &who, entry: None, none: &room.none, session: None };
    let call = CallContext::new(standing, room.observed(), home, true);
    call.note_due("strongroom:Revoke", &Text::from("*"));
    Ok(event(room.token()?, HOST, "Revoke", &call))
}

fn event(request_id: Text, principal: &str, operation: &'static str, call: &CallContext<'_>) -> Event {
    Event {
        request_id,
        time: call.observed,
        principal: Text::from(principal),
        service: "strongroom",
        operation,
        decisions: call.decisions(),
        outcome: Outcome::Done,
    }
}

/// Whoever holds the store's handle.
const HOST: &str = "host";
