//! The barrier: seals and opens rows, never values. What the ledger gets.

use std::fmt;
use std::sync::Arc;

use crate::envelope::{
    Body, Header, Kind, OVERHEAD, TEXT_AT, aad_of_record, aad_of_store, length, seal_blob, seal_in_place,
};
use crate::error::Error;
use crate::hierarchy::Hierarchy;
use crate::keystore::{MATERIAL_MAX, bounded};
use crate::root::Next;
use crate::secret::{SecretBytes, Wiped, wipe};

/// Position of a row: a keyed hash, so that a file tells no names.
pub type RowKey = [u8; 32];

/// Seals and opens rows of one store. Other keys than those of values: no row key opens a value.
pub struct Barrier {
    pub(crate) hierarchy: Arc<Hierarchy>,
}

/// A row that has opened.
#[derive(Debug)]
pub struct OpenedRow {
    /// The sequence at which it was written.
    pub sequence: u64,
    data: SecretBytes,
}

impl OpenedRow {
    /// What was sealed; wiped when the row is dropped.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        self.data.expose()
    }
}

impl Barrier {
    /// The store's id, random at creation; bound into every row.
    #[must_use]
    pub fn store_id(&self) -> [u8; 16] {
        self.hierarchy.store
    }
    /// The key of a row: `HMAC(K_idx, table || identifier)`. One part is the identifier itself; several are each put behind their
    /// length (u32), so that no two lists of parts give one string. Within one table the number of parts is always the same.
    /// Zeros once the store is locked.
    #[must_use]
    pub fn row_key(&self, table: u8, parts: &[&[u8]]) -> RowKey {
        let mut row_key = [0; 32];
        // A locked barrier opens nothing, so what a zero key finds stays shut.
        let _ = self.hierarchy.with_keys(|keys| {
            match parts {
                [whole] => keys.idx.mac(&[&[table], whole], &mut row_key),
                parts => {
                    let mut identifier = Vec::with_capacity(parts.iter().map(|part| 4 + part.len()).sum());
                    for part in parts {
                        identifier.extend_from_slice(&length(part).to_be_bytes());
                        identifier.extend_from_slice(part);
                    }
                    keys.idx.mac(&[&[table], &identifier], &mut row_key);
                }
            }
            Ok(())
        });
        row_key
    }
    /// Seals a row for its place: a type-5 blob without its header. Padded, so that sizes fall into classes of 256 bytes.
    ///
    /// # Errors
    /// `TooLong` above 1 MiB less 12 bytes; `Randomness`; `Locked`.
    pub fn seal_row(&self, table: u8, key: &RowKey, sequence: u64, data: &[u8]) -> Result<Vec<u8>, Error> {
        bounded(data.len(), RECORD_MAX - HEAD_LEN)?;
        let text_len = data.len().saturating_add(HEAD_LEN).next_multiple_of(RECORD_STEP);
        let mut row = vec![0; text_len + OVERHEAD];
        let sealed = self.seal_row_in_place(table, key, sequence, data, &mut row);
        if sealed.is_err() {
            wipe(&mut row);
        }
        sealed.map(|()| row)
    }
    /// Opens a row read from its place.
    ///
    /// # Errors
    /// `Failed` if it was changed, or sealed for another place or store; `Locked`.
    /// # Cost
    /// One allocation: the row is decrypted in the buffer that is returned.
    pub fn open_row(&self, table: u8, key: &RowKey, stored: &[u8]) -> Result<OpenedRow, Error> {
        let body = Body::parse(stored)?;
        bounded(body.text.len(), RECORD_MAX).map_err(|_| Error::Failed)?;
        let opened = self.hierarchy.with_keys(|keys| {
            let header = Header::of_store(Kind::Record, &self.hierarchy.store, keys.keyring_epoch);
            let aad = aad_of_record(header, &self.hierarchy.store, table, key);
            let mut opened = SecretBytes::owning(Box::from(body.text));
            body.open_in_place(&keys.meta, Kind::Record, aad.bytes(), opened.buffer_mut())?;
            Ok(opened)
        })?;
        let (sequence, rest) = opened.expose().split_first_chunk().ok_or(Error::Failed)?;
        let sequence = u64::from_be_bytes(*sequence);
        let len = u32::from_be_bytes(*rest.first_chunk().ok_or(Error::Failed)?) as usize;
        let data = opened.window(HEAD_LEN, len).ok_or(Error::Failed)?;
        Ok(OpenedRow { sequence, data })
    }
    /// Commitment and tag of a sealed row: 48 bytes that are new with every seal and name its content.
    #[must_use]
    pub fn row_id(stored: &[u8]) -> Option<[u8; 48]> {
        let body = Body::parse(stored).ok()?;
        let mut id = [0; 48];
        id[..32].copy_from_slice(body.commitment);
        id[32..].copy_from_slice(body.tag);
        Some(id)
    }
    /// The commitment of a sealed row alone.
    #[must_use]
    pub fn commitment(stored: &[u8]) -> Option<[u8; 32]> {
        Body::parse(stored).ok().map(|body| *body.commitment)
    }
    /// A row's element of the set hash: `LE256(HMAC(K_set, 0x01 || table || row key || id))`. Zero once the store is locked.
    #[must_use]
    pub fn element(&self, table: u8, key: &RowKey, id: &[u8; 48]) -> Accumulator {
        let mut mac = [0; 32];
        let _ = self.hierarchy.with_keys(|keys| {
            keys.set.mac(&[&[0x01, table], key, id], &mut mac);
            Ok(())
        });
        Accumulator::from_le_bytes(&mac)
    }
    /// The next link of the audit chain: `HMAC(K_audit, previous || record)`. Zeros once the store is locked.
    #[must_use]
    pub fn audit_link(&self, previous: &[u8; 32], record: &[u8]) -> [u8; 32] {
        let mut link = [0; 32];
        let _ = self.hierarchy.with_keys(|keys| {
            keys.audit.mac(&[previous, record], &mut link);
            Ok(())
        });
        link
    }
    /// How often the wrapping key was replaced, from 1; 0 once the store is locked.
    #[must_use]
    pub fn wrap_epoch(&self) -> u32 {
        self.hierarchy.with_keys(|keys| Ok(keys.wrap_epoch)).unwrap_or_default()
    }
    /// How often the whole keyring was replaced, from 1; 0 once the store is locked.
    #[must_use]
    pub fn keyring_epoch(&self) -> u32 {
        self.hierarchy.with_keys(|keys| Ok(keys.keyring_epoch)).unwrap_or_default()
    }
    /// Does the keyring hold an old wrapping key beside the present one: is a shred under way?
    #[must_use]
    pub fn is_shredding(&self) -> bool {
        self.hierarchy.with_keys(|keys| Ok(keys.wrap_old.is_some())).unwrap_or_default()
    }
    /// Seals a backing key (a whole type-2 blob) anew, under the wrapping key of a prepared header, or of the present one. It
    /// is shown to nobody on the way. One that is under the new key already stays as it is.
    ///
    /// # Errors
    /// `Failed` if it opens under neither the old key nor the new one, or the header brings no other key; `Randomness`;
    /// `Locked`.
    pub fn rewrap(&self, next: Option<&Next>, blob: &[u8]) -> Result<Vec<u8>, Error> {
        let (header, body) = Header::take(Kind::BackingKey, blob)?;
        let body = Body::parse(body)?;
        bounded(body.text.len(), MATERIAL_MAX).map_err(|_| Error::Failed)?;
        let aad = aad_of_store(header, &self.hierarchy.store);
        self.hierarchy.with_keys(|present| {
            let keys = match next {
                Some(next) => next.keys().ok_or(Error::Failed)?,
                None => present,
            };
            let mut room = Wiped::<MATERIAL_MAX>::zeros();
            let material = room.0.get_mut(..body.text.len()).ok_or(Error::Failed)?;
            if body.open_into(&keys.wrap, Kind::BackingKey, aad.bytes(), material).is_ok() {
                return Ok(blob.to_vec());
            }
            let old = keys.wrap_old.as_deref().ok_or(Error::Failed)?;
            body.open_into(old, Kind::BackingKey, aad.bytes(), material)?;
            let salt = self.hierarchy.slow_salt(keys, aad.bytes(), material)?;
            seal_blob(&keys.wrap, header, &salt, aad.bytes(), material)
        })
    }
    /// Seals a backing key (a whole type-2 blob) anew, under the wrapping key of another store's barrier: that of a
    /// [successor](crate::Root::successor). It is shown to nobody on the way.
    ///
    /// # Errors
    /// `Failed` if it does not open, or the other is no barrier of the same store; `Randomness`; `Locked`.
    pub fn reseal_backing(&self, successor: &Self, blob: &[u8]) -> Result<Vec<u8>, Error> {
        let (header, body) = Header::take(Kind::BackingKey, blob)?;
        let body = Body::parse(body)?;
        if successor.hierarchy.store != self.hierarchy.store {
            return Err(Error::Failed);
        }
        let mut room = Wiped::<MATERIAL_MAX>::zeros();
        let material = room.0.get_mut(..body.text.len()).ok_or(Error::Failed)?;
        self.hierarchy.with_keys(|keys| self.hierarchy.unwrap(keys, header, body, material))?;
        let aad = aad_of_store(header, &self.hierarchy.store);
        successor.hierarchy.with_keys(|keys| {
            let salt = successor.hierarchy.slow_salt(keys, aad.bytes(), material)?;
            seal_blob(&keys.wrap, header, &salt, aad.bytes(), material)
        })
    }
    /// The id of the KMS key, and the number of the material, that a backing key (a whole type-2 blob) is of: what its header says.
    #[must_use]
    pub fn backing_of(blob: &[u8]) -> Option<([u8; 16], u32)> {
        let (header, _) = Header::take(Kind::BackingKey, blob).ok()?;
        Some((header.id, header.number))
    }
    /// Were the keys wiped?
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.hierarchy.is_locked()
    }

    fn seal_row_in_place(
        &self,
        table: u8,
        key: &RowKey,
        sequence: u64,
        data: &[u8],
        row: &mut [u8],
    ) -> Result<(), Error> {
        let text_end = row.len().saturating_sub(OVERHEAD - TEXT_AT);
        let text = TEXT_AT..text_end;
        let room = row.get_mut(text.clone()).ok_or(Error::Failed)?;
        let (sequence_room, rest) = room.split_first_chunk_mut::<8>().ok_or(Error::Failed)?;
        let (len_room, data_room) = rest.split_first_chunk_mut::<4>().ok_or(Error::Failed)?;
        *sequence_room = sequence.to_be_bytes();
        *len_room = length(data).to_be_bytes();
        data_room.get_mut(..data.len()).ok_or(Error::Failed)?.copy_from_slice(data);
        self.hierarchy.with_keys(|keys| {
            self.hierarchy.observe_sequence(sequence);
            let header = Header::of_store(Kind::Record, &self.hierarchy.store, keys.keyring_epoch);
            let aad = aad_of_record(header, &self.hierarchy.store, table, key);
            let salt = self.hierarchy.salt(keys, aad.bytes(), row.get(text).ok_or(Error::Failed)?)?;
            seal_in_place(&keys.meta, Kind::Record, &salt, aad.bytes(), row)
        })
    }
}
impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Barrier")
    }
}

