//! Copies of a store: taken while it is in use, opened without being written, put in a store's place; and what power cuts,
//! failing disks and changed bytes do to them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

mod observe;

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use observe::{builder, is_fault, key, observe, token};
use strongroom::operation::iam::CreateUser;
use strongroom::operation::kms::CreateKey;
use strongroom::operation::secretsmanager::{CreateSecret, DeleteSecret, PutSecretValue, Tag};
use strongroom::testing::{CrashBackend, Draws, Fault, FaultBackend, Loss, MemoryBackend, Plan};
use strongroom::{Check, Error, ErrorKind, Strongroom};

const GOLDEN: &[u8] = include_bytes!("golden/store-v1.strongroom");

/// A store with a little of everything.
fn furnish(room: &Strongroom) {
    let root = room.root();
    for number in 0..12_u64 {
        let name = format!("app/{number}");
        let request = CreateSecret::binary(&*name, vec![u8::try_from(number).unwrap(); 300])
            .client_request_token(token(2 * number))
            .tags(vec![Tag::new("number", number.to_string())]);
        root.create_secret(request).unwrap();
        root.put_secret_value(PutSecretValue::text(&*name, "second").client_request_token(token(2 * number + 1)))
            .unwrap();
    }
    root.kms().create_key(CreateKey::new()).unwrap();
    root.iam().create_user(CreateUser::new("ada")).unwrap();
    root.delete_secret(DeleteSecret::new("app/3").force_delete_without_recovery(true)).unwrap();
}
fn furnished() -> Strongroom {
    let room = builder(1).create_in_memory(key(1)).unwrap();
    furnish(&room);
    room
}
fn open_read_only(path: &Path) -> Result<Strongroom, Error> {
    builder(2).check_pages(Check::Always).check_rows(Check::Always).open_read_only(path, key(1))
}
fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy.strongroom");
    (folder, path)
}
fn names(folder: &tempfile::TempDir) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
fn refused<T>(outcome: Result<T, Error>) -> ErrorKind {
    outcome.err().unwrap().kind()
}

#[test]
fn a_copy_is_the_store_of_that_moment_and_opens_like_it() {
    let (folder, path) = folder();
    let room = furnished();
    room.add_slot(&key(9)).unwrap();
    let before = observe(&room).unwrap();
    let (status, verified) = (room.status().unwrap(), room.verify().unwrap());
    let made = room.backup(&path).unwrap();
    assert_eq!((made.sequence, &made.fingerprint), (status.sequence, &status.fingerprint));
    assert_eq!((made.content.rows, made.content.audit_records), (verified.rows, verified.audit_records));
    assert_eq!(made.content.versions, 22, "the rows of versions that are there");
    let found = path.metadata().unwrap();
    assert_eq!((found.permissions().mode() & 0o7777, found.len()), (0o600, made.file_bytes));
    assert_eq!(names(&folder), ["copy.strongroom"]);
    // What comes after is not in it.
    room.root().create_secret(CreateSecret::text("later", "x")).unwrap();
    for unlock in [key(1), key(9)] {
        let copy = builder(3).open(&path, unlock).unwrap();
        assert_eq!(observe(&copy).unwrap(), before);
        assert_eq!(copy.status().unwrap().store_id, status.store_id);
    }
    assert_eq!(refused(builder(3).open(&path, key(2))), ErrorKind::WrongUnlock);
    // It is a store: it goes on from there.
    let copy = builder(3).open(&path, key(1)).unwrap();
    copy.root().create_secret(CreateSecret::text("elsewhere", "x")).unwrap();
    copy.verify().unwrap();
    assert_eq!(refused(room.root().get_secret_value("elsewhere")), ErrorKind::NotFound);
}

#[test]
fn copies_that_are_taken_while_others_write_are_each_of_one_commit() {
    let (folder, _) = folder();
    let room = builder(1).create_in_memory(key(1)).unwrap();
    let pair = ["one", "two"];
    for name in pair {
        room.root().create_secret(CreateSecret::text(name, "0")).unwrap();
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut number = 0_u64;
            while !done.load(Ordering::Acquire) {
                number += 1;
                let put = |t: &strongroom::Transaction<'_>| {
                    for name in pair {
                        t.put_secret_value(PutSecretValue::text(name, number.to_string()))?;
                    }
                    Ok::<_, Error>(())
                };
                room.root().transaction(put).unwrap();
            }
        });
        let mut last = 0;
        for number in 0..12 {
            let path = folder.path().join(format!("{number}.strongroom"));
            let made = room.backup(&path).unwrap();
            assert!(made.sequence >= last);
            last = made.sequence;
            let copy = open_read_only(&path).unwrap();
            copy.verify().unwrap();
            let value = |name: &str| copy.root().get_secret_value(name).unwrap().value().to_vec();
            assert_eq!(value("one"), value("two"), "both were put in one commit");
        }
        done.store(true, Ordering::Release);
    });
    room.verify().unwrap();
}

