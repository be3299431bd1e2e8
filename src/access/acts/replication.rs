//! Replication of secrets.

use super::{act, may, through};
use crate::access::entry::SecretLook;
use crate::access::{Act, Due, ReachesKin};
use crate::action::Action;
use crate::clock::Timestamp;
use crate::model::key::KeyRow;
use crate::model::secret::SecretRow;
use crate::model::version::VersionRow;
use crate::operation::secretsmanager::{
    RemoveRegionsFromReplication, ReplicateSecretToRegions, StopReplicationToReplica, UpdateSecret,
};

act!(ReplicateSecretToRegions, SECRETSMANAGER_REPLICATE_SECRET_TO_REGIONS on SecretLook, as sent secret_id,
    writes SecretRow);
act!(RemoveRegionsFromReplication, SECRETSMANAGER_REMOVE_REGIONS_FROM_REPLICATION on SecretLook, as sent secret_id,
    writes SecretRow);
act!(StopReplicationToReplica, SECRETSMANAGER_STOP_REPLICATION_TO_REPLICA on SecretLook, as sent secret_id,
    writes SecretRow);
impl ReachesKin for RemoveRegionsFromReplication {}
impl ReachesKin for StopReplicationToReplica {}
/// The primary shows the key of its replica.
impl ReachesKin for UpdateSecret {}

/// Carries a primary to its replicas: the row of the primary, written by an admitted call, says that it has them. Its own key and
/// theirs are weighed for the caller of that call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Replicate;
impl Act for Replicate {
    type On = SecretLook;
    const ACTION: Action = Action::SECRETSMANAGER_REPLICATE_SECRET_TO_REGIONS;
    const ON_REPLICA: bool = true;
}
impl Due for Replicate {
    fn is_due(row: &SecretLook, _observed: Timestamp) -> bool {
        row.as_deref().is_some_and(|entry| !entry.row.replicas().is_empty())
    }
}
impl ReachesKin for Replicate {}
may!(Replicate,
    reaches through::ValidateSeal through::MoveOut through::MoveIn through::Make,
    writes SecretRow VersionRow KeyRow);

/// Puts a replica in the place of a secret that has its name in that region. AWS asks for no more than the right to replicate the
/// primary; here the secret that goes must be in reach of that right as well, so that its own policy can protect it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Overwrite;
impl Act for Overwrite {
    type On = SecretLook;
    const ACTION: Action = Action::SECRETSMANAGER_REPLICATE_SECRET_TO_REGIONS;
}
may!(Overwrite, writes SecretRow VersionRow);
