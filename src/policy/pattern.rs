//! Patterns: `*` for any run of characters, `?` for exactly one, and variables that stand for a literal text.
//!
//! A pattern is split into tokens once, when the policy is compiled; a variable's value is put in afterwards and is
//! always literal, so a tag value `*` is no wildcard. What stands between two stars is looked for once, behind what was
//! found before, because the leftmost place is never worse than a later one: the cost is at most the product of the
//! lengths, never exponential.

use crate::name::Text;
use crate::policy::context::{Keys, ShortText, Values};
use crate::policy::key::Key;

/// One token of a pattern.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Literal(Text),
    /// `?`
    One,
    /// `*`; never two side by side.
    Any,
    Variable(Variable),
}

/// `${key}` or `${key, 'default'}`
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub key: Key,
    pub default: Option<Text>,
}

impl Variable {
    /// Has its key a single value in this request?
    pub fn has_value(&self, keys: &dyn Keys) -> bool {
        single(&self.key, keys).is_some()
    }
    /// The value, or else the default.
    fn text<'k>(&'k self, keys: &'k dyn Keys) -> Option<ShortText<'k>> {
        single(&self.key, keys).or_else(|| self.default.as_deref().map(ShortText::Borrowed))
    }
}

/// Why a `${` is no variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VariableFault {
    MissingBrace,
    MissingQuote,
    Space,
    Empty,
}

/// A compiled pattern, in the cheapest form that says the same.
#[derive(Clone, Debug)]
pub(crate) enum Glob {
    /// `*`
    Anything,
    /// No wildcard, no variable.
    Exact(Text),
    /// Literal text, then `*`.
    Prefix(Text),
    /// A lone variable.
    Value(Box<Variable>),
    /// Wildcards, no variable.
    Wild(Box<[Piece]>),
    /// Anything else.
    Pieces(Box<[Piece]>),
    /// A variable that can never have a value, because it is misspelt or stands where none may.
    NoValue,
}

/// The outcome of matching, where a variable may lack a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    Yes,
    No,
    /// A variable has neither value nor default.
    NoValue,
}

/// Splits a text into tokens. Without `wild`, `*` and `?` are themselves; without `variables`, `$` is.
pub(crate) fn tokens(text: &str, wild: bool, variables: bool) -> Result<Vec<Piece>, VariableFault> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let behind = rest.get(letter.len_utf8()..).unwrap_or_default();
        match letter {
            '*' | '?' if wild => {
                flush(&mut pieces, &mut literal);
                match (letter, pieces.last()) {
                    ('?', _) => pieces.push(Piece::One),
                    (_, Some(Piece::Any)) => {}
                    _ => pieces.push(Piece::Any),
                }
                rest = behind;
            }
            '$' if variables && behind.starts_with('{') => {
                let body = behind.get(1..).unwrap_or_default();
                let (read, after) = variable(body)?;
                match read {
                    Read::Letter(letter) => literal.push(letter),
                    Read::Variable(variable) => {
                        flush(&mut pieces, &mut literal);
                        pieces.push(Piece::Variable(variable));
                    }
                }
                rest = after;
            }
            _ => {
                let special = |next: char| (wild && matches!(next, '*' | '?')) || (variables && next == '$');
                let (run, after) = behind.split_at(behind.find(special).unwrap_or(behind.len()));
                literal.reserve_exact(letter.len_utf8().saturating_add(run.len()));
                literal.push(letter);
                literal.push_str(run);
                rest = after;
            }
        }
    }
    flush(&mut pieces, &mut literal);
    Ok(pieces)
}

fn flush(pieces: &mut Vec<Piece>, literal: &mut String) {
    if !literal.is_empty() {
        pieces.push(Piece::Literal(Text::from(std::mem::take(literal))));
    }
}

enum Read {
    Letter(char),
    Variable(Variable),
}