#[test]
fn nothing_of_what_was_deleted_comes_along() {
    let (_folder, path) = folder();
    let (_other, file) = folder_of_store();
    let room = builder(1).create(&file, key(1)).unwrap();
    let root = room.root();
    root.create_secret(CreateSecret::text("kept", "x")).unwrap();
    // Sealed bytes cannot be told apart from outside, so they are counted: a long value leaves long pages behind.
    root.create_secret(CreateSecret::binary("gone", vec![7; 60_000])).unwrap();
    room.backup(path.with_extension("with")).unwrap();
    root.delete_secret(DeleteSecret::new("gone").force_delete_without_recovery(true)).unwrap();
    room.backup(&path).unwrap();
    let len = |path: &Path| path.metadata().unwrap().len();
    assert!(len(&path) + 50_000 < len(&path.with_extension("with")));
}
fn folder_of_store() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.strongroom");
    (folder, path)
}

#[test]
fn a_copy_is_made_whole_or_not_at_all_and_never_over_anything() {
    let (folder, path) = folder();
    let room = furnished();
    std::fs::write(&path, "precious").unwrap();
    assert_eq!(refused(room.backup(&path)), ErrorKind::AlreadyExists);
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    assert_eq!(names(&folder), ["copy.strongroom"]);
    assert_eq!(refused(room.backup(folder.path().join("no/such"))), ErrorKind::NotFound);
    // What a killed process has left goes with the next copy of that name; other files stay.
    std::fs::remove_file(&path).unwrap();
    std::fs::write(folder.path().join(".copy.strongroom.1-0.draft"), "half of one").unwrap();
    std::fs::write(folder.path().join(".another.strongroom.1-0.draft"), "x").unwrap();
    room.backup(&path).unwrap();
    assert_eq!(names(&folder), [".another.strongroom.1-0.draft", "copy.strongroom"]);
    // Within a transaction of this thread there is no moment to copy.
    let outcome = room.root().transaction(|t| {
        t.create_secret(CreateSecret::text("x", "x"))?;
        room.backup(path.with_extension("2")).map(drop)
    });
    assert_eq!(refused(outcome), ErrorKind::Busy);
    room.lock();
    assert_eq!(refused(room.backup(path.with_extension("3"))), ErrorKind::Locked);
    assert_eq!(names(&folder), [".another.strongroom.1-0.draft", "copy.strongroom"]);
}

#[test]
fn a_store_that_is_read_only_is_read_and_not_a_byte_of_it_changes() {
    let (folder, path) = folder();
    let room = furnished();
    room.backup(&path).unwrap();
    let (image, before) = (std::fs::read(&path).unwrap(), path.metadata().unwrap());
    let copy = open_read_only(&path).unwrap();
    assert_eq!(observe(&copy).unwrap(), observe(&room).unwrap());
    assert_eq!(copy.verify().unwrap(), room.verify().unwrap());
    assert_eq!(refused(copy.root().create_secret(CreateSecret::text("x", "x"))), ErrorKind::InvalidState);
    assert_eq!(refused(copy.add_slot(&key(3))), ErrorKind::InvalidState);
    assert_eq!(refused(copy.run_due()), ErrorKind::InvalidState);
    assert_eq!(refused(copy.resume()), ErrorKind::InvalidState);
    assert_eq!(refused(copy.compact()), ErrorKind::InvalidState);
    // Readers share it and keep writers out; a writer keeps readers out.
    let second = open_read_only(&path).unwrap();
    assert_eq!(refused(builder(3).open(&path, key(1))), ErrorKind::Busy);
    // A copy of a copy, too.
    second.backup(folder.path().join("again")).unwrap();
    drop((copy, second));
    let after = path.metadata().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), image);
    assert_eq!((after.mtime(), after.mtime_nsec()), (before.mtime(), before.mtime_nsec()));
    let writer = builder(3).open(&path, key(1)).unwrap();
    assert_eq!(refused(open_read_only(&path)), ErrorKind::Busy);
    drop(writer);
    // Even where the file cannot be written at all, by whatever name.
    std::fs::write(&path, &image).unwrap();
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o400)).unwrap();
    std::fs::hard_link(&path, folder.path().join("link")).unwrap();
    open_read_only(&folder.path().join("link")).unwrap().verify().unwrap();
    assert_eq!(refused(open_read_only(folder.path())), ErrorKind::InvalidRequest);
    assert_eq!(refused(open_read_only(&folder.path().join("none"))), ErrorKind::NotFound);
}

