//! Many secrets in few pieces of memory. A list over a hundred thousand secrets must not go from allocation to allocation, nor
//! take words apart anew: a shelf holds a card of fixed size for each secret, and the texts of all its cards in three strings
//! that are searched as they lie.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::Range;

use zeroize::Zeroize;

use super::{Attributes, Field, Filters, Listed, Sort, SortBy, Tagged, words};
use crate::clock::Timestamp;
use crate::error::{Error, secretsmanager as texts};
use crate::model::paging::{Place, SortOrder};
use crate::name::{Arn, Text};

/// Cards of secrets, in the order of their names, in which they must be put: lists by name need not look at all of them, and of
/// many that are alike by their dates it is clear at once that none has room any more.
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
    /// Adds a card, whose name is behind those of all others.
    /// # Errors
    /// `Damaged`: its ARN is not that of its name. `LimitExceeded`: the shelf has as much text as it can hold (4 GiB).
    pub(crate) fn put<T: Tagged>(&mut self, secret: &Listed<'_, T>) -> Result<(), Error> {
        let (region, tail) = taken_apart(secret.arn)
            .filter(|(_, tail)| tail.starts_with(secret.name))
            .ok_or_else(crate::error::damaged)?;
        let region = self.region(region)?;
        self.tails.push_str(tail);
        let named = push_words(secret.name, &mut self.words);
        let described = push_words(secret.description, &mut self.words);
        for tag in secret.tags {
            for (mark, text) in [(TAG_KEY, tag.key()), (TAG_VALUE, tag.value())] {
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
        let (starts, ends) = (from.starts(place), card.ends());
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
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.cards.len()
    }
    /// Where the texts of a card begin.
    fn starts(&self, place: usize) -> Starts {
        place.checked_sub(1).and_then(|before| self.cards.get(before)).map(Card::ends).unwrap_or_default()
    }
    /// The name on a card; empty if there is none.
    pub(crate) fn name(&self, place: usize) -> &str {
        let Some(card) = self.cards.get(place) else { return "" };
        let start = self.starts(place).tail;
        slice(&self.tails, start, start.saturating_add(usize::from(card.name)))
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
        let places = wanted.filters.between(self.cards.len(), |are| self.count(are));
        let search = Search { shelf: self, wanted, region, places };
        if wanted.sort.by == SortBy::Name { search.by_name(best) } else { search.by_date(read, best) }
    }
    /// How many names from the first on are such, as the first so many are.
    fn count(&self, are: &dyn Fn(&str) -> bool) -> usize {
        let (mut low, mut high) = (0, self.cards.len());
        while low < high {
            let middle = low.midpoint(high);
            if are(self.name(middle)) {
                low = middle.saturating_add(1);
            } else {
                high = middle;
            }
        }
        low
    }
}

/// One shelf, and what is looked for in it.
struct Search<'a> {
    shelf: &'a Shelf,
    wanted: &'a Wanted<'a>,
    region: usize,
    /// Where those must stand that are asked for by name.
    places: Range<usize>,
}

impl Search<'_> {
    /// From the first name of the page on, until there is no room.
    fn by_name(&self, best: &mut Best) {
        let (shelf, after) = (self.shelf, self.wanted.after.map(|after| after.tie));
        let mut step = |place: usize| {
            let Some(card) = shelf.cards.get(place) else { return true };
            let name = shelf.name(place);
            let at = Place { moment: None, text: name, tie: name };
            if !best.has_room(&at) {
                return false;
            }
            if self.shows(card) && self.admits(place, card) {
                best.take(&at);
            }
            true
        };
        let Range { start, end } = self.places.clone();
        let _ = match self.wanted.sort.order {
            SortOrder::Ascending => {
                let seen = after.map_or(0, |after| shelf.count(&|name| name <= after));
                (start.max(seen)..end).all(&mut step)
            }
            SortOrder::Descending => {
                let left = after.map_or(end, |after| shelf.count(&|name| name < after));
                (start..end.min(left)).rev().all(&mut step)
            }
        };
    }
    /// Every card that may be meant, but few names: those whose date is not decisive by itself.
    fn by_date(&self, read: Option<Reads<'_>>, best: &mut Best) {
        let (shelf, order) = (self.shelf, self.wanted.sort.order);
        // Of cards with the date that the page before ended with, the first so many were on it.
        let after = self.wanted.after.map(|after| (after.moment, shelf.count(&|name| name <= after.tie)));
        // The date of which no card has room any more: names only grow.
        let mut shut = None;
        let mut tail_start = shelf.starts(self.places.start).tail;
        for (place, card) in self.places.clone().zip(shelf.cards.get(self.places.clone()).unwrap_or_default()) {
            let tail_end = size(card.tail_end);
            let tail_start = std::mem::replace(&mut tail_start, tail_end);
            if !self.shows(card) {
                continue;
            }
            let moment = match self.wanted.sort.by {
                SortBy::CreatedDate => Some(Timestamp::from_millis(card.created)),
                SortBy::LastChangedDate => Some(Timestamp::from_millis(card.changed)),
                SortBy::LastAccessedDate | SortBy::Name => card.accessed(),
            };
            let text = || slice(&shelf.tails, tail_start, tail_end);
            let moment = match read {
                Some(read) => moment.max(read(slice(text(), 0, usize::from(card.name)), text())),
                None => moment,
            };
            if shut == Some(moment) {
                continue;
            }
            let behind_the_last = after.is_none_or(|(last, seen)| match order.of(moment.cmp(&last)) {
                Ordering::Less => false,
                Ordering::Equal => place >= seen,
                Ordering::Greater => true,
            });
            if !behind_the_last || best.is_behind(moment) {
                continue;
            }
            let name = slice(text(), 0, usize::from(card.name));
            let at = Place { moment, text: "", tie: name };
            if !best.has_room(&at) {
                shut = Some(moment);
                continue;
            }
            if self.admits(place, card) {
                best.take(&at);
            }
        }
    }
    /// Is the secret one of those that the list is of?
    fn shows(&self, card: &Card) -> bool {
        usize::from(card.region) == self.region
            && card.is_there(self.wanted.observed, self.wanted.planned)
            && (card.valued || !self.wanted.valued)
    }
    fn admits(&self, place: usize, card: &Card) -> bool {
        let shelf = self.shelf;
        let (begun, ends) = (shelf.starts(place), card.ends());
        let words = slice(&shelf.words, begun.words, ends.words);
        let (named, rest) = words.split_at_checked(size(card.named)).unwrap_or_default();
        let (described, tagged) = rest.split_at_checked(size(card.described)).unwrap_or_default();
        let exact = slice(&shelf.exact, begun.exact, ends.exact);
        self.wanted.filters.admit(&Attributes { name: shelf.name(place), named, described, tagged, exact })
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
    /// The last one of the page before, by its name.
    pub after: Option<Place<'a>>,
    pub limit: usize,
}

