//! Users, groups and roles: names, paths, ids, and how much policy text they may carry.

use serde::{Deserialize, Serialize};

use super::draw::{self, Fill};
use super::{Home, StoredPolicy, Tag};
use crate::clock::Timestamp;
use crate::error::{Error, codes::iam as code, iam as texts};
use crate::name::{PARTITION, Text};

/// A user, a group or a role with its policies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PrincipalRow {
    pub kind: PrincipalKind,
    pub name: Text,
    /// `/` or `/…/`
    pub path: Text,
    /// `AIDA…` or `AROA…`, 21 characters; never reused.
    pub id: Text,
    pub arn: Text,
    pub created: Timestamp,
    pub description: Text,
    /// Roles: the longest session in seconds, 3,600 to 43,200.
    pub max_session_secs: u32,
    /// Roles: the trust policy.
    pub trust: Option<StoredPolicy>,
    pub inline: Vec<InlinePolicy>,
    /// ARNs of attached managed policies.
    pub attached: Vec<Text>,
    /// ARN of the managed policy that bounds it.
    pub boundary: Option<Text>,
    /// Users: names of the groups it is in.
    pub groups: Vec<Text>,
    pub tags: Vec<Tag>,
}

/// User, role or group. (A group is no principal of any request; its row has all that the others have.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum PrincipalKind {
    User,
    Role,
    Group,
}

/// A policy that lives inside its principal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InlinePolicy {
    pub name: Text,
    pub text: Text,
}

impl PrincipalKind {
    /// `user`, `role` or `group`, as ARNs and messages have it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Role => "role",
            Self::Group => "group",
        }
    }
    /// The same, as the texts of errors know it.
    pub(crate) fn entity(self) -> texts::Entity {
        match self {
            Self::User => texts::Entity::User,
            Self::Role => texts::Entity::Role,
            Self::Group => texts::Entity::Group,
        }
    }
    fn id_prefix(self) -> &'static str {
        match self {
            Self::User => "AIDA",
            Self::Role => "AROA",
            Self::Group => "AGPA",
        }
    }
    /// Characters of all its inline policies together.
    pub(crate) fn inline_max(self) -> usize {
        match self {
            Self::User => 2_048,
            Self::Role => 10_240,
            Self::Group => 5_120,
        }
    }
    /// The name of its limit of attached policies.
    pub(crate) fn attached_quota(self) -> &'static str {
        match self {
            Self::User => "PoliciesPerUser",
            Self::Role => "PoliciesPerRole",
            Self::Group => "PoliciesPerGroup",
        }
    }
    /// The ARN of the user, role or group of that path and name.
    pub(crate) fn arn(self, home: &Home, path: &str, name: &str) -> Text {
        home.iam_arn(&format!("{}{path}{name}", self.as_str()))
    }
    /// Draws an id that no other principal ever had: 85 random bits.
    /// # Errors
    /// `RandomnessUnavailable`.
    pub(crate) fn draw_id(self, source: &mut Fill<'_>) -> Result<Text, Error> {
        Ok(Text::from(format!("{}{}", self.id_prefix(), draw::text(source, BASE32, ID_TAIL_LEN)?)))
    }
}

