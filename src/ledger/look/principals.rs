//! Users, roles and groups, what they may, and what proves them.

use std::sync::Arc;

use super::Fetch;
use crate::access::entry::{DeviceLook, Membership, PolicyLook, PrincipalLook, RoleLook};
use crate::access::{Act, Everything, Facts, GrantLook, Pass, PrincipalEntry, Scans, Standing, Tie, Who, Writes};
use crate::error::Error;
use crate::ledger::fault;
use crate::ledger::store::PrincipalPlace;
use crate::model::Home;
use crate::model::credential::{AccessKeyRow, CredentialPlace, CredentialRow, Holder, MfaDeviceRow, device_named};
use crate::model::managed_policy::{ManagedPolicyRow, PolicyRef};
use crate::model::principal::{PrincipalKind as RowKind, PrincipalRow, unique_key};
use crate::name::{Arn, PARTITION, Text};
use crate::policy::{Policy, PolicyKind, PolicySet, Source, SourceKind};

/// Principals of one instant of the store.
pub(crate) trait Principals: Fetch + GrantLook + Sized {
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
    /// What an ARN in a policy or a grant stands for.
    fn known(&self, arn: &str) -> Result<Known, Error> {
        let Some(place) = place_in(arn, self.home()).filter(|(kind, _)| *kind != RowKind::Group) else {
            return Ok(Known::Other);
        };
        let entry = self.fetch_principal(&place)?.filter(|entry| *entry.row.arn == *arn);
        Ok(entry.map_or(Known::Missing, |entry| Known::Here(entry.row.id.clone())))
    }
    fn principals<A: Scans<PrincipalRow>>(&self, _pass: &Pass<'_, A, Everything>) -> Result<Vec<PrincipalRow>, Error> {
        self.scan_principals()
    }
}
impl<L: Fetch + GrantLook> Principals for L {}

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

/// The managed policy of that ARN, be it stored or shipped.
fn policy_of<L: Fetch + ?Sized>(look: &L, arn: &Text) -> Result<PolicyLook, Error> {
    match PolicyRef::parse(arn, look.home()) {
        PolicyRef::BuiltIn(policy) => Ok(Some(Arc::new(policy.row()))),
        PolicyRef::Own { name } => Ok(look.fetch_policy(&unique_key(name))?.filter(|row| row.arn == *arn)),
        PolicyRef::Elsewhere => Ok(None),
    }
}
