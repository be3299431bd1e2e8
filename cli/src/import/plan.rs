//! Putting entries into the store. What is to be done is found out by doing it, in a transaction that is taken back: the store's
//! own rules and policies decide, and no other.

use std::fmt::Write as _;
use std::io::{IsTerminal, Write as _};

use strongroom::name::Text;
use strongroom::operation::secretsmanager::{
    CreateSecret, DescribeSecretResponse, GetSecretValue, PutSecretValue, Tag, TagResource, UpdateSecret,
    UpdateSecretVersionStage,
};
use strongroom::{Error, ErrorKind, SecretBytes, SecretText, Session, Transaction};

use super::Conflict;
use super::entry::{CURRENT, Entry, PREVIOUS, Value, Version};
use crate::failure::{Exit, Failure};
use crate::flat::harmless;
use crate::own::Record;
use crate::run::Run;

/// How it is to be done.
pub struct Plan<'p> {
    pub conflict: Conflict,
    pub tags: &'p [(String, String)],
    pub kms_key: Option<&'p str>,
    pub dry_run: bool,
}

/// What was done, or would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Create,
    Update,
    Unchanged,
    Skip,
}

pub struct Told {
    name: String,
    action: Action,
}

impl Told {
    pub fn record(&self) -> Record {
        let action = match self.action {
            Action::Create => "create",
            Action::Update => "update",
            Action::Unchanged => "unchanged",
            Action::Skip => "skip",
        };
        Record::new().with("Name", harmless(&self.name)).with("Action", action)
    }
}

/// Why one entry cannot be put.
enum Refused {
    By(Error),
    Exists,
    Deleted,
}
impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::By(error)
    }
}

/// Why a transaction is taken back.
enum Back {
    /// It was for looking only.
    Looked(Vec<Told>),
    Failed(Failure),
}
impl From<Error> for Back {
    fn from(error: Error) -> Self {
        Self::Failed(error.into())
    }
}

