//! Versions of a secret and the rules of staging labels (L1 to L11).
//!
//! A label sits on at most one version. `AWSCURRENT` moves and never just goes; what it leaves gets `AWSPREVIOUS`.
//! Every operation here either does all it says or leaves the row as it was.

use serde::{Deserialize, Serialize};

use super::secret::SecretRow;
use crate::clock::Timestamp;
use crate::error::{Error, codes::secretsmanager as code, secretsmanager as texts};
use crate::name::Text;

/// The label of the version that is served by default.
pub(crate) const CURRENT: &str = "AWSCURRENT";
/// The label of the version that was current before.
pub(crate) const PREVIOUS: &str = "AWSPREVIOUS";
/// The label of the version that a rotation is making.
pub(crate) const PENDING: &str = "AWSPENDING";

/// Labels over all versions of one secret (an AWS quota).
pub(crate) const LABELS_MAX: usize = 20;
/// Deprecated versions beyond this many are cleaned up, oldest first.
pub(crate) const DEPRECATED_KEPT: usize = 100;
/// No version younger than this is cleaned up.
pub(crate) const KEPT_FOR_MS: i64 = Timestamp::DAY_MS;
/// Versions of one secret, whatever their age, unless the host sets another cap. AWS does not publish its number.
pub(crate) const VERSIONS_MAX: usize = 1_000;

/// One version of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VersionRow {
    /// The `ClientRequestToken` of the request that made it, 32 to 64 characters.
    pub id: Text,
    pub created: Timestamp,
    /// Midnight UTC of the day of the last read.
    pub last_accessed: Option<Timestamp>,
    /// Sorted; empty: deprecated.
    pub labels: Vec<Text>,
    /// `None`: made by a rotation that has not stored a value yet.
    pub value: Option<SealedAt>,
}

/// Where and under what a version's value is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SealedAt {
    /// KMS key.
    pub key: [u8; 16],
    /// Is it a multi-Region key? (Header flag of the sealed bytes.)
    pub multi_region: bool,
    /// Number of the key's material.
    pub material: u32,
    /// Write sequence at which the version row was written; an older copy of the row fails to open.
    pub sequence: u64,
    /// `SecretBinary`, not `SecretString`.
    pub binary: bool,
}

impl VersionRow {
    /// Without labels: not shown by default, and subject to clean-up (L9).
    pub(crate) fn deprecated(&self) -> bool {
        self.labels.is_empty()
    }
    /// Is this label on it?
    pub(crate) fn carries(&self, label: &str) -> bool {
        self.labels.iter().any(|own| own == label)
    }
    fn attach(&mut self, label: &Text) {
        if let Err(place) = self.labels.binary_search(label) {
            self.labels.insert(place, label.clone());
        }
    }
    fn detach(&mut self, label: &str) {
        self.labels.retain(|own| own != label);
    }
}

/// Which version a request asks for, as sent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked<'a> {
    pub version_id: Option<&'a str>,
    pub stage: Option<&'a str>,
}

/// A value that has been sealed and now becomes a version.
#[derive(Clone, Debug)]
pub(crate) struct NewVersion {
    /// The request's token.
    pub id: Text,
    pub created: Timestamp,
    pub value: SealedAt,
}

/// What UpdateSecretVersionStage asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct LabelMove<'a> {
    pub label: &'a Text,
    pub remove_from: Option<&'a str>,
    pub move_to: Option<&'a str>,
}

impl SecretRow {
    /// The version with that id.
    pub(crate) fn version(&self, id: &str) -> Option<&VersionRow> {
        self.versions.iter().find(|version| version.id == id)
    }
    /// The version that carries that label.
    pub(crate) fn holder(&self, label: &str) -> Option<&VersionRow> {
        self.versions.iter().find(|version| version.carries(label))
    }

    /// The version that a request is about, whether or not it can be served: what the condition keys `VersionId` and
    /// `VersionStage` are filled from. `None` as well if id and label name two versions.
    pub(crate) fn asked_for(&self, asked: Asked<'_>) -> Option<&VersionRow> {
        match (asked.version_id, asked.stage) {
            (None, stage) => self.holder(stage.unwrap_or(CURRENT)),
            (Some(id), None) => self.version(id),
            (Some(id), Some(stage)) => self.version(id).filter(|version| version.carries(stage)),
        }
    }

