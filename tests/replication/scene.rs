//! Short ways to have secrets in several regions and to look at them.

use strongroom::Session;
use strongroom::operation::secretsmanager::{GetSecretValue, ReplicateSecretToRegions, ReplicationStatus};

use crate::common::*;

pub const EU: &str = "eu-west-1";
pub const AP: &str = "ap-southeast-2";
pub const ON_REPLICA: &str =
    "Operation not permitted on a replica secret. Call must be made in primary secret's region.";

/// The same principal in another region.
pub fn at(session: &Session, region: &str) -> Session {
    session.in_region(region).unwrap()
}
/// A secret in the store's own region and a replica in each of these.
pub fn replicated(house: &House, name: &str, value: &str, regions: &[&str]) -> String {
    let arn = house.secret(name, value);
    let answer = house.root.replicate_secret_to_regions(ReplicateSecretToRegions::to(name, regions.to_vec())).unwrap();
    assert_eq!(
        statuses(&answer.replication_status),
        regions.iter().map(|region| format!("{region} InSync")).collect::<Vec<_>>()
    );
    arn
}
/// Region and state of each replica.
pub fn statuses(shown: &[ReplicationStatus]) -> Vec<String> {
    shown.iter().map(|one| format!("{} {}", one.region, one.status)).collect()
}
/// What DescribeSecret of the primary says of its replicas.
pub fn described(session: &Session, name: &str) -> Vec<ReplicationStatus> {
    session.describe_secret(name).unwrap().replication_status.unwrap_or_default()
}
pub fn value(session: &Session, name: &str) -> String {
    String::from_utf8(session.get_secret_value(GetSecretValue::new(name)).unwrap().value().to_vec()).unwrap()
}
