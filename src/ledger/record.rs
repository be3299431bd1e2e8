//! Bytes of a row and the value they stand for. The only place that knows the codec.
//!
//! A record is framed as `"SR" || kind u8 || version u16 || length u32 || body`, integers big-endian, the body in bincode
//! 2.0.1 with its legacy configuration (little-endian, fixed width) and a limit. Decoding sees bytes only after their seal
//! was opened; it is bounded all the same, and refuses trailing bytes, other kinds and newer versions.

use bincode::config::{Configuration, Fixint, Limit, LittleEndian};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::model::account::CountsRow;
use crate::model::credential::CredentialRow;
use crate::model::grant::Grant;
pub(crate) use crate::model::key::AliasRow;
use crate::model::key::{KeyRow, KeyRowV1};
use crate::model::managed_policy::ManagedPolicyRow;
use crate::model::principal::PrincipalRow;
use crate::model::secret::SecretRow;

/// No record is longer than 1 MiB (the keystore refuses to seal more).
const BODY_LIMIT: usize = 1 << 20;
const CONFIG: Configuration<LittleEndian, Fixint, Limit<BODY_LIMIT>> =
    bincode::config::legacy().with_limit::<BODY_LIMIT>();
const MAGIC: [u8; 2] = *b"SR";
const FRAME: usize = 9;

/// A value that is kept in a row.
pub(crate) trait Record: Serialize + DeserializeOwned {
    /// Distinguishes records; never reused.
    const KIND: u8;
    /// Version of the body that this release writes.
    const VERSION: u16;
    /// Reads the body of an older version, from 1 to the last before [`VERSION`](Self::VERSION). It is written back in the
    /// new form whenever its row is next written.
    fn from_older(_version: u16, _body: &[u8]) -> Option<Self> {
        None
    }
}

impl Record for SecretRow {
    const KIND: u8 = 1;
    const VERSION: u16 = 1;
}
impl Record for KeyRow {
    const KIND: u8 = 2;
    const VERSION: u16 = 2;
    fn from_older(_version: u16, body: &[u8]) -> Option<Self> {
        whole::<KeyRowV1>(body)?.renewed()
    }
}
impl Record for AliasRow {
    const KIND: u8 = 3;
    const VERSION: u16 = 1;
}
/// All live grants of one grantee on one key, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
pub(crate) struct GrantsRow {
    pub grants: Vec<Grant>,
}
impl Record for GrantsRow {
    const KIND: u8 = 4;
    const VERSION: u16 = 1;
}
/// Where a grant is: the parts of its row's identifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub(crate) struct GrantPlace {
    pub grant: crate::name::Text,
    pub key: [u8; 16],
    /// Second part of the identifier of the row in table `g`.
    pub grantee: crate::name::Text,
    pub created: crate::clock::Timestamp,
}
impl Record for GrantPlace {
    const KIND: u8 = 5;
    const VERSION: u16 = 1;
}
impl Record for PrincipalRow {
    const KIND: u8 = 6;
    const VERSION: u16 = 1;
}
impl Record for ManagedPolicyRow {
    const KIND: u8 = 8;
    const VERSION: u16 = 1;
}
impl Record for CredentialRow {
    const KIND: u8 = 9;
    const VERSION: u16 = 1;
}
impl Record for CountsRow {
    const KIND: u8 = 10;
    const VERSION: u16 = 1;
}
/// What a store is: written once, at its creation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub(crate) struct SettingsRow {
    pub account: crate::name::Text,
    pub region: crate::name::Text,
    pub created: crate::clock::Timestamp,
    /// Key id of `aws/secretsmanager`, once it was made.
    pub managed_key: Option<[u8; 16]>,
}
impl Record for SettingsRow {
    const KIND: u8 = 7;
    const VERSION: u16 = 1;
}

/// Something was removed whose bytes may live on in pages that are not used again yet; there until they are scrubbed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
pub(crate) struct StaleRow {
    /// Epoch of the wrapping key that backing keys were under when they were removed; `None`: none were.
    pub wrap_epoch: Option<u32>,
}
impl Record for StaleRow {
    const KIND: u8 = 12;
    const VERSION: u16 = 1;
}

/// Why a record could not be taken: never with its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordFault {
    /// Not a record of this kind, or bytes left over.
    Damaged,
    /// Written by a newer release.
    Newer,
}

pub(crate) fn encode<R: Record>(record: &R) -> Result<Vec<u8>, RecordFault> {
    let body = bincode::serde::encode_to_vec(record, CONFIG).map_err(|_| RecordFault::Damaged)?;
    let length = u32::try_from(body.len()).map_err(|_| RecordFault::Damaged)?;
    let mut bytes = Vec::with_capacity(FRAME.saturating_add(body.len()));
    bytes.extend_from_slice(&MAGIC);
    bytes.push(R::KIND);
    bytes.extend_from_slice(&R::VERSION.to_be_bytes());
    bytes.extend_from_slice(&length.to_be_bytes());
    bytes.extend_from_slice(&body);
    Ok(bytes)
}

pub(crate) fn decode<R: Record>(bytes: &[u8]) -> Result<R, RecordFault> {
    let (frame, body) = bytes.split_first_chunk::<FRAME>().ok_or(RecordFault::Damaged)?;
    let [m0, m1, kind, v0, v1, l0, l1, l2, l3] = *frame;
    let version = u16::from_be_bytes([v0, v1]);
    let length = usize::try_from(u32::from_be_bytes([l0, l1, l2, l3])).map_err(|_| RecordFault::Damaged)?;
    if [m0, m1] != MAGIC || kind != R::KIND || length != body.len() || version == 0 {
        return Err(RecordFault::Damaged);
    }
    if version > R::VERSION {
        return Err(RecordFault::Newer);
    }
    let record = if version == R::VERSION { whole(body) } else { R::from_older(version, body) };
    record.ok_or(RecordFault::Damaged)
}

/// A body without a byte left over.
fn whole<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    match bincode::serde::decode_from_slice(body, CONFIG) {
        Ok((record, used)) if used == body.len() => Some(record),
        _ => None,
    }
}
