//! Conditions on labels, versions, tags and names, as the guide tells of them.

use strongroom::Session;
use strongroom::operation::secretsmanager::{
    CreateSecret, GetSecretValue, PutSecretValue, Tag, TagResource, UpdateSecretVersionStage,
};

use crate::common::*;

/// A secret of four versions: 1 without labels, 2 previous, 3 current, 4 pending and `mine`.
fn versions() -> House {
    let house = house();
    house.root.create_secret(CreateSecret::text("s", "v1").client_request_token(token(1))).unwrap();
    for number in [2, 3] {
        house
            .root
            .put_secret_value(PutSecretValue::text("s", format!("v{number}")).client_request_token(token(number)))
            .unwrap();
    }
    let labels: Vec<strongroom::name::Text> = vec!["AWSPENDING".into(), "mine".into()];
    house
        .root
        .put_secret_value(PutSecretValue::text("s", "v4").client_request_token(token(4)).version_stages(labels))
        .unwrap();
    house
}
fn read(session: &Session, id: Option<u32>, stage: Option<&str>) -> Option<String> {
    let mut request = GetSecretValue::new("s");
    request.version_id = id.map(|id| token(id).into());
    request.version_stage = stage.map(Into::into);
    match session.get_secret_value(request) {
        Ok(read) => Some(String::from_utf8(read.value().to_vec()).unwrap()),
        Err(error) => {
            assert!(error.is_access_denied(), "{error}");
            None
        }
    }
}
fn reader(house: &House, name: &str, condition: &str) -> Session {
    house.user_with(name, allow_if("secretsmanager:GetSecretValue", "*", condition))
}

