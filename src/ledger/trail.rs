//! Records of reads and of refused calls on their way into the journal.
//!
//! *Strict*: whoever is to be answered waits for the commit that has the record. Threads that wait at the same time elect one of
//! them, which takes the writer's turn, and then everything that has come together by then, into one commit. There is no thread
//! of ours, and no lock is held over the disk. *Available*: records are gathered, and go with whatever is committed next.

use std::fmt;
use std::mem::take;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use super::change::Change;
use super::floods::{Flood, Floods};
use super::look::Fetch as _;
use super::store::Ledger;
use super::{fault, journal};
use crate::audit::{Event, ReadAudit};
use crate::clock::Timestamp;
use crate::error::{self, Error};

/// What waits for a commit.
pub(crate) struct Trail {
    mode: ReadAudit,
    state: Mutex<State>,
    /// A group commit is over.
    settled: Condvar,
}

#[derive(Default)]
struct State {
    /// What the next group commit writes, and who waits for it.
    records: Vec<Vec<u8>>,
    batch: Arc<Batch>,
    /// Is somebody at a group commit?
    leading: bool,
    /// What goes with whatever is committed next.
    gathered: Vec<Row>,
    /// Calls whose records found no room.
    lost: Option<Lost>,
    floods: Floods,
    /// Time of the last event.
    latest: Option<Timestamp>,
}

/// What came of one group commit, once it is over.
#[derive(Default)]
struct Batch(OnceLock<Result<(), Cause>>);

/// What must be done before the answer of a call is given.
#[must_use]
pub(crate) struct Pending(Owed);
enum Owed {
    /// Its record must be durable.
    Record(Arc<Batch>),
    /// Room must be made for further records; the answer does not depend on it.
    Room,
}

/// A record that waits.
struct Row {
    record: Vec<u8>,
    calls: Lost,
}
/// Calls, and when the first and the last of them were.
#[derive(Clone, Copy)]
struct Lost {
    count: u64,
    first: Timestamp,
    last: Timestamp,
}

/// What a commit takes along.
pub(super) struct Carried(Vec<Row>);
impl Carried {
    pub(super) fn records(&self) -> impl Iterator<Item = &Vec<u8>> {
        self.0.iter().map(|row| &row.record)
    }
}

impl Trail {
    pub(super) fn new(mode: ReadAudit) -> Self {
        Self { mode, state: Mutex::default(), settled: Condvar::new() }
    }
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Takes what goes with a commit of this time.
    pub(super) fn take(&self, now: Timestamp) -> Carried {
        if self.mode == ReadAudit::Off {
            return Carried(Vec::new());
        }
        let mut state = self.state();
        // A commit for the sake of reads is of an older time than they are.
        let now = state.latest.map_or(now, |latest| latest.max(now));
        for flood in state.floods.take_over(now) {
            state.gather_flood(&flood);
        }
        let mut rows = take(&mut state.gathered);
        if let Some(lost) = state.lost.take() {
            // What was lost came when there was no room: behind what had found some.
            match journal::of_gap(lost.count, lost.first, lost.last) {
                Ok(record) => rows.push(Row { record, calls: lost }),
                Err(_) => state.lose(lost),
            }
        }
        Carried(rows)
    }
    /// Puts back what could not be committed, ahead of what has come since.
    pub(super) fn restore(&self, carried: Carried) {
        if carried.0.is_empty() {
            return;
        }
        let mut state = self.state();
        let since = std::mem::replace(&mut state.gathered, carried.0);
        for row in since {
            state.gather(row);
        }
    }
}

