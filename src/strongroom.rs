//! The owner's handle: wiring only, no decisions.
#![allow(clippy::needless_pass_by_value, reason = "an unlock secret is spent by the call: nobody keeps it by accident")]

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use strongroom_keystore::{Entropy, Hardening, Keystore, Limits, Next, OsEntropy, Root, SlotInfo, Unlock};

use crate::access::{Gate, Who};
use crate::audit::{Audit, Checkpoint, ReadAudit};
use crate::clock::{Clock, SystemClock, Timestamp};
use crate::door::Door;
use crate::error::{self, Error, ErrorKind};
use crate::ledger::{Check, Engine, EngineError, Header, Ledger, Options, Storage, Tombstone};
use crate::model::Home;
use crate::model::key::KeyName;
use crate::name::Text;
use crate::principal::{Circumstances, Principal, Signed};
use crate::rotation::{Called, RotationFunction};
use crate::session::Session;
use crate::walk::Room;
use crate::walk::rotation::Functions;

mod backup;

pub use backup::{Backup, StoreHeader};

/// An open store: the owner's handle. Keep it in `main`; hand on [`Session`]s, never this.
pub struct Strongroom {
    door: Door,
    hardening: Hardening,
}

/// How a store is made or opened.
pub struct Builder {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    audit: Option<Arc<dyn Audit>>,
    read_audit: ReadAudit,
    account: Text,
    region: Text,
    hardening: Hardening,
    limits: Limits,
    cache_bytes: usize,
    engine: Options,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
            audit: None,
            read_audit: ReadAudit::Off,
            account: Text::from("000000000000"),
            region: Text::from("us-east-1"),
            hardening: Hardening::DEFAULT,
            limits: Limits::default(),
            cache_bytes: 32 << 20,
            engine: Options::default(),
        }
    }
}

impl Builder {
    /// Where time comes from; the machine's wall clock by default.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }
    /// Where randomness comes from; the operating system by default.
    #[must_use]
    pub fn entropy(mut self, entropy: impl Entropy + 'static) -> Self {
        self.entropy = Arc::new(entropy);
        self
    }
    /// Where the host hears of every call; nowhere by default.
    #[must_use]
    pub fn audit(mut self, audit: impl Audit + 'static) -> Self {
        self.audit = Some(Arc::new(audit));
        self
    }
    /// Whether reads and refused calls have their records in the store's own journal; [`ReadAudit::Off`] by default.
    #[must_use]
    pub fn read_audit(mut self, reads: ReadAudit) -> Self {
        self.read_audit = reads;
        self
    }
    /// Account of a store that is created: twelve digits, `000000000000` by default.
    #[must_use]
    pub fn account(mut self, account: &str) -> Self {
        self.account = Text::from(account);
        self
    }
    /// Region of a store that is created, `us-east-1` by default.
    #[must_use]
    pub fn region(mut self, region: &str) -> Self {
        self.region = Text::from(region);
        self
    }
    /// What hardening a passphrase costs, for slots that are made; [`Hardening::DEFAULT`] by default.
    #[must_use]
    pub fn hardening(mut self, hardening: Hardening) -> Self {
        self.hardening = hardening;
        self
    }
    /// What unlock parameters a file may ask for.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
    /// Bytes that opened rows, compiled policies and the catalogue of lists may take in memory, 32 MiB by default. Values are
    /// never kept. The catalogue takes about 200 bytes a secret, up to 62 % of all; without room for it lists open every secret.
    #[must_use]
    pub fn cache_bytes(mut self, bytes: usize) -> Self {
        self.cache_bytes = bytes;
        self
    }
    /// Bytes that pages of the file may take in memory, 64 MiB by default, 1 MiB at least.
    #[must_use]
    pub fn page_cache_bytes(mut self, bytes: usize) -> Self {
        self.engine.cache_bytes = bytes;
        self
    }
    /// When every page's checksum is checked on opening: finds accidents of the disk at once, where otherwise they are found
    /// when the page is read. [`Check::Small`] (files below 64 MiB) by default.
    #[must_use]
    pub fn check_pages(mut self, when: Check) -> Self {
        self.engine.check_pages = when;
        self
    }
    /// When every row is authenticated on opening, and none found missing; otherwise when something first depends on it.
    /// [`Check::Small`] (below 20,000 rows) by default.
    #[must_use]
    pub fn check_rows(mut self, when: Check) -> Self {
        self.engine.check_rows = when;
        self
    }
    /// Makes a store in a new file, mode 0600.
    ///
    /// # Errors
    /// `AlreadyExists` when there is a file, `InvalidRequest` for account, region or unlock parameters, `Storage`,
    /// `RandomnessUnavailable`.
    pub fn create(self, path: impl AsRef<Path>, unlock: Unlock) -> Result<Strongroom, Error> {
        self.create_on(|| Storage::create_file(path.as_ref()), &unlock)
    }
    /// Opens the store in an existing file.
    ///
    /// # Errors
    /// `NotFound` when there is no file, `WrongUnlock`, `Busy` when somebody else holds it, `Damaged`, `Tampered`,
    /// `NewerFormat`, `Storage`.
    pub fn open(self, path: impl AsRef<Path>, unlock: Unlock) -> Result<Strongroom, Error> {
        self.open_on(|| Storage::open_file(path.as_ref()), &unlock)
    }
    /// Opens the store in an existing file to read it only: not a byte of the file changes, and every change of the store is
    /// refused. The file may be anybody's, on a medium that cannot be written; somebody else may read it too, and nobody write.
    /// What an interrupted opening or shredding has left to be done is done in memory, and done again by each opening.
    ///
    /// # Errors
    /// As [`open`](Self::open). Calls that would write answer `InvalidState`.
    pub fn open_read_only(self, path: impl AsRef<Path>, unlock: Unlock) -> Result<Strongroom, Error> {
        self.open_on(|| Storage::open_read_only(path.as_ref()), &unlock)
    }
    /// Makes a store that lives in memory and is gone with its last handle.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_in_memory(self, unlock: Unlock) -> Result<Strongroom, Error> {
        self.create_on(|| Ok(Storage::memory()), &unlock)
    }
    /// Makes a store on a storage backend of the caller's.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn create_on_backend(self, backend: impl redb::StorageBackend, unlock: Unlock) -> Result<Strongroom, Error> {
        self.create_on(|| Ok(Storage::custom(Box::new(backend))), &unlock)
    }
    /// Opens the store on a storage backend of the caller's.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_on_backend(self, backend: impl redb::StorageBackend, unlock: Unlock) -> Result<Strongroom, Error> {
        self.open_on(|| Ok(Storage::custom(Box::new(backend))), &unlock)
    }
}

