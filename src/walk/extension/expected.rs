//! A put on condition that a certain version is still the current one.

use std::fmt;

use crate::error::{self, Error};
use crate::ledger::Look;
use crate::model::secret::SecretRow;
use crate::model::version::CURRENT;
use crate::name::Text;
use crate::operation::Operation;
use crate::operation::secretsmanager::{DescribeSecret, PutSecretValue, PutSecretValueResponse};
use crate::walk::secretsmanager::value::put_if;
use crate::walk::{Reading, Task, Write, Writing};

/// The version that must be labelled `AWSCURRENT` for a put to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// This one, by its id.
    Version(Text),
    /// None: the secret has no value yet.
    NoValue,
}
impl From<Text> for Expected {
    fn from(version_id: Text) -> Self {
        Self::Version(version_id)
    }
}
impl From<&Text> for Expected {
    fn from(version_id: &Text) -> Self {
        Self::Version(version_id.clone())
    }
}
impl From<&str> for Expected {
    fn from(version_id: &str) -> Self {
        Self::Version(Text::from(version_id))
    }
}
impl From<String> for Expected {
    fn from(version_id: String) -> Self {
        Self::Version(Text::from(version_id))
    }
}

/// What a put found instead of the version that it expected: the source of its error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Found {
    /// This version is current.
    Version(Text),
    /// The secret has no value.
    NoValue,
    /// Not told: the caller may put, and not `secretsmanager:DescribeSecret`.
    Untold,
}
impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version(id) => write!(f, "the current version is {id}"),
            Self::NoValue => f.write_str("the secret has no value"),
            Self::Untold => f.write_str("another version is current"),
        }
    }
}
impl std::error::Error for Found {}

/// PutSecretValue with what it expects.
pub(crate) struct PutIf<'a> {
    request: &'a PutSecretValue,
    expected: &'a Expected,
}
impl<'a> PutIf<'a> {
    pub(crate) fn new(request: &'a PutSecretValue, expected: &'a Expected) -> Self {
        Self { request, expected }
    }
    fn check(&self, visit: &Writing<'_, '_>, row: &SecretRow) -> Result<(), Error> {
        let current = row.holder(CURRENT).map(|version| &version.id);
        let met = match self.expected {
            Expected::Version(id) => current == Some(id),
            Expected::NoValue => current.is_none(),
        };
        if met {
            return Ok(());
        }
        // Which version is current is what DescribeSecret tells, and a put does not.
        let describe = DescribeSecret::new(&self.request.secret_id);
        let facts = visit.look.secret(&self.request.secret_id, visit.call)?;
        let found = match current {
            _ if !visit.gate.weigh(&describe, visit.call, &facts) => Found::Untold,
            Some(id) => Found::Version(id.clone()),
            None => Found::NoValue,
        };
        Err(error::secretsmanager::another_version(&found).caused_by(found))
    }
}

impl Task for PutIf<'_> {
    type Operation = PutSecretValue;
    type Answer = PutSecretValueResponse;
    const TOLD_AS: (&'static str, &'static str) = (PutSecretValue::SERVICE, PutSecretValue::NAME);
    fn request(&self) -> &PutSecretValue {
        self.request
    }
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        self.request.weigh(visit)
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<PutSecretValueResponse, Error> {
        put_if(self.request, visit, |row| self.check(visit, row))
    }
}
