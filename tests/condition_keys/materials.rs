//! The keys of KMS that rotation and the import of key material fill.

use strongroom::operation::kms::{
    CreateKey, DeleteImportedKeyMaterial, DisableKeyRotation, EnableKeyRotation, GetKeyRotationStatus,
    GetParametersForImport, GetWrappingKeyForImport, ImportKeyMaterial, ImportRawKeyMaterial, ListKeyRotations,
    RotateKeyOnDemand,
};
use strongroom::{Error, Session};

use crate::common::NOW;
use crate::scene::{Call, Case, Scene};

const IMPORT: &str = "kms:ImportKeyMaterial";
const PARAMETERS: &str = "kms:GetParametersForImport";
const UNSUPPORTED: &str = "UnsupportedOperationException";
const AES: &str = "RSA_AES_KEY_WRAP_SHA_256";

/// A key that waits for its material.
fn external(at: &Scene) -> Result<String, Error> {
    let made = at.house.root.kms().create_key(CreateKey::new().origin("EXTERNAL"))?;
    Ok(made.key_metadata.key_id.to_string())
}
fn raw(at: &Scene, by: &Session, change: fn(ImportRawKeyMaterial) -> ImportRawKeyMaterial) -> Result<(), Error> {
    let request = ImportRawKeyMaterial::new(external(at)?, [5_u8; 32].as_slice());
    by.kms().import_key_material_raw(change(request)).map(drop)
}

const ENABLES: Call = |at| at.me.kms().enable_key_rotation(EnableKeyRotation::new(&at.key.key_id)).map(drop);
const ENABLES_SOON: Call = |at| {
    let request = EnableKeyRotation::new(&at.key.key_id).rotation_period_in_days(100);
    at.me.kms().enable_key_rotation(request).map(drop)
};
const DISABLES: Call = |at| at.me.kms().disable_key_rotation(DisableKeyRotation::new(&at.key.key_id)).map(drop);
const ASKS: Call = |at| at.me.kms().get_key_rotation_status(GetKeyRotationStatus::new(&at.key.key_id)).map(drop);
const ROTATES: Call = |at| at.me.kms().rotate_key_on_demand(RotateKeyOnDemand::new(&at.key.key_id)).map(drop);
const LISTS: Call = |at| at.me.kms().list_key_rotations(ListKeyRotations::new(&at.key.key_id)).map(drop);
const DELETES: Call =
    |at| at.me.kms().delete_imported_key_material(DeleteImportedKeyMaterial::new(external(at)?)).map(drop);
const PARAMETERS_FOR: Call = |at| {
    let request = GetParametersForImport::new(external(at)?, AES, "RSA_4096");
    at.me.kms().get_parameters_for_import(request).map(drop)
};
const WRAPPING_KEY: Call =
    |at| at.me.kms().get_wrapping_key_for_import(GetWrappingKeyForImport::new(external(at)?)).map(drop);
const EXPIRING: Call = |at| raw(at, &at.me, |request| request.valid_to(NOW.plus_days(30)));
const LASTING: Call = |at| raw(at, &at.me, |request| request.expiration_model("KEY_MATERIAL_DOES_NOT_EXPIRE"));
const WRAPPED: Call = |at| {
    let key = external(at)?;
    let parameters = at.house.root.kms().get_wrapping_key_for_import(key.as_str())?;
    let wrapped = parameters.wrap(&[5; 32])?;
    let request = ImportKeyMaterial::new(key, parameters.import_token, wrapped).valid_to(NOW.plus_days(30));
    at.me.kms().import_key_material(request).map(drop)
};

const fn called(action: &'static str, call: Call) -> Case {
    Case::new(("kms:CallerAccount", "StringEquals"), ("000000000000", "999999999999"), action, call)
}
const fn expiring(key: (&'static str, &'static str), values: (&'static str, &'static str), call: Call) -> Case {
    Case::new(key, values, IMPORT, call)
}
const fn wrapping(key: &'static str, values: (&'static str, &'static str), call: Call) -> Case {
    Case::new((key, "StringEquals"), values, PARAMETERS, call)
}

pub const CASES: &[Case] = &[
    called("kms:EnableKeyRotation", ENABLES),
    called("kms:DisableKeyRotation", DISABLES),
    called("kms:GetKeyRotationStatus", ASKS),
    called("kms:RotateKeyOnDemand", ROTATES),
    called("kms:ListKeyRotations", LISTS),
    called("kms:DeleteImportedKeyMaterial", DELETES),
    called(PARAMETERS, PARAMETERS_FOR).ends_in(UNSUPPORTED),
    called(PARAMETERS, WRAPPING_KEY),
    called(IMPORT, LASTING),
    called(IMPORT, WRAPPED),
    Case::new(("kms:RotationPeriodInDays", "NumericEquals"), ("100", "365"), "kms:EnableKeyRotation", ENABLES_SOON),
    Case::new(("kms:RotationPeriodInDays", "NumericLessThan"), ("366", "365"), "kms:EnableKeyRotation", ENABLES),
    Case::new(("kms:RotationPeriodInDays", "Null"), ("true", "false"), "kms:RotateKeyOnDemand", ROTATES),
    expiring(
        ("kms:ExpirationModel", "StringEquals"),
        ("KEY_MATERIAL_EXPIRES", "KEY_MATERIAL_DOES_NOT_EXPIRE"),
        EXPIRING,
    ),
    expiring(("kms:ExpirationModel", "StringEquals"), ("KEY_MATERIAL_EXPIRES", "x"), WRAPPED),
    expiring(
        ("kms:ExpirationModel", "StringEquals"),
        ("KEY_MATERIAL_DOES_NOT_EXPIRE", "KEY_MATERIAL_EXPIRES"),
        LASTING,
    ),
    expiring(("kms:ValidTo", "DateLessThan"), ("2027-03-01T00:00:00Z", "2027-02-01T00:00:00Z"), EXPIRING),
    expiring(("kms:ValidTo", "DateLessThan"), ("2027-03-01T00:00:00Z", "2027-02-01T00:00:00Z"), WRAPPED),
    expiring(("kms:ValidTo", "Null"), ("true", "false"), LASTING),
    wrapping("kms:WrappingAlgorithm", (AES, "RSAES_OAEP_SHA_1"), PARAMETERS_FOR).ends_in(UNSUPPORTED),
    wrapping("kms:WrappingKeySpec", ("RSA_4096", "RSA_2048"), PARAMETERS_FOR).ends_in(UNSUPPORTED),
    wrapping("kms:WrappingAlgorithm", ("AES_KEY_WRAP_PAD", AES), WRAPPING_KEY),
    wrapping("kms:WrappingKeySpec", ("AES_256", "RSA_4096"), WRAPPING_KEY),
];
