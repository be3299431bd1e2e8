//! Goal: what AWS's own signer (`aws-sigv4`, that of the SDK for Rust) signs is let in, and the same with any one thing changed is
//! not. Method: requests are drawn, signed by it and put before the gate, which stands in this process so that its time can be
//! drawn too; all of it follows from one seed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, SessionTokenMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value, json};
use strongroom::clock::{Clock as _, Timestamp};
use strongroom::operation::iam::{CreateAccessKey, CreateUser};
use strongroom::operation::sts::GetSessionToken;
use strongroom::testing::{Draws, ManualClock, SeededEntropy};
use strongroom::{Circumstances, Strongroom, Unlock};
use strongroom_server::{Endpoint, Request};
use zeroize::Zeroizing;

const SEED: u64 = 4;
const REQUESTS: usize = 1000;
/// Of so many requests one is changed at every byte of its signature, credential scope and list of headers.
const EVERY_BYTE: usize = 100;

/// Who signs.
#[derive(Clone)]
struct Keys {
    id: String,
    secret: String,
    token: Option<String>,
}

/// A store with two users behind the gate.
struct House {
    room: Strongroom,
    clock: ManualClock,
    endpoint: Endpoint,
    keys: [Keys; 2],
}

impl House {
    fn new() -> Self {
        let clock = ManualClock::at(Timestamp::from_secs(1_800_000_000));
        let builder = Strongroom::builder().clock(clock.clone()).entropy(SeededEntropy::new(SEED));
        let room = builder.create_in_memory(Unlock::root_key([7; 32].as_slice())).unwrap();
        let keys = ["anaya", "shirley"].map(|name| {
            let identities = room.root();
            identities.iam().create_user(CreateUser::new(name)).unwrap();
            let made = identities.iam().create_access_key(CreateAccessKey::new().user_name(name)).unwrap().access_key;
            Keys { id: made.access_key_id.to_string(), secret: made.secret_access_key.expose().to_owned(), token: None }
        });
        Self { endpoint: Endpoint::new(room.door()), room, clock, keys }
    }
    /// Temporary credentials of the first user.
    fn temporary(&self) -> Keys {
        let session = self.room.session("user/anaya").unwrap();
        let made = session.sts().get_session_token(GetSessionToken::new()).unwrap().credentials.unwrap();
        Keys {
            id: made.access_key_id.to_string(),
            secret: made.secret_access_key.expose().to_owned(),
            token: Some(made.session_token.expose().to_owned()),
        }
    }
    /// Its operation, or the code with which it is refused.
    fn admit(&self, sent: &Sent) -> Result<String, String> {
        let mut headers = HeaderMap::new();
        for (name, value) in &sent.headers {
            headers.append(
                HeaderName::from_bytes(name.as_bytes()).unwrap(),
                HeaderValue::from_bytes(value.as_bytes()).unwrap(),
            );
        }
        let request = Request {
            method: sent.method.clone(),
            target: sent.target.clone(),
            headers,
            body: Zeroizing::new(sent.body.clone()),
            circumstances: Circumstances::new().secure_transport(true),
        };
        match self.endpoint.admit(request) {
            Ok(verified) => Ok(verified.operation().1.to_owned()),
            Err(refused) => {
                assert!((400..500).contains(&refused.status), "{}", refused.status);
                let body = std::str::from_utf8(refused.body.expose()).unwrap();
                let code = match body.split_once("<Code>") {
                    Some((_, rest)) => rest.split('<').next().unwrap().to_owned(),
                    None => serde_json::from_str::<Value>(body).unwrap()["__type"].as_str().unwrap().to_owned(),
                };
                Err(code)
            }
        }
    }
}

/// A request before it is signed.
#[derive(Clone)]
struct Draft {
    service: &'static str,
    operation: &'static str,
    region: &'static str,
    /// Scheme and authority.
    endpoint: &'static str,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    time: SystemTime,
    settings: SigningSettings,
}

