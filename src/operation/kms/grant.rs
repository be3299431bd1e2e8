//! Grants.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::name::Text;
use crate::operation::Pattern;
use crate::operation::table::{choice, from_text, operation, structure};

choice! {
    /// What a grant may allow.
    GrantOperation {
        Decrypt = "Decrypt", Encrypt = "Encrypt", GenerateDataKey = "GenerateDataKey",
        GenerateDataKeyWithoutPlaintext = "GenerateDataKeyWithoutPlaintext", ReEncryptFrom = "ReEncryptFrom",
        ReEncryptTo = "ReEncryptTo", Sign = "Sign", Verify = "Verify", GetPublicKey = "GetPublicKey",
        CreateGrant = "CreateGrant", RetireGrant = "RetireGrant", DescribeKey = "DescribeKey",
        GenerateDataKeyPair = "GenerateDataKeyPair",
        GenerateDataKeyPairWithoutPlaintext = "GenerateDataKeyPairWithoutPlaintext", GenerateMac = "GenerateMac",
        VerifyMac = "VerifyMac", DeriveSharedSecret = "DeriveSharedSecret",
    }
}
structure! {
    /// Under which encryption context a grant holds.
    #[derive(Clone, PartialEq, Eq)]
    GrantConstraints {
        must {}
        may {
            /// The request's context has all these pairs, and perhaps more.
            encryption_context_subset: BTreeMap<Text, Text> = "EncryptionContextSubset"
                key "kms:EncryptionContext:" key "kms:EncryptionContextKeys";
            /// The request's context is exactly these pairs.
            encryption_context_equals: BTreeMap<Text, Text> = "EncryptionContextEquals"
                key "kms:EncryptionContext:" key "kms:EncryptionContextKeys";
            /// The resource that a service acts for.
            source_arn: Text = "SourceArn";
        }
    }
}
operation! {
    /// Lets a principal use a key, beside what policies allow. Exactly one kind of grantee is named.
    #[derive(Clone, PartialEq, Eq)]
    kms CreateGrant {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
            /// What is allowed.
            operations: Vec<GrantOperation> = "Operations" key "kms:GrantOperations";
        }
        may {
            /// ARN of who may.
            grantee_principal: Text = "GranteePrincipal" [Length(1, 256), Matches(Pattern::GrantPrincipal)] key "kms:GranteePrincipal";
            /// A service that may; out of scope.
            grantee_service_principal: Text = "GranteeServicePrincipal" [Length(1, 256), Matches(Pattern::GrantPrincipal)];
            /// ARN of who may end it.
            retiring_principal: Text = "RetiringPrincipal" [Length(1, 256), Matches(Pattern::GrantPrincipal)] key "kms:RetiringPrincipal";
            /// A service that may end it; out of scope.
            retiring_service_principal: Text = "RetiringServicePrincipal" [Length(1, 256), Matches(Pattern::GrantPrincipal)];
            /// Under which encryption context.
            constraints: GrantConstraints = "Constraints";
            /// Tokens of grants that may not be known everywhere yet.
            grant_tokens: Vec<Text> = "GrantTokens" [Items(0, 10)] each [Length(1, 8192)];
            /// Idempotency token: the same request with the same name makes one grant.
            name: Text = "Name" [Length(1, 256), Matches(Pattern::AliasName)];
            /// Check everything, do nothing.
            dry_run: bool = "DryRun";
        }
    } -> #[derive(Clone, PartialEq, Eq)] CreateGrantResponse {
        must {
            /// Opaque; makes the grant usable where it is not known yet.
            grant_token: Text = "GrantToken";
            /// 64 hex digits.
            grant_id: Text = "GrantId";
        }
        may {}
    }
}
impl CreateGrant {
    /// A grant to a principal.
    #[must_use]
    pub fn to(
        grantee: impl Into<Text>,
        key_id: impl Into<Text>,
        operations: impl IntoIterator<Item = impl Into<GrantOperation>>,
    ) -> Self {
        let operations: Vec<GrantOperation> = operations.into_iter().map(Into::into).collect();
        Self::new(key_id, operations).grantee_principal(grantee)
    }
}
operation! {
    /// Lists the grants on a key.
    #[derive(Clone, PartialEq, Eq)]
    kms ListGrants {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
        }
        may {
            /// Size of a page; 50 without it.
            limit: i64 = "Limit" [Range(1, 100)];
            /// Where the last page ended.
            marker: Text = "Marker" [Length(1, 1024), Matches(Pattern::KeyMarker)];
            /// This one only.
            grant_id: Text = "GrantId" [Length(1, 128)];
            /// Those of this grantee only.
            grantee_principal: Text = "GranteePrincipal" [Length(1, 256), Matches(Pattern::GrantPrincipal)];
            /// Those of this service only.
            grantee_service_principal: Text = "GranteeServicePrincipal" [Length(1, 256), Matches(Pattern::GrantPrincipal)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListGrantsResponse {
        must {
            /// The page.
            grants: Vec<GrantListEntry> = "Grants";
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
    /// A grant in a list.
    #[derive(Clone, PartialEq, Eq)]
    GrantListEntry {
        must {
            /// ARN of its key.
            key_id: Text = "KeyId";
            /// 64 hex digits.
            grant_id: Text = "GrantId";
            /// When it was made.
            creation_date: Timestamp = "CreationDate";
            /// ARN of who may.
            grantee_principal: Text = "GranteePrincipal";
            /// ARN of the account under which it was made.
            issuing_account: Text = "IssuingAccount";
            /// What is allowed.
            operations: Vec<GrantOperation> = "Operations";
        }
        may {
            /// Its name.
            name: Text = "Name";
            /// ARN of who may end it.
            retiring_principal: Text = "RetiringPrincipal";
            /// Under which encryption context.
            constraints: GrantConstraints = "Constraints";
        }
    }
}
operation! {
    /// Ends a grant, as an administrator of the key.
    #[derive(Clone, PartialEq, Eq)]
    kms RevokeGrant {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
            /// 64 hex digits.
            grant_id: Text = "GrantId" [Length(1, 128)];
        }
        may {
            /// Check everything, do nothing.
            dry_run: bool = "DryRun";
        }
    } -> #[derive(Clone, PartialEq, Eq)] RevokeGrantResponse { must {} may {} }
}
from_text!(ListGrants);
