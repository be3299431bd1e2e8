//! The sealed bytes, field by field: SRC1.
//!
//! ```text
//! okm  = HKDF-Expand-SHA-256(prk = K, info = "S" || type || salt(20), L = 64)
//! blob = header(28) || salt(20) || okm[32..64] || AES-256-GCM(key = okm[0..32], nonce = 0, aad, plaintext)
//! ```
//!
//! Header: magic `SRC1`, type u8, suite u8 = 1, flags u16 (bit 0: multi-Region key id), id 16, number u32; big-endian.
//! In rows the header is left out: the reader knows every field, rebuilds it, and the AAD proves it.
//! The payload of a secret version (type 4) has neither salt nor commitment: its key is a data key made for it alone, and the
//! wrapped data key beside it commits.

use subtle::ConstantTimeEq;

use crate::aead::{self, TAG_LEN};
use crate::derive::{Okm, Prf};
use crate::error::Error;
use crate::permit::KeyId;

/// The levels of the hierarchy; part of header, AAD and derivation. 7 is reserved and refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    RootSlot = 1,
    BackingKey = 2,
    Ciphertext = 3,
    Payload = 4,
    Record = 5,
    Keyring = 6,
    Token = 8,
    DataKey = 9,
}

impl Kind {
    fn from_byte(byte: u8) -> Option<Self> {
        Some(match byte {
            1 => Self::RootSlot,
            2 => Self::BackingKey,
            3 => Self::Ciphertext,
            4 => Self::Payload,
            5 => Self::Record,
            6 => Self::Keyring,
            8 => Self::Token,
            9 => Self::DataKey,
            _ => return None,
        })
    }
    /// A KMS key's id stands in the header; otherwise it is the store's.
    fn names_a_key(self) -> bool {
        matches!(self, Self::BackingKey | Self::Ciphertext | Self::Payload | Self::DataKey)
    }
}

/// The first 28 bytes of a blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    pub(crate) multi_region: bool,
    /// Key id, or store id, by kind.
    pub(crate) id: [u8; 16],
    /// Material version, slot index, keyring epoch or root epoch, by kind.
    pub(crate) number: u32,
}

impl Header {
    pub(crate) fn of_store(kind: Kind, store: &[u8; 16], number: u32) -> Self {
        Self { kind, multi_region: false, id: *store, number }
    }
    pub(crate) fn of_key(kind: Kind, key: KeyId, material: u32) -> Self {
        Self { kind, multi_region: key.multi_region, id: key.id, number: material }
    }
    pub(crate) fn to_bytes(self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        bytes[..4].copy_from_slice(MAGIC);
        bytes[4] = self.kind as u8;
        bytes[5] = SUITE;
        bytes[7] = u8::from(self.multi_region);
        bytes[8..24].copy_from_slice(&self.id);
        bytes[24..].copy_from_slice(&self.number.to_be_bytes());
        bytes
    }
    /// `None` for a foreign magic, an unknown type or suite, or a flag that is not defined.
    pub(crate) fn parse(bytes: &[u8; HEADER_LEN]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk::<4>()?;
        let ([kind, suite, flags_high, flags_low], rest) = rest.split_first_chunk::<4>()?;
        let (id, number) = rest.split_first_chunk::<16>()?;
        let kind = Kind::from_byte(*kind)?;
        let known_flags = u8::from(kind.names_a_key());
        if magic != MAGIC || *suite != SUITE || *flags_high != 0 || *flags_low & !known_flags != 0 {
            return None;
        }
        Some(Self { kind, multi_region: *flags_low == 1, id: *id, number: u32::from_be_bytes(*number.first_chunk()?) })
    }
    /// Splits a blob into header and body; checks that the header is of `kind`.
    pub(crate) fn take(kind: Kind, blob: &[u8]) -> Result<(Self, &[u8]), Error> {
        let (bytes, body) = blob.split_first_chunk().ok_or(Error::Failed)?;
        match Self::parse(bytes) {
            Some(header) if header.kind == kind => Ok((header, body)),
            _ => Err(Error::Failed),
        }
    }
}

/// What a KMS ciphertext says in the clear: under which key, and which of its materials, it was sealed. A claim until the
/// ciphertext has opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlobHeader {
    /// The KMS key.
    pub key: KeyId,
    /// Version of its material.
    pub material: u32,
}

