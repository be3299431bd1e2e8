//! Decisions. Input that begins with `{` is a whole question in JSON: its explanation must agree with its decision. Any
//! other input steers the generator of the differential test: the library and the naive evaluator must agree.
#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use strongroom::action::ActionRef;
use strongroom::policy::{
    MapKeys, Policy, PolicyKind, PolicySet, Principal, Query, Source, SourceKind, Trust, decide, decide_case, explain,
    explain_case,
};

#[path = "../../tests/support/generate.rs"]
mod generate;
#[path = "../../tests/support/naive.rs"]
mod naive;

/// The generator's choices, one byte of the input each.
mod random {
    pub struct Random {
        input: std::vec::IntoIter<u8>,
        rest: u64,
    }

    #[allow(dead_code, reason = "the same functions as the tests' generator of choices")]
    impl Random {
        pub fn new(input: &[u8]) -> Self {
            Self { input: input.to_vec().into_iter(), rest: 1 }
        }
        pub fn below(&mut self, bound: usize) -> usize {
            match self.input.next() {
                Some(byte) => usize::from(byte) % bound,
                // After the end of the input: a fixed sequence, so that every input is a whole question.
                None => {
                    self.rest =
                        self.rest.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    (self.rest >> 33) as usize % bound
                }
            }
        }
        pub fn next(&mut self) -> u64 {
            (0..8).fold(0, |word, _| word << 8 | self.below(256) as u64)
        }
        pub fn once_in(&mut self, one_in: usize) -> bool {
            self.below(one_in) == 0
        }
        pub fn pick<'a, T: ?Sized>(&mut self, choices: &[&'a T]) -> &'a T {
            choices[self.below(choices.len())]
        }
        pub fn shuffle<T>(&mut self, list: &mut [T]) {
            for last in (1..list.len()).rev() {
                list.swap(last, self.below(last + 1));
            }
        }
    }
}

const REQUESTS_PER_BUNDLE: usize = 4;

fn load(policy: &Value, kind: PolicyKind) -> Policy {
    Policy::load(&policy.to_string(), kind).unwrap_or_else(|why| panic!("{why}: {policy}"))
}

fn set(policies: &[Value], kind: PolicyKind) -> PolicySet {
    let source = |number: usize| Source::new(format!("p{number}"), SourceKind::None);
    PolicySet::new(policies.iter().enumerate().map(|(number, policy)| (source(number), Arc::new(load(policy, kind)))))
}

fn against_the_naive_evaluator(input: &[u8]) {
    let mut random = random::Random::new(input);
    let bundle = generate::bundle(&mut random);
    let (trust, kind) = match bundle.trust {
        "key" => (Trust::Key, PolicyKind::Key),
        "role" => (Trust::Role, PolicyKind::Trust),
        _ => (Trust::Secret, PolicyKind::Secret),
    };
    let limit = |policy: &Option<Value>, kind| policy.as_ref().map(|policy| set(std::slice::from_ref(policy), kind));
    let identity = set(&bundle.identity, PolicyKind::Identity);
    let resource_policy = bundle.resource_policy.as_ref().map(|policy| load(policy, kind));
    let boundary = limit(&bundle.boundary, PolicyKind::Boundary);
    let session = limit(&bundle.session, PolicyKind::Session);
    let scps: Vec<PolicySet> = bundle.scps.iter().map(|level| set(level, PolicyKind::Scp)).collect();
    for _ in 0..REQUESTS_PER_BUNDLE {
        let request = generate::request(&mut random);
        let expected = naive::decide(&naive::Question {
            principal: request.principal,
            action: request.action,
            resource: &request.resource,
            resource_account: request.resource_account,
            trust: bundle.trust,
            context: &request.context,
            identity: &bundle.identity,
            resource_policy: bundle.resource_policy.as_ref(),
            boundary: bundle.boundary.as_ref(),
            session: bundle.session.as_ref(),
            scps: &bundle.scps,
        });
        let principal = Principal::from_arn(request.principal).expect("the generator's callers are callers");
        let keys: MapKeys =
            request.context.iter().map(|(key, values)| (key, values.iter().map(String::as_str))).collect();
        let query = Query {
            principal: &principal,
            action: ActionRef::parse(request.action),
            resource: &request.resource,
            resource_account: request.resource_account,
            trust,
            keys: &keys,
            identity: &identity,
            resource_policy: resource_policy.as_ref(),
            boundary: boundary.as_ref(),
            session: session.as_ref(),
            scps: &scps,
        };
        let decision = decide(&query);
        assert_eq!(decision.verdict().text(), expected, "{decision:?}");
        assert_eq!(decision, explain(&query).decision);
    }
}

fuzz_target!(|input: &[u8]| {
    match std::str::from_utf8(input) {
        Ok(case) if case.starts_with('{') => match (decide_case(case), explain_case(case)) {
            (Ok(verdict), Ok(explanation)) => assert_eq!(verdict, explanation.decision.verdict()),
            (Err(_), Err(_)) => {}
            (decided, explained) => panic!("{decided:?}, but {explained:?}"),
        },
        _ => against_the_naive_evaluator(input),
    }
});
