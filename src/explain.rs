//! Why a request would be allowed or refused: asked by somebody who may ask, answered from the same view and by the same
//! evaluator as the request itself.

use crate::action::{Action, ActionRef};
use crate::name::Text;
use crate::policy::{Explanation, MapKeys};
use crate::principal::Principal;

/// A question: would this principal be allowed this action on this resource?
///
/// The context is filled as a plain request would fill it: the principal's keys, the time, the resource's tags, for a read of
/// a secret the labels of the version that it resolves to, for a key its specification and aliases. Keys that are set here
/// stand before those.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Question {
    /// Who would ask.
    pub principal: Principal,
    /// `service:Action`, in any letter case.
    pub action: Text,
    /// A secret's name or ARN, a key's id, ARN or alias, a user's or role's ARN, or `*` for an action without resource. The
    /// ARN of a secret that is not there is weighed as CreateSecret would weigh it; what IAM has beside users and roles is
    /// weighed by its ARN alone.
    pub resource: Text,
    /// Condition keys, before those that are filled by themselves.
    pub context: MapKeys,
    /// `VersionStage` of the request: the label of the version that a read asks for.
    pub version_stage: Option<Text>,
    /// `VersionId` of the request.
    pub version_id: Option<Text>,
}
impl Question {
    /// A question without further condition keys.
    #[must_use]
    pub fn new(principal: impl Into<Principal>, action: impl Into<Text>, resource: impl Into<Text>) -> Self {
        Self {
            principal: principal.into(),
            action: action.into(),
            resource: resource.into(),
            context: MapKeys::new(),
            version_stage: None,
            version_id: None,
        }
    }
    /// About the version with this label.
    #[must_use]
    pub fn version_stage(mut self, label: impl Into<Text>) -> Self {
        self.version_stage = Some(label.into());
        self
    }
    /// About the version with this id.
    #[must_use]
    pub fn version_id(mut self, id: impl Into<Text>) -> Self {
        self.version_id = Some(id.into());
        self
    }
    /// Is it about an action of this service, in any letter case?
    pub(crate) fn is_of(&self, service: &str) -> bool {
        self.action.split_once(':').is_some_and(|(own, _)| own.eq_ignore_ascii_case(service))
    }
    /// Is it about this action, in any letter case?
    pub(crate) fn is_about(&self, action: Action) -> bool {
        ActionRef::parse(&self.action) == ActionRef::Known(action)
    }
    /// With a condition key.
    #[must_use]
    pub fn context(mut self, key: &str, values: impl IntoIterator<Item = impl Into<Text>>) -> Self {
        self.context.set(key, values.into_iter().map(Into::into).collect());
        self
    }
}

/// The answer: the decision and its story, and a grant if that is what allows it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer {
    /// What policies come to, statement by statement.
    pub policies: Explanation,
    /// The grant that allows it although no policy does. Its constraint is weighed against the encryption context in the
    /// question (`kms:EncryptionContext:…`).
    pub grant: Option<Text>,
    /// The ARN that was weighed.
    pub resource: Text,
    /// ARN of the principal.
    pub principal: Text,
}
impl Answer {
    /// Would the request be allowed?
    #[must_use]
    pub fn is_allowed(&self) -> bool {
        self.grant.is_some() || self.policies.decision.is_allow()
    }
}
