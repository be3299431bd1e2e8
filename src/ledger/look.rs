//! What a view and a change both offer: facts for the gate, rows for a pass.
//!
//! Nothing here hands out a row before the gate has answered: `Fetch` is for this room alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use strongroom_keystore::{Barrier, RowKey, Sealed};

use super::fault;
use super::record::{self, AliasRow, ClockRow, GrantRow, GrantsRow, Record, SettingsRow, Tombstone};
use super::store::PrincipalPlace;
use super::table::Table;
use crate::access::entry::{PrincipalLook, SecretLook};
use crate::access::{Act, CallContext, Everything, Facts, KeyEntry, Pass, Scans, SecretEntry, Writes};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::model::Home;
use crate::model::credential::{CredentialPlace, CredentialRow};
use crate::model::filter::{Best, Wanted};
use crate::model::grant::Slot;
use crate::model::key::KeyRow;
use crate::model::managed_policy::ManagedPolicyRow;
use crate::model::principal::PrincipalRow;
use crate::model::replication::region_of;
use crate::model::secret::{Life, SecretId, SecretRow};
use crate::model::version::SealedAt;
use crate::name::Text;

mod grants;
mod keys;
mod load;
mod principals;

pub(crate) use grants::Grants;
pub(crate) use keys::{Keys, KeysDue};
pub(crate) use load::{compile_key_policy, compile_secret_policy};
pub(in crate::ledger) use load::{load_backing, load_key, load_principal, load_secret};
pub(in crate::ledger) use principals::place;
pub(crate) use principals::{Known, Principals};

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
pub(crate) trait Look: Keys + Principals {
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
    /// What an act on nothing in particular is weighed on.
    fn everything(&self) -> Facts<'_, Everything> {
        Facts::new(self, Text::from("*"), Everything)
    }
    /// What no row stands for, weighed by its ARN alone.
    fn elsewhere(&self, arn: &str) -> Facts<'_, Everything> {
        Facts::new(self, Text::from(arn), Everything)
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
    /// An admitted secret as a request would leave it, to be weighed before it is saved.
    fn proposed<'v, A: Act<On = SecretLook>>(
        &'v self,
        secret: &Pass<'v, A, Arc<SecretEntry>>,
        entry: Arc<SecretEntry>,
    ) -> Facts<'v, SecretLook> {
        Facts::new(self, secret.resource().clone(), Some(entry))
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
