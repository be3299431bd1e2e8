//! Random bytes.

use strongroom_keystore::SecretBytes;

use super::RecipientInfo;
use crate::name::Text;
use crate::operation::table::operation;

operation! {
    /// Random bytes, under no key.
    #[derive(Clone, PartialEq, Eq)]
    kms GenerateRandom {
        must {}
        may {
            /// How many; needed.
            number_of_bytes: i64 = "NumberOfBytes" [Range(1, 1024)];
            /// A custom key store; out of scope.
            custom_key_store_id: Text = "CustomKeyStoreId" [Length(1, 64)];
            /// An enclave that is to get the answer; out of scope.
            recipient: RecipientInfo = "Recipient";
        }
    } -> GenerateRandomResponse {
        must {
            /// The bytes.
            plaintext: SecretBytes = "Plaintext";
        }
        may {}
    }
}
