//! Operations of KMS, API version 2014-11-01.

mod alias;
mod crypto;
mod grant;
mod key;
mod life;
mod mac;
mod policy;
mod random;
mod tagging;

pub use alias::*;
pub use crypto::*;
pub use grant::*;
pub use key::*;
pub use life::*;
pub use mac::*;
pub use policy::*;
pub use random::*;
pub use tagging::*;

/// AWS operations of this service that have no shape here.
pub(crate) const UNSERVED: &[&str] = &[
    "ConnectCustomKeyStore",
    "CreateCustomKeyStore",
    "DeleteCustomKeyStore",
    "DeleteImportedKeyMaterial",
    "DeriveSharedSecret",
    "DescribeCustomKeyStores",
    "DisableKeyRotation",
    "DisconnectCustomKeyStore",
    "EnableKeyRotation",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GetKeyRotationStatus",
    "GetParametersForImport",
    "GetPublicKey",
    "ImportKeyMaterial",
    "ListKeyRotations",
    "ListRetirableGrants",
    "ReEncrypt",
    "ReplicateKey",
    "RetireGrant",
    "RotateKeyOnDemand",
    "Sign",
    "UpdateCustomKeyStore",
    "UpdatePrimaryRegion",
    "Verify",
];
