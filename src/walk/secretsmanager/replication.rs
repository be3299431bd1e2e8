//! ReplicateSecretToRegions, RemoveRegionsFromReplication, StopReplicationToReplica; and what carries every change of a primary
//! to its replicas, in the same commit.
//!
//! A replica is a secret of its own, in its region, under its own key and the encryption context of its own ARN. What has to do
//! with no key is carried always, so that a policy that shuts somebody out does so everywhere. Values are carried if both keys
//! let the caller; if not, the replica keeps the versions and labels it has, says so, and the next change tries again.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{admitted, cannot_open, cannot_seal};
use crate::access::acts::replication::{Overwrite, Replicate};
use crate::access::acts::through;
use crate::access::entry::SecretLook;
use crate::access::{Act, KeyRefused, Pass, ReachesKin, SecretEntry};
use crate::clock::Timestamp;
use crate::error::{self, Error};
use crate::ledger::{Keys as _, Look, Saved};
use crate::model::key::MANAGED_ALIAS;
use crate::model::replication::{Replica, Replication, region_of};
use crate::model::secret::SecretRow;
use crate::model::version::{SealedAt, VersionRow};
use crate::name::Text;
use crate::operation::secretsmanager::{
    RemoveRegionsFromReplication, RemoveRegionsFromReplicationResponse, ReplicaRegion, ReplicaStatus,
    ReplicateSecretToRegions, ReplicateSecretToRegionsResponse, ReplicationStatus, StopReplicationToReplica,
    StopReplicationToReplicaResponse,
};
use crate::walk::kms::{managed, resolve, rotation};
use crate::walk::{Reading, Visit, Write, Writing, writes};

writes!(ReplicateSecretToRegions, RemoveRegionsFromReplication, StopReplicationToReplica);

/// Regions that a request adds. A key that refuses there refuses the request; later it only leaves the replica behind.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wish<'a> {
    pub regions: &'a [ReplicaRegion],
    /// Replaces a secret of the same name.
    pub overwrite: bool,
}

impl Wish<'_> {
    /// Adds the regions to a primary that is about to be saved.
    /// # Errors
    /// As [`SecretRow::check_new_replicas`].
    pub(super) fn enter(self, row: &mut SecretRow) -> Result<(), Error> {
        row.check_new_replicas(self.regions.iter().map(|asked| &asked.region))?;
        let mut replicas = row.replicas().to_vec();
        replicas.retain(|known| !self.names(&known.region));
        replicas.extend(self.regions.iter().map(|asked| Replica {
            region: asked.region.clone(),
            kms_key_id: asked.kms_key_id.clone().filter(|key| !key.is_empty()),
            failure: None,
        }));
        row.set_replicas(replicas);
        Ok(())
    }
    fn names(self, region: &Text) -> bool {
        self.regions.iter().any(|asked| asked.region == *region)
    }
}

impl Write for ReplicateSecretToRegions {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.secret_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<ReplicateSecretToRegionsResponse, Error> {
        let secret = admitted(self, &self.secret_id, visit)?;
        let mut row = secret.row().row.writable(visit.observed())?.clone();
        let overwrite = self.force_overwrite_replica_secret == Some(true);
        let wish = Wish { regions: &self.add_replica_regions, overwrite };
        wish.enter(&mut row)?;
        row.last_changed = visit.observed();
        visit.look.save_secret(&secret, &row)?;
        let row = carry_now(visit, row, wish)?;
        Ok(ReplicateSecretToRegionsResponse::new(row.arn.clone(), shown(&row, &last_reads(visit, &secret)?)))
    }
}

