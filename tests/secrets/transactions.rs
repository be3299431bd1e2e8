//! Goal: calls of a transaction are done together or not at all, each weighed and recorded as if it came alone, and a put on
//! condition overwrites nobody's value. Method: outcomes inside and after the closure, by other sessions, by the sink, by the
//! store's own counts; a power cut at every write.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use std::error::Error as _;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use crate::common::*;
use strongroom::audit::{Event, Outcome};
use strongroom::operation::secretsmanager::{
    CreateSecret, DeleteSecret, GetSecretValue, ListSecrets, PutResourcePolicy, PutSecretValue, Tag, TagResource,
    UpdateSecret,
};
use strongroom::testing::{CrashBackend, Loss};
use strongroom::{Error, ErrorKind, Expected, Found, Session, Strongroom};

fn value(session: &Session, name: &str) -> Result<String, ErrorKind> {
    let got = session.get_secret_value(name).map_err(|error| error.kind())?;
    Ok(String::from_utf8(got.value().to_vec()).unwrap())
}
fn sequence(room: &Strongroom) -> u64 {
    room.status().unwrap().sequence
}
fn rows(room: &Strongroom, table: &str) -> u64 {
    room.status().unwrap().rows.iter().find(|(letter, _)| *letter == table).unwrap().1
}
fn told(events: &[Event]) -> Vec<(&'static str, Outcome)> {
    events.iter().map(|event| (event.operation, event.outcome)).collect()
}

/// A call of a transaction is not weighed on a view first, and that was where alone the name was looked at.
#[test]
fn a_name_that_no_secret_may_have_is_refused_here_as_elsewhere() {
    let house = house();
    for name in ["a b", "rds!db", &"n".repeat(513), "", "tab\t"] {
        let alone = house.root.create_secret(CreateSecret::text(name, "x")).unwrap_err();
        let outcome = house.root.transaction(|t| t.create_secret(CreateSecret::text(name, "x")));
        let within = outcome.unwrap_err();
        assert_eq!((within.kind(), within.code()), (alone.kind(), alone.code()), "{name}");
        assert_eq!(within.message().to_string(), alone.message().to_string(), "{name}");
    }
    assert_eq!(rows(&house.room, "s"), 0);
}

#[test]
fn calls_see_those_before_them_and_nobody_else_does_before_the_one_commit() {
    let house = house();
    house.secret("a", "1");
    let (before, other) = (sequence(&house.room), house.room.root());
    let seen = house.root.transaction(|t| {
        t.put_secret_value(PutSecretValue::text("a", "2"))?;
        t.create_secret(CreateSecret::text("b", "new").tags(vec![Tag::new("k", "v")]))?;
        t.tag_resource(TagResource::new("a", vec![Tag::new("k", "v")]))?;
        assert_eq!(t.get_secret_value("a")?.value(), b"2");
        assert_eq!(t.get_secret_value(GetSecretValue::new("a").version_stage("AWSPREVIOUS"))?.value(), b"1");
        assert_eq!(t.list_secrets(ListSecrets::new())?.secret_list.len(), 2);
        assert_eq!(value(&other, "a").unwrap(), "1", "a reader beside it");
        assert_eq!(value(&other, "b"), Err(ErrorKind::NotFound));
        Ok::<_, Error>(t.describe_secret("b")?.tags.unwrap().len())
    });
    assert_eq!(seen.unwrap(), 1);
    assert_eq!(sequence(&house.room), before + 1);
    assert_eq!((value(&other, "a").unwrap(), value(&other, "b").unwrap()), ("2".into(), "new".into()));
    house.room.verify().unwrap();
}

