//! One instant of the store: a read transaction, published per commit, with the cache before it.

use std::ops::ControlFlow;
use std::sync::Arc;

use strongroom_keystore::{Barrier, RowKey, Wrapped};

use super::cache::Depends;
use super::engine::EngineView;
use super::look::{Fetch, Grants as _, Keys as _, Look, Rows, load_backing, load_key, load_principal, load_secret};
use super::record::{self, AliasRow, ClockRow, GrantRow, GrantsRow, Record, SettingsRow, Tombstone};
use super::store::{Ledger, Named, Placed, PrincipalPlace};
use super::table::Table;
use super::{fault, tables};
use crate::access::entry::{Current, PrincipalLook, SecretLook};
use crate::access::{GrantLook, KeyEntry, SecretEntry};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::model::Home;
use crate::model::credential::{CredentialPlace, CredentialRow};
use crate::model::filter::{Best, Reads, SortBy, Wanted};
use crate::model::grant::{Grant, Slot};
use crate::model::key::{KeyRow, MaterialRow};
use crate::model::managed_policy::ManagedPolicyRow;
use crate::model::principal::PrincipalRow;
use crate::model::secret::SecretRow;
use crate::model::version::CURRENT;
use crate::name::Text;
use crate::policy::PolicySet;

/// A view. Lives as long as one call.
pub(crate) struct View<'l> {
    pub(super) ledger: &'l Ledger,
    pub(super) engine: Arc<EngineView>,
    /// The region that it is a view of, if it is not the store's own.
    pub(super) abroad: Option<&'l Home>,
}

impl<'l> View<'l> {
    /// The same instant, as a region other than the store's own has it; `None`: its own.
    pub(crate) fn of_region(self, abroad: Option<&'l Home>) -> Self {
        Self { abroad, ..self }
    }
}

impl View<'_> {
    pub(crate) fn generation(&self) -> u64 {
        self.engine.generation()
    }
    /// The current version with its sealed bytes, if they are worth keeping beside the opened secret. The version's row never
    /// changes under the sequence that the secret's row names, so they are good for as long as that row is.
    fn current_version(&self, row: &SecretRow) -> Result<Option<Current>, Error> {
        let Some((place, version)) = row.versions.iter().enumerate().find(|(_, version)| version.carries(CURRENT))
        else {
            return Ok(None);
        };
        let Some(at) = version.value else { return Ok(None) };
        let sealed = self.engine.sealed(Table::Versions, &tables::version(self.barrier(), &row.arn, &version.id))?;
        // A missing row is told by whoever needs it.
        let sealed = sealed.filter(|sealed| sealed.len() <= BESIDE_MAX).map(|sealed| Box::from(sealed.as_slice()));
        Ok(sealed.map(|sealed| Current { place, version: version.clone(), at, sealed }))
    }
    fn first(key: &RowKey) -> u8 {
        key.first().copied().unwrap_or(0)
    }
}

impl Rows for View<'_> {
    fn barrier(&self) -> &Barrier {
        self.ledger.barrier()
    }
    fn read<R: Record>(&self, table: Table, key: &RowKey) -> Result<Option<R>, Error> {
        match self.engine.get(table, key)? {
            Some(row) => Ok(Some(record::decode(row.data()).map_err(fault::record)?)),
            None => Ok(None),
        }
    }
    fn read_bytes(&self, table: Table, key: &RowKey) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.engine.get(table, key)?.map(|row| row.data().to_vec()))
    }
    fn each_row(&self, table: Table, with: &mut dyn FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error> {
        self.engine.scan(table, None, |_, row| with(row.data()).map(|()| ControlFlow::Continue(())))
    }
}

