//! The account as a whole: everything that IAM holds, for audit, and how much of it there is.

use std::collections::BTreeMap;

use super::{AttachedPermissionsBoundary, AttachedPolicy, EntityType, PolicyVersion, Tag};
use crate::clock::Timestamp;
use crate::name::Text;
use crate::operation::Pattern;
use crate::operation::table::{operation, structure};

structure! {
    /// An inline policy.
    #[derive(Clone, PartialEq, Eq)]
    PolicyDetail {
        must {
            /// Name.
            policy_name: Text = "PolicyName";
            /// The text as it was put. (The Query form carries it URL-encoded.)
            policy_document: Text = "PolicyDocument";
        }
        may {}
    }
}
structure! {
    /// A user with all that it has.
    #[derive(Clone, PartialEq, Eq)]
    UserDetail {
        must {
            /// `/` or `/…/`
            path: Text = "Path";
            /// Name.
            user_name: Text = "UserName";
            /// Unique id.
            user_id: Text = "UserId";
            /// ARN.
            arn: Text = "Arn";
            /// When it was made.
            create_date: Timestamp = "CreateDate";
            /// Its inline policies.
            user_policy_list: Vec<PolicyDetail> = "UserPolicyList";
            /// Names of its groups.
            group_list: Vec<Text> = "GroupList";
            /// Managed policies attached to it.
            attached_managed_policies: Vec<AttachedPolicy> = "AttachedManagedPolicies";
            /// Its tags.
            tags: Vec<Tag> = "Tags";
        }
        may {
            /// What bounds it.
            permissions_boundary: AttachedPermissionsBoundary = "PermissionsBoundary";
        }
    }
}
structure! {
    /// A group with all that it has.
    #[derive(Clone, PartialEq, Eq)]
    GroupDetail {
        must {
            /// `/` or `/…/`
            path: Text = "Path";
            /// Name.
            group_name: Text = "GroupName";
            /// Unique id.
            group_id: Text = "GroupId";
            /// ARN.
            arn: Text = "Arn";
            /// When it was made.
            create_date: Timestamp = "CreateDate";
            /// Its inline policies.
            group_policy_list: Vec<PolicyDetail> = "GroupPolicyList";
            /// Managed policies attached to it.
            attached_managed_policies: Vec<AttachedPolicy> = "AttachedManagedPolicies";
        }
        may {}
    }
}
structure! {
    /// A role with all that it has.
    #[derive(Clone, PartialEq, Eq)]
    RoleDetail {
        must {
            /// `/` or `/…/`
            path: Text = "Path";
            /// Name.
            role_name: Text = "RoleName";
            /// Unique id.
            role_id: Text = "RoleId";
            /// ARN.
            arn: Text = "Arn";
            /// When it was made.
            create_date: Timestamp = "CreateDate";
            /// Its inline policies.
            role_policy_list: Vec<PolicyDetail> = "RolePolicyList";
            /// Managed policies attached to it.
            attached_managed_policies: Vec<AttachedPolicy> = "AttachedManagedPolicies";
            /// Its tags.
            tags: Vec<Tag> = "Tags";
        }
        may {
            /// The trust policy as it was put. (The Query form carries it URL-encoded.)
            assume_role_policy_document: Text = "AssumeRolePolicyDocument";
            /// What bounds it.
            permissions_boundary: AttachedPermissionsBoundary = "PermissionsBoundary";
        }
    }
}
structure! {
    /// A managed policy with all its versions.
    #[derive(Clone, PartialEq, Eq)]
    ManagedPolicyDetail {
        must {
            /// Name.
            policy_name: Text = "PolicyName";
            /// Unique id.
            policy_id: Text = "PolicyId";
            /// ARN.
            arn: Text = "Arn";
            /// `/` or `/…/`
            path: Text = "Path";
            /// The version in force.
            default_version_id: Text = "DefaultVersionId";
            /// How many users, groups and roles it is attached to.
            attachment_count: i64 = "AttachmentCount";
            /// How many users and roles it bounds.
            permissions_boundary_usage_count: i64 = "PermissionsBoundaryUsageCount";
            /// Always.
            is_attachable: bool = "IsAttachable";
            /// When it was made.
            create_date: Timestamp = "CreateDate";
            /// When its default version last changed.
            update_date: Timestamp = "UpdateDate";
            /// Its versions with their texts, the newest first.
            policy_version_list: Vec<PolicyVersion> = "PolicyVersionList";
        }
        may {
            /// Description.
            description: Text = "Description";
        }
    }
}

operation! {
    /// Everything that IAM holds of this account, page by page: users, then groups, roles, policies of the account, policies
    /// of AWS.
    #[derive(Clone, PartialEq, Eq)]
    iam GetAccountAuthorizationDetails {
        must {}
        may {
            /// Only these kinds; all without it.
            filter: Vec<EntityType> = "Filter";
            /// Size of a page, of all kinds together; 100 without it.
            max_items: i64 = "MaxItems" [Range(1, 1000)];
            /// Where the last page ended. (AWS's markers have at most 320 characters; ours carry a name sealed.)
            marker: Text = "Marker" [Length(1, 640), Matches(Pattern::EntityMarker)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] GetAccountAuthorizationDetailsResponse {
        must {
            /// Users.
            user_detail_list: Vec<UserDetail> = "UserDetailList";
            /// Groups.
            group_detail_list: Vec<GroupDetail> = "GroupDetailList";
            /// Roles.
            role_detail_list: Vec<RoleDetail> = "RoleDetailList";
            /// Managed policies.
            policies: Vec<ManagedPolicyDetail> = "Policies";
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
    /// How many users, groups, roles and policies there are, and how many there may be. Only what this store keeps has a key.
    #[derive(Clone, PartialEq, Eq)]
    iam GetAccountSummary {
        must {}
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] GetAccountSummaryResponse {
        must {
            /// Numbers and quotas by AWS's keys, such as `Users` and `UsersQuota`.
            summary_map: BTreeMap<Text, i64> = "SummaryMap";
        }
        may {}
    }
}
