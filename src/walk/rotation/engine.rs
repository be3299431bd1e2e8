//! Calls the steps of rotations that are due.
//!
//! What is due stands in the secret's row. A step is called without any view or change being held; what it has come to is
//! committed before the next one is called, so that a crash between any two lines goes on where it was, with the same token.
//! Functions are told so: each step may be called more than once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use super::functions::{Functions, Registered};
use super::{RotationEvent, RotationFailure};
use crate::access::acts::rotate_secret::{RunRotation, SettleRotation};
use crate::access::acts::sts::Assumption;
use crate::access::{CallContext, Standing, Who};
use crate::audit::{Decided, Event, Outcome};
use crate::error::{self, Error, ErrorKind};
use crate::ledger::{Change, Look, Principals as _};
use crate::model::principal::PrincipalKind as RowKind;
use crate::model::rotation::{Progress, Run, RunKind, Step};
use crate::model::secret::SecretRow;
use crate::model::version::VERSIONS_MAX;
use crate::name::Text;
use crate::operation::sts::AssumeRole;
use crate::walk::caller::event_of;
use crate::walk::{Caller, Room, Visit, carried};

/// How a rotation came to its end, for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Finished,
    /// No more than a configuration was tested.
    Tested,
    Failed,
}

/// A step that is to be called.
struct Task {
    name: Text,
    arn: Text,
    function: Text,
    run: Run,
}
impl Task {
    fn of(row: &SecretRow) -> Option<Self> {
        let rotation = row.rotation.as_deref()?;
        let (function, run) = (rotation.function.clone(), rotation.run.clone()?);
        Some(Self { name: row.name.clone(), arn: row.arn.clone(), function, run })
    }
}

/// What came of a call, and the decisions that were made for it.
struct Called {
    outcome: Result<(), RotationFailure>,
    decisions: Vec<Decided>,
}

/// Where a rotation stands after a step.
enum Settled {
    Next(Task),
    Ended(Ended),
    /// Cancelled or settled by hand in the meantime.
    Abandoned,
}

/// Rotates the secret of that name in a region as far as it goes. `None`: nothing is due, or somebody else is at it.
/// # Errors
/// Faults of the store, after which a further run goes on. What goes wrong with a function is told by [`Ended`].
pub(crate) fn drive(
    room: &Arc<Room>,
    functions: &Functions,
    (region, name): &(Text, Text),
) -> Result<Option<Ended>, Error> {
    let Some(_turn) = functions.turn(region, name) else { return Ok(None) };
    let at = &Caller::at_region(Arc::clone(room), Who::service(room.ledger.home(), SERVICE), region);
    let mut task = match claim(at, name)? {
        Some(Ok(task)) => task,
        Some(Err(ended)) => return Ok(Some(ended)),
        None => return Ok(None),
    };
    loop {
        let called = call(at, functions, &task)?;
        room.unlocked()?;
        match settle(at, &task, called)? {
            Settled::Next(next) => task = next,
            Settled::Ended(ended) => return Ok(Some(ended)),
            Settled::Abandoned => return Ok(None),
        }
    }
}

/// The step that is to be called next; begins a rotation whose window has opened.
fn claim(at: &Caller, name: &Text) -> Result<Option<Result<Task, Ended>>, Error> {
    let room = &*at.room;
    {
        let view = at.view()?;
        let Some(pass) = room.gate.due::<RunRotation>(view.secret_due(name)?, room.observed()) else { return Ok(None) };
        if let Some(task) = pass.row().as_deref().and_then(|entry| Task::of(&entry.row)) {
            return Ok(Some(Ok(task)));
        }
    }
    let change = at.change()?;
    let mut call = at.context(&change)?;
    call.record_always();
    let (visit, observed) = (at.visit(&change, &call), call.observed);
    let Some(pass) = room.gate.due::<RunRotation>(change.secret_due(name)?, observed) else { return Ok(None) };
    let pass = pass.found(error::damaged)?;
    let mut row = pass.row().row.clone();
    // What an earlier rotation left half done is done first, with its token.
    let token = match row.being_made() {
        Some(version) => version.id.clone(),
        None => Text::from(visit.uuid()?),
    };
    let run = Run::new(token, RunKind::Rotate, visit.new_id()?, observed);
    let outcome = match row.begin_run(run, VERSIONS_MAX) {
        Ok(()) => Outcome::Done,
        Err(refused) => {
            row.skip_window(RotationFailure::from(refused).kept(Step::CreateSecret), observed);
            Outcome::Refused(FAILED)
        }
    };
    row.last_changed = observed;
    carried(&visit, |visit| visit.look.save_secret(&pass, &row))?;
    let task = Task::of(&row);
    let event = event(&visit, STARTED, &row.arn, outcome, Vec::new())?;
    change.commit(Some(&event), observed)?;
    at.tell_sink(&event)?;
    Ok(Some(task.ok_or(Ended::Failed)))
}

