//! Managed policies: versions, limits, and those that AWS ships.

mod built_in;

use serde::{Deserialize, Serialize};

use super::draw::{self, Fill};
use super::{Home, Tag};
use crate::clock::Timestamp;
use crate::error::{Error, iam as texts};
use crate::name::{Arn, PARTITION, Text};

pub(crate) use built_in::{BUILT_IN, BuiltIn};

/// A managed policy of the store's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ManagedPolicyRow {
    pub name: Text,
    /// `/` or `/…/`
    pub path: Text,
    /// `ANPA…`, 21 characters; never reused.
    pub id: Text,
    pub arn: Text,
    pub description: Text,
    pub created: Timestamp,
    /// When the default version last changed.
    pub updated: Timestamp,
    /// Oldest first; never empty.
    pub versions: Vec<PolicyVersionRow>,
    /// Number of the version in force.
    pub default: u32,
    /// The highest number ever given: numbers never come back.
    pub last: u32,
    pub tags: Vec<Tag>,
}

/// One text of a managed policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PolicyVersionRow {
    pub number: u32,
    pub created: Timestamp,
    /// Byte for byte as it was put.
    pub text: Text,
}

impl ManagedPolicyRow {
    /// A policy with its first version.
    /// # Errors
    /// `LimitExceeded`: the text is too long. `RandomnessUnavailable`.
    pub(crate) fn new(
        (arn, path, name): (Text, Text, Text),
        text: &Text,
        created: Timestamp,
        source: &mut Fill<'_>,
    ) -> Result<Self, Error> {
        check_size(text)?;
        let id = Text::from(format!("ANPA{}", draw::text(source, super::principal::BASE32, ID_TAIL_LEN)?));
        let first = PolicyVersionRow { number: 1, created, text: text.clone() };
        Ok(Self {
            name,
            path,
            id,
            arn,
            description: Text::default(),
            created,
            updated: created,
            versions: vec![first],
            default: 1,
            last: 1,
            tags: Vec::new(),
        })
    }
    /// The version in force.
    pub(crate) fn in_force(&self) -> Option<&PolicyVersionRow> {
        self.version(self.default)
    }
    pub(crate) fn version(&self, number: u32) -> Option<&PolicyVersionRow> {
        self.versions.iter().find(|version| version.number == number)
    }
    /// Adds a version, in force at once or not.
    /// # Errors
    /// `LimitExceeded`: there are five, or the text is too long. The row is then as it was.
    pub(crate) fn add(&mut self, text: &Text, in_force: bool, now: Timestamp) -> Result<PolicyVersionRow, Error> {
        check_size(text)?;
        if self.versions.len() >= VERSIONS_MAX {
            return Err(texts::policy_versions_full());
        }
        let number = self.last.saturating_add(1);
        let version = PolicyVersionRow { number, created: now, text: text.clone() };
        self.last = number;
        self.versions.push(version.clone());
        if in_force {
            self.default = number;
            self.updated = now;
        }
        Ok(version)
    }
    /// Puts a version in force.
    /// # Errors
    /// `NotFound`: there is none of that number.
    pub(crate) fn put_in_force(&mut self, number: u32, now: Timestamp) -> Result<(), Error> {
        self.version(number).ok_or_else(|| texts::policy_version_not_found(&self.arn, number))?;
        if self.default != number {
            self.default = number;
            self.updated = now;
        }
        Ok(())
    }
    /// Removes a version that is not in force.
    /// # Errors
    /// `NotFound`: there is none of that number. `InvalidState` (AWS: DeleteConflict): it is in force.
    pub(crate) fn remove(&mut self, number: u32) -> Result<(), Error> {
        self.version(number).ok_or_else(|| texts::policy_version_not_found(&self.arn, number))?;
        if self.default == number {
            return Err(texts::default_version_stays());
        }
        self.versions.retain(|version| version.number != number);
        Ok(())
    }
}

impl BuiltIn {
    /// As a row. A release that changes a shipped policy changes it for everybody, as AWS does.
    pub(crate) fn row(&self) -> ManagedPolicyRow {
        let first = PolicyVersionRow { number: 1, created: SHIPPED, text: Text::from(self.text) };
        ManagedPolicyRow {
            name: Text::from(self.name),
            path: Text::from(self.path),
            id: Text::from(self.id),
            arn: Text::from(self.arn),
            description: Text::default(),
            created: SHIPPED,
            updated: SHIPPED,
            versions: vec![first],
            default: 1,
            last: 1,
            tags: Vec::new(),
        }
    }
}

/// The date that shipped policies carry: 2026-11-01.
const SHIPPED: Timestamp = Timestamp::from_secs(1_793_491_200);

