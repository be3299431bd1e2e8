//! Callers of other accounts: both sides must allow, the ARN must be given, and the managed key serves nobody else.

use strongroom::operation::kms::CreateGrant;
use strongroom::operation::secretsmanager::{
    CreateSecret, GetResourcePolicy, GetSecretValue, ListSecretVersionIds, PutSecretValue, UpdateSecret,
};
use strongroom::{ErrorKind, Principal};

use crate::common::*;

const THEIR_ACCOUNT: &str = "999999999999";
const MATEO: &str = "arn:aws:iam::999999999999:user/mateo";
const MANAGED: &str = "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.";
/// What a key policy must allow a caller who reads or writes through a secret.
const USE: &str = "kms:Decrypt kms:GenerateDataKey";

/// A secret under a customer key, both of which let Mateo in; its ARN.
fn shared(house: &House) -> String {
    let key = house.customer_key(policy(&[statement("Allow", &root_arn(), "kms:*"), statement("Allow", MATEO, USE)]));
    let arn = house.root.create_secret(CreateSecret::text("s", "v").kms_key_id(key)).unwrap().arn;
    house.set_resource_policy("s", policy(&[statement("Allow", MATEO, "secretsmanager:*")]));
    arn.to_string()
}

#[test]
fn a_caller_of_another_account_reads_when_secret_key_and_its_own_account_allow() {
    let house = house();
    let arn = shared(&house);
    assert_eq!(house.stranger(MATEO).get_secret_value(arn.as_str()).unwrap().value(), b"v");
    // Also by an assumed role of that account.
    let role = "arn:aws:sts::999999999999:assumed-role/app/one";
    assert!(house.stranger(role).get_secret_value(arn).unwrap_err().is_access_denied());
}

#[test]
fn every_one_of_the_three_is_needed() {
    let house = house();
    let arn = shared(&house);
    let vouched = |policies: &[String]| {
        house.room.session(Principal::of_another_account(MATEO, policies.iter().map(String::as_str))).unwrap()
    };
    // Its own account.
    denied(vouched(&[]).get_secret_value(arn.as_str()), MATEO, "secretsmanager:GetSecretValue", Some(&arn));
    let other_secret = allow("*", &secret_arn("other", "*"));
    denied(vouched(&[other_secret]).get_secret_value(arn.as_str()), MATEO, "secretsmanager:GetSecretValue", Some(&arn));
    // Its own account allows the secret, not the key.
    let secret_only = vouched(&[allow("secretsmanager:*", "*")]);
    refused(secret_only.get_secret_value(arn.as_str()), "AccessDeniedException", KMS_DENIED);
    // The key's policy.
    let key = house.customer_key(policy(&[statement("Allow", &root_arn(), "kms:*")]));
    let closed = house.root.create_secret(CreateSecret::text("closed", "v").kms_key_id(key.as_str())).unwrap().arn;
    house.set_resource_policy("closed", policy(&[statement("Allow", MATEO, "secretsmanager:*")]));
    refused(house.stranger(MATEO).get_secret_value(closed.clone()), "AccessDeniedException", KMS_DENIED);
    house.root.kms().create_grant(CreateGrant::to(MATEO, key, ["Decrypt"])).unwrap();
    assert_eq!(house.stranger(MATEO).get_secret_value(closed).unwrap().value(), b"v");
    // The secret's policy.
    house.set_resource_policy("s", policy(&[statement("Allow", MATEO, "secretsmanager:DescribeSecret")]));
    let refusal = house.stranger(MATEO).get_secret_value(arn.as_str()).unwrap_err();
    assert_eq!(
        refusal.message().to_string(),
        format!(
            "User: {MATEO} is not authorized to perform: secretsmanager:GetSecretValue on resource: {arn} because no \
             resource-based policy allows the secretsmanager:GetSecretValue action"
        )
    );
}

