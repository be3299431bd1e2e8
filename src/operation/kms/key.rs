//! Keys and their metadata.

use crate::clock::Timestamp;
use crate::name::Text;
use crate::operation::Pattern;
use crate::operation::table::{choice, from_text, operation, structure};

structure! {
    /// A tag of a key. KMS has its own names for the two members.
    #[derive(Clone, PartialEq, Eq)]
    Tag {
        must {
            /// Its key; case counts.
            tag_key: Text = "TagKey" [Length(1, 128)] key "aws:TagKeys";
            /// Its value; may be empty.
            tag_value: Text = "TagValue" [Length(0, 256)];
        }
        may {}
    } pair tag_key tag_value
}
choice! {
    /// Kind of a key.
    KeySpec {
        Rsa2048 = "RSA_2048", Rsa3072 = "RSA_3072", Rsa4096 = "RSA_4096",
        EccNistP256 = "ECC_NIST_P256", EccNistP384 = "ECC_NIST_P384", EccNistP521 = "ECC_NIST_P521",
        EccSecgP256k1 = "ECC_SECG_P256K1", SymmetricDefault = "SYMMETRIC_DEFAULT",
        Hmac224 = "HMAC_224", Hmac256 = "HMAC_256", Hmac384 = "HMAC_384", Hmac512 = "HMAC_512", Sm2 = "SM2",
        MlDsa44 = "ML_DSA_44", MlDsa65 = "ML_DSA_65", MlDsa87 = "ML_DSA_87", EccNistEdwards25519 = "ECC_NIST_EDWARDS25519",
    }
}
choice! {
    /// Kind of a key, under the name that AWS has given up; newer kinds are not in it.
    CustomerMasterKeySpec {
        Rsa2048 = "RSA_2048", Rsa3072 = "RSA_3072", Rsa4096 = "RSA_4096",
        EccNistP256 = "ECC_NIST_P256", EccNistP384 = "ECC_NIST_P384", EccNistP521 = "ECC_NIST_P521",
        EccSecgP256k1 = "ECC_SECG_P256K1", SymmetricDefault = "SYMMETRIC_DEFAULT",
        Hmac224 = "HMAC_224", Hmac256 = "HMAC_256", Hmac384 = "HMAC_384", Hmac512 = "HMAC_512", Sm2 = "SM2",
    }
}
choice! {
    /// What a key is for.
    KeyUsage {
        SignVerify = "SIGN_VERIFY", EncryptDecrypt = "ENCRYPT_DECRYPT", GenerateVerifyMac = "GENERATE_VERIFY_MAC",
        KeyAgreement = "KEY_AGREEMENT",
    }
}
choice! {
    /// Where the material of a key comes from.
    Origin { AwsKms = "AWS_KMS", External = "EXTERNAL", AwsCloudhsm = "AWS_CLOUDHSM", ExternalKeyStore = "EXTERNAL_KEY_STORE" }
}
choice! {
    /// State of a key.
    KeyState {
        Creating = "Creating", Enabled = "Enabled", Disabled = "Disabled", PendingDeletion = "PendingDeletion",
        PendingImport = "PendingImport", PendingReplicaDeletion = "PendingReplicaDeletion", Unavailable = "Unavailable",
        Updating = "Updating",
    }
}
choice! {
    /// Does imported material expire?
    ExpirationModel { Expires = "KEY_MATERIAL_EXPIRES", DoesNotExpire = "KEY_MATERIAL_DOES_NOT_EXPIRE" }
}
choice! {
    /// Who manages a key.
    KeyManager { Aws = "AWS", Customer = "CUSTOMER" }
}
choice! {
    /// How a key encrypts.
    EncryptionAlgorithm {
        SymmetricDefault = "SYMMETRIC_DEFAULT", RsaesOaepSha1 = "RSAES_OAEP_SHA_1", RsaesOaepSha256 = "RSAES_OAEP_SHA_256",
        Sm2Pke = "SM2PKE",
    }
}
choice! {
    /// How a key authenticates.
    MacAlgorithm { HmacSha224 = "HMAC_SHA_224", HmacSha256 = "HMAC_SHA_256", HmacSha384 = "HMAC_SHA_384", HmacSha512 = "HMAC_SHA_512" }
}
choice! {
    /// Part of a key in a family over several regions.
    MultiRegionKeyType { Primary = "PRIMARY", Replica = "REPLICA" }
}
structure! {
    /// One key of a family over several regions.
    #[derive(Clone, PartialEq, Eq)]
    MultiRegionKey {
        must {
            /// Its ARN.
            arn: Text = "Arn";
            /// Its region.
            region: Text = "Region";
        }
        may {}
    }
}
structure! {
    /// A family of keys over several regions.
    #[derive(Clone, PartialEq, Eq)]
    MultiRegionConfiguration {
        must {
            /// What this key is in it.
            multi_region_key_type: MultiRegionKeyType = "MultiRegionKeyType";
            /// The primary.
            primary_key: MultiRegionKey = "PrimaryKey";
            /// The replicas.
            replica_keys: Vec<MultiRegionKey> = "ReplicaKeys";
        }
        may {}
    }
}
structure! {
    /// Everything about a key but its material, policy, tags and grants.
    #[derive(Clone, PartialEq, Eq)]
    KeyMetadata {
        must {
            /// Its account.
            aws_account_id: Text = "AWSAccountId";
            /// Its id.
            key_id: Text = "KeyId";
            /// Its ARN.
            arn: Text = "Arn";
            /// When it was made.
            creation_date: Timestamp = "CreationDate";
            /// Is its state `Enabled`?
            enabled: bool = "Enabled";
            /// Description; present though empty.
            description: Text = "Description";
            /// What it is for.
            key_usage: KeyUsage = "KeyUsage";
            /// Its state.
            key_state: KeyState = "KeyState";
            /// Where its material comes from.
            origin: Origin = "Origin";
            /// Who manages it.
            key_manager: KeyManager = "KeyManager";
            /// Its kind.
            key_spec: KeySpec = "KeySpec";
            /// Its kind again, under the old name.
            customer_master_key_spec: KeySpec = "CustomerMasterKeySpec";
            /// Is it one of a family over several regions?
            multi_region: bool = "MultiRegion";
        }
        may {
            /// When it is deleted; only while it waits for that.
            deletion_date: Timestamp = "DeletionDate";
            /// When its imported material expires.
            valid_to: Timestamp = "ValidTo";
            /// Does its imported material expire?
            expiration_model: ExpirationModel = "ExpirationModel";
            /// How it encrypts; encryption keys only.
            encryption_algorithms: Vec<EncryptionAlgorithm> = "EncryptionAlgorithms";
            /// How it authenticates; MAC keys only.
            mac_algorithms: Vec<MacAlgorithm> = "MacAlgorithms";
            /// Its family.
            multi_region_configuration: MultiRegionConfiguration = "MultiRegionConfiguration";
            /// Days of waiting, for a primary whose replicas go first.
            pending_deletion_window_in_days: i64 = "PendingDeletionWindowInDays";
            /// The material that encrypts: 64 hex digits; symmetric keys only.
            current_key_material_id: Text = "CurrentKeyMaterialId";
        }
    }
}

