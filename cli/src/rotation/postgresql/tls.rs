//! Whom to believe that it is the server: the certificates of a file, or those that the machine trusts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use strongroom::RotationFailure;
use tokio_postgres_rustls::MakeRustlsConnect;

/// Certificates of authorities.
#[derive(Debug)]
pub struct Trust(Option<PathBuf>);

impl Trust {
    /// Those of this PEM file alone; without one, those of the machine.
    pub fn new(ca_file: Option<PathBuf>) -> Self {
        Self(ca_file)
    }
    /// What speaks TLS with servers whose certificate is theirs, and for the name that the secret says. Read each time: an authority
    /// that is renewed needs no restart.
    pub fn connector(&self) -> Result<MakeRustlsConnect, RotationFailure> {
        let roots = match &self.0 {
            Some(path) => of_file(path)?,
            None => of_machine()?,
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| RotationFailure::new(format!("TLS: {error}")))?;
        Ok(MakeRustlsConnect::new(config.with_root_certificates(roots).with_no_client_auth()))
    }
}

fn of_file(path: &Path) -> Result<RootCertStore, RotationFailure> {
    let failed = |why: String| RotationFailure::new(format!("`ca_file` {}: {why}", path.display()));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| failed(error.to_string()))? {
        let certificate = certificate.map_err(|error| failed(error.to_string()))?;
        roots.add(certificate).map_err(|error| failed(error.to_string()))?;
    }
    if roots.is_empty() { Err(failed("it holds no certificate".into())) } else { Ok(roots) }
}

fn of_machine() -> Result<RootCertStore, RotationFailure> {
    let mut roots = RootCertStore::empty();
    // A machine's collection may hold what nobody can read any more: the rest counts.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(RotationFailure::new(
            "this machine trusts no certificates, so no server can be believed: `ca_file` names those that are good",
        ));
    }
    Ok(roots)
}
