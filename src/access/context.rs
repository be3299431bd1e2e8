//! Where condition keys come from. Four sources in fixed order: the caller's standing, the circumstances of the call, the
//! request (with what follows from request and row), the row. Everything is looked up only when a statement asks for it.

use super::call::{CallContext, Who};
use super::facts::{KeyFacts, Row};
use super::pass::Act;
use crate::explain::Question;
use crate::name::Text;
use crate::policy::{Key, KeyName, Keys, PrincipalKind, Value, Values};

/// The context of an act on its resource.
pub(super) struct RequestContext<'a, A: Act> {
    pub act: &'a A,
    pub call: &'a CallContext<'a>,
    pub row: &'a A::On,
    pub resource: &'a str,
    /// ARN of the KMS key that the request names for a secret.
    pub kms_key: Option<&'a str>,
}

impl<A: Act> Keys for RequestContext<'_, A> {
    fn values(&self, key: &Key, plain: bool) -> Values<'_> {
        if let Some(values) = caller(self.call, key) {
            return values;
        }
        match key.name {
            KeyName::AwsResourceAccount => {
                Values::One(Value::Text(self.row.account(self.resource, &self.call.home.account)))
            }
            KeyName::AwsViaAwsService => Values::One(Value::Bool(false)),
            KeyName::KmsCallerAccount if A::ACTION.service() == "kms" => {
                Values::One(Value::Text(&self.call.standing.who.account))
            }
            KeyName::SecretsmanagerKmsKeyArn => {
                self.kms_key.map_or(Values::Absent, |arn| Values::One(Value::Text(arn)))
            }
            _ => match self.act.values(self.row, key, plain) {
                Values::Absent => self.row.values(key),
                values => values,
            },
        }
    }
}

/// The context of a question about somebody's request: what the question sets, then what a plain request would have.
pub(super) struct QuestionContext<'a, R: Row> {
    pub question: &'a Question,
    pub call: &'a CallContext<'a>,
    pub row: &'a R,
    pub resource: &'a str,
}
impl<R: Row> Keys for QuestionContext<'_, R> {
    fn values(&self, key: &Key, plain: bool) -> Values<'_> {
        if self.question.context.contains(&key.text) {
            return self.question.context.values(key, plain);
        }
        match key.name {
            KeyName::AwsResourceAccount => {
                Values::One(Value::Text(self.row.account(self.resource, &self.call.home.account)))
            }
            KeyName::AwsViaAwsService => Values::One(Value::Bool(false)),
            KeyName::KmsCallerAccount if self.question.is_of("kms") => {
                Values::One(Value::Text(&self.call.standing.who.account))
            }
            _ => caller(self.call, key).unwrap_or_else(|| match self.row.plainly(self.question, key, plain) {
                Values::Absent => self.row.values(key),
                values => values,
            }),
        }
    }
}

/// The context of a key that is used on the caller's behalf through a secret.
pub(super) struct ThroughContext<'a> {
    pub call: &'a CallContext<'a>,
    pub row: &'a KeyFacts,
    pub secret_arn: &'a str,
    pub version_id: &'a str,
    pub via: &'a Via,
}

/// How the store's own service is named when it calls its KMS.
#[derive(Debug)]
pub(crate) struct Via {
    /// The store's own region …
    region: Text,
    /// … and the service's name there: `secretsmanager.REGION.amazonaws.com`.
    service: Text,
    /// `secretsmanager.amazonaws.com`
    pub principals: [Text; 1],
}
impl Via {
    pub(crate) fn secrets_manager(region: &str) -> Self {
        Self {
            region: Text::from(region),
            service: Text::from(service_in(region)),
            principals: [Text::from("secretsmanager.amazonaws.com")],
        }
    }
    /// Its name in a region.
    fn service(&self, region: &str) -> Value<'_> {
        if self.region == *region { Value::Text(&self.service) } else { Value::Owned(service_in(region)) }
    }
}

fn service_in(region: &str) -> String {
    format!("secretsmanager.{region}.amazonaws.com")
}

impl Keys for ThroughContext<'_> {
    fn values(&self, key: &Key, _plain: bool) -> Values<'_> {
        match key.name {
            KeyName::KmsViaService => Values::One(self.via.service(&self.call.home.region)),
            KeyName::KmsCallerAccount => Values::One(Value::Text(&self.call.standing.who.account)),
            KeyName::KmsEncryptionContext => match key.part.as_deref() {
                Some(part) if part.eq_ignore_ascii_case("SecretARN") => Values::One(Value::Text(self.secret_arn)),
                Some(part) if part.eq_ignore_ascii_case("SecretVersionId") => Values::One(Value::Text(self.version_id)),
                _ => Values::Absent,
            },
            KeyName::KmsEncryptionContextKeys => Values::ManyText(vec!["SecretARN", "SecretVersionId"]),
            KeyName::KmsEncryptionAlgorithm => Values::One(Value::Text("SYMMETRIC_DEFAULT")),
            KeyName::KmsGrantIsForAwsResource => Values::One(Value::Bool(false)),
            KeyName::AwsViaAwsService => Values::One(Value::Bool(true)),
            KeyName::AwsCalledVia => Values::Many(&self.via.principals),
            KeyName::AwsCalledViaFirst | KeyName::AwsCalledViaLast => {
                Values::One(Value::Text("secretsmanager.amazonaws.com"))
            }
            KeyName::AwsResourceAccount => Values::One(Value::Text(&self.call.home.account)),
            _ => caller(self.call, key).unwrap_or_else(|| self.row.values(key)),
        }
    }
}

