//! `strongroom key reencrypt`.

use clap::Args;

use crate::failure::{Done, Exit, Failure};
use crate::own::Record;
use crate::run::Run;
use crate::terminal::note;

pub const NOTE: &str = "\
What a key has encrypted stays under the material of its day when the key rotates. This seals versions of secrets anew, under
the current material, 64 secrets at a time. Cut short, run it again: it goes on where it was.

Needs the rights of moving a secret to another key: secretsmanager:ListSecrets and UpdateSecret; kms:GenerateDataKey, Decrypt
and Encrypt on the key.";

#[derive(Args, Debug)]
pub struct Reencrypt {
    /// Id, ARN, alias/NAME or alias ARN of the key whose secrets are moved
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    key: Option<String>,
    /// Of every key
    #[arg(long)]
    all: bool,
}

impl Reencrypt {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let quiet = run.out.quiet;
            let done = session.reencrypt(self.key.as_deref(), &mut |so_far| {
                if !quiet && so_far.found > 0 {
                    note(&format!("{} of {} secrets, {} versions moved", so_far.secrets, so_far.found, so_far.moved));
                }
            })?;
            if done.refused > 0 {
                let told = format!("{} moved, {} left under older material", done.moved, done.refused);
                return Err(Failure::new(Exit::Denied, "AccessDenied", told)
                    .why("the caller may not update the secret, or not use its key, or the key cannot serve"));
            }
            let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
            let record = Record::new().with("Moved", number(done.moved)).with("Secrets", number(done.secrets));
            run.out.thing(&record, "Moved")
        })
    }
}
