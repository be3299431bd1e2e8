//! Failing disks.

use std::io;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::{BackendError, StorageBackend};
use rustix::io::Errno;

use super::crash::CrashBackend;
use super::memory::locks_of;

/// One kind of storage call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// Asks the length.
    Len,
    /// Reads bytes.
    Read,
    /// Writes bytes.
    Write,
    /// Cuts or grows the file.
    SetLen,
    /// Makes what was written durable.
    Sync,
}

impl Call {
    /// Every kind, to loop over.
    pub const ALL: [Self; 5] = [Self::Len, Self::Read, Self::Write, Self::SetLen, Self::Sync];
    fn slot(self) -> usize {
        match self {
            Self::Len => 0,
            Self::Read => 1,
            Self::Write => 2,
            Self::SetLen => 3,
            Self::Sync => 4,
        }
    }
}

/// What the disk does instead of the call. A fault that makes no sense for a call acts as [`Fault::Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Answers `EIO` and does nothing.
    Error,
    /// Answers `ENOSPC` and does nothing.
    NoSpace,
    /// Answers `EINTR` and does nothing; a caller may simply ask again.
    Interrupted,
    /// Writes the first half of the bytes (rounded down to 512), then answers `EIO`.
    PartialWrite,
    /// Reads, then turns one bit of what was read.
    FlippedBit,
    /// A sync that answers `EIO` and has dropped everything since the last good sync, as Linux may
    /// (a second sync then succeeds and proves nothing).
    LosesUnsynced,
}

impl Fault {
    /// Every kind, to loop over.
    pub const ALL: [Self; 6] =
        [Self::Error, Self::NoSpace, Self::Interrupted, Self::PartialWrite, Self::FlippedBit, Self::LosesUnsynced];
}

/// When to fail and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Which calls count; `None` counts all kinds together.
    pub call: Option<Call>,
    /// The number of the call to fail, counted from 0 since the plan was set.
    pub nth: u64,
    /// What to do then.
    pub fault: Fault,
    /// Fail that call alone, or every counted call from there until [`FaultBackend::heal`].
    pub persistent: bool,
}

#[derive(Default)]
struct State {
    plan: Option<Plan>,
    counted: u64,
    struck: u64,
    by_call: [u64; 5],
}

/// A [`CrashBackend`] that fails as planned.
///
/// For a sweep: run a script once without a plan and read [`FaultBackend::calls`]; then, for each n below it and each
/// fault, run the script on a fresh disk with that plan, [`heal`](FaultBackend::heal), open again and compare.
/// Clones are one handle.
#[derive(Clone)]
pub struct FaultBackend {
    disk: CrashBackend,
    state: Arc<Mutex<State>>,
}

impl std::fmt::Debug for FaultBackend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FaultBackend").field("plan", &self.state().plan).finish_non_exhaustive()
    }
}

impl FaultBackend {
    /// Wraps `disk`, without a plan.
    #[must_use]
    pub fn over(disk: CrashBackend) -> Self {
        Self { disk, state: Arc::new(Mutex::new(State::default())) }
    }
    /// Sets a plan; counting starts anew.
    pub fn plan(&self, plan: Plan) {
        *self.state() = State { plan: Some(plan), ..State::default() };
    }
    /// Ends the plan: from here on the disk works.
    pub fn heal(&self) {
        self.state().plan = None;
    }
    /// How many calls have been counted since the plan was set (or since the start): all kinds, or one kind.
    #[must_use]
    pub fn calls(&self, call: Option<Call>) -> u64 {
        let state = self.state();
        match call {
            None => state.by_call.iter().sum(),
            Some(call) => state.by_call.get(call.slot()).copied().unwrap_or(0),
        }
    }
    /// How many calls have been made to fail since the plan was set.
    #[must_use]
    pub fn struck(&self) -> u64 {
        self.state().struck
    }
    /// The disk below, for its images.
    #[must_use]
    pub fn disk(&self) -> &CrashBackend {
        &self.disk
    }
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// Counts a call and says which fault, if any, it is to meet.
    fn meets(&self, call: Call) -> Option<Fault> {
        let mut state = self.state();
        if let Some(count) = state.by_call.get_mut(call.slot()) {
            *count = count.saturating_add(1);
        }
        let plan = state.plan.filter(|plan| plan.call.is_none_or(|planned| planned == call))?;
        let number = state.counted;
        state.counted = number.saturating_add(1);
        if number == plan.nth || (plan.persistent && number > plan.nth) {
            state.struck = state.struck.saturating_add(1);
            return Some(plan.fault);
        }
        None
    }
}

fn error_of(fault: Fault) -> io::Error {
    match fault {
        Fault::NoSpace => Errno::NOSPC.into(),
        Fault::Interrupted => Errno::INTR.into(),
        Fault::Error | Fault::PartialWrite | Fault::FlippedBit | Fault::LosesUnsynced => Errno::IO.into(),
    }
}

