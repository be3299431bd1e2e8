//! What a change and a view promise while nothing goes wrong.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;

use super::*;
use crate::ledger::region::COPY_LEN;
use crate::testing::MemoryBackend;

fn fresh() -> (MemoryBackend, Engine) {
    let disk = MemoryBackend::new();
    let (engine, _) = create(on(&disk), 7).unwrap();
    (disk, engine)
}

fn put(engine: &Engine, table: Table, name: &str, data: &[u8]) -> u64 {
    let mut change = engine.begin().unwrap();
    change.put(table, &key(engine, table, name), data).unwrap();
    change.commit(NOW).unwrap()
}

fn names(rows: &mut Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    rows.sort();
    std::mem::take(rows)
}

#[test]
fn what_was_committed_is_there_after_opening_again() {
    let (disk, engine) = fresh();
    let name = key(&engine, Table::Secrets, "db");
    assert_eq!(put(&engine, Table::Secrets, "db", b"metadata"), 2);
    drop(engine);
    let (engine, _) = open(on(&disk)).unwrap();
    let view = engine.view().unwrap();
    let row = view.get(Table::Secrets, &name).unwrap().unwrap();
    assert_eq!((row.sequence, row.data()), (2, b"metadata".as_slice()));
    assert_eq!(view.generation(), 2);
    assert!(view.get(Table::Keys, &name).unwrap().is_none());
}

#[test]
fn a_dropped_change_leaves_nothing() {
    let (_disk, engine) = fresh();
    let name = key(&engine, Table::Secrets, "db");
    let mut change = engine.begin().unwrap();
    change.put(Table::Secrets, &name, b"metadata").unwrap();
    drop(change);
    assert!(engine.view().unwrap().get(Table::Secrets, &name).unwrap().is_none());
    assert_eq!(engine.view().unwrap().generation(), 1);
}

#[test]
fn what_was_done_since_the_mark_is_taken_back_step_by_step_and_no_more() {
    let (_disk, engine) = fresh();
    for name in ["kept", "removed"] {
        put(&engine, Table::Secrets, name, b"stored");
    }
    let [kept, removed, new] = ["kept", "removed", "new"].map(|name| key(&engine, Table::Secrets, name));
    let version = key(&engine, Table::Versions, "v");
    let mut change = engine.begin().unwrap();
    change.put(Table::Secrets, &kept, b"before").unwrap();
    change.remove(Table::Secrets, &removed).unwrap();
    change.put_version_row(&version, b"before".to_vec());
    change.mark();
    for data in [b"one", b"two"] {
        change.put(Table::Secrets, &kept, data).unwrap();
        change.put(Table::Secrets, &removed, data).unwrap();
        change.put(Table::Secrets, &new, data).unwrap();
    }
    change.remove(Table::Secrets, &kept).unwrap();
    change.remove_version_row(&version).unwrap();
    change.take_back();
    // There is no mark any more: this stays.
    change.put(Table::Keys, &new, b"after").unwrap();
    change.take_back();
    change.commit(NOW).unwrap();
    let view = engine.view().unwrap();
    assert_eq!(view.get(Table::Secrets, &kept).unwrap().unwrap().data(), b"before");
    assert!(view.get(Table::Secrets, &removed).unwrap().is_none());
    assert!(view.get(Table::Secrets, &new).unwrap().is_none());
    assert_eq!(view.sealed(Table::Versions, &version).unwrap().unwrap().as_slice(), b"before");
    assert_eq!(view.get(Table::Keys, &new).unwrap().unwrap().data(), b"after");
    engine.verify().unwrap();
}