#[test]
fn a_store_that_was_not_closed_is_read_without_being_put_in_order() {
    let disk = CrashBackend::new();
    let room = builder(1).create_on_backend(disk.clone(), key(1)).unwrap();
    furnish(&room);
    let before = observe(&room).unwrap();
    let (_folder, path) = folder();
    // As the disk is while somebody has it open: the process was killed.
    std::fs::write(&path, disk.live_image()).unwrap();
    let image = std::fs::read(&path).unwrap();
    let copy = open_read_only(&path).unwrap();
    copy.verify().unwrap();
    assert_eq!(observe(&copy).unwrap(), before);
    drop(copy);
    assert_eq!(std::fs::read(&path).unwrap(), image);
}

#[test]
fn a_restored_store_takes_the_place_and_the_old_one_is_kept() {
    let (folder, path) = folder();
    let store = folder.path().join("store.strongroom");
    let room = builder(1).create(&store, key(1)).unwrap();
    furnish(&room);
    let then = observe(&room).unwrap();
    let sequence = room.status().unwrap().sequence;
    room.backup(&path).unwrap();
    room.root().create_secret(CreateSecret::text("later", "x")).unwrap();
    let now = observe(&room).unwrap();
    let backup = open_read_only(&path).unwrap();
    assert_eq!(refused(backup.restore_to(&store, "store.old")), ErrorKind::Busy, "somebody has it open");
    drop(room);
    for aside in ["", ".", "..", "a/b", "/a"] {
        assert_eq!(refused(backup.restore_to(&store, aside)), ErrorKind::InvalidRequest, "{aside}");
    }
    assert_eq!(refused(backup.restore_to(&store, "copy.strongroom")), ErrorKind::AlreadyExists);
    assert_eq!(names(&folder), ["copy.strongroom", "store.strongroom"]);
    assert_eq!(observe(&builder(3).open(&store, key(1)).unwrap()).unwrap(), now, "nothing has happened yet");
    assert_eq!(backup.restore_to(&store, "store.old").unwrap().sequence, sequence);
    assert_eq!(names(&folder), ["copy.strongroom", "store.old", "store.strongroom"]);
    let restored = builder(3).open(&store, key(1)).unwrap();
    assert_eq!(observe(&restored).unwrap(), then);
    assert_eq!(store.metadata().unwrap().permissions().mode() & 0o7777, 0o600);
    drop(restored);
    let old = builder(3).open(folder.path().join("store.old"), key(1)).unwrap();
    assert_eq!(observe(&old).unwrap(), now);
    drop(old);
    // Where nothing was, nothing is kept.
    std::fs::remove_file(&store).unwrap();
    backup.restore_to(&store, "store.older").unwrap();
    assert_eq!(names(&folder), ["copy.strongroom", "store.old", "store.strongroom"]);
    // A file that is no store any more gives way like one.
    std::fs::write(&store, "not a store").unwrap();
    backup.restore_to(&store, "store.older").unwrap();
    assert_eq!(std::fs::read(folder.path().join("store.older")).unwrap(), b"not a store");
    assert_eq!(observe(&builder(3).open(&store, key(1)).unwrap()).unwrap(), then);
}

#[test]
fn a_store_of_the_first_format_is_copied_and_restored() {
    let (folder, path) = folder();
    let golden = folder.path().join("golden.strongroom");
    std::fs::write(&golden, GOLDEN).unwrap();
    let old = open_read_only(&golden).unwrap();
    old.verify().unwrap();
    let then = observe(&old).unwrap();
    old.backup(&path).unwrap();
    drop(old);
    assert_eq!(std::fs::read(&golden).unwrap(), GOLDEN);
    let copy = open_read_only(&path).unwrap();
    assert_eq!(observe(&copy).unwrap(), then);
    copy.restore_to(&golden, "kept").unwrap();
    assert_eq!(std::fs::read(folder.path().join("kept")).unwrap(), GOLDEN);
    let restored = builder(3).open(&golden, key(1)).unwrap();
    restored.root().create_secret(CreateSecret::text("and/goes/on", "x")).unwrap();
    restored.verify().unwrap();
}

