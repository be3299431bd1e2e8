//! Roles.

use super::{AttachedPermissionsBoundary, Tag};
use crate::clock::Timestamp;
use crate::name::Text;
use crate::operation::Pattern;
use crate::operation::table::{from_text, operation, structure};

structure! {
    /// The last use of a role.
    #[derive(Clone, PartialEq, Eq)]
    RoleLastUsed {
        must {}
        may {
            /// When.
            last_used_date: Timestamp = "LastUsedDate";
            /// In which region.
            region: Text = "Region";
        }
    }
}
structure! {
    /// A role.
    #[derive(Clone, PartialEq, Eq)]
    Role {
        must {
            /// `/` or `/…/`
            path: Text = "Path";
            /// Name.
            role_name: Text = "RoleName";
            /// `AROA…`, never used again.
            role_id: Text = "RoleId";
            /// ARN.
            arn: Text = "Arn";
            /// When it was made.
            create_date: Timestamp = "CreateDate";
        }
        may {
            /// The trust policy as it was put. (The Query form carries it URL-encoded.)
            assume_role_policy_document: Text = "AssumeRolePolicyDocument";
            /// Description.
            description: Text = "Description";
            /// The longest session, in seconds.
            max_session_duration: i64 = "MaxSessionDuration";
            /// What bounds it.
            permissions_boundary: AttachedPermissionsBoundary = "PermissionsBoundary";
            /// Its tags.
            tags: Vec<Tag> = "Tags";
            /// Its last use; empty if there was none.
            role_last_used: RoleLastUsed = "RoleLastUsed";
        }
    }
}

operation! {
    /// Makes a role.
    #[derive(Clone, PartialEq, Eq)]
    iam CreateRole {
        must {
            /// Name; unique without regard to case.
            role_name: Text = "RoleName" [Length(1, 64), Matches(Pattern::EntityName)];
            /// The trust policy: who may take the role on.
            assume_role_policy_document: Text = "AssumeRolePolicyDocument" [Length(1, 131_072), Matches(Pattern::PolicyText)];
        }
        may {
            /// `/` without it.
            path: Text = "Path" [Length(1, 512), Matches(Pattern::EntityPath)];
            /// Description.
            description: Text = "Description" [Length(0, 1000), Matches(Pattern::RoleDescription)];
            /// The longest session, in seconds; 3,600 without it.
            max_session_duration: i64 = "MaxSessionDuration" [Range(3600, 43_200)];
            /// ARN of the policy that bounds it.
            permissions_boundary: Text = "PermissionsBoundary" [Length(20, 2048)] key "iam:PermissionsBoundary";
            /// Tags; they need `TagRole` too.
            tags: Vec<Tag> = "Tags" [Items(0, 50)] key "aws:RequestTag/";
        }
    } -> #[derive(Clone, PartialEq, Eq)] CreateRoleResponse {
        must {
            /// The role.
            role: Role = "Role";
        }
        may {}
    }
}
operation! {
    /// A role.
    #[derive(Clone, PartialEq, Eq)]
    iam GetRole {
        must {
            /// Name.
            role_name: Text = "RoleName" [Length(1, 64), Matches(Pattern::EntityName)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] GetRoleResponse {
        must {
            /// The role.
            role: Role = "Role";
        }
        may {}
    }
}
operation! {
    /// Deletes a role that has nothing left.
    #[derive(Clone, PartialEq, Eq)]
    iam DeleteRole {
        must {
            /// Name.
            role_name: Text = "RoleName" [Length(1, 64), Matches(Pattern::EntityName)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] DeleteRoleResponse { must {} may {} }
}
operation! {
    /// Lists the roles.
    #[derive(Clone, PartialEq, Eq)]
    iam ListRoles {
        must {}
        may {
            /// Those below this path only.
            path_prefix: Text = "PathPrefix" [Length(1, 512), Matches(Pattern::PathPrefix)];
            /// Where the last page ended.
            marker: Text = "Marker" [Length(1, 320), Matches(Pattern::EntityMarker)];
            /// Size of a page; 100 without it.
            max_items: i64 = "MaxItems" [Range(1, 1000)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListRolesResponse {
        must {
            /// The page, without tags.
            roles: Vec<Role> = "Roles";
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
    /// Sets a role's trust policy.
    #[derive(Clone, PartialEq, Eq)]
    iam UpdateAssumeRolePolicy {
        must {
            /// Name.
            role_name: Text = "RoleName" [Length(1, 64), Matches(Pattern::EntityName)];
            /// The trust policy's text, kept byte for byte.
            policy_document: Text = "PolicyDocument" [Length(1, 131_072), Matches(Pattern::PolicyText)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] UpdateAssumeRolePolicyResponse { must {} may {} }
}
operation! {
    /// Sets a role's description and longest session; what is not named stays.
    #[derive(Clone, PartialEq, Eq)]
    iam UpdateRole {
        must {
            /// Name of the role.
            role_name: Text = "RoleName" [Length(1, 64), Matches(Pattern::EntityName)];
        }
        may {
            /// Description.
            description: Text = "Description" [Length(0, 1000), Matches(Pattern::RoleDescription)];
            /// The longest session, in seconds; 3,600 without it, as in AWS.
            max_session_duration: i64 = "MaxSessionDuration" [Range(3600, 43_200)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] UpdateRoleResponse { must {} may {} }
}
from_text!(GetRole, DeleteRole);
