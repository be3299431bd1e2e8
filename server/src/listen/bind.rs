//! Where a server listens: on this machine, or beyond it under TLS; nothing else can be said.

use std::fmt;
use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use rustix::fs::Mode;
use rustix::process::{geteuid, umask};

#[cfg(feature = "tls")]
use super::tls::Tls;

/// Why there is nothing to listen on.
#[derive(Debug)]
#[non_exhaustive]
pub enum BindError {
    /// An address that others than this machine reach, without TLS.
    NotLoopback(SocketAddr),
    /// A folder in which others could put a socket of theirs in the place of ours.
    Folder(PathBuf),
    /// Something else is there, or somebody listens there already.
    Taken(String),
    /// The system's own word.
    Io(String, io::Error),
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLoopback(address) => {
                write!(f, "{address} is no address of this machine alone, and there is no TLS")
            }
            Self::Folder(path) => {
                write!(f, "the folder `{}` can be written by others, or is not ours", path.display())
            }
            Self::Taken(place) => write!(f, "`{place}` is taken"),
            Self::Io(place, cause) => write!(f, "`{place}`: {cause}"),
        }
    }
}
impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(_, cause) => Some(cause),
            _ => None,
        }
    }
}

/// A socket that listens. Requests are taken from it once a [`Server`](crate::Server) runs.
#[derive(Debug)]
pub struct Listener {
    pub(super) socket: Socket,
    pub(super) hosts: Hosts,
    /// Users who may connect beside our own.
    pub(super) peers: Vec<u32>,
    #[cfg(feature = "tls")]
    pub(super) tls: Option<Tls>,
}

#[derive(Debug)]
pub(super) enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener, #[expect(dead_code, reason = "removes its file when it goes")] Option<Place>),
}

impl Listener {
    /// An address of this machine alone: `127.0.0.1`, `::1`; port 0 is any that is free.
    ///
    /// # Errors
    /// `NotLoopback`, `Taken`, `Io`.
    pub fn tcp(address: SocketAddr) -> Result<Self, BindError> {
        if !address.ip().to_canonical().is_loopback() {
            return Err(BindError::NotLoopback(address));
        }
        Self::of_tcp(bound(address)?)
    }
    /// Any address, under TLS.
    ///
    /// # Errors
    /// `Taken`, `Io`.
    #[cfg(feature = "tls")]
    pub fn tls(address: SocketAddr, tls: Tls) -> Result<Self, BindError> {
        let mut listener = Self::of_tcp(bound(address)?)?;
        listener.tls = Some(tls);
        Ok(listener)
    }
    /// A TCP socket that somebody else opened: systemd, say. The same rule holds for its address.
    ///
    /// # Errors
    /// `NotLoopback`, `Io`.
    pub fn inherited_tcp(socket: TcpListener) -> Result<Self, BindError> {
        let address = socket.local_addr().map_err(|cause| BindError::Io("the inherited socket".into(), cause))?;
        if !address.ip().to_canonical().is_loopback() {
            return Err(BindError::NotLoopback(address));
        }
        Self::of_tcp(socket)
    }
    fn of_tcp(socket: TcpListener) -> Result<Self, BindError> {
        let address = socket.local_addr().map_err(|cause| BindError::Io("the socket".into(), cause))?;
        let hosts = Hosts::of(address);
        Ok(Self {
            socket: Socket::Tcp(socket),
            hosts,
            peers: Vec::new(),
            #[cfg(feature = "tls")]
            tls: None,
        })
    }
    /// A unix socket, mode 0600, in a folder that only we, or root, can write. A socket there that nobody listens on any more is
    /// replaced; ours is removed at the end.
    ///
    /// # Errors
    /// `Folder`, `Taken`, `Io`.
    pub fn unix(path: &Path) -> Result<Self, BindError> {
        let shown = path.display().to_string();
        let io = |cause| BindError::Io(shown.clone(), cause);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let found = fs::metadata(folder).map_err(io)?;
        let is_ours = [0, geteuid().as_raw()].contains(&found.uid());
        if !found.is_dir() || !is_ours || found.mode() & 0o002 != 0 {
            return Err(BindError::Folder(folder.to_owned()));
        }
        match fs::symlink_metadata(path) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
            Err(cause) => return Err(io(cause)),
            Ok(there) if !there.file_type().is_socket() || UnixStream::connect(path).is_ok() => {
                return Err(BindError::Taken(shown));
            }
            // Left behind by a process that is gone.
            Ok(_) => fs::remove_file(path).map_err(io)?,
        }
        // The mode is right from the first moment, and not only after a `chmod`.
        let before = umask(Mode::from_raw_mode(0o177));
        let bound = UnixListener::bind(path);
        umask(before);
        let socket = bound.map_err(io)?;
        let made = fs::symlink_metadata(path).map_err(io)?;
        let place = Place { path: path.to_owned(), device: made.dev(), inode: made.ino() };
        Ok(Self::of_unix(socket, Some(place)))
    }
    /// A unix socket that somebody else opened and removes: its mode is theirs, and says who may connect as well as
    /// [`peer`](Self::peer) does.
    #[must_use]
    pub fn inherited_unix(socket: UnixListener) -> Self {
        Self::of_unix(socket, None)
    }
    fn of_unix(socket: UnixListener, place: Option<Place>) -> Self {
        Self {
            socket: Socket::Unix(socket, place),
            hosts: Hosts::any(),
            peers: Vec::new(),
            #[cfg(feature = "tls")]
            tls: None,
        }
    }
    /// A further name that clients may call this server by in `Host`, on any port.
    #[must_use]
    pub fn host(mut self, name: &str) -> Self {
        self.hosts.named.push(name.to_ascii_lowercase());
        self
    }
    /// A user, by number, who may connect to a unix socket beside our own and root.
    #[must_use]
    pub fn peer(mut self, uid: u32) -> Self {
        self.peers.push(uid);
        self
    }
    /// Where it listens: `http://127.0.0.1:8200`, or the path of a unix socket.
    #[must_use]
    pub fn address(&self) -> String {
        match &self.socket {
            Socket::Tcp(socket) => {
                let address = socket.local_addr().map_or_else(|_| "?".to_owned(), |address| address.to_string());
                format!("{}://{address}", self.scheme())
            }
            Socket::Unix(socket, _) => {
                let address = socket.local_addr().ok();
                let path = address.as_ref().and_then(|address| address.as_pathname());
                format!("unix:{}", path.unwrap_or(Path::new("?")).display())
            }
        }
    }
    #[cfg(feature = "tls")]
    fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }
    #[cfg(not(feature = "tls"))]
    #[expect(clippy::unused_self, reason = "with TLS it depends on the listener")]
    fn scheme(&self) -> &'static str {
        "http"
    }
}

