//! The life of a key: its switch, its end, its description, its last use.

use super::KeyState;
use crate::clock::Timestamp;
use crate::name::Text;
use crate::operation::table::{choice, from_text, operation, structure};

choice! {
    /// A use of a key that is kept track of.
    KeyLastUsageTrackingOperation {
        Decrypt = "Decrypt", DeriveSharedSecret = "DeriveSharedSecret", Encrypt = "Encrypt",
        GenerateDataKey = "GenerateDataKey", GenerateDataKeyPair = "GenerateDataKeyPair",
        GenerateDataKeyPairWithoutPlaintext = "GenerateDataKeyPairWithoutPlaintext",
        GenerateDataKeyWithoutPlaintext = "GenerateDataKeyWithoutPlaintext", GenerateMac = "GenerateMac",
        ReEncrypt = "ReEncrypt", Sign = "Sign", Verify = "Verify", VerifyMac = "VerifyMac",
    }
}
operation! {
    /// Makes a key usable again.
    #[derive(Clone, PartialEq, Eq)]
    kms EnableKey {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] EnableKeyResponse { must {} may {} }
}
operation! {
    /// Makes a key useless until it is enabled again; effective at the next call.
    #[derive(Clone, PartialEq, Eq)]
    kms DisableKey {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] DisableKeyResponse { must {} may {} }
}
operation! {
    /// Sets a key's description, in place of the one it has.
    #[derive(Clone, PartialEq, Eq)]
    kms UpdateKeyDescription {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
            /// The description; may be empty.
            description: Text = "Description" [Length(0, 8192)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] UpdateKeyDescriptionResponse { must {} may {} }
}
operation! {
    /// Deletes a key after a time of waiting, in which it cannot be used and the deletion can be taken back.
    #[derive(Clone, PartialEq, Eq)]
    kms ScheduleKeyDeletion {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
        }
        may {
            /// Days to wait: 7 to 30, 30 without it. (AWS's model takes 1 to 365, the service does not.)
            pending_window_in_days: i64 = "PendingWindowInDays" [Range(1, 365)] key "kms:ScheduleKeyDeletionPendingWindowInDays";
        }
    } -> #[derive(Clone, PartialEq, Eq)] ScheduleKeyDeletionResponse {
        must {
            /// ARN of the key.
            key_id: Text = "KeyId";
            /// When it is deleted; never before.
            deletion_date: Timestamp = "DeletionDate";
            /// `PendingDeletion`
            key_state: KeyState = "KeyState";
            /// Days to wait.
            pending_window_in_days: i64 = "PendingWindowInDays";
        }
        may {}
    }
}
operation! {
    /// Takes back a deletion. The key is then disabled.
    #[derive(Clone, PartialEq, Eq)]
    kms CancelKeyDeletion {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] CancelKeyDeletionResponse {
        must {
            /// ARN of the key.
            key_id: Text = "KeyId";
        }
        may {}
    }
}
structure! {
    /// A successful cryptographic use of a key.
    #[derive(Clone, PartialEq, Eq)]
    KeyLastUsageData {
        must {}
        may {
            /// What it was used for.
            operation: KeyLastUsageTrackingOperation = "Operation";
            /// When.
            timestamp: Timestamp = "Timestamp";
            /// Id of the event; events here go by their request.
            cloud_trail_event_id: Text = "CloudTrailEventId";
            /// Id of the request.
            kms_request_id: Text = "KmsRequestId";
        }
    }
}
operation! {
    /// The last successful cryptographic use of a key, by itself or through a secret.
    #[derive(Clone, PartialEq, Eq)]
    kms GetKeyLastUsage {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] GetKeyLastUsageResponse {
        must {
            /// ARN of the key.
            key_id: Text = "KeyId";
            /// Since when uses are known.
            tracking_start_date: Timestamp = "TrackingStartDate";
            /// When the key was made.
            key_creation_date: Timestamp = "KeyCreationDate";
        }
        may {
            /// The use; absent if there was none.
            key_last_usage: KeyLastUsageData = "KeyLastUsage";
        }
    }
}
from_text!(EnableKey, DisableKey, ScheduleKeyDeletion, CancelKeyDeletion, GetKeyLastUsage);
