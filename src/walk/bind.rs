//! Policies on resources, on their way in.

use crate::error::Error;
use crate::ledger::{Known, Look};
use crate::model::StoredPolicy;
use crate::name::Text;
use crate::policy::{Malformed, Policy, PolicyKind};

/// Checks a policy by compiling it, and binds the principals of this account that it names to their unique ids: one that is
/// created anew under an old name inherits nothing. The service words what is wrong.
///
/// # Errors
/// `MalformedPolicy`: what `malformed` makes of text that is no policy of its kind, and `unknown` of a user or role of this
/// account that does not exist.
pub(crate) fn bind<L: Look>(
    look: &L,
    text: &Text,
    kind: PolicyKind,
    malformed: &dyn Fn(&Malformed) -> Error,
    unknown: &dyn Fn(&str) -> Error,
) -> Result<StoredPolicy, Error> {
    let policy = Policy::parse(text, kind).map_err(|fault| malformed(&fault))?;
    let mut principals = Vec::new();
    for arn in policy.principals() {
        match look.known(arn)? {
            Known::Here(id) => principals.push((Text::from(arn), id)),
            Known::Missing => return Err(unknown(arn)),
            // Principals of other accounts are checked for form only.
            Known::Other => {}
        }
    }
    principals.sort();
    principals.dedup();
    Ok(StoredPolicy { text: text.clone(), principals })
}
