//! How many users, groups, roles and managed policies an account has, and how many it may have.

use serde::{Deserialize, Serialize};

use super::principal::PrincipalKind;
use crate::error::{Error, iam as texts};

/// The numbers, kept beside the rows so that a creation need not count them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CountsRow {
    pub users: u32,
    pub groups: u32,
    pub roles: u32,
    pub policies: u32,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    User,
    Group,
    Role,
    Policy,
}
impl From<PrincipalKind> for Kind {
    fn from(kind: PrincipalKind) -> Self {
        match kind {
            PrincipalKind::User => Self::User,
            PrincipalKind::Group => Self::Group,
            PrincipalKind::Role => Self::Role,
        }
    }
}

impl Kind {
    /// The most that an account may have.
    pub(crate) fn most(self) -> usize {
        match self {
            Self::User => 5_000,
            Self::Group => 300,
            Self::Role => 1_000,
            Self::Policy => 1_500,
        }
    }
    fn quota(self) -> &'static str {
        match self {
            Self::User => "UsersPerAccount",
            Self::Group => "GroupsPerAccount",
            Self::Role => "RolesPerAccount",
            Self::Policy => "PoliciesPerAccount",
        }
    }
}

impl CountsRow {
    fn of(&mut self, kind: Kind) -> &mut u32 {
        match kind {
            Kind::User => &mut self.users,
            Kind::Group => &mut self.groups,
            Kind::Role => &mut self.roles,
            Kind::Policy => &mut self.policies,
        }
    }
    /// One more.
    /// # Errors
    /// `LimitExceeded`: there are as many as may be. The numbers are then as they were.
    pub(crate) fn enter(&mut self, kind: Kind) -> Result<(), Error> {
        let count = *self.of(kind);
        if usize::try_from(count).is_ok_and(|count| count < kind.most()) {
            self.count(kind);
            return Ok(());
        }
        Err(texts::quota(kind.quota(), kind.most()))
    }
    /// One more that is there already, whatever the quota.
    pub(crate) fn count(&mut self, kind: Kind) {
        let count = self.of(kind);
        *count = count.saturating_add(1);
    }
    /// One less.
    pub(crate) fn leave(&mut self, kind: Kind) {
        let count = self.of(kind);
        *count = count.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_quota_and_room_is_made_by_leaving() {
        for (kind, most, name) in [
            (Kind::User, 5_000, "UsersPerAccount"),
            (Kind::Group, 300, "GroupsPerAccount"),
            (Kind::Role, 1_000, "RolesPerAccount"),
            (Kind::Policy, 1_500, "PoliciesPerAccount"),
        ] {
            let mut counts = CountsRow::default();
            for _ in 0..most {
                counts.enter(kind).unwrap();
            }
            let before = counts.clone();
            let error = counts.enter(kind).unwrap_err();
            assert_eq!(error.code(), "LimitExceeded");
            assert_eq!(error.message().to_string(), format!("Cannot exceed quota for {name}: {most}"));
            assert_eq!(counts, before);
            counts.leave(kind);
            counts.enter(kind).unwrap();
            assert_eq!(counts, before);
            // Whoever has too many already can get rid of them.
            counts.count(kind);
            counts.leave(kind);
            assert_eq!(counts, before);
            // The others have room of their own.
            let others = [Kind::User, Kind::Group, Kind::Role, Kind::Policy].into_iter().filter(|other| *other != kind);
            for other in others {
                counts.enter(other).unwrap();
            }
        }
    }
}
