//! Exact texts of KMS. A text without a note is AWS's own; the others are ours, where only the code is known.
#![allow(dead_code, reason = "the table is complete; walks of later issues use the rest")]

use std::fmt::Display;

use super::Error;
use super::codes::kms as code;

// Identifiers.

/// Neither an id nor an ARN nor an alias; also an alias given to a call that takes none.
pub(crate) fn invalid_key_id(given: impl Display) -> Error {
    Error::new(&code::NOT_FOUND, format!("Invalid keyId '{given}'"))
}
/// Well formed, but there is no such key. The id is expanded to an ARN.
pub(crate) fn key_not_found(arn: impl Display) -> Error {
    Error::new(&code::NOT_FOUND, format!("Key '{arn}' does not exist"))
}
/// An ARN of another region.
pub(crate) fn foreign_region(region: impl Display) -> Error {
    Error::new(&code::NOT_FOUND, format!("Invalid arn {region}"))
}
/// No such alias, in calls that use, update or delete it.
pub(crate) fn alias_not_found(arn: impl Display) -> Error {
    Error::new(&code::NOT_FOUND, format!("Alias {arn} is not found."))
}

// CreateKey.

/// KeySpec and its old name together.
pub(crate) fn both_key_specs() -> Error {
    Error::new(
        &code::VALIDATION,
        "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.",
    )
}
/// Only symmetric encryption keys have a usage of their own.
pub(crate) fn key_usage_missing() -> Error {
    Error::new(
        &code::VALIDATION,
        "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
    )
}
/// A usage that the kind of key has not.
pub(crate) fn key_usage_mismatch(usage: impl Display, spec: impl Display) -> Error {
    Error::new(&code::VALIDATION, format!("KeyUsage {usage} is not compatible with KeySpec {spec}"))
}
/// Ours: a kind of key, an origin or a member that this release does not serve.
pub(crate) fn unsupported(what: impl Display) -> Error {
    Error::new(&code::UNSUPPORTED, format!("`{what}` is not served by this release"))
}

// States: E1 to E6.

/// E1
pub(crate) fn disabled(arn: impl Display) -> Error {
    Error::new(&code::DISABLED, format!("{arn} is disabled."))
}
/// E2
pub(crate) fn pending_deletion(arn: impl Display) -> Error {
    Error::new(&code::INVALID_STATE, format!("{arn} is pending deletion."))
}
/// E3
pub(crate) fn not_pending_deletion(arn: impl Display) -> Error {
    Error::new(&code::INVALID_STATE, format!("{arn} is not pending deletion."))
}
/// E4
pub(crate) fn pending_import(arn: impl Display) -> Error {
    Error::new(&code::INVALID_STATE, format!("{arn} is pending import."))
}
/// E5
pub(crate) fn origin_is_external(arn: impl Display) -> Error {
    Error::new(&code::UNSUPPORTED, format!("{arn} origin is EXTERNAL which is not valid for this operation."))
}
/// E6
pub(crate) fn origin_is_aws_kms(arn: impl Display) -> Error {
    Error::new(&code::UNSUPPORTED, format!("{arn} origin is AWS_KMS which is not valid for this operation."))
}
/// Ours: not 7 to 30 days.
pub(crate) fn pending_window_out_of_range() -> Error {
    Error::new(&code::VALIDATION, "PendingWindowInDays must be between 7 and 30 days (inclusive).")
}

// Aliases.

/// A name without its prefix.
pub(crate) fn alias_prefix() -> Error {
    Error::new(
        &code::VALIDATION,
        "Alias must start with the prefix \"alias/\". Please see \
         https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
    )
}
/// A colon: the model has it, the service has not.
pub(crate) fn alias_characters(name: impl Display) -> Error {
    Error::new(&code::VALIDATION, format!("{name} contains invalid characters for an alias"))
}
/// `alias/aws/…`
pub(crate) fn reserved_alias() -> Error {
    Error::new(&code::NOT_AUTHORIZED, "")
}
/// The name is taken.
pub(crate) fn alias_exists(arn: impl Display) -> Error {
    Error::new(&code::ALREADY_EXISTS, format!("An alias with the name {arn} already exists"))
}
/// The target is an alias.
pub(crate) fn alias_of_alias() -> Error {
    Error::new(&code::VALIDATION, "Aliases must refer to keys. Not aliases")
}
/// Ours: old and new target differ in kind or usage.
pub(crate) fn alias_kind_mismatch(alias: impl Display) -> Error {
    Error::new(
        &code::VALIDATION,
        format!("Alias {alias} cannot be changed from a key of one type or key usage to a key of another."),
    )
}
/// Ours: more than 50 on one key.
pub(crate) fn too_many_aliases(arn: impl Display) -> Error {
    Error::new(&code::LIMIT_EXCEEDED, format!("{arn} has the greatest number of aliases allowed, 50."))
}