impl State {
    /// Is it counted with others, so that it needs no record of its own?
    fn counts(&mut self, event: &Event) -> bool {
        self.latest = Some(event.time);
        let counts = self.floods.counts(event);
        for flood in self.floods.take_ended() {
            self.gather_flood(&flood);
        }
        counts
    }
    fn gather(&mut self, row: Row) {
        if self.gathered.len() < GATHERED_MAX {
            self.gathered.push(row);
        } else {
            self.lose(row.calls);
        }
    }
    fn gather_flood(&mut self, flood: &Flood) {
        let calls = Lost { count: flood.count, first: flood.event.time, last: flood.last };
        match journal::encode_many(&flood.event, flood.count, flood.last) {
            Ok(record) => self.gather(Row { record, calls }),
            Err(_) => self.lose(calls),
        }
    }
    fn lose(&mut self, calls: Lost) {
        self.lost = Some(match self.lost {
            None => calls,
            Some(lost) => Lost { count: lost.count.saturating_add(calls.count), last: calls.last, ..lost },
        });
    }
    fn is_waiting(&self, now: Timestamp) -> bool {
        !self.gathered.is_empty() || self.lost.is_some() || self.floods.is_over(now)
    }
}

impl Ledger {
    /// Does the journal have reads and refusals?
    pub(crate) fn audits_reads(&self) -> bool {
        self.trail.mode != ReadAudit::Off
    }
    /// Reads of a thread that holds a change have no way to get a record of their own: the turn is its own.
    ///
    /// # Errors
    /// `Busy`, in strict mode, within a change of this thread.
    pub(crate) fn may_record(&self) -> Result<(), Error> {
        let stuck = self.trail.mode == ReadAudit::Strict && self.engine().is_changing();
        if stuck { Err(fault::within_transaction()) } else { Ok(()) }
    }
    /// Takes the events of a call that changed nothing.
    ///
    /// # Errors
    /// `AuditUnavailable`, in strict mode, for what is no record.
    pub(crate) fn note_events(&self, events: &[&Event]) -> Result<Option<Pending>, Error> {
        match self.trail.mode {
            ReadAudit::Off => Ok(None),
            ReadAudit::Available => {
                let mut state = self.trail.state();
                for event in events {
                    if state.counts(event) {
                        continue;
                    }
                    let calls = Lost { count: 1, first: event.time, last: event.time };
                    match journal::encode(event) {
                        Ok(record) => state.gather(Row { record, calls }),
                        Err(_) => state.lose(calls),
                    }
                }
                Ok(Some(Pending(Owed::Room)).filter(|_| state.gathered.len() >= WRITTEN_FROM))
            }
            ReadAudit::Strict => {
                let records = self.strict_records(events)?;
                if records.is_empty() {
                    return Ok(None);
                }
                let mut state = self.trail.state();
                state.records.extend(records);
                Ok(Some(Pending(Owed::Record(Arc::clone(&state.batch)))))
            }
        }
    }
    /// The same within a change of this thread: in strict mode the records are durable when this returns, whatever becomes of
    /// the change.
    ///
    /// # Errors
    /// `AuditUnavailable`, in strict mode.
    pub(crate) fn note_ahead(&self, change: &Change<'_>, events: &[&Event]) -> Result<(), Error> {
        if self.trail.mode != ReadAudit::Strict {
            // Room is made by the change's own commit.
            return self.note_events(events).map(drop);
        }
        let records = self.strict_records(events)?;
        if records.is_empty() {
            return Ok(());
        }
        change.write_ahead(&records).map_err(|cause| {
            self.trail.state().floods.reopen();
            error::audit_unavailable().caused_by(cause)
        })
    }
    /// Records of those events that are not counted with others.
    fn strict_records(&self, events: &[&Event]) -> Result<Vec<Vec<u8>>, Error> {
        let counted = |event: &&&Event| self.trail.state().counts(event);
        let records = events.iter().filter(|event| !counted(event)).map(|event| journal::encode(event));
        let records: Result<Vec<_>, _> = records.collect();
        records.map_err(|broken| error::audit_unavailable().caused_by(fault::record(broken)))
    }
    /// Waits until the answer may be given.
    ///
    /// # Errors
    /// `AuditUnavailable`; `Busy` within a change of this thread.
    pub(crate) fn settle(&self, pending: Pending) -> Result<(), Error> {
        match pending.0 {
            Owed::Room => {
                // If it cannot be written, reads go on.
                let _ = self.write_if_free(&[]);
                Ok(())
            }
            Owed::Record(batch) => {
                self.may_record()?;
                let outcome = self.settle_batch(&batch);
                outcome.map_err(|cause| error::audit_unavailable().caused_by(cause))
            }
        }
    }
    fn settle_batch(&self, batch: &Batch) -> Result<(), Cause> {
        let trail = &self.trail;
        let mut state = trail.state();
        while state.leading {
            if let Some(outcome) = batch.0.get() {
                return outcome.clone();
            }
            state = trail.settled.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(outcome) = batch.0.get() {
            return outcome.clone();
        }
        // Nobody is at it, so it is the next one.
        state.leading = true;
        drop(state);
        let mut lead = Lead { trail, batch: None, outcome: Err(Cause::default()) };
        lead.outcome = self.lead(&mut lead.batch).map_err(Cause::from);
        lead.outcome.clone()
    }
    /// Writes everything that waits by the time that it is this thread's turn to write.
    fn lead(&self, led: &mut Option<Arc<Batch>>) -> Result<(), Error> {
        let change = self.change();
        let records = {
            let mut state = self.trail.state();
            *led = Some(take(&mut state.batch));
            take(&mut state.records)
        };
        write_now(change?, &records)
    }
    fn write_if_free(&self, records: &[Vec<u8>]) -> Result<(), Error> {
        match self.engine().begin_if_free()? {
            Some(change) => write_now(Change::new(self, change), records),
            // Who writes takes it along.
            None => Ok(()),
        }
    }
    /// Writes what waits for some commit, if anything does.
    ///
    /// # Errors
    /// As a commit.
    pub(crate) fn write_trail(&self, now: Timestamp) -> Result<(), Error> {
        {
            let mut state = self.trail.state();
            if !state.is_waiting(now) {
                return Ok(());
            }
            for flood in state.floods.take_over(now) {
                state.gather_flood(&flood);
            }
        }
        write_now(self.change()?, &[])
    }
    /// Writes everything that waits, if that can be done at once.
    pub(super) fn end_trail(&self) {
        let mut state = self.trail.state();
        for flood in state.floods.take_all() {
            state.gather_flood(&flood);
        }
        // Held answers that nobody has opened have left records as well.
        let records = take(&mut state.records);
        let waits = !(state.gathered.is_empty() && records.is_empty()) || state.lost.is_some();
        drop(state);
        if waits {
            // What cannot be written now is lost with the handle.
            let _ = self.write_if_free(&records);
        }
    }
}

/// Reads have no part in what time it is: their commits are of no later time than the last one.
fn write_now(change: Change<'_>, records: &[Vec<u8>]) -> Result<(), Error> {
    let time = change.high_water();
    change.commit_records(records, time)
}

/// A group commit under way. However it ends, those who wait are told, and somebody else may lead.
struct Lead<'t> {
    trail: &'t Trail,
    batch: Option<Arc<Batch>>,
    outcome: Result<(), Cause>,
}
impl Drop for Lead<'_> {
    fn drop(&mut self) {
        let mut state = self.trail.state();
        let batch = self.batch.take().unwrap_or_else(|| {
            state.records.clear();
            take(&mut state.batch)
        });
        if self.outcome.is_err() {
            // What was refused first has no record: the next refusal is the first again.
            state.floods.reopen();
        }
        // It was open: nobody else leads.
        let _ = batch.0.set(self.outcome.clone());
        state.leading = false;
        drop(state);
        self.trail.settled.notify_all();
    }
}

/// Why there is no record, for each of those who waited for it.
#[derive(Clone, Debug, Default)]
struct Cause(Option<Arc<Error>>);
impl From<Error> for Cause {
    fn from(error: Error) -> Self {
        Self(Some(Arc::new(error)))
    }
}
impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(error) => error.fmt(f),
            None => f.write_str("the thread that wrote for all of them panicked"),
        }
    }
}
impl std::error::Error for Cause {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.as_ref().and_then(|error| error.source())
    }
}

impl fmt::Debug for Trail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trail").field("mode", &self.mode).finish_non_exhaustive()
    }
}
impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending")
    }
}

/// Records that wait without anybody waiting for them: some 2 MB.
const GATHERED_MAX: usize = 4_096;
/// From so many on they are written by whoever adds one.
const WRITTEN_FROM: usize = GATHERED_MAX / 4;
