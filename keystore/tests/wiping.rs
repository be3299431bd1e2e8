//! What is wiped and what is never shown. Goal: secrets leave no trace where this crate can help it.
//! Method: the types' own promises, asserted at compile time; every `Debug` held against known content.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that meets these has failed")]

mod common;

use common::*;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use strongroom_keystore::*;
use zeroize::{Zeroize, ZeroizeOnDrop};

fn wiped_on_drop<T: ZeroizeOnDrop>() {}
fn can_be_wiped<T: Zeroize>() {}

#[test]
fn the_cipher_crates_wipe_their_keys_and_states() {
    // Each of these compiles only with the crate's `zeroize` feature on.
    wiped_on_drop::<aes::Aes256Enc>();
    wiped_on_drop::<sha2::Sha256>();
    wiped_on_drop::<chacha20::ChaCha20Rng>();
    can_be_wiped::<argon2::Block>();
    wiped_on_drop::<SecretBytes>();
    // GHASH and the counter mode have no such mark: the features are asked for by name.
    let manifest = include_str!("../../Cargo.toml");
    for name in ["aes-gcm", "sha2", "hmac", "chacha20", "argon2"] {
        let line = manifest.lines().find(|line| line.starts_with(&format!("{name} ="))).unwrap();
        assert!(line.contains("\"zeroize\""), "{line}");
    }
}

#[test]
fn debug_never_shows_content() {
    let store = store();
    let material = store.make(KEY, 1);
    let permit = store.permit::<Open>(KEY, &material, &EncryptionContext::of_version("arn-text", "version-text"));
    let row = store.barrier.seal_row(b's', &[0; 32], 1, b"row-text").unwrap();
    let shown = [
        format!("{:?}", SecretBytes::from("secret-text")),
        format!("{:?}", SecretText::from("secret-text")),
        format!("{:?}", EncryptionContext::of_version("arn-text", "version-text")),
        format!("{permit:?}"),
        format!("{material:?}"),
        format!("{:?}", store.barrier.open_row(b's', &[0; 32], &row).unwrap()),
        format!(
            "{:?} {:?} {:?} {:?}",
            store.root,
            store.keystore,
            store.warden.permit_to_make(KEY, std::marker::PhantomData),
            store.barrier
        ),
        format!("{:?}", store.root.add_slot(&raw_unlock(8), &Hardening::DEFAULT).unwrap()),
        format!("{:?}", Unlock::passphrase("secret-text")),
        format!("{:?}", raw_unlock(7)),
        format!("{:?}", Sealed { row: &row, sequence: 1 }),
    ];
    for text in shown {
        for content in ["-text", "[7", "0x7", "[0, "] {
            assert!(!text.contains(content), "{text}");
        }
        assert!(text.len() < 200, "{text}");
    }
    assert_eq!(format!("{:?}", SecretBytes::from("secret-text")), "SecretBytes(11 bytes)");
}

#[test]
fn secrets_come_from_and_go_to_the_types_of_secrecy() {
    let text = SecretText::from(SecretString::from("pass phrase"));
    assert_eq!(text.expose_secret(), "pass phrase");
    let bytes = SecretBytes::from(SecretBox::<[u8]>::from(vec![1, 2, 3]));
    assert_eq!(bytes.expose_secret(), [1, 2, 3]);
    assert_eq!(SecretBytes::from(SecretString::from("abc")).expose(), b"abc");
    assert_eq!(SecretBytes::from(text).into_text().unwrap().expose(), "pass phrase");
    let mut spare = Vec::with_capacity(100);
    spare.extend_from_slice(b"grown");
    assert_eq!(SecretBytes::from(spare).expose(), b"grown");
}

#[test]
fn bytes_that_are_not_text_are_given_back() {
    let refused = SecretBytes::from(vec![0xff, 0xfe]).into_text().unwrap_err();
    assert_eq!(refused.expose(), [0xff, 0xfe]);
}

#[test]
fn filling_in_place_gives_the_error_of_who_fills() {
    let filled = SecretBytes::fill_with(3, |out| {
        out.copy_from_slice(b"abc");
        Ok::<_, ()>(())
    });
    assert_eq!(filled.unwrap().expose(), b"abc");
    assert_eq!(SecretBytes::fill_with(3, |_| Err("no")).unwrap_err(), "no");
}

#[test]
fn comparison_is_by_content() {
    assert!(SecretBytes::from("abc").ct_eq(&SecretBytes::from("abc")));
    assert!(!SecretBytes::from("abc").ct_eq(&SecretBytes::from("abd")));
    assert!(!SecretBytes::from("abc").ct_eq(&SecretBytes::from("abcd")));
    assert!(SecretText::from("").ct_eq(&SecretText::from("")));
}

#[test]
fn one_final_line_feed_is_dropped_and_nothing_else() {
    for (given, kept) in
        [("a\n", "a"), ("a\n\n", "a\n"), ("a", "a"), ("a\r\n", "a\r"), (" a ", " a "), ("\n", ""), ("", "")]
    {
        assert_eq!(SecretBytes::from(given).without_final_newline().expose(), kept.as_bytes());
    }
}
