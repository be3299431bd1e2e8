//! Bytes of a row and the value they stand for. The only place that knows the codec.
//!
//! A record is framed as `"SR" || kind u8 || version u16 || length u32 || body`, integers big-endian, the body in bincode
//! 2.0.1 with its legacy configuration (little-endian, fixed width) and a limit. Decoding sees bytes only after their seal
//! was opened; it is bounded all the same, and refuses trailing bytes, other kinds and newer versions.

use bincode::config::{Configuration, Fixint, Limit, LittleEndian};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::model::account::CountsRow;
use crate::model::credential::CredentialRow;
use crate::model::grant::Grant;
pub(crate) use crate::model::grant::GrantsRow;
pub(crate) use crate::model::key::AliasRow;
use crate::model::key::{KeyRow, KeyRowV1};
use crate::model::managed_policy::ManagedPolicyRow;
use crate::model::principal::PrincipalRow;
use crate::model::secret::{SecretRow, SecretRowV1};

/// No record is longer than 1 MiB (the keystore refuses to seal more).
const BODY_LIMIT: usize = 1 << 20;
const CONFIG: Configuration<LittleEndian, Fixint, Limit<BODY_LIMIT>> =
    bincode::config::legacy().with_limit::<BODY_LIMIT>();
const MAGIC: [u8; 2] = *b"SR";
pub(crate) const FRAME: usize = 9;

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
    const VERSION: u16 = 2;
    fn from_older(_version: u16, body: &[u8]) -> Option<Self> {
        Some(whole::<SecretRowV1>(body)?.renewed())
    }
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
impl Record for GrantsRow {
    const KIND: u8 = 4;
    const VERSION: u16 = 2;
    /// All grants of one grantee on one key were one row.
    fn from_older(_version: u16, body: &[u8]) -> Option<Self> {
        Some(Self { grants: whole(body)?, ..Self::default() })
    }
}
/// A grant, by its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub(crate) enum GrantRow {
    /// As releases of before kept it: the grant itself lies in the row of its grantee.
    Beside(GrantPlace),
    Whole(LinkedGrant),
}
/// A grant and its neighbours in the classes that it is of: see [`GrantsRow`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub(crate) struct LinkedGrant {
    pub grant: Grant,
    /// One for each of its homes, in their order.
    pub links: Vec<Link>,
}
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
pub(crate) struct Link {
    pub before: Option<[u8; 32]>,
    pub after: Option<[u8; 32]>,
}
impl Record for GrantRow {
    const KIND: u8 = 5;
    const VERSION: u16 = 2;
    fn from_older(_version: u16, body: &[u8]) -> Option<Self> {
        whole(body).map(Self::Beside)
    }
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

/// What is left of a deleted key, for 90 days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub(crate) struct Tombstone {
    pub key: [u8; 16],
    pub multi_region: bool,
    pub deleted: crate::clock::Timestamp,
}
impl Record for Tombstone {
    const KIND: u8 = 11;
    const VERSION: u16 = 1;
}
impl Tombstone {
    /// Is its time over?
    pub(crate) fn is_over(&self, now: crate::clock::Timestamp) -> bool {
        self.deleted.plus_days(TOMBSTONE_DAYS) <= now
    }
}
/// A jump of the clock that was committed and that nobody has confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
pub(crate) struct ClockRow {
    pub before: crate::clock::Timestamp,
    pub after: crate::clock::Timestamp,
}
impl Record for ClockRow {
    const KIND: u8 = 12;
    const VERSION: u16 = 1;
}
impl ClockRow {
    /// Is that more than a clock should advance between two commits?
    pub(crate) fn is_jump(before: crate::clock::Timestamp, after: crate::clock::Timestamp) -> bool {
        before.plus_days(JUMP_DAYS) < after
    }
}
/// Errors and audits can name a deleted key for so long.
const TOMBSTONE_DAYS: i64 = 90;
const JUMP_DAYS: i64 = 90;

