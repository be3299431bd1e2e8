//! The audit chain: numbered records, each linked to the one before, in rows of one record or of several.
//!
//! What one commit adds for many reads goes into few rows: a row costs a seal and a place in a page of its own. A row of several is
//! `"SB" || (u32 length || record)*`, big-endian, under the key of its first record's number; a row of one is that record.

use std::ops::ControlFlow;

use super::EngineChange;
use super::view::{EngineView, open_row};
use crate::ledger::error::EngineError;
use crate::ledger::manifest::audit_key;
use crate::ledger::table::Table;

/// Records of one row.
struct AuditRow<'r> {
    /// Number of the first.
    first: u64,
    records: Vec<&'r [u8]>,
}
impl AuditRow<'_> {
    /// Number of the first record behind it.
    fn end(&self) -> u64 {
        self.first.saturating_add(self.records.len() as u64)
    }
}

impl EngineView {
    /// Visits the audit records from a number on, in their order, until the visitor breaks.
    ///
    /// # Errors
    /// `Tampered` if one is missing; `Damaged` if it does not open; `Storage`, `Failed`, `Closed`.
    pub(crate) fn each_audit_record<E: From<EngineError>>(
        &self,
        from: u64,
        mut visit: impl FnMut(u64, &[u8]) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        self.each_audit_row(from, |row| {
            for (number, record) in (row.first..).zip(&row.records) {
                if number >= from && visit(number, record)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        })
    }

    /// Visits the records of a row at a time.
    ///
    /// # Errors
    /// As [`each_audit_record`](Self::each_audit_record).
    pub(crate) fn each_audit_batch<E: From<EngineError>>(
        &self,
        mut visit: impl FnMut(&[&[u8]]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.each_audit_row(0, |row| visit(&row.records).map(ControlFlow::Continue))
    }

    /// Visits the rows from that on which has a record of this number.
    fn each_audit_row<E: From<EngineError>>(
        &self,
        from: u64,
        mut visit: impl FnMut(AuditRow<'_>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        let (evicted, count) = (self.manifest.commit.evicted, self.manifest.commit.audit_count);
        let from = from.max(evicted.saturating_add(1));
        if from > count {
            return Ok(());
        }
        let mut number = self.first_in_row_of(from, evicted)?;
        while number <= count {
            let key = audit_key(self.barrier(), number);
            let stored = self.raw(Table::Audit, &key)?.ok_or_else(missing)?;
            let opened = open_row(self.barrier(), Table::Audit, &key, &stored)?;
            let records = split(opened.data()).ok_or(EngineError::Damaged("an audit row has another form"))?;
            let row = AuditRow { first: number, records };
            number = row.end();
            if visit(row)?.is_break() {
                return Ok(());
            }
        }
        if number.checked_sub(1) == Some(count) {
            Ok(())
        } else {
            Err(EngineError::Tampered("audit rows overlap").into())
        }
    }

    /// The number under which the row of a record is kept.
    fn first_in_row_of(&self, number: u64, evicted: u64) -> Result<u64, EngineError> {
        for first in (evicted.saturating_add(1)..=number).rev().take(IN_A_ROW_MAX) {
            if self.raw(Table::Audit, &audit_key(self.barrier(), first))?.is_some() {
                return Ok(first);
            }
        }
        Err(missing())
    }

    /// Follows the audit chain from where it was cut to its end, and shows the head there and after each record. Answers how many
    /// records there are.
    ///
    /// # Errors
    /// `Tampered`, `Damaged`, `Storage`, `Failed`, `Closed`.
    pub(crate) fn follow_audit(&self, mut visit: impl FnMut(u64, &[u8; 32])) -> Result<u64, EngineError> {
        let commit = &self.manifest.commit;
        let (mut head, mut rows) = (commit.evicted_head, 0_u64);
        visit(commit.evicted, &head);
        self.each_audit_row::<EngineError>(0, |row| {
            rows = rows.saturating_add(1);
            for (number, record) in (row.first..).zip(&row.records) {
                head = self.barrier().audit_link(&head, record);
                visit(number, &head);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        if head != commit.audit_head {
            return Err(self.mismatch("the audit chain does not end where the commit row says"));
        }
        if self.rows_of(Table::Audit)? != rows {
            return Err(EngineError::Tampered("there are more audit records than were written"));
        }
        Ok(commit.audit_count.saturating_sub(commit.evicted))
    }
}

impl EngineChange<'_> {
    /// Appends a record to the audit chain and returns its number; the first is 1.
    ///
    /// # Errors
    /// `Keystore` (too long, no randomness).
    pub(crate) fn append_audit(&mut self, record: &[u8]) -> Result<u64, EngineError> {
        self.append_audits(&[record])?;
        Ok(self.audit_count)
    }

    /// Appends records to the audit chain, 64 in a row.
    ///
    /// # Errors
    /// As [`append_audit`](Self::append_audit).
    pub(crate) fn append_audits<R: AsRef<[u8]>>(&mut self, records: &[R]) -> Result<(), EngineError> {
        for records in records.chunks(IN_A_ROW_MAX) {
            let used_up = || EngineError::Misuse("audit numbers are used up");
            let first = self.audit_count.checked_add(1).ok_or_else(used_up)?;
            let last = self.audit_count.checked_add(records.len() as u64).ok_or_else(used_up)?;
            self.put_audit_row(first, records)?;
            for record in records {
                self.audit_head = self.engine.barrier().audit_link(&self.audit_head, record.as_ref());
            }
            self.audit_count = last;
        }
        Ok(())
    }
    fn put_audit_row<R: AsRef<[u8]>>(&mut self, first: u64, records: &[R]) -> Result<(), EngineError> {
        let key = audit_key(self.barrier(), first);
        let row = self.barrier().seal_row(Table::Audit.id(), &key, self.sequence(), &join(records));
        self.rows.insert((Table::Audit, key), Some(row.map_err(EngineError::Keystore)?));
        Ok(())
    }

    /// What the head of the audit chain would be behind this record, which is not appended.
    pub(super) fn next_link(&self, record: &[u8]) -> [u8; 32] {
        self.barrier().audit_link(&self.audit_head, record)
    }

    /// How many audit records there are, as this change leaves them.
    pub(crate) fn audit_kept(&self) -> u64 {
        self.audit_count.saturating_sub(self.evicted.0)
    }

    /// Removes the oldest audit records, so many of those that are committed. Answers the number of the last that goes, and the
    /// head of the chain there, from which the others are followed then.
    ///
    /// # Errors
    /// As [`EngineView::each_audit_record`]; nothing is removed.
    pub(crate) fn evict_audit(&mut self, records: u64) -> Result<(u64, [u8; 32]), EngineError> {
        let (mut cut, through) = (self.evicted, self.evicted.0.saturating_add(records));
        let mut gone = Vec::new();
        // Of the last row, what stays.
        let mut rest: Vec<Vec<u8>> = Vec::new();
        self.base.each_audit_row::<EngineError>(cut.0.saturating_add(1), |row| {
            if row.first > through {
                return Ok(ControlFlow::Break(()));
            }
            gone.push(audit_key(self.barrier(), row.first));
            for (number, record) in (row.first..).zip(&row.records) {
                if number > through {
                    rest.push(record.to_vec());
                } else {
                    cut = (number, self.barrier().audit_link(&cut.1, record));
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        if !rest.is_empty() {
            self.put_audit_row(cut.0.saturating_add(1), &rest)?;
        }
        self.rows.extend(gone.into_iter().map(|key| ((Table::Audit, key), None)));
        self.evicted = cut;
        Ok(cut)
    }
}

fn missing() -> EngineError {
    EngineError::Tampered("an audit record is missing")
}

/// The row of these records.
fn join<R: AsRef<[u8]>>(records: &[R]) -> Vec<u8> {
    if let [one] = records
        && !one.as_ref().starts_with(SEVERAL)
    {
        return one.as_ref().to_vec();
    }
    let mut row = SEVERAL.to_vec();
    for record in records {
        let record = record.as_ref();
        // A row has a tighter bound than this one.
        row.extend_from_slice(&u32::try_from(record.len()).unwrap_or(u32::MAX).to_be_bytes());
        row.extend_from_slice(record);
    }
    row
}
/// The records of a row; `None` if it is none.
fn split(row: &[u8]) -> Option<Vec<&[u8]>> {
    let Some(mut rest) = row.strip_prefix(SEVERAL) else { return Some(vec![row]) };
    let mut records = Vec::new();
    while !rest.is_empty() {
        let (len, behind) = rest.split_first_chunk()?;
        let (record, behind) = behind.split_at_checked(usize::try_from(u32::from_be_bytes(*len)).ok()?)?;
        records.push(record);
        rest = behind;
    }
    (1..=IN_A_ROW_MAX).contains(&records.len()).then_some(records)
}

const SEVERAL: &[u8] = b"SB";
/// How many numbers a look-up goes back at most.
const IN_A_ROW_MAX: usize = 64;
