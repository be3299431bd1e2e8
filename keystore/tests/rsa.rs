//! Key material under RSA. Goal: what a client wraps comes out, for every wrapping and length, and nothing else does.
#![cfg(feature = "rsa-import")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that meets these has failed")]

mod common;

use common::*;
use strongroom_keystore::*;

const WAYS: [RsaWrapping; 4] =
    [RsaWrapping::OaepSha1, RsaWrapping::OaepSha256, RsaWrapping::AesKeyWrapSha1, RsaWrapping::AesKeyWrapSha256];

#[test]
fn what_is_wrapped_under_the_public_key_opens_by_the_token_alone() {
    let store = store();
    for (bits, wide) in [(RsaBits::Rsa2048, 256), (RsaBits::Rsa3072, 384), (RsaBits::Rsa4096, 512)] {
        for way in WAYS {
            let (token, public) = store.keystore.rsa_import_token(KEY, 7, bits, way).unwrap();
            for len in [32, 64, 128] {
                let material = vec![9; len];
                let wrapped = testing::wrap_under_rsa(&public, way, &material).unwrap();
                let inner = matches!(way, RsaWrapping::AesKeyWrapSha1 | RsaWrapping::AesKeyWrapSha256);
                assert_eq!(wrapped.len(), if inner { wide + len + 8 } else { wide });
                let opened = store.keystore.open_import_token(KEY, &token).unwrap();
                assert_eq!(opened.expires, 7);
                assert_eq!(opened.unwrap_material(&wrapped).unwrap().expose(), material);
            }
            if bits != RsaBits::Rsa2048 {
                // One wrapping is enough for the long ones, whose pairs are slow to draw.
                break;
            }
        }
    }
}

#[test]
fn what_was_bent_cut_or_wrapped_otherwise_is_one_error() {
    let store = store();
    for way in WAYS {
        let (token, public) = store.keystore.rsa_import_token(KEY, 7, RsaBits::Rsa2048, way).unwrap();
        let opened = store.keystore.open_import_token(KEY, &token).unwrap();
        let wrapped = testing::wrap_under_rsa(&public, way, &[9; 32]).unwrap();
        for at in (0..wrapped.len()).step_by(7) {
            let mut bent = wrapped.clone();
            bent[at] ^= 1;
            assert_eq!(opened.unwrap_material(&bent).unwrap_err(), Error::Failed, "byte {at}");
        }
        for len in [0, 1, 255, wrapped.len() - 1] {
            assert_eq!(opened.unwrap_material(&wrapped[..len]).unwrap_err(), Error::Failed, "{len} bytes");
        }
        assert_eq!(opened.unwrap_material(&[&wrapped[..], &[0; 8]].concat()).unwrap_err(), Error::Failed);
        for other in WAYS.into_iter().filter(|other| *other != way) {
            let wrapped = testing::wrap_under_rsa(&public, other, &[9; 32]).unwrap();
            assert_eq!(opened.unwrap_material(&wrapped).unwrap_err(), Error::Failed, "{way:?} of {other:?}");
        }
    }
}

#[test]
fn a_token_of_another_key_or_store_is_none() {
    let (store, other) = (store_with(1), store_with(2));
    let (token, _) = store.keystore.rsa_import_token(KEY, 7, RsaBits::Rsa2048, RsaWrapping::OaepSha256).unwrap();
    assert!(store.keystore.open_import_token(OTHER_KEY, &token).is_none());
    assert!(other.keystore.open_import_token(KEY, &token).is_none());
    for at in (0..token.len()).step_by(11) {
        let mut bent = token.clone();
        bent[at] ^= 1;
        assert!(store.keystore.open_import_token(KEY, &bent).is_none(), "byte {at}");
    }
    assert!(store.keystore.open_import_token(KEY, &vec![0; 10_000]).is_none());
}