impl Plan<'_> {
    pub fn run(&self, run: &Run, entries: &[Entry]) -> Result<Vec<Told>, Failure> {
        if self.dry_run {
            // Not as others work: they also write what is due.
            let room = run.open()?;
            let session = run.session(&room, run.settings.principal.value.as_str())?;
            return self.look(&session, entries);
        }
        run.as_principal(|session| {
            let batches = batches(entries);
            if batches.len() > 1 {
                // Nothing is begun that could not be ended; a name that is taken meanwhile is another matter.
                self.look(session, entries)?;
            }
            let mut done = Vec::new();
            let mut progress = Progress::new(entries.len());
            for batch in &batches {
                let told = session.transaction(|t| self.all(t, batch, &mut progress)).map_err(|back| match back {
                    Back::Failed(failure) if !done.is_empty() => failure.why(format!(
                        "{} of {} secrets are imported; `--on-conflict update` goes on from there",
                        done.len(),
                        entries.len()
                    )),
                    Back::Failed(failure) => failure,
                    Back::Looked(_) => Failure::new(Exit::Other, "Other", "nothing was written"),
                })?;
                done.extend(told);
            }
            Ok(done)
        })
    }

    fn look(&self, session: &Session, entries: &[Entry]) -> Result<Vec<Told>, Failure> {
        let mut all = Vec::new();
        let mut progress = Progress::new(entries.len());
        for batch in batches(entries) {
            let looked: Result<(), Back> =
                session.transaction(|t| Err(Back::Looked(self.all(t, batch, &mut progress)?)));
            match looked {
                Err(Back::Looked(told)) => all.extend(told),
                Err(Back::Failed(failure)) => return Err(failure),
                Ok(()) => {}
            }
        }
        Ok(all)
    }

    /// All of them, or all that is wrong with them.
    fn all(&self, t: &Transaction<'_>, entries: &[Entry], progress: &mut Progress) -> Result<Vec<Told>, Back> {
        let mut told = Vec::with_capacity(entries.len());
        let mut wrong: Vec<(&Entry, Failure)> = Vec::new();
        for entry in entries {
            match self.one(t, entry) {
                Ok(action) => told.push(Told { name: entry.name.clone(), action }),
                // These are not about one entry.
                Err(Refused::By(error))
                    if matches!(
                        error.kind(),
                        ErrorKind::Storage | ErrorKind::AuditUnavailable | ErrorKind::Locked | ErrorKind::Busy
                    ) =>
                {
                    return Err(error.into());
                }
                Err(refused) => wrong.push((entry, self.told(refused))),
            }
            progress.step();
        }
        if wrong.is_empty() { Ok(told) } else { Err(Back::Failed(gathered(wrong))) }
    }

    fn told(&self, refused: Refused) -> Failure {
        let failure = match refused {
            Refused::By(error) if error.kind() == ErrorKind::AlreadyExists => Failure::from(error),
            Refused::By(error) => return Failure::from(error),
            Refused::Exists => Failure::new(Exit::Conflict, "AlreadyExists", "there is a secret of that name already"),
            Refused::Deleted => {
                return Failure::new(Exit::Conflict, "InvalidState", "a secret of that name is scheduled for deletion")
                    .help("`strongroom restore NAME` takes it back, `strongroom rm NAME --now` ends it");
            }
        };
        match self.conflict {
            Conflict::Fail => {
                failure.help("`--on-conflict skip` leaves what is there, `--on-conflict update` gives it a new version")
            }
            _ => failure,
        }
    }

    fn one(&self, t: &Transaction<'_>, entry: &Entry) -> Result<Action, Refused> {
        // To create what is there already, with the same version, is no error to AWS: so it is looked for first. Who may not
        // look tries.
        match t.describe_secret(entry.name.as_str()) {
            Ok(found) if found.deleted_date.is_some() => return Err(Refused::Deleted),
            Ok(_) => return self.existing(t, entry, || Refused::Exists),
            Err(error) if error.kind() == ErrorKind::NotFound || error.is_access_denied() => {}
            Err(error) => return Err(error.into()),
        }
        match self.create(t, entry) {
            Ok(()) => Ok(Action::Create),
            Err(exists) if exists.kind() == ErrorKind::AlreadyExists => self.existing(t, entry, || exists.into()),
            Err(error) => Err(error.into()),
        }
    }
    fn existing(
        &self,
        t: &Transaction<'_>,
        entry: &Entry,
        refused: impl FnOnce() -> Refused,
    ) -> Result<Action, Refused> {
        match self.conflict {
            Conflict::Fail => Err(refused()),
            Conflict::Skip => Ok(Action::Skip),
            Conflict::Update => Ok(self.update(t, entry)?),
        }
    }

    /// The version before the current one comes first, so that the labels move by themselves; other labels follow.
    fn create(&self, t: &Transaction<'_>, entry: &Entry) -> Result<(), Error> {
        let mut request = CreateSecret::new(entry.name.as_str());
        request.description = entry.description.as_deref().filter(|text| !text.is_empty()).map(Into::into);
        request.kms_key_id = self.kms_key.map(Into::into);
        let tags = self.tags_of(entry);
        request.tags = (!tags.is_empty()).then_some(tags);
        let (first, rest) = match entry.versions.as_slice() {
            [current, previous, rest @ ..] if previous.has(PREVIOUS) => (Some(previous), Some((current, rest))),
            [current, rest @ ..] => (Some(current), Some((current, rest))),
            [] => (None, None),
        };
        if let Some(first) = first {
            request.client_request_token = first.token();
            match first.value.copy() {
                Value::Text(text) => request.secret_string = Some(text),
                Value::Bytes(bytes) => request.secret_binary = Some(bytes),
            }
        }
        let created = t.create_secret(request)?;
        let (Some(first), Some((current, rest))) = (first, rest) else { return Ok(()) };
        let mut ids = vec![(first, created.version_id)];
        if !std::ptr::eq(first, current) {
            ids.push((current, Some(put(t, entry, current, &[])?)));
        }
        for version in rest {
            let labels: Vec<&str> = version.labels.iter().map(String::as_str).collect();
            put(t, entry, version, &labels)?;
        }
        for (version, id) in ids {
            for label in version.labels.iter().filter(|label| ![CURRENT, PREVIOUS].contains(&label.as_str())) {
                let mut request = UpdateSecretVersionStage::new(entry.name.as_str(), label.as_str());
                request.move_to_version_id.clone_from(&id);
                t.update_secret_version_stage(request)?;
            }
        }
        Ok(())
    }

    /// What differs is set; the value that was current becomes the one before.
    fn update(&self, t: &Transaction<'_>, entry: &Entry) -> Result<Action, Error> {
        let found = t.describe_secret(entry.name.as_str())?;
        let mut changed = false;
        let description =
            entry.description.as_deref().filter(|text| found.description.as_deref().unwrap_or_default() != *text);
        if description.is_some() || self.kms_key.is_some_and(|key| found.kms_key_id.as_deref() != Some(key)) {
            let mut request = UpdateSecret::new(entry.name.as_str());
            request.description = description.map(Into::into);
            request.kms_key_id = self.kms_key.map(Into::into);
            t.update_secret(request)?;
            changed = true;
        }
        let tags: Vec<Tag> = self.tags_of(entry).into_iter().filter(|tag| !has_tag(&found, tag)).collect();
        if !tags.is_empty() {
            t.tag_resource(TagResource::new(entry.name.as_str(), tags))?;
            changed = true;
        }
        // What was current before here was not so elsewhere: of the source only the current version and labels of its own count.
        for version in entry.versions.iter().filter(|version| !version.has(PREVIOUS)) {
            let mut missing = Vec::new();
            for label in &version.labels {
                if !holds(t, entry, label, version)? {
                    missing.push(label.as_str());
                }
            }
            if !missing.is_empty() {
                let id = put(t, entry, version, &missing)?;
                label(t, entry, &id, &missing)?;
                changed = true;
            }
        }
        Ok(if changed { Action::Update } else { Action::Unchanged })
    }

    fn tags_of(&self, entry: &Entry) -> Vec<Tag> {
        let own = entry.tags.iter().filter(|(key, _)| self.tags.iter().all(|(other, _)| other != key));
        own.chain(self.tags).map(|(key, value)| Tag::new(key, value)).collect()
    }
}

