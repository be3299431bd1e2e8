//! What a front end holds: nobody comes in without proof.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use strongroom_keystore::Root;

use crate::clock::Timestamp;
use crate::due::DueReport;
use crate::error::Error;
use crate::name::Text;
use crate::principal::{Circumstances, Signed};
use crate::session::Session;
use crate::walk::Room;
use crate::walk::rotation::Functions;

/// A front end's handle on an open store: it lets in whoever proves by a signature who they are, and does what is due. It
/// vouches for nobody, opens no slot and locks nothing; those are the owner's ([`Strongroom`](crate::Strongroom)). Clone it and
/// send it where it is needed.
#[derive(Clone)]
pub struct Door {
    pub(crate) room: Arc<Room>,
    pub(crate) root: Arc<Mutex<Root>>,
    pub(crate) functions: Arc<Functions>,
}

impl Door {
    /// A session of whoever signed a request, in the region of the signature's scope: with an access key, or with temporary
    /// credentials. Good for one request; its rights, and the credentials themselves, are read anew at each call all the same.
    ///
    /// # Errors
    /// `Locked`; `Unauthenticated` for an unknown or inactive key, a wrong signature, another scope, or a time more than 15
    /// minutes off; `Expired` for temporary credentials whose time is over or whose principal is gone; `InvalidRequest` for a scope
    /// of no region.
    pub fn authenticate(&self, signed: &Signed<'_>, circumstances: Circumstances) -> Result<Session, Error> {
        self.room.unlocked()?;
        let who = crate::walk::credential::authenticate(&self.room, signed)?;
        let session = Session::of(Arc::clone(&self.room), crate::walk::under(who, circumstances));
        // IAM and STS are signed for some region and have none.
        if matches!(signed.service, "iam" | "sts") { Ok(session) } else { session.in_region(signed.region) }
    }
    /// Does what time has made due. See [`Strongroom::run_due`](crate::Strongroom::run_due).
    ///
    /// # Errors
    /// As there.
    pub fn run_due(&self) -> Result<DueReport, Error> {
        let report = crate::due::run(&self.room, &self.functions)?;
        self.shred_keys()?;
        Ok(report)
    }
    pub(crate) fn shred_keys(&self) -> Result<(), Error> {
        // The root may be busy with a slot for seconds: whoever has nothing to shred does not wait for it.
        if self.room.ledger.is_shred_due()? {
            self.room.ledger.shred(&mut self.root_key(), self.room.observed())?;
        }
        Ok(())
    }
    pub(crate) fn root_key(&self) -> MutexGuard<'_, Root> {
        self.root.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// The time that signatures are held against: the store's clock, or the latest instant that the store has committed,
    /// whichever is later.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.room.observed()
    }
    /// A random UUID, by which an answer can be spoken of.
    ///
    /// # Errors
    /// `Locked`; `RandomnessUnavailable`.
    pub fn request_id(&self) -> Result<Text, Error> {
        self.room.token()
    }
    /// Were the store's keys wiped?
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.room.unlocked().is_err()
    }
    /// The account of the store: twelve digits.
    #[must_use]
    pub fn account(&self) -> &str {
        &self.room.ledger.home().account
    }
    /// The region of the store.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.room.ledger.home().region
    }
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").field("account", &self.account()).field("region", &self.region()).finish_non_exhaustive()
    }
}