    /// The version that GetSecretValue serves, with its value's place.
    /// # Errors
    /// `NotFound`: no such version or label, or no value stored yet, in the words of the way it was asked.
    /// `InvalidState`: the label is not on the version of that id.
    pub(crate) fn resolve(&self, asked: Asked<'_>) -> Result<(&VersionRow, SealedAt), Error> {
        let version = match (asked.version_id, asked.stage) {
            (Some(id), stage) => {
                let version = self.version(id).ok_or_else(|| texts::version_not_found(id))?;
                if stage.is_some_and(|stage| !version.carries(stage)) {
                    return Err(texts::label_not_on_version());
                }
                version
            }
            (None, stage) => {
                let stage = stage.unwrap_or(CURRENT);
                self.holder(stage).ok_or_else(|| texts::label_not_found(stage))?
            }
        };
        let value = self.source_of(version).and_then(|source| source.value).ok_or_else(|| match asked.version_id {
            Some(id) => texts::version_not_found(id),
            None => texts::label_not_found(asked.stage.unwrap_or(CURRENT)),
        })?;
        Ok((version, value))
    }
    /// The version whose value a version shows: its own, or, of one that only stands in while a rotation is tested, the
    /// current one's. Nothing is copied for that.
    pub(crate) fn source_of<'r>(&'r self, version: &'r VersionRow) -> Option<&'r VersionRow> {
        if version.value.is_none() && self.is_stand_in(version) { self.holder(CURRENT) } else { Some(version) }
    }

    /// Where a version of this very row stands in it.
    pub(crate) fn place_of(&self, version: &VersionRow) -> usize {
        self.versions.iter().position(|other| std::ptr::eq(other, version)).unwrap_or(usize::MAX)
    }

    /// Versions that ListSecretVersionIds answers: those that hold a value, deprecated ones only on request. Oldest first.
    pub(crate) fn listed(&self, include_deprecated: bool) -> impl Iterator<Item = &VersionRow> {
        self.versions
            .iter()
            .filter(move |version| version.value.is_some() && (include_deprecated || !version.deprecated()))
    }
    /// Versions in the map of DescribeSecret: those with labels, with or without value. Oldest first.
    pub(crate) fn labelled(&self) -> impl Iterator<Item = &VersionRow> {
        self.versions.iter().filter(|version| !version.deprecated())
    }

    /// Adds a version, or stores the value of one that a rotation made without. `stages` are the labels asked for; empty:
    /// `AWSCURRENT` (L1). Rules L1 to L5, L7, L8 and L11, then clean-up.
    ///
    /// Returns the versions that the clean-up dropped; their sealed rows are the caller's to remove.
    /// # Errors
    /// `AlreadyExists`: that id is in use with a value. `LimitExceeded`: more than 20 labels, or `versions_max` versions.
    pub(crate) fn put_version(
        &mut self,
        new: NewVersion,
        stages: &[Text],
        versions_max: usize,
    ) -> Result<Vec<VersionRow>, Error> {
        let NewVersion { id, created, value } = new;
        let mut versions = self.versions.clone();
        let first = versions.is_empty();
        match versions.iter_mut().find(|version| version.id == id) {
            Some(known) if known.value.is_some() => return Err(texts::token_in_use(&id, &self.arn)),
            Some(empty) => empty.value = Some(value),
            None => versions.push(VersionRow {
                id: id.clone(),
                created,
                last_accessed: None,
                labels: Vec::new(),
                value: Some(value),
            }),
        }
        for stage in stages.iter().filter(|stage| **stage != CURRENT) {
            attach(&mut versions, stage, &id);
        }
        let promotes = stages.is_empty() || first || stages.iter().any(|stage| stage == CURRENT);
        if promotes && let Some(before) = make_current(&mut versions, &id) {
            // L7: what was promoted and is now replaced is no longer being made. A mere move of the label does not say so.
            versions.iter_mut().filter(|version| version.id == before).for_each(|version| version.detach(PENDING));
        }
        check_labels(&versions)?;
        let dropped = clean_up(&mut versions, created);
        if versions.len() > versions_max {
            let text = format!("secret has {} versions; the limit is {versions_max}", self.versions.len());
            return Err(Error::new(&code::LIMIT_EXCEEDED, text));
        }
        self.versions = versions;
        Ok(dropped)
    }