#[test]
fn naming_the_account_lets_in_whom_the_account_allows() {
    let house = house();
    let theirs = format!("arn:aws:iam::{THEIR_ACCOUNT}:root");
    let key = house.customer_key(policy(&[statement("Allow", &root_arn(), "kms:*"), statement("Allow", &theirs, USE)]));
    let arn = house.root.create_secret(CreateSecret::text("s", "v").kms_key_id(key)).unwrap().arn;
    house.set_resource_policy("s", policy(&[statement("Allow", THEIR_ACCOUNT, "secretsmanager:GetSecretValue")]));
    assert_eq!(house.stranger(MATEO).get_secret_value(arn.clone()).unwrap().value(), b"v");
    let third = "arn:aws:iam::888888888888:user/mateo";
    assert!(house.stranger(third).get_secret_value(arn.clone()).unwrap_err().is_access_denied());
    let limited = house.room.session(Principal::of_another_account(MATEO, [allow("kms:*", "*")])).unwrap();
    denied(limited.get_secret_value(arn.clone()), MATEO, "secretsmanager:GetSecretValue", Some(&arn));
}

#[test]
fn under_the_managed_key_nobody_of_another_account_reads_or_writes() {
    let house = house();
    let arn = house.secret("s", "v");
    house.set_resource_policy("s", policy(&[statement("Allow", MATEO, "secretsmanager:*")]));
    let mateo = house.stranger(MATEO);
    refused(mateo.get_secret_value(arn.as_str()), "InvalidRequestException", MANAGED);
    refused(mateo.put_secret_value(PutSecretValue::text(arn.as_str(), "w")), "InvalidRequestException", MANAGED);
    refused(mateo.update_secret(UpdateSecret::text(arn.as_str(), "w")), "InvalidRequestException", MANAGED);
    // What needs no value works.
    assert_eq!(mateo.describe_secret(arn.as_str()).unwrap().name, "s");
    assert!(mateo.get_resource_policy(GetResourcePolicy::new(arn.as_str())).unwrap().resource_policy.is_some());
    assert_eq!(mateo.list_secret_version_ids(ListSecretVersionIds::new(arn.as_str())).unwrap().versions.len(), 1);
    mateo.delete_secret(arn.as_str()).unwrap();
    mateo.restore_secret(arn.as_str()).unwrap();
    assert_eq!(house.root.get_secret_value("s").unwrap().value(), b"v");
}

#[test]
fn a_bare_name_means_a_secret_of_the_callers_own_account() {
    let house = house();
    let arn = shared(&house);
    let mateo = house.stranger(MATEO);
    // In its own account, of which nothing is stored here, there is no such secret.
    refused(mateo.get_secret_value("s"), "ResourceNotFoundException", NOT_FOUND);
    refused(mateo.describe_secret("s"), "ResourceNotFoundException", NOT_FOUND);
    refused(mateo.put_secret_value(PutSecretValue::text("s", "w")), "ResourceNotFoundException", NOT_FOUND);
    let nobody = house.room.session(Principal::of_another_account(MATEO, [""; 0])).unwrap();
    denied(nobody.get_secret_value("s"), MATEO, "secretsmanager:GetSecretValue", Some("s"));
    // The ARN, with or without its suffix, says which account is meant.
    assert_eq!(mateo.get_secret_value(arn.as_str()).unwrap().value(), b"v");
    let partial = arn.rsplit_once('-').unwrap().0;
    assert_eq!(mateo.get_secret_value(GetSecretValue::new(partial)).unwrap().value(), b"v");
}

#[test]
fn nothing_is_made_for_a_caller_of_another_account() {
    let house = house();
    let mateo = house.stranger(MATEO);
    assert!(mateo.create_secret(CreateSecret::text("theirs", "v")).is_err());
    refused(house.root.describe_secret("theirs"), "ResourceNotFoundException", NOT_FOUND);
}

#[test]
fn a_caller_of_another_account_must_be_one() {
    let house = house();
    for arn in [
        "arn:aws:iam::000000000000:user/mateo",
        "arn:aws:iam::999999999999:role/app",
        "arn:aws:iam::999999999999:group/g",
        "arn:aws:secretsmanager:us-east-1:999999999999:secret:s-abcdef",
        "mateo",
        "*",
        "",
    ] {
        let outcome = house.room.session(Principal::of_another_account(arn, [allow("*", "*")]));
        assert_eq!(outcome.unwrap_err().kind(), ErrorKind::InvalidRequest, "{arn}");
    }
    let outcome = house.room.session(Principal::of_another_account(MATEO, ["{}"]));
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::MalformedPolicy);
}
