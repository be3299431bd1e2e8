//! Vectors, hex and a store to test on.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::marker::PhantomData;
use std::sync::Arc;

use serde_json::Value;
use strongroom_keystore::*;

pub fn vectors(name: &str) -> Value {
    let path = format!("{}/../tests/vectors/crypto/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}
pub fn unhex(text: &str) -> Vec<u8> {
    assert!(text.len().is_multiple_of(2), "odd hex");
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|nibble| char::from_digit(nibble.into(), 16).unwrap())
        .collect()
}
/// The hex member of a vector.
pub fn bytes(case: &Value, member: &str) -> Vec<u8> {
    unhex(case[member].as_str().unwrap_or_else(|| panic!("no {member} in {case}")))
}
pub fn array<const N: usize>(case: &Value, member: &str) -> [u8; N] {
    bytes(case, member).try_into().unwrap()
}

/// An unlocked store.
pub struct Store {
    pub root: Root,
    pub keystore: Keystore,
    pub warden: Warden,
    pub barrier: Barrier,
}
impl From<(Root, Keystore, Warden, Barrier)> for Store {
    fn from((root, keystore, warden, barrier): (Root, Keystore, Warden, Barrier)) -> Self {
        Self { root, keystore, warden, barrier }
    }
}

pub const STORE: [u8; 16] = *b"a store for test";
pub const KEY: KeyId = KeyId { id: *b"a key's own uuid", multi_region: false };
pub const OTHER_KEY: KeyId = KeyId { id: *b"another key's id", multi_region: false };

pub fn raw_unlock(byte: u8) -> Unlock {
    Unlock::root_key(vec![byte; 32])
}
pub fn seeded(seed: u64) -> Arc<dyn Entropy> {
    Arc::new(SeededEntropy::new(seed))
}
pub fn store() -> Store {
    store_with(1)
}
pub fn store_with(seed: u64) -> Store {
    Root::create(STORE, false, &raw_unlock(7), &Hardening::DEFAULT, seeded(seed)).unwrap().into()
}
pub fn region(copy: &[u8]) -> Vec<u8> {
    [copy, copy].concat()
}
pub fn unlock(region: &[u8], unlock: &Unlock) -> Result<Store, Error> {
    Root::unlock(region, unlock, &Limits { allow_below_floor: true }, seeded(99)).map(Store::from)
}

impl Store {
    pub fn make(&self, key: KeyId, version: u32) -> Wrapped {
        self.keystore.make(self.warden.permit_to_make(key, PhantomData), version).unwrap().wrapped
    }
    pub fn permit<'a, U: Use>(
        &self,
        key: KeyId,
        material: &'a Wrapped,
        context: &EncryptionContext<'a>,
    ) -> Permit<'a, U> {
        self.warden.permit(key, material, context.clone(), PhantomData)
    }
}
pub fn context() -> EncryptionContext<'static> {
    EncryptionContext::of_version("arn:aws:secretsmanager:us-east-1:000000000000:secret:a-AbCdEf", "v1")
}

/// A blob header as the format has it.
pub fn testing_header(kind: u8, key: KeyId, number: u32) -> [u8; 28] {
    let mut header = [0; 28];
    header[..6].copy_from_slice(&[b'S', b'R', b'C', b'1', kind, 1]);
    header[7] = u8::from(key.multi_region);
    header[8..24].copy_from_slice(&key.id);
    header[24..].copy_from_slice(&number.to_be_bytes());
    header
}
/// The system keyring of a store, taken from its header with the slot key of [`raw_unlock`]`(7)`.
pub struct Keyring {
    pub root: [u8; 32],
    pub wrap: [u8; 32],
    pub meta: [u8; 32],
    pub tok: [u8; 32],
}
pub fn keyring(store: &Store) -> Keyring {
    let copy = store.root.copy();
    let of_store = |kind, number: u32| {
        [
            testing_header(kind, KeyId { id: STORE, multi_region: false }, number).to_vec(),
            tlv(1, &STORE),
            tlv(6, &[0, 1]),
        ]
        .concat()
    };
    let aad = [of_store(1, 0), tlv(7, &[])].concat();
    let root = testing::open(&[7; 32], 1, &aad, &copy[68..196]).unwrap();
    let root: [u8; 32] = root.expose().try_into().unwrap();
    let [key, ..] = testing::root_subkeys(&root, &STORE);
    let text = testing::open(&key, 6, &of_store(6, store.root.root_epoch()), &copy[6464..6888]).unwrap();
    let key = |number: usize| text.expose()[8 + 32 * number..][..32].try_into().unwrap();
    Keyring { root, wrap: key(0), meta: key(2), tok: key(5) }
}

/// The key from which ciphertexts and data keys of one material are sealed: what an insider of that key would know.
pub fn sealing_key(store: &Store, key: KeyId, material: &Wrapped) -> [u8; 32] {
    let aad = [testing_header(2, key, material.version).to_vec(), tlv(1, &store.barrier.store_id()), tlv(6, &[0, 1])];
    let backing_key = testing::open(&keyring(store).wrap, 2, &aad.concat(), &material.blob).unwrap();
    testing::sealing_key(backing_key.expose())
}
pub fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    [&[0, tag], u32::try_from(value.len()).unwrap().to_be_bytes().as_slice(), value].concat()
}
