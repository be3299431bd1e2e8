//! `strongroom slot revoke`: what other stores call `passwd --revoke`.

use clap::Args;
use strongroom::{Revoked, Strongroom, Unlock};

use super::New;
use super::rotate::{HELP, Others, slot_of};
use crate::failure::{Done, Exit, Failure};
use crate::own::Record;
use crate::run::Run;
use crate::terminal::note;
use crate::unlock::{Asked, Way, again};

pub const NOTE: &str = "\
For when somebody may have an old copy of the file and what unlocked it. The store moves to a fresh file with a new root key,
new system keys, new material under every KMS key that can have it, and new data keys; the old file is overwritten. What is
written from then on is out of the reach of the old copy.

What the copy had stays known: put new values for secrets, make new access keys and MFA devices, and replace the keys that the
answer names: imported ones, and those for MACs. Temporary credentials and tokens of lists, grants and imports are void. It
needs about as much free space as the file takes.

Example:
  strongroom slot revoke 0                       # asks for a new passphrase
  strongroom slot revoke 0 --new keyfile:/media/stick/app.key --create-keyfile --drop 1";

#[derive(Args, Debug)]
pub struct Revoke {
    /// The slot that gets another secret, 0 to 7
    slot: u8,
    #[command(flatten)]
    new: New,
    #[command(flatten)]
    others: Others,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl Revoke {
    pub fn run(&self, run: &Run) -> Done {
        let others = self.others.ways()?;
        run.must_exist()?;
        let question =
            "Move the store to a fresh file; what unlocked it before, and tokens of before, will be of no use";
        run.terminal.confirm(self.yes, question)?;
        let own = run.way()?.value.fetch(run.terminal, Asked::Existing)?;
        let once_more = again(&own)?;
        let (room, new) =
            self.new.open_by(run, Some(self.slot), |hardening| run.open_hardened_by(hardening, once_more))?;
        let revoked = self.new.undo_on_failure(self.revoke(run, room, own, &new, others))?;
        if revoked.reencrypted.refused > 0 {
            note(
                "note: some versions are still under older material: their keys do not serve, or not the account's root",
            );
        }
        let record = Record::new()
            .with("RenewedKeys", count(revoked.renewed_keys))
            .with("MovedVersions", count(revoked.reencrypted.moved))
            .with("LeftVersions", count(revoked.reencrypted.refused))
            .with("KeptKeys", revoked.kept_keys);
        run.out.line(&record, &["RenewedKeys", "MovedVersions", "LeftVersions", "KeptKeys"])
    }
    fn revoke(
        &self,
        run: &Run,
        room: Strongroom,
        own: Unlock,
        new: &Unlock,
        others: Vec<(String, Way)>,
    ) -> Result<Revoked, Failure> {
        let mut at_hand = vec![(slot_of(&room, &own, "what opens the store")?, own)];
        for (given, way) in others {
            let unlock = way.fetch(run.terminal, Asked::Existing)?;
            at_hand.push((slot_of(&room, &unlock, &given)?, unlock));
        }
        let used: Vec<u8> = room.slots().iter().map(|slot| slot.index).collect();
        if let Some(empty) = self.others.drop.iter().find(|slot| !used.contains(slot)) {
            return Err(Failure::new(Exit::NotFound, "NotFound", format!("there is no slot {empty}"))
                .help("`strongroom slot list` tells which there are"));
        }
        if self.others.drop.contains(&self.slot) {
            return Err(Failure::usage(format!("slot {} gets another secret, so it is not given up", self.slot)));
        }
        let mut slots = vec![(self.slot, new)];
        for index in used.into_iter().filter(|index| *index != self.slot && !self.others.drop.contains(index)) {
            let given = at_hand.iter().find(|(slot, _)| *slot == index);
            let (_, unlock) = given.ok_or_else(|| {
                let what = format!("the secret of slot {index} is not at hand");
                Failure::new(Exit::Conflict, "InvalidState", what).help(HELP)
            })?;
            slots.push((index, unlock));
        }
        Ok(room.revoke(&slots, &mut |_| ())?)
    }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
