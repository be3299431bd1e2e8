//! Inline policies of users, groups and roles: Put, Get, Delete, List. They differ in nothing but their names.

use std::sync::Arc;

use super::{admitted, list, number};
use crate::access::{Act, Pass, PrincipalEntry, Writes};
use crate::error::{self, Error};
use crate::ledger::Look;
use crate::model::paging::Place;
use crate::model::principal::{InlinePolicy, PrincipalKind, PrincipalRow};
use crate::name::Text;
use crate::operation::iam::{
    DeleteGroupPolicy, DeleteGroupPolicyResponse, DeleteRolePolicy, DeleteRolePolicyResponse, DeleteUserPolicy,
    DeleteUserPolicyResponse, GetGroupPolicy, GetGroupPolicyResponse, GetRolePolicy, GetRolePolicyResponse,
    GetUserPolicy, GetUserPolicyResponse, ListGroupPolicies, ListGroupPoliciesResponse, ListRolePolicies,
    ListRolePoliciesResponse, ListUserPolicies, ListUserPoliciesResponse, PutGroupPolicy, PutGroupPolicyResponse,
    PutRolePolicy, PutRolePolicyResponse, PutUserPolicy, PutUserPolicyResponse,
};
use crate::policy::{Policy, PolicyKind};
use crate::walk::{Read, Reading, Visit, Write, Writing, reads, writes};

/// Stores a policy that compiles. The document is looked at after the decision.
fn put<A: Act + Writes<PrincipalRow>>(
    visit: &Writing<'_, '_>,
    owner: &Pass<'_, A, Arc<PrincipalEntry>>,
    name: &Text,
    document: &Text,
) -> Result<(), Error> {
    let mut row = owner.row().row.clone();
    // White space is free by IAM's count; a row is not.
    let others = row.inline.iter().filter(|other| other.name != *name);
    if others.fold(document.len(), |sum, other| sum.saturating_add(other.text.len())) > INLINE_BYTES_MAX {
        return Err(error::iam::policies_too_long(INLINE_BYTES_MAX, row.kind.entity(), &row.name));
    }
    // Its size first: IAM has an error of its own for that.
    row.put_inline(InlinePolicy { name: name.clone(), text: document.clone() })?;
    Policy::parse(document, PolicyKind::Identity).map_err(error::iam::policy_syntax)?;
    visit.look.save_principal(owner, &row)
}

/// A principal's row has at most 1 MiB, of which its trust policy may take an eighth.
const INLINE_BYTES_MAX: usize = 768 * 1024;

fn get<A: Act>(owner: &Pass<'_, A, Arc<PrincipalEntry>>, name: &Text) -> Result<Text, Error> {
    let row = &owner.row().row;
    let found = row.inline_policy(name).ok_or_else(|| error::iam::policy_not_found(row.kind.entity(), name))?;
    Ok(found.text.clone())
}

fn delete<A: Act + Writes<PrincipalRow>>(
    visit: &Writing<'_, '_>,
    owner: &Pass<'_, A, Arc<PrincipalEntry>>,
    name: &Text,
) -> Result<(), Error> {
    let mut row = owner.row().row.clone();
    if !row.remove_inline(name) {
        return Err(error::iam::policy_not_found(row.kind.entity(), name));
    }
    visit.look.save_principal(owner, &row)
}

fn names<A: Act, L: Look>(
    visit: &Visit<'_, L>,
    owner: &Pass<'_, A, Arc<PrincipalEntry>>,
    marker: Option<&Text>,
    max: Option<i64>,
) -> Result<(Vec<Text>, Option<Text>), Error> {
    let row = &owner.row().row;
    let list = list(number::POLICIES, row.id.as_bytes());
    let (page, next) =
        visit.page(&list, marker.map(Text::as_str), max, &row.inline, |policy| Place::by_text(&policy.name))?;
    Ok((page.iter().map(|policy| policy.name.clone()).collect(), next))
}

macro_rules! inline_policies {
    ($kind:ident, $owner:ident: $put:ident -> $put_answer:ident, $get:ident -> $get_answer:ident,
        $delete:ident -> $delete_answer:ident, $list:ident -> $list_answer:ident) => {
        writes!($put, $delete);
        reads!($get, $list);

        impl Write for $put {
            fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
                admitted(self, PrincipalKind::$kind, &self.$owner, visit).map(|_| ())
            }
            fn walk(&self, visit: &Writing<'_, '_>) -> Result<$put_answer, Error> {
                let owner = admitted(self, PrincipalKind::$kind, &self.$owner, visit)?;
                put(visit, &owner, &self.policy_name, &self.policy_document)?;
                Ok($put_answer::new())
            }
        }
        impl Read for $get {
            fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<$get_answer, Error> {
                let owner = admitted(self, PrincipalKind::$kind, &self.$owner, visit)?;
                Ok($get_answer::new(&owner.row().row.name, &self.policy_name, get(&owner, &self.policy_name)?))
            }
        }
        impl Write for $delete {
            fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
                admitted(self, PrincipalKind::$kind, &self.$owner, visit).map(|_| ())
            }
            fn walk(&self, visit: &Writing<'_, '_>) -> Result<$delete_answer, Error> {
                let owner = admitted(self, PrincipalKind::$kind, &self.$owner, visit)?;
                delete(visit, &owner, &self.policy_name)?;
                Ok($delete_answer::new())
            }
        }
        impl Read for $list {
            fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<$list_answer, Error> {
                let owner = admitted(self, PrincipalKind::$kind, &self.$owner, visit)?;
                let (page, next) = names(visit, &owner, self.marker.as_ref(), self.max_items)?;
                let mut answer = $list_answer::new(page, next.is_some());
                answer.marker = next;
                Ok(answer)
            }
        }
    };
}
inline_policies!(User, user_name: PutUserPolicy -> PutUserPolicyResponse, GetUserPolicy -> GetUserPolicyResponse,
    DeleteUserPolicy -> DeleteUserPolicyResponse, ListUserPolicies -> ListUserPoliciesResponse);
inline_policies!(Role, role_name: PutRolePolicy -> PutRolePolicyResponse, GetRolePolicy -> GetRolePolicyResponse,
    DeleteRolePolicy -> DeleteRolePolicyResponse, ListRolePolicies -> ListRolePoliciesResponse);
inline_policies!(Group, group_name: PutGroupPolicy -> PutGroupPolicyResponse, GetGroupPolicy -> GetGroupPolicyResponse,
    DeleteGroupPolicy -> DeleteGroupPolicyResponse, ListGroupPolicies -> ListGroupPoliciesResponse);
