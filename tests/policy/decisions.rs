//! Rules that the vectors do not reach: unique ids, laziness, reasons, malformed values, sources of one value.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::sync::Arc;

use strongroom::action::{Action, ActionRef};
use strongroom::name::Text;
use strongroom::policy::{
    Decision, DenySource, Ground, Key, KeyName, Keys, MapKeys, NoKeys, Policy, PolicyKind, PolicySet, Principal,
    PrincipalKind, Query, Reason, Source, SourceKind, Trust, Value, Values, Verdict, decide, decide_case,
};

const ACCOUNT: &str = "111122223333";
const SECRET: &str = "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db-a1b2c3";
const ANAYA: &str = "arn:aws:iam::111122223333:user/anaya";

fn statement(rest: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":{{{rest}}}}}"#)
}
fn set(rest: &str) -> PolicySet {
    let policy = Policy::parse(&statement(rest), PolicyKind::Identity).unwrap();
    PolicySet::new([(Source::new("p", SourceKind::User), Arc::new(policy))])
}
fn allow_all() -> PolicySet {
    set(r#""Effect":"Allow","Action":"*","Resource":"*""#)
}
fn user() -> Principal<'static> {
    Principal::from_arn(ANAYA).unwrap()
}
fn query<'a>(principal: &'a Principal<'a>, identity: &'a PolicySet) -> Query<'a> {
    Query {
        principal,
        action: Action::SECRETSMANAGER_GET_SECRET_VALUE.into(),
        resource: SECRET,
        resource_account: ACCOUNT,
        trust: Trust::Secret,
        keys: &NoKeys,
        identity,
        resource_policy: None,
        boundary: None,
        session: None,
        scps: &[],
    }
}

/// Writes down what it is asked.
struct Asked<'v> {
    asked: RefCell<Vec<String>>,
    answer: fn(&Key, bool) -> Values<'v>,
}
impl Keys for Asked<'_> {
    fn values(&self, key: &Key, plain: bool) -> Values<'_> {
        self.asked.borrow_mut().push(format!("{}{}", key.text, if plain { "" } else { " (set)" }));
        (self.answer)(key, plain)
    }
}

#[test]
fn a_key_is_asked_for_only_when_the_statement_otherwise_applies() {
    let identity = set(r#""Effect":"Allow","Action":["secretsmanager:GetSecretValue","secretsmanager:TagResource"],
        "Resource":"arn:aws:secretsmanager:*:*:secret:prod/*",
        "Condition":{"StringEquals":{"aws:username":"anaya"},"ForAnyValue:StringEquals":{"aws:TagKeys":"x"}}"#);
    let principal = user();
    let ask = |query: Query<'_>| {
        let keys = Asked {
            asked: RefCell::default(),
            answer: |key, _| {
                if key.name == KeyName::AwsUsername { Values::One(Value::Text("anaya")) } else { Values::Absent }
            },
        };
        let decision = decide(&Query { keys: &keys, ..query });
        (decision.verdict(), keys.asked.into_inner())
    };
    let base = query(&principal, &identity);
    assert_eq!(ask(Query { action: Action::SECRETSMANAGER_DELETE_SECRET.into(), ..base }).1, [""; 0]);
    assert_eq!(
        ask(Query { resource: "arn:aws:secretsmanager:us-east-1:111122223333:secret:dev/db-a1b2c3", ..base }).1,
        [""; 0]
    );
    assert_eq!(ask(Query { action: Action::STS_GET_CALLER_IDENTITY.into(), ..base }), (Verdict::Allow, vec![]));
    let (verdict, asked) = ask(base);
    assert_eq!(
        (verdict, asked),
        (Verdict::ImplicitDeny, vec!["aws:username".to_owned(), "aws:TagKeys (set)".to_owned()])
    );

    let other_user = Policy::parse(
        &statement(
            r#""Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/bob"},"Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"true"}}"#,
        ),
        PolicyKind::Secret,
    );
    let empty = PolicySet::empty();
    assert_eq!(ask(Query { resource_policy: Some(&other_user.unwrap()), ..query(&principal, &empty) }).1, [""; 0]);
}