/// Is this a record of that kind, as far as its frame tells?
pub(crate) fn is<R: Record>(bytes: &[u8]) -> bool {
    matches!(bytes, [_, _, kind, ..] if *kind == R::KIND)
}
/// Something was removed whose bytes may live on in pages that are not used again yet; there until they are scrubbed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
pub(crate) struct StaleRow {
    /// Epoch of the wrapping key that backing keys were under when they were removed; `None`: none were.
    pub wrap_epoch: Option<u32>,
}
impl Record for StaleRow {
    const KIND: u8 = 13;
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
    let (version, body) = unframed::<R>(bytes)?;
    let record = if version == R::VERSION { whole(body) } else { R::from_older(version, body) };
    record.ok_or(RecordFault::Damaged)
}
/// The same, as something that borrows from the bytes; `None`: an older release wrote it.
pub(crate) fn borrowed<'b, R: Record, B: Deserialize<'b>>(bytes: &'b [u8]) -> Result<Option<B>, RecordFault> {
    let (version, body) = unframed::<R>(bytes)?;
    if version == R::VERSION { whole(body).map(Some).ok_or(RecordFault::Damaged) } else { Ok(None) }
}

/// Version and body.
fn unframed<R: Record>(bytes: &[u8]) -> Result<(u16, &[u8]), RecordFault> {
    let (frame, body) = bytes.split_first_chunk::<FRAME>().ok_or(RecordFault::Damaged)?;
    let [m0, m1, kind, v0, v1, l0, l1, l2, l3] = *frame;
    let version = u16::from_be_bytes([v0, v1]);
    let length = usize::try_from(u32::from_be_bytes([l0, l1, l2, l3])).map_err(|_| RecordFault::Damaged)?;
    if [m0, m1] != MAGIC || kind != R::KIND || length != body.len() || version == 0 {
        return Err(RecordFault::Damaged);
    }
    if version > R::VERSION { Err(RecordFault::Newer) } else { Ok((version, body)) }
}

