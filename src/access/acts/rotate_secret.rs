//! Secrets Manager: rotation of secrets.

use super::{act, may, sent};
use crate::access::entry::SecretLook;
use crate::access::pass::Named;
use crate::access::{Act, Due, Everything};
use crate::action::Action;
use crate::clock::Timestamp;
use crate::model::secret::{Life, SecretRow};
use crate::operation::secretsmanager::{CancelRotateSecret, RotateSecret};
use crate::policy::{Key, KeyName, Value, Values};

impl Act for RotateSecret {
    type On = SecretLook;
    const ACTION: Action = Action::SECRETSMANAGER_ROTATE_SECRET;
    fn values<'a>(&'a self, _on: &'a SecretLook, key: &Key, _plain: bool) -> Values<'a> {
        match key.name {
            KeyName::SecretsmanagerModifyRotationRules if self.rotation_rules.is_some() => {
                Values::One(Value::Bool(true))
            }
            _ => sent(self, key),
        }
    }
    fn named(&self) -> Named<'_> {
        Named::AsSent(&self.secret_id)
    }
}
may!(RotateSecret, writes SecretRow);
act!(CancelRotateSecret, SECRETSMANAGER_CANCEL_ROTATE_SECRET on SecretLook, as sent secret_id, writes SecretRow);

/// To have a secret rotated by a function: weighed on the function's ARN.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InvokeFunction;
impl Act for InvokeFunction {
    type On = Everything;
    const ACTION: Action = Action::LAMBDA_INVOKE_FUNCTION;
}

/// To ask how a rotation is getting on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SeeRotation<'a>(pub &'a str);
impl Act for SeeRotation<'_> {
    type On = SecretLook;
    const ACTION: Action = Action::SECRETSMANAGER_DESCRIBE_SECRET;
    fn named(&self) -> Named<'_> {
        Named::AsSent(self.0)
    }
}

/// To have a rotation tried again now.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResumeRotation<'a>(pub &'a str);
impl Act for ResumeRotation<'_> {
    type On = SecretLook;
    const ACTION: Action = Action::SECRETSMANAGER_ROTATE_SECRET;
    fn named(&self) -> Named<'_> {
        Named::AsSent(self.0)
    }
}
may!(ResumeRotation<'_>, writes SecretRow);

/// Begins a rotation whose window has opened, or calls the next step of one that is under way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RunRotation;
impl Act for RunRotation {
    type On = SecretLook;
    const ACTION: Action = Action::SECRETSMANAGER_ROTATE_SECRET;
}
impl Due for RunRotation {
    fn is_due(row: &SecretLook, observed: Timestamp) -> bool {
        row.as_deref().is_some_and(|entry| entry.row.is_rotation_due(observed))
    }
}
may!(RunRotation, writes SecretRow);

/// Writes down what a step has come to. The secret may have been scheduled for deletion in the meantime.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SettleRotation;
impl Act for SettleRotation {
    type On = SecretLook;
    const ACTION: Action = Action::SECRETSMANAGER_ROTATE_SECRET;
}
impl Due for SettleRotation {
    fn is_due(row: &SecretLook, observed: Timestamp) -> bool {
        row.as_deref().is_some_and(|entry| entry.row.run().is_some() && entry.row.life(observed) != Life::Gone)
    }
}
may!(SettleRotation, writes SecretRow);
