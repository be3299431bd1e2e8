//! A change: what one commit will do.

use std::collections::BTreeMap;
use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use redb::{Durability, WriteTransaction};
use strongroom_keystore::{Barrier, OpenedRow, RowKey};

use super::fault::{from_begin, from_commit, from_durability, from_storage, from_table, guarded};
use super::turn::Turn;
use super::view::{EngineView, definition, first_byte, open_row};
use super::{Engine, Shared};
use crate::clock::Timestamp;
use crate::ledger::error::EngineError;
use crate::ledger::manifest::{Commit, GROUPS, Manifest, RowId, commit_key, group_key};
use crate::ledger::region::Header;
use crate::ledger::table::Table;

/// What one commit will do, gathered in memory on top of the current view. Nothing reaches the disk before
/// [`EngineChange::commit_telling`]; dropping the change forgets it. There is one at a time.
///
/// Rows are sealed when they are put, under the sequence of the commit to come. Reading sees what was put and removed.
pub(crate) struct EngineChange<'e> {
    pub(super) engine: &'e Engine,
    pub(super) base: Arc<EngineView>,
    pub(super) rows: Rows,
    /// What the rows were before each step since the mark, if there is one; the last step stands last.
    undo: Option<Vec<Undo>>,
    pub(super) audit_count: u64,
    pub(super) audit_head: [u8; 32],
    /// Number of the last audit record that is evicted, and the head there.
    pub(super) evicted: (u64, [u8; 32]),
    header: Option<Header>,
    /// Are the next views to be told apart from those of before?
    parted: bool,
    // Last, so that the next writer comes in when everything above is gone.
    _turn: Turn<'e>,
}

/// What becomes of each row that the change touches: sealed bytes, or nothing.
type Rows = BTreeMap<(Table, RowKey), Option<Vec<u8>>>;

/// What the change had in a place before a step.
enum Undo {
    Untouched((Table, RowKey)),
    Had((Table, RowKey), Option<Vec<u8>>),
}

/// What goes to the disk: the rows above, and the control rows that pin them.
struct Sealed {
    rows: Rows,
    manifest: Manifest,
    header: Option<Header>,
}

impl std::fmt::Debug for EngineChange<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineChange").field("rows", &self.rows.len()).finish_non_exhaustive()
    }
}

impl<'e> EngineChange<'e> {
    pub(super) fn on(engine: &'e Engine, base: Arc<EngineView>, turn: Turn<'e>) -> Self {
        let (audit_count, audit_head) = base.audit_head();
        let (rows, undo, evicted) = (Rows::new(), None, base.audit_cut());
        Self { engine, base, rows, undo, audit_count, audit_head, evicted, header: None, parted: false, _turn: turn }
    }

