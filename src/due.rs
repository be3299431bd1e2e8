//! Work that time makes due: nobody calls, the rows say so. Nothing runs by itself inside the library; the host, the CLI or
//! a server's timer calls [`Strongroom::run_due`](crate::Strongroom::run_due). What is due behaves as done before it is
//! written: a secret whose recovery window is over is not found by anybody.

use crate::access::acts::due::PurgeSecret;
use crate::access::{CallContext, Standing, Who};
use crate::audit::{Event, Outcome};
use crate::error::{self, Error};
use crate::ledger::Look;
use crate::name::Text;
use crate::walk::kms::{import, rotation};
use crate::walk::{Room, Visit};

/// What a run of due work did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DueReport {
    /// Secrets whose recovery window was over, removed with all their versions.
    pub purged_secrets: usize,
    /// Keys whose automatic rotation was due, rotated.
    pub rotated_keys: usize,
    /// Imported materials that had expired, removed.
    pub expired_materials: usize,
    /// Whether dates of reads were written.
    pub accesses_written: bool,
}

/// Does what is due, one commit for all of it.
pub(crate) fn run(room: &Room) -> Result<DueReport, Error> {
    room.unlocked()?;
    let mut report = DueReport::default();
    let observed = room.observed();
    let view = room.ledger.view()?;
    let (due, [to_rotate, to_expire]) = (view.names_due(observed)?, view.keys_due(observed)?);
    drop(view);
    if due.is_empty() && to_rotate.is_empty() && to_expire.is_empty() && !room.ledger.accesses().is_waiting() {
        return Ok(report);
    }
    let home = room.ledger.home();
    let who = Who::service(home, "secretsmanager.amazonaws.com");
    let standing = Standing { who: &who, entry: None, none: &room.none, session: None };
    let call = CallContext::new(standing, observed, home, true);
    let change = room.ledger.change()?;
    let visit = Visit::new(&change, &room.gate, &room.keystore, &room.ledger, &call);
    for name in &due {
        let Some(pass) = room.gate.due::<PurgeSecret>(change.secret_due(name)?, observed) else { continue };
        let pass = pass.found(error::damaged)?;
        change.remove_secret(&pass, &pass.row().row)?;
        call.note_due("secretsmanager:DeleteSecret", pass.resource());
        report.purged_secrets += 1;
    }
    for key in &to_rotate {
        report.rotated_keys += usize::from(rotation::rotate_due(&visit, key)?);
    }
    for key in &to_expire {
        report.expired_materials += import::expire_if_due(&visit, key)?;
    }
    if room.ledger.accesses().is_waiting() {
        room.ledger.write_accesses(&change, usize::MAX)?;
        report.accesses_written = true;
    }
    let event = Event {
        request_id: visit.request_id()?,
        time: observed,
        principal: Text::from("secretsmanager.amazonaws.com"),
        service: "strongroom",
        operation: "RunDue",
        decisions: call.decisions(),
        outcome: Outcome::Done,
    };
    change.commit(Some(&event), observed)?;
    Ok(report)
}
