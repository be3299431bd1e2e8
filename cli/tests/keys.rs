//! Keys from the command line: their life, their tags, MACs and random bytes, byte for byte.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::Home;

/// The id of a new key.
fn made(home: &Home, arguments: &[&str]) -> String {
    home.ok(["-q", "key", "create"].iter().chain(arguments)).trim().to_owned()
}
fn described(home: &Home, key: &str, member: &str) -> Option<String> {
    let told = home.ok(["key", "describe", key]);
    told.lines().find_map(|line| line.strip_prefix(&format!("{member}\t")).map(str::to_owned))
}
fn state(home: &Home, key: &str) -> String {
    described(home, key, "KeyMetadata.KeyState").unwrap()
}

#[test]
fn a_key_goes_through_its_states() {
    let home = Home::with_store();
    let key = made(&home, &[]);
    assert_eq!(state(&home, &key), "Enabled");
    assert_eq!(home.ok(["key", "disable", &key]), "");
    assert_eq!(state(&home, &key), "Disabled");
    let told = home.run_with("x", ["key", "encrypt", &key]).refused(8, "InvalidState");
    assert!(told.contains("is disabled."), "{told}");
    assert_eq!(home.ok(["key", "enable", &key, "--output", "json"]), "{}\n");
    assert_eq!(state(&home, &key), "Enabled");
    home.ok_with("value", ["put", "under-it", "--key", &key]);
    assert!(home.ok(["key", "schedule-deletion", &key, "--dry-run"]).contains("under-it"));
    assert_eq!(described(&home, &key, "Secrets").unwrap(), "1");
    assert_eq!(described(&home, &key, "Rotations").unwrap(), "0");
    let scheduled = home.run(["key", "schedule-deletion", &key, "--window", "7d"]);
    assert!(scheduled.err().contains("1 secrets cannot be read"), "{}", scheduled.err());
    let told = scheduled.ok();
    assert!(told.starts_with("arn:aws:kms:") && told.trim_end().ends_with('Z'), "{told}");
    assert_eq!(state(&home, &key), "PendingDeletion");
    home.run(["key", "schedule-deletion", &key]).refused(8, "InvalidState");
    home.run(["key", "enable", &key]).refused(8, "InvalidState");
    assert!(home.ok(["-q", "key", "cancel-deletion", &key]).starts_with("arn:aws:kms:"));
    assert_eq!(state(&home, &key), "Disabled");
    home.run(["key", "cancel-deletion", &key]).refused(8, "InvalidState");
    home.run(["key", "schedule-deletion", &key, "--window", "6d"]).refused(10, "InvalidRequest");
    home.run(["key", "disable", "12345678-1234-4234-8234-123456789012"]).refused(3, "NotFound");
    home.ok(["user", "create", "anaya"]);
    home.run(["--as", "user/anaya", "key", "enable", &key]).refused(4, "AccessDenied");
}

