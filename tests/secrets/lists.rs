//! ListSecrets: filters, order, pages and their tokens.

use strongroom::operation::secretsmanager::{
    CreateSecret, DeleteSecret, Filter, ListSecretVersionIds, ListSecrets, PutSecretValue, Tag, UpdateSecret,
};

use crate::common::*;

/// Secrets of these names and descriptions, made one millisecond apart.
fn stocked(secrets: &[(&str, &str)]) -> House {
    let house = house();
    for (name, description) in secrets {
        house.root.create_secret(CreateSecret::text(*name, "v").description(*description)).unwrap();
        house.clock.advance_millis(1);
    }
    house
}
fn found_by(house: &House, request: ListSecrets) -> Vec<String> {
    let answer = house.root.list_secrets(request).unwrap();
    assert!(answer.next_token.is_none());
    answer.secret_list.iter().map(|secret| secret.name.to_string()).collect()
}
/// Names by these filters, sorted.
fn found(house: &House, filters: &[(&str, &[&str])]) -> Vec<String> {
    let filters: Vec<Filter> = filters.iter().map(|(key, values)| Filter::by(*key, values.iter().copied())).collect();
    found_by(house, ListSecrets::new().filters(filters).sort_by("name"))
}

#[test]
fn names_are_searched_from_their_beginning_with_case_and_in_one_piece() {
    let house = stocked(&[("testing1", ""), ("testing2", ""), ("Testing3", ""), ("prod/testing", "")]);
    assert_eq!(found(&house, &[("name", &["testing"])]), ["testing1", "testing2"]);
    assert_eq!(found(&house, &[("name", &["Testing"])]), ["Testing3"]);
    assert_eq!(found(&house, &[("name", &["esting"])]), [""; 0]);
    assert_eq!(found(&house, &[("name", &["testing1 one"])]), [""; 0]);
    assert_eq!(found(&house, &[("name", &["testing1", "prod"])]), ["prod/testing", "testing1"]);
    assert_eq!(found(&house, &[("name", &["!testing"])]), ["Testing3", "prod/testing"]);
}

#[test]
fn descriptions_are_searched_by_the_beginnings_of_words_without_case() {
    let house = stocked(&[
        ("1", "a secret"),
        ("2", "an secret"),
        ("3", "asecret"),
        ("4", "thesecret"),
        ("5", "One Two"),
        ("6", "one and two"),
        ("7", ""),
    ]);
    assert_eq!(found(&house, &[("description", &["a"])]), ["1", "2", "3", "6"]);
    assert_eq!(found(&house, &[("description", &["a secret"])]), ["1", "2"]);
    assert_eq!(found(&house, &[("description", &["o t"])]), ["5", "6"]);
    assert_eq!(found(&house, &[("description", &["ret"])]), [""; 0]);
    assert_eq!(found(&house, &[("description", &["SEC"])]), ["1", "2"]);
    assert_eq!(found(&house, &[("description", &["!a"])]), ["4", "5", "7"]);
}

#[test]
fn filters_combine_with_and_and_their_values_with_or() {
    let house = stocked(&[("app/a", "red"), ("app/b", "blue"), ("db/a", "red"), ("db/b", "green")]);
    assert_eq!(found(&house, &[("name", &["app"]), ("description", &["red"])]), ["app/a"]);
    assert_eq!(found(&house, &[("name", &["app"]), ("name", &["db"])]), [""; 0]);
    // Two filters on one key as well.
    assert_eq!(found(&house, &[("name", &["app"]), ("name", &["!app/a"])]), ["app/b"]);
    // Plain and negated values of one filter are alternatives.
    assert_eq!(found(&house, &[("name", &["app/a", "!app"])]), ["app/a", "db/a", "db/b"]);
    assert_eq!(
        found(&house, &[("name", &["app", "db"]), ("description", &["red", "green"])]),
        ["app/a", "db/a", "db/b"]
    );
    assert_eq!(found(&house, &[]), ["app/a", "app/b", "db/a", "db/b"]);
}

