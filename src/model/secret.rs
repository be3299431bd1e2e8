//! A secret and its rules: names, identifiers, deletion, and what a repeated request means.

use serde::{Deserialize, Serialize};

mod card;
mod older;

pub(crate) use card::{SecretCard, TagCard};
pub(crate) use older::SecretRowV1;

use super::draw::{self, Fill};
use super::replication::Replication;
use super::rotation::Rotation;
use super::version::{PENDING, VersionRow};
use super::{Home, StoredPolicy, Tag};
use crate::clock::Timestamp;
use crate::error::{Error, secretsmanager as texts};
use crate::name::{Arn, PARTITION, Text};

/// Everything about a secret but its values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SecretRow {
    pub name: Text,
    /// Full ARN with its six-character suffix; never changes.
    pub arn: Text,
    /// Empty: none.
    pub description: Text,
    /// The key as the request named it; `None`: the managed key `aws/secretsmanager`.
    pub kms_key_id: Option<Text>,
    /// The id of that key; `None` with the managed key.
    pub key: Option<[u8; 16]>,
    pub created: Timestamp,
    pub last_changed: Timestamp,
    /// Midnight UTC of the day of the last read of a value.
    pub last_accessed: Option<Timestamp>,
    pub deletion: Option<Deletion>,
    /// `None`: never tagged; `Some` and empty: the last tag was removed (AWS tells the two apart).
    pub tags: Option<Vec<Tag>>,
    pub policy: Option<StoredPolicy>,
    /// Oldest first.
    pub versions: Vec<VersionRow>,
    /// `None`: rotation was never configured.
    pub rotation: Option<Box<Rotation>>,
    /// When a rotation last finished.
    pub last_rotated: Option<Timestamp>,
    /// `None`: neither primary nor replica.
    pub replication: Option<Box<Replication>>,
    /// The partner's type, of a secret that a partner holds.
    pub secret_type: Option<Text>,
    /// When its value stops being of use, as whoever keeps it says; nothing happens then by itself.
    pub expires: Option<Timestamp>,
}

/// A scheduled deletion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deletion {
    /// When DeleteSecret was called.
    pub requested: Timestamp,
    /// The end of the recovery window: from then on the secret behaves as gone.
    pub due: Timestamp,
}

/// What a secret is at an observed time: what is due behaves as done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Live,
    Scheduled(Deletion),
    /// The window is over; only the purge has not come by yet.
    Gone,
}

impl SecretRow {
    /// A secret without a value yet.
    pub(crate) fn new(name: Text, arn: Text, created: Timestamp) -> Self {
        Self {
            name,
            arn,
            description: Text::default(),
            kms_key_id: None,
            key: None,
            created,
            last_changed: created,
            last_accessed: None,
            deletion: None,
            tags: None,
            policy: None,
            versions: Vec::new(),
            rotation: None,
            last_rotated: None,
            replication: None,
            secret_type: None,
            expires: None,
        }
    }
    /// Live, scheduled or gone, at the store's observed time (which never runs backwards).
    pub(crate) fn life(&self, observed: Timestamp) -> Life {
        match self.deletion {
            None => Life::Live,
            Some(deletion) if observed < deletion.due => Life::Scheduled(deletion),
            Some(_) => Life::Gone,
        }
    }
    /// For every operation but the few of [`present`](Self::present).
    /// # Errors
    /// `NotFound` when gone, `InvalidState` while scheduled (section 7.1).
    pub(crate) fn live(&self, observed: Timestamp) -> Result<&Self, Error> {
        match self.life(observed) {
            Life::Live => Ok(self),
            Life::Scheduled(_) => Err(texts::scheduled_for_deletion()),
            Life::Gone => Err(texts::secret_not_found()),
        }
    }
    /// For whatever changes the secret, but for what a replica may have of its own: its key and its policy.
    /// # Errors
    /// As [`live`](Self::live); `InvalidRequest` for a replica.
    pub(crate) fn writable(&self, observed: Timestamp) -> Result<&Self, Error> {
        let row = self.live(observed)?;
        if row.is_replica() { Err(texts::operation_on_replica()) } else { Ok(row) }
    }
    /// For the operations that work on a scheduled secret too: DescribeSecret, RestoreSecret, ListSecretVersionIds, and
    /// DeleteSecret with force.
    /// # Errors
    /// `NotFound` when gone.
    pub(crate) fn present(&self, observed: Timestamp) -> Result<&Self, Error> {
        if self.life(observed) == Life::Gone { Err(texts::secret_not_found()) } else { Ok(self) }
    }
    /// Starts the recovery window. `now` is the store's observed time.
    pub(crate) fn schedule(&mut self, now: Timestamp, recovery_days: i64) -> Deletion {
        let deletion = Deletion { requested: now, due: now.plus_days(recovery_days) };
        self.deletion = Some(deletion);
        deletion
    }
    /// RestoreSecret; without effect on a live secret.
    pub(crate) fn restore(&mut self) {
        self.deletion = None;
    }
    /// Its tags, none or some.
    pub(crate) fn tags(&self) -> &[Tag] {
        self.tags.as_deref().unwrap_or_default()
    }
}

