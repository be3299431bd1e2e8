//! RotateSecret and CancelRotateSecret as requests: members, order of checks, texts (11.1, 11.2, 16).

use strongroom::operation::secretsmanager::{
    CancelRotateSecret, CreateSecret, DeleteSecret, ListSecretVersionIds, ListSecrets, RotateSecret, RotationRules,
};
use strongroom::{Error, GenerateSecret, Principal};

use crate::common::*;
use crate::*;

const NOT_FOUND: &str = "Secrets Manager can't find the specified secret.";
const NO_FUNCTION: &str = "No Lambda rotation function ARN is associated with this secret.";
const NOT_INVOCABLE: &str = "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy \
                             grants access to the principal secretsmanager.amazonaws.com.";
const MARKED: &str = "You can't perform this operation on the secret because it was marked for deletion.";

#[test]
fn a_secret_without_a_function_cannot_be_rotated() {
    let (house, _) = rotating_house();
    refused(rotate(&house, RotateSecret::new("s")), "InvalidRequestException", NO_FUNCTION);
    // The empty name is the same as none.
    let empty = RotateSecret::new("s").rotation_lambda_arn("");
    refused(rotate(&house, empty), "InvalidRequestException", NO_FUNCTION);
    rotate(&house, by(1)).unwrap();
    due(&house);
    rotate(&house, RotateSecret::new("s").rotation_lambda_arn("").client_request_token(token(2))).unwrap();
    assert_eq!(described(&house).rotation_lambda_arn.unwrap(), *FUNCTION);
}

#[test]
fn a_function_that_nobody_registered_is_denied_and_nothing_is_stored() {
    let (house, _) = rotating_house();
    let before = described(&house);
    let other = RotateSecret::new("s").rotation_lambda_arn(FUNCTION.replace("Rotation", "Other"));
    refused(rotate(&house, other.rotation_rules(every_days(30))), "AccessDeniedException", NOT_INVOCABLE);
    assert_eq!(described(&house), before, "no RotationEnabled, no rules, no version");
    assert!(house.room.unregister_rotation_function(FUNCTION));
    assert!(!house.room.unregister_rotation_function(FUNCTION));
    refused(rotate(&house, by(1)), "AccessDeniedException", NOT_INVOCABLE);
    assert_eq!(described(&house), before);
}

