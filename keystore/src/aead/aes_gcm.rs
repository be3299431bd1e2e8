//! The `aes-gcm` crate.

use aes_gcm::aead::AeadInOut;
use aes_gcm::aead::consts::U12;
use aes_gcm::aes::Aes256Enc;
use aes_gcm::{AesGcm, KeyInit};

use super::TAG_LEN;
use crate::error::Error;

/// GCM needs the encrypting direction of AES only; leaving the other key schedule out saves a fifth of a small open.
type Cipher = AesGcm<Aes256Enc, U12>;

pub(crate) fn seal_with_nonce(
    key: &[u8; 32],
    nonce: &[u8; 12],
    aad: &[u8],
    text: &mut [u8],
) -> Result<[u8; TAG_LEN], Error> {
    let cipher = Cipher::new(key.into());
    // Fails above 2^36 bytes only; whoever calls has bounded the length before.
    let tag = cipher.encrypt_inout_detached(nonce.into(), aad, text.into()).map_err(|_| Error::Failed)?;
    Ok(tag.into())
}

pub(crate) fn open_with_nonce(
    key: &[u8; 32],
    nonce: &[u8; 12],
    aad: &[u8],
    text: &mut [u8],
    tag: &[u8; TAG_LEN],
) -> Result<(), Error> {
    let cipher = Cipher::new(key.into());
    cipher.decrypt_inout_detached(nonce.into(), aad, text.into(), tag.into()).map_err(|_| Error::Failed)
}
