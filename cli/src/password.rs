//! `strongroom password`.

use clap::Args;
use strongroom::operation::secretsmanager::GetRandomPassword;

use crate::failure::Done;
use crate::get;
use crate::output::{self, Format};
use crate::run::Run;
use crate::value;

pub const EXAMPLES: &str = "\
Examples:
  strongroom password --length 24 --exclude '\"@/\\' | wl-copy
  strongroom password --length 6 --no-upper --no-lower --no-punctuation --show";

#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct Password {
    /// Characters; 32 without it
    #[arg(long, value_name = "N")]
    length: Option<i64>,
    /// Characters that must not be in it
    #[arg(long, value_name = "CHARACTERS")]
    exclude: Option<String>,
    /// No digits
    #[arg(long)]
    no_digits: bool,
    /// No punctuation
    #[arg(long)]
    no_punctuation: bool,
    /// No capital letters
    #[arg(long)]
    no_upper: bool,
    /// No small letters
    #[arg(long)]
    no_lower: bool,
    /// The space may be in it
    #[arg(long)]
    space: bool,
    /// It need not hold one of each kind
    #[arg(long)]
    any: bool,
    /// Show it on a terminal
    #[arg(long)]
    show: bool,
}

impl Password {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let mut request = GetRandomPassword::new();
            request.password_length = self.length;
            request.exclude_characters = self.exclude.as_deref().map(Into::into);
            request.exclude_numbers = self.no_digits.then_some(true);
            request.exclude_punctuation = self.no_punctuation.then_some(true);
            request.exclude_uppercase = self.no_upper.then_some(true);
            request.exclude_lowercase = self.no_lower.then_some(true);
            request.include_space = self.space.then_some(true);
            request.require_each_included_type = self.any.then_some(false);
            let answer = session.get_random_password(request)?;
            match run.out.format {
                Format::Json => {
                    value::shown(self.show)?;
                    output::json(&answer)
                }
                Format::Env | Format::Dotenv | Format::YamlFlat => {
                    value::shown(self.show)?;
                    run.out.pairs(&[("RandomPassword", answer.random_password.expose().as_bytes())])
                }
                Format::Table => run.out.thing(&answer, "RandomPassword"),
                Format::Text => get::value(answer.random_password.expose().as_bytes(), self.show),
            }
        })
    }
}
