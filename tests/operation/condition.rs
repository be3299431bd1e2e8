//! Goal: a request fills exactly the condition keys that its table says, as they were sent. Method: one request after the
//! other, asked for keys it fills and for keys it must not fill.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use std::collections::BTreeMap;

use strongroom::name::Text;
use strongroom::operation::ConditionValue::{Bool, List, Number, Text as One};
use strongroom::operation::secretsmanager::{
    CreateSecret, DeleteSecret, GetSecretValue, PutSecretValue, ReplicaRegion, Tag, TagResource, UntagResource,
    UpdateSecret, UpdateSecretVersionStage,
};
use strongroom::operation::{ALL, Operation, iam, kms};

#[test]
fn a_key_is_present_exactly_when_its_member_was_sent() {
    let request = DeleteSecret::new("prod/db");
    assert_eq!(request.condition("secretsmanager:SecretId"), Some(One("prod/db")));
    assert_eq!(request.condition("SECRETSMANAGER:secretid"), Some(One("prod/db")));
    assert_eq!(request.condition("secretsmanager:RecoveryWindowInDays"), None);
    assert_eq!(request.condition("secretsmanager:ForceDeleteWithoutRecovery"), None);
    let request = request.recovery_window_in_days(7).force_delete_without_recovery(false);
    assert_eq!(request.condition("secretsmanager:RecoveryWindowInDays"), Some(Number(7)));
    assert_eq!(request.condition("secretsmanager:ForceDeleteWithoutRecovery"), Some(Bool(false)));
    for other in
        ["", "SecretId", "secretsmanager:", "secretsmanager:SecretId ", "secretsmanager:SecretI", "aws:TagKeys"]
    {
        assert_eq!(request.condition(other), None, "{other}");
    }
}

#[test]
fn the_version_of_a_read_is_not_taken_from_the_request() {
    let request =
        GetSecretValue::new("a").version_id("EXAMPLE1-90ab-cdef-fedc-ba987SECRET1").version_stage("AWSCURRENT");
    assert_eq!(request.condition("secretsmanager:VersionId"), None);
    assert_eq!(request.condition("secretsmanager:VersionStage"), None);
    let request = UpdateSecretVersionStage::new("a", "AWSCURRENT");
    assert_eq!(request.condition("secretsmanager:VersionStage"), Some(One("AWSCURRENT")));
}

#[test]
fn tags_fill_their_keys_and_each_its_value() {
    let request = TagResource::new("a", [Tag::new("Team", "billing"), Tag::new("cost:centre", "")]);
    assert_eq!(request.condition("aws:TagKeys"), Some(List(vec!["Team", "cost:centre"])));
    assert_eq!(request.condition("aws:RequestTag/Team"), Some(One("billing")));
    assert_eq!(request.condition("aws:requesttag/team"), Some(One("billing")));
    assert_eq!(request.condition("aws:RequestTag/cost:centre"), Some(One("")));
    for absent in
        ["aws:RequestTag/", "aws:RequestTag", "aws:RequestTag/Teams", "aws:ResourceTag/Team", "aws:RequestTag/Team/"]
    {
        assert_eq!(request.condition(absent), None, "{absent}");
    }
    assert_eq!(UntagResource::new("a", ["x".into(), "y".into()]).condition("aws:TagKeys"), Some(List(vec!["x", "y"])));
    assert_eq!(UntagResource::new("a", ["x".into()]).condition("aws:RequestTag/x"), None);
    assert_eq!(CreateSecret::new("a").tags([]).condition("aws:TagKeys"), None);
    assert_eq!(kms::CreateKey::new().tags([kms::Tag::new("k", "v")]).condition("aws:RequestTag/K"), Some(One("v")));
    assert_eq!(
        iam::CreateUser::new("u").tags([iam::Tag::new("k", "v")]).condition("aws:TagKeys"),
        Some(List(vec!["k"]))
    );
}

