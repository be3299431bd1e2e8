//! strongroom, the hand-written floor and SQLCipher, side by side in one run: all take turns in slices of a few milliseconds.
//!
//! ```text
//! cd benches/compare
//! cargo run --release                      # the table
//! cargo run --release -- --rounds 301      # longer, steadier
//! cargo run --release --features aws-lc-rs # strongroom with its other cipher; the floor stays with aes-gcm
//! ```
//! The first build compiles SQLCipher and an OpenSSL of its own: a C compiler, make and perl, and some minutes.
//!
//! What each does for a get of one value by its name, one thread, every value read before:
//! - *floor*: a transaction, a table, a get, two AES-256-GCM opens (`benches/common/floor.rs`).
//! - *strongroom*: the same, and who may: a session with 20 policies, the key's policy, a committing wrap, hidden names.
//! - *SQLCipher*: one key for the whole file, pages decrypted when they come into the cache and kept there in the clear. At its
//!   best: raw key (no hardening of a passphrase), write-ahead log, a cache that holds everything, a statement prepared once.
//!   *Ordinary* is the table that most would write, an index on the name and a tree of rows; *one tree* is `WITHOUT ROWID`,
//!   better for small values and worse for large ones. *Exclusive* keeps the file's lock, as strongroom does. Page
//!   authentication stays on.
//!
//! Puts are one durable commit each, fresh bytes every time: SQLite writes nothing when the bytes are what they were.

#[path = "../../common/mod.rs"]
mod common;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use rusqlite::{Connection, params};
use strongroom::clock::{Clock as _, SystemClock};
use strongroom::operation::secretsmanager::PutSecretValue;

use common::draws::{Draws, Ring};
use common::floor::{Commit, Floor};
use common::slices::{Case, Figure, interleave};
use common::store::{self, Key, Plan};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let rounds = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => 101,
        ["--rounds", count] => match count.parse() {
            Ok(rounds) if rounds > 0 => rounds,
            _ => return usage(),
        },
        _ => return usage(),
    };
    println!("{}  {}", SystemClock.now(), processor());
    println!("strongroom {}, {}", env!("CARGO_PKG_VERSION"), sqlcipher_version());
    for (value_len, secrets) in [(256, 10_000), (4096, 2_000)] {
        let rows = Rows::lay_down(Plan { secrets, value_len, key: Key::Managed });
        report(&format!("get, {value_len} B, warm, random over {secrets}; {rounds} rounds"), &rows.gets(rounds));
        if value_len == 256 {
            let rounds = rounds / 2 + 1;
            report(&format!("durable put, {value_len} B, random over {secrets}; {rounds} rounds"), &rows.puts(rounds));
        }
    }
    ExitCode::SUCCESS
}

fn usage() -> ExitCode {
    eprintln!("usage: strongroom-compare [--rounds COUNT]");
    ExitCode::from(2)
}

fn report(title: &str, figures: &[Figure]) {
    println!("\n{title}");
    println!("{:<34} {:>12} {:>12} {:>9} {:>9}", "", "median us", "least us", "x floor", "by round");
    let Some(floor) = figures.first() else { return };
    for figure in figures {
        println!(
            "{:<34} {:>12.2} {:>12.2} {:>9.2} {:>9.2}",
            figure.name,
            figure.median() / 1000.0,
            figure.least() / 1000.0,
            figure.times(floor),
            figure.times_by_round(floor)
        );
    }
    let of = |start: &str| {
        figures.iter().filter(|figure| figure.name.starts_with(start)).map(Figure::median).fold(f64::INFINITY, f64::min)
    };
    println!("strongroom against SQLCipher at its best: {:.2}", of("strongroom") / of("SQLCipher"));
}

/// The same contents in every peer's file.
struct Rows {
    plan: Plan,
    names: Vec<String>,
    store: PathBuf,
    floor: PathBuf,
    sqlcipher: PathBuf,
}

