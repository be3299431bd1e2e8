//! Copying: the store as of one commit, in a storage of its own.
//!
//! Rows go over as they are, sealed, into fresh pages: nothing that was removed comes along in the unused ends of old ones. The
//! header goes with them, so the copy opens by the same slots. Others read and write meanwhile; the pages of that commit stay
//! until the copy is made.

use std::ops::Bound;
use std::sync::Arc;

use super::change;
use super::fault::{from_commit, from_compaction, from_storage, from_table, guarded};
use super::open::live;
use super::view::{EngineView, definition};
use super::{Engine, Shared, Verified, view_of};
use crate::ledger::backend::{Shifted, Storage, retried};
use crate::ledger::error::EngineError;
use crate::ledger::region::{Header, Region};
use crate::ledger::table::Table;

/// What a copy holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Copied {
    /// What was read back and authenticated.
    pub(crate) verified: Verified,
    pub(crate) versions: u64,
    /// The commit that it is a copy of.
    pub(crate) sequence: u64,
    pub(crate) commit_digits: String,
    /// Length of the whole file.
    pub(crate) bytes: u64,
}

impl Engine {
    /// Copies header and rows, as of now, into an empty storage, durably; then reads all of it there and authenticates it, so
    /// that damage here does not become a copy that nobody can use.
    ///
    /// # Errors
    /// `Exists` if the storage is not empty, `Busy` if this thread holds a change, `Storage`, `Damaged`, `Tampered`, `Closed`.
    pub(crate) fn copy_to(&self, storage: &Storage) -> Result<Copied, EngineError> {
        let (header, view) = self.moment()?;
        Region::of(storage.backend()).create(&header.copy)?;
        let mut live = live(storage, Shifted::fresh(Arc::clone(storage.backend())), self.options, false)?;
        let database = live.get()?;
        guarded(|| {
            let transaction = change::begin(database)?;
            for table in Table::ALL {
                // Opening creates: a store has every table, rows or not.
                let mut copy = transaction.open_table(definition(table)).map_err(from_table)?;
                let mut rows = view.range(table, (Bound::Unbounded, Bound::Unbounded))?;
                while let Some(row) = view.next_of(&mut rows)? {
                    copy.insert(row.key.as_slice(), row.stored.as_slice()).map_err(from_storage)?;
                }
            }
            transaction.commit().map_err(from_commit)
        })?;
        let database = live.get_mut()?;
        guarded(|| database.compact().map_err(from_compaction))?;
        let shared = Shared::new(Arc::clone(&self.barrier));
        let copy = view_of(live.get()?, view.manifest.clone(), Arc::new(shared))?;
        let verified = copy.verify()?;
        let versions = copy.rows_of(Table::Versions)?;
        if versions != view.rows_of(Table::Versions)? {
            return Err(EngineError::Damaged("not every version could be copied"));
        }
        drop(copy);
        live.close()?;
        // Its last words to the file, too, before anybody is told that there is a copy.
        retried(|| storage.backend().sync_data())?;
        let bytes = retried(|| storage.backend().len())?;
        let (sequence, commit_digits) = (view.generation(), view.commit_digits());
        Ok(Copied { verified, versions, sequence, commit_digits, bytes })
    }

    /// Header and rows that belong together: nobody writes between the two looks.
    fn moment(&self) -> Result<(Header, Arc<EngineView>), EngineError> {
        let _turn = self.writers.enter()?;
        let header = self.header().clone();
        Ok((header, self.view()?))
    }
}
