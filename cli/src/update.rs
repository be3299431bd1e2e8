//! `strongroom update`.

use clap::Args;
use strongroom::operation::secretsmanager::UpdateSecret;

use crate::failure::Done;
use crate::run::Run;

pub const EXAMPLES: &str = "\
Examples:
  strongroom update prod/db --description 'orders, primary'
  strongroom update prod/db --key alias/app    # its versions with labels move to that key";

#[derive(Args, Debug)]
#[group(required = true, multiple = true)]
struct Changes {
    /// Description; empty for none
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Key: id, ARN or alias/NAME; empty for the managed key
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
}

/// A new value is `put`'s.
#[derive(Args, Debug)]
pub struct Update {
    /// Name, partial or full ARN
    name: String,
    #[command(flatten)]
    changes: Changes,
}

impl Update {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let mut request = UpdateSecret::new(self.name.as_str());
            request.description = self.changes.description.as_deref().map(Into::into);
            request.kms_key_id = self.changes.key.as_deref().map(Into::into);
            let answer = session.update_secret(request)?;
            run.out.line(&answer, &["Name", "ARN"])
        })
    }
}
