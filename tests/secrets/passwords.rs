//! GetRandomPassword.

use strongroom::operation::secretsmanager::GetRandomPassword;

use crate::common::*;

const TOO_SHORT: &str = "Password length is too short based on the required types.";
const CLASS_EMPTY: &str = "All characters of the desired type have been excluded.";
const ALL_EMPTY: &str = "All characters have been excluded from selection.";

fn ask() -> GetRandomPassword {
    GetRandomPassword::new()
}
fn drawn(house: &House, request: GetRandomPassword) -> String {
    house.root.get_random_password(request).unwrap().random_password.expose().to_owned()
}

#[test]
fn a_password_has_32_characters_of_all_four_classes_unless_told_otherwise() {
    let house = house();
    for _ in 0..50 {
        let password = drawn(&house, ask());
        assert_eq!(password.len(), 32);
        assert!(password.bytes().all(|letter| letter.is_ascii_graphic()));
        assert!(password.bytes().any(|letter| letter.is_ascii_uppercase()));
        assert!(password.bytes().any(|letter| letter.is_ascii_lowercase()));
        assert!(password.bytes().any(|letter| letter.is_ascii_digit()));
        assert!(password.bytes().any(|letter| letter.is_ascii_punctuation()));
    }
    assert_ne!(drawn(&house, ask()), drawn(&house, ask()));
}

#[test]
fn lengths_from_1_to_4096_are_taken() {
    let house = house();
    assert_eq!(drawn(&house, ask().password_length(4_096)).len(), 4_096);
    assert_eq!(drawn(&house, ask().password_length(1).require_each_included_type(false)).len(), 1);
    for length in [i64::MIN, -1, 0, 4_097, i64::MAX] {
        refused_as(house.root.get_random_password(ask().password_length(length)), "ValidationException");
    }
    for length in [1, 2, 3] {
        let outcome = house.root.get_random_password(ask().password_length(length));
        refused(outcome, "InvalidParameterException", TOO_SHORT);
    }
    refused_as(house.root.get_random_password(ask().exclude_characters("x".repeat(4_097))), "ValidationException");
}

#[test]
fn what_is_excluded_does_not_come_and_what_cannot_come_is_refused() {
    let house = house();
    let long = || ask().password_length(4_096);
    let digits = drawn(&house, long().exclude_uppercase(true).exclude_lowercase(true).exclude_punctuation(true));
    assert!(digits.bytes().all(|letter| letter.is_ascii_digit()));
    assert!(!drawn(&house, long().exclude_characters("abc!\u{e4}")).contains(['a', 'b', 'c', '!']));
    assert!(!drawn(&house, long()).contains(' '));
    assert!(drawn(&house, long().include_space(true)).contains(' '));
    let refusal = |request, text| refused(house.root.get_random_password(request), "InvalidParameterException", text);
    refusal(ask().exclude_characters("0123456789"), CLASS_EMPTY);
    assert!(!drawn(&house, long().exclude_characters("0123456789").require_each_included_type(false)).contains('7'));
    let none = || ask().exclude_numbers(true).exclude_uppercase(true).exclude_lowercase(true).exclude_punctuation(true);
    refusal(none(), ALL_EMPTY);
    assert_eq!(drawn(&house, none().include_space(true).password_length(3)), "   ");
}
