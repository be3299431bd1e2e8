//! Changed, moved, cut and relabelled blobs. Goal: nothing but the very bytes, in their very place, ever opens, and every failure
//! looks the same. Method: for each type every single bit flipped, every cut, bytes behind, and exchanges between places.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that meets these has failed")]

mod common;

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use common::*;
use strongroom_keystore::*;

/// Holds `open` against every change of one bit, every cut and one or sixteen bytes more.
fn changes_fail(genuine: &[u8], open: impl Fn(&[u8]) -> Result<(), Error>) {
    assert_eq!(open(genuine), Ok(()));
    for (at, bit) in (0..genuine.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut changed = genuine.to_vec();
        changed[at] ^= 1 << bit;
        assert_eq!(open(&changed), Err(Error::Failed), "bit {bit} of byte {at}");
    }
    for len in 0..genuine.len() {
        assert_eq!(open(&genuine[..len]), Err(Error::Failed), "cut to {len}");
    }
    for more in [1, 16, 64] {
        assert_eq!(open(&[genuine, &vec![0; more]].concat()), Err(Error::Failed), "{more} bytes more");
        assert_eq!(open(&[&vec![0; more], genuine].concat()), Err(Error::Failed), "{more} bytes before");
    }
}

#[test]
fn a_changed_backing_key_fails() {
    let store = store();
    let material = store.make(KEY, 1);
    changes_fail(&material.blob, |blob| {
        store.keystore.forget(KEY);
        let changed = Wrapped { version: 1, blob: Arc::from(blob) };
        store.keystore.encrypt(store.permit(KEY, &changed, &context()), b"plaintext").map(|_| ())
    });
}

#[test]
fn a_changed_ciphertext_fails() {
    let store = store();
    let material = store.make(KEY, 1);
    let blob = store.keystore.encrypt(store.permit(KEY, &material, &context()), b"plaintext").unwrap();
    changes_fail(&blob, |blob| store.keystore.decrypt(store.permit(KEY, &material, &context()), blob).map(|_| ()));
}

#[test]
fn a_changed_version_row_fails_in_its_data_key_and_in_its_payload() {
    let store = store();
    let material = store.make(KEY, 1);
    let row = store.keystore.seal(store.permit(KEY, &material, &context()), b"value", 5).unwrap();
    changes_fail(&row, |row| {
        store.keystore.open(store.permit(KEY, &material, &context()), Sealed { row, sequence: 5 }).map(|_| ())
    });
}

#[test]
fn a_changed_record_fails() {
    let store = store();
    let key = store.barrier.row_key(b's', &[b"name"]);
    let row = store.barrier.seal_row(b's', &key, 7, b"data").unwrap();
    changes_fail(&row, |row| store.barrier.open_row(b's', &key, row).map(|_| ()));
}

#[test]
fn a_changed_marker_fails() {
    let store = store();
    let marker = URL_SAFE_NO_PAD.decode(store.keystore.seal_marker(1, b"scope", b"last").unwrap()).unwrap();
    changes_fail(&marker, |marker| {
        store.keystore.open_marker(1, b"scope", &URL_SAFE_NO_PAD.encode(marker)).map(|_| ()).ok_or(Error::Failed)
    });
}

#[test]
fn a_changed_root_slot_or_keyring_fails_by_itself() {
    // As bytes of the format; the header's MAC, which would catch it too, is the matter of `header.rs`.
    let store = store();
    let copy = store.root.copy();
    let of_store = |kind, number| {
        let header = testing_header(kind, KeyId { id: STORE, multi_region: false }, number);
        [header.to_vec(), tlv(1, &STORE), tlv(6, &[0, 1])].concat()
    };
    let aad = [of_store(1, 0), tlv(7, &[])].concat();
    changes_fail(&copy[68..196], |blob| testing::open(&[7; 32], 1, &aad, blob).map(|_| ()));
    let [key, ..] = testing::root_subkeys(&keyring(&store).root, &STORE);
    changes_fail(&copy[6464..6888], |blob| testing::open(&key, 6, &of_store(6, 1), blob).map(|_| ()));
}

#[test]
fn records_open_in_no_other_row_table_or_store() {
    let (store, other) = (store_with(1), store_with(2));
    let (here, there) = (store.barrier.row_key(b's', &[b"a"]), store.barrier.row_key(b's', &[b"b"]));
    let row = store.barrier.seal_row(b's', &here, 7, b"data").unwrap();
    let opened = store.barrier.open_row(b's', &here, &row).unwrap();
    assert_eq!((opened.sequence, opened.data()), (7, b"data".as_slice()));
    assert_eq!(store.barrier.open_row(b's', &there, &row).unwrap_err(), Error::Failed);
    assert_eq!(store.barrier.open_row(b'k', &here, &row).unwrap_err(), Error::Failed);
    assert_eq!(other.barrier.open_row(b's', &here, &row).unwrap_err(), Error::Failed);
}

