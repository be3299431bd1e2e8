//! Shreds and scrubs on whole stores: which rows they touch, what a power cut at any of their writes leaves, and what can be
//! found in the bytes of the file afterwards.
//!
//! Backing keys are removed here by a pass of the tests' own: what ends keys is not this room's business.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use strongroom_keystore::{KeyId, RowKey};

use super::*;
use crate::access::{Act, Due, Everything, KeyFacts, Pass, Writes};
use crate::action::Action;
use crate::ledger::look::{Keys as _, Look};
use crate::model::key::{Came, KeyName, KeyRow, MaterialRow};
use crate::operation::kms::CreateKey;
use crate::operation::secretsmanager::{CreateSecret, DeleteSecret, GetSecretValue, PutSecretValue};
use crate::testing::{CrashBackend, Loss, ManualClock, MemoryBackend, SeededEntropy};
use crate::{Builder, ErrorKind, Session, Shredded, Strongroom, Unlock};

const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_123);

fn unlock(byte: u8) -> Unlock {
    Unlock::root_key([byte; 32].as_slice())
}
fn builder(seed: u64) -> Builder {
    Strongroom::builder().clock(ManualClock::at(NOW)).entropy(SeededEntropy::new(seed)).page_cache_bytes(1 << 20)
}
fn open(disk: &CrashBackend) -> Strongroom {
    builder(77).open_on_backend(disk.clone(), unlock(1)).unwrap()
}
fn new_key(room: &Strongroom) -> String {
    room.root().kms().create_key(CreateKey::new()).unwrap().key_metadata.key_id.to_string()
}
fn put(root: &Session, name: &str, key: Option<&str>) {
    let mut request = CreateSecret::text(name, format!("value of {name}"));
    request.kms_key_id = key.map(Into::into);
    root.create_secret(request).unwrap();
}
fn get(room: &Strongroom, name: &str) -> Result<String, ErrorKind> {
    let got = room.root().get_secret_value(GetSecretValue::new(name)).map_err(|error| error.kind())?;
    Ok(String::from_utf8(got.value().to_vec()).unwrap())
}
fn reads(room: &Strongroom, name: &str) {
    assert_eq!(get(room, name).as_deref(), Ok(format!("value of {name}").as_str()));
}

/// Loses its material, as a key that is deleted and imported material that is.
struct Lose;
impl Act for Lose {
    type On = KeyFacts;
    const ACTION: Action = Action::KMS_DESCRIBE_KEY;
}
impl Due for Lose {
    fn is_due(_row: &KeyFacts, _observed: Timestamp) -> bool {
        true
    }
}
impl Writes<KeyRow> for Lose {}

fn id_of(key: &str) -> [u8; 16] {
    KeyName::parse(key).unwrap().id
}
fn with_key(room: &Strongroom, key: &str, work: impl Fn(&Change<'_>, &Pass<'_, Lose, KeyFacts>)) {
    let inner = room.room();
    let change = inner.ledger.change().unwrap();
    let facts = change.key_by_id(&id_of(key)).unwrap().unwrap();
    let pass = inner.gate.due::<Lose>(facts, NOW).unwrap();
    work(&change, &pass);
    drop(pass);
    change.commit(None, NOW).unwrap();
}
fn lose(room: &Strongroom, key: &str) {
    with_key(room, key, |change, pass| {
        let mut row = pass.row().entry.row.clone();
        for material in std::mem::take(&mut row.materials) {
            change.remove_backing(pass, &row.id, material.version).unwrap();
        }
        change.save_key(pass, &row).unwrap();
    });
}
/// What a rotation does to a key.
fn rotate(room: &Strongroom, key: &str) {
    let inner = room.room();
    let view = inner.ledger.view().unwrap();
    let create = CreateKey::new();
    let who = crate::access::Who::root(inner.ledger.home());
    let standing = crate::access::Standing { who: &who, entry: None, none: &inner.none, session: None };
    let call = crate::access::CallContext::new(standing, NOW, inner.ledger.home(), false);
    let maker: Pass<'_, CreateKey, Everything> = inner.gate.admit(&create, &call, view.everything()).unwrap();
    with_key(room, key, |change, pass| {
        let mut row = pass.row().entry.row.clone();
        let version = row.materials.last().unwrap().version + 1;
        let id = KeyId { id: row.id, multi_region: row.multi_region };
        let made = inner.keystore.make(inner.gate.make(&maker, id), version).unwrap();
        change.save_backing(pass, &row.id, &made.wrapped).unwrap();
        row.materials.push(MaterialRow::made(version, made.material_id, NOW, Came::OnDemand));
        change.save_key(pass, &row).unwrap();
    });
}

