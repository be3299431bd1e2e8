//! What goes on beside serving: due work, and reading anew what may change.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use strongroom::Strongroom;
#[cfg(feature = "tls")]
use strongroom_server::Tls;
use strongroom_server::{Host, Level, Log, Metrics, Token};

use super::listeners::Opened;
use crate::rotation::FunctionArgs;

type Ready = Box<dyn Fn() -> io::Result<()> + Send + Sync>;

pub struct Attendant {
    room: Arc<Strongroom>,
    metrics: Arc<Metrics>,
    log: Log,
    tokens: Vec<Arc<Token>>,
    /// Where functions come from, and the ARNs of those that are registered.
    functions: Mutex<Option<(FunctionArgs, Vec<String>)>>,
    #[cfg(feature = "tls")]
    tls: Option<Tls>,
    ready: Ready,
}

impl Attendant {
    pub fn new(room: Arc<Strongroom>, metrics: Arc<Metrics>, log: Log) -> Self {
        Self {
            room,
            metrics,
            log,
            tokens: Vec::new(),
            functions: Mutex::default(),
            #[cfg(feature = "tls")]
            tls: None,
            ready: Box::new(|| Ok(())),
        }
    }
    pub fn with_tokens(mut self, tokens: impl IntoIterator<Item = Arc<Token>>) -> Self {
        self.tokens.extend(tokens);
        self
    }
    pub fn with_functions(mut self, source: FunctionArgs, registered: Vec<String>) -> Self {
        self.functions = Mutex::new(Some((source, registered)));
        self
    }
    #[cfg(feature = "tls")]
    pub fn with_tls(mut self, opened: &Opened) -> Self {
        self.tls.clone_from(&opened.tls);
        self
    }
    #[cfg(not(feature = "tls"))]
    pub fn with_tls(self, _opened: &Opened) -> Self {
        self
    }
    pub fn once_ready(mut self, ready: impl Fn() -> io::Result<()> + Send + Sync + 'static) -> Self {
        self.ready = Box::new(ready);
        self
    }
    fn reload_functions(&self) -> Result<(), String> {
        let mut functions = self.functions.lock().unwrap_or_else(PoisonError::into_inner);
        let Some((source, registered)) = functions.as_mut() else { return Ok(()) };
        let read = source.read().map_err(|failure| failure.message)?;
        let now = read.register(&self.room).map_err(|failure| failure.message)?;
        for gone in registered.iter().filter(|arn| !now.contains(arn)) {
            self.room.unregister_rotation_function(gone);
        }
        *registered = now;
        Ok(())
    }
}

impl Host for Attendant {
    fn ready(&self) -> io::Result<()> {
        (self.ready)()
    }
    fn reload(&self) -> Result<(), String> {
        // All are tried: one bad file keeps none of the others from being read.
        let mut faults = Vec::new();
        #[cfg(feature = "tls")]
        faults.extend(self.tls.iter().filter_map(|tls| tls.reload().err()).map(|why| why.to_string()));
        faults.extend(self.tokens.iter().filter_map(|token| token.reload().err()).map(|why| why.to_string()));
        faults.extend(self.reload_functions().err());
        if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
    }
    fn run_due(&self) {
        // Whoever locked it knows; what is due is done once it is unlocked.
        if self.room.is_locked() {
            return;
        }
        // After a failed write (a full disk) the store only reads, or not even that if reads need a record.
        if let Err(error) = self.room.resume() {
            self.log
                .tell(Level::Error, format_args!("the store cannot be written: {}: {}", error.code(), error.message()));
        }
        let done = self.room.run_due();
        self.metrics.due(done.as_ref().ok());
        match done {
            Err(error) => {
                self.log.tell(Level::Error, format_args!("due work failed: {}: {}", error.code(), error.message()));
            }
            Ok(report) => {
                if report.clock_in_doubt {
                    self.log.tell(
                        Level::Warning,
                        format_args!(
                            "the clock has jumped by more than 90 days; what is due for deletion is kept until \
                             `strongroom status --confirm-clock`"
                        ),
                    );
                }
                if report.rotations_failed > 0 {
                    let count = report.rotations_failed;
                    self.log.tell(
                        Level::Warning,
                        format_args!("{count} rotations failed and will be tried again; DescribeSecret tells of each"),
                    );
                }
                let (secrets, keys) = (report.purged_secrets, report.deleted_keys);
                let (rotated, finished) = (report.rotated_keys, report.rotations_finished);
                if secrets + keys + rotated + finished > 0 {
                    self.log.tell(
                        Level::Info,
                        format_args!(
                            "due: {secrets} secrets purged, {keys} keys deleted, {rotated} keys and {finished} secrets rotated"
                        ),
                    );
                }
            }
        }
    }
}
