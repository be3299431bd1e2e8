//! Between the engine and the disk.
//!
//! The file is the header region (16 KiB, see [`super::region`]) and after it the engine's database. [`Shifted`] shows
//! the engine only its own part: it adds the offset, passes on every lock method unchanged, and refuses to
//! show an empty part unless a store is being created, because the engine would make a fresh database there without a
//! word. Header and database go through one and the same [`StorageBackend`], so that a failing or crashing one meets
//! both.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::ops::Bound;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use redb::backends::{FileBackend, InMemoryBackend};
use redb::{BackendError, StorageBackend};

use super::error::EngineError;
use super::file::{Place, read_only};
use super::overlay::Overlay;
use super::region::REGION_LEN;

/// Where a store is kept. The database locks it; the lock is given up when this is closed or dropped.
#[derive(Debug)]
pub(crate) struct Storage {
    backend: Arc<dyn StorageBackend>,
    file: Option<(Place, File)>,
    /// Is the file one that we made? Only such a one is ever taken away again.
    made: bool,
    read_only: bool,
    closed: AtomicBool,
}

impl Storage {
    /// A new file, by the rules of [`super::file`].
    ///
    /// # Errors
    /// `Refused`, `Exists`, `NotFound` (the directory), `Storage`.
    pub(crate) fn create_file(path: &Path) -> Result<Self, EngineError> {
        let place = Place::of(path)?;
        let file = place.create()?;
        Self::from_file(place, file, true)
    }
    /// An existing file, by the rules of [`super::file`].
    ///
    /// # Errors
    /// `Refused`, `NotFound`, `Storage`.
    pub(crate) fn open_file(path: &Path) -> Result<Self, EngineError> {
        let place = Place::of(path)?;
        let file = place.open()?;
        Self::from_file(place, file, false)
    }
    fn from_file(place: Place, file: File, made: bool) -> Result<Self, EngineError> {
        // A clone shares the open file and so the lock; it is kept to ask for the file's identity.
        let backend = wrapped(file.try_clone().map_err(EngineError::from)?)?;
        let mut storage = Self::without_file(Arc::new(backend));
        (storage.file, storage.made) = (Some((place, file)), made);
        Ok(storage)
    }
    /// An existing file of which no byte is changed: what is written stays in memory. Any regular file that can be read will
    /// do, whoever owns it and by whatever name: who only reads it is not led astray by another one.
    ///
    /// # Errors
    /// `NotFound`, `Refused` (not a file), `Storage`.
    pub(crate) fn open_read_only(path: &Path) -> Result<Self, EngineError> {
        let backend = Overlay::unwritten(Arc::new(wrapped(read_only(path)?)?))?;
        let mut storage = Self::without_file(Arc::new(backend));
        storage.read_only = true;
        Ok(storage)
    }
    /// Memory of this process alone, gone with the handle.
    pub(crate) fn memory() -> Self {
        Self::without_file(Arc::new(InMemoryBackend::new()))
    }
    /// A storage of the caller's. If it does not lock, nothing does: that is the caller's part then.
    pub(crate) fn custom(backend: Box<dyn StorageBackend>) -> Self {
        Self::without_file(Arc::from(backend))
    }
    fn without_file(backend: Arc<dyn StorageBackend>) -> Self {
        Self { backend, file: None, made: false, read_only: false, closed: AtomicBool::new(false) }
    }
    /// A new file beside `path`, whose name it gets when it is whole: [`publish`](Self::publish) or
    /// [`replace`](Self::replace). Files that somebody did not live to finish are taken away first.
    ///
    /// # Errors
    /// As [`create_file`](Self::create_file).
    pub(crate) fn prepare_file(path: &Path) -> Result<(Self, Place), EngineError> {
        let place = Place::of(path)?;
        let (draft, file) = place.draft()?;
        Ok((Self::from_file(draft, file, true)?, place))
    }
    /// Gives a file that was prepared the name that it is for, if nothing has it.
    ///
    /// # Errors
    /// `Exists`, `Storage`; then the file is gone.
    pub(crate) fn publish(self, place: &Place) -> Result<(), EngineError> {
        let published = match &self.file {
            Some((draft, _)) => place.take(draft),
            None => Err(EngineError::Misuse("only a file has a name")),
        };
        if published.is_err() {
            self.discard();
        }
        published
    }
    /// Gives a file that was prepared the name of another one, which gets the name `aside`, if nothing has that. Nobody may
    /// have the other one open.
    ///
    /// # Errors
    /// `NotFound` and `Refused` of the other file, `Busy` when somebody has it open, `Exists` for `aside`, `Storage`; then the
    /// file that was prepared is gone, and the other one in its place.
    pub(crate) fn replace(self, place: &Place, aside: &OsStr) -> Result<(), EngineError> {
        let replaced = match &self.file {
            Some((draft, _)) => place.locked().and_then(|old| {
                let moved = place.exchange(draft, aside);
                // Whoever waited for the old file's lock finds it under another name now, and begins anew.
                drop(old);
                moved
            }),
            None => Err(EngineError::Misuse("only a file has a name")),
        };
        if replaced.is_err() {
            self.discard();
        }
        replaced
    }
    /// Is nothing kept of what is written?
    pub(crate) fn is_read_only(&self) -> bool {
        self.read_only
    }
    /// The whole storage, header region included.
    pub(crate) fn backend(&self) -> &Arc<dyn StorageBackend> {
        &self.backend
    }
    /// Is it a file of ours, which must be lockable?
    pub(crate) fn is_file(&self) -> bool {
        self.file.is_some()
    }
    /// Is the open file still the one that its path names?
    ///
    /// # Errors
    /// `Storage`.
    pub(crate) fn is_in_place(&self) -> Result<bool, EngineError> {
        match &self.file {
            Some((place, file)) => place.still_names(file),
            None => Ok(true),
        }
    }
    /// What kind of file system the file is on, where the system tells; `None` for storages that are no file of ours.
    pub(crate) fn file_system(&self) -> Option<&'static str> {
        self.file.as_ref().map(|(_, file)| kind_of_file_system(file))
    }
    /// Drops what the system's cache holds of the file and the disk may not: after a failed sync Linux calls pages
    /// clean that were never written. As far as the system goes along.
    pub(crate) fn forget_cached(&self) {
        if let Some((_, file)) = &self.file {
            let _ = rustix::fs::fadvise(file, 0, None, rustix::fs::Advice::DontNeed);
        }
    }
    /// A new file beside this one, in the same directory. What an attempt of before has left there is taken away: whoever asks
    /// holds the lock of this one.
    ///
    /// # Errors
    /// `Options` for what is no file; `Storage`.
    pub(crate) fn create_beside(&self) -> Result<Self, EngineError> {
        let (place, _) = self.file.as_ref().ok_or(EngineError::Options("the store is no file"))?;
        let beside = place.beside(".new")?;
        beside.remove();
        let file = beside.create()?;
        Self::from_file(beside, file, true)
    }
    /// Takes the name of another file in the same directory, durably.
    ///
    /// # Errors
    /// `Misuse` for what is no file; `Replaced` if the name stands for yet another file; `Storage`.
    pub(crate) fn take_place_of(&self, other: &Self) -> Result<(), EngineError> {
        let (Some((own, _)), Some((place, _))) = (&self.file, &other.file) else {
            return Err(EngineError::Misuse("a storage that is no file has no place"));
        };
        if !other.is_in_place()? {
            return Err(EngineError::Replaced);
        }
        own.rename_to(place)
    }
    /// Writes zeros over the whole file, through its handle, and syncs.
    ///
    /// # Errors
    /// `Storage`.
    pub(crate) fn wipe(&self) -> Result<(), EngineError> {
        let Some((_, file)) = &self.file else { return Ok(()) };
        let len = file.metadata()?.len();
        let zeros = [0; 16 << 10];
        let mut at = 0_u64;
        while at < len {
            let left = usize::try_from(len.saturating_sub(at)).unwrap_or(usize::MAX).min(zeros.len());
            file.write_all_at(zeros.get(..left).unwrap_or_default(), at)?;
            at = at.saturating_add(u64::try_from(left).unwrap_or(u64::MAX));
        }
        Ok(file.sync_all()?)
    }
    /// Takes back a file whose creation did not succeed.
    pub(crate) fn discard(&self) {
        if let (Some((place, _)), true) = (&self.file, self.made) {
            place.remove();
        }
    }
}

