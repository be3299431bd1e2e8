//! A view: the rows as of one commit.

use std::cmp::Ordering;
use std::ops::{Bound, ControlFlow};
use std::sync::Arc;

use redb::{OwnedAccessGuard, OwnedRange, ReadOnlyTable, ReadTransaction, ReadableTableMetadata, TableDefinition};
use strongroom_keystore::{Barrier, OpenedRow, RowKey};

use super::fault::{from_storage, from_table, guarded};
use super::{Quiet, Shared};
use crate::clock::Timestamp;
use crate::ledger::error::EngineError;
use crate::ledger::manifest::{Manifest, RowId};
use crate::ledger::table::Table;

/// All rows as of one commit: a read transaction with its tables open. Cheap to read, shared by all readers of that
/// commit, and the database keeps the old pages while it lives: take one for a call, and let it go.
pub(crate) struct EngineView {
    tables: [Opened; Table::ALL.len()],
    pub(super) manifest: Manifest,
    pub(super) shared: Arc<Shared>,
    // A database of this view's own, after the disk failed. Behind the tables, which are to go first.
    _own: Option<Quiet>,
}

type Opened = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// The bytes of one row as stored, borrowed from the database's page. Keeps the commit's pages alive: copy what is to
/// stay.
pub(crate) struct RowBytes(OwnedAccessGuard<&'static [u8]>);

impl RowBytes {
    /// To be called within [`guarded`]: the database reads the value's bounds from the page each time it is asked for it, and
    /// asserts that they lie within. A page never changes under a guard, so what holds once holds on.
    fn of(guard: OwnedAccessGuard<&'static [u8]>) -> Self {
        std::hint::black_box(guard.value().len());
        Self(guard)
    }
    pub(crate) fn as_slice(&self) -> &[u8] {
        self.0.value()
    }
}

/// A row as a walk over a table comes by it.
pub(super) struct WalkedRow {
    pub(super) key: RowKey,
    pub(super) stored: RowBytes,
    /// Where in memory the page holds the key.
    key_at: usize,
}
impl WalkedRow {
    /// What changes each time that it is written.
    pub(super) fn id(&self) -> Result<RowId, EngineError> {
        stored_id(&self.stored)
    }
    /// Does the next row lie in the same page of the database? This row's key and value lie in one piece of memory, which is the
    /// page's alone while its bytes are held here: what begins between the two is in that page as well.
    pub(super) fn shares_page_with(&self, next: &Self) -> bool {
        let value_at = self.stored.as_slice().as_ptr().addr();
        self.key_at < next.key_at && next.key_at < value_at
    }
}

/// A row as stored, to be opened or left shut.
pub(crate) struct ShutRow<'r> {
    barrier: &'r Barrier,
    table: Table,
    key: &'r RowKey,
    stored: &'r [u8],
}
impl ShutRow<'_> {
    /// What changes each time that it is written.
    pub(crate) fn id(&self) -> Result<RowId, EngineError> {
        stored_id(self.stored)
    }
    pub(crate) fn open(&self) -> Result<OpenedRow, EngineError> {
        open_row(self.barrier, self.table, self.key, self.stored)
    }
}

/// Rows of a table in the order of their keys. A bucket that holds a few is not worth a search of its own.
pub(crate) struct Buckets<'v> {
    view: &'v EngineView,
    table: Table,
    rows: OwnedRange<&'static [u8], &'static [u8]>,
    /// Read already, and of a bucket behind the last one.
    ahead: Option<WalkedRow>,
}
impl Buckets<'_> {
    /// Visits the rows whose keys begin with this byte, which is behind those of before. Each is the visitor's to open or not.
    /// A bucket that was not verified yet is verified by the same walk: what the visitor saw counts if the visit ends well.
    ///
    /// # Errors
    /// As [`EngineView::get`], and the visitor's own.
    pub(crate) fn visit<E: From<EngineError>>(
        &mut self,
        first: u8,
        mut visit: impl FnMut(ShutRow<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut sum = self.view.begin_sum(first, self.table)?;
        let mut outcome = Ok(());
        loop {
            let row = match self.ahead.take() {
                Some(row) => Some(row),
                None => self.view.next_of(&mut self.rows)?,
            };
            let Some(row) = row else { break };
            match first_byte(&row.key).cmp(&first) {
                Ordering::Less => {}
                Ordering::Equal => {
                    if outcome.is_ok() {
                        let (barrier, stored) = (self.view.barrier(), &row.stored);
                        outcome = visit(ShutRow { barrier, table: self.table, key: &row.key, stored });
                    }
                    if let Some(sum) = &mut sum {
                        sum.add(row)?;
                    }
                }
                Ordering::Greater => {
                    self.ahead = Some(row);
                    break;
                }
            }
        }
        // Whatever became of single rows, the bucket as a whole says more.
        if let Some(sum) = sum {
            sum.settle()?;
        }
        outcome
    }
}
impl std::fmt::Debug for Buckets<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Buckets").field("table", &self.table).finish_non_exhaustive()
    }
}

