//! Key material that is made elsewhere. Two operations here AWS has not: they bring material without RSA.

use strongroom_keystore::{SecretBytes, wrap_key_material};

use super::ExpirationModel;
use crate::clock::Timestamp;
use crate::error::{self, Error};
use crate::name::Text;
use crate::operation::table::{choice, from_text, operation};
use crate::operation::{Blob, Pattern};

choice! {
    /// How material is wrapped on its way.
    WrappingAlgorithm {
        RsaesPkcs1V15 = "RSAES_PKCS1_V1_5", RsaesOaepSha1 = "RSAES_OAEP_SHA_1", RsaesOaepSha256 = "RSAES_OAEP_SHA_256",
        RsaAesKeyWrapSha1 = "RSA_AES_KEY_WRAP_SHA_1", RsaAesKeyWrapSha256 = "RSA_AES_KEY_WRAP_SHA_256", Sm2Pke = "SM2PKE",
    }
}
choice! {
    /// Kind of the key that wraps it.
    WrappingKeySpec { Rsa2048 = "RSA_2048", Rsa3072 = "RSA_3072", Rsa4096 = "RSA_4096", Sm2 = "SM2" }
}
choice! {
    /// Is the material new to the key, or known?
    ImportType { New = "NEW_KEY_MATERIAL", Existing = "EXISTING_KEY_MATERIAL" }
}

operation! {
    /// A public key to wrap material under. It needs the feature `rsa-import`; without it this is refused, once admitted, in words
    /// that name the other ways.
    #[derive(Clone, PartialEq, Eq)]
    kms GetParametersForImport {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
            /// How the material will be wrapped.
            wrapping_algorithm: WrappingAlgorithm = "WrappingAlgorithm" key "kms:WrappingAlgorithm";
            /// Kind of the key that wraps it.
            wrapping_key_spec: WrappingKeySpec = "WrappingKeySpec" key "kms:WrappingKeySpec";
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] GetParametersForImportResponse {
        must {
            /// ARN of the key.
            key_id: Text = "KeyId";
            /// To be sent with the material.
            import_token: Blob = "ImportToken";
            /// The public key.
            public_key: Blob = "PublicKey";
            /// Until when the two are good.
            parameters_valid_to: Timestamp = "ParametersValidTo";
        }
        may {}
    }
}
operation! {
    /// Brings key material, wrapped.
    #[derive(Clone, PartialEq, Eq)]
    kms ImportKeyMaterial {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
            /// What came with the wrapping key.
            import_token: Blob = "ImportToken" [Length(1, 6144)];
            /// The material, wrapped.
            encrypted_key_material: Blob = "EncryptedKeyMaterial" [Length(1, 6144)];
        }
        may {
            /// When it expires; needed unless it does not.
            valid_to: Timestamp = "ValidTo";
            /// Does it expire? It does without this.
            expiration_model: ExpirationModel = "ExpirationModel" key "kms:ExpirationModel";
            /// Is it new? The first is without this, later ones are not.
            import_type: ImportType = "ImportType";
            /// A word about it.
            key_material_description: Text = "KeyMaterialDescription"
                [Length(0, 256), Matches(Pattern::KeyMaterialDescription)];
            /// The known material that it must be.
            key_material_id: Text = "KeyMaterialId" [Length(64, 64), Matches(Pattern::KeyMaterialId)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ImportKeyMaterialResponse {
        must {
            /// ARN of the key.
            key_id: Text = "KeyId";
        }
        may {
            /// Id of the material; symmetric keys only.
            key_material_id: Text = "KeyMaterialId";
        }
    }
}
operation! {
    /// Takes imported material away. Until it is imported again the key serves nothing.
    #[derive(Clone, PartialEq, Eq)]
    kms DeleteImportedKeyMaterial {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
        }
        may {
            /// Which; the current one without it.
            key_material_id: Text = "KeyMaterialId" [Length(64, 64), Matches(Pattern::KeyMaterialId)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] DeleteImportedKeyMaterialResponse {
        must {
            /// ARN of the key.
            key_id: Text = "KeyId";
        }
        may {
            /// Id of the material; symmetric keys only.
            key_material_id: Text = "KeyMaterialId";
        }
    }
}
operation! {
    /// Not of AWS: brings key material as it is, for hosts whose memory has it anyway. Weighed as `kms:ImportKeyMaterial`.
    kms ImportRawKeyMaterial {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
            /// The material.
            key_material: SecretBytes = "KeyMaterial" [Length(1, 4096)];
        }
        may {
            /// When it expires; needed unless it does not.
            valid_to: Timestamp = "ValidTo";
            /// Does it expire? It does without this.
            expiration_model: ExpirationModel = "ExpirationModel" key "kms:ExpirationModel";
            /// Is it new? The first is without this, later ones are not.
            import_type: ImportType = "ImportType";
            /// A word about it.
            key_material_description: Text = "KeyMaterialDescription"
                [Length(0, 256), Matches(Pattern::KeyMaterialDescription)];
            /// The known material that it must be.
            key_material_id: Text = "KeyMaterialId" [Length(64, 64), Matches(Pattern::KeyMaterialId)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ImportRawKeyMaterialResponse {
        must {
            /// ARN of the key.
            key_id: Text = "KeyId";
        }
        may {
            /// Id of the material; symmetric keys only.
            key_material_id: Text = "KeyMaterialId";
        }
    }
}
operation! {
    /// Not of AWS: a wrapping key for ImportKeyMaterial, good for a day. It is AES-256, so whoever learns it learns the material:
    /// keep it as you keep that. Weighed as `kms:GetParametersForImport`.
    #[derive(Clone, PartialEq, Eq)]
    kms GetWrappingKeyForImport {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
        }
        may {}
    } -> GetWrappingKeyForImportResponse {
        must {
            /// ARN of the key.
            key_id: Text = "KeyId";
            /// To be sent with the material.
            import_token: Blob = "ImportToken";
            /// 32 bytes, to wrap the material under with AES-KWP (RFC 5649).
            wrapping_key: SecretBytes = "WrappingKey";
            /// Until when the two are good.
            parameters_valid_to: Timestamp = "ParametersValidTo";
        }
        may {}
    }
}
impl GetWrappingKeyForImportResponse {
    /// Wraps material under the wrapping key. Other programs do it too: AES-KWP, `id-aes256-wrap-pad`.
    ///
    /// # Errors
    /// `InvalidRequest` for no material, or more than 4,096 bytes of it.
    pub fn wrap(&self, material: &[u8]) -> Result<Blob, Error> {
        let wrapped = wrap_key_material(self.wrapping_key.expose(), material);
        Ok(Blob::from(wrapped.map_err(|_| error::kms::incorrect_key_material())?))
    }
}
from_text!(DeleteImportedKeyMaterial, GetWrappingKeyForImport);
