//! What would be lost with a key, told before it is.

use crate::access::acts::extension::{AskDependents, SeeDependent};
use crate::error::Error;
use crate::ledger::{Keys as _, Look, View};
use crate::model::secret::Life;
use crate::model::version::CURRENT;
use crate::name::Text;
use crate::operation::kms::DescribeKey;
use crate::walk::{Caller, Visit};

/// What depends on a KMS key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyDependents {
    /// ARN of the key.
    pub key: Text,
    /// Secrets that the caller may describe, by name.
    pub secrets: Vec<DependentSecret>,
    /// How many more there are, which the caller may not describe.
    pub other_secrets: usize,
    /// Grants on the key.
    pub grants: u32,
    /// Its aliases.
    pub aliases: Vec<Text>,
}

/// A secret that depends on a KMS key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DependentSecret {
    /// Its name.
    pub name: Text,
    /// Its ARN.
    pub arn: Text,
    /// How many of its versions are under the key: without it they are lost.
    pub versions: usize,
    /// Whether the version labelled `AWSCURRENT` is one of them.
    pub current: bool,
    /// Whether new versions would be under the key.
    pub next: bool,
}

/// # Errors
/// `AccessDenied` without `kms:DescribeKey` and `kms:ListGrants` on the key; `NotFound`; `InvalidRequest`.
pub(crate) fn dependents(caller: &Caller, key_id: &str) -> Result<KeyDependents, Error> {
    caller.look::<DescribeKey, _>(("strongroom", "KeyDependents"), |visit| look(visit, key_id))
}

fn look(visit: &Visit<'_, View<'_>>, key_id: &str) -> Result<KeyDependents, Error> {
    let key = visit.admit(&AskDependents(key_id), visit.look.key(key_id, true, visit.observed())?)?;
    let row = &key.row().entry.row;
    let mut answer = KeyDependents {
        key: row.arn.clone(),
        grants: row.grants,
        aliases: row.aliases.clone(),
        ..KeyDependents::default()
    };
    let managed = visit.look.managed_key()? == Some(row.id);
    for secret in visit.look.secrets_under(&key)? {
        // What behaves as gone has nothing to lose.
        if secret.life(visit.observed()) == Life::Gone {
            continue;
        }
        // That there are others is told, and no more: the number decides whether a key can go.
        if !visit.gate.weigh(&SeeDependent, visit.call, &visit.look.secret(&secret.arn, visit.call)?) {
            answer.other_secrets = answer.other_secrets.saturating_add(1);
            continue;
        }
        let under = || secret.versions.iter().filter(|version| version.value.is_some_and(|at| at.key == row.id));
        answer.secrets.push(DependentSecret {
            versions: under().count(),
            current: under().any(|version| version.carries(CURRENT)),
            next: secret.key.map_or(managed, |key| key == row.id),
            name: secret.name,
            arn: secret.arn,
        });
    }
    answer.secrets.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(answer)
}
