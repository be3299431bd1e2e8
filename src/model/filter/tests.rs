//! Goal: the word search as recorded from AWS, prefix search, negation, refusals, and the order of lists.

use super::*;
use crate::model::paging;

fn texts(values: &[&str]) -> Vec<Text> {
    values.iter().map(|value| Text::from(*value)).collect()
}
fn filters(asked: &[(&str, &[&str])]) -> Filters {
    let values: Vec<Vec<Text>> = asked.iter().map(|(_, values)| texts(values)).collect();
    Filters::read(asked.iter().zip(&values).map(|((key, _), values)| Asked { key: Some(key), values })).unwrap()
}
fn refused(asked: &[(Option<&str>, &[&str])]) -> (&'static str, String) {
    let values: Vec<Vec<Text>> = asked.iter().map(|(_, values)| texts(values)).collect();
    let error =
        Filters::read(asked.iter().zip(&values).map(|((key, _), values)| Asked { key: *key, values })).unwrap_err();
    (error.code(), error.message().to_string())
}
const BARE: Listed<'static> = Listed {
    name: "",
    arn: "",
    description: "",
    tags: &[],
    created: Timestamp::from_secs(0),
    last_changed: Timestamp::from_secs(0),
    last_accessed: None,
    primary_region: None,
    owning_service: None,
};
/// Which of the descriptions a description filter finds.
fn described<'a>(pattern: &str, descriptions: &[&'a str]) -> Vec<&'a str> {
    let filters = filters(&[("description", &[pattern])]);
    descriptions.iter().copied().filter(|&description| filters.admit(&Listed { description, ..BARE })).collect()
}
fn named<'a>(pattern: &str, names: &[&'a str]) -> Vec<&'a str> {
    let filters = filters(&[("name", &[pattern])]);
    names.iter().copied().filter(|&name| filters.admit(&Listed { name, ..BARE })).collect()
}
fn tag(key: &str, value: &str) -> Tag {
    Tag { key: Text::from(key), value: Text::from(value) }
}

// 9.1, recorded.

#[test]
fn every_word_of_the_pattern_begins_some_word_of_the_value() {
    let secrets = ["a secret", "an secret", "asecret", "thesecret"];
    assert_eq!(described("a", &secrets), ["a secret", "an secret", "asecret"]);
    assert_eq!(described("a secret", &secrets), ["a secret", "an secret"]);
    assert_eq!(described("secret a", &secrets), ["a secret", "an secret"]);
    assert_eq!(described("thesecret", &secrets), ["thesecret"]);
    assert_eq!(described("o t", &["one two", "one and two", "one", "two"]), ["one two", "one and two"]);
    assert_eq!(described("t", &["two", "one two", "cat"]), ["two", "one two"]);
}
#[test]
fn the_middle_of_a_word_is_not_searched() {
    assert_eq!(described("ret", &["Secret"]), [""; 0]);
    assert_eq!(described("sec", &["Secret"]), ["Secret"]);
    assert_eq!(described("secret", &["Thirdsecret"]), [""; 0]);
}
#[test]
fn words_are_compared_without_case() {
    assert_eq!(described("SECRET", &["a secret"]), ["a secret"]);
    assert_eq!(described("company", &["COMPANY"]), ["COMPANY"]);
    assert_eq!(described("str", &["STRASSE", "Straße"]), ["STRASSE", "Straße"]);
}

// 9.2, recorded.

