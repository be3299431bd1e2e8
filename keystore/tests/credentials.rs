//! Access keys, temporary credentials, MFA devices. Goal: what was sealed answers yes to its own signature or code, and no to
//! everything else. Method: published vectors; each piece changed, cut, swapped and brought to another store.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that meets these has failed")]

mod common;

use common::*;
use proptest::prelude::*;
use strongroom_keystore::{MfaCode, Signature, testing};

fn signed<'a>(key_id: &'a str, signature: &'a [u8; 32]) -> Signature<'a> {
    Signature {
        key_id,
        date: "20150830",
        region: "us-east-1",
        service: "iam",
        string_to_sign: b"AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n\
            f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59",
        signature,
    }
}
fn code(digits: &str, now: u64, spent: u64) -> MfaCode<'_> {
    MfaCode { digits, now, spent }
}

#[test]
fn the_signature_is_that_of_the_documented_example() {
    // "Create a signed AWS API request", IAM user guide: GET ListUsers.
    let made = testing::sign("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", &signed("AKIDEXAMPLE", &[0; 32]));
    assert_eq!(hex(&made), "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
}

#[test]
fn rfc_6238_holds() {
    // Appendix B, SHA-1: the last six of its eight digits.
    let cases = [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ];
    for (now, digits) in cases {
        assert_eq!(testing::mfa_code(b"12345678901234567890", now), digits, "{now}");
    }
}

#[test]
fn an_access_key_answers_to_its_own_signature_only() {
    let (store, other) = (store_with(1), store_with(2));
    let made = store.keystore.make_access_key("AKIAONE").unwrap();
    let again = store.keystore.make_access_key("AKIAONE").unwrap();
    let secret = made.secret.expose();
    assert_eq!(secret.len(), 40);
    assert_ne!(secret, again.secret.expose());
    let right = testing::sign(secret, &signed("AKIAONE", &[0; 32]));
    let check = |sealed: Option<&[u8]>, signature: &Signature<'_>| store.keystore.signed_with_key(sealed, signature);
    assert!(check(Some(&made.sealed), &signed("AKIAONE", &right)));
    assert!(!check(Some(&made.sealed), &signed("AKIATWO", &right)), "the secret of another key");
    assert!(!check(Some(&again.sealed), &signed("AKIAONE", &right)));
    assert!(!check(None, &signed("AKIAONE", &right)));
    // Not even to whoever knows what stands in for a key that is not there.
    let decoy = testing::sign(&"\0".repeat(40), &signed("", &[0; 32]));
    assert!(!check(None, &signed("", &decoy)));
    assert!(!other.keystore.signed_with_key(Some(&made.sealed), &signed("AKIAONE", &right)));
    for (at, bit) in (0..32).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut wrong = right;
        wrong[at] ^= 1 << bit;
        assert!(!check(Some(&made.sealed), &signed("AKIAONE", &wrong)));
    }
    for at in 0..made.sealed.len() {
        let mut changed = made.sealed.clone();
        changed[at] ^= 1;
        assert!(!check(Some(&changed), &signed("AKIAONE", &right)), "byte {at}");
        assert!(!check(Some(&made.sealed[..at]), &signed("AKIAONE", &right)));
    }
    let base = signed("AKIAONE", &right);
    for wrong in [
        Signature { date: "20150831", ..base },
        Signature { region: "us-east-2", ..base },
        Signature { service: "sts", ..base },
        Signature { string_to_sign: b"", ..base },
    ] {
        assert!(!check(Some(&made.sealed), &wrong));
    }
    store.keystore.lock();
    assert!(!store.keystore.signed_with_key(Some(&made.sealed), &signed("AKIAONE", &right)));
}

