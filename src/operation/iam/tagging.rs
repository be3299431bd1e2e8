//! Tags of users, roles and managed policies.

use super::Tag;
use crate::name::Text;
use crate::operation::Pattern;
use crate::operation::table::{from_text, operation};

operation! {
    /// Sets tags of a user; others stay.
    #[derive(Clone, PartialEq, Eq)]
    iam TagUser {
        must {
            /// Name of the user.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
            /// Tags.
            tags: Vec<Tag> = "Tags" [Items(0, 50)] key "aws:RequestTag/";
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] TagUserResponse { must {} may {} }
}
operation! {
    /// Removes tags of a user.
    #[derive(Clone, PartialEq, Eq)]
    iam UntagUser {
        must {
            /// Name of the user.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
            /// Keys of the tags.
            tag_keys: Vec<Text> = "TagKeys" [Items(0, 50)] each [Length(1, 128), Matches(Pattern::TagKey)] key "aws:TagKeys";
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] UntagUserResponse { must {} may {} }
}
operation! {
    /// Lists the tags of a user.
    #[derive(Clone, PartialEq, Eq)]
    iam ListUserTags {
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
    } -> #[derive(Clone, PartialEq, Eq)] ListUserTagsResponse {
        must {
            /// The page, by key.
            tags: Vec<Tag> = "Tags";
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
    /// Sets tags of a role; others stay.
    #[derive(Clone, PartialEq, Eq)]
    iam TagRole {
        must {
            /// Name of the role.
            role_name: Text = "RoleName" [Length(1, 64), Matches(Pattern::EntityName)];
            /// Tags.
            tags: Vec<Tag> = "Tags" [Items(0, 50)] key "aws:RequestTag/";
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] TagRoleResponse { must {} may {} }
}
operation! {
    /// Removes tags of a role.
    #[derive(Clone, PartialEq, Eq)]
    iam UntagRole {
        must {
            /// Name of the role.
            role_name: Text = "RoleName" [Length(1, 64), Matches(Pattern::EntityName)];
            /// Keys of the tags.
            tag_keys: Vec<Text> = "TagKeys" [Items(0, 50)] each [Length(1, 128), Matches(Pattern::TagKey)] key "aws:TagKeys";
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] UntagRoleResponse { must {} may {} }
}
operation! {
    /// Lists the tags of a role.
    #[derive(Clone, PartialEq, Eq)]
    iam ListRoleTags {
        must {
            /// Name of the role.
            role_name: Text = "RoleName" [Length(1, 64), Matches(Pattern::EntityName)];
        }
        may {
            /// Where the last page ended. (AWS's markers have at most 320 characters; ours carry a name sealed.)
            marker: Text = "Marker" [Length(1, 640), Matches(Pattern::EntityMarker)];
            /// Size of a page; 100 without it.
            max_items: i64 = "MaxItems" [Range(1, 1000)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListRoleTagsResponse {
        must {
            /// The page, by key.
            tags: Vec<Tag> = "Tags";
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
    /// Sets tags of a policy; others stay.
    #[derive(Clone, PartialEq, Eq)]
    iam TagPolicy {
        must {
            /// ARN of the managed policy.
            policy_arn: Text = "PolicyArn" [Length(20, 2048)];
            /// Tags.
            tags: Vec<Tag> = "Tags" [Items(0, 50)] key "aws:RequestTag/";
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] TagPolicyResponse { must {} may {} }
}
operation! {
    /// Removes tags of a policy.
    #[derive(Clone, PartialEq, Eq)]
    iam UntagPolicy {
        must {
            /// ARN of the managed policy.
            policy_arn: Text = "PolicyArn" [Length(20, 2048)];
            /// Keys of the tags.
            tag_keys: Vec<Text> = "TagKeys" [Items(0, 50)] each [Length(1, 128), Matches(Pattern::TagKey)] key "aws:TagKeys";
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] UntagPolicyResponse { must {} may {} }
}
operation! {
    /// Lists the tags of a policy.
    #[derive(Clone, PartialEq, Eq)]
    iam ListPolicyTags {
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
    } -> #[derive(Clone, PartialEq, Eq)] ListPolicyTagsResponse {
        must {
            /// The page, by key.
            tags: Vec<Tag> = "Tags";
            /// May more follow?
            is_truncated: bool = "IsTruncated";
        }
        may {
            /// Present if more may follow.
            marker: Text = "Marker";
        }
    }
}
from_text!(ListUserTags, ListRoleTags, ListPolicyTags);
