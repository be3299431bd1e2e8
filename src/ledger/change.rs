//! One write transaction. Rows are saved only against a pass; their keys come from what the pass was given for.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use strongroom_keystore::{Barrier, RowKey, Wrapped};

use super::accesses::Noted;
use super::engine::EngineChange;
use super::error::EngineError;
use super::journal::{self, RetentionRow};
use super::look::{Fetch, Grants as _, Keys as _, Look, Rows, load_backing, load_key, load_principal, load_secret};
use super::record::{self, AliasRow, ClockRow, GrantRow, GrantsRow, Record, SettingsRow, Tombstone};
use super::store::{Ledger, PrincipalPlace, place_of};
use super::table::Table;
use super::{fault, tables};
use crate::access::entry::{Membership, PrincipalLook, SecretLook};
use crate::access::{Act, GrantLook, KeyEntry, KeyFacts, Pass, PrincipalEntry, Scans, SecretEntry, Writes};
use crate::audit::Event;
use crate::clock::Timestamp;
use crate::error::{Error, secretsmanager as texts};
use crate::model::Home;
use crate::model::account::{CountsRow, Kind};
use crate::model::credential::{CredentialPlace, CredentialRow, LastUsed};
use crate::model::filter::{Best, Listed, Shelf, Wanted};
use crate::model::grant::{Grant, Slot};
use crate::model::key::{KeyRow, LastUse};
use crate::model::managed_policy::ManagedPolicyRow;
use crate::model::principal::{PrincipalKind, PrincipalRow, unique_key};
use crate::model::replication::region_of;
use crate::model::secret::SecretRow;
use crate::model::version::VersionRow;
use crate::name::Text;

mod grants;

/// A change: sees its own writes; nothing of it exists until [`Change::commit`] has returned.
pub(crate) struct Change<'l> {
    shared: Rc<Shared<'l>>,
    /// The region that it sees and changes, if it is not the store's own.
    abroad: Option<Arc<Home>>,
}

/// The one transaction that a change is a hand on, whatever its region.
struct Shared<'l> {
    ledger: &'l Ledger,
    engine: RefCell<EngineChange<'l>>,
    dirty: Cell<bool>,
    /// Region and name of secrets that were saved or removed, for those who watch them.
    touched: RefCell<Vec<(Text, Text)>>,
    /// Was anything written that rights follow from?
    rights: Cell<bool>,
    /// The host vouches for the clock.
    clock_confirmed: Cell<bool>,
    /// The journal keeps so many records from this commit on.
    retention: Cell<Option<u64>>,
    /// Primaries that were saved and whose replicas do not have it yet, by ARN.
    primaries: RefCell<BTreeMap<Text, Saved>>,
    /// Versions that were saved, by ARN of their secret.
    versions: RefCell<BTreeMap<Text, BTreeSet<Text>>>,
}

/// What was saved of a primary.
#[derive(Clone, Debug, Default)]
pub(crate) struct Saved {
    pub name: Text,
    /// Was its policy put or taken away?
    pub policy: bool,
    /// Versions whose bytes are new.
    pub versions: BTreeSet<Text>,
}

/// Where a call of several began.
#[derive(Debug)]
pub(crate) struct Mark {
    dirty: bool,
}

