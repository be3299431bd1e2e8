//! SimulateCustomPolicy, SimulatePrincipalPolicy, GetContextKeysForCustomPolicy, GetContextKeysForPrincipalPolicy: what the
//! one evaluator says of policies that are asked about.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::{list, number};
use crate::access::acts::extension::ExplainRole;
use crate::access::{Act, Pass, PrincipalEntry};
use crate::action::ActionRef;
use crate::error::{self, Error};
use crate::ledger::{Known, Look};
use crate::model::paging::Place;
use crate::model::principal::PrincipalKind;
use crate::name::{Arn, Text};
use crate::operation::iam::{
    ContextEntry, EvaluationResult, GetContextKeysForCustomPolicy, GetContextKeysForCustomPolicyResponse,
    GetContextKeysForPrincipalPolicy, GetContextKeysForPrincipalPolicyResponse, PermissionsBoundaryDecisionDetail,
    PolicyEvaluationDecisionType, PolicySourceType, Position, ResourceSpecificResult, SimulateCustomPolicy,
    SimulateCustomPolicyResponse, SimulatePrincipalPolicy, SimulatePrincipalPolicyResponse, Statement,
};
use crate::policy::{
    self, Explanation, MapKeys, Matched, Policy, PolicyKind, PolicySet, Principal, PrincipalKind as CallerKind, Query,
    Source, SourceKind, Trust, Verdict, explain,
};
use crate::walk::{Read, Visit, reads};

reads!(SimulateCustomPolicy, SimulatePrincipalPolicy, GetContextKeysForCustomPolicy, GetContextKeysForPrincipalPolicy);

/// The members that both simulations have.
struct Asked<'a> {
    actions: &'a [Text],
    resources: Option<&'a [Text]>,
    resource_policy: Option<&'a Text>,
    resource_owner: Option<&'a Text>,
    entries: Option<&'a [ContextEntry]>,
    marker: Option<&'a str>,
    max: Option<i64>,
    /// Everything that the pages of one list have in common.
    scope: String,
}

/// Who is to be the caller.
struct Played {
    kind: CallerKind,
    arn: Text,
    /// Without anybody in particular it is whoever owns the resource.
    account: Option<Text>,
    id: Option<Text>,
    parent: Option<Text>,
    /// Can a resource's policy name it? AWS asks for a user.
    is_named: bool,
}
impl Played {
    fn nobody() -> Self {
        Self { kind: CallerKind::User, arn: Text::default(), account: None, id: None, parent: None, is_named: false }
    }
    /// # Errors
    /// `InvalidRequest` (AWS: InvalidInput): not the ARN of a user.
    fn of_arn<L: Look>(arn: &Text, visit: &Visit<'_, L>) -> Result<Self, Error> {
        let parsed = Principal::from_arn(arn).filter(|parsed| parsed.kind == CallerKind::User);
        let account = parsed.map(|parsed| Text::from(parsed.account));
        let account =
            account.ok_or_else(|| error::iam::invalid_input(format!("CallerArn {arn} is not the ARN of a user.")))?;
        // Stored trust policies know users by their ids.
        let id = if let Known::Here(id) = visit.look.known(arn)? { Some(id) } else { None };
        Ok(Self { kind: CallerKind::User, arn: arn.clone(), account: Some(account), id, parent: None, is_named: true })
    }
    /// The user or a session of the role whose policies they are; of a group anybody.
    fn of_source(entry: &PrincipalEntry, home: &Text) -> Self {
        let row = &entry.row;
        let (arn, account, id) = (row.arn.clone(), Some(home.clone()), Some(row.id.clone()));
        match row.kind {
            PrincipalKind::User => Self { kind: CallerKind::User, arn, account, id, parent: None, is_named: true },
            PrincipalKind::Role => Self {
                kind: CallerKind::RoleSession,
                arn: arn.clone(),
                account,
                id,
                parent: Some(arn),
                is_named: false,
            },
            PrincipalKind::Group => Self { account, ..Self::nobody() },
        }
    }
    fn principal<'p>(&'p self, owner: &'p str) -> Principal<'p> {
        let id = self.id.as_deref();
        let session = self.parent.is_some();
        Principal {
            kind: self.kind,
            arn: &self.arn,
            account: self.account.as_deref().unwrap_or(owner),
            id: if session { None } else { id },
            parent: self.parent.as_deref(),
            parent_id: if session { id } else { None },
        }
    }
}