#[test]
fn a_key_is_described_with_its_last_use_and_its_grants() {
    let home = Home::with_store();
    let key = made(&home, &["--description", "one"]);
    assert_eq!(described(&home, &key, "KeyLastUsage.Operation"), None);
    assert_eq!(described(&home, &key, "Grants").unwrap(), "0");
    home.ok(["key", "set-description", &key, "another"]);
    assert_eq!(described(&home, &key, "KeyMetadata.Description").unwrap(), "another");
    home.run_with("x", ["key", "encrypt", &key]);
    assert_eq!(described(&home, &key, "KeyLastUsage.Operation").unwrap(), "Encrypt");
    let json = home.ok(["key", "describe", &key, "--output", "json"]);
    assert!(json.starts_with(r#"{"KeyMetadata":{"#) && json.contains(r#""Operation":"Encrypt""#), "{json}");
    assert_eq!(home.ok(["-q", "key", "describe", &key]).trim(), key);
}

#[test]
fn tags_of_a_key_are_set_listed_and_removed() {
    let home = Home::with_store();
    let key = made(&home, &["--tag", "env=prod"]);
    home.ok(["key", "tag", &key, "team=core", "note=a=b"]);
    assert_eq!(home.ok(["key", "tags", &key]), "env\tprod\nteam\tcore\nnote\ta=b\n");
    home.ok(["key", "untag", &key, "env", "none"]);
    assert_eq!(home.ok(["-q", "key", "tags", &key]), "team\nnote\n");
    home.run(["key", "tag", &key, "aws:x=1"]).refused(10, "InvalidRequest");
    assert_eq!(home.run(["key", "tag", &key]).0.status.code(), Some(2));
    assert_eq!(home.run(["key", "untag", &key]).0.status.code(), Some(2));
}

#[test]
fn macs_are_made_and_checked_byte_for_byte() {
    let home = Home::with_store();
    let message: Vec<u8> = (0..=255).collect();
    let file = format!("@{}", home.write("message", &message).display());
    for (spec, len) in [("HMAC_224", 28), ("HMAC_256", 32), ("HMAC_384", 48), ("HMAC_512", 64)] {
        let key = made(&home, &["--spec", spec]);
        let mac = home.run_with(&message, ["key", "mac", &key]).0.stdout;
        assert_eq!(mac.len(), len);
        assert_eq!(home.run(["key", "mac", &key, &file]).0.stdout, mac, "the same from a file");
        let kept = format!("@{}", home.write("mac", &mac).display());
        let told = home.ok(["key", "verify-mac", &key, &file, "--mac", &kept]);
        assert!(told.trim_end().ends_with("\ttrue"), "{told}");
        let text = home.ok_with(&message, ["key", "mac", &key, "--base64"]);
        home.ok_with(&message, ["key", "verify-mac", &key, "--mac", text.trim()]);
        let told = home.run_with("other", ["key", "verify-mac", &key, "--mac", &kept]).refused(10, "InvalidRequest");
        assert!(told.contains("KMSInvalidMacException"), "{told}");
        let tried = home.run_with(&message, ["key", "mac", &key, "--dry-run"]);
        assert_eq!((tried.ok().as_str(), tried.err().contains("nothing was done")), ("", true));
        let other = if spec == "HMAC_512" { "HMAC_SHA_224" } else { "HMAC_SHA_512" };
        home.run_with(&message, ["key", "mac", &key, "--algorithm", other]).refused(8, "InvalidState");
    }
    let encrypts = made(&home, &["--spec", "SYMMETRIC_DEFAULT", "--usage", "ENCRYPT_DECRYPT"]);
    home.run_with("m", ["key", "mac", &encrypts]).refused(10, "InvalidRequest");
    home.run(["key", "verify-mac", &encrypts, &file, "--mac", "*"]).refused(10, "InvalidRequest");
    home.run(["key", "create", "--spec", "HMAC_256", "--usage", "ENCRYPT_DECRYPT"]).refused(10, "InvalidRequest");
    assert_eq!(home.run(["key", "create", "--spec", "RSA_2048"]).0.status.code(), Some(2));
}

#[test]
fn random_bytes_come_as_they_are() {
    let home = Home::with_store();
    let bytes = || home.run(["key", "random", "32"]).0.stdout;
    assert_eq!(bytes().len(), 32);
    assert_ne!(bytes(), bytes());
    assert_eq!(home.ok(["key", "random", "3", "--base64"]).len(), 5);
    assert!(home.ok(["key", "random", "3", "--output", "json"]).starts_with(r#"{"Plaintext":""#));
    home.run(["key", "random", "1025"]).refused(10, "InvalidRequest");
    home.run(["key", "random", "0"]).refused(10, "InvalidRequest");
}

#[test]
fn the_status_tells_of_the_clock_and_takes_a_word_for_it() {
    let home = Home::with_store();
    let told = home.ok(["status"]);
    assert!(told.contains("ClockInDoubt\tfalse\n") && told.contains("DeletedKeys\t0\n"), "{told}");
    let sequence = |told: &str| {
        let line = told.lines().find_map(|line| line.strip_prefix("Sequence\t")).unwrap().to_owned();
        line.parse::<u64>().unwrap()
    };
    assert_eq!(sequence(&home.ok(["status", "--confirm-clock"])), sequence(&told) + 1, "it is written down");
}
