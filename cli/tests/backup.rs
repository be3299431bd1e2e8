//! Copies of a store by the command line: made, looked at, put back.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::os::unix::fs::PermissionsExt;

use common::Home;

const GOLDEN: &[u8] = include_bytes!("../../tests/golden/store-v1.strongroom");

fn json(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_copy_is_made_verified_and_listed() {
    let home = Home::with_store();
    home.ok_with("one", ["put", "a"]);
    home.ok_with("two", ["put", "a"]);
    let made = json(&home.ok(["backup", "create", "copy.strongroom", "--output", "json"]));
    let status = json(&home.ok(["status", "--output", "json"]));
    assert_eq!((&made["Sequence"], &made["Fingerprint"]), (&status["Sequence"], &status["Fingerprint"]));
    assert_eq!(home.path("copy.strongroom").metadata().unwrap().permissions().mode() & 0o7777, 0o600);
    let before = std::fs::read(home.path("copy.strongroom")).unwrap();
    let told = json(&home.ok(["backup", "verify", "copy.strongroom", "--values", "--output", "json"]));
    assert_eq!((&told["Rows"], &told["Versions"], &told["ValuesOpened"]), (&made["Rows"], &2.into(), &2.into()));
    assert_eq!(std::fs::read(home.path("copy.strongroom")).unwrap(), before, "looking changes nothing");
    std::fs::create_dir(home.path("copies")).unwrap();
    let named = home.ok(["-q", "backup", "create", "copies"]);
    assert!(named.trim().starts_with("copies/test-2") && named.trim().ends_with("Z.strongroom"), "{named}");
    home.write("copies/notes.txt", "no store");
    assert_eq!(home.ok(["-q", "backup", "list", "copies"]), named);
    let listed = json(&home.ok(["backup", "list", "copies", "--output", "json"]));
    assert_eq!(listed["Backups"][0]["StoreId"], status["StoreId"]);
    // A copy is a store.
    assert_eq!(home.ok(["get", "a", "--store", "copy.strongroom"]), "two");
}

#[test]
fn what_cannot_be_copied_or_verified_is_told_apart() {
    let home = Home::with_store();
    home.ok_with("one", ["put", "a"]);
    home.ok(["backup", "create", "copy"]);
    home.run(["backup", "create", "copy"]).refused(8, "AlreadyExists");
    home.run(["backup", "create", "no/such/folder"]).refused(3, "NotFound");
    home.run(["backup", "verify", "none"]).refused(3, "NotFound");
    home.run(["backup", "list", "none"]).refused(3, "NotFound");
    home.write_private("other.key", [9; 32]);
    home.run(["backup", "verify", "copy", "--unlock", "root-key:other.key"]).refused(5, "WrongUnlock");
    home.write("rubbish", vec![7; 40_000]);
    home.run(["backup", "verify", "rubbish"]).refused(6, "Damaged");
    let mut image = std::fs::read(home.path("copy")).unwrap();
    let len = image.len();
    home.write_private("cut", &image[..len - 4_096]);
    home.run(["backup", "verify", "cut"]).refused(6, "Damaged");
    // Bytes of both headers and of every page in use: whichever is turned, it is found.
    let page =
        (16_384 + 4_096..len).step_by(4_096).find(|at| image[*at..*at + 64].iter().any(|byte| *byte != 0)).unwrap();
    image[page + 20] ^= 1;
    home.write_private("turned", &image);
    let told = home.run(["backup", "verify", "turned"]);
    assert_eq!(told.0.status.code(), Some(6), "{}", told.err());
}

#[test]
fn a_store_is_restored_and_the_old_one_kept() {
    let home = Home::with_store();
    home.ok_with("old", ["put", "a"]);
    home.ok(["backup", "create", "copy"]);
    home.ok_with("new", ["put", "a"]);
    let before = std::fs::read(home.store()).unwrap();
    let told = home.run(["restore-from", "copy"]).refused(2, "Usage");
    assert!(told.contains("its copy of sequence") && told.contains("commits are lost"), "{told}");
    assert_eq!(std::fs::read(home.store()).unwrap(), before, "nothing was done without a yes");
    let told = json(&home.ok(["restore-from", "copy", "--yes", "--keep-as", "kept", "--output", "json"]));
    assert!(told["Kept"].as_str().unwrap().ends_with("/kept"), "{told}");
    assert_eq!(home.ok(["get", "a"]), "old");
    assert_eq!(home.ok(["get", "a", "--store", "kept"]), "new");
    // The name that it gets by itself.
    home.ok_with("newer", ["put", "a"]);
    let told = json(&home.ok(["restore-from", "copy", "--yes", "--output", "json"]));
    assert!(told["Kept"].as_str().unwrap().contains("test.strongroom.replaced-2"), "{told}");
    // Nothing to do, nothing done.
    home.ok(["backup", "create", "now"]);
    home.run(["restore-from", "now", "--yes"]).refused(8, "Conflict");
    home.run(["restore-from", "test.strongroom", "--yes"]).refused(2, "Usage");
    home.run(["restore-from", "none", "--yes"]).refused(3, "NotFound");
}

#[test]
fn another_store_a_damaged_one_and_none_at_all() {
    let home = Home::with_store();
    home.ok_with("value", ["put", "a"]);
    home.ok(["backup", "create", "copy"]);
    // None.
    home.ok(["restore-from", "copy", "--store", "new.strongroom"]);
    assert_eq!(home.ok(["get", "a", "--store", "new.strongroom"]), "value");
    // Another one: under the same key it opens, but it is not this one.
    home.ok(["init", "other.strongroom"]);
    let told = home.run(["restore-from", "copy", "--store", "other.strongroom"]).refused(2, "Usage");
    assert!(told.contains("which is another store"), "{told}");
    // A damaged one: that is what backups are for.
    home.write_private("damaged.strongroom", vec![1; 50_000]);
    let told = home.run(["restore-from", "copy", "--store", "damaged.strongroom"]).refused(2, "Usage");
    assert!(told.contains("cannot be read as a store"), "{told}");
    home.ok(["restore-from", "copy", "--store", "damaged.strongroom", "--yes", "--keep-as", "damaged"]);
    assert_eq!(home.ok(["get", "a", "--store", "damaged.strongroom"]), "value");
    assert_eq!(std::fs::read(home.path("damaged")).unwrap(), vec![1; 50_000]);
    // What does not verify does not come in.
    let mut image = std::fs::read(home.path("copy")).unwrap();
    for at in [64, 8_192 + 64] {
        image[at] ^= 1;
    }
    home.write_private("turned", &image);
    let before = std::fs::read(home.store()).unwrap();
    assert_eq!(home.run(["restore-from", "turned", "--yes"]).0.status.code(), Some(6));
    assert_eq!(std::fs::read(home.store()).unwrap(), before);
}

#[test]
fn a_store_of_the_first_format_is_a_backup_like_any() {
    let home = Home::with_store();
    home.write_private("golden.key", [1; 32]);
    home.write_private("golden.strongroom", GOLDEN);
    let by = ["--unlock", "root-key:golden.key", "--store", "back.strongroom"];
    let told = home.ok(["backup", "verify", "golden.strongroom"].iter().chain(&by[..2]));
    assert!(told.contains("Rows\t"), "{told}");
    home.ok(["restore-from", "golden.strongroom"].iter().chain(&by));
    assert_eq!(std::fs::read(home.path("golden.strongroom")).unwrap(), GOLDEN);
    assert!(!home.ok(["-q", "ls"].iter().chain(&by)).is_empty());
    home.ok(["doctor", "--deep"].iter().chain(&by));
}
