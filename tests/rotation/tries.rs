//! Failures: what stays, when it is tried again, what is told; panics; taking up again; several at once.

use std::sync::mpsc;
use std::sync::{Arc, Mutex};

use strongroom::audit::{Audit, AuditUnavailable, Event, Outcome};
use strongroom::operation::secretsmanager::{CreateSecret, RotateSecret};
use strongroom::{GenerateSecret, RotationEvent, RotationFailure, RotationFunction as _, RotationStep, Session};

use crate::common::*;
use crate::*;

const ALL: [RotationStep; 4] =
    [RotationStep::CreateSecret, RotationStep::SetSecret, RotationStep::TestSecret, RotationStep::FinishSecret];

#[test]
fn a_step_that_fails_ends_the_rotation_and_all_is_tried_again_with_the_same_token() {
    for (place, step) in ALL.into_iter().enumerate() {
        let (house, script) = rotating_house();
        let first = current(&house);
        rotate(&house, by(1)).unwrap();
        script.fail(step, 1);
        assert_eq!(due(&house), (0, 1));
        assert_eq!(script.steps(), STEPS[..=place], "no step after the one that failed");
        let kept = labels_of(&house, &token(1));
        if step == RotationStep::FinishSecret {
            // It had moved the label before it failed.
            assert_eq!(kept, ["AWSCURRENT", "AWSPENDING"]);
        } else {
            assert_eq!(kept, ["AWSPENDING"]);
            assert_eq!((current(&house), value(&house.root, "s")), (first, "first".into()));
        }
        let status = house.root.rotation_status("s").unwrap();
        assert!(status.enabled);
        assert_eq!(status.pending_version.as_deref(), Some(token(1).as_str()));
        assert_eq!((status.step, status.failures), (Some(RotationStep::CreateSecret), 1));
        assert_eq!(status.next_try, Some(NOW.plus_millis(60_000)));
        assert_eq!(status.last_failure.as_deref(), Some(format!("{step}: the service said no").as_str()));
        assert_eq!(described(&house).last_rotated_date, None);

        let made = (step > RotationStep::CreateSecret)
            .then(|| value(&house.root, GetSecretValue::new("s").version_id(token(1))));
        house.clock.advance_millis(59_999);
        assert_eq!(due(&house), (0, 0), "not before its time");
        script.forget();
        house.clock.advance_millis(1);
        assert_eq!(due(&house), (1, 0));
        assert_eq!(script.steps(), STEPS, "from the first step on");
        assert_eq!(labels_of(&house, &token(1)), ["AWSCURRENT"]);
        if let Some(made) = made {
            assert_eq!(value(&house.root, "s"), made, "the value that was made is not made again");
        }
        let status = house.root.rotation_status("s").unwrap();
        assert_eq!((status.failures, status.last_failure, status.pending_version), (0, None, None));
    }
}

#[test]
fn the_pause_doubles_up_to_an_hour() {
    let (house, script) = rotating_house();
    rotate(&house, by(1)).unwrap();
    script.fail(RotationStep::SetSecret, u32::MAX);
    for (failures, minutes) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (8, 60)] {
        assert_eq!(due(&house), (0, 1));
        let status = house.root.rotation_status("s").unwrap();
        assert_eq!(status.failures, failures);
        house.clock.advance_millis(minutes * 60_000 - 1);
        assert_eq!(due(&house), (0, 0));
        house.clock.advance_millis(1);
    }
}

#[test]
fn a_function_that_panics_has_failed_and_what_it_said_is_not_kept() {
    let (house, script) = rotating_house();
    rotate(&house, by(1)).unwrap();
    script.panic();
    assert_eq!(due(&house), (0, 1));
    let why = house.root.rotation_status("s").unwrap().last_failure.unwrap();
    assert_eq!(&*why, "createSecret: the function panicked");
    house.clock.advance_millis(60_000);
    assert_eq!(due(&house), (1, 0));
}

#[test]
fn a_function_that_is_gone_is_a_failure_and_another_one_under_its_name_takes_over() {
    let (house, script) = rotating_house();
    rotate(&house, by(1)).unwrap();
    script.fail(RotationStep::TestSecret, 1);
    assert_eq!(due(&house), (0, 1));
    assert!(house.room.unregister_rotation_function(FUNCTION));
    house.clock.advance_millis(60_000);
    assert_eq!(due(&house), (0, 1));
    assert_eq!(house.root.rotation_status("s").unwrap().failures, 2);
    let other = register(&house);
    house.clock.advance_millis(120_000);
    assert_eq!(due(&house), (1, 0));
    assert_eq!(other.steps(), STEPS);
    // Registering again replaces.
    let third = register(&house);
    rotate(&house, by(2)).unwrap();
    due(&house);
    assert_eq!((other.steps().len(), third.steps().len()), (4, 4));
}

#[test]
fn a_failure_is_kept_in_one_line_and_not_for_ever() {
    let (house, _) = rotating_house();
    let function = |_: &Session, _: &RotationEvent| -> Result<(), RotationFailure> {
        Err(RotationFailure::new(format!("first\nsecond\u{1b}[31m{}", "x".repeat(10_000))))
    };
    house.room.register_rotation_function(FUNCTION, ROLE, function).unwrap();
    rotate(&house, by(1)).unwrap();
    assert_eq!(due(&house), (0, 1));
    let why = house.root.rotation_status("s").unwrap().last_failure.unwrap();
    assert!(why.starts_with("createSecret: first second [31mxxx") && why.len() < 600, "{why}");
    let error = house.root.get_secret_value("none").unwrap_err();
    let told = error.to_string();
    let failure = RotationFailure::from(error);
    assert_eq!(failure.to_string(), told);
    assert!(std::error::Error::source(&failure).is_some());
}

