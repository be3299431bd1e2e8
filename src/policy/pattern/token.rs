//! The tokens of a pattern, and how its text is split into them.

use super::single;
use crate::name::Text;
use crate::policy::context::{Keys, ShortText};
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
    pub(super) fn text<'k>(&'k self, keys: &'k dyn Keys) -> Option<ShortText<'k>> {
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
