//! Goal: the walls inside the crate hold. Method: every `crate::ROOM` in `src` is held against the table below, and a few words
//! against the only files that may say them. The table is the map of the architecture: change it only when the house changes.
//! Comments, documentation and unit tests are left out; what they say is nobody's import.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Each room of `src`, and the rooms that it may name. Top to bottom: none names one above it.
const ARROWS: &[(&str, &[&str])] = &[
    (
        "strongroom",
        &[
            "access",
            "audit",
            "clock",
            "door",
            "due",
            "error",
            "ledger",
            "model",
            "name",
            "principal",
            "rotation",
            "session",
            "walk",
        ],
    ),
    ("door", &["clock", "due", "error", "name", "principal", "session", "walk"]),
    ("rotation", &["error", "json", "name", "operation", "session", "walk"]),
    ("session", &["access", "audit", "clock", "error", "explain", "operation", "walk"]),
    ("due", &["access", "audit", "error", "ledger", "name", "walk"]),
    (
        "walk",
        &[
            "access",
            "action",
            "audit",
            "clock",
            "error",
            "explain",
            "ledger",
            "model",
            "name",
            "operation",
            "policy",
            "principal",
        ],
    ),
    ("ledger", &["access", "audit", "clock", "error", "model", "name", "policy"]),
    ("access", &["action", "audit", "clock", "error", "explain", "model", "name", "operation", "policy"]),
    ("model", &["clock", "error", "name"]),
    ("explain", &["action", "name", "policy", "principal"]),
    // The codec of the AWS JSON protocol reads and writes what `operation` defines.
    ("json", &["clock", "error", "name", "operation"]),
    ("operation", &["clock", "error", "name"]),
    ("policy", &["action", "name"]),
    // The floor.
    ("action", &[]),
    ("audit", &["clock", "name"]),
    ("principal", &["name"]),
    ("error", &[]),
    ("name", &[]),
    ("clock", &[]),
    ("manual", &[]),
    // A feature for tests of other crates: rigs for what is injected.
    ("testing", &["clock", "ledger", "model"]),
];

/// Words, and the files or folders of `src` that alone may say them.
const WORDS: &[(&str, &[&str])] = &[
    (
        "redb",
        &[
            "ledger/engine",
            "ledger/backend.rs",
            "ledger/error.rs",
            "ledger/overlay.rs",
            "ledger/region.rs",
            "strongroom.rs",
            "testing",
        ],
    ),
    // The die that cuts permits.
    ("Warden", &["access/gate.rs", "strongroom.rs"]),
    // Facts are shut from birth, and only the ledger makes them.
    ("Facts::new", &["ledger"]),
    ("Pass {", &["access"]),
    // Values are opened and sealed by walks alone; the ledger sees rows. (The engine's error has a variant of that name.)
    ("Keystore", &["walk", "strongroom.rs", "ledger/engine", "ledger/error.rs"]),
    ("SecretBytes", &["operation", "walk", "json.rs", "json/", "lib.rs", "error"]),
    // One place reads the clock of the machine.
    ("SystemTime", &["clock.rs"]),
    ("OsEntropy", &["strongroom.rs", "lib.rs"]),
    ("bincode", &["ledger"]),
];

/// A source file: its path below `src`, its room, and its code without comments and unit tests.
struct Source {
    path: String,
    room: String,
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() {
                if name != "tests" {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && name != "tests.rs"
                && name != "breaches.rs"
            {
                let below = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                let room = below.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
                found.push(Source { path: below, room, code: code(&fs::read_to_string(&path).unwrap()) });
            }
        }
    }
    assert!(found.len() > 80, "the sources are where they were");
    found
}

/// The text without comments, up to its unit tests, which stand last.
fn code(text: &str) -> String {
    let mut kept = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let bare = line.trim_start();
        if bare.starts_with("#[cfg(test)]") && lines.peek().is_some_and(|next| next.trim_start().starts_with("mod ")) {
            break;
        }
        if !bare.starts_with("//") {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

fn is_word_part(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}
/// Whether `word` stands in `code` as a whole word.
fn says(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        !code.get(..at).unwrap().ends_with(is_word_part)
            && !code.get(at + word.len()..).unwrap().starts_with(is_word_part)
    })
}
/// The rooms that `code` names as `crate::ROOM`, alone or in braces.
fn named(code: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for (at, prefix) in code.match_indices("crate::") {
        let rest = code.get(at + prefix.len()..).unwrap();
        let names = match rest.strip_prefix('{') {
            None => vec![rest],
            Some(list) => {
                let mut depth = 0_i32;
                let end = list
                    .find(|character| {
                        depth += i32::from(character == '{') - i32::from(character == '}');
                        depth < 0
                    })
                    .unwrap();
                list.get(..end).unwrap().split(',').map(str::trim).collect()
            }
        };
        for name in names {
            let end = name.find(|character| !is_word_part(character)).unwrap_or(name.len());
            rooms.insert(name.get(..end).unwrap().to_owned());
        }
    }
    rooms
}

