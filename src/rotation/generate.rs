//! The built-in function: a new random value.

use strongroom_keystore::SecretText;

use super::{RotationEvent, RotationFailure, RotationFunction, RotationStep};
use crate::ErrorKind;
use crate::json;
use crate::operation::secretsmanager::{
    DescribeSecret, DescribeSecretResponse, GetRandomPassword, GetSecretValue, PutSecretValue, UpdateSecretVersionStage,
};
use crate::session::Session;

/// The built-in rotation function `generate`: the new value is a random one, drawn by GetRandomPassword. No service is told of
/// it; who reads the secret uses what is current.
///
/// Its role needs what `service-role/AWSSecretsManagerRotationFunctionRole` allows.
#[derive(Clone, Debug, Default)]
pub struct GenerateSecret {
    options: GetRandomPassword,
    field: Option<String>,
}

impl GenerateSecret {
    /// The whole value is replaced, by a password as GetRandomPassword draws it when nothing else is asked of it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
    /// How the password is drawn: length, characters.
    #[must_use]
    pub fn options(mut self, options: GetRandomPassword) -> Self {
        self.options = options;
        self
    }
    /// Replaces one member of a value that is a JSON object, and keeps the rest of it as it is.
    #[must_use]
    pub fn field(mut self, name: impl Into<String>) -> Self {
        self.field = Some(name.into());
        self
    }

    fn create(&self, session: &Session, event: &RotationEvent) -> Result<(), RotationFailure> {
        match pending(session, event) {
            Ok(_) => return Ok(()),
            Err(missing) if missing.kind() == ErrorKind::NotFound => {}
            Err(failed) => return Err(failed.into()),
        }
        let password = session.get_random_password(self.options.clone())?.random_password;
        let value = match &self.field {
            None => password,
            Some(field) => {
                let current = session.get_secret_value(GetSecretValue::new(event.secret_id()))?.secret_string;
                let current = current.ok_or_else(|| RotationFailure::new("the current value is not text"))?;
                json::with_member(&current, field, &password).map_err(|why| unfit(field, &why))?
            }
        };
        let mut put = PutSecretValue::new(event.secret_id())
            .client_request_token(event.client_request_token())
            .version_stages(vec![PENDING.into()])
            .rotation_token(SecretText::from(event.rotation_token().expose()));
        put.secret_string = Some(value);
        session.put_secret_value(put)?;
        Ok(())
    }
    fn test(&self, session: &Session, event: &RotationEvent) -> Result<(), RotationFailure> {
        let value = pending(session, event)?.ok_or_else(|| RotationFailure::new("the pending value is not text"))?;
        match &self.field {
            None => Ok(()),
            Some(field) => json::has_text_member(&value, field).map_err(|why| unfit(field, &why)),
        }
    }
}

impl RotationFunction for GenerateSecret {
    fn call(&self, session: &Session, event: &RotationEvent) -> Result<(), RotationFailure> {
        let described = session.describe_secret(DescribeSecret::new(event.secret_id()))?;
        let token = event.client_request_token();
        if holder(&described, CURRENT) == Some(token) {
            // All was done, and only word of it was lost.
            return Ok(());
        }
        if holder(&described, PENDING) != Some(token) {
            return Err(RotationFailure::new(format!("version {token} does not carry {PENDING}")));
        }
        match event.step() {
            RotationStep::CreateSecret => self.create(session, event),
            // There is no service that would have to know the value.
            RotationStep::SetSecret => Ok(()),
            RotationStep::TestSecret => self.test(session, event),
            RotationStep::FinishSecret => {
                let mut moved = UpdateSecretVersionStage::new(event.secret_id(), CURRENT).move_to_version_id(token);
                moved.remove_from_version_id = holder(&described, CURRENT).map(Into::into);
                session.update_secret_version_stage(moved)?;
                Ok(())
            }
        }
    }
}

/// The value that is being made, once it is there; `None`: it is not text.
fn pending(session: &Session, event: &RotationEvent) -> Result<Option<SecretText>, crate::Error> {
    let asked = GetSecretValue::new(event.secret_id()).version_id(event.client_request_token()).version_stage(PENDING);
    Ok(session.get_secret_value(asked)?.secret_string)
}
fn holder<'d>(described: &'d DescribeSecretResponse, label: &str) -> Option<&'d str> {
    let stages = described.version_ids_to_stages.as_ref()?;
    stages.iter().find(|(_, labels)| labels.iter().any(|own| own == label)).map(|(id, _)| id.as_str())
}
fn unfit(field: &str, why: &str) -> RotationFailure {
    RotationFailure::new(format!("member `{field}` of the value: {why}"))
}

const CURRENT: &str = "AWSCURRENT";
const PENDING: &str = "AWSPENDING";
