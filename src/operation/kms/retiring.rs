//! Ending grants as those whom they name, and with all that was made by them.

use super::GrantListEntry;
use crate::name::Text;
use crate::operation::Pattern;
use crate::operation::table::operation;

operation! {
    /// Ends a grant, as its retiring principal, as its grantee if it lists RetireGrant, or for the account. The grant is named by
    /// a token of it, or by the ARN of its key and its id.
    #[derive(Clone, PartialEq, Eq)]
    kms RetireGrant {
        must {}
        may {
            /// A token of the grant.
            grant_token: Text = "GrantToken" [Length(1, 8192)];
            /// ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
            /// 64 hex digits.
            grant_id: Text = "GrantId" [Length(1, 128)];
            /// Check everything, do nothing.
            dry_run: bool = "DryRun";
        }
    } -> #[derive(Clone, PartialEq, Eq)] RetireGrantResponse { must {} may {} }
}
impl RetireGrant {
    /// By a token of the grant.
    #[must_use]
    pub fn token(token: impl Into<Text>) -> Self {
        Self::new().grant_token(token)
    }
    /// By the ARN of its key and its id.
    #[must_use]
    pub fn of(key_arn: impl Into<Text>, grant_id: impl Into<Text>) -> Self {
        Self::new().key_id(key_arn).grant_id(grant_id)
    }
}
operation! {
    /// Lists the grants, on any key, that a principal may retire because they name it for that.
    #[derive(Clone, PartialEq, Eq)]
    kms ListRetirableGrants {
        must {}
        may {
            /// Size of a page; 50 without it.
            limit: i64 = "Limit" [Range(1, 100)];
            /// Where the last page ended.
            marker: Text = "Marker" [Length(1, 1024), Matches(Pattern::KeyMarker)];
            /// ARN of the principal.
            retiring_principal: Text = "RetiringPrincipal" [Length(1, 256), Matches(Pattern::GrantPrincipal)];
            /// A service instead; no grant here names one.
            retiring_service_principal: Text = "RetiringServicePrincipal" [Length(1, 256), Matches(Pattern::GrantPrincipal)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListRetirableGrantsResponse {
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
impl ListRetirableGrants {
    /// Those that this principal may retire.
    #[must_use]
    pub fn by(principal: impl Into<Text>) -> Self {
        Self::new().retiring_principal(principal)
    }
}
operation! {
    /// Not of AWS: ends a grant as RevokeGrant does, and with it all grants that were created by it, by those, and so on.
    #[derive(Clone, PartialEq, Eq)]
    kms RevokeGrantWithChildren {
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
    } -> #[derive(Clone, PartialEq, Eq)] RevokeGrantWithChildrenResponse {
        must {
            /// What ended: the grant, then its children, theirs, and so on.
            grant_ids: Vec<Text> = "GrantIds";
        }
        may {}
    }
}
