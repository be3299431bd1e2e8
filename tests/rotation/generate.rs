//! The built-in function `generate`.

use strongroom::operation::secretsmanager::{CreateSecret, GetRandomPassword, GetSecretValue, RotateSecret};
use strongroom::{GenerateSecret, RotationEvent, RotationFailure, RotationFunction as _, Session};

use crate::common::*;
use crate::*;

fn rotated_by(function: GenerateSecret, value: &str) -> (House, (usize, usize)) {
    let house = house();
    make_role(&house);
    house.root.create_secret(CreateSecret::text("s", value)).unwrap();
    house.room.register_rotation_function(FUNCTION, ROLE, function).unwrap();
    rotate(&house, by(1)).unwrap();
    let outcome = due(&house);
    (house, outcome)
}
fn why(house: &House) -> String {
    house.root.rotation_status("s").unwrap().last_failure.unwrap().to_string()
}

#[test]
fn the_whole_value_is_a_password_as_it_was_asked_for() {
    let (house, outcome) = rotated_by(GenerateSecret::new(), "first");
    assert_eq!((outcome, value(&house.root, "s").len()), ((1, 0), 32));
    let digits = GetRandomPassword::new()
        .password_length(50)
        .exclude_punctuation(true)
        .exclude_lowercase(true)
        .exclude_uppercase(true);
    let (house, outcome) = rotated_by(GenerateSecret::new().options(digits), "first");
    assert_eq!(outcome, (1, 0));
    let made = value(&house.root, "s");
    assert!(made.len() == 50 && made.bytes().all(|byte| byte.is_ascii_digit()), "{made}");
    // What GetRandomPassword refuses is a failure of the first step.
    let nothing = GetRandomPassword::new().password_length(3);
    let (house, outcome) = rotated_by(GenerateSecret::new().options(nothing), "first");
    assert_eq!(outcome, (0, 1));
    let text = "createSecret: InvalidParameterException: Password length is too short based on the required types.";
    assert_eq!(why(&house), text);
}

#[test]
fn one_member_of_an_object_is_replaced_and_the_rest_stays_byte_for_byte() {
    let before = "{ \"user\":\"app\",\n  \"pass\\u0077ord\" : {\"old\":[1,2,\"}\"]} , \"port\": 5432.0, \"nested\":{\"password\":\"x\"}}";
    let options = GetRandomPassword::new().password_length(200);
    let (house, outcome) = rotated_by(GenerateSecret::new().options(options).field("password"), before);
    assert_eq!(outcome, (1, 0));
    let after = value(&house.root, "s");
    let (head, tail) = before.split_once("{\"old\":[1,2,\"}\"]}").unwrap();
    assert!(after.starts_with(head) && after.ends_with(tail), "{after}");
    let read: serde_json::Value = serde_json::from_str(&after).unwrap();
    assert_eq!(read["password"].as_str().unwrap().len(), 200);
    assert_eq!((read["user"].as_str(), read["nested"]["password"].as_str()), (Some("app"), Some("x")));
}

#[test]
fn a_value_without_that_member_or_that_is_no_object_is_left_alone() {
    for (value, reason) in [
        ("plain", "the value is no JSON object"),
        ("[\"password\"]", "the value is no JSON object"),
        ("{\"password\":\"a\",\"password\":\"b\"}", "the value is no JSON object"),
        ("{\"password\":\"a\"} more", "the value is no JSON object"),
        ("{\"Password\":\"a\"}", "there is no such member"),
    ] {
        let (house, outcome) = rotated_by(GenerateSecret::new().field("password"), value);
        assert_eq!(outcome, (0, 1), "{value}");
        let why = why(&house);
        assert_eq!(why, format!("createSecret: member `password` of the value: {reason}"));
        assert!(!why.contains("plain"));
        assert_eq!(crate::value(&house.root, "s"), value);
    }
    let house = house();
    make_role(&house);
    house.root.create_secret(CreateSecret::binary("s", b"{\"password\":\"a\"}".as_slice())).unwrap();
    house.room.register_rotation_function(FUNCTION, ROLE, GenerateSecret::new().field("password")).unwrap();
    rotate(&house, by(1)).unwrap();
    assert_eq!(due(&house), (0, 1));
    assert_eq!(why(&house), "createSecret: the current value is not text");
}

#[test]
fn each_step_may_be_called_again_and_changes_nothing_then() {
    let house = house();
    make_role(&house);
    house.secret("s", "first");
    let function = |session: &Session, event: &RotationEvent| -> Result<(), RotationFailure> {
        let generate = GenerateSecret::new();
        generate.call(session, event)?;
        let asked = || GetSecretValue::new(event.secret_id()).version_id(event.client_request_token());
        let made = session.get_secret_value(asked())?.secret_string.unwrap();
        generate.call(session, event)?;
        generate.call(session, event)?;
        assert!(session.get_secret_value(asked())?.secret_string.unwrap().ct_eq(&made));
        Ok(())
    };
    house.room.register_rotation_function(FUNCTION, ROLE, function).unwrap();
    rotate(&house, by(1)).unwrap();
    assert_eq!(due(&house), (1, 0));
    assert_eq!(current(&house), token(1));
    assert_eq!(labels(&house).len(), 2);
}

#[test]
fn testing_a_configuration_finds_a_member_that_is_missing() {
    let house = house();
    make_role(&house);
    house.secret("s", "{\"user\":\"app\"}");
    house.room.register_rotation_function(FUNCTION, ROLE, GenerateSecret::new().field("password")).unwrap();
    rotate(&house, by(1).rotate_immediately(false).rotation_rules(every_days(30))).unwrap();
    assert_eq!(due(&house), (0, 1));
    assert_eq!(why(&house), "testSecret: member `password` of the value: there is no such member");
    house
        .root
        .put_secret_value(strongroom::operation::secretsmanager::PutSecretValue::text("s", "{\"password\":\"\"}"))
        .unwrap();
    rotate(&house, RotateSecret::new("s").rotate_immediately(false)).unwrap();
    assert_eq!(due(&house), (0, 1));
    assert_eq!(why(&house), "testSecret: member `password` of the value: it is no text");
}