impl BlobHeader {
    /// Reads the header of a ciphertext of the KMS API (type 3). `None` for anything else: other blobs of the store too.
    #[must_use]
    pub fn parse(type3_blob: &[u8]) -> Option<Self> {
        let (header, body) = Header::take(Kind::Ciphertext, type3_blob).ok()?;
        Body::parse(body).ok()?;
        Some(Self { key: KeyId { id: header.id, multi_region: header.multi_region }, material: header.number })
    }
}

/// A sealed body: what stands behind the header.
#[derive(Clone, Copy)]
pub(crate) struct Body<'a> {
    pub(crate) salt: &'a [u8; SALT_LEN],
    pub(crate) commitment: &'a [u8; 32],
    pub(crate) text: &'a [u8],
    pub(crate) tag: &'a [u8; TAG_LEN],
}

impl<'a> Body<'a> {
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, Error> {
        let (salt, rest) = body.split_first_chunk().ok_or(Error::Failed)?;
        let (commitment, rest) = rest.split_first_chunk().ok_or(Error::Failed)?;
        let (text, tag) = rest.split_last_chunk().ok_or(Error::Failed)?;
        Ok(Self { salt, commitment, text, tag })
    }
    /// Opens into `out`, which must be as long as the text. The commitment is compared, in constant time, before the cipher
    /// runs.
    pub(crate) fn open_into(&self, key: &Prf, kind: Kind, aad: &[u8], out: &mut [u8]) -> Result<(), Error> {
        if out.len() != self.text.len() {
            return Err(Error::Failed);
        }
        out.copy_from_slice(self.text);
        self.open_in_place(key, kind, aad, out)
    }
    /// The same where `text` holds a copy of the sealed text already.
    pub(crate) fn open_in_place(&self, key: &Prf, kind: Kind, aad: &[u8], text: &mut [u8]) -> Result<(), Error> {
        let mut okm = Okm::zeros();
        key.expand(kind as u8, self.salt, &mut okm);
        if !commits(&okm.commitment, self.commitment) {
            return Err(Error::Failed);
        }
        aead::open(&okm.key, aad, text, self.tag)
    }
}

/// Seals into `room`, which is salt, commitment, text and tag in their final places: the plaintext stands in the text's.
pub(crate) fn seal_in_place(
    key: &Prf,
    kind: Kind,
    salt: &[u8; SALT_LEN],
    aad: &[u8],
    room: &mut [u8],
) -> Result<(), Error> {
    let (salt_room, rest) = room.split_first_chunk_mut::<SALT_LEN>().ok_or(Error::Failed)?;
    let (commitment_room, rest) = rest.split_first_chunk_mut::<32>().ok_or(Error::Failed)?;
    let (text, tag_room) = rest.split_last_chunk_mut::<TAG_LEN>().ok_or(Error::Failed)?;
    let mut okm = Okm::zeros();
    key.expand(kind as u8, salt, &mut okm);
    *tag_room = aead::seal(&okm.key, aad, text)?;
    *salt_room = *salt;
    *commitment_room = okm.commitment;
    Ok(())
}

/// A whole blob: header, then body.
pub(crate) fn seal_blob(
    key: &Prf,
    header: Header,
    salt: &[u8; SALT_LEN],
    aad: &[u8],
    plaintext: &[u8],
) -> Result<Vec<u8>, Error> {
    let len = plaintext.len().checked_add(HEADER_LEN + OVERHEAD).ok_or(Error::Failed)?;
    let mut blob = Vec::with_capacity(len);
    blob.extend_from_slice(&header.to_bytes());
    blob.resize(HEADER_LEN + TEXT_AT, 0);
    blob.extend_from_slice(plaintext);
    blob.resize(len, 0);
    let room = blob.get_mut(HEADER_LEN..).ok_or(Error::Failed)?;
    seal_in_place(key, header.kind, salt, aad, room)?;
    Ok(blob)
}

