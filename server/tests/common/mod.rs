//! A store with users and keys behind an endpoint, and requests that are signed for it.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail loudly")]

use std::fmt::Write as _;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use strongroom::clock::{Clock as _, Timestamp};
use strongroom::operation::iam::{CreateAccessKey, CreateUser, PutUserPolicy};
use strongroom::testing::{ManualClock, SeededEntropy};
use strongroom::{Builder, Circumstances, Error, Session, Strongroom, Unlock};
use strongroom_keystore::{Signature, testing};
use strongroom_server::sigv4::{Authorization, Head, string_to_sign};
use strongroom_server::{Answer, Endpoint, Request, Verified};
use zeroize::Zeroizing;

pub const ACCOUNT: &str = "000000000000";
pub const REGION: &str = "us-east-1";
/// 2027-01-15T08:00:00.123Z
pub const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_123);

/// Who signs.
#[derive(Clone, Debug)]
pub struct Keys {
    pub id: String,
    pub secret: String,
    pub token: Option<String>,
}

/// A store behind its endpoint.
pub struct House {
    pub room: Strongroom,
    pub root: Session,
    pub clock: ManualClock,
    pub endpoint: Endpoint,
    /// Of a user who may everything.
    pub keys: Keys,
}

pub fn house() -> House {
    house_by(Builder::create_in_memory)
}
/// The same, made in a way of the caller's.
pub fn house_by(make: impl FnOnce(Builder, Unlock) -> Result<Strongroom, Error>) -> House {
    let clock = ManualClock::at(NOW);
    let builder = Strongroom::builder().clock(clock.clone()).entropy(SeededEntropy::new(7));
    let room = make(builder, Unlock::root_key([7_u8; 32].as_slice())).unwrap();
    let root = room.root();
    let endpoint = Endpoint::new(room.door());
    let keys = user(&root, "admin", "*");
    House { room, root, clock, endpoint, keys }
}
/// A user who may do this; its access key.
pub fn user(root: &Session, name: &str, action: &str) -> Keys {
    root.iam().create_user(CreateUser::new(name)).unwrap();
    let policy =
        format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"{action}","Resource":"*"}}]}}"#);
    root.iam().put_user_policy(PutUserPolicy::new(name, "only", policy)).unwrap();
    let key = root.iam().create_access_key(CreateAccessKey::new().user_name(name)).unwrap().access_key;
    Keys { id: key.access_key_id.to_string(), secret: key.secret_access_key.expose().to_owned(), token: None }
}

/// A request before it is signed: everything in it can be made wrong.
#[derive(Clone, Debug)]
pub struct Draft {
    pub method: Method,
    pub target: String,
    pub service: String,
    pub region: String,
    pub time: String,
    pub date: String,
    pub term: String,
    /// Sent, and signed.
    pub headers: Vec<(String, String)>,
    /// Sent, and not signed.
    pub unsigned: Vec<(String, String)>,
    pub body: String,
}

