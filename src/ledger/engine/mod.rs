//! The engine: rows in transactions. The one place that names redb, and the one to replace for another engine.
//!
//! ```text
//! Engine ── view() ──> EngineView      all rows as of one commit; readers share it, nobody waits
//!        └─ begin() ─> EngineChange    what one commit will do; one at a time; commit() publishes the next view
//! ```
//!
//! Rules that everything here keeps:
//! - A commit is durable before it is visible, and visible before it is acknowledged.
//! - Nothing that a row of a bucket decides is believed before the bucket was verified once ([`verify`]).
//! - After an error of the disk nothing is written until the store is opened again; reading goes on ([`overlay`](super::overlay)).
//! - No panic of redb and no type of redb leaves this folder ([`fault`]).

mod audit;
mod change;
mod copy;
mod fault;
mod open;
mod renew;
mod scrub;
mod shred;
mod turn;
mod verify;
mod view;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use arc_swap::ArcSwapOption;
use redb::{Database, ReadableDatabase, StorageBackend, WriteTransaction};
use strongroom_keystore::Barrier;

pub(crate) use change::EngineChange;
pub(crate) use copy::Copied;
pub(crate) use verify::Verified;
pub(crate) use view::{Buckets, EngineView};

use self::fault::{from_begin, from_compaction, from_open, guarded};
use self::turn::Turnstile;
use super::backend::{Storage, Traces, retried};
use super::error::EngineError;
use super::manifest::Manifest;
use super::overlay::{Overlay, PAGE};
use super::region::{Header, REGION_LEN, Region};
use super::table::Table;
use crate::clock::Timestamp;

/// When something that takes time in proportion to the store is checked while it is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Check {
    /// If the store is small; see the option for how small.
    #[default]
    Small,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What the host may choose about an engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// Bytes of pages that the database keeps in memory; at least 1 MiB.
    pub(crate) cache_bytes: usize,
    /// When every page's checksum is checked: small is below 64 MiB. There it costs little, and accidents of the disk
    /// are told at once. Unchecked damage is found where it is read.
    pub(crate) check_pages: Check,
    /// When every bucket is verified: small is below 20,000 rows (20 ms). Other buckets are verified when something
    /// first depends on them.
    pub(crate) check_rows: Check,
}

impl Default for Options {
    /// 64 MiB: measured, 8 MiB makes reads two times slower at 10,000 secrets, and redb's own default is 1 GiB.
    fn default() -> Self {
        Self { cache_bytes: 64 << 20, check_pages: Check::Small, check_rows: Check::Small }
    }
}

/// What a status line says. Nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Status {
    /// Length of the whole file.
    pub(crate) file_bytes: u64,
    /// Rows by table, as the database counts them.
    pub(crate) rows: Vec<(Table, u64)>,
    /// Commits so far.
    pub(crate) sequence: u64,
    /// Header writes so far.
    pub(crate) header_generation: u64,
    /// First 8 hexadecimal digits of the commit row's commitment: with the sequence, what a person can compare to
    /// notice that an older file was put back.
    pub(crate) commit_digits: String,
    /// The latest clock ever committed.
    pub(crate) high_water: Timestamp,
    /// Does the engine still write, or did a write fail?
    pub(crate) writable: bool,
}

/// An open store: sealed rows, read and written in transactions.
pub(crate) struct Engine {
    current: ArcSwapOption<EngineView>,
    changed: [AtomicU64; 256],
    failed: AtomicBool,
    /// Is nothing to be written, because the storage would not keep it?
    read_only: AtomicBool,
    writers: Turnstile,
    header: Mutex<Header>,
    handles: Mutex<Handles>,
    /// What the views of before the last rewrap share, while any of them is held.
    parted: Mutex<Weak<Shared>>,
    barrier: Arc<Barrier>,
    options: Options,
    opened_by: u32,
    region: Region,
    // Last: it gives up the lock, after the database has said its last words.
    storage: Storage,
}

/// What all views of one opening have in common.
struct Shared {
    barrier: Arc<Barrier>,
    /// Which buckets were found to add up.
    verified: [AtomicBool; 256],
    /// Has the disk refused a read? The database answers nothing more after that.
    unreadable: AtomicBool,
}

/// The database on the disk, and what is needed to read on without it.
#[derive(Default)]
struct Handles {
    live: Option<Quiet>,
    /// What the last acknowledged commit says.
    manifest: Option<Manifest>,
    /// The database's header page as of that commit.
    first_page: Option<Box<[u8; PAGE]>>,
    closed: bool,
}

