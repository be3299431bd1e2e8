//! The keystore: opens and seals values, each time against a permit.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use subtle::ConstantTimeEq;

use crate::aead::{self, TAG_LEN};
use crate::context::EncryptionContext;
use crate::derive::MATERIAL_ID;
use crate::envelope::{
    Body, HEADER_LEN, Header, Kind, OVERHEAD, TEXT_AT, aad_of_payload, aad_of_store, length, seal_blob, seal_in_place,
};
use crate::error::Error;
use crate::hierarchy::Hierarchy;
use crate::permit::{Compare, Decrypt, Encrypt, KeyId, Make, MoveIn, MoveOut, Open, Permit, Seal, Use, Wrapped};
use crate::root::Reopened;
use crate::secret::{SecretBytes, Wiped, wipe};

/// The keys of one unlocked store, behind permits. Shared by reference between threads.
pub struct Keystore {
    pub(crate) hierarchy: Arc<Hierarchy>,
}

/// A secret's version as it lies in its row: the wrapped data key and the payload, both without their headers.
#[derive(Clone, Copy)]
pub struct Sealed<'v> {
    /// The row, straight from the table.
    pub row: &'v [u8],
    /// The sequence at which the metadata record says it was written; an older copy of the row fails to open.
    pub sequence: u64,
}
impl fmt::Debug for Sealed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} bytes, sequence {})", self.row.len(), self.sequence)
    }
}

/// New backing material of a KMS key.
#[derive(Clone, Debug)]
pub struct NewMaterial {
    /// What goes into the row of the backing key.
    pub wrapped: Wrapped,
    /// KeyMaterialId, the same for the same key and material. AWS shows it as 64 hexadecimal digits.
    pub material_id: [u8; 32],
}

