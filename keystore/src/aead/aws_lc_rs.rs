//! The `aws-lc-rs` crate. It frees a key's schedule through AWS-LC's own allocator, which wipes what it takes back.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use super::TAG_LEN;
use crate::error::Error;
use crate::secret::wipe;

pub(crate) fn seal_with_nonce(
    key: &[u8; 32],
    nonce: &[u8; 12],
    aad: &[u8],
    text: &mut [u8],
) -> Result<[u8; TAG_LEN], Error> {
    let tag = cipher(key)?
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(*nonce), Aad::from(aad), text)
        .map_err(|_| Error::Failed)?;
    tag.as_ref().try_into().map_err(|_| Error::Failed)
}

pub(crate) fn open_with_nonce(
    key: &[u8; 32],
    nonce: &[u8; 12],
    aad: &[u8],
    text: &mut [u8],
    tag: &[u8; TAG_LEN],
) -> Result<(), Error> {
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let opened = cipher(key)?.open_in_place_separate_tag(nonce, Aad::from(aad), tag, text).map(|_| ());
    opened.map_err(|_| {
        // It decrypts before it knows.
        wipe(text);
        Error::Failed
    })
}

fn cipher(key: &[u8; 32]) -> Result<LessSafeKey, Error> {
    UnboundKey::new(&AES_256_GCM, key).map(LessSafeKey::new).map_err(|_| Error::Failed)
}
