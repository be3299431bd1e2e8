//! Dates of last access. A read never writes: it is noted here and written with the next commit, or by `run_due`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use hashbrown::HashMap;

use crate::access::SecretEntry;
use crate::clock::Timestamp;
use crate::model::credential::LastUsed;
use crate::model::key::LastUse;
use crate::model::replication::region_of;
use crate::model::secret::SecretRow;
use crate::name::Text;

/// At most so many secrets wait for their date; reads of further ones are noted again after the next commit.
const CAPACITY: usize = 65_536;

const HOUR_MS: i64 = 3_600_000;

/// Reads since the last commit, by the secret's ARN.
#[derive(Debug, Default)]
pub(crate) struct Accesses {
    waiting: AtomicBool,
    noted: Mutex<BTreeMap<Text, Noted>>,
    /// Uses of access keys, by id.
    used: Mutex<BTreeMap<Text, LastUsed>>,
    keys_waiting: AtomicBool,
    /// The last use of each KMS key that was used since the store was opened, and whether it waits to be written.
    keys: Mutex<BTreeMap<[u8; 16], (LastUse, bool)>>,
}

/// Reads of one secret.
#[derive(Debug)]
pub(crate) struct Noted {
    name: Text,
    /// By version: midnight UTC of the day.
    days: BTreeMap<Text, Timestamp>,
}

impl Noted {
    /// Under which the secret is kept, in its region.
    pub(super) fn name(&self) -> &str {
        &self.name
    }
    /// Moves the dates of the secret and of its versions, never back.
    pub(super) fn write_into(&self, row: &mut SecretRow) {
        for (version_id, day) in &self.days {
            if let Some(version) = row.versions.iter_mut().find(|version| version.id == *version_id) {
                version.last_accessed = version.last_accessed.max(Some(*day));
            }
            row.last_accessed = row.last_accessed.max(Some(*day));
        }
    }
}

impl Accesses {
    /// Notes that version number `place` of this secret was read.
    pub(crate) fn note(&self, entry: &SecretEntry, place: usize, observed: Timestamp) {
        let Some(version) = entry.row.versions.get(place) else { return };
        let day = observed.day_start();
        let mark = (u64::try_from(day.as_millis() / Timestamp::DAY_MS).unwrap_or(0) << 16) | (place as u64 & 0xffff);
        if entry.noted.load(Ordering::Relaxed) == mark {
            return;
        }
        if version.last_accessed.is_none_or(|last| last < day) || entry.row.last_accessed.is_none_or(|last| last < day)
        {
            let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
            if noted.len() >= CAPACITY && !noted.contains_key(&entry.row.arn) {
                return;
            }
            let fresh = || Noted { name: entry.row.name.clone(), days: BTreeMap::new() };
            let reads = noted.entry(entry.row.arn.clone()).or_insert_with(fresh);
            reads.days.insert(version.id.clone(), day);
            self.waiting.store(true, Ordering::Release);
        }
        entry.noted.store(mark, Ordering::Relaxed);
    }
    /// By name, the ARN and the day of the last read of every secret of a region whose date waits to be written; `None`: none
    /// waits anywhere.
    pub(super) fn reads(&self, region: &str) -> Option<HashMap<Text, (Text, Timestamp)>> {
        if !self.waiting.load(Ordering::Acquire) {
            return None;
        }
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let mut last = HashMap::with_capacity(noted.len());
        for (arn, reads) in noted.iter().filter(|(arn, _)| region_of(arn) == region) {
            if let Some(day) = reads.days.values().max() {
                last.insert(reads.name.clone(), (arn.clone(), *day));
            }
        }
        Some(last)
    }
    /// Shows a row as it will be once its reads are written.
    pub(crate) fn overlay(&self, row: &mut SecretRow) {
        if !self.waiting.load(Ordering::Acquire) {
            return;
        }
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reads) = noted.get(&row.arn) {
            reads.write_into(row);
        }
    }
    /// Notes that an access key signed; `known` is what its row says.
    pub(crate) fn note_use(&self, key_id: &Text, known: Option<&LastUsed>, used: LastUsed) {
        let mut waiting = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let known = waiting.get(key_id).or(known);
        if (waiting.len() < CAPACITY || waiting.contains_key(key_id)) && known != Some(&used) {
            waiting.insert(key_id.clone(), used);
            self.waiting.store(true, Ordering::Release);
        }
    }
    /// The last use that waits to be written.
    pub(crate) fn last_use(&self, key_id: &str) -> Option<LastUsed> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).get(key_id).cloned()
    }
    /// Takes the uses of access keys, to be written now.
    pub(super) fn take_uses(&self) -> BTreeMap<Text, LastUsed> {
        if !self.waiting.load(Ordering::Acquire) {
            return BTreeMap::new();
        }
        std::mem::take(&mut self.used.lock().unwrap_or_else(PoisonError::into_inner))
    }
    /// Notes a use of a KMS key; `written` is when its row says that it was used. A row is written at most once an hour: whoever
    /// reads a secret over and over must not have the file written, nor the opened key forgotten, over and over.
    pub(crate) fn note_key(&self, key: &[u8; 16], written: Option<Timestamp>, used: LastUse) {
        let waits = written.is_none_or(|written| written.plus_millis(HOUR_MS) <= used.at);
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= CAPACITY && !keys.contains_key(key) {
            return;
        }
        if waits {
            self.keys_waiting.store(true, Ordering::Release);
        }
        let noted = keys.entry(*key).or_insert_with(|| (used.clone(), false));
        noted.1 |= waits;
        // Another thread may have noted a later one.
        if noted.0.at <= used.at {
            noted.0 = used;
        }
    }
    /// The last use of a KMS key since the store was opened.
    pub(crate) fn last_use_of_key(&self, key: &[u8; 16]) -> Option<LastUse> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).get(key).map(|(used, _)| used.clone())
    }
    /// Takes up to `limit` uses of KMS keys, to be written now.
    pub(super) fn take_keys(&self, limit: usize) -> Vec<([u8; 16], LastUse)> {
        if !self.keys_waiting.load(Ordering::Acquire) {
            return Vec::new();
        }
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waiting = keys.iter_mut().filter(|(_, (_, waits))| *waits);
        let take = |(key, (used, waits)): (&[u8; 16], &mut (LastUse, bool))| {
            *waits = false;
            (*key, used.clone())
        };
        let taken = waiting.by_ref().take(limit).map(take).collect();
        let more = waiting.next().is_some();
        self.keys_waiting.store(more, Ordering::Release);
        taken
    }
    pub(crate) fn is_waiting(&self) -> bool {
        self.waiting.load(Ordering::Acquire) || self.keys_waiting.load(Ordering::Acquire)
    }
    /// Takes up to `limit` secrets' reads, by ARN, to be written now.
    pub(crate) fn take(&self, limit: usize) -> Vec<(Text, Noted)> {
        if !self.waiting.load(Ordering::Acquire) {
            return Vec::new();
        }
        let mut noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        let arns: Vec<Text> = noted.keys().take(limit).cloned().collect();
        let taken = arns.into_iter().filter_map(|arn| noted.remove_entry(&arn)).collect();
        self.waiting.store(!noted.is_empty(), Ordering::Release);
        taken
    }
}
