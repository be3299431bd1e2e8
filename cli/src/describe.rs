//! `strongroom describe`.

use clap::Args;
use strongroom::operation::secretsmanager::DescribeSecret;

use crate::failure::Done;
use crate::run::Run;

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  strongroom describe prod/db --output table")]
pub struct Describe {
    /// Name, partial or full ARN
    name: String,
}

impl Describe {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let answer = session.describe_secret(DescribeSecret::new(self.name.as_str()))?;
            run.out.thing(&answer, "ARN")
        })
    }
}
