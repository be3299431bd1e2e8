//! STS: temporary credentials, and who the caller is.

use crate::access::acts::sts::Assumption;
use crate::access::{CallContext, Scope, Tie, Who};
use crate::error::{self, Error};
use crate::ledger::Look;
use crate::model;
use crate::model::credential::{LONG_TERM, TEMPORARY, draw_key_id};
use crate::model::principal::{max_session_secs, unique_key};
use crate::model::tag::TagRules;
use crate::name::Text;
use crate::operation::sts::{
    AssumeRole, AssumeRoleResponse, AssumedRoleUser, Credentials, FederatedUser, GetAccessKeyInfo,
    GetAccessKeyInfoResponse, GetCallerIdentity, GetCallerIdentityResponse, GetFederationToken,
    GetFederationTokenResponse, GetSessionToken, GetSessionTokenResponse, PolicyDescriptorType, Tag,
};
use crate::policy::{Policy, PolicyKind, PrincipalKind};
use crate::walk::caller::Caller;
use crate::walk::credential::Claims;
use crate::walk::held::Held;
use crate::walk::iam::mfa::{Proof, prove};
use crate::walk::{Read, Reading, Visit, Walk, Write, Writing, reads};

reads!(GetCallerIdentity, GetFederationToken, GetAccessKeyInfo);

impl Read for GetCallerIdentity {
    /// Needs no permission and cannot be denied.
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GetCallerIdentityResponse, Error> {
        let who = visit.call.standing.who;
        Ok(GetCallerIdentityResponse::new(who.userid.clone(), who.account.clone(), who.arn.clone()))
    }
}

impl Read for GetAccessKeyInfo {
    /// Every id that this store gave out is of its one account. Of temporary ones nothing is kept.
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GetAccessKeyInfoResponse, Error> {
        visit.admit(self, visit.look.everything())?;
        if self.access_key_id.starts_with(LONG_TERM) && visit.look.access_key(&self.access_key_id)?.is_some() {
            return Ok(GetAccessKeyInfoResponse::new().account(&visit.home().account));
        }
        Err(error::iam::access_key_not_found(&self.access_key_id))
    }
}

/// A code is good once, so that a request that brings one writes; all others only read.
macro_rules! writes_with_a_code {
    ($($request:ty => $answer:ty;)*) => { $(
        impl Walk for $request {
            fn run(self, caller: &Caller) -> Result<$answer, Error> {
                if Walk::writes(&self) { caller.write(&self) } else { caller.read(&self) }
            }
            fn hold(self, caller: &Caller) -> Held<$answer> {
                if Walk::writes(&self) { Held::paid(caller.write(&self)) } else { caller.hold(&self) }
            }
            fn writes(&self) -> bool {
                self.token_code.is_some()
            }
        }
        impl Read for $request {
            fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<$answer, Error> {
                self.issue(visit).map(|(answer, _)| answer)
            }
        }
        impl Write for $request {
            fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
                self.issue(visit).map(|_| ())
            }
            fn walk(&self, visit: &Writing<'_, '_>) -> Result<$answer, Error> {
                let (answer, proof) = self.issue(visit)?;
                if let Some(proof) = proof {
                    proof.spend(visit)?;
                }
                Ok(answer)
            }
        }
    )* };
}
writes_with_a_code! {
    AssumeRole => AssumeRoleResponse;
    GetSessionToken => GetSessionTokenResponse;
}

