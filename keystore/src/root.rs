//! The root key: creation, unlocking, slots, rotation. Makes header copies; the ledger writes them.
//!
//! Every change is prepared as a [`Next`]: a whole header copy of the next generation. The ledger writes it over the older
//! copy, syncs, writes it over the other, syncs, records the generation in a commit, and then calls [`Root::adopt`]. A crash
//! anywhere leaves at least one whole copy, old or new, and both open.

use std::fmt;
use std::sync::Arc;

use crate::barrier::Barrier;
use crate::derive::{Prf, ROOT_HEADER, ROOT_KEYRING};
use crate::entropy::{self, Entropy, EntropyUnavailable};
use crate::envelope::{Body, Header, Kind, SALT_LEN, aad_of_slot, aad_of_store, seal_blob};
use crate::error::{Error, HeaderFault, SlotSet};
use crate::header::{
    COPY_LEN, HeaderCopy, KEYRING_BLOB_LEN, REGION_LEN, SLOT_BLOB_LEN, SLOTS, Slot, check_holds, is_genuine,
};
use crate::hierarchy::{Hierarchy, KeyringText, Keys, root_subkey};
use crate::keystore::Keystore;
use crate::permit::Warden;
use crate::provider::{Hardening, Limits, Sharing, SlotKey, Unlock, hardening_of, sharing_of};
use crate::secret::Wiped;

/// The unlocked root of a store, and its header as it stands.
pub struct Root {
    hierarchy: Arc<Hierarchy>,
    header: HeaderCopy,
    copy: Vec<u8>,
    limits: Limits,
}

/// A header that was prepared and not yet written.
pub struct Next {
    /// One copy of it, [`COPY_LEN`](crate::COPY_LEN) bytes, for both places.
    pub copy: Vec<u8>,
    /// Its generation: one more than the present.
    pub generation: u64,
    /// Epoch of its wrapping key: the present one, or one more in the first header of a shred.
    pub wrap_epoch: u32,
    header: HeaderCopy,
    fresh: Fresh,
}

/// What a prepared header brings beside the slots.
enum Fresh {
    Nothing,
    Root(Box<Wiped<32>>),
    /// Root key and keyring with another wrapping key.
    Keys(Box<Keys>),
}
impl Next {
    /// The keyring that it brings, if that is another one.
    pub(crate) fn keys(&self) -> Option<&Keys> {
        if let Fresh::Keys(keys) = &self.fresh { Some(keys) } else { None }
    }
}
impl fmt::Debug for Next {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Next(generation {})", self.generation)
    }
}

/// Keys that were opened anew, for the [`Keystore`] that has lost them.
pub struct Reopened {
    pub(crate) of: Arc<Hierarchy>,
    pub(crate) keys: Box<Keys>,
}
impl fmt::Debug for Reopened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reopened")
    }
}

/// What anyone with the file can see of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotInfo {
    /// 0 to 7.
    pub index: u8,
    /// Kind of provider: 1 passphrase, 2 key file, 6 systemd credential, 7 shares, 8 root key of the host.
    pub provider: u8,
    /// Cost of a guess, for a passphrase.
    pub hardening: Option<Hardening>,
    /// How many shares there are and how many it takes, for shares.
    pub sharing: Option<Sharing>,
}

/// What anyone with the file can see of a store. Nothing of it is proven: whoever can write the file can write this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// Identifies the store, and every copy of it.
    pub store_id: [u8; 16],
    /// Counts header writes, from 1.
    pub generation: u64,
}

impl Claimed {
    /// Of the newest copy in a header region whose check holds.
    ///
    /// # Errors
    /// `Header` if no copy can be read.
    pub fn read(region: &[u8]) -> Result<Self, Error> {
        let copies = readable(region)?;
        let (header, _) = copies.first().ok_or(HeaderFault::Damaged)?;
        Ok(Self { store_id: header.store, generation: header.generation })
    }
}

/// What an unlocked store consists of.
pub(crate) type Unlocked = (Root, Keystore, Warden, Barrier);

