//! A secret in several regions: one primary, and its replicas.

use serde::{Deserialize, Serialize};

use super::secret::SecretRow;
use crate::error::{Error, secretsmanager as texts};
use crate::name::{Arn, Text, arn_field};

/// What a secret is to others of its name in other regions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Replication {
    /// It has replicas, at least one.
    Primary(Vec<Replica>),
    /// It is the replica of the primary in this region.
    ReplicaOf(Text),
}

/// A replica as its primary knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Replica {
    pub region: Text,
    /// The key as the request named it; `None`: the managed key of that region.
    pub kms_key_id: Option<Text>,
    /// `None`: in sync. Else what keeps it from being so.
    pub failure: Option<Text>,
}

impl SecretRow {
    /// The region that it lies in: that of its ARN.
    pub(crate) fn region(&self) -> &str {
        region_of(&self.arn)
    }
    /// Its ARN as a replica in another region: the region exchanged, the suffix kept.
    pub(crate) fn arn_in(&self, region: &str) -> Text {
        let parsed = Arn::parse(&self.arn);
        parsed.map_or_else(|| self.arn.clone(), |arn| Text::from(Arn { region, ..arn }.to_string()))
    }
    pub(crate) fn is_replica(&self) -> bool {
        matches!(self.replication.as_deref(), Some(Replication::ReplicaOf(_)))
    }
    /// Its replicas; none unless it is a primary.
    pub(crate) fn replicas(&self) -> &[Replica] {
        match self.replication.as_deref() {
            Some(Replication::Primary(replicas)) => replicas,
            Some(Replication::ReplicaOf(_)) | None => &[],
        }
    }
    /// Sets its replicas; without any it is a secret like others.
    pub(crate) fn set_replicas(&mut self, replicas: Vec<Replica>) {
        self.replication = (!replicas.is_empty()).then(|| Box::new(Replication::Primary(replicas)));
    }
    /// The region of the primary, of a secret that is or has a replica.
    pub(crate) fn primary_region(&self) -> Option<&str> {
        match self.replication.as_deref()? {
            Replication::Primary(_) => Some(self.region()),
            Replication::ReplicaOf(region) => Some(region),
        }
    }
    /// Does this secret's row say that the other ARN is its replica, or its primary?
    pub(crate) fn is_kin(&self, arn: &str) -> bool {
        let region = region_of(arn);
        let said = match self.replication.as_deref() {
            Some(Replication::Primary(replicas)) => replicas.iter().any(|replica| replica.region == *region),
            Some(Replication::ReplicaOf(primary)) => *primary == *region,
            None => false,
        };
        said && self.arn_in(region) == *arn
    }
    /// Are the two a primary and its replica, by both rows? Two secrets that were one once may both be primaries.
    pub(crate) fn is_kin_of(&self, other: &Self) -> bool {
        self.is_kin(&other.arn) && other.is_kin(&self.arn) && self.is_replica() != other.is_replica()
    }
    /// Regions that are to get a replica, as a request names them: checked against the secret's own and those that it has. One
    /// whose replica failed may be named again.
    /// # Errors
    /// `InvalidRequest`: its own region, one that is named twice, one with a replica.
    pub(crate) fn check_new_replicas<'a>(&self, regions: impl Iterator<Item = &'a Text>) -> Result<(), Error> {
        let mut seen: Vec<&Text> = Vec::new();
        for region in regions {
            if *region == *self.region() {
                return Err(texts::invalid_replica_region());
            }
            if seen.contains(&region) {
                return Err(texts::replica_region_twice(region));
            }
            if self.replicas().iter().any(|replica| replica.region == *region && replica.failure.is_none()) {
                return Err(texts::replica_exists(region));
            }
            seen.push(region);
        }
        Ok(())
    }
}

/// The region in an ARN; empty where there is none.
pub(crate) fn region_of(arn: &str) -> &str {
    arn_field(arn, 3).unwrap_or_default()
}
