//! `strongroom backup`: copies of the store, and what can be said of one.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use strongroom::clock::{Clock as _, SystemClock, Timestamp};
use strongroom::operation::secretsmanager::{GetSecretValue, ListSecretVersionIds, ListSecrets};
use strongroom::{Check, Session, StoreHeader, Strongroom, Unlock};

use crate::failure::{Done, Failure};
use crate::flat::harmless;
use crate::own::{Listed, Record};
use crate::run::Run;
use crate::unlock::Asked;

#[derive(Subcommand, Debug)]
#[command(after_help = EXAMPLES)]
pub enum Backup {
    /// Copy the store to a new file
    Create(Create),
    /// Unlock a copy, read and authenticate everything in it; not a byte of it changes
    Verify(Verify),
    /// List the copies in a folder, without unlocking them
    List(List),
}

const EXAMPLES: &str = "\
Examples:
  strongroom backup create /var/backups/strongroom/     # a new file, named after the store and the time
  strongroom backup verify /var/backups/strongroom/default-20270131T080000Z.strongroom
  strongroom backup list /var/backups/strongroom/

A copy is sealed as the store is and opens by the same slots: keep it where the store could be kept, and the key elsewhere.
Whoever has a copy, and what unlocked the store when it was made, has what was in it; removing a slot does not reach copies.";

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  strongroom backup create copy.strongroom\n  strongroom -q backup create /var/backups/strongroom/ | xargs strongroom backup verify"
)]
pub struct Create {
    /// The new file; or a folder, in which it is named after the store and the time
    #[arg(value_name = "FILE|DIR")]
    to: PathBuf,
}