#[test]
fn the_caller_needs_the_right_to_the_secret_and_to_the_function() {
    let (house, _) = rotating_house();
    let who = house.user("ines");
    let arn = user_arn("ines");
    denied(who.rotate_secret(by(1)), &arn, "secretsmanager:RotateSecret", Some("s"));
    // Existence lies behind the decision.
    denied(who.rotate_secret("none"), &arn, "secretsmanager:RotateSecret", Some("none"));
    house.set_policy("ines", allow("secretsmanager:RotateSecret", "*"));
    denied(who.rotate_secret(by(1)), &arn, "lambda:InvokeFunction", Some(FUNCTION));
    refused(who.rotate_secret("none"), "ResourceNotFoundException", NOT_FOUND);
    house.set_policy(
        "ines",
        policy(&[
            r#"{"Effect":"Allow","Action":"secretsmanager:RotateSecret","Resource":"*"}"#.to_owned(),
            format!(r#"{{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"{FUNCTION}"}}"#),
        ]),
    );
    who.rotate_secret(by(1)).unwrap();
    // The stored one is weighed as well as one that is sent.
    house.set_policy("ines", allow("secretsmanager:RotateSecret", "*"));
    denied(who.rotate_secret(by(1)), &arn, "lambda:InvokeFunction", Some(FUNCTION));
    denied(who.cancel_rotate_secret("s"), &arn, "secretsmanager:CancelRotateSecret", Some("s"));
    house.set_policy("ines", allow("secretsmanager:CancelRotateSecret", "*"));
    who.cancel_rotate_secret("s").unwrap();
}

#[test]
fn the_shipped_policy_for_secrets_enables_rotation_only_by_functions_of_its_name() {
    let (house, _) = rotating_house();
    let other = "arn:aws:lambda:us-east-1:000000000000:function:MyRotation";
    house.room.register_rotation_function(other, ROLE, GenerateSecret::new()).unwrap();
    let admin = house.user("admin");
    let shipped = "arn:aws:iam::aws:policy/SecretsManagerReadWrite";
    let attach = strongroom::operation::iam::AttachUserPolicy::new("admin", shipped);
    house.root.iam().attach_user_policy(attach).unwrap();
    let by_other = RotateSecret::new("s").rotation_lambda_arn(other);
    denied(admin.rotate_secret(by_other), &user_arn("admin"), "lambda:InvokeFunction", Some(other));
    admin.rotate_secret(by(1)).unwrap();
}

#[test]
fn checks_come_in_the_order_of_aws() {
    let (house, _) = rotating_house();
    let model = |request: RotateSecret| refused_as(rotate(&house, request), "ValidationException");
    model(RotateSecret::new("none").client_request_token("short"));
    model(by(1).rotation_rules(every_days(0)));
    model(by(1).rotation_rules(every_days(1001)));
    model(by(1).rotation_rules(RotationRules::new().automatically_after_days(1).duration("3")));
    model(by(1).rotation_rules(RotationRules::new().automatically_after_days(1).duration("300h")));
    model(by(1).rotation_rules(on("")));
    model(by(1).rotation_rules(on("rate(10 days);")));
    model(by(1).rotation_rules(on(&"1".repeat(257))));
    model(by(1).rotation_lambda_arn("a".repeat(2049)));
    // The state goes before what is asked for.
    house.root.delete_secret(DeleteSecret::new("s")).unwrap();
    let both = RotationRules::new().automatically_after_days(1).schedule_expression("rate(10 days)");
    refused(rotate(&house, by(1).rotation_rules(both.clone())), "InvalidRequestException", MARKED);
    refused(house.root.cancel_rotate_secret("s"), "InvalidRequestException", MARKED);
    house.root.restore_secret("s").unwrap();
    // And what is asked for before the function.
    let other = RotateSecret::new("s").rotation_lambda_arn("arn:aws:lambda:us-east-1:000000000000:function:none");
    let text = "You can't specify both AutomaticallyAfterDays and ScheduleExpression. Choose one of them.";
    refused(rotate(&house, other.rotation_rules(both)), "InvalidParameterException", text);
    refused(house.root.rotate_secret("none"), "ResourceNotFoundException", NOT_FOUND);
    refused(house.root.cancel_rotate_secret("none"), "ResourceNotFoundException", NOT_FOUND);
}

#[test]
fn schedules_that_cannot_be_are_refused_with_the_reason() {
    let (house, _) = rotating_house();
    let before = described(&house);
    for (rules, reason) in [
        (on("rate(3 hours)"), "a secret rotates every 4 hours at the most"),
        (on("rate(1000 days)"), "a rate is at most 999 days"),
        (on("rate(0 days)"), "`0` is no whole number of 1 or more"),
        (on("rate(2 weeks)"), "`weeks` is no unit: write hours or days"),
        (on("every day"), "write rate(N days), rate(N hours) or cron(0 hour day-of-month month day-of-week *)"),
        (on("cron(30 8 * * ? *)"), "the minute must be 0, not `30`: windows open on the hour"),
        (on("cron(0 8 * * ? 2027)"), "the year must be *, not `2027`"),
        (on("cron(0 8 * * * *)"), "one of day of month and day of week must be ?"),
        (on("cron(0 8 ? * ? *)"), "one of day of month and day of week must say something"),
        (on("cron(0 8 * * ?)"), "cron has six fields (minute, hour, day of month, month, day of week, year), not 5"),
        (on("cron(0 * * * ? *)"), "a secret rotates every 4 hours at the most, not as `*` has it"),
        (on("cron(0 8 30 2 ? *)"), "that day never comes"),
        (on("cron(0 24 * * ? *)"), "hour: `24` is not 0 to 23"),
    ] {
        let expression = rules.schedule_expression.clone().unwrap();
        let text = format!("Invalid ScheduleExpression {expression}: {reason}.");
        refused(rotate(&house, by(1).rotation_rules(rules)), "InvalidParameterException", &text);
    }
    for (rules, reason) in [
        (
            on("cron(0 22 * * ? *)").duration("3h"),
            "Invalid Duration 3h: a window that opens at 22:00 UTC would reach into the next day.",
        ),
        (
            on("cron(0 2/10 * * ? *)").duration("11h"),
            "Invalid Duration 11h: it would reach into the next window, which opens at 12:00 UTC.",
        ),
        (
            every_days(1).duration("25h"),
            "Invalid Duration 25h: a window that opens at 0:00 UTC would reach into the next day.",
        ),
        (every_days(1).duration("0h"), "Invalid Duration 0h: write 1h to 24h."),
        (
            RotationRules::new().duration("3h"),
            "Duration needs a schedule: send AutomaticallyAfterDays or ScheduleExpression with it.",
        ),
    ] {
        refused(rotate(&house, by(1).rotation_rules(rules)), "InvalidParameterException", reason);
    }
    assert_eq!(described(&house), before);
}

#[test]
fn secrets_of_partners_are_not_rotated_here() {
    let (house, _) = rotating_house();
    let metadata = vec![strongroom::operation::secretsmanager::ExternalSecretRotationMetadata::new("k", "v")];
    refused_as(rotate(&house, by(1).external_secret_rotation_metadata(metadata)), "UnsupportedOperationException");
    let role = "arn:aws:iam::000000000000:role/partner";
    refused_as(rotate(&house, by(1).external_secret_rotation_role_arn(role)), "UnsupportedOperationException");
    assert_eq!(described(&house).rotation_enabled, None);
}

#[test]
fn what_is_configured_is_described_and_listed_and_rules_stay_until_others_come() {
    let (house, _) = rotating_house();
    let plain = described(&house);
    assert_eq!(
        (plain.rotation_enabled, plain.rotation_lambda_arn, plain.rotation_rules, plain.next_rotation_date),
        (None, None, None, None)
    );
    let rules = every_days(30).duration("2h");
    rotate(&house, by(1).rotation_rules(rules.clone())).unwrap();
    assert_eq!(due(&house), (1, 0));
    let told = described(&house);
    assert_eq!(told.rotation_enabled, Some(true));
    assert_eq!(told.rotation_lambda_arn.as_deref(), Some(FUNCTION));
    assert_eq!(told.rotation_rules, Some(rules.clone()));
    assert_eq!(told.last_rotated_date, Some(NOW));
    let listed = house.root.list_secrets(ListSecrets::new()).unwrap().secret_list.remove(0);
    assert_eq!(
        (listed.rotation_enabled, listed.rotation_lambda_arn, listed.rotation_rules),
        (told.rotation_enabled, told.rotation_lambda_arn, told.rotation_rules)
    );
    assert_eq!(
        (listed.last_rotated_date, listed.next_rotation_date),
        (told.last_rotated_date, told.next_rotation_date)
    );
    // Rotated as it is configured.
    rotate(&house, RotateSecret::new("s")).unwrap();
    assert_eq!(described(&house).rotation_rules, Some(rules));
    assert_eq!(due(&house), (1, 0));
    // New rules take the place of all of the old.
    rotate(&house, RotateSecret::new("s").rotation_rules(on("rate(10 days)"))).unwrap();
    assert_eq!(described(&house).rotation_rules, Some(on("rate(10 days)")));
}

#[test]
fn cancelling_keeps_function_and_rules_and_labels_and_rotating_switches_on_again() {
    let (house, script) = rotating_house();
    refused_as(house.root.cancel_rotate_secret("s"), "InvalidRequestException");
    rotate(&house, by(1).rotation_rules(every_days(30))).unwrap();
    let answer = house.root.cancel_rotate_secret(CancelRotateSecret::new("s")).unwrap();
    assert_eq!(answer.version_id.as_deref(), Some(token(1).as_str()), "the version that was being made");
    let told = described(&house);
    assert_eq!((told.rotation_enabled, told.next_rotation_date), (Some(false), None));
    assert_eq!((told.rotation_lambda_arn.as_deref(), told.rotation_rules), (Some(FUNCTION), Some(every_days(30))));
    assert_eq!(labels_of(&house, &token(1)), ["AWSPENDING"]);
    assert_eq!(due(&house), (0, 0));
    assert!(script.steps().is_empty());
    // Its label says that a rotation is half done; its own token takes that up.
    let half_done = "A previous rotation isn't complete. That rotation will be reattempted.";
    refused(rotate(&house, by(2)), "InvalidRequestException", half_done);
    rotate(&house, by(1)).unwrap();
    assert_eq!(due(&house), (1, 0));
    assert_eq!(current(&house), token(1));
    let told = described(&house);
    assert_eq!(told.rotation_enabled, Some(true));
    // Without a rotation under way there is no version to answer.
    let answer = house.root.cancel_rotate_secret("s").unwrap();
    assert_eq!(answer.version_id, None);
    house.root.cancel_rotate_secret("s").unwrap();
}

#[test]
fn rotating_reaches_no_key_of_the_callers() {
    let (house, _) = rotating_house();
    let key = house.customer_key(policy(&[statement("Allow", &root_arn(), "kms:*")]));
    house.root.create_secret(CreateSecret::text("sealed", "v").kms_key_id(key)).unwrap();
    let rights = allow("secretsmanager:RotateSecret lambda:InvokeFunction", "*");
    let ines = house.user_with("ines", rights);
    ines.rotate_secret(RotateSecret::new("sealed").rotation_lambda_arn(FUNCTION)).unwrap();
    // The function's role does: without a right to the key its step fails.
    assert_eq!(due(&house), (0, 1));
    let told = house.root.rotation_status("sealed").unwrap();
    assert!(told.last_failure.unwrap().contains("Access to KMS is not allowed"));
}

#[test]
fn the_version_that_is_to_be_made_holds_no_value_and_is_not_listed() {
    let (house, _) = rotating_house();
    rotate(&house, by(1)).unwrap();
    assert_eq!(labels_of(&house, &token(1)), ["AWSPENDING"]);
    let by_id = GetSecretValue::new("s").version_id(token(1));
    let text = format!("Secrets Manager can't find the specified secret value for VersionId: {}", token(1));
    refused(house.root.get_secret_value(by_id), "ResourceNotFoundException", &text);
    let by_label = GetSecretValue::new("s").version_stage("AWSPENDING");
    let text = "Secrets Manager can't find the specified secret value for staging label: AWSPENDING";
    refused(house.root.get_secret_value(by_label), "ResourceNotFoundException", text);
    let listed = house.root.list_secret_version_ids(ListSecretVersionIds::new("s").include_deprecated(true)).unwrap();
    assert!(listed.versions.iter().all(|version| *version.version_id != *token(1)));
    assert_eq!(value(&house.root, "s"), "first");
}

#[test]
fn a_function_is_registered_under_the_arn_of_a_function_of_this_account_for_a_role_of_it() {
    let house = house();
    let register = |arn: &str, role: &str| -> Result<(), Error> {
        house.room.register_rotation_function(arn, role, GenerateSecret::new())
    };
    for arn in [
        "",
        "rotate",
        "arn:aws:lambda:us-east-1:000000000000:layer:rotate",
        "arn:aws:lambda:us-east-1:111122223333:function:rotate",
        "arn:aws:lambda::000000000000:function:rotate",
        "arn:aws:s3:us-east-1:000000000000:function:rotate",
        "arn:aws:lambda:us-east-1:000000000000:function:",
        "arn:aws:lambda:us-east-1:000000000000:function:a b",
    ] {
        assert_eq!(register(arn, ROLE).unwrap_err().kind(), strongroom::ErrorKind::InvalidRequest, "{arn}");
    }
    for role in ["", "a/b", "arn:aws:iam::111122223333:role/rotation", "arn:aws:iam::000000000000:user/rotation"] {
        assert_eq!(register(FUNCTION, role).unwrap_err().kind(), strongroom::ErrorKind::InvalidRequest, "{role}");
    }
    register(FUNCTION, "arn:aws:iam::000000000000:role/machines/rotation").unwrap();
    register(&format!("{FUNCTION}:live"), ROLE).unwrap();
    assert!(house.room.session(Principal::role(ROLE, "x")).is_err(), "the role may be made later");
}
