//! Staging labels through PutSecretValue and UpdateSecretVersionStage: rules L1 to L11 and the recorded sequences.

use std::collections::BTreeMap;

use strongroom::operation::secretsmanager::{
    CreateSecret, GetSecretValue, ListSecretVersionIds, PutSecretValue, UpdateSecret, UpdateSecretVersionStage,
};

use crate::common::*;

/// One secret, its versions told by their numbers.
struct Bench(House);

impl Bench {
    fn new() -> Self {
        let bench = Self(house());
        bench.0.root.create_secret(CreateSecret::text("s", "v1").client_request_token(token(1))).unwrap();
        bench
    }
    fn put(&self, version: u32, labels: &[&str]) -> &Self {
        let mut request = PutSecretValue::text("s", format!("v{version}")).client_request_token(token(version));
        if !labels.is_empty() {
            request = request.version_stages(labels.iter().map(|label| (*label).into()).collect::<Vec<_>>());
        }
        self.0.root.put_secret_value(request).unwrap();
        self
    }
    fn moved(&self, label: &str, from: Option<u32>, to: Option<u32>) -> Result<(), strongroom::Error> {
        let mut request = UpdateSecretVersionStage::new("s", label);
        request.remove_from_version_id = from.map(|from| token(from).into());
        request.move_to_version_id = to.map(|to| token(to).into());
        let answer = self.0.root.update_secret_version_stage(request)?;
        assert_eq!(answer.name, "s");
        Ok(())
    }
    fn stage(&self, from: u32, to: u32) -> &Self {
        self.moved("AWSCURRENT", Some(from), Some(to)).unwrap();
        self
    }
    /// Labels by version, `AWS` left out; versions without labels are not in the map.
    #[track_caller]
    fn shows(&self, expected: &[(u32, &str)]) -> &Self {
        let map = self.0.root.describe_secret("s").unwrap().version_ids_to_stages.unwrap_or_default();
        let shown: BTreeMap<String, String> = map
            .iter()
            .map(|(id, labels)| {
                let labels: Vec<&str> = labels.iter().map(|label| label.strip_prefix("AWS").unwrap_or(label)).collect();
                (id.to_string(), labels.join(","))
            })
            .collect();
        let expected: BTreeMap<String, String> =
            expected.iter().map(|(version, labels)| (token(*version), (*labels).to_owned())).collect();
        assert_eq!(shown, expected);
        self
    }
}

#[test]
fn l7_a_plain_put_over_a_promoted_version_takes_pending_from_it() {
    let bench = Bench::new();
    bench.shows(&[(1, "CURRENT")]).put(2, &["AWSPENDING"]).shows(&[(1, "CURRENT"), (2, "PENDING")]);
    bench.stage(1, 2).shows(&[(1, "PREVIOUS"), (2, "CURRENT,PENDING")]);
    bench.put(3, &[]).shows(&[(2, "PREVIOUS"), (3, "CURRENT")]);
}

#[test]
fn l6_labels_of_the_user_stay_where_they_are_when_current_moves() {
    let bench = Bench::new();
    bench.put(2, &["AWSPENDING", "AWSSOMETHING", "PUT1"]).stage(1, 2).put(3, &["AWSPENDING", "PUT2"]);
    bench.shows(&[(1, "PREVIOUS"), (2, "CURRENT,SOMETHING,PUT1"), (3, "PENDING,PUT2")]);
    bench.stage(2, 3).shows(&[(2, "PREVIOUS,SOMETHING,PUT1"), (3, "CURRENT,PENDING,PUT2")]);
}

#[test]
fn l2_a_put_with_labels_takes_them_from_their_holders_and_leaves_current() {
    let bench = Bench::new();
    bench.put(2, &["one", "two", "three"]).put(3, &["one", "two", "four"]);
    bench.shows(&[(1, "CURRENT"), (2, "three"), (3, "four,one,two")]);
    let bench = Bench::new();
    bench.put(2, &["one", "two", "three"]).put(3, &["one", "two", "three", "four"]);
    bench.shows(&[(1, "CURRENT"), (3, "four,one,three,two")]);
}

#[test]
fn current_by_name_and_by_moves_leaves_the_recorded_labels() {
    let bench = Bench::new();
    bench.put(2, &["AWSCURRENT", "PUT0"]).put(3, &["AWSPENDING", "PUT1"]).stage(2, 3);
    bench.put(4, &["AWSPENDING", "PUT2"]).stage(3, 4);
    bench.shows(&[(2, "PUT0"), (3, "PREVIOUS,PUT1"), (4, "CURRENT,PENDING,PUT2")]);
}

