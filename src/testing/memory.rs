//! A disk in memory.

use std::io;
use std::ops::Bound;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::{BackendError, StorageBackend};

/// Bytes, and who holds the whole-file lock.
#[derive(Default)]
struct Disk {
    bytes: Vec<u8>,
    holder: Option<u64>,
}

/// A disk in memory. Clones are one handle; [`MemoryBackend::another_handle`] is a second opening of the same disk,
/// which the lock keeps out as it would a second process.
#[derive(Clone)]
pub struct MemoryBackend {
    disk: Arc<Mutex<Disk>>,
    handle: u64,
}

impl Default for MemoryBackend {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for MemoryBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryBackend").field("len", &self.disk().bytes.len()).finish_non_exhaustive()
    }
}

impl MemoryBackend {
    /// An empty disk.
    #[must_use]
    pub fn new() -> Self {
        Self::from_image(Vec::new())
    }
    /// A disk that holds `image`.
    #[must_use]
    pub fn from_image(image: Vec<u8>) -> Self {
        let disk = Arc::new(Mutex::new(Disk { bytes: image, holder: None }));
        Self { disk, handle: next_handle() }
    }
    /// A second, independent opening of this disk.
    #[must_use]
    pub fn another_handle(&self) -> Self {
        Self { disk: Arc::clone(&self.disk), handle: next_handle() }
    }
    /// A copy of all bytes as they are now.
    #[must_use]
    pub fn image(&self) -> Vec<u8> {
        self.disk().bytes.clone()
    }
    /// Replaces all bytes, as an editor of the file would.
    pub fn replace(&self, image: Vec<u8>) {
        self.disk().bytes = image;
    }
    fn disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StorageBackend for MemoryBackend {
    fn len(&self) -> io::Result<u64> {
        Ok(u64::try_from(self.disk().bytes.len()).unwrap_or(u64::MAX))
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        read_at(&self.disk().bytes, offset, out)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        set_len(&mut self.disk().bytes, len)
    }
    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        write_at(&mut self.disk().bytes, offset, data)
    }
    fn close(&self) -> io::Result<()> {
        let mut disk = self.disk();
        if disk.holder == Some(self.handle) {
            disk.holder = None;
        }
        Ok(())
    }
    // The second of redb's two levels: the whole storage or nothing.
    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        if !is_whole_storage(start, end) {
            return Err(BackendError::Unsupported);
        }
        let mut disk = self.disk();
        match disk.holder {
            Some(holder) if holder != self.handle => Ok(false),
            _ => {
                disk.holder = Some(self.handle);
                Ok(true)
            }
        }
    }
    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.try_lock_range(start, end)
    }
    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        if !is_whole_storage(start, end) {
            return Err(BackendError::Unsupported);
        }
        self.close().map_err(BackendError::from)
    }
}

/// Locking, where it is that of the disk below: within an `impl StorageBackend`.
macro_rules! locks_of {
    ($below:ident) => {
        $crate::testing::memory::locks_of!($below:
            try_lock_range bool, try_lock_shared_range bool, lock_range (), lock_shared_range (),
            unlock_range (), query_lock_range bool);
    };
    ($below:ident: $($method:ident $answer:ty),+) => { $(
        fn $method(&self, start: Bound<u64>, end: Bound<u64>) -> Result<$answer, BackendError> {
            self.$below.$method(start, end)
        }
    )+ };
}
pub(super) use locks_of;

fn is_whole_storage(start: Bound<u64>, end: Bound<u64>) -> bool {
    matches!(start, Bound::Unbounded | Bound::Included(0)) && end == Bound::Unbounded
}

fn next_handle() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Reads as `read_exact_at` does: past the end is an error.
pub(super) fn read_at(bytes: &[u8], offset: u64, out: &mut [u8]) -> io::Result<()> {
    let start = usize::try_from(offset).map_err(|_| out_of_range())?;
    let end = start.checked_add(out.len()).ok_or_else(out_of_range)?;
    out.copy_from_slice(bytes.get(start..end).ok_or_else(out_of_range)?);
    Ok(())
}

/// Writes as `write_all_at` does: past the end grows the file, a gap reads as zeros.
pub(super) fn write_at(bytes: &mut Vec<u8>, offset: u64, data: &[u8]) -> io::Result<()> {
    let start = usize::try_from(offset).map_err(|_| out_of_range())?;
    let end = start.checked_add(data.len()).filter(|end| *end <= LEN_MAX).ok_or_else(out_of_range)?;
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes.get_mut(start..end).ok_or_else(out_of_range)?.copy_from_slice(data);
    Ok(())
}

/// Cuts or grows with zeros, as `ftruncate` does.
pub(super) fn set_len(bytes: &mut Vec<u8>, len: u64) -> io::Result<()> {
    let len = usize::try_from(len).ok().filter(|len| *len <= LEN_MAX).ok_or_else(out_of_range)?;
    bytes.resize(len, 0);
    Ok(())
}

fn out_of_range() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "past the end of the disk in memory")
}

// A damaged length field must not make a test machine run out of memory: 4 GiB is beyond every rig.
const LEN_MAX: usize = 4 << 30;
