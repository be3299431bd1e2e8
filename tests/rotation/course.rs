//! The course of a rotation (11.4): the answer, the steps, the labels, a second request, a test of the configuration, cancelling.

use std::sync::{Arc, Mutex};

use strongroom::operation::secretsmanager::{
    CreateSecret, DeleteSecret, DescribeSecret, GetSecretValue, ListSecretVersionIds, PutSecretValue, RotateSecret,
    UpdateSecret, UpdateSecretVersionStage,
};
use strongroom::{RotationEvent, RotationFailure, RotationStep, Session};

use crate::common::*;
use crate::*;

const HALF_DONE: &str = "A previous rotation isn't complete. That rotation will be reattempted.";

#[test]
fn rotating_answers_at_once_and_the_four_steps_run_with_the_next_due_work() {
    let (house, script) = rotating_house();
    let first = current(&house);
    let answer = rotate(&house, by(1)).unwrap();
    assert_eq!((&*answer.name, &*answer.version_id), ("s", token(1).as_str()));
    assert_eq!(answer.arn, described(&house).arn);
    assert!(script.steps().is_empty(), "no step before the work that is due");
    assert_eq!(value(&house.root, "s"), "first");
    assert_eq!(described(&house).last_rotated_date, None);

    assert_eq!(due(&house), (1, 0));
    assert_eq!(script.steps(), STEPS);
    assert!(script.tokens().iter().all(|told| *told == token(1)));
    assert_eq!(labels_of(&house, &token(1)), ["AWSCURRENT"], "AWSPENDING is gone");
    assert_eq!(labels_of(&house, &first), ["AWSPREVIOUS"]);
    assert_ne!(value(&house.root, "s"), "first");
    assert_eq!(value(&house.root, GetSecretValue::new("s").version_stage("AWSPREVIOUS")), "first");
    assert_eq!(described(&house).last_rotated_date, Some(NOW));
    assert_eq!(due(&house), (0, 0), "nothing is left to do");
}

#[test]
fn a_function_is_told_the_full_arn_the_token_and_a_rotation_token_in_the_words_of_aws() {
    let house = house();
    make_role(&house);
    let arn = house.secret("s", "first");
    let told = Arc::new(Mutex::new(Vec::new()));
    let record = Arc::clone(&told);
    let function = move |_: &Session, event: &RotationEvent| -> Result<(), RotationFailure> {
        assert!(!format!("{event:?}").contains(event.rotation_token().expose()));
        record.lock().unwrap().push((event.to_json().expose().to_owned(), event.rotation_token().expose().to_owned()));
        Ok(())
    };
    house.room.register_rotation_function(FUNCTION, ROLE, function).unwrap();
    rotate(&house, by(1)).unwrap();
    // It does nothing, and so it is not believed in the end.
    assert_eq!(due(&house), (0, 1));
    let told = told.lock().unwrap();
    assert_eq!(told.len(), 4);
    for ((json, rotation_token), step) in told.iter().zip(STEPS) {
        assert_eq!(
            *json,
            format!(
                r#"{{"Step":"{step}","SecretId":"{arn}","ClientRequestToken":"{}","RotationToken":"{rotation_token}"}}"#,
                token(1)
            )
        );
        assert_eq!(rotation_token.len(), 36);
        assert_eq!(*rotation_token, told[0].1, "one for the whole rotation");
    }
    assert_ne!(told[0].1, token(1));
    let status = house.root.rotation_status("s").unwrap();
    let words = format!(
        "finishSecret: InvalidRequestException: the function returned, but AWSCURRENT is not on version {}",
        token(1)
    );
    assert_eq!(status.last_failure.as_deref(), Some(words.as_str()));
    assert_eq!(described(&house).last_rotated_date, None);
}

