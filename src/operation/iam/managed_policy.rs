//! Managed policies and their versions.

use super::Tag;
use crate::clock::Timestamp;
use crate::name::Text;
use crate::operation::Pattern;
use crate::operation::table::{choice, from_text, operation, structure};

choice! {
    /// Whose policies are listed.
    PolicyScopeType { All = "All", Aws = "AWS", Local = "Local" }
}
choice! {
    /// What a policy is used for.
    PolicyUsageType { PermissionsPolicy = "PermissionsPolicy", PermissionsBoundary = "PermissionsBoundary" }
}
choice! {
    /// What a policy can be attached to.
    EntityType {
        User = "User", Role = "Role", Group = "Group", LocalManagedPolicy = "LocalManagedPolicy",
        AwsManagedPolicy = "AWSManagedPolicy",
    }
}
structure! {
    /// A managed policy.
    #[derive(Clone, PartialEq, Eq)]
    Policy {
        must {
            /// Name.
            policy_name: Text = "PolicyName";
            /// `ANPA…`, never used again.
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
        }
        may {
            /// Description.
            description: Text = "Description";
            /// Its tags.
            tags: Vec<Tag> = "Tags";
        }
    }
}
structure! {
    /// A version of a managed policy.
    #[derive(Clone, PartialEq, Eq)]
    PolicyVersion {
        must {
            /// `v1`, `v2`, …; no number is used twice.
            version_id: Text = "VersionId";
            /// Is it in force?
            is_default_version: bool = "IsDefaultVersion";
            /// When it was made.
            create_date: Timestamp = "CreateDate";
        }
        may {
            /// The text as it was put. (The Query form carries it URL-encoded.)
            document: Text = "Document";
        }
    }
}
structure! {
    /// A group that a policy is attached to.
    #[derive(Clone, PartialEq, Eq)]
    PolicyGroup {
        must {
            /// Name.
            group_name: Text = "GroupName";
            /// Unique id.
            group_id: Text = "GroupId";
        }
        may {}
    }
}
structure! {
    /// A user that a policy is attached to.
    #[derive(Clone, PartialEq, Eq)]
    PolicyUser {
        must {
            /// Name.
            user_name: Text = "UserName";
            /// Unique id.
            user_id: Text = "UserId";
        }
        may {}
    }
}
structure! {
    /// A role that a policy is attached to.
    #[derive(Clone, PartialEq, Eq)]
    PolicyRole {
        must {
            /// Name.
            role_name: Text = "RoleName";
            /// Unique id.
            role_id: Text = "RoleId";
        }
        may {}
    }
}

