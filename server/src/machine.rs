//! Credentials of a machine's role, in the form in which containers get theirs: SDKs and the AWS command line ask for them by
//! themselves, by `AWS_CONTAINER_CREDENTIALS_FULL_URI` and `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE`.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use strongroom::operation::sts::{AssumeRole, AssumeRoleResponse};
use strongroom::operation::{Facet, Sink, Tell};
use strongroom::{Circumstances, Error, SecretText, json};

use crate::agent::{Vouch, refused};
use crate::handler::{Handler, Performed, Work, gets, json as told, plain};
use crate::token::Token;
use crate::{Answer, Request};

/// `GET /credentials` with the token in `Authorization`, from this machine: temporary credentials of one role.
pub struct MachineCredentials {
    token: Arc<Token>,
    order: Arc<Order>,
}

struct Order {
    vouch: Vouch,
    role_arn: String,
    session: String,
}

impl fmt::Debug for MachineCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MachineCredentials").field("role_arn", &self.order.role_arn).finish_non_exhaustive()
    }
}

impl MachineCredentials {
    /// The path, for a [`Router`](crate::Router).
    pub const PATH: &'static str = "/credentials";
    /// Who sends the token gets credentials of the role, for an hour, in a session of this name. It is assumed by the principal
    /// that is vouched for, such as the service that the role's trust policy names.
    #[must_use]
    pub fn new(token: Arc<Token>, vouch: Vouch, role_arn: &str, session: &str) -> Self {
        Self { token, order: Arc::new(Order { vouch, role_arn: role_arn.to_owned(), session: session.to_owned() }) }
    }
}

impl Handler for MachineCredentials {
    fn admit(&self, request: Request) -> Result<Box<dyn Work>, Answer> {
        gets(&request)?;
        if request.headers.contains_key("x-forwarded-for") {
            return Err(plain(400, "Forwarded"));
        }
        // From a unix socket there is no address: its peer was looked at when it connected.
        if !request.circumstances.source_ip.as_ref().is_none_or(IpAddr::is_loopback) {
            return Err(plain(403, "Forbidden"));
        }
        if !request.headers.get(http::header::AUTHORIZATION).is_some_and(|sent| self.token.is(sent.as_bytes())) {
            return Err(plain(403, "Bad Token"));
        }
        if request.target != Self::PATH {
            return Err(plain(404, "Not found"));
        }
        Ok(Box::new(Assume { order: Arc::clone(&self.order), circumstances: request.circumstances }))
    }
}

struct Assume {
    order: Arc<Order>,
    circumstances: Circumstances,
}

impl Work for Assume {
    fn operation(&self) -> (&'static str, &str) {
        ("local", "credentials")
    }
    fn perform(self: Box<Self>) -> Performed {
        let Self { order, circumstances } = *self;
        match (order.vouch)(circumstances) {
            Ok(service) => {
                let request = AssumeRole::new(order.role_arn.as_str(), order.session.as_str());
                Performed::of(service.hold(request), move |answered| credentials(&order.role_arn, answered))
            }
            Err(error) => Performed::Done(refused(&error)),
        }
    }
}

fn credentials(role_arn: &str, answered: Result<AssumeRoleResponse, Error>) -> Answer {
    match answered.map(|answer| answer.credentials) {
        Ok(Some(credentials)) => {
            let told_as = Credentials {
                role_arn: role_arn.into(),
                access_key_id: credentials.access_key_id,
                secret_access_key: credentials.secret_access_key,
                token: credentials.session_token,
                expiration: credentials.expiration.to_string().into(),
            };
            told(200, json::write(&told_as))
        }
        Ok(None) => plain(500, "no credentials"),
        Err(error) => refused(&error),
    }
}

/// As the ECS agent writes them.
struct Credentials {
    role_arn: strongroom::name::Text,
    access_key_id: strongroom::name::Text,
    secret_access_key: SecretText,
    token: SecretText,
    expiration: strongroom::name::Text,
}

impl Tell for Credentials {
    fn tell(&self, sink: &mut dyn Sink) {
        sink.map(&mut |sink| {
            sink.entry("RoleArn", &self.role_arn);
            sink.entry("AccessKeyId", &self.access_key_id);
            sink.entry("SecretAccessKey", &self.secret_access_key);
            sink.entry("Token", &self.token);
            sink.entry("Expiration", &self.expiration);
        });
    }
    fn facet(&self) -> Facet<'_> {
        Facet::Structure
    }
}
