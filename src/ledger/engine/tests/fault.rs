//! Failing disks, S49: a script runs on a disk that fails at its n-th call, for every n and every fault. Nothing may
//! panic; what was acknowledged stays; what was not is there whole or not at all; after a failed write the store reads on
//! and writes no more, until it is opened again.
//!
//! `STRONGROOM_FAULT_STEP=1` tries every call; unless told, every third, starting at another for each fault.

use super::*;
use crate::testing::{Call, CrashBackend, Fault, FaultBackend, Plan};

/// What a run came to.
#[derive(Default)]
struct Came {
    /// States acknowledged, the last one last.
    states: Vec<Rows>,
    /// The state that a failed commit would have made.
    under_way: Option<Rows>,
    /// The secret, and the one that a failed commit would have set.
    secrets: Vec<u8>,
    created: bool,
}

impl Came {
    fn last(&self) -> Rows {
        self.states.last().cloned().unwrap_or_default()
    }
}

/// Creates, commits, changes the header, compacts, closes, opens, commits. Ends at the first error, and gives back the
/// engine as it is then.
fn script(disk: &FaultBackend, came: &mut Came) -> (Option<Engine>, Result<(), EngineError>) {
    let (engine, mut root) = match create(on(disk), 21) {
        Ok(made) => made,
        Err(error) => return (None, Err(error)),
    };
    came.created = true;
    came.secrets = vec![1];
    came.states.push(Rows::new());
    let outcome = (|| {
        commit(&engine, came, 0)?;
        let next = root.change_slot(0, &secret(2), &Hardening::FLOOR).map_err(EngineError::Keystore)?;
        came.under_way = Some(came.last());
        came.secrets.push(2);
        let mut change = engine.begin()?;
        change.write_header(Header::next(&root, &next))?;
        change.commit(NOW)?;
        came.secrets.remove(0);
        root.adopt(next).map_err(EngineError::Keystore)?;
        commit(&engine, came, 1)?;
        engine.compact()?;
        commit(&engine, came, 2)
    })();
    if outcome.is_err() {
        return (Some(engine), outcome);
    }
    let _ = engine.close();
    drop(engine);
    let engine = match open_with(on(disk), 2, Options::default()) {
        Ok((engine, _)) => engine,
        Err(error) => return (None, Err(error)),
    };
    let outcome = commit(&engine, came, 3).and_then(|()| read_all(&*engine.view()?)).map(|rows| {
        assert_eq!(rows, came.last());
    });
    (Some(engine), outcome)
}

fn commit(engine: &Engine, came: &mut Came, round: u8) -> Result<(), EngineError> {
    let mut rows = came.last();
    let mut change = engine.begin()?;
    for number in 0..6 {
        let key = [number * 40 + round; 32];
        change.put(Table::Secrets, &key, &[round; 3_000])?;
        rows.insert((Table::Secrets, key), vec![round; 3_000]);
    }
    change.put_version_row(&[round; 32], vec![round; 500]);
    rows.insert((Table::Versions, [round; 32]), vec![round; 500]);
    if round > 0 {
        change.remove(Table::Secrets, &[round - 1; 32])?;
        rows.remove(&(Table::Secrets, [round - 1; 32]));
    }
    came.under_way = Some(rows.clone());
    change.commit(NOW)?;
    came.states.push(rows);
    came.under_way = None;
    Ok(())
}

fn is_old_or_new(rows: &Rows, came: &Came) -> bool {
    *rows == came.last() || came.under_way.as_ref() == Some(rows)
}

