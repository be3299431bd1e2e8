//! Grants: what they allow, and under which encryption context.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::name::Text;

/// One grant. Rows hold all live grants of one grantee on one key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Grant {
    /// 64 hex digits.
    pub id: Text,
    pub key: [u8; 16],
    /// ARN as the request gave it.
    pub grantee: Text,
    /// Unique id of the grantee when it is a user or role of the store's own account.
    pub grantee_id: Option<Text>,
    pub retiring: Option<Text>,
    pub retiring_id: Option<Text>,
    /// Grant operation names, such as `Decrypt`; sorted.
    pub operations: Vec<Text>,
    pub constraint: Option<Constraint>,
    pub name: Option<Text>,
    /// ARN of the creating principal.
    pub issuer: Text,
    /// The grant by which the creator could create this one.
    pub parent: Option<Text>,
    pub created: Timestamp,
}

/// A grant's constraint on the encryption context; pairs sorted by key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Constraint {
    Equals(Vec<(Text, Text)>),
    Subset(Vec<(Text, Text)>),
}
