//! Published vectors, and the general crates over random input. Goal: the primitives are the standard ones.
//! Method: Wycheproof, RFC 5869, RFC 9106; `aes-gcm`, `hmac` and `hkdf` as oracles for what is composed here.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that meets these has failed")]

mod common;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use common::*;
use hkdf::Hkdf;
use hmac::Mac;
use proptest::prelude::*;
use sha2::Sha256;
use strongroom_keystore::testing;

#[test]
fn wycheproof_aes_256_gcm_holds() {
    let vectors = vectors("wycheproof_aes_gcm.json");
    let (mut valid, mut invalid) = (0, 0);
    for group in vectors["testGroups"].as_array().unwrap() {
        if (group["keySize"].as_u64(), group["ivSize"].as_u64(), group["tagSize"].as_u64())
            != (Some(256), Some(96), Some(128))
        {
            continue;
        }
        for case in group["tests"].as_array().unwrap() {
            let (key, nonce, aad) = (array(case, "key"), array(case, "iv"), bytes(case, "aad"));
            let sealed = [bytes(case, "ct"), bytes(case, "tag")].concat();
            let opened = testing::gcm_open_with_nonce(&key, &nonce, &aad, &sealed);
            if case["result"] == "valid" {
                assert_eq!(opened.unwrap(), bytes(case, "msg"), "{case}");
                let again = testing::gcm_seal_with_nonce(&key, &nonce, &aad, &bytes(case, "msg")).unwrap();
                assert_eq!(again, sealed, "{case}");
                valid += 1;
            } else {
                assert!(opened.is_err(), "{case}");
                invalid += 1;
            }
        }
    }
    assert_eq!((valid, invalid), (39, 27));
}

#[test]
fn wycheproof_hmac_sha256_holds() {
    let vectors = vectors("wycheproof_hmac_sha256.json");
    for group in vectors["testGroups"].as_array().unwrap() {
        let tag_len = usize::try_from(group["tagSize"].as_u64().unwrap()).unwrap() / 8;
        for case in group["tests"].as_array().unwrap() {
            let mac = testing::hmac(&bytes(case, "key"), &[&bytes(case, "msg")]);
            assert_eq!(mac[..tag_len] == bytes(case, "tag"), case["result"] == "valid", "{case}");
        }
    }
}

#[test]
fn wycheproof_hkdf_sha256_holds() {
    let vectors = vectors("wycheproof_hkdf_sha256.json");
    for case in vectors["testGroups"].as_array().unwrap().iter().flat_map(|group| group["tests"].as_array().unwrap()) {
        let mut okm = vec![0; usize::try_from(case["size"].as_u64().unwrap()).unwrap()];
        let hkdf = Hkdf::<Sha256>::new(Some(&bytes(case, "salt")), &bytes(case, "ikm"));
        let expanded = hkdf.expand(&bytes(case, "info"), &mut okm);
        if case["result"] == "valid" {
            assert!(expanded.is_ok() && okm == bytes(case, "okm"), "{case}");
        } else {
            assert!(expanded.is_err(), "{case}");
        }
    }
}

#[test]
fn rfc_5869_holds() {
    for case in vectors("rfc5869_hkdf.json")["cases"].as_array().unwrap() {
        let (salt, ikm) = (bytes(case, "salt"), bytes(case, "ikm"));
        assert_eq!(testing::hmac(&salt, &[&ikm]).as_slice(), bytes(case, "prk"), "{case}");
        let mut okm = vec![0; bytes(case, "okm").len()];
        Hkdf::<Sha256>::new(Some(&salt), &ikm).expand(&bytes(case, "info"), &mut okm).unwrap();
        assert_eq!(okm, bytes(case, "okm"), "{case}");
    }
}

#[test]
fn rfc_9106_holds() {
    let vectors = vectors("rfc9106_argon2id.json");
    let case = &vectors["cases"][0];
    let mut params = argon2::ParamsBuilder::new();
    params.m_cost(32).t_cost(3).p_cost(4).output_len(32).data(argon2::AssociatedData::new(&bytes(case, "ad")).unwrap());
    let (secret, mut tag) = (bytes(case, "secret"), [0; 32]);
    argon2::Argon2::new_with_secret(
        &secret,
        argon2::Algorithm::Argon2id,
        argon2::Version::V0x13,
        params.build().unwrap(),
    )
    .unwrap()
    .hash_password_into(&bytes(case, "password"), &bytes(case, "salt"), &mut tag)
    .unwrap();
    assert_eq!(hex(&tag), case["tag"].as_str().unwrap());
}