#[test]
fn a_second_rotation_is_refused_until_the_first_is_over_and_the_same_request_is_not_a_second() {
    let (house, script) = rotating_house();
    let answer = rotate(&house, by(1)).unwrap();
    let before = described(&house);
    assert_eq!(rotate(&house, by(1)).unwrap(), answer);
    assert_eq!(described(&house), before);
    refused(rotate(&house, by(2)), "InvalidRequestException", HALF_DONE);
    refused(rotate(&house, RotateSecret::new("s")), "InvalidRequestException", HALF_DONE);
    script.fail(RotationStep::TestSecret, 1);
    assert_eq!(due(&house), (0, 1));
    refused(rotate(&house, by(2)), "InvalidRequestException", HALF_DONE);
    house.clock.advance_millis(60_000);
    assert_eq!(due(&house), (1, 0));
    // Said again after it is over it is still the same request.
    script.forget();
    assert_eq!(rotate(&house, by(1)).unwrap(), answer);
    assert_eq!(due(&house), (0, 0));
    assert!(script.steps().is_empty());
    rotate(&house, by(2)).unwrap();
    assert_eq!(due(&house), (1, 0));
    assert_eq!(current(&house), token(2));
}

#[test]
fn a_token_that_names_a_version_of_another_making_is_refused() {
    let (house, _) = rotating_house();
    house.root.put_secret_value(PutSecretValue::text("s", "x").client_request_token(token(1))).unwrap();
    house.root.put_secret_value(PutSecretValue::text("s", "y").client_request_token(token(2))).unwrap();
    let arn = described(&house).arn;
    let text = format!(
        "You can't use ClientRequestToken {} because that value is already in use for a version of secret {arn}.",
        token(1)
    );
    refused(rotate(&house, by(1)), "InvalidRequestException", &text);
}

#[test]
fn a_pending_label_of_any_making_stands_in_the_way_unless_it_is_on_the_current_version() {
    let (house, _) = rotating_house();
    let put = PutSecretValue::text("s", "x").client_request_token(token(1)).version_stages(vec!["AWSPENDING".into()]);
    house.root.put_secret_value(put).unwrap();
    refused(rotate(&house, by(2)), "InvalidRequestException", HALF_DONE);
    let first = current(&house);
    let moved = UpdateSecretVersionStage::new("s", "AWSCURRENT");
    house.root.update_secret_version_stage(moved.move_to_version_id(token(1)).remove_from_version_id(first)).unwrap();
    assert_eq!(labels_of(&house, &token(1)), ["AWSCURRENT", "AWSPENDING"]);
    rotate(&house, by(2)).unwrap();
    assert_eq!(labels_of(&house, &token(1)), ["AWSCURRENT"]);
    assert_eq!(due(&house), (1, 0));
    assert_eq!(current(&house), token(2));
}

#[test]
fn writing_the_value_or_removing_the_label_settles_a_rotation_that_failed() {
    for by_value in [true, false] {
        let (house, script) = rotating_house();
        rotate(&house, by(1)).unwrap();
        script.fail(RotationStep::SetSecret, u32::MAX);
        assert_eq!(due(&house), (0, 1));
        refused(rotate(&house, by(2)), "InvalidRequestException", HALF_DONE);
        if by_value {
            house.root.put_secret_value(PutSecretValue::text("s", "by hand")).unwrap();
        } else {
            let removed = UpdateSecretVersionStage::new("s", "AWSPENDING").remove_from_version_id(token(1));
            house.root.update_secret_version_stage(removed).unwrap();
        }
        assert!(labels_of(&house, &token(1)).is_empty());
        assert_eq!(house.root.rotation_status("s").unwrap().pending_version, None);
        house.advance_days(1);
        assert_eq!(due(&house), (0, 0), "it is not tried again");
        script.fail(RotationStep::SetSecret, 0);
        rotate(&house, by(2)).unwrap();
        assert_eq!(due(&house), (1, 0));
        assert_eq!(current(&house), token(2));
    }
}

