//! Names, ARNs, partial ARNs and the trap among them.

use strongroom::operation::secretsmanager::{
    BatchGetSecretValue, CancelRotateSecret, CreateSecret, DeleteResourcePolicy, DeleteSecret, DescribeSecret,
    GetResourcePolicy, GetSecretValue, ListResourcePolicies, ListSecretVersionIds, ListSecrets, PutResourcePolicy,
    PutSecretValue, RemoveRegionsFromReplication, ReplicateSecretToRegions, RestoreSecret, RotateSecret,
    StopReplicationToReplica, Tag, TagResource, UntagResource, UpdateSecret, UpdateSecretVersionStage,
    ValidateResourcePolicy,
};
use strongroom::{Error, Session};

use crate::common::*;

type Call = fn(&Session, &str) -> Result<(), Error>;

/// Every operation that takes a `SecretId`, and what it answers to a secret that has a value and nothing else; the last one
/// deletes it.
const CALLS: [(&str, Call, Option<&str>); 20] = [
    ("GetSecretValue", |me, id| me.get_secret_value(id).map(drop), None),
    ("DescribeSecret", |me, id| me.describe_secret(id).map(drop), None),
    ("ListSecretVersionIds", |me, id| me.list_secret_version_ids(ListSecretVersionIds::new(id)).map(drop), None),
    ("PutSecretValue", |me, id| me.put_secret_value(PutSecretValue::text(id, "w")).map(drop), None),
    ("UpdateSecret", |me, id| me.update_secret(UpdateSecret::new(id).description("d")).map(drop), None),
    (
        "UpdateSecretVersionStage",
        |me, id| {
            let request = UpdateSecretVersionStage::new(id, "mine").move_to_version_id(token(1));
            me.update_secret_version_stage(request).map(drop)
        },
        None,
    ),
    ("TagResource", |me, id| me.tag_resource(TagResource::new(id, vec![Tag::new("k", "v")])).map(drop), None),
    ("UntagResource", |me, id| me.untag_resource(UntagResource::new(id, vec!["k".into()])).map(drop), None),
    (
        "PutResourcePolicy",
        |me, id| {
            let text = policy(&[statement("Allow", &root_arn(), "secretsmanager:*")]);
            me.put_resource_policy(PutResourcePolicy::new(id, text)).map(drop)
        },
        None,
    ),
    (
        "ValidateResourcePolicy",
        |me, id| {
            let text = policy(&[statement("Allow", &root_arn(), "secretsmanager:*")]);
            me.validate_resource_policy(ValidateResourcePolicy::new(text).secret_id(id)).map(drop)
        },
        None,
    ),
    ("GetResourcePolicy", |me, id| me.get_resource_policy(GetResourcePolicy::new(id)).map(drop), None),
    ("ListResourcePolicies", |me, id| me.list_resource_policies(ListResourcePolicies::new(id)).map(drop), None),
    ("DeleteResourcePolicy", |me, id| me.delete_resource_policy(DeleteResourcePolicy::new(id)).map(drop), None),
    ("RotateSecret", |me, id| me.rotate_secret(RotateSecret::new(id)).map(drop), Some("InvalidRequestException")),
    (
        "CancelRotateSecret",
        |me, id| me.cancel_rotate_secret(CancelRotateSecret::new(id)).map(drop),
        Some("InvalidRequestException"),
    ),
    (
        "StopReplicationToReplica",
        |me, id| me.stop_replication_to_replica(StopReplicationToReplica::new(id)).map(drop),
        Some("InvalidParameterException"),
    ),
    (
        "ReplicateSecretToRegions",
        |me, id| me.replicate_secret_to_regions(ReplicateSecretToRegions::to(id, ["eu-west-1"])).map(drop),
        None,
    ),
    (
        "RemoveRegionsFromReplication",
        |me, id| {
            let request = RemoveRegionsFromReplication::new(id, vec!["eu-west-1".into()]);
            me.remove_regions_from_replication(request).map(drop)
        },
        None,
    ),
    ("RestoreSecret", |me, id| me.restore_secret(RestoreSecret::new(id)).map(drop), None),
    ("DeleteSecret", |me, id| me.delete_secret(DeleteSecret::new(id)).map(drop), None),
];

