//! 32 bytes from the host, used as they are.

use crate::error::ProviderFault;
use crate::secret::SecretBytes;

pub(super) const KIND: u8 = 8;

pub(super) fn slot_key(bytes: &SecretBytes, key: &mut [u8; 32]) -> Result<(), ProviderFault> {
    *key = *<&[u8; 32]>::try_from(bytes.expose()).map_err(|_| ProviderFault::RootKeyLength(bytes.len()))?;
    Ok(())
}
