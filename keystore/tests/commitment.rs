//! The key-commitment attack. Goal: no ciphertext opens under two keys.
//! Method: AES-GCM is not committing; a little linear algebra over GHASH's field makes a ciphertext and a tag that hold under two
//! keys of the attacker's choice. Plain GCM opens it under both (so the test bites); spliced into a wrapped data key, a Decrypt
//! input and a row, with either commitment or with noise in its place, it never opens twice.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that meets these has failed")]

mod common;
#[path = "../../tests/support/two_keys.rs"]
mod two_keys;

use common::*;
use strongroom_keystore::*;
use two_keys::{Side, invert, multiply, two_key_ciphertext, two_key_ciphertext_from};

#[test]
fn the_field_and_the_hash_of_this_test_are_gcms_own() {
    let (key, aad, text) = ([5; 32], [1; 37], [2; 45]);
    let sealed = testing::gcm_seal(&key, &aad, &text).unwrap();
    let (ciphertext, tag) = sealed.split_at(45);
    assert_eq!(Side::new(&key, &aad).tag(ciphertext).to_be_bytes(), *tag);
    let element = 0x0123_4567_89ab_cdef_0011_2233_4455_6677;
    assert_eq!(multiply(element, invert(element)), 1 << 127);
}

#[test]
fn a_data_key_wrapped_for_two_materials_opens_under_one_at_most() {
    let store = store();
    let materials = [store.make(KEY, 1), store.make(KEY, 2)];
    let salt = [0x5a; 20];
    let headers = [testing_header(9, KEY, 1), testing_header(9, KEY, 2)];
    let aads = headers.map(|header| [header.to_vec(), tlv(0x10, &context().encoded())].concat());
    let keys = [0, 1].map(|side| testing::expand(&sealing_key(&store, KEY, &materials[side]), 9, &salt));
    let wrapped = two_key_ciphertext([(&keys[0].0, &aads[0]), (&keys[1].0, &aads[1])], 2);
    // Each material would give its own data key, so the payload must be made for two keys as well.
    let data_keys = [0, 1].map(|side| testing::gcm_open(&keys[side].0, &aads[side], &wrapped).unwrap());
    let payload_aads =
        [1, 2].map(|version| [testing_header(4, KEY, version).to_vec(), tlv(0x20, &[0, 0, 0, 0, 0, 0, 0, 5])].concat());
    let data_keys: [[u8; 32]; 2] = data_keys.map(|key| key.try_into().unwrap());
    // A payload begins with its length: under the first key it is made to say 5.
    let start = u32::from_be_bytes(stream_of(&data_keys[0])[..4].try_into().unwrap()) ^ 5;
    let payload = two_key_ciphertext_from(
        [(&data_keys[0], &payload_aads[0]), (&data_keys[1], &payload_aads[1])],
        &start.to_be_bytes(),
        4,
    );
    for side in [0, 1] {
        assert!(testing::gcm_open(&data_keys[side], &payload_aads[side], &payload).is_ok(), "plain GCM bites");
    }
    let open = |commitment: &[u8; 32]| {
        let row = [salt.as_slice(), commitment, &wrapped, &payload].concat();
        [0, 1].map(|side| {
            let permit = store.permit::<Open>(KEY, &materials[side], &context());
            store.keystore.open(permit, Sealed { row: &row, sequence: 5 }).map(|value| value.len())
        })
    };
    assert_eq!(open(&keys[0].1), [Ok(5), Err(Error::Failed)]);
    assert_eq!(open(&keys[1].1), [Err(Error::Failed), Err(Error::Failed)]);
    assert_eq!(open(&[0; 32]), [Err(Error::Failed), Err(Error::Failed)]);
}

#[test]
fn a_decrypt_input_for_two_keys_opens_under_one_at_most() {
    let stores = [store_with(1), store_with(2)];
    let materials = [stores[0].make(KEY, 1), stores[1].make(KEY, 1)];
    let (salt, header) = ([0x5a; 20], testing_header(3, KEY, 1));
    let aad = [header.to_vec(), tlv(0x10, &context().encoded())].concat();
    let keys = [0, 1].map(|side| testing::expand(&sealing_key(&stores[side], KEY, &materials[side]), 3, &salt));
    let sealed = two_key_ciphertext([(&keys[0].0, &aad), (&keys[1].0, &aad)], 3);
    for key in &keys {
        assert!(testing::gcm_open(&key.0, &aad, &sealed).is_ok(), "plain GCM bites");
    }
    let open = |commitment: &[u8; 32]| {
        let blob = [header.as_slice(), &salt, commitment, &sealed].concat();
        [0, 1].map(|side| {
            let permit = stores[side].permit::<Decrypt>(KEY, &materials[side], &context());
            stores[side].keystore.decrypt(permit, &blob).map(|text| text.len())
        })
    };
    assert_eq!(open(&keys[0].1), [Ok(48), Err(Error::Failed)]);
    assert_eq!(open(&keys[1].1), [Err(Error::Failed), Ok(48)]);
    assert_eq!(open(&[0; 32]), [Err(Error::Failed), Err(Error::Failed)]);
}

#[test]
fn a_row_for_two_keyrings_opens_under_one_at_most() {
    let stores = [store_with(1), store_with(2)];
    let (salt, row_key) = ([0x5a; 20], [7; 32]);
    let header = testing_header(5, KeyId { id: STORE, multi_region: false }, 1);
    let aad = [header.to_vec(), tlv(1, &STORE), tlv(2, b"s"), tlv(3, &row_key), tlv(6, &[0, 1])].concat();
    let keys = [0, 1].map(|side| testing::expand(&keyring(&stores[side]).meta, 5, &salt));
    // Sequence and length stand in the first block: a sound one under each key in turn.
    for (sound, other) in [(0, 1), (1, 0)] {
        let start = &stream_of(&keys[sound].0)[..12];
        let sealed = two_key_ciphertext_from([(&keys[0].0, &aad), (&keys[1].0, &aad)], start, 16);
        for key in &keys {
            assert!(testing::gcm_open(&key.0, &aad, &sealed).is_ok(), "plain GCM bites");
        }
        let open = |side: usize, commitment: &[u8; 32]| {
            let row = [salt.as_slice(), commitment, &sealed].concat();
            stores[side].barrier.open_row(b's', &row_key, &row).map(|_| ())
        };
        assert_eq!(open(sound, &keys[sound].1), Ok(()));
        assert_eq!(open(other, &keys[sound].1), Err(Error::Failed));
        assert_eq!(open(sound, &keys[other].1), Err(Error::Failed));
    }
}

/// The first block of the key stream under the zero nonce.
fn stream_of(key: &[u8; 32]) -> Vec<u8> {
    testing::gcm_seal(key, &[], &[0; 16]).unwrap()[..16].to_vec()
}
