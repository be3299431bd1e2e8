//! A credential that systemd passed to the unit (`LoadCredentialEncrypted=`): the right default for a service.

use std::path::{Component, Path};

use crate::error::ProviderFault;
use crate::provider::keyfile::{self, Access};
use crate::secret::SecretBytes;

pub(super) const KIND: u8 = 6;

/// Reads a credential by its name. The directory is the service manager's: root owns the files there and an access list, which
/// shows in the group bits, admits the unit's user. So only access by others is refused.
pub(super) fn read(name: &str) -> Result<SecretBytes, ProviderFault> {
    let mut parts = Path::new(name).components();
    if !matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name) {
        return Err(ProviderFault::CredentialName);
    }
    let directory = std::env::var_os("CREDENTIALS_DIRECTORY").ok_or(ProviderFault::NoCredentialsDirectory)?;
    Ok(keyfile::read(&Path::new(&directory).join(name), Access::NotOthers)?)
}