/// A database that may be dropped anywhere: a panic on its way out stays inside.
struct Quiet {
    database: Option<Database>,
    found: Option<Found>,
}

/// A file as it was found, closed in order. A database that wrote nothing leaves it so.
///
/// Left to itself it would commit on its way out, and take pages on that way that nobody has read yet. If such a page was
/// damaged and not checked at opening, it panics, and once more in a destructor while it unwinds from that: then the process
/// ends. (Found by flipping every bit of a file.)
struct Found {
    whole: Arc<dyn StorageBackend>,
    traces: Arc<Traces>,
    first_page: Box<[u8; PAGE]>,
}

impl Quiet {
    fn of(database: Database) -> Self {
        Self { database: Some(database), found: None }
    }
    fn get(&self) -> Result<&Database, EngineError> {
        self.database.as_ref().ok_or(EngineError::Closed)
    }
    fn get_mut(&mut self) -> Result<&mut Database, EngineError> {
        self.database.as_mut().ok_or(EngineError::Closed)
    }
    fn close(mut self) -> Result<(), EngineError> {
        self.end()
    }
    fn end(&mut self) -> Result<(), EngineError> {
        let Some(database) = self.database.take() else { return Ok(()) };
        match self.found.take().filter(|found| !found.traces.wrote()) {
            Some(found) => {
                let left = found.leave();
                // It is not asked any more, and what it says to that is of no interest.
                let _ = guarded(|| database.close().map_err(from_open));
                left
            }
            None => guarded(|| database.close().map_err(from_open)),
        }
    }
}

impl Found {
    /// The file's first database page, if the database was closed in order; else there is work to be done on it, and the
    /// database does it.
    fn read(whole: &Arc<dyn StorageBackend>, traces: Arc<Traces>) -> Result<Option<Self>, EngineError> {
        let mut first_page = Box::new([0; PAGE]);
        retried(|| whole.read(database_at(), first_page.as_mut_slice()))?;
        let in_order = first_page.get(STATE_AT).is_some_and(|state| state & NEEDS_RECOVERY == 0);
        Ok(in_order.then(|| Self { whole: Arc::clone(whole), traces, first_page }))
    }
    /// Takes back the one thing that opening wrote: that it is open.
    fn leave(&self) -> Result<(), EngineError> {
        self.traces.seal();
        retried(|| self.whole.write(database_at(), self.first_page.as_slice()))?;
        Ok(retried(|| self.whole.sync_data())?)
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// Where the database begins.
fn database_at() -> u64 {
    u64::try_from(REGION_LEN).unwrap_or(u64::MAX)
}

// redb 4, file format version 3: the byte behind the magic, and its bit for a file that was not closed in order.
const STATE_AT: usize = 9;
const NEEDS_RECOVERY: u8 = 2;

impl Shared {
    fn new(barrier: Arc<Barrier>) -> Self {
        let verified = [const { AtomicBool::new(false) }; 256];
        Self { barrier, verified, unreadable: AtomicBool::new(false) }
    }
    /// For another handle on the same state: what was verified stays verified.
    fn again(&self) -> Self {
        let again = Self::new(Arc::clone(&self.barrier));
        for (new, old) in again.verified.iter().zip(&self.verified) {
            new.store(old.load(Ordering::Acquire), Ordering::Release);
        }
        again
    }
    fn verified(&self, first: u8) -> &AtomicBool {
        let [head, ..] = &self.verified;
        self.verified.get(usize::from(first)).unwrap_or(head)
    }
    fn is_verified(&self, first: u8) -> bool {
        self.verified(first).load(Ordering::Acquire)
    }
    fn note_unreadable(&self) {
        self.unreadable.store(true, Ordering::Release);
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("storage", &self.storage).finish_non_exhaustive()
    }
}

impl Engine {
    /// The rows as of the last commit. One atomic load; a view is for one call, not for keeping.
    ///
    /// # Errors
    /// `Closed`; `Failed` if the disk failed and nothing can be read any more.
    pub(crate) fn view(&self) -> Result<Arc<EngineView>, EngineError> {
        match self.current.load_full() {
            Some(view) if !view.shared.unreadable.load(Ordering::Acquire) => Ok(view),
            _ => self.view_after_trouble(),
        }
    }

    /// Begins a change. Waits while another thread holds one.
    ///
    /// # Errors
    /// `Busy` if this thread holds one, `Failed` after a write failed, `Forked`, `Closed`.
    pub(crate) fn begin(&self) -> Result<EngineChange<'_>, EngineError> {
        if std::process::id() != self.opened_by {
            return Err(EngineError::Forked);
        }
        let turn = self.writers.enter()?;
        self.check_writable()?;
        Ok(EngineChange::on(self, self.view()?, turn))
    }

    /// The same, if nobody holds one.
    ///
    /// # Errors
    /// As [`Engine::begin`].
    pub(crate) fn begin_if_free(&self) -> Result<Option<EngineChange<'_>>, EngineError> {
        if std::process::id() != self.opened_by {
            return Err(EngineError::Forked);
        }
        let Some(turn) = self.writers.enter_if_free() else { return Ok(None) };
        self.check_writable()?;
        Ok(Some(EngineChange::on(self, self.view()?, turn)))
    }

