//! The keys of an unlocked store: root key, system keyring, opened backing keys; and the hedges that make new ones.
//!
//! ```text
//! unlock slots --type 1--> root key R --HKDF--> root/keyring, root/header
//! root/keyring --type 6--> K_wrap K_wrap_old K_meta K_idx K_set K_tok K_mac K_fpr K_hedge K_audit
//! K_wrap       --type 2--> backing keys, one per KMS key and material version
//! backing key  --extract-> SK --type 3--> ciphertexts of the KMS API
//!                             --type 9--> data keys --type 4--> payloads of secret versions
//! K_meta       --type 5--> rows
//! K_tok        --type 8--> sealed markers
//! ```

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::derive::{self, Prf, sha256};
use crate::entropy::{Entropy, EntropyUnavailable, Generator};
use crate::envelope::{Body, Header, Kind, SALT_LEN, aad_of_store};
use crate::error::Error;
use crate::keystore::MATERIAL_MAX;
use crate::permit::{KeyId, Wrapped};
use crate::secret::Wiped;
use crate::signer::{Scope, Signers};

/// What root, keystore and barrier of one store share. Locking empties it.
pub(crate) struct Hierarchy {
    pub(crate) store: [u8; 16],
    keys: RwLock<Option<Box<Keys>>>,
    materials: RwLock<Materials>,
    signers: RwLock<Signers>,
    generator: Mutex<Generator>,
    entropy: Arc<dyn Entropy>,
    /// Drawn at unlock; parts two runs whose generators repeat.
    birth: [u8; 32],
    counter: AtomicU64,
    sequence: AtomicU64,
    clock: AtomicU64,
    /// Wrong codes of MFA devices: by serial number the time step, and how many in it.
    wrong_codes: Mutex<BTreeMap<Box<str>, (u64, u32)>>,
}

/// Root key and system keyring. Of the keyring's keys only keyed states are kept.
pub(crate) struct Keys {
    pub(crate) root: Wiped<32>,
    pub(crate) keyring_epoch: u32,
    pub(crate) wrap_epoch: u32,
    pub(crate) wrap: Prf,
    /// Set only while an unfinished shred waits to be finished.
    pub(crate) wrap_old: Option<Box<Prf>>,
    pub(crate) meta: Prf,
    pub(crate) idx: Prf,
    pub(crate) set: Prf,
    pub(crate) tok: Prf,
    pub(crate) mac: Prf,
    pub(crate) fpr: Prf,
    pub(crate) hedge: Prf,
    pub(crate) audit: Prf,
}

/// Plaintext of the system keyring: two epochs and ten keys.
pub(crate) type KeyringText = Wiped<KEYRING_TEXT_LEN>;
pub(crate) const KEYRING_TEXT_LEN: usize = 8 + 10 * 32;

/// The parts of a keyring that a shred changes.
pub(crate) struct Wrapping<'k> {
    pub(crate) epoch: &'k mut [u8; 4],
    pub(crate) wrap: &'k mut [u8; 32],
    pub(crate) old: &'k mut [u8; 32],
}

impl KeyringText {
    pub(crate) fn wrapping(&mut self) -> Option<Wrapping<'_>> {
        let (_, rest) = self.0.split_first_chunk_mut::<4>()?;
        let (epoch, rest) = rest.split_first_chunk_mut()?;
        let (wrap, rest) = rest.split_first_chunk_mut()?;
        Some(Wrapping { epoch, wrap, old: rest.first_chunk_mut()? })
    }
}

