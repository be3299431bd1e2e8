//! Values and ciphertexts through permits. Goal: what was sealed opens for the same key, context and sequence, and for nothing
//! else, with one answer to every failure. Method: seal, change one thing, open.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that meets these has failed")]

mod common;

use common::*;
use strongroom_keystore::*;

#[test]
fn a_sealed_value_opens_to_itself_at_every_length() {
    let store = store();
    let material = store.make(KEY, 1);
    for len in [0, 1, 59, 60, 61, 255, 256, 1020, 1021, 4096, 65_535, 65_536] {
        let value: Vec<u8> = (0..=250).cycle().take(len).collect();
        let row = store.keystore.seal(store.permit(KEY, &material, &context()), &value, 5).unwrap();
        assert_eq!(row.len(), 100 + testing::payload_len(len).unwrap() + 16);
        let opened = store.keystore.open(store.permit(KEY, &material, &context()), Sealed { row: &row, sequence: 5 });
        assert_eq!(opened.unwrap().expose(), value, "{len} bytes");
    }
}

#[test]
fn a_value_above_the_limit_is_refused_with_both_numbers() {
    let store = store();
    let material = store.make(KEY, 1);
    let refused = store.keystore.seal(store.permit(KEY, &material, &context()), &vec![0; 65_537], 5);
    assert_eq!(refused.unwrap_err(), Error::TooLong { len: 65_537, limit: 65_536 });
    let refused = store.keystore.encrypt(store.permit(KEY, &material, &context()), &[0; 4097]);
    assert_eq!(refused.unwrap_err(), Error::TooLong { len: 4097, limit: 4096 });
}

#[test]
fn a_version_opens_under_no_other_key_material_context_sequence_or_store() {
    let (store, other) = (store(), store_with(2));
    let (first, second, of_other_key) = (store.make(KEY, 1), store.make(KEY, 2), store.make(OTHER_KEY, 1));
    let row = store.keystore.seal(store.permit(KEY, &first, &context()), b"value", 5).unwrap();
    let open = |key, material: &Wrapped, context: &EncryptionContext, sequence| {
        store.keystore.open(store.permit(key, material, context), Sealed { row: &row, sequence }).map(|_| ())
    };
    assert_eq!(open(KEY, &first, &context(), 5), Ok(()));
    assert_eq!(open(KEY, &second, &context(), 5), Err(Error::Failed));
    assert_eq!(open(OTHER_KEY, &of_other_key, &context(), 5), Err(Error::Failed));
    // The material itself is bound to its key and version.
    assert_eq!(open(OTHER_KEY, &first, &context(), 5), Err(Error::Failed));
    assert_eq!(open(KEY, &Wrapped { version: 2, ..first.clone() }, &context(), 5), Err(Error::Failed));
    assert_eq!(open(KeyId { multi_region: true, ..KEY }, &first, &context(), 5), Err(Error::Failed));
    assert_eq!(open(KEY, &first, &EncryptionContext::empty(), 5), Err(Error::Failed));
    assert_eq!(open(KEY, &first, &EncryptionContext::of_version("arn", "v2"), 5), Err(Error::Failed));
    assert_eq!(open(KEY, &first, &context(), 4), Err(Error::Failed));
    assert_eq!(open(KEY, &first, &context(), 6), Err(Error::Failed));
    let elsewhere = other.keystore.open(other.permit(KEY, &first, &context()), Sealed { row: &row, sequence: 5 });
    assert_eq!(elsewhere.unwrap_err(), Error::Failed);
}

#[test]
fn comparing_tells_equal_from_different_and_nothing_else() {
    let store = store();
    let material = store.make(KEY, 1);
    let row = store.keystore.seal(store.permit(KEY, &material, &context()), b"value", 5).unwrap();
    let same = |value: &[u8]| {
        store.keystore.same(store.permit(KEY, &material, &context()), Sealed { row: &row, sequence: 5 }, value)
    };
    assert_eq!(same(b"value"), Ok(true));
    assert_eq!(same(b"valuf"), Ok(false));
    assert_eq!(same(b"value\0"), Ok(false));
    assert_eq!(same(b""), Ok(false));
}

