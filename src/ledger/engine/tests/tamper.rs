//! Somebody with the file and without the key. Every edit is well-formed for the database: its checksums are no
//! protection, because anybody can compute them. Each is to be reported, at the open or when first touched, and none may
//! make a new store or an empty answer.

use std::marker::PhantomData;
use std::sync::Arc;

use strongroom_keystore::{EncryptionContext, KeyId, Keystore, Open, Sealed, Warden, Wrapped};

use super::*;
use crate::ledger::engine::view::definition;
use crate::ledger::manifest::{commit_key, group_key};
use crate::ledger::region::COPY_LEN;
use crate::testing::MemoryBackend;

const LAZY: Options = Options { cache_bytes: 8 << 20, check_pages: Check::Never, check_rows: Check::Never };

/// Three states of one store, each a commit after the other.
struct Story {
    first: Vec<u8>,
    second: Vec<u8>,
    kept: RowKey,
    changed: RowKey,
    removed: RowKey,
    commit: RowKey,
    groups: Vec<RowKey>,
    audit: Vec<RowKey>,
}

fn story() -> Story {
    let disk = MemoryBackend::new();
    let (engine, _) = create(on(&disk), 5).unwrap();
    let [kept, changed, removed] = ["kept", "changed", "removed"].map(|name| key(&engine, Table::Principals, name));
    let mut change = engine.begin().unwrap();
    for key in [&kept, &changed, &removed] {
        change.put(Table::Principals, key, b"deny everything").unwrap();
    }
    for number in 0..30_u8 {
        change.put(Table::Secrets, &engine.barrier().row_key(b's', &[&[number]]), &[number]).unwrap();
    }
    change.append_audit(b"first").unwrap();
    change.append_audit(b"second").unwrap();
    change.commit(NOW).unwrap();
    let groups = (0..16).map(|index| group_key(engine.barrier(), index)).collect();
    let commit = commit_key(engine.barrier());
    let audit = (1..=3).map(|number| engine.audit_key(number)).collect();
    drop(engine);
    let first = disk.image();
    let (engine, _) = open(on(&disk)).unwrap();
    let mut change = engine.begin().unwrap();
    change.put(Table::Principals, &changed, b"deny nothing").unwrap();
    change.remove(Table::Principals, &removed).unwrap();
    change.append_audit(b"third").unwrap();
    change.commit(NOW).unwrap();
    drop(engine);
    Story { first, second: disk.image(), kept, changed, removed, commit, groups, audit }
}

fn opened(image: &[u8], options: Options) -> Result<Engine, EngineError> {
    open_with(on(&MemoryBackend::from_image(image.to_vec())), 1, options).map(|(engine, _)| engine)
}

fn is_tampered<T: std::fmt::Debug>(outcome: Result<T, EngineError>) -> bool {
    match outcome {
        Err(EngineError::Tampered(_)) => true,
        other => panic!("not reported as tampered: {other:?}"),
    }
}

/// Small stores are verified when they are opened, others when the bucket is touched: by a look-up of that key, of
/// another key of the bucket that is not there, by a scan, by a write.
fn is_noticed_at(image: &[u8], key: &RowKey) {
    assert!(is_tampered(opened(image, Options::default())));
    let engine = opened(image, LAZY).unwrap();
    let view = engine.view().unwrap();
    let mut absent = *key;
    absent[31] ^= 1;
    assert!(is_tampered(view.get(Table::Principals, key)));
    assert!(is_tampered(view.get(Table::Principals, &absent)), "a not-found must verify its bucket");
    assert!(is_tampered(view.get(Table::Grants, key)), "every table of the bucket depends on it");
    assert!(is_tampered(read_all(&view)));
    let mut change = engine.begin().unwrap();
    assert!(is_tampered(change.put(Table::Principals, key, b"row")));
    assert!(is_tampered(change.remove(Table::Principals, key)));
    drop(change);
    assert!(is_tampered(engine.verify()));
    // Another bucket is not harmed.
    let mut elsewhere = *key;
    elsewhere[0] ^= 0x80;
    assert!(matches!(view.get(Table::Grants, &elsewhere), Ok(None)));
}