impl Write for RemoveRegionsFromReplication {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.secret_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<RemoveRegionsFromReplicationResponse, Error> {
        let secret = admitted(self, &self.secret_id, visit)?;
        let mut row = secret.row().row.writable(visit.observed())?.clone();
        let mut left = row.replicas().to_vec();
        for region in &self.remove_replica_regions {
            let place = left.iter().position(|replica| replica.region == *region);
            left.remove(place.ok_or_else(|| error::secretsmanager::no_replica_there(region))?);
            let look = visit.look.of_region(region);
            let kin = visit.gate.kin(&secret, look.kin(&secret, region)?).ok_or_else(error::damaged)?;
            // One that failed from the first is not there.
            if let Some(entry) = kin.row() {
                look.remove_secret(&kin, &entry.row)?;
                visit.call.note_kin(Replicate::ACTION, kin.resource());
            }
        }
        row.set_replicas(left);
        row.last_changed = visit.observed();
        visit.look.save_secret(&secret, &row)?;
        let row = carry_now(visit, row, Wish::default())?;
        Ok(RemoveRegionsFromReplicationResponse::new(row.arn.clone(), shown(&row, &last_reads(visit, &secret)?)))
    }
}

impl Write for StopReplicationToReplica {
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        admitted(self, &self.secret_id, visit).map(|_| ())
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<StopReplicationToReplicaResponse, Error> {
        let secret = admitted(self, &self.secret_id, visit)?;
        let mut row = secret.row().row.live(visit.observed())?.clone();
        if !row.is_replica() {
            return Err(error::secretsmanager::not_a_replica());
        }
        let own = Text::from(row.region());
        change_primary(visit, &secret, |replicas| replicas.retain(|replica| replica.region != own))?;
        row.replication = None;
        // The function is one of the primary's region: nothing calls it from here until somebody says so.
        if let Some(rotation) = &mut row.rotation {
            rotation.enabled = false;
            rotation.next = None;
            rotation.run = None;
        }
        row.last_changed = visit.observed();
        visit.look.save_secret(&secret, &row)?;
        Ok(StopReplicationToReplicaResponse::new(row.arn))
    }
}

/// Changes what the primary of an admitted replica says of its replicas.
pub(super) fn change_primary<'v, A: ReachesKin>(
    visit: &Writing<'v, '_>,
    replica: &Pass<'v, A, Arc<SecretEntry>>,
    change: impl FnOnce(&mut Vec<Replica>),
) -> Result<(), Error> {
    let row = &replica.row().row;
    let Some(region) = row.primary_region().filter(|_| row.is_replica()) else { return Ok(()) };
    let look = visit.look.of_region(region);
    let kin = visit.gate.kin(replica, look.kin(replica, region)?).ok_or_else(error::damaged)?;
    let entry = kin.row().as_ref().ok_or_else(error::damaged)?;
    let mut primary = entry.row.clone();
    let mut replicas = primary.replicas().to_vec();
    change(&mut replicas);
    primary.set_replicas(replicas);
    visit.call.note_kin(Replicate::ACTION, kin.resource());
    look.save_secret(&kin, &primary)
}

/// Carries what was saved of primaries to their replicas. The one place that does.
pub(crate) fn carry(visit: &Writing<'_, '_>) -> Result<(), Error> {
    carry_all(visit, Wish::default()).map(|_| ())
}

/// The same at once, for a request that answers what came of it: the primary's row as it is now.
pub(super) fn carry_now(visit: &Writing<'_, '_>, row: SecretRow, wish: Wish<'_>) -> Result<SecretRow, Error> {
    Ok(carry_all(visit, wish)?.remove(&row.arn).unwrap_or(row))
}

fn carry_all(visit: &Writing<'_, '_>, wish: Wish<'_>) -> Result<BTreeMap<Text, SecretRow>, Error> {
    let mut carried = BTreeMap::new();
    for (arn, saved) in visit.look.take_primaries() {
        let look = visit.look.of_region(region_of(&arn));
        let call = visit.call.in_region(look.home());
        let done = carry_one(&visit.beside(&look, &call)?, &arn, &saved, wish);
        visit.call.take_back(&call);
        if let Some(row) = done? {
            carried.insert(arn, row);
        }
    }
    // What was just saved of them is what came of it.
    visit.look.take_primaries();
    Ok(carried)
}

