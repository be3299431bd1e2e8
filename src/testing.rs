//! Deterministic doubles for tests, simulations and fuzz campaigns. Feature `testing`.
//!
//! - [`MemoryBackend`]: a disk in memory that several handles may share, with the whole-file lock of a real one.
//! - [`CrashBackend`]: the same disk, with every write, length change and sync on record, and from that record
//!   the [images](CrashBackend::image) that a power cut could have left behind.
//! - [`FaultBackend`]: a [`CrashBackend`] that fails, as planned, at the n-th call.
//! - [`ManualClock`]: time that moves when told.
//! - [`SeededEntropy`]: randomness that repeats for a seed, or fails when told.
//! - [`Draws`]: small repeatable choices.
//! - [`decode_record`]: the codec of the ledger's rows, for the fuzz target that attacks it.
//!
//! The disks implement redb's `StorageBackend` and are given to the store as its custom storage; any other user of that
//! trait can be tried on them as well. Nothing here reads a clock, a file or the machine's randomness: one seed gives one
//! run, so a failure is told by its seed, its cut and its loss.
//!
//! A crash campaign in short: run a workload and note, at each acknowledgement, how many events are on record. Cut
//! anywhere; what was acknowledged before the cut must be there.
//!
//! ```
//! use redb::{Database, ReadableDatabase, TableDefinition};
//! use strongroom::testing::{CrashBackend, Loss};
//!
//! const NUMBERS: TableDefinition<u64, u64> = TableDefinition::new("n");
//! let disk = CrashBackend::new();
//! let mut acknowledged = Vec::new();
//! let database = Database::builder().create_with_backend(disk.clone())?;
//! for number in 0..3 {
//!     let change = database.begin_write()?;
//!     change.open_table(NUMBERS)?.insert(0, number)?;
//!     change.commit()?;
//!     acknowledged.push((disk.cuts(), number));
//! }
//! drop(database);
//!
//! let first = acknowledged[0].0;
//! for cut in first..=disk.cuts() {
//!     let last = acknowledged.iter().rev().find(|(at, _)| *at <= cut).map(|(_, number)| *number).unwrap();
//!     for loss in Loss::ALL {
//!         // For a double crash, keep this disk and cut it in turn.
//!         let recovering = CrashBackend::from_image(disk.image(cut, loss, 1));
//!         let database = Database::builder().create_with_backend(recovering)?;
//!         let found = database.begin_read()?.open_table(NUMBERS)?.get(0)?.map(|found| found.value()).unwrap();
//!         assert!(found == last || found == last + 1, "cut {cut}, {loss:?}");
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A fault sweep: run once without a plan to learn how many [calls](FaultBackend::calls) there are; then once for each
//! call and fault with a [`Plan`]; [heal](FaultBackend::heal), open again, and compare.

mod clock;
mod crash;
mod fault;
mod memory;
mod random;

pub use clock::ManualClock;
pub use crash::{CrashBackend, Loss};
pub use fault::{Call, Fault, FaultBackend, Plan};
pub use memory::MemoryBackend;
pub use random::Draws;
pub use strongroom_keystore::SeededEntropy;
#[cfg(feature = "rsa-import")]
pub use strongroom_keystore::{RsaWrapping, testing::wrap_under_rsa};

use crate::ledger::record;

/// Kinds of record there are, for [`decode_record`].
pub const RECORD_KINDS: std::ops::RangeInclusive<u8> = 1..=13;

/// Decodes the bytes of a row as a record of that kind and encodes it again: the same bytes, for bytes that are one. Bytes of an
/// older version come back as they are if what they became lasts. `None` for bytes that are none, and for other kinds.
#[must_use]
pub fn decode_record(kind: u8, bytes: &[u8]) -> Option<Vec<u8>> {
    fn again<R: record::Record + PartialEq>(bytes: &[u8]) -> Option<Vec<u8>> {
        let row = record::decode::<R>(bytes).ok()?;
        let new = record::encode(&row).ok()?;
        let older = bytes.get(..record::FRAME) != new.get(..record::FRAME);
        if older && record::decode::<R>(&new).is_ok_and(|renewed| renewed == row) {
            return Some(bytes.to_vec());
        }
        Some(new)
    }
    match kind {
        1 => again::<crate::model::secret::SecretRow>(bytes),
        2 => again::<crate::model::key::KeyRow>(bytes),
        3 => again::<record::AliasRow>(bytes),
        4 => again::<record::GrantsRow>(bytes),
        5 => again::<record::GrantRow>(bytes),
        6 => again::<crate::model::principal::PrincipalRow>(bytes),
        7 => again::<record::SettingsRow>(bytes),
        8 => again::<crate::model::managed_policy::ManagedPolicyRow>(bytes),
        9 => again::<crate::model::credential::CredentialRow>(bytes),
        10 => again::<crate::model::account::CountsRow>(bytes),
        11 => again::<record::Tombstone>(bytes),
        12 => again::<record::ClockRow>(bytes),
        13 => again::<record::StaleRow>(bytes),
        _ => None,
    }
}
