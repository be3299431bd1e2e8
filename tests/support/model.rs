//! A store of secrets as plain maps, written from the rules of the documentation and from nothing of the library: what each
//! operation answers, what it leaves behind, and what a reader without rights hears. Beside it the operations themselves,
//! drawn small (few names, few versions, few labels) so that they collide, and the hands that put them to a real store.
//!
//! Used by the model test.
#![allow(dead_code, reason = "each user takes its part")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "helpers of tests fail loudly")]

use std::collections::{BTreeMap, BTreeSet};

use strongroom::clock::{Clock as _, Timestamp};
use strongroom::operation::iam::{CreateUser, PutUserPolicy};
use strongroom::operation::kms::{CreateAlias, CreateKey, DescribeKey, DisableKey, EnableKey};
use strongroom::operation::secretsmanager::{
    BatchGetSecretValue, BatchGetSecretValueResponse, CreateSecret, DeleteResourcePolicy, DeleteSecret, DescribeSecret,
    Filter, GetRandomPassword, GetResourcePolicy, GetSecretValue, ListResourcePolicies, ListSecretVersionIds,
    ListSecrets, PutResourcePolicy, PutSecretValue, RestoreSecret, Tag, TagResource, UntagResource, UpdateSecret,
    UpdateSecretVersionStage, ValidateResourcePolicy,
};
use strongroom::testing::{Draws, ManualClock};
use strongroom::{Error, Principal, Session, Strongroom};

// What there is to ask for.

pub const NAMES: [&str; 3] = ["a", "b", "dir/c-a1b2c3"];
pub const LABELS: [&str; 5] = ["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS", "mine", "other"];
pub const TOKENS: usize = 14;
const TEXTS: [&str; 3] = ["", "one", "two words"];
const TAGS: [(&str, &str); 3] = [("k", "1"), ("k", "2"), ("K", "")];
/// What lists are searched for.
const FILTERS: [(&str, &str); 16] = [
    ("name", "a"),
    ("name", "dir/"),
    ("name", "ir"),
    ("name", "!b"),
    ("description", "TWO"),
    ("description", "w t"),
    ("description", "ords"),
    ("description", "!on"),
    ("tag-key", "k"),
    ("tag-key", "!K"),
    ("tag-value", "2"),
    ("all", "a1b"),
    ("all", "one"),
    ("all", "!c"),
    ("primary-region", "us"),
    ("owning-service", "!rds"),
];
const ORDERS: [&str; 4] = ["created-date", "last-accessed-date", "last-changed-date", "name"];
/// A customer key, which is switched on and off.
const APP: &str = "alias/app";
/// Types of partners; the empty one takes a type away.
const PARTNERS: [&str; 2] = ["", "Partner"];
const HOUR: i64 = 3_600_000;
const DAY: i64 = 86_400_000;
/// A clock that advances by more between two commits has jumped.
const JUMP: i64 = 90 * DAY;

/// A value: text or bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    Text(&'static str),
    Bytes(&'static [u8]),
}
const VALUES: [Value; 4] = [Value::Text("x"), Value::Text("yy"), Value::Bytes(b"x"), Value::Bytes(&[0xFF, 0x00])];

/// Who asks: root, or a user who may read and describe the secret `a` and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    Root,
    Reader,
}
pub const READER: &str = "arn:aws:iam::000000000000:user/reader";

/// Policies that root puts on secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    ReaderMayGet,
    ReaderMayNothing,
    LocksRootOut,
    Malformed,
    Public,
}
const POLICIES: [Policy; 5] =
    [Policy::ReaderMayGet, Policy::ReaderMayNothing, Policy::LocksRootOut, Policy::Malformed, Policy::Public];

impl Policy {
    fn text(self) -> &'static str {
        match self {
            Self::ReaderMayGet => {
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/reader"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}"#
            }
            Self::ReaderMayNothing => {
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::000000000000:user/reader"},"Action":"secretsmanager:*","Resource":"*"}]}"#
            }
            Self::LocksRootOut => {
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"secretsmanager:PutResourcePolicy","Resource":"*"}]}"#
            }
            Self::Malformed => r#"{"Version":"2012-10-17","Statement":[{"Effect":"Alow"}]}"#,
            Self::Public => {
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"}]}"#
            }
        }
    }
}

/// One step. Tokens and versions are told by number.
#[derive(Clone, Debug)]
pub enum Op {
    Create {
        name: &'static str,
        token: usize,
        value: Option<Value>,
        description: Option<&'static str>,
        tags: Vec<(&'static str, &'static str)>,
        /// Under the customer key.
        app: bool,
        partner: Option<&'static str>,
    },
    Put {
        name: &'static str,
        token: usize,
        value: Option<Value>,
        stages: Vec<&'static str>,
    },
    Update {
        name: &'static str,
        token: usize,
        value: Option<Value>,
        description: Option<&'static str>,
        /// To the customer key, or back to the managed one.
        app: Option<bool>,
        partner: Option<&'static str>,
    },
    /// Several in one call.
    Batch {
        caller: Caller,
        names: Vec<&'static str>,
    },
    /// All that a filter finds, page by page.
    BatchFound {
        caller: Caller,
        filter: (&'static str, &'static str),
        page: usize,
    },
    Get {
        caller: Caller,
        name: &'static str,
        id: Option<usize>,
        stage: Option<&'static str>,
    },
    Describe {
        caller: Caller,
        name: &'static str,
    },
    Versions {
        name: &'static str,
        deprecated: bool,
    },
    /// Page by page to the end.
    List {
        planned: bool,
        filters: Vec<(&'static str, &'static str)>,
        by: &'static str,
        ascending: bool,
        page: usize,
    },
    Stage {
        name: &'static str,
        label: &'static str,
        from: Option<usize>,
        to: Option<usize>,
    },
    Delete {
        caller: Caller,
        name: &'static str,
        window: Option<i64>,
        force: Option<bool>,
    },
    Restore {
        name: &'static str,
    },
    Tag {
        name: &'static str,
        tags: Vec<(&'static str, &'static str)>,
    },
    Untag {
        name: &'static str,
        keys: Vec<&'static str>,
    },
    PutPolicy {
        name: &'static str,
        policy: Policy,
        block: bool,
    },
    GetPolicy {
        name: &'static str,
    },
    DeletePolicy {
        name: &'static str,
    },
    ListPolicies {
        name: &'static str,
    },
    Validate {
        name: Option<&'static str>,
        policy: Policy,
    },
    Password {
        length: i64,
    },
    /// Switches the customer key on or off.
    Switch {
        on: bool,
    },
    RunDue,
    /// Moves the clock, back if negative.
    Clock {
        millis: i64,
    },
    /// Closes the store and opens it again.
    Reopen,
    /// The power goes within the step before; the store is opened with what that leaves on the disk.
    Crash {
        loss: usize,
        coin: u64,
    },
}

/// Where choices come from: a seed, or the bytes of a fuzzer.
pub trait Choose {
    /// A number below `bound`, which is at least 1.
    fn below(&mut self, bound: usize) -> usize;
    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        *all.get(self.below(all.len())).unwrap()
    }
}
impl Choose for Draws {
    fn below(&mut self, bound: usize) -> usize {
        Draws::below(self, bound)
    }
}

