//! Goal: names, identifiers, deletion and repeated requests as section 2, 6 and 7 of the Secrets Manager rules have them,
//! with AWS's exact texts; every way to be refused.

use super::*;
use crate::error::ErrorKind;
use crate::model::draw::tests::counting;
use crate::model::version::{NewVersion, SealedAt, VERSIONS_MAX};

fn home() -> Home {
    Home { account: Text::from("000000000000"), region: Text::from("us-east-1") }
}
fn row(name: &str) -> SecretRow {
    SecretRow::new(Text::from(name), arn(&home(), name, "AbCdEf"), Timestamp::default())
}
fn row_with_version(id: &str) -> SecretRow {
    let mut row = row("s");
    let value = SealedAt { key: [1; 16], multi_region: false, material: 1, sequence: 1, binary: false };
    let new = NewVersion { id: Text::from(id), created: Timestamp::default(), value };
    row.put_version(new, &[], VERSIONS_MAX).unwrap();
    row
}
fn row_with_empty_version(id: &str, labels: &[&str]) -> SecretRow {
    let mut row = row_with_version(id);
    row.versions[0].value = None;
    row.versions[0].labels = labels.iter().map(|label| Text::from(*label)).collect();
    row
}
#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Error>, code: &str, text: &str) {
    let error = result.unwrap_err();
    assert_eq!((error.code(), error.message().to_string().as_str()), (code, text));
}
const NOT_FOUND: &str = "Secrets Manager can't find the specified secret.";
const INVALID_NAME: &str =
    "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!";
const ARN_HEAD: &str = "arn:aws:secretsmanager:us-east-1:000000000000:secret:";

