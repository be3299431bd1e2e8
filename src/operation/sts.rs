//! Operations of STS, API version 2011-06-15.

use crate::name::Text;
use crate::operation::table::operation;

operation! {
    /// Who the caller is. Needs no right and cannot be denied.
    #[derive(Clone, PartialEq, Eq)]
    sts GetCallerIdentity {
        must {}
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] GetCallerIdentityResponse {
        must {
            /// Unique id; for a session, with its name after a colon.
            user_id: Text = "UserId";
            /// Account.
            account: Text = "Account";
            /// ARN.
            arn: Text = "Arn";
        }
        may {}
    }
}

/// AWS operations of this service that have no shape here.
pub(crate) const UNSERVED: &[&str] = &[
    "AssumeRole",
    "AssumeRoleWithSAML",
    "AssumeRoleWithWebIdentity",
    "AssumeRoot",
    "DecodeAuthorizationMessage",
    "GetAccessKeyInfo",
    "GetDelegatedAccessToken",
    "GetFederationToken",
    "GetSessionToken",
    "GetWebIdentityToken",
];
