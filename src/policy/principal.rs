//! Callers, and whether a statement's `Principal` or `NotPrincipal` means them.

use std::collections::HashMap;

use crate::name::{Arn, Text, arn_field};
use crate::policy::document::{Entry, Principals};

/// What kind of caller it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// An IAM user.
    User,
    /// A session of a role.
    RoleSession,
    /// A session made by GetFederationToken.
    FederatedUser,
    /// The root user of an account.
    Root,
    /// An AWS service acting for itself.
    Service,
    /// Nobody known.
    Anonymous,
}

/// The caller of one request.
#[derive(Clone, Copy, Debug)]
pub struct Principal<'a> {
    /// What kind of caller it is.
    pub kind: PrincipalKind,
    /// The caller's own ARN (`arn:aws:iam::A:user/…`, `arn:aws:sts::A:assumed-role/ROLE/SESSION`,
    /// `arn:aws:sts::A:federated-user/NAME`, `arn:aws:iam::A:root`), or a service's name (`lambda.amazonaws.com`).
    pub arn: &'a str,
    /// The caller's account; empty for services and for nobody.
    pub account: &'a str,
    /// The unique id of a user (`AIDA…`).
    pub id: Option<&'a str>,
    /// Whom the session comes from: the role's ARN with its path, or the ARN of the user who made a federated session.
    /// Where that is not known the session's own ARN may stand here; then the parent is the role or user of that name.
    pub parent: Option<&'a str>,
    /// The unique id of the parent (`AROA…`, `AIDA…`).
    pub parent_id: Option<&'a str>,
}

impl<'a> Principal<'a> {
    /// The caller that an ARN or a service's name means, as far as that tells: no unique ids, and of a session's parent
    /// only the name. `None` for a role or a group, which call nothing, and for other text.
    #[must_use]
    pub fn from_arn(text: &'a str) -> Option<Self> {
        let Some(arn) = Arn::parse(text) else {
            return is_service(text).then_some(Self {
                kind: PrincipalKind::Service,
                arn: text,
                account: "",
                id: None,
                parent: None,
                parent_id: None,
            });
        };
        if !is_account(arn.account) || !arn.region.is_empty() {
            return None;
        }
        let (kind, parent) = match (arn.service, arn.resource.split_once('/')) {
            ("iam", None) if arn.resource == "root" => (PrincipalKind::Root, None),
            ("iam", Some(("user", name))) if is_path_name(name) => (PrincipalKind::User, None),
            ("sts", Some(("assumed-role", _))) if session_role(arn.resource).is_some() => {
                (PrincipalKind::RoleSession, Some(text))
            }
            ("sts", Some(("federated-user", name))) if is_plain_name(name) => {
                (PrincipalKind::FederatedUser, Some(text))
            }
            _ => return None,
        };
        Some(Self { kind, arn: text, account: arn.account, id: None, parent, parent_id: None })
    }
    /// Nobody known: matches `*` only.
    #[must_use]
    pub const fn anonymous() -> Self {
        Self { kind: PrincipalKind::Anonymous, arn: "", account: "", id: None, parent: None, parent_id: None }
    }
}

/// How a resource policy's statement came to mean the caller; the later, the stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grant {
    /// Through the caller's account.
    Account,
    /// Through the role, or through the user who made the session.
    Parent,
    /// By the caller's own ARN, the service's name, or `*`.
    Direct,
}

/// One entry of `Principal`, compiled.
#[derive(Clone, Debug)]
pub(crate) enum Who {
    Everyone,
    Account {
        partition: Option<Text>,
        account: Text,
    },
    User {
        arn: Text,
        id: Option<Text>,
    },
    Role {
        arn: Text,
        id: Option<Text>,
    },
    /// A session's ARN: of a role, or a federated one.
    Session {
        arn: Text,
    },
    Service {
        name: Text,
    },
    /// A deleted principal's unique id, an identity provider, or what is no principal: matches no caller.
    Nobody,
}

/// Why an entry is no principal, or none for this kind of policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PrincipalFault {
    UnknownKind,
    Malformed,
    Group,
    /// Not the name of a service.
    Service,
    Wildcard,
    /// An identity provider outside a trust policy, or a canonical user.
    NotHere,
}