#[test]
fn the_untouched_story_opens() {
    let story = story();
    for image in [&story.first, &story.second] {
        for options in [Options::default(), LAZY] {
            let engine = opened(image, options).unwrap();
            engine.verify().unwrap();
        }
    }
    let engine = opened(&story.second, LAZY).unwrap();
    assert_eq!(engine.view().unwrap().get(Table::Principals, &story.changed).unwrap().unwrap().data(), b"deny nothing");
}

#[test]
fn s5_a_row_replaced_by_its_older_self_is_noticed() {
    let story = story();
    let older = raw::row(&story.first, Table::Principals, &story.changed).unwrap();
    is_noticed_at(&raw::with_row(&story.second, Table::Principals, &story.changed, &older), &story.changed);
}

#[test]
fn s6_a_removed_row_is_noticed() {
    let story = story();
    is_noticed_at(&raw::without_row(&story.second, Table::Principals, &story.kept), &story.kept);
}

#[test]
fn a_row_that_was_removed_and_comes_back_is_noticed() {
    let story = story();
    let older = raw::row(&story.first, Table::Principals, &story.removed).unwrap();
    is_noticed_at(&raw::with_row(&story.second, Table::Principals, &story.removed, &older), &story.removed);
}

#[test]
fn s4_rows_moved_or_swapped_are_noticed() {
    let story = story();
    let [one, two] = [story.kept, story.changed].map(|key| raw::row(&story.second, Table::Principals, &key).unwrap());
    let swapped = raw::with_row(&story.second, Table::Principals, &story.kept, &two);
    let swapped = raw::with_row(&swapped, Table::Principals, &story.changed, &one);
    is_noticed_at(&swapped, &story.kept);
    is_noticed_at(&swapped, &story.changed);
    let moved = raw::without_row(&story.second, Table::Principals, &story.kept);
    is_noticed_at(&raw::with_row(&moved, Table::Groups, &story.kept, &one), &story.kept);
}

#[test]
fn a_row_with_a_key_of_another_length_is_noticed() {
    let story = story();
    let stored = raw::row(&story.second, Table::Principals, &story.kept).unwrap();
    for len in [1, 31] {
        is_noticed_at(&raw::with_row(&story.second, Table::Principals, &story.kept[..len], &stored), &story.kept);
    }
    // The empty key sorts before every bucket.
    is_noticed_at(&raw::with_row(&story.second, Table::Principals, &[], &stored), &[0; 32]);
}

#[test]
fn a_row_that_a_scan_finds_and_a_look_up_misses_is_noticed() {
    // Enough rows for branch pages; the database checks no page when it reads.
    let disk = MemoryBackend::new();
    let (engine, _) = create(on(&disk), 6).unwrap();
    let mut change = engine.begin().unwrap();
    let mut keys = Vec::new();
    for number in 0..300_u16 {
        keys.push(engine.barrier().row_key(b'g', &[&number.to_be_bytes()]));
        change.put(Table::Grants, keys.last().unwrap(), b"row").unwrap();
    }
    change.commit(NOW).unwrap();
    drop(engine);
    let image = disk.image();
    let mut noticed = 0;
    for page in (REGION_LEN..image.len()).step_by(4096).filter(|page| image[*page] == BRANCH) {
        // redb's branch page: type, pad, count u16, 4 bytes; 24 bytes of checksum and number for each child, the end of
        // each key u32, the keys, shortened to what tells the children apart.
        let count = usize::from(u16::from_le_bytes([image[page + 2], image[page + 3]]));
        let ends = page + 8 + 24 * (count + 1);
        let routing = ends + 4 * count..(ends + 6 * count).min(image.len());
        // A lower routing key sends the rows below it astray.
        for place in routing.step_by(3) {
            let mut bent = image.clone();
            let Some(lower) = bent[place].checked_sub(1) else { continue };
            bent[place] = lower;
            let (lost, scanned) = raw::lost(&bent, Table::Grants, &keys);
            if lost.is_empty() || scanned != keys.len() {
                continue;
            }
            noticed += 1;
            let engine = opened(&bent, LAZY).unwrap();
            assert!(is_tampered(engine.verify()));
            assert!(is_tampered(engine.view().unwrap().get(Table::Grants, &lost[0])));
        }
    }
    assert!(noticed > 0, "no page could be bent");
}

