//! Access keys, MFA devices, roles that are taken on.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on says so by panicking")]

mod common;

use common::Home;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use strongroom::clock::{Clock, SystemClock};

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
    // Codes of this and the next half minute: good wherever in it the clock is, and if it has just moved on.
    let step = SystemClock.now().as_millis() / 30_000;
    let codes = [step, step + 1].map(|step| code(seed, step.try_into().unwrap()));
    home.ok(["mfa", "enable", "phone", "anaya", &codes[0], &codes[1]]);
    home.run(["mfa", "rm", "phone", "--yes"]).refused(8, "InvalidState");
    home.ok(["mfa", "disable", "phone", "anaya", "--yes"]);
    home.ok(["mfa", "rm", serial, "--yes"]);
    home.run(["mfa", "rm", "phone", "--yes"]).refused(3, "NotFound");
}

/// RFC 6238 with six digits, of a seed in base32.
fn code(seed: &str, step: u64) -> String {
    let (mut key, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for letter in seed.bytes() {
        bits = bits << 5 | u32::from(if letter.is_ascii_digit() { letter - b'2' + 26 } else { letter - b'A' });
        held += 5;
        if held >= 8 {
            held -= 8;
            key.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    let mut mac = Hmac::<Sha1>::new_from_slice(&key).unwrap();
    mac.update(&step.to_be_bytes());
    let mac = mac.finalize().into_bytes();
    let at = usize::from(mac[19] & 0xf);
    let number = u32::from_be_bytes(mac[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
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
