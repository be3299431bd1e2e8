//! Any text as a policy of every kind: nothing panics, the same text gives the same answer, and the three readers (parse,
//! load, lint) agree on what can be stored.
#![no_main]

use libfuzzer_sys::fuzz_target;
use strongroom::policy::{Policy, PolicyKind, lint};

const KINDS: [PolicyKind; 7] = [
    PolicyKind::Identity,
    PolicyKind::Secret,
    PolicyKind::Key,
    PolicyKind::Trust,
    PolicyKind::Boundary,
    PolicyKind::Session,
    PolicyKind::Scp,
];

fuzz_target!(|text: &str| {
    for kind in KINDS {
        let report = lint(text, kind, "111122223333");
        assert_eq!(report, lint(text, kind, "111122223333"), "lint is not stable");
        let loaded = Policy::load(text, kind);
        match Policy::parse(text, kind) {
            Ok(policy) => {
                let refusing = report.findings.iter().find(|finding| finding.refuses());
                assert!(refusing.is_none(), "{kind:?} can be stored, says parse; lint says {refusing:?}");
                let loaded = loaded.unwrap_or_else(|why| panic!("{kind:?} can be stored and not be loaded: {why}"));
                assert_eq!((loaded.len(), loaded.is_public()), (policy.len(), policy.is_public()));
            }
            Err(why) => {
                assert!(!why.findings().is_empty(), "{kind:?} is refused without a reason");
                assert!(why.findings().iter().all(|finding| finding.refuses()));
                assert!(!report.valid, "{kind:?} is refused, {why}; lint finds nothing");
                assert_eq!(Policy::parse(text, kind).err(), Some(why), "parse is not stable");
                if let Err(why) = loaded {
                    assert!(!why.findings().is_empty(), "{kind:?} does not load, without a reason");
                }
            }
        }
    }
});