impl Builder {
    fn home(&self) -> Result<Home, Error> {
        if self.account.len() != 12 || !self.account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(error::invalid(format!("account `{}` is not twelve digits", self.account)));
        }
        let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if self.region.is_empty() || self.region.len() > 128 || !self.region.bytes().all(legal) {
            return Err(error::invalid(format!(
                "region `{}` is not 1 to 128 lower-case letters, digits and hyphens",
                self.region
            )));
        }
        Ok(Home { account: self.account.clone(), region: self.region.clone() })
    }
    fn create_on(
        self,
        storage: impl FnOnce() -> Result<Storage, EngineError>,
        unlock: &Unlock,
    ) -> Result<Strongroom, Error> {
        // Everything that can be refused is refused before there is a file.
        let home = self.home()?;
        let mut store_id = [0; 16];
        self.entropy.fill(&mut store_id).map_err(|_| error::no_randomness())?;
        let (root, keystore, warden, barrier) =
            Root::create(store_id, false, unlock, &self.hardening, Arc::clone(&self.entropy))?;
        let created = self.clock.now();
        let engine = Engine::create(storage()?, Header::of(&root), barrier, self.engine, created)?;
        let ledger = Ledger::create(engine, self.cache_bytes, home, created)?;
        Ok(self.assemble(ledger, root, keystore, warden))
    }
    fn open_on(
        self,
        storage: impl FnOnce() -> Result<Storage, EngineError>,
        unlock: &Unlock,
    ) -> Result<Strongroom, Error> {
        let now = self.clock.now();
        let (engine, (root, keystore, warden)) = Engine::open(storage()?, self.engine, now, |region| {
            let (root, keystore, warden, barrier) =
                Root::unlock(region, unlock, &self.limits, Arc::clone(&self.entropy))?;
            Ok::<_, Error>((Header::of(&root), barrier, (root, keystore, warden)))
        })?;
        let ledger = Ledger::open(engine, self.cache_bytes)?;
        let room = self.assemble(ledger, root, keystore, warden);
        // A disk that is full keeps nobody from reading: what could not be shredded now is due still, and `status` says so.
        let _ = room.shred_keys();
        Ok(room)
    }
    fn assemble(
        self,
        ledger: Ledger,
        root: Root,
        keystore: Keystore,
        warden: strongroom_keystore::Warden,
    ) -> Strongroom {
        let gate = Gate::new(warden, &ledger.home().region);
        let functions = Arc::new(Functions::default());
        let ledger = ledger.auditing(self.read_audit);
        let room = Room::new(ledger, gate, keystore, self.clock, self.audit, Arc::downgrade(&functions));
        let door = Door { room: Arc::new(room), root: Arc::new(Mutex::new(root)), functions };
        Strongroom { door, hardening: self.hardening }
    }
}

