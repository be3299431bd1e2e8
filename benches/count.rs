//! The hot paths at fixed repetitions, for counting instructions under callgrind: counts do not depend on how busy the machine
//! is. `.ci/counts` runs it, divides and compares; see there.
//!
//! ```text
//! count prepare IMAGE     # fills a store, natively, and writes its image
//! count CASE IMAGE        # repeats one piece of work inside `counted`; prints how often
//! count growth-NUMBER -   # the same for a hostile policy of that number, even ones at an eighth of the size of the odd one
//!                         # behind; prints its name and size, and nothing beyond the last
//! ```
//! Clock and randomness are fixed, and the disk is memory, so that runs repeat.

#![allow(clippy::indexing_slicing, reason = "a bench that cannot go on stops")]

mod common;
#[path = "../tests/support/hostile.rs"]
mod hostile;

use std::process::ExitCode;
use std::sync::Arc;

use strongroom::action::Action;
use strongroom::clock::Timestamp;
use strongroom::operation::secretsmanager::{CreateSecret, PutSecretValue};
use strongroom::policy::{
    NoKeys, Policy, PolicyKind, PolicySet, Principal, Query, Source, SourceKind, Trust, decide, explain, lint,
};
use strongroom::testing::{ManualClock, MemoryBackend, SeededEntropy};
use strongroom::{Builder, Strongroom};

use common::draws::{Draws, Ring};
use common::floor::Floor;
use common::store::{self, Plan};

#[expect(clippy::print_stdout, reason = "read by .ci/counts")]
fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let [case, image] = words.as_slice() else {
        println!(
            "usage: count (prepare | get | floor | evaluate | breadth | admit | put | open | growth-NUMBER) IMAGE"
        );
        // `cargo bench` without words visits every bench: nothing to do here.
        return if words.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) };
    };
    if case == "prepare" {
        std::fs::write(image, PLAN.fill_on(fixed()).image()).expect("write the image");
        return ExitCode::SUCCESS;
    }
    if let Some(number) = case.strip_prefix("growth-").and_then(|number| number.parse().ok()) {
        growth(number);
        return ExitCode::SUCCESS;
    }
    let disk = MemoryBackend::from_image(std::fs::read(image).expect("read the image"));
    let times = match case.as_str() {
        "get" => get(disk),
        "floor" => floor(),
        "evaluate" => evaluate(),
        "breadth" => breadth(),
        "admit" => admit(),
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

/// A decision over 100 policies under a boundary and a session policy; no store.
fn breadth() -> u32 {
    let set = |names: &mut dyn Iterator<Item = String>, kind| {
        PolicySet::new(names.map(|name| {
            let policy = Policy::parse(&store::allow(&name), PolicyKind::Identity).expect("a policy");
            (Source::new(name, kind), Arc::new(policy))
        }))
    };
    let identity = set(&mut (0..100).map(|number| format!("t{number:02}/*")), SourceKind::Group);
    let boundary = set(&mut std::iter::once("t*".to_owned()), SourceKind::UserManaged);
    let session = set(&mut (0..100).step_by(25).map(|number| format!("t{:01}*", number / 10)), SourceKind::None);
    let principal = Principal::from_arn("arn:aws:iam::000000000000:user/reader").expect("an ARN");
    let (times, resource) =
        (10_000, "arn:aws:secretsmanager:us-east-1:000000000000:secret:t77/database/password-a1b2c3");
    counted(&mut || {
        for _ in 0..times {
            let decision = decide(&Query {
                principal: &principal,
                action: Action::SECRETSMANAGER_GET_SECRET_VALUE.into(),
                resource: std::hint::black_box(resource),
                resource_account: "000000000000",
                trust: Trust::Secret,
                keys: &NoKeys,
                identity: &identity,
                resource_policy: None,
                boundary: Some(&boundary),
                session: Some(&session),
                scps: &[],
            });
            assert!(decision.is_allow());
        }
    });
    times
}

/// The gate alone, of gets by a user in ten groups with a hundred policies and a boundary, and by a role with as many and
/// session policies: here `.ci/counts` counts in `Gate::admit`, those of the few calls that set it up as well.
fn admit() -> u32 {
    let room = fixed().create_on_backend(MemoryBackend::new(), store::unlock()).expect("create a store");
    let sessions = store::broad(&room);
    let names: Vec<String> = (0..store::BROAD).map(|team| format!("t{team:02}/password")).collect();
    for name in &names {
        room.root().create_secret(CreateSecret::text(name.as_str(), "value")).expect("create a secret");
    }
    for session in &sessions {
        for name in &names {
            session.get_secret_value(name.as_str()).expect("get");
        }
    }
    let (times, mut ring) = (2_000, Ring::new(0x6E7, names.len()));
    counted(&mut || {
        for _ in 0..times {
            for session in &sessions {
                std::hint::black_box(session.get_secret_value(names[ring.next()].as_str()).expect("get"));
            }
        }
    });
    times * 2
}

/// One hostile policy at an eighth of its size, or whole: what it costs to decide, to explain, to read, to lint or to index.
#[expect(clippy::print_stdout, reason = "read by .ci/counts")]
fn growth(number: usize) {
    let eighths = if number.is_multiple_of(2) { 1 } else { 8 };
    let decided = hostile::SHAPES.iter().map(|shape| ("decide", *shape));
    let explained = ["statements", "values", "inline"].into_iter().map(|shape| ("explain", shape));
    let cut = hostile::SUBJECTS.iter().map(|shape| ("value", *shape));
    let read = hostile::TEXTS.iter().flat_map(|shape| [("parse", *shape), ("lint", *shape)]);
    let indexed = [("index", "guards"), ("index", "prefixes")];
    let mut all = decided.chain(explained).chain(cut).chain(read).chain(indexed);
    let Some((work, shape)) = all.nth(number / 2) else { return };
    let size = match work {
        "decide" | "explain" | "value" => {
            let mut made = hostile::hostile(shape, if work == "value" { 8 } else { eighths }, false);
            let size = if work == "value" { made.cut(eighths) } else { made.text.len() };
            let ready = made.ready();
            if work == "explain" {
                counted(&mut || drop(std::hint::black_box(ready.ask(explain))));
            } else {
                counted(&mut || assert!(!ready.allows()));
            }
            size
        }
        "parse" | "lint" => {
            let (kind, text, _) = hostile::to_read(shape, eighths);
            if work == "parse" {
                counted(&mut || drop(std::hint::black_box(Policy::parse(&text, kind))));
            } else {
                counted(&mut || drop(std::hint::black_box(lint(&text, kind, "111122223333"))));
            }
            text.len()
        }
        _ => {
            let members = hostile::many(eighths * 250, shape == "guards");
            counted(&mut || drop(std::hint::black_box(PolicySet::new(members.iter().cloned()))));
            eighths
        }
    };
    println!("{work} {shape}\t{size}");
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
