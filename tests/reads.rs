//! Records of reads and of refused calls in the store's own journal: none, `Available`, `Strict`.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may panic")]

mod common;

use std::ops::ControlFlow;
use std::sync::Barrier;
use std::thread;

use common::*;
use strongroom::audit::{ReadAudit, Record};
use strongroom::operation::kms::{Decrypt, Encrypt};
use strongroom::operation::secretsmanager::{BatchGetSecretValue, GetSecretValue, PutSecretValue};
use strongroom::testing::{Call, CrashBackend, Fault, FaultBackend, Loss, MemoryBackend, Plan};
use strongroom::{AuditQuery, Error, ErrorKind, Session, Unlock};

fn house_of(reads: ReadAudit) -> House {
    let clock = clock();
    House::of(builder(&clock, 7).read_audit(reads).create_in_memory(key()).unwrap(), clock)
}
fn house_on(disk: &FaultBackend, reads: ReadAudit) -> House {
    let clock = clock();
    House::of(builder(&clock, 7).read_audit(reads).create_on_backend(disk.clone(), key()).unwrap(), clock)
}
/// The store in an image, which records no further read.
fn opened(image: Vec<u8>) -> House {
    let clock = clock();
    House::of(builder(&clock, 8).open_on_backend(MemoryBackend::from_image(image), key()).unwrap(), clock)
}
fn records(session: &Session) -> Vec<Record> {
    let mut found = Vec::new();
    session
        .audit_records(&AuditQuery::new(), &mut |record| {
            found.push(record);
            ControlFlow::Continue(())
        })
        .unwrap();
    found
}
fn told(record: &Record) -> (String, Option<String>, u64) {
    (record.operation.to_string(), record.refused.as_ref().map(ToString::to_string), record.count)
}
fn operations(session: &Session) -> Vec<String> {
    records(session).iter().map(|record| record.operation.to_string()).collect()
}
fn commits(house: &House) -> u64 {
    house.room.status().unwrap().sequence
}
/// A disk on which every write fails from now on.
fn fill(disk: &FaultBackend) {
    disk.plan(Plan { call: Some(Call::Write), nth: 0, fault: Fault::NoSpace, persistent: true });
}
fn disk() -> FaultBackend {
    FaultBackend::over(CrashBackend::new())
}
fn unavailable<T: std::fmt::Debug>(answer: Result<T, Error>) {
    assert_eq!(answer.unwrap_err().kind(), ErrorKind::AuditUnavailable);
}

#[test]
fn by_default_reads_and_refusals_are_not_in_the_journal_and_write_nothing() {
    let house = house();
    house.secret("a", "hunter2");
    let nobody = house.user("nobody");
    let before = commits(&house);
    house.root.get_secret_value("a").unwrap();
    nobody.get_secret_value("a").unwrap_err();
    assert_eq!(commits(&house), before);
    assert_eq!(operations(&house.root), ["CreateSecret", "CreateUser"]);
}

#[test]
fn s45_a_strict_read_is_durable_with_all_its_decisions_before_it_is_answered() {
    let disk = disk();
    let house = house_on(&disk, ReadAudit::Strict);
    let arn = house.secret("a", "hunter2");
    let nobody = house.user("nobody");
    house.root.get_secret_value("a").unwrap();
    nobody.get_secret_value("a").unwrap_err();
    nobody.put_secret_value(PutSecretValue::text("a", "x")).unwrap_err();
    // What the disk has, without anything that comes later.
    let all = records(&opened(disk.disk().image(disk.disk().cuts(), Loss::Everything, 0)).root);
    let told: Vec<_> = all.iter().skip(2).map(told).collect();
    let denied = Some("AccessDeniedException".to_owned());
    assert_eq!(
        told,
        [
            ("GetSecretValue".to_owned(), None, 1),
            ("GetSecretValue".to_owned(), denied.clone(), 1),
            ("PutSecretValue".to_owned(), denied, 1),
        ]
    );
    let read = &all[2];
    assert_eq!((read.principal.as_str(), read.service.as_str(), read.time), (&*root_arn(), "secretsmanager", NOW));
    let actions: Vec<_> = read.decisions.iter().map(|decision| (&*decision.action, decision.allowed)).collect();
    assert_eq!(actions, [("secretsmanager:GetSecretValue", true), ("kms:Decrypt", true)]);
    assert_eq!(read.decisions[0].resource, arn.as_str());
    assert!(!read.request_id.is_empty() && read.request_id != all[3].request_id);
    assert_eq!((all[3].principal.as_str(), all[3].decisions[0].allowed), (&*user_arn("nobody"), false));
    let json = serde_json::to_string(&all).unwrap();
    assert!(!json.contains("hunter") && !json.contains("count"), "S47: {json}");
}