impl Keys {
    /// Reads a keyring into a box, in place.
    pub(crate) fn new(root: &[u8; 32], keyring: &KeyringText) -> Result<Box<Self>, Error> {
        let (keyring_epoch, rest) = keyring.0.split_first_chunk().ok_or(Error::Failed)?;
        let (wrap_epoch, rest) = rest.split_first_chunk().ok_or(Error::Failed)?;
        let [wrap, wrap_old, meta, idx, set, tok, mac, fpr, hedge, audit] = rest.as_chunks::<32>().0 else {
            return Err(Error::Failed);
        };
        let mut keys = Box::new(Self {
            root: Wiped::zeros(),
            keyring_epoch: u32::from_be_bytes(*keyring_epoch),
            wrap_epoch: u32::from_be_bytes(*wrap_epoch),
            wrap: Prf::unset(),
            wrap_old: None,
            meta: Prf::unset(),
            idx: Prf::unset(),
            set: Prf::unset(),
            tok: Prf::unset(),
            mac: Prf::unset(),
            fpr: Prf::unset(),
            hedge: Prf::unset(),
            audit: Prf::unset(),
        });
        keys.root.0 = *root;
        keys.wrap.set(wrap);
        if wrap_old.iter().any(|byte| *byte != 0) {
            keys.wrap_old.insert(Box::new(Prf::unset())).set(wrap_old);
        }
        keys.meta.set(meta);
        keys.idx.set(idx);
        keys.set.set(set);
        keys.tok.set(tok);
        keys.mac.set(mac);
        keys.fpr.set(fpr);
        keys.hedge.set(hedge);
        keys.audit.set(audit);
        Ok(keys)
    }
    /// Has a newly drawn keyring follow another one: the next epochs, and the same key of fingerprints, since the ids of key
    /// material are told to people and compared later.
    pub(crate) fn follow(keyring: &mut KeyringText, before: &KeyringText) -> Result<(), Error> {
        for epoch in [0..4, 4..8] {
            let last = before.0.get(epoch.clone()).and_then(<[u8]>::first_chunk).ok_or(Error::Failed)?;
            let next = u32::from_be_bytes(*last).checked_add(1).ok_or(Error::Failed)?;
            keyring.0.get_mut(epoch).ok_or(Error::Failed)?.copy_from_slice(&next.to_be_bytes());
        }
        keyring.0[FPR_AT..FPR_AT + 32].copy_from_slice(&before.0[FPR_AT..FPR_AT + 32]);
        Ok(())
    }
    /// A new keyring: epochs 1, no old wrapping key.
    pub(crate) fn draw_keyring(entropy: &dyn Entropy, keyring: &mut KeyringText) -> Result<(), Error> {
        keyring.0[..4].copy_from_slice(&1_u32.to_be_bytes());
        keyring.0[4..8].copy_from_slice(&1_u32.to_be_bytes());
        entropy.fill(&mut keyring.0[8..40]).map_err(|EntropyUnavailable| Error::Randomness)?;
        entropy.fill(&mut keyring.0[72..]).map_err(|EntropyUnavailable| Error::Randomness)
    }
}

/// One of the three keys that are derived from the root key; there is no other use of it.
pub(crate) fn root_subkey(root: &[u8; 32], store: &[u8; 16], info: &str) -> Wiped<32> {
    let mut key = Wiped::zeros();
    derive::hkdf(store, root, info, &mut key.0);
    key
}