impl Keystore {
    /// Opens a secret's version.
    ///
    /// # Errors
    /// `Failed` whatever is wrong with row, permit or material; `Locked`.
    /// # Cost
    /// One allocation, the returned buffer: the payload is decrypted in it. Warm: 4 hash compressions, 2 GCM keys.
    #[inline]
    pub fn open(&self, permit: Permit<'_, Open>, sealed: Sealed<'_>) -> Result<SecretBytes, Error> {
        self.open_version(permit, sealed)
    }
    /// Seals a value as a version row, with a new data key. `sequence` is that of the commit which will write the row.
    ///
    /// # Errors
    /// `TooLong` above 65,536 bytes; `Failed` if the material does not open; `Randomness`; `Locked`.
    pub fn seal(&self, permit: Permit<'_, Seal>, value: &[u8], sequence: u64) -> Result<Vec<u8>, Error> {
        self.seal_version(permit, value, sequence)
    }
    /// Does the version hold this value? Compared in constant time; the lengths are not hidden.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn same(&self, permit: Permit<'_, Compare>, sealed: Sealed<'_>, value: &[u8]) -> Result<bool, Error> {
        let opened = self.open_version(permit, sealed)?;
        Ok(opened.expose().ct_eq(value).into())
    }
    /// Moves a version to another key or context: a new data key and a new payload; the old row is left to its owner to drop.
    ///
    /// # Errors
    /// As [`open`](Self::open) and [`seal`](Self::seal).
    pub fn reseal(
        &self,
        from: Permit<'_, MoveOut>,
        to: Permit<'_, MoveIn>,
        sealed: Sealed<'_>,
        sequence: u64,
    ) -> Result<Vec<u8>, Error> {
        let opened = self.open_version(from, sealed)?;
        self.seal_version(to, opened.expose(), sequence)
    }
    /// Makes a ciphertext of the KMS API (type 3): the whole blob, header included.
    ///
    /// # Errors
    /// `TooLong` above 4096 bytes; `Failed` if the material does not open; `Randomness`; `Locked`.
    pub fn encrypt(&self, permit: Permit<'_, Encrypt>, plaintext: &[u8]) -> Result<Vec<u8>, Error> {
        bounded(plaintext.len(), CIPHERTEXT_TEXT_MAX)?;
        let (key, material, context) = self.take(permit)?;
        let header = Header::of_key(Kind::Ciphertext, key, material.version);
        context.with_aad(header, |aad| {
            let salt = self.hierarchy.with_keys(|keys| self.hierarchy.salt(keys, aad, plaintext))?;
            self.hierarchy.with_sealing_key(key, &material, |sealing| seal_blob(sealing, header, &salt, aad, plaintext))
        })
    }
    /// Opens a ciphertext of the KMS API. Key and material of the permit must be those its header names
    /// ([`BlobHeader`](crate::BlobHeader)).
    ///
    /// # Errors
    /// `Failed` whatever is wrong, a data key of a secret offered as a ciphertext included; `Locked`.
    pub fn decrypt(&self, permit: Permit<'_, Decrypt>, blob: &[u8]) -> Result<SecretBytes, Error> {
        let (key, material, context) = self.take(permit)?;
        let (header, body) = Header::take(Kind::Ciphertext, blob)?;
        if header != Header::of_key(Kind::Ciphertext, key, material.version) {
            return Err(Error::Failed);
        }
        let body = Body::parse(body)?;
        bounded(body.text.len(), CIPHERTEXT_TEXT_MAX).map_err(|_| Error::Failed)?;
        let mut opened = SecretBytes::copy_of(body.text);
        self.hierarchy.with_sealing_key(key, &material, |sealing| {
            context.with_aad(header, |aad| body.open_in_place(sealing, Kind::Ciphertext, aad, opened.buffer_mut()))
        })?;
        Ok(opened)
    }
    /// Makes backing material: 32 new bytes, sealed for this store, key and version.
    ///
    /// # Errors
    /// `Randomness`; `Locked`; `Failed` for a permit of another store.
    pub fn make(&self, permit: Permit<'_, Make>, version: u32) -> Result<NewMaterial, Error> {
        self.make_of_length(permit, version, 32)
    }
    #[expect(clippy::needless_pass_by_value, reason = "a permit is good for one use")]
    pub(crate) fn make_of_length(
        &self,
        permit: Permit<'_, Make>,
        version: u32,
        len: usize,
    ) -> Result<NewMaterial, Error> {
        let mut room = Wiped::<64>::zeros();
        let material = room.0.get_mut(..len).ok_or(Error::Failed)?;
        self.hierarchy.with_keys(|keys| self.hierarchy.draw(keys, true, material))?;
        self.keep(&permit, version, material)
    }
    /// Takes backing material that was made elsewhere, sealed for this store, key and version. Which lengths a kind of key
    /// takes is not told here.
    ///
    /// # Errors
    /// `TooLong` above 128 bytes; `Randomness`; `Locked`; `Failed` for a permit of another store.
    #[expect(clippy::needless_pass_by_value, reason = "a permit is good for one use")]
    pub fn import(&self, permit: Permit<'_, Make>, version: u32, material: &[u8]) -> Result<NewMaterial, Error> {
        bounded(material.len(), MATERIAL_MAX)?;
        self.keep(&permit, version, material)
    }
    /// KeyMaterialId of material that may or may not be the key's: only who may give a key material can ask.
    ///
    /// # Errors
    /// `Locked`; `Failed` for a permit of another store.
    pub fn material_id(&self, permit: &Permit<'_, Make>, material: &[u8]) -> Result<[u8; 32], Error> {
        if permit.store != self.hierarchy.store {
            return Err(Error::Failed);
        }
        let mut print = [0; 32];
        self.hierarchy.with_keys(|keys| {
            keys.fpr.mac(&[MATERIAL_ID, &permit.key.id, material], &mut print);
            Ok(print)
        })
    }
    /// Fresh random bytes, hedged against a generator that repeats: data keys of the KMS API, GenerateRandom.
    ///
    /// # Errors
    /// `TooLong` above 1 MiB; `Randomness`; `Locked`.
    pub fn random(&self, len: usize) -> Result<SecretBytes, Error> {
        bounded(len, RANDOM_MAX)?;
        SecretBytes::fill_with(len, |out| self.fill(out))
    }
    /// The same into a buffer: for ids, suffixes, UUIDs.
    ///
    /// # Errors
    /// `Randomness`; `Locked`.
    pub fn fill(&self, out: &mut [u8]) -> Result<(), Error> {
        self.hierarchy.with_keys(|keys| self.hierarchy.draw(keys, false, out))
    }
    /// Tells the time (nanoseconds since 1970) and the last committed sequence. Both go into the hedge of new keys: a store
    /// copied with its machine then parts from the original even if the copy's randomness repeats. Best at open and commit.
    pub fn observe(&self, nanoseconds: u64, sequence: u64) {
        self.hierarchy.observe_clock(nanoseconds);
        self.hierarchy.observe_sequence(sequence);
    }
    /// Drops the opened material of a key.
    pub fn forget(&self, key: KeyId) {
        self.hierarchy.forget(key);
    }
    /// Wipes every key, the root's and the barrier's included; later calls answer `Locked`.
    pub fn lock(&self) {
        self.hierarchy.lock();
    }
    /// Takes the keys again that [`Root::reopen`](crate::Root::reopen) has opened, for root and barrier as well.
    ///
    /// # Errors
    /// `Failed` for those of another root.
    pub fn unlock(&self, reopened: Reopened) -> Result<(), Error> {
        if !Arc::ptr_eq(&self.hierarchy, &reopened.of) {
            return Err(Error::Failed);
        }
        self.hierarchy.unlock(reopened.keys);
        Ok(())
    }
    /// Were the keys wiped?
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.hierarchy.is_locked()
    }

    /// Seals material as a backing key.
    fn keep(&self, permit: &Permit<'_, Make>, version: u32, material: &[u8]) -> Result<NewMaterial, Error> {
        let material_id = self.material_id(permit, material)?;
        let header = Header::of_key(Kind::BackingKey, permit.key, version);
        let aad = aad_of_store(header, &self.hierarchy.store);
        self.hierarchy.with_keys(|keys| {
            let salt = self.hierarchy.slow_salt(keys, aad.bytes(), material)?;
            let blob = seal_blob(&keys.wrap, header, &salt, aad.bytes(), material)?;
            Ok(NewMaterial { wrapped: Wrapped { version, blob: Arc::from(blob) }, material_id })
        })
    }
    pub(crate) fn take<'v, U: Use>(&self, permit: Permit<'v, U>) -> Result<Taken<'v>, Error> {
        if permit.store != self.hierarchy.store {
            return Err(Error::Failed);
        }
        Ok((permit.key, permit.material.ok_or(Error::Failed)?, permit.context))
    }
    #[expect(clippy::needless_pass_by_value, reason = "a permit is good for one use")]
    fn open_version<U: Use>(&self, permit: Permit<'_, U>, sealed: Sealed<'_>) -> Result<SecretBytes, Error> {
        let material = permit.material.as_deref().ok_or(Error::Failed)?;
        let (wrapped, payload) = sealed.row.split_first_chunk::<WRAPPED_LEN>().ok_or(Error::Failed)?;
        let (payload, tag) = payload.split_last_chunk::<TAG_LEN>().ok_or(Error::Failed)?;
        if permit.store != self.hierarchy.store || payload.len() > PAYLOAD_MAX {
            return Err(Error::Failed);
        }
        let wrapped = Body::parse(wrapped)?;
        let wrapping = Header::of_key(Kind::DataKey, permit.key, material.version);
        let mut data_key = Wiped::<32>::zeros();
        self.hierarchy.with_sealing_key(permit.key, material, |sealing| {
            permit.context.with_aad(wrapping, |aad| wrapped.open_into(sealing, Kind::DataKey, aad, &mut data_key.0))
        })?;
        let aad = aad_of_payload(Header { kind: Kind::Payload, ..wrapping }, sealed.sequence);
        let mut opened = SecretBytes::copy_of(payload);
        aead::open(&data_key.0, aad.bytes(), opened.buffer_mut(), tag)?;
        let len = opened.expose().first_chunk().map_or(usize::MAX, |len| u32::from_be_bytes(*len) as usize);
        if payload_len(len) != Some(payload.len()) {
            return Err(Error::Failed);
        }
        opened.window(LENGTH_LEN, len).ok_or(Error::Failed)
    }
    fn seal_version<U: Use>(&self, permit: Permit<'_, U>, value: &[u8], sequence: u64) -> Result<Vec<u8>, Error> {
        bounded(value.len(), VALUE_MAX)?;
        let text_len = payload_len(value.len()).ok_or(Error::Failed)?;
        let mut row = vec![0; WRAPPED_LEN + text_len + TAG_LEN];
        let sealed = self.seal_row_in_place(permit, value, sequence, &mut row);
        if sealed.is_err() {
            // The value or its data key may stand in it, not yet encrypted.
            wipe(&mut row);
        }
        sealed.map(|()| row)
    }
    fn seal_row_in_place<U: Use>(
        &self,
        permit: Permit<'_, U>,
        value: &[u8],
        sequence: u64,
        row: &mut [u8],
    ) -> Result<(), Error> {
        let (wrapped, payload) = row.split_first_chunk_mut::<WRAPPED_LEN>().ok_or(Error::Failed)?;
        let (text, tag) = payload.split_last_chunk_mut::<TAG_LEN>().ok_or(Error::Failed)?;
        let (len_room, value_room) = text.split_first_chunk_mut::<LENGTH_LEN>().ok_or(Error::Failed)?;
        *len_room = length(value).to_be_bytes();
        value_room.get_mut(..value.len()).ok_or(Error::Failed)?.copy_from_slice(value);

        let (key, material, context) = self.take(permit)?;
        let wrapping = Header::of_key(Kind::DataKey, key, material.version);
        let payload_aad = aad_of_payload(Header { kind: Kind::Payload, ..wrapping }, sequence);
        context.with_aad(wrapping, |wrapping_aad| {
            let data_key = wrapped.get_mut(TEXT_AT..).and_then(<[u8]>::first_chunk_mut::<32>).ok_or(Error::Failed)?;
            let salt = self.hierarchy.with_keys(|keys| {
                self.hierarchy.observe_sequence(sequence);
                self.hierarchy.data_key(keys, wrapping_aad, payload_aad.bytes(), text, data_key)?;
                self.hierarchy.salt(keys, wrapping_aad, data_key)
            })?;
            *tag = aead::seal(data_key, payload_aad.bytes(), text)?;
            self.hierarchy.with_sealing_key(key, &material, |sealing| {
                seal_in_place(sealing, Kind::DataKey, &salt, wrapping_aad, wrapped)
            })
        })
    }
}
/// What a permit was for.
type Taken<'v> = (KeyId, Cow<'v, Wrapped>, EncryptionContext<'v>);

