//! `strongroom policy validate`: what the store itself says of a secret's policy, before it is put.

use clap::Args;
use strongroom::operation::secretsmanager::ValidateResourcePolicy;

use crate::failure::{Done, Exit, Failure};
use crate::run::Run;
use crate::value;

#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  strongroom policy validate @policy.json --secret prod/db\n\nExit code 11 if the policy does not pass; `policy lint` says more, and needs no store."
)]
pub struct Validate {
    /// `-` or `@PATH`; standard input without it
    source: Option<String>,
    /// For this secret
    #[arg(long, value_name = "NAME")]
    secret: Option<String>,
}

impl Validate {
    pub fn run(&self, run: &Run) -> Done {
        let text = value::document(self.source.as_deref())?;
        run.as_principal(|session| {
            let mut request = ValidateResourcePolicy::new(text);
            request.secret_id = self.secret.as_deref().map(Into::into);
            let answer = session.validate_resource_policy(request)?;
            run.out.list(&answer, &answer.validation_errors, &["CheckName", "ErrorMessage"])?;
            if answer.policy_validation_passed {
                Ok(())
            } else {
                Err(Failure::new(Exit::MalformedPolicy, "MalformedPolicy", "the policy does not pass"))
            }
        })
    }
}
