//! Power cuts.

use std::io;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::{BackendError, StorageBackend};

use super::memory::{MemoryBackend, locks_of, set_len, write_at};
use super::random::Draws;

/// What happened to the disk, in order.
#[derive(Clone)]
enum Event {
    Write { offset: u64, data: Arc<[u8]> },
    SetLen(u64),
    Sync,
}

/// Which of the events since the last sync reached the disk before the power went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Loss {
    /// All of them: the process died, the machine did not.
    Nothing,
    /// None of them: the disk holds what the last sync made durable.
    Everything,
    /// Each of them or not, by a coin.
    Subset,
    /// Each of them or not, and one write torn into units of 512 bytes, each there or not.
    Torn,
    /// The latest ones and not the earlier ones, and where two overlap, the earlier one on top.
    Reversed,
    /// Only writes to the first pages: the two header copies and the first page of the database part.
    HeaderOnly,
    /// All writes, but no change of the file's length; a write past the end still grows the file.
    AllButLength,
}

impl Loss {
    /// Every kind, to loop over.
    pub const ALL: [Self; 7] = [
        Self::Nothing,
        Self::Everything,
        Self::Subset,
        Self::Torn,
        Self::Reversed,
        Self::HeaderOnly,
        Self::AllButLength,
    ];
}

/// The record since a known image, and a cursor that remembers how far the durable state has been rebuilt.
struct Record {
    base: Vec<u8>,
    events: Vec<Event>,
    rebuilt: Vec<u8>,
    rebuilt_to: usize,
}

/// A disk in memory that keeps a record of everything written to it.
///
/// Run a workload on it, noting [`CrashBackend::cuts`] at each acknowledgement. Then, for any cut `0..=cuts()`,
/// [`CrashBackend::image`] is a disk that a power loss at that moment could have left. Open the image in a
/// `CrashBackend::from_image` again and the recovery is on record too: cut it for a double crash, again for a triple.
///
/// Assumed of the disk, as redb assumes it: after `sync_data` returned, everything before it is durable; a
/// 512-byte unit is written whole or not at all; nothing else (no order, no atomic writes).
/// Clones are one handle; [`CrashBackend::another_handle`] is a second opening of the same disk.
#[derive(Clone)]
pub struct CrashBackend {
    memory: MemoryBackend,
    record: Arc<Mutex<Record>>,
}

impl Default for CrashBackend {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for CrashBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CrashBackend").field("cuts", &self.cuts()).finish_non_exhaustive()
    }
}

impl CrashBackend {
    /// An empty disk.
    #[must_use]
    pub fn new() -> Self {
        Self::from_image(Vec::new())
    }
    /// A disk that holds `image`, all of it durable.
    #[must_use]
    pub fn from_image(image: Vec<u8>) -> Self {
        let record = Record { rebuilt: image.clone(), base: image.clone(), events: Vec::new(), rebuilt_to: 0 };
        Self { memory: MemoryBackend::from_image(image), record: Arc::new(Mutex::new(record)) }
    }
    /// A second, independent opening of this disk.
    #[must_use]
    pub fn another_handle(&self) -> Self {
        Self { memory: self.memory.another_handle(), record: Arc::clone(&self.record) }
    }
    /// A copy of all bytes as a reader of the live file would see them.
    #[must_use]
    pub fn live_image(&self) -> Vec<u8> {
        self.memory.image()
    }
    /// How many moments there are to cut at: one before each event on record, and one after the last.
    #[must_use]
    pub fn cuts(&self) -> usize {
        self.record().events.len()
    }
    /// How many syncs are on record before `cut`.
    #[must_use]
    pub fn syncs_before(&self, cut: usize) -> usize {
        self.record().events.iter().take(cut).filter(|event| matches!(event, Event::Sync)).count()
    }
    /// The disk after a power loss just before event number `cut`: what the last sync made durable, and of the
    /// later events what `loss` lets through. `seed` decides the coins. Ascending cuts are cheapest.
    #[must_use]
    pub fn image(&self, cut: usize, loss: Loss, seed: u64) -> Vec<u8> {
        let mut record = self.record();
        let cut = cut.min(record.events.len());
        let durable_to =
            record.events.iter().take(cut).rposition(|event| matches!(event, Event::Sync)).map_or(0, |at| at + 1);
        record.rebuild(durable_to);
        let mut image = record.rebuilt.clone();
        let pending: Vec<Event> = record.events.iter().take(cut).skip(durable_to).cloned().collect();
        drop(record);
        for event in survivors(pending, loss, &mut Draws::from_seed(seed)) {
            event.apply(&mut image);
        }
        image
    }
    /// Forgets everything since the last sync, as a disk does that reports an error of sync and drops its cache.
    pub fn drop_unsynced(&self) {
        let mut record = self.record();
        let durable_to = record.events.iter().rposition(|event| matches!(event, Event::Sync)).map_or(0, |at| at + 1);
        record.rebuild(durable_to);
        record.events.truncate(durable_to);
        self.memory.replace(record.rebuilt.clone());
    }
    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
    fn note(&self, event: Event) {
        self.record().events.push(event);
    }
}

