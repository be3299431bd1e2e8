//! Goal: over TLS the same server answers, with the certificate that its files hold at the time. Method: a client that trusts
//! one of two certificates of these tests' own; their keys protect nothing.
#![cfg(feature = "tls")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod raw;

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use raw::{Echo, Running, Shared, get};
use strongroom_server::{Limits, Listener, Tls, TlsError};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn of(name: &str) -> Self {
        let files = Self { folder: tempfile::tempdir().unwrap() };
        files.put(name, name);
        files
    }
    fn certificate(&self) -> PathBuf {
        self.folder.path().join("certificate.pem")
    }
    fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }
    fn put(&self, certificate: &str, key: &str) {
        fs::write(self.certificate(), given(&format!("{certificate}.pem"))).unwrap();
        fs::write(self.key(), given(&format!("{key}.key"))).unwrap();
        fs::set_permissions(self.key(), fs::Permissions::from_mode(0o600)).unwrap();
    }
}

fn given(name: &str) -> Vec<u8> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name)).unwrap()
}

/// A connection to the server by its name, if its certificate is this one.
fn connect(running: &Running, trusted: &str) -> std::io::Result<StreamOwned<ClientConnection, TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&given(&format!("{trusted}.pem"))).unwrap()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let mut client = ClientConnection::new(Arc::new(config), "strongroom.test".try_into().unwrap()).unwrap();
    let mut stream = running.connect();
    while client.is_handshaking() {
        client.complete_io(&mut stream)?;
    }
    Ok(StreamOwned::new(client, stream))
}

#[test]
fn requests_come_over_tls_and_a_new_certificate_is_taken_without_a_restart() {
    let files = Files::of("a");
    let tls = Tls::from_files(&files.certificate(), &files.key()).unwrap();
    let listener = Listener::tls("127.0.0.1:0".parse().unwrap(), tls.clone()).unwrap().host("strongroom.test");
    assert!(listener.address().starts_with("https://127.0.0.1:"));
    let running = Running::on(listener, Limits::default(), Arc::new(Shared(Echo::plain())));
    let mut old = connect(&running, "a").unwrap();
    assert_eq!(get(&mut old, "strongroom.test", "/"), (200, "/ 0".into()));
    assert_eq!(get(&mut old, "other.test", "/").0, 421);
    assert!(connect(&running, "b").is_err());

    files.put("b", "b");
    assert!(connect(&running, "b").is_err(), "not before it is said");
    tls.reload().unwrap();
    let mut new = connect(&running, "b").unwrap();
    assert_eq!(get(&mut new, "strongroom.test", "/"), (200, "/ 0".into()));
    assert!(connect(&running, "a").is_err());

    // What cannot be used leaves what is in use.
    files.put("a", "b");
    assert!(matches!(tls.reload(), Err(TlsError::Refused(_))));
    assert!(connect(&running, "b").is_ok());
    // Who does not speak TLS is not answered in the clear.
    let told = raw::exchange(running.connect(), b"GET / HTTP/1.1\r\nHost: strongroom.test\r\n\r\n");
    assert!(!told.contains("HTTP/1.1"), "{told:?}");
}

#[test]
fn files_that_cannot_be_used_are_told_by_name() {
    let files = Files::of("a");
    let read = || Tls::from_files(&files.certificate(), &files.key()).map(drop);
    fs::set_permissions(files.key(), fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(read(), Err(TlsError::NotPrivate(path)) if path == files.key()));
    files.put("a", "b");
    assert!(matches!(read(), Err(TlsError::Refused(_))));
    fs::write(files.certificate(), "nothing").unwrap();
    assert!(matches!(read(), Err(TlsError::Pem(path)) if path == files.certificate()));
    fs::remove_file(files.certificate()).unwrap();
    assert!(matches!(read(), Err(TlsError::Io(path, _)) if path == files.certificate()));
}
