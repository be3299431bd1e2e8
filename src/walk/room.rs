//! What all handles of one store share, and what every walk works with.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use strongroom_keystore::{Keystore, Reopened};

use crate::access::{Gate, Host};
use crate::audit::Audit;
use crate::clock::{Clock, Timestamp};
use crate::error::{self, Error};
use crate::ledger::Ledger;
use crate::name::Text;
use crate::policy::PolicySet;
use crate::walk::rotation::Functions;

/// An open store.
pub(crate) struct Room {
    pub(crate) ledger: Ledger,
    pub(crate) gate: Gate,
    pub(crate) keystore: Keystore,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) audit: Option<Arc<dyn Audit>>,
    /// Are reads and refusals recorded anywhere?
    pub(crate) is_audited: bool,
    /// For principals without identity-based policies.
    pub(crate) none: Arc<PolicySet>,
    /// Of the owner's handle: functions may hold sessions, and sessions hold the room.
    functions: Weak<Functions>,
    locked: AtomicBool,
    /// Held while the keys come or go, so that what is said of them is so.
    turning: Mutex<()>,
}

impl Host for Room {
    fn has_function(&self, arn: &str) -> bool {
        self.functions.upgrade().is_some_and(|functions| functions.get(arn).is_some())
    }
}

impl Room {
    pub(crate) fn new(
        ledger: Ledger,
        gate: Gate,
        keystore: Keystore,
        clock: Arc<dyn Clock>,
        audit: Option<Arc<dyn Audit>>,
        functions: Weak<Functions>,
    ) -> Self {
        let none = Arc::new(PolicySet::new([]));
        let is_audited = audit.is_some() || ledger.audits_reads();
        Self {
            ledger,
            gate,
            keystore,
            clock,
            audit,
            is_audited,
            none,
            functions,
            locked: AtomicBool::new(false),
            turning: Mutex::new(()),
        }
    }
    /// The clock's time, or the latest that the store has ever committed, whichever is later: time never runs backwards.
    pub(crate) fn observed(&self) -> Timestamp {
        self.clock.now().max(self.ledger.high_water())
    }
    /// A random UUID: the token of a request that brought none.
    pub(crate) fn token(&self) -> Result<Text, Error> {
        let mut bytes = [0; 16];
        self.keystore.fill(&mut bytes)?;
        Ok(Text::from(uuid::Builder::from_random_bytes(bytes).into_uuid().hyphenated().to_string()))
    }
    pub(crate) fn unlocked(&self) -> Result<(), Error> {
        if self.locked.load(Ordering::Acquire) { Err(error::locked()) } else { Ok(()) }
    }
    /// Wipes every key and every opened row; nothing is answered until it is unlocked.
    pub(crate) fn lock(&self) {
        let _turning = self.turning.lock().unwrap_or_else(PoisonError::into_inner);
        self.locked.store(true, Ordering::Release);
        self.keystore.lock();
        self.ledger.forget();
        self.ledger.wake();
    }
    /// Goes on with keys that were opened anew.
    pub(crate) fn unlock(&self, reopened: Reopened) -> Result<(), Error> {
        let _turning = self.turning.lock().unwrap_or_else(PoisonError::into_inner);
        self.keystore.unlock(reopened)?;
        self.locked.store(false, Ordering::Release);
        Ok(())
    }
}
