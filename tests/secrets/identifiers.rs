//! Names, ARNs, partial ARNs and the trap among them.

use strongroom::operation::secretsmanager::{
    CreateSecret, DeleteSecret, DescribeSecret, GetSecretValue, ListSecretVersionIds, PutSecretValue, TagResource,
    UntagResource, UpdateSecret,
};

use crate::common::*;

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
        refused(house.root.get_secret_value(name), "ValidationException", INVALID_NAME);
        refused(house.root.describe_secret(name), "ValidationException", INVALID_NAME);
        refused(house.root.put_secret_value(PutSecretValue::text(name, "v")), "ValidationException", INVALID_NAME);
        refused(house.root.update_secret(UpdateSecret::text(name, "v")), "ValidationException", INVALID_NAME);
        refused(house.root.delete_secret(name), "ValidationException", INVALID_NAME);
        refused(
            house.root.list_secret_version_ids(ListSecretVersionIds::new(name)),
            "ValidationException",
            INVALID_NAME,
        );
        let tags = vec![strongroom::operation::secretsmanager::Tag::new("k", "v")];
        refused(house.root.tag_resource(TagResource::new(name, tags)), "ValidationException", INVALID_NAME);
        refused(
            house.root.untag_resource(UntagResource::new(name, vec!["k".into()])),
            "ValidationException",
            INVALID_NAME,
        );
    }
    assert!(
        house
            .root
            .list_secrets(strongroom::operation::secretsmanager::ListSecrets::new())
            .unwrap()
            .secret_list
            .is_empty()
    );
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