impl Rows {
    fn lay_down(plan: Plan) -> Self {
        let folder = store::folder();
        let [store, floor, sqlcipher] =
            ["strongroom", "redb", "sqlcipher"].map(|end| folder.join(format!("compare.{end}")));
        let contents: Vec<(String, String)> = plan.contents().collect();
        plan.lay_down(&store);
        drop(Floor::create(&floor, contents.iter().map(|(name, value)| (name.as_str(), value.clone().into_bytes()))));
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.join(format!("compare.sqlcipher{end}")));
        }
        let mut database = sqlcipher_open(&sqlcipher, Cache::Whole, Lock::Shared);
        let tables = "CREATE TABLE one_tree (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
            CREATE TABLE ordinary (name TEXT PRIMARY KEY, value BLOB NOT NULL);";
        database.execute_batch(tables).expect("the tables");
        let transaction = database.transaction().expect("begin");
        for table in ["one_tree", "ordinary"] {
            let mut insert = transaction.prepare(&format!("INSERT INTO {table} VALUES (?1, ?2)")).expect("prepare");
            for (name, value) in &contents {
                insert.execute(params![name, value.as_bytes()]).expect("insert");
            }
        }
        transaction.commit().expect("commit");
        database.pragma_update(None, "wal_checkpoint", "TRUNCATE").expect("checkpoint");
        Self { plan, names: plan.names(), store, floor, sqlcipher }
    }

    fn gets(&self, rounds: u32) -> Vec<Figure> {
        let names = &self.names;
        let floor = Floor::open(&self.floor);
        let room = store::open(&self.store);
        let session = room.session("user/reader").expect("a session");
        // A file of its own: a connection that keeps the lock keeps the others out.
        let own = self.sqlcipher.with_extension("exclusive.sqlcipher");
        std::fs::copy(&self.sqlcipher, &own).expect("copy the database");
        let shared = sqlcipher_open(&self.sqlcipher, Cache::Whole, Lock::Shared);
        let exclusive = sqlcipher_open(&own, Cache::Whole, Lock::Exclusive);
        let default = sqlcipher_open(&self.sqlcipher, Cache::Default, Lock::Shared);
        let peers = [
            ("SQLCipher, one tree", &shared, "one_tree"),
            ("SQLCipher, one tree, exclusive", &exclusive, "one_tree"),
            ("SQLCipher, ordinary", &shared, "ordinary"),
            ("SQLCipher, ordinary, exclusive", &exclusive, "ordinary"),
            ("SQLCipher, ordinary, default cache", &default, "ordinary"),
        ];
        let mut cases = Vec::new();
        for (name, value) in self.plan.contents() {
            assert_eq!(floor.get(&name), value.as_bytes());
            assert_eq!(session.get_secret_value(name.as_str()).expect("get").value(), value.as_bytes());
        }
        let mut ring = Ring::new(0x6E7, names.len());
        cases.push(Case::new("floor", move || floor.get(&names[ring.next()])));
        let mut ring = Ring::new(0x6E7, names.len());
        cases
            .push(Case::new("strongroom", move || session.get_secret_value(names[ring.next()].as_str()).expect("get")));
        for (label, database, table) in peers {
            let mut get = Get::prepare(database, table);
            for (name, value) in self.plan.contents() {
                assert_eq!(get.get(&name), value.as_bytes());
            }
            let mut ring = Ring::new(0x6E7, names.len());
            cases.push(Case::new(label, move || get.get(&names[ring.next()])));
        }
        interleave(cases, rounds, Duration::from_millis(2))
    }

    fn puts(&self, rounds: u32) -> Vec<Figure> {
        let (names, value_len) = (&self.names, self.plan.value_len);
        let mut floor = Floor::open(&self.floor);
        let cheap_file = self.floor.with_extension("second.redb");
        std::fs::copy(&self.floor, &cheap_file).expect("copy the floor");
        let mut cheap = Floor::open(&cheap_file);
        let room = store::open(&self.store);
        let root = room.root();
        let sqlcipher = sqlcipher_open(&self.sqlcipher, Cache::Whole, Lock::Shared);
        let mut put = sqlcipher.prepare("UPDATE ordinary SET value = ?2 WHERE name = ?1").expect("prepare");
        let mut fresh: Vec<(Ring, Draws)> =
            (0..4).map(|_| (Ring::new(0x907, names.len()), Draws::from_seed(0x907))).collect();
        let [a, b, c, d] = fresh.as_mut_slice() else { return Vec::new() };
        let next = |(ring, draws): &mut (Ring, Draws)| (names[ring.next()].as_str(), store::value(draws, value_len));
        let cases = vec![
            Case::new("floor, committed like strongroom", || {
                let (name, value) = next(a);
                floor.put(name, value.as_bytes(), Commit::TwoPhaseQuickRepair);
            }),
            Case::new("floor, one sync", || {
                let (name, value) = next(b);
                cheap.put(name, value.as_bytes(), Commit::Immediate);
            }),
            Case::new("strongroom", || {
                let (name, value) = next(c);
                root.put_secret_value(PutSecretValue::text(name, value)).expect("put")
            }),
            Case::new("SQLCipher, ordinary", || {
                let (name, value) = next(d);
                assert_eq!(put.execute(params![name, value.as_bytes()]).expect("update"), 1);
            }),
        ];
        let figures = interleave(cases, rounds, Duration::from_millis(4));
        drop(cheap);
        let _ = std::fs::remove_file(cheap_file);
        figures
    }
}