#[test]
fn row_keys_differ_by_table_parts_and_store() {
    let (store, other) = (store_with(1), store_with(2));
    let key = |parts: &[&[u8]]| store.barrier.row_key(b's', parts);
    let keys = [
        key(&[b"ab"]),
        key(&[b"a", b"b"]),
        key(&[b"", b"ab"]),
        key(&[b"ab", b""]),
        key(&[b"a", b"b", b""]),
        key(&[b""]),
        store.barrier.row_key(b'k', &[b"ab"]),
        other.barrier.row_key(b's', &[b"ab"]),
    ];
    for (at, one) in keys.iter().enumerate() {
        assert!(!keys[at + 1..].contains(one), "key {at} stands twice");
    }
    assert_eq!(key(&[b"ab"]), keys[0]);
}

#[test]
fn halves_of_two_versions_do_not_open_together() {
    let store = store();
    let material = store.make(KEY, 1);
    let seal = |value: &[u8], context: &EncryptionContext| {
        store.keystore.seal(store.permit(KEY, &material, context), value, 5).unwrap()
    };
    let other_context = EncryptionContext::of_version("arn", "v2");
    let (one, two, other) = (seal(b"one", &context()), seal(b"two", &context()), seal(b"one", &other_context));
    for (data_key, payload) in [(&one, &two), (&two, &one), (&one, &other), (&other, &one)] {
        let row = [&data_key[..100], &payload[100..]].concat();
        let opened = store.keystore.open(store.permit(KEY, &material, &context()), Sealed { row: &row, sequence: 5 });
        assert_eq!(opened.unwrap_err(), Error::Failed);
    }
}

#[test]
fn a_blob_with_another_type_suite_flag_or_magic_is_refused_before_anything_else() {
    let store = store();
    let material = store.make(KEY, 1);
    let blob = store.keystore.encrypt(store.permit(KEY, &material, &context()), b"plaintext").unwrap();
    let changed = |at: usize, byte: u8| {
        let mut changed = blob.clone();
        changed[at] = byte;
        changed
    };
    let kinds = (0..=255).filter(|kind| *kind != 3).map(|kind| changed(4, kind));
    let suites = (0..=255).filter(|suite| *suite != 1).map(|suite| changed(5, suite));
    let flags = (1..8).map(|bit| changed(7, 1 << bit)).chain((0..8).map(|bit| changed(6, 1 << bit)));
    for blob in kinds.chain(suites).chain(flags).chain([changed(0, b's')]) {
        assert_eq!(BlobHeader::parse(&blob), None);
        let opened = store.keystore.decrypt(store.permit(KEY, &material, &context()), &blob);
        assert_eq!(opened.unwrap_err(), Error::Failed);
    }
}

#[test]
fn a_multi_region_flag_stands_on_key_blobs_only() {
    let store = store();
    let multi = KeyId { id: STORE, multi_region: true };
    let header = testing_header(8, multi, 1);
    let aad = [header.to_vec(), tlv(1, &STORE), tlv(6, &[0, 1]), tlv(8, &[2])].concat();
    assert_eq!(testing::seal(&keyring(&store).tok, &header, &[1; 20], &aad, b"text").unwrap_err(), Error::Failed);
}

#[test]
fn a_row_that_is_too_long_for_any_value_is_refused_unopened() {
    let store = store();
    let material = store.make(KEY, 1);
    for len in [0, 99, 100, 115, 116, 100 + 73_728 + 16 + 1, 1 << 20] {
        let row = vec![0; len];
        let opened = store.keystore.open(store.permit(KEY, &material, &context()), Sealed { row: &row, sequence: 5 });
        assert_eq!(opened.unwrap_err(), Error::Failed, "{len} bytes");
    }
}

#[test]
fn a_payload_whose_length_is_of_another_class_is_refused() {
    // Only the holder of a data key could make one; there is still one encoding of each value.
    let store = store();
    let material = store.make(KEY, 1);
    let (data_key, header) = ([4; 32], testing_header(9, KEY, 1));
    let aad = [header.to_vec(), tlv(0x10, &context().encoded())].concat();
    let sealing = sealing_key(&store, KEY, &material);
    let wrapped = testing::seal(&sealing, &header, &[3; 20], &aad, &data_key).unwrap();
    let aad = [testing_header(4, KEY, 1).to_vec(), tlv(0x20, &5_u64.to_be_bytes())].concat();
    let open = |len: u32, text_len: usize| {
        let mut text = vec![0; text_len];
        text[..4].copy_from_slice(&len.to_be_bytes());
        let row = [&wrapped[28..], &testing::gcm_seal(&data_key, &aad, &text).unwrap()].concat();
        let permit = store.permit::<Open>(KEY, &material, &context());
        store.keystore.open(permit, Sealed { row: &row, sequence: 5 }).map(|value| value.len())
    };
    assert_eq!(open(60, 64), Ok(60));
    for (len, text_len) in [(61, 64), (60, 128), (u32::MAX, 64), (0, 128), (65, 64), (5, 63)] {
        assert_eq!(open(len, text_len), Err(Error::Failed), "{len} in {text_len}");
    }
}
