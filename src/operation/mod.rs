//! The one definition of each operation: shapes only.
//!
//! A request holds **what was sent**; nothing in it is checked or resolved before the call. [`Operation::check`] is the
//! first step of every call, from Rust and from the wire alike. Formats ([`json`](crate::json)) know no operation, and
//! operations know no format: [`Tell`] and [`Take`] stand between them.

pub(crate) mod catalogue;
pub(crate) mod check;
pub(crate) mod condition;
pub(crate) mod member;
pub(crate) mod pattern;
pub(crate) mod table;
pub(crate) mod value;

pub mod iam;
pub mod kms;
pub mod secretsmanager;
pub mod sts;

use std::fmt;

pub(crate) use catalogue::for_each_operation;
pub use catalogue::{ALL, AnyRequest, AnyResponse, Caller, Entry, unserved};
pub use check::{Path, Violation};
pub use condition::ConditionValue;
pub use member::{
    ANY, Facet, Malformed, Refused, Rule, Sink, Source, Spec, Take, TakeEntry, TakeMember, TakeOne, Tell,
};
pub use pattern::Pattern;
pub use value::Blob;

use crate::error::Error;
use crate::name::Text;

/// One AWS operation: the request is the value, the answer its associated type.
pub trait Operation: Take + fmt::Debug + Send + sealed::Sealed {
    /// What comes back.
    type Response: Take + fmt::Debug + Send;
    /// The service's prefix in actions and ARNs: `secretsmanager`, `kms`, `iam`, `sts`.
    const SERVICE: &'static str;
    /// AWS's name, such as `GetSecretValue`.
    const NAME: &'static str;
    /// The request's members.
    const MEMBERS: &'static [Spec];

    /// Checks the request against the AWS model. The first step of every call.
    ///
    /// # Errors
    /// `InvalidRequest` (`ValidationException`; at IAM and STS `ValidationError`) that tells all violations at once.
    fn check(&self) -> Result<(), Error> {
        let mut found = Vec::new();
        self.inspect_parts(&Path::Root, &Spec::NONE, &mut found);
        if found.is_empty() { Ok(()) } else { Err(check::violated(Self::SERVICE, &found)) }
    }
    /// What the request gives a condition key: `None` when the member was not sent or the key is not the request's to fill.
    /// Resolved and defaulted keys are the gate's.
    fn condition(&self, key: &str) -> Option<ConditionValue<'_>> {
        self.answer(&Spec::NONE, key)
    }
    /// The idempotency token, of operations that have one: AWS's SDKs fill it when the caller gave none.
    fn client_token(&mut self) -> Option<&mut Option<Text>> {
        None
    }
}
pub(crate) mod sealed {
    #[expect(unnameable_types, reason = "a sealed trait is unnameable on purpose: nobody outside defines an operation")]
    pub trait Sealed {}
}

/// Text that is none of a choice's known ones.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unknown(Text);

impl Unknown {
    pub(crate) fn new(text: &str) -> Self {
        Self(Text::from(text))
    }
    /// The text as it was sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
