//! Slots and root rotation, at the level of bytes. Goal: whatever write of a new header a crash cuts, the store unlocks, as
//! before or as after. Method: each change is prepared, then every mixture of old, new and torn copies is unlocked.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that meets these has failed")]

mod common;

use common::*;
use strongroom_keystore::*;

fn passphrase(text: &str) -> Unlock {
    Unlock::passphrase(text)
}
fn cheap() -> Hardening {
    Hardening::cheap()
}
fn unlocks(region: &[u8], with: &Unlock) -> Result<u64, Error> {
    unlock(region, with).map(|store| store.root.generation())
}
/// A store with two more slots: 1 a passphrase, 2 another root key.
fn with_three_slots() -> Store {
    let mut store = Root::create(STORE, false, &raw_unlock(7), &cheap(), seeded(1)).map(Store::from).unwrap();
    let next = store.root.add_slot(&passphrase("second"), &cheap()).unwrap();
    store.root.adopt(next).unwrap();
    let next = store.root.add_slot(&raw_unlock(8), &cheap()).unwrap();
    store.root.adopt(next).unwrap();
    store
}

/// Every region that a crash may leave while `new` is written over `old`: first over one copy, then over the other.
/// Disks write sectors of 512 bytes, in order or not: both a new beginning and a new end are tried.
fn crashes(old: &[u8], new: &[u8]) -> Vec<Vec<u8>> {
    let mut regions = vec![region(old), region(new)];
    let torn = |cut: usize| [[&new[..cut], &old[cut..]].concat(), [&old[..cut], &new[cut..]].concat()];
    for torn in (0..=COPY_LEN).step_by(512).flat_map(torn) {
        for other in [old, new] {
            regions.push([torn.as_slice(), other].concat());
            regions.push([other, torn.as_slice()].concat());
        }
    }
    regions
}

/// After any crash: `kept` unlocks, to the generation before or after, and its keys are those of the store.
fn survives(store: &Store, next: &Next, kept: &[&Unlock]) {
    let old = store.root.copy();
    let row_key = store.barrier.row_key(b's', &[b"name"]);
    let row = store.barrier.seal_row(b's', &row_key, 3, b"data").unwrap();
    assert_eq!(next.copy.len(), COPY_LEN);
    assert_eq!(next.generation, store.root.generation() + 1);
    for region in crashes(&old, &next.copy) {
        for secret in kept {
            let opened = unlock(&region, secret).unwrap();
            assert!([old.as_slice(), &next.copy].contains(&opened.root.copy().as_slice()));
            assert_eq!(opened.barrier.open_row(b's', &row_key, &row).unwrap().data(), b"data");
            // Made equal, it is whole again.
            let healed = common::region(&opened.root.copy());
            assert_eq!(unlocks(&healed, secret), Ok(opened.root.generation()));
        }
    }
}

#[test]
fn an_added_slot_survives_every_crash_and_opens() {
    let mut store = Root::create(STORE, false, &raw_unlock(7), &cheap(), seeded(1)).map(Store::from).unwrap();
    let next = store.root.add_slot(&passphrase("second"), &cheap()).unwrap();
    survives(&store, &next, &[&raw_unlock(7)]);
    store.root.adopt(next).unwrap();
    assert_eq!(unlocks(&region(&store.root.copy()), &passphrase("second")), Ok(2));
    assert_eq!(unlocks(&region(&store.root.copy()), &passphrase("third")), Err(Error::WrongUnlock));
    let kinds: Vec<_> = store.root.slots().iter().map(|slot| (slot.index, slot.provider, slot.hardening)).collect();
    assert_eq!(kinds, [(0, 8, None), (1, 1, Some(cheap()))]);
}

