//! Operations of KMS, API version 2014-11-01.

mod alias;
mod crypto;
mod grant;
mod key;
mod policy;
mod reencrypt;
mod retiring;

pub use alias::*;
pub use crypto::*;
pub use grant::*;
pub use key::*;
pub use policy::*;
pub use reencrypt::*;
pub use retiring::*;

/// AWS operations of this service that have no shape here.
pub(crate) const UNSERVED: &[&str] = &[
    "CancelKeyDeletion",
    "ConnectCustomKeyStore",
    "CreateCustomKeyStore",
    "DeleteCustomKeyStore",
    "DeleteImportedKeyMaterial",
    "DeriveSharedSecret",
    "DescribeCustomKeyStores",
    "DisableKey",
    "DisableKeyRotation",
    "DisconnectCustomKeyStore",
    "EnableKey",
    "EnableKeyRotation",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateMac",
    "GenerateRandom",
    "GetKeyLastUsage",
    "GetKeyRotationStatus",
    "GetParametersForImport",
    "GetPublicKey",
    "ImportKeyMaterial",
    "ListKeyPolicies",
    "ListKeyRotations",
    "ListResourceTags",
    "ReplicateKey",
    "RotateKeyOnDemand",
    "ScheduleKeyDeletion",
    "Sign",
    "TagResource",
    "UntagResource",
    "UpdateCustomKeyStore",
    "UpdateKeyDescription",
    "UpdatePrimaryRegion",
    "Verify",
    "VerifyMac",
];
