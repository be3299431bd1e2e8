//! A secret's row as far as a list needs it, borrowed from the bytes that it is read from: a list reads every row there is, and
//! most of what a row holds is for others.

use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::Deletion;
use crate::clock::Timestamp;
use crate::model::replication::{Replication, region_of};
use crate::model::rotation::{RunKind, Step, Window};
use crate::model::version::{CURRENT, SealedAt};

/// The members of [`SecretRow`](super::SecretRow), in their order.
#[derive(Debug, Deserialize)]
pub(crate) struct SecretCard<'a> {
    pub name: &'a str,
    pub arn: &'a str,
    pub description: &'a str,
    _kms_key_id: Option<&'a str>,
    _key: Option<[u8; 16]>,
    pub created: Timestamp,
    pub last_changed: Timestamp,
    pub last_accessed: Option<Timestamp>,
    pub deletion: Option<Deletion>,
    #[serde(borrow)]
    pub tags: Option<Vec<TagCard<'a>>>,
    _policy: Option<PolicyCard<'a>>,
    pub versions: VersionsCard,
    _rotation: Option<RotationCard<'a>>,
    _last_rotated: Option<Timestamp>,
    replication: Option<Replication>,
    _secret_type: Option<&'a str>,
    _expires: Option<Timestamp>,
}
impl SecretCard<'_> {
    /// As [`SecretRow`](super::SecretRow) has it.
    pub(crate) fn primary_region(&self) -> Option<&str> {
        match self.replication.as_ref()? {
            Replication::Primary(_) => Some(region_of(self.arn)),
            Replication::ReplicaOf(region) => Some(region),
        }
    }
}

/// A tag.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct TagCard<'a> {
    pub key: &'a str,
    pub value: &'a str,
}

#[derive(Debug, Deserialize)]
struct PolicyCard<'a> {
    _text: &'a str,
    #[serde(borrow)]
    _principals: Vec<(&'a str, &'a str)>,
}

#[derive(Debug, Deserialize)]
struct RotationCard<'a> {
    _enabled: bool,
    _function: &'a str,
    _rules: (Option<i64>, Option<&'a str>, Option<&'a str>),
    _next: Option<Window>,
    #[serde(borrow)]
    _run: Option<RunCard<'a>>,
    _failure: Option<&'a str>,
}
#[derive(Debug, Deserialize)]
struct RunCard<'a> {
    _token: &'a str,
    _kind: RunKind,
    _step: Step,
    _began: Timestamp,
    _failures: u32,
    _not_before: Timestamp,
    _rotation_token: [u8; 16],
}

/// Of all versions, one answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VersionsCard {
    /// Has the current one a value?
    pub valued: bool,
}
#[derive(Deserialize)]
struct VersionCard<'a> {
    _id: &'a str,
    _created: Timestamp,
    _last_accessed: Option<Timestamp>,
    labels: LabelsCard,
    value: Option<SealedAt>,
}
/// Of all labels of a version, one answer: is it current?
struct LabelsCard(bool);

impl<'de> Deserialize<'de> for VersionsCard {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Versions;
        impl<'de> Visitor<'de> for Versions {
            type Value = VersionsCard;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("versions")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut versions: A) -> Result<VersionsCard, A::Error> {
                let mut valued = false;
                while let Some(version) = versions.next_element::<VersionCard<'de>>()? {
                    valued |= version.labels.0 && version.value.is_some();
                }
                Ok(VersionsCard { valued })
            }
        }
        deserializer.deserialize_seq(Versions)
    }
}
impl<'de> Deserialize<'de> for LabelsCard {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Labels;
        impl<'de> Visitor<'de> for Labels {
            type Value = LabelsCard;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("labels")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut labels: A) -> Result<LabelsCard, A::Error> {
                let mut current = false;
                while let Some(label) = labels.next_element::<&'de str>()? {
                    current |= label == CURRENT;
                }
                Ok(LabelsCard(current))
            }
        }
        deserializer.deserialize_seq(Labels)
    }
}
