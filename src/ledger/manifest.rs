//! The set hash and the commit row: how a row that was removed or put back is noticed.
//!
//! Sealing proves what a row says and where it belongs, not that it is the latest or that none is missing. So every
//! covered row has an element, a keyed 256-bit number of its table, key and identity; rows whose keys begin with the
//! same byte form a bucket, and a bucket's elements are summed. Sixteen *bucket rows* hold 16 sums and counts each, one
//! *commit row* pins the sixteen by their commitments (new at every seal), and all of them change in the transaction
//! that changes the rows. (Multiset hash by addition: Clarke, Devadas, van Dijk, Gassend, Suh 2003, keyed; no sum is
//! ever visible outside a sealed row.)
//!
//! | control row | identifier | content, big-endian but the sums |
//! |---|---|---|
//! | bucket row i | `bucket` and the byte i | 16 sums of 32 bytes (little-endian), 16 counts u32 |
//! | commit row | `commit` | see [`Commit`] |

use std::sync::Arc;

use strongroom_keystore::{Accumulator, Barrier, RowKey};

use super::table::Table;

/// Identity of a sealed row: its commitment and its tag.
pub(crate) type RowId = [u8; 48];
/// Commitment of a sealed row.
pub(crate) type Commitment = [u8; 32];

/// The commit row: one for each commit, replaced by the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Commit {
    /// Counts commits, from 1; the rows of a commit are sealed with it.
    pub(crate) sequence: u64,
    /// The header's generation that this commit knows of.
    pub(crate) header_generation: u64,
    /// Epoch of the key that wraps backing keys.
    pub(crate) wrap_epoch: u32,
    /// The latest clock ever committed, milliseconds since 1970.
    pub(crate) high_water: u64,
    /// Covered rows.
    pub(crate) rows: u64,
    /// Commitments of the bucket rows.
    pub(crate) pins: [Commitment; GROUPS],
    /// Audit records ever appended, evicted ones among them; also the number of the last.
    pub(crate) audit_count: u64,
    /// Head of the audit chain; zeros when it is empty.
    pub(crate) audit_head: [u8; 32],
    /// Kind of the outside anchor against rollback of the whole file; 0 for none.
    pub(crate) anchor_kind: u8,
    /// Its value.
    pub(crate) anchor_value: u64,
    /// Commitment of the commit row before; zeros in the first.
    pub(crate) previous: Commitment,
    /// Number of the last audit record that was evicted; 0 for none, and then neither this nor the next is in the row.
    pub(crate) evicted: u64,
    /// Head of the audit chain at that record.
    pub(crate) evicted_head: [u8; 32],
}

impl Commit {
    /// The row of a store that has none yet.
    pub(crate) fn before_the_first(header_generation: u64, wrap_epoch: u32) -> Self {
        Self {
            sequence: 0,
            header_generation,
            wrap_epoch,
            high_water: 0,
            rows: 0,
            pins: [[0; 32]; GROUPS],
            audit_count: 0,
            audit_head: [0; 32],
            anchor_kind: 0,
            anchor_value: 0,
            previous: [0; 32],
            evicted: 0,
            evicted_head: [0; 32],
        }
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(COMMIT_LEN);
        out.extend_from_slice(&self.sequence.to_be_bytes());
        out.extend_from_slice(&self.header_generation.to_be_bytes());
        out.extend_from_slice(&self.wrap_epoch.to_be_bytes());
        out.extend_from_slice(&self.high_water.to_be_bytes());
        out.extend_from_slice(&self.rows.to_be_bytes());
        self.pins.iter().for_each(|pin| out.extend_from_slice(pin));
        out.extend_from_slice(&self.audit_count.to_be_bytes());
        out.extend_from_slice(&self.audit_head);
        out.push(self.anchor_kind);
        out.extend_from_slice(&self.anchor_value.to_be_bytes());
        out.extend_from_slice(&self.previous);
        // Releases of before know the shorter form alone, and refuse the other one as newer: they would miss what was evicted.
        if self.evicted != 0 {
            out.extend_from_slice(&self.evicted.to_be_bytes());
            out.extend_from_slice(&self.evicted_head);
        }
        out
    }

