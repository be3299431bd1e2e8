//! The header region as bytes: two copies, each with slots, system keyring, MAC and check. The ledger writes them.
//!
//! One copy, 8192 bytes; integers are big-endian; what is not named is zero, and refused if it is not:
//!
//! | offset | size | field |
//! |---|---|---|
//! | 0 | 8 | `STRONGRM` |
//! | 8 | 2 | format = 1 |
//! | 12 | 4 | flags: bit 0 shared between processes |
//! | 16 | 16 | store id |
//! | 32 | 8 | generation, from 1 |
//! | 40 | 4 | root epoch, from 1 |
//! | 64 | 6400 | 8 slots of 800: provider u8 (0 = empty), zero u8, params length u16, type-1 blob 128, params |
//! | 6464 | 424 | system keyring, type-6 blob |
//! | 8128 | 32 | HMAC under root/header of bytes 0..8128 |
//! | 8160 | 32 | SHA-256 of bytes 0..8160: finds torn writes; anyone can compute it |

use subtle::ConstantTimeEq;

use crate::derive::{Prf, sha256};
use crate::error::{Error, HeaderFault};

/// Both copies: what lies before the database in the file.
pub const REGION_LEN: usize = 2 * COPY_LEN;
/// One copy.
pub const COPY_LEN: usize = 8_192;
/// How many unlock slots there are.
pub(crate) const SLOTS: usize = 8;
/// What a slot can hold of its provider's parameters.
pub(crate) const PARAMS_MAX: usize = 668;
pub(crate) const SLOT_BLOB_LEN: usize = 128;
pub(crate) const KEYRING_BLOB_LEN: usize = 424;

/// One copy, taken apart. A claim until [`is_genuine`] has said yes.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct HeaderCopy {
    pub(crate) shared: bool,
    pub(crate) store: [u8; 16],
    pub(crate) generation: u64,
    pub(crate) root_epoch: u32,
    pub(crate) slots: [Option<Slot>; SLOTS],
    pub(crate) keyring: [u8; KEYRING_BLOB_LEN],
}

/// One way to unlock: the root key, sealed under the provider's key.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    /// Which kind of provider; kinds this build does not know are kept as they are.
    pub(crate) provider: u8,
    pub(crate) blob: [u8; SLOT_BLOB_LEN],
    pub(crate) params: Vec<u8>,
}

impl HeaderCopy {
    /// Slot indices that are in use, with their slots.
    pub(crate) fn used_slots(&self) -> impl Iterator<Item = (u8, &Slot)> {
        (0_u8..).zip(&self.slots).filter_map(|(index, slot)| Some((index, slot.as_ref()?)))
    }
    pub(crate) fn slot(&self, index: u8) -> Result<&Slot, Error> {
        self.slots.get(usize::from(index)).and_then(Option::as_ref).ok_or(Error::NoSuchSlot(index))
    }
    /// The copy as bytes, under its MAC.
    pub(crate) fn encode(&self, mac_key: &Prf) -> Vec<u8> {
        let mut writer = Writer(Vec::with_capacity(COPY_LEN));
        writer.put(MAGIC);
        writer.put(&FORMAT.to_be_bytes());
        writer.zeros_to(12);
        writer.put(&u32::from(self.shared).to_be_bytes());
        writer.put(&self.store);
        writer.put(&self.generation.to_be_bytes());
        writer.put(&self.root_epoch.to_be_bytes());
        writer.zeros_to(SLOTS_AT);
        for (slot, end) in self.slots.iter().zip((SLOTS_AT + SLOT_LEN..).step_by(SLOT_LEN)) {
            if let Some(slot) = slot {
                writer.put(&[slot.provider, 0]);
                // Bounded to 668 wherever a slot is made.
                writer.put(&u16::try_from(slot.params.len()).unwrap_or(u16::MAX).to_be_bytes());
                writer.put(&slot.blob);
                writer.put(&slot.params);
            }
            writer.zeros_to(end);
        }
        writer.put(&self.keyring);
        writer.zeros_to(MAC_AT);
        let mut mac = [0; 32];
        mac_key.mac(&[&writer.0], &mut mac);
        writer.put(&mac);
        let check = sha256(&writer.0);
        writer.put(&check);
        writer.0
    }
    /// Reads a copy. Format and check come first, then the fields; nothing that is not named may be set.
    pub(crate) fn parse(copy: &[u8]) -> Result<Self, HeaderFault> {
        let copy: &[u8; COPY_LEN] = copy.try_into().map_err(|_| HeaderFault::NotAStore)?;
        let mut reader = Reader(copy);
        if reader.take::<8>()? != MAGIC {
            return Err(HeaderFault::NotAStore);
        }
        let format = u16::from_be_bytes(*reader.take()?);
        if format > FORMAT {
            return Err(HeaderFault::NewerFormat(format));
        }
        if format != FORMAT || !check_holds(copy) {
            return Err(HeaderFault::Damaged);
        }
        reader.zeros(2)?;
        let shared = match u32::from_be_bytes(*reader.take()?) {
            0 => false,
            1 => true,
            _ => return Err(HeaderFault::Damaged),
        };
        let store = *reader.take()?;
        let generation = u64::from_be_bytes(*reader.take()?);
        let root_epoch = u32::from_be_bytes(*reader.take()?);
        reader.zeros(SLOTS_AT - 44)?;
        let mut slots = [const { None }; SLOTS];
        for slot in &mut slots {
            *slot = Slot::parse(Reader(reader.take::<SLOT_LEN>()?))?;
        }
        let keyring = *reader.take()?;
        reader.zeros(MAC_AT - KEYRING_AT - KEYRING_BLOB_LEN)?;
        if generation == 0 || root_epoch == 0 {
            return Err(HeaderFault::Damaged);
        }
        Ok(Self { shared, store, generation, root_epoch, slots, keyring })
    }
}

