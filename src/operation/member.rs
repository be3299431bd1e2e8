//! How a value is told and taken, member by member. No format is known in here: a format is one [`Source`] and one
//! [`Sink`].

use std::fmt;

use strongroom_keystore::{SecretBytes, SecretText};

use super::check::{Path, Violation, inspect};
use super::condition::{self, ConditionValue};
use super::pattern::Pattern;
use super::value::Blob;
use crate::clock::Timestamp;
use crate::name::Text;

/// One line of a shape: what the wire, the CLI, condition keys, documentation and fuzz dictionaries read.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Spec {
    /// Name in Rust, such as `secret_id`.
    pub field: &'static str,
    /// Name at AWS, such as `SecretId`.
    pub wire: &'static str,
    /// A request without it is refused.
    pub required: bool,
    /// Its content is never shown: not in errors, not in `Debug`, not in audit records.
    pub secret: bool,
    /// Constraints of the AWS model on the value itself.
    pub rules: &'static [Rule],
    /// Constraints on each element of a list of texts or choices.
    pub each: &'static [Rule],
    /// Condition keys that a request fills from this member, present exactly when the member was sent. A key that ends in
    /// `/` or `:` is a prefix: what follows names a pair of the member (`aws:RequestTag/Team`).
    pub keys: &'static [&'static str],
}

impl Spec {
    /// The line of no member.
    pub(crate) const NONE: Self = Self::new(["", ""], false, false, [&[], &[]], &[]);

    pub(crate) const fn new(
        [field, wire]: [&'static str; 2],
        required: bool,
        secret: bool,
        [rules, each]: [&'static [Rule]; 2],
        keys: &'static [&'static str],
    ) -> Self {
        Self { field, wire, required, secret, rules, each, keys }
    }
}

/// A constraint of the AWS model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// Least and greatest length: characters of a text, bytes of a blob or a secret.
    Length(usize, usize),
    /// Least and greatest number of elements.
    Items(usize, usize),
    /// Least and greatest value.
    Range(i64, i64),
    /// One of the named patterns.
    Matches(Pattern),
}

/// Upper bound of a [`Rule`] where the model has none.
pub const ANY: usize = usize::MAX;

/// Why a body could not be taken. It never carries the content of a secret.
#[derive(Debug)]
#[non_exhaustive]
pub enum Refused {
    /// Not of the right form: `SerializationException`.
    Malformed(Malformed),
    /// Of the right form, against the model: `ValidationException`. The value was read to its end, so whoever takes it can
    /// go on and gather what else is wrong.
    Invalid(Vec<Violation>),
}

/// Where and how the form broke. It never carries input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Malformed {
    /// Byte offset in the body.
    pub at: usize,
    /// What was expected or is not allowed there.
    pub what: &'static str,
}
impl Malformed {
    /// At a byte offset, in a few words.
    #[must_use]
    pub fn new(at: usize, what: &'static str) -> Self {
        Self { at, what }
    }
}
impl From<Malformed> for Refused {
    fn from(malformed: Malformed) -> Self {
        Self::Malformed(malformed)
    }
}

/// Takes one member or element and reads it to its end.
pub type TakeOne<'c> = &'c mut dyn FnMut(&mut dyn Source) -> Result<(), Refused>;
/// Takes the member of a name; `false` means that there is no such member, and nothing was read: the source skips it.
pub type TakeMember<'c> = &'c mut dyn FnMut(&str, &mut dyn Source) -> Result<bool, Refused>;
/// Takes the entry of a key and reads its value to its end.
pub type TakeEntry<'c> = &'c mut dyn FnMut(&str, &mut dyn Source) -> Result<(), Refused>;

