//! How a principal comes in: the host vouches for it, and the store says who that is.

use std::sync::Arc;

use crate::access::Who;
use crate::error::{self, Error};
use crate::ledger::Principals as _;
use crate::model::principal::{PrincipalKind as RowKind, check_session_name};
use crate::name::{Arn, Text};
use crate::policy::{self, Policy, PolicyKind, PolicySet, PrincipalKind, Source, SourceKind};
use crate::principal::{Circumstances, Kind, Principal};
use crate::walk::Room;

/// Who a session is for.
///
/// # Errors
/// `NotFound`: no such user or role. `InvalidRequest`: text that names no principal. `MalformedPolicy`: a vouched policy.
pub(crate) fn arrive(room: &Room, principal: Principal) -> Result<Who, Error> {
    let home = room.ledger.home();
    let view = room.ledger.view()?;
    match principal.0.resolved(&home.account) {
        Kind::Root => Ok(Who::root(home)),
        Kind::User { name } => view
            .vouched(RowKind::User, &name, |row| Who::user(home, row))?
            .ok_or_else(|| error::no_such_principal("user", &name)),
        Kind::Role { name, session, policies } => {
            check_session_name(&session)?;
            let limits = session_policies(&policies)?;
            let issued = room.observed();
            let mut who = view
                .vouched(RowKind::Role, &name, |row| Who::role(home, row, &session, issued, None))?
                .ok_or_else(|| error::no_such_principal("role", &name))?;
            who.session_policies = limits;
            Ok(who)
        }
        Kind::Foreign { arn, policies } => foreign(&home.account, &arn, &policies),
        Kind::Service { name } => service(&name).map(|name| Who::service(home, name)),
        Kind::Arn(text) | Kind::Unreadable(text) => Err(error::invalid(format!(
            "`{text}` names no principal of this store; use `root`, `user/NAME`, `role/NAME/SESSION` or such an ARN of account {}",
            home.account
        ))),
    }
}

/// The same caller, as these circumstances have it.
pub(crate) fn under(mut who: Who, circumstances: Circumstances) -> Who {
    who.source_ip = circumstances.source_ip.map(|address| Text::from(address.to_string()));
    who.user_agent = circumstances.user_agent;
    who.referer = circumstances.referer;
    who.request_id = circumstances.request_id;
    who.secure_transport = circumstances.secure_transport.unwrap_or(true);
    who
}

/// The name of a service: labels of lower-case letters, digits and hyphens between dots.
/// # Errors
/// `InvalidRequest`.
fn service(name: &str) -> Result<&str, Error> {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    if name.len() <= SERVICE_MAX && name.contains('.') && name.split('.').all(is_label) {
        return Ok(name);
    }
    Err(error::invalid(format!("`{name}` is no name of a service; such as `ec2.amazonaws.com`")))
}

/// Characters of a domain name.
const SERVICE_MAX: usize = 253;

/// What a session is limited to; `None` without any policy.
/// # Errors
/// `InvalidRequest`: one is too long. `MalformedPolicy`.
fn session_policies(texts: &[Text]) -> Result<Option<PolicySet>, Error> {
    let mut compiled = Vec::with_capacity(texts.len());
    for (number, text) in texts.iter().enumerate() {
        if text.chars().count() > SESSION_POLICY_MAX {
            return Err(error::invalid(format!(
                "session policy {} has more than {SESSION_POLICY_MAX} characters",
                number + 1
            )));
        }
        let policy =
            Policy::parse(text, PolicyKind::Identity).map_err(|fault| error::malformed_vouched_policy(&fault))?;
        let source = Source { id: Text::from(format!("session-{}", number + 1)), kind: SourceKind::None };
        compiled.push((source, Arc::new(policy)));
    }
    Ok((!compiled.is_empty()).then(|| PolicySet::new(compiled)))
}

/// Characters of one session policy (STS, AssumeRole).
const SESSION_POLICY_MAX: usize = 2_048;

/// A caller of another account: nothing of it is stored here.
fn foreign(own: &str, arn: &Text, policies: &[Text]) -> Result<Who, Error> {
    let account = Arn::parse(arn).map(|parsed| Text::from(parsed.account)).filter(|account| **account != *own);
    let (Some(parsed), Some(account)) = (policy::Principal::from_arn(arn), account) else {
        return Err(error::invalid(format!("`{arn}` is not the ARN of a principal of another account")));
    };
    let (kind, parent) = (parsed.kind, parsed.parent.map(Text::from));
    if !matches!(
        kind,
        PrincipalKind::User | PrincipalKind::RoleSession | PrincipalKind::Root | PrincipalKind::FederatedUser
    ) {
        return Err(error::invalid(format!("`{arn}` is not the ARN of a user, a role session or an account's root")));
    }
    let mut compiled = Vec::with_capacity(policies.len());
    for (number, text) in policies.iter().enumerate() {
        let policy =
            Policy::parse(text, PolicyKind::Identity).map_err(|fault| error::malformed_vouched_policy(&fault))?;
        compiled.push((
            Source { id: Text::from(format!("vouched-{}", number + 1)), kind: SourceKind::User },
            Arc::new(policy),
        ));
    }
    Ok(Who::foreign(kind, arn.clone(), account, parent, PolicySet::new(compiled)))
}
