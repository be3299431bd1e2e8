//! Random sequences of operations over two regions, against a model of a few lines; after each step every replica must be what its
//! primary is.

#[path = "../support/random.rs"]
mod random;

use std::collections::BTreeMap;

use strongroom::operation::secretsmanager::{
    CreateSecret, DeleteSecret, GetSecretValue, PutSecretValue, RemoveRegionsFromReplication, ReplicaRegion,
    ReplicateSecretToRegions, RestoreSecret, Tag, TagResource, UntagResource, UpdateSecret, UpdateSecretVersionStage,
};
use strongroom::testing::MemoryBackend;
use strongroom::{Error, Strongroom};

use crate::common::*;
use crate::scene::{EU, at};
use random::Random;

const REGIONS: [&str; 2] = [REGION, EU];
const NAMES: [&str; 3] = ["a", "b/c", "d"];

/// What a secret is to the one of its name in the other region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tie {
    Alone,
    Primary,
    /// A primary whose replica could not be made.
    Failed,
    Replica,
}

#[derive(Clone, Debug)]
struct Secret {
    tie: Tie,
    scheduled: bool,
    /// Token and value of each version, oldest first; the current one and the one before.
    versions: Vec<(String, String)>,
    current: Option<usize>,
    previous: Option<usize>,
    team: Option<String>,
    tagged: bool,
    description: String,
}

type Model = BTreeMap<(usize, usize), Secret>;

impl Secret {
    fn new(value: Option<(String, String)>) -> Self {
        let current = value.as_ref().map(|_| 0);
        let versions = value.into_iter().collect();
        Self {
            tie: Tie::Alone,
            scheduled: false,
            versions,
            current,
            previous: None,
            team: None,
            tagged: false,
            description: String::new(),
        }
    }
    fn put(&mut self, token: String, value: String) {
        self.versions.push((token, value));
        self.make_current(self.versions.len() - 1);
    }
    fn make_current(&mut self, place: usize) {
        if self.current != Some(place) {
            self.previous = self.current;
            self.current = Some(place);
        }
    }
    fn held(&self) -> Option<&str> {
        self.current.map(|place| self.versions[place].1.as_str())
    }
}

/// Carries a primary over: what is there under its name, if it may be.
fn carry(model: &mut Model, (region, name): (usize, usize)) {
    let other = (1 - region, name);
    let Some(primary) = model.get(&(region, name)).filter(|one| matches!(one.tie, Tie::Primary | Tie::Failed)).cloned()
    else {
        return;
    };
    let is_free = model.get(&other).is_none_or(|there| there.tie == Tie::Replica && primary.tie == Tie::Primary);
    if is_free {
        model.insert(other, Secret { tie: Tie::Replica, ..primary });
    }
    model.get_mut(&(region, name)).unwrap().tie = if is_free { Tie::Primary } else { Tie::Failed };
}

const PARAMETER: &str = "InvalidParameterException";
const SCHEDULED_CODE: &str = "InvalidRequestException";
const MISSING: &str = "ResourceNotFoundException";

/// May it be changed here? The first steps of every write.
fn writable(model: &mut Model, place: (usize, usize)) -> Result<&mut Secret, &'static str> {
    match model.get_mut(&place) {
        None => Err(MISSING),
        Some(found) if found.scheduled => Err(SCHEDULED_CODE),
        Some(found) if found.tie == Tie::Replica => Err(PARAMETER),
        Some(found) => Ok(found),
    }
}

