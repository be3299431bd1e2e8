//! What unlocking costs, by the kind of secret: opening a store with nothing in it, on a disk in memory.
//!
//! The passphrase is hardened with Argon2id at the default costs, so it is meant to be slow; it is paid once an opening.
//!
//! ```text
//! cargo bench --bench unlock
//! ```

mod common;

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use criterion::Criterion;
use strongroom::testing::MemoryBackend;
use strongroom::{Strongroom, Unlock};

use common::draws::Draws;
use common::slices::time_making;
use common::store;

fn main() {
    let mut criterion =
        Criterion::default().warm_up_time(Duration::from_millis(500)).sample_size(20).configure_from_args();
    let key_file = key_file();
    let mut group = criterion.benchmark_group("unlock");
    group.measurement_time(Duration::from_secs(2));
    unlocks(&mut group, "raw_root_key", store::unlock);
    unlocks(&mut group, "key_file", || Unlock::key_file(&key_file));
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    unlocks(&mut group, "passphrase_default_costs", || Unlock::passphrase("correct horse battery staple"));
    group.finish();
    let _ = std::fs::remove_file(key_file);
    criterion.final_summary();
}

type Group<'c> = criterion::BenchmarkGroup<'c, criterion::measurement::WallTime>;

fn unlocks(group: &mut Group<'_>, id: &str, unlock: impl Fn() -> Unlock) {
    let disk = MemoryBackend::new();
    drop(Strongroom::builder().create_on_backend(disk.clone(), unlock()).expect("create a store"));
    group.bench_function(id, |bench| {
        bench.iter_custom(|times| {
            time_making(times, || {
                Strongroom::builder().open_on_backend(disk.another_handle(), unlock()).expect("open the store")
            })
        });
    });
}

fn key_file() -> PathBuf {
    let path = store::folder().join("unlock.key");
    let _ = std::fs::remove_file(&path);
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).expect("a new key file");
    file.write_all(&Draws::from_seed(0x000F_11E0).bytes(64)).expect("write the key file");
    path
}