impl AssumeRole {
    fn issue<'v, L: Look>(&self, visit: &Visit<'v, L>) -> Result<(AssumeRoleResponse, Option<Proof<'v>>), Error> {
        let caller = visit.call.standing.who;
        if caller.kind == PrincipalKind::Root {
            return Err(error::iam::root_assumes_no_role());
        }
        let proof = prove(visit, self.serial_number.as_ref(), self.token_code.as_ref())?;
        let act = Assumption { request: self, caller: &visit.call.standing };
        let role = visit.gate.admit(&act, visit.call, visit.look.role_to_assume(&self.role_arn)?)?;
        // Without a role there is no trust policy, and nobody was admitted.
        let row = role.row().0.as_ref().map(|entry| &entry.row).ok_or_else(error::damaged)?;

        let longest = i64::from(row.max_session_secs);
        let seconds = match self.duration_seconds {
            Some(asked) if caller.kind == PrincipalKind::RoleSession && asked > HOUR_SECS => {
                return Err(error::iam::chained_session_too_long());
            }
            Some(asked) if asked > longest => return Err(error::iam::session_too_long()),
            Some(asked) => asked,
            None => i64::from(max_session_secs(None)),
        };
        let (tags, transitive) = self.session_tags(caller)?;
        let source_identity = match (&self.source_identity, &caller.source_identity) {
            (Some(asked), Some(set)) if asked != set => return Err(error::iam::source_identity_stays()),
            (asked, set) => asked.clone().or_else(|| set.clone()),
        };
        let limits = Limits::of(self.policy.as_ref(), self.policy_arns.as_ref());
        for arn in &limits.arns {
            visit.look.attachable(&role, arn)?.ok_or_else(|| error::iam::not_attachable(arn))?;
        }
        let packed = limits.packed(&tags)?;

        let issued = visit.observed();
        let session = &self.role_session_name;
        let claims = Claims {
            scope: Scope::Any,
            kind: PrincipalKind::RoleSession,
            name: Text::from(unique_key(&row.name)),
            id: row.id.clone(),
            session: session.clone(),
            issued,
            expires: issued.plus_millis(seconds.saturating_mul(1000)),
            policies: limits.policy,
            policy_arns: limits.arns,
            tags,
            transitive,
            source_identity: source_identity.clone(),
            mfa: None,
            ties: ties(visit.call, proof.as_ref()),
        };
        let who = Who::role(visit.home(), row, session, issued, Some(claims.expires));
        let answer = AssumeRoleResponse {
            credentials: Some(credentials(visit, &claims)?),
            assumed_role_user: Some(AssumedRoleUser::new(&who.userid, &who.arn)),
            packed_policy_size: packed,
            source_identity,
        };
        Ok((answer, proof))
    }

    /// The session's tags: those that the caller's session hands on, and those of the request; and which of them go on.
    fn session_tags(&self, caller: &Who) -> Result<(Vec<model::Tag>, Vec<Text>), Error> {
        let asked = stored(self.tags.as_ref())?;
        let carried = |key: &str| caller.transitive.iter().any(|set| set.eq_ignore_ascii_case(key));
        if let Some(tag) = asked.iter().find(|tag| carried(&tag.key)) {
            return Err(error::iam::transitive_tag_stays(&tag.key));
        }
        let mut transitive = caller.transitive.clone();
        for key in self.transitive_tag_keys.iter().flatten() {
            if !asked.iter().any(|tag| tag.key.eq_ignore_ascii_case(key)) {
                return Err(error::iam::transitive_without_tag(key));
            }
            transitive.push(key.clone());
        }
        let mut tags: Vec<_> = caller.tags.iter().filter(|tag| carried(&tag.key)).cloned().collect();
        tags.extend(asked);
        Ok((tags, transitive))
    }
}

impl GetSessionToken {
    fn issue<'v, L: Look>(&self, visit: &Visit<'v, L>) -> Result<(GetSessionTokenResponse, Option<Proof<'v>>), Error> {
        let caller = long_term(visit.call, "GetSessionToken")?;
        let proof = prove(visit, self.serial_number.as_ref(), self.token_code.as_ref())?;
        let issued = visit.observed();
        let seconds = session_secs(caller, self.duration_seconds)?;
        let claims = Claims {
            scope: Scope::SessionToken,
            kind: caller.kind,
            name: caller.place.as_ref().map(|(_, name)| name.clone()).unwrap_or_default(),
            id: caller.principal_id.clone().unwrap_or_default(),
            session: Text::default(),
            issued,
            expires: issued.plus_millis(seconds.saturating_mul(1000)),
            policies: None,
            policy_arns: Vec::new(),
            tags: Vec::new(),
            transitive: Vec::new(),
            source_identity: None,
            mfa: proof.as_ref().map(|_| issued),
            ties: ties(visit.call, proof.as_ref()),
        };
        Ok((GetSessionTokenResponse::new().credentials(credentials(visit, &claims)?), proof))
    }
}

impl Read for GetFederationToken {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GetFederationTokenResponse, Error> {
        let caller = long_term(visit.call, "GetFederationToken")?;
        let session = visit.admit(self, visit.look.federated(&self.name))?;
        let limits = Limits::of(self.policy.as_ref(), self.policy_arns.as_ref());
        for arn in &limits.arns {
            visit.look.attachable(&session, arn)?.ok_or_else(|| error::iam::not_attachable(arn))?;
        }
        let tags = stored(self.tags.as_ref())?;
        let packed = limits.packed(&tags)?;
        let issued = visit.observed();
        let seconds = session_secs(caller, self.duration_seconds)?;
        let claims = Claims {
            scope: Scope::Federated,
            kind: PrincipalKind::FederatedUser,
            name: caller.place.as_ref().map(|(_, name)| name.clone()).unwrap_or_default(),
            id: caller.principal_id.clone().unwrap_or_default(),
            session: self.name.clone(),
            issued,
            expires: issued.plus_millis(seconds.saturating_mul(1000)),
            policies: limits.policy,
            policy_arns: limits.arns,
            tags,
            transitive: Vec::new(),
            source_identity: None,
            mfa: None,
            ties: ties(visit.call, None),
        };
        let id = format!("{}:{}", visit.home().account, self.name);
        Ok(GetFederationTokenResponse {
            credentials: Some(credentials(visit, &claims)?),
            federated_user: Some(FederatedUser::new(id.as_str(), session.resource())),
            packed_policy_size: packed,
        })
    }
}

