//! Opened rows in memory: bounded, counted, valid by generation.
//!
//! An entry that was read at generation `r` may serve a view of generation `v` only if nothing it depends on changed after
//! `r` or after `v`: `changed[b] <= r` and `changed[b] <= v` for the first byte `b` of every row key it was made from,
//! looked at *after* the entry is found. The writer raises `changed` before it publishes the new view, so a slow reader
//! that puts an old row in after a revocation puts in something that is invalid already. "Not found" is an entry like any
//! other.

use std::hash::{BuildHasher, Hash};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock};

use hashbrown::{DefaultHashBuilder, HashTable};

const SHARDS: usize = 16;
/// Bookkeeping of one entry, roughly: map slot, key, counters.
const OVERHEAD: usize = 128;

/// First bytes of the row keys that an entry was made from.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Depends {
    bytes: [u8; 7],
    len: u8,
    /// More than seven rows: valid only while nothing at all has changed.
    all: bool,
}
impl Depends {
    pub(crate) fn on(first_byte: u8) -> Self {
        let mut depends = Self::default();
        depends.add(first_byte);
        depends
    }
    pub(crate) fn add(&mut self, first_byte: u8) {
        match self.bytes.get_mut(usize::from(self.len)) {
            Some(slot) => {
                *slot = first_byte;
                self.len = self.len.saturating_add(1);
            }
            None => self.all = true,
        }
    }
    fn valid(&self, read_at: u64, view: u64, changed: &impl Fn(u8) -> u64) -> bool {
        if self.all && read_at != view {
            return false;
        }
        self.bytes.iter().take(usize::from(self.len)).all(|byte| {
            let at = changed(*byte);
            at <= read_at && at <= view
        })
    }
}

struct Entry<K, V> {
    key: K,
    value: V,
    read_at: u64,
    depends: Depends,
    weight: usize,
    /// Second chance: set by a hit, cleared by the hand that looks for room.
    used: AtomicBool,
}

type Shard<K, V> = RwLock<HashTable<Entry<K, V>>>;

/// What stands for a key when it is looked for. Its hash is the key's.
pub(crate) trait Means<K>: Hash {
    fn means(&self, key: &K) -> bool;
}
impl<K: Hash + Eq> Means<K> for K {
    fn means(&self, key: &K) -> bool {
        self == key
    }
}

/// A bounded map from what a caller names to what was opened for it.
pub(crate) struct Cache<K, V> {
    shards: Box<[Shard<K, V>]>,
    hasher: DefaultHashBuilder,
    capacity: usize,
    /// Of the capacity, what somebody else uses.
    lent: AtomicUsize,
    weight: Box<[AtomicUsize]>,
}

