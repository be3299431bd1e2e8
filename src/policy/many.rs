//! Many patterns with wildcards against one long text, all at once.
//!
//! One by one, each pattern may cost as much as the text is long, and a document of 32 KiB has thousands. Here all of them run
//! over the text together, a bit for each of their tokens (Baeza-Yates and Gonnet's shift-and, with a loop on the token before a
//! star): a letter of the text costs one pass over the bits, whatever the patterns are and wherever they fail. The document's
//! length bounds the bits, so the whole is bounded by the product of both lengths over the 64 bits of a word.

use std::cell::OnceCell;
use std::collections::HashMap;

use crate::policy::context::Keys;
use crate::policy::pattern::{Glob, Match, NamePattern, Piece, Unit};

/// What has been spent on the values of one condition. Patterns are tried one by one until that has taken long; then the rest
/// of them run together.
#[derive(Default)]
pub(crate) struct Effort {
    steps: u64,
    /// Made when first needed; absent within, if it would be too large.
    together: OnceCell<Option<Automaton>>,
}

impl Effort {
    /// Does one of the patterns match the text? Always the same patterns, for the life of this.
    pub fn any_matches(&mut self, globs: &[Glob], text: &str, keys: &dyn Keys) -> bool {
        let mut bytes = None;
        for (place, glob) in globs.iter().enumerate() {
            if self.steps > CARELESS && !bytes.get_or_insert_with(|| Bytes::of(text)).cover(glob) {
                continue;
            }
            if self.steps > PATIENCE {
                let automaton = self.together.get_or_init(|| Automaton::of(globs));
                if let Some(automaton) = automaton {
                    let rest = globs.get(place..).unwrap_or_default();
                    return automaton.matches(text)
                        || rest.iter().any(|glob| weight(glob) == 0 && glob.matches(text, keys) == Match::Yes);
                }
            }
            if glob.matches_counting(text, keys, &mut self.steps) == Match::Yes {
                return true;
            }
        }
        false
    }
}

/// Which bytes a text has.
struct Bytes([bool; 256]);

impl Bytes {
    fn of(text: &str) -> Self {
        let mut bytes = [false; 256];
        for byte in text.bytes() {
            if let Some(there) = bytes.get_mut(usize::from(byte)) {
                *there = true;
            }
        }
        Self(bytes)
    }
    /// Can the pattern match the text, as far as letters tell? One that has a letter of its own cannot.
    fn cover(&self, glob: &Glob) -> bool {
        let Glob::Wild(pieces) = glob else { return true };
        let there = |byte| self.0.get(usize::from(byte)).is_some_and(|there| *there);
        pieces.iter().all(|piece| if let Piece::Literal(text) = piece { text.bytes().all(there) } else { true })
    }
}

/// How many bits a pattern takes in the automaton; 0 for those that are cheap by themselves or need the request's values.
pub(crate) fn weight(glob: &Glob) -> usize {
    let Glob::Wild(pieces) = glob else { return 0 };
    pieces.iter().fold(0, |sum, piece| match piece {
        Piece::Literal(text) => text.chars().count().saturating_add(sum),
        Piece::One => sum.saturating_add(1),
        Piece::Any | Piece::Variable(_) => sum,
    })
}

/// The letters and wildcards of a pattern without variables.
fn units(pieces: &[Piece]) -> impl Iterator<Item = Unit> {
    pieces.iter().flat_map(|piece| {
        let (text, wildcard) = match piece {
            Piece::Literal(text) => (text.as_str(), None),
            Piece::One => ("", Some(Unit::One)),
            Piece::Any => ("", Some(Unit::Any)),
            Piece::Variable(_) => ("", None),
        };
        text.chars().map(Unit::Letter).chain(wildcard)
    })
}