impl<'l> Change<'l> {
    pub(super) fn new(ledger: &'l Ledger, engine: EngineChange<'l>) -> Self {
        let shared = Shared {
            ledger,
            engine: RefCell::new(engine),
            dirty: Cell::new(false),
            touched: RefCell::default(),
            rights: Cell::new(false),
            clock_confirmed: Cell::new(false),
            retention: Cell::new(None),
            primaries: RefCell::default(),
            versions: RefCell::default(),
        };
        Self { shared: Rc::new(shared), abroad: None }
    }
    /// The same transaction in a region's view: one commit for both.
    pub(crate) fn of_region(&self, region: &str) -> Self {
        let abroad =
            self.shared.ledger.abroad(region).map(|region| Arc::new(self.shared.ledger.home().in_region(region)));
        Self { shared: Rc::clone(&self.shared), abroad }
    }
    /// Account of the store, and the region of this hand on the change.
    pub(crate) fn home(&self) -> &Home {
        self.abroad.as_deref().unwrap_or_else(|| self.shared.ledger.home())
    }
    /// Primaries that were saved since the last time this was asked: their replicas are to have it before the commit.
    pub(crate) fn take_primaries(&self) -> BTreeMap<Text, Saved> {
        let mut taken = self.shared.primaries.take();
        for (arn, saved) in &mut taken {
            saved.versions = self.shared.versions.borrow_mut().remove(arn).unwrap_or_default();
        }
        taken
    }
    /// Notes a primary that is about to be saved.
    fn note_primary(&self, row: &SecretRow, before: Option<&SecretRow>) {
        let mut primaries = self.shared.primaries.borrow_mut();
        let saved = primaries.entry(row.arn.clone()).or_default();
        saved.name = row.name.clone();
        saved.policy |= before.is_some_and(|before| before.policy != row.policy);
    }
    /// The write sequence that this change commits under.
    pub(crate) fn sequence(&self) -> u64 {
        self.shared.engine.borrow().sequence()
    }
    pub(crate) fn is_dirty(&self) -> bool {
        self.shared.dirty.get()
    }
    /// Marks where a call of several begins: what it writes can be [taken back](Self::take_back) by itself.
    pub(crate) fn mark(&self) -> Mark {
        self.shared.engine.borrow_mut().mark();
        Mark { dirty: self.shared.dirty.replace(false) }
    }
    /// Leaves the change as it was at the mark.
    #[expect(clippy::needless_pass_by_value, reason = "a mark is good for one use")]
    pub(crate) fn take_back(&self, mark: Mark) {
        self.shared.engine.borrow_mut().take_back();
        self.shared.dirty.set(mark.dirty);
        // Each call carries its replicas along before it ends: there were none to wait for before this one.
        self.shared.primaries.take();
        self.shared.versions.take();
    }
    /// Keeps what was written since the mark. Was anything?
    #[expect(clippy::needless_pass_by_value, reason = "a mark is good for one use")]
    pub(crate) fn keep(&self, mark: Mark) -> bool {
        let wrote = self.shared.dirty.get();
        self.shared.dirty.set(wrote || mark.dirty);
        wrote
    }
    pub(super) fn write<R: Record>(&self, table: Table, key: &RowKey, row: &R) -> Result<(), Error> {
        self.note(table);
        let bytes = record::encode(row).map_err(fault::record)?;
        Ok(self.shared.engine.borrow_mut().put(table, key, &bytes)?)
    }
    pub(super) fn erase(&self, table: Table, key: &RowKey) -> Result<(), Error> {
        self.note(table);
        self.shared.engine.borrow_mut().remove(table, key)?;
        Ok(())
    }
    fn note(&self, table: Table) {
        self.shared.dirty.set(true);
        if matches!(table, Table::Principals | Table::ManagedPolicies | Table::Credentials) {
            self.shared.rights.set(true);
        }
    }
    /// A secret that is saved or removed, for those who watch it.
    fn touch(&self, row: &SecretRow) {
        let touched = (Text::from(row.region()), row.name.clone());
        self.shared.touched.borrow_mut().push(touched);
    }