/// How a secret is to be deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Window {
    /// At once, without recovery.
    Force,
    /// After so many days, 7 to 30.
    Days(i64),
}

impl Window {
    /// Reads the two members of DeleteSecret.
    /// # Errors
    /// `InvalidRequest`: both, or a window outside 7 to 30 days.
    pub(crate) fn of(recovery_window_in_days: Option<i64>, force: Option<bool>) -> Result<Self, Error> {
        match (recovery_window_in_days, force.unwrap_or(false)) {
            (None, true) => Ok(Self::Force),
            (None, false) => Ok(Self::Days(RECOVERY_DAYS_DEFAULT)),
            (Some(_), true) => Err(texts::force_with_recovery_window()),
            (Some(days), false) if (RECOVERY_DAYS_MIN..=RECOVERY_DAYS_MAX).contains(&days) => Ok(Self::Days(days)),
            (Some(_), false) => Err(texts::recovery_window_out_of_range()),
        }
    }
}

/// Is there room for one more beside so many?
/// # Errors
/// `LimitExceeded`.
pub(crate) fn check_room(secrets: u64) -> Result<(), Error> {
    if secrets >= SECRETS_MAX { Err(texts::too_many_secrets(SECRETS_MAX)) } else { Ok(()) }
}

/// Checks the name of a secret that is to be made.
/// # Errors
/// `InvalidRequest`: empty, over 512 characters, or a character outside `A-Z a-z 0-9 / _ + = . @ -`.
pub(crate) fn check_new_name(name: &str) -> Result<(), Error> {
    // `!` stands in AWS's message, but only AWS's own services may make such names.
    if name.len() > NAME_MAX || name.contains('!') { Err(texts::invalid_name()) } else { check_name(name) }
}

/// Checks a name that is to be looked up.
/// # Errors
/// `InvalidRequest`: empty, or a character outside `A-Z a-z 0-9 / _ + = . @ - !`.
fn check_name(name: &str) -> Result<(), Error> {
    if !name.is_empty() && name.bytes().all(|byte| LEGAL.get(usize::from(byte)).is_some_and(|legal| *legal)) {
        Ok(())
    } else {
        Err(texts::invalid_name())
    }
}

/// Which bytes a name may have: weighed on every call.
static LEGAL: [bool; 256] = {
    let mut legal = [false; 256];
    let mut rest: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-/_+=.@!";
    while let [first, tail @ ..] = rest {
        #[expect(clippy::indexing_slicing, reason = "a byte is below 256; evaluated when compiled")]
        {
            legal[*first as usize] = true;
        }
        rest = tail;
    }
    legal
};

