//! What was removed, and is to be out of reach: the mark that says so, and the work that ends it.
//!
//! Removing a backing key, or a secret, leaves a mark in the same transaction. A [shred](Ledger::shred) puts removed backing
//! keys out of reach of every slot; a [scrub](Ledger::scrub) takes the last bytes of whatever was removed out of the storage,
//! and the mark with them.

use strongroom_keystore::Root;

use super::change::Change;
use super::look::Rows;
use super::record::StaleRow;
use super::region::Header;
use super::store::Ledger;
use super::table::Table;
use super::tables;
use crate::clock::Timestamp;
use crate::error::Error;

impl Change<'_> {
    /// Marks that the bytes of what is removed here are to be taken out of the storage; for backing keys also, that they are
    /// to be put out of reach at once.
    pub(super) fn mark_stale(&self, backing: bool) -> Result<(), Error> {
        let place = tables::stale(self.barrier());
        let found = self.read::<StaleRow>(Table::Reserved, &place)?;
        let mut row = found.clone().unwrap_or_default();
        if backing {
            // A shred changes the epoch while it has the writer's turn, which is ours now.
            row.wrap_epoch = Some(self.barrier().wrap_epoch());
        }
        if found.as_ref() == Some(&row) { Ok(()) } else { self.write(Table::Reserved, &place, &row) }
    }
}

impl Ledger {
    fn stale(&self) -> Result<Option<StaleRow>, Error> {
        let view = self.view()?;
        view.read(Table::Reserved, &tables::stale(self.barrier()))
    }
    /// Is anything of what was removed still in the storage, or within reach?
    pub(crate) fn is_stale(&self) -> Result<bool, Error> {
        Ok(self.engine().is_shredding() || self.stale()?.is_some())
    }
    /// Are there backing keys that were removed and are not out of reach, or was a shred cut short?
    pub(crate) fn is_shred_due(&self) -> Result<bool, Error> {
        // The mark names the epoch that the removed keys were under: a later one is without them.
        let due = |row: StaleRow| row.wrap_epoch.is_some_and(|epoch| epoch >= self.barrier().wrap_epoch());
        Ok(self.engine().is_shredding() || self.stale()?.is_some_and(due))
    }
    /// Puts backing keys that were removed out of reach, if any are not yet: a new wrapping key for those that stay. Goes on
    /// with a shred that was cut short. While somebody still reads as of before, the last half stays due.
    pub(crate) fn shred(&self, root: &mut Root, observed: Timestamp) -> Result<(), Error> {
        if !self.is_shred_due()? {
            return Ok(());
        }
        if !self.engine().is_shredding() {
            let next = root.shred()?;
            let time = self.no_later(observed)?;
            self.engine().rewrap(Header::next(root, &next), next, time, |next| root.adopt(next))?;
        }
        if !self.engine().is_rid_of_older_readers() {
            // It is due still: the next run finishes it.
            return Ok(());
        }
        match root.finish_shred()? {
            Some(next) => self.write_header(root, next, observed),
            None => Ok(()),
        }
    }
    /// Takes the last bytes of what was removed out of the storage, if any are left. Returns whether it ran.
    ///
    /// # Errors
    /// `Busy` while somebody reads: try again.
    pub(crate) fn scrub(&self, observed: Timestamp) -> Result<bool, Error> {
        if self.stale()?.is_none() {
            return Ok(false);
        }
        let scrubbed = self.engine().scrub()?;
        let change = self.change()?;
        // What was removed since then is not scrubbed; its mark is the same one.
        if change.sequence() == scrubbed.saturating_add(1) {
            change.erase(Table::Reserved, &tables::stale(self.barrier()))?;
            change.commit(None, observed)?;
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
