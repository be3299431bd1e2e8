//! The demo tells its story, shows no value, and leaves nothing behind.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{Home, Ran};

#[test]
fn the_demo_plays_to_its_end_and_leaves_nothing() {
    let home = Home::empty();
    std::fs::create_dir(home.path("tmp")).unwrap();
    let mut command = home.command(["demo"]);
    command.env("TMPDIR", home.path("tmp"));
    let ran = Ran::of(command, b"");
    let told = ran.ok();
    assert_eq!(ran.err(), "");
    for part in [
        "anaya reads her notes; nobody has allowed it: denied",
        "\"arn:aws:iam::123456789012:user/anaya\"",
        "arn:aws:iam::210987654321:user/mateo",
        "the machine asks for AWSPREVIOUS: denied",
        "ForAnyValue:StringEquals secretsmanager:VersionStage",
        "secretsmanager:ResourceTag/ServerName",
        "allowed by grant ",
        "the grant is revoked; it reads again: denied",
        "the machine reads, and gets the first value: allowed",
        "Cost: one GetSecretValue of ",
        "as text, UTF-16, base64 and hex: none found.",
    ] {
        assert!(told.contains(part), "{part}\n{told}");
    }
    for value in ["flowerpot", "neighbour", "4711", "battery", "tractor", "mail-server", "nowhere-else"] {
        assert!(!told.contains(value), "{value}");
    }
    assert_eq!(std::fs::read_dir(home.path("tmp")).unwrap().count(), 0);
    assert!(!home.path(".local").exists() && !home.path(".config").exists());
}

#[test]
fn the_demo_says_so_when_it_cannot_play() {
    let home = Home::empty();
    let mut command = home.command(["demo"]);
    command.env("TMPDIR", home.path("nowhere"));
    Ran::of(command, b"").refused(3, "NotFound");
}
