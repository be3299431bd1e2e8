//! Groups and who is in them.

use super::User;
use crate::clock::Timestamp;
use crate::name::Text;
use crate::operation::Pattern;
use crate::operation::table::{from_text, operation, structure};

structure! {
    /// A group.
    #[derive(Clone, PartialEq, Eq)]
    Group {
        must {
            /// `/` or `/…/`
            path: Text = "Path";
            /// Name.
            group_name: Text = "GroupName";
            /// `AGPA…`, never used again.
            group_id: Text = "GroupId";
            /// ARN.
            arn: Text = "Arn";
            /// When it was made.
            create_date: Timestamp = "CreateDate";
        }
        may {}
    }
}

operation! {
    /// Makes a group.
    #[derive(Clone, PartialEq, Eq)]
    iam CreateGroup {
        must {
            /// Name; unique without regard to case.
            group_name: Text = "GroupName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
        may {
            /// `/` without it.
            path: Text = "Path" [Length(1, 512), Matches(Pattern::EntityPath)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] CreateGroupResponse {
        must {
            /// The group.
            group: Group = "Group";
        }
        may {}
    }
}
operation! {
    /// A group and the users in it.
    #[derive(Clone, PartialEq, Eq)]
    iam GetGroup {
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
    } -> #[derive(Clone, PartialEq, Eq)] GetGroupResponse {
        must {
            /// The group.
            group: Group = "Group";
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
    /// Deletes a group that has nothing left and nobody in it.
    #[derive(Clone, PartialEq, Eq)]
    iam DeleteGroup {
        must {
            /// Name of the group.
            group_name: Text = "GroupName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] DeleteGroupResponse { must {} may {} }
}
operation! {
    /// Lists the groups.
    #[derive(Clone, PartialEq, Eq)]
    iam ListGroups {
        must {}
        may {
            /// Those below this path only.
            path_prefix: Text = "PathPrefix" [Length(1, 512), Matches(Pattern::PathPrefix)];
            /// Where the last page ended. (AWS's markers have at most 320 characters; ours carry a name sealed.)
            marker: Text = "Marker" [Length(1, 640), Matches(Pattern::EntityMarker)];
            /// Size of a page; 100 without it.
            max_items: i64 = "MaxItems" [Range(1, 1000)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListGroupsResponse {
        must {
            /// The page.
            groups: Vec<Group> = "Groups";
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
    /// Lists the groups that a user is in.
    #[derive(Clone, PartialEq, Eq)]
    iam ListGroupsForUser {
        must {
            /// Name of the user.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
        may {
            /// Where the last page ended. (AWS's markers have at most 320 characters; ours carry a name sealed.)
            marker: Text = "Marker" [Length(1, 640), Matches(Pattern::EntityMarker)];
            /// Size of a page; 100 without it.
            max_items: i64 = "MaxItems" [Range(1, 1000)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListGroupsForUserResponse {
        must {
            /// The page.
            groups: Vec<Group> = "Groups";
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
    /// Puts a user into a group; one that is in it stays.
    #[derive(Clone, PartialEq, Eq)]
    iam AddUserToGroup {
        must {
            /// Name of the group.
            group_name: Text = "GroupName" [Length(1, 128), Matches(Pattern::EntityName)];
            /// Name of the user.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] AddUserToGroupResponse { must {} may {} }
}
operation! {
    /// Takes a user out of a group.
    #[derive(Clone, PartialEq, Eq)]
    iam RemoveUserFromGroup {
        must {
            /// Name of the group.
            group_name: Text = "GroupName" [Length(1, 128), Matches(Pattern::EntityName)];
            /// Name of the user.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] RemoveUserFromGroupResponse { must {} may {} }
}
operation! {
    /// Renames a group or moves it to another path. Its unique id, its policies and its users stay; its ARN changes.
    #[derive(Clone, PartialEq, Eq)]
    iam UpdateGroup {
        must {
            /// Name of the group.
            group_name: Text = "GroupName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
        may {
            /// The new path; the old one without it.
            new_path: Text = "NewPath" [Length(1, 512), Matches(Pattern::EntityPath)];
            /// The new name; the old one without it.
            new_group_name: Text = "NewGroupName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] UpdateGroupResponse { must {} may {} }
}
from_text!(CreateGroup, GetGroup, DeleteGroup, ListGroupsForUser);
