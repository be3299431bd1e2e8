//! What a rotation function is told, and what it answers.

use std::fmt;

use strongroom_keystore::SecretText;

use crate::error::Error;
use crate::model::rotation::{Run, Step};
use crate::name::Text;

/// A step of a rotation. They are called in this order, each once the one before has returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RotationStep {
    /// Makes a new value and stores it in the version that the event names, labelled `AWSPENDING`.
    CreateSecret,
    /// Makes the service accept the new value.
    SetSecret,
    /// Tries the new value.
    TestSecret,
    /// Moves `AWSCURRENT` to the version.
    FinishSecret,
}

impl RotationStep {
    /// As events have it: `createSecret`, `setSecret`, `testSecret`, `finishSecret`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CreateSecret => Step::CreateSecret.as_str(),
            Self::SetSecret => Step::SetSecret.as_str(),
            Self::TestSecret => Step::TestSecret.as_str(),
            Self::FinishSecret => Step::FinishSecret.as_str(),
        }
    }
}
impl From<Step> for RotationStep {
    fn from(step: Step) -> Self {
        match step {
            Step::CreateSecret => Self::CreateSecret,
            Step::SetSecret => Self::SetSecret,
            Step::TestSecret => Self::TestSecret,
            Step::FinishSecret => Self::FinishSecret,
        }
    }
}
impl fmt::Display for RotationStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a rotation function is called with.
pub struct RotationEvent {
    pub(crate) step: RotationStep,
    pub(crate) secret_id: Text,
    pub(crate) token: Text,
    pub(crate) rotation_token: SecretText,
}

impl RotationEvent {
    /// The step that `run` is at, for the secret of that ARN.
    pub(super) fn of(secret_arn: &Text, run: &Run) -> Self {
        Self {
            step: run.step.into(),
            secret_id: secret_arn.clone(),
            token: run.token.clone(),
            rotation_token: SecretText::from(run.shown_token()),
        }
    }
    /// What is to be done.
    #[must_use]
    pub fn step(&self) -> RotationStep {
        self.step
    }
    /// The secret's full ARN.
    #[must_use]
    pub fn secret_id(&self) -> &str {
        &self.secret_id
    }
    /// Id of the version that the rotation makes: `ClientRequestToken` of what stores its value.
    #[must_use]
    pub fn client_request_token(&self) -> &str {
        &self.token
    }
    /// To be sent along as `RotationToken` of PutSecretValue.
    #[must_use]
    pub fn rotation_token(&self) -> &SecretText {
        &self.rotation_token
    }
}
impl fmt::Debug for RotationEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RotationEvent")
            .field("step", &self.step)
            .field("secret_id", &self.secret_id)
            .field("client_request_token", &self.token)
            .finish_non_exhaustive()
    }
}

/// Why a rotation function failed, in words that may be logged: they are kept with the secret and told by
/// [`Session::rotation_status`](crate::Session::rotation_status). Never put a value into them.
#[derive(Debug)]
pub struct RotationFailure {
    message: String,
    source: Option<Error>,
}

impl RotationFailure {
    /// A failure in these words.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), source: None }
    }
    /// The words as they are kept: in one line, and not for ever.
    pub(super) fn kept(&self, step: Step) -> Text {
        let told = self.message.chars().map(|c| if c.is_control() { ' ' } else { c });
        Text::from(format!("{}: {}", step.as_str(), told.take(KEPT_MAX).collect::<String>()))
    }
}
impl From<Error> for RotationFailure {
    fn from(error: Error) -> Self {
        Self { message: error.to_string(), source: Some(error) }
    }
}
impl fmt::Display for RotationFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
impl std::error::Error for RotationFailure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

/// Characters of a failure that are kept.
const KEPT_MAX: usize = 512;
