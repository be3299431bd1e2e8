//! The host's audit sink: every call is told with all its decisions, and without a record there is no answer.

use strongroom::ErrorKind;
use strongroom::audit::Outcome;
use strongroom::operation::secretsmanager::{
    CreateSecret, DescribeSecret, GetRandomPassword, GetSecretValue, ListSecrets, PutSecretValue, Tag,
};

use crate::common::*;

/// Actions of an event, with `!` before those that were refused.
fn told(event: &strongroom::audit::Event) -> Vec<String> {
    let decisions = event.decisions.iter();
    decisions.map(|decided| format!("{}{}", if decided.allowed { "" } else { "!" }, decided.action)).collect()
}

#[test]
fn the_sink_hears_of_every_call_with_every_decision() {
    let sink = Sink::default();
    let house = house_with(sink.clone());
    let arn = house.secret("s", "v");
    let create = &sink.take()[0];
    assert_eq!((create.service, create.operation, &create.outcome), ("secretsmanager", "CreateSecret", &Outcome::Done));
    assert_eq!(create.principal, root_arn().as_str());
    assert_eq!(create.time, NOW);
    assert_eq!(told(create), ["secretsmanager:CreateSecret", "kms:GenerateDataKey"]);

    house.root.get_secret_value("s").unwrap();
    let events = sink.take();
    assert_eq!(events.len(), 1);
    assert_eq!(told(&events[0]), ["secretsmanager:GetSecretValue", "kms:Decrypt"]);
    assert_eq!(events[0].decisions[0].resource, arn.as_str());
    assert!(events[0].decisions[1].resource.starts_with("arn:aws:kms:us-east-1:000000000000:key/"));
    assert_eq!(events[0].decisions[0].reason, "root user");

    let nobody = house.user("nobody");
    sink.take();
    assert!(nobody.get_secret_value("s").is_err());
    assert!(nobody.put_secret_value(PutSecretValue::text("s", "w")).is_err());
    let events = sink.take();
    assert_eq!(events.len(), 2, "one event a call, refused ones too");
    for (event, action) in events.iter().zip(["GetSecretValue", "PutSecretValue"]) {
        assert_eq!(event.operation, action);
        assert_eq!(told(event), [format!("!secretsmanager:{action}")]);
        assert_eq!(event.outcome, Outcome::Refused("AccessDeniedException"));
        assert_eq!(event.principal, user_arn("nobody").as_str());
    }
    let ids: std::collections::BTreeSet<_> = events.iter().map(|event| event.request_id.clone()).collect();
    assert_eq!(ids.len(), 2, "each call has an id of its own");

    house.root.get_secret_value(GetSecretValue::new("s").version_id(token(9))).unwrap_err();
    house.root.list_secrets(ListSecrets::new()).unwrap();
    house.root.get_random_password(GetRandomPassword::new()).unwrap();
    house.root.describe_secret(DescribeSecret::new("s")).unwrap();
    let events = sink.take();
    let outcomes: Vec<_> = events.iter().map(|event| (event.operation, event.outcome)).collect();
    assert_eq!(
        outcomes,
        [
            ("GetSecretValue", Outcome::Refused("ResourceNotFoundException")),
            ("ListSecrets", Outcome::Done),
            ("GetRandomPassword", Outcome::Done),
            ("DescribeSecret", Outcome::Done),
        ]
    );
}

#[test]
fn a_call_of_several_questions_is_one_event_up_to_the_first_refusal() {
    let sink = Sink::default();
    let house = house_with(sink.clone());
    let maker = house.user_with("maker", allow("secretsmanager:CreateSecret", "*"));
    sink.take();
    let request = CreateSecret::text("s", "v").tags(vec![Tag::new("a", "b")]);
    assert!(maker.create_secret(request).is_err());
    let events = sink.take();
    assert_eq!(events.len(), 1);
    assert_eq!(told(&events[0]), ["secretsmanager:CreateSecret", "!secretsmanager:TagResource"]);
}

#[test]
fn a_refusal_by_the_key_is_told_as_one() {
    let sink = Sink::default();
    let house = house_with(sink.clone());
    let key = house.customer_key(policy(&[statement("Allow", &root_arn(), "kms:*")]));
    house.root.create_secret(CreateSecret::text("s", "v").kms_key_id(key.as_str())).unwrap();
    let user = house.user_with("u", allow("secretsmanager:*", "*"));
    sink.take();
    refused(user.get_secret_value("s"), "AccessDeniedException", KMS_DENIED);
    let events = sink.take();
    assert_eq!(told(&events[0]), ["secretsmanager:GetSecretValue", "!kms:Decrypt"]);
    assert_eq!(events[0].decisions[1].resource, key.as_str());
}

#[test]
fn s45_without_a_record_there_is_no_answer() {
    let sink = Sink::default();
    let house = house_with(sink.clone());
    house.secret("s", "v");
    let nobody = house.user("nobody");
    sink.break_now();
    let kind = |error: strongroom::Error| error.kind();
    assert_eq!(kind(house.root.get_secret_value("s").unwrap_err()), ErrorKind::AuditUnavailable);
    assert_eq!(kind(house.root.describe_secret("s").unwrap_err()), ErrorKind::AuditUnavailable);
    assert_eq!(kind(house.root.list_secrets(ListSecrets::new()).unwrap_err()), ErrorKind::AuditUnavailable);
    assert_eq!(
        kind(house.root.get_random_password(GetRandomPassword::new()).unwrap_err()),
        ErrorKind::AuditUnavailable
    );
    // A denial is an answer too.
    assert_eq!(kind(nobody.get_secret_value("s").unwrap_err()), ErrorKind::AuditUnavailable);
    assert_eq!(kind(nobody.put_secret_value(PutSecretValue::text("s", "w")).unwrap_err()), ErrorKind::AuditUnavailable);
    sink.mend();
    assert_eq!(house.root.get_secret_value("s").unwrap().value(), b"v");
}

#[test]
fn s45_changes_stand_in_the_stores_own_journal_whether_or_not_anybody_listens() {
    let house = house();
    let links = || house.room.verify().unwrap().audit_records;
    let before = links();
    house.secret("s", "v");
    house.root.put_secret_value(PutSecretValue::text("s", "w")).unwrap();
    assert_eq!(links(), before + 2);
    // Reads, refusals and repeats change nothing.
    house.root.get_secret_value("s").unwrap();
    house.root.put_secret_value(PutSecretValue::new("s")).unwrap_err();
    house.user("nobody").get_secret_value("s").unwrap_err();
    assert_eq!(links(), before + 3, "the user that was made");
    house.root.delete_secret("s").unwrap();
    house.advance_days(30);
    house.room.run_due().unwrap();
    assert_eq!(links(), before + 5, "a deletion and a purge");
}

#[test]
fn a_call_that_the_model_refuses_was_never_weighed() {
    let sink = Sink::default();
    let house = house_with(sink.clone());
    refused_as(house.root.get_secret_value(""), "ValidationException");
    refused_as(house.root.list_secrets(ListSecrets::new().max_results(0)), "ValidationException");
    assert!(sink.take().iter().all(|event| event.decisions.is_empty()));
}