impl Op {
    /// A sequence that begins with secrets to work on.
    pub fn sequence(from: &mut impl Choose, steps: usize) -> Vec<Self> {
        let made = |(token, name): (usize, &&'static str)| Self::Create {
            name,
            token,
            value: Some(VALUES[token % VALUES.len()]),
            description: None,
            tags: Vec::new(),
            app: token == 1,
            partner: None,
        };
        let mut all: Vec<Self> = NAMES.iter().enumerate().map(made).collect();
        all.truncate(from.below(NAMES.len() + 1));
        all.extend((0..steps).map(|_| Self::draw(from)));
        all
    }

    pub fn draw(from: &mut impl Choose) -> Self {
        let name = from.of(&NAMES);
        let caller = |from: &mut dyn FnMut(usize) -> usize| if from(3) == 0 { Caller::Reader } else { Caller::Root };
        // Low numbers come more often, so that there is something to find.
        let token = from.below(TOKENS).min(from.below(TOKENS));
        match from.below(51) {
            40..=41 => Self::Batch {
                caller: caller(&mut |bound| from.below(bound)),
                names: (0..1 + from.below(4))
                    .map(|_| from.of(&["a", "b", "dir/c-a1b2c3", "nowhere", "no name"]))
                    .collect(),
            },
            42 => Self::BatchFound {
                caller: caller(&mut |bound| from.below(bound)),
                filter: from.of(&FILTERS),
                page: 1 + from.below(3),
            },
            43..=44 => Self::List {
                planned: from.one_in(2),
                filters: (0..from.below(3)).map(|_| from.of(&FILTERS)).collect(),
                by: from.of(&ORDERS),
                ascending: from.one_in(2),
                page: 1 + from.below(3),
            },
            45 => {
                if from.one_in(2) {
                    Self::ListPolicies { name }
                } else {
                    Self::Validate { name: from.one_in(2).then_some(name), policy: from.of(&POLICIES) }
                }
            }
            46 => Self::Password { length: from.of(&[1, 3, 4, 32, 4096, 0, 4097]) },
            47..=48 => Self::Switch { on: !from.one_in(3) },
            49 => Self::Delete { caller: Caller::Root, name, window: None, force: Some(true) },
            50 => Self::Crash { loss: from.below(7), coin: from.below(1 << 30) as u64 },
            0..=3 => Self::Create {
                name,
                token,
                value: value(from),
                description: (from.one_in(3)).then(|| from.of(&TEXTS)),
                tags: if from.one_in(3) { vec![from.of(&TAGS)] } else { Vec::new() },
                app: from.one_in(3),
                partner: from.one_in(5).then(|| from.of(&PARTNERS)),
            },
            4..=11 => {
                let count = [0, 0, 0, 1, 1, 2, 3][from.below(7)];
                let token = from.below(TOKENS);
                Self::Put { name, token, value: value(from), stages: (0..count).map(|_| from.of(&LABELS)).collect() }
            }
            12..=13 => {
                let value = if from.one_in(3) { None } else { value(from) };
                let description = from.one_in(2).then(|| from.of(&TEXTS));
                let app = from.one_in(3).then(|| from.one_in(2));
                Self::Update {
                    name,
                    token,
                    value,
                    description,
                    app,
                    partner: from.one_in(5).then(|| from.of(&PARTNERS)),
                }
            }
            14..=18 => Self::Get {
                caller: caller(&mut |bound| from.below(bound)),
                name,
                id: from.one_in(3).then_some(token),
                stage: from.one_in(3).then(|| from.of(&LABELS)),
            },
            19..=20 => Self::Describe { caller: caller(&mut |bound| from.below(bound)), name },
            21 => Self::Versions { name, deprecated: from.one_in(2) },
            22 => Self::List { planned: from.one_in(2), filters: Vec::new(), by: "name", ascending: true, page: 100 },
            23..=26 => Self::Stage {
                name,
                label: from.of(&LABELS),
                from: (!from.one_in(3)).then(|| from.below(3)),
                to: (!from.one_in(4)).then_some(token),
            },
            27 => Self::Delete {
                caller: caller(&mut |bound| from.below(bound)),
                name,
                window: [None, None, Some(7), Some(8), Some(30), Some(6), Some(31)][from.below(7)],
                force: [None, None, Some(true), Some(false)][from.below(4)],
            },
            28..=29 => Self::Restore { name },
            30..=31 => Self::Tag { name, tags: (0..from.below(3)).map(|_| from.of(&TAGS)).collect() },
            32 => Self::Untag { name, keys: (0..from.below(3)).map(|_| from.of(&TAGS).0).collect() },
            33..=34 => Self::PutPolicy { name, policy: from.of(&POLICIES), block: from.one_in(2) },
            35 => {
                if from.one_in(2) {
                    Self::GetPolicy { name }
                } else {
                    Self::DeletePolicy { name }
                }
            }
            36 => Self::RunDue,
            37..=38 => Self::Clock {
                millis: from.of(&[1, 1, 1_000, DAY / 2, DAY, DAY, 7 * DAY, 30 * DAY, -1_000, -DAY, -8 * DAY]),
            },
            _ => Self::Reopen,
        }
    }
}
fn value(from: &mut impl Choose) -> Option<Value> {
    (!from.one_in(8)).then(|| from.of(&VALUES))
}
pub fn token(number: usize) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}

// What comes back.

/// A refusal: its code, and its text where the documentation has one.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub code: String,
    pub text: Option<String>,
}
pub type Outcome = Result<Vec<String>, Refusal>;

/// Do the two agree? Where the model has no text, any will do.
pub fn agree(store: &Outcome, model: &Outcome) -> bool {
    match (store, model) {
        (Ok(store), Ok(model)) => store == model,
        (Err(store), Err(model)) => store.code == model.code && (model.text.is_none() || store.text == model.text),
        _ => false,
    }
}