/// Every row of every table, as it lies in the file.
fn rows(room: &Strongroom) -> BTreeMap<(Table, RowKey), Vec<u8>> {
    let view = room.room().ledger.engine().view().unwrap();
    let mut rows = BTreeMap::new();
    for table in Table::ALL {
        view.scan_sealed::<Error>(table, None, |key, stored| {
            rows.insert((table, *key), stored.to_vec());
            Ok(std::ops::ControlFlow::Continue(()))
        })
        .unwrap();
    }
    rows
}
/// How many rows of each table differ.
fn written(
    before: &BTreeMap<(Table, RowKey), Vec<u8>>,
    after: &BTreeMap<(Table, RowKey), Vec<u8>>,
) -> BTreeMap<Table, usize> {
    let mut counts = BTreeMap::new();
    for place in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        if before.get(place) != after.get(place) {
            *counts.entry(place.0).or_insert(0) += 1;
        }
    }
    counts
}
fn epoch(room: &Strongroom) -> u32 {
    room.room().ledger.barrier().wrap_epoch()
}
fn state(room: &Strongroom) -> Shredded {
    room.status().unwrap().shredded
}

#[test]
fn a_root_rotation_writes_only_the_commit_row_and_a_shred_backing_keys_and_control_rows() {
    for secrets in [1, 100, 10_000] {
        let disk = MemoryBackend::new();
        let room = builder(3).create_on_backend(disk.clone(), unlock(1)).unwrap();
        room.add_slot(&unlock(2)).unwrap();
        let (kept, lost) = (new_key(&room), new_key(&room));
        rotate(&room, &kept);
        put(&room.root(), "under/kept", Some(&kept));
        put(&room.root(), "under/lost", Some(&lost));
        for number in 3..secrets {
            put(&room.root(), &format!("s/{number}"), None);
        }
        let before = rows(&room);
        room.rotate_root(&[(0, &unlock(1)), (1, &unlock(2))], &[]).unwrap();
        let rotated = rows(&room);
        assert_eq!(written(&before, &rotated), BTreeMap::from([(Table::Control, 1)]), "{secrets} secrets");

        lose(&room, &lost);
        let before = rows(&room);
        room.run_due().unwrap();
        assert_eq!(epoch(&room), 2);
        let after = rows(&room);
        let counts = written(&before, &after);
        // Two materials of one key, one of the managed key; the record of it; the commit row, and the bucket rows of their buckets.
        let touched = [Table::Control, Table::Audit, Table::BackingKeys];
        assert_eq!(counts.keys().copied().collect::<Vec<_>>(), touched, "{counts:?}");
        assert_eq!((counts[&Table::BackingKeys], counts[&Table::Audit]), (3, 1));
        assert!(counts[&Table::Control] <= 4, "{counts:?}");
        // Once is enough.
        room.run_due().unwrap();
        assert_eq!((written(&after, &rows(&room)), epoch(&room)), (BTreeMap::new(), 2));
        drop(room);
        for slot in [1, 2] {
            let room = builder(4).open_on_backend(disk.clone(), unlock(slot)).unwrap();
            reads(&room, "under/kept");
            assert!(get(&room, "under/lost").is_err());
            if secrets > 3 {
                reads(&room, "s/3");
            }
            room.verify().unwrap();
        }
    }
}

/// A disk with a store: a key that is kept, with two materials, one that has lost its own, the managed one.
fn after_a_loss() -> (CrashBackend, Vec<u8>) {
    let disk = CrashBackend::new();
    let room = builder(5).create_on_backend(disk.clone(), unlock(1)).unwrap();
    room.add_slot(&unlock(2)).unwrap();
    let (kept, lost) = (new_key(&room), new_key(&room));
    put(&room.root(), "kept/old", Some(&kept));
    rotate(&room, &kept);
    put(&room.root(), "kept/new", Some(&kept));
    put(&room.root(), "lost", Some(&lost));
    put(&room.root(), "managed", None);
    lose(&room, &lost);
    drop(room);
    let image = disk.live_image();
    (disk, image)
}
fn all_open(room: &Strongroom) {
    for name in ["kept/old", "kept/new", "managed"] {
        reads(room, name);
    }
    assert!(get(room, "lost").is_err());
    room.verify().unwrap();
}