#[test]
fn for_any_value_on_current_admits_the_current_version_however_it_is_asked_for() {
    let house = versions();
    let u = reader(&house, "u", r#""ForAnyValue:StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}"#);
    assert_eq!(read(&u, None, None).as_deref(), Some("v3"), "by default");
    assert_eq!(read(&u, None, Some("AWSCURRENT")).as_deref(), Some("v3"));
    assert_eq!(read(&u, Some(3), None).as_deref(), Some("v3"), "by its id");
    for (id, stage) in [
        (None, Some("AWSPREVIOUS")),
        (None, Some("AWSPENDING")),
        (None, Some("mine")),
        (None, Some("nobody")),
        (Some(1), None),
        (Some(2), None),
        (Some(4), None),
        (Some(9), None),
        (Some(4), Some("mine")),
        (Some(2), Some("AWSPREVIOUS")),
    ] {
        assert_eq!(read(&u, id, stage), None, "{id:?} {stage:?}");
    }
    // To name the label without a version that has both is to ask for nothing that is current.
    let mut request = GetSecretValue::new("s").version_stage("AWSPREVIOUS");
    request.version_id = Some(token(3).into());
    assert!(u.get_secret_value(request).is_err());
    // It follows the label.
    let promote =
        UpdateSecretVersionStage::new("s", "AWSCURRENT").remove_from_version_id(token(3)).move_to_version_id(token(4));
    house.root.update_secret_version_stage(promote).unwrap();
    assert_eq!(read(&u, None, None).as_deref(), Some("v4"));
    assert_eq!(read(&u, Some(4), None).as_deref(), Some("v4"));
    assert_eq!(read(&u, None, Some("mine")).as_deref(), Some("v4"), "by another label of the same version");
    assert_eq!(read(&u, Some(3), None), None);
}

#[test]
fn a_plain_operator_sees_the_label_that_was_named() {
    let house = versions();
    let u = reader(&house, "u", r#""StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}"#);
    assert_eq!(read(&u, None, Some("AWSCURRENT")).as_deref(), Some("v3"));
    for (id, stage) in [(None, Some("AWSPREVIOUS")), (None, Some("AWSPENDING")), (None, Some("mine")), (Some(2), None)]
    {
        assert_eq!(read(&u, id, stage), None, "{id:?} {stage:?}");
    }
    let promote =
        UpdateSecretVersionStage::new("s", "AWSCURRENT").remove_from_version_id(token(3)).move_to_version_id(token(4));
    house.root.update_secret_version_stage(promote).unwrap();
    // Version 4 has AWSCURRENT, AWSPENDING and mine: what was named counts.
    assert_eq!(read(&u, None, Some("AWSCURRENT")).as_deref(), Some("v4"));
    assert_eq!(read(&u, None, Some("AWSPENDING")), None);
}

#[test]
fn a_deny_on_a_label_catches_its_version_by_any_way() {
    let house = versions();
    let text = policy(&[
        r#"{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}"#.to_owned(),
        r#"{"Effect":"Deny","Action":"secretsmanager:GetSecretValue","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"secretsmanager:VersionStage":"AWSPENDING"}}}"#.to_owned(),
    ]);
    let u = house.user_with("u", text);
    assert_eq!(read(&u, None, Some("AWSPENDING")), None);
    assert_eq!(read(&u, None, Some("mine")), None);
    assert_eq!(read(&u, Some(4), None), None);
    assert_eq!(read(&u, None, None).as_deref(), Some("v3"));
    assert_eq!(read(&u, Some(1), None).as_deref(), Some("v1"));
}

#[test]
fn the_version_id_is_that_of_the_version_found() {
    let house = versions();
    let condition = format!(r#""StringEquals":{{"secretsmanager:VersionId":"{}"}}"#, token(2));
    let u = reader(&house, "u", &condition);
    assert_eq!(read(&u, Some(2), None).as_deref(), Some("v2"));
    assert_eq!(read(&u, None, Some("AWSPREVIOUS")).as_deref(), Some("v2"));
    assert_eq!(read(&u, None, None), None);
    assert_eq!(read(&u, Some(3), None), None);
    assert_eq!(read(&u, Some(9), None), None);
}

#[test]
fn moving_a_label_is_weighed_by_the_label_that_moves() {
    let house = versions();
    let condition = r#""ForAllValues:StringEquals":{"secretsmanager:VersionStage":["mine"]}"#;
    let u = house.user_with("u", allow_if("secretsmanager:UpdateSecretVersionStage", "*", condition));
    let moves = |label: &str, from: u32, to: u32| {
        let request =
            UpdateSecretVersionStage::new("s", label).remove_from_version_id(token(from)).move_to_version_id(token(to));
        u.update_secret_version_stage(request)
    };
    denied(moves("AWSCURRENT", 3, 2), &user_arn("u"), "secretsmanager:UpdateSecretVersionStage", Some("s"));
    denied(moves("Mine", 4, 2), &user_arn("u"), "secretsmanager:UpdateSecretVersionStage", Some("s"));
    moves("mine", 4, 2).unwrap();
}

#[test]
fn tags_of_the_secret_decide_by_either_spelling_of_their_key() {
    let house = house();
    for (name, server) in [("abc", Some("ServerABC")), ("lower", Some("serverabc")), ("bare", None)] {
        house.secret(name, name);
        if let Some(server) = server {
            house.root.tag_resource(TagResource::new(name, vec![Tag::new("ServerName", server)])).unwrap();
        }
    }
    for (number, key) in
        ["secretsmanager:ResourceTag/ServerName", "aws:ResourceTag/ServerName", "aws:resourcetag/servername"]
            .iter()
            .enumerate()
    {
        let condition = format!(r#""StringEquals":{{"{key}":"ServerABC"}}"#);
        let u = house.user_with(&format!("u{number}"), allow_if("secretsmanager:DescribeSecret", "*", &condition));
        assert!(u.describe_secret("abc").is_ok(), "{key}");
        for name in ["lower", "bare", "nothing"] {
            assert!(u.describe_secret(name).unwrap_err().is_access_denied(), "{key} {name}");
        }
        assert!(u.get_secret_value("abc").unwrap_err().is_access_denied());
    }
    // A tag taken away takes the right along.
    let condition = r#""StringEquals":{"aws:ResourceTag/ServerName":"ServerABC"}"#;
    let u = house.user_with("u", allow_if("secretsmanager:GetSecretValue", "*", condition));
    assert_eq!(u.get_secret_value("abc").unwrap().value(), b"abc");
    house.root.tag_resource(TagResource::new("abc", vec![Tag::new("ServerName", "other")])).unwrap();
    assert!(u.get_secret_value("abc").unwrap_err().is_access_denied());
}

#[test]
fn a_create_is_weighed_by_name_description_key_and_tags_that_were_sent() {
    let house = house();
    let maker = |number: u32, condition: &str| {
        let name = format!("maker{number}");
        house.user_with(&name, allow_if("secretsmanager:CreateSecret secretsmanager:TagResource", "*", condition))
    };
    let made = |session: &Session, request: CreateSecret| match session.create_secret(request) {
        Ok(_) => true,
        Err(error) => {
            assert!(error.is_access_denied(), "{error}");
            false
        }
    };
    let by_name = maker(1, r#""StringLike":{"secretsmanager:Name":"app/*"}"#);
    assert!(made(&by_name, CreateSecret::text("app/1", "v")));
    assert!(!made(&by_name, CreateSecret::text("other", "v")));
    let by_text = maker(2, r#""StringEquals":{"secretsmanager:Description":"ok"}"#);
    assert!(made(&by_text, CreateSecret::text("b1", "v").description("ok")));
    assert!(!made(&by_text, CreateSecret::text("b2", "v").description("OK")));
    assert!(!made(&by_text, CreateSecret::text("b3", "v")));
    let by_tag = maker(3, r#""StringEquals":{"aws:RequestTag/env":"test"}"#);
    assert!(made(&by_tag, CreateSecret::text("c1", "v").tags(vec![Tag::new("env", "test")])));
    assert!(!made(&by_tag, CreateSecret::text("c2", "v").tags(vec![Tag::new("env", "prod")])));
    assert!(!made(&by_tag, CreateSecret::text("c3", "v")));
    // There is no resource yet: its tags are those of the request.
    let by_resource = maker(4, r#""StringEquals":{"aws:ResourceTag/env":"test"}"#);
    assert!(made(&by_resource, CreateSecret::text("d1", "v").tags(vec![Tag::new("env", "test")])));
    assert!(!made(&by_resource, CreateSecret::text("d2", "v").tags(vec![Tag::new("env", "prod")])));
    let no_key = maker(5, r#""Null":{"secretsmanager:KmsKeyId":"true"}"#);
    assert!(made(&no_key, CreateSecret::text("e1", "v")));
    assert!(!made(&no_key, CreateSecret::text("e2", "v").kms_key_id("alias/aws/secretsmanager")));
}

#[test]
fn the_secret_id_is_seen_as_it_was_sent() {
    let house = house();
    let arn = house.secret("s", "v");
    let condition = r#""StringEquals":{"secretsmanager:SecretId":"s"}"#;
    let u = house.user_with("u", allow_if("secretsmanager:GetSecretValue", "*", condition));
    assert!(u.get_secret_value("s").is_ok());
    assert!(u.get_secret_value(arn).unwrap_err().is_access_denied());
}

#[test]
fn time_and_name_of_the_caller_are_seen_by_policies() {
    let house = house();
    house.secret("s", "v");
    let until = format!(r#""DateLessThan":{{"aws:CurrentTime":"{}"}}"#, NOW.plus_days(1));
    let u = reader(&house, "u", &until);
    assert!(u.get_secret_value("s").is_ok());
    house.advance_days(1);
    assert!(u.get_secret_value("s").unwrap_err().is_access_denied());
    let v = reader(&house, "v", r#""StringEquals":{"aws:username":"v"}"#);
    assert!(v.get_secret_value("s").is_ok());
    let w = reader(&house, "w", r#""StringEquals":{"aws:username":"v"}"#);
    assert!(w.get_secret_value("s").unwrap_err().is_access_denied());
    // A name in a resource, by variable: each its own.
    let own = allow("secretsmanager:*", "arn:aws:secretsmanager:*:*:secret:home/${aws:username}/*");
    let x = house.user_with("x", own);
    x.create_secret(CreateSecret::text("home/x/1", "v")).unwrap();
    assert!(x.create_secret(CreateSecret::text("home/y/1", "v")).unwrap_err().is_access_denied());
    assert!(x.get_secret_value("home/x/1").is_ok());
}
