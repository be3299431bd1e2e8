//! Laws that hold for every policy, whatever it says: what order, doubling, splitting, adding and removing may change.
//! Random bundles; each law compares two decisions of the library over a changed and an unchanged bundle.
//!
//! The normal suite makes some 100,000 comparisons, 80 a bundle. `STRONGROOM_POLICY_LAWS` sets the number of bundles; a million
//! comparisons are
//!
//! ```sh
//! STRONGROOM_POLICY_LAWS=12500 cargo test --release --test policy laws
//! ```

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use strongroom::policy::{Verdict, decide};

use crate::generate::{Bundle, Kind, Request};
use crate::random::Random;
use crate::weigh::Compiled;

const REQUESTS: usize = 10;

fn bundles() -> u64 {
    std::env::var("STRONGROOM_POLICY_LAWS").map_or(1_250, |text| text.parse().expect("a number"))
}

fn verdict(compiled: &Compiled, request: &Request) -> Verdict {
    compiled.ask(request, |query| decide(query).verdict())
}

/// Every policy of a bundle that is there.
fn policies(bundle: &mut Bundle) -> Vec<(&mut Value, Kind)> {
    let on_resource = if bundle.trust == "role" { Kind::Trust } else { Kind::Resource };
    let mut all: Vec<_> = bundle.identity.iter_mut().map(|policy| (policy, Kind::Identity)).collect();
    all.extend(bundle.resource_policy.as_mut().map(|policy| (policy, on_resource)));
    all.extend(bundle.boundary.as_mut().map(|policy| (policy, Kind::Identity)));
    all.extend(bundle.session.as_mut().map(|policy| (policy, Kind::Identity)));
    all.extend(bundle.scps.iter_mut().flatten().map(|policy| (policy, Kind::Identity)));
    all
}

fn statements(policy: &mut Value) -> &mut Vec<Value> {
    if !policy["Statement"].is_array() {
        policy["Statement"] = json!([policy["Statement"].take()]);
    }
    policy["Statement"].as_array_mut().unwrap()
}

/// Holds a law over random bundles: `change` makes the second bundle, `law` compares the two verdicts.
fn holds(name: &str, change: impl Fn(&mut Random, &mut Bundle) -> bool, law: impl Fn(Verdict, Verdict) -> bool) {
    let (mut compared, mut moved) = (0, 0);
    for seed in 0..bundles() {
        let mut random = Random::new(seed ^ 0x5EED);
        let before = crate::generate::bundle(&mut random);
        let mut after = before.clone();
        if !change(&mut random, &mut after) {
            continue;
        }
        let (first, second) = (Compiled::of(&before), Compiled::of(&after));
        for _ in 0..REQUESTS {
            let request = crate::generate::request(&mut random);
            let (a, b) = (verdict(&first, &request), verdict(&second, &request));
            assert!(
                law(a, b),
                "{name}: seed {seed}: {a} became {b} for {} {} {}",
                request.principal,
                request.action,
                request.resource
            );
            compared += 1;
            moved += u64::from(a != b);
        }
    }
    assert!(compared > bundles() * REQUESTS as u64 / 4, "{name}: only {compared} comparisons, {moved} differed");
}

#[test]
fn s24_the_order_of_policies_and_statements_has_no_meaning() {
    let change = |random: &mut Random, bundle: &mut Bundle| {
        random.shuffle(&mut bundle.identity);
        random.shuffle(&mut bundle.scps);
        for level in &mut bundle.scps {
            random.shuffle(level);
        }
        for (policy, _) in policies(bundle) {
            let list = statements(policy);
            random.shuffle(list);
            for statement in list {
                for element in ["Action", "NotAction", "Resource", "NotResource"] {
                    if let Some(Value::Array(list)) = statement.get_mut(element) {
                        random.shuffle(list);
                    }
                }
            }
        }
        true
    };
    holds("order", change, |before, after| before == after);
}

/// A statement more in one of the policies.
fn added(effect: &str) -> impl Fn(&mut Random, &mut Bundle) -> bool {
    move |random, bundle| {
        let mut all = policies(bundle);
        if all.is_empty() {
            return false;
        }
        let place = random.below(all.len());
        let (policy, kind) = &mut all[place];
        let mut added = crate::generate::statement(random, *kind);
        added["Effect"] = json!(effect);
        statements(policy).push(added);
        true
    }
}

#[test]
fn s25_adding_an_allow_never_removes_access() {
    let law = |before: Verdict, after: Verdict| {
        before == after || (before == Verdict::ImplicitDeny && after == Verdict::Allow)
    };
    holds("adding an allow", added("Allow"), law);
}

#[test]
fn s25_adding_a_deny_never_adds_access() {
    let law = |before: Verdict, after: Verdict| before == after || after == Verdict::ExplicitDeny;
    holds("adding a deny", added("Deny"), law);
}

#[test]
fn s25_removing_every_deny_never_removes_access() {
    let change = |_: &mut Random, bundle: &mut Bundle| {
        for (policy, kind) in policies(bundle) {
            let list = statements(policy);
            list.retain(|statement| statement["Effect"] == "Allow");
            if list.is_empty() {
                // A policy has a statement; this one applies to nothing.
                let mut idle = json!({"Effect": "Allow", "Action": []});
                if kind != Kind::Trust {
                    idle["Resource"] = json!([]);
                }
                if kind != Kind::Identity {
                    idle["Principal"] = json!({});
                }
                list.push(idle);
            }
        }
        true
    };
    let law = |before: Verdict, after: Verdict| match before {
        Verdict::Allow => after == Verdict::Allow,
        Verdict::ImplicitDeny => after == Verdict::ImplicitDeny,
        Verdict::ExplicitDeny => after != Verdict::ExplicitDeny,
    };
    holds("removing denies", change, law);
}

