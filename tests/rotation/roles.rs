//! The function acts as its role, for one step: what the role may do, and for which secrets (14, the guide's pages on rotation).

use std::sync::{Arc, Mutex};

use strongroom::operation::iam::{CreateRole, DeleteRole, DetachRolePolicy, PutRolePolicy, UpdateAssumeRolePolicy};
use strongroom::operation::secretsmanager::{PutSecretValue, RotateSecret};
use strongroom::operation::sts::GetCallerIdentity;
use strongroom::{ErrorKind, RotationEvent, RotationFailure, RotationStep, Session};

use crate::common::*;
use crate::*;

const GET: &str = "secretsmanager:GetSecretValue";

/// Registers a function that only asks, at its first step, and hands the answer over.
fn asking<T: Send + 'static>(
    house: &House,
    role: &str,
    ask: impl Fn(&Session) -> T + Send + Sync + 'static,
) -> Arc<Mutex<Vec<T>>> {
    let answers = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&answers);
    let function = move |session: &Session, event: &RotationEvent| -> Result<(), RotationFailure> {
        assert_eq!(event.step(), RotationStep::CreateSecret);
        kept.lock().unwrap().push(ask(session));
        Err(RotationFailure::new("that was all"))
    };
    house.room.register_rotation_function(FUNCTION, role, function).unwrap();
    answers
}
fn run(house: &House) {
    if house.root.rotation_status("s").unwrap().pending_version.is_some() {
        house.root.resume_rotation("s").unwrap();
    } else {
        rotate(house, by(1)).unwrap();
    }
    assert_eq!(due(house), (0, 1));
}
fn why(house: &House) -> String {
    house.root.rotation_status("s").unwrap().last_failure.unwrap().to_string()
}

#[test]
fn a_step_is_done_by_a_session_of_the_role_by_the_functions_name_and_by_nobody_else() {
    let (house, _) = rotating_house();
    let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/SecretsManagerRotation");
    let answers = asking(&house, ROLE, |session| {
        let told = session.sts().get_caller_identity(GetCallerIdentity::new()).unwrap().arn.to_string();
        (
            told,
            session.principal_arn().to_owned(),
            session.iam().list_users(strongroom::operation::iam::ListUsers::new()).map(drop),
        )
    });
    run(&house);
    let answers = answers.lock().unwrap();
    assert_eq!((&answers[0].0, &answers[0].1), (&session, &session));
    assert!(answers[0].2.as_ref().unwrap_err().is_access_denied(), "no right of the host's");
}

#[test]
fn a_session_ends_with_its_step() {
    let (house, _) = rotating_house();
    let answers = asking(&house, ROLE, |session| {
        session.get_secret_value("s").unwrap();
        session.clone()
    });
    run(&house);
    let kept = answers.lock().unwrap().pop().unwrap();
    assert_eq!(kept.get_secret_value("s").unwrap_err().kind(), ErrorKind::Expired);
    let put = PutSecretValue::text("s", "late");
    assert_eq!(kept.put_secret_value(put).unwrap_err().kind(), ErrorKind::Expired);
    assert_eq!(value(&house.root, "s"), "first");
    // It holds the store: with it the functions go, and then the store.
    drop(kept);
}

