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
    due: None,
    valued: true,
    primary_region: None,
    owning_service: None,
};
fn arn(name: &str) -> String {
    format!("arn:aws:secretsmanager:us-east-1:000000000000:secret:{name}-AbCdEf")
}
/// The newest first, at most so many, whatever their state.
fn wanted(filters: &Filters, limit: usize) -> Wanted<'_> {
    let (sort, observed) = (Sort::read(None, None), Timestamp::from_secs(100));
    Wanted { filters, sort, planned: true, valued: false, region: "us-east-1", observed, after: None, limit }
}
fn names_of(shelf: &Shelf, wanted: &Wanted<'_>) -> (Vec<String>, bool) {
    let mut best = Best::new(wanted);
    shelf.search(wanted, None, &mut best);
    let (names, more) = best.names();
    (names.iter().map(ToString::to_string).collect(), more)
}
impl Filters {
    /// Does a shelf of this one secret give it?
    fn admits(&self, secret: &Listed<'_>) -> bool {
        let mut shelf = Shelf::default();
        shelf.put(&Listed { arn: &arn(secret.name), ..*secret }).unwrap();
        !names_of(&shelf, &wanted(self, 1)).0.is_empty()
    }
}
/// Which of the descriptions a description filter finds.
fn described<'a>(pattern: &str, descriptions: &[&'a str]) -> Vec<&'a str> {
    let filters = filters(&[("description", &[pattern])]);
    descriptions.iter().copied().filter(|&description| filters.admits(&Listed { description, ..BARE })).collect()
}
fn named<'a>(pattern: &str, names: &[&'a str]) -> Vec<&'a str> {
    let filters = filters(&[("name", &[pattern])]);
    names.iter().copied().filter(|&name| filters.admits(&Listed { name, ..BARE })).collect()
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
        assert_eq!(filters(&[(key, &[value])]).admits(&secret), found, "{key} {value}");
    }
}
#[test]
fn region_and_service_are_searched_by_prefix_where_there_is_one() {
    let secret = Listed { primary_region: Some("eu-west-1"), owning_service: Some("rds"), ..BARE };
    assert!(filters(&[("primary-region", &["eu-"])]).admits(&secret));
    assert!(!filters(&[("primary-region", &["EU"])]).admits(&secret));
    assert!(filters(&[("owning-service", &["rds"])]).admits(&secret));
    assert!(!filters(&[("primary-region", &[""])]).admits(&BARE));
    assert!(filters(&[("owning-service", &["!rds"])]).admits(&BARE));
}
#[test]
fn all_finds_words_in_name_description_tag_keys_and_tag_values() {
    let tags = [tag("Owner", "blueTeam")];
    let secret = Listed { name: "prod/db", description: "main store", tags: &tags, ..BARE };
    for pattern in ["prod", "DB", "main store", "owner", "Team"] {
        assert!(filters(&[("all", &[pattern])]).admits(&secret), "{pattern}");
    }
    for pattern in ["rod", "main prod", "owner Team", "/", "eam"] {
        assert!(!filters(&[("all", &[pattern])]).admits(&secret), "{pattern}: one attribute must hold every word");
    }
}

// Combination and negation.

