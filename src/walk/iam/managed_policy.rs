//! Managed policies: Create, Get, List, Delete, their versions, and what they are attached to.

use std::sync::Arc;

use super::{list, number, stored};
use crate::access::entry::PolicyLook;
use crate::access::{Act, Pass};
use crate::error::{self, Error};
use crate::ledger::{Look, Principals as _};
use crate::model::account::Kind;
use crate::model::managed_policy::{
    BUILT_IN, ManagedPolicyRow, PolicyRef, PolicyVersionRow, version_id, version_number,
};
use crate::model::paging::Place;
use crate::model::principal::{PrincipalKind, PrincipalRow};
use crate::model::tag::TagRules;
use crate::name::Text;
use crate::operation::iam::{
    CreatePolicy, CreatePolicyResponse, CreatePolicyVersion, CreatePolicyVersionResponse, DeletePolicy,
    DeletePolicyResponse, DeletePolicyVersion, DeletePolicyVersionResponse, EntityType, GetPolicy, GetPolicyResponse,
    GetPolicyVersion, GetPolicyVersionResponse, ListEntitiesForPolicy, ListEntitiesForPolicyResponse, ListPolicies,
    ListPoliciesResponse, ListPolicyVersions, ListPolicyVersionsResponse, Policy as Shown, PolicyGroup, PolicyRole,
    PolicyScopeType, PolicyUsageType, PolicyUser, PolicyVersion, SetDefaultPolicyVersion,
    SetDefaultPolicyVersionResponse, Tag,
};
use crate::policy::{Policy, PolicyKind};
use crate::walk::{Read, Reading, Visit, Write, Writing, reads, writes};

reads!(GetPolicy, ListPolicies, GetPolicyVersion, ListPolicyVersions, ListEntitiesForPolicy);
writes!(CreatePolicy, DeletePolicy, CreatePolicyVersion, SetDefaultPolicyVersion, DeletePolicyVersion);

/// Admitted, and there.
pub(super) fn admitted<'v, A: Act<On = PolicyLook>, L: Look>(
    act: &A,
    arn: &Text,
    visit: &Visit<'v, L>,
) -> Result<Pass<'v, A, Arc<ManagedPolicyRow>>, Error> {
    visit.admit(act, visit.look.managed_policy(arn)?)?.found(|| error::iam::managed_policy_not_found(arn))
}

/// The row of a policy that this account may change.
/// # Errors
/// `InvalidRequest`: AWS ships it.
pub(super) fn own<A: Act, L: Look>(
    visit: &Visit<'_, L>,
    policy: &Pass<'_, A, Arc<ManagedPolicyRow>>,
) -> Result<ManagedPolicyRow, Error> {
    match PolicyRef::parse(policy.resource(), visit.home()) {
        PolicyRef::Own { .. } => Ok(ManagedPolicyRow::clone(policy.row())),
        PolicyRef::BuiltIn(_) | PolicyRef::Elsewhere => Err(error::iam::policy_of_another_account()),
    }
}

fn must_be_a_policy(text: &str) -> Result<(), Error> {
    Policy::parse(text, PolicyKind::Identity).map(|_| ()).map_err(error::iam::policy_syntax)
}

/// How often a policy is attached, and how often it is a boundary.
pub(super) fn uses(arn: &Text, principals: &[PrincipalRow]) -> (i64, i64) {
    let count = |meets: &dyn Fn(&PrincipalRow) -> bool| {
        i64::try_from(principals.iter().filter(|row| meets(row)).count()).unwrap_or(i64::MAX)
    };
    (count(&|row| row.attached.contains(arn)), count(&|row| row.boundary.as_ref() == Some(arn)))
}

fn shown(row: &ManagedPolicyRow, principals: &[PrincipalRow]) -> Shown {
    let (attached, bounding) = uses(&row.arn, principals);
    let mut policy = Shown::new(
        &row.name,
        &row.id,
        &row.arn,
        &row.path,
        version_id(row.default),
        attached,
        bounding,
        true,
        row.created,
        row.updated,
    );
    policy.description = Some(row.description.clone()).filter(|text| !text.is_empty());
    policy
}
fn shown_with_tags(row: &ManagedPolicyRow, principals: &[PrincipalRow]) -> Shown {
    let mut policy = shown(row, principals);
    let tags: Vec<Tag> = row.tags.iter().map(|tag| Tag::new(&tag.key, &tag.value)).collect();
    policy.tags = (!tags.is_empty()).then_some(tags);
    policy
}
pub(super) fn version_shown(row: &ManagedPolicyRow, version: &PolicyVersionRow) -> PolicyVersion {
    PolicyVersion::new(version_id(version.number), version.number == row.default, version.created)
}