#[test]
fn an_update_settles_as_a_put_does_and_a_put_of_the_function_does_not() {
    let (house, script) = rotating_house();
    rotate(&house, by(1)).unwrap();
    script.fail(RotationStep::CreateSecret, 1);
    assert_eq!(due(&house), (0, 1));
    assert_eq!(house.root.rotation_status("s").unwrap().pending_version.as_deref(), Some(token(1).as_str()));
    house.root.update_secret(UpdateSecret::new("s").description("only words")).unwrap();
    assert!(house.root.rotation_status("s").unwrap().pending_version.is_some());
    house.root.update_secret(UpdateSecret::text("s", "by hand")).unwrap();
    assert_eq!(house.root.rotation_status("s").unwrap().pending_version, None);
    assert_eq!(value(&house.root, "s"), "by hand");
}

#[test]
fn not_at_once_means_that_the_configuration_is_tested_on_a_copy_that_goes_again() {
    let (house, script) = rotating_house();
    let first = current(&house);
    let request = by(1).rotate_immediately(false).rotation_rules(every_days(30));
    assert_eq!(&*rotate(&house, request.clone()).unwrap().version_id, token(1));
    assert_eq!(labels_of(&house, &token(1)), ["AWSPENDING"]);
    // It holds a copy of the current value, whoever asks how.
    assert_eq!(value(&house.root, GetSecretValue::new("s").version_id(token(1))), "first");
    let got = house.root.get_secret_value(GetSecretValue::new("s").version_stage("AWSPENDING")).unwrap();
    assert_eq!((&*got.version_id, got.secret_string.unwrap().expose()), (token(1).as_str(), "first"));
    // Which is no version to be filled or promoted.
    let fill = PutSecretValue::text("s", "x").client_request_token(token(1)).version_stages(vec!["AWSPENDING".into()]);
    refused_as(house.root.put_secret_value(fill), "ResourceExistsException");
    let promote = UpdateSecretVersionStage::new("s", "AWSCURRENT");
    let promote = promote.move_to_version_id(token(1)).remove_from_version_id(first.clone());
    refused_as(house.root.update_secret_version_stage(promote), "InvalidParameterException");

    assert_eq!(due(&house), (0, 0));
    assert_eq!(script.steps(), ["testSecret"]);
    assert_eq!(labels(&house).len(), 1);
    assert_eq!((current(&house), value(&house.root, "s")), (first, "first".into()));
    let all = house.root.list_secret_version_ids(ListSecretVersionIds::new("s").include_deprecated(true)).unwrap();
    assert_eq!(all.versions.len(), 1, "nothing of it is left");
    let told = described(&house);
    assert_eq!((told.rotation_enabled, told.last_rotated_date), (Some(true), None));
    house.room.verify().unwrap();

    // A test that fails is told, and is in nobody's way.
    script.fail(RotationStep::TestSecret, 1);
    rotate(&house, by(2).rotate_immediately(false)).unwrap();
    assert_eq!(due(&house), (0, 1));
    assert_eq!(labels(&house).len(), 1);
    let status = house.root.rotation_status("s").unwrap();
    assert_eq!(status.last_failure.as_deref(), Some("testSecret: the service said no"));
    rotate(&house, by(3)).unwrap();
    assert_eq!(due(&house), (1, 0));
    assert_eq!(house.root.rotation_status("s").unwrap().last_failure, None);
}

#[test]
fn a_test_that_has_not_run_yet_gives_way_to_a_new_request_and_to_cancelling() {
    let (house, script) = rotating_house();
    rotate(&house, by(1).rotate_immediately(false)).unwrap();
    rotate(&house, by(2).rotate_immediately(false)).unwrap();
    assert_eq!(labels(&house).len(), 2);
    house.root.cancel_rotate_secret("s").unwrap();
    assert_eq!(labels(&house).len(), 1);
    assert_eq!(due(&house), (0, 0));
    rotate(&house, by(1).rotate_immediately(false)).unwrap();
    rotate(&house, by(2)).unwrap();
    assert_eq!(due(&house), (1, 0));
    assert_eq!(script.steps(), STEPS);
}

