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
    /// How long it can be restored: 7d to 30d; 30d without it
    #[arg(long, value_name = "DAYS", value_parser = days, conflicts_with = "now")]
    window: Option<i64>,
    /// At once, without a way back
    #[arg(long)]
    now: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Do it, and take it back: says whether it could be done
    #[arg(long)]
    dry_run: bool,
}

impl Remove {
    pub fn run(&self, run: &Run) -> Done {
        if self.now && !self.dry_run {
            run.terminal.confirm(self.yes, &format!("Delete `{}` and all its versions for good", self.name))?;
        }
        run.as_principal(|session| {
            let mut request = DeleteSecret::new(self.name.as_str());
            request.recovery_window_in_days = self.window;
            request.force_delete_without_recovery = self.now.then_some(true);
            let answer = all_or_nothing(session, self.dry_run, |t| Ok(t.delete_secret(request)?))?;
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
