//! The encryption context. Goal: two contexts encode alike exactly if they are alike. Method: known bytes, properties, refusals.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that meets these has failed")]

mod common;

use std::collections::BTreeMap;

use common::*;
use proptest::prelude::*;
use strongroom_keystore::*;

fn encode(pairs: &BTreeMap<String, String>) -> EncryptionContext<'static> {
    EncryptionContext::from_pairs(pairs.iter().map(|(key, value)| (key.as_str(), value.as_str()))).unwrap()
}

fn pairs() -> impl Strategy<Value = BTreeMap<String, String>> {
    // A small alphabet, with what could be taken for a length among it, so that near misses are frequent.
    prop::collection::btree_map("[ab\0\u{1}\u{e9}]{0,3}", "[ab\0\u{1}\u{e9}]{0,3}", 0..4)
}

proptest! {
    #[test]
    fn contexts_encode_alike_exactly_if_they_are_alike(one in pairs(), two in pairs()) {
        prop_assert_eq!(encode(&one).encoded() == encode(&two).encoded(), one == two);
        prop_assert_eq!(encode(&one) == encode(&two), one == two);
    }

    #[test]
    fn the_order_of_pairs_does_not_matter(one in pairs()) {
        let backwards = one.iter().rev().map(|(key, value)| (key.as_str(), value.as_str()));
        prop_assert_eq!(EncryptionContext::from_pairs(backwards).unwrap(), encode(&one));
    }

    // Short ones are kept otherwise than long ones.
    #[test]
    fn pairs_in_order_are_the_same_without_sorting(one in pairs(), long in "a{0,200}") {
        let mut all = one;
        all.insert("z".into(), long);
        let sorted = all.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        let context = EncryptionContext::from_sorted(sorted).unwrap();
        prop_assert_eq!(context.encoded(), encode(&all).encoded());
    }

    #[test]
    fn the_context_of_a_version_is_that_of_its_pairs(arn in ".{0,400}", version in ".{0,80}") {
        let pairs = [("SecretVersionId", version.as_str()), ("SecretARN", arn.as_str())];
        prop_assert_eq!(EncryptionContext::from_pairs(pairs).unwrap(), EncryptionContext::of_version(&arn, &version));
    }
}

#[test]
fn no_pairs_are_a_count_of_zero() {
    assert_eq!(EncryptionContext::empty().encoded()[..], [0; 4]);
    assert_eq!(EncryptionContext::from_pairs([]).unwrap(), EncryptionContext::empty());
}

#[test]
fn keys_sort_by_their_bytes_and_a_shorter_one_first() {
    let context = EncryptionContext::from_pairs([("b", ""), ("aa", ""), ("\u{e9}", ""), ("a", ""), ("B", "")]).unwrap();
    let order =
        "0000000500000001420000000000000001610000000000000002616100000000000000016200000000000000 02c3a900000000";
    assert_eq!(hex(&context.encoded()), order.replace(' ', ""));
}

#[test]
fn a_key_that_stands_twice_is_refused_whatever_its_values() {
    for pairs in [[("a", "1"), ("a", "2")], [("a", "1"), ("a", "1")]] {
        for refused in [EncryptionContext::from_pairs(pairs), EncryptionContext::from_sorted(pairs.into_iter())] {
            assert_eq!(refused.unwrap_err(), Error::Context(ContextFault::DuplicateKey));
        }
    }
}

#[test]
fn more_than_8192_bytes_are_refused_and_8192_are_not() {
    let value = "x".repeat(8192 - 4 - 8 - 1);
    assert_eq!(EncryptionContext::from_pairs([("k", value.as_str())]).unwrap().encoded().len(), 8192);
    let refused = EncryptionContext::from_pairs([("kk", value.as_str())]);
    assert_eq!(refused.unwrap_err(), Error::Context(ContextFault::TooLong(8193)));
}

#[test]
fn contexts_of_every_length_seal_and_open() {
    // The border between the stack and the heap lies at 256 bytes.
    let store = store();
    let material = store.make(KEY, 1);
    for len in (150..200).chain([2000]) {
        let arn = "a".repeat(len);
        let context = EncryptionContext::of_version(&arn, "v");
        let row = store.keystore.seal(store.permit(KEY, &material, &context), b"value", 1).unwrap();
        let open = |context: &EncryptionContext<'_>| {
            let permit = store.permit::<Open>(KEY, &material, context);
            store.keystore.open(permit, Sealed { row: &row, sequence: 1 }).map(|value| value.expose().to_vec())
        };
        assert_eq!(open(&context), Ok(b"value".to_vec()), "{len}");
        assert_eq!(open(&EncryptionContext::of_version(&"a".repeat(len + 1), "v")), Err(Error::Failed), "{len}");
    }
}
