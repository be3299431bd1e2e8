//! GetSecretValue beside the hand-written floor. One thread, files on the disk, everything as by default.
//!
//! - *Warm*: every secret has been read once before. Visits are random over 10,000 secrets (4 KiB: 2,000; 64 KiB: 200, so
//!   that the values fit the page cache of both).
//! - *Cold*: the store's file has just been opened, with caches and page cache of its own empty; the operating system still
//!   has the file. `first` is the first get after opening and arriving with a session; `next` is the mean of the 32 gets of
//!   different secrets that follow it. Opening itself is timed by the bench `open`.
//! - The caller has 20 inline policies of which exactly one allows each get, unless the case says otherwise; the value's key
//!   is decided upon too.
//!
//! ```text
//! cargo bench --bench get_secret_value            # all
//! cargo bench --bench get_secret_value -- /256    # some
//! ```

#![allow(clippy::indexing_slicing, reason = "a bench that cannot go on stops")]

mod common;

use std::cell::LazyCell;
use std::path::PathBuf;
use std::time::Duration;

use criterion::{Bencher, BenchmarkId, Criterion, Throughput};
use strongroom::{Session, Strongroom};

use common::draws::Ring;
use common::floor::Floor;
use common::slices::now;
use common::store::{self, Key, POLICIES, Plan};

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(50)
        .configure_from_args();
    sizes(&mut criterion);
    callers(&mut criterion);
    cold(&mut criterion);
    criterion.final_summary();
}

/// A store and a floor with the same contents, each in its file.
struct Pair {
    store: PathBuf,
    floor: PathBuf,
    names: Vec<String>,
}

impl Pair {
    fn lay_down(label: &str, plan: Plan) -> Self {
        let folder = store::folder();
        let (store, floor) = (folder.join(format!("get-{label}.strongroom")), folder.join(format!("get-{label}.redb")));
        plan.lay_down(&store);
        let contents: Vec<(String, String)> = plan.contents().collect();
        drop(Floor::create(&floor, contents.iter().map(|(name, value)| (name.as_str(), value.clone().into_bytes()))));
        Self { store, floor, names: plan.names() }
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.store);
        let _ = std::fs::remove_file(&self.floor);
    }
}

fn sizes(criterion: &mut Criterion) {
    for (value_len, secrets) in [(16, 10_000), (256, 10_000), (4096, 2_000), (65_536, 200)] {
        let pair = LazyCell::new(|| Pair::lay_down("sizes", Plan { secrets, value_len, key: Key::Managed }));
        let floor = LazyCell::new(|| Floor::open(&pair.floor));
        let room = LazyCell::new(|| store::open(&pair.store));
        let mut group = criterion.benchmark_group("warm");
        group.throughput(Throughput::Bytes(value_len as u64));
        group.bench_function(BenchmarkId::new("floor/get", value_len), |bench| {
            visits(bench, &pair.names, |name| drop(floor.get(name)));
        });
        group.bench_function(BenchmarkId::new("get", value_len), |bench| {
            let session = arrive(&room, "user/reader");
            visits(bench, &pair.names, |name| drop(get(&session, name)));
        });
    }
}

/// Who asks, and by whose leave the key is used: 256 B, 10,000 secrets.
fn callers(criterion: &mut Criterion) {
    let pair = LazyCell::new(|| Pair::lay_down("callers", Plan::of(10_000)));
    let floor = LazyCell::new(|| Floor::open(&pair.floor));
    let room = LazyCell::new(|| store::open(&pair.store));
    let nowhere =
        LazyCell::new(|| pair.names.iter().map(|name| name.replace("password", "passport")).collect::<Vec<_>>());
    let mut group = criterion.benchmark_group("caller");
    for policies in POLICIES {
        group.bench_function(BenchmarkId::new("get/policies", policies), |bench| {
            let session = arrive(&room, &format!("role/reader-{policies}/bench"));
            visits(bench, &pair.names, |name| drop(get(&session, name)));
        });
    }
    for (user, how) in [("stranger", "implicit"), ("banned", "explicit")] {
        group.bench_function(BenchmarkId::new("get/denied", how), |bench| {
            let session = arrive(&room, &format!("user/{user}"));
            visits(bench, &pair.names, |name| {
                assert!(session.get_secret_value(name).is_err_and(|error| error.is_access_denied()));
            });
        });
    }
    group.bench_function("floor/absent", |bench| visits(bench, &nowhere, |name| assert!(!floor.has(name))));
    group.bench_function("get/absent", |bench| {
        let session = arrive(&room, "user/reader");
        visits(bench, &nowhere, |name| {
            assert!(session.get_secret_value(name).is_err_and(|error| error.is_not_found()));
        });
    });

    let pair = LazyCell::new(|| Pair::lay_down("customer", Plan { key: Key::Customer, ..Plan::of(10_000) }));
    let room = LazyCell::new(|| store::open(&pair.store));
    for how in ["by-policy", "by-grant"] {
        group.bench_function(BenchmarkId::new("get/customer-key", how), |bench| {
            let session = arrive(&room, &format!("user/{how}"));
            visits(bench, &pair.names, |name| drop(get(&session, name)));
        });
    }
}

fn cold(criterion: &mut Criterion) {
    let plan = Plan::of(10_000);
    let pair = LazyCell::new(|| Pair::lay_down("cold", plan));
    let mut ring = Ring::new(0xC01D, plan.secrets);
    let mut group = criterion.benchmark_group("cold");
    group.sample_size(20);
    for (case, gets) in [("first", 1), ("next", 32)] {
        group.bench_function(BenchmarkId::new("floor/get", case), |bench| {
            bench.iter_custom(|times| {
                repeat(times, || {
                    let floor = Floor::open(&pair.floor);
                    timed(gets, || &pair.names[ring.next()], |name| drop(floor.get(name)))
                })
            });
        });
        group.bench_function(BenchmarkId::new("get", case), |bench| {
            bench.iter_custom(|times| {
                repeat(times, || {
                    let room = store::open(&pair.store);
                    let session = arrive(&room, "user/reader");
                    timed(gets, || &pair.names[ring.next()], |name| drop(get(&session, name)))
                })
            });
        });
    }
}

fn repeat(times: u64, mut once: impl FnMut() -> Duration) -> Duration {
    (0..times).map(|_| once()).sum()
}

/// The first get alone, or the mean of those that follow it.
fn timed<'n>(gets: u32, mut name: impl FnMut() -> &'n String, get: impl Fn(&str)) -> Duration {
    if gets > 1 {
        get(name());
    }
    let start = now();
    for _ in 0..gets {
        get(name());
    }
    start.elapsed() / gets
}

/// Reads everything once, untimed, then times random visits.
fn visits(bench: &mut Bencher<'_>, names: &[String], mut visit: impl FnMut(&str)) {
    for name in names {
        visit(name);
    }
    let mut ring = Ring::new(0x6E7, names.len());
    bench.iter(|| visit(&names[ring.next()]));
}

fn arrive(room: &Strongroom, principal: &str) -> Session {
    room.session(principal).expect("a session")
}

fn get(session: &Session, name: &str) -> strongroom::operation::secretsmanager::GetSecretValueResponse {
    session.get_secret_value(name).expect("get")
}
