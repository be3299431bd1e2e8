//! Encrypting under a key, and data keys.

use std::collections::BTreeMap;

use strongroom_keystore::SecretBytes;

use super::EncryptionAlgorithm;
use crate::name::Text;
use crate::operation::Blob;
use crate::operation::table::{choice, operation, structure};

choice! {
    /// Kind of a data key.
    DataKeySpec { Aes256 = "AES_256", Aes128 = "AES_128" }
}
choice! {
    /// How the answer to an enclave is encrypted.
    KeyEncryptionMechanism { RsaesOaepSha256 = "RSAES_OAEP_SHA_256" }
}
choice! {
    /// What a dry run leaves out.
    DryRunModifier { IgnoreCiphertext = "IGNORE_CIPHERTEXT" }
}
structure! {
    /// An enclave that is to get the answer; out of scope.
    #[derive(Clone, PartialEq, Eq)]
    RecipientInfo {
        must {}
        may {
            /// How the answer is encrypted.
            key_encryption_algorithm: KeyEncryptionMechanism = "KeyEncryptionAlgorithm";
            /// What it is.
            attestation_document: Blob = "AttestationDocument" [Length(1, 262_144)];
        }
    }
}

operation! {
    /// Encrypts up to 4,096 bytes under a key.
    kms Encrypt {
        must {
            /// Key id, key ARN, alias name or alias ARN.
            key_id: Text = "KeyId" [Length(1, 2048)];
            /// What is encrypted.
            plaintext: SecretBytes = "Plaintext" [Length(1, 4096)];
        }
        may {
            /// Pairs that decrypting must repeat. Not secret.
            encryption_context: BTreeMap<Text, Text> = "EncryptionContext"
                key "kms:EncryptionContext:" key "kms:EncryptionContextKeys";
            /// Tokens of grants that may not be known everywhere yet.
            grant_tokens: Vec<Text> = "GrantTokens" [Items(0, 10)] each [Length(1, 8192)];
            /// How; `SYMMETRIC_DEFAULT` without it.
            encryption_algorithm: EncryptionAlgorithm = "EncryptionAlgorithm" key "kms:EncryptionAlgorithm";
            /// Check everything, do nothing.
            dry_run: bool = "DryRun";
        }
    } -> #[derive(Clone, PartialEq, Eq)] EncryptResponse {
        must {
            /// The ciphertext; it names its key.
            ciphertext_blob: Blob = "CiphertextBlob";
            /// ARN of the key.
            key_id: Text = "KeyId";
            /// How it was encrypted.
            encryption_algorithm: EncryptionAlgorithm = "EncryptionAlgorithm";
        }
        may {}
    }
}
operation! {
    /// Decrypts what Encrypt or GenerateDataKey made.
    #[derive(Clone, PartialEq, Eq)]
    kms Decrypt {
        must {}
        may {
            /// The ciphertext; needed unless a dry run ignores it.
            ciphertext_blob: Blob = "CiphertextBlob" [Length(1, 6144)];
            /// The pairs of the encryption.
            encryption_context: BTreeMap<Text, Text> = "EncryptionContext"
                key "kms:EncryptionContext:" key "kms:EncryptionContextKeys";
            /// Tokens of grants that may not be known everywhere yet.
            grant_tokens: Vec<Text> = "GrantTokens" [Items(0, 10)] each [Length(1, 8192)];
            /// The key that it must be of; without it, the key that the ciphertext names.
            key_id: Text = "KeyId" [Length(1, 2048)];
            /// How; `SYMMETRIC_DEFAULT` without it.
            encryption_algorithm: EncryptionAlgorithm = "EncryptionAlgorithm" key "kms:EncryptionAlgorithm";
            /// An enclave that is to get the answer; out of scope.
            recipient: RecipientInfo = "Recipient";
            /// Check everything, do nothing.
            dry_run: bool = "DryRun";
            /// What the dry run leaves out.
            dry_run_modifiers: Vec<DryRunModifier> = "DryRunModifiers";
        }
    } -> DecryptResponse {
        must {
            /// ARN of the key.
            key_id: Text = "KeyId";
            /// What was encrypted.
            plaintext: SecretBytes = "Plaintext";
            /// How it was encrypted.
            encryption_algorithm: EncryptionAlgorithm = "EncryptionAlgorithm";
            /// The material that encrypted it, not always the current one.
            key_material_id: Text = "KeyMaterialId";
        }
        may {}
    }
}
impl Decrypt {
    /// Of a ciphertext.
    #[must_use]
    pub fn blob(ciphertext: impl Into<Blob>) -> Self {
        Self::new().ciphertext_blob(ciphertext)
    }
}
operation! {
    /// Makes a data key: in the clear, and encrypted under a key. Exactly one of `key_spec` and `number_of_bytes` is given.
    #[derive(Clone, PartialEq, Eq)]
    kms GenerateDataKey {
        must {
            /// Key id, key ARN, alias name or alias ARN.
            key_id: Text = "KeyId" [Length(1, 2048)];
        }
        may {
            /// Pairs that decrypting must repeat. Not secret.
            encryption_context: BTreeMap<Text, Text> = "EncryptionContext"
                key "kms:EncryptionContext:" key "kms:EncryptionContextKeys";
            /// Its length.
            number_of_bytes: i64 = "NumberOfBytes" [Range(1, 1024)];
            /// Its kind.
            key_spec: DataKeySpec = "KeySpec";
            /// Tokens of grants that may not be known everywhere yet.
            grant_tokens: Vec<Text> = "GrantTokens" [Items(0, 10)] each [Length(1, 8192)];
            /// An enclave that is to get the answer; out of scope.
            recipient: RecipientInfo = "Recipient";
            /// Check everything, do nothing.
            dry_run: bool = "DryRun";
        }
    } -> GenerateDataKeyResponse {
        must {
            /// The data key, encrypted; Decrypt opens it.
            ciphertext_blob: Blob = "CiphertextBlob";
            /// The data key.
            plaintext: SecretBytes = "Plaintext";
            /// ARN of the key.
            key_id: Text = "KeyId";
            /// The material that encrypted it.
            key_material_id: Text = "KeyMaterialId";
        }
        may {}
    }
}
operation! {
    /// Makes a data key, encrypted only: a process may make sealed keys that it cannot read.
    #[derive(Clone, PartialEq, Eq)]
    kms GenerateDataKeyWithoutPlaintext {
        must {
            /// Key id, key ARN, alias name or alias ARN.
            key_id: Text = "KeyId" [Length(1, 2048)];
        }
        may {
            /// Pairs that decrypting must repeat. Not secret.
            encryption_context: BTreeMap<Text, Text> = "EncryptionContext"
                key "kms:EncryptionContext:" key "kms:EncryptionContextKeys";
            /// Its kind.
            key_spec: DataKeySpec = "KeySpec";
            /// Its length.
            number_of_bytes: i64 = "NumberOfBytes" [Range(1, 1024)];
            /// Tokens of grants that may not be known everywhere yet.
            grant_tokens: Vec<Text> = "GrantTokens" [Items(0, 10)] each [Length(1, 8192)];
            /// Check everything, do nothing.
            dry_run: bool = "DryRun";
        }
    } -> #[derive(Clone, PartialEq, Eq)] GenerateDataKeyWithoutPlaintextResponse {
        must {
            /// The data key, encrypted; Decrypt opens it.
            ciphertext_blob: Blob = "CiphertextBlob";
            /// ARN of the key.
            key_id: Text = "KeyId";
            /// The material that encrypted it.
            key_material_id: Text = "KeyMaterialId";
        }
        may {}
    }
}
