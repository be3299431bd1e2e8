//! Idempotency: what the same token means the second time.

use strongroom::operation::secretsmanager::{
    CreateSecret, DeleteSecret, GetSecretValue, ListSecretVersionIds, PutSecretValue, UpdateSecret,
    UpdateSecretVersionStage,
};

use crate::common::*;

fn create(name: &str, value: &str, number: u32) -> CreateSecret {
    CreateSecret::text(name, value).client_request_token(token(number))
}
fn put(value: &str, number: u32) -> PutSecretValue {
    PutSecretValue::text("s", value).client_request_token(token(number))
}
fn update(value: &str, number: u32) -> UpdateSecret {
    UpdateSecret::text("s", value).client_request_token(token(number))
}
fn in_use(number: u32, arn: &str) -> String {
    format!(
        "You can't use ClientRequestToken {} because that value is already in use for a version of secret {arn}.",
        token(number)
    )
}

#[test]
fn s43_a_create_again_answers_as_the_first_time_and_changes_nothing() {
    let house = house();
    let first = house.root.create_secret(create("s", "v", 1).description("first")).unwrap();
    let before = house.root.describe_secret("s").unwrap();
    house.clock.advance_millis(60_000);
    // Description and tags of the repeat are not compared.
    let again = house.root.create_secret(create("s", "v", 1).description("second")).unwrap();
    assert_eq!((again.arn, again.name, again.version_id), (first.arn, first.name, first.version_id));
    assert_eq!(house.root.describe_secret("s").unwrap(), before);
}

#[test]
fn a_create_again_with_another_value_or_token_is_refused() {
    let house = house();
    let arn = house.root.create_secret(create("s", "v", 1)).unwrap().arn;
    refused(house.root.create_secret(create("s", "w", 1)), "ResourceExistsException", &in_use(1, &arn));
    let exists = "The operation failed because the secret s already exists.";
    refused(house.root.create_secret(create("s", "v", 2)), "ResourceExistsException", exists);
    refused(house.root.create_secret(CreateSecret::text("s", "v")), "ResourceExistsException", exists);
    refused(house.root.create_secret(CreateSecret::new("s")), "ResourceExistsException", exists);
    // The same bytes of the other kind are another value.
    let bytes = CreateSecret::binary("s", &b"v"[..]).client_request_token(token(1));
    refused(house.root.create_secret(bytes), "ResourceExistsException", &in_use(1, &arn));
    assert_eq!(house.root.get_secret_value("s").unwrap().value(), b"v");
}

#[test]
fn a_create_again_is_known_by_any_version_of_the_secret() {
    let house = house();
    house.root.create_secret(create("s", "v", 1)).unwrap();
    house.root.put_secret_value(put("w", 2)).unwrap();
    assert_eq!(house.root.create_secret(create("s", "v", 1)).unwrap().version_id.as_deref(), Some(token(1).as_str()));
    assert_eq!(house.root.create_secret(create("s", "w", 2)).unwrap().version_id.as_deref(), Some(token(2).as_str()));
    assert_eq!(house.root.get_secret_value("s").unwrap().value(), b"w");
}

#[test]
fn s43_a_put_again_changes_nothing_and_answers_the_present_labels() {
    let house = house();
    house.root.create_secret(create("s", "one", 1)).unwrap();
    house.root.put_secret_value(put("two", 2)).unwrap();
    house.root.put_secret_value(put("three", 3)).unwrap();
    let before = house.root.describe_secret("s").unwrap();
    house.clock.advance_millis(60_000);
    // Once current, now previous: it does not become current again.
    let again = house.root.put_secret_value(put("two", 2)).unwrap();
    assert_eq!(again.version_stages, ["AWSPREVIOUS"]);
    // Once current, now without labels.
    assert!(house.root.put_secret_value(put("one", 1)).unwrap().version_stages.is_empty());
    // Labels that the repeat asks for are not given.
    let labels: Vec<strongroom::name::Text> = vec!["AWSCURRENT".into(), "mine".into()];
    let again = house.root.put_secret_value(put("two", 2).version_stages(labels)).unwrap();
    assert_eq!(again.version_stages, ["AWSPREVIOUS"]);
    assert_eq!(house.root.describe_secret("s").unwrap(), before);
    assert_eq!(house.root.get_secret_value("s").unwrap().value(), b"three");
}

