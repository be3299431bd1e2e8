//! One run of the program: its settings, its terminal, its output, and the store when a command asks for it.

use std::thread;
use std::time::Duration;

use strongroom::audit::ReadAudit;
use strongroom::{Builder, ErrorKind, Hardening, Session, Strongroom, Transaction, Unlock};

use crate::failure::{Done, Exit, Failure};
use crate::output::Out;
use crate::settings::{Chosen, Global, Settings};
use crate::terminal::{Terminal, note};
use crate::unlock::{Asked, Way, again};

/// What every command gets.
#[derive(Debug)]
pub struct Run {
    pub global: Global,
    pub settings: Settings,
    pub terminal: Terminal,
    pub out: Out,
}

impl Run {
    pub fn new(global: Global) -> Result<Self, Failure> {
        let settings = Settings::gather(&global)?;
        let out = Out { format: settings.output, quiet: global.quiet };
        Ok(Self { terminal: Terminal::new(global.no_input), settings, out, global })
    }
    /// Unlocks the store.
    pub fn open(&self) -> Result<Strongroom, Failure> {
        self.open_hardened(|| Ok(Hardening::DEFAULT))
    }
    /// The same, for commands that make a new passphrase: what a guess at it is to cost is asked once the store is there.
    pub fn open_hardened(&self, hardening: impl FnOnce() -> Result<Hardening, Failure>) -> Result<Strongroom, Failure> {
        self.must_exist()?;
        let unlock = self.way()?.value.fetch(self.terminal, Asked::Existing)?;
        self.open_hardened_by(hardening, unlock)
    }
    /// Unlocks the store by what was fetched already.
    pub fn open_by(&self, unlock: Unlock) -> Result<Strongroom, Failure> {
        self.opened(Strongroom::builder, unlock)
    }
    /// Commands hold the store for milliseconds: one that meets another waits a little before it gives up.
    fn opened(&self, builder: impl Fn() -> Builder, unlock: Unlock) -> Result<Strongroom, Failure> {
        // A passphrase is hardened anew each time, and that takes a while by itself.
        // Whoever takes a value from here must not be without a record of it, unless somebody has said so.
        let reads = self.settings.audit.unwrap_or(ReadAudit::Strict);
        let builder = || builder().read_audit(reads);
        let patience = if matches!(unlock, Unlock::Passphrase(_)) { 2 } else { PATIENCE };
        for _ in 0..patience {
            match builder().open(&self.settings.store.value, again(&unlock)?) {
                Err(busy) if busy.kind() == ErrorKind::Busy => thread::sleep(PAUSE),
                opened => return Ok(opened?),
            }
        }
        Ok(builder().open(&self.settings.store.value, unlock)?)
    }
    /// The same, for commands that make a new passphrase.
    pub fn open_hardened_by(
        &self,
        hardening: impl FnOnce() -> Result<Hardening, Failure>,
        unlock: Unlock,
    ) -> Result<Strongroom, Failure> {
        let hardening = hardening()?;
        self.opened(|| Strongroom::builder().hardening(hardening), unlock)
    }
    /// A store that is not there is told before anybody types a passphrase or a value.
    pub fn must_exist(&self) -> Done {
        let store = &self.settings.store;
        if store.value.try_exists().unwrap_or(true) {
            return Ok(());
        }
        Err(Failure::new(Exit::NotFound, "NotFound", format!("there is no store `{}`", store.value.display()))
            .why(format!("the path comes from {}", store.by))
            .help("`strongroom init` makes one"))
    }
    /// How this run unlocks.
    pub fn way(&self) -> Result<Chosen<Way>, Failure> {
        Way::choose(&self.global, &self.settings)
    }
    /// Somebody's hands, in the region of this run.
    pub fn session(&self, room: &Strongroom, principal: &str) -> Result<Session, Failure> {
        let session = room.session(principal)?;
        match &self.settings.region {
            None => Ok(session),
            Some(region) => session
                .in_region(&region.value)
                .map_err(|error| Failure::from(error).why(format!("the region comes from {}", region.by))),
        }
    }
    /// Does the work as the principal of this run, then what time has made due: dates of last reads, purges.
    pub fn as_principal<T>(&self, work: impl FnOnce(&Session) -> Result<T, Failure>) -> Result<T, Failure> {
        self.as_principal_in(|_, session| work(session))
    }
    /// The same for work that asks the store itself where it is: its account, its region.
    pub fn as_principal_in<T>(
        &self,
        work: impl FnOnce(&Strongroom, &Session) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let room = self.open()?;
        let session = self.session(&room, self.settings.principal.value.as_str())?;
        let done = work(&room, &session)?;
        match room.run_due() {
            Ok(report) => {
                if report.rotations_failed > 0 {
                    note(
                        "note: a rotation failed, and will be tried again; `strongroom rotation status NAME` says why",
                    );
                }
                if report.clock_in_doubt {
                    note(
                        "note: the clock has jumped by more than 90 days; what is due for deletion is kept until \
                         `strongroom status --confirm-clock`",
                    );
                }
            }
            // The work itself is done and told; what is due stays due.
            Err(error) => note(&format!("note: due work could not be written: {error}")),
        }
        Ok(done)
    }
}

/// Does several calls in one commit; nothing if one of them is refused. With `dry`, everything is done, weighed and recorded, and
/// taken back: the answer is `None`, and a note says so.
pub fn all_or_nothing<T>(
    session: &Session,
    dry: bool,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
) -> Result<Option<T>, Failure> {
    if !dry {
        return session.transaction(work).map(Some);
    }
    let mut worked = false;
    let taken_back = session.transaction(|t| {
        work(t)?;
        worked = true;
        // Whatever is an error is taken back.
        Err::<(), _>(Failure::unspoken(Exit::Other))
    });
    match taken_back {
        Err(_) if worked => {
            note("note: it could be done; nothing was done");
            Ok(None)
        }
        Err(failure) => Err(failure),
        Ok(()) => Ok(None),
    }
}

/// Tries before the last one, and what is between two: 0.4 seconds in all. The lock is the engine's, which takes it or says that it
/// is taken; nobody tells when it is free.
const PATIENCE: u32 = 20;
const PAUSE: Duration = Duration::from_millis(20);
