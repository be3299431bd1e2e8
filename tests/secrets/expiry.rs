//! Goal: a date of expiry is kept, told among what is due, and does nothing by itself. Method: dates on both sides of now, by
//! those who may set them and those who may list them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::time::Duration;

use crate::common::*;
use strongroom::audit::Outcome;
use strongroom::operation::secretsmanager::{CreateSecret, DeleteSecret, PutSecretValue};
use strongroom::testing::MemoryBackend;
use strongroom::{DueItem, DueKind, ErrorKind, Session};

const DAY: Duration = Duration::from_secs(86_400);

fn told(session: &Session, within: Duration) -> Vec<(String, DueKind, i64, bool)> {
    let list = session.due(within).unwrap();
    assert_eq!(list.more, 0);
    let days = |item: &DueItem| (item.date.as_millis() - NOW.as_millis()) / 86_400_000;
    list.items.iter().map(|item| (item.name.to_string(), item.kind, days(item), item.overdue)).collect()
}

#[test]
fn what_is_due_is_told_by_date_and_within_the_time_asked_for() {
    let house = house();
    for name in ["never", "late", "soon", "then", "doomed"] {
        house.secret(name, "v");
    }
    house.root.set_expiry("late", Some(NOW.plus_days(-2))).unwrap();
    house.root.set_expiry("soon", Some(NOW.plus_days(3))).unwrap();
    house.root.set_expiry("then", Some(NOW.plus_days(30))).unwrap();
    house.root.set_expiry("doomed", Some(NOW.plus_days(1))).unwrap();
    house.root.delete_secret(DeleteSecret::new("doomed").recovery_window_in_days(7)).unwrap();
    let late = ("late".to_owned(), DueKind::Expiry, -2, true);
    let soon = ("soon".to_owned(), DueKind::Expiry, 3, false);
    let doomed = ("doomed".to_owned(), DueKind::Deletion, 7, false);
    let then = ("then".to_owned(), DueKind::Expiry, 30, false);
    assert_eq!(told(&house.root, Duration::ZERO), std::slice::from_ref(&late));
    assert_eq!(told(&house.root, 3 * DAY), [late.clone(), soon.clone()]);
    assert_eq!(told(&house.root, 7 * DAY), [late.clone(), soon.clone(), doomed.clone()]);
    assert_eq!(told(&house.root, Duration::MAX), [late, soon, doomed, then]);
    house.root.set_expiry("late", None).unwrap();
    house.advance_days(8);
    let late = ("soon".to_owned(), DueKind::Expiry, 3, true);
    assert_eq!(told(&house.root, Duration::ZERO), [late], "and the one that is gone is not due for anything");
}

#[test]
fn nothing_happens_when_a_secret_expires() {
    let house = house();
    house.secret("s", "1");
    house.root.set_expiry("s", Some(NOW.plus_days(1))).unwrap();
    house.advance_days(2);
    house.room.run_due().unwrap();
    assert_eq!(house.root.get_secret_value("s").unwrap().value(), b"1");
    house.root.put_secret_value(PutSecretValue::text("s", "2")).unwrap();
    assert_eq!(told(&house.root, Duration::ZERO).len(), 1, "a new value does not change the date");
    assert!(house.root.describe_secret("s").unwrap().deleted_date.is_none());
}

#[test]
fn a_date_outlives_the_handle_and_ends_with_its_secret() {
    let disk = MemoryBackend::new();
    let room = builder(&clock(), 3).create_on_backend(disk.clone(), key()).unwrap();
    room.root().create_secret(CreateSecret::text("s", "v")).unwrap();
    room.root().set_expiry("s", Some(NOW)).unwrap();
    drop(room);
    let room = builder(&clock(), 4).open_on_backend(disk, key()).unwrap();
    assert_eq!(told(&room.root(), Duration::ZERO).len(), 1);
    room.root().delete_secret(DeleteSecret::new("s").force_delete_without_recovery(true)).unwrap();
    room.root().create_secret(CreateSecret::text("s", "v")).unwrap();
    assert!(told(&room.root(), Duration::MAX).is_empty());
}

#[test]
fn setting_is_an_update_of_the_secret_and_the_list_is_a_list_of_all_secrets() {
    let sink = Sink::default();
    let house = house_with(sink.clone());
    let arn = house.secret("s", "v");
    house.secret("doomed", "v");
    house.root.delete_secret("doomed").unwrap();
    let nobody = house.user("nobody");
    denied(nobody.set_expiry("s", None), &user_arn("nobody"), "secretsmanager:UpdateSecret", Some("s"));
    denied(nobody.set_expiry("none", None), &user_arn("nobody"), "secretsmanager:UpdateSecret", Some("none"));
    denied(nobody.due(DAY), &user_arn("nobody"), "secretsmanager:ListSecrets", None);
    let only = format!(r#""StringEquals":{{"secretsmanager:SecretId":"{arn}"}}"#);
    let user = house.user_with("u", allow_if("secretsmanager:UpdateSecret", "*", &only));
    assert_eq!(user.set_expiry("s", Some(NOW)).unwrap_err().kind(), ErrorKind::AccessDenied);
    let changed = house.root.describe_secret("s").unwrap().last_changed_date.unwrap();
    house.clock.advance_millis(1_000);
    sink.take();
    user.set_expiry(&arn, Some(NOW)).unwrap();
    assert_eq!(house.root.describe_secret("s").unwrap().last_changed_date.unwrap(), changed.plus_millis(1_000));
    let events = sink.take();
    assert_eq!((events[0].service, events[0].operation), ("strongroom", "SetExpiry"));
    assert_eq!(events[0].decisions[0].action, "secretsmanager:UpdateSecret");
    let before = house.room.status().unwrap().sequence;
    user.set_expiry(&arn, Some(NOW)).unwrap();
    assert_eq!(house.room.status().unwrap().sequence, before, "the same date is no change");

    refused(house.root.set_expiry("none", Some(NOW)), "ResourceNotFoundException", NOT_FOUND);
    refused(house.root.set_expiry("doomed", Some(NOW)), "InvalidRequestException", SCHEDULED);
    refused_as(house.root.set_expiry("", Some(NOW)), "ValidationException");
    sink.take();
    let lister = house.user_with("l", allow("secretsmanager:ListSecrets", "*"));
    sink.take();
    assert_eq!(lister.due(DAY).unwrap().items.len(), 1);
    let events = sink.take();
    assert_eq!((events[0].service, events[0].operation, events[0].outcome), ("strongroom", "Due", Outcome::Done));
}

#[test]
fn a_long_list_is_cut_after_the_most_urgent_and_says_how_much_is_missing() {
    let house = house();
    house
        .root
        .transaction(|t| {
            for number in 0..1_020_i64 {
                t.create_secret(CreateSecret::new(format!("s/{number:04}")))?;
                t.set_expiry(&format!("s/{number:04}"), Some(NOW.plus_days(2_000 - number)))?;
            }
            Ok::<_, strongroom::Error>(())
        })
        .unwrap();
    let list = house.root.due(Duration::MAX).unwrap();
    assert_eq!((list.items.len(), list.more), (1_000, 20));
    assert_eq!((&*list.items[0].name, &*list.items[999].name), ("s/1019", "s/0020"));
    assert!(list.items.is_sorted_by_key(|item| item.date));
}
