//! The journal on the command line.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::Home;

#[test]
fn the_journal_is_shown_asked_and_exported() {
    let home = Home::with_store();
    home.ok_with("hunter2", ["put", "a"]);
    home.ok(["user", "create", "ann"]);
    home.ok_with("hunter3", ["put", "b"]);
    let all = home.ok(["audit", "query"]);
    let lines: Vec<Vec<&str>> = all.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(lines.iter().map(|line| line[0]).collect::<Vec<_>>(), ["1", "2", "3"]);
    let user = ["arn:aws:iam::000000000000:root", "iam:CreateUser", "arn:aws:iam::000000000000:user/ann"];
    assert_eq!(lines[1][2..5], user);
    assert_eq!(home.ok(["audit", "tail", "-n", "1"]).lines().count(), 1);
    assert!(home.ok(["audit", "query", "--what", "createuser"]).starts_with("2\t"));
    assert_eq!(home.ok(["audit", "query", "--who", "user/ann"]), "");
    assert_eq!(home.ok(["audit", "query", "--since", "2999-01-01"]), "");
    let soon = home.run(["audit", "query", "--since", "soon"]);
    assert!(soon.err().contains("2027-01-31"), "{}", soon.err());
    let export = home.ok(["audit", "export"]);
    let records: Vec<serde_json::Value> = export.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records.len(), 3);
    assert_eq!(records[0]["operation"], "CreateSecret");
    assert!(!export.contains("hunter"), "{export}");
    assert_eq!(home.ok(["audit", "export", "--after", "2"]).lines().count(), 1);
    // Whoever may not is told so.
    home.run(["--as", "user/ann", "audit", "tail"]).refused(4, "AccessDenied");
}

#[test]
fn a_checkpoint_shows_an_older_file() {
    let home = Home::with_store();
    home.ok_with("1", ["put", "a"]);
    let older = std::fs::read(home.store()).unwrap();
    home.ok_with("2", ["put", "b"]);
    home.write("checkpoint", home.ok(["audit", "checkpoint"]));
    let verify = ["audit", "verify", "--checkpoint", "checkpoint"];
    assert_eq!(home.ok(verify), "2\n");
    home.ok_with("3", ["put", "c"]);
    assert_eq!(home.ok(verify), "3\n");
    assert_eq!(home.ok(["audit", "verify"]), "3\n");
    std::fs::write(home.store(), older).unwrap();
    assert_eq!(home.ok(["audit", "verify"]), "1\n");
    let told = home.run(verify).refused(6, "RolledBack");
    assert!(told.contains("ends at record 1") && told.contains("had 2"), "{told}");
    home.write("checkpoint", "3:00");
    home.run(verify).refused(10, "InvalidRequest");
}