#[test]
fn signing_keys_are_kept_for_what_they_were_derived_for_and_wiped() {
    let store = store();
    let made = store.keystore.make_access_key("AKIAONE").unwrap();
    let again = store.keystore.make_access_key("AKIAONE").unwrap();
    let right = testing::sign(made.secret.expose(), &signed("AKIAONE", &[0; 32]));
    let check = |sealed: Option<&[u8]>, signature: &Signature<'_>| store.keystore.signed_with_key(sealed, signature);
    let kept = || testing::signing_keys(&store.keystore);
    for _ in 0..3 {
        assert!(check(Some(&made.sealed), &signed("AKIAONE", &right)));
        assert!(!check(Some(&made.sealed), &signed("AKIAONE", &[1; 32])));
        assert!(!check(Some(&made.sealed), &signed("AKIATWO", &right)));
        assert_eq!(kept(), 1);
    }
    // A key that is not there leaves what one that is there leaves: one for all of them.
    for id in ["AKIAONE", "AKIATWO", ""] {
        assert!(!check(None, &signed(id, &right)));
        assert_eq!(kept(), 2);
    }
    // What stands for those opens nothing, though it is kept; nor does an empty row.
    let decoy = testing::sign(&"\0".repeat(40), &signed("", &[0; 32]));
    for sealed in [None, Some(&[][..])] {
        assert!(!check(sealed, &signed("", &decoy)));
    }
    // What was sealed anew, or changed, meets no key of the old one.
    assert!(!check(Some(&again.sealed), &signed("AKIAONE", &right)));
    assert_eq!(kept(), 3);
    for at in 0..made.sealed.len() {
        let mut changed = made.sealed.clone();
        changed[at] ^= 1;
        assert!(!check(Some(&changed), &signed("AKIAONE", &right)), "byte {at}");
    }
    assert_eq!(kept(), 3);
    // Each scope has its own, and parts do not run into one another.
    let base = signed("AKIAONE", &right);
    for (region, service) in [("us-east-1i", "am"), ("us-east-", "1iam"), ("eu-west-1", "iam")] {
        assert!(!check(Some(&made.sealed), &Signature { region, service, ..base }));
    }
    assert_eq!(kept(), 6);
    store.keystore.forget_access_key(&made.sealed);
    assert_eq!(kept(), 2);
    assert!(check(Some(&made.sealed), &base), "it is derived anew");
    // Bounded, whatever is asked.
    let days: Vec<String> = (0..2_000).map(|day| format!("{day:08}")).collect();
    for date in &days {
        assert!(!check(None, &Signature { date, ..base }));
    }
    assert!((200..=256).contains(&kept()), "{}", kept());
    assert!(!check(Some(&made.sealed), &Signature { region: &"r".repeat(2_000), ..base }), "too long to be kept");
    assert!(check(Some(&made.sealed), &base));
    store.keystore.lock();
    assert_eq!(kept(), 0);
    assert!(!check(Some(&made.sealed), &base) && !check(None, &base));
    assert_eq!(kept(), 0);
}

#[test]
fn a_session_token_brings_back_its_claims_to_whoever_signs_with_its_secret() {
    let (store, other) = (store_with(1), store_with(2));
    let made = store.keystore.make_session("ASIAONE", b"who, until when").unwrap();
    let twin = store.keystore.make_session("ASIAONE", b"who, until when").unwrap();
    let right = testing::sign(made.secret.expose(), &signed("ASIAONE", &[0; 32]));
    let check = |token: &str, id: &str| store.keystore.signed_with_session(token, &signed(id, &right));
    assert_eq!(check(&made.sealed, "ASIAONE").as_deref(), Some(b"who, until when".as_slice()));
    assert_eq!(store.keystore.claims(&made.sealed).as_deref(), Some(b"who, until when".as_slice()));
    assert_eq!(check(&made.sealed, "ASIATWO"), None);
    assert_eq!(check(&twin.sealed, "ASIAONE"), None);
    assert_eq!(other.keystore.claims(&made.sealed), None);
    for at in 0..made.sealed.len() {
        assert_eq!(check(&made.sealed[..at], "ASIAONE"), None);
        let mut changed = made.sealed.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        // The last character of base64 has bits that stand for nothing; changed ones are refused as well.
        assert_eq!(check(&changed, "ASIAONE"), None, "character {at}");
    }
    for text in ["", "%", &"A".repeat(1 << 16)] {
        assert_eq!((check(text, "ASIAONE"), store.keystore.claims(text)), (None, None));
    }
    store.keystore.make_session("ASIAONE", &vec![0; 16 * 1024]).unwrap();
    assert!(store.keystore.make_session("ASIAONE", &vec![0; 16 * 1024 + 1]).is_err());
    let longest = store.keystore.make_session("ASIAONE", &vec![7; 16 * 1024]).unwrap();
    assert_eq!(store.keystore.claims(&longest.sealed), Some(vec![7; 16 * 1024]));
}

