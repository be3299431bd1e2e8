//! Many secrets in few pieces of memory. A list over a hundred thousand secrets must not go from allocation to allocation, nor
//! take words apart anew: a shelf holds a card of fixed size for each secret, and the texts of all its cards in three strings
//! that are searched as they lie.

use std::cmp::Ordering;

use zeroize::Zeroize;

use super::{Attributes, Field, Filters, Listed, Sort, SortBy, words};
use crate::clock::Timestamp;
use crate::error::{Error, secretsmanager as texts};
use crate::model::paging::{Place, SortOrder};
use crate::name::{Arn, Text};

/// Cards of secrets, in the order in which they were put.
#[derive(Clone, Default)]
pub(crate) struct Shelf {
    cards: Vec<Card>,
    /// Name and suffix, as they stand at the end of the ARN.
    tails: String,
    /// Words of name, description and tags, in small letters.
    words: String,
    /// Tags and the like as they are.
    exact: String,
    /// The few regions that the cards' secrets are of.
    regions: Vec<Text>,
}

/// What a list sorts by and sorts out by, and where the card's texts end; they begin where those of the card before it end.
#[derive(Clone, Copy)]
struct Card {
    created: i64,
    changed: i64,
    /// [`NEVER`]: not yet.
    accessed: i64,
    /// The end of its recovery window; [`NEVER`]: it is not scheduled.
    due: i64,
    tail_end: u32,
    words_end: u32,
    exact_end: u32,
    /// Of the words, those of name and description.
    named: u32,
    described: u32,
    name: u16,
    region: u16,
    valued: bool,
}

/// Where the texts of a card begin.
#[derive(Clone, Copy, Default)]
struct Starts {
    tail: usize,
    words: usize,
    exact: usize,
}

impl Card {
    fn ends(&self) -> Starts {
        let at = |end: u32| usize::try_from(end).unwrap_or(usize::MAX);
        Starts { tail: at(self.tail_end), words: at(self.words_end), exact: at(self.exact_end) }
    }
    fn accessed(&self) -> Option<Timestamp> {
        (self.accessed != NEVER).then(|| Timestamp::from_millis(self.accessed))
    }
    /// Is it shown at all at that time? What is due behaves as gone.
    fn is_there(&self, observed: Timestamp, planned: bool) -> bool {
        self.due == NEVER || (planned && observed.as_millis() < self.due)
    }
}

impl Shelf {
    /// Adds a card.
    /// # Errors
    /// `Damaged`: its ARN is not that of its name. `LimitExceeded`: the shelf has as much text as it can hold (4 GiB).
    pub(crate) fn put(&mut self, secret: &Listed<'_>) -> Result<(), Error> {
        let (region, tail) = taken_apart(secret.arn)
            .filter(|(_, tail)| tail.starts_with(secret.name))
            .ok_or_else(crate::error::damaged)?;
        let region = self.region(region)?;
        self.tails.push_str(tail);
        let named = push_words(secret.name, &mut self.words);
        let described = push_words(secret.description, &mut self.words);
        for tag in secret.tags {
            for (mark, text) in [(TAG_KEY, &tag.key), (TAG_VALUE, &tag.value)] {
                self.words.push(NEXT);
                push_words(text, &mut self.words);
                push_exact(mark, text, &mut self.exact);
            }
        }
        if let Some(region) = secret.primary_region {
            push_exact(PRIMARY, region, &mut self.exact);
        }
        if let Some(service) = secret.owning_service {
            push_exact(OWNER, service, &mut self.exact);
        }
        let millis = |date: Option<Timestamp>| date.map_or(NEVER, Timestamp::as_millis);
        self.cards.push(Card {
            created: secret.created.as_millis(),
            changed: secret.last_changed.as_millis(),
            accessed: millis(secret.last_accessed),
            due: millis(secret.due),
            tail_end: length(self.tails.len())?,
            words_end: length(self.words.len())?,
            exact_end: length(self.exact.len())?,
            named: length(named)?,
            described: length(described)?,
            name: u16::try_from(secret.name.len()).map_err(|_| texts::too_much_to_list())?,
            region,
            valued: secret.valued,
        });
        Ok(())
    }
    /// Adds a card of another shelf, as it is.
    /// # Errors
    /// As [`put`](Self::put).
    pub(crate) fn put_again(&mut self, from: &Self, place: usize) -> Result<(), Error> {
        let Some(card) = from.cards.get(place) else { return Ok(()) };
        let starts = place.checked_sub(1).and_then(|before| from.cards.get(before)).map(Card::ends).unwrap_or_default();
        let ends = card.ends();
        self.tails.push_str(slice(&from.tails, starts.tail, ends.tail));
        self.words.push_str(slice(&from.words, starts.words, ends.words));
        self.exact.push_str(slice(&from.exact, starts.exact, ends.exact));
        let region = from.regions.get(usize::from(card.region)).map(Text::as_str).unwrap_or_default();
        let region = self.region(region)?;
        self.cards.push(Card {
            tail_end: length(self.tails.len())?,
            words_end: length(self.words.len())?,
            exact_end: length(self.exact.len())?,
            region,
            ..*card
        });
        Ok(())
    }
    fn region(&mut self, region: &str) -> Result<u16, Error> {
        let place = self.regions.iter().position(|known| known == region).unwrap_or_else(|| {
            self.regions.push(Text::from(region));
            self.regions.len().saturating_sub(1)
        });
        u16::try_from(place).map_err(|_| texts::too_much_to_list())
    }
    pub(crate) fn len(&self) -> usize {
        self.cards.len()
    }
    /// Bytes that it takes in memory.
    pub(crate) fn bytes(&self) -> usize {
        let texts = self.tails.capacity() + self.words.capacity() + self.exact.capacity();
        size_of::<Self>() + texts + self.cards.capacity() * size_of::<Card>() + self.regions.len() * 32
    }
    /// Gives back what was taken in advance.
    pub(crate) fn shrink(&mut self) {
        self.cards.shrink_to_fit();
        self.tails.shrink_to_fit();
        self.words.shrink_to_fit();
        self.exact.shrink_to_fit();
    }