#[test]
fn a_change_reads_what_it_wrote_and_removed() {
    let (_disk, engine) = fresh();
    for name in ["a", "b", "c", "d"] {
        put(&engine, Table::Secrets, name, name.as_bytes());
    }
    let [a, b, e] = ["a", "b", "e"].map(|name| key(&engine, Table::Secrets, name));
    let mut change = engine.begin().unwrap();
    change.put(Table::Secrets, &a, b"A").unwrap();
    assert!(change.remove(Table::Secrets, &b).unwrap());
    assert!(!change.remove(Table::Secrets, &b).unwrap());
    change.put(Table::Secrets, &e, b"e").unwrap();
    assert_eq!(change.get(Table::Secrets, &a).unwrap().unwrap().data(), b"A");
    assert!(change.get(Table::Secrets, &b).unwrap().is_none());
    let mut seen = Vec::new();
    let mut keys = Vec::new();
    change
        .scan::<EngineError>(Table::Secrets, None, |key, row| {
            keys.push(*key);
            seen.push(row.data().to_vec());
            Ok(ControlFlow::Continue(()))
        })
        .unwrap();
    assert!(keys.is_sorted());
    assert_eq!(names(&mut seen), [b"A", b"c", b"d", b"e"]);
    // Put and taken back again is nothing at all.
    assert!(change.remove(Table::Secrets, &e).unwrap());
    assert!(change.get(Table::Secrets, &e).unwrap().is_none());
    change.commit(NOW).unwrap();
    assert_eq!(engine.verify().unwrap().rows, 3);
}

#[test]
fn a_scan_starts_where_it_is_told_and_stops_when_told() {
    let (_disk, engine) = fresh();
    let mut change = engine.begin().unwrap();
    for number in 0..40_u8 {
        change.put(Table::Keys, &[number; 32], &[number]).unwrap();
    }
    let walk = |change: &EngineChange<'_>| {
        let mut seen = Vec::new();
        change
            .scan::<EngineError>(Table::Keys, Some(&[10; 32]), |key, _| {
                seen.push(key[0]);
                Ok(if seen.len() == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })
            .unwrap();
        seen
    };
    assert_eq!(walk(&change), [10, 11, 12, 13, 14]);
    change.commit(NOW).unwrap();
    let mut change = engine.begin().unwrap();
    change.remove(Table::Keys, &[11; 32]).unwrap();
    change.put(Table::Keys, &[12; 32], b"new").unwrap();
    assert_eq!(walk(&change), [10, 12, 13, 14, 15]);
}

#[test]
fn a_view_does_not_change_under_its_reader() {
    let (_disk, engine) = fresh();
    let name = key(&engine, Table::Secrets, "db");
    put(&engine, Table::Secrets, "db", b"one");
    let before = engine.view().unwrap();
    put(&engine, Table::Secrets, "db", b"two");
    assert_eq!(before.get(Table::Secrets, &name).unwrap().unwrap().data(), b"one");
    assert_eq!(engine.view().unwrap().get(Table::Secrets, &name).unwrap().unwrap().data(), b"two");
}

#[test]
fn a_view_outlives_neither_close_nor_drop() {
    let (_disk, engine) = fresh();
    put(&engine, Table::Secrets, "db", b"one");
    let name = key(&engine, Table::Secrets, "other");
    let view = engine.view().unwrap();
    engine.close().unwrap();
    assert_eq!(engine.view().unwrap_err(), EngineError::Closed);
    assert_eq!(engine.begin().unwrap_err(), EngineError::Closed);
    // What the database still has in memory it may answer; nothing wrong, and no panic.
    assert!(matches!(view.get(Table::Versions, &name), Ok(None) | Err(_)));
    drop(engine);
    assert!(matches!(view.get(Table::Versions, &name), Ok(None) | Err(_)));
}

#[test]
fn changed_is_raised_for_the_bytes_that_a_commit_touched_and_no_other() {
    let (_disk, engine) = fresh();
    let mut change = engine.begin().unwrap();
    change.put(Table::Secrets, &[0x11; 32], b"row").unwrap();
    change.put_version_row(&[0x22; 32], b"version".to_vec());
    change.append_audit(b"record").unwrap();
    assert_eq!(engine.changed(0x11), 0);
    let generation = change.commit(NOW).unwrap();
    assert_eq!(engine.changed(0x11), generation);
    assert_eq!(engine.changed(0x22), generation);
    assert_eq!((0..=u8::MAX).filter(|first| engine.changed(*first) != 0).count(), 2);
}

#[test]
fn a_change_without_content_commits_nothing() {
    let (disk, engine) = fresh();
    let before = disk.image();
    assert_eq!(engine.begin().unwrap().commit(NOW).unwrap(), 1);
    assert_eq!(disk.image(), before);
}

