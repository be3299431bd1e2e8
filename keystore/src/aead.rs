//! The one door to the cipher: AES-256-GCM (NIST SP 800-38D, 96-bit nonce, 128-bit tag) under a key that seals one message, so
//! the nonce is zero.
//!
//! Two back ends stand behind it, and one is built: `aes-gcm` (pure Rust, the default), or with the feature `aws-lc-rs` the
//! crate of that name (C and assembler; needs a C compiler). GCM is deterministic under a given key and nonce, so both write
//! the same bytes; `tests/published.rs` holds whichever is built against published vectors and against `aes-gcm`.

#[cfg_attr(feature = "aws-lc-rs", path = "aead/aws_lc_rs.rs")]
#[cfg_attr(not(feature = "aws-lc-rs"), path = "aead/aes_gcm.rs")]
mod backend;

use crate::error::Error;

/// Encrypts in place; returns the tag.
pub(crate) fn seal(key: &[u8; 32], aad: &[u8], text: &mut [u8]) -> Result<[u8; TAG_LEN], Error> {
    seal_with_nonce(key, &ZERO_NONCE, aad, text)
}

/// Checks the tag, in constant time, and decrypts in place. On failure the text is good for nothing, and no plaintext.
pub(crate) fn open(key: &[u8; 32], aad: &[u8], text: &mut [u8], tag: &[u8; TAG_LEN]) -> Result<(), Error> {
    open_with_nonce(key, &ZERO_NONCE, aad, text, tag)
}

// With a nonce, for published vectors; the store knows only the zero one.
pub(crate) use backend::{open_with_nonce, seal_with_nonce};

pub(crate) const TAG_LEN: usize = 16;
const ZERO_NONCE: [u8; 12] = [0; 12];