#[test]
fn what_a_file_shows_without_its_secret() {
    let (folder, path) = folder();
    let room = furnished();
    room.backup(&path).unwrap();
    let shown = Strongroom::read_header(&path).unwrap();
    let status = room.status().unwrap();
    assert_eq!((shown.store_id, shown.header_generation), (status.store_id, status.header_generation));
    assert_eq!(shown.file_bytes, path.metadata().unwrap().len());
    for content in [Vec::new(), b"STRONGRM".to_vec(), vec![0; 20_000]] {
        std::fs::write(&path, content).unwrap();
        assert_eq!(refused(Strongroom::read_header(&path)), ErrorKind::Damaged);
    }
    assert_eq!(refused(Strongroom::read_header(folder.path())), ErrorKind::InvalidRequest);
    assert_eq!(refused(Strongroom::read_header(folder.path().join("none"))), ErrorKind::NotFound);
}

/// Goal: S54. Method: the disk that the copy goes to is cut at every moment; what is left is no store, or the whole one.
#[test]
fn s54_a_copy_that_was_cut_short_is_no_store_or_the_whole_one() {
    let room = furnished();
    let whole = observe(&room).unwrap();
    let disk = CrashBackend::new();
    room.backup_on_backend(disk.clone()).unwrap();
    let (mut stores, mut none) = (0, 0);
    for cut in 0..=disk.cuts() {
        for loss in Loss::ALL {
            let image = MemoryBackend::from_image(disk.image(cut, loss, 5));
            match builder(2).open_on_backend(image, key(1)) {
                Ok(copy) => {
                    stores += 1;
                    assert_eq!(observe(&copy).unwrap(), whole, "cut {cut}, {loss:?}");
                    copy.verify().unwrap();
                }
                Err(error) => {
                    none += 1;
                    assert!(is_fault(&error), "cut {cut}, {loss:?}: {error}");
                }
            }
        }
    }
    assert!(stores > 0 && none > 0, "{stores} stores, {none} none");
    let last = MemoryBackend::from_image(disk.image(disk.cuts(), Loss::Everything, 0));
    assert_eq!(observe(&builder(2).open_on_backend(last, key(1)).unwrap()).unwrap(), whole);
}

#[test]
fn a_disk_that_fails_under_the_copy_does_not_harm_the_store() {
    let room = furnished();
    let whole = observe(&room).unwrap();
    let disk = FaultBackend::over(CrashBackend::new());
    room.backup_on_backend(disk.clone()).unwrap();
    let calls = disk.calls(None);
    let mut failed = 0;
    for nth in 0..calls {
        for fault in [Fault::Error, Fault::NoSpace, Fault::PartialWrite, Fault::FlippedBit] {
            let disk = FaultBackend::over(CrashBackend::new());
            disk.plan(Plan { call: None, nth, fault, persistent: false });
            if let Err(error) = room.backup_on_backend(disk.clone()) {
                failed += 1;
                assert!(is_fault(&error), "call {nth}, {fault:?}: {error}");
            } else {
                // A call that is no part of the copy, such as giving up a lock.
                disk.heal();
                let image = MemoryBackend::from_image(disk.disk().live_image());
                assert_eq!(observe(&builder(2).open_on_backend(image, key(1)).unwrap()).unwrap(), whole);
            }
        }
    }
    assert!(failed > calls, "{failed} of {calls} calls");
    assert_eq!(observe(&room).unwrap(), whole);
    room.root().create_secret(CreateSecret::text("and/goes/on", "x")).unwrap();
}

/// Goal: S3 for backups. Method: bits of a small copy are turned one by one, in the header and in the rest; then it does not
/// verify, or says what it said: one copy of the header stands in for the other, and not every page is in use.
#[test]
fn a_changed_byte_is_found_by_verifying_or_was_of_no_use() {
    let (_folder, path) = folder();
    let room = furnished();
    room.backup(&path).unwrap();
    let whole = observe(&room).unwrap();
    let image = std::fs::read(&path).unwrap();
    let mut draws = Draws::from_seed(11);
    let mut found = 0;
    for number in 0..700 {
        let at = if number < 100 { draws.below(16_384) } else { 16_384 + draws.below(image.len() - 16_384) };
        let mut changed = image.clone();
        changed[at] ^= 1 << draws.below(8);
        std::fs::write(&path, &changed).unwrap();
        match open_read_only(&path).and_then(|copy| copy.verify().and_then(|_| observe(&copy))) {
            Err(error) => {
                found += 1;
                assert!(is_fault(&error), "byte {at}: {error}");
            }
            Ok(told) => assert_eq!(told, whole, "byte {at}"),
        }
    }
    assert!(found > 100, "{found} of 700");
    // With both copies of the header gone there is nothing to stand in.
    let mut both = image.clone();
    for at in [100, 8_192 + 100] {
        both[at] ^= 1;
    }
    std::fs::write(&path, &both).unwrap();
    assert!(open_read_only(&path).is_err(), "both copies of the header");
}
