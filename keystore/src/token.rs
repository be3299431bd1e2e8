//! Tokens that leave the store and come back: grant tokens and paging markers. Checked without any state.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use subtle::ConstantTimeEq;

use crate::envelope::{Body, Header, Kind, aad_of_token, length, seal_blob};
use crate::error::Error;
use crate::hierarchy::Keys;
use crate::keystore::{Keystore, bounded};
use crate::secret::{SecretBytes, Wiped};

impl Keystore {
    /// A token that names a grant: `base64(0x01 || grant id || random(16) || MAC(16))`. Another one at each call.
    ///
    /// # Errors
    /// `Randomness`; `Locked`.
    pub fn grant_token(&self, grant_id: &[u8; 32]) -> Result<String, Error> {
        self.hierarchy.with_keys(|keys| {
            let mut token = [0; GRANT_TOKEN_LEN];
            token[0] = GRANT_TOKEN_VERSION;
            token[1..33].copy_from_slice(grant_id);
            self.hierarchy.generate(&mut token[33..49])?;
            let mac = grant_mac(keys, &token);
            token[49..].copy_from_slice(&mac);
            Ok(STANDARD.encode(token))
        })
    }
    /// The grant that a token names, if this store made the token. Whether the grant still stands is not told here.
    #[must_use]
    pub fn check_grant_token(&self, token: &str) -> Option<[u8; 32]> {
        // Longer text is refused before it is decoded.
        if token.len() != GRANT_TOKEN_LEN.div_ceil(3) * 4 {
            return None;
        }
        let token = <[u8; GRANT_TOKEN_LEN]>::try_from(STANDARD.decode(token).ok()?).ok()?;
        let mac = self.hierarchy.with_keys(|keys| Ok(grant_mac(keys, &token))).ok()?;
        let (covered, stored) = token.split_last_chunk::<16>()?;
        let genuine: bool = mac.ct_eq(stored).into();
        let ([GRANT_TOKEN_VERSION], rest) = covered.split_first_chunk()? else { return None };
        if genuine { rest.first_chunk().copied() } else { None }
    }
    /// A paging marker: where a listing stopped, sealed (a type-8 blob in base64url), because that is mostly a name. It opens for
    /// the same operation and scope only. `scope` is whatever must be the same on the next page (account, filters, owner);
    /// it is bound, not stored.
    ///
    /// # Errors
    /// `TooLong` above 2048 bytes of `last`; `Randomness`; `Locked`.
    pub fn seal_marker(&self, operation: u8, scope: &[u8], last: &[u8]) -> Result<String, Error> {
        bounded(last.len(), MARKER_LAST_MAX)?;
        self.hierarchy.with_keys(|keys| {
            // u8 operation || MAC of the scope (16) || u32 length || last || zeros: the length of a name does not show.
            let text_len = (MARKER_HEAD_LEN + last.len()).next_multiple_of(MARKER_STEP);
            let mut text = Vec::with_capacity(text_len);
            text.push(operation);
            text.extend_from_slice(&scope_mac(keys, operation, scope));
            text.extend_from_slice(&length(last).to_be_bytes());
            text.extend_from_slice(last);
            text.resize(text_len, 0);
            let header = Header::of_store(Kind::Token, &self.hierarchy.store, keys.keyring_epoch);
            let aad = aad_of_token(header, &self.hierarchy.store, PURPOSE_MARKER);
            let salt = self.hierarchy.salt(keys, aad.bytes(), &text)?;
            let blob = seal_blob(&keys.tok, header, &salt, aad.bytes(), &text)?;
            Ok(URL_SAFE_NO_PAD.encode(blob))
        })
    }
    /// What [`seal_marker`](Self::seal_marker) was given as `last`, if this store made the marker for this operation and scope.
    #[must_use]
    pub fn open_marker(&self, operation: u8, scope: &[u8], token: &str) -> Option<Vec<u8>> {
        if token.len() > MARKER_TOKEN_MAX {
            return None;
        }
        let blob = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (header, body) = Header::take(Kind::Token, &blob).ok()?;
        let body = Body::parse(body).ok()?;
        let opened = self.hierarchy.with_keys(|keys| {
            if header != Header::of_store(Kind::Token, &self.hierarchy.store, keys.keyring_epoch) {
                return Err(Error::Failed);
            }
            let aad = aad_of_token(header, &self.hierarchy.store, PURPOSE_MARKER);
            let text = SecretBytes::fill_with(body.text.len(), |text| {
                body.open_into(&keys.tok, Kind::Token, aad.bytes(), text)
            })?;
            Ok((text, scope_mac(keys, operation, scope)))
        });
        let (text, scope_mac) = opened.ok()?;
        let ([stored_operation], rest) = text.expose().split_first_chunk()?;
        let (stored_scope, rest) = rest.split_first_chunk::<16>()?;
        let (len, last) = rest.split_first_chunk()?;
        let same_scope: bool = stored_scope.ct_eq(&scope_mac).into();
        if *stored_operation != operation || !same_scope {
            return None;
        }
        last.get(..u32::from_be_bytes(*len) as usize).map(<[u8]>::to_vec)
    }
}

/// `HMAC(K_mac, "grant" || the 49 bytes before)[0..16]`
fn grant_mac(keys: &Keys, token: &[u8; GRANT_TOKEN_LEN]) -> [u8; 16] {
    let mut mac = Wiped::<32>::zeros();
    keys.mac.mac(&[b"grant", &token[..49]], &mut mac.0);
    let mut short = [0; 16];
    short.copy_from_slice(&mac.0[..16]);
    short
}

/// `HMAC(K_mac, "marker" || operation || scope)[0..16]`
fn scope_mac(keys: &Keys, operation: u8, scope: &[u8]) -> [u8; 16] {
    let mut mac = Wiped::<32>::zeros();
    keys.mac.mac(&[b"marker", &[operation], scope], &mut mac.0);
    let mut short = [0; 16];
    short.copy_from_slice(&mac.0[..16]);
    short
}

const GRANT_TOKEN_VERSION: u8 = 0x01;
/// Version, grant id, randomness, MAC.
const GRANT_TOKEN_LEN: usize = 1 + 32 + 16 + 16;
const PURPOSE_MARKER: u8 = 2;
const MARKER_HEAD_LEN: usize = 1 + 16 + 4;
const MARKER_STEP: usize = 64;
const MARKER_LAST_MAX: usize = 2048;
/// Above what the longest marker takes (96 bytes of sealing, 2112 of text, in base64).
const MARKER_TOKEN_MAX: usize = 3072;
