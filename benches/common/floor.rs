//! The floor: what a careful programmer would write by hand with the same two crates, and nothing else. No policy, no audit,
//! no key commitment, no hidden names: a database file of sealed values under their plain names.
//!
//! A value is sealed with AES-256-GCM under a data key of its own; the data key is sealed under one key-encryption key, whose
//! cipher is kept. Nonces are random, the name is the associated data of both. A get begins a read transaction, opens the
//! table, gets the record by its name, unwraps the data key, opens the value and hands out a copy.
//!
//! The same crates with the same features as the library, `zeroize` of the cipher included. The benches and
//! `benches/compare` compile this one file.

use std::path::Path;

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit, Nonce, Tag};
use redb::{Database, Durability, ReadableDatabase, TableDefinition};

use super::draws::Draws;

/// How a put is made durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commit {
    /// redb's `Durability::Immediate` as it is: one sync.
    Immediate,
    /// As the library commits: two-phase, and with what a quick repair needs.
    TwoPhaseQuickRepair,
}

/// The database, the key-encryption key's cipher, and where nonces and data keys come from (cheaper than any real source).
pub struct Floor {
    database: Database,
    wrapping: Aes256Gcm,
    draws: Draws,
}

impl Floor {
    /// A database with these secrets in a new file.
    pub fn create<'n>(path: &Path, secrets: impl IntoIterator<Item = (&'n str, Vec<u8>)>) -> Self {
        let _ = std::fs::remove_file(path);
        Self::fill(Database::builder().set_cache_size(CACHE_BYTES).create(path).expect("create the floor"), secrets)
    }
    /// A database with these secrets in memory.
    pub fn in_memory<'n>(secrets: impl IntoIterator<Item = (&'n str, Vec<u8>)>) -> Self {
        let disk = redb::backends::InMemoryBackend::new();
        Self::fill(
            Database::builder().set_cache_size(CACHE_BYTES).create_with_backend(disk).expect("create the floor"),
            secrets,
        )
    }
    fn fill<'n>(database: Database, secrets: impl IntoIterator<Item = (&'n str, Vec<u8>)>) -> Self {
        let mut floor = Self::on(database);
        let transaction = floor.database.begin_write().expect("begin");
        {
            let mut table = transaction.open_table(VALUES).expect("open the table");
            for (name, value) in secrets {
                let record = floor.wrapping.seal(name, &value, &mut floor.draws);
                table.insert(name, record.as_slice()).expect("insert");
            }
        }
        transaction.commit().expect("commit");
        floor
    }
    /// The database in an existing file: a new handle with empty caches.
    pub fn open(path: &Path) -> Self {
        Self::on(Database::builder().set_cache_size(CACHE_BYTES).open(path).expect("open the floor"))
    }
    fn on(database: Database) -> Self {
        let mut draws = Draws::from_seed(0xF100);
        let wrapping = Aes256Gcm::new(&Draws::from_seed(0x5EED).array::<32>().into());
        // Nonces differ between openings of one file.
        draws.next_u64();
        Self { database, wrapping, draws }
    }
    /// One value.
    pub fn get(&self, name: &str) -> Vec<u8> {
        let transaction = self.database.begin_read().expect("begin");
        let table = transaction.open_table(VALUES).expect("open the table");
        let record = table.get(name).expect("get").expect("there is such a secret");
        self.wrapping.open(name, record.value())
    }
    /// Whether there is such a name: what an absent one costs.
    pub fn has(&self, name: &str) -> bool {
        let transaction = self.database.begin_read().expect("begin");
        let table = transaction.open_table(VALUES).expect("open the table");
        table.get(name).expect("get").is_some()
    }
    /// Seals one value and makes it durable: one commit.
    pub fn put(&mut self, name: &str, value: &[u8], commit: Commit) {
        let record = self.wrapping.seal(name, value, &mut self.draws);
        let mut transaction = self.database.begin_write().expect("begin");
        transaction.set_durability(Durability::Immediate).expect("a durable commit");
        if commit == Commit::TwoPhaseQuickRepair {
            transaction.set_two_phase_commit(true);
            transaction.set_quick_repair(true);
        }
        transaction.open_table(VALUES).expect("open the table").insert(name, record.as_slice()).expect("insert");
        transaction.commit().expect("commit");
    }
}

/// Envelope: nonce, sealed data key, its tag, nonce, sealed value, its tag.
trait Envelope {
    fn seal(&self, name: &str, value: &[u8], draws: &mut Draws) -> Vec<u8>;
    fn open(&self, name: &str, record: &[u8]) -> Vec<u8>;
}

impl Envelope for Aes256Gcm {
    fn seal(&self, name: &str, value: &[u8], draws: &mut Draws) -> Vec<u8> {
        let mut data_key: [u8; KEY_LEN] = draws.array();
        let payload = Self::new(&data_key.into());
        let mut record = Vec::with_capacity(WRAPPED_LEN + NONCE_LEN + value.len() + TAG_LEN);
        for (cipher, text) in [(self, &data_key[..]), (&payload, value)] {
            let nonce: [u8; NONCE_LEN] = draws.array();
            record.extend_from_slice(&nonce);
            let start = record.len();
            record.extend_from_slice(text);
            let sealed =
                cipher.encrypt_inout_detached(&Nonce::from(nonce), name.as_bytes(), (&mut record[start..]).into());
            record.extend_from_slice(&sealed.expect("a short text"));
        }
        wipe(&mut data_key);
        record
    }
    fn open(&self, name: &str, record: &[u8]) -> Vec<u8> {
        let (wrapped, payload) = record.split_at(WRAPPED_LEN);
        let (nonce, wrapped) = split(wrapped);
        let (sealed, tag) = wrapped.split_at(KEY_LEN);
        let mut data_key: [u8; KEY_LEN] = sealed.try_into().expect("a key's length");
        open_in_place(self, nonce, name, &mut data_key, tag);
        let payload_cipher = Self::new(&data_key.into());
        wipe(&mut data_key);
        let (nonce, payload) = split(payload);
        let (sealed, tag) = payload.split_at(payload.len() - TAG_LEN);
        let mut value = sealed.to_vec();
        open_in_place(&payload_cipher, nonce, name, &mut value, tag);
        value
    }
}

fn split(sealed: &[u8]) -> ([u8; NONCE_LEN], &[u8]) {
    let (nonce, rest) = sealed.split_first_chunk().expect("a nonce");
    (*nonce, rest)
}

fn open_in_place(cipher: &Aes256Gcm, nonce: [u8; NONCE_LEN], name: &str, text: &mut [u8], tag: &[u8]) {
    let tag: [u8; TAG_LEN] = tag.try_into().expect("a tag's length");
    cipher
        .decrypt_inout_detached(&Nonce::from(nonce), name.as_bytes(), text.into(), &Tag::from(tag))
        .expect("what was sealed opens");
}

/// The cheap way to wipe: `zeroize` itself writes byte by byte.
fn wipe(key: &mut [u8; KEY_LEN]) {
    key.fill(0);
    zeroize::optimization_barrier(key);
}

const VALUES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("values");
/// What the library's own page cache has by default.
const CACHE_BYTES: usize = 64 << 20;
const KEY_LEN: usize = 32;
const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;
const WRAPPED_LEN: usize = NONCE_LEN + KEY_LEN + TAG_LEN;