impl Hierarchy {
    pub(crate) fn new(store: [u8; 16], keys: Box<Keys>, entropy: Arc<dyn Entropy>) -> Result<Arc<Self>, Error> {
        let mut birth = [0; 32];
        entropy.fill(&mut birth).map_err(|EntropyUnavailable| Error::Randomness)?;
        Ok(Arc::new(Self {
            store,
            keys: RwLock::new(Some(keys)),
            materials: RwLock::new(Materials::new()),
            signers: RwLock::new(Signers::new()),
            generator: Mutex::new(Generator::unseeded()),
            entropy,
            birth,
            counter: AtomicU64::new(0),
            sequence: AtomicU64::new(0),
            clock: AtomicU64::new(0),
            wrong_codes: Mutex::new(BTreeMap::new()),
        }))
    }
    /// The keys, for the time of a call.
    pub(crate) fn with_keys<T>(&self, with: impl FnOnce(&Keys) -> Result<T, Error>) -> Result<T, Error> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        with(keys.as_deref().ok_or(Error::Locked)?)
    }
    /// Takes a new root key: after a rotation was written.
    pub(crate) fn replace_root(&self, root: &Wiped<32>) -> Result<(), Error> {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.as_deref_mut().ok_or(Error::Locked)?.root.0 = root.0;
        Ok(())
    }
    /// Takes a keyring with another wrapping key. Opened backing keys are forgotten: those that were shredded among them.
    pub(crate) fn replace_keys(&self, fresh: Box<Keys>) -> Result<(), Error> {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        *keys.as_mut().ok_or(Error::Locked)? = fresh;
        drop(keys);
        self.materials.write().unwrap_or_else(PoisonError::into_inner).clear();
        self.signers.write().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(())
    }
    /// Wipes everything; calls that are under way end first.
    pub(crate) fn lock(&self) {
        self.materials.write().unwrap_or_else(PoisonError::into_inner).lock();
        self.signers.write().unwrap_or_else(PoisonError::into_inner).lock();
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = None;
        self.generator.lock().unwrap_or_else(PoisonError::into_inner).forget();
    }
    /// Takes the keys of the same store again. What was opened before is opened anew when it is needed.
    pub(crate) fn unlock(&self, keys: Box<Keys>) {
        *self.materials.write().unwrap_or_else(PoisonError::into_inner) = Materials::new();
        *self.signers.write().unwrap_or_else(PoisonError::into_inner) = Signers::new();
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Some(keys);
    }
    pub(crate) fn is_locked(&self) -> bool {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).is_none()
    }
    pub(crate) fn forget(&self, key: KeyId) {
        self.materials.write().unwrap_or_else(PoisonError::into_inner).forget(key);
    }
    /// What the hedge of new keys takes in beside randomness.
    pub(crate) fn observe_sequence(&self, sequence: u64) {
        self.sequence.fetch_max(sequence, Ordering::Relaxed);
    }
    pub(crate) fn observe_clock(&self, nanoseconds: u64) {
        self.clock.store(nanoseconds, Ordering::Relaxed);
    }
    /// May another code of this device be tried in this time step? Six digits are soon guessed by whoever may guess for ever.
    pub(crate) fn may_try(&self, serial: &str, step: u64) -> bool {
        let wrong = self.wrong_codes.lock().unwrap_or_else(PoisonError::into_inner);
        wrong.get(serial).is_none_or(|(when, count)| *when != step || *count < WRONG_CODES_MAX)
    }
    /// A code was wrong.
    pub(crate) fn note_wrong(&self, serial: &str, step: u64) {
        let mut wrong = self.wrong_codes.lock().unwrap_or_else(PoisonError::into_inner);
        // What was wrong in other steps counts no more.
        wrong.retain(|_, (when, _)| *when == step);
        let (_, count) = wrong.entry(Box::from(serial)).or_insert((step, 0));
        *count = count.saturating_add(1);
    }
    pub(crate) fn entropy(&self) -> &Arc<dyn Entropy> {
        &self.entropy
    }

    /// The sealing key of a backing key, from the cache or opened now. The hot path: a read lock, a look-up, no copy.
    pub(crate) fn with_sealing_key<T>(
        &self,
        key: KeyId,
        wrapped: &Wrapped,
        with: impl FnOnce(&Prf) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let (header, body) = Header::take(Kind::BackingKey, &wrapped.blob)?;
        let body = Body::parse(body)?;
        let name = MaterialName { key, version: wrapped.version, commitment: *body.commitment };
        {
            let materials = self.materials.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(sealing) = materials.find(&name)? {
                return with(sealing);
            }
        }
        if header != Header::of_key(Kind::BackingKey, key, wrapped.version) {
            return Err(Error::Failed);
        }
        let mut sealing = Prf::unset();
        self.with_keys(|keys| {
            let mut backing_key = Wiped::<32>::zeros();
            self.unwrap(keys, header, body, &mut backing_key.0)?;
            derive::sealing_key(&backing_key.0, &mut sealing);
            Ok(())
        })?;
        self.materials.write().unwrap_or_else(PoisonError::into_inner).keep(name, &sealing)?;
        with(&sealing)
    }

    /// The signing key of a scope, if it was derived before: a read lock, a look-up, no copy.
    pub(crate) fn with_signer<T>(&self, scope: &Scope<'_>, with: impl FnOnce(&Prf) -> T) -> Option<T> {
        self.signers.read().unwrap_or_else(PoisonError::into_inner).find(scope).map(with)
    }
    pub(crate) fn keep_signer(&self, scope: &Scope<'_>, key: &Prf) {
        self.signers.write().unwrap_or_else(PoisonError::into_inner).keep(scope, key);
    }
    pub(crate) fn forget_signers(&self, sealed: &[u8]) {
        self.signers.write().unwrap_or_else(PoisonError::into_inner).forget(sealed);
    }
    #[cfg(feature = "testing")]
    pub(crate) fn signers(&self) -> usize {
        self.signers.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// A backing key itself, opened now and kept nowhere: keys for MACs use their material as it is.
    pub(crate) fn with_backing_key<T>(
        &self,
        key: KeyId,
        wrapped: &Wrapped,
        with: impl FnOnce(&[u8]) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let (header, body) = Header::take(Kind::BackingKey, &wrapped.blob)?;
        if header != Header::of_key(Kind::BackingKey, key, wrapped.version) {
            return Err(Error::Failed);
        }
        let body = Body::parse(body)?;
        let mut room = Wiped::<MATERIAL_MAX>::zeros();
        let backing_key = room.0.get_mut(..body.text.len()).ok_or(Error::Failed)?;
        self.with_keys(|keys| self.unwrap(keys, header, body, backing_key))?;
        with(backing_key)
    }
    pub(crate) fn unwrap(&self, keys: &Keys, header: Header, body: Body<'_>, out: &mut [u8]) -> Result<(), Error> {
        let aad = aad_of_store(header, &self.store);
        body.open_into(&keys.wrap, Kind::BackingKey, aad.bytes(), out).or_else(|error| {
            let old = keys.wrap_old.as_deref().ok_or(error)?;
            body.open_into(old, Kind::BackingKey, aad.bytes(), out)
        })
    }

    /// A fresh salt for a seal: see [`salt_of`].
    pub(crate) fn salt(&self, keys: &Keys, aad: &[u8], plaintext: &[u8]) -> Result<[u8; SALT_LEN], Error> {
        let mut random = Wiped::<32>::zeros();
        let mut generator = self.generator.lock().unwrap_or_else(PoisonError::into_inner);
        generator.fill_to_be_hedged(&*self.entropy, &mut random.0)?;
        drop(generator);
        Ok(salt_of(&keys.hedge, &random.0, aad, plaintext))
    }
    /// The same with randomness straight from the system: for slots and the keyring, which live long.
    pub(crate) fn slow_salt(&self, keys: &Keys, aad: &[u8], plaintext: &[u8]) -> Result<[u8; SALT_LEN], Error> {
        let mut random = Wiped::<32>::zeros();
        self.entropy.fill(&mut random.0).map_err(|EntropyUnavailable| Error::Randomness)?;
        Ok(salt_of(&keys.hedge, &random.0, aad, plaintext))
    }
    /// A fresh data key for one payload: see [`data_key_of`].
    pub(crate) fn data_key(
        &self,
        keys: &Keys,
        wrapping_aad: &[u8],
        payload_aad: &[u8],
        payload: &[u8],
        data_key: &mut [u8; 32],
    ) -> Result<(), Error> {
        let mut random = Wiped::<32>::zeros();
        self.generate(&mut random.0)?;
        data_key_of(&keys.hedge, &random.0, wrapping_aad, payload_aad, payload, data_key);
        Ok(())
    }
    /// Fresh bytes for anything else. Randomness comes from the generator, for `long_lived` keys from the system itself.
    ///
    /// Each 32 bytes are `HMAC(K_hedge, "rng" || random(32) || birth(32) || u64 sequence || u64 clock || u64 counter || u8 block)`;
    /// the counter moves for every 255 blocks, so that no input repeats within a process.
    pub(crate) fn draw(&self, keys: &Keys, long_lived: bool, out: &mut [u8]) -> Result<(), Error> {
        // 255 blocks of 32 bytes to one counter value.
        for stretch in out.chunks_mut(255 * 32) {
            let mut random = Wiped::<32>::zeros();
            if long_lived {
                self.entropy.fill(&mut random.0).map_err(|EntropyUnavailable| Error::Randomness)?;
            } else {
                self.generate(&mut random.0)?;
            }
            let sequence = self.sequence.load(Ordering::Relaxed).to_be_bytes();
            let clock = self.clock.load(Ordering::Relaxed).to_be_bytes();
            let counter = self.counter.fetch_add(1, Ordering::Relaxed).to_be_bytes();
            let mut block = Wiped::<32>::zeros();
            for (number, place) in (0..=u8::MAX).zip(stretch.chunks_mut(32)) {
                let parts = [b"rng", random.0.as_slice(), &self.birth, &sequence, &clock, &counter, &[number]];
                keys.hedge.mac(&parts, &mut block.0);
                for (byte, drawn) in place.iter_mut().zip(&block.0) {
                    *byte = *drawn;
                }
            }
        }
        Ok(())
    }
    pub(crate) fn generate(&self, out: &mut [u8]) -> Result<(), Error> {
        self.generator.lock().unwrap_or_else(PoisonError::into_inner).fill(&*self.entropy, out)
    }
}

