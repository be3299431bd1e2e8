//! `strongroom slot rotate`.

use std::path::PathBuf;

use clap::Args;
use strongroom::{ErrorKind, Strongroom, Unlock};

use crate::failure::{Done, Exit, Failure};
use crate::run::Run;
use crate::unlock::{Asked, Source, Way, again};

pub const NOTE: &str = "\
The slot that opens the store now needs no more words. Secrets, keys and versions stay as they are: what the root key
protects is wrapped anew, not encrypted anew. Who has an old copy of the file and an old secret still opens that copy.

Example:
  strongroom slot rotate --with keyfile:/media/stick/app.key --with-passphrase-file old.txt --drop 3";

#[derive(Args, Debug)]
pub struct Rotate {
    #[command(flatten)]
    others: Others,
    /// Do not ask before slots are given up
    #[arg(long, short)]
    yes: bool,
}

/// What becomes of the slots that do not open the store now.
#[derive(Args, Debug)]
pub struct Others {
    /// The secret of another slot: passphrase (asks), keyfile:PATH, root-key:PATH, systemd[:NAME], shares[:PATH]; may be given several times
    #[arg(long, value_name = "KIND[:ARG]")]
    with: Vec<String>,
    /// The passphrase of another slot, from a file; one newline at its end does not count; may be given several times
    #[arg(long, value_name = "PATH")]
    with_passphrase_file: Vec<PathBuf>,
    /// Give up the slot of this number; may be given several times
    #[arg(long, value_name = "SLOT")]
    pub drop: Vec<u8>,
}

impl Rotate {
    pub fn run(&self, run: &Run) -> Done {
        let ways = self.others.ways()?;
        run.must_exist()?;
        if !self.others.drop.is_empty() {
            let slots: Vec<String> = self.others.drop.iter().map(u8::to_string).collect();
            let question = format!("Give up slot {}; its secret will not open the store any more", slots.join(", "));
            run.terminal.confirm(self.yes, &question)?;
        }
        let own = run.way()?.value.fetch(run.terminal, Asked::Existing)?;
        let room = run.open_by(again(&own)?)?;
        let mut at_hand = vec![(slot_of(&room, &own, "what opens the store")?, own)];
        for (given, way) in ways {
            let unlock = way.fetch(run.terminal, Asked::Existing)?;
            at_hand.push((slot_of(&room, &unlock, &given)?, unlock));
        }
        let at_hand: Vec<(u8, &Unlock)> = at_hand.iter().map(|(slot, unlock)| (*slot, unlock)).collect();
        room.rotate_root(&at_hand, &self.others.drop).map_err(|error| {
            let missing = error.kind() == ErrorKind::InvalidState && at_hand.len() < room.slots().len();
            let failure = Failure::from(error);
            if missing { failure.help(HELP) } else { failure }
        })?;
        super::list(run, &room)
    }
}

impl Others {
    /// Each with the words for it: a passphrase's own are never repeated.
    pub fn ways(&self) -> Result<Vec<(String, Way)>, Failure> {
        let mut ways = Vec::new();
        for text in &self.with {
            ways.push((format!("`{text}`"), Way::parse(text, Source::Person)?));
        }
        for path in &self.with_passphrase_file {
            ways.push((format!("the passphrase in `{}`", path.display()), Way::Passphrase(Source::File(path.clone()))));
        }
        Ok(ways)
    }
}

/// The slot that a secret opens.
pub fn slot_of(room: &Strongroom, unlock: &Unlock, what: &str) -> Result<u8, Failure> {
    room.test_slot(unlock)?
        .ok_or_else(|| Failure::new(Exit::CannotUnlock, "WrongUnlock", format!("{what} opens no slot")))
}

pub const HELP: &str = "`--with` or `--with-passphrase-file` gives a slot's secret, `--drop` gives the slot up";