    /// The sequence under which this change's rows are sealed.
    pub(crate) fn sequence(&self) -> u64 {
        self.base.generation().saturating_add(1)
    }
    /// The state that this change starts from.
    pub(crate) fn base(&self) -> &EngineView {
        &self.base
    }
    /// Is there nothing to commit?
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.header.is_none()
    }

    /// A covered row as this change leaves it, opened.
    ///
    /// # Errors
    /// As [`EngineView::get`].
    pub(crate) fn get(&self, table: Table, key: &RowKey) -> Result<Option<OpenedRow>, EngineError> {
        match self.rows.get(&(table, *key)) {
            Some(Some(stored)) => open_row(self.barrier(), table, key, stored).map(Some),
            Some(None) => Ok(None),
            None => self.base.get(table, key),
        }
    }

    /// A version row as this change leaves it, as stored.
    ///
    /// # Errors
    /// As [`EngineView::sealed`].
    pub(crate) fn version_row(&self, key: &RowKey) -> Result<Option<Vec<u8>>, EngineError> {
        match self.rows.get(&(Table::Versions, *key)) {
            Some(changed) => Ok(changed.clone()),
            None => Ok(self.base.sealed(Table::Versions, key)?.map(|row| row.to_vec())),
        }
    }

    /// Visits the opened rows of a covered table as this change leaves them, in the order of their keys.
    ///
    /// # Errors
    /// As [`EngineView::scan`].
    pub(crate) fn scan<E: From<EngineError>>(
        &self,
        table: Table,
        start: Option<&RowKey>,
        mut visit: impl FnMut(&RowKey, OpenedRow) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let from = start.map_or(Bound::Included((table, [0; 32])), |key| Bound::Included((table, *key)));
        let mut changed = self.rows.range((from, Bound::Included((table, [0xFF; 32])))).peekable();
        let mut flow = ControlFlow::Continue(());
        let mut show = |key: &RowKey, stored: Option<&[u8]>| match stored {
            Some(stored) => visit(key, open_row(self.barrier(), table, key, stored)?),
            None => Ok(ControlFlow::Continue(())),
        };
        self.base.scan_sealed::<E>(table, start, |key, stored| {
            // Two ascending lists become one; where both have a key, the change's row stands for it.
            while let Some(((_, earlier), row)) = changed.next_if(|((_, other), _)| other < key) {
                flow = show(earlier, row.as_deref())?;
                if flow.is_break() {
                    return Ok(flow);
                }
            }
            flow = match changed.next_if(|((_, other), _)| other == key) {
                Some((_, row)) => show(key, row.as_deref())?,
                None => show(key, Some(stored))?,
            };
            Ok(flow)
        })?;
        for ((_, key), row) in changed {
            if flow.is_break() {
                break;
            }
            flow = show(key, row.as_deref())?;
        }
        Ok(())
    }

    /// Puts a covered row, sealed here.
    ///
    /// # Errors
    /// `Tampered` if its bucket does not add up, `Keystore` (too long, no randomness), `Misuse` for an uncovered table.
    pub(crate) fn put(&mut self, table: Table, key: &RowKey, data: &[u8]) -> Result<(), EngineError> {
        self.check_covered(table, key)?;
        let stored = self.barrier().seal_row(table.id(), key, self.sequence(), data).map_err(EngineError::Keystore)?;
        self.set((table, *key), Some(stored));
        Ok(())
    }

    /// Removes a covered row. Returns whether there was one.
    ///
    /// # Errors
    /// As [`EngineChange::put`].
    pub(crate) fn remove(&mut self, table: Table, key: &RowKey) -> Result<bool, EngineError> {
        self.check_covered(table, key)?;
        self.forget(table, key)
    }

    /// Puts a version row, sealed by the keystore under this change's sequence.
    pub(crate) fn put_version_row(&mut self, key: &RowKey, stored: Vec<u8>) {
        self.set((Table::Versions, *key), Some(stored));
    }

    /// Removes a version row. Returns whether there was one.
    ///
    /// # Errors
    /// `Storage`, `Damaged`, `Failed`, `Closed`.
    pub(crate) fn remove_version_row(&mut self, key: &RowKey) -> Result<bool, EngineError> {
        self.forget(Table::Versions, key)
    }

    /// Makes records durable now, in a commit of their own ahead of this change's.
    ///
    /// # Errors
    /// As [`EngineChange::commit_telling`]; the change is as it was.
    pub(crate) fn write_ahead(&mut self, records: &[Vec<u8>], now: Timestamp) -> Result<(), EngineError> {
        let waiting = std::mem::take(&mut self.rows);
        let written = self.append_audits(records).and_then(|()| {
            let sealed = self.seal(now)?;
            self.engine.attempt(|| self.write(&sealed))?;
            self.engine.publish(sealed.manifest, &[], &self.base.shared);
            self.base = self.engine.view()?;
            Ok(())
        });
        self.rows = waiting;
        (self.audit_count, self.audit_head) = self.base.audit_head();
        written
    }

    /// Has the commit write this header over both copies first. One for a change, and the next generation.
    ///
    /// # Errors
    /// `Misuse`.
    pub(crate) fn write_header(&mut self, next: Header) -> Result<(), EngineError> {
        if self.header.is_some() || Some(next.generation) != self.base.manifest.commit.header_generation.checked_add(1)
        {
            return Err(EngineError::Misuse("a header that is not the next generation"));
        }
        if next.shared {
            return Err(EngineError::NewerFormat("the store is shared between processes"));
        }
        self.header = Some(next);
        Ok(())
    }

    /// Makes it so, durably, and returns the new generation. A change without content commits nothing. `tell` hears of the new
    /// generation once everybody can see it, and before anybody writes after it.
    ///
    /// On an error nothing was acknowledged: after a reopening either all of it is there or none. Errors before the
    /// disk was touched (`Tampered`, `Keystore`, `Misuse`) leave the store as usable as before; after any other, nothing
    /// more is written until the store is opened again, and reading goes on from the last acknowledged commit.
    ///
    /// # Errors
    /// `Storage`, `Damaged`, `Tampered`, `Keystore`, `Failed`, `Closed`.
    pub(crate) fn commit_telling(self, now: Timestamp, tell: impl FnOnce(u64)) -> Result<u64, EngineError> {
        if self.is_empty() {
            return Ok(self.base.generation());
        }
        self.commit_with(now, || Ok(()), tell)
    }

    /// The same, where nobody waits for it.
    #[cfg(test)]
    pub(crate) fn commit(self, now: Timestamp) -> Result<u64, EngineError> {
        self.commit_telling(now, |_| {})
    }

    /// As [`EngineChange::commit_telling`], with or without content: the commit that notes a header's generation.
    pub(super) fn commit_all(self, now: Timestamp) -> Result<u64, EngineError> {
        self.commit_adopting(now, || Ok(()))
    }

    /// The same; once it is durable, and before anybody sees it or writes after it, `adopt` takes the keys that came with
    /// its header.
    pub(crate) fn commit_adopting(
        self,
        now: Timestamp,
        adopt: impl FnOnce() -> Result<(), strongroom_keystore::Error>,
    ) -> Result<u64, EngineError> {
        self.commit_with(now, adopt, |_| {})
    }

    fn commit_with(
        mut self,
        now: Timestamp,
        adopt: impl FnOnce() -> Result<(), strongroom_keystore::Error>,
        tell: impl FnOnce(u64),
    ) -> Result<u64, EngineError> {
        let sealed = self.seal(now)?;
        self.engine.attempt(|| self.write(&sealed))?;
        let adopted = adopt();
        if let Some(header) = sealed.header {
            self.engine.adopt_header(header);
        }
        // Nobody keeps control and audit rows opened by their keys.
        let kept = sealed.rows.keys().filter(|(table, _)| !matches!(table, Table::Control | Table::Audit));
        let changed: Vec<u8> = kept.map(|(_, key)| first_byte(key)).collect();
        let shared = if self.parted { Arc::new(self.base.shared.again()) } else { Arc::clone(&self.base.shared) };
        let generation = self.engine.publish(sealed.manifest, &changed, &shared);
        tell(generation);
        // It is committed all the same: whoever locked the store meanwhile has wiped the keys that these would replace.
        adopted.map_err(EngineError::Keystore)?;
        Ok(generation)
    }

    /// Has the views from this commit on share nothing with those of before. What is answered belongs to the latter: it is
    /// nobody else's any more when they are gone.
    pub(super) fn part_from_readers(&mut self) -> Arc<Shared> {
        self.parted = true;
        Arc::clone(&self.base.shared)
    }

    /// Computes the next manifest and seals the control rows. Touches no disk but to read.
    fn seal(&mut self, now: Timestamp) -> Result<Sealed, EngineError> {
        let barrier = &self.base.shared.barrier;
        let mut manifest = self.base.manifest.clone();
        for ((table, key), row) in &self.rows {
            if !table.is_covered() {
                continue;
            }
            let before = self.base.id_of(*table, key)?;
            let after = match row {
                Some(stored) => Some(id_of_sealed(stored)?),
                None => None,
            };
            let bucket = manifest.bucket_mut(first_byte(key)).ok_or(EngineError::Misuse("more than 256 buckets"))?;
            if let Some(id) = before {
                let element = barrier.element(table.id(), key, &id);
                bucket.remove(element).ok_or(EngineError::Tampered("a bucket counts fewer rows than it has"))?;
            }
            if let Some(id) = after {
                bucket.add(barrier.element(table.id(), key, &id));
            }
        }
        // A header may be on the disk whose generation no commit row knows yet: this commit notes it.
        let header = self.header.take();
        let (generation, wrap_epoch) = match &header {
            Some(next) => (next.generation, next.wrap_epoch),
            None => self.engine.header_facts(),
        };
        manifest.commit.header_generation = generation;
        manifest.commit.wrap_epoch = wrap_epoch;
        manifest.commit.audit_count = self.audit_count;
        manifest.commit.audit_head = self.audit_head;
        (manifest.commit.evicted, manifest.commit.evicted_head) = self.evicted;
        let mut rows = std::mem::take(&mut self.rows);
        seal_controls(barrier, &mut manifest, Some(&self.base.manifest), now, &mut rows)?;
        Ok(Sealed { rows, manifest, header })
    }

    /// The one transaction.
    fn write(&self, sealed: &Sealed) -> Result<(), EngineError> {
        let transaction = self.engine.begin_write()?;
        self.check_commit_row(&transaction)?;
        if let Some(next) = &sealed.header {
            // Under the write transaction, which is the lock for the header too.
            self.engine.replace_header(next)?;
        }
        guarded(move || write_rows(transaction, &sealed.rows, false))
    }

    /// The transaction must start from the commit that this change started from.
    fn check_commit_row(&self, transaction: &WriteTransaction) -> Result<(), EngineError> {
        let key = commit_key(self.barrier());
        let found = guarded(|| {
            let table = transaction.open_table(definition(Table::Control)).map_err(from_table)?;
            let row = redb::ReadableTable::get(&table, key.as_slice()).map_err(from_storage)?;
            Ok(row.and_then(|row| Barrier::row_id(row.value())))
        })?;
        if found == Some(self.base.manifest.id) {
            Ok(())
        } else {
            Err(EngineError::Tampered("the commit row was replaced while the store was open"))
        }
    }

    fn forget(&mut self, table: Table, key: &RowKey) -> Result<bool, EngineError> {
        let stored = self.base.raw(table, key)?.is_some();
        let there = match self.rows.get(&(table, *key)) {
            Some(row) => row.is_some(),
            None => stored,
        };
        if stored {
            self.set((table, *key), None);
        } else if let Some(row) = self.rows.remove(&(table, *key))
            && let Some(undo) = &mut self.undo
        {
            undo.push(Undo::Had((table, *key), row));
        }
        Ok(there)
    }

    /// Sets what becomes of a place.
    fn set(&mut self, place: (Table, RowKey), row: Option<Vec<u8>>) {
        let before = self.rows.insert(place, row);
        if let Some(undo) = &mut self.undo {
            undo.push(before.map_or(Undo::Untouched(place), |before| Undo::Had(place, before)));
        }
    }

    /// Marks where [`take_back`](Self::take_back) goes back to. There is one mark; a new one replaces it.
    pub(crate) fn mark(&mut self) {
        self.undo = Some(Vec::new());
    }

    /// Forgets everything that was put and removed since the mark, and the mark. Audit records are not put behind a mark.
    pub(crate) fn take_back(&mut self) {
        for step in self.undo.take().into_iter().flatten().rev() {
            match step {
                Undo::Had(place, row) => drop(self.rows.insert(place, row)),
                Undo::Untouched(place) => drop(self.rows.remove(&place)),
            }
        }
    }

    fn check_covered(&self, table: Table, key: &RowKey) -> Result<(), EngineError> {
        if !table.is_covered() {
            return Err(EngineError::Misuse("rows of this table are not put one by one"));
        }
        self.base.touch(first_byte(key))
    }

    pub(super) fn barrier(&self) -> &Barrier {
        &self.base.shared.barrier
    }
}