#[test]
fn a_second_change_on_the_same_thread_is_busy_and_on_another_waits() {
    let (_disk, engine) = fresh();
    let mut change = engine.begin().unwrap();
    assert_eq!(engine.begin().unwrap_err(), EngineError::Busy);
    assert_eq!(engine.compact().unwrap_err(), EngineError::Busy);
    assert_eq!(engine.close().unwrap_err(), EngineError::Busy);
    change.put(Table::Secrets, &[1; 32], b"first").unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            let mut change = engine.begin().unwrap();
            let seen = change.get(Table::Secrets, &[1; 32]).unwrap().map(|row| row.data().to_vec());
            change.put(Table::Secrets, &[2; 32], b"second").unwrap();
            change.commit(NOW).unwrap();
            seen
        });
        change.commit(NOW).unwrap();
        // Whoever waits starts from what the first has committed, never from what it saw before.
        assert_eq!(waiting.join().unwrap().as_deref(), Some(b"first".as_slice()));
    });
    assert_eq!(engine.verify().unwrap().rows, 2);
}

#[test]
fn a_thread_that_panics_with_a_change_does_not_keep_the_others_out() {
    let (_disk, engine) = fresh();
    thread::scope(|scope| {
        let died = scope.spawn(|| {
            let _change = engine.begin().unwrap();
            std::panic::resume_unwind(Box::new("died with a change in hand"));
        });
        assert!(died.join().is_err());
    });
    put(&engine, Table::Secrets, "db", b"after");
}

#[test]
fn many_threads_lose_no_update() {
    let (disk, engine) = fresh();
    let counter = key(&engine, Table::Secrets, "counter");
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..25 {
                    let mut change = engine.begin().unwrap();
                    let count = change.get(Table::Secrets, &counter).unwrap().map_or(0, |row| row.data()[0]);
                    change.put(Table::Secrets, &counter, &[count + 1]).unwrap();
                    change.commit(NOW).unwrap();
                }
            });
        }
        scope.spawn(|| {
            let mut last = 0;
            while last < 100 {
                let view = engine.view().unwrap();
                let count = view.get(Table::Secrets, &counter).unwrap().map_or(0, |row| row.data()[0]);
                assert!(count >= last, "a later view showed an earlier count");
                last = count;
            }
        });
    });
    drop(engine);
    let (engine, _) = open(on(&disk)).unwrap();
    assert_eq!(engine.view().unwrap().get(Table::Secrets, &counter).unwrap().unwrap().data(), [100]);
    assert_eq!(engine.verify().unwrap().rows, 1);
}

#[test]
fn version_rows_are_kept_as_they_are() {
    let (disk, engine) = fresh();
    let mut change = engine.begin().unwrap();
    assert_eq!(change.sequence(), 2);
    change.put_version_row(&[3; 32], b"sealed elsewhere".to_vec());
    assert_eq!(change.version_row(&[3; 32]).unwrap().as_deref(), Some(b"sealed elsewhere".as_slice()));
    change.commit(NOW).unwrap();
    drop(engine);
    let (engine, _) = open(on(&disk)).unwrap();
    let view = engine.view().unwrap();
    assert_eq!(&*view.sealed(Table::Versions, &[3; 32]).unwrap().unwrap(), b"sealed elsewhere");
    let mut change = engine.begin().unwrap();
    assert!(change.remove_version_row(&[3; 32]).unwrap());
    assert!(!change.remove_version_row(&[3; 32]).unwrap());
    change.commit(NOW).unwrap();
    assert!(engine.view().unwrap().sealed(Table::Versions, &[3; 32]).unwrap().is_none());
}

#[test]
fn audit_records_are_numbered_from_one_and_chained() {
    let (disk, engine) = fresh();
    let mut change = engine.begin().unwrap();
    assert_eq!(change.append_audit(b"first").unwrap(), 1);
    assert_eq!(change.append_audit(b"second").unwrap(), 2);
    change.commit(NOW).unwrap();
    let first = engine.barrier().audit_link(&[0; 32], b"first");
    let head = engine.barrier().audit_link(&first, b"second");
    assert_eq!(engine.view().unwrap().audit_head(), (2, head));
    drop(engine);
    let (engine, _) = open(on(&disk)).unwrap();
    assert_eq!(engine.view().unwrap().audit_head(), (2, head));
    assert_eq!(engine.verify().unwrap().audit_records, 2);
    let row = engine.view().unwrap().get(Table::Audit, &engine.audit_key(2)).unwrap().unwrap();
    assert_eq!(row.data(), b"second");
}