/// One run with one fault, to the end.
fn one(plan: Plan) -> u64 {
    let disk = FaultBackend::over(CrashBackend::new());
    disk.plan(plan);
    let mut came = Came::default();
    let (left, outcome) = script(&disk, &mut came);
    let struck = disk.struck();
    // Only a read that lies can go unnoticed by the call that met it.
    let lied = plan.fault == Fault::FlippedBit;
    let mut engine = None;
    if let Err(error) = outcome {
        assert!(struck > 0, "failed without a fault: {error:?}");
        if plan.fault == Fault::NoSpace && matches!(error, EngineError::Storage(_)) {
            assert!(error.is_disk_full(), "{error:?}");
        }
        if let (Some(left), false) = (left, lied) {
            reads_on(&left, &came, plan);
            engine = Some(left);
        }
    }
    disk.heal();
    if let Some(engine) = engine.filter(|_| plan.nth.is_multiple_of(2)) {
        opens_in_place(&engine, &mut came);
        let _ = engine.close();
    }
    let reopened = came
        .secrets
        .iter()
        .map(|byte| open_with(on(&disk), *byte, Options::default()))
        .find(|opened| !matches!(opened, Err(EngineError::Keystore(_))));
    match reopened {
        // What a lying read got into the database cannot be undone. Where nothing covers it, in version rows (which the
        // keystore proves) and in pages of theirs, it is found when it is read.
        Some(Ok((engine, _))) if lied => {
            let covered = |rows: &Rows| -> Rows {
                rows.iter().filter(|((table, _), _)| table.is_covered()).map(|(at, row)| (*at, row.clone())).collect()
            };
            match read_all(&engine.view().unwrap()) {
                Ok(rows) => {
                    let states = [Some(came.last()), came.under_way.clone()];
                    assert!(states.iter().flatten().any(|state| covered(state) == covered(&rows)));
                }
                Err(error) => assert!(matches!(error, EngineError::Damaged(_) | EngineError::Tampered(_)), "{error:?}"),
            }
        }
        Some(Ok((engine, _))) => {
            let rows = read_all(&engine.view().unwrap()).unwrap();
            assert!(is_old_or_new(&rows, &came), "neither the state before nor the one after");
            engine.verify().unwrap();
            let mut change = engine.begin().unwrap();
            change.put(Table::Keys, &[9; 32], b"after").unwrap();
            change.commit(NOW).unwrap();
        }
        Some(Err(EngineError::Damaged(_) | EngineError::Tampered(_))) if lied => {}
        Some(Err(error)) => panic!("does not open after healing: {error:?}"),
        None => assert!(!came.created || lied, "no secret opens it"),
    }
    struck
}

/// After a failed write: no more writes, and reading the last acknowledged state.
fn reads_on(engine: &Engine, came: &Came, plan: Plan) {
    match engine.begin() {
        Err(EngineError::Failed) => {}
        // The fault was met by a read before any write.
        Ok(_) | Err(EngineError::Storage(_)) => return,
        Err(error) => panic!("{error:?}"),
    }
    let reading = plan.persistent && !matches!(plan.call, Some(Call::Write | Call::Sync | Call::SetLen));
    let rows = engine.view().and_then(|view| read_all(&view));
    match rows {
        Ok(rows) => assert_eq!(rows, came.last(), "after a failed write another state is shown"),
        Err(_) if reading => {}
        // The first read in trouble makes the engine look elsewhere; the next one finds it.
        Err(_) => assert_eq!(engine.view().and_then(|view| read_all(&view)).unwrap(), came.last()),
    }
}

/// The disk is well again: the store opens in place, and writes.
fn opens_in_place(engine: &Engine, came: &mut Came) {
    match engine.reopen(NOW) {
        Ok(()) => {}
        // The header was changed, or perhaps changed: only the secret can tell.
        Err(EngineError::Replaced | EngineError::Tampered(_)) if came.secrets.len() == 2 => return,
        Err(error) => panic!("does not open in place: {error:?}"),
    }
    let rows = read_all(&engine.view().unwrap()).unwrap();
    assert!(is_old_or_new(&rows, came));
    came.states.push(rows);
    came.under_way = None;
    commit(engine, came, 5).unwrap();
    engine.verify().unwrap();
}

#[test]
fn s49_a_fault_at_any_call_is_a_typed_error_and_leaves_the_old_or_the_new_state() {
    let step = std::env::var("STRONGROOM_FAULT_STEP").ok().and_then(|step| step.parse().ok()).unwrap_or(3);
    let disk = FaultBackend::over(CrashBackend::new());
    script(&disk, &mut Came::default()).1.unwrap();
    let mut runs = 0;
    let mut struck = 0;
    for (start, (fault, call)) in [
        (Fault::Error, None),
        (Fault::NoSpace, None),
        (Fault::Interrupted, None),
        (Fault::PartialWrite, Some(Call::Write)),
        (Fault::FlippedBit, Some(Call::Read)),
        (Fault::LosesUnsynced, Some(Call::Sync)),
    ]
    .into_iter()
    .enumerate()
    {
        for persistent in [false, true] {
            let calls = usize::try_from(disk.calls(call)).unwrap();
            for nth in (start % step..calls).step_by(step) {
                let plan = Plan { call, nth: nth as u64, fault, persistent };
                let outcome = std::panic::catch_unwind(|| one(plan));
                struck += outcome.unwrap_or_else(|panic| {
                    eprintln!("{plan:?}");
                    std::panic::resume_unwind(panic)
                });
                runs += 1;
            }
        }
    }
    println!("{runs} runs, {struck} calls failed");
    assert!(runs > 500);
}

#[test]
fn an_interrupted_call_is_asked_again_and_not_for_ever() {
    let disk = FaultBackend::over(CrashBackend::new());
    disk.plan(Plan { call: None, nth: 40, fault: Fault::Interrupted, persistent: false });
    script(&disk, &mut Came::default()).1.unwrap();
    assert_eq!(disk.struck(), 1);
    disk.plan(Plan { call: Some(Call::Write), nth: 0, fault: Fault::Interrupted, persistent: true });
    let disk_full_of_interruptions = create(on(&FaultBackend::over(CrashBackend::new())), 1);
    assert!(disk_full_of_interruptions.is_ok());
    let outcome = open_with(on(&disk), 2, Options::default()).map(|_| ());
    assert!(matches!(outcome, Err(EngineError::Storage(std::io::ErrorKind::Interrupted))), "{outcome:?}");
}