/// All that the answers of one simulation have in common.
struct Simulation<'a> {
    caller: Played,
    identity: &'a PolicySet,
    boundary: Option<&'a PolicySet>,
    keys: MapKeys,
    /// Owns resources whose ARNs name no account.
    owner: Text,
    resource_policy: Option<&'a Text>,
    /// The same, as the kinds of policy that resources had so far.
    read_as: RefCell<Vec<(PolicyKind, Policy)>>,
}

/// One action on one resource, decided.
struct Outcome {
    resource: Text,
    verdict: Verdict,
    matched: Vec<Statement>,
    missing: Vec<Text>,
    details: Option<BTreeMap<Text, PolicyEvaluationDecisionType>>,
    boundary: Option<PermissionsBoundaryDecisionDetail>,
}

/// # Errors
/// `InvalidRequest` (AWS: InvalidInput): a text is no policy.
fn compiled(member: &str, texts: &[Text], kind: PolicyKind) -> Result<Vec<(Source, Arc<Policy>)>, Error> {
    let mut policies = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let id = format!("{member}.{}", index.saturating_add(1));
        policies.push((Source::new(id.as_str(), SourceKind::None), Arc::new(parsed(&id, text, kind)?)));
    }
    Ok(policies)
}
fn parsed(member: &str, text: &str, kind: PolicyKind) -> Result<Policy, Error> {
    Policy::parse(text, kind).map_err(|fault| error::iam::invalid_input(format!("{member} is no policy: {fault}")))
}

/// The boundary that comes with the request; there can be one only.
fn boundary_given(texts: Option<&Vec<Text>>) -> Result<Option<PolicySet>, Error> {
    match texts.map(Vec::as_slice) {
        None | Some([]) => Ok(None),
        Some(one @ [_]) => {
            Ok(Some(PolicySet::new(compiled("PermissionsBoundaryPolicyInputList", one, PolicyKind::Boundary)?)))
        }
        Some(_) => Err(error::iam::invalid_input("There can be one permissions boundary only.")),
    }
}

/// The condition keys of the simulated request: those that are given, and no others.
fn context(entries: Option<&[ContextEntry]>) -> Result<MapKeys, Error> {
    let mut keys = MapKeys::new();
    for entry in entries.unwrap_or_default() {
        let (Some(name), Some(values)) = (&entry.context_key_name, &entry.context_key_values) else {
            return Err(error::iam::invalid_input("A context entry needs ContextKeyName and ContextKeyValues."));
        };
        if keys.contains(name) {
            return Err(error::iam::invalid_input(format!("The context key {name} is given twice.")));
        }
        if let Some(kind) = &entry.context_key_type {
            let kind = kind.as_str();
            let (kind, several) = kind.strip_suffix("List").map_or((kind, false), |one| (one, true));
            if values.len() != 1 && !several {
                return Err(error::iam::invalid_input(format!(
                    "The context key {name} has one value, or a list's type."
                )));
            }
            if let Some(bad) = values.iter().find(|value| policy::is_of_type(kind, value) != Some(true)) {
                return Err(error::iam::invalid_input(format!(
                    "{bad} is no value of type {kind} for the context key {name}."
                )));
            }
        }
        keys.set(name, values.clone());
    }
    Ok(keys)
}

/// The account whose root `ResourceOwner` names; else the caller's, else the store's.
fn owner<L: Look>(asked: Option<&Text>, caller: &Played, visit: &Visit<'_, L>) -> Result<Text, Error> {
    let Some(arn) = asked else {
        return Ok(caller.account.clone().unwrap_or_else(|| visit.home().account.clone()));
    };
    match Principal::from_arn(arn) {
        Some(root) if root.kind == CallerKind::Root => Ok(Text::from(root.account)),
        _ => Err(error::iam::invalid_input(format!("ResourceOwner {arn} is not the ARN of an account's root."))),
    }
}