impl Write for CreatePolicy {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        let path = self.path.as_deref().unwrap_or("/");
        visit.admit(self, visit.look.new_managed_policy(path, &self.policy_name)).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<CreatePolicyResponse, Error> {
        let path = self.path.clone().unwrap_or_else(|| Text::from("/"));
        let pass = visit.admit(self, visit.look.new_managed_policy(&path, &self.policy_name))?;
        if visit.look.is_policy_taken(&pass, &self.policy_name)? {
            return Err(error::iam::managed_policy_exists(&self.policy_name));
        }
        let place = (pass.resource().clone(), path, self.policy_name.clone());
        let mut row =
            ManagedPolicyRow::new(place, &self.policy_document, visit.observed(), &mut |out| visit.fill(out))?;
        must_be_a_policy(&self.policy_document)?;
        row.description = self.description.clone().unwrap_or_default();
        row.tags = TagRules::Iam.set(&[], &stored(self.tags.as_deref().unwrap_or_default()))?;
        visit.look.enter(&pass, Kind::Policy)?;
        visit.look.save_policy(&pass, &row)?;
        Ok(CreatePolicyResponse::new(shown_with_tags(&row, &[])))
    }
}

impl Read for GetPolicy {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GetPolicyResponse, Error> {
        let policy = admitted(self, &self.policy_arn, visit)?;
        Ok(GetPolicyResponse::new(shown_with_tags(policy.row(), &visit.look.users_of(&policy)?)))
    }
}

impl Read for ListPolicies {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<ListPoliciesResponse, Error> {
        let all = visit.admit(self, visit.look.everything())?;
        let (shipped, own) = match &self.scope {
            None | Some(PolicyScopeType::All) => (true, true),
            Some(PolicyScopeType::Aws) => (true, false),
            Some(_) => (false, true),
        };
        let mut rows = if own { visit.look.managed_policies(&all)? } else { Vec::new() };
        if shipped {
            rows.extend(BUILT_IN.iter().map(crate::model::managed_policy::BuiltIn::row));
        }
        let principals = visit.look.principals(&all)?;
        rows.retain(|row| {
            let (attached, bounding) = uses(&row.arn, &principals);
            let used = match &self.policy_usage_filter {
                None => attached + bounding > 0,
                Some(PolicyUsageType::PermissionsBoundary) => bounding > 0,
                Some(_) => attached > 0,
            };
            let wanted = used || (self.only_attached != Some(true) && self.policy_usage_filter.is_none());
            wanted && self.path_prefix.as_ref().is_none_or(|prefix| row.path.starts_with(prefix.as_str()))
        });
        rows.sort_by(|one, other| one.arn.cmp(&other.arn));
        let scope = format!(
            "{:?} {:?} {:?} {}",
            self.scope,
            self.only_attached,
            self.policy_usage_filter,
            self.path_prefix.as_ref().map(Text::as_str).unwrap_or_default()
        );
        let list = list(number::MANAGED, scope.as_bytes());
        let (page, next) =
            visit.page(&list, self.marker.as_deref(), self.max_items, &rows, |row| Place::by_text(&row.arn))?;
        let page = page.iter().map(|row| shown(row, &principals)).collect::<Vec<_>>();
        let mut answer = ListPoliciesResponse::new(page, next.is_some());
        answer.marker = next;
        Ok(answer)
    }
}

impl Write for DeletePolicy {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.policy_arn, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<DeletePolicyResponse, Error> {
        let policy = admitted(self, &self.policy_arn, visit)?;
        let row = own(visit, &policy)?;
        if !visit.look.users_of(&policy)?.is_empty() {
            return Err(error::iam::policy_is_attached());
        }
        if row.versions.len() > 1 {
            return Err(error::iam::policy_has_versions());
        }
        visit.look.leave(&policy, Kind::Policy)?;
        visit.look.remove_policy(&policy, &row)?;
        Ok(DeletePolicyResponse::new())
    }
}

impl Write for CreatePolicyVersion {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.policy_arn, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<CreatePolicyVersionResponse, Error> {
        let policy = admitted(self, &self.policy_arn, visit)?;
        let mut row = own(visit, &policy)?;
        let added = row.add(&self.policy_document, self.set_as_default == Some(true), visit.observed())?;
        must_be_a_policy(&self.policy_document)?;
        visit.look.save_policy(&policy, &row)?;
        Ok(CreatePolicyVersionResponse::new(version_shown(&row, &added)))
    }
}

