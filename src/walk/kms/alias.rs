//! CreateAlias, UpdateAlias, DeleteAlias, ListAliases. An alias is weighed by itself and on every key it touches.

use super::list;
use crate::access::acts::kms::OnKey;
use crate::access::{Everything, Facts, KeyFacts, Pass};
use crate::error::{self, Error};
use crate::ledger::{Keys as _, Look};
use crate::model::key::{
    ALIAS_PREFIX, ALIASES_MAX, AliasRow, KeyName, KeyRef, KeyRow, KeyRule, MANAGED_ALIAS, alias_arn, check_alias,
    check_alias_move,
};
use crate::model::paging::{Place, SortOrder};
use crate::name::{Arn, Text};
use crate::operation::kms::{
    AliasListEntry, CreateAlias, CreateAliasResponse, DeleteAlias, DeleteAliasResponse, ListAliases,
    ListAliasesResponse, UpdateAlias, UpdateAliasResponse,
};
use crate::walk::visit::List;
use crate::walk::{Read, Reading, Visit, Write, Writing, reads, writes};

reads!(ListAliases);
writes!(CreateAlias, UpdateAlias, DeleteAlias);

/// An alias operation, admitted on the alias …
type OnAlias<'v, O> = Pass<'v, O, Everything>;
/// … and on a key.
type OnItsKey<'v, 'r, O> = Pass<'v, OnKey<'r, O>, KeyFacts>;

/// The key that an alias is to point to.
/// # Errors
/// `InvalidRequest`: an alias. `NotFound`.
fn target<'v, L: Look>(visit: &Visit<'v, L>, key_id: &str) -> Result<Facts<'v, KeyFacts>, Error> {
    let resource = Arn::parse(key_id).map_or(key_id, |arn| arn.resource);
    if resource.starts_with(ALIAS_PREFIX) {
        return Err(error::kms::alias_of_alias());
    }
    visit.look.key(key_id, false, visit.observed())
}

/// The key that an alias points to now.
/// # Errors
/// `NotFound`.
fn present<'v, L: Look>(visit: &Visit<'v, L>, alias: &str) -> Result<Facts<'v, KeyFacts>, Error> {
    visit
        .look
        .key_of_alias(alias, visit.observed())?
        .ok_or_else(|| error::kms::alias_not_found(alias_arn(visit.home(), alias)))
}

