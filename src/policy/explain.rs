//! Why a decision came out as it did: the statements that matched, what nearly did, and what cut an allow off.
//!
//! Asks every statement of every policy, so it is slow and never on the path of a request. The decision itself comes from
//! `decide`; this only tells the story.

use std::collections::HashSet;

use crate::action::ActionRef;
use crate::name::Text;
use crate::policy::compile::{Position, Statement};
use crate::policy::condition::{Condition, Family};
use crate::policy::evaluate::{Ask, Decision, Query, Reason, Verdict, decide};
use crate::policy::key::Key;
use crate::policy::principal::PrincipalKind;
use crate::policy::set::{PolicySet, Source, SourceKind};

/// A decision and its story, as AWS's simulator tells it and a little more.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The decision, the same as [`decide`] gives.
    pub decision: Decision,
    /// For an explicit deny the denying statements, else the allowing ones; of all policies, limiting ones too.
    pub matched: Vec<Matched>,
    /// Condition keys that statements for this action ask for and the request does not have.
    pub missing: Vec<Text>,
    /// Condition keys whose value in the request did not parse for its operator; each counted against the caller.
    pub malformed: Vec<Text>,
    /// Statements that would have allowed, but for one element. Only when nothing denies explicitly.
    pub near_misses: Vec<NearMiss>,
    /// What cut an allow off: `boundary`, `session`, `scp`, `keyPolicy` or `trustPolicy`.
    pub limited_by: Option<&'static str>,
    /// Does the boundary allow it? Absent without boundary.
    pub allowed_by_boundary: Option<bool>,
    /// Does the session policy? Absent without one.
    pub allowed_by_session: Option<bool>,
    /// Does every level of service control policies? Absent without them.
    pub allowed_by_organizations: Option<bool>,
    /// What the identity-based policies alone come to.
    pub identity: Verdict,
    /// What the resource's policy alone comes to; absent without one.
    pub resource: Option<Verdict>,
}

/// Which of a query's policies a statement is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layer {
    /// The caller's own policies.
    Identity,
    /// The resource's policy.
    Resource,
    /// The permissions boundary.
    Boundary,
    /// The session policy.
    Session,
    /// Service control policies of this level, from 1 at the root.
    Scp(usize),
}

/// One statement of one policy.
#[derive(Clone, Debug)]
pub struct Matched {
    /// The policy.
    pub source: Source,
    /// What the policy is to the query.
    pub layer: Layer,
    /// Its number in the policy, from 1.
    pub statement: usize,
    /// Its `Sid`, if it has one.
    pub sid: Option<Text>,
    /// Does it allow? Else it denies.
    pub allows: bool,
    /// Where it begins in the policy's text.
    pub start: Position,
    /// Where it ends: one past its last character.
    pub end: Position,
}

/// A statement that fails in one element only.
#[derive(Clone, Debug)]
pub struct NearMiss {
    /// The statement.
    pub statement: Matched,
    /// The element.
    pub element: Element,
}

/// An element of a statement that does not fit the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Element {
    /// `Action` or `NotAction`.
    Action,
    /// `Resource` or `NotResource`.
    Resource,
    /// `Principal` or `NotPrincipal`.
    Principal,
    /// `Condition`; the operators and keys that do not hold.
    Condition(Vec<FailedCondition>),
}

/// A condition that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedCondition {
    /// As written, such as `ForAnyValue:StringEquals`.
    pub operator: Text,
    /// As written, such as `aws:TagKeys`.
    pub key: Text,
    /// The request does not have the key.
    pub absent: bool,
}

/// Answers a query and tells why.
pub fn explain(query: &Query<'_>) -> Explanation {
    let decision = decide(query);
    let ask = Ask::new(query);
    let mut story = Story {
        ask: &ask,
        wanted: decision.verdict() != Verdict::ExplicitDeny,
        matched: Vec::new(),
        missing: Noted::default(),
        malformed: Noted::default(),
        near: Vec::new(),
    };
    let on_resource = Source::new("resource policy", SourceKind::Resource);
    let service = matches!(query.principal.kind, PrincipalKind::Service | PrincipalKind::Anonymous);
    let scps = if service { &[] } else { query.scps };
    for (level, set) in scps.iter().enumerate() {
        story.set(Layer::Scp(level.saturating_add(1)), set);
    }
    story.set(Layer::Identity, query.identity);
    for (layer, set) in [(Layer::Boundary, query.boundary), (Layer::Session, query.session)] {
        if let Some(set) = set {
            story.set(layer, set);
        }
    }
    let mut resource = query.resource_policy.map(|_| Verdict::ImplicitDeny);
    if let Some(policy) = query.resource_policy {
        for (number, statement) in policy.statements().iter().enumerate() {
            if story.statement(Layer::Resource, &on_resource, number, statement) {
                resource = match (resource, statement.allow) {
                    (Some(Verdict::ExplicitDeny), _) | (_, false) => Some(Verdict::ExplicitDeny),
                    _ => Some(Verdict::Allow),
                };
            }
        }
    }
    let identity = if query.identity.denies(&ask) {
        Verdict::ExplicitDeny
    } else if query.identity.allows(&ask) {
        Verdict::Allow
    } else {
        Verdict::ImplicitDeny
    };
    // What a limit denies it does not allow, whatever else it says.
    let lets_through = |set: &PolicySet| set.allows(&ask) && !set.denies(&ask);
    let Story { matched, missing, malformed, near, .. } = story;
    Explanation {
        decision,
        matched,
        missing: missing.keys,
        malformed: malformed.keys,
        near_misses: if decision.verdict() == Verdict::ImplicitDeny { near } else { Vec::new() },
        limited_by: limited_by(decision),
        allowed_by_boundary: query.boundary.map(lets_through),
        allowed_by_session: query.session.map(lets_through),
        allowed_by_organizations: (!scps.is_empty()).then(|| scps.iter().all(lets_through)),
        identity,
        resource,
    }
}