#[test]
fn a_name_may_hold_letters_digits_and_six_signs_up_to_512() {
    for name in ["a", "/lead", "prod/db-1_x+y=z.q@w", "0", &"n".repeat(512), "x-AbCdEf"] {
        check_new_name(name).unwrap();
        assert_eq!(SecretId::parse(name, &home()).unwrap(), SecretId::Named(name));
    }
}
#[test]
fn any_other_character_in_a_name_is_refused_in_awss_words() {
    for name in ["", "a b", "a:b", "a*", "a?", "ä", "a\n", "a\0", "a\\b", "a#", "a(b)", "a$", "secret\u{200b}"] {
        refused(check_new_name(name), "ValidationException", INVALID_NAME);
        refused(SecretId::parse(name, &home()), "ValidationException", INVALID_NAME);
    }
}
#[test]
fn a_name_of_an_aws_service_can_be_looked_up_but_not_made() {
    assert_eq!(SecretId::parse("rds!db-1", &home()).unwrap(), SecretId::Named("rds!db-1"));
    refused(check_new_name("rds!db-1"), "ValidationException", INVALID_NAME);
    refused(check_new_name(&"n".repeat(513)), "ValidationException", INVALID_NAME);
}
#[test]
fn a_full_arn_is_looked_up_by_its_name_and_held_against_the_rows_arn() {
    let text = format!("{ARN_HEAD}prod/db-AbCdEf");
    let id = SecretId::parse(&text, &home()).unwrap();
    assert_eq!(id, SecretId::FullArn { name: "prod/db", arn: &text });
    assert_eq!(id.candidate(), Some("prod/db"));
    assert!(id.means(&row("prod/db").arn));
    assert!(!id.means(&arn(&home(), "prod/db", "AbCdEg")));
    assert!(!id.means(&arn(&home(), "prod/db", "abcdef")));
}
#[test]
fn a_partial_arn_finds_the_name_it_ends_with() {
    for name in ["prod/db", "x-a1b2", "x-a1b2c3-", "x-a1b2c34", "x-a1b2c_", "a1b2c3"] {
        let text = format!("{ARN_HEAD}{name}");
        let id = SecretId::parse(&text, &home()).unwrap();
        assert_eq!(id, SecretId::PartialArn { name, arn: &text });
        assert!(id.means(&row(name).arn));
    }
}
#[test]
fn a_name_that_ends_like_a_suffix_is_not_found_by_its_partial_arn() {
    let text = format!("{ARN_HEAD}x-a1b2c3");
    let id = SecretId::parse(&text, &home()).unwrap();
    assert_eq!(id.candidate(), Some("x"));
    assert!(!id.means(&row("x-a1b2c3").arn), "AWS takes `a1b2c3` for the suffix of `x`");
    assert!(SecretId::parse("x-a1b2c3", &home()).unwrap().means(&row("x-a1b2c3").arn));
}
#[test]
fn an_arn_of_another_account_region_partition_or_service_reaches_nothing_here() {
    let other = "arn:aws:secretsmanager:us-east-1:111111111111:secret:db-AbCdEf";
    assert_eq!(SecretId::parse(other, &home()).unwrap(), SecretId::OtherAccount { arn: other });
    for text in [
        "arn:aws:secretsmanager:eu-west-1:000000000000:secret:db-AbCdEf",
        "arn:aws:secretsmanager:eu-west-1:111111111111:secret:db-AbCdEf",
        "arn:aws-cn:secretsmanager:us-east-1:000000000000:secret:db-AbCdEf",
        "arn:aws:kms:us-east-1:000000000000:key/x",
        "arn:aws:secretsmanager:us-east-1:000000000000:db-AbCdEf",
        "arn:aws:secretsmanager:us-east-1:000000000000",
        "arn:",
        "arn::::::",
    ] {
        let id = SecretId::parse(text, &home()).unwrap();
        assert_eq!(id, SecretId::Elsewhere { arn: text });
        assert_eq!(id.candidate(), None);
        assert!(!id.means(text));
        assert_eq!(id.resource_if_absent(&home()), text);
    }
    assert!(!SecretId::parse(other, &home()).unwrap().means(other));
}
#[test]
fn an_absent_secret_is_weighed_under_the_arn_it_would_have() {
    let head = format!("{ARN_HEAD}db");
    for (text, resource) in [
        ("db".to_owned(), format!("{head}-??????")),
        (head.clone(), format!("{head}-??????")),
        (format!("{head}-AbCdEf"), format!("{head}-AbCdEf")),
    ] {
        assert_eq!(SecretId::parse(&text, &home()).unwrap().resource_if_absent(&home()), resource.as_str());
    }
}
#[test]
fn a_suffix_is_six_letters_or_digits_and_makes_a_full_arn() {
    let mut seen = std::collections::BTreeSet::new();
    let mut source = counting(1);
    for _ in 0..400 {
        let suffix = draw_suffix(&mut source).unwrap();
        let text = arn(&home(), "db", &suffix);
        assert!(matches!(SecretId::parse(&text, &home()).unwrap(), SecretId::FullArn { name: "db", .. }));
        seen.extend(suffix.chars());
    }
    assert_eq!(seen.len(), 62, "every letter and digit comes up");
}
#[test]
fn a_missing_token_is_refused_under_two_codes() {
    let text = "You must provide a ClientRequestToken value. We recommend a UUID-type value.";
    refused(need_token(None), "InvalidRequestException", text);
    refused(need_rotation_token(None), "InvalidParameterException", text);
    assert!(need_token(Some(&Text::from("t"))).is_ok() && need_rotation_token(Some(&Text::from("t"))).is_ok());
}

// Section 7.

#[test]
fn the_recovery_window_is_30_days_unless_the_request_says_7_to_30() {
    assert_eq!(Window::of(None, None).unwrap(), Window::Days(30));
    assert_eq!(Window::of(None, Some(false)).unwrap(), Window::Days(30));
    assert_eq!(Window::of(None, Some(true)).unwrap(), Window::Force);
    for days in 7..=30 {
        assert_eq!(Window::of(Some(days), None).unwrap(), Window::Days(days));
        assert_eq!(Window::of(Some(days), Some(false)).unwrap(), Window::Days(days));
    }
}
#[test]
fn a_window_outside_7_to_30_days_or_with_force_is_refused() {
    for days in [i64::MIN, -7, 0, 6, 31, i64::MAX] {
        let text = "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).";
        refused(Window::of(Some(days), None), "InvalidParameterException", text);
    }
    for days in [6, 7, 30, 31] {
        let text = "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.";
        refused(Window::of(Some(days), Some(true)), "InvalidParameterException", text);
    }
}
#[test]
fn a_scheduled_secret_refuses_until_its_window_ends_and_is_gone_from_then_on() {
    let now = Timestamp::from_secs(1_000);
    let mut row = row("s");
    assert_eq!(row.life(now), Life::Live);
    let deletion = row.schedule(now, 7);
    assert_eq!(deletion, Deletion { requested: now, due: now.plus_days(7) });
    let marked = "You can't perform this operation on the secret because it was marked for deletion.";
    for observed in [now, deletion.due.plus_millis(-1)] {
        assert_eq!(row.life(observed), Life::Scheduled(deletion));
        refused(row.live(observed), "InvalidRequestException", marked);
        assert!(row.present(observed).is_ok());
    }
    for observed in [deletion.due, deletion.due.plus_days(1)] {
        assert_eq!(row.life(observed), Life::Gone);
        refused(row.live(observed), "ResourceNotFoundException", NOT_FOUND);
        refused(row.present(observed), "ResourceNotFoundException", NOT_FOUND);
    }
    row.restore();
    assert!(row.live(deletion.due).is_ok());
    row.restore();
    assert!(row.live(deletion.due).is_ok(), "restoring a live secret has no effect");
}

