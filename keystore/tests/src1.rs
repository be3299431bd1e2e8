//! SRC1 against its known answers. Goal: the format on disk is the one specified, byte for byte.
//! Method: every case of `strongroom_src1.json`, by the primitives and, where keys allow, through the public doors.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that meets these has failed")]

mod common;

use std::sync::Arc;

use common::*;
use strongroom_keystore::*;

fn src1() -> serde_json::Value {
    vectors("strongroom_src1.json")
}

#[test]
fn every_positive_case_is_reproduced_and_opens() {
    let vectors = src1();
    let cases = vectors["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 10);
    for case in cases {
        let kind = u8::try_from(case["type"].as_u64().unwrap()).unwrap();
        let (key, header, aad) = (array::<32>(case, "key"), array::<28>(case, "header"), bytes(case, "aad"));
        let (plaintext, blob) = (bytes(case, "plaintext"), bytes(case, "blob"));
        if kind == 4 {
            let sealed = testing::gcm_seal(&key, &aad, &plaintext).unwrap();
            assert_eq!([header.as_slice(), &sealed].concat(), blob, "{}", case["note"]);
            assert_eq!(testing::gcm_open(&key, &aad, &blob[28..]).unwrap(), plaintext);
        } else {
            let salt = array::<20>(case, "salt");
            let (enc_key, commitment) = testing::expand(&key, kind, &salt);
            assert_eq!((hex(&enc_key), hex(&commitment)), (text(case, "enc_key"), text(case, "commitment")));
            assert_eq!(testing::seal(&key, &header, &salt, &aad, &plaintext).unwrap(), blob, "{}", case["note"]);
            assert_eq!(testing::open(&key, kind, &aad, &blob).unwrap().expose(), plaintext, "{}", case["note"]);
        }
        if case.get("in_row").is_some() {
            assert_eq!(blob[28..], bytes(case, "in_row"));
        }
        if case.get("backing_key").is_some() {
            assert_eq!(testing::sealing_key(&bytes(case, "backing_key")), key);
        }
        if let Some(pairs) = case.get("encryption_context") {
            let pairs = pairs.as_object().unwrap().iter().map(|(key, value)| (key.as_str(), value.as_str().unwrap()));
            let context = EncryptionContext::from_pairs(pairs).unwrap();
            assert_eq!(hex(&context.encoded()), hex(&aad[34..]), "{}", case["note"]);
        }
    }
}

#[test]
fn every_negative_case_is_refused_with_the_same_words() {
    let vectors = src1();
    let cases = vectors["negative"].as_array().unwrap();
    assert_eq!(cases.len(), 9);
    for case in cases {
        let wanted = case.get("wanted_type").map_or(3, |kind| u8::try_from(kind.as_u64().unwrap()).unwrap());
        let opened = testing::open(&array(case, "key"), wanted, &bytes(case, "aad"), &bytes(case, "blob"));
        assert_eq!(opened.unwrap_err(), Error::Failed, "{}", case["note"]);
    }
}

#[test]
fn sub_keys_of_the_root_key_are_as_specified() {
    let vectors = &src1()["root_subkeys"];
    let (root, store) = (array(vectors, "root"), array(vectors, "store_id_salt"));
    assert_eq!(hex(&testing::hmac(&store, &[&root])), text(vectors, "prk"));
    let [keyring, header, anchor] = testing::root_subkeys(&root, &store).map(|key| hex(&key));
    let expected = &vectors["subkeys"];
    assert_eq!(keyring, text(expected, "strongroom/v1/root/keyring"));
    assert_eq!(header, text(expected, "strongroom/v1/root/header"));
    assert_eq!(anchor, text(expected, "strongroom/v1/root/anchor"));
}

#[test]
fn hedged_salts_and_data_keys_are_as_specified() {
    let vectors = &src1()["hedge"];
    let (hedge, random) = (array(vectors, "k_hedge"), array(vectors, "rng"));
    let case = &vectors["salt"];
    let salt = testing::salt(&hedge, &random, &bytes(case, "aad"), &bytes(case, "plaintext"));
    assert_eq!(hex(&salt), text(case, "salt"));
    let case = &vectors["dek"];
    let (wrapping, own) = (bytes(case, "aad_type_9"), bytes(case, "aad_type_4"));
    assert_eq!(hex(&testing::data_key(&hedge, &random, &wrapping, &own, &bytes(case, "payload"))), text(case, "dek"));
}

#[test]
fn material_ids_are_as_specified() {
    let vectors = &src1()["key_material_id"];
    let key = KeyId::parse(&text(vectors, "key_id")).unwrap();
    let id = testing::material_id(&array(vectors, "key"), &key.id, &bytes(vectors, "material"));
    assert_eq!(hex(&id), text(vectors, "key_material_id"));
}

#[test]
fn the_set_hash_is_as_specified_in_any_order() {
    let vectors = &src1()["multiset"];
    let key = array(vectors, "key");
    let element = |row: &serde_json::Value, id: &str| {
        let table = u8::try_from(row["table"].as_u64().unwrap()).unwrap();
        testing::element(&key, table, &array(row, "row_key"), &unhex(id).try_into().unwrap())
    };
    let rows = vectors["rows"].as_array().unwrap();
    let all = |order: &[usize]| {
        order.iter().fold(Accumulator::default(), |sum, row| sum.add(element(&rows[*row], &text(&rows[*row], "id"))))
    };
    assert_eq!(hex(&Accumulator::default().to_le_bytes()), text(vectors, "empty_le"));
    assert_eq!(hex(&all(&[0, 1, 2]).to_le_bytes()), text(vectors, "accumulator_le"));
    assert_eq!(all(&[2, 0, 1]), all(&[0, 1, 2]));
    let changed = all(&[0, 1, 2])
        .sub(element(&rows[1], &text(&rows[1], "id")))
        .add(element(&rows[1], &text(vectors, "after_changing_row_1_id_to")));
    assert_eq!(hex(&changed.to_le_bytes()), text(vectors, "accumulator_after_le"));
    assert_eq!(Accumulator::from_le_bytes(&changed.to_le_bytes()), changed);
}

#[test]
fn the_header_copy_is_as_specified() {
    let vectors = src1();
    let copy = header_of(&vectors);
    assert_eq!(copy.len(), COPY_LEN);
    assert_eq!(hex(&copy[8128..8160]), text(&vectors["header_copy"], "mac"));
    assert_eq!(hex(&copy[8160..]), text(&vectors["header_copy"], "check"));
}

#[test]
fn the_specified_store_unlocks_with_its_passphrase_and_all_its_parts_open() {
    let vectors = src1();
    let slot = case_of(&vectors, 1);
    let passphrase = Unlock::passphrase(slot["passphrase"].as_str().unwrap());
    let opened = Root::unlock(&region(&header_of(&vectors)), &passphrase, &Limits::default(), seeded(1));
    let store = Store::from(opened.unwrap());
    assert_eq!(hex(&store.barrier.store_id()), "00112233445566778899aabbccddeeff");
    assert_eq!((store.root.generation(), store.root.root_epoch(), store.root.wrap_epoch()), (1, 1, 1));
    assert_eq!(
        store.root.slots(),
        [SlotInfo { index: 0, provider: 1, hardening: Some(Hardening::DEFAULT), sharing: None }]
    );

    // Rows: key, content, id, element.
    let rows = &vectors["row_key"];
    let one = store.barrier.row_key(1, &[&bytes(&rows["one_part"], "identifier")]);
    assert_eq!(hex(&one), text(&rows["one_part"], "row_key"));
    assert_eq!(hex(&store.barrier.row_key(2, &[b"ab", b"c"])), text(&rows["two_parts"], "row_key"));
    let record = case_of(&vectors, 5);
    let row_key: [u8; 32] = bytes(record, "aad")[63..95].try_into().unwrap();
    let row = store.barrier.open_row(1, &row_key, &bytes(record, "in_row")).unwrap();
    assert_eq!((row.sequence, row.data()), (43, b"metadata bytes".as_slice()));
    let first = &vectors["multiset"]["rows"][0];
    let key = array(&vectors["multiset"], "key");
    let (row_key, id) = (array(first, "row_key"), array(first, "id"));
    assert_eq!(store.barrier.element(1, &row_key, &id), testing::element(&key, 1, &row_key, &id));

    // A KMS ciphertext through material 3 would be of version 3, so the material is sealed once more as version 7.
    let backing = case_of(&vectors, 2);
    let wrapped = |version: u32| {
        let mut header = array::<28>(backing, "header");
        header[24..].copy_from_slice(&version.to_be_bytes());
        let aad = [header.as_slice(), &bytes(backing, "aad")[28..]].concat();
        let blob = testing::seal(&array(backing, "key"), &header, &[9; 20], &aad, &bytes(backing, "plaintext"));
        Wrapped { version, blob: Arc::from(blob.unwrap()) }
    };
    let key = KeyId::parse("01234567-89ab-cdef-0123-456789abcdef").unwrap();
    let own = Wrapped { version: 3, blob: Arc::from(bytes(backing, "blob")) };
    assert!(store.keystore.encrypt(store.permit(key, &own, &EncryptionContext::empty()), b"plaintext").is_ok());
    let cipher = &vectors["cases"][1];
    let pairs = EncryptionContext::from_pairs([("tenant", "blue"), ("purpose", "test")]).unwrap();
    let blob = bytes(cipher, "blob");
    assert_eq!(BlobHeader::parse(&blob), Some(BlobHeader { key, material: 7 }));
    let seventh = wrapped(7);
    let permit = store.permit::<Decrypt>(key, &seventh, &pairs);
    assert_eq!(store.keystore.decrypt(permit, &blob).unwrap().expose(), bytes(cipher, "plaintext"));

    // A version row: types 9 and 4, written at sequence 42.
    let row = [bytes(case_of(&vectors, 9), "in_row"), bytes(case_of(&vectors, 4), "in_row")].concat();
    let context = EncryptionContext::of_version(
        "arn:aws:secretsmanager:us-east-1:000000000000:secret:db-AbCdEf",
        "11111111-2222-3333-4444-555555555555",
    );
    let first = wrapped(1);
    let permit = store.permit::<Open>(key, &first, &context);
    let value = store.keystore.open(permit, Sealed { row: &row, sequence: 42 }).unwrap();
    assert_eq!(value.expose(), br#"{"password":"hunter2"}"#);
    let permit = store.permit::<Open>(key, &first, &context);
    assert_eq!(store.keystore.open(permit, Sealed { row: &row, sequence: 41 }).unwrap_err(), Error::Failed);
}

#[test]
fn payloads_fall_into_the_classes_of_the_format() {
    for (value, class) in [
        (0, 64),
        (60, 64),
        (61, 128),
        (1020, 1024),
        (1021, 1152),
        (2044, 2048),
        (2045, 2304),
        (4092, 4096),
        (65_532, 65_536),
        (65_536, 73_728),
    ] {
        assert_eq!(testing::payload_len(value), Some(class), "value of {value} bytes");
    }
    for value in 0..70_000 {
        let class = testing::payload_len(value).unwrap();
        assert!(class >= value + 4 && (value < 1021 || (class - value - 4) * 8 <= value + 4), "value of {value} bytes");
    }
    assert_eq!(testing::payload_len(usize::MAX), None);
}

fn text(case: &serde_json::Value, member: &str) -> String {
    case[member].as_str().unwrap_or_else(|| panic!("no {member}")).to_owned()
}
fn case_of(vectors: &serde_json::Value, kind: u64) -> &serde_json::Value {
    vectors["cases"].as_array().unwrap().iter().find(|case| case["type"] == kind).unwrap()
}
fn header_of(vectors: &serde_json::Value) -> Vec<u8> {
    let (slot, keyring) = (case_of(vectors, 1), case_of(vectors, 6));
    let mac_key = unhex(&text(&vectors["root_subkeys"]["subkeys"], "strongroom/v1/root/header"));
    let store = array(&vectors["root_subkeys"], "store_id_salt");
    let copy = testing::header_copy(
        &mac_key.try_into().unwrap(),
        &store,
        1,
        array(slot, "blob"),
        &bytes(slot, "slot_params"),
        array(keyring, "blob"),
    );
    let hash = <sha2::Sha256 as sha2::Digest>::digest(&copy);
    assert_eq!(hex(&hash), text(&vectors["header_copy"], "sha256_of_copy"));
    copy
}
