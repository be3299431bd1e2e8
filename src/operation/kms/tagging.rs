//! Tags of keys.

use super::Tag;
use crate::name::Text;
use crate::operation::Pattern;
use crate::operation::table::{from_text, operation};

operation! {
    /// Sets tags; a known key gets the new value.
    #[derive(Clone, PartialEq, Eq)]
    kms TagResource {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
            /// Tags to set.
            tags: Vec<Tag> = "Tags" key "aws:RequestTag/";
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] TagResourceResponse { must {} may {} }
}
operation! {
    /// Removes tags; an absent key is no error.
    #[derive(Clone, PartialEq, Eq)]
    kms UntagResource {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
            /// Keys of the tags to remove.
            tag_keys: Vec<Text> = "TagKeys" each [Length(1, 128)] key "aws:TagKeys";
        }
        may {}
    } -> #[derive(Clone, PartialEq, Eq)] UntagResourceResponse { must {} may {} }
}
operation! {
    /// Lists a key's tags, in the order in which they were set.
    #[derive(Clone, PartialEq, Eq)]
    kms ListResourceTags {
        must {
            /// Id or ARN of the key.
            key_id: Text = "KeyId" [Length(1, 2048)];
        }
        may {
            /// Size of a page: 1 to 50, 50 without it. (AWS's model takes up to 1,000, the service does not.)
            limit: i64 = "Limit" [Range(1, 1000)];
            /// Where the last page ended.
            marker: Text = "Marker" [Length(1, 1024), Matches(Pattern::KeyMarker)];
        }
    } -> #[derive(Clone, PartialEq, Eq)] ListResourceTagsResponse {
        must {
            /// The page.
            tags: Vec<Tag> = "Tags";
            /// May more follow?
            truncated: bool = "Truncated";
        }
        may {
            /// Present if more may follow.
            next_marker: Text = "NextMarker";
        }
    }
}
from_text!(ListResourceTags);