/// One step on the store and on the model, and whether they agree on its outcome.
fn step(room: &Strongroom, model: &mut Model, random: &mut Random, number: usize) {
    let (region, name) = (random.below(2), random.below(NAMES.len()));
    let place = (region, name);
    let (session, text) = (at(&room.root(), REGIONS[region]), NAMES[name]);
    let token = token(u32::try_from(number).unwrap());
    let value = format!("value {number}");
    let kind = random.below(14);
    // What changes nothing carries nothing over.
    let mut saves = true;
    let (outcome, expected): (Result<(), Error>, Result<(), &'static str>) = match kind {
        0 | 1 => {
            let replicated = random.once_in(2);
            let mut request = CreateSecret::text(text, value.as_str()).client_request_token(token.as_str());
            if replicated {
                request = request.add_replica_regions(vec![ReplicaRegion::new(REGIONS[1 - region])]);
            }
            let expected = match model.get(&place) {
                Some(found) if found.scheduled => Err(SCHEDULED_CODE),
                Some(_) => Err("ResourceExistsException"),
                None => {
                    let mut made = Secret::new(Some((token, value)));
                    made.tie = if replicated { Tie::Primary } else { Tie::Alone };
                    model.insert(place, made);
                    Ok(())
                }
            };
            (session.create_secret(request).map(drop), expected)
        }
        2..=4 => {
            let request = PutSecretValue::text(text, value.as_str()).client_request_token(token.as_str());
            (session.put_secret_value(request).map(drop), writable(model, place).map(|found| found.put(token, value)))
        }
        5 => {
            let request = UpdateSecret::new(text).description(value.as_str());
            (session.update_secret(request).map(drop), writable(model, place).map(|found| found.description = value))
        }
        6 => {
            let request = TagResource::new(text, vec![Tag::new("team", value.as_str())]);
            let expected = writable(model, place).map(|found| {
                found.team = Some(value);
                found.tagged = true;
            });
            (session.tag_resource(request).map(drop), expected)
        }
        7 => {
            let request = UntagResource::new(text, vec!["team".into()]);
            saves = model.get(&place).is_some_and(|found| found.team.is_some());
            (session.untag_resource(request).map(drop), writable(model, place).map(|found| found.team = None))
        }
        8 => {
            // Rolls back, if there is something to roll back to.
            let versions = model.get(&place).and_then(|found| {
                let id = |place: usize| found.versions[place].0.clone();
                Some((id(found.current?), id(found.previous?), found.previous?))
            });
            let Some((from, to, back)) = versions else { return };
            let request =
                UpdateSecretVersionStage::new(text, "AWSCURRENT").remove_from_version_id(from).move_to_version_id(to);
            (
                session.update_secret_version_stage(request).map(drop),
                writable(model, place).map(|found| found.make_current(back)),
            )
        }
        9 | 10 => {
            let overwrite = random.once_in(3);
            let mut request = ReplicateSecretToRegions::to(text, [REGIONS[1 - region]]);
            request.force_overwrite_replica_secret = Some(overwrite);
            let other = (1 - region, name);
            // A failed replica of the other is in no one's way.
            let in_the_way = model.get(&other).is_some_and(|there| there.tie == Tie::Alone);
            let expected = writable(model, place).and_then(|found| match found.tie {
                Tie::Primary => Err(PARAMETER),
                _ => {
                    found.tie = Tie::Failed;
                    Ok(())
                }
            });
            if expected.is_ok() && overwrite && in_the_way {
                model.remove(&other);
            }
            (session.replicate_secret_to_regions(request).map(drop), expected)
        }
        11 => {
            let request = RemoveRegionsFromReplication::new(text, vec![REGIONS[1 - region].into()]);
            let was = model.get(&place).map(|found| found.tie);
            let expected = writable(model, place).and_then(|found| match found.tie {
                Tie::Alone => Err(PARAMETER),
                _ => {
                    found.tie = Tie::Alone;
                    Ok(())
                }
            });
            if expected.is_ok() && was == Some(Tie::Primary) {
                model.remove(&(1 - region, name));
            }
            (session.remove_regions_from_replication(request).map(drop), expected)
        }
        12 => {
            let expected = match model.get_mut(&place) {
                None => Err(MISSING),
                Some(found) if found.scheduled => Err(SCHEDULED_CODE),
                Some(found) if found.tie == Tie::Replica => {
                    found.tie = Tie::Alone;
                    model.get_mut(&(1 - region, name)).unwrap().tie = Tie::Alone;
                    Ok(())
                }
                Some(_) => Err(PARAMETER),
            };
            (session.stop_replication_to_replica(text).map(drop), expected)
        }
        _ => {
            let force = random.once_in(2);
            let restore = random.once_in(3);
            saves = false;
            if restore {
                let expected = match model.get_mut(&place) {
                    None => Err(MISSING),
                    Some(found) if found.tie == Tie::Replica => Err(PARAMETER),
                    Some(found) => {
                        found.scheduled = false;
                        Ok(())
                    }
                };
                (session.restore_secret(RestoreSecret::new(text)).map(drop), expected)
            } else {
                let request = DeleteSecret::new(text);
                let request = if force { request.force_delete_without_recovery(true) } else { request };
                let expected = match model.get_mut(&place) {
                    None if force => Ok(()),
                    None => Err(MISSING),
                    Some(found) if found.tie != Tie::Alone => Err(PARAMETER),
                    Some(_) if force => {
                        model.remove(&place);
                        Ok(())
                    }
                    Some(found) if found.scheduled => Err(SCHEDULED_CODE),
                    Some(found) => {
                        found.scheduled = true;
                        Ok(())
                    }
                };
                (session.delete_secret(request).map(drop), expected)
            }
        }
    };
    let told = outcome.as_ref().copied().map_err(Error::code);
    assert_eq!(told, expected, "step {number}, kind {kind}, {text} in {}: {:?}\n{model:#?}", REGIONS[region], outcome);
    if expected.is_ok() && saves {
        carry(model, place);
    }
}

