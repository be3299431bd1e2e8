//! `strongroom rotation`, and the rotation functions that live here: local programs and PostgreSQL.

mod call;
mod callback;
mod functions;
mod lines;
mod postgresql;
mod program;

use clap::{Args, Subcommand};
use strongroom::operation::secretsmanager::{CancelRotateSecret, RotateSecret, RotationRules};
use strongroom::{DueKind, RotationStep};

pub use self::functions::FunctionArgs;
use crate::due::Due;
use crate::failure::{Done, Exit, Failure};
use crate::own::Record;
use crate::run::Run;
use crate::terminal::note;

#[derive(Subcommand, Debug)]
#[command(
    after_help = "Example:\n  strongroom rotation set prod/db --function arn:aws:lambda:…:function:db --every 30 --functions functions.json\n  strongroom rotation run-due --functions functions.json    # from a timer, once an hour"
)]
pub enum Rotation {
    /// Let a secret rotate, or change how; without options, rotate it now
    Set(Set),
    /// Show whether a secret rotates, and how far a rotation has come
    Status {
        /// Name, partial or full ARN
        name: String,
    },
    /// List rotations that are due or have failed
    Due(Due),
    /// Do what is due: rotations that were begun, scheduled or are to be tried again, and all other due work
    RunDue(RunDue),
    /// Try a rotation that failed again, now
    Resume(Resume),
    /// Let a secret rotate no more, and stop a rotation where it is; labels stay as they are
    Cancel {
        /// Name, partial or full ARN
        name: String,
    },
    /// For rotation programs: call an operation with the rights of the rotation function
    #[command(after_help = call::EXAMPLES)]
    Call(call::Call),
}

#[derive(Args, Debug)]
pub struct Set {
    /// Name, partial or full ARN
    name: String,
    /// ARN of the rotation function; the one that it has without it
    #[arg(long, value_name = "ARN")]
    function: Option<String>,
    /// Days from one rotation to the next
    #[arg(long, value_name = "DAYS", conflicts_with = "schedule")]
    every: Option<i64>,
    /// When, in UTC: `rate(10 days)` or `cron(0 8 1 * ? *)`
    #[arg(long, value_name = "EXPRESSION")]
    schedule: Option<String>,
    /// Length of the window in which a rotation may run: `3h`
    #[arg(long, value_name = "HOURS")]
    window: Option<String>,
    /// Do not rotate now: only test what is set, and wait for the schedule
    #[arg(long)]
    not_now: bool,
    /// Idempotency token, 32 to 64 characters; becomes the new version's id
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    #[command(flatten)]
    functions: FunctionArgs,
}

/// `strongroom rotate`: what `rotation set` does without options.
#[derive(Args, Debug)]
#[command(after_help = ROTATE_EXAMPLES)]
pub struct Rotate {
    /// Name, partial or full ARN
    name: String,
    /// Idempotency token, 32 to 64 characters; becomes the new version's id
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    #[command(flatten)]
    functions: FunctionArgs,
}

impl Rotate {
    pub fn run(&self, run: &Run) -> Done {
        let functions = self.functions.read()?;
        run.as_principal_in(|room, session| {
            functions.register(room)?;
            let mut request = RotateSecret::new(self.name.as_str());
            request.client_request_token = self.token.as_deref().map(Into::into);
            let answer = session.rotate_secret(request)?;
            run.out.line(&answer, &["Name", "VersionId", "ARN"])
        })
    }
}

#[derive(Args, Debug)]
pub struct RunDue {
    #[command(flatten)]
    functions: FunctionArgs,
}

#[derive(Args, Debug)]
pub struct Resume {
    /// Name, partial or full ARN
    name: String,
    #[command(flatten)]
    functions: FunctionArgs,
}

