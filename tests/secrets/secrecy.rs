//! S27: who is denied learns nothing of what is there; and nothing that is secret is ever shown.

use strongroom::operation::secretsmanager::{
    CreateSecret, DeleteResourcePolicy, DeleteSecret, DescribeSecret, GetResourcePolicy, GetSecretValue,
    ListSecretVersionIds, PutResourcePolicy, PutSecretValue, RestoreSecret, Tag, TagResource, UntagResource,
    UpdateSecret, UpdateSecretVersionStage, ValidateResourcePolicy,
};
use strongroom::{Error, Session};

use crate::common::*;

/// Every operation on one secret, by its name.
fn every_operation(caller: &Session, id: &str) -> Vec<(&'static str, Result<(), Error>)> {
    let text = policy(&[statement("Allow", &root_arn(), "secretsmanager:*")]);
    vec![
        ("GetSecretValue", caller.get_secret_value(id).map(drop)),
        ("GetSecretValue", caller.get_secret_value(GetSecretValue::new(id).version_id(token(9))).map(drop)),
        ("DescribeSecret", caller.describe_secret(DescribeSecret::new(id)).map(drop)),
        ("PutSecretValue", caller.put_secret_value(PutSecretValue::text(id, "x")).map(drop)),
        ("PutSecretValue", caller.put_secret_value(PutSecretValue::new(id)).map(drop)),
        ("UpdateSecret", caller.update_secret(UpdateSecret::text(id, "x")).map(drop)),
        ("UpdateSecret", caller.update_secret(UpdateSecret::new(id).kms_key_id("alias/nobody")).map(drop)),
        ("DeleteSecret", caller.delete_secret(DeleteSecret::new(id)).map(drop)),
        ("DeleteSecret", caller.delete_secret(DeleteSecret::new(id).force_delete_without_recovery(true)).map(drop)),
        ("RestoreSecret", caller.restore_secret(RestoreSecret::new(id)).map(drop)),
        ("ListSecretVersionIds", caller.list_secret_version_ids(ListSecretVersionIds::new(id)).map(drop)),
        ("TagResource", caller.tag_resource(TagResource::new(id, vec![Tag::new("a", "b")])).map(drop)),
        ("UntagResource", caller.untag_resource(UntagResource::new(id, vec!["a".into()])).map(drop)),
        ("PutResourcePolicy", caller.put_resource_policy(PutResourcePolicy::new(id, text)).map(drop)),
        ("PutResourcePolicy", caller.put_resource_policy(PutResourcePolicy::new(id, "no policy")).map(drop)),
        ("GetResourcePolicy", caller.get_resource_policy(GetResourcePolicy::new(id)).map(drop)),
        ("ListResourcePolicies", caller.list_resource_policies(id).map(drop)),
        (
            "ValidateResourcePolicy",
            caller.validate_resource_policy(ValidateResourcePolicy::new("{}").secret_id(id)).map(drop),
        ),
        ("DeleteResourcePolicy", caller.delete_resource_policy(DeleteResourcePolicy::new(id)).map(drop)),
        (
            "UpdateSecretVersionStage",
            caller
                .update_secret_version_stage(
                    UpdateSecretVersionStage::new(id, "AWSCURRENT").move_to_version_id(token(1)),
                )
                .map(drop),
        ),
    ]
}

#[test]
fn s27_a_denied_caller_cannot_tell_missing_from_forbidden() {
    let house = house();
    house.secret("there", "v");
    house.secret("scheduled", "v");
    house.root.delete_secret("scheduled").unwrap();
    house.secret("over", "v");
    house.root.delete_secret(DeleteSecret::new("over").recovery_window_in_days(7)).unwrap();
    house.secret("closed", "v");
    house.set_resource_policy(
        "closed",
        policy(&[statement("Deny", &format!("arn:aws:iam::{ACCOUNT}:root"), "secretsmanager:GetSecretValue")]),
    );
    let key = house.customer_key(policy(&[statement("Allow", &root_arn(), "kms:*")]));
    house.root.create_secret(CreateSecret::text("keyed", "v").kms_key_id(key)).unwrap();
    house.advance_days(7);
    let nobody = house.user("nobody");
    let answers = |name: &str| {
        every_operation(&nobody, name)
            .into_iter()
            .map(|(operation, outcome)| {
                let error = outcome.unwrap_err();
                let text = error.message().to_string().replace(name, "NAME");
                (operation, error.kind(), error.code(), error.status(), text)
            })
            .collect::<Vec<_>>()
    };
    let missing = answers("missing");
    for (operation, _, code, _, text) in &missing {
        let action = format!("secretsmanager:{operation}");
        assert_eq!(*code, "AccessDeniedException");
        assert_eq!(
            *text,
            format!(
                "User: {} is not authorized to perform: {action} on resource: NAME because no identity-based policy \
                 allows the {action} action",
                user_arn("nobody")
            )
        );
    }
    for name in ["there", "scheduled", "over", "closed", "keyed"] {
        assert_eq!(answers(name), missing, "{name}");
    }
}