impl Strongroom {
    /// What a store is made or opened with, other than by default.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }
    /// Makes a store in a new file. See [`Builder::create`].
    ///
    /// # Errors
    /// As there.
    pub fn create(path: impl AsRef<Path>, unlock: Unlock) -> Result<Self, Error> {
        Builder::default().create(path, unlock)
    }
    /// Opens the store in an existing file. See [`Builder::open`].
    ///
    /// # Errors
    /// As there.
    pub fn open(path: impl AsRef<Path>, unlock: Unlock) -> Result<Self, Error> {
        Builder::default().open(path, unlock)
    }
    /// The account's root user: a principal whose rights follow IAM's rules for root.
    #[must_use]
    pub fn root(&self) -> Session {
        Session::of(Arc::clone(&self.door.room), Who::root(self.door.room.ledger.home()))
    }
    /// A session of a principal that the host vouches for: this program is the authenticator.
    ///
    /// # Errors
    /// `Locked`; `NotFound` when there is no such user or role; `InvalidRequest` for text that names none;
    /// `MalformedPolicy` for a vouched policy.
    pub fn session(&self, principal: impl Into<Principal>) -> Result<Session, Error> {
        self.session_under(principal, Circumstances::default())
    }
    /// The same, of a request that came in under these circumstances: what conditions on networks see.
    ///
    /// # Errors
    /// As [`Strongroom::session`].
    pub fn session_under(
        &self,
        principal: impl Into<Principal>,
        circumstances: Circumstances,
    ) -> Result<Session, Error> {
        self.door.room.unlocked()?;
        let who = crate::walk::arrive(&self.door.room, principal.into())?;
        Ok(Session::of(Arc::clone(&self.door.room), crate::walk::under(who, circumstances)))
    }
    /// The handle for a front end, such as a server: it lets in whoever signs, and does what is due.
    #[must_use]
    pub fn door(&self) -> Door {
        self.door.clone()
    }
    /// A session of whoever signed a request. See [`Door::authenticate`].
    ///
    /// # Errors
    /// As there.
    pub fn authenticate(&self, signed: &Signed<'_>, circumstances: Circumstances) -> Result<Session, Error> {
        self.door.authenticate(signed, circumstances)
    }
    /// Wipes every key, and what was opened with them. Every session answers `Locked` until [`unlock`](Self::unlock). The file
    /// stays held: nobody else opens it meanwhile.
    pub fn lock(&self) {
        self.door.room.lock();
    }
    /// Goes on after [`lock`](Self::lock), by the secret of any slot; sessions of before are good again. Of a store that is not
    /// locked nothing changes, but the secret must be right all the same.
    ///
    /// # Errors
    /// `WrongUnlock`; what the provider of the secret says; `InvalidRequest` for hardening out of bounds.
    pub fn unlock(&self, unlock: &Unlock) -> Result<(), Error> {
        // No slot and no root key changes between the two.
        let root = self.root_key();
        self.door.room.unlock(root.reopen(unlock)?)
    }
    /// Were the keys wiped?
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.door.is_locked()
    }
    fn root_key(&self) -> MutexGuard<'_, Root> {
        self.door.root_key()
    }
    /// The account of the store: twelve digits.
    #[must_use]
    pub fn account(&self) -> &str {
        self.door.account()
    }
    /// The region of the store.
    #[must_use]
    pub fn region(&self) -> &str {
        self.door.region()
    }
}

impl std::fmt::Debug for Strongroom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Strongroom")
            .field("account", &self.account())
            .field("region", &self.region())
            .finish_non_exhaustive()
    }
}
impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("account", &self.account).field("region", &self.region).finish_non_exhaustive()
    }
}

