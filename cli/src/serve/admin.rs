//! `/lock` and `/unlock`, on a unix socket of their own: who connects there is root or the user that serves, and the AWS wire
//! has no such thing. The other end is `crate::lock`.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use strongroom::{Error, SecretBytes, SecretText, Strongroom, Unlock, json};
use strongroom_server::{Answer, Handler, Level, Log, Performed, Request, Work};
use zeroize::Zeroizing;

use crate::own::Record;

/// Takes the keys away, and takes them again.
pub struct Admin {
    room: Arc<Strongroom>,
    log: Log,
}

impl Admin {
    pub fn new(room: Arc<Strongroom>, log: Log) -> Self {
        Self { room, log }
    }
}

/// Where the socket is unless it is said otherwise: beside the store.
pub fn socket_of(store: &Path) -> PathBuf {
    let mut path = store.as_os_str().to_owned();
    path.push(".admin");
    path.into()
}

/// The header that says how the body unlocks.
pub const WAY: &str = "x-strongroom-way";
/// Its values, each with what the body is then.
pub mod way {
    /// The passphrase.
    pub const PASSPHRASE: &str = "passphrase";
    /// The key, 32 bytes.
    pub const ROOT_KEY: &str = "root-key";
    /// The absolute path of a file that the server reads.
    pub const KEY_FILE: &str = "keyfile";
    /// The name of a credential that systemd passed to the server.
    pub const SYSTEMD: &str = "systemd";
    /// Shares, one a line.
    pub const SHARES: &str = "shares";
}

impl Handler for Admin {
    fn admit(&self, request: Request) -> Result<Box<dyn Work>, Answer> {
        if request.method.as_str() != "POST" {
            return Err(refused(405, "InvalidRequest", "the method must be POST"));
        }
        let (room, log) = (Arc::clone(&self.room), self.log.clone());
        match request.target.as_str() {
            "/lock" => Ok(Box::new(Lock { room, log })),
            "/unlock" => {
                let way: &[u8] = request.headers.get(WAY).map_or(&[], AsRef::as_ref);
                let unlock = unlock(way, &request.body)
                    .ok_or_else(|| refused(400, "InvalidRequest", "that is no way to unlock"))?;
                Ok(Box::new(Reopen { room, log, unlock }))
            }
            _ => Err(refused(404, "NotFound", "there is /lock and /unlock")),
        }
    }
}

fn unlock(way: &[u8], body: &Zeroizing<Vec<u8>>) -> Option<Unlock> {
    let text = || std::str::from_utf8(body).ok();
    Some(match std::str::from_utf8(way).ok()? {
        way::PASSPHRASE => Unlock::passphrase(body.as_slice()),
        way::ROOT_KEY => Unlock::root_key(body.as_slice()),
        way::KEY_FILE => Unlock::key_file(OsStr::from_bytes(body)),
        way::SYSTEMD => Unlock::systemd_credential(text()?),
        way::SHARES => Unlock::shares(text()?.lines().map(SecretText::from)),
        _ => return None,
    })
}

struct Lock {
    room: Arc<Strongroom>,
    log: Log,
}

impl Work for Lock {
    fn operation(&self) -> (&'static str, &str) {
        ("local", "lock")
    }
    fn perform(self: Box<Self>) -> Performed {
        self.room.lock();
        self.log.tell(Level::Info, format_args!("locked"));
        Performed::Done(done("locked"))
    }
}

struct Reopen {
    room: Arc<Strongroom>,
    log: Log,
    unlock: Unlock,
}

impl Work for Reopen {
    // A passphrase is hardened for a second: requests are answered meanwhile, even if only by that the store is locked.
    fn writes(&self) -> bool {
        true
    }
    fn operation(&self) -> (&'static str, &str) {
        ("local", "unlock")
    }
    fn perform(self: Box<Self>) -> Performed {
        Performed::Done(match self.room.unlock(&self.unlock) {
            Ok(()) => {
                self.log.tell(Level::Info, format_args!("unlocked"));
                done("unlocked")
            }
            Err(error) => {
                self.log.tell(Level::Warning, format_args!("not unlocked: {}", error.message()));
                of(&error)
            }
        })
    }
}

fn done(state: &str) -> Answer {
    told(200, &Record::new().with("State", state))
}
fn of(error: &Error) -> Answer {
    refused(400, &format!("{:?}", error.kind()), &error.message().to_string())
}
fn refused(status: u16, kind: &str, message: &str) -> Answer {
    told(status, &Record::new().with("Kind", kind).with("Message", message))
}
fn told(status: u16, record: &Record) -> Answer {
    let headers = vec![("content-type", "application/json".to_owned())];
    Answer { status, headers, body: SecretBytes::copy_of(json::write(record).expose()) }
}
