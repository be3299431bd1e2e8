//! The life of a key, its tags, its MACs; random bytes.

use strongroom_keystore::{self as keystore, EncryptionContext};

use super::request_alias;
use crate::access::acts::{act, may, sent};
use crate::access::gate::{Contextual, Grantable};
use crate::access::pass::Named;
use crate::access::{Act, Everything, KeyAct, KeyFacts};
use crate::action::Action;
use crate::error::Error;
use crate::model::grant::Need;
use crate::model::key::{KeyRow, WINDOW_DAYS};
use crate::operation::kms::{
    CancelKeyDeletion, DisableKey, EnableKey, GenerateMac, GenerateRandom, GetKeyLastUsage, ListKeyPolicies,
    ListResourceTags, ScheduleKeyDeletion, TagResource, UntagResource, UpdateKeyDescription, VerifyMac,
};
use crate::policy::{Key, KeyName, Value, Values};

act!(EnableKey, KMS_ENABLE_KEY on KeyFacts, as sent key_id, writes KeyRow);
act!(DisableKey, KMS_DISABLE_KEY on KeyFacts, as sent key_id, writes KeyRow);
act!(UpdateKeyDescription, KMS_UPDATE_KEY_DESCRIPTION on KeyFacts, as sent key_id, writes KeyRow);
act!(CancelKeyDeletion, KMS_CANCEL_KEY_DELETION on KeyFacts, as sent key_id, writes KeyRow);
act!(GetKeyLastUsage, KMS_GET_KEY_LAST_USAGE on KeyFacts, as sent key_id);
act!(ListKeyPolicies, KMS_LIST_KEY_POLICIES on KeyFacts, as sent key_id);
act!(TagResource, KMS_TAG_RESOURCE on KeyFacts, as sent key_id, writes KeyRow);
act!(UntagResource, KMS_UNTAG_RESOURCE on KeyFacts, as sent key_id, writes KeyRow);
act!(ListResourceTags, KMS_LIST_RESOURCE_TAGS on KeyFacts, as sent key_id);
act!(GenerateRandom, KMS_GENERATE_RANDOM on Everything, nothing here);

impl Act for ScheduleKeyDeletion {
    type On = KeyFacts;
    const ACTION: Action = Action::KMS_SCHEDULE_KEY_DELETION;
    fn values<'a>(&'a self, _on: &'a KeyFacts, key: &Key, _plain: bool) -> Values<'a> {
        match key.name {
            // What the key will wait, so that a deny on short windows cannot be got round by leaving the member out.
            KeyName::KmsScheduleKeyDeletionPendingWindowInDays => {
                Values::One(Value::Number(self.pending_window_in_days.unwrap_or(WINDOW_DAYS)))
            }
            _ => sent(self, key),
        }
    }
    fn named(&self) -> Named<'_> {
        Named::AsSent(&self.key_id)
    }
}
may!(ScheduleKeyDeletion, writes KeyRow);

macro_rules! macs {
    ($($request:ty, $action:ident;)*) => { $(
        impl Act for $request {
            type On = KeyFacts;
            const ACTION: Action = Action::$action;
            fn values<'a>(&'a self, _on: &'a KeyFacts, key: &Key, _plain: bool) -> Values<'a> {
                match key.name {
                    KeyName::KmsRequestAlias => request_alias(&self.key_id),
                    _ => sent(self, key),
                }
            }
            fn named(&self) -> Named<'_> {
                Named::AsSent(&self.key_id)
            }
        }
        impl KeyAct for $request {
            type Use = keystore::Mac;
            const ACTION: Action = Action::$action;
            const SEALED: bool = false;
        }
        impl Grantable for $request {
            fn need(&self) -> Need<'_> {
                Need::to_use(<Self as Act>::ACTION.name(), [])
            }
        }
        impl Contextual for $request {
            /// MACs have none.
            fn context(&self) -> Result<EncryptionContext<'static>, Error> {
                Ok(EncryptionContext::empty())
            }
        }
    )* };
}
macs! {
    GenerateMac, KMS_GENERATE_MAC;
    VerifyMac, KMS_VERIFY_MAC;
}
