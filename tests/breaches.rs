//! Goal: what the gate forbids does not compile (S23). Method: `src/walk/breaches.rs` holds the misuses; it is compiled under
//! its two `cfg`s (what the type checker refuses, and what is found only after it), and the errors must be exactly those that
//! the comments behind the lines name. Without the `cfg` the same crate compiles, or there were no tests: the errors are the
//! misuses' own.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

const SOURCE: &str = "src/walk/breaches.rs";

/// Errors of a check build of the library under a breach, as (line, code) in the file of breaches; `None` elsewhere.
fn errors(breach: &str) -> BTreeSet<(Option<u64>, String)> {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(env!("CARGO_MANIFEST_DIR"));
    // Only checked, in the folder of the other builds: dependencies that stand there are not checked again.
    cargo.args([
        "rustc",
        "--quiet",
        "--lib",
        "--profile",
        "check",
        "--message-format=json",
        "--",
        "--cfg",
        &format!("strongroom_breach=\"{breach}\""),
    ]);
    let output = cargo.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut found = BTreeSet::new();
    for line in text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let message = &line["message"];
        let Some(code) = message["code"]["code"].as_str() else { continue };
        if line["reason"] == "compiler-message" && message["level"] == "error" {
            let primary = message["spans"].as_array().unwrap().iter().find(|span| span["is_primary"] == true).unwrap();
            let here = primary["file_name"].as_str().unwrap() == SOURCE;
            found.insert((here.then(|| primary["line_start"].as_u64().unwrap()), code.to_owned()));
        }
    }
    assert_eq!(output.status.success(), found.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    found
}

/// What the comments promise, for the part of the file under one `cfg`.
fn promised(breach: &str) -> BTreeSet<(Option<u64>, String)> {
    let source = std::fs::read_to_string(format!("{}/{SOURCE}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let mut under = "";
    let mut promised = BTreeSet::new();
    for (number, line) in (1..).zip(source.lines()) {
        for known in ["types", "borrows"] {
            if line == format!("#[cfg(strongroom_breach = \"{known}\")]") {
                under = known;
            }
        }
        if let Some((_, code)) = line.split_once("// E0")
            && under == breach
        {
            promised.insert((Some(number), format!("E0{code}")));
        }
    }
    promised
}

#[test]
fn what_the_gate_forbids_does_not_compile() {
    for (breach, count) in [("types", 9), ("borrows", 2)] {
        let promised = promised(breach);
        assert_eq!(promised.len(), count);
        assert_eq!(errors(breach), promised, "{breach}");
    }
}
