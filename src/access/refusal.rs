//! How a decision is told to the one it refuses: no more than its class, and of the resource's side only what a caller whose
//! own side would have allowed may know.

use crate::action::Action;
use crate::error::{DeniedBy, Error, Reason, denied};
use crate::policy::{self, Decision, DenySource, Ground};

/// The refusal under the code of the service that was spoken to.
pub(super) fn refused(action: Action, principal: &str, resource: Option<&str>, decision: Decision) -> Error {
    denied(action.service(), principal, action.full_name(), resource, reason(decision))
}

fn reason(decision: Decision) -> Reason {
    match decision {
        Decision::Allow { .. } => Reason::Untold,
        Decision::ExplicitDeny { by: DenySource::Identity, .. } => Reason::Deny(DeniedBy::IdentityPolicy),
        Decision::ExplicitDeny { by: DenySource::Boundary, .. } => Reason::Deny(DeniedBy::Boundary),
        Decision::ExplicitDeny { by: DenySource::Session, .. } => Reason::Deny(DeniedBy::SessionPolicy),
        Decision::ExplicitDeny { by: DenySource::Scp, .. } => Reason::Deny(DeniedBy::ServiceControlPolicy),
        // A resource policy's word is told only to those whom their own side would have let through: to others the text is the
        // same whether the resource is there or not.
        Decision::ExplicitDeny { by: DenySource::Resource, identity_allowed: true } => {
            Reason::Deny(DeniedBy::ResourcePolicy)
        }
        Decision::ExplicitDeny { by: DenySource::Resource, identity_allowed: false } => Reason::NoIdentityPolicy,
        Decision::ImplicitDeny { because, identity_allowed } => match because {
            policy::Reason::Boundary => Reason::NoBoundary,
            policy::Reason::Session => Reason::NoSessionPolicy,
            policy::Reason::Scp => Reason::NoServiceControlPolicy,
            policy::Reason::NoResourceAllow | policy::Reason::KeyPolicy | policy::Reason::TrustPolicy
                if identity_allowed =>
            {
                Reason::NoResourcePolicy
            }
            policy::Reason::NoIdentityAllow
            | policy::Reason::NoResourceAllow
            | policy::Reason::KeyPolicy
            | policy::Reason::TrustPolicy => Reason::NoIdentityPolicy,
        },
    }
}

/// The class of a decision as events tell it.
pub(super) fn class(decision: Decision) -> &'static str {
    match decision {
        Decision::Allow { by } => match by {
            Ground::CallerIdentity => "no permission needed",
            Ground::Direct => "resource policy names the caller",
            Ground::Parent => "resource policy names the role",
            Ground::Identity => "identity policy",
            Ground::Root => "root user",
            Ground::Delegated => "identity policy, delegated by the resource policy",
            Ground::CrossAccount => "both accounts",
        },
        Decision::ExplicitDeny { by, .. } => match by {
            DenySource::Scp => "explicit deny in a service control policy",
            DenySource::Identity => "explicit deny in an identity policy",
            DenySource::Boundary => "explicit deny in the permissions boundary",
            DenySource::Session => "explicit deny in the session policy",
            DenySource::Resource => "explicit deny in the resource policy",
        },
        Decision::ImplicitDeny { because, .. } => match because {
            policy::Reason::NoIdentityAllow => "no identity policy allows it",
            policy::Reason::NoResourceAllow => "no resource policy allows it",
            policy::Reason::Boundary => "the permissions boundary does not allow it",
            policy::Reason::Session => "the session policy does not allow it",
            policy::Reason::Scp => "no service control policy allows it",
            policy::Reason::KeyPolicy => "the key policy does not delegate it",
            policy::Reason::TrustPolicy => "the trust policy does not delegate it",
        },
    }
}
