//! Section 3: every limit, at it and one past it. Those of values, names, policies, filters, pages, passwords, recovery windows
//! and labels over all versions have tests beside what they limit.

use strongroom::operation::secretsmanager::{
    CreateSecret, DescribeSecret, GetRandomPassword, GetSecretValue, PutSecretValue, ReplicaRegion, Tag, TagResource,
    UntagResource, UpdateSecret, UpdateSecretVersionStage,
};

use crate::common::*;

const TOO_LONG: &str = "ValidationException";

#[test]
fn a_description_has_2_048_characters() {
    let house = house();
    let longest = "\u{e4}".repeat(2_048);
    house.root.create_secret(CreateSecret::text("s", "v").description(longest.as_str())).unwrap();
    assert_eq!(house.root.describe_secret("s").unwrap().description.as_deref(), Some(longest.as_str()));
    house.root.update_secret(UpdateSecret::new("s").description("b".repeat(2_048))).unwrap();
    let longer = "b".repeat(2_049);
    refused_as(house.root.create_secret(CreateSecret::text("t", "v").description(longer.as_str())), TOO_LONG);
    refused_as(house.root.update_secret(UpdateSecret::new("s").description(longer)), TOO_LONG);
}

#[test]
fn an_id_of_a_secret_or_a_key_has_2_048_characters() {
    let house = house();
    house.secret("s", "v");
    let (longest, longer) = ("a".repeat(2_048), "a".repeat(2_049));
    refused(house.root.describe_secret(longest.as_str()), "ResourceNotFoundException", NOT_FOUND);
    refused_as(house.root.describe_secret(longer.as_str()), TOO_LONG);
    refused_as(house.root.describe_secret(DescribeSecret::new("")), TOO_LONG);
    let under = |key: &str| house.root.update_secret(UpdateSecret::new("s").kms_key_id(key)).unwrap_err().code();
    assert_ne!(under(&longest), TOO_LONG);
    assert_eq!(under(&longer), TOO_LONG);
}

#[test]
fn a_token_and_a_version_id_have_32_to_64_characters() {
    let house = house();
    house.secret("s", "v");
    for (len, taken) in [(31, false), (32, true), (64, true), (65, false)] {
        let id = "t".repeat(len);
        let put = house.root.put_secret_value(PutSecretValue::text("s", "w").client_request_token(id.as_str()));
        let get = house.root.get_secret_value(GetSecretValue::new("s").version_id(id.as_str()));
        let moved = UpdateSecretVersionStage::new("s", "mine").move_to_version_id(id.as_str());
        let moved = house.root.update_secret_version_stage(moved);
        if taken {
            assert_eq!(put.unwrap().version_id, id.as_str());
            assert_eq!(get.unwrap().version_id, id.as_str());
            let back = UpdateSecretVersionStage::new("s", "mine").remove_from_version_id(id.as_str());
            moved.unwrap();
            house.root.update_secret_version_stage(back).unwrap();
        } else {
            refused_as(put, TOO_LONG);
            refused_as(get, TOO_LONG);
            refused_as(moved, TOO_LONG);
        }
    }
}

#[test]
fn a_label_has_256_characters_and_a_put_brings_twenty() {
    let house = house();
    house.secret("s", "v");
    let put = |labels: Vec<String>| {
        let labels: Vec<strongroom::name::Text> = labels.into_iter().map(Into::into).collect();
        house.root.put_secret_value(PutSecretValue::text("s", "w").version_stages(labels))
    };
    put(vec!["l".repeat(256)]).unwrap();
    refused_as(put(vec!["l".repeat(257)]), TOO_LONG);
    refused_as(put(vec![String::new()]), TOO_LONG);
    refused_as(put(Vec::new()), TOO_LONG);
    refused_as(put((0..21).map(|number| format!("l{number}")).collect()), TOO_LONG);
    house.secret("fresh", "v");
    // With the one that is there, twenty.
    let nineteen: Vec<strongroom::name::Text> = (0..19).map(|number| format!("l{number}").into()).collect();
    house.root.put_secret_value(PutSecretValue::text("fresh", "w").version_stages(nineteen)).unwrap();
    let more = PutSecretValue::text("fresh", "x").version_stages(vec!["one-more".into()]);
    refused_as(house.root.put_secret_value(more), "LimitExceededException");
}

