//! Key policies.

use crate::name::Text;
use crate::operation::Pattern;
use crate::operation::table::{from_text, operation};

operation! {
    /// The text of a key's policy.
    #[derive(Clone, PartialEq, Eq)]
    kms GetKeyPolicy {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
        }
        may {
            /// Only `default` exists.
            policy_name: Text = "PolicyName" [Length(1, 128), Matches(Pattern::KeyPolicyName)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] GetKeyPolicyResponse {
        must {
            /// The text as it was put.
            policy: Text = "Policy";
            /// `default`
            policy_name: Text = "PolicyName";
        }
        may {}
    }
}
operation! {
    /// Sets a key's policy, in place of the one it has.
    #[derive(Clone, PartialEq, Eq)]
    kms PutKeyPolicy {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
            /// The policy's text, kept byte for byte.
            policy: Text = "Policy" [Length(1, 131_072), Matches(Pattern::PolicyText)];
        }
        may {
            /// Only `default` exists.
            policy_name: Text = "PolicyName" [Length(1, 128), Matches(Pattern::KeyPolicyName)] key "kms:PolicyName";
            /// Take a policy that locks the caller out.
            bypass_policy_lockout_safety_check: bool = "BypassPolicyLockoutSafetyCheck" key "kms:BypassPolicyLockoutSafetyCheck";
        }
    } -> #[derive(Clone, PartialEq, Eq)] PutKeyPolicyResponse { must {} may {} }
}
operation! {
    /// Lists the names of a key's policies: `default`, always and alone.
    #[derive(Clone, PartialEq, Eq)]
    kms ListKeyPolicies {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
        }
        may {
            /// Size of a page; 100 without it.
            limit: i64 = "Limit" [Range(1, 1000)];
            /// Where the last page ended.
            marker: Text = "Marker" [Length(1, 1024), Matches(Pattern::KeyMarker)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListKeyPoliciesResponse {
        must {
            /// The page.
            policy_names: Vec<Text> = "PolicyNames";
            /// May more follow?
            truncated: bool = "Truncated";
        }
        may {
            /// Present if more may follow.
            next_marker: Text = "NextMarker";
        }
    }
}
from_text!(GetKeyPolicy, ListKeyPolicies);
