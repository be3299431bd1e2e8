//! Where to listen, as the command line says it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use listenfd::ListenFd;
#[cfg(feature = "tls")]
use strongroom_server::Tls;
use strongroom_server::{BindError, Listener};

use crate::failure::{Exit, Failure};

#[derive(Args, Debug)]
#[command(next_help_heading = "Sockets")]
pub struct Listeners {
    /// Listen on a unix socket, mode 0600, in a folder that others cannot write
    #[arg(long, value_name = "PATH")]
    unix: Option<PathBuf>,
    /// Listen on an address of this machine [default: 127.0.0.1:8200, unless there is a unix socket or one of systemd's]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// A further name that clients call this server by; may be given several times
    #[arg(long, value_name = "NAME")]
    host: Vec<String>,
    /// A user, by number, who may connect to a unix socket of systemd's beside our own; may be given several times
    #[arg(long, value_name = "UID")]
    peer: Vec<u32>,
    /// Let `--listen` be an address that others reach; needs a certificate
    #[cfg(feature = "tls")]
    #[arg(long, requires = "listen", requires = "tls_cert")]
    allow_remote: bool,
    /// Certificate of the server and those above it, PEM
    #[cfg(feature = "tls")]
    #[arg(long, value_name = "PATH", requires = "tls_key", requires = "listen")]
    tls_cert: Option<PathBuf>,
    /// Its private key, PEM, readable by its owner alone
    #[cfg(feature = "tls")]
    #[arg(long, value_name = "PATH", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

/// Sockets that listen.
pub struct Opened {
    sockets: Vec<Listener>,
    #[cfg(feature = "tls")]
    pub tls: Option<Tls>,
}

impl Opened {
    pub fn take(&mut self) -> Vec<Listener> {
        std::mem::take(&mut self.sockets)
    }
}

impl Listeners {
    pub fn open(&self) -> Result<Opened, Failure> {
        let mut sockets = self.inherited()?;
        if !self.peer.is_empty() && sockets.is_empty() {
            return Err(Failure::usage("`--peer` goes with a socket of systemd's, whose unit says its mode")
                .why("a socket of our own is of mode 0600, so that nobody else can connect"));
        }
        if let Some(path) = &self.unix {
            sockets.push(unix(path)?);
        }
        #[cfg(feature = "tls")]
        let tls = self.tls()?;
        #[cfg(feature = "tls")]
        let over_tls = tls.as_ref().zip(self.listen);
        #[cfg(not(feature = "tls"))]
        let over_tls: Option<((), SocketAddr)> = None;
        match (over_tls, self.listen) {
            #[cfg(feature = "tls")]
            (Some((tls, address)), _) => {
                sockets.push(Listener::tls(address, tls.clone()).map_err(|why| refused(&why))?);
            }
            (_, Some(address)) => sockets.push(tcp(address)?),
            (_, None) if sockets.is_empty() => sockets.push(tcp(SocketAddr::from(([127, 0, 0, 1], 8200)))?),
            (_, None) => {}
        }
        let named = |socket| self.host.iter().fold(socket, |socket: Listener, name| socket.host(name));
        Ok(Opened {
            sockets: sockets.into_iter().map(named).collect(),
            #[cfg(feature = "tls")]
            tls,
        })
    }
    #[cfg(feature = "tls")]
    fn tls(&self) -> Result<Option<Tls>, Failure> {
        let is_remote = self.listen.is_some_and(|address| !address.ip().to_canonical().is_loopback());
        if is_remote && !self.allow_remote {
            return Err(Failure::usage("`--listen` names an address that others reach")
                .help("an address of this machine such as 127.0.0.1:8200; or insist by `--allow-remote`, with TLS"));
        }
        let (Some(certificate), Some(key)) = (&self.tls_cert, &self.tls_key) else { return Ok(None) };
        Tls::from_files(certificate, key).map(Some).map_err(|why| Failure::new(Exit::Usage, "Tls", why.to_string()))
    }
    /// Sockets that systemd opened.
    fn inherited(&self) -> Result<Vec<Listener>, Failure> {
        let io = |cause: std::io::Error| Failure::io("a socket of systemd's", &cause);
        let mut given = ListenFd::from_env();
        let mut sockets = Vec::new();
        for place in 0..given.len() {
            let socket = if let Ok(Some(socket)) = given.take_unix_listener(place) {
                let socket = Listener::inherited_unix(socket);
                self.peer.iter().fold(socket, |socket, uid| socket.peer(*uid))
            } else {
                let Some(socket) = given.take_tcp_listener(place).map_err(io)? else { continue };
                Listener::inherited_tcp(socket).map_err(|why| refused(&why))?
            };
            sockets.push(socket);
        }
        Ok(sockets)
    }
}

pub fn tcp(address: SocketAddr) -> Result<Listener, Failure> {
    Listener::tcp(address).map_err(|why| refused(&why))
}

pub fn unix(path: &Path) -> Result<Listener, Failure> {
    Listener::unix(path).map_err(|why| refused(&why))
}

fn refused(why: &BindError) -> Failure {
    let text = why.to_string();
    match why {
        BindError::NotLoopback(_) => Failure::new(Exit::Usage, "Listen", text)
            .help("127.0.0.1:PORT or [::1]:PORT; beyond this machine `--allow-remote`, with TLS"),
        BindError::Folder(_) => Failure::new(Exit::Usage, "Listen", text).help("a folder of mode 0755 or less"),
        BindError::Taken(_) => Failure::new(Exit::Conflict, "Listen", text)
            .help("end what listens there, or give another one; port 0 is any that is free"),
        BindError::Io(_, cause) => Failure::io("the socket", cause),
        _ => Failure::new(Exit::Other, "Listen", text),
    }
}