/// Reads one entry. A fault leaves [`Who::Nobody`].
pub(crate) fn read(kind: &str, text: &str, trust: bool) -> Result<Who, PrincipalFault> {
    match kind {
        "AWS" => aws(text),
        "Service" | "Federated" if text.contains(['*', '?']) => Err(PrincipalFault::Wildcard),
        "Service" if is_service(text) => Ok(Who::Service { name: text.into() }),
        "Federated" if trust && !text.is_empty() => Ok(Who::Nobody),
        "Federated" | "CanonicalUser" => Err(PrincipalFault::NotHere),
        "Service" => Err(PrincipalFault::Service),
        _ => Err(PrincipalFault::UnknownKind),
    }
}

fn aws(text: &str) -> Result<Who, PrincipalFault> {
    if text == "*" {
        return Ok(Who::Everyone);
    }
    if text.contains(['*', '?']) {
        return Err(PrincipalFault::Wildcard);
    }
    if is_account(text) {
        return Ok(Who::Account { partition: None, account: text.into() });
    }
    if is_unique_id(text) {
        return Ok(Who::Nobody);
    }
    let arn = Arn::parse(text).ok_or(PrincipalFault::Malformed)?;
    if !is_account(arn.account) || !arn.region.is_empty() || !arn.partition.starts_with("aws") {
        return Err(PrincipalFault::Malformed);
    }
    match (arn.service, arn.resource.split_once('/')) {
        ("iam", None) if arn.resource == "root" => {
            Ok(Who::Account { partition: Some(arn.partition.into()), account: arn.account.into() })
        }
        ("iam", Some(("user", name))) if is_path_name(name) => Ok(Who::User { arn: text.into(), id: None }),
        ("iam", Some(("role", name))) if is_path_name(name) => Ok(Who::Role { arn: text.into(), id: None }),
        ("iam", Some(("group", _))) => Err(PrincipalFault::Group),
        ("sts", Some(("assumed-role", _))) if session_role(arn.resource).is_some() => {
            Ok(Who::Session { arn: text.into() })
        }
        ("sts", Some(("federated-user", name))) if is_plain_name(name) => Ok(Who::Session { arn: text.into() }),
        _ => Err(PrincipalFault::Malformed),
    }
}

/// `Principal` or `NotPrincipal` of one statement, compiled.
#[derive(Clone, Debug)]
pub(crate) struct PrincipalRule {
    pub negated: bool,
    pub who: Box<[Who]>,
}

impl PrincipalRule {
    /// Compiles the element; entries that are no principals match nobody. `bindings` gives the unique ids that users
    /// and roles of `account` had when the policy was stored, by their ARNs.
    pub fn compile(written: &Principals<'_>, trust: bool, account: &str, bindings: &HashMap<&str, &Text>) -> Self {
        let read_one = |(kind, entry): &(std::borrow::Cow<'_, str>, Entry<'_>)| {
            let mut who = read(kind, &entry.text, trust).unwrap_or(Who::Nobody);
            if let Who::User { arn, id } | Who::Role { arn, id } = &mut who {
                let own = Arn::parse(arn).is_some_and(|arn| arn.account == account);
                *id = bindings.get(arn.as_str()).filter(|_| own).map(|id| (*id).clone());
            }
            who
        };
        Self { negated: written.negated, who: written.list.iter().map(read_one).collect() }
    }
    /// Does the statement mean this caller, and by what? `has_boundary` and `allow` matter to `NotPrincipal` alone.
    pub fn matches(&self, caller: &Principal<'_>, has_boundary: bool, allow: bool) -> Option<Grant> {
        if !self.negated {
            return self.who.iter().filter_map(|who| who.matches(caller)).max();
        }
        // `Allow` with `NotPrincipal` is refused when stored; met all the same, it grants nothing. A caller under a
        // boundary is never exempt (AWS: "NotPrincipal with Deny" and permissions boundaries).
        (!allow && (has_boundary || !self.exempts(caller))).then_some(Grant::Direct)
    }
    /// Is the caller itself listed? Its account alone does not count; a session needs its own ARN and its parent's.
    fn exempts(&self, caller: &Principal<'_>) -> bool {
        let lists = |wanted: Grant| {
            self.who.iter().any(|who| !matches!(who, Who::Everyone) && who.matches(caller) == Some(wanted))
        };
        match caller.kind {
            PrincipalKind::User | PrincipalKind::Service => lists(Grant::Direct),
            PrincipalKind::Root => lists(Grant::Account),
            PrincipalKind::RoleSession => lists(Grant::Direct) && lists(Grant::Parent),
            PrincipalKind::FederatedUser => lists(Grant::Direct) && (caller.parent.is_none() || lists(Grant::Parent)),
            PrincipalKind::Anonymous => false,
        }
    }
    /// The users and roles named.
    pub fn named(&self) -> impl Iterator<Item = &str> {
        self.who.iter().filter_map(|who| match who {
            Who::User { arn, .. } | Who::Role { arn, .. } => Some(arn.as_str()),
            _ => None,
        })
    }
}

