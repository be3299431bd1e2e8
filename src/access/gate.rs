//! The gate: the one place that decides, and the only holder of the warden that mints permits.

#![allow(clippy::unused_self, reason = "deciding is the gate's own: only its holder may ask")]
#![allow(clippy::needless_pass_by_value, reason = "facts and passes are spent by the decision they are given to")]

use std::borrow::Cow;
use std::marker::PhantomData;
use std::sync::Arc;

use strongroom_keystore::{KeyId, Permit, Use, Warden, Wrapped};

use super::acts::replication::Replicate;
use super::call::CallContext;
use super::context::{QuestionContext, RequestContext, ThroughContext, Via};
use super::entry::{SecretEntry, SecretLook, Uses};
use super::facts::{Facts, GrantLook, KeyFacts, Row, account_of};
use super::pass::{Act, Due, Ground, Holds, KeyAct, Named, Pass, Reaches, ReachesKin};
use super::refusal::{class, refused};
use crate::action::{Action, ActionRef};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::explain::{Answer, Question};
use crate::model::grant::{Need, find};
use crate::model::key::{KeyState, KeyUsage};
use crate::name::Text;
use crate::policy::{Decision, Keys, Principal, PrincipalKind, Query, Trust, decide, explain};

mod retire;

/// Decides, and mints.
#[derive(Debug)]
pub(crate) struct Gate {
    warden: Warden,
    via: Via,
}

/// A permit, and which material of which key it is for: what the version's row must name.
#[derive(Debug)]
pub(crate) struct Leave<'v, U: Use> {
    pub permit: Permit<'v, U>,
    pub key: KeyId,
    pub material: u32,
    pub uses: &'v Uses,
}

/// Why a key cannot be used on the caller's behalf: a value, because some operations go on without it.
#[derive(Debug)]
pub(crate) enum KeyRefused {
    /// By policy: the service says no more than that.
    Denied,
    Disabled,
    PendingDeletion,
    PendingImport,
    /// Not a key for encrypting.
    Usage,
    /// The version names material that the key does not have.
    NoMaterial,
    Failed(Error),
}

impl Gate {
    pub(crate) fn new(warden: Warden, region: &str) -> Self {
        Self { warden, via: Via::secrets_manager(region) }
    }