fn no<T>(code: &str, text: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal { code: code.to_owned(), text: Some(text.into()) })
}
fn bare<T>(code: &str) -> Result<T, Refusal> {
    Err(Refusal { code: code.to_owned(), text: None })
}
fn not_found<T>() -> Result<T, Refusal> {
    no("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
}

// The model.

#[derive(Clone, Debug, PartialEq, Eq)]
struct Version {
    id: usize,
    created: i64,
    read: Option<i64>,
    labels: BTreeSet<String>,
    value: Value,
    /// Under the customer key.
    app: bool,
}
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Secret {
    arn: String,
    description: String,
    created: i64,
    changed: i64,
    read: Option<i64>,
    due: Option<i64>,
    tags: Option<Vec<(String, String)>>,
    policy: Option<Policy>,
    /// The customer key is the one for new versions.
    app: bool,
    partner: Option<&'static str>,
    versions: Vec<Version>,
}

/// Everything that a store holds, without what only its file knows.
#[derive(Clone, Debug, Default)]
pub struct Model {
    secrets: BTreeMap<&'static str, Secret>,
    /// Reads whose day is not written yet: name, ARN, version, day.
    reads: Vec<(&'static str, String, usize, i64)>,
    clock: i64,
    /// The latest time that was ever committed.
    high_water: i64,
    /// Every ARN there ever was.
    arns: BTreeSet<String>,
    /// When each of the two keys was last used, as far as that is written, and the use that waits to be: the managed one first.
    key_written: [Option<i64>; 2],
    key_waits: [Option<i64>; 2],
    app_disabled: bool,
    /// A jump of the clock was committed; nobody confirms it.
    jumped: bool,
}

impl Model {
    pub fn new(now: Timestamp) -> Self {
        Self { clock: now.as_millis(), high_water: now.as_millis(), ..Self::default() }
    }
    fn now(&self) -> i64 {
        self.clock.max(self.high_water)
    }
    /// Something was written: the dates of reads that waited go along.
    fn committed(&mut self) {
        self.jumped |= self.now() > self.high_water + JUMP;
        self.high_water = self.now();
        for (written, waits) in self.key_written.iter_mut().zip(&mut self.key_waits) {
            *written = (*written).max(waits.take());
        }
        for (name, arn, id, day) in std::mem::take(&mut self.reads) {
            if let Some(secret) = self.secrets.get_mut(name).filter(|secret| secret.arn == arn) {
                read_on(secret, id, day);
            }
        }
    }
    /// The key was used: worth writing if an hour has passed since the use that is written.
    fn use_key(&mut self, app: bool) {
        let (now, key) = (self.now(), usize::from(app));
        if self.key_written[key].is_none_or(|written| written + HOUR <= now) {
            self.key_waits[key] = self.key_waits[key].max(Some(now));
        }
    }
    /// Can nothing be opened or sealed under that key?
    fn is_shut(&self, app: bool) -> bool {
        app && self.app_disabled
    }
    /// A value that came before under this token: is it the same? That takes opening the old one.
    fn is_same(&self, version: &Version, value: Value, arn: &str) -> Result<(), Refusal> {
        if self.is_shut(version.app) {
            return cannot_open();
        }
        if version.value == value { Ok(()) } else { in_use(version.id, arn) }
    }
    /// The secret of that name, scheduled ones too, those whose window is over not.
    fn present(&self, name: &str) -> Option<&Secret> {
        let now = self.now();
        self.secrets.get(name).filter(|secret| secret.due.is_none_or(|due| now < due))
    }
    fn live(&mut self, name: &str) -> Result<&mut Secret, Refusal> {
        match self.present(name) {
            None => return not_found(),
            Some(secret) if secret.due.is_some() => return scheduled(),
            Some(_) => {}
        }
        Ok(self.secrets.get_mut(name).unwrap())
    }
    /// As answers show it: with the dates of reads that are not written yet.
    fn shown(&self, name: &str) -> Option<Secret> {
        let mut secret = self.present(name)?.clone();
        for (noted, arn, id, day) in &self.reads {
            if *noted == name && *arn == secret.arn {
                read_on(&mut secret, *id, *day);
            }
        }
        Some(secret)
    }
    /// What a caller may do, before anything is told of what is there; `sent` is how it named the secret.
    fn admits(&self, caller: Caller, action: &str, name: &str, sent: &str) -> Result<(), Refusal> {
        if caller == Caller::Root {
            return Ok(());
        }
        let own = name == "a" && (action == "GetSecretValue" || action == "DescribeSecret");
        let policy = self.present(name).and_then(|secret| secret.policy);
        let why = match policy {
            Some(Policy::ReaderMayNothing) if own => "with an explicit deny in a resource-based policy".to_owned(),
            Some(Policy::ReaderMayNothing) => {
                format!("because no identity-based policy allows the secretsmanager:{action} action")
            }
            Some(Policy::ReaderMayGet | Policy::Public) if action == "GetSecretValue" => return Ok(()),
            _ if own => return Ok(()),
            _ => format!("because no identity-based policy allows the secretsmanager:{action} action"),
        };
        let text =
            format!("User: {READER} is not authorized to perform: secretsmanager:{action} on resource: {sent} {why}");
        no("AccessDeniedException", text)
    }

    /// Does the step. `drawn` is the suffix that the store drew, if it answered with an ARN.
    pub fn apply(&mut self, op: &Op, drawn: Option<&str>) -> Outcome {
        let before = self.clone();
        let outcome = self.step(op, drawn);
        if outcome.is_err() {
            *self = before;
        }
        outcome
    }

    fn step(&mut self, op: &Op, drawn: Option<&str>) -> Outcome {
        match op {
            Op::Create { name, token: number, value, description, tags, app, partner } => {
                let blank = Secret {
                    description: description.unwrap_or_default().to_owned(),
                    app: *app,
                    partner: partner.filter(|partner| !partner.is_empty()),
                    ..Secret::default()
                };
                self.create(name, *number, *value, blank, tags, drawn)
            }
            Op::Put { name, token: number, value, stages } => {
                let now = self.now();
                let secret = self.live(name)?.clone();
                let Some(value) = value else {
                    return no("InvalidRequestException", "You must provide either SecretString or SecretBinary.");
                };
                if let Some(version) = secret.versions.iter().find(|version| version.id == *number) {
                    self.is_same(version, *value, &secret.arn)?;
                    return Ok(vec![secret.arn.clone(), token(*number), labels(version)]);
                }
                if self.is_shut(secret.app) {
                    return cannot_seal();
                }
                let secret = self.live(name)?;
                add_version(secret, *number, now, *value, stages);
                secret.changed = now;
                let version = secret.versions.last().unwrap();
                let (answer, app) = (vec![secret.arn.clone(), token(*number), labels(version)], secret.app);
                self.use_key(app);
                self.committed();
                Ok(answer)
            }
            Op::Update { name, token: number, value, description, app, partner } => {
                let now = self.now();
                let mut secret = self.live(name)?.clone();
                let mut answer = vec![secret.arn.clone(), (*name).to_owned()];
                if let Some(value) = value {
                    answer.push(token(*number));
                    if let Some(version) = secret.versions.iter().find(|version| version.id == *number) {
                        self.is_same(version, *value, &secret.arn)?;
                        return Ok(answer);
                    }
                } else if description.is_none() && app.is_none() && partner.is_none() {
                    return Ok(answer);
                }
                if let Some(description) = description {
                    secret.description = (*description).to_owned();
                }
                if let Some(partner) = partner {
                    secret.partner = Some(*partner).filter(|partner| !partner.is_empty());
                }
                if let Some(app) = *app {
                    if self.is_shut(app) {
                        return cannot_seal();
                    }
                    if secret.app != app {
                        secret.app = app;
                        self.move_versions(&mut secret);
                    }
                }
                secret.changed = now;
                if let Some(value) = value {
                    if self.is_shut(secret.app) {
                        return cannot_seal();
                    }
                    add_version(&mut secret, *number, now, *value, &[]);
                    self.use_key(secret.app);
                }
                self.secrets.insert(name, secret);
                self.committed();
                Ok(answer)
            }
            Op::Batch { caller, names } => {
                let (mut values, mut errors) = (Vec::new(), Vec::new());
                for name in names {
                    let outcome = match *name {
                        "no name" => no("ValidationException", INVALID_NAME),
                        _ => self.get(*caller, name, name, None, None),
                    };
                    told(outcome, name, &mut values, &mut errors);
                }
                values.extend(errors);
                Ok(values)
            }
            Op::BatchFound { caller, filter, page: _ } => {
                if *caller == Caller::Reader {
                    let text = format!(
                        "User: {READER} is not authorized to perform: secretsmanager:ListSecrets because no identity-based policy \
                         allows the secretsmanager:ListSecrets action"
                    );
                    return no("AccessDeniedException", text);
                }
                let found = self.listed(false, &[*filter], "created-date", false);
                let (mut values, mut errors) = (Vec::new(), Vec::new());
                for (name, secret) in found {
                    if secret.versions.iter().any(|version| version.labels.contains("AWSCURRENT")) {
                        let outcome = self.get(*caller, name, &secret.arn, None, None);
                        told(outcome, &secret.arn, &mut values, &mut errors);
                    }
                }
                values.extend(errors);
                Ok(values)
            }
            Op::Get { caller, name, id, stage } => self.get(*caller, name, name, *id, *stage),
            Op::Describe { caller, name } => {
                self.admits(*caller, "DescribeSecret", name, name)?;
                let Some(secret) = self.shown(name) else { return not_found() };
                let mut lines = vec![
                    secret.arn.clone(),
                    format!("{:?}", Some(secret.description.clone()).filter(|text| !text.is_empty())),
                    format!("{} {} {:?} {:?}", secret.created, secret.changed, secret.read, secret.due),
                    format!("{:?}", secret.tags),
                    format!("{:?} {:?}", secret.app.then_some(APP), secret.partner),
                ];
                lines.extend(labelled(&secret));
                Ok(lines)
            }
            Op::Versions { name, deprecated } => {
                let Some(secret) = self.shown(name) else { return not_found() };
                let mut lines = vec![secret.arn.clone()];
                let mut listed: Vec<&Version> =
                    secret.versions.iter().filter(|version| *deprecated || !version.labels.is_empty()).collect();
                listed.sort_by_key(|version| (version.created, version.id));
                lines.extend(listed.into_iter().map(|version| {
                    let key = if version.app { APP } else { "DefaultEncryptionKey" };
                    format!("{} {} {:?} {} {key}", token(version.id), version.created, version.read, labels(version))
                }));
                Ok(lines)
            }
            Op::List { planned, filters, by, ascending, page: _ } => {
                let mut lines = Vec::new();
                for (name, secret) in self.listed(*planned, filters, by, *ascending) {
                    lines
                        .push(format!("{name} {} {:?} {:?} {:?}", secret.arn, secret.due, secret.read, secret.partner));
                    lines.extend(labelled(&secret));
                }
                Ok(lines)
            }
            Op::Stage { name, label, from, to } => self.stage(name, label, *from, *to),
            Op::Delete { caller, name, window, force } => self.delete(*caller, name, *window, *force, drawn),
            Op::Restore { name } => {
                if self.present(name).is_none() {
                    return not_found();
                }
                let secret = self.secrets.get_mut(name).unwrap();
                let arn = secret.arn.clone();
                if secret.due.take().is_some() {
                    self.committed();
                }
                Ok(vec![arn, (*name).to_owned()])
            }
            Op::Tag { name, tags } => {
                let now = self.now();
                let secret = self.live(name)?;
                let keys: BTreeSet<&str> = tags.iter().map(|(key, _)| *key).collect();
                if keys.len() < tags.len() {
                    return bare("InvalidParameterException");
                }
                if !tags.is_empty() {
                    set_tags(secret, tags);
                    secret.changed = now;
                    self.committed();
                }
                Ok(Vec::new())
            }
            Op::Untag { name, keys } => {
                let now = self.now();
                let secret = self.live(name)?;
                let before = secret.tags.clone();
                if let Some(tags) = &mut secret.tags {
                    tags.retain(|(key, _)| !keys.iter().any(|gone| gone == key));
                }
                if secret.tags != before {
                    secret.changed = now;
                    self.committed();
                }
                Ok(Vec::new())
            }
            Op::PutPolicy { name, policy, block } => {
                let now = self.now();
                let secret = self.live(name)?;
                match policy {
                    Policy::Malformed => return bare("MalformedPolicyDocumentException"),
                    Policy::Public if *block => {
                        return no(
                            "PublicPolicyException",
                            "You can't attach a resource-based policy that allows broad access to the secret.",
                        );
                    }
                    Policy::LocksRootOut => {
                        return no(
                            "InvalidRequestException",
                            "Your requested changes will not allow you to manage this secret in the future.",
                        );
                    }
                    _ => {}
                }
                secret.policy = Some(*policy);
                secret.changed = now;
                let arn = secret.arn.clone();
                self.committed();
                Ok(vec![arn])
            }
            Op::GetPolicy { name } => {
                let secret = self.live(name)?;
                Ok(vec![secret.arn.clone(), format!("{:?}", secret.policy.map(Policy::text))])
            }
            Op::DeletePolicy { name } => {
                let now = self.now();
                let secret = self.live(name)?;
                let arn = secret.arn.clone();
                if secret.policy.take().is_some() {
                    secret.changed = now;
                    self.committed();
                }
                Ok(vec![arn])
            }
            Op::ListPolicies { name } => {
                let secret = self.live(name)?;
                Ok(secret.policy.iter().map(|_| "default".to_owned()).collect())
            }
            Op::Validate { name, policy } => {
                if let Some(name) = name {
                    self.live(name)?;
                }
                let passed = match policy {
                    Policy::ReaderMayGet | Policy::ReaderMayNothing => true,
                    Policy::Malformed | Policy::Public => false,
                    // Out of what, if no secret is named?
                    Policy::LocksRootOut => name.is_none(),
                };
                Ok(vec![passed.to_string()])
            }
            Op::Password { length } => match length {
                1..=3 => no("InvalidParameterException", "Password length is too short based on the required types."),
                4..=4096 => Ok(vec![length.to_string()]),
                _ => bare("ValidationException"),
            },
            Op::Switch { on } => {
                if self.app_disabled == *on {
                    self.app_disabled = !on;
                    self.committed();
                }
                Ok(Vec::new())
            }
            Op::RunDue => {
                // By the clock as it is now, not by the latest time that was committed.
                let now = self.clock;
                let before = self.secrets.len();
                if !self.jumped && now <= self.high_water + JUMP {
                    self.secrets.retain(|_, secret| secret.due.is_none_or(|due| now < due));
                }
                let purged = before - self.secrets.len();
                let waiting = !self.reads.is_empty() || self.key_waits.iter().any(Option::is_some);
                if purged > 0 || waiting {
                    self.committed();
                }
                Ok(vec![purged.to_string(), waiting.to_string()])
            }
            Op::Clock { millis } => {
                self.clock += millis;
                Ok(Vec::new())
            }
            Op::Reopen | Op::Crash { .. } => {
                // Dates of reads that no commit took along are lost: they are worth no write of their own.
                self.reads.clear();
                self.key_waits = [None; 2];
                Ok(Vec::new())
            }
        }
    }

    fn create(
        &mut self,
        name: &'static str,
        number: usize,
        value: Option<Value>,
        blank: Secret,
        tags: &[(&str, &str)],
        drawn: Option<&str>,
    ) -> Outcome {
        let now = self.now();
        if let Some(secret) = self.present(name) {
            if secret.due.is_some() {
                return no(
                    "InvalidRequestException",
                    "You can't create this secret because a secret with this name is already scheduled for deletion.",
                );
            }
            return match (secret.versions.iter().find(|version| version.id == number), value) {
                (Some(version), Some(value)) => {
                    self.is_same(version, value, &secret.arn)?;
                    Ok(vec![secret.arn.clone(), name.to_owned(), format!("{:?}", Some(token(number)))])
                }
                (Some(_), None) => in_use(number, &secret.arn),
                (None, _) => {
                    let text = format!("The operation failed because the secret {name} already exists.");
                    no("ResourceExistsException", text)
                }
            };
        }
        if self.is_shut(blank.app) {
            return cannot_seal();
        }
        let arn = self.draw(name, drawn);
        let mut secret = Secret { arn: arn.clone(), created: now, changed: now, ..blank };
        if !tags.is_empty() {
            set_tags(&mut secret, tags);
        }
        if let Some(value) = value {
            add_version(&mut secret, number, now, value, &[]);
        }
        let app = secret.app;
        self.secrets.insert(name, secret);
        if value.is_some() {
            self.use_key(app);
        }
        self.committed();
        Ok(vec![arn, name.to_owned(), format!("{:?}", value.map(|_| token(number)))])
    }

    /// The labelled versions go to the secret's new key, if the old one lets them.
    fn move_versions(&mut self, secret: &mut Secret) {
        let to = secret.app;
        for version in secret.versions.iter_mut().filter(|version| version.app != to) {
            let labelled =
                ["AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"].iter().any(|label| version.labels.contains(*label));
            if labelled && !self.is_shut(version.app) {
                self.use_key(version.app);
                self.use_key(to);
                version.app = to;
            }
        }
    }

    /// Secrets in the order of a list, as answers show them.
    fn listed(
        &self,
        planned: bool,
        filters: &[(&str, &str)],
        by: &str,
        ascending: bool,
    ) -> Vec<(&'static str, Secret)> {
        let shown = NAMES.iter().filter_map(|name| Some((*name, self.shown(name)?)));
        let mut all: Vec<(&'static str, Secret)> = shown
            .filter(|(_, secret)| planned || secret.due.is_none())
            .filter(|(name, secret)| filters.iter().all(|(key, value)| matches(name, secret, key, value)))
            .collect();
        let key = |(name, secret): &(&'static str, Secret)| match by {
            "created-date" => (Some(secret.created), ""),
            "last-changed-date" => (Some(secret.changed), ""),
            "last-accessed-date" => (secret.read, ""),
            _ => (None, *name),
        };
        all.sort_by(|one, other| {
            let order = key(one).cmp(&key(other));
            let order = if ascending { order } else { order.reverse() };
            order.then_with(|| one.1.arn.cmp(&other.1.arn))
        });
        all
    }

    fn get(
        &mut self,
        caller: Caller,
        name: &'static str,
        sent: &str,
        id: Option<usize>,
        stage: Option<&str>,
    ) -> Outcome {
        self.admits(caller, "GetSecretValue", name, sent)?;
        let day = self.now().div_euclid(DAY) * DAY;
        let secret = self.live(name)?.clone();
        let holder = |label: &str| secret.versions.iter().find(|version| version.labels.contains(label));
        let version = match (id, stage) {
            (Some(id), stage) => {
                let Some(version) = secret.versions.iter().find(|version| version.id == id) else {
                    let text =
                        format!("Secrets Manager can't find the specified secret value for VersionId: {}", token(id));
                    return no("ResourceNotFoundException", text);
                };
                if stage.is_some_and(|stage| !version.labels.contains(stage)) {
                    return no(
                        "InvalidRequestException",
                        "You provided a VersionStage that is not associated to the provided VersionId.",
                    );
                }
                version
            }
            (None, stage) => {
                let stage = stage.unwrap_or("AWSCURRENT");
                let Some(version) = holder(stage) else {
                    let text =
                        format!("Secrets Manager can't find the specified secret value for staging label: {stage}");
                    return no("ResourceNotFoundException", text);
                };
                version
            }
        };
        // The customer key's policy leaves it to policies, and the reader has none for it.
        if version.app && caller == Caller::Reader {
            return no("AccessDeniedException", "Access to KMS is not allowed");
        }
        if self.is_shut(version.app) {
            return cannot_open();
        }
        let answer = vec![
            secret.arn.clone(),
            token(version.id),
            shown_value(version.value),
            labels(version),
            version.created.to_string(),
        ];
        let (id, arn, app) = (version.id, secret.arn.clone(), version.app);
        // A second read of a day has nothing to add.
        if version.read.is_none_or(|last| last < day) || secret.read.is_none_or(|last| last < day) {
            self.reads.push((name, arn, id, day));
        }
        self.use_key(app);
        Ok(answer)
    }

    fn stage(&mut self, name: &str, label: &str, from: Option<usize>, to: Option<usize>) -> Outcome {
        let now = self.now();
        let secret = self.live(name)?;
        let answer = vec![secret.arn.clone(), name.to_owned()];
        for id in [from, to].into_iter().flatten() {
            if !secret.versions.iter().any(|version| version.id == id) {
                return bare("ResourceNotFoundException");
            }
        }
        let holder = secret.versions.iter().find(|version| version.labels.contains(label)).map(|version| version.id);
        match (from, to) {
            (None, None) => return bare("InvalidParameterException"),
            (Some(from), _) if holder != Some(from) => return bare("InvalidParameterException"),
            (Some(_), None) if label == "AWSCURRENT" => {
                return no(
                    "InvalidParameterException",
                    "You can only move staging label AWSCURRENT to a different secret version. It can\u{2019}t be completely removed.",
                );
            }
            (_, Some(to)) if holder == Some(to) => return Ok(answer),
            (None, Some(_)) if holder.is_some() => {
                let text = format!(
                    "The parameter RemoveFromVersionId can't be empty. Staging label {label} is currently attached to version \
                     {}, so you must explicitly reference that version in RemoveFromVersionId.",
                    token(holder.unwrap())
                );
                return no("InvalidParameterException", text);
            }
            (_, Some(to)) if label == "AWSCURRENT" => make_current(secret, to),
            (_, Some(to)) => attach(secret, label, to),
            (Some(_), None) => secret.versions.iter_mut().for_each(|version| drop(version.labels.remove(label))),
        }
        secret.changed = now;
        self.committed();
        Ok(answer)
    }

    fn delete(
        &mut self,
        caller: Caller,
        name: &str,
        window: Option<i64>,
        force: Option<bool>,
        drawn: Option<&str>,
    ) -> Outcome {
        self.admits(caller, "DeleteSecret", name, name)?;
        let now = self.now();
        let force = force.unwrap_or(false);
        if window.is_some() && force {
            let text = "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.";
            return no("InvalidParameterException", text);
        }
        if window.is_some_and(|days| !(7..=30).contains(&days)) {
            let text = "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).";
            return no("InvalidParameterException", text);
        }
        let Some(secret) = self.present(name) else {
            if !force {
                return not_found();
            }
            return Ok(vec![arn_of(name, drawn.unwrap_or_default()), name.to_owned(), now.to_string()]);
        };
        let arn = secret.arn.clone();
        if force {
            self.secrets.remove(name);
            self.committed();
            return Ok(vec![arn, name.to_owned(), now.to_string()]);
        }
        if secret.due.is_some() {
            return scheduled();
        }
        let due = now + window.unwrap_or(30) * DAY;
        self.secrets.get_mut(name).unwrap().due = Some(due);
        self.committed();
        Ok(vec![arn, name.to_owned(), due.to_string()])
    }

    /// The ARN of a new secret: what the store drew must look like a suffix, and be new.
    fn draw(&mut self, name: &str, drawn: Option<&str>) -> String {
        let suffix = drawn.unwrap_or_default();
        let arn = arn_of(name, suffix);
        let fresh = self.arns.insert(arn.clone());
        let legal = suffix.len() == 6 && suffix.bytes().all(|letter| letter.is_ascii_alphanumeric());
        if fresh && legal { arn } else { format!("a fresh suffix, not {suffix}") }
    }
}

fn arn_of(name: &str, suffix: &str) -> String {
    format!("arn:aws:secretsmanager:us-east-1:000000000000:secret:{name}-{suffix}")
}
const INVALID_NAME: &str =
    "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!";
fn cannot_seal<T>() -> Result<T, Refusal> {
    bare("EncryptionFailure")
}
fn cannot_open<T>() -> Result<T, Refusal> {
    no("DecryptionFailure", "Secrets Manager can't decrypt the protected secret text using the provided KMS key.")
}
/// An entry of a batch: a value, or what the single call would have answered.
fn told(outcome: Outcome, id: &str, values: &mut Vec<String>, errors: &mut Vec<String>) {
    match outcome {
        Ok(answer) => values.push(answer.join(" ")),
        Err(Refusal { code, text }) => errors.push(format!("{id} {code} {}", text.unwrap_or_default())),
    }
}
/// Does a list with this filter show the secret? Texts here have no capitals within a word.
fn matches(name: &str, secret: &Secret, key: &str, value: &str) -> bool {
    let (negated, value) = value.strip_prefix('!').map_or((false, value), |rest| (true, rest));
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        words.map(str::to_ascii_lowercase).collect()
    };
    let found = |text: &str| {
        let own = words(text);
        words(value).iter().all(|wanted| own.iter().any(|word| word.starts_with(wanted.as_str())))
    };
    let mut tags = secret.tags.iter().flatten();
    let found = match key {
        "name" => name.starts_with(value),
        "description" => found(&secret.description),
        "tag-key" => tags.any(|(key, _)| key.starts_with(value)),
        "tag-value" => tags.any(|(_, own)| own.starts_with(value)),
        "all" => found(name) || found(&secret.description) || tags.any(|(key, value)| found(key) || found(value)),
        // One region, and no secret is another service's.
        _ => false,
    };
    found != negated
}
fn scheduled<T>() -> Result<T, Refusal> {
    no("InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion.")
}
fn in_use<T>(number: usize, arn: &str) -> Result<T, Refusal> {
    let text = format!(
        "You can't use ClientRequestToken {} because that value is already in use for a version of secret {arn}.",
        token(number)
    );
    no("ResourceExistsException", text)
}
fn labels(version: &Version) -> String {
    version.labels.iter().cloned().collect::<Vec<_>>().join(",")
}
fn labelled(secret: &Secret) -> Vec<String> {
    let mut lines: Vec<String> = secret
        .versions
        .iter()
        .filter(|version| !version.labels.is_empty())
        .map(|version| format!("{}: {}", token(version.id), labels(version)))
        .collect();
    lines.sort();
    lines
}
fn shown_value(value: Value) -> String {
    match value {
        Value::Text(text) => format!("text {:?}", text.as_bytes()),
        Value::Bytes(bytes) => format!("bytes {bytes:?}"),
    }
}
fn set_tags(secret: &mut Secret, new: &[(&str, &str)]) {
    let tags = secret.tags.get_or_insert_default();
    for (key, value) in new {
        match tags.iter_mut().find(|(known, _)| known == key) {
            Some((_, old)) => (*value).clone_into(old),
            None => tags.push(((*key).to_owned(), (*value).to_owned())),
        }
    }
}
fn read_on(secret: &mut Secret, id: usize, day: i64) {
    if let Some(version) = secret.versions.iter_mut().find(|version| version.id == id) {
        version.read = version.read.max(Some(day));
    }
    secret.read = secret.read.max(Some(day));
}
fn attach(secret: &mut Secret, label: &str, to: usize) {
    for version in &mut secret.versions {
        version.labels.remove(label);
        if version.id == to {
            version.labels.insert(label.to_owned());
        }
    }
}
/// Current goes to one version, previous to the one that it left.
fn make_current(secret: &mut Secret, to: usize) {
    let before = secret.versions.iter().find(|version| version.labels.contains("AWSCURRENT")).map(|version| version.id);
    attach(secret, "AWSCURRENT", to);
    if let Some(before) = before.filter(|before| *before != to) {
        attach(secret, "AWSPREVIOUS", before);
    }
}
fn add_version(secret: &mut Secret, id: usize, created: i64, value: Value, stages: &[&str]) {
    let first = secret.versions.is_empty();
    let before = secret.versions.iter().position(|version| version.labels.contains("AWSCURRENT"));
    secret.versions.push(Version { id, created, read: None, labels: BTreeSet::new(), value, app: secret.app });
    for stage in stages.iter().filter(|stage| **stage != "AWSCURRENT") {
        attach(secret, stage, id);
    }
    if stages.is_empty() || first || stages.contains(&"AWSCURRENT") {
        make_current(secret, id);
        // A put that takes the place of a promoted version ends its being pending.
        if let Some(before) = before {
            secret.versions.get_mut(before).unwrap().labels.remove("AWSPENDING");
        }
    }
}

// A real store in the same hands.

/// A store with the user that the model knows.
pub struct World {
    pub room: Strongroom,
    pub clock: ManualClock,
    root: Session,
    reader: Session,
}

impl World {
    /// Makes the reader in a new store.
    pub fn found(room: &Strongroom) -> Result<(), Error> {
        room.root().iam().create_user(CreateUser::new("reader"))?;
        let own = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["secretsmanager:GetSecretValue","secretsmanager:DescribeSecret"],"Resource":"arn:aws:secretsmanager:*:*:secret:a-??????"},{"Effect":"Allow","Action":"secretsmanager:BatchGetSecretValue","Resource":"*"}]}"#;
        let key = room.root().kms().create_key(CreateKey::new())?.key_metadata.key_id;
        room.root().kms().create_alias(CreateAlias::new(APP, key))?;
        room.root().iam().put_user_policy(PutUserPolicy::new("reader", "own", own))?;
        Ok(())
    }
    pub fn of(room: Strongroom, clock: ManualClock) -> Result<Self, Error> {
        let (root, reader) = (room.root(), room.session(Principal::user("reader"))?);
        Ok(Self { room, clock, root, reader })
    }
    fn session(&self, caller: Caller) -> &Session {
        match caller {
            Caller::Root => &self.root,
            Caller::Reader => &self.reader,
        }
    }
    /// Does the step; all but [`Op::Reopen`], which is its owner's to do. Also tells the suffix that the store drew.
    pub fn perform(&self, op: &Op) -> (Result<Vec<String>, Error>, Option<String>) {
        let mut drawn = None;
        let outcome = self.try_perform(op, &mut drawn);
        (outcome, drawn)
    }
    fn try_perform(&self, op: &Op, drawn: &mut Option<String>) -> Result<Vec<String>, Error> {
        let root = &self.root;
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).into()).collect::<Vec<strongroom::name::Text>>();
        let tags = |tags: &[(&str, &str)]| tags.iter().map(|(key, value)| Tag::new(*key, *value)).collect::<Vec<Tag>>();
        let millis = |at: Timestamp| at.as_millis();
        let mut suffix = |arn: &str| *drawn = arn.rsplit_once('-').map(|(_, suffix)| suffix.to_owned());
        Ok(match op {
            Op::Create { name, token: number, value, description, tags: asked, app, partner } => {
                let mut request = CreateSecret::new(*name).client_request_token(token(*number));
                request.kms_key_id = app.then(|| APP.into());
                request.secret_type = partner.map(Into::into);
                request.description = description.map(Into::into);
                request.tags = (!asked.is_empty()).then(|| tags(asked));
                match value {
                    Some(Value::Text(text)) => request = request.secret_string(*text),
                    Some(Value::Bytes(bytes)) => request = request.secret_binary(*bytes),
                    None => {}
                }
                let answer = root.create_secret(request)?;
                suffix(&answer.arn);
                vec![answer.arn.to_string(), answer.name.to_string(), format!("{:?}", answer.version_id)]
            }
            Op::Put { name, token: number, value, stages } => {
                let mut request = PutSecretValue::new(*name).client_request_token(token(*number));
                request.version_stages = (!stages.is_empty()).then(|| texts(stages));
                match value {
                    Some(Value::Text(text)) => request = request.secret_string(*text),
                    Some(Value::Bytes(bytes)) => request = request.secret_binary(*bytes),
                    None => {}
                }
                let answer = root.put_secret_value(request)?;
                vec![answer.arn.to_string(), answer.version_id.to_string(), joined(&answer.version_stages)]
            }
            Op::Update { name, token: number, value, description, app, partner } => {
                let mut request = UpdateSecret::new(*name).client_request_token(token(*number));
                request.kms_key_id = app.map(|app| if app { APP } else { "" }.into());
                request.secret_type = partner.map(Into::into);
                request.description = description.map(Into::into);
                match value {
                    Some(Value::Text(text)) => request = request.secret_string(*text),
                    Some(Value::Bytes(bytes)) => request = request.secret_binary(*bytes),
                    None => {}
                }
                let answer = root.update_secret(request)?;
                let mut lines = vec![answer.arn.to_string(), answer.name.to_string()];
                lines.extend(answer.version_id.map(|id| id.to_string()));
                lines
            }
            Op::Batch { caller, names } => entries(&[self
                .session(*caller)
                .batch_get_secret_value(BatchGetSecretValue::of(names.iter().copied()))?]),
            Op::BatchFound { caller, filter: (key, value), page } => {
                let mut request = BatchGetSecretValue::found_by([Filter::by(*key, [*value])]).max_results(*page as i64);
                let mut pages = Vec::new();
                loop {
                    let answer = self.session(*caller).batch_get_secret_value(request.clone())?;
                    request.next_token.clone_from(&answer.next_token);
                    pages.push(answer);
                    if request.next_token.is_none() {
                        break entries(&pages);
                    }
                }
            }
            Op::Get { caller, name, id, stage } => {
                let mut request = GetSecretValue::new(*name);
                request.version_id = id.map(|id| token(id).into());
                request.version_stage = stage.map(Into::into);
                let answer = self.session(*caller).get_secret_value(request)?;
                let value = match (&answer.secret_string, &answer.secret_binary) {
                    (Some(text), None) => format!("text {:?}", text.expose().as_bytes()),
                    (None, Some(bytes)) => format!("bytes {:?}", bytes.expose()),
                    _ => "both or none".to_owned(),
                };
                vec![
                    answer.arn.to_string(),
                    answer.version_id.to_string(),
                    value,
                    joined(answer.version_stages.as_deref().unwrap_or_default()),
                    answer.created_date.map(millis).unwrap_or_default().to_string(),
                ]
            }
            Op::Describe { caller, name } => {
                let answer = self.session(*caller).describe_secret(DescribeSecret::new(*name))?;
                let shown: Option<Vec<(String, String)>> = answer
                    .tags
                    .map(|tags| tags.iter().map(|tag| (tag.key.to_string(), tag.value.to_string())).collect());
                let mut lines = vec![
                    answer.arn.to_string(),
                    format!("{:?}", answer.description),
                    format!(
                        "{} {} {:?} {:?}",
                        answer.created_date.map(millis).unwrap_or_default(),
                        answer.last_changed_date.map(millis).unwrap_or_default(),
                        answer.last_accessed_date.map(millis),
                        answer.deleted_date.map(millis)
                    ),
                    format!("{shown:?}"),
                    format!("{:?} {:?}", answer.kms_key_id, answer.secret_type),
                ];
                let map = answer.version_ids_to_stages.unwrap_or_default();
                lines.extend(map.iter().map(|(id, stages)| format!("{id}: {}", joined(stages))));
                lines
            }
            Op::Versions { name, deprecated } => {
                let request = ListSecretVersionIds::new(*name).include_deprecated(*deprecated);
                let answer = root.list_secret_version_ids(request)?;
                let app = root.kms().describe_key(DescribeKey::new(APP))?.key_metadata.arn;
                let mut lines = vec![answer.arn.to_string()];
                lines.extend(answer.versions.iter().map(|version| {
                    let keys: Vec<&str> =
                        version.kms_key_ids.iter().map(|key| if *key == app { APP } else { key.as_str() }).collect();
                    format!(
                        "{} {} {:?} {} {}",
                        version.version_id,
                        version.created_date.as_millis(),
                        version.last_accessed_date.map(millis),
                        joined(version.version_stages.as_deref().unwrap_or_default()),
                        keys.join(",")
                    )
                }));
                lines
            }
            Op::List { planned, filters, by, ascending, page } => {
                let mut request = ListSecrets::new()
                    .include_planned_deletion(*planned)
                    .sort_by(*by)
                    .sort_order(if *ascending { "asc" } else { "desc" })
                    .max_results(*page as i64)
                    .filters(filters.iter().map(|(key, value)| Filter::by(*key, [*value])).collect::<Vec<_>>());
                let mut lines = Vec::new();
                loop {
                    let answer = root.list_secrets(request.clone())?;
                    for secret in &answer.secret_list {
                        lines.push(format!(
                            "{} {} {:?} {:?} {:?}",
                            secret.name,
                            secret.arn,
                            secret.deleted_date.map(millis),
                            secret.last_accessed_date.map(millis),
                            secret.secret_type
                        ));
                        for (id, stages) in secret.secret_versions_to_stages.iter().flatten() {
                            lines.push(format!("{id}: {}", joined(stages)));
                        }
                    }
                    request.next_token = answer.next_token;
                    if request.next_token.is_none() {
                        break lines;
                    }
                }
            }
            Op::Stage { name, label, from, to } => {
                let mut request = UpdateSecretVersionStage::new(*name, *label);
                request.remove_from_version_id = from.map(|from| token(from).into());
                request.move_to_version_id = to.map(|to| token(to).into());
                let answer = root.update_secret_version_stage(request)?;
                vec![answer.arn.to_string(), answer.name.to_string()]
            }
            Op::Delete { caller, name, window, force } => {
                let mut request = DeleteSecret::new(*name);
                request.recovery_window_in_days = *window;
                request.force_delete_without_recovery = *force;
                let answer = self.session(*caller).delete_secret(request)?;
                suffix(&answer.arn);
                vec![answer.arn.to_string(), answer.name.to_string(), answer.deletion_date.as_millis().to_string()]
            }
            Op::Restore { name } => {
                let answer = root.restore_secret(RestoreSecret::new(*name))?;
                vec![answer.arn.to_string(), answer.name.to_string()]
            }
            Op::Tag { name, tags: asked } => {
                root.tag_resource(TagResource::new(*name, tags(asked)))?;
                Vec::new()
            }
            Op::Untag { name, keys } => {
                root.untag_resource(UntagResource::new(*name, texts(keys)))?;
                Vec::new()
            }
            Op::PutPolicy { name, policy, block } => {
                let request = PutResourcePolicy::new(*name, policy.text()).block_public_policy(*block);
                vec![root.put_resource_policy(request)?.arn.to_string()]
            }
            Op::GetPolicy { name } => {
                let answer = root.get_resource_policy(GetResourcePolicy::new(*name))?;
                vec![answer.arn.to_string(), format!("{:?}", answer.resource_policy)]
            }
            Op::DeletePolicy { name } => {
                vec![root.delete_resource_policy(DeleteResourcePolicy::new(*name))?.arn.to_string()]
            }
            Op::ListPolicies { name } => {
                let answer = root.list_resource_policies(ListResourcePolicies::new(*name))?;
                answer.resource_policies.iter().map(|policy| policy.policy_name.to_string()).collect()
            }
            Op::Validate { name, policy } => {
                let mut request = ValidateResourcePolicy::new(policy.text());
                request.secret_id = name.map(Into::into);
                vec![root.validate_resource_policy(request)?.policy_validation_passed.to_string()]
            }
            Op::Password { length } => {
                let answer = root.get_random_password(GetRandomPassword::new().password_length(*length))?;
                vec![answer.random_password.expose().len().to_string()]
            }
            Op::Switch { on } => {
                let key = root.kms().describe_key(DescribeKey::new(APP))?.key_metadata.key_id;
                if *on {
                    root.kms().enable_key(EnableKey::new(key))?;
                } else {
                    root.kms().disable_key(DisableKey::new(key))?;
                }
                Vec::new()
            }
            Op::RunDue => {
                let report = self.room.run_due()?;
                vec![report.purged_secrets.to_string(), report.accesses_written.to_string()]
            }
            Op::Clock { millis } => {
                self.clock.advance_millis(*millis);
                Vec::new()
            }
            Op::Reopen | Op::Crash { .. } => Vec::new(),
        })
    }
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// Entries of a batch: all values, then all errors.
fn entries(pages: &[BatchGetSecretValueResponse]) -> Vec<String> {
    let value = |entry: &strongroom::operation::secretsmanager::SecretValueEntry| {
        let kind = if entry.secret_binary.is_some() { "bytes" } else { "text" };
        format!(
            "{} {} {kind} {:?} {} {}",
            entry.arn,
            entry.version_id,
            entry.value(),
            joined(entry.version_stages.as_deref().unwrap_or_default()),
            entry.created_date.map(Timestamp::as_millis).unwrap_or_default()
        )
    };
    let values = pages.iter().flat_map(|page| &page.secret_values).map(value);
    let errors = pages.iter().flat_map(|page| &page.errors);
    let errors = errors.map(|entry| format!("{} {} {}", entry.secret_id, entry.error_code, entry.message));
    values.chain(errors).collect()
}

