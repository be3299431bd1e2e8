//! The known answers of `tests/vectors/iam`: 512 decisions and 73 lint reports, each through the public API.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use strongroom::policy::{Level, Verdict, decide_case, explain_case, lint_case};

const DECISIONS: &[(&str, usize)] = &[
    ("seeds", 63),
    ("matching", 49),
    ("variables", 30),
    ("conditions", 83),
    ("operators", 180),
    ("decision", 74),
    ("kms-sts", 33),
];

fn lines(name: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/iam").join(format!("{name}.jsonl"));
    fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn every_decision_is_the_documented_one() {
    let mut counts = [0; 3];
    for (file, expected) in DECISIONS {
        let lines = lines(file);
        assert_eq!(lines.len(), *expected, "{file}");
        for line in lines {
            let case: Value = serde_json::from_str(&line).unwrap();
            let verdict = decide_case(&line).unwrap_or_else(|error| panic!("{}: {error}", case["id"]));
            assert_eq!(verdict.text(), case["expected"].as_str().unwrap(), "{}: {}", case["id"], case["note"]);
            counts[verdict as usize] += 1;
        }
    }
    assert_eq!(counts, [258, 75, 179], "allowed, explicitly and implicitly denied");
}

#[test]
fn every_explanation_gives_the_same_decision_and_names_its_statements() {
    for (file, _) in DECISIONS {
        for line in lines(file) {
            let case: Value = serde_json::from_str(&line).unwrap();
            let explanation = explain_case(&line).unwrap();
            let verdict = explanation.decision.verdict();
            assert_eq!(verdict, decide_case(&line).unwrap(), "{}", case["id"]);
            let denies = explanation.matched.iter().filter(|matched| !matched.allows).count();
            match verdict {
                Verdict::ExplicitDeny => {
                    assert!(denies > 0 && denies == explanation.matched.len(), "{}: only the denies", case["id"]);
                }
                Verdict::Allow | Verdict::ImplicitDeny => assert_eq!(denies, 0, "{}: only the allows", case["id"]),
            }
        }
    }
}

#[test]
fn every_lint_report_has_exactly_the_documented_codes() {
    let lines = lines("lint");
    assert_eq!(lines.len(), 73);
    for line in lines {
        let case: Value = serde_json::from_str(&line).unwrap();
        let report = lint_case(&line).unwrap();
        let found: BTreeSet<_> = report.codes().iter().map(|code| code.text()).collect();
        let expected: BTreeSet<_> =
            case["findings"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
        assert_eq!(found, expected, "{}: {}: {:#?}", case["id"], case["note"], report.findings);
        assert_eq!(report.valid, case["valid"].as_bool().unwrap(), "{}", case["id"]);
        assert_eq!(report.valid, report.findings.iter().all(|finding| finding.level != Level::Error));
    }
}
