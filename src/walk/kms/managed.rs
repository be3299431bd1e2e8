//! The managed key `aws/secretsmanager`: made on first need, by whatever call needs it first.

use std::sync::Arc;

use strongroom_keystore::KeyId;

use crate::access::acts::through;
use crate::access::{KeyEntry, Pass, Reaches, Writes};
use crate::error::Error;
use crate::ledger::{Keys as _, Look, compile_key_policy};
use crate::model::StoredPolicy;
use crate::model::key::{
    AliasRow, Came, KeyManager, KeyName, KeyOrigin, KeyRow, KeySpec, KeyState, MANAGED_ALIAS, MANAGED_DESCRIPTION,
    Rotation, managed_policy,
};
use crate::name::Text;
use crate::walk::{Visit, Writing};

/// The id of the managed key; makes it if there is none yet.
pub(crate) fn ensure<'v, A, R>(visit: &Writing<'v, '_>, pass: &Pass<'v, A, R>) -> Result<[u8; 16], Error>
where
    A: Reaches<through::Make> + Writes<KeyRow>,
{
    match visit.look.managed_key()? {
        Some(key) => Ok(key),
        None => Ok(make(visit, pass, draft(visit)?)?.id),
    }
}

/// The managed key as it would be made; nothing of it exists yet.
pub(super) fn draft<L: Look>(visit: &Visit<'_, L>) -> Result<KeyRow, Error> {
    let name = KeyName { id: visit.new_id()?, multi_region: false };
    let policy = StoredPolicy { text: Text::from(managed_policy(visit.home())), principals: Vec::new() };
    let mut row = blank(visit, name, KeySpec::SymmetricDefault, policy);
    row.manager = KeyManager::Aws;
    row.rotation = Rotation::starting(KeyManager::Aws, row.created);
    row.description = Text::from(MANAGED_DESCRIPTION);
    row.aliases = vec![Text::from(MANAGED_ALIAS)];
    Ok(row)
}

/// Makes the drafted key.
pub(super) fn make<'v, A, R>(visit: &Writing<'v, '_>, pass: &Pass<'v, A, R>, mut row: KeyRow) -> Result<KeyRow, Error>
where
    A: Reaches<through::Make> + Writes<KeyRow>,
{
    first_material(visit, pass, &mut row)?;
    let alias = AliasRow { name: Text::from(MANAGED_ALIAS), key: row.id, created: row.created, updated: row.created };
    visit.look.save_key(pass, &row)?;
    visit.look.save_managed_alias(pass, &alias)?;
    visit.look.save_managed_key(pass, row.id)?;
    Ok(row)
}

/// A key without material, tags, aliases and grants.
pub(super) fn blank<L: Look>(visit: &Visit<'_, L>, name: KeyName, spec: KeySpec, policy: StoredPolicy) -> KeyRow {
    KeyRow {
        id: name.id,
        arn: name.arn(visit.home()),
        description: Text::default(),
        created: visit.observed(),
        manager: KeyManager::Customer,
        spec,
        origin: KeyOrigin::AwsKms,
        multi_region: name.multi_region,
        state: KeyState::Enabled,
        policy,
        tags: Vec::new(),
        materials: Vec::new(),
        aliases: Vec::new(),
        grants: 0,
        rotation: Rotation::starting(KeyManager::Customer, visit.observed()),
        last_use: None,
    }
}

/// A row that is not saved yet, as the gate weighs it.
pub(super) fn candidate(row: &KeyRow, account: &str) -> Result<Arc<KeyEntry>, Error> {
    Ok(Arc::new(KeyEntry::new(row.clone(), compile_key_policy(row, account)?, None)))
}

/// Makes a key's first backing key and saves it, wrapped.
pub(super) fn first_material<'v, A, R>(
    visit: &Writing<'v, '_>,
    pass: &Pass<'v, A, R>,
    row: &mut KeyRow,
) -> Result<(), Error>
where
    A: Reaches<through::Make> + Writes<KeyRow>,
{
    new_material(visit, pass, row, Came::First)
}
/// Makes a key's next backing key and saves it, wrapped. Nothing else is written: what older material sealed stays as it is.
pub(super) fn new_material<'v, A, R>(
    visit: &Writing<'v, '_>,
    pass: &Pass<'v, A, R>,
    row: &mut KeyRow,
    came: Came,
) -> Result<(), Error>
where
    A: Reaches<through::Make> + Writes<KeyRow>,
{
    let key = KeyId { id: row.id, multi_region: row.multi_region };
    let version = row.next_version();
    let leave = visit.gate.make(pass, key);
    let made = match super::mac::hash_of(row.spec) {
        None => visit.keystore.make(leave, version)?,
        Some(hash) => visit.keystore.make_for_macs(leave, version, hash)?,
    };
    visit.look.save_backing(pass, &row.id, &made.wrapped)?;
    row.rotated(version, made.material_id, visit.observed(), came);
    Ok(())
}