/// Gives values: a JSON body, a form body, command-line flags, a fuzzer. Each call reads exactly one value.
///
/// # Errors
/// Every function answers `Malformed` when the next value is not of the kind that was asked for.
#[expect(clippy::missing_errors_doc, reason = "said once, above")]
pub trait Source {
    /// Calls `member` for each member that is there and not null.
    fn structure(&mut self, member: TakeMember<'_>) -> Result<(), Refused>;
    /// Calls `each` for each element.
    fn list(&mut self, each: TakeOne<'_>) -> Result<(), Refused>;
    /// Calls `entry` for each entry.
    fn map(&mut self, entry: TakeEntry<'_>) -> Result<(), Refused>;
    /// Text that is no secret.
    fn text(&mut self) -> Result<Text, Refused>;
    /// Text, straight into an exact-size wiped buffer.
    fn secret_text(&mut self) -> Result<SecretText, Refused>;
    /// Bytes that are no secret.
    fn blob(&mut self) -> Result<Blob, Refused>;
    /// Bytes, straight into an exact-size wiped buffer.
    fn secret_blob(&mut self) -> Result<SecretBytes, Refused>;
    /// A whole number.
    fn integer(&mut self) -> Result<i64, Refused>;
    /// `true` or `false`.
    fn boolean(&mut self) -> Result<bool, Refused>;
    /// An instant.
    fn timestamp(&mut self) -> Result<Timestamp, Refused>;
}

/// Takes values: a JSON answer, an XML answer, a table on a terminal.
pub trait Sink {
    /// A structure: `members` calls [`member`](Sink::member) for each member that is there.
    fn structure(&mut self, members: &mut dyn FnMut(&mut dyn Sink));
    /// One member of a structure.
    fn member(&mut self, spec: &'static Spec, value: &dyn Tell);
    /// A list: `each` tells the element of an index below `len`.
    fn list(&mut self, len: usize, each: &mut dyn FnMut(usize, &mut dyn Sink));
    /// A map: `entries` calls [`entry`](Sink::entry) for each entry, in the order of the keys' bytes.
    fn map(&mut self, entries: &mut dyn FnMut(&mut dyn Sink));
    /// One entry of a map.
    fn entry(&mut self, key: &str, value: &dyn Tell);
    /// Text that is no secret.
    fn text(&mut self, text: &str);
    /// Text that must not be shown or copied to memory that is not wiped.
    fn secret_text(&mut self, text: &SecretText);
    /// Bytes that are no secret.
    fn blob(&mut self, bytes: &[u8]);
    /// Bytes that must not be shown or copied to memory that is not wiped.
    fn secret_blob(&mut self, bytes: &SecretBytes);
    /// A whole number.
    fn integer(&mut self, number: i64);
    /// `true` or `false`.
    fn boolean(&mut self, value: bool);
    /// An instant.
    fn timestamp(&mut self, instant: Timestamp);
}

/// A value seen from outside: what constraints and condition keys need to know of it.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Facet<'a> {
    /// Text.
    Text(&'a str),
    /// Text of a closed set, and the set.
    Choice(&'a str, &'static [&'static str]),
    /// A whole number.
    Number(i64),
    /// `true` or `false`.
    Bool(bool),
    /// An instant.
    Time(Timestamp),
    /// Secret content.
    Secret(&'a [u8]),
    /// Bytes that are no secret, but no text to show either.
    Blob(&'a [u8]),
    /// A list or a map and its number of elements.
    Many(usize),
    /// A structure.
    Structure,
}
impl fmt::Debug for Facet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) | Self::Choice(text, _) => write!(f, "{text:?}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Time(instant) => write!(f, "{instant}"),
            Self::Secret(bytes) | Self::Blob(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Many(len) => write!(f, "{len} elements"),
            Self::Structure => f.write_str("structure"),
        }
    }
}

/// A value that can be told.
pub trait Tell {
    /// Tells itself.
    fn tell(&self, sink: &mut dyn Sink);
    /// What it looks like from outside.
    fn facet(&self) -> Facet<'_>;
    /// Its text in a violation, as AWS prints it; `None` where the value must not or cannot be shown.
    fn quote(&self) -> Option<String> {
        match self.facet() {
            Facet::Text(text) | Facet::Choice(text, _) => Some(text.to_owned()),
            Facet::Number(number) => Some(number.to_string()),
            Facet::Bool(value) => Some(value.to_string()),
            Facet::Time(instant) => Some(instant.to_string()),
            Facet::Secret(_) | Facet::Blob(_) | Facet::Many(_) | Facet::Structure => None,
        }
    }
    /// Adds what is wrong with the parts of a value that has parts.
    fn inspect_parts(&self, _at: &Path<'_>, _spec: &Spec, _found: &mut Vec<Violation>) {}
    /// The value that it gives a condition key, if its line of the table (`spec`) or one of its parts' says that it does.
    fn answer<'a>(&'a self, spec: &Spec, key: &str) -> Option<ConditionValue<'a>> {
        if condition::fills(spec, key) { condition::plain(self.facet()) } else { None }
    }
    /// A tag's key and value.
    fn pair(&self) -> Option<(&str, &str)> {
        None
    }
}

/// A value that can be taken.
pub trait Take: Tell + Sized {
    /// Is its content secret?
    const SECRET: bool = false;
    /// Takes itself.
    ///
    /// # Errors
    /// `Malformed` when the form is wrong, `Invalid` when a required member is missing, with all other violations.
    fn take(source: &mut dyn Source) -> Result<Self, Refused>;
}

/// A member while its structure is being taken.
pub(crate) enum Slot<T> {
    Absent,
    Taken(T),
    /// Read to its end, and without a value: a required member of a part is missing.
    Invalid(Vec<Violation>),
}
impl<T: Take> Slot<T> {
    pub(crate) fn fill(&mut self, source: &mut dyn Source) -> Result<(), Refused> {
        *self = match T::take(source) {
            Ok(value) => Self::Taken(value),
            Err(Refused::Invalid(found)) => Self::Invalid(found),
            Err(malformed) => return Err(malformed),
        };
        Ok(())
    }
    /// Does it keep its structure from being made?
    pub(crate) fn lacks(&self, required: bool) -> bool {
        match self {
            Self::Absent => required,
            Self::Taken(_) => false,
            Self::Invalid(_) => true,
        }
    }
    pub(crate) fn taken(self) -> Option<T> {
        if let Self::Taken(value) = self { Some(value) } else { None }
    }
    /// Adds what is wrong with it.
    pub(crate) fn report(&mut self, spec: &Spec, found: &mut Vec<Violation>) {
        match self {
            Self::Absent if spec.required => found.push(Violation::missing(spec)),
            Self::Absent => {}
            Self::Taken(value) => inspect(spec, value, &Path::Root, found),
            Self::Invalid(parts) => found.extend(parts.drain(..).map(|violation| violation.under(spec.wire))),
        }
    }
}
