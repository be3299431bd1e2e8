//! Message authentication codes.

use strongroom_keystore::SecretBytes;

use super::MacAlgorithm;
use crate::name::Text;
use crate::operation::Blob;
use crate::operation::table::operation;

operation! {
    /// Computes the HMAC of a message under a key for MACs.
    kms GenerateMac {
        must {
            /// What is authenticated.
            message: SecretBytes = "Message" [Length(1, 4096)];
            /// Id, ARN, alias name or alias ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
            /// How; it must be the one of the key's kind.
            mac_algorithm: MacAlgorithm = "MacAlgorithm" key "kms:MacAlgorithm";
        }
        may {
            /// Tokens of grants that may not be known everywhere yet.
            grant_tokens: Vec<Text> = "GrantTokens" [Items(0, 10)] each [Length(1, 8192)];
            /// Check everything, do nothing.
            dry_run: bool = "DryRun";
        }
    } -> #[derive(Clone, PartialEq, Eq)] GenerateMacResponse {
        must {
            /// The HMAC, in full length.
            mac: Blob = "Mac";
            /// How it was computed.
            mac_algorithm: MacAlgorithm = "MacAlgorithm";
            /// ARN of the key.
            key_id: Text = "KeyId";
        }
        may {}
    }
}
operation! {
    /// Checks the HMAC of a message. A wrong one is an error, never an answer.
    kms VerifyMac {
        must {
            /// What is authenticated.
            message: SecretBytes = "Message" [Length(1, 4096)];
            /// Id, ARN, alias name or alias ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
            /// How; it must be the one of the key's kind.
            mac_algorithm: MacAlgorithm = "MacAlgorithm" key "kms:MacAlgorithm";
            /// The HMAC to check.
            mac: Blob = "Mac" [Length(1, 6144)];
        }
        may {
            /// Tokens of grants that may not be known everywhere yet.
            grant_tokens: Vec<Text> = "GrantTokens" [Items(0, 10)] each [Length(1, 8192)];
            /// Check everything, do nothing.
            dry_run: bool = "DryRun";
        }
    } -> #[derive(Clone, PartialEq, Eq)] VerifyMacResponse {
        must {
            /// ARN of the key.
            key_id: Text = "KeyId";
            /// Always true.
            mac_valid: bool = "MacValid";
            /// How it was computed.
            mac_algorithm: MacAlgorithm = "MacAlgorithm";
        }
        may {}
    }
}
