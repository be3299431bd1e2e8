//! The decision: who is asked in which order, and what each answer means. Total: no error, no panic, no heap.
//!
//! Source: the IAM user guide's policy evaluation logic, within one account and across accounts; the pages on permissions
//! boundaries, session policies and `NotPrincipal`; the KMS guide on key policies.

use crate::action::{Action, ActionRef};
use crate::policy::compile::Policy;
use crate::policy::context::Keys;
use crate::policy::principal::{Grant, Principal, PrincipalKind};
use crate::policy::resource::Target;
use crate::policy::set::PolicySet;

/// One question: may this caller do this to that? Holds everything that is weighed; nothing is looked up.
#[derive(Clone, Copy)]
pub struct Query<'a> {
    /// Who asks.
    pub principal: &'a Principal<'a>,
    /// What for.
    pub action: ActionRef<'a>,
    /// The resource's full ARN, or `*` for an action without resource.
    pub resource: &'a str,
    /// The account that owns the resource.
    pub resource_account: &'a str,
    /// Whether the caller's own policies count for this resource without further ado.
    pub trust: Trust,
    /// The request context.
    pub keys: &'a dyn Keys,
    /// All identity-based policies of the caller, his groups' included. Empty for root and services.
    pub identity: &'a PolicySet,
    /// The policy on the resource: secret policy, key policy, trust policy.
    pub resource_policy: Option<&'a Policy>,
    /// The caller's permissions boundary. An empty set allows nothing.
    pub boundary: Option<&'a PolicySet>,
    /// What was passed when the session was made; its documents are one union.
    pub session: Option<&'a PolicySet>,
    /// Service control policies, one set a level. Not asked for services.
    pub scps: &'a [PolicySet],
}

impl std::fmt::Debug for Query<'_> {
    /// The question without the policies.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Query")
            .field("principal", &self.principal.arn)
            .field("action", &self.action.text())
            .field("resource", &self.resource)
            .field("resource_account", &self.resource_account)
            .field("trust", &self.trust)
            .finish_non_exhaustive()
    }
}

/// Whether identity-based policies count by themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trust {
    /// A secret: they do, in its own account.
    Secret,
    /// A KMS key: only if the key policy allows the account.
    Key,
    /// A role to be assumed: only if its trust policy allows the account.
    Role,
    /// A resource without a policy of its own, or no resource: they do.
    None,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum Decision {
    /// Yes.
    Allow {
        /// What allowed it.
        by: Ground,
    },
    /// No, because some statement denies it.
    ExplicitDeny {
        /// Which kind of policy the statement is in; of several the caller's own side first.
        by: DenySource,
        /// Would the caller's own side have allowed it? A refusal that names the resource's policy to somebody who has
        /// no right of his own would tell him that the resource exists.
        identity_allowed: bool,
    },
    /// No, because nothing allows it, or something that limits does not.
    ImplicitDeny {
        /// What is missing; of several the caller's own side first.
        because: Reason,
        /// Would the caller's own side (policies, boundary, session policy, service control policies) have allowed it?
        identity_allowed: bool,
    },
}

/// What allowed a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ground {
    /// GetCallerIdentity needs no permission.
    CallerIdentity,
    /// The resource's policy names the caller itself, or everyone.
    Direct,
    /// The resource's policy names the caller's role, or the user who made the session.
    Parent,
    /// The caller's own policies.
    Identity,
    /// The caller is the root user of the account.
    Root,
    /// The resource's policy trusts the account, and the caller's own policies (or being root) allow it.
    Delegated,
    /// Both accounts allow it.
    CrossAccount,
}

/// The kind of policy that denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DenySource {
    /// A service control policy.
    Scp,
    /// A policy of the caller.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// The session policy.
    Session,
    /// The resource's policy.
    Resource,
}

/// What was missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// No policy of the caller allows it.
    NoIdentityAllow,
    /// The resource's policy does not, and it would have to.
    NoResourceAllow,
    /// The permissions boundary does not allow it.
    Boundary,
    /// The session policy does not allow it, or a federated session has none.
    Session,
    /// On some level no service control policy allows it.
    Scp,
    /// The key policy does not let the account's own policies count.
    KeyPolicy,
    /// The trust policy does not let the account's own policies count.
    TrustPolicy,
}

