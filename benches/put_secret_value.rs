//! PutSecretValue beside the hand-written floor: one durable commit each. Fresh bytes every time, over 1,000 secrets.
//!
//! The floor is shown twice: `two_phase_quick_repair` commits as the library does, `immediate` is redb's cheapest durable
//! commit. The `memory` case leaves the disk out: what the library itself does for a put.
//!
//! ```text
//! cargo bench --bench put_secret_value
//! ```

#![allow(clippy::indexing_slicing, reason = "a bench that cannot go on stops")]

mod common;

use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion};
use strongroom::operation::secretsmanager::PutSecretValue;
use strongroom::{Session, Strongroom};

use common::draws::{Draws, Ring};
use common::floor::{Commit, Floor};
use common::store::{self, Plan};

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .sample_size(30)
        .configure_from_args();
    put(&mut criterion);
    criterion.final_summary();
}

fn put(criterion: &mut Criterion) {
    let plan = Plan::of(1_000);
    let names = plan.names();
    let folder = store::folder();
    let (file, floor) = (folder.join("put.strongroom"), folder.join("put.redb"));
    plan.lay_down(&file);
    let room = store::open(&file);
    let contents: Vec<(String, String)> = plan.contents().collect();
    let mut floor_now =
        Floor::create(&floor, contents.iter().map(|(name, value)| (name.as_str(), value.clone().into_bytes())));

    let mut group = criterion.benchmark_group("put");
    for value_len in [16, 256, 4096, 65_536] {
        for (label, commit) in
            [("immediate", Commit::Immediate), ("two_phase_quick_repair", Commit::TwoPhaseQuickRepair)]
        {
            let (mut ring, mut draws) = (Ring::new(0x907, names.len()), Draws::from_seed(0x907));
            group.bench_function(BenchmarkId::new(format!("floor/put/{label}"), value_len), |bench| {
                bench.iter_batched(
                    || (ring.next(), store::value(&mut draws, value_len)),
                    |(at, value)| floor_now.put(&names[at], value.as_bytes(), commit),
                    BatchSize::PerIteration,
                );
            });
        }
        puts(&mut group, BenchmarkId::new("put", value_len), &room.root(), &names, value_len);
    }
    let in_memory = plan.fill();
    let room = Strongroom::builder().open_on_backend(in_memory, store::unlock()).expect("open the store");
    puts(&mut group, BenchmarkId::new("memory/put", 256), &room.root(), &names, 256);
    group.finish();
    let _ = std::fs::remove_file(file);
    let _ = std::fs::remove_file(floor);
}

type Group<'c> = criterion::BenchmarkGroup<'c, criterion::measurement::WallTime>;

fn puts(group: &mut Group<'_>, id: BenchmarkId, session: &Session, names: &[String], value_len: usize) {
    let (mut ring, mut draws) = (Ring::new(0x907, names.len()), Draws::from_seed(0x907));
    group.bench_function(id, |bench| {
        bench.iter_batched(
            || PutSecretValue::text(names[ring.next()].as_str(), store::value(&mut draws, value_len)),
            |request| session.put_secret_value(request).expect("put"),
            BatchSize::PerIteration,
        );
    });
}
