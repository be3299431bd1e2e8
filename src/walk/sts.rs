//! STS: GetCallerIdentity.

use crate::error::Error;
use crate::ledger::Look;
use crate::operation::sts::{GetCallerIdentity, GetCallerIdentityResponse};
use crate::walk::{Read, Visit, reads};

reads!(GetCallerIdentity);

impl Read for GetCallerIdentity {
    /// Needs no permission and cannot be denied.
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GetCallerIdentityResponse, Error> {
        let who = visit.call.standing.who;
        Ok(GetCallerIdentityResponse::new(who.userid.clone(), who.account.clone(), who.arn.clone()))
    }
}
