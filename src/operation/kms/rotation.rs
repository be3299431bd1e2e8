//! Rotation of a key's material.

use super::ExpirationModel;
use crate::clock::Timestamp;
use crate::name::Text;
use crate::operation::Pattern;
use crate::operation::table::{choice, from_text, operation, structure};

choice! {
    /// Which materials ListKeyRotations tells of.
    IncludeKeyMaterial { All = "ALL_KEY_MATERIAL", RotationsOnly = "ROTATIONS_ONLY" }
}
choice! {
    /// Is imported material there?
    ImportState { Imported = "IMPORTED", PendingImport = "PENDING_IMPORT" }
}
choice! {
    /// What a material does now.
    KeyMaterialState {
        NonCurrent = "NON_CURRENT", Current = "CURRENT", PendingRotation = "PENDING_ROTATION",
        PendingMultiRegion = "PENDING_MULTI_REGION_IMPORT_AND_ROTATION",
    }
}
choice! {
    /// What made a material the current one.
    RotationType { Automatic = "AUTOMATIC", OnDemand = "ON_DEMAND" }
}

operation! {
    /// Lets a key rotate by itself. Again: changes the period.
    #[derive(Clone, PartialEq, Eq)]
    kms EnableKeyRotation {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
        }
        may {
            /// Days from one rotation to the next; 365 without it.
            rotation_period_in_days: i64 = "RotationPeriodInDays" [Range(90, 2560)] key "kms:RotationPeriodInDays";
        }
    } -> #[derive(Clone, PartialEq, Eq)] EnableKeyRotationResponse { must {} may {} }
}
operation! {
    /// Lets a key rotate by itself no more.
    #[derive(Clone, PartialEq, Eq)]
    kms DisableKeyRotation {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] DisableKeyRotationResponse { must {} may {} }
}
operation! {
    /// Does a key rotate by itself, and when next?
    #[derive(Clone, PartialEq, Eq)]
    kms GetKeyRotationStatus {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] GetKeyRotationStatusResponse {
        must {
            /// Does it?
            key_rotation_enabled: bool = "KeyRotationEnabled";
            /// ARN of the key.
            key_id: Text = "KeyId";
        }
        may {
            /// Days from one rotation to the next; only if it does.
            rotation_period_in_days: i64 = "RotationPeriodInDays";
            /// When next; only if it does.
            next_rotation_date: Timestamp = "NextRotationDate";
            /// Since when a rotation on demand is under way. Here it is done when the call returns, so this is never present.
            on_demand_rotation_start_date: Timestamp = "OnDemandRotationStartDate";
        }
    }
}
operation! {
    /// Gives a key new material now; what older material encrypted stays as it is.
    #[derive(Clone, PartialEq, Eq)]
    kms RotateKeyOnDemand {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] RotateKeyOnDemandResponse {
        must {
            /// ARN of the key.
            key_id: Text = "KeyId";
        }
        may {}
    }
}
operation! {
    /// Lists the materials of a key, oldest first.
    #[derive(Clone, PartialEq, Eq)]
    kms ListKeyRotations {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
        }
        may {
            /// Which of them; those of rotations without it.
            include_key_material: IncludeKeyMaterial = "IncludeKeyMaterial";
            /// Size of a page; 100 without it.
            limit: i64 = "Limit" [Range(1, 1000)];
            /// Where the last page ended.
            marker: Text = "Marker" [Length(1, 1024), Matches(Pattern::KeyMarker)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListKeyRotationsResponse {
        must {
            /// The page.
            rotations: Vec<RotationsListEntry> = "Rotations";
            /// May more follow?
            truncated: bool = "Truncated";
        }
        may {
            /// Present if more may follow.
            next_marker: Text = "NextMarker";
        }
    }
}
structure! {
    /// A material in a list.
    #[derive(Clone, PartialEq, Eq)]
    RotationsListEntry {
        must {
            /// Id of the key.
            key_id: Text = "KeyId";
            /// Id of the material: 64 hex digits.
            key_material_id: Text = "KeyMaterialId";
            /// What it does now.
            key_material_state: KeyMaterialState = "KeyMaterialState";
        }
        may {
            /// What its importer said of it.
            key_material_description: Text = "KeyMaterialDescription";
            /// Is it there? Imported material only.
            import_state: ImportState = "ImportState";
            /// Does it expire? Imported material that is there only.
            expiration_model: ExpirationModel = "ExpirationModel";
            /// When it expires, if it does.
            valid_to: Timestamp = "ValidTo";
            /// When it became the current one; neither the first one nor one that waits has this.
            rotation_date: Timestamp = "RotationDate";
            /// What made it the current one.
            rotation_type: RotationType = "RotationType";
        }
    }
}
from_text!(EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus, RotateKeyOnDemand, ListKeyRotations);
