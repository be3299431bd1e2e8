//! `KEY=value` lines. The parsers that others made replace `$NAME` by what the environment holds; a password with a dollar sign
//! would not survive that, so values are taken as they stand.
//!
//! - `#` begins a comment at the start of a line, and after white space behind a value.
//! - `export ` before a key is passed over.
//! - `'…'` is literal and may run over several lines; so may `"…"`, where `\n`, `\r`, `\t`, `\\`, `\"` and `\$` are escapes.
//! - A value without quotes ends with its line; white space around it does not count.

use std::collections::BTreeSet;

use strongroom::SecretText;
use zeroize::Zeroizing;

use super::entry::ENTRIES_MAX;
use super::input::Input;
use crate::failure::Failure;
use crate::flat::harmless;

/// A key, its value, and the line of the key.
pub struct Pair {
    pub key: String,
    pub value: SecretText,
    pub line: usize,
}

pub fn read(input: &Input) -> Result<Vec<Pair>, Failure> {
    let text = input.text()?;
    // What some editors begin a file with.
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut pairs: Vec<Pair> = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut line: usize = 1;
    while !rest.is_empty() {
        let (this, after) = split_line(rest);
        let bare = this.trim();
        if bare.is_empty() || bare.starts_with('#') {
            (rest, line) = (after, line.saturating_add(1));
            continue;
        }
        let bare = bare.strip_prefix("export ").unwrap_or(bare);
        let (key, _) =
            bare.split_once('=').ok_or_else(|| input.wrong(line, "`KEY=value` was expected, and there is no `=`"))?;
        let key = key.trim();
        if key.is_empty() || !key.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c)) {
            return Err(input.wrong(line, "a key is made of letters, digits, `_`, `.` and `-`"));
        }
        if pairs.len() >= ENTRIES_MAX {
            return Err(input
                .wrong(line, format!("these are more than {ENTRIES_MAX} keys"))
                .help("import them in parts"));
        }
        if !seen.insert(key) {
            return Err(input.wrong(line, format!("the key `{}` is there twice", harmless(key))));
        }
        let value = rest.split_once('=').map_or("", |(_, value)| value).trim_start_matches([' ', '\t']);
        let (value, after) = if let Some(quote @ ('"' | '\'')) = value.chars().next() {
            quoted(value, quote, input, line)?
        } else {
            let (value, after) = split_line(value);
            (SecretText::from(without_comment(value).trim()), after)
        };
        pairs.push(Pair { key: key.to_owned(), value, line });
        let passed = rest.len().saturating_sub(after.len());
        line = line.saturating_add(rest.get(..passed).unwrap_or_default().matches('\n').count());
        rest = after;
    }
    Ok(pairs)
}

/// A line without its end, and what follows.
fn split_line(text: &str) -> (&str, &str) {
    text.split_once('\n').unwrap_or((text, ""))
}

fn without_comment(value: &str) -> &str {
    let starts =
        |(at, _): &(usize, &str)| *at == 0 || value.get(..*at).is_some_and(|before| before.ends_with([' ', '\t']));
    value.match_indices('#').find(starts).and_then(|(at, _)| value.get(..at)).unwrap_or(value)
}

/// A value in quotes, and what follows behind its line.
fn quoted<'t>(text: &'t str, quote: char, input: &Input, line: usize) -> Result<(SecretText, &'t str), Failure> {
    let mut value = Zeroizing::new(String::with_capacity(text.len()));
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        if c == quote {
            let after = text.get(at.saturating_add(1)..).unwrap_or_default();
            let (trailing, after) = split_line(after);
            let trailing = trailing.trim();
            if !trailing.is_empty() && !trailing.starts_with('#') {
                return Err(input.wrong(line, "there is something behind the closing quote"));
            }
            return Ok((SecretText::from(value.as_str()), after));
        }
        if c == '\\' && quote == '"' {
            match chars.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 'r')) => value.push('\r'),
                Some((_, 't')) => value.push('\t'),
                Some((_, same @ ('\\' | '"' | '$'))) => value.push(same),
                // Of what nobody defined, nothing is lost.
                Some((_, other)) => value.extend(['\\', other]),
                None => break,
            }
        } else {
            value.push(c);
        }
    }
    Err(input.wrong(line, "a value in quotes has no end"))
}