    /// Saves a secret: the one that the pass was given for, or one in its place.
    pub(crate) fn save_secret<A: Writes<SecretRow>, T>(
        &self,
        pass: &Pass<'_, A, T>,
        row: &SecretRow,
    ) -> Result<(), Error> {
        in_place(pass, &row.arn)?;
        // Every walk has asked before; one that has not changes no replica.
        if row.is_replica() && !A::ON_REPLICA {
            return Err(texts::operation_on_replica());
        }
        let place = self.secret_place(&row.arn, &row.name);
        if !row.replicas().is_empty() {
            self.note_primary(row, self.read::<SecretRow>(Table::Secrets, &place)?.as_ref());
        }
        self.touch(row);
        self.write(Table::Secrets, &place, row)
    }
    /// In the region of its ARN, whatever region this is a change of.
    fn secret_place(&self, arn: &str, name: &str) -> RowKey {
        tables::secret(self.barrier(), self.shared.ledger.abroad(region_of(arn)), name)
    }
    /// Secrets there were before this change, as the database counts them: good enough for a quota.
    pub(crate) fn count_secrets<A: Writes<SecretRow>, T>(&self, _pass: &Pass<'_, A, T>) -> Result<u64, Error> {
        Ok(self.shared.engine.borrow().base().rows_of(Table::Secrets)?)
    }
    /// Removes a secret with all its versions.
    pub(crate) fn remove_secret<A: Writes<SecretRow>, T>(
        &self,
        pass: &Pass<'_, A, T>,
        row: &SecretRow,
    ) -> Result<(), Error> {
        in_place(pass, &row.arn)?;
        if !row.replicas().is_empty() {
            let regions: Vec<&str> = row.replicas().iter().map(|replica| replica.region.as_str()).collect();
            return Err(texts::still_has_replicas(&row.name, &regions));
        }
        if row.is_replica() && !A::ON_REPLICA {
            return Err(texts::operation_on_replica());
        }
        for version in row.versions.iter().filter(|version| version.value.is_some()) {
            self.shared.engine.borrow_mut().remove_version_row(&tables::version(
                self.barrier(),
                &row.arn,
                &version.id,
            ))?;
        }
        self.touch(row);
        self.erase(Table::Secrets, &self.secret_place(&row.arn, &row.name))?;
        self.mark_stale(false)
    }
    /// Saves the sealed bytes of a version of the pass's secret.
    pub(crate) fn save_version<A: Writes<VersionRow>, T>(
        &self,
        pass: &Pass<'_, A, T>,
        version_id: &str,
        sealed: Vec<u8>,
    ) {
        self.shared.dirty.set(true);
        let mut saved = self.shared.versions.borrow_mut();
        saved.entry(pass.resource().clone()).or_default().insert(Text::from(version_id));
        self.shared
            .engine
            .borrow_mut()
            .put_version_row(&tables::version(self.barrier(), pass.resource(), version_id), sealed);
    }
    pub(crate) fn remove_version<A: Writes<VersionRow>, T>(
        &self,
        pass: &Pass<'_, A, T>,
        version_id: &str,
    ) -> Result<(), Error> {
        self.shared.dirty.set(true);
        self.shared.engine.borrow_mut().remove_version_row(&tables::version(
            self.barrier(),
            pass.resource(),
            version_id,
        ))?;
        Ok(())
    }
    /// Saves a key that exists or that this pass makes.
    pub(crate) fn save_key<A: Writes<KeyRow>, T>(&self, _pass: &Pass<'_, A, T>, row: &KeyRow) -> Result<(), Error> {
        self.write(Table::Keys, &tables::key(self.barrier(), &row.id), row)
    }
    pub(crate) fn save_backing<A: Writes<KeyRow>, T>(
        &self,
        _pass: &Pass<'_, A, T>,
        key: &[u8; 16],
        wrapped: &Wrapped,
    ) -> Result<(), Error> {
        self.shared.dirty.set(true);
        let place = tables::backing(self.barrier(), key, wrapped.version);
        Ok(self.shared.engine.borrow_mut().put(Table::BackingKeys, &place, &wrapped.blob)?)
    }
    /// Removes a backing key. Old pages still hold it, wrapped; the mark has them shredded.
    pub(crate) fn remove_backing<A: Writes<KeyRow>, T>(
        &self,
        _pass: &Pass<'_, A, T>,
        key: &[u8; 16],
        version: u32,
    ) -> Result<(), Error> {
        self.erase(Table::BackingKeys, &tables::backing(self.barrier(), key, version))?;
        self.mark_stale(true)
    }
    /// Removes the pass's key with its material, its aliases and every grant on it, and leaves its tombstone.
    pub(crate) fn remove_key<A: Writes<KeyRow> + Writes<AliasRow> + Writes<Grant> + Scans<Grant>>(
        &self,
        pass: &Pass<'_, A, KeyFacts>,
        deleted: Timestamp,
    ) -> Result<(), Error> {
        let row = &pass.row().entry.row;
        for material in row.materials.iter().filter(|material| material.is_here()) {
            self.remove_backing(pass, &row.id, material.version)?;
        }
        for alias in &row.aliases {
            // Since its date the name was free; it may be another key's by now.
            let there = self.of_region(region_of(&row.arn));
            if there.fetch_alias(alias)?.is_some_and(|known| known.key == row.id) {
                there.remove_alias(pass, alias)?;
            }
        }
        for grant in self.grants_on(pass)? {
            self.remove_grant(pass, &grant.id)?;
        }
        self.erase(Table::Keys, &tables::key(self.barrier(), &row.id))?;
        let stone = Tombstone { key: row.id, multi_region: row.multi_region, deleted };
        self.write(Table::Reserved, &tables::tombstone(self.barrier(), &row.id), &stone)
    }
    /// Drops a tombstone whose time is over.
    pub(crate) fn drop_tombstone(&self, stone: &Tombstone) -> Result<(), Error> {
        self.erase(Table::Reserved, &tables::tombstone(self.barrier(), &stone.key))
    }
    pub(crate) fn save_alias<A: Writes<AliasRow>, T>(
        &self,
        _pass: &Pass<'_, A, T>,
        row: &AliasRow,
    ) -> Result<(), Error> {
        self.write(Table::Aliases, &self.alias_place(&row.name), row)
    }
    fn alias_place(&self, name: &str) -> RowKey {
        tables::alias(self.barrier(), self.abroad(), name)
    }
    /// The alias of the managed key comes with it, by the pass that makes it.
    pub(crate) fn save_managed_alias<A: Writes<KeyRow>, T>(
        &self,
        _pass: &Pass<'_, A, T>,
        row: &AliasRow,
    ) -> Result<(), Error> {
        self.write(Table::Aliases, &self.alias_place(&row.name), row)
    }
    pub(crate) fn remove_alias<A: Writes<AliasRow>, T>(&self, _pass: &Pass<'_, A, T>, name: &str) -> Result<(), Error> {
        self.erase(Table::Aliases, &self.alias_place(name))
    }
    pub(crate) fn save_principal<A: Writes<PrincipalRow>, T>(
        &self,
        pass: &Pass<'_, A, T>,
        row: &PrincipalRow,
    ) -> Result<(), Error> {
        in_place(pass, &row.arn)?;
        self.write(Table::Principals, &tables::principal(self.barrier(), &place_of(row)), row)
    }
    pub(crate) fn remove_principal<A: Writes<PrincipalRow>, T>(
        &self,
        pass: &Pass<'_, A, T>,
        row: &PrincipalRow,
    ) -> Result<(), Error> {
        in_place(pass, &row.arn)?;
        self.erase(Table::Principals, &tables::principal(self.barrier(), &place_of(row)))
    }
    /// Saves a user whom an act on a group puts in or takes out. Nothing else of the user may have changed.
    pub(crate) fn save_member<A: Writes<Membership>>(
        &self,
        group: &Pass<'_, A, Arc<PrincipalEntry>>,
        before: &PrincipalRow,
        row: &PrincipalRow,
    ) -> Result<(), Error> {
        let only_that = PrincipalRow { groups: before.groups.clone(), ..row.clone() } == *before;
        if group.row().row.kind != PrincipalKind::Group || row.kind != PrincipalKind::User || !only_that {
            return Err(fault::misplaced());
        }
        self.write(Table::Principals, &tables::principal(self.barrier(), &place_of(row)), row)
    }
    pub(crate) fn save_policy<A: Writes<ManagedPolicyRow>, T>(
        &self,
        pass: &Pass<'_, A, T>,
        row: &ManagedPolicyRow,
    ) -> Result<(), Error> {
        in_place(pass, &row.arn)?;
        self.write(Table::ManagedPolicies, &tables::managed_policy(self.barrier(), &unique_key(&row.name)), row)
    }
    pub(crate) fn remove_policy<A: Writes<ManagedPolicyRow>, T>(
        &self,
        pass: &Pass<'_, A, T>,
        row: &ManagedPolicyRow,
    ) -> Result<(), Error> {
        in_place(pass, &row.arn)?;
        self.erase(Table::ManagedPolicies, &tables::managed_policy(self.barrier(), &unique_key(&row.name)))
    }
    /// Saves an access key or a device: one that an admitted act makes or changes, or whose code the caller has just spent.
    pub(crate) fn save_credential<A: Writes<CredentialRow>, T>(
        &self,
        _pass: &Pass<'_, A, T>,
        row: &CredentialRow,
    ) -> Result<(), Error> {
        self.write(Table::Credentials, &tables::credential(self.barrier(), row.place().as_place()), row)
    }
    pub(crate) fn remove_credential<A: Writes<CredentialRow>, T>(
        &self,
        _pass: &Pass<'_, A, T>,
        row: &CredentialRow,
    ) -> Result<(), Error> {
        self.erase(Table::Credentials, &tables::credential(self.barrier(), row.place().as_place()))
    }
    /// Notes the last use of an access key, if it is still there.
    pub(super) fn note_use(&self, key_id: &str, used: LastUsed) -> Result<(), Error> {
        let place = tables::credential(self.barrier(), CredentialPlace::AccessKey(key_id));
        let Some(CredentialRow::AccessKey(mut key)) = self.read(Table::Credentials, &place)? else { return Ok(()) };
        key.last_used = Some(used);
        self.write(Table::Credentials, &place, &CredentialRow::AccessKey(key))
    }
    /// How many there are. A store that was made before they were kept is counted once, when the first comes or goes.
    fn counts(&self) -> Result<CountsRow, Error> {
        if let Some(counts) = self.read(Table::Reserved, &tables::counts(self.barrier()))? {
            return Ok(counts);
        }
        let mut counts = CountsRow::default();
        for row in self.scan_principals()? {
            counts.count(row.kind.into());
        }
        for _ in self.scan_policies()? {
            counts.count(Kind::Policy);
        }
        Ok(counts)
    }
    /// Counts what the pass makes, before it is saved.
    /// # Errors
    /// `LimitExceeded`.
    pub(crate) fn enter<A: Act, T>(&self, _pass: &Pass<'_, A, T>, kind: Kind) -> Result<(), Error> {
        let mut counts = self.counts()?;
        counts.enter(kind)?;
        self.write(Table::Reserved, &tables::counts(self.barrier()), &counts)
    }
    /// Counts what the pass removes, before it is removed.
    pub(crate) fn leave<A: Act, T>(&self, _pass: &Pass<'_, A, T>, kind: Kind) -> Result<(), Error> {
        let mut counts = self.counts()?;
        counts.leave(kind);
        self.write(Table::Reserved, &tables::counts(self.barrier()), &counts)
    }
    /// Names the managed key of the store's own region in the settings: once, by the pass that makes it. In other regions its
    /// alias is all that names it.
    pub(crate) fn save_managed_key<A: Writes<KeyRow>, T>(
        &self,
        _pass: &Pass<'_, A, T>,
        key: [u8; 16],
    ) -> Result<(), Error> {
        if self.abroad.is_some() {
            return Ok(());
        }
        let mut settings = SettingsRow::clone(&*self.fetch_settings()?);
        settings.managed_key = Some(key);
        self.write(Table::Reserved, &tables::settings(self.barrier()), &settings)
    }
    /// Notes reads of secrets that happened since the last commit; not an act of anybody's, it changes dates only.
    pub(super) fn note_accesses(&self, arn: &Text, reads: &Noted) -> Result<(), Error> {
        let key = self.secret_place(arn, reads.name());
        let found = self.read::<SecretRow>(Table::Secrets, &key)?;
        // One that was made anew under its name is another secret.
        let Some(mut row) = found.filter(|row| row.arn == *arn) else { return Ok(()) };
        reads.write_into(&mut row);
        self.write(Table::Secrets, &key, &row)
    }
    /// Notes the last use of a KMS key, if it is still there; it changes that alone.
    pub(super) fn note_key_use(&self, key: &[u8; 16], used: LastUse) -> Result<(), Error> {
        let place = tables::key(self.barrier(), key);
        let Some(mut row) = self.read::<KeyRow>(Table::Keys, &place)? else { return Ok(()) };
        if row.last_use.as_ref().is_some_and(|last| last.at > used.at) {
            return Ok(());
        }
        row.last_use = Some(used);
        self.write(Table::Keys, &place, &row)
    }
    /// The host vouches for the clock, whatever it says.
    pub(crate) fn confirm_clock(&self) -> Result<(), Error> {
        self.shared.clock_confirmed.set(true);
        if self.has_jumped()? { self.erase(Table::Reserved, &tables::clock(self.barrier())) } else { Ok(()) }
    }
    /// Notes that this commit's time is far from the last one's. Without the note the next commit would find nothing odd, and
    /// everything that waits for its deletion would go by a clock that was set wrong.
    fn note_jump(&self, observed: Timestamp) -> Result<(), Error> {
        let before = self.high_water();
        if self.shared.clock_confirmed.get() || !ClockRow::is_jump(before, observed) || self.has_jumped()? {
            return Ok(());
        }
        let jump = ClockRow { before, after: observed };
        self.write(Table::Reserved, &tables::clock(self.barrier()), &jump)
    }
    /// The settings of a store that is being created.
    pub(super) fn found(&self, settings: &SettingsRow) -> Result<(), Error> {
        self.write(Table::Reserved, &tables::settings(self.barrier()), settings)
    }
    /// Makes it durable and visible, the events that tell of it in the same transaction.
    pub(crate) fn commit<'e>(
        self,
        events: impl IntoIterator<Item = &'e Event>,
        observed: Timestamp,
    ) -> Result<(), Error> {
        self.note_jump(observed)?;
        // A primary and its replicas are one change: whoever forgets the replicas changes nothing.
        if !self.shared.primaries.borrow().is_empty() {
            return Err(fault::replicas_forgotten());
        }
        let records: Result<Vec<_>, _> = events.into_iter().map(journal::encode).collect();
        self.commit_records(&records.map_err(fault::record)?, observed)
    }
    /// The same with records as they are kept. What waits for a commit goes along, ahead of them.
    pub(super) fn commit_records(self, records: &[Vec<u8>], observed: Timestamp) -> Result<(), Error> {
        let shared = Rc::into_inner(self.shared).ok_or_else(fault::change_in_use)?;
        let (engine, touched) = (shared.engine.into_inner(), shared.touched.into_inner());
        let (watches, trail) = (&shared.ledger.watches, &shared.ledger.trail);
        let carried = trail.take(observed);
        let appended = append(shared.ledger, engine, carried.records().chain(records), observed);
        let committed = appended.and_then(|engine| {
            Ok(engine.commit_telling(observed, |generation| {
                watches.tell(&touched, shared.rights.get(), generation);
            })?)
        });
        match committed {
            Ok(_) => {
                if let Some(records) = shared.retention.get() {
                    shared.ledger.retention.store(records, Ordering::Relaxed);
                }
                Ok(())
            }
            Err(failed) => {
                trail.restore(carried);
                Err(failed)
            }
        }
    }
    pub(super) fn save_retention(&self, row: &RetentionRow) -> Result<(), Error> {
        self.shared.retention.set(Some(row.records));
        self.write(Table::Reserved, &tables::retention(self.barrier()), row)
    }
    /// Makes records durable now, ahead of everything else that this change does.
    pub(super) fn write_ahead(&self, records: &[Vec<u8>]) -> Result<(), Error> {
        let time = self.high_water();
        Ok(self.shared.engine.borrow_mut().write_ahead(records, time)?)
    }
}

