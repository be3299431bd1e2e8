//! Values: sizes, kinds, versions, what Create, Put, Get, Update and Describe answer.

use strongroom::ErrorKind;
use strongroom::operation::secretsmanager::{
    CreateSecret, DescribeSecret, GetSecretValue, ListSecretVersionIds, PutSecretValue, UpdateSecret,
};
use strongroom::{SecretBytes, SecretText};

use crate::common::*;

const BOTH: &str = "You can't specify both a binary secret value and a string secret value in the same secret.";
const NONE: &str = "You must provide either SecretString or SecretBinary.";

fn text_of(len: usize) -> SecretText {
    SecretText::from("x".repeat(len))
}

#[test]
fn a_created_secret_answers_its_arn_its_name_and_its_version() {
    let house = house();
    let request = CreateSecret::text("prod/db", "hunter2").client_request_token(token(1));
    let made = house.root.create_secret(request).unwrap();
    assert_eq!(made.name, "prod/db");
    assert_eq!(made.version_id.as_deref(), Some(token(1).as_str()));
    assert!(made.replication_status.is_none());
    let (head, suffix) = made.arn.rsplit_once('-').unwrap();
    assert_eq!(head, "arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db");
    assert!(suffix.len() == 6 && suffix.bytes().all(|letter| letter.is_ascii_alphanumeric()), "{suffix}");
}

#[test]
fn a_read_answers_the_value_and_everything_about_its_version() {
    let house = house();
    let arn = house.secret("db", "first");
    house.clock.advance_millis(5_000);
    house.root.put_secret_value(PutSecretValue::text("db", "second").client_request_token(token(2))).unwrap();
    let read = house.root.get_secret_value("db").unwrap();
    assert_eq!(read.arn, *arn);
    assert_eq!(read.name, "db");
    assert_eq!(read.version_id, token(2).as_str());
    assert_eq!(read.secret_string.as_ref().unwrap().expose(), "second");
    assert!(read.secret_binary.is_none());
    assert_eq!(read.version_stages.as_deref().unwrap(), ["AWSCURRENT"]);
    // The version's, not the secret's.
    assert_eq!(read.created_date, Some(NOW.plus_millis(5_000)));
}

#[test]
fn binary_values_come_back_as_bytes_and_text_as_text() {
    let house = house();
    let bytes: Vec<u8> = (0..=255).collect();
    house.root.create_secret(CreateSecret::binary("blob", bytes.as_slice())).unwrap();
    let read = house.root.get_secret_value("blob").unwrap();
    assert!(read.secret_string.is_none());
    assert_eq!(read.secret_binary.as_ref().unwrap().expose(), bytes);
    // The kind may change from version to version.
    house.root.put_secret_value(PutSecretValue::text("blob", "\u{1F511} täxt")).unwrap();
    let read = house.root.get_secret_value("blob").unwrap();
    assert_eq!(read.secret_string.as_ref().unwrap().expose(), "\u{1F511} täxt");
    let before = house.root.get_secret_value(GetSecretValue::new("blob").version_stage("AWSPREVIOUS")).unwrap();
    assert_eq!(before.secret_binary.as_ref().unwrap().expose(), bytes);
}

#[test]
fn a_value_of_65_536_bytes_is_kept_and_one_byte_more_is_refused() {
    let house = house();
    let largest = "y".repeat(65_536);
    house.root.create_secret(CreateSecret::text("large", largest.as_str())).unwrap();
    assert_eq!(house.root.get_secret_value("large").unwrap().value(), largest.as_bytes());
    let binary = vec![0xA5_u8; 65_536];
    house.root.put_secret_value(PutSecretValue::binary("large", binary.as_slice())).unwrap();
    assert_eq!(house.root.get_secret_value("large").unwrap().value(), binary);

    let above = "1 validation error detected: Value at 'secretString' failed to satisfy constraint: \
                 Member must have length less than or equal to 65536";
    refused(house.root.create_secret(CreateSecret::text("larger", text_of(65_537))), "ValidationException", above);
    refused(house.root.put_secret_value(PutSecretValue::text("large", text_of(65_537))), "ValidationException", above);
    refused(house.root.update_secret(UpdateSecret::text("large", text_of(65_537))), "ValidationException", above);
    let binary = vec![0_u8; 65_537];
    let above = above.replace("secretString", "secretBinary");
    refused(house.root.create_secret(CreateSecret::binary("larger", binary.as_slice())), "ValidationException", &above);
    // Bytes count, not characters: 32,769 letters of two bytes each are too many.
    let letters = SecretText::from("ä".repeat(32_769));
    refused_as(house.root.put_secret_value(PutSecretValue::text("large", letters)), "ValidationException");
    // Nothing of it was kept.
    refused(house.root.get_secret_value("larger"), "ResourceNotFoundException", NOT_FOUND);
    assert_eq!(house.root.get_secret_value("large").unwrap().value().len(), 65_536);
}

