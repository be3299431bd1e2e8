//! `strongroom rm` and `strongroom restore`.

use clap::Args;
use strongroom::operation::secretsmanager::{DeleteSecret, RestoreSecret};

use crate::failure::Done;
use crate::pairs::days;
use crate::run::{Run, all_or_nothing};

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  strongroom rm prod/old --window 7d\n  strongroom rm prod/old --now --yes    # no way back"
)]
pub struct Remove {
    /// Name, partial or full ARN
    name: String,
    #[command(flatten)]
    end: End,
    /// Do it, and take it back: says whether it could be done
    #[arg(long)]
    dry_run: bool,
}

/// How a secret goes: with a way back, or at once.
#[derive(Args, Debug)]
pub struct End {
    /// How long it can be restored: 7d to 30d; 30d without it
    #[arg(long, value_name = "DAYS", value_parser = days, conflicts_with = "now")]
    window: Option<i64>,
    /// At once, without a way back
    #[arg(long)]
    now: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl End {
    /// Asks before what has no way back.
    pub fn confirm(&self, run: &Run, dry: bool, what: &str) -> Done {
        if self.now && !dry { run.terminal.confirm(self.yes, what) } else { Ok(()) }
    }
    pub fn of(&self, name: &str) -> DeleteSecret {
        let mut request = DeleteSecret::new(name);
        request.recovery_window_in_days = self.window;
        request.force_delete_without_recovery = self.now.then_some(true);
        request
    }
}

impl Remove {
    pub fn run(&self, run: &Run) -> Done {
        self.end.confirm(run, self.dry_run, &format!("Delete `{}` and all its versions for good", self.name))?;
        run.as_principal(|session| {
            let answer = all_or_nothing(session, self.dry_run, |t| Ok(t.delete_secret(self.end.of(&self.name))?))?;
            answer.map_or(Ok(()), |answer| run.out.line(&answer, &["Name", "DeletionDate"]))
        })
    }
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  strongroom restore prod/old")]
pub struct Restore {
    /// Name, partial or full ARN
    name: String,
}

impl Restore {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let answer = session.restore_secret(RestoreSecret::new(self.name.as_str()))?;
            run.out.line(&answer, &["Name"])
        })
    }
}
