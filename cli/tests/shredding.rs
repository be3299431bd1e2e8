//! What depends on a key, what is left of what was deleted, and versions that move to newer material.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::Home;

fn shredded(home: &Home) -> String {
    let told = home.ok(["status"]);
    told.lines().find_map(|line| line.strip_prefix("Shredded\t")).unwrap().to_owned()
}

#[test]
fn a_deletion_is_pending_until_the_file_is_compacted() {
    let home = Home::with_store();
    home.ok_with("value", ["put", "a"]);
    home.ok_with("other", ["put", "b"]);
    assert_eq!(shredded(&home), "done");
    home.ok(["rm", "a", "--now", "--yes"]);
    assert_eq!(shredded(&home), "pending");
    let told = home.ok(["compact"]);
    assert!(told.contains("Shredded\tdone"), "{told}");
    assert_eq!(shredded(&home), "done");
    assert_eq!(home.ok(["get", "b"]), "other");
}

#[test]
fn dependents_of_a_key_are_its_secrets() {
    let home = Home::with_store();
    home.ok(["key", "create", "--alias", "alias/app"]);
    home.ok_with("value", ["put", "under/it", "--key", "alias/app"]);
    home.ok_with("value", ["put", "not/under/it"]);
    let told = home.ok(["key", "dependents", "alias/app", "--output", "json"]);
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["Secrets"].as_array().unwrap().len(), 1, "{told}");
    assert_eq!((&told["Secrets"][0]["Name"], &told["Secrets"][0]["Versions"]), (&"under/it".into(), &1.into()));
    assert_eq!(
        (&told["OtherSecrets"], &told["Grants"], &told["Aliases"][0]),
        (&0.into(), &0.into(), &"alias/app".into())
    );
    home.run(["key", "dependents", "alias/nobody"]).refused(3, "NotFound");
}

#[test]
fn what_is_under_current_material_is_left_alone() {
    let home = Home::with_store();
    home.ok(["key", "create", "--alias", "alias/app"]);
    home.ok_with("value", ["put", "a", "--key", "alias/app"]);
    for arguments in [&["key", "reencrypt", "--all"][..], &["key", "reencrypt", "--secrets-of", "alias/app"]] {
        let ran = home.run(arguments);
        assert_eq!((ran.ok().as_str(), ran.err().as_str()), ("Moved\t0\nSecrets\t0\n", ""));
    }
    assert_eq!(home.run(["key", "reencrypt"]).0.status.code(), Some(2));
    assert_eq!(home.run(["key", "reencrypt", "alias/app", "--all"]).0.status.code(), Some(2));
    home.run(["key", "reencrypt", "--secrets-of", "alias/nobody"]).refused(3, "NotFound");
}