/// `v1` and so on, as AWS writes them.
pub(crate) fn version_id(number: u32) -> Text {
    Text::from(format!("v{number}"))
}
/// Reads what [`version_id`] wrote; anything else names no version.
pub(crate) fn version_number(id: &str) -> Option<u32> {
    let digits = id.strip_prefix('v')?;
    (!digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}

/// What an ARN of a managed policy names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PolicyRef<'a> {
    /// One that AWS ships.
    BuiltIn(&'static BuiltIn),
    /// One of this account, by name; its path is to be compared with the row's ARN.
    Own { name: &'a str },
    /// None that this store could hold.
    Elsewhere,
}
impl<'a> PolicyRef<'a> {
    pub(crate) fn parse(arn: &'a str, home: &Home) -> Self {
        if let Some(built_in) = BUILT_IN.iter().find(|policy| policy.arn == arn) {
            return Self::BuiltIn(built_in);
        }
        match Arn::parse(arn) {
            Some(parsed)
                if parsed.partition == PARTITION
                    && parsed.service == "iam"
                    && parsed.region.is_empty()
                    && *parsed.account == *home.account =>
            {
                match parsed.resource.strip_prefix("policy/") {
                    Some(path) => Self::Own { name: path.rsplit('/').next().unwrap_or(path) },
                    None => Self::Elsewhere,
                }
            }
            _ => Self::Elsewhere,
        }
    }
}

/// The ARN of a managed policy of this account.
pub(crate) fn arn(home: &Home, path: &str, name: &str) -> Text {
    home.iam_arn(&format!("policy{path}{name}"))
}

/// # Errors
/// `LimitExceeded`: more than 6,144 characters, white space not counted.
fn check_size(text: &str) -> Result<(), Error> {
    if super::principal::weight(text) > SIZE_MAX {
        return Err(texts::quota("PolicySize", SIZE_MAX));
    }
    Ok(())
}

const ID_TAIL_LEN: usize = 17;
pub(crate) const SIZE_MAX: usize = 6_144;
pub(crate) const VERSIONS_MAX: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::draw::tests::counting;

    fn home() -> Home {
        Home { account: Text::from("000000000000"), region: Text::from("us-east-1") }
    }
    fn row() -> ManagedPolicyRow {
        let place = (arn(&home(), "/", "p"), Text::from("/"), Text::from("p"));
        ManagedPolicyRow::new(place, &Text::from("1"), Timestamp::from_secs(1), &mut counting(3)).unwrap()
    }

    #[test]
    fn numbers_of_versions_never_come_back_and_five_are_kept() {
        let mut row = row();
        for number in 2..=5 {
            assert_eq!(row.add(&Text::from("t"), false, Timestamp::from_secs(9)).unwrap().number, number);
        }
        let before = row.clone();
        assert_eq!(row.add(&Text::from("t"), true, Timestamp::from_secs(9)).unwrap_err().code(), "LimitExceeded");
        assert_eq!(row, before);
        row.remove(5).unwrap();
        assert_eq!(row.add(&Text::from("t"), true, Timestamp::from_secs(10)).unwrap().number, 6);
        assert_eq!((row.default, row.updated), (6, Timestamp::from_secs(10)));
        assert_eq!(row.remove(6).unwrap_err().code(), "DeleteConflict");
        assert_eq!(row.remove(5).unwrap_err().code(), "NoSuchEntity");
        row.put_in_force(1, Timestamp::from_secs(11)).unwrap();
        assert_eq!(row.in_force().unwrap().number, 1);
        assert_eq!(row.put_in_force(7, Timestamp::from_secs(12)).unwrap_err().code(), "NoSuchEntity");
    }
    #[test]
    fn white_space_is_free_up_to_6144_other_characters() {
        let mut row = row();
        row.add(&Text::from(" x".repeat(6_144)), false, Timestamp::default()).unwrap();
        assert_eq!(
            row.add(&Text::from("x".repeat(6_145)), false, Timestamp::default()).unwrap_err().code(),
            "LimitExceeded"
        );
    }
    #[test]
    fn ids_of_versions_are_read_as_they_are_written() {
        for number in [1, 10, u32::MAX] {
            assert_eq!(version_number(&version_id(number)), Some(number));
        }
        for text in ["", "v", "v0", "v01", "1", "V1", "v1 ", "v4294967296", "v1.2"] {
            assert_eq!(version_number(text), None, "{text}");
        }
    }
    #[test]
    fn an_arn_names_a_shipped_policy_one_of_this_account_or_none() {
        let parse = |arn| PolicyRef::parse(arn, &home());
        assert!(matches!(parse("arn:aws:iam::aws:policy/AdministratorAccess"), PolicyRef::BuiltIn(_)));
        assert_eq!(parse("arn:aws:iam::000000000000:policy/a/b/n"), PolicyRef::Own { name: "n" });
        for other in [
            "arn:aws:iam::aws:policy/Unknown",
            "arn:aws:iam::111111111111:policy/n",
            "arn:aws:iam:us-east-1:000000000000:policy/n",
            "arn:aws:iam::000000000000:role/n",
            "arn:aws:s3::000000000000:policy/n",
            "n",
        ] {
            assert_eq!(parse(other), PolicyRef::Elsewhere, "{other}");
        }
    }
}