#[test]
fn what_a_call_reads_on_the_way_has_records_of_its_own() {
    let house = house_of(ReadAudit::Strict);
    house.secret("a", "1");
    house.secret("b", "2");
    let before = commits(&house);
    let request = BatchGetSecretValue::new().secret_id_list(["a", "b", "c"].map(Into::into));
    house.root.batch_get_secret_value(request).unwrap();
    assert_eq!(commits(&house), before + 1);
    let found = records(&house.root);
    let told: Vec<_> =
        found.iter().skip(2).map(|record| (record.operation.as_str(), record.refused.is_some())).collect();
    let get = "GetSecretValue";
    assert_eq!(told, [(get, false), (get, false), (get, true), ("BatchGetSecretValue", false)]);
    // Reading the journal is a read.
    assert_eq!(operations(&house.root).last().unwrap(), "LookupEvents");
}

#[test]
fn s45_without_a_record_nothing_is_answered_and_reading_goes_on_once_there_can_be_one() {
    let disk = disk();
    let house = house_on(&disk, ReadAudit::Strict);
    house.secret("a", "hunter2");
    let key = house.customer_key(policy(&[statement("Allow", &root_arn(), "kms:*")]));
    let nobody = house.user("nobody");
    let sealed = house.root.kms().encrypt(Encrypt::new(key.as_str(), b"x".as_slice())).unwrap().ciphertext_blob;
    let known = records(&house.root).len();
    fill(&disk);
    for _ in 0..2 {
        unavailable(house.root.get_secret_value("a"));
        unavailable(house.root.kms().decrypt(Decrypt::blob(sealed.clone())));
        unavailable(house.root.list_secrets(strongroom::operation::secretsmanager::ListSecrets::new()));
        unavailable(nobody.get_secret_value("a"));
        unavailable(house.root.audit_records(&AuditQuery::new(), &mut |_| panic!("nothing is shown")));
        unavailable(house.root.hold(GetSecretValue::new("a")).open());
    }
    disk.heal();
    // The store only reads until somebody has looked at the disk, and reads need a record.
    unavailable(house.root.get_secret_value("a"));
    house.room.resume().unwrap();
    assert_eq!(house.root.get_secret_value("a").unwrap().value(), b"hunter2");
    assert_eq!(nobody.get_secret_value("a").unwrap_err().code(), "AccessDeniedException");
    let told: Vec<_> = records(&house.root).iter().skip(known + 1).map(told).map(|(name, ..)| name).collect();
    assert_eq!(told, ["GetSecretValue", "GetSecretValue"], "of what was not answered there is no record");
    house.room.verify().unwrap();
}

#[test]
fn a_store_that_cannot_be_written_is_not_read_in_strict_mode() {
    let disk = MemoryBackend::new();
    let clock = clock();
    let house = House::of(builder(&clock, 7).create_on_backend(disk.clone(), key()).unwrap(), clock.clone());
    house.secret("a", "1");
    drop(house);
    let path = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(path.path(), disk.image()).unwrap();
    for (reads, is_read) in [(ReadAudit::Strict, false), (ReadAudit::Available, true), (ReadAudit::Off, true)] {
        let room = builder(&clock, 8).read_audit(reads).open_read_only(path.path(), key()).unwrap();
        let answer = room.root().get_secret_value("a");
        if is_read { drop(answer.unwrap()) } else { unavailable(answer) }
    }
}

