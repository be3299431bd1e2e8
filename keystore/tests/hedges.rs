//! Salts and keys when the generator repeats. Goal: a stuck or repeated source of randomness costs secrecy of nothing but what it
//! alone made. Method: a source stuck at zeros, over a restart too; all salts, commitments and data keys must differ.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that meets these has failed")]

mod common;

use std::collections::HashSet;
use std::sync::Arc;

use common::*;
use strongroom_keystore::*;

/// The store, opened by a process whose randomness is stuck at zeros.
fn stuck(copy: &[u8]) -> Store {
    let entropy = Arc::new(SeededEntropy::new(1).stuck_at(0));
    Root::unlock(&region(copy), &raw_unlock(7), &Limits::default(), entropy).map(Store::from).unwrap()
}

#[test]
fn a_thousand_seals_by_a_stuck_generator_over_a_restart_have_different_salts_and_keys() {
    let whole = store();
    let (material, copy) = (whole.make(KEY, 1), whole.root.copy());
    let (mut salts, mut commitments) = (HashSet::new(), HashSet::new());
    for run in 0..2_u16 {
        let store = stuck(&copy);
        for number in 0..500_u16 {
            // Half of them differ in plaintext, half in their context alone.
            let (number, same) = ((run * 500 + number).to_string(), number % 2 == 0);
            let (plaintext, pair) = if same { ("same", number.as_str()) } else { (number.as_str(), "same") };
            let context = EncryptionContext::from_pairs([("pair", pair)]).unwrap();
            let blob = store.keystore.encrypt(store.permit(KEY, &material, &context), plaintext.as_bytes()).unwrap();
            salts.insert(blob[28..48].to_vec());
            commitments.insert(blob[48..80].to_vec());
        }
    }
    assert_eq!((salts.len(), commitments.len()), (1000, 1000));
}

#[test]
fn a_thousand_payloads_by_a_stuck_generator_over_a_restart_have_different_data_keys() {
    let whole = store();
    let (material, copy) = (whole.make(KEY, 1), whole.root.copy());
    let sealing = sealing_key(&whole, KEY, &material);
    let (mut salts, mut data_keys) = (HashSet::new(), HashSet::new());
    for run in 0..2_u64 {
        let store = stuck(&copy);
        for number in 0..500_u64 {
            // In turn: another value, another sequence, another context.
            let number = run * 500 + number;
            let (value, sequence, version) = match number % 3 {
                0 => (number.to_string(), 5, "v".to_owned()),
                1 => ("same".to_owned(), 10 + number, "v".to_owned()),
                _ => ("same".to_owned(), 5, number.to_string()),
            };
            let context = EncryptionContext::of_version("arn", &version);
            let permit = store.permit(KEY, &material, &context);
            let row = store.keystore.seal(permit, value.as_bytes(), sequence).unwrap();
            let header = testing_header(9, KEY, 1);
            let aad = [header.to_vec(), tlv(0x10, &context.encoded())].concat();
            let blob = [header.as_slice(), &row[..100]].concat();
            data_keys.insert(testing::open(&sealing, 9, &aad, &blob).unwrap().expose().to_vec());
            salts.insert(row[..20].to_vec());
        }
    }
    assert_eq!((salts.len(), data_keys.len()), (1000, 1000));
}

#[test]
fn a_thousand_rows_by_a_stuck_generator_over_a_restart_have_different_salts() {
    let copy = store().root.copy();
    let mut ids = HashSet::new();
    for run in 0..2_u16 {
        let store = stuck(&copy);
        for number in 0..500_u16 {
            let number = run * 500 + number;
            let (row, sequence) = if number % 2 == 0 { ("row".to_owned(), number) } else { (number.to_string(), 0) };
            let key = store.barrier.row_key(b's', &[row.as_bytes()]);
            let sealed = store.barrier.seal_row(b's', &key, sequence.into(), b"data").unwrap();
            ids.insert(sealed[..20].to_vec());
        }
    }
    assert_eq!(ids.len(), 1000);
}

#[test]
fn the_same_seal_by_a_stuck_generator_is_the_same_blob_again() {
    let whole = store();
    let (material, copy) = (whole.make(KEY, 1), whole.root.copy());
    let seal = || {
        let store = stuck(&copy);
        store.keystore.seal(store.permit(KEY, &material, &context()), b"value", 5).unwrap()
    };
    assert_eq!(seal(), seal());
}

