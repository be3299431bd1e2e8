//! Goal: a watch tells every change of a secret's value and labels, and nothing else, to those who may know. Method: one change
//! after the other, by other sessions; waits are ended by commits of other threads, never by a clock.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::sync::mpsc;
use std::time::Duration;

use crate::common::*;
use strongroom::audit::Outcome;
use strongroom::operation::iam::DeleteUserPolicy;
use strongroom::operation::secretsmanager::{
    CreateSecret, DeleteSecret, PutSecretValue, RestoreSecret, Tag, TagResource, UpdateSecret, UpdateSecretVersionStage,
};
use strongroom::operation::sts::AssumeRole;
use strongroom::{Error, ErrorKind, Session, Watch};

/// Far longer than any test runs: a wait that is not ended by a commit hangs, and does not pass.
const LONG: Duration = Duration::from_secs(3_600);

fn put(session: &Session, value: &str) {
    session.put_secret_value(PutSecretValue::text("s", value)).unwrap();
}
#[track_caller]
fn told_once(watch: &mut Watch) {
    let before = watch.generation();
    assert!(watch.changed().unwrap());
    assert!(watch.generation() > before);
    assert!(!watch.changed().unwrap(), "told once");
}
fn gone(watch: &mut Watch) -> ErrorKind {
    watch.changed().unwrap_err().kind()
}

#[test]
fn changes_of_value_and_labels_are_told_once_and_nothing_else_is() {
    let house = house();
    house.secret("s", "1");
    house.secret("other", "1");
    let mut watch = house.root.watch("s").unwrap();
    assert!(!watch.changed().unwrap());
    put(&house.root, "2");
    told_once(&mut watch);
    // However many there were.
    put(&house.root, "3");
    put(&house.root, "4");
    told_once(&mut watch);
    let versions = house.root.describe_secret("s").unwrap().version_ids_to_stages.unwrap();
    let at = |label: &str| versions.iter().find(|(_, labels)| labels.iter().any(|own| own == label)).unwrap().0.clone();
    let back = UpdateSecretVersionStage::new("s", "AWSCURRENT")
        .move_to_version_id(at("AWSPREVIOUS"))
        .remove_from_version_id(at("AWSCURRENT"));
    house.root.update_secret_version_stage(back).unwrap();
    told_once(&mut watch);

    let generation = watch.generation();
    house.root.tag_resource(TagResource::new("s", vec![Tag::new("k", "v")])).unwrap();
    house.root.update_secret(UpdateSecret::new("s").description("d")).unwrap();
    let key = house.customer_key(policy(&[statement("Allow", &root_arn(), "kms:*")]));
    house.root.update_secret(UpdateSecret::new("s").kms_key_id(key)).unwrap();
    house.root.put_secret_value(PutSecretValue::text("other", "2")).unwrap();
    house.root.get_secret_value("s").unwrap();
    house.room.run_due().unwrap();
    assert!(!watch.changed().unwrap());
    assert_eq!(watch.generation(), generation);
}

#[test]
fn a_deletion_a_restoration_and_another_secret_of_the_name_are_told() {
    let house = house();
    let arn = house.secret("s", "1");
    let mut by_name = house.root.watch("s").unwrap();
    let mut by_arn = house.root.watch(&arn).unwrap();
    house.root.delete_secret("s").unwrap();
    told_once(&mut by_name);
    assert_eq!(by_name.arn(), Some(arn.as_str()));
    house.root.restore_secret(RestoreSecret::new("s")).unwrap();
    told_once(&mut by_name);
    assert!(!by_arn.changed().unwrap(), "it is as it was when it was asked last");
    house.root.delete_secret(DeleteSecret::new("s").force_delete_without_recovery(true)).unwrap();
    told_once(&mut by_name);
    told_once(&mut by_arn);
    assert_eq!((by_name.arn(), by_arn.arn()), (None, None));
    let anew = house.secret("s", "1");
    told_once(&mut by_name);
    assert_eq!(by_name.arn(), Some(anew.as_str()));
    assert!(!by_arn.changed().unwrap(), "an ARN means one secret");
    // Deleted and made anew between two questions: it is another one.
    house.root.delete_secret(DeleteSecret::new("s").force_delete_without_recovery(true)).unwrap();
    house.secret("s", "1");
    told_once(&mut by_name);
    assert_ne!(by_name.arn(), Some(anew.as_str()));
    // By time: told when it is written.
    house.root.delete_secret(DeleteSecret::new("s").recovery_window_in_days(7)).unwrap();
    told_once(&mut by_name);
    house.advance_days(8);
    house.room.run_due().unwrap();
    told_once(&mut by_name);
    assert_eq!(by_name.arn(), None);
}

