//! Exact texts of Secrets Manager. A text without a note is AWS's own; the others are ours, where only the code is known.
#![allow(dead_code, reason = "the table is complete; walks of later issues use the rest")]

use std::fmt::Display;

use super::Error;
use super::codes::secretsmanager as code;

// Names and look-up.

/// A name with other characters than the allowed ones.
pub(crate) fn invalid_name() -> Error {
    Error::new(
        &code::VALIDATION,
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
    )
}
/// Told only to those who may know.
pub(crate) fn secret_not_found() -> Error {
    Error::new(&code::RESOURCE_NOT_FOUND, "Secrets Manager can't find the specified secret.")
}
/// No such version, or a version without a value, asked for by its id.
pub(crate) fn version_not_found(id: impl Display) -> Error {
    Error::new(
        &code::RESOURCE_NOT_FOUND,
        format!("Secrets Manager can't find the specified secret value for VersionId: {id}"),
    )
}
/// No version has the label, or the version has no value.
pub(crate) fn label_not_found(label: impl Display) -> Error {
    Error::new(
        &code::RESOURCE_NOT_FOUND,
        format!("Secrets Manager can't find the specified secret value for staging label: {label}"),
    )
}
/// Id and label of a request mean different versions.
pub(crate) fn label_not_on_version() -> Error {
    Error::new(&code::INVALID_REQUEST, "You provided a VersionStage that is not associated to the provided VersionId.")
}

// Values and tokens.

/// The request has no idempotency token.
pub(crate) fn token_missing() -> Error {
    Error::new(&code::INVALID_REQUEST, TOKEN_MISSING)
}
/// The same, at RotateSecret, which alone answers another code.
pub(crate) fn token_missing_in_rotation() -> Error {
    Error::new(&code::INVALID_PARAMETER, TOKEN_MISSING)
}
const TOKEN_MISSING: &str = "You must provide a ClientRequestToken value. We recommend a UUID-type value.";

/// The token made a version of another value.
pub(crate) fn token_in_use(token: impl Display, arn: impl Display) -> Error {
    Error::new(
        &code::RESOURCE_EXISTS,
        format!(
            "You can't use ClientRequestToken {token} because that value is already in use for a version of secret {arn}."
        ),
    )
}
/// The name is taken.
pub(crate) fn secret_exists(name: impl Display) -> Error {
    Error::new(&code::RESOURCE_EXISTS, format!("The operation failed because the secret {name} already exists."))
}
/// Text and binary value in one request.
pub(crate) fn both_values() -> Error {
    Error::new(
        &code::INVALID_PARAMETER,
        "You can't specify both a binary secret value and a string secret value in the same secret.",
    )
}
/// A put without a value.
pub(crate) fn no_value() -> Error {
    Error::new(&code::INVALID_REQUEST, "You must provide either SecretString or SecretBinary.")
}

// Labels and versions.

/// The label is on another version than the request says, or it says none.
pub(crate) fn label_attached_elsewhere(label: impl Display, version: impl Display) -> Error {
    Error::new(
        &code::INVALID_PARAMETER,
        format!(
            "The parameter RemoveFromVersionId can't be empty. Staging label {label} is currently attached to version \
             {version}, so you must explicitly reference that version in RemoveFromVersionId."
        ),
    )
}
/// AWSCURRENT is moved, never just removed. The apostrophe of the last sentence is AWS's.
pub(crate) fn current_is_never_removed() -> Error {
    Error::new(
        &code::INVALID_PARAMETER,
        "You can only move staging label AWSCURRENT to a different secret version. It can\u{2019}t be completely removed.",
    )
}
/// Ours: the label is not on the version that it is to be removed from.
pub(crate) fn label_not_attached(label: impl Display, version: impl Display) -> Error {
    Error::new(&code::INVALID_PARAMETER, format!("Staging label {label} isn't attached to version {version}."))
}
/// Ours: neither a version to move the label to nor one to remove it from.
pub(crate) fn no_version_named() -> Error {
    Error::new(&code::INVALID_PARAMETER, "You must provide either RemoveFromVersionId or MoveToVersionId.")
}
/// Ours: more than 20 labels over all versions.
pub(crate) fn too_many_labels() -> Error {
    Error::new(
        &code::LIMIT_EXCEEDED,
        "You can't have more than 20 staging labels attached to the versions of a secret.",
    )
}
/// Ours: no room for another version, because none is old enough to be cleaned up.
pub(crate) fn too_many_versions() -> Error {
    Error::new(&code::LIMIT_EXCEEDED, "You can't create more versions of this secret within 24 hours.")
}
/// Ours: another version is current than a put expected.
pub(crate) fn another_version(found: impl Display) -> Error {
    Error::new(&code::VERSION_MOVED, format!("The current version of the secret is not the expected one: {found}."))
}

