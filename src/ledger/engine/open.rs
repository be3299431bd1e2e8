//! Creating a store, opening one, opening it again after a failure.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};

use arc_swap::ArcSwapOption;
use redb::{Database, ReadableDatabase};
use strongroom_keystore::Barrier;

use super::change::{EngineChange, write_first_commit};
use super::fault::{from_begin, from_open, from_storage, guarded};
use super::turn::Turnstile;
use super::verify::read_manifest;
use super::view::EngineView;
use super::{Check, Engine, Found, Handles, Options, Quiet, Shared};
use crate::clock::Timestamp;
use crate::ledger::backend::{Shifted, Storage, retried};
use crate::ledger::error::EngineError;
use crate::ledger::manifest::{Commit, Manifest};
use crate::ledger::region::{Header, REGION_LEN, Region};

impl Engine {
    /// Makes a new store: header, database, first commit; durable when this returns. On an error a file is removed
    /// again.
    ///
    /// # Errors
    /// `Exists` if the storage is not empty, `Options`, `Busy`, `Storage`, `Keystore`.
    pub(crate) fn create(
        storage: Storage,
        header: Header,
        barrier: Barrier,
        options: Options,
        now: Timestamp,
    ) -> Result<Self, EngineError> {
        Self::create_after(storage, header, barrier, options, now, 0)
    }
    /// The same for a store that goes on where another one ends: its sequences follow that one.
    ///
    /// # Errors
    /// As [`Engine::create`].
    pub(super) fn create_after(
        storage: Storage,
        header: Header,
        barrier: Barrier,
        options: Options,
        now: Timestamp,
        sequence: u64,
    ) -> Result<Self, EngineError> {
        let made = check(&header, options).and_then(|()| {
            Region::of(storage.backend()).create(&header.copy)?;
            let live = live(&storage, Shifted::fresh(Arc::clone(storage.backend())), options, false)?;
            let manifest = write_first_commit(live.get()?, &barrier, &header, now, sequence)?;
            Ok((live, manifest))
        });
        match made {
            Ok((live, manifest)) => {
                let engine = Self::assemble(storage, header, barrier, options);
                let mut handles = engine.handles();
                handles.live = Some(live);
                let shared = Shared::new(Arc::clone(&engine.barrier));
                engine.show(&mut handles, manifest, &Arc::new(shared));
                drop(handles);
                Ok(engine)
            }
            Err(error) => {
                storage.discard();
                Err(error)
            }
        }
    }

    /// Opens a store. `unlock` gets the header region and answers with the header that it found genuine, the barrier,
    /// and anything more to be handed back; it is asked again if the header changed before the lock was ours.
    ///
    /// # Errors
    /// `Damaged` (cut off, not a database, creation never finished), what `unlock` says, `NewerFormat` (shared, …),
    /// `Options`, `Busy`, `Replaced`, `Tampered`, `Storage`.
    pub(crate) fn open<T, E: From<EngineError>>(
        storage: Storage,
        options: Options,
        now: Timestamp,
        mut unlock: impl FnMut(&[u8]) -> Result<(Header, Barrier, T), E>,
    ) -> Result<(Self, T), E> {
        check_shape(&storage)?;
        let region = Region::of(storage.backend());
        let seen = region.read()?;
        let (mut header, mut barrier, mut more) = unlock(&seen)?;
        // Nothing of the header is believed before the keystore has unlocked it.
        check(&header, options)?;
        let live = live_of_existing(&storage, options)?;
        // Now nobody else writes. What was read before may be out of date.
        if !storage.is_in_place()? {
            return Err(EngineError::Replaced.into());
        }
        let under_lock = region.read()?;
        if under_lock != seen {
            (header, barrier, more) = unlock(&under_lock)?;
            check(&header, options)?;
        }
        let engine = Self::assemble(storage, header, barrier, options);
        let view = engine.believe(live.get()?, None)?;
        engine.start(live, view, now)?;
        // What opening had to make good stands in memory by now; what came after would be lost as well.
        engine.read_only.store(engine.storage.is_read_only(), Ordering::Release);
        Ok((engine, more))
    }