/// Reads what stands behind `${`, up to and with the closing brace.
fn variable(body: &str) -> Result<(Read, &str), VariableFault> {
    for letter in ['*', '?', '$'] {
        if let Some(after) = body.strip_prefix(letter).and_then(|rest| rest.strip_prefix('}')) {
            return Ok((Read::Letter(letter), after));
        }
    }
    let end = body.find(['}', ',']).ok_or(VariableFault::MissingBrace)?;
    let (key, rest) = body.split_at_checked(end).ok_or(VariableFault::MissingBrace)?;
    if key.contains(['$', '{']) {
        return Err(VariableFault::MissingBrace);
    }
    let (default, after) = if let Some(after) = rest.strip_prefix('}') {
        (None, after)
    } else {
        // A comma, one space, single quotes.
        let quoted = rest.strip_prefix(", ").ok_or(VariableFault::Space)?;
        let fault = if quoted.starts_with(' ') { VariableFault::Space } else { VariableFault::MissingQuote };
        let quoted = quoted.strip_prefix('\'').ok_or(fault)?;
        let (default, after) = quoted.split_once('\'').ok_or(VariableFault::MissingQuote)?;
        (Some(Text::from(default)), after.strip_prefix('}').ok_or(VariableFault::MissingBrace)?)
    };
    if key.is_empty() {
        return Err(VariableFault::Empty);
    }
    if key.contains(char::is_whitespace) {
        return Err(VariableFault::Space);
    }
    if key.contains(['\'', '*', '?']) {
        return Err(VariableFault::MissingQuote);
    }
    Ok((Read::Variable(Variable { key: Key::parse(key), default }), after))
}

impl Glob {
    /// Compiles a pattern; a misspelt variable makes it one that never has a value.
    pub fn parse(text: &str, wild: bool, variables: bool) -> Self {
        tokens(text, wild, variables).map_or(Self::NoValue, Self::from_pieces)
    }
    pub fn from_pieces(pieces: Vec<Piece>) -> Self {
        match pieces.as_slice() {
            [] => Self::Exact(Text::default()),
            [Piece::Any] => Self::Anything,
            [Piece::Literal(text)] => Self::Exact(text.clone()),
            [Piece::Literal(text), Piece::Any] => Self::Prefix(text.clone()),
            [Piece::Variable(variable)] => Self::Value(Box::new(variable.clone())),
            _ if pieces.iter().any(|piece| matches!(piece, Piece::Variable(_))) => {
                Self::Pieces(pieces.into_boxed_slice())
            }
            _ => Self::Wild(pieces.into_boxed_slice()),
        }
    }
    /// The text, when it is literal altogether.
    pub fn exact(&self) -> Option<&Text> {
        if let Self::Exact(text) = self { Some(text) } else { None }
    }
    /// The literal text that every match begins with, and whether it is the whole match.
    pub fn literal_prefix(&self) -> (&str, bool) {
        match self {
            Self::Exact(text) => (text, true),
            Self::Prefix(text) => (text, false),
            Self::Wild(pieces) | Self::Pieces(pieces) => match pieces.first() {
                Some(Piece::Literal(text)) => (text, false),
                _ => ("", false),
            },
            Self::Anything | Self::Value(_) | Self::NoValue => ("", false),
        }
    }
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        let (lone, pieces): (_, &[Piece]) = match self {
            Self::Value(variable) => (Some(&**variable), &[]),
            Self::Pieces(pieces) => (None, pieces),
            _ => (None, &[]),
        };
        let among =
            pieces.iter().filter_map(|piece| if let Piece::Variable(variable) = piece { Some(variable) } else { None });
        lone.into_iter().chain(among)
    }
    /// Has every variable in it a value?
    pub fn has_values(&self, keys: &dyn Keys) -> bool {
        match self {
            Self::NoValue => false,
            _ => self.variables().all(|variable| variable.text(keys).is_some()),
        }
    }
    pub fn matches(&self, text: &str, keys: &dyn Keys) -> Match {
        self.matches_counting(text, keys, &mut 0)
    }
    /// The same; `steps` grows with the work that wildcards make.
    pub fn matches_counting(&self, text: &str, keys: &dyn Keys, steps: &mut u64) -> Match {
        let matched = match self {
            Self::Anything => true,
            Self::Exact(whole) => whole.as_str() == text,
            Self::Prefix(head) => text.as_bytes().starts_with(head.as_bytes()),
            Self::Value(variable) => match variable.text(keys) {
                Some(value) => value.as_str() == text,
                None => return Match::NoValue,
            },
            Self::Wild(pieces) => run(pieces, text, steps),
            Self::NoValue => return Match::NoValue,
            Self::Pieces(pieces) => return match_pieces(pieces, text, keys, steps),
        };
        if matched { Match::Yes } else { Match::No }
    }
    /// Compares without regard to letter case; `*` and `?` must have been compiled as themselves.
    pub fn equals_folded(&self, text: &str, keys: &dyn Keys) -> Match {
        match self {
            Self::Exact(whole) => equal_folded(&[Atom::Literal(whole)], text),
            Self::Value(variable) => match variable.text(keys) {
                Some(value) => equal_folded(&[Atom::Literal(value.as_str())], text),
                None => Match::NoValue,
            },
            Self::Pieces(pieces) => with_atoms(pieces, keys, |atoms| equal_folded(atoms, text)),
            Self::Anything | Self::Prefix(_) | Self::Wild(_) | Self::NoValue => Match::NoValue,
        }
    }
}

