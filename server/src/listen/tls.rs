//! TLS for addresses beyond this machine: rustls with ring, certificates from files, which can be read anew.

use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

/// Why there is no TLS.
#[derive(Debug)]
#[non_exhaustive]
pub enum TlsError {
    /// A file that cannot be read.
    Io(PathBuf, io::Error),
    /// A private key that others can read.
    NotPrivate(PathBuf),
    /// No certificate, or no private key, in PEM.
    Pem(PathBuf),
    /// The two do not go together.
    Refused(rustls::Error),
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(path, cause) => write!(f, "`{}`: {cause}", path.display()),
            Self::NotPrivate(path) => write!(f, "the private key `{}` can be read by others", path.display()),
            Self::Pem(path) => write!(f, "`{}` holds no certificate or private key in PEM", path.display()),
            Self::Refused(cause) => write!(f, "certificate and private key: {cause}"),
        }
    }
}
impl std::error::Error for TlsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(_, cause) => Some(cause),
            Self::Refused(cause) => Some(cause),
            Self::NotPrivate(_) | Self::Pem(_) => None,
        }
    }
}

/// A certificate with its private key, shared by all who clone it.
#[derive(Clone)]
pub struct Tls {
    certificate: PathBuf,
    key: PathBuf,
    now: Arc<RwLock<Arc<ServerConfig>>>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").field("certificate", &self.certificate).field("key", &self.key).finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads both files, PEM. The certificate's chain begins with the server's own; the key is readable by its owner alone.
    ///
    /// # Errors
    /// What keeps them from being used.
    pub fn from_files(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let now = Arc::new(RwLock::new(read(certificate, key)?));
        Ok(Self { certificate: certificate.to_owned(), key: key.to_owned(), now })
    }
    /// Reads them anew, for connections that come from now on.
    ///
    /// # Errors
    /// As before; then what was read before stays in use.
    pub fn reload(&self) -> Result<(), TlsError> {
        let read = read(&self.certificate, &self.key)?;
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = read;
        Ok(())
    }
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn read(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |cause| TlsError::Io(path, cause)
    };
    let chain = fs::read(certificate).map_err(io(certificate))?;
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&chain)
        .collect::<Result<_, _>>()
        .map_err(|_| TlsError::Pem(certificate.to_owned()))?;
    if chain.is_empty() {
        return Err(TlsError::Pem(certificate.to_owned()));
    }
    if fs::metadata(key).map_err(io(key))?.mode() & 0o077 != 0 {
        return Err(TlsError::NotPrivate(key.to_owned()));
    }
    let text = zeroize::Zeroizing::new(fs::read(key).map_err(io(key))?);
    let private = PrivateKeyDer::from_pem_slice(&text).map_err(|_| TlsError::Pem(key.to_owned()))?;
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Refused)?
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .map_err(TlsError::Refused)?;
    Ok(Arc::new(config))
}