#[test]
fn a_put_or_update_with_a_token_of_another_value_is_refused() {
    let house = house();
    let arn = house.root.create_secret(create("s", "one", 1)).unwrap().arn;
    house.root.put_secret_value(put("two", 2)).unwrap();
    for number in [1, 2] {
        refused(house.root.put_secret_value(put("other", number)), "ResourceExistsException", &in_use(number, &arn));
        refused(house.root.update_secret(update("other", number)), "ResourceExistsException", &in_use(number, &arn));
    }
    let bytes = PutSecretValue::binary("s", &b"one"[..]).client_request_token(token(1));
    refused(house.root.put_secret_value(bytes), "ResourceExistsException", &in_use(1, &arn));
    let longer = house.root.put_secret_value(put("one ", 1));
    refused(longer, "ResourceExistsException", &in_use(1, &arn));
    let list = house.root.list_secret_version_ids(ListSecretVersionIds::new("s")).unwrap();
    assert_eq!(list.versions.len(), 2);
}

#[test]
fn an_update_again_with_its_value_succeeds_and_changes_nothing() {
    let house = house();
    house.root.create_secret(create("s", "one", 1)).unwrap();
    house.root.update_secret(update("two", 2).description("words")).unwrap();
    house.root.update_secret(update("three", 3)).unwrap();
    let before = house.root.describe_secret("s").unwrap();
    house.clock.advance_millis(60_000);
    let again = house.root.update_secret(update("two", 2).description("other words")).unwrap();
    assert_eq!(again.version_id.as_deref(), Some(token(2).as_str()));
    assert_eq!(house.root.describe_secret("s").unwrap(), before);
}

#[test]
fn an_update_without_a_value_takes_any_token() {
    let house = house();
    house.root.create_secret(create("s", "one", 1)).unwrap();
    let answer =
        house.root.update_secret(UpdateSecret::new("s").client_request_token(token(1)).description("d")).unwrap();
    assert!(answer.version_id.is_none());
    assert_eq!(house.root.describe_secret("s").unwrap().description.as_deref(), Some("d"));
}

#[test]
fn a_token_belongs_to_one_secret_only() {
    let house = house();
    house.root.create_secret(create("a", "one", 1)).unwrap();
    house.root.create_secret(create("b", "two", 1)).unwrap();
    assert_eq!(house.root.get_secret_value(GetSecretValue::new("a").version_id(token(1))).unwrap().value(), b"one");
    assert_eq!(house.root.get_secret_value(GetSecretValue::new("b").version_id(token(1))).unwrap().value(), b"two");
}

#[test]
fn s15_a_secret_made_again_knows_no_token_of_the_old_one() {
    let house = house();
    house.root.create_secret(create("s", "old", 1)).unwrap();
    house.root.delete_secret(DeleteSecret::new("s").force_delete_without_recovery(true)).unwrap();
    let made = house.root.create_secret(create("s", "new", 1)).unwrap();
    assert_eq!(made.version_id.as_deref(), Some(token(1).as_str()));
    assert_eq!(house.root.get_secret_value("s").unwrap().value(), b"new");
    refused_as(house.root.create_secret(create("s", "old", 1)), "ResourceExistsException");
}

#[test]
fn a_put_again_after_its_version_moved_on_leaves_the_labels() {
    let house = house();
    house.root.create_secret(create("s", "one", 1)).unwrap();
    let labels: Vec<strongroom::name::Text> = vec!["AWSPENDING".into()];
    let pending = || put("two", 2).version_stages(labels.clone());
    assert_eq!(house.root.put_secret_value(pending()).unwrap().version_stages, ["AWSPENDING"]);
    let promote =
        UpdateSecretVersionStage::new("s", "AWSCURRENT").remove_from_version_id(token(1)).move_to_version_id(token(2));
    house.root.update_secret_version_stage(promote).unwrap();
    assert_eq!(house.root.put_secret_value(pending()).unwrap().version_stages, ["AWSCURRENT", "AWSPENDING"]);
}
