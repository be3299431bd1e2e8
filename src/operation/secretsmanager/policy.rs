//! The resource policy of a secret.

use crate::name::Text;
use crate::operation::Pattern;
use crate::operation::table::{from_text, operation};

operation! {
    /// Sets a secret's resource policy, in place of the one it has.
    #[derive(Clone, PartialEq, Eq)]
    secretsmanager PutResourcePolicy {
        must {
            /// Name, partial or full ARN.
            secret_id: Text = "SecretId" [Length(1, 2048)] key "secretsmanager:SecretId";
            /// The policy's text, kept byte for byte.
            resource_policy: Text = "ResourcePolicy" [Length(1, 20_480)];
        }
        may {
            /// Refuse a policy that allows broad access.
            block_public_policy: bool = "BlockPublicPolicy" key "secretsmanager:BlockPublicPolicy";
            /// Only `default` exists.
            policy_name: Text = "PolicyName" [Length(1, 64), Matches(Pattern::ResourcePolicyName)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] PutResourcePolicyResponse {
        must {
            /// Full ARN.
            arn: Text = "ARN";
            /// Name.
            name: Text = "Name";
        }
        may {
            /// `default`
            policy_name: Text = "PolicyName";
        }
    }
}
operation! {
    /// The text of a secret's resource policy.
    #[derive(Clone, PartialEq, Eq)]
    secretsmanager GetResourcePolicy {
        must {
            /// Name, partial or full ARN.
            secret_id: Text = "SecretId" [Length(1, 2048)] key "secretsmanager:SecretId";
        }
        may {
            /// Only `default` exists.
            policy_name: Text = "PolicyName" [Length(1, 64), Matches(Pattern::ResourcePolicyName)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] GetResourcePolicyResponse {
        must {
            /// Full ARN.
            arn: Text = "ARN";
            /// Name.
            name: Text = "Name";
        }
        may {
            /// The text as it was put; absent when there is none.
            resource_policy: Text = "ResourcePolicy";
            /// `default`
            policy_name: Text = "PolicyName";
        }
    }
}
operation! {
    /// Removes a secret's resource policy.
    #[derive(Clone, PartialEq, Eq)]
    secretsmanager DeleteResourcePolicy {
        must {
            /// Name, partial or full ARN.
            secret_id: Text = "SecretId" [Length(1, 2048)] key "secretsmanager:SecretId";
        }
        may {
            /// Only `default` exists.
            policy_name: Text = "PolicyName" [Length(1, 64), Matches(Pattern::ResourcePolicyName)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] DeleteResourcePolicyResponse {
        must {
            /// Full ARN.
            arn: Text = "ARN";
            /// Name.
            name: Text = "Name";
        }
        may {
            /// `default`
            policy_name: Text = "PolicyName";
        }
    }
}
from_text!(GetResourcePolicy, DeleteResourcePolicy);
