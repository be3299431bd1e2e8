//! The policy language: pure, total, usable without a store.
//!
//! A document is compiled once ([`Policy`]), policies that count together are merged and indexed ([`PolicySet`]), and a
//! [`Query`] is answered by [`decide`], which cannot fail and uses no heap. [`explain`] answers the same question slowly
//! and says why; [`lint`] finds what is wrong with a document, with line, column and a suggestion.
//!
//! ```
//! use std::sync::Arc;
//! use strongroom::action::Action;
//! use strongroom::policy::{NoKeys, Policy, PolicyKind, PolicySet, Principal, Query, Source, SourceKind, Trust, decide};
//!
//! let text = r#"{"Version": "2012-10-17", "Statement": {
//!     "Effect": "Allow", "Action": "secretsmanager:Get*",
//!     "Resource": "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/*"}}"#;
//! let policy = Policy::parse(text, PolicyKind::Identity)?;
//! let identity = PolicySet::new([(Source::new("readers", SourceKind::User), Arc::new(policy))]);
//! let decision = decide(&Query {
//!     principal: &Principal::from_arn("arn:aws:iam::111122223333:user/anaya").unwrap(),
//!     action: Action::SECRETSMANAGER_GET_SECRET_VALUE.into(),
//!     resource: "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db-a1b2c3",
//!     resource_account: "111122223333",
//!     trust: Trust::Secret,
//!     keys: &NoKeys,
//!     identity: &identity,
//!     resource_policy: None,
//!     boundary: None,
//!     session: None,
//!     scps: &[],
//! });
//! assert!(decision.is_allow());
//! # Ok::<(), strongroom::policy::Malformed>(())
//! ```

mod case;
mod compile;
mod condition;
mod context;
mod denial;
mod document;
mod evaluate;
mod explain;
mod finding;
mod json;
mod key;
mod lint;
mod many;
mod pattern;
mod principal;
mod public;
mod resource;
mod scalar;
mod set;
mod suggest;

pub use case::{CaseError, decide_case, explain_case, lint_case};
pub use compile::{Policy, Position};
pub(crate) use context::is_of_type;
pub use context::{Keys, MapKeys, NoKeys, Value, Values};
pub use denial::Denial;
pub use document::PolicyKind;
pub use evaluate::{Decision, DenySource, Ground, Query, Reason, Trust, Verdict, decide};
pub use explain::{Element, Explanation, FailedCondition, Layer, Matched, NearMiss, explain};
pub use finding::{Code, Finding, Level, Malformed, Report};
pub use key::{Arity, Key, KeyName, KeyType};
pub use lint::lint;
pub(crate) use pattern::NamePattern;
pub use principal::{Principal, PrincipalKind};
pub use set::{PolicySet, Source, SourceKind};

/// For tests of the cost of matching.
#[cfg(feature = "testing")]
pub mod testing {
    /// Matches a pattern without variables; gives the outcome and how many steps it took.
    #[must_use]
    pub fn count_steps(pattern: &str, text: &str) -> (bool, u64) {
        super::pattern::count_steps(pattern, text)
    }
}