/// Appends records to the journal, and evicts the oldest if there are too many then.
fn append<'c, 'r>(
    ledger: &Ledger,
    mut engine: EngineChange<'c>,
    records: impl Iterator<Item = &'r Vec<u8>>,
    observed: Timestamp,
) -> Result<EngineChange<'c>, Error> {
    engine.append_audits(&records.collect::<Vec<_>>())?;
    if let Some(surplus) = ledger.surplus(engine.audit_kept()) {
        let before = engine.audit_kept();
        match engine.evict_audit(surplus) {
            Ok(cut) => {
                let gone = before.saturating_sub(engine.audit_kept());
                let record = journal::of_eviction(gone, cut, observed).map_err(fault::record)?;
                engine.append_audit(&record)?;
            }
            Err(EngineError::Damaged(_) | EngineError::Tampered(_)) => ledger.note_unevictable(),
            Err(failed) => return Err(failed.into()),
        }
    }
    Ok(engine)
}

impl Rows for Change<'_> {
    fn barrier(&self) -> &Barrier {
        self.shared.ledger.barrier()
    }
    fn read<R: Record>(&self, table: Table, key: &RowKey) -> Result<Option<R>, Error> {
        match self.shared.engine.borrow().get(table, key)? {
            Some(row) => Ok(Some(record::decode(row.data()).map_err(fault::record)?)),
            None => Ok(None),
        }
    }
    fn read_bytes(&self, table: Table, key: &RowKey) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.shared.engine.borrow().get(table, key)?.map(|row| row.data().to_vec()))
    }
    fn each_row(&self, table: Table, with: &mut dyn FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error> {
        self.shared.engine.borrow().scan(table, None, |_, row| with(row.data()).map(|()| ControlFlow::Continue(())))
    }
}

