//! Which operation a key's state, origin and kind admit (the table of A5, and the usages of A4).

use super::{KeyOrigin, KeySpec, KeyState, KeyUsage};
use crate::error::{Error, codes::kms as code, kms as texts};

/// The rows of the state table (A5). Operations that share a row share a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyRule {
    CancelKeyDeletion,
    CreateAlias,
    CreateGrant,
    /// Decrypt, Encrypt, ReEncrypt, GenerateDataKey and its kin, GenerateMac, VerifyMac.
    Use,
    DeleteAlias,
    DeleteImportedKeyMaterial,
    /// DescribeKey, ListAliases, ListGrants, ListKeyPolicies, ListResourceTags, GetKeyPolicy, and PutKeyPolicy.
    DescribeOrPolicy,
    /// EnableKey and DisableKey.
    Switch,
    /// EnableKeyRotation and DisableKeyRotation.
    SwitchRotation,
    GetKeyRotationStatus,
    RotateKeyOnDemand,
    ListKeyRotations,
    /// GetParametersForImport and ImportKeyMaterial.
    Import,
    /// RetireGrant and RevokeGrant.
    EndGrant,
    ScheduleKeyDeletion,
    /// TagResource, UntagResource and UpdateKeyDescription.
    Annotate,
    /// The key that UpdateAlias takes the alias from.
    UpdateAliasOld,
    /// The key that UpdateAlias points the alias to.
    UpdateAliasNew,
}

/// The state table itself.
/// # Errors
/// `InvalidState`: E1 (DisabledException), E2, E3, E4 (KMSInvalidStateException). `Unsupported`: E5, E6 and what the key's spec
/// does not offer.
pub(crate) fn permits(
    rule: KeyRule,
    arn: &str,
    state: KeyState,
    origin: KeyOrigin,
    spec: KeySpec,
) -> Result<(), Error> {
    use KeyOrigin::{AwsKms, External};
    use KeyState::{Disabled, Enabled, PendingDeletion, PendingImport};
    let disabled = || Err(texts::disabled(arn));
    let doomed = || Err(texts::pending_deletion(arn));
    let not_doomed = || Err(texts::not_pending_deletion(arn));
    let waiting = || Err(texts::pending_import(arn));
    let wrong_origin = || {
        Err(match origin {
            AwsKms => texts::origin_is_aws_kms(arn),
            External => texts::origin_is_external(arn),
        })
    };
    match rule {
        KeyRule::CancelKeyDeletion => match state {
            PendingDeletion { .. } => Ok(()),
            Enabled | Disabled | PendingImport => not_doomed(),
        },
        KeyRule::CreateAlias | KeyRule::UpdateAliasNew | KeyRule::ScheduleKeyDeletion | KeyRule::Annotate => {
            match state {
                Enabled | Disabled | PendingImport => Ok(()),
                PendingDeletion { .. } => doomed(),
            }
        }
        KeyRule::CreateGrant | KeyRule::Use => match state {
            Enabled => Ok(()),
            Disabled => disabled(),
            PendingDeletion { .. } => doomed(),
            PendingImport => waiting(),
        },
        KeyRule::DeleteAlias
        | KeyRule::DescribeOrPolicy
        | KeyRule::ListKeyRotations
        | KeyRule::EndGrant
        | KeyRule::UpdateAliasOld => Ok(()),
        KeyRule::DeleteImportedKeyMaterial => match origin {
            External => Ok(()),
            AwsKms => wrong_origin(),
        },
        KeyRule::Switch => match state {
            Enabled | Disabled => Ok(()),
            PendingDeletion { .. } => doomed(),
            PendingImport => waiting(),
        },
        KeyRule::SwitchRotation => match state {
            Disabled => disabled(),
            PendingDeletion { .. } => doomed(),
            PendingImport => wrong_origin(),
            Enabled if spec != KeySpec::SymmetricDefault => Err(Error::new(&code::UNSUPPORTED, "")),
            Enabled if origin == External => wrong_origin(),
            Enabled => Ok(()),
        },
        KeyRule::GetKeyRotationStatus => match state {
            Enabled | Disabled | PendingDeletion { .. } => Ok(()),
            PendingImport => wrong_origin(),
        },
        KeyRule::RotateKeyOnDemand => match state {
            Disabled => disabled(),
            PendingDeletion { .. } => doomed(),
            PendingImport => waiting(),
            Enabled if spec != KeySpec::SymmetricDefault => Err(Error::new(&code::UNSUPPORTED, "")),
            Enabled => Ok(()),
        },
        KeyRule::Import => match (state, origin) {
            (PendingDeletion { .. }, _) => doomed(),
            (_, AwsKms) => wrong_origin(),
            (_, External) => Ok(()),
        },
    }
}

/// May a key of this spec serve this operation (`Encrypt`, `GenerateMac`, …)? Weighed before the state.
/// # Errors
/// `InvalidState` (AWS: InvalidKeyUsageException); for Decrypt and the source of ReEncrypt `InvalidRequest` (AWS:
/// IncorrectKeyException).
pub(crate) fn fits(operation: &str, arn: &str, spec: KeySpec) -> Result<(), Error> {
    let wanted = match operation {
        "GenerateMac" | "VerifyMac" => KeyUsage::GenerateVerifyMac,
        _ => KeyUsage::EncryptDecrypt,
    };
    let usage = spec.usage();
    if usage == wanted {
        return Ok(());
    }
    if matches!(operation, "Decrypt" | "ReEncryptFrom") {
        return Err(texts::incorrect_key());
    }
    Err(texts::key_usage_not_valid(arn, usage.as_str(), operation))
}

/// UpdateAlias keeps to keys of one kind: same usage, both symmetric or both for MACs.
/// # Errors
/// `InvalidRequest`.
pub(crate) fn check_alias_move(alias_arn: &str, old: KeySpec, new: KeySpec) -> Result<(), Error> {
    if old.usage() == new.usage() { Ok(()) } else { Err(texts::alias_kind_mismatch(alias_arn)) }
}