/// Rotation functions.
impl Strongroom {
    /// Registers what rotates secrets under the ARN of a function of this account, such as
    /// `arn:aws:lambda:us-east-1:000000000000:function:NAME`. It acts as a role, named by name or ARN, that
    /// `lambda.amazonaws.com` may assume; the role may be made later. Another one under the same ARN takes its place. Functions
    /// are not kept in the file: register them each time the store is opened.
    ///
    /// # Errors
    /// `InvalidRequest`: text that is no such ARN, or names no role of this account.
    pub fn register_rotation_function(
        &self,
        arn: &str,
        role: &str,
        function: impl RotationFunction + 'static,
    ) -> Result<(), Error> {
        self.door.functions.register(self.door.room.ledger.home(), arn, role, Box::new(Called(function)))
    }
    /// Forgets a rotation function; was there one? A step that it is at goes on to its end; rotations that need it fail from
    /// then on, and are tried again.
    pub fn unregister_rotation_function(&self, arn: &str) -> bool {
        self.door.functions.unregister(arn)
    }
}

/// Unlock slots and the root key.
impl Strongroom {
    /// The slots in use: how each is unlocked, never its secret.
    #[must_use]
    pub fn slots(&self) -> Vec<SlotInfo> {
        self.root_key().slots()
    }
    /// Adds a way to unlock; returns its slot, 0 to 7.
    ///
    /// # Errors
    /// `Locked`; `InvalidState` when all eight slots are taken; what the provider of the secret says; `Storage`.
    pub fn add_slot(&self, unlock: &Unlock) -> Result<u8, Error> {
        let before = self.slots();
        self.rewrite_header(|root, hardening| root.add_slot(unlock, &hardening))?;
        let added = self.slots().into_iter().find(|slot| before.iter().all(|old| old.index != slot.index));
        added.map(|slot| slot.index).ok_or_else(error::damaged)
    }
    /// Replaces the secret of a slot.
    ///
    /// # Errors
    /// `Locked`; `NotFound` when the slot is empty; what the provider of the secret says; `Storage`.
    pub fn change_slot(&self, index: u8, unlock: &Unlock) -> Result<(), Error> {
        self.rewrite_header(|root, hardening| root.change_slot(index, unlock, &hardening))
    }
    /// Removes a way to unlock, never the last one. A copy of the file made before still opens with it.
    ///
    /// # Errors
    /// `Locked`; `InvalidState` for the last slot; `NotFound` when it is empty; `Storage`.
    pub fn remove_slot(&self, index: u8) -> Result<(), Error> {
        self.rewrite_header(|root, _| root.remove_slot(index))
    }
    /// Which slot a secret opens, if any. Nothing changes.
    ///
    /// # Errors
    /// `Locked`; what the provider of the secret says.
    pub fn test_slot(&self, unlock: &Unlock) -> Result<Option<u8>, Error> {
        self.door.room.unlocked()?;
        Ok(self.root_key().test_slot(unlock)?)
    }
    /// Replaces the root key and wraps everything under it anew. Every slot must be given its secret, or be dropped.
    ///
    /// # Errors
    /// `Locked`; `InvalidState` that names the slots that are neither given nor dropped; `WrongUnlock`; `Storage`.
    pub fn rotate_root(&self, at_hand: &[(u8, &Unlock)], drop: &[u8]) -> Result<(), Error> {
        self.rewrite_header(|root, _| root.rotate(at_hand, drop))
    }

