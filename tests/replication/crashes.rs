//! One commit for a primary and its replicas: a power cut or a failing disk leaves all of them as before or as after.

use strongroom::operation::secretsmanager::{
    CreateSecret, PutSecretValue, RemoveRegionsFromReplication, ReplicateSecretToRegions, StopReplicationToReplica,
    Tag, TagResource,
};
use strongroom::testing::{Call, CrashBackend, Fault, FaultBackend, Loss, Plan};
use strongroom::{Error, Session, Strongroom};

use crate::common::*;
use crate::scene::{AP, EU, at};

type Step = fn(&Session) -> Result<(), Error>;

const STEPS: [Step; 7] = [
    |root| root.create_secret(CreateSecret::text("s", "v1").client_request_token(token(1))).map(drop),
    |root| root.replicate_secret_to_regions(ReplicateSecretToRegions::to("s", [EU, AP])).map(drop),
    |root| root.put_secret_value(PutSecretValue::text("s", "v2").client_request_token(token(2))).map(drop),
    |root| root.tag_resource(TagResource::new("s", vec![Tag::new("team", "red")])).map(drop),
    |root| root.remove_regions_from_replication(RemoveRegionsFromReplication::new("s", vec![AP.into()])).map(drop),
    |root| at(root, EU).stop_replication_to_replica(StopReplicationToReplica::new("s")).map(drop),
    |root| root.put_secret_value(PutSecretValue::text("s", "v3").client_request_token(token(3))).map(drop),
];

/// Everything about the secret in every region, without the drawn end of its ARN.
fn seen(room: &Strongroom) -> String {
    let mut seen = String::new();
    for region in [REGION, EU, AP] {
        let session = at(&room.root(), region);
        let described = session
            .describe_secret("s")
            .map(|told| (told.version_ids_to_stages, told.tags, told.primary_region, told.replication_status));
        let value = session.get_secret_value("s").map(|answer| answer.value().to_vec());
        let shown = |error: Error| error.code();
        seen += &format!("{region}: {:?} {:?}\n", described.map_err(shown), value.map_err(shown));
    }
    seen
}
fn open(image: Vec<u8>, seed: u64) -> Result<Strongroom, Error> {
    builder(&clock(), seed).open_on_backend(CrashBackend::from_image(image), key())
}

#[test]
fn a_power_cut_leaves_a_primary_and_its_replicas_alike() {
    let disk = CrashBackend::new();
    let room = builder(&clock(), 1).create_on_backend(disk.clone(), key()).unwrap();
    let mut acknowledged = vec![(disk.cuts(), seen(&room))];
    for step in STEPS {
        step(&room.root()).unwrap();
        acknowledged.push((disk.cuts(), seen(&room)));
    }
    let states: std::collections::BTreeSet<&String> = acknowledged.iter().map(|(_, seen)| seen).collect();
    assert_eq!(states.len(), STEPS.len() + 1, "each step shows");
    let mut images = 0;
    for cut in acknowledged[0].0..=disk.cuts() {
        let loss = Loss::ALL[cut % Loss::ALL.len()];
        let after = acknowledged.partition_point(|(at, _)| *at <= cut);
        let room = open(disk.image(cut, loss, 7), 2).unwrap();
        let found = seen(&room);
        let known = acknowledged[after.saturating_sub(1)..=after.min(acknowledged.len() - 1)]
            .iter()
            .any(|(_, seen)| *seen == found);
        assert!(known, "cut {cut}, {loss:?}: neither before nor after step {after}:\n{found}");
        room.verify().unwrap();
        images += 1;
    }
    assert!(images > 20, "{images}");
}

#[test]
fn a_disk_that_fails_leaves_a_primary_and_its_replicas_alike() {
    let disk = CrashBackend::new();
    let room = builder(&clock(), 1).create_on_backend(disk.clone(), key()).unwrap();
    drop(room);
    let image = disk.live_image();
    let play = |disk: &FaultBackend| -> (Vec<String>, bool) {
        let mut found = Vec::new();
        let Ok(room) = builder(&clock(), 3).open_on_backend(disk.clone(), key()) else { return (found, false) };
        found.push(seen(&room));
        for step in STEPS {
            if step(&room.root()).is_err() {
                return (found, false);
            }
            found.push(seen(&room));
        }
        (found, true)
    };
    let clean = FaultBackend::over(CrashBackend::from_image(image.clone()));
    let (expected, through) = play(&clean);
    assert!(through);
    let mut stopped = 0;
    for (call, fault) in
        [(Call::Write, Fault::Error), (Call::Write, Fault::PartialWrite), (Call::Sync, Fault::LosesUnsynced)]
    {
        for nth in (0..clean.calls(Some(call))).step_by(3) {
            let disk = FaultBackend::over(CrashBackend::from_image(image.clone()));
            disk.plan(Plan { call: Some(call), nth, fault, persistent: false });
            let (found, through) = play(&disk);
            stopped += usize::from(!through);
            let Some(done) = found.len().checked_sub(1) else { continue };
            let room = open(disk.disk().live_image(), 4).unwrap();
            let left = seen(&room);
            let after = expected.get(done + 1).filter(|_| !through);
            assert!(
                left == expected[done] || Some(&left) == after,
                "{call:?} {nth}: neither before nor after step {done}:\n{left}"
            );
        }
    }
    assert!(stopped > 10, "{stopped}");
}

#[test]
fn a_store_that_is_opened_again_goes_on_with_its_replicas() {
    let disk = CrashBackend::new();
    let room = builder(&clock(), 1).create_on_backend(disk.clone(), key()).unwrap();
    for step in &STEPS[..3] {
        step(&room.root()).unwrap();
    }
    let before = seen(&room);
    drop(room);
    let room = open(disk.live_image(), 2).unwrap();
    assert_eq!(seen(&room), before);
    for step in &STEPS[3..] {
        step(&room.root()).unwrap();
    }
    assert!(at(&room.root(), EU).get_secret_value("s").unwrap().value() == b"v2");
    room.verify().unwrap();
}