/// `HMAC(K_hedge, "salt" || random || SHA-256(aad) || SHA-256(plaintext))[0..20]`: a generator that repeats gives an equal salt
/// only to an equal seal, which is then the same blob again.
pub(crate) fn salt_of(hedge: &Prf, random: &[u8; 32], aad: &[u8], plaintext: &[u8]) -> [u8; SALT_LEN] {
    let mut mac = [0; 32];
    hedge.mac(&[b"salt", random, &sha256(aad), &sha256(plaintext)], &mut mac);
    let mut salt = [0; SALT_LEN];
    salt.copy_from_slice(&mac[..SALT_LEN]);
    salt
}

/// `HMAC(K_hedge, "dek" || random || SHA-256(wrapping aad) || SHA-256(payload aad) || SHA-256(payload))`: a data key is a GCM key
/// used under a constant nonce, so it must differ wherever payloads do, even if a cloned machine repeats its randomness.
pub(crate) fn data_key_of(
    hedge: &Prf,
    random: &[u8; 32],
    wrapping_aad: &[u8],
    payload_aad: &[u8],
    payload: &[u8],
    data_key: &mut [u8; 32],
) {
    hedge.mac(&[b"dek", random, &sha256(wrapping_aad), &sha256(payload_aad), &sha256(payload)], data_key);
}