    /// Moves the store to a fresh file, out of the reach of whoever has an old copy of it and what unlocked that. The fresh file
    /// has a new root key, a new keyring, and these ways to unlock in these slots; every KMS key that can has new material, and
    /// every version of a secret that the account's root may move has a new data key under it. Then it takes the file's name, and
    /// zeros are written over the old one. Every session of before answers `Locked`; open the file anew to go on.
    ///
    /// Safe from then on is what the old copy did not have. What it had stays known to whoever has it: values that are not changed
    /// afterwards, secrets of access keys and seeds of MFA devices, ciphertexts of the KMS API under older material. Keys in
    /// [`Revoked::kept_keys`] go on with the material that the copy has: replace it, or them. Tokens of before (temporary
    /// credentials, pages, grant tokens, imports) are of no use any more, and checkpoints of the audit chain are of the old one.
    ///
    /// # Errors
    /// `Locked`; `Busy`; `InvalidState` for a store that is no file, and without a slot; `NotFound` for a slot above 7;
    /// what the provider of a secret says; `Storage`, `Damaged`, `Tampered`. Unless it says otherwise, the store is in the old
    /// file then, and opens as before.
    pub fn revoke(
        self,
        slots: &[(u8, &Unlock)],
        progress: &mut dyn FnMut(crate::Reencrypted),
    ) -> Result<Revoked, Error> {
        self.door.room.unlocked()?;
        if self.door.room.ledger.engine().file_system().is_none() {
            return Err(error::no_file_to_replace());
        }
        // What can be refused is refused before anything is written.
        let (next, _, _, barrier) = self.root_key().successor(slots, &self.hardening)?;
        self.shred_keys()?;
        let (renewed_keys, kept) = crate::due::renew_keys(&self.door.room)?;
        let reencrypted = self.root().reencrypt(None, progress)?;
        // Whatever waits goes along: a minute that is not over ends here.
        self.door.room.ledger.write_trail(Timestamp::from_millis(i64::MAX))?;
        let event = crate::due::revoked(&self.door.room)?;
        let renewed = self.door.room.ledger.renew(Header::of(&next), barrier, &event);
        self.door.room.lock();
        renewed?;
        let kept_keys = kept.iter().map(|arn| arn.as_str().to_owned()).collect();
        Ok(Revoked { renewed_keys, kept_keys, reencrypted })
    }

    fn rewrite_header(
        &self,
        next: impl FnOnce(&Root, Hardening) -> Result<Next, strongroom_keystore::Error>,
    ) -> Result<(), Error> {
        self.door.room.unlocked()?;
        let mut root = self.root_key();
        let next = next(&root, self.hardening)?;
        // Both copies, each synced, and the commit that names the generation: the ledger's order.
        self.door.room.ledger.write_header(&mut root, next, self.door.room.observed())
    }
}

/// What a [revocation](Strongroom::revoke) did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Revoked {
    /// Keys that have new material.
    pub renewed_keys: usize,
    /// ARNs of keys that keep the material that an old copy has: imported, or for MACs. Only their owners can replace it.
    pub kept_keys: Vec<String>,
    /// Versions that have new data keys, and those that have not.
    pub reencrypted: crate::Reencrypted,
}

/// What a full verification found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verification {
    /// Rows that were opened and authenticated.
    pub rows: u64,
    /// Version rows that the secrets name, looked up.
    pub versions: u64,
    /// Links of the audit chain that were followed.
    pub audit_records: u64,
}

/// Sizes and counts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// Bytes of the file.
    pub file_bytes: u64,
    /// Write sequence of the last commit, and with `fingerprint` what to compare to notice an older file.
    pub sequence: u64,
    /// First 8 hex digits of the last commit's commitment.
    pub fingerprint: String,
    /// Rows by the letter of their table.
    pub rows: Vec<(&'static str, u64)>,
    /// Bytes that opened rows take in memory, by our own reckoning.
    pub cached_bytes: usize,
    /// Identifies the store.
    pub store_id: [u8; 16],
    /// Generation of the header: raised by every change of a slot and of the root key.
    pub header_generation: u64,
    /// Has the clock jumped by more than 90 days? Then nothing is deleted by time until
    /// [`confirm_clock`](Strongroom::confirm_clock).
    pub clock_in_doubt: bool,
    /// Whether what was deleted is out of reach. A locked store cannot tell and says `Pending`.
    pub shredded: Shredded,
    /// The file system that the file is on, such as `ext4`, or `unknown`; `None` for a store that is no file. On those that
    /// copy on write (`btrfs`, `zfs`, `bcachefs`, `f2fs`, `overlayfs`) and on flash, what is overwritten may live on below.
    pub file_system: Option<&'static str>,
}

/// Is what was deleted out of the reach of whoever has the file and unlocks it? Copies of the file that were made before are not
/// meant: whoever has one, and what unlocked it, has what was in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shredded {
    /// Yes: backing keys that were removed open under no key any more, and no page holds bytes of what was removed.
    Done,
    /// Not yet: [`Strongroom::shred`] or [`Strongroom::compact`] has to run.
    Pending,
}