/// The page so far, and one more to tell whether another page follows. Rather than sort everything, what cannot be among the
/// first ones any more is turned away.
#[derive(Debug)]
pub(crate) struct Best {
    order: SortOrder,
    room: usize,
    /// The one that goes when a better one comes is on top.
    taken: BinaryHeap<Taken>,
}

#[derive(Debug, PartialEq, Eq)]
struct Taken {
    moment: Option<Timestamp>,
    by_name: bool,
    name: Text,
    order: SortOrder,
}
impl Taken {
    fn place(&self) -> Place<'_> {
        Place { moment: self.moment, text: if self.by_name { &self.name } else { "" }, tie: &self.name }
    }
}
impl Ord for Taken {
    fn cmp(&self, other: &Self) -> Ordering {
        self.place().compare(&other.place(), self.order)
    }
}
impl PartialOrd for Taken {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Best {
    pub(crate) fn new(wanted: &Wanted<'_>) -> Self {
        let room = wanted.limit.max(1).saturating_add(1);
        Self { order: wanted.sort.order, room, taken: BinaryHeap::new() }
    }
    /// The last that has room, once there are enough.
    fn bound(&self) -> Option<&Taken> {
        self.taken.peek().filter(|_| self.taken.len() >= self.room)
    }
    /// Has nothing of that date any room, whatever its name?
    fn is_behind(&self, moment: Option<Timestamp>) -> bool {
        self.bound().is_some_and(|bound| self.order.of(moment.cmp(&bound.moment)) == Ordering::Greater)
    }
    fn has_room(&self, place: &Place<'_>) -> bool {
        self.bound().is_none_or(|bound| place.compare(&bound.place(), self.order) == Ordering::Less)
    }
    /// Takes what [`has_room`](Self::has_room).
    fn take(&mut self, place: &Place<'_>) {
        if self.taken.len() >= self.room {
            self.taken.pop();
        }
        let (by_name, name) = (!place.text.is_empty(), Text::from(place.tie));
        self.taken.push(Taken { moment: place.moment, by_name, name, order: self.order });
    }
    /// The names of the page in their order, and whether anything follows.
    pub(crate) fn names(self) -> (Vec<Text>, bool) {
        let limit = self.room.saturating_sub(1);
        let more = self.taken.len() > limit;
        let sorted = self.taken.into_sorted_vec();
        (sorted.into_iter().take(limit).map(|taken| taken.name).collect(), more)
    }
}

/// Region, and name with suffix, of a secret's ARN.
fn taken_apart(arn: &str) -> Option<(&str, &str)> {
    let arn = Arn::parse(arn)?;
    Some((arn.region, arn.resource.strip_prefix("secret:")?))
}

/// The words of a text, each behind its mark; how much that was.
pub(super) fn push_words(text: &str, into: &mut String) -> usize {
    let before = into.len();
    if text.is_ascii() && is_unmarked(text) {
        push_ascii_words(text.as_bytes(), into);
    } else {
        for word in words(text) {
            into.push(WORD);
            push_small(word, into);
        }
    }
    into.len().saturating_sub(before)
}
/// The same in one pass, for a text that holds nothing but printed ASCII: nearly every one.
fn push_ascii_words(text: &[u8], into: &mut String) {
    into.reserve(text.len().saturating_add(8));
    let mut within = false;
    let mut rest = text;
    while let [byte, behind @ ..] = rest {
        rest = behind;
        if matches!(byte, b' ' | b'/' | b'-' | b'_' | b'+' | b'=' | b'.' | b'@') {
            within = false;
            continue;
        }
        let parts = || {
            byte.is_ascii_uppercase()
                && behind.first().is_some_and(|next| next.is_ascii_lowercase() || next.is_ascii_digit())
        };
        if !within || parts() {
            into.push(WORD);
        }
        within = true;
        into.push(char::from(byte.to_ascii_lowercase()));
    }
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