/// What the policy of a resource is to a decision, and as what it is read.
fn trust_of(action: ActionRef<'_>, resource: &str) -> (Trust, PolicyKind) {
    let service = action.text().split(':').next().unwrap_or_default();
    match Arn::parse(resource) {
        Some(arn) if arn.service == "kms" && arn.resource.starts_with("key/") => (Trust::Key, PolicyKind::Key),
        Some(arn) if service.eq_ignore_ascii_case("sts") && arn.resource.starts_with("role/") => {
            (Trust::Role, PolicyKind::Trust)
        }
        _ => (Trust::Secret, PolicyKind::Secret),
    }
}

impl Simulation<'_> {
    fn decide<L: Look>(&self, action: &str, resource: &Text, visit: &Visit<'_, L>) -> Result<Outcome, Error> {
        let parsed_arn = Arn::parse(resource);
        let named = parsed_arn.map(|arn| arn.account).filter(|account| !account.is_empty());
        let owner = named.unwrap_or(&self.owner);
        let action = ActionRef::parse(action);
        let (mut trust, kind) = trust_of(action, resource);
        let mut role = None;
        let given = self.given(kind)?;
        if given.is_none() {
            if trust == Trust::Role && *owner == *visit.home().account {
                // Who may take a role on is in its trust policy: an answer without it would be wrong.
                role.clone_from(visit.admit(&ExplainRole, visit.look.principal_of_arn(resource)?)?.row());
                self.caller_is_known()?;
            } else {
                // What the resource itself says was not asked about.
                trust = Trust::None;
            }
        }
        let principal = self.caller.principal(owner);
        let query = Query {
            principal: &principal,
            action,
            resource,
            resource_account: owner,
            trust,
            keys: &self.keys,
            identity: self.identity,
            resource_policy: given.as_ref().or_else(|| role.as_deref().and_then(|role| role.trust.as_ref())),
            boundary: self.boundary,
            session: None,
            scps: &[],
        };
        Ok(outcome(&query, explain(&query)))
    }
    /// The policy that the request gives every resource, read as one of this kind.
    fn given(&self, kind: PolicyKind) -> Result<Option<Policy>, Error> {
        let Some(text) = self.resource_policy else { return Ok(None) };
        let mut read_as = self.read_as.borrow_mut();
        if let Some((_, policy)) = read_as.iter().find(|(known, _)| *known == kind) {
            return Ok(Some(policy.clone()));
        }
        let policy = parsed("ResourcePolicy", text, kind)?;
        read_as.push((kind, policy.clone()));
        Ok(Some(policy))
    }
    /// A policy that names principals can be weighed for somebody only.
    fn caller_is_known(&self) -> Result<(), Error> {
        if self.caller.is_named || self.caller.parent.is_some() {
            return Ok(());
        }
        Err(error::iam::invalid_input("A role's trust policy can be weighed for a caller only: give CallerArn."))
    }
}

fn outcome(query: &Query<'_>, story: Explanation) -> Outcome {
    let details = (query.resource != "*").then(|| {
        let mut sides = BTreeMap::new();
        if query.principal.account != query.resource_account {
            sides.insert(Text::from("IAM Policy"), decision(story.identity));
            sides.insert(Text::from("Resource Policy"), decision(story.resource.unwrap_or(Verdict::ImplicitDeny)));
        }
        sides
    });
    Outcome {
        resource: Text::from(query.resource),
        verdict: story.decision.verdict(),
        matched: story.matched.iter().map(statement).collect(),
        missing: story.missing,
        details,
        boundary: story.allowed_by_boundary.map(PermissionsBoundaryDecisionDetail::new),
    }
}
fn decision(verdict: Verdict) -> PolicyEvaluationDecisionType {
    PolicyEvaluationDecisionType::from(verdict.simulator_text())
}
fn statement(matched: &Matched) -> Statement {
    let place = |at: policy::Position| {
        let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        Position::new(number(at.line), number(at.column))
    };
    let kind = PolicySourceType::from(matched.source.kind.text());
    Statement::new(&matched.source.id, kind, place(matched.start), place(matched.end))
}