/// Runs `work` on the image, cuts it at every write, opens what is left, and cuts that opening at some writes in turn.
fn cut_everywhere(image: &[u8], work: impl Fn(&Strongroom), check: impl Fn(&Strongroom)) {
    let disk = CrashBackend::from_image(image.to_vec());
    // A shred that is due runs while the store is opened.
    let room = open(&disk);
    work(&room);
    drop(room);
    let mut coin = 0;
    let mut opened = 0;
    for cut in 0..=disk.cuts() {
        for loss in Loss::ALL {
            coin += 1;
            let recovery = CrashBackend::from_image(disk.image(cut, loss, coin));
            let room = open(&recovery);
            check(&room);
            drop(room);
            opened += 1;
            let loss = Loss::ALL[cut % Loss::ALL.len()];
            let again = recovery.cuts() * (usize::try_from(coin).unwrap() % 11) / 11;
            let second = CrashBackend::from_image(recovery.image(again, loss, coin));
            check(&open(&second));
        }
    }
    assert!(opened > 100, "{opened} images");
}

#[test]
fn a_shred_that_is_cut_anywhere_also_twice_is_finished_by_the_next_opening() {
    let (_, image) = after_a_loss();
    cut_everywhere(
        &image,
        |_| (),
        |room| {
            all_open(room);
            assert!(!room.room().ledger.engine().is_shredding());
            assert!(epoch(room) >= 2);
            // Both slots, and what comes next, work on.
            assert_eq!(room.test_slot(&unlock(2)).unwrap(), Some(1));
            if get(room, "new").is_err() {
                put(&room.root(), "new", Some(&new_key(room)));
            }
            reads(room, "new");
        },
    );
}

#[test]
fn a_root_rotation_that_is_cut_anywhere_also_twice_leaves_every_value_open() {
    let (disk, _) = after_a_loss();
    drop(open(&disk));
    let turn = |room: &Strongroom| room.rotate_root(&[(0, &unlock(1)), (1, &unlock(2))], &[]).unwrap();
    cut_everywhere(&disk.live_image(), turn, all_open);
}

#[test]
fn a_scrub_that_is_cut_anywhere_also_twice_leaves_every_value_open() {
    let (disk, _) = after_a_loss();
    drop(open(&disk));
    let scrub = |room: &Strongroom| assert_eq!(room.shred().unwrap(), Shredded::Done);
    cut_everywhere(&disk.live_image(), scrub, all_open);
}

/// Bytes of the file that are a row of this place under the keyring that is open now, opened.
fn found_anywhere(room: &Strongroom, image: &[u8], table: Table, key: &RowKey, len: usize) -> Vec<Vec<u8>> {
    let barrier = room.room().ledger.barrier();
    image
        .windows(len)
        .filter_map(|bytes| Some(barrier.open_row(table.id(), key, bytes).ok()?.data().to_vec()))
        .collect()
}