#[test]
fn the_high_water_mark_never_falls() {
    let (disk, engine) = fresh();
    let later = NOW.plus_days(3);
    let mut change = engine.begin().unwrap();
    change.put(Table::Secrets, &[1; 32], b"row").unwrap();
    change.commit(later).unwrap();
    let mut change = engine.begin().unwrap();
    change.put(Table::Secrets, &[1; 32], b"again").unwrap();
    change.commit(Timestamp::from_millis(-5)).unwrap();
    drop(engine);
    let (engine, _) = open(on(&disk)).unwrap();
    assert_eq!(engine.view().unwrap().high_water(), later);
}

#[test]
fn rows_of_uncovered_tables_are_not_put_as_covered_ones() {
    let (_disk, engine) = fresh();
    let mut change = engine.begin().unwrap();
    for table in [Table::Control, Table::Audit, Table::Versions] {
        assert!(matches!(change.put(table, &[0; 32], b"row"), Err(EngineError::Misuse(_))));
        assert!(matches!(change.remove(table, &[0; 32]), Err(EngineError::Misuse(_))));
    }
}

#[test]
fn a_row_that_is_too_long_is_refused_and_the_change_goes_on() {
    let (_disk, engine) = fresh();
    let mut change = engine.begin().unwrap();
    let long = vec![0; (1 << 20) + 1];
    assert!(matches!(change.put(Table::Secrets, &[1; 32], &long), Err(EngineError::Keystore(_))));
    change.put(Table::Secrets, &[1; 32], b"short").unwrap();
    change.commit(NOW).unwrap();
    assert!(engine.status().unwrap().writable);
}

#[test]
fn compaction_shrinks_and_changes_no_row() {
    let (disk, engine) = fresh();
    let mut change = engine.begin().unwrap();
    for number in 0..200_u8 {
        change.put(Table::Secrets, &[number; 32], &vec![number; 20_000]).unwrap();
    }
    change.commit(NOW).unwrap();
    let mut change = engine.begin().unwrap();
    for number in 0..190_u8 {
        change.remove(Table::Secrets, &[number; 32]).unwrap();
    }
    change.commit(NOW).unwrap();
    let before = engine.status().unwrap();
    let rows = read_all(&engine.view().unwrap()).unwrap();
    let held = engine.view().unwrap();
    assert_eq!(engine.compact().unwrap_err(), EngineError::Busy);
    drop(held);
    assert!(engine.compact().unwrap());
    let after = engine.status().unwrap();
    assert!(after.file_bytes < before.file_bytes / 2, "{} of {}", after.file_bytes, before.file_bytes);
    assert_eq!((after.sequence, &after.rows), (before.sequence, &before.rows));
    assert_eq!(read_all(&engine.view().unwrap()).unwrap(), rows);
    put(&engine, Table::Secrets, "after", b"row");
    drop(engine);
    assert_eq!(open(on(&disk)).unwrap().0.verify().unwrap().rows, 11);
}

#[test]
fn status_counts_and_names_the_commit() {
    let (_disk, engine) = fresh();
    put(&engine, Table::Keys, "one", b"row");
    let status = engine.status().unwrap();
    assert_eq!((status.sequence, status.header_generation), (2, 1));
    assert_eq!(status.commit_digits.len(), 8);
    let rows = |table| status.rows.iter().find(|(of, _)| *of == table).map(|(_, rows)| *rows);
    assert_eq!((rows(Table::Control), rows(Table::Keys), rows(Table::Reserved)), (Some(17), Some(1), Some(0)));
    assert!(status.writable);
}

#[test]
fn a_header_change_is_noted_by_its_commit_and_opens_with_the_new_secret() {
    let disk = MemoryBackend::new();
    let (engine, mut root) = create(on(&disk), 7).unwrap();
    let next = root.change_slot(0, &secret(2), &Hardening::FLOOR).unwrap();
    let mut change = engine.begin().unwrap();
    change.write_header(Header::next(&root, &next)).unwrap();
    assert!(matches!(change.write_header(Header::next(&root, &next)), Err(EngineError::Misuse(_))));
    change.commit(NOW).unwrap();
    root.adopt(next).unwrap();
    assert_eq!(engine.status().unwrap().header_generation, 2);
    // The next one follows that one.
    let next = root.rotate(&[(0, &secret(2))], &[]).unwrap();
    let mut change = engine.begin().unwrap();
    change.write_header(Header::next(&root, &next)).unwrap();
    change.commit(NOW).unwrap();
    root.adopt(next).unwrap();
    drop(engine);
    let image = disk.image();
    assert_eq!(image[..COPY_LEN], image[COPY_LEN..REGION_LEN]);
    assert!(matches!(open(on(&disk)), Err(EngineError::Keystore(_))));
    let (engine, _) = open_with(on(&disk), 2, Options::default()).unwrap();
    assert_eq!(engine.status().unwrap().header_generation, 3);
}