/// Ours: the quota of secrets is used up.
pub(crate) fn too_many_secrets(limit: u64) -> Error {
    Error::new(&code::LIMIT_EXCEEDED, format!("You can't have more than {limit} secrets."))
}

// Deletion.

/// The secret is scheduled for deletion.
pub(crate) fn scheduled_for_deletion() -> Error {
    Error::new(
        &code::INVALID_REQUEST,
        "You can't perform this operation on the secret because it was marked for deletion.",
    )
}
/// A secret of that name is scheduled for deletion.
pub(crate) fn name_scheduled_for_deletion() -> Error {
    Error::new(
        &code::INVALID_REQUEST,
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
    )
}
/// Not 7 to 30 days.
pub(crate) fn recovery_window_out_of_range() -> Error {
    Error::new(&code::INVALID_PARAMETER, "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
}
/// A window, and no window.
pub(crate) fn force_with_recovery_window() -> Error {
    Error::new(
        &code::INVALID_PARAMETER,
        "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
    )
}
/// Replicas are removed first.
pub(crate) fn still_has_replicas(secret: impl Display, regions: &[&str]) -> Error {
    Error::new(
        &code::INVALID_PARAMETER,
        format!("You can't delete secret {secret} that still has replica regions [{}]", regions.join(", ")),
    )
}

// Tags. All texts are ours.

/// More than 50.
pub(crate) fn too_many_tags() -> Error {
    Error::new(&code::INVALID_PARAMETER, "You can't have more than 50 tags on a secret.")
}
/// A key that begins with `aws:`, in any case.
pub(crate) fn reserved_tag_key() -> Error {
    Error::new(&code::INVALID_PARAMETER, "Tag keys that begin with aws: are reserved.")
}
/// The same key twice in one request.
pub(crate) fn duplicate_tag_key(key: impl Display) -> Error {
    Error::new(&code::INVALID_PARAMETER, format!("The tag key {key} is given more than once."))
}

// Lists.

/// A filter without values.
pub(crate) fn filter_without_values(key: impl Display) -> Error {
    Error::new(&code::INVALID_PARAMETER, format!("Invalid filter values for key: {key}"))
}
/// A filter without key.
pub(crate) fn filter_without_key() -> Error {
    Error::new(&code::INVALID_PARAMETER, "Invalid filter key")
}
/// Ours: a token of another list, or none of this store's.
pub(crate) fn invalid_next_token() -> Error {
    Error::new(&code::INVALID_NEXT_TOKEN, "The NextToken value is invalid.")
}
/// Ours: more text than one list can search.
pub(crate) fn too_much_to_list() -> Error {
    Error::new(&code::LIMIT_EXCEEDED, "There are too many secrets with too long attributes to list them.")
}
/// BatchGetSecretValue: both a list and filters, or neither.
pub(crate) fn either_list_or_filters() -> Error {
    Error::new(&code::INVALID_PARAMETER, "Either 'SecretIdList' or 'Filters' must be provided, but not both.")
}

/// BatchGetSecretValue: the size of a page, without the filters that would make pages. The text as known from client test kits.
pub(crate) fn page_without_filters() -> Error {
    Error::new(
        &code::INVALID_PARAMETER,
        "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
    )
}

// Passwords.

/// Shorter than the number of classes that must be in it.
pub(crate) fn password_too_short() -> Error {
    Error::new(&code::INVALID_PARAMETER, "Password length is too short based on the required types.")
}
/// A class that must be in it has nothing left.
pub(crate) fn password_class_emptied() -> Error {
    Error::new(&code::INVALID_PARAMETER, "All characters of the desired type have been excluded.")
}
/// Nothing is left at all.
pub(crate) fn password_alphabet_emptied() -> Error {
    Error::new(&code::INVALID_PARAMETER, "All characters have been excluded from selection.")
}

// Resource policies.

/// The text is no policy; `where_and_why` is ours and follows AWS's sentence.
pub(crate) fn policy_syntax(where_and_why: impl Display) -> Error {
    Error::new(&code::MALFORMED_POLICY, format!("This resource policy contains a syntax error. {where_and_why}"))
}
/// A user or role of the store's account that does not exist.
pub(crate) fn policy_principal() -> Error {
    Error::new(&code::MALFORMED_POLICY, "This resource policy contains an unsupported principal.")
}
/// A service that is none.
pub(crate) fn policy_service_principal() -> Error {
    Error::new(&code::MALFORMED_POLICY, "This resource policy contains an invalid service principal.")
}
/// The caller could not put another.
pub(crate) fn policy_locks_out() -> Error {
    Error::new(&code::INVALID_REQUEST, "Your requested changes will not allow you to manage this secret in the future.")
}
/// Broad access, which the request forbade.
pub(crate) fn public_policy() -> Error {
    Error::new(&code::PUBLIC_POLICY, "You can't attach a resource-based policy that allows broad access to the secret.")
}
/// Ours: Put and Delete of another policy than `default`.
pub(crate) fn policy_name_not_default() -> Error {
    Error::new(&code::INVALID_PARAMETER, "The only policy name that you can use is default.")
}
/// Ours: Get of another policy than `default`.
pub(crate) fn policy_not_found(name: impl Display) -> Error {
    Error::new(&code::RESOURCE_NOT_FOUND, format!("Secrets Manager can't find the resource policy {name}."))
}

// Keys.

/// KMS refused the caller.
pub(crate) fn kms_access_denied() -> Error {
    Error::new(&code::ACCESS_DENIED, "Access to KMS is not allowed")
}
/// The managed key serves its own account only.
pub(crate) fn foreign_account_with_managed_key() -> Error {
    Error::new(
        &code::INVALID_REQUEST,
        "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS service key.",
    )
}
/// The key is disabled, waits for deletion or has no material. The text is that of the AWS model's documentation.
pub(crate) fn encryption_failure() -> Error {
    Error::new(
        &code::ENCRYPTION_FAILURE,
        "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that the KMS key is \
         available, enabled, and not in an invalid state.",
    )
}
/// The same, on reading.
pub(crate) fn decryption_failure() -> Error {
    Error::new(
        &code::DECRYPTION_FAILURE,
        "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
    )
}
/// Ours: there is no such key.
pub(crate) fn key_not_found(key: impl Display) -> Error {
    Error::new(&code::RESOURCE_NOT_FOUND, format!("Secrets Manager can't find the KMS key {key}."))
}
/// Ours: the key is not for encrypting.
pub(crate) fn key_not_symmetric() -> Error {
    Error::new(&code::INVALID_PARAMETER, "You must use a symmetric encryption KMS key.")
}

// Rotation and replication.

/// No function known, none given.
pub(crate) fn no_rotation_function() -> Error {
    Error::new(&code::INVALID_REQUEST, "No Lambda rotation function ARN is associated with this secret.")
}
/// The function is missing or does not admit the service.
pub(crate) fn rotation_function_not_invocable() -> Error {
    Error::new(
        &code::ACCESS_DENIED,
        "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the \
         principal secretsmanager.amazonaws.com.",
    )
}
/// AWSPENDING is on another version than the current one.
pub(crate) fn rotation_not_complete() -> Error {
    Error::new(&code::INVALID_REQUEST, "A previous rotation isn't complete. That rotation will be reattempted.")
}
/// Ours: the token of a rotation names a version that something else made.
pub(crate) fn rotation_token_in_use(token: impl Display, arn: impl Display) -> Error {
    Error::new(
        &code::INVALID_REQUEST,
        format!(
            "You can't use ClientRequestToken {token} because that value is already in use for a version of secret {arn}."
        ),
    )
}
/// Ours: nothing to cancel or to take up again.
pub(crate) fn rotation_not_configured() -> Error {
    Error::new(
        &code::INVALID_REQUEST,
        "You can't perform this operation because rotation isn't configured for this secret.",
    )
}
/// Ours: nothing to take up again.
pub(crate) fn no_rotation_under_way() -> Error {
    Error::new(&code::INVALID_REQUEST, "No rotation of this secret is under way.")
}
/// Ours: a partner's secret.
pub(crate) fn rotation_of_partners_secret(kind: impl Display) -> Error {
    Error::new(&code::INVALID_REQUEST, format!("You can't rotate a secret of type {kind}: its partner rotates it."))
}
/// Ours: days and an expression.
pub(crate) fn two_schedules() -> Error {
    Error::new(
        &code::INVALID_PARAMETER,
        "You can't specify both AutomaticallyAfterDays and ScheduleExpression. Choose one of them.",
    )
}
/// Ours: not 1 to 1000 days.
pub(crate) fn rotation_days_out_of_range(days: i64) -> Error {
    Error::new(&code::INVALID_PARAMETER, format!("AutomaticallyAfterDays is {days}; it must be between 1 and 1000."))
}
/// Ours: when would the window open?
pub(crate) fn window_without_schedule() -> Error {
    Error::new(
        &code::INVALID_PARAMETER,
        "Duration needs a schedule: send AutomaticallyAfterDays or ScheduleExpression with it.",
    )
}
/// Ours: a window that cannot be.
pub(crate) fn window_refused(duration: impl Display, why: impl Display) -> Error {
    Error::new(&code::INVALID_PARAMETER, format!("Invalid Duration {duration}: {why}."))
}
/// Ours: a schedule that cannot be.
pub(crate) fn schedule_refused(expression: impl Display, why: impl Display) -> Error {
    Error::new(&code::INVALID_PARAMETER, format!("Invalid ScheduleExpression {expression}: {why}."))
}
/// Ours: the last step of a rotation did not do what it is for.
pub(crate) fn not_made_current(version: impl Display) -> Error {
    Error::new(&code::INVALID_REQUEST, format!("the function returned, but AWSCURRENT is not on version {version}"))
}
/// Ours: a version that is about to go.
pub(crate) fn stand_in_takes_no_label(version: impl Display) -> Error {
    Error::new(
        &code::INVALID_PARAMETER,
        format!(
            "Version {version} only stands in for the current one while the rotation is tested. It takes no labels."
        ),
    )
}
/// Ours: the token of another rotation.
pub(crate) fn wrong_rotation_token() -> Error {
    Error::new(&code::INVALID_PARAMETER, "The RotationToken isn't the one of the rotation under way.")
}
/// The primary's own region.
pub(crate) fn invalid_replica_region() -> Error {
    Error::new(&code::INVALID_PARAMETER, "Invalid replica region.")
}
/// Ours: a region that is named twice.
pub(crate) fn replica_region_twice(region: impl Display) -> Error {
    Error::new(&code::INVALID_PARAMETER, format!("The replica region {region} is given more than once."))
}
/// Ours: a region that has a replica already.
pub(crate) fn replica_exists(region: impl Display) -> Error {
    Error::new(&code::INVALID_PARAMETER, format!("The secret already has a replica in region {region}."))
}
/// Ours: a region that has none.
pub(crate) fn no_replica_there(region: impl Display) -> Error {
    Error::new(&code::INVALID_PARAMETER, format!("The secret has no replica in region {region}."))
}
/// Ours: a secret that is no replica.
pub(crate) fn not_a_replica() -> Error {
    Error::new(&code::INVALID_PARAMETER, "The secret is not a replica.")
}
/// A write to a replica.
pub(crate) fn operation_on_replica() -> Error {
    Error::new(
        &code::INVALID_PARAMETER,
        "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
    )
}
/// Ours: a replica of a secret of another account.
pub(crate) fn cross_account_replica() -> Error {
    Error::new(
        &code::INVALID_PARAMETER,
        "CrossAccountPrimaryARN: replicas of another account's secrets are not served.",
    )
}
/// Ours: a member that this release does not serve.
pub(crate) fn member_unsupported(member: &str) -> Error {
    Error::new(&code::UNSUPPORTED, format!("`{member}` is not served by this release"))
}