/// Keys that follow from the caller and the circumstances alone.
fn caller<'a>(call: &'a CallContext<'a>, key: &Key) -> Option<Values<'a>> {
    let who = call.standing.who;
    let text = |text: Option<&'a Text>| text.map_or(Values::Absent, |text| Values::One(Value::Text(text)));
    Some(match key.name {
        // Of a session of another account's role the ARN does not tell the path.
        KeyName::AwsPrincipalArn if who.is_foreign() && who.kind == PrincipalKind::RoleSession => {
            Values::One(Value::Owned(foreign_role(who)))
        }
        // Of a role session the role's ARN, not the session's.
        KeyName::AwsPrincipalArn => Values::One(Value::Text(match (&who.parent, who.kind) {
            (Some(role), PrincipalKind::RoleSession) => role,
            _ => &who.arn,
        })),
        KeyName::AwsPrincipalAccount if who.kind == PrincipalKind::Anonymous => Values::Absent,
        KeyName::AwsPrincipalAccount => Values::One(Value::Text(&who.account)),
        KeyName::AwsPrincipalType => Values::One(Value::Text(match who.kind {
            PrincipalKind::User => "User",
            PrincipalKind::RoleSession => "AssumedRole",
            PrincipalKind::FederatedUser => "FederatedUser",
            PrincipalKind::Root => "Account",
            PrincipalKind::Service => "Service",
            PrincipalKind::Anonymous => "Anonymous",
        })),
        // The unique ids of another account are not known here.
        KeyName::AwsUserid
            if who.is_foreign() && matches!(who.kind, PrincipalKind::User | PrincipalKind::RoleSession) =>
        {
            Values::Absent
        }
        KeyName::AwsUserid => Values::One(Value::Text(&who.userid)),
        KeyName::AwsUsername if who.is_foreign() && who.kind == PrincipalKind::User => {
            who.arn.rsplit('/').next().map_or(Values::Absent, |name| Values::One(Value::Text(name)))
        }
        KeyName::AwsUsername => text(who.username.as_ref()),
        KeyName::AwsPrincipalTag => text(key.part.as_deref().and_then(|part| call.standing.tag(part))),
        KeyName::AwsPrincipalIsAwsService => Values::One(Value::Bool(who.kind == PrincipalKind::Service)),
        KeyName::AwsSourceIp => text(who.source_ip.as_ref()),
        KeyName::AwsUserAgent => text(who.user_agent.as_ref()),
        KeyName::AwsReferer => text(who.referer.as_ref()),
        KeyName::AwsSecureTransport => Values::One(Value::Bool(who.secure_transport)),
        KeyName::AwsCurrentTime => Values::One(Value::Time(call.observed.as_millis())),
        KeyName::AwsEpochTime => Values::One(Value::Number(call.observed.as_secs())),
        KeyName::AwsTokenIssueTime => who.issued.map_or(Values::Absent, |at| Values::One(Value::Time(at.as_millis()))),
        // Temporary credentials say whether a second factor was used; long-term ones do not have the key at all.
        KeyName::AwsMultiFactorAuthPresent => match call.mfa() {
            None if who.issued.is_none() => Values::Absent,
            proved => Values::One(Value::Bool(proved.is_some())),
        },
        KeyName::AwsMultiFactorAuthAge => call.mfa().map_or(Values::Absent, |at| {
            Values::One(Value::Number(call.observed.as_secs().saturating_sub(at.as_secs())))
        }),
        // Lambda, when it assumes a function's role, tells for which function.
        KeyName::AwsSourceArn if who.kind == PrincipalKind::Service => text(who.source_function.as_ref()),
        KeyName::AwsSourceAccount if who.kind == PrincipalKind::Service && who.source_function.is_some() => {
            Values::One(Value::Text(&who.account))
        }
        KeyName::LambdaSourceFunctionArn if who.kind != PrincipalKind::Service => text(who.source_function.as_ref()),
        KeyName::AwsSourceIdentity => text(who.source_identity.as_ref()),
        KeyName::AwsRequestedRegion => Values::One(Value::Text(&call.home.region)),
        _ => return None,
    })
}

/// The role behind a session of another account, as far as the session's ARN tells.
fn foreign_role(who: &Who) -> String {
    let name = who.arn.split('/').nth(1).unwrap_or_default();
    format!("arn:aws:iam::{}:role/{name}", who.account)
}
