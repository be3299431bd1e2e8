//! How entries are made of rows: the same for views and changes.

use std::sync::Arc;

use strongroom_keystore::{RowKey, Wrapped};

use super::principals::place;
use super::{Fetch, Rows};
use crate::access::entry::PrincipalLook;
use crate::access::{KeyEntry, PrincipalEntry, SecretEntry};
use crate::error::Error;
use crate::ledger::table::Table;
use crate::ledger::{fault, tables};
use crate::model::key::KeyRow;
use crate::model::managed_policy::{ManagedPolicyRow, PolicyRef};
use crate::model::principal::{PrincipalKind as RowKind, PrincipalRow, unique_key};
use crate::model::secret::SecretRow;
use crate::name::Text;
use crate::policy::{Policy, PolicyKind, PolicySet, Source, SourceKind};

pub(in crate::ledger) fn load_secret(
    rows: &impl Rows,
    key: &RowKey,
    name: &str,
    account: &str,
) -> Result<Option<SecretEntry>, Error> {
    // A text that is no name at all might have the identifier of a row of another region.
    let found = rows.read::<SecretRow>(Table::Secrets, key)?.filter(|row| row.name == *name);
    let Some(row) = found else { return Ok(None) };
    let policy = compile_secret_policy(&row, account)?;
    Ok(Some(SecretEntry::new(row, policy)))
}

/// The policy on a secret. It was compiled when it was stored: one that no longer compiles is damage, and denies.
pub(crate) fn compile_secret_policy(row: &SecretRow, account: &str) -> Result<Option<Policy>, Error> {
    let Some(stored) = &row.policy else { return Ok(None) };
    Policy::load_bound(&stored.text, PolicyKind::Secret, account, &stored.principals)
        .map(Some)
        .map_err(|_| fault::policy_damaged())
}

/// The policy of a key: every key has one.
pub(crate) fn compile_key_policy(row: &KeyRow, account: &str) -> Result<Policy, Error> {
    Policy::load_bound(&row.policy.text, PolicyKind::Key, account, &row.policy.principals)
        .map_err(|_| fault::policy_damaged())
}

pub(in crate::ledger) fn load_key(
    rows: &impl Rows,
    key: &RowKey,
    account: &str,
) -> Result<Option<Arc<KeyEntry>>, Error> {
    let Some(row) = rows.read::<KeyRow>(Table::Keys, key)? else { return Ok(None) };
    let policy = compile_key_policy(&row, account)?;
    let backing = match row.current_material().filter(|material| material.is_here()) {
        Some(current) => Some(load_backing(rows, &row.id, current.version)?),
        None => None,
    };
    Ok(Some(Arc::new(KeyEntry::new(row, policy, backing))))
}

/// A backing key that its key's row says is there.
pub(in crate::ledger) fn load_backing(rows: &impl Rows, key: &[u8; 16], version: u32) -> Result<Wrapped, Error> {
    let place = tables::backing(rows.barrier(), key, version);
    let blob = rows.read_bytes(Table::BackingKeys, &place)?.ok_or_else(fault::missing_backing_key)?;
    Ok(Wrapped { version, blob: Arc::from(blob) })
}

/// A principal with everything that its policies say: its own, the attached ones, those of its groups, its boundary. `read`
/// learns the key of every row that it is made of.
pub(in crate::ledger) fn load_principal<R: Rows + Fetch>(
    rows: &R,
    key: RowKey,
    account: &str,
    read: &mut Vec<RowKey>,
) -> Result<PrincipalLook, Error> {
    read.push(key);
    let Some(row) = rows.read::<PrincipalRow>(Table::Principals, &key)? else { return Ok(None) };
    let mut policies = Vec::with_capacity(row.inline.len());
    own_policies(rows, &row, read, &mut policies)?;
    for name in &row.groups {
        let key = tables::principal(rows.barrier(), &place(RowKind::Group, name));
        read.push(key);
        // Without one of its groups a user might be without a prohibition.
        let group = rows.read::<PrincipalRow>(Table::Principals, &key)?.ok_or_else(fault::policy_damaged)?;
        own_policies(rows, &group, read, &mut policies)?;
    }
    let boundary = match &row.boundary {
        Some(arn) => Some(PolicySet::new([attached(rows, arn, read)?])),
        None => None,
    };
    let trust = match &row.trust {
        Some(stored) => Some(
            Policy::load_bound(&stored.text, PolicyKind::Trust, account, &stored.principals)
                .map_err(|_| fault::policy_damaged())?,
        ),
        None => None,
    };
    Ok(Some(Arc::new(PrincipalEntry { row, identity: PolicySet::new(policies), boundary, trust })))
}

/// The inline and attached policies of one row.
fn own_policies<R: Rows + Fetch>(
    rows: &R,
    row: &PrincipalRow,
    read: &mut Vec<RowKey>,
    into: &mut Vec<(Source, Arc<Policy>)>,
) -> Result<(), Error> {
    let kind = match row.kind {
        RowKind::User => SourceKind::User,
        RowKind::Role => SourceKind::Role,
        RowKind::Group => SourceKind::Group,
    };
    for inline in &row.inline {
        let policy = Policy::load(&inline.text, PolicyKind::Identity).map_err(|_| fault::policy_damaged())?;
        // Of a group's policy the caller's name does not tell where to look for it.
        let id = match row.kind {
            RowKind::Group => Text::from(format!("{}/{}", row.name, inline.name)),
            RowKind::User | RowKind::Role => inline.name.clone(),
        };
        into.push((Source { id, kind }, Arc::new(policy)));
    }
    for arn in &row.attached {
        into.push(attached(rows, arn, read)?);
    }
    Ok(())
}

/// A managed policy in force. One that is attached is there: else something was taken away behind our back.
fn attached<R: Rows + Fetch>(rows: &R, arn: &Text, read: &mut Vec<RowKey>) -> Result<(Source, Arc<Policy>), Error> {
    let (text, kind) = match PolicyRef::parse(arn, rows.home()) {
        PolicyRef::BuiltIn(policy) => (Text::from(policy.text), SourceKind::AwsManaged),
        PolicyRef::Own { name } => {
            let key = tables::managed_policy(rows.barrier(), &unique_key(name));
            read.push(key);
            let row = rows.read::<ManagedPolicyRow>(Table::ManagedPolicies, &key)?.filter(|row| row.arn == *arn);
            let row = row.ok_or_else(fault::policy_damaged)?;
            (row.in_force().ok_or_else(fault::policy_damaged)?.text.clone(), SourceKind::UserManaged)
        }
        PolicyRef::Elsewhere => return Err(fault::policy_damaged()),
    };
    let policy = Policy::load(&text, PolicyKind::Identity).map_err(|_| fault::policy_damaged())?;
    Ok((Source { id: arn.clone(), kind }, Arc::new(policy)))
}