#[test]
fn s25_splitting_a_statement_changes_nothing() {
    let change = |_: &mut Random, bundle: &mut Bundle| {
        for (policy, _) in policies(bundle) {
            let list = statements(policy);
            for element in ["Action", "Resource"] {
                *list = std::mem::take(list)
                    .into_iter()
                    .flat_map(|statement| match statement.get(element) {
                        Some(Value::Array(entries)) if entries.len() > 1 => entries
                            .iter()
                            .map(|entry| {
                                let mut part = statement.clone();
                                part[element] = entry.clone();
                                part
                            })
                            .collect(),
                        _ => vec![statement],
                    })
                    .collect();
            }
        }
        true
    };
    holds("splitting", change, |before, after| before == after);
}

#[test]
fn s25_a_policy_twice_is_the_policy_once() {
    let change = |_: &mut Random, bundle: &mut Bundle| {
        bundle.identity.extend(bundle.identity.clone());
        for level in &mut bundle.scps {
            level.extend(level.clone());
        }
        bundle.scps.extend(bundle.scps.clone());
        for (policy, _) in policies(bundle) {
            let list = statements(policy);
            list.extend(list.clone());
        }
        true
    };
    holds("doubling", change, |before, after| before == after);
}

#[test]
fn renaming_an_account_everywhere_changes_nothing() {
    let renamed = |text: &str| text.replace("111122223333", "999988887777").replace("444455556666", "111122223333");
    for seed in 0..bundles() {
        let mut random = Random::new(seed ^ 0xACC0);
        let before = crate::generate::bundle(&mut random);
        let mut after = before.clone();
        // Patterns over an account's digits do not survive a renaming; the generator writes a few.
        if policies(&mut after).iter().any(|(policy, _)| splits_an_account(policy)) {
            continue;
        }
        for (policy, _) in policies(&mut after) {
            *policy = serde_json::from_str(&renamed(&policy.to_string())).unwrap();
        }
        let (first, second) = (Compiled::of(&before), Compiled::of(&after));
        for _ in 0..REQUESTS {
            let request = crate::generate::request(&mut random);
            let moved = Request {
                principal: Box::leak(renamed(request.principal).into_boxed_str()),
                action: request.action,
                resource: renamed(&request.resource),
                resource_account: Box::leak(renamed(request.resource_account).into_boxed_str()),
                context: request
                    .context
                    .iter()
                    .map(|(key, values)| (key.clone(), values.iter().map(|value| renamed(value)).collect()))
                    .collect(),
            };
            assert_eq!(verdict(&first, &request), verdict(&second, &moved), "seed {seed}");
        }
    }
}

fn splits_an_account(value: &Value) -> bool {
    match value {
        Value::String(text) => text.split(':').nth(4).is_some_and(|field| {
            !["", "*"].contains(&field)
                && !crate::generate::ACCOUNTS.contains(&field)
                && field.contains(|letter: char| letter.is_ascii_digit())
        }),
        Value::Array(items) => items.iter().any(splits_an_account),
        Value::Object(members) => members.values().any(splits_an_account),
        _ => false,
    }
}

#[test]
fn removing_a_key_never_adds_access_where_every_operator_is_positive() {
    let positive = |policy: &mut Value| {
        for statement in statements(policy) {
            let effect = statement["Effect"].clone();
            let Some(Value::Object(operators)) = statement.get_mut("Condition") else { continue };
            operators.retain(|operator, _| {
                let absent_holds = operator.contains("Not")
                    || operator.contains("IfExists")
                    || operator.starts_with("ForAllValues")
                    || operator == "Null";
                effect == "Allow" && !absent_holds
            });
            // A deny may fall away with the key, and a variable may take a whole entry with it; leave both out.
            if effect == "Deny" {
                statement.as_object_mut().unwrap().remove("Condition");
            }
        }
        let text = policy.to_string().replace("${", "$(");
        *policy = serde_json::from_str(&text).unwrap();
    };
    for seed in 0..bundles() {
        let mut random = Random::new(seed ^ 0x4E7);
        let mut bundle = crate::generate::bundle(&mut random);
        for (policy, _) in policies(&mut bundle) {
            positive(policy);
        }
        let compiled = Compiled::of(&bundle);
        for _ in 0..REQUESTS {
            let mut request = crate::generate::request(&mut random);
            let before = verdict(&compiled, &request);
            let Some(key) = request.context.keys().next().cloned() else { continue };
            request.context.remove(&key);
            let after = verdict(&compiled, &request);
            assert!(
                before == after || (before == Verdict::Allow && after == Verdict::ImplicitDeny),
                "seed {seed}: {before} became {after} without {key}"
            );
        }
    }
}

#[test]
fn removing_a_policy_set_of_nothing_changes_nothing() {
    // The empty set allows nothing: as a boundary it cuts everything but direct grants off, as identity it is no loss.
    let change = |_: &mut Random, bundle: &mut Bundle| {
        bundle
            .identity
            .push(json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": [], "Resource": []}}));
        true
    };
    holds("an idle policy", change, |before, after| before == after);
}