/// The store says what the model says, of one name in both regions.
fn compare(room: &Strongroom, model: &Model, name: usize, number: usize) {
    for region in 0..2 {
        let session = at(&room.root(), REGIONS[region]);
        let what = format!("step {number}, {} in {}", NAMES[name], REGIONS[region]);
        let told = session.describe_secret(NAMES[name]);
        let Some(secret) = model.get(&(region, name)) else {
            assert_eq!(told.unwrap_err().code(), MISSING, "{what}");
            continue;
        };
        let told = told.unwrap();
        assert_eq!(told.deleted_date.is_some(), secret.scheduled, "{what}");
        assert_eq!(told.description.as_deref().unwrap_or_default(), secret.description, "{what}");
        let tags = told.tags.as_ref().map(|tags| tags.iter().map(|tag| tag.value.to_string()).collect::<Vec<_>>());
        assert_eq!(tags, secret.tagged.then(|| secret.team.iter().cloned().collect()), "{what}");
        let status = told.replication_status.as_ref().map(|all| all[0].status.to_string());
        let (primary, state) = match secret.tie {
            Tie::Alone => (None, None),
            Tie::Primary => (Some(REGIONS[region]), Some("InSync")),
            Tie::Failed => (Some(REGIONS[region]), Some("Failed")),
            Tie::Replica => (Some(REGIONS[1 - region]), None),
        };
        assert_eq!((told.primary_region.as_deref(), status.as_deref()), (primary, state), "{what}");
        if secret.scheduled {
            continue;
        }
        let read = session.get_secret_value(NAMES[name]).map(|answer| answer.value().to_vec());
        match secret.held() {
            Some(value) => assert_eq!(read.unwrap(), value.as_bytes(), "{what}"),
            None => assert_eq!(read.unwrap_err().code(), MISSING, "{what}"),
        }
        // A version or two besides the current one.
        for (token, value) in secret.versions.iter().rev().take(3) {
            let request = GetSecretValue::new(NAMES[name]).version_id(token.as_str());
            assert_eq!(session.get_secret_value(request).unwrap().value(), value.as_bytes(), "{what}");
        }
        if secret.tie == Tie::Replica {
            let primary = at(&room.root(), REGIONS[1 - region]).describe_secret(NAMES[name]).unwrap();
            assert_eq!(*told.arn, *primary.arn.replace(REGIONS[1 - region], REGIONS[region]), "{what}");
            assert_eq!(told.version_ids_to_stages, primary.version_ids_to_stages, "{what}");
            assert_eq!(told.last_changed_date, primary.last_changed_date, "{what}");
        }
    }
}

#[test]
fn replicas_are_what_their_primaries_are_whatever_happens() {
    let seed = std::env::var("STRONGROOM_REPLICATION_SEED").map_or(11, |seed| seed.parse().unwrap());
    let steps = std::env::var("STRONGROOM_REPLICATION_STEPS").map_or(10_000, |steps| steps.parse().unwrap());
    let disk = MemoryBackend::new();
    let clock = clock();
    let mut room = builder(&clock, seed).create_on_backend(disk.clone(), key()).unwrap();
    let (mut model, mut random) = (Model::new(), Random::new(seed));
    let mut replicas = 0_usize;
    for number in 0..steps {
        step(&room, &mut model, &mut random, number);
        for name in 0..NAMES.len() {
            // The others now and then.
            if random.once_in(3) {
                compare(&room, &model, name, number);
            }
        }
        replicas += usize::from(model.values().any(|secret| secret.tie == Tie::Replica));
        if number % 1_000 == 999 {
            clock.advance_days(2);
            room.verify().unwrap();
            drop(room);
            room = builder(&clock, seed + number as u64).open_on_backend(disk.clone(), key()).unwrap();
            (0..NAMES.len()).for_each(|name| compare(&room, &model, name, number));
        }
    }
    assert!(replicas > steps / 5, "{replicas}: a run without replicas shows nothing");
}