operation! {
    /// Makes a key.
    #[derive(Clone, PartialEq, Eq)]
    kms CreateKey {
        must {}
        may {
            /// Its policy; without it, one that lets the account's root and, by delegation, IAM policies use it.
            policy: Text = "Policy" [Length(1, 131_072), Matches(Pattern::PolicyText)];
            /// Description; empty without it.
            description: Text = "Description" [Length(0, 8192)];
            /// What it is for; needed for all but symmetric encryption keys.
            key_usage: KeyUsage = "KeyUsage" key "kms:KeyUsage";
            /// The old name of `key_spec`; not both.
            customer_master_key_spec: CustomerMasterKeySpec = "CustomerMasterKeySpec" key "kms:KeySpec";
            /// Its kind; symmetric without it.
            key_spec: KeySpec = "KeySpec" key "kms:KeySpec";
            /// Where its material comes from; KMS without it.
            origin: Origin = "Origin" key "kms:KeyOrigin";
            /// A custom key store; out of scope.
            custom_key_store_id: Text = "CustomKeyStoreId" [Length(1, 64)];
            /// Take a policy that locks the caller out.
            bypass_policy_lockout_safety_check: bool = "BypassPolicyLockoutSafetyCheck" key "kms:BypassPolicyLockoutSafetyCheck";
            /// Tags; they need `TagResource` too.
            tags: Vec<Tag> = "Tags" key "aws:RequestTag/";
            /// One of a family over several regions.
            multi_region: bool = "MultiRegion" key "kms:MultiRegion";
            /// A key outside; out of scope.
            xks_key_id: Text = "XksKeyId" [Length(1, 128), Matches(Pattern::ExternalKeyId)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] CreateKeyResponse {
        must {
            /// The key.
            key_metadata: KeyMetadata = "KeyMetadata";
        }
        may {}
    }
}
operation! {
    /// Everything about a key but its material, policy, tags and grants.
    #[derive(Clone, PartialEq, Eq)]
    kms DescribeKey {
        must {
            /// Key id, key ARN, alias name or alias ARN.
            key_id: Text = "KeyId" [Length(1, 2048)];
        }
        may {
            /// Tokens of grants that may not be known everywhere yet.
            grant_tokens: Vec<Text> = "GrantTokens" [Items(0, 10)] each [Length(1, 8192)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] DescribeKeyResponse {
        must {
            /// The key.
            key_metadata: KeyMetadata = "KeyMetadata";
        }
        may {}
    }
}
operation! {
    /// Lists the keys.
    #[derive(Clone, PartialEq, Eq)]
    kms ListKeys {
        must {}
        may {
            /// Size of a page; 100 without it.
            limit: i64 = "Limit" [Range(1, 1000)];
            /// Where the last page ended.
            marker: Text = "Marker" [Length(1, 1024), Matches(Pattern::KeyMarker)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListKeysResponse {
        must {
            /// The page.
            keys: Vec<KeyListEntry> = "Keys";
            /// May more follow?
            truncated: bool = "Truncated";
        }
        may {
            /// Present if more may follow.
            next_marker: Text = "NextMarker";
        }
    }
}
structure! {
    /// A key in a list.
    #[derive(Clone, PartialEq, Eq)]
    KeyListEntry {
        must {
            /// Its id.
            key_id: Text = "KeyId";
            /// Its ARN.
            key_arn: Text = "KeyArn";
        }
        may {}
    }
}
from_text!(DescribeKey);
