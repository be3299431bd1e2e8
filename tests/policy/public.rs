//! `is_public` is sound: what it calls not public grants nothing to a stranger whose request has none of the fixed values.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use strongroom::action::Action;
use strongroom::policy::{
    Code, Level, MapKeys, Policy, PolicyKind, PolicySet, Principal, Query, Source, SourceKind, Trust, decide, lint,
};

use crate::random::Random;

const OPERATORS: &[&str] = &[
    "StringEquals",
    "StringEqualsIgnoreCase",
    "StringLike",
    "StringNotEquals",
    "StringNotLike",
    "ArnEquals",
    "ArnLike",
    "ArnNotLike",
    "IpAddress",
    "NotIpAddress",
    "Bool",
    "Null",
    "StringEqualsIfExists",
    "ArnLikeIfExists",
    "IpAddressIfExists",
    "ForAnyValue:StringEquals",
    "ForAnyValue:StringLike",
    "ForAllValues:StringEquals",
    "ForAllValues:StringLike",
    "ForAnyValue:ArnLike",
    "DateGreaterThan",
];
const KEYS: &[&str] = &[
    "aws:PrincipalArn",
    "aws:PrincipalAccount",
    "aws:SourceAccount",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:userid",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "kms:CallerAccount",
    "aws:SourceArn",
    "aws:SourceIp",
    "aws:SecureTransport",
    "aws:username",
    "aws:PrincipalType",
    "aws:PrincipalTag/team",
    "aws:CurrentTime",
];
/// Fixed values name accounts, organisations and networks that no stranger below has; the others may let one in.
const VALUES: &[&str] = &[
    "111122223333",
    "444455556666",
    "4444*",
    "*",
    "99998888????",
    "o-fixed12345",
    "o-*",
    "o-fixed12345/r-ab12/*",
    "o-fix*/r-ab12/*",
    "vpc-fixed",
    "vpc-*",
    "arn:aws:iam::111122223333:role/*",
    "arn:aws:iam::111122223333:user/anaya",
    "arn:aws:iam::*:role/app",
    "arn:aws:iam:*:111122223333:role/app",
    "arn:aws:*::111122223333:*",
    "arn:*",
    "arn:aws:sts::111122223333:*",
    "arn:aws:iam::9999????7777:*",
    "*:111122223333:*",
    "arn:aws:secretsmanager:us-east-1:111122223333:secret:x-??????",
    "AROAFIXEDFIXEDFIXED12:*",
    "AROA*:*",
    "${aws:username}",
    "${aws:PrincipalAccount}",
    "stranger",
    "10.0.0.0/8",
    "10.0.0.0/7",
    "203.0.113.0/24",
    "0.0.0.0/0",
    "128.0.0.0/1",
    "192.0.0.0/7",
    "2001:db8::/32",
    "2000::/3",
    "::/0",
    "true",
    "false",
    "User",
    "AssumedRole",
    "2020-01-01",
];
const STRANGERS: &[&str] = &[
    "arn:aws:iam::999988887777:user/stranger",
    "arn:aws:iam::999988887777:root",
    "arn:aws:sts::999988887777:assumed-role/app/111122223333",
    "arn:aws:sts::999988887777:federated-user/stranger",
];

fn policy(random: &mut Random) -> Value {
    let statements: Vec<Value> = (0..=random.below(2))
        .map(|_| {
            let mut statement = json!({
                "Effect": if random.once_in(6) { "Deny" } else { "Allow" },
                "Action": random.pick(&["*", "secretsmanager:*", "secretsmanager:GetSecretValue"]),
                "Resource": "*",
            });
            statement["Principal"] = match random.below(5) {
                0 => json!({"AWS": ["arn:aws:iam::444455556666:user/mateo", "111122223333"]}),
                1 => json!({"AWS": ["111122223333", "*"]}),
                _ => json!("*"),
            };
            if !random.once_in(8) {
                let mut operators = Map::new();
                for _ in 0..=random.below(2) {
                    let values: Vec<&str> = (0..=random.below(2)).map(|_| random.pick(VALUES)).collect();
                    operators.insert(random.pick(OPERATORS).to_owned(), json!({random.pick(KEYS): values}));
                }
                statement["Condition"] = Value::Object(operators);
            }
            statement
        })
        .collect();
    json!({"Version": random.pick(&["2012-10-17", "2012-10-17", "2008-10-17"]), "Statement": statements})
}