const INVALID_NAME: &str =
    "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!";

#[test]
fn every_legal_character_is_taken_in_any_place() {
    let house = house();
    for name in ["a", "/lead", "A/b_c+d=e.f@g-h", "-", "@", "..", "a/../b", "a//b", "UPPER", "upper", &"n".repeat(512)]
    {
        house.secret(name, name);
        assert_eq!(house.root.get_secret_value(name).unwrap().value(), name.as_bytes());
    }
    // Case counts, paths are not normalised: each is a secret of its own.
    refused(house.root.get_secret_value("Upper"), "ResourceNotFoundException", NOT_FOUND);
    refused(house.root.get_secret_value("b"), "ResourceNotFoundException", NOT_FOUND);
    refused(house.root.get_secret_value("a/b"), "ResourceNotFoundException", NOT_FOUND);
}

#[test]
fn every_other_character_is_refused_by_every_operation_that_takes_a_name() {
    let house = house();
    for name in [
        "a b", "a ", " a", "a*", "a?", "a:b", "a\\b", "a\nb", "a\0b", "ä", "\u{ff41}", "a%2Fb", "a,b", "a\"b", "${a}",
        "a#",
    ] {
        refused(house.root.create_secret(CreateSecret::text(name, "v")), "ValidationException", INVALID_NAME);
        for (operation, call, _) in CALLS {
            let error = call(&house.root, name).unwrap_err();
            let told = (error.code(), error.message().to_string());
            assert_eq!(told, ("ValidationException", INVALID_NAME.to_owned()), "{operation} {name:?}");
        }
    }
    assert!(house.root.list_secrets(ListSecrets::new()).unwrap().secret_list.is_empty());
}

#[test]
fn an_exclamation_mark_is_looked_up_and_not_created() {
    let house = house();
    refused(house.root.create_secret(CreateSecret::text("rds!db", "v")), "ValidationException", INVALID_NAME);
    refused(house.root.get_secret_value("rds!db"), "ResourceNotFoundException", NOT_FOUND);
}

#[test]
fn a_name_of_513_characters_and_an_empty_one_are_refused() {
    let house = house();
    refused_as(house.root.create_secret(CreateSecret::text("n".repeat(513), "v")), "ValidationException");
    refused_as(house.root.create_secret(CreateSecret::text("", "v")), "ValidationException");
    refused_as(house.root.get_secret_value(""), "ValidationException");
    refused_as(house.root.get_secret_value("n".repeat(2_049)), "ValidationException");
    // No secret has such a name, so a look-up finds none.
    refused(house.root.get_secret_value("n".repeat(2_048)), "ResourceNotFoundException", NOT_FOUND);
}

#[test]
fn a_secret_is_found_by_name_by_arn_and_by_its_arn_without_suffix() {
    let house = house();
    let arn = house.secret("prod/db", "v");
    let partial = arn.rsplit_once('-').unwrap().0;
    for id in ["prod/db", arn.as_str(), partial] {
        assert_eq!(house.root.get_secret_value(id).unwrap().value(), b"v");
        assert_eq!(house.root.describe_secret(id).unwrap().arn, *arn);
    }
}

#[test]
fn an_arn_with_another_suffix_finds_nothing_and_never_falls_back_to_the_name() {
    let house = house();
    let arn = house.secret("db", "v");
    let suffix = arn.rsplit_once('-').unwrap().1;
    let other = if suffix.starts_with('A') { format!("B{}", &suffix[1..]) } else { format!("A{}", &suffix[1..]) };
    refused(house.root.get_secret_value(secret_arn("db", &other)), "ResourceNotFoundException", NOT_FOUND);
    refused(house.root.get_secret_value(format!("{arn}-{suffix}")), "ResourceNotFoundException", NOT_FOUND);
    // A name with a suffix is just another name.
    refused(house.root.get_secret_value(format!("db-{suffix}")), "ResourceNotFoundException", NOT_FOUND);
}