impl Root {
    /// Makes a new store's keys, and its header of generation 1 with one slot.
    ///
    /// # Errors
    /// `Provider`; `Parameters`; `Randomness`, also for a source that repeats itself.
    pub fn create(
        store_id: [u8; 16],
        shared: bool,
        unlock: &Unlock,
        hardening: &Hardening,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Unlocked, Error> {
        entropy::test(&*entropy)?;
        let draw = |out: &mut [u8]| entropy.fill(out).map_err(|EntropyUnavailable| Error::Randomness);
        let limits = Limits { allow_below_floor: hardening.is_below_floor() };
        let mut root = Wiped::<32>::zeros();
        draw(&mut root.0)?;
        let mut keyring = KeyringText::zeros();
        Keys::draw_keyring(&*entropy, &mut keyring)?;
        // Before the keyring exists there is nothing to hedge with: these two salts are plain randomness.
        let salt = |_: &[u8], _: &[u8]| {
            let mut salt = [0; SALT_LEN];
            draw(&mut salt).map(|()| salt)
        };
        let params = unlock.new_params(hardening, limits, &*entropy)?;
        let key = unlock.slot_key(&store_id, &params, limits)?;
        let mut slots = [const { None }; SLOTS];
        if let Some(first) = slots.first_mut() {
            *first = Some(seal_slot(&store_id, 0, unlock.kind(), params, &key, &root, salt)?);
        }
        let sealed = seal_keyring(&store_id, 1, &root, &keyring, salt)?;
        let header = HeaderCopy { shared, store: store_id, generation: 1, root_epoch: 1, slots, keyring: sealed };
        let copy = header.encode(&mac_key(&root, &store_id));
        let hierarchy = Hierarchy::new(store_id, Keys::new(&root.0, &keyring)?, entropy)?;
        Ok(Self { hierarchy, header, copy, limits }.into_parts())
    }
    /// Unlocks a store by its header region ([`REGION_LEN`](crate::REGION_LEN) bytes): the newest copy whose check holds, or
    /// else the other.
    ///
    /// # Errors
    /// `Header` if no copy can be read, or the one that opens was altered; `Provider` if the secret cannot be had;
    /// `Parameters` if a slot's hardening is out of bounds and no other opens; `WrongUnlock`; `Randomness`.
    pub fn unlock(
        region: &[u8],
        unlock: &Unlock,
        limits: &Limits,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Unlocked, Error> {
        let mut answer = Error::WrongUnlock;
        let copies = readable(region)?;
        let mut tried = Tried::default();
        for (header, copy) in &copies {
            match open_copy(header, copy, unlock, *limits, &mut tried) {
                Ok(keys) => {
                    let hierarchy = Hierarchy::new(header.store, keys, entropy)?;
                    let (header, copy) = (header.clone(), copy.to_vec());
                    let root = Self { hierarchy, header, copy, limits: *limits };
                    return Ok(root.into_parts());
                }
                // The most telling answer wins: a copy that opened and was altered, above a secret that opened nothing.
                Err(Error::WrongUnlock) => {}
                Err(error @ Error::Provider(_)) => return Err(error),
                Err(error) => answer = error,
            }
        }
        Err(answer)
    }
    /// A root for a fresh file that takes the place of this one's: the same store with a new root key and a new keyring, of the
    /// next epochs, and these ways to unlock in these slots. Nothing that is under the present keys opens under the new ones: what
    /// is carried over is sealed anew, piece by piece ([`Barrier::reseal_backing`], [`Barrier::reseal_credential`]).
    ///
    /// # Errors
    /// `NoSuchSlot` for an index above 7 or one given twice; `LastSlot` without any; `Provider`; `Parameters`; `Randomness`;
    /// `Locked`.
    pub fn successor(&self, slots: &[(u8, &Unlock)], hardening: &Hardening) -> Result<Unlocked, Error> {
        let entropy = self.hierarchy.entropy();
        entropy::test(&**entropy)?;
        let draw = |out: &mut [u8]| entropy.fill(out).map_err(|EntropyUnavailable| Error::Randomness);
        let limits = Limits { allow_below_floor: self.limits.allow_below_floor || hardening.is_below_floor() };
        let store = self.header.store;
        let mut header = self.next_header()?;
        header.root_epoch = header.root_epoch.checked_add(1).ok_or(Error::Failed)?;
        header.slots = [const { None }; SLOTS];
        let mut root = Wiped::<32>::zeros();
        draw(&mut root.0)?;
        let mut keyring = KeyringText::zeros();
        Keys::draw_keyring(&**entropy, &mut keyring)?;
        self.hierarchy.with_keys(|keys| Keys::follow(&mut keyring, &open_keyring(&self.header, &keys.root)?))?;
        let salt = |_: &[u8], _: &[u8]| {
            let mut salt = [0; SALT_LEN];
            draw(&mut salt).map(|()| salt)
        };
        for (index, unlock) in slots {
            let place = header.slots.get_mut(usize::from(*index)).filter(|place| place.is_none());
            let place = place.ok_or(Error::NoSuchSlot(*index))?;
            let params = unlock.new_params(hardening, limits, &**entropy)?;
            let key = unlock.slot_key(&store, &params, limits)?;
            *place = Some(seal_slot(&store, *index, unlock.kind(), params, &key, &root, salt)?);
        }
        if header.used_slots().next().is_none() {
            return Err(Error::LastSlot);
        }
        header.keyring = seal_keyring(&store, header.root_epoch, &root, &keyring, salt)?;
        let copy = header.encode(&mac_key(&root, &store));
        let hierarchy = Hierarchy::new(store, Keys::new(&root.0, &keyring)?, Arc::clone(entropy))?;
        Ok(Self { hierarchy, header, copy, limits }.into_parts())
    }
    /// The present header copy, [`COPY_LEN`](crate::COPY_LEN) bytes.
    #[must_use]
    pub fn copy(&self) -> Vec<u8> {
        self.copy.clone()
    }
    /// Counts header writes, from 1.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.header.generation
    }
    /// Counts root keys, from 1.
    #[must_use]
    pub fn root_epoch(&self) -> u32 {
        self.header.root_epoch
    }
    /// Counts wrapping keys, from 1; 0 once the store is locked.
    #[must_use]
    pub fn wrap_epoch(&self) -> u32 {
        self.hierarchy.with_keys(|keys| Ok(keys.wrap_epoch)).unwrap_or_default()
    }
    /// May several processes have the store open at once?
    #[must_use]
    pub fn shared(&self) -> bool {
        self.header.shared
    }
    /// The store's id.
    #[must_use]
    pub fn store_id(&self) -> [u8; 16] {
        self.header.store
    }
    /// The slots in use.
    #[must_use]
    pub fn slots(&self) -> Vec<SlotInfo> {
        let info = |(index, slot): (u8, &Slot)| SlotInfo {
            index,
            provider: slot.provider,
            hardening: hardening_of(slot.provider, &slot.params),
            sharing: sharing_of(slot.provider, &slot.params),
        };
        self.header.used_slots().map(info).collect()
    }
    /// Which slot does this secret open? Runs the hardening of every passphrase slot until one opens.
    ///
    /// # Errors
    /// `Provider`; `Parameters` if a slot could not be tried and no other opens; `Locked`.
    pub fn test_slot(&self, unlock: &Unlock) -> Result<Option<u8>, Error> {
        self.hierarchy.with_keys(|_| Ok(()))?;
        match open_any_slot(&self.header, unlock, self.limits, &mut Tried::default()) {
            Ok((index, _)) => Ok(Some(index)),
            Err(Error::WrongUnlock) => Ok(None),
            Err(error) => Err(error),
        }
    }
    /// Opens the keys anew, by any slot of the header as it stands: for [`Keystore::unlock`], once they were wiped.
    ///
    /// # Errors
    /// `Provider`; `Parameters` if a slot's hardening is out of bounds and no other opens; `WrongUnlock`.
    pub fn reopen(&self, unlock: &Unlock) -> Result<Reopened, Error> {
        let keys = open_copy(&self.header, &self.copy, unlock, self.limits, &mut Tried::default())?;
        Ok(Reopened { of: Arc::clone(&self.hierarchy), keys })
    }
    /// Adds a way to unlock, in the first free slot.
    ///
    /// # Errors
    /// `SlotsFull`; `Provider`; `Parameters`; `Randomness`; `Locked`.
    pub fn add_slot(&self, unlock: &Unlock, hardening: &Hardening) -> Result<Next, Error> {
        let free = (0_u8..).zip(&self.header.slots).find(|(_, slot)| slot.is_none());
        let (index, _) = free.ok_or(Error::SlotsFull)?;
        self.with_slot(index, unlock, hardening)
    }
    /// Replaces a way to unlock by another: a new passphrase, another key file. Who has the old secret *and* an old copy of
    /// the file still has that copy's root key; [`rotate`](Self::rotate) alone does not change that either.
    ///
    /// # Errors
    /// `NoSuchSlot`; `Provider`; `Parameters`; `Randomness`; `Locked`.
    pub fn change_slot(&self, index: u8, unlock: &Unlock, hardening: &Hardening) -> Result<Next, Error> {
        self.header.slot(index)?;
        self.with_slot(index, unlock, hardening)
    }
    /// Removes a way to unlock, never the last.
    ///
    /// # Errors
    /// `NoSuchSlot`; `LastSlot`; `Locked`.
    pub fn remove_slot(&self, index: u8) -> Result<Next, Error> {
        self.header.slot(index)?;
        if self.header.used_slots().count() == 1 {
            return Err(Error::LastSlot);
        }
        let mut header = self.next_header()?;
        if let Some(slot) = header.slots.get_mut(usize::from(index)) {
            *slot = None;
        }
        self.hierarchy.with_keys(|keys| Ok(finish(header, keys, Fresh::Nothing)))
    }
    /// A new root key. Each slot that stays is sealed anew, for which its secret is needed; the rest must be dropped by name.
    /// Rows are not touched: the system keyring stays and is sealed anew.
    ///
    /// # Errors
    /// `NoSuchSlot` for an index that is not in use; `SlotsNotAtHand`, naming those neither given nor dropped; `LastSlot` if
    /// none would stay; `WrongUnlock` if a secret does not open its slot; `Provider`; `Randomness`; `Locked`.
    pub fn rotate(&self, at_hand: &[(u8, &Unlock)], drop: &[u8]) -> Result<Next, Error> {
        for index in at_hand.iter().map(|(index, _)| index).chain(drop) {
            self.header.slot(*index)?;
        }
        let (mut missing, mut kept) = (SlotSet::default(), Vec::new());
        for (index, slot) in self.header.used_slots().filter(|(index, _)| !drop.contains(index)) {
            match at_hand.iter().find(|(given, _)| *given == index) {
                Some((_, unlock)) => kept.push((index, slot, *unlock)),
                None => missing.insert(index),
            }
        }
        if !missing.is_empty() {
            return Err(Error::SlotsNotAtHand(missing));
        }
        if kept.is_empty() {
            return Err(Error::LastSlot);
        }
        entropy::test(&**self.hierarchy.entropy())?;
        let store = &self.header.store;
        // Hardening takes its time, so it runs before the keys are held.
        let mut resealed = Vec::new();
        for (index, slot, unlock) in kept {
            if unlock.kind() != slot.provider {
                return Err(Error::WrongUnlock);
            }
            let key = unlock.slot_key(store, &slot.params, self.limits)?;
            // Proof that this is the slot's secret: under a wrong one the new root key would be out of its owner's reach.
            open_slot(store, index, slot, &key).map_err(|_| Error::WrongUnlock)?;
            resealed.push((index, slot, key));
        }
        let mut header = self.next_header()?;
        header.root_epoch = header.root_epoch.checked_add(1).ok_or(Error::Failed)?;
        header.slots = [const { None }; SLOTS];
        self.hierarchy.with_keys(|keys| {
            let mut root = Box::new(Wiped::<32>::zeros());
            self.hierarchy.draw(keys, true, &mut root.0)?;
            let salt = |aad: &[u8], text: &[u8]| self.hierarchy.slow_salt(keys, aad, text);
            for (index, slot, key) in resealed {
                if let Some(place) = header.slots.get_mut(usize::from(index)) {
                    *place = Some(seal_slot(store, index, slot.provider, slot.params.clone(), &key, &root, salt)?);
                }
            }
            let keyring = open_keyring(&self.header, &keys.root)?;
            header.keyring = seal_keyring(store, header.root_epoch, &root, &keyring, salt)?;
            let copy = header.encode(&mac_key(&root, store));
            Ok(Next {
                copy,
                generation: header.generation,
                wrap_epoch: keys.wrap_epoch,
                header,
                fresh: Fresh::Root(root),
            })
        })
    }
    /// The first header of a shred: a new wrapping key, the present one beside it as the old. Backing keys that are sealed anew
    /// for it ([`Barrier::rewrap`]) open under the new one; those of before open as long as the old one is there.
    ///
    /// # Errors
    /// `Stale` if another shred waits to be finished; `Randomness`; `Locked`.
    pub fn shred(&self) -> Result<Next, Error> {
        entropy::test(&**self.hierarchy.entropy())?;
        self.with_keyring(|keys, keyring| {
            if keys.wrap_old.is_some() {
                return Err(Error::Stale);
            }
            let epoch = keys.wrap_epoch.checked_add(1).ok_or(Error::Failed)?;
            let parts = keyring.wrapping().ok_or(Error::Failed)?;
            *parts.epoch = epoch.to_be_bytes();
            *parts.old = *parts.wrap;
            self.hierarchy.draw(keys, true, parts.wrap)
        })
    }
    /// The last header of a shred: without the old wrapping key. What was sealed under it and not sealed anew is lost, also to
    /// every slot; that is its purpose. `None` if no shred waits to be finished.
    ///
    /// # Errors
    /// `Randomness`; `Locked`.
    pub fn finish_shred(&self) -> Result<Option<Next>, Error> {
        if !self.hierarchy.with_keys(|keys| Ok(keys.wrap_old.is_some()))? {
            return Ok(None);
        }
        let next = self.with_keyring(|_, keyring| {
            keyring.wrapping().ok_or(Error::Failed)?.old.fill(0);
            Ok(())
        })?;
        Ok(Some(next))
    }
    /// Takes a prepared header for the present one, once it was written to both places and committed.
    ///
    /// # Errors
    /// `Stale` if it was not made from the present generation; `Locked`.
    pub fn adopt(&mut self, next: Next) -> Result<(), Error> {
        if Some(next.generation) != self.header.generation.checked_add(1) || next.header.store != self.header.store {
            return Err(Error::Stale);
        }
        match next.fresh {
            Fresh::Nothing => {}
            Fresh::Root(root) => self.hierarchy.replace_root(&root)?,
            Fresh::Keys(keys) => self.hierarchy.replace_keys(keys)?,
        }
        self.header = next.header;
        self.copy = next.copy;
        Ok(())
    }

    fn into_parts(self) -> Unlocked {
        let keystore = Keystore { hierarchy: Arc::clone(&self.hierarchy) };
        let barrier = Barrier { hierarchy: Arc::clone(&self.hierarchy) };
        let warden = Warden { store: self.hierarchy.store };
        (self, keystore, warden, barrier)
    }
    fn next_header(&self) -> Result<HeaderCopy, Error> {
        let generation = self.header.generation.checked_add(1).ok_or(Error::Failed)?;
        Ok(HeaderCopy { generation, ..self.header.clone() })
    }
    /// The next header with a keyring that `change` has changed, sealed under the same root key.
    fn with_keyring(&self, change: impl FnOnce(&Keys, &mut KeyringText) -> Result<(), Error>) -> Result<Next, Error> {
        let mut header = self.next_header()?;
        self.hierarchy.with_keys(|keys| {
            let mut keyring = open_keyring(&self.header, &keys.root)?;
            change(keys, &mut keyring)?;
            let salt = |aad: &[u8], text: &[u8]| self.hierarchy.slow_salt(keys, aad, text);
            header.keyring = seal_keyring(&header.store, header.root_epoch, &keys.root, &keyring, salt)?;
            let fresh = Keys::new(&keys.root.0, &keyring)?;
            Ok(finish(header, keys, Fresh::Keys(fresh)))
        })
    }
    fn with_slot(&self, index: u8, unlock: &Unlock, hardening: &Hardening) -> Result<Next, Error> {
        let store = &self.header.store;
        let mut header = self.next_header()?;
        let params = unlock.new_params(hardening, self.limits, &**self.hierarchy.entropy())?;
        let key = unlock.slot_key(store, &params, self.limits)?;
        self.hierarchy.with_keys(|keys| {
            let salt = |aad: &[u8], text: &[u8]| self.hierarchy.slow_salt(keys, aad, text);
            let slot = seal_slot(store, index, unlock.kind(), params, &key, &keys.root, salt)?;
            *header.slots.get_mut(usize::from(index)).ok_or(Error::NoSuchSlot(index))? = Some(slot);
            Ok(finish(header, keys, Fresh::Nothing))
        })
    }
}
impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Root(generation {}, root epoch {})", self.header.generation, self.header.root_epoch)
    }
}

