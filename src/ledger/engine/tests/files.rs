//! Stores on a real disk: rights, locks, replaced files.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::*;
use crate::ledger::error::Refusal;

fn room() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    (directory, path)
}

fn create_at(path: &Path) -> Engine {
    create(Storage::create_file(path).unwrap(), 7).unwrap().0
}

fn open_at(path: &Path) -> Result<Engine, EngineError> {
    open(Storage::open_file(path)?).map(|(engine, _)| engine)
}

fn put(engine: &Engine, data: &[u8]) {
    let mut change = engine.begin().unwrap();
    change.put(Table::Secrets, &[1; 32], data).unwrap();
    change.commit(NOW).unwrap();
}

#[test]
fn a_store_on_disk_opens_again_and_is_for_its_owner_alone() {
    let (directory, path) = room();
    let engine = create_at(&path);
    put(&engine, b"row");
    drop(engine);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "something was left beside the store");
    let engine = open_at(&path).unwrap();
    assert_eq!(engine.view().unwrap().get(Table::Secrets, &[1; 32]).unwrap().unwrap().data(), b"row");
}

#[test]
fn s51_a_second_handle_is_busy_until_the_first_is_closed() {
    let (_directory, path) = room();
    let engine = create_at(&path);
    assert_eq!(open_at(&path).unwrap_err(), EngineError::Busy);
    put(&engine, b"row");
    assert_eq!(open_at(&path).unwrap_err(), EngineError::Busy);
    engine.close().unwrap();
    let second = open_at(&path).unwrap();
    assert_eq!(engine.begin().unwrap_err(), EngineError::Closed);
    drop(engine);
    // The first one's end must not take the second one's lock away.
    assert_eq!(open_at(&path).unwrap_err(), EngineError::Busy);
    put(&second, b"again");
}

#[test]
fn s51_a_second_process_is_busy_and_a_killed_one_leaves_no_lock() {
    const PATH: &str = "STRONGROOM_TEST_OPEN_AT";
    const ABORT: &str = "STRONGROOM_TEST_ABORT";
    if let Some(path) = std::env::var_os(PATH) {
        let outcome = open_at(Path::new(&path));
        if std::env::var_os(ABORT).is_some() {
            put(&outcome.unwrap(), b"from a process that dies");
            std::process::abort();
        }
        assert_eq!(outcome.unwrap_err(), EngineError::Busy);
        return;
    }
    let (_directory, path) = room();
    let engine = create_at(&path);
    let this = std::thread::current().name().unwrap().to_owned();
    let child = || {
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", &this]).env(PATH, &path);
        child
    };
    let ran = child().output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    drop(engine);
    let ran = child().env(ABORT, "1").output().unwrap();
    assert!(!ran.status.success());
    let engine = open_at(&path).unwrap();
    let row = engine.view().unwrap().get(Table::Secrets, &[1; 32]).unwrap();
    assert_eq!(row.unwrap().data(), b"from a process that dies");
}

#[test]
fn s51_a_fork_does_not_write() {
    let (_directory, path) = room();
    let mut engine = create_at(&path);
    // As a forked child sees it: the process that opened the store has another number.
    engine.opened_by = engine.opened_by.wrapping_add(1);
    assert_eq!(engine.begin().unwrap_err(), EngineError::Forked);
}

#[test]
fn s52_links_and_foreign_kinds_are_refused() {
    let (directory, path) = room();
    drop(create_at(&path));
    let link = directory.path().join("link");
    symlink(&path, &link).unwrap();
    assert_eq!(open_at(&link).unwrap_err(), EngineError::Refused(Refusal::SymbolicLink));
    assert_eq!(open_at(directory.path()).unwrap_err(), EngineError::Refused(Refusal::NotAFile));
    assert_eq!(Storage::create_file(&path).unwrap_err(), EngineError::Exists);
    assert_eq!(open_at(&directory.path().join("nothing")).unwrap_err(), EngineError::NotFound);
}

