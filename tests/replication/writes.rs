//! What is done to a replica in its own region.

use strongroom::operation::kms::{CreateAlias, CreateKey};
use strongroom::operation::secretsmanager::{
    CreateSecret, DeleteResourcePolicy, DeleteSecret, ListSecretVersionIds, PutResourcePolicy, PutSecretValue,
    RemoveRegionsFromReplication, ReplicateSecretToRegions, RestoreSecret, Tag, TagResource, UntagResource,
    UpdateSecret, UpdateSecretVersionStage,
};
use strongroom::{Error, Session};

use crate::common::*;
use crate::scene::{AP, EU, ON_REPLICA, at, described, replicated, statuses, value};

type Call = fn(&Session) -> Result<(), Error>;

/// Everything that changes a secret.
const WRITES: [(&str, Call); 12] = [
    ("PutSecretValue", |me| me.put_secret_value(PutSecretValue::text("s", "x")).map(drop)),
    ("UpdateSecret", |me| me.update_secret(UpdateSecret::text("s", "x")).map(drop)),
    ("UpdateSecret", |me| me.update_secret(UpdateSecret::new("s").description("x")).map(drop)),
    ("UpdateSecret", |me| {
        me.update_secret(UpdateSecret::new("s").description("x").kms_key_id("alias/aws/secretsmanager")).map(drop)
    }),
    ("UpdateSecretVersionStage", |me| {
        let request = UpdateSecretVersionStage::new("s", "mine").move_to_version_id(token(1));
        me.update_secret_version_stage(request).map(drop)
    }),
    ("TagResource", |me| me.tag_resource(TagResource::new("s", vec![Tag::new("a", "b")])).map(drop)),
    ("UntagResource", |me| me.untag_resource(UntagResource::new("s", vec!["a".into()])).map(drop)),
    ("DeleteSecret", |me| me.delete_secret(DeleteSecret::new("s")).map(drop)),
    ("DeleteSecret", |me| me.delete_secret(DeleteSecret::new("s").force_delete_without_recovery(true)).map(drop)),
    ("RestoreSecret", |me| me.restore_secret(RestoreSecret::new("s")).map(drop)),
    ("ReplicateSecretToRegions", |me| {
        me.replicate_secret_to_regions(ReplicateSecretToRegions::to("s", [AP])).map(drop)
    }),
    ("RemoveRegionsFromReplication", |me| {
        me.remove_regions_from_replication(RemoveRegionsFromReplication::new("s", vec![AP.into()])).map(drop)
    }),
];

#[test]
fn what_changes_the_secret_is_refused_on_a_replica() {
    let house = house();
    replicated(&house, "s", "v", &[EU]);
    let eu = at(&house.root, EU);
    let before = eu.describe_secret("s").unwrap();
    for (name, call) in WRITES {
        let error = call(&eu).unwrap_err();
        assert_eq!(
            (error.code(), error.message().to_string().as_str()),
            ("InvalidParameterException", ON_REPLICA),
            "{name}"
        );
    }
    assert_eq!(eu.describe_secret("s").unwrap(), before);
    assert_eq!(value(&eu, "s"), "v");
    // Who may not is told that, and not what it is.
    let user = at(&house.user("u"), EU);
    for (name, call) in WRITES {
        assert!(call(&user).unwrap_err().is_access_denied(), "{name}");
    }
    // The name is taken there.
    refused(
        eu.create_secret(CreateSecret::text("s", "x")),
        "ResourceExistsException",
        "The operation failed because the secret s already exists.",
    );
}

#[test]
fn a_replica_may_have_a_policy_of_its_own() {
    let house = house();
    replicated(&house, "s", "v", &[EU]);
    let user = house.user_with("u", allow("secretsmanager:GetSecretValue", "*"));
    let eu = at(&house.root, EU);
    let denies = policy(&[statement("Deny", &user_arn("u"), "secretsmanager:GetSecretValue")]);
    eu.put_resource_policy(PutResourcePolicy::new("s", denies.as_str())).unwrap();
    assert!(at(&user, EU).get_secret_value("s").unwrap_err().is_access_denied());
    assert_eq!(value(&user, "s"), "v");
    assert_eq!(house.root.get_resource_policy("s").unwrap().resource_policy, None);
    // It stays when other things of the primary change, and goes with the primary's.
    house.root.put_secret_value(PutSecretValue::text("s", "w")).unwrap();
    assert!(at(&user, EU).get_secret_value("s").unwrap_err().is_access_denied());
    house.set_resource_policy("s", policy(&[statement("Allow", &root_arn(), "secretsmanager:*")]));
    assert_eq!(value(&at(&user, EU), "s"), "w");
    eu.delete_resource_policy(DeleteResourcePolicy::new("s")).unwrap();
    assert_eq!(eu.get_resource_policy("s").unwrap().resource_policy, None);
    assert!(house.root.get_resource_policy("s").unwrap().resource_policy.is_some());
}