#[test]
fn tags_are_searched_by_prefix_and_all_of_it_by_words() {
    let house = house();
    let tagged = |name: &str, key: &str, value: &str| {
        let request = CreateSecret::text(name, "v").tags(vec![Tag::new(key, value)]);
        house.root.create_secret(request).unwrap();
    };
    tagged("one", "Team", "BlueWhale");
    tagged("two", "team", "red-fox");
    house.secret("MyTestPhrase", "v");
    assert_eq!(found(&house, &[("tag-key", &["te"])]), ["two"]);
    assert_eq!(found(&house, &[("tag-key", &["Te"])]), ["one"]);
    assert_eq!(found(&house, &[("tag-value", &["red"])]), ["two"]);
    assert_eq!(found(&house, &[("tag-value", &["fox"])]), [""; 0]);
    assert_eq!(found(&house, &[("all", &["fox"])]), ["two"]);
    assert_eq!(found(&house, &[("all", &["whale"])]), ["one"]);
    assert_eq!(found(&house, &[("all", &["TEAM"])]), ["one", "two"]);
    assert_eq!(found(&house, &[("all", &["phrase"])]), ["MyTestPhrase"]);
    assert_eq!(found(&house, &[("all", &["hrase"])]), [""; 0]);
    assert_eq!(found(&house, &[("all", &["!c"])]).len(), 3);
    // Without the attribute there is nothing to begin with it.
    assert_eq!(found(&house, &[("tag-key", &["!te"])]), ["MyTestPhrase", "one"]);
    assert_eq!(found(&house, &[("tag-value", &["!red", "red-f"])]), ["MyTestPhrase", "one", "two"]);
    assert_eq!(found(&house, &[("primary-region", &["!us"])]).len(), 3);
    assert_eq!(found(&house, &[("owning-service", &["!rds"])]).len(), 3);
    assert_eq!(found(&house, &[("primary-region", &["us"])]), [""; 0]);
    assert_eq!(found(&house, &[("owning-service", &["rds"])]), [""; 0]);
}

#[test]
fn filters_out_of_bounds_are_refused() {
    let house = house();
    let list = |filters: Vec<Filter>| house.root.list_secrets(ListSecrets::new().filters(filters));
    refused_as(list(vec![Filter::by("colour", ["red"])]), "ValidationException");
    refused_as(list(vec![Filter::by("name", ["a*"])]), "ValidationException");
    refused_as(list(vec![Filter::by("name", ["a".repeat(513)])]), "ValidationException");
    refused_as(list(vec![Filter::by("name", vec!["a"; 11])]), "ValidationException");
    refused_as(list(vec![Filter::by("name", Vec::<&str>::new())]), "ValidationException");
    refused_as(list(vec![Filter::by("name", ["a"]); 11]), "ValidationException");
    refused(list(vec![Filter::new().key("name")]), "InvalidParameterException", "Invalid filter values for key: name");
    refused(list(vec![Filter::new().values(vec!["a".into()])]), "InvalidParameterException", "Invalid filter key");
    for max in [0, 101, -1, i64::MAX] {
        refused_as(house.root.list_secrets(ListSecrets::new().max_results(max)), "ValidationException");
    }
    refused_as(house.root.list_secrets(ListSecrets::new().sort_by("size")), "ValidationException");
    refused_as(house.root.list_secrets(ListSecrets::new().sort_order("up")), "ValidationException");
}

#[test]
fn the_newest_come_first_unless_another_order_is_asked_for() {
    let house = stocked(&[("b", ""), ("c", ""), ("a", "")]);
    house.root.update_secret(UpdateSecret::new("b").description("changed last")).unwrap();
    house.root.get_secret_value("c").unwrap();
    let by = |by: Option<&str>, order: Option<&str>| {
        let mut request = ListSecrets::new();
        request.sort_by = by.map(Into::into);
        request.sort_order = order.map(Into::into);
        found_by(&house, request)
    };
    assert_eq!(by(None, None), ["a", "c", "b"]);
    assert_eq!(by(None, Some("asc")), ["b", "c", "a"]);
    assert_eq!(by(Some("created-date"), Some("desc")), ["a", "c", "b"]);
    assert_eq!(by(Some("last-changed-date"), None), ["b", "a", "c"]);
    assert_eq!(by(Some("name"), None), ["a", "b", "c"]);
    assert_eq!(by(Some("name"), Some("desc")), ["c", "b", "a"]);
    // One without that date counts as oldest.
    assert_eq!(by(Some("last-accessed-date"), None)[0], "c");
    assert_eq!(by(Some("last-accessed-date"), Some("asc"))[2], "c");
}