#[test]
fn a_secret_made_empty_gets_its_first_value_from_its_first_rotation() {
    let (house, _) = rotating_house();
    house.root.create_secret(CreateSecret::new("empty")).unwrap();
    let request = RotateSecret::new("empty").rotation_lambda_arn(FUNCTION).client_request_token(token(1));
    house.root.rotate_secret(request).unwrap();
    assert_eq!(due(&house), (1, 0));
    let stages = house.root.describe_secret(DescribeSecret::new("empty")).unwrap().version_ids_to_stages.unwrap();
    assert_eq!(stages.len(), 1);
    assert_eq!(stages.values().next().unwrap()[0], "AWSCURRENT");
    assert_eq!(value(&house.root, "empty").len(), 32);
}

#[test]
fn a_secret_that_is_to_be_deleted_does_not_rotate_until_it_is_restored() {
    let (house, script) = rotating_house();
    rotate(&house, by(1).rotation_rules(every_days(1))).unwrap();
    house.root.delete_secret(DeleteSecret::new("s")).unwrap();
    house.advance_days(3);
    assert_eq!(due(&house), (0, 0));
    assert!(script.steps().is_empty());
    house.root.restore_secret("s").unwrap();
    assert_eq!(due(&house), (1, 0));
    assert_eq!(current(&house), token(1));
}

#[test]
fn a_rotation_token_is_checked_if_one_was_issued() {
    let (house, script) = rotating_house();
    let put = |shown: &str| {
        let put = PutSecretValue::text("s", "x").client_request_token(token(1));
        house.root.put_secret_value(put.version_stages(vec!["AWSPENDING".into()]).rotation_token(shown))
    };
    rotate(&house, by(1)).unwrap();
    let text = "The RotationToken isn't the one of the rotation under way.";
    refused(put(&token(1)), "InvalidParameterException", text);
    assert_eq!(due(&house), (1, 0), "the function's own is right");
    assert_eq!(script.steps(), STEPS);
    // None is issued: whatever is shown says nothing.
    let put = PutSecretValue::text("s", "y").rotation_token(token(9));
    house.root.put_secret_value(put).unwrap();
}

#[test]
fn what_is_cancelled_while_a_step_runs_stays_cancelled() {
    let house = Arc::new(rotating_house().0);
    let root = house.root.clone();
    let function = move |_: &Session, _: &RotationEvent| -> Result<(), RotationFailure> {
        root.cancel_rotate_secret("s")?;
        Ok(())
    };
    house.room.register_rotation_function(FUNCTION, ROLE, function).unwrap();
    rotate(&house, by(1)).unwrap();
    assert_eq!(due(&house), (0, 0));
    let status = house.root.rotation_status("s").unwrap();
    assert!(!status.enabled && status.pending_version.is_none());
    assert_eq!(labels_of(&house, &token(1)), ["AWSPENDING"], "labels stay as they are");
    // The function holds a session of the owner's, and with it the store: it is let go.
    assert!(house.room.unregister_rotation_function(FUNCTION));
}

#[test]
fn a_version_without_a_value_carries_labels_and_gets_more() {
    let (house, _) = rotating_house();
    rotate(&house, by(1)).unwrap();
    let moved = UpdateSecretVersionStage::new("s", "mine").move_to_version_id(token(1));
    house.root.update_secret_version_stage(moved).unwrap();
    assert_eq!(labels_of(&house, &token(1)), ["AWSPENDING", "mine"]);
    let text = "Secrets Manager can't find the specified secret value for staging label: mine";
    let by_label = GetSecretValue::new("s").version_stage("mine");
    refused(house.root.get_secret_value(by_label), "ResourceNotFoundException", text);
    assert_eq!(due(&house), (1, 0));
    assert_eq!(labels_of(&house, &token(1)), ["AWSCURRENT", "mine"]);
    assert_eq!(value(&house.root, GetSecretValue::new("s").version_stage("mine")), value(&house.root, "s"));
}