/// The caller, if it is a user of this account or its root user with credentials that last.
fn long_term<'c>(call: &'c CallContext<'_>, operation: &str) -> Result<&'c Who, Error> {
    let who = call.standing.who;
    let here = who.account == call.home.account;
    match who.kind {
        PrincipalKind::User | PrincipalKind::Root if here && who.issued.is_none() => Ok(who),
        _ => Err(error::iam::session_credentials(operation)),
    }
}

/// How long a session of GetSessionToken or GetFederationToken lasts: twelve hours; root's an hour.
fn session_secs(caller: &Who, asked: Option<i64>) -> Result<i64, Error> {
    match (caller.kind, asked) {
        (PrincipalKind::Root, Some(asked)) if asked > HOUR_SECS => Err(error::iam::root_session_too_long()),
        (PrincipalKind::Root, None) => Ok(HOUR_SECS),
        (_, asked) => Ok(asked.unwrap_or(12 * HOUR_SECS)),
    }
}

/// What a new session rests on: all that the caller's own does, the caller, the device that was proved.
fn ties(call: &CallContext<'_>, proof: Option<&Proof<'_>>) -> Vec<Tie> {
    let who = call.standing.who;
    let mut ties = who.ties.clone();
    if let (Some((kind, name)), Some(id)) = (&who.place, &who.principal_id) {
        ties.push(Tie::Principal { kind: *kind, name: name.clone(), id: id.clone() });
    }
    ties.extend(proof.map(|proof| proof.tie.clone()));
    ties
}

fn credentials<L: Look>(visit: &Visit<'_, L>, claims: &Claims) -> Result<Credentials, Error> {
    let id = draw_key_id(TEMPORARY, &mut |out| visit.fill(out))?;
    let made = visit.keystore.make_session(&id, &claims.to_bytes()?).map_err(|fault| match fault {
        strongroom_keystore::Error::TooLong { len, limit } => {
            error::iam::packed_policy_too_large(len.saturating_mul(100) / limit)
        }
        other => Error::from(other),
    })?;
    Ok(Credentials::new(id, made.secret, made.sealed, claims.expires))
}

/// What a session is cut to.
struct Limits {
    policy: Option<Text>,
    arns: Vec<Text>,
}
impl Limits {
    fn of(policy: Option<&Text>, arns: Option<&Vec<PolicyDescriptorType>>) -> Self {
        let arns = arns.into_iter().flatten().filter_map(|descriptor| descriptor.arn.clone());
        Self { policy: policy.cloned(), arns: arns.collect() }
    }
    /// Checks the document; tells, in per cent, how much of a session token policies and tags take.
    fn packed(&self, tags: &[model::Tag]) -> Result<Option<i64>, Error> {
        if let Some(policy) = &self.policy {
            Policy::parse(policy, PolicyKind::Identity).map_err(error::iam::policy_syntax)?;
        }
        let texts = self.policy.iter().chain(&self.arns).map(|text| text.len());
        let bytes: usize = texts.chain(tags.iter().map(|tag| tag.key.len() + tag.value.len())).sum();
        let percent = bytes.saturating_mul(100).div_ceil(PACKED_MAX);
        match percent {
            0 => Ok(None),
            1..=100 => Ok(i64::try_from(percent).ok()),
            _ => Err(error::iam::packed_policy_too_large(percent)),
        }
    }
}

/// # Errors
/// `InvalidRequest`: a key twice, or one that is reserved.
fn stored(tags: Option<&Vec<Tag>>) -> Result<Vec<model::Tag>, Error> {
    let tags = tags.into_iter().flatten();
    let tags: Vec<_> = tags.map(|tag| model::Tag { key: tag.key.clone(), value: tag.value.clone() }).collect();
    TagRules::Iam.set(&[], &tags)
}

const HOUR_SECS: i64 = 3_600;
/// Bytes of policies and tags in one session token.
const PACKED_MAX: usize = 8_192;
