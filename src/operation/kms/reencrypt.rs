//! From one key, or one encryption context, to another.

use std::collections::BTreeMap;

use super::{DryRunModifier, EncryptionAlgorithm};
use crate::name::Text;
use crate::operation::Blob;
use crate::operation::table::operation;

operation! {
    /// Decrypts and encrypts again, under another key or in another encryption context. The plaintext is told to nobody.
    #[derive(Clone, PartialEq, Eq)]
    kms ReEncrypt {
        must {
            /// The key to encrypt under: key id, key ARN, alias name or alias ARN.
            destination_key_id: Text = "DestinationKeyId" [Length(1, 2048)];
        }
        may {
            /// The ciphertext; needed unless a dry run ignores it.
            ciphertext_blob: Blob = "CiphertextBlob" [Length(1, 6144)];
            /// The pairs of the old encryption.
            source_encryption_context: BTreeMap<Text, Text> = "SourceEncryptionContext";
            /// The key that the ciphertext must be of; without it, the key that the ciphertext names.
            source_key_id: Text = "SourceKeyId" [Length(1, 2048)];
            /// Pairs that decrypting the new ciphertext must repeat. Not secret.
            destination_encryption_context: BTreeMap<Text, Text> = "DestinationEncryptionContext";
            /// How it was encrypted; `SYMMETRIC_DEFAULT` without it.
            source_encryption_algorithm: EncryptionAlgorithm = "SourceEncryptionAlgorithm";
            /// How it is to be encrypted; `SYMMETRIC_DEFAULT` without it.
            destination_encryption_algorithm: EncryptionAlgorithm = "DestinationEncryptionAlgorithm";
            /// Tokens of grants that may not be known everywhere yet.
            grant_tokens: Vec<Text> = "GrantTokens" [Items(0, 10)] each [Length(1, 8192)];
            /// Check everything, do nothing.
            dry_run: bool = "DryRun";
            /// What the dry run leaves out.
            dry_run_modifiers: Vec<DryRunModifier> = "DryRunModifiers";
        }
    } -> #[derive(Clone, PartialEq, Eq)] ReEncryptResponse {
        must {
            /// The new ciphertext; it names its key.
            ciphertext_blob: Blob = "CiphertextBlob";
            /// ARN of the key that the old ciphertext was of.
            source_key_id: Text = "SourceKeyId";
            /// ARN of the key that the new one is of.
            key_id: Text = "KeyId";
            /// How it was encrypted.
            source_encryption_algorithm: EncryptionAlgorithm = "SourceEncryptionAlgorithm";
            /// How it is encrypted.
            destination_encryption_algorithm: EncryptionAlgorithm = "DestinationEncryptionAlgorithm";
            /// The material that the old ciphertext was of, not always the current one.
            source_key_material_id: Text = "SourceKeyMaterialId";
            /// The material that the new one is of.
            destination_key_material_id: Text = "DestinationKeyMaterialId";
        }
        may {}
    }
}
impl ReEncrypt {
    /// Of a ciphertext, to a key.
    #[must_use]
    pub fn blob(ciphertext: impl Into<Blob>, destination_key_id: impl Into<Text>) -> Self {
        Self::new(destination_key_id).ciphertext_blob(ciphertext)
    }
}
