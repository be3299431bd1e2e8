//! AES key wrap with padding (RFC 5649): how key material comes in that is brought under a wrapping key of ours. It is
//! deterministic and made for keys alone; nothing of the store itself is wrapped so.

use aes_gcm::KeyInit;
use aes_gcm::aes::cipher::{Block, BlockCipherDecrypt, BlockCipherEncrypt};
use aes_gcm::aes::{Aes128, Aes192, Aes256};
use subtle::{ConditionallySelectable, ConstantTimeEq, ConstantTimeLess};

use crate::error::Error;
use crate::secret::{SecretBytes, Wiped};

/// AES under a key of one of its three lengths. RFC 5649's vectors have one of the middle length.
enum Cipher {
    Short(Aes128),
    Middle(Aes192),
    Long(Box<Aes256>),
}

impl Cipher {
    fn new(key: &[u8]) -> Result<Self, Error> {
        let wrong = |_| Error::Failed;
        Ok(match key.len() {
            16 => Self::Short(Aes128::new_from_slice(key).map_err(wrong)?),
            24 => Self::Middle(Aes192::new_from_slice(key).map_err(wrong)?),
            _ => Self::Long(Box::new(Aes256::new_from_slice(key).map_err(wrong)?)),
        })
    }
    fn encrypt(&self, block: &mut [u8; 16]) {
        let block: &mut Block<Aes128> = block.into();
        match self {
            Self::Short(aes) => aes.encrypt_block(block),
            Self::Middle(aes) => aes.encrypt_block(block),
            Self::Long(aes) => aes.encrypt_block(block),
        }
    }
    fn decrypt(&self, block: &mut [u8; 16]) {
        let block: &mut Block<Aes128> = block.into();
        match self {
            Self::Short(aes) => aes.decrypt_block(block),
            Self::Middle(aes) => aes.decrypt_block(block),
            Self::Long(aes) => aes.decrypt_block(block),
        }
    }
}

/// Wraps 1 to [`TEXT_MAX`] bytes.
pub(crate) fn wrap(key: &[u8], text: &[u8]) -> Result<Vec<u8>, Error> {
    if text.is_empty() || text.len() > TEXT_MAX {
        return Err(Error::Failed);
    }
    let cipher = Cipher::new(key)?;
    let len = u32::try_from(text.len()).map_err(|_| Error::Failed)?;
    // The check first, then the text padded with zeros: what leaves this buffer is encrypted as a whole.
    let whole = HALF + text.len().next_multiple_of(HALF);
    let mut wrapped = Vec::with_capacity(whole);
    wrapped.extend_from_slice(&CHECK);
    wrapped.extend_from_slice(&len.to_be_bytes());
    wrapped.extend_from_slice(text);
    wrapped.resize(whole, 0);
    if let Ok(block) = <&mut [u8; 16]>::try_from(wrapped.as_mut_slice()) {
        cipher.encrypt(block);
        return Ok(wrapped);
    }
    let (check, halves) = wrapped.split_at_mut(HALF);
    let mut step = 0_u64;
    let mut block = Wiped::<16>::zeros();
    for _ in 0..6 {
        for half in halves.chunks_exact_mut(HALF) {
            step += 1;
            block.0[..HALF].copy_from_slice(check);
            block.0[HALF..].copy_from_slice(half);
            cipher.encrypt(&mut block.0);
            check.copy_from_slice(&block.0[..HALF]);
            mix(check, step);
            half.copy_from_slice(&block.0[HALF..]);
        }
    }
    Ok(wrapped)
}

/// Unwraps; one error, whatever is wrong, and no branch on what is inside before the whole of it was looked at.
pub(crate) fn unwrap(key: &[u8], wrapped: &[u8]) -> Result<SecretBytes, Error> {
    let halves = wrapped.len() / HALF;
    if !wrapped.len().is_multiple_of(HALF) || halves < 2 || wrapped.len() > HALF + TEXT_MAX {
        return Err(Error::Failed);
    }
    let cipher = Cipher::new(key)?;
    let opened = SecretBytes::fill_with(wrapped.len(), |room| {
        room.copy_from_slice(wrapped);
        if let Ok(block) = <&mut [u8; 16]>::try_from(&mut *room) {
            cipher.decrypt(block);
            return Ok::<(), Error>(());
        }
        let (check, rest) = room.split_at_mut(HALF);
        let mut step = 6 * (halves as u64 - 1);
        let mut block = Wiped::<16>::zeros();
        for _ in 0..6 {
            for half in rest.chunks_exact_mut(HALF).rev() {
                mix(check, step);
                block.0[..HALF].copy_from_slice(check);
                block.0[HALF..].copy_from_slice(half);
                cipher.decrypt(&mut block.0);
                check.copy_from_slice(&block.0[..HALF]);
                half.copy_from_slice(&block.0[HALF..]);
                step -= 1;
            }
        }
        Ok(())
    })?;
    let (check, rest) = opened.expose().split_first_chunk::<4>().ok_or(Error::Failed)?;
    let (len, padded) = rest.split_first_chunk::<4>().ok_or(Error::Failed)?;
    let len = u32::from_be_bytes(*len);
    let all = u32::try_from(padded.len()).map_err(|_| Error::Failed)?;
    // Longer than all but the last half, not longer than all of them, and only zeros behind.
    let mut stray = 0;
    for (at, byte) in (0_u32..).zip(padded) {
        stray |= u8::conditional_select(byte, &0, at.ct_lt(&len));
    }
    let fits = (all - 8).ct_lt(&len) & !all.ct_lt(&len);
    let genuine: bool = (check.ct_eq(&CHECK) & fits & stray.ct_eq(&0)).into();
    if genuine { opened.window(HALF, len as usize).ok_or(Error::Failed) } else { Err(Error::Failed) }
}

/// The number of the step goes into the check.
fn mix(check: &mut [u8], step: u64) {
    for (byte, part) in check.iter_mut().zip(step.to_be_bytes()) {
        *byte ^= part;
    }
}

const CHECK: [u8; 4] = [0xa6, 0x59, 0x59, 0xa6];
/// Half a block.
const HALF: usize = 8;
/// Far above the longest key material.
const TEXT_MAX: usize = 4096;
