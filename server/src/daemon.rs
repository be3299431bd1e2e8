//! A server as a process: signals, the service manager, and what time makes due.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::runtime::Builder;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval};

use crate::listen::Server;
use crate::log::{Level, Log};

/// What a process around a server does, beside serving.
pub trait Host: Send + Sync + 'static {
    /// Connections are accepted now.
    ///
    /// # Errors
    /// What is a reason not to serve at all.
    fn ready(&self) -> io::Result<()> {
        Ok(())
    }
    /// Reads anew what can be read anew (SIGHUP); what cannot stays as it was.
    ///
    /// # Errors
    /// What could not be read, in words for the log.
    fn reload(&self) -> Result<(), String>;
    /// Does what is due. Called on a thread of its own, every minute and when a request has made something due: rotation
    /// functions may take their time.
    fn run_due(&self);
}

/// Rings when a request has made something due.
#[derive(Debug)]
pub struct DueBell {
    rung: Receiver<()>,
}

impl DueBell {
    /// The bell, and what rings it: for [`Server::telling_due`].
    #[must_use]
    pub fn new() -> (Self, SyncSender<()>) {
        let (ring, rung) = sync_channel(1);
        (Self { rung }, ring)
    }
}

/// Serves until SIGTERM or SIGINT; a second one ends it without waiting for requests that are under way. SIGHUP has the host
/// read anew. Tells systemd, if it wants to know, when connections are accepted, and that the process is alive.
///
/// # Errors
/// What keeps it from beginning.
pub fn run(server: Server, host: impl Host, bell: DueBell, log: &Log) -> io::Result<()> {
    let host = Arc::new(host);
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let due = thread::Builder::new().name("strongroom-due".into()).spawn({
        let host = Arc::clone(&host);
        move || {
            // What fell due while nobody ran comes first.
            host.run_due();
            while !matches!(bell.rung.recv_timeout(MINUTE), Err(RecvTimeoutError::Disconnected)) {
                host.run_due();
            }
        }
    })?;
    runtime.block_on(async {
        let mut signals = Signals::new()?;
        // The bell's rope goes with the server, and with it the thread above.
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = server.run(
            async {
                // Nobody to tell any more is as good as being told.
                let _ = stopped.await;
            },
            || {
                host.ready()?;
                tell(log, &[NotifyState::Ready]);
                Ok(())
            },
        );
        tokio::pin!(serving);
        let mut alive = interval(sd_notify::watchdog_enabled().map_or(MINUTE, |time| time / 2));
        alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut stop = Some(stop);
        loop {
            tokio::select! {
                served = &mut serving => return served,
                _ = alive.tick() => tell(log, &[NotifyState::Watchdog]),
                heard = signals.next() => match heard {
                    Heard::Reload if stop.is_some() => reload(&*host, log),
                    Heard::Reload => {}
                    Heard::Stop => {
                        let Some(stop) = stop.take() else {
                            log.tell(Level::Warning, format_args!("stopped at once"));
                            return Ok(());
                        };
                        log.tell(Level::Info, format_args!("stopping"));
                        tell(log, &[NotifyState::Stopping]);
                        // It has ended by itself otherwise.
                        let _ = stop.send(());
                    }
                },
            }
        }
    })?;
    // A rotation function that is under way may take minutes. Whatever it was at goes on from the store the next time.
    if !due.is_finished() {
        log.tell(Level::Debug, format_args!("due work is left for the next start"));
    }
    Ok(())
}

fn reload(host: &impl Host, log: &Log) {
    let mut state = vec![NotifyState::Reloading];
    // `Type=notify-reload` wants the time; without a clock there is none.
    state.extend(NotifyState::monotonic_usec_now().ok());
    tell(log, &state);
    match host.reload() {
        Ok(()) => log.tell(Level::Info, format_args!("reloaded")),
        Err(why) => log.tell(Level::Error, format_args!("not reloaded: {why}")),
    }
    tell(log, &[NotifyState::Ready]);
}

/// Without a service manager nobody is told.
fn tell(log: &Log, state: &[NotifyState<'_>]) {
    if let Err(cause) = sd_notify::notify(state) {
        log.tell(Level::Warning, format_args!("the service manager was not told: {cause}"));
    }
}

enum Heard {
    Stop,
    Reload,
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }
    async fn next(&mut self) -> Heard {
        tokio::select! {
            _ = self.terminate.recv() => Heard::Stop,
            _ = self.interrupt.recv() => Heard::Stop,
            _ = self.hang_up.recv() => Heard::Reload,
        }
    }
}

const MINUTE: Duration = Duration::from_secs(60);