#[test]
fn a_changed_slot_survives_every_crash_and_its_old_secret_opens_no_more() {
    let mut store = with_three_slots();
    let next = store.root.change_slot(1, &passphrase("changed"), &cheap()).unwrap();
    survives(&store, &next, &[&raw_unlock(7), &raw_unlock(8)]);
    // In between, one of the two passphrases opens, whatever the crash left.
    for region in crashes(&store.root.copy(), &next.copy) {
        let (old, new) = (unlocks(&region, &passphrase("second")), unlocks(&region, &passphrase("changed")));
        assert!(old == Ok(3) || new == Ok(4), "{old:?} {new:?}");
    }
    store.root.adopt(next).unwrap();
    let region = region(&store.root.copy());
    assert_eq!(unlocks(&region, &passphrase("changed")), Ok(4));
    assert_eq!(unlocks(&region, &passphrase("second")), Err(Error::WrongUnlock));
}

#[test]
fn a_removed_slot_survives_every_crash_and_opens_no_more() {
    let mut store = with_three_slots();
    let next = store.root.remove_slot(1).unwrap();
    survives(&store, &next, &[&raw_unlock(7), &raw_unlock(8)]);
    let old = store.root.copy();
    store.root.adopt(next).unwrap();
    assert_eq!(unlocks(&region(&store.root.copy()), &passphrase("second")), Err(Error::WrongUnlock));
    // Beside one old copy it still opens that one, and shows its generation: the commit row then tells it from the present.
    assert_eq!(unlocks(&[store.root.copy(), old].concat(), &passphrase("second")), Ok(3));
    let free = store.root.add_slot(&passphrase("again"), &cheap()).unwrap();
    store.root.adopt(free).unwrap();
    assert_eq!(store.root.test_slot(&passphrase("again")), Ok(Some(1)));
}

#[test]
fn a_rotated_root_survives_every_crash_and_leaves_rows_alone() {
    let mut store = with_three_slots();
    let material = store.make(KEY, 1);
    let row = store.keystore.seal(store.permit(KEY, &material, &context()), b"value", 5).unwrap();
    let (raw, second, third) = (raw_unlock(7), passphrase("second"), raw_unlock(8));
    let next = store.root.rotate(&[(0, &raw), (1, &second), (2, &third)], &[]).unwrap();
    survives(&store, &next, &[&raw, &second, &third]);
    let before = keyring(&store).root;
    store.root.adopt(next).unwrap();
    assert_eq!((store.root.generation(), store.root.root_epoch(), store.root.wrap_epoch()), (4, 2, 1));
    assert_ne!(keyring(&store).root, before);
    let reopened = unlock(&region(&store.root.copy()), &second).unwrap();
    for store in [&store, &reopened] {
        let permit = store.permit::<Open>(KEY, &material, &context());
        assert_eq!(store.keystore.open(permit, Sealed { row: &row, sequence: 5 }).unwrap().expose(), b"value");
    }
    // Under the new root key slots change as before.
    let next = store.root.remove_slot(2).unwrap();
    survives(&store, &next, &[&raw, &second]);
}

#[test]
fn two_crashes_in_a_row_leave_the_store_openable() {
    let store = with_three_slots();
    let (raw, second, third) = (raw_unlock(7), passphrase("second"), raw_unlock(8));
    let next = store.root.rotate(&[(0, &raw), (1, &second), (2, &third)], &[]).unwrap();
    for once in crashes(&store.root.copy(), &next.copy).iter().step_by(5) {
        // The first thing after a crash is to write the copy that opened to both places; that may be cut as well.
        let opened = unlock(once, &raw).unwrap();
        let (healed, [first, second]) = (opened.root.copy(), [&once[..COPY_LEN], &once[COPY_LEN..]]);
        for cut in (0..=COPY_LEN).step_by(1024) {
            let mixed = |old: &[u8]| [&healed[..cut], &old[cut..]].concat();
            // The copy that did not open is the one that is written first.
            let twice =
                if healed == first { [first, &mixed(second)].concat() } else { [&mixed(first), second].concat() };
            assert!(unlocks(&twice, &raw).is_ok());
        }
    }
}

