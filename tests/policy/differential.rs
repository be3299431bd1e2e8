//! Two evaluators, one answer. The naive one is written from the rules and shares no code with the library; random
//! questions are put to both.
//!
//! Drawn are the caller's own policies (those of groups count as such), a boundary, a session policy, service control policies, and
//! the policy of a secret, a key or a role; grants are drawn in `tests/iam/gate_differential.rs`.
//!
//! The normal suite asks 100,000. `STRONGROOM_POLICY_DECISIONS` sets another count and `STRONGROOM_POLICY_SEED` another
//! seed; a failure prints the seed of its bundle and the whole question:
//!
//! ```sh
//! STRONGROOM_POLICY_DECISIONS=10000000 STRONGROOM_POLICY_SEED=7 cargo test --release --test policy differential
//! ```

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use strongroom::policy::{decide, decide_case, explain};

use crate::generate::{Bundle, Request};
use crate::random::Random;
use crate::weigh::{Compiled, naively};

const REQUESTS_PER_BUNDLE: u64 = 20;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

fn shown(bundle: &Bundle, request: &Request) -> String {
    let case = json!({
        "request": {"principal": request.principal, "action": request.action, "resource": request.resource, "context": request.context},
        "identityPolicies": bundle.identity, "resourcePolicy": bundle.resource_policy, "permissionBoundary": bundle.boundary,
        "sessionPolicy": bundle.session, "scps": bundle.scps, "resourceAccount": request.resource_account,
    });
    format!("trust {}: {case:#}", bundle.trust)
}

#[test]
fn s26_random_decisions_equal_those_of_the_naive_evaluator() {
    let decisions = setting("STRONGROOM_POLICY_DECISIONS", 100_000);
    let first = setting("STRONGROOM_POLICY_SEED", 1).wrapping_mul(1 << 32);
    let mut counts = std::collections::BTreeMap::new();
    for number in 0..decisions.div_ceil(REQUESTS_PER_BUNDLE) {
        let seed = first.wrapping_add(number);
        let mut random = Random::new(seed);
        let bundle = crate::generate::bundle(&mut random);
        let compiled = Compiled::of(&bundle);
        for _ in 0..REQUESTS_PER_BUNDLE {
            let request = crate::generate::request(&mut random);
            let expected = naively(&bundle, &request);
            let decision = compiled.ask(&request, decide);
            assert_eq!(decision.verdict().text(), expected, "seed {seed}: {decision:?}: {}", shown(&bundle, &request));
            *counts.entry(expected).or_insert(0_u64) += 1;
        }
    }
    // A generator that reaches one answer only would prove nothing.
    for (answer, count) in &counts {
        assert!(*count > decisions / 20, "{answer}: {count} of {decisions}");
    }
    assert_eq!(counts.len(), 3);
}

#[test]
fn an_explanation_never_contradicts_its_decision() {
    for seed in 0..300 {
        let mut random = Random::new(seed);
        let bundle = crate::generate::bundle(&mut random);
        let compiled = Compiled::of(&bundle);
        for _ in 0..REQUESTS_PER_BUNDLE {
            let request = crate::generate::request(&mut random);
            let (decision, explanation) = compiled.ask(&request, |query| (decide(query), explain(query)));
            assert_eq!(decision, explanation.decision);
            assert!(
                explanation
                    .matched
                    .iter()
                    .all(|matched| matched.allows != (decision.verdict().text() == "explicitDeny"))
            );
            assert!(explanation.near_misses.iter().all(|near| near.statement.allows));
        }
    }
}

#[test]
fn the_naive_evaluator_knows_the_vectors_too() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/iam");
    let mut asked = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "jsonl") || path.ends_with("lint.jsonl") {
            continue;
        }
        for line in fs::read_to_string(path).unwrap().lines() {
            let case: Value = serde_json::from_str(line).unwrap();
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let context = case["request"]["context"].as_object().unwrap().iter();
            let context = context
                .map(|(key, values)| (key.clone(), values.as_array().unwrap().iter().map(text).collect()))
                .collect();
            let (principal, action, resource) = (
                text(&case["request"]["principal"]),
                text(&case["request"]["action"]),
                text(&case["request"]["resource"]),
            );
            let account = text(&case["resourceAccount"]);
            let levels: Vec<Vec<Value>> =
                case["scps"].as_array().unwrap().iter().map(|level| level.as_array().unwrap().clone()).collect();
            let given = |member: &'static str| Some(&case[member]).filter(|value| !value.is_null());
            let expected = crate::naive::decide(&crate::naive::Question {
                principal: &principal,
                action: &action,
                resource: &resource,
                resource_account: &account,
                trust: if resource.starts_with("arn:aws:kms:") {
                    "key"
                } else if action == "sts:AssumeRole" {
                    "role"
                } else {
                    "secret"
                },
                context: &context,
                identity: case["identityPolicies"].as_array().unwrap(),
                resource_policy: given("resourcePolicy"),
                boundary: given("permissionBoundary"),
                session: given("sessionPolicy"),
                scps: &levels,
            });
            assert_eq!(expected, text(&case["expected"]), "{}", case["id"]);
            assert_eq!(decide_case(line).unwrap().text(), expected);
            asked += 1;
        }
    }
    assert_eq!(asked, 512);
}
