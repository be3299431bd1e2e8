//! Exact texts of IAM and STS. A text without a note is AWS's own; the others are ours, where only the code is known.
#![allow(dead_code, reason = "the table is complete; walks of later issues use the rest")]

use std::fmt::Display;

use super::Error;
use super::codes::iam as code;

/// What a text is about: `user` or `role`; AWS writes the first letter small or large by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Entity {
    User,
    Role,
}
impl Entity {
    fn small(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Role => "role",
        }
    }
    fn large(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Role => "Role",
        }
    }
}

/// Told only to those who may know.
pub(crate) fn entity_not_found(entity: Entity, name: impl Display) -> Error {
    Error::new(&code::NO_SUCH_ENTITY, format!("The {} with name {name} cannot be found.", entity.small()))
}
/// The name is taken, without regard to case.
pub(crate) fn entity_exists(entity: Entity, name: impl Display) -> Error {
    Error::new(&code::ENTITY_ALREADY_EXISTS, format!("{} with name {name} already exists.", entity.large()))
}
/// No inline policy of that name.
pub(crate) fn policy_not_found(entity: Entity, name: impl Display) -> Error {
    Error::new(&code::NO_SUCH_ENTITY, format!("The {} policy with name {name} cannot be found.", entity.small()))
}
/// Inline policies are left.
pub(crate) fn delete_policies_first() -> Error {
    Error::new(&code::DELETE_CONFLICT, "Cannot delete entity, must delete policies first.")
}
/// Attached policies are left.
pub(crate) fn detach_policies_first() -> Error {
    Error::new(&code::DELETE_CONFLICT, "Cannot delete entity, must detach all policies first.")
}
/// Memberships are left.
pub(crate) fn remove_from_groups_first() -> Error {
    Error::new(&code::DELETE_CONFLICT, "Cannot delete entity, must remove users from group first.")
}
/// The text is no policy; `where_and_why` is ours and follows AWS's sentence.
pub(crate) fn policy_syntax(where_and_why: impl Display) -> Error {
    Error::new(&code::MALFORMED_POLICY, format!("Syntax errors in policy. {where_and_why}"))
}
/// A principal that does not exist, in a trust policy.
pub(crate) fn policy_principal(arn: impl Display) -> Error {
    Error::new(&code::MALFORMED_POLICY, format!("Invalid principal in policy: \"AWS\":\"{arn}\""))
}
/// Inline policies are longer than the quota, white space aside.
pub(crate) fn policies_too_long(bytes: usize, entity: Entity, name: impl Display) -> Error {
    Error::new(
        &code::LIMIT_EXCEEDED,
        format!("Maximum policy size of {bytes} bytes exceeded for {} {name}", entity.small()),
    )
}
/// The trust policy is longer than the quota.
pub(crate) fn trust_policy_too_long(bytes: usize) -> Error {
    Error::new(&code::LIMIT_EXCEEDED, format!("Cannot exceed quota for ACLSizePerRole: {bytes}"))
}
/// Too many of a thing, such as `UsersPerAccount`.
pub(crate) fn quota(name: &str, most: usize) -> Error {
    Error::new(&code::LIMIT_EXCEEDED, format!("Cannot exceed quota for {name}: {most}"))
}
/// Ours: the same tag key twice in one request, without regard to case.
pub(crate) fn duplicate_tag_keys() -> Error {
    Error::new(&code::INVALID_INPUT, "Duplicate tag keys found. Please note that Tag keys are case insensitive.")
}
/// Ours: a tag key that begins with `aws:`, in any case.
pub(crate) fn reserved_tag_key() -> Error {
    Error::new(&code::INVALID_INPUT, "Tag keys that begin with aws: are reserved.")
}
/// Ours: a marker of another list, or none of this store's.
pub(crate) fn invalid_marker() -> Error {
    Error::new(&code::VALIDATION, "Invalid Marker.")
}
/// GetUser without a name, by somebody who is no user.
pub(crate) fn user_name_missing() -> Error {
    Error::new(&code::VALIDATION, "Must specify userName when calling with non-User credentials")
}
/// Ours: a boundary, which this release does not attach.
pub(crate) fn unsupported(what: impl Display) -> Error {
    Error::new(&code::UNSUPPORTED, format!("`{what}` is not served by this release"))
}
