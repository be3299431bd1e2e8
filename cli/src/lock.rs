//! `strongroom lock` and `strongroom unlock`: a running server without its keys, and with them again. The other end is
//! `serve --admin`.

use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use clap::Args;
use strongroom::{SecretBytes, Unlock};

use crate::failure::{Done, Exit, Failure};
use crate::run::Run;
use crate::serve::admin::{self, socket_of, way};
use crate::unlock::Asked;
use crate::value;
use crate::wiped::Wiped;

pub const NOTE: &str = "\
The server must run with `serve --admin`. It keeps its sockets and the store's file, wipes every key,
and answers every request with an error that says that the store is locked, until it is unlocked. Only
root and the user that serves can connect.

Examples:
  strongroom serve --admin &
  strongroom lock
  strongroom unlock                      # by any slot, as --unlock and the like say";

#[derive(Args, Debug)]
pub struct Socket {
    /// The socket of `serve --admin` [default: the store's path and .admin]
    #[arg(long, value_name = "PATH")]
    admin: Option<PathBuf>,
}

impl Socket {
    pub fn lock(&self, run: &Run) -> Done {
        self.ask(run, "/lock", "", &[])
    }
    pub fn unlock(&self, run: &Run) -> Done {
        // Before anybody types a passphrase.
        drop(self.connect(run)?);
        let unlock = run.way()?.value.fetch(run.terminal, Asked::Existing)?;
        let (way, secret) = sent(&unlock)?;
        self.ask(run, "/unlock", way, secret.expose())
    }

    /// A secret goes nowhere but to a server of ours.
    fn connect(&self, run: &Run) -> Result<UnixStream, Failure> {
        let path = self.admin.clone().unwrap_or_else(|| socket_of(&run.settings.store.value));
        let shown = path.display();
        let nobody = |why: &str| {
            Failure::new(Exit::NotFound, "NotFound", format!("no server listens on `{shown}`: {why}"))
                .help("`strongroom serve --admin` does; `--admin PATH` names another socket")
        };
        let found = fs::symlink_metadata(&path).map_err(|cause| nobody(&cause.to_string()))?;
        if !found.file_type().is_socket() {
            return Err(nobody("it is no socket"));
        }
        if ![0, rustix::process::geteuid().as_raw()].contains(&found.uid()) || found.mode() & 0o077 != 0 {
            return Err(Failure::usage(format!("`{shown}` is not ours alone"))
                .why("whoever listens there would learn what unlocks the store"));
        }
        UnixStream::connect(&path).map_err(|cause| nobody(&cause.to_string()))
    }
    fn ask(&self, run: &Run, target: &str, way: &str, body: &[u8]) -> Done {
        let mut stream = self.connect(run)?;
        let broken = |cause| Failure::io("the server does not answer", &cause);
        let mut request = Wiped::default();
        let (len, name) = (body.len(), admin::WAY);
        request.push(format!("POST {target} HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n").as_bytes());
        request.push(format!("{name}: {way}\r\nContent-Length: {len}\r\n\r\n").as_bytes());
        request.push(body);
        stream.write_all(request.expose()).map_err(broken)?;
        let told = value::read_all(&mut stream, "the server's answer")?;
        let text = String::from_utf8_lossy(told.expose());
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or_default();
        let answer: serde_json::Value = serde_json::from_str(body)
            .map_err(|_| Failure::new(Exit::Other, "Serve", "the server's answer is not understood"))?;
        let member =
            |name: &str| crate::flat::harmless(answer.get(name).and_then(|value| value.as_str()).unwrap_or("?"));
        if head.starts_with("HTTP/1.1 200 ") {
            let state = member("State");
            return run.out.line(&crate::own::Record::new().with("State", state), &["State"]);
        }
        let kind = member("Kind");
        let exit = match kind.as_str() {
            "WrongUnlock" | "Locked" => Exit::CannotUnlock,
            "InvalidRequest" => Exit::Invalid,
            "Damaged" | "Tampered" => Exit::Integrity,
            _ => Exit::Other,
        };
        Err(Failure::new(exit, &kind, member("Message")))
    }
}

/// As the server takes it. Files and credentials are read there: by their path, and by their name.
fn sent(unlock: &Unlock) -> Result<(&'static str, SecretBytes), Failure> {
    let absolute = |path: &Path| std::path::absolute(path).map_err(|cause| Failure::io("the key file", &cause));
    Ok(match unlock {
        Unlock::Passphrase(secret) => (way::PASSPHRASE, SecretBytes::copy_of(secret.expose())),
        Unlock::RootKey(secret) => (way::ROOT_KEY, SecretBytes::copy_of(secret.expose())),
        Unlock::KeyFile(path) => (way::KEY_FILE, SecretBytes::copy_of(absolute(path)?.as_os_str().as_bytes())),
        Unlock::SystemdCredential(name) => (way::SYSTEMD, SecretBytes::from(name.as_str())),
        Unlock::Shares(shares) => {
            let mut lines = Wiped::default();
            for share in shares {
                lines.push(share.expose().as_bytes());
                lines.push(b"\n");
            }
            (way::SHARES, SecretBytes::copy_of(lines.expose()))
        }
        _ => return Err(Failure::usage("no command line names a provider of a host's own")),
    })
}
