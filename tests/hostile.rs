//! Damaged, forged, truncated and foreign files; and what a file tells those without its key.
//!
//! Bit flips: of a compacted store's image (120 KiB), one drawn bit of every second byte, as drawn, either with all pages and rows
//! checked at once or with none; `STRONGROOM_BIT_FLIPS=all` takes every bit of every byte, both ways. A byte that a run on the whole image never reads cannot change
//! that run, so it is only counted. Truncations: every 512 bytes of the first 64 KiB and 200 drawn lengths.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout, reason = "a test")]

mod observe;

use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use redb::StorageBackend;

use observe::{Answer, answers, builder, is_fault, key, observe, token, value};
use strongroom::operation::iam::{
    AddUserToGroup, AttachGroupPolicy, AttachUserPolicy, CreatePolicy, CreateUser, PutUserPermissionsBoundary,
    PutUserPolicy,
};
use strongroom::operation::kms::{CreateAlias, CreateGrant, CreateKey};
use strongroom::operation::secretsmanager::{CreateSecret, PutResourcePolicy, PutSecretValue, Tag};
use strongroom::testing::{Draws, MemoryBackend};
use strongroom::{Check, ErrorKind, Strongroom};

const NAME: &str = "payroll/zanzibar-database";
const VALUES: [&str; 2] = ["correct-horse-battery-staple", "incorrect-zebra-capacitor-nail"];
const COPY_LEN: usize = 8_192;
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Quokka","Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}]}"#;
const RESOURCE_POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Wombat","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"secretsmanager:*","Resource":"*"}]}"#;

/// Fills a store with one of each; the token of its grant.
fn fill(room: &Strongroom) -> String {
    let root = room.root();
    root.iam().create_user(CreateUser::new("marguerite-okafor")).unwrap();
    root.iam().put_user_policy(PutUserPolicy::new("marguerite-okafor", "only", POLICY)).unwrap();
    root.iam().create_group("hedgehog-keepers").unwrap();
    root.iam().add_user_to_group(AddUserToGroup::new("hedgehog-keepers", "marguerite-okafor")).unwrap();
    let managed = root.iam().create_policy(CreatePolicy::new("porcupine-policy", POLICY)).unwrap().policy.arn;
    root.iam().attach_group_policy(AttachGroupPolicy::new("hedgehog-keepers", managed.clone())).unwrap();
    root.iam().attach_user_policy(AttachUserPolicy::new("marguerite-okafor", managed.clone())).unwrap();
    root.iam().put_user_permissions_boundary(PutUserPermissionsBoundary::new("marguerite-okafor", managed)).unwrap();
    let made = root.kms().create_key(CreateKey::new().description("albatross-description")).unwrap();
    let own = made.key_metadata.key_id;
    root.kms().create_alias(CreateAlias::new("alias/pomegranate", own.clone())).unwrap();
    let grantee = "arn:aws:iam::000000000000:user/marguerite-okafor";
    let granted = root.kms().create_grant(CreateGrant::to(grantee, own.clone(), ["Decrypt"])).unwrap();
    let request = CreateSecret::text(NAME, VALUES[0])
        .client_request_token(token(1))
        .description("pelican-description")
        .tags(vec![Tag::new("cinnamon-key", "turmeric-value")]);
    root.create_secret(request).unwrap();
    root.put_secret_value(PutSecretValue::text(NAME, VALUES[1]).client_request_token(token(2))).unwrap();
    root.put_resource_policy(PutResourcePolicy::new(NAME, RESOURCE_POLICY)).unwrap();
    let request = CreateSecret::binary("other", vec![0xA5_u8; 3_000]).client_request_token(token(3)).kms_key_id(own);
    root.create_secret(request).unwrap();
    granted.grant_token.to_string()
}

fn image() -> Vec<u8> {
    let disk = MemoryBackend::new();
    let room = builder(11).create_on_backend(disk.clone(), key(1)).unwrap();
    fill(&room);
    while room.compact().unwrap() {}
    drop(room);
    disk.image()
}

/// A disk that notes which bytes of the image it is asked for.
#[derive(Debug)]
struct Noting {
    disk: MemoryBackend,
    read: Arc<Mutex<Vec<bool>>>,
}

impl StorageBackend for Noting {
    fn len(&self) -> io::Result<u64> {
        self.disk.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(offset).unwrap();
        self.read.lock().unwrap().iter_mut().skip(start).take(out.len()).for_each(|read| *read = true);
        self.disk.read(offset, out)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.disk.set_len(len)
    }
    fn sync_data(&self) -> io::Result<()> {
        self.disk.sync_data()
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.disk.write(offset, data)
    }
    fn close(&self) -> io::Result<()> {
        self.disk.close()
    }
}