/// Calls the function as its role, with nothing held.
fn call(at: &Caller, functions: &Functions, task: &Task) -> Result<Called, Error> {
    let room = &at.room;
    let failed = |why: String| Called { outcome: Err(RotationFailure::new(why)), decisions: Vec::new() };
    let Some(registered) = functions.get(&task.function) else {
        return Ok(failed(format!("no rotation function is registered as {}", task.function)));
    };
    let (mut who, decisions) = match assume(room, &registered)? {
        Ok(assumed) => assumed,
        Err(called) => return Ok(called),
    };
    // The session is good for this step: a function that keeps it holds nothing afterwards.
    let step = Arc::new(());
    who.during = Some(Arc::downgrade(&step));
    let caller = Caller { room: Arc::clone(room), who: Arc::new(who), abroad: at.abroad.clone() };
    let event = RotationEvent::of(&task.arn, &task.run);
    // What a panic says may hold a value.
    let outcome = catch_unwind(AssertUnwindSafe(|| registered.function.call(caller, &event)))
        .unwrap_or_else(|_| Err(RotationFailure::new("the function panicked")));
    Ok(Called { outcome, decisions })
}

/// Lambda assumes the function's role, if its trust policy lets it.
fn assume(room: &Room, registered: &Registered) -> Result<Result<(Who, Vec<Decided>), Called>, Error> {
    let home = room.ledger.home();
    let observed = room.observed();
    let view = room.ledger.view()?;
    let session = |row: &_| Who::role(home, row, &registered.session, observed, None);
    let meant = |who: &Who| registered.role_arn.is_none() || registered.role_arn == who.parent;
    let found = view.vouched(RowKind::Role, &registered.role, session)?.filter(meant);
    let refused = |why: String, decisions| Called { outcome: Err(RotationFailure::new(why)), decisions };
    let Some((mut who, arn)) = found.and_then(|who| who.parent.clone().map(|arn| (who, arn))) else {
        let role = registered.role_arn.as_ref().unwrap_or(&registered.role);
        return Ok(Err(refused(format!("there is no role {role} for the function to act as"), Vec::new())));
    };
    let mut lambda = Who::service(home, LAMBDA);
    lambda.source_function = Some(registered.arn.clone());
    let standing = Standing { who: &lambda, entry: None, none: &room.none, session: None };
    let call = CallContext::new(standing, observed, home, true);
    let request = AssumeRole::new(arn.clone(), registered.session.clone());
    let act = Assumption { request: &request, caller: &call.standing };
    let admitted = room.gate.admit(&act, &call, view.role_to_assume(&arn)?).map(|_| ());
    match admitted {
        Ok(()) => {}
        Err(denied) if denied.kind() == ErrorKind::AccessDenied => {
            let why = format!("the trust policy of role {arn} does not let {LAMBDA} assume it");
            return Ok(Err(refused(why, call.decisions())));
        }
        Err(failed) => return Err(failed),
    }
    who.source_function = Some(registered.arn.clone());
    Ok(Ok((who, call.decisions())))
}

/// Writes down what a step has come to, if it is still the one that was to be called.
fn settle(at: &Caller, task: &Task, called: Called) -> Result<Settled, Error> {
    let change = at.change()?;
    let mut call = at.context(&change)?;
    call.record_always();
    let (visit, observed) = (at.visit(&change, &call), call.observed);
    let pass = visit.gate.due::<SettleRotation>(change.secret_due(&task.name)?, observed);
    let pass = pass.map(|pass| pass.found(error::damaged)).transpose()?;
    let still = |row: &SecretRow| row.arn == task.arn && row.run().is_some_and(|run| run.is_still(&task.run));
    let step = task.run.step;
    let (outcome, settled) = match pass.filter(|pass| still(&pass.row().row)) {
        None => (Outcome::Refused(ABANDONED), Settled::Abandoned),
        Some(pass) => {
            let mut row = pass.row().row.clone();
            let progress = called.outcome.and_then(|()| row.step_done(observed).map_err(RotationFailure::from));
            let settled = match progress {
                Ok(Progress::Goes) => Task::of(&row).map_or(Settled::Abandoned, Settled::Next),
                Ok(Progress::Done) if task.run.kind == RunKind::Test => Settled::Ended(Ended::Tested),
                Ok(Progress::Done) => Settled::Ended(Ended::Finished),
                Err(failure) => {
                    row.step_failed(failure.kept(step), observed);
                    Settled::Ended(Ended::Failed)
                }
            };
            carried(&visit, |visit| visit.look.save_secret(&pass, &row))?;
            let failed = matches!(settled, Settled::Ended(Ended::Failed));
            (if failed { Outcome::Refused(FAILED) } else { Outcome::Done }, settled)
        }
    };
    let event = event(&visit, step.as_str(), &task.arn, outcome, called.decisions)?;
    change.commit(Some(&event), observed)?;
    at.tell_sink(&event)?;
    Ok(settled)
}

/// What a step has come to, and never what it stored.
fn event(
    visit: &Visit<'_, Change<'_>>,
    operation: &'static str,
    secret: &Text,
    outcome: Outcome,
    mut decisions: Vec<Decided>,
) -> Result<Event, Error> {
    visit.call.note_due("secretsmanager:RotateSecret", secret);
    decisions.extend(visit.call.decisions());
    event_of("secretsmanager", operation, visit, outcome, decisions)
}

const SERVICE: &str = "secretsmanager.amazonaws.com";
const LAMBDA: &str = "lambda.amazonaws.com";
// As CloudTrail names them.
const STARTED: &str = "RotationStarted";
const FAILED: &str = "RotationFailed";
const ABANDONED: &str = "RotationAbandoned";