/// Carries one primary; `source` is in its region.
fn carry_one(source: &Writing<'_, '_>, arn: &Text, saved: &Saved, wish: Wish<'_>) -> Result<Option<SecretRow>, Error> {
    let facts = source.look.secret_due(&saved.name)?;
    // By the end of the change it may have no replicas any more.
    let Some(primary) = source.gate.due::<Replicate>(facts, source.observed()) else { return Ok(None) };
    let primary = primary.found(error::secretsmanager::secret_not_found)?;
    if primary.resource() != arn {
        return Ok(None);
    }
    let mut row = primary.row().row.clone();
    let mut replicas = row.replicas().to_vec();
    for replica in &mut replicas {
        let wish = if wish.names(&replica.region) { Some(wish) } else { None };
        let look = source.look.of_region(&replica.region);
        let call = source.call.in_region(look.home());
        let there = source.beside(&look, &call)?;
        let kept = keep(source, &there, &primary, replica, saved, wish.is_some_and(|wish| wish.overwrite));
        source.call.take_back(&call);
        replica.failure = match kept {
            Ok(()) => None,
            Err(Behind::Fault(fault)) => return Err(fault),
            Err(Behind::Key(refused)) if wish.is_some() => return Err(refused),
            Err(Behind::Key(refused)) => Some(Text::from(format!("Replication failed: {}", refused.message()))),
            Err(Behind::Name(why)) => Some(Text::from(format!("Replication failed: {why}"))),
        };
    }
    row.set_replicas(replicas);
    if row != primary.row().row {
        source.look.save_secret(&primary, &row)?;
    }
    Ok(Some(row))
}

/// Why a replica is not what its primary is.
enum Behind {
    /// A key refuses; in the words of the service.
    Key(Error),
    /// Another secret has its name.
    Name(String),
    /// The store itself cannot go on.
    Fault(Error),
}
impl From<Error> for Behind {
    fn from(fault: Error) -> Self {
        Self::Fault(fault)
    }
}
impl Behind {
    fn source(refused: KeyRefused) -> Self {
        if let KeyRefused::Failed(fault) = refused { Self::Fault(fault) } else { Self::Key(cannot_open(refused)) }
    }
    fn target(refused: KeyRefused) -> Self {
        if let KeyRefused::Failed(fault) = refused { Self::Fault(fault) } else { Self::Key(cannot_seal(refused)) }
    }
}

/// A primary, as whoever carries it holds it.
type Primary<'v> = Pass<'v, Replicate, Arc<SecretEntry>>;
/// Its replica, there or not yet.
type Kin<'v> = Pass<'v, Replicate, SecretLook>;

/// Makes one replica what its primary is; `there` is in its region.
fn keep(
    source: &Writing<'_, '_>,
    there: &Writing<'_, '_>,
    primary: &Primary<'_>,
    replica: &mut Replica,
    saved: &Saved,
    overwrite: bool,
) -> Result<(), Behind> {
    let row = &primary.row().row;
    super::purge_if_gone(there, &row.name)?;
    let kin = there.gate.kin(primary, there.look.kin(primary, &replica.region)?).ok_or_else(error::damaged)?;
    let old = kin.row().as_ref().map(Arc::clone);
    let old = old.as_deref().map(|entry| &entry.row);
    if old.is_none() && there.look.is_name_taken(&kin, &row.name)? {
        if !overwrite {
            let text = format!("Secret name {} already exists in region {}.", row.name, replica.region);
            return Err(Behind::Name(text));
        }
        make_room(there, &row.name)?;
    }
    let (kms_key_id, key) = match old {
        Some(old) => (old.kms_key_id.clone(), old.key),
        None => key_for(there, &kin, replica)?,
    };
    replica.kms_key_id.clone_from(&kms_key_id);
    let mut copy = SecretRow {
        arn: kin.resource().clone(),
        kms_key_id,
        key,
        last_accessed: old.and_then(|old| old.last_accessed),
        replication: Some(Box::new(Replication::ReplicaOf(Text::from(row.region())))),
        versions: Vec::new(),
        ..row.clone()
    };
    if let Some(rotation) = &mut copy.rotation {
        // The run is the primary's.
        rotation.run = None;
    }
    // One that was put on the replica stays until the primary's changes.
    if let Some(old) = old.filter(|_| !saved.policy) {
        copy.policy.clone_from(&old.policy);
    }
    let to = super::value::key_of(there, &copy)?;
    let (kept, behind) = match (versions(source, there, primary, &kin, (old, &to), saved), old) {
        (Ok(kept), _) => (kept, None),
        (Err(behind @ Behind::Key(_)), Some(old)) => {
            (old.versions.iter().map(|version| (version.clone(), None)).collect(), Some(behind))
        }
        (Err(behind), _) => return Err(behind),
    };
    for (version, sealed) in kept {
        if let Some(sealed) = sealed {
            there.look.save_version(&kin, &version.id, sealed);
        }
        copy.versions.push(version);
    }
    for gone in old.iter().flat_map(|old| &old.versions) {
        if gone.value.is_some() && copy.version(&gone.id).is_none() {
            there.look.remove_version(&kin, &gone.id)?;
        }
    }
    if old != Some(&copy) {
        there.look.save_secret(&kin, &copy)?;
        there.call.note_kin(Replicate::ACTION, kin.resource());
    }
    behind.map_or(Ok(()), Err)
}

