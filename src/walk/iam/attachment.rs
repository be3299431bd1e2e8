//! Managed policies on users, groups and roles: Attach, Detach, ListAttached. They differ in nothing but their names.

use std::sync::Arc;

use super::{admitted, list, number};
use crate::access::{Act, Pass, PrincipalEntry, Writes};
use crate::error::{self, Error};
use crate::ledger::{Look, Principals as _};
use crate::model::paging::Place;
use crate::model::principal::{PrincipalKind, PrincipalRow};
use crate::name::Text;
use crate::operation::iam::{
    AttachGroupPolicy, AttachGroupPolicyResponse, AttachRolePolicy, AttachRolePolicyResponse, AttachUserPolicy,
    AttachUserPolicyResponse, AttachedPolicy, DetachGroupPolicy, DetachGroupPolicyResponse, DetachRolePolicy,
    DetachRolePolicyResponse, DetachUserPolicy, DetachUserPolicyResponse, ListAttachedGroupPolicies,
    ListAttachedGroupPoliciesResponse, ListAttachedRolePolicies, ListAttachedRolePoliciesResponse,
    ListAttachedUserPolicies, ListAttachedUserPoliciesResponse,
};
use crate::walk::{Read, Reading, Visit, Write, Writing, reads, writes};

fn attach<A: Act + Writes<PrincipalRow>>(
    visit: &Writing<'_, '_>,
    owner: &Pass<'_, A, Arc<PrincipalEntry>>,
    arn: &Text,
) -> Result<(), Error> {
    visit.look.attachable(owner, arn)?.ok_or_else(|| error::iam::not_attachable(arn))?;
    let mut row = owner.row().row.clone();
    row.attach(arn)?;
    if row == owner.row().row { Ok(()) } else { visit.look.save_principal(owner, &row) }
}

fn detach<A: Act + Writes<PrincipalRow>>(
    visit: &Writing<'_, '_>,
    owner: &Pass<'_, A, Arc<PrincipalEntry>>,
    arn: &Text,
) -> Result<(), Error> {
    let mut row = owner.row().row.clone();
    if !row.detach(arn) {
        return Err(error::iam::managed_policy_not_found(arn));
    }
    visit.look.save_principal(owner, &row)
}

fn page<A: Act, L: Look>(
    visit: &Visit<'_, L>,
    owner: &Pass<'_, A, Arc<PrincipalEntry>>,
    prefix: Option<&Text>,
    (marker, max): (Option<&Text>, Option<i64>),
) -> Result<(Vec<AttachedPolicy>, Option<Text>), Error> {
    let row = &owner.row().row;
    let mut attached = Vec::with_capacity(row.attached.len());
    for arn in &row.attached {
        let path = arn.split_once(":policy").map_or("", |(_, path)| path);
        if prefix.is_none_or(|prefix| path.starts_with(prefix.as_str())) {
            let name = visit.look.attachable(owner, arn)?.ok_or_else(error::damaged)?;
            attached.push(AttachedPolicy::new(name, arn.clone()));
        }
    }
    let scope = format!("{} {}", row.id, prefix.map(Text::as_str).unwrap_or_default());
    let list = list(number::ATTACHED, scope.as_bytes());
    let (page, next) =
        visit.page(&list, marker.map(Text::as_str), max, &attached, |policy| Place::by_text(&policy.policy_arn))?;
    Ok((page.to_vec(), next))
}

macro_rules! attachments {
    ($kind:ident, $owner:ident: $attach:ident -> $attach_answer:ident, $detach:ident -> $detach_answer:ident,
        $list:ident -> $list_answer:ident) => {
        writes!($attach, $detach);
        reads!($list);

        impl Write for $attach {
            fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
                admitted(self, PrincipalKind::$kind, &self.$owner, visit).map(|_| ())
            }
            fn walk(&self, visit: &Writing<'_, '_>) -> Result<$attach_answer, Error> {
                let owner = admitted(self, PrincipalKind::$kind, &self.$owner, visit)?;
                attach(visit, &owner, &self.policy_arn)?;
                Ok($attach_answer::new())
            }
        }
        impl Write for $detach {
            fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
                admitted(self, PrincipalKind::$kind, &self.$owner, visit).map(|_| ())
            }
            fn walk(&self, visit: &Writing<'_, '_>) -> Result<$detach_answer, Error> {
                let owner = admitted(self, PrincipalKind::$kind, &self.$owner, visit)?;
                detach(visit, &owner, &self.policy_arn)?;
                Ok($detach_answer::new())
            }
        }
        impl Read for $list {
            fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<$list_answer, Error> {
                let owner = admitted(self, PrincipalKind::$kind, &self.$owner, visit)?;
                let paging = (self.marker.as_ref(), self.max_items);
                let (page, next) = page(visit, &owner, self.path_prefix.as_ref(), paging)?;
                let mut answer = $list_answer::new(page, next.is_some());
                answer.marker = next;
                Ok(answer)
            }
        }
    };
}
attachments!(User, user_name: AttachUserPolicy -> AttachUserPolicyResponse, DetachUserPolicy -> DetachUserPolicyResponse,
    ListAttachedUserPolicies -> ListAttachedUserPoliciesResponse);
attachments!(Group, group_name: AttachGroupPolicy -> AttachGroupPolicyResponse,
    DetachGroupPolicy -> DetachGroupPolicyResponse, ListAttachedGroupPolicies -> ListAttachedGroupPoliciesResponse);
attachments!(Role, role_name: AttachRolePolicy -> AttachRolePolicyResponse, DetachRolePolicy -> DetachRolePolicyResponse,
    ListAttachedRolePolicies -> ListAttachedRolePoliciesResponse);