impl Storage {
    /// Gives up the lock, once; nothing may be read or written after.
    ///
    /// # Errors
    /// `Storage`.
    pub(crate) fn close(&self) -> Result<(), EngineError> {
        if self.closed.swap(true, Ordering::AcqRel) { Ok(()) } else { Ok(self.backend.close()?) }
    }
}

fn wrapped(file: File) -> Result<FileBackend, EngineError> {
    FileBackend::new(file).map_err(|_| EngineError::Misuse("a file could not be wrapped"))
}

impl Place {
    /// The file of this name, locked against everybody who would open it, for as long as the answer is kept.
    fn locked(&self) -> Result<FileBackend, EngineError> {
        let backend = wrapped(self.open()?)?;
        match backend.try_lock_range(Bound::Unbounded, Bound::Unbounded) {
            Ok(true) => Ok(backend),
            Ok(false) => Err(EngineError::Busy),
            Err(_) => Err(EngineError::Storage(io::ErrorKind::Unsupported)),
        }
    }
}

/// The numbers are of Linux, `statfs(2)`.
#[cfg(target_os = "linux")]
fn kind_of_file_system(file: impl std::os::fd::AsFd) -> &'static str {
    let Ok(found) = rustix::fs::fstatfs(file) else { return UNKNOWN };
    // Its type is 32 or 64 bits wide, signed or not, by platform; the numbers have 32 bits.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the number has 32 bits")]
    match found.f_type as u32 {
        0x0000_ef53 => "ext4",
        0x5846_5342 => "xfs",
        0x9123_683e => "btrfs",
        0x2fc1_2fc1 => "zfs",
        0xca45_1a4e => "bcachefs",
        0xf2f5_2010 => "f2fs",
        0x794c_7630 => "overlayfs",
        0x0102_1994 => "tmpfs",
        0x0000_6969 => "nfs",
        0xff53_4d42 | 0xfe53_4d42 => "cifs",
        0x6573_5546 => "fuse",
        0x0000_4d44 => "vfat",
        0x2011_bab0 => "exfat",
        0x2405_1905 => "ubifs",
        0x0000_72b6 => "jffs2",
        _ => UNKNOWN,
    }
}
#[cfg(not(target_os = "linux"))]
fn kind_of_file_system(_: impl std::os::fd::AsFd) -> &'static str {
    UNKNOWN
}
const UNKNOWN: &str = "unknown";