#[test]
fn b15_rule_9_after_a_shred_nothing_in_the_file_opens_to_the_lost_key() {
    let disk = MemoryBackend::new();
    let room = builder(6).create_on_backend(disk.clone(), unlock(1)).unwrap();
    let (kept, lost) = (new_key(&room), new_key(&room));
    put(&room.root(), "kept", Some(&kept));
    put(&room.root(), "lost", Some(&lost));
    let barrier = room.room().ledger.barrier();
    let place = tables::backing(barrier, &id_of(&lost), 1);
    let len = rows(&room)[&(Table::BackingKeys, place)].len();
    let before = found_anywhere(&room, &disk.image(), Table::BackingKeys, &place, len);
    assert!(!before.is_empty() && before.iter().all(|blob| barrier.rewrap(None, blob).is_ok()));

    lose(&room, &lost);
    assert_eq!(state(&room), Shredded::Pending);
    // Without a shred the removed row is still there, and still opens.
    let removed = found_anywhere(&room, &disk.image(), Table::BackingKeys, &place, len);
    assert!(!removed.is_empty() && removed.iter().all(|blob| barrier.rewrap(None, blob).is_ok()));
    let header = disk.image()[..16_384].to_vec();
    room.run_due().unwrap();
    // Its row may stand in an old page yet; no key of this store opens what is in it.
    let image = disk.image();
    assert_ne!(header[..8_192], image[..8_192]);
    assert_eq!(image[..8_192], image[8_192..16_384], "both copies were overwritten");
    let stale = found_anywhere(&room, &image, Table::BackingKeys, &place, len);
    assert!(stale.iter().all(|blob| barrier.rewrap(None, blob).is_err()));
    // Nor what stood in the file a moment ago, whether its page was used again or not.
    assert!(removed.iter().all(|blob| barrier.rewrap(None, blob).is_err()));
    assert_eq!(state(&room), Shredded::Pending, "its bytes may still be there");
    // A backing key is in the clear nowhere: not even its blob's beginning shows.
    assert!(!image.windows(5).any(|bytes| bytes == b"SRC1\x02"));
    drop(room);

    let room = builder(7).open_on_backend(disk.clone(), unlock(1)).unwrap();
    let barrier = room.room().ledger.barrier();
    let again = found_anywhere(&room, &disk.image(), Table::BackingKeys, &place, len);
    assert!(again.iter().all(|blob| barrier.rewrap(None, blob).is_err()));
    assert_eq!(room.shred().unwrap(), Shredded::Done);
    assert_eq!(found_anywhere(&room, &disk.image(), Table::BackingKeys, &place, len), Vec::<Vec<u8>>::new());
    reads(&room, "kept");
    room.verify().unwrap();
}

#[test]
fn b15_rule_9_after_a_forced_deletion_and_compaction_no_byte_of_the_secret_is_left() {
    let disk = MemoryBackend::new();
    let room = builder(8).create_on_backend(disk.clone(), unlock(1)).unwrap();
    let root = room.root();
    for number in 0..60 {
        put(&root, &format!("s/{number}"), None);
        root.put_secret_value(PutSecretValue::binary(format!("s/{number}"), vec![7; 1 + 200 * number])).unwrap();
    }
    let name = |number: usize| format!("s/{number}");
    let gone: Vec<usize> = (0..60).filter(|number| number % 3 == 1).collect();
    // The sealed bytes in pieces, so that half a row in the unused end of a page counts too.
    let mut pieces: HashSet<Vec<u8>> = HashSet::new();
    let mut whole = Vec::new();
    let barrier = room.room().ledger.barrier();
    let all = rows(&room);
    for number in &gone {
        let secret = tables::secret(barrier, None, &name(*number));
        whole.push(all[&(Table::Secrets, secret)].clone());
        let told = root.describe_secret(name(*number)).unwrap();
        for version in told.version_ids_to_stages.unwrap().keys() {
            whole.push(all[&(Table::Versions, tables::version(barrier, &told.arn, version))].clone());
        }
    }
    assert_eq!(whole.len(), gone.len() * 3);
    for row in &whole {
        pieces.extend(row.chunks_exact(24).map(<[u8]>::to_vec));
    }
    let left = |image: &[u8]| image.windows(24).filter(|bytes| pieces.contains(*bytes)).count();
    assert!(left(&disk.image()) >= pieces.len());
    assert_eq!(state(&room), Shredded::Done);
    for number in &gone {
        root.delete_secret(DeleteSecret::new(name(*number)).force_delete_without_recovery(true)).unwrap();
    }
    assert_eq!(state(&room), Shredded::Pending);
    room.run_due().unwrap();
    assert!(left(&disk.image()) > 0, "the database overwrites nothing by itself: else this shows nothing");
    assert_eq!((state(&room), epoch(&room)), (Shredded::Pending, 1));

    room.compact().unwrap();
    assert_eq!((left(&disk.image()), state(&room)), (0, Shredded::Done));
    drop(room);
    let room = builder(9).open_on_backend(disk.clone(), unlock(1)).unwrap();
    for number in (0..60).filter(|number| number % 3 != 1) {
        let value = room.root().get_secret_value(GetSecretValue::new(name(number))).unwrap();
        assert_eq!(value.value(), vec![7; 1 + 200 * number]);
    }
    room.verify().unwrap();
    assert_eq!(left(&disk.image()), 0);
}