/// Sealing keys of opened backing keys: bounded, wiped when dropped.
///
/// A table of small sets, like a processor's cache: a look-up touches one set, an eviction replaces its next way. An entry
/// is named by the commitment of the sealed blob too, so a blob that was sealed anew never meets an older entry.
struct Materials {
    entries: Vec<Option<Material>>,
    next_way: usize,
    locked: bool,
}

struct Material {
    name: MaterialName,
    sealing: Prf,
}

#[derive(PartialEq, Eq)]
struct MaterialName {
    key: KeyId,
    version: u32,
    commitment: [u8; 32],
}

impl MaterialName {
    /// Key ids are random, so any bits of them will do; versions of one key go to sets side by side.
    fn set(&self) -> usize {
        let [.., high, low] = self.key.id;
        (usize::from(u16::from_be_bytes([high, low])).wrapping_add(self.version as usize)) % SETS
    }
}

impl Materials {
    fn new() -> Self {
        Self { entries: (0..SETS * WAYS).map(|_| None).collect(), next_way: 0, locked: false }
    }
    fn find(&self, name: &MaterialName) -> Result<Option<&Prf>, Error> {
        if self.locked {
            return Err(Error::Locked);
        }
        let set = self.entries.as_chunks::<WAYS>().0.get(name.set()).into_iter().flatten().flatten();
        Ok(set.into_iter().find(|entry| entry.name == *name).map(|entry| &entry.sealing))
    }
    fn keep(&mut self, name: MaterialName, sealing: &Prf) -> Result<(), Error> {
        if self.locked {
            return Err(Error::Locked);
        }
        self.next_way = (self.next_way + 1) % WAYS;
        let next_way = self.next_way;
        let Some(set) = self.entries.as_chunks_mut::<WAYS>().0.get_mut(name.set()) else { return Ok(()) };
        // The same way again if another thread was faster; else a free one; else the next in turn.
        let at = (set.iter().position(|way| way.as_ref().is_some_and(|entry| entry.name == name)))
            .or_else(|| set.iter().position(Option::is_none))
            .unwrap_or(next_way);
        if let Some(way) = set.get_mut(at) {
            way.insert(Material { name, sealing: Prf::unset() }).sealing.copy_from(sealing);
        }
        Ok(())
    }
    fn forget(&mut self, key: KeyId) {
        for entry in self.entries.iter_mut().filter(|entry| entry.as_ref().is_some_and(|entry| entry.name.key == key)) {
            *entry = None;
        }
    }
    fn clear(&mut self) {
        self.entries.fill_with(|| None);
    }
    fn lock(&mut self) {
        self.locked = true;
        self.entries = Vec::new();
    }
}

/// Where the key of fingerprints stands in a keyring's text: the eighth behind two epochs.
const FPR_AT: usize = 8 + 7 * 32;
const SETS: usize = 64;
const WAYS: usize = 8;
/// Wrong codes of one device in one time step.
const WRONG_CODES_MAX: u32 = 5;
