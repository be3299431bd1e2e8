//! Explanations: which statements matched and where they stand, what is missing, what nearly matched, what cut off.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::sync::Arc;

use strongroom::action::Action;
use strongroom::policy::{
    Element, Explanation, Layer, MapKeys, Policy, PolicyKind, PolicySet, Position, Principal, Query, Source,
    SourceKind, Trust, Verdict, explain, explain_case,
};

const READERS: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {"Sid": "Read", "Effect": "Allow", "Action": "secretsmanager:GetSecretValue",
     "Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/*",
     "Condition": {"StringEquals": {"secretsmanager:ResourceTag/team": "${aws:PrincipalTag/team}"}}},
    {"Effect": "Deny", "Action": "secretsmanager:*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}
  ]
}"#;

fn explained(
    text: &str,
    resource: &str,
    context: &[(&str, &str)],
    change: impl Fn(Query<'_>) -> Explanation,
) -> Explanation {
    let policy = Policy::parse(text, PolicyKind::Identity).unwrap();
    let identity = PolicySet::new([(Source::new("readers", SourceKind::Group), Arc::new(policy))]);
    let keys: MapKeys = context.iter().map(|(key, value)| (*key, [*value])).collect();
    change(Query {
        principal: &Principal::from_arn("arn:aws:iam::111122223333:user/anaya").unwrap(),
        action: Action::SECRETSMANAGER_GET_SECRET_VALUE.into(),
        resource,
        resource_account: "111122223333",
        trust: Trust::Secret,
        keys: &keys,
        identity: &identity,
        resource_policy: None,
        boundary: None,
        session: None,
        scps: &[],
    })
}
fn plainly(resource: &str, context: &[(&str, &str)]) -> Explanation {
    explained(READERS, resource, context, |query| explain(&query))
}

const PROD: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db-a1b2c3";

#[test]
fn an_allow_names_its_statement_and_its_place() {
    let story = plainly(PROD, &[("secretsmanager:ResourceTag/team", "blue"), ("aws:PrincipalTag/team", "blue")]);
    assert!(story.decision.is_allow());
    let [matched] = story.matched.as_slice() else { panic!("{story:?}") };
    assert_eq!(
        (matched.source.id.as_str(), matched.source.kind.text(), matched.layer),
        ("readers", "group", Layer::Identity)
    );
    assert_eq!((matched.statement, matched.sid.as_deref(), matched.allows), (1, Some("Read"), true));
    assert_eq!((matched.start, matched.end), (Position { line: 4, column: 5 }, Position { line: 6, column: 101 }));
    assert_eq!(story.missing, ["aws:MultiFactorAuthPresent"]);
    assert!(story.near_misses.is_empty());
    assert_eq!((story.identity, story.resource), (Verdict::Allow, None));
}

#[test]
fn an_explicit_deny_names_the_denies_only() {
    let story = plainly(
        PROD,
        &[
            ("secretsmanager:ResourceTag/team", "blue"),
            ("aws:PrincipalTag/team", "blue"),
            ("aws:MultiFactorAuthPresent", "false"),
        ],
    );
    assert_eq!(story.decision.verdict(), Verdict::ExplicitDeny);
    let numbers: Vec<_> = story.matched.iter().map(|matched| (matched.statement, matched.allows)).collect();
    assert_eq!(numbers, [(2, false)]);
    assert_eq!(story.identity, Verdict::ExplicitDeny);
}

#[test]
fn a_near_miss_names_the_one_element_that_fails() {
    let element = |story: &Explanation| {
        let [near] = story.near_misses.as_slice() else { panic!("{story:?}") };
        near.element.clone()
    };
    let fits = [("secretsmanager:ResourceTag/team", "blue"), ("aws:PrincipalTag/team", "blue")];
    let dev = PROD.replace("prod/", "dev/");
    assert_eq!(element(&plainly(&dev, &fits)), Element::Resource);
    assert_eq!(
        element(&explained(READERS, PROD, &fits, |query| explain(&Query {
            action: Action::SECRETSMANAGER_PUT_SECRET_VALUE.into(),
            ..query
        }))),
        Element::Action
    );
    let story = plainly(PROD, &[("secretsmanager:ResourceTag/team", "red"), ("aws:PrincipalTag/team", "blue")]);
    let Element::Condition(failed) = element(&story) else { panic!("{story:?}") };
    assert_eq!(
        (failed.len(), failed[0].operator.as_str(), failed[0].key.as_str(), failed[0].absent),
        (1, "StringEquals", "secretsmanager:ResourceTag/team", false)
    );
    let twice = plainly(&dev, &[]);
    assert!(twice.near_misses.is_empty(), "two elements fail");
}

#[test]
fn missing_keys_are_those_of_statements_for_this_action() {
    let story = plainly(PROD, &[]);
    assert_eq!(
        story.missing,
        ["secretsmanager:ResourceTag/team", "aws:PrincipalTag/team", "aws:MultiFactorAuthPresent"]
    );
    let other = explained(READERS, "*", &[], |query| explain(&Query { action: Action::KMS_DECRYPT.into(), ..query }));
    assert!(other.missing.is_empty() && other.near_misses.is_empty());
}

#[test]
fn what_cuts_an_allow_off_is_named() {
    let fits = [("secretsmanager:ResourceTag/team", "blue"), ("aws:PrincipalTag/team", "blue")];
    let none = PolicySet::empty();
    let story = explained(READERS, PROD, &fits, |query| explain(&Query { boundary: Some(&none), ..query }));
    assert_eq!(
        (story.limited_by, story.allowed_by_boundary, story.allowed_by_session),
        (Some("boundary"), Some(false), None)
    );
    let story = explained(READERS, PROD, &fits, |query| explain(&Query { session: Some(&none), ..query }));
    assert_eq!((story.limited_by, story.allowed_by_session), (Some("session"), Some(false)));
    let story = explained(READERS, PROD, &fits, |query| explain(&Query { scps: &[PolicySet::empty()], ..query }));
    assert_eq!((story.limited_by, story.allowed_by_organizations), (Some("scp"), Some(false)));
    let story = explained(READERS, PROD, &fits, |query| explain(&Query { trust: Trust::Key, ..query }));
    assert_eq!(story.limited_by, Some("keyPolicy"));
    let story = explained(READERS, PROD, &fits, |query| explain(&Query { trust: Trust::Role, ..query }));
    assert_eq!(story.limited_by, Some("trustPolicy"));
}

#[test]
fn a_limit_that_denies_does_not_allow_whatever_else_it_says() {
    let text = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"secretsmanager:*","Resource":"*"}]}"#;
    let limit = || {
        let policy = Arc::new(Policy::parse(text, PolicyKind::Boundary).unwrap());
        PolicySet::new([(Source::new("limit", SourceKind::None), policy)])
    };
    let (set, scps) = (limit(), [limit()]);
    let story = explained(READERS, PROD, &[], |query| {
        explain(&Query { boundary: Some(&set), session: Some(&set), scps: &scps, ..query })
    });
    assert_eq!(story.decision.verdict(), Verdict::ExplicitDeny);
    let said = (story.allowed_by_boundary, story.allowed_by_session, story.allowed_by_organizations);
    assert_eq!(said, (Some(false), Some(false), Some(false)));
}

#[test]
fn a_malformed_value_is_on_the_record() {
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}}"#;
    let story = explained(text, PROD, &[("aws:SourceIp", "localhost")], |query| explain(&query));
    assert_eq!(story.decision.verdict(), Verdict::ImplicitDeny);
    assert_eq!(story.malformed, ["aws:SourceIp"]);
}

#[test]
fn a_statement_of_the_resource_that_means_somebody_else_is_a_near_miss() {
    let case = r#"{"request":{"principal":"arn:aws:iam::111122223333:user/anaya","action":"secretsmanager:GetSecretValue",
        "resource":"arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db-a1b2c3","context":{}},
        "resourcePolicy":{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/bob"},
        "Action":"secretsmanager:*","Resource":"*"}},"resourceAccount":"111122223333"}"#;
    let story = explain_case(case).unwrap();
    let [near] = story.near_misses.as_slice() else { panic!("{story:?}") };
    assert_eq!(
        (near.element.clone(), near.statement.layer, near.statement.source.kind.text()),
        (Element::Principal, Layer::Resource, "resource")
    );
    assert_eq!(story.resource, Some(Verdict::ImplicitDeny));
}
