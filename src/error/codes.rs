//! The table of error codes: service, AWS name, kind, HTTP status.
#![allow(dead_code, reason = "the table is complete; walks of later issues use the rest")]

use super::ErrorKind;

/// One row of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// AWS service prefix: `secretsmanager`, `kms`, `iam`, `sts`; `strongroom` for faults of the store itself.
    pub service: &'static str,
    /// Exact AWS name.
    pub name: &'static str,
    /// What Rust callers match on.
    pub kind: ErrorKind,
    /// HTTP status.
    pub status: u16,
}

macro_rules! codes {
    ($service:literal: $( $constant:ident = $name:literal, $kind:ident, $status:literal; )*) => {
        $( pub(crate) const $constant: Code = Code { service: $service, name: $name, kind: ErrorKind::$kind, status: $status }; )*
    };
}

/// Secrets Manager.
pub(crate) mod secretsmanager {
    use super::{Code, ErrorKind};
    codes! { "secretsmanager":
        RESOURCE_NOT_FOUND = "ResourceNotFoundException", NotFound, 400;
        RESOURCE_EXISTS = "ResourceExistsException", AlreadyExists, 400;
        INVALID_PARAMETER = "InvalidParameterException", InvalidRequest, 400;
        INVALID_REQUEST = "InvalidRequestException", InvalidState, 400;
        INVALID_NEXT_TOKEN = "InvalidNextTokenException", InvalidRequest, 400;
        LIMIT_EXCEEDED = "LimitExceededException", LimitExceeded, 400;
        MALFORMED_POLICY = "MalformedPolicyDocumentException", MalformedPolicy, 400;
        PUBLIC_POLICY = "PublicPolicyException", InvalidRequest, 400;
        PRECONDITION_NOT_MET = "PreconditionNotMetException", InvalidState, 400;
        // Ours: of a put on condition of the current version.
        VERSION_MOVED = "PreconditionNotMetException", Conflict, 400;
        ENCRYPTION_FAILURE = "EncryptionFailure", InvalidState, 400;
        DECRYPTION_FAILURE = "DecryptionFailure", InvalidState, 400;
        VALIDATION = "ValidationException", InvalidRequest, 400;
        SERIALIZATION = "SerializationException", InvalidRequest, 400;
        ACCESS_DENIED = "AccessDeniedException", AccessDenied, 400;
        UNSUPPORTED = "UnsupportedOperationException", Unsupported, 400;
        UNKNOWN_OPERATION = "UnknownOperationException", Unsupported, 400;
    }
}
/// KMS.
pub(crate) mod kms {
    use super::{Code, ErrorKind};
    codes! { "kms":
        ACCESS_DENIED = "AccessDeniedException", AccessDenied, 400;
        ALREADY_EXISTS = "AlreadyExistsException", AlreadyExists, 400;
        CONFLICT = "ConflictException", Conflict, 400;
        DISABLED = "DisabledException", InvalidState, 400;
        DRY_RUN = "DryRunOperationException", DryRunPassed, 400;
        EXPIRED_IMPORT_TOKEN = "ExpiredImportTokenException", Expired, 400;
        INCORRECT_KEY = "IncorrectKeyException", InvalidRequest, 400;
        INCORRECT_KEY_MATERIAL = "IncorrectKeyMaterialException", InvalidRequest, 400;
        INVALID_ARN = "InvalidArnException", InvalidRequest, 400;
        INVALID_CIPHERTEXT = "InvalidCiphertextException", InvalidRequest, 400;
        INVALID_GRANT_ID = "InvalidGrantIdException", InvalidRequest, 400;
        INVALID_GRANT_TOKEN = "InvalidGrantTokenException", InvalidRequest, 400;
        INVALID_IMPORT_TOKEN = "InvalidImportTokenException", InvalidRequest, 400;
        INVALID_KEY_USAGE = "InvalidKeyUsageException", InvalidState, 400;
        INVALID_MAC = "KMSInvalidMacException", InvalidRequest, 400;
        INVALID_MARKER = "InvalidMarkerException", InvalidRequest, 400;
        INVALID_STATE = "KMSInvalidStateException", InvalidState, 400;
        LIMIT_EXCEEDED = "LimitExceededException", LimitExceeded, 400;
        MALFORMED_POLICY = "MalformedPolicyDocumentException", MalformedPolicy, 400;
        NOT_AUTHORIZED = "NotAuthorizedException", AccessDenied, 400;
        NOT_FOUND = "NotFoundException", NotFound, 400;
        TAG = "TagException", InvalidRequest, 400;
        UNSUPPORTED = "UnsupportedOperationException", Unsupported, 400;
        VALIDATION = "ValidationException", InvalidRequest, 400;
        SERIALIZATION = "SerializationException", InvalidRequest, 400;
        UNKNOWN_OPERATION = "UnknownOperationException", Unsupported, 400;
        INTERNAL = "KMSInternalException", Damaged, 500;
    }
}
/// IAM and STS.
pub(crate) mod iam {
    use super::{Code, ErrorKind};
    codes! { "iam":
        ACCESS_DENIED = "AccessDenied", AccessDenied, 403;
        NO_SUCH_ENTITY = "NoSuchEntity", NotFound, 404;
        ENTITY_ALREADY_EXISTS = "EntityAlreadyExists", AlreadyExists, 409;
        DELETE_CONFLICT = "DeleteConflict", InvalidState, 409;
        LIMIT_EXCEEDED = "LimitExceeded", LimitExceeded, 409;
        MALFORMED_POLICY = "MalformedPolicyDocument", MalformedPolicy, 400;
        INVALID_INPUT = "InvalidInput", InvalidRequest, 400;
        INVALID_AUTHENTICATION_CODE = "InvalidAuthenticationCode", InvalidRequest, 403;
        PACKED_POLICY_TOO_LARGE = "PackedPolicyTooLarge", LimitExceeded, 400;
        INVALID_CLIENT_TOKEN_ID = "InvalidClientTokenId", Unauthenticated, 403;
        SIGNATURE_DOES_NOT_MATCH = "SignatureDoesNotMatch", Unauthenticated, 403;
        EXPIRED_TOKEN = "ExpiredToken", Expired, 403;
        VALIDATION = "ValidationError", InvalidRequest, 400;
        SERIALIZATION = "SerializationException", InvalidRequest, 400;
        UNSUPPORTED = "UnsupportedOperationException", Unsupported, 400;
        UNKNOWN_OPERATION = "InvalidAction", Unsupported, 400;
    }
}
/// Faults of the store itself. Secrets Manager has one name for them; the kind tells them apart.
pub(crate) mod store {
    use super::{Code, ErrorKind};
    codes! { "strongroom":
        AUDIT_UNAVAILABLE = "InternalServiceError", AuditUnavailable, 500;
        BUSY = "InternalServiceError", Busy, 500;
        DAMAGED = "InternalServiceError", Damaged, 500;
        EXPIRED = "InternalServiceError", Expired, 400;
        LOCKED = "InternalServiceError", Locked, 500;
        NEWER_FORMAT = "InternalServiceError", NewerFormat, 500;
        RANDOMNESS_UNAVAILABLE = "InternalServiceError", RandomnessUnavailable, 500;
        ROLLED_BACK = "InternalServiceError", RolledBack, 500;
        STORAGE = "InternalServiceError", Storage, 500;
        TAMPERED = "InternalServiceError", Tampered, 500;
        WRONG_UNLOCK = "InternalServiceError", WrongUnlock, 500;
        INVALID_REQUEST = "InvalidRequestException", InvalidRequest, 400;
        ALREADY_EXISTS = "InvalidRequestException", AlreadyExists, 400;
        NOT_FOUND = "InvalidRequestException", NotFound, 400;
        INVALID_STATE = "InvalidRequestException", InvalidState, 400;
        MALFORMED_POLICY = "InvalidRequestException", MalformedPolicy, 400;
        UNLOCK_UNAVAILABLE = "InternalServiceError", WrongUnlock, 500;
    }
}

macro_rules! by_service {
    ($($(#[$doc:meta])* $function:ident: $secretsmanager:ident, $kms:ident, $iam:ident;)*) => { $(
        $(#[$doc])*
        pub(crate) fn $function(service: &str) -> &'static Code {
            match service {
                "kms" => &kms::$kms,
                "iam" | "sts" => &iam::$iam,
                _ => &secretsmanager::$secretsmanager,
            }
        }
    )* };
}
by_service! {
    /// A request that breaks the model.
    validation: VALIDATION, VALIDATION, VALIDATION;
    /// A body of the wrong form.
    serialization: SERIALIZATION, SERIALIZATION, SERIALIZATION;
    /// An operation that AWS does not have.
    unknown_operation: UNKNOWN_OPERATION, UNKNOWN_OPERATION, UNKNOWN_OPERATION;
    /// An operation that AWS has and we do not.
    unsupported: UNSUPPORTED, UNSUPPORTED, UNSUPPORTED;
    /// A refusal by policy.
    access_denied: ACCESS_DENIED, ACCESS_DENIED, ACCESS_DENIED;
}