#[test]
fn an_error_of_the_closure_undoes_everything_and_comes_back_as_it_is() {
    #[derive(Debug, PartialEq)]
    enum Own {
        Enough,
        Store(ErrorKind),
    }
    impl From<Error> for Own {
        fn from(error: Error) -> Self {
            Self::Store(error.kind())
        }
    }
    let house = house();
    house.secret("a", "1");
    let before = (sequence(&house.room), rows(&house.room, "p"));
    let undone = house.root.transaction(|t| {
        t.put_secret_value(PutSecretValue::text("a", "2"))?;
        t.delete_secret(DeleteSecret::new("a").force_delete_without_recovery(true))?;
        t.create_secret(CreateSecret::text("a", "3"))?;
        Err::<(), _>(Own::Enough)
    });
    assert_eq!(undone, Err(Own::Enough));
    let undone = house.root.transaction(|t| -> Result<(), Own> {
        t.put_secret_value(PutSecretValue::text("a", "2"))?;
        t.put_secret_value(PutSecretValue::text("nothing", "2"))?;
        Ok(())
    });
    assert_eq!(undone, Err(Own::Store(ErrorKind::NotFound)));
    assert_eq!((sequence(&house.room), rows(&house.room, "p")), before);
    assert_eq!(value(&house.root, "a").unwrap(), "1");
}

