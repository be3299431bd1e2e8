//! GetAccountAuthorizationDetails, GetAccountSummary.

use std::collections::BTreeMap;

use super::managed_policy::{uses, version_shown};
use super::{boundary_shown, list, number, tags_shown};
use crate::error::Error;
use crate::ledger::Look;
use crate::model::account;
use crate::model::credential::{ACCESS_KEYS_MAX, CredentialRow};
use crate::model::managed_policy::{self, BUILT_IN, BuiltIn, ManagedPolicyRow, version_id};
use crate::model::paging::Place;
use crate::model::principal::{self, PrincipalKind, PrincipalRow};
use crate::name::Text;
use crate::operation::iam::{
    AttachedPolicy, EntityType, GetAccountAuthorizationDetails, GetAccountAuthorizationDetailsResponse,
    GetAccountSummary, GetAccountSummaryResponse, GroupDetail, ManagedPolicyDetail, PolicyDetail, RoleDetail,
    UserDetail,
};
use crate::walk::{Read, Visit, reads};

reads!(GetAccountAuthorizationDetails, GetAccountSummary);

/// A line of the list of everything.
enum Line<'a> {
    Principal(&'a PrincipalRow),
    Policy(&'a ManagedPolicyRow),
}

/// The kinds in their order.
fn kind_of(row: &PrincipalRow) -> (char, EntityType) {
    match row.kind {
        PrincipalKind::User => ('1', EntityType::User),
        PrincipalKind::Group => ('2', EntityType::Group),
        PrincipalKind::Role => ('3', EntityType::Role),
    }
}

fn inline(row: &PrincipalRow) -> Vec<PolicyDetail> {
    row.inline.iter().map(|policy| PolicyDetail::new(&policy.name, &policy.text)).collect()
}
fn attached(row: &PrincipalRow) -> Vec<AttachedPolicy> {
    // The last part of a policy's ARN is its name.
    let name = |arn: &Text| Text::from(arn.rsplit('/').next().unwrap_or(arn));
    row.attached.iter().map(|arn| AttachedPolicy::new(name(arn), arn)).collect()
}

fn user(row: &PrincipalRow) -> UserDetail {
    let tags = tags_shown(row).unwrap_or_default();
    let (groups, created) = (row.groups.clone(), row.created);
    let mut user =
        UserDetail::new(&row.path, &row.name, &row.id, &row.arn, created, inline(row), groups, attached(row), tags);
    user.permissions_boundary = boundary_shown(row);
    user
}
fn group(row: &PrincipalRow) -> GroupDetail {
    GroupDetail::new(&row.path, &row.name, &row.id, &row.arn, row.created, inline(row), attached(row))
}
fn role(row: &PrincipalRow) -> RoleDetail {
    let tags = tags_shown(row).unwrap_or_default();
    let mut role =
        RoleDetail::new(&row.path, &row.name, &row.id, &row.arn, row.created, inline(row), attached(row), tags);
    role.assume_role_policy_document = row.trust.as_ref().map(|trust| trust.text.clone());
    role.permissions_boundary = boundary_shown(row);
    role
}
fn policy(row: &ManagedPolicyRow, principals: &[PrincipalRow]) -> ManagedPolicyDetail {
    let (attached, bounding) = uses(&row.arn, principals);
    let versions = row.versions.iter().rev().map(|version| {
        let mut shown = version_shown(row, version);
        shown.document = Some(version.text.clone());
        shown
    });
    let mut policy = ManagedPolicyDetail::new(
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
        versions.collect::<Vec<_>>(),
    );
    policy.description = Some(row.description.clone()).filter(|text| !text.is_empty());
    policy
}

impl Read for GetAccountAuthorizationDetails {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GetAccountAuthorizationDetailsResponse, Error> {
        let all = visit.admit(self, visit.look.everything())?;
        let (principals, own) = (visit.look.principals(&all)?, visit.look.managed_policies(&all)?);
        let shipped: Vec<ManagedPolicyRow> = BUILT_IN.iter().map(BuiltIn::row).collect();
        let wanted =
            |kind: &EntityType| self.filter.as_ref().is_none_or(|kinds| kinds.is_empty() || kinds.contains(kind));
        let mut lines: Vec<(Text, Line<'_>)> = Vec::new();
        for row in &principals {
            let (order, kind) = kind_of(row);
            if wanted(&kind) {
                lines.push((Text::from(format!("{order}{}", row.name)), Line::Principal(row)));
            }
        }
        for (order, kind, rows) in
            [('4', EntityType::LocalManagedPolicy, &own), ('5', EntityType::AwsManagedPolicy, &shipped)]
        {
            if wanted(&kind) {
                let line = |row| (Text::from(format!("{order}{}", row_name(row))), Line::Policy(row));
                lines.extend(rows.iter().map(line));
            }
        }
        lines.sort_by(|(one, _), (other, _)| one.cmp(other));
        let scope = format!("{:?}", self.filter);
        let list = list(number::DETAILS, scope.as_bytes());
        let (page, next) =
            visit.page(&list, self.marker.as_deref(), self.max_items, &lines, |(place, _)| Place::by_text(place))?;
        let (mut users, mut groups, mut roles, mut policies) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for (_, line) in page {
            match line {
                Line::Principal(row) => match row.kind {
                    PrincipalKind::User => users.push(user(row)),
                    PrincipalKind::Group => groups.push(group(row)),
                    PrincipalKind::Role => roles.push(role(row)),
                },
                Line::Policy(row) => policies.push(policy(row, &principals)),
            }
        }
        let mut answer = GetAccountAuthorizationDetailsResponse::new(users, groups, roles, policies, next.is_some());
        answer.marker = next;
        Ok(answer)
    }
}
fn row_name(row: &ManagedPolicyRow) -> &Text {
    &row.name
}

impl Read for GetAccountSummary {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GetAccountSummaryResponse, Error> {
        let all = visit.admit(self, visit.look.everything())?;
        let (principals, policies) = (visit.look.principals(&all)?, visit.look.managed_policies(&all)?);
        let of = |kind| principals.iter().filter(|row| row.kind == kind).count();
        let versions = policies.iter().map(|row| row.versions.len()).sum();
        let devices: Vec<_> = visit.look.credentials(&all)?.into_iter().filter_map(CredentialRow::mfa_device).collect();
        let numbers = [
            ("AccessKeysPerUserQuota", ACCESS_KEYS_MAX),
            ("AssumeRolePolicySizeQuota", principal::TRUST_MAX),
            ("AttachedPoliciesPerGroupQuota", principal::ATTACHED_MAX),
            ("AttachedPoliciesPerRoleQuota", principal::ATTACHED_MAX),
            ("AttachedPoliciesPerUserQuota", principal::ATTACHED_MAX),
            ("GroupPolicySizeQuota", PrincipalKind::Group.inline_max()),
            ("Groups", of(PrincipalKind::Group)),
            ("GroupsPerUserQuota", principal::GROUPS_MAX),
            ("GroupsQuota", account::Kind::Group.most()),
            ("MFADevices", devices.len()),
            ("MFADevicesInUse", devices.iter().filter(|device| device.holder.is_some()).count()),
            ("Policies", policies.len()),
            ("PoliciesQuota", account::Kind::Policy.most()),
            ("PolicySizeQuota", managed_policy::SIZE_MAX),
            ("PolicyVersionsInUse", versions),
            ("RolePolicySizeQuota", PrincipalKind::Role.inline_max()),
            ("Roles", of(PrincipalKind::Role)),
            ("RolesQuota", account::Kind::Role.most()),
            ("UserPolicySizeQuota", PrincipalKind::User.inline_max()),
            ("Users", of(PrincipalKind::User)),
            ("UsersQuota", account::Kind::User.most()),
            ("VersionsPerPolicyQuota", managed_policy::VERSIONS_MAX),
        ];
        let number = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let map: BTreeMap<Text, i64> =
            numbers.into_iter().map(|(key, value)| (Text::from(key), number(value))).collect();
        Ok(GetAccountSummaryResponse::new(map))
    }
}