#[test]
fn l3_the_first_version_is_current_whatever_was_asked() {
    let house = house();
    house.root.create_secret(CreateSecret::new("s")).unwrap();
    let bench = Bench(house);
    bench.put(1, &["mine"]).shows(&[(1, "CURRENT,mine")]);
}

#[test]
fn l5_a_rollback_swaps_current_and_previous() {
    let bench = Bench::new();
    bench.put(2, &[]).stage(2, 1).shows(&[(1, "CURRENT"), (2, "PREVIOUS")]);
    assert_eq!(bench.0.root.get_secret_value("s").unwrap().value(), b"v1");
    bench.stage(1, 2).shows(&[(1, "PREVIOUS"), (2, "CURRENT")]);
}

#[test]
fn l8_a_plain_put_and_an_update_keep_the_users_labels_on_the_old_version() {
    let bench = Bench::new();
    bench.moved("mine", None, Some(1)).unwrap();
    bench.put(2, &[]).shows(&[(1, "PREVIOUS,mine"), (2, "CURRENT")]);
    bench.0.root.update_secret(UpdateSecret::text("s", "v3").client_request_token(token(3))).unwrap();
    bench.shows(&[(1, "mine"), (2, "PREVIOUS"), (3, "CURRENT")]);
}

#[test]
fn l9_a_version_that_lost_its_last_label_is_still_read_by_its_id() {
    let bench = Bench::new();
    bench.put(2, &[]).put(3, &[]).shows(&[(2, "PREVIOUS"), (3, "CURRENT")]);
    let read = bench.0.root.get_secret_value(GetSecretValue::new("s").version_id(token(1))).unwrap();
    assert_eq!((read.value(), read.version_stages.is_none()), (&b"v1"[..], true));
    // And may get a label again.
    bench.moved("AWSCURRENT", Some(3), Some(1)).unwrap();
    bench.shows(&[(1, "CURRENT"), (3, "PREVIOUS")]);
}

#[test]
fn a_put_answers_the_labels_that_are_now_on_the_version() {
    let bench = Bench::new();
    let put = |version: u32| PutSecretValue::text("s", "v").client_request_token(token(version));
    let answer = bench.0.root.put_secret_value(put(2)).unwrap();
    assert_eq!(answer.version_stages, ["AWSCURRENT"]);
    let labels: Vec<strongroom::name::Text> = vec!["b".into(), "a".into(), "b".into()];
    let answer = bench.0.root.put_secret_value(put(3).version_stages(labels)).unwrap();
    assert_eq!(answer.version_stages, ["a", "b"]);
}

#[test]
fn a_label_held_elsewhere_moves_only_from_the_version_that_is_named() {
    let bench = Bench::new();
    bench.put(2, &["AWSPENDING"]);
    let attached = |label: &str, holder: u32| {
        format!(
            "The parameter RemoveFromVersionId can't be empty. Staging label {label} is currently attached to version \
             {}, so you must explicitly reference that version in RemoveFromVersionId.",
            token(holder)
        )
    };
    refused(bench.moved("AWSCURRENT", None, Some(2)), "InvalidParameterException", &attached("AWSCURRENT", 1));
    refused(bench.moved("AWSPENDING", None, Some(1)), "InvalidParameterException", &attached("AWSPENDING", 2));
    // Named, but not the holder.
    refused_as(bench.moved("AWSCURRENT", Some(2), Some(1)), "InvalidParameterException");
    refused_as(bench.moved("AWSCURRENT", Some(2), Some(2)), "InvalidParameterException");
    refused_as(bench.moved("nobody", Some(2), Some(1)), "InvalidParameterException");
    refused_as(bench.moved("nobody", Some(2), None), "InvalidParameterException");
    // Neither of the two.
    refused_as(bench.moved("AWSPENDING", None, None), "InvalidParameterException");
    refused_as(bench.moved("nobody", None, None), "InvalidParameterException");
    bench.shows(&[(1, "CURRENT"), (2, "PENDING")]);
}