#[test]
fn a_panic_of_the_closure_undoes_everything_and_others_go_on() {
    let house = house();
    house.secret("a", "1");
    let panicked = std::panic::catch_unwind(AssertUnwindSafe(|| {
        house.root.transaction(|t| -> Result<(), Error> {
            t.put_secret_value(PutSecretValue::text("a", "2"))?;
            panic!("of the host's");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(value(&house.root, "a").unwrap(), "1");
    house.root.put_secret_value(PutSecretValue::text("a", "3")).unwrap();
    assert_eq!(value(&house.root, "a").unwrap(), "3");
}

#[test]
fn a_call_that_fails_leaves_nothing_of_itself_and_the_rest_is_done() {
    let house = house();
    let fresh = sequence(&house.room);
    // The managed key is made by the first secret. The walk has made it when it finds that there is no such key; taken back,
    // there is nothing to commit.
    house
        .root
        .transaction(|t| {
            refused_as(
                t.create_secret(CreateSecret::text("a", "v").kms_key_id("alias/none")),
                "ResourceNotFoundException",
            );
            Ok::<_, Error>(())
        })
        .unwrap();
    assert_eq!((sequence(&house.room), rows(&house.room, "k"), rows(&house.room, "b")), (fresh, 0, 0));

    house.secret("a", "1");
    let versions = rows(&house.room, "p");
    let labels: Vec<_> = (0..20).map(|number| format!("label{number}").into()).collect();
    house
        .root
        .transaction(|t| {
            t.put_secret_value(PutSecretValue::text("a", "2"))?;
            // The sealed row is in the change when the labels are counted.
            let refused = t.put_secret_value(PutSecretValue::text("a", "3").version_stages(labels));
            refused_as(refused, "LimitExceededException");
            t.create_secret(CreateSecret::text("b", "4"))?;
            refused_as(t.create_secret(CreateSecret::text("b", "5")), "ResourceExistsException");
            Ok::<_, Error>(())
        })
        .unwrap();
    assert_eq!((value(&house.root, "a").unwrap(), value(&house.root, "b").unwrap()), ("2".into(), "4".into()));
    assert_eq!(rows(&house.room, "p"), versions + 2, "one more version of a, one of b, and no other");
    house.room.verify().unwrap();
}

#[test]
fn each_call_is_weighed_by_the_policies_as_the_calls_before_it_left_them() {
    let house = house();
    let arn = house.secret("a", "1");
    house.secret("b", "1");
    let user = house.user_with("u", allow("secretsmanager:GetSecretValue secretsmanager:PutSecretValue", &arn));
    user.transaction(|t| {
        t.put_secret_value(PutSecretValue::text("a", "2"))?;
        denied(t.get_secret_value("b"), &user_arn("u"), "secretsmanager:GetSecretValue", Some("b"));
        denied(t.delete_secret("a"), &user_arn("u"), "secretsmanager:DeleteSecret", Some("a"));
        Ok::<_, Error>(())
    })
    .unwrap();
    assert_eq!(value(&house.root, "a").unwrap(), "2");
    // A policy that the transaction puts binds it.
    let deny = policy(&[statement("Deny", "*", "secretsmanager:GetSecretValue")]);
    let outcome = house.root.transaction(|t| {
        t.put_resource_policy(PutResourcePolicy::new("b", &*deny))?;
        t.get_secret_value("b").map(drop)
    });
    assert_eq!(outcome.unwrap_err().kind(), ErrorKind::AccessDenied);
    assert_eq!(value(&house.root, "b").unwrap(), "1", "and was undone with it");
}

#[test]
fn calls_of_the_same_thread_beside_the_transaction_are_told_so_and_do_not_wait_for_ever() {
    let house = house();
    house.secret("a", "1");
    let text = "this thread is within a transaction of this store: make the call on it, or after it";
    house
        .root
        .transaction(|t| {
            t.put_secret_value(PutSecretValue::text("a", "2"))?;
            let beside = house.root.put_secret_value(PutSecretValue::text("a", "3")).unwrap_err();
            assert_eq!((beside.kind(), beside.message().to_string().as_str()), (ErrorKind::Busy, text));
            let nested = house.root.transaction(|_| Ok::<_, Error>(())).unwrap_err();
            assert_eq!((nested.kind(), nested.message().to_string().as_str()), (ErrorKind::Busy, text));
            Ok::<_, Error>(())
        })
        .unwrap();
    assert_eq!(value(&house.root, "a").unwrap(), "2");
}

#[test]
fn others_who_write_wait_for_their_turn() {
    let house = house();
    house.secret("n", "0");
    let rounds = 20_u32;
    std::thread::scope(|threads| {
        for _ in 0..3 {
            let session = house.room.root();
            threads.spawn(move || {
                for _ in 0..rounds {
                    session
                        .transaction(|t| {
                            let number: u32 = t.get_secret_value("n")?.json().unwrap();
                            t.put_secret_value(PutSecretValue::text("n", (number + 1).to_string()))?;
                            Ok::<_, Error>(())
                        })
                        .unwrap();
                }
            });
        }
    });
    assert_eq!(value(&house.root, "n").unwrap(), (3 * rounds).to_string());
}

#[test]
fn every_call_has_its_event_and_the_journal_those_that_wrote() {
    let sink = Sink::default();
    let house = house_with(sink.clone());
    house.secret("a", "1");
    let user = house.user_with("u", allow("secretsmanager:GetSecretValue secretsmanager:PutSecretValue", "*"));
    sink.take();
    let journal = house.room.verify().unwrap().audit_records;
    user.transaction(|t| {
        t.put_secret_value(PutSecretValue::text("a", "2"))?;
        t.get_secret_value("a")?;
        let _ = t.delete_secret("a");
        assert_eq!(
            told(&sink.take()),
            [("GetSecretValue", Outcome::Done), ("DeleteSecret", Outcome::Refused("AccessDeniedException"))],
            "reads and denials are told at once"
        );
        t.put_secret_value(PutSecretValue::text("a", "3"))?;
        Ok::<_, Error>(())
    })
    .unwrap();
    let events = sink.take();
    assert_eq!(told(&events), [("PutSecretValue", Outcome::Done), ("PutSecretValue", Outcome::Done)]);
    assert_ne!(events[0].request_id, events[1].request_id);
    assert!(events.iter().all(|event| event.decisions[0].action == "secretsmanager:PutSecretValue"));
    assert_eq!(house.room.verify().unwrap().audit_records, journal + 2);

    let undone = user.transaction(|t| {
        t.put_secret_value(PutSecretValue::text("a", "4"))?;
        t.get_secret_value("a")?;
        t.delete_secret("a").map(drop)
    });
    assert_eq!(undone.unwrap_err().kind(), ErrorKind::AccessDenied);
    assert_eq!(
        told(&sink.take()),
        [
            ("GetSecretValue", Outcome::Done),
            ("DeleteSecret", Outcome::Refused("AccessDeniedException")),
            ("PutSecretValue", Outcome::RolledBack),
        ]
    );
    assert_eq!(house.room.verify().unwrap().audit_records, journal + 2);

    // Without a record there is no answer, here as anywhere.
    sink.break_now();
    let unrecorded = user.transaction(|t| t.get_secret_value("a").map(drop));
    assert_eq!(unrecorded.unwrap_err().kind(), ErrorKind::AuditUnavailable);
}

#[test]
fn a_transaction_of_reads_commits_nothing_and_a_locked_store_ends_one() {
    let house = house();
    house.secret("a", "1");
    let before = sequence(&house.room);
    house.root.transaction(|t| t.get_secret_value("a").map(drop)).unwrap();
    assert_eq!(sequence(&house.room), before);
    let ended = house.root.transaction(|t| {
        t.put_secret_value(PutSecretValue::text("a", "2"))?;
        house.room.lock();
        assert_eq!(t.get_secret_value("a").unwrap_err().kind(), ErrorKind::Locked);
        Ok::<_, Error>(())
    });
    assert_eq!(ended.unwrap_err().kind(), ErrorKind::Locked);
    assert_eq!(house.root.transaction(|_| Ok::<_, Error>(())).unwrap_err().kind(), ErrorKind::Locked);
}

#[test]
fn a_power_cut_leaves_all_of_it_or_nothing() {
    let disk = CrashBackend::new();
    let room = builder(&clock(), 3).create_on_backend(disk.clone(), key()).unwrap();
    let root = room.root();
    root.create_secret(CreateSecret::text("a", "old")).unwrap();
    root.create_secret(CreateSecret::text("b", "old")).unwrap();
    let first = disk.cuts();
    root.transaction(|t| {
        t.put_secret_value(PutSecretValue::text("a", "new"))?;
        t.put_secret_value(PutSecretValue::text("b", "new"))?;
        t.create_secret(CreateSecret::text("c", "new"))?;
        Ok::<_, Error>(())
    })
    .unwrap();
    let last = disk.cuts();
    drop((root, room));
    assert!(last > first + 3, "it took several writes");
    let mut ends = [0, 0];
    for cut in first..=last {
        for loss in Loss::ALL {
            let image = CrashBackend::from_image(disk.image(cut, loss, 5));
            let room = builder(&clock(), 4).open_on_backend(image, key()).unwrap();
            let root = room.root();
            let found = ["a", "b", "c"].map(|name| value(&root, name).unwrap_or_default());
            let done = found == ["new", "new", "new"];
            assert!(done || found == ["old", "old", ""], "cut {cut}, {loss:?}: {found:?}");
            assert!(done || cut < last, "what was acknowledged is there");
            ends[usize::from(done)] += 1;
        }
    }
    assert!(ends[0] > 0 && ends[1] > 0);
}

#[test]
fn a_put_on_condition_is_done_when_the_expected_version_is_current_and_not_otherwise() {
    let house = house();
    house.root.create_secret(CreateSecret::text("a", "1").client_request_token(token(1))).unwrap();
    let put = |number: u32, value: &str| PutSecretValue::text("a", value).client_request_token(token(number));
    house.root.put_secret_value_if(put(2, "2"), token(1)).unwrap();
    let late = house.root.put_secret_value_if(put(3, "3"), token(1)).unwrap_err();
    assert_eq!((late.kind(), late.code()), (ErrorKind::Conflict, "PreconditionNotMetException"));
    let text =
        format!("The current version of the secret is not the expected one: the current version is {}.", token(2));
    assert_eq!(late.message().to_string(), text);
    let found = late.source().unwrap().downcast_ref::<Found>().unwrap();
    assert_eq!(*found, Found::Version(token(2).into()));
    assert_eq!(value(&house.root, "a").unwrap(), "2");
    // The answer to the first request was lost: the same again is answered as then, though the label has moved to it.
    house.root.put_secret_value_if(put(2, "2"), token(1)).unwrap();
    refused_as(house.root.put_secret_value_if(put(2, "other"), token(1)), "ResourceExistsException");

    // A secret without a value.
    house.root.create_secret(CreateSecret::new("empty")).unwrap();
    let empty = house.root.put_secret_value_if(PutSecretValue::text("empty", "v"), token(9)).unwrap_err();
    assert_eq!(empty.source().unwrap().downcast_ref::<Found>(), Some(&Found::NoValue));
    house.root.put_secret_value_if(PutSecretValue::text("empty", "v"), Expected::NoValue).unwrap();
    let again = house.root.put_secret_value_if(PutSecretValue::text("empty", "w"), Expected::NoValue);
    assert_eq!(again.unwrap_err().kind(), ErrorKind::Conflict);
    refused(
        house.root.put_secret_value_if(PutSecretValue::text("none", "v"), Expected::NoValue),
        "ResourceNotFoundException",
        NOT_FOUND,
    );
}

#[test]
fn a_put_on_condition_needs_the_right_to_put_and_tells_the_version_to_those_who_may_describe() {
    let sink = Sink::default();
    let house = house_with(sink.clone());
    house.root.create_secret(CreateSecret::text("a", "1").client_request_token(token(1))).unwrap();
    let user = house.user_with("u", allow("secretsmanager:DescribeSecret", "*"));
    let put = || PutSecretValue::text("a", "2");
    denied(user.put_secret_value_if(put(), token(9)), &user_arn("u"), "secretsmanager:PutSecretValue", Some("a"));
    house.set_policy("u", allow("secretsmanager:PutSecretValue", "*"));
    sink.take();
    let untold = user.put_secret_value_if(put(), token(9)).unwrap_err();
    assert_eq!(untold.source().unwrap().downcast_ref::<Found>(), Some(&Found::Untold));
    assert!(!format!("{untold} {untold:?}").contains(&token(1)));
    let events = sink.take();
    assert_eq!(told(&events), [("PutSecretValue", Outcome::Refused("PreconditionNotMetException"))]);
    house.set_policy("u", allow("secretsmanager:PutSecretValue secretsmanager:DescribeSecret", "*"));
    let told = user.put_secret_value_if(put(), token(9)).unwrap_err();
    assert_eq!(told.source().unwrap().downcast_ref::<Found>(), Some(&Found::Version(token(1).into())));
    user.put_secret_value_if(put(), token(1)).unwrap();
}

#[test]
fn of_many_who_put_on_condition_none_overwrites_another() {
    let house = house();
    house.secret("n", "0");
    let rounds = 15_u32;
    std::thread::scope(|threads| {
        for _ in 0..3 {
            let session = house.room.root();
            threads.spawn(move || {
                for _ in 0..rounds {
                    loop {
                        let read = session.get_secret_value("n").unwrap();
                        let number: u32 = read.json().unwrap();
                        let put = PutSecretValue::text("n", (number + 1).to_string());
                        match session.put_secret_value_if(put, &read.version_id) {
                            Ok(_) => break,
                            Err(late) => assert_eq!(late.kind(), ErrorKind::Conflict),
                        }
                    }
                }
            });
        }
    });
    assert_eq!(value(&house.root, "n").unwrap(), (3 * rounds).to_string());
}

#[test]
fn conditions_and_dates_are_part_of_a_transaction_too() {
    let house = house();
    house.root.create_secret(CreateSecret::text("a", "1").client_request_token(token(1))).unwrap();
    let expires = NOW.plus_days(1);
    let moved = house.root.transaction(|t| {
        t.put_secret_value_if(PutSecretValue::text("a", "2").client_request_token(token(2)), token(1))?;
        t.set_expiry("a", Some(expires))?;
        t.update_secret(UpdateSecret::new("a").description("d"))?;
        t.put_secret_value_if(PutSecretValue::text("a", "3"), token(1)).map(drop)
    });
    assert_eq!(moved.unwrap_err().kind(), ErrorKind::Conflict, "the transaction sees its own version");
    assert_eq!(value(&house.root, "a").unwrap(), "1");
    assert!(house.root.due(Duration::from_secs(360_000)).unwrap().items.is_empty());
    house
        .root
        .transaction(|t| {
            t.put_secret_value_if(PutSecretValue::text("a", "2").client_request_token(token(2)), token(1))?;
            t.set_expiry("a", Some(expires))?;
            t.put_secret_value_if(PutSecretValue::text("a", "3"), token(2)).map(drop)
        })
        .unwrap();
    assert_eq!(value(&house.root, "a").unwrap(), "3");
    assert_eq!(house.root.due(Duration::from_secs(360_000)).unwrap().items[0].date, expires);
}
