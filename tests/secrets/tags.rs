//! Tags.

use strongroom::operation::secretsmanager::{CreateSecret, Tag, TagResource, UntagResource};

use crate::common::*;

fn tag(house: &House, tags: &[(&str, &str)]) -> Result<(), strongroom::Error> {
    let tags: Vec<Tag> = tags.iter().map(|(key, value)| Tag::new(*key, *value)).collect();
    house.root.tag_resource(TagResource::new("s", tags)).map(drop)
}
fn untag(house: &House, keys: &[&str]) -> Result<(), strongroom::Error> {
    let keys: Vec<strongroom::name::Text> = keys.iter().map(|key| (*key).into()).collect();
    house.root.untag_resource(UntagResource::new("s", keys)).map(drop)
}
fn shown(house: &House) -> Option<Vec<(String, String)>> {
    let tags = house.root.describe_secret("s").unwrap().tags?;
    Some(tags.iter().map(|tag| (tag.key.to_string(), tag.value.to_string())).collect())
}
fn pairs(pairs: &[(&str, &str)]) -> Option<Vec<(String, String)>> {
    Some(pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
}

#[test]
fn tags_merge_and_keep_their_order() {
    let house = house();
    house.secret("s", "v");
    assert_eq!(shown(&house), None, "never tagged");
    tag(&house, &[("b", "1"), ("a", "2")]).unwrap();
    tag(&house, &[("c", "3"), ("b", "4")]).unwrap();
    assert_eq!(shown(&house), pairs(&[("b", "4"), ("a", "2"), ("c", "3")]));
    // Case counts.
    tag(&house, &[("B", "5")]).unwrap();
    assert_eq!(shown(&house), pairs(&[("b", "4"), ("a", "2"), ("c", "3"), ("B", "5")]));
}

#[test]
fn after_the_last_tag_is_removed_the_list_is_there_and_empty() {
    let house = house();
    house.secret("s", "v");
    untag(&house, &["never"]).unwrap();
    assert_eq!(shown(&house), None);
    tag(&house, &[("a", "")]).unwrap();
    untag(&house, &["A", "b"]).unwrap();
    assert_eq!(shown(&house), pairs(&[("a", "")]), "keys of other case or none at all change nothing");
    untag(&house, &["a", "a"]).unwrap();
    assert_eq!(shown(&house), pairs(&[]));
}

#[test]
fn an_empty_list_of_tags_tags_nothing() {
    let house = house();
    house.root.create_secret(CreateSecret::text("s", "v").tags(Vec::new())).unwrap();
    assert_eq!(shown(&house), None, "no tag was ever set");
    tag(&house, &[]).unwrap();
    assert_eq!(shown(&house), None);
}

#[test]
fn reserved_repeated_and_too_many_tags_are_refused_and_nothing_of_the_request_is_kept() {
    let house = house();
    house.secret("s", "v");
    tag(&house, &[("kept", "1")]).unwrap();
    let fifty: Vec<(String, String)> = (0..50).map(|number| (format!("k{number}"), String::new())).collect();
    let fifty: Vec<(&str, &str)> = fifty.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    for tags in [
        &[("new", "1"), ("aws:x", "2")][..],
        &[("new", "1"), ("AWS:x", "2")],
        &[("new", "1"), ("Aws:", "2")],
        &[("new", "1"), ("new", "2")],
        &[("new", "1"), ("new", "1")],
        &[("new", "1"), ("bad*", "2")],
        &[("new", "1"), ("bad", "${aws:username}")],
        &fifty,
    ] {
        refused_as(tag(&house, tags), "InvalidParameterException");
    }
    refused_as(tag(&house, &[("", "v")]), "ValidationException");
    refused_as(tag(&house, &[(&"k".repeat(129), "v")]), "ValidationException");
    refused_as(tag(&house, &[("k", &"v".repeat(257))]), "ValidationException");
    assert_eq!(shown(&house), pairs(&[("kept", "1")]));
    // 49 more are the most.
    tag(&house, &fifty[1..]).unwrap();
    refused_as(tag(&house, &[("one-more", "")]), "InvalidParameterException");
    tag(&house, &[("kept", "changed")]).unwrap();
    tag(&house, &[(&"k".repeat(128), &"v".repeat(256))]).unwrap_err();
    untag(&house, &["k7"]).unwrap();
    tag(&house, &[(&"k".repeat(128), &"v".repeat(256))]).unwrap();
}

#[test]
fn a_create_with_tags_needs_the_right_to_tag() {
    let house = house();
    let maker = house.user_with("maker", allow("secretsmanager:CreateSecret", "*"));
    let request = || CreateSecret::text("s", "v").tags(vec![Tag::new("a", "1")]);
    denied(maker.create_secret(request()), &user_arn("maker"), "secretsmanager:TagResource", Some("s"));
    refused_as(house.root.describe_secret("s"), "ResourceNotFoundException");
    house.set_policy("maker", allow("secretsmanager:CreateSecret secretsmanager:TagResource", "*"));
    maker.create_secret(request()).unwrap();
    // Without tags it is not asked for.
    house.set_policy("maker", allow("secretsmanager:CreateSecret", "*"));
    maker.create_secret(CreateSecret::text("t", "v")).unwrap();
}

#[test]
fn a_change_of_tags_that_takes_the_callers_own_right_away_is_refused() {
    let house = house();
    house.secret("s", "v");
    tag(&house, &[("team", "red")]).unwrap();
    let red = allow_if(
        "secretsmanager:TagResource secretsmanager:UntagResource",
        "*",
        r#""StringEquals":{"aws:ResourceTag/team":"red"}"#,
    );
    let red = house.user_with("red", red);
    let set = |key: &str, value: &str| red.tag_resource(TagResource::new("s", vec![Tag::new(key, value)]));
    refused_as(set("team", "blue"), "AccessDeniedException");
    refused_as(red.untag_resource(UntagResource::new("s", vec!["team".into()])), "AccessDeniedException");
    assert_eq!(shown(&house), pairs(&[("team", "red")]));
    set("team", "red").unwrap();
    set("other", "x").unwrap();
    // Somebody who has the right anyway may.
    tag(&house, &[("team", "blue")]).unwrap();
    denied(set("other", "y"), &user_arn("red"), "secretsmanager:TagResource", Some("s"));
}

#[test]
fn tags_of_the_request_and_their_keys_are_asked_for_in_policies() {
    let house = house();
    house.secret("s", "v");
    let condition =
        r#""StringEquals":{"aws:RequestTag/env":"test"},"ForAllValues:StringEquals":{"aws:TagKeys":["env","team"]}"#;
    let tagger = house.user_with("tagger", allow_if("secretsmanager:*", "*", condition));
    let set = |tags: &[(&str, &str)]| {
        let tags: Vec<Tag> = tags.iter().map(|(key, value)| Tag::new(*key, *value)).collect();
        tagger.tag_resource(TagResource::new("s", tags))
    };
    refused_as(set(&[("env", "prod")]), "AccessDeniedException");
    refused_as(set(&[("team", "red")]), "AccessDeniedException");
    refused_as(set(&[("env", "test"), ("cost", "1")]), "AccessDeniedException");
    set(&[("env", "test"), ("team", "red")]).unwrap();
    set(&[("env", "test")]).unwrap();
    refused_as(tagger.untag_resource(UntagResource::new("s", vec!["env".into()])), "AccessDeniedException");
}