#[test]
fn a_wait_is_ended_by_the_commit_of_another_thread() {
    let house = house();
    house.secret("s", "0");
    house.secret("other", "0");
    let mut watch = house.root.watch("s").unwrap();
    assert!(!watch.wait(Duration::ZERO).unwrap());
    put(&house.root, "1");
    assert!(watch.wait(LONG).unwrap(), "there was something to tell already");
    let (to_writer, orders) = mpsc::channel::<u32>();
    std::thread::scope(|threads| {
        let writer = house.room.root();
        threads.spawn(move || {
            for number in orders {
                // None of these is what is waited for.
                writer.put_secret_value(PutSecretValue::text("other", number.to_string())).unwrap();
                writer.tag_resource(TagResource::new("s", vec![Tag::new("n", number.to_string())])).unwrap();
                put(&writer, &number.to_string());
            }
        });
        for number in 2..50 {
            to_writer.send(number).unwrap();
            assert!(watch.wait(LONG).unwrap());
            let value = house.root.get_secret_value("s").unwrap();
            assert_eq!(value.value(), number.to_string().as_bytes());
        }
        drop(to_writer);
    });
}

#[test]
fn many_watchers_of_one_secret_are_all_woken() {
    let house = house();
    house.secret("s", "0");
    let (ready, all_ready) = mpsc::channel();
    std::thread::scope(|threads| {
        let waiting: Vec<_> = (0..8)
            .map(|_| {
                let (session, ready) = (house.root.clone(), ready.clone());
                threads.spawn(move || {
                    let mut watch = session.watch("s").unwrap();
                    ready.send(()).unwrap();
                    watch.wait(LONG).unwrap()
                })
            })
            .collect();
        for _ in &waiting {
            all_ready.recv().unwrap();
        }
        put(&house.root, "1");
        assert!(waiting.into_iter().all(|thread| thread.join().unwrap()));
    });
}

#[test]
fn who_may_not_know_any_more_is_denied_and_learns_nothing() {
    let sink = Sink::default();
    let house = house_with(sink.clone());
    house.secret("s", "1");
    let user = house.user_with("u", allow("secretsmanager:DescribeSecret", "*"));
    let [mut one, mut other] = [user.watch("s").unwrap(), user.watch("s").unwrap()];
    house.root.iam().delete_user_policy(DeleteUserPolicy::new("u", "only")).unwrap();
    // Nothing has changed, and that is not told either.
    denied(one.changed(), &user_arn("u"), "secretsmanager:DescribeSecret", Some("s"));
    let generation = other.generation();
    put(&house.root, "2");
    for _ in 0..2 {
        denied(one.changed(), &user_arn("u"), "secretsmanager:DescribeSecret", Some("s"));
        denied(other.changed(), &user_arn("u"), "secretsmanager:DescribeSecret", Some("s"));
        denied(other.wait(LONG), &user_arn("u"), "secretsmanager:DescribeSecret", Some("s"));
    }
    assert_eq!(other.generation(), generation);
    // Given back, it is told of what happened meanwhile.
    house.set_policy("u", allow("secretsmanager:DescribeSecret", "*"));
    told_once(&mut one);
    // By the secret's own policy as well.
    let deny = policy(&[statement("Deny", &user_arn("u"), "secretsmanager:DescribeSecret")]);
    house.set_resource_policy("s", deny);
    sink.take();
    assert_eq!(gone(&mut one), ErrorKind::AccessDenied);
    let events = sink.take();
    assert_eq!(events.len(), 1);
    let (event, refused) = (&events[0], Outcome::Refused("AccessDeniedException"));
    assert_eq!((event.service, event.operation, event.outcome), ("strongroom", "Watch", refused));
    assert!(!event.decisions[0].allowed);
}

#[test]
fn who_loses_the_right_while_waiting_is_told_so_at_once() {
    let house = house();
    house.secret("s", "1");
    let user = house.user_with("u", allow("secretsmanager:DescribeSecret", "*"));
    let (ready, is_ready) = mpsc::channel();
    std::thread::scope(|threads| {
        let waiting = threads.spawn(move || {
            let mut watch = user.watch("s").unwrap();
            ready.send(()).unwrap();
            watch.wait(LONG)
        });
        is_ready.recv().unwrap();
        house.root.iam().delete_user_policy(DeleteUserPolicy::new("u", "only")).unwrap();
        let outcome = waiting.join().unwrap();
        denied(outcome, &user_arn("u"), "secretsmanager:DescribeSecret", Some("s"));
    });
}