/// The copies of a region that can be read, newest first; one if they are equal.
fn readable(region: &[u8]) -> Result<Vec<(HeaderCopy, &[u8])>, HeaderFault> {
    let (first, second) = match region.split_at_checked(COPY_LEN) {
        Some(copies) if region.len() == REGION_LEN => copies,
        // Shorter than a header: a store that was cut if it begins like one.
        _ if region.starts_with(b"STRONGRM") => return Err(HeaderFault::Damaged),
        _ => return Err(HeaderFault::NotAStore),
    };
    let copies: Vec<_> = if first == second { vec![first] } else { vec![first, second] };
    let mut fault = HeaderFault::NotAStore;
    let mut readable = Vec::new();
    for copy in copies {
        match HeaderCopy::parse(copy) {
            Ok(header) => readable.push((header, copy)),
            // A whole copy of a newer format is believed; in a torn one the number may be noise, and the other decides.
            Err(newer @ HeaderFault::NewerFormat(_)) if copy.try_into().is_ok_and(check_holds) => {
                return Err(newer);
            }
            Err(other) => fault = worse(fault, other),
        }
    }
    if readable.is_empty() {
        return Err(fault);
    }
    readable.sort_by_key(|(header, _)| std::cmp::Reverse(header.generation));
    Ok(readable)
}