    /// Does this thread hold a change?
    pub(crate) fn is_changing(&self) -> bool {
        self.writers.is_mine()
    }

    /// Did the disk fail, so that nothing is written before the store is [opened again](Engine::reopen)?
    pub(crate) fn has_failed(&self) -> bool {
        // A read that failed is noticed here at the latest.
        self.view().is_err() || self.failed.load(Ordering::Acquire)
    }

    /// The generation at which a row whose key begins with this byte last changed. What was read at generation r may
    /// serve a view of generation v only if this, looked at after it was found, is at most r and at most v: the writer
    /// raises it before it publishes.
    pub(crate) fn changed(&self, first: u8) -> u64 {
        self.changed_at(first).load(Ordering::Acquire)
    }

    /// The barrier that seals this store's rows, for row keys.
    pub(crate) fn barrier(&self) -> &Barrier {
        &self.barrier
    }

    /// Row key of an audit record; the first has number 1.
    #[cfg(test)]
    pub(crate) fn audit_key(&self, number: u64) -> strongroom_keystore::RowKey {
        super::manifest::audit_key(&self.barrier, number)
    }

    /// Goes through everything: commit row, every bucket, every record, the audit chain.
    ///
    /// # Errors
    /// `Tampered`, `Damaged`, `Storage`, `Failed`, `Closed`.
    pub(crate) fn verify(&self) -> Result<Verified, EngineError> {
        self.view()?.verify()
    }

    /// # Errors
    /// `Closed`, `Storage`, `Damaged`.
    pub(crate) fn status(&self) -> Result<Status, EngineError> {
        let view = self.view()?;
        let mut rows = Vec::with_capacity(Table::ALL.len());
        for table in Table::ALL {
            rows.push((table, view.rows_of(table)?));
        }
        Ok(Status {
            file_bytes: retried(|| self.storage.backend().len())?,
            rows,
            sequence: view.generation(),
            header_generation: view.manifest.commit.header_generation,
            commit_digits: view.commit_digits(),
            high_water: view.high_water(),
            writable: self.check_writable().is_ok(),
        })
    }