#[test]
fn a_bucket_row_replayed_exchanged_or_gone_is_noticed_at_the_open() {
    let story = story();
    for options in [Options::default(), LAZY] {
        for (place, key) in story.groups.iter().enumerate() {
            let older = raw::row(&story.first, Table::Control, key).unwrap();
            let newer = raw::row(&story.second, Table::Control, key).unwrap();
            if older != newer {
                assert!(is_tampered(opened(&raw::with_row(&story.second, Table::Control, key, &older), options)));
            }
            let neighbour = &story.groups[(place + 1) % 16];
            let other = raw::row(&story.second, Table::Control, neighbour).unwrap();
            assert!(is_tampered(opened(&raw::with_row(&story.second, Table::Control, key, &other), options)));
            assert!(is_tampered(opened(&raw::without_row(&story.second, Table::Control, key), options)));
        }
    }
}

#[test]
fn a_commit_row_replayed_or_gone_is_noticed_at_the_open() {
    let story = story();
    let older = raw::row(&story.first, Table::Control, &story.commit).unwrap();
    for options in [Options::default(), LAZY] {
        assert!(is_tampered(opened(&raw::with_row(&story.second, Table::Control, &story.commit, &older), options)));
        assert!(is_tampered(opened(&raw::without_row(&story.second, Table::Control, &story.commit), options)));
    }
}

#[test]
fn all_control_rows_replayed_together_are_noticed_by_the_rows() {
    let story = story();
    let mut image = story.second.clone();
    for key in story.groups.iter().chain([&story.commit]) {
        let older = raw::row(&story.first, Table::Control, key).unwrap();
        image = raw::with_row(&image, Table::Control, key, &older);
    }
    is_noticed_at(&image, &story.changed);
}

#[test]
fn both_header_copies_replayed_are_noticed_at_the_open() {
    let disk = MemoryBackend::new();
    let (engine, root) = create(on(&disk), 5).unwrap();
    let old_header = disk.image()[..REGION_LEN].to_vec();
    // A second slot that is taken away again: an older header would bring it back.
    let next = root.add_slot(&secret(2), &Hardening::FLOOR).unwrap();
    let mut change = engine.begin().unwrap();
    change.write_header(Header::next(&root, &next)).unwrap();
    change.commit(NOW).unwrap();
    drop(engine);
    let two_slots = disk.image()[..REGION_LEN].to_vec();
    let (engine, root) = open(on(&disk)).unwrap();
    let next = root.remove_slot(1).unwrap();
    let mut change = engine.begin().unwrap();
    change.write_header(Header::next(&root, &next)).unwrap();
    change.commit(NOW).unwrap();
    drop(engine);
    for (header, byte) in [(&old_header, 1), (&two_slots, 1), (&two_slots, 2)] {
        let mut image = disk.image();
        image[..REGION_LEN].copy_from_slice(header);
        let backend = MemoryBackend::from_image(image);
        assert!(is_tampered(open_with(on(&backend), byte, Options::default()).map(|_| ())));
    }
    // One copy of them is what a crash leaves: the newer one counts, and the other is made equal.
    let mut image = disk.image();
    image[..COPY_LEN].copy_from_slice(&two_slots[..COPY_LEN]);
    let backend = MemoryBackend::from_image(image);
    assert!(is_tampered(open_with(on(&backend), 2, Options::default()).map(|_| ())), "the removed slot opened");
    open(on(&backend)).unwrap();
    assert_eq!(backend.image()[..REGION_LEN], disk.image()[..REGION_LEN]);
}