#[test]
fn a_moved_version_opens_under_its_new_key_only() {
    let store = store();
    let (from, to) = (store.make(KEY, 1), store.make(OTHER_KEY, 1));
    let row = store.keystore.seal(store.permit(KEY, &from, &context()), b"value", 5).unwrap();
    let moved = store.keystore.reseal(
        store.permit(KEY, &from, &context()),
        store.permit(OTHER_KEY, &to, &context()),
        Sealed { row: &row, sequence: 5 },
        6,
    );
    let moved = moved.unwrap();
    let open = |key, material: &Wrapped, row: &[u8], sequence| {
        store.keystore.open(store.permit(key, material, &context()), Sealed { row, sequence }).map(|_| ())
    };
    assert_eq!(open(OTHER_KEY, &to, &moved, 6), Ok(()));
    assert_eq!(open(KEY, &from, &moved, 6), Err(Error::Failed));
    assert_eq!(open(OTHER_KEY, &to, &moved, 5), Err(Error::Failed));
    assert_eq!(open(OTHER_KEY, &to, &row, 5), Err(Error::Failed));
}

#[test]
fn a_ciphertext_names_its_key_and_opens_in_its_context_only() {
    let store = store();
    let key = KeyId { multi_region: true, ..KEY };
    let (first, second) = (store.make(key, 1), store.make(key, 2));
    let pairs = EncryptionContext::from_pairs([("tenant", "blue")]).unwrap();
    let blob = store.keystore.encrypt(store.permit(key, &first, &pairs), b"plaintext").unwrap();
    assert_eq!(BlobHeader::parse(&blob), Some(BlobHeader { key, material: 1 }));
    let decrypt = |key, material: &Wrapped, pairs: &EncryptionContext, blob: &[u8]| {
        store.keystore.decrypt(store.permit(key, material, pairs), blob).map(|text| text.expose().to_vec())
    };
    assert_eq!(decrypt(key, &first, &pairs, &blob), Ok(b"plaintext".to_vec()));
    assert_eq!(decrypt(key, &second, &pairs, &blob), Err(Error::Failed));
    assert_eq!(decrypt(key, &first, &EncryptionContext::empty(), &blob), Err(Error::Failed));
    assert_eq!(decrypt(KEY, &store.make(KEY, 1), &pairs, &blob), Err(Error::Failed));
    assert_eq!(BlobHeader::parse(&blob[..95]), None);
}

#[test]
fn a_data_key_of_a_secret_is_never_opened_by_decrypt_nor_a_ciphertext_as_a_data_key() {
    let store = store();
    let material = store.make(KEY, 1);
    let row = store.keystore.seal(store.permit(KEY, &material, &context()), b"value", 5).unwrap();
    // The row's data key with the header it would have, as itself and dressed up as a ciphertext.
    for kind in [9, 3] {
        let mut blob = testing_header(kind, KEY, 1).to_vec();
        blob.extend_from_slice(&row[..100]);
        let opened = store.keystore.decrypt(store.permit(KEY, &material, &context()), &blob);
        assert_eq!(opened.unwrap_err(), Error::Failed, "type {kind}");
    }
    assert_eq!(BlobHeader::parse(&[testing_header(9, KEY, 1).as_slice(), &row[..100]].concat()), None);
    // A caller's own ciphertext of 32 chosen bytes in the place of the data key, with a payload under those bytes.
    let chosen = [0x42; 32];
    let blob = store.keystore.encrypt(store.permit(KEY, &material, &context()), &chosen).unwrap();
    let mut text = [0; 64];
    text[3] = 5;
    let mut aad = testing_header(4, KEY, 1).to_vec();
    aad.extend_from_slice(&[0, 0x20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 5]);
    let payload = testing::gcm_seal(&chosen, &aad, &text).unwrap();
    let forged = [&blob[28..], &payload].concat();
    let opened = store.keystore.open(store.permit(KEY, &material, &context()), Sealed { row: &forged, sequence: 5 });
    assert_eq!(opened.unwrap_err(), Error::Failed);
    // The same forgery under a data key of the right type opens: so it was the type that refused.
    let wrapped = reseal_as_data_key(&store, &material, &chosen);
    let genuine = [wrapped.as_slice(), &payload].concat();
    let opened = store.keystore.open(store.permit(KEY, &material, &context()), Sealed { row: &genuine, sequence: 5 });
    assert_eq!(opened.unwrap().expose(), [0; 5]);
}

