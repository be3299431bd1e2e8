//! Inline policies of users, groups and roles.

use crate::name::Text;
use crate::operation::Pattern;
use crate::operation::table::{from_text, operation};

operation! {
    /// Sets an inline policy of a user, in place of one of the same name.
    #[derive(Clone, PartialEq, Eq)]
    iam PutUserPolicy {
        must {
            /// Name of the user.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
            /// Name of the policy.
            policy_name: Text = "PolicyName" [Length(1, 128), Matches(Pattern::EntityName)];
            /// The policy's text, kept byte for byte.
            policy_document: Text = "PolicyDocument" [Length(1, 131_072), Matches(Pattern::PolicyText)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] PutUserPolicyResponse { must {} may {} }
}
operation! {
    /// The text of an inline policy of a user.
    #[derive(Clone, PartialEq, Eq)]
    iam GetUserPolicy {
        must {
            /// Name of the user.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
            /// Name of the policy.
            policy_name: Text = "PolicyName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] GetUserPolicyResponse {
        must {
            /// Name of the user.
            user_name: Text = "UserName";
            /// Name of the policy.
            policy_name: Text = "PolicyName";
            /// The text as it was put. (The Query form carries it URL-encoded.)
            policy_document: Text = "PolicyDocument";
        }
        may {}
    }
}
operation! {
    /// Removes an inline policy of a user.
    #[derive(Clone, PartialEq, Eq)]
    iam DeleteUserPolicy {
        must {
            /// Name of the user.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
            /// Name of the policy.
            policy_name: Text = "PolicyName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] DeleteUserPolicyResponse { must {} may {} }
}
operation! {
    /// Lists the names of a user's inline policies.
    #[derive(Clone, PartialEq, Eq)]
    iam ListUserPolicies {
        must {
            /// Name of the user.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
        may {
            /// Where the last page ended. (AWS's markers have at most 320 characters. Ours carry the name sealed, which takes
            /// more for the longest names of policies.)
            marker: Text = "Marker" [Length(1, 640), Matches(Pattern::EntityMarker)];
            /// Size of a page; 100 without it.
            max_items: i64 = "MaxItems" [Range(1, 1000)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListUserPoliciesResponse {
        must {
            /// The page.
            policy_names: Vec<Text> = "PolicyNames";
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
    /// Sets an inline policy of a role, in place of one of the same name.
    #[derive(Clone, PartialEq, Eq)]
    iam PutRolePolicy {
        must {
            /// Name of the role.
            role_name: Text = "RoleName" [Length(1, 64), Matches(Pattern::EntityName)];
            /// Name of the policy.
            policy_name: Text = "PolicyName" [Length(1, 128), Matches(Pattern::EntityName)];
            /// The policy's text, kept byte for byte.
            policy_document: Text = "PolicyDocument" [Length(1, 131_072), Matches(Pattern::PolicyText)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] PutRolePolicyResponse { must {} may {} }
}
operation! {
    /// The text of an inline policy of a role.
    #[derive(Clone, PartialEq, Eq)]
    iam GetRolePolicy {
        must {
            /// Name of the role.
            role_name: Text = "RoleName" [Length(1, 64), Matches(Pattern::EntityName)];
            /// Name of the policy.
            policy_name: Text = "PolicyName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] GetRolePolicyResponse {
        must {
            /// Name of the role.
            role_name: Text = "RoleName";
            /// Name of the policy.
            policy_name: Text = "PolicyName";
            /// The text as it was put. (The Query form carries it URL-encoded.)
            policy_document: Text = "PolicyDocument";
        }
        may {}
    }
}
operation! {
    /// Removes an inline policy of a role.
    #[derive(Clone, PartialEq, Eq)]
    iam DeleteRolePolicy {
        must {
            /// Name of the role.
            role_name: Text = "RoleName" [Length(1, 64), Matches(Pattern::EntityName)];
            /// Name of the policy.
            policy_name: Text = "PolicyName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] DeleteRolePolicyResponse { must {} may {} }
}
operation! {
    /// Lists the names of a role's inline policies.
    #[derive(Clone, PartialEq, Eq)]
    iam ListRolePolicies {
        must {
            /// Name of the role.
            role_name: Text = "RoleName" [Length(1, 64), Matches(Pattern::EntityName)];
        }
        may {
            /// Where the last page ended. (AWS's markers have at most 320 characters. Ours carry the name sealed, which takes
            /// more for the longest names of policies.)
            marker: Text = "Marker" [Length(1, 640), Matches(Pattern::EntityMarker)];
            /// Size of a page; 100 without it.
            max_items: i64 = "MaxItems" [Range(1, 1000)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListRolePoliciesResponse {
        must {
            /// The page.
            policy_names: Vec<Text> = "PolicyNames";
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
    /// Sets an inline policy of a group, in place of one of the same name.
    #[derive(Clone, PartialEq, Eq)]
    iam PutGroupPolicy {
        must {
            /// Name of the group.
            group_name: Text = "GroupName" [Length(1, 128), Matches(Pattern::EntityName)];
            /// Name of the policy.
            policy_name: Text = "PolicyName" [Length(1, 128), Matches(Pattern::EntityName)];
            /// The policy's text, kept byte for byte.
            policy_document: Text = "PolicyDocument" [Length(1, 131_072), Matches(Pattern::PolicyText)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] PutGroupPolicyResponse { must {} may {} }
}
operation! {
    /// The text of an inline policy of a group.
    #[derive(Clone, PartialEq, Eq)]
    iam GetGroupPolicy {
        must {
            /// Name of the group.
            group_name: Text = "GroupName" [Length(1, 128), Matches(Pattern::EntityName)];
            /// Name of the policy.
            policy_name: Text = "PolicyName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] GetGroupPolicyResponse {
        must {
            /// Name of the group.
            group_name: Text = "GroupName";
            /// Name of the policy.
            policy_name: Text = "PolicyName";
            /// The text as it was put. (The Query form carries it URL-encoded.)
            policy_document: Text = "PolicyDocument";
        }
        may {}
    }
}
operation! {
    /// Removes an inline policy of a group.
    #[derive(Clone, PartialEq, Eq)]
    iam DeleteGroupPolicy {
        must {
            /// Name of the group.
            group_name: Text = "GroupName" [Length(1, 128), Matches(Pattern::EntityName)];
            /// Name of the policy.
            policy_name: Text = "PolicyName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] DeleteGroupPolicyResponse { must {} may {} }
}
operation! {
    /// Lists the names of a group's inline policies.
    #[derive(Clone, PartialEq, Eq)]
    iam ListGroupPolicies {
        must {
            /// Name of the group.
            group_name: Text = "GroupName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
        may {
            /// Where the last page ended. (AWS's markers have at most 320 characters; ours carry a name sealed.)
            marker: Text = "Marker" [Length(1, 640), Matches(Pattern::EntityMarker)];
            /// Size of a page; 100 without it.
            max_items: i64 = "MaxItems" [Range(1, 1000)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListGroupPoliciesResponse {
        must {
            /// The page.
            policy_names: Vec<Text> = "PolicyNames";
            /// May more follow?
            is_truncated: bool = "IsTruncated";
        }
        may {
            /// Present if more may follow.
            marker: Text = "Marker";
        }
    }
}
from_text!(ListGroupPolicies, ListUserPolicies, ListRolePolicies);