#[test]
fn a_subscription_is_weighed_and_recorded_as_describe_secret() {
    let sink = Sink::default();
    let house = house_with(sink.clone());
    let arn = house.secret("s", "1");
    refused(house.root.watch("none"), "ResourceNotFoundException", NOT_FOUND);
    refused_as(house.root.watch(""), "ValidationException");
    let nobody = house.user("nobody");
    denied(nobody.watch("s"), &user_arn("nobody"), "secretsmanager:DescribeSecret", Some("s"));
    denied(nobody.watch("none"), &user_arn("nobody"), "secretsmanager:DescribeSecret", Some("none"));
    sink.take();
    let condition = format!(r#""StringEquals":{{"secretsmanager:SecretId":"{arn}"}}"#);
    let user = house.user_with("u", allow_if("secretsmanager:DescribeSecret", "*", &condition));
    sink.take();
    assert!(user.watch("s").is_err());
    let mut watch = user.watch(&arn).unwrap();
    put(&house.root, "2");
    sink.take();
    assert!(watch.changed().unwrap());
    assert!(!watch.changed().unwrap());
    let events = sink.take();
    assert_eq!(events.len(), 1, "an event for what was told, none for silence");
    assert_eq!((events[0].operation, events[0].outcome), ("Watch", Outcome::Done));
    assert_eq!(
        (events[0].decisions[0].action, &*events[0].decisions[0].resource),
        ("secretsmanager:DescribeSecret", &*arn)
    );
    // Without a record there is no answer, and the change is not forgotten.
    put(&house.root, "3");
    sink.break_now();
    assert_eq!(gone(&mut watch), ErrorKind::AuditUnavailable);
    sink.mend();
    told_once(&mut watch);
}

#[test]
fn a_deleted_secret_is_weighed_by_the_name_it_was_asked_for() {
    let house = house();
    let arn = house.secret("s", "1");
    let by_name = house.user_with("n", allow("secretsmanager:DescribeSecret", &secret_arn("s", "*")));
    let by_arn = house.user_with("a", allow("secretsmanager:DescribeSecret", &arn));
    let (mut by_name, mut by_arn) = (by_name.watch("s").unwrap(), by_arn.watch("s").unwrap());
    house.root.delete_secret(DeleteSecret::new("s").force_delete_without_recovery(true)).unwrap();
    told_once(&mut by_name);
    assert_eq!(gone(&mut by_arn), ErrorKind::AccessDenied);
}

#[test]
fn a_transaction_is_told_as_one_change_and_one_that_was_undone_as_none() {
    let house = house();
    house.secret("s", "1");
    let mut watch = house.root.watch("s").unwrap();
    let undone = house.root.transaction(|t| {
        t.put_secret_value(PutSecretValue::text("s", "2"))?;
        t.delete_secret("none").map(drop)
    });
    assert!(undone.is_err() && !watch.changed().unwrap());
    house
        .root
        .transaction(|t| {
            t.delete_secret(DeleteSecret::new("s").force_delete_without_recovery(true))?;
            t.create_secret(CreateSecret::text("s", "3"))?;
            assert!(!watch.changed()?, "nobody sees it yet");
            t.put_secret_value(PutSecretValue::text("s", "4"))?;
            Ok::<_, Error>(())
        })
        .unwrap();
    told_once(&mut watch);
}

#[test]
fn a_watch_ends_with_its_session_and_with_the_store() {
    let house = house();
    house.secret("s", "1");
    house.role_with("r", "unused", allow("secretsmanager:*", "*"));
    let user = house.user_with("u", allow("sts:AssumeRole", "*"));
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/r");
    let session = user.assume_role(AssumeRole::new(arn, "session").duration_seconds(900)).unwrap();
    let mut watch = session.watch("s").unwrap();
    house.clock.advance_millis(900_000);
    assert_eq!(gone(&mut watch), ErrorKind::Expired);
    assert_eq!(watch.wait(LONG).unwrap_err().kind(), ErrorKind::Expired);

    let mut of_user = house.user_with("v", allow("secretsmanager:*", "*")).watch("s").unwrap();
    house.root.iam().delete_user_policy(DeleteUserPolicy::new("v", "only")).unwrap();
    house.root.iam().delete_user("v").unwrap();
    assert_eq!(gone(&mut of_user), ErrorKind::Expired);

    let (ready, is_ready) = mpsc::channel();
    std::thread::scope(|threads| {
        let session = house.root.clone();
        let waiting = threads.spawn(move || {
            let mut watch = session.watch("s").unwrap();
            ready.send(()).unwrap();
            watch.wait(LONG)
        });
        is_ready.recv().unwrap();
        house.room.lock();
        assert_eq!(waiting.join().unwrap().unwrap_err().kind(), ErrorKind::Locked);
    });
}
