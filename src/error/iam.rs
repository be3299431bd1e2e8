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
    Group,
}
impl Entity {
    fn small(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Role => "role",
            Self::Group => "group",
        }
    }
    fn large(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Role => "Role",
            Self::Group => "Group",
        }
    }
}

/// The same, of a user, group or role that was named by its ARN.
pub(crate) fn arn_not_found(arn: impl Display) -> Error {
    Error::new(&code::NO_SUCH_ENTITY, format!("No user, group or role has the ARN {arn}."))
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
/// No managed policy of that ARN.
pub(crate) fn managed_policy_not_found(arn: impl Display) -> Error {
    Error::new(&code::NO_SUCH_ENTITY, format!("Policy {arn} was not found."))
}
/// The same, where one was to be attached.
pub(crate) fn not_attachable(arn: impl Display) -> Error {
    Error::new(&code::NO_SUCH_ENTITY, format!("Policy {arn} does not exist or is not attachable."))
}
/// The same, where one was to be a boundary.
pub(crate) fn not_a_boundary(arn: impl Display) -> Error {
    Error::new(&code::NO_SUCH_ENTITY, format!("Scope ARN: {arn} does not exist or is not attachable."))
}
/// No such version of a managed policy.
pub(crate) fn policy_version_not_found(arn: impl Display, number: impl Display) -> Error {
    Error::new(&code::NO_SUCH_ENTITY, format!("Policy {arn} version v{number} does not exist or is not attachable."))
}
/// The name of a managed policy is taken, without regard to case.
pub(crate) fn managed_policy_exists(name: impl Display) -> Error {
    Error::new(
        &code::ENTITY_ALREADY_EXISTS,
        format!("A policy called {name} already exists. Duplicate names are not allowed."),
    )
}
/// The sixth version.
pub(crate) fn policy_versions_full() -> Error {
    Error::new(
        &code::LIMIT_EXCEEDED,
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
    )
}
/// The version in force cannot be deleted.
pub(crate) fn default_version_stays() -> Error {
    Error::new(&code::DELETE_CONFLICT, "Cannot delete the default version of a policy.")
}
/// A managed policy that is in use.
pub(crate) fn policy_is_attached() -> Error {
    Error::new(&code::DELETE_CONFLICT, "Cannot delete a policy attached to entities.")
}
/// A managed policy with versions beside the default one.
pub(crate) fn policy_has_versions() -> Error {
    Error::new(
        &code::DELETE_CONFLICT,
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
    )
}
/// Ours: a policy that AWS ships, or one of another account, is nobody's here to change.
pub(crate) fn policy_of_another_account() -> Error {
    Error::new(&code::INVALID_INPUT, "Policy is outside your own account.")
}
/// Ours: RemoveUserFromGroup of a user who is not in it.
pub(crate) fn not_in_group(user: impl Display, group: impl Display) -> Error {
    Error::new(&code::NO_SUCH_ENTITY, format!("The user {user} is not in the group {group}."))
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
/// Ours: a member of a request that says nothing that could be meant.
pub(crate) fn invalid_input(what: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(&code::INVALID_INPUT, what)
}
/// Ours: a member that stands for something that is not built.
pub(crate) fn unsupported(what: impl Display) -> Error {
    Error::new(&code::UNSUPPORTED, format!("`{what}` is not served by this release"))
}
/// No access key of that id, or not this user's.
pub(crate) fn access_key_not_found(id: impl Display) -> Error {
    Error::new(&code::NO_SUCH_ENTITY, format!("The Access Key with id {id} cannot be found."))
}
/// Access keys are left.
pub(crate) fn delete_access_keys_first() -> Error {
    Error::new(&code::DELETE_CONFLICT, "Cannot delete entity, must delete access keys first.")
}
/// MFA devices are left.
pub(crate) fn deactivate_devices_first() -> Error {
    Error::new(&code::DELETE_CONFLICT, "Cannot delete entity, must delete MFA device first.")
}
/// No device of that serial number, or not this user's.
pub(crate) fn device_not_found(serial: impl Display) -> Error {
    Error::new(&code::NO_SUCH_ENTITY, format!("VirtualMFADevice with serial number {serial} does not exist."))
}
/// The name of a device is taken, without regard to case.
pub(crate) fn device_exists() -> Error {
    Error::new(&code::ENTITY_ALREADY_EXISTS, "MFADevice entity at the same path and name already exists.")
}
/// Somebody holds the device that was to be given or deleted.
pub(crate) fn device_is_held(serial: impl Display) -> Error {
    Error::new(&code::ENTITY_ALREADY_EXISTS, format!("MFA Device {serial} is already in use."))
}
/// The same, where it was to be deleted.
pub(crate) fn deactivate_first() -> Error {
    Error::new(&code::DELETE_CONFLICT, "Cannot delete MFA device: it is assigned to a user. Deactivate it first.")
}
/// Two codes that a device does not show one behind the other.
pub(crate) fn wrong_codes() -> Error {
    Error::new(&code::INVALID_AUTHENTICATION_CODE, "Authentication code for device is not valid")
}
/// A code that the caller's device does not show, or has shown before.
pub(crate) fn wrong_code() -> Error {
    Error::new(&code::ACCESS_DENIED, "MultiFactorAuthentication failed with invalid MFA one time pass code.")
}
/// A device that is not the caller's.
pub(crate) fn not_your_device() -> Error {
    Error::new(
        &code::ACCESS_DENIED,
        "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
    )
}
/// One of the two without the other.
pub(crate) fn half_a_factor() -> Error {
    Error::new(
        &code::ACCESS_DENIED,
        "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
    )
}
/// The root user.
pub(crate) fn root_assumes_no_role() -> Error {
    Error::new(&code::ACCESS_DENIED, "Roles may not be assumed by root accounts.")
}
/// GetSessionToken and GetFederationToken with temporary credentials.
pub(crate) fn session_credentials(operation: &str) -> Error {
    Error::new(&code::ACCESS_DENIED, format!("Cannot call {operation} with session credentials"))
}
/// What temporary credentials of a kind cannot call, whatever their policies say.
pub(crate) fn out_of_scope(service: &'static str, action: impl Display) -> Error {
    let code = super::codes::access_denied(service);
    Error::new(code, format!("These temporary credentials cannot call {action}"))
}
/// A session longer than its role allows.
pub(crate) fn session_too_long() -> Error {
    Error::new(&code::VALIDATION, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
}
/// The same for a session that a session asked for.
pub(crate) fn chained_session_too_long() -> Error {
    Error::new(
        &code::VALIDATION,
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    )
}
/// Root's sessions of GetSessionToken and GetFederationToken last an hour at most.
pub(crate) fn root_session_too_long() -> Error {
    Error::new(
        &code::VALIDATION,
        "The requested DurationSeconds exceeds the 1 hour session limit for root credentials.",
    )
}
/// Ours: a source identity is set once.
pub(crate) fn source_identity_stays() -> Error {
    Error::new(&code::VALIDATION, "The calling session has a source identity, which cannot be changed.")
}
/// Ours: a transitive tag is set once.
pub(crate) fn transitive_tag_stays(key: impl Display) -> Error {
    Error::new(
        &code::VALIDATION,
        format!("The session tag {key} conflicts with a transitive tag of the calling session."),
    )
}
/// Ours: a transitive key without its tag.
pub(crate) fn transitive_without_tag(key: impl Display) -> Error {
    Error::new(&code::VALIDATION, format!("The transitive tag key {key} is not among the session tags."))
}
/// Policies and tags that no session token holds.
pub(crate) fn packed_policy_too_large(percent: usize) -> Error {
    Error::new(
        &code::PACKED_POLICY_TOO_LARGE,
        format!("Packed policy consumes {percent}% of allotted space, please use smaller policy."),
    )
}
/// An access key that is not there, or that is inactive; a session token that is none.
pub(crate) fn unknown_credentials() -> Error {
    Error::new(&code::INVALID_CLIENT_TOKEN_ID, "The security token included in the request is invalid.")
}
/// A signature that the secret does not make.
pub(crate) fn wrong_signature() -> Error {
    Error::new(
        &code::SIGNATURE_DOES_NOT_MATCH,
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    )
}
/// A string to sign that says another scope than the request.
pub(crate) fn scope_differs() -> Error {
    Error::new(&code::SIGNATURE_DOES_NOT_MATCH, "Credential should be scoped to a valid region, service and date.")
}
/// Signed more than a quarter of an hour from now.
pub(crate) fn stale_signature(signed: impl Display, now: impl Display) -> Error {
    Error::new(&code::SIGNATURE_DOES_NOT_MATCH, format!("Signature expired: {signed} is not within 15 min. of {now}"))
}
/// Temporary credentials whose time is over, or whose principal is gone.
pub(crate) fn expired_token() -> Error {
    Error::new(&code::EXPIRED_TOKEN, "The security token included in the request is expired")
}
