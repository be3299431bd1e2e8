//! Rotation of keys and imported material from the command line.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod common;

use common::Home;

#[test]
fn a_key_is_rotated_and_its_rotations_are_listed() {
    let home = Home::with_store();
    let key = home.ok(["-q", "key", "create"]).trim().to_owned();
    std::fs::write(home.path("sealed"), home.run_with("plain", ["key", "encrypt", &key]).0.stdout).unwrap();
    let told = home.ok(["key", "rotation", "status", &key]);
    assert!(told.contains("KeyRotationEnabled\tfalse\n") && !told.contains("NextRotationDate"), "{told}");
    home.ok(["key", "rotation", "enable", &key, "--days", "90"]);
    let told = home.ok(["key", "rotation", "status", &key]);
    assert!(told.contains("RotationPeriodInDays\t90\n") && told.contains("NextRotationDate\t"), "{told}");
    home.run(["key", "rotation", "enable", &key, "--days", "89"]).refused(10, "InvalidRequest");
    home.ok(["key", "rotation", "disable", &key]);
    assert_eq!(home.ok(["-q", "key", "rotation", "list", &key]), "");
    home.ok(["key", "rotation", "now", &key]);
    assert_eq!(home.ok(["-q", "key", "rotation", "list", &key]).lines().count(), 1);
    let all = home.ok(["key", "rotation", "list", &key, "--all"]);
    assert!(all.lines().count() == 2 && all.contains("\tCURRENT\tON_DEMAND\t"), "{all}");
    assert_eq!(home.ok(["key", "decrypt", "@sealed"]), "plain");
    home.run(["key", "rotation", "now", "alias/none"]).refused(3, "NotFound");
}

#[test]
fn material_is_imported_deleted_and_imported_again() {
    let home = Home::with_store();
    let key = home.ok(["-q", "key", "create", "--external"]).trim().to_owned();
    home.run_with("x", ["key", "encrypt", &key]).refused(8, "InvalidState");
    home.run_with([1; 31], ["key", "import", &key]).refused(10, "InvalidRequest");
    let id = home.ok_with([1; 32], ["-q", "key", "import", &key, "--description", "of the HSM"]).trim().to_owned();
    assert_eq!(id.len(), 64);
    std::fs::write(home.path("sealed"), home.run_with("plain", ["key", "encrypt", &key]).0.stdout).unwrap();
    let other = home.run_with([2; 32], ["key", "import", &key]);
    assert!(other.err().contains("--new"), "{}", other.err());
    other.refused(10, "InvalidRequest");
    home.run_with([2; 32], ["key", "import", &key, "--new", "--expires", "2000-01-01"]).refused(10, "InvalidRequest");
    let unread = home.run_with([2; 32], ["key", "import", &key, "--new", "--expires", "soon"]);
    assert!(unread.0.status.code() == Some(2) && unread.err().contains("2027-01-31"), "{}", unread.err());
    home.ok_with([2; 32], ["key", "import", &key, "--new"]);
    let all = home.ok(["key", "rotation", "list", &key, "--all"]);
    assert!(all.contains("\tPENDING_ROTATION\t"), "{all}");
    home.ok(["key", "rotation", "now", &key]);
    assert_eq!(home.ok(["-q", "key", "delete-material", &key, "--material", &id]).trim(), id);
    home.run(["key", "decrypt", "@sealed"]).refused(8, "InvalidState");
    home.run(["key", "delete-material", &key, "--material", &"0".repeat(64)]).refused(3, "NotFound");
    home.write("material", [1; 32]);
    assert_eq!(home.ok(["-q", "key", "import", &key, "@material"]).trim(), id);
    assert_eq!(home.ok(["key", "decrypt", "@sealed"]), "plain");
}