    /// `None` unless the bytes are exactly one commit row of format 1.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let mut commit = Self {
            sequence: u64::from_be_bytes(take(&mut rest)?),
            header_generation: u64::from_be_bytes(take(&mut rest)?),
            wrap_epoch: u32::from_be_bytes(take(&mut rest)?),
            high_water: u64::from_be_bytes(take(&mut rest)?),
            rows: u64::from_be_bytes(take(&mut rest)?),
            pins: {
                let mut pins = [[0; 32]; GROUPS];
                for pin in &mut pins {
                    *pin = take(&mut rest)?;
                }
                pins
            },
            audit_count: u64::from_be_bytes(take(&mut rest)?),
            audit_head: take(&mut rest)?,
            anchor_kind: u8::from_be_bytes(take(&mut rest)?),
            anchor_value: u64::from_be_bytes(take(&mut rest)?),
            previous: take(&mut rest)?,
            evicted: 0,
            evicted_head: [0; 32],
        };
        if !rest.is_empty() {
            commit.evicted = u64::from_be_bytes(take(&mut rest)?);
            commit.evicted_head = take(&mut rest)?;
            if !(1..=commit.audit_count).contains(&commit.evicted) {
                return None;
            }
        }
        rest.is_empty().then_some(commit)
    }
}

/// The sums and counts of sixteen neighbouring buckets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Group {
    buckets: [Bucket; BUCKETS_EACH],
}

/// The sum and count of the covered rows whose keys begin with one byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bucket {
    pub(crate) sum: Accumulator,
    pub(crate) count: u32,
}

impl Bucket {
    pub(crate) fn add(&mut self, element: Accumulator) {
        self.sum = self.sum.add(element);
        self.count = self.count.saturating_add(1);
    }
    /// `None` if there is nothing left to take out: then the rows and the sums disagree.
    pub(crate) fn remove(&mut self, element: Accumulator) -> Option<()> {
        self.sum = self.sum.sub(element);
        self.count = self.count.checked_sub(1)?;
        Some(())
    }
}

impl Group {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(GROUP_LEN);
        self.buckets.iter().for_each(|bucket| out.extend_from_slice(&bucket.sum.to_le_bytes()));
        self.buckets.iter().for_each(|bucket| out.extend_from_slice(&bucket.count.to_be_bytes()));
        out
    }

    /// `None` unless the bytes are exactly one bucket row.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let mut group = Self::default();
        for bucket in &mut group.buckets {
            bucket.sum = Accumulator::from_le_bytes(&take(&mut rest)?);
        }
        for bucket in &mut group.buckets {
            bucket.count = u32::from_be_bytes(take(&mut rest)?);
        }
        rest.is_empty().then_some(group)
    }

    fn rows(&self) -> u64 {
        self.buckets.iter().map(|bucket| u64::from(bucket.count)).sum()
    }
}

/// The commit row of a view and the sums it pins, verified when read and known from then on.
#[derive(Clone, Debug)]
pub(crate) struct Manifest {
    pub(crate) commit: Commit,
    /// Identity of the commit row as stored.
    pub(crate) id: RowId,
    groups: [Arc<Group>; GROUPS],
}

impl Manifest {
    pub(crate) fn new(commit: Commit, id: RowId, groups: [Arc<Group>; GROUPS]) -> Self {
        Self { commit, id, groups }
    }
    /// Of a store without rows.
    pub(crate) fn empty(commit: Commit) -> Self {
        Self { commit, id: [0; 48], groups: std::array::from_fn(|_| Arc::default()) }
    }
    pub(crate) fn bucket(&self, first: u8) -> Bucket {
        let (group, place) = home_of(first);
        self.groups.get(group).and_then(|group| group.buckets.get(place)).copied().unwrap_or_default()
    }
    /// The bucket, to be changed; a group that others still see is copied first.
    pub(crate) fn bucket_mut(&mut self, first: u8) -> Option<&mut Bucket> {
        let (group, place) = home_of(first);
        self.groups.get_mut(group).map(Arc::make_mut).and_then(|group| group.buckets.get_mut(place))
    }
    pub(crate) fn group(&self, index: usize) -> Option<&Group> {
        self.groups.get(index).map(|group| &**group)
    }
    /// Is this group the very same as in the other manifest?
    pub(crate) fn shares_group(&self, other: &Self, index: usize) -> bool {
        matches!((self.groups.get(index), other.groups.get(index)), (Some(here), Some(there)) if Arc::ptr_eq(here, there))
    }
    /// All covered rows, counted from the buckets.
    pub(crate) fn rows(&self) -> u64 {
        self.groups.iter().map(|group| group.rows()).sum()
    }
    /// The commitment of the commit row.
    pub(crate) fn commitment(&self) -> Commitment {
        let mut commitment = [0; 32];
        commitment.iter_mut().zip(self.id).for_each(|(to, from)| *to = from);
        commitment
    }
}

/// Row key of the commit row.
pub(crate) fn commit_key(barrier: &Barrier) -> RowKey {
    barrier.row_key(Table::Control.id(), &[b"commit"])
}

/// Row key of a bucket row, of sixteen.
pub(crate) fn group_key(barrier: &Barrier, index: u8) -> RowKey {
    let mut identifier = *b"bucket\0";
    if let Some(last) = identifier.last_mut() {
        *last = index;
    }
    barrier.row_key(Table::Control.id(), &[&identifier])
}

