//! What may be stored and what may not, with its place; and documents written to hurt.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use serde_json::json;
use strongroom::policy::{Code, Level, Malformed, Policy, PolicyKind, lint};

fn refused(text: &str, kind: PolicyKind) -> Malformed {
    Policy::parse(text, kind).expect_err(text)
}
fn identity(statement: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":{{{statement}}}}}"#)
}
fn on_secret(principal: &str) -> String {
    identity(&format!(r#""Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*",{principal}"#))
}
fn conditioned(condition: &str) -> String {
    identity(&format!(r#""Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{condition}"#))
}

#[test]
fn a_refusal_names_line_column_statement_and_remedy() {
    let text = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\"Effect\": \"Allow\", \"Action\": \"kms:*\", \"Resource\": \"*\"},\n    {\"Effect\": \"Allow\", \"Action\": \"kms:*\", \"Resource\": \"*\",\n     \"Condition\": {\n       \"StringEqualz\": {\"aws:username\": \"a\"}}}]}";
    let malformed = refused(text, PolicyKind::Identity);
    let shown =
        "line 7, column 8: statement 2: unknown condition operator `StringEqualz`; did you mean `StringEquals`?";
    assert_eq!(malformed.to_string(), shown);
    assert_eq!(malformed.findings().len(), 1);
    let wrapped = refused("{\"Policy\": {\"Statement\": []}}", PolicyKind::Identity);
    assert!(wrapped.to_string().contains("inside `Policy`") && wrapped.has(Code::MissingStatement), "{wrapped}");
}

#[test]
fn each_fault_keeps_a_document_out() {
    let cases = [
        ("{", Code::JsonSyntax),
        ("[]", Code::JsonSyntax),
        ("\"x\"", Code::JsonSyntax),
        ("\u{feff}{}", Code::JsonSyntax),
        ("{\"Version\":\"2012-10-17\",\"Statement\":[]} x", Code::JsonSyntax),
        (r#"{"Version":"2012-10-17","version":"2012-10-17","Statement":[]}"#, Code::DuplicateKey),
        (r#"{"Version":"2012-10-17"}"#, Code::MissingStatement),
        (r#"{"Version":"2012-10-17","Statement":[]}"#, Code::MissingStatement),
        (r#"{"Version":"2012-10-17","Statement":"x"}"#, Code::MissingStatement),
        (r#"{"Version":"2012-10-17","Statement":[1]}"#, Code::MissingStatement),
        (r#"{"Version":2012,"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#, Code::BadVersion),
        (
            r#"{"Version":"2012-10-17","Id":"x","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
            Code::ElementNotAllowed,
        ),
    ];
    for (text, code) in cases {
        assert!(refused(text, PolicyKind::Identity).has(code), "{text}");
        assert!(Policy::load(text, PolicyKind::Identity).is_err(), "{text}");
    }
    for (statement, code) in [
        (r#""Action":"*","Resource":"*""#, Code::MissingEffect),
        (r#""Effect":1,"Action":"*","Resource":"*""#, Code::BadEffect),
        (r#""Effect":"deny","Action":"*","Resource":"*""#, Code::BadEffect),
        (r#""Effect":"Allow","Resource":"*""#, Code::MissingAction),
        (r#""Effect":"Allow","Action":"*""#, Code::MissingResource),
        (r#""Effect":"Allow","Action":"*","NotAction":"kms:*","Resource":"*""#, Code::ElementConflict),
        (r#""Effect":"Allow","Action":"*","Resource":"*","NotResource":"*""#, Code::ElementConflict),
        (r#""effect":"Allow","Action":"*","Resource":"*""#, Code::UnknownElement),
        (r#""Effect":"Allow","Action":7,"Resource":"*""#, Code::BadAction),
        (r#""Effect":"Allow","Action":[["*"]],"Resource":"*""#, Code::BadAction),
        (r#""Effect":"Allow","Action":"secrets*:Get","Resource":"*""#, Code::BadAction),
        (r#""Effect":"Allow","Action":":Get","Resource":"*""#, Code::BadAction),
        (r#""Effect":"Allow","Action":"kms:","Resource":"*""#, Code::BadAction),
        (r#""Effect":"Allow","Action":"**","Resource":"*""#, Code::BadAction),
        (r#""Effect":"Allow","Action":"*","Resource":"*","Principal":"*""#, Code::ElementNotAllowed),
        (
            r#""Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEqual":{"a":"b"}}"#,
            Code::UnknownOperator,
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"*","Condition":{"forAnyValue:StringEquals":{"a":"b"}}"#,
            Code::UnknownOperator,
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"*","Condition":{"ForAnyValue:Null":{"a":"true"}}"#,
            Code::UnknownOperator,
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"*","Condition":{"NullIfExists":{"a":"true"}}"#,
            Code::NullIfExists,
        ),
        (
            r#""Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"a":null}}"#,
            Code::ConditionType,
        ),
        (r#""Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":"a"}"#, Code::ConditionType),
        (r#""Effect":"Allow","Action":"*","Resource":"*","Condition":"x""#, Code::ConditionType),
    ] {
        let text = identity(statement);
        assert!(refused(&text, PolicyKind::Identity).has(code), "{text}");
        assert!(Policy::load(&text, PolicyKind::Identity).is_err(), "{text}: has no meaning either");
    }
}

#[test]
fn what_only_grants_nothing_may_be_weighed_but_not_stored() {
    for (text, kind, code) in [
        (identity(r#""Effect":"Allow","Action":[],"Resource":"*""#), PolicyKind::Identity, Code::EmptyList),
        (identity(r#""Sid":"a-b","Effect":"Allow","Action":"*","Resource":"*""#), PolicyKind::Identity, Code::BadSid),
        (identity(r#""Effect":"Allow","Action":"*","Resource":"prod/db""#), PolicyKind::Identity, Code::ArnFields),
        (
            identity(r#""Effect":"Allow","Action":"*","Resource":"arn:aws:*:::x""#),
            PolicyKind::Identity,
            Code::ArnServiceWildcard,
        ),
        (
            identity(r#""Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${aws:username""#),
            PolicyKind::Identity,
            Code::VariableSyntax,
        ),
        (
            identity(r#""Effect":"Allow","Action":"*","Resource":"arn:aws:s3:${aws:RequestedRegion}::x""#),
            PolicyKind::Identity,
            Code::VariablePlace,
        ),
        (
            identity(r#""Effect":"Allow","Action":"kms:${aws:username}","Resource":"*""#),
            PolicyKind::Identity,
            Code::VariablePlace,
        ),
        (
            conditioned(r#"{"NumericEquals":{"aws:MultiFactorAuthAge":"1h"}}"#),
            PolicyKind::Identity,
            Code::ConditionType,
        ),
        (conditioned(r#"{"ArnLike":{"aws:PrincipalArn":"anaya"}}"#), PolicyKind::Identity, Code::ConditionType),
        (conditioned(r#"{"BinaryEquals":{"aws:RequestTag/a":"?"}}"#), PolicyKind::Identity, Code::ConditionType),
        (conditioned(r#"{"Null":{"aws:username":"maybe"}}"#), PolicyKind::Identity, Code::ConditionType),
        (conditioned(r#"{"StringEquals":{"aws:TagKeys":"a"}}"#), PolicyKind::Identity, Code::SetOperatorMissing),
        (conditioned(r#"{"StringEquals":{"aws:Username2":"a"}}"#), PolicyKind::Identity, Code::UnknownConditionKey),
        (
            on_secret(r#""Principal":{"AWS":"arn:aws:iam::111122223333:user/*"}"#),
            PolicyKind::Secret,
            Code::PrincipalWildcard,
        ),
        (
            on_secret(r#""Principal":{"AWS":"arn:aws:iam::111122223333:group/g"}"#),
            PolicyKind::Secret,
            Code::BadPrincipal,
        ),
        (on_secret(r#""Principal":"111122223333""#), PolicyKind::Secret, Code::BadPrincipal),
        (on_secret(r#""Principal":{"CanonicalUser":"79a5"}"#), PolicyKind::Secret, Code::BadPrincipal),
        (on_secret(r#""Principal":{}"#), PolicyKind::Secret, Code::EmptyList),
        (on_secret(r#""NotPrincipal":{"AWS":"111122223333"}"#), PolicyKind::Secret, Code::NotPrincipalAllow),
    ] {
        let malformed = refused(&text, kind);
        assert!(malformed.has(code), "{text}: {malformed}");
        assert!(malformed.findings().iter().all(|finding| finding.level == Level::Error));
        Policy::load(&text, kind).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}

#[test]
fn what_aws_stores_is_stored_though_the_lint_calls_it_an_error() {
    for statement in [
        r#""Effect":"Allow","Action":"secretsmanager:GetSecret","Resource":"*""#,
        r#""Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager::111122223333:secret:x-??????""#,
        r#""Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:us-east-1::secret:x-??????""#,
    ] {
        let text = identity(statement);
        assert!(!lint(&text, PolicyKind::Identity, "111122223333").valid, "{text}");
        Policy::parse(&text, PolicyKind::Identity).unwrap_or_else(|error| panic!("{text}: {error}"));
    }
}

#[test]
fn kms_refuses_for_all_values_over_one_pair_of_the_context() {
    let text = identity(
        r#""Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*","Condition":{"ForAllValues:StringEquals":{"kms:EncryptionContext:a":"b"}}"#,
    );
    assert!(refused(&text, PolicyKind::Key).has(Code::ForAllSingle));
    assert!(Policy::parse(&text, PolicyKind::Secret).is_ok());
}

#[test]
fn each_kind_has_its_own_elements_and_its_own_size() {
    let trust = identity(
        r#""Effect":"Allow","Principal":{"Federated":"accounts.google.com"},"Action":"sts:AssumeRoleWithWebIdentity""#,
    );
    assert!(Policy::parse(&trust, PolicyKind::Trust).is_ok());
    assert!(refused(&trust, PolicyKind::Secret).has(Code::MissingResource));
    let spaced = on_secret(r#""Sid":"Enable IAM User Permissions","Principal":{"AWS":"111122223333"}"#);
    assert!(Policy::parse(&spaced, PolicyKind::Key).is_ok());
    assert!(Policy::parse(&spaced, PolicyKind::Secret).is_ok());
    for (kind, limit) in [
        (PolicyKind::Identity, 10_240),
        (PolicyKind::Boundary, 6_144),
        (PolicyKind::Session, 2_048),
        (PolicyKind::Scp, 5_120),
    ] {
        let filled = |size: usize| {
            let frame = identity(r#""Effect":"Allow","Action":"kms:","Resource":"*""#).len();
            identity(&format!(r#""Effect":"Allow","Action":"kms:{}*","Resource":"*""#, "D".repeat(size - frame - 1)))
        };
        assert_eq!(filled(limit).len(), limit);
        assert!(Policy::parse(&filled(limit), kind).is_ok(), "{kind:?}");
        assert!(refused(&filled(limit + 1), kind).has(Code::Size), "{kind:?}");
    }
    let blank =
        identity(r#""Effect":"Allow","Action":"kms:*","Resource":"*""#).replace(',', &format!(",{}", " ".repeat(5000)));
    assert!(Policy::parse(&blank, PolicyKind::Boundary).is_ok(), "white space does not count");
}

#[test]
fn an_empty_sid_is_none_and_may_stand_twice() {
    let text = r#"{"Version":"2012-10-17","Statement":[
        {"Sid":"","Effect":"Allow","Action":"kms:*","Resource":"*"},{"Sid":"","Effect":"Deny","Action":"kms:*","Resource":"*"}]}"#;
    assert!(Policy::parse(text, PolicyKind::Identity).is_ok());
    assert!(refused(&text.replace("\"\"", "\"a\""), PolicyKind::Identity).has(Code::DuplicateSid));
}

#[test]
fn principals_and_keys_are_listed_for_those_who_check_them() {
    let text = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Action": "*", "Resource": "arn:aws:secretsmanager:*:*:secret:${aws:username}*",
        "NotPrincipal": {"AWS": ["arn:aws:iam::111122223333:user/a", "arn:aws:iam::111122223333:role/p/r", "111122223333",
            "arn:aws:sts::111122223333:assumed-role/r/s"], "Service": "s3.amazonaws.com"},
        "Condition": {"StringEquals": {"AWS:UserName": "x", "aws:ResourceTag/t": "${aws:PrincipalTag/t, 'y'}"}}}]});
    let policy = Policy::parse(&text.to_string(), PolicyKind::Secret).unwrap();
    let named: Vec<_> = policy.principals().collect();
    assert_eq!(named, ["arn:aws:iam::111122223333:user/a", "arn:aws:iam::111122223333:role/p/r"]);
    let keys: Vec<_> = policy.condition_keys().iter().map(|key| key.text.to_string()).collect();
    assert_eq!(keys, ["aws:username", "aws:ResourceTag/t", "aws:PrincipalTag/t"]);
    assert!(policy.memory() > text.to_string().len());
    assert!(!format!("{policy:?}").contains("username"), "a policy does not print its content");
}

/// Documents made to exhaust a reader, an index or a checker. Their cost is bounded by construction (depth, size, steps);
/// here they must come back at all, and say what they are.
#[test]
fn s48_hostile_documents_are_answered() {
    let stars = identity(&format!(r#""Effect":"Allow","Action":"kms:{}","Resource":"*""#, "*".repeat(10_000)));
    let mixed = identity(&format!(r#""Effect":"Allow","Action":"kms:{}","Resource":"*""#, "*a".repeat(5_000)));
    let arn = identity(&format!(r#""Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::{}""#, "*a?".repeat(3_000)));
    let many = |count: usize, item: &dyn Fn(usize) -> String| (0..count).map(item).collect::<Vec<_>>().join(",");
    let documents = [
        "[".repeat(32_768),
        "{\"a\":".repeat(5_000),
        format!("{{\"Statement\":{}1{}}}", "[".repeat(10_000), "]".repeat(10_000)),
        stars,
        mixed,
        arn,
        format!("{{{}}}", many(3_000, &|_| "\"a\":1".to_owned())),
        format!("{{{}}}", many(2_500, &|number| format!("\"k{number}\":1"))),
        format!("{{\"Version\":\"2012-10-17\",\"Statement\":[{}]}}", many(10_000, &|_| "{}".to_owned())),
        format!("{{\"Version\":\"2012-10-17\",\"Statement\":[{}]}}", many(6_000, &|_| "1e9".to_owned())),
        identity(&format!(
            r#""Effect":"Allow","Action":[{}],"Resource":"*""#,
            many(3_000, &|_| "\"kms:*\"".to_owned())
        )),
        identity(&format!(
            r#""Effect":"Allow","Action":[{}],"Resource":"*""#,
            many(1_500, &|number| format!("\"kms:Xy{number}z\""))
        )),
        identity(&format!(
            r#""Effect":"Allow","Action":"*","Resource":[{}]"#,
            many(1_200, &|number| format!("\"arn:aws:s3:::*a{number}*\""))
        )),
        conditioned(&format!("{{\"NumericEquals\":{{\"a\":{}}}}}", "9".repeat(30_000))),
        conditioned(&format!("{{\"NumericEquals\":{{\"a\":\"1e{}\"}}}}", "9".repeat(30_000))),
        conditioned(&format!("{{\"DateEquals\":{{\"a\":\"2026-01-01T00:00:00.{}Z\"}}}}", "9".repeat(30_000))),
        conditioned(&format!("{{\"StringEquals\":{{{}}}}}", many(1_500, &|number| format!("\"aws:k{number}\":\"\"")))),
        conditioned(&format!("{{{}}}", many(1_200, &|number| format!("\"StringEqual{number}\":{{}}")))),
        identity(&format!(r#""Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::{}""#, "${a}".repeat(7_000))),
        identity(&format!(r#""Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::{}""#, "${a, '".repeat(5_000))),
        on_secret(&format!(r#""Principal":{{"AWS":[{}]}}"#, many(2_000, &|number| format!("\"{number:012}\"")))),
        "\"\\ud800".repeat(1_000),
        "\u{0}".repeat(1_000),
    ];
    for document in documents {
        for kind in [PolicyKind::Identity, PolicyKind::Key] {
            let head: String = document.chars().take(60).collect();
            let report = lint(&document, kind, "111122223333");
            assert_eq!(
                Policy::parse(&document, kind).is_ok(),
                report.findings.iter().all(|finding| !finding.refuses()),
                "{head}"
            );
            if let Ok(policy) = Policy::load(&document, kind) {
                assert!(!policy.is_empty(), "{head}");
            }
            assert!(report.findings.len() < 2_000, "{head}: {} findings", report.findings.len());
        }
    }
}