#[test]
fn random_bytes_of_a_stuck_generator_never_repeat_and_part_from_a_clone_by_the_clock() {
    let copy = store().root.copy();
    let (one, clone) = (stuck(&copy), stuck(&copy));
    let drawn: HashSet<_> = (0..1000).map(|_| one.keystore.random(16).unwrap().expose().to_vec()).collect();
    assert_eq!(drawn.len(), 1000);
    // A clone in the same state draws the same, until either is told the time or a sequence.
    assert!(drawn.contains(clone.keystore.random(16).unwrap().expose()));
    clone.keystore.observe(1, 0);
    assert!(!drawn.contains(clone.keystore.random(16).unwrap().expose()));
    let other = stuck(&copy);
    other.keystore.observe(0, 1);
    assert!(!drawn.contains(other.keystore.random(16).unwrap().expose()));
}

#[test]
fn long_draws_have_no_repeated_block() {
    let store = stuck(&store().root.copy());
    let drawn = store.keystore.random(1024 * 1024).unwrap();
    let blocks: HashSet<_> = drawn.expose().chunks(32).collect();
    assert_eq!(blocks.len(), 32 * 1024);
    assert_eq!(store.keystore.random(0).unwrap().len(), 0);
    assert_eq!(store.keystore.random(33).unwrap().len(), 33);
    assert_eq!(
        store.keystore.random(1024 * 1024 + 1).unwrap_err(),
        Error::TooLong { len: 1_048_577, limit: 1_048_576 }
    );
}

#[test]
fn backing_keys_made_under_a_stuck_source_differ() {
    let store = stuck(&store().root.copy());
    let (one, two) = (store.make(KEY, 1), store.make(KEY, 1));
    assert_ne!(sealing_key(&store, KEY, &one), sealing_key(&store, KEY, &two));
}

#[test]
fn a_store_is_not_made_nor_its_root_replaced_by_a_source_that_repeats_itself() {
    for byte in [0, 0xff] {
        let entropy = Arc::new(SeededEntropy::new(1).stuck_at(byte));
        let made = Root::create(STORE, false, &raw_unlock(7), &Hardening::DEFAULT, entropy);
        assert_eq!(made.map(|_| ()).unwrap_err(), Error::Randomness);
    }
    let store = stuck(&store().root.copy());
    assert_eq!(store.root.rotate(&[(0, &raw_unlock(7))], &[]).map(|_| ()).unwrap_err(), Error::Randomness);
}

#[test]
fn a_source_that_fails_at_any_call_fails_the_call_and_nothing_weak_is_used() {
    // Creation draws a number of times; each of them may fail.
    let passphrase = Unlock::passphrase("pass phrase");
    let create = |entropy: Arc<SeededEntropy>| {
        Root::create(STORE, false, &passphrase, &Hardening::cheap(), entropy).map(Store::from)
    };
    let counting = Arc::new(SeededEntropy::new(1));
    let whole = create(Arc::clone(&counting)).unwrap();
    let calls = counting.calls();
    assert!(calls > 5);
    for call in 1..=calls {
        let failed = create(Arc::new(SeededEntropy::new(1).failing_at(call)));
        assert_eq!(failed.map(|_| ()).unwrap_err(), Error::Randomness, "call {call}");
    }
    let entropy = Arc::new(SeededEntropy::new(1).failing_at(1));
    let limits = Limits { allow_below_floor: true };
    let unlocked = Root::unlock(&region(&whole.root.copy()), &passphrase, &limits, entropy);
    assert_eq!(unlocked.map(|_| ()).unwrap_err(), Error::Randomness);
    // The first draw of the generator, then the first after it.
    let entropy = Arc::new(SeededEntropy::new(1).failing_at(2));
    let store = Root::unlock(&region(&whole.root.copy()), &passphrase, &limits, entropy).map(Store::from).unwrap();
    assert_eq!(store.keystore.random(16).unwrap_err(), Error::Randomness);
    assert!(store.keystore.random(16).is_ok(), "it seeds again");
}

#[test]
fn the_same_seed_and_calls_give_the_same_bytes() {
    let run = || {
        let store = store_with(5);
        let material = store.make(KEY, 1);
        store.keystore.seal(store.permit(KEY, &material, &context()), b"value", 5).unwrap()
    };
    assert_eq!(run(), run());
}