#[test]
fn a_rotation_names_the_slots_whose_secret_is_missing_and_drops_only_what_is_named() {
    let mut store = with_three_slots();
    let (raw, second) = (raw_unlock(7), passphrase("second"));
    let Error::SlotsNotAtHand(missing) = store.root.rotate(&[(0, &raw)], &[]).unwrap_err() else { panic!() };
    assert_eq!(missing.iter().collect::<Vec<_>>(), [1, 2]);
    let Error::SlotsNotAtHand(missing) = store.root.rotate(&[(0, &raw)], &[2]).unwrap_err() else { panic!() };
    assert_eq!(missing.iter().collect::<Vec<_>>(), [1]);
    assert!(missing.contains(1) && !missing.contains(0) && !missing.contains(200) && !missing.is_empty());
    assert_eq!(
        store.root.rotate(&[(0, &raw)], &[2]).unwrap_err().to_string(),
        "the secrets of these slots are needed, or leave to drop them: 1"
    );
    assert_eq!(store.root.rotate(&[], &[0, 1, 2]).unwrap_err(), Error::LastSlot);
    assert_eq!(store.root.rotate(&[(3, &raw)], &[0, 1, 2]).unwrap_err(), Error::NoSuchSlot(3));
    assert_eq!(store.root.rotate(&[(0, &raw), (1, &second)], &[9]).unwrap_err(), Error::NoSuchSlot(9));
    // A secret in the wrong place would lock its owner out.
    assert_eq!(store.root.rotate(&[(0, &raw_unlock(8)), (1, &second)], &[2]).unwrap_err(), Error::WrongUnlock);
    assert_eq!(store.root.rotate(&[(0, &second), (1, &second)], &[2]).unwrap_err(), Error::WrongUnlock);
    let next = store.root.rotate(&[(0, &raw), (1, &second)], &[2]).unwrap();
    survives(&store, &next, &[&raw, &second]);
    store.root.adopt(next).unwrap();
    assert_eq!(unlocks(&region(&store.root.copy()), &raw_unlock(8)), Err(Error::WrongUnlock));
}

#[test]
fn the_last_slot_stays_and_there_are_no_more_than_eight() {
    let mut store = store();
    assert_eq!(store.root.remove_slot(0).unwrap_err(), Error::LastSlot);
    for index in [1, 7, 8, 255] {
        assert_eq!(store.root.remove_slot(index).unwrap_err(), Error::NoSuchSlot(index));
        let changed = store.root.change_slot(index, &raw_unlock(1), &cheap());
        assert_eq!(changed.unwrap_err(), Error::NoSuchSlot(index));
    }
    for number in 1..8 {
        let next = store.root.add_slot(&raw_unlock(100 + number), &cheap()).unwrap();
        store.root.adopt(next).unwrap();
        assert_eq!(store.root.test_slot(&raw_unlock(100 + number)), Ok(Some(number)));
    }
    assert_eq!(store.root.add_slot(&raw_unlock(1), &cheap()).unwrap_err(), Error::SlotsFull);
    assert_eq!(store.root.test_slot(&raw_unlock(1)), Ok(None));
    assert_eq!(unlocks(&region(&store.root.copy()), &raw_unlock(107)), Ok(8));
}

#[test]
fn a_header_prepared_from_another_generation_is_stale() {
    let mut store = with_three_slots();
    let (one, two) = (store.root.remove_slot(1).unwrap(), store.root.remove_slot(2).unwrap());
    store.root.adopt(one).unwrap();
    assert_eq!(store.root.adopt(two).unwrap_err(), Error::Stale);
    assert_eq!(store.root.slots().len(), 2);
}

#[test]
fn an_altered_header_never_unlocks_even_with_its_check_made_right() {
    // Every byte of the copy, one bit of each; every bit of what is not zero. Whoever alters it can recompute the check.
    let store = with_three_slots();
    let copy = store.root.copy();
    let flips = (0..8160).flat_map(|at| {
        let bits = if copy[at] == 0 && at % 16 != 0 { 1 } else { 8 };
        (0..bits).map(move |bit| (at, (bit + at) % 8))
    });
    for (at, bit) in flips {
        let mut changed = copy.clone();
        changed[at] ^= 1 << bit;
        let error = unlocks(&region(&changed), &raw_unlock(7)).unwrap_err();
        assert!(matches!(error, Error::Header(_)), "without the check, byte {at}: {error}");
        remake_check(&mut changed);
        let error = unlocks(&region(&changed), &raw_unlock(7)).unwrap_err();
        assert!(matches!(error, Error::Header(_) | Error::WrongUnlock), "byte {at} bit {bit}: {error}");
    }
}

