//! Policies written to cost as much as they can, at the largest sizes that there are: each is refused or decided, and decided
//! rightly. What they cost is counted elsewhere, by `.ci/counts --growth`: a test that asserted a time would fail on a busy machine.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::sync::Arc;

use strongroom::action::Action;
use strongroom::policy::{
    Code, MapKeys, Policy, PolicyKind, PolicySet, Principal, Query, Source, SourceKind, Trust, decide, explain, lint,
};

use crate::hostile::{SHAPES, TEXTS, hostile, to_read};

#[test]
fn s35_the_largest_hostile_documents_are_decided_and_rightly() {
    for shape in SHAPES {
        for eighths in [1, 8] {
            let (miss, hit) = (hostile(shape, eighths, false), hostile(shape, eighths, true));
            let most = match miss.kind {
                PolicyKind::Key => 32_768,
                PolicyKind::Secret => 20_480,
                _ => 10_240,
            };
            // Near the limit, or the figure would be that of a smaller one; a pattern of 3,000 bytes does not fill it.
            assert!(miss.text.len() <= most * eighths / 8 + 3_100, "{shape}: {}", miss.text.len());
            assert!(eighths < 8 || miss.text.len() + 3_400 > most, "{shape}: {}", miss.text.len());
            let (miss, hit) = (miss.ready(), hit.ready());
            assert!(!miss.allows(), "{shape}");
            assert!(hit.allows(), "{shape}");
            let story = hit.ask(explain);
            assert!(story.decision.is_allow() && story.matched.len() == 1, "{shape}");
            assert!(miss.ask(explain).matched.is_empty(), "{shape}");
        }
    }
}

#[test]
fn s31_the_largest_hostile_texts_are_read_or_refused_and_lint_agrees() {
    for shape in TEXTS {
        for eighths in [1, 8] {
            let (kind, text, stored) = to_read(shape, eighths);
            assert!(text.len() <= 32_768 && text.len() + 400 > 32_768 * eighths / 8, "{shape}: {}", text.len());
            let report = lint(&text, kind, "111122223333");
            assert_eq!(Policy::parse(&text, kind).is_ok(), stored, "{shape}: {:?}", report.findings.first());
            assert_eq!(report.findings.iter().any(strongroom::policy::Finding::refuses), !stored, "{shape}");
            // A hostile document could have a finding for every byte.
            assert!(report.findings.len() <= 200 + Code::ALL.len(), "{shape}: {}", report.findings.len());
            assert!(report.findings.is_sorted_by_key(|finding| (finding.line, finding.column)), "{shape}");
        }
    }
}

fn in_list(count: usize, statement: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, vec![statement; count].join(","))
}

