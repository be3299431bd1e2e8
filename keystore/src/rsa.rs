//! RSA for key material on its way in: AWS-LC's, behind the feature `rsa-import`. Nothing of the store itself is under RSA.
//!
//! The key pair is drawn by AWS-LC from the operating system, not from a store's own generator.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{
    KeySize, OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPrivateDecryptingKey, PrivateDecryptingKey,
};
#[cfg(feature = "testing")]
use aws_lc_rs::rsa::{OaepPublicEncryptingKey, PublicEncryptingKey};

use crate::error::Error;
use crate::key_wrap;
use crate::secret::SecretBytes;

/// Length of an RSA key pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RsaBits {
    /// 2,048 bits.
    Rsa2048,
    /// 3,072 bits.
    Rsa3072,
    /// 4,096 bits.
    Rsa4096,
}

/// How material is wrapped under the public key of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RsaWrapping {
    /// RSAES-OAEP with SHA-1 (RFC 8017).
    OaepSha1,
    /// RSAES-OAEP with SHA-256.
    OaepSha256,
    /// An AES-256 key under OAEP with SHA-1, and behind it the material under that key with AES-KWP (RFC 5649).
    AesKeyWrapSha1,
    /// The same with SHA-256.
    AesKeyWrapSha256,
}

impl RsaWrapping {
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::OaepSha1 => 1,
            Self::OaepSha256 => 2,
            Self::AesKeyWrapSha1 => 3,
            Self::AesKeyWrapSha256 => 4,
        }
    }
    pub(crate) fn of_number(number: u8) -> Option<Self> {
        [Self::OaepSha1, Self::OaepSha256, Self::AesKeyWrapSha1, Self::AesKeyWrapSha256]
            .into_iter()
            .find(|way| way.number() == number)
    }
    fn oaep(self) -> &'static OaepAlgorithm {
        match self {
            Self::OaepSha1 | Self::AesKeyWrapSha1 => &OAEP_SHA1_MGF1SHA1,
            Self::OaepSha256 | Self::AesKeyWrapSha256 => &OAEP_SHA256_MGF1SHA256,
        }
    }
    fn has_inner_key(self) -> bool {
        matches!(self, Self::AesKeyWrapSha1 | Self::AesKeyWrapSha256)
    }
}

/// A fresh pair: the private half as PKCS #8, the public one as X.509 SubjectPublicKeyInfo, both DER.
pub(crate) fn pair(bits: RsaBits) -> Result<(SecretBytes, Vec<u8>), Error> {
    let size = match bits {
        RsaBits::Rsa2048 => KeySize::Rsa2048,
        RsaBits::Rsa3072 => KeySize::Rsa3072,
        RsaBits::Rsa4096 => KeySize::Rsa4096,
    };
    let private = PrivateDecryptingKey::generate(size).map_err(|_| Error::Randomness)?;
    let public = private.public_key().as_der().map_err(|_| Error::Failed)?.as_ref().to_vec();
    let private = SecretBytes::copy_of(private.as_der().map_err(|_| Error::Failed)?.as_ref());
    Ok((private, public))
}

/// The material that was wrapped; one error, whatever is wrong.
pub(crate) fn unwrap(private: &[u8], way: RsaWrapping, wrapped: &[u8]) -> Result<SecretBytes, Error> {
    let key = PrivateDecryptingKey::from_pkcs8(private).map_err(|_| Error::Failed)?;
    let key = OaepPrivateDecryptingKey::new(key).map_err(|_| Error::Failed)?;
    let (head, rest) = wrapped.split_at_checked(key.key_size_bytes()).ok_or(Error::Failed)?;
    if rest.is_empty() == way.has_inner_key() {
        return Err(Error::Failed);
    }
    let mut len = 0;
    let room = SecretBytes::fill_with(key.min_output_size(), |room| {
        len = key.decrypt(way.oaep(), head, room, None).map_err(|_| Error::Failed)?.len();
        Ok::<(), Error>(())
    })?;
    let opened = room.window(0, len).ok_or(Error::Failed)?;
    if !way.has_inner_key() {
        return Ok(opened);
    }
    if opened.len() != INNER_LEN {
        return Err(Error::Failed);
    }
    key_wrap::unwrap(opened.expose(), rest)
}

/// The client's side of it.
#[cfg(feature = "testing")]
pub(crate) fn wrap(public: &[u8], way: RsaWrapping, material: &[u8]) -> Result<Vec<u8>, Error> {
    let key = PublicEncryptingKey::from_der(public).map_err(|_| Error::Failed)?;
    let key = OaepPublicEncryptingKey::new(key).map_err(|_| Error::Failed)?;
    let inner = [0x5a; INNER_LEN];
    let head = if way.has_inner_key() { inner.as_slice() } else { material };
    let mut wrapped = vec![0; key.ciphertext_size()];
    key.encrypt(way.oaep(), head, &mut wrapped, None).map_err(|_| Error::Failed)?;
    if way.has_inner_key() {
        wrapped.extend(key_wrap::wrap(&inner, material)?);
    }
    Ok(wrapped)
}

/// AES-256.
const INNER_LEN: usize = 32;
