//! What is spoken over the wire: AWS JSON 1.1 with Secrets Manager and KMS, Query and XML with IAM and STS. The shapes are those
//! of [`operation`](strongroom::operation): here they only get their forms.

pub(crate) mod answer;
pub(crate) mod error;
pub mod query;
pub mod xml;

use strongroom::operation::AnyRequest;
use strongroom::{Error, json};

use crate::sigv4::Head;
use error::{Front, Refusal};

/// A service, as the scope of a signature names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    SecretsManager,
    Kms,
    Iam,
    Sts,
}

impl Service {
    const ALL: [Self; 4] = [Self::SecretsManager, Self::Kms, Self::Iam, Self::Sts];

    pub(crate) fn of_scope(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.name() == name)
    }
    /// As scopes, actions and ARNs have it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SecretsManager => "secretsmanager",
            Self::Kms => "kms",
            Self::Iam => "iam",
            Self::Sts => "sts",
        }
    }
    /// The protocol is JSON 1.1; else Query.
    pub(crate) fn is_json(self) -> bool {
        self.target().is_some()
    }
    /// What stands before the operation in `X-Amz-Target`.
    fn target(self) -> Option<&'static str> {
        match self {
            Self::SecretsManager => Some("secretsmanager."),
            Self::Kms => Some("TrentService."),
            Self::Iam | Self::Sts => None,
        }
    }
    /// The version of its API, which a Query request must name.
    fn version(self) -> &'static str {
        match self {
            Self::SecretsManager => "2017-10-17",
            Self::Kms => "2014-11-01",
            Self::Iam => "2010-05-08",
            Self::Sts => "2011-06-15",
        }
    }
    /// The service of a request that does not say, or says it twice, or in a way that is not believed yet: for the shape of an
    /// error alone.
    pub(crate) fn guess(head: &Head<'_>) -> Self {
        Self::guess_by(head.target, head.authorization, head.content_type)
    }
    fn guess_by(target: Option<&str>, authorization: Option<&str>, content_type: Option<&str>) -> Self {
        let of_target = |target: &str| {
            let named =
                Self::ALL.into_iter().find(|service| service.target().is_some_and(|own| target.starts_with(own)));
            named.unwrap_or(Self::SecretsManager)
        };
        let of_scope = || {
            let credential = authorization?.split_once("Credential=")?.1;
            Self::of_scope(credential.split('/').nth(3)?)
        };
        let is_form = || content_type.is_some_and(|text| media_type(text) == FORM);
        target.map(of_target).or_else(of_scope).unwrap_or(if is_form() { Self::Iam } else { Self::SecretsManager })
    }
    /// The same of a head that is not taken, as far as it came: by its lines, whatever else is wrong with them.
    pub(crate) fn of_raw(head: &[u8]) -> Self {
        let text = String::from_utf8_lossy(head);
        let value = |name: &str| {
            let mut lines = text.split(['\r', '\n']).filter_map(|line| line.split_once(':'));
            lines.find(|(own, _)| own.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
        };
        Self::guess_by(value("x-amz-target"), value("authorization"), value("content-type"))
    }
    /// Does the target agree with the scope? One that is missing names no operation; that is told to whoever signed.
    pub(crate) fn agrees(self, head: &Head<'_>) -> bool {
        head.target.is_none_or(|target| self.target().is_some_and(|own| target.starts_with(own)))
    }
}

/// The request in a body whose signature was found genuine.
///
/// # Errors
/// An operation that there is not, a body of another form, missing members. Constraints are left to the call.
pub(crate) fn read(service: Service, head: &Head<'_>, body: &[u8]) -> Result<AnyRequest, Refusal> {
    let content_type = head.content_type.map(media_type).unwrap_or_default();
    let library = |error: Error| Refusal::of(service, &error);
    if let Some(own) = service.target() {
        if content_type != JSON {
            let text = format!("The Content-Type must be {JSON}.");
            return Err(Refusal::front(service, Front::Serialization, text));
        }
        let name = head.target.and_then(|target| target.strip_prefix(own)).unwrap_or_default();
        return json::read_any(service.name(), name, body).map_err(library);
    }
    if content_type != FORM {
        let text = format!("The Content-Type must be {FORM}.");
        return Err(Refusal::front(service, Front::Serialization, text));
    }
    let form = query::Form::parse(body).map_err(|malformed| {
        let text = format!("byte {}: {}", malformed.at, malformed.what);
        Refusal::front(service, Front::Serialization, text)
    })?;
    let missing = |name: &str| {
        Refusal::front(service, Front::MissingAction, format!("The request must contain the parameter {name}."))
    };
    let name = form.value("Action").ok_or_else(|| missing("Action"))?;
    let version = form.value("Version").ok_or_else(|| missing("Version"))?;
    if version != service.version() {
        let text = format!("Could not find operation {} for version {}", shown(&name), shown(&version));
        return Err(Refusal::front(service, Front::UnknownOperation, text));
    }
    AnyRequest::take(service.name(), &name, &mut form.source()).map_err(library)
}

/// Without parameters such as `charset`.
fn media_type(text: &str) -> &str {
    text.split(';').next().unwrap_or_default().trim()
}

/// Names that come from the request are told again only as names.
fn shown(text: &str) -> &str {
    let plain = text.len() <= 128 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if plain { text } else { "?" }
}

pub(crate) const JSON: &str = "application/x-amz-json-1.1";
const FORM: &str = "application/x-www-form-urlencoded";
