//! Rotation functions: what the host registers under the ARN of a function, and what a secret's rotation calls.
//!
//! RotateSecret and the rotation rules of a secret say when it is rotated and by which function; the steps are called by
//! [`Strongroom::run_due`](crate::Strongroom::run_due), one after the other, with nothing of the store held. A function acts as
//! its role: Lambda assumes it (`lambda.amazonaws.com` must be in its trust policy), the session's name is the function's, and
//! `lambda:SourceFunctionArn` is the function's ARN. It has no other right than that role's.
//!
//! A step that fails, or panics, ends the rotation for now: `AWSPENDING` stays, and the whole is tried again with the same token
//! after 1, 2, 4, … minutes, at most an hour. A step may be called more than once: it must find out what is done already.
//!
//! ```
//! # use strongroom::operation::iam::{AttachRolePolicy, CreateRole};
//! # use strongroom::operation::secretsmanager::{CreateSecret, RotateSecret, RotationRules};
//! # use strongroom::rotation::GenerateSecret;
//! # use strongroom::{Strongroom, Unlock};
//! # fn main() -> Result<(), strongroom::Error> {
//! # let room = Strongroom::builder().create_in_memory(Unlock::root_key([7; 32].as_slice()))?;
//! let function = "arn:aws:lambda:us-east-1:000000000000:function:SecretsManagerGenerate";
//! let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},
//!     "Action":"sts:AssumeRole"}}"#;
//! let root = room.root();
//! root.iam().create_role(CreateRole::new("rotation", trust))?;
//! let policy = "arn:aws:iam::aws:policy/service-role/AWSSecretsManagerRotationFunctionRole";
//! root.iam().attach_role_policy(AttachRolePolicy::new("rotation", policy))?;
//! room.register_rotation_function(function, "rotation", GenerateSecret::new())?;
//!
//! root.create_secret(CreateSecret::text("app/token", "first"))?;
//! let monthly = RotationRules::new().schedule_expression("cron(0 4 1 * ? *)");
//! root.rotate_secret(RotateSecret::new("app/token").rotation_lambda_arn(function).rotation_rules(monthly))?;
//! assert_eq!(room.run_due()?.rotations_finished, 1);
//! assert_ne!(root.get_secret_value("app/token")?.secret_string.unwrap().expose(), "first");
//! # Ok(())
//! # }
//! ```

use strongroom_keystore::SecretText;

use crate::json;
use crate::name::Text;
use crate::operation::{Facet, Sink, Tell};
use crate::session::Session;
use crate::walk::Caller;
use crate::walk::rotation::Function;

mod generate;

pub use crate::walk::extension::rotation::RotationStatus;
pub use crate::walk::rotation::{RotationEvent, RotationFailure, RotationStep};
pub use generate::GenerateSecret;

/// What rotates a secret: called once for each step, as the function's role. A closure with these two arguments is one.
///
/// Do not keep the session: it ends with the step. A function that holds a session of another kind keeps the store's memory for
/// as long as it is registered.
pub trait RotationFunction: Send + Sync {
    /// Does one step. Called again after a crash or a failure it finds out what is done already.
    ///
    /// # Errors
    /// The step failed; the words are kept with the secret and may be logged.
    fn call(&self, session: &Session, event: &RotationEvent) -> Result<(), RotationFailure>;
}
impl<F> RotationFunction for F
where
    F: Fn(&Session, &RotationEvent) -> Result<(), RotationFailure> + Send + Sync,
{
    fn call(&self, session: &Session, event: &RotationEvent) -> Result<(), RotationFailure> {
        self(session, event)
    }
}

/// As the walks call it: they know no sessions.
pub(crate) struct Called<F>(pub F);
impl<F: RotationFunction> Function for Called<F> {
    fn call(&self, caller: Caller, event: &RotationEvent) -> Result<(), RotationFailure> {
        self.0.call(&Session::acting(caller), event)
    }
}

impl RotationEvent {
    /// The event as AWS sends it to a function: an object of `Step`, `SecretId`, `ClientRequestToken` and `RotationToken`.
    #[must_use]
    pub fn to_json(&self) -> SecretText {
        // JSON is always UTF-8, so the default is never taken.
        json::write(self).into_text().unwrap_or_else(|_| SecretText::from(""))
    }
}
impl Tell for RotationEvent {
    fn tell(&self, sink: &mut dyn Sink) {
        sink.map(&mut |sink| {
            sink.entry("Step", &Text::from(self.step.as_str()));
            sink.entry("SecretId", &self.secret_id);
            sink.entry("ClientRequestToken", &self.token);
            sink.entry("RotationToken", &self.rotation_token);
        });
    }
    fn facet(&self) -> Facet<'_> {
        Facet::Structure
    }
}
