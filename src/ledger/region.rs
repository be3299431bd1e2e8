//! The header region: two copies of the header, 8 KiB each, overwritten in place before the database.
//!
//! They are outside the database because the database never overwrites: a key slot that was removed would live on in a
//! free page. The price is a protocol of our own. A new header goes over one copy, is synced, then over the other, and
//! is synced; only then does a commit record its generation. At every moment at least one copy is whole.
//! What a copy says, and whether it is genuine, only the keystore can tell: here it is 8,192 bytes.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use redb::StorageBackend;
use strongroom_keystore::{Next, Root};

use super::backend::retried;
use super::error::EngineError;
use super::file::read_only;

/// Bytes before the database.
pub(crate) const REGION_LEN: usize = strongroom_keystore::REGION_LEN;
/// Bytes of one copy.
pub(crate) const COPY_LEN: usize = strongroom_keystore::COPY_LEN;

/// A header as the ledger needs it: its bytes, and the few facts that the commit row and the open depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// One copy, [`COPY_LEN`] bytes, sealed and checked by the keystore.
    pub(crate) copy: Arc<[u8]>,
    /// Counts header writes, from 1.
    pub(crate) generation: u64,
    /// Epoch of the key that wraps backing keys.
    pub(crate) wrap_epoch: u32,
    /// Is the store one that several processes share?
    pub(crate) shared: bool,
}

impl Header {
    /// The header of an unlocked root as it stands.
    pub(crate) fn of(root: &Root) -> Self {
        Self {
            copy: root.copy().into(),
            generation: root.generation(),
            wrap_epoch: root.wrap_epoch(),
            shared: root.shared(),
        }
    }
    /// One that the root has prepared: another slot, another root key, another wrapping key.
    pub(crate) fn next(root: &Root, next: &Next) -> Self {
        Self {
            copy: next.copy.as_slice().into(),
            generation: next.generation,
            wrap_epoch: next.wrap_epoch,
            shared: root.shared(),
        }
    }
}

/// The two copies on the storage.
#[derive(Clone, Debug)]
pub(crate) struct Region {
    whole: Arc<dyn StorageBackend>,
}

impl Region {
    pub(crate) fn of(whole: &Arc<dyn StorageBackend>) -> Self {
        Self { whole: Arc::clone(whole) }
    }

    /// Reads both copies.
    ///
    /// # Errors
    /// `Damaged` if the storage is shorter than the region, `Storage`.
    pub(crate) fn read(&self) -> Result<Vec<u8>, EngineError> {
        let mut region = vec![0; REGION_LEN];
        let held = retried(|| self.whole.len())?;
        if held < u64::try_from(REGION_LEN).unwrap_or(u64::MAX) {
            return Err(EngineError::Damaged("the file is shorter than its header"));
        }
        retried(|| self.whole.read(0, &mut region))?;
        Ok(region)
    }

    /// Writes both copies of a new store's first header, and syncs.
    ///
    /// # Errors
    /// `Exists` if the storage is not empty, `Storage`.
    pub(crate) fn create(&self, copy: &[u8]) -> Result<(), EngineError> {
        check_len(copy)?;
        if retried(|| self.whole.len())? != 0 {
            return Err(EngineError::Exists);
        }
        retried(|| self.whole.set_len(u64::try_from(REGION_LEN).unwrap_or(u64::MAX)))?;
        self.write(Side::First, copy)?;
        self.write(Side::Second, copy)?;
        retried(|| self.whole.sync_data())?;
        Ok(())
    }

    /// Are both copies this one?
    ///
    /// # Errors
    /// `Damaged`, `Storage`.
    pub(crate) fn holds_twice(&self, present: &[u8]) -> Result<bool, EngineError> {
        let region = self.read()?;
        Ok(Side::BOTH.iter().all(|side| side.of(&region) == Some(present)))
    }

    /// Makes both copies equal `present`, the header that unlocked. Returns whether one had to be written.
    /// Only under the engine's lock.
    ///
    /// # Errors
    /// `Storage`.
    pub(crate) fn heal(&self, present: &[u8]) -> Result<bool, EngineError> {
        check_len(present)?;
        let region = self.read()?;
        let mut wrote = false;
        for side in Side::BOTH {
            if side.of(&region) != Some(present) {
                self.write(side, present)?;
                retried(|| self.whole.sync_data())?;
                wrote = true;
            }
        }
        Ok(wrote)
    }

    /// Replaces `present` by `next`, one copy after the other. Only while this process holds the write transaction.
    ///
    /// # Errors
    /// `Tampered` if neither copy is `present`, `Storage`.
    pub(crate) fn replace(&self, present: &[u8], next: &[u8]) -> Result<(), EngineError> {
        check_len(next)?;
        let region = self.read()?;
        let whole = Side::BOTH.map(|side| side.of(&region) == Some(present));
        // The copy that is not the present one goes first: it is of no use to anybody.
        let order = match whole {
            [_, true] => [Side::First, Side::Second],
            [true, false] => [Side::Second, Side::First],
            [false, false] => return Err(EngineError::Tampered("the header was changed while the store was open")),
        };
        for side in order {
            self.write(side, next)?;
            retried(|| self.whole.sync_data())?;
        }
        Ok(())
    }

