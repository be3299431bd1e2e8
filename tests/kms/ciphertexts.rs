//! Goal: whatever is wrong with a ciphertext or its context, one error and one text. Method: every bit of a ciphertext flipped,
//! every length, parts of two ciphertexts put together, every context but the right one; by Decrypt and by ReEncrypt.
//!
//! A ciphertext crafted to open under two keys needs their material, which whoever imported it has.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail loudly")]

use std::collections::BTreeMap;

use crate::common::{House, house};
use proptest::prelude::*;
use strongroom::Error;
use strongroom::name::Text;
use strongroom::operation::kms::{
    CreateKey, Decrypt, Encrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext, ImportRawKeyMaterial, ReEncrypt,
};
use strongroom_keystore::EncryptionContext;

type Context<'c> = &'c [(&'c str, &'c str)];

fn pairs(of: Context<'_>) -> BTreeMap<Text, Text> {
    of.iter().map(|(key, value)| (Text::from(*key), Text::from(*value))).collect()
}
fn key(house: &House) -> Text {
    house.root.kms().create_key(CreateKey::new()).unwrap().key_metadata.arn
}
fn sealed(house: &House, key: &Text, plaintext: &str, context: Context<'_>) -> Vec<u8> {
    let request = Encrypt::new(key, plaintext).encryption_context(pairs(context));
    house.root.kms().encrypt(request).unwrap().ciphertext_blob.to_vec()
}
fn open(house: &House, key: Option<&Text>, blob: &[u8], context: Context<'_>) -> Result<Vec<u8>, Error> {
    let mut request = Decrypt::blob(blob.to_vec()).encryption_context(pairs(context));
    request.key_id = key.cloned();
    house.root.kms().decrypt(request).map(|answer| answer.plaintext.expose().to_vec())
}
fn move_on(house: &House, key: &Text, blob: &[u8], context: Context<'_>) -> Result<(), Error> {
    let request = ReEncrypt::blob(blob.to_vec(), key).source_key_id(key).source_encryption_context(pairs(context));
    house.root.kms().re_encrypt(request).map(drop)
}
/// Code and text of a refusal, by every way in with the key named: all the same.
#[track_caller]
fn refusal(house: &House, key: &Text, blob: &[u8], context: Context<'_>) -> (String, String) {
    let tell = |error: &Error| (error.code().to_owned(), error.message().to_string());
    let told = tell(&open(house, Some(key), blob, context).unwrap_err());
    assert_eq!(tell(&move_on(house, key, blob, context).unwrap_err()), told);
    told
}
#[track_caller]
fn is_invalid(house: &House, key: &Text, blob: &[u8], context: Context<'_>) {
    assert_eq!(refusal(house, key, blob, context), ("InvalidCiphertextException".to_owned(), String::new()));
}

/// The key's id and its flag stand in these bytes of the header: another key is another matter.
const FLAG: usize = 7;
const KEY_ID: std::ops::Range<usize> = 8..24;
const CONTEXT: Context<'static> = &[("a", "1"), ("b", "2")];

#[test]
fn every_flipped_bit_is_one_error() {
    let house = house();
    let key = key(&house);
    let blob = sealed(&house, &key, "plaintext", CONTEXT);
    assert_eq!(open(&house, Some(&key), &blob, CONTEXT).unwrap(), b"plaintext");
    let mut others = 0;
    for byte in 0..blob.len() {
        for bit in 0..8 {
            let mut bent = blob.clone();
            bent[byte] ^= 1 << bit;
            if KEY_ID.contains(&byte) || (byte, bit) == (FLAG, 0) {
                // A ciphertext of a key that is not the one named, and is none of this store's.
                assert_eq!(refusal(&house, &key, &bent, CONTEXT).0, "IncorrectKeyException");
                assert_eq!(open(&house, None, &bent, CONTEXT).unwrap_err().code(), "AccessDeniedException");
                others += 1;
                continue;
            }
            is_invalid(&house, &key, &bent, CONTEXT);
            let unnamed = open(&house, None, &bent, CONTEXT).unwrap_err();
            assert_eq!((unnamed.code(), &*unnamed.message().to_string()), ("InvalidCiphertextException", ""));
        }
    }
    assert_eq!(others, 129);
}

#[test]
fn every_truncation_and_every_extension_is_one_error() {
    let house = house();
    let key = key(&house);
    let blob = sealed(&house, &key, "plaintext", CONTEXT);
    // An empty blob is against the model of the operation.
    assert_eq!(open(&house, Some(&key), &[], CONTEXT).unwrap_err().code(), "ValidationException");
    for len in 1..blob.len() {
        is_invalid(&house, &key, &blob[..len], CONTEXT);
        is_invalid(&house, &key, &blob[len..], CONTEXT);
        let unnamed = open(&house, None, &blob[..len], CONTEXT).unwrap_err();
        assert_eq!((unnamed.code(), &*unnamed.message().to_string()), ("InvalidCiphertextException", ""));
    }
    for more in [&[0][..], &[0xff], &[0; 16], &[0; 256], &blob] {
        is_invalid(&house, &key, &[&blob, more].concat(), CONTEXT);
        is_invalid(&house, &key, &[more, &blob].concat(), CONTEXT);
    }
    let longest = [blob.as_slice(), &vec![0; 6_144 - blob.len()]].concat();
    is_invalid(&house, &key, &longest, CONTEXT);
    assert_eq!(
        open(&house, Some(&key), &[&longest[..], &[0]].concat(), CONTEXT).unwrap_err().code(),
        "ValidationException"
    );
}