fn worse(one: HeaderFault, two: HeaderFault) -> HeaderFault {
    match (one, two) {
        (HeaderFault::NotAStore | HeaderFault::NewerFormat(_), other) if other != HeaderFault::NotAStore => other,
        (one, _) => one,
    }
}

/// Keys that were derived already: two copies of a header mostly have the same slots, and one passphrase is hardened once for
/// both.
#[derive(Default)]
struct Tried(Vec<([u8; 16], Slot, SlotKey)>);

impl Tried {
    fn key(&mut self, store: &[u8; 16], slot: &Slot, unlock: &Unlock, limits: Limits) -> Result<&SlotKey, Error> {
        let known = |(of_store, of_slot, _): &([u8; 16], Slot, SlotKey)| {
            of_store == store && of_slot.provider == slot.provider && of_slot.params == slot.params
        };
        let at = if let Some(at) = self.0.iter().position(known) {
            at
        } else {
            self.0.push((*store, slot.clone(), unlock.slot_key(store, &slot.params, limits)?));
            self.0.len().saturating_sub(1)
        };
        self.0.get(at).map(|(_, _, key)| key).ok_or(Error::Failed)
    }
}

fn open_copy(
    header: &HeaderCopy,
    copy: &[u8],
    unlock: &Unlock,
    limits: Limits,
    tried: &mut Tried,
) -> Result<Box<Keys>, Error> {
    let (_, root) = open_any_slot(header, unlock, limits, tried)?;
    if !is_genuine(copy, &mac_key(&root, &header.store)) {
        return Err(HeaderFault::Damaged.into());
    }
    let keyring = open_keyring(header, &root).map_err(|_| HeaderFault::Damaged)?;
    Keys::new(&root.0, &keyring)
}