#[test]
fn l10_current_is_moved_and_never_just_removed() {
    let bench = Bench::new();
    bench.put(2, &[]);
    refused(
        bench.moved("AWSCURRENT", Some(2), None),
        "InvalidParameterException",
        "You can only move staging label AWSCURRENT to a different secret version. It can\u{2019}t be completely removed.",
    );
    // Its sister may go.
    bench.moved("AWSPREVIOUS", Some(1), None).unwrap();
    bench.shows(&[(2, "CURRENT")]);
}

#[test]
fn a_move_to_or_from_an_unknown_version_is_refused() {
    let bench = Bench::new();
    refused_as(bench.moved("AWSCURRENT", Some(1), Some(9)), "ResourceNotFoundException");
    refused_as(bench.moved("AWSCURRENT", Some(9), Some(1)), "ResourceNotFoundException");
    refused_as(bench.moved("mine", None, Some(9)), "ResourceNotFoundException");
    refused_as(bench.moved("mine", Some(9), None), "ResourceNotFoundException");
    bench.shows(&[(1, "CURRENT")]);
}

#[test]
fn a_move_to_where_the_label_is_changes_nothing() {
    let bench = Bench::new();
    bench.0.clock.advance_millis(10);
    let before = bench.0.root.describe_secret("s").unwrap();
    bench.moved("AWSCURRENT", None, Some(1)).unwrap();
    bench.moved("AWSCURRENT", Some(1), Some(1)).unwrap();
    assert_eq!(bench.0.root.describe_secret("s").unwrap(), before);
}

#[test]
fn l11_twenty_labels_are_the_most_that_all_versions_may_have() {
    let bench = Bench::new();
    let labels: Vec<String> = (0..19).map(|number| format!("label{number}")).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    bench.put(2, &labels);
    refused_as(bench.moved("one-more", None, Some(1)), "LimitExceededException");
    // A plain put would need AWSPREVIOUS as well.
    let put = PutSecretValue::text("s", "v3").client_request_token(token(3));
    refused_as(bench.0.root.put_secret_value(put), "LimitExceededException");
    refused_as(
        bench.0.root.get_secret_value(GetSecretValue::new("s").version_id(token(3))),
        "ResourceNotFoundException",
    );
    // Taking labels from their holder adds none.
    bench.put(4, &labels);
    bench.moved("label0", Some(4), None).unwrap();
    bench.moved("one-more", None, Some(1)).unwrap();
    let list = bench.0.root.list_secret_version_ids(ListSecretVersionIds::new("s").include_deprecated(true)).unwrap();
    assert_eq!(list.versions.len(), 3);
}

#[test]
fn labels_out_of_bounds_are_refused() {
    let bench = Bench::new();
    let put = |labels: Vec<String>| {
        let labels: Vec<strongroom::name::Text> = labels.into_iter().map(Into::into).collect();
        bench.0.root.put_secret_value(PutSecretValue::text("s", "v").version_stages(labels))
    };
    refused_as(put(vec![]), "ValidationException");
    refused_as(put(vec![String::new()]), "ValidationException");
    refused_as(put(vec!["l".repeat(257)]), "ValidationException");
    refused_as(put((0..21).map(|number| format!("l{number}")).collect()), "ValidationException");
    refused_as(bench.moved("", None, Some(1)), "ValidationException");
    put(vec!["l".repeat(256)]).unwrap();
}

#[test]
fn more_than_a_hundred_deprecated_versions_go_after_a_day_and_none_before() {
    let bench = Bench::new();
    for version in 2..=110 {
        bench.put(version, &[]);
    }
    let all = || {
        let mut request = ListSecretVersionIds::new("s").include_deprecated(true);
        let mut ids = Vec::new();
        loop {
            let page = bench.0.root.list_secret_version_ids(request.clone()).unwrap();
            ids.extend(page.versions.iter().map(|version| version.version_id.to_string()));
            let Some(next) = page.next_token else { return ids };
            request = request.next_token(next);
        }
    };
    // 108 without labels, all of today.
    assert_eq!(all().len(), 110);
    bench.0.clock.advance_millis(86_400_000);
    bench.put(111, &[]);
    let kept = all();
    assert_eq!(kept.len(), 102, "100 deprecated, previous and current");
    assert!(!kept.contains(&token(9)) && kept.contains(&token(10)));
    refused_as(
        bench.0.root.get_secret_value(GetSecretValue::new("s").version_id(token(9))),
        "ResourceNotFoundException",
    );
    assert_eq!(bench.0.root.get_secret_value(GetSecretValue::new("s").version_id(token(10))).unwrap().value(), b"v10");
}