#[test]
fn s45_after_a_power_cut_the_journal_has_every_read_that_was_answered() {
    let disk = disk();
    let house = house_on(&disk, ReadAudit::Strict);
    house.secret("a", "1");
    let mut answered = Vec::new();
    for number in 0..4 {
        if number == 2 {
            house.root.put_secret_value(PutSecretValue::text("a", "2")).unwrap();
        }
        house.root.get_secret_value("a").unwrap();
        answered.push(disk.disk().cuts());
    }
    let first = answered[0];
    for cut in first..=disk.disk().cuts() {
        for (seed, loss) in (0..).zip(Loss::ALL) {
            let house = opened(disk.disk().image(cut, loss, seed));
            let kept = operations(&house.root).iter().filter(|name| *name == "GetSecretValue").count();
            let owed = answered.iter().filter(|at| **at <= cut).count();
            assert!(kept >= owed, "cut {cut}, {loss:?}: {kept} records of {owed} answers");
            house.room.verify().unwrap();
        }
    }
}

#[test]
fn reads_that_wait_at_the_same_time_share_one_commit() {
    const THREADS: usize = 8;
    let house = house_of(ReadAudit::Strict);
    house.secret("a", "hunter2");
    let before = commits(&house);
    let held = Barrier::new(THREADS);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let answer = house.root.hold(GetSecretValue::new("a"));
                assert!(answer.is_owing());
                // All are held before the first is opened.
                held.wait();
                assert_eq!(answer.open().unwrap().value(), b"hunter2");
            });
        }
    });
    assert_eq!(commits(&house), before + 1);
    let read = operations(&house.root).iter().filter(|name| *name == "GetSecretValue").count();
    assert_eq!(read, THREADS);
    house.room.verify().unwrap();
}

#[test]
fn readers_and_writers_on_many_threads_leave_a_whole_chain_with_all_of_them() {
    const THREADS: usize = 4;
    const EACH: usize = 25;
    for reads in [ReadAudit::Strict, ReadAudit::Available] {
        let house = house_of(reads);
        house.secret("a", "1");
        thread::scope(|scope| {
            for number in 0..THREADS {
                let house = &house;
                scope.spawn(move || {
                    for _ in 0..EACH {
                        house.root.get_secret_value("a").unwrap();
                    }
                    house.secret(&format!("of-{number}"), "1");
                    house.root.transaction(|t| t.get_secret_value("a").map(drop)).unwrap();
                });
            }
        });
        house.room.run_due().unwrap();
        let all = operations(&house.root);
        let count = |wanted: &str| all.iter().filter(|name| *name == wanted).count();
        assert_eq!((count("GetSecretValue"), count("CreateSecret")), (THREADS * (EACH + 1), THREADS + 1));
        assert_eq!(house.room.verify_audit(None).unwrap(), house.room.verify().unwrap().audit_records);
    }
}

#[test]
fn within_a_transaction_a_strict_read_has_its_record_before_the_transaction_ends() {
    let disk = disk();
    let house = house_on(&disk, ReadAudit::Strict);
    house.secret("a", "hunter2");
    let on_disk = || operations(&opened(disk.disk().image(disk.disk().cuts(), Loss::Everything, 0)).root);
    house
        .root
        .transaction(|t| {
            t.put_secret_value(PutSecretValue::text("a", "hunter3"))?;
            assert_eq!(t.get_secret_value("a")?.value(), b"hunter3");
            assert_eq!(on_disk(), ["CreateSecret", "GetSecretValue"]);
            t.get_secret_value("b").unwrap_err();
            assert_eq!(on_disk().len(), 3);
            // The turn to write is this thread's own: a session beside the transaction cannot wait for it.
            assert_eq!(house.root.get_secret_value("a").unwrap_err().kind(), ErrorKind::Busy);
            t.put_secret_value(PutSecretValue::text("a", "hunter4"))?;
            Ok::<_, Error>(())
        })
        .unwrap();
    assert_eq!(house.root.get_secret_value("a").unwrap().value(), b"hunter4");
    let get = "GetSecretValue";
    assert_eq!(operations(&house.root), ["CreateSecret", get, get, "PutSecretValue", "PutSecretValue", get]);
    house.room.verify().unwrap();
    // What is taken back leaves its reads. A minute later, or the refusal would be counted with the one of before.
    house.clock.advance_millis(60_000);
    let taken_back = house.root.transaction(|t| {
        t.put_secret_value(PutSecretValue::text("a", "hunter5"))?;
        t.get_secret_value("a")?;
        Err::<(), _>(t.get_secret_value("nothing").unwrap_err())
    });
    taken_back.unwrap_err();
    assert_eq!(house.root.get_secret_value("a").unwrap().value(), b"hunter4");
    let all = operations(&house.root);
    assert_eq!(all[all.len() - 3..], [get, get, get]);
    house.room.verify().unwrap();
    // Without a disk there is no answer, and no transaction.
    fill(&disk);
    let none = house.root.transaction(|t| t.get_secret_value("a").map(drop));
    unavailable(none);
}

