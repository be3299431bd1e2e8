//! Goal: the label rules L1 to L11, every recorded sequence of AWS, every refusal with its exact text, and the invariants
//! under random operations against a map from label to holder, which cannot even express a label on two versions.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::error::ErrorKind;

const ARN: &str = "arn:aws:secretsmanager:us-east-1:000000000000:secret:s-AbCdEf";

fn secret() -> SecretRow {
    SecretRow::new(Text::from("s"), Text::from(ARN), Timestamp::default())
}
fn sealed() -> SealedAt {
    SealedAt { key: [7; 16], multi_region: false, material: 1, sequence: 1, binary: false }
}
fn new(id: &str, at: Timestamp) -> NewVersion {
    NewVersion { id: Text::from(id), created: at, value: sealed() }
}
fn texts(labels: &[&str]) -> Vec<Text> {
    labels.iter().map(|label| Text::from(full(label).as_str())).collect()
}
/// The recorded sequences leave the prefix out.
fn full(label: &str) -> String {
    if ["CURRENT", "PREVIOUS", "PENDING"].contains(&label) { format!("AWS{label}") } else { label.to_owned() }
}
fn put(row: &mut SecretRow, id: &str, stages: &[&str]) {
    assert_eq!(row.put_version(new(id, Timestamp::default()), &texts(stages), VERSIONS_MAX).unwrap(), []);
}
fn created() -> SecretRow {
    let mut row = secret();
    put(&mut row, "v1", &[]);
    row
}
fn shift(row: &mut SecretRow, label: &str, from: Option<&str>, to: Option<&str>) -> Result<bool, Error> {
    row.move_label(LabelMove { label: &Text::from(full(label)), remove_from: from, move_to: to })
}
/// A version as a rotation makes it: pending, without value.
fn empty_version(id: &str, labels: &[&str]) -> VersionRow {
    VersionRow {
        id: Text::from(id),
        created: Timestamp::default(),
        last_accessed: None,
        labels: texts(labels),
        value: None,
    }
}
#[track_caller]
fn expect(row: &SecretRow, versions: &[(&str, &[&str])]) {
    let found: Vec<(&str, Vec<&str>)> = row
        .versions
        .iter()
        .map(|version| (version.id.as_str(), version.labels.iter().map(Text::as_str).collect()))
        .collect();
    let expected: Vec<(&str, Vec<String>)> =
        versions.iter().map(|(id, labels)| (*id, labels.iter().map(|label| full(label)).collect())).collect();
    let expected: Vec<(&str, Vec<&str>)> =
        expected.iter().map(|(id, labels)| (*id, labels.iter().map(String::as_str).collect())).collect();
    assert_eq!(found, expected);
}
#[track_caller]
fn refused(result: Result<impl std::fmt::Debug, Error>, code: &str, text: &str) {
    let error = result.unwrap_err();
    assert_eq!((error.code(), error.message().to_string().as_str()), (code, text));
}

// Section 5.3, recorded from AWS.