/// Patterns of some [`weight`] that run together. Bit n stands for the n-th token: set while the text read so far is matched up to
/// and with it.
pub(crate) struct Automaton {
    words: usize,
    /// Tokens with which a pattern begins; nothing is shifted into them.
    first: Vec<u64>,
    /// Of these, the ones that may begin anywhere, because a star stands before them.
    anywhere: Vec<u64>,
    /// Tokens behind which a star stands: they stay.
    stays: Vec<u64>,
    last: Vec<u64>,
    /// Tokens that take any letter, a `?`.
    any_letter: Vec<u64>,
    /// A row of bits for each letter that some pattern names.
    rows: Vec<Vec<u64>>,
    /// The rows of ASCII letters, and of the others.
    ascii: [Option<usize>; 128],
    row_of: HashMap<char, usize>,
    next: usize,
}

/// Is the bit at a place set?
pub(crate) fn is_set(bits: &[u64], place: usize) -> bool {
    bits.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
}

fn set(bits: &mut [u64], place: usize) {
    if let Some(word) = bits.get_mut(place / 64) {
        *word |= 1 << (place % 64);
    }
}

impl Automaton {
    /// Of the patterns that have a [`weight`]. `None`: they name so many letters that it would take too much memory.
    pub fn of(globs: &[Glob]) -> Option<Self> {
        let bits = globs.iter().fold(0, |sum, glob| weight(glob).saturating_add(sum));
        let weighty = globs.iter().filter(|glob| weight(glob) > 0);
        Self::build(bits, weighty.map(|glob| if let Glob::Wild(pieces) = glob { units(pieces) } else { units(&[]) }))
    }
    /// Of patterns over names; of those that are stars only, nothing. `None` as above.
    pub fn of_names<'n>(names: impl Iterator<Item = &'n NamePattern> + Clone) -> Option<Self> {
        let bits = names.clone().fold(0, |sum, name| name.weight().saturating_add(sum));
        Self::build(bits, names.map(NamePattern::units))
    }
    fn build(bits: usize, patterns: impl Iterator<Item = impl Iterator<Item = Unit>>) -> Option<Self> {
        let mut automaton = Self::new(bits);
        for pattern in patterns {
            automaton.add(pattern)?;
        }
        for row in &mut automaton.rows {
            for (bits, any) in row.iter_mut().zip(&automaton.any_letter) {
                *bits |= any;
            }
        }
        Some(automaton)
    }
    fn new(bits: usize) -> Self {
        let words = bits.div_ceil(64);
        let none = || vec![0; words];
        Self {
            words,
            first: none(),
            anywhere: none(),
            stays: none(),
            last: none(),
            any_letter: none(),
            rows: Vec::new(),
            ascii: [None; 128],
            row_of: HashMap::new(),
            next: 0,
        }
    }
    /// Adds a pattern. `None`: too many letters.
    fn add(&mut self, pattern: impl Iterator<Item = Unit>) -> Option<()> {
        let begin = self.next;
        let mut stars = false;
        for unit in pattern {
            match unit {
                Unit::Letter(letter) => {
                    let place = self.next;
                    set(self.row_to_write(letter)?, place);
                    self.next = place.saturating_add(1);
                }
                Unit::One => {
                    set(&mut self.any_letter, self.next);
                    self.next = self.next.saturating_add(1);
                }
                Unit::Any if self.next == begin => stars = true,
                Unit::Any => set(&mut self.stays, self.next.saturating_sub(1)),
            }
        }
        if self.next > begin {
            set(&mut self.first, begin);
            if stars {
                set(&mut self.anywhere, begin);
            }
            set(&mut self.last, self.next.saturating_sub(1));
        }
        Some(())
    }
    /// The row of a letter, made when it is new. `None`: too many letters.
    fn row_to_write(&mut self, letter: char) -> Option<&mut Vec<u64>> {
        let new = self.rows.len();
        let row = match self.ascii.get_mut(letter as usize) {
            Some(row) => *row.get_or_insert(new),
            None => *self.row_of.entry(letter).or_insert(new),
        };
        if row == new {
            if new.saturating_mul(self.words) > ROWS_WORDS_MAX {
                return None;
            }
            self.rows.push(vec![0; self.words]);
        }
        self.rows.get_mut(row)
    }
    /// The row of a letter: the tokens that take it.
    fn row(&self, letter: char) -> &Vec<u64> {
        let row = match self.ascii.get(letter as usize) {
            Some(row) => *row,
            None => self.row_of.get(&letter).copied(),
        };
        row.and_then(|row| self.rows.get(row)).unwrap_or(&self.any_letter)
    }
    /// Does one of them match the whole text?
    pub fn matches(&self, text: &str) -> bool {
        self.read(text).iter().skip(1).zip(&self.last).any(|(reached, last)| reached & last != 0)
    }
    /// The same; marks in `matched` the last token of each that does.
    pub fn matches_marking(&self, text: &str, matched: &mut Vec<u64>) -> bool {
        matched.resize(self.words, 0);
        let mut some = 0;
        for ((reached, last), matched) in self.read(text).iter().skip(1).zip(&self.last).zip(matched) {
            *matched |= reached & last;
            some |= reached & last;
        }
        some != 0
    }
    /// Where the patterns stand behind the last letter, after an empty word.
    fn read(&self, text: &str) -> Vec<u64> {
        // A word of nothing before the others, for what is shifted in from the left.
        let mut now = vec![0_u64; self.words.saturating_add(1)];
        let mut then = now.clone();
        let mut begin = &self.first;
        for letter in text.chars() {
            let row = self.row(letter);
            let (Some(into), Some(from)) = (then.get_mut(1..), now.get(1..)) else { return now };
            let left = now.iter();
            let tokens = row.iter().zip(begin).zip(&self.first).zip(&self.stays);
            for (((into, from), left), (((takes, begins), first), stays)) in
                into.iter_mut().zip(from).zip(left).zip(tokens)
            {
                let shifted = (from << 1 | left >> 63) & !first;
                *into = (shifted | begins) & takes | from & stays;
            }
            std::mem::swap(&mut now, &mut then);
            begin = &self.anywhere;
        }
        now
    }
}

