//! RetireGrant: who may is said by the grant itself, and by the account that owns the key or issued the grant. The key's policy
//! can forbid it, but not allow it.

use std::marker::PhantomData;

use super::{Gate, cuts, grants_count, query};
use crate::access::acts::kms::Retiring;
use crate::access::call::CallContext;
use crate::access::context::RequestContext;
use crate::access::facts::{Facts, KeyFacts};
use crate::access::pass::{Ground, Pass};
use crate::access::refusal::{class, refused};
use crate::action::Action;
use crate::error::Error;
use crate::model::grant::Grant;
use crate::name::Arn;
use crate::operation::kms::RetireGrant;
use crate::policy::{Decision, Query, Trust, decide};

impl Gate {
    /// Whether there is such a grant on the key is for the pass to tell.
    pub(crate) fn admit_retiring<'v>(
        &self,
        act: &RetireGrant,
        id: &str,
        call: &CallContext<'_>,
        facts: Facts<'v, KeyFacts>,
    ) -> Result<Pass<'v, RetireGrant, KeyFacts>, Error> {
        const ACTION: Action = Action::KMS_RETIRE_GRANT;
        let grant = facts.grants.grant(id)?.filter(|grant| grant.key == facts.row.entry.row.id);
        let retiring = Retiring { request: act, grant: grant.as_ref() };
        let keys = RequestContext { act: &retiring, call, row: &facts.row, resource: &facts.resource, kms_key: None };
        let principal = call.standing.principal();
        let query = query(ACTION, &principal, call, &facts, &keys);
        let all = decide(&query);
        // Without the key's policy: what the caller's own side says.
        let own = decide(&Query { resource_policy: None, trust: Trust::None, ..query });
        let denied = matches!(all, Decision::ExplicitDeny { .. });
        let by_grant = !denied
            && !own.is_allow()
            && grant.as_ref().is_some_and(|grant| {
                grants_count(own, call, &facts.resource) && may_retire(grant, call, cuts(&query))
                    || issued_by_account(grant, call, own)
            });
        if !by_grant {
            let decision = if denied { all } else { own };
            call.note(ACTION, &facts.resource, decision.is_allow(), class(decision));
            if !decision.is_allow() {
                return Err(refused(ACTION, call.principal_arn(), Some(&facts.resource), decision));
            }
        }
        let ground = match grant {
            Some(grant) if by_grant => {
                call.note_grant(ACTION, &facts.resource, || vec![grant.id.clone()]);
                Ground::Grant(grant.id)
            }
            _ => Ground::Policy,
        };
        Ok(Pass { resource: facts.resource, row: facts.row, ground, view: PhantomData })
    }
}

/// Is the caller its retiring principal, or its grantee with leave to retire it?
fn may_retire(grant: &Grant, call: &CallContext<'_>, cut: bool) -> bool {
    let retiring = grant.retiring_place();
    let grantee = grant.operations.iter().any(|operation| **operation == *"RetireGrant").then(|| grant.place());
    call.standing.grantees(cut).any(|name| retiring.as_ref() == Some(&name) || grantee.as_ref() == Some(&name))
}

/// Was it created from the caller's account, whose own side lets the caller?
fn issued_by_account(grant: &Grant, call: &CallContext<'_>, own: Decision) -> bool {
    matches!(own, Decision::ImplicitDeny { identity_allowed: true, .. })
        && Arn::parse(&grant.issuer).is_some_and(|issuer| *issuer.account == *call.standing.who.account)
}