#[test]
fn a_dropped_table_is_noticed_at_the_open_and_never_made_again() {
    let story = story();
    for options in [Options::default(), LAZY] {
        for table in Table::ALL {
            let image = raw::edited(&story.second, |transaction| {
                assert!(transaction.delete_table(definition(table)).unwrap());
            });
            assert!(is_tampered(opened(&image, options)), "{table:?}");
        }
        let image = raw::edited(&story.second, |transaction| {
            for table in Table::ALL {
                transaction.delete_table(definition(table)).unwrap();
            }
        });
        assert!(matches!(opened(&image, options), Err(EngineError::Damaged(_))));
    }
}

#[test]
fn a_table_of_another_kind_is_noticed_at_the_open() {
    let story = story();
    let image = raw::edited(&story.second, |transaction| {
        transaction.delete_table(definition(Table::Grants)).unwrap();
        transaction.open_table(redb::TableDefinition::<&[u8], u64>::new("g")).unwrap();
    });
    assert!(is_tampered(opened(&image, Options::default())));
    let image = raw::edited(&story.second, |transaction| {
        transaction.delete_table(definition(Table::Grants)).unwrap();
        transaction.open_multimap_table(redb::MultimapTableDefinition::<&[u8], &[u8]>::new("g")).unwrap();
    });
    assert!(is_tampered(opened(&image, Options::default())));
}

#[test]
fn another_store_in_place_of_the_database_is_noticed() {
    let story = story();
    let disk = MemoryBackend::new();
    drop(create(on(&disk), 77).unwrap());
    let mut spliced = story.second[..REGION_LEN].to_vec();
    spliced.extend_from_slice(&disk.image()[REGION_LEN..]);
    assert!(is_tampered(opened(&spliced, Options::default())));
}

#[test]
fn s46_an_audit_record_removed_changed_added_or_exchanged_is_noticed() {
    let story = story();
    let [first, second, third] = [0, 1, 2].map(|number| story.audit[number]);
    let stored = |key: &RowKey| raw::row(&story.second, Table::Audit, key).unwrap();
    let swapped = raw::with_row(&story.second, Table::Audit, &first, &stored(&second));
    let images = [
        raw::without_row(&story.second, Table::Audit, &first),
        raw::without_row(&story.second, Table::Audit, &third),
        raw::with_row(&story.second, Table::Audit, &[9; 32], &stored(&first)),
    ];
    for image in images {
        assert!(is_tampered(opened(&image, Options::default()).unwrap().verify()));
    }
    // A record at another's place does not even open.
    let outcome = opened(&swapped, Options::default()).unwrap().verify();
    assert!(matches!(outcome, Err(EngineError::Damaged(_))), "{outcome:?}");
}

#[test]
fn a_version_row_replaced_by_its_older_self_does_not_open() {
    // Not the ledger's to notice, but the promise of the whole: the covered record names the sequence.
    let entropy = Arc::new(SeededEntropy::new(3));
    let (root, keystore, warden, barrier) = Root::create(STORE, false, &secret(1), &Hardening::FLOOR, entropy).unwrap();
    let disk = MemoryBackend::new();
    let engine = Engine::create(on(&disk), Header::of(&root), barrier, Options::default(), NOW).unwrap();
    let key = KeyId { id: [7; 16], multi_region: false };
    let made = keystore.make(warden.permit_to_make(key, PhantomData), 1).unwrap();
    let place = engine.barrier().row_key(Table::Versions.id(), &[b"secret", b"version"]);
    let mut sequences = Vec::new();
    let mut images = Vec::new();
    for _ in 0..2 {
        let mut change = engine.begin().unwrap();
        let permit = warden.permit(key, &made.wrapped, context(), PhantomData);
        sequences.push(change.sequence());
        change.put_version_row(&place, keystore.seal(permit, b"value", change.sequence()).unwrap());
        change.commit(NOW).unwrap();
        images.push(disk.image());
    }
    let older = raw::row(&images[0], Table::Versions, &place).unwrap();
    let image = raw::with_row(&images[1], Table::Versions, &place, &older);
    let engine = opened(&image, Options::default()).unwrap();
    let row = engine.view().unwrap().sealed(Table::Versions, &place).unwrap().unwrap();
    assert!(value(&keystore, &warden, key, &made.wrapped, &row, sequences[1]).is_err());
    assert!(value(&keystore, &warden, key, &made.wrapped, &row, sequences[0]).is_ok());
}