#[test]
fn pages_show_everything_once_and_the_last_has_no_token() {
    let house = house();
    for number in 0..23 {
        house.secret(&format!("s{number:02}"), "v");
    }
    for (size, pages) in [(1, 23), (5, 5), (22, 2), (23, 1), (100, 1)] {
        let mut request = ListSecrets::new().max_results(size).sort_by("name");
        let mut names = Vec::new();
        let mut count = 0;
        loop {
            let page = house.root.list_secrets(request.clone()).unwrap();
            names.extend(page.secret_list.iter().map(|secret| secret.name.to_string()));
            count += 1;
            let Some(next) = page.next_token else { break };
            request = request.next_token(next);
        }
        assert_eq!(count, pages, "pages of {size}");
        assert_eq!(names, (0..23).map(|number| format!("s{number:02}")).collect::<Vec<_>>());
    }
}

#[test]
fn a_page_has_100_unless_less_is_asked_for() {
    let house = house();
    for number in 0..101 {
        house.secret(&format!("s{number:03}"), "v");
    }
    for size in [None, Some(100)] {
        let mut request = ListSecrets::new();
        request.max_results = size;
        let page = house.root.list_secrets(request.clone()).unwrap();
        assert_eq!(page.secret_list.len(), 100, "{size:?}");
        let last = house.root.list_secrets(request.next_token(page.next_token.unwrap())).unwrap();
        assert_eq!((last.secret_list.len(), last.next_token), (1, None));
    }
    // The same of versions.
    for _ in 0..100 {
        house.root.put_secret_value(PutSecretValue::text("s000", "w")).unwrap();
    }
    let versions = |size: Option<i64>| {
        let mut request = ListSecretVersionIds::new("s000").include_deprecated(true);
        request.max_results = size;
        house.root.list_secret_version_ids(request)
    };
    for size in [None, Some(100)] {
        let page = versions(size).unwrap();
        assert_eq!((page.versions.len(), page.next_token.is_some()), (100, true), "{size:?}");
    }
    assert_eq!(versions(Some(1)).unwrap().versions.len(), 1);
    for size in [0, 101] {
        refused_as(versions(Some(size)), "ValidationException");
    }
}

#[test]
fn a_token_stays_good_while_secrets_come_and_go() {
    let house = house();
    for name in ["a", "c", "e", "g"] {
        house.secret(name, "v");
    }
    let page = |token: Option<strongroom::name::Text>| {
        let mut request = ListSecrets::new().max_results(2).sort_by("name");
        request.next_token = token;
        house.root.list_secrets(request).unwrap()
    };
    let next = page(None).next_token;
    house.root.delete_secret(DeleteSecret::new("c").force_delete_without_recovery(true)).unwrap();
    house.secret("b", "v");
    house.secret("d", "v");
    let rest: Vec<String> = page(next).secret_list.iter().map(|secret| secret.name.to_string()).collect();
    assert_eq!(rest, ["d", "e"]);
}

