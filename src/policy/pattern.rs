//! Patterns: `*` for any run of characters, `?` for exactly one, and variables that stand for a literal text.
//!
//! A pattern is split into tokens once, when the policy is compiled; a variable's value is put in afterwards and is
//! always literal, so a tag value `*` is no wildcard. What stands between two stars is looked for once, behind what was
//! found before, because the leftmost place is never worse than a later one: the cost is at most the product of the
//! lengths, never exponential.

use crate::name::Text;
use crate::policy::context::{Keys, ShortText, Values};
use crate::policy::key::Key;

mod name;
mod search;
mod token;

pub(crate) use name::{NamePattern, Unit};
use search::{Atom, Token, run};
pub(crate) use token::{Piece, Variable, VariableFault, tokens};

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

fn equal_folded(atoms: &[Atom<'_>], text: &str) -> Match {
    use crate::policy::scalar::fold;
    let written = atoms.iter().flat_map(|atom| match atom {
        Atom::Literal(literal) => literal.chars(),
        Atom::One => "?".chars(),
        Atom::Any => "*".chars(),
    });
    if written.map(fold).eq(text.chars().map(fold)) { Match::Yes } else { Match::No }
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
}
