//! Access keys, MFA devices, roles that are taken on.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on says so by panicking")]

mod common;

use common::Home;

const MAY_ASSUME: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}"#;
const READ: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}}"#;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"sts:AssumeRole"}}"#;

#[test]
fn an_access_key_is_made_switched_and_deleted() {
    let home = Home::with_store();
    home.ok(["user", "create", "ci"]);
    let made = home.ok(["access-key", "create", "ci"]);
    let (id, secret) = made.trim_end().split_once('\t').unwrap();
    assert!(id.starts_with("AKIA") && secret.len() == 40, "{id}");
    assert!(home.ok(["access-key", "list", "ci"]).contains("Active"));
    home.ok(["access-key", "off", "ci", id]);
    let listed = home.ok(["access-key", "list", "ci"]);
    assert!(listed.contains("Inactive") && !listed.contains(secret));
    home.ok(["access-key", "on", "ci", id]);
    assert_eq!(home.ok(["access-key", "used", id]).trim_end(), "ci\t\tN/A\tN/A");
    let json = home.ok(["access-key", "create", "ci", "--output", "json"]);
    assert!(json.contains("\"SecretAccessKey\":\""), "{json}");
    home.run(["access-key", "create", "ci"]).refused(10, "LimitExceeded");
    home.run(["access-key", "create", "nobody"]).refused(3, "NotFound");
    home.run(["access-key", "off", "ci", "AKIAAAAAAAAAAAAAAAAA"]).refused(3, "NotFound");
    home.run(["access-key", "off", "ci", "short"]).refused(10, "InvalidRequest");
    home.ok(["access-key", "rm", "ci", id, "--yes"]);
    home.run(["access-key", "rm", "ci", id, "--yes"]).refused(3, "NotFound");
    home.run(["--as", "user/ci", "access-key", "create", "ci"]).refused(4, "AccessDenied");
}

#[test]
fn a_device_is_made_and_refuses_codes_that_it_does_not_show() {
    let home = Home::with_store();
    home.ok(["user", "create", "anaya"]);
    let made = home.ok(["mfa", "create", "phone"]);
    let (serial, seed) = made.trim_end().split_once('\t').unwrap();
    assert_eq!((serial, seed.len()), ("arn:aws:iam::000000000000:mfa/phone", 32));
    assert_eq!(home.ok(["-q", "mfa", "list"]).trim_end(), serial);
    home.run(["mfa", "enable", "phone", "anaya", "12345", "123456"]).refused(10, "InvalidRequest");
    home.run(["mfa", "disable", "phone", "anaya", "--yes"]).refused(3, "NotFound");
    home.ok(["mfa", "rm", serial, "--yes"]);
    home.run(["mfa", "rm", "phone", "--yes"]).refused(3, "NotFound");
}

#[test]
fn a_role_is_taken_on_and_who_can_tells_the_way() {
    let home = Home::with_store();
    home.ok_with("value", ["put", "prod/db", "-"]);
    home.ok(["user", "create", "anaya"]);
    home.ok_with(MAY_ASSUME, ["policy", "put", "--user", "anaya", "--name", "p", "-"]);
    for (role, policy) in [("reader", READ), ("step", MAY_ASSUME)] {
        home.ok_with(TRUST, ["role", "create", role, "--trust", "-"]);
        home.ok_with(policy, ["policy", "put", "--role", role, "--name", "p", "-"]);
    }
    let lines = home.ok(["--as", "user/anaya", "role", "assume", "reader", "--seconds", "900"]);
    for name in ["AWS_ACCESS_KEY_ID=ASIA", "AWS_SECRET_ACCESS_KEY=", "AWS_SESSION_TOKEN="] {
        assert!(lines.contains(&format!("export {name}")), "{lines}");
    }
    home.run(["--as", "user/anaya", "role", "assume", "reader", "--seconds", "5"]).refused(10, "InvalidRequest");
    home.run(["--as", "user/anaya", "role", "assume", "nobody"]).refused(4, "AccessDenied");
    home.run(["role", "assume", "reader"]).refused(4, "AccessDenied");

    let who = home.ok(["policy", "who-can", "secretsmanager:GetSecretValue", "prod/db"]);
    let way = |principal: &str| who.lines().find(|line| line.starts_with(principal)).unwrap_or_default().to_owned();
    assert!(way("role/reader").contains("GetSecretValue"), "{who}");
    assert!(way("user/anaya").contains("may assume role/reader"), "{who}");
    assert!(way("role/step").contains("may assume role/reader"), "{who}");
}