#[test]
fn rooms_name_only_the_rooms_below_them() {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    // What `lib.rs` exports by another name than its room's.
    let exported = BTreeMap::from([
        ("Error", "error"),
        ("ErrorKind", "error"),
        ("Question", "explain"),
        ("Answer", "explain"),
        ("Principal", "principal"),
        ("DueReport", "due"),
        ("Door", "door"),
        ("Strongroom", "strongroom"),
        ("Session", "session"),
        ("Builder", "strongroom"),
    ]);
    let mut wrong = Vec::new();
    let mut drawn = BTreeSet::new();
    for source in sources().iter().filter(|source| source.room != "lib") {
        let Some(may) = allowed.get(source.room.as_str()) else {
            wrong.push(format!("{}: the room `{}` is not on the map", source.path, source.room));
            continue;
        };
        for name in named(&source.code) {
            let to = exported.get(name.as_str()).map_or(name.as_str(), |room| room);
            if to == source.room || !allowed.contains_key(to) {
                // Itself, or a macro, which lives in the room that exports it.
                continue;
            }
            drawn.insert((source.room.clone(), to.to_owned()));
            if !may.contains(&to) {
                wrong.push(format!("{}: `{}` may not name `{to}`", source.path, source.room));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // An arrow that nobody needs any more is taken off the map.
    let unused: Vec<String> = ARROWS
        .iter()
        .flat_map(|(from, may)| may.iter().map(move |to| (*from, *to)))
        .filter(|(from, to)| !drawn.contains(&((*from).to_owned(), (*to).to_owned())))
        .map(|(from, to)| format!("{from} -> {to}"))
        .collect();
    assert!(unused.is_empty(), "unused arrows: {unused:?}");
}

#[test]
fn the_map_has_no_ring() {
    let order: BTreeMap<&str, &[&str]> = ARROWS.iter().copied().collect();
    // Rooms that name only settled rooms are settled; in a ring nobody ever is.
    let mut settled: BTreeSet<&str> = BTreeSet::new();
    while settled.len() < order.len() {
        let next: Vec<&str> = order
            .iter()
            .filter(|(room, may)| !settled.contains(*room) && may.iter().all(|to| settled.contains(to)))
            .map(|(room, _)| *room)
            .collect();
        assert!(!next.is_empty(), "a ring among the rooms besides {settled:?}");
        settled.extend(next);
    }
}

#[test]
fn some_words_are_said_only_in_their_rooms() {
    let sources = sources();
    for (word, homes) in WORDS {
        let speakers: Vec<&Source> = sources.iter().filter(|source| says(&source.code, word)).collect();
        assert!(!speakers.is_empty(), "nobody says `{word}` any more: take it off the table");
        for source in speakers {
            let at_home = homes.iter().any(|home| source.path.starts_with(home));
            assert!(at_home, "{} says `{word}`, which is left to {homes:?}", source.path);
        }
    }
}

#[test]
fn policy_stands_alone_and_cannot_fail() {
    for source in sources().iter().filter(|source| source.room == "policy") {
        for word in ["std::fs", "std::time", "strongroom_keystore", "rand_core"] {
            assert!(!source.code.contains(word), "{} says `{word}`", source.path);
        }
        if source.path.ends_with("evaluate.rs") {
            assert!(
                !source.code.replace("fmt::Result", "").contains("Result"),
                "an evaluation answers; it does not fail"
            );
        }
    }
}

/// Whoever links the library pays for these crates. The command line and the server may grow; this list must not.
#[test]
fn the_library_depends_on_no_more_than_it_did() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root).args(["tree", "--locked", "--offline", "--package", "strongroom", "--no-default-features"]);
    // Of one target, so that the list is the same wherever the test runs.
    cargo.args(["--edges", "normal", "--target", "x86_64-unknown-linux-gnu", "--prefix", "none", "--format", "{p}"]);
    let output = cargo.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    let found: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    let known = fs::read_to_string(root.join("tests/golden/dependencies.txt")).unwrap();
    let known: BTreeSet<&str> = known.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(found, known, "tests/golden/dependencies.txt lists what the library is allowed to depend on");
}

#[test]
fn the_keystore_knows_no_store() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("keystore/Cargo.toml")).unwrap();
    for word in ["redb", "serde", "bincode", "strongroom ="] {
        let library = manifest.split("[dev-dependencies]").next().unwrap();
        assert!(!library.lines().any(|line| line.starts_with(word)), "the keystore depends on {word}");
    }
}
