//! The ledger: engine, caches and what waits to be written.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64};

use strongroom_keystore::{Barrier, Next, Root, RowKey};

use super::accesses::Accesses;
use super::backend::Storage;
use super::cache::{Cache, Means};
use super::catalogue::Catalogue;
use super::change::Change;
use super::engine::{Copied, Engine};
use super::error::EngineError;
use super::journal::{RETENTION, RetentionRow};
use super::look::{Fetch, Look, Rows as _};
use super::record::{AliasRow, SettingsRow, Tombstone};
use super::region::Header;
use super::table::Table;
use super::trail::Trail;
use super::view::View;
use super::watch::Watches;
use crate::access::KeyEntry;
use crate::access::entry::{PrincipalLook, SecretLook};
use crate::audit::ReadAudit;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::model::Home;
use crate::model::credential::CredentialRow;
use crate::model::filter::Shelf;
use crate::model::grant::{GrantsRow, Slot};
use crate::model::principal::{PrincipalKind, PrincipalRow, unique_key};
use crate::name::Text;

/// A principal's place: kind and lower-case name.
pub(crate) type PrincipalPlace = (PrincipalKind, Text);

/// Where a principal is kept.
pub(crate) fn place_of(row: &PrincipalRow) -> PrincipalPlace {
    (row.kind, Text::from(unique_key(&row.name)))
}

/// Where something is kept that has its name from a caller: a secret, an alias. The same name in two regions is two places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Placed {
    /// `None`: the store's own.
    pub(super) region: Option<Text>,
    pub(super) name: Text,
}
/// The same, as it is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named<'a> {
    pub(super) region: Option<&'a str>,
    pub(super) name: &'a str,
}
impl Hash for Placed {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Named { region: self.region.as_deref(), name: &self.name }.hash(state);
    }
}
impl Hash for Named<'_> {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        // Nothing more in the store's own region: nearly every read is there.
        if let Some(region) = self.region {
            region.hash(state);
        }
    }
}
impl Means<Placed> for Named<'_> {
    #[inline]
    fn means(&self, key: &Placed) -> bool {
        *key.name == *self.name && key.region.as_deref() == self.region
    }
}

/// Opened rows, each kind with its share of the one budget.
#[derive(Debug)]
pub(super) struct Caches {
    pub(super) secrets: Cache<Placed, SecretLook>,
    pub(super) sealed: Cache<RowKey, Arc<[u8]>>,
    pub(super) keys: Cache<[u8; 16], Option<Arc<KeyEntry>>>,
    pub(super) aliases: Cache<Placed, Option<Arc<AliasRow>>>,
    pub(super) principals: Cache<PrincipalPlace, PrincipalLook>,
    pub(super) grants: Cache<([u8; 16], Text, Slot), Arc<GrantsRow>>,
    /// Access keys and devices that are there: whoever brings ids that are not must not push these out.
    pub(super) credentials: Cache<RowKey, Arc<CredentialRow>>,
    pub(super) settings: Cache<(), Arc<SettingsRow>>,
}
impl Caches {
    fn new(bytes: usize) -> Self {
        let share = |percent: usize| bytes / 100 * percent;
        Self {
            secrets: Cache::new(share(65)),
            sealed: Cache::new(share(14)),
            keys: Cache::new(share(5)),
            aliases: Cache::new(share(2)),
            principals: Cache::new(share(8)),
            grants: Cache::new(share(5)),
            credentials: Cache::new(share(1)),
            settings: Cache::new(64 * 1024),
        }
    }
    /// What lists may take of the share of opened secrets: nearly all of it.
    fn share_of_lists(bytes: usize) -> usize {
        bytes / 100 * 62
    }
    fn weight(&self) -> usize {
        self.secrets.weight()
            + self.sealed.weight()
            + self.keys.weight()
            + self.aliases.weight()
            + self.principals.weight()
            + self.grants.weight()
            + self.credentials.weight()
    }
    fn clear(&self) {
        self.secrets.clear();
        self.sealed.clear();
        self.keys.clear();
        self.aliases.clear();
        self.principals.clear();
        self.grants.clear();
        self.credentials.clear();
        self.settings.clear();
    }
}

