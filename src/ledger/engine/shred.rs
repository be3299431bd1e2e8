//! Shredding: a new wrapping key, and what keeps it from losing anything but what was removed.
//!
//! A backing key that was removed lives on in pages that the database has not used again, wrapped. So the wrapping key, which
//! is nowhere but in the header, is replaced, and overwritten there. In order, each step durable before the next:
//!
//! 1. Header g + 1: a keyring of wrap epoch e + 1, with the new wrapping key and the old one.
//! 2. One transaction: every backing key sealed anew, a record in the audit chain, a commit row with epoch e + 1 and generation
//!    g + 1.
//! 3. When nobody reads by the rows of before any more, header g + 2: the old wrapping key is zeros, in both copies.
//! 4. A commit row with generation g + 2.
//!
//! Opening after a crash: if the commit row is one epoch behind the keyring, step 2 is done first of all; if the keyring still
//! holds an old wrapping key after that, steps 3 and 4 follow. No other row is ever touched.

use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError};

use strongroom_keystore::Next;

use super::Engine;
use super::change::EngineChange;
use crate::clock::Timestamp;
use crate::ledger::error::EngineError;
use crate::ledger::journal;
use crate::ledger::region::Header;
use crate::ledger::table::Table;

impl Engine {
    /// Steps 1 and 2. `adopt` takes the prepared keys before anybody can see the rows that need them.
    ///
    /// # Errors
    /// As [`EngineChange::commit_telling`].
    pub(crate) fn rewrap(
        &self,
        header: Header,
        next: Next,
        now: Timestamp,
        adopt: impl FnOnce(Next) -> Result<(), strongroom_keystore::Error>,
    ) -> Result<(), EngineError> {
        let mut change = self.begin()?;
        change.rewrap(Some(&next), now)?;
        change.write_header(header)?;
        let before = Arc::downgrade(&change.part_from_readers());
        change.commit_adopting(now, || adopt(next))?;
        *self.parted.lock().unwrap_or_else(PoisonError::into_inner) = before;
        Ok(())
    }
    /// Are there no calls any more that began before the last rewrap? They hold backing keys as they were: the old wrapping key
    /// stays until they are over. A call takes microseconds, so they are given a few turns; whoever cannot wait comes again.
    pub(crate) fn is_rid_of_older_readers(&self) -> bool {
        let gone = || self.parted.lock().unwrap_or_else(PoisonError::into_inner).strong_count() == 0;
        for _ in 0..TURNS {
            if gone() {
                return true;
            }
            std::thread::yield_now();
        }
        gone()
    }
    /// Is the keyring's old wrapping key still there?
    pub(crate) fn is_shredding(&self) -> bool {
        self.barrier.is_shredding()
    }
}

impl EngineChange<'_> {
    /// Step 2: every backing key under the wrapping key of a prepared header, or of the present one; and the record of it.
    pub(super) fn rewrap(&mut self, next: Option<&Next>, now: Timestamp) -> Result<(), EngineError> {
        let mut sealed = Vec::new();
        self.scan::<EngineError>(Table::BackingKeys, None, |key, row| {
            let blob = self.base().barrier().rewrap(next, row.data()).map_err(|error| match error {
                strongroom_keystore::Error::Failed => EngineError::Damaged("a backing key cannot be opened"),
                error => EngineError::Keystore(error),
            })?;
            sealed.push((*key, blob));
            Ok(ControlFlow::Continue(()))
        })?;
        for (key, blob) in sealed {
            self.put(Table::BackingKeys, &key, &blob)?;
        }
        // Opening has no generator at hand: a keyed hash of all that was recorded before is as good a name.
        let mut id = [0; 16];
        id.copy_from_slice(&self.next_link(b"shred")[..16]);
        let id = uuid::Builder::from_random_bytes(id).into_uuid().hyphenated().to_string();
        let record = journal::encode(&journal::of_shred(id, now))
            .map_err(|_| EngineError::Misuse("an event cannot be encoded"))?;
        self.append_audit(&record)?;
        Ok(())
    }
}

/// How often others are let go first.
const TURNS: usize = 100;
