//! Sequences of calls against a plain model, with reopenings and power cuts: after a cut the store holds what the model
//! held before the call under way, or after it.
#![no_main]

use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use strongroom::clock::Timestamp;
use strongroom::name::Text;
use strongroom::operation::secretsmanager::{
    CreateSecret, DeleteSecret, GetSecretValue, ListSecretVersionIds, ListSecrets, PutSecretValue, Tag, TagResource,
    UntagResource, UpdateSecretVersionStage,
};
use strongroom::testing::{CrashBackend, Loss, ManualClock, SeededEntropy};
use strongroom::{Session, Strongroom, Unlock};

const STEPS_MAX: usize = 24;
const NAMES: [&str; 3] = ["a", "b/c", "d"];
const LABELS: [&str; 4] = ["AWSCURRENT", "AWSPREVIOUS", "AWSPENDING", "blue"];
const KEYS: [&str; 3] = ["Team", "team", "x"];
const TOKENS: u8 = 6;

#[derive(Arbitrary, Clone, Debug)]
enum Step {
    Create { name: u8, token: u8, value: Option<Value> },
    Put { name: u8, token: u8, value: Value, stages: u8 },
    Get { name: u8, label: u8 },
    Stage { name: u8, label: u8, from: Option<u8>, to: Option<u8> },
    Delete { name: u8, force: bool },
    Restore { name: u8 },
    Tag { name: u8, key: u8, value: u8 },
    Untag { name: u8, key: u8 },
    Days { days: u8 },
    RunDue,
    Reopen,
    Crash { back: u8, loss: u8, coin: u64 },
}

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq)]
struct Value {
    letter: u8,
    length: u8,
    binary: bool,
}

impl Value {
    fn bytes(self) -> Vec<u8> {
        vec![b'a' + self.letter % 3; usize::from(self.length % 40) + 1]
    }
    fn text(self) -> String {
        String::from_utf8(self.bytes()).expect("letters")
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Secret {
    /// In the order in which they were made.
    versions: BTreeMap<String, (Vec<u8>, bool)>,
    /// Label to version.
    labels: BTreeMap<String, String>,
    tags: BTreeMap<String, String>,
    due: Option<i64>,
}

impl Secret {
    fn promote(&mut self, id: &str) -> Option<String> {
        let before = self.labels.insert("AWSCURRENT".into(), id.into()).filter(|before| before != id);
        if let Some(before) = &before {
            self.labels.insert("AWSPREVIOUS".into(), before.clone());
        }
        before
    }
    fn put(&mut self, id: &str, value: Value, stages: &[&str]) -> bool {
        let value = (value.bytes(), value.binary);
        if let Some(known) = self.versions.get(id) {
            return *known == value;
        }
        let first = self.versions.is_empty();
        self.versions.insert(id.into(), value);
        for stage in stages.iter().filter(|stage| **stage != "AWSCURRENT") {
            self.labels.insert((*stage).into(), id.into());
        }
        if (stages.is_empty() || first || stages.contains(&"AWSCURRENT"))
            && let Some(before) = self.promote(id)
            && self.labels.get("AWSPENDING") == Some(&before)
        {
            self.labels.remove("AWSPENDING");
        }
        true
    }
    fn stage(&mut self, label: &str, from: Option<&str>, to: Option<&str>) -> bool {
        let holder = self.labels.get(label).cloned();
        if [from, to].into_iter().flatten().any(|id| !self.versions.contains_key(id))
            || (from.is_some() && from != holder.as_deref())
        {
            return false;
        }
        match (to, holder) {
            (None, _) if from.is_none() || label == "AWSCURRENT" => return false,
            (None, _) => drop(self.labels.remove(label)),
            (Some(to), Some(holder)) if holder == to => {}
            (Some(_), Some(_)) if from.is_none() => return false,
            (Some(to), _) if label == "AWSCURRENT" => drop(self.promote(to)),
            (Some(to), _) => drop(self.labels.insert(label.into(), to.into())),
        }
        true
    }
}

type Model = BTreeMap<String, Secret>;

/// What is there at this time: secrets whose time is over are gone, whether or not they were purged.
fn present(model: &Model, now: i64) -> Model {
    let there = |secret: &Secret| secret.due.is_none_or(|due| now < due);
    model.iter().filter(|(_, secret)| there(secret)).map(|(name, secret)| (name.clone(), secret.clone())).collect()
}

/// The store as its callers see it. Values of secrets that are scheduled for deletion cannot be read: they are left empty.
fn observed(root: &Session) -> Model {
    let list = root.list_secrets(ListSecrets::new().include_planned_deletion(true)).expect("lists");
    let mut model = Model::new();
    for entry in list.secret_list {
        let mut secret = Secret { due: entry.deleted_date.map(Timestamp::as_millis), ..Secret::default() };
        for tag in entry.tags.unwrap_or_default() {
            secret.tags.insert(tag.key.to_string(), tag.value.to_string());
        }
        let versions = ListSecretVersionIds::new(entry.name.clone()).include_deprecated(true);
        for version in root.list_secret_version_ids(versions).expect("lists versions").versions {
            let id = version.version_id.to_string();
            for label in version.version_stages.unwrap_or_default() {
                assert!(secret.labels.insert(label.to_string(), id.clone()).is_none(), "a label on two versions");
            }
            let value = match secret.due {
                Some(_) => (Vec::new(), false),
                None => {
                    let asked = GetSecretValue::new(entry.name.clone()).version_id(version.version_id);
                    let answer = root.get_secret_value(asked).expect("a listed version has its value");
                    (answer.value().to_vec(), answer.secret_binary.is_some())
                }
            };
            secret.versions.insert(id, value);
        }
        assert!(model.insert(entry.name.to_string(), secret).is_none(), "a name twice");
    }
    model
}

fn same(found: &Model, model: &Model, now: i64) -> bool {
    let mut expected = present(model, now);
    for secret in expected.values_mut().filter(|secret| secret.due.is_some()) {
        secret.versions.values_mut().for_each(|value| *value = (Vec::new(), false));
    }
    *found == expected
}

fn pick<'a>(choices: &[&'a str], choice: u8) -> &'a str {
    choices[usize::from(choice) % choices.len()]
}
fn token(number: u8) -> String {
    format!("token-{:026}", number % TOKENS)
}
fn stages(choice: u8) -> &'static [&'static str] {
    const CHOICES: [&[&str]; 5] = [&[], &["AWSPENDING"], &["AWSCURRENT", "blue"], &["blue"], &["AWSPREVIOUS"]];
    CHOICES[usize::from(choice) % CHOICES.len()]
}

