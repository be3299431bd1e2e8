//! The resource policy of a secret.

use crate::name::Text;
use crate::operation::Pattern;
use crate::operation::table::{from_text, operation, structure};

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
structure! {
    /// A resource policy in a list.
    #[derive(Clone, PartialEq, Eq)]
    ResourcePolicyListEntry {
        must {
            /// `default`
            policy_name: Text = "PolicyName";
        }
        may {}
    }
}
operation! {
    /// Lists the names of a secret's resource policies: `default`, if there is one.
    #[derive(Clone, PartialEq, Eq)]
    secretsmanager ListResourcePolicies {
        must {
            /// Name, partial or full ARN.
            secret_id: Text = "SecretId" [Length(1, 2048)] key "secretsmanager:SecretId";
        }
        may {
            /// Size of a page; 100 without it.
            max_results: i64 = "MaxResults" [Range(1, 100)];
            /// Where the last page ended.
            next_token: Text = "NextToken" [Length(1, 4096)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListResourcePoliciesResponse {
        must {
            /// The page.
            resource_policies: Vec<ResourcePolicyListEntry> = "ResourcePolicies";
        }
        may {
            /// Present if more may follow.
            next_token: Text = "NextToken";
        }
    }
}
structure! {
    /// Why a policy does not pass.
    #[derive(Clone, PartialEq, Eq)]
    ValidationErrorsEntry {
        must {
            /// The code of the finding, such as `PUBLIC` or `LOCKOUT`.
            check_name: Text = "CheckName";
            /// What is wrong, and where.
            error_message: Text = "ErrorMessage";
        }
        may {}
    }
}
operation! {
    /// Would this policy do for a secret? It must be well formed, give nobody broad access and, if a secret is named, leave
    /// the caller able to change it again. Nothing is stored.
    #[derive(Clone, PartialEq, Eq)]
    secretsmanager ValidateResourcePolicy {
        must {
            /// The policy's text.
            resource_policy: Text = "ResourcePolicy" [Length(1, 20_480)];
        }
        may {
            /// Name, partial or full ARN of the secret that it is meant for.
            secret_id: Text = "SecretId" [Length(1, 2048)] key "secretsmanager:SecretId";
        }
    } -> #[derive(Clone, PartialEq, Eq)] ValidateResourcePolicyResponse {
        must {
            /// Is there no error?
            policy_validation_passed: bool = "PolicyValidationPassed";
            /// The errors; empty when it passed.
            validation_errors: Vec<ValidationErrorsEntry> = "ValidationErrors";
        }
        may {}
    }
}
from_text!(GetResourcePolicy, DeleteResourcePolicy, ListResourcePolicies);
