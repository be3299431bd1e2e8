//! What a view and a change both offer: facts for the gate, rows for a pass.
//!
//! Nothing here hands out a row before the gate has answered: `Fetch` is for this room alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use strongroom_keystore::{Barrier, KeyId, RowKey, Sealed};

use super::fault;
use super::record::{self, AliasRow, ClockRow, GrantRow, GrantsRow, Record, SettingsRow, Tombstone};
use super::store::PrincipalPlace;
use super::table::Table;
use crate::access::entry::{DeviceLook, Membership, PolicyLook, PrincipalLook, RoleLook, SecretLook};
use crate::access::{
    Act, CallContext, Everything, Facts, GrantLook, KeyEntry, KeyFacts, Pass, PrincipalEntry, Scans, SecretEntry,
    Standing, Tie, Who, Writes,
};
use crate::clock::Timestamp;
use crate::error::{self, Error};
use crate::model::Home;
use crate::model::credential::{AccessKeyRow, CredentialPlace, CredentialRow, Holder, MfaDeviceRow, device_named};
use crate::model::filter::{Best, Wanted};
use crate::model::grant::{Grant, Slot};
use crate::model::hex::hex;
use crate::model::key::{KeyName, KeyRef, KeyRow, MANAGED_ALIAS, alias_arn};
use crate::model::managed_policy::{ManagedPolicyRow, PolicyRef};
use crate::model::principal::unique_key;
use crate::model::principal::{PrincipalKind as RowKind, PrincipalRow};
use crate::model::replication::region_of;
use crate::model::secret::{Life, SecretId, SecretRow};
use crate::model::version::SealedAt;
use crate::name::{Arn, PARTITION, Text};
use crate::policy::{Policy, PolicyKind, PolicySet, Source, SourceKind};

mod grants;
mod load;

pub(crate) use grants::Grants;
pub(crate) use load::{compile_key_policy, compile_secret_policy};
pub(in crate::ledger) use load::{load_backing, load_key, load_principal, load_secret};

/// Opened bytes of one row.
pub(in crate::ledger) trait Rows {
    fn barrier(&self) -> &Barrier;
    /// Opens a covered row and decodes it.
    fn read<R: Record>(&self, table: Table, key: &RowKey) -> Result<Option<R>, Error>;
    /// Opens a covered row whose data is not a record: a backing key.
    fn read_bytes(&self, table: Table, key: &RowKey) -> Result<Option<Vec<u8>>, Error>;
    /// Opens every row of a table, in no order, and hands over its data.
    fn each_row(&self, table: Table, with: &mut dyn FnMut(&[u8]) -> Result<(), Error>) -> Result<(), Error>;
    fn read_all<R: Record>(&self, table: Table) -> Result<Vec<R>, Error> {
        let mut all = Vec::new();
        self.each_row(table, &mut |data| {
            all.push(record::decode(data).map_err(fault::record)?);
            Ok(())
        })?;
        Ok(all)
    }
    /// Of a table that has records of several kinds, those of this kind.
    fn read_kind<R: Record>(&self, table: Table) -> Result<Vec<R>, Error> {
        let mut all = Vec::new();
        self.each_row(table, &mut |data| {
            if record::is::<R>(data) {
                all.push(record::decode(data).map_err(fault::record)?);
            }
            Ok(())
        })?;
        Ok(all)
    }
}