    /// Gives the secrets that are wanted to `best`; `read` tells of reads that no card shows yet.
    pub(crate) fn search(&self, wanted: &Wanted<'_>, read: Option<Reads<'_>>, best: &mut Best) {
        let Some(region) = self.regions.iter().position(|region| region == wanted.region) else { return };
        let everything = Attributes { name: "", named: "", described: &self.words, tagged: "", exact: &self.exact };
        if !wanted.filters.may_admit(&everything) {
            return;
        }
        let mut starts = Starts::default();
        for card in &self.cards {
            let ends = card.ends();
            let begun = std::mem::replace(&mut starts, ends);
            let shown = usize::from(card.region) == region
                && card.is_there(wanted.observed, wanted.planned)
                && (card.valued || !wanted.valued);
            if !shown {
                continue;
            }
            let tail = slice(&self.tails, begun.tail, ends.tail);
            let name = slice(tail, 0, usize::from(card.name));
            let (moment, text) = match wanted.sort.by {
                SortBy::CreatedDate => (Some(Timestamp::from_millis(card.created)), ""),
                SortBy::LastChangedDate => (Some(Timestamp::from_millis(card.changed)), ""),
                SortBy::LastAccessedDate => (card.accessed().max(read.and_then(|read| read(name, tail))), ""),
                SortBy::Name => (None, name),
            };
            let place = Place { moment, text, tie: tail };
            if !best.has_room(&place) {
                continue;
            }
            let words = slice(&self.words, begun.words, ends.words);
            let (named, rest) = words.split_at_checked(size(card.named)).unwrap_or_default();
            let (described, tagged) = rest.split_at_checked(size(card.described)).unwrap_or_default();
            let exact = slice(&self.exact, begun.exact, ends.exact);
            if wanted.filters.admit(&Attributes { name, named, described, tagged, exact }) {
                best.take(&place, name);
            }
        }
    }
}

/// Names and words tell as much as the rows do: they are wiped with them.
impl Drop for Shelf {
    fn drop(&mut self) {
        self.tails.zeroize();
        self.words.zeroize();
        self.exact.zeroize();
    }
}

impl std::fmt::Debug for Shelf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shelf").field("cards", &self.cards.len()).finish_non_exhaustive()
    }
}

/// The day of a secret's last read, by its name and the end of its ARN.
pub(crate) type Reads<'a> = &'a dyn Fn(&str, &str) -> Option<Timestamp>;

/// One page of a list of secrets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub filters: &'a Filters,
    pub sort: Sort,
    /// Those scheduled for deletion too.
    pub planned: bool,
    /// Those with a current value alone.
    pub valued: bool,
    pub region: &'a str,
    pub observed: Timestamp,
    /// The last one of the page before, by its ARN.
    pub after: Option<Place<'a>>,
    pub limit: usize,
}

/// The page so far, and one more to tell whether another page follows. Rather than sort everything, what cannot be among the
/// first ones any more is turned away.
#[derive(Debug)]
pub(crate) struct Best {
    order: SortOrder,
    after: Option<Taken>,
    room: usize,
    taken: Vec<Taken>,
    /// The last that still has room, once there are enough.
    bound: Option<Taken>,
}