#[test]
fn available_records_go_with_the_next_commit_or_by_run_due_or_with_the_last_handle() {
    let disk = MemoryBackend::new();
    let clock = clock();
    let build = || builder(&clock, 7).read_audit(ReadAudit::Available);
    let house = House::of(build().create_on_backend(disk.clone(), key()).unwrap(), clock.clone());
    house.secret("a", "1");
    let before = commits(&house);
    house.root.get_secret_value("a").unwrap();
    assert_eq!(commits(&house), before, "a read writes nothing");
    house.secret("b", "1");
    assert_eq!(commits(&house), before + 1);
    assert_eq!(
        operations(&house.root),
        ["CreateSecret", "GetSecretValue", "CreateSecret"],
        "in the order of the calls"
    );
    house.room.run_due().unwrap();
    assert_eq!(operations(&house.root).last().unwrap(), "LookupEvents");
    // Two lookups wait now.
    house.root.get_secret_value("b").unwrap();
    drop(house);
    let all = operations(&opened(disk.image()).root);
    assert_eq!(all[all.len() - 2..], ["LookupEvents", "GetSecretValue"]);
}

#[test]
fn available_reads_that_are_many_are_written_before_there_are_too_many() {
    let house = house_of(ReadAudit::Available);
    house.secret("a", "1");
    let before = commits(&house);
    for _ in 0..2_048 {
        house.root.get_secret_value("a").unwrap();
    }
    assert_eq!(commits(&house), before + 2);
    assert_eq!(records(&house.root).len(), 2_049);
}

#[test]
fn available_reads_go_on_without_a_disk_and_the_gap_is_told() {
    let disk = disk();
    let house = house_on(&disk, ReadAudit::Available);
    house.secret("a", "1");
    fill(&disk);
    let lost = 100;
    for _ in 0..4_096 + lost {
        assert_eq!(house.root.get_secret_value("a").unwrap().value(), b"1");
        house.clock.advance_millis(1);
    }
    assert_eq!(house.room.run_due().unwrap_err().kind(), ErrorKind::Storage);
    disk.heal();
    house.room.resume().unwrap();
    house.secret("b", "1");
    let all = records(&house.root);
    assert_eq!(all.len(), 4_096 + 3);
    let gap = &all[all.len() - 2];
    assert_eq!((gap.service.as_str(), told(gap)), ("strongroom", ("AuditGap".to_owned(), None, lost)));
    assert_eq!((gap.time, gap.last), (NOW.plus_millis(4_096), Some(NOW.plus_millis(4_096 + 99))));
    assert_eq!(all.last().unwrap().operation, "CreateSecret");
    house.room.verify().unwrap();
}

