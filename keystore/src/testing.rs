//! The primitives by themselves, for known-answer tests and fuzzing. Not for anything else: they take keys and salts.

use crate::aead;
use crate::barrier::Accumulator;
use crate::credential::{self, Signature};
use crate::derive::{self, MATERIAL_ID, Okm, Prf};
use crate::envelope::{self, Body, HEADER_LEN, Header};
use crate::error::Error;
use crate::header::{HeaderCopy, SLOTS, Slot};
use crate::hierarchy;
use crate::key_wrap;
use crate::mac::{self, MacAlgorithm};
use crate::secret::SecretBytes;

/// HMAC-SHA-256 of the parts.
#[must_use]
pub fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = [0; 32];
    Prf::new(key).mac(parts, &mut mac);
    mac
}

/// The MAC of the KMS API, under a key of any length.
///
/// # Errors
/// None that a key or message can cause.
pub fn mac(algorithm: MacAlgorithm, key: &[u8], message: &[u8]) -> Result<Vec<u8>, Error> {
    mac::compute(algorithm, key, message)
}

/// HKDF-SHA-256 to 32 bytes.
#[must_use]
pub fn hkdf(salt: &[u8], secret: &[u8], info: &str) -> [u8; 32] {
    let mut key = [0; 32];
    derive::hkdf(salt, secret, info, &mut key);
    key
}

/// The cipher's key and the commitment of one seal.
#[must_use]
pub fn expand(key: &[u8; 32], kind: u8, salt: &[u8; 20]) -> ([u8; 32], [u8; 32]) {
    let mut okm = Okm::zeros();
    Prf::new(key).expand(kind, salt, &mut okm);
    (okm.key, okm.commitment)
}

/// A whole blob of any type but 4, with the associated data given.
///
/// # Errors
/// `Failed` for a header that does not parse.
pub fn seal(key: &[u8; 32], header: &[u8; 28], salt: &[u8; 20], aad: &[u8], text: &[u8]) -> Result<Vec<u8>, Error> {
    let header = Header::parse(header).ok_or(Error::Failed)?;
    envelope::seal_blob(&Prf::new(key), header, salt, aad, text)
}

/// Opens a blob of the type wanted (any but 4), whose associated data begins with its header.
///
/// # Errors
/// `Failed`.
pub fn open(key: &[u8; 32], wanted: u8, aad: &[u8], blob: &[u8]) -> Result<SecretBytes, Error> {
    let header = blob.first_chunk().and_then(Header::parse).ok_or(Error::Failed)?;
    if header.kind as u8 != wanted || aad.first_chunk() != Some(&header.to_bytes()) {
        return Err(Error::Failed);
    }
    let body = Body::parse(blob.get(HEADER_LEN..).unwrap_or_default())?;
    SecretBytes::fill_with(body.text.len(), |text| body.open_into(&Prf::new(key), header.kind, aad, text))
}

/// RFC 5649 under a key of any length that AES has.
///
/// # Errors
/// `Failed` for a key of another length, and for text that cannot be wrapped.
pub fn key_wrap(key: &[u8], text: &[u8]) -> Result<Vec<u8>, Error> {
    key_wrap::wrap(key, text)
}

/// The reverse.
///
/// # Errors
/// `Failed`, whatever is wrong.
pub fn key_unwrap(key: &[u8], wrapped: &[u8]) -> Result<SecretBytes, Error> {
    key_wrap::unwrap(key, wrapped)
}

/// AES-256-GCM under the zero nonce: text and tag.
///
/// # Errors
/// `TooLong` above 1 GiB.
pub fn gcm_seal(key: &[u8; 32], aad: &[u8], text: &[u8]) -> Result<Vec<u8>, Error> {
    let mut sealed = text.to_vec();
    let tag = aead::seal(key, aad, &mut sealed)?;
    sealed.extend_from_slice(&tag);
    Ok(sealed)
}

/// AES-256-GCM under any nonce: text and tag.
///
/// # Errors
/// `TooLong` above 1 GiB.
pub fn gcm_seal_with_nonce(key: &[u8; 32], nonce: &[u8; 12], aad: &[u8], text: &[u8]) -> Result<Vec<u8>, Error> {
    let mut sealed = text.to_vec();
    let tag = aead::seal_with_nonce(key, nonce, aad, &mut sealed)?;
    sealed.extend_from_slice(&tag);
    Ok(sealed)
}

