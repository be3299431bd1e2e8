//! Does what is in the file add up to what the manifest says?

use std::ops::{Bound, ControlFlow};
use std::sync::atomic::Ordering;

use strongroom_keystore::{Accumulator, Barrier, RowKey};

use super::view::{EngineView, WalkedRow, first_byte, open_row};
use crate::ledger::error::EngineError;
use crate::ledger::manifest::{Bucket, Commit, GROUPS, Group, Manifest, commit_key, group_key};
use crate::ledger::table::Table;

/// What a full verification went through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verified {
    /// Covered rows, each found, opened and part of its bucket's sum.
    pub(crate) rows: u64,
    /// Audit records, each found and linked to the one before.
    pub(crate) audit_records: u64,
}

impl EngineView {
    /// Verifies a bucket the first time that anything depends on it; free afterwards. A bucket that does not add up is
    /// looked at again at every touch, and refused again.
    pub(super) fn touch(&self, first: u8) -> Result<(), EngineError> {
        // One flag serves all views: a bucket that was not verified was not written to either since the store was
        // opened (a write touches first), so it is the same in every view.
        if self.shared.is_verified(first) {
            return Ok(());
        }
        let found = self.sum_of(first, None)?;
        self.settle(first, found)
    }

    /// For a walk over a table that meets every row of a bucket: what the bucket's other rows add up to, for those of the walk to
    /// be added. `None` where it was verified before.
    pub(super) fn begin_sum(&self, first: u8, walked: Table) -> Result<Option<WalkedSum<'_>>, EngineError> {
        if self.shared.is_verified(first) {
            return Ok(None);
        }
        let sum = self.sum_of(first, Some(walked))?;
        Ok(Some(WalkedSum { view: self, table: walked, first, sum, sought: Sought::new(self, walked) }))
    }

    /// What a bucket's rows add up to in all tables but one.
    fn sum_of(&self, first: u8, but: Option<Table>) -> Result<Bucket, EngineError> {
        let mut found = Bucket::default();
        let one = [first];
        let next = first.checked_add(1).map(|next| [next]);
        for table in Table::ALL.into_iter().filter(|table| table.is_covered() && Some(*table) != but) {
            // An empty key sorts before every bucket; the first one catches it.
            let start = if first == 0 { Bound::Unbounded } else { Bound::Included(one.as_slice()) };
            let end = next.as_ref().map_or(Bound::Unbounded, |next| Bound::Excluded(next.as_slice()));
            self.sum_up(table, (start, end), |_, element| {
                found.add(element);
                Ok(())
            })?;
        }
        Ok(found)
    }

    /// Verifies every bucket from `first` on that was not yet: each table is read once.
    pub(super) fn touch_from(&self, first: u8) -> Result<(), EngineError> {
        let mut missing = (first..=u8::MAX).filter(|bucket| !self.shared.is_verified(*bucket));
        match (missing.next(), missing.next()) {
            (None, _) => Ok(()),
            (Some(one), None) => self.touch(one),
            _ => self.sum_from(first),
        }
    }

    /// Verifies every bucket, known or not.
    pub(super) fn sum_all(&self) -> Result<(), EngineError> {
        self.sum_from(0)
    }

    fn sum_from(&self, from: u8) -> Result<(), EngineError> {
        let mut found = [Bucket::default(); 256];
        let start = [from];
        let start = if from == 0 { Bound::Unbounded } else { Bound::Included(start.as_slice()) };
        for table in Table::ALL.into_iter().filter(|table| table.is_covered()) {
            self.sum_up(table, (start, Bound::Unbounded), |first, element| {
                let bucket = found.get_mut(usize::from(first)).ok_or(EngineError::Misuse("more than 256 buckets"))?;
                bucket.add(element);
                Ok(())
            })?;
        }
        for (first, found) in (0..=u8::MAX).zip(found).skip(usize::from(from)) {
            self.settle(first, found)?;
        }
        Ok(())
    }

    /// Commit row, every row opened, every bucket, the audit chain.
    ///
    /// # Errors
    /// `Tampered`, `Damaged`, `Storage`, `Failed`, `Closed`.
    pub(super) fn verify(&self) -> Result<Verified, EngineError> {
        if read_manifest(self)?.id != self.manifest.id {
            return Err(EngineError::Tampered("the commit row was replaced while the store was open"));
        }
        self.sum_all()?;
        let mut rows = 0_u64;
        for table in Table::ALL.into_iter().filter(|table| table.is_covered()) {
            self.scan::<EngineError>(table, None, |_, _| {
                rows = rows.saturating_add(1);
                Ok(ControlFlow::Continue(()))
            })?;
        }
        let audit_records = self.follow_audit(|_, _| ())?;
        Ok(Verified { rows, audit_records })
    }

    /// Gives every row of a range to `add`, as the first byte of its key and its element.
    fn sum_up(
        &self,
        table: Table,
        bounds: (Bound<&[u8]>, Bound<&[u8]>),
        mut add: impl FnMut(u8, Accumulator) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let mut rows = self.range(table, bounds)?;
        let mut sought = Sought::new(self, table);
        while let Some(row) = self.next_of(&mut rows)? {
            add(first_byte(&row.key), self.element(table, &row)?)?;
            sought.passes(row)?;
        }
        sought.ends()
    }

    fn element(&self, table: Table, row: &WalkedRow) -> Result<Accumulator, EngineError> {
        Ok(self.barrier().element(table.id(), &row.key, &row.id()?))
    }

    fn settle(&self, first: u8, found: Bucket) -> Result<(), EngineError> {
        if found != self.manifest.bucket(first) {
            return Err(self.mismatch("rows are missing, added or older than the last commit"));
        }
        self.shared.verified(first).store(true, Ordering::Release);
        Ok(())
    }

    /// With wiped keys every sum is wrong: that is no tampering.
    pub(super) fn mismatch(&self, what: &'static str) -> EngineError {
        if self.barrier().is_locked() {
            EngineError::Keystore(strongroom_keystore::Error::Locked)
        } else {
            EngineError::Tampered(what)
        }
    }
}

