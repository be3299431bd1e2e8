//! Aliases.

use crate::clock::Timestamp;
use crate::name::Text;
use crate::operation::Pattern;
use crate::operation::table::{from_text, operation, structure};

operation! {
    /// Gives a key another name.
    #[derive(Clone, PartialEq, Eq)]
    kms CreateAlias {
        must {
            /// `alias/…`
            alias_name: Text = "AliasName" [Length(1, 256), Matches(Pattern::AliasName)];
            /// Id or ARN of the key.
            target_key_id: Text = "TargetKeyId" [Length(1, 2048)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] CreateAliasResponse { must {} may {} }
}
operation! {
    /// Points an alias at another key of the same kind.
    #[derive(Clone, PartialEq, Eq)]
    kms UpdateAlias {
        must {
            /// `alias/…`
            alias_name: Text = "AliasName" [Length(1, 256), Matches(Pattern::AliasName)];
            /// Id or ARN of the key.
            target_key_id: Text = "TargetKeyId" [Length(1, 2048)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] UpdateAliasResponse { must {} may {} }
}
operation! {
    /// Removes an alias; the key stays.
    #[derive(Clone, PartialEq, Eq)]
    kms DeleteAlias {
        must {
            /// `alias/…`
            alias_name: Text = "AliasName" [Length(1, 256), Matches(Pattern::AliasName)];
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] DeleteAliasResponse { must {} may {} }
}
operation! {
    /// Lists the aliases, of all keys or of one.
    #[derive(Clone, PartialEq, Eq)]
    kms ListAliases {
        must {}
        may {
            /// Id or ARN of a key.
            key_id: Text = "KeyId" [Length(1, 2048)];
            /// Size of a page, at most 100; 50 without it.
            limit: i64 = "Limit" [Range(1, 100)];
            /// Where the last page ended.
            marker: Text = "Marker" [Length(1, 1024), Matches(Pattern::KeyMarker)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListAliasesResponse {
        must {
            /// The page.
            aliases: Vec<AliasListEntry> = "Aliases";
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
    /// An alias in a list.
    #[derive(Clone, PartialEq, Eq)]
    AliasListEntry {
        must {
            /// `alias/…`
            alias_name: Text = "AliasName";
            /// Its ARN.
            alias_arn: Text = "AliasArn";
        }
        may {
            /// Id of its key; absent for an AWS alias that nobody has used yet.
            target_key_id: Text = "TargetKeyId";
            /// When it was made.
            creation_date: Timestamp = "CreationDate";
            /// When it was last pointed at a key.
            last_updated_date: Timestamp = "LastUpdatedDate";
        }
    }
}
from_text!(DeleteAlias);