/// Rows as entries: from the cache in a view, always anew in a change.
pub(crate) trait Fetch {
    /// By its name in a region; `None`: the store's own.
    fn fetch_secret_in(&self, region: Option<&str>, name: &str) -> Result<SecretLook, Error>;
    fn fetch_secret(&self, name: &str) -> Result<SecretLook, Error> {
        self.fetch_secret_in(self.abroad(), name)
    }
    fn fetch_key(&self, id: &[u8; 16]) -> Result<Option<Arc<KeyEntry>>, Error>;
    fn fetch_alias_in(&self, region: Option<&str>, name: &str) -> Result<Option<Arc<AliasRow>>, Error>;
    fn fetch_alias(&self, name: &str) -> Result<Option<Arc<AliasRow>>, Error> {
        self.fetch_alias_in(self.abroad(), name)
    }
    fn fetch_principal(&self, place: &PrincipalPlace) -> Result<PrincipalLook, Error>;
    fn fetch_grants(&self, key: &[u8; 16], grantee: &Text, slot: &Slot) -> Result<Arc<GrantsRow>, Error>;
    fn fetch_grant_row(&self, grant: &str) -> Result<Option<GrantRow>, Error>;
    fn fetch_settings(&self) -> Result<Arc<SettingsRow>, Error>;
    /// Account of the store, and the region that is looked at.
    fn home(&self) -> &Home;
    /// That region, if it is not the store's own.
    fn abroad(&self) -> Option<&str>;
    /// The region, if it is not the store's own.
    fn abroad_of<'r>(&self, region: &'r str) -> Option<&'r str>;
    /// Is what has this ARN in the region that is looked at?
    fn is_here(&self, arn: &str) -> bool {
        self.home().region == *region_of(arn)
    }
    /// The latest time that was committed.
    fn high_water(&self) -> Timestamp;
    /// By the version's place in the secret's row.
    fn fetch_sealed(&self, secret: &SecretEntry, place: usize) -> Result<Option<Arc<[u8]>>, Error>;
    fn scan_secrets(&self) -> Result<Vec<SecretRow>, Error>;
    /// A secret by its name, for a list: its row alone.
    fn fetch_row(&self, name: &str) -> Result<Option<SecretRow>, Error>;
    /// Finds the page of a list of secrets.
    fn search(&self, wanted: &Wanted<'_>) -> Result<Best, Error>;
    fn scan_keys(&self) -> Result<Vec<KeyRow>, Error>;
    fn scan_aliases(&self) -> Result<Vec<AliasRow>, Error>;
    fn scan_principals(&self) -> Result<Vec<PrincipalRow>, Error>;
    /// By its name in lower case.
    fn fetch_policy(&self, name: &str) -> Result<Option<Arc<ManagedPolicyRow>>, Error>;
    fn scan_policies(&self) -> Result<Vec<ManagedPolicyRow>, Error>;
    fn scan_grants(&self) -> Result<Vec<GrantRow>, Error>;
    fn fetch_credential(&self, place: CredentialPlace<'_>) -> Result<Option<CredentialRow>, Error>;
    fn scan_credentials(&self) -> Result<Vec<CredentialRow>, Error>;
    fn scan_tombstones(&self) -> Result<Vec<Tombstone>, Error>;
    /// Was a jump of the clock committed that nobody has confirmed?
    fn has_jumped(&self) -> Result<bool, Error>;
}

/// Facts and rows of one instant of the store.
pub(crate) trait Look: Fetch + GrantLook + Grants + Sized {
    /// A secret by what the request names; a missing one is a value, weighed on the ARN it would have. One whose recovery
    /// window is over is missing: its policy lets nobody in and keeps nobody out any more.
    fn secret(&self, id: &str, call: &CallContext) -> Result<Facts<'_, SecretLook>, Error> {
        let home = self.home();
        let id = SecretId::parse(id, home)?;
        let account = &call.standing.who.account;
        if matches!(id, SecretId::Named(_)) && *account != home.account {
            // A bare name means a secret of the caller's own account, of which nothing is stored here.
            let theirs = Home { account: account.clone(), region: home.region.clone() };
            return Ok(Facts::new(self, id.resource_if_absent(&theirs), None));
        }
        let there = |entry: &Arc<SecretEntry>| id.means(&entry.row.arn) && entry.row.life(call.observed) != Life::Gone;
        if let Some(name) = id.candidate()
            && let Some(entry) = self.fetch_secret(name)?.filter(there)
        {
            return Ok(Facts::new(self, entry.row.arn.clone(), Some(entry)));
        }
        Ok(Facts::new(self, id.resource_if_absent(home), None))
    }
    /// The secret of that name, or the ARN that it gets with this suffix. One whose recovery window is over makes room.
    fn secret_or(&self, name: &str, suffix: &str, observed: Timestamp) -> Result<Facts<'_, SecretLook>, Error> {
        let entry = self.fetch_secret(name)?.filter(|entry| entry.row.life(observed) != Life::Gone);
        let arn = entry
            .as_ref()
            .map_or_else(|| crate::model::secret::arn(self.home(), name, suffix), |entry| entry.row.arn.clone());
        Ok(Facts::new(self, arn, entry))
    }
    /// No secret in particular: an act on secrets that names none.
    fn no_secret(&self) -> Facts<'_, SecretLook> {
        Facts::new(self, Text::from("*"), None)
    }
    /// Whatever is kept under a name, for [`Gate::due`](crate::access::Gate::due) to look at.
    fn secret_due(&self, name: &str) -> Result<Facts<'_, SecretLook>, Error> {
        let entry = self.fetch_secret(name)?;
        let arn = entry.as_ref().map_or_else(Text::default, |entry| entry.row.arn.clone());
        Ok(Facts::new(self, arn, entry))
    }
    /// A key of this region by its id; `None` if there is none.
    fn key_by_id(&self, id: &[u8; 16]) -> Result<Option<Facts<'_, KeyFacts>>, Error> {
        let found = self.fetch_key(id)?.filter(|entry| self.is_here(&entry.row.arn));
        Ok(found.map(|entry| self.proposed_key(entry)))
    }
    /// A key of whatever region, for [`Gate::due`](crate::access::Gate::due) to look at.
    fn key_due(&self, id: &[u8; 16]) -> Result<Option<Facts<'_, KeyFacts>>, Error> {
        Ok(self.fetch_key(id)?.map(|entry| self.proposed_key(entry)))
    }
    /// The key that sealed a version of an admitted secret: one of the secret's region, by the secret's own row.
    fn key_of<A: Act, R>(
        &self,
        _secret: &Pass<'_, A, R>,
        key: &[u8; 16],
    ) -> Result<Option<Facts<'_, KeyFacts>>, Error> {
        Ok(self.fetch_key(key)?.map(|entry| self.proposed_key(entry)))
    }
    /// The managed key of this region, once it was made.
    fn managed_key(&self) -> Result<Option<[u8; 16]>, Error> {
        if self.abroad().is_some() { self.alias_target(MANAGED_ALIAS) } else { Ok(self.fetch_settings()?.managed_key) }
    }
    /// A key by what a request names. KMS tells anybody that there is no such key, so a missing one is an error here, before
    /// the gate. A key whose deletion is due is gone, and its aliases with it.
    /// # Errors
    /// `NotFound`, `InvalidRequest` (an ARN that names no key).
    fn key(&self, named: &str, takes_alias: bool, observed: Timestamp) -> Result<Facts<'_, KeyFacts>, Error> {
        match KeyRef::parse(named, self.home(), takes_alias)? {
            KeyRef::Id(name) => {
                self.key_named(name, observed)?.ok_or_else(|| error::kms::key_not_found(name.arn(self.home())))
            }
            KeyRef::Alias(alias) => self
                .key_of_alias(alias, observed)?
                .ok_or_else(|| error::kms::alias_not_found(alias_arn(self.home(), alias))),
        }
    }
    /// The key of exactly that name, unless it is gone.
    fn key_named(&self, name: KeyName, observed: Timestamp) -> Result<Option<Facts<'_, KeyFacts>>, Error> {
        let found =
            self.fetch_key(&name.id)?.filter(|entry| entry.row.name() == name && entry.row.life(observed).is_some());
        Ok(found.filter(|entry| self.is_here(&entry.row.arn)).map(|entry| self.proposed_key(entry)))
    }
    /// The key that an alias points to, unless it is gone.
    fn key_of_alias(&self, alias: &str, observed: Timestamp) -> Result<Option<Facts<'_, KeyFacts>>, Error> {
        let Some(id) = self.alias_target(alias)? else { return Ok(None) };
        let found = self.fetch_key(&id)?.filter(|entry| entry.row.life(observed).is_some());
        Ok(found.map(|entry| self.proposed_key(entry)))
    }
    /// A key as a request would make or leave it, to be weighed before it is saved.
    fn proposed_key(&self, entry: Arc<KeyEntry>) -> Facts<'_, KeyFacts> {
        Facts::new(self, entry.row.arn.clone(), KeyFacts { entry })
    }
    /// The alias of an admitted act, as it is stored.
    fn alias_row<A: Writes<AliasRow>>(
        &self,
        _pass: &Pass<'_, A, Everything>,
        name: &str,
    ) -> Result<Option<Arc<AliasRow>>, Error> {
        self.fetch_alias(name)
    }
    /// The id an alias points to. Aliases are names, not secrets: KMS resolves them before it authorises.
    fn alias_target(&self, name: &str) -> Result<Option<[u8; 16]>, Error> {
        Ok(self.fetch_alias(name)?.map(|alias| alias.key))
    }
    /// The ARN of the key that a request names by id, ARN or alias. An id or ARN tells it by itself, also of a key that is
    /// not there or not this account's; an alias that points nowhere, or text that is no key's name, means none.
    fn arn_of_key(&self, named: &str) -> Result<Option<Text>, Error> {
        let Ok(parsed) = KeyRef::parse(named, self.home(), true) else {
            let elsewhere = Arn::parse(named).filter(|arn| arn.service == "kms" && arn.resource.starts_with("key/"));
            return Ok(elsewhere.map(|_| Text::from(named)));
        };
        match parsed {
            KeyRef::Id(name) => Ok(Some(name.arn(self.home()))),
            KeyRef::Alias(alias) => {
                let Some(id) = self.alias_target(alias)? else { return Ok(None) };
                Ok(self.fetch_key(&id)?.map(|entry| entry.row.arn.clone()))
            }
        }
    }
    /// What an act on nothing in particular is weighed on.
    fn everything(&self) -> Facts<'_, Everything> {
        Facts::new(self, Text::from("*"), Everything)
    }
    /// What no row stands for, weighed by its ARN alone.
    fn elsewhere(&self, arn: &str) -> Facts<'_, Everything> {
        Facts::new(self, Text::from(arn), Everything)
    }
    /// An alias, weighed by its ARN alone.
    fn alias(&self, name: &str) -> Facts<'_, Everything> {
        Facts::new(self, self.home().arn("kms", name), Everything)
    }
    /// A user or role by name; existence lies behind the gate. One that is to be made is weighed with the path it asks for.
    fn principal(&self, kind: RowKind, path: &str, name: &str) -> Result<Facts<'_, PrincipalLook>, Error> {
        let entry = self.fetch_principal(&place(kind, name))?;
        let arn = entry.as_ref().map_or_else(|| kind.arn(self.home(), path, name), |entry| entry.row.arn.clone());
        Ok(Facts::new(self, arn, entry))
    }
    /// A user or role that is to be made, weighed on the ARN that it would get; whether the name is free is told by
    /// [`is_taken`](Self::is_taken), after the gate.
    fn new_principal(&self, kind: RowKind, path: &str, name: &str) -> Facts<'_, PrincipalLook> {
        Facts::new(self, kind.arn(self.home(), path, name), None)
    }
    /// A user, role or group by its ARN, weighed on that ARN. One whose path is another is not there, nor is anybody of another
    /// account.
    fn principal_of_arn(&self, arn: &Text) -> Result<Facts<'_, PrincipalLook>, Error> {
        let entry = match place_in(arn, self.home()) {
            Some(place) => self.fetch_principal(&place)?.filter(|entry| entry.row.arn == *arn),
            None => None,
        };
        Ok(Facts::new(self, arn.clone(), entry))
    }
    /// An admitted user or group as a request would rename it, weighed on the ARN that it would get.
    fn renamed<'v, A: Act>(
        &'v self,
        before: &Pass<'v, A, Arc<PrincipalEntry>>,
        row: PrincipalRow,
    ) -> Facts<'v, PrincipalLook> {
        let entry = before.row();
        let (identity, boundary, trust) = (entry.identity.clone(), entry.boundary.clone(), entry.trust.clone());
        Facts::new(self, row.arn.clone(), Some(Arc::new(PrincipalEntry { row, identity, boundary, trust })))
    }
    /// A managed policy by its ARN; existence lies behind the gate.
    fn managed_policy(&self, arn: &Text) -> Result<Facts<'_, PolicyLook>, Error> {
        Ok(Facts::new(self, arn.clone(), policy_of(self, arn)?))
    }
    /// A managed policy that is to be made, weighed on the ARN that it would get.
    fn new_managed_policy(&self, path: &str, name: &str) -> Facts<'_, PolicyLook> {
        Facts::new(self, crate::model::managed_policy::arn(self.home(), path, name), None)
    }
    /// Is there a managed policy of that name, whatever its path?
    fn is_policy_taken<A: Writes<ManagedPolicyRow>, T>(
        &self,
        _pass: &Pass<'_, A, T>,
        name: &str,
    ) -> Result<bool, Error> {
        Ok(self.fetch_policy(&unique_key(name))?.is_some())
    }
    /// The managed policy that an admitted act attaches, detaches or lists: no more than that it is there, and its name.
    fn attachable<A: Act, T>(&self, _pass: &Pass<'_, A, T>, arn: &Text) -> Result<Option<Text>, Error> {
        Ok(policy_of(self, arn)?.map(|row| row.name.clone()))
    }
    /// Every managed policy of this account.
    fn managed_policies<A: Scans<ManagedPolicyRow>>(
        &self,
        _pass: &Pass<'_, A, Everything>,
    ) -> Result<Vec<ManagedPolicyRow>, Error> {
        self.scan_policies()
    }
    /// Users, groups and roles that an admitted managed policy is attached to, or that it bounds.
    fn users_of<A: Act>(&self, policy: &Pass<'_, A, Arc<ManagedPolicyRow>>) -> Result<Vec<PrincipalRow>, Error> {
        let arn = &policy.row().arn;
        let mut rows = self.scan_principals()?;
        rows.retain(|row| row.attached.contains(arn) || row.boundary.as_ref() == Some(arn));
        Ok(rows)
    }
    /// The users in an admitted group.
    fn members<A: Act>(&self, group: &Pass<'_, A, Arc<PrincipalEntry>>) -> Result<Vec<PrincipalRow>, Error> {
        let mut rows = self.scan_principals()?;
        rows.retain(|row| row.kind == RowKind::User && row.is_in(&group.row().row.name));
        Ok(rows)
    }
    /// The user whom an admitted act on a group puts in or takes out.
    fn member<A: Writes<Membership>>(
        &self,
        _group: &Pass<'_, A, Arc<PrincipalEntry>>,
        name: &str,
    ) -> Result<Option<PrincipalRow>, Error> {
        Ok(self.fetch_principal(&place(RowKind::User, name))?.map(|entry| entry.row.clone()))
    }
    /// The groups of an admitted user.
    fn groups_of<A: Act>(&self, user: &Pass<'_, A, Arc<PrincipalEntry>>) -> Result<Vec<PrincipalRow>, Error> {
        let names = user.row().row.groups.iter();
        let groups = names.map(|name| {
            let entry = self.fetch_principal(&place(RowKind::Group, name))?.ok_or_else(fault::policy_damaged)?;
            Ok(entry.row.clone())
        });
        groups.collect()
    }
    /// Is there a user, role or group of that name, whatever its path?
    fn is_taken<A: Writes<PrincipalRow>, T>(
        &self,
        _pass: &Pass<'_, A, T>,
        kind: RowKind,
        name: &str,
    ) -> Result<bool, Error> {
        Ok(self.fetch_principal(&place(kind, name))?.is_some())
    }
    /// The root user of the store's account; it has no row.
    fn root_user(&self) -> Facts<'_, PrincipalLook> {
        Facts::new(self, self.home().iam_arn("root"), None)
    }
    /// The unique id of a role, whatever its path: a session's ARN does not tell it.
    fn role_id(&self, name: &str) -> Result<Option<Text>, Error> {
        Ok(self
            .fetch_principal(&place(RowKind::Role, name))?
            .filter(|entry| entry.row.name == *name)
            .map(|entry| entry.row.id.clone()))
    }
    /// The sealed bytes of a version of an admitted secret.
    fn sealed<'s, A: Act>(
        &self,
        secret: &'s Pass<'_, A, Arc<SecretEntry>>,
        place: usize,
    ) -> Result<SealedRow<'s>, Error> {
        match &secret.row().current {
            Some(current) if current.place == place => Ok(SealedRow::Beside(&current.sealed)),
            _ => self.fetch_sealed(secret.row(), place)?.map(SealedRow::Apart).ok_or_else(fault::missing_version),
        }
    }
    /// The standing of a principal: its policies as this view has them. Gone or made anew: `Expired`.
    fn standing<'c>(&self, who: &'c Who, none: &'c PolicySet) -> Result<Standing<'c>, Error> {
        let entry = match (&who.principal_id, &who.place) {
            (Some(id), Some(place)) => {
                let entry =
                    self.fetch_principal(place)?.filter(|entry| entry.row.id == *id && who.is_still(&entry.row));
                Some(entry.ok_or_else(|| fault::principal_gone(&who.arn))?)
            }
            _ => None,
        };
        for tie in &who.ties {
            if !self.holds(tie)? {
                return Err(fault::principal_gone(&who.arn));
            }
        }
        let session = match who.session_policy_arns.as_slice() {
            [] => None,
            arns => Some(self.session_of(who, arns)?),
        };
        Ok(Standing { who, entry, none, session })
    }
    /// Is what a session rests on still there?
    fn holds(&self, tie: &Tie) -> Result<bool, Error> {
        Ok(match tie {
            Tie::Principal { kind, name, id } => {
                self.fetch_principal(&place(*kind, name))?.is_some_and(|entry| entry.row.id == *id)
            }
            Tie::AccessKey(id) => self.access_key(id)?.is_some_and(|key| key.active),
            Tie::Device { serial, user_id, since } => {
                let device = self.mfa_device(serial)?;
                device
                    .and_then(|device| device.holder)
                    .is_some_and(|holder| holder.id == *user_id && holder.since == *since)
            }
        })
    }
    /// What limits a session that was given managed policies: those and its own documents, in one union. One that is gone
    /// adds nothing, and so allows nothing.
    fn session_of(&self, who: &Who, arns: &[Text]) -> Result<PolicySet, Error> {
        let own = who.session_policies.iter().flat_map(PolicySet::members);
        let mut policies: Vec<_> = own.map(|(source, policy)| (source.clone(), Arc::clone(policy))).collect();
        for arn in arns {
            let Some(row) = policy_of(self, arn)? else { continue };
            let text = &row.in_force().ok_or_else(fault::policy_damaged)?.text;
            let policy = Policy::load(text, PolicyKind::Identity).map_err(|_| fault::policy_damaged())?;
            policies.push((Source { id: arn.clone(), kind: SourceKind::None }, Arc::new(policy)));
        }
        Ok(PolicySet::new(policies))
    }
    /// An access key, for whoever checks a signature or a session that rests on it.
    fn access_key(&self, id: &str) -> Result<Option<AccessKeyRow>, Error> {
        Ok(self.fetch_credential(CredentialPlace::AccessKey(id))?.and_then(CredentialRow::access_key))
    }
    /// A device by its serial number, for whoever checks a code or a session that rests on it.
    fn mfa_device(&self, serial: &str) -> Result<Option<MfaDeviceRow>, Error> {
        let Some(name) = device_named(self.home(), serial) else { return Ok(None) };
        let found = self.fetch_credential(CredentialPlace::MfaDevice(&name))?.and_then(CredentialRow::mfa_device);
        Ok(found.filter(|device| device.serial == *serial))
    }
    /// Is there a device of that name, whatever its path?
    fn is_device_taken<A: Writes<CredentialRow>, T>(&self, _pass: &Pass<'_, A, T>, name: &str) -> Result<bool, Error> {
        Ok(self.fetch_credential(CredentialPlace::MfaDevice(&unique_key(name)))?.is_some())
    }
    /// What proves an admitted user: access keys and devices.
    fn credentials_of<A: Act>(&self, user: &Pass<'_, A, Arc<PrincipalEntry>>) -> Result<Vec<CredentialRow>, Error> {
        let mut rows = self.scan_credentials()?;
        rows.retain(|row| row.is_of(&user.row().row.id));
        Ok(rows)
    }
    /// Every access key and device, for an act that may see them all.
    fn credentials<A: Scans<CredentialRow>>(
        &self,
        _pass: &Pass<'_, A, Everything>,
    ) -> Result<Vec<CredentialRow>, Error> {
        self.scan_credentials()
    }
    /// A role that is to be assumed, by its ARN; whether there is one lies behind the gate.
    fn role_to_assume(&self, arn: &Text) -> Result<Facts<'_, RoleLook>, Error> {
        let path = Arn::parse(arn)
            .filter(|parsed| parsed.service == "iam" && *parsed.account == *self.home().account)
            .and_then(|parsed| parsed.resource.strip_prefix("role/").map(str::to_owned));
        let entry = match path {
            Some(path) => self.fetch_principal(&place(RowKind::Role, path.rsplit('/').next().unwrap_or(&path)))?,
            None => None,
        };
        Ok(Facts::new(self, arn.clone(), RoleLook(entry.filter(|entry| entry.row.arn == *arn))))
    }
    /// What no row stands for, of an account's sessions: weighed by the ARN that it would have.
    fn federated(&self, name: &str) -> Facts<'_, Everything> {
        let arn = format!("arn:{PARTITION}:sts::{}:federated-user/{name}", self.home().account);
        Facts::new(self, Text::from(arn), Everything)
    }
    /// A device by its serial number; whether there is one lies behind the gate.
    fn device(&self, serial: &Text) -> Result<Facts<'_, DeviceLook>, Error> {
        Ok(Facts::new(self, serial.clone(), self.mfa_device(serial)?))
    }
    /// The device that an admitted act gives to a user.
    fn device_to_give<A: Writes<CredentialRow>>(
        &self,
        _user: &Pass<'_, A, Arc<PrincipalEntry>>,
        serial: &str,
    ) -> Result<Option<MfaDeviceRow>, Error> {
        self.mfa_device(serial)
    }
    /// The user who holds a device, for an act that may see all of them.
    fn holder_of<A: Scans<CredentialRow>>(
        &self,
        _pass: &Pass<'_, A, Everything>,
        holder: &Holder,
    ) -> Result<Option<PrincipalRow>, Error> {
        let found = self.fetch_principal(&place(RowKind::User, &holder.name))?;
        Ok(found.filter(|entry| entry.row.id == holder.id).map(|entry| entry.row.clone()))
    }
    /// A device that is to be made.
    fn new_device(&self, serial: &Text) -> Facts<'_, DeviceLook> {
        Facts::new(self, serial.clone(), None)
    }
    /// The user of an access key, if there are both; without, an ARN that stands for any user.
    fn user_of_key(&self, key_id: &str) -> Result<Facts<'_, PrincipalLook>, Error> {
        let name = self.access_key(key_id)?.map_or_else(|| Text::from("*"), |key| key.user.name);
        self.principal(RowKind::User, "/", &name)
    }
    /// An access key of an admitted user.
    fn key_of_user<A: Act>(
        &self,
        user: &Pass<'_, A, Arc<PrincipalEntry>>,
        id: &str,
    ) -> Result<Option<AccessKeyRow>, Error> {
        Ok(self.access_key(id)?.filter(|key| key.user.id == user.row().row.id))
    }
    /// A principal that the host vouches for: what a session needs to know of it, and no more.
    fn vouched(&self, kind: RowKind, name: &str, who: impl FnOnce(&PrincipalRow) -> Who) -> Result<Option<Who>, Error> {
        Ok(self.fetch_principal(&place(kind, name))?.map(|entry| who(&entry.row)))
    }
    /// An admitted secret as a request would leave it, to be weighed before it is saved.
    fn proposed<'v, A: Act<On = SecretLook>>(
        &'v self,
        secret: &Pass<'v, A, Arc<SecretEntry>>,
        entry: Arc<SecretEntry>,
    ) -> Facts<'v, SecretLook> {
        Facts::new(self, secret.resource().clone(), Some(entry))
    }
    /// What an ARN in a policy or a grant stands for.
    fn known(&self, arn: &str) -> Result<Known, Error> {
        let Some(place) = place_in(arn, self.home()).filter(|(kind, _)| *kind != RowKind::Group) else {
            return Ok(Known::Other);
        };
        let entry = self.fetch_principal(&place)?.filter(|entry| *entry.row.arn == *arn);
        Ok(entry.map_or(Known::Missing, |entry| Known::Here(entry.row.id.clone())))
    }
    /// Has the clock jumped, since the last commit or at one that nobody has confirmed? Then nothing is destroyed by time.
    fn is_clock_in_doubt(&self, now: Timestamp) -> Result<bool, Error> {
        Ok(ClockRow::is_jump(self.high_water(), now) || self.has_jumped()?)
    }
    /// Region and name of secrets that time has made work of: for `Gate::due` to look at again, one by one. What destroys goes by the clock
    /// as it is now, a rotation by the observed time.
    fn secrets_due(&self, now: Timestamp, observed: Timestamp) -> Result<SecretsDue, Error> {
        let mut due = SecretsDue::default();
        for row in self.scan_secrets()? {
            let place = (Text::from(row.region()), row.name.clone());
            if row.life(now) == Life::Gone {
                due.over.push(place);
            } else if row.is_rotation_due(observed) {
                due.to_rotate.push(place);
            }
        }
        Ok(due)
    }
    /// Ids of keys, of all regions, that time has made work of: for `Gate::due` to look at again, one by one. What destroys goes by the clock as
    /// it is now, a rotation by the observed time.
    fn keys_due(&self, now: Timestamp, observed: Timestamp) -> Result<KeysDue, Error> {
        let mut due = KeysDue::default();
        for row in self.scan_keys()? {
            if row.life(now).is_none() {
                due.over.push(row.id);
            } else if !row.expired_materials(now).is_empty() {
                due.expired.push(row.id);
            }
            if row.is_rotation_due(observed) {
                due.to_rotate.push(row.id);
            }
        }
        Ok(due)
    }
    /// Ids and ARNs of the keys of every region that are not gone, for [`Gate::due`](crate::access::Gate::due) to look at.
    fn keys_there(&self, observed: Timestamp) -> Result<Vec<([u8; 16], Text)>, Error> {
        let mut rows = self.scan_keys()?;
        rows.retain(|row| row.life(observed).is_some());
        Ok(rows.into_iter().map(|row| (row.id, row.arn)).collect())
    }
    fn settings(&self) -> Result<Arc<SettingsRow>, Error> {
        self.fetch_settings()
    }
    /// Every secret of this region as it is stored, for an act that may see them all.
    fn every_secret<A: Scans<SecretRow>>(&self, _pass: &Pass<'_, A, Everything>) -> Result<Vec<SecretRow>, Error> {
        let mut rows = self.scan_secrets()?;
        rows.retain(|row| self.is_here(&row.arn));
        Ok(rows)
    }
    /// One page of a list of secrets, for an act that may see them all, and whether another page follows.
    fn secrets<A: Scans<SecretRow>>(
        &self,
        _pass: &Pass<'_, A, Everything>,
        wanted: &Wanted<'_>,
    ) -> Result<(Vec<SecretRow>, bool), Error> {
        let (names, more) = self.search(wanted)?.names();
        let rows = names.iter().map(|name| self.fetch_row(name)?.ok_or_else(fault::missing_secret));
        Ok((rows.collect::<Result<_, _>>()?, more))
    }
    /// Secrets that depend on an admitted key: with versions under it, or whose next version would be.
    fn secrets_under<A: Scans<SecretRow>>(&self, pass: &Pass<'_, A, KeyFacts>) -> Result<Vec<SecretRow>, Error> {
        let row = &pass.row().entry.row;
        let managed = self.managed_key()? == Some(row.id);
        let mut rows = self.scan_secrets()?;
        rows.retain(|secret| self.is_here(&secret.arn));
        rows.retain(|secret| {
            secret.key.map_or(managed, |key| key == row.id)
                || secret.versions.iter().any(|version| version.value.is_some_and(|at| at.key == row.id))
        });
        Ok(rows)
    }
    /// Names of secrets with versions under another material than their key's current one; of one key, or of all.
    fn secrets_under_older<A: Scans<SecretRow>>(
        &self,
        _pass: &Pass<'_, A, Everything>,
        only: Option<[u8; 16]>,
    ) -> Result<Vec<Text>, Error> {
        let keys = self.scan_keys()?;
        let current: BTreeMap<[u8; 16], u32> =
            keys.iter().filter_map(|row| Some((row.id, row.current_material()?.version))).collect();
        let older = |at: SealedAt| {
            only.is_none_or(|only| only == at.key)
                && current.get(&at.key).is_some_and(|version| *version != at.material)
        };
        let rows = self.scan_secrets()?.into_iter().filter(|row| self.is_here(&row.arn));
        Ok(rows
            .filter(|row| row.versions.iter().any(|version| version.value.is_some_and(older)))
            .map(|row| row.name)
            .collect())
    }
    fn keys<A: Scans<KeyRow>>(&self, _pass: &Pass<'_, A, Everything>) -> Result<Vec<KeyRow>, Error> {
        let mut rows = self.scan_keys()?;
        rows.retain(|row| self.is_here(&row.arn));
        Ok(rows)
    }
    /// Every alias and the name of its key, but for those whose key is gone.
    fn aliases<A: Scans<AliasRow>>(
        &self,
        _pass: &Pass<'_, A, Everything>,
        observed: Timestamp,
    ) -> Result<Vec<(AliasRow, KeyName)>, Error> {
        let keys = self.scan_keys()?;
        // An alias is where its key is.
        let there = |row: &&KeyRow| row.life(observed).is_some() && self.is_here(&row.arn);
        let there: BTreeMap<[u8; 16], KeyName> = keys.iter().filter(there).map(|row| (row.id, row.name())).collect();
        let aliases = self.scan_aliases()?;
        Ok(aliases.into_iter().filter_map(|alias| there.get(&alias.key).map(|name| (alias.clone(), *name))).collect())
    }
    fn principals<A: Scans<PrincipalRow>>(&self, _pass: &Pass<'_, A, Everything>) -> Result<Vec<PrincipalRow>, Error> {
        self.scan_principals()
    }
    /// Every grant on an admitted key, oldest first.
    fn grants_on<A: Scans<Grant>>(&self, pass: &Pass<'_, A, KeyFacts>) -> Result<Vec<Grant>, Error> {
        let key = pass.row().entry.row.id;
        self.every_grant(&|found| *found == key)
    }
    /// Every grant on any key that is not gone, oldest first, each with its key's ARN: for an act that may see them all.
    fn grants_anywhere<A: Scans<Grant>>(
        &self,
        _pass: &Pass<'_, A, Everything>,
        observed: Timestamp,
    ) -> Result<Vec<(Grant, Text)>, Error> {
        let here = |row: &KeyRow| row.life(observed).is_some() && self.is_here(&row.arn);
        let keys = self.scan_keys()?.into_iter().filter(here);
        let there: BTreeMap<[u8; 16], Text> = keys.map(|row| (row.id, row.arn)).collect();
        let grants = self.every_grant(&|key| there.contains_key(key))?.into_iter();
        Ok(grants.filter_map(|grant| there.get(&grant.key).cloned().map(|arn| (grant, arn))).collect())
    }
    /// A grant on an admitted key.
    fn grant_on<A: Act>(&self, pass: &Pass<'_, A, KeyFacts>, grant: &str) -> Result<Option<Grant>, Error> {
        Ok(self.grant_of_id(grant)?.filter(|grant| grant.key == pass.row().entry.row.id))
    }
    /// The live grant on the admitted key that the same request has made before; its id.
    fn repeated<A: Writes<Grant>>(&self, pass: &Pass<'_, A, KeyFacts>, wished: &Grant) -> Result<Option<Text>, Error> {
        let Some(slot) = Slot::named(wished) else { return Ok(None) };
        let (key, place) = (&pass.row().entry.row.id, wished.place());
        let head = self.fetch_grants(key, &place, &Slot::head())?;
        if let Some(same) = head.grants.iter().find(|live| live.is_repeated_by(wished)) {
            return Ok(Some(same.id.clone()));
        }
        Ok(self.fetch_grants(key, &place, &slot)?.classes.first().map(|class| hex(&class.first)))
    }
    /// The key of the grant that a token names: whoever has the token may name the key by it.
    fn key_of_grant(&self, grant: &str, observed: Timestamp) -> Result<Option<Facts<'_, KeyFacts>>, Error> {
        let Some(grant) = self.grant_of_id(grant)? else { return Ok(None) };
        let found = self.fetch_key(&grant.key)?.filter(|entry| entry.row.life(observed).is_some());
        Ok(found.filter(|entry| self.is_here(&entry.row.arn)).map(|entry| self.proposed_key(entry)))
    }
    /// The kin of an admitted secret in another region, by the word of both rows: its primary, or a replica. (A replica that was
    /// made a secret of its own keeps its ARN, and is none any more.) Whether it is there yet is told behind [`Gate::kin`](crate::access::Gate::kin).
    fn kin<A: Act>(
        &self,
        secret: &Pass<'_, A, Arc<SecretEntry>>,
        region: &str,
    ) -> Result<Facts<'_, SecretLook>, Error> {
        let row = &secret.row().row;
        let arn = row.arn_in(region);
        let found = self.fetch_secret_in(self.abroad_of(region), &row.name)?;
        Ok(Facts::new(self, arn, found.filter(|entry| entry.row.is_kin_of(row))))
    }
    /// The replicas of an admitted secret as they are shown: their rows with everything that is the primary's too.
    fn replicas<A: Act>(&self, secret: &Pass<'_, A, Arc<SecretEntry>>) -> Result<Vec<Option<Arc<SecretEntry>>>, Error> {
        let row = &secret.row().row;
        let of = |region: &Text| {
            let found = self.fetch_secret_in(self.abroad_of(region), &row.name)?;
            Ok(found.filter(|entry| entry.row.is_kin_of(row)))
        };
        row.replicas().iter().map(|replica| of(&replica.region)).collect()
    }
    /// Is there a secret of that name in this region, where an admitted one is to have a replica?
    fn is_name_taken<A: Writes<SecretRow>>(&self, _kin: &Pass<'_, A, SecretLook>, name: &str) -> Result<bool, Error> {
        Ok(self.fetch_secret(name)?.is_some())
    }
}

