//! Power cuts, B15 rule 7: a workload of commits, header writes, compactions and reopenings runs on a disk that keeps a
//! record; the disk is cut at any moment, some of what was not synced is lost, and the store is opened again. It must
//! hold everything that was acknowledged, and of the commit under way all or nothing. Half of the openings are
//! themselves cut again, some of those a third time.
//!
//! `STRONGROOM_CRASH_IMAGES` sets how many images are opened (3,000 unless told), `STRONGROOM_CRASH_SEED` the first seed.

use super::*;
use crate::testing::{CrashBackend, Draws, Loss};

/// What must be in a store.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Model {
    rows: Rows,
    audit_count: u64,
    /// The byte of the secret that opens it.
    secret: u8,
}

/// A workload's acknowledgements: after so many events on the disk, this must be there.
struct Run {
    disk: CrashBackend,
    acknowledged: Vec<(usize, Model)>,
}

const NAMES: usize = 24;
const TABLES: [Table; 4] = [Table::Secrets, Table::Keys, Table::Principals, Table::GrantIds];

/// Puts and removes a few rows of each kind, in the change and in the model.
fn scribble(engine: &Engine, model: &mut Model, draws: &mut Draws) -> Result<(), EngineError> {
    let mut change = engine.begin()?;
    for _ in 0..=draws.below(5) {
        let table = TABLES[draws.below(TABLES.len())];
        let key = engine.barrier().row_key(table.id(), &[&[u8::try_from(draws.below(NAMES)).unwrap()]]);
        if draws.one_in(4) {
            let there = change.remove(table, &key)?;
            assert_eq!(there, model.rows.remove(&(table, key)).is_some());
        } else {
            let len = [0, 40, 900, 9_000][draws.below(4)];
            let data = draws.bytes(len);
            change.put(table, &key, &data)?;
            model.rows.insert((table, key), data);
        }
    }
    if draws.one_in(2) {
        let key = [u8::try_from(draws.below(NAMES)).unwrap() * 7; 32];
        let stored = draws.bytes(300);
        change.put_version_row(&key, stored.clone());
        model.rows.insert((Table::Versions, key), stored);
    }
    let record = draws.bytes(100);
    let number = change.append_audit(&record)?;
    model.audit_count = number;
    model.rows.insert((Table::Audit, engine.audit_key(number)), record);
    change.commit(NOW)?;
    Ok(())
}

/// Replaces the slot's secret or the root key.
fn new_header(engine: &Engine, root: &mut Root, model: &mut Model, draws: &mut Draws) -> Result<(), EngineError> {
    let next = if draws.one_in(2) {
        root.rotate(&[(0, &secret(model.secret))], &[])
    } else {
        model.secret = 3 - model.secret;
        root.change_slot(0, &secret(model.secret), &Hardening::FLOOR)
    };
    let next = next.map_err(EngineError::Keystore)?;
    let mut change = engine.begin()?;
    change.write_header(Header::next(root, &next))?;
    change.commit(NOW)?;
    root.adopt(next).map_err(EngineError::Keystore)
}

fn run(seed: u64, steps: usize) -> Run {
    let mut draws = Draws::from_seed(seed);
    let disk = CrashBackend::new();
    let (mut engine, mut root) = create(on(&disk), seed).unwrap();
    let mut model = Model { secret: 1, ..Model::default() };
    let mut acknowledged = vec![(disk.cuts(), model.clone())];
    for _ in 0..steps {
        match draws.below(10) {
            0 => {
                drop(engine);
                (engine, root) = open_with(on(&disk), model.secret, Options::default()).unwrap();
            }
            1 => {
                engine.compact().unwrap();
            }
            2 | 3 => new_header(&engine, &mut root, &mut model, &mut draws).unwrap(),
            _ => scribble(&engine, &mut model, &mut draws).unwrap(),
        }
        acknowledged.push((disk.cuts(), model.clone()));
    }
    drop(engine);
    acknowledged.push((disk.cuts(), model));
    Run { disk, acknowledged }
}

impl Run {
    /// The state that was acknowledged before the cut, and the one that was under way.
    fn allowed(&self, cut: usize) -> (Option<&Model>, Option<&Model>) {
        let acknowledged = self.acknowledged.partition_point(|(at, _)| *at <= cut);
        let before = acknowledged.checked_sub(1).and_then(|index| self.acknowledged.get(index));
        (before.map(|(_, model)| model), self.acknowledged.get(acknowledged).map(|(_, model)| model))
    }
}

fn open_either(disk: &CrashBackend, draws: &mut Draws) -> Result<(Engine, Root, u8), EngineError> {
    let options =
        Options { check_pages: if draws.one_in(2) { Check::Small } else { Check::Never }, ..Options::default() };
    match open_with(on(disk), 1, options) {
        Ok((engine, root)) => Ok((engine, root, 1)),
        Err(EngineError::Keystore(_)) => open_with(on(disk), 2, options).map(|(engine, root)| (engine, root, 2)),
        Err(error) => Err(error),
    }
}

