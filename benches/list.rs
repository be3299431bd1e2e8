//! ListSecrets over 100,000 secrets, and BatchGetSecretValue beside as many single gets. One thread, a file on the disk,
//! everything as by default but the cache: 64 MiB.
//!
//! - *Cold*: the store's file has just been opened, with caches of its own empty; the operating system still has the file. The
//!   first list verifies and opens every secret.
//! - *Warm*: a list was made before. `after a put`: between two lists one secret gets a new value, which is not timed.
//! - `without room`: what a list costs where its catalogue finds none: every secret opened, every time (2 MiB of cache).
//!
//! ```text
//! cargo bench --bench list                # about a minute to fill the store
//! cargo bench --bench list -- batch       # the batch alone, over 10,000 secrets
//! ```

#![allow(clippy::indexing_slicing, reason = "a bench that cannot go on stops")]

mod common;

use std::cell::LazyCell;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use criterion::{BenchmarkId, Criterion};
use strongroom::operation::secretsmanager::{
    BatchGetSecretValue, CreateSecret, Filter, ListSecrets, PutSecretValue, Tag,
};
use strongroom::testing::MemoryBackend;
use strongroom::{Session, Strongroom};

use common::draws::Ring;
use common::slices::now;
use common::store::{self, Plan};

const SECRETS: usize = 100_000;

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(10)
        .configure_from_args();
    lists(&mut criterion);
    batches(&mut criterion);
    criterion.final_summary();
}

/// What is asked for.
fn cases() -> Vec<(&'static str, ListSecrets)> {
    let by = |key: &str, value: &str| ListSecrets::new().filters(vec![Filter::by(key, [value])]);
    vec![
        ("no filter", ListSecrets::new()),
        ("by name", ListSecrets::new().sort_by("name")),
        ("by last access", ListSecrets::new().sort_by("last-accessed-date")),
        ("name prefix", by("name", "t07/database-04")),
        ("description words", by("description", "password billing 12")),
        ("tag value", by("tag-value", "team-1")),
        ("all", by("all", "whale")),
        ("all, none matching", by("all", "zebra")),
        ("description, none matching", by("description", "bill zebra")),
        ("name, none matching", by("name", "nobody/")),
    ]
}

fn lists(criterion: &mut Criterion) {
    let file = LazyCell::new(File::filled);
    let mut group = criterion.benchmark_group("list");
    for (case, request) in cases() {
        group.bench_function(BenchmarkId::new("warm", case), |bench| {
            let (_room, root) = open(&file.0, CACHE);
            list(&root, &request);
            bench.iter(|| list(&root, &request));
        });
    }
    for (case, request) in cases() {
        group.bench_function(BenchmarkId::new("warm, after a put", case), |bench| {
            let (_room, root) = open(&file.0, CACHE);
            list(&root, &request);
            let mut ring = Ring::new(0x115, SECRETS);
            bench.iter_custom(|times| {
                (0..times)
                    .map(|_| {
                        root.put_secret_value(PutSecretValue::text(name(ring.next()), "new")).expect("put");
                        timed(|| list(&root, &request))
                    })
                    .sum()
            });
        });
    }
    for (case, request) in cases() {
        group.bench_function(BenchmarkId::new("cold", case), |bench| {
            bench.iter_custom(|times| {
                (0..times)
                    .map(|_| {
                        let (_room, root) = open(&file.0, CACHE);
                        timed(|| list(&root, &request))
                    })
                    .sum()
            });
        });
    }
    group.bench_function("without room/no filter", |bench| {
        let (_room, root) = open(&file.0, 2 << 20);
        list(&root, &ListSecrets::new());
        bench.iter(|| list(&root, &ListSecrets::new()));
    });
    group.finish();
}

fn batches(criterion: &mut Criterion) {
    let plan = Plan::of(10_000);
    let file = store::folder().join("batch.strongroom");
    let room = LazyCell::new(|| {
        plan.lay_down(&file);
        store::open(&file)
    });
    let names = plan.names();
    let mut group = criterion.benchmark_group("batch");
    group.sample_size(50);
    let twenty = |ring: &mut Ring| (0..20).map(|_| names[ring.next()].as_str()).collect::<Vec<&str>>();
    group.bench_function("twenty gets", |bench| {
        let root = room.root();
        for name in &names {
            drop(root.get_secret_value(name.as_str()).expect("get"));
        }
        let mut ring = Ring::new(0xBA7, names.len());
        bench.iter(|| {
            for name in twenty(&mut ring) {
                drop(root.get_secret_value(name).expect("get"));
            }
        });
    });
    group.bench_function("a batch of twenty", |bench| {
        let root = room.root();
        let mut ring = Ring::new(0xBA7, names.len());
        bench.iter(|| {
            let answer = root.batch_get_secret_value(BatchGetSecretValue::of(twenty(&mut ring))).expect("batch");
            assert_eq!(answer.secret_values.len(), 20);
        });
    });
    group.finish();
    let _ = std::fs::remove_file(&file);
}

/// A store in a file, gone with its owner.
struct File(PathBuf);

impl File {
    /// Names, descriptions and two tags, as a company of twenty teams might have them.
    fn filled() -> Self {
        let disk = MemoryBackend::new();
        let room = Strongroom::builder().create_on_backend(disk.clone(), store::unlock()).expect("create a store");
        let root = room.root();
        for number in 0..SECRETS {
            let animal = ["whale", "fox", "owl", "bear", "lynx"][number / 7 % 5];
            let request = CreateSecret::text(name(number), "value")
                .description(format!("Password of the billing database {number} ({animal})"))
                .tags(vec![Tag::new("team", format!("team-{}", number % 20)), Tag::new("env", "prod")]);
            root.create_secret(request).expect("create a secret");
        }
        drop(room);
        let path = store::folder().join("list.strongroom");
        let _ = std::fs::remove_file(&path);
        let mut file =
            std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).expect("a new file");
        file.write_all(&disk.image()).expect("write the image");
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn name(number: usize) -> String {
    format!("t{:02}/database-{number:06}/password", number % 20)
}

fn open(path: &Path, cache: usize) -> (Strongroom, Session) {
    let room = Strongroom::builder().cache_bytes(cache).open(path, store::unlock()).expect("open the store");
    let root = room.root();
    (room, root)
}

fn list(root: &Session, request: &ListSecrets) {
    std::hint::black_box(root.list_secrets(request.clone()).expect("list"));
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = now();
    work();
    start.elapsed()
}

const CACHE: usize = 64 << 20;