// The first profile, the default, runs in `src1.rs`: the specified store is unlocked with it.
#[test]
fn the_smaller_argon2id_profiles_hold() {
    for case in &vectors("argon2id_profiles.json")["cases"].as_array().unwrap()[1..] {
        let cost = |member: &str| u32::try_from(case[member].as_u64().unwrap()).unwrap();
        let lanes = u8::try_from(cost("lanes")).unwrap();
        let (password, salt) = (bytes(case, "password"), array(case, "salt"));
        let key = testing::harden(&password, &salt, cost("memory_kib"), cost("passes"), lanes).unwrap();
        assert_eq!(hex(&key), case["tag"].as_str().unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn gcm_is_the_general_crates_at_every_length(
        key: [u8; 32],
        nonce: [u8; 12],
        aad in prop::collection::vec(any::<u8>(), 0..300),
        text in prop::collection::vec(any::<u8>(), 0..3000),
    ) {
        let oracle = aes_gcm::Aes256Gcm::new(&key.into());
        let expected = oracle.encrypt(&nonce.into(), Payload { msg: &text, aad: &aad }).unwrap();
        prop_assert_eq!(testing::gcm_seal_with_nonce(&key, &nonce, &aad, &text).unwrap(), expected.clone());
        prop_assert_eq!(testing::gcm_open_with_nonce(&key, &nonce, &aad, &expected).unwrap(), text);
    }

    #[test]
    fn hmac_is_the_general_crates_however_the_message_is_cut(
        key in prop::collection::vec(any::<u8>(), 0..200),
        parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..150), 0..6),
    ) {
        let mut oracle = hmac::Hmac::<Sha256>::new_from_slice(&key).unwrap();
        for part in &parts {
            oracle.update(part);
        }
        let expected: [u8; 32] = oracle.finalize().into_bytes().into();
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        prop_assert_eq!(testing::hmac(&key, &parts), expected);
    }

    #[test]
    fn the_expansion_is_hkdfs(key: [u8; 32], kind: u8, salt: [u8; 20], secret: [u8; 32]) {
        let mut expected = [0; 64];
        let info = [&[b'S', kind], salt.as_slice()].concat();
        Hkdf::<Sha256>::from_prk(&key).unwrap().expand(&info, &mut expected).unwrap();
        let (enc_key, commitment) = testing::expand(&key, kind, &salt);
        prop_assert_eq!([enc_key, commitment].concat(), expected);
        Hkdf::<Sha256>::new(Some(&key), &secret).expand(b"info", &mut expected[..32]).unwrap();
        prop_assert!(testing::hkdf(&key, &secret, "info") == expected[..32]);
    }
}

#[test]
fn gcm_agrees_around_every_border_of_its_batches() {
    let (key, nonce) = ([7; 32], [9; 12]);
    let oracle = aes_gcm::Aes256Gcm::new(&key.into());
    for len in (0..80).chain(970..1040).chain(2000..2040).chain([4096, 65_536, 73_728]) {
        let text: Vec<u8> = (0..=255).cycle().take(len).collect();
        let expected = oracle.encrypt(&nonce.into(), text.as_slice()).unwrap();
        assert_eq!(testing::gcm_seal_with_nonce(&key, &nonce, &[], &text).unwrap(), expected, "{len} bytes");
        assert_eq!(testing::gcm_open_with_nonce(&key, &nonce, &[], &expected).unwrap(), text, "{len} bytes");
    }
}

#[test]
fn wycheproof_aes_key_wrap_with_padding_holds() {
    let vectors = vectors("wycheproof_aes_kwp.json");
    let (mut valid, mut invalid) = (0, 0);
    for case in vectors["testGroups"].as_array().unwrap().iter().flat_map(|group| group["tests"].as_array().unwrap()) {
        let (key, text, wrapped) = (bytes(case, "key"), bytes(case, "msg"), bytes(case, "ct"));
        if case["result"] == "valid" {
            assert_eq!(testing::key_wrap(&key, &text).unwrap(), wrapped, "{case}");
            assert_eq!(testing::key_unwrap(&key, &wrapped).unwrap().expose(), text, "{case}");
            valid += 1;
        } else {
            assert!(testing::key_unwrap(&key, &wrapped).is_err(), "{case}");
            invalid += 1;
        }
    }
    assert!(valid > 70 && invalid > 170, "{valid} {invalid}");
}

#[test]
fn rfc_5649s_examples_hold() {
    let key = unhex("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8");
    for (text, wrapped) in [
        (
            "c37b7e6492584340bed12207808941155068f738",
            "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a",
        ),
        ("466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f"),
    ] {
        assert_eq!(testing::key_wrap(&key, &unhex(text)).unwrap(), unhex(wrapped));
        assert_eq!(testing::key_unwrap(&key, &unhex(wrapped)).unwrap().expose(), unhex(text));
    }
}

#[test]
fn wrapped_keys_of_every_length_come_back_and_changed_ones_do_not() {
    let key = [7; 32];
    for len in 1..=130 {
        let text: Vec<u8> = (0..len).collect();
        let wrapped = testing::key_wrap(&key, &text).unwrap();
        assert_eq!(testing::key_unwrap(&key, &wrapped).unwrap().expose(), text);
        for at in 0..wrapped.len() {
            let mut changed = wrapped.clone();
            changed[at] ^= 1 << (at % 8);
            assert!(testing::key_unwrap(&key, &changed).is_err());
        }
        assert!(testing::key_unwrap(&key, &wrapped[..wrapped.len() - 1]).is_err());
        assert!(testing::key_unwrap(&key, &wrapped[..wrapped.len() - 8]).is_err());
        assert!(testing::key_unwrap(&[8; 32], &wrapped).is_err());
    }
    assert!(testing::key_wrap(&key, &[]).is_err() && testing::key_wrap(&key, &[0; 4097]).is_err());
    assert!(testing::key_wrap(&key[..31], &[1]).is_err() && testing::key_unwrap(&key[..31], &[0; 16]).is_err());
    for len in [0, 8, 15, 17, 4112] {
        assert!(testing::key_unwrap(&key, &vec![0; len]).is_err());
    }
}
