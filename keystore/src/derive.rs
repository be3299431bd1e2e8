//! Derivation: HMAC-SHA-256 under kept keys, HKDF (RFC 5869), and the label of every key that is derived.

use hkdf::Hkdf;
use sha2::block_api::compress256;
use sha2::{Digest, Sha256};
use zeroize::ZeroizeOnDrop;

use crate::secret::{Wiped, wipe, wipe_words};

/// HMAC-SHA-256 (RFC 2104) under one key: the two hash states after the padded key, nothing else.
///
/// This is what makes a derivation cost four compressions: the pads are hashed once when the key arrives. The compression
/// function is the hash crate's own; `tests/published.rs` holds the whole against Wycheproof and the published crates.
pub(crate) struct Prf {
    inner: [u32; 8],
    outer: [u32; 8],
}

/// What the expansion of one seal gives: the cipher's key and the commitment that is stored.
pub(crate) struct Okm {
    pub(crate) key: [u8; 32],
    pub(crate) commitment: [u8; 32],
}

impl Prf {
    /// A key of at most 64 bytes; a longer one is hashed first, as RFC 2104 has it.
    pub(crate) fn new(key: &[u8]) -> Self {
        let mut prf = Self::unset();
        prf.set(key);
        prf
    }
    /// No key yet: for structures that are filled in place, so that no copy of a keyed state stays on the stack.
    pub(crate) const fn unset() -> Self {
        Self { inner: [0; 8], outer: [0; 8] }
    }
    /// Takes a key in place.
    pub(crate) fn set(&mut self, key: &[u8]) {
        let mut block = Wiped::<64>::zeros();
        if let Some(start) = block.0.get_mut(..key.len()) {
            start.copy_from_slice(key);
        } else {
            let hashed: [u8; 32] = Sha256::digest(key).into();
            block.0[..32].copy_from_slice(&hashed);
        }
        for byte in &mut block.0 {
            *byte ^= 0x36;
        }
        self.inner = INITIAL;
        compress256(&mut self.inner, &[block.0]);
        for byte in &mut block.0 {
            *byte ^= 0x36 ^ 0x5c;
        }
        self.outer = INITIAL;
        compress256(&mut self.outer, &[block.0]);
    }
    /// Takes over the key of another.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.inner = other.inner;
        self.outer = other.outer;
    }
    /// HMAC of the parts, one behind the other.
    pub(crate) fn mac(&self, parts: &[&[u8]], out: &mut [u8; 32]) {
        let mut state = self.inner;
        let mut block = [0_u8; 64];
        let mut filled = 0_usize;
        let mut len = 64_u64;
        for part in parts {
            len = len.wrapping_add(part.len() as u64);
            let mut rest = *part;
            if filled > 0 {
                let (now, later) = rest.split_at_checked(64 - filled).unwrap_or((rest, &[]));
                put(&mut block, filled, now);
                filled += now.len();
                rest = later;
                if filled == 64 {
                    compress256(&mut state, &[block]);
                    filled = 0;
                }
            }
            if filled == 0 {
                let (whole, tail) = rest.as_chunks::<64>();
                compress256(&mut state, whole);
                put(&mut block, 0, tail);
                filled = tail.len();
            }
        }
        // The padding of FIPS 180-4: one bit, zeros, the length in bits.
        put(&mut block, filled, &[0x80]);
        filled += 1;
        if filled > 56 {
            block.iter_mut().skip(filled).for_each(|byte| *byte = 0);
            compress256(&mut state, &[block]);
            filled = 0;
        }
        block.iter_mut().skip(filled).for_each(|byte| *byte = 0);
        block[56..].copy_from_slice(&len.wrapping_mul(8).to_be_bytes());
        compress256(&mut state, &[block]);
        wipe(&mut block);
        self.finish(&mut state, out);
    }
    /// HKDF-Expand to 64 bytes with the 22 bytes of info of one seal: each half is one block inside and one outside.
    pub(crate) fn expand(&self, kind: u8, salt: &[u8; 20], okm: &mut Okm) {
        // First half: info || 0x01, 23 bytes behind the key block.
        let mut block = [0_u8; 64];
        block[0] = SUITE_LABEL;
        block[1] = kind;
        block[2..22].copy_from_slice(salt);
        block[22] = 0x01;
        block[23] = 0x80;
        block[56..].copy_from_slice(&((64 + 23) * 8_u64).to_be_bytes());
        let mut state = self.inner;
        compress256(&mut state, &[block]);
        self.finish(&mut state, &mut okm.key);
        // Second half: first half || info || 0x02, 55 bytes: exactly what one block holds beside its padding.
        block[..32].copy_from_slice(&okm.key);
        block[32] = SUITE_LABEL;
        block[33] = kind;
        block[34..54].copy_from_slice(salt);
        block[54] = 0x02;
        block[55] = 0x80;
        block[56..].copy_from_slice(&((64 + 55) * 8_u64).to_be_bytes());
        state = self.inner;
        compress256(&mut state, &[block]);
        self.finish(&mut state, &mut okm.commitment);
        wipe(&mut block);
    }
    /// The outer hash over the inner one; wipes the state it was given.
    fn finish(&self, state: &mut [u32; 8], out: &mut [u8; 32]) {
        let mut block = [0_u8; 64];
        words_to_bytes(state, &mut block);
        block[32] = 0x80;
        block[56..].copy_from_slice(&((64 + 32) * 8_u64).to_be_bytes());
        *state = self.outer;
        compress256(state, &[block]);
        words_to_bytes(state, out);
        wipe(&mut block);
        wipe_words(state);
    }
}
impl Drop for Prf {
    fn drop(&mut self) {
        wipe_words(&mut self.inner);
        wipe_words(&mut self.outer);
    }
}
impl ZeroizeOnDrop for Prf {}

