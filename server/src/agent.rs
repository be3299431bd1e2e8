//! The endpoint of AWS's Secrets Manager agent: programs that ask it over plain HTTP find the same here. It only reads, as one
//! principal, and what it may read that principal's policies say.

use std::fmt;
use std::sync::Arc;

use strongroom::json;
use strongroom::operation::secretsmanager::GetSecretValue;
use strongroom::{Circumstances, Error, SecretBytes, Session};

use crate::handler::{Handler, Performed, Work, gets, json as told, plain};
use crate::token::Token;
use crate::{Answer, Request};

/// Somebody's session for one request, or why there is none.
pub type Vouch = Box<dyn Fn(Circumstances) -> Result<Session, Error> + Send + Sync>;

/// `GET /secretsmanager/get?secretId=…` and `GET /v1/NAME`, with the token in `X-Aws-Parameters-Secrets-Token` or
/// `X-Vault-Token`. What was forwarded by a proxy is refused, as the agent does: a program that can be made to send requests
/// elsewhere must not be able to ask here. Nothing is cached, so `refreshNow` changes nothing.
pub struct Agent {
    token: Arc<Token>,
    vouch: Arc<Vouch>,
}

impl fmt::Debug for Agent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agent").field("token", &self.token).finish_non_exhaustive()
    }
}

impl Agent {
    /// Paths that are the agent's, for a [`Router`](crate::Router).
    pub const PATHS: [&'static str; 2] = ["/secretsmanager/get", "/v1/"];
    /// Who sends the token is answered as the principal that is vouched for.
    #[must_use]
    pub fn new(token: Arc<Token>, vouch: Vouch) -> Self {
        Self { token, vouch: Arc::new(vouch) }
    }
}

impl Handler for Agent {
    fn admit(&self, request: Request) -> Result<Box<dyn Work>, Answer> {
        if request.headers.contains_key("x-forwarded-for") {
            return Err(plain(400, "Forwarded"));
        }
        let sent = TOKEN_HEADERS.iter().filter_map(|name| request.headers.get(*name));
        if !sent.map(|value| self.token.is(value.as_bytes())).fold(false, |any, is| any | is) {
            return Err(plain(403, "Bad Token"));
        }
        gets(&request)?;
        let asked = parse(&request.target).map_err(|why| plain(400, &why))?;
        Ok(Box::new(Get { asked, vouch: Arc::clone(&self.vouch), circumstances: request.circumstances }))
    }
}

struct Get {
    asked: GetSecretValue,
    vouch: Arc<Vouch>,
    circumstances: Circumstances,
}

impl Work for Get {
    fn operation(&self) -> (&'static str, &str) {
        ("secretsmanager", "GetSecretValue")
    }
    fn perform(self: Box<Self>) -> Performed {
        let Self { asked, vouch, circumstances } = *self;
        match vouch(circumstances) {
            Ok(session) => Performed::of(session.hold(asked), |answered| match answered {
                Ok(answer) => told(200, json::write(&answer)),
                Err(error) => refused(&error),
            }),
            Err(error) => Performed::Done(refused(&error)),
        }
    }
}

/// An error as Secrets Manager writes it.
pub(crate) fn refused(error: &Error) -> Answer {
    let message = quoted(&error.message().to_string());
    let text = format!(r#"{{"__type":"{}","Message":{message}}}"#, error.code());
    told(error.status(), SecretBytes::from(text))
}

/// A text in quotes.
fn quoted(text: &str) -> String {
    let written = json::write(&strongroom::name::Text::from(text));
    String::from_utf8_lossy(written.expose()).into_owned()
}

fn parse(target: &str) -> Result<GetSecretValue, String> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut secret = match path.strip_prefix("/v1/") {
        Some(name) => Some(decoded(name).ok_or("invalid secret ID")?),
        None => None,
    };
    let is_by_path = secret.is_some();
    let (mut version, mut stage) = (None, None);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let place = match &*name {
            "secretId" if !is_by_path => &mut secret,
            "versionId" => &mut version,
            "versionStage" => &mut stage,
            // There is no cache: every answer is fresh.
            "refreshNow" if ["true", "false", "1", "0"].contains(&&*value.to_ascii_lowercase()) => continue,
            "refreshNow" => return Err("invalid refreshNow value".into()),
            _ => return Err(format!("unknown parameter: {name}")),
        };
        if place.replace(value.into_owned()).is_some() {
            return Err(format!("parameter given twice: {name}"));
        }
    }
    let secret = secret.filter(|id| !id.is_empty()).ok_or("missing parameter secretId")?;
    let mut request = GetSecretValue::new(secret);
    request.version_id = version.map(Into::into);
    request.version_stage = stage.map(Into::into);
    Ok(request)
}

/// A path with its `%XX` read.
fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'%' {
            bytes.push(*first);
            continue;
        }
        let (digits, after) = rest.split_at_checked(2)?;
        bytes.push(hex(digits)?);
        rest = after;
    }
    String::from_utf8(bytes).ok()
}

/// Two digits; `from_str_radix` alone would take a sign.
fn hex(digits: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u8::from_str_radix(text, 16).ok()
}

const TOKEN_HEADERS: [&str; 2] = ["x-aws-parameters-secrets-token", "x-vault-token"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_asking_are_read() {
        let asked = parse("/secretsmanager/get?secretId=prod%2Fdb&versionStage=AWSPREVIOUS&refreshNow=true").unwrap();
        assert_eq!((&*asked.secret_id, asked.version_stage.as_deref()), ("prod/db", Some("AWSPREVIOUS")));
        let asked = parse("/v1/prod/a%20b?versionId=x").unwrap();
        assert_eq!((&*asked.secret_id, asked.version_id.as_deref()), ("prod/a b", Some("x")));
    }

    #[test]
    fn what_is_unknown_missing_or_said_twice_is_refused() {
        for (target, why) in [
            ("/secretsmanager/get", "missing parameter secretId"),
            ("/secretsmanager/get?secretId=", "missing parameter secretId"),
            ("/secretsmanager/get?secretId=a&secretId=b", "parameter given twice: secretId"),
            ("/secretsmanager/get?secretId=a&x=1", "unknown parameter: x"),
            ("/secretsmanager/get?secretId=a&refreshNow=maybe", "invalid refreshNow value"),
            ("/v1/?versionId=a", "missing parameter secretId"),
            ("/v1/a?secretId=b", "unknown parameter: secretId"),
            ("/v1/a%2", "invalid secret ID"),
            ("/v1/a%+1", "invalid secret ID"),
            ("/v1/a%zz", "invalid secret ID"),
        ] {
            assert_eq!(parse(target).unwrap_err(), why, "{target}");
        }
    }
}
