//! `strongroom watch`: tells of changes that other processes make, and runs a command for them.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::process::Command;
use std::thread;
use std::time::Duration;

use clap::Args;
use strongroom::name::Text;
use strongroom::operation::secretsmanager::{DescribeSecret, ListSecrets};
use strongroom::{Session, Unlock};

use crate::failure::{Done, Exit, Failure};
use crate::list::listed;
use crate::output::{self, Format};
use crate::own::Record;
use crate::pattern::is_pattern;
use crate::run::Run;
use crate::signals;
use crate::terminal::note;
use crate::unlock::{Asked, again};

pub const NOTE: &str = "\
A change is a new value, a label that moved, a secret that was made, deleted or restored. A line tells its name and what it was: \
created, changed or deleted. How often something changed between two looks is not told, nor what is again as it was.

The store is opened for a look when its file has changed, and closed again: others can work with it meanwhile. Within a program \
that holds the store, `Session::watch` of the library does this without looking.

The command is run by `sh -c`, one at a time, with the names in STRONGROOM_CHANGED, one a line. If it fails, that is told, and the \
watch goes on.

Examples:
  strongroom watch 'prod/**' --exec 'systemctl reload app'
  strongroom -q watch prod/db --once && ./restart";

#[derive(Args, Debug)]
pub struct Watch {
    /// Names or patterns: `*` any text but `/`, `**` any text, `?` one character
    #[arg(required = true)]
    patterns: Vec<String>,
    /// Run this for each change
    #[arg(long, value_name = "COMMAND")]
    exec: Option<String>,
    /// End after the first change; the exit code is that of the command
    #[arg(long)]
    once: bool,
    /// How often to see whether the file has changed
    #[arg(long, value_name = "TIME", value_parser = interval, default_value = "2s")]
    every: Duration,
}

/// What a look shows of one secret: its ARN, and its versions by their labels.
type Seen = (Text, BTreeMap<Text, Vec<Text>>);

/// What shows that a file was written to.
type Stamp = (u64, u64, u64, i64, i64, i64, i64);

impl Watch {
    pub fn run(&self, run: &Run) -> Done {
        run.must_exist()?;
        let unlock = run.way()?.value.fetch(run.terminal, Asked::Existing)?;
        let mut seen = self.look(run, &unlock)?;
        let mut stamp = stamp(run)?;
        note(&format!("note: watching {} secrets", seen.len()));
        let mut passed = Duration::ZERO;
        loop {
            thread::sleep(self.every);
            passed = passed.saturating_add(self.every);
            // A write between our own closing and our reading of the stamp leaves no trace in it: once a minute we look anyway.
            if self::stamp(run)? == stamp && passed < ANYWAY {
                continue;
            }
            let now = match self.look(run, &unlock) {
                Err(failure) if failure.exit == Exit::Busy => continue,
                looked => looked?,
            };
            stamp = self::stamp(run)?;
            passed = Duration::ZERO;
            let changes = changes(&seen, &now);
            seen = now;
            if changes.is_empty() {
                continue;
            }
            tell(run, &changes)?;
            let ended = self.exec.as_ref().map_or(Ok(0), |command| execute(command, &changes))?;
            if ended != 0 {
                note(&format!("warning: the command ended with exit code {ended}"));
            }
            if self.once {
                return if ended == 0 { Ok(()) } else { Err(Failure::unspoken(Exit::HandedOn(ended))) };
            }
        }
    }
    /// All secrets that are watched. The store is open for as long as this takes.
    fn look(&self, run: &Run, unlock: &Unlock) -> Result<BTreeMap<Text, Seen>, Failure> {
        let room = run.open_by(again(unlock)?)?;
        let session = run.session(&room, run.settings.principal.value.as_str())?;
        let mut all = BTreeMap::new();
        for pattern in &self.patterns {
            if is_pattern(pattern) {
                for entry in listed(&session, &ListSecrets::new(), Some(pattern))? {
                    all.insert(entry.name, (entry.arn, entry.secret_versions_to_stages.unwrap_or_default()));
                }
            } else {
                all.extend(one(&session, pattern)?);
            }
        }
        Ok(all)
    }
}