/// A decision without its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Yes.
    Allow,
    /// A statement denies it.
    ExplicitDeny,
    /// Nothing allows it.
    ImplicitDeny,
}

impl Verdict {
    /// `allow`, `explicitDeny` or `implicitDeny`.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::ExplicitDeny => "explicitDeny",
            Self::ImplicitDeny => "implicitDeny",
        }
    }
    /// As AWS's simulator writes it: `allowed`, `explicitDeny` or `implicitDeny`.
    #[must_use]
    pub const fn simulator_text(self) -> &'static str {
        match self {
            Self::Allow => "allowed",
            other => other.text(),
        }
    }
}
impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.text())
    }
}

impl Decision {
    /// Is it a yes?
    #[must_use]
    pub const fn is_allow(self) -> bool {
        matches!(self, Self::Allow { .. })
    }
    /// The decision without its reason.
    #[must_use]
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::Allow { .. } => Verdict::Allow,
            Self::ExplicitDeny { .. } => Verdict::ExplicitDeny,
            Self::ImplicitDeny { .. } => Verdict::ImplicitDeny,
        }
    }
}

/// A query as statements are asked: the action looked up, the resource ready to be split.
pub(crate) struct Ask<'a> {
    pub principal: &'a Principal<'a>,
    pub action: ActionRef<'a>,
    pub target: Target<'a>,
    pub keys: &'a dyn Keys,
    pub has_boundary: bool,
}

impl<'a> Ask<'a> {
    pub fn new(query: &Query<'a>) -> Self {
        let action = match query.action {
            ActionRef::Other(text) => ActionRef::parse(text),
            known @ ActionRef::Known(_) => known,
        };
        Self {
            principal: query.principal,
            action,
            target: Target::new(query.resource),
            keys: query.keys,
            has_boundary: query.boundary.is_some(),
        }
    }
}

/// Answers a query. A key of the context is asked for only when a statement that otherwise applies needs it.
pub fn decide(query: &Query<'_>) -> Decision {
    let ask = Ask::new(query);
    if ask.action == ActionRef::Known(Action::STS_GET_CALLER_IDENTITY) {
        return Decision::Allow { by: Ground::CallerIdentity };
    }
    let own = OwnSide { query, ask: &ask, scps: scps_of(query) };
    // Deny is weighed before allow is known: an early return on allow would skip a later deny.
    if let Some(by) = own.denied() {
        return Decision::ExplicitDeny { by, identity_allowed: false };
    }
    if query.resource_policy.is_some_and(|policy| denies(policy, &ask)) {
        let identity_allowed = own.scps_allow() && own.allows() && own.limit().is_none();
        return Decision::ExplicitDeny { by: DenySource::Resource, identity_allowed };
    }
    if !own.scps_allow() {
        return Decision::ImplicitDeny { because: Reason::Scp, identity_allowed: false };
    }
    let grant = query.resource_policy.and_then(|policy| strongest_grant(policy, &ask));
    match query.principal.kind {
        PrincipalKind::Service | PrincipalKind::Anonymous => {
            if grant == Some(Grant::Direct) {
                Decision::Allow { by: Ground::Direct }
            } else {
                Decision::ImplicitDeny { because: Reason::NoResourceAllow, identity_allowed: false }
            }
        }
        _ if query.principal.account == query.resource_account => same_account(&own, grant),
        _ => cross_account(&own, grant),
    }
}