/// Seals the bucket rows that differ from those `before` (all of them in a new store) and the commit row over them.
fn seal_controls(
    barrier: &Barrier,
    manifest: &mut Manifest,
    before: Option<&Manifest>,
    now: Timestamp,
    rows: &mut Rows,
) -> Result<(), EngineError> {
    manifest.commit.previous = manifest.commitment();
    let sequence = manifest.commit.sequence.checked_add(1).ok_or(EngineError::Misuse("sequences are used up"))?;
    manifest.commit.sequence = sequence;
    manifest.commit.high_water = manifest.commit.high_water.max(u64::try_from(now.as_millis()).unwrap_or(0));
    manifest.commit.rows = manifest.rows();
    for (index, place) in (0..).zip(0..GROUPS) {
        if before.is_some_and(|before| manifest.shares_group(before, place)) {
            continue;
        }
        let key = group_key(barrier, index);
        let content = manifest.group(place).ok_or(EngineError::Misuse("more than 16 bucket rows"))?.encode();
        let stored = seal_control(barrier, &key, sequence, &content)?;
        let pin = Barrier::commitment(&stored).ok_or(EngineError::Misuse("a sealed row is too short"))?;
        *manifest.commit.pins.get_mut(place).ok_or(EngineError::Misuse("more than 16 bucket rows"))? = pin;
        rows.insert((Table::Control, key), Some(stored));
    }
    let key = commit_key(barrier);
    let stored = seal_control(barrier, &key, sequence, &manifest.commit.encode())?;
    manifest.id = id_of_sealed(&stored)?;
    rows.insert((Table::Control, key), Some(stored));
    Ok(())
}

