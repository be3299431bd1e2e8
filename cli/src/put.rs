//! `strongroom put`.

use clap::Args;
use strongroom::operation::secretsmanager::{CreateSecret, PutSecretValue, Tag, TagResource, UpdateSecret};
use strongroom::{Error, ErrorKind, Expected, SecretBytes, Session};

use crate::failure::{Done, Failure};
use crate::pairs::pair;
use crate::run::Run;
use crate::value::ValueArgs;

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  strongroom put prod/db < value\n  strongroom put prod/db --generate 24 --tag env=prod\n  strongroom put prod/cert @cert.pem --description 'for the front door'\n  strongroom put prod/db --if-version \"$(strongroom -q get prod/db)\" < value    # or exit code 8"
)]
pub struct Put {
    /// Name of the secret, or the ARN of one that exists
    name: String,
    #[command(flatten)]
    value: ValueArgs,
    /// A new secret; refuse if there is one of this name
    #[arg(long, conflicts_with = "stage")]
    new: bool,
    /// Keep it as bytes even if it is text
    #[arg(long)]
    binary: bool,
    /// Description of the secret
    #[arg(long, value_name = "TEXT", conflicts_with = "stage")]
    description: Option<String>,
    /// Key of the secret: id, ARN or alias/NAME; empty for the managed key
    #[arg(long, value_name = "KEY", conflicts_with = "stage")]
    key: Option<String>,
    /// A tag of the secret; may be given several times
    #[arg(long, value_name = "K=V", value_parser = pair, conflicts_with = "stage")]
    tag: Vec<(String, String)>,
    /// A label for the version, AWSCURRENT without it; may be given several times. The secret must exist
    #[arg(long, value_name = "LABEL")]
    stage: Vec<String>,
    /// Idempotency token, 32 to 64 characters; becomes the version's id
    #[arg(long, value_name = "TOKEN")]
    token: Option<String>,
    /// Only if this version is the current one; `none`: only if the secret has no value
    #[arg(long, value_name = "ID", conflicts_with_all = ["new", "description", "key", "tag"])]
    if_version: Option<String>,
}

/// A value as a request takes it. Requests own their value, and a put may need two.
enum Value {
    Text(strongroom::SecretText),
    Bytes(SecretBytes),
}

impl Put {
    pub fn run(&self, run: &Run) -> Done {
        run.must_exist()?;
        let wanted = self.value.fetch(run.terminal)?;
        run.as_principal(|session| {
            let value = wanted.settle(session)?;
            if self.new {
                return self.create(run, session, &value);
            }
            match self.put(run, session, &value) {
                // Only who may put learns that there is no such secret; whether they may make one is weighed next.
                Err(Attempt::Absent(_))
                    if self.stage.is_empty() && self.if_version.is_none() && !self.name.starts_with("arn:") =>
                {
                    self.create(run, session, &value)
                }
                Err(Attempt::Absent(error)) if self.stage.is_empty() => Err(error.into()),
                Err(Attempt::Absent(error)) => {
                    Err(Failure::from(error).help("a first version always gets AWSCURRENT: put it without `--stage`"))
                }
                Err(Attempt::Failed(failure)) => Err(failure),
                Ok(()) => Ok(()),
            }
        })
    }
    fn create(&self, run: &Run, session: &Session, value: &SecretBytes) -> Done {
        let mut request = CreateSecret::new(self.name.as_str());
        request = match self.told(value) {
            Value::Text(text) => request.secret_string(text),
            Value::Bytes(bytes) => request.secret_binary(bytes),
        };
        request.description = self.description.as_deref().map(Into::into);
        request.kms_key_id = self.key.as_deref().map(Into::into);
        request.tags = (!self.tag.is_empty()).then(|| self.tags());
        request.client_request_token = self.token.as_deref().map(Into::into);
        let answer = session.create_secret(request)?;
        run.out.line(&answer, &["Name", "VersionId", "ARN"])
    }
    fn put(&self, run: &Run, session: &Session, value: &SecretBytes) -> Result<(), Attempt> {
        if !self.tag.is_empty() {
            session.tag_resource(TagResource::new(self.name.as_str(), self.tags()))?;
        }
        if self.description.is_some() || self.key.is_some() {
            let mut request = UpdateSecret::new(self.name.as_str());
            request = match self.told(value) {
                Value::Text(text) => request.secret_string(text),
                Value::Bytes(bytes) => request.secret_binary(bytes),
            };
            request.description = self.description.as_deref().map(Into::into);
            request.kms_key_id = self.key.as_deref().map(Into::into);
            request.client_request_token = self.token.as_deref().map(Into::into);
            let answer = session.update_secret(request)?;
            return run.out.line(&answer, &["Name", "VersionId", "ARN"]).map_err(Attempt::Failed);
        }
        let mut request = PutSecretValue::new(self.name.as_str());
        request = match self.told(value) {
            Value::Text(text) => request.secret_string(text),
            Value::Bytes(bytes) => request.secret_binary(bytes),
        };
        if !self.stage.is_empty() {
            request.version_stages = Some(self.stage.iter().map(Into::into).collect());
        }
        request.client_request_token = self.token.as_deref().map(Into::into);
        let answer = match self.if_version.as_deref() {
            None => session.put_secret_value(request)?,
            Some("none") => session.put_secret_value_if(request, Expected::NoValue)?,
            Some(version) => session.put_secret_value_if(request, version)?,
        };
        run.out.line(&answer, &["Name", "VersionId", "ARN"]).map_err(Attempt::Failed)
    }
    fn told(&self, value: &SecretBytes) -> Value {
        let copy = SecretBytes::copy_of(value.expose());
        if self.binary {
            return Value::Bytes(copy);
        }
        match copy.into_text() {
            Ok(text) => Value::Text(text),
            Err(bytes) => Value::Bytes(bytes),
        }
    }
    fn tags(&self) -> Vec<Tag> {
        self.tag.iter().map(|(key, value)| Tag::new(key, value)).collect()
    }
}

/// How a put to a secret that may not be there ended.
enum Attempt {
    Absent(Error),
    Failed(Failure),
}
impl From<Error> for Attempt {
    fn from(error: Error) -> Self {
        if error.kind() == ErrorKind::NotFound { Self::Absent(error) } else { Self::Failed(error.into()) }
    }
}