    /// Opens the store again on the storage it has, keeping lock and keys: after a write failed and its cause is gone
    /// (space is back). What the disk holds counts then: the last acknowledged commit, or the one that failed, whole.
    /// Does nothing while the store writes.
    ///
    /// # Errors
    /// `Busy` if this thread holds a change; `Replaced` if the write that failed had begun to change the header: then
    /// the store must be opened with its secret; else as [`Engine::open`]. After an error reading goes on as before.
    pub(crate) fn reopen(&self, now: Timestamp) -> Result<(), EngineError> {
        let _turn = self.writers.enter()?;
        // A read that failed is noticed here at the latest.
        let _ = self.view();
        match self.check_writable() {
            Err(EngineError::Failed) => {}
            other => return other,
        }
        let before = self.handles().manifest.clone().ok_or(EngineError::Closed)?;
        self.storage.forget_cached();
        check_shape(&self.storage)?;
        // Writing the present header over one of the same generation would leave two genuine headers of that number in
        // old copies of the file, and nothing to tell which was committed.
        if !self.region.holds_twice(&self.header().copy)? {
            return Err(EngineError::Replaced);
        }
        // Nobody comes in between: the lock belongs to the storage, and the next database finds it its own.
        drop(self.handles().live.take());
        let live = live_of_existing(&self.storage, self.options)?;
        let view = self.believe(live.get()?, Some(&before))?;
        for changed in &self.changed {
            changed.store(view.generation(), Ordering::Release);
        }
        self.start(live, view, now)?;
        self.failed.store(false, Ordering::Release);
        Ok(())
    }

    fn assemble(storage: Storage, header: Header, barrier: Barrier, options: Options) -> Self {
        Self {
            barrier: Arc::new(barrier),
            region: Region::of(storage.backend()),
            storage,
            options,
            opened_by: std::process::id(),
            writers: Turnstile::default(),
            current: ArcSwapOption::empty(),
            changed: [const { AtomicU64::new(0) }; 256],
            failed: AtomicBool::new(false),
            read_only: AtomicBool::new(false),
            header: Mutex::new(header),
            handles: Mutex::new(Handles::default()),
            parted: Mutex::new(Weak::new()),
        }
    }

    /// Reads the manifest and holds it against the header, and against the state `before` if there was one.
    fn believe(&self, live: &Database, before: Option<&Manifest>) -> Result<EngineView, EngineError> {
        let (generation, wrap_epoch) = self.header_facts();
        let transaction = guarded(|| live.begin_read().map_err(from_begin))?;
        if guarded(|| Ok(transaction.list_tables().map_err(from_storage)?.next().is_none()))? {
            return Err(EngineError::Damaged("its creation did not finish"));
        }
        let shared = Arc::new(Shared::new(Arc::clone(&self.barrier)));
        let unknown = Manifest::empty(Commit::before_the_first(generation, wrap_epoch));
        let mut view = EngineView::open(&transaction, unknown, shared)?;
        view.manifest = read_manifest(&view)?;
        let commit = &view.manifest.commit;
        if let Some(before) = before {
            let same = commit.sequence == before.commit.sequence && view.manifest.id == before.id;
            let next = Some(commit.sequence) == before.commit.sequence.checked_add(1)
                && commit.previous == before.commitment();
            if !same && !next {
                return Err(EngineError::Tampered("the store is not the one that failed"));
            }
            if commit.header_generation != generation {
                return Err(EngineError::Replaced);
            }
        }
        // One more than the commit row knows: a crash between writing the header and noting it.
        if commit.header_generation != generation && commit.header_generation.checked_add(1) != Some(generation) {
            return Err(EngineError::Tampered("the header is not the one of the last commit"));
        }
        // One more than the commit row knows: a crash between the first header of a shred and its transaction.
        let cut_short = commit.wrap_epoch.checked_add(1) == Some(wrap_epoch)
            && commit.header_generation != generation
            && self.is_shredding();
        if commit.wrap_epoch != wrap_epoch && !cut_short {
            return Err(EngineError::Tampered("the keyring is not the one of the last commit"));
        }
        let thorough = match self.options.check_rows {
            Check::Small => commit.rows < VERIFIED_AT_OPEN_BELOW,
            Check::Always => true,
            Check::Never => false,
        };
        if thorough {
            view.sum_all()?;
        }
        Ok(view)
    }

