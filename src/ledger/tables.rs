//! Identifiers of rows. A row key is a keyed hash of table and identifier, so nothing
//! in the file is told by names, and rows have no order of their own.

use strongroom_keystore::{Barrier, RowKey};

use super::store::PrincipalPlace;
use super::table::Table;
use crate::model::credential::CredentialPlace;
use crate::model::grant::Slot;
use crate::model::principal::PrincipalKind;

/// In another region than the store's own, its name goes before the secret's: rows of the own region are where they were before
/// there were others.
pub(crate) fn secret(barrier: &Barrier, abroad: Option<&str>, name: &str) -> RowKey {
    match abroad {
        None => barrier.row_key(Table::Secrets.id(), &[name.as_bytes()]),
        Some(region) => barrier.row_key(Table::Secrets.id(), &[region.as_bytes(), name.as_bytes()]),
    }
}
pub(crate) fn version(barrier: &Barrier, arn: &str, version_id: &str) -> RowKey {
    barrier.row_key(Table::Versions.id(), &[arn.as_bytes(), version_id.as_bytes()])
}
pub(crate) fn key(barrier: &Barrier, id: &[u8; 16]) -> RowKey {
    barrier.row_key(Table::Keys.id(), &[id])
}
pub(crate) fn backing(barrier: &Barrier, id: &[u8; 16], material: u32) -> RowKey {
    barrier.row_key(Table::BackingKeys.id(), &[id, &material.to_be_bytes()])
}
/// Regions as with secrets.
pub(crate) fn alias(barrier: &Barrier, abroad: Option<&str>, name: &str) -> RowKey {
    match abroad {
        None => barrier.row_key(Table::Aliases.id(), &[name.as_bytes()]),
        Some(region) => barrier.row_key(Table::Aliases.id(), &[region.as_bytes(), name.as_bytes()]),
    }
}
pub(crate) fn grants(barrier: &Barrier, key: &[u8; 16], grantee: &str, slot: &Slot) -> RowKey {
    let slot = slot.as_bytes();
    if slot.is_empty() {
        return barrier.row_key(Table::Grants.id(), &[key, grantee.as_bytes()]);
    }
    // No grantee has a zero byte: it ends there, and the number of parts stays what it was.
    barrier.row_key(Table::Grants.id(), &[key, &[grantee.as_bytes(), &[0], slot].concat()])
}
pub(crate) fn grant_index(barrier: &Barrier, grant: &str) -> RowKey {
    barrier.row_key(Table::GrantIds.id(), &[grant.as_bytes()])
}
pub(crate) fn principal(barrier: &Barrier, (kind, name): &PrincipalPlace) -> RowKey {
    let kind: &[u8] = match kind {
        PrincipalKind::User => b"user",
        PrincipalKind::Role => b"role",
        PrincipalKind::Group => b"group",
    };
    // IAM names are unique without regard to case: places are lower-case, the row keeps the spelling.
    barrier.row_key(Table::Principals.id(), &[kind, name.as_bytes()])
}
/// `name` in lower case: names are unique without regard to case and path.
pub(crate) fn managed_policy(barrier: &Barrier, name: &str) -> RowKey {
    barrier.row_key(Table::ManagedPolicies.id(), &[name.as_bytes()])
}
pub(crate) fn credential(barrier: &Barrier, place: CredentialPlace<'_>) -> RowKey {
    let (kind, name) = match place {
        CredentialPlace::AccessKey(id) => (b"key".as_slice(), id),
        CredentialPlace::MfaDevice(name) => (b"mfa".as_slice(), name),
    };
    barrier.row_key(Table::Credentials.id(), &[kind, name.as_bytes()])
}
pub(crate) fn settings(barrier: &Barrier) -> RowKey {
    barrier.row_key(Table::Reserved.id(), &[b"settings"])
}
/// A jump of the clock that nobody has confirmed.
pub(crate) fn clock(barrier: &Barrier) -> RowKey {
    barrier.row_key(Table::Reserved.id(), &[b"clock"])
}
/// What is left of a deleted key.
pub(crate) fn tombstone(barrier: &Barrier, id: &[u8; 16]) -> RowKey {
    barrier.row_key(Table::Reserved.id(), &[b"tombstone", id])
}
/// How many users, groups, roles and policies there are.
pub(crate) fn counts(barrier: &Barrier) -> RowKey {
    barrier.row_key(Table::Reserved.id(), &[b"counts"])
}
/// How many records the journal keeps.
pub(crate) fn retention(barrier: &Barrier) -> RowKey {
    barrier.row_key(Table::Reserved.id(), &[b"retention"])
}
/// That something was removed whose bytes are still there.
pub(crate) fn stale(barrier: &Barrier) -> RowKey {
    barrier.row_key(Table::Reserved.id(), &[b"stale"])
}
