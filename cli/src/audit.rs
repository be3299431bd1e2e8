//! `strongroom audit`: the store's own journal.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use strongroom::AuditQuery;
use strongroom::audit::{Checkpoint, Record as Entry};
use strongroom::clock::Timestamp;

use crate::failure::{Done, Failure};
use crate::own::{Listed, Record};
use crate::pairs::date;
use crate::run::Run;

#[derive(Subcommand, Debug)]
#[command(
    after_help = "Examples:\n  strongroom audit query --who user/ann --since 2026-11-01\n  strongroom audit export > journal.jsonl\n  strongroom audit checkpoint > /media/stick/checkpoint\n  strongroom audit verify --checkpoint /media/stick/checkpoint\n\nReading it needs cloudtrail:LookupEvents on `*`. It has every change, and reads and refusals as `--audit` said when they were made."
)]
pub enum Audit {
    /// Show the last records
    Tail {
        /// How many
        #[arg(long, short = 'n', value_name = "N", default_value_t = 10)]
        lines: usize,
    },
    /// Show the records that fit
    Query(Query),
    /// Print records as JSON, one a line
    Export {
        /// Only those behind the record of this number: what an earlier export ended with
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        after: u64,
    },
    /// Follow the chain of the journal from its first record to its last
    Verify {
        /// A file with a checkpoint of before: shows whether the end was cut off, or an older file put back
        #[arg(long, value_name = "PATH")]
        checkpoint: Option<PathBuf>,
    },
    /// Print where the journal ends now, to be kept outside the store
    Checkpoint,
    /// Print or set how many records the journal keeps; when there are more, the oldest go
    Retention {
        /// At least 64
        records: Option<u64>,
    },
}

#[derive(Args, Debug)]
pub struct Query {
    /// A principal's ARN, or its end, such as user/ann; `*` and `?` are wildcards
    #[arg(long, value_name = "PRINCIPAL")]
    who: Option<String>,
    /// An operation, or an action that was decided: PutSecretValue, kms:*
    #[arg(long, value_name = "OPERATION")]
    what: Option<String>,
    /// Not before this: 2026-11-01, 2026-11-01T12:00:00Z
    #[arg(long, value_name = "TIME", value_parser = date)]
    since: Option<Timestamp>,
    /// Before this
    #[arg(long, value_name = "TIME", value_parser = date)]
    until: Option<Timestamp>,
}

impl Audit {
    pub fn run(&self, run: &Run) -> Done {
        match self {
            Self::Tail { lines } => show(run, &AuditQuery::new().last(*lines)),
            Self::Query(asked) => {
                let mut query = AuditQuery::new();
                query.who = asked.who.as_deref().map(Into::into);
                query.what = asked.what.as_deref().map(Into::into);
                (query.since, query.until) = (asked.since, asked.until);
                show(run, &query)
            }
            Self::Export { after } => export(run, &AuditQuery::new().after(*after)),
            Self::Verify { checkpoint } => {
                let since = checkpoint.as_deref().map(read).transpose()?;
                let records = run.open()?.verify_audit(since.as_ref())?;
                run.out.line(&Record::new().with("Records", records), &["Records"])
            }
            Self::Checkpoint => {
                let checkpoint = run.open()?.audit_checkpoint()?;
                run.out.line(&Record::new().with("Checkpoint", checkpoint.to_string()), &["Checkpoint"])
            }
            Self::Retention { records } => {
                let room = run.open()?;
                if let Some(records) = records {
                    room.set_audit_retention(*records)?;
                }
                run.out.line(&Record::new().with("Records", room.audit_retention()), &["Records"])
            }
        }
    }
}

fn show(run: &Run, query: &AuditQuery) -> Done {
    let mut found = Vec::new();
    run.as_principal(|session| {
        Ok(session.audit_records(query, &mut |entry| {
            found.push(told(&entry));
            ControlFlow::Continue(())
        })?)
    })?;
    run.out.list(&Listed("Records", &found), &found, &["Number", "Time", "Principal", "Operation", "Resource", "Error"])
}

/// One line each, as they come: a journal may be longer than memory.
fn export(run: &Run, query: &AuditQuery) -> Done {
    run.as_principal(|session| {
        let mut out = std::io::stdout().lock();
        let mut failed = None;
        session.audit_records(query, &mut |entry| {
            let written = serde_json::to_writer(&mut out, &entry).map_err(std::io::Error::from);
            match written.and_then(|()| out.write_all(b"\n")) {
                Ok(()) => ControlFlow::Continue(()),
                Err(cause) => {
                    failed = Some(cause);
                    ControlFlow::Break(())
                }
            }
        })?;
        match failed.or_else(|| out.flush().err()) {
            Some(cause) => Err(Failure::output(&cause)),
            None => Ok(()),
        }
    })
}

fn told(entry: &Entry) -> Record {
    let decisions = entry.decisions.iter().map(|decision| {
        Record::new()
            .with("Action", &*decision.action)
            .with("Resource", &*decision.resource)
            .with("Allowed", decision.allowed)
            .with("Reason", &*decision.reason)
    });
    let decisions: Vec<Record> = decisions.collect();
    Record::new()
        .with("Number", entry.number)
        .with("Time", entry.time)
        .with("RequestId", &*entry.request_id)
        .with("Principal", &*entry.principal)
        .with("Operation", format!("{}:{}", entry.service, entry.operation))
        .with_some("Resource", entry.decisions.first().map(|decision| decision.resource.to_string()))
        .with_some("Error", entry.refused.as_deref())
        .with("Decisions", decisions)
        .with_some("Count", Some(entry.count).filter(|count| *count != 1))
        .with_some("Last", entry.last)
        .with_some("Evicted", entry.evicted.map(|cut| cut.to_string()))
}

fn read(path: &Path) -> Result<Checkpoint, Failure> {
    let shown = format!("the checkpoint `{}`", path.display());
    let text = std::fs::read_to_string(path).map_err(|cause| Failure::io(&shown, &cause))?;
    text.trim().parse().map_err(|none| Failure::invalid(format!("{shown}: {none}")))
}
