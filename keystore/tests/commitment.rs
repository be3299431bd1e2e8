//! The key-commitment attack. Goal: no ciphertext opens under two keys.
//! Method: AES-GCM is not committing; a little linear algebra over GHASH's field makes a ciphertext and a tag that hold under two
//! keys of the attacker's choice. Plain GCM opens it under both (so the test bites); spliced into a wrapped data key, a Decrypt
//! input and a row, with either commitment or with noise in its place, it never opens twice.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that meets these has failed")]

mod common;

use common::*;
use strongroom_keystore::*;

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

/// A ciphertext of so many blocks, with its tag, that GCM opens under both keys, each with its own associated data.
fn two_key_ciphertext(sides: [(&[u8; 32], &[u8]); 2], blocks: usize) -> Vec<u8> {
    two_key_ciphertext_from(sides, &[], blocks)
}

/// The same, beginning with given bytes (less than all but the last block).
fn two_key_ciphertext_from(sides: [(&[u8; 32], &[u8]); 2], start: &[u8], blocks: usize) -> Vec<u8> {
    let [one, two] = sides.map(|(key, aad)| Side::new(key, aad));
    let mut ciphertext = vec![0; blocks * 16];
    ciphertext[..start.len()].copy_from_slice(start);
    // The last block x enters each tag as x * H^2 (the lengths take H). With x = 0 the tags differ by d; choose x so that
    // x * (H1^2 + H2^2) = d.
    let difference = one.tag(&ciphertext) ^ two.tag(&ciphertext);
    let slope = multiply(one.hash_key, one.hash_key) ^ multiply(two.hash_key, two.hash_key);
    let last = multiply(difference, invert(slope));
    ciphertext[blocks * 16 - 16..].copy_from_slice(&last.to_be_bytes());
    assert_eq!(one.tag(&ciphertext), two.tag(&ciphertext));
    ciphertext.extend_from_slice(&one.tag(&ciphertext).to_be_bytes());
    ciphertext
}

/// What somebody who knows a GCM key knows of its tags.
struct Side {
    hash_key: u128,
    mask: u128,
    aad: Vec<u8>,
}

impl Side {
    fn new(key: &[u8; 32], aad: &[u8]) -> Self {
        use aes::cipher::{BlockCipherEncrypt, KeyInit};
        let encrypt = |block: u128| {
            let mut block = aes::Block::from(block.to_be_bytes());
            aes::Aes256::new(key.into()).encrypt_block(&mut block);
            u128::from_be_bytes(block.into())
        };
        Self { hash_key: encrypt(0), mask: encrypt(1), aad: aad.to_vec() }
    }
    fn tag(&self, ciphertext: &[u8]) -> u128 {
        let mut hash = 0;
        for part in [&self.aad, ciphertext] {
            for chunk in part.chunks(16) {
                let mut block = [0; 16];
                block[..chunk.len()].copy_from_slice(chunk);
                hash = multiply(hash ^ u128::from_be_bytes(block), self.hash_key);
            }
        }
        let bits = |bytes: &[u8]| u128::try_from(bytes.len() * 8).unwrap();
        multiply(hash ^ (bits(&self.aad) << 64 | bits(ciphertext)), self.hash_key) ^ self.mask
    }
}

/// The first block of the key stream under the zero nonce.
fn stream_of(key: &[u8; 32]) -> Vec<u8> {
    testing::gcm_seal(key, &[], &[0; 16]).unwrap()[..16].to_vec()
}

/// SP 800-38D, 6.3: bits from the most significant, reduced by x^128 + x^7 + x^2 + x + 1.
fn multiply(one: u128, two: u128) -> u128 {
    let (mut product, mut shifted) = (0, two);
    for bit in (0..128).rev() {
        if one >> bit & 1 == 1 {
            product ^= shifted;
        }
        shifted = shifted >> 1 ^ if shifted & 1 == 1 { 0xe1 << 120 } else { 0 };
    }
    product
}

/// By Fermat: the exponent is 2^128 - 2.
fn invert(element: u128) -> u128 {
    let (mut inverse, mut power) = (1 << 127, element);
    for _ in 1..128 {
        power = multiply(power, power);
        inverse = multiply(inverse, power);
    }
    inverse
}