fn open_any_slot(
    header: &HeaderCopy,
    unlock: &Unlock,
    limits: Limits,
    tried: &mut Tried,
) -> Result<(u8, Box<Wiped<32>>), Error> {
    let mut answer = Error::WrongUnlock;
    for (index, slot) in header.used_slots().filter(|(_, slot)| slot.provider == unlock.kind()) {
        match tried.key(&header.store, slot, unlock, limits) {
            Ok(key) => {
                if let Ok(root) = open_slot(&header.store, index, slot, key) {
                    return Ok((index, root));
                }
            }
            // Another slot may be within bounds, or of a kind that can be read.
            Err(error @ Error::Parameters(_)) => answer = error,
            Err(Error::Failed) => {}
            Err(error) => return Err(error),
        }
    }
    Err(answer)
}

fn seal_slot(
    store: &[u8; 16],
    index: u8,
    provider: u8,
    params: Vec<u8>,
    key: &SlotKey,
    root: &Wiped<32>,
    salt: impl Fn(&[u8], &[u8]) -> Result<[u8; SALT_LEN], Error>,
) -> Result<Slot, Error> {
    let header = Header::of_store(Kind::RootSlot, store, u32::from(index));
    let aad = aad_of_slot(header, store, &params);
    let salt = salt(&aad, &root.0)?;
    let blob = seal_blob(&Prf::new(&key.0), header, &salt, &aad, &root.0)?;
    let blob = <[u8; SLOT_BLOB_LEN]>::try_from(blob).map_err(|_| Error::Failed)?;
    Ok(Slot { provider, blob, params })
}

