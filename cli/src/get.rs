//! `strongroom get`.

use std::io::{self, IsTerminal};

use clap::Args;
use strongroom::operation::secretsmanager::{GetSecretValue, GetSecretValueResponse};
use strongroom::{SecretBytes, SecretText};

use crate::failure::{Done, Failure};
use crate::field;
use crate::output::{self, Format};
use crate::run::Run;
use crate::terminal::note;
use crate::variables::of_name;

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  strongroom get prod/db | psql …            # the value, byte for byte\n  strongroom get prod/db --field password    # of a JSON value\n  strongroom get prod/db --stage AWSPREVIOUS --show"
)]
pub struct Get {
    /// Name, partial or full ARN
    name: String,
    /// One member of a JSON value: `a.b`, or a JSON pointer such as `/a/b/0`
    #[arg(long, value_name = "PATH")]
    field: Option<String>,
    /// A version by its id
    #[arg(long, value_name = "ID")]
    version_id: Option<String>,
    /// A version by a label
    #[arg(long, value_name = "LABEL")]
    stage: Option<String>,
    /// Show the value on a terminal
    #[arg(long)]
    show: bool,
}

impl Get {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let mut request = GetSecretValue::new(self.name.as_str());
            request.version_id = self.version_id.as_deref().map(Into::into);
            request.version_stage = self.stage.as_deref().map(Into::into);
            let mut answer = session.get_secret_value(request)?;
            if let Some(path) = &self.field {
                let found = field::find(answer.value(), path)?;
                answer.secret_binary = None;
                answer.secret_string = Some(found);
            }
            self.print(run, answer)
        })
    }
    fn print(&self, run: &Run, mut answer: GetSecretValueResponse) -> Done {
        if run.out.quiet {
            return run.out.line(&answer, &["VersionId"]);
        }
        let masked = io::stdout().is_terminal() && !self.show;
        if masked {
            note("note: the value is not shown on a terminal; `--show` shows it");
        }
        match run.out.format {
            Format::Text => value(answer.value(), self.show),
            Format::Json => {
                if masked {
                    answer.secret_binary = None;
                    answer.secret_string = Some(SecretText::from(MASK));
                }
                output::json(&answer)
            }
            Format::YamlFlat => {
                run.out.pairs(&[(&*answer.name, if masked { MASK.as_bytes() } else { answer.value() })])
            }
            Format::Env | Format::Dotenv => {
                // A secret under `env` is the variable that `strongroom env` makes of it.
                let name = of_name(&answer.name, &answer.name);
                run.out.pairs(&[(&name, if masked { MASK.as_bytes() } else { answer.value() })])
            }
            // Tables are for people: they tell how long the value is, never the value.
            Format::Table => run.out.thing(&answer, "VersionId"),
        }
    }
}

/// A secret on standard output: as it is when piped; on a terminal masked, or shown as far as a terminal can bear it.
pub fn value(bytes: &[u8], show: bool) -> Done {
    if !io::stdout().is_terminal() {
        return output::write(&[bytes]);
    }
    if !show {
        return output::write(&[MASK.as_bytes(), b"\n"]);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(|c| c.is_control() && !"\n\t".contains(c)) => {
            let newline: &[u8] = if text.ends_with('\n') { b"" } else { b"\n" };
            output::write(&[bytes, newline])
        }
        _ => Err(Failure::usage(format!("the value is {} bytes that a terminal cannot show", bytes.len()))
            .help("send it to a file or a pipe")),
    }
}

/// The same for bytes that a command makes.
pub fn secret(bytes: &SecretBytes, show: bool) -> Done {
    value(bytes.expose(), show)
}

const MASK: &str = "********";
