//! Import tokens: leave to bring a key's material within a day, and the wrapping key to bring it under. Stateless: all that is
//! known of one is sealed in it.
//!
//! `u8 version || u8 flags of the key's id || key id(16) || u64 expiry || wrapping key(32)`, in a type-8 blob of purpose 1.

use std::fmt;

use crate::envelope::{Body, Header, Kind, aad_of_token, seal_blob};
use crate::error::Error;
use crate::key_wrap;
use crate::keystore::Keystore;
use crate::permit::KeyId;
use crate::secret::{SecretBytes, Wiped};

impl Keystore {
    /// A token to import material into this key until `expires` (milliseconds since 1970), and the wrapping key that is sealed
    /// in it: AES-256, for this token alone. Whoever learns the wrapping key learns what comes in under it.
    ///
    /// # Errors
    /// `Randomness`; `Locked`.
    pub fn import_token(&self, key: KeyId, expires: u64) -> Result<(Vec<u8>, SecretBytes), Error> {
        let wrapping = self.random(WRAPPING_LEN)?;
        let token = self.hierarchy.with_keys(|keys| {
            let mut text = Wiped::<TEXT_LEN>::zeros();
            text.0[..2].copy_from_slice(&[VERSION, u8::from(key.multi_region)]);
            text.0[2..18].copy_from_slice(&key.id);
            text.0[18..26].copy_from_slice(&expires.to_be_bytes());
            text.0[26..].copy_from_slice(wrapping.expose());
            let header = Header::of_store(Kind::Token, &self.hierarchy.store, keys.keyring_epoch);
            let aad = aad_of_token(header, &self.hierarchy.store, PURPOSE_IMPORT);
            let salt = self.hierarchy.salt(keys, aad.bytes(), &text.0)?;
            seal_blob(&keys.tok, header, &salt, aad.bytes(), &text.0)
        })?;
        Ok((token, wrapping))
    }
    /// What a token says, if this store made it for this key. Whether its time is over is for the caller to see.
    #[must_use]
    pub fn open_import_token(&self, key: KeyId, token: &[u8]) -> Option<ImportToken> {
        let (header, body) = Header::take(Kind::Token, token).ok()?;
        let body = Body::parse(body).ok()?;
        let mut text = Wiped::<TEXT_LEN>::zeros();
        self.hierarchy
            .with_keys(|keys| {
                if header != Header::of_store(Kind::Token, &self.hierarchy.store, keys.keyring_epoch) {
                    return Err(Error::Failed);
                }
                let aad = aad_of_token(header, &self.hierarchy.store, PURPOSE_IMPORT);
                body.open_into(&keys.tok, Kind::Token, aad.bytes(), &mut text.0)
            })
            .ok()?;
        let ([version, flags], rest) = text.0.split_first_chunk()?;
        let (id, rest) = rest.split_first_chunk::<16>()?;
        let (expires, wrapping) = rest.split_first_chunk()?;
        let named = KeyId { id: *id, multi_region: *flags == 1 };
        (*version == VERSION && named == key)
            .then(|| ImportToken { expires: u64::from_be_bytes(*expires), wrapping: SecretBytes::copy_of(wrapping) })
    }
}

/// An import token, opened.
pub struct ImportToken {
    /// Until when it is good: milliseconds since 1970.
    pub expires: u64,
    wrapping: SecretBytes,
}
impl ImportToken {
    /// The material that was wrapped under the token's key (AES-KWP, RFC 5649).
    ///
    /// # Errors
    /// `Failed`, whatever is wrong.
    pub fn unwrap_material(&self, wrapped: &[u8]) -> Result<SecretBytes, Error> {
        key_wrap::unwrap(self.wrapping.expose(), wrapped)
    }
}
impl fmt::Debug for ImportToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImportToken").field("expires", &self.expires).finish_non_exhaustive()
    }
}

/// Wraps key material for the way to a store (AES-KWP, RFC 5649), as other programs do it too (`id-aes256-wrap-pad`).
///
/// # Errors
/// `Failed` for a wrapping key that has not 32 bytes, for no material, and for more than 4,096 bytes of it.
pub fn wrap_key_material(wrapping_key: &[u8], material: &[u8]) -> Result<Vec<u8>, Error> {
    if wrapping_key.len() != WRAPPING_LEN {
        return Err(Error::Failed);
    }
    key_wrap::wrap(wrapping_key, material)
}

const PURPOSE_IMPORT: u8 = 1;
const VERSION: u8 = 1;
const WRAPPING_LEN: usize = 32;
const TEXT_LEN: usize = 1 + 1 + 16 + 8 + WRAPPING_LEN;
