//! Whom a session is for.

use std::fmt;
use std::net::IpAddr;

use crate::name::{Arn, Text};

/// The principal that the host vouches for when it asks for a [`Session`](crate::Session).
///
/// From text: `root`, `user/NAME`, `role/NAME/SESSION`, or the ARN of a user, a role session or the root of the store's
/// account. (Paths are not part of these names: user and role names are unique whatever their path.)
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal(pub(crate) Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Root,
    User {
        name: Text,
    },
    Role {
        name: Text,
        session: Text,
        /// What limits the session beside the role's own policies.
        policies: Vec<Text>,
    },
    Foreign {
        arn: Text,
        policies: Vec<Text>,
    },
    Service {
        name: Text,
    },
    /// Kept until a session is asked for, so that the conversion itself cannot fail.
    Arn(Text),
    Unreadable(Text),
}

impl Principal {
    /// The account's root user: a principal under IAM's rules for root, key policies included.
    #[must_use]
    pub fn root() -> Self {
        Self(Kind::Root)
    }
    /// A user by name.
    #[must_use]
    pub fn user(name: impl Into<Text>) -> Self {
        Self(Kind::User { name: name.into() })
    }
    /// A session of a role: what a machine or a function acts as. The session's name is 2 to 64 characters.
    #[must_use]
    pub fn role(name: impl Into<Text>, session: impl Into<Text>) -> Self {
        Self(Kind::Role { name: name.into(), session: session.into(), policies: Vec::new() })
    }
    /// The same, cut to what these session policies allow as well (at AWS, `Policy` of AssumeRole): the host hands on less than
    /// the role has. Documents of at most 2,048 characters each; together they are one union. A policy of a resource that
    /// names the session itself is not cut, one that names the role is. Without any, nothing is cut.
    #[must_use]
    pub fn role_with_session_policies(
        name: impl Into<Text>,
        session: impl Into<Text>,
        policies: impl IntoIterator<Item = impl Into<Text>>,
    ) -> Self {
        let policies = policies.into_iter().map(Into::into).collect();
        Self(Kind::Role { name: name.into(), session: session.into(), policies })
    }
    /// A service, such as `ec2.amazonaws.com`, for which the host stands: it has no policies of its own, and can do what policies
    /// of roles and resources let that service do. With it a host gives a machine the role that trusts the service.
    #[must_use]
    pub fn service(name: impl Into<Text>) -> Self {
        Self(Kind::Service { name: name.into() })
    }
    /// A caller of another account, with what that account allows it: identity-based policy documents that the host vouches
    /// for. This store holds no rows of other accounts; a resource policy must admit the caller as well.
    #[must_use]
    pub fn of_another_account(arn: impl Into<Text>, policies: impl IntoIterator<Item = impl Into<Text>>) -> Self {
        Self(Kind::Foreign { arn: arn.into(), policies: policies.into_iter().map(Into::into).collect() })
    }
}

/// A request that somebody signed by AWS Signature Version 4: whoever reads it off the wire makes its canonical form, and
/// the store says whose signature it is. ("Create a signed AWS API request", IAM user guide.)
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// Access key id of the credential: `AKIA…`, or `ASIA…` with a session token.
    pub access_key_id: &'a str,
    /// Session token of temporary credentials; it must be among the signed headers.
    pub session_token: Option<&'a str>,
    /// Date of the credential's scope: `YYYYMMDD`.
    pub date: &'a str,
    /// Region of the scope.
    pub region: &'a str,
    /// Service of the scope.
    pub service: &'a str,
    /// Algorithm, time, scope and hash of the canonical request, a line each.
    pub string_to_sign: &'a str,
    /// The signature.
    pub signature: &'a [u8; 32],
}

/// What the host knows of how a request came in: conditions on networks and programs see it. What is not said is absent from
/// the request, as in purely embedded use.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Circumstances {
    /// `aws:SourceIp`: where the request came from.
    pub source_ip: Option<IpAddr>,
    /// `aws:UserAgent`: the program's own word, no ground for security.
    pub user_agent: Option<Text>,
    /// `aws:referer`: likewise.
    pub referer: Option<Text>,
    /// `aws:SecureTransport`: `false` for what came over a connection that others can read. Without it `true`: a call within
    /// the process crosses none.
    pub secure_transport: Option<bool>,
    /// The id that the caller's answer has: events of the calls that are made under it carry it. Without it each call has an id
    /// of its own.
    pub request_id: Option<Text>,
}
impl Circumstances {
    /// Nothing known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
    /// Where the request came from.
    #[must_use]
    pub fn source_ip(mut self, address: impl Into<IpAddr>) -> Self {
        self.source_ip = Some(address.into());
        self
    }
    /// What the program calls itself.
    #[must_use]
    pub fn user_agent(mut self, text: impl Into<Text>) -> Self {
        self.user_agent = Some(text.into());
        self
    }
    /// Where the program says that it was sent from.
    #[must_use]
    pub fn referer(mut self, text: impl Into<Text>) -> Self {
        self.referer = Some(text.into());
        self
    }
    /// Could nobody else read the connection?
    #[must_use]
    pub fn secure_transport(mut self, secure: bool) -> Self {
        self.secure_transport = Some(secure);
        self
    }
    /// The id that the caller's answer has.
    #[must_use]
    pub fn request_id(mut self, id: impl Into<Text>) -> Self {
        self.request_id = Some(id.into());
        self
    }
}

impl From<&str> for Principal {
    fn from(text: &str) -> Self {
        if text == "root" {
            return Self::root();
        }
        if text.starts_with("arn:") {
            return Self(Kind::Arn(Text::from(text)));
        }
        match text.split_once('/') {
            Some(("user", name)) if !name.contains('/') => Self::user(name),
            Some(("role", rest)) => match rest.split_once('/') {
                Some((name, session)) if !session.contains('/') => Self::role(name, session),
                _ => Self(Kind::Unreadable(Text::from(text))),
            },
            _ => Self(Kind::Unreadable(Text::from(text))),
        }
    }
}
impl From<String> for Principal {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}
impl From<&String> for Principal {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}
impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Root => f.write_str("root"),
            Kind::User { name } => write!(f, "user/{name}"),
            Kind::Role { name, session, .. } => write!(f, "role/{name}/{session}"),
            Kind::Service { name } => f.write_str(name),
            Kind::Foreign { arn, .. } | Kind::Arn(arn) | Kind::Unreadable(arn) => f.write_str(arn),
        }
    }
}

impl Kind {
    /// An ARN of this account as one of the other kinds; others stay what they are.
    pub(crate) fn resolved(self, account: &str) -> Self {
        let Self::Arn(text) = &self else { return self };
        let Some(arn) = Arn::parse(text).filter(|arn| arn.account == account) else {
            return Self::Unreadable(text.clone());
        };
        match (arn.service, arn.resource.split_once('/')) {
            ("iam", None) if arn.resource == "root" => Self::Root,
            ("iam", Some(("user", path))) => Self::User { name: Text::from(path.rsplit('/').next().unwrap_or(path)) },
            ("sts", Some(("assumed-role", rest))) => match rest.split_once('/') {
                Some((name, session)) => {
                    Self::Role { name: Text::from(name), session: Text::from(session), policies: Vec::new() }
                }
                None => Self::Unreadable(text.clone()),
            },
            _ => Self::Unreadable(text.clone()),
        }
    }
}
