//! MACs of the KMS API. Goal: plain RFC 2104 HMAC under the material itself, for its own key alone. Method: RFC 4231 (cases 1 to 4, 6
//! and 7; case 5 is truncated) and Wycheproof, under material that is known; then every other key, version and length.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that meets these has failed")]

mod common;

use std::marker::PhantomData;
use std::sync::Arc;

use common::*;
use strongroom_keystore::*;

const ALGORITHMS: [MacAlgorithm; 4] =
    [MacAlgorithm::Sha224, MacAlgorithm::Sha256, MacAlgorithm::Sha384, MacAlgorithm::Sha512];

struct Case {
    key: &'static [u8],
    message: &'static [u8],
    /// By algorithm, in hexadecimal.
    macs: [&'static str; 4],
}
const RFC_4231: &[Case] = &[
    Case {
        key: &[0x0b; 20],
        message: b"Hi There",
        macs: [
            "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
            "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
        ],
    },
    Case {
        key: b"Jefe",
        message: b"what do ya want for nothing?",
        macs: [
            "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ],
    },
    Case {
        key: &[0xaa; 20],
        message: &[0xdd; 50],
        macs: [
            "7fb3cb3588c6c1f6ffa9694d7d6ad2649365b0c1f65d69d1ec8333ea",
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27",
            "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb",
        ],
    },
    Case {
        key: b"\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19",
        message: &[0xcd; 50],
        macs: [
            "6c11506874013cac6a2abc1bb382627cec6a90d86efc012de7afec5a",
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
            "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c674cffb",
            "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd",
        ],
    },
    Case {
        key: &[0xaa; 131],
        message: b"Test Using Larger Than Block-Size Key - Hash Key First",
        macs: [
            "95e9a0db962095adaebe9b2d6f0dbce2d499f112f2d2b7273fa6870e",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
            "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
        ],
    },
    Case {
        key: &[0xaa; 131],
        message: b"This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.",
        macs: [
            "3a854166ac5d9f023f54d517d0b39dbd946770db9c2b95c9f6f565d1",
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c46523e",
            "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58",
        ],
    },
];

/// A backing key with known material, sealed as the store would have sealed it.
fn known(store: &Store, key: KeyId, version: u32, material: &[u8]) -> Wrapped {
    let header = testing_header(2, key, version);
    let aad = [header.to_vec(), tlv(1, &STORE), tlv(6, &[0, 1])].concat();
    let blob = testing::seal(&keyring(store).wrap, &header, &[9; 20], &aad, material).unwrap();
    Wrapped { version, blob: Arc::from(blob) }
}
fn mac(
    store: &Store,
    key: KeyId,
    material: &Wrapped,
    algorithm: MacAlgorithm,
    message: &[u8],
) -> Result<Vec<u8>, Error> {
    store.keystore.mac(store.permit(key, material, &EncryptionContext::empty()), algorithm, message)
}
fn is_mac(store: &Store, material: &Wrapped, algorithm: MacAlgorithm, message: &[u8], mac: &[u8]) -> bool {
    let permit = store.permit(KEY, material, &EncryptionContext::empty());
    store.keystore.is_mac(permit, algorithm, message, mac).unwrap()
}

#[test]
fn rfc_4231_holds() {
    for case in RFC_4231 {
        for (algorithm, expected) in ALGORITHMS.into_iter().zip(case.macs) {
            assert_eq!(hex(&testing::mac(algorithm, case.key, case.message).unwrap()), expected);
        }
    }
}

#[test]
fn rfc_4231_holds_under_a_sealed_backing_key_and_no_key_is_derived_from_it() {
    let store = store();
    // Material of more than 128 bytes is none.
    for case in RFC_4231.iter().filter(|case| case.key.len() <= 128) {
        let material = known(&store, KEY, 1, case.key);
        for (algorithm, expected) in ALGORITHMS.into_iter().zip(case.macs) {
            assert_eq!(hex(&mac(&store, KEY, &material, algorithm, case.message).unwrap()), expected);
            assert!(is_mac(&store, &material, algorithm, case.message, &unhex(expected)));
        }
    }
    let long = known(&store, KEY, 1, &[0xaa; 131]);
    assert_eq!(mac(&store, KEY, &long, MacAlgorithm::Sha256, b"m"), Err(Error::Failed));
}

#[test]
fn wycheproof_holds() {
    let mut held = 0;
    for (algorithm, name) in ALGORITHMS.into_iter().zip(["sha224", "sha256", "sha384", "sha512"]) {
        let vectors = vectors(&format!("wycheproof_hmac_{name}.json"));
        for group in vectors["testGroups"].as_array().unwrap() {
            let tag_len = usize::try_from(group["tagSize"].as_u64().unwrap()).unwrap() / 8;
            for case in group["tests"].as_array().unwrap() {
                let mac = testing::mac(algorithm, &bytes(case, "key"), &bytes(case, "msg")).unwrap();
                assert_eq!(mac[..tag_len] == bytes(case, "tag"), case["result"] == "valid", "{case}");
                held += 1;
            }
        }
    }
    assert!(held > 400, "{held}");
}

#[test]
fn made_material_has_the_length_of_its_macs_and_is_new_each_time() {
    let store = store();
    for algorithm in ALGORITHMS {
        let make = || {
            let permit = store.warden.permit_to_make(KEY, PhantomData);
            store.keystore.make_for_macs(permit, 1, algorithm).unwrap()
        };
        let (one, two) = (make(), make());
        assert_eq!(one.wrapped.blob.len(), 96 + algorithm.bytes());
        assert_ne!(one.material_id, two.material_id);
        let of = |made: &NewMaterial| mac(&store, KEY, &made.wrapped, algorithm, b"m").unwrap();
        assert_eq!(of(&one).len(), algorithm.bytes());
        assert_eq!(of(&one), of(&one));
        assert_ne!(of(&one), of(&two));
    }
}

#[test]
fn a_mac_is_of_its_key_version_message_and_length_alone() {
    let store = store();
    let material = known(&store, KEY, 1, &[7; 32]);
    let good = mac(&store, KEY, &material, MacAlgorithm::Sha256, b"m").unwrap();
    let same = |message: &[u8], mac: &[u8]| is_mac(&store, &material, MacAlgorithm::Sha256, message, mac);
    assert!(same(b"m", &good));
    assert!(!same(b"n", &good) && !same(b"", &good) && !same(b"m\0", &good));
    assert!(!is_mac(&store, &material, MacAlgorithm::Sha512, b"m", &good));
    for bit in 0..256 {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        assert!(!same(b"m", &bad));
    }
    for len in 0..32 {
        assert!(!same(b"m", &good[..len]));
    }
    assert!(!same(b"m", &[good.as_slice(), &[0]].concat()));
    // The material is bound to its key, its version and its store.
    assert_eq!(mac(&store, OTHER_KEY, &material, MacAlgorithm::Sha256, b"m"), Err(Error::Failed));
    let moved = Wrapped { version: 2, ..material.clone() };
    assert_eq!(mac(&store, KEY, &moved, MacAlgorithm::Sha256, b"m"), Err(Error::Failed));
    assert_eq!(mac(&store_with(2), KEY, &material, MacAlgorithm::Sha256, b"m"), Err(Error::Failed));
    for bit in 0..material.blob.len() * 8 {
        let mut blob = material.blob.to_vec();
        blob[bit / 8] ^= 1 << (bit % 8);
        let bad = Wrapped { version: 1, blob: Arc::from(blob) };
        assert_eq!(mac(&store, KEY, &bad, MacAlgorithm::Sha256, b"m"), Err(Error::Failed));
    }
    let long = mac(&store, KEY, &material, MacAlgorithm::Sha256, &[0; 4097]);
    assert_eq!(long, Err(Error::TooLong { len: 4097, limit: 4096 }));
    store.keystore.lock();
    assert_eq!(mac(&store, KEY, &material, MacAlgorithm::Sha256, b"m"), Err(Error::Locked));
}
