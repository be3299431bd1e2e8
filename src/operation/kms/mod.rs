//! Operations of KMS, API version 2014-11-01.

mod alias;
mod crypto;
mod grant;
mod import;
mod key;
mod life;
mod mac;
mod policy;
mod random;
mod reencrypt;
mod retiring;
mod rotation;
mod tagging;

pub use alias::*;
pub use crypto::*;
pub use grant::*;
pub use import::*;
pub use key::*;
pub use life::*;
pub use mac::*;
pub use policy::*;
pub use random::*;
pub use reencrypt::*;
pub use retiring::*;
pub use rotation::*;
pub use tagging::*;

/// AWS operations of this service that have no shape here.
pub(crate) const UNSERVED: &[&str] = &[
    "ConnectCustomKeyStore",
    "CreateCustomKeyStore",
    "DeleteCustomKeyStore",
    "DeriveSharedSecret",
    "DescribeCustomKeyStores",
    "DisconnectCustomKeyStore",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GetPublicKey",
    "ReplicateKey",
    "Sign",
    "UpdateCustomKeyStore",
    "UpdatePrimaryRegion",
    "Verify",
];