#[test]
fn a_byte_more_than_the_limit_is_refused_and_the_limit_itself_is_not() {
    let padded = |len: usize, kind: PolicyKind| {
        let principal =
            if kind == PolicyKind::Identity || kind == PolicyKind::Boundary { "" } else { r#""Principal":"*","# };
        let text = |pad: usize| {
            in_list(
                1,
                &format!(
                    r#"{{"Effect":"Deny",{principal}"Action":"kms:Decrypt","Resource":"*","Condition":{{"StringEquals":{{"aws:username":"{}"}}}}}}"#,
                    "a".repeat(pad)
                ),
            )
        };
        text(len - text(0).len())
    };
    for (kind, most) in [
        (PolicyKind::Boundary, 6_144),
        (PolicyKind::Identity, 10_240),
        (PolicyKind::Secret, 20_480),
        (PolicyKind::Key, 32_768),
    ] {
        assert_eq!(padded(most, kind).len(), most);
        Policy::parse(&padded(most, kind), kind).unwrap();
        let refused = Policy::parse(&padded(most + 1, kind), kind).unwrap_err();
        assert!(refused.has(Code::Size), "{kind:?}: {refused}");
        assert!(lint(&padded(most + 1, kind), kind, "").codes().contains(&Code::Size));
    }
    // Beyond the largest of all nothing is read, whatever it is loaded for.
    assert!(Policy::load(&padded(32_769, PolicyKind::Key), PolicyKind::Key).unwrap_err().has(Code::Size));
}

#[test]
fn ten_thousand_statements_are_refused_in_one_document_and_decided_in_many() {
    let one = r#"{"Effect":"Allow","Action":"kms:*","Resource":"*"}"#;
    for kind in [PolicyKind::Identity, PolicyKind::Boundary] {
        assert!(Policy::parse(&in_list(10_000, one), kind).unwrap_err().has(Code::Size), "{kind:?}");
    }
    let on_key = r#"{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*"}"#;
    assert!(Policy::parse(&in_list(10_000, on_key), PolicyKind::Key).unwrap_err().has(Code::Size));
    // A user's own policies and those of ten groups, every one of them full: a hundred documents of a hundred statements.
    let resource = |number: usize| format!("arn:aws:secretsmanager:*:*:secret:team{number:05}/*");
    let set = PolicySet::new((0..100).map(|policy| {
        let statements: Vec<String> = (0..100)
            .map(|place| {
                let number = policy * 100 + place;
                let effect = if number % 3 == 0 { "Deny" } else { "Allow" };
                format!(r#"{{"Effect":"{effect}","Action":"secretsmanager:Get*","Resource":"{}"}}"#, resource(number))
            })
            .collect();
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
        let policy = Policy::load(&text, PolicyKind::Identity).unwrap();
        (Source::new(format!("p{policy:?}"), SourceKind::Group), Arc::new(policy))
    }));
    for number in (0..10_000).step_by(37).chain([9_999]) {
        let arn = format!("arn:aws:secretsmanager:us-east-1:111122223333:secret:team{number:05}/x-a1b2c3");
        assert_eq!(asked(&set, &arn, &MapKeys::new()), number % 3 != 0, "{number}");
    }
}

fn asked(set: &PolicySet, resource: &str, keys: &MapKeys) -> bool {
    decide(&Query {
        principal: &Principal::from_arn("arn:aws:iam::111122223333:user/anaya").unwrap(),
        action: Action::SECRETSMANAGER_GET_SECRET_VALUE.into(),
        resource,
        resource_account: "111122223333",
        trust: Trust::Secret,
        keys,
        identity: set,
        resource_policy: None,
        boundary: None,
        session: None,
        scps: &[],
    })
    .is_allow()
}

#[test]
fn a_thousand_keys_that_tell_statements_apart_are_each_heard() {
    let statement = |number: usize| {
        format!(
            r#"{{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*","Condition":{{"StringEquals":{{"aws:PrincipalTag/K{number}":"v"}}}}}}"#
        )
    };
    let set = PolicySet::new((0..20).map(|policy| {
        let statements: Vec<String> = (0..50).map(|place| statement(policy * 50 + place)).collect();
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
        (Source::new("p", SourceKind::User), Arc::new(Policy::parse(&text, PolicyKind::Identity).unwrap()))
    }));
    let secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:x-a1b2c3";
    for (key, value, allowed) in [("k0", "v", true), ("K999", "v", true), ("k1000", "v", false), ("k7", "w", false)] {
        let keys: MapKeys = [(format!("aws:principaltag/{key}"), [value])].into_iter().collect();
        assert_eq!(asked(&set, secret, &keys), allowed, "{key}");
    }
    let principal = Principal::from_arn("arn:aws:iam::111122223333:user/anaya").unwrap();
    let story = explain(&Query {
        principal: &principal,
        action: Action::SECRETSMANAGER_GET_SECRET_VALUE.into(),
        resource: secret,
        resource_account: "111122223333",
        trust: Trust::Secret,
        keys: &MapKeys::new(),
        identity: &set,
        resource_policy: None,
        boundary: None,
        session: None,
        scps: &[],
    });
    assert_eq!((story.missing.len(), story.near_misses.len()), (1000, 1000));
}

#[test]
fn nesting_and_members_given_twice_are_refused_at_any_depth_and_number() {
    for deep in [9, 1_000, 16_000] {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            if open.len() * deep > 32_000 {
                continue;
            }
            let text = format!(r#"{{"Statement":{}1{}}}"#, open.repeat(deep), close.repeat(deep.min(700)));
            assert!(Policy::load(&text, PolicyKind::Key).is_err());
            assert!(!lint(&text, PolicyKind::Key, "").valid);
        }
    }
    // The two are thousands of members apart, and differ in case.
    let mut members = String::new();
    for number in 0..1_500 {
        write!(members, r#""aws:PrincipalTag/k{number}":"v","#).unwrap();
    }
    let text = |last: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{{"StringEquals":{{{members}"aws:PrincipalTag/{last}":"w"}}}}}}}}"#
        )
    };
    // 1,500 keys are more than fit; the limit is told, and so is the member given twice where the text is short enough.
    assert!(Policy::load(&text("K0"), PolicyKind::Key).is_err());
    let (fewer, _) = members.split_at(members.len() / 2 / 29 * 29);
    let fewer = fewer.rsplit_once(r#""aws:"#).unwrap().0;
    let text = |last: &str| {
        format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{{"StringEquals":{{{fewer}"aws:PrincipalTag/{last}":"w"}}}}}}}}"#
        )
    };
    Policy::parse(&text("other"), PolicyKind::Key).unwrap();
    assert!(Policy::parse(&text("K0"), PolicyKind::Key).unwrap_err().has(Code::DuplicateKey));
    assert!(lint(&text("K0"), PolicyKind::Key, "").codes().contains(&Code::DuplicateKey));
}

#[test]
fn hints_about_lists_stay_right_when_lists_are_long() {
    // Doubled entries are found however far apart; of entries with wildcards the first thirty-two cover others.
    let names: Vec<String> =
        (0..400).map(|number| format!("\"arn:aws:kms:us-east-1:111122223333:key/{number}\"")).collect();
    let list = |more: &str| {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{{"AWS":"111122223333"}},"Action":"kms:*","Resource":[{},{more}]}}}}"#,
            names.join(",")
        );
        let report = lint(&text, PolicyKind::Key, "111122223333");
        report.findings.iter().filter(|finding| finding.code == Code::RedundantResource).count()
    };
    assert_eq!(list(r#""arn:aws:kms:us-east-1:111122223333:key/x""#), 0);
    assert_eq!(list(r#""arn:aws:kms:us-east-1:111122223333:key/7""#), 1);
    assert_eq!(list(r#""arn:aws:kms:*:111122223333:key/39?""#), 10);
}
