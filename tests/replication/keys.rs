//! The keys of a primary and of its replicas, and what happens when one refuses.

use strongroom::operation::kms::{CreateAlias, CreateKey, DisableKey, EnableKey, PutKeyPolicy, ScheduleKeyDeletion};
use strongroom::operation::secretsmanager::{
    CreateSecret, ListSecretVersionIds, PutResourcePolicy, PutSecretValue, ReplicaRegion, ReplicateSecretToRegions,
    Tag, TagResource,
};

use crate::common::*;
use crate::scene::{AP, EU, at, described, statuses, value};

/// A key of a region that root may use for everything, and `u` for these actions; its ARN.
fn key_for_u(house: &House, region: &str, actions: &str) -> String {
    let text = policy(&[statement("Allow", &root_arn(), "kms:*"), statement("Allow", &user_arn("u"), actions)]);
    let request = CreateKey::new().policy(text).bypass_policy_lockout_safety_check(true);
    at(&house.root, region).kms().create_key(request).unwrap().key_metadata.arn.to_string()
}
fn to(region: &str, key: &str) -> ReplicateSecretToRegions {
    ReplicateSecretToRegions::new("s", vec![ReplicaRegion::new(region).kms_key_id(key)])
}

#[test]
fn a_replica_is_under_a_key_of_its_region() {
    let house = house();
    let eu = at(&house.root, EU);
    house.secret("s", "v");
    let key = eu.kms().create_key(CreateKey::new()).unwrap().key_metadata;
    eu.kms().create_alias(CreateAlias::new("alias/app", &key.key_id)).unwrap();
    let here = house.root.kms().create_key(CreateKey::new()).unwrap().key_metadata;
    let missing = |key: &str| format!("Secrets Manager can't find the KMS key {key}.");
    for named in ["alias/none", &*here.key_id, &*here.arn, "nonsense"] {
        let answer = house.root.replicate_secret_to_regions(to(EU, named));
        refused(answer, "ResourceNotFoundException", &missing(named));
    }
    assert_eq!(described(&house.root, "s").len(), 0);
    house.root.replicate_secret_to_regions(to(EU, "alias/app")).unwrap();
    assert_eq!(described(&house.root, "s")[0].kms_key_id, "alias/app");
    assert_eq!(eu.describe_secret("s").unwrap().kms_key_id.as_deref(), Some("alias/app"));
    let versions = eu.list_secret_version_ids(ListSecretVersionIds::new("s")).unwrap().versions;
    assert_eq!(versions[0].kms_key_ids, [&*key.arn]);
    assert_eq!(
        house.root.list_secret_version_ids(ListSecretVersionIds::new("s")).unwrap().versions[0].kms_key_ids,
        ["DefaultEncryptionKey"]
    );
    // The key's region is out of reach of the other.
    eu.kms().disable_key(&*key.key_id).unwrap();
    refused_as(eu.get_secret_value("s"), "DecryptionFailure");
    assert_eq!(value(&house.root, "s"), "v");
}

#[test]
fn the_caller_needs_decrypt_on_the_primarys_key_and_sealing_on_the_replicas() {
    let house = house();
    let user = house.user_with("u", allow("secretsmanager:*", "*"));
    let all = "kms:Decrypt kms:GenerateDataKey kms:Encrypt";
    for (own, there, may) in [
        (all, "kms:GenerateDataKey kms:Encrypt", true),
        ("kms:Decrypt", "kms:GenerateDataKey kms:Encrypt", true),
        ("kms:GenerateDataKey kms:Encrypt", all, false),
        (all, "kms:GenerateDataKey kms:Decrypt", false),
        (all, "kms:Encrypt kms:Decrypt", false),
    ] {
        let (primary, replica) = (key_for_u(&house, REGION, own), key_for_u(&house, EU, there));
        house.root.create_secret(CreateSecret::text("s", "v").kms_key_id(primary)).unwrap();
        let answer = user.replicate_secret_to_regions(to(EU, &replica));
        if may {
            assert_eq!(statuses(&answer.unwrap().replication_status), ["eu-west-1 InSync"], "{own} | {there}");
            assert_eq!(value(&at(&house.root, EU), "s"), "v");
            let gone = strongroom::operation::secretsmanager::RemoveRegionsFromReplication::new("s", vec![EU.into()]);
            user.remove_regions_from_replication(gone).unwrap();
        } else {
            refused(answer, "AccessDeniedException", KMS_DENIED);
            assert_eq!(described(&house.root, "s").len(), 0, "nothing was done");
            refused_as(at(&house.root, EU).describe_secret("s"), "ResourceNotFoundException");
        }
        let force = strongroom::operation::secretsmanager::DeleteSecret::new("s").force_delete_without_recovery(true);
        house.root.delete_secret(force).unwrap();
    }
    // The managed keys of both ask for none.
    house.secret("s", "v");
    user.replicate_secret_to_regions(ReplicateSecretToRegions::to("s", [EU])).unwrap();
    assert_eq!(value(&at(&user, EU), "s"), "v");
}

#[test]
fn a_secret_is_not_made_if_a_key_of_a_replica_refuses() {
    let house = house();
    let user = house.user_with("u", allow("secretsmanager:*", "*"));
    let key = key_for_u(&house, EU, "kms:Decrypt");
    let made = CreateSecret::text("s", "v")
        .add_replica_regions(vec![ReplicaRegion::new(AP), ReplicaRegion::new(EU).kms_key_id(key)]);
    refused(user.create_secret(made), "AccessDeniedException", KMS_DENIED);
    for region in [REGION, EU, AP] {
        refused_as(at(&house.root, region).describe_secret("s"), "ResourceNotFoundException");
    }
    house.room.verify().unwrap();
}