#[test]
fn filters_combine_with_and_and_values_with_or() {
    let secret = Listed { name: "prod/db", description: "main", ..BARE };
    assert!(filters(&[("name", &["x", "prod"])]).admits(&secret));
    assert!(!filters(&[("name", &["prod"]), ("description", &["other"])]).admits(&secret));
    assert!(filters(&[("name", &["prod"]), ("name", &["prod/d"])]).admits(&secret));
    assert!(!filters(&[("name", &["prod"]), ("name", &["x"])]).admits(&secret));
    assert!(filters(&[]).admits(&secret));
}
#[test]
fn an_exclamation_mark_turns_a_value_round() {
    assert_eq!(named("!/", &["/a", "a", "b/"]), ["a", "b/"]);
    assert_eq!(described("!a", &["a secret", "thesecret", "by an owner", "the one"]), ["thesecret", "the one"]);
    assert_eq!(described("!c", &["a", "b", ""]), ["a", "b", ""]);
    let secret = Listed { name: "prod", ..BARE };
    assert!(filters(&[("name", &["x", "!y"])]).admits(&secret));
    assert!(!filters(&[("name", &["x", "!p"])]).admits(&secret));
    assert!(filters(&[("tag-key", &["!x"])]).admits(&secret), "a secret without tags matches a negation");
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
fn a_list_is_sorted_by_its_key_then_by_name_and_pages_follow_it() {
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
        ("last-changed-date", "4321", "1243"),
        ("last-accessed-date", "4132", "2341"),
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

// Shelves: the same answers from many cards as from each secret by itself.

/// The rules of section 9 on one secret, word for word and without a shelf.
fn naively(field: &str, value: &str, secret: &Listed<'_>) -> bool {
    let (negated, text) = value.strip_prefix('!').map_or((false, value), |rest| (true, rest));
    let small = |text: &str| text.chars().flat_map(char::to_lowercase).collect::<String>();
    let wanted: Vec<String> = words(text).map(small).collect();
    let found = |attribute: &str| {
        let own: Vec<String> = words(attribute).map(small).collect();
        !wanted.is_empty() && wanted.iter().all(|wanted| own.iter().any(|word| word.starts_with(wanted)))
    };
    let tags = || secret.tags.iter();
    let matched = match field {
        "name" => secret.name.starts_with(text),
        "description" => found(secret.description),
        "tag-key" => tags().any(|tag| tag.key.starts_with(text)),
        "tag-value" => tags().any(|tag| tag.value.starts_with(text)),
        "primary-region" => secret.primary_region.is_some_and(|region| region.starts_with(text)),
        "owning-service" => secret.owning_service.is_some_and(|service| service.starts_with(text)),
        _ => found(secret.name) || found(secret.description) || tags().any(|tag| found(&tag.key) || found(&tag.value)),
    };
    matched != negated
}

proptest::proptest! {
    #[test]
    fn words_of_ascii_are_put_on_a_shelf_as_those_of_any_text(text in "[ -~]{0,12}|[aB7 /.@]{0,12}") {
        let mut put = String::new();
        shelf::push_words(&text, &mut put);
        let mut one_by_one = String::new();
        for word in words(&text) {
            one_by_one.push(shelf::WORD);
            one_by_one.push_str(&word.to_lowercase());
        }
        proptest::prop_assert_eq!(put, one_by_one);
    }
}

#[derive(Clone, Debug)]
struct Drawn {
    description: String,
    tags: Vec<Tag>,
    dates: (i64, i64, Option<i64>, Option<i64>),
    valued: bool,
    region: Option<&'static str>,
}
fn drawn() -> impl proptest::strategy::Strategy<Value = Drawn> {
    use proptest::prelude::*;
    let tags = proptest::collection::vec(("[abA]{1,2}[ =][ab]{0,1}", "[abB ]{0,3}"), 0..3);
    let dates = (0..4_i64, 0..4_i64, proptest::option::of(0..4_i64), proptest::option::of(90..110_i64));
    // Marks of the shelf, capitals and letters of more than one byte among them.
    let description = "[abAB \u{1}\u{2}\u{4}\u{7f}/\u{130}\u{df}\u{3a3}-]{0,8}";
    (description, tags, dates, any::<bool>(), proptest::option::of(prop_oneof![Just("eu-a"), Just("us-east-1")]))
        .prop_map(|(description, tags, dates, valued, region)| Drawn {
            description,
            tags: tags.into_iter().map(|(key, value)| tag(&key, &value)).collect(),
            dates,
            valued,
            region,
        })
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(2_000))]
    /// Any filters over any secrets, page by page in any order, from several shelves: what the rules give one by one.
    #[test]
    fn shelves_give_what_the_rules_give(
        secrets in proptest::collection::btree_map("[abA/]{1,3}", drawn(), 0..24),
        asked in proptest::collection::vec((
            proptest::sample::select(vec!["name", "description", "tag-key", "tag-value", "primary-region", "owning-service", "all"]),
            proptest::collection::vec("!?[abAB /]{0,3}", 1..3),
        ), 0..3),
        by in proptest::sample::select(vec!["created-date", "last-accessed-date", "last-changed-date", "name"]),
        order in proptest::sample::select(vec!["asc", "desc"]),
        planned in proptest::prelude::any::<bool>(),
        valued in proptest::prelude::any::<bool>(),
        limit in 1..5_usize,
    ) {
        let arns: Vec<String> = secrets.keys().map(|name| arn(name)).collect();
        let at = Timestamp::from_secs;
        let listed: Vec<Listed<'_>> = secrets.iter().zip(&arns).map(|((name, drawn), arn)| Listed {
            name,
            arn,
            description: &drawn.description,
            tags: &drawn.tags,
            created: at(drawn.dates.0),
            last_changed: at(drawn.dates.1),
            last_accessed: drawn.dates.2.map(at),
            due: drawn.dates.3.map(at),
            valued: drawn.valued,
            primary_region: drawn.region,
            owning_service: None,
        }).collect();
        let values: Vec<Vec<Text>> = asked.iter().map(|(_, values)| values.iter().map(Text::from).collect()).collect();
        let read = asked.iter().zip(&values).map(|((key, _), values)| Asked { key: Some(key), values });
        let filters = Filters::read(read).unwrap();
        let sort = Sort::read(Some(by), Some(order));
        let mut expected: Vec<&Listed<'_>> = listed.iter().filter(|secret| {
            secret.due.is_none_or(|due| planned && at(100) < due)
                && (secret.valued || !valued)
                && asked.iter().all(|(field, values)| values.iter().any(|value| naively(field, value, secret)))
        }).collect();
        expected.sort_by(|one, other| sort.place(one).compare(&sort.place(other), sort.order));
        let expected: Vec<&str> = expected.iter().map(|secret| secret.name).collect();

        // Three shelves, one of them filled from another one.
        let mut shelves = [Shelf::default(), Shelf::default(), Shelf::default()];
        let mut first = Shelf::default();
        for (number, secret) in listed.iter().enumerate() {
            shelves[number % 3].put(secret).unwrap();
            if number % 3 == 0 {
                first.put(secret).unwrap();
            }
        }
        shelves[0] = Shelf::default();
        for place in 0..first.len() {
            shelves[0].put_again(&first, place).unwrap();
        }
        let mut shown: Vec<String> = Vec::new();
        let mut marker: Option<Vec<u8>> = None;
        loop {
            let after = marker.as_deref().map(|bytes| Place::from_bytes(bytes).unwrap());
            let wanted = Wanted { sort, planned, valued, after, ..wanted(&filters, limit) };
            let mut best = Best::new(&wanted);
            for shelf in &shelves {
                shelf.search(&wanted, None, &mut best);
            }
            let (names, more) = best.names();
            proptest::prop_assert!(names.len() == limit || !more);
            let last = names.last().map(|name| sort.place(listed.iter().find(|secret| secret.name == &**name).unwrap()).to_bytes());
            shown.extend(names.iter().map(ToString::to_string));
            if !more {
                break;
            }
            marker = last;
        }
        proptest::prop_assert_eq!(shown, expected);
    }
}