fn same_account(own: &OwnSide<'_>, grant: Option<Grant>) -> Decision {
    // A grant to the caller's own ARN, or to everyone, is added after boundary and session policy: they do not limit it.
    if grant == Some(Grant::Direct) {
        return Decision::Allow { by: Ground::Direct };
    }
    let limit = own.limit();
    if grant == Some(Grant::Parent) && limit.is_none() {
        return Decision::Allow { by: Ground::Parent };
    }
    let allowed = own.allows();
    let identity_allowed = allowed && limit.is_none();
    let because = match (limit, own.query.trust) {
        (Some(limit), _) if allowed || grant == Some(Grant::Parent) => limit,
        _ if !allowed => Reason::NoIdentityAllow,
        (_, Trust::Key) if grant.is_none() => Reason::KeyPolicy,
        (_, Trust::Role) if grant.is_none() => Reason::TrustPolicy,
        (_, Trust::Key | Trust::Role) => return Decision::Allow { by: Ground::Delegated },
        (_, Trust::Secret | Trust::None) => {
            let root = own.query.principal.kind == PrincipalKind::Root;
            return Decision::Allow { by: if root { Ground::Root } else { Ground::Identity } };
        }
    };
    Decision::ImplicitDeny { because, identity_allowed }
}

/// Two full evaluations: each account must allow, and nothing passes a limit by.
fn cross_account(own: &OwnSide<'_>, grant: Option<Grant>) -> Decision {
    let deny = |because, identity_allowed| Decision::ImplicitDeny { because, identity_allowed };
    if !own.allows() {
        return deny(Reason::NoIdentityAllow, false);
    }
    if let Some(limit) = own.limit() {
        return deny(limit, false);
    }
    if grant.is_none() {
        return deny(Reason::NoResourceAllow, true);
    }
    Decision::Allow { by: Ground::CrossAccount }
}

/// Service control policies bind an account's principals, its root user included; services are none of them.
fn scps_of<'a>(query: &Query<'a>) -> &'a [PolicySet] {
    match query.principal.kind {
        PrincipalKind::Service | PrincipalKind::Anonymous => &[],
        _ => query.scps,
    }
}

/// Everything on the caller's side.
struct OwnSide<'a> {
    query: &'a Query<'a>,
    ask: &'a Ask<'a>,
    scps: &'a [PolicySet],
}

impl OwnSide<'_> {
    fn denied(&self) -> Option<DenySource> {
        let denies = |set: Option<&PolicySet>| set.is_some_and(|set| set.denies(self.ask));
        if self.scps.iter().any(|level| level.denies(self.ask)) {
            Some(DenySource::Scp)
        } else if self.query.identity.denies(self.ask) {
            Some(DenySource::Identity)
        } else if denies(self.query.boundary) {
            Some(DenySource::Boundary)
        } else if denies(self.query.session) {
            Some(DenySource::Session)
        } else {
            None
        }
    }
    fn scps_allow(&self) -> bool {
        self.scps.iter().all(|level| level.allows(self.ask))
    }
    /// Do the caller's policies allow it? The root user needs none.
    fn allows(&self) -> bool {
        self.query.principal.kind == PrincipalKind::Root || self.query.identity.allows(self.ask)
    }
    /// What cuts an allow off.
    fn limit(&self) -> Option<Reason> {
        let cuts = |set: Option<&PolicySet>| set.is_some_and(|set| !set.allows(self.ask));
        // A federated session without session policy has nothing but direct grants.
        let bare = self.query.principal.kind == PrincipalKind::FederatedUser && self.query.session.is_none();
        if cuts(self.query.boundary) {
            Some(Reason::Boundary)
        } else if bare || cuts(self.query.session) {
            Some(Reason::Session)
        } else {
            None
        }
    }
}

fn denies(policy: &Policy, ask: &Ask<'_>) -> bool {
    policy.statements().iter().any(|statement| {
        !statement.allow
            && statement.names_action(ask.action)
            && statement.grant(ask).is_some()
            && statement.applies(ask)
    })
}

/// The strongest way in which the resource's policy allows the caller. A stronger one does all that a weaker one does.
fn strongest_grant(policy: &Policy, ask: &Ask<'_>) -> Option<Grant> {
    let mut strongest = None;
    for statement in policy.statements() {
        if !statement.allow || !statement.names_action(ask.action) {
            continue;
        }
        let grant = statement.grant(ask);
        if grant > strongest && statement.applies(ask) {
            strongest = grant;
            if strongest == Some(Grant::Direct) {
                break;
            }
        }
    }
    strongest
}