    /// The first decision: may this caller do this, here?
    // Its instructions are counted under its name (.ci/counts).
    #[inline(never)]
    pub(crate) fn admit<'v, A: Act>(
        &self,
        act: &A,
        call: &CallContext<'_>,
        facts: Facts<'v, A::On>,
    ) -> Result<Pass<'v, A, A::On>, Error> {
        self.admit_with(act, call, facts, |_, _| Ok(None))
    }

    /// The same for a key named by itself: a grant is one more source of leave.
    pub(crate) fn admit_key<'v, A>(
        &self,
        act: &A,
        call: &CallContext<'_>,
        facts: Facts<'v, KeyFacts>,
    ) -> Result<Pass<'v, A, KeyFacts>, Error>
    where
        A: Act<On = KeyFacts> + Grantable,
    {
        let entry = Arc::clone(&facts.row.entry);
        let look = facts.grants;
        // Grants stand in for the act's own action, and for no other that it asks for.
        self.admit_with(act, call, facts, |action, cut| {
            if action == A::ACTION { grant_for(&entry, look, call, || act.need(), cut) } else { Ok(None) }
        })
    }

    fn admit_with<'v, A: Act>(
        &self,
        act: &A,
        call: &CallContext<'_>,
        facts: Facts<'v, A::On>,
        granted: impl Fn(Action, bool) -> Result<Option<Text>, Error>,
    ) -> Result<Pass<'v, A, A::On>, Error> {
        let kms_key = kms_key(act, &facts)?;
        let mut ground = Ground::Policy;
        let mut answer = Ok(());
        let mut ask = |action: Action| {
            if answer.is_err() {
                return;
            }
            let keys =
                RequestContext { act, call, row: &facts.row, resource: &facts.resource, kms_key: kms_key.as_deref() };
            let principal = call.standing.principal();
            let query = query(action, &principal, call, &facts, &keys);
            let decision = decide(&query);
            let mut allowed = decision.is_allow();
            if grants_count(decision, call, &facts.resource) {
                match granted(action, cuts(&query)) {
                    Ok(Some(grant)) => {
                        ground = Ground::Grant(grant);
                        allowed = true;
                    }
                    Ok(None) => {}
                    Err(failed) => {
                        answer = Err(failed);
                        return;
                    }
                }
            }
            if let (Ground::Grant(grant), false) = (&ground, decision.is_allow()) {
                call.note_grant(action, &facts.resource, || lineage(facts.grants, grant));
            } else {
                call.note(action, &facts.resource, allowed, class(decision));
            }
            if !allowed {
                let resource = match act.named() {
                    Named::AsSent(name) => Some(name),
                    Named::Resource => Some(&*facts.resource),
                    Named::Nothing => None,
                };
                answer = Err(refused(action, call.principal_arn(), resource, decision));
            }
        };
        ask(A::ACTION);
        act.also(&mut ask);
        answer?;
        Ok(Pass { resource: facts.resource, row: facts.row, ground, view: PhantomData })
    }

    /// Only answers: no pass, no event. For lock-out checks, the second look after a change of tags, simulate.
    pub(crate) fn weigh<A: Act>(&self, act: &A, call: &CallContext<'_>, facts: &Facts<'_, A::On>) -> bool {
        let Ok(kms_key) = kms_key(act, facts) else { return false };
        let decides = |action| Self::decide(act, action, call, facts, kms_key.as_deref()).is_allow();
        let mut allowed = decides(A::ACTION);
        act.also(&mut |action| allowed = allowed && decides(action));
        allowed
    }

    fn decide<A: Act>(
        act: &A,
        action: Action,
        call: &CallContext<'_>,
        facts: &Facts<'_, A::On>,
        kms_key: Option<&str>,
    ) -> Decision {
        let keys = RequestContext { act, call, row: &facts.row, resource: &facts.resource, kms_key };
        decide(&query(action, &call.standing.principal(), call, facts, &keys))
    }

    /// The second decision: the same caller, the same view, on the key. Only a pass that may reach it buys a permit.
    ///
    /// `sealed` is the material that sealed the version; new versions (`None`) are sealed under the current one.
    pub(crate) fn permit<'p, K: KeyAct, A: Reaches<K>, R>(
        &self,
        call: &CallContext<'_>,
        pass: &'p Pass<'_, A, R>,
        version_id: &'p str,
        sealed: Option<u32>,
        key: &'p Facts<'_, KeyFacts>,
    ) -> Result<Leave<'p, K::Use>, KeyRefused> {
        let entry = &*key.row.entry;
        let keys = ThroughContext { call, row: &key.row, secret_arn: &pass.resource, version_id, via: &self.via };
        let principal = call.standing.principal();
        let query = query(K::ACTION, &principal, call, key, &keys);
        let decision = decide(&query);
        let mut granted = None;
        if grants_count(decision, call, &key.resource) {
            let pairs = [("SecretARN", &*pass.resource), ("SecretVersionId", version_id)];
            let need = || Need::to_use(K::ACTION.name(), pairs);
            granted = grant_for(entry, key.grants, call, need, cuts(&query)).map_err(KeyRefused::Failed)?;
        }
        if let Some(grant) = &granted {
            call.note_grant(K::ACTION, &key.resource, || lineage(key.grants, grant));
        } else {
            call.note(K::ACTION, &key.resource, decision.is_allow(), class(decision));
            if !decision.is_allow() {
                return Err(KeyRefused::Denied);
            }
        }
        // A key that is not there to serve is told only to those who may use it.
        if !(entry.row.spec.usage() == KeyUsage::EncryptDecrypt) {
            return Err(KeyRefused::Usage);
        }
        match entry.row.life(call.observed) {
            Some(KeyState::Enabled) => {}
            // Its deletion is due: it behaves as gone.
            None => return Err(KeyRefused::NoMaterial),
            Some(KeyState::Disabled) => return Err(KeyRefused::Disabled),
            Some(KeyState::PendingDeletion { .. }) => return Err(KeyRefused::PendingDeletion),
            Some(KeyState::PendingImport) => return Err(KeyRefused::PendingImport),
        }
        let material = match sealed {
            Some(version) if K::SEALED => entry.material(version, key.grants).map_err(KeyRefused::Failed)?,
            _ => entry.current().map(Cow::Borrowed),
        };
        let material = material.ok_or(KeyRefused::NoMaterial)?;
        let (key, version) = (entry.row.key_id(), material.version);
        let permit = self.warden.permit(key, material, pass.version_context(version_id), PhantomData);
        Ok(Leave { permit, key, material: version, uses: &entry.uses })
    }

    /// KMS called directly: the act was decided already, its context is the request's own.
    pub(crate) fn own<'p, A>(
        &self,
        pass: &'p Pass<'_, A, KeyFacts>,
        act: &A,
        material: impl Into<Cow<'p, Wrapped>>,
    ) -> Result<Permit<'p, A::Use>, Error>
    where
        A: Act<On = KeyFacts> + KeyAct + Contextual,
    {
        Ok(self.warden.permit(pass.row.entry.row.key_id(), material, act.context()?, PhantomData))
    }

    /// The decision that another principal's request would get, and its story. No pass, no event.
    pub(crate) fn explain<R: Row>(
        &self,
        call: &CallContext<'_>,
        question: &Question,
        facts: &Facts<'_, R>,
        grant: Option<Text>,
    ) -> Answer {
        let keys = QuestionContext { question, call, row: &facts.row, resource: &facts.resource };
        let principal = call.standing.principal();
        let query = Query {
            principal: &principal,
            action: ActionRef::parse(&question.action),
            resource: &facts.resource,
            resource_account: facts.row.account(&facts.resource, &call.home.account),
            trust: match facts.row.trust() {
                // To assume a role, its trust policy must admit the caller as well.
                Trust::None if facts.row.policy().is_some() && of_sts(&question.action) => Trust::Role,
                trust => trust,
            },
            keys: &keys,
            identity: call.standing.identity(),
            resource_policy: facts.row.policy(),
            boundary: call.standing.boundary(),
            session: call.standing.session(),
            scps: &[],
        };
        // A key's policy can forbid to retire a grant, but not allow it.
        let alone = Query { resource_policy: None, trust: Trust::None, ..query };
        let by_own_side =
            question.is_about(Action::KMS_RETIRE_GRANT) && !matches!(decide(&query), Decision::ExplicitDeny { .. });
        let policies = explain(if by_own_side { &alone } else { &query });
        Answer { policies, grant, resource: facts.resource.clone(), principal: call.principal_arn().clone() }
    }

    /// The same on a key, where a grant may allow what no policy does.
    pub(crate) fn explain_key(
        &self,
        call: &CallContext<'_>,
        question: &Question,
        facts: &Facts<'_, KeyFacts>,
    ) -> Result<Answer, Error> {
        let mut answer = self.explain(call, question, facts, None);
        if let ActionRef::Known(action) = ActionRef::parse(&question.action)
            && grants_count(answer.policies.decision, call, &facts.resource)
        {
            let need = || Need::to_use(action.name(), question.context.texts_after("kms:EncryptionContext:"));
            let keys = QuestionContext { question, call, row: &facts.row, resource: &facts.resource };
            let cut = cuts(&query(action, &call.standing.principal(), call, facts, &keys));
            answer.grant = grant_for(&facts.row.entry, facts.grants, call, need, cut)?;
        }
        Ok(answer)
    }

    /// Leave to make material for a key that this pass creates or may give more of it, or to take in what is brought.
    pub(crate) fn make<'v, A, R>(
        &self,
        _pass: &Pass<'v, A, R>,
        key: strongroom_keystore::KeyId,
    ) -> Permit<'v, strongroom_keystore::Make>
    where
        A: Reaches<super::acts::through::Make>,
    {
        self.warden.permit_to_make(key, PhantomData)
    }

    /// Is there work of this kind to do on the row? Told without a pass, and without the row.
    pub(crate) fn is_due<A: Due>(&self, facts: &Facts<'_, A::On>, observed: Timestamp) -> bool {
        A::is_due(&facts.row, observed)
    }
    /// The second door: nobody calls; the row itself says that an admitted call made it due.
    pub(crate) fn due<'v, A: Due>(&self, facts: Facts<'v, A::On>, observed: Timestamp) -> Option<Pass<'v, A, A::On>> {
        A::is_due(&facts.row, observed).then_some(Pass {
            resource: facts.resource,
            row: facts.row,
            ground: Ground::Due,
            view: PhantomData,
        })
    }
}

