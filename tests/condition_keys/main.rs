//! Goal: every condition key that the store knows is filled by the operations that AWS fills it in, and decides. Method: a table;
//! each row is played in a furnished store of its own, by a caller whose only policy has the condition. The right value lets the
//! call through and a wrong one does not; under a Deny the other way round, with the key in capitals, because case does not count.
//! A key without a row must stand in `unfilled.rs`, with what it waits for.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

#[path = "../common/mod.rs"]
mod common;

mod everywhere;
mod keys;
mod materials;
mod principals;
mod scene;
mod secrets;
mod unfilled;

use std::collections::BTreeSet;

use strongroom::policy::{Key, KeyName};

use crate::scene::Case;
use crate::unfilled::{UNFILLED, Waits};

fn cases() -> impl Iterator<Item = &'static Case> {
    [everywhere::CASES, secrets::CASES, keys::CASES, materials::CASES, principals::CASES].into_iter().flatten()
}

#[test]
fn global_keys_decide() {
    everywhere::CASES.iter().for_each(Case::play);
}

#[test]
fn keys_of_secrets_manager_decide() {
    secrets::CASES.iter().for_each(Case::play);
}

#[test]
fn keys_of_kms_decide() {
    keys::CASES.iter().for_each(Case::play);
}

#[test]
fn keys_of_rotation_and_import_decide() {
    materials::CASES.iter().for_each(Case::play);
}

#[test]
fn keys_of_iam_decide() {
    principals::CASES.iter().for_each(Case::play);
}

#[test]
fn every_key_of_the_table_has_a_row_or_a_reason() {
    let proved: BTreeSet<KeyName> = cases().map(|case| Key::parse(case.key).name).collect();
    assert!(!proved.contains(&KeyName::Other), "a row has a key that the table does not know");
    let excused: BTreeSet<KeyName> = UNFILLED.iter().map(|(name, _)| *name).collect();
    assert_eq!(excused.len(), UNFILLED.len(), "a key is excused twice");
    let bare: Vec<&str> =
        KeyName::all().filter(|name| !proved.contains(name) && !excused.contains(name)).map(KeyName::text).collect();
    assert!(bare.is_empty(), "neither proved nor excused: {bare:?}");
    let both: Vec<&str> = proved.intersection(&excused).map(|name| name.text()).collect();
    assert!(both.is_empty(), "proved, so no longer to be excused: {both:?}");
}

#[test]
fn what_a_key_waits_for_is_not_served_yet() {
    for (name, waits) in UNFILLED {
        match waits {
            Waits::Operation(service, operation) => assert!(
                strongroom::operation::unserved(service).contains(operation),
                "{}: {operation} is served, or none of {service}: give the key a row",
                name.text()
            ),
            Waits::Reason(reason) => assert!(!reason.is_empty()),
        }
    }
}

#[test]
fn every_key_that_a_request_fills_is_one_of_the_table() {
    for entry in strongroom::operation::ALL {
        for member in entry.request {
            for key in member.keys {
                // A prefix takes the name of a tag or of a pair.
                let whole = if key.ends_with(['/', ':']) { format!("{key}x") } else { (*key).to_owned() };
                assert_ne!(Key::parse(&whole).name, KeyName::Other, "{} {}: {key}", entry.name, member.wire);
            }
        }
    }
}