/// Steps of the patterns' own matcher, each some 20 ns: so many before anything is prepared to save further ones.
const CARELESS: u64 = 1 << 9;
/// So many before the automaton is made.
const PATIENCE: u64 = 1 << 15;
/// 1 MiB of rows.
const ROWS_WORDS_MAX: usize = 1 << 17;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::context::NoKeys;

    fn together(globs: &[Glob], text: &str) -> bool {
        Automaton::of(globs).unwrap().matches(text)
    }

    /// Every pattern of up to four tokens against every text of up to five letters, in lists, as one by one.
    #[test]
    fn all_at_once_is_as_one_by_one() {
        let mut patterns = vec![String::new()];
        let mut texts = vec![String::new()];
        for _ in 0..4 {
            let longer: Vec<String> = patterns
                .iter()
                .flat_map(|head| ["a", "b", "é", "?", "*"].map(|token| format!("{head}{token}")))
                .collect();
            patterns.extend(longer);
            patterns.sort();
            patterns.dedup();
        }
        for _ in 0..4 {
            let longer: Vec<String> =
                texts.iter().flat_map(|head| ["a", "b", "é"].map(|letter| format!("{head}{letter}"))).collect();
            texts.extend(longer);
            texts.sort();
            texts.dedup();
        }
        let globs: Vec<Glob> = patterns.iter().map(|pattern| Glob::parse(pattern, true, false)).collect();
        let weighty: Vec<Glob> = globs.into_iter().filter(|glob| weight(glob) > 0).collect();
        assert!(weighty.len() > 500 && texts.len() > 100);
        for text in &texts {
            for lot in weighty.chunks(5).chain(weighty.chunks(97)) {
                let apart = lot.iter().any(|glob| glob.matches(text, &NoKeys) == Match::Yes);
                let names: Vec<_> = lot.iter().map(|glob| format!("{glob:?}")).collect();
                assert_eq!(together(lot, text), apart, "{text}: {names:?}");
            }
            for glob in &weighty {
                let alone = glob.matches(text, &NoKeys) == Match::Yes;
                assert_eq!(together(std::slice::from_ref(glob), text), alone, "{text}: {glob:?}");
            }
        }
    }
    #[test]
    fn patterns_that_cross_words_match_to_their_end() {
        let long = "abcdefghij".repeat(20);
        let globs: Vec<Glob> =
            (0..40).map(|number| Glob::parse(&format!("*{}{number:02}?*", &long[number..150]), true, false)).collect();
        assert!(!together(&globs, &long));
        for number in 0..40 {
            let text = format!("x{}{number:02}yz", &long[number..150]);
            assert!(together(&globs, &text), "{number}");
            assert!(!together(&globs, &text[..text.len() - 2]), "{number}");
        }
    }
    #[test]
    fn what_takes_long_goes_on_together_and_says_the_same() {
        let text = format!("0123456789{}b", "a".repeat(4_000));
        let entry = |number: usize| format!("*{}{number:03}*", "a".repeat(40 + number % 50));
        let mut patterns: Vec<String> = (0..600).map(entry).collect();
        for (last, expected) in
            [("*ab", true), ("*${k}b", true), ("*ba", false), ("0*", true), ("*é*", false), ("*a?", true)]
        {
            patterns.push(last.to_owned());
            let globs: Vec<Glob> = patterns.iter().map(|pattern| Glob::parse(pattern, true, true)).collect();
            let keys: crate::policy::context::MapKeys = [("k", ["a"])].into_iter().collect();
            let mut effort = Effort::default();
            assert_eq!(effort.any_matches(&globs, &text, &keys), expected, "{last}");
            assert!(matches!(effort.together.get(), Some(Some(_))), "{last}");
            // A second value of the same request.
            assert!(!effort.any_matches(&globs, "x", &keys), "{last}");
            assert!(effort.any_matches(&globs, &format!("x{}007y", "a".repeat(47)), &keys), "{last}");
            patterns.pop();
        }
    }
    #[test]
    fn each_pattern_is_told_apart() {
        let texts = ["*secret*", "get*key", "?", "*", "put????policy", "x", "???", "put???policy*"];
        let patterns: Vec<_> = texts.iter().map(|text| NamePattern::new(text)).collect();
        let automaton = Automaton::of_names(patterns.iter()).unwrap();
        let mut matched = Vec::new();
        let told = ["getsecretvalue", "putkeypolicy", "\u{e9}", "", "putkey"]
            .map(|name| automaton.matches_marking(name, &mut matched));
        assert_eq!(told, [true, true, true, false, false]);
        let mut end = 0;
        let each = patterns.iter().map(|pattern| {
            end += pattern.weight();
            pattern.weight() > 0 && is_set(&matched, end - 1)
        });
        assert_eq!(each.collect::<Vec<_>>(), [true, false, true, false, false, false, false, true]);
    }
    #[test]
    fn too_many_letters_are_matched_one_by_one() {
        let letters = ('\u{4e00}'..='\u{9000}').map(|letter| format!("*{letter}aaa*"));
        let globs: Vec<Glob> = letters.map(|pattern| Glob::parse(&pattern, true, false)).collect();
        assert!(Automaton::of(&globs).is_none());
        let text = format!("{}\u{4e01}aaa", "a".repeat(4_000));
        assert!(Effort { steps: u64::MAX, together: OnceCell::new() }.any_matches(&globs, &text, &NoKeys));
        assert!(!Effort { steps: u64::MAX, together: OnceCell::new() }.any_matches(&globs, &text[..4_003], &NoKeys));
    }
}
