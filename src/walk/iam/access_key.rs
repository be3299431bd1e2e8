//! Access keys: Create, List, Update, Delete, GetAccessKeyLastUsed.

use std::sync::Arc;

use super::{admitted, list, number};
use crate::access::entry::PrincipalLook;
use crate::access::{Act, Pass, PrincipalEntry};
use crate::error::{self, Error, iam::Entity};
use crate::ledger::{Look, Principals as _};
use crate::model::credential::{ACCESS_KEYS_MAX, AccessKeyRow, CredentialRow, Holder, LONG_TERM, draw_key_id};
use crate::model::paging::Place;
use crate::model::principal::PrincipalKind;
use crate::name::Text;
use crate::operation::iam::{
    AccessKey, AccessKeyLastUsed, AccessKeyMetadata, AccessKeyStatus, CreateAccessKey, CreateAccessKeyResponse,
    DeleteAccessKey, DeleteAccessKeyResponse, GetAccessKeyLastUsed, GetAccessKeyLastUsedResponse, ListAccessKeys,
    ListAccessKeysResponse, UpdateAccessKey, UpdateAccessKeyResponse,
};
use crate::walk::{Read, Reading, Visit, Write, Writing, reads, writes};

reads!(ListAccessKeys, GetAccessKeyLastUsed);
writes!(CreateAccessKey, UpdateAccessKey, DeleteAccessKey);

/// The user that the request names, or the caller.
pub(super) fn user<'v, A: Act<On = PrincipalLook>, L: Look>(
    act: &A,
    name: Option<&Text>,
    visit: &Visit<'v, L>,
) -> Result<Pass<'v, A, Arc<PrincipalEntry>>, Error> {
    let own = visit.call.standing.who.username.as_ref();
    let name = name.or(own).ok_or_else(error::iam::user_name_missing)?;
    admitted(act, PrincipalKind::User, name, visit)
}

fn status(row: &AccessKeyRow) -> AccessKeyStatus {
    if row.active { AccessKeyStatus::Active } else { AccessKeyStatus::Inactive }
}

fn keys_of<A: Act, L: Look>(
    user: &Pass<'_, A, Arc<PrincipalEntry>>,
    visit: &Visit<'_, L>,
) -> Result<Vec<AccessKeyRow>, Error> {
    let rows = visit.look.credentials_of(user)?;
    Ok(rows.into_iter().filter_map(CredentialRow::access_key).collect())
}

impl Write for CreateAccessKey {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        user(self, self.user_name.as_ref(), visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<CreateAccessKeyResponse, Error> {
        let user = user(self, self.user_name.as_ref(), visit)?;
        if keys_of(&user, visit)?.len() >= ACCESS_KEYS_MAX {
            return Err(error::iam::quota("AccessKeysPerUser", ACCESS_KEYS_MAX));
        }
        let id = draw_key_id(LONG_TERM, &mut |out| visit.fill(out))?;
        let made = visit.keystore.make_access_key(&id)?;
        let holder = Holder::of(&user.row().row, visit.observed());
        let row = AccessKeyRow { id, user: holder, active: true, sealed: made.sealed, last_used: None };
        let shown = AccessKey::new(&row.user.name, &row.id, AccessKeyStatus::Active, made.secret);
        let shown = shown.create_date(row.user.since);
        visit.look.save_credential(&user, &CredentialRow::AccessKey(row))?;
        Ok(CreateAccessKeyResponse::new(shown))
    }
}

impl Read for ListAccessKeys {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<ListAccessKeysResponse, Error> {
        let user = user(self, self.user_name.as_ref(), visit)?;
        let mut keys = keys_of(&user, visit)?;
        keys.sort_by(|one, other| one.id.cmp(&other.id));
        let list = list(number::ACCESS_KEYS, user.row().row.id.as_bytes());
        let (page, next) =
            visit.page(&list, self.marker.as_deref(), self.max_items, &keys, |key| Place::by_text(&key.id))?;
        let shown = |key: &AccessKeyRow| AccessKeyMetadata::new(&key.user.name, &key.id, status(key), key.user.since);
        let mut answer = ListAccessKeysResponse::new(page.iter().map(shown).collect::<Vec<_>>(), next.is_some());
        answer.marker = next;
        Ok(answer)
    }
}

impl Write for UpdateAccessKey {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        user(self, self.user_name.as_ref(), visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<UpdateAccessKeyResponse, Error> {
        let user = user(self, self.user_name.as_ref(), visit)?;
        let found = visit.look.key_of_user(&user, &self.access_key_id)?;
        let mut key = found.ok_or_else(|| error::iam::access_key_not_found(&self.access_key_id))?;
        key.active = match &self.status {
            AccessKeyStatus::Active => true,
            AccessKeyStatus::Inactive => {
                visit.keystore.forget_access_key(&key.sealed);
                false
            }
            other => return Err(error::iam::unsupported(other.as_str())),
        };
        visit.look.save_credential(&user, &CredentialRow::AccessKey(key))?;
        Ok(UpdateAccessKeyResponse::new())
    }
}

impl Write for DeleteAccessKey {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        user(self, self.user_name.as_ref(), visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<DeleteAccessKeyResponse, Error> {
        let user = user(self, self.user_name.as_ref(), visit)?;
        let found = visit.look.key_of_user(&user, &self.access_key_id)?;
        let key = found.ok_or_else(|| error::iam::access_key_not_found(&self.access_key_id))?;
        visit.keystore.forget_access_key(&key.sealed);
        visit.look.remove_credential(&user, &CredentialRow::AccessKey(key))?;
        Ok(DeleteAccessKeyResponse::new())
    }
}

impl Read for GetAccessKeyLastUsed {
    fn walk<L: Look>(&self, visit: &Visit<'_, L>) -> Result<GetAccessKeyLastUsedResponse, Error> {
        let missing = || error::iam::access_key_not_found(&self.access_key_id);
        let user = visit.admit(self, visit.look.user_of_key(&self.access_key_id)?)?.found(missing)?;
        let key = visit.look.key_of_user(&user, &self.access_key_id)?.ok_or_else(missing)?;
        let used = visit.ledger.accesses().last_use(&key.id).or(key.last_used);
        let shown = match used {
            Some(used) => AccessKeyLastUsed::new(used.service, used.region).last_used_date(used.at),
            None => AccessKeyLastUsed::new("N/A", "N/A"),
        };
        Ok(GetAccessKeyLastUsedResponse::new().user_name(&key.user.name).access_key_last_used(shown))
    }
}

/// What a user must not have when it is deleted.
pub(super) fn none_left<A: Act, L: Look>(
    user: &Pass<'_, A, Arc<PrincipalEntry>>,
    visit: &Visit<'_, L>,
) -> Result<(), Error> {
    debug_assert_eq!(user.row().row.kind.entity(), Entity::User, "nobody else has credentials");
    match visit.look.credentials_of(user)?.first() {
        None => Ok(()),
        Some(CredentialRow::AccessKey(_)) => Err(error::iam::delete_access_keys_first()),
        Some(CredentialRow::MfaDevice(_)) => Err(error::iam::deactivate_devices_first()),
    }
}
