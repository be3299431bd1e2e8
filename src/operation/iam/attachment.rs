//! Managed policies on users, groups and roles.

use crate::name::Text;
use crate::operation::Pattern;
use crate::operation::table::{from_text, operation, structure};

structure! {
    /// A managed policy that is attached.
    #[derive(Clone, PartialEq, Eq)]
    AttachedPolicy {
        must {
            /// Name.
            policy_name: Text = "PolicyName";
            /// ARN.
            policy_arn: Text = "PolicyArn";
        }
        may {}
    }
}

operation! {
    /// Attaches a managed policy to a user; one that is attached stays.
    #[derive(Clone, PartialEq, Eq)]
    iam AttachUserPolicy {
        must {
            /// Name of the user.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
            /// ARN of the managed policy.
            policy_arn: Text = "PolicyArn" [Length(20, 2048)] key "iam:PolicyARN";
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] AttachUserPolicyResponse { must {} may {} }
}
operation! {
    /// Takes a managed policy off a user.
    #[derive(Clone, PartialEq, Eq)]
    iam DetachUserPolicy {
        must {
            /// Name of the user.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
            /// ARN of the managed policy.
            policy_arn: Text = "PolicyArn" [Length(20, 2048)] key "iam:PolicyARN";
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] DetachUserPolicyResponse { must {} may {} }
}
operation! {
    /// Lists the managed policies that are attached to a user.
    #[derive(Clone, PartialEq, Eq)]
    iam ListAttachedUserPolicies {
        must {
            /// Name of the user.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
        may {
            /// Those below this path only.
            path_prefix: Text = "PathPrefix" [Length(1, 512), Matches(Pattern::PathPrefix)];
            /// Where the last page ended. (AWS's markers have at most 320 characters; ours carry a name sealed.)
            marker: Text = "Marker" [Length(1, 640), Matches(Pattern::EntityMarker)];
            /// Size of a page; 100 without it.
            max_items: i64 = "MaxItems" [Range(1, 1000)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListAttachedUserPoliciesResponse {
        must {
            /// The page.
            attached_policies: Vec<AttachedPolicy> = "AttachedPolicies";
            /// May more follow?
            is_truncated: bool = "IsTruncated";
        }
        may {
            /// Present if more may follow.
            marker: Text = "Marker";
        }
    }
}
operation! {
    /// Attaches a managed policy to a group; one that is attached stays.
    #[derive(Clone, PartialEq, Eq)]
    iam AttachGroupPolicy {
        must {
            /// Name of the group.
            group_name: Text = "GroupName" [Length(1, 128), Matches(Pattern::EntityName)];
            /// ARN of the managed policy.
            policy_arn: Text = "PolicyArn" [Length(20, 2048)] key "iam:PolicyARN";
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] AttachGroupPolicyResponse { must {} may {} }
}
operation! {
    /// Takes a managed policy off a group.
    #[derive(Clone, PartialEq, Eq)]
    iam DetachGroupPolicy {
        must {
            /// Name of the group.
            group_name: Text = "GroupName" [Length(1, 128), Matches(Pattern::EntityName)];
            /// ARN of the managed policy.
            policy_arn: Text = "PolicyArn" [Length(20, 2048)] key "iam:PolicyARN";
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] DetachGroupPolicyResponse { must {} may {} }
}
operation! {
    /// Lists the managed policies that are attached to a group.
    #[derive(Clone, PartialEq, Eq)]
    iam ListAttachedGroupPolicies {
        must {
            /// Name of the group.
            group_name: Text = "GroupName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
        may {
            /// Those below this path only.
            path_prefix: Text = "PathPrefix" [Length(1, 512), Matches(Pattern::PathPrefix)];
            /// Where the last page ended. (AWS's markers have at most 320 characters; ours carry a name sealed.)
            marker: Text = "Marker" [Length(1, 640), Matches(Pattern::EntityMarker)];
            /// Size of a page; 100 without it.
            max_items: i64 = "MaxItems" [Range(1, 1000)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListAttachedGroupPoliciesResponse {
        must {
            /// The page.
            attached_policies: Vec<AttachedPolicy> = "AttachedPolicies";
            /// May more follow?
            is_truncated: bool = "IsTruncated";
        }
        may {
            /// Present if more may follow.
            marker: Text = "Marker";
        }
    }
}
operation! {
    /// Attaches a managed policy to a role; one that is attached stays.
    #[derive(Clone, PartialEq, Eq)]
    iam AttachRolePolicy {
        must {
            /// Name of the role.
            role_name: Text = "RoleName" [Length(1, 64), Matches(Pattern::EntityName)];
            /// ARN of the managed policy.
            policy_arn: Text = "PolicyArn" [Length(20, 2048)] key "iam:PolicyARN";
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] AttachRolePolicyResponse { must {} may {} }
}
operation! {
    /// Takes a managed policy off a role.
    #[derive(Clone, PartialEq, Eq)]
    iam DetachRolePolicy {
        must {
            /// Name of the role.
            role_name: Text = "RoleName" [Length(1, 64), Matches(Pattern::EntityName)];
            /// ARN of the managed policy.
            policy_arn: Text = "PolicyArn" [Length(20, 2048)] key "iam:PolicyARN";
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] DetachRolePolicyResponse { must {} may {} }
}
operation! {
    /// Lists the managed policies that are attached to a role.
    #[derive(Clone, PartialEq, Eq)]
    iam ListAttachedRolePolicies {
        must {
            /// Name of the role.
            role_name: Text = "RoleName" [Length(1, 64), Matches(Pattern::EntityName)];
        }
        may {
            /// Those below this path only.
            path_prefix: Text = "PathPrefix" [Length(1, 512), Matches(Pattern::PathPrefix)];
            /// Where the last page ended. (AWS's markers have at most 320 characters; ours carry a name sealed.)
            marker: Text = "Marker" [Length(1, 640), Matches(Pattern::EntityMarker)];
            /// Size of a page; 100 without it.
            max_items: i64 = "MaxItems" [Range(1, 1000)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListAttachedRolePoliciesResponse {
        must {
            /// The page.
            attached_policies: Vec<AttachedPolicy> = "AttachedPolicies";
            /// May more follow?
            is_truncated: bool = "IsTruncated";
        }
        may {
            /// Present if more may follow.
            marker: Text = "Marker";
        }
    }
}
from_text!(ListAttachedUserPolicies, ListAttachedGroupPolicies, ListAttachedRolePolicies);
