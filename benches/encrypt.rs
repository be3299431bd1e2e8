//! Encrypt and Decrypt of KMS beside the bare construction that they use (SRC1: a hedged salt, HKDF-SHA-256, commitment,
//! AES-256-GCM), without key look-up, decision and event. 1 KiB of plaintext, one pair in the context, nobody listening to events.
//!
//! ```text
//! cargo bench --bench encrypt
//! cargo bench --bench encrypt -- ratio     # in turns, in short slices: fit for a machine that has other work too
//! ```
//! `request` is what the caller does for a Decrypt: ciphertext and context copied into a request, and dropped. `encrypt` and
//! `decrypt` of the ratio are given their requests, as bare construction is given its key, context and text; `… whole` makes
//! each request as well.

mod common;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput};
use strongroom::name::Text;
use strongroom::operation::Blob;
use strongroom::operation::kms::{CreateKey, Decrypt, Encrypt};
use strongroom::{Session, Strongroom};
use strongroom_keystore::{EncryptionContext, testing};

use common::slices::{Case, interleave};
use common::store;

fn main() {
    if std::env::args().any(|word| word == "ratio") {
        ratio();
        return;
    }
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(40)
        .configure_from_args();
    let mut group = criterion.benchmark_group("kms");
    for len in [32, 1024, 4096] {
        group.throughput(Throughput::Bytes(len as u64));
        let plaintext = vec![7_u8; len];
        let bare = Bare::new();
        let blob = bare.seal(&plaintext);
        assert_eq!(bare.open(&blob), plaintext);
        group.bench_function(BenchmarkId::new("src1/seal", len), |bench| {
            bench.iter(|| bare.seal(black_box(&plaintext)));
        });
        group.bench_function(BenchmarkId::new("src1/open", len), |bench| bench.iter(|| bare.open(black_box(&blob))));

        let (_room, root, key) = with_key();
        let kms = root.kms();
        let encrypt = || kms.encrypt(Encrypt::new(&key, &*plaintext).encryption_context(pairs())).expect("encrypt");
        let sealed: Blob = encrypt().ciphertext_blob;
        group.bench_function(BenchmarkId::new("encrypt", len), |bench| bench.iter(encrypt));
        group.bench_function(BenchmarkId::new("decrypt", len), |bench| {
            bench.iter(|| {
                let request = Decrypt::blob(sealed.clone()).encryption_context(pairs());
                kms.decrypt(request).expect("decrypt").plaintext
            });
        });
    }
    group.finish();
    criterion.final_summary();
}

fn with_key() -> (Strongroom, Session, Text) {
    let room = Strongroom::builder().create_in_memory(store::unlock()).expect("create a store");
    let root = room.root();
    let key = root.kms().create_key(CreateKey::new()).expect("create a key").key_metadata.key_id;
    (room, root, key)
}
fn pairs() -> BTreeMap<Text, Text> {
    [(Text::from("tenant"), Text::from("anaya"))].into_iter().collect()
}

#[expect(clippy::print_stdout, reason = "a report for people")]
fn ratio() {
    let plaintext = vec![7_u8; 1024];
    let bare = Bare::new();
    let blob = bare.seal(&plaintext);
    let (_room, root, key) = with_key();
    let kms = root.kms();
    let wish = || Encrypt::new(&key, &*plaintext).encryption_context(pairs());
    let encrypt = |wish| kms.encrypt(wish).expect("encrypt");
    let sealed: Blob = encrypt(wish()).ciphertext_blob;
    let request = || Decrypt::blob(sealed.clone()).encryption_context(pairs());
    let decrypt = |request| kms.decrypt(request).expect("decrypt").plaintext;
    let cases = vec![
        Case::new("seal", || bare.seal(black_box(&plaintext))),
        Case::fed("encrypt", wish, encrypt),
        Case::new("encrypt whole", || encrypt(wish())),
        Case::new("open", || bare.open(black_box(&blob))),
        Case::fed("decrypt", request, decrypt),
        Case::new("decrypt whole", || decrypt(request())),
        Case::new("request", request),
    ];
    let figures = interleave(cases, 2_000, Duration::from_micros(100));
    let named = |name: &str| figures.iter().find(|figure| figure.name == name).expect("a figure");
    println!("1 KiB, one pair of context: least and median slice in ns, and times the bare construction");
    for (name, floor) in [
        ("seal", "seal"),
        ("encrypt", "seal"),
        ("encrypt whole", "seal"),
        ("open", "open"),
        ("decrypt", "open"),
        ("decrypt whole", "open"),
        ("request", "open"),
    ] {
        let (figure, floor) = (named(name), named(floor));
        let (least, rounds) = (figure.least() / floor.least(), figure.times_by_round(floor));
        println!("  {name:<13} {:>7.0} {:>7.0}   {least:.2} {rounds:.2}", figure.least(), figure.median());
    }
}

/// Keys in hand, and nothing asked.
struct Bare {
    sealing: [u8; 32],
    hedge: [u8; 32],
    header: [u8; 28],
    aad: Vec<u8>,
}

impl Bare {
    fn new() -> Self {
        let mut header = [0; 28];
        header[..6].copy_from_slice(b"SRC1\x03\x01");
        header[27] = 1;
        let context = EncryptionContext::from_pairs([("tenant", "anaya")]).expect("a context").encoded();
        let len = u32::try_from(context.len()).expect("short").to_be_bytes();
        let aad = [header.as_slice(), &[0, 0x10], &len, &context].concat();
        Self { sealing: testing::sealing_key(&[1; 32]), hedge: [2; 32], header, aad }
    }
    fn seal(&self, plaintext: &[u8]) -> Vec<u8> {
        let salt = testing::salt(&self.hedge, &[3; 32], &self.aad, plaintext);
        testing::seal(&self.sealing, &self.header, &salt, &self.aad, plaintext).expect("seal")
    }
    fn open(&self, blob: &[u8]) -> Vec<u8> {
        testing::open(&self.sealing, 3, &self.aad, blob).expect("open").expose().to_vec()
    }
}