/// Header, salt, commitment, ciphertext.
const PARTS: [usize; 5] = [0, 28, 48, 80, usize::MAX];

#[test]
fn parts_of_two_ciphertexts_make_no_third() {
    let house = house();
    let (one, two) = (key(&house), key(&house));
    for (keys, texts, contexts) in [
        // Two keys, one plaintext, one context; one key, two plaintexts; one key, one plaintext, two contexts.
        ([&one, &two], ["same", "same"], [CONTEXT, CONTEXT]),
        ([&one, &one], ["this", "that"], [CONTEXT, CONTEXT]),
        ([&one, &one], ["same", "same"], [CONTEXT, &[("a", "2"), ("b", "1")]]),
    ] {
        let blobs = [0, 1].map(|side| sealed(&house, keys[side], texts[side], contexts[side]));
        assert_eq!(blobs[0].len(), blobs[1].len());
        for mix in 1..15 {
            let part = |number: usize| {
                let blob = &blobs[mix >> number & 1];
                &blob[PARTS[number]..PARTS[number + 1].min(blob.len())]
            };
            let blob: Vec<u8> = (0..4).flat_map(part).copied().collect();
            // Headers of one key are alike: then it is one of the two as it was.
            let named = keys[mix & 1];
            let same = blobs.contains(&blob);
            for context in contexts {
                if !same {
                    is_invalid(&house, named, &blob, context);
                }
            }
        }
        // Whole, but in each other's place.
        for side in [0, 1] {
            open(&house, Some(keys[side]), &blobs[side], contexts[side]).unwrap();
            if keys[0] != keys[1] {
                assert_eq!(refusal(&house, keys[1 - side], &blobs[side], contexts[side]).0, "IncorrectKeyException");
            } else if contexts[0] != contexts[1] {
                is_invalid(&house, keys[side], &blobs[side], contexts[1 - side]);
            }
        }
    }
}

/// A24, item 17: context {} equals none.
#[test]
fn a24_17_an_empty_context_equals_none() {
    let house = house();
    let key = key(&house);
    let kms = house.root.kms();
    let with = kms.encrypt(Encrypt::new(&key, "x").encryption_context(BTreeMap::new())).unwrap().ciphertext_blob;
    let without = kms.encrypt(Encrypt::new(&key, "x")).unwrap().ciphertext_blob;
    for blob in [&with, &without] {
        kms.decrypt(Decrypt::blob(blob.clone())).unwrap();
        kms.decrypt(Decrypt::blob(blob.clone()).encryption_context(BTreeMap::new())).unwrap();
        is_invalid(&house, &key, blob, &[("", "")]);
        is_invalid(&house, &key, blob, CONTEXT);
    }
}

#[test]
fn a_context_that_is_wrong_in_any_way_is_one_error_and_its_order_is_none() {
    let house = house();
    let key = key(&house);
    let blob = sealed(&house, &key, "x", CONTEXT);
    open(&house, Some(&key), &blob, &[("b", "2"), ("a", "1")]).unwrap();
    let wrong: &[Context<'_>] = &[
        &[],
        &[("a", "1")],
        &[("b", "2")],
        &[("a", "2"), ("b", "1")],
        &[("a", "1"), ("b", "2"), ("c", "")],
        &[("a", "1"), ("b", "2"), ("", "")],
        &[("A", "1"), ("b", "2")],
        &[("a", "1 "), ("b", "2")],
        &[("a", "1b"), ("", "2")],
        &[("1", "a"), ("2", "b")],
        &[("a", "1b2")],
        &[("ab", "12")],
    ];
    for context in wrong {
        is_invalid(&house, &key, &blob, context);
    }
    // Exactly as it was written: no normal form of Unicode, no folding.
    let composed = sealed(&house, &key, "x", &[("caf\u{e9}", "\u{212b}")]);
    for context in [[("cafe\u{301}", "\u{212b}")], [("caf\u{e9}", "\u{c5}")], [("CAF\u{c9}", "\u{212b}")]] {
        is_invalid(&house, &key, &composed, &context);
    }
    // moto joins keys and values without lengths: these two collide there.
    let joined = sealed(&house, &key, "x", &[("ab", "c")]);
    is_invalid(&house, &key, &joined, &[("a", "bc")]);
}

