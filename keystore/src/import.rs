//! Import tokens: leave to bring a key's material within a day, and the wrapping key to bring it under. Stateless: all that is
//! known of one is sealed in it.
//!
//! `u8 version || u8 flags of the key's id || key id(16) || u64 expiry || way`, in a type-8 blob of purpose 1. The way is of
//! version 1 an AES key (32 bytes), of version 2 `u8 wrapping || private RSA key (PKCS #8)`.

use std::fmt;

use crate::envelope::{Body, Header, Kind, aad_of_token, seal_blob};
use crate::error::Error;
use crate::key_wrap;
use crate::keystore::Keystore;
use crate::permit::KeyId;
#[cfg(feature = "rsa-import")]
use crate::rsa::{self, RsaBits, RsaWrapping};
use crate::secret::SecretBytes;

impl Keystore {
    /// A token to import material into this key until `expires` (milliseconds since 1970), and the wrapping key that is sealed
    /// in it: AES-256, for this token alone. Whoever learns the wrapping key learns what comes in under it.
    ///
    /// # Errors
    /// `Randomness`; `Locked`.
    pub fn import_token(&self, key: KeyId, expires: u64) -> Result<(Vec<u8>, SecretBytes), Error> {
        let wrapping = self.random(WRAPPING_LEN)?;
        let token = self.seal_import_token(VERSION_AES, key, expires, &[wrapping.expose()])?;
        Ok((token, wrapping))
    }
    /// A token as of [`import_token`](Self::import_token), for material that comes under RSA; with it the public key, as DER of
    /// an X.509 SubjectPublicKeyInfo. Drawing the pair takes tens of milliseconds, for the longest about a second.
    ///
    /// # Errors
    /// `Randomness`; `Locked`.
    #[cfg(feature = "rsa-import")]
    pub fn rsa_import_token(
        &self,
        key: KeyId,
        expires: u64,
        bits: RsaBits,
        way: RsaWrapping,
    ) -> Result<(Vec<u8>, Vec<u8>), Error> {
        let (private, public) = rsa::pair(bits)?;
        let token = self.seal_import_token(VERSION_RSA, key, expires, &[&[way.number()], private.expose()])?;
        Ok((token, public))
    }
    fn seal_import_token(&self, version: u8, key: KeyId, expires: u64, way: &[&[u8]]) -> Result<Vec<u8>, Error> {
        let len = HEAD_LEN + way.iter().map(|part| part.len()).sum::<usize>();
        let text = SecretBytes::fill_with(len, |text| {
            let (head, rest) = text.split_first_chunk_mut::<HEAD_LEN>().ok_or(Error::Failed)?;
            head[..2].copy_from_slice(&[version, u8::from(key.multi_region)]);
            head[2..18].copy_from_slice(&key.id);
            head[18..].copy_from_slice(&expires.to_be_bytes());
            for (room, byte) in rest.iter_mut().zip(way.iter().copied().flatten()) {
                *room = *byte;
            }
            Ok::<(), Error>(())
        })?;
        self.hierarchy.with_keys(|keys| {
            let header = Header::of_store(Kind::Token, &self.hierarchy.store, keys.keyring_epoch);
            let aad = aad_of_token(header, &self.hierarchy.store, PURPOSE_IMPORT);
            let salt = self.hierarchy.salt(keys, aad.bytes(), text.expose())?;
            seal_blob(&keys.tok, header, &salt, aad.bytes(), text.expose())
        })
    }
    /// What a token says, if this store made it for this key. Whether its time is over is for the caller to see.
    #[must_use]
    pub fn open_import_token(&self, key: KeyId, token: &[u8]) -> Option<ImportToken> {
        let (header, body) = Header::take(Kind::Token, token).ok()?;
        let body = Body::parse(body).ok()?;
        if body.text.len() > TEXT_MAX {
            return None;
        }
        let text = SecretBytes::fill_with(body.text.len(), |text| {
            self.hierarchy.with_keys(|keys| {
                if header != Header::of_store(Kind::Token, &self.hierarchy.store, keys.keyring_epoch) {
                    return Err(Error::Failed);
                }
                let aad = aad_of_token(header, &self.hierarchy.store, PURPOSE_IMPORT);
                body.open_into(&keys.tok, Kind::Token, aad.bytes(), text)
            })
        });
        let text = text.ok()?;
        let ([version, flags], rest) = text.expose().split_first_chunk()?;
        let (id, rest) = rest.split_first_chunk::<16>()?;
        let (expires, way) = rest.split_first_chunk()?;
        if (KeyId { id: *id, multi_region: *flags == 1 }) != key {
            return None;
        }
        let way = match *version {
            VERSION_AES => Way::Aes(SecretBytes::copy_of(<&[u8; WRAPPING_LEN]>::try_from(way).ok()?)),
            #[cfg(feature = "rsa-import")]
            VERSION_RSA => {
                let (wrapping, private) = way.split_first()?;
                Way::Rsa(RsaWrapping::of_number(*wrapping)?, SecretBytes::copy_of(private))
            }
            _ => return None,
        };
        Some(ImportToken { expires: u64::from_be_bytes(*expires), way })
    }
}

/// An import token, opened.
pub struct ImportToken {
    /// Until when it is good: milliseconds since 1970.
    pub expires: u64,
    way: Way,
}
/// How the material comes.
enum Way {
    Aes(SecretBytes),
    #[cfg(feature = "rsa-import")]
    Rsa(RsaWrapping, SecretBytes),
}
impl ImportToken {
    /// The material that was wrapped under the token's key: with AES-KWP (RFC 5649), or under RSA as the token says.
    ///
    /// # Errors
    /// `Failed`, whatever is wrong.
    pub fn unwrap_material(&self, wrapped: &[u8]) -> Result<SecretBytes, Error> {
        match &self.way {
            Way::Aes(key) => key_wrap::unwrap(key.expose(), wrapped),
            #[cfg(feature = "rsa-import")]
            Way::Rsa(way, private) => rsa::unwrap(private.expose(), *way, wrapped),
        }
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
const VERSION_AES: u8 = 1;
#[cfg(feature = "rsa-import")]
const VERSION_RSA: u8 = 2;
const WRAPPING_LEN: usize = 32;
const HEAD_LEN: usize = 1 + 1 + 16 + 8;
/// Above a private key of 4,096 bits.
const TEXT_MAX: usize = 4096;
