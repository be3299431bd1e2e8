//! From a signed request to its answer: every protocol, right and wrong.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{Draft, header, house, json, text};
use strongroom::operation::secretsmanager::CreateSecret;

#[test]
fn a_secret_is_read_over_the_wire() {
    let house = house();
    let arn = house.root.create_secret(CreateSecret::text("prod/db", "hun\"ter2")).unwrap().arn;
    let admitted = house.admit(Draft::json("secretsmanager", "GetSecretValue", r#"{"SecretId":"prod/db"}"#)).unwrap();
    assert_eq!((admitted.operation(), admitted.writes()), (("secretsmanager", "GetSecretValue"), false));
    let id = admitted.request_id().to_owned();
    let answer = admitted.perform();
    assert_eq!(header(&answer, "x-amzn-requestid"), Some(id.as_str()));
    let (status, body) = json(&answer);
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!((status, body["ARN"].as_str(), body["SecretString"].as_str()), (200, Some(&*arn), Some("hun\"ter2")));
}

#[test]
fn who_is_asking_is_told_in_xml() {
    let house = house();
    let answer = house.ask(Draft::query("sts", "GetCallerIdentity", ""));
    assert_eq!((answer.status, header(&answer, "content-type")), (200, Some("text/xml")));
    let body = text(&answer);
    assert!(body.contains("<Arn>arn:aws:iam::000000000000:user/admin</Arn>"), "{body}");
}