fn context() -> EncryptionContext<'static> {
    EncryptionContext::of_version("arn:aws:secretsmanager:us-east-1:000000000000:secret:a-abcdef", "version")
}

fn value(
    keystore: &Keystore,
    warden: &Warden,
    key: KeyId,
    wrapped: &Wrapped,
    row: &[u8],
    sequence: u64,
) -> Result<(), strongroom_keystore::Error> {
    let permit = warden.permit::<Open>(key, wrapped, context(), PhantomData);
    keystore.open(permit, Sealed { row, sequence }).map(|_| ())
}

#[test]
fn s7_a_file_cut_at_any_unit_of_the_disk_is_refused_and_whole_again_it_opens() {
    let story = story();
    let model = read_all(&opened(&story.second, Options::default()).unwrap().view().unwrap()).unwrap();
    for options in [Options::default(), LAZY] {
        for len in (0..story.second.len()).step_by(512) {
            let outcome = opened(&story.second[..len], options);
            if len <= REGION_LEN {
                assert!(matches!(outcome, Err(EngineError::Damaged(_))), "{len}: {outcome:?}");
            }
            match outcome {
                Err(EngineError::Damaged(_) | EngineError::Tampered(_)) => {}
                // Pages at the end that hold nothing may be missed by nobody.
                Ok(engine) => assert_eq!(read_all(&engine.view().unwrap()).unwrap(), model, "{len}"),
                other => panic!("{len}: {other:?}"),
            }
        }
    }
    opened(&story.second, Options::default()).unwrap();
}

#[test]
fn s7_a_file_with_more_behind_it_is_refused_or_the_same() {
    let story = story();
    let model = read_all(&opened(&story.second, Options::default()).unwrap().view().unwrap()).unwrap();
    for (more, byte) in [(1, 0), (512, 0), (4096, 0xFF), (1 << 20, 0), (1 << 20, 0x5A)] {
        for options in [Options::default(), LAZY] {
            let mut image = story.second.clone();
            image.resize(image.len() + more, byte);
            match opened(&image, options) {
                Err(EngineError::Damaged(_) | EngineError::Tampered(_)) => {}
                Ok(engine) => assert_eq!(read_all(&engine.view().unwrap()).unwrap(), model),
                other => panic!("{more} bytes of {byte}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_file_without_a_database_is_never_made_into_a_store() {
    let story = story();
    let mut images = vec![Vec::new(), story.second[..REGION_LEN].to_vec()];
    let mut zeros = story.second.clone();
    zeros[REGION_LEN..].fill(0);
    images.push(zeros);
    for image in images {
        let disk = MemoryBackend::from_image(image.clone());
        assert!(matches!(open(on(&disk)), Err(EngineError::Damaged(_))));
        assert_eq!(disk.image(), image, "it was written to");
    }
}

#[test]
fn s3_a_turned_bit_gives_the_same_or_a_typed_error() {
    // A sample; the store's own test goes over all bits.
    let story = story();
    let model = read_all(&opened(&story.second, Options::default()).unwrap().view().unwrap()).unwrap();
    let mut draws = crate::testing::Draws::from_seed(11);
    // Most of the file is free; bits there prove nothing.
    let used: Vec<usize> = (0..story.second.len()).filter(|place| story.second[*place] != 0).collect();
    for round in 0..400 {
        let mut image = story.second.clone();
        image[used[draws.below(used.len())]] ^= 1 << draws.below(8);
        let options = if round % 2 == 0 { Options::default() } else { LAZY };
        let seen = opened(&image, options).and_then(|engine| {
            let rows = read_all(&*engine.view()?)?;
            engine.verify()?;
            Ok(rows)
        });
        match &seen {
            Ok(rows) => assert_eq!(*rows, model),
            Err(EngineError::Storage(_) | EngineError::Misuse(_) | EngineError::Busy) => panic!("{seen:?}"),
            Err(_) => {}
        }
    }
}

// Type byte of redb's branch pages.
const BRANCH: u8 = 2;
