//! The listener: HTTP/1.1 on one thread, strict in what it takes and bounded in what one client can take of it.

mod bind;
mod connection;
mod desk;
mod guard;
mod limits;
mod strict;
#[cfg(feature = "tls")]
mod tls;

use std::io;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use rustix::process::geteuid;
use strongroom::Circumstances;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

pub use bind::{BindError, Listener};
pub use limits::Limits;
#[cfg(feature = "tls")]
pub use tls::{Tls, TlsError};

use crate::handler::Handler;
use crate::log::{Level, Log};
use crate::metrics::Metrics;
use crate::writer::Writer;
use bind::Socket;
use connection::{Registry, Seat};
use desk::{Desk, Shared};
use guard::Guard;

/// Listeners with what answers on each, the limits they share, and the one thread that writes.
pub struct Server {
    limits: Limits,
    listeners: Vec<(Listener, Arc<dyn Handler>)>,
    metrics: Arc<Metrics>,
    log: Log,
    due: Option<SyncSender<()>>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let addresses: Vec<_> = self.listeners.iter().map(|(listener, _)| listener.address()).collect();
        f.debug_struct("Server").field("addresses", &addresses).finish_non_exhaustive()
    }
}

impl Server {
    /// With no listener yet.
    #[must_use]
    pub fn new(limits: Limits, metrics: Arc<Metrics>, log: Log) -> Self {
        Self { limits, listeners: Vec::new(), metrics, log, due: None }
    }
    /// Requests on this listener go to that handler.
    #[must_use]
    pub fn listen(mut self, listener: Listener, handler: Arc<dyn Handler>) -> Self {
        self.listeners.push((listener, handler));
        self
    }
    /// Is told when a request has made something due.
    #[must_use]
    pub fn telling_due(mut self, due: SyncSender<()>) -> Self {
        self.due = Some(due);
        self
    }
    /// Where it listens.
    #[must_use]
    pub fn addresses(&self) -> Vec<String> {
        self.listeners.iter().map(|(listener, _)| listener.address()).collect()
    }
    /// Serves until the future is done; then requests that are under way end, and no other begins. Calls `ready` once
    /// connections are accepted. For a runtime of one thread.
    ///
    /// # Errors
    /// What keeps it from beginning. Afterwards there are none: what goes wrong with a client is the client's.
    pub async fn run(self, stop: impl Future<Output = ()>, ready: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        let Self { limits, listeners, metrics, log, due } = self;
        let limits = Arc::new(limits);
        let shared = Arc::new(Shared {
            registry: Arc::new(Registry::new(limits.connections)),
            bodies: Semaphore::new(limits.bodies_bytes.min(Semaphore::MAX_PERMITS)),
            writer: Writer::start()?,
            limits: Arc::clone(&limits),
            metrics,
            log,
            due,
        });
        let graceful = Arc::new(GracefulShutdown::new());
        let (stopping, stopped) = watch::channel(());
        let mut accepting = Vec::new();
        for (listener, handler) in listeners {
            let Listener { socket, hosts, peers, .. } = &listener;
            let desk = Arc::new(Desk { handler, hosts: hosts.clone(), shared: Arc::clone(&shared) });
            let door = match socket {
                Socket::Tcp(socket) => {
                    let socket = socket.try_clone()?;
                    socket.set_nonblocking(true)?;
                    Door::Tcp(TcpListener::from_std(socket)?)
                }
                Socket::Unix(socket, _) => {
                    let socket = socket.try_clone()?;
                    socket.set_nonblocking(true)?;
                    Door::Unix(UnixListener::from_std(socket)?, peers.clone())
                }
            };
            #[cfg(feature = "tls")]
            let tls = listener.tls.clone();
            #[cfg(not(feature = "tls"))]
            let tls = ();
            let graceful = Arc::clone(&graceful);
            let mut stopped = stopped.clone();
            accepting.push(tokio::spawn(async move {
                let accept = Acceptor { desk, door, tls, graceful };
                tokio::select! {
                    () = accept.run() => {}
                    _ = stopped.changed() => {}
                }
                // The socket's file goes with it, and nobody waits for an answer that will not come.
                drop(listener);
            }));
        }
        ready()?;
        stop.await;
        // Nobody is left to tell when all have ended already.
        let _ = stopping.send(());
        for task in accepting {
            // It is one of ours, and does not panic.
            let _ = task.await;
        }
        let ended = async {
            // The tasks that shared it are over.
            if let Some(graceful) = Arc::into_inner(graceful) {
                graceful.shutdown().await;
            }
            shared.registry.empty().await;
        };
        if timeout(limits.drain_time, ended).await.is_err() {
            shared.log.tell(Level::Warning, format_args!("{} connections were cut", shared.registry.len()));
        }
        Ok(())
    }
}