// Encrypting.

/// The blob is of another key than the request names, or that key does not encrypt.
pub(crate) fn incorrect_key() -> Error {
    Error::new(
        &code::INCORRECT_KEY,
        "The key ID in the request does not identify a CMK that can perform this operation.",
    )
}
/// Damaged, truncated, extended, or another context. One error without a text, so that it is no oracle.
pub(crate) fn invalid_ciphertext() -> Error {
    Error::new(&code::INVALID_CIPHERTEXT, "")
}
/// The blob's key is unknown here, or the caller may not use it. One answer, so that it is no oracle.
pub(crate) fn ciphertext_of_unknown_key() -> Error {
    Error::new(
        &code::ACCESS_DENIED,
        "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not \
         allowed to access.",
    )
}
/// The key is for something else.
pub(crate) fn key_usage_not_valid(arn: impl Display, usage: impl Display, operation: &str) -> Error {
    Error::new(&code::INVALID_KEY_USAGE, format!("{arn} key usage is {usage} which is not valid for {operation}."))
}
/// The key's kind has another algorithm.
pub(crate) fn algorithm_not_valid(algorithm: impl Display, spec: impl Display) -> Error {
    Error::new(&code::INVALID_KEY_USAGE, format!("Algorithm {algorithm} is incompatible with key spec {spec}."))
}
/// The MAC is of another message, key or algorithm, or of another length: one error without a text.
pub(crate) fn invalid_mac() -> Error {
    Error::new(&code::INVALID_MAC, "")
}
/// A GenerateRandom that does not say how many.
pub(crate) fn random_length_missing() -> Error {
    Error::new(&code::VALIDATION, "NumberOfBytes is required.")
}
/// Ours: a ciphertext is left out by a dry run alone, and then the key must be named by `member`.
pub(crate) fn dry_run_modifier(member: &str) -> Error {
    Error::new(&code::VALIDATION, format!("IGNORE_CIPHERTEXT needs DryRun and {member}."))
}
/// A Decrypt without a blob that is no dry run without one.
pub(crate) fn ciphertext_missing() -> Error {
    Error::new(
        &code::VALIDATION,
        "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null",
    )
}
/// Both of the two, or neither.
pub(crate) fn data_key_length() -> Error {
    Error::new(&code::VALIDATION, "Please specify either number of bytes or key spec.")
}
/// Ours: more than 8,192 bytes in canonical form.
pub(crate) fn encryption_context_too_long() -> Error {
    Error::new(&code::VALIDATION, "The encryption context is longer than 8192 bytes.")
}
/// Everything would have succeeded.
pub(crate) fn dry_run() -> Error {
    Error::new(&code::DRY_RUN, "The request would have succeeded, but the DryRun option is set.")
}

// Rotation.

/// The kind of key has one material for ever.
pub(crate) fn no_rotation() -> Error {
    Error::new(&code::UNSUPPORTED, "")
}
/// 25 on demand; or, ours, more materials than a key's record holds.
pub(crate) fn too_many_rotations(arn: impl Display) -> Error {
    Error::new(
        &code::LIMIT_EXCEEDED,
        format!(
            "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed \
             for this key: {arn}"
        ),
    )
}
/// Ours: an automatic rotation was a moment ago.
pub(crate) fn rotation_under_way(arn: impl Display) -> Error {
    Error::new(&code::CONFLICT, format!("{arn} was rotated automatically within the last 20 minutes."))
}
/// Nothing was imported that waits to be rotated to.
pub(crate) fn no_pending_material(arn: impl Display) -> Error {
    Error::new(&code::INVALID_STATE, format!("No available key material pending rotation for the key: {arn}."))
}

// Imported material.