impl<K: Hash + Eq + Clone, V: Clone> Cache<K, V> {
    pub(crate) fn new(capacity_bytes: usize) -> Self {
        Self {
            shards: (0..SHARDS).map(|_| RwLock::new(HashTable::new())).collect(),
            hasher: DefaultHashBuilder::default(),
            capacity: capacity_bytes,
            lent: AtomicUsize::new(0),
            weight: (0..SHARDS).map(|_| AtomicUsize::new(0)).collect(),
        }
    }
    /// The shard of a hash: by its middle bits, since the table within uses both ends.
    fn shard(&self, hash: u64) -> Option<(&Shard<K, V>, &AtomicUsize)> {
        let at = usize::try_from((hash >> 32) & (SHARDS as u64 - 1)).unwrap_or(0);
        Some((self.shards.get(at)?, self.weight.get(at)?))
    }
    /// What is cached for `key`, if it may serve a view of generation `view`.
    pub(crate) fn get<Q>(&self, key: &Q, view: u64, changed: &impl Fn(u8) -> u64) -> Option<V>
    where
        Q: Means<K> + ?Sized,
    {
        self.get_ahead(key, view, changed, |_| ())
    }
    /// The same; `ahead` asks for the memory that the value's user is about to need, while the key is still being compared.
    /// It may be called for a value of another key.
    pub(crate) fn get_ahead<Q>(&self, key: &Q, view: u64, changed: &impl Fn(u8) -> u64, ahead: impl Fn(&V)) -> Option<V>
    where
        Q: Means<K> + ?Sized,
    {
        let hash = self.hasher.hash_one(key);
        let (shard, _) = self.shard(hash)?;
        let shard = shard.read().unwrap_or_else(PoisonError::into_inner);
        let entry = shard.find(hash, |entry| {
            ahead(&entry.value);
            key.means(&entry.key)
        })?;
        if !entry.depends.valid(entry.read_at, view, changed) {
            return None;
        }
        if !entry.used.load(Ordering::Relaxed) {
            entry.used.store(true, Ordering::Relaxed);
        }
        Some(entry.value.clone())
    }
    /// Keeps `value`, read at generation `read_at`; makes room first, in its shard. Something larger than a shard may take what
    /// the others leave, and is not kept if that is too little.
    pub(crate) fn put(&self, key: K, value: V, weight: usize, read_at: u64, depends: Depends) {
        let weight = weight.saturating_add(OVERHEAD);
        let capacity = self.capacity();
        if weight > capacity {
            return;
        }
        let hash = self.hasher.hash_one(&key);
        let Some((shard, held)) = self.shard(hash) else { return };
        let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
        let mut total = held.load(Ordering::Relaxed);
        if let Ok(known) = shard.find_entry(hash, |entry| entry.key == key) {
            total = total.saturating_sub(known.remove().0.weight);
        }
        let left = capacity.saturating_sub(self.weight().saturating_sub(held.load(Ordering::Relaxed)));
        let per_shard = capacity / SHARDS;
        let limit = if weight > per_shard { left } else { left.min(per_shard) };
        if weight > limit {
            held.store(total, Ordering::Relaxed);
            return;
        }
        if total.saturating_add(weight) > limit {
            total = make_room(&mut shard, total, limit.saturating_sub(weight));
        }
        let entry = Entry { key, value, read_at, depends, weight, used: AtomicBool::new(false) };
        shard.insert_unique(hash, entry, |entry| self.hasher.hash_one(&entry.key));
        held.store(total.saturating_add(weight), Ordering::Relaxed);
    }
    /// Bytes that it may hold.
    fn capacity(&self) -> usize {
        self.capacity.saturating_sub(self.lent.load(Ordering::Relaxed))
    }
    /// Leaves so much of its capacity to somebody else, from now on.
    pub(crate) fn lend(&self, bytes: usize) {
        if self.lent.swap(bytes, Ordering::Relaxed) >= bytes {
            return;
        }
        let per_shard = self.capacity() / SHARDS;
        for (shard, held) in self.shards.iter().zip(self.weight.iter()) {
            if held.load(Ordering::Relaxed) > per_shard {
                let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
                let total = make_room(&mut shard, held.load(Ordering::Relaxed), per_shard);
                held.store(total, Ordering::Relaxed);
            }
        }
    }
    /// Bytes held, by our own reckoning.
    pub(crate) fn weight(&self) -> usize {
        self.weight.iter().map(|weight| weight.load(Ordering::Relaxed)).sum()
    }
    pub(crate) fn clear(&self) {
        for (shard, weight) in self.shards.iter().zip(self.weight.iter()) {
            shard.write().unwrap_or_else(PoisonError::into_inner).clear();
            weight.store(0, Ordering::Relaxed);
        }
    }
}

/// Throws out what was not used since the last time, down to seven eighths of the goal, so that the next entries find room.
fn make_room<K, V>(shard: &mut HashTable<Entry<K, V>>, mut total: usize, goal: usize) -> usize {
    let goal = goal - goal / 8;
    for _second_chance in 0..2 {
        shard.retain(|entry| {
            if total <= goal {
                return true;
            }
            if entry.used.swap(false, Ordering::Relaxed) {
                return true;
            }
            total = total.saturating_sub(entry.weight);
            false
        });
        if total <= goal {
            break;
        }
    }
    total
}