/// Which bytes of the image a run reads.
fn bytes_read(image: &[u8], check: Check) -> Vec<bool> {
    let read = Arc::new(Mutex::new(vec![false; image.len()]));
    let disk = Noting { disk: MemoryBackend::from_image(image.to_vec()), read: Arc::clone(&read) };
    read_on(disk, check).unwrap();
    let read = read.lock().unwrap();
    read.clone()
}

/// All answers of an image, those by known name also where the lists fail. `None`: it does not open, with a typed fault.
fn read(image: Vec<u8>, check: Check) -> Option<Vec<Answer>> {
    read_on(MemoryBackend::from_image(image), check)
}

fn read_on(disk: impl StorageBackend, check: Check) -> Option<Vec<Answer>> {
    match builder(12).check_pages(check).check_rows(check).open_on_backend(disk, key(1)) {
        Ok(room) => {
            let mut all = answers(&room);
            for (name, number) in [(NAME, 1), (NAME, 2), ("other", 3)] {
                let told = format!("GetSecretValue {name} {}", token(number));
                if !all.iter().any(|(asked, _)| *asked == told) {
                    value(&mut all, &room, name, &token(number));
                }
            }
            // With every row checked at opening, the same again would find the same.
            if !matches!(check, Check::Always) {
                all.push(("verify".into(), room.verify().map(|found| format!("{found:?}"))));
            }
            Some(all)
        }
        Err(fault) => {
            assert!(is_fault(&fault), "{fault:?}");
            None
        }
    }
}

fn truth(image: &[u8]) -> BTreeMap<String, String> {
    let all = read(image.to_vec(), Check::Never).unwrap();
    all.into_iter().map(|(question, answer)| (question, answer.unwrap())).collect()
}

/// Whole, told in part, or closed: each answer that comes is the true one. Which of the three.
fn judge(truth: &BTreeMap<String, String>, image: Vec<u8>, check: Check, what: &str) -> usize {
    let read = catch_unwind(AssertUnwindSafe(|| read(image, check))).unwrap_or_else(|panic| {
        eprintln!("{what}, {check:?}: panic");
        std::panic::resume_unwind(panic)
    });
    let Some(all) = read else { return 2 };
    let mut faults = 0;
    for (question, answer) in &all {
        match answer {
            Ok(told) => assert_eq!(truth.get(question), Some(told), "{what}, {check:?}: {question}"),
            Err(fault) => {
                assert!(is_fault(fault), "{what}: {question}: {fault:?}");
                faults += 1;
            }
        }
    }
    let mut asked = truth.keys().filter(|asked| *asked != "verify" || !matches!(check, Check::Always));
    assert!(faults > 0 || asked.all(|asked| all.iter().any(|(told, _)| told == asked)), "{what}: less is told");
    usize::from(faults > 0)
}

/// The database asserts on bytes it never wrote, and the store turns that into an error: no need to print each.
fn keep_quiet_of_the_database() {
    let told = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !panic.location().is_some_and(|at| at.file().contains("redb")) {
            told(panic);
        }
    }));
}

#[test]
fn no_flipped_bit_changes_an_answer() {
    keep_quiet_of_the_database();
    let image = image();
    let truth = truth(&image);
    let told = std::env::var("STRONGROOM_BIT_FLIPS").unwrap_or_default();
    let every_bit = told == "all";
    let mut draws = Draws::from_seed(13);
    let mut flips = Vec::new();
    let mut unread = 0;
    let ways = [Check::Always, Check::Never];
    // Which way each byte is tried, if it is.
    let way: Vec<Option<Check>> = image.iter().map(|_| ways.get(draws.below(4)).copied()).collect();
    let mut passed_over = way.iter().filter(|way| way.is_none()).count();
    for check in ways {
        for (at, read) in bytes_read(&image, check).into_iter().enumerate() {
            let drawn = u8::try_from(draws.below(8)).unwrap();
            if way[at] != Some(check) && !every_bit {
                continue;
            }
            if read {
                flips.extend((0..8).filter(|bit| every_bit || *bit == drawn).map(|bit| (at, bit, check)));
            } else {
                unread += 1;
            }
        }
    }
    // One flip again: `STRONGROOM_BIT_FLIPS=24585:7`.
    if let Some((at, bit)) = told.split_once(':') {
        let one = (at.parse().unwrap(), bit.parse().unwrap());
        flips = vec![(one.0, one.1, Check::Always), (one.0, one.1, Check::Never)];
    }
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let outcomes = std::thread::scope(|scope| {
        let judged = |part: usize| {
            let mut outcomes = [0; 3];
            for (at, bit, check) in flips.iter().skip(part).step_by(workers) {
                let mut bent = image.clone();
                bent[*at] ^= 1 << bit;
                outcomes[judge(&truth, bent, *check, &format!("bit {bit} of byte {at}"))] += 1;
            }
            outcomes
        };
        let workers: Vec<_> = (0..workers).map(|part| scope.spawn(move || judged(part))).collect();
        let outcomes = workers.into_iter().map(|worker| worker.join().unwrap());
        outcomes.fold([0; 3], |sum, part| [sum[0] + part[0], sum[1] + part[1], sum[2] + part[2]])
    });
    println!(
        "image of {} bytes, {} flips, {unread} bytes never read: {outcomes:?} whole, told in part, closed",
        image.len(),
        flips.len()
    );
    if every_bit {
        passed_over = 0;
    }
    if flips.len() > 2 {
        assert!(flips.len() + unread + passed_over >= image.len());
        assert!(outcomes[0] > 0 && outcomes[2] > 0);
    }
}

