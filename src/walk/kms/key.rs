//! CreateKey, DescribeKey, ListKeys.

use super::tagging::stored;
use super::{Takes, granted, list, managed, policy};
use crate::error::{self, Error};
use crate::ledger::{Keys as _, Look};
use crate::model::key::{
    KeyName, KeyOrigin, KeyRef, KeyRow, KeySpec, KeyState, KeyWish, MANAGED_ALIAS, MaterialRow, default_policy,
};
use crate::model::paging::{Place, SortOrder};
use crate::model::tag::TagRules;
use crate::model::{Home, StoredPolicy, Tag};
use crate::name::Text;
use crate::operation::kms::{
    self, CreateKey, CreateKeyResponse, DescribeKey, DescribeKeyResponse, EncryptionAlgorithm, KeyListEntry,
    KeyMetadata, ListKeys, ListKeysResponse, MacAlgorithm, MultiRegionConfiguration, MultiRegionKey,
};
use crate::walk::held::Held;
use crate::walk::visit::List;
use crate::walk::{Caller, Read, Reading, Visit, Walk, Write, Writing, reads, writes};

reads!(ListKeys);
writes!(CreateKey);

impl Write for CreateKey {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        visit.admit(self, visit.look.everything()).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<CreateKeyResponse, Error> {
        let all = visit.admit(self, visit.look.everything())?;
        let (spec, origin) = self.settled()?;
        let tags: Vec<Tag> = self.tags.iter().flatten().map(stored).collect();
        let tags = TagRules::Kms.set(&[], &tags)?;
        let policy = match &self.policy {
            Some(text) => policy::checked(visit, text)?,
            None => StoredPolicy { text: Text::from(default_policy(&visit.home().account)), principals: Vec::new() },
        };
        let name = KeyName { id: visit.new_id()?, multi_region: self.multi_region.unwrap_or(false) };
        let mut row = managed::blank(visit, name, spec, policy);
        row.description = self.description.clone().unwrap_or_default();
        row.tags = tags;
        row.origin = origin;
        if origin == KeyOrigin::External {
            row.state = KeyState::PendingImport;
        }
        if self.policy.is_some() && self.bypass_policy_lockout_safety_check != Some(true) {
            policy::must_not_lock_out(visit, &row)?;
        }
        if origin == KeyOrigin::AwsKms {
            managed::first_material(visit, &all, &mut row)?;
        }
        visit.look.save_key(&all, &row)?;
        Ok(CreateKeyResponse::new(metadata(visit, &row)))
    }
}

impl CreateKey {
    /// The kind of key that is asked for.
    /// # Errors
    /// As [`KeyWish::settle`]; `Unsupported` also for what comes with a later release.
    fn settled(&self) -> Result<(KeySpec, KeyOrigin), Error> {
        let wish = KeyWish {
            key_spec: self.key_spec.as_ref().map(kms::KeySpec::as_str),
            customer_master_key_spec: self.customer_master_key_spec.as_ref().map(kms::CustomerMasterKeySpec::as_str),
            key_usage: self.key_usage.as_ref().map(kms::KeyUsage::as_str),
            origin: self.origin.as_ref().map(kms::Origin::as_str),
        };
        let (spec, origin) = wish.settle()?;
        if self.custom_key_store_id.is_some() || self.xks_key_id.is_some() {
            return Err(error::kms::unsupported("custom key stores"));
        }
        Ok((spec, origin))
    }
}