#[test]
fn taking_up_again_needs_the_rights_of_rotating_and_does_not_wait() {
    let (house, script) = rotating_house();
    refused_as(house.root.resume_rotation("s"), "InvalidRequestException");
    rotate(&house, by(1)).unwrap();
    script.fail(RotationStep::SetSecret, 1);
    assert_eq!(due(&house), (0, 1));
    assert_eq!(due(&house), (0, 0));
    let ines = house.user("ines");
    denied(ines.resume_rotation("s"), &user_arn("ines"), "secretsmanager:RotateSecret", Some("s"));
    denied(ines.rotation_status("s"), &user_arn("ines"), "secretsmanager:DescribeSecret", Some("s"));
    house.set_policy("ines", allow("secretsmanager:RotateSecret", "*"));
    denied(ines.resume_rotation("s"), &user_arn("ines"), "lambda:InvokeFunction", Some(FUNCTION));
    house.set_policy("ines", allow("secretsmanager:RotateSecret lambda:InvokeFunction", "*"));
    ines.resume_rotation("s").unwrap();
    assert_eq!(due(&house), (1, 0));
    refused_as(ines.resume_rotation("s"), "InvalidRequestException");
    refused_as(ines.resume_rotation("none"), "ResourceNotFoundException");
}

#[test]
fn one_secret_that_fails_keeps_no_other_from_rotating() {
    let (house, script) = rotating_house();
    let other = FUNCTION.replace("Rotation", "Other");
    house.room.register_rotation_function(&other, ROLE, GenerateSecret::new()).unwrap();
    for number in 0..5 {
        let name = format!("t{number}");
        house.root.create_secret(CreateSecret::text(&name, "v")).unwrap();
        house.root.rotate_secret(RotateSecret::new(&name).rotation_lambda_arn(&other)).unwrap();
    }
    rotate(&house, by(1)).unwrap();
    script.fail(RotationStep::CreateSecret, 1);
    assert_eq!(due(&house), (5, 1));
    for number in 0..5 {
        assert_ne!(value(&house.root, format!("t{number}")), "v");
    }
}

#[test]
fn while_a_step_runs_others_read_and_write_and_nobody_calls_it_a_second_time() {
    let (house, _) = rotating_house();
    let (entered, wait) = mpsc::channel();
    let (go, told) = mpsc::channel::<()>();
    let (entered, told) = (Mutex::new(entered), Mutex::new(told));
    let function = move |session: &Session, event: &RotationEvent| -> Result<(), RotationFailure> {
        if event.step() == RotationStep::SetSecret {
            entered.lock().unwrap().send(()).unwrap();
            told.lock().unwrap().recv().unwrap();
        }
        GenerateSecret::new().call(session, event)
    };
    house.room.register_rotation_function(FUNCTION, ROLE, function).unwrap();
    rotate(&house, by(1)).unwrap();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| due(&house));
        wait.recv().unwrap();
        // The writer's turn is free, and what the step before has done is seen.
        house.root.create_secret(CreateSecret::text("meanwhile", "v")).unwrap();
        assert_eq!(value(&house.root, GetSecretValue::new("s").version_stage("AWSPENDING")).len(), 32);
        assert_eq!(house.root.rotation_status("s").unwrap().step, Some(RotationStep::SetSecret));
        assert_eq!(due(&house), (0, 0), "somebody is at it");
        go.send(()).unwrap();
        assert_eq!(running.join().unwrap(), (1, 0));
    });
    assert_eq!(current(&house), token(1));
}

/// Keeps what it is told.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<Event>>>);
impl Audit for Told {
    fn record(&self, event: &Event) -> Result<(), AuditUnavailable> {
        self.0.lock().unwrap().push(event.clone());
        Ok(())
    }
}

#[test]
fn every_step_is_an_event_of_the_service_and_every_call_of_the_function_one_of_its_own() {
    let told = Told::default();
    let house = house_with(told.clone());
    let script = furnish(&house);
    rotate(&house, by(1).rotation_rules(every_days(1))).unwrap();
    script.fail(RotationStep::SetSecret, 1);
    told.0.lock().unwrap().clear();
    due(&house);
    house.advance_days(2);
    due(&house);
    house.advance_days(2);
    due(&house);
    let events = told.0.lock().unwrap().clone();
    let service: Vec<_> = events
        .iter()
        .filter(|event| *event.principal == *"secretsmanager.amazonaws.com" && event.operation != "RunDue")
        .map(|event| (event.operation, event.outcome))
        .collect();
    let done = |step| (step, Outcome::Done);
    let mut expected = vec![done("createSecret"), ("setSecret", Outcome::Refused("RotationFailed"))];
    expected.extend(STEPS.map(done));
    expected.push(done("RotationStarted"));
    expected.extend(STEPS.map(done));
    assert_eq!(service, expected);
    let arn = described(&house).arn;
    let finish = events.iter().find(|event| event.operation == "finishSecret").unwrap();
    let decided: Vec<_> =
        finish.decisions.iter().map(|one| (one.action, one.resource.to_string(), one.reason)).collect();
    assert_eq!(
        decided,
        [
            ("sts:AssumeRole", format!("arn:aws:iam::{ACCOUNT}:role/{ROLE}"), "resource policy names the caller"),
            ("secretsmanager:RotateSecret", arn.to_string(), "due"),
        ]
    );
    let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/SecretsManagerRotation");
    let own: Vec<_> = events.iter().filter(|event| *event.principal == *session).map(|event| event.operation).collect();
    assert!(own.contains(&"PutSecretValue") && own.contains(&"UpdateSecretVersionStage"), "{own:?}");
    let text = format!("{events:?}");
    assert!(!text.contains(&value(&house.root, "s")), "never content");
}