/// A body without a byte left over.
pub(super) fn whole<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Option<T> {
    // Texts are read where they lie, and copied once.
    match bincode::serde::borrow_decode_from_slice(body, CONFIG) {
        Ok((record, used)) if used == body.len() => Some(record),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::model::filter::Listed;
    use crate::model::key::{
        self, Came, KeyManager, KeyOrigin, KeySpec, KeyState, MATERIALS_MAX, MaterialRow, POLICY_MAX,
    };
    use crate::model::replication::{Replica, Replication};
    use crate::model::rotation::{Rotation, Rules, Run, RunKind, Window};
    use crate::model::secret::{Deletion, SecretCard, TagCard};
    use crate::model::version::{SealedAt, VersionRow};
    use crate::model::{StoredPolicy, Tag};
    use crate::name::Text;

    #[test]
    fn a_key_of_as_many_materials_as_it_may_have_and_the_longest_of_all_else_fits_a_record() {
        let late = Timestamp::from_millis(i64::MAX);
        let text = |letters: usize| Text::from("ÿ".repeat(letters));
        let row = KeyRow {
            id: [255; 16],
            arn: text(100),
            description: text(8192),
            created: late,
            manager: KeyManager::Customer,
            spec: KeySpec::SymmetricDefault,
            origin: KeyOrigin::AwsKms,
            multi_region: true,
            state: KeyState::PendingDeletion { due: late, window_days: 30 },
            // Every principal it names takes a few dozen bytes; this is more than it can name.
            policy: StoredPolicy { text: text(POLICY_MAX / 2), principals: vec![(text(64), text(16)); 512] },
            tags: vec![Tag { key: text(128), value: text(256) }; 50],
            materials: (1..=u32::try_from(MATERIALS_MAX).unwrap())
                .map(|number| MaterialRow::made(u32::MAX - number, [255; 32], late, Came::Automatic))
                .collect(),
            aliases: vec![text(256); 50],
            grants: 50_000,
            rotation: key::Rotation { period_days: Some(2560), from: late, on_demand: 25 },
            last_use: None,
        };
        let bytes = encode(&row).unwrap();
        assert!(bytes.len() < BODY_LIMIT, "{}", bytes.len());
        assert_eq!(decode::<KeyRow>(&bytes).unwrap().materials.len(), MATERIALS_MAX);
    }

    /// Everything that a row can hold.
    fn full() -> SecretRow {
        let at = Timestamp::from_millis;
        let text = |text: &str| Text::from(text);
        let version = |id: &str, labels: &[&str], valued: bool| VersionRow {
            id: text(id),
            created: at(5),
            last_accessed: Some(at(6)),
            labels: labels.iter().map(|label| text(label)).collect(),
            value: valued.then_some(SealedAt {
                key: [7; 16],
                multi_region: true,
                material: 8,
                sequence: 9,
                binary: true,
            }),
        };
        SecretRow {
            description: text("d\u{e4}"),
            kms_key_id: Some(text("alias/k")),
            key: Some([1; 16]),
            last_changed: at(2),
            last_accessed: Some(at(3)),
            deletion: Some(Deletion { requested: at(4), due: at(5) }),
            tags: Some(vec![Tag { key: text("k"), value: text("v") }, Tag { key: text("l"), value: text("") }]),
            policy: Some(StoredPolicy { text: text("{}"), principals: vec![(text("arn"), text("id"))] }),
            versions: vec![version("a", &["AWSPREVIOUS", "mine"], true), version("b", &["AWSCURRENT"], true)],
            rotation: Some(Box::new(Rotation {
                enabled: true,
                function: text("arn:f"),
                rules: Rules {
                    automatically_after_days: Some(3),
                    duration: Some(text("2h")),
                    schedule_expression: Some(text("rate(3 days)")),
                },
                next: Some(Window { start: at(10), end: at(11) }),
                run: Some(Run::new(text("token"), RunKind::Test, [2; 16], at(12))),
                failure: Some(text("no")),
            })),
            last_rotated: Some(at(13)),
            replication: Some(Box::new(Replication::Primary(vec![Replica {
                region: text("eu-west-1"),
                kms_key_id: Some(text("alias/k")),
                failure: Some(text("why")),
            }]))),
            secret_type: Some(text("Partner")),
            expires: Some(at(14)),
            ..SecretRow::new(text("n"), text("arn:aws:secretsmanager:us-east-1:000000000000:secret:n-AbCdEf"), at(1))
        }
    }

    #[test]
    fn a_card_says_of_every_row_what_the_row_says() {
        let full = full();
        let bare = SecretRow::new(full.name.clone(), full.arn.clone(), full.created);
        let mut rows = vec![full.clone(), bare.clone()];
        let one_less: [fn(&mut SecretRow); 12] = [
            |row| row.deletion = None,
            |row| row.tags = None,
            |row| row.policy = None,
            |row| row.versions.clear(),
            |row| row.versions[1].value = None,
            |row| row.versions[1].labels.clear(),
            |row| row.rotation = None,
            |row| row.rotation.as_mut().unwrap().run = None,
            |row| row.rotation.as_mut().unwrap().rules = Rules::default(),
            |row| row.replication = Some(Box::new(Replication::ReplicaOf(Text::from("ap-southeast-2")))),
            |row| row.replication = None,
            |row| row.last_accessed = None,
        ];
        for change in one_less {
            let mut row = full.clone();
            change(&mut row);
            rows.push(row);
        }
        for row in rows {
            let bytes = encode(&row).unwrap();
            let card = borrowed::<SecretRow, SecretCard<'_>>(&bytes).unwrap().unwrap();
            let (card, row) = (Listed::from(&card), Listed::from(&row));
            let tags: Vec<(&str, &str)> = row.tags.iter().map(|tag| (&*tag.key, &*tag.value)).collect();
            assert_eq!(card.tags.iter().map(|tag| (tag.key, tag.value)).collect::<Vec<_>>(), tags);
            assert_eq!(format!("{:?}", without_tags(&card)), format!("{:?}", Listed { tags: &[], ..row }));
        }
    }
    fn without_tags<'a>(card: &Listed<'a, TagCard<'_>>) -> Listed<'a, Tag> {
        let Listed { name, arn, description, created, last_changed, last_accessed, due, valued, .. } = *card;
        let (primary_region, owning_service) = (card.primary_region, card.owning_service);
        Listed {
            name,
            arn,
            description,
            tags: &[],
            created,
            last_changed,
            last_accessed,
            due,
            valued,
            primary_region,
            owning_service,
        }
    }

    #[test]
    fn bytes_that_are_no_row_are_no_card_either() {
        let bytes = encode(&full()).unwrap();
        for cut in 0..bytes.len() {
            assert!(borrowed::<SecretRow, SecretCard<'_>>(&bytes[..cut]).is_err(), "{cut}");
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert!(borrowed::<SecretRow, SecretCard<'_>>(&longer).is_err());
        let mut newer = bytes.clone();
        newer[4] += 1;
        assert_eq!(borrowed::<SecretRow, SecretCard<'_>>(&newer).unwrap_err(), RecordFault::Newer);
        let mut older = bytes;
        older[4] = 1;
        assert!(borrowed::<SecretRow, SecretCard<'_>>(&older).unwrap().is_none(), "to be read as what it is");
    }
}