impl Drop for Storage {
    fn drop(&mut self) {
        // The system gives up the lock of a file anyway; other storages are asked, and there is nobody to tell.
        let _ = self.close();
    }
}

/// The engine's part of the storage: everything after the header region.
#[derive(Debug)]
pub(crate) struct Shifted {
    whole: Arc<dyn StorageBackend>,
    creating: bool,
    locked: Arc<AtomicBool>,
    traces: Arc<Traces>,
}

/// What a database did to its part, and whether it is still listened to.
#[derive(Debug, Default)]
pub(crate) struct Traces {
    wrote: AtomicBool,
    sealed: AtomicBool,
}

impl Traces {
    /// Did it write anything behind its own header page?
    pub(crate) fn wrote(&self) -> bool {
        self.wrote.load(Ordering::Acquire)
    }
    /// From now on every call fails.
    pub(crate) fn seal(&self) {
        self.sealed.store(true, Ordering::Release);
    }
    fn open(&self) -> io::Result<()> {
        if self.sealed.load(Ordering::Acquire) { Err(io::ErrorKind::NotConnected.into()) } else { Ok(()) }
    }
    fn note(&self) {
        self.wrote.store(true, Ordering::Release);
    }
}

impl Shifted {
    /// The part of an existing store; an empty one is an error.
    pub(crate) fn existing(whole: Arc<dyn StorageBackend>) -> Self {
        Self { whole, creating: false, locked: Arc::default(), traces: Arc::default() }
    }
    /// The part of a store that is being created, empty at first.
    pub(crate) fn fresh(whole: Arc<dyn StorageBackend>) -> Self {
        Self { whole, creating: true, locked: Arc::default(), traces: Arc::default() }
    }
    /// Becomes true when the database gets a lock. It opens without one, silently, where locks are not supported.
    pub(crate) fn locked(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.locked)
    }
    /// What the database that gets this does to it.
    pub(crate) fn traces(&self) -> Arc<Traces> {
        Arc::clone(&self.traces)
    }
    fn noted(&self, outcome: Result<bool, BackendError>) -> Result<bool, BackendError> {
        if matches!(outcome, Ok(true)) {
            self.locked.store(true, Ordering::Release);
        }
        outcome
    }
}