#[test]
fn a_secret_has_50_tags_of_keys_of_128_and_values_of_256_characters() {
    let house = house();
    house.secret("s", "v");
    let tag = |key: &str, value: &str| house.root.tag_resource(TagResource::new("s", vec![Tag::new(key, value)]));
    tag(&"k".repeat(128), &"v".repeat(256)).unwrap();
    tag("empty", "").unwrap();
    refused_as(tag(&"k".repeat(129), "v"), TOO_LONG);
    refused_as(tag("", "v"), TOO_LONG);
    refused_as(tag("k", &"v".repeat(257)), TOO_LONG);
    for number in 0..48 {
        tag(&format!("k{number}"), "v").unwrap();
    }
    refused_as(tag("one-more", "v"), "InvalidParameterException");
    tag("k0", "another").unwrap();
    let untag = |key: &str| house.root.untag_resource(UntagResource::new("s", vec![key.into()]));
    untag(&"k".repeat(128)).unwrap();
    refused_as(untag(&"k".repeat(129)), TOO_LONG);
    tag("one-more", "v").unwrap();
    for key in ["aws:x", "AWS:x", "Aws:"] {
        refused_as(tag(key, "v"), "InvalidParameterException");
    }
}

#[test]
fn a_rotation_token_has_36_to_256_letters_digits_and_hyphens() {
    let house = house();
    house.secret("s", "v");
    let put = |shown: &str| house.root.put_secret_value(PutSecretValue::text("s", "w").rotation_token(shown));
    for shown in ["t".repeat(36), "t".repeat(256), "aZ0-".repeat(9)] {
        put(&shown).unwrap();
    }
    for shown in ["t".repeat(35), "t".repeat(257), "t_".repeat(20), " ".repeat(36), String::new()] {
        refused_as(put(&shown), TOO_LONG);
    }
}

#[test]
fn a_day_takes_a_thousand_versions_of_one_secret_and_the_next_day_more() {
    let house = house();
    house.secret("s", "v");
    for _ in 1..1_000 {
        house.root.put_secret_value(PutSecretValue::text("s", "w")).unwrap();
    }
    refused_as(house.root.put_secret_value(PutSecretValue::text("s", "x")), "LimitExceededException");
    refused_as(house.root.update_secret(UpdateSecret::text("s", "x")), "LimitExceededException");
    assert_eq!(house.root.get_secret_value("s").unwrap().value(), b"w", "nothing of it was kept");
    house.root.update_secret(UpdateSecret::new("s").description("no version")).unwrap();
    house.advance_days(1);
    house.root.put_secret_value(PutSecretValue::text("s", "x")).unwrap();
    assert_eq!(house.root.get_secret_value("s").unwrap().value(), b"x");
}

#[test]
fn characters_to_leave_out_of_a_password_are_4_096() {
    let house = house();
    let ask = |len: usize| house.root.get_random_password(GetRandomPassword::new().exclude_characters("x".repeat(len)));
    ask(4_096).unwrap();
    refused_as(ask(4_097), TOO_LONG);
}

#[test]
fn a_region_is_named_as_regions_are() {
    let house = house();
    for region in ["", "eu", "EU-WEST-1", "eu-west-", "eu_west_1", &"a-".repeat(65)] {
        let request = CreateSecret::text("s", "v").add_replica_regions(vec![ReplicaRegion::new(region)]);
        refused_as(house.root.create_secret(request), TOO_LONG);
    }
    let request = CreateSecret::text("s", "v").add_replica_regions(Vec::<ReplicaRegion>::new());
    refused_as(house.root.create_secret(request), TOO_LONG);
}

#[test]
fn violations_are_told_before_names_and_names_before_rights() {
    let house = house();
    let nobody = house.user("nobody");
    let both_wrong = PutSecretValue::text("no name", "v").client_request_token("short");
    let error = nobody.put_secret_value(both_wrong).unwrap_err();
    let text = error.message().to_string();
    assert!(text.starts_with("1 validation error detected: ") && text.contains("'clientRequestToken'"), "{text}");
    // Of a name that is none nobody needs a right to hear.
    let invalid =
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!";
    refused(nobody.put_secret_value(PutSecretValue::text("no name", "v")), "ValidationException", invalid);
    // Of a name that could be one, nothing is told before the decision.
    denied(
        nobody.put_secret_value(PutSecretValue::text("missing", "v")),
        &user_arn("nobody"),
        "secretsmanager:PutSecretValue",
        Some("missing"),
    );
    refused(house.root.put_secret_value(PutSecretValue::text("missing", "v")), "ResourceNotFoundException", NOT_FOUND);
}
