//! The store's own journal: who may read it, what a query finds, and what a checkpoint that was kept outside shows.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may panic")]

mod common;

use std::ops::ControlFlow;

use common::*;
use strongroom::audit::{Checkpoint, Record};
use strongroom::clock::Clock as _;
use strongroom::operation::kms::{CreateKey, ScheduleKeyDeletion};
use strongroom::operation::secretsmanager::PutSecretValue;
use strongroom::testing::MemoryBackend;
use strongroom::{AuditQuery, ErrorKind, Session};

fn records(session: &Session, query: &AuditQuery) -> Vec<Record> {
    let mut found = Vec::new();
    session
        .audit_records(query, &mut |record| {
            found.push(record);
            ControlFlow::Continue(())
        })
        .unwrap();
    found
}
fn operations(session: &Session, query: &AuditQuery) -> Vec<String> {
    records(session, query).iter().map(|record| record.operation.to_string()).collect()
}

#[test]
fn changes_are_told_in_their_order_with_who_what_and_why() {
    let house = house();
    house.secret("a", "hunter2");
    let ann = house.user_with("ann", allow("secretsmanager:PutSecretValue kms:GenerateDataKey", "*"));
    house.clock.advance_days(1);
    ann.put_secret_value(PutSecretValue::text("a", "hunter3")).unwrap();
    // Refusals and reads change nothing: they are the sink's.
    house.root.get_secret_value("a").unwrap();
    ann.put_secret_value(PutSecretValue::text("b", "x")).unwrap_err();

    let all = records(&house.root, &AuditQuery::new());
    let told: Vec<&str> = all.iter().map(|record| record.operation.as_str()).collect();
    assert_eq!(told, ["CreateSecret", "CreateUser", "PutUserPolicy", "PutSecretValue"]);
    assert!(all.iter().map(|record| record.number).eq(1..=4));
    let last = &all[3];
    assert_eq!(last.principal, user_arn("ann").as_str());
    assert_eq!((last.service.as_str(), last.refused.as_deref()), ("secretsmanager", None));
    assert_eq!(last.decisions[0].action, "secretsmanager:PutSecretValue");
    assert!(last.decisions[0].resource.contains(":secret:a-") && last.decisions[0].allowed);
    assert!(last.time > all[2].time);
    let json = serde_json::to_string(&all).unwrap();
    assert!(!json.contains("hunter"), "S47: {json}");
}

#[test]
fn a_query_finds_by_principal_operation_time_and_number() {
    let house = house();
    house.secret("a", "1");
    house.user("ann");
    house.user("bob");
    let before = house.clock.now();
    house.clock.advance_days(1);
    house.secret("b", "2");
    let ask = |query: AuditQuery| operations(&house.root, &query);
    for who in ["root", "ROOT", "arn:aws:iam::*:root", "r??t"] {
        assert_eq!(ask(AuditQuery::new().who(who)).len(), 4, "{who}");
    }
    assert!(ask(AuditQuery::new().who("roo")).is_empty());
    for what in ["CreateUser", "iam:createuser", "iam:*", "*User"] {
        assert_eq!(ask(AuditQuery::new().what(what)), ["CreateUser", "CreateUser"], "{what}");
    }
    // What was decided on the way counts as well.
    assert_eq!(ask(AuditQuery::new().what("kms:GenerateDataKey")).len(), 2);
    assert_eq!(ask(AuditQuery::new().since(before.plus_millis(1))), ["CreateSecret"]);
    assert_eq!(ask(AuditQuery::new().until(before.plus_millis(1))).len(), 3);
    assert_eq!(ask(AuditQuery::new().after(2)), ["CreateUser", "CreateSecret"]);
    assert_eq!(ask(AuditQuery::new().what("CreateUser").last(1)), ["CreateUser"]);
    assert_eq!(records(&house.root, &AuditQuery::new().last(1))[0].number, 4);
    assert!(ask(AuditQuery::new().after(9)).is_empty());
    // Whoever has enough says so.
    let mut seen = 0;
    let stop = &mut |_| {
        seen += 1;
        ControlFlow::Break(())
    };
    house.root.audit_records(&AuditQuery::new(), stop).unwrap();
    assert_eq!(seen, 1);
}