impl Walk for DescribeKey {
    /// A read, but for the first time that the managed key is described: then it is made.
    fn run(self, caller: &Caller) -> Result<DescribeKeyResponse, Error> {
        let room = &*caller.room;
        room.unlocked()?;
        if names_managed_key(&self.key_id, caller.home()) && caller.view()?.managed_key()?.is_none() {
            caller.write(&self)
        } else {
            caller.read(&self)
        }
    }
    fn hold(self, caller: &Caller) -> Held<DescribeKeyResponse> {
        if Walk::writes(&self) { Held::paid(self.run(caller)) } else { caller.hold(&self) }
    }
    /// Whether the key is there already is not looked at.
    fn writes(&self) -> bool {
        self.key_id.ends_with(MANAGED_ALIAS)
    }
}
impl Read for DescribeKey {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<DescribeKeyResponse, Error> {
        let key = granted(self, (&self.key_id, Takes::Alias), self.grant_tokens.as_ref(), visit)?;
        Ok(DescribeKeyResponse::new(metadata(visit, &key.row().entry.row)))
    }
}
impl Write for DescribeKey {
    /// On the view as on the change: the key as it would be made, under the policy that it would have.
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        super::check_tokens(visit, self.grant_tokens.as_ref())?;
        let row = managed::draft(visit)?;
        let facts = visit.look.proposed_key(managed::candidate(&row, &visit.home().account)?);
        visit.gate.admit_key(self, visit.call, facts).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<DescribeKeyResponse, Error> {
        if visit.look.managed_key()?.is_some() {
            return Read::walk(self, visit);
        }
        let row = managed::draft(visit)?;
        let facts = visit.look.proposed_key(managed::candidate(&row, &visit.home().account)?);
        let key = visit.gate.admit_key(self, visit.call, facts)?;
        let row = managed::make(visit, &key, row)?;
        Ok(DescribeKeyResponse::new(metadata(visit, &row)))
    }
}

fn names_managed_key(key_id: &str, home: &Home) -> bool {
    matches!(KeyRef::parse(key_id, home, true), Ok(KeyRef::Alias(MANAGED_ALIAS)))
}

impl Read for ListKeys {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<ListKeysResponse, Error> {
        let all = visit.admit(self, visit.look.everything())?;
        let mut rows: Vec<(String, Text)> = visit
            .look
            .keys(&all)?
            .into_iter()
            .filter(|row| row.life(visit.observed()).is_some())
            .map(|row| (row.name().to_string(), row.arn))
            .collect();
        rows.sort();
        let list = List {
            number: list::KEYS,
            scope: &[],
            order: SortOrder::Ascending,
            size: 100,
            invalid: error::kms::invalid_marker,
        };
        let (page, next) =
            visit.page(&list, self.marker.as_deref(), self.limit, &rows, |(id, _)| Place::by_text(id))?;
        let entries: Vec<KeyListEntry> = page.iter().map(|(id, arn)| KeyListEntry::new(id, arn)).collect();
        let mut answer = ListKeysResponse::new(entries, next.is_some());
        answer.next_marker = next;
        Ok(answer)
    }
}

/// What everybody may know who may describe the key: by its kind, as A4 of AWS's metadata has it.
fn metadata<L: Look>(visit: &Visit<'_, L>, row: &KeyRow) -> KeyMetadata {
    let state = row.life(visit.observed()).unwrap_or(row.state);
    let mut shown = KeyMetadata::new(
        visit.home().account.clone(),
        row.name().to_string(),
        row.arn.clone(),
        row.created,
        state == KeyState::Enabled,
        row.description.clone(),
        row.spec.usage().as_str(),
        state.as_str(),
        row.origin.as_str(),
        row.manager.as_str(),
        row.spec.as_str(),
        row.spec.as_str(),
        row.multi_region,
    );
    shown.deletion_date = row.deletion_date();
    shown.encryption_algorithms = row.spec.encryption_algorithm().map(|name| vec![EncryptionAlgorithm::from(name)]);
    shown.mac_algorithms = row.spec.mac_algorithm().map(|name| vec![MacAlgorithm::from(name)]);
    if row.spec == KeySpec::SymmetricDefault {
        shown.current_key_material_id = row.current_material().map(MaterialRow::id);
    }
    if let Some((model, valid_to)) = row.current_material().and_then(|material| material.expiration(visit.observed())) {
        shown.expiration_model = Some(model.into());
        shown.valid_to = valid_to;
    }
    if row.multi_region {
        let primary = MultiRegionKey::new(row.arn.clone(), visit.home().region.clone());
        shown.multi_region_configuration = Some(MultiRegionConfiguration::new("PRIMARY", primary, Vec::new()));
    }
    shown
}