impl Rotation {
    pub fn run(&self, run: &Run) -> Done {
        match self {
            Self::Set(set) => set.run(run),
            Self::Status { name } => status(run, name),
            Self::Due(due) => due.list(run, |item| matches!(item.kind, DueKind::Rotation | DueKind::RotationFailed)),
            Self::RunDue(due) => due.run(run),
            Self::Resume(resume) => resume.run(run),
            Self::Cancel { name } => run.as_principal(|session| {
                let answer = session.cancel_rotate_secret(CancelRotateSecret::new(name))?;
                run.out.line(&answer, &["Name", "VersionId", "ARN"])
            }),
            Self::Call(call) => call.run_alone(),
        }
    }
}

impl Set {
    fn run(&self, run: &Run) -> Done {
        let functions = self.functions.read()?;
        run.as_principal_in(|room, session| {
            functions.register(room)?;
            let mut request = RotateSecret::new(self.name.as_str());
            request.rotation_lambda_arn = self.function.as_deref().map(Into::into);
            if self.every.is_some() || self.schedule.is_some() || self.window.is_some() {
                let mut rules = RotationRules::new();
                rules.automatically_after_days = self.every;
                rules.schedule_expression = self.schedule.as_deref().map(Into::into);
                rules.duration = self.window.as_deref().map(Into::into);
                request.rotation_rules = Some(rules);
            }
            request.rotate_immediately = self.not_now.then_some(false);
            request.client_request_token = self.token.as_deref().map(Into::into);
            let answer = session.rotate_secret(request)?;
            run.out.line(&answer, &["Name", "VersionId", "ARN"])
        })
    }
}

fn status(run: &Run, name: &str) -> Done {
    run.as_principal(|session| {
        let found = session.rotation_status(name)?;
        let record = Record::new()
            .with("RotationEnabled", found.enabled)
            .with_some("PendingVersionId", found.pending_version.as_deref())
            .with_some("Step", found.step.map(RotationStep::as_str))
            .with("Failures", u64::from(found.failures))
            .with_some("NextTryDate", found.next_try)
            .with_some("LastFailure", found.last_failure.as_deref());
        run.out.thing(&record, "RotationEnabled")
    })
}

impl RunDue {
    fn run(&self, run: &Run) -> Done {
        let functions = self.functions.read()?;
        if functions.is_empty() && !run.out.quiet {
            note(
                "note: no rotation functions are known (`--functions FILE`): rotations are left to those who know them",
            );
        }
        let room = run.open()?;
        functions.register(&room)?;
        let report = room.run_due()?;
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let record = Record::new()
            .with("Rotated", number(report.rotations_finished))
            .with("Failed", number(report.rotations_failed))
            .with("PurgedSecrets", number(report.purged_secrets))
            .with("DeletedKeys", number(report.deleted_keys))
            .with("RotatedKeys", number(report.rotated_keys))
            .with("ExpiredMaterials", number(report.expired_materials))
            .with("ClockInDoubt", report.clock_in_doubt);
        run.out.thing(&record, "Rotated")?;
        if report.rotations_failed == 0 { Ok(()) } else { Err(failed("`strongroom rotation status NAME` says why")) }
    }
}

impl Resume {
    fn run(&self, run: &Run) -> Done {
        let functions = self.functions.read()?;
        let room = run.open()?;
        functions.register(&room)?;
        let session = room.session(run.settings.principal.value.as_str())?;
        session.resume_rotation(&self.name)?;
        room.run_due()?;
        // Of this secret: others may have failed as well.
        let found = session.rotation_status(&self.name)?;
        if found.last_failure.is_some() {
            let name = crate::flat::harmless(&self.name);
            return Err(failed(&format!("`strongroom rotation status {name}` says why")));
        }
        Ok(())
    }
}

/// A rotation that ends in a failure is tried again by itself; whoever waits for it is told.
fn failed(help: &str) -> Failure {
    Failure::new(Exit::Other, "Rotation", "a rotation failed, and will be tried again").help(help)
}

const ROTATE_EXAMPLES: &str = "\
The secret must have been set to rotate: `strongroom rotation set`.

Example:
  strongroom rotate prod/db --functions functions.json";
