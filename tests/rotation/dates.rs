//! When rotations run, and NextRotationDate (11.3).

use strongroom::clock::{Clock as _, Timestamp};
use strongroom::operation::secretsmanager::{PutSecretValue, RotateSecret, RotationRules, UpdateSecret};
use strongroom::{RotationStep, Strongroom};

use crate::common::*;
use crate::*;

const HOUR: i64 = 3_600_000;

fn at(text: &str) -> Option<Timestamp> {
    Some(Timestamp::from_iso_8601(text).unwrap())
}
fn next(house: &House) -> Option<Timestamp> {
    described(house).next_rotation_date
}
fn set(house: &House, text: &str) {
    house.clock.set(Timestamp::from_iso_8601(text).unwrap());
}
/// Configures and rotates once, at 2027-01-15T08:00:00.123Z, a Friday.
fn configured(rules: RotationRules) -> (House, Script) {
    let (house, script) = rotating_house();
    rotate(&house, by(1).rotation_rules(rules)).unwrap();
    assert_eq!(due(&house), (1, 0));
    script.forget();
    (house, script)
}

#[test]
fn the_next_date_is_the_latest_moment_of_the_next_window() {
    for (rules, date) in [
        (every_days(30), "2027-02-14T23:59:59Z"),
        (every_days(1), "2027-01-16T23:59:59Z"),
        (every_days(30).duration("3h"), "2027-02-14T02:59:59Z"),
        (on("rate(10 days)"), "2027-01-25T23:59:59Z"),
        (on("rate(10 days)").duration("24h"), "2027-01-25T23:59:59Z"),
        (on("rate(4 hours)"), "2027-01-16T00:59:59Z"),
        (on("rate(6 hours)").duration("6h"), "2027-01-16T05:59:59Z"),
        (on("cron(0 8/8 * * ? *)"), "2027-01-15T16:59:59Z"),
        (on("cron(0 10 * * ? *)"), "2027-01-15T23:59:59Z"),
        (on("cron(0 8 * * ? *)"), "2027-01-16T23:59:59Z"),
        (on("cron(0 10 * * ? *)").duration("2h"), "2027-01-15T11:59:59Z"),
        (on("cron(0 18 ? * SAT *)"), "2027-01-16T23:59:59Z"),
        (on("cron(0 17 L * ? *)"), "2027-01-31T23:59:59Z"),
        (on("cron(0 1 ? 1/3 SUN#1 *)"), "2027-04-04T23:59:59Z"),
    ] {
        let (house, _) = configured(rules.clone());
        assert_eq!(next(&house), at(date), "{rules:?}");
    }
    let (house, _) = rotating_house();
    rotate(&house, by(1)).unwrap();
    assert_eq!(next(&house), None, "without rules nothing is scheduled");
}

#[test]
fn a_rotation_runs_at_the_start_of_its_window_with_a_token_of_its_own_and_never_twice() {
    let (house, script) = configured(on("cron(0 10 * * ? *)"));
    set(&house, "2027-01-15T09:59:59Z");
    assert_eq!(due(&house), (0, 0));
    set(&house, "2027-01-15T10:00:00Z");
    assert_eq!(due(&house), (1, 0));
    assert_eq!(script.steps(), STEPS);
    let made = current(&house);
    assert!(made != token(1) && made.len() == 36);
    assert_eq!(described(&house).last_rotated_date, at("2027-01-15T10:00:00Z"));
    assert_eq!(next(&house), at("2027-01-16T23:59:59Z"));
    assert_eq!(due(&house), (0, 0));
    set(&house, "2027-01-15T23:00:00Z");
    assert_eq!(due(&house), (0, 0));
}

#[test]
fn windows_that_were_missed_are_made_up_for_once() {
    let (house, script) = configured(on("rate(4 hours)"));
    set(&house, "2027-03-01T05:30:00Z");
    assert!(next(&house) < at("2027-03-01"), "until then the date is in the past");
    assert_eq!(due(&house), (1, 0));
    assert_eq!(script.steps().len(), 4);
    assert_eq!(next(&house), at("2027-03-01T08:59:59Z"));
    assert_eq!(due(&house), (0, 0));
}

#[test]
fn a_store_that_was_closed_over_a_window_makes_up_for_it_when_it_is_open_again() {
    let clock = clock();
    let disk = strongroom::testing::CrashBackend::new();
    let room = builder(&clock, 7).create_on_backend(disk.clone(), key()).unwrap();
    let house = House::of(room, clock.clone());
    furnish(&house);
    rotate(&house, by(1).rotation_rules(every_days(7))).unwrap();
    due(&house);
    let House { room, root, .. } = house;
    drop((room, root));
    clock.advance_days(40);
    let room: Strongroom = builder(&clock, 8).open_on_backend(disk, key()).unwrap();
    let house = House::of(room, clock);
    // Functions are not kept in the file, and whoever registered none leaves the rotation to those who do: nothing has failed.
    assert_eq!(due(&house), (0, 0));
    assert_eq!(house.root.rotation_status("s").unwrap().last_failure, None);
    register(&house);
    assert_eq!(due(&house), (1, 0));
    assert_eq!(next(&house), at("2027-03-03T23:59:59Z"));
}