#[test]
fn a_pending_version_is_promoted_and_a_plain_put_clears_pending() {
    let mut row = created();
    expect(&row, &[("v1", &["CURRENT"])]);
    put(&mut row, "v2", &["PENDING"]);
    expect(&row, &[("v1", &["CURRENT"]), ("v2", &["PENDING"])]);
    assert!(shift(&mut row, "CURRENT", Some("v1"), Some("v2")).unwrap());
    expect(&row, &[("v1", &["PREVIOUS"]), ("v2", &["CURRENT", "PENDING"])]);
    put(&mut row, "v3", &[]);
    expect(&row, &[("v1", &[]), ("v2", &["PREVIOUS"]), ("v3", &["CURRENT"])]);
}
#[test]
fn moving_current_keeps_pending_and_own_labels_on_both_versions() {
    let mut row = created();
    put(&mut row, "v2", &["PENDING", "AWSSOMETHING", "PUT1"]);
    shift(&mut row, "CURRENT", Some("v1"), Some("v2")).unwrap();
    put(&mut row, "v3", &["PENDING", "PUT2"]);
    expect(&row, &[("v1", &["PREVIOUS"]), ("v2", &["CURRENT", "AWSSOMETHING", "PUT1"]), ("v3", &["PENDING", "PUT2"])]);
    shift(&mut row, "CURRENT", Some("v2"), Some("v3")).unwrap();
    expect(
        &row,
        &[("v1", &[]), ("v2", &["PREVIOUS", "AWSSOMETHING", "PUT1"]), ("v3", &["CURRENT", "PENDING", "PUT2"])],
    );
}
#[test]
fn a_put_with_labels_takes_them_from_the_version_that_had_them() {
    let mut row = created();
    put(&mut row, "v2", &["one", "two", "three"]);
    put(&mut row, "v3", &["one", "two", "four"]);
    expect(&row, &[("v1", &["CURRENT"]), ("v2", &["three"]), ("v3", &["four", "one", "two"])]);
}
#[test]
fn a_version_that_lost_every_label_is_kept_but_not_shown() {
    let mut row = created();
    put(&mut row, "v2", &["one", "two", "three"]);
    put(&mut row, "v3", &["one", "two", "three", "four"]);
    expect(&row, &[("v1", &["CURRENT"]), ("v2", &[]), ("v3", &["four", "one", "three", "two"])]);
    let ids = |include: bool| row.listed(include).map(|version| version.id.to_string()).collect::<Vec<_>>();
    assert_eq!(ids(false), ["v1", "v3"]);
    assert_eq!(ids(true), ["v1", "v2", "v3"]);
    assert!(row.version("v2").unwrap().deprecated());
    assert!(row.resolve(Asked { version_id: Some("v2"), stage: None }).is_ok());
}
#[test]
fn two_rotations_in_a_row_leave_previous_on_the_one_before() {
    let mut row = created();
    put(&mut row, "v2", &["CURRENT", "PUT0"]);
    put(&mut row, "v3", &["PENDING", "PUT1"]);
    shift(&mut row, "CURRENT", Some("v2"), Some("v3")).unwrap();
    put(&mut row, "v4", &["PENDING", "PUT2"]);
    shift(&mut row, "CURRENT", Some("v3"), Some("v4")).unwrap();
    expect(
        &row,
        &[("v1", &[]), ("v2", &["PUT0"]), ("v3", &["PREVIOUS", "PUT1"]), ("v4", &["CURRENT", "PENDING", "PUT2"])],
    );
}

// Rules 5.1 that the sequences leave open.

#[test]
fn the_first_version_is_current_whatever_labels_were_asked_for() {
    let mut row = secret();
    put(&mut row, "v1", &["mine"]);
    expect(&row, &[("v1", &["CURRENT", "mine"])]);
}
#[test]
fn a_rollback_swaps_current_and_previous() {
    let mut row = created();
    put(&mut row, "v2", &[]);
    shift(&mut row, "CURRENT", Some("v2"), Some("v1")).unwrap();
    expect(&row, &[("v1", &["CURRENT"]), ("v2", &["PREVIOUS"])]);
}
#[test]
fn a_plain_put_keeps_own_labels_on_the_version_it_replaces() {
    let mut row = created();
    put(&mut row, "v2", &["CURRENT", "mine"]);
    put(&mut row, "v3", &[]);
    expect(&row, &[("v1", &[]), ("v2", &["PREVIOUS", "mine"]), ("v3", &["CURRENT"])]);
}
#[test]
fn a_put_of_pending_leaves_pending_on_one_version_only() {
    let mut row = created();
    put(&mut row, "v2", &["PENDING"]);
    put(&mut row, "v3", &["PENDING"]);
    expect(&row, &[("v1", &["CURRENT"]), ("v2", &[]), ("v3", &["PENDING"])]);
}
#[test]
fn a_put_that_names_current_and_previous_gives_previous_to_the_version_before() {
    let mut row = created();
    put(&mut row, "v2", &["PREVIOUS", "CURRENT"]);
    expect(&row, &[("v1", &["PREVIOUS"]), ("v2", &["CURRENT"])]);
}
#[test]
fn a_label_named_twice_is_attached_once() {
    let mut row = created();
    put(&mut row, "v2", &["mine", "mine"]);
    expect(&row, &[("v1", &["CURRENT"]), ("v2", &["mine"])]);
}
#[test]
fn labels_are_case_sensitive() {
    let mut row = created();
    put(&mut row, "v2", &["awscurrent"]);
    expect(&row, &[("v1", &["CURRENT"]), ("v2", &["awscurrent"])]);
}
#[test]
fn a_put_fills_the_empty_version_of_a_rotation() {
    let mut row = created();
    row.versions.push(empty_version("v2", &["PENDING"]));
    put(&mut row, "v2", &["PENDING"]);
    expect(&row, &[("v1", &["CURRENT"]), ("v2", &["PENDING"])]);
    assert_eq!(row.version("v2").unwrap().value, Some(sealed()));
}
#[test]
fn a_put_under_a_token_in_use_is_refused_and_changes_nothing() {
    let mut row = created();
    let before = row.clone();
    refused(
        row.put_version(new("v1", Timestamp::default()), &texts(&["mine"]), VERSIONS_MAX),
        "ResourceExistsException",
        "You can't use ClientRequestToken v1 because that value is already in use for a version of secret \
         arn:aws:secretsmanager:us-east-1:000000000000:secret:s-AbCdEf.",
    );
    assert_eq!(row, before);
}
#[test]
fn the_twenty_first_label_of_a_secret_is_refused_and_the_twentieth_is_not() {
    let mut row = created();
    let labels: Vec<String> = (0..19).map(|number| format!("l{number}")).collect();
    put(&mut row, "v2", &labels.iter().map(String::as_str).collect::<Vec<_>>());
    let before = row.clone();
    for refused in [
        row.put_version(new("v3", Timestamp::default()), &texts(&["l19"]), VERSIONS_MAX).unwrap_err(),
        // AWSPREVIOUS would be the twenty-first.
        row.put_version(new("v3", Timestamp::default()), &[], VERSIONS_MAX).unwrap_err(),
        shift(&mut row, "l19", None, Some("v1")).unwrap_err(),
    ] {
        assert_eq!((refused.code(), refused.kind()), ("LimitExceededException", ErrorKind::LimitExceeded));
    }
    assert_eq!(row, before);
    put(&mut row, "v3", &["l0", "l1"]);
    assert!(shift(&mut row, "l0", Some("v3"), Some("v1")).unwrap());
}

