//! Where the root key's unlock secrets come from. A provider yields a 32-byte slot key; slots are alternatives.
//!
//! | kind | provider | slot key | parameters in the slot |
//! |---|---|---|---|
//! | 1 | passphrase | Argon2id | costs, salt |
//! | 2 | key file | HKDF of the file's bytes | none |
//! | 6 | systemd credential | HKDF of the credential's bytes | none |
//! | 7 | shares | 32 bytes, drawn and split | threshold, count, set |
//! | 8 | the host | 32 bytes as they are | the host's own, if any |
//!
//! Only this module reads files and environment.

mod keyfile;
mod passphrase;
mod raw;
mod shares;
mod systemd;

use std::fmt;
use std::path::PathBuf;

use crate::derive;
use crate::entropy::Entropy;
use crate::error::{Error, ProviderFault};
use crate::header::PARAMS_MAX;
use crate::secret::{SecretBytes, SecretText, Wiped};

pub use passphrase::{Hardening, Limits};
pub use shares::{Sharing, shares_needed};

/// The key under which a slot seals the root key. Boxed, so that moving it moves no bytes.
pub(crate) type SlotKey = Box<Wiped<32>>;

/// A way to recover the root key. There is none that means "unprotected".
#[non_exhaustive]
pub enum Unlock {
    /// A passphrase, 1 to 1024 bytes exactly as given: nothing is trimmed or normalised.
    Passphrase(SecretBytes),
    /// A file of 32 to 4096 random bytes: regular, not a symbolic link, ours, closed to group and others.
    KeyFile(PathBuf),
    /// A credential of this name that the service manager passed, in the directory `CREDENTIALS_DIRECTORY` names.
    SystemdCredential(String),
    /// Shares of [`Sharing::draw`], in any order: all of a set for a new slot, the threshold of them to open it.
    Shares(Vec<SecretText>),
    /// 32 uniformly random bytes that the host keeps.
    RootKey(SecretBytes),
    /// Whatever else the host has.
    Provider(Box<dyn RootKeyProvider>),
}

/// A host's own keeper of slot keys: a hardware token, a cloud key service, an agent.
pub trait RootKeyProvider: Send + Sync {
    /// The kind that is written into its slots, readable to anyone with the file. 8 unless there is a reason.
    fn kind(&self) -> u8 {
        raw::KIND
    }
    /// What to store in a new slot of this provider: at most 668 bytes, readable, bound to the slot. Nothing by default.
    ///
    /// # Errors
    /// The host's own words, without a secret.
    fn new_params(&self) -> Result<Vec<u8>, ProviderFault> {
        Ok(Vec::new())
    }
    /// The 32 bytes under which the slot with these parameters seals the root key. They must be uniformly random.
    ///
    /// # Errors
    /// The host's own words, without a secret.
    fn slot_key(&self, store_id: &[u8; 16], params: &[u8]) -> Result<SecretBytes, ProviderFault>;
}