impl Record {
    /// Brings `rebuilt` to the state after the first `to` events.
    fn rebuild(&mut self, to: usize) {
        if to < self.rebuilt_to {
            self.rebuilt.clone_from(&self.base);
            self.rebuilt_to = 0;
        }
        let steps = to.saturating_sub(self.rebuilt_to);
        for event in self.events.iter().skip(self.rebuilt_to).take(steps) {
            event.apply(&mut self.rebuilt);
        }
        self.rebuilt_to = to;
    }
}

impl Event {
    /// Events were accepted by the live disk, so they fit any image of it; one that does not is left out.
    fn apply(&self, image: &mut Vec<u8>) {
        let _ = match self {
            Self::Write { offset, data } => write_at(image, *offset, data),
            Self::SetLen(len) => set_len(image, *len),
            Self::Sync => Ok(()),
        };
    }
    fn touches_only_headers(&self) -> bool {
        matches!(self, Self::Write { offset, .. } if *offset < FIRST_PAGES)
    }
}

fn survivors(pending: Vec<Event>, loss: Loss, draws: &mut Draws) -> Vec<Event> {
    match loss {
        Loss::Nothing => pending,
        Loss::Everything => Vec::new(),
        Loss::Subset => pending.into_iter().filter(|_| draws.one_in(2)).collect(),
        Loss::Torn => {
            let torn = draws.below(pending.len());
            let mut kept = Vec::new();
            for (position, event) in pending.into_iter().enumerate() {
                match event {
                    Event::Write { offset, data } if position == torn => tear(offset, &data, draws, &mut kept),
                    event if draws.one_in(2) => kept.push(event),
                    _ => {}
                }
            }
            kept
        }
        Loss::Reversed => {
            let kept = draws.below(pending.len().saturating_add(1));
            pending.into_iter().rev().take(kept).collect()
        }
        Loss::HeaderOnly => pending.into_iter().filter(Event::touches_only_headers).collect(),
        Loss::AllButLength => pending.into_iter().filter(|event| !matches!(event, Event::SetLen(_))).collect(),
    }
}

/// Splits one write at multiples of 512 bytes of the disk and keeps each unit or not.
fn tear(offset: u64, data: &[u8], draws: &mut Draws, kept: &mut Vec<Event>) {
    let mut at = offset;
    let mut rest = data;
    while !rest.is_empty() {
        let to_boundary = usize::try_from(UNIT - at % UNIT).unwrap_or(rest.len()).min(rest.len());
        let (unit, after) = rest.split_at_checked(to_boundary).unwrap_or((rest, &[]));
        if draws.one_in(2) {
            kept.push(Event::Write { offset: at, data: unit.into() });
        }
        at = at.saturating_add(u64::try_from(unit.len()).unwrap_or(0));
        rest = after;
    }
}

impl StorageBackend for CrashBackend {
    fn len(&self) -> io::Result<u64> {
        self.memory.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.memory.read(offset, out)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.memory.set_len(len)?;
        self.note(Event::SetLen(len));
        Ok(())
    }
    fn sync_data(&self) -> io::Result<()> {
        self.note(Event::Sync);
        Ok(())
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.memory.write(offset, data)?;
        self.note(Event::Write { offset, data: data.into() });
        Ok(())
    }
    fn close(&self) -> io::Result<()> {
        self.memory.close()
    }
    locks_of!(memory);
}

// The unit that a disk writes whole or not at all.
const UNIT: u64 = 512;
// The header region (16,384 bytes) and redb's own header page (4,096 bytes).
const FIRST_PAGES: u64 = 16_384 + 4_096;

#[cfg(test)]
mod tests {
    //! A rig that loses too little proves nothing: each kind of loss is shown to lose what it should.

    use super::*;

    const LEN: usize = 32_768;