// Section 5.2.

#[test]
fn a_label_of_nobody_is_attached() {
    let mut row = created();
    assert!(shift(&mut row, "mine", None, Some("v1")).unwrap());
    expect(&row, &[("v1", &["CURRENT", "mine"])]);
}
#[test]
fn attaching_a_label_where_it_is_changes_nothing() {
    let mut row = created();
    put(&mut row, "v2", &["mine"]);
    let before = row.clone();
    assert!(!shift(&mut row, "mine", None, Some("v2")).unwrap());
    assert!(!shift(&mut row, "mine", Some("v2"), Some("v2")).unwrap());
    assert!(!shift(&mut row, "CURRENT", None, Some("v1")).unwrap());
    assert_eq!(row, before);
}
#[test]
fn a_label_is_not_taken_from_a_version_that_the_request_does_not_name() {
    let mut row = created();
    put(&mut row, "v2", &["mine"]);
    let before = row.clone();
    refused(
        shift(&mut row, "CURRENT", None, Some("v2")),
        "InvalidParameterException",
        "The parameter RemoveFromVersionId can't be empty. Staging label AWSCURRENT is currently attached to version v1, so you \
         must explicitly reference that version in RemoveFromVersionId.",
    );
    refused(
        shift(&mut row, "mine", None, Some("v1")),
        "InvalidParameterException",
        "The parameter RemoveFromVersionId can't be empty. Staging label mine is currently attached to version v2, so you must \
         explicitly reference that version in RemoveFromVersionId.",
    );
    assert_eq!(row, before);
}
#[test]
fn a_label_is_not_taken_from_a_version_that_does_not_carry_it() {
    let mut row = created();
    put(&mut row, "v2", &["mine"]);
    put(&mut row, "v3", &["other"]);
    let before = row.clone();
    for (label, from, to) in [
        ("mine", "v3", Some("v1")),
        ("mine", "v3", Some("v2")),
        ("mine", "v3", None),
        ("nobodys", "v3", Some("v1")),
        ("nobodys", "v3", None),
        ("CURRENT", "v3", Some("v2")),
        ("CURRENT", "v3", None),
    ] {
        let error = shift(&mut row, label, Some(from), to).unwrap_err();
        assert_eq!(error.code(), "InvalidParameterException", "{label} {from} {to:?}");
        assert_eq!(error.message().to_string(), format!("Staging label {} isn't attached to version v3.", full(label)));
    }
    assert_eq!(row, before);
}
#[test]
fn a_label_is_removed_for_good() {
    let mut row = created();
    put(&mut row, "v2", &["mine", "PENDING"]);
    assert!(shift(&mut row, "mine", Some("v2"), None).unwrap());
    assert!(shift(&mut row, "PENDING", Some("v2"), None).unwrap());
    expect(&row, &[("v1", &["CURRENT"]), ("v2", &[])]);
}
#[test]
fn current_can_be_moved_but_not_removed() {
    let mut row = created();
    let before = row.clone();
    refused(
        shift(&mut row, "CURRENT", Some("v1"), None),
        "InvalidParameterException",
        "You can only move staging label AWSCURRENT to a different secret version. It can’t be completely removed.",
    );
    assert_eq!(row, before);
}
#[test]
fn a_move_from_nowhere_to_nowhere_is_refused() {
    for label in ["CURRENT", "mine"] {
        let error = shift(&mut created(), label, None, None).unwrap_err();
        assert_eq!(error.code(), "InvalidParameterException");
    }
}
#[test]
fn an_unknown_version_is_not_found_on_either_side() {
    let mut row = created();
    for (from, to) in [(None, Some("x")), (Some("x"), None), (Some("v1"), Some("x")), (Some("x"), Some("v1"))] {
        refused(
            shift(&mut row, "CURRENT", from, to),
            "ResourceNotFoundException",
            "Secrets Manager can't find the specified secret value for VersionId: x",
        );
    }
}
#[test]
fn current_can_be_attached_where_nobody_has_it() {
    let mut row = secret();
    row.versions.push(empty_version("v1", &["PENDING"]));
    assert!(shift(&mut row, "CURRENT", None, Some("v1")).unwrap());
    expect(&row, &[("v1", &["CURRENT", "PENDING"])]);
}

