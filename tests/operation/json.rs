//! Goal: the reader takes what JSON is and nothing else, secrets byte for byte; the writer writes what any reader takes.
//! Method: bodies that must be refused at a given byte, bodies that must be taken, and serde_json as a second opinion on
//! bodies drawn and then damaged.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use proptest::prelude::*;
use serde_json::{Value, json};
use strongroom::clock::Timestamp;
use strongroom::name::Text;
use strongroom::operation::secretsmanager::{
    DescribeSecretResponse, GetRandomPassword, GetSecretValue, PutSecretValue, RestoreSecret, TagResource,
};
use strongroom::operation::{Operation, kms};
use strongroom::{ErrorKind, json};
use strongroom_keystore::SecretText;

#[track_caller]
fn refused<O: Operation>(body: impl AsRef<[u8]>, text: &str) {
    let error = json::read::<O>(body.as_ref()).unwrap_err();
    assert_eq!((error.code(), error.kind()), ("SerializationException", ErrorKind::InvalidRequest), "{error}");
    assert_eq!(error.message().to_string(), text);
}
fn put(body: &str) -> PutSecretValue {
    json::read(body.as_bytes()).unwrap()
}

#[test]
fn a_body_of_the_wrong_form_is_refused_at_its_byte() {
    let cases: &[(&str, &str)] = &[
        ("", "byte 0: expected an object"),
        ("  ", "byte 2: expected an object"),
        ("[]", "byte 0: expected an object"),
        ("null", "byte 0: expected an object"),
        ("\"a\"", "byte 0: expected an object"),
        ("\u{FEFF}{}", "byte 0: expected an object"),
        ("{", "byte 1: expected the name of a member"),
        ("{,}", "byte 1: expected the name of a member"),
        ("{a:1}", "byte 1: expected the name of a member"),
        ("{'a':1}", "byte 1: expected the name of a member"),
        (r#"{"a"}"#, "byte 4: expected `:`"),
        (r#"{"a":}"#, "byte 5: expected a value"),
        (r#"{"a":1,}"#, "byte 7: expected the name of a member"),
        (r#"{"a":1 "b":2}"#, "byte 7: expected `,` or `}`"),
        (r#"{"a":1"#, "byte 6: expected `,` or `}`"),
        (r#"{"a":[1,]}"#, "byte 8: expected a value"),
        (r#"{"a":[1"#, "byte 7: expected `,` or `]`"),
        (r#"{"a":[1}"#, "byte 7: expected `,` or `]`"),
        (r#"{"a":NaN}"#, "byte 5: expected a value"),
        (r#"{"a":Infinity}"#, "byte 5: expected a value"),
        (r#"{"a":-}"#, "byte 6: expected a number"),
        (r#"{"a":+1}"#, "byte 5: expected a value"),
        (r#"{"a":01}"#, "byte 6: expected `,` or `}`"),
        (r#"{"a":1.}"#, "byte 7: expected a number"),
        (r#"{"a":.5}"#, "byte 5: expected a value"),
        (r#"{"a":1e}"#, "byte 7: expected a number"),
        (r#"{"a":0x1}"#, "byte 6: expected `,` or `}`"),
        (r#"{"a":1e999}"#, "byte 10: number out of range"),
        (r#"{"a":tru}"#, "byte 5: expected a value"),
        (r#"{"a":truer}"#, "byte 5: expected a value"),
        (r#"{"a":nul}"#, "byte 5: expected a value"),
        (r#"{"a":"b"#, "byte 7: text without an end"),
        ("{\"a\":\"b\nc\"}", "byte 7: control character in text"),
        ("{\"a\":\"b\0c\"}", "byte 7: control character in text"),
        (r#"{"a":"\x41"}"#, "byte 6: no such escape, or half of a surrogate pair"),
        (r#"{"a":"\u00g0"}"#, "byte 6: no such escape, or half of a surrogate pair"),
        (r#"{"a":"\u+123"}"#, "byte 6: no such escape, or half of a surrogate pair"),
        (r#"{"a":"\ud800"}"#, "byte 6: no such escape, or half of a surrogate pair"),
        (r#"{"a":"\udc00\ud800"}"#, "byte 6: no such escape, or half of a surrogate pair"),
        (r#"{"a":"\ud800\ud800"}"#, "byte 6: no such escape, or half of a surrogate pair"),
        (r#"{"a":"\ud800xdc00"}"#, "byte 6: no such escape, or half of a surrogate pair"),
        (r#"{"a":1,"a":2}"#, "byte 10: member given twice"),
        (r#"{"a":1,"\u0061":2}"#, "byte 15: member given twice"),
        (r#"{"a":{"b":1,"b":1}}"#, "byte 15: member given twice"),
        (r#"{"SecretId":null,"SecretId":"x"}"#, "byte 27: member given twice"),
        (r#"{"SecretId":"x"} x"#, "byte 17: expected the end"),
        (r#"{"SecretId":"x"}{}"#, "byte 16: expected the end"),
        ("/**/{}", "byte 0: expected an object"),
    ];
    for (body, text) in cases {
        refused::<GetSecretValue>(body, text);
    }
    refused::<GetSecretValue>(b"{\"a\":\"\xFF\"}", "byte 6: not UTF-8");
    refused::<GetSecretValue>(b"{\"a\":\"\xED\xA0\x80\"}", "byte 6: not UTF-8");
}

#[test]
fn a_member_of_the_wrong_type_is_refused() {
    for value in ["1", "true", "[]", "{}", "[\"a\"]"] {
        refused::<GetSecretValue>(format!(r#"{{"SecretId":{value}}}"#), "byte 12: expected text");
        refused::<PutSecretValue>(format!(r#"{{"SecretString":{value}}}"#), "byte 16: expected text");
        refused::<PutSecretValue>(format!(r#"{{"SecretBinary":{value}}}"#), "byte 16: expected base64 text");
    }
    for value in ["\"a\"", "{}", "1", "true"] {
        refused::<PutSecretValue>(format!(r#"{{"VersionStages":{value}}}"#), "byte 17: expected a list");
    }
    for value in ["\"a\"", "[]", "1"] {
        refused::<kms::Encrypt>(format!(r#"{{"EncryptionContext":{value}}}"#), "byte 21: expected an object");
        refused::<TagResource>(format!(r#"{{"Tags":[{value}]}}"#), "byte 9: expected an object");
    }
    for value in ["\"true\"", "1", "0", "[]"] {
        refused::<GetRandomPassword>(format!(r#"{{"IncludeSpace":{value}}}"#), "byte 16: expected `true` or `false`");
    }
    refused::<GetRandomPassword>(r#"{"PasswordLength":"1"}"#, "byte 18: expected a number");
    refused::<GetRandomPassword>(r#"{"PasswordLength":1.0}"#, "byte 21: expected a whole number");
    refused::<GetRandomPassword>(r#"{"PasswordLength":1e1}"#, "byte 21: expected a whole number");
    refused::<GetRandomPassword>(r#"{"PasswordLength":9223372036854775808}"#, "byte 37: number out of range");
    refused::<PutSecretValue>(r#"{"VersionStages":["a",null]}"#, "byte 22: expected text");
    refused::<kms::Encrypt>(r#"{"EncryptionContext":{"a":null}}"#, "byte 26: expected text");
    refused::<kms::Encrypt>(r#"{"EncryptionContext":{"a":"b","a":"c"}}"#, "byte 33: member given twice");
}

#[test]
fn base64_is_taken_in_its_one_canonical_form() {
    let bytes = |text: &str| {
        let body = format!(r#"{{"SecretId":"a","SecretBinary":"{text}"}}"#);
        json::read::<PutSecretValue>(body.as_bytes()).map(|put| put.secret_binary.unwrap().expose().to_vec())
    };
    assert_eq!(bytes("").unwrap(), b"");
    assert_eq!(bytes("AA==").unwrap(), [0]);
    assert_eq!(bytes("AAE=").unwrap(), [0, 1]);
    assert_eq!(bytes("AAEC").unwrap(), [0, 1, 2]);
    assert_eq!(bytes("+/+/").unwrap(), [0xFB, 0xFF, 0xBF]);
    assert_eq!(bytes(r"+\/+\/").unwrap(), [0xFB, 0xFF, 0xBF]);
    assert_eq!(bytes(r"\u0041A==").unwrap(), [0]);
    for bad in [
        "A", "AA", "AAA", "AA=", "AAE", "AB==", "AAF=", "A===", "====", "=AAA", "AA==AA==", "-_-_", "AA =", "AAAA\\n",
        "ä===",
    ] {
        let error = bytes(bad).unwrap_err();
        assert!(error.message().to_string().ends_with("not base64"), "{bad}: {error}");
    }
}

#[test]
fn members_that_nobody_knows_are_skipped_and_null_is_absent() {
    let request: GetSecretValue = json::read(
        br#" { "x" : [ 1 , -2.5e+3 , { "y" : [ ] , "z" : { } } , "\u20ac" , true , false , null ] ,
              "SecretId" : "a" , "VersionId" : null , "secretid" : "b", "ARN": 0 } "#,
    )
    .unwrap();
    assert_eq!(request, GetSecretValue::new("a"));
    let request: GetSecretValue = json::read(br#"{"Secret\u0049d":"a"}"#).unwrap();
    assert_eq!(request, GetSecretValue::new("a"));
    json::read::<strongroom::operation::sts::GetCallerIdentity>(b"{}").unwrap();
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| format!(r#"{{"x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    json::read::<kms::ListKeys>(nested(31).as_bytes()).unwrap();
    refused::<kms::ListKeys>(nested(32), "byte 37: nested too deeply");
    refused::<kms::ListKeys>(nested(100_000), "byte 37: nested too deeply");
    refused::<kms::ListKeys>(r#"{"x":"#.repeat(100_000), "byte 161: nested too deeply");
    // Side by side is not nested.
    json::read::<kms::ListKeys>(format!(r#"{{"x":[{}[]]}}"#, "[],".repeat(1000)).as_bytes()).unwrap();
}

#[test]
fn secret_text_comes_through_byte_for_byte() {
    let value = |text: &str| {
        let put = put(&format!(r#"{{"SecretId":"a","SecretString":"{text}"}}"#));
        put.secret_string.unwrap().expose().to_owned()
    };
    assert_eq!(value(""), "");
    assert_eq!(value(r#"{\"user\":\"a\",\"password\":\"b\"}"#), r#"{"user":"a","password":"b"}"#);
    assert_eq!(value(r#"\"\\\/\b\f\n\r\t"#), "\"\\/\u{8}\u{c}\n\r\t");
    assert_eq!(value(r"\u0000\u00e9\u20AC\ud83d\ude00é€😀\uFFFF"), "\0é€😀é€😀\u{FFFF}");
    assert_eq!(value("\u{7F}\u{2028}"), "\u{7F}\u{2028}");
}

#[test]
fn a_refusal_never_repeats_the_body() {
    let bodies = [
        r#"{"SecretId":"a","SecretString":"hunter2\x"}"#,
        r#"{"SecretId":"a","SecretString":"hunter2" "hunter2"}"#,
        r#"{"SecretId":"a","SecretString":"hunter2"#,
        r#"{"SecretId":"a","SecretBinary":"hunter2"}"#,
        r#"{"SecretId":"a","SecretString":{"hunter2":"hunter2"}}"#,
        r#"{"SecretString":"hunter2","hunter2":1,"hunter2":2}"#,
        r#"{"SecretString":"hunter2"}"#,
        r#"{"SecretString":"hunter2","VersionStages":[]}"#,
    ];
    for body in bodies {
        let error = json::read::<PutSecretValue>(body.as_bytes()).unwrap_err();
        assert!(!format!("{error} {error:?} {error:#?}").contains("hunter2"), "{error:?}");
    }
}

#[test]
fn instants_are_seconds_with_milliseconds_as_fraction() {
    let sent = |millis: i64| {
        let answer = DescribeSecretResponse::new("a", "n").created_date(Timestamp::from_millis(millis));
        let text = String::from_utf8(json::write(&answer).expose().to_vec()).unwrap();
        let back: DescribeSecretResponse = json::take(text.as_bytes()).unwrap();
        assert_eq!(back.created_date, answer.created_date, "{text}");
        text.strip_prefix(r#"{"ARN":"a","Name":"n","CreatedDate":"#).unwrap().strip_suffix('}').unwrap().to_owned()
    };
    assert_eq!(sent(1_523_477_145_713), "1523477145.713");
    assert_eq!(sent(1_523_477_145_710), "1523477145.71");
    assert_eq!(sent(1_523_477_145_700), "1523477145.7");
    assert_eq!(sent(1_523_477_145_070), "1523477145.07");
    assert_eq!(sent(1_523_477_145_007), "1523477145.007");
    assert_eq!(sent(1_523_477_145_000), "1523477145");
    assert_eq!(sent(0), "0");
    assert_eq!(sent(-1), "-0.001");
    assert_eq!(sent(-1500), "-1.5");
    let take = |number: &str| {
        json::take::<DescribeSecretResponse>(format!(r#"{{"ARN":"a","Name":"n","CreatedDate":{number}}}"#).as_bytes())
    };
    assert_eq!(take("1.5565824E9").unwrap().created_date, Some(Timestamp::from_secs(1_556_582_400)));
    for bad in ["\"2018-04-11\"", "1e30", "-1e30", "true", "[]"] {
        assert!(take(bad).is_err(), "{bad}");
    }
}

#[test]
fn an_answer_leaves_out_what_is_absent_and_keeps_what_is_empty() {
    let written = |value: &DescribeSecretResponse| String::from_utf8(json::write(value).expose().to_vec()).unwrap();
    let bare = DescribeSecretResponse::new("a", "n");
    assert_eq!(written(&bare), r#"{"ARN":"a","Name":"n"}"#);
    assert_eq!(written(&bare.tags([])), r#"{"ARN":"a","Name":"n","Tags":[]}"#);
    let empty = strongroom::operation::secretsmanager::TagResourceResponse::new();
    assert_eq!(json::write(&empty).expose(), b"{}");
}

#[test]
fn a_map_has_one_form() {
    let sent = |body: &str| {
        String::from_utf8(json::write(&json::read::<kms::Encrypt>(body.as_bytes()).unwrap()).expose().to_vec()).unwrap()
    };
    let expected = r#"{"KeyId":"k","Plaintext":"AA==","EncryptionContext":{"B":"2","a":"1","ä":"3"}}"#;
    assert_eq!(sent(r#"{"EncryptionContext":{"ä":"3","a":"1","B":"2"},"Plaintext":"AA==","KeyId":"k"}"#), expected);
    assert_eq!(
        sent(r#"{"KeyId":"k","Plaintext":"AA==","EncryptionContext":{"B":"2","\u00e4":"3","a":"1"}}"#),
        expected
    );
}

/// Text with what JSON must escape and what it may.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,8}",
        proptest::collection::vec(any::<char>(), 0..12).prop_map(String::from_iter),
        proptest::collection::vec(
            prop_oneof![Just('"'), Just('\\'), Just('\n'), Just('\u{1}'), Just('é'), Just('😀')],
            0..8
        )
        .prop_map(String::from_iter),
    ]
}
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(text(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}
/// A body of a PutSecretValue, well formed as far as its types go, with members that nobody knows.
fn body() -> impl Strategy<Value = Value> {
    (
        text(),
        proptest::option::of(text()),
        proptest::option::of(proptest::collection::vec(text(), 0..4)),
        value(),
        text(),
    )
        .prop_map(|(id, secret, stages, unknown, name)| {
            let mut body = json!({ "SecretId": id });
            let members = body.as_object_mut().unwrap();
            members.insert("SecretString".into(), secret.into());
            members.insert("VersionStages".into(), stages.into());
            if !matches!(
                &*name,
                "ClientRequestToken" | "SecretBinary" | "RotationToken" | "SecretId" | "SecretString" | "VersionStages"
            ) {
                members.insert(name, unknown);
            }
            body
        })
}
/// What was read, and what serde_json reads from the same bytes.
fn agree(bytes: &[u8]) -> bool {
    let Ok(put) = json::read::<PutSecretValue>(bytes) else { return false };
    let theirs: Value = serde_json::from_slice(bytes).expect("what we take, serde_json takes");
    let text = |name: &str| theirs.get(name).and_then(Value::as_str);
    assert_eq!(text("SecretId"), Some(put.secret_id.as_str()));
    assert_eq!(text("SecretString"), put.secret_string.as_ref().map(SecretText::expose));
    assert_eq!(text("ClientRequestToken"), put.client_request_token.as_deref());
    assert_eq!(
        theirs
            .get("VersionStages")
            .and_then(Value::as_array)
            .map(|all| all.iter().map(|s| s.as_str().unwrap()).collect::<Vec<_>>()),
        put.version_stages.as_ref().map(|all| all.iter().map(Text::as_str).collect())
    );
    true
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn what_serde_json_writes_is_taken_with_the_same_content(body in body()) {
        prop_assert!(agree(&serde_json::to_vec(&body).unwrap()));
        prop_assert!(agree(&serde_json::to_vec_pretty(&body).unwrap()));
    }

    #[test]
    fn what_we_write_serde_json_takes_with_the_same_content(id in text(), secret in text(), bytes in any::<Vec<u8>>(), stages in proptest::collection::vec(text(), 0..4)) {
        let put = PutSecretValue::text(id.as_str(), secret.as_str())
            .secret_binary(bytes.as_slice())
            .version_stages(stages.iter().map(Into::into).collect::<Vec<_>>());
        let written = json::write(&put);
        prop_assert!(agree(written.expose()));
        let theirs: Value = serde_json::from_slice(written.expose()).unwrap();
        prop_assert_eq!(theirs.get("SecretString").and_then(Value::as_str), Some(secret.as_str()));
        let back: PutSecretValue = json::read(written.expose()).unwrap();
        let again = json::write(&back);
        prop_assert_eq!(again.expose(), written.expose());
        let binary = back.secret_binary.unwrap();
        prop_assert_eq!(binary.expose(), bytes.as_slice());
    }

    #[test]
    fn a_damaged_body_is_refused_or_read_as_serde_json_reads_it(body in body(), at in any::<prop::sample::Index>(), with in any::<u8>(), how in 0..4) {
        let mut bytes = serde_json::to_vec(&body).unwrap();
        let place = at.index(bytes.len());
        match how {
            0 => bytes[place] = with,
            1 => bytes.truncate(place),
            2 => bytes.insert(place, b"{}[]\",:\\u0 \n"[usize::from(with) % 12]),
            _ => { bytes.remove(place); }
        }
        agree(&bytes);
    }

    #[test]
    fn noise_is_refused_or_read_as_serde_json_reads_it(noise in "[{}\\[\\]\",:\\\\uDd8c0-9eE+. a-fnrtSecretId-]{0,40}") {
        agree(noise.as_bytes());
        agree(format!("{{\"SecretId\":\"a\",\"x\":{noise}}}").as_bytes());
        agree(format!("{{\"SecretId\":\"{noise}\"}}").as_bytes());
    }
}

#[test]
fn the_operation_without_a_value_reads_an_object_only() {
    refused::<RestoreSecret>("\"prod/db\"", "byte 0: expected an object");
}