impl Okm {
    pub(crate) const fn zeros() -> Self {
        Self { key: [0; 32], commitment: [0; 32] }
    }
}
impl Drop for Okm {
    fn drop(&mut self) {
        wipe(&mut self.key);
        wipe(&mut self.commitment);
    }
}
impl ZeroizeOnDrop for Okm {}

/// HKDF-Extract and -Expand to one 32-byte key.
pub(crate) fn hkdf(salt: &[u8], secret: &[u8], info: &str, out: &mut [u8; 32]) {
    // Expand fails only beyond 255 blocks; this asks for one.
    let filled = Hkdf::<Sha256>::new(Some(salt), secret).expand(info.as_bytes(), out);
    debug_assert!(filled.is_ok(), "one block can be expanded");
}

/// The key under which KMS ciphertexts and data keys are sealed: extracted from the backing key, so that imported material
/// becomes uniform and an HMAC key of the same material cannot compute it.
pub(crate) fn sealing_key(backing_key: &[u8], sealing: &mut Prf) {
    let mut extracted = Wiped::<32>::zeros();
    Prf::new(KMS_SALT.as_bytes()).mac(&[backing_key], &mut extracted.0);
    sealing.set(&extracted.0);
}

pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Writes `bytes` at `at`; both lie within the block by the arithmetic of the caller.
fn put(block: &mut [u8; 64], at: usize, bytes: &[u8]) {
    if let Some(place) = block.get_mut(at..at.saturating_add(bytes.len())) {
        place.copy_from_slice(bytes);
    }
}

fn words_to_bytes<const N: usize>(words: &[u32; 8], out: &mut [u8; N]) {
    for (bytes, word) in out.as_chunks_mut::<4>().0.iter_mut().zip(words) {
        *bytes = word.to_be_bytes();
    }
}

/// The first byte of info: another suite takes another byte, so that no two suites derive alike from one key.
const SUITE_LABEL: u8 = b'S';
const KMS_SALT: &str = "strongroom/v1/kms";
pub(crate) const ROOT_KEYRING: &str = "strongroom/v1/root/keyring";
pub(crate) const ROOT_HEADER: &str = "strongroom/v1/root/header";
/// Reserved for the anchors outside the file; derived nowhere yet but in the tests that hold its value.
#[cfg(feature = "testing")]
pub(crate) const ROOT_ANCHOR: &str = "strongroom/v1/root/anchor";
pub(crate) const SLOT_KEY_FILE: &str = "strongroom/v1/slot/keyfile";
pub(crate) const SLOT_SYSTEMD: &str = "strongroom/v1/slot/systemd";
pub(crate) const MATERIAL_ID: &[u8] = b"strongroom/v1/material-id\0";

/// FIPS 180-4, section 5.3.3.
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];