operation! {
    /// Makes a managed policy of this account.
    #[derive(Clone, PartialEq, Eq)]
    iam CreatePolicy {
        must {
            /// Name; unique without regard to case.
            policy_name: Text = "PolicyName" [Length(1, 128), Matches(Pattern::EntityName)];
            /// The policy's text, kept byte for byte.
            policy_document: Text = "PolicyDocument" [Length(1, 131_072), Matches(Pattern::PolicyText)];
        }
        may {
            /// `/` without it.
            path: Text = "Path" [Length(1, 512), Matches(Pattern::EntityPath)];
            /// Description.
            description: Text = "Description" [Length(0, 1000)];
            /// Tags; they need `TagPolicy` too.
            tags: Vec<Tag> = "Tags" [Items(0, 50)] key "aws:RequestTag/";
        }
    } -> #[derive(Clone, PartialEq, Eq)] CreatePolicyResponse {
        must {
            /// The policy.
            policy: Policy = "Policy";
        }
        may {}
    }
}
operation! {
    /// A managed policy.
    #[derive(Clone, PartialEq, Eq)]
    iam GetPolicy {
        must {
            /// ARN of the managed policy.
            policy_arn: Text = "PolicyArn" [Length(20, 2048)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] GetPolicyResponse {
        must {
            /// The policy.
            policy: Policy = "Policy";
        }
        may {}
    }
}
operation! {
    /// Deletes a managed policy that is attached to nothing and has no version but its default one.
    #[derive(Clone, PartialEq, Eq)]
    iam DeletePolicy {
        must {
            /// ARN of the managed policy.
            policy_arn: Text = "PolicyArn" [Length(20, 2048)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] DeletePolicyResponse { must {} may {} }
}
operation! {
    /// Lists AWS's managed policies and those of this account.
    #[derive(Clone, PartialEq, Eq)]
    iam ListPolicies {
        must {}
        may {
            /// Whose; all without it.
            scope: PolicyScopeType = "Scope";
            /// Only those that are attached to something?
            only_attached: bool = "OnlyAttached";
            /// Those below this path only.
            path_prefix: Text = "PathPrefix" [Length(1, 512), Matches(Pattern::PathPrefix)];
            /// Only those that are used so.
            policy_usage_filter: PolicyUsageType = "PolicyUsageFilter";
            /// Where the last page ended. (AWS's markers have at most 320 characters; ours carry a name sealed.)
            marker: Text = "Marker" [Length(1, 640), Matches(Pattern::EntityMarker)];
            /// Size of a page; 100 without it.
            max_items: i64 = "MaxItems" [Range(1, 1000)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListPoliciesResponse {
        must {
            /// The page, without tags.
            policies: Vec<Policy> = "Policies";
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
    /// Adds a version to a managed policy; five at most.
    #[derive(Clone, PartialEq, Eq)]
    iam CreatePolicyVersion {
        must {
            /// ARN of the managed policy.
            policy_arn: Text = "PolicyArn" [Length(20, 2048)];
            /// The policy's text, kept byte for byte.
            policy_document: Text = "PolicyDocument" [Length(1, 131_072), Matches(Pattern::PolicyText)];
        }
        may {
            /// Is it in force at once?
            set_as_default: bool = "SetAsDefault";
        }
    } -> #[derive(Clone, PartialEq, Eq)] CreatePolicyVersionResponse {
        must {
            /// The version.
            policy_version: PolicyVersion = "PolicyVersion";
        }
        may {}
    }
}
operation! {
    /// A version of a managed policy, with its text.
    #[derive(Clone, PartialEq, Eq)]
    iam GetPolicyVersion {
        must {
            /// ARN of the managed policy.
            policy_arn: Text = "PolicyArn" [Length(20, 2048)];
            /// `v1`, `v2`, …
            version_id: Text = "VersionId" [Length(1, 21), Matches(Pattern::PolicyVersion)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] GetPolicyVersionResponse {
        must {
            /// The version.
            policy_version: PolicyVersion = "PolicyVersion";
        }
        may {}
    }
}
operation! {
    /// Lists the versions of a managed policy, the newest first.
    #[derive(Clone, PartialEq, Eq)]
    iam ListPolicyVersions {
        must {
            /// ARN of the managed policy.
            policy_arn: Text = "PolicyArn" [Length(20, 2048)];
        }
        may {
            /// Where the last page ended. (AWS's markers have at most 320 characters; ours carry a name sealed.)
            marker: Text = "Marker" [Length(1, 640), Matches(Pattern::EntityMarker)];
            /// Size of a page; 100 without it.
            max_items: i64 = "MaxItems" [Range(1, 1000)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListPolicyVersionsResponse {
        must {
            /// The page, without texts.
            versions: Vec<PolicyVersion> = "Versions";
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
    /// Puts another version of a managed policy in force.
    #[derive(Clone, PartialEq, Eq)]
    iam SetDefaultPolicyVersion {
        must {
            /// ARN of the managed policy.
            policy_arn: Text = "PolicyArn" [Length(20, 2048)];
            /// `v1`, `v2`, …
            version_id: Text = "VersionId" [Length(1, 21), Matches(Pattern::PolicyVersion)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] SetDefaultPolicyVersionResponse { must {} may {} }
}
operation! {
    /// Deletes a version of a managed policy that is not in force.
    #[derive(Clone, PartialEq, Eq)]
    iam DeletePolicyVersion {
        must {
            /// ARN of the managed policy.
            policy_arn: Text = "PolicyArn" [Length(20, 2048)];
            /// `v1`, `v2`, …
            version_id: Text = "VersionId" [Length(1, 21), Matches(Pattern::PolicyVersion)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] DeletePolicyVersionResponse { must {} may {} }
}
operation! {
    /// Lists what a managed policy is attached to.
    #[derive(Clone, PartialEq, Eq)]
    iam ListEntitiesForPolicy {
        must {
            /// ARN of the managed policy.
            policy_arn: Text = "PolicyArn" [Length(20, 2048)];
        }
        may {
            /// Only such.
            entity_filter: EntityType = "EntityFilter";
            /// Those below this path only.
            path_prefix: Text = "PathPrefix" [Length(1, 512), Matches(Pattern::PathPrefix)];
            /// Only where it is used so.
            policy_usage_filter: PolicyUsageType = "PolicyUsageFilter";
            /// Where the last page ended. (AWS's markers have at most 320 characters; ours carry a name sealed.)
            marker: Text = "Marker" [Length(1, 640), Matches(Pattern::EntityMarker)];
            /// Size of a page; 100 without it.
            max_items: i64 = "MaxItems" [Range(1, 1000)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListEntitiesForPolicyResponse {
        must {
            /// Groups of the page.
            policy_groups: Vec<PolicyGroup> = "PolicyGroups";
            /// Users of the page.
            policy_users: Vec<PolicyUser> = "PolicyUsers";
            /// Roles of the page.
            policy_roles: Vec<PolicyRole> = "PolicyRoles";
            /// May more follow?
            is_truncated: bool = "IsTruncated";
        }
        may {
            /// Present if more may follow.
            marker: Text = "Marker";
        }
    }
}
from_text!(GetPolicy, DeletePolicy, ListPolicyVersions, ListEntitiesForPolicy);
