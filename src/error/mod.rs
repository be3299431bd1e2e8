//! One error for every call: a kind for Rust callers, the exact AWS code and message for everyone else.

use std::borrow::Cow;
use std::fmt;

pub mod codes;
mod denied;
pub(crate) mod iam;
pub(crate) mod kms;
pub(crate) mod secretsmanager;
mod store;

pub use codes::Code;
pub(crate) use denied::{DeniedBy, Reason, denied};
pub(crate) use store::{
    audit_unavailable, damaged, invalid, locked, malformed_vouched_policy, no_file_to_replace,
    no_part_of_a_transaction, no_randomness, no_such_principal, session_expired,
};

/// What went wrong, in the few words that a caller may want to match on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A policy, a grant or a key policy does not allow the call.
    AccessDenied,
    /// The name is taken, or a token was used with another value.
    AlreadyExists,
    /// The audit record could not be written, so the call was refused.
    AuditUnavailable,
    /// Another process or another handle holds the store.
    Busy,
    /// The request contradicts what another request did in the meantime.
    Conflict,
    /// Bytes of the store cannot be opened or decoded.
    Damaged,
    /// Everything would have succeeded; nothing was done because the request said so.
    DryRunPassed,
    /// A session, a token or a credential is over, or its principal is gone.
    Expired,
    /// A member of the request is wrong in itself.
    InvalidRequest,
    /// The request is fine, the thing it names is not in a state to serve it.
    InvalidState,
    /// A quota or a size limit.
    LimitExceeded,
    /// The store is locked: its keys have been wiped.
    Locked,
    /// A policy document cannot be stored; the message names line, column and remedy.
    MalformedPolicy,
    /// The file was written by a newer format.
    NewerFormat,
    /// There is no such thing (told only to those who may know).
    NotFound,
    /// The operating system gave no randomness.
    RandomnessUnavailable,
    /// An older state of the whole file was put back.
    RolledBack,
    /// The disk failed or is full.
    Storage,
    /// Rows were removed, replaced or moved by somebody without the key.
    Tampered,
    /// The caller did not prove who it is.
    Unauthenticated,
    /// The operation is not built, or out of scope.
    Unsupported,
    /// The passphrase, key file or root key opens no slot.
    WrongUnlock,
}

/// Why a call failed. One word wide; the text is formatted when it is shown.
pub struct Error(Box<Inner>);

struct Inner {
    code: &'static Code,
    message: Cow<'static, str>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(code: &'static Code, message: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner { code, message: message.into(), source: None }))
    }
    pub(crate) fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }
    /// The kind, to match on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.code.kind
    }
    /// The exact AWS error name of the service that was spoken to.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code.name
    }
    /// The HTTP status AWS answers with this code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0.code.status
    }
    /// The exact AWS text where there is one; may be empty.
    #[must_use]
    pub fn message(&self) -> impl fmt::Display + '_ {
        &*self.0.message
    }
    /// Is it a refusal by policy?
    #[must_use]
    pub fn is_access_denied(&self) -> bool {
        self.kind() == ErrorKind::AccessDenied
    }
    /// Is the thing absent?
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }
}
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind())
            .field("code", &self.code())
            .field("message", &self.0.message)
            .finish_non_exhaustive()
    }
}
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.message.is_empty() {
            f.write_str(self.code())
        } else {
            write!(f, "{}: {}", self.code(), self.0.message)
        }
    }
}
impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