/// Secrets that are due for something.
#[derive(Debug, Default)]
pub(crate) struct SecretsDue {
    /// Their recovery window is over: region and name.
    pub over: Vec<(Text, Text)>,
    /// A step of a rotation is due, or a rotation.
    pub to_rotate: Vec<(Text, Text)>,
}

/// Keys that are due for something.
#[derive(Debug, Default)]
pub(crate) struct KeysDue {
    /// Their time of waiting is over.
    pub over: Vec<[u8; 16]>,
    /// Imported material has expired.
    pub expired: Vec<[u8; 16]>,
    /// Their automatic rotation is due.
    pub to_rotate: Vec<[u8; 16]>,
}

pub(in crate::ledger) fn place(kind: RowKind, name: &str) -> PrincipalPlace {
    (kind, Text::from(unique_key(name)))
}

/// Where a user, role or group of this account with this ARN is kept.
fn place_in(arn: &str, home: &Home) -> Option<PrincipalPlace> {
    let parsed = Arn::parse(arn).filter(|parsed| parsed.service == "iam" && *parsed.account == *home.account)?;
    let (kind, path) = match parsed.resource.split_once('/')? {
        ("user", path) => (RowKind::User, path),
        ("role", path) => (RowKind::Role, path),
        ("group", path) => (RowKind::Group, path),
        _ => return None,
    };
    Some(place(kind, path.rsplit('/').next().unwrap_or(path)))
}

