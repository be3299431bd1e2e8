//! What is to be imported, before the store has seen it.

use std::collections::BTreeMap;

use strongroom::{SecretBytes, SecretText};

use super::input::Origin;
use crate::failure::{Done, Exit, Failure};
use crate::flat::harmless;

/// A secret to be.
#[derive(Debug)]
pub struct Entry {
    pub name: String,
    pub origin: Origin,
    pub description: Option<String>,
    pub tags: Vec<(String, String)>,
    /// The one that is to be current first; none for a secret without a value.
    pub versions: Vec<Version>,
}

#[derive(Debug)]
pub struct Version {
    /// As the source has it; the store makes one of its own without it.
    pub id: Option<String>,
    pub labels: Vec<String>,
    pub value: Value,
}

#[derive(Debug)]
pub enum Value {
    Text(SecretText),
    Bytes(SecretBytes),
}

impl Value {
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.expose().as_bytes(),
            Self::Bytes(bytes) => bytes.expose(),
        }
    }
}

impl Entry {
    pub fn of_text(name: String, origin: Origin, text: SecretText) -> Self {
        Self::of(name, origin, Value::Text(text))
    }
    /// Text if it is UTF-8, bytes otherwise.
    pub fn of_bytes(name: String, origin: Origin, bytes: SecretBytes) -> Self {
        let value = bytes.into_text().map_or_else(Value::Bytes, Value::Text);
        Self::of(name, origin, value)
    }
    fn of(name: String, origin: Origin, value: Value) -> Self {
        let version = Version { id: None, labels: vec![CURRENT.to_owned()], value };
        Self { name, origin, description: None, tags: Vec::new(), versions: vec![version] }
    }
    /// Bytes of all its values.
    pub fn weight(&self) -> usize {
        self.versions.iter().map(|version| version.value.bytes().len()).sum()
    }
}

/// Entries as they are found.
#[derive(Debug)]
pub struct Entries {
    found: Vec<Entry>,
    skip_empty: bool,
}

impl Entries {
    pub fn new(skip_empty: bool) -> Self {
        Self { found: Vec::new(), skip_empty }
    }
    pub fn skips_empty(&self) -> bool {
        self.skip_empty
    }
    pub fn into_found(self) -> Vec<Entry> {
        self.found
    }
    /// Refuses a value that the store could not take, in words that say where it stands.
    pub fn add(&mut self, entry: Entry) -> Done {
        let shown = |entry: &Entry| format!("{}: `{}`", entry.origin, harmless(&entry.name));
        if entry.versions.iter().any(|version| version.value.bytes().is_empty()) {
            if self.skip_empty {
                return Ok(());
            }
            return Err(Failure::invalid(format!("{} has no value, and a secret must have one", shown(&entry)))
                .help("`--skip-empty` leaves such keys out"));
        }
        if let Some(version) = entry.versions.iter().find(|version| version.value.bytes().len() > VALUE_MAX) {
            return Err(Failure::invalid(format!(
                "{}: the value is {} bytes; the limit is {VALUE_MAX}",
                shown(&entry),
                version.value.bytes().len()
            )));
        }
        if self.found.len() >= ENTRIES_MAX {
            return Err(Failure::new(
                Exit::Invalid,
                "LimitExceeded",
                format!("{}: these are more than {ENTRIES_MAX} secrets", entry.origin),
            )
            .help("import them in parts"));
        }
        self.found.push(entry);
        Ok(())
    }
    /// Gives the entries the names that they are to have; no two have one.
    pub fn finish(mut self, prefix: &str, map: &[(String, String)]) -> Result<Vec<Entry>, Failure> {
        let map: BTreeMap<&str, &str> = map.iter().map(|(old, new)| (old.as_str(), new.as_str())).collect();
        for old in map.keys() {
            if self.found.iter().all(|entry| entry.name != **old) {
                return Err(Failure::usage(format!("`--map`: nothing is called `{}`", harmless(old))));
            }
        }
        let mut seen: BTreeMap<String, Origin> = BTreeMap::new();
        for entry in &mut self.found {
            let name = map.get(entry.name.as_str()).map_or(entry.name.as_str(), |new| new);
            entry.name = format!("{prefix}{name}");
            if let Some(first) = seen.insert(entry.name.clone(), entry.origin.clone()) {
                return Err(Failure::invalid(format!(
                    "{}: `{}` is there twice; the first stands at {first}",
                    entry.origin,
                    harmless(&entry.name)
                )));
            }
        }
        Ok(self.found)
    }
}

pub const CURRENT: &str = "AWSCURRENT";
pub const PREVIOUS: &str = "AWSPREVIOUS";
pub const VALUE_MAX: usize = 65_536;
pub const ENTRIES_MAX: usize = 100_000;