fn open_slot(store: &[u8; 16], index: u8, slot: &Slot, key: &SlotKey) -> Result<Box<Wiped<32>>, Error> {
    let (header, body) = Header::take(Kind::RootSlot, &slot.blob)?;
    if header != Header::of_store(Kind::RootSlot, store, u32::from(index)) {
        return Err(Error::Failed);
    }
    let aad = aad_of_slot(header, store, &slot.params);
    let mut root = Box::new(Wiped::zeros());
    Body::parse(body)?.open_into(&Prf::new(&key.0), Kind::RootSlot, &aad, &mut root.0)?;
    Ok(root)
}

fn seal_keyring(
    store: &[u8; 16],
    root_epoch: u32,
    root: &Wiped<32>,
    keyring: &KeyringText,
    salt: impl Fn(&[u8], &[u8]) -> Result<[u8; SALT_LEN], Error>,
) -> Result<[u8; KEYRING_BLOB_LEN], Error> {
    let header = Header::of_store(Kind::Keyring, store, root_epoch);
    let aad = aad_of_store(header, store);
    let salt = salt(aad.bytes(), &keyring.0)?;
    let key = Prf::new(&root_subkey(&root.0, store, ROOT_KEYRING).0);
    let blob = seal_blob(&key, header, &salt, aad.bytes(), &keyring.0)?;
    <[u8; KEYRING_BLOB_LEN]>::try_from(blob).map_err(|_| Error::Failed)
}

fn open_keyring(copy: &HeaderCopy, root: &Wiped<32>) -> Result<KeyringText, Error> {
    let (header, body) = Header::take(Kind::Keyring, &copy.keyring)?;
    if header != Header::of_store(Kind::Keyring, &copy.store, copy.root_epoch) {
        return Err(Error::Failed);
    }
    let key = Prf::new(&root_subkey(&root.0, &copy.store, ROOT_KEYRING).0);
    let mut keyring = KeyringText::zeros();
    Body::parse(body)?.open_into(&key, Kind::Keyring, aad_of_store(header, &copy.store).bytes(), &mut keyring.0)?;
    Ok(keyring)
}

fn mac_key(root: &Wiped<32>, store: &[u8; 16]) -> Prf {
    Prf::new(&root_subkey(&root.0, store, ROOT_HEADER).0)
}

/// A header under the present root key.
fn finish(header: HeaderCopy, keys: &Keys, fresh: Fresh) -> Next {
    let copy = header.encode(&mac_key(&keys.root, &header.store));
    let wrap_epoch = if let Fresh::Keys(fresh) = &fresh { fresh.wrap_epoch } else { keys.wrap_epoch };
    Next { copy, generation: header.generation, wrap_epoch, header, fresh }
}