impl StorageBackend for Shifted {
    fn len(&self) -> io::Result<u64> {
        self.traces.open()?;
        let part = retried(|| self.whole.len())?.saturating_sub(SHIFT);
        if part < PART_LEN_MIN && !self.creating {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the database part is missing"));
        }
        Ok(part)
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.traces.open()?;
        let offset = shifted(offset)?;
        retried(|| self.whole.read(offset, out))
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.traces.open()?;
        self.traces.note();
        let len = shifted(len)?;
        retried(|| self.whole.set_len(len))
    }
    fn sync_data(&self) -> io::Result<()> {
        self.traces.open()?;
        retried(|| self.whole.sync_data())
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.traces.open()?;
        if offset.saturating_add(data.len() as u64) > PART_LEN_MIN {
            self.traces.note();
        }
        let offset = shifted(offset)?;
        retried(|| self.whole.write(offset, data))
    }
    fn close(&self) -> io::Result<()> {
        // The storage gives up the lock, when the store is closed: a database that failed may be followed by another
        // on the same storage, and nobody is to come in between.
        Ok(())
    }
    // Lock ranges stand for roles at 2^62 and above, not for bytes, so they are passed on as they are.
    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.noted(self.whole.try_lock_range(start, end))
    }
    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.noted(self.whole.try_lock_shared_range(start, end))
    }
    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.noted(self.whole.lock_range(start, end).map(|()| true)).map(|_| ())
    }
    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.noted(self.whole.lock_shared_range(start, end).map(|()| true)).map(|_| ())
    }
    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.whole.unlock_range(start, end)
    }
    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.whole.query_lock_range(start, end)
    }
}

/// Asks again while a call was only interrupted. Bounded, so that a storage that always says so cannot hold us.
pub(super) fn retried<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut left = INTERRUPTIONS_MAX;
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted && left > 0 => left -= 1,
            outcome => return outcome,
        }
    }
}

fn shifted(offset: u64) -> io::Result<u64> {
    offset
        .checked_add(SHIFT)
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "offset past the end of numbers"))
}

