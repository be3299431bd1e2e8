//! Access keys: long-term credentials of users.

use strongroom_keystore::SecretText;

use crate::clock::Timestamp;
use crate::name::Text;
use crate::operation::Pattern;
use crate::operation::table::{choice, from_text, operation, structure};

choice! {
    /// Whether an access key is good for signing.
    AccessKeyStatus { Active = "Active", Inactive = "Inactive" }
}
structure! {
    /// An access key with its secret: told once, when it is made.
    AccessKey {
        must {
            /// Whose it is.
            user_name: Text = "UserName";
            /// `AKIA…`, 20 characters.
            access_key_id: Text = "AccessKeyId";
            /// Whether it is good for signing.
            status: AccessKeyStatus = "Status";
            /// 40 characters.
            secret_access_key: SecretText = "SecretAccessKey";
        }
        may {
            /// When it was made.
            create_date: Timestamp = "CreateDate";
        }
    }
}
structure! {
    /// An access key without its secret.
    #[derive(Clone, PartialEq, Eq)]
    AccessKeyMetadata {
        must {
            /// Whose it is.
            user_name: Text = "UserName";
            /// `AKIA…`, 20 characters.
            access_key_id: Text = "AccessKeyId";
            /// Whether it is good for signing.
            status: AccessKeyStatus = "Status";
            /// When it was made.
            create_date: Timestamp = "CreateDate";
        }
        may {}
    }
}
structure! {
    /// When, where and for what an access key last signed.
    #[derive(Clone, PartialEq, Eq)]
    AccessKeyLastUsed {
        must {
            /// Service; `N/A` if it never did.
            service_name: Text = "ServiceName";
            /// Region; `N/A` if it never did.
            region: Text = "Region";
        }
        may {
            /// To the hour.
            last_used_date: Timestamp = "LastUsedDate";
        }
    }
}

operation! {
    /// Makes an access key. A user has two at most.
    #[derive(Clone, PartialEq, Eq)]
    iam CreateAccessKey {
        must {}
        may {
            /// Whose; the caller's without it.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
    } -> CreateAccessKeyResponse {
        must {
            /// With its secret, which is never told again.
            access_key: AccessKey = "AccessKey";
        }
        may {}
    }
}
operation! {
    /// Lists a user's access keys, without their secrets.
    #[derive(Clone, PartialEq, Eq)]
    iam ListAccessKeys {
        must {}
        may {
            /// Whose; the caller's without it.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
            /// Where the last page ended.
            marker: Text = "Marker" [Length(1, 320), Matches(Pattern::EntityMarker)];
            /// Size of a page; 100 without it.
            max_items: i64 = "MaxItems" [Range(1, 1000)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListAccessKeysResponse {
        must {
            /// The page.
            access_key_metadata: Vec<AccessKeyMetadata> = "AccessKeyMetadata";
            /// May more follow?
            is_truncated: bool = "IsTruncated";
        }
        may {
            /// Present if more may follow.
            marker: Text = "Marker";
        }
    }
}
operation! {
    /// Switches an access key on or off. Off, it signs nothing any more, and neither do the temporary credentials it asked for.
    #[derive(Clone, PartialEq, Eq)]
    iam UpdateAccessKey {
        must {
            /// Which.
            access_key_id: Text = "AccessKeyId" [Length(16, 128), Matches(Pattern::AccessKeyId)];
            /// What it shall be.
            status: AccessKeyStatus = "Status";
        }
        may {
            /// Whose; the caller's without it.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] UpdateAccessKeyResponse { must {} may {} }
}
operation! {
    /// Deletes an access key.
    #[derive(Clone, PartialEq, Eq)]
    iam DeleteAccessKey {
        must {
            /// Which.
            access_key_id: Text = "AccessKeyId" [Length(16, 128), Matches(Pattern::AccessKeyId)];
        }
        may {
            /// Whose; the caller's without it.
            user_name: Text = "UserName" [Length(1, 128), Matches(Pattern::EntityName)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] DeleteAccessKeyResponse { must {} may {} }
}
operation! {
    /// When an access key last signed.
    #[derive(Clone, PartialEq, Eq)]
    iam GetAccessKeyLastUsed {
        must {
            /// Which.
            access_key_id: Text = "AccessKeyId" [Length(16, 128), Matches(Pattern::AccessKeyId)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] GetAccessKeyLastUsedResponse {
        must {}
        may {
            /// Whose it is.
            user_name: Text = "UserName";
            /// When, where and for what.
            access_key_last_used: AccessKeyLastUsed = "AccessKeyLastUsed";
        }
    }
}
from_text!(GetAccessKeyLastUsed);