    /// Makes the copies of the header equal, shows the view, and notes the header's generation if no commit has yet; goes on
    /// with a shred that was cut short.
    fn start(&self, live: Quiet, view: EngineView, now: Timestamp) -> Result<(), EngineError> {
        let present = Arc::clone(&self.header().copy);
        self.region.heal(&present)?;
        let (generation, wrap_epoch) = self.header_facts();
        let behind = view.manifest.commit.header_generation != generation;
        let cut_short = view.manifest.commit.wrap_epoch != wrap_epoch;
        let mut handles = self.handles();
        handles.live = Some(live);
        self.remember(&mut handles, view.manifest.clone());
        self.current.store(Some(Arc::new(view)));
        drop(handles);
        if behind {
            let view = self.view()?;
            // No later than was committed before: a clock that jumped must not be committed without a word (see the ledger).
            let now = now.min(view.high_water());
            let mut change = EngineChange::on(self, view, self.writers.enter()?);
            if cut_short {
                change.rewrap(None, now)?;
            }
            change.commit_all(now)?;
        }
        Ok(())
    }
}

fn check(header: &Header, options: Options) -> Result<(), EngineError> {
    if header.shared {
        return Err(EngineError::NewerFormat("the store is shared between processes"));
    }
    if options.cache_bytes < CACHE_BYTES_MIN {
        return Err(EngineError::Options("the page cache needs at least 1 MiB"));
    }
    Ok(())
}

/// Is there a header region and the start of a database? The database would be made anew where there is none.
fn check_shape(storage: &Storage) -> Result<(), EngineError> {
    let offset = u64::try_from(REGION_LEN).unwrap_or(u64::MAX);
    if retried(|| storage.backend().len())? < offset.saturating_add(FIRST_PAGE_LEN) {
        return Err(EngineError::Damaged("the file is cut off"));
    }
    let mut magic = [0; REDB_MAGIC.len()];
    retried(|| storage.backend().read(offset, &mut magic))?;
    if &magic != REDB_MAGIC {
        return Err(EngineError::Damaged("there is no database in it"));
    }
    Ok(())
}

fn live_of_existing(storage: &Storage, options: Options) -> Result<Quiet, EngineError> {
    let thorough = match options.check_pages {
        Check::Small => retried(|| storage.backend().len())? < CHECKED_BELOW_BYTES,
        Check::Always => true,
        Check::Never => false,
    };
    let part = Shifted::existing(Arc::clone(storage.backend()));
    let found = Found::read(storage.backend(), part.traces())?;
    let mut live = live(storage, part, options, thorough)?;
    live.found = found;
    Ok(live)
}

/// Opens the database, which takes the lock.
pub(super) fn live(storage: &Storage, part: Shifted, options: Options, thorough: bool) -> Result<Quiet, EngineError> {
    let locked = part.locked();
    let mut builder = Database::builder();
    builder.set_cache_size(options.cache_bytes).set_check_integrity_on_open(thorough);
    let database = Quiet::of(guarded(|| builder.create_with_backend(part).map_err(from_open))?);
    // It opens without a lock, and without a word, where the file system has none.
    if storage.is_file() && !locked.load(Ordering::Acquire) {
        return Err(EngineError::Storage(std::io::ErrorKind::Unsupported));
    }
    Ok(database)
}

const CACHE_BYTES_MIN: usize = 1 << 20;
const CHECKED_BELOW_BYTES: u64 = 64 << 20;
// 20,000 rows take some 20 ms to verify; above that, buckets are verified when they are first needed.
const VERIFIED_AT_OPEN_BELOW: u64 = 20_000;
const FIRST_PAGE_LEN: u64 = 4096;
// redb 4, file format version 3: "Header" in its design document.
const REDB_MAGIC: &[u8; 9] = b"redb\x1A\x0A\xA9\x0D\x0A";