#[test]
fn a_scrub_waits_for_nobody_who_reads_and_keeps_the_mark_of_what_came_after() {
    let room = builder(10).create_on_backend(MemoryBackend::new(), unlock(1)).unwrap();
    put(&room.root(), "a", None);
    put(&room.root(), "b", None);
    let delete = |name: &str| room.root().delete_secret(DeleteSecret::new(name).force_delete_without_recovery(true));
    delete("a").unwrap();
    let reader = room.room().ledger.view().unwrap();
    assert_eq!(room.shred().unwrap(), Shredded::Pending);
    assert_eq!(room.compact().unwrap_err().kind(), ErrorKind::Busy);
    reads(&room, "b");
    drop(reader);
    assert_eq!(room.shred().unwrap(), Shredded::Done);
    reads(&room, "b");
    delete("b").unwrap();
    assert_eq!(state(&room), Shredded::Pending);
}

#[test]
fn a_store_whose_shred_was_cut_short_takes_no_other_shred_before_it_is_finished() {
    let room = builder(11).create_on_backend(MemoryBackend::new(), unlock(1)).unwrap();
    let (kept, lost) = (new_key(&room), new_key(&room));
    put(&room.root(), "kept", Some(&kept));
    lose(&room, &lost);
    // Steps 1 and 2, and no more: as a failing disk would have it.
    let inner = room.room();
    room.with_root(|root| {
        let next = root.shred().unwrap();
        let header = Header::next(root, &next);
        inner.ledger.engine().rewrap(header, next, NOW, |next| root.adopt(next)).unwrap();
        assert_eq!(root.shred().unwrap_err(), strongroom_keystore::Error::Stale);
    });
    assert_eq!((state(&room), epoch(&room)), (Shredded::Pending, 2));
    reads(&room, "kept");
    put(&room.root(), "meanwhile", Some(&new_key(&room)));
    room.run_due().unwrap();
    assert_eq!(epoch(&room), 2, "the same one was finished");
    assert!(!inner.ledger.engine().is_shredding());
    reads(&room, "kept");
    reads(&room, "meanwhile");
}

#[test]
fn a_shred_waits_for_no_reader_of_before_and_the_next_run_finishes_it() {
    let room = builder(12).create_on_backend(MemoryBackend::new(), unlock(1)).unwrap();
    let (kept, lost) = (new_key(&room), new_key(&room));
    put(&room.root(), "kept", Some(&kept));
    lose(&room, &lost);
    let engine = room.room().ledger.engine();
    let reader = room.room().ledger.view().unwrap();
    for _ in 0..2 {
        room.run_due().unwrap();
        assert!(engine.is_shredding(), "the old wrapping key is there for as long as somebody needs it");
        assert_eq!(epoch(&room), 2, "and it is the same shred");
    }
    reads(&room, "kept");
    drop(reader);
    room.run_due().unwrap();
    assert!(!engine.is_shredding());
    assert_eq!(epoch(&room), 2);
    reads(&room, "kept");
}

#[test]
fn readers_and_writers_go_on_while_wrapping_keys_are_replaced() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let room = builder(14).create_on_backend(MemoryBackend::new(), unlock(1)).unwrap();
    let kept = new_key(&room);
    put(&room.root(), "kept", Some(&kept));
    put(&room.root(), "managed", None);
    let over = AtomicBool::new(false);
    let (room, over) = (&room, &over);
    let mut epochs = Vec::new();
    let read = std::thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(move || {
                    let mut count = 0;
                    while !over.load(Ordering::Acquire) || count == 0 {
                        reads(room, "kept");
                        reads(room, "managed");
                        count += 1;
                    }
                    count
                })
            })
            .collect();
        let writer = scope.spawn(move || {
            for number in 0..20 {
                put(&room.root(), &format!("new/{number}"), Some(&new_key(room)));
            }
        });
        for round in 0..20 {
            let lost = new_key(room);
            lose(room, &lost);
            // A reader that was held up leaves the last half to the next run.
            while room.room().ledger.is_shred_due().unwrap() {
                room.run_due().unwrap();
            }
            epochs.push((epoch(room), round + 2));
        }
        writer.join().unwrap();
        over.store(true, Ordering::Release);
        readers.into_iter().map(|reader| reader.join().unwrap()).sum::<usize>()
    });
    assert!(read >= 2);
    assert!(epochs.iter().all(|(found, expected)| found == expected), "{epochs:?}");
    for number in 0..20 {
        reads(room, &format!("new/{number}"));
    }
    room.verify().unwrap();
}