#[test]
fn refusals_that_repeat_within_a_minute_are_one_record_with_their_count() {
    let house = house_of(ReadAudit::Strict);
    house.secret("a", "1");
    house.secret("b", "1");
    let (ann, bob) = (house.user("ann"), house.user("bob"));
    let known = records(&house.root).len() + 1;
    let before = commits(&house);
    for number in 0..1_000 {
        ann.get_secret_value(if number % 2 == 0 { "a" } else { "b" }).unwrap_err();
        house.clock.advance_millis(10);
    }
    assert_eq!(commits(&house), before + 1, "the first has its record at once");
    bob.get_secret_value("a").unwrap_err();
    ann.put_secret_value(PutSecretValue::text("a", "x")).unwrap_err();
    // Who may is always told alone.
    house.root.get_secret_value("a").unwrap();
    house.root.get_secret_value("a").unwrap();
    house.clock.advance_millis(60_000);
    house.room.run_due().unwrap();
    // A new minute, and one that repeats once.
    ann.get_secret_value("a").unwrap_err();
    ann.get_secret_value("a").unwrap_err();
    house.clock.advance_millis(60_000);
    house.secret("c", "1");
    let all = records(&house.root);
    let all: Vec<_> = all.into_iter().filter(|record| record.operation != "RunDue").collect();
    let shown: Vec<_> =
        all.iter().skip(known).map(|r| (&*r.operation, r.principal.rsplit('/').next().unwrap(), r.count)).collect();
    let (get, root) = ("GetSecretValue", &*root_arn());
    assert_eq!(
        shown,
        [
            (get, "ann", 1),
            (get, "bob", 1),
            ("PutSecretValue", "ann", 1),
            (get, root, 1),
            (get, root, 1),
            (get, "ann", 999),
            (get, "ann", 1),
            (get, "ann", 1),
            ("CreateSecret", root, 1),
        ]
    );
    let many = &all[known + 5];
    assert_eq!((many.time, many.last), (NOW.plus_millis(10), Some(NOW.plus_millis(9_990))));
    assert_eq!(
        (many.refused.as_deref(), &*many.decisions[0].action),
        (Some("AccessDeniedException"), "secretsmanager:GetSecretValue")
    );
    assert_eq!((&*many.decisions[0].resource, many.decisions[0].allowed), ("*", false), "it was about several");
    assert_eq!(all[known + 7].last, None);
}

#[test]
fn whoever_is_refused_cannot_have_more_records_by_the_reads_of_others() {
    let house = house_of(ReadAudit::Strict);
    house.secret("a", "1");
    let ann = house.user("ann");
    house.clock.advance_millis(5_000);
    for _ in 0..50 {
        ann.get_secret_value("a").unwrap_err();
        house.root.get_secret_value("a").unwrap();
        house.clock.advance_millis(1_000);
    }
    let all = records(&house.root);
    assert_eq!(all.iter().filter(|record| record.refused.is_some()).count(), 1);
    // The minute ends for a reader as well.
    house.clock.advance_millis(10_000);
    house.root.get_secret_value("a").unwrap();
    let all = records(&house.root);
    let refused: Vec<_> = all.iter().filter(|record| record.refused.is_some()).map(|record| record.count).collect();
    assert_eq!(refused, [1, 49]);
}

#[test]
fn counted_refusals_are_written_when_the_store_is_closed() {
    let disk = MemoryBackend::new();
    let clock = clock();
    let room = builder(&clock, 7).read_audit(ReadAudit::Strict).create_on_backend(disk.clone(), key()).unwrap();
    let house = House::of(room, clock);
    house.secret("a", "1");
    let ann = house.user("ann");
    for _ in 0..5 {
        ann.get_secret_value("a").unwrap_err();
    }
    drop((ann, house));
    let all = records(&opened(disk.image()).root);
    assert_eq!(all.iter().skip(2).map(|record| record.count).collect::<Vec<_>>(), [1, 4]);
    assert!(all[3].decisions[0].resource.contains(":secret:a-"), "all of them about the same");
}