impl PrincipalRow {
    /// The inline policy of that name.
    pub(crate) fn inline_policy(&self, name: &str) -> Option<&InlinePolicy> {
        self.inline.iter().find(|policy| policy.name == name)
    }
    /// Adds an inline policy or replaces the one of that name; they stay sorted by name.
    /// # Errors
    /// `LimitExceeded`: all inline policies together would have more characters, white space not
    /// counted, than the 2,048 of a user, the 5,120 of a group or the 10,240 of a role. The row is then as it was.
    pub(crate) fn put_inline(&mut self, policy: InlinePolicy) -> Result<(), Error> {
        let others = self.inline.iter().filter(|other| other.name != policy.name);
        let sum = others.chain([&policy]).fold(0_usize, |sum, each| sum.saturating_add(weight(&each.text)));
        let max = self.kind.inline_max();
        if sum > max {
            return Err(texts::policies_too_long(max, self.kind.entity(), &self.name));
        }
        match self.inline.binary_search_by(|other| other.name.cmp(&policy.name)) {
            Ok(place) => {
                if let Some(known) = self.inline.get_mut(place) {
                    *known = policy;
                }
            }
            Err(place) => self.inline.insert(place, policy),
        }
        Ok(())
    }
    /// Attaches a managed policy; one that is attached stays.
    /// # Errors
    /// `LimitExceeded`: ten are attached.
    pub(crate) fn attach(&mut self, arn: &Text) -> Result<(), Error> {
        let Err(place) = self.attached.binary_search(arn) else { return Ok(()) };
        if self.attached.len() >= ATTACHED_MAX {
            return Err(texts::quota(self.kind.attached_quota(), ATTACHED_MAX));
        }
        self.attached.insert(place, arn.clone());
        Ok(())
    }
    /// Takes a managed policy off; false: it was not attached.
    pub(crate) fn detach(&mut self, arn: &str) -> bool {
        let before = self.attached.len();
        self.attached.retain(|attached| *attached != *arn);
        self.attached.len() != before
    }
    /// Is this user in the group of that name?
    pub(crate) fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|name| *name == *group)
    }
    /// Puts a user into a group; one that is in it stays.
    /// # Errors
    /// `LimitExceeded`: the user is in ten.
    pub(crate) fn join(&mut self, group: &Text) -> Result<(), Error> {
        let Err(place) = self.groups.binary_search(group) else { return Ok(()) };
        if self.groups.len() >= GROUPS_MAX {
            return Err(texts::quota("GroupsPerUser", GROUPS_MAX));
        }
        self.groups.insert(place, group.clone());
        Ok(())
    }
    /// Takes a user out of a group; false: it was not in it.
    pub(crate) fn leave(&mut self, group: &str) -> bool {
        let before = self.groups.len();
        self.groups.retain(|name| *name != *group);
        self.groups.len() != before
    }
    /// Removes the inline policy of that name; false: there is none.
    pub(crate) fn remove_inline(&mut self, name: &str) -> bool {
        let before = self.inline.len();
        self.inline.retain(|policy| policy.name != name);
        self.inline.len() != before
    }
}

/// What makes two names of users, of groups, of roles or of policies the same: they are unique without regard to case.
pub(crate) fn unique_key(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// Checks the name of a role session, which the host program gives.
/// # Errors
/// `InvalidRequest`: not 2 to 64 characters of `A-Z a-z 0-9 _ + = , . @ -`.
pub(crate) fn check_session_name(name: &str) -> Result<(), Error> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    if (SESSION_NAME_MIN..=SESSION_NAME_MAX).contains(&name.len()) && name.bytes().all(legal) {
        return Ok(());
    }
    let text = format!("session name `{name}` is not 2 to 64 characters of A-Z a-z 0-9 _ + = , . @ -");
    Err(Error::new(&code::VALIDATION, text))
}

/// The ARN of a role's session; the role's path is not in it.
pub(crate) fn session_arn(home: &Home, role: &str, session: &str) -> Text {
    Text::from(format!("arn:{PARTITION}:sts::{}:assumed-role/{role}/{session}", home.account))
}

/// Checks the size of a trust policy: 2,048 characters, white space not counted.
/// # Errors
/// `LimitExceeded`.
pub(crate) fn check_trust_size(text: &str) -> Result<(), Error> {
    if weight(text) > TRUST_MAX {
        return Err(texts::trust_policy_too_long(TRUST_MAX));
    }
    Ok(())
}

/// Reads `MaxSessionDuration`, whose range was checked with the request: an hour by default, at most twelve.
pub(crate) fn max_session_secs(asked: Option<i64>) -> u32 {
    asked.map_or(SESSION_SECS_MIN, |secs| {
        u32::try_from(secs).unwrap_or(SESSION_SECS_MIN).clamp(SESSION_SECS_MIN, SESSION_SECS_MAX)
    })
}

/// Characters of a policy as IAM counts them.
pub(super) fn weight(text: &str) -> usize {
    text.chars().filter(|letter| !letter.is_whitespace()).count()
}