impl StorageBackend for FaultBackend {
    fn len(&self) -> io::Result<u64> {
        match self.meets(Call::Len) {
            None => self.disk.len(),
            Some(fault) => Err(error_of(fault)),
        }
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        match self.meets(Call::Read) {
            None => self.disk.read(offset, out),
            Some(Fault::FlippedBit) => {
                self.disk.read(offset, out)?;
                // The place depends on the offset alone, so that a run repeats.
                let place = usize::try_from(offset / 7).unwrap_or(0).checked_rem(out.len()).unwrap_or(0);
                if let Some(byte) = out.get_mut(place) {
                    *byte ^= 1 << (offset % 8);
                }
                Ok(())
            }
            Some(fault) => Err(error_of(fault)),
        }
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        match self.meets(Call::SetLen) {
            None => self.disk.set_len(len),
            Some(fault) => Err(error_of(fault)),
        }
    }
    fn sync_data(&self) -> io::Result<()> {
        match self.meets(Call::Sync) {
            None => self.disk.sync_data(),
            Some(fault) => {
                if fault == Fault::LosesUnsynced {
                    self.disk.drop_unsynced();
                }
                Err(error_of(fault))
            }
        }
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        match self.meets(Call::Write) {
            None => self.disk.write(offset, data),
            Some(fault) => {
                if fault == Fault::PartialWrite {
                    let half = (data.len() / 2) & !511;
                    self.disk.write(offset, data.get(..half).unwrap_or(&[]))?;
                }
                Err(error_of(fault))
            }
        }
    }
    fn close(&self) -> io::Result<()> {
        self.disk.close()
    }
    locks_of!(disk);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn disk() -> FaultBackend {
        let disk = FaultBackend::over(CrashBackend::new());
        disk.write(0, &[1; 4096]).unwrap();
        disk.sync_data().unwrap();
        disk
    }
    fn planned(call: Option<Call>, nth: u64, fault: Fault, persistent: bool) -> FaultBackend {
        let disk = disk();
        disk.plan(Plan { call, nth, fault, persistent });
        disk
    }

    #[test]
    fn one_call_fails_or_all_from_there_until_healed() {
        let disk = planned(Some(Call::Write), 1, Fault::Error, false);
        disk.write(0, b"a").unwrap();
        assert!(disk.write(0, b"b").is_err());
        disk.write(0, b"c").unwrap();
        let disk = planned(Some(Call::Write), 1, Fault::NoSpace, true);
        disk.write(0, b"a").unwrap();
        for _ in 0..3 {
            assert_eq!(disk.write(0, b"b").unwrap_err().kind(), io::ErrorKind::StorageFull);
        }
        disk.read(0, &mut [0; 4]).unwrap();
        assert_eq!((disk.struck(), disk.calls(Some(Call::Write)), disk.calls(None)), (3, 4, 5));
        disk.heal();
        disk.write(0, b"c").unwrap();
        assert_eq!(disk.disk().live_image()[0], b'c');
    }

    #[test]
    fn all_kinds_are_counted_together_when_none_is_named() {
        let disk = planned(None, 2, Fault::Interrupted, false);
        disk.len().unwrap();
        disk.sync_data().unwrap();
        assert_eq!(disk.set_len(10).unwrap_err().kind(), io::ErrorKind::Interrupted);
        assert_eq!(disk.len().unwrap(), 4096);
    }

    #[test]
    fn a_partial_write_leaves_its_first_half() {
        let disk = planned(None, 0, Fault::PartialWrite, false);
        assert!(disk.write(0, &[7; 3000]).is_err());
        let image = disk.disk().live_image();
        assert_eq!((image[1023], image[1024]), (7, 1));
    }

    #[test]
    fn a_flipped_bit_is_one_bit_of_what_is_read_and_none_on_the_disk() {
        let disk = planned(Some(Call::Read), 0, Fault::FlippedBit, false);
        let mut read = [0; 4096];
        disk.read(0, &mut read).unwrap();
        let turned: u32 = read.iter().map(|byte| (byte ^ 1).count_ones()).sum();
        assert_eq!(turned, 1);
        disk.read(0, &mut read).unwrap();
        assert_eq!(read, [1; 4096]);
    }

    #[test]
    fn a_sync_that_loses_goes_back_to_the_last_good_one() {
        let disk = planned(Some(Call::Sync), 0, Fault::LosesUnsynced, false);
        disk.write(0, &[9; 4096]).unwrap();
        assert!(disk.sync_data().is_err());
        disk.sync_data().unwrap();
        assert_eq!(disk.disk().live_image(), [1; 4096]);
    }
}
