//! Permissions boundaries.

use crate::name::Text;
use crate::operation::Pattern;
use crate::operation::table::{from_text, operation};

operation! {
    /// Bounds what a user may be allowed by its policies.
    #[derive(Clone, PartialEq, Eq)]
    iam PutUserPermissionsBoundary {
        must {
            /// Name of the user.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
            /// ARN of the managed policy that bounds it.
            permissions_boundary: Text = "PermissionsBoundary" [Length(20, 2048)] key "iam:PermissionsBoundary";
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] PutUserPermissionsBoundaryResponse { must {} may {} }
}
operation! {
    /// Takes the boundary off a user.
    #[derive(Clone, PartialEq, Eq)]
    iam DeleteUserPermissionsBoundary {
        must {
            /// Name of the user.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] DeleteUserPermissionsBoundaryResponse { must {} may {} }
}
operation! {
    /// Bounds what a role may be allowed by its policies.
    #[derive(Clone, PartialEq, Eq)]
    iam PutRolePermissionsBoundary {
        must {
            /// Name of the role.
            role_name: Text = "RoleName" [Length(1, 64), Matches(Pattern::EntityName)];
            /// ARN of the managed policy that bounds it.
            permissions_boundary: Text = "PermissionsBoundary" [Length(20, 2048)] key "iam:PermissionsBoundary";
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] PutRolePermissionsBoundaryResponse { must {} may {} }
}
operation! {
    /// Takes the boundary off a role.
    #[derive(Clone, PartialEq, Eq)]
    iam DeleteRolePermissionsBoundary {
        must {
            /// Name of the role.
            role_name: Text = "RoleName" [Length(1, 64), Matches(Pattern::EntityName)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] DeleteRolePermissionsBoundaryResponse { must {} may {} }
}
from_text!(DeleteUserPermissionsBoundary, DeleteRolePermissionsBoundary);