impl Unlock {
    /// A passphrase.
    pub fn passphrase(passphrase: impl Into<SecretBytes>) -> Self {
        Self::Passphrase(passphrase.into())
    }
    /// A key file.
    pub fn key_file(path: impl Into<PathBuf>) -> Self {
        Self::KeyFile(path.into())
    }
    /// A systemd credential; `strongroom.key` is the usual name.
    pub fn systemd_credential(name: impl Into<String>) -> Self {
        Self::SystemdCredential(name.into())
    }
    /// Shares of a slot key.
    pub fn shares<S: Into<SecretText>>(shares: impl IntoIterator<Item = S>) -> Self {
        Self::Shares(shares.into_iter().map(Into::into).collect())
    }
    /// 32 bytes from the host.
    pub fn root_key(key: impl Into<SecretBytes>) -> Self {
        Self::RootKey(key.into())
    }
    /// A provider of the host.
    pub fn provider(provider: impl RootKeyProvider + 'static) -> Self {
        Self::Provider(Box::new(provider))
    }
    /// The number of its kind in a slot.
    #[must_use]
    pub fn kind(&self) -> u8 {
        match self {
            Self::Passphrase(_) => passphrase::KIND,
            Self::KeyFile(_) => keyfile::KIND,
            Self::SystemdCredential(_) => systemd::KIND,
            Self::Shares(_) => shares::KIND,
            Self::RootKey(_) => raw::KIND,
            Self::Provider(provider) => provider.kind(),
        }
    }
    /// Parameters for a new slot.
    pub(crate) fn new_params(
        &self,
        hardening: &Hardening,
        limits: Limits,
        entropy: &dyn Entropy,
    ) -> Result<Vec<u8>, Error> {
        match self {
            Self::Passphrase(_) => passphrase::new_params(hardening, limits, entropy),
            Self::KeyFile(_) | Self::SystemdCredential(_) | Self::RootKey(_) => Ok(Vec::new()),
            Self::Shares(shares) => Ok(shares::new_params(shares)?),
            Self::Provider(provider) => {
                // Kind 0 marks an empty slot; 1 is read as Argon2 costs, 7 as counts of shares.
                if matches!(provider.kind(), 0 | passphrase::KIND | shares::KIND) {
                    return Err(ProviderFault::Kind(provider.kind()).into());
                }
                let params = provider.new_params()?;
                if params.len() > PARAMS_MAX {
                    return Err(ProviderFault::ParametersLength(params.len()).into());
                }
                Ok(params)
            }
        }
    }
    /// The slot key under given parameters.
    pub(crate) fn slot_key(&self, store: &[u8; 16], params: &[u8], limits: Limits) -> Result<SlotKey, Error> {
        let mut key = Box::new(Wiped::zeros());
        match self {
            Self::Passphrase(passphrase) => passphrase::slot_key(passphrase.expose(), params, limits, &mut key.0)?,
            Self::KeyFile(path) => {
                let content = keyfile::read(path, keyfile::Access::OwnerOnly).map_err(ProviderFault::from)?;
                derive::hkdf(store, content.expose(), derive::SLOT_KEY_FILE, &mut key.0);
            }
            Self::SystemdCredential(name) => {
                let content = systemd::read(name)?;
                derive::hkdf(store, content.expose(), derive::SLOT_SYSTEMD, &mut key.0);
            }
            Self::Shares(shares) => shares::slot_key(shares, params, &mut key.0)?,
            Self::RootKey(bytes) => raw::slot_key(bytes, &mut key.0)?,
            Self::Provider(provider) => raw::slot_key(&provider.slot_key(store, params)?, &mut key.0)?,
        }
        Ok(key)
    }
}
impl fmt::Debug for Unlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passphrase(_) => "Unlock::Passphrase",
            Self::KeyFile(_) => "Unlock::KeyFile",
            Self::SystemdCredential(_) => "Unlock::SystemdCredential",
            Self::Shares(_) => "Unlock::Shares",
            Self::RootKey(_) => "Unlock::RootKey",
            Self::Provider(_) => "Unlock::Provider",
        })
    }
}

/// The costs that a slot states, if it is a passphrase's.
pub(crate) fn hardening_of(kind: u8, params: &[u8]) -> Option<Hardening> {
    if kind == passphrase::KIND { passphrase::parse(params).map(|(hardening, _)| hardening) } else { None }
}

/// What the slot of a set of shares states.
pub(crate) fn sharing_of(kind: u8, params: &[u8]) -> Option<Sharing> {
    if kind == shares::KIND { shares::parse(params).map(|(sharing, _)| sharing) } else { None }
}

#[cfg(feature = "testing")]
pub(crate) fn harden(passphrase: &[u8], salt: &[u8; 16], m_kib: u32, t: u32, p: u8) -> Result<[u8; 32], Error> {
    passphrase::harden(passphrase, salt, m_kib, t, p)
}