/// A token with the variable's value put in.
#[derive(Clone, Copy)]
enum Atom<'a> {
    Literal(&'a str),
    One,
    Any,
}

/// What the matcher runs over: tokens with values put in, or tokens that need none.
trait Token {
    fn atom(&self) -> Atom<'_>;
}
impl Token for Atom<'_> {
    fn atom(&self) -> Atom<'_> {
        *self
    }
}
impl Token for Piece {
    fn atom(&self) -> Atom<'_> {
        atom(self, None)
    }
}

fn match_pieces(pieces: &[Piece], text: &str, keys: &dyn Keys, steps: &mut u64) -> Match {
    with_atoms(pieces, keys, |atoms| if run(atoms, text, steps) { Match::Yes } else { Match::No })
}

/// Puts the variables' values in. Eight tokens stand on the stack; longer patterns are rare and take one allocation.
fn with_atoms(pieces: &[Piece], keys: &dyn Keys, then: impl FnOnce(&[Atom<'_>]) -> Match) -> Match {
    const NEAR: usize = 8;
    let mut texts: [Option<ShortText<'_>>; NEAR] = [const { None }; NEAR];
    if pieces.len() > NEAR {
        let mut texts = Vec::with_capacity(pieces.len());
        for piece in pieces {
            match resolve(piece, keys) {
                Ok(text) => texts.push(text),
                Err(NoValue) => return Match::NoValue,
            }
        }
        let atoms: Vec<_> = pieces.iter().zip(&texts).map(|(piece, text)| atom(piece, text.as_ref())).collect();
        return then(&atoms);
    }
    for (piece, text) in pieces.iter().zip(&mut texts) {
        match resolve(piece, keys) {
            Ok(read) => *text = read,
            Err(NoValue) => return Match::NoValue,
        }
    }
    let mut atoms = [Atom::Any; NEAR];
    for ((piece, text), place) in pieces.iter().zip(&texts).zip(&mut atoms) {
        *place = atom(piece, text.as_ref());
    }
    then(atoms.get(..pieces.len()).unwrap_or_default())
}

struct NoValue;

fn resolve<'k>(piece: &'k Piece, keys: &'k dyn Keys) -> Result<Option<ShortText<'k>>, NoValue> {
    let Piece::Variable(variable) = piece else { return Ok(None) };
    single(&variable.key, keys)
        .or_else(|| variable.default.as_deref().map(ShortText::Borrowed))
        .map(Some)
        .ok_or(NoValue)
}

/// The value of a key that has one; several values are none.
pub(crate) fn single<'k>(key: &Key, keys: &'k dyn Keys) -> Option<ShortText<'k>> {
    match keys.values(key, true) {
        Values::One(value) => Some(ShortText::from(value)),
        Values::Many([one]) => Some(ShortText::Borrowed(one)),
        Values::ManyText(many) => match many.as_slice() {
            [one] => Some(ShortText::Borrowed(one)),
            _ => None,
        },
        Values::Absent | Values::Many(_) => None,
    }
}

fn atom<'a>(piece: &'a Piece, value: Option<&'a ShortText<'_>>) -> Atom<'a> {
    match piece {
        Piece::Literal(text) => Atom::Literal(text),
        Piece::One => Atom::One,
        Piece::Any => Atom::Any,
        Piece::Variable(_) => Atom::Literal(value.map_or("", ShortText::as_str)),
    }
}