/// Opens an image and holds it against what is allowed. Returns what was found.
fn check(disk: &CrashBackend, allowed: (Option<&Model>, Option<&Model>), draws: &mut Draws) -> Result<Model, String> {
    let (engine, mut root, byte) = match open_either(disk, draws) {
        Ok(opened) => opened,
        // A creation that did not finish: an error, never a fresh store.
        Err(error @ (EngineError::Damaged(_) | EngineError::Keystore(_))) if allowed.0.is_none() => {
            return Err(error.to_string());
        }
        Err(error) => panic!("does not open: {error:?}"),
    };
    let view = engine.view().unwrap();
    let found = Model { rows: read_all(&view).unwrap(), audit_count: view.audit_head().0, secret: byte };
    drop(view);
    let fits = |model: Option<&Model>| model.is_some_and(|model| found.rows == model.rows);
    assert!(fits(allowed.0) || fits(allowed.1), "neither the state before nor the one after");
    let opens = |model: Option<&Model>| model.is_some_and(|model| byte == model.secret);
    assert!(opens(allowed.0) || opens(allowed.1), "another secret opens it");
    engine.verify().unwrap();
    // It goes on working.
    let mut after = found.clone();
    scribble(&engine, &mut after, draws).unwrap();
    if draws.one_in(3) {
        new_header(&engine, &mut root, &mut after, draws).unwrap();
    }
    assert_eq!(read_all(&engine.view().unwrap()).unwrap(), after.rows);
    Ok(found)
}

#[test]
fn s38_s39_a_power_cut_anywhere_leaves_the_old_or_the_new_state_also_twice_in_a_row() {
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let wanted = usize::try_from(number("STRONGROOM_CRASH_IMAGES").unwrap_or(3_000)).unwrap();
    let first_seed = number("STRONGROOM_CRASH_SEED").unwrap_or(1);
    let (mut images, mut doubles, mut unfinished) = (0, 0, 0);
    for seed in first_seed.. {
        let run = run(seed, 14);
        let mut draws = Draws::from_seed(seed ^ 0xC0FF_EE00);
        let mut cuts: Vec<usize> = (0..150).map(|_| draws.below(run.disk.cuts() + 1)).collect();
        cuts.sort_unstable();
        for cut in cuts {
            let loss = Loss::ALL[draws.below(Loss::ALL.len())];
            let coin = draws.next_u64();
            let outcome = std::panic::catch_unwind(|| {
                let mut draws = Draws::from_seed(coin);
                let recovery = CrashBackend::from_image(run.disk.image(cut, loss, coin));
                let allowed = run.allowed(cut);
                let Ok(found) = check(&recovery, allowed, &mut draws) else { return (1, 0, 1) };
                // What the first opening found and acknowledged is what the next must find, or what came after it.
                let mut opened = 1;
                let mut below = recovery;
                while opened < 4 && (opened == 1 || draws.one_in(4)) {
                    let again = draws.below(below.cuts() + 1);
                    let loss = Loss::ALL[draws.below(Loss::ALL.len())];
                    below = CrashBackend::from_image(below.image(again, loss, coin));
                    opened += 1;
                    check_after_recovery(&below, &found, allowed, &mut draws);
                }
                (opened, opened - 1, 0)
            });
            match outcome {
                Ok((opened, again, failed)) => {
                    images += opened;
                    doubles += again;
                    unfinished += failed;
                }
                Err(panic) => {
                    eprintln!("seed {seed}, cut {cut} of {}, {loss:?}, coin {coin}", run.disk.cuts());
                    std::panic::resume_unwind(panic);
                }
            }
        }
        if images >= wanted {
            break;
        }
    }
    println!("{images} images, {doubles} of them after a second or third cut, {unfinished} unfinished creations");
    assert!(doubles * 20 >= images * 9);
}

/// After a cut in the recovery: the state that was found before, the one it may have raced with, or a later one that
/// the check itself wrote.
fn check_after_recovery(
    disk: &CrashBackend,
    found: &Model,
    allowed: (Option<&Model>, Option<&Model>),
    draws: &mut Draws,
) {
    let (engine, ..) = open_either(disk, draws).expect("does not open after a second cut");
    let view = engine.view().unwrap();
    let rows = read_all(&view).unwrap();
    let known = [Some(found), allowed.0, allowed.1].into_iter().flatten().any(|model| model.rows == rows);
    // The check wrote one commit more; it has one audit record more.
    assert!(known || view.audit_head().0 > found.audit_count, "a state that never was");
    engine.verify().unwrap();
}

#[test]
fn s39_after_the_sync_nothing_of_a_commit_can_be_lost() {
    let disk = CrashBackend::new();
    let (engine, _) = create(on(&disk), 4).unwrap();
    let mut change = engine.begin().unwrap();
    change.put(Table::Secrets, &[1; 32], b"row").unwrap();
    change.commit(NOW).unwrap();
    // The engine is not closed: whatever is still in flight is lost.
    let image = disk.image(disk.cuts(), Loss::Everything, 0);
    let (engine, _) = open(on(&CrashBackend::from_image(image))).unwrap();
    assert_eq!(engine.view().unwrap().get(Table::Secrets, &[1; 32]).unwrap().unwrap().data(), b"row");
}

#[test]
fn every_cut_within_one_header_write_leaves_a_header_that_opens() {
    let disk = CrashBackend::new();
    let (engine, root) = create(on(&disk), 4).unwrap();
    let next = root.change_slot(0, &secret(2), &Hardening::FLOOR).unwrap();
    let from = disk.cuts();
    let mut change = engine.begin().unwrap();
    change.write_header(Header::next(&root, &next)).unwrap();
    change.commit(NOW).unwrap();
    let to = disk.cuts();
    drop(engine);
    let (mut with_old, mut with_new) = (0, 0);
    for cut in from..=to {
        for loss in Loss::ALL {
            for coin in 0..3 {
                let image = disk.image(cut, loss, coin);
                let old = open_with(on(&CrashBackend::from_image(image.clone())), 1, Options::default()).is_ok();
                let new = open_with(on(&CrashBackend::from_image(image)), 2, Options::default()).is_ok();
                assert!(old || new, "cut {cut}, {loss:?}, coin {coin}: no secret opens it");
                assert!(cut < to || !old, "the old secret opens it after the change was acknowledged");
                with_old += usize::from(old);
                with_new += usize::from(new);
            }
        }
    }
    assert!(with_old > 0 && with_new > 0);
}