impl std::ops::Deref for RowBytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.0.value()
    }
}

impl std::fmt::Debug for RowBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RowBytes({} bytes)", self.as_slice().len())
    }
}

impl std::fmt::Debug for EngineView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineView").field("generation", &self.generation()).finish_non_exhaustive()
    }
}

/// Every table has this shape; only the letter differs.
pub(super) fn definition(table: Table) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
    TableDefinition::new(table.letter())
}

impl EngineView {
    /// Opens every table of a read transaction.
    ///
    /// # Errors
    /// `Tampered` if one is missing, `Damaged`, `Storage`.
    pub(super) fn open(
        transaction: &ReadTransaction,
        manifest: Manifest,
        shared: Arc<Shared>,
    ) -> Result<Self, EngineError> {
        let mut opened = Vec::with_capacity(Table::ALL.len());
        for table in Table::ALL {
            opened.push(guarded(|| transaction.open_table(definition(table)).map_err(from_table))?);
        }
        let tables = opened.try_into().map_err(|_| EngineError::Misuse("tables were miscounted"))?;
        Ok(Self { tables, manifest, shared, _own: None })
    }

    /// Keeps the database alive for as long as the view.
    pub(super) fn keeping(self, database: Quiet) -> Self {
        Self { _own: Some(database), ..self }
    }

    /// The sequence of the commit that this is the state of.
    pub(crate) fn generation(&self) -> u64 {
        self.manifest.commit.sequence
    }
    /// First 8 hexadecimal digits of the commit row's commitment.
    pub(super) fn commit_digits(&self) -> String {
        let [a, b, c, d, ..] = self.manifest.id;
        format!("{a:02x}{b:02x}{c:02x}{d:02x}")
    }
    /// The latest clock that any commit so far has seen.
    pub(crate) fn high_water(&self) -> Timestamp {
        Timestamp::from_millis(i64::try_from(self.manifest.commit.high_water).unwrap_or(i64::MAX))
    }
    /// Covered rows.
    pub(crate) fn rows(&self) -> u64 {
        self.manifest.commit.rows
    }
    /// Number of the last audit record and head of the chain.
    pub(crate) fn audit_head(&self) -> (u64, [u8; 32]) {
        (self.manifest.commit.audit_count, self.manifest.commit.audit_head)
    }

    /// Number of the last audit record that was evicted, and head of the chain there; 0 and zeros if none was.
    pub(crate) fn audit_cut(&self) -> (u64, [u8; 32]) {
        (self.manifest.commit.evicted, self.manifest.commit.evicted_head)
    }

    /// A covered row, opened. Also the "not found" is one that was verified.
    ///
    /// # Errors
    /// `Tampered` if the row's bucket does not add up; `Damaged` if the row does not open; `Storage`, `Failed`, `Closed`.
    pub(crate) fn get(&self, table: Table, key: &RowKey) -> Result<Option<OpenedRow>, EngineError> {
        match self.sealed(table, key)? {
            Some(row) => open_row(self.barrier(), table, key, &row).map(Some),
            None => Ok(None),
        }
    }

    /// A row as stored: sealed, or a version row, which the ledger cannot open.
    ///
    /// # Errors
    /// As [`EngineView::get`], but for the opening.
    pub(crate) fn sealed(&self, table: Table, key: &RowKey) -> Result<Option<RowBytes>, EngineError> {
        if table.is_covered() {
            self.touch(first_byte(key))?;
        }
        let row = self.raw(table, key)?;
        // Row keys computed after the keys were wiped lead nowhere: that is no "not found".
        if row.is_none() && self.barrier().is_locked() {
            return Err(EngineError::Keystore(strongroom_keystore::Error::Locked));
        }
        Ok(row)
    }

    /// Visits the opened rows of a table in the order of their keys, from `start` on, until the visitor breaks.
    /// Every bucket that the scan crosses is verified first.
    ///
    /// # Errors
    /// As [`EngineView::get`], and the visitor's own.
    pub(crate) fn scan<E: From<EngineError>>(
        &self,
        table: Table,
        start: Option<&RowKey>,
        mut visit: impl FnMut(&RowKey, OpenedRow) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        self.scan_sealed(table, start, |key, stored| visit(key, open_row(self.barrier(), table, key, stored)?))
    }

