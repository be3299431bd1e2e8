//! Keys, their aliases and their grants.

use std::collections::BTreeMap;
use std::sync::Arc;

use strongroom_keystore::KeyId;

use super::Grants;
use crate::access::{Act, Everything, Facts, GrantLook, KeyEntry, KeyFacts, Pass, Scans, Writes};
use crate::clock::Timestamp;
use crate::error::{self, Error};
use crate::ledger::record::AliasRow;
use crate::model::grant::{Grant, Slot};
use crate::model::hex::hex;
use crate::model::key::{KeyName, KeyRef, KeyRow, MANAGED_ALIAS, alias_arn};
use crate::model::secret::SecretRow;
use crate::name::{Arn, Text};

/// Keys of one instant of the store.
pub(crate) trait Keys: Grants + GrantLook + Sized {
    /// A key of this region by its id; `None` if there is none.
    fn key_by_id(&self, id: &[u8; 16]) -> Result<Option<Facts<'_, KeyFacts>>, Error> {
        let found = self.fetch_key(id)?.filter(|entry| self.is_here(&entry.row.arn));
        Ok(found.map(|entry| self.proposed_key(entry)))
    }
    /// A key of whatever region, for [`Gate::due`](crate::access::Gate::due) to look at.
    fn key_due(&self, id: &[u8; 16]) -> Result<Option<Facts<'_, KeyFacts>>, Error> {
        Ok(self.fetch_key(id)?.map(|entry| self.proposed_key(entry)))
    }
    /// The key that sealed a version of an admitted secret: one of the secret's region, by the secret's own row.
    fn key_of<A: Act, R>(
        &self,
        _secret: &Pass<'_, A, R>,
        key: &[u8; 16],
    ) -> Result<Option<Facts<'_, KeyFacts>>, Error> {
        Ok(self.fetch_key(key)?.map(|entry| self.proposed_key(entry)))
    }
    /// The managed key of this region, once it was made.
    fn managed_key(&self) -> Result<Option<[u8; 16]>, Error> {
        if self.abroad().is_some() { self.alias_target(MANAGED_ALIAS) } else { Ok(self.fetch_settings()?.managed_key) }
    }
    /// A key by what a request names. KMS tells anybody that there is no such key, so a missing one is an error here, before
    /// the gate. A key whose deletion is due is gone, and its aliases with it.
    /// # Errors
    /// `NotFound`, `InvalidRequest` (an ARN that names no key).
    fn key(&self, named: &str, takes_alias: bool, observed: Timestamp) -> Result<Facts<'_, KeyFacts>, Error> {
        match KeyRef::parse(named, self.home(), takes_alias)? {
            KeyRef::Id(name) => {
                self.key_named(name, observed)?.ok_or_else(|| error::kms::key_not_found(name.arn(self.home())))
            }
            KeyRef::Alias(alias) => self
                .key_of_alias(alias, observed)?
                .ok_or_else(|| error::kms::alias_not_found(alias_arn(self.home(), alias))),
        }
    }
    /// The key of exactly that name, unless it is gone.
    fn key_named(&self, name: KeyName, observed: Timestamp) -> Result<Option<Facts<'_, KeyFacts>>, Error> {
        let found =
            self.fetch_key(&name.id)?.filter(|entry| entry.row.name() == name && entry.row.life(observed).is_some());
        Ok(found.filter(|entry| self.is_here(&entry.row.arn)).map(|entry| self.proposed_key(entry)))
    }
    /// The key that an alias points to, unless it is gone.
    fn key_of_alias(&self, alias: &str, observed: Timestamp) -> Result<Option<Facts<'_, KeyFacts>>, Error> {
        let Some(id) = self.alias_target(alias)? else { return Ok(None) };
        let found = self.fetch_key(&id)?.filter(|entry| entry.row.life(observed).is_some());
        Ok(found.map(|entry| self.proposed_key(entry)))
    }
    /// A key as a request would make or leave it, to be weighed before it is saved.
    fn proposed_key(&self, entry: Arc<KeyEntry>) -> Facts<'_, KeyFacts> {
        Facts::new(self, entry.row.arn.clone(), KeyFacts { entry })
    }
    /// The alias of an admitted act, as it is stored.
    fn alias_row<A: Writes<AliasRow>>(
        &self,
        _pass: &Pass<'_, A, Everything>,
        name: &str,
    ) -> Result<Option<Arc<AliasRow>>, Error> {
        self.fetch_alias(name)
    }
    /// The id an alias points to. Aliases are names, not secrets: KMS resolves them before it authorises.
    fn alias_target(&self, name: &str) -> Result<Option<[u8; 16]>, Error> {
        Ok(self.fetch_alias(name)?.map(|alias| alias.key))
    }
    /// The ARN of the key that a request names by id, ARN or alias. An id or ARN tells it by itself, also of a key that is
    /// not there or not this account's; an alias that points nowhere, or text that is no key's name, means none.
    fn arn_of_key(&self, named: &str) -> Result<Option<Text>, Error> {
        let Ok(parsed) = KeyRef::parse(named, self.home(), true) else {
            let elsewhere = Arn::parse(named).filter(|arn| arn.service == "kms" && arn.resource.starts_with("key/"));
            return Ok(elsewhere.map(|_| Text::from(named)));
        };
        match parsed {
            KeyRef::Id(name) => Ok(Some(name.arn(self.home()))),
            KeyRef::Alias(alias) => {
                let Some(id) = self.alias_target(alias)? else { return Ok(None) };
                Ok(self.fetch_key(&id)?.map(|entry| entry.row.arn.clone()))
            }
        }
    }
    /// An alias, weighed by its ARN alone.
    fn alias(&self, name: &str) -> Facts<'_, Everything> {
        Facts::new(self, self.home().arn("kms", name), Everything)
    }
    /// Ids of keys, of all regions, that time has made work of: for `Gate::due` to look at again, one by one. What destroys goes by the clock as
    /// it is now, a rotation by the observed time.
    fn keys_due(&self, now: Timestamp, observed: Timestamp) -> Result<KeysDue, Error> {
        let mut due = KeysDue::default();
        for row in self.scan_keys()? {
            if row.life(now).is_none() {
                due.over.push(row.id);
            } else if !row.expired_materials(now).is_empty() {
                due.expired.push(row.id);
            }
            if row.is_rotation_due(observed) {
                due.to_rotate.push(row.id);
            }
        }
        Ok(due)
    }
    /// Ids and ARNs of the keys of every region that are not gone, for [`Gate::due`](crate::access::Gate::due) to look at.
    fn keys_there(&self, observed: Timestamp) -> Result<Vec<([u8; 16], Text)>, Error> {
        let mut rows = self.scan_keys()?;
        rows.retain(|row| row.life(observed).is_some());
        Ok(rows.into_iter().map(|row| (row.id, row.arn)).collect())
    }
    /// Secrets that depend on an admitted key: with versions under it, or whose next version would be.
    fn secrets_under<A: Scans<SecretRow>>(&self, pass: &Pass<'_, A, KeyFacts>) -> Result<Vec<SecretRow>, Error> {
        let row = &pass.row().entry.row;
        let managed = self.managed_key()? == Some(row.id);
        let mut rows = self.scan_secrets()?;
        rows.retain(|secret| self.is_here(&secret.arn));
        rows.retain(|secret| {
            secret.key.map_or(managed, |key| key == row.id)
                || secret.versions.iter().any(|version| version.value.is_some_and(|at| at.key == row.id))
        });
        Ok(rows)
    }
    fn keys<A: Scans<KeyRow>>(&self, _pass: &Pass<'_, A, Everything>) -> Result<Vec<KeyRow>, Error> {
        let mut rows = self.scan_keys()?;
        rows.retain(|row| self.is_here(&row.arn));
        Ok(rows)
    }
    /// Every alias and the name of its key, but for those whose key is gone.
    fn aliases<A: Scans<AliasRow>>(
        &self,
        _pass: &Pass<'_, A, Everything>,
        observed: Timestamp,
    ) -> Result<Vec<(AliasRow, KeyName)>, Error> {
        let keys = self.scan_keys()?;
        // An alias is where its key is.
        let there = |row: &&KeyRow| row.life(observed).is_some() && self.is_here(&row.arn);
        let there: BTreeMap<[u8; 16], KeyName> = keys.iter().filter(there).map(|row| (row.id, row.name())).collect();
        let aliases = self.scan_aliases()?;
        Ok(aliases.into_iter().filter_map(|alias| there.get(&alias.key).map(|name| (alias.clone(), *name))).collect())
    }
    /// Every grant on an admitted key, oldest first.
    fn grants_on<A: Scans<Grant>>(&self, pass: &Pass<'_, A, KeyFacts>) -> Result<Vec<Grant>, Error> {
        let key = pass.row().entry.row.id;
        self.every_grant(&|found| *found == key)
    }
    /// Every grant on any key that is not gone, oldest first, each with its key's ARN: for an act that may see them all.
    fn grants_anywhere<A: Scans<Grant>>(
        &self,
        _pass: &Pass<'_, A, Everything>,
        observed: Timestamp,
    ) -> Result<Vec<(Grant, Text)>, Error> {
        let here = |row: &KeyRow| row.life(observed).is_some() && self.is_here(&row.arn);
        let keys = self.scan_keys()?.into_iter().filter(here);
        let there: BTreeMap<[u8; 16], Text> = keys.map(|row| (row.id, row.arn)).collect();
        let grants = self.every_grant(&|key| there.contains_key(key))?.into_iter();
        Ok(grants.filter_map(|grant| there.get(&grant.key).cloned().map(|arn| (grant, arn))).collect())
    }
    /// A grant on an admitted key.
    fn grant_on<A: Act>(&self, pass: &Pass<'_, A, KeyFacts>, grant: &str) -> Result<Option<Grant>, Error> {
        Ok(self.grant_of_id(grant)?.filter(|grant| grant.key == pass.row().entry.row.id))
    }
    /// The live grant on the admitted key that the same request has made before; its id.
    fn repeated<A: Writes<Grant>>(&self, pass: &Pass<'_, A, KeyFacts>, wished: &Grant) -> Result<Option<Text>, Error> {
        let Some(slot) = Slot::named(wished) else { return Ok(None) };
        let (key, place) = (&pass.row().entry.row.id, wished.place());
        let head = self.fetch_grants(key, &place, &Slot::head())?;
        if let Some(same) = head.grants.iter().find(|live| live.is_repeated_by(wished)) {
            return Ok(Some(same.id.clone()));
        }
        Ok(self.fetch_grants(key, &place, &slot)?.classes.first().map(|class| hex(&class.first)))
    }
    /// The key of the grant that a token names: whoever has the token may name the key by it.
    fn key_of_grant(&self, grant: &str, observed: Timestamp) -> Result<Option<Facts<'_, KeyFacts>>, Error> {
        let Some(grant) = self.grant_of_id(grant)? else { return Ok(None) };
        let found = self.fetch_key(&grant.key)?.filter(|entry| entry.row.life(observed).is_some());
        Ok(found.filter(|entry| self.is_here(&entry.row.arn)).map(|entry| self.proposed_key(entry)))
    }
}
impl<L: Grants + GrantLook> Keys for L {}

/// Keys that are due for something.
#[derive(Debug, Default)]
pub(crate) struct KeysDue {
    /// Their time of waiting is over.
    pub over: Vec<[u8; 16]>,
    /// Imported material has expired.
    pub expired: Vec<[u8; 16]>,
    /// Their automatic rotation is due.
    pub to_rotate: Vec<[u8; 16]>,
}

impl KeyRow {
    pub(crate) fn key_id(&self) -> KeyId {
        KeyId { id: self.id, multi_region: self.multi_region }
    }
}