#[test]
fn the_journal_keeps_so_many_records_and_says_which_went() {
    let disk = MemoryBackend::new();
    let clock = clock();
    let room = builder(&clock, 7).read_audit(ReadAudit::Strict).create_on_backend(disk.clone(), key()).unwrap();
    let house = House::of(room, clock.clone());
    assert_eq!(house.room.audit_retention(), 1_000_000);
    assert_eq!(house.room.set_audit_retention(63).unwrap_err().kind(), ErrorKind::InvalidRequest);
    house.room.set_audit_retention(64).unwrap();
    house.secret("a", "1");
    let empty = format!("0:{}", "0".repeat(64)).parse().unwrap();
    let early = house.room.audit_checkpoint().unwrap();
    let mut cut = None;
    for _ in 0..62 {
        house.root.get_secret_value("a").unwrap();
        if house.room.audit_checkpoint().unwrap().number() == 8 {
            cut = Some(house.room.audit_checkpoint().unwrap());
        }
    }
    assert_eq!(house.room.verify().unwrap().audit_records, 64, "as many as are kept");
    house.root.get_secret_value("a").unwrap();
    // One too many, an eighth that goes, and the record of that.
    assert_eq!(house.room.verify_audit(None).unwrap(), 65 - 8 + 1);
    let late = house.room.audit_checkpoint().unwrap();
    let all = records(&house.root);
    assert_eq!((all[0].number, all.last().unwrap().number), (9, 66));
    let evicted = all.last().unwrap();
    assert_eq!((told(evicted).0.as_str(), evicted.count), ("EvictAuditRecords", 8));
    assert_eq!(evicted.evicted, cut, "the head of the chain where it was cut");
    // Checkpoints: of nothing, of the cut, of what is left; and of what went, which is no sign of tampering.
    for since in [&empty, cut.as_ref().unwrap(), &late] {
        house.room.verify_audit(Some(since)).unwrap();
    }
    let gone = house.room.verify_audit(Some(&early)).unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::InvalidState);
    assert!(gone.message().to_string().contains("records up to 8 were evicted"), "{gone}");
    // On and on, also from a file that was closed; what is evicted stays told.
    drop(house);
    let room = builder(&clock, 9)
        .read_audit(ReadAudit::Strict)
        .open_on_backend(MemoryBackend::from_image(disk.image()), key());
    let house = House::of(room.unwrap(), clock);
    assert_eq!(house.room.audit_retention(), 64);
    for _ in 0..500 {
        house.root.get_secret_value("a").unwrap();
    }
    let kept = house.room.verify_audit(None).unwrap();
    assert!((57..=65).contains(&kept), "{kept}");
    let all = records(&house.root);
    assert!(all.iter().zip(all[0].number..).all(|(record, number)| record.number == number));
    assert!(
        all.iter()
            .any(|record| record.operation == "EvictAuditRecords"
                && record.evicted.unwrap().number() + 1 == all[0].number)
    );
    assert_eq!(house.room.verify_audit(Some(&late)).unwrap_err().kind(), ErrorKind::InvalidState);
    // A copy has the same cut.
    let copy = MemoryBackend::new();
    house.room.backup_on_backend(copy.clone()).unwrap();
    opened(copy.image()).room.verify().unwrap();
}

#[test]
fn a_great_batch_and_a_shorter_retention_are_evicted_step_by_step() {
    let house = house_of(ReadAudit::Available);
    house.secret("a", "1");
    for _ in 0..1_000 {
        house.root.get_secret_value("a").unwrap();
    }
    house.room.run_due().unwrap();
    assert!(house.room.verify().unwrap().audit_records > 1_000);
    house.room.set_audit_retention(100).unwrap();
    house.secret("b", "1");
    let kept = house.room.verify().unwrap().audit_records;
    assert!((88..=101).contains(&kept), "{kept}");
    assert_eq!(house.root.get_secret_value("a").unwrap().value(), b"1");
}

#[test]
fn a_file_of_the_first_format_goes_on_with_its_journal() {
    let disk = MemoryBackend::from_image(include_bytes!("golden/store-v1.strongroom").to_vec());
    let unlock = Unlock::root_key([1; 32].as_slice());
    let clock = clock();
    let room = builder(&clock, 9).read_audit(ReadAudit::Strict).open_on_backend(disk.clone(), unlock).unwrap();
    let house = House::of(room, clock.clone());
    let old = records(&house.root);
    assert!(old.len() > 1 && old.iter().all(|record| record.count == 1 && record.last.is_none()));
    let before = house.room.audit_checkpoint().unwrap();
    house.root.get_secret_value("other").unwrap();
    house.room.verify_audit(Some(&before)).unwrap();
    assert_eq!(operations(&house.root).last().unwrap(), "GetSecretValue");
    // Records of both forms go when there are too many.
    house.room.set_audit_retention(64).unwrap();
    for _ in 0..200 {
        house.root.get_secret_value("other").unwrap();
    }
    house.room.verify().unwrap();
    drop((house, old));
    let unlock = Unlock::root_key([1; 32].as_slice());
    let room = builder(&clock, 10).open_on_backend(MemoryBackend::from_image(disk.image()), unlock).unwrap();
    assert!(room.verify_audit(None).unwrap() <= 65);
    assert_eq!(room.verify_audit(Some(&before)).unwrap_err().kind(), ErrorKind::InvalidState);
}
