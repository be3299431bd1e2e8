//! `strongroom slot`: the ways to unlock a store.

mod revoke;
mod rotate;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use strongroom::{Hardening, SlotInfo, Strongroom, Unlock};

use crate::failure::{Done, Exit, Failure};
use crate::init::hardening;
use crate::own::{Listed, Record};
use crate::private_file;
use crate::run::Run;
use crate::shares;
use crate::terminal::note;
use crate::unlock::{Asked, Source, Way};

#[derive(Subcommand, Debug)]
#[command(
    after_help = "Examples:\n  strongroom slot add --new keyfile:/media/stick/app.key --create-keyfile\n  strongroom slot change 0                 # a new passphrase\n  strongroom slot rotate --with keyfile:/media/stick/app.key\n\nWho has an old copy of the file and an old secret still opens that copy."
)]
pub enum Slot {
    /// List them; no secret is shown
    List,
    /// Add a way to unlock; eight at most
    Add(New),
    /// Replace a way to unlock by another
    #[command(visible_alias = "reseal")]
    Change {
        /// Its number, 0 to 7
        slot: u8,
        #[command(flatten)]
        new: New,
    },
    /// Remove a way to unlock, never the last
    Remove {
        /// Its number, 0 to 7
        slot: u8,
        /// Do not ask
        #[arg(long, short)]
        yes: bool,
    },
    /// Say which slot a secret opens
    Test(Tried),
    /// Replace the root key; every slot is sealed anew, so each one's secret is needed, or it is dropped
    #[command(after_help = rotate::NOTE)]
    Rotate(rotate::Rotate),
    /// Move the store out of the reach of an old copy of its file: a fresh file, every key new
    #[command(after_help = revoke::NOTE)]
    Revoke(revoke::Revoke),
}

/// A way to unlock beside the one that opens the store now.
#[derive(Args, Debug)]
pub struct Tried {
    /// The other way: passphrase, keyfile:PATH, root-key:PATH, systemd[:NAME], shares[:PATH]; to add or to change also
    /// shamir:KofN, new shares for as many keepers, any K of which open the store
    #[arg(long, value_name = "KIND[:ARG]", default_value = "passphrase")]
    new: String,
    /// Read the other passphrase from a file; one newline at its end does not count
    #[arg(long, value_name = "PATH", conflicts_with = "new_passphrase_fd")]
    new_passphrase_file: Option<PathBuf>,
    /// Read the other passphrase from an open file descriptor
    #[arg(long, value_name = "N")]
    new_passphrase_fd: Option<u32>,
}

#[derive(Args, Debug)]
pub struct New {
    #[command(flatten)]
    way: Tried,
    /// Harden a passphrase until one guess costs so many milliseconds on this machine
    #[arg(long, value_name = "MS", num_args = 0..=1, default_missing_value = "1000", value_parser = clap::value_parser!(u64).range(1..=60_000))]
    calibrate: Option<u64>,
    /// Make the key file: 32 random bytes, mode 0600
    #[arg(long)]
    create_keyfile: bool,
}

impl Slot {
    pub fn run(&self, run: &Run) -> Done {
        match self {
            Self::List => list(run, &run.open()?),
            Self::Add(new) => {
                let (room, unlock) = new.open(run, None)?;
                let slot = new.undo_on_failure(room.add_slot(&unlock).map_err(Failure::from))?;
                tell(run, slot, unlock)
            }
            Self::Change { slot, new } => {
                let (room, unlock) = new.open(run, Some(*slot))?;
                new.undo_on_failure(room.change_slot(*slot, &unlock).map_err(Failure::from))?;
                tell(run, *slot, unlock)
            }
            Self::Remove { slot, yes } => {
                run.terminal
                    .confirm(*yes, &format!("Remove slot {slot}; its secret will not open the store any more"))?;
                Ok(run.open()?.remove_slot(*slot)?)
            }
            Self::Test(tried) => {
                let room = run.open()?;
                let unlock = tried.way()?.fetch(run.terminal, Asked::Existing)?;
                match room.test_slot(&unlock)? {
                    Some(slot) => run.out.line(&Record::new().with("Slot", i64::from(slot)), &["Slot"]),
                    None => Err(Failure::new(Exit::CannotUnlock, "WrongUnlock", "it opens no slot")),
                }
            }
            Self::Rotate(rotate) => rotate.run(run),
            Self::Revoke(revoke) => revoke.run(run),
        }
    }
}