#[test]
fn reencrypting_moves_versions_under_older_material_and_nothing_else() {
    let room = builder(12).create_on_backend(MemoryBackend::new(), unlock(1)).unwrap();
    let (key, other) = (new_key(&room), new_key(&room));
    for number in 0..150 {
        put(&room.root(), &format!("s/{number}"), Some(&key));
    }
    put(&room.root(), "other", Some(&other));
    let none = room.root().reencrypt(None, &mut |_| ()).unwrap();
    assert_eq!((none.found, none.moved), (0, 0));
    rotate(&room, &key);
    rotate(&room, &other);
    put(&room.root(), "newer", Some(&key));
    let before = rows(&room);
    let mut told = Vec::new();
    let done = room.root().reencrypt(Some(&key), &mut |so_far| told.push(so_far.moved)).unwrap();
    assert_eq!((done.found, done.secrets, done.moved, done.refused), (150, 150, 150, 0));
    assert_eq!(told, [0, 64, 128, 150], "64 secrets a commit");
    let counts = written(&before, &rows(&room));
    assert_eq!((counts[&Table::Versions], counts[&Table::Secrets], counts[&Table::Audit]), (150, 150, 3));
    // What is moved does not need the older material any more; the other key's secret does.
    let repeat = room.root().reencrypt(Some(&key), &mut |_| ()).unwrap();
    assert_eq!((repeat.found, repeat.moved), (0, 0));
    with_key(&room, &key, |change, pass| {
        let mut row = pass.row().entry.row.clone();
        row.materials.remove(0);
        change.remove_backing(pass, &row.id, 1).unwrap();
        change.save_key(pass, &row).unwrap();
    });
    room.run_due().unwrap();
    for name in ["s/0", "s/149", "newer", "other"] {
        reads(&room, name);
    }
    let all = room.root().reencrypt(None, &mut |_| ()).unwrap();
    assert_eq!((all.found, all.moved), (1, 1));
    reads(&room, "other");
    room.verify().unwrap();
}

#[test]
fn reencrypting_needs_the_rights_of_moving_each_secret() {
    use crate::operation::iam::{CreateUser, PutUserPolicy};
    let room = builder(13).create_on_backend(MemoryBackend::new(), unlock(1)).unwrap();
    let key = new_key(&room);
    put(&room.root(), "mine", Some(&key));
    put(&room.root(), "yours", Some(&key));
    rotate(&room, &key);
    room.root().iam().create_user(CreateUser::new("u")).unwrap();
    let user = room.session(crate::Principal::user("u")).unwrap();
    let may = |update: &str, kms: &str| {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[
            {{"Effect":"Allow","Action":"secretsmanager:ListSecrets","Resource":"*"}},
            {{"Effect":"Allow","Action":"secretsmanager:UpdateSecret","Resource":"{update}"}},
            {{"Effect":"Allow","Action":[{kms}],"Resource":"*"}}]}}"#
        );
        room.root().iam().put_user_policy(PutUserPolicy::new("u", "only", text)).unwrap();
    };
    let run = || user.reencrypt(None, &mut |_| ());
    assert_eq!(run().unwrap_err().kind(), ErrorKind::AccessDenied);
    let all = r#""kms:Decrypt","kms:Encrypt","kms:GenerateDataKey""#;
    for lacking in [
        r#""kms:Decrypt","kms:Encrypt""#,
        r#""kms:Decrypt","kms:GenerateDataKey""#,
        r#""kms:Encrypt","kms:GenerateDataKey""#,
    ] {
        may("*", lacking);
        let done = run().unwrap();
        assert_eq!((done.moved, done.refused), (0, 2), "{lacking}");
    }
    may("arn:aws:secretsmanager:*:*:secret:mine-*", all);
    let done = run().unwrap();
    assert_eq!((done.found, done.moved, done.refused), (2, 1, 1));
    may("*", all);
    let done = run().unwrap();
    assert_eq!((done.found, done.moved, done.refused), (1, 1, 0));
    reads(&room, "mine");
    reads(&room, "yours");
}
