//! What a replica is, row by row of section 12.

use strongroom::operation::secretsmanager::{
    CreateSecret, DeleteSecret, DescribeSecretResponse, Filter, GetSecretValue, ListSecretVersionIds, ListSecrets,
    PutResourcePolicy, PutSecretValue, RemoveRegionsFromReplication, ReplicaRegion, ReplicateSecretToRegions,
    StopReplicationToReplica, Tag, TagResource, UntagResource, UpdateSecret, UpdateSecretVersionStage,
};

use crate::common::*;
use crate::scene::{AP, EU, ON_REPLICA, at, described, replicated, statuses, value};

fn told(house: &House, region: &str, name: &str) -> DescribeSecretResponse {
    at(&house.root, region).describe_secret(name).unwrap()
}

#[test]
fn a_replica_has_the_name_the_suffix_and_a_region_of_its_own() {
    let house = house();
    let arn = replicated(&house, "app/db", "v", &[EU, AP]);
    let there = told(&house, EU, "app/db");
    assert_eq!(*there.arn, *arn.replace(REGION, EU));
    assert_eq!(there.primary_region.as_deref(), Some(REGION));
    assert_eq!(there.replication_status, None);
    let here = told(&house, REGION, "app/db");
    assert_eq!(here.primary_region.as_deref(), Some(REGION));
    let status = here.replication_status.unwrap();
    assert_eq!(statuses(&status), ["eu-west-1 InSync", "ap-southeast-2 InSync"]);
    assert!(status.iter().all(|one| one.kms_key_id == "alias/aws/secretsmanager" && one.status_message.is_none()));
    assert_eq!((there.created_date, there.last_changed_date), (here.created_date, here.last_changed_date));
    assert_eq!(value(&at(&house.root, EU), &arn.replace(REGION, EU)), "v");
    // By the primary's ARN it is not found there.
    refused(at(&house.root, EU).get_secret_value(arn.as_str()), "ResourceNotFoundException", NOT_FOUND);
    // A secret without replicas tells of no region.
    house.secret("alone", "v");
    let alone = told(&house, REGION, "alone");
    assert_eq!((alone.primary_region, alone.replication_status), (None, None));
}

#[test]
fn a_secret_can_be_made_with_its_replicas() {
    let house = house();
    let regions = vec![ReplicaRegion::new(EU), ReplicaRegion::new(AP).kms_key_id("alias/aws/secretsmanager")];
    let request = || CreateSecret::text("s", "v").client_request_token(token(1)).add_replica_regions(regions.clone());
    let made = house.root.create_secret(request()).unwrap();
    assert_eq!(statuses(made.replication_status.as_ref().unwrap()), ["eu-west-1 InSync", "ap-southeast-2 InSync"]);
    // The same request again: the same answer.
    let again = house.root.create_secret(request()).unwrap();
    assert_eq!(
        (again.arn, again.version_id, again.replication_status),
        (made.arn, made.version_id, made.replication_status)
    );
    assert_eq!(value(&at(&house.root, AP), "s"), "v");
    // Without a value: the replica has none either.
    let empty = CreateSecret::new("empty").add_replica_regions(vec![ReplicaRegion::new(EU)]);
    house.root.create_secret(empty).unwrap();
    refused_as(at(&house.root, EU).get_secret_value("empty"), "ResourceNotFoundException");
    house.root.put_secret_value(PutSecretValue::text("empty", "now")).unwrap();
    assert_eq!(value(&at(&house.root, EU), "empty"), "now");
}

#[test]
fn regions_that_cannot_be_added_are_refused_and_nothing_is_done() {
    let house = house();
    replicated(&house, "s", "v", &[EU]);
    let add =
        |regions: &[&str]| house.root.replicate_secret_to_regions(ReplicateSecretToRegions::to("s", regions.to_vec()));
    let before = told(&house, REGION, "s");
    refused(add(&[REGION]), "InvalidParameterException", "Invalid replica region.");
    refused(add(&[AP, REGION]), "InvalidParameterException", "Invalid replica region.");
    refused(add(&[EU]), "InvalidParameterException", "The secret already has a replica in region eu-west-1.");
    refused(add(&[AP, AP]), "InvalidParameterException", "The replica region ap-southeast-2 is given more than once.");
    for region in ["", "EU-WEST-1", "eu", "eu-west"] {
        refused_as(add(&[region]), "ValidationException");
    }
    refused_as(add(&[]), "ValidationException");
    assert_eq!(told(&house, REGION, "s"), before);
    refused_as(at(&house.root, AP).describe_secret("s"), "ResourceNotFoundException");
    // With the secret that is to be made, as well: it is not made then.
    let create = |region: &str| {
        house.root.create_secret(CreateSecret::text("new", "v").add_replica_regions(vec![ReplicaRegion::new(region)]))
    };
    refused(create(REGION), "InvalidParameterException", "Invalid replica region.");
    refused_as(create("nowhere"), "ValidationException");
    refused_as(house.root.describe_secret("new"), "ResourceNotFoundException");
    refused(
        house.root.replicate_secret_to_regions(ReplicateSecretToRegions::to("none", [EU])),
        "ResourceNotFoundException",
        NOT_FOUND,
    );
}