/// The matcher. `steps` counts how often a token is held against a place, or against a block of places at once.
fn run(atoms: &[impl Token], text: &str, steps: &mut u64) -> bool {
    // A text shorter than the literals and `?` of the pattern cannot match; without this, long patterns over short
    // texts would cost their product for nothing.
    let least = atoms.iter().fold(0_usize, |sum, token| match token.atom() {
        Atom::Literal(literal) => sum.saturating_add(literal.len()),
        Atom::One => sum.saturating_add(1),
        Atom::Any => sum,
    });
    if text.len() < least {
        return false;
    }
    // What stands before the first star begins the text, what stands behind the last one ends it.
    let mut segments = atoms.split(|token| matches!(token.atom(), Atom::Any));
    let Some(mut rest) = segments.next().and_then(|head| without_head(head, text, steps)) else { return false };
    let Some(tail) = segments.next_back() else { return rest.is_empty() };
    let Some(before) = without_tail(tail, rest, steps) else { return false };
    rest = before;
    // Between stars the leftmost place is never worse than a later one.
    for segment in segments {
        match behind_first(segment, rest, steps) {
            Some(behind) => rest = behind,
            None => return false,
        }
    }
    true
}

/// The text behind the tokens, none of them a star, when it begins with them.
fn without_head<'t>(tokens: &[impl Token], text: &'t str, steps: &mut u64) -> Option<&'t str> {
    tokens.iter().try_fold(text, |rest, token| {
        *steps = steps.saturating_add(1);
        match token.atom() {
            Atom::Literal(literal) => rest.strip_prefix(literal),
            Atom::One => without_first(rest),
            Atom::Any => Some(rest),
        }
    })
}

/// The text before the tokens, none of them a star, when it ends with them.
fn without_tail<'t>(tokens: &[impl Token], text: &'t str, steps: &mut u64) -> Option<&'t str> {
    tokens.iter().rev().try_fold(text, |rest, token| {
        *steps = steps.saturating_add(1);
        match token.atom() {
            Atom::Literal(literal) => rest.strip_suffix(literal),
            Atom::One => {
                let mut letters = rest.chars();
                letters.next_back()?;
                Some(letters.as_str())
            }
            Atom::Any => Some(rest),
        }
    })
}

fn without_first(text: &str) -> Option<&str> {
    let mut letters = text.chars();
    letters.next()?;
    Some(letters.as_str())
}