impl Gate {
    /// The third door: what the caller, a user of the store's account, holds by the row's own word.
    pub(crate) fn held<'v, A: Holds>(
        &self,
        call: &CallContext<'_>,
        facts: Facts<'v, A::On>,
    ) -> Option<Pass<'v, A, A::On>> {
        let who = call.standing.who;
        let caller = who.principal_id.as_deref().filter(|_| who.kind == PrincipalKind::User)?;
        A::is_of(&facts.row, caller).then_some(Pass {
            resource: facts.resource,
            row: facts.row,
            ground: Ground::Held,
            view: PhantomData,
        })
    }
}

impl Gate {
    /// The fourth door: from an admitted secret to its primary or to a replica of it, by the word of the secret's own row. It
    /// leads to rows; a key is weighed for the caller there as everywhere.
    pub(crate) fn kin<'v, A: ReachesKin>(
        &self,
        secret: &Pass<'_, A, Arc<SecretEntry>>,
        facts: Facts<'v, SecretLook>,
    ) -> Option<Pass<'v, Replicate, SecretLook>> {
        secret.row.row.is_kin(&facts.resource).then_some(Pass {
            resource: facts.resource,
            row: facts.row,
            ground: Ground::Kin,
            view: PhantomData,
        })
    }
}

/// A key act that grants can allow.
pub(crate) trait Grantable {
    /// What a grant must give to let this request through.
    fn need(&self) -> Need<'_>;
}
/// A key act that carries an encryption context of its own.
pub(crate) trait Contextual {
    fn context(&self) -> Result<strongroom_keystore::EncryptionContext<'static>, Error>;
}