    /// UpdateSecretVersionStage. Returns whether anything changed.
    /// # Errors
    /// `NotFound`: an id that no version has. `InvalidRequest`: the label is elsewhere, `AWSCURRENT` would be on no version,
    /// or there is nothing to do. `LimitExceeded`: more than 20 labels.
    pub(crate) fn move_label(&mut self, asked: LabelMove<'_>) -> Result<bool, Error> {
        let LabelMove { label, remove_from, move_to } = asked;
        for id in [remove_from, move_to].into_iter().flatten() {
            self.version(id).ok_or_else(|| texts::version_not_found(id))?;
        }
        // What only stands in while a rotation is tested is about to go, and its labels with it.
        if let Some(to) = move_to.and_then(|to| self.version(to)).filter(|to| self.is_stand_in(to)) {
            return Err(texts::stand_in_takes_no_label(&to.id));
        }
        let holder = self.holder(label).map(|version| version.id.clone());
        if let Some(from) = remove_from
            && holder.as_ref().is_none_or(|holder| holder != from)
        {
            return Err(texts::label_not_attached(label, from));
        }
        let mut versions = self.versions.clone();
        match (move_to, holder) {
            (None, _) if remove_from.is_none() => {
                return Err(texts::no_version_named());
            }
            (None, _) if label == CURRENT => return Err(texts::current_is_never_removed()),
            (None, _) => versions.iter_mut().for_each(|version| version.detach(label)),
            (Some(to), Some(holder)) if holder == to => return Ok(false),
            (Some(_), Some(holder)) if remove_from.is_none() => {
                return Err(texts::label_attached_elsewhere(label, holder));
            }
            (Some(to), _) if label == CURRENT => {
                make_current(&mut versions, to);
            }
            (Some(to), _) => attach(&mut versions, label, to),
        }
        check_labels(&versions)?;
        self.versions = versions;
        Ok(true)
    }

    /// Puts `AWSPENDING` on the version that a rotation is to make, and makes it, without a value, if it is not there.
    /// # Errors
    /// `LimitExceeded`: more than 20 labels, or `versions_max` versions.
    pub(crate) fn pend_version(&mut self, id: &Text, created: Timestamp, versions_max: usize) -> Result<(), Error> {
        let mut versions = self.versions.clone();
        if self.version(id).is_none() {
            if versions.len() >= versions_max {
                return Err(texts::too_many_versions());
            }
            versions.push(VersionRow { id: id.clone(), created, last_accessed: None, labels: Vec::new(), value: None });
        }
        attach(&mut versions, &Text::from(PENDING), id);
        check_labels(&versions)?;
        self.versions = versions;
        Ok(())
    }
    /// Takes `AWSPENDING` from whatever version has it.
    pub(crate) fn unpend(&mut self) {
        self.versions.iter_mut().for_each(|version| version.detach(PENDING));
    }

    /// Drops deprecated versions beyond the newest 100, oldest first, but none younger than a day; returns them.
    pub(crate) fn clean_up(&mut self, observed: Timestamp) -> Vec<VersionRow> {
        clean_up(&mut self.versions, observed)
    }
}

/// Puts the label on one version and takes it from every other.
fn attach(versions: &mut [VersionRow], label: &Text, to: &str) {
    for version in versions {
        if version.id == to { version.attach(label) } else { version.detach(label) }
    }
}

/// Moves `AWSCURRENT` and with it `AWSPREVIOUS` (L4, L5). Returns the version that was current before, if another one was.
fn make_current(versions: &mut [VersionRow], to: &str) -> Option<Text> {
    let before = versions.iter().find(|version| version.carries(CURRENT)).map(|version| version.id.clone());
    let before = before.filter(|before| before != to);
    attach(versions, &Text::from(CURRENT), to);
    if let Some(before) = &before {
        attach(versions, &Text::from(PREVIOUS), before);
    }
    before
}

/// L11.
fn check_labels(versions: &[VersionRow]) -> Result<(), Error> {
    let labels = versions.iter().fold(0_usize, |sum, version| sum.saturating_add(version.labels.len()));
    if labels > LABELS_MAX {
        return Err(texts::too_many_labels());
    }
    Ok(())
}

fn clean_up(versions: &mut Vec<VersionRow>, observed: Timestamp) -> Vec<VersionRow> {
    let deprecated = versions.iter().filter(|version| version.deprecated()).count();
    let mut surplus = deprecated.saturating_sub(DEPRECATED_KEPT);
    let keep_since = observed.plus_millis(-KEPT_FOR_MS);
    versions
        .extract_if(.., |version| {
            // Only the oldest may go: one that is young keeps its place among the surplus, so that no newer one goes for it.
            let goes = version.deprecated() && surplus > 0;
            surplus = surplus.saturating_sub(usize::from(goes));
            goes && version.created <= keep_since
        })
        .collect()
}

#[cfg(test)]
mod tests;