impl Slot {
    fn parse(mut reader: Reader<'_>) -> Result<Option<Self>, HeaderFault> {
        let [provider, zero] = *reader.take()?;
        let params_len = usize::from(u16::from_be_bytes(*reader.take()?));
        if provider == 0 {
            return if zero == 0 && params_len == 0 {
                reader.only_zeros().map(|()| None)
            } else {
                Err(HeaderFault::Damaged)
            };
        }
        let blob = *reader.take()?;
        let (params, rest) = reader.0.split_at_checked(params_len).ok_or(HeaderFault::Damaged)?;
        if zero != 0 {
            return Err(HeaderFault::Damaged);
        }
        Reader(rest).only_zeros()?;
        Ok(Some(Self { provider, blob, params: params.to_vec() }))
    }
}

/// Does the MAC hold? In constant time. Only then is anything in the copy believed, sharing mode included.
pub(crate) fn is_genuine(copy: &[u8], mac_key: &Prf) -> bool {
    let Some((covered, rest)) = copy.split_at_checked(MAC_AT) else { return false };
    let mut mac = [0; 32];
    mac_key.mac(&[covered], &mut mac);
    rest.first_chunk::<32>().is_some_and(|stored| stored.ct_eq(&mac).into())
}

/// Is the copy whole? No proof of origin.
pub(crate) fn check_holds(copy: &[u8; COPY_LEN]) -> bool {
    copy.split_last_chunk::<32>().is_some_and(|(covered, check)| sha256(covered) == *check)
}

struct Writer(Vec<u8>);

impl Writer {
    fn put(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }
    fn zeros_to(&mut self, offset: usize) {
        debug_assert!(self.0.len() <= offset, "a field before offset {offset} is too long");
        self.0.resize(offset, 0);
    }
}

#[derive(Clone, Copy)]
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take<const N: usize>(&mut self) -> Result<&'a [u8; N], HeaderFault> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(HeaderFault::Damaged)?;
        self.0 = rest;
        Ok(taken)
    }
    fn zeros(&mut self, len: usize) -> Result<(), HeaderFault> {
        let (zeros, rest) = self.0.split_at_checked(len).ok_or(HeaderFault::Damaged)?;
        self.0 = rest;
        Reader(zeros).only_zeros()
    }
    fn only_zeros(self) -> Result<(), HeaderFault> {
        if self.0.iter().all(|byte| *byte == 0) { Ok(()) } else { Err(HeaderFault::Damaged) }
    }
}

const MAGIC: &[u8; 8] = b"STRONGRM";
const FORMAT: u16 = 1;
const SLOTS_AT: usize = 64;
const SLOT_LEN: usize = 800;
const KEYRING_AT: usize = SLOTS_AT + SLOTS * SLOT_LEN;
const MAC_AT: usize = 8_128;
const _: () = assert!(KEYRING_AT == 6_464 && 4 + SLOT_BLOB_LEN + PARAMS_MAX == SLOT_LEN);