impl Fetch for View<'_> {
    fn fetch_secret_in(&self, region: Option<&str>, name: &str) -> Result<SecretLook, Error> {
        let caches = &self.ledger.caches;
        let ahead = |entry: &SecretLook| {
            if let Some(entry) = entry {
                entry.fetch_ahead();
            }
        };
        let place = Named { region, name };
        if let Some(entry) = caches.secrets.get_ahead(&place, self.generation(), &self.ledger.changed(), ahead) {
            return Ok(entry);
        }
        let key = tables::secret(self.barrier(), region, name);
        let mut entry = load_secret(self, &key, name, &self.ledger.home().account)?;
        if let Some(entry) = &mut entry {
            entry.current = self.current_version(&entry.row)?;
        }
        let entry = entry.map(Arc::new);
        let weight = entry.as_ref().map_or(name.len(), |entry| weigh_secret(entry));
        // The row's own name: one allocation less to visit.
        let name = entry.as_ref().map_or_else(|| Text::from(name), |entry| entry.row.name.clone());
        let place = Placed { region: region.map(Text::from), name };
        caches.secrets.put(place, entry.clone(), weight, self.generation(), Depends::on(Self::first(&key)));
        Ok(entry)
    }
    fn fetch_key(&self, id: &[u8; 16]) -> Result<Option<Arc<KeyEntry>>, Error> {
        let caches = &self.ledger.caches;
        if let Some(entry) = caches.keys.get(id, self.generation(), &self.ledger.changed()) {
            return Ok(entry);
        }
        let key = tables::key(self.barrier(), id);
        let entry = load_key(self, &key, &self.ledger.home().account)?;
        let mut depends = Depends::on(Self::first(&key));
        let mut weight = 64;
        if let Some(entry) = &entry {
            // A rewrapped backing key must be read again although its key's record is the same.
            if let Some(current) = entry.current() {
                depends.add(Self::first(&tables::backing(self.barrier(), id, current.version)));
            }
            let materials = entry.row.materials.len() * size_of::<MaterialRow>();
            weight = 768 + 4 * entry.row.policy.text.len() + materials;
        }
        caches.keys.put(*id, entry.clone(), weight, self.generation(), depends);
        Ok(entry)
    }
    fn fetch_alias_in(&self, region: Option<&str>, name: &str) -> Result<Option<Arc<AliasRow>>, Error> {
        let caches = &self.ledger.caches;
        let place = Named { region, name };
        if let Some(alias) = caches.aliases.get(&place, self.generation(), &self.ledger.changed()) {
            return Ok(alias);
        }
        let key = tables::alias(self.barrier(), region, name);
        let alias = self.read::<AliasRow>(Table::Aliases, &key)?.map(Arc::new);
        caches.aliases.put(
            Placed { region: region.map(Text::from), name: Text::from(name) },
            alias.clone(),
            128 + name.len(),
            self.generation(),
            Depends::on(Self::first(&key)),
        );
        Ok(alias)
    }
    fn fetch_principal(&self, place: &PrincipalPlace) -> Result<PrincipalLook, Error> {
        let caches = &self.ledger.caches;
        if let Some(entry) = caches.principals.get(place, self.generation(), &self.ledger.changed()) {
            return Ok(entry);
        }
        let mut read = Vec::new();
        let key = tables::principal(self.barrier(), place);
        let entry = load_principal(self, key, &self.ledger.home().account, &mut read)?;
        // A change of any of them makes the entry stale: the principal, its groups, the managed policies.
        let mut depends = Depends::default();
        for key in &read {
            depends.add(Self::first(key));
        }
        let weight = 512
            + entry.as_ref().map_or(0, |entry| {
                let texts = entry.identity.members().chain(entry.boundary.iter().flat_map(PolicySet::members));
                texts.map(|(_, policy)| policy.memory()).sum::<usize>()
            });
        caches.principals.put(place.clone(), entry.clone(), weight, self.generation(), depends);
        Ok(entry)
    }
    fn fetch_grants(&self, key: &[u8; 16], grantee: &Text, slot: &Slot) -> Result<Arc<GrantsRow>, Error> {
        let caches = &self.ledger.caches;
        let place = (*key, grantee.clone(), slot.clone());
        if let Some(entry) = caches.grants.get(&place, self.generation(), &self.ledger.changed()) {
            return Ok(entry);
        }
        let row_key = tables::grants(self.barrier(), key, grantee, slot);
        let row = self.read::<GrantsRow>(Table::Grants, &row_key)?.unwrap_or_default();
        let weight = 96 + 512 * row.grants.len() + 40 * row.classes.len() + slot.as_bytes().len();
        let entry = Arc::new(row);
        caches.grants.put(place, Arc::clone(&entry), weight, self.generation(), Depends::on(Self::first(&row_key)));
        Ok(entry)
    }
    fn fetch_grant_row(&self, grant: &str) -> Result<Option<GrantRow>, Error> {
        self.read(Table::GrantIds, &tables::grant_index(self.barrier(), grant))
    }
    fn fetch_settings(&self) -> Result<Arc<SettingsRow>, Error> {
        let caches = &self.ledger.caches;
        if let Some(settings) = caches.settings.get(&(), self.generation(), &self.ledger.changed()) {
            return Ok(settings);
        }
        let key = tables::settings(self.barrier());
        let settings: Arc<SettingsRow> = Arc::new(self.read(Table::Reserved, &key)?.ok_or_else(fault::no_settings)?);
        caches.settings.put((), Arc::clone(&settings), 128, self.generation(), Depends::on(Self::first(&key)));
        Ok(settings)
    }
    fn fetch_sealed(&self, secret: &SecretEntry, place: usize) -> Result<Option<Arc<[u8]>>, Error> {
        let (Some(version), Some(known)) = (secret.row.versions.get(place), secret.places.get(place)) else {
            return Ok(None);
        };
        // The row key is a keyed hash of ARN and version id: worth computing once for each opened secret.
        let key = *known.get_or_init(|| tables::version(self.barrier(), &secret.row.arn, &version.id));
        let caches = &self.ledger.caches;
        if let Some(sealed) = caches.sealed.get(&key, self.generation(), &self.ledger.changed()) {
            return Ok(Some(sealed));
        }
        let Some(sealed) = self.engine.sealed(Table::Versions, &key)? else { return Ok(None) };
        let sealed: Arc<[u8]> = Arc::from(sealed.as_slice());
        caches.sealed.put(key, Arc::clone(&sealed), sealed.len(), self.generation(), Depends::on(Self::first(&key)));
        Ok(Some(sealed))
    }
    fn high_water(&self) -> Timestamp {
        self.engine.high_water()
    }
    fn home(&self) -> &Home {
        self.abroad.unwrap_or_else(|| self.ledger.home())
    }
    fn abroad(&self) -> Option<&str> {
        self.abroad.map(|home| home.region.as_str())
    }
    fn abroad_of<'r>(&self, region: &'r str) -> Option<&'r str> {
        self.ledger.abroad(region)
    }
    fn fetch_policy(&self, name: &str) -> Result<Option<Arc<ManagedPolicyRow>>, Error> {
        Ok(self.read(Table::ManagedPolicies, &tables::managed_policy(self.barrier(), name))?.map(Arc::new))
    }
    fn scan_policies(&self) -> Result<Vec<ManagedPolicyRow>, Error> {
        self.read_all(Table::ManagedPolicies)
    }
    fn fetch_credential(&self, place: CredentialPlace<'_>) -> Result<Option<CredentialRow>, Error> {
        let caches = &self.ledger.caches;
        let key = tables::credential(self.barrier(), place);
        if let Some(entry) = caches.credentials.get(&key, self.generation(), &self.ledger.changed()) {
            return Ok(Some(CredentialRow::clone(&entry)));
        }
        let row = self.read::<CredentialRow>(Table::Credentials, &key)?;
        if let Some(row) = &row {
            let entry = Arc::new(row.clone());
            let tags = row.tags().iter().map(|tag| 64 + tag.key.len() + tag.value.len());
            caches.credentials.put(
                key,
                entry,
                1024 + tags.sum::<usize>(),
                self.generation(),
                Depends::on(Self::first(&key)),
            );
        }
        Ok(row)
    }
    fn scan_credentials(&self) -> Result<Vec<CredentialRow>, Error> {
        self.read_all(Table::Credentials)
    }
    fn scan_tombstones(&self) -> Result<Vec<Tombstone>, Error> {
        self.read_kind(Table::Reserved)
    }
    fn has_jumped(&self) -> Result<bool, Error> {
        Ok(self.read::<ClockRow>(Table::Reserved, &tables::clock(self.barrier()))?.is_some())
    }
    fn scan_secrets(&self) -> Result<Vec<SecretRow>, Error> {
        self.read_all(Table::Secrets)
    }
    /// From the cache if it is there; else it is not put there, lest a list throw out what is read.
    fn fetch_row(&self, name: &str) -> Result<Option<SecretRow>, Error> {
        let place = Named { region: self.abroad(), name };
        match self.ledger.caches.secrets.get(&place, self.generation(), &self.ledger.changed()) {
            Some(entry) => Ok(entry.map(|entry| entry.row.clone())),
            None => self.read(Table::Secrets, &tables::secret(self.barrier(), self.abroad(), name)),
        }
    }
    fn search(&self, wanted: &Wanted<'_>) -> Result<Best, Error> {
        let mut best = Best::new(wanted);
        let reads = match wanted.sort.by {
            SortBy::LastAccessedDate => self.ledger.accesses.reads(wanted.region),
            _ => None,
        };
        let read = |name: &str, tail: &str| {
            let (arn, day) = reads.as_ref()?.get(name)?;
            arn.ends_with(tail).then_some(*day)
        };
        let read: Option<Reads<'_>> = if reads.is_some() { Some(&read) } else { None };
        self.ledger.list(self, &mut |shelf| {
            shelf.search(wanted, read, &mut best);
            Ok(())
        })?;
        Ok(best)
    }
    fn scan_keys(&self) -> Result<Vec<KeyRow>, Error> {
        self.read_all(Table::Keys)
    }
    fn scan_aliases(&self) -> Result<Vec<AliasRow>, Error> {
        self.read_all(Table::Aliases)
    }
    fn scan_principals(&self) -> Result<Vec<PrincipalRow>, Error> {
        self.read_all(Table::Principals)
    }
    fn scan_grants(&self) -> Result<Vec<GrantRow>, Error> {
        self.read_all(Table::GrantIds)
    }
}
impl GrantLook for View<'_> {
    fn grants(&self, key: &[u8; 16], grantee: &Text, slot: &Slot) -> Result<Arc<GrantsRow>, Error> {
        self.fetch_grants(key, grantee, slot)
    }
    fn grant(&self, id: &str) -> Result<Option<Grant>, Error> {
        self.grant_of_id(id)
    }
    fn key_arn(&self, named: &str) -> Result<Option<Text>, Error> {
        self.arn_of_key(named)
    }
    fn backing(&self, key: &[u8; 16], version: u32) -> Result<Wrapped, Error> {
        let place = tables::backing(self.barrier(), key, version);
        let caches = &self.ledger.caches;
        if let Some(blob) = caches.sealed.get(&place, self.generation(), &self.ledger.changed()) {
            return Ok(Wrapped { version, blob });
        }
        let wrapped = load_backing(self, key, version)?;
        let depends = Depends::on(Self::first(&place));
        caches.sealed.put(place, Arc::clone(&wrapped.blob), wrapped.blob.len(), self.generation(), depends);
        Ok(wrapped)
    }
}
impl Look for View<'_> {}

/// Roughly what an opened secret takes in memory.
fn weigh_secret(entry: &SecretEntry) -> usize {
    let row = &entry.row;
    let beside = entry.current.as_ref().map_or(0, |current| current.sealed.len());
    let texts = row.name.len() + 2 * row.arn.len() + row.description.len();
    let versions: usize = row.versions.iter().map(|version| 160 + 48 * version.labels.len()).sum();
    let tags: usize = row.tags.iter().flatten().map(|tag| 64 + tag.key.len() + tag.value.len()).sum();
    let policy = row.policy.as_ref().map_or(0, |policy| 6 * policy.text.len());
    448 + texts + versions + tags + policy + beside
}

/// Sealed rows up to this length are kept beside their secret: values up to 960 bytes.
const BESIDE_MAX: usize = 1_088;
