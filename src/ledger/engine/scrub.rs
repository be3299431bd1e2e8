//! Scrubbing: nothing of what was removed is left anywhere in the storage.
//!
//! The database copies pages and never overwrites what they held; giving back space moves pages as they are, with what may
//! stand in their unused ends. So every row is copied into fresh pages, and then every page that is free by now is written
//! over: rows of zeros are put until the database has to ask for more room. All of that is transactions like any other: a
//! crash leaves the store whole, and the mark that asked for it.

use std::sync::Arc;

use redb::{ReadableTable, TableDefinition, WriteTransaction};

use super::change;
use super::fault::{from_commit, from_compaction, from_storage, from_table, guarded};
use super::view::definition;
use super::{Engine, Quiet};
use crate::ledger::backend::retried;
use crate::ledger::error::EngineError;
use crate::ledger::table::Table;

impl Engine {
    /// Copies every row into fresh pages, writes over the others, and gives them back. Readers that come meanwhile wait. Returns
    /// the sequence of the commit whose rows these are.
    ///
    /// # Errors
    /// `Busy` if somebody still holds a view, or this thread a change; else as a commit.
    pub(crate) fn scrub(&self) -> Result<u64, EngineError> {
        self.alone(|live, sequence| {
            let database = live.get()?;
            guarded(|| {
                let transaction = change::begin(database)?;
                // One that a crash has left.
                transaction.delete_table(FILLER).map_err(from_table)?;
                for table in Table::ALL {
                    copy(&transaction, table)?;
                }
                transaction.commit().map_err(from_commit)
            })?;
            // Pages are free for use when the commit that freed them is no longer the last one, nor the one before.
            for _ in 0..3 {
                guarded(|| change::begin(database)?.commit().map_err(from_commit))?;
            }
            guarded(|| {
                let transaction = change::begin(database)?;
                self.fill(&transaction)?;
                transaction.commit().map_err(from_commit)
            })?;
            guarded(|| {
                let transaction = change::begin(database)?;
                transaction.delete_table(FILLER).map_err(from_table)?;
                transaction.commit().map_err(from_commit)
            })?;
            let live = live.get_mut()?;
            guarded(|| live.compact().map_err(from_compaction))?;
            Ok(sequence)
        })
    }

    /// Runs work that moves pages about, with the database to itself: no reader, no writer. It is told the sequence of the
    /// last commit.
    pub(super) fn alone<T>(
        &self,
        work: impl FnOnce(&mut Quiet, u64) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let _turn = self.writers.enter()?;
        self.check_writable()?;
        let mut handles = self.handles();
        // A reader pins pages. From here on `view` finds nothing and waits for `handles`.
        let view = self.current.swap(None).ok_or(EngineError::Closed)?;
        let (manifest, shared) = (view.manifest.clone(), view.shared.again());
        if let Err(held) = Arc::try_unwrap(view).map(drop) {
            self.current.store(Some(held));
            return Err(EngineError::Busy);
        }
        // Pages move: the header page of before leads nowhere from the first step on.
        handles.first_page = None;
        let done = work(handles.live.as_mut().ok_or(EngineError::Failed)?, manifest.commit.sequence);
        if done.is_err() {
            self.failed.store(true, std::sync::atomic::Ordering::Release);
        }
        self.show(&mut handles, manifest, &Arc::new(shared));
        done
    }

    /// Puts rows of zeros, a page each, until the database asks for more room: then no page is left that is free and was not
    /// written.
    fn fill(&self, transaction: &WriteTransaction) -> Result<(), EngineError> {
        let len = || retried(|| self.storage.backend().len());
        let before = len()?;
        let mut filler = transaction.open_table(FILLER).map_err(from_table)?;
        let zeros = [0; PAGE_FILLING];
        for number in 0_u64.. {
            if len()? != before {
                break;
            }
            filler.insert(number, zeros.as_slice()).map_err(from_storage)?;
        }
        Ok(())
    }
}

/// A table anew: its rows in ascending order, in pages that nothing else was in.
fn copy(transaction: &WriteTransaction, table: Table) -> Result<(), EngineError> {
    {
        let old = transaction.open_table(definition(table)).map_err(from_table)?;
        let mut new = transaction.open_table(FRESH).map_err(from_table)?;
        for row in old.iter().map_err(from_storage)? {
            let (key, stored) = row.map_err(from_storage)?;
            new.insert(key.value(), stored.value()).map_err(from_storage)?;
        }
    }
    transaction.delete_table(definition(table)).map_err(from_table)?;
    transaction.rename_table(FRESH, definition(table)).map_err(from_table)
}

/// There only while a table is copied; no table of the store has this letter.
const FRESH: TableDefinition<&[u8], &[u8]> = TableDefinition::new("z");
const FILLER: TableDefinition<u64, &[u8]> = TableDefinition::new("0");
/// Two of these do not fit into a page of 4,096 bytes, one does.
const PAGE_FILLING: usize = 2_500;
