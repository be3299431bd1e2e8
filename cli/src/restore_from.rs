//! `strongroom restore-from`: a backup in the place of the store.

use std::path::{Path, PathBuf};

use clap::Args;
use strongroom::clock::{Clock as _, SystemClock};
use strongroom::{ErrorKind, Strongroom};

use crate::backup::{basic, hex, must_exist, open_read_only, record_of};
use crate::failure::{Done, Exit, Failure};
use crate::flat::harmless;
use crate::run::Run;
use crate::unlock::{Asked, again};

pub const EXAMPLES: &str = "\
Examples:
  strongroom restore-from copy.strongroom                 # says what would be lost, and asks
  strongroom --store new.strongroom restore-from copy.strongroom

The copy is unlocked, read and authenticated first; then it takes the store's place in one step, and the old file is kept beside
it. Everything is as it was when the copy was made: what was taken away since is back (users, grants, ways to unlock, old values).
Rotate what was rotated since, and remove again what was removed. `status` shows a lower sequence than before: whoever keeps it
elsewhere, to notice an older file, notes the new one.";

#[derive(Args, Debug)]
pub struct RestoreFrom {
    /// The copy
    #[arg(value_name = "FILE")]
    copy: PathBuf,
    /// Do not ask, whatever is lost
    #[arg(long)]
    yes: bool,
    /// Name for the old file, in its own folder; the store's with the time added without this
    #[arg(long, value_name = "NAME")]
    keep_as: Option<String>,
}

impl RestoreFrom {
    pub fn run(&self, run: &Run) -> Done {
        must_exist(&self.copy)?;
        let store = &run.settings.store.value;
        if same_file(&self.copy, store) {
            return Err(Failure::usage("the copy is the store itself"));
        }
        let unlock = run.way()?.value.fetch(run.terminal, Asked::Existing)?;
        let once_more = again(&unlock)?;
        let copy = open_read_only(&self.copy, unlock)?;
        copy.verify()?;
        if store.symlink_metadata().is_ok() {
            let question = question(store, &copy, once_more)?;
            run.terminal.confirm(self.yes, &question)?;
        }
        let aside = self.keep_as.clone().unwrap_or_else(|| {
            let name = store.file_name().unwrap_or_default().to_string_lossy();
            format!("{name}.replaced-{}", basic(SystemClock.now()))
        });
        let replaces = store.symlink_metadata().is_ok();
        let made = copy.restore_to(store, &aside)?;
        let mut record = record_of(store, &made);
        if replaces {
            record = record.with("Kept", harmless(&store.with_file_name(aside).display().to_string()));
        }
        run.out.thing(&record, "File")
    }
}

/// What would be lost.
fn question(store: &Path, copy: &Strongroom, unlock: strongroom::Unlock) -> Result<String, Failure> {
    let shown = harmless(&store.display().to_string());
    let new = copy.status()?;
    match Strongroom::read_header(store) {
        Ok(old) if old.store_id != new.store_id => {
            return Ok(format!(
                "Replace `{shown}`, which is another store ({}), by a copy of {}",
                hex(old.store_id),
                hex(new.store_id)
            ));
        }
        Ok(_) => {}
        Err(_) => return Ok(format!("Replace `{shown}`, which cannot be read as a store")),
    }
    let old = match open_read_only(store, unlock) {
        Ok(room) => room.status()?,
        Err(error) if error.kind() == ErrorKind::Busy => {
            return Err(Failure::from(error).help("end the process that has the store open"));
        }
        Err(error) => {
            return Ok(format!(
                "Replace `{shown}`, which does not open ({}), by its copy of sequence {}",
                harmless(&error.to_string()),
                new.sequence
            ));
        }
    };
    if (old.sequence, &old.fingerprint) == (new.sequence, &new.fingerprint) {
        return Err(Failure::new(Exit::Conflict, "Conflict", format!("`{shown}` is at the state of the copy already")));
    }
    let lost = old.sequence.saturating_sub(new.sequence);
    Ok(if lost > 0 {
        format!(
            "Replace `{shown}` (sequence {}) by its copy of sequence {}; {lost} commits are lost",
            old.sequence, new.sequence
        )
    } else {
        format!("Replace `{shown}` (sequence {}) by its copy of sequence {}", old.sequence, new.sequence)
    })
}

fn same_file(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (one.metadata(), other.metadata()) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}
