//! Users and roles.

use serde::{Deserialize, Serialize};

use super::{StoredPolicy, Tag};
use crate::clock::Timestamp;
use crate::name::Text;

/// A user or a role with its inline policies.
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

/// User or role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum PrincipalKind {
    User,
    Role,
}

/// A policy that lives inside its principal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InlinePolicy {
    pub name: Text,
    pub text: Text,
}
