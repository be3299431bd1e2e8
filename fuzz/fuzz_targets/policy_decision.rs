//! Decisions. Input that begins with `{` is a whole question in JSON: its explanation must agree with its decision. Any
//! other input steers the generator of the differential test: the library and the naive evaluator must agree.
#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom::policy::{decide, decide_case, explain, explain_case};

#[path = "../../tests/support/generate.rs"]
mod generate;
#[path = "../../tests/support/naive.rs"]
mod naive;
#[path = "../../tests/support/random.rs"]
mod random;
#[path = "../../tests/support/weigh.rs"]
mod weigh;

const REQUESTS_PER_BUNDLE: usize = 4;

fn against_the_naive_evaluator(input: &[u8]) {
    let mut random = random::Random::steered(input);
    let bundle = generate::bundle(&mut random);
    let compiled = weigh::Compiled::of(&bundle);
    for _ in 0..REQUESTS_PER_BUNDLE {
        let request = generate::request(&mut random);
        let expected = weigh::naively(&bundle, &request);
        compiled.ask(&request, |query| {
            let decision = decide(query);
            assert_eq!(decision.verdict().text(), expected, "{decision:?}");
            assert_eq!(decision, explain(query).decision);
        });
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
