//! `strongroom get`.

use std::io::{self, IsTerminal};

use clap::Args;
use strongroom::operation::secretsmanager::{Filter, GetSecretValue, GetSecretValueResponse};
use strongroom::{SecretBytes, SecretText};

use crate::batch::{self, Shown, Which};
use crate::failure::{Done, Failure};
use crate::field;
use crate::output::{self, Format};
use crate::pairs::pair;
use crate::run::Run;
use crate::terminal::note;
use crate::variables::of_name;

#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct Get {
    /// Name, partial or full ARN. Several are read as AWS's BatchGetSecretValue reads them, each value behind its name in a line
    /// of its own
    #[arg(value_name = "NAME", required_unless_present = "filter")]
    names: Vec<String>,
    /// All secrets that AWS's filters find, as in `strongroom ls`
    #[arg(long, value_name = "KEY=VALUE[,VALUE]", value_parser = pair, conflicts_with = "names")]
    filter: Vec<(String, String)>,
    /// One member of a JSON value: `a.b`, or a JSON pointer such as `/a/b/0`
    #[arg(long, value_name = "PATH")]
    field: Option<String>,
    /// A version by its id
    #[arg(long, value_name = "ID", conflicts_with = "filter")]
    version_id: Option<String>,
    /// A version by a label
    #[arg(long, value_name = "LABEL", conflicts_with = "filter")]
    stage: Option<String>,
    /// Show the value on a terminal
    #[arg(long)]
    show: bool,
}

impl Get {
    pub fn run(&self, run: &Run) -> Done {
        let shown = Shown { field: self.field.as_deref(), show: self.show };
        match self.names.as_slice() {
            [name] => self.one(run, name),
            [] => {
                let filters = self.filter.iter().map(|(key, values)| Filter::by(key.as_str(), values.split(',')));
                batch::run(run, &Which::Found(filters.collect()), shown)
            }
            _ if self.version_id.is_some() || self.stage.is_some() => Err(Failure::usage(
                "of several secrets the current versions are read: `--stage` and `--version-id` are for one",
            )),
            names => batch::run(run, &Which::Named(names), shown),
        }
    }
    fn one(&self, run: &Run, name: &str) -> Done {
        run.as_principal(|session| {
            let mut request = GetSecretValue::new(name);
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
        let masked = masks(self.show);
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

/// Are values not for this standard output? Says so.
pub fn masks(show: bool) -> bool {
    let masked = io::stdout().is_terminal() && !show;
    if masked {
        note("note: values are not shown on a terminal; `--show` shows them");
    }
    masked
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

pub const MASK: &str = "********";

const EXAMPLES: &str = "\
Examples:
  strongroom get prod/db | psql …            # the value, byte for byte
  strongroom get prod/db --field password    # of a JSON value
  strongroom get prod/db --stage AWSPREVIOUS --show
  strongroom get prod/db prod/mail -o json   # several: `{\"SecretValues\":[…],\"Errors\":[…]}`
  strongroom get --filter tag-key=backup --field password

Of several, those that can be read are printed; each that cannot is told on standard error, and the exit code is that of the
first. They need secretsmanager:BatchGetSecretValue beside GetSecretValue, with filters ListSecrets too.";
