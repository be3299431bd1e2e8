//! The canonical form and the string to sign, against others' signers.

use crate::common::hex;
use http::{HeaderMap, HeaderName, HeaderValue};
use strongroom::clock::Timestamp;
use strongroom_keystore::{Signature, testing};
use strongroom_server::sigv4::{Authorization, Fault, Head, Signing, string_to_sign};

fn headers(list: &[(&str, &str)]) -> HeaderMap {
    let pairs = list.iter().map(|(name, value)| {
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_bytes(value.as_bytes()).unwrap())
    });
    let mut map = HeaderMap::new();
    for (name, value) in pairs {
        map.append(name, value);
    }
    map
}
fn made(secret: &str, parsed: &Authorization<'_>, text: &str) -> String {
    let signature = Signature {
        key_id: parsed.access_key_id,
        date: parsed.date,
        region: parsed.region,
        service: parsed.service,
        string_to_sign: text.as_bytes(),
        signature: &[0; 32],
    };
    hex(&testing::sign(secret, &signature))
}

const TOKEN: &str = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn aws_own_examples_hold() {
    // Source: AWS's Signature Version 4 test suite (docs.aws.amazon.com, "Examples of the complete Signature Version 4 signing
    // process"), those with the path `/` and without a query. Name, method, headers beside host and date, body, signature.
    type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a str, &'a str);
    let cases: &[Case<'_>] = &[
        ("get-vanilla", "GET", &[], "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("post-vanilla", "POST", &[], "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (
            "post-x-www-form-urlencoded",
            "POST",
            &[("Content-Type", FORM)],
            "Param1=value1",
            "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
        (
            "get-header-value-trim",
            "GET",
            &[("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
            "",
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
        ),
        (
            "post-header-value-case",
            "POST",
            &[("My-Header1", "VALUE1")],
            "",
            "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d",
        ),
        (
            "post-sts-header-before",
            "POST",
            &[("X-Amz-Security-Token", TOKEN)],
            "",
            "85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead",
        ),
    ];
    for (name, method, more, body, signature) in cases {
        let mut all = vec![("Host", "example.amazonaws.com"), ("X-Amz-Date", "20150830T123600Z")];
        all.extend_from_slice(more);
        let map = headers(&all);
        let mut names: Vec<&str> = map.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        let value = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE000000/20150830/us-east-1/service/aws4_request, SignedHeaders={}, Signature={signature}",
            names.join(";")
        );
        let parsed = Authorization::parse(&value).unwrap();
        let text =
            string_to_sign(method, &Head::of(&map).unwrap(), &parsed, "20150830T123600Z", body.as_bytes()).unwrap();
        assert_eq!(made("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", &parsed, &text), *signature, "{name}: {text}");
    }
}

#[test]
fn what_botocore_signs_is_what_is_checked() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/sigv4/botocore.jsonl");
    let vectors = std::fs::read_to_string(path).unwrap();
    let mut count = 0;
    for line in vectors.lines() {
        let vector: serde_json::Value = serde_json::from_str(line).unwrap();
        let [secret, body, time] = ["secret", "body", "time"].map(|name| vector[name].as_str().unwrap());
        let list: Vec<(&str, &str)> = vector["headers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|pair| (pair[0].as_str().unwrap(), pair[1].as_str().unwrap()))
            .collect();
        let map = headers(&list);
        let head = Head::of(&map).unwrap();
        let parsed = Authorization::parse(head.authorization.unwrap()).unwrap();
        assert_eq!(Some(parsed.service), vector["operation"].as_str().unwrap().split(':').next());
        let now = Timestamp::from_basic_format(time).unwrap();
        let signing = Signing::of("POST", &head, parsed.clone(), body.as_bytes(), now).unwrap();
        let signature = hex(&parsed.signature);
        assert_eq!(made(secret, &parsed, signing.string_to_sign()), signature, "{line}");
        // And nothing beside it.
        let longer = Signing::of("POST", &head, parsed.clone(), format!("{body} ").as_bytes(), now).unwrap();
        assert_ne!(made(secret, &parsed, longer.string_to_sign()), signature);
        let other = Signing::of("PUT", &head, parsed.clone(), body.as_bytes(), now).unwrap();
        assert_ne!(made(secret, &parsed, other.string_to_sign()), signature);
        count += 1;
    }
    assert_eq!(count, 408);
}

#[test]
fn a_signature_is_good_for_five_minutes_before_and_after() {
    let map = headers(&[("host", "h"), ("x-amz-date", "20150830T123600Z")]);
    let head = Head::of(&map).unwrap();
    let value = format!(
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE000000/20150830/us-east-1/kms/aws4_request, SignedHeaders=host;x-amz-date, Signature={}",
        "0".repeat(64)
    );
    let at = Timestamp::from_basic_format("20150830T123600Z").unwrap();
    let check = |millis: i64| {
        let parsed = Authorization::parse(&value).unwrap();
        Signing::of("POST", &head, parsed, b"", at.plus_millis(millis)).map(drop).map_err(|fault| match fault {
            Fault::Invalid(text) => text.into_owned(),
            other => panic!("{other:?}"),
        })
    };
    for millis in [0, 300_000, 300_999, -300_000] {
        check(millis).unwrap();
    }
    assert_eq!(
        check(301_000).unwrap_err(),
        "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)"
    );
    assert_eq!(
        check(-300_001).unwrap_err(),
        "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T123059Z + 5 min.)"
    );
}