/// The number in a version's id. One that no version of ours can have is not there.
fn number_of(arn: &Text, id: &Text) -> Result<u32, Error> {
    version_number(id).ok_or_else(|| error::iam::policy_version_not_found(arn, id.strip_prefix('v').unwrap_or(id)))
}

impl Read for GetPolicyVersion {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GetPolicyVersionResponse, Error> {
        let policy = admitted(self, &self.policy_arn, visit)?;
        let number = number_of(&self.policy_arn, &self.version_id)?;
        let missing = || error::iam::policy_version_not_found(&self.policy_arn, number);
        let version = policy.row().version(number).ok_or_else(missing)?;
        let mut answer = version_shown(policy.row(), version);
        answer.document = Some(version.text.clone());
        Ok(GetPolicyVersionResponse::new(answer))
    }
}

impl Read for ListPolicyVersions {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<ListPolicyVersionsResponse, Error> {
        let policy = admitted(self, &self.policy_arn, visit)?;
        let row = policy.row();
        // The newest first: places grow as numbers fall.
        let place = |version: &PolicyVersionRow| Text::from(format!("{:010}", u32::MAX.saturating_sub(version.number)));
        let versions: Vec<(Text, PolicyVersion)> =
            row.versions.iter().rev().map(|version| (place(version), version_shown(row, version))).collect();
        let list = list(number::VERSIONS, row.id.as_bytes());
        let (page, next) =
            visit.page(&list, self.marker.as_deref(), self.max_items, &versions, |(place, _)| Place::by_text(place))?;
        let page = page.iter().map(|(_, version)| version.clone()).collect::<Vec<_>>();
        let mut answer = ListPolicyVersionsResponse::new(page, next.is_some());
        answer.marker = next;
        Ok(answer)
    }
}

impl Write for SetDefaultPolicyVersion {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.policy_arn, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<SetDefaultPolicyVersionResponse, Error> {
        let policy = admitted(self, &self.policy_arn, visit)?;
        let mut row = own(visit, &policy)?;
        row.put_in_force(number_of(&self.policy_arn, &self.version_id)?, visit.observed())?;
        visit.look.save_policy(&policy, &row)?;
        Ok(SetDefaultPolicyVersionResponse::new())
    }
}

impl Write for DeletePolicyVersion {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.policy_arn, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<DeletePolicyVersionResponse, Error> {
        let policy = admitted(self, &self.policy_arn, visit)?;
        let mut row = own(visit, &policy)?;
        row.remove(number_of(&self.policy_arn, &self.version_id)?)?;
        visit.look.save_policy(&policy, &row)?;
        Ok(DeletePolicyVersionResponse::new())
    }
}

impl Read for ListEntitiesForPolicy {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<ListEntitiesForPolicyResponse, Error> {
        let policy = admitted(self, &self.policy_arn, visit)?;
        let arn = &policy.row().arn;
        let mut rows = visit.look.users_of(&policy)?;
        rows.retain(|row| {
            let of_kind = match &self.entity_filter {
                None => true,
                Some(EntityType::User) => row.kind == PrincipalKind::User,
                Some(EntityType::Role) => row.kind == PrincipalKind::Role,
                Some(EntityType::Group) => row.kind == PrincipalKind::Group,
                Some(_) => false,
            };
            let so_used = match &self.policy_usage_filter {
                None => true,
                Some(PolicyUsageType::PermissionsBoundary) => row.boundary.as_ref() == Some(arn),
                Some(_) => row.attached.contains(arn),
            };
            let below = self.path_prefix.as_ref().is_none_or(|prefix| row.path.starts_with(prefix.as_str()));
            of_kind && so_used && below
        });
        rows.sort_by(|one, other| one.arn.cmp(&other.arn));
        let scope = format!(
            "{arn} {:?} {:?} {}",
            self.entity_filter,
            self.policy_usage_filter,
            self.path_prefix.as_ref().map(Text::as_str).unwrap_or_default()
        );
        let list = list(number::ENTITIES, scope.as_bytes());
        let (page, next) =
            visit.page(&list, self.marker.as_deref(), self.max_items, &rows, |row| Place::by_text(&row.arn))?;
        let (mut groups, mut users, mut roles) = (Vec::new(), Vec::new(), Vec::new());
        for row in page {
            match row.kind {
                PrincipalKind::Group => groups.push(PolicyGroup::new(&row.name, &row.id)),
                PrincipalKind::User => users.push(PolicyUser::new(&row.name, &row.id)),
                PrincipalKind::Role => roles.push(PolicyRole::new(&row.name, &row.id)),
            }
        }
        let mut answer = ListEntitiesForPolicyResponse::new(groups, users, roles, next.is_some());
        answer.marker = next;
        Ok(answer)
    }
}
