//! CreateGrant, ListGrants, RevokeGrant, and RevokeGrant with all children. Grants are effective as soon as they are made, and end with the call that ends them.

use std::collections::BTreeMap;

use super::{Takes, admitted, end_dry_run, granted, list};
use crate::access::acts::kms::constraint;
use crate::access::{Ground, KeyFacts, Pass, Writes};
use crate::error::{self, Error};
use crate::ledger::{Keys as _, Known, Look};
use crate::model::grant::{Constraint, GRANTS_MAX, Grant, Grantee, Who, operations};
use crate::model::hex::{hex, unhex};
use crate::model::key::{KeyRow, KeyRule};
use crate::model::paging::{Place, SortOrder};
use crate::name::{Arn, Text};
use crate::operation::kms::{
    CreateGrant, CreateGrantResponse, GrantConstraints, GrantListEntry, GrantOperation, ListGrants, ListGrantsResponse,
    RevokeGrant, RevokeGrantResponse, RevokeGrantWithChildren, RevokeGrantWithChildrenResponse,
};
use crate::walk::visit::List;
use crate::walk::{Read, Reading, Visit, Write, Writing, reads, writes};

reads!(ListGrants);
writes!(CreateGrant, RevokeGrant, RevokeGrantWithChildren);

/// Users and roles of this store must be there, and are bound to their unique ids, so that one made anew inherits no grant;
/// principals of other accounts are checked for form only. Gives the unique id, if there is one.
/// # Errors
/// `InvalidRequest` (AWS: InvalidArnException).
fn named<L: Look>(visit: &Visit<'_, L>, arn: &Text) -> Result<Option<Text>, Error> {
    let unknown = || error::kms::grant_principal(arn);
    let parsed = Grantee::parse(arn)?;
    if parsed.account != &*visit.home().account {
        return Ok(None);
    }
    match parsed.who {
        Who::User(_) | Who::Role(_) => {
            let Known::Here(id) = visit.look.known(arn)? else { return Err(unknown()) };
            Ok(Some(id))
        }
        Who::Session { role, .. } => visit.look.role_id(role)?.ok_or_else(unknown).map(Some),
        Who::Account | Who::Federated(_) => Ok(None),
    }
}

impl CreateGrant {
    fn admitted<'v, L: Look>(&self, visit: &Visit<'v, L>) -> Result<Pass<'v, Self, KeyFacts>, Error> {
        granted(self, (&self.key_id, Takes::KeyOnly), self.grant_tokens.as_ref(), visit)
    }
    fn refuse_what_is_not_served(&self) -> Result<(), Error> {
        if self.grantee_service_principal.is_some() || self.retiring_service_principal.is_some() {
            return Err(error::kms::unsupported("grants to services"));
        }
        if self.constraints.as_ref().is_some_and(|constraints| constraints.source_arn.is_some()) {
            return Err(error::kms::unsupported("Constraints.SourceArn"));
        }
        Ok(())
    }
    /// The grant that is asked for, without an id.
    fn wished(&self, visit: &Writing<'_, '_>, key: &Pass<'_, Self, KeyFacts>) -> Result<Grant, Error> {
        let row = &key.row().entry.row;
        self.refuse_what_is_not_served()?;
        let operations = operations(self.operations.iter().map(GrantOperation::as_str), &row.arn, row.spec)?;
        let constraint = constraint(self.constraints.as_ref(), row.spec)?;
        let grantee = self.grantee_principal.as_ref().ok_or_else(error::kms::grantee_missing)?;
        let grantee_id = named(visit, grantee)?;
        let retiring_id = self.retiring_principal.as_ref().map(|arn| named(visit, arn)).transpose()?.flatten();
        let parent = if let Ground::Grant(parent) = key.ground() { Some(parent.clone()) } else { None };
        Ok(Grant {
            id: Text::default(),
            key: row.id,
            grantee: grantee.clone(),
            grantee_id,
            retiring: self.retiring_principal.clone(),
            retiring_id,
            operations,
            constraint,
            name: self.name.clone(),
            issuer: visit.call.principal_arn().clone(),
            parent,
            created: visit.observed(),
        })
    }
}