/// Removes the secret that has the name, for whoever may.
fn make_room(there: &Writing<'_, '_>, name: &Text) -> Result<(), Behind> {
    let taken = there.admit(&Overwrite, there.look.secret_due(name)?)?;
    let taken = taken.found(error::secretsmanager::secret_not_found)?;
    let row = &taken.row().row;
    if row.replication.is_some() {
        let text = format!("Secret name {name} in region {} is part of another replication.", row.region());
        return Err(Behind::Name(text));
    }
    Ok(there.look.remove_secret(&taken, row)?)
}

/// The key of a new replica, by the name that the request has for it. The caller must be able to seal under it.
fn key_for<'v>(
    there: &Writing<'v, '_>,
    kin: &Kin<'v>,
    replica: &Replica,
) -> Result<(Option<Text>, Option<[u8; 16]>), Behind> {
    let managed_key = managed::ensure(there, kin)?;
    let chosen = match &replica.kms_key_id {
        None => (None, None),
        Some(named) => {
            let missing = || Behind::Key(error::secretsmanager::key_not_found(named));
            let id = resolve(there.look, named).map_err(|_| missing())?;
            if id == managed_key {
                (None, None)
            } else {
                there.look.key_by_id(&id)?.ok_or_else(missing)?;
                (Some(named.clone()), Some(id))
            }
        }
    };
    let id = chosen.1.unwrap_or(managed_key);
    may_seal(there, kin, PROBE, &id)?;
    let key = there.look.key_of(kin, &id)?;
    there.permit::<through::MoveIn, _, _>(kin, PROBE, None, key.as_ref()).map_err(Behind::target)?;
    Ok(chosen)
}

fn may_seal<'v>(there: &Writing<'v, '_>, kin: &Kin<'v>, version_id: &str, key: &[u8; 16]) -> Result<(), Behind> {
    let key = there.look.key_of(kin, key)?;
    there.permit::<through::ValidateSeal, _, _>(kin, version_id, None, key.as_ref()).map_err(Behind::target)?;
    Ok(())
}

/// A version of a replica, and its sealed bytes if they are new.
type Kept = (VersionRow, Option<Vec<u8>>);

