//! `strongroom policy lint`.

use std::io::{self, BufRead, BufWriter, Write};

use clap::{Args, ValueEnum};
use serde::Deserialize;
use strongroom::Session;
use strongroom::policy::{Level, PolicyKind, lint};

use crate::failure::{Done, Exit, Failure};
use crate::output;
use crate::run::Run;
use crate::terminal::note;
use crate::value;

#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  strongroom policy lint @policy.json --kind secret\n\nWith --jsonl, one JSON object a line: policyType, account, document; {\"valid\":…,\"findings\":[CODE,…]} comes out for each."
)]
pub struct Lint {
    /// `-` or `@PATH`; standard input without it
    source: Option<String>,
    /// What the policy is attached to
    #[arg(long, value_enum, default_value_t = Kind::Identity)]
    kind: Kind,
    /// Account of the resource or identity: others are pointed out
    #[arg(long, default_value = "000000000000")]
    account: String,
    /// Many documents as JSON, one a line
    #[arg(long, conflicts_with_all = ["source", "kind", "account"])]
    jsonl: bool,
}

/// What a policy is attached to.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, ValueEnum)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Identity,
    Secret,
    Key,
    Trust,
}

impl Kind {
    fn of_policy(self) -> PolicyKind {
        match self {
            Self::Identity => PolicyKind::Identity,
            Self::Secret => PolicyKind::Secret,
            Self::Key => PolicyKind::Key,
            Self::Trust => PolicyKind::Trust,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case {
    policy_type: Kind,
    account: String,
    document: String,
}

impl Lint {
    pub fn run(&self) -> Done {
        if self.jsonl {
            return lines();
        }
        let text = value::document(self.source.as_deref())?;
        let report = lint(&text, self.kind.of_policy(), &self.account);
        let told = report.findings.iter().map(|finding| {
            let level = match finding.level {
                Level::Error => "error",
                Level::Security => "security",
                Level::Warning => "warning",
                Level::Hint => "hint",
            };
            format!("{level}[{}]: {}", finding.code, crate::flat::harmless(&finding.to_string()))
        });
        output::lines(told)?;
        if report.valid {
            Ok(())
        } else {
            Err(Failure::new(Exit::MalformedPolicy, "MalformedPolicy", "the policy is not valid"))
        }
    }
}

/// What is stored as AWS would store it, and will hardly do what was meant: said, not refused.
pub fn warn(run: &Run, session: &Session, text: &str, kind: PolicyKind) {
    if run.out.quiet {
        return;
    }
    let account = session.principal_arn().split(':').nth(4).unwrap_or_default();
    for finding in lint(text, kind, account).findings.iter().filter(|finding| finding.level != Level::Hint) {
        note(&format!("note: {}", crate::flat::harmless(&finding.to_string())));
    }
}

fn lines() -> Done {
    let mut out = BufWriter::new(io::stdout().lock());
    for (number, line) in (1_usize..).zip(io::stdin().lock().lines()) {
        let line = line.map_err(|cause| Failure::io("standard input cannot be read", &cause))?;
        if line.trim().is_empty() {
            continue;
        }
        let case: Case =
            serde_json::from_str(&line).map_err(|cause| Failure::invalid(format!("document {number}: {cause}")))?;
        let report = lint(&case.document, case.policy_type.of_policy(), &case.account);
        let codes: Vec<_> = report.codes().iter().map(|code| code.text()).collect();
        writeln!(out, "{}", serde_json::json!({ "valid": report.valid, "findings": codes }))
            .map_err(|cause| Failure::output(&cause))?;
    }
    out.flush().map_err(|cause| Failure::output(&cause))
}
