//! Regions and replicas from the command line.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{Home, Ran};
use serde_json::Value;

const EU: &str = "eu-west-1";

#[test]
fn a_secret_is_replicated_removed_and_promoted() {
    let home = Home::with_store();
    home.ok_with("v1", ["put", "prod/db"]);
    let told =
        home.ok(["replicate", "prod/db", "--region-add", EU, "--region-add", "us-west-2=alias/aws/secretsmanager"]);
    assert_eq!(told, "eu-west-1\tInSync\talias/aws/secretsmanager\nus-west-2\tInSync\talias/aws/secretsmanager\n");
    assert_eq!(home.ok(["--region", EU, "get", "prod/db"]).trim_end(), "v1");
    home.ok_with("v2", ["put", "prod/db"]);
    assert_eq!(home.ok(["--region", "us-west-2", "get", "prod/db"]).trim_end(), "v2");
    let described: Value = serde_json::from_str(&home.ok(["describe", "prod/db", "--output", "json"])).unwrap();
    assert_eq!(described["PrimaryRegion"], "us-east-1");
    assert_eq!(described["ReplicationStatus"][0]["Status"], "InSync");
    // AWS's shapes.
    let left: Value =
        serde_json::from_str(&home.ok(["replica-remove", "prod/db", "us-west-2", "--yes", "--output", "json"]))
            .unwrap();
    assert_eq!(left["ReplicationStatus"][0]["Region"], EU);
    home.run(["--region", "us-west-2", "get", "prod/db"]).refused(3, "NotFound");
    // Not without being sure.
    assert_eq!(home.run(["--no-input", "replica-remove", "prod/db", EU]).0.status.code(), Some(2));
    let text = home.run_with("x", ["--region", EU, "put", "prod/db"]).err();
    assert!(text.contains("Operation not permitted on a replica secret."), "{text}");
    let arn = home.ok(["--region", EU, "replica-promote", "prod/db"]);
    assert!(arn.starts_with("arn:aws:secretsmanager:eu-west-1:"), "{arn}");
    home.ok_with("its own", ["--region", EU, "put", "prod/db"]);
    assert_eq!(home.ok(["get", "prod/db"]).trim_end(), "v2");
}

#[test]
fn a_name_that_is_taken_fails_and_is_replaced_on_request() {
    let home = Home::with_store();
    home.ok_with("there", ["--region", EU, "put", "s"]);
    home.ok_with("here", ["put", "s"]);
    let told = home.ok(["replicate", "s", "--region-add", EU]);
    assert!(told.contains("Failed") && told.contains("already exists"), "{told}");
    home.ok(["replicate", "s", "--region-add", EU, "--overwrite"]);
    assert_eq!(home.ok(["--region", EU, "get", "s"]).trim_end(), "here");
}

#[test]
fn the_region_is_chosen_like_other_settings() {
    let home = Home::with_store();
    home.ok_with("there", ["--region", EU, "put", "s"]);
    let mut command = home.command(["get", "s"]);
    command.env("STRONGROOM_REGION", EU);
    assert_eq!(Ran::of(command, b"").ok().trim_end(), "there");
    home.run(["get", "s"]).refused(3, "NotFound");
    home.write(".strongroom.toml", format!("region = \"{EU}\""));
    assert_eq!(home.ok(["get", "s"]).trim_end(), "there");
    let told = home.ok(["where"]);
    assert!(told.contains("Region\teu-west-1"), "{told}");
    home.run(["--region", "us-east-1", "get", "s"]).refused(3, "NotFound");
    let told = home.run(["--region", "nowhere", "get", "s"]).err();
    assert!(told.contains("nowhere") && told.contains("the command line"), "{told}");
}
