//! Credentials: secrets of access keys, temporary credentials, seeds of MFA devices. Made in here, sealed in here, checked in
//! here: of what was sealed, yes or no is all that comes out.
//!
//! All are type-8 blobs under `K_tok`, each with a purpose of its own in the associated data, and hold the name of what they
//! belong to: one that is moved to another place fails there. Plaintext: parts behind their length (u32), then zeros.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

use crate::barrier::Barrier;
use crate::derive::Prf;
use crate::envelope::{Body, Header, Kind, aad_of_token, length, seal_blob};
use crate::error::Error;
use crate::hierarchy::Keys;
use crate::keystore::{Keystore, bounded};
use crate::secret::{SecretBytes, SecretText, Wiped};
use crate::signer::{Scope, is_signed};

/// A request as it was signed by AWS Signature Version 4, its canonical form already reduced to the string to sign.
#[derive(Clone, Copy, Debug)]
pub struct Signature<'a> {
    /// The access key's id, as the scope names it.
    pub key_id: &'a str,
    /// Date of the scope: `YYYYMMDD`.
    pub date: &'a str,
    /// Region of the scope.
    pub region: &'a str,
    /// Service of the scope.
    pub service: &'a str,
    /// `AWS4-HMAC-SHA256`, time, scope and the hash of the canonical request, a line each.
    pub string_to_sign: &'a [u8],
    /// What the caller made of it.
    pub signature: &'a [u8; 32],
}

/// A secret that was made: its text, shown this once, and what is kept of it.
#[derive(Debug)]
pub struct NewCredential<S> {
    /// The secret access key, or the seed in base32.
    pub secret: SecretText,
    /// For a row, or for the caller to bring back.
    pub sealed: S,
}

/// Six digits that a device shows, and where it stands.
#[derive(Clone, Copy, Debug)]
pub struct MfaCode<'a> {
    /// What was typed in.
    pub digits: &'a str,
    /// Seconds since 1970.
    pub now: u64,
    /// The last time step whose code was taken; codes of it and of earlier ones are spent.
    pub spent: u64,
}

impl Keystore {
    /// A secret for a long-term access key: 40 characters, 240 random bits.
    ///
    /// # Errors
    /// `TooLong` for an id above 128 bytes; `Randomness`; `Locked`.
    pub fn make_access_key(&self, key_id: &str) -> Result<NewCredential<Vec<u8>>, Error> {
        self.hierarchy.with_keys(|keys| {
            let secret = self.draw_secret(keys)?;
            let sealed = self.seal_parts(keys, PURPOSE_ACCESS_KEY, [key_id.as_bytes(), secret.expose().as_bytes()])?;
            Ok(NewCredential { secret, sealed })
        })
    }
    /// Temporary credentials: a secret, and the session token that carries it together with `claims`. Nothing is stored.
    ///
    /// # Errors
    /// `TooLong` for claims above 16 KiB; `Randomness`; `Locked`.
    pub fn make_session(&self, key_id: &str, claims: &[u8]) -> Result<NewCredential<String>, Error> {
        bounded(claims.len(), CLAIMS_MAX)?;
        self.hierarchy.with_keys(|keys| {
            let secret = self.draw_secret(keys)?;
            let parts = [key_id.as_bytes(), secret.expose().as_bytes(), claims];
            let sealed = URL_SAFE_NO_PAD.encode(self.seal_parts(keys, PURPOSE_SESSION, parts)?);
            Ok(NewCredential { secret, sealed })
        })
    }
    /// The claims of a session token that this store made; who brings it is not proved by that.
    #[must_use]
    pub fn claims(&self, token: &str) -> Option<Vec<u8>> {
        let text = self.open_token(token)?;
        let [_, _, claims] = parts(text.expose())?;
        Some(claims.to_vec())
    }
    /// Was this signed with the secret of the access key? `None` for a key that is not there: the work is the same. The key that
    /// was derived for the scope is kept, whether or not the signature was right, until the store is locked, its keys are
    /// replaced, others need the place, or [`forget_access_key`](Self::forget_access_key).
    #[must_use]
    pub fn signed_with_key(&self, sealed: Option<&[u8]>, signed: &Signature<'_>) -> bool {
        let sealed = sealed.filter(|sealed| !sealed.is_empty());
        let scope = Scope::new(sealed, signed);
        if let Some(genuine) = self.hierarchy.with_signer(&scope, |key| is_signed(key, signed)) {
            return genuine & sealed.is_some();
        }
        let text = sealed.and_then(|sealed| self.open_parts(PURPOSE_ACCESS_KEY, sealed));
        let found = text.as_ref().and_then(|text| parts(text.expose()));
        let [id, secret] = found.unwrap_or([b"", DECOY]);
        let own = found.is_some() && id == signed.key_id.as_bytes();
        let mut key = Prf::unset();
        let derived = signing_key(secret, signed, &mut key).is_some();
        if derived && (own || sealed.is_none()) {
            self.hierarchy.keep_signer(&scope, &key);
        }
        is_signed(&key, signed) & derived & own
    }
    /// Drops what was derived from the sealed secret of an access key: it was switched off or deleted.
    pub fn forget_access_key(&self, sealed: &[u8]) {
        self.hierarchy.forget_signers(sealed);
    }
    /// The claims of a session token, if the request was signed with the secret that the token carries.
    #[must_use]
    pub fn signed_with_session(&self, token: &str, signed: &Signature<'_>) -> Option<Vec<u8>> {
        let text = self.open_token(token);
        let found = text.as_ref().and_then(|text| parts(text.expose()));
        let [id, secret, claims] = found.unwrap_or([b"", DECOY, b""]);
        let own = found.is_some() && id == signed.key_id.as_bytes();
        let mut key = Prf::unset();
        let derived = signing_key(secret, signed, &mut key).is_some();
        (is_signed(&key, signed) & derived & own).then(|| claims.to_vec())
    }
    /// A seed for a device that shows codes (RFC 6238): 160 random bits, as RFC 4226 recommends.
    ///
    /// # Errors
    /// `TooLong` for a serial above 1 KiB; `Randomness`; `Locked`.
    pub fn make_seed(&self, serial: &str) -> Result<NewCredential<Vec<u8>>, Error> {
        self.hierarchy.with_keys(|keys| {
            let mut seed = Wiped::<SEED_LEN>::zeros();
            self.hierarchy.draw(keys, false, &mut seed.0)?;
            let secret = base32(&seed.0)?;
            let sealed = self.seal_parts(keys, PURPOSE_SEED, [serial.as_bytes(), &seed.0])?;
            Ok(NewCredential { secret, sealed })
        })
    }
    /// The time step of a right code: the present one, or one beside it, and later than the last that was taken. `None`: wrong,
    /// spent, not a seed of this device, or after five wrong ones within one time step.
    #[must_use]
    pub fn check_code(&self, sealed: &[u8], serial: &str, code: MfaCode<'_>) -> Option<u64> {
        let text = self.open_parts(PURPOSE_SEED, sealed)?;
        let [id, seed] = parts(text.expose())?;
        let digits: &[u8; DIGITS] = code.digits.as_bytes().try_into().ok()?;
        let present = code.now / STEP_SECS;
        if id != serial.as_bytes() || !self.hierarchy.may_try(serial, present) {
            return None;
        }
        let mut taken = None;
        // All three are computed, whichever is right.
        for step in [present.saturating_sub(1), present, present.saturating_add(1)] {
            let right: bool = totp(seed, step)?.ct_eq(digits).into();
            if right && step > code.spent && taken.is_none() {
                taken = Some(step);
            }
        }
        if taken.is_none() {
            self.hierarchy.note_wrong(serial, present);
        }
        taken
    }