// GetSecretValue.

fn ask<'a>(id: Option<&'a str>, stage: Option<&'a str>) -> Asked<'a> {
    Asked { version_id: id, stage }
}
#[test]
fn the_current_version_is_served_unless_the_request_says_otherwise() {
    let mut row = created();
    put(&mut row, "v2", &["CURRENT", "mine"]);
    for (asked, id) in [
        (ask(None, None), "v2"),
        (ask(None, Some("AWSPREVIOUS")), "v1"),
        (ask(None, Some("mine")), "v2"),
        (ask(Some("v1"), None), "v1"),
        (ask(Some("v2"), Some("mine")), "v2"),
    ] {
        assert_eq!(row.resolve(asked).unwrap().0.id, id);
        assert_eq!(row.asked_for(asked).unwrap().id, id);
    }
}
#[test]
fn an_unknown_id_label_or_pair_is_refused_in_the_words_of_the_question() {
    let mut row = created();
    put(&mut row, "v2", &[]);
    let by_id = "Secrets Manager can't find the specified secret value for VersionId: v9";
    let by_label = "Secrets Manager can't find the specified secret value for staging label: mine";
    let pair = "You provided a VersionStage that is not associated to the provided VersionId.";
    for (asked, code, text) in [
        (ask(Some("v9"), None), "ResourceNotFoundException", by_id),
        (ask(Some("v9"), Some("AWSCURRENT")), "ResourceNotFoundException", by_id),
        (ask(None, Some("mine")), "ResourceNotFoundException", by_label),
        (ask(Some("v1"), Some("AWSCURRENT")), "InvalidRequestException", pair),
        (ask(Some("v1"), Some("mine")), "InvalidRequestException", pair),
    ] {
        refused(row.resolve(asked), code, text);
        assert!(row.asked_for(asked).is_none());
    }
}
#[test]
fn a_secret_without_versions_has_no_current_value() {
    refused(
        secret().resolve(Asked::default()),
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: AWSCURRENT",
    );
}
#[test]
fn a_version_without_value_is_shown_in_the_map_but_neither_served_nor_listed() {
    let mut row = created();
    row.versions.push(empty_version("v2", &["PENDING"]));
    let by_id = "Secrets Manager can't find the specified secret value for VersionId: v2";
    refused(row.resolve(ask(Some("v2"), None)), "ResourceNotFoundException", by_id);
    refused(row.resolve(ask(Some("v2"), Some("AWSPENDING"))), "ResourceNotFoundException", by_id);
    refused(
        row.resolve(ask(None, Some("AWSPENDING"))),
        "ResourceNotFoundException",
        "Secrets Manager can't find the specified secret value for staging label: AWSPENDING",
    );
    assert_eq!(row.asked_for(ask(None, Some("AWSPENDING"))).unwrap().id, "v2");
    assert_eq!(row.labelled().count(), 2);
    assert_eq!(row.listed(true).count(), 1);
}