#[test]
fn a_principal_made_anew_inherits_nothing() {
    let text = statement(
        r#""Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:user/anaya","arn:aws:iam::444455556666:user/anaya"]},"Action":"*","Resource":"*""#,
    );
    let bindings = [
        (Text::from(ANAYA), Text::from("AIDAOLD")),
        (Text::from("arn:aws:iam::444455556666:user/anaya"), Text::from("AIDAFOREIGN")),
    ];
    let policy = Policy::parse_bound(&text, PolicyKind::Secret, ACCOUNT, &bindings).unwrap();
    let empty = PolicySet::empty();
    let asked_by = |principal: Principal<'_>, identity: &PolicySet| {
        decide(&Query { resource_policy: Some(&policy), ..query(&principal, identity) }).verdict()
    };
    assert_eq!(asked_by(Principal { id: Some("AIDAOLD"), ..user() }, &empty), Verdict::Allow);
    assert_eq!(asked_by(Principal { id: Some("AIDANEW"), ..user() }, &empty), Verdict::ImplicitDeny);
    assert_eq!(asked_by(user(), &empty), Verdict::ImplicitDeny);
    let renamed = Principal { arn: "arn:aws:iam::111122223333:user/anaya2", id: Some("AIDAOLD"), ..user() };
    assert_eq!(asked_by(renamed, &empty), Verdict::Allow);
    // A binding for another account's principal is none of ours to give.
    let foreign = Principal::from_arn("arn:aws:iam::444455556666:user/anaya").unwrap();
    assert_eq!(asked_by(foreign, &allow_all()), Verdict::Allow);
}

#[test]
fn a_role_made_anew_is_not_trusted_by_its_name() {
    let text = statement(
        r#""Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:sts::111122223333:assumed-role/app/s","arn:aws:iam::111122223333:role/app","111122223333"]},"Action":"*","Resource":"*""#,
    );
    let bound = Policy::parse_bound(
        &text,
        PolicyKind::Secret,
        ACCOUNT,
        &[("arn:aws:iam::111122223333:role/app".into(), "AROAOLD".into())],
    )
    .unwrap();
    let session = Principal::from_arn("arn:aws:sts::111122223333:assumed-role/app/s").unwrap();
    let identity = allow_all();
    for (parent_id, expected) in
        [(Some("AROAOLD"), Verdict::Allow), (Some("AROANEW"), Verdict::ExplicitDeny), (None, Verdict::ExplicitDeny)]
    {
        let principal = Principal { parent_id, ..session };
        assert_eq!(
            decide(&Query { resource_policy: Some(&bound), ..query(&principal, &identity) }).verdict(),
            expected
        );
    }
}