#[test]
fn the_role_must_be_there_and_must_trust_lambda() {
    let (house, _) = rotating_house();
    let role = format!("arn:aws:iam::{ACCOUNT}:role/{ROLE}");
    let iam = house.root.iam();
    let set = |text: String| iam.update_assume_role_policy(UpdateAssumeRolePolicy::new(ROLE, text)).unwrap();
    let lambda = |more: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"Service":"lambda.amazonaws.com"}},"Action":"sts:AssumeRole"{more}}}}}"#
        )
    };
    let refused_by_trust =
        format!("createSecret: the trust policy of role {role} does not let lambda.amazonaws.com assume it");
    let untrusting = [
        trust(&root_arn()),
        lambda("").replace("lambda.amazonaws.com", "ec2.amazonaws.com"),
        lambda(r#","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}"#),
        lambda(&format!(r#","Condition":{{"ArnEquals":{{"aws:SourceArn":"{FUNCTION}2"}}}}"#)),
    ];
    for text in untrusting {
        set(text.clone());
        run(&house);
        assert_eq!(why(&house), refused_by_trust, "{text}");
    }
    // Who keeps to the guide's advice names account and function.
    set(lambda(&format!(
        r#","Condition":{{"StringEquals":{{"aws:SourceAccount":"{ACCOUNT}"}},"ArnEquals":{{"aws:SourceArn":"{FUNCTION}"}}}}"#
    )));
    house.root.resume_rotation("s").unwrap();
    assert_eq!(due(&house), (1, 0));

    iam.detach_role_policy(DetachRolePolicy::new(ROLE, POLICY)).unwrap();
    iam.delete_role(DeleteRole::new(ROLE)).unwrap();
    rotate(&house, by(2)).unwrap();
    assert_eq!(due(&house), (0, 1));
    assert_eq!(why(&house), format!("createSecret: there is no role {ROLE} for the function to act as"));
    // A role of that name somewhere else is not the one that an ARN names.
    let elsewhere = format!("arn:aws:iam::{ACCOUNT}:role/machines/{ROLE}");
    iam.create_role(CreateRole::new(ROLE, LAMBDA)).unwrap();
    house.room.register_rotation_function(FUNCTION, &elsewhere, GenerateSecret::new()).unwrap();
    house.root.resume_rotation("s").unwrap();
    assert_eq!(due(&house), (0, 1));
    assert_eq!(why(&house), format!("createSecret: there is no role {elsewhere} for the function to act as"));
}

#[test]
fn a_role_without_the_right_fails_its_step_and_says_so() {
    let (house, _) = rotating_house();
    house.root.iam().detach_role_policy(DetachRolePolicy::new(ROLE, POLICY)).unwrap();
    rotate(&house, by(1)).unwrap();
    assert_eq!(due(&house), (0, 1));
    let why = why(&house);
    let begin = "createSecret: AccessDeniedException: User: arn:aws:sts::000000000000:assumed-role/rotation/";
    assert!(why.starts_with(begin) && why.contains("secretsmanager:DescribeSecret"), "{why}");
    assert_eq!(labels_of(&house, &token(1)), ["AWSPENDING"]);
    let allowed = "secretsmanager:DescribeSecret secretsmanager:GetSecretValue secretsmanager:GetRandomPassword";
    house.root.iam().put_role_policy(PutRolePolicy::new(ROLE, "some", allow(allowed, "*"))).unwrap();
    house.root.resume_rotation("s").unwrap();
    assert_eq!(due(&house), (0, 1));
    assert!(self::why(&house).contains("secretsmanager:PutSecretValue"));
}

#[test]
fn the_policy_that_aws_writes_reaches_only_secrets_that_are_configured_for_this_very_function() {
    let (house, _) = rotating_house();
    house.secret("plain", "v");
    house.secret("others", "v");
    let other = FUNCTION.replace("Rotation", "Other");
    house.room.register_rotation_function(&other, ROLE, GenerateSecret::new()).unwrap();
    house.root.rotate_secret(RotateSecret::new("others").rotation_lambda_arn(&other)).unwrap();
    house.root.cancel_rotate_secret("others").unwrap();
    let answers =
        asking(&house, ROLE, |session| ["s", "plain", "others"].map(|name| session.get_secret_value(name).map(drop)));
    run(&house);
    let [own, plain, others] = answers.lock().unwrap().pop().unwrap();
    own.unwrap();
    let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/{ROLE}/SecretsManagerRotation");
    denied(plain, &session, GET, Some("plain"));
    denied(others, &session, GET, Some("others"));
    // The role's sessions of anybody else are no function's.
    let hosts = house.room.session("role/rotation/SecretsManagerRotation").unwrap();
    denied(hosts.get_secret_value("s"), &session, GET, Some("s"));
}

#[test]
fn a_master_secret_is_granted_to_the_role_by_a_statement_of_its_own() {
    let (house, _) = rotating_house();
    let master = house.secret("master", "superuser");
    let answers = asking(&house, ROLE, |session| {
        session.get_secret_value("master").map(|got| got.secret_string.unwrap().expose().to_owned())
    });
    run(&house);
    assert!(answers.lock().unwrap().pop().unwrap().unwrap_err().is_access_denied());
    house.root.iam().put_role_policy(PutRolePolicy::new(ROLE, "master", allow(GET, &master))).unwrap();
    run(&house);
    assert_eq!(answers.lock().unwrap().pop().unwrap().unwrap(), "superuser");
}

#[test]
fn the_source_of_a_call_is_told_to_conditions_of_all_policies_and_denies_as_well() {
    let (house, _) = rotating_house();
    let statements = |effect: &str, arn: &str| {
        policy(&[
            statement("Allow", &root_arn(), "secretsmanager:*"),
            format!(
                r#"{{"Effect":"{effect}","Principal":"*","Action":"{GET}","Resource":"*","Condition":{{"ArnEquals":{{"lambda:SourceFunctionArn":"{arn}"}}}}}}"#
            ),
        ])
    };
    let answers = asking(&house, ROLE, |session| session.get_secret_value("s").is_ok());
    for (arn, allowed) in [(FUNCTION.to_owned(), false), (format!("{FUNCTION}2"), true)] {
        house.set_resource_policy("s", statements("Deny", &arn));
        run(&house);
        assert_eq!(answers.lock().unwrap().pop(), Some(allowed), "{arn}");
    }
    // Temporary credentials that the function makes for itself are not the function's.
    house.root.iam().create_role(CreateRole::new("second", trust("*"))).unwrap();
    house.root.iam().put_role_policy(PutRolePolicy::new("second", "all", allow(GET, "*"))).unwrap();
    house.root.iam().put_role_policy(PutRolePolicy::new(ROLE, "more", allow("sts:AssumeRole", "*"))).unwrap();
    house.set_resource_policy("s", statements("Deny", FUNCTION));
    let answers = asking(&house, ROLE, |session| {
        let request = strongroom::operation::sts::AssumeRole::new("arn:aws:iam::000000000000:role/second", "again");
        session.assume_role(request).unwrap().get_secret_value("s").is_ok()
    });
    run(&house);
    assert_eq!(answers.lock().unwrap().pop(), Some(true));
}

#[test]
fn whoever_may_not_rotate_may_not_by_way_of_a_function_either() {
    // The function's rights are its role's: to name a function is to lend them, which is what lambda:InvokeFunction guards.
    let (house, _) = rotating_house();
    house.secret("t", "v");
    let ines = house.user_with("ines", allow("secretsmanager:RotateSecret", "*"));
    let asked = ines.rotate_secret(RotateSecret::new("t").rotation_lambda_arn(FUNCTION));
    denied(asked, &user_arn("ines"), "lambda:InvokeFunction", Some(FUNCTION));
    assert_eq!(due(&house), (0, 0));
    assert_eq!(value(&house.root, "t"), "v");
}