#[test]
fn an_empty_value_is_refused() {
    let house = house();
    let short = "1 validation error detected: Value at 'secretString' failed to satisfy constraint: \
                 Member must have length greater than or equal to 1";
    refused(house.root.create_secret(CreateSecret::text("a", "")), "ValidationException", short);
    house.secret("a", "1");
    refused(house.root.put_secret_value(PutSecretValue::text("a", "")), "ValidationException", short);
    refused(
        house.root.put_secret_value(PutSecretValue::binary("a", SecretBytes::from(&[][..]))),
        "ValidationException",
        &short.replace("secretString", "secretBinary"),
    );
    assert_eq!(house.root.get_secret_value("a").unwrap().value(), b"1");
}

#[test]
fn text_and_bytes_together_are_refused_and_so_is_a_put_of_nothing() {
    let house = house();
    house.secret("a", "1");
    let both = || (SecretText::from("t"), SecretBytes::from(&b"b"[..]));
    let (text, bytes) = both();
    refused(
        house.root.create_secret(CreateSecret::new("b").secret_string(text).secret_binary(bytes)),
        "InvalidParameterException",
        BOTH,
    );
    let (text, bytes) = both();
    refused(
        house.root.put_secret_value(PutSecretValue::new("a").secret_string(text).secret_binary(bytes)),
        "InvalidParameterException",
        BOTH,
    );
    let (text, bytes) = both();
    refused(
        house.root.update_secret(UpdateSecret::new("a").secret_string(text).secret_binary(bytes)),
        "InvalidParameterException",
        BOTH,
    );
    refused(house.root.put_secret_value(PutSecretValue::new("a")), "InvalidRequestException", NONE);
    refused(house.root.describe_secret("b"), "ResourceNotFoundException", NOT_FOUND);
}

#[test]
fn a_secret_without_a_value_has_no_version_and_nothing_to_read() {
    let house = house();
    let made = house.root.create_secret(CreateSecret::new("empty")).unwrap();
    assert!(made.version_id.is_none());
    let shown = house.root.describe_secret("empty").unwrap();
    // Exactly ARN, Name, CreatedDate, LastChangedDate.
    let mut bare = strongroom::operation::secretsmanager::DescribeSecretResponse::new(made.arn, "empty");
    bare.created_date = Some(NOW);
    bare.last_changed_date = Some(NOW);
    assert_eq!(shown, bare);
    refused(
        house.root.get_secret_value("empty"),
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    );
    assert!(house.root.list_secret_version_ids(ListSecretVersionIds::new("empty")).unwrap().versions.is_empty());
}

#[test]
fn a_fresh_secret_is_described_by_five_members_and_no_more() {
    let house = house();
    let request = CreateSecret::text("fresh", "1").client_request_token(token(1)).description("");
    let made = house.root.create_secret(request).unwrap();
    let mut bare = strongroom::operation::secretsmanager::DescribeSecretResponse::new(made.arn, "fresh");
    bare.created_date = Some(NOW);
    bare.last_changed_date = Some(NOW);
    bare.version_ids_to_stages = Some([(token(1).into(), vec!["AWSCURRENT".into()])].into_iter().collect());
    assert_eq!(house.root.describe_secret("fresh").unwrap(), bare);
}

