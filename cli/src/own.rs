//! Answers that no AWS operation has, told the same way as those that do.

use strongroom::SecretText;
use strongroom::clock::Timestamp;
use strongroom::operation::{Facet, Sink, Tell};

/// Names and values, in this order.
#[derive(Debug, Default)]
pub struct Record(Vec<(&'static str, Cell)>);

/// One value.
#[derive(Debug)]
pub enum Cell {
    Text(String),
    /// In JSON alone; elsewhere its length.
    Secret(SecretText),
    Number(i64),
    Flag(bool),
    Time(Timestamp),
    List(Vec<Record>),
    Words(Vec<String>),
    /// As `Secret`.
    Secrets(Vec<SecretText>),
    Record(Box<Record>),
}

impl Record {
    pub fn new() -> Self {
        Self::default()
    }
    pub fn with(mut self, name: &'static str, value: impl Into<Cell>) -> Self {
        self.0.push((name, value.into()));
        self
    }
    pub fn with_some(self, name: &'static str, value: Option<impl Into<Cell>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
}
impl Tell for Record {
    fn tell(&self, sink: &mut dyn Sink) {
        sink.map(&mut |sink| {
            for (name, cell) in &self.0 {
                sink.entry(name, cell);
            }
        });
    }
    fn facet(&self) -> Facet<'_> {
        Facet::Structure
    }
}

impl Tell for Cell {
    fn tell(&self, sink: &mut dyn Sink) {
        match self {
            Self::Text(text) => sink.text(text),
            Self::Secret(text) => sink.secret_text(text),
            Self::Number(number) => sink.integer(*number),
            Self::Record(record) => record.tell(sink),
            Self::Flag(flag) => sink.boolean(*flag),
            Self::Time(instant) => sink.timestamp(*instant),
            Self::List(records) => sink.list(records.len(), &mut |index, sink| {
                if let Some(record) = records.get(index) {
                    record.tell(sink);
                }
            }),
            Self::Secrets(secrets) => sink.list(secrets.len(), &mut |index, sink| {
                if let Some(secret) = secrets.get(index) {
                    sink.secret_text(secret);
                }
            }),
            Self::Words(words) => sink.list(words.len(), &mut |index, sink| {
                if let Some(word) = words.get(index) {
                    sink.text(word);
                }
            }),
        }
    }
    fn facet(&self) -> Facet<'_> {
        match self {
            Self::Secrets(secrets) => Facet::Many(secrets.len()),
            Self::Text(text) => Facet::Text(text),
            Self::Secret(text) => Facet::Secret(text.as_secret_bytes().expose()),
            Self::Number(number) => Facet::Number(*number),
            Self::Record(_) => Facet::Structure,
            Self::Flag(flag) => Facet::Bool(*flag),
            Self::Time(instant) => Facet::Time(*instant),
            Self::List(records) => Facet::Many(records.len()),
            Self::Words(words) => Facet::Many(words.len()),
        }
    }
}
impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}
impl From<SecretText> for Cell {
    fn from(text: SecretText) -> Self {
        Self::Secret(text)
    }
}
impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}
impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}
impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}
impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}
impl From<Timestamp> for Cell {
    fn from(instant: Timestamp) -> Self {
        Self::Time(instant)
    }
}
impl From<Vec<Record>> for Cell {
    fn from(records: Vec<Record>) -> Self {
        Self::List(records)
    }
}
impl From<Vec<SecretText>> for Cell {
    fn from(secrets: Vec<SecretText>) -> Self {
        Self::Secrets(secrets)
    }
}
impl From<Vec<String>> for Cell {
    fn from(words: Vec<String>) -> Self {
        Self::Words(words)
    }
}

/// Records under one name.
#[derive(Debug)]
pub struct Listed<'r>(pub &'static str, pub &'r [Record]);

impl Tell for Listed<'_> {
    fn tell(&self, sink: &mut dyn Sink) {
        sink.map(&mut |sink| sink.entry(self.0, &Records(self.1)));
    }
    fn facet(&self) -> Facet<'_> {
        Facet::Structure
    }
}

struct Records<'r>(&'r [Record]);

impl Tell for Records<'_> {
    fn tell(&self, sink: &mut dyn Sink) {
        sink.list(self.0.len(), &mut |index, sink| {
            if let Some(record) = self.0.get(index) {
                record.tell(sink);
            }
        });
    }
    fn facet(&self) -> Facet<'_> {
        Facet::Many(self.0.len())
    }
}