    /// As [`EngineView::scan`], with the rows as stored.
    ///
    /// # Errors
    /// As [`EngineView::scan`].
    pub(crate) fn scan_sealed<E: From<EngineError>>(
        &self,
        table: Table,
        start: Option<&RowKey>,
        mut visit: impl FnMut(&RowKey, &[u8]) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        if table.is_covered() {
            self.touch_from(start.map_or(0, first_byte))?;
        }
        let start = start.map_or(Bound::Unbounded, |key| Bound::Included(key.as_slice()));
        let mut rows = self.range(table, (start, Bound::Unbounded))?;
        while let Some(row) = self.next_of(&mut rows)? {
            if visit(&row.key, &row.stored)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Rows of a covered table, bucket after bucket from this one on.
    ///
    /// # Errors
    /// As [`EngineView::get`].
    pub(crate) fn buckets(&self, table: Table, first: u8) -> Result<Buckets<'_>, EngineError> {
        let start = [first];
        let start = if first == 0 { Bound::Unbounded } else { Bound::Included(start.as_slice()) };
        Ok(Buckets { view: self, table, rows: self.range(table, (start, Bound::Unbounded))?, ahead: None })
    }

    /// Rows in a table, as the database counts them: for display and quotas, not for decisions.
    ///
    /// # Errors
    /// `Damaged`, `Storage`.
    pub(crate) fn rows_of(&self, table: Table) -> Result<u64, EngineError> {
        self.noting(guarded(|| self.table(table)?.len().map_err(from_storage)))
    }

    pub(super) fn barrier(&self) -> &Barrier {
        &self.shared.barrier
    }

    pub(super) fn raw(&self, table: Table, key: &[u8]) -> Result<Option<RowBytes>, EngineError> {
        self.noting(guarded(|| Ok(self.table(table)?.get_owned(key).map_err(from_storage)?.map(RowBytes::of))))
    }

    /// Identity of a covered row as stored, `None` if there is none.
    pub(super) fn id_of(&self, table: Table, key: &RowKey) -> Result<Option<RowId>, EngineError> {
        self.raw(table, key)?.map(|row| stored_id(&row)).transpose()
    }

    pub(super) fn range(
        &self,
        table: Table,
        bounds: (Bound<&[u8]>, Bound<&[u8]>),
    ) -> Result<OwnedRange<&'static [u8], &'static [u8]>, EngineError> {
        self.noting(guarded(|| self.table(table)?.range_owned::<&[u8]>(bounds).map_err(from_storage)))
    }

    /// The next row.
    pub(super) fn next_of(
        &self,
        rows: &mut OwnedRange<&'static [u8], &'static [u8]>,
    ) -> Result<Option<WalkedRow>, EngineError> {
        self.noting(guarded(|| {
            let Some((key, stored)) = rows.next().transpose().map_err(from_storage)? else { return Ok(None) };
            let key_at = key.value().as_ptr().addr();
            let key =
                RowKey::try_from(key.value()).map_err(|_| EngineError::Tampered("a row key of another length"))?;
            Ok(Some(WalkedRow { key, key_at, stored: RowBytes::of(stored) }))
        }))
    }

    fn table(&self, table: Table) -> Result<&Opened, EngineError> {
        self.tables.get(table.slot()).ok_or(EngineError::Misuse("tables were miscounted"))
    }

    /// After a read that the disk refused, the database answers nothing more: the engine is to open the store anew.
    fn noting<T>(&self, outcome: Result<T, EngineError>) -> Result<T, EngineError> {
        if matches!(outcome, Err(EngineError::Storage(_) | EngineError::Failed)) {
            self.shared.note_unreadable();
        }
        outcome
    }
}

fn stored_id(stored: &[u8]) -> Result<RowId, EngineError> {
    Barrier::row_id(stored).ok_or(EngineError::Damaged("a row is too short"))
}

pub(super) fn open_row(barrier: &Barrier, table: Table, key: &RowKey, stored: &[u8]) -> Result<OpenedRow, EngineError> {
    barrier.open_row(table.id(), key, stored).map_err(|error| match error {
        strongroom_keystore::Error::Failed => EngineError::Damaged("a record cannot be opened"),
        error => EngineError::Keystore(error),
    })
}

pub(super) fn first_byte(key: &RowKey) -> u8 {
    let [first, ..] = key;
    *first
}