#[test]
fn s33_a_name_that_ends_like_a_suffix_is_not_found_by_its_partial_arn() {
    let house = house();
    let trap = house.secret("x-a1b2c3", "trap");
    house.secret("x", "another");
    let partial = trap.rsplit_once('-').unwrap().0;
    refused(house.root.get_secret_value(partial), "ResourceNotFoundException", NOT_FOUND);
    assert_eq!(house.root.get_secret_value(trap.as_str()).unwrap().value(), b"trap");
    assert_eq!(house.root.get_secret_value("x-a1b2c3").unwrap().value(), b"trap");
    // One character less, or one more hyphen, and it is no trap.
    for name in ["y-a1b2", "y-a1b2c3-", "y-a1b2c3d", "y-a1b2_3"] {
        let arn = house.secret(name, name);
        let partial = arn.rsplit_once('-').unwrap().0;
        assert_eq!(house.root.get_secret_value(partial).unwrap().value(), name.as_bytes());
    }
}

#[test]
fn arns_of_another_region_partition_service_or_account_find_nothing() {
    let house = house();
    let arn = house.secret("db", "v");
    for (from, to) in [
        ("us-east-1", "eu-west-1"),
        ("arn:aws:", "arn:aws-cn:"),
        (":secretsmanager:", ":ssm:"),
        (":secret:", ":parameter:"),
    ] {
        let elsewhere = arn.replacen(from, to, 1);
        refused(house.root.get_secret_value(elsewhere), "ResourceNotFoundException", NOT_FOUND);
    }
    for id in ["arn:", "arn:aws:secretsmanager", "arn:aws:secretsmanager:us-east-1:000000000000:secret", "arn:a b"] {
        refused(house.root.get_secret_value(id), "ResourceNotFoundException", NOT_FOUND);
    }
    // Another account's secret is weighed before it is looked for, and nobody there lets this account's root in.
    let foreign = arn.replace(ACCOUNT, "999999999999");
    refused_as(house.root.get_secret_value(foreign), "AccessDeniedException");
}

#[test]
fn a_secret_made_again_under_its_name_has_another_arn() {
    let house = house();
    let first = house.secret("db", "1");
    house.root.delete_secret(DeleteSecret::new("db").force_delete_without_recovery(true)).unwrap();
    let second = house.secret("db", "2");
    assert_ne!(first, second);
    refused(house.root.get_secret_value(GetSecretValue::new(first.as_str())), "ResourceNotFoundException", NOT_FOUND);
    refused(house.root.describe_secret(DescribeSecret::new(first)), "ResourceNotFoundException", NOT_FOUND);
    assert_eq!(house.root.get_secret_value(second).unwrap().value(), b"2");
}

#[test]
fn every_operation_takes_a_name_an_arn_and_an_arn_without_suffix() {
    let house = house();
    for (number, form) in ["name", "full", "partial"].into_iter().enumerate() {
        let name = format!("app/{form}");
        let made = CreateSecret::text(&name, "v").client_request_token(token(1));
        let arn = house.root.create_secret(made).unwrap().arn.to_string();
        let id = [name.as_str(), arn.as_str(), arn.rsplit_once('-').unwrap().0][number];
        for (operation, call, refusal) in CALLS {
            assert_eq!(call(&house.root, id).err().map(|error| error.code()), refusal, "{operation} by {form}");
        }
        assert!(house.root.describe_secret(&*name).unwrap().deleted_date.is_some(), "it was this one");
        let answer = house.root.batch_get_secret_value(BatchGetSecretValue::of([id])).unwrap();
        assert_eq!((&*answer.errors[0].secret_id, &*answer.errors[0].error_code), (id, "InvalidRequestException"));
    }
    // By the ARN of another of its name none of them finds it.
    house.secret("other", "v");
    for (operation, call, _) in CALLS {
        let error = call(&house.root, &secret_arn("other", "AAAAAA")).unwrap_err();
        assert_eq!(error.code(), "ResourceNotFoundException", "{operation}");
    }
}

#[test]
fn an_arn_is_for_life() {
    let house = house();
    let arn = house.secret("s", "v");
    for (operation, call, _) in CALLS {
        let _ = call(&house.root, "s");
        assert_eq!(*house.root.describe_secret("s").unwrap().arn, *arn, "{operation}");
    }
}
