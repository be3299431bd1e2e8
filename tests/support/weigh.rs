//! One question, put to the library and to the naive evaluator.

use std::sync::Arc;

use serde_json::Value;
use strongroom::action::ActionRef;
use strongroom::policy::{MapKeys, Policy, PolicyKind, PolicySet, Principal, Query, Source, SourceKind, Trust};

use super::generate::{Bundle, Request};
use super::naive;

/// Everything of a bundle, compiled once and asked many times.
pub struct Compiled {
    identity: PolicySet,
    resource_policy: Option<Policy>,
    boundary: Option<PolicySet>,
    session: Option<PolicySet>,
    scps: Vec<PolicySet>,
    trust: Trust,
}

fn load(policy: &Value, kind: PolicyKind) -> Policy {
    Policy::load(&policy.to_string(), kind).unwrap_or_else(|error| panic!("{error}: {policy}"))
}

fn set(policies: &[Value], kind: PolicyKind) -> PolicySet {
    let source = |number: usize| Source::new(format!("p{number}"), SourceKind::None);
    PolicySet::new(policies.iter().enumerate().map(|(number, policy)| (source(number), Arc::new(load(policy, kind)))))
}

impl Compiled {
    pub fn of(bundle: &Bundle) -> Self {
        let (trust, kind) = match bundle.trust {
            "key" => (Trust::Key, PolicyKind::Key),
            "role" => (Trust::Role, PolicyKind::Trust),
            _ => (Trust::Secret, PolicyKind::Secret),
        };
        let limit =
            |policy: &Option<Value>, kind| policy.as_ref().map(|policy| set(std::slice::from_ref(policy), kind));
        Self {
            identity: set(&bundle.identity, PolicyKind::Identity),
            resource_policy: bundle.resource_policy.as_ref().map(|policy| load(policy, kind)),
            boundary: limit(&bundle.boundary, PolicyKind::Boundary),
            session: limit(&bundle.session, PolicyKind::Session),
            scps: bundle.scps.iter().map(|level| set(level, PolicyKind::Scp)).collect(),
            trust,
        }
    }
    pub fn ask<T>(&self, request: &Request, then: impl FnOnce(&Query<'_>) -> T) -> T {
        let principal = Principal::from_arn(request.principal).unwrap();
        let keys: MapKeys =
            request.context.iter().map(|(key, values)| (key, values.iter().map(String::as_str))).collect();
        then(&Query {
            principal: &principal,
            action: ActionRef::parse(request.action),
            resource: &request.resource,
            resource_account: request.resource_account,
            trust: self.trust,
            keys: &keys,
            identity: &self.identity,
            resource_policy: self.resource_policy.as_ref(),
            boundary: self.boundary.as_ref(),
            session: self.session.as_ref(),
            scps: &self.scps,
        })
    }
}

pub fn naively(bundle: &Bundle, request: &Request) -> &'static str {
    naive::decide(&naive::Question {
        principal: request.principal,
        action: request.action,
        resource: &request.resource,
        resource_account: request.resource_account,
        trust: bundle.trust,
        context: &request.context,
        identity: &bundle.identity,
        resource_policy: bundle.resource_policy.as_ref(),
        boundary: bundle.boundary.as_ref(),
        session: bundle.session.as_ref(),
        scps: &bundle.scps,
    })
}
