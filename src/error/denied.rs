//! The text of a refusal by policy: who, what, on what, and no more of the reason than its class.
#![allow(dead_code, reason = "the table is complete; walks of later issues use the rest")]

use super::{Error, codes};

/// Why a call was refused, in the classes that AWS tells the caller. Which statement decided is told by `simulate`, to those
/// who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Reason {
    /// No identity-based policy allows the action.
    NoIdentityPolicy,
    /// No resource-based policy allows the action. Told only if the identity side would have allowed it.
    NoResourcePolicy,
    /// The permissions boundary does not allow it.
    NoBoundary,
    /// The session policy does not allow it.
    NoSessionPolicy,
    /// No service control policy allows it.
    NoServiceControlPolicy,
    /// An explicit deny.
    Deny(DeniedBy),
    /// Nothing is told.
    Untold,
}

/// The kind of policy that holds an explicit deny.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum DeniedBy {
    IdentityPolicy,
    ResourcePolicy,
    Boundary,
    SessionPolicy,
    ServiceControlPolicy,
}

/// The refusal, under the code of the service that was spoken to. `resource` is as the caller gave it (a bare name stays
/// one); it is left out for actions on `*`.
pub(crate) fn denied(service: &str, principal: &str, action: &str, resource: Option<&str>, reason: Reason) -> Error {
    let mut text = format!("User: {principal} is not authorized to perform: {action}");
    if let Some(resource) = resource {
        text.extend([" on resource: ", resource]);
    }
    let (lacking, denying) = match reason {
        Reason::NoIdentityPolicy => ("no identity-based policy", ""),
        Reason::NoResourcePolicy => ("no resource-based policy", ""),
        Reason::NoBoundary => ("no permissions boundary", ""),
        Reason::NoSessionPolicy => ("no session policy", ""),
        Reason::NoServiceControlPolicy => ("no service control policy", ""),
        Reason::Deny(DeniedBy::IdentityPolicy) => ("", "an identity-based policy"),
        Reason::Deny(DeniedBy::ResourcePolicy) => ("", "a resource-based policy"),
        Reason::Deny(DeniedBy::Boundary) => ("", "a permissions boundary"),
        Reason::Deny(DeniedBy::SessionPolicy) => ("", "a session policy"),
        Reason::Deny(DeniedBy::ServiceControlPolicy) => ("", "a service control policy"),
        Reason::Untold => ("", ""),
    };
    if !lacking.is_empty() {
        text.extend([" because ", lacking, " allows the ", action, " action"]);
    } else if !denying.is_empty() {
        text.extend([" with an explicit deny in ", denying]);
    }
    Error::new(codes::access_denied(service), text)
}

#[cfg(test)]
mod tests {
    use super::{DeniedBy, Reason, denied};

    const WHO: &str = "arn:aws:iam::000000000000:user/mateo";

    #[test]
    fn a_refusal_is_told_in_the_words_of_aws() {
        let told = |resource, reason| {
            denied("secretsmanager", WHO, "secretsmanager:GetSecretValue", resource, reason).message().to_string()
        };
        let begin = format!("User: {WHO} is not authorized to perform: secretsmanager:GetSecretValue");
        assert_eq!(
            told(Some("prod/db"), Reason::NoIdentityPolicy),
            format!(
                "{begin} on resource: prod/db because no identity-based policy allows the secretsmanager:GetSecretValue action"
            )
        );
        assert_eq!(
            told(Some("prod/db"), Reason::Deny(DeniedBy::ResourcePolicy)),
            format!("{begin} on resource: prod/db with an explicit deny in a resource-based policy")
        );
        assert_eq!(
            told(None, Reason::Deny(DeniedBy::IdentityPolicy)),
            format!("{begin} with an explicit deny in an identity-based policy")
        );
        assert_eq!(told(None, Reason::Untold), begin);
    }

    #[test]
    fn each_service_has_its_own_code_for_a_refusal() {
        let code = |service| {
            let error = denied(service, WHO, "a:B", None, Reason::Untold);
            assert!(error.is_access_denied());
            (error.code(), error.status())
        };
        assert_eq!(code("secretsmanager"), ("AccessDeniedException", 400));
        assert_eq!(code("kms"), ("AccessDeniedException", 400));
        assert_eq!(code("iam"), ("AccessDenied", 403));
        assert_eq!(code("sts"), ("AccessDenied", 403));
    }
}