#[derive(Clone, Debug)]
struct Taken {
    moment: Option<Timestamp>,
    by_name: bool,
    name: usize,
    tail: Box<str>,
}
impl Taken {
    fn of(place: &Place<'_>, name: &str) -> Self {
        Self { moment: place.moment, by_name: !place.text.is_empty(), name: name.len(), tail: Box::from(place.tie) }
    }
    fn name(&self) -> &str {
        slice(&self.tail, 0, self.name)
    }
    fn place(&self) -> Place<'_> {
        Place { moment: self.moment, text: if self.by_name { self.name() } else { "" }, tie: &self.tail }
    }
}

impl Best {
    pub(crate) fn new(wanted: &Wanted<'_>) -> Self {
        let after = wanted.after.map(|place| {
            let tie = taken_apart(place.tie).map_or(place.tie, |(_, tail)| tail);
            Taken::of(&Place { tie, ..place }, place.text)
        });
        let room = wanted.limit.max(1).saturating_add(1);
        Self { order: wanted.sort.order, after, room, taken: Vec::new(), bound: None }
    }
    fn has_room(&self, place: &Place<'_>) -> bool {
        let behind = |other: &Taken| place.compare(&other.place(), self.order) == Ordering::Greater;
        self.after.as_ref().is_none_or(behind) && !self.bound.as_ref().is_some_and(behind)
    }
    fn take(&mut self, place: &Place<'_>, name: &str) {
        self.taken.push(Taken::of(place, name));
        // Now and then the ones too many are let go, all at once: that costs each of them no more than a few comparisons.
        if self.taken.len() >= self.room.saturating_mul(2) {
            let order = self.order;
            let last = self.room.saturating_sub(1);
            self.taken.select_nth_unstable_by(last, |one, other| one.place().compare(&other.place(), order));
            self.taken.truncate(self.room);
            self.bound = self.taken.last().cloned();
        }
    }
    /// The names of the page in their order, and whether anything follows.
    pub(crate) fn names(mut self) -> (Vec<Text>, bool) {
        let order = self.order;
        self.taken.sort_unstable_by(|one, other| one.place().compare(&other.place(), order));
        let limit = self.room.saturating_sub(1);
        let more = self.taken.len() > limit;
        (self.taken.iter().take(limit).map(|taken| Text::from(taken.name())).collect(), more)
    }
}

/// Region, and name with suffix, of a secret's ARN.
fn taken_apart(arn: &str) -> Option<(&str, &str)> {
    let arn = Arn::parse(arn)?;
    Some((arn.region, arn.resource.strip_prefix("secret:")?))
}

/// The words of a text, each behind its mark; how much that was.
fn push_words(text: &str, into: &mut String) -> usize {
    let before = into.len();
    for word in words(text) {
        into.push(WORD);
        push_small(word, into);
    }
    into.len().saturating_sub(before)
}
/// In small letters, letter by letter: what stands before or behind it must not matter.
pub(super) fn push_small(word: &str, into: &mut String) {
    if word.is_ascii() && is_unmarked(word) {
        let before = into.len();
        into.push_str(word);
        if let Some(added) = into.get_mut(before..) {
            added.make_ascii_lowercase();
        }
    } else {
        into.extend(word.chars().flat_map(char::to_lowercase).map(unmarked));
    }
}
fn push_exact(mark: char, text: &str, into: &mut String) {
    into.push(mark);
    if is_unmarked(text) {
        into.push_str(text);
    } else {
        into.extend(text.chars().map(unmarked));
    }
}
/// Does the text hold nothing that marks are made of? Nearly every one.
fn is_unmarked(text: &str) -> bool {
    text.bytes().all(|byte| byte >= b' ')
}
/// A text may hold what marks are made of. No pattern does, so any other character that none has will do in its place.
fn unmarked(letter: char) -> char {
    if letter < ' ' { '\u{7f}' } else { letter }
}

fn slice(text: &str, from: usize, to: usize) -> &str {
    text.get(from..to).unwrap_or_default()
}
fn size(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
fn length(bytes: usize) -> Result<u32, Error> {
    u32::try_from(bytes).map_err(|_| texts::too_much_to_list())
}

/// Before an attribute whose field is searched as it is.
pub(super) fn mark(field: Field) -> Option<char> {
    match field {
        Field::TagKey => Some(TAG_KEY),
        Field::TagValue => Some(TAG_VALUE),
        Field::PrimaryRegion => Some(PRIMARY),
        Field::OwningService => Some(OWNER),
        Field::Name | Field::Description | Field::All => None,
    }
}

/// Before every word.
pub(super) const WORD: char = '\u{1}';
/// Before the words of every tag's key and value.
pub(super) const NEXT: char = '\u{2}';
const TAG_KEY: char = '\u{3}';
const TAG_VALUE: char = '\u{4}';
const PRIMARY: char = '\u{5}';
const OWNER: char = '\u{6}';

/// No date.
const NEVER: i64 = i64::MIN;
