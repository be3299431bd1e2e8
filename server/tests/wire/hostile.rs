//! Goal: nothing that is not signed as it stands is let in, and nothing panics. Method: right requests of each protocol, each
//! changed in one way or several that a signature must not survive; a hundred thousand of them from one seed.

use crate::common::{Draft, House, Keys, answer, authorization, hex, house, text};
use crate::random::Random;
use http::{HeaderName, HeaderValue, Method};
use strongroom::operation::secretsmanager::CreateSecret;
use strongroom::operation::sts::GetSessionToken;
use strongroom_server::Request;
use strongroom_server::protocol::query::Form;
use strongroom_server::sigv4::Authorization;

const REQUESTS: usize = 100_000;

fn session(house: &House) -> Keys {
    let user = house.room.session("user/admin").unwrap();
    let made = user.sts().get_session_token(GetSessionToken::new()).unwrap().credentials.unwrap();
    Keys {
        id: made.access_key_id.to_string(),
        secret: made.secret_access_key.expose().to_owned(),
        token: Some(made.session_token.expose().to_owned()),
    }
}

fn replace(request: &mut Request, name: &str, value: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(value) else { return };
    request.headers.insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), value);
}
/// Another text than this, of the bytes that a header may have.
fn damaged(random: &mut Random, text: &str) -> Vec<u8> {
    let before = text.as_bytes().to_vec();
    loop {
        let mut bytes = before.clone();
        let at = random.below(bytes.len().max(1));
        let byte = b"!aZ09/=,;- .\xFF~"[random.below(14)];
        match random.below(4) {
            0 if !bytes.is_empty() => bytes[at] = byte,
            1 => bytes.insert(at, byte),
            2 if !bytes.is_empty() => drop(bytes.remove(at)),
            _ => bytes.truncate(at),
        }
        // White space at the ends and in a row is not under a signature.
        let canonical = |bytes: &[u8]| {
            String::from_utf8_lossy(bytes).split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
        };
        if canonical(&bytes) != canonical(&before) {
            return bytes;
        }
    }
}

/// One change that no signature survives.
fn change(random: &mut Random, request: &mut Request) {
    let signed: Vec<(String, String)> = request
        .headers
        .iter()
        .filter(|(name, _)| *name != "user-agent")
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    let (name, value) = &signed[random.below(signed.len())];
    match random.below(9) {
        // Any header that is signed, or the signature itself.
        0..=3 if name != "authorization" || random.once_in(2) => {
            let mut bytes = damaged(random, value);
            // Commas may have a blank behind them or none.
            while name == "authorization"
                && String::from_utf8_lossy(&bytes).replace(", ", ",") == value.replace(", ", ",")
            {
                bytes = damaged(random, value);
            }
            replace(request, name, &bytes);
            // What no header may hold was not put in its place.
            let same = request.headers.get(name).map(HeaderValue::as_bytes) == Some(value.as_bytes());
            if same {
                request.body.push(b' ');
            }
        }
        4 => drop(request.headers.remove(name.as_str())),
        5 => {
            let copy = request.headers.get(name).unwrap().clone();
            request.headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), copy);
        }
        6 => {
            let targets = ["/?", "//", "/a", "", "*", "/?X-Amz-Signature=0", "http://h/", "/%00"];
            (*random.pick(&targets)).clone_into(&mut request.target);
        }
        7 => request.method = [Method::GET, Method::PUT, Method::OPTIONS, Method::TRACE][random.below(4)].clone(),
        _ => match random.below(3) {
            0 => request.body.push(b'x'),
            1 if !request.body.is_empty() => {
                let at = random.below(request.body.len());
                request.body[at] ^= 1 << random.below(8);
            }
            _ => replace(request, "x-amz-extra", b"1"),
        },
    }
}

#[test]
fn a_hundred_thousand_wrong_requests_are_refused() {
    let house = house();
    house.root.create_secret(CreateSecret::text("prod/db", "v")).unwrap();
    let session = session(&house);
    let drafts = [
        Draft::json("secretsmanager", "GetSecretValue", r#"{"SecretId":"prod/db"}"#),
        Draft::json("kms", "ListKeys", "{}"),
        Draft::query("iam", "ListUsers", "&MaxItems=10"),
        Draft::query("sts", "GetCallerIdentity", ""),
    ];
    let mut random = Random::new(6);
    let right = |number: usize| {
        let keys = if number.is_multiple_of(5) { &session } else { &house.keys };
        drafts[number % drafts.len()].clone().sign(keys)
    };
    // Signed once: it is the checking that is under test.
    let kept: Vec<Request> = (0..20).map(right).collect();
    let again = |request: &Request| Request {
        method: request.method.clone(),
        target: request.target.clone(),
        headers: request.headers.clone(),
        body: request.body.clone(),
        circumstances: request.circumstances.clone(),
    };
    let wrong_secret = Keys { secret: "z".repeat(40), ..house.keys.clone() };
    for number in 0..REQUESTS {
        let mut request = again(&kept[number % kept.len()]);
        if number.is_multiple_of(1000) {
            assert_eq!(answer(house.endpoint.admit(request)).status, 200, "the right ones are let in");
            continue;
        }
        if random.once_in(16) {
            let draft = drafts[number % drafts.len()].clone();
            let zeros = hex(&random.next().to_be_bytes()).repeat(4);
            request = if random.once_in(2) {
                draft.sign(&wrong_secret)
            } else {
                let value = authorization(&house.keys.id, &draft.scope(), &draft.names(), &zeros);
                draft.send(&[("authorization", &value)])
            };
        } else {
            change(&mut random, &mut request);
            // Further changes may undo one another; the first kind alone is surely wrong.
            if random.once_in(4) {
                replace(&mut request, "x-amz-extra", b"2");
            }
        }
        let told = format!("{:?} {:?} {:?}", request.method, request.target, request.headers);
        let Err(refused) = house.endpoint.admit(request) else { panic!("let in: request {number}: {told}") };
        assert!((400..500).contains(&refused.status), "{told}: {} {}", refused.status, text(&refused));
    }
}

#[test]
fn noise_is_no_authorization_and_no_form_that_matters() {
    let mut random = Random::new(7);
    let letters =
        b"AWS4-HMAC-SHA256 Credential=/20270115/us-east-1/kms/aws4_request, SignedHeaders=;:host%.&+0af\xFF\0";
    for _ in 0..REQUESTS {
        let noise: Vec<u8> = (0..random.below(120)).map(|_| letters[random.below(letters.len())]).collect();
        let text = String::from_utf8_lossy(&noise);
        assert!(Authorization::parse(&text).is_err());
        if let Ok(form) = Form::parse(&noise) {
            let _ = strongroom::operation::AnyRequest::take("sts", "AssumeRole", &mut form.source());
        }
    }
}
