//! Secrets Manager.

mod batch;
mod policy;
pub(crate) mod replication;
mod rotation;
mod secret;
mod tag;
pub(super) mod value;
mod version;

pub(super) use rotation::may_invoke;

use std::sync::Arc;

use strongroom_keystore::{SecretBytes, SecretText};

use crate::access::acts::due::PurgeSecret;
use crate::access::entry::SecretLook;
use crate::access::{Act, KeyRefused, Pass, SecretEntry};
use crate::error::{self, Error};
use crate::ledger::Look;
use crate::model::filter::{Asked, Filters};
use crate::model::key::KeyName;
use crate::model::secret::SecretId;
use crate::model::version::SealedAt;
use crate::model::{Home, Tag};
use crate::name::Text;
use crate::operation::secretsmanager as shapes;
use crate::walk::{Visit, Writing};

/// The value a request brings: text or bytes, never both.
#[derive(Clone, Copy, Debug)]
pub(super) enum Given<'a> {
    Text(&'a SecretText),
    Binary(&'a SecretBytes),
}
impl<'a> Given<'a> {
    /// # Errors
    /// `InvalidRequest`: both.
    fn of(text: Option<&'a SecretText>, binary: Option<&'a SecretBytes>) -> Result<Option<Self>, Error> {
        match (text, binary) {
            (Some(_), Some(_)) => Err(error::secretsmanager::both_values()),
            (Some(text), None) => Ok(Some(Self::Text(text))),
            (None, Some(binary)) => Ok(Some(Self::Binary(binary))),
            (None, None) => Ok(None),
        }
    }
    fn bytes(&self) -> &'a [u8] {
        match self {
            Self::Text(text) => text.expose().as_bytes(),
            Self::Binary(binary) => binary.expose(),
        }
    }
    fn is_binary(&self) -> bool {
        matches!(self, Self::Binary(_))
    }
}

/// A key that refuses on a read.
fn cannot_open(refused: KeyRefused) -> Error {
    cannot(refused, error::secretsmanager::decryption_failure)
}
/// A key that refuses on a write.
fn cannot_seal(refused: KeyRefused) -> Error {
    cannot(refused, error::secretsmanager::encryption_failure)
}
fn cannot(refused: KeyRefused, failure: fn() -> Error) -> Error {
    match refused {
        KeyRefused::Denied => error::secretsmanager::kms_access_denied(),
        KeyRefused::Failed(failed) => failed,
        KeyRefused::Disabled
        | KeyRefused::PendingDeletion
        | KeyRefused::PendingImport
        | KeyRefused::Usage
        | KeyRefused::NoMaterial => failure(),
    }
}

/// Admitted, and there: the first steps of every walk on one secret.
pub(super) fn admitted<'v, A: Act<On = SecretLook>, L: Look>(
    act: &A,
    secret_id: &str,
    visit: &Visit<'v, L>,
) -> Result<Pass<'v, A, Arc<SecretEntry>>, Error> {
    visit.admit(act, visit.look.secret(secret_id, visit.call)?)?.found(crate::error::secretsmanager::secret_not_found)
}

/// A secret of that name whose recovery window is over makes room for a new one: not by a clock that jumped.
/// # Errors
/// `InvalidState`: the clock is in doubt, and the secret stays.
fn purge_if_gone(visit: &Writing<'_, '_>, name: &str) -> Result<(), Error> {
    if let Some(pass) = visit.gate.due::<PurgeSecret>(visit.look.secret_due(name)?, visit.observed()) {
        let pass = pass.found(crate::error::secretsmanager::secret_not_found)?;
        if visit.look.is_clock_in_doubt(visit.observed())? {
            return Err(error::secretsmanager::name_scheduled_for_deletion());
        }
        visit.look.remove_secret(&pass, &pass.row().row)?;
    }
    Ok(())
}

/// ARN and name for the answer to a forced deletion of something unknown.
fn made_up(home: &Home, secret_id: &str, suffix: &str) -> (Text, Text) {
    match SecretId::parse(secret_id, home) {
        Ok(SecretId::FullArn { name, arn }) => (Text::from(arn), Text::from(name)),
        Ok(SecretId::PartialArn { name, arn }) => (Text::from(format!("{arn}-{suffix}")), Text::from(name)),
        _ => (crate::model::secret::arn(home, secret_id, suffix), Text::from(secret_id)),
    }
}

fn key_arn<L>(visit: &Visit<'_, L>, at: SealedAt) -> Text
where
    L: Look,
{
    KeyName { id: at.key, multi_region: at.multi_region }.arn(visit.home())
}

/// Filters of a request, as the list of secrets takes them.
fn filters_of(sent: Option<&[shapes::Filter]>) -> Result<Filters, Error> {
    Filters::read(sent.unwrap_or_default().iter().map(|filter| Asked {
        key: filter.key.as_ref().map(shapes::FilterKey::as_str),
        values: filter.values.as_deref().unwrap_or_default(),
    }))
}

/// Numbers of the lists of this service: tokens of one are none of another's.
mod list {
    pub(super) const SECRETS: u8 = 1;
    pub(super) const VERSIONS: u8 = 2;
    pub(super) const VALUES: u8 = 3;
    pub(super) const POLICIES: u8 = 4;
}

fn tags_of(tags: &[shapes::Tag]) -> Vec<Tag> {
    tags.iter().map(|tag| Tag { key: tag.key.clone(), value: tag.value.clone() }).collect()
}
fn tags_shown(tags: &[Tag]) -> Vec<shapes::Tag> {
    tags.iter().map(|tag| shapes::Tag::new(tag.key.clone(), tag.value.clone())).collect()
}
