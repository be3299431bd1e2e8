//! Goal: a request that breaks the AWS model is refused in AWS's words, all violations at once, and never with a secret in
//! them. Method: requests built in Rust and bodies read from the wire, one broken constraint after the other.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use strongroom::operation::secretsmanager::{
    CreateSecret, DeleteSecret, Filter, GetSecretValue, ListSecrets, PutSecretValue, ReplicaRegion, Tag, UntagResource,
};
use strongroom::operation::{Operation, Pattern, iam, kms, secretsmanager, sts};
use strongroom::{Error, ErrorKind, json};

#[track_caller]
fn refused(request: &impl Operation, text: &str) {
    told(&request.check().unwrap_err(), text);
}
#[track_caller]
fn told(error: &Error, text: &str) {
    assert_eq!(error.message().to_string(), text);
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(error.status(), 400);
}
const ID: &str = "EXAMPLE1-90ab-cdef-fedc-ba987SECRET1";

#[test]
fn a_text_that_is_too_long_or_too_short_is_quoted() {
    let long = "x".repeat(2049);
    refused(
        &GetSecretValue::new(long.as_str()),
        &format!(
            "1 validation error detected: Value '{long}' at 'secretId' failed to satisfy constraint: Member must have length \
             less than or equal to 2048"
        ),
    );
    refused(
        &GetSecretValue::new(""),
        "1 validation error detected: Value '' at 'secretId' failed to satisfy constraint: Member must have length greater \
         than or equal to 1",
    );
    GetSecretValue::new("x".repeat(2048)).version_id("v".repeat(32)).check().unwrap();
    GetSecretValue::new("ü".repeat(2048)).check().unwrap();
    assert!(GetSecretValue::new("ü".repeat(2049)).check().is_err());
    assert!(GetSecretValue::new("x").version_id("v".repeat(31)).check().is_err());
    assert!(GetSecretValue::new("x").version_id("v".repeat(65)).check().is_err());
    assert!(GetSecretValue::new("x").version_stage("").check().is_err());
}