fn limited_by(decision: Decision) -> Option<&'static str> {
    let Decision::ImplicitDeny { because, .. } = decision else { return None };
    match because {
        Reason::Boundary => Some("boundary"),
        Reason::Session => Some("session"),
        Reason::Scp => Some("scp"),
        Reason::KeyPolicy => Some("keyPolicy"),
        Reason::TrustPolicy => Some("trustPolicy"),
        Reason::NoIdentityAllow | Reason::NoResourceAllow => None,
    }
}

struct Story<'a> {
    ask: &'a Ask<'a>,
    /// The effect of the statements to list.
    wanted: bool,
    matched: Vec<Matched>,
    missing: Noted,
    malformed: Noted,
    near: Vec<NearMiss>,
}

/// Condition keys, each once, as first written.
#[derive(Default)]
struct Noted {
    keys: Vec<Text>,
    seen: HashSet<String>,
}

impl Noted {
    fn note(&mut self, key: &Key) {
        if self.seen.insert(key.text.to_ascii_lowercase()) {
            self.keys.push(key.text.clone());
        }
    }
}

impl Story<'_> {
    fn set(&mut self, layer: Layer, set: &PolicySet) {
        for (source, policy) in set.members() {
            for (number, statement) in policy.statements().iter().enumerate() {
                self.statement(layer, source, number, statement);
            }
        }
    }
    /// Asks one statement in full; tells whether it applies.
    fn statement(&mut self, layer: Layer, source: &Source, number: usize, statement: &Statement) -> bool {
        let ask = self.ask;
        let mut failed = Vec::new();
        if !statement.names_action(ask.action) {
            // Of other services' statements nobody thought when asking.
            if !statement.names_service(service(ask.action)) {
                return false;
            }
            failed.push(Element::Action);
        }
        let met = failed.is_empty();
        if !statement.resources.matches(&ask.target, ask.keys, statement.allow) {
            failed.push(Element::Resource);
        }
        if layer == Layer::Resource && statement.grant(ask).is_none() {
            failed.push(Element::Principal);
        }
        let mut conditions = Vec::new();
        for condition in &statement.conditions {
            let verdict = condition.weigh(ask.keys, statement.allow);
            if met && verdict.absent && condition.operator.family != Family::Null {
                self.missing.note(&condition.key);
            }
            if met && verdict.malformed {
                self.malformed.note(&condition.key);
            }
            if !verdict.holds {
                conditions.push(FailedCondition {
                    operator: condition.written.clone(),
                    key: condition.key.text.clone(),
                    absent: verdict.absent,
                });
            }
        }
        if met {
            self.missing_variables(statement);
        }
        if !conditions.is_empty() {
            failed.push(Element::Condition(conditions));
        }
        let told = || Matched {
            source: source.clone(),
            layer,
            statement: number.saturating_add(1),
            sid: statement.sid.clone().filter(|sid| !sid.is_empty()),
            allows: statement.allow,
            start: statement.start,
            end: statement.end,
        };
        match failed.len() {
            0 => {
                if statement.allow == self.wanted {
                    self.matched.push(told());
                }
                return true;
            }
            1 if statement.allow => {
                if let Some(element) = failed.pop() {
                    self.near.push(NearMiss { statement: told(), element });
                }
            }
            _ => {}
        }
        false
    }
    /// Keys of variables that have neither value nor default.
    fn missing_variables(&mut self, statement: &Statement) {
        let in_conditions = statement.conditions.iter().flat_map(Condition::variables);
        for variable in statement.resource_variables().chain(in_conditions) {
            if variable.default.is_none() && !variable.has_value(self.ask.keys) {
                self.missing.note(&variable.key);
            }
        }
    }
}

fn service(action: ActionRef<'_>) -> &str {
    action.text().split(':').next().unwrap_or_default()
}