/// A request as it is sent.
#[derive(Clone)]
struct Sent {
    method: Method,
    target: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Draft {
    fn draw(draws: &mut Draws, now: Timestamp) -> Self {
        let (service, operation, body) = operation(draws);
        let mut headers = match service {
            "iam" | "sts" => vec![("content-type", "application/x-www-form-urlencoded; charset=utf-8".to_owned())],
            _ => {
                let prefix = if service == "kms" { "TrentService" } else { service };
                vec![("content-type", JSON.to_owned()), ("x-amz-target", format!("{prefix}.{operation}"))]
            }
        };
        for name in ["x-amz-meta-odd", "x-amz-user-agent", "accept", "amz-sdk-invocation-id", "x-odd", "user-agent"] {
            if draws.one_in(3) {
                headers.push((name, value(draws)));
            }
        }
        // As SDKs send it beside the body; not every one signs it.
        if draws.one_in(2) {
            headers.push(("content-length", body.len().to_string()));
        }
        let mut settings = SigningSettings::default();
        if draws.one_in(3) {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        if draws.one_in(4) {
            settings.excluded_headers = None;
        }
        // A signature's time is in whole seconds: at the edge of the window the rest of a second counts for the sender.
        let off = i64::try_from(draws.below(599_000)).unwrap() - 299_500;
        Self {
            service,
            operation,
            region: of(draws, &["us-east-1", "eu-central-1", "ap-southeast-2", "us-gov-west-1"]),
            endpoint: of(
                draws,
                &["http://127.0.0.1:8200", "http://localhost", "http://[::1]:80", "https://room.test:8443"],
            ),
            headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            body,
            time: system(now.plus_millis(off)),
            settings,
        }
    }
    fn sign(&self, keys: &Keys) -> Sent {
        self.sign_as(keys, SignableBody::Bytes(&self.body))
    }
    fn sign_as(&self, keys: &Keys, body: SignableBody<'_>) -> Sent {
        let identity = Credentials::new(&keys.id, &keys.secret, keys.token.clone(), None, "test").into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(self.region)
            .name(self.service)
            .time(self.time)
            .settings(self.settings.clone())
            .build()
            .unwrap()
            .into();
        let uri = format!("{}/", self.endpoint);
        let headers = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let (signed, _) =
            sign(SignableRequest::new("POST", &uri, headers, body).unwrap(), &parameters).unwrap().into_parts();
        let (more, query) = signed.into_parts();
        let mut headers = self.headers.clone();
        // As HTTP clients send it: without the port that the scheme has by default.
        let (scheme, host) = self.endpoint.split_once("://").unwrap();
        let default = if scheme == "http" { ":80" } else { ":443" };
        headers.push(("host".to_owned(), host.strip_suffix(default).unwrap_or(host).to_owned()));
        headers.extend(more.iter().map(|header| (header.name().to_owned(), header.value().to_owned())));
        let query: Vec<String> = query.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let target = if query.is_empty() { "/".to_owned() } else { format!("/?{}", query.join("&")) };
        Sent { method: Method::POST, target, headers, body: self.body.clone() }
    }
}

impl Sent {
    fn header(&mut self, name: &str) -> Option<&mut String> {
        self.headers.iter_mut().find(|(own, _)| own == name).map(|(_, value)| value)
    }
    fn authorization(&self) -> &str {
        self.headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.as_str()).unwrap()
    }
    fn signed_headers(&self) -> Vec<String> {
        let (_, rest) = self.authorization().split_once("SignedHeaders=").unwrap();
        rest.split(',').next().unwrap().split(';').map(str::to_owned).collect()
    }
    /// With one thing changed.
    fn with(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut changed = self.clone();
        change(&mut changed);
        changed
    }
}

/// Service, operation and body: calls that only read, and some that write.
fn operation(draws: &mut Draws) -> (&'static str, &'static str, Vec<u8>) {
    let form = |service, name: &'static str, version, parameters: &[(&str, String)]| {
        let more: Vec<String> = parameters.iter().map(|(name, value)| format!("&{name}={}", encoded(value))).collect();
        (service, name, format!("Action={name}&Version={version}{}", more.concat()).into_bytes())
    };
    let (service, name, body) = match draws.below(9) {
        0 => ("secretsmanager", "GetSecretValue", json!({"SecretId": text(draws)})),
        1 => ("secretsmanager", "ListSecrets", json!({})),
        2 => {
            let token = format!("{:032x}", draws.next_u64());
            let body = json!({"Name": text(draws), "SecretString": text(draws).repeat(draws.below(200)), "ClientRequestToken": token});
            ("secretsmanager", "CreateSecret", body)
        }
        3 => ("kms", "ListKeys", json!({"Limit": draws.below(100)})),
        4 => (
            "kms",
            "Encrypt",
            json!({"KeyId": text(draws), "Plaintext": "aGVsbG8=", "EncryptionContext": {"a": text(draws)}}),
        ),
        5 => return form("iam", "GetUser", "2010-05-08", &[("UserName", text(draws))]),
        6 => return form("iam", "CreateUser", "2010-05-08", &[("UserName", text(draws)), ("Path", text(draws))]),
        7 => return form("sts", "GetCallerIdentity", "2011-06-15", &[]),
        _ => ("kms", "DescribeKey", json!({"KeyId": text(draws)})),
    };
    (service, name, body.to_string().into_bytes())
}
fn text(draws: &mut Draws) -> String {
    const LETTERS: &[char] =
        &['a', 'Z', '0', '/', '+', '=', '-', '_', ' ', '"', '\\', '&', '%', '\n', 'ä', '秘', '🔑', '\u{7f}'];
    (0..=draws.below(20)).map(|_| of(draws, LETTERS)).collect()
}
/// Of a header: white space at its ends and in runs, what separates elsewhere, more than ASCII, nothing at all.
fn value(draws: &mut Draws) -> String {
    const PARTS: &[&str] =
        &["a", "B", " ", "  ", "     ", ",", ";", ":", "=", "\"", "\"a   b\"", "%20", "/", "\\", "é", "秘", "{}", "~"];
    (0..draws.below(12)).map(|_| of(draws, PARTS)).collect()
}
fn of<T: Copy>(draws: &mut Draws, all: &[T]) -> T {
    all[draws.below(all.len())]
}
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
fn system(at: Timestamp) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(at.as_millis().try_into().unwrap())
}
/// Another character in this place, and none that means the same there.
fn changed(text: &mut String, at: usize, draws: &mut Draws) {
    let mut letters: Vec<char> = text.chars().collect();
    let before = letters[at];
    letters[at] = loop {
        let other = char::from(33 + u8::try_from(draws.below(94)).unwrap());
        if other != before {
            break other;
        }
    };
    *text = letters.into_iter().collect();
}