#[test]
fn a_header_of_another_generation_or_of_a_shared_store_is_refused() {
    let disk = MemoryBackend::new();
    let (engine, root) = create(on(&disk), 7).unwrap();
    let mut change = engine.begin().unwrap();
    assert!(matches!(change.write_header(Header::of(&root)), Err(EngineError::Misuse(_))));
    let shared = Header { shared: true, generation: 2, ..Header::of(&root) };
    assert!(matches!(change.write_header(shared.clone()), Err(EngineError::NewerFormat(_))));
    drop(change);
    let (root, barrier) = new_root(8);
    let header = Header { shared: true, ..Header::of(&root) };
    let made = Engine::create(on(&MemoryBackend::new()), header, barrier, Options::default(), NOW);
    assert!(matches!(made, Err(EngineError::NewerFormat(_))));
}

#[test]
fn a_cache_below_one_mebibyte_is_refused_and_one_mebibyte_works() {
    let small = Options { cache_bytes: (1 << 20) - 1, ..Options::default() };
    let (root, barrier) = new_root(7);
    let made = Engine::create(Storage::memory(), Header::of(&root), barrier, small, NOW);
    assert!(matches!(made, Err(EngineError::Options(_))));
    let least = Options { cache_bytes: 1 << 20, check_pages: Check::Never, check_rows: Check::Never };
    let (root, barrier) = new_root(7);
    let engine = Engine::create(Storage::memory(), Header::of(&root), barrier, least, NOW).unwrap();
    for number in 0..50_u8 {
        let mut change = engine.begin().unwrap();
        change.put(Table::Secrets, &[number; 32], &vec![number; 60_000]).unwrap();
        change.commit(NOW).unwrap();
    }
    assert_eq!(engine.verify().unwrap().rows, 50);
}

#[test]
fn old_pages_are_used_again_when_views_are_dropped() {
    let (_disk, engine) = fresh();
    let mut sizes = Vec::new();
    for round in 0..400_u16 {
        put(&engine, Table::Secrets, "db", &round.to_be_bytes());
        sizes.push(engine.status().unwrap().file_bytes);
    }
    assert_eq!(sizes[100], sizes[399], "the file grew although nothing was added");
}

#[test]
fn a_locked_barrier_finds_nothing_missing() {
    let (_disk, engine) = fresh();
    put(&engine, Table::Secrets, "db", b"row");
    let (_, keystore, _, barrier) =
        Root::create(STORE, false, &secret(1), &Hardening::FLOOR, Arc::new(SeededEntropy::new(1))).unwrap();
    let header = Header { copy: vec![0; COPY_LEN].into(), generation: 1, wrap_epoch: 1, shared: false };
    let engine = Engine::create(Storage::memory(), header, barrier, Options::default(), NOW).unwrap();
    let name = key(&engine, Table::Secrets, "db");
    put(&engine, Table::Secrets, "db", b"row");
    keystore.lock();
    let locked = EngineError::Keystore(strongroom_keystore::Error::Locked);
    let view = engine.view().unwrap();
    assert_eq!(view.get(Table::Secrets, &key(&engine, Table::Secrets, "db")).unwrap_err(), locked);
    assert_eq!(view.get(Table::Secrets, &name).unwrap_err(), locked);
    assert_eq!(view.sealed(Table::Versions, &name).unwrap_err(), locked);
    assert_eq!(engine.verify().unwrap_err(), locked);
    assert_eq!(engine.begin().unwrap().put(Table::Secrets, &name, b"row").unwrap_err(), locked);
}

#[test]
fn engine_and_views_go_between_threads() {
    fn both<T: Send + Sync>() {}
    both::<Engine>();
    both::<EngineView>();
    both::<Arc<EngineView>>();
    both::<crate::ledger::engine::view::RowBytes>();
}
