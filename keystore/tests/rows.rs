//! Rows behind the barrier. Goal: what the ledger needs of them besides opening. Method: sizes, ids, chains, limits.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that meets these has failed")]

mod common;

use common::*;
use proptest::prelude::*;
use strongroom_keystore::*;

#[test]
fn rows_fall_into_classes_of_256_bytes_and_give_back_what_they_hold() {
    let store = store();
    for (len, class) in
        [(0, 256), (1, 256), (244, 256), (245, 512), (500, 512), (501, 768), (1024 * 1024 - 12, 1024 * 1024)]
    {
        let data = vec![7; len];
        let row = store.barrier.seal_row(b's', &[1; 32], u64::MAX, &data).unwrap();
        assert_eq!(row.len(), class + 68, "{len}");
        let opened = store.barrier.open_row(b's', &[1; 32], &row).unwrap();
        assert_eq!(opened.sequence, u64::MAX);
        assert_eq!(opened.data(), data);
    }
    let refused = store.barrier.seal_row(b's', &[1; 32], 0, &vec![0; 1024 * 1024 - 11]);
    assert_eq!(refused.unwrap_err(), Error::TooLong { len: 1_048_565, limit: 1_048_564 });
    let refused = store.barrier.open_row(b's', &[1; 32], &vec![0; 2 * 1024 * 1024]);
    assert_eq!(refused.unwrap_err(), Error::Failed);
}

#[test]
fn the_id_of_a_row_is_its_commitment_and_tag_and_new_with_every_seal() {
    let store = store();
    let seal = || store.barrier.seal_row(b's', &[1; 32], 5, b"data").unwrap();
    let (one, two) = (seal(), seal());
    let id = Barrier::row_id(&one).unwrap();
    assert_eq!(id[..32], one[20..52]);
    assert_eq!(id[32..], one[one.len() - 16..]);
    assert_eq!(Barrier::commitment(&one).unwrap(), id[..32]);
    assert_ne!(Barrier::row_id(&two), Some(id));
    assert_ne!(Barrier::commitment(&two), Barrier::commitment(&one));
    assert_eq!(Barrier::row_id(&one[..67]), None);
    assert_eq!(Barrier::commitment(&[]), None);
}

#[test]
fn elements_differ_by_table_row_id_and_store() {
    let (store, other) = (store_with(1), store_with(2));
    let element = store.barrier.element(b's', &[1; 32], &[2; 48]);
    for another in [
        store.barrier.element(b'k', &[1; 32], &[2; 48]),
        store.barrier.element(b's', &[3; 32], &[2; 48]),
        store.barrier.element(b's', &[1; 32], &[3; 48]),
        other.barrier.element(b's', &[1; 32], &[2; 48]),
        Accumulator::default(),
    ] {
        assert_ne!(element, another);
    }
    assert_eq!(store.barrier.element(b's', &[1; 32], &[2; 48]), element);
}

#[test]
fn audit_links_chain_and_depend_on_every_part() {
    let (store, other) = (store_with(1), store_with(2));
    let first = store.barrier.audit_link(&[0; 32], b"one");
    let second = store.barrier.audit_link(&first, b"two");
    for another in [
        store.barrier.audit_link(&[0; 32], b"two"),
        store.barrier.audit_link(&second, b"one"),
        store.barrier.audit_link(&[0; 32], b"one\0"),
        other.barrier.audit_link(&[0; 32], b"one"),
    ] {
        assert!(another != first && another != second);
    }
    assert_eq!(store.barrier.audit_link(&[0; 32], b"one"), first);
}

#[test]
fn epochs_begin_at_one() {
    let store = store();
    assert_eq!((store.barrier.wrap_epoch(), store.barrier.keyring_epoch(), store.barrier.store_id()), (1, 1, STORE));
    assert_eq!((store.root.wrap_epoch(), store.root.store_id()), (1, STORE));
    store.keystore.lock();
    assert_eq!((store.barrier.wrap_epoch(), store.barrier.keyring_epoch()), (0, 0));
}

proptest! {
    #[test]
    fn accumulators_are_numbers_modulo_2_to_the_256(one: [u8; 32], two: [u8; 32], three: [u8; 32]) {
        let [one, two, three] = [one, two, three].map(|bytes| Accumulator::from_le_bytes(&bytes));
        prop_assert_eq!(one.add(two), two.add(one));
        prop_assert_eq!(one.add(two).add(three), one.add(two.add(three)));
        prop_assert_eq!(one.add(two).sub(two), one);
        prop_assert_eq!(one.sub(one), Accumulator::default());
        prop_assert_eq!(Accumulator::default().sub(one).add(one), Accumulator::default());
    }
}

#[test]
fn carries_run_through_all_words() {
    let one = Accumulator::from_le_bytes(&{
        let mut bytes = [0; 32];
        bytes[0] = 1;
        bytes
    });
    let all = Accumulator::from_le_bytes(&[0xff; 32]);
    assert_eq!(all.add(one), Accumulator::default());
    assert_eq!(Accumulator::default().sub(one), all);
}