/// What a stranger's request says: nothing fixed.
fn context(random: &mut Random, stranger: &str) -> BTreeMap<&'static str, Vec<&'static str>> {
    let mut context = BTreeMap::new();
    let arn = if stranger.contains("assumed-role") {
        "arn:aws:iam::999988887777:role/app"
    } else {
        "arn:aws:iam::999988887777:user/stranger"
    };
    context.insert("aws:PrincipalArn", vec![arn]);
    context.insert("aws:PrincipalAccount", vec!["999988887777"]);
    context.insert("kms:CallerAccount", vec!["999988887777"]);
    let choices: &[(&str, &[&[&str]])] = &[
        ("aws:SourceAccount", &[&["999988887777"], &["999988887777", "999988887778"]]),
        ("aws:PrincipalOrgID", &[&["o-other12345"], &["o-"]]),
        (
            "aws:PrincipalOrgPaths",
            &[&["o-other12345/r-ab12/ou-1/"], &["o-other12345/r-ab12/", "o-other12345/r-ab12/ou-1/"]],
        ),
        ("aws:userid", &[&["AIDASTRANGER"], &["AROASTRANGERSTRANGER1:111122223333"]]),
        ("aws:SourceVpc", &[&["vpc-other"], &[""]]),
        ("aws:SourceVpce", &[&["vpce-other"]]),
        (
            "aws:SourceArn",
            &[&["arn:aws:s3:::bucket"], &["arn:aws:sns:us-east-1:999988887777:x:111122223333:y"], &["junk"]],
        ),
        ("aws:SourceIp", &[&["198.51.100.7"], &["192.0.2.1"], &["2606:4700::1"], &["11.0.0.1"], &["junk"]]),
        ("aws:SecureTransport", &[&["true"], &["false"]]),
        ("aws:username", &[&["stranger"], &["111122223333"], &["*"]]),
        ("aws:PrincipalType", &[&["User"], &["AssumedRole"]]),
        ("aws:PrincipalTag/team", &[&["111122223333"], &["o-fixed12345"]]),
        ("aws:CurrentTime", &[&["2026-01-01T00:00:00Z"]]),
    ];
    for (key, values) in choices {
        if !random.once_in(3) {
            context.insert(key, values[random.below(values.len())].to_vec());
        }
    }
    context
}

#[test]
fn what_is_not_public_grants_a_stranger_nothing() {
    let everything = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let everything = Policy::parse(everything, PolicyKind::Identity).unwrap();
    let identity = PolicySet::new([(Source::new("everything", SourceKind::User), Arc::new(everything))]);
    let (mut closed, mut open, mut let_in) = (0, 0, 0);
    for seed in 0..6_000 {
        let mut random = Random::new(seed);
        let document = policy(&mut random).to_string();
        let on_resource = Policy::load(&document, PolicyKind::Secret).unwrap();
        if on_resource.is_public() {
            open += 1;
        } else {
            closed += 1;
        }
        for _ in 0..8 {
            let stranger = random.pick(STRANGERS);
            let keys: MapKeys = context(&mut random, stranger).into_iter().collect();
            let decision = decide(&Query {
                principal: &Principal::from_arn(stranger).unwrap(),
                action: Action::SECRETSMANAGER_GET_SECRET_VALUE.into(),
                resource: "arn:aws:secretsmanager:us-east-1:111122223333:secret:x-a1b2c3",
                resource_account: "111122223333",
                trust: Trust::Secret,
                keys: &keys,
                identity: &identity,
                resource_policy: Some(&on_resource),
                boundary: None,
                session: Some(&identity),
                scps: &[],
            });
            assert!(on_resource.is_public() || !decision.is_allow(), "seed {seed}: {stranger} is let in by {document}");
            let_in += u32::from(decision.is_allow());
        }
    }
    assert!(closed > 500 && open > 2_000 && let_in > 2_000, "{closed} closed, {open} open, let in {let_in} times");
}

