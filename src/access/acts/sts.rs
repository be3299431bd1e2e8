//! STS. GetCallerIdentity asks nothing of the gate: it needs no right and cannot be denied. Nor does GetSessionToken.

use super::{act, may, sent};
use crate::access::entry::{DeviceLook, Everything, RoleLook};
use crate::access::pass::{Holds, Named};
use crate::access::{Act, Standing};
use crate::action::Action;
use crate::model::credential::CredentialRow;
use crate::operation::sts::{AssumeRole, GetAccessKeyInfo, GetFederationToken};
use crate::policy::{Key, KeyName, Value, Values};

/// AssumeRole, with what the caller's session carries on: a source identity, transitive tags.
#[derive(Debug)]
pub(crate) struct Assumption<'a> {
    pub request: &'a AssumeRole,
    pub caller: &'a Standing<'a>,
}
impl Act for Assumption<'_> {
    type On = RoleLook;
    const ACTION: Action = Action::STS_ASSUME_ROLE;
    fn also(&self, ask: &mut dyn FnMut(Action)) {
        let who = self.caller.who;
        if self.request.tags.as_ref().is_some_and(|tags| !tags.is_empty()) || !who.transitive.is_empty() {
            ask(Action::STS_TAG_SESSION);
        }
        if self.request.source_identity.is_some() || who.source_identity.is_some() {
            ask(Action::STS_SET_SOURCE_IDENTITY);
        }
    }
    fn values<'a>(&'a self, _on: &'a RoleLook, key: &Key, _plain: bool) -> Values<'a> {
        match (sent(self.request, key), key.name) {
            (Values::Absent, KeyName::StsSourceIdentity) => {
                let carried = self.caller.who.source_identity.as_ref();
                carried.map_or(Values::Absent, |carried| Values::One(Value::Text(carried)))
            }
            (values, _) => values,
        }
    }
    fn named(&self) -> Named<'_> {
        Named::AsSent(&self.request.role_arn)
    }
}
may!(Assumption<'_>, writes CredentialRow);

impl Act for GetFederationToken {
    type On = Everything;
    const ACTION: Action = Action::STS_GET_FEDERATION_TOKEN;
    fn also(&self, ask: &mut dyn FnMut(Action)) {
        if self.tags.as_ref().is_some_and(|tags| !tags.is_empty()) {
            ask(Action::STS_TAG_SESSION);
        }
    }
    fn values<'a>(&'a self, _on: &'a Everything, key: &Key, _plain: bool) -> Values<'a> {
        sent(self, key)
    }
}
act!(GetAccessKeyInfo, STS_GET_ACCESS_KEY_INFO on Everything, nothing here);

/// A code of the caller's own device: to hold the device is the leave.
#[derive(Debug)]
pub(crate) struct ProveMfa;
impl Act for ProveMfa {
    type On = DeviceLook;
    const ACTION: Action = Action::STS_GET_SESSION_TOKEN;
}
impl Holds for ProveMfa {
    fn is_of(row: &DeviceLook, caller: &str) -> bool {
        row.as_ref().and_then(|device| device.holder.as_ref()).is_some_and(|holder| holder.id == *caller)
    }
}
may!(ProveMfa, writes CredentialRow);