#[test]
fn data_keys_are_ciphertexts_like_others_and_blobs_of_other_types_are_none() {
    let house = house();
    let key = key(&house);
    let kms = house.root.kms();
    let made = kms.generate_data_key(GenerateDataKey::new(&key).key_spec("AES_256").encryption_context(pairs(CONTEXT)));
    let made = made.unwrap();
    assert_eq!(open(&house, None, &made.ciphertext_blob, CONTEXT).unwrap(), made.plaintext.expose());
    is_invalid(&house, &key, &made.ciphertext_blob, &[]);
    let request = GenerateDataKeyWithoutPlaintext::new(&key).number_of_bytes(1);
    let sealed_only = kms.generate_data_key_without_plaintext(request).unwrap().ciphertext_blob;
    assert_eq!(open(&house, None, &sealed_only, &[]).unwrap().len(), 1);
    // The type stands in the header, and is authenticated: no blob of another level passes for a ciphertext.
    let blob = sealed(&house, &key, "x", &[]);
    for kind in (0..=255).filter(|kind| *kind != blob[4]) {
        let mut other = blob.clone();
        other[4] = kind;
        is_invalid(&house, &key, &other, &[]);
    }
}

/// Contexts whose parts are short and alike, so that a joined encoding would collide.
fn context() -> impl Strategy<Value = BTreeMap<String, String>> {
    prop::collection::btree_map("[ab\u{0}=,]{0,3}", "[ab\u{0}=,]{0,3}", 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]
    /// The encoding is injective.
    #[test]
    fn contexts_encode_equal_exactly_if_they_are_equal(one in context(), two in context()) {
        let encoded = |context: &BTreeMap<String, String>| {
            let pairs = context.iter().map(|(key, value)| (key.as_str(), value.as_str()));
            EncryptionContext::from_pairs(pairs).unwrap().encoded()
        };
        prop_assert_eq!(encoded(&one) == encoded(&two), one == two);
        prop_assert_eq!(encoded(&one), encoded(&one.clone()));
    }
}
proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// What was sealed in one context opens in another exactly if they are equal.
    #[test]
    fn contexts_open_each_other_exactly_if_they_are_equal(one in context(), two in context(), twin in any::<bool>()) {
        let house = house();
        let key = key(&house);
        let two = if twin { one.clone() } else { two };
        let texts = |context: &BTreeMap<String, String>| -> BTreeMap<Text, Text> {
            context.iter().map(|(key, value)| (Text::from(key), Text::from(value))).collect()
        };
        let blob = house.root.kms().encrypt(Encrypt::new(&key, "x").encryption_context(texts(&one))).unwrap();
        let request = Decrypt::blob(blob.ciphertext_blob).encryption_context(texts(&two));
        prop_assert_eq!(house.root.kms().decrypt(request).is_ok(), one == two);
    }
}

#[test]
fn a_ciphertext_crafted_for_two_imported_keys_opens_under_one_at_most() {
    use strongroom_keystore::testing;
    let house = house();
    let materials = [[1; 32], [2; 32]];
    let keys = materials.map(|material| {
        let made = house.root.kms().create_key(CreateKey::new().origin("EXTERNAL")).unwrap().key_metadata;
        let request = ImportRawKeyMaterial::new(&made.key_id, material.as_slice());
        house.root.kms().import_key_material_raw(request.expiration_model("KEY_MATERIAL_DOES_NOT_EXPIRE")).unwrap();
        made.arn
    });
    // The header of each is in the clear in what it seals; the context is bound behind it.
    let honest = [0, 1].map(|side| sealed(&house, &keys[side], &"x".repeat(48), CONTEXT));
    let heads = honest.each_ref().map(|blob| &blob[..28]);
    let context = EncryptionContext::from_pairs([("a", "1"), ("b", "2")]).unwrap();
    let aads = heads.map(|head| {
        let context = context.encoded();
        let tag = [&[0, 0x10], u32::try_from(context.len()).unwrap().to_be_bytes().as_slice()].concat();
        [head, &tag, &context].concat()
    });
    let salt = [0x5a; 20];
    let inner = materials.map(|material| testing::expand(&testing::sealing_key(&material), 3, &salt));
    let crafted = crate::two_keys::two_key_ciphertext([(&inner[0].0, &aads[0]), (&inner[1].0, &aads[1])], 3);
    for side in [0, 1] {
        assert!(testing::gcm_open(&inner[side].0, &aads[side], &crafted).is_ok(), "plain GCM bites");
    }
    for (commitment, opens) in [(inner[0].1, [true, false]), (inner[1].1, [false, true]), ([0; 32], [false, false])] {
        for side in [0, 1] {
            let blob = [heads[side], &salt, &commitment, &crafted].concat();
            if opens[side] {
                // Who has the material can make ciphertexts; the crafting is sound.
                assert_eq!(open(&house, Some(&keys[side]), &blob, CONTEXT).unwrap().len(), 48);
            } else {
                is_invalid(&house, &keys[side], &blob, CONTEXT);
                assert_eq!(open(&house, None, &blob, CONTEXT).unwrap_err().code(), "InvalidCiphertextException");
            }
        }
    }
}