/// The text behind the first place where the tokens, none of them a star, stand.
fn behind_first<'t>(mut tokens: &[impl Token], text: &'t str, steps: &mut u64) -> Option<&'t str> {
    let mut rest = text;
    // A `?` behind the star may as well stand before it.
    while let Some((token, behind)) = tokens.split_first() {
        match token.atom() {
            Atom::One => rest = without_first(rest)?,
            Atom::Literal("") => {}
            Atom::Literal(_) | Atom::Any => break,
        }
        *steps = steps.saturating_add(1);
        tokens = behind;
    }
    let Some(Atom::Literal(first)) = tokens.first().map(Token::atom) else { return Some(rest) };
    if tokens.len() == 1 && first.len() > LONG {
        *steps = steps.saturating_add(u64::try_from(rest.len()).unwrap_or(u64::MAX));
        return rest.split_once(first).map(|(_, behind)| behind);
    }
    let one_inside = tokens.iter().any(|token| matches!(token.atom(), Atom::One));
    let found = if one_inside && !rest.is_ascii() {
        // `?` is a character: places are counted in characters. Rare, so it may take an allocation.
        let letters: Vec<char> = rest.chars().collect();
        let found = first_place(&letters, || units(tokens, |literal| literal.chars()), steps);
        found.map(|place| place.and_then(|place| Some(rest.char_indices().nth(place)?.0)))
    } else {
        first_place(rest.as_bytes(), || units(tokens, |literal| literal.bytes()), steps)
    };
    match found {
        Ok(place) => without_head(tokens, rest.get(place?..)?, steps),
        Err(FewPlaces) => loop {
            if let Some(behind) = without_head(tokens, rest, steps) {
                return Some(behind);
            }
            rest = from_next(rest, first, steps)?;
        },
    }
}

/// The text from the first byte of `literal` on, further than its beginning.
fn from_next<'t>(text: &'t str, literal: &str, steps: &mut u64) -> Option<&'t str> {
    let first = literal.as_bytes().first()?;
    let skipped = text.as_bytes().iter().skip(1).position(|byte| byte == first)?.saturating_add(1);
    *steps = steps.saturating_add(u64::try_from(skipped).unwrap_or(u64::MAX));
    text.get(skipped..)
}