impl Drop for Rows {
    fn drop(&mut self) {
        let Ok(files) = std::fs::read_dir(store::folder()) else { return };
        for file in files.flatten() {
            if file.file_name().to_string_lossy().starts_with("compare.") {
                let _ = std::fs::remove_file(file.path());
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Cache {
    /// 64 MiB: everything stays decrypted in memory.
    Whole,
    /// 2 MiB.
    Default,
}

#[derive(Clone, Copy)]
enum Lock {
    Shared,
    Exclusive,
}

fn sqlcipher_open(path: &Path, cache: Cache, lock: Lock) -> Connection {
    let database = Connection::open(path).expect("open the database");
    database.pragma_update(None, "key", format!("x'{}'", "5e".repeat(32))).expect("the raw key");
    database.pragma_update(None, "journal_mode", "WAL").expect("a write-ahead log");
    // Each commit is durable before it returns.
    database.pragma_update(None, "synchronous", "FULL").expect("durable commits");
    if let Lock::Exclusive = lock {
        database.pragma_update(None, "locking_mode", "EXCLUSIVE").expect("an exclusive lock");
    }
    if let Cache::Whole = cache {
        database.pragma_update(None, "cache_size", -65_536).expect("a large cache");
    }
    database
}

fn sqlcipher_version() -> String {
    let database = Connection::open_in_memory().expect("a database in memory");
    let cipher: String =
        database.query_row("PRAGMA cipher_version", [], |row| row.get(0)).unwrap_or_else(|_| "?".to_owned());
    format!("SQLCipher {cipher} (SQLite {})", rusqlite::version())
}

/// A statement that is prepared once.
struct Get<'c>(rusqlite::Statement<'c>);

impl<'c> Get<'c> {
    fn prepare(database: &'c Connection, table: &str) -> Self {
        Self(database.prepare(&format!("SELECT value FROM {table} WHERE name = ?1")).expect("prepare"))
    }
    fn get(&mut self, name: &str) -> Vec<u8> {
        self.0.query_row([name], |row| Ok(row.get_ref(0)?.as_blob()?.to_vec())).expect("get")
    }
}

fn processor() -> String {
    let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": ").map(|(_, model)| model.to_owned()));
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{cores} cores of {}", model.unwrap_or_else(|| "an unnamed processor".to_owned()))
}