#[test]
fn slots_do_not_move_between_places_or_stores() {
    let (store, other) = (with_three_slots(), store_with(2));
    let copy = store.root.copy();
    let mut moved = copy.clone();
    // Slot 2 in the place of slot 1, whose secret it then is not.
    moved.copy_within(64 + 2 * 800..64 + 3 * 800, 64 + 800);
    moved[64 + 2 * 800..64 + 3 * 800].fill(0);
    remake_check(&mut moved);
    assert_eq!(unlocks(&region(&moved), &raw_unlock(8)), Err(Error::WrongUnlock));
    let mut foreign = copy.clone();
    foreign[64..864].copy_from_slice(&other.root.copy()[64..864]);
    remake_check(&mut foreign);
    // The foreign slot opens, to a root key under which this header is not.
    assert_eq!(unlocks(&region(&foreign), &raw_unlock(7)), Err(Error::Header(HeaderFault::Damaged)));
    let mut keyring = copy;
    keyring[6464..6888].copy_from_slice(&other.root.copy()[6464..6888]);
    remake_check(&mut keyring);
    assert_eq!(unlocks(&region(&keyring), &raw_unlock(7)), Err(Error::Header(HeaderFault::Damaged)));
}

#[test]
fn a_damaged_newer_copy_gives_way_to_the_older_one() {
    let store = with_three_slots();
    let (old, mut newer) = (store.root.copy(), store.root.remove_slot(1).unwrap().copy);
    newer[8128] ^= 1;
    remake_check(&mut newer);
    for region in [[newer.clone(), old.clone()].concat(), [old, newer].concat()] {
        assert_eq!(unlocks(&region, &raw_unlock(7)), Ok(3));
    }
}

#[test]
fn what_is_no_header_is_told_from_what_was_one() {
    let copy = store().root.copy();
    let fault = |region: &[u8]| match unlocks(region, &raw_unlock(7)).unwrap_err() {
        Error::Header(fault) => fault,
        other => panic!("{other}"),
    };
    assert_eq!(fault(b""), HeaderFault::NotAStore);
    assert_eq!(fault(b"SQLite format 3\0"), HeaderFault::NotAStore);
    assert_eq!(fault(&[0; REGION_LEN]), HeaderFault::NotAStore);
    assert_eq!(fault(&vec![0xff; REGION_LEN]), HeaderFault::NotAStore);
    assert_eq!(fault(&copy[..100]), HeaderFault::Damaged);
    assert_eq!(fault(&copy), HeaderFault::Damaged);
    assert_eq!(fault(&[region(&copy), vec![0]].concat()), HeaderFault::Damaged);
    let mut damaged = copy.clone();
    damaged[100] ^= 1;
    assert_eq!(fault(&region(&damaged)), HeaderFault::Damaged);
    assert_eq!(fault(&[damaged.clone(), vec![0; COPY_LEN]].concat()), HeaderFault::Damaged);
    assert_eq!(unlocks(&[damaged, copy].concat(), &raw_unlock(7)), Ok(1));
}

#[test]
fn a_newer_format_is_named_and_never_read_around() {
    let copy = store().root.copy();
    let mut newer = copy.clone();
    newer[9] = 2;
    let torn = newer.clone();
    remake_check(&mut newer);
    let refused = Error::Header(HeaderFault::NewerFormat(2));
    assert_eq!(unlocks(&region(&newer), &raw_unlock(7)), Err(refused.clone()));
    assert_eq!(unlocks(&[newer.clone(), copy.clone()].concat(), &raw_unlock(7)), Err(refused.clone()));
    assert_eq!(unlocks(&[copy.clone(), newer].concat(), &raw_unlock(7)), Err(refused.clone()));
    // A number in a copy that is not whole may be noise: the other copy decides, and without one it is the best guess.
    assert_eq!(unlocks(&[torn.clone(), copy.clone()].concat(), &raw_unlock(7)), Ok(1));
    assert_eq!(unlocks(&region(&torn), &raw_unlock(7)), Err(refused));
    let mut zero = copy;
    zero[9] = 0;
    remake_check(&mut zero);
    assert_eq!(unlocks(&region(&zero), &raw_unlock(7)), Err(Error::Header(HeaderFault::Damaged)));
}