#[test]
fn all_violations_are_told_together_in_the_order_of_the_members() {
    refused(
        &ListSecrets::new().max_results(0).next_token("").sort_order("up"),
        "3 validation errors detected: \
         Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1; \
         Value '' at 'nextToken' failed to satisfy constraint: Member must have length greater than or equal to 1; \
         Value 'up' at 'sortOrder' failed to satisfy constraint: Member must satisfy enum value set: [asc, desc]",
    );
    let error =
        json::read::<CreateSecret>(br#"{"KmsKeyId":"k","ClientRequestToken":"short","SecretString":""}"#).unwrap_err();
    told(
        &error,
        "3 validation errors detected: \
         Value null at 'name' failed to satisfy constraint: Member must not be null; \
         Value 'short' at 'clientRequestToken' failed to satisfy constraint: Member must have length greater than or equal to 32; \
         Value at 'secretString' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
}

#[test]
fn the_value_of_a_secret_member_is_never_told() {
    let marker = "hunter2 ".repeat(8193);
    refused(
        &CreateSecret::text("a", marker.as_str()),
        "1 validation error detected: Value at 'secretString' failed to satisfy constraint: Member must have length less than \
         or equal to 65536",
    );
    refused(
        &PutSecretValue::binary("a", marker.into_bytes()),
        "1 validation error detected: Value at 'secretBinary' failed to satisfy constraint: Member must have length less than \
         or equal to 65536",
    );
    refused(
        &PutSecretValue::text("a", "v").rotation_token("hunter2 hunter2 hunter2 hunter2 hunter2"),
        "1 validation error detected: Value at 'rotationToken' failed to satisfy constraint: Member must satisfy regular \
         expression pattern: ^[a-zA-Z0-9\\-]+$",
    );
    refused(
        &kms::Encrypt::new("k", vec![7; 4097]),
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or \
         equal to 4096",
    );
    CreateSecret::text("a", "x".repeat(65_536)).check().unwrap();
    // The limit is on bytes: half as many characters of two bytes each.
    CreateSecret::text("a", "ü".repeat(32_768)).check().unwrap();
    assert!(CreateSecret::text("a", "ü".repeat(32_769)).check().is_err());
}

#[test]
fn a_blob_is_not_told_either() {
    refused(
        &kms::Decrypt::blob(vec![0; 6145]),
        "1 validation error detected: Value at 'ciphertextBlob' failed to satisfy constraint: Member must have length less \
         than or equal to 6144",
    );
    assert!(kms::Decrypt::blob(vec![]).check().is_err());
    kms::Decrypt::blob(vec![0; 6144]).check().unwrap();
}

#[test]
fn a_number_out_of_range_is_refused_and_a_range_of_the_operation_is_not_the_models() {
    refused(
        &secretsmanager::GetRandomPassword::new().password_length(4097),
        "1 validation error detected: Value '4097' at 'passwordLength' failed to satisfy constraint: Member must have value \
         less than or equal to 4096",
    );
    // The window is checked by the operation, with its own code and text.
    DeleteSecret::new("a").recovery_window_in_days(6).check().unwrap();
}

#[test]
fn parts_are_named_by_their_path() {
    refused(
        &CreateSecret::new("a").tags([Tag::new("ok", "v"), Tag::new("", "v"), Tag::new("k", "v".repeat(257))]),
        &format!(
            "2 validation errors detected: \
             Value '' at 'tags.2.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1; \
             Value '{}' at 'tags.3.member.value' failed to satisfy constraint: Member must have length less than or equal to 256",
            "v".repeat(257)
        ),
    );
    refused(
        &ListSecrets::new().filters([Filter::by("nme", ["a"])]),
        "1 validation error detected: Value 'nme' at 'filters.1.member.key' failed to satisfy constraint: Member must satisfy \
         enum value set: [description, name, tag-key, tag-value, primary-region, owning-service, all]",
    );
    refused(
        &kms::CreateKey::new().tags([kms::Tag::new("k".repeat(129), "")]),
        &format!(
            "1 validation error detected: Value '{}' at 'tags.1.member.tagKey' failed to satisfy constraint: Member must have \
             length less than or equal to 128",
            "k".repeat(129)
        ),
    );
    refused(
        &CreateSecret::new("a").add_replica_regions([ReplicaRegion::new("moon")]),
        "1 validation error detected: Value 'moon' at 'addReplicaRegions.1.member.region' failed to satisfy constraint: Member \
         must satisfy regular expression pattern: ^([a-z]+-)+\\d+$",
    );
}

#[test]
fn a_missing_part_is_told_beside_what_else_is_wrong() {
    let body = br#"{"SecretId":"","Tags":[{"Key":"","Value":"v"},{"Value":"w"},{"Key":"k"}]}"#;
    told(
        &json::read::<secretsmanager::TagResource>(body).unwrap_err(),
        "4 validation errors detected: \
         Value '' at 'secretId' failed to satisfy constraint: Member must have length greater than or equal to 1; \
         Value '' at 'tags.1.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1; \
         Value null at 'tags.2.member.key' failed to satisfy constraint: Member must not be null; \
         Value null at 'tags.3.member.value' failed to satisfy constraint: Member must not be null",
    );
}

#[test]
fn elements_of_a_list_of_texts_are_told_as_one() {
    let stage = "s".repeat(257);
    refused(
        &PutSecretValue::text("a", "v").version_stages(["ok".into(), stage.as_str().into()]),
        &format!(
            "1 validation error detected: Value '[ok, {stage}]' at 'versionStages' failed to satisfy constraint: Member must \
             satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or \
             equal to 1]"
        ),
    );
    refused(
        &PutSecretValue::text("a", "v").version_stages([]),
        "1 validation error detected: Value '[]' at 'versionStages' failed to satisfy constraint: Member must have length \
         greater than or equal to 1",
    );
    let many: Vec<_> = (0..21).map(|n| format!("s{n}").into()).collect();
    let error = PutSecretValue::text("a", "v").version_stages(many).check().unwrap_err();
    assert!(error.message().to_string().ends_with(
        "at 'versionStages' failed to satisfy constraint: Member must have length less than or equal to 20"
    ));
    assert!(UntagResource::new("a", ["".into()]).check().is_err());

    let error =
        kms::CreateGrant::to("arn:aws:iam::000000000000:user/u", "k", ["Decrypt", "FakeOp"]).check().unwrap_err();
    let text = error.message().to_string();
    assert!(
        text.starts_with(
            "1 validation error detected: Value '[Decrypt, FakeOp]' at 'operations' failed to satisfy constraint: Member must \
             satisfy constraint: [Member must satisfy enum value set: [Decrypt, Encrypt, "
        ) && text.ends_with("]]"),
        "{text}"
    );
}

#[test]
fn a_value_that_breaks_pattern_and_length_breaks_two_constraints() {
    refused(
        &iam::GetRole::new(format!("a b{}", "c".repeat(62))),
        &format!(
            "2 validation errors detected: \
             Value 'a b{0}' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+; \
             Value 'a b{0}' at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64",
            "c".repeat(62)
        ),
    );
    refused(
        &kms::CreateAlias::new("alias/a b", "k"),
        "1 validation error detected: Value 'alias/a b' at 'aliasName' failed to satisfy constraint: Member must satisfy regular \
         expression pattern: ^[a-zA-Z0-9:/_-]+$",
    );
}

#[test]
fn each_service_has_its_own_code_for_a_violation() {
    assert_eq!(GetSecretValue::new("").check().unwrap_err().code(), "ValidationException");
    assert_eq!(kms::DescribeKey::new("").check().unwrap_err().code(), "ValidationException");
    assert_eq!(iam::CreateUser::new("").check().unwrap_err().code(), "ValidationError");
    sts::GetCallerIdentity::new().check().unwrap();
    assert!(GetSecretValue::new(ID).check().is_ok());
}

#[test]
fn a_choice_takes_what_it_does_not_know_and_refuses_it_on_the_call() {
    let request: kms::CreateKey = json::read(br#"{"KeySpec":"AES_512"}"#).unwrap();
    assert_eq!(request.key_spec.as_ref().unwrap().as_str(), "AES_512");
    let text = request.check().unwrap_err().message().to_string();
    assert!(text.starts_with("1 validation error detected: Value 'AES_512' at 'keySpec' failed to satisfy constraint: Member must satisfy enum value set: [RSA_2048, "), "{text}");
    assert_eq!(kms::KeySpec::from("SYMMETRIC_DEFAULT"), kms::KeySpec::SymmetricDefault);
    for known in kms::KeySpec::KNOWN {
        assert!(!matches!(kms::KeySpec::from(*known), kms::KeySpec::Unknown(_)));
    }
    // Case counts.
    assert!(kms::CreateKey::new().key_spec("symmetric_default").check().is_err());
}

#[test]
fn each_pattern_holds_for_what_its_expression_says() {
    use Pattern as P;
    let cases: &[(Pattern, &[&str], &[&str])] = &[
        (
            P::Region,
            &["us-east-1", "a-0", "cn-north-west-12"],
            &["", "us-east", "us-east-", "-1", "us--1", "US-east-1", "us-east-1\n"],
        ),
        (P::RotationToken, &["aZ09-"], &["", "a b", "a_b", "é"]),
        (P::RotationWindow, &["3h", "24h"], &["", "h", "3", "3H", "3 h", "3d", "3hh"]),
        (P::ScheduleExpression, &["rate(10 days)", "cron(0 8/8 ? 1-3,5 SUN#1 *)"], &["", "a.b", "a_b", "a\n", "ä"]),
        (P::FilterValue, &["", "!", "!a b/c:d_e@f+g=h.i-j!", "!!"], &["a*", "ä", "a\n", "a,b", "a#"]),
        (P::ResourcePolicyName, &["default", "a-_0"], &["", "a.b", "a b"]),
        (P::AliasName, &["alias/aws/secretsmanager", "a:b_-"], &["", "alias/a b", "alias/ä", "alias/a+b"]),
        (P::KeyPolicyName, &["default", "AWS_RAM"], &["", "a-b", "é"]),
        (P::GrantPrincipal, &["arn:aws:iam::000000000000:user/u", "a+=,.@:/-_"], &["", "a b", "a*", "ü"]),
        (P::ExternalKeyId, &["a-_.0"], &["", "a/b", "a:b"]),
        (P::KeyMarker, &["", " ÿ"], &["\n", "Ā", "\u{1F}"]),
        (P::KeyMaterialDescription, &["HSM 7", "a:b/c_d.e-f\t"], &["", "a+b", "ä", "a,b"]),
        (P::KeyMaterialId, &["0123456789abcdef"], &["", "A", "g", "a b"]),
        (P::PolicyText, &["{\t\r\n }", "ÿ"], &["", "\u{B}", "Ā", "\0"]),
        (P::EntityName, &["a_B+=,.@-9"], &["", "a b", "a/b", "a:b", "é"]),
        (P::EntityPath, &["/", "/a/", "/a/b/", "//a/", "///"], &["", "a/", "/a", "//", "/a b/", "/é/"]),
        (P::PathPrefix, &["/", "/a", "/a/", "/\u{7F}"], &["", "a", "/ ", "/é"]),
        (P::EntityMarker, &["a", " ÿ"], &["", "\n", "Ā"]),
        (P::RoleDescription, &["", "a\tb\r\nc ~", "¡ÿ"], &["\u{7F}", "\u{A0}", "Ā", "\0"]),
        (P::TagKey, &["Team", "a b_.:/=+-@", "Größe", "名前", "½"], &["", "a*b", "a\nb", "a,b", "\u{85}"]),
        (P::TagValue, &["", "a\u{A0}b"], &["a\tb", "a#"]),
    ];
    for (pattern, good, bad) in cases {
        for text in *good {
            assert!(pattern.matches(text), "{pattern:?} should hold for {text:?}");
        }
        for text in *bad {
            assert!(!pattern.matches(text), "{pattern:?} should not hold for {text:?}");
        }
    }
}