    /// What kind of file system the store's file is on; `None` without a file.
    pub(crate) fn file_system(&self) -> Option<&'static str> {
        self.storage.file_system()
    }

    /// Gives free pages back to the disk. Readers that come meanwhile wait. Returns whether the file got smaller.
    ///
    /// # Errors
    /// `Busy` if somebody still holds a view, or this thread a change; else as a commit.
    pub(crate) fn compact(&self) -> Result<bool, EngineError> {
        self.alone(|live, _| {
            let live = live.get_mut()?;
            guarded(|| live.compact().map_err(from_compaction))
        })
    }

    /// Closes the store and gives up the lock. Waits for another thread's change. Views that are still held answer
    /// `Closed`.
    ///
    /// # Errors
    /// `Busy` if this thread holds a change. `Storage` if the last words to the disk failed; what was acknowledged is
    /// safe all the same.
    pub(crate) fn close(&self) -> Result<(), EngineError> {
        let _turn = self.writers.enter()?;
        self.current.store(None);
        let mut handles = self.handles();
        let live = std::mem::take(&mut *handles).live;
        handles.closed = true;
        let closed = live.map_or(Ok(()), Quiet::close);
        closed.and(self.storage.close())
    }

    fn handles(&self) -> MutexGuard<'_, Handles> {
        self.handles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check_writable(&self) -> Result<(), EngineError> {
        if self.read_only.load(Ordering::Acquire) {
            return Err(EngineError::ReadOnly);
        }
        if self.failed.load(Ordering::Acquire) { Err(EngineError::Failed) } else { Ok(()) }
    }

    fn changed_at(&self, first: u8) -> &AtomicU64 {
        let [head, ..] = &self.changed;
        self.changed.get(usize::from(first)).unwrap_or(head)
    }

    fn begin_write(&self) -> Result<WriteTransaction, EngineError> {
        self.check_writable()?;
        let handles = self.handles();
        let live = handles.live.as_ref().ok_or(EngineError::Closed)?.get()?;
        guarded(|| change::begin(live))
    }

    /// Generation and wrap epoch of the header on the disk.
    fn header_facts(&self) -> (u64, u32) {
        let header = self.header();
        (header.generation, header.wrap_epoch)
    }

    fn replace_header(&self, next: &Header) -> Result<(), EngineError> {
        let present = Arc::clone(&self.header().copy);
        self.region.replace(&present, &next.copy)
    }

    fn adopt_header(&self, header: Header) {
        *self.header() = header;
    }

    fn header(&self) -> MutexGuard<'_, Header> {
        self.header.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs what touches the disk for a commit. If it fails, nothing more is written, and reading goes on elsewhere.
    fn attempt(&self, work: impl FnOnce() -> Result<(), EngineError>) -> Result<(), EngineError> {
        let outcome = work();
        if outcome.is_err() {
            self.failed.store(true, Ordering::Release);
            if let Some(view) = self.current.load_full() {
                self.fall_back(&self.handles(), &view.shared);
            }
        }
        outcome
    }

    /// Shows a durable commit to readers, after raising the generations of what it changed.
    fn publish(&self, manifest: Manifest, changed: &[u8], shared: &Arc<Shared>) -> u64 {
        let generation = manifest.commit.sequence;
        for first in changed {
            self.changed_at(*first).store(generation, Ordering::Release);
        }
        self.show(&mut self.handles(), manifest, shared);
        generation
    }

    /// Makes the database's present state the current view.
    fn show(&self, handles: &mut Handles, manifest: Manifest, shared: &Arc<Shared>) {
        self.remember(handles, manifest.clone());
        let live = handles.live.as_ref().ok_or(EngineError::Closed).and_then(Quiet::get);
        if let Ok(view) = live.and_then(|live| view_of(live, manifest, Arc::clone(shared))) {
            self.current.store(Some(Arc::new(view)));
        } else {
            // The state is durable but cannot be read here. The one before must not be shown any more: the commit
            // may have revoked something.
            self.failed.store(true, Ordering::Release);
            self.current.store(None);
            self.fall_back(handles, shared);
        }
    }

    /// Keeps what leads to a commit that was just made durable.
    fn remember(&self, handles: &mut Handles, manifest: Manifest) {
        let mut page = Box::new([0; PAGE]);
        let read = retried(|| self.storage.backend().read(database_at(), page.as_mut_slice()));
        handles.first_page = read.ok().map(|()| page);
        handles.manifest = Some(manifest);
    }

    /// Opens the last acknowledged commit beside the database that failed. If that fails too, readers keep what they
    /// have, and the next reader in trouble tries again.
    fn fall_back(&self, handles: &Handles, shared: &Shared) {
        let (Some(first_page), Some(manifest)) = (&handles.first_page, &handles.manifest) else { return };
        let opened = guarded(|| {
            let overlay = Overlay::over(self.storage.backend(), first_page)?;
            let mut builder = Database::builder();
            builder.set_cache_size(self.options.cache_bytes);
            let database = Quiet::of(builder.create_with_backend(overlay).map_err(from_open)?);
            let view = view_of(database.get()?, manifest.clone(), Arc::new(shared.again()))?;
            Ok(view.keeping(database))
        });
        if let Ok(view) = opened {
            self.current.store(Some(Arc::new(view)));
        }
    }

    /// No view, or the last one could not be read: compaction is under way, the store is closed, or the disk failed.
    fn view_after_trouble(&self) -> Result<Arc<EngineView>, EngineError> {
        let handles = self.handles();
        if handles.closed {
            return Err(EngineError::Closed);
        }
        if let Some(view) = self.current.load_full()
            && view.shared.unreadable.swap(false, Ordering::AcqRel)
        {
            self.failed.store(true, Ordering::Release);
            self.fall_back(&handles, &view.shared);
        }
        self.current.load_full().ok_or(EngineError::Failed)
    }
}

fn view_of(database: &Database, manifest: Manifest, shared: Arc<Shared>) -> Result<EngineView, EngineError> {
    let transaction = guarded(|| database.begin_read().map_err(from_begin))?;
    EngineView::open(&transaction, manifest, shared)
}

impl Drop for Engine {
    fn drop(&mut self) {
        // There is nobody to tell; `close` tells those who ask.
        let _ = self.close();
    }
}

#[cfg(test)]
mod tests;
