//! A fresh file that takes this one's place: every row sealed anew under another keyring.
//!
//! Whoever has an old copy of the file, and what unlocked it, has its keyring: row keys, record keys, wrapping keys. A new root
//! key changes nothing about that. So the rows go into a file of their own, one by one, each to the place that the new keyring
//! gives it; version rows keep their bytes, since what they are under is a backing key. Then the fresh file takes the name, and
//! zeros are written over the old one.
//!
//! A row whose place cannot be computed from what it says is one too few in the end: then nothing is replaced.

use std::collections::BTreeSet;

use strongroom_keystore::{Barrier, CredentialKind, RowKey};

use super::engine::EngineChange;
use super::journal::RetentionRow;
use super::look::{Grants as _, Rows, place};
use super::record::{self, AliasRow, ClockRow, GrantPlace, GrantRow, Record, SettingsRow, StaleRow, Tombstone};
use super::store::Ledger;
use super::table::Table;
use super::view::View;
use super::{Engine, EngineError, Header, fault, journal, tables};
use crate::audit::Event;
use crate::error::Error;
use crate::model::account::CountsRow;
use crate::model::credential::CredentialRow;
use crate::model::grant::{Slot, homes, ways};
use crate::model::key::KeyRow;
use crate::model::managed_policy::ManagedPolicyRow;
use crate::model::principal::{PrincipalRow, unique_key};
use crate::model::replication::region_of;
use crate::model::secret::SecretRow;
use crate::name::Text;

impl Ledger {
    /// Moves the store to a fresh file, under the header and the barrier of a successor root. This ledger is closed then:
    /// whoever goes on opens the file anew. If it fails, the store is as before.
    ///
    /// # Errors
    /// `InvalidRequest` for a store that is no file; `Busy` within a change of this thread; `Tampered`, `Damaged`, `Storage`.
    pub(crate) fn renew(&self, header: Header, barrier: Barrier, event: &Event) -> Result<(), Error> {
        // From here on nobody writes.
        let turn = self.engine().begin()?;
        let view = self.view()?;
        let fresh = self.engine().create_beside(header, barrier)?;
        let copied = self.copy_into(&view, &fresh, event);
        drop(view);
        match copied {
            Ok(()) => Ok(self.engine().give_way_to(turn, &fresh)?),
            Err(failed) => {
                fresh.discard();
                Err(failed)
            }
        }
    }

    fn copy_into(&self, view: &View<'_>, fresh: &Engine, event: &Event) -> Result<(), Error> {
        let mut copy = Renewal { ledger: self, from: view, fresh, change: None, waiting: 0, rows: 0 };
        copy.secrets()?;
        copy.keys()?;
        copy.grants()?;
        copy.identities()?;
        copy.rest()?;
        copy.journal(event)?;
        copy.commit()?;
        // What marks removed rows is of no use where none were removed.
        let left_out = view.read_bytes(Table::Reserved, &tables::stale(self.barrier()))?.is_some();
        let found = fresh.verify()?;
        if found.rows != copy.rows || copy.rows.checked_add(u64::from(left_out)) != Some(view.engine.rows()) {
            return Err(fault::not_carried_over());
        }
        Ok(())
    }
}

/// Rows on their way.
struct Renewal<'c> {
    ledger: &'c Ledger,
    from: &'c View<'c>,
    fresh: &'c Engine,
    change: Option<EngineChange<'c>>,
    /// Rows that the present change has.
    waiting: usize,
    /// Covered rows so far.
    rows: u64,
}

