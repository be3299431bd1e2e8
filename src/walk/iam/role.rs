//! CreateRole, GetRole, UpdateRole, DeleteRole, ListRoles, UpdateAssumeRolePolicy.

use super::{admitted, boundary_of, boundary_shown, creating, fresh, listed, number, remove, tags_shown};
use crate::error::{self, Error};
use crate::ledger::Look;
use crate::model::StoredPolicy;
use crate::model::principal::{PrincipalKind, PrincipalRow, check_trust_size, max_session_secs};
use crate::name::Text;
use crate::operation::iam::{
    CreateRole, CreateRoleResponse, DeleteRole, DeleteRoleResponse, GetRole, GetRoleResponse, ListRoles,
    ListRolesResponse, Role, UpdateAssumeRolePolicy, UpdateAssumeRolePolicyResponse, UpdateRole, UpdateRoleResponse,
};
use crate::policy::PolicyKind;
use crate::walk::bind::bind;
use crate::walk::{Read, Reading, Visit, Write, Writing, reads, writes};

reads!(GetRole, ListRoles);
writes!(CreateRole, UpdateRole, DeleteRole, UpdateAssumeRolePolicy);

fn shown(row: &PrincipalRow) -> Role {
    let mut role = Role::new(&row.path, &row.name, &row.id, &row.arn, row.created);
    role.assume_role_policy_document = row.trust.as_ref().map(|trust| trust.text.clone());
    role.description = Some(row.description.clone()).filter(|text| !text.is_empty());
    role.max_session_duration = Some(i64::from(row.max_session_secs));
    role
}
fn shown_with_tags(row: &PrincipalRow) -> Role {
    let mut role = shown(row);
    role.tags = tags_shown(row);
    role.permissions_boundary = boundary_shown(row);
    role
}

/// A trust policy that can be stored, its principals bound.
/// # Errors
/// `LimitExceeded`: more than 2,048 characters, white space not counted. `MalformedPolicy`.
fn trusting<L: Look>(visit: &Visit<'_, L>, text: &Text) -> Result<StoredPolicy, Error> {
    check_trust_size(text)?;
    bind(visit.look, text, PolicyKind::Trust, &|fault| error::iam::policy_syntax(fault), &|arn| {
        error::iam::policy_principal(arn)
    })
}

impl Write for CreateRole {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        creating(self, PrincipalKind::Role, (self.path.as_ref(), &self.role_name), visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<CreateRoleResponse, Error> {
        let pass = creating(self, PrincipalKind::Role, (self.path.as_ref(), &self.role_name), visit)?;
        let mut row =
            fresh(visit, &pass, PrincipalKind::Role, (self.path.as_ref(), &self.role_name), self.tags.as_ref())?;
        row.trust = Some(trusting(visit, &self.assume_role_policy_document)?);
        row.boundary = boundary_of(visit, &pass, self.permissions_boundary.as_ref())?;
        row.description = self.description.clone().unwrap_or_default();
        row.max_session_secs = max_session_secs(self.max_session_duration);
        visit.look.save_principal(&pass, &row)?;
        Ok(CreateRoleResponse::new(shown_with_tags(&row)))
    }
}

impl Read for GetRole {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GetRoleResponse, Error> {
        let role = admitted(self, PrincipalKind::Role, &self.role_name, visit)?;
        Ok(GetRoleResponse::new(shown_with_tags(&role.row().row)))
    }
}

impl Write for DeleteRole {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, PrincipalKind::Role, &self.role_name, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<DeleteRoleResponse, Error> {
        let role = admitted(self, PrincipalKind::Role, &self.role_name, visit)?;
        remove(visit, &role)?;
        Ok(DeleteRoleResponse::new())
    }
}

impl Read for ListRoles {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<ListRolesResponse, Error> {
        let paging = (self.marker.as_deref(), self.max_items);
        let of = (PrincipalKind::Role, number::ROLES, self.path_prefix.as_ref());
        let (page, next) = listed(self, of, paging, visit, shown)?;
        let mut answer = ListRolesResponse::new(page, next.is_some());
        answer.marker = next;
        Ok(answer)
    }
}

impl Write for UpdateAssumeRolePolicy {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, PrincipalKind::Role, &self.role_name, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<UpdateAssumeRolePolicyResponse, Error> {
        let role = admitted(self, PrincipalKind::Role, &self.role_name, visit)?;
        let mut row = role.row().row.clone();
        row.trust = Some(trusting(visit, &self.policy_document)?);
        visit.look.save_principal(&role, &row)?;
        Ok(UpdateAssumeRolePolicyResponse::new())
    }
}

impl Write for UpdateRole {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, PrincipalKind::Role, &self.role_name, visit).map(|_| ())
    }
    /// A description that is not sent stays; a duration that is not sent is an hour again, as in AWS.
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<UpdateRoleResponse, Error> {
        let role = admitted(self, PrincipalKind::Role, &self.role_name, visit)?;
        let mut row = role.row().row.clone();
        if let Some(description) = &self.description {
            row.description = description.clone();
        }
        row.max_session_secs = max_session_secs(self.max_session_duration);
        visit.look.save_principal(&role, &row)?;
        Ok(UpdateRoleResponse::new())
    }
}