#[test]
fn the_sharing_mode_is_in_the_header_and_genuine() {
    for shared in [false, true] {
        let made = Root::create(STORE, shared, &raw_unlock(7), &cheap(), seeded(1)).map(Store::from).unwrap();
        assert_eq!(made.root.shared(), shared);
        let mut copy = made.root.copy();
        assert_eq!(unlock(&region(&copy), &raw_unlock(7)).unwrap().root.shared(), shared);
        copy[15] ^= 1;
        remake_check(&mut copy);
        assert_eq!(unlocks(&region(&copy), &raw_unlock(7)), Err(Error::Header(HeaderFault::Damaged)));
    }
}

#[test]
fn a_slot_of_a_kind_unknown_to_this_build_is_kept() {
    // As a TPM's would be: made here by a provider of the host with that number.
    struct Device;
    impl RootKeyProvider for Device {
        fn kind(&self) -> u8 {
            4
        }
        fn new_params(&self) -> Result<Vec<u8>, ProviderFault> {
            Ok(vec![0xda; 668])
        }
        fn slot_key(&self, _: &[u8; 16], params: &[u8]) -> Result<SecretBytes, ProviderFault> {
            assert_eq!(params, [0xda; 668]);
            Ok(SecretBytes::from(vec![9; 32]))
        }
    }
    let mut store = store();
    let next = store.root.add_slot(&Unlock::provider(Device), &cheap()).unwrap();
    store.root.adopt(next).unwrap();
    let mut other = unlock(&region(&store.root.copy()), &raw_unlock(7)).unwrap();
    let next = other.root.add_slot(&raw_unlock(8), &cheap()).unwrap();
    other.root.adopt(next).unwrap();
    let copy = other.root.copy();
    assert_eq!(unlocks(&region(&copy), &Unlock::provider(Device)), Ok(3));
    assert_eq!(other.root.slots()[1], SlotInfo { index: 1, provider: 4, hardening: None, sharing: None });
}

fn remake_check(copy: &mut [u8]) {
    let check = <sha2::Sha256 as sha2::Digest>::digest(&copy[..8160]);
    copy[8160..].copy_from_slice(&check);
}