#[test]
fn foreign_damaged_and_misused_tokens_are_refused() {
    let house = house();
    for name in ["a", "b", "c"] {
        house.secret(name, "v");
    }
    house.root.put_secret_value(PutSecretValue::text("a", "w")).unwrap();
    let invalid = "The NextToken value is invalid.";
    let list = |token: &str| house.root.list_secrets(ListSecrets::new().max_results(1).next_token(token));
    let good = house.root.list_secrets(ListSecrets::new().max_results(1)).unwrap().next_token.unwrap();
    list(&good).unwrap();
    // Never made by anybody.
    for token in ["x", "AAAA", "\u{ff}", &"A".repeat(4_096)] {
        refused(list(token), "InvalidNextTokenException", invalid);
    }
    refused_as(list(""), "ValidationException");
    refused_as(list(&"A".repeat(4_097)), "ValidationException");
    // One letter changed, cut off, or more of it.
    for place in 0..good.len() {
        let mut letters = good.as_bytes().to_vec();
        letters[place] = if letters[place] == b'A' { b'B' } else { b'A' };
        let damaged = String::from_utf8(letters).unwrap();
        // The last letter of unpadded base64 may hold bits that mean nothing: those are refused as well.
        refused(list(&damaged), "InvalidNextTokenException", invalid);
        refused(list(&good[..place.max(1)]), "InvalidNextTokenException", invalid);
    }
    refused(list(&format!("{good}A")), "InvalidNextTokenException", invalid);
    // Of another question.
    let ask = |request: ListSecrets| house.root.list_secrets(request.max_results(1).next_token(good.clone()));
    refused(ask(ListSecrets::new().filters(vec![Filter::by("name", ["a"])])), "InvalidNextTokenException", invalid);
    refused(ask(ListSecrets::new().sort_by("name")), "InvalidNextTokenException", invalid);
    refused(ask(ListSecrets::new().sort_order("asc")), "InvalidNextTokenException", invalid);
    refused(ask(ListSecrets::new().include_planned_deletion(true)), "InvalidNextTokenException", invalid);
    // Of another list.
    let versions = |name: &str, token: Option<&str>| {
        let mut request = ListSecretVersionIds::new(name).max_results(1);
        request.next_token = token.map(Into::into);
        house.root.list_secret_version_ids(request)
    };
    refused(versions("a", Some(&good)), "InvalidNextTokenException", invalid);
    let of_a = versions("a", None).unwrap().next_token.unwrap();
    versions("a", Some(&of_a)).unwrap();
    refused(list(&of_a), "InvalidNextTokenException", invalid);
    house.root.put_secret_value(PutSecretValue::text("b", "w")).unwrap();
    refused(versions("b", Some(&of_a)), "InvalidNextTokenException", invalid);
    // Of another store, made of the same words by the same hands but other keys.
    let other = House::of(builder(&clock(), 8).create_in_memory(key()).unwrap(), clock());
    for name in ["a", "b", "c"] {
        other.secret(name, "v");
    }
    let foreign = other.root.list_secrets(ListSecrets::new().max_results(1)).unwrap().next_token.unwrap();
    refused(list(&foreign), "InvalidNextTokenException", invalid);
}

#[test]
fn listing_is_one_decision_on_everything() {
    let house = house();
    let arn = house.secret("a", "v");
    // The most frequent mistake: a list on one secret grants nothing.
    let one = house.user_with("one", allow("secretsmanager:ListSecrets secretsmanager:GetRandomPassword", &arn));
    denied(one.list_secrets(ListSecrets::new()), &user_arn("one"), "secretsmanager:ListSecrets", None);
    let password = one.get_random_password(strongroom::operation::secretsmanager::GetRandomPassword::new());
    denied(password, &user_arn("one"), "secretsmanager:GetRandomPassword", None);
    let all = house.user_with("all", allow("secretsmanager:ListSecrets", "*"));
    assert_eq!(all.list_secrets(ListSecrets::new()).unwrap().secret_list.len(), 1);
    denied(all.get_secret_value("a"), &user_arn("all"), "secretsmanager:GetSecretValue", Some("a"));
}

#[test]
fn an_entry_tells_what_a_description_tells() {
    let house = house();
    let create =
        CreateSecret::text("a", "v").client_request_token(token(1)).description("words").tags(vec![Tag::new("k", "v")]);
    house.root.create_secret(create).unwrap();
    house.root.get_secret_value("a").unwrap();
    let list = house.root.list_secrets(ListSecrets::new()).unwrap();
    let entry = &list.secret_list[0];
    let shown = house.root.describe_secret("a").unwrap();
    assert_eq!(
        (&entry.arn, &entry.name, &entry.description, &entry.tags, &entry.created_date, &entry.last_changed_date),
        (&shown.arn, &shown.name, &shown.description, &shown.tags, &shown.created_date, &shown.last_changed_date)
    );
    assert_eq!(entry.secret_versions_to_stages, shown.version_ids_to_stages);
    assert_eq!(entry.last_accessed_date, shown.last_accessed_date);
    assert!(entry.last_accessed_date.is_some() && entry.kms_key_id.is_none() && entry.deleted_date.is_none());
}
