//! RetireGrant and ListRetirableGrants: grants as those see them whom they name.

use super::grant::{end, shown};
use super::{end_dry_run, list};
use crate::access::{KeyFacts, Pass};
use crate::error::{self, Error};
use crate::ledger::{Keys as _, Look};
use crate::model::grant::Grantee;
use crate::model::hex::{hex, unhex};
use crate::model::key::KeyRule;
use crate::model::paging::{Place, SortOrder};
use crate::name::{Arn, Text};
use crate::operation::kms::{
    GrantListEntry, ListRetirableGrants, ListRetirableGrantsResponse, RetireGrant, RetireGrantResponse,
};
use crate::walk::visit::List;
use crate::walk::{Read, Reading, Visit, Write, Writing, reads, writes};

reads!(ListRetirableGrants);
writes!(RetireGrant);

impl RetireGrant {
    /// The admitted key and the grant's id, which may be that of no grant.
    fn admitted<'v, L: Look>(&self, visit: &Visit<'v, L>) -> Result<(Pass<'v, Self, KeyFacts>, Text), Error> {
        let (facts, id) = match (&self.grant_token, &self.key_id, &self.grant_id) {
            (Some(token), None, None) => {
                let id = visit.keystore.check_grant_token(token).ok_or_else(error::kms::invalid_grant_token)?;
                let id = hex(&id);
                // A token tells its bearer that there was such a grant: that it is over may be told as well.
                let facts = visit.look.key_of_grant(&id, visit.observed())?;
                (facts.ok_or_else(|| error::kms::grant_not_found(&id))?, id)
            }
            (None, Some(key), Some(id)) => {
                if Arn::parse(key).is_none() {
                    return Err(error::kms::key_arn_needed(key));
                }
                (visit.look.key(key, false, visit.observed())?, id.clone())
            }
            _ => return Err(error::kms::grant_unnamed()),
        };
        Ok((visit.gate.admit_retiring(self, &id, visit.call, facts)?, id))
    }
}

impl Write for RetireGrant {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        self.admitted(visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<RetireGrantResponse, Error> {
        let (key, id) = self.admitted(visit)?;
        let row = key.row().entry.row.clone();
        row.admits(KeyRule::EndGrant, visit.observed())?;
        if unhex(&id).is_none() {
            return Err(error::kms::invalid_grant_id());
        }
        visit.look.grant_on(&key, &id)?.ok_or_else(|| error::kms::grant_not_found(&id))?;
        end_dry_run(self.dry_run)?;
        end(visit, &key, row, &[id])?;
        Ok(RetireGrantResponse::new())
    }
}

impl Read for ListRetirableGrants {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<ListRetirableGrantsResponse, Error> {
        let all = visit.admit(self, visit.look.everything())?;
        let principal = match (&self.retiring_principal, &self.retiring_service_principal) {
            (Some(arn), _) => {
                Grantee::parse(arn)?;
                Some(arn)
            }
            (None, Some(_)) => None,
            (None, None) => return Err(error::kms::retiring_principal_missing()),
        };
        let mut grants = visit.look.grants_anywhere(&all, visit.observed())?;
        grants.retain(|(grant, _)| {
            principal.is_some_and(|arn| grant.retiring.as_ref() == Some(arn))
                // No grant here names a service.
                && self.retiring_service_principal.is_none()
        });
        let list = List {
            number: list::RETIRABLE_GRANTS,
            scope: principal.map(|arn| arn.as_bytes()).unwrap_or_default(),
            order: SortOrder::Ascending,
            size: 50,
            invalid: error::kms::invalid_marker,
        };
        let (page, next) = visit.page(&list, self.marker.as_deref(), self.limit, &grants, |(grant, _)| {
            Place::by_moment(grant.created, &grant.id)
        })?;
        let entries: Vec<GrantListEntry> = page.iter().map(|(grant, key_arn)| shown(grant, key_arn)).collect();
        let mut answer = ListRetirableGrantsResponse::new(entries, next.is_some());
        answer.next_marker = next;
        Ok(answer)
    }
}