/// Tokens unit by unit, bytes or characters; `None` for `?`.
fn units<'a, T: Token + 'a, U, I: Iterator<Item = U>>(
    tokens: &'a [T],
    split: impl Fn(&'a str) -> I,
) -> impl Iterator<Item = Option<U>> {
    tokens.iter().flat_map(move |token| {
        let (literal, one) = match token.atom() {
            Atom::Literal(literal) => (literal, false),
            Atom::One => ("", true),
            Atom::Any => ("", false),
        };
        split(literal).map(Some).chain(one.then_some(None))
    })
}

/// Too few places for a block: they are asked one by one.
struct FewPlaces;

/// The first place in the text where the units stand. All places of a block are asked together for four units at a time, which
/// processors do in a few instructions, and a block is left as soon as none of its places is possible: a hostile pattern costs a
/// small part of what asking one by one does.
#[allow(clippy::needless_bitwise_bool, reason = "a branch would keep the processor from asking many places at once")]
fn first_place<U: Copy + PartialEq, I: Iterator<Item = Option<U>>>(
    text: &[U],
    units: impl Fn() -> I,
    steps: &mut u64,
) -> Result<Option<usize>, FewPlaces> {
    if text.len() < BLOCK {
        return Err(FewPlaces);
    }
    let places = text.len().saturating_add(1).saturating_sub(units().count());
    if places < BLOCK {
        return Err(FewPlaces);
    }
    let mut begin = 0_usize;
    while begin < places {
        // The last block is a whole one too: it asks some places again.
        let start = begin.min(places.saturating_sub(BLOCK));
        let mut fits = [u8::MAX; BLOCK];
        let mut possible = true;
        let mut wanted = units().enumerate().filter_map(|(offset, unit)| Some((start.saturating_add(offset), unit?)));
        while possible && let Some(first) = wanted.next() {
            *steps = steps.saturating_add(1);
            // Where four are not left, the first stands in: it asks nothing new.
            let mut lane = || {
                let (at, unit) = wanted.next().unwrap_or(first);
                Some((text.get(at..)?.first_chunk::<BLOCK>()?, unit))
            };
            let (second, third, fourth) = (lane(), lane(), lane());
            let first = text.get(first.0..).and_then(<[U]>::first_chunk::<BLOCK>).map(|letters| (letters, first.1));
            let (Some((a, a_unit)), Some((b, b_unit)), Some((c, c_unit)), Some((d, d_unit))) =
                (first, second, third, fourth)
            else {
                return Ok(None);
            };
            let mut some = 0;
            for ((((fit, a), b), c), d) in fits.iter_mut().zip(a).zip(b).zip(c).zip(d) {
                let same = (*a == a_unit) & (*b == b_unit) & (*c == c_unit) & (*d == d_unit);
                *fit &= if same { u8::MAX } else { 0 };
                some |= *fit;
            }
            possible = some != 0;
        }
        if possible && let Some(place) = fits.iter().position(|fit| *fit != 0) {
            return Ok(start.checked_add(place));
        }
        begin = begin.saturating_add(BLOCK);
    }
    Ok(None)
}

/// How many places are asked together; fewer are asked one by one.
const BLOCK: usize = 64;
/// A lone literal longer than this is left to the standard library's search, whose cost does not grow with it.
const LONG: usize = 12;

fn equal_folded(atoms: &[Atom<'_>], text: &str) -> Match {
    use crate::policy::scalar::fold;
    let written = atoms.iter().flat_map(|atom| match atom {
        Atom::Literal(literal) => literal.chars(),
        Atom::One => "?".chars(),
        Atom::Any => "*".chars(),
    });
    if written.map(fold).eq(text.chars().map(fold)) { Match::Yes } else { Match::No }
}

/// A letter or a wildcard of a pattern.
pub(crate) enum Unit {
    Letter(char),
    /// `?`
    One,
    /// `*`
    Any,
}

/// A pattern over action names: ASCII, letter case ignored, no variables.
#[derive(Clone, Debug)]
pub(crate) struct NamePattern(Box<[u8]>);

impl NamePattern {
    pub fn new(text: &str) -> Self {
        let mut bytes = text.to_ascii_lowercase().into_bytes();
        bytes.dedup_by(|a, b| *a == b'*' && *b == b'*');
        Self(bytes.into_boxed_slice())
    }
    /// Is there no wildcard in it?
    pub fn is_literal(&self) -> bool {
        !self.0.iter().any(|byte| matches!(byte, b'*' | b'?'))
    }
    /// The pattern in lower case.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }
    /// Its letters and wildcards.
    pub fn units(&self) -> impl Iterator<Item = Unit> {
        self.text().unwrap_or_default().chars().map(|letter| match letter {
            '*' => Unit::Any,
            '?' => Unit::One,
            letter => Unit::Letter(letter),
        })
    }
    /// How many of them are no star.
    pub fn weight(&self) -> usize {
        self.text().unwrap_or_default().chars().filter(|letter| *letter != '*').count()
    }
    pub fn matches(&self, name: &str) -> bool {
        let (pattern, name) = (&*self.0, name.as_bytes());
        let (mut p, mut n) = (0_usize, 0_usize);
        let mut star: Option<(usize, usize)> = None;
        loop {
            match (pattern.get(p), name.get(n)) {
                (Some(b'*'), _) => {
                    p = p.saturating_add(1);
                    star = Some((p, n));
                    continue;
                }
                (Some(b'?'), Some(byte)) => {
                    // One character, which may be several bytes.
                    n = n.saturating_add(utf8_len(*byte));
                    p = p.saturating_add(1);
                    continue;
                }
                (Some(wanted), Some(byte)) if *wanted == byte.to_ascii_lowercase() => {
                    n = n.saturating_add(1);
                    p = p.saturating_add(1);
                    continue;
                }
                (None, None) => return true,
                _ => {}
            }
            let Some((behind_star, tried)) = star else { return false };
            let Some(byte) = name.get(tried) else { return false };
            let further = tried.saturating_add(utf8_len(*byte));
            star = Some((behind_star, further));
            p = behind_star;
            n = further;
        }
    }
}

fn utf8_len(first: u8) -> usize {
    match first {
        0xC0..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xFF => 4,
        _ => 1,
    }
}

/// For tests of the cost: matches a pattern without variables and counts the steps.
#[cfg(feature = "testing")]
pub(crate) fn count_steps(pattern: &str, text: &str) -> (bool, u64) {
    let mut steps = 0;
    let pieces = tokens(pattern, true, false).unwrap_or_default();
    let matched = match_pieces(&pieces, text, &crate::policy::context::NoKeys, &mut steps) == Match::Yes;
    (matched, steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::context::{MapKeys, NoKeys};

    fn matches(pattern: &str, text: &str) -> bool {
        Glob::parse(pattern, true, false).matches(text, &NoKeys) == Match::Yes
    }

    #[test]
    fn wildcards_match_whole_texts() {
        for (pattern, text) in [
            ("*", ""),
            ("a*", "a"),
            ("a*b", "axxb"),
            ("a*b*c", "abbc"),
            ("?", "ä"),
            ("*ä?", "xäö"),
            ("*ab", "aab"),
            ("a**b", "ab"),
            ("", ""),
        ] {
            assert!(matches(pattern, text), "{pattern} and {text}");
        }
        for (pattern, text) in
            [("?", ""), ("?", "ab"), ("a*b", "axc"), ("a*", "ba"), ("*a", "ab"), ("A", "a"), ("", "a"), ("a?c", "ac")]
        {
            assert!(!matches(pattern, text), "{pattern} and {text}");
        }
    }
    #[test]
    fn variables_are_read_as_written_and_faults_are_named() {
        for text in ["${aws:username}", "${aws:PrincipalTag/team, 'a, } b'}", "${*}${?}${$}", "$", "$x", "{}"] {
            assert!(tokens(text, true, true).is_ok(), "{text}");
        }
        for (text, fault) in [
            ("${aws:username/*", VariableFault::MissingBrace),
            ("${a${b}", VariableFault::MissingBrace),
            ("${a, 'b}", VariableFault::MissingQuote),
            ("${a, b}", VariableFault::MissingQuote),
            ("${a,'b'}", VariableFault::Space),
            ("${a,  'b'}", VariableFault::Space),
            ("${a b}", VariableFault::Space),
            ("${}", VariableFault::Empty),
            ("${, 'x'}", VariableFault::Empty),
            ("${a, 'b'", VariableFault::MissingBrace),
        ] {
            assert_eq!(tokens(text, true, true).err(), Some(fault), "{text}");
        }
    }
    #[test]
    fn a_value_is_literal_whatever_it_holds() {
        let keys: MapKeys = [("k", ["*?${x}"])].into_iter().collect();
        let glob = Glob::parse("a${k}?", true, true);
        assert_eq!(glob.matches("a*?${x}b", &keys), Match::Yes);
        assert_eq!(glob.matches("abcb", &keys), Match::No);
        assert_eq!(glob.matches("ab", &NoKeys), Match::NoValue);
        let many = Glob::parse(&"${k}*".repeat(20), true, true);
        assert_eq!(many.matches(&"*?${x}-".repeat(20), &keys), Match::Yes);
        assert_eq!(many.matches("x", &keys), Match::No);
    }
    #[test]
    fn folding_does_not_read_wildcards() {
        assert_eq!(Glob::parse("a*B", false, true).equals_folded("A*b", &NoKeys), Match::Yes);
        assert_eq!(Glob::parse("a*B", false, true).equals_folded("Axb", &NoKeys), Match::No);
        assert_eq!(Glob::parse("", false, true).equals_folded("", &NoKeys), Match::Yes);
    }
    #[test]
    fn names_ignore_case_and_count_characters() {
        for (pattern, name) in
            [("*", ""), ("Get*Value", "getSecretVALUE"), ("g?t", "GET"), ("g?t", "gät"), ("*a*b", "xaab")]
        {
            assert!(NamePattern::new(pattern).matches(name), "{pattern} and {name}");
        }
        for (pattern, name) in [("Get", "Gets"), ("g??t", "gät"), ("a*b", "a"), ("?", "")] {
            assert!(!NamePattern::new(pattern).matches(name), "{pattern} and {name}");
        }
    }
}