/// Are two commitments equal? In constant time, as two wide words: byte by byte costs seven times as much.
/// The only place where this is decided.
fn commits(derived: &[u8; 32], stored: &[u8; 32]) -> bool {
    let words = |bytes: &[u8; 32]| {
        let [first, second] = bytes.as_chunks::<16>().0 else { return [0, 0] };
        [u128::from_ne_bytes(*first), u128::from_ne_bytes(*second)]
    };
    let ([one, two], [three, four]) = (words(derived), words(stored));
    (one.ct_eq(&three) & two.ct_eq(&four)).into()
}

/// Associated data: the header, then TLVs (`u16 tag || u32 length || bytes`) in ascending order, a fixed set per type.
/// Built in an array of the exact length: a mistake in it shows at the first use.
pub(crate) struct Aad<const N: usize> {
    bytes: [u8; N],
    filled: usize,
}

impl<const N: usize> Aad<N> {
    pub(crate) fn new(header: Header) -> Self {
        let mut aad = Self { bytes: [0; N], filled: 0 };
        aad.put(&header.to_bytes());
        aad
    }
    pub(crate) fn with(mut self, tag: u16, value: &[u8]) -> Self {
        self.put(&tag.to_be_bytes());
        self.put(&length(value).to_be_bytes());
        self.put(value);
        self
    }
    pub(crate) fn bytes(&self) -> &[u8] {
        debug_assert_eq!(self.filled, N, "associated data of this type has another length");
        &self.bytes
    }
    fn put(&mut self, value: &[u8]) {
        let end = self.filled.saturating_add(value.len());
        if let Some(place) = self.bytes.get_mut(self.filled..end) {
            place.copy_from_slice(value);
        }
        self.filled = end;
    }
}

/// Types 2 and 6.
pub(crate) fn aad_of_store(header: Header, store: &[u8; 16]) -> Aad<58> {
    Aad::new(header).with(tag::STORE, store).with(tag::FORMAT, &FORMAT)
}
/// Type 8.
pub(crate) fn aad_of_token(header: Header, store: &[u8; 16], purpose: u8) -> Aad<65> {
    Aad::new(header).with(tag::STORE, store).with(tag::FORMAT, &FORMAT).with(tag::PURPOSE, &[purpose])
}
/// Type 5.
pub(crate) fn aad_of_record(header: Header, store: &[u8; 16], table: u8, row: &[u8; 32]) -> Aad<103> {
    Aad::new(header).with(tag::STORE, store).with(tag::TABLE, &[table]).with(tag::ROW, row).with(tag::FORMAT, &FORMAT)
}
/// Type 4.
pub(crate) fn aad_of_payload(header: Header, sequence: u64) -> Aad<42> {
    Aad::new(header).with(tag::SEQUENCE, &sequence.to_be_bytes())
}
/// Type 1; its parameters are 0 to 668 bytes.
pub(crate) fn aad_of_slot(header: Header, store: &[u8; 16], params: &[u8]) -> Vec<u8> {
    let mut aad = Vec::with_capacity(64 + params.len());
    aad.extend_from_slice(aad_of_store(header, store).bytes());
    aad.extend_from_slice(&tag::PARAMS.to_be_bytes());
    aad.extend_from_slice(&length(params).to_be_bytes());
    aad.extend_from_slice(params);
    aad
}

/// A length that a TLV can tell. Everything that comes here was bounded far below 2^32.
pub(crate) fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

pub(crate) mod tag {
    pub(crate) const STORE: u16 = 0x0001;
    pub(crate) const TABLE: u16 = 0x0002;
    pub(crate) const ROW: u16 = 0x0003;
    pub(crate) const FORMAT: u16 = 0x0006;
    pub(crate) const PARAMS: u16 = 0x0007;
    pub(crate) const PURPOSE: u16 = 0x0008;
    pub(crate) const CONTEXT: u16 = 0x0010;
    pub(crate) const SEQUENCE: u16 = 0x0020;
}

pub(crate) const HEADER_LEN: usize = 28;
pub(crate) const SALT_LEN: usize = 20;
/// Where the text begins behind the header: salt and commitment.
pub(crate) const TEXT_AT: usize = SALT_LEN + 32;
/// What sealing adds, the header not counted.
pub(crate) const OVERHEAD: usize = TEXT_AT + TAG_LEN;
const MAGIC: &[u8; 4] = b"SRC1";
const SUITE: u8 = 0x01;
/// Stays 1 while suite 1 is in use, whatever the file header's format.
const FORMAT: [u8; 2] = [0, 1];
