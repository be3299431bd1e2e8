//! Heads that are refused before any secret is looked at, each with what is wrong with it.

use crate::common::{Draft, House, Keys, NOW, answer, authorization, header, house, text};
use http::Method;
use strongroom_server::Answer;

fn get() -> Draft {
    Draft::json("secretsmanager", "GetSecretValue", r#"{"SecretId":"prod/db"}"#)
}
#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str, part: &str) {
    let body = text(answer);
    assert_eq!((answer.status, header(answer, "x-amzn-errortype")), (status, Some(code)), "{body}");
    assert!(body.starts_with(&format!(r#"{{"__type":"{code}","message":""#)) && body.contains(part), "{body}");
    assert_eq!(header(answer, "x-amzn-requestid").map(str::len), Some(36));
}
/// The request with this in place of its right `Authorization`.
fn with(house: &House, value: &str) -> Answer {
    answer(house.endpoint.admit(get().send(&[("authorization", value)])))
}

#[test]
fn the_authorization_header_is_read_strictly() {
    let house = house();
    let draft = get();
    let (scope, names) = (draft.scope(), draft.names());
    let zeros = "0".repeat(64);
    let good = authorization(&house.keys.id, &scope, &names, &zeros);
    // It is well formed: only the signature is another.
    refused(&with(&house, &good), 400, "InvalidSignatureException", "does not match the signature you provided");
    refused(&answer(house.endpoint.admit(get().send(&[]))), 400, "MissingAuthenticationTokenException", "Missing");
    let id = &house.keys.id;
    let incomplete: &[(String, &str)] = &[
        (String::new(), "algorithm"),
        ("Basic QUtJQTpzZWNyZXQ=".to_owned(), "algorithm"),
        ("Bearer token".to_owned(), "algorithm"),
        (format!("AWS {id}:c2lnbmF0dXJl"), "algorithm"),
        (good.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), "algorithm"),
        (good.replace("AWS4-HMAC-SHA256", "aws4-hmac-sha256"), "algorithm"),
        (good.replace("AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256"), "algorithm"),
        (good.replace("AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256  "), "none of its three"),
        (good.replace(", Signature", ",  Signature"), "none of its three"),
        (good.replace(", Signature", "; Signature"), "requires 'Signature'"),
        (good.replace("Credential=", "credential="), "none of its three"),
        (format!("{good},"), "none of its three"),
        (format!("{good}, Extra=1"), "none of its three"),
        (format!("{good}, Signature={zeros}"), "twice"),
        ("AWS4-HMAC-SHA256 ".to_owned(), "none of its three"),
        ("AWS4-HMAC-SHA256".to_owned(), "algorithm"),
        (format!("AWS4-HMAC-SHA256 SignedHeaders={names}, Signature={zeros}"), "requires 'Credential'"),
        (format!("AWS4-HMAC-SHA256 Credential={id}/{scope}, Signature={zeros}"), "requires 'SignedHeaders'"),
        (format!("AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}"), "requires 'Signature'"),
        (good.replace(&zeros, ""), "requires 'Signature'"),
        (good.replace(&zeros, &"0".repeat(63)), "64 lower-case"),
        (good.replace(&zeros, &"0".repeat(65)), "64 lower-case"),
        (good.replace(&zeros, &"A".repeat(64)), "64 lower-case"),
        (good.replace(&zeros, &"g".repeat(64)), "64 lower-case"),
        (good.replace("/aws4_request", ""), "exactly 5"),
        (good.replace("/aws4_request", "/aws4_request/"), "exactly 5"),
        (good.replace(&format!("{id}/"), ""), "exactly 5"),
        (good.replace(id, "AKIA"), "16 to 128"),
        (good.replace(id, &"A".repeat(129)), "16 to 128"),
        (good.replace(id, "AKIA0000000000000_00"), "16 to 128"),
        (good.replace("20270115", "2027011"), "YYYYMMDD"),
        (good.replace("20270115", "2027-1-1"), "YYYYMMDD"),
        (good.replace(&names, "x-amz-date;host"), "in their order"),
        (good.replace(&names, "host;host"), "in their order"),
        (good.replace(&names, "Content-Type;host;x-amz-date;x-amz-target"), "in their order"),
        (good.replace(&names, ";host"), "in their order"),
        (good.replace(&names, "content-type;host;x-amz-date;x-amz-target;zz"), "does not have"),
        (good.replace(&names, "content-type;x-amz-date;x-amz-target"), "'host' must be"),
        (good.replace(&names, "host;x-amz-date;x-amz-target"), "'content-type' must be"),
        (good.replace(&names, "content-type;host;x-amz-date"), "'x-amz-target' must be"),
        (good.replace(&names, "content-type;host;x-amz-target"), "'x-amz-date' must be"),
    ];
    for (value, part) in incomplete {
        refused(&with(&house, value), 400, "IncompleteSignatureException", part);
    }
    let invalid: &[(String, &str)] = &[
        (good.replace("aws4_request", "aws4-request"), "terminator"),
        (good.replace(REGION_IN_SCOPE, "/US-EAST-1/"), "region"),
        (good.replace(REGION_IN_SCOPE, "//"), "region"),
        (good.replace(REGION_IN_SCOPE, &format!("/{}/", "a".repeat(65))), "region"),
        (good.replace("/secretsmanager/", "/kms/"), "correct service: 'secretsmanager'"),
        (good.replace("/secretsmanager/", "/s3/"), "correct service: 'secretsmanager'"),
        (good.replace("/secretsmanager/", "/sts/"), "correct service: 'secretsmanager'"),
        (good.replace("/secretsmanager/", "/SecretsManager/"), "correct service"),
        (good.replace("20270115", "20270114"), "does not match YYYYMMDD"),
    ];
    for (value, part) in invalid {
        refused(&with(&house, value), 400, "InvalidSignatureException", part);
    }
}
const REGION_IN_SCOPE: &str = "/us-east-1/";

#[test]
fn nothing_is_asked_in_a_query_and_one_method_is_served() {
    let house = house();
    let presigned = "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-Date=20270115T080000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=00";
    for (target, status, code, part) in [
        (presigned, 400, "IncompleteSignatureException", "Presigned"),
        ("/?x=1", 404, "UnknownOperationException", "path"),
        ("/?", 404, "UnknownOperationException", "path"),
        ("//", 404, "UnknownOperationException", "path"),
        ("/a", 404, "UnknownOperationException", "path"),
        ("/%2F", 404, "UnknownOperationException", "path"),
        ("/./", 404, "UnknownOperationException", "path"),
        ("/#a", 404, "UnknownOperationException", "path"),
        ("", 404, "UnknownOperationException", "path"),
        ("*", 404, "UnknownOperationException", "path"),
        ("http://127.0.0.1:4566/", 404, "UnknownOperationException", "path"),
        ("http://user:pass@127.0.0.1/", 404, "UnknownOperationException", "path"),
    ] {
        // Beside a right header as well as without one.
        let mut draft = get();
        draft.target = target.to_owned();
        refused(&answer(house.endpoint.admit(draft.clone().sign(&house.keys))), status, code, part);
        refused(&answer(house.endpoint.admit(draft.send(&[]))), status, code, part);
    }
    for method in [Method::GET, Method::PUT, Method::OPTIONS, Method::HEAD, Method::DELETE, Method::CONNECT] {
        let mut draft = get();
        draft.method = method;
        let answer = answer(house.endpoint.admit(draft.sign(&house.keys)));
        refused(&answer, 405, "UnknownOperationException", "POST");
        assert_eq!(header(&answer, "access-control-allow-origin"), None);
    }
}

#[test]
fn every_header_that_means_something_is_there_once_and_signed() {
    let house = house();
    let send = |draft: Draft| answer(house.endpoint.admit(draft.sign(&house.keys)));
    for name in ["host", "content-type", "x-amz-target", "x-amz-date", "accept"] {
        let mut draft = get();
        draft.unsigned.extend([(name.to_owned(), "twice".to_owned()), (name.to_owned(), "twice".to_owned())]);
        refused(&send(draft), 400, "IncompleteSignatureException", "more than once");
    }
    for name in ["x-amz-anything", "x-amz-security-token", "x-amz-content-sha256"] {
        let mut draft = get();
        draft.unsigned.push((name.to_owned(), if name.ends_with("256") { SHA.to_owned() } else { "a".to_owned() }));
        refused(&send(draft), 400, "IncompleteSignatureException", &format!("'{name}' must be a 'SignedHeader'"));
    }
    for name in ["host", "x-amz-date"] {
        let part = if name == "host" { "'host' must be" } else { "existence of a 'X-Amz-Date'" };
        refused(&send(get().without(name)), 400, "IncompleteSignatureException", part);
    }
    for date in ["", "2027-01-15T08:00:00Z", "20270115T080000", "Fri, 15 Jan 2027 08:00:00 GMT", "20270115T250000Z"] {
        refused(&send(get().set("x-amz-date", date)), 400, "IncompleteSignatureException", "ISO-8601 'basic format'");
    }
    let mut foreign = get();
    foreign.unsigned.push(("x-amz-date-".to_owned(), "ä".to_owned()));
    refused(&send(foreign), 400, "IncompleteSignatureException", "'x-amz-date-' must be");
    refused(&send(get().set("x-amz-target", "ä")), 400, "IncompleteSignatureException", "not ASCII");
}
/// Of the body of [`get`].
const SHA: &str = "f7e8785d034ab0cf4e95a95a1009431190b7a90407bd6acb5fa5aa34cb09c689";

#[test]
fn the_body_is_always_hashed() {
    let house = house();
    let send = |draft: Draft| answer(house.endpoint.admit(draft.sign(&house.keys)));
    for value in ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"] {
        let refusal = send(get().set("x-amz-content-sha256", value));
        refused(&refusal, 400, "InvalidSignatureException", "signed as a whole");
    }
    for value in ["", "required", &"0".repeat(64)] {
        let refusal = send(get().set("x-amz-content-sha256", value));
        refused(&refusal, 400, "InvalidSignatureException", "does not match what was computed");
    }
    let hash = strongroom_server::sigv4::hex_sha256(get().body.as_bytes());
    let right = send(get().set("x-amz-content-sha256", std::str::from_utf8(&hash).unwrap()));
    assert!(text(&right).contains("ResourceNotFoundException"), "{}", text(&right));
    // Another body under the same signature.
    let mut changed = get().sign(&house.keys);
    changed.body.push(b' ');
    let refusal = answer(house.endpoint.admit(changed));
    refused(&refusal, 400, "InvalidSignatureException", "does not match the signature you provided");
}

#[test]
fn unknown_keys_wrong_secrets_and_wrong_times_are_refused_in_the_words_of_each_service() {
    let house = house();
    let stranger = Keys { id: "AKIA0000000000000000".to_owned(), ..house.keys.clone() };
    let wrong = Keys { secret: "0".repeat(40), ..house.keys.clone() };
    let (json, query) = (get(), Draft::query("iam", "ListUsers", ""));
    let old = |draft: &Draft| draft.clone().at(NOW.plus_millis(-301_000)).sign(&house.keys);
    let cases = [
        (json.clone().sign(&stranger), 400, "UnrecognizedClientException"),
        (json.clone().sign(&wrong), 400, "InvalidSignatureException"),
        (old(&json), 400, "InvalidSignatureException"),
        (query.clone().sign(&stranger), 403, "InvalidClientTokenId"),
        (query.clone().sign(&wrong), 403, "SignatureDoesNotMatch"),
        (old(&query), 403, "SignatureDoesNotMatch"),
        (query.clone().send(&[]), 403, "MissingAuthenticationToken"),
        (query.clone().send(&[("authorization", "Basic x")]), 400, "IncompleteSignature"),
        (query.set("x-amz-target", "secretsmanager.ListSecrets").sign(&house.keys), 400, "InvalidSignatureException"),
    ];
    for (request, status, code) in cases {
        let refused = answer(house.endpoint.admit(request));
        let body = text(&refused);
        let told = if status == 403 || code == "IncompleteSignature" {
            format!("<Code>{code}</Code>")
        } else {
            format!(r#""__type":"{code}""#)
        };
        assert!(refused.status == status && body.contains(&told), "{code}: {} {body}", refused.status);
    }
}
