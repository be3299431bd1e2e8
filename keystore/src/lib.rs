//! strongroom's keys: root providers, key hierarchy, sealing. Bytes in, bytes out.
//!
//! This crate turns an unlock secret into the keys of a store and seals bytes under them. It knows no names, policies, clocks
//! or store files; it cannot look anything up. [`Root::create`] and [`Root::unlock`] give birth to four things that go to four
//! different rooms:
//!
//! | thing | goes to | may |
//! |---|---|---|
//! | [`Root`] | the owner | make new header copies: slots, root rotation |
//! | [`Keystore`] | the walks | open and seal values, but only against a [`Permit`] |
//! | [`Warden`] | the gate | cut permits, after a decision |
//! | [`Barrier`] | the ledger | open and seal *rows*, never values |
//!
//! One construction seals everything (`SRC1`, laid out in `envelope.rs`): HKDF-SHA-256 expands a uniform key and a
//! fresh salt into an AES-256-GCM key and a 256-bit key commitment; each GCM key seals one message, under a zero nonce.
//! Types keep the levels apart: a blob of one level never opens at another.
//!
//! What is wiped, and what is not: keys, plaintexts and derivation output are wiped where this crate holds them. The cipher
//! crates wipe their key schedules and hash states; copies that a compiler leaves in registers or dead stack slots are out of
//! reach. Pages are not locked in memory here.

mod aead;
mod barrier;
mod context;
mod credential;
mod derive;
mod entropy;
mod envelope;
mod error;
mod header;
mod hierarchy;
mod import;
mod key_wrap;
mod keystore;
mod mac;
mod permit;
mod provider;
mod root;
#[cfg(feature = "rsa-import")]
mod rsa;
mod secret;
mod signer;
#[cfg(feature = "testing")]
pub mod testing;
mod token;

pub use barrier::{Accumulator, Barrier, OpenedRow, RowKey};
pub use context::EncryptionContext;
pub use credential::{CredentialKind, MfaCode, NewCredential, Signature};
#[cfg(feature = "testing")]
pub use entropy::SeededEntropy;
pub use entropy::{Entropy, EntropyUnavailable, OsEntropy};
pub use envelope::BlobHeader;
pub use error::{ContextFault, Error, HeaderFault, KeyFileFault, ParameterFault, ProviderFault, ShareFault, SlotSet};
pub use header::{COPY_LEN, REGION_LEN};
pub use import::{ImportToken, wrap_key_material};
pub use keystore::{Keystore, NewMaterial, Sealed};
pub use mac::MacAlgorithm;
pub use permit::{
    Compare, Decrypt, Encrypt, KeyId, Mac, Make, MoveIn, MoveOut, Open, Permit, Probe, Seal, Use, Warden, Wrapped,
};
pub use provider::{Hardening, Limits, RootKeyProvider, Sharing, Unlock, shares_needed};
pub use root::{Claimed, Next, Reopened, Root, SlotInfo};
#[cfg(feature = "rsa-import")]
pub use rsa::{RsaBits, RsaWrapping};
pub use secret::{SecretBytes, SecretText};