// Section 6.2.

const TOKEN: &str = "token-1";
fn in_use() -> String {
    let arn = arn(&home(), "s", "AbCdEf");
    format!(
        "You can't use ClientRequestToken token-1 because that value is already in use for a version of secret {arn}."
    )
}
#[test]
fn a_create_under_a_free_name_is_new() {
    assert_eq!(repeat_of_create(None, TOKEN, true, Timestamp::default()).unwrap(), Repeat::New);
}
#[test]
fn a_create_with_the_token_of_a_version_is_compared() {
    let row = row_with_version(TOKEN);
    assert_eq!(
        repeat_of_create(Some(&row), TOKEN, true, Timestamp::default()).unwrap(),
        Repeat::Compare(&row.versions[0])
    );
}
#[test]
fn a_create_under_a_taken_name_is_refused() {
    let row = row_with_version(TOKEN);
    let text = "The operation failed because the secret s already exists.";
    for has_value in [true, false] {
        refused(
            repeat_of_create(Some(&row), "token-2", has_value, Timestamp::default()),
            "ResourceExistsException",
            text,
        );
    }
    refused(repeat_of_create(Some(&row), TOKEN, false, Timestamp::default()), "ResourceExistsException", &in_use());
}
#[test]
fn a_create_with_the_token_of_a_running_rotation_is_refused() {
    let row = row_with_empty_version(TOKEN, &["AWSPENDING"]);
    refused(repeat_of_create(Some(&row), TOKEN, true, Timestamp::default()), "ResourceExistsException", &in_use());
}
#[test]
fn a_create_under_a_scheduled_name_is_refused_whatever_the_token_and_free_when_the_window_is_over() {
    let mut row = row_with_version(TOKEN);
    let due = row.schedule(Timestamp::default(), 7).due;
    let text = "You can't create this secret because a secret with this name is already scheduled for deletion.";
    for token in [TOKEN, "token-2"] {
        refused(repeat_of_create(Some(&row), token, true, due.plus_millis(-1)), "InvalidRequestException", text);
        assert_eq!(repeat_of_create(Some(&row), token, true, due).unwrap(), Repeat::New);
    }
}
#[test]
fn a_put_or_update_with_a_new_token_is_new_and_with_a_known_one_compared() {
    let row = row_with_version(TOKEN);
    for repeat in [repeat_of_put, repeat_of_update] {
        assert_eq!(repeat(&row, "token-2").unwrap(), Repeat::New);
        assert_eq!(repeat(&row, TOKEN).unwrap(), Repeat::Compare(&row.versions[0]));
    }
}
#[test]
fn only_a_put_fills_the_empty_version_of_a_rotation_and_only_while_it_is_pending() {
    let pending = row_with_empty_version(TOKEN, &["AWSPENDING"]);
    assert_eq!(repeat_of_put(&pending, TOKEN).unwrap(), Repeat::Fill(&pending.versions[0]));
    refused(repeat_of_update(&pending, TOKEN), "ResourceExistsException", &in_use());
    let given_up = row_with_empty_version(TOKEN, &[]);
    refused(repeat_of_put(&given_up, TOKEN), "ResourceExistsException", &in_use());
    assert_eq!(repeat_of_put(&given_up, TOKEN).unwrap_err().kind(), ErrorKind::AlreadyExists);
}

#[test]
fn there_is_room_for_half_a_million_secrets_and_no_more() {
    assert!(check_room(0).is_ok() && check_room(499_999).is_ok());
    assert_eq!(check_room(500_000).unwrap_err().code(), "LimitExceededException");
}