#[test]
fn what_was_sealed_for_one_purpose_serves_no_other() {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let store = store();
    let key = store.keystore.make_access_key("AKIAONE").unwrap();
    let session = store.keystore.make_session("AKIAONE", b"").unwrap();
    let marker = store.keystore.seal_marker(1, b"", b"AKIAONE").unwrap();
    for sealed in [&key.sealed, &URL_SAFE_NO_PAD.decode(&marker).unwrap()] {
        assert_eq!(store.keystore.claims(&URL_SAFE_NO_PAD.encode(sealed)), None);
    }
    let right = testing::sign(session.secret.expose(), &signed("AKIAONE", &[0; 32]));
    let token = URL_SAFE_NO_PAD.decode(&session.sealed).unwrap();
    assert!(!store.keystore.signed_with_key(Some(&token), &signed("AKIAONE", &right)));
    assert_eq!(store.keystore.check_code(&key.sealed, "AKIAONE", code("000000", 0, 0)), None);
}

fn unbase32(text: &str) -> Vec<u8> {
    let mut bits = 0_u64;
    let mut bytes = Vec::new();
    for (at, letter) in text.bytes().enumerate() {
        let value = if letter.is_ascii_uppercase() { letter - b'A' } else { letter - b'2' + 26 };
        bits = bits << 5 | u64::from(value);
        if at % 8 == 7 {
            bytes.extend_from_slice(&bits.to_be_bytes()[3..]);
            bits = 0;
        }
    }
    bytes
}

#[test]
fn a_code_is_good_for_its_step_and_the_ones_beside_it_once() {
    let store = store();
    let device = store.keystore.make_seed("arn:mfa/one").unwrap();
    let seed = unbase32(device.secret.expose());
    assert_eq!(seed.len(), 20);
    let now = 1_700_000_010;
    let step = now / 30;
    let check =
        |digits: &str, spent| store.keystore.check_code(&device.sealed, "arn:mfa/one", code(digits, now, spent));
    for (at, expected) in
        [(now - 60, None), (now - 30, Some(step - 1)), (now, Some(step)), (now + 30, Some(step + 1)), (now + 60, None)]
    {
        assert_eq!(check(&testing::mfa_code(&seed, at), 0), expected, "{at}");
    }
    let digits = testing::mfa_code(&seed, now);
    assert_eq!(check(&digits, step - 1), Some(step));
    assert_eq!(check(&digits, step), None, "spent");
    assert_eq!(store.keystore.check_code(&device.sealed, "arn:mfa/two", code(&digits, now, 0)), None);
    for wrong in ["", "12345", "1234567", "12345x", &format!(" {digits}"), &format!("{digits} ")] {
        assert_eq!(check(wrong, 0), None);
    }
}

#[test]
fn five_wrong_codes_are_enough_for_one_time_step() {
    let store = store();
    let (one, two) = (store.keystore.make_seed("one").unwrap(), store.keystore.make_seed("two").unwrap());
    let seed = unbase32(one.secret.expose());
    let now = 1_700_000_010;
    let check = |digits: &str, at| store.keystore.check_code(&one.sealed, "one", code(digits, at, 0));
    let right = |at| testing::mfa_code(&seed, at);
    let wrong = (0..).map(|n| format!("{n:06}")).filter(|digits| (0..4).all(|n| *digits != right(now - 30 + 30 * n)));
    for digits in wrong.take(5) {
        assert_eq!(check(&right(now), now), Some(now / 30), "until then right ones are taken");
        assert_eq!(check(&digits, now), None);
    }
    assert_eq!(check(&right(now), now), None);
    let other = unbase32(two.secret.expose());
    let of_other = testing::mfa_code(&other, now);
    assert_eq!(
        store.keystore.check_code(&two.sealed, "two", code(&of_other, now, 0)),
        Some(now / 30),
        "another device"
    );
    assert_eq!(check(&right(now + 30), now + 30), Some(now / 30 + 1), "the next step");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn bytes_that_this_store_did_not_make_are_nothing(sealed in proptest::collection::vec(any::<u8>(), 0..400)) {
        let store = store();
        prop_assert!(!store.keystore.signed_with_key(Some(&sealed), &signed("AKIAONE", &[0; 32])));
        prop_assert_eq!(store.keystore.check_code(&sealed, "s", code("000000", 0, 0)), None);
        prop_assert_eq!(store.keystore.claims(&String::from_utf8_lossy(&sealed)), None);
    }
}