#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  strongroom backup verify copy.strongroom --values\n\nExit code 0: all of it adds up. 5: the key is not one of the copy. 6: damaged, or changed without its key."
)]
pub struct Verify {
    /// The copy
    #[arg(value_name = "FILE")]
    copy: PathBuf,
    /// Open every value that a label is on, too, as the principal of `--as`
    #[arg(long)]
    values: bool,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  strongroom backup list /var/backups/strongroom/ --output table")]
pub struct List {
    /// The folder; that of the store without it
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Backup {
    pub fn run(&self, run: &Run) -> Done {
        match self {
            Self::Create(create) => create.run(run),
            Self::Verify(verify) => verify.run(run),
            Self::List(list) => list.run(run),
        }
    }
}

impl Create {
    fn run(&self, run: &Run) -> Done {
        let to = if self.to.is_dir() {
            self.to.join(name_at(&run.settings.store.value, SystemClock.now()))
        } else {
            self.to.clone()
        };
        // Told before anybody types a passphrase; the library refuses it again, without a race.
        if to.symlink_metadata().is_ok() {
            return Err(Failure::new(
                crate::failure::Exit::Conflict,
                "AlreadyExists",
                format!("there is a file `{}` already", harmless(&to.display().to_string())),
            ));
        }
        let made = run.open()?.backup(&to)?;
        run.out.thing(&record_of(&to, &made), "File")
    }
}

/// What was copied, and where to.
pub fn record_of(path: &Path, made: &strongroom::Backup) -> Record {
    Record::new()
        .with("File", harmless(&path.display().to_string()))
        .with("FileBytes", made.file_bytes)
        .with("Sequence", made.sequence)
        .with("Fingerprint", made.fingerprint.as_str())
        .with("Rows", made.content.rows)
        .with("Versions", made.content.versions)
        .with("AuditRecords", made.content.audit_records)
}

/// `STORE-TIME.strongroom`, the time in UTC, to the second.
fn name_at(store: &Path, now: Timestamp) -> PathBuf {
    let stem = store.file_stem().unwrap_or(OsStr::new("store"));
    let mut name = stem.to_os_string();
    name.push(format!("-{}.strongroom", basic(now)));
    PathBuf::from(name)
}

/// `20270131T080000Z`: ISO 8601 without what file systems dislike.
pub fn basic(now: Timestamp) -> String {
    let text = Timestamp::from_secs(now.as_secs()).to_string();
    let whole = text.split_once('.').map_or(text.as_str(), |(whole, _)| whole);
    let digits: String = whole.chars().filter(|c| c.is_ascii_digit() || *c == 'T').collect();
    format!("{digits}Z")
}

/// A copy, unlocked, with everything checked that opening can check.
pub fn open_read_only(path: &Path, unlock: Unlock) -> Result<Strongroom, strongroom::Error> {
    Strongroom::builder().check_pages(Check::Always).check_rows(Check::Always).open_read_only(path, unlock)
}

/// A file that is not there is told before anybody types a passphrase.
pub fn must_exist(path: &Path) -> Done {
    let shown = harmless(&path.display().to_string());
    path.metadata().map(drop).map_err(|cause| Failure::io(format!("`{shown}`"), &cause))
}

impl Verify {
    fn run(&self, run: &Run) -> Done {
        must_exist(&self.copy)?;
        let unlock = run.way()?.value.fetch(run.terminal, Asked::Existing)?;
        let room = open_read_only(&self.copy, unlock)?;
        let found = room.verify()?;
        let values = if self.values {
            let session = run.session(&room, run.settings.principal.value.as_str())?;
            Some(open_values(&session)?)
        } else {
            None
        };
        let status = room.status()?;
        let record = Record::new()
            .with("File", harmless(&self.copy.display().to_string()))
            .with("StoreId", hex(status.store_id))
            .with("FileBytes", status.file_bytes)
            .with("Sequence", status.sequence)
            .with("Fingerprint", status.fingerprint.as_str())
            .with("Rows", found.rows)
            .with("Versions", found.versions)
            .with("AuditRecords", found.audit_records)
            .with_some("ValuesOpened", values);
        run.out.thing(&record, "File")
    }
}

/// Opens every value that a label is on; none is shown.
fn open_values(session: &Session) -> Result<u64, Failure> {
    let mut opened: u64 = 0;
    let mut next = None;
    loop {
        let mut request = ListSecrets::new().max_results(100);
        request.next_token = next;
        let page = session.list_secrets(request)?;
        for secret in &page.secret_list {
            let mut next = None;
            loop {
                let mut request = ListSecretVersionIds::new(secret.name.as_str());
                request.next_token = next;
                let versions = session.list_secret_version_ids(request)?;
                for version in &versions.versions {
                    let request = GetSecretValue::new(secret.name.as_str()).version_id(version.version_id.as_str());
                    session.get_secret_value(request)?;
                    opened = opened.saturating_add(1);
                }
                next = versions.next_token;
                if next.is_none() {
                    break;
                }
            }
        }
        next = page.next_token;
        if next.is_none() {
            return Ok(opened);
        }
    }
}

impl List {
    fn run(&self, run: &Run) -> Done {
        let own = run.settings.store.value.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = self.folder.as_deref().or(own).unwrap_or(Path::new("."));
        let failed =
            |cause: std::io::Error| Failure::io(format!("`{}`", harmless(&folder.display().to_string())), &cause);
        let mut found: Vec<(PathBuf, StoreHeader, Option<Timestamp>)> = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            // What is no store, or cannot be looked at, is none of the copies.
            let Ok(header) = Strongroom::read_header(&path) else { continue };
            let changed = path.metadata().ok().and_then(|found| found.modified().ok());
            let changed = changed.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
            let changed = changed.and_then(|since| i64::try_from(since.as_millis()).ok()).map(Timestamp::from_millis);
            found.push((path, header, changed));
        }
        found.sort_by(|(one, _, first), (other, _, second)| (first, one).cmp(&(second, other)));
        let records: Vec<Record> = found
            .iter()
            .map(|(path, header, changed)| {
                Record::new()
                    .with("File", harmless(&path.display().to_string()))
                    .with("StoreId", hex(header.store_id))
                    .with("HeaderGeneration", header.header_generation)
                    .with("FileBytes", header.file_bytes)
                    .with_some("LastModified", *changed)
            })
            .collect();
        run.out.list(&Listed("Backups", &records), &records, &["File", "LastModified", "FileBytes", "StoreId"])
    }
}

/// Of a store's id.
pub fn hex(id: [u8; 16]) -> String {
    let mut text = String::new();
    for byte in id {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_named_after_the_store_and_the_second() {
        let now = Timestamp::from_millis(1_800_000_000_123);
        assert_eq!(basic(now), "20270115T080000Z");
        assert_eq!(name_at(Path::new("/a/app.strongroom"), now), Path::new("app-20270115T080000Z.strongroom"));
    }
}