#[test]
fn a_shred_replaces_the_wrapping_key_and_what_was_not_sealed_anew_opens_no_more() {
    let mut store = with_three_slots();
    let (raw, second, third) = (raw_unlock(7), passphrase("second"), raw_unlock(8));
    let (kept, lost) = (store.make(KEY, 1), store.make(OTHER_KEY, 1));
    let seal = |key, material| store.keystore.seal(store.permit(key, material, &context()), b"value", 5).unwrap();
    let (row, lost_row) = (seal(KEY, &kept), seal(OTHER_KEY, &lost));
    let opens = |store: &Store, key, material: &Wrapped, row: &[u8]| {
        let permit = store.permit::<Open>(key, material, &context());
        store.keystore.open(permit, Sealed { row, sequence: 5 }).is_ok_and(|value| value.expose() == b"value")
    };
    let again = |blob: &Wrapped, sealed: Vec<u8>| Wrapped { version: blob.version, blob: sealed.into() };
    let before = keyring(&store).wrap;

    // Without a shred under way there is nothing to seal for, and nothing to finish.
    assert_eq!(store.barrier.rewrap(None, &kept.blob).unwrap(), *kept.blob);
    assert!(store.root.finish_shred().unwrap().is_none());
    let slot = store.root.add_slot(&passphrase("other"), &cheap()).unwrap();
    assert_eq!(store.barrier.rewrap(Some(&slot), &kept.blob).unwrap_err(), Error::Failed);

    let next = store.root.shred().unwrap();
    assert_eq!((next.wrap_epoch, store.root.wrap_epoch()), (2, 1));
    survives(&store, &next, &[&raw, &second, &third]);
    let rewrapped = again(&kept, store.barrier.rewrap(Some(&next), &kept.blob).unwrap());
    assert_ne!(rewrapped.blob, kept.blob);
    assert_eq!(store.barrier.rewrap(Some(&next), &rewrapped.blob).unwrap(), *rewrapped.blob, "once is enough");
    let mut flipped = kept.blob.to_vec();
    flipped[100] ^= 1;
    assert_eq!(store.barrier.rewrap(Some(&next), &flipped).unwrap_err(), Error::Failed);
    assert!(!opens(&store, KEY, &rewrapped, &row), "not before the header is there");
    store.root.adopt(next).unwrap();
    assert!(store.barrier.is_shredding());
    assert_ne!(keyring(&store).wrap, before);
    assert_eq!(store.root.shred().unwrap_err(), Error::Stale);
    // In between, what was sealed under either opens: here, and after a crash in every slot.
    for secret in [&raw, &second, &third] {
        let reopened = unlock(&region(&store.root.copy()), secret).unwrap();
        assert!(reopened.barrier.is_shredding());
        assert_eq!(reopened.root.wrap_epoch(), 2);
        for store in [&store, &reopened] {
            assert!(opens(store, KEY, &kept, &row) && opens(store, KEY, &rewrapped, &row));
            let sealed = again(&kept, store.barrier.rewrap(None, &kept.blob).unwrap());
            assert!(opens(store, KEY, &sealed, &row));
        }
    }

    let last = store.root.finish_shred().unwrap().unwrap();
    assert_eq!(last.wrap_epoch, 2);
    survives(&store, &last, &[&raw, &second, &third]);
    store.root.adopt(last).unwrap();
    assert!(!store.barrier.is_shredding());
    for secret in [&raw, &second, &third] {
        let reopened = unlock(&region(&store.root.copy()), secret).unwrap();
        assert!(!reopened.barrier.is_shredding());
        for store in [&store, &reopened] {
            assert!(opens(store, KEY, &rewrapped, &row));
            assert!(!opens(store, KEY, &kept, &row), "also if it was opened before");
            assert!(!opens(store, OTHER_KEY, &lost, &lost_row));
            assert_eq!(store.barrier.rewrap(None, &lost.blob).unwrap_err(), Error::Failed);
        }
    }
    let new = store.make(KEY, 2);
    assert_eq!(store.barrier.rewrap(None, &new.blob).unwrap(), *new.blob);
    // A rotation of the root key has nothing to do with it.
    let rotated = store.root.rotate(&[(0, &raw), (1, &second), (2, &third)], &[]).unwrap();
    store.root.adopt(rotated).unwrap();
    assert_eq!((store.root.wrap_epoch(), opens(&store, KEY, &rewrapped, &row)), (2, true));
}

#[test]
fn what_was_locked_opens_again_by_any_slot_and_by_nothing_else() {
    let store = with_three_slots();
    let row_key = store.barrier.row_key(b's', &[b"name"]);
    let row = store.barrier.seal_row(b's', &row_key, 3, b"data").unwrap();
    let material = store.make(KEY, 1);
    for secret in [raw_unlock(7), passphrase("second"), raw_unlock(8)] {
        store.keystore.lock();
        assert!(store.keystore.is_locked());
        assert_eq!(store.barrier.open_row(b's', &row_key, &row).map(drop), Err(Error::Locked));
        for wrong in [raw_unlock(9), passphrase("third")] {
            assert_eq!(store.root.reopen(&wrong).map(drop), Err(Error::WrongUnlock));
        }
        let reopened = store.root.reopen(&secret).unwrap();
        assert!(store.keystore.is_locked(), "until it is told to take them");
        store.keystore.unlock(reopened).unwrap();
        assert_eq!(store.barrier.open_row(b's', &row_key, &row).unwrap().data(), b"data");
        assert!(store.keystore.seal(store.permit(KEY, &material, &context()), b"value", 1).is_ok());
    }
    // Of another store, and of this one opened a second time.
    for other in [common::store(), unlock(&region(&store.root.copy()), &raw_unlock(7)).unwrap()] {
        assert_eq!(store.keystore.unlock(other.root.reopen(&raw_unlock(7)).unwrap()), Err(Error::Failed));
    }
}