#[test]
fn reading_it_takes_the_right_to_and_is_told_itself() {
    let sink = Sink::default();
    let house = house_with(sink.clone());
    let ann = house.user_with("ann", allow("secretsmanager:* kms:* iam:*", "*"));
    let none = ann.audit_records(&AuditQuery::new(), &mut |_| panic!("nothing is shown"));
    denied(none, &user_arn("ann"), "cloudtrail:LookupEvents", Some("*"));
    house.set_policy("ann", allow("cloudtrail:LookupEvents", "*"));
    sink.take();
    assert_eq!(operations(&ann, &AuditQuery::new()), ["CreateUser", "PutUserPolicy", "PutUserPolicy"]);
    let told = sink.take();
    assert_eq!((told[0].operation, told[0].decisions[0].action), ("LookupEvents", "cloudtrail:LookupEvents"));
    sink.break_now();
    let none = ann.audit_records(&AuditQuery::new(), &mut |_| panic!("no record, no answer"));
    assert_eq!(none.unwrap_err().kind(), ErrorKind::AuditUnavailable);
    house.room.lock();
    let none = ann.audit_records(&AuditQuery::new(), &mut |_| panic!("locked"));
    assert_eq!(none.unwrap_err().kind(), ErrorKind::Locked);
}

#[test]
fn s46_a_checkpoint_kept_outside_shows_a_tail_that_was_cut() {
    let disk = MemoryBackend::new();
    let clock = clock();
    let create = |disk: &MemoryBackend, seed| builder(&clock, seed).create_on_backend(disk.clone(), key()).unwrap();
    let house = House::of(create(&disk, 7), clock.clone());
    let empty = house.room.audit_checkpoint().unwrap();
    assert_eq!(empty.to_string(), format!("0:{}", "0".repeat(64)));
    house.secret("a", "1");
    let early = house.room.audit_checkpoint().unwrap();
    drop(house);
    let older = disk.image();
    let open = |image: Vec<u8>| {
        let room = builder(&clock, 8).open_on_backend(MemoryBackend::from_image(image), key()).unwrap();
        House::of(room, clock.clone())
    };
    let house = open(older.clone());
    house.secret("b", "2");
    house.secret("c", "3");
    let late = house.room.audit_checkpoint().unwrap();
    assert_eq!((early.number(), late.number()), (1, 3));
    for since in [None, Some(&empty), Some(&early), Some(&late)] {
        assert_eq!(house.room.verify_audit(since).unwrap(), 3);
    }
    // As text, and back.
    assert_eq!(late.to_string().parse::<Checkpoint>(), Ok(late));
    let text = late.to_string();
    for text in
        ["", "3", "3:", ":00", &text[..text.len() - 1], &format!("+{text}"), &text.to_uppercase(), &format!("{text}0")]
    {
        assert!(text.parse::<Checkpoint>().is_err() || text == late.to_string(), "{text}");
    }
    // The older file is whole by itself; the checkpoint shows what it lacks.
    let rolled_back = open(older);
    rolled_back.room.verify().unwrap();
    assert_eq!(rolled_back.room.verify_audit(Some(&early)).unwrap(), 1);
    assert_eq!(rolled_back.room.verify_audit(Some(&late)).unwrap_err().kind(), ErrorKind::RolledBack);
    // Another history of the same length.
    rolled_back.secret("x", "2");
    rolled_back.secret("y", "3");
    assert_eq!(rolled_back.room.verify_audit(Some(&late)).unwrap_err().kind(), ErrorKind::Tampered);
    // Another store.
    let other = House::of(create(&MemoryBackend::new(), 9), clock.clone());
    other.secret("a", "1");
    assert_eq!(other.room.verify_audit(Some(&early)).unwrap_err().kind(), ErrorKind::Tampered);
}

#[test]
fn what_the_store_does_by_itself_is_there_and_so_is_a_shred() {
    let house = house();
    let key = house.root.kms().create_key(CreateKey::new()).unwrap().key_metadata.key_id;
    house.secret("a", "1");
    house.root.kms().schedule_key_deletion(ScheduleKeyDeletion::new(key).pending_window_in_days(7)).unwrap();
    house.clock.advance_days(8);
    house.room.run_due().unwrap();
    let told = records(&house.root, &AuditQuery::new().last(2));
    assert_eq!((told[0].operation.as_str(), told[0].decisions[0].action.as_str()), ("RunDue", "kms:DeleteKey"));
    assert_eq!((told[1].operation.as_str(), told[1].principal.as_str()), ("Shred", "kms.amazonaws.com"));
    assert_eq!(told[1].request_id.len(), 36);
    house.room.verify().unwrap();
}
