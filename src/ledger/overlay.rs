//! Reading what must not be written: through an overlay that reads the disk and writes to memory. Recovery runs there, the
//! disk is not touched.
//!
//! - After a write failed. The database stops all work, reads included, after the first error of the disk. The store must
//!   not: a full disk is no reason to withhold secrets. So the last durable state is opened a second time. The overlay shows
//!   the database's header page as it was after the last acknowledged commit; the pages that header leads to are still
//!   there, because a commit never overwrites what the one before it wrote.
//! - A store that is opened to be read only: a backup, on a medium that may be one for reading only.

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::{BackendError, StorageBackend};

use super::backend::Shifted;

/// A storage whose writes stay in memory.
pub(super) struct Overlay {
    below: Arc<dyn StorageBackend>,
    lock: Lock,
    above: Mutex<Above>,
}

/// What becomes of the locks that the database asks for.
enum Lock {
    /// The lock on the disk is held already, by the handle that failed.
    Held,
    /// Whoever only reads shares it with others who do, and keeps out who writes.
    Shared,
}

struct Above {
    len: u64,
    /// The disk counts up to here; what was cut off comes back as zeros.
    seen: u64,
    pages: BTreeMap<u64, Box<[u8; PAGE]>>,
}

impl std::fmt::Debug for Overlay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Overlay").finish_non_exhaustive()
    }
}

impl Overlay {
    /// The database part as it was at the last commit.
    ///
    /// # Errors
    /// Those of asking the length.
    pub(super) fn over(whole: &Arc<dyn StorageBackend>, first_page: &[u8; PAGE]) -> io::Result<Self> {
        let below = Arc::new(Shifted::existing(Arc::clone(whole)));
        Self::of(below, Lock::Held, BTreeMap::from([(0, Box::new(*first_page))]))
    }
    /// A whole storage, to be read only.
    ///
    /// # Errors
    /// Those of asking the length.
    pub(super) fn unwritten(whole: Arc<dyn StorageBackend>) -> io::Result<Self> {
        Self::of(whole, Lock::Shared, BTreeMap::new())
    }
    fn of(below: Arc<dyn StorageBackend>, lock: Lock, pages: BTreeMap<u64, Box<[u8; PAGE]>>) -> io::Result<Self> {
        let len = below.len()?;
        Ok(Self { below, lock, above: Mutex::new(Above { len, seen: len, pages }) })
    }

    fn above(&self) -> MutexGuard<'_, Above> {
        self.above.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One page: from memory, else from the disk, zeros past its end.
    fn page(&self, above: &Above, index: u64) -> io::Result<Box<[u8; PAGE]>> {
        if let Some(page) = above.pages.get(&index) {
            return Ok(page.clone());
        }
        let mut page = Box::new([0; PAGE]);
        let start = index.saturating_mul(PAGE_U64);
        let there = above.seen.saturating_sub(start).min(PAGE_U64);
        let there = usize::try_from(there).unwrap_or(0);
        if let Some(part) = page.get_mut(..there).filter(|part| !part.is_empty()) {
            self.below.read(start, part)?;
        }
        Ok(page)
    }
}

/// Splits `offset .. offset + len` into (page, place in the page, length).
fn pages_of(offset: u64, len: usize) -> impl Iterator<Item = (u64, usize, usize)> {
    let mut at = offset;
    let mut left = len;
    std::iter::from_fn(move || {
        if left == 0 {
            return None;
        }
        let place = usize::try_from(at % PAGE_U64).unwrap_or(0);
        let taken = left.min(PAGE.saturating_sub(place));
        let piece = (at / PAGE_U64, place, taken);
        at = at.saturating_add(u64::try_from(taken).unwrap_or(0));
        left = left.saturating_sub(taken);
        Some(piece)
    })
}

fn past_the_end() -> io::Error {
    io::Error::from(io::ErrorKind::UnexpectedEof)
}