#[cfg(feature = "tls")]
type OverTls = Option<Tls>;
#[cfg(not(feature = "tls"))]
type OverTls = ();

enum Door {
    Tcp(TcpListener),
    Unix(UnixListener, Vec<u32>),
}

/// Takes connections off one socket.
struct Acceptor {
    desk: Arc<Desk>,
    door: Door,
    #[cfg_attr(not(feature = "tls"), expect(dead_code, reason = "there is none"))]
    tls: OverTls,
    graceful: Arc<GracefulShutdown>,
}

impl Acceptor {
    async fn run(&self) {
        loop {
            let shared = &*self.desk.shared;
            if let Err(cause) = self.next().await {
                // Out of descriptors, or a client that left before it was greeted.
                shared.log.tell(Level::Warning, format_args!("a connection was not accepted: {cause}"));
                sleep(PAUSE).await;
            }
        }
    }
    async fn next(&self) -> io::Result<()> {
        let shared = &*self.desk.shared;
        match &self.door {
            Door::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                let seat = shared.registry.seat().await;
                // Answers are small and whole.
                stream.set_nodelay(true)?;
                let circumstances = Circumstances::new().source_ip(peer.ip().to_canonical()).secure_transport(true);
                #[cfg(feature = "tls")]
                if let Some(tls) = &self.tls {
                    shared.metrics.accepted("tls", shared.registry.len());
                    self.begin_tls(tls.acceptor(), stream, seat, circumstances);
                    return Ok(());
                }
                shared.metrics.accepted("tcp", shared.registry.len());
                self.begin(stream, seat, circumstances);
            }
            Door::Unix(listener, peers) => {
                let (stream, _) = listener.accept().await?;
                let peer = stream.peer_cred()?.uid();
                if ![0, geteuid().as_raw()].contains(&peer) && !peers.contains(&peer) {
                    shared.metrics.refused("peer");
                    shared.log.tell(Level::Warning, format_args!("user {peer} may not connect"));
                    return Ok(());
                }
                let seat = shared.registry.seat().await;
                shared.metrics.accepted("unix", shared.registry.len());
                self.begin(stream, seat, Circumstances::new().secure_transport(true));
            }
        }
        Ok(())
    }
    fn begin<S>(&self, stream: S, seat: Seat, circumstances: Circumstances)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        tokio::spawn(serve(Arc::clone(&self.desk), stream, seat, circumstances, self.graceful.watcher()));
    }
    #[cfg(feature = "tls")]
    fn begin_tls(
        &self,
        acceptor: tokio_rustls::TlsAcceptor,
        stream: tokio::net::TcpStream,
        seat: Seat,
        circumstances: Circumstances,
    ) {
        let (desk, watcher) = (Arc::clone(&self.desk), self.graceful.watcher());
        tokio::spawn(async move {
            let greeted = tokio::select! {
                greeted = timeout(desk.shared.limits.head_time, acceptor.accept(stream)) => greeted,
                () = seat.connection.to_leave() => return,
            };
            match greeted {
                Ok(Ok(stream)) => serve(desk, stream, seat, circumstances, watcher).await,
                Ok(Err(_)) | Err(_) => desk.shared.metrics.refused("tls"),
            }
        });
    }
}

/// Serves one connection to its end.
async fn serve<S>(desk: Arc<Desk>, stream: S, seat: Seat, circumstances: Circumstances, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let shared = Arc::clone(&desk.shared);
    let connection = Arc::clone(&seat.connection);
    let guard = Guard::new(stream, Arc::clone(&connection), Arc::clone(&shared.limits), Arc::clone(&shared.metrics));
    let answer = service_fn({
        let connection = Arc::clone(&connection);
        move |request| {
            let (desk, connection, circumstances) = (Arc::clone(&desk), Arc::clone(&connection), circumstances.clone());
            async move { Ok::<_, std::convert::Infallible>(desk.answer(&connection, circumstances, request).await) }
        }
    });
    let http = http1::Builder::new()
        // The guard keeps the time.
        .header_read_timeout(None)
        .max_buf_size(READ_MAX)
        .max_headers(shared.limits.fields.saturating_add(1))
        .serve_connection(TokioIo::new(guard), answer);
    let displaced = tokio::select! {
        // In this order: who is asked to leave reads no further request, which would then go unanswered.
        biased;
        () = connection.to_leave() => true,
        // How a client ends its connection is its own affair.
        _ = watcher.watch(http) => false,
    };
    drop(seat);
    shared.metrics.ended(shared.registry.len(), displaced);
}

/// Bytes that are read at once; greater than any head.
const READ_MAX: usize = 64 << 10;
/// After a connection that could not be accepted: what is missing then comes back by waiting.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(50);
