//! The vectors of policy decisions and findings, through the command whose contract they are.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{Home, vectors};
use serde_json::Value;

fn lines(text: &str) -> Vec<Value> {
    text.lines().filter(|line| !line.trim().is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn all_512_decisions_are_as_expected() {
    let home = Home::empty();
    let files = ["seeds", "matching", "variables", "conditions", "operators", "decision", "kms-sts"];
    let all: String = files.iter().map(|file| vectors(&format!("{file}.jsonl"))).collect();
    let cases = lines(&all);
    assert_eq!(cases.len(), 512);
    let told = home.ok_with(&all, ["policy", "decide", "--jsonl"]);
    assert_eq!(told.lines().count(), 512);
    let wrong: Vec<_> = cases
        .iter()
        .zip(told.lines())
        .filter(|(case, told)| case["expected"] != **told)
        .map(|(case, told)| format!("{}: {told}, not {}", case["id"], case["expected"]))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn all_73_documents_have_the_findings_expected() {
    let home = Home::empty();
    let all = vectors("lint.jsonl");
    let cases = lines(&all);
    assert_eq!(cases.len(), 73);
    let told = lines(&home.ok_with(&all, ["policy", "lint", "--jsonl"]));
    assert_eq!(told.len(), 73);
    let codes = |value: &Value| {
        let mut codes: Vec<String> =
            value["findings"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect();
        codes.sort();
        codes
    };
    for (case, told) in cases.iter().zip(&told) {
        assert_eq!((&case["valid"], codes(case)), (&told["valid"], codes(told)), "{}", case["id"]);
    }
}

#[test]
fn a_case_that_is_none_ends_the_run_with_its_number() {
    let home = Home::empty();
    let good = vectors("seeds.jsonl").lines().next().unwrap().to_owned();
    for (bad, exit, label) in [
        ("{}", 10, "InvalidRequest"),
        ("not json", 10, "InvalidRequest"),
        (&good.replace("arn:aws:iam::123456789012:user/app", "nobody"), 10, "InvalidRequest"),
        (&good.replace("\"Effect\":\"Allow\"", "\"Effect\":\"Perhaps\""), 11, "MalformedPolicy"),
    ] {
        let ran = home.run_with(format!("{good}\n\n{bad}\n{good}\n"), ["policy", "decide", "--jsonl"]);
        assert_eq!(ran.0.status.code(), Some(exit), "{}", ran.err());
        assert!(ran.err().contains(&format!("error[{label}]: case 3: ")), "{}", ran.err());
    }
}