/// Only those who know the backing key can do this; it takes the test's own material.
fn reseal_as_data_key(store: &Store, material: &Wrapped, data_key: &[u8; 32]) -> Vec<u8> {
    let header = testing_header(9, KEY, 1);
    let aad = [header.to_vec(), tlv(0x10, &context().encoded())].concat();
    testing::seal(&sealing_key(store, KEY, material), &header, &[3; 20], &aad, data_key).unwrap()[28..].to_vec()
}

#[test]
fn forgotten_material_is_opened_again_and_locked_material_is_not() {
    let store = store();
    let material = store.make(KEY, 1);
    let row = store.keystore.seal(store.permit(KEY, &material, &context()), b"value", 5).unwrap();
    let open = || store.keystore.open(store.permit(KEY, &material, &context()), Sealed { row: &row, sequence: 5 });
    assert_eq!(open().unwrap().expose(), b"value");
    store.keystore.forget(KEY);
    assert_eq!(open().unwrap().expose(), b"value");
    store.keystore.lock();
    assert!(store.keystore.is_locked() && store.barrier.is_locked());
    assert_eq!(open().unwrap_err(), Error::Locked);
    assert_eq!(store.keystore.random(1).unwrap_err(), Error::Locked);
    assert_eq!(store.keystore.grant_token(&[0; 32]).unwrap_err(), Error::Locked);
    let sealed = store.keystore.seal(store.permit(KEY, &material, &context()), b"value", 5);
    assert_eq!(sealed.unwrap_err(), Error::Locked);
    assert_eq!(store.barrier.seal_row(b's', &[0; 32], 1, b"row").unwrap_err(), Error::Locked);
    assert_eq!(store.barrier.row_key(b's', &[b"name"]), [0; 32]);
    assert_eq!(store.root.add_slot(&raw_unlock(8), &Hardening::DEFAULT).unwrap_err(), Error::Locked);
    assert_eq!(store.root.test_slot(&raw_unlock(7)).unwrap_err(), Error::Locked);
}

#[test]
fn material_sealed_anew_is_opened_anew_and_never_served_from_before() {
    let store = store();
    let (one, two) = (store.make(KEY, 1), store.make(KEY, 1));
    let row = store.keystore.seal(store.permit(KEY, &one, &context()), b"value", 5).unwrap();
    let open = |material: &Wrapped| {
        let permit = store.permit::<Open>(KEY, material, &context());
        store.keystore.open(permit, Sealed { row: &row, sequence: 5 }).map(|_| ())
    };
    assert_eq!((open(&one), open(&two), open(&one)), (Ok(()), Err(Error::Failed), Ok(())));
}

#[test]
fn more_keys_than_the_cache_holds_all_open() {
    let store = store();
    let keys: Vec<_> = (0..700_u16)
        .map(|number| {
            let mut key = KEY;
            key.id[..2].copy_from_slice(&number.to_be_bytes());
            let material = store.make(key, 1);
            let row = store.keystore.seal(store.permit(key, &material, &context()), &number.to_be_bytes(), 1).unwrap();
            (key, material, row)
        })
        .collect();
    for _ in 0..2 {
        for (number, (key, material, row)) in (0_u16..).zip(&keys) {
            let opened = store.keystore.open(store.permit(*key, material, &context()), Sealed { row, sequence: 1 });
            assert_eq!(opened.unwrap().expose(), number.to_be_bytes());
        }
    }
}