impl<K, V> std::fmt::Debug for Cache<K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU64;

    use super::*;

    struct Changed([AtomicU64; 256]);
    fn changed() -> Changed {
        Changed(std::array::from_fn(|_| AtomicU64::new(0)))
    }

    #[test]
    fn an_entry_serves_only_views_before_the_next_change_of_its_bucket() {
        let (cache, changed) = (Cache::<String, u32>::new(1 << 20), changed());
        cache.put("a".into(), 1, 8, 5, Depends::on(7));
        assert_eq!(cache.get(&"a".to_owned(), 5, &|b| changed.0[usize::from(b)].load(Ordering::Acquire)), Some(1));
        assert_eq!(cache.get(&"a".to_owned(), 9, &|b| changed.0[usize::from(b)].load(Ordering::Acquire)), Some(1));
        changed.0[8].store(6, Ordering::Release);
        assert_eq!(
            cache.get(&"a".to_owned(), 9, &|b| changed.0[usize::from(b)].load(Ordering::Acquire)),
            Some(1),
            "another bucket changed"
        );
        changed.0[7].store(10, Ordering::Release);
        assert_eq!(
            cache.get(&"a".to_owned(), 9, &|b| changed.0[usize::from(b)].load(Ordering::Acquire)),
            None,
            "raised before the view is published"
        );
        assert_eq!(cache.get(&"a".to_owned(), 10, &|b| changed.0[usize::from(b)].load(Ordering::Acquire)), None);
    }

    #[test]
    fn a_slow_reader_that_keeps_an_old_row_after_a_revocation_keeps_nothing() {
        let (cache, changed) = (Cache::<String, u32>::new(1 << 20), changed());
        changed.0[7].store(10, Ordering::Release);
        cache.put("a".into(), 1, 8, 9, Depends::on(7));
        assert_eq!(cache.get(&"a".to_owned(), 10, &|b| changed.0[usize::from(b)].load(Ordering::Acquire)), None);
        assert_eq!(cache.get(&"a".to_owned(), 9, &|b| changed.0[usize::from(b)].load(Ordering::Acquire)), None);
    }

    #[test]
    fn it_never_holds_more_than_its_capacity() {
        let (cache, changed) = (Cache::<u64, u64>::new(64 * 1024), changed());
        for n in 0..10_000 {
            cache.put(n, n, 100, 1, Depends::on(0));
            assert!(cache.weight() <= 64 * 1024);
        }
        assert!(cache.weight() > 16 * 1024, "it does keep things");
        assert_eq!(
            cache.get(&9_999, 1, &|b| changed.0[usize::from(b)].load(Ordering::Acquire)),
            Some(9_999),
            "the newest entry is there"
        );
        cache.clear();
        assert_eq!(cache.weight(), 0);
    }

    #[test]
    fn one_that_is_larger_than_a_shard_is_kept_as_long_as_all_together_fit() {
        let (cache, changed) = (Cache::<u64, u64>::new(64 * 1024), changed());
        let get = |n: u64| cache.get(&n, 1, &|b| changed.0[usize::from(b)].load(Ordering::Acquire));
        cache.put(0, 0, 40 * 1024, 1, Depends::on(0));
        assert_eq!(get(0), Some(0));
        cache.put(1, 1, 65 * 1024, 1, Depends::on(0));
        assert_eq!(get(1), None, "more than all shards");
        for n in 2..10_000 {
            cache.put(n, n, 100, 1, Depends::on(0));
            assert!(cache.weight() <= 64 * 1024);
        }
        assert_eq!(get(9_999), Some(9_999), "the others find room beside it");
    }

    #[test]
    fn an_entry_of_many_rows_needs_every_bucket_unchanged() {
        let (cache, changed) = (Cache::<u64, u64>::new(1 << 20), changed());
        let mut many = Depends::default();
        for byte in 0..20 {
            many.add(byte);
        }
        cache.put(1, 1, 8, 3, many);
        assert_eq!(cache.get(&1, 3, &|b| changed.0[usize::from(b)].load(Ordering::Acquire)), Some(1));
        assert_eq!(
            cache.get(&1, 4, &|b| changed.0[usize::from(b)].load(Ordering::Acquire)),
            None,
            "too many rows to tell: any later view reads anew"
        );
    }
}
