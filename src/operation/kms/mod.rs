//! Operations of KMS, API version 2014-11-01.

mod alias;
mod crypto;
mod grant;
mod import;
mod key;
mod policy;
mod rotation;

pub use alias::*;
pub use crypto::*;
pub use grant::*;
pub use import::*;
pub use key::*;
pub use policy::*;
pub use rotation::*;

/// AWS operations of this service that have no shape here.
pub(crate) const UNSERVED: &[&str] = &[
    "CancelKeyDeletion",
    "ConnectCustomKeyStore",
    "CreateCustomKeyStore",
    "DeleteCustomKeyStore",
    "DeriveSharedSecret",
    "DescribeCustomKeyStores",
    "DisableKey",
    "DisconnectCustomKeyStore",
    "EnableKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateMac",
    "GenerateRandom",
    "GetKeyLastUsage",
    "GetPublicKey",
    "ListKeyPolicies",
    "ListResourceTags",
    "ListRetirableGrants",
    "ReEncrypt",
    "ReplicateKey",
    "RetireGrant",
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