/// How a request whose signature does not fit it is refused, by service.
fn mismatch(service: &str) -> &'static str {
    match service {
        "iam" | "sts" => "SignatureDoesNotMatch",
        _ => "InvalidSignatureException",
    }
}

#[test]
fn what_it_signs_is_let_in_and_with_any_one_thing_changed_it_is_not() {
    let (house, mut draws) = (House::new(), Draws::from_seed(SEED));
    let mut temporary = house.temporary();
    let mut refused = 0;
    for number in 0..REQUESTS {
        house.clock.advance_millis(i64::try_from(draws.below(600_000)).unwrap());
        if draws.one_in(20) {
            temporary = house.temporary();
        }
        let keys = if draws.one_in(3) { &temporary } else { &house.keys[0] };
        let draft = Draft::draw(&mut draws, house.clock.now());
        let sent = draft.sign(keys);
        assert_eq!(house.admit(&sent).as_deref(), Ok(draft.operation), "request {number}: {:?}", sent.headers);

        let mut must_fail = |what: &str, changed: &Sent, code: Option<&str>| {
            refused += 1;
            match (house.admit(changed), code) {
                (Err(told), Some(code)) => assert_eq!(told, code, "request {number}: {what}"),
                (Err(_), None) => {}
                (Ok(_), _) => panic!("request {number} was let in with another {what}: {:?}", changed.headers),
            }
        };
        let mismatch = Some(mismatch(draft.service));

        // A byte of the body: another, one more, one less.
        let at = draws.below(sent.body.len());
        must_fail("byte of the body", &sent.with(|sent| sent.body[at] ^= 1 << draws.below(7)), mismatch);
        must_fail("body, longer", &sent.with(|sent| sent.body.insert(at, b' ')), mismatch);
        must_fail("body, shorter", &sent.with(|sent| drop(sent.body.remove(at))), mismatch);

        // A byte of each signed header; its name; the header itself.
        for name in sent.signed_headers() {
            let len = sent.headers.iter().find(|(own, _)| *own == name).map_or(0, |(_, value)| value.chars().count());
            if len > 0 {
                let at = draws.below(len);
                let other = sent.with(|sent| changed(sent.header(&name).unwrap(), at, &mut draws));
                // Some are read before the signature is looked at.
                let code = mismatch.filter(|_| ["accept", "host", "x-odd", "x-amz-meta-odd"].contains(&name.as_str()));
                must_fail(&name, &other, code);
            }
            let gone = sent.with(|sent| sent.headers.retain(|(own, _)| *own != name));
            must_fail("set of headers, one less", &gone, None);
            let twice = sent.with(|sent| sent.headers.push((name.clone(), "again".to_owned())));
            must_fail("set of headers, one twice", &twice, None);
        }
        let more = sent.with(|sent| sent.headers.push(("x-amz-extra".to_owned(), "1".to_owned())));
        must_fail("set of headers, one more", &more, None);

        // A byte of the signature, of the credential scope, of the list of headers.
        let len = sent.authorization().chars().count();
        let places: Vec<usize> = if number % EVERY_BYTE == 0 {
            (0..len).collect()
        } else {
            vec![draws.below(len), len - 1 - draws.below(64)]
        };
        for at in places {
            let other = sent.with(|sent| changed(sent.header("authorization").unwrap(), at, &mut draws));
            must_fail("authorization", &other, None);
        }

        // Another secret, somebody else's key; method and place.
        let other = |change: fn(&mut Keys, &House)| {
            let mut keys = keys.clone();
            change(&mut keys, &house);
            draft.sign(&keys)
        };
        must_fail("secret", &other(|keys, house| keys.secret.clone_from(&house.keys[1].secret)), mismatch);
        must_fail("secret, longer", &other(|keys, _| keys.secret.push('A')), mismatch);
        let id = house.keys[1].id.clone();
        let theirs =
            sent.with(|sent| *sent.header("authorization").unwrap() = sent.authorization().replace(&keys.id, &id));
        must_fail("access key", &theirs, None);
        for method in [Method::GET, Method::PUT] {
            must_fail("method", &sent.with(|sent| sent.method = method), None);
        }
        for target in ["/x", "/?a=b", "//"] {
            must_fail("target", &sent.with(|sent| target.clone_into(&mut sent.target)), None);
        }

        // Another scope and another time, signed as they ought to be.
        let again = |change: &dyn Fn(&mut Draft)| {
            let mut draft = draft.clone();
            change(&mut draft);
            draft.sign(keys)
        };
        must_fail(
            "service",
            &again(&|draft| draft.service = if draft.service == "kms" { "secretsmanager" } else { "kms" }),
            None,
        );
        must_fail("service that is none", &again(&|draft| draft.service = "s3"), None);
        let late = Duration::from_secs(301 + u64::try_from(draws.below(1_000_000)).unwrap());
        let now = system(house.clock.now());
        must_fail("time, later", &again(&|draft| draft.time = now + late), mismatch);
        must_fail("time, earlier", &again(&|draft| draft.time = now - late), mismatch);

        // Ways to sign that are not taken.
        let presigned = again(&|draft| {
            draft.settings.signature_location = SignatureLocation::QueryParams;
            draft.settings.expires_in = Some(Duration::from_secs(60));
        });
        must_fail("way to sign: by the query", &presigned, None);
        must_fail("way to sign: without the body", &draft.sign_as(keys, SignableBody::UnsignedPayload), mismatch);
        let streamed = draft.sign_as(keys, SignableBody::StreamingUnsignedPayloadTrailer);
        must_fail("way to sign: streaming", &streamed, mismatch);

        if keys.token.is_some() {
            must_fail(
                "token: unsigned",
                &again(&|draft| draft.settings.session_token_mode = SessionTokenMode::Exclude),
                None,
            );
            must_fail("token: none", &other(|keys, _| keys.token = None), None);
            let token = house.temporary().token;
            let swapped = Keys { token, ..keys.clone() };
            must_fail("token: of another session", &draft.sign(&swapped), None);
        } else {
            let given = Keys { token: temporary.token.clone(), ..keys.clone() };
            must_fail("token: with a key that has none", &draft.sign(&given), None);
        }
    }
    assert!(refused > 30 * REQUESTS, "{refused}");
    println!("sigv4: {REQUESTS} requests let in, {refused} changed ones refused");
}

#[test]
fn a_tab_inside_a_value_counts_as_a_space() {
    // botocore has it so (tests/vectors/sigv4), this signer leaves tabs alone, AWS says nothing of them: what the two would sign
    // differently is taken in one form only.
    let (house, mut draws) = (House::new(), Draws::from_seed(SEED));
    let mut draft = Draft::draw(&mut draws, house.clock.now());
    draft.headers.retain(|(name, _)| name != "x-odd");
    draft.headers.push(("x-odd".to_owned(), "a b".to_owned()));
    let spaced = draft.sign(&house.keys[0]);
    assert!(house.admit(&spaced.with(|sent| *sent.header("x-odd").unwrap() = "a \t b".to_owned())).is_ok());
    draft.headers.last_mut().unwrap().1 = "a\tb".to_owned();
    assert_eq!(house.admit(&draft.sign(&house.keys[0])).unwrap_err(), mismatch(draft.service));
}

const JSON: &str = "application/x-amz-json-1.1";
