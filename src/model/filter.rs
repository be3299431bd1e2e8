//! Filters and order of ListSecrets, and the filters of BatchGetSecretValue (section 9).
//!
//! Filters combine with AND, the values of one filter with OR. Names, tags and the like are searched by prefix; descriptions and
//! `all` by words, as AWS was seen to do it. [`shelf`] is what is searched.

mod shelf;

pub(crate) use shelf::{Best, Reads, Shelf, Wanted};

use std::cell::Cell;
use std::ops::Range;

use memchr::memmem::Finder;

use super::Tag;
use super::paging::{Place, SortOrder};
use super::secret::{SecretCard, SecretRow, TagCard};
use super::version::CURRENT;
use crate::clock::Timestamp;
use crate::error::{Error, secretsmanager as texts};
use crate::name::Text;

/// A tag, of a row or of bytes that a row is read from.
pub(crate) trait Tagged {
    fn key(&self) -> &str;
    fn value(&self) -> &str;
}
impl Tagged for Tag {
    fn key(&self) -> &str {
        &self.key
    }
    fn value(&self) -> &str {
        &self.value
    }
}
impl Tagged for TagCard<'_> {
    fn key(&self) -> &str {
        self.key
    }
    fn value(&self) -> &str {
        self.value
    }
}

/// What a list knows of one secret.
#[derive(Debug)]
pub(crate) struct Listed<'a, T = Tag> {
    pub name: &'a str,
    pub arn: &'a str,
    pub description: &'a str,
    pub tags: &'a [T],
    pub created: Timestamp,
    pub last_changed: Timestamp,
    pub last_accessed: Option<Timestamp>,
    /// The end of its recovery window, if it is scheduled for deletion.
    pub due: Option<Timestamp>,
    /// Has it a current value?
    pub valued: bool,
    /// Only of secrets that are or have replicas.
    pub primary_region: Option<&'a str>,
    /// Only of secrets that another service made.
    pub owning_service: Option<&'a str>,
}

impl<T> Clone for Listed<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Listed<'_, T> {}

impl<'a> From<&'a SecretRow> for Listed<'a> {
    fn from(row: &'a SecretRow) -> Self {
        Self {
            name: &row.name,
            arn: &row.arn,
            description: &row.description,
            tags: row.tags(),
            created: row.created,
            last_changed: row.last_changed,
            last_accessed: row.last_accessed,
            due: row.deletion.map(|deletion| deletion.due),
            valued: row.holder(CURRENT).is_some_and(|version| version.value.is_some()),
            primary_region: row.primary_region(),
            owning_service: None,
        }
    }
}

impl<'a> From<&'a SecretCard<'a>> for Listed<'a, TagCard<'a>> {
    fn from(card: &'a SecretCard<'a>) -> Self {
        Self {
            name: card.name,
            arn: card.arn,
            description: card.description,
            tags: card.tags.as_deref().unwrap_or_default(),
            created: card.created,
            last_changed: card.last_changed,
            last_accessed: card.last_accessed,
            due: card.deletion.map(|deletion| deletion.due),
            valued: card.versions.valued,
            primary_region: card.primary_region(),
            owning_service: None,
        }
    }
}

/// One filter, as sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub key: Option<&'a str>,
    pub values: &'a [Text],
}

/// All filters of a request, checked and taken apart once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filters(Vec<Filter>);

#[derive(Clone, Debug)]
struct Filter {
    field: Field,
    patterns: Vec<Pattern>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Description,
    Name,
    TagKey,
    TagValue,
    PrimaryRegion,
    OwningService,
    All,
}

#[derive(Clone, Debug)]
struct Pattern {
    /// `!` before the value turns it round.
    negated: bool,
    /// What the attribute begins with, behind a shelf's mark for such attributes.
    prefix: Finder<'static>,
    /// What its words begin with, in small letters, each behind a shelf's mark for words.
    words: Vec<Finder<'static>>,
    /// The word that was missing last: the next text is asked for it first. Of several words one is mostly much rarer.
    missing: Cell<usize>,
}