impl fmt::Debug for Keystore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keystore")
    }
}

/// Length of a payload's plaintext, `u32 length || value || zeros`: multiples of 64 up to 1 KiB, then of 1/16 of the next power
/// of two, so that sizes fall into classes and no value grows by more than an eighth. `None` if it is too long for any.
pub(crate) fn payload_len(value_len: usize) -> Option<usize> {
    let len = value_len.checked_add(LENGTH_LEN)?;
    let step = if len <= 1024 { 64 } else { len.checked_next_power_of_two()? / 16 };
    len.checked_next_multiple_of(step)
}

pub(crate) fn bounded(len: usize, limit: usize) -> Result<(), Error> {
    if len > limit { Err(Error::TooLong { len, limit }) } else { Ok(()) }
}

const LENGTH_LEN: usize = 4;
/// A wrapped data key without its header.
const WRAPPED_LEN: usize = 32 + OVERHEAD;
/// AWS Secrets Manager: 65,536 bytes of secret value.
const VALUE_MAX: usize = 65_536;
/// The class of the longest value.
const PAYLOAD_MAX: usize = 73_728;
/// AWS KMS: Encrypt takes at most 4096 bytes.
const CIPHERTEXT_TEXT_MAX: usize = 4096;
const RANDOM_MAX: usize = 1024 * 1024;
/// The longest backing material: AWS KMS lets an HMAC_512 key take 128 bytes.
pub(crate) const MATERIAL_MAX: usize = 128;
const _: () = assert!(HEADER_LEN + WRAPPED_LEN == 128);