// The header region before the database.
const SHIFT: u64 = REGION_LEN as u64;
// The engine's own header page: a shorter part was cut off, or never finished.
const PART_LEN_MIN: u64 = 4096;
const INTERRUPTIONS_MAX: u32 = 64;

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::testing::MemoryBackend;

    /// A storage that notes which lock was asked for, and answers no.
    #[derive(Debug, Default)]
    struct Notes(Mutex<Vec<Note>>);
    type Note = (&'static str, Bound<u64>, Bound<u64>);

    impl Notes {
        fn note(&self, what: &'static str, start: Bound<u64>, end: Bound<u64>) {
            self.0.lock().unwrap().push((what, start, end));
        }
    }

    impl StorageBackend for Notes {
        fn len(&self) -> io::Result<u64> {
            Ok(0)
        }
        fn read(&self, _offset: u64, _out: &mut [u8]) -> io::Result<()> {
            Ok(())
        }
        fn set_len(&self, _len: u64) -> io::Result<()> {
            Ok(())
        }
        fn sync_data(&self) -> io::Result<()> {
            Ok(())
        }
        fn write(&self, _offset: u64, _data: &[u8]) -> io::Result<()> {
            Ok(())
        }
        fn close(&self) -> io::Result<()> {
            self.note("close", Bound::Unbounded, Bound::Unbounded);
            Ok(())
        }
        fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
            self.note("try", start, end);
            Ok(false)
        }
        fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
            self.note("try shared", start, end);
            Ok(true)
        }
        fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
            self.note("lock", start, end);
            Ok(())
        }
        fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
            self.note("lock shared", start, end);
            Ok(())
        }
        fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
            self.note("unlock", start, end);
            Ok(())
        }
        fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
            self.note("query", start, end);
            Ok(true)
        }
    }

    #[test]
    fn all_six_lock_methods_reach_the_storage_with_their_ranges_unchanged() {
        let notes = Arc::new(Notes::default());
        let part = Shifted::fresh(Arc::<Notes>::clone(&notes));
        let (start, end) = (Bound::Included(1 << 62), Bound::Excluded((1 << 62) + 7));
        assert!(!part.try_lock_range(start, end).unwrap());
        assert!(!part.locked().load(Ordering::Acquire));
        assert!(part.try_lock_shared_range(start, end).unwrap());
        assert!(part.locked().load(Ordering::Acquire));
        part.lock_range(start, end).unwrap();
        part.lock_shared_range(start, end).unwrap();
        part.unlock_range(start, end).unwrap();
        assert!(part.query_lock_range(start, end).unwrap());
        let seen = std::mem::take(&mut *notes.0.lock().unwrap());
        let names: Vec<&str> = seen.iter().map(|(name, ..)| *name).collect();
        assert_eq!(names, ["try", "try shared", "lock", "lock shared", "unlock", "query"]);
        assert!(seen.iter().all(|(_, from, to)| (*from, *to) == (start, end)));
    }

    #[test]
    fn the_storage_is_closed_once_and_by_its_owner() {
        let notes = Arc::new(Notes::default());
        let storage = Storage::without_file(Arc::<Notes>::clone(&notes));
        Shifted::existing(Arc::clone(storage.backend())).close().unwrap();
        assert!(notes.0.lock().unwrap().is_empty());
        storage.close().unwrap();
        drop(storage);
        assert_eq!(notes.0.lock().unwrap().len(), 1);
    }

    #[test]
    fn the_database_part_begins_behind_the_header() {
        let disk = MemoryBackend::new();
        let part = Shifted::fresh(Arc::new(disk.clone()));
        assert_eq!(part.len().unwrap(), 0);
        part.set_len(4096).unwrap();
        part.write(10, b"abc").unwrap();
        assert_eq!(disk.image().len(), REGION_LEN + 4096);
        assert_eq!(disk.image()[REGION_LEN + 10..REGION_LEN + 13], *b"abc");
        let mut read = [0; 3];
        part.read(10, &mut read).unwrap();
        assert_eq!(read, *b"abc");
        assert_eq!(part.len().unwrap(), 4096);
        assert!(part.read(u64::MAX - 5, &mut read).is_err());
        assert!(part.write(u64::MAX, &read).is_err());
    }

    #[test]
    fn an_empty_or_cut_part_of_an_existing_store_is_an_error_not_zero() {
        for len in [0, 100, REGION_LEN, REGION_LEN + 4095] {
            let part = Shifted::existing(Arc::new(MemoryBackend::from_image(vec![0; len])));
            assert_eq!(part.len().unwrap_err().kind(), io::ErrorKind::InvalidData);
        }
        let part = Shifted::existing(Arc::new(MemoryBackend::from_image(vec![0; REGION_LEN + 4096])));
        assert_eq!(part.len().unwrap(), 4096);
    }

    #[test]
    fn an_interruption_is_retried_and_not_for_ever() {
        let mut calls = 0;
        let outcome = retried(|| {
            calls += 1;
            if calls < 5 { Err(io::ErrorKind::Interrupted.into()) } else { Ok(calls) }
        });
        assert_eq!(outcome.unwrap(), 5);
        let mut calls = 0;
        let outcome = retried::<()>(|| {
            calls += 1;
            Err(io::ErrorKind::Interrupted.into())
        });
        assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::Interrupted);
        assert_eq!(calls, INTERRUPTIONS_MAX + 1);
        let mut calls = 0;
        let outcome = retried::<()>(|| {
            calls += 1;
            Err(io::ErrorKind::StorageFull.into())
        });
        assert_eq!((outcome.unwrap_err().kind(), calls), (io::ErrorKind::StorageFull, 1));
    }
}
