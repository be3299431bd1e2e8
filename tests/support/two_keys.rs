//! Ciphertexts that AES-GCM opens under two keys: GCM is not committing, and a little linear algebra over GHASH's field finds
//! them. For whoever knows both keys.
#![allow(dead_code, reason = "each test file uses a part of it")]

use aes_gcm::KeyInit;
use aes_gcm::aes::Aes256;
use aes_gcm::aes::cipher::BlockCipherEncrypt;

/// A ciphertext of so many blocks, with its tag, that GCM opens under both keys, each with its own associated data.
pub fn two_key_ciphertext(sides: [(&[u8; 32], &[u8]); 2], blocks: usize) -> Vec<u8> {
    two_key_ciphertext_from(sides, &[], blocks)
}

/// The same, beginning with given bytes (less than all but the last block).
pub fn two_key_ciphertext_from(sides: [(&[u8; 32], &[u8]); 2], start: &[u8], blocks: usize) -> Vec<u8> {
    let [one, two] = sides.map(|(key, aad)| Side::new(key, aad));
    let mut ciphertext = vec![0; blocks * 16];
    ciphertext[..start.len()].copy_from_slice(start);
    // The last block x enters each tag as x * H^2 (the lengths take H). With x = 0 the tags differ by d; choose x so that
    // x * (H1^2 + H2^2) = d.
    let difference = one.tag(&ciphertext) ^ two.tag(&ciphertext);
    let slope = multiply(one.hash_key, one.hash_key) ^ multiply(two.hash_key, two.hash_key);
    let last = multiply(difference, invert(slope));
    ciphertext[blocks * 16 - 16..].copy_from_slice(&last.to_be_bytes());
    assert_eq!(one.tag(&ciphertext), two.tag(&ciphertext));
    ciphertext.extend_from_slice(&one.tag(&ciphertext).to_be_bytes());
    ciphertext
}

/// What somebody who knows a GCM key knows of its tags.
pub struct Side {
    pub hash_key: u128,
    mask: u128,
    aad: Vec<u8>,
}

impl Side {
    pub fn new(key: &[u8; 32], aad: &[u8]) -> Self {
        let encrypt = |block: u128| {
            let mut block = block.to_be_bytes();
            Aes256::new(key.into()).encrypt_block((&mut block).into());
            u128::from_be_bytes(block)
        };
        Self { hash_key: encrypt(0), mask: encrypt(1), aad: aad.to_vec() }
    }
    pub fn tag(&self, ciphertext: &[u8]) -> u128 {
        let mut hash = 0;
        for part in [&self.aad, ciphertext] {
            for chunk in part.chunks(16) {
                let mut block = [0; 16];
                block[..chunk.len()].copy_from_slice(chunk);
                hash = multiply(hash ^ u128::from_be_bytes(block), self.hash_key);
            }
        }
        let bits = |bytes: &[u8]| u128::try_from(bytes.len() * 8).unwrap();
        multiply(hash ^ (bits(&self.aad) << 64 | bits(ciphertext)), self.hash_key) ^ self.mask
    }
}

/// SP 800-38D, 6.3: bits from the most significant, reduced by x^128 + x^7 + x^2 + x + 1.
pub fn multiply(one: u128, two: u128) -> u128 {
    let (mut product, mut shifted) = (0, two);
    for bit in (0..128).rev() {
        if one >> bit & 1 == 1 {
            product ^= shifted;
        }
        shifted = shifted >> 1 ^ if shifted & 1 == 1 { 0xe1 << 120 } else { 0 };
    }
    product
}

/// By Fermat: the exponent is 2^128 - 2.
pub fn invert(element: u128) -> u128 {
    let (mut inverse, mut power) = (1 << 127, element);
    for _ in 1..128 {
        power = multiply(power, power);
        inverse = multiply(inverse, power);
    }
    inverse
}
