//! Goal: every shape says what AWS's wire says, member by member. Method: one body with every member for each request and
//! answer, read, written and compared; the table of operations checked against itself.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use std::collections::BTreeSet;

use serde_json::Value;
use strongroom::json;
use strongroom::operation::{ALL, AnyRequest, Caller, Operation, Spec, Tell, iam, kms, secretsmanager, unserved};
use strongroom::{Error, ErrorKind};

use crate::operation_bodies::BODIES;

fn written(value: &dyn Tell) -> String {
    String::from_utf8(json::write(value).expose().to_vec()).unwrap()
}

/// Answers every request with one body.
struct Canned(&'static str);
impl Caller for Canned {
    fn call<O: Operation>(&mut self, _: O) -> Result<O::Response, Error> {
        Ok(json::take(self.0.as_bytes()).unwrap())
    }
}

fn names(body: &str) -> BTreeSet<String> {
    let Value::Object(members) = serde_json::from_str(body).unwrap() else { panic!("no object") };
    members.keys().cloned().collect()
}
fn wire_names(specs: &[Spec]) -> BTreeSet<String> {
    specs.iter().map(|spec| spec.wire.to_owned()).collect()
}

#[test]
fn every_operation_has_a_body_with_every_member() {
    for entry in ALL {
        let (_, _, request, response) = BODIES
            .iter()
            .find(|body| (body.0, body.1) == (entry.service, entry.name))
            .unwrap_or_else(|| panic!("no body for {} {}", entry.service, entry.name));
        assert_eq!(names(request), wire_names(entry.request), "{} {}", entry.service, entry.name);
        assert_eq!(names(response), wire_names(entry.response), "answer of {} {}", entry.service, entry.name);
    }
    assert_eq!(BODIES.len(), ALL.len());
}

#[test]
fn every_body_comes_back_as_it_was_sent() {
    for (service, name, request, response) in BODIES {
        let taken = json::read_any(service, name, request.as_bytes()).unwrap();
        assert_eq!((taken.service(), taken.name()), (*service, *name));
        taken.check().unwrap();
        let text = written(&taken);
        let same = |left: &str, right: &str| {
            assert_eq!(serde_json::from_str::<Value>(left).unwrap(), serde_json::from_str::<Value>(right).unwrap());
        };
        same(&text, request);
        assert_eq!(written(&json::read_any(service, name, text.as_bytes()).unwrap()), text);
        same(&written(&taken.call(&mut Canned(response)).unwrap()), response);
    }
}

#[test]
fn a_body_without_a_required_member_is_refused_by_the_name_of_the_member() {
    for entry in ALL {
        let missing: Vec<&Spec> = entry.request.iter().filter(|spec| spec.required).collect();
        let outcome = json::read_any(entry.service, entry.name, b"{}");
        if missing.is_empty() {
            outcome.unwrap();
            continue;
        }
        let error = outcome.unwrap_err();
        let expected = if matches!(entry.service, "iam" | "sts") { "ValidationError" } else { "ValidationException" };
        assert_eq!(error.code(), expected);
        let text = error.message().to_string();
        let s = if missing.len() == 1 { "" } else { "s" };
        assert!(text.starts_with(&format!("{} validation error{s} detected: ", missing.len())), "{text}");
        for spec in missing {
            let (first, rest) = spec.wire.split_at(1);
            let path = format!("Value null at '{}{rest}' failed", first.to_lowercase());
            assert!(text.contains(&path), "{text}");
        }
    }
}

#[test]
fn names_are_unique_and_written_as_aws_writes_them() {
    let nested: &[&[Spec]] = &[
        secretsmanager::Tag::MEMBERS,
        secretsmanager::ReplicaRegion::MEMBERS,
        secretsmanager::ReplicationStatus::MEMBERS,
        secretsmanager::RotationRules::MEMBERS,
        secretsmanager::ExternalSecretRotationMetadata::MEMBERS,
        secretsmanager::Filter::MEMBERS,
        secretsmanager::SecretListEntry::MEMBERS,
        secretsmanager::SecretVersionsListEntry::MEMBERS,
        kms::Tag::MEMBERS,
        kms::KeyMetadata::MEMBERS,
        kms::KeyLastUsageData::MEMBERS,
        kms::KeyListEntry::MEMBERS,
        kms::AliasListEntry::MEMBERS,
        kms::GrantConstraints::MEMBERS,
        kms::GrantListEntry::MEMBERS,
        kms::RecipientInfo::MEMBERS,
        kms::MultiRegionConfiguration::MEMBERS,
        kms::MultiRegionKey::MEMBERS,
        iam::Tag::MEMBERS,
        iam::User::MEMBERS,
        iam::Role::MEMBERS,
        iam::RoleLastUsed::MEMBERS,
        iam::AttachedPermissionsBoundary::MEMBERS,
        iam::ContextEntry::MEMBERS,
        iam::EvaluationResult::MEMBERS,
        iam::ResourceSpecificResult::MEMBERS,
        iam::Statement::MEMBERS,
        iam::UserDetail::MEMBERS,
        iam::GroupDetail::MEMBERS,
        iam::RoleDetail::MEMBERS,
        iam::ManagedPolicyDetail::MEMBERS,
        secretsmanager::ValidationErrorsEntry::MEMBERS,
        secretsmanager::ResourcePolicyListEntry::MEMBERS,
        secretsmanager::SecretValueEntry::MEMBERS,
        secretsmanager::APIErrorType::MEMBERS,
    ];
    for specs in ALL.iter().flat_map(|entry| [entry.request, entry.response]).chain(nested.iter().copied()) {
        assert_eq!(wire_names(specs).len(), specs.len(), "{specs:?}");
        assert_eq!(specs.iter().map(|spec| spec.field).collect::<BTreeSet<_>>().len(), specs.len());
        for spec in specs {
            assert!(spec.wire.starts_with(|c: char| c.is_ascii_uppercase()), "{}", spec.wire);
            assert!(spec.wire.chars().all(|c| c.is_ascii_alphanumeric()), "{}", spec.wire);
            assert!(
                spec.field.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'),
                "{}",
                spec.field
            );
        }
    }
    let all: BTreeSet<_> = ALL.iter().map(|entry| (entry.service, entry.name)).collect();
    assert_eq!(all.len(), ALL.len());
}

#[test]
fn members_that_hold_secrets_are_marked() {
    let secret = |specs: &[Spec]| -> Vec<&'static str> { specs.iter().filter(|s| s.secret).map(|s| s.wire).collect() };
    let of = |name: &str| {
        let entry = ALL.iter().find(|entry| entry.name == name).unwrap();
        (secret(entry.request), secret(entry.response))
    };
    assert_eq!(of("GetSecretValue"), (vec![], vec!["SecretString", "SecretBinary"]));
    assert_eq!(of("PutSecretValue"), (vec!["SecretString", "SecretBinary", "RotationToken"], vec![]));
    assert_eq!(of("CreateSecret"), (vec!["SecretString", "SecretBinary"], vec![]));
    assert_eq!(of("UpdateSecret"), (vec!["SecretString", "SecretBinary"], vec![]));
    assert_eq!(of("GetRandomPassword"), (vec![], vec!["RandomPassword"]));
    assert_eq!(of("Encrypt"), (vec!["Plaintext"], vec![]));
    assert_eq!(of("Decrypt"), (vec![], vec!["Plaintext"]));
    assert_eq!(of("GenerateDataKey"), (vec![], vec!["Plaintext"]));
    assert_eq!(of("GenerateRandom"), (vec![], vec!["Plaintext"]));
    assert_eq!(of("GenerateMac"), (vec!["Message"], vec![]));
    assert_eq!(of("VerifyMac"), (vec!["Message"], vec![]));
    let marked =
        ALL.iter().flat_map(|entry| [entry.request, entry.response]).flatten().filter(|spec| spec.secret).count();
    assert_eq!(of("AssumeRole"), (vec!["TokenCode"], vec![]));
    assert_eq!(of("GetSessionToken"), (vec!["TokenCode"], vec![]));
    assert_eq!(of("EnableMFADevice"), (vec!["AuthenticationCode1", "AuthenticationCode2"], vec![]));
    // Those of access keys, seeds and temporary credentials stand one level below.
    assert_eq!(marked, 2 + 3 + 2 + 2 + 1 + 1 + 1 + 1 + 1 + 1 + 2 + 3);
}

#[test]
fn an_operation_that_is_not_served_is_told_from_one_that_does_not_exist() {
    let refuse = |service: &str, name: &str| {
        let error = json::read_any(service, name, b"{}").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        error.code()
    };
    for service in ["secretsmanager", "kms", "iam", "sts"] {
        for name in unserved(service) {
            assert_eq!(refuse(service, name), "UnsupportedOperationException", "{service} {name}");
            assert!(!ALL.iter().any(|entry| (entry.service, entry.name) == (service, name)));
        }
    }
    assert_eq!(refuse("secretsmanager", "getSecretValue"), "UnknownOperationException");
    // Replicas in another account are out of scope.
    assert_eq!(refuse("secretsmanager", "AssociateCrossAccountReplica"), "UnknownOperationException");
    assert_eq!(refuse("secretsmanager", "DisassociateCrossAccountReplica"), "UnknownOperationException");
    assert_eq!(refuse("kms", "GetSecretValue"), "UnknownOperationException");
    assert_eq!(refuse("iam", "CreateSecret"), "InvalidAction");
    assert_eq!(refuse("sts", ""), "InvalidAction");
}

#[test]
fn a_request_is_made_from_what_it_needs() {
    let sent = |request: AnyRequest| written(&request);
    assert_eq!(sent(secretsmanager::GetSecretValue::from("a").into()), r#"{"SecretId":"a"}"#);
    assert_eq!(
        sent(secretsmanager::GetSecretValue::from(String::from("a")).version_stage("b").into()),
        r#"{"SecretId":"a","VersionStage":"b"}"#
    );
    assert_eq!(sent(secretsmanager::CreateSecret::text("a", "b").into()), r#"{"Name":"a","SecretString":"b"}"#);
    assert_eq!(
        sent(secretsmanager::PutSecretValue::binary("a", vec![0, 255]).into()),
        r#"{"SecretId":"a","SecretBinary":"AP8="}"#
    );
    assert_eq!(sent(kms::Decrypt::blob(vec![1, 2, 3]).into()), r#"{"CiphertextBlob":"AQID"}"#);
    assert_eq!(
        sent(kms::CreateGrant::to("arn:x", "id", ["Decrypt", "Encrypt"]).into()),
        r#"{"KeyId":"id","Operations":["Decrypt","Encrypt"],"GranteePrincipal":"arn:x"}"#
    );
    assert_eq!(
        sent(secretsmanager::ListSecrets::new().filters([secretsmanager::Filter::by("name", ["a", "!b"])]).into()),
        r#"{"Filters":[{"Key":"name","Values":["a","!b"]}]}"#
    );
}

#[test]
fn the_idempotency_token_is_found_where_there_is_one() {
    let mut create = secretsmanager::CreateSecret::text("a", "b");
    *create.client_token().unwrap() = Some("EXAMPLE1-90ab-cdef-fedc-ba987SECRET1".into());
    assert!(written(&create).contains(r#""ClientRequestToken":"EXAMPLE1-90ab-cdef-fedc-ba987SECRET1""#));
    assert!(secretsmanager::PutSecretValue::text("a", "b").client_token().is_some());
    assert!(secretsmanager::UpdateSecret::new("a").client_token().is_some());
    assert!(secretsmanager::GetSecretValue::new("a").client_token().is_none());
    assert!(kms::CreateKey::new().client_token().is_none());
}

#[test]
fn an_answer_gives_its_value_whatever_its_kind() {
    let value =
        |body: &str| json::take::<secretsmanager::GetSecretValueResponse>(body.as_bytes()).unwrap().value().to_vec();
    assert_eq!(value(r#"{"ARN":"a","Name":"n","VersionId":"v","SecretString":"hunter2"}"#), b"hunter2");
    assert_eq!(value(r#"{"ARN":"a","Name":"n","VersionId":"v","SecretBinary":"AP8="}"#), [0, 255]);
    assert_eq!(value(r#"{"ARN":"a","Name":"n","VersionId":"v"}"#), b"");
}

#[test]
fn neither_a_request_nor_an_answer_shows_its_secret() {
    let request =
        secretsmanager::PutSecretValue::text("a", "hunter2").rotation_token("hunter3-hunter3-hunter3-hunter3-hunter3");
    let request = format!("{:?}", AnyRequest::from(request));
    let answer: secretsmanager::GetSecretValueResponse =
        json::take(br#"{"ARN":"a","Name":"n","VersionId":"v","SecretString":"hunter2","SecretBinary":"aHVudGVyMg=="}"#)
            .unwrap();
    let encrypt = format!("{:?}", kms::Encrypt::new("k", "hunter2"));
    for shown in [request, format!("{answer:?} {answer:#?}"), encrypt] {
        assert!(!shown.contains("hunter") && !shown.contains("104, 117"), "{shown}");
    }
}