#[test]
fn an_update_changes_what_was_sent_and_nothing_else() {
    let house = house();
    let create = CreateSecret::text("a", "1").client_request_token(token(1)).description("old words");
    let arn = house.root.create_secret(create).unwrap().arn;

    // Nothing sent: success, nothing changes, no version named.
    house.clock.advance_millis(1_000);
    let before = house.root.describe_secret("a").unwrap();
    let answer = house.root.update_secret(UpdateSecret::new("a")).unwrap();
    assert_eq!((answer.arn, answer.name.as_str(), answer.version_id), (arn.clone(), "a", None));
    assert_eq!(house.root.describe_secret("a").unwrap(), before);

    // A description alone makes no version.
    house.root.update_secret(UpdateSecret::new("a").description("new words")).unwrap();
    let shown = house.root.describe_secret("a").unwrap();
    assert_eq!(shown.description.as_deref(), Some("new words"));
    assert_eq!(shown.version_ids_to_stages, before.version_ids_to_stages);
    assert_eq!(shown.created_date, Some(NOW));
    assert_eq!(shown.last_changed_date, Some(NOW.plus_millis(1_000)));

    // A value alone leaves the description.
    let answer = house.root.update_secret(UpdateSecret::text("a", "2").client_request_token(token(2))).unwrap();
    assert_eq!(answer.version_id.as_deref(), Some(token(2).as_str()));
    assert_eq!(house.root.get_secret_value("a").unwrap().value(), b"2");
    assert_eq!(house.root.describe_secret("a").unwrap().description.as_deref(), Some("new words"));

    // An empty description clears it.
    house.root.update_secret(UpdateSecret::new("a").description("")).unwrap();
    assert_eq!(house.root.describe_secret("a").unwrap().description, None);
}

#[test]
fn an_unchanged_value_still_makes_a_version_and_moves_the_date() {
    let house = house();
    house.secret("a", "same");
    house.clock.advance_millis(2_000);
    house.root.update_secret(UpdateSecret::text("a", "same")).unwrap();
    let shown = house.root.describe_secret("a").unwrap();
    assert_eq!(shown.last_changed_date, Some(NOW.plus_millis(2_000)));
    assert_eq!(shown.version_ids_to_stages.unwrap().len(), 2);
}

#[test]
fn callers_in_rust_get_a_token_for_every_request_that_needs_one() {
    let house = house();
    let first = house.root.create_secret(CreateSecret::text("a", "1")).unwrap().version_id.unwrap();
    let second = house.root.put_secret_value(PutSecretValue::text("a", "1")).unwrap().version_id;
    let third = house.root.update_secret(UpdateSecret::text("a", "1")).unwrap().version_id.unwrap();
    // Three random UUIDs: equal values do not make equal tokens.
    let all = [&first, &second, &third];
    assert!(all.iter().all(|id| id.len() == 36 && id.as_bytes()[14] == b'4'), "{all:?}");
    assert!(first != second && second != third && first != third);
    // A request without a value gets one too, which serves nothing.
    assert!(house.root.create_secret(CreateSecret::new("b")).unwrap().version_id.is_none());
}

#[test]
fn a_token_of_the_wrong_length_is_refused() {
    let house = house();
    house.secret("a", "1");
    let short = format!(
        "1 validation error detected: Value '{}' at 'clientRequestToken' failed to satisfy constraint: \
         Member must have length greater than or equal to 32",
        "t".repeat(31)
    );
    let put = |length: usize| PutSecretValue::text("a", "2").client_request_token("t".repeat(length));
    refused(house.root.put_secret_value(put(31)), "ValidationException", &short);
    refused_as(house.root.put_secret_value(put(65)), "ValidationException");
    refused_as(house.root.create_secret(CreateSecret::text("b", "2").client_request_token("")), "ValidationException");
    house.root.put_secret_value(put(32)).unwrap();
    house.root.put_secret_value(put(64)).unwrap();
}

#[test]
fn all_violations_of_a_request_are_told_together_and_the_value_of_none_that_is_secret() {
    let house = house();
    let request = CreateSecret::text("", text_of(65_537)).client_request_token("short").description("d".repeat(2_049));
    let error = house.root.create_secret(request).unwrap_err();
    let text = error.message().to_string();
    assert_eq!((error.code(), error.kind(), error.status()), ("ValidationException", ErrorKind::InvalidRequest, 400));
    assert!(text.starts_with("4 validation errors detected: "), "{text}");
    for member in ["'name'", "'clientRequestToken'", "'description'", "'secretString'"] {
        assert!(text.contains(member), "{member} in {text}");
    }
    assert!(!text.contains("xxxx"), "the value is not told");
}