#[test]
fn reasons_name_the_callers_own_side_first() {
    let (principal, all, none) = (user(), allow_all(), PolicySet::empty());
    let deny = set(r#""Effect":"Deny","Action":"*","Resource":"*""#);
    let on_resource = |rest: &str| {
        Policy::parse(&statement(&format!(r#"{rest},"Action":"*","Resource":"*""#)), PolicyKind::Key).unwrap()
    };
    let denied_there = on_resource(r#""Effect":"Deny","Principal":"*""#);
    let for_bob = on_resource(r#""Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/bob"}"#);
    let implicit = |because, identity_allowed| Decision::ImplicitDeny { because, identity_allowed };
    let explicit = |by, identity_allowed| Decision::ExplicitDeny { by, identity_allowed };
    let base = query(&principal, &all);
    let key = Query { trust: Trust::Key, resource_policy: Some(&for_bob), ..base };
    let foreign = Principal::from_arn("arn:aws:iam::444455556666:user/m").unwrap();
    let levels = [none.clone()];
    let deny_level = [deny.clone()];
    for (asked, expected) in [
        (base, Decision::Allow { by: Ground::Identity }),
        (Query { identity: &none, ..base }, implicit(Reason::NoIdentityAllow, false)),
        (Query { boundary: Some(&none), ..base }, implicit(Reason::Boundary, false)),
        (Query { session: Some(&none), ..base }, implicit(Reason::Session, false)),
        (Query { boundary: Some(&none), session: Some(&none), ..base }, implicit(Reason::Boundary, false)),
        (Query { scps: &levels, ..base }, implicit(Reason::Scp, false)),
        (key, implicit(Reason::KeyPolicy, true)),
        (Query { trust: Trust::Role, ..key }, implicit(Reason::TrustPolicy, true)),
        (Query { identity: &none, ..key }, implicit(Reason::NoIdentityAllow, false)),
        (Query { boundary: Some(&none), ..key }, implicit(Reason::Boundary, false)),
        (Query { principal: &foreign, ..key }, implicit(Reason::NoResourceAllow, true)),
        (Query { principal: &foreign, identity: &none, ..key }, implicit(Reason::NoIdentityAllow, false)),
        (Query { resource_policy: Some(&denied_there), ..base }, explicit(DenySource::Resource, true)),
        (
            Query { resource_policy: Some(&denied_there), identity: &none, ..base },
            explicit(DenySource::Resource, false),
        ),
        (
            Query { resource_policy: Some(&denied_there), session: Some(&none), ..base },
            explicit(DenySource::Resource, false),
        ),
        (
            Query { resource_policy: Some(&denied_there), identity: &deny, ..base },
            explicit(DenySource::Identity, false),
        ),
        (Query { boundary: Some(&deny), ..base }, explicit(DenySource::Boundary, false)),
        (Query { session: Some(&deny), ..base }, explicit(DenySource::Session, false)),
        (Query { scps: &deny_level, ..base }, explicit(DenySource::Scp, false)),
    ] {
        assert_eq!(decide(&asked), expected);
    }
}

#[test]
fn s27_a_refusal_names_the_resources_policy_only_to_those_with_a_right_of_their_own() {
    let words =
        |decision: Decision| decision.denial("kms:Decrypt").map(|denial| denial.to_string()).unwrap_or_default();
    let implicit = |because, identity_allowed| words(Decision::ImplicitDeny { because, identity_allowed });
    let explicit = |by, identity_allowed| words(Decision::ExplicitDeny { by, identity_allowed });
    let none = "because no identity-based policy allows the kms:Decrypt action";
    assert_eq!(implicit(Reason::NoIdentityAllow, false), none);
    assert_eq!(implicit(Reason::NoResourceAllow, false), none);
    assert_eq!(explicit(DenySource::Resource, false), none);
    assert_eq!(explicit(DenySource::Resource, true), "with an explicit deny in a resource-based policy");
    assert_eq!(implicit(Reason::KeyPolicy, true), "because no resource-based policy allows the kms:Decrypt action");
    assert_eq!(implicit(Reason::Boundary, false), "because no permissions boundary allows the kms:Decrypt action");
    assert_eq!(implicit(Reason::Session, false), "because no session policy allows the kms:Decrypt action");
    assert_eq!(implicit(Reason::Scp, false), "because no service control policy allows the kms:Decrypt action");
    assert_eq!(explicit(DenySource::Identity, false), "with an explicit deny in an identity-based policy");
    assert_eq!(words(Decision::Allow { by: Ground::Identity }), "");
}

#[test]
fn a_malformed_value_counts_against_the_caller() {
    let principal = user();
    for (operator, key, value) in [
        ("NumericNotEquals", "aws:MultiFactorAuthAge", "5"),
        ("DateNotEquals", "aws:CurrentTime", "2026-01-01"),
        ("NotIpAddress", "aws:SourceIp", "10.0.0.0/8"),
        ("ArnNotLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/x"),
        ("ForAnyValue:NumericNotEquals", "aws:MultiFactorAuthAge", "5"),
    ] {
        let condition = format!(r#""Action":"*","Resource":"*","Condition":{{"{operator}":{{"{key}":"{value}"}}}}"#);
        let allow = set(&format!(r#""Effect":"Allow",{condition}"#));
        let deny = set(&format!(r#""Effect":"Deny",{condition}"#));
        let junk: MapKeys = [(key, ["junk"])].into_iter().collect();
        assert_eq!(
            decide(&Query { keys: &junk, ..query(&principal, &allow) }).verdict(),
            Verdict::ImplicitDeny,
            "{operator}"
        );
        assert_eq!(
            decide(&Query { keys: &junk, ..query(&principal, &deny) }).verdict(),
            Verdict::ExplicitDeny,
            "{operator}"
        );
    }
}

#[test]
fn typed_values_compare_like_their_texts() {
    let principal = user();
    let holds = |condition: &str, value: fn() -> Value<'static>| {
        struct One(fn() -> Value<'static>);
        impl Keys for One {
            fn values(&self, _: &Key, _: bool) -> Values<'_> {
                Values::One((self.0)())
            }
        }
        let identity = set(&format!(r#""Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}"#));
        decide(&Query { keys: &One(value), ..query(&principal, &identity) }).is_allow()
    };
    assert!(holds(r#"{"NumericLessThan":{"aws:MultiFactorAuthAge":"10.5"}}"#, || Value::Number(10)));
    assert!(holds(r#"{"NumericEquals":{"aws:EpochTime":"1767225600.250"}}"#, || Value::Time(1_767_225_600_250)));
    assert!(holds(r#"{"DateEquals":{"aws:CurrentTime":"2026-01-01T00:00:00.25Z"}}"#, || Value::Time(
        1_767_225_600_250
    )));
    assert!(holds(r#"{"DateGreaterThan":{"aws:EpochTime":"2025-12-31"}}"#, || Value::Number(1_767_225_600)));
    assert!(holds(r#"{"Bool":{"aws:SecureTransport":"TRUE"}}"#, || Value::Bool(true)));
    assert!(holds(r#"{"StringLike":{"aws:CurrentTime":"2026-01-01T*"}}"#, || Value::Time(1_767_225_600_250)));
    assert!(holds(r#"{"StringEquals":{"sts:DurationSeconds":"900"}}"#, || Value::Number(900)));
    assert!(holds(r#"{"StringEquals":{"aws:username":"ab"}}"#, || Value::Owned("ab".to_owned())));
    assert!(!holds(r#"{"Bool":{"aws:SecureTransport":"true"}}"#, || Value::Number(1)));
    assert!(!holds(r#"{"DateEquals":{"aws:CurrentTime":"2026"}}"#, || Value::Bool(true)));
}

#[test]
fn a_source_may_answer_a_plain_operator_with_one_value() {
    struct Stages;
    impl Keys for Stages {
        fn values(&self, key: &Key, plain: bool) -> Values<'_> {
            match (key.name, plain) {
                (KeyName::SecretsmanagerVersionStage, true) => Values::One(Value::Text("AWSCURRENT")),
                (KeyName::SecretsmanagerVersionStage, false) => Values::ManyText(vec!["AWSCURRENT", "blue"]),
                _ => Values::Absent,
            }
        }
    }
    let principal = user();
    for (condition, expected) in [
        (r#"{"StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}}"#, true),
        (r#"{"StringEquals":{"secretsmanager:VersionStage":"blue"}}"#, false),
        (r#"{"ForAnyValue:StringEquals":{"secretsmanager:VersionStage":"blue"}}"#, true),
        (
            r#"{"ForAllValues:StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"},"Null":{"secretsmanager:VersionStage":"false"}}"#,
            false,
        ),
    ] {
        let identity = set(&format!(r#""Effect":"Allow","Action":"*","Resource":"*","Condition":{condition}"#));
        assert_eq!(
            decide(&Query { keys: &Stages, ..query(&principal, &identity) }).is_allow(),
            expected,
            "{condition}"
        );
    }
}

#[test]
fn a_valueless_variable_under_not_resource_opens_no_allow_and_closes_every_deny() {
    let principal = user();
    let rest = r#""Action":"*","NotResource":["arn:aws:secretsmanager:*:*:secret:home/${aws:username}/*"]"#;
    let allow = set(&format!(r#""Effect":"Allow",{rest}"#));
    let deny = set(&format!(r#""Effect":"Deny",{rest}"#));
    assert_eq!(decide(&query(&principal, &allow)).verdict(), Verdict::ImplicitDeny);
    assert_eq!(decide(&query(&principal, &deny)).verdict(), Verdict::ExplicitDeny);
    let keys: MapKeys = [("aws:username", ["anaya"])].into_iter().collect();
    assert_eq!(decide(&Query { keys: &keys, ..query(&principal, &allow) }).verdict(), Verdict::Allow);
}

#[test]
fn nobody_known_gets_what_everyone_gets_and_a_bare_federated_session_direct_grants_only() {
    let everyone = Policy::parse(
        &statement(r#""Effect":"Allow","Principal":"*","Action":"*","Resource":"*""#),
        PolicyKind::Secret,
    )
    .unwrap();
    let for_user = Policy::parse(
        &statement(&format!(r#""Effect":"Allow","Principal":{{"AWS":"{ANAYA}"}},"Action":"*","Resource":"*""#)),
        PolicyKind::Secret,
    )
    .unwrap();
    let (empty, all) = (PolicySet::empty(), allow_all());
    let nobody = Principal::anonymous();
    assert_eq!(nobody.kind, PrincipalKind::Anonymous);
    assert!(decide(&Query { resource_policy: Some(&everyone), ..query(&nobody, &empty) }).is_allow());
    assert!(!decide(&Query { resource_policy: Some(&for_user), ..query(&nobody, &all) }).is_allow());
    let federated = Principal::from_arn("arn:aws:sts::111122223333:federated-user/anaya").unwrap();
    assert_eq!(decide(&query(&federated, &all)).verdict(), Verdict::ImplicitDeny);
    assert_eq!(
        decide(&Query { resource_policy: Some(&for_user), ..query(&federated, &all) }).verdict(),
        Verdict::ImplicitDeny
    );
    assert!(decide(&Query { resource_policy: Some(&everyone), ..query(&federated, &all) }).is_allow());
}

#[test]
fn an_action_that_is_not_in_the_table_is_matched_by_its_text() {
    let principal = user();
    let identity = set(r#""Effect":"Allow","Action":["s3:Get*","kms:Frob?"],"NotResource":"arn:aws:s3:::closed""#);
    for (action, expected) in [
        ("s3:GetObject", true),
        ("S3:GETOBJECT", true),
        ("s3:PutObject", false),
        ("kms:FrobX", true),
        ("kms:Frob", false),
        ("nonsense", false),
    ] {
        let asked = Query { action: ActionRef::Other(action), ..query(&principal, &identity) };
        assert_eq!(decide(&asked).is_allow(), expected, "{action}");
    }
    let all = allow_all();
    assert!(decide(&Query { action: ActionRef::Other("nonsense"), ..query(&principal, &all) }).is_allow());
    let known = Query { action: ActionRef::Other("sts:getcalleridentity"), ..query(&principal, &identity) };
    assert_eq!(decide(&known), Decision::Allow { by: Ground::CallerIdentity });
}

#[test]
fn a_case_that_is_none_is_refused() {
    let case = |principal: &str, more: &str| {
        format!(
            r#"{{"request":{{"principal":"{principal}","action":"kms:Decrypt","resource":"*","context":{{}}}},"identityPolicies":[],"resourceAccount":"111122223333"{more}}}"#
        )
    };
    assert_eq!(decide_case(&case(ANAYA, "")).unwrap(), Verdict::ImplicitDeny);
    assert_eq!(decide_case(&case(ANAYA, r#","unknown":{"a":[1]}"#)).unwrap(), Verdict::ImplicitDeny);
    for text in [
        String::new(),
        "{}".to_owned(),
        "[]".to_owned(),
        case("anaya", ""),
        case("arn:aws:iam::111122223333:role/app", ""),
        case(ANAYA, r#","resourcePolicy":{"Statement":[]}"#),
        case(ANAYA, r#","resourcePolicy":7"#),
        case(ANAYA, r#","scps":[{}]"#),
        case(ANAYA, r#","sessionPolicy":{"Effect":"Allow"}"#),
        case(ANAYA, "").replace(r#""context":{}"#, r#""context":{"aws:username":["a"],"AWS:username":["b"]}"#),
        case(ANAYA, "").replace(r#""context":{}"#, r#""context":{"aws:username":"a"}"#),
        case(ANAYA, r#","resourceAccount":"444455556666""#),
    ] {
        let error = decide_case(&text).expect_err(&text);
        assert!(!error.to_string().is_empty());
    }
}
