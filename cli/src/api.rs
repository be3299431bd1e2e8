//! `strongroom api`: any operation by its name, JSON in and out, as AWS has it.

use std::io::{self, IsTerminal};

use clap::Args;
use strongroom::SecretBytes;
use strongroom::json;
use strongroom::operation::{ALL, unserved};

use crate::failure::{Done, Failure};
use crate::output::{self, Format};
use crate::run::Run;
use crate::terminal::note;
use crate::{flat, value};

pub const EXAMPLES: &str = "\
Examples:
  strongroom api secretsmanager GetSecretValue --json '{\"SecretId\":\"prod/db\"}'
  echo '{\"SecretId\":\"prod/db\"}' | strongroom api secretsmanager DescribeSecret
  strongroom api kms ListKeys - < /dev/null
  strongroom api --list iam";

#[derive(Args, Debug)]
pub struct Api {
    /// secretsmanager, kms, iam or sts
    service: String,
    /// AWS's name of the operation, such as GetSecretValue
    #[arg(required_unless_present = "list")]
    operation: Option<String>,
    /// Its input, JSON: `-` or `@PATH`; standard input without it
    source: Option<String>,
    /// Its input itself. Others can read command lines: not for input that holds a secret
    #[arg(long, value_name = "JSON", conflicts_with_all = ["source", "list"])]
    json: Option<String>,
    /// List the operations of the service
    #[arg(long, conflicts_with = "operation")]
    list: bool,
    /// Show secrets on a terminal
    #[arg(long)]
    show: bool,
}

impl Api {
    pub fn run(&self, run: &Run) -> Done {
        let service = self.service.as_str();
        let Some(operation) = self.operation.as_deref() else {
            return list(service);
        };
        let input = match &self.json {
            Some(text) => SecretBytes::from(text.as_str()),
            None => value::secret_bytes(self.source.as_deref())?,
        };
        let input = if input.expose().trim_ascii().is_empty() { &b"{}"[..] } else { input.expose() };
        let request = json::read_any(service, operation, input).map_err(|error| {
            let failure = Failure::from(error);
            if is_served(service, operation) {
                failure
            } else {
                failure.help(format!("`strongroom api --list {}`", flat::harmless(service)))
            }
        })?;
        if self.json.is_some() && flat::has_secret(&request) {
            note(
                "warning: a secret on the command line can be read by other processes and stays in the shell's history",
            );
        }
        run.as_principal(|session| {
            let answer = session.call_any(request)?;
            if ![Format::Text, Format::Json].contains(&run.out.format) {
                return run.out.thing(&answer, "");
            }
            if io::stdout().is_terminal() && !self.show && flat::has_secret(&answer) {
                note("note: secrets are not shown on a terminal; `--show` shows them");
                return output::lines(flat::rows(&answer).into_iter().map(|(name, value)| format!("{name}\t{value}")));
            }
            output::json(&answer)
        })
    }
}

fn list(service: &str) -> Done {
    if unserved(service).is_empty() && ALL.iter().all(|entry| entry.service != service) {
        return Err(Failure::usage(format!("there is no service `{}`", flat::harmless(service)))
            .help("secretsmanager, kms, iam, sts"));
    }
    let served = ALL.iter().filter(|entry| entry.service == service);
    output::lines(served.map(|entry| entry.name.to_owned()))
}

fn is_served(service: &str, operation: &str) -> bool {
    ALL.iter().any(|entry| (entry.service, entry.name) == (service, operation))
}
