//! Who may: the actions, their condition keys, and what the audit says.

use strongroom::operation::secretsmanager::{
    CreateSecret, PutResourcePolicy, PutSecretValue, RemoveRegionsFromReplication, ReplicaRegion,
    ReplicateSecretToRegions,
};

use crate::common::*;
use crate::scene::{AP, EU, at, described, replicated, statuses, value};

#[test]
fn each_operation_needs_its_action_on_the_secret_it_names() {
    let house = house();
    let arn = replicated(&house, "s", "v", &[EU]);
    let user = house.user_with("u", allow("secretsmanager:GetSecretValue", "*"));
    let eu = at(&user, EU);
    let add = || user.replicate_secret_to_regions(ReplicateSecretToRegions::to("s", [AP]));
    let remove = || user.remove_regions_from_replication(RemoveRegionsFromReplication::new("s", vec![AP.into()]));
    denied(add(), &user_arn("u"), "secretsmanager:ReplicateSecretToRegions", Some("s"));
    denied(remove(), &user_arn("u"), "secretsmanager:RemoveRegionsFromReplication", Some("s"));
    denied(eu.stop_replication_to_replica("s"), &user_arn("u"), "secretsmanager:StopReplicationToReplica", Some("s"));
    // Not told apart from a secret that is not there.
    denied(
        user.replicate_secret_to_regions(ReplicateSecretToRegions::to("none", [AP])),
        &user_arn("u"),
        "secretsmanager:ReplicateSecretToRegions",
        Some("none"),
    );
    house.set_policy(
        "u",
        allow("secretsmanager:ReplicateSecretToRegions secretsmanager:RemoveRegionsFromReplication", &arn),
    );
    add().unwrap();
    remove().unwrap();
    // The right on the primary is none on the replica.
    house.set_policy("u", allow("secretsmanager:StopReplicationToReplica", &arn));
    assert!(eu.stop_replication_to_replica("s").unwrap_err().is_access_denied());
    house.set_policy("u", allow("secretsmanager:StopReplicationToReplica", &arn.replace(REGION, EU)));
    eu.stop_replication_to_replica("s").unwrap();
}

#[test]
fn a_secret_is_made_with_replicas_by_who_may_replicate() {
    let house = house();
    let user = house.user_with("u", allow("secretsmanager:CreateSecret", "*"));
    let request = || CreateSecret::text("s", "v").add_replica_regions(vec![ReplicaRegion::new(EU)]);
    denied(user.create_secret(request()), &user_arn("u"), "secretsmanager:ReplicateSecretToRegions", Some("s"));
    refused_as(house.root.describe_secret("s"), "ResourceNotFoundException");
    house.set_policy("u", allow("secretsmanager:CreateSecret secretsmanager:ReplicateSecretToRegions", "*"));
    user.create_secret(request()).unwrap();
}

#[test]
fn conditions_bind_the_regions_that_may_be_added() {
    let house = house();
    house.secret("s", "v");
    let only = r#""ForAllValues:StringEquals":{"secretsmanager:AddReplicaRegions":["eu-west-1","eu-west-2"]}"#;
    let user = house.user_with("u", allow_if("secretsmanager:ReplicateSecretToRegions", "*", only));
    let add = |regions: &[&str]| user.replicate_secret_to_regions(ReplicateSecretToRegions::to("s", regions.to_vec()));
    assert!(add(&[EU, AP]).unwrap_err().is_access_denied());
    assert!(add(&[AP]).unwrap_err().is_access_denied());
    add(&[EU]).unwrap();
    let never = r#""Bool":{"secretsmanager:ForceOverwriteReplicaSecret":"false"}"#;
    house.set_policy("u", allow_if("secretsmanager:ReplicateSecretToRegions", "*", never));
    let forced = |force: bool| {
        let request = ReplicateSecretToRegions::to("s", ["eu-west-2"]).force_overwrite_replica_secret(force);
        user.replicate_secret_to_regions(request)
    };
    assert!(forced(true).unwrap_err().is_access_denied());
    forced(false).unwrap();
    // The primary's region, on the primary and on its replica; nothing on other secrets.
    let primary = r#""StringEquals":{"secretsmanager:SecretPrimaryRegion":"us-east-1"}"#;
    house.set_policy("u", allow_if("secretsmanager:GetSecretValue", "*", primary));
    assert_eq!((value(&user, "s"), value(&at(&user, EU), "s")), ("v".into(), "v".into()));
    house.secret("alone", "v");
    assert!(user.get_secret_value("alone").unwrap_err().is_access_denied());
    at(&house.root, EU).stop_replication_to_replica("s").unwrap();
    assert!(at(&user, EU).get_secret_value("s").unwrap_err().is_access_denied());
}

#[test]
fn a_secret_in_the_way_can_be_protected_by_its_policy() {
    let house = house();
    let eu = at(&house.root, EU);
    eu.create_secret(CreateSecret::text("s", "other")).unwrap();
    house.secret("s", "v");
    let user = house.user_with("u", allow("secretsmanager:*", "*"));
    let overwrite = || {
        user.replicate_secret_to_regions(ReplicateSecretToRegions::to("s", [EU]).force_overwrite_replica_secret(true))
    };
    let protects = policy(&[statement("Deny", "*", "secretsmanager:ReplicateSecretToRegions")]);
    eu.put_resource_policy(PutResourcePolicy::new("s", protects)).unwrap();
    assert!(overwrite().unwrap_err().is_access_denied());
    assert_eq!((value(&eu, "s"), described(&house.root, "s").len()), ("other".into(), 0), "nothing was done");
    eu.delete_resource_policy("s").unwrap();
    // A right in the own region alone reaches none of another.
    house.set_policy("u", allow("secretsmanager:*", "arn:aws:secretsmanager:us-east-1:*:*"));
    assert!(overwrite().unwrap_err().is_access_denied());
    house.set_policy("u", allow("secretsmanager:*", "*"));
    overwrite().unwrap();
    assert_eq!(value(&eu, "s"), "v");
}

#[test]
fn the_event_of_a_change_names_the_replicas_it_reached() {
    let sink = Sink::default();
    let house = house_with(sink.clone());
    let arn = replicated(&house, "s", "v", &[EU]);
    sink.take();
    house.root.put_secret_value(PutSecretValue::text("s", "w")).unwrap();
    let events = sink.take();
    assert_eq!(events.len(), 1, "one change, one event");
    let replica = arn.replace(REGION, EU);
    let kin: Vec<_> = events[0].decisions.iter().filter(|decided| decided.reason == "replication").collect();
    assert_eq!(kin.len(), 1);
    assert_eq!((kin[0].action, &*kin[0].resource), ("secretsmanager:ReplicateSecretToRegions", replica.as_str()));
    // The keys of both, as the caller.
    let keys: Vec<&str> =
        events[0].decisions.iter().filter(|one| one.action.starts_with("kms:")).map(|one| one.action).collect();
    assert_eq!(keys, ["kms:GenerateDataKey", "kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt"]);
    assert!(events[0].decisions.iter().any(|one| one.resource.contains(":kms:eu-west-1:")));
    assert_eq!(statuses(&described(&house.root, "s")), ["eu-west-1 InSync"]);
}
