//! Rotation of a secret that has replicas: it runs where the primary is, and its values reach them all.

use std::sync::{Arc, Mutex};

use strongroom::operation::iam::{AttachRolePolicy, CreateRole};
use strongroom::operation::secretsmanager::{RotateSecret, RotationRules};
use strongroom::{GenerateSecret, RotationEvent, RotationFailure, RotationFunction as _, Session};

use crate::common::*;
use crate::scene::{AP, EU, ON_REPLICA, at, described, replicated, statuses, value};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:SecretsManagerRotation";
const LAMBDA: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;
const POLICY: &str = "arn:aws:iam::aws:policy/service-role/AWSSecretsManagerRotationFunctionRole";

/// A function that makes new values, and the ARNs of the secrets that it was called for.
fn rotating(house: &House) -> Arc<Mutex<Vec<String>>> {
    house.root.iam().create_role(CreateRole::new("rotation", LAMBDA)).unwrap();
    house.root.iam().attach_role_policy(AttachRolePolicy::new("rotation", POLICY)).unwrap();
    let called = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&called);
    let function = move |session: &Session, event: &RotationEvent| -> Result<(), RotationFailure> {
        kept.lock().unwrap().push(event.secret_id().to_owned());
        GenerateSecret::new().call(session, event)
    };
    house.room.register_rotation_function(FUNCTION, "rotation", function).unwrap();
    called
}
fn rotate() -> RotateSecret {
    RotateSecret::new("s").rotation_lambda_arn(FUNCTION)
}

#[test]
fn a_rotation_runs_in_the_primary_alone_and_its_value_reaches_every_replica() {
    let house = house();
    let called = rotating(&house);
    let arn = replicated(&house, "s", "first", &[EU, AP]);
    house.root.rotate_secret(rotate().rotation_rules(RotationRules::new().automatically_after_days(10))).unwrap();
    assert_eq!(house.room.run_due().unwrap().rotations_finished, 1);
    assert_eq!(*called.lock().unwrap(), [&*arn; 4], "four steps, by the primary's ARN");
    let new = value(&house.root, "s");
    assert_ne!(new, "first");
    for region in [EU, AP] {
        assert_eq!(value(&at(&house.root, region), "s"), new, "{region}");
    }
    assert_eq!(statuses(&described(&house.root, "s")), ["eu-west-1 InSync", "ap-southeast-2 InSync"]);
    // What is configured shows there, and is run here when its time comes.
    let here = house.root.describe_secret("s").unwrap();
    let there = at(&house.root, EU).describe_secret("s").unwrap();
    assert_eq!(
        (there.rotation_enabled, there.rotation_lambda_arn, there.rotation_rules),
        (here.rotation_enabled, here.rotation_lambda_arn, here.rotation_rules)
    );
    assert_eq!(
        (there.last_rotated_date, there.next_rotation_date, there.version_ids_to_stages),
        (here.last_rotated_date, here.next_rotation_date, here.version_ids_to_stages)
    );
    assert_eq!((here.rotation_enabled, here.last_rotated_date), (Some(true), Some(NOW)));
    house.advance_days(10);
    assert_eq!(house.room.run_due().unwrap().rotations_finished, 1);
    assert_eq!(called.lock().unwrap().len(), 8);
    assert_ne!(value(&at(&house.root, AP), "s"), new);
    house.room.verify().unwrap();
}

#[test]
fn nobody_rotates_a_replica() {
    let house = house();
    let called = rotating(&house);
    replicated(&house, "s", "first", &[EU]);
    let eu = at(&house.root, EU);
    refused(eu.rotate_secret(rotate()), "InvalidParameterException", ON_REPLICA);
    refused(eu.cancel_rotate_secret("s"), "InvalidParameterException", ON_REPLICA);
    house.root.rotate_secret(rotate()).unwrap();
    refused(eu.rotate_secret(RotateSecret::new("s")), "InvalidParameterException", ON_REPLICA);
    refused(eu.cancel_rotate_secret("s"), "InvalidParameterException", ON_REPLICA);
    assert_eq!(house.room.run_due().unwrap().rotations_finished, 1);
    assert_eq!(called.lock().unwrap().len(), 4);
    // On its own it rotates like any secret.
    eu.stop_replication_to_replica("s").unwrap();
    let own = value(&eu, "s");
    eu.rotate_secret(rotate()).unwrap();
    assert_eq!(house.room.run_due().unwrap().rotations_finished, 1);
    assert_ne!(value(&eu, "s"), own);
    assert_eq!(value(&house.root, "s"), own);
}
