//! Users.

use crate::clock::Timestamp;
use crate::name::Text;
use crate::operation::Pattern;
use crate::operation::table::{choice, from_text, operation, structure};

structure! {
    /// A tag of a user or role. Keys are unique without regard to case.
    #[derive(Clone, PartialEq, Eq)]
    Tag {
        must {
            /// Its key.
            key: Text = "Key" [Length(1, 128), Matches(Pattern::TagKey)] key "aws:TagKeys";
            /// Its value; may be empty.
            value: Text = "Value" [Length(0, 256), Matches(Pattern::TagValue)];
        }
        may {}
    } pair key value
}
choice! {
    /// How a boundary is given.
    PermissionsBoundaryType { Policy = "PermissionsBoundaryPolicy" }
}
structure! {
    /// The policy that bounds what a user or role may be allowed.
    #[derive(Clone, PartialEq, Eq)]
    AttachedPermissionsBoundary {
        must {
            /// Always a policy.
            permissions_boundary_type: PermissionsBoundaryType = "PermissionsBoundaryType";
            /// Its ARN.
            permissions_boundary_arn: Text = "PermissionsBoundaryArn";
        }
        may {}
    }
}
structure! {
    /// A user.
    #[derive(Clone, PartialEq, Eq)]
    User {
        must {
            /// `/` or `/…/`
            path: Text = "Path";
            /// Name.
            user_name: Text = "UserName";
            /// `AIDA…`, never used again.
            user_id: Text = "UserId";
            /// ARN.
            arn: Text = "Arn";
            /// When it was made.
            create_date: Timestamp = "CreateDate";
        }
        may {
            /// When it last signed in with a password.
            password_last_used: Timestamp = "PasswordLastUsed";
            /// What bounds it.
            permissions_boundary: AttachedPermissionsBoundary = "PermissionsBoundary";
            /// Its tags.
            tags: Vec<Tag> = "Tags";
        }
    }
}

operation! {
    /// Makes a user.
    #[derive(Clone, PartialEq, Eq)]
    iam CreateUser {
        must {
            /// Name; unique without regard to case.
            user_name: Text = "UserName" [Length(1, 64), Matches(Pattern::EntityName)];
        }
        may {
            /// `/` without it.
            path: Text = "Path" [Length(1, 512), Matches(Pattern::EntityPath)];
            /// ARN of the policy that bounds it.
            permissions_boundary: Text = "PermissionsBoundary" [Length(20, 2048)] key "iam:PermissionsBoundary";
            /// Tags; they need `TagUser` too.
            tags: Vec<Tag> = "Tags" [Items(0, 50)] key "aws:RequestTag/";
        }
    } -> #[derive(Clone, PartialEq, Eq)] CreateUserResponse {
        must {
            /// The user.
            user: User = "User";
        }
        may {}
    }
}
operation! {
    /// A user; the caller without a name.
    #[derive(Clone, PartialEq, Eq)]
    iam GetUser {
        must {}
        may {
            /// Name.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] GetUserResponse {
        must {
            /// The user.
            user: User = "User";
        }
        may {}
    }
}
operation! {
    /// Deletes a user that has nothing left.
    #[derive(Clone, PartialEq, Eq)]
    iam DeleteUser {
        must {
            /// Name.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] DeleteUserResponse { must {} may {} }
}
operation! {
    /// Lists the users.
    #[derive(Clone, PartialEq, Eq)]
    iam ListUsers {
        must {}
        may {
            /// Those below this path only.
            path_prefix: Text = "PathPrefix" [Length(1, 512), Matches(Pattern::PathPrefix)];
            /// Where the last page ended.
            marker: Text = "Marker" [Length(1, 320), Matches(Pattern::EntityMarker)];
            /// Size of a page; 100 without it.
            max_items: i64 = "MaxItems" [Range(1, 1000)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListUsersResponse {
        must {
            /// The page, without tags.
            users: Vec<User> = "Users";
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
    /// Renames a user or moves it to another path. Its unique id stays, and with it policies, groups, tags, grants and what
    /// resources' policies say of it; its ARN changes, and its sessions end.
    #[derive(Clone, PartialEq, Eq)]
    iam UpdateUser {
        must {
            /// Name.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
        may {
            /// The new path; the old one without it.
            new_path: Text = "NewPath" [Length(1, 512), Matches(Pattern::EntityPath)];
            /// The new name; the old one without it.
            new_user_name: Text = "NewUserName" [Length(1, 64), Matches(Pattern::EntityName)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] UpdateUserResponse { must {} may {} }
}
from_text!(CreateUser, DeleteUser);
