//! Goal: regions as views of one store, and secrets in several of them (section 12 of the behaviour of Secrets Manager). Method: one
//! store in memory a test, a session for each region; what one region has must not show in another, and what a primary has must
//! show in its replicas.
#![allow(clippy::pedantic, reason = "tests read better short")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

#[path = "../common/mod.rs"]
mod common;

mod crashes;
mod keys;
mod model;
mod regions;
mod replicas;
mod rights;
mod writes;

use strongroom::Session;
use strongroom::operation::secretsmanager::{GetSecretValue, ReplicateSecretToRegions, ReplicationStatus};

use common::*;

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
