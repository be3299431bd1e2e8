//! `strongroom rollback`.

use clap::Args;

use crate::failure::Done;
use crate::run::Run;
use crate::stage::moved;

pub const EXAMPLES: &str = "\
Moves AWSCURRENT; AWSPREVIOUS goes to the version that was current, so a second rollback undoes the first. No version is lost:
`strongroom history NAME` lists them.

Examples:
  strongroom rollback prod/db
  strongroom rollback prod/db --to 7f0c…";

#[derive(Args, Debug)]
pub struct Rollback {
    /// Name, partial or full ARN
    name: String,
    /// The version to go back to: its id, or a label on it
    #[arg(long, value_name = "VERSION", default_value = "AWSPREVIOUS")]
    to: String,
}

impl Rollback {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let answer = moved(session, &self.name, "AWSCURRENT", Some(&self.to), None)?;
            run.out.line(&answer, &["Name"])
        })
    }
}