#[test]
fn each_fixing_condition_closes_and_its_loose_form_does_not() {
    let judged = |operator: &str, key: &str, value: &str| {
        let document = json!({"Version": "2012-10-17", "Statement": {
            "Effect": "Allow", "Principal": "*", "Action": "secretsmanager:*", "Resource": "*", "Condition": {operator: {key: value}}}});
        Policy::load(&document.to_string(), PolicyKind::Secret).unwrap().is_public()
    };
    for (operator, key, value) in [
        ("StringEquals", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/app"),
        ("StringLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/*"),
        ("ArnLike", "AWS:principalarn", "arn:aws:iam:*:111122223333:role/*"),
        ("StringEqualsIgnoreCase", "aws:PrincipalAccount", "111122223333"),
        ("StringEquals", "aws:PrincipalOrgID", "o-a1b2c3d4e5"),
        ("StringLike", "aws:userid", "AROAEXAMPLEEXAMPLE123:*"),
        ("StringEquals", "kms:CallerAccount", "111122223333"),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:*:111122223333:*"),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-a1b2c3d4e5/*"),
        ("IpAddress", "aws:SourceIp", "10.0.0.0/8"),
        ("IpAddress", "aws:SourceIp", "2001:db8::/32"),
    ] {
        assert!(!judged(operator, key, value), "{operator} {key} {value}");
    }
    for (operator, key, value) in [
        ("StringLike", "aws:PrincipalArn", "arn:aws:iam:*:111122223333:role/app"),
        ("ArnLike", "aws:PrincipalArn", "arn:*:iam::111122223333:role/app"),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam*"),
        ("StringEquals", "aws:PrincipalArn", "arn:aws:iam::${aws:PrincipalAccount}:role/app"),
        ("StringLike", "aws:PrincipalAccount", "1*"),
        ("StringEqualsIfExists", "aws:PrincipalAccount", "111122223333"),
        ("StringNotEquals", "aws:PrincipalAccount", "111122223333"),
        ("ForAllValues:StringEquals", "aws:PrincipalOrgPaths", "o-a1b2c3d4e5/r-1/"),
        ("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-*/r-1/"),
        ("ForAnyValue:StringEquals", "aws:PrincipalAccount", "111122223333"),
        ("StringLike", "aws:userid", "AROA*:*"),
        ("StringLike", "aws:userid", "AIDA*"),
        ("IpAddress", "aws:SourceIp", "10.0.0.0/7"),
        ("IpAddress", "aws:SourceIp", "2001::/31"),
        ("StringEquals", "aws:username", "anaya"),
        ("StringEquals", "aws:PrincipalTag/team", "blue"),
        ("Bool", "aws:SecureTransport", "true"),
        ("Null", "aws:PrincipalAccount", "false"),
    ] {
        assert!(judged(operator, key, value), "{operator} {key} {value}");
    }
}

#[test]
fn blocking_public_access_turns_the_finding_into_an_error() {
    let open = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"}}"#;
    let report = lint(open, PolicyKind::Secret, "111122223333");
    assert!(report.valid && report.codes() == [Code::Public]);
    let blocked = report.block_public();
    assert!(!blocked.valid && blocked.findings.iter().all(|finding| finding.level == Level::Error));
    assert!(Policy::parse(open, PolicyKind::Secret).unwrap().is_public(), "storing it is another question");
}