fn bound(address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address).map_err(|cause| match cause.kind() {
        io::ErrorKind::AddrInUse => BindError::Taken(address.to_string()),
        _ => BindError::Io(address.to_string(), cause),
    })
}

/// The file of a unix socket, removed with it, if it is still the same one.
#[derive(Debug)]
pub(super) struct Place {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        let is_ours = |found: &fs::Metadata| (found.dev(), found.ino()) == (self.device, self.inode);
        if fs::symlink_metadata(&self.path).is_ok_and(|found| is_ours(&found)) {
            // What cannot be removed is replaced by the next one who listens here.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The names that a server is called by. A page of another site that a browser was led to believe is here still says the other
/// site's name.
#[derive(Clone, Debug)]
pub(super) struct Hosts {
    /// With their port, and without it where it is the scheme's own.
    exact: Vec<String>,
    /// On any port.
    named: Vec<String>,
    any: bool,
}

impl Hosts {
    fn any() -> Self {
        Self { exact: Vec::new(), named: Vec::new(), any: true }
    }
    fn of(address: SocketAddr) -> Self {
        let mut names = Vec::new();
        let ip = address.ip();
        if !ip.is_unspecified() {
            names.push(if ip.is_ipv6() { format!("[{ip}]") } else { ip.to_string() });
        }
        if ip.to_canonical().is_loopback() {
            names.push("localhost".into());
        }
        let port = address.port();
        let mut exact: Vec<String> = names.iter().map(|name| format!("{name}:{port}")).collect();
        if [80, 443].contains(&port) {
            exact.extend(names);
        }
        Self { exact, named: Vec::new(), any: false }
    }
    /// Are we meant? A unix socket is reached by no browser, so there any name will do.
    pub(super) fn admit(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        let name = match host.rsplit_once(':') {
            Some((name, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host.as_str(),
        };
        self.any || self.exact.contains(&host) || self.named.iter().any(|known| known == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_names_that_were_bound_are_ours() {
        let hosts = Hosts::of("127.0.0.1:8200".parse().unwrap());
        assert!(hosts.admit("127.0.0.1:8200") && hosts.admit("LocalHost:8200"));
        for other in ["127.0.0.1", "localhost", "127.0.0.1:80", "localhost.:8200", "evil.example:8200", "", ":8200"] {
            assert!(!hosts.admit(other), "{other}");
        }
        let hosts = Hosts::of("[::1]:443".parse().unwrap());
        assert!(hosts.admit("[::1]:443") && hosts.admit("[::1]") && hosts.admit("localhost"));
        let mut hosts = Hosts::of("0.0.0.0:8443".parse().unwrap());
        assert!(!hosts.admit("0.0.0.0:8443") && !hosts.admit("localhost:8443"));
        hosts.named.push("vault.example".into());
        assert!(hosts.admit("vault.example") && hosts.admit("Vault.Example:9"));
        assert!(!hosts.admit("vault.example:") && !hosts.admit("x.vault.example"));
    }
}