impl Who {
    pub fn matches(&self, caller: &Principal<'_>) -> Option<Grant> {
        match self {
            Self::Everyone => Some(Grant::Direct),
            Self::Account { partition, account } => {
                let same = !caller.account.is_empty() && account == caller.account;
                let partition =
                    partition.as_deref().is_none_or(|partition| arn_field(caller.arn, 1) == Some(partition));
                (same && partition).then_some(Grant::Account)
            }
            Self::User { arn, id } => match caller.kind {
                PrincipalKind::User => {
                    let same = id.as_deref().map_or_else(|| arn == caller.arn, |id| caller.id == Some(id));
                    same.then_some(Grant::Direct)
                }
                PrincipalKind::FederatedUser => is_parent(arn, id.as_deref(), caller).then_some(Grant::Parent),
                _ => None,
            },
            Self::Role { arn, id } => (caller.kind == PrincipalKind::RoleSession
                && is_parent(arn, id.as_deref(), caller))
            .then_some(Grant::Parent),
            Self::Session { arn } => {
                let session = matches!(caller.kind, PrincipalKind::RoleSession | PrincipalKind::FederatedUser);
                (session && arn == caller.arn).then_some(Grant::Direct)
            }
            Self::Service { name } => {
                (caller.kind == PrincipalKind::Service && name == caller.arn).then_some(Grant::Direct)
            }
            Self::Nobody => None,
        }
    }
}

/// Is the user or role with this ARN the one the session comes from?
fn is_parent(arn: &str, id: Option<&str>, caller: &Principal<'_>) -> bool {
    if let Some(id) = id {
        return caller.parent_id == Some(id);
    }
    let Some(parent) = caller.parent.or((caller.kind == PrincipalKind::RoleSession).then_some(caller.arn)) else {
        return false;
    };
    if caller.kind == PrincipalKind::FederatedUser && parent != caller.arn {
        return parent == arn;
    }
    // Role names are unique in an account whatever their path, and a session's ARN does not tell the path.
    let (Some(written), Some(parent)) = (Arn::parse(arn), Arn::parse(parent)) else { return false };
    let name = session_role(parent.resource).or_else(|| parent.resource.rsplit('/').next());
    written.account == parent.account
        && written.partition == parent.partition
        && written.resource.rsplit('/').next() == name
}

/// The role's name in `assumed-role/ROLE/SESSION`.
fn session_role(resource: &str) -> Option<&str> {
    let (role, session) = resource.strip_prefix("assumed-role/")?.split_once('/')?;
    (is_plain_name(role) && is_plain_name(session)).then_some(role)
}

/// `name` or `path/to/name`.
fn is_path_name(text: &str) -> bool {
    text.rsplit('/').next().is_some_and(is_plain_name) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_plain_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte))
}