impl Tried {
    fn way(&self) -> Result<Way, Failure> {
        match (&self.new_passphrase_file, self.new_passphrase_fd) {
            (Some(_), _) | (_, Some(_)) if self.new != "passphrase" => {
                Err(Failure::usage("a passphrase was given, and `--new` names another way"))
            }
            (Some(path), _) => Ok(Way::Passphrase(Source::File(path.clone()))),
            (None, Some(number)) => Ok(Way::Passphrase(Source::Descriptor(number))),
            (None, None) => Way::parse(&self.new, Source::Person),
        }
    }
}

impl New {
    /// Opens the store first: nobody thinks of a new passphrase for a store that does not open.
    fn open(&self, run: &Run, slot: Option<u8>) -> Result<(Strongroom, Unlock), Failure> {
        self.open_by(run, slot, |hardening| run.open_hardened(hardening))
    }
    /// The same, where `open` opens the store, given what a guess at a passphrase is to cost.
    fn open_by(
        &self,
        run: &Run,
        slot: Option<u8>,
        open: impl FnOnce(&dyn Fn() -> Result<Hardening, Failure>) -> Result<Strongroom, Failure>,
    ) -> Result<(Strongroom, Unlock), Failure> {
        let way = self.way.way()?;
        if self.create_keyfile && self.key_file(&way).is_none() {
            return Err(Failure::usage("`--create-keyfile` goes with `--new keyfile:PATH` or `root-key:PATH`"));
        }
        if matches!(way, Way::NewShares(_)) {
            shares::can_be_told(run.out)?;
        }
        if self.calibrate.is_some() && !matches!(way, Way::Passphrase(_)) {
            return Err(Failure::usage("`--calibrate` is for passphrases; other keys cannot be guessed"));
        }
        let room = open(&|| hardening(self.calibrate))?;
        if let Some(slot) = slot.filter(|slot| room.slots().iter().all(|used| used.index != *slot)) {
            return Err(Failure::new(Exit::NotFound, "NotFound", format!("there is no slot {slot}"))
                .help("`strongroom slot list` tells which there are"));
        }
        if let Way::KeyFile(file) | Way::RootKey(file) = &way
            && !self.create_keyfile
            && !file.exists()
        {
            return Err(Failure::cannot_unlock(format!("there is no key file `{}`", file.display()))
                .help("`--create-keyfile` makes it"));
        }
        if let Some(file) = self.key_file(&way) {
            private_file::create(file)?;
            note(&format!("note: keep a copy of `{}` apart from the store", file.display()));
        }
        let unlock = self.undo_on_failure(way.fetch(run.terminal, Asked::New))?;
        Ok((room, unlock))
    }
    fn key_file<'w>(&self, way: &'w Way) -> Option<&'w PathBuf> {
        match way {
            Way::KeyFile(file) | Way::RootKey(file) if self.create_keyfile => Some(file),
            _ => None,
        }
    }
    /// A key that opens nothing is litter.
    fn undo_on_failure<T>(&self, done: Result<T, Failure>) -> Result<T, Failure> {
        if done.is_err()
            && let Ok(way) = self.way.way()
            && let Some(file) = self.key_file(&way)
        {
            // That it cannot be removed is not what went wrong.
            let _ = std::fs::remove_file(file);
        }
        done
    }
}

/// A slot that was made, and what has to be told now or never.
fn tell(run: &Run, slot: u8, unlock: Unlock) -> Done {
    let record = Record::new().with("Slot", i64::from(slot));
    match unlock {
        Unlock::Shares(shares) => shares::tell(run.out, record, ("Slot", &slot.to_string()), shares),
        _ => run.out.line(&record, &["Slot"]),
    }
}

fn list(run: &Run, room: &Strongroom) -> Done {
    let slots: Vec<Record> = room.slots().iter().map(told).collect();
    run.out.list(&Listed("Slots", &slots), &slots, &["Slot", "Kind", "Hardening", "Shares"])
}

fn told(slot: &SlotInfo) -> Record {
    let kind = match slot.provider {
        1 => "passphrase".to_owned(),
        2 => "keyfile".to_owned(),
        6 => "systemd".to_owned(),
        7 => "shamir".to_owned(),
        8 => "root-key".to_owned(),
        other => format!("host-{other}"),
    };
    let hardening = slot.hardening.map(|cost| format!("argon2id m={}KiB t={} p={}", cost.m_kib(), cost.t(), cost.p()));
    let shares = slot.sharing.map(|sharing| format!("{}of{}", sharing.threshold(), sharing.count()));
    let record = Record::new().with("Slot", i64::from(slot.index)).with("Kind", kind);
    record.with_some("Hardening", hardening).with_some("Shares", shares)
}