impl CreateAlias {
    fn admitted<'v, L: Look>(
        &self,
        visit: &Visit<'v, L>,
    ) -> Result<(OnAlias<'v, Self>, OnItsKey<'v, '_, Self>), Error> {
        check_alias(&self.alias_name)?;
        let key = target(visit, &self.target_key_id)?;
        let alias = visit.admit(self, visit.look.alias(&self.alias_name))?;
        let key = visit.admit(&OnKey::of(self, &self.target_key_id), key)?;
        Ok((alias, key))
    }
}
impl Write for CreateAlias {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        self.admitted(visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<CreateAliasResponse, Error> {
        let (alias, key) = self.admitted(visit)?;
        let mut row = key.row().entry.row.clone();
        row.admits(KeyRule::CreateAlias, visit.observed())?;
        if visit.look.key_of_alias(&self.alias_name, visit.observed())?.is_some() {
            return Err(error::kms::alias_exists(alias.resource()));
        }
        add(&mut row, &self.alias_name)?;
        visit.look.save_key(&key, &row)?;
        let now = visit.observed();
        visit
            .look
            .save_alias(&alias, &AliasRow { name: self.alias_name.clone(), key: row.id, created: now, updated: now })?;
        Ok(CreateAliasResponse::new())
    }
}

impl UpdateAlias {
    /// On the alias, on its old key, on its new one.
    #[expect(clippy::type_complexity, reason = "the three passes of the one operation that needs three")]
    fn admitted<'v, L: Look>(
        &self,
        visit: &Visit<'v, L>,
    ) -> Result<(OnAlias<'v, Self>, OnItsKey<'v, '_, Self>, OnItsKey<'v, '_, Self>), Error> {
        check_alias(&self.alias_name)?;
        let old = present(visit, &self.alias_name)?;
        let new = target(visit, &self.target_key_id)?;
        let alias = visit.admit(self, visit.look.alias(&self.alias_name))?;
        // Who may not touch the old key is not told which one it is.
        let old = visit.admit(&OnKey::of(self, &self.alias_name), old)?;
        let new = visit.admit(&OnKey::of(self, &self.target_key_id), new)?;
        Ok((alias, old, new))
    }
}
impl Write for UpdateAlias {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        self.admitted(visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<UpdateAliasResponse, Error> {
        let (alias, old, new) = self.admitted(visit)?;
        let mut from = old.row().entry.row.clone();
        let mut to = new.row().entry.row.clone();
        from.admits(KeyRule::UpdateAliasOld, visit.observed())?;
        to.admits(KeyRule::UpdateAliasNew, visit.observed())?;
        check_alias_move(alias.resource(), from.spec, to.spec)?;
        if from.id != to.id {
            remove(&mut from, &self.alias_name);
            add(&mut to, &self.alias_name)?;
            visit.look.save_key(&old, &from)?;
            visit.look.save_key(&new, &to)?;
        }
        let known = visit.look.alias_row(&alias, &self.alias_name)?;
        let created = known.map_or(visit.observed(), |known| known.created);
        let row = AliasRow { name: self.alias_name.clone(), key: to.id, created, updated: visit.observed() };
        visit.look.save_alias(&alias, &row)?;
        Ok(UpdateAliasResponse::new())
    }
}

impl DeleteAlias {
    fn admitted<'v, L: Look>(
        &self,
        visit: &Visit<'v, L>,
    ) -> Result<(OnAlias<'v, Self>, OnItsKey<'v, '_, Self>), Error> {
        check_alias(&self.alias_name)?;
        let key = present(visit, &self.alias_name)?;
        let alias = visit.admit(self, visit.look.alias(&self.alias_name))?;
        let key = visit.admit(&OnKey::of(self, &self.alias_name), key)?;
        Ok((alias, key))
    }
}
impl Write for DeleteAlias {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        self.admitted(visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<DeleteAliasResponse, Error> {
        let (alias, key) = self.admitted(visit)?;
        let mut row = key.row().entry.row.clone();
        row.admits(KeyRule::DeleteAlias, visit.observed())?;
        remove(&mut row, &self.alias_name);
        visit.look.save_key(&key, &row)?;
        visit.look.remove_alias(&alias, &self.alias_name)?;
        Ok(DeleteAliasResponse::new())
    }
}

/// Aliases stand on their key too, sorted: `kms:ResourceAliases` is read from there.
fn add(row: &mut KeyRow, alias: &Text) -> Result<(), Error> {
    if row.aliases.len() >= ALIASES_MAX {
        return Err(error::kms::too_many_aliases(&row.arn));
    }
    if let Err(place) = row.aliases.binary_search(alias) {
        row.aliases.insert(place, alias.clone());
    }
    Ok(())
}
fn remove(row: &mut KeyRow, alias: &Text) {
    row.aliases.retain(|other| other != alias);
}

/// The name of a key that is there.
/// # Errors
/// `NotFound`.
fn named_key<L: Look>(visit: &Visit<'_, L>, key_id: &str) -> Result<KeyName, Error> {
    visit.look.key(key_id, false, visit.observed())?;
    match KeyRef::parse(key_id, visit.home(), false)? {
        KeyRef::Id(name) => Ok(name),
        KeyRef::Alias(_) => Err(error::kms::invalid_key_id(key_id)),
    }
}

impl Read for ListAliases {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<ListAliasesResponse, Error> {
        let only = self.key_id.as_deref().map(|key_id| named_key(visit, key_id)).transpose()?;
        let all = visit.admit(self, visit.look.everything())?;
        let rows = visit.look.aliases(&all, visit.observed())?;
        let of_key = rows.into_iter().filter(|(_, key)| only.is_none_or(|only| only == *key));
        let mut entries: Vec<AliasListEntry> = of_key
            .map(|(row, key)| {
                AliasListEntry::new(row.name.clone(), alias_arn(visit.home(), &row.name))
                    .target_key_id(key.to_string())
                    .creation_date(row.created)
                    .last_updated_date(row.updated)
            })
            .collect();
        // AWS's own aliases are there from the beginning, without a key until somebody needs it.
        if only.is_none() && entries.iter().all(|entry| entry.alias_name != MANAGED_ALIAS) {
            entries.push(AliasListEntry::new(MANAGED_ALIAS, alias_arn(visit.home(), MANAGED_ALIAS)));
        }
        entries.sort_by(|one, other| one.alias_name.cmp(&other.alias_name));
        let scope = only.map(|only| only.to_string()).unwrap_or_default();
        let list = List {
            number: list::ALIASES,
            scope: scope.as_bytes(),
            order: SortOrder::Ascending,
            size: 50,
            invalid: error::kms::invalid_marker,
        };
        let (page, next) = visit
            .page(&list, self.marker.as_deref(), self.limit, &entries, |entry| Place::by_text(&entry.alias_name))?;
        let mut answer = ListAliasesResponse::new(page.to_vec(), next.is_some());
        answer.next_marker = next;
        Ok(answer)
    }
}