#[test]
fn each_separator_parts_words_and_alone_finds_nothing() {
    for separator in ["/", "-", "_", "+", "=", ".", "@"] {
        let value = ["prod", "AppBeta", "x"].join(separator);
        for pattern in ["prod", "AppBeta", "Beta", "x", "X", "app"] {
            assert_eq!(described(pattern, &[&value]), [&value], "{pattern} in {value}");
        }
        assert_eq!(described(separator, &[&value]), [""; 0]);
        assert_eq!(described("eta", &[&value]), [""; 0]);
    }
    assert_eq!(described("AppBeta", &["prod-AppBeta/x"]), ["prod-AppBeta/x"]);
}
#[test]
fn a_capital_before_a_small_letter_starts_a_word() {
    for pattern in ["My", "Test", "Phrase", "MyTestPhrase", "test phrase"] {
        assert_eq!(described(pattern, &["MyTestPhrase"]), ["MyTestPhrase"], "{pattern}");
    }
    assert_eq!(described("est", &["MyTestPhrase"]), [""; 0]);
    for pattern in ["things", "N"] {
        assert_eq!(described(pattern, &["COMPANYthings"]), [""; 0]);
    }
    for pattern in ["Ythings", "COMPAN", "compan", "COMPANYthings"] {
        assert_eq!(described(pattern, &["COMPANYthings"]), ["COMPANYthings"], "{pattern}");
    }
    let of = |text: &'static str| words(text).collect::<Vec<_>>();
    assert_eq!(of("MyTestPhrase"), ["My", "Test", "Phrase"]);
    assert_eq!(of("COMPANYthings"), ["COMPAN", "Ythings"]);
    assert_eq!(of("COMPANY"), ["COMPANY"]);
    assert_eq!(of("Key2Prod A1"), ["Key2", "Prod", "A1"]);
    assert_eq!(of(" --a__B/ "), ["a", "B"]);
    assert_eq!(of("\u{c4}pfel\u{d6}l"), ["\u{c4}pfel", "\u{d6}l"]);
    assert_eq!(of(""), [""; 0]);
}

// Prefix search.

#[test]
fn names_are_searched_by_prefix_of_the_whole_with_case() {
    let names = ["testing1 one", "testing1", "Testing1", "one/testing1"];
    assert_eq!(named("testing1", &names), ["testing1 one", "testing1"]);
    assert_eq!(named("one", &names), ["one/testing1"]);
    assert_eq!(named("testing1 one x", &names), [""; 0]);
    assert_eq!(named("", &names), names);
}
#[test]
fn tags_are_searched_by_prefix_of_each_key_or_value_with_case() {
    let tags = [tag("env", "Prod"), tag("team name", "Blue")];
    let secret = Listed { tags: &tags, ..BARE };
    for (key, value, found) in [
        ("tag-key", "en", true),
        ("tag-key", "team n", true),
        ("tag-key", "name", false),
        ("tag-key", "ENV", false),
        ("tag-key", "Prod", false),
        ("tag-value", "Pr", true),
        ("tag-value", "prod", false),
        ("tag-value", "env", false),
    ] {
        assert_eq!(filters(&[(key, &[value])]).admit(&secret), found, "{key} {value}");
    }
}
#[test]
fn region_and_service_are_searched_by_prefix_where_there_is_one() {
    let secret = Listed { primary_region: Some("eu-west-1"), owning_service: Some("rds"), ..BARE };
    assert!(filters(&[("primary-region", &["eu-"])]).admit(&secret));
    assert!(!filters(&[("primary-region", &["EU"])]).admit(&secret));
    assert!(filters(&[("owning-service", &["rds"])]).admit(&secret));
    assert!(!filters(&[("primary-region", &[""])]).admit(&BARE));
    assert!(filters(&[("owning-service", &["!rds"])]).admit(&BARE));
}
#[test]
fn all_finds_words_in_name_description_tag_keys_and_tag_values() {
    let tags = [tag("Owner", "blueTeam")];
    let secret = Listed { name: "prod/db", description: "main store", tags: &tags, ..BARE };
    for pattern in ["prod", "DB", "main store", "owner", "Team"] {
        assert!(filters(&[("all", &[pattern])]).admit(&secret), "{pattern}");
    }
    for pattern in ["rod", "main prod", "owner Team", "/", "eam"] {
        assert!(!filters(&[("all", &[pattern])]).admit(&secret), "{pattern}: one attribute must hold every word");
    }
}

// Combination and negation.

