//! What a request costs beside the network: admitted and performed, from parsed headers to the answer's bytes. One thread, a
//! store in memory of 1,000 secrets of 256 bytes, everything warm.
//!
//! ```text
//! cargo bench -p strongroom-server --bench wire
//! ```

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on stops")]

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::Duration;

use common::{Draft, House, Keys, house};
use criterion::{BatchSize, Criterion};
use http::HeaderMap;
use strongroom::Circumstances;
use strongroom::operation::secretsmanager::CreateSecret;
use strongroom::operation::sts::GetSessionToken;
use strongroom_server::{Endpoint, Request};
use zeroize::Zeroizing;

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(50)
        .configure_from_args();
    let house = house();
    for number in 0..1_000 {
        let value = "v".repeat(256);
        house.root.create_secret(CreateSecret::text(format!("prod/{number}").as_str(), value.as_str())).unwrap();
    }
    let get = Draft::json("secretsmanager", "GetSecretValue", r#"{"SecretId":"prod/500"}"#);
    // What botocore sends besides.
    let get = get.set("amz-sdk-invocation-id", "0a1b2c3d-0000-4000-8000-000000000001");
    let get = get.set("amz-sdk-request", "attempt=1");
    let identity = Draft::query("sts", "GetCallerIdentity", "");
    let mut group = criterion.benchmark_group("wire");
    for (name, draft, keys) in [
        ("get_secret_value", &get, &house.keys),
        ("get_secret_value/session_token", &get, &session(&house)),
        ("get_caller_identity", &identity, &house.keys),
    ] {
        let sent = Sent::of(draft.clone().sign(keys));
        assert_eq!(perform(&house.endpoint, sent.again()), 200);
        group.bench_function(name, |bench| {
            bench.iter_batched(|| sent.again(), |request| perform(&house.endpoint, request), BatchSize::SmallInput);
        });
    }
    let refused = Sent::of(get.sign(&Keys { secret: "0".repeat(40), ..house.keys.clone() }));
    group.bench_function("refused", |bench| {
        bench.iter_batched(|| refused.again(), |request| house.endpoint.admit(request).is_err(), BatchSize::SmallInput);
    });
    group.finish();
    criterion.final_summary();
}

fn perform(endpoint: &Endpoint, request: Request) -> u16 {
    endpoint.admit(request).map_or_else(|refused| refused.status, |verified| verified.perform().status)
}

/// Temporary credentials of the same user.
fn session(house: &House) -> Keys {
    let user = house.room.session("user/admin").unwrap();
    let credentials = user.sts().get_session_token(GetSessionToken::new()).unwrap().credentials.unwrap();
    Keys {
        id: credentials.access_key_id.to_string(),
        secret: credentials.secret_access_key.expose().to_owned(),
        token: Some(credentials.session_token.expose().to_owned()),
    }
}

/// A request that can be sent as often as one likes: only those that read are.
struct Sent {
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Sent {
    fn of(request: Request) -> Self {
        Self { headers: request.headers, body: request.body.to_vec() }
    }
    fn again(&self) -> Request {
        Request {
            method: http::Method::POST,
            target: "/".to_owned(),
            headers: self.headers.clone(),
            body: Zeroizing::new(self.body.clone()),
            circumstances: Circumstances::new().source_ip([127, 0, 0, 1]).secure_transport(true),
        }
    }
}