/// The answers for one action: one resource by itself, several under the strictest of them.
fn result(action: &Text, outcomes: &[Outcome]) -> Option<EvaluationResult> {
    let strictness = |outcome: &&Outcome| match outcome.verdict {
        Verdict::ExplicitDeny => 0,
        Verdict::ImplicitDeny => 1,
        Verdict::Allow => 2,
    };
    let top = outcomes.iter().min_by_key(strictness)?;
    let mut result =
        EvaluationResult::new(action, &top.resource, decision(top.verdict), top.matched.clone(), top.missing.clone());
    result.eval_decision_details.clone_from(&top.details);
    result.permissions_boundary_decision_detail.clone_from(&top.boundary);
    if outcomes.len() > 1 {
        let each = |outcome: &Outcome| {
            let mut one = ResourceSpecificResult::new(
                &outcome.resource,
                decision(outcome.verdict),
                outcome.matched.clone(),
                outcome.missing.clone(),
            );
            one.eval_decision_details.clone_from(&outcome.details);
            one.permissions_boundary_decision_detail.clone_from(&outcome.boundary);
            one
        };
        result.resource_specific_results = Some(outcomes.iter().map(each).collect());
    }
    Some(result)
}

/// One page of answers.
fn simulate<L: Look>(
    asked: &Asked<'_>,
    caller: Played,
    (identity, boundary): (&PolicySet, Option<&PolicySet>),
    visit: &Visit<'_, L>,
) -> Result<(Vec<EvaluationResult>, Option<Text>), Error> {
    if asked.resource_policy.is_some() && !caller.is_named {
        return Err(error::iam::invalid_input("ResourcePolicy names principals: give CallerArn."));
    }
    if let Some(bad) = asked.actions.iter().find(|action| !is_action(action)) {
        return Err(error::iam::invalid_input(format!("{bad} is no action: write service:Name, without wildcards.")));
    }
    let everything = [Text::from("*")];
    let resources = asked.resources.filter(|resources| !resources.is_empty()).unwrap_or(&everything);
    if let Some(bad) = resources.iter().find(|resource| **resource != "*" && Arn::parse(resource).is_none()) {
        return Err(error::iam::invalid_input(format!("{bad} is not an ARN.")));
    }
    let simulation = Simulation {
        identity,
        boundary,
        keys: context(asked.entries)?,
        owner: owner(asked.resource_owner, &caller, visit)?,
        resource_policy: asked.resource_policy,
        read_as: RefCell::default(),
        caller,
    };
    let rows: Vec<(Text, &Text)> =
        asked.actions.iter().enumerate().map(|(at, action)| (Text::from(format!("{at:010}")), action)).collect();
    let list = list(number::SIMULATION, asked.scope.as_bytes());
    let (page, next) = visit.page(&list, asked.marker, asked.max, &rows, |(place, _)| Place::by_text(place))?;
    if page.len().saturating_mul(resources.len()) > ANSWERS_MAX {
        return Err(error::iam::invalid_input(format!(
            "A page has at most {ANSWERS_MAX} answers: ask for fewer actions or resources at a time."
        )));
    }
    let mut results = Vec::with_capacity(page.len());
    for (_, action) in page {
        let outcomes = resources.iter().map(|resource| simulation.decide(action, resource, visit));
        results.extend(result(action, &outcomes.collect::<Result<Vec<_>, _>>()?));
    }
    Ok((results, next))
}

fn is_action(text: &str) -> bool {
    let legal = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    text.split_once(':').is_some_and(|(service, name)| legal(service) && legal(name))
}

/// Actions times resources of one page: an explanation asks every statement of every policy.
const ANSWERS_MAX: usize = 10_000;

macro_rules! asked {
    ($request:ident) => {
        Asked {
            actions: &$request.action_names,
            resources: $request.resource_arns.as_deref(),
            resource_policy: $request.resource_policy.as_ref(),
            resource_owner: $request.resource_owner.as_ref(),
            entries: $request.context_entries.as_deref(),
            marker: $request.marker.as_deref(),
            max: $request.max_items,
            scope: format!("{:?}", Self { marker: None, max_items: None, ..$request.clone() }),
        }
    };
}