/// Twelve digits.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `AIDA…` or `AROA…`
fn is_unique_id(text: &str) -> bool {
    (text.starts_with("AIDA") || text.starts_with("AROA"))
        && (16..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// `name.amazonaws.com`, perhaps with a region or of another partition.
fn is_service(text: &str) -> bool {
    let name = text.strip_suffix(".cn").unwrap_or(text).strip_suffix(".amazonaws.com");
    name.is_some_and(|name| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Principal<'static> {
        Principal::from_arn("arn:aws:sts::111122223333:assumed-role/app/build-7").unwrap()
    }
    fn who(text: &str) -> Who {
        read("AWS", text, false).unwrap()
    }

    #[test]
    fn callers_are_read_from_their_arns() {
        for (text, kind) in [
            ("arn:aws:iam::111122223333:user/div/anaya", PrincipalKind::User),
            ("arn:aws:sts::111122223333:assumed-role/app/s", PrincipalKind::RoleSession),
            ("arn:aws:sts::111122223333:federated-user/anaya", PrincipalKind::FederatedUser),
            ("arn:aws:iam::111122223333:root", PrincipalKind::Root),
            ("lambda.amazonaws.com", PrincipalKind::Service),
        ] {
            assert_eq!(Principal::from_arn(text).unwrap().kind, kind, "{text}");
        }
        for text in [
            "",
            "anaya",
            "arn:aws:iam::111122223333:role/app",
            "arn:aws:iam::111122223333:group/ops",
            "arn:aws:iam::1:user/a",
            "arn:aws:iam:us-east-1:111122223333:user/a",
            "arn:aws:iam::111122223333:user/",
            "arn:aws:sts::111122223333:assumed-role/app",
            "arn:aws:sts::111122223333:assumed-role/app/a/b",
            "example.com",
        ] {
            assert!(Principal::from_arn(text).is_none(), "{text}");
        }
    }
    #[test]
    fn a_role_means_its_sessions_whatever_its_path() {
        for role in ["role/app", "role/svc/eu/app"] {
            let who = who(&format!("arn:aws:iam::111122223333:{role}"));
            assert_eq!(who.matches(&session()), Some(Grant::Parent));
            let full = Principal { parent: Some("arn:aws:iam::111122223333:role/svc/eu/app"), ..session() };
            assert_eq!(who.matches(&full), Some(Grant::Parent));
        }
        for other in [
            "arn:aws:iam::111122223333:role/App",
            "arn:aws:iam::444455556666:role/app",
            "arn:aws:iam::111122223333:role/app/x",
        ] {
            assert_eq!(who(other).matches(&session()), None, "{other}");
        }
    }
    #[test]
    fn a_bound_principal_matches_by_its_id_alone() {
        let arn = "arn:aws:iam::111122223333:user/anaya";
        let bound = Who::User { arn: arn.into(), id: Some("AIDA1".into()) };
        let caller = Principal::from_arn(arn).unwrap();
        assert_eq!(bound.matches(&caller), None, "no id is not the id");
        assert_eq!(bound.matches(&Principal { id: Some("AIDA2"), ..caller }), None, "made anew under the old name");
        let renamed = Principal { arn: "arn:aws:iam::111122223333:user/anaya2", id: Some("AIDA1"), ..caller };
        assert_eq!(bound.matches(&renamed), Some(Grant::Direct), "renamed, the same principal");
        let role = Who::Role { arn: "arn:aws:iam::111122223333:role/app".into(), id: Some("AROA1".into()) };
        assert_eq!(role.matches(&session()), None);
        assert_eq!(role.matches(&Principal { parent_id: Some("AROA1"), ..session() }), Some(Grant::Parent));
    }
    #[test]
    fn a_known_federating_user_is_not_guessed_by_name() {
        let anaya = who("arn:aws:iam::111122223333:user/anaya");
        let guessed = Principal::from_arn("arn:aws:sts::111122223333:federated-user/anaya").unwrap();
        assert_eq!(anaya.matches(&guessed), Some(Grant::Parent));
        let made_by_bob = Principal { parent: Some("arn:aws:iam::111122223333:user/bob"), ..guessed };
        assert_eq!(anaya.matches(&made_by_bob), None);
        assert_eq!(anaya.matches(&Principal { parent: None, ..guessed }), None);
    }
    #[test]
    fn what_is_no_principal_is_refused_with_its_reason() {
        for (kind, text, fault) in [
            ("AWS", "arn:aws:iam::111122223333:user/*", PrincipalFault::Wildcard),
            ("AWS", "arn:aws:iam::*:root", PrincipalFault::Wildcard),
            ("AWS", "arn:aws:iam::111122223333:group/ops", PrincipalFault::Group),
            ("AWS", "arn:aws:iam::1111:root", PrincipalFault::Malformed),
            ("AWS", "11112222333", PrincipalFault::Malformed),
            ("AWS", "anaya", PrincipalFault::Malformed),
            ("AWS", "", PrincipalFault::Malformed),
            ("Service", "*", PrincipalFault::Wildcard),
            ("Service", "example.com", PrincipalFault::Service),
            ("Federated", "accounts.google.com", PrincipalFault::NotHere),
            ("CanonicalUser", "79a59d", PrincipalFault::NotHere),
            ("aws", "*", PrincipalFault::UnknownKind),
            ("User", "111122223333", PrincipalFault::UnknownKind),
        ] {
            assert_eq!(read(kind, text, false).err(), Some(fault), "{kind} {text}");
        }
        assert!(matches!(read("Federated", "accounts.google.com", true), Ok(Who::Nobody)));
        assert!(matches!(who("AIDACKCEVSQ6C2EXAMPLE"), Who::Nobody));
    }
}