fn seal_control(barrier: &Barrier, key: &RowKey, sequence: u64, data: &[u8]) -> Result<Vec<u8>, EngineError> {
    barrier.seal_row(Table::Control.id(), key, sequence, data).map_err(EngineError::Keystore)
}

fn id_of_sealed(stored: &[u8]) -> Result<RowId, EngineError> {
    Barrier::row_id(stored).ok_or(EngineError::Misuse("a sealed row is too short"))
}

/// The first commit of a new store, whose sequence is the one after that: every table, empty, and the control rows, in one transaction, so that a crash
/// leaves a store or none.
pub(super) fn write_first_commit(
    database: &redb::Database,
    barrier: &Barrier,
    header: &Header,
    now: Timestamp,
    after: u64,
) -> Result<Manifest, EngineError> {
    let before = Commit::before_the_first(header.generation, header.wrap_epoch);
    let mut manifest = Manifest::empty(Commit { sequence: after, ..before });
    let mut rows = Rows::new();
    seal_controls(barrier, &mut manifest, None, now, &mut rows)?;
    guarded(|| write_rows(begin(database)?, &rows, true))?;
    Ok(manifest)
}

/// Begins the one kind of write transaction there is: synced, in two phases, with the allocator's state in it so that
/// opening after a crash need not walk the whole file.
pub(super) fn begin(database: &redb::Database) -> Result<WriteTransaction, EngineError> {
    let mut transaction = database.begin_write().map_err(from_begin)?;
    transaction.set_durability(Durability::Immediate).map_err(from_durability)?;
    transaction.set_two_phase_commit(true);
    transaction.set_quick_repair(true);
    Ok(transaction)
}

fn write_rows(transaction: WriteTransaction, rows: &Rows, create: bool) -> Result<(), EngineError> {
    for table in Table::ALL {
        let mut of_table = rows.range((table, [0; 32])..=(table, [0xFF; 32])).peekable();
        // Opening creates; a store has every table from its first commit on, rows or not.
        if of_table.peek().is_none() && !create {
            continue;
        }
        let mut opened = transaction.open_table(definition(table)).map_err(from_table)?;
        for ((_, key), row) in of_table {
            match row {
                Some(stored) => drop(opened.insert(key.as_slice(), stored.as_slice()).map_err(from_storage)?),
                None => drop(opened.remove(key.as_slice()).map_err(from_storage)?),
            }
        }
    }
    transaction.commit().map_err(from_commit)
}
