//! KMS: rotation and imported material.

use super::{act, may, sent, through};
use crate::access::entry::KeyEntry;
use crate::access::pass::Named;
use crate::access::{Act, Due, KeyFacts};
use crate::action::Action;
use crate::clock::Timestamp;
use crate::model::key::{KeyRow, expiration_model};
use crate::operation::kms::{
    DeleteImportedKeyMaterial, DisableKeyRotation, EnableKeyRotation, ExpirationModel, GetKeyRotationStatus,
    GetParametersForImport, GetWrappingKeyForImport, ImportKeyMaterial, ImportRawKeyMaterial, ListKeyRotations,
    RotateKeyOnDemand,
};
use crate::policy::{Key, KeyName, Value, Values};

impl Act for EnableKeyRotation {
    type On = KeyFacts;
    const ACTION: Action = Action::KMS_ENABLE_KEY_ROTATION;
    fn values<'a>(&'a self, _on: &'a KeyFacts, key: &Key, _plain: bool) -> Values<'a> {
        match key.name {
            // Left out it counts with its default, so that a deny catches it either way.
            KeyName::KmsRotationPeriodInDays => Values::One(Value::Number(self.rotation_period_in_days.unwrap_or(365))),
            _ => sent(self, key),
        }
    }
    fn named(&self) -> Named<'_> {
        Named::AsSent(&self.key_id)
    }
}
may!(EnableKeyRotation, writes KeyRow);
act!(DisableKeyRotation, KMS_DISABLE_KEY_ROTATION on KeyFacts, as sent key_id, writes KeyRow);
act!(GetKeyRotationStatus, KMS_GET_KEY_ROTATION_STATUS on KeyFacts, as sent key_id);
act!(RotateKeyOnDemand, KMS_ROTATE_KEY_ON_DEMAND on KeyFacts, as sent key_id, reaches through::Make, writes KeyRow);
act!(ListKeyRotations, KMS_LIST_KEY_ROTATIONS on KeyFacts, as sent key_id);

act!(GetParametersForImport, KMS_GET_PARAMETERS_FOR_IMPORT on KeyFacts, as sent key_id);
act!(DeleteImportedKeyMaterial, KMS_DELETE_IMPORTED_KEY_MATERIAL on KeyFacts, as sent key_id, writes KeyRow);

impl Act for GetWrappingKeyForImport {
    type On = KeyFacts;
    const ACTION: Action = Action::KMS_GET_PARAMETERS_FOR_IMPORT;
    fn values<'a>(&'a self, _on: &'a KeyFacts, key: &Key, _plain: bool) -> Values<'a> {
        // In AWS's manner of naming: a policy that asks for RSA keeps this out.
        match key.name {
            KeyName::KmsWrappingAlgorithm => Values::One(Value::Text("AES_KEY_WRAP_PAD")),
            KeyName::KmsWrappingKeySpec => Values::One(Value::Text("AES_256")),
            _ => sent(self, key),
        }
    }
    fn named(&self) -> Named<'_> {
        Named::AsSent(&self.key_id)
    }
}

macro_rules! imports {
    ($($request:ty),*) => { $(
        impl Act for $request {
            type On = KeyFacts;
            const ACTION: Action = Action::KMS_IMPORT_KEY_MATERIAL;
            fn values<'a>(&'a self, _on: &'a KeyFacts, key: &Key, _plain: bool) -> Values<'a> {
                match key.name {
                    KeyName::KmsExpirationModel => {
                        let model = expiration_model(self.expiration_model.as_ref().map(ExpirationModel::as_str));
                        Values::One(Value::Text(model))
                    }
                    KeyName::KmsValidTo => {
                        self.valid_to.map_or(Values::Absent, |date| Values::One(Value::Time(date.as_millis())))
                    }
                    _ => sent(self, key),
                }
            }
            fn named(&self) -> Named<'_> {
                Named::AsSent(&self.key_id)
            }
        }
        may!($request, reaches through::Make, writes KeyRow);
    )* };
}
imports!(ImportKeyMaterial, ImportRawKeyMaterial);

/// Rotates a key whose time has come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RotateKey;
impl Act for RotateKey {
    type On = KeyFacts;
    const ACTION: Action = Action::KMS_ROTATE_KEY_ON_DEMAND;
}
impl Due for RotateKey {
    fn is_due(key: &KeyFacts, observed: Timestamp) -> bool {
        row(key).is_rotation_due(observed)
    }
}
may!(RotateKey, reaches through::Make, writes KeyRow);

/// Gives a key new material although its time has not come: the owner of the file takes what is written from now on out of the
/// reach of old copies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RenewMaterial;
impl Act for RenewMaterial {
    type On = KeyFacts;
    const ACTION: Action = Action::KMS_ROTATE_KEY_ON_DEMAND;
}
impl Due for RenewMaterial {
    fn is_due(key: &KeyFacts, observed: Timestamp) -> bool {
        row(key).is_renewable(observed)
    }
}
may!(RenewMaterial, reaches through::Make, writes KeyRow);

/// Writes down that imported material expired.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExpireMaterial;
impl Act for ExpireMaterial {
    type On = KeyFacts;
    const ACTION: Action = Action::KMS_DELETE_IMPORTED_KEY_MATERIAL;
}
impl Due for ExpireMaterial {
    fn is_due(key: &KeyFacts, observed: Timestamp) -> bool {
        !row(key).expired_materials(observed).is_empty()
    }
}
may!(ExpireMaterial, writes KeyRow);

fn row(key: &KeyFacts) -> &KeyRow {
    let entry: &KeyEntry = &key.entry;
    &entry.row
}