#[test]
fn filters_combine_with_and_and_values_with_or() {
    let secret = Listed { name: "prod/db", description: "main", ..BARE };
    assert!(filters(&[("name", &["x", "prod"])]).admit(&secret));
    assert!(!filters(&[("name", &["prod"]), ("description", &["other"])]).admit(&secret));
    assert!(filters(&[("name", &["prod"]), ("name", &["prod/d"])]).admit(&secret));
    assert!(!filters(&[("name", &["prod"]), ("name", &["x"])]).admit(&secret));
    assert!(filters(&[]).admit(&secret));
}
#[test]
fn an_exclamation_mark_turns_a_value_round() {
    assert_eq!(named("!/", &["/a", "a", "b/"]), ["a", "b/"]);
    assert_eq!(described("!a", &["a secret", "thesecret", "by an owner", "the one"]), ["thesecret", "the one"]);
    assert_eq!(described("!c", &["a", "b", ""]), ["a", "b", ""]);
    let secret = Listed { name: "prod", ..BARE };
    assert!(filters(&[("name", &["x", "!y"])]).admit(&secret));
    assert!(!filters(&[("name", &["x", "!p"])]).admit(&secret));
    assert!(filters(&[("tag-key", &["!x"])]).admit(&secret), "a secret without tags matches a negation");
    assert_eq!(named("!", &["a"]), [""; 0]);
    assert_eq!(named("!!rds", &["!rds", "rds"]), ["rds"], "only the first mark turns round");
}

// Refusals.

#[test]
fn a_key_without_values_and_values_without_key_are_refused() {
    assert_eq!(
        refused(&[(Some("name"), &[])]),
        ("InvalidParameterException", "Invalid filter values for key: name".to_owned())
    );
    assert_eq!(refused(&[(Some("tags"), &["x"])]).1, "Invalid filter key");
    assert_eq!(refused(&[(None, &["x"])]), ("InvalidParameterException", "Invalid filter key".to_owned()));
}

// 9.4.

#[test]
fn the_newest_come_first_unless_the_request_says_otherwise() {
    let sort = Sort::read;
    assert_eq!(sort(None, None), Sort { by: SortBy::CreatedDate, order: SortOrder::Descending });
    assert_eq!(sort(Some("name"), None), Sort { by: SortBy::Name, order: SortOrder::Ascending });
    assert_eq!(sort(Some("name"), Some("desc")).order, SortOrder::Descending);
    assert_eq!(sort(Some("last-changed-date"), Some("asc")).by, SortBy::LastChangedDate);
}
#[test]
fn a_list_is_sorted_by_its_key_then_by_arn_and_pages_follow_it() {
    let secret = |name, arn, created, changed, accessed: Option<i64>| Listed {
        name,
        arn,
        created: Timestamp::from_secs(created),
        last_changed: Timestamp::from_secs(changed),
        last_accessed: accessed.map(Timestamp::from_secs),
        ..BARE
    };
    let secrets = [
        secret("b", "arn-1", 1, 9, None),
        secret("a", "arn-2", 2, 8, Some(5)),
        secret("c", "arn-3", 2, 7, Some(4)),
        secret("aa", "arn-4", 3, 7, None),
    ];
    for (by, ascending, descending) in [
        ("created-date", "1234", "4231"),
        ("last-changed-date", "3421", "1234"),
        ("last-accessed-date", "1432", "2314"),
        ("name", "2413", "3142"),
    ] {
        for (order, expected) in [("asc", ascending), ("desc", descending)] {
            let sort = Sort::read(Some(by), Some(order));
            let mut sorted = secrets;
            sorted.sort_by(|one, other| sort.place(one).compare(&sort.place(other), sort.order));
            let mut shown = String::new();
            let mut marker: Option<Vec<u8>> = None;
            loop {
                let last = marker.as_deref().map(|bytes| Place::from_bytes(bytes).unwrap());
                let page = paging::page(&sorted, 1, sort.order, last.as_ref(), |secret| sort.place(secret));
                shown.extend(page.rows.iter().map(|secret| &secret.arn[4..]));
                if !page.more {
                    break;
                }
                marker = page.rows.last().map(|secret| sort.place(secret).to_bytes());
            }
            assert_eq!(shown, expected, "{by} {order}");
        }
    }
}