#[test]
fn a_permit_of_another_store_is_worth_nothing() {
    let one = store();
    let unlock = raw_unlock(1);
    let two = Root::create([9; 16], false, &unlock, &Hardening::DEFAULT, seeded(3)).map(Store::from).unwrap();
    let make = two.keystore.make(one.warden.permit_to_make(KEY, std::marker::PhantomData), 1);
    assert_eq!(make.unwrap_err(), Error::Failed);
    let material = two.make(KEY, 1);
    let sealed = two.keystore.seal(one.permit(KEY, &material, &context()), b"value", 1);
    assert_eq!(sealed.unwrap_err(), Error::Failed);
}

#[test]
fn key_ids_are_read_in_the_two_forms_of_aws_and_in_no_other() {
    let plain = "01234567-89ab-cdef-0123-456789abcdef";
    let multi = "mrk-0123456789abcdef0123456789abcdef";
    for text in [plain, multi] {
        assert_eq!(KeyId::parse(text).unwrap().to_string(), text);
    }
    assert!(KeyId::parse(multi).unwrap().multi_region);
    for wrong in [
        "",
        "mrk-",
        "0123456789abcdef0123456789abcdef",
        "01234567-89AB-cdef-0123-456789abcdef",
        "01234567089ab-cdef-0123-456789abcdef",
        "01234567-89ab-cdef-0123-456789abcde",
        "01234567-89ab-cdef-0123-456789abcdefa",
        "01234567-89ab-cdef-0123-456789abcdeg",
        "mrk-01234567-89ab-cdef-0123-456789ab",
        "mrk-0123456789abcdef0123456789abcdeF",
        " 1234567-89ab-cdef-0123-456789abcdef",
    ] {
        assert!(KeyId::parse(wrong).is_none(), "{wrong}");
    }
}

#[test]
fn imported_material_seals_as_made_material_does_and_its_id_is_of_key_and_material() {
    let (store, other) = (store_with(1), store_with(2));
    let import = |store: &Store, key, version, material: &[u8]| {
        store.keystore.import(store.warden.permit_to_make(key, std::marker::PhantomData), version, material)
    };
    let made = import(&store, KEY, 1, &[9; 32]).unwrap();
    let row = store.keystore.seal(store.permit(KEY, &made.wrapped, &context()), b"value", 5).unwrap();
    // Imported again it is sealed anew, and opens what the first seal of it sealed.
    let again = import(&store, KEY, 1, &[9; 32]).unwrap();
    assert_ne!(made.wrapped.blob, again.wrapped.blob);
    let opened = store.keystore.open(store.permit(KEY, &again.wrapped, &context()), Sealed { row: &row, sequence: 5 });
    assert_eq!(opened.unwrap().expose(), b"value");
    let permit = store.warden.permit_to_make(KEY, std::marker::PhantomData);
    assert_eq!(store.keystore.material_id(&permit, &[9; 32]).unwrap(), made.material_id);
    assert_eq!(made.material_id, again.material_id);
    for different in [
        import(&store, KEY, 1, &[8; 32]).unwrap(),
        import(&store, OTHER_KEY, 1, &[9; 32]).unwrap(),
        import(&other, KEY, 1, &[9; 32]).unwrap(),
    ] {
        assert_ne!(different.material_id, made.material_id);
    }
    let wrong = import(&store, KEY, 1, &[8; 32]).unwrap();
    let opened = store.keystore.open(store.permit(KEY, &wrong.wrapped, &context()), Sealed { row: &row, sequence: 5 });
    assert_eq!(opened.unwrap_err(), Error::Failed);
    assert_eq!(import(&store, KEY, 1, &[0; 129]).unwrap_err(), Error::TooLong { len: 129, limit: 128 });
    store.keystore.lock();
    assert_eq!(import(&store, KEY, 1, &[9; 32]).unwrap_err(), Error::Locked);
}
