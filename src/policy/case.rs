//! Whole questions as JSON, one object a line: what `policy decide --jsonl` reads.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{self, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::action::ActionRef;
use crate::name::{Arn, Text};
use crate::policy::compile::Policy;
use crate::policy::context::MapKeys;
use crate::policy::document::PolicyKind;
use crate::policy::evaluate::{Decision, Query, Trust, Verdict, decide};
use crate::policy::explain::{Explanation, explain};
use crate::policy::finding::{Malformed, Report};
use crate::policy::lint::lint;
use crate::policy::principal::Principal;
use crate::policy::set::{PolicySet, Source, SourceKind};

/// Answers one question: an object with `request` (`principal`, `action`, `resource`, `context`), `identityPolicies`,
/// `resourcePolicy`, `permissionBoundary`, `sessionPolicy`, `scps` and `resourceAccount`. Nothing is looked up and nothing
/// derived: only the keys in `context` exist. Members it does not know are ignored.
///
/// # Errors
/// [`CaseError::Json`] for other JSON, [`CaseError::Principal`] for a caller that is none, [`CaseError::Policy`] for a
/// policy without meaning. Policies that could not be stored are weighed as [`Policy::load`] says.
pub fn decide_case(json: &str) -> Result<Verdict, CaseError> {
    with_query(json, decide).map(Decision::verdict)
}

/// The same with the reasons.
///
/// # Errors
/// As [`decide_case`].
pub fn explain_case(json: &str) -> Result<Explanation, CaseError> {
    with_query(json, explain)
}

/// Examines one document given as a line: an object with `policyType` (the names of [`PolicyKind::parse`]), `account` and
/// `document`, the policy's text. Members it does not know are ignored.
///
/// # Errors
/// [`CaseError::Json`] for other JSON, [`CaseError::Kind`] for another type of policy.
pub fn lint_case(json: &str) -> Result<Report, CaseError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Case {
        policy_type: String,
        account: String,
        document: String,
    }
    let case: Case = serde_json::from_str(json).map_err(CaseError::Json)?;
    let kind = PolicyKind::parse(&case.policy_type).ok_or(CaseError::Kind(case.policy_type))?;
    Ok(lint(&case.document, kind, &case.account))
}

/// Why a case cannot be answered.
#[derive(Debug)]
#[non_exhaustive]
pub enum CaseError {
    /// Not JSON of the right shape.
    Json(serde_json::Error),
    /// The caller is no user, role session, federated session, root user or service.
    Principal(String),
    /// No such type of policy.
    Kind(String),
    /// A policy of the case has no meaning.
    Policy {
        /// The member it stands in.
        member: &'static str,
        /// Its place in that member's list, from 1.
        number: usize,
        /// What is wrong with it.
        cause: Malformed,
    },
}

impl fmt::Display for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(cause) => write!(f, "not a case: {cause}"),
            Self::Principal(text) => write!(f, "`{text}` is no caller"),
            Self::Kind(text) => write!(f, "`{text}` is no type of policy"),
            Self::Policy { member, number, cause } => write!(f, "policy {number} of `{member}`: {cause}"),
        }
    }
}
impl std::error::Error for CaseError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Json(cause) => Some(cause),
            Self::Policy { cause, .. } => Some(cause),
            Self::Principal(_) | Self::Kind(_) => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Case<'t> {
    #[serde(borrow)]
    request: Request<'t>,
    #[serde(borrow, default)]
    identity_policies: Vec<&'t RawValue>,
    #[serde(borrow, default)]
    resource_policy: Option<&'t RawValue>,
    #[serde(borrow, default)]
    permission_boundary: Option<&'t RawValue>,
    #[serde(borrow, default)]
    session_policy: Option<&'t RawValue>,
    #[serde(borrow, default)]
    scps: Vec<Vec<&'t RawValue>>,
    #[serde(borrow)]
    resource_account: std::borrow::Cow<'t, str>,
}

#[derive(Deserialize)]
struct Request<'t> {
    #[serde(borrow)]
    principal: std::borrow::Cow<'t, str>,
    #[serde(borrow)]
    action: std::borrow::Cow<'t, str>,
    #[serde(borrow)]
    resource: std::borrow::Cow<'t, str>,
    #[serde(default)]
    context: Context,
}

#[derive(Default)]
struct Context(MapKeys);

impl<'de> Deserialize<'de> for Context {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Context;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("condition keys with lists of texts")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Context, A::Error> {
                let mut keys = MapKeys::new();
                while let Some((key, values)) = map.next_entry::<String, Vec<Text>>()? {
                    if keys.contains(&key) {
                        return Err(de::Error::custom(format_args!("context key `{key}` is given twice")));
                    }
                    keys.set(&key, values);
                }
                Ok(Context(keys))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

fn with_query<T>(json: &str, then: impl FnOnce(&Query<'_>) -> T) -> Result<T, CaseError> {
    let case: Case<'_> = serde_json::from_str(json).map_err(CaseError::Json)?;
    let principal = Principal::from_arn(&case.request.principal)
        .ok_or_else(|| CaseError::Principal(case.request.principal.to_string()))?;
    let action = ActionRef::parse(&case.request.action);
    let trust = trust_of(action, &case.request.resource);
    let resource_kind = match trust {
        Trust::Key => PolicyKind::Key,
        Trust::Role => PolicyKind::Trust,
        Trust::Secret | Trust::None => PolicyKind::Secret,
    };
    let resource_policy =
        case.resource_policy.map(|text| load("resourcePolicy", 1, text, resource_kind)).transpose()?;
    let identity = set("identityPolicies", &case.identity_policies, PolicyKind::Identity)?;
    let limit = |member, text: Option<&RawValue>, kind| text.map(|text| set(member, &[text], kind)).transpose();
    let boundary = limit("permissionBoundary", case.permission_boundary, PolicyKind::Boundary)?;
    let session = limit("sessionPolicy", case.session_policy, PolicyKind::Session)?;
    let scps = case.scps.iter().map(|level| set("scps", level, PolicyKind::Scp)).collect::<Result<Vec<_>, _>>()?;
    Ok(then(&Query {
        principal: &principal,
        action,
        resource: &case.request.resource,
        resource_account: &case.resource_account,
        trust,
        keys: &case.request.context.0,
        identity: &identity,
        resource_policy: resource_policy.as_ref(),
        boundary: boundary.as_ref(),
        session: session.as_ref(),
        scps: &scps,
    }))
}

/// What the resource's policy is: a key's, a role's, or else a secret's.
fn trust_of(action: ActionRef<'_>, resource: &str) -> Trust {
    let service = action.text().split(':').next().unwrap_or_default();
    match Arn::parse(resource) {
        Some(arn) if arn.service == "kms" && arn.resource.starts_with("key/") => Trust::Key,
        Some(arn) if service.eq_ignore_ascii_case("sts") && arn.resource.starts_with("role/") => Trust::Role,
        _ => Trust::Secret,
    }
}

fn set(member: &'static str, texts: &[&RawValue], kind: PolicyKind) -> Result<PolicySet, CaseError> {
    let mut policies = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let number = index.saturating_add(1);
        let source = Source::new(format!("{member}.{number}"), SourceKind::None);
        policies.push((source, Arc::new(load(member, number, text, kind)?)));
    }
    Ok(PolicySet::new(policies))
}

fn load(member: &'static str, number: usize, text: &RawValue, kind: PolicyKind) -> Result<Policy, CaseError> {
    Policy::load(text.get(), kind).map_err(|cause| CaseError::Policy { member, number, cause })
}
