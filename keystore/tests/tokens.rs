//! Grant tokens and paging markers. Goal: a token says what it was made to say, in the store that made it, and nothing else.
//! Method: each is changed, cut, and brought to another operation, scope and store.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that meets these has failed")]

mod common;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use common::*;
use strongroom_keystore::{Error, KeyId};

#[test]
fn a_grant_token_names_its_grant_and_is_another_each_time() {
    let store = store();
    let (one, two) = (store.keystore.grant_token(&[3; 32]).unwrap(), store.keystore.grant_token(&[3; 32]).unwrap());
    assert_ne!(one, two);
    assert_eq!(one.len(), 88);
    for token in [one, two] {
        assert_eq!(store.keystore.check_grant_token(&token), Some([3; 32]));
    }
}

#[test]
fn a_grant_token_that_was_changed_cut_or_made_elsewhere_is_none() {
    let (store, other) = (store_with(1), store_with(2));
    let token = store.keystore.grant_token(&[3; 32]).unwrap();
    assert_eq!(other.keystore.check_grant_token(&token), None);
    let decoded = STANDARD.decode(&token).unwrap();
    for (at, bit) in (0..decoded.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut changed = decoded.clone();
        changed[at] ^= 1 << bit;
        assert_eq!(store.keystore.check_grant_token(&STANDARD.encode(changed)), None, "bit {bit} of byte {at}");
    }
    for len in 0..token.len() {
        assert_eq!(store.keystore.check_grant_token(&token[..len]), None);
    }
    for text in ["", "not base64 at all!", &format!("{token}="), &format!(" {token}"), &"A".repeat(1 << 16)] {
        assert_eq!(store.keystore.check_grant_token(text), None);
    }
    store.keystore.lock();
    assert_eq!(store.keystore.check_grant_token(&token), None);
}

#[test]
fn a_marker_opens_for_its_operation_and_scope_only() {
    let (store, other) = (store_with(1), store_with(2));
    let marker = store.keystore.seal_marker(7, b"account and filters", b"prod/db").unwrap();
    assert_eq!(store.keystore.open_marker(7, b"account and filters", &marker), Some(b"prod/db".to_vec()));
    assert_eq!(store.keystore.open_marker(8, b"account and filters", &marker), None);
    assert_eq!(store.keystore.open_marker(7, b"account and filter", &marker), None);
    assert_eq!(store.keystore.open_marker(7, b"", &marker), None);
    assert_eq!(other.keystore.open_marker(7, b"account and filters", &marker), None);
    for text in ["", "%", &marker[1..], &marker[..marker.len() - 1], &format!("{marker}A"), &"A".repeat(1 << 16)] {
        assert_eq!(store.keystore.open_marker(7, b"account and filters", text), None);
    }
    store.keystore.lock();
    assert_eq!(store.keystore.open_marker(7, b"account and filters", &marker), None);
}

#[test]
fn a_marker_shows_neither_the_name_nor_its_length() {
    let store = store();
    let seal = |name: &str| store.keystore.seal_marker(1, b"", name.as_bytes()).unwrap();
    assert_eq!(seal("a").len(), seal("a-rather-long-name-of-a-secret").len());
    assert_ne!(seal("a"), seal("a"));
    let decoded = URL_SAFE_NO_PAD.decode(seal("prod/database")).unwrap();
    assert!(!decoded.windows(13).any(|window| window == b"prod/database"));
    // The longest name of a secret makes a marker that AWS's limits admit.
    assert!(seal(&"x".repeat(512)).len() <= 1024);
}

#[test]
fn names_of_every_length_come_back_and_longer_ones_are_refused() {
    let store = store();
    for len in [0, 1, 42, 43, 44, 512, 2048] {
        let last = vec![9; len];
        let marker = store.keystore.seal_marker(1, b"scope", &last).unwrap();
        assert_eq!(store.keystore.open_marker(1, b"scope", &marker), Some(last));
    }
    let refused = store.keystore.seal_marker(1, b"scope", &[0; 2049]);
    assert_eq!(refused.unwrap_err(), strongroom_keystore::Error::TooLong { len: 2049, limit: 2048 });
}

#[test]
fn an_import_token_opens_for_its_key_in_its_store_and_unwraps_what_came_under_its_own_key() {
    let (store, other) = (store_with(1), store_with(2));
    let (token, wrapping) = store.keystore.import_token(KEY, 1_800_000_000_000).unwrap();
    let (another, other_wrapping) = store.keystore.import_token(KEY, 1).unwrap();
    assert!(token != another && !wrapping.ct_eq(&other_wrapping));
    assert_eq!(token.len(), 28 + 20 + 32 + 58 + 16);
    let opened = store.keystore.open_import_token(KEY, &token).unwrap();
    assert_eq!(opened.expires, 1_800_000_000_000);
    let wrapped = strongroom_keystore::wrap_key_material(wrapping.expose(), &[3; 32]).unwrap();
    assert_eq!(opened.unwrap_material(&wrapped).unwrap().expose(), [3; 32]);
    let elsewhere = store.keystore.open_import_token(KEY, &another).unwrap();
    assert_eq!(elsewhere.unwrap_material(&wrapped).unwrap_err(), Error::Failed);
    assert_eq!(strongroom_keystore::wrap_key_material(&[1; 16], &[3; 32]).unwrap_err(), Error::Failed);
    for key in [OTHER_KEY, KeyId { multi_region: true, ..KEY }] {
        assert!(store.keystore.open_import_token(key, &token).is_none());
    }
    assert!(other.keystore.open_import_token(KEY, &token).is_none());
    for (at, bit) in (0..token.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut changed = token.clone();
        changed[at] ^= 1 << bit;
        assert!(store.keystore.open_import_token(KEY, &changed).is_none(), "bit {bit} of byte {at}");
    }
    for len in 0..token.len() {
        assert!(store.keystore.open_import_token(KEY, &token[..len]).is_none());
    }
    // A marker is a token of another purpose.
    let marker = URL_SAFE_NO_PAD.decode(store.keystore.seal_marker(7, b"", b"x").unwrap()).unwrap();
    assert!(store.keystore.open_import_token(KEY, &marker).is_none());
    assert!(!format!("{opened:?}").contains("wrapping"));
    store.keystore.lock();
    assert!(store.keystore.open_import_token(KEY, &token).is_none());
    assert_eq!(store.keystore.import_token(KEY, 1).unwrap_err(), Error::Locked);
}