fn joined(labels: &[strongroom::name::Text]) -> String {
    labels.iter().map(strongroom::name::Text::as_str).collect::<Vec<_>>().join(",")
}

/// An answer of the store as the model tells it.
pub fn outcome(answer: Result<Vec<String>, Error>) -> Outcome {
    answer.map_err(|error| Refusal { code: error.code().to_owned(), text: Some(error.message().to_string()) })
}

// The whole content, for the comparison after a crash.

/// Everything but the dates of reads, which may be lost.
pub type Content = Vec<String>;

impl Model {
    /// What the store must hold, as lines.
    pub fn content(&self) -> Content {
        let mut lines = Vec::new();
        for (name, secret) in NAMES.iter().filter_map(|name| Some((name, self.present(name)?))) {
            lines.push(format!(
                "{name} {} {:?} {} {} {:?} {:?}",
                secret.arn,
                Some(&secret.description).filter(|text| !text.is_empty()),
                secret.created,
                secret.changed,
                secret.due,
                secret.tags
            ));
            lines.push(format!("{:?} {:?}", secret.app.then_some(APP), secret.partner));
            // While it is scheduled nobody is shown policy and values.
            if secret.due.is_none() {
                lines.push(format!("policy {:?}", secret.policy.map(Policy::text)));
            }
            let mut versions: Vec<&Version> = secret.versions.iter().collect();
            versions.sort_by_key(|version| (version.created, version.id));
            for version in versions {
                let shut = self.is_shut(version.app);
                let value =
                    secret.due.is_none().then(|| if shut { "shut".to_owned() } else { shown_value(version.value) });
                lines.push(format!("{} {} {} {value:?}", token(version.id), version.created, labels(version)));
            }
        }
        lines
    }
    /// The same at the time of another: what a store is when its last commit was lost, and its clock went on.
    pub fn at_the_time_of(self, other: &Self) -> Self {
        Self { clock: other.clock, ..self }
    }
}