    /// One durable page of ones, then two writes and a growth that were not synced.
    fn disk() -> CrashBackend {
        let disk = CrashBackend::new();
        disk.write(0, &vec![1; LEN]).unwrap();
        disk.sync_data().unwrap();
        disk.write(24_576, &[2; 2048]).unwrap();
        disk.set_len(40_960).unwrap();
        disk.write(24_576, &[3; 1024]).unwrap();
        disk.write(100, &[4; 10]).unwrap();
        disk
    }
    fn at(image: &[u8], place: usize) -> u8 {
        image[place]
    }

    #[test]
    fn before_the_first_sync_nothing_is_sure() {
        let disk = disk();
        assert_eq!(disk.cuts(), 6);
        assert!(disk.image(1, Loss::Everything, 0).is_empty());
        assert_eq!(disk.image(1, Loss::Nothing, 0), vec![1; LEN]);
        assert_eq!(disk.image(2, Loss::Everything, 0), vec![1; LEN]);
        assert_eq!((disk.syncs_before(1), disk.syncs_before(2)), (0, 1));
    }

    #[test]
    fn nothing_lost_is_the_live_disk_and_everything_lost_the_last_sync() {
        let disk = disk();
        assert_eq!(disk.image(6, Loss::Nothing, 0), disk.live_image());
        assert_eq!(disk.image(6, Loss::Everything, 0), vec![1; LEN]);
    }

    #[test]
    fn headers_alone_and_all_but_the_length() {
        let disk = disk();
        let headers = disk.image(6, Loss::HeaderOnly, 0);
        assert_eq!((headers.len(), at(&headers, 100), at(&headers, 24_576)), (LEN, 4, 1));
        let short = disk.image(6, Loss::AllButLength, 0);
        assert_eq!((short.len(), at(&short, 100), at(&short, 24_576), at(&short, 26_000)), (LEN, 4, 3, 2));
    }

    #[test]
    fn in_reverse_the_earlier_write_comes_out_on_top() {
        let disk = disk();
        let tops: Vec<u8> = (0..40).map(|coin| at(&disk.image(6, Loss::Reversed, coin), 24_576)).collect();
        assert!(tops.contains(&2) && tops.contains(&3) && tops.contains(&1));
    }

    #[test]
    fn a_torn_write_is_torn_at_512_bytes_and_subsets_differ() {
        let disk = disk();
        let mut torn = false;
        let mut shapes = std::collections::HashSet::new();
        for coin in 0..100 {
            let image = disk.image(6, Loss::Torn, coin);
            let units: Vec<u8> = image[24_576..26_624].chunks(512).map(|unit| unit[0]).collect();
            assert!(image[24_576..26_624].chunks(512).all(|unit| unit.iter().all(|byte| *byte == unit[0])));
            torn |= units[0] != units[1] || units[2] != units[3];
            shapes.insert(disk.image(6, Loss::Subset, coin));
        }
        assert!(torn);
        assert!(shapes.len() >= 6, "{} of 16 subsets", shapes.len());
    }

    #[test]
    fn a_seed_repeats_and_cuts_may_come_in_any_order() {
        let disk = disk();
        let images: Vec<Vec<u8>> = (0..=6).map(|cut| disk.image(cut, Loss::Torn, 5)).collect();
        let again: Vec<Vec<u8>> = (0..=6).rev().map(|cut| disk.image(cut, Loss::Torn, 5)).collect();
        assert!(images.iter().eq(again.iter().rev()));
    }

    #[test]
    fn dropping_what_was_not_synced_goes_back_to_the_last_sync() {
        let disk = disk();
        disk.drop_unsynced();
        assert_eq!(disk.live_image(), vec![1; LEN]);
        assert_eq!(disk.cuts(), 2);
    }

    #[test]
    fn a_second_handle_sees_the_same_bytes_and_is_kept_out_by_the_lock() {
        let disk = disk();
        let other = disk.another_handle();
        assert_eq!(other.live_image(), disk.live_image());
        let all = (Bound::Unbounded, Bound::Unbounded);
        assert!(disk.try_lock_range(all.0, all.1).unwrap());
        assert!(disk.clone().try_lock_range(all.0, all.1).unwrap(), "a clone is the same handle");
        assert!(!other.try_lock_range(all.0, all.1).unwrap());
        assert!(other.try_lock_range(Bound::Included(3), all.1).is_err());
        other.close().unwrap();
        assert!(!other.try_lock_range(all.0, all.1).unwrap());
        disk.close().unwrap();
        assert!(other.try_lock_range(all.0, all.1).unwrap());
    }
}