#[test]
fn a_handle_that_wrote_nothing_leaves_the_file_as_it_was() {
    let before = image();
    for check in [Check::Always, Check::Never] {
        let disk = MemoryBackend::from_image(before.clone());
        let room = builder(12).check_pages(check).check_rows(check).open_on_backend(disk.clone(), key(1)).unwrap();
        assert_ne!(disk.image(), before, "an open file says so");
        room.verify().unwrap();
        answers(&room);
        drop(room);
        assert!(disk.image() == before, "{check:?}");
        // And whoever writes is believed to have written.
        let room = builder(12).check_pages(check).open_on_backend(disk.clone(), key(1)).unwrap();
        room.root().put_secret_value(PutSecretValue::text(NAME, "next")).unwrap();
        drop(room);
        let room = builder(12).open_on_backend(disk, key(1)).unwrap();
        assert_eq!(room.root().get_secret_value(NAME).unwrap().value(), b"next");
    }
}

#[test]
fn no_other_length_changes_an_answer() {
    let image = image();
    let truth = truth(&image);
    let mut draws = Draws::from_seed(14);
    let mut lengths: Vec<usize> = (0..=65_536.min(image.len() - 1)).step_by(512).collect();
    lengths.extend((0..200).map(|_| draws.below(image.len())));
    let mut outcomes = [0; 3];
    for len in lengths {
        outcomes[judge(&truth, image[..len].to_vec(), Check::Small, &format!("cut to {len}"))] += 1;
    }
    for extra in [1, 511, 4_096, 70_000] {
        for more in [vec![0; extra], draws.bytes(extra)] {
            let long = [image.as_slice(), &more].concat();
            outcomes[judge(&truth, long, Check::Small, &format!("{extra} more bytes"))] += 1;
        }
    }
    println!("{outcomes:?} whole, told in part, closed");
    assert!(outcomes[2] > 0);
}

fn kind(image: Vec<u8>, number: u8) -> Option<ErrorKind> {
    builder(12).open_on_backend(MemoryBackend::from_image(image), key(number)).err().map(|fault| fault.kind())
}

#[test]
fn foreign_keys_newer_formats_and_foreign_bytes_are_told_apart() {
    let image = image();
    assert_eq!(kind(image.clone(), 1), None);
    assert_eq!(kind(image.clone(), 2), Some(ErrorKind::WrongUnlock));
    // The format follows the magic of eight bytes.
    let mut newer = image.clone();
    for copy in [0, COPY_LEN] {
        newer[copy + 8..copy + 10].copy_from_slice(&[0, 99]);
    }
    assert_eq!(kind(newer, 1), Some(ErrorKind::NewerFormat));
    assert_eq!(kind(vec![0; image.len()], 1), Some(ErrorKind::Damaged));
    assert_eq!(kind(Draws::from_seed(1).bytes(40_000), 1), Some(ErrorKind::Damaged));
    assert_eq!(kind(Vec::new(), 1), Some(ErrorKind::Damaged));
}

#[test]
fn one_whole_header_copy_is_enough_and_none_is_not() {
    let image = image();
    let truth = truth(&image);
    for copy in [0, COPY_LEN] {
        let mut bent = image.clone();
        bent[copy..copy + COPY_LEN].fill(0);
        assert_eq!(judge(&truth, bent, Check::Always, "one copy lost"), 0);
    }
    let mut bent = image;
    bent[..2 * COPY_LEN].fill(0);
    assert_eq!(kind(bent, 1), Some(ErrorKind::Damaged));
}