/// A `SecretId` taken apart. Whether such a secret exists is not said here, and for all forms but the first a caller may
/// learn it only behind the gate: none of them is refused by [`parse`](Self::parse).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecretId<'a> {
    /// A name: the secret of that name in the caller's own account. (A caller of another account must give the ARN.)
    Named(&'a str),
    /// Read as a complete ARN: look `name` up, and take the row only if its ARN is exactly `arn`. No fall-back to the name.
    FullArn { name: &'a str, arn: &'a str },
    /// An ARN without suffix: look `name` up.
    PartialArn { name: &'a str, arn: &'a str },
    /// A secret of another account: this store has none.
    OtherAccount { arn: &'a str },
    /// An ARN that names no secret this store could hold: another region, partition or service, or not well formed.
    Elsewhere { arn: &'a str },
}

impl<'a> SecretId<'a> {
    /// Reads a `SecretId` as section 2.3 says.
    /// # Errors
    /// `InvalidRequest`: not an ARN and not a name either.
    pub(crate) fn parse(text: &'a str, home: &Home) -> Result<Self, Error> {
        if !text.starts_with("arn:") {
            check_name(text)?;
            return Ok(Self::Named(text));
        }
        let elsewhere = Self::Elsewhere { arn: text };
        let Some(arn) = Arn::parse(text) else { return Ok(elsewhere) };
        let Some(tail) = arn.resource.strip_prefix("secret:") else { return Ok(elsewhere) };
        if arn.partition != PARTITION || arn.service != SERVICE || home.region != arn.region {
            return Ok(elsewhere);
        }
        if home.account != arn.account {
            return Ok(Self::OtherAccount { arn: text });
        }
        // AWS's trap: a tail that ends like a suffix is taken for one, so `x-a1b2c3` cannot be found by its partial ARN.
        Ok(match split_suffix(tail) {
            Some(name) => Self::FullArn { name, arn: text },
            None => Self::PartialArn { name: tail, arn: text },
        })
    }
    /// The name to look up in this store, if there is any sense in looking.
    pub(crate) fn candidate(&self) -> Option<&'a str> {
        match *self {
            Self::Named(name) | Self::FullArn { name, .. } | Self::PartialArn { name, .. } => Some(name),
            Self::OtherAccount { .. } | Self::Elsewhere { .. } => None,
        }
    }
    /// Is the row of that name the secret that was meant?
    pub(crate) fn means(&self, row_arn: &str) -> bool {
        match *self {
            Self::Named(_) | Self::PartialArn { .. } => true,
            Self::FullArn { arn, .. } => arn == row_arn,
            Self::OtherAccount { .. } | Self::Elsewhere { .. } => false,
        }
    }
    /// The resource that a decision is about when there is no such secret: the ARN as sent if it is complete, otherwise the
    /// one it would have, its suffix written as six question marks.
    pub(crate) fn resource_if_absent(&self, home: &Home) -> Text {
        match *self {
            Self::Named(name) => arn(home, name, UNKNOWN_SUFFIX),
            Self::PartialArn { arn, .. } => Text::from(format!("{arn}-{UNKNOWN_SUFFIX}")),
            Self::FullArn { arn, .. } | Self::OtherAccount { arn } | Self::Elsewhere { arn } => Text::from(arn),
        }
    }
}

/// The ARN of a secret.
pub(crate) fn arn(home: &Home, name: &str, suffix: &str) -> Text {
    home.arn(SERVICE, &format!("secret:{name}-{suffix}"))
}

/// Draws the six characters at the end of a secret's ARN: a secret made again under an old name is another secret, and
/// policies on the old ARN do not reach it.
/// # Errors
/// `RandomnessUnavailable`.
pub(crate) fn draw_suffix(source: &mut Fill<'_>) -> Result<String, Error> {
    draw::text(source, SUFFIX_ALPHABET, SUFFIX_LEN)
}

/// The name before a hyphen and six characters of the suffix alphabet.
fn split_suffix(tail: &str) -> Option<&str> {
    let (name, suffix) = tail.rsplit_once('-')?;
    (suffix.len() == SUFFIX_LEN && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric())).then_some(name)
}