/// # Errors
/// `Unsupported`: scenarios of EC2.
fn not_served(handling: Option<&Text>) -> Result<(), Error> {
    if handling.is_some() { Err(error::iam::unsupported("ResourceHandlingOption")) } else { Ok(()) }
}

impl Read for SimulateCustomPolicy {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<SimulateCustomPolicyResponse, Error> {
        visit.admit(self, visit.look.everything())?;
        not_served(self.resource_handling_option.as_ref())?;
        let identity = PolicySet::new(compiled("PolicyInputList", &self.policy_input_list, PolicyKind::Identity)?);
        let boundary = boundary_given(self.permissions_boundary_policy_input_list.as_ref())?;
        let caller = match &self.caller_arn {
            Some(arn) => Played::of_arn(arn, visit)?,
            None => Played::nobody(),
        };
        let (page, next) = simulate(&asked!(self), caller, (&identity, boundary.as_ref()), visit)?;
        let mut answer = SimulateCustomPolicyResponse::new(page, next.is_some());
        answer.marker = next;
        Ok(answer)
    }
}

/// The user, group or role of that ARN, admitted, and there.
fn source<'v, A: Act<On = crate::access::entry::PrincipalLook>, L: Look>(
    act: &A,
    arn: &Text,
    visit: &Visit<'v, L>,
) -> Result<Pass<'v, A, Arc<PrincipalEntry>>, Error> {
    visit.admit(act, visit.look.principal_of_arn(arn)?)?.found(|| error::iam::arn_not_found(arn))
}

/// Its policies, and those that come with the request.
fn with_more(entry: &PrincipalEntry, more: Option<&Vec<Text>>) -> Result<PolicySet, Error> {
    let more = compiled("PolicyInputList", more.map(Vec::as_slice).unwrap_or_default(), PolicyKind::Identity)?;
    let own = entry.identity.members().map(|(source, policy)| (source.clone(), Arc::clone(policy)));
    Ok(PolicySet::new(own.chain(more)))
}

impl Read for SimulatePrincipalPolicy {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<SimulatePrincipalPolicyResponse, Error> {
        let pass = source(self, &self.policy_source_arn, visit)?;
        not_served(self.resource_handling_option.as_ref())?;
        let entry = pass.row();
        let identity = with_more(entry, self.policy_input_list.as_ref())?;
        let given = boundary_given(self.permissions_boundary_policy_input_list.as_ref())?;
        let caller = match &self.caller_arn {
            Some(arn) => Played::of_arn(arn, visit)?,
            None => Played::of_source(entry, &visit.home().account),
        };
        let boundary = given.as_ref().or(entry.boundary.as_ref());
        let (page, next) = simulate(&asked!(self), caller, (&identity, boundary), visit)?;
        let mut answer = SimulatePrincipalPolicyResponse::new(page, next.is_some());
        answer.marker = next;
        Ok(answer)
    }
}

/// Each key once, in whatever case, sorted.
fn key_names<'p>(policies: impl Iterator<Item = &'p Arc<Policy>>) -> Vec<Text> {
    let mut names = BTreeMap::new();
    for key in policies.flat_map(|policy| policy.condition_keys()) {
        names.entry(key.text.to_ascii_lowercase()).or_insert_with(|| key.text.clone());
    }
    names.into_values().collect()
}

impl Read for GetContextKeysForCustomPolicy {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GetContextKeysForCustomPolicyResponse, Error> {
        visit.admit(self, visit.look.everything())?;
        let policies = compiled("PolicyInputList", &self.policy_input_list, PolicyKind::Identity)?;
        Ok(GetContextKeysForCustomPolicyResponse::new(key_names(policies.iter().map(|(_, policy)| policy))))
    }
}
impl Read for GetContextKeysForPrincipalPolicy {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GetContextKeysForPrincipalPolicyResponse, Error> {
        let pass = source(self, &self.policy_source_arn, visit)?;
        let identity = with_more(pass.row(), self.policy_input_list.as_ref())?;
        let boundary = pass.row().boundary.iter().flat_map(PolicySet::members);
        let policies = identity.members().chain(boundary).map(|(_, policy)| policy);
        Ok(GetContextKeysForPrincipalPolicyResponse::new(key_names(policies)))
    }
}