// Section 5.5.

fn many(deprecated: usize, at: Timestamp) -> SecretRow {
    let mut row = secret();
    for number in 0..deprecated {
        let mut version = empty_version(&format!("d{number}"), &[]);
        version.created = at;
        row.versions.push(version);
    }
    row
}
#[test]
fn a_hundred_deprecated_versions_are_kept_however_old() {
    let mut row = many(DEPRECATED_KEPT, Timestamp::default());
    assert_eq!(row.clean_up(Timestamp::from_secs(1_000_000_000)), []);
    assert_eq!(row.versions.len(), 100);
}
#[test]
fn of_more_than_a_hundred_the_oldest_go_and_labelled_ones_stay() {
    let mut row = many(DEPRECATED_KEPT + 3, Timestamp::default());
    row.versions.insert(0, empty_version("labelled", &["mine"]));
    let dropped = row.clean_up(Timestamp::from_secs(1_000_000_000));
    assert_eq!(dropped.iter().map(|version| version.id.as_str()).collect::<Vec<_>>(), ["d0", "d1", "d2"]);
    assert_eq!(row.versions.len(), 101);
    assert_eq!(row.versions[0].id, "labelled");
}
#[test]
fn no_version_younger_than_a_day_goes_and_no_newer_one_goes_for_it() {
    let made = Timestamp::from_secs(1_000_000);
    let mut row = many(DEPRECATED_KEPT + 3, made);
    row.versions[1].created = made.plus_millis(1);
    assert_eq!(row.clean_up(made.plus_millis(KEPT_FOR_MS - 1)), []);
    let dropped = row.clean_up(made.plus_millis(KEPT_FOR_MS));
    assert_eq!(dropped.iter().map(|version| version.id.as_str()).collect::<Vec<_>>(), ["d0", "d2"]);
}
#[test]
fn a_put_cleans_up_and_tells_what_it_dropped() {
    let mut row = many(DEPRECATED_KEPT, Timestamp::default());
    let day = Timestamp::from_millis(KEPT_FOR_MS);
    assert_eq!(row.put_version(new("v1", day), &[], VERSIONS_MAX).unwrap(), []);
    assert_eq!(row.put_version(new("v2", day), &[], VERSIONS_MAX).unwrap(), []);
    let dropped = row.put_version(new("v3", day), &[], VERSIONS_MAX).unwrap();
    assert_eq!(dropped.iter().map(|version| version.id.as_str()).collect::<Vec<_>>(), ["d0"]);
}
#[test]
fn writing_faster_than_the_clean_up_meets_the_cap() {
    let mut row = secret();
    for number in 0..5 {
        row.put_version(new(&format!("v{number}"), Timestamp::default()), &[], 5).unwrap();
    }
    let before = row.clone();
    let error = row.put_version(new("v5", Timestamp::default()), &[], 5).unwrap_err();
    assert_eq!(
        (error.code(), error.message().to_string().as_str()),
        ("LimitExceededException", "secret has 5 versions; the limit is 5")
    );
    assert_eq!(row, before);
    // A rotation's empty version takes no new place.
    row.versions[4].value = None;
    assert!(row.put_version(new("v4", Timestamp::default()), &texts(&["PENDING"]), 5).is_ok());
}

// Random operations against a naive model.