struct Rig {
    disk: CrashBackend,
    store: Option<Strongroom>,
    clock: ManualClock,
    now: i64,
    openings: u64,
    model: Model,
    /// After so many events on the disk, this was acknowledged.
    acknowledged: Vec<(usize, Model)>,
}

impl Rig {
    fn new() -> Self {
        let start = Timestamp::from_secs(1_700_000_000);
        let (disk, clock) = (CrashBackend::new(), ManualClock::at(start));
        let mut rig = Self {
            disk,
            store: None,
            clock,
            now: start.as_millis(),
            openings: 0,
            model: Model::new(),
            acknowledged: Vec::new(),
        };
        let created = rig.builder().create_on_backend(rig.disk.clone(), unlock());
        rig.store = Some(created.expect("a new store"));
        rig.acknowledge();
        rig
    }
    fn builder(&mut self) -> strongroom::Builder {
        self.openings += 1;
        let entropy = SeededEntropy::new(self.openings);
        Strongroom::builder().clock(self.clock.clone()).entropy(entropy).page_cache_bytes(1 << 20)
    }
    fn open(&mut self) {
        self.store = None;
        let opened = self.builder().open_on_backend(self.disk.clone(), unlock());
        self.store = Some(opened.unwrap_or_else(|why| panic!("does not open: {why}")));
    }
    fn store(&self) -> &Strongroom {
        self.store.as_ref().expect("open")
    }
    fn acknowledge(&mut self) {
        self.acknowledged.push((self.disk.cuts(), self.model.clone()));
    }
    fn check(&self) {
        let found = observed(&self.store().root());
        assert!(same(&found, &self.model, self.now), "found {found:#?}, expected {:#?}", self.model);
    }
    /// The power goes within the last events; `back` of 255 is all the way to the first acknowledgement.
    fn crash(&mut self, back: u8, loss: u8, coin: u64) {
        let (first, last) = (self.acknowledged.first().map_or(0, |(at, _)| *at), self.disk.cuts());
        let cut = last - (last - first) * usize::from(back) / 255;
        let image = self.disk.image(cut, Loss::ALL[usize::from(loss) % Loss::ALL.len()], coin);
        let after = self.acknowledged.partition_point(|(at, _)| *at <= cut);
        let allowed: Vec<Model> = [after.checked_sub(1), Some(after)]
            .into_iter()
            .flatten()
            .filter_map(|at| self.acknowledged.get(at).map(|(_, model)| model.clone()))
            .collect();
        self.store = None;
        self.disk = CrashBackend::from_image(image);
        self.open();
        let found = observed(&self.store().root());
        let fits = allowed.iter().find(|model| same(&found, model, self.now));
        self.model = fits.unwrap_or_else(|| panic!("found {found:#?}, allowed {allowed:#?}")).clone();
        self.store().verify().expect("verifies after a power cut");
        // A cut in what follows may undo this recovery, never what it found.
        self.acknowledged = vec![(0, self.model.clone())];
        self.acknowledge();
    }
    fn call(&mut self, step: &Step) {
        let root = self.store().root();
        let now = self.now;
        let mut model = present(&self.model, now);
        let (expected, answered) = match step {
            Step::Create { name, token: number, value } => {
                let (name, token) = (pick(&NAMES, *name), token(*number));
                let mut request = CreateSecret::new(name).client_request_token(token.clone());
                match value {
                    Some(value) if value.binary => request = request.secret_binary(value.bytes()),
                    Some(value) => request = request.secret_string(value.text()),
                    None => {}
                }
                let expected = match (model.get(name), value) {
                    (None, _) => {
                        let secret = model.entry(name.into()).or_default();
                        value.is_none_or(|value| secret.put(&token, value, &[]))
                    }
                    (Some(known), Some(value)) => {
                        known.due.is_none() && known.versions.get(&token) == Some(&(value.bytes(), value.binary))
                    }
                    (Some(_), None) => false,
                };
                (expected, root.create_secret(request).map(drop))
            }
            Step::Put { name, token: number, value, stages: choice } => {
                let (name, token, stages) = (pick(&NAMES, *name), token(*number), stages(*choice));
                let request = PutSecretValue::new(name).client_request_token(token.clone());
                let mut request = match value.binary {
                    true => request.secret_binary(value.bytes()),
                    false => request.secret_string(value.text()),
                };
                if !stages.is_empty() {
                    request = request.version_stages(stages.iter().map(|stage| Text::from(*stage)).collect::<Vec<_>>());
                }
                let live = model.get_mut(name).filter(|secret| secret.due.is_none());
                let expected = live.is_some_and(|secret| secret.put(&token, *value, stages));
                (expected, root.put_secret_value(request).map(drop))
            }
            Step::Get { name, label } => {
                let (name, label) = (pick(&NAMES, *name), pick(&LABELS, *label));
                let live = model.get(name).filter(|secret| secret.due.is_none());
                let value = live.and_then(|secret| secret.versions.get(secret.labels.get(label)?)).cloned();
                let answer = root.get_secret_value(GetSecretValue::new(name).version_stage(label));
                if let (Ok(answer), Some((bytes, binary))) = (&answer, &value) {
                    assert_eq!((answer.value(), answer.secret_binary.is_some()), (bytes.as_slice(), *binary));
                }
                (value.is_some(), answer.map(drop))
            }
            Step::Stage { name, label, from, to } => {
                let (name, label) = (pick(&NAMES, *name), pick(&LABELS, *label));
                let (from, to) = (from.map(token), to.map(token));
                let mut request = UpdateSecretVersionStage::new(name, label);
                request.remove_from_version_id = from.as_deref().map(Text::from);
                request.move_to_version_id = to.as_deref().map(Text::from);
                let live = model.get_mut(name).filter(|secret| secret.due.is_none());
                let expected = live.is_some_and(|secret| secret.stage(label, from.as_deref(), to.as_deref()));
                (expected, root.update_secret_version_stage(request).map(drop))
            }
            Step::Delete { name, force } => {
                let name = pick(&NAMES, *name);
                let request = DeleteSecret::new(name);
                if *force {
                    model.remove(name);
                    (true, root.delete_secret(request.force_delete_without_recovery(true)).map(drop))
                } else {
                    let live = model.get_mut(name).filter(|secret| secret.due.is_none());
                    let expected = live.map(|secret| secret.due = Some(now + 7 * Timestamp::DAY_MS)).is_some();
                    (expected, root.delete_secret(request.recovery_window_in_days(7)).map(drop))
                }
            }
            Step::Restore { name } => {
                let name = pick(&NAMES, *name);
                let expected = model.get_mut(name).map(|secret| secret.due = None).is_some();
                (expected, root.restore_secret(name).map(drop))
            }
            Step::Tag { name, key, value } => {
                let (name, key, value) = (pick(&NAMES, *name), pick(&KEYS, *key), format!("v{}", value % 4));
                let request = TagResource::new(name, vec![Tag::new(key, value.as_str())]);
                let live = model.get_mut(name).filter(|secret| secret.due.is_none());
                let expected = live.map(|secret| secret.tags.insert(key.into(), value)).is_some();
                (expected, root.tag_resource(request).map(drop))
            }
            Step::Untag { name, key } => {
                let (name, key) = (pick(&NAMES, *name), pick(&KEYS, *key));
                let live = model.get_mut(name).filter(|secret| secret.due.is_none());
                let expected = live.map(|secret| secret.tags.remove(key)).is_some();
                (expected, root.untag_resource(UntagResource::new(name, vec![Text::from(key)])).map(drop))
            }
            Step::RunDue => (true, self.store().run_due().map(drop)),
            Step::Days { .. } | Step::Reopen | Step::Crash { .. } => return,
        };
        assert_eq!(answered.is_ok(), expected, "{step:?}: {answered:?}");
        if expected {
            self.model = model;
        }
    }
}

fn unlock() -> Unlock {
    Unlock::root_key([7; 32].as_slice())
}

fuzz_target!(|steps: Vec<Step>| {
    let mut rig = Rig::new();
    for step in steps.iter().take(STEPS_MAX) {
        match step {
            Step::Days { days } => {
                let days = i64::from(days % 9);
                rig.clock.advance_days(days);
                rig.now += days * Timestamp::DAY_MS;
            }
            Step::Reopen => {
                rig.open();
                rig.check();
            }
            Step::Crash { back, loss, coin } => rig.crash(*back, *loss, *coin),
            call => rig.call(call),
        }
        rig.acknowledge();
    }
    rig.check();
    rig.open();
    rig.check();
});