/// Everything that one decision weighs.
fn query<'q, R: Row>(
    action: Action,
    principal: &'q Principal<'q>,
    call: &'q CallContext<'_>,
    facts: &'q Facts<'_, R>,
    keys: &'q dyn Keys,
) -> Query<'q> {
    Query {
        principal,
        action: ActionRef::Known(action),
        resource: &facts.resource,
        resource_account: facts.row.account(&facts.resource, &call.home.account),
        trust: facts.row.trust(),
        keys,
        identity: call.standing.identity(),
        resource_policy: facts.row.policy(),
        boundary: call.standing.boundary(),
        session: call.standing.session(),
        scps: &[],
    }
}

/// Do the session's own policies cut this off? Asked when a grant might allow what no policy does.
fn cuts(query: &Query<'_>) -> bool {
    let Some(session) = query.session else { return query.principal.kind == PrincipalKind::FederatedUser };
    let alone = Query {
        identity: session,
        resource_account: query.principal.account,
        trust: Trust::None,
        resource_policy: None,
        boundary: None,
        session: Some(session),
        ..*query
    };
    !decide(&alone).is_allow()
}

/// ARN of the KMS key that the request names for a secret. Looked up before the decision, because a condition cannot fail.
fn kms_key<A: Act>(act: &A, facts: &Facts<'_, A::On>) -> Result<Option<Text>, Error> {
    act.kms_key().map_or(Ok(None), |named| facts.grants.key_arn(named))
}

fn of_sts(action: &str) -> bool {
    action.split_once(':').is_some_and(|(service, _)| service.eq_ignore_ascii_case("sts"))
}

/// A grant is one more direct allow on the resource's side: no use against an explicit deny, and for a caller of another
/// account no substitute for that account's own allow.
fn grants_count(decision: Decision, call: &CallContext<'_>, resource: &str) -> bool {
    match decision {
        Decision::Allow { .. } | Decision::ExplicitDeny { .. } => false,
        Decision::ImplicitDeny { identity_allowed, .. } => {
            identity_allowed || account_of(resource, &call.home.account) == &*call.standing.who.account
        }
    }
}

/// A grant to the caller on this key that gives what is needed.
fn grant_for<'n>(
    entry: &super::entry::KeyEntry,
    look: &dyn GrantLook,
    call: &CallContext<'_>,
    need: impl FnOnce() -> Need<'n>,
    cut: bool,
) -> Result<Option<Text>, Error> {
    if entry.row.grants == 0 {
        return Ok(None);
    }
    let need = need();
    for grantee in call.standing.grantees(cut) {
        let found = find(&need, &mut |slot| look.grants(&entry.row.id, &grantee, slot))?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// A grant, the one by which it was created, and so on, as far as they are still there.
fn lineage(look: &dyn GrantLook, grant: &Text) -> Vec<Text> {
    let mut line = vec![grant.clone()];
    let mut next = grant.clone();
    // The decision stands, told with as much as can be read. No grant is its own ancestor.
    while let Ok(Some(parent)) = look.grant(&next).map(|found| found.and_then(|grant| grant.parent)) {
        line.push(parent.clone());
        next = parent;
    }
    line
}
