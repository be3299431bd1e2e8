//! How a rotation is getting on, and to have it tried again now.

use std::sync::Arc;

use crate::access::acts::rotate_secret::{ResumeRotation, SeeRotation};
use crate::access::{Pass, SecretEntry};
use crate::clock::Timestamp;
use crate::error::{self, Error};
use crate::ledger::Look;
use crate::name::Text;
use crate::operation::secretsmanager::{DescribeSecret, RotateSecret};
use crate::walk::rotation::RotationStep;
use crate::walk::secretsmanager::{admitted, may_invoke};
use crate::walk::{Caller, Reading, Task, Visit, Writing};

/// How the rotation of a secret is getting on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RotationStatus {
    /// Is it switched on? `false` also for a secret whose rotation was never configured.
    pub enabled: bool,
    /// The version that is being made; none when no rotation is under way.
    pub pending_version: Option<Text>,
    /// The step that is called next, of a rotation under way.
    pub step: Option<RotationStep>,
    /// How often the rotation under way has failed.
    pub failures: u32,
    /// From when on the next step is called: of a rotation under way, else of the next one that is scheduled.
    pub next_try: Option<Timestamp>,
    /// The step that failed last, and why; none after a success.
    pub last_failure: Option<Text>,
}

/// # Errors
/// `AccessDenied` without `secretsmanager:DescribeSecret`; `NotFound`.
pub(crate) fn status(caller: &Caller, secret_id: &str) -> Result<RotationStatus, Error> {
    caller.look::<DescribeSecret, _>(("strongroom", "RotationStatus"), |visit| {
        let secret = admitted(&SeeRotation(secret_id), secret_id, visit)?;
        let row = secret.row().row.present(visit.observed())?;
        let Some(rotation) = row.rotation.as_deref() else { return Ok(RotationStatus::default()) };
        let window = rotation.next.filter(|_| rotation.enabled).map(|window| window.start);
        let run = rotation.run.as_ref();
        Ok(RotationStatus {
            enabled: rotation.enabled,
            pending_version: run.map(|run| run.token.clone()),
            step: run.map(|run| run.step.into()),
            failures: run.map_or(0, |run| run.failures),
            next_try: run.map(|run| run.not_before).or(window),
            last_failure: rotation.failure.clone(),
        })
    })
}

/// Makes the rotation under way due now.
pub(crate) struct Resume(RotateSecret);
impl Resume {
    pub(crate) fn new(secret_id: &str) -> Self {
        Self(RotateSecret::new(secret_id))
    }
}

impl Task for Resume {
    type Operation = RotateSecret;
    type Answer = ();
    const TOLD_AS: (&'static str, &'static str) = ("strongroom", "ResumeRotation");
    fn request(&self) -> &RotateSecret {
        &self.0
    }
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        may_resume(visit, &self.0.secret_id).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<(), Error> {
        let secret = may_resume(visit, &self.0.secret_id)?;
        let mut row = secret.row().row.clone();
        if let Some(run) = row.rotation.as_deref_mut().and_then(|rotation| rotation.run.as_mut()) {
            run.not_before = visit.observed();
        }
        visit.look.save_secret(&secret, &row)
    }
}

/// # Errors
/// `AccessDenied` without `secretsmanager:RotateSecret` and `lambda:InvokeFunction`; `NotFound`; `InvalidState` when no rotation
/// is under way.
fn may_resume<'v, 's, L: Look>(
    visit: &Visit<'v, L>,
    secret_id: &'s str,
) -> Result<Pass<'v, ResumeRotation<'s>, Arc<SecretEntry>>, Error> {
    let secret = admitted(&ResumeRotation(secret_id), secret_id, visit)?;
    let row = secret.row().row.writable(visit.observed())?;
    let rotation = row.rotation.as_deref().ok_or_else(error::secretsmanager::rotation_not_configured)?;
    may_invoke(visit, &rotation.function)?;
    rotation.run.as_ref().ok_or_else(error::secretsmanager::no_rotation_under_way)?;
    Ok(secret)
}