/// Sees in a walk over a table that a look-up finds each row as well: the database does not check its branch pages, and after one
/// changed byte in one of them a walk can meet every row in order while a look-up misses some.
///
/// Where the first and the last row of a leaf are found, so are those between, if they stand in order: a search that takes the
/// same way for both takes it for every key between them. So two rows of a leaf are looked up, not all.
pub(super) struct Sought<'v> {
    view: &'v EngineView,
    table: Table,
    /// The row before, and whether it was looked up.
    last: Option<(WalkedRow, bool)>,
}
impl<'v> Sought<'v> {
    fn new(view: &'v EngineView, table: Table) -> Self {
        Self { view, table, last: None }
    }
    fn passes(&mut self, row: WalkedRow) -> Result<(), EngineError> {
        let mut within = false;
        if let Some((last, found)) = &self.last {
            if last.key >= row.key {
                return Err(EngineError::Tampered("rows are out of their order"));
            }
            within = last.shares_page_with(&row);
            if !within && !found {
                self.seek(last)?;
            }
        }
        if !within {
            self.seek(&row)?;
        }
        self.last = Some((row, !within));
        Ok(())
    }
    fn ends(self) -> Result<(), EngineError> {
        match &self.last {
            Some((last, false)) => self.seek(last),
            _ => Ok(()),
        }
    }
    fn seek(&self, row: &WalkedRow) -> Result<(), EngineError> {
        if self.view.id_of(self.table, &row.key)? == Some(row.id()?) {
            Ok(())
        } else {
            Err(EngineError::Tampered("a row cannot be found by its key"))
        }
    }
}

/// What the rows of a bucket add up to, as a walk over one of its tables goes on.
pub(super) struct WalkedSum<'v> {
    view: &'v EngineView,
    table: Table,
    first: u8,
    sum: Bucket,
    sought: Sought<'v>,
}
impl WalkedSum<'_> {
    pub(super) fn add(&mut self, row: WalkedRow) -> Result<(), EngineError> {
        self.sum.add(self.view.element(self.table, &row)?);
        self.sought.passes(row)
    }
    /// The walk has met every row of the bucket: is it what the manifest says?
    pub(super) fn settle(self) -> Result<(), EngineError> {
        self.sought.ends()?;
        self.view.settle(self.first, self.sum)
    }
}

/// Reads and checks the commit row and the sixteen bucket rows that it pins.
///
/// # Errors
/// `Tampered` if one is missing, does not open, or is not the one that is pinned; `NewerFormat` if it says more than
/// this version knows.
pub(super) fn read_manifest(view: &EngineView) -> Result<Manifest, EngineError> {
    let barrier = view.barrier();
    if barrier.is_locked() {
        return Err(EngineError::Keystore(strongroom_keystore::Error::Locked));
    }
    let key = commit_key(barrier);
    let stored = view.raw(Table::Control, &key)?.ok_or(EngineError::Tampered("the commit row is missing"))?;
    let row = open_control(view, &key, &stored)?;
    let commit = Commit::decode(row.data()).ok_or(EngineError::NewerFormat("the commit row has another form"))?;
    let id = Barrier::row_id(&stored).ok_or(EngineError::Damaged("the commit row is too short"))?;
    if row.sequence != commit.sequence {
        return Err(EngineError::Tampered("the commit row contradicts itself"));
    }
    if commit.anchor_kind != 0 {
        return Err(EngineError::NewerFormat("the store is anchored outside"));
    }
    let mut groups: [std::sync::Arc<Group>; GROUPS] = Default::default();
    for ((index, group), pin) in (0..).zip(&mut groups).zip(&commit.pins) {
        let key = group_key(barrier, index);
        let stored = view.raw(Table::Control, &key)?.ok_or(EngineError::Tampered("a bucket row is missing"))?;
        if Barrier::commitment(&stored).as_ref() != Some(pin) {
            return Err(EngineError::Tampered("a bucket row is not the one of the last commit"));
        }
        let row = open_control(view, &key, &stored)?;
        *group = Group::decode(row.data()).ok_or(EngineError::NewerFormat("a bucket row has another form"))?.into();
    }
    let manifest = Manifest::new(commit, id, groups);
    if manifest.rows() != manifest.commit.rows {
        return Err(EngineError::Tampered("the commit row counts other rows than the buckets"));
    }
    Ok(manifest)
}

/// A control row that does not open has been changed or moved: nothing above it can be believed.
fn open_control(view: &EngineView, key: &RowKey, stored: &[u8]) -> Result<strongroom_keystore::OpenedRow, EngineError> {
    open_row(view.barrier(), Table::Control, key, stored).map_err(|error| match error {
        EngineError::Damaged(_) => EngineError::Tampered("a control row does not open"),
        error => error,
    })
}