/// The versions of a replica. A value never changes under its id, so what the replica has stays; the rest is sealed anew, under the
/// replica's key.
fn versions<'v>(
    source: &Writing<'_, '_>,
    there: &Writing<'v, '_>,
    primary: &Primary<'_>,
    kin: &Kin<'v>,
    (old, to): (Option<&SecretRow>, &[u8; 16]),
    saved: &Saved,
) -> Result<Vec<Kept>, Behind> {
    let mut kept = Vec::new();
    for version in &primary.row().row.versions {
        let known = old.and_then(|old| old.version(&version.id));
        let mut copy = version.clone();
        copy.last_accessed = known.and_then(|known| known.last_accessed);
        let has = known.and_then(|known| known.value).filter(|_| !saved.versions.contains(&version.id));
        let sealed = match (version.value, has) {
            (None, _) => None,
            (Some(_), Some(at)) => {
                copy.value = Some(at);
                None
            }
            (Some(at), None) => match move_over((source, primary), (there, kin), version, at, to) {
                Ok((at, sealed)) => {
                    copy.value = Some(at);
                    Some(sealed)
                }
                // What nobody reads by a label any more holds up nothing.
                Err(Behind::Key(_)) if version.deprecated() => continue,
                Err(behind) => return Err(behind),
            },
        };
        kept.push((copy, sealed));
    }
    Ok(kept)
}

/// Opens a version under the primary's key and seals it under the replica's, both as the caller.
fn move_over<'s, 'v>(
    (source, primary): (&Writing<'s, '_>, &Primary<'s>),
    (there, kin): (&Writing<'v, '_>, &Kin<'v>),
    version: &VersionRow,
    at: SealedAt,
    to: &[u8; 16],
) -> Result<(SealedAt, Vec<u8>), Behind> {
    rotation::if_due(there, to, there.look.key_of(kin, to)?.as_ref())?;
    let (old_key, new_key) = (source.look.key_of(primary, &at.key)?, there.look.key_of(kin, to)?);
    let from = source
        .permit::<through::MoveOut, _, _>(primary, &version.id, Some(at.material), old_key.as_ref())
        .map_err(Behind::source)?;
    may_seal(there, kin, &version.id, to)?;
    let into =
        there.permit::<through::MoveIn, _, _>(kin, &version.id, None, new_key.as_ref()).map_err(Behind::target)?;
    let (multi_region, material) = (into.key.multi_region, into.material);
    let sequence = there.look.sequence();
    let sealed = source.look.sealed(primary, primary.row().row.place_of(version))?;
    let resealed = there
        .keystore
        .reseal(from.permit, into.permit, sealed.at(at.sequence), sequence)
        .map_err(|fault| Behind::Fault(fault.into()))?;
    source.note_use::<through::MoveOut>(from.uses, &at.key);
    there.note_use::<through::MoveIn>(into.uses, to);
    Ok((SealedAt { key: *to, multi_region, material, sequence, binary: at.binary }, resealed))
}

/// `ReplicationStatus` of a primary.
pub(super) fn shown(row: &SecretRow, last_reads: &BTreeMap<Text, Timestamp>) -> Vec<ReplicationStatus> {
    let show = |replica: &Replica| {
        let key = replica.kms_key_id.clone().unwrap_or_else(|| Text::from(MANAGED_ALIAS));
        let status = if replica.failure.is_some() { ReplicaStatus::Failed } else { ReplicaStatus::InSync };
        let mut shown = ReplicationStatus::new(replica.region.clone(), key, status);
        shown.status_message.clone_from(&replica.failure);
        shown.last_accessed_date = last_reads.get(&replica.region).copied();
        shown
    };
    row.replicas().iter().map(show).collect()
}

/// When the replicas of an admitted secret were last read, by region.
pub(super) fn last_reads<A: Act, L: Look>(
    visit: &Visit<'_, L>,
    secret: &Pass<'_, A, Arc<SecretEntry>>,
) -> Result<BTreeMap<Text, Timestamp>, Error> {
    let mut reads = BTreeMap::new();
    for entry in visit.look.replicas(secret)?.into_iter().flatten() {
        let mut row = entry.row.clone();
        visit.ledger.accesses().overlay(&mut row);
        if let Some(last) = row.last_accessed {
            reads.insert(Text::from(row.region()), last);
        }
    }
    Ok(reads)
}

/// Stands for a version's id where only the access to a key is checked.
pub(super) const PROBE: &str = "RequestToValidateKeyAccess";