#[test]
fn a_creation_that_fails_takes_its_file_away_and_no_other() {
    let (_directory, path) = room();
    let (root, barrier) = new_root(7);
    let header = Header { copy: vec![0; 5].into(), ..Header::of(&root) };
    let made = Engine::create(Storage::create_file(&path).unwrap(), header, barrier, Options::default(), NOW);
    assert!(matches!(made, Err(EngineError::Misuse(_))));
    assert!(!path.exists());
    drop(create_at(&path));
    let before = std::fs::read(&path).unwrap();
    // Even where a caller mixes the two up.
    assert_eq!(create(Storage::open_file(&path).unwrap(), 8).unwrap_err(), EngineError::Exists);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_swapped_before_it_was_locked_is_noticed() {
    let (directory, path) = room();
    drop(create_at(&path));
    let other = directory.path().join("other");
    drop(create_at(&other));
    let storage = Storage::open_file(&path).unwrap();
    std::fs::rename(&other, &path).unwrap();
    assert_eq!(open(storage).unwrap_err(), EngineError::Replaced);
    open_at(&path).unwrap();
}

#[test]
fn a_header_changed_before_the_lock_was_ours_is_read_again() {
    let (_directory, path) = room();
    drop(create_at(&path));
    let mut asked = 0;
    let opened = Engine::open(Storage::open_file(&path).unwrap(), Options::default(), NOW, |region| {
        asked += 1;
        if asked == 1 {
            // Another process was quicker: it opens, changes the slot's secret and closes.
            let (engine, root) = open(Storage::open_file(&path).unwrap())?;
            let next = root.change_slot(0, &secret(2), &Hardening::FLOOR).unwrap();
            let mut change = engine.begin()?;
            change.write_header(Header::next(&root, &next))?;
            change.commit(NOW)?;
        }
        let with = if asked == 1 { secret(1) } else { secret(2) };
        let entropy = Arc::new(SeededEntropy::new(1));
        let (root, _, _, barrier) = Root::unlock(region, &with, &Limits::default(), entropy).unwrap();
        Ok::<_, EngineError>((Header::of(&root), barrier, ()))
    });
    assert_eq!(opened.unwrap().0.status().unwrap().header_generation, 2);
    assert_eq!(asked, 2);
}

#[test]
fn a_file_cut_to_its_header_is_damaged_and_stays_as_it_is() {
    let (_directory, path) = room();
    drop(create_at(&path));
    for len in [REGION_LEN, REGION_LEN + 100, 100, 0] {
        std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(len as u64).unwrap();
        assert!(matches!(open_at(&path), Err(EngineError::Damaged(_))), "{len}");
        assert_eq!(std::fs::metadata(&path).unwrap().len(), len as u64);
    }
}

#[test]
fn a_store_opened_again_in_place_keeps_its_lock() {
    let (_directory, path) = room();
    let engine = create_at(&path);
    put(&engine, b"row");
    engine.reopen(NOW).unwrap();
    assert_eq!(open_at(&path).unwrap_err(), EngineError::Busy);
    put(&engine, b"again");
    drop(engine);
    assert_eq!(open_at(&path).unwrap().view().unwrap().generation(), 3);
}

#[test]
fn no_word_of_a_row_or_a_key_is_in_the_file() {
    let (_directory, path) = room();
    let engine = create_at(&path);
    let name = engine.barrier().row_key(b's', &[b"NAME-of-the-secret"]);
    let mut change = engine.begin().unwrap();
    change.put(Table::Secrets, &name, b"DESCRIPTION-in-clear").unwrap();
    change.append_audit(b"AUDIT-in-clear").unwrap();
    change.commit(NOW).unwrap();
    drop(engine);
    let bytes = std::fs::read(&path).unwrap();
    for word in ["NAME-of", "DESCRIPTION", "AUDIT-in", "commit", "bucket"] {
        assert!(!bytes.windows(word.len()).any(|window| window == word.as_bytes()), "`{word}` is readable");
    }
}