/// The reverse.
///
/// # Errors
/// `Failed` if the tag does not hold.
pub fn gcm_open_with_nonce(key: &[u8; 32], nonce: &[u8; 12], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error> {
    let (text, tag) = sealed.split_last_chunk().ok_or(Error::Failed)?;
    let mut text = text.to_vec();
    aead::open_with_nonce(key, nonce, aad, &mut text, tag)?;
    Ok(text)
}

/// AES-256-GCM under the zero nonce: what opens without any commitment.
///
/// # Errors
/// `Failed` if the tag does not hold.
pub fn gcm_open(key: &[u8; 32], aad: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Error> {
    let (text, tag) = sealed.split_last_chunk().ok_or(Error::Failed)?;
    let mut text = text.to_vec();
    aead::open(key, aad, &mut text, tag)?;
    Ok(text)
}

/// Keyring, header and anchor key of a root key.
#[must_use]
pub fn root_subkeys(root: &[u8; 32], store: &[u8; 16]) -> [[u8; 32]; 3] {
    [derive::ROOT_KEYRING, derive::ROOT_HEADER, derive::ROOT_ANCHOR]
        .map(|info| hierarchy::root_subkey(root, store, info).0)
}

/// The key from which types 3 and 9 are sealed.
#[must_use]
pub fn sealing_key(backing_key: &[u8]) -> [u8; 32] {
    hmac(b"strongroom/v1/kms", &[backing_key])
}

/// A hedged salt.
#[must_use]
pub fn salt(hedge: &[u8; 32], random: &[u8; 32], aad: &[u8], text: &[u8]) -> [u8; 20] {
    hierarchy::salt_of(&Prf::new(hedge), random, aad, text)
}

/// A hedged data key.
#[must_use]
pub fn data_key(hedge: &[u8; 32], random: &[u8; 32], wrapping_aad: &[u8], aad: &[u8], payload: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    hierarchy::data_key_of(&Prf::new(hedge), random, wrapping_aad, aad, payload, &mut key);
    key
}

/// KeyMaterialId under a print key.
#[must_use]
pub fn material_id(print_key: &[u8; 32], key_id: &[u8; 16], material: &[u8]) -> [u8; 32] {
    hmac(print_key, &[MATERIAL_ID, key_id, material])
}

/// One element of the set hash under a key.
#[must_use]
pub fn element(set_key: &[u8; 32], table: u8, row_key: &[u8; 32], id: &[u8; 48]) -> Accumulator {
    Accumulator::from_le_bytes(&hmac(set_key, &[&[0x01, table], row_key, id]))
}

/// A header copy with one slot, the first.
#[must_use]
pub fn header_copy(
    mac_key: &[u8; 32],
    store: &[u8; 16],
    provider: u8,
    blob: [u8; 128],
    params: &[u8],
    keyring: [u8; 424],
) -> Vec<u8> {
    let mut slots = [const { None }; SLOTS];
    slots[0] = Some(Slot { provider, blob, params: params.to_vec() });
    HeaderCopy { shared: false, store: *store, generation: 1, root_epoch: 1, slots, keyring }.encode(&Prf::new(mac_key))
}

/// The length of the payload that holds a value.
#[must_use]
pub fn payload_len(value_len: usize) -> Option<usize> {
    crate::keystore::payload_len(value_len)
}

/// Argon2id as the passphrase provider runs it: memory in KiB, passes, lanes.
///
/// # Errors
/// `Parameters` for what Argon2 itself cannot run.
pub fn harden(passphrase: &[u8], salt: &[u8; 16], m_kib: u32, t: u32, p: u8) -> Result<[u8; 32], Error> {
    crate::provider::harden(passphrase, salt, m_kib, t, p)
}

/// The six digits that a device with this seed shows at a time, in seconds since 1970.
#[must_use]
pub fn mfa_code(seed: &[u8], now: u64) -> String {
    credential::totp(seed, now / 30).map_or_else(String::new, |digits| String::from_utf8_lossy(&digits).into_owned())
}

/// The signature that a client makes with a secret access key of 40 characters; that of `signed` is not looked at.
#[must_use]
pub fn sign(secret: &str, signed: &Signature<'_>) -> [u8; 32] {
    let (mut key, mut made) = (Prf::unset(), [0; 32]);
    if credential::signing_key(secret.as_bytes(), signed, &mut key).is_some() {
        key.mac(&[signed.string_to_sign], &mut made);
    }
    made
}

/// How many signing keys are kept.
#[must_use]
pub fn signing_keys(keystore: &crate::Keystore) -> usize {
    keystore.hierarchy.signers()
}

/// Wraps material under the public key that came with a token, as a client does it.
///
/// # Errors
/// `Failed` for a key that is none, and for more material than fits.
#[cfg(feature = "rsa-import")]
pub fn wrap_under_rsa(public: &[u8], way: crate::RsaWrapping, material: &[u8]) -> Result<Vec<u8>, Error> {
    crate::rsa::wrap(public, way, material)
}