#[test]
fn versions_are_read_by_id_by_label_and_by_both_if_they_agree() {
    let house = house();
    house.root.create_secret(CreateSecret::text("a", "1").client_request_token(token(1))).unwrap();
    house.root.put_secret_value(PutSecretValue::text("a", "2").client_request_token(token(2))).unwrap();
    let get = |id: Option<u32>, stage: Option<&str>| {
        let mut request = GetSecretValue::new("a");
        request.version_id = id.map(|id| token(id).into());
        request.version_stage = stage.map(Into::into);
        house.root.get_secret_value(request)
    };
    assert_eq!(get(Some(1), None).unwrap().value(), b"1");
    assert_eq!(get(None, Some("AWSPREVIOUS")).unwrap().value(), b"1");
    assert_eq!(get(Some(2), Some("AWSCURRENT")).unwrap().value(), b"2");
    refused(
        get(Some(1), Some("AWSCURRENT")),
        "InvalidRequestException",
        "You provided a VersionStage that is not associated to the provided VersionId.",
    );
    refused(
        get(Some(9), None),
        "ResourceNotFoundException",
        &format!("Secrets Manager can't find the specified secret value for VersionId: {}", token(9)),
    );
    refused(
        get(None, Some("AWSPENDING")),
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: AWSPENDING",
    );
    // Labels are case-sensitive.
    refused(
        get(None, Some("awscurrent")),
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: awscurrent",
    );
    refused_as(get(Some(9), Some("AWSCURRENT")), "ResourceNotFoundException");
}

#[test]
fn versions_are_listed_by_age_with_their_key_and_without_what_they_lack() {
    let house = house();
    house.root.create_secret(CreateSecret::text("a", "1").client_request_token(token(3))).unwrap();
    for (later, id) in [(1, 2), (2, 1)] {
        house.clock.advance_millis(later);
        house.root.put_secret_value(PutSecretValue::text("a", "v").client_request_token(token(id))).unwrap();
    }
    let list = |deprecated: bool| {
        let request = ListSecretVersionIds::new("a").include_deprecated(deprecated);
        let answer = house.root.list_secret_version_ids(request).unwrap();
        let shown = answer.versions.iter().map(|version| {
            assert_eq!(version.kms_key_ids, ["DefaultEncryptionKey"]);
            assert!(version.last_accessed_date.is_none());
            let stages = version.version_stages.as_ref().map(|stages| stages.iter().map(ToString::to_string).collect());
            (version.version_id.to_string(), stages)
        });
        shown.collect::<Vec<(String, Option<Vec<String>>)>>()
    };
    let labelled = |id: u32, label: &str| (token(id), Some(vec![label.to_owned()]));
    assert_eq!(list(false), [labelled(2, "AWSPREVIOUS"), labelled(1, "AWSCURRENT")]);
    assert_eq!(list(true), [(token(3), None), labelled(2, "AWSPREVIOUS"), labelled(1, "AWSCURRENT")]);
    // A version without labels is not in the map, and still read by its id, without a list of labels.
    let map = house.root.describe_secret("a").unwrap().version_ids_to_stages.unwrap();
    assert!(!map.contains_key(token(3).as_str()));
    let read = house.root.get_secret_value(GetSecretValue::new("a").version_id(token(3))).unwrap();
    assert_eq!((read.value(), read.version_stages.is_none()), (&b"1"[..], true));
}

#[test]
fn members_that_are_not_served_are_refused_and_not_ignored() {
    let house = house();
    house.secret("a", "1");
    let create = || CreateSecret::text("b", "1");
    let abroad = create().cross_account_primary_arn(secret_arn("there", "abcdef"));
    refused_as(house.root.create_secret(abroad), "InvalidParameterException");
    refused_as(house.root.describe_secret(DescribeSecret::new("b")), "ResourceNotFoundException");
}
