//! KMS. Key identifiers resolve before authorisation, as at AWS: an unknown key is told to anybody who names one.

mod alias;
mod crypto;
mod grant;
pub(crate) mod import;
mod key;
mod life;
mod mac;
pub(crate) mod managed;
mod policy;
mod reencrypt;
mod retiring;
pub(crate) mod rotation;
mod tagging;

use crate::access::gate::Grantable;
use crate::access::{Act, KeyFacts, Pass};
use crate::error::{self, Error};
use crate::ledger::Look;
use crate::model::key::{KeyRef, alias_arn};
use crate::name::Text;
use crate::walk::Visit;

/// The id of the key that an identifier names: id, ARN, alias or alias ARN. It need not exist.
/// # Errors
/// `NotFound`: an alias that points nowhere, a key of another region. `InvalidRequest`.
pub(crate) fn resolve<L: Look>(look: &L, named: &str) -> Result<[u8; 16], Error> {
    match KeyRef::parse(named, look.home(), true)? {
        KeyRef::Id(name) => Ok(name.id),
        KeyRef::Alias(alias) => {
            look.alias_target(alias)?.ok_or_else(|| error::kms::alias_not_found(alias_arn(look.home(), alias)))
        }
    }
}

/// Does a request's `KeyId` take an alias? Management calls do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    Alias,
    KeyOnly,
}

/// Found, and admitted by policy: for acts that no grant can allow.
fn admitted<'v, A: Act<On = KeyFacts>, L: Look>(
    act: &A,
    key_id: &str,
    visit: &Visit<'v, L>,
) -> Result<Pass<'v, A, KeyFacts>, Error> {
    visit.admit(act, visit.look.key(key_id, false, visit.observed())?)
}

/// Found, and admitted by policy or by a grant.
fn granted<'v, A: Act<On = KeyFacts> + Grantable, L: Look>(
    act: &A,
    (key_id, takes): (&str, Takes),
    tokens: Option<&Vec<Text>>,
    visit: &Visit<'v, L>,
) -> Result<Pass<'v, A, KeyFacts>, Error> {
    let facts = visit.look.key(key_id, takes == Takes::Alias, visit.observed())?;
    check_tokens(visit, tokens)?;
    visit.gate.admit_key(act, visit.call, facts)
}

/// Grants are effective as soon as they are made, so a token adds nothing; but it must be one of this store's.
/// # Errors
/// `InvalidRequest` (AWS: InvalidGrantTokenException).
fn check_tokens<L: Look>(visit: &Visit<'_, L>, tokens: Option<&Vec<Text>>) -> Result<(), Error> {
    let ours = |token: &Text| visit.keystore.check_grant_token(token).is_some();
    if tokens.into_iter().flatten().all(ours) { Ok(()) } else { Err(error::kms::invalid_grant_token()) }
}

/// The end of a dry run: everything was checked, nothing is done.
/// # Errors
/// `DryRunPassed`, if that is what the request asks for.
fn end_dry_run(dry_run: Option<bool>) -> Result<(), Error> {
    if dry_run == Some(true) { Err(error::kms::dry_run()) } else { Ok(()) }
}

/// Numbers of lists, so that a marker of one opens in no other. Secrets Manager has those below 16, IAM those from 32.
mod list {
    pub(super) const KEYS: u8 = 16;
    pub(super) const ALIASES: u8 = 17;
    pub(super) const GRANTS: u8 = 18;
    pub(super) const TAGS: u8 = 22;
    pub(super) const POLICIES: u8 = 23;
    pub(super) const ROTATIONS: u8 = 24;
    pub(super) const RETIRABLE_GRANTS: u8 = 25;
}
