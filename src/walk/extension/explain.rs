//! Explains a decision to those who may ask for it.

use crate::access::acts::extension::{
    ExplainAnybody, ExplainGrant, ExplainKey, ExplainPrincipal, ExplainRole, ExplainSecret, ExplainStranger,
};
use crate::access::{CallContext, Facts, Who};
use crate::action::Action;
use crate::error::Error;
use crate::explain::{Answer, Question};
use crate::ledger::{Keys as _, Look, Principals as _, View};
use crate::model::principal::PrincipalKind as RowKind;
use crate::name::Arn;
use crate::operation::iam::SimulatePrincipalPolicy;
use crate::principal::Kind;
use crate::walk::kms::resolve;
use crate::walk::{Caller, Visit};

/// # Errors
/// `AccessDenied` without `iam:GetAccountAuthorizationDetails` or `iam:SimulatePrincipalPolicy` on the principal, or without the right to read the policy of the
/// resource; `NotFound`; `InvalidRequest` for a principal or resource that is none.
pub(crate) fn explain(caller: &Caller, question: &Question) -> Result<Answer, Error> {
    // What IAM answers is not for sessions that may not call IAM.
    caller.look::<SimulatePrincipalPolicy, _>(("strongroom", "Explain"), |visit| weigh(caller, visit, question))
}

fn weigh(caller: &Caller, visit: &Visit<'_, View<'_>>, question: &Question) -> Result<Answer, Error> {
    let room = &*caller.room;
    // Asked before it is looked for: who may not ask is not told who exists.
    if visit.gate.weigh(&ExplainAnybody, visit.call, &visit.look.everything()) {
        visit.admit(&ExplainAnybody, visit.look.everything())?;
    } else {
        may_ask(visit, question)?;
    }
    let who = crate::walk::arrive(room, question.principal.clone())?;
    let Some((service, _)) = question.action.split_once(':') else {
        return Err(crate::error::invalid(format!("`{}` is no action: write `service:Name`", question.action)));
    };
    let service = service.to_ascii_lowercase();
    let arn = Arn::parse(&question.resource);
    let resource_service = arn.as_ref().map_or(service.as_str(), |arn| arn.service);
    let other = || standing_of(caller, visit, &who);
    if *question.resource == *"*" {
        return Ok(visit.gate.explain(&other()?, question, &visit.look.everything(), None));
    }
    match resource_service {
        "secretsmanager" => {
            let secret = visit.look.secret(&question.resource, visit.call)?;
            let admitted = visit.admit(&ExplainSecret, visit.look.secret(&question.resource, visit.call)?)?;
            // One that is to be made is weighed under the ARN that it would have.
            if arn.is_none() && !question.is_about(Action::SECRETSMANAGER_CREATE_SECRET) {
                admitted.found(crate::error::secretsmanager::secret_not_found)?;
            }
            Ok(visit.gate.explain(&other()?, question, &secret, None))
        }
        "kms" => {
            let id = resolve(visit.look, &question.resource)?;
            let key = || -> Result<Facts<'_, _>, Error> {
                visit.look.key_by_id(&id)?.ok_or_else(|| crate::error::kms::key_not_found(&question.resource))
            };
            visit.admit(&ExplainKey, key()?)?;
            let answer = visit.gate.explain_key(&other()?, question, &key()?)?;
            if answer.grant.is_some() {
                visit.admit(&ExplainGrant, key()?)?;
            }
            Ok(answer)
        }
        "iam" | "sts" => {
            let arn = arn.ok_or_else(|| {
                crate::error::invalid(format!("`{}` is not the ARN of a user or role", question.resource))
            })?;
            let (kind, path) = match arn.resource.split_once('/') {
                Some(("role", path)) if arn.account == &*visit.home().account => (RowKind::Role, path),
                Some(("user", path)) if arn.account == &*visit.home().account => (RowKind::User, path),
                _ => {
                    return Ok(visit.gate.explain(
                        &other()?,
                        question,
                        &visit.look.elsewhere(&question.resource),
                        None,
                    ));
                }
            };
            let name = path.rsplit('/').next().unwrap_or(path);
            visit.admit(&ExplainRole, visit.look.principal(kind, "/", name)?)?;
            let facts = visit.look.principal(kind, "/", name)?;
            Ok(visit.gate.explain(&other()?, question, &facts, None))
        }
        other => Err(crate::error::invalid(format!("`{other}` resources are not kept in this store"))),
    }
}

/// May this caller ask about that principal?
fn may_ask(visit: &Visit<'_, View<'_>>, question: &Question) -> Result<(), Error> {
    match question.principal.0.clone().resolved(&visit.home().account) {
        Kind::User { name } => {
            visit.admit(&ExplainPrincipal, visit.look.principal(RowKind::User, "/", &name)?).map(|_| ())
        }
        Kind::Role { name, .. } => {
            visit.admit(&ExplainPrincipal, visit.look.principal(RowKind::Role, "/", &name)?).map(|_| ())
        }
        _ => visit.admit(&ExplainStranger, visit.look.everything()).map(|_| ()),
    }
}

/// The call that the principal in question would make now.
fn standing_of<'v>(caller: &'v Caller, visit: &Visit<'_, View<'_>>, who: &'v Who) -> Result<CallContext<'v>, Error> {
    let room = &*caller.room;
    let standing = visit.look.standing(who, &room.none)?;
    Ok(CallContext::new(standing, visit.observed(), caller.home(), false))
}