impl Fetch for Change<'_> {
    fn fetch_secret_in(&self, region: Option<&str>, name: &str) -> Result<SecretLook, Error> {
        let key = tables::secret(self.barrier(), region, name);
        Ok(load_secret(self, &key, name, &self.shared.ledger.home().account)?.map(Arc::new))
    }
    fn fetch_key(&self, id: &[u8; 16]) -> Result<Option<Arc<KeyEntry>>, Error> {
        load_key(self, &tables::key(self.barrier(), id), &self.shared.ledger.home().account)
    }
    fn fetch_alias_in(&self, region: Option<&str>, name: &str) -> Result<Option<Arc<AliasRow>>, Error> {
        Ok(self.read(Table::Aliases, &tables::alias(self.barrier(), region, name))?.map(Arc::new))
    }
    fn fetch_principal(&self, place: &PrincipalPlace) -> Result<PrincipalLook, Error> {
        let key = tables::principal(self.barrier(), place);
        load_principal(self, key, &self.shared.ledger.home().account, &mut Vec::new())
    }
    fn fetch_grants(&self, key: &[u8; 16], grantee: &Text, slot: &Slot) -> Result<Arc<GrantsRow>, Error> {
        let row = self.read(Table::Grants, &tables::grants(self.barrier(), key, grantee, slot))?;
        Ok(Arc::new(row.unwrap_or_default()))
    }
    fn fetch_grant_row(&self, grant: &str) -> Result<Option<GrantRow>, Error> {
        self.read(Table::GrantIds, &tables::grant_index(self.barrier(), grant))
    }
    fn fetch_settings(&self) -> Result<Arc<SettingsRow>, Error> {
        Ok(Arc::new(self.read(Table::Reserved, &tables::settings(self.barrier()))?.ok_or_else(fault::no_settings)?))
    }
    fn fetch_sealed(&self, secret: &SecretEntry, place: usize) -> Result<Option<Arc<[u8]>>, Error> {
        let Some(version) = secret.row.versions.get(place) else { return Ok(None) };
        let sealed =
            self.shared.engine.borrow().version_row(&tables::version(self.barrier(), &secret.row.arn, &version.id))?;
        Ok(sealed.map(Arc::from))
    }
    fn high_water(&self) -> Timestamp {
        self.shared.engine.borrow().base().high_water()
    }
    fn home(&self) -> &Home {
        Change::home(self)
    }
    fn abroad(&self) -> Option<&str> {
        self.abroad.as_deref().map(|home| home.region.as_str())
    }
    fn abroad_of<'r>(&self, region: &'r str) -> Option<&'r str> {
        self.shared.ledger.abroad(region)
    }
    fn fetch_policy(&self, name: &str) -> Result<Option<Arc<ManagedPolicyRow>>, Error> {
        Ok(self.read(Table::ManagedPolicies, &tables::managed_policy(self.barrier(), name))?.map(Arc::new))
    }
    fn scan_policies(&self) -> Result<Vec<ManagedPolicyRow>, Error> {
        self.read_all(Table::ManagedPolicies)
    }
    fn fetch_credential(&self, place: CredentialPlace<'_>) -> Result<Option<CredentialRow>, Error> {
        self.read(Table::Credentials, &tables::credential(self.barrier(), place))
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
    fn fetch_row(&self, name: &str) -> Result<Option<SecretRow>, Error> {
        self.read(Table::Secrets, &tables::secret(self.barrier(), self.abroad(), name))
    }
    /// A change has no catalogue: every secret is opened, as this change leaves it.
    fn search(&self, wanted: &Wanted<'_>) -> Result<Best, Error> {
        let mut best = Best::new(wanted);
        let mut rows: Vec<SecretRow> = Vec::new();
        let mut show = |rows: &mut Vec<SecretRow>| {
            rows.sort_unstable_by(|one, other| one.name.cmp(&other.name));
            let mut shelf = Shelf::default();
            for row in rows.drain(..) {
                shelf.put(&Listed::from(&row))?;
            }
            shelf.search(wanted, None, &mut best);
            Ok(())
        };
        self.each_row(Table::Secrets, &mut |data| {
            rows.push(record::decode(data).map_err(fault::record)?);
            if rows.len() >= SHELF { show(&mut rows) } else { Ok(()) }
        })?;
        show(&mut rows)?;
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
impl GrantLook for Change<'_> {
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
        load_backing(self, key, version)
    }
}
impl Look for Change<'_> {}

/// A row is saved and removed by a pass for itself alone.
fn in_place<A: Act, T>(pass: &Pass<'_, A, T>, arn: &Text) -> Result<(), Error> {
    if arn == pass.resource() { Ok(()) } else { Err(fault::misplaced()) }
}

/// Secrets that are looked through at once.
const SHELF: usize = 1_024;

impl std::fmt::Debug for Change<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Change").field("sequence", &self.sequence()).finish_non_exhaustive()
    }
}
