//! How AWS words a refusal.

use std::fmt;

use crate::policy::evaluate::{Decision, DenySource, Reason};

/// The end of AWS's sentence "User: … is not authorized to perform: … on resource: …", such as
/// `because no identity-based policy allows the kms:Decrypt action`. See [`Decision::denial`].
#[derive(Clone, Copy, Debug)]
pub struct Denial<'a> {
    says: Says,
    action: &'a str,
}

#[derive(Clone, Copy, Debug)]
enum Says {
    NoPolicy(&'static str),
    ExplicitDeny(&'static str),
}

impl Decision {
    /// The words for a refusal; `None` for an allow. The resource's policy is named only to a caller whose own side would
    /// have allowed the request: to all others the words are the same whether the resource exists or not.
    #[must_use]
    pub fn denial(self, action: &str) -> Option<Denial<'_>> {
        let says = match self {
            Self::Allow { .. } => return None,
            Self::ExplicitDeny { by: DenySource::Resource, identity_allowed: false } => {
                Says::NoPolicy("identity-based policy")
            }
            Self::ExplicitDeny { by, .. } => Says::ExplicitDeny(match by {
                DenySource::Scp => "a service control policy",
                DenySource::Identity => "an identity-based policy",
                DenySource::Boundary => "a permissions boundary",
                DenySource::Session => "a session policy",
                DenySource::Resource => "a resource-based policy",
            }),
            Self::ImplicitDeny { because, identity_allowed } => Says::NoPolicy(match because {
                Reason::Boundary => "permissions boundary",
                Reason::Session => "session policy",
                Reason::Scp => "service control policy",
                Reason::NoResourceAllow | Reason::KeyPolicy | Reason::TrustPolicy if identity_allowed => {
                    "resource-based policy"
                }
                _ => "identity-based policy",
            }),
        };
        Some(Denial { says, action })
    }
}

impl fmt::Display for Denial<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.says {
            Says::NoPolicy(which) => write!(f, "because no {which} allows the {} action", self.action),
            Says::ExplicitDeny(which) => write!(f, "with an explicit deny in {which}"),
        }
    }
}