/// Row key of an audit record; the first has number 1.
pub(crate) fn audit_key(barrier: &Barrier, number: u64) -> RowKey {
    barrier.row_key(Table::Audit.id(), &[&number.to_be_bytes()])
}

fn home_of(first: u8) -> (usize, usize) {
    (usize::from(first >> 4), usize::from(first & 15))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk::<N>()?;
    *rest = left;
    Some(*taken)
}

/// Bucket rows.
pub(crate) const GROUPS: usize = 16;
const BUCKETS_EACH: usize = 16;
const GROUP_LEN: usize = BUCKETS_EACH * (32 + 4);
const COMMIT_LEN: usize = 8 + 8 + 4 + 8 + 8 + GROUPS * 32 + 8 + 32 + 1 + 8 + 32 + EVICTED_LEN;
const EVICTED_LEN: usize = 8 + 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn commit() -> Commit {
        let mut pins = [[0; 32]; GROUPS];
        pins.iter_mut().zip(1..).for_each(|(pin, byte)| *pin = [byte; 32]);
        Commit {
            sequence: 0x0102_0304_0506_0708,
            header_generation: 3,
            wrap_epoch: 4,
            high_water: 5,
            rows: 6,
            pins,
            audit_count: 7,
            audit_head: [8; 32],
            anchor_kind: 9,
            anchor_value: 10,
            previous: [11; 32],
            evicted: 0,
            evicted_head: [0; 32],
        }
    }

    #[test]
    fn a_commit_row_is_629_bytes_in_the_written_order() {
        let bytes = commit().encode();
        assert_eq!(bytes.len(), 629);
        assert_eq!(bytes[..8], [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(bytes[16..20], [0, 0, 0, 4]);
        assert_eq!(bytes[36..68], [1; 32]);
        assert_eq!(bytes[36 + 15 * 32..36 + 16 * 32], [16; 32]);
        assert_eq!(bytes[588], 9);
        assert_eq!(bytes[597..], [11; 32]);
        assert_eq!(Commit::decode(&bytes), Some(commit()));
    }

    #[test]
    fn a_commit_row_over_evicted_records_is_40_bytes_longer() {
        let evicted = Commit { evicted: 7, evicted_head: [12; 32], ..commit() };
        let bytes = evicted.encode();
        assert_eq!((bytes.len(), &bytes[629..637], &bytes[637..]), (669, &[0, 0, 0, 0, 0, 0, 0, 7][..], &[12; 32][..]));
        assert_eq!(Commit::decode(&bytes), Some(evicted.clone()));
        // More than there were, and a cut that is none.
        assert_eq!(Commit::decode(&Commit { evicted: 8, ..evicted }.encode()), None);
        let mut none = bytes.clone();
        none[636] = 0;
        assert_eq!(Commit::decode(&none), None);
    }

    #[test]
    fn a_commit_row_of_another_length_is_none() {
        let mut bytes = commit().encode();
        for len in 0..bytes.len() {
            assert_eq!(Commit::decode(&bytes[..len]), None);
        }
        bytes.push(0);
        assert_eq!(Commit::decode(&bytes), None);
    }

    #[test]
    fn a_bucket_row_is_576_bytes_sums_before_counts() {
        let mut manifest = Manifest::empty(Commit::before_the_first(1, 1));
        let element = Accumulator::from_le_bytes(&[7; 32]);
        manifest.bucket_mut(0xA1).unwrap().add(element);
        let bytes = manifest.group(10).unwrap().encode();
        assert_eq!(bytes.len(), 576);
        assert_eq!(bytes[32..64], [7; 32]);
        assert_eq!(bytes[512 + 4..512 + 8], [0, 0, 0, 1]);
        assert_eq!(Group::decode(&bytes).as_ref(), manifest.group(10));
        assert_eq!(Group::decode(&bytes[1..]), None);
        assert_eq!(manifest.rows(), 1);
    }

    #[test]
    fn what_is_added_and_removed_leaves_nothing_and_no_more_can_be_removed() {
        let mut bucket = Bucket::default();
        let element = Accumulator::from_le_bytes(&[0xFF; 32]);
        bucket.add(element);
        assert_ne!(bucket, Bucket::default());
        assert_eq!(bucket.remove(element), Some(()));
        assert_eq!(bucket, Bucket::default());
        assert_eq!(bucket.remove(element), None);
    }

    #[test]
    fn changing_one_group_copies_that_group_alone() {
        let before = Manifest::empty(Commit::before_the_first(1, 1));
        let mut after = before.clone();
        after.bucket_mut(0x35).unwrap().count = 1;
        let copied: Vec<usize> = (0..GROUPS).filter(|index| !after.shares_group(&before, *index)).collect();
        assert_eq!(copied, [3]);
        assert_eq!(before.bucket(0x35).count, 0);
    }
}