/// What is left of a deleted key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeletedKey {
    /// Its id.
    pub key_id: String,
    /// When it was deleted.
    pub deleted: Timestamp,
}

/// Copies, on a storage of the caller's.
impl Strongroom {
    /// As [`backup`](Self::backup), into an empty storage backend of the caller's. It is no store before this has returned: a
    /// copy that was interrupted is refused by [`Builder::open_on_backend`] as `Damaged`.
    ///
    /// # Errors
    /// As there.
    pub fn backup_on_backend(&self, backend: impl redb::StorageBackend) -> Result<Backup, Error> {
        self.copy_into(&Storage::custom(Box::new(backend)))
    }
}

/// Looking after the file.
impl Strongroom {
    /// Does what time has made due: purges secrets whose recovery window is over, deletes keys whose time of waiting is over,
    /// rotates keys, removes imported material that has expired, writes dates of reads and uses. Nothing is destroyed while the
    /// clock is in doubt. Then calls the steps of rotations that are due, one secret after the other, in this thread: see
    /// [`rotation`](crate::rotation); a handle on which no function was ever registered leaves them to others. Then puts backing keys that were removed out of reach.
    ///
    /// # Errors
    /// `Locked`, `Busy`, `Storage`, `Damaged`. A rotation that fails is no error: it is counted and tried again.
    pub fn run_due(&self) -> Result<crate::DueReport, Error> {
        self.door.run_due()
    }
    /// Shreds what was deleted. Backing keys of deleted KMS keys, and deleted imported material, are put out of reach by a new
    /// wrapping key, which overwrites the old one in the file's header: also done by [`run_due`](Self::run_due) and by the next
    /// opening. Then every row is copied into fresh pages and all others are overwritten, which takes time in proportion to the
    /// store; if somebody reads meanwhile, that stays pending.
    ///
    /// # Errors
    /// `Locked`, `Busy`, `Storage`, `Damaged`.
    pub fn shred(&self) -> Result<Shredded, Error> {
        self.door.room.unlocked()?;
        self.shred_keys()?;
        match self.door.room.ledger.scrub(self.door.room.observed()) {
            Err(busy) if busy.kind() == ErrorKind::Busy => {}
            scrubbed => drop(scrubbed?),
        }
        self.shredded()
    }
    fn shred_keys(&self) -> Result<(), Error> {
        self.door.shred_keys()
    }
    fn shredded(&self) -> Result<Shredded, Error> {
        Ok(if self.door.room.ledger.is_stale()? { Shredded::Pending } else { Shredded::Done })
    }
    /// Vouches for the clock after it has jumped by more than 90 days: what is due may go from now on.
    ///
    /// A clock that was set far forward by mistake must not destroy keys and secrets, so a jump stops all deletion by time until
    /// somebody has looked at the clock.
    ///
    /// # Errors
    /// `Locked`, `Busy`, `Storage`, `Damaged`.
    pub fn confirm_clock(&self) -> Result<(), Error> {
        crate::due::confirm_clock(&self.door.room)
    }
    /// Keys that were deleted in the last 90 days: what is left of them.
    ///
    /// # Errors
    /// `Locked`, `Storage`, `Damaged`.
    pub fn deleted_keys(&self) -> Result<Vec<DeletedKey>, Error> {
        self.door.room.unlocked()?;
        let mut stones = self.door.room.ledger.tombstones()?;
        stones.sort_by_key(|stone| (stone.deleted, stone.key));
        let shown = |stone: &Tombstone| DeletedKey {
            key_id: KeyName { id: stone.key, multi_region: stone.multi_region }.to_string(),
            deleted: stone.deleted,
        };
        Ok(stones.iter().map(shown).collect())
    }
    /// Reads and authenticates every row, follows the audit chain, and looks for every version that a secret names. Never
    /// repairs.
    ///
    /// # Errors
    /// `Locked`, `Tampered`, `Damaged`, `Storage`.
    pub fn verify(&self) -> Result<Verification, Error> {
        self.door.room.unlocked()?;
        let found = self.door.room.ledger.verify()?;
        Ok(Verification { rows: found.rows, versions: found.versions, audit_records: found.audit_records })
    }
    /// Where the journal ends now: to be kept outside the store, for [`verify_audit`](Self::verify_audit) later.
    ///
    /// # Errors
    /// `Locked`, `Storage`.
    pub fn audit_checkpoint(&self) -> Result<Checkpoint, Error> {
        self.door.room.unlocked()?;
        Ok(self.door.room.ledger.view()?.checkpoint())
    }
    /// Follows the chain of the journal from its first record, or from what it hashed to where records were
    /// [evicted](Self::set_audit_retention), to its last, and holds it against a checkpoint that was taken
    /// before: its end cannot have been cut off then, nor the whole file exchanged for an older one. Answers how many records
    /// there are. A [revocation](Self::revoke) begins another chain.
    ///
    /// # Errors
    /// `RolledBack` if the journal ends before the checkpoint; `Tampered` if it was changed, or the checkpoint is of another
    /// journal; `InvalidState` if what the checkpoint covers was evicted, and the rest is whole; `Locked`, `Damaged`, `Storage`.
    pub fn verify_audit(&self, since: Option<&Checkpoint>) -> Result<u64, Error> {
        self.door.room.unlocked()?;
        self.door.room.ledger.verify_journal(since)
    }
    /// How many records the journal keeps at most; 1,000,000 unless somebody has said otherwise.
    #[must_use]
    pub fn audit_retention(&self) -> u64 {
        self.door.room.ledger.retention()
    }
    /// Says how many records the journal keeps: of this store, whoever opens it. When there are more, the oldest go, an eighth
    /// of that number at a time and no more than 4,096, with the commit that adds one. A record says which
    /// (`EvictAuditRecords`), and the chain is followed from what it hashed to there. Who wants them all exports them before.
    ///
    /// # Errors
    /// `InvalidRequest` below 64; `Locked`, `Busy`, `Storage`, `Damaged`.
    pub fn set_audit_retention(&self, records: u64) -> Result<(), Error> {
        crate::due::set_retention(&self.door.room, records)
    }
    /// Sizes and counts of the store.
    ///
    /// # Errors
    /// `Storage`.
    pub fn status(&self) -> Result<Status, Error> {
        let found = self.door.room.ledger.engine().status()?;
        let unlocked = self.door.room.unlocked().is_ok();
        let root = self.root_key();
        Ok(Status {
            file_bytes: found.file_bytes,
            sequence: found.sequence,
            fingerprint: found.commit_digits,
            rows: found.rows.into_iter().map(|(table, rows)| (table.letter(), rows)).collect(),
            cached_bytes: self.door.room.ledger.cached_bytes(),
            store_id: root.store_id(),
            header_generation: root.generation(),
            // A locked store cannot read its own rows; it deletes nothing either.
            clock_in_doubt: unlocked && self.door.room.ledger.is_clock_in_doubt(self.door.room.clock.now())?,
            shredded: if unlocked { self.shredded()? } else { Shredded::Pending },
            file_system: self.door.room.ledger.engine().file_system(),
        })
    }
    /// After a failed write the store only reads; once the cause is gone (space on the disk, say) this goes on writing. Does
    /// nothing while the store writes.
    ///
    /// # Errors
    /// `Busy` when the failed write had begun to change the header: then drop every handle and open the store anew.
    /// `Storage` when the disk still fails, `Damaged`, `Tampered`.
    pub fn resume(&self) -> Result<(), Error> {
        self.door.room.unlocked()?;
        if self.door.room.ledger.engine().has_failed() {
            self.door.room.ledger.forget();
        }
        Ok(self.door.room.ledger.engine().reopen(self.door.room.clock.now())?)
    }
    /// Gives space of dropped pages back to the disk, and [shreds](Self::shred) what was deleted. True if the file got smaller.
    ///
    /// # Errors
    /// `Locked`, `Busy`, `Storage`.
    pub fn compact(&self) -> Result<bool, Error> {
        self.door.room.unlocked()?;
        self.shred_keys()?;
        let before = self.door.room.ledger.engine().status()?.file_bytes;
        if self.door.room.ledger.scrub(self.door.room.observed())? {
            return Ok(self.door.room.ledger.engine().status()?.file_bytes < before);
        }
        Ok(self.door.room.ledger.engine().compact()?)
    }
}

#[cfg(test)]
impl Strongroom {
    /// What tests of a room below look into.
    pub(crate) fn room(&self) -> &Room {
        &self.door.room
    }
    pub(crate) fn with_root<T>(&self, work: impl FnOnce(&mut Root) -> T) -> T {
        work(&mut self.root_key())
    }
}