#[test]
fn a_key_that_refuses_later_leaves_the_replica_behind_until_it_serves_again() {
    let house = house();
    house.user_with("u", allow("*", "*"));
    let key = key_for_u(&house, EU, "kms:DescribeKey");
    let eu = at(&house.root, EU);
    house.secret("s", "v1");
    house.root.replicate_secret_to_regions(to(EU, &key)).unwrap();
    house.root.replicate_secret_to_regions(ReplicateSecretToRegions::to("s", [AP])).unwrap();
    eu.kms().disable_key(DisableKey::new(&key)).unwrap();
    // The change of the primary succeeds, and reaches who can have it.
    house.root.put_secret_value(PutSecretValue::text("s", "v2")).unwrap();
    assert_eq!((value(&house.root, "s"), value(&at(&house.root, AP), "s")), ("v2".into(), "v2".into()));
    let status = described(&house.root, "s");
    assert_eq!(statuses(&status), ["eu-west-1 Failed", "ap-southeast-2 InSync"]);
    assert!(
        status[0].status_message.as_ref().unwrap().starts_with("Replication failed: Secrets Manager can't encrypt")
    );
    // What needs no key reaches the replica all the same: tags, and above all policies.
    house.root.tag_resource(TagResource::new("s", vec![Tag::new("team", "red")])).unwrap();
    let denies = policy(&[statement("Deny", &user_arn("u"), "secretsmanager:GetSecretValue")]);
    house.root.put_resource_policy(PutResourcePolicy::new("s", denies.as_str())).unwrap();
    assert_eq!(eu.describe_secret("s").unwrap().tags.unwrap().len(), 1);
    assert_eq!(eu.get_resource_policy("s").unwrap().resource_policy.unwrap(), denies.as_str());
    // Its versions are those that it had.
    eu.kms().enable_key(EnableKey::new(&key)).unwrap();
    assert_eq!(value(&eu, "s"), "v1");
    assert_eq!(statuses(&described(&house.root, "s"))[0], "eu-west-1 Failed", "nothing has happened yet");
    // The next change brings everything that was missed.
    house.root.put_secret_value(PutSecretValue::text("s", "v3")).unwrap();
    assert_eq!(statuses(&described(&house.root, "s")), ["eu-west-1 InSync", "ap-southeast-2 InSync"]);
    assert_eq!(value(&eu, "s"), "v3");
    let versions = |session: &strongroom::Session| session.describe_secret("s").unwrap().version_ids_to_stages;
    assert_eq!(versions(&eu), versions(&house.root));
    house.room.verify().unwrap();
}

#[test]
fn a_caller_whom_a_key_refuses_leaves_the_replica_behind_and_another_brings_it_on() {
    let house = house();
    let user = house.user_with("u", allow("secretsmanager:*", "*"));
    let (primary, replica) = (key_for_u(&house, REGION, "kms:GenerateDataKey"), key_for_u(&house, EU, "kms:Decrypt"));
    house.root.create_secret(CreateSecret::text("s", "v1").kms_key_id(primary.as_str())).unwrap();
    house.root.replicate_secret_to_regions(to(EU, &replica)).unwrap();
    user.put_secret_value(PutSecretValue::text("s", "v2")).unwrap();
    let status = described(&house.root, "s");
    assert_eq!(statuses(&status), ["eu-west-1 Failed"]);
    assert_eq!(status[0].status_message.as_deref(), Some("Replication failed: Access to KMS is not allowed"));
    assert_eq!((value(&house.root, "s"), value(&at(&house.root, EU), "s")), ("v2".into(), "v1".into()));
    // With the rights on both keys.
    for (region, key) in [(REGION, &primary), (EU, &replica)] {
        let text = policy(&[statement("Allow", &root_arn(), "kms:*"), statement("Allow", &user_arn("u"), "kms:*")]);
        at(&house.root, region).kms().put_key_policy(PutKeyPolicy::new(key.as_str(), text)).unwrap();
    }
    user.tag_resource(TagResource::new("s", vec![Tag::new("a", "b")])).unwrap();
    assert_eq!(statuses(&described(&house.root, "s")), ["eu-west-1 InSync"]);
    assert_eq!(value(&at(&house.root, EU), "s"), "v2");
}

#[test]
fn a_replica_outlives_the_primarys_key() {
    let house = house();
    house.user("u");
    let key = key_for_u(&house, REGION, "kms:DescribeKey");
    house.root.create_secret(CreateSecret::text("s", "v").kms_key_id(key.as_str())).unwrap();
    house.root.replicate_secret_to_regions(ReplicateSecretToRegions::to("s", [EU])).unwrap();
    house.root.kms().schedule_key_deletion(ScheduleKeyDeletion::new(&key).pending_window_in_days(7)).unwrap();
    house.advance_days(8);
    house.room.run_due().unwrap();
    refused_as(house.root.get_secret_value("s"), "DecryptionFailure");
    assert_eq!(value(&at(&house.root, EU), "s"), "v");
    at(&house.root, EU).stop_replication_to_replica("s").unwrap();
    assert_eq!(value(&at(&house.root, EU), "s"), "v");
}
