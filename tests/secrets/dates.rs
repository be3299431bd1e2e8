//! Dates: what moves which, and that a read writes nothing by itself.

use strongroom::clock::Timestamp;
use strongroom::operation::secretsmanager::{
    CreateSecret, DeleteSecret, GetSecretValue, ListSecretVersionIds, PutResourcePolicy, PutSecretValue, Tag,
    TagResource, UpdateSecret, UpdateSecretVersionStage,
};

use crate::common::*;

const DAY: Timestamp = NOW.day_start();

#[test]
fn a_read_shows_at_midnight_of_its_day_and_looking_does_not_count() {
    let house = house();
    house.root.create_secret(CreateSecret::text("s", "v").client_request_token(token(1))).unwrap();
    let accessed = || {
        let list = house.root.list_secret_version_ids(ListSecretVersionIds::new("s").include_deprecated(true)).unwrap();
        let versions: Vec<Option<Timestamp>> = list.versions.iter().map(|version| version.last_accessed_date).collect();
        (house.root.describe_secret("s").unwrap().last_accessed_date, versions)
    };
    assert_eq!(accessed(), (None, vec![None]));
    house.root.get_secret_value("s").unwrap();
    assert_eq!(accessed(), (Some(DAY), vec![Some(DAY)]));
    assert_eq!(DAY.as_millis() % 86_400_000, 0);
    // The version that was read, not its sister.
    house.clock.advance_millis(1);
    house.root.put_secret_value(PutSecretValue::text("s", "w")).unwrap();
    house.advance_days(1);
    assert_eq!(accessed(), (Some(DAY), vec![Some(DAY), None]));
    house.root.get_secret_value("s").unwrap();
    let next = DAY.plus_days(1);
    assert_eq!(accessed(), (Some(next), vec![Some(DAY), Some(next)]));
}

#[test]
fn a_read_writes_nothing_until_the_next_commit_or_until_due_work_is_done() {
    let house = house();
    house.secret("a", "v");
    house.secret("b", "v");
    let sequence = || house.room.status().unwrap().sequence;
    let before = sequence();
    for _ in 0..10 {
        house.root.get_secret_value("a").unwrap();
    }
    assert_eq!(sequence(), before);
    let report = house.room.run_due().unwrap();
    assert!(report.accesses_written);
    assert_eq!(sequence(), before + 1);
    assert!(!house.room.run_due().unwrap().accesses_written, "nothing waits any more");
    assert_eq!(sequence(), before + 1);
    // A second read of the same day has nothing to add.
    house.root.get_secret_value("a").unwrap();
    assert!(!house.room.run_due().unwrap().accesses_written);
    // The next commit takes the date along.
    house.root.get_secret_value("b").unwrap();
    house.secret("c", "v");
    assert!(!house.room.run_due().unwrap().accesses_written);
    assert_eq!(house.root.describe_secret("b").unwrap().last_accessed_date, Some(DAY));
}

#[test]
fn a_failed_read_is_none() {
    let house = house();
    house.secret("s", "v");
    house.user("nobody");
    let nobody = house.room.session("user/nobody").unwrap();
    assert!(nobody.get_secret_value("s").is_err());
    assert!(house.root.get_secret_value(GetSecretValue::new("s").version_id(token(9))).is_err());
    assert!(house.root.get_secret_value(GetSecretValue::new("s").version_stage("none")).is_err());
    assert_eq!(house.root.describe_secret("s").unwrap().last_accessed_date, None);
}

#[test]
fn a_secret_made_again_was_never_read() {
    let house = house();
    let create = || CreateSecret::text("s", "v").client_request_token(token(1));
    // More secrets wait for their date than one commit takes along, and `s` stands behind them all.
    for number in 0..80 {
        house.secret(&format!("a{number:02}"), "v");
    }
    house.root.create_secret(create()).unwrap();
    for number in 0..80 {
        house.root.get_secret_value(format!("a{number:02}")).unwrap();
    }
    house.root.get_secret_value("s").unwrap();
    house.root.delete_secret(DeleteSecret::new("s").force_delete_without_recovery(true)).unwrap();
    house.root.create_secret(create()).unwrap();
    assert_eq!(house.root.describe_secret("s").unwrap().last_accessed_date, None);
    house.room.run_due().unwrap();
    assert_eq!(house.root.describe_secret("s").unwrap().last_accessed_date, None);
    assert_eq!(house.root.describe_secret("a79").unwrap().last_accessed_date, Some(DAY));
}

#[test]
fn every_modification_moves_the_date_of_the_last_change_and_no_read_does() {
    let house = house();
    house.root.create_secret(CreateSecret::text("s", "v").client_request_token(token(1))).unwrap();
    let changed = || house.root.describe_secret("s").unwrap().last_changed_date.unwrap();
    let mut steps = 0;
    let mut step = |what: &str, moves: bool, work: &dyn Fn()| {
        house.clock.advance_millis(1_000);
        let before = changed();
        work();
        steps += 1;
        let expected = if moves { NOW.plus_millis(1_000 * steps) } else { before };
        assert_eq!(changed(), expected, "{what}");
    };
    let root = &house.root;
    let text = policy(&[statement("Allow", &root_arn(), "secretsmanager:*")]);
    step("put", true, &|| {
        drop(root.put_secret_value(PutSecretValue::text("s", "w").client_request_token(token(2))).unwrap())
    });
    step("description", true, &|| drop(root.update_secret(UpdateSecret::new("s").description("d")).unwrap()));
    step("tags", true, &|| drop(root.tag_resource(TagResource::new("s", vec![Tag::new("a", "b")])).unwrap()));
    step("policy", true, &|| drop(root.put_resource_policy(PutResourcePolicy::new("s", text.as_str())).unwrap()));
    step("labels", true, &|| {
        let request = UpdateSecretVersionStage::new("s", "mine").move_to_version_id(token(1));
        drop(root.update_secret_version_stage(request).unwrap());
    });
    step("get", false, &|| drop(root.get_secret_value("s").unwrap()));
    step("describe", false, &|| drop(root.describe_secret("s").unwrap()));
    step("repeat", false, &|| {
        drop(root.put_secret_value(PutSecretValue::text("s", "w").client_request_token(token(2))).unwrap())
    });
    step("nothing", false, &|| drop(root.update_secret(UpdateSecret::new("s")).unwrap()));
    step("refused", false, &|| drop(root.put_secret_value(PutSecretValue::new("s")).unwrap_err()));
}

#[test]
fn s42_time_that_steps_back_changes_no_order() {
    let house = house();
    house.root.create_secret(CreateSecret::text("s", "v1").client_request_token(token(9))).unwrap();
    house.clock.advance_millis(-3_600_000);
    house.root.put_secret_value(PutSecretValue::text("s", "v2").client_request_token(token(1))).unwrap();
    // Time never runs backwards in a store: the high-water mark counts.
    let shown = house.root.describe_secret("s").unwrap();
    assert_eq!((shown.created_date, shown.last_changed_date), (Some(NOW), Some(NOW)));
    assert_eq!(house.root.get_secret_value("s").unwrap().created_date, Some(NOW));
}