impl Filters {
    /// Reads filters. Their number, and number, length and characters of values, were checked with the request.
    /// # Errors
    /// `InvalidRequest`: a key without values, or values without a key.
    pub(crate) fn read<'a>(asked: impl IntoIterator<Item = Asked<'a>>) -> Result<Self, Error> {
        asked.into_iter().map(|filter| Filter::read(&filter)).collect::<Result<_, _>>().map(Self)
    }
    /// Is the secret among those asked for?
    fn admit(&self, secret: &Attributes<'_>) -> bool {
        self.0.iter().all(|filter| {
            filter.patterns.iter().any(|pattern| pattern.matches(filter.field, secret) != pattern.negated)
        })
    }
    /// Between which names, of many in their order, all those must stand that are asked for by name. `count` tells how many
    /// names from the first on are such.
    fn between(&self, len: usize, count: impl Fn(&dyn Fn(&str) -> bool) -> usize) -> Range<usize> {
        let mut whole = 0..len;
        for filter in self.0.iter().filter(|filter| filter.field == Field::Name) {
            if filter.patterns.iter().any(|pattern| pattern.negated) {
                continue;
            }
            let begun = |pattern: &Pattern| count(&|name| name.as_bytes() < pattern.prefix.needle());
            let ended = |pattern: &Pattern| {
                count(&|name| {
                    name.as_bytes() < pattern.prefix.needle() || name.as_bytes().starts_with(pattern.prefix.needle())
                })
            };
            let start = filter.patterns.iter().map(begun).min().unwrap_or(0);
            let end = filter.patterns.iter().map(ended).max().unwrap_or(len);
            whole = whole.start.max(start)..whole.end.min(end);
        }
        whole
    }
    /// Can any secret of the shelf be among them? Tells of most shelves, at once, that none is.
    fn may_admit(&self, shelf: &Attributes<'_>) -> bool {
        self.0.iter().all(|filter| {
            filter.patterns.iter().any(|pattern| pattern.negated || pattern.may_match(filter.field, shelf))
        })
    }
}

/// A secret as its card has it; of a whole shelf, the texts of all its cards.
#[derive(Clone, Copy, Debug)]
struct Attributes<'s> {
    name: &'s str,
    /// Words of the name.
    named: &'s str,
    /// Words of the description.
    described: &'s str,
    /// Words of each tag's key and of each tag's value, every one of these behind its mark.
    tagged: &'s str,
    /// Tags and the like as they are, every one behind the mark of its kind.
    exact: &'s str,
}

impl Filter {
    fn read(asked: &Asked<'_>) -> Result<Self, Error> {
        let named = asked.key.and_then(|key| FIELDS.into_iter().find(|(name, _)| *name == key));
        let (name, field) = named.ok_or_else(texts::filter_without_key)?;
        if asked.values.is_empty() {
            return Err(texts::filter_without_values(name));
        }
        Ok(Self { field, patterns: asked.values.iter().map(|value| Pattern::read(field, value)).collect() })
    }
}

impl Pattern {
    fn read(field: Field, value: &str) -> Self {
        let (negated, text) = value.strip_prefix('!').map_or((false, value), |rest| (true, rest));
        let mut prefix = String::with_capacity(text.len().saturating_add(1));
        prefix.extend(shelf::mark(field));
        prefix.push_str(text);
        let words = words(text).map(|word| {
            let mut wanted = String::from(shelf::WORD);
            shelf::push_small(word, &mut wanted);
            wanted
        });
        let finder = |text: &str| Finder::new(text).into_owned();
        let words = words.map(|word| finder(&word)).collect();
        Self { negated, prefix: finder(&prefix), words, missing: Cell::new(0) }
    }
    fn matches(&self, field: Field, secret: &Attributes<'_>) -> bool {
        match field {
            Field::Name => secret.name.as_bytes().starts_with(self.prefix.needle()),
            Field::TagKey | Field::TagValue | Field::PrimaryRegion | Field::OwningService => {
                holds(secret.exact, &self.prefix)
            }
            Field::Description => self.found_in(secret.described),
            // One attribute must hold every word.
            Field::All => {
                self.found_in(secret.named)
                    || self.found_in(secret.described)
                    || self.found_in(secret.tagged) && secret.tagged.split(shelf::NEXT).any(|tag| self.found_in(tag))
            }
        }
    }
    fn may_match(&self, field: Field, shelf: &Attributes<'_>) -> bool {
        match field {
            Field::Name => true,
            Field::TagKey | Field::TagValue | Field::PrimaryRegion | Field::OwningService => {
                holds(shelf.exact, &self.prefix)
            }
            Field::Description | Field::All => self.found_in(shelf.described),
        }
    }
    /// Is every word of the pattern the beginning of some word of these? A pattern of separators alone has no words and finds
    /// nothing.
    fn found_in(&self, words: &str) -> bool {
        let Some(likely) = self.words.get(self.missing.get()) else { return false };
        if !holds(words, likely) {
            return false;
        }
        match self.words.iter().position(|wanted| !holds(words, wanted)) {
            Some(missing) => {
                self.missing.set(missing);
                false
            }
            None => true,
        }
    }
}

