//! Opening a store by its file, with a raw root key: 1,000 and 100,000 secrets of 256 B. The operating system has the file in
//! memory; closing is not timed.
//!
//! `then_get` adds what a caller waits for after a start: arriving with a session, and the first value.
//! The floor is redb's own opening of a database with the same values.
//!
//! ```text
//! cargo bench --bench open                # about a minute to fill the large store
//! cargo bench --bench open -- /1000$      # the small one only
//! ```

#![allow(clippy::indexing_slicing, reason = "a bench that cannot go on stops")]

mod common;

use std::time::Duration;

use criterion::{BenchmarkId, Criterion};

use common::draws::Ring;
use common::floor::Floor;
use common::slices::time_making;
use common::store::{self, Plan};

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .sample_size(20)
        .configure_from_args();
    for secrets in [1_000, 100_000] {
        open(&mut criterion, secrets);
    }
    criterion.final_summary();
}

fn open(criterion: &mut Criterion, secrets: usize) {
    let plan = Plan::of(secrets);
    let names = plan.names();
    let folder = store::folder();
    let (file, floor) = (folder.join("open.strongroom"), folder.join("open.redb"));
    // Filled by the first case that runs: a filter that leaves all of them out costs nothing.
    let filled = std::cell::OnceCell::new();
    let fill = || {
        filled.get_or_init(|| {
            plan.lay_down(&file);
            let contents: Vec<(String, String)> = plan.contents().collect();
            drop(Floor::create(
                &floor,
                contents.iter().map(|(name, value)| (name.as_str(), value.clone().into_bytes())),
            ));
        });
    };
    let mut group = criterion.benchmark_group("open");
    group.bench_function(BenchmarkId::new("floor/open", secrets), |bench| {
        fill();
        bench.iter_custom(|times| time_making(times, || Floor::open(&floor)));
    });
    group.bench_function(BenchmarkId::new("open", secrets), |bench| {
        fill();
        bench.iter_custom(|times| time_making(times, || store::open(&file)));
    });
    group.bench_function(BenchmarkId::new("open/then_get", secrets), |bench| {
        fill();
        let mut ring = Ring::new(0x09E7, names.len());
        bench.iter_custom(|times| {
            time_making(times, || {
                let room = store::open(&file);
                let session = room.session("user/reader").expect("a session");
                let answer = session.get_secret_value(names[ring.next()].as_str()).expect("get");
                (answer, session, room)
            })
        });
    });
    group.finish();
    let _ = std::fs::remove_file(file);
    let _ = std::fs::remove_file(floor);
}