    fn draw_secret(&self, keys: &Keys) -> Result<SecretText, Error> {
        let mut bytes = Wiped::<SECRET_BYTES>::zeros();
        self.hierarchy.draw(keys, false, &mut bytes.0)?;
        let text = SecretBytes::fill_with(SECRET_LEN, |out| {
            STANDARD.encode_slice(bytes.0, out).map(|_| ()).map_err(|_| Error::Failed)
        })?;
        text.into_text().map_err(|_| Error::Failed)
    }
    fn seal_parts<const N: usize>(&self, keys: &Keys, purpose: u8, parts: [&[u8]; N]) -> Result<Vec<u8>, Error> {
        let [id, ..] = parts.as_slice() else { return Err(Error::Failed) };
        bounded(id.len(), ID_MAX)?;
        let len: usize = parts.iter().map(|part| 4 + part.len()).sum();
        let text = SecretBytes::fill_with(len.next_multiple_of(TEXT_STEP), |out| {
            let mut at = 0_usize;
            for part in parts {
                for piece in [length(part).to_be_bytes().as_slice(), part] {
                    let end = at.saturating_add(piece.len());
                    out.get_mut(at..end).ok_or(Error::Failed)?.copy_from_slice(piece);
                    at = end;
                }
            }
            Ok::<(), Error>(())
        })?;
        self.seal_text(keys, purpose, text.expose())
    }
    fn seal_text(&self, keys: &Keys, purpose: u8, text: &[u8]) -> Result<Vec<u8>, Error> {
        let header = Header::of_store(Kind::Token, &self.hierarchy.store, keys.keyring_epoch);
        let aad = aad_of_token(header, &self.hierarchy.store, purpose);
        let salt = self.hierarchy.salt(keys, aad.bytes(), text)?;
        seal_blob(&keys.tok, header, &salt, aad.bytes(), text)
    }
    fn open_parts(&self, purpose: u8, sealed: &[u8]) -> Option<SecretBytes> {
        let (header, body) = Header::take(Kind::Token, sealed).ok()?;
        let body = Body::parse(body).ok()?;
        let opened = self.hierarchy.with_keys(|keys| {
            if header != Header::of_store(Kind::Token, &self.hierarchy.store, keys.keyring_epoch) {
                return Err(Error::Failed);
            }
            let aad = aad_of_token(header, &self.hierarchy.store, purpose);
            SecretBytes::fill_with(body.text.len(), |text| body.open_into(&keys.tok, Kind::Token, aad.bytes(), text))
        });
        opened.ok()
    }
    fn open_token(&self, token: &str) -> Option<SecretBytes> {
        if token.len() > TOKEN_MAX {
            return None;
        }
        self.open_parts(PURPOSE_SESSION, &URL_SAFE_NO_PAD.decode(token).ok()?)
    }
}

