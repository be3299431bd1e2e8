//! The hot paths at fixed repetitions, for counting instructions under callgrind: counts do not depend on how busy the machine
//! is. `.ci/counts` runs it, divides and compares; see there.
//!
//! ```text
//! count prepare IMAGE     # fills a store, natively, and writes its image
//! count CASE IMAGE        # repeats one piece of work inside `counted`; prints how often
//! ```
//! Clock and randomness are fixed, and the disk is memory, so that runs repeat.

#![allow(clippy::indexing_slicing, reason = "a bench that cannot go on stops")]

mod common;

use std::process::ExitCode;
use std::sync::Arc;

use strongroom::action::Action;
use strongroom::clock::Timestamp;
use strongroom::operation::secretsmanager::PutSecretValue;
use strongroom::policy::{NoKeys, Policy, PolicyKind, PolicySet, Principal, Query, Source, SourceKind, Trust, decide};
use strongroom::testing::{ManualClock, MemoryBackend, SeededEntropy};
use strongroom::{Builder, Strongroom};

use common::draws::{Draws, Ring};
use common::floor::Floor;
use common::store::{self, Plan};

#[expect(clippy::print_stdout, reason = "read by .ci/counts")]
fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let [case, image] = words.as_slice() else {
        println!("usage: count (prepare | get | floor | evaluate | put | open) IMAGE");
        // `cargo bench` without words visits every bench: nothing to do here.
        return if words.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) };
    };
    if case == "prepare" {
        std::fs::write(image, PLAN.fill_on(fixed()).image()).expect("write the image");
        return ExitCode::SUCCESS;
    }
    let disk = MemoryBackend::from_image(std::fs::read(image).expect("read the image"));
    let times = match case.as_str() {
        "get" => get(disk),
        "floor" => floor(),
        "evaluate" => evaluate(),
        "put" => put(disk),
        "open" => open(&disk),
        _ => return ExitCode::from(2),
    };
    println!("{times}");
    ExitCode::SUCCESS
}

/// The only function that callgrind counts in, by its name. Nothing else here may be called so.
#[inline(never)]
fn counted(work: &mut dyn FnMut()) {
    work();
}

/// GetSecretValue, 256 B, warm, 20 policies, managed key.
fn get(disk: MemoryBackend) -> u32 {
    let room = fixed().open_on_backend(disk, store::unlock()).expect("open the store");
    let session = room.session("user/reader").expect("a session");
    let names = PLAN.names();
    for name in &names {
        session.get_secret_value(name.as_str()).expect("get");
    }
    let (times, mut ring) = (2_000, Ring::new(0x6E7, names.len()));
    counted(&mut || {
        for _ in 0..times {
            std::hint::black_box(session.get_secret_value(names[ring.next()].as_str()).expect("get"));
        }
    });
    times
}

/// The hand-written floor of the same get, for comparison: no gate is set on it but the crates' own.
fn floor() -> u32 {
    let contents: Vec<(String, String)> = PLAN.contents().collect();
    let floor = Floor::in_memory(contents.iter().map(|(name, value)| (name.as_str(), value.clone().into_bytes())));
    let (times, mut ring) = (2_000, Ring::new(0x6E7, contents.len()));
    counted(&mut || {
        for _ in 0..times {
            std::hint::black_box(floor.get(&contents[ring.next()].0));
        }
    });
    times
}

/// A decision over 100 policies, of which one allows; no store.
fn evaluate() -> u32 {
    let policies = (0..100).map(|number| {
        let policy = Policy::parse(&store::allow(&format!("t{number:02}/*")), PolicyKind::Identity).expect("a policy");
        (Source::new(format!("p{number}"), SourceKind::User), Arc::new(policy))
    });
    let identity = PolicySet::new(policies);
    let principal = Principal::from_arn("arn:aws:iam::000000000000:user/reader").expect("an ARN");
    let resources: Vec<String> = (0..100)
        .map(|team| format!("arn:aws:secretsmanager:us-east-1:000000000000:secret:t{team:02}/database/password-a1b2c3"))
        .collect();
    let (times, mut ring) = (10_000, Ring::new(0x6E7, resources.len()));
    counted(&mut || {
        for _ in 0..times {
            let decision = decide(&Query {
                principal: &principal,
                action: Action::SECRETSMANAGER_GET_SECRET_VALUE.into(),
                resource: &resources[ring.next()],
                resource_account: "000000000000",
                trust: Trust::Secret,
                keys: &NoKeys,
                identity: &identity,
                resource_policy: None,
                boundary: None,
                session: None,
                scps: &[],
            });
            assert!(decision.is_allow());
        }
    });
    times
}

/// PutSecretValue, 256 B, the whole commit but the disk.
fn put(disk: MemoryBackend) -> u32 {
    let room = fixed().open_on_backend(disk, store::unlock()).expect("open the store");
    let root = room.root();
    let names = PLAN.names();
    let (times, mut ring, mut draws) = (50, Ring::new(0x907, names.len()), Draws::from_seed(0x907));
    let mut requests: Vec<PutSecretValue> = (0..=times)
        .map(|_| PutSecretValue::text(names[ring.next()].as_str(), store::value(&mut draws, PLAN.value_len)))
        .collect();
    // The first one opens rows that all of them need.
    root.put_secret_value(requests.pop().expect("one more")).expect("put");
    counted(&mut || {
        for request in requests.drain(..) {
            root.put_secret_value(request).expect("put");
        }
    });
    times
}

/// Opening a store of 500 secrets with a raw root key; closing it too.
fn open(disk: &MemoryBackend) -> u32 {
    let times = 5;
    counted(&mut || {
        for _ in 0..times {
            let room: Strongroom =
                fixed().open_on_backend(disk.another_handle(), store::unlock()).expect("open the store");
            drop(room);
        }
    });
    times
}

/// Fixed time and randomness.
fn fixed() -> Builder {
    Strongroom::builder().clock(ManualClock::at(Timestamp::from_secs(1_790_000_000))).entropy(SeededEntropy::new(0xC0))
}

const PLAN: Plan = Plan::of(500);
