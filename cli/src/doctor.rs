//! `strongroom doctor`: what is wrong, and what is only weak.

use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use clap::Args;
use strongroom::{Hardening, Strongroom};

use crate::failure::{Done, Exit, Failure};
use crate::own::{Listed, Record};
use crate::run::Run;

#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  strongroom doctor --deep    # reads and authenticates every row\n\nExit code 0 also with warnings; 6 if the file is damaged or was tampered with."
)]
pub struct Doctor {
    /// Read and authenticate every row, version and audit record
    #[arg(long)]
    deep: bool,
}

/// One thing that was looked at.
struct Check {
    name: &'static str,
    state: State,
    told: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Ok,
    Warning,
    Failed,
}

impl Doctor {
    pub fn run(&self, run: &Run) -> Done {
        let path = &run.settings.store.value;
        let mut checks = Vec::new();
        let mut failure = None;
        of_file(path, &mut checks);
        of_surroundings(&mut checks);
        match run.open() {
            Ok(room) => {
                add(&mut checks, "unlock", State::Ok, "the store opens");
                of_slots(&room, &mut checks);
                if self.deep {
                    match room.verify() {
                        Ok(found) => {
                            let told = format!(
                                "{} rows, {} versions, {} audit records add up",
                                found.rows, found.versions, found.audit_records
                            );
                            add(&mut checks, "content", State::Ok, told);
                        }
                        Err(error) => {
                            add(&mut checks, "content", State::Failed, error.to_string());
                            failure = Some(Failure::from(error));
                        }
                    }
                }
            }
            Err(cause) => {
                add(&mut checks, "unlock", State::Failed, cause.message.clone());
                failure = Some(cause);
            }
        }
        let records: Vec<Record> = checks.iter().map(Check::record).collect();
        run.out.list(&Listed("Checks", &records), &records, &["State", "Check", "Finding"])?;
        match failure {
            Some(failure) => Err(failure),
            None if checks.iter().any(|check| check.state == State::Failed) => {
                Err(Failure::new(Exit::Other, "Doctor", "a check failed"))
            }
            None => Ok(()),
        }
    }
}

impl Check {
    fn record(&self) -> Record {
        let state = match self.state {
            State::Ok => "ok",
            State::Warning => "warning",
            State::Failed => "failed",
        };
        Record::new().with("State", state).with("Check", self.name).with("Finding", self.told.as_str())
    }
}

fn add(checks: &mut Vec<Check>, name: &'static str, state: State, told: impl Into<String>) {
    checks.push(Check { name, state, told: told.into() });
}

fn of_file(path: &Path, checks: &mut Vec<Check>) {
    let found = match path.symlink_metadata() {
        Ok(found) => found,
        Err(cause) => return add(checks, "file", State::Failed, format!("`{}`: {cause}", path.display())),
    };
    let mode = found.mode() & 0o7777;
    if !found.is_file() {
        return add(checks, "file", State::Failed, format!("`{}` is not a regular file", path.display()));
    }
    add(checks, "file", State::Ok, format!("`{}`, {} bytes", path.display(), found.len()));
    if mode.trailing_zeros() >= 6 {
        // No right of group or others.
        add(checks, "mode", State::Ok, format!("{mode:04o}"));
    } else {
        add(
            checks,
            "mode",
            State::Warning,
            format!("{mode:04o}: others than the owner can get at the file; chmod 600"),
        );
    }
    if found.uid() != rustix::process::geteuid().as_raw() {
        add(checks, "owner", State::Warning, format!("the file belongs to user {}", found.uid()));
    }
    if found.nlink() > 1 {
        add(
            checks,
            "links",
            State::Warning,
            format!("the file has {} names; what removes one leaves the others", found.nlink()),
        );
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match folder.metadata() {
        Ok(found) if found.mode() & 0o022 != 0 && found.mode() & 0o1000 == 0 => {
            add(checks, "folder", State::Warning, format!("others can put another file in `{}`", folder.display()));
        }
        Ok(_) => add(checks, "folder", State::Ok, format!("`{}`", folder.display())),
        Err(cause) => add(checks, "folder", State::Warning, format!("`{}`: {cause}", folder.display())),
    }
}

fn of_surroundings(checks: &mut Vec<Check>) {
    // Freed or idle memory may be written to swap; only Linux tells so simply whether there is any.
    let mut swaps = String::new();
    if fs::File::open("/proc/swaps").and_then(|file| file.take(1 << 16).read_to_string(&mut swaps)).is_ok() {
        match swaps.lines().count() {
            0 | 1 => add(checks, "swap", State::Ok, "none"),
            _ => add(checks, "swap", State::Warning, "memory may be written to swap: encrypt it, or turn it off"),
        }
    }
    if std::env::var_os("STRONGROOM_PASSPHRASE").is_some() {
        add(checks, "environment", State::Warning, "STRONGROOM_PASSPHRASE can be read by every process of this user");
    }
}

fn of_slots(room: &Strongroom, checks: &mut Vec<Check>) {
    let slots = room.slots();
    if slots.len() == 1 {
        add(
            checks,
            "slots",
            State::Warning,
            "one way to unlock only: if it is lost, so is the store; `strongroom slot add`",
        );
    } else {
        add(checks, "slots", State::Ok, format!("{} ways to unlock", slots.len()));
    }
    for slot in slots {
        let Some(cost) = slot.hardening else { continue };
        if cost.m_kib() < Hardening::DEFAULT.m_kib() {
            let told = format!(
                "slot {}: {} KiB a guess; `strongroom slot change {}` raises it",
                slot.index,
                cost.m_kib(),
                slot.index
            );
            add(checks, "hardening", State::Warning, told);
        }
    }
}
