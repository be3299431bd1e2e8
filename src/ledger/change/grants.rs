//! Grants come and go: each is a row of its own, found by the index that `model::grant` describes. A grant that comes or goes
//! costs the same however many there are.

use std::collections::BTreeMap;

use super::Change;
use crate::access::{KeyFacts, Pass, Writes};
use crate::error::Error;
use crate::ledger::look::Rows;
use crate::ledger::record::{GrantPlace, GrantRow, GrantsRow, Link, LinkedGrant};
use crate::ledger::table::Table;
use crate::ledger::{fault, tables};
use crate::model::grant::{Grant, Operations, Slot, homes, ways};
use crate::model::hex::{hex, unhex};
use crate::name::Text;

/// The rows of one grantee on one key that are being changed.
struct Shelf<'c, 'l> {
    change: &'c Change<'l>,
    key: [u8; 16],
    grantee: Text,
    /// As they were and as they are to be.
    rows: BTreeMap<Slot, (bool, GrantsRow)>,
}

impl<'l> Change<'l> {
    /// Adds a grant on the pass's key.
    pub(crate) fn add_grant<A: Writes<Grant>>(&self, pass: &Pass<'_, A, KeyFacts>, grant: Grant) -> Result<(), Error> {
        if grant.key != pass.row().entry.row.id {
            return Err(fault::misplaced());
        }
        let mut shelf = self.shelf(grant.key, grant.place())?;
        shelf.enter(grant)?;
        shelf.put_back()
    }
    /// Removes a grant on the pass's key; false: there is no such grant on it.
    pub(crate) fn remove_grant<A: Writes<Grant>>(
        &self,
        pass: &Pass<'_, A, KeyFacts>,
        grant: &str,
    ) -> Result<bool, Error> {
        let key = pass.row().entry.row.id;
        let place = match self.grant_row(grant)? {
            Some(GrantRow::Whole(LinkedGrant { grant, .. })) if grant.key == key => grant.place(),
            Some(GrantRow::Beside(GrantPlace { key: on, grantee, .. })) if on == key => grantee,
            _ => return Ok(false),
        };
        let mut shelf = self.shelf(key, place)?;
        shelf.leave(grant)?;
        shelf.put_back()?;
        Ok(true)
    }
    fn grant_row(&self, id: &str) -> Result<Option<GrantRow>, Error> {
        self.read(Table::GrantIds, &tables::grant_index(self.barrier(), id))
    }
    fn save_grant_row(&self, linked: LinkedGrant) -> Result<(), Error> {
        let place = tables::grant_index(self.barrier(), &linked.grant.id);
        self.write(Table::GrantIds, &place, &GrantRow::Whole(linked))
    }
    /// Grants of before are put where grants are now, all of the grantee at once.
    fn shelf(&self, key: [u8; 16], grantee: Text) -> Result<Shelf<'_, 'l>, Error> {
        let mut shelf = Shelf { change: self, key, grantee, rows: BTreeMap::new() };
        for grant in std::mem::take(&mut shelf.row(&Slot::head())?.grants) {
            shelf.enter(grant)?;
        }
        Ok(shelf)
    }
}

impl Shelf<'_, '_> {
    fn row(&mut self, slot: &Slot) -> Result<&mut GrantsRow, Error> {
        if !self.rows.contains_key(slot) {
            let place = tables::grants(self.change.barrier(), &self.key, &self.grantee, slot);
            let found: Option<GrantsRow> = self.change.read(Table::Grants, &place)?;
            self.rows.insert(slot.clone(), (found.is_some(), found.unwrap_or_default()));
        }
        self.rows.get_mut(slot).map(|(_, row)| row).ok_or_else(fault::missing_grant)
    }
    /// The newest of a class comes first.
    fn enter(&mut self, grant: Grant) -> Result<(), Error> {
        let id = unhex(&grant.id).ok_or_else(fault::missing_grant)?;
        let mut links = Vec::new();
        for (number, (slot, operations)) in homes(&grant).into_iter().enumerate() {
            let row = self.row(&slot)?;
            let after = row.first_of(operations);
            row.set_first(operations, Some(id));
            if let Some(after) = after {
                self.relink(&after, number, |link| link.before = Some(id))?;
            }
            links.push(Link { before: None, after });
        }
        self.count(&grant, |count| count.saturating_add(1))?;
        if let Some(slot) = Slot::named(&grant) {
            self.row(&slot)?.set_first(Operations::default(), Some(id));
        }
        self.change.save_grant_row(LinkedGrant { grant, links })
    }
    fn leave(&mut self, id: &str) -> Result<(), Error> {
        let Some(GrantRow::Whole(LinkedGrant { grant, links })) = self.change.grant_row(id)? else {
            return Err(fault::missing_grant());
        };
        for (number, ((slot, operations), link)) in homes(&grant).into_iter().zip(links).enumerate() {
            match link.before {
                Some(before) => self.relink(&before, number, |other| other.after = link.after)?,
                None => self.row(&slot)?.set_first(operations, link.after),
            }
            if let Some(after) = link.after {
                self.relink(&after, number, |other| other.before = link.before)?;
            }
        }
        self.count(&grant, |count| count.saturating_sub(1))?;
        if let Some(slot) = Slot::named(&grant) {
            let row = self.row(&slot)?;
            if row.first_of(Operations::default()).is_some_and(|first| *hex(&first) == *id) {
                row.set_first(Operations::default(), None);
            }
        }
        self.change.erase(Table::GrantIds, &tables::grant_index(self.change.barrier(), id))
    }
    fn count(&mut self, grant: &Grant, count: impl Fn(u32) -> u32) -> Result<(), Error> {
        for (slot, way) in ways(grant) {
            let place = self.row(&slot)?.way(way);
            *place = count(*place);
        }
        Ok(())
    }
    fn relink(&self, id: &[u8; 32], number: usize, change: impl Fn(&mut Link)) -> Result<(), Error> {
        let Some(GrantRow::Whole(mut linked)) = self.change.grant_row(&hex(id))? else {
            return Err(fault::missing_grant());
        };
        change(linked.links.get_mut(number).ok_or_else(fault::missing_grant)?);
        self.change.save_grant_row(linked)
    }
    fn put_back(self) -> Result<(), Error> {
        for (slot, (was_there, row)) in &self.rows {
            let place = tables::grants(self.change.barrier(), &self.key, &self.grantee, slot);
            if !row.is_empty() {
                self.change.write(Table::Grants, &place, row)?;
            } else if *was_there {
                self.change.erase(Table::Grants, &place)?;
            }
        }
        Ok(())
    }
}