/// One secret by its name, without the right to list. One that is scheduled for deletion is gone.
fn one(session: &Session, name: &str) -> Result<Option<(Text, Seen)>, Failure> {
    match session.describe_secret(DescribeSecret::new(name)) {
        Ok(found) if found.deleted_date.is_some() => Ok(None),
        Ok(found) => Ok(Some((found.name, (found.arn, found.version_ids_to_stages.unwrap_or_default())))),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn changes(before: &BTreeMap<Text, Seen>, now: &BTreeMap<Text, Seen>) -> Vec<(Text, &'static str)> {
    let mut changes: Vec<_> = now
        .iter()
        .filter_map(|(name, seen)| match before.get(name) {
            None => Some((name.clone(), "created")),
            Some(old) if old != seen => Some((name.clone(), "changed")),
            Some(_) => None,
        })
        .collect();
    changes.extend(before.keys().filter(|name| !now.contains_key(*name)).map(|name| (name.clone(), "deleted")));
    changes.sort_unstable();
    changes
}

fn tell(run: &Run, changes: &[(Text, &'static str)]) -> Done {
    for (name, change) in changes {
        let record = Record::new().with("Name", &**name).with("Change", *change);
        match run.out.format {
            // A line for each: whoever reads them need not wait for an end.
            Format::Json if !run.out.quiet => output::json(&record)?,
            _ => run.out.line(&record, &["Name", "Change"])?,
        }
    }
    Ok(())
}

fn execute(command: &str, changes: &[(Text, &'static str)]) -> Result<u8, Failure> {
    let names: Vec<&str> = changes.iter().map(|(name, _)| &**name).collect();
    let status = Command::new("sh")
        .args(["-c", command])
        .env("STRONGROOM_CHANGED", names.join("\n"))
        .env_remove("STRONGROOM_PASSPHRASE")
        .status()
        .map_err(|cause| Failure::io("the shell", &cause))?;
    Ok(signals::code(status))
}

fn stamp(run: &Run) -> Result<Stamp, Failure> {
    let path = &run.settings.store.value;
    let found = path.metadata().map_err(|cause| Failure::io(format!("`{}`", path.display()), &cause))?;
    let (written, changed) = ((found.mtime(), found.mtime_nsec()), (found.ctime(), found.ctime_nsec()));
    Ok((found.dev(), found.ino(), found.len(), written.0, written.1, changed.0, changed.1))
}

/// `500ms`, `2s` or `1m`.
fn interval(text: &str) -> Result<Duration, String> {
    let wrong = || "expected a time such as `500ms`, `2s` or `1m`".to_owned();
    let at = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at_checked(at).ok_or_else(wrong)?;
    let number: u32 = number.parse().map_err(|_| wrong())?;
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        _ => return Err(wrong()),
    };
    match u64::from(number).saturating_mul(millis) {
        0..10 => Err("10ms at least".to_owned()),
        millis => Ok(Duration::from_millis(millis)),
    }
}

const ANYWAY: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(names: &[(&str, &str)]) -> BTreeMap<Text, Seen> {
        let entry = |(name, version): &(&str, &str)| {
            let versions = BTreeMap::from([(Text::from(*version), vec![Text::from("AWSCURRENT")])]);
            (Text::from(*name), (Text::from("arn"), versions))
        };
        names.iter().map(entry).collect()
    }

    #[test]
    fn changes_are_what_is_new_other_or_gone() {
        let (before, now) = (seen(&[("a", "1"), ("b", "1"), ("d", "1")]), seen(&[("a", "1"), ("b", "2"), ("c", "1")]));
        let wanted = [("b", "changed"), ("c", "created"), ("d", "deleted")];
        assert_eq!(changes(&before, &now), wanted.map(|(name, change)| (Text::from(name), change)));
        assert!(changes(&now, &now).is_empty());
    }
    #[test]
    fn an_interval_has_a_unit_and_is_not_nothing() {
        assert_eq!(interval("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(interval("2m"), Ok(Duration::from_secs(120)));
        for text in ["", "2", "s", "0s", "9ms", "-1s", "2h", "99999999999s"] {
            assert!(interval(text).is_err(), "{text}");
        }
    }
}