fn holds(text: &str, wanted: &Finder<'_>) -> bool {
    wanted.find(text.as_bytes()).is_some()
}

/// The words of a text: parted by white space, by `/ - _ + = . @`, and before a capital that a small letter or a digit follows
/// (`MyTestPhrase` has three words, `COMPANY` one, `COMPANYthings` is `COMPAN` and `Ythings`).
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| letter.is_whitespace() || "/-_+=.@".contains(letter)).flat_map(Capitals)
}

/// The parts of a word without separators.
struct Capitals<'a>(&'a str);

impl<'a> Iterator for Capitals<'a> {
    type Item = &'a str;
    fn next(&mut self) -> Option<&'a str> {
        let rest = std::mem::take(&mut self.0);
        if rest.is_empty() {
            return None;
        }
        let following = rest.chars().skip(1);
        let starts = |(place, letter): (usize, char), next: char| {
            (place > 0 && letter.is_uppercase() && (next.is_lowercase() || next.is_numeric())).then_some(place)
        };
        let cut = rest.char_indices().zip(following).find_map(|(letter, next)| starts(letter, next));
        match cut.and_then(|cut| rest.split_at_checked(cut)) {
            Some((word, behind)) => {
                self.0 = behind;
                Some(word)
            }
            None => Some(rest),
        }
    }
}

/// The order of ListSecrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sort {
    pub by: SortBy,
    pub order: SortOrder,
}

/// What ListSecrets sorts by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SortBy {
    CreatedDate,
    LastAccessedDate,
    LastChangedDate,
    Name,
}

impl Sort {
    /// Reads the two members, which were checked with the request; by default the newest come first, names from A to Z.
    pub(crate) fn read(by: Option<&str>, order: Option<&str>) -> Self {
        let by = match by {
            Some("last-accessed-date") => SortBy::LastAccessedDate,
            Some("last-changed-date") => SortBy::LastChangedDate,
            Some("name") => SortBy::Name,
            _ => SortBy::CreatedDate,
        };
        let order = match order {
            Some("asc") => SortOrder::Ascending,
            None if by == SortBy::Name => SortOrder::Ascending,
            _ => SortOrder::Descending,
        };
        Self { by, order }
    }
    /// Where a secret stands in this order; the name decides between equals.
    pub(crate) fn place<'a>(self, secret: &Listed<'a>) -> Place<'a> {
        let (moment, text) = match self.by {
            SortBy::CreatedDate => (Some(secret.created), ""),
            SortBy::LastAccessedDate => (secret.last_accessed, ""),
            SortBy::LastChangedDate => (Some(secret.last_changed), ""),
            SortBy::Name => (None, secret.name),
        };
        Place { moment, text, tie: secret.name }
    }
}

const FIELDS: [(&str, Field); 7] = [
    ("description", Field::Description),
    ("name", Field::Name),
    ("tag-key", Field::TagKey),
    ("tag-value", Field::TagValue),
    ("primary-region", Field::PrimaryRegion),
    ("owning-service", Field::OwningService),
    ("all", Field::All),
];
#[cfg(test)]
mod tests;