/// What a sealed credential of a row is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialKind {
    /// The secret of an access key.
    AccessKey,
    /// The seed of an MFA device.
    Seed,
}

impl Barrier {
    /// Seals a credential anew, for another store's barrier: that of a [successor](crate::Root::successor). It is shown to nobody
    /// on the way.
    ///
    /// # Errors
    /// `Failed` if it does not open as one of that kind; `Randomness`; `Locked`.
    pub fn reseal_credential(&self, successor: &Self, kind: CredentialKind, sealed: &[u8]) -> Result<Vec<u8>, Error> {
        let purpose = match kind {
            CredentialKind::AccessKey => PURPOSE_ACCESS_KEY,
            CredentialKind::Seed => PURPOSE_SEED,
        };
        let [from, to] = [self, successor].map(|side| Keystore { hierarchy: Arc::clone(&side.hierarchy) });
        let text = from.open_parts(purpose, sealed).ok_or(Error::Failed)?;
        to.hierarchy.with_keys(|keys| to.seal_text(keys, purpose, text.expose()))
    }
}

/// As many parts as asked for, in order.
fn parts<const N: usize>(text: &[u8]) -> Option<[&[u8]; N]> {
    let mut rest = text;
    let mut found = [&[][..]; N];
    for part in &mut found {
        let (len, behind) = rest.split_first_chunk()?;
        (*part, rest) = behind.split_at_checked(u32::from_be_bytes(*len) as usize)?;
    }
    Some(found)
}

/// The key of a scope by HMAC-SHA-256, a step for date, region, service and version. `None` for a secret of another length than
/// those that are made here. Source: "Create a signed AWS API request", IAM user guide.
pub(crate) fn signing_key(secret: &[u8], signed: &Signature<'_>, signing: &mut Prf) -> Option<()> {
    let mut first = Wiped::<{ 4 + SECRET_LEN }>::zeros();
    first.0[..4].copy_from_slice(b"AWS4");
    first.0[4..].copy_from_slice(<&[u8; SECRET_LEN]>::try_from(secret).ok()?);
    signing.set(&first.0);
    let mut key = Wiped::<32>::zeros();
    for part in [signed.date, signed.region, signed.service, "aws4_request"] {
        signing.mac(&[part.as_bytes()], &mut key.0);
        signing.set(&key.0);
    }
    Some(())
}

/// RFC 4226 over RFC 6238's time step, six digits, SHA-1: what authenticator programs speak.
pub(crate) fn totp(seed: &[u8], step: u64) -> Option<[u8; DIGITS]> {
    let mut mac = Hmac::<Sha1>::new_from_slice(seed).ok()?;
    mac.update(&step.to_be_bytes());
    let hash: [u8; 20] = mac.finalize().into_bytes().into();
    let offset = usize::from(hash.last()? & 0x0f);
    let word = u32::from_be_bytes(*hash.get(offset..)?.first_chunk()?) & 0x7fff_ffff;
    let mut digits = [b'0'; DIGITS];
    let mut rest = word;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
    }
    Some(digits)
}

/// RFC 4648, section 6; 20 bytes make 32 letters, so nothing is padded.
fn base32(seed: &[u8; SEED_LEN]) -> Result<SecretText, Error> {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let text = SecretBytes::fill_with(SEED_LEN / 5 * 8, |out| {
        for (group, letters) in seed.as_chunks::<5>().0.iter().zip(out.as_chunks_mut::<8>().0) {
            let bits = group.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
            for (place, letter) in letters.iter_mut().enumerate() {
                let index = bits >> (35 - 5 * place) & 31;
                *letter =
                    usize::try_from(index).ok().and_then(|index| LETTERS.get(index)).copied().ok_or(Error::Failed)?;
            }
        }
        Ok::<(), Error>(())
    })?;
    text.into_text().map_err(|_| Error::Failed)
}

// 1 and 2 are import tokens and paging markers.
const PURPOSE_ACCESS_KEY: u8 = 3;
const PURPOSE_SESSION: u8 = 4;
const PURPOSE_SEED: u8 = 5;
const SECRET_BYTES: usize = 30;
/// What AWS's secret access keys have.
const SECRET_LEN: usize = 40;
const SEED_LEN: usize = 20;
const DIGITS: usize = 6;
const STEP_SECS: u64 = 30;
const ID_MAX: usize = 1024;
const CLAIMS_MAX: usize = 16 * 1024;
/// Above what the longest claims take, sealed and in base64.
const TOKEN_MAX: usize = 24 * 1024;
/// Lengths of names do not show.
const TEXT_STEP: usize = 64;
/// Stands in for the secret of a key that is not there.
const DECOY: &[u8; SECRET_LEN] = &[0; SECRET_LEN];