impl Draft {
    fn of(service: &str, now: Timestamp, headers: &[(&str, &str)], body: impl Into<String>) -> Self {
        let time = basic(now);
        let own = [("host", "127.0.0.1:4566"), ("x-amz-date", &time)];
        let mut headers: Vec<_> =
            headers.iter().chain(&own).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        headers.sort();
        Self {
            method: Method::POST,
            target: "/".to_owned(),
            service: service.to_owned(),
            region: REGION.to_owned(),
            date: time.get(..8).unwrap().to_owned(),
            time,
            term: "aws4_request".to_owned(),
            headers,
            unsigned: vec![("user-agent".to_owned(), "tests/1".to_owned())],
            body: body.into(),
        }
    }
    /// Of Secrets Manager or KMS.
    pub fn json(service: &str, operation: &str, body: impl Into<String>) -> Self {
        let target = format!("{}.{operation}", if service == "kms" { "TrentService" } else { service });
        Self::of(service, NOW, &[("content-type", "application/x-amz-json-1.1"), ("x-amz-target", &target)], body)
    }
    /// Of IAM or STS.
    pub fn query(service: &str, operation: &str, parameters: &str) -> Self {
        let version = if service == "iam" { "2010-05-08" } else { "2011-06-15" };
        let body = format!("Action={operation}&Version={version}{parameters}");
        let kind = "application/x-www-form-urlencoded; charset=utf-8";
        Self::of(service, NOW, &[("content-type", kind)], body)
    }
    pub fn at(mut self, now: Timestamp) -> Self {
        self.time = basic(now);
        self.time.get(..8).unwrap().clone_into(&mut self.date);
        let time = self.time.clone();
        self.set("x-amz-date", &time)
    }
    pub fn set(mut self, name: &str, value: &str) -> Self {
        match self.headers.iter_mut().find(|(own, _)| own == name) {
            Some((_, own)) => value.clone_into(own),
            None => self.headers.push((name.to_owned(), value.to_owned())),
        }
        self.headers.sort();
        self
    }
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(own, _)| own != name);
        self
    }
    pub fn names(&self) -> String {
        let names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.join(";")
    }
    pub fn scope(&self) -> String {
        format!("{}/{}/{}/{}", self.date, self.region, self.service, self.term)
    }
    /// Signed by the holder of these keys.
    pub fn sign(self, keys: &Keys) -> Request {
        let draft = match &keys.token {
            Some(token) => self.set("x-amz-security-token", token),
            None => self,
        };
        let names = draft.names();
        let signature = draft.signature(keys, &names);
        let value = authorization(&keys.id, &draft.scope(), &names, &signature);
        draft.send(&[("authorization", &value)])
    }
    /// The signature over these headers; zeros where the request cannot be signed.
    pub fn signature(&self, keys: &Keys, names: &str) -> String {
        let sent = self.clone().send(&[]);
        let scope = self.scope();
        let blank = "0".repeat(64);
        let value = authorization(&keys.id, &scope, names, &blank);
        let (Ok(head), Ok(parsed)) = (Head::of(&sent.headers), Authorization::parse(&value)) else { return blank };
        let Ok(text) = string_to_sign(sent.method.as_str(), &head, &parsed, &self.time, &sent.body) else {
            return blank;
        };
        let signature = Signature {
            key_id: &keys.id,
            date: &self.date,
            region: &self.region,
            service: &self.service,
            string_to_sign: text.as_bytes(),
            signature: &[0; 32],
        };
        hex(&testing::sign(&keys.secret, &signature))
    }
    /// As it is, with these headers too.
    pub fn send(self, more: &[(&str, &str)]) -> Request {
        let mut headers = HeaderMap::new();
        let own = self.headers.iter().chain(&self.unsigned).map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in own.chain(more.iter().copied()) {
            headers.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        Request {
            method: self.method,
            target: self.target,
            headers,
            body: Zeroizing::new(self.body.into_bytes()),
            circumstances: Circumstances::new().source_ip([127, 0, 0, 1]).secure_transport(true),
        }
    }
}

pub fn authorization(id: &str, scope: &str, names: &str, signature: &str) -> String {
    format!("AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}")
}
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
pub fn basic(now: Timestamp) -> String {
    let digits: String = now.to_string().chars().filter(char::is_ascii_alphanumeric).collect();
    format!("{}Z", digits.get(..15).unwrap())
}

impl House {
    pub fn admit(&self, draft: Draft) -> Result<Verified, Answer> {
        self.endpoint.admit(draft.at(self.clock.now()).sign(&self.keys))
    }
    /// What a right request answers.
    #[track_caller]
    pub fn ask(&self, draft: Draft) -> Answer {
        answer(self.admit(draft))
    }
}

pub fn answer(admitted: Result<Verified, Answer>) -> Answer {
    admitted.map_or_else(|refused| refused, Verified::perform)
}
pub fn text(answer: &Answer) -> &str {
    std::str::from_utf8(answer.body.expose()).unwrap()
}
pub fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(own, _)| *own == name).map(|(_, value)| value.as_str())
}
/// Status, body and request id of an answer in JSON; its headers are as they must be.
#[track_caller]
pub fn json(answer: &Answer) -> (u16, &str) {
    assert_eq!(header(answer, "content-type"), Some("application/x-amz-json-1.1"));
    assert_eq!(header(answer, "x-amzn-requestid").unwrap().len(), 36);
    (answer.status, text(answer))
}