/// A sum of set-hash elements modulo 2^256 (MSet-Add-Hash, Clarke et al. 2003): rows go in and out in any order.
/// Stored in sealed rows only; no sum is ever visible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accumulator([u64; 4]);

impl Accumulator {
    /// With an element, or a whole sum, more.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "a sum modulo 2^256 is not what an operator promises")]
    pub fn add(self, other: Self) -> Self {
        let mut carry = false;
        let mut sum = [0; 4];
        for ((place, one), two) in sum.iter_mut().zip(self.0).zip(other.0) {
            let (partial, first) = one.overflowing_add(two);
            let (whole, second) = partial.overflowing_add(u64::from(carry));
            *place = whole;
            carry = first || second;
        }
        Self(sum)
    }
    /// With one less.
    #[must_use]
    #[expect(clippy::should_implement_trait, reason = "a sum modulo 2^256 is not what an operator promises")]
    pub fn sub(self, other: Self) -> Self {
        let mut borrow = false;
        let mut difference = [0; 4];
        for ((place, one), two) in difference.iter_mut().zip(self.0).zip(other.0) {
            let (partial, first) = one.overflowing_sub(two);
            let (whole, second) = partial.overflowing_sub(u64::from(borrow));
            *place = whole;
            borrow = first || second;
        }
        Self(difference)
    }
    /// 32 bytes, least significant first.
    #[must_use]
    pub fn to_le_bytes(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for (place, word) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(self.0) {
            *place = word.to_le_bytes();
        }
        bytes
    }
    /// The reverse.
    #[must_use]
    pub fn from_le_bytes(bytes: &[u8; 32]) -> Self {
        let mut words = [0; 4];
        for (word, place) in words.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *word = u64::from_le_bytes(*place);
        }
        Self(words)
    }
}

/// Sequence and length.
const HEAD_LEN: usize = 8 + 4;
const RECORD_STEP: usize = 256;
/// Plaintext of one row.
const RECORD_MAX: usize = 1024 * 1024;
