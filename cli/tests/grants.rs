//! Grants and ReEncrypt on the command line.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::Home;

/// A store with two users; the ARN and the id of a key.
fn stage() -> (Home, String, String) {
    let home = Home::with_store();
    let id = home.ok(["-q", "key", "create", "--alias", "alias/app"]).trim().to_owned();
    for user in ["ci", "ops"] {
        home.ok(["user", "create", user]);
    }
    let arn = format!("arn:aws:kms:us-east-1:000000000000:key/{id}");
    (home, arn, id)
}
fn grant(home: &Home, key: &str, more: &[&str]) -> String {
    let usual = ["-q", "grant", "create", key, "--to", "user/ci"];
    home.ok(usual.iter().chain(more)).trim().to_owned()
}

#[test]
fn a_grant_is_made_with_everything_it_can_have() {
    let (home, _, key) = stage();
    let same =
        ["--operations", "Encrypt,Decrypt", "--name", "one", "--retiring", "user/ops", "--context-subset", "a=b"];
    let first = grant(&home, &key, &same);
    assert_eq!(grant(&home, &key, &same), first, "the same request with the same name");
    let exact = ["--operation", "Encrypt", "--operation", "DescribeKey", "--context-equals", "a=b"];
    let second = grant(&home, &key, &exact);
    let told = home.ok(["--output", "json", "grant", "list", &key]);
    for part in ["EncryptionContextSubset", "EncryptionContextEquals", "user/ops", "\"one\"", "Decrypt", "DescribeKey"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    let encrypt = |context: &[&str]| {
        let usual = ["--as", "user/ci", "key", "encrypt", "alias/app", "--base64"];
        home.run_with("x", usual.iter().chain(context))
    };
    encrypt(&["--context", "a=b"]).ok();
    encrypt(&["--context", "a=b", "--context", "c=d"]).ok();
    encrypt(&[]).refused(4, "AccessDenied");
    home.ok(["grant", "revoke", &key, &first]);
    encrypt(&["--context", "a=b", "--context", "c=d"]).refused(4, "AccessDenied");
    encrypt(&["--context", "a=b"]).ok();
    let ran = home.run(["grant", "revoke", &key, &second, "--dry-run"]);
    assert!(ran.ok().is_empty() && ran.err().contains("nothing was done"), "{}", ran.err());
    let ran = home.run(["grant", "create", &key, "--to", "user/ci", "--operation", "Encrypt", "--dry-run"]);
    assert!(ran.ok().is_empty() && ran.err().contains("nothing was done"), "{}", ran.err());
    assert_eq!(home.ok(["-q", "grant", "list", &key]).trim(), second);
    let nobody = ["grant", "create", &key, "--to", "user/nobody", "--operation", "Encrypt", "--dry-run"];
    home.run(nobody).refused(10, "InvalidRequest");
    let both = ["grant", "create", &key, "--to", "user/ci", "--operation", "Encrypt", "--context", "a=b"];
    assert!(!home.run(both.iter().chain(&["--context-equals", "a=b"])).0.status.success());
}

#[test]
fn a_grant_is_retired_by_key_and_id_or_by_token() {
    let (home, arn, key) = stage();
    let retirable = || home.ok(["-q", "grant", "list-retirable", "user/ops"]);
    let made = |name: &str| {
        let told = home.ok([
            "--output",
            "json",
            "grant",
            "create",
            &key,
            "--to",
            "user/ci",
            "--operation",
            "Encrypt",
            "--retiring",
            "user/ops",
            "--name",
            name,
        ]);
        let read = |member: &str| {
            let (_, rest) = told.split_once(&format!("\"{member}\":")).unwrap();
            rest.split('"').nth(1).unwrap().to_owned()
        };
        (read("GrantId"), read("GrantToken"))
    };
    let ((one, _), (two, token)) = (made("one"), made("two"));
    assert_eq!(retirable().lines().count(), 2);
    let retire = |more: &[&str]| home.run(["--as", "user/ops", "grant", "retire"].iter().chain(more));
    home.run(["--as", "user/ci", "grant", "retire", &arn, &one]).refused(4, "AccessDenied");
    assert!(retire(&[&arn, &one, "--dry-run"]).err().contains("nothing was done"));
    retire(&[&key, &one]).refused(10, "InvalidRequest");
    for words in [&[][..], &[arn.as_str()], &["--token", token.as_str(), &arn, &one]] {
        assert!(!retire(words).0.status.success(), "{words:?}");
    }
    retire(&[&arn, &one]).ok();
    assert_eq!(retirable().trim(), two);
    retire(&["--token", &token]).ok();
    assert_eq!(retirable(), "");
    home.run(["--as", "user/ops", "grant", "list-retirable", "user/ops"]).refused(4, "AccessDenied");
}

#[test]
fn revoking_with_children_ends_what_was_passed_on() {
    let (home, arn, key) = stage();
    let parent = grant(&home, &key, &["--operations", "CreateGrant,Encrypt"]);
    let passed_on = ["--as", "user/ci", "-q", "grant", "create", &arn, "--to", "user/ops", "--operation", "Encrypt"];
    let child = home.ok(passed_on).trim().to_owned();
    let beside = grant(&home, &key, &["--operation", "Encrypt"]);
    let dry = home.run(["grant", "revoke", &key, &parent, "--with-children", "--dry-run"]);
    assert!(dry.err().contains("nothing was done"));
    let told = home.ok(["--output", "json", "grant", "revoke", &key, &parent, "--with-children"]);
    assert!(told.contains(&parent) && told.contains(&child) && !told.contains(&beside), "{told}");
    assert_eq!(home.ok(["-q", "grant", "list", &key]).trim(), beside);
}

#[test]
fn a_ciphertext_is_encrypted_again_from_standard_input_to_standard_output() {
    let (home, _, _) = stage();
    home.ok(["key", "create", "--alias", "alias/new"]);
    let all: Vec<u8> = (0..=255).collect();
    let old = home.run_with(&all, ["key", "encrypt", "alias/app", "--context", "a=b"]).0.stdout;
    let usual = ["key", "reencrypt", "alias/new", "--source-context", "a=b", "--context", "c=d"];
    let new = home.run_with(&old, usual).0.stdout;
    assert!(!new.is_empty() && new != old);
    assert_eq!(home.run_with(&new, ["key", "decrypt", "--key", "alias/new", "--context", "c=d"]).0.stdout, all);
    home.run_with(&new, ["key", "decrypt", "--context", "a=b"]).refused(10, "InvalidRequest");
    let dry = home.run_with(&old, usual.iter().chain(&["--dry-run", "--source-key", "alias/app"]));
    assert!(dry.0.stdout.is_empty() && dry.err().contains("nothing was done"), "{}", dry.err());
    for wrong in [&["key", "reencrypt", "alias/new"][..], &["key", "reencrypt", "alias/new", "--source-context", "a=c"]]
    {
        home.run_with(&old, wrong).refused(10, "InvalidRequest");
    }
    home.run_with(&old, usual.iter().chain(&["--source-key", "alias/new"])).refused(10, "InvalidRequest");
    let (user, denied) = (["--as", "user/ci"], ["key", "reencrypt", "alias/new", "--source-context", "a=b"]);
    home.run_with(&old, user.iter().chain(&denied)).refused(4, "AccessDenied");
    let text = home.ok_with("plain", ["key", "encrypt", "alias/app", "--base64"]);
    let moved = home.ok_with(text, ["key", "reencrypt", "alias/new", "--base64"]);
    assert_eq!(home.ok_with(moved, ["key", "decrypt", "--base64"]), "plain");
}
