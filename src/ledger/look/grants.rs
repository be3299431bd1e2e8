//! Grants as whole values, wherever they lie.

use super::Fetch;
use crate::error::Error;
use crate::ledger::fault;
use crate::ledger::record::{GrantPlace, GrantRow};
use crate::model::grant::{Grant, Slot};

/// Grants of a view or a change.
pub(crate) trait Grants: Fetch {
    fn grant_of_id(&self, id: &str) -> Result<Option<Grant>, Error> {
        self.fetch_grant_row(id)?.map(|row| self.whole_grant(row)).transpose()
    }
    fn whole_grant(&self, row: GrantRow) -> Result<Grant, Error> {
        match row {
            GrantRow::Whole(linked) => Ok(linked.grant),
            GrantRow::Beside(GrantPlace { grant, key, grantee, .. }) => {
                let beside = self.fetch_grants(&key, &grantee, &Slot::head())?;
                beside.grants.iter().find(|other| other.id == grant).cloned().ok_or_else(fault::missing_grant)
            }
        }
    }
    fn every_grant(&self, of_key: &dyn Fn(&[u8; 16]) -> bool) -> Result<Vec<Grant>, Error> {
        let mut grants = Vec::new();
        for row in self.scan_grants()? {
            let key = match &row {
                GrantRow::Whole(linked) => &linked.grant.key,
                GrantRow::Beside(place) => &place.key,
            };
            if of_key(key) {
                grants.push(self.whole_grant(row)?);
            }
        }
        grants.sort_by(|a, b| (a.created, &a.id).cmp(&(b.created, &b.id)));
        Ok(grants)
    }
}
impl<F: Fetch> Grants for F {}