/// What a verification counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Found {
    pub rows: u64,
    pub versions: u64,
    pub audit_records: u64,
}

/// Rows of one store.
pub(crate) struct Ledger {
    engine: Engine,
    pub(super) caches: Caches,
    pub(super) catalogue: Catalogue,
    pub(super) accesses: Accesses,
    pub(super) watches: Arc<Watches>,
    pub(super) trail: Trail,
    /// How many records the journal keeps at most.
    pub(super) retention: AtomicU64,
    /// Were the oldest found to be such that they cannot be evicted?
    pub(super) unevictable: AtomicBool,
    home: Home,
}

impl Ledger {
    /// A ledger over a store that was just made: its first commit names account and region.
    pub(crate) fn create(engine: Engine, cache_bytes: usize, home: Home, created: Timestamp) -> Result<Self, Error> {
        let settings =
            SettingsRow { account: home.account.clone(), region: home.region.clone(), created, managed_key: None };
        let ledger = Self::of(engine, cache_bytes, home);
        let change = ledger.change()?;
        change.found(&settings)?;
        change.commit(None, created)?;
        Ok(ledger)
    }
    /// A ledger over a store that is there.
    pub(crate) fn open(engine: Engine, cache_bytes: usize) -> Result<Self, Error> {
        let unread = Home { account: Text::default(), region: Text::default() };
        let mut ledger = Self::of(engine, cache_bytes, unread);
        let settings = ledger.view()?.fetch_settings()?;
        if let Some(RetentionRow { records }) =
            ledger.view()?.read(Table::Reserved, &super::tables::retention(ledger.barrier()))?
        {
            ledger.retention = AtomicU64::new(records);
        }
        ledger.home = Home { account: settings.account.clone(), region: settings.region.clone() };
        Ok(ledger)
    }
    fn of(engine: Engine, cache_bytes: usize, home: Home) -> Self {
        let (caches, catalogue) = (Caches::new(cache_bytes), Catalogue::new(Caches::share_of_lists(cache_bytes)));
        let (accesses, watches, trail) = (Accesses::default(), Arc::default(), Trail::new(ReadAudit::Off));
        let (retention, unevictable) = (AtomicU64::new(RETENTION), AtomicBool::new(false));
        Self { engine, caches, catalogue, accesses, watches, trail, retention, unevictable, home }
    }
    /// The same ledger, whose journal has reads and refusals as well.
    pub(crate) fn auditing(mut self, reads: ReadAudit) -> Self {
        self.trail = Trail::new(reads);
        self
    }
    /// The newest committed instant.
    ///
    /// # Errors
    /// Only after trouble: the disk failed, or the store was closed.
    pub(crate) fn view(&self) -> Result<View<'_>, EngineError> {
        Ok(View { ledger: self, engine: self.engine.view()?, abroad: None })
    }
    /// The one write transaction; waits for its turn, answers `Busy` to a thread that already holds one.
    pub(crate) fn change(&self) -> Result<Change<'_>, Error> {
        let begun = self.engine.begin().map_err(|refused| match refused {
            // Another thread is waited for: it is this one that holds a change.
            EngineError::Busy => super::fault::within_transaction(),
            refused => refused.into(),
        });
        Ok(Change::new(self, begun?))
    }
    /// The latest time ever committed.
    pub(crate) fn high_water(&self) -> Timestamp {
        // After trouble the clock alone must do: what needs the mark will not be written anyway.
        self.engine.view().map_or(Timestamp::from_millis(i64::MIN), |view| view.high_water())
    }
    /// What the region is besides the store's own; `None`: that one.
    pub(crate) fn abroad<'r>(&self, region: &'r str) -> Option<&'r str> {
        if self.home.region == *region { None } else { Some(region) }
    }
    /// Account and the store's own region: they never change.
    pub(crate) fn home(&self) -> &Home {
        &self.home
    }
    pub(crate) fn accesses(&self) -> &Accesses {
        &self.accesses
    }
    pub(crate) fn watches(&self) -> &Arc<Watches> {
        &self.watches
    }
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }
    pub(super) fn barrier(&self) -> &Barrier {
        self.engine.barrier()
    }
    pub(super) fn changed(&self) -> impl Fn(u8) -> u64 + '_ {
        |first| self.engine.changed(first)
    }
    /// Writes a prepared header over both copies, and the commit that names its generation; then the root goes by it.
    pub(crate) fn write_header(&self, root: &mut Root, next: Next, observed: Timestamp) -> Result<(), Error> {
        let time = self.no_later(observed)?;
        let mut change = self.engine.begin()?;
        change.write_header(Header::next(root, &next))?;
        change.commit_adopting(time, || root.adopt(next))?;
        Ok(())
    }
    /// The time of a commit that nobody asked for by a call: no later than was committed before, or a jump of the clock would be
    /// committed without a word.
    pub(super) fn no_later(&self, observed: Timestamp) -> Result<Timestamp, Error> {
        Ok(observed.min(self.view()?.high_water()))
    }
    /// Has the clock jumped, since the last commit or at one that nobody has confirmed?
    pub(crate) fn is_clock_in_doubt(&self, now: Timestamp) -> Result<bool, Error> {
        self.view()?.is_clock_in_doubt(now)
    }
    /// Keys that were deleted in the last 90 days.
    pub(crate) fn tombstones(&self) -> Result<Vec<Tombstone>, Error> {
        self.view()?.scan_tombstones()
    }
    /// Authenticates every row, follows the audit chain, and finds every version that a secret names.
    pub(crate) fn verify(&self) -> Result<Found, Error> {
        let verified = self.engine.verify()?;
        let view = self.view()?;
        let mut versions = 0;
        for row in view.scan_secrets()? {
            for version in row.versions.iter().filter(|version| version.value.is_some()) {
                let key = super::tables::version(self.barrier(), &row.arn, &version.id);
                view.engine.sealed(Table::Versions, &key)?.ok_or_else(super::fault::missing_version)?;
                versions += 1;
            }
        }
        Ok(Found { rows: verified.rows, versions, audit_records: verified.audit_records })
    }
    /// Copies everything, as of now, into an empty storage. What waits to be written, dates of reads, stays behind.
    pub(crate) fn copy_to(&self, storage: &Storage) -> Result<Copied, Error> {
        let refused = |refused| match refused {
            EngineError::Busy => super::fault::within_transaction(),
            refused => refused.into(),
        };
        self.engine.copy_to(storage).map_err(refused)
    }
    /// Bytes that opened rows take in memory, by our own reckoning.
    pub(crate) fn cached_bytes(&self) -> usize {
        self.caches.weight() + self.catalogue.weight()
    }
    /// Shows every shelf of the catalogue. What it takes in memory it takes from the opened secrets, which share one budget with
    /// it.
    pub(super) fn list(&self, view: &View<'_>, with: &mut dyn FnMut(&Shelf) -> Result<(), Error>) -> Result<(), Error> {
        let shown = self.catalogue.each(view, with);
        self.caches.secrets.lend(self.catalogue.weight());
        shown
    }
    /// Forgets everything that was opened.
    pub(crate) fn forget(&self) {
        self.caches.clear();
        self.catalogue.clear();
        self.caches.secrets.lend(0);
    }
    /// Has everybody who waits look again: the store was locked.
    pub(crate) fn wake(&self) {
        self.watches.wake();
    }
    /// Writes dates of reads that wait: into this change, which is committed for its own sake.
    pub(crate) fn write_accesses(&self, change: &Change<'_>, limit: usize) -> Result<(), Error> {
        for (key_id, used) in self.accesses.take_uses() {
            change.note_use(&key_id, used)?;
        }
        for (key, used) in self.accesses.take_keys(limit) {
            change.note_key_use(&key, used)?;
        }
        for (arn, reads) in self.accesses.take(limit) {
            change.note_accesses(&arn, &reads)?;
        }
        Ok(())
    }
}
impl Drop for Ledger {
    fn drop(&mut self) {
        // There is nobody to tell; `run_due` tells those who ask.
        self.end_trail();
    }
}
impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").finish_non_exhaustive()
    }
}