#[test]
fn t9_a_full_disk_stops_writing_not_reading_and_writing_goes_on_in_place_when_there_is_space() {
    let disk = FaultBackend::over(CrashBackend::new());
    let (engine, _) = create(on(&disk), 3).unwrap();
    let mut came = Came { states: vec![Rows::new()], secrets: vec![1], ..Came::default() };
    commit(&engine, &mut came, 0).unwrap();
    disk.plan(Plan { call: Some(Call::Write), nth: 0, fault: Fault::NoSpace, persistent: true });
    let held = engine.view().unwrap();
    let error = commit(&engine, &mut came, 1).unwrap_err();
    assert!(error.is_disk_full(), "{error:?}");
    assert_eq!(engine.begin().unwrap_err(), EngineError::Failed);
    assert_eq!(engine.compact().unwrap_err(), EngineError::Failed);
    assert!(!engine.status().unwrap().writable);
    // Every row, with no help of a cache: the view is a fresh one.
    assert_eq!(read_all(&engine.view().unwrap()).unwrap(), came.last());
    assert_eq!(engine.view().unwrap().generation(), held.generation());
    engine.verify().unwrap();
    // Still full: it stays as it is.
    assert!(engine.reopen(NOW).is_err());
    assert_eq!(engine.begin().unwrap_err(), EngineError::Failed);
    assert_eq!(read_all(&engine.view().unwrap()).unwrap(), came.last());
    // Nobody else gets in meanwhile.
    let other = Storage::custom(Box::new(FaultBackend::over(disk.disk().another_handle())));
    assert_eq!(open(other).unwrap_err(), EngineError::Busy);
    disk.heal();
    engine.reopen(NOW).unwrap();
    assert_eq!(read_all(&engine.view().unwrap()).unwrap(), came.last());
    commit(&engine, &mut came, 2).unwrap();
    drop(engine);
    assert_eq!(read_all(&open(on(&disk)).unwrap().0.view().unwrap()).unwrap(), came.last());
}

#[test]
fn a_sync_that_loses_what_it_should_keep_loses_nothing_acknowledged() {
    for nth in 0..4 {
        let disk = FaultBackend::over(CrashBackend::new());
        let (engine, _) = create(on(&disk), 3).unwrap();
        let mut came = Came { states: vec![Rows::new()], secrets: vec![1], ..Came::default() };
        commit(&engine, &mut came, 0).unwrap();
        disk.plan(Plan { call: Some(Call::Sync), nth, fault: Fault::LosesUnsynced, persistent: false });
        let failed = commit(&engine, &mut came, 1).is_err();
        assert_eq!(failed, disk.struck() == 1);
        assert_eq!(read_all(&engine.view().unwrap()).unwrap(), came.last());
        drop(engine);
        let (engine, _) = open(on(&disk)).unwrap();
        assert!(is_old_or_new(&read_all(&engine.view().unwrap()).unwrap(), &came));
    }
}

#[test]
fn a_read_that_fails_once_harms_only_that_call() {
    let disk = FaultBackend::over(CrashBackend::new());
    // More rows than the cache holds, so that some must be read from the disk.
    let options = Options { cache_bytes: 1 << 20, check_pages: Check::Never, check_rows: Check::Never };
    let (root, barrier) = new_root(3);
    let engine = Engine::create(on(&disk), Header::of(&root), barrier, options, NOW).unwrap();
    let mut change = engine.begin().unwrap();
    for number in 0..100 {
        change.put(Table::Secrets, &[number; 32], &vec![number; 40_000]).unwrap();
    }
    change.commit(NOW).unwrap();
    let rows = read_all(&engine.view().unwrap()).unwrap();
    disk.plan(Plan { call: Some(Call::Read), nth: 5, fault: Fault::Error, persistent: false });
    let outcome = engine.view().and_then(|view| read_all(&view));
    assert!(matches!(outcome, Err(EngineError::Storage(_))), "{outcome:?}");
    assert_eq!(disk.struck(), 1);
    assert_eq!(read_all(&engine.view().unwrap()).unwrap(), rows);
    assert_eq!(engine.begin().unwrap_err(), EngineError::Failed);
    engine.reopen(NOW).unwrap();
    let mut change = engine.begin().unwrap();
    change.remove(Table::Secrets, &[7; 32]).unwrap();
    change.commit(NOW).unwrap();
    assert_eq!(engine.verify().unwrap().rows, 99);
}