#[test]
fn create_and_update_fill_what_they_send() {
    let request = CreateSecret::text("n", "hunter2")
        .description("d")
        .kms_key_id("alias/k")
        .add_replica_regions([ReplicaRegion::new("eu-central-1"), ReplicaRegion::new("us-west-2").kms_key_id("k")])
        .force_overwrite_replica_secret(true);
    assert_eq!(request.condition("secretsmanager:Name"), Some(One("n")));
    assert_eq!(request.condition("secretsmanager:Description"), Some(One("d")));
    assert_eq!(request.condition("secretsmanager:KmsKeyId"), Some(One("alias/k")));
    assert_eq!(request.condition("secretsmanager:AddReplicaRegions"), Some(List(vec!["eu-central-1", "us-west-2"])));
    assert_eq!(request.condition("secretsmanager:ForceOverwriteReplicaSecret"), Some(Bool(true)));
    // Resolved keys are the gate's; the secret's own is not the request's.
    assert_eq!(request.condition("secretsmanager:KmsKeyArn"), None);
    assert_eq!(request.condition("secretsmanager:SecretId"), None);
    assert_eq!(UpdateSecret::new("a").kms_key_id("").condition("secretsmanager:KmsKeyId"), Some(One("")));
}

#[test]
fn the_encryption_context_fills_a_key_for_each_pair() {
    let context: BTreeMap<Text, Text> = [("SecretARN", "x"), ("a:b", "y")].map(|(k, v)| (k.into(), v.into())).into();
    let request = kms::Encrypt::new("k", "hunter2").encryption_context(context.clone());
    assert_eq!(request.condition("kms:EncryptionContext:SecretARN"), Some(One("x")));
    assert_eq!(request.condition("kms:encryptioncontext:secretarn"), Some(One("x")));
    assert_eq!(request.condition("kms:EncryptionContext:a:b"), Some(One("y")));
    assert_eq!(request.condition("kms:EncryptionContextKeys"), Some(List(vec!["SecretARN", "a:b"])));
    assert_eq!(request.condition("kms:EncryptionContext:a"), None);
    assert_eq!(request.condition("kms:EncryptionContext:"), None);
    let twins: BTreeMap<Text, Text> =
        [("secretarn", "1"), ("SecretArn", "2")].map(|(k, v)| (k.into(), v.into())).into();
    let twins = kms::Encrypt::new("k", "v").encryption_context(twins);
    assert_eq!(twins.condition("kms:EncryptionContext:secretarn"), Some(One("1")));
    assert_eq!(twins.condition("kms:EncryptionContext:SecretArn"), Some(One("2")));
    // No context and an empty one are the same: the key is absent, not an empty list.
    assert_eq!(kms::Encrypt::new("k", "v").condition("kms:EncryptionContextKeys"), None);
    assert_eq!(
        kms::Encrypt::new("k", "v").encryption_context(BTreeMap::new()).condition("kms:EncryptionContextKeys"),
        None
    );

    let grant = kms::CreateGrant::to("arn:x", "k", ["Decrypt", "CreateGrant"])
        .constraints(kms::GrantConstraints::new().encryption_context_subset(context));
    assert_eq!(grant.condition("kms:GrantOperations"), Some(List(vec!["Decrypt", "CreateGrant"])));
    assert_eq!(grant.condition("kms:GranteePrincipal"), Some(One("arn:x")));
    assert_eq!(grant.condition("kms:EncryptionContext:SecretARN"), Some(One("x")));
    assert_eq!(grant.condition("kms:RetiringPrincipal"), None);
}

#[test]
fn no_secret_fills_a_key() {
    for spec in ALL.iter().flat_map(|entry| entry.request) {
        assert!(!spec.secret || spec.keys.is_empty(), "{}", spec.wire);
    }
    let request = PutSecretValue::text("a", "hunter2");
    for key in ["secretsmanager:SecretString", "SecretString", "secretsmanager:secret_string"] {
        assert_eq!(request.condition(key), None);
    }
}