#[test]
fn days_count_from_the_last_rotation_or_change_of_the_value_by_hand() {
    for rules in [every_days(10), on("rate(10 days)")] {
        let (house, script) = configured(rules);
        assert_eq!(next(&house), at("2027-01-25T23:59:59Z"));
        house.advance_days(3);
        house.root.update_secret(UpdateSecret::new("s").description("no value")).unwrap();
        assert_eq!(next(&house), at("2027-01-25T23:59:59Z"));
        let pending = PutSecretValue::text("s", "x").version_stages(vec!["mine".into()]);
        house.root.put_secret_value(pending).unwrap();
        assert_eq!(next(&house), at("2027-01-25T23:59:59Z"));
        house.root.put_secret_value(PutSecretValue::text("s", "by hand")).unwrap();
        assert_eq!(next(&house), at("2027-01-28T23:59:59Z"));
        house.advance_days(1);
        house.root.update_secret(UpdateSecret::text("s", "by hand too")).unwrap();
        assert_eq!(next(&house), at("2027-01-29T23:59:59Z"));
        set(&house, "2027-01-28T23:59:59Z");
        assert_eq!(due(&house), (0, 0));
        set(&house, "2027-01-29T00:00:00Z");
        assert_eq!(due(&house), (1, 0));
        assert_eq!(script.steps(), STEPS);
        assert_eq!(next(&house), at("2027-02-08T23:59:59Z"));
    }
    // A calendar does not care.
    let (house, _) = configured(on("cron(0 10 1 * ? *)"));
    house.root.put_secret_value(PutSecretValue::text("s", "by hand")).unwrap();
    assert_eq!(next(&house), at("2027-02-01T23:59:59Z"));
}

#[test]
fn of_an_expression_the_days_are_told_after_a_successful_rotation() {
    let (house, _) = rotating_house();
    rotate(&house, by(1).rotation_rules(on("cron(0 10 1 * ? *)"))).unwrap();
    assert_eq!(described(&house).rotation_rules.unwrap().automatically_after_days, None);
    assert_eq!(due(&house), (1, 0));
    let rules = described(&house).rotation_rules.unwrap();
    assert_eq!(
        (rules.automatically_after_days, &*rules.schedule_expression.unwrap()),
        (Some(17), "cron(0 10 1 * ? *)")
    );
    rotate(&house, RotateSecret::new("s").rotation_rules(on("rate(4 hours)"))).unwrap();
    assert_eq!(due(&house), (1, 0));
    assert_eq!(described(&house).rotation_rules.unwrap().automatically_after_days, Some(1));
}

#[test]
fn not_at_once_the_first_rotation_waits_for_its_window() {
    let (house, script) = rotating_house();
    // Older than its rules allow: the next window is the next day's, not now.
    house.advance_days(100);
    rotate(&house, by(1).rotate_immediately(false).rotation_rules(every_days(30))).unwrap();
    assert_eq!(next(&house), at("2027-04-26T23:59:59Z"));
    assert_eq!(due(&house), (0, 0));
    assert_eq!(script.steps(), ["testSecret"]);
    house.advance_days(1);
    assert_eq!(due(&house), (1, 0));
    assert_eq!(next(&house), at("2027-05-26T23:59:59Z"));
}

#[test]
fn a_cancelled_schedule_does_not_run() {
    let (house, script) = configured(every_days(1));
    house.root.cancel_rotate_secret("s").unwrap();
    house.advance_days(10);
    assert_eq!(due(&house), (0, 0));
    assert!(script.steps().is_empty());
    assert_eq!(next(&house), None);
}

#[test]
fn a_window_that_opens_while_a_rotation_is_failing_begins_no_second_one() {
    let (house, script) = configured(every_days(1));
    script.fail(RotationStep::SetSecret, 3);
    house.advance_days(1);
    assert_eq!(due(&house), (0, 1));
    let made = house.root.rotation_status("s").unwrap().pending_version.unwrap();
    for _ in 0..2 {
        house.advance_days(1);
        assert_eq!(due(&house), (0, 1));
        assert_eq!(house.root.rotation_status("s").unwrap().pending_version.as_ref(), Some(&made));
    }
    house.advance_days(1);
    assert_eq!(due(&house), (1, 0));
    assert_eq!(current(&house), *made);
    assert_eq!(next(&house), at("2027-01-20T23:59:59Z"));
}

#[test]
fn a_half_done_version_of_nobodys_run_is_what_the_next_window_finishes() {
    let (house, script) = configured(every_days(1));
    rotate(&house, by(2)).unwrap();
    house.root.cancel_rotate_secret("s").unwrap();
    // Switched on again by its own token it would run at once; so it waits until the day is over.
    let put = PutSecretValue::text("s", "x").client_request_token(token(2)).version_stages(vec!["AWSPENDING".into()]);
    house.root.put_secret_value(put).unwrap();
    rotate(&house, by(2).rotation_rules(every_days(1))).unwrap();
    assert_eq!(due(&house), (1, 0));
    assert_eq!((current(&house), value(&house.root, "s")), (token(2), "x".into()));
    assert_eq!(script.steps(), STEPS);
}

#[test]
fn a_clock_that_steps_back_makes_nothing_due_a_second_time_and_loses_no_window() {
    let (house, script) = configured(on("rate(4 hours)"));
    set(&house, "2027-01-16T00:00:00Z");
    assert_eq!(due(&house), (1, 0));
    house.clock.advance_millis(-12 * HOUR);
    assert_eq!(due(&house), (0, 0));
    set(&house, "2027-01-16T03:59:59Z");
    assert_eq!(due(&house), (0, 0));
    set(&house, "2027-01-16T04:00:00Z");
    assert_eq!(due(&house), (1, 0));
    assert_eq!(script.steps().len(), 8);
    // A pause after a failure is told by the store's own time as well.
    script.fail(RotationStep::CreateSecret, 1);
    set(&house, "2027-01-16T08:00:00Z");
    assert_eq!(due(&house), (0, 1));
    house.clock.advance_millis(-HOUR);
    assert_eq!(due(&house), (0, 0));
    set(&house, "2027-01-16T08:01:00Z");
    assert_eq!(due(&house), (1, 0));
    assert_eq!(house.clock.now(), at("2027-01-16T08:01:00Z").unwrap());
}
