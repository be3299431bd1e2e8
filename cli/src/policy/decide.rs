//! `strongroom policy decide`: whole questions in, one word out for each.

use std::io::{self, BufRead, BufWriter, Write};

use clap::Args;
use strongroom::policy::{CaseError, decide_case};

use crate::failure::{Done, Exit, Failure};

#[derive(Args, Debug)]
#[command(
    after_help = "One JSON object a line: request (principal, action, resource, context), identityPolicies, resourcePolicy,\npermissionBoundary, sessionPolicy, scps, resourceAccount. One line a case comes out: allow, explicitDeny or implicitDeny.\nOnly context keys that are given exist."
)]
pub struct Decide {
    /// Cases as JSON, one a line: the only form there is so far
    #[arg(long, required = true)]
    jsonl: bool,
}

impl Decide {
    #[expect(clippy::unused_self, reason = "clap saw to it that the one form was asked for")]
    pub fn run(&self) -> Done {
        let mut out = BufWriter::new(io::stdout().lock());
        for (number, line) in (1_usize..).zip(io::stdin().lock().lines()) {
            let line = line.map_err(|cause| Failure::io("standard input cannot be read", &cause))?;
            if line.trim().is_empty() {
                continue;
            }
            let verdict = decide_case(&line).map_err(|cause| refused(number, &cause))?;
            writeln!(out, "{verdict}").map_err(|cause| Failure::output(&cause))?;
        }
        out.flush().map_err(|cause| Failure::output(&cause))
    }
}

/// A case that cannot be decided ends the run: a line left out would shift every answer after it.
fn refused(number: usize, cause: &CaseError) -> Failure {
    let exit = if matches!(cause, CaseError::Policy { .. }) { Exit::MalformedPolicy } else { Exit::Invalid };
    let label = if exit == Exit::MalformedPolicy { "MalformedPolicy" } else { "InvalidRequest" };
    Failure::new(exit, label, format!("case {number}: {cause}"))
}