impl Write for CreateGrant {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        self.admitted(visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<CreateGrantResponse, Error> {
        let key = self.admitted(visit)?;
        let mut row = key.row().entry.row.clone();
        row.admits(KeyRule::CreateGrant, visit.observed())?;
        let mut grant = self.wished(visit, &key)?;
        if let Some(same) = visit.look.repeated(&key, &grant)? {
            end_dry_run(self.dry_run)?;
            return answer(visit, same);
        }
        if row.grants >= GRANTS_MAX {
            return Err(error::kms::too_many_grants(&row.arn));
        }
        end_dry_run(self.dry_run)?;
        let mut id = [0; 32];
        visit.fill(&mut id)?;
        grant.id = hex(&id);
        let answer = answer(visit, grant.id.clone())?;
        visit.look.add_grant(&key, grant)?;
        row.grants = row.grants.saturating_add(1);
        visit.look.save_key(&key, &row)?;
        Ok(answer)
    }
}

/// A token of its own for each call, also for a grant that was there.
fn answer(visit: &Writing<'_, '_>, id: Text) -> Result<CreateGrantResponse, Error> {
    let token = visit.keystore.grant_token(&unhex(&id).ok_or_else(error::damaged)?)?;
    Ok(CreateGrantResponse::new(token, id))
}

impl Read for ListGrants {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<ListGrantsResponse, Error> {
        let key = admitted(self, &self.key_id, visit)?;
        if self.grant_id.as_deref().is_some_and(|id| unhex(id).is_none()) {
            return Err(error::kms::invalid_grant_id());
        }
        let mut grants = match &self.grant_id {
            Some(id) => visit.look.grant_on(&key, id)?.into_iter().collect(),
            None => visit.look.grants_on(&key)?,
        };
        grants.retain(|grant| {
            self.grantee_principal.as_ref().is_none_or(|arn| grant.grantee == *arn)
                // No grant here is to a service.
                && self.grantee_service_principal.is_none()
        });
        let scope = format!(
            "{}\0{}\0{}",
            key.resource(),
            or_empty(self.grant_id.as_ref()),
            or_empty(self.grantee_principal.as_ref())
        );
        let list = List {
            number: list::GRANTS,
            scope: scope.as_bytes(),
            order: SortOrder::Ascending,
            size: 50,
            invalid: error::kms::invalid_marker,
        };
        let (page, next) = visit.page(&list, self.marker.as_deref(), self.limit, &grants, |grant| {
            Place::by_moment(grant.created, &grant.id)
        })?;
        let entries: Vec<GrantListEntry> = page.iter().map(|grant| shown(grant, key.resource())).collect();
        let mut answer = ListGrantsResponse::new(entries, next.is_some());
        answer.next_marker = next;
        Ok(answer)
    }
}

fn or_empty(text: Option<&Text>) -> &str {
    text.map(Text::as_str).unwrap_or_default()
}

pub(super) fn shown(grant: &Grant, key_arn: &Text) -> GrantListEntry {
    let account = Arn::parse(&grant.issuer).map(|issuer| issuer.account).unwrap_or_default();
    let operations: Vec<GrantOperation> =
        grant.operations.iter().map(|name| GrantOperation::from(name.as_str())).collect();
    let mut entry = GrantListEntry::new(
        key_arn,
        &grant.id,
        grant.created,
        &grant.grantee,
        format!("arn:{}:iam::{account}:root", crate::name::PARTITION),
        operations,
    );
    entry.name.clone_from(&grant.name);
    entry.retiring_principal.clone_from(&grant.retiring);
    entry.constraints = grant.constraint.as_ref().map(|constraint| {
        let pairs: BTreeMap<Text, Text> = constraint.pairs().iter().cloned().collect();
        match constraint {
            Constraint::Equals(_) => GrantConstraints::new().encryption_context_equals(pairs),
            Constraint::Subset(_) => GrantConstraints::new().encryption_context_subset(pairs),
        }
    });
    entry
}

impl Write for RevokeGrant {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.key_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<RevokeGrantResponse, Error> {
        let key = admitted(self, &self.key_id, visit)?;
        let row = key.row().entry.row.clone();
        row.admits(KeyRule::EndGrant, visit.observed())?;
        if unhex(&self.grant_id).is_none() {
            return Err(error::kms::invalid_grant_id());
        }
        visit.look.grant_on(&key, &self.grant_id)?.ok_or_else(|| error::kms::grant_not_found(&self.grant_id))?;
        end_dry_run(self.dry_run)?;
        end(visit, &key, row, std::slice::from_ref(&self.grant_id))?;
        Ok(RevokeGrantResponse::new())
    }
}

impl Write for RevokeGrantWithChildren {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.key_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<RevokeGrantWithChildrenResponse, Error> {
        let key = admitted(self, &self.key_id, visit)?;
        let row = key.row().entry.row.clone();
        row.admits(KeyRule::EndGrant, visit.observed())?;
        if unhex(&self.grant_id).is_none() {
            return Err(error::kms::invalid_grant_id());
        }
        let all = visit.look.grants_on(&key)?;
        if !all.iter().any(|grant| grant.id == self.grant_id) {
            return Err(error::kms::grant_not_found(&self.grant_id));
        }
        let mut children: BTreeMap<&Text, Vec<&Text>> = BTreeMap::new();
        for grant in &all {
            if let Some(parent) = &grant.parent {
                children.entry(parent).or_default().push(&grant.id);
            }
        }
        let mut family = vec![self.grant_id.clone()];
        let mut next = 0;
        while let Some(parent) = family.get(next) {
            let born = children.remove(parent).unwrap_or_default();
            family.extend(born.into_iter().cloned());
            next = next.saturating_add(1);
        }
        end_dry_run(self.dry_run)?;
        end(visit, &key, row, &family)?;
        Ok(RevokeGrantWithChildrenResponse::new(family))
    }
}

/// Ends grants that are there.
pub(super) fn end<A: Writes<Grant> + Writes<KeyRow>>(
    visit: &Writing<'_, '_>,
    key: &Pass<'_, A, KeyFacts>,
    mut row: KeyRow,
    grants: &[Text],
) -> Result<(), Error> {
    for id in grants {
        if !visit.look.remove_grant(key, id)? {
            return Err(error::kms::grant_not_found(id));
        }
        row.grants = row.grants.saturating_sub(1);
    }
    visit.look.save_key(key, &row)
}