/// The naive model: who holds which label, and which versions there are. Written from the numbered rules, not from the code.
#[derive(Clone, Debug, Default, PartialEq)]
struct Naive {
    versions: Vec<String>,
    holder: BTreeMap<String, String>,
}
impl Naive {
    fn current_to(&mut self, version: &str, is_put: bool) {
        let before = self.holder.insert(CURRENT.to_owned(), version.to_owned());
        if let Some(before) = before.filter(|before| before != version) {
            if is_put && self.holder.get(PENDING) == Some(&before) {
                self.holder.remove(PENDING);
            }
            self.holder.insert(PREVIOUS.to_owned(), before);
        }
    }
    fn put(&mut self, version: &str, labels: &[String]) -> bool {
        let mut next = self.clone();
        if next.versions.iter().any(|known| known == version) {
            return false;
        }
        let first = next.versions.is_empty();
        next.versions.push(version.to_owned());
        for label in labels.iter().filter(|label| *label != CURRENT) {
            next.holder.insert(label.clone(), version.to_owned());
        }
        if first || labels.is_empty() || labels.iter().any(|label| label == CURRENT) {
            next.current_to(version, true);
        }
        let fits = next.holder.len() <= 20;
        if fits {
            *self = next;
        }
        fits
    }
    fn shift(&mut self, label: &str, from: Option<&str>, to: Option<&str>) -> bool {
        let known = |id: Option<&str>| id.is_none_or(|id| self.versions.iter().any(|version| version == id));
        let holder = self.holder.get(label).cloned();
        if !known(from) || !known(to) || (from.is_some() && holder.as_deref() != from) {
            return false;
        }
        let mut next = self.clone();
        match (from, to) {
            (None, None) => return false,
            (Some(_), None) if label == CURRENT => return false,
            (Some(_), None) => {
                next.holder.remove(label);
            }
            (None, Some(to)) if holder.as_deref().is_some_and(|holder| holder != to) => return false,
            (_, Some(to)) if label == CURRENT => next.current_to(to, false),
            (_, Some(to)) => {
                next.holder.insert(label.to_owned(), to.to_owned());
            }
        }
        let fits = next.holder.len() <= 20;
        if fits {
            *self = next;
        }
        fits
    }
}

#[derive(Clone, Debug)]
enum Step {
    Put(u8, Vec<String>),
    Move(String, Option<u8>, Option<u8>),
}
fn label() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just(CURRENT.to_owned()),
        2 => Just(PREVIOUS.to_owned()),
        2 => Just(PENDING.to_owned()),
        4 => (0..24_u8).prop_map(|number| format!("own{number}")),
    ]
}
fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0..8_u8, proptest::collection::vec(label(), 0..9)).prop_map(|(id, labels)| Step::Put(id, labels)),
        (label(), proptest::option::of(0..8_u8), proptest::option::of(0..8_u8))
            .prop_map(|(label, from, to)| Step::Move(label, from, to)),
    ]
}

proptest! {
    #[test]
    fn labels_stay_as_a_map_from_label_to_version_says_and_current_never_goes(steps in proptest::collection::vec(step(), 1..40)) {
        let mut row = secret();
        let mut naive = Naive::default();
        for step in steps {
            let (done, expected) = match &step {
                Step::Put(id, labels) => {
                    let id = format!("v{id}");
                    let stages: Vec<Text> = labels.iter().map(Text::from).collect();
                    (row.put_version(new(&id, Timestamp::default()), &stages, VERSIONS_MAX).is_ok(), naive.put(&id, labels))
                }
                Step::Move(label, from, to) => {
                    let (from, to) = (from.map(|id| format!("v{id}")), to.map(|id| format!("v{id}")));
                    let label = Text::from(label);
                    let asked = LabelMove { label: &label, remove_from: from.as_deref(), move_to: to.as_deref() };
                    (row.move_label(asked).is_ok(), naive.shift(&label, from.as_deref(), to.as_deref()))
                }
            };
            prop_assert_eq!(done, expected, "{:?}", step);
            let mut holders = BTreeMap::new();
            for version in &row.versions {
                prop_assert!(version.labels.is_sorted());
                for label in &version.labels {
                    prop_assert!(holders.insert(label.to_string(), version.id.to_string()).is_none(), "label on two versions");
                }
            }
            prop_assert_eq!(&holders, &naive.holder);
            prop_assert_eq!(row.versions.iter().map(|version| version.id.to_string()).collect::<Vec<_>>(), naive.versions.clone());
            // S40: from the first version on, exactly one is current.
            prop_assert_eq!(holders.contains_key(CURRENT), !row.versions.is_empty());
        }
    }
}