#[test]
fn a_page_of_many_is_cut_off_without_sorting_all_of_them() {
    let mut shelf = Shelf::default();
    for number in 0..5_000_i64 {
        let name = format!("s{number:04}");
        // Each one newer than those before it: the worst order for a list that begins with the newest.
        shelf.put(&Listed { name: &name, arn: &arn(&name), created: Timestamp::from_secs(number), ..BARE }).unwrap();
    }
    let (names, more) = names_of(&shelf, &wanted(&Filters::default(), 3));
    assert_eq!((names, more), (vec!["s4999".to_owned(), "s4998".to_owned(), "s4997".to_owned()], true));
}
#[test]
fn secrets_of_another_region_are_not_shown() {
    let mut shelf = Shelf::default();
    shelf.put(&Listed { name: "a", arn: &arn("a").replace("us-east-1", "eu-west-1"), ..BARE }).unwrap();
    shelf.put(&Listed { name: "b", arn: &arn("b"), ..BARE }).unwrap();
    let filters = Filters::default();
    assert_eq!(names_of(&shelf, &wanted(&filters, 9)).0, ["b"]);
    assert_eq!(names_of(&shelf, &Wanted { region: "eu-west-1", ..wanted(&filters, 9) }).0, ["a"]);
    assert_eq!(names_of(&shelf, &Wanted { region: "eu-west-2", ..wanted(&filters, 9) }).0, [""; 0]);
}
#[test]
fn a_secret_whose_arn_is_anothers_is_damage() {
    let mut shelf = Shelf::default();
    assert!(shelf.put(&Listed { name: "a", arn: &arn("b"), ..BARE }).is_err());
    assert!(shelf.put(&Listed { name: "a", arn: "a", ..BARE }).is_err());
}