#[test]
fn a_second_handle_of_a_file_is_told_busy() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    let first = builder(1).create(&path, key(1)).unwrap();
    assert_eq!(builder(2).open(&path, key(1)).unwrap_err().kind(), ErrorKind::Busy);
    assert_eq!(builder(2).create(&path, key(1)).unwrap_err().kind(), ErrorKind::AlreadyExists);
    drop(first);
    builder(3).open(&path, key(1)).unwrap();
}

#[test]
fn the_file_tells_no_name_value_policy_principal_or_token_in_any_coding() {
    let disk = MemoryBackend::new();
    let room = builder(15).create_on_backend(disk.clone(), key(1)).unwrap();
    let grant = fill(&room);
    let image = disk.image();
    let tokens = [token(1), token(2), token(3)];
    let mut words = vec![
        NAME,
        VALUES[0],
        VALUES[1],
        "cinnamon-key",
        "turmeric-value",
        "pelican-description",
        "albatross-description",
        "marguerite-okafor",
        "hedgehog-keepers",
        "porcupine-policy",
        "pomegranate",
        "Quokka",
        "Wombat",
        "secretsmanager:",
        "AWSCURRENT",
        "Statement",
        "arn:aws",
        &grant,
    ];
    words.extend(tokens.iter().map(String::as_str));
    for word in words {
        for needle in codings(word.as_bytes()) {
            let found = memchr(&image, &needle);
            assert!(found.is_none(), "{word} is at byte {found:?}");
        }
    }
    // The search does find what is there.
    let planted = [&image[..], &codings(b"pomegranate")[3]].concat();
    assert!(memchr(&planted, &codings(b"pomegranate")[3]).is_some());
}

fn memchr(image: &[u8], needle: &[u8]) -> Option<usize> {
    let first = needle[0];
    (0..image.len().saturating_sub(needle.len() - 1)).find(|at| image[*at] == first && image[*at..].starts_with(needle))
}

/// Raw, UTF-16LE, hex in both cases, and base64 at each of its three phases, without the characters that neighbours share.
fn codings(word: &[u8]) -> Vec<Vec<u8>> {
    let hex = word.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    let mut all = vec![
        word.to_vec(),
        word.iter().flat_map(|byte| [*byte, 0]).collect(),
        hex.to_uppercase().into_bytes(),
        hex.into_bytes(),
    ];
    for phase in 0..3 {
        let text = base64(&[&vec![0; phase][..], word].concat());
        // Characters that hold bits of bytes before or after the word are left out.
        let from = (phase * 8).div_ceil(6);
        let to = (phase + word.len()) * 8 / 6;
        all.push(text[from..to].to_vec());
    }
    all
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bit = |at: usize| bytes.get(at / 8).is_some_and(|byte| byte >> (7 - at % 8) & 1 == 1);
    let letter = |at: usize| (0..6).fold(0, |sum, next| sum * 2 + usize::from(bit(at + next)));
    (0..bytes.len() * 8).step_by(6).map(|at| ALPHABET[letter(at)]).collect()
}

/// The golden file was written by the first version of the format and stays. `STRONGROOM_WRITE_GOLDEN=<path>` writes one.
#[test]
fn a_file_of_the_first_format_is_read() {
    if let Ok(path) = std::env::var("STRONGROOM_WRITE_GOLDEN") {
        std::fs::write(path, image()).unwrap();
    }
    let golden = include_bytes!("golden/store-v1.strongroom");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    std::fs::write(&path, golden).unwrap();
    let room = builder(16).open(&path, key(1)).unwrap();
    room.verify().unwrap();
    let seen = observe(&room).unwrap();
    for part in ["albatross-description", "turmeric-value", "alias/pomegranate", "Quokka", "Wombat", "AWSPREVIOUS"] {
        assert!(seen.contains(part), "{part}");
    }
    let mut values = Vec::new();
    for number in [1, 2] {
        value(&mut values, &room, NAME, &token(number));
    }
    for ((_, told), expected) in values.iter().zip(VALUES) {
        assert!(told.as_ref().unwrap().starts_with(&format!("({expected:?}")));
    }
    assert_eq!(room.root().get_secret_value("other").unwrap().value(), [0xA5; 3_000]);
    // It can be written on.
    room.root().put_secret_value(PutSecretValue::text(NAME, "next")).unwrap();
    assert_eq!(room.root().get_secret_value(NAME).unwrap().value(), b"next");
}