    fn write(&self, side: Side, copy: &[u8]) -> Result<(), EngineError> {
        Ok(retried(|| self.whole.write(side.offset(), copy))?)
    }
}

/// The header region of a file that need not be a store of ours, and the length of the file.
///
/// # Errors
/// `NotFound`, `Refused`, `Storage`.
pub(crate) fn read_region(path: &Path) -> Result<(Vec<u8>, u64), EngineError> {
    let file = read_only(path)?;
    let len = file.metadata().map_err(EngineError::from)?.len();
    let mut region = Vec::with_capacity(REGION_LEN);
    let limit = u64::try_from(REGION_LEN).unwrap_or(u64::MAX);
    file.take(limit).read_to_end(&mut region).map_err(EngineError::from)?;
    Ok((region, len))
}

#[derive(Clone, Copy)]
enum Side {
    First,
    Second,
}

impl Side {
    const BOTH: [Self; 2] = [Self::First, Self::Second];
    fn offset(self) -> u64 {
        match self {
            Self::First => 0,
            Self::Second => COPY_LEN as u64,
        }
    }
    fn of(self, region: &[u8]) -> Option<&[u8]> {
        let (first, rest) = region.split_at_checked(COPY_LEN)?;
        match self {
            Self::First => Some(first),
            Self::Second => rest.get(..COPY_LEN),
        }
    }
}

fn check_len(copy: &[u8]) -> Result<(), EngineError> {
    if copy.len() == COPY_LEN { Ok(()) } else { Err(EngineError::Misuse("a header copy of another length")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{CrashBackend, Loss, MemoryBackend};

    fn copy(byte: u8) -> Vec<u8> {
        vec![byte; COPY_LEN]
    }
    fn whole_copies(image: &[u8]) -> Vec<u8> {
        let is_whole = |copy: &&[u8]| copy.iter().all(|byte| Some(byte) == copy.first());
        image.chunks(COPY_LEN).take(2).filter(is_whole).map(|copy| copy[0]).collect()
    }
    fn region(disk: &(impl StorageBackend + Clone)) -> Region {
        let whole: Arc<dyn StorageBackend> = Arc::new(disk.clone());
        Region::of(&whole)
    }

    #[test]
    fn at_every_moment_of_a_replacement_one_copy_is_whole() {
        let disk = CrashBackend::new();
        region(&disk).create(&copy(1)).unwrap();
        let from = disk.cuts();
        region(&disk).replace(&copy(1), &copy(2)).unwrap();
        for cut in from..=disk.cuts() {
            for loss in Loss::ALL {
                for coin in 0..8 {
                    let whole = whole_copies(&disk.image(cut, loss, coin));
                    assert!(whole.iter().any(|byte| *byte == 1 || *byte == 2), "cut {cut}, {loss:?}, coin {coin}");
                }
            }
        }
        assert_eq!(whole_copies(&disk.image(disk.cuts(), Loss::Everything, 0)), [2, 2]);
    }

    #[test]
    fn the_copy_that_is_not_the_present_one_is_written_first() {
        for (spoiled, order) in [(0, [0, COPY_LEN]), (COPY_LEN, [COPY_LEN, 0])] {
            let disk = CrashBackend::new();
            region(&disk).create(&copy(1)).unwrap();
            disk.write(spoiled as u64 + 100, b"torn").unwrap();
            disk.sync_data().unwrap();
            let from = disk.cuts();
            region(&disk).replace(&copy(1), &copy(2)).unwrap();
            // After the first of the two syncs.
            let image = disk.image(from + 2, Loss::Everything, 0);
            assert_eq!(image[order[0]..order[0] + COPY_LEN], copy(2));
            assert_eq!(image[order[1]..order[1] + COPY_LEN], copy(1));
        }
    }

    #[test]
    fn a_header_that_somebody_else_changed_is_not_replaced() {
        let disk = MemoryBackend::new();
        region(&disk).create(&copy(1)).unwrap();
        let outcome = region(&disk).replace(&copy(3), &copy(2));
        assert!(matches!(outcome, Err(EngineError::Tampered(_))));
        assert_eq!(whole_copies(&disk.image()), [1, 1]);
    }

    #[test]
    fn healing_makes_the_copies_equal_and_writes_only_what_differs() {
        let disk = CrashBackend::new();
        region(&disk).create(&copy(1)).unwrap();
        assert!(!region(&disk).heal(&copy(1)).unwrap());
        disk.write(5, b"torn").unwrap();
        assert!(!region(&disk).holds_twice(&copy(1)).unwrap());
        let before = disk.cuts();
        assert!(region(&disk).heal(&copy(1)).unwrap());
        assert_eq!(disk.cuts(), before + 2, "one write and one sync");
        assert!(region(&disk).holds_twice(&copy(1)).unwrap());
    }

    #[test]
    fn a_storage_that_holds_something_is_not_created_over_and_a_short_one_is_damaged() {
        let disk = MemoryBackend::from_image(vec![7; 10]);
        assert_eq!(region(&disk).create(&copy(1)), Err(EngineError::Exists));
        assert_eq!(disk.image(), [7; 10]);
        assert!(matches!(region(&disk).read(), Err(EngineError::Damaged(_))));
        assert!(matches!(region(&MemoryBackend::new()).create(&[1]), Err(EngineError::Misuse(_))));
    }
}
