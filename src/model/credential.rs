//! Access keys and MFA devices: ids, limits, who holds them. Their secrets are sealed by the keystore before they come here.

use serde::{Deserialize, Serialize};

use super::draw::{self, Fill};
use super::principal::{BASE32, PrincipalRow, unique_key};
use super::{Home, Tag};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::name::Text;

/// What proves a user: one row of the table of credentials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum CredentialRow {
    AccessKey(AccessKeyRow),
    MfaDevice(MfaDeviceRow),
}

/// A user's access key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AccessKeyRow {
    /// `AKIA…`, 20 characters; never reused.
    pub id: Text,
    pub user: Holder,
    pub active: bool,
    /// The secret, sealed.
    pub sealed: Vec<u8>,
    pub last_used: Option<LastUsed>,
}

/// A virtual MFA device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MfaDeviceRow {
    pub name: Text,
    pub path: Text,
    /// ARN.
    pub serial: Text,
    pub created: Timestamp,
    /// The seed, sealed.
    pub sealed: Vec<u8>,
    /// The user to whom it was given.
    pub holder: Option<Holder>,
    /// The last time step whose code was taken.
    pub spent: u64,
    pub tags: Vec<Tag>,
}

/// Whose a credential is, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Holder {
    pub name: Text,
    /// Unique id: one that is made anew under the name holds nothing.
    pub id: Text,
    pub since: Timestamp,
}

/// The last use of an access key, to the hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastUsed {
    pub at: Timestamp,
    pub service: Text,
    pub region: Text,
}

/// Where a credential is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CredentialPlace<'a> {
    /// By its id.
    AccessKey(&'a str),
    /// By its name in lower case.
    MfaDevice(&'a str),
}

/// The same, by itself.
#[derive(Debug)]
pub(crate) enum OwnPlace {
    AccessKey(Text),
    MfaDevice(String),
}
impl OwnPlace {
    pub(crate) fn as_place(&self) -> CredentialPlace<'_> {
        match self {
            Self::AccessKey(id) => CredentialPlace::AccessKey(id),
            Self::MfaDevice(name) => CredentialPlace::MfaDevice(name),
        }
    }
}

impl Holder {
    pub(crate) fn of(user: &PrincipalRow, since: Timestamp) -> Self {
        Self { name: user.name.clone(), id: user.id.clone(), since }
    }
}

impl CredentialRow {
    pub(crate) fn holder(&self) -> Option<&Holder> {
        match self {
            Self::AccessKey(key) => Some(&key.user),
            Self::MfaDevice(device) => device.holder.as_ref(),
        }
    }
    /// Tags of a device; keys have none.
    pub(crate) fn tags(&self) -> &[Tag] {
        match self {
            Self::AccessKey(_) => &[],
            Self::MfaDevice(device) => &device.tags,
        }
    }
    /// Where it is kept.
    pub(crate) fn place(&self) -> OwnPlace {
        match self {
            Self::AccessKey(key) => OwnPlace::AccessKey(key.id.clone()),
            Self::MfaDevice(device) => OwnPlace::MfaDevice(unique_key(&device.name)),
        }
    }
    pub(crate) fn is_of(&self, user_id: &str) -> bool {
        self.holder().is_some_and(|holder| holder.id == *user_id)
    }
    /// The same, its holder having a new name.
    pub(crate) fn held_as(mut self, name: &Text) -> Self {
        let holder = match &mut self {
            Self::AccessKey(key) => Some(&mut key.user),
            Self::MfaDevice(device) => device.holder.as_mut(),
        };
        if let Some(holder) = holder {
            holder.name = name.clone();
        }
        self
    }
    pub(crate) fn access_key(self) -> Option<AccessKeyRow> {
        match self {
            Self::AccessKey(key) => Some(key),
            Self::MfaDevice(_) => None,
        }
    }
    pub(crate) fn mfa_device(self) -> Option<MfaDeviceRow> {
        match self {
            Self::MfaDevice(device) => Some(device),
            Self::AccessKey(_) => None,
        }
    }
}

impl LastUsed {
    pub(crate) fn new(at: Timestamp, service: &str, region: &str) -> Self {
        Self { at: hour_of(at), service: Text::from(service), region: Text::from(region) }
    }
}
fn hour_of(at: Timestamp) -> Timestamp {
    let millis = at.as_millis();
    Timestamp::from_millis(millis.saturating_sub(millis.rem_euclid(HOUR_MS)))
}

/// Draws the id of an access key: 80 random bits behind `AKIA` or, of temporary credentials, `ASIA`.
/// # Errors
/// `RandomnessUnavailable`.
pub(crate) fn draw_key_id(prefix: &str, source: &mut Fill<'_>) -> Result<Text, Error> {
    Ok(Text::from(format!("{prefix}{}", draw::text(source, BASE32, KEY_TAIL_LEN)?)))
}

/// The serial number of a virtual device: its ARN.
pub(crate) fn serial(home: &Home, path: &str, name: &str) -> Text {
    home.iam_arn(&format!("mfa{path}{name}"))
}
/// The name, in lower case, under which the device of a serial number is kept; `None` if it is none of this account.
pub(crate) fn device_named(home: &Home, serial: &str) -> Option<String> {
    let prefix = home.iam_arn("mfa/");
    let path = serial.strip_prefix(prefix.as_str())?;
    Some(unique_key(path.rsplit('/').next().unwrap_or(path)))
}

/// `AKIA` and `ASIA`.
pub(crate) const LONG_TERM: &str = "AKIA";
pub(crate) const TEMPORARY: &str = "ASIA";
/// Access keys of one user.
pub(crate) const ACCESS_KEYS_MAX: usize = 2;
/// MFA devices of one user.
pub(crate) const MFA_DEVICES_MAX: usize = 8;
const KEY_TAIL_LEN: usize = 16;
const HOUR_MS: i64 = 3_600_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::draw::tests::counting;

    #[test]
    fn ids_have_20_characters_and_their_kinds_prefix() {
        let mut source = counting(5);
        for prefix in [LONG_TERM, TEMPORARY] {
            let id = draw_key_id(prefix, &mut source).unwrap();
            assert_eq!(id.len(), 20);
            assert!(id.strip_prefix(prefix).unwrap().bytes().all(|letter| BASE32.contains(&letter)));
            assert_ne!(id, draw_key_id(prefix, &mut source).unwrap());
        }
    }
    #[test]
    fn a_serial_number_names_its_device_whatever_its_path_and_case() {
        let home = Home { account: Text::from("000000000000"), region: Text::from("us-east-1") };
        assert_eq!(serial(&home, "/ops/", "Ann"), "arn:aws:iam::000000000000:mfa/ops/Ann");
        for (serial, name) in [
            ("arn:aws:iam::000000000000:mfa/ops/Ann", Some("ann")),
            ("arn:aws:iam::000000000000:mfa/ann", Some("ann")),
            ("arn:aws:iam::111111111111:mfa/ann", None),
            ("arn:aws:iam::000000000000:user/ann", None),
            ("GAHT12345678", None),
        ] {
            assert_eq!(device_named(&home, serial).as_deref(), name, "{serial}");
        }
    }
    #[test]
    fn a_use_is_known_to_the_hour() {
        let used = |millis| LastUsed::new(Timestamp::from_millis(millis), "kms", "r");
        assert_eq!(used(3_600_001).at, Timestamp::from_millis(3_600_000));
        assert_eq!(used(3_600_001), used(7_199_999));
        assert_ne!(used(7_199_999), used(7_200_000));
    }
}