/// The token of CreateSecret, PutSecretValue or UpdateSecret. Weighed before any look-up, so the refusal is the same for a
/// secret that does not exist.
/// # Errors
/// `InvalidState` (AWS: InvalidRequestException) when it is missing.
pub(crate) fn need_token(token: Option<&Text>) -> Result<&Text, Error> {
    token.ok_or_else(texts::token_missing)
}
/// The token of RotateSecret, refused under another code than the rest.
/// # Errors
/// `InvalidRequest` (AWS: InvalidParameterException) when it is missing.
pub(crate) fn need_rotation_token(token: Option<&Text>) -> Result<&Text, Error> {
    token.ok_or_else(texts::token_missing_in_rotation)
}

/// What a request with a token and a value means to the versions there are (section 6.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat<'a> {
    /// Nothing has that token: do what was asked.
    New,
    /// A rotation made this version without a value: store the value in it.
    Fill(&'a VersionRow),
    /// The token was used: compare the values. Equal: succeed and change nothing; else [`token_in_use`](texts::token_in_use).
    Compare(&'a VersionRow),
}

/// CreateSecret: `row` is the one under the name, if any.
/// # Errors
/// `InvalidState`: the name's secret is scheduled for deletion. `AlreadyExists`: the name is taken by another request, or the
/// token by a request that stored no value.
pub(crate) fn repeat_of_create<'a>(
    row: Option<&'a SecretRow>,
    token: &str,
    has_value: bool,
    observed: Timestamp,
) -> Result<Repeat<'a>, Error> {
    let Some(row) = row else { return Ok(Repeat::New) };
    match row.life(observed) {
        Life::Gone => return Ok(Repeat::New),
        Life::Scheduled(_) => return Err(texts::name_scheduled_for_deletion()),
        Life::Live => {}
    }
    match row.version(token) {
        Some(version) if has_value && version.value.is_some() => Ok(Repeat::Compare(version)),
        Some(_) => Err(texts::token_in_use(token, &row.arn)),
        None => Err(texts::secret_exists(&row.name)),
    }
}

/// PutSecretValue.
/// # Errors
/// `AlreadyExists`: the token belongs to a version that has no value and is no longer pending.
pub(crate) fn repeat_of_put<'a>(row: &'a SecretRow, token: &str) -> Result<Repeat<'a>, Error> {
    match row.version(token) {
        None => Ok(Repeat::New),
        Some(version) if version.value.is_some() => Ok(Repeat::Compare(version)),
        Some(version) if version.carries(PENDING) && !row.is_stand_in(version) => Ok(Repeat::Fill(version)),
        Some(_) => Err(texts::token_in_use(token, &row.arn)),
    }
}

/// UpdateSecret with a value: as a put, but it never serves a rotation.
/// # Errors
/// `AlreadyExists`: the token belongs to a version that has no value.
pub(crate) fn repeat_of_update<'a>(row: &'a SecretRow, token: &str) -> Result<Repeat<'a>, Error> {
    match repeat_of_put(row, token)? {
        Repeat::Fill(version) => Err(texts::token_in_use(&version.id, &row.arn)),
        other => Ok(other),
    }
}

/// Secrets of one account and region (an AWS quota).
pub(crate) const SECRETS_MAX: u64 = 500_000;
/// Characters of a name.
pub(crate) const NAME_MAX: usize = 512;
/// Days of the recovery window if the request names none.
pub(crate) const RECOVERY_DAYS_DEFAULT: i64 = 30;
const RECOVERY_DAYS_MIN: i64 = 7;
const RECOVERY_DAYS_MAX: i64 = 30;
const SERVICE: &str = "secretsmanager";
const SUFFIX_LEN: usize = 6;
const SUFFIX_ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const UNKNOWN_SUFFIX: &str = "??????";

#[cfg(test)]
mod tests;