#[test]
fn a_replica_may_have_another_key() {
    let house = house();
    replicated(&house, "s", "v", &[EU, AP]);
    let eu = at(&house.root, EU);
    let key = eu.kms().create_key(CreateKey::new()).unwrap().key_metadata;
    eu.kms().create_alias(CreateAlias::new("alias/app", &key.key_id)).unwrap();
    eu.update_secret(UpdateSecret::new("s").kms_key_id("alias/app")).unwrap();
    assert_eq!(eu.describe_secret("s").unwrap().kms_key_id.as_deref(), Some("alias/app"));
    let shown: Vec<String> =
        described(&house.root, "s").iter().map(|one| format!("{} {}", one.region, one.kms_key_id)).collect();
    assert_eq!(shown, ["eu-west-1 alias/app", "ap-southeast-2 alias/aws/secretsmanager"]);
    assert_eq!(house.root.describe_secret("s").unwrap().kms_key_id, None);
    let under = |session: &Session| {
        session
            .list_secret_version_ids(ListSecretVersionIds::new("s"))
            .unwrap()
            .versions
            .last()
            .unwrap()
            .kms_key_ids
            .clone()
    };
    assert_eq!(under(&eu), [&*key.arn]);
    // New values come under it, and it stays when the primary's key changes.
    house.root.put_secret_value(PutSecretValue::text("s", "w")).unwrap();
    assert_eq!((value(&eu, "s"), under(&eu)), ("w".into(), vec![key.arn.clone()]));
    let own = house.root.kms().create_key(CreateKey::new()).unwrap().key_metadata.arn;
    house.root.update_secret(UpdateSecret::new("s").kms_key_id(&own)).unwrap();
    assert_eq!((value(&eu, "s"), under(&eu), under(&house.root)), ("w".into(), vec![key.arn.clone()], vec![own]));
    assert_eq!(statuses(&described(&house.root, "s")), ["eu-west-1 InSync", "ap-southeast-2 InSync"]);
    // And back.
    eu.update_secret(UpdateSecret::new("s").kms_key_id("")).unwrap();
    assert_eq!(eu.describe_secret("s").unwrap().kms_key_id, None);
    assert_eq!(described(&house.root, "s")[0].kms_key_id, "alias/aws/secretsmanager");
    assert_eq!(value(&eu, "s"), "w");
    house.room.verify().unwrap();
}

#[test]
fn versions_of_a_replica_move_to_the_current_material_of_its_key() {
    let house = house();
    let eu = at(&house.root, EU);
    let key = eu.kms().create_key(CreateKey::new()).unwrap().key_metadata.key_id;
    house.secret("s", "v");
    let region = strongroom::operation::secretsmanager::ReplicaRegion::new(EU).kms_key_id(&key);
    house.root.replicate_secret_to_regions(ReplicateSecretToRegions::new("s", vec![region])).unwrap();
    eu.kms().rotate_key_on_demand(&*key).unwrap();
    let done = eu.reencrypt(Some(&key), &mut |_| {}).unwrap();
    assert_eq!((done.found, done.moved, done.refused), (1, 1, 0));
    // Nothing of it in the other region.
    assert_eq!(house.root.reencrypt(None, &mut |_| {}).unwrap().found, 0);
    assert_eq!(value(&eu, "s"), "v");
    // What a key of a region holds is told there.
    let dependents = eu.key_dependents(&key).unwrap();
    assert_eq!((dependents.secrets.len(), dependents.secrets[0].versions), (1, 1));
    house.room.verify().unwrap();
}