/// RFC 4648, section 6.
pub(super) const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ID_TAIL_LEN: usize = 17;
/// Managed policies of one user, group or role.
pub(crate) const ATTACHED_MAX: usize = 10;
/// Groups of one user.
pub(crate) const GROUPS_MAX: usize = 10;
const SESSION_NAME_MIN: usize = 2;
const SESSION_NAME_MAX: usize = 64;
/// Characters of a trust policy.
pub(crate) const TRUST_MAX: usize = 2_048;
const SESSION_SECS_MIN: u32 = 3_600;
const SESSION_SECS_MAX: u32 = 43_200;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::draw::tests::counting;

    fn home() -> Home {
        Home { account: Text::from("000000000000"), region: Text::from("us-east-1") }
    }
    fn row(kind: PrincipalKind) -> PrincipalRow {
        PrincipalRow {
            kind,
            name: Text::from("n"),
            path: Text::from("/"),
            id: Text::from("id"),
            arn: kind.arn(&home(), "/", "n"),
            created: Timestamp::default(),
            description: Text::default(),
            max_session_secs: 3_600,
            trust: None,
            inline: Vec::new(),
            attached: Vec::new(),
            boundary: None,
            groups: Vec::new(),
            tags: Vec::new(),
        }
    }
    fn policy(name: &str, text: &str) -> InlinePolicy {
        InlinePolicy { name: Text::from(name), text: Text::from(text) }
    }
    #[track_caller]
    fn refused<T: std::fmt::Debug>(result: Result<T, Error>, code: &str, text: &str) {
        let error = result.unwrap_err();
        assert_eq!((error.code(), error.message().to_string().as_str()), (code, text));
    }

    #[test]
    fn arns_carry_path_and_name_and_those_of_sessions_no_path() {
        assert_eq!(PrincipalKind::User.arn(&home(), "/", "u"), "arn:aws:iam::000000000000:user/u");
        assert_eq!(PrincipalKind::Role.arn(&home(), "/app/", "r"), "arn:aws:iam::000000000000:role/app/r");
        assert_eq!(session_arn(&home(), "r", "s"), "arn:aws:sts::000000000000:assumed-role/r/s");
    }
    #[test]
    fn ids_have_21_characters_and_their_kinds_prefix() {
        let mut source = counting(5);
        for (kind, prefix) in [(PrincipalKind::User, "AIDA"), (PrincipalKind::Role, "AROA")] {
            let one = kind.draw_id(&mut source).unwrap();
            let tail = one.strip_prefix(prefix).unwrap();
            assert_eq!(tail.len(), 17);
            assert!(tail.bytes().all(|letter| BASE32.contains(&letter)));
            assert_ne!(kind.draw_id(&mut source).unwrap(), one);
        }
    }
    #[test]
    fn names_that_differ_in_case_only_are_the_same_name() {
        assert_eq!(unique_key("Alice@X"), unique_key("aLICE@x"));
        assert_ne!(unique_key("alice"), unique_key("alice1"));
    }

    #[test]
    fn an_inline_policy_is_added_replaced_and_removed_by_its_name() {
        let mut row = row(PrincipalKind::User);
        for (name, text) in [("b", "1"), ("a", "2"), ("b", "3"), ("A", "4")] {
            row.put_inline(policy(name, text)).unwrap();
        }
        assert_eq!(row.inline, [policy("A", "4"), policy("a", "2"), policy("b", "3")]);
        assert_eq!(row.inline_policy("b"), Some(&policy("b", "3")));
        assert_eq!(row.inline_policy("B"), None);
        assert!(row.remove_inline("b") && !row.remove_inline("b"));
        assert_eq!(row.inline.len(), 2);
    }
    #[test]
    fn all_inline_policies_together_count_and_white_space_does_not() {
        for (kind, max, word) in [(PrincipalKind::User, 2_048, "user"), (PrincipalKind::Role, 10_240, "role")] {
            let mut row = row(kind);
            row.put_inline(policy("a", &"x \t\r\n".repeat(max - 10))).unwrap();
            row.put_inline(policy("b", &"x".repeat(10))).unwrap();
            let before = row.clone();
            let text = format!("Maximum policy size of {max} bytes exceeded for {word} n");
            refused(row.put_inline(policy("c", "x")), "LimitExceeded", &text);
            refused(row.put_inline(policy("b", &"x".repeat(11))), "LimitExceeded", &text);
            assert_eq!(row, before);
            row.put_inline(policy("b", &"y".repeat(10))).unwrap();
            row.put_inline(policy("a", "")).unwrap();
            row.put_inline(policy("c", &"x".repeat(max - 10))).unwrap();
        }
    }
    #[test]
    fn a_trust_policy_has_2048_characters_that_are_not_white_space() {
        check_trust_size(&" x".repeat(2_048)).unwrap();
        refused(check_trust_size(&"x".repeat(2_049)), "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048");
    }
    #[test]
    fn a_session_lasts_an_hour_to_twelve() {
        for (asked, secs) in [(None, 3_600), (Some(5_000), 5_000), (Some(43_200), 43_200), (Some(i64::MAX), 3_600)] {
            assert_eq!(max_session_secs(asked), secs);
        }
    }
    #[test]
    fn a_session_name_has_2_to_64_of_its_characters() {
        for name in ["ab", "A_b+c=d,e.f@g-9", &"n".repeat(64)] {
            check_session_name(name).unwrap();
        }
        for name in ["", "s", &"n".repeat(65), "a b", "a/b", "a:b", "a*", "a?", "\u{e4}b", "ab\n"] {
            assert_eq!(check_session_name(name).unwrap_err().code(), "ValidationError");
        }
    }
}