fn has_tag(found: &DescribeSecretResponse, tag: &Tag) -> bool {
    found.tags.iter().flatten().any(|has| (&has.key, &has.value) == (&tag.key, &tag.value))
}

/// Does the label stand on a version of that very value? Whoever may not read it cannot say so, and puts it again.
fn holds(t: &Transaction<'_>, entry: &Entry, label: &str, version: &Version) -> Result<bool, Error> {
    let request = GetSecretValue::new(entry.name.as_str()).version_stage(label);
    match t.get_secret_value(request) {
        Ok(found) => Ok(match &version.value {
            Value::Text(text) => found.secret_string.is_some_and(|found| found.ct_eq(text)),
            Value::Bytes(bytes) => found.secret_binary.is_some_and(|found| found.ct_eq(bytes)),
        }),
        Err(error) if error.kind() == ErrorKind::NotFound || error.is_access_denied() => Ok(false),
        Err(error) => Err(error),
    }
}

fn put(t: &Transaction<'_>, entry: &Entry, version: &Version, labels: &[&str]) -> Result<Text, Error> {
    let mut request = PutSecretValue::new(entry.name.as_str());
    match version.value.copy() {
        Value::Text(text) => request.secret_string = Some(text),
        Value::Bytes(bytes) => request.secret_binary = Some(bytes),
    }
    request.client_request_token = version.token();
    request.version_stages = (!labels.is_empty()).then(|| labels.iter().map(|label| (*label).into()).collect());
    Ok(t.put_secret_value(request)?.version_id)
}

/// Moves labels to a version that was there before: putting it again has not.
fn label(t: &Transaction<'_>, entry: &Entry, id: &Text, labels: &[&str]) -> Result<(), Error> {
    let found = t.describe_secret(entry.name.as_str())?;
    for label in labels {
        let holder =
            found.version_ids_to_stages.iter().flatten().find(|(_, held)| held.iter().any(|has| **has == **label));
        if holder.is_some_and(|(holder, _)| holder == id) {
            continue;
        }
        let mut request = UpdateSecretVersionStage::new(entry.name.as_str(), *label).move_to_version_id(id.clone());
        request.remove_from_version_id = holder.map(|(holder, _)| holder.clone());
        t.update_secret_version_stage(request)?;
    }
    Ok(())
}

