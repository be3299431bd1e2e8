//! Rows of the audit chain that hold several records.

use std::ops::ControlFlow;

use super::*;
use crate::testing::MemoryBackend;

fn record(number: u64) -> Vec<u8> {
    format!("record {number}").into_bytes()
}
/// Records from that number on, so many.
fn append(change: &mut EngineChange<'_>, from: u64, records: u64) {
    let records: Vec<_> = (from..from + records).map(record).collect();
    change.append_audits(&records).unwrap();
}
/// Two commits: one record, then 150 in rows of 64, then one that looks like a row of several; and one more.
fn with_rows() -> (MemoryBackend, Engine) {
    let disk = MemoryBackend::new();
    let (engine, _) = create(on(&disk), 7).unwrap();
    let mut change = engine.begin().unwrap();
    assert_eq!(change.append_audit(&record(1)).unwrap(), 1);
    append(&mut change, 2, 150);
    change.commit(NOW).unwrap();
    let mut change = engine.begin().unwrap();
    assert_eq!(change.append_audit(b"SB\0\0\0\x01x").unwrap(), 152);
    append(&mut change, 153, 1);
    change.commit(NOW).unwrap();
    (disk, engine)
}
fn expected(number: u64) -> Vec<u8> {
    if number == 152 { b"SB\0\0\0\x01x".to_vec() } else { record(number) }
}
fn from(engine: &Engine, from: u64) -> Result<Vec<(u64, Vec<u8>)>, EngineError> {
    let mut found = Vec::new();
    engine.view().unwrap().each_audit_record::<EngineError>(from, |number, record| {
        found.push((number, record.to_vec()));
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(found)
}

#[test]
fn records_of_one_commit_share_rows_and_are_read_from_any_number_on() {
    let (disk, engine) = with_rows();
    drop(engine);
    let (engine, _) = open(on(&disk)).unwrap();
    assert_eq!(engine.verify().unwrap().audit_records, 153);
    assert_eq!(engine.view().unwrap().rows_of(Table::Audit).unwrap(), 1 + 3 + 1 + 1);
    for start in [0, 1, 2, 3, 65, 66, 67, 129, 130, 151, 152, 153] {
        let all: Vec<_> = (start.max(1)..=153).map(|number| (number, expected(number))).collect();
        assert_eq!(from(&engine, start).unwrap(), all, "from {start}");
    }
    assert_eq!(from(&engine, 154).unwrap(), []);
    let mut first = None;
    let view = engine.view().unwrap();
    view.each_audit_record::<EngineError>(100, |number, _| {
        first = Some(number);
        Ok(ControlFlow::Break(()))
    })
    .unwrap();
    assert_eq!(first, Some(100));
}

#[test]
fn the_chain_links_each_record_whatever_row_it_shares() {
    let heads = [1, 8, 60, 120].map(|in_a_row: usize| {
        let (engine, _) = create(on(&MemoryBackend::new()), 7).unwrap();
        let mut change = engine.begin().unwrap();
        for from in (0..120).step_by(in_a_row) {
            append(&mut change, 1 + from, in_a_row as u64);
        }
        change.commit(NOW).unwrap();
        assert_eq!(engine.verify().unwrap().audit_records, 120);
        engine.view().unwrap().audit_head()
    });
    assert!(heads.iter().all(|head| *head == heads[0]));
}

#[test]
fn records_are_evicted_exactly_and_the_rest_verifies() {
    // The first row has one record, the second those from 2 to 65.
    for through in [1, 2, 64, 65, 66, 100, 151] {
        let (disk, engine) = with_rows();
        let mut change = engine.begin().unwrap();
        let (cut, head) = change.evict_audit(through).unwrap();
        assert_eq!((cut, change.audit_kept()), (through, 153 - through));
        change.append_audit(b"evicted").unwrap();
        change.commit(NOW).unwrap();
        drop(engine);
        let (engine, _) = open(on(&disk)).unwrap();
        assert_eq!(engine.verify().unwrap().audit_records, 154 - through);
        assert_eq!(engine.view().unwrap().audit_cut(), (through, head));
        let links = (1..=through).fold([0; 32], |head, number| engine.barrier().audit_link(&head, &record(number)));
        assert_eq!(head, links);
        for start in [1, through + 1, 152] {
            let first = start.max(through + 1);
            assert_eq!(from(&engine, start).unwrap().first(), Some(&(first, expected(first))), "from {start}");
        }
    }
}

#[test]
fn s46_a_row_of_several_records_that_is_gone_moved_or_old_is_noticed() {
    let (disk, engine) = with_rows();
    let [first, second] = [2, 66].map(|number| engine.audit_key(number));
    drop(engine);
    let image = disk.image();
    let opened = |image: Vec<u8>| open(on(&MemoryBackend::from_image(image))).unwrap().0;
    let gone = opened(raw::without_row(&image, Table::Audit, &second));
    assert!(matches!(gone.verify(), Err(EngineError::Tampered(_))));
    for start in [66, 100, 129] {
        assert!(matches!(from(&gone, start), Err(EngineError::Tampered(_))), "from {start}");
    }
    let stored = raw::row(&image, Table::Audit, &first).unwrap();
    let moved = opened(raw::with_row(&image, Table::Audit, &second, &stored));
    assert!(matches!(moved.verify(), Err(EngineError::Damaged(_))));
    let twice = opened(raw::with_row(&image, Table::Audit, &[9; 32], &stored));
    assert!(matches!(twice.verify(), Err(EngineError::Tampered(_))));
}