impl<'c> Renewal<'c> {
    fn old_barrier(&self) -> &'c Barrier {
        self.ledger.barrier()
    }
    fn fresh_barrier(&self) -> &'c Barrier {
        self.fresh.barrier()
    }
    fn commit(&mut self) -> Result<(), Error> {
        self.waiting = 0;
        if let Some(change) = self.change.take() {
            change.commit_telling(self.from.engine.high_water(), |_| {})?;
        }
        Ok(())
    }
    /// Puts something into the change; commits what waits when that is much.
    fn with(&mut self, work: impl FnOnce(&mut EngineChange<'c>) -> Result<(), EngineError>) -> Result<(), Error> {
        let fresh = self.fresh;
        if self.change.is_none() {
            self.change = Some(fresh.begin()?);
        }
        if let Some(change) = &mut self.change {
            work(change)?;
        }
        self.waiting = self.waiting.saturating_add(1);
        if self.waiting < AT_ONCE { Ok(()) } else { self.commit() }
    }
    fn put(&mut self, table: Table, key: &RowKey, data: &[u8]) -> Result<(), Error> {
        self.with(|change| change.put(table, key, data))?;
        self.rows = self.rows.saturating_add(1);
        Ok(())
    }
    /// Every row of a table as it is, at the place that `name` gives it.
    fn each<R: Record>(
        &mut self,
        table: Table,
        name: impl Fn(&Self, &R) -> Result<RowKey, Error>,
    ) -> Result<(), Error> {
        let from = self.from;
        from.each_row(table, &mut |data| {
            let row: R = record::decode(data).map_err(fault::record)?;
            let key = name(self, &row)?;
            self.put(table, &key, data)
        })
    }

    fn secrets(&mut self) -> Result<(), Error> {
        let from = self.from;
        let mut rows: Vec<SecretRow> = Vec::new();
        self.each(Table::Secrets, |copy, row: &SecretRow| {
            Ok(tables::secret(copy.fresh_barrier(), copy.ledger.abroad(region_of(&row.arn)), &row.name))
        })?;
        from.each_row(Table::Secrets, &mut |data| {
            rows.push(record::decode(data).map_err(fault::record)?);
            if rows.len() < AT_ONCE { Ok(()) } else { self.versions(&std::mem::take(&mut rows)) }
        })?;
        self.versions(&rows)
    }
    /// Version rows, as they are: backing keys are what they are under.
    fn versions(&mut self, secrets: &[SecretRow]) -> Result<(), Error> {
        for row in secrets {
            for version in row.versions.iter().filter(|version| version.value.is_some()) {
                let place = tables::version(self.old_barrier(), &row.arn, &version.id);
                let sealed = self.from.engine.sealed(Table::Versions, &place)?.ok_or_else(fault::missing_version)?;
                let place = tables::version(self.fresh_barrier(), &row.arn, &version.id);
                self.with(|change| {
                    change.put_version_row(&place, sealed.to_vec());
                    Ok(())
                })?;
            }
        }
        Ok(())
    }
    fn keys(&mut self) -> Result<(), Error> {
        let from = self.from;
        self.each(Table::Keys, |copy, row: &KeyRow| Ok(tables::key(copy.fresh_barrier(), &row.id)))?;
        from.each_row(Table::BackingKeys, &mut |blob| {
            let (key, version) = Barrier::backing_of(blob).ok_or_else(fault::misplaced)?;
            let resealed = self.old_barrier().reseal_backing(self.fresh_barrier(), blob)?;
            let place = tables::backing(self.fresh_barrier(), &key, version);
            self.put(Table::BackingKeys, &place, &resealed)
        })?;
        self.each(Table::Aliases, |copy, row: &AliasRow| {
            let key = copy.from.read::<KeyRow>(Table::Keys, &tables::key(copy.old_barrier(), &row.key))?;
            let key = key.ok_or_else(fault::misplaced)?;
            Ok(tables::alias(copy.fresh_barrier(), copy.ledger.abroad(region_of(&key.arn)), &row.name))
        })
    }
    fn grants(&mut self) -> Result<(), Error> {
        // What a row of the index says does not tell where it is: the grants do.
        let mut places: BTreeSet<([u8; 16], Text, Slot)> = BTreeSet::new();
        for grant in self.from.every_grant(&|_| true)? {
            let ways = ways(&grant).into_iter().map(|(slot, _)| slot);
            let slots = homes(&grant).into_iter().map(|(slot, _)| slot).chain(ways).chain(Slot::named(&grant));
            places.extend(slots.chain([Slot::head()]).map(|slot| (grant.key, grant.place(), slot)));
        }
        for (key, grantee, slot) in &places {
            let place = tables::grants(self.old_barrier(), key, grantee, slot);
            if let Some(data) = self.from.read_bytes(Table::Grants, &place)? {
                let place = tables::grants(self.fresh_barrier(), key, grantee, slot);
                self.put(Table::Grants, &place, &data)?;
            }
        }
        self.each(Table::GrantIds, |copy, row: &GrantRow| {
            let id = match row {
                GrantRow::Whole(linked) => &linked.grant.id,
                GrantRow::Beside(GrantPlace { grant, .. }) => grant,
            };
            Ok(tables::grant_index(copy.fresh_barrier(), id))
        })
    }
    fn identities(&mut self) -> Result<(), Error> {
        let from = self.from;
        self.each(Table::Principals, |copy, row: &PrincipalRow| {
            Ok(tables::principal(copy.fresh_barrier(), &place(row.kind, &row.name)))
        })?;
        self.each(Table::ManagedPolicies, |copy, row: &ManagedPolicyRow| {
            Ok(tables::managed_policy(copy.fresh_barrier(), &unique_key(&row.name)))
        })?;
        from.each_row(Table::Credentials, &mut |data| {
            let mut row: CredentialRow = record::decode(data).map_err(fault::record)?;
            let (kind, sealed) = match &mut row {
                CredentialRow::AccessKey(key) => (CredentialKind::AccessKey, &mut key.sealed),
                CredentialRow::MfaDevice(device) => (CredentialKind::Seed, &mut device.sealed),
            };
            *sealed = self.old_barrier().reseal_credential(self.fresh_barrier(), kind, sealed)?;
            let key = tables::credential(self.fresh_barrier(), row.place().as_place());
            self.put(Table::Credentials, &key, &record::encode(&row).map_err(fault::record)?)
        })
    }
    /// Settings, counts, a jump of the clock, what is left of deleted keys.
    fn rest(&mut self) -> Result<(), Error> {
        let from = self.from;
        from.each_row(Table::Reserved, &mut |data| {
            let key = if record::is::<SettingsRow>(data) {
                tables::settings(self.fresh_barrier())
            } else if record::is::<CountsRow>(data) {
                tables::counts(self.fresh_barrier())
            } else if record::is::<ClockRow>(data) {
                tables::clock(self.fresh_barrier())
            } else if record::is::<Tombstone>(data) {
                let stone: Tombstone = record::decode(data).map_err(fault::record)?;
                tables::tombstone(self.fresh_barrier(), &stone.key)
            } else if record::is::<RetentionRow>(data) {
                tables::retention(self.fresh_barrier())
            } else if record::is::<StaleRow>(data) {
                return Ok(());
            } else {
                return Err(fault::not_carried_over());
            };
            self.put(Table::Reserved, &key, data)
        })
    }
    /// Every record of the audit chain, linked anew, and one more.
    fn journal(&mut self, event: &Event) -> Result<(), Error> {
        let from = self.from;
        from.engine.each_audit_batch::<Error>(|records| self.with(|change| change.append_audits(records)))?;
        let record = journal::encode(event).map_err(fault::record)?;
        self.with(|change| change.append_audit(&record).map(drop))
    }
}

/// Rows of one commit.
const AT_ONCE: usize = 2_048;
