//! Ciphertexts and header regions that somebody edited: an error, or exactly what was sealed.
#![no_main]

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use strongroom::clock::Timestamp;
use strongroom::name::Text;
use strongroom::operation::kms::{CreateKey, Decrypt, Encrypt};
use strongroom::testing::{ManualClock, SeededEntropy};
use strongroom::{Session, Strongroom, Unlock};
use strongroom_keystore::{BlobHeader, COPY_LEN, Entropy, Hardening, Limits, Root};

#[derive(Arbitrary, Debug)]
enum Attempt {
    /// Bytes from nowhere as a ciphertext.
    Blob { context: u8, bytes: Vec<u8> },
    /// A real ciphertext, edited.
    Edited { blob: u8, context: u8, edits: Vec<Edit> },
    /// A real header region, edited.
    Region { edits: Vec<Edit> },
    /// Bytes from nowhere as a header region.
    Bytes { bytes: Vec<u8> },
}

#[derive(Arbitrary, Debug)]
enum Edit {
    Flip {
        at: u16,
        bits: u8,
    },
    Set {
        at: u16,
        bytes: Vec<u8>,
    },
    Truncate {
        at: u16,
    },
    Append {
        bytes: Vec<u8>,
    },
    Remove {
        at: u16,
        count: u8,
    },
    /// Bytes of another original in the same place.
    Graft {
        from: u8,
        at: u16,
        count: u16,
    },
}

fn edit(bytes: &mut Vec<u8>, others: &[&[u8]], edits: &[Edit]) {
    for edit in edits {
        let place = |at: u16| usize::from(at) % bytes.len().max(1);
        match edit {
            Edit::Flip { at, bits } => {
                let at = place(*at);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= bits;
                }
            }
            Edit::Set { at, bytes: new } => {
                let at = place(*at);
                bytes.iter_mut().skip(at).zip(new).for_each(|(byte, new)| *byte = *new);
            }
            Edit::Truncate { at } => bytes.truncate(place(*at)),
            Edit::Append { bytes: new } => bytes.extend_from_slice(new),
            Edit::Remove { at, count } => {
                let at = place(*at);
                let end = (at + usize::from(*count)).min(bytes.len());
                bytes.drain(at.min(end)..end);
            }
            Edit::Graft { from, at, count } => {
                let (from, at) = (others[usize::from(*from) % others.len()], place(*at));
                let source = from.iter().skip(at).take(usize::from(*count));
                bytes.iter_mut().skip(at).zip(source).for_each(|(byte, new)| *byte = *new);
            }
        }
    }
}

struct Sealed {
    blob: Vec<u8>,
    plaintext: Vec<u8>,
    context: BTreeMap<Text, Text>,
}

struct Bench {
    _store: Strongroom,
    root: Session,
    sealed: Vec<Sealed>,
    contexts: Vec<BTreeMap<Text, Text>>,
}

static BENCH: LazyLock<Bench> = LazyLock::new(|| {
    let builder = Strongroom::builder().clock(ManualClock::at(Timestamp::from_secs(1_700_000_000)));
    let store = builder.entropy(SeededEntropy::new(7)).create_in_memory(unlock(7)).expect("a store in memory");
    let root = store.root();
    let context = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(key, value)| (Text::from(*key), Text::from(*value))).collect::<BTreeMap<_, _>>()
    };
    let contexts =
        vec![context(&[]), context(&[("a", "b")]), context(&[("a", "c")]), context(&[("ab", ""), ("b", "a")])];
    let keys: Vec<Text> = [false, true]
        .into_iter()
        .map(|multi| root.kms().create_key(CreateKey::new().multi_region(multi)).expect("a key").key_metadata.key_id)
        .collect();
    let mut sealed = Vec::new();
    for (number, length) in [1, 16, 17, 200, 1, 16].into_iter().enumerate() {
        let plaintext = vec![number as u8; length];
        let context = contexts[number % contexts.len()].clone();
        let request = Encrypt::new(keys[number % 2].clone(), plaintext.as_slice()).encryption_context(context.clone());
        let blob = root.kms().encrypt(request).expect("encrypts").ciphertext_blob.to_vec();
        sealed.push(Sealed { blob, plaintext, context });
    }
    Bench { _store: store, root, sealed, contexts }
});

fn unlock(byte: u8) -> Unlock {
    Unlock::root_key([byte; 32].as_slice())
}

fn decrypt(blob: &[u8], context: u8) {
    let bench = &*BENCH;
    let context = &bench.contexts[usize::from(context) % bench.contexts.len()];
    let header = BlobHeader::parse(blob);
    let original = bench.sealed.iter().find(|sealed| sealed.blob == blob && sealed.context == *context);
    match (bench.root.kms().decrypt(Decrypt::blob(blob).encryption_context(context.clone())), original) {
        (Ok(answer), Some(original)) => {
            assert_eq!(answer.plaintext.expose(), original.plaintext);
            assert!(header.is_some(), "opened without a header");
        }
        (Err(_), None) => {}
        (Ok(_), None) => panic!("a forgery opened"),
        (Err(why), Some(_)) => panic!("an untouched ciphertext does not open: {why}"),
    }
}

/// Two copies of one store's header, of one generation and the next.
static COPIES: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
    let created = Root::create([5; 16], false, &unlock(1), &Hardening::DEFAULT, entropy());
    let (mut root, ..) = created.expect("a root key");
    let old = root.copy();
    let next = root.add_slot(&unlock(2), &Hardening::DEFAULT).expect("a slot");
    root.adopt(next).expect("the next generation");
    [old, root.copy()]
});

fn entropy() -> Arc<dyn Entropy> {
    Arc::new(SeededEntropy::new(3))
}

fn unlock_region(region: &[u8]) {
    let [old, new] = &*COPIES;
    let present = |copy: &[u8]| region.chunks(COPY_LEN).any(|chunk| chunk == copy);
    match Root::unlock(region, &unlock(1), &Limits::default(), entropy()) {
        Ok((root, ..)) => {
            let copy = root.copy();
            assert!((copy == *old || copy == *new) && present(&copy), "an edited header opened");
        }
        Err(why) => assert!(region != [old.as_slice(), new.as_slice()].concat(), "an untouched header: {why}"),
    }
}

fuzz_target!(|attempt: Attempt| {
    match attempt {
        Attempt::Blob { context, bytes } => decrypt(&bytes, context),
        Attempt::Edited { blob, context, edits } => {
            let blobs: Vec<&[u8]> = BENCH.sealed.iter().map(|sealed| sealed.blob.as_slice()).collect();
            let mut bytes = blobs[usize::from(blob) % blobs.len()].to_vec();
            edit(&mut bytes, &blobs, &edits);
            decrypt(&bytes, context);
        }
        Attempt::Region { edits } => {
            let [old, new] = &*COPIES;
            let (region, turned) = ([old.as_slice(), new].concat(), [new.as_slice(), old].concat());
            let mut bytes = region.clone();
            edit(&mut bytes, &[&region, &turned], &edits);
            unlock_region(&bytes);
        }
        Attempt::Bytes { bytes } => unlock_region(&bytes),
    }
});