/// Ours: there is no RSA in this build.
#[cfg(not(feature = "rsa-import"))]
pub(crate) fn no_rsa_import() -> Error {
    Error::new(
        &code::UNSUPPORTED,
        "This build wraps imported key material with AES, not with RSA (feature `rsa-import`). Bring it raw \
         (ImportRawKeyMaterial, `strongroom key import`), or under a wrapping key from GetWrappingKeyForImport.",
    )
}
/// Ours: AWS has withdrawn PKCS #1 version 1.5; SM2 is of its regions in China.
#[cfg(feature = "rsa-import")]
pub(crate) fn no_such_wrapping(name: &str) -> Error {
    Error::new(
        &code::UNSUPPORTED,
        format!(
            "{name} is not supported for key material; use RSAES_OAEP_SHA_256 or RSA_AES_KEY_WRAP_SHA_256 with an RSA key."
        ),
    )
}
/// The default model expires.
pub(crate) fn valid_to_missing() -> Error {
    Error::new(&code::VALIDATION, "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES")
}
/// Ours: a date that would not be heeded.
pub(crate) fn valid_to_without_expiration() -> Error {
    Error::new(
        &code::VALIDATION,
        "A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE",
    )
}
/// Ours: past, or too far ahead.
pub(crate) fn valid_to_out_of_range() -> Error {
    Error::new(&code::VALIDATION, "The validTo date must be in the future, and not more than 365 days ahead.")
}
/// Ours: other keys have one material for ever.
pub(crate) fn symmetric_import_only() -> Error {
    Error::new(
        &code::VALIDATION,
        "ImportType, KeyMaterialId and KeyMaterialDescription are for symmetric encryption keys only.",
    )
}
/// Ours: new material has no id yet.
pub(crate) fn material_id_of_new() -> Error {
    Error::new(&code::VALIDATION, "KeyMaterialId can only be set if the ImportType is EXISTING_KEY_MATERIAL.")
}
/// Ours: of a wrong length, or not the material that is expected.
pub(crate) fn incorrect_key_material() -> Error {
    Error::new(
        &code::INCORRECT_KEY_MATERIAL,
        "The key material is not the one expected for this key, or has a wrong length.",
    )
}
/// One may wait at a time.
pub(crate) fn another_material_pending(new: impl Display, key: impl Display, pending: impl Display) -> Error {
    Error::new(
        &code::INVALID_STATE,
        format!(
            "New key material (id: {new}) cannot be imported into KMS key {key}, because another key material (id: {pending}) \
             is pending rotation."
        ),
    )
}
/// Ours: of another key, or not of this store's making.
pub(crate) fn invalid_import_token() -> Error {
    Error::new(&code::INVALID_IMPORT_TOKEN, "The import token is not valid for this key.")
}
/// Ours: its day is over.
pub(crate) fn expired_import_token() -> Error {
    Error::new(&code::EXPIRED_IMPORT_TOKEN, "The import token has expired.")
}
/// Ours: no such material on this key.
pub(crate) fn material_not_found(id: impl Display, arn: impl Display) -> Error {
    Error::new(&code::NOT_FOUND, format!("Key material {id} not found for the key: {arn}"))
}

// Tags.

/// The same key twice in one request.
pub(crate) fn duplicate_tag_keys() -> Error {
    Error::new(&code::TAG, "Duplicate tag keys")
}
/// More than 50.
pub(crate) fn too_many_tags() -> Error {
    Error::new(&code::TAG, "Too many tags")
}
/// Ours: a page of more than 50. The model lets up to 1,000 through, the service does not.
pub(crate) fn tag_page_too_long() -> Error {
    Error::new(&code::VALIDATION, "Limit must be between 1 and 50 (inclusive).")
}
/// A key that begins with `aws:`, in any case.
pub(crate) fn reserved_tag_key() -> Error {
    Error::new(&code::TAG, "Tags beginning with aws: are reserved")
}

// Key policies.