impl Version {
    fn has(&self, label: &str) -> bool {
        self.labels.iter().any(|found| found == label)
    }
    fn token(&self) -> Option<Text> {
        self.id.as_deref().map(Into::into)
    }
}

impl Value {
    fn copy(&self) -> Self {
        match self {
            Self::Text(text) => Self::Text(SecretText::from(text.expose())),
            Self::Bytes(bytes) => Self::Bytes(SecretBytes::copy_of(bytes.expose())),
        }
    }
}

/// Several faults as one failure of several lines.
fn gathered(mut wrong: Vec<(&Entry, Failure)>) -> Failure {
    let count = wrong.len();
    let line = |(entry, failure): &(&Entry, Failure)| {
        format!("{}: `{}`: {}", entry.origin, harmless(&entry.name), failure.message)
    };
    let mut text = wrong.iter().take(SHOWN_MAX).map(line).collect::<Vec<_>>().join("\n  ");
    if count > SHOWN_MAX {
        // Writing to a string does not fail.
        let _ = write!(text, "\n  and {} more", count.saturating_sub(SHOWN_MAX));
    }
    if count > 1 {
        text = format!("nothing was imported; {count} secrets cannot be\n  {text}");
    }
    let (_, first) = wrong.swap_remove(0);
    Failure { message: text, ..first }
}

/// In one transaction, as long as that is not too much to hold at once.
fn batches(entries: &[Entry]) -> Vec<&[Entry]> {
    let mut batches = Vec::new();
    let mut rest = entries;
    while !rest.is_empty() {
        let mut weight: usize = 0;
        let fits = |entry: &&Entry| {
            weight = weight.saturating_add(entry.weight());
            weight <= BATCH_BYTES
        };
        let count = rest.iter().take(BATCH_SECRETS).take_while(fits).count().max(1);
        let (batch, after) = rest.split_at_checked(count).unwrap_or((rest, &[]));
        batches.push(batch);
        rest = after;
    }
    batches
}

/// How far it is, for a person who waits.
struct Progress {
    shown: bool,
    done: usize,
    all: usize,
}

impl Progress {
    fn new(all: usize) -> Self {
        Self { shown: all >= STEP && std::io::stderr().is_terminal(), done: 0, all }
    }
    fn step(&mut self) {
        self.done = self.done.saturating_add(1);
        if self.shown && (self.done.is_multiple_of(STEP) || self.done == self.all) {
            // That nobody can see it is no reason to fail.
            let mut errors = std::io::stderr().lock();
            let _ = write!(errors, "\r{} of {}", self.done, self.all);
            let _ = if self.done == self.all { writeln!(errors) } else { errors.flush() };
        }
    }
}

const STEP: usize = 500;
const SHOWN_MAX: usize = 20;
const BATCH_SECRETS: usize = 20_000;
const BATCH_BYTES: usize = 64 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::input::Origin;

    #[test]
    fn what_is_too_much_for_one_transaction_is_cut_and_nothing_is_lost() {
        let entry = |len: usize| {
            let origin = Origin { label: "x".to_owned(), line: 1 };
            Entry::of_bytes("n".to_owned(), origin, SecretBytes::from(vec![1; len]))
        };
        let counts = |entries: &[Entry]| batches(entries).iter().map(|batch| batch.len()).collect::<Vec<_>>();
        assert_eq!(counts(&[]), Vec::<usize>::new());
        assert_eq!(counts(&[entry(1), entry(2)]), [2]);
        let many: Vec<Entry> = (0..BATCH_SECRETS + 5).map(|_| entry(1)).collect();
        assert_eq!(counts(&many), [BATCH_SECRETS, 5]);
        let heavy: Vec<Entry> = (0..1_030).map(|_| entry(65_536)).collect();
        assert_eq!(counts(&heavy), [1_024, 6]);
    }
}