impl World {
    /// What the store holds, as lines; every version's value is opened.
    pub fn content(&self) -> Result<Content, Error> {
        let mut lines = Vec::new();
        let millis = |at: Option<Timestamp>| at.map(Timestamp::as_millis);
        let list = self.root.list_secrets(ListSecrets::new().include_planned_deletion(true).sort_by("name"))?;
        for secret in list.secret_list {
            let tags: Option<Vec<(String, String)>> =
                secret.tags.map(|tags| tags.iter().map(|tag| (tag.key.to_string(), tag.value.to_string())).collect());
            lines.push(format!(
                "{} {} {:?} {} {} {:?} {tags:?}",
                secret.name,
                secret.arn,
                secret.description,
                millis(secret.created_date).unwrap_or_default(),
                millis(secret.last_changed_date).unwrap_or_default(),
                millis(secret.deleted_date),
            ));
            lines.push(format!("{:?} {:?}", secret.kms_key_id, secret.secret_type));
            let live = secret.deleted_date.is_none();
            if live {
                let policy = self.root.get_resource_policy(GetResourcePolicy::new(&secret.name))?.resource_policy;
                lines.push(format!("policy {policy:?}"));
            }
            let request = ListSecretVersionIds::new(&secret.name).include_deprecated(true);
            for version in self.root.list_secret_version_ids(request)?.versions {
                let mut value = None;
                if live {
                    let request = GetSecretValue::new(&secret.name).version_id(&version.version_id);
                    value = Some(match self.root.get_secret_value(request) {
                        Ok(read) if read.secret_binary.is_some() => format!("bytes {:?}", read.value()),
                        Ok(read) => format!("text {:?}", read.value()),
                        Err(refused) if refused.code() == "DecryptionFailure" => "shut".to_owned(),
                        Err(refused) => return Err(refused),
                    });
                }
                let labels = joined(version.version_stages.as_deref().unwrap_or_default());
                lines.push(format!("{} {} {labels} {value:?}", version.version_id, version.created_date.as_millis()));
            }
        }
        Ok(lines)
    }
}