#[test]
fn s27_the_same_by_arn() {
    let house = house();
    let there = house.secret("there", "v");
    let nobody = house.user("nobody");
    let wrong = secret_arn("there", "AbCdEf");
    let missing = secret_arn("missing", "AbCdEf");
    let answers = |id: &str| {
        every_operation(&nobody, id)
            .into_iter()
            .map(|(_, outcome)| outcome.unwrap_err().message().to_string().replace(id, "ID"))
            .collect::<Vec<_>>()
    };
    assert_eq!(answers(&there), answers(&missing));
    assert_eq!(answers(&wrong), answers(&missing));
}

#[test]
fn s27_only_who_is_allowed_by_the_pattern_hears_that_there_is_nothing() {
    let house = house();
    let u = house.user_with("u", allow("secretsmanager:GetSecretValue", &secret_arn("app/*", "??????")));
    refused(u.get_secret_value("app/missing"), "ResourceNotFoundException", NOT_FOUND);
    denied(u.get_secret_value("other"), &user_arn("u"), "secretsmanager:GetSecretValue", Some("other"));
    // Whose right is tied to one ARN may not know whether the name is taken anew.
    let arn = house.secret("one", "v");
    let v = house.user_with("v", allow("secretsmanager:GetSecretValue", &arn));
    assert_eq!(v.get_secret_value("one").unwrap().value(), b"v");
    house.root.delete_secret(DeleteSecret::new("one").force_delete_without_recovery(true)).unwrap();
    denied(v.get_secret_value("one"), &user_arn("v"), "secretsmanager:GetSecretValue", Some("one"));
    refused(v.get_secret_value(arn), "ResourceNotFoundException", NOT_FOUND);
    house.secret("one", "another");
    denied(v.get_secret_value("one"), &user_arn("v"), "secretsmanager:GetSecretValue", Some("one"));
}

#[test]
fn a_create_that_is_denied_does_not_tell_that_the_name_is_taken() {
    let house = house();
    house.secret("taken", "v");
    let nobody = house.user("nobody");
    for name in ["taken", "free"] {
        let outcome = nobody.create_secret(CreateSecret::text(name, "v"));
        denied(outcome, &user_arn("nobody"), "secretsmanager:CreateSecret", Some(name));
    }
}

#[test]
fn s19_s47_no_value_is_ever_in_debug_output_errors_or_events() {
    const CANARY: &str = "canary-7f3a91d2c4e8b5f6a0";
    let sink = Sink::default();
    let house = house_with(sink.clone());
    let mut seen = Vec::new();
    let create = CreateSecret::text("s", CANARY).client_request_token(token(1));
    seen.push(format!("{create:?}"));
    seen.push(format!("{:?}", house.root.create_secret(create)));
    let put = PutSecretValue::binary("s", CANARY.as_bytes());
    seen.push(format!("{put:?}"));
    seen.push(format!("{:?}", house.root.put_secret_value(put)));
    seen.push(format!("{:?}", house.root.get_secret_value("s")));
    seen.push(format!("{:?}", house.root.get_secret_value(GetSecretValue::new("s").version_stage("AWSPREVIOUS"))));
    let both = PutSecretValue::text("s", CANARY).secret_binary(CANARY.as_bytes());
    seen.push(format!("{:?}", house.root.put_secret_value(both)));
    let long = PutSecretValue::text("s", CANARY.repeat(4_000));
    seen.push(format!("{:?}", house.root.put_secret_value(long)));
    let conflict = CreateSecret::text("s", format!("{CANARY}x")).client_request_token(token(1));
    seen.push(format!("{:?}", house.root.create_secret(conflict)));
    let nobody = house.user("nobody");
    seen.push(format!("{:?}", nobody.put_secret_value(PutSecretValue::text("s", CANARY))));
    let rotation = PutSecretValue::text("s", "v").rotation_token(CANARY);
    seen.push(format!("{rotation:?}"));
    seen.push(format!("{:?}", house.root.put_secret_value(rotation)));
    seen.push(format!("{:?} {:?} {:?}", house.room, house.root, nobody));
    let events = sink.take();
    assert!(events.len() >= 8);
    seen.push(format!("{events:?}"));
    seen.push(serde_json::to_string(&events).unwrap());
    let canaries = [CANARY.to_owned(), format!("{:?}", CANARY.as_bytes()), "canary".to_owned()];
    for text in seen {
        assert!(!canaries.iter().any(|canary| text.contains(canary.as_str())), "{text}");
    }
}