/// Get of another policy than `default`.
pub(crate) fn policy_not_found() -> Error {
    Error::new(&code::NOT_FOUND, "No such policy exists")
}
/// Put of the one other policy that AWS has.
pub(crate) fn policy_of_ram() -> Error {
    Error::new(&code::VALIDATION, "The AWS_RAM policy can only be managed by the RAM service")
}
/// Ours: put of any other.
pub(crate) fn policy_name_not_default() -> Error {
    Error::new(&code::VALIDATION, "The only valid policy name is default.")
}
/// Ours: more than 32,768 bytes.
pub(crate) fn policy_too_long() -> Error {
    Error::new(&code::LIMIT_EXCEEDED, "The key policy is longer than 32768 bytes.")
}
/// Ours: the text is no policy.
pub(crate) fn policy_syntax(where_and_why: impl Display) -> Error {
    Error::new(&code::MALFORMED_POLICY, format!("{where_and_why}"))
}
/// A statement for nobody.
pub(crate) fn policy_without_principal() -> Error {
    Error::new(&code::MALFORMED_POLICY, "Policy contains a statement with no principal.")
}
/// A user or role of the store's account that does not exist.
pub(crate) fn policy_principal() -> Error {
    Error::new(&code::MALFORMED_POLICY, "Policy contains a statement with one or more invalid principals.")
}
/// The caller could not put another.
pub(crate) fn policy_locks_out() -> Error {
    Error::new(&code::MALFORMED_POLICY, "The new key policy will not allow you to update the key policy in the future.")
}
/// `ForAllValues` with the context key of a single value. AWS's text begins so; the rest is ours.
pub(crate) fn policy_overly_permissive(key: impl Display) -> Error {
    Error::new(
        &code::MALFORMED_POLICY,
        format!(
            "OverlyPermissiveCondition:EncryptionContext: ForAllValues with the single-valued {key} is always true."
        ),
    )
}

// Grants. All texts but the last two codes' are ours.

/// The grantee or the retiring principal is none, or does not exist.
pub(crate) fn grant_principal(arn: impl Display) -> Error {
    Error::new(&code::INVALID_ARN, format!("ARN does not refer to a valid principal: {arn}"))
}
/// Neither a principal nor a service, or both.
pub(crate) fn grantee_missing() -> Error {
    Error::new(
        &code::VALIDATION,
        "1 validation error detected: Value null at 'granteePrincipal' failed to satisfy constraint: Member must not be null",
    )
}
/// An operation that the kind of key has not.
pub(crate) fn grant_operation(operation: impl Display, arn: impl Display) -> Error {
    Error::new(&code::VALIDATION, format!("Grant operation {operation} is not valid for {arn}."))
}
/// Both forms of constraint, too many pairs, too long a value.
pub(crate) fn grant_constraints(why: impl Display) -> Error {
    Error::new(&code::VALIDATION, format!("Grant constraints are not valid: {why}."))
}
/// A child grant that is wider than its parent.
pub(crate) fn grant_wider_than_parent() -> Error {
    Error::new(&code::ACCESS_DENIED, "The grant allows more than the grant by which it is created.")
}
/// 50,000 on one key.
pub(crate) fn too_many_grants(arn: impl Display) -> Error {
    Error::new(&code::LIMIT_EXCEEDED, format!("{arn} has the greatest number of grants allowed, 50000."))
}
/// A grant token that this store did not issue.
pub(crate) fn invalid_grant_token() -> Error {
    Error::new(&code::INVALID_GRANT_TOKEN, "The grant token is not valid.")
}
/// Not the form of a grant id.
pub(crate) fn invalid_grant_id() -> Error {
    Error::new(&code::INVALID_GRANT_ID, "The grant ID is not valid.")
}
/// Ours: neither, both, or half of one.
pub(crate) fn grant_unnamed() -> Error {
    Error::new(&code::VALIDATION, "Specify either a grant token, or the ARN of a key and a grant ID.")
}
/// Ours: what takes nothing but the ARN of a key was given something else.
pub(crate) fn key_arn_needed(given: impl Display) -> Error {
    Error::new(&code::INVALID_ARN, format!("{given} is not the ARN of a key."))
}
/// Whose grants to list was not said.
pub(crate) fn retiring_principal_missing() -> Error {
    Error::new(
        &code::VALIDATION,
        "1 validation error detected: Value null at 'retiringPrincipal' failed to satisfy constraint: Member must not be null",
    )
}
/// No such grant on this key.
pub(crate) fn grant_not_found(id: impl Display) -> Error {
    Error::new(&code::NOT_FOUND, format!("Grant ID {id} not found"))
}

// Lists.

/// Ours: a marker of another list, or none of this store's.
pub(crate) fn invalid_marker() -> Error {
    Error::new(&code::INVALID_MARKER, "The marker is not valid.")
}