/// What an ARN stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// A user or role of this store, by its unique id.
    Here(Text),
    /// A user or role of this account that does not exist.
    Missing,
    /// Anything else: an account, a session, a principal of another account.
    Other,
}

/// A version row: wrapped data key and payload, as they lie in the file.
#[derive(Debug)]
pub(crate) enum SealedRow<'s> {
    /// Kept with the opened secret.
    Beside(&'s [u8]),
    /// Read, or kept, by itself.
    Apart(Arc<[u8]>),
}
impl SealedRow<'_> {
    pub(crate) fn at(&self, sequence: u64) -> Sealed<'_> {
        let row = match self {
            Self::Beside(row) => *row,
            Self::Apart(row) => &**row,
        };
        Sealed { row, sequence }
    }
}

/// The managed policy of that ARN, be it stored or shipped.
fn policy_of<L: Fetch + ?Sized>(look: &L, arn: &Text) -> Result<PolicyLook, Error> {
    match PolicyRef::parse(arn, look.home()) {
        PolicyRef::BuiltIn(policy) => Ok(Some(Arc::new(policy.row()))),
        PolicyRef::Own { name } => Ok(look.fetch_policy(&unique_key(name))?.filter(|row| row.arn == *arn)),
        PolicyRef::Elsewhere => Ok(None),
    }
}

impl KeyRow {
    pub(crate) fn key_id(&self) -> KeyId {
        KeyId { id: self.id, multi_region: self.multi_region }
    }
}