impl StorageBackend for Overlay {
    fn len(&self) -> io::Result<u64> {
        Ok(self.above().len)
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let above = self.above();
        let len = u64::try_from(out.len()).unwrap_or(u64::MAX);
        if offset.checked_add(len).is_none_or(|end| end > above.len) {
            return Err(past_the_end());
        }
        let mut rest = out;
        for (index, place, taken) in pages_of(offset, rest.len()) {
            let page = self.page(&above, index)?;
            let (piece, after) = rest.split_at_mut_checked(taken).ok_or_else(past_the_end)?;
            let end = place.saturating_add(taken);
            piece.copy_from_slice(page.get(place..end).ok_or_else(past_the_end)?);
            rest = after;
        }
        Ok(())
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut above = self.above();
        if len < above.len {
            let (last, kept) = (len / PAGE_U64, usize::try_from(len % PAGE_U64).unwrap_or(0));
            let mut page = self.page(&above, last)?;
            page.get_mut(kept..).ok_or_else(past_the_end)?.fill(0);
            above.pages.retain(|index, _| *index < last);
            above.pages.insert(last, page);
            above.seen = above.seen.min(len);
        }
        above.len = len;
        Ok(())
    }
    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut above = self.above();
        let mut rest = data;
        for (index, place, taken) in pages_of(offset, data.len()) {
            let mut page = self.page(&above, index)?;
            let (piece, after) = rest.split_at_checked(taken).ok_or_else(past_the_end)?;
            let end = place.saturating_add(taken);
            page.get_mut(place..end).ok_or_else(past_the_end)?.copy_from_slice(piece);
            above.pages.insert(index, page);
            rest = after;
        }
        Ok(())
    }
    fn close(&self) -> io::Result<()> {
        match self.lock {
            Lock::Held => Ok(()),
            Lock::Shared => self.below.close(),
        }
    }
    fn try_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        self.try_lock_shared_range(start, end)
    }
    fn try_lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        match self.lock {
            Lock::Held => Ok(true),
            Lock::Shared => self.below.try_lock_shared_range(start, end),
        }
    }
    fn lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        self.lock_shared_range(start, end)
    }
    fn lock_shared_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        match self.lock {
            Lock::Held => Ok(()),
            Lock::Shared => self.below.lock_shared_range(start, end),
        }
    }
    fn unlock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<(), BackendError> {
        match self.lock {
            Lock::Held => Ok(()),
            Lock::Shared => self.below.unlock_range(start, end),
        }
    }
    fn query_lock_range(&self, start: Bound<u64>, end: Bound<u64>) -> Result<bool, BackendError> {
        match self.lock {
            Lock::Held => Ok(false),
            Lock::Shared => self.below.query_lock_range(start, end),
        }
    }
}

/// The database's page, and its header page.
pub(super) const PAGE: usize = 4096;
const PAGE_U64: u64 = PAGE as u64;

#[cfg(test)]
mod tests {
    //! Held against a plain array that does the same.

    use super::*;
    use crate::ledger::region::REGION_LEN;
    use crate::testing::{Draws, MemoryBackend};

    #[test]
    fn an_overlay_reads_and_writes_as_a_disk_does_and_leaves_the_disk_alone() {
        let mut draws = Draws::from_seed(1);
        let image = draws.bytes(REGION_LEN + 5 * PAGE + 300);
        let disk = MemoryBackend::from_image(image.clone());
        let whole: Arc<dyn StorageBackend> = Arc::new(disk.clone());
        let overlay = Overlay::over(&whole, &[9; PAGE]).unwrap();
        let mut model = image[REGION_LEN..].to_vec();
        model[..PAGE].fill(9);
        for _ in 0..2_000 {
            let offset = draws.below(model.len() + 50);
            let len = draws.below(3 * PAGE);
            match draws.below(8) {
                0 => {
                    let len = draws.below(12 * PAGE);
                    overlay.set_len(len as u64).unwrap();
                    model.resize(len, 0);
                }
                1..4 => {
                    let end = (offset + len).min(model.len());
                    let Some(place) = model.get_mut(offset..end) else { continue };
                    let data = draws.bytes(place.len());
                    overlay.write(offset as u64, &data).unwrap();
                    place.copy_from_slice(&data);
                }
                _ => {
                    let mut read = vec![0; len];
                    let outcome = overlay.read(offset as u64, &mut read);
                    match model.get(offset..offset + len) {
                        Some(expected) => assert!(outcome.is_ok() && read == expected, "{offset} {len}"),
                        None => assert!(outcome.is_err(), "{offset} {len} of {}", model.len()),
                    }
                }
            }
            assert_eq!(overlay.len().unwrap(), model.len() as u64);
        }
        assert_eq!(disk.image(), image);
    }
}
