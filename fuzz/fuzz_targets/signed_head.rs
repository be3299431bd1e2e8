//! Any head and body at the gate: nothing is let in that nobody signed, nothing panics, every refusal is an answer with an id.
//! The input is a head as it comes over the wire, line by line, an empty line, and a body.
#![no_main]

use std::sync::LazyLock;

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use libfuzzer_sys::fuzz_target;
use strongroom::clock::Timestamp;
use strongroom::operation::iam::{CreateAccessKey, CreateUser};
use strongroom::testing::{ManualClock, SeededEntropy};
use strongroom::{Circumstances, Strongroom, Unlock};
use strongroom_server::sigv4::{Authorization, Head, Signing};
use strongroom_server::{Endpoint, Request};
use zeroize::Zeroizing;

/// 2027-01-15T08:00:00Z: the time of the seeds.
const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// A store with one user, whose key the seeds name with wrong signatures.
static ENDPOINT: LazyLock<(Endpoint, Strongroom)> = LazyLock::new(|| {
    let builder = Strongroom::builder().clock(ManualClock::at(NOW)).entropy(SeededEntropy::new(7));
    let room = builder.create_in_memory(Unlock::root_key([7; 32].as_slice())).expect("a store in memory");
    room.root().iam().create_user(CreateUser::new("anaya")).expect("a user");
    room.root().iam().create_access_key(CreateAccessKey::new().user_name("anaya")).expect("a key");
    (Endpoint::new(room.door()), room)
});

fuzz_target!(|input: &[u8]| {
    let end = input.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = end.map_or((input, &[][..]), |end| (&input[..end], &input[end + 2..]));
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let (method, target) = first.split_once(' ').unwrap_or((&first, "/"));
    let Ok(method) = Method::from_bytes(method.as_bytes()) else { return };
    let mut headers = HeaderMap::new();
    for line in lines {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = (HeaderName::from_bytes(&line[..colon]), HeaderValue::from_bytes(&line[colon + 1..]));
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.append(name, value);
        }
    }
    if let Ok(head) = Head::of(&headers)
        && let Some(Ok(authorization)) = head.authorization.map(Authorization::parse)
    {
        let scope = format!("{}/{}/{}/aws4_request", authorization.date, authorization.region, authorization.service);
        assert_eq!(authorization.scope, scope);
        if let Ok(signing) = Signing::of(method.as_str(), &head, authorization, body, NOW) {
            assert_eq!(signing.string_to_sign().lines().count(), 4);
        }
    }
    let request = Request {
        method,
        target: target.to_owned(),
        headers,
        body: Zeroizing::new(body.to_vec()),
        circumstances: Circumstances::new(),
    };
    let Err(refused) = ENDPOINT.0.admit(request) else { panic!("somebody came in without a signature") };
    assert!((400..500).contains(&refused.status), "{}", refused.status);
    assert!(refused.headers.iter().any(|(name, value)| *name == "x-amzn-requestid" && value.len() == 36));
});