#[test]
fn every_change_of_the_primary_reaches_its_replicas() {
    let house = house();
    replicated(&house, "s", "v1", &[EU, AP]);
    let root = &house.root;
    let same = |what: &str| {
        let here = told(&house, REGION, "s");
        for region in [EU, AP] {
            let there = told(&house, region, "s");
            let mut moved = there;
            moved.arn = here.arn.clone();
            moved.replication_status = here.replication_status.clone();
            moved.kms_key_id = here.kms_key_id.clone();
            moved.last_accessed_date = here.last_accessed_date;
            assert_eq!(moved, here, "{what}: {region}");
            let policy = |region: &str| at(root, region).get_resource_policy("s").unwrap().resource_policy;
            assert_eq!(policy(region), policy(REGION), "{what}");
            for id in here.version_ids_to_stages.iter().flatten().map(|(id, _)| id) {
                let read = |region: &str| {
                    let answer =
                        at(root, region).get_secret_value(GetSecretValue::new("s").version_id(id.clone())).unwrap();
                    (answer.value().to_vec(), answer.version_stages, answer.created_date)
                };
                assert_eq!(read(region), read(REGION), "{what}: {id}");
            }
        }
        assert!(statuses(&described(root, "s")).iter().all(|one| one.ends_with("InSync")), "{what}");
    };
    same("made");
    house.advance_days(1);
    root.put_secret_value(PutSecretValue::text("s", "v2").client_request_token(token(2))).unwrap();
    same("put");
    root.put_secret_value(
        PutSecretValue::text("s", "v3").client_request_token(token(3)).version_stages(vec!["mine".into()]),
    )
    .unwrap();
    same("put under a label");
    let current =
        UpdateSecretVersionStage::new("s", "AWSCURRENT").remove_from_version_id(token(2)).move_to_version_id(token(3));
    root.update_secret_version_stage(current).unwrap();
    same("label moved");
    assert_eq!(value(&at(root, EU), "s"), "v3");
    root.update_secret(UpdateSecret::new("s").description("of mine")).unwrap();
    same("described");
    root.update_secret(UpdateSecret::text("s", "v4").client_request_token(token(4))).unwrap();
    same("updated");
    root.tag_resource(TagResource::new("s", vec![Tag::new("team", "red")])).unwrap();
    same("tagged");
    root.untag_resource(UntagResource::new("s", vec!["team".into()])).unwrap();
    same("untagged");
    house.set_resource_policy(
        "s",
        policy(&[statement("Deny", &user_arn("nobody"), "secretsmanager:*")])
            .replace(":user/nobody", ":root")
            .replace("Deny", "Allow"),
    );
    same("policy put");
    root.delete_resource_policy("s").unwrap();
    same("policy deleted");
    let key = house.customer_key(policy(&[statement("Allow", &root_arn(), "kms:*")]));
    root.update_secret(UpdateSecret::new("s").kms_key_id(key.as_str())).unwrap();
    same("under another key");
    house.room.verify().unwrap();
    // Old versions that are cleaned up go there too.
    for number in 0..110 {
        root.put_secret_value(PutSecretValue::text("s", "v").client_request_token(token(100 + number))).unwrap();
        house.advance_days(1);
    }
    same("many versions");
    let all = |region: &str| {
        let request = ListSecretVersionIds::new("s").include_deprecated(true).max_results(100);
        at(root, region)
            .list_secret_version_ids(request)
            .unwrap()
            .versions
            .iter()
            .map(|one| one.version_id.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(all(EU), all(REGION));
    house.room.verify().unwrap();
}

#[test]
fn a_replica_counts_its_own_reads() {
    let house = house();
    replicated(&house, "s", "v", &[EU]);
    value(&at(&house.root, EU), "s");
    for written in [false, true] {
        if written {
            house.room.run_due().unwrap();
        }
        assert_eq!(told(&house, REGION, "s").last_accessed_date, None);
        let read = told(&house, EU, "s").last_accessed_date.unwrap();
        assert_eq!(described(&house.root, "s")[0].last_accessed_date, Some(read));
    }
    // A change of the primary leaves the date.
    house.root.put_secret_value(PutSecretValue::text("s", "w")).unwrap();
    assert!(told(&house, EU, "s").last_accessed_date.is_some());
    house.advance_days(1);
    value(&house.root, "s");
    house.room.run_due().unwrap();
    assert!(told(&house, REGION, "s").last_accessed_date > told(&house, EU, "s").last_accessed_date);
}

#[test]
fn a_name_that_is_taken_leaves_a_failed_replica() {
    let house = house();
    let eu = at(&house.root, EU);
    let taken = eu.create_secret(CreateSecret::text("s", "other")).unwrap().arn;
    house.secret("s", "v");
    let answer = house.root.replicate_secret_to_regions(ReplicateSecretToRegions::to("s", [EU, AP])).unwrap();
    assert_eq!(statuses(&answer.replication_status), ["eu-west-1 Failed", "ap-southeast-2 InSync"]);
    let why = "Replication failed: Secret name s already exists in region eu-west-1.";
    assert_eq!(answer.replication_status[0].status_message.as_deref(), Some(why));
    assert_eq!((value(&eu, "s"), value(&at(&house.root, AP), "s")), ("other".into(), "v".into()));
    assert_eq!(eu.describe_secret("s").unwrap().primary_region, None);
    // Still taken at the next change …
    house.root.put_secret_value(PutSecretValue::text("s", "w")).unwrap();
    assert_eq!(statuses(&described(&house.root, "s")), ["eu-west-1 Failed", "ap-southeast-2 InSync"]);
    // … and healed once the name is free.
    eu.delete_secret(DeleteSecret::new(&taken).force_delete_without_recovery(true)).unwrap();
    house.root.put_secret_value(PutSecretValue::text("s", "x")).unwrap();
    assert_eq!(statuses(&described(&house.root, "s")), ["eu-west-1 InSync", "ap-southeast-2 InSync"]);
    assert_eq!(value(&eu, "s"), "x");
    assert_ne!(eu.describe_secret("s").unwrap().arn, taken);
    house.room.verify().unwrap();
}

#[test]
fn a_secret_in_the_way_is_replaced_on_request() {
    let house = house();
    let eu = at(&house.root, EU);
    for scheduled in [false, true] {
        let name = format!("s/{scheduled}");
        let taken = eu.create_secret(CreateSecret::text(&name, "other")).unwrap().arn;
        if scheduled {
            eu.delete_secret(DeleteSecret::new(&name)).unwrap();
        }
        house.secret(&name, "v");
        let request = ReplicateSecretToRegions::to(&name, [EU]);
        let answer = house.root.replicate_secret_to_regions(request.clone()).unwrap();
        assert_eq!(statuses(&answer.replication_status), ["eu-west-1 Failed"]);
        // A replica that failed may be asked for again.
        let answer = house.root.replicate_secret_to_regions(request.force_overwrite_replica_secret(true)).unwrap();
        assert_eq!(statuses(&answer.replication_status), ["eu-west-1 InSync"]);
        assert_eq!(value(&eu, &name), "v");
        refused(eu.get_secret_value(&*taken), "ResourceNotFoundException", NOT_FOUND);
    }
    // When the secret is made, too.
    eu.create_secret(CreateSecret::text("new", "other")).unwrap();
    let request = CreateSecret::text("new", "v").add_replica_regions(vec![ReplicaRegion::new(EU)]);
    house.root.create_secret(request.force_overwrite_replica_secret(true)).unwrap();
    assert_eq!(value(&eu, "new"), "v");
    // What is itself a primary or a replica stays.
    eu.create_secret(CreateSecret::text("kept", "other").add_replica_regions(vec![ReplicaRegion::new(AP)])).unwrap();
    house.secret("kept", "v");
    let request = ReplicateSecretToRegions::to("kept", [EU, AP]).force_overwrite_replica_secret(true);
    let answer = house.root.replicate_secret_to_regions(request).unwrap();
    assert_eq!(statuses(&answer.replication_status), ["eu-west-1 Failed", "ap-southeast-2 Failed"]);
    assert!(answer.replication_status[0].status_message.as_ref().unwrap().contains("another replication"));
    assert_eq!(value(&eu, "kept"), "other");
    house.room.verify().unwrap();
}

#[test]
fn a_replica_is_removed_without_a_window() {
    let house = house();
    replicated(&house, "s", "v", &[EU, AP]);
    let remove = |regions: &[&str]| {
        let regions = regions.iter().map(|region| (*region).into()).collect::<Vec<strongroom::name::Text>>();
        house.root.remove_regions_from_replication(RemoveRegionsFromReplication::new("s", regions))
    };
    let none = |region: &str| format!("The secret has no replica in region {region}.");
    refused(remove(&["sa-east-1"]), "InvalidParameterException", &none("sa-east-1"));
    refused(remove(&[EU, EU]), "InvalidParameterException", &none(EU));
    refused(remove(&[REGION]), "InvalidParameterException", &none(REGION));
    refused_as(remove(&[]), "ValidationException");
    assert_eq!(value(&at(&house.root, EU), "s"), "v");
    let left = remove(&[EU]).unwrap();
    assert_eq!(statuses(&left.replication_status), ["ap-southeast-2 InSync"]);
    refused(at(&house.root, EU).get_secret_value("s"), "ResourceNotFoundException", NOT_FOUND);
    assert_eq!(value(&at(&house.root, AP), "s"), "v");
    // The name is free there, and the region may be added again.
    at(&house.root, EU).create_secret(CreateSecret::text("s", "mine")).unwrap();
    assert_eq!(remove(&[AP]).unwrap().replication_status, []);
    let here = told(&house, REGION, "s");
    assert_eq!((here.primary_region, here.replication_status), (None, None));
    // Of one that failed from the first nothing is removed.
    let failed = house.root.replicate_secret_to_regions(ReplicateSecretToRegions::to("s", [EU])).unwrap();
    assert_eq!(statuses(&failed.replication_status), ["eu-west-1 Failed"]);
    remove(&[EU]).unwrap();
    assert_eq!(value(&at(&house.root, EU), "s"), "mine");
    house.room.verify().unwrap();
}

#[test]
fn a_replica_becomes_a_secret_of_its_own() {
    let house = house();
    let arn = replicated(&house, "s", "v", &[EU, AP]);
    let eu = at(&house.root, EU);
    refused(house.root.stop_replication_to_replica("s"), "InvalidParameterException", "The secret is not a replica.");
    let stopped = eu.stop_replication_to_replica(StopReplicationToReplica::new("s")).unwrap();
    assert_eq!(*stopped.arn, *arn.replace(REGION, EU));
    let there = told(&house, EU, "s");
    assert_eq!((there.primary_region, there.replication_status), (None, None));
    assert_eq!(statuses(&described(&house.root, "s")), ["ap-southeast-2 InSync"]);
    refused(eu.stop_replication_to_replica("s"), "InvalidParameterException", "The secret is not a replica.");
    // Each goes its own way, and its versions are its own.
    eu.put_secret_value(PutSecretValue::text("s", "its own")).unwrap();
    house.root.put_secret_value(PutSecretValue::text("s", "the primary's")).unwrap();
    assert_eq!(value(&eu, "s"), "its own");
    assert_eq!(value(&at(&house.root, AP), "s"), "the primary's");
    // It may have replicas itself, and be deleted.
    eu.replicate_secret_to_regions(ReplicateSecretToRegions::to("s", ["sa-east-1"])).unwrap();
    assert_eq!(value(&at(&eu, "sa-east-1"), "s"), "its own");
    // Its ARN is what a replica's would be again: it is in the way all the same.
    let again = house.root.replicate_secret_to_regions(ReplicateSecretToRegions::to("s", [EU])).unwrap();
    assert_eq!(statuses(&again.replication_status), ["ap-southeast-2 InSync", "eu-west-1 Failed"]);
    assert_eq!(value(&eu, "s"), "its own");
    let remove = RemoveRegionsFromReplication::new("s", vec![EU.into()]);
    house.root.remove_regions_from_replication(remove).unwrap();
    assert_eq!(value(&eu, "s"), "its own");
    // The last one to go leaves no link.
    at(&house.root, AP).stop_replication_to_replica("s").unwrap();
    assert_eq!(told(&house, REGION, "s").replication_status, None);
    house.root.delete_secret(DeleteSecret::new("s").force_delete_without_recovery(true)).unwrap();
    assert_eq!(value(&at(&house.root, AP), "s"), "the primary's");
    house.room.verify().unwrap();
}

#[test]
fn a_primary_with_replicas_is_not_deleted() {
    let house = house();
    replicated(&house, "s", "v", &[EU, AP]);
    let text = "You can't delete secret s that still has replica regions [eu-west-1, ap-southeast-2]";
    refused(house.root.delete_secret("s"), "InvalidParameterException", text);
    let force = DeleteSecret::new("s").force_delete_without_recovery(true);
    refused(house.root.delete_secret(force.clone()), "InvalidParameterException", text);
    refused(at(&house.root, EU).delete_secret("s"), "InvalidParameterException", ON_REPLICA);
    refused(at(&house.root, EU).delete_secret(force.clone()), "InvalidParameterException", ON_REPLICA);
    let both = vec![EU.into(), AP.into()];
    house.root.remove_regions_from_replication(RemoveRegionsFromReplication::new("s", both)).unwrap();
    house.root.delete_secret("s").unwrap();
    // While it is scheduled nothing of the kind is done.
    refused(
        house.root.replicate_secret_to_regions(ReplicateSecretToRegions::to("s", [EU])),
        "InvalidRequestException",
        SCHEDULED,
    );
    let remove = RemoveRegionsFromReplication::new("s", vec![EU.into()]);
    refused(house.root.remove_regions_from_replication(remove), "InvalidRequestException", SCHEDULED);
    refused(house.root.stop_replication_to_replica("s"), "InvalidRequestException", SCHEDULED);
    house.root.delete_secret(force).unwrap();
    house.room.verify().unwrap();
}

#[test]
fn lists_show_the_primary_and_can_be_filtered_by_it() {
    let house = house();
    replicated(&house, "both", "v", &[EU]);
    house.secret("alone", "v");
    let eu = at(&house.root, EU);
    eu.create_secret(CreateSecret::text("there", "v").add_replica_regions(vec![ReplicaRegion::new(AP)])).unwrap();
    let list = |region: &str, wanted: &str| -> Vec<(String, Option<String>)> {
        let request = ListSecrets::new().filters(vec![Filter::by("primary-region", [wanted])]);
        let list = at(&house.root, region).list_secrets(request).unwrap().secret_list;
        let mut found: Vec<_> = list
            .iter()
            .map(|one| (one.name.to_string(), one.primary_region.as_ref().map(ToString::to_string)))
            .collect();
        found.sort();
        found
    };
    let both = ("both".to_owned(), Some(REGION.to_owned()));
    let there = ("there".to_owned(), Some(EU.to_owned()));
    assert_eq!(list(REGION, "us-"), [both.clone()]);
    assert_eq!(list(EU, "us-"), [both.clone()]);
    assert_eq!(list(EU, "eu-west-1"), [there.clone()]);
    assert_eq!(list(AP, "eu"), [there]);
    assert_eq!(list(AP, "us"), []);
    let all = house.root.list_secrets(ListSecrets::new()).unwrap().secret_list;
    assert_eq!(all.iter().filter(|one| one.primary_region.is_none()).count(), 1);
}

#[test]
fn a_policy_that_names_everything_works_everywhere_and_one_that_names_the_primary_does_not() {
    let house = house();
    let arn = replicated(&house, "s", "v", &[EU]);
    let user = house.user_with("u", allow("secretsmanager:*", "*"));
    let denies = statement("Deny", &user_arn("u"), "secretsmanager:GetSecretValue");
    let all = policy(&[denies.clone()]);
    house.set_resource_policy("s", &all);
    for region in [REGION, EU] {
        assert!(at(&user, region).get_secret_value("s").unwrap_err().is_access_denied(), "{region}");
    }
    // Named by its ARN, the statement says nothing of the replica, whose ARN is another: AWS copies the text as it is.
    house.set_resource_policy("s", policy(&[denies.replace(r#""Resource":"*""#, &format!(r#""Resource":"{arn}""#))]));
    assert!(user.get_secret_value("s").unwrap_err().is_access_denied());
    assert_eq!(value(&at(&user, EU), "s"), "v");
    // A policy of the replica's own stands until the primary's changes.
    let own = PutResourcePolicy::new("s", all.as_str());
    at(&house.root, EU).put_resource_policy(own).unwrap();
    house.root.put_secret_value(PutSecretValue::text("s", "w")).unwrap();
    assert!(at(&user, EU).get_secret_value("s").unwrap_err().is_access_denied());
    house.root.delete_resource_policy("s").unwrap();
    assert_eq!(value(&at(&user, EU), "s"), "w");
}
