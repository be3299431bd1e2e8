//! Requests of the Query protocol: a form, in whose names the shape is laid out, such as `Tags.member.1.Key=Team&…`.
//!
//! Read here rather than by a library of forms: those replace what is not UTF-8, and decode secrets into memory that nobody
//! wipes. Strict: a name given twice, a list that is not numbered from 1, an escape that is none are refused. Names that nobody
//! knows are skipped; a list or map whose name stands alone, without a value, is empty.

use std::borrow::Cow;
use std::cmp::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use strongroom::clock::Timestamp;
use strongroom::name::Text;
use strongroom::operation::{Blob, Malformed, Refused, Source, TakeEntry, TakeMember, TakeOne};
use strongroom::{SecretBytes, SecretText};

/// The parameters of a form, in the order of their names.
#[derive(Debug)]
pub struct Form<'b> {
    pairs: Vec<Pair<'b>>,
}

/// One parameter; its value stays as it is in the body until somebody asks for it.
struct Pair<'b> {
    name: Cow<'b, str>,
    value: &'b [u8],
    at: usize,
}
impl std::fmt::Debug for Pair<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}=({} bytes)", self.name, self.value.len())
    }
}

impl<'b> Form<'b> {
    /// Of a body.
    ///
    /// # Errors
    /// A name twice, a name that is no UTF-8 or has an empty part, more than 10,000 parameters.
    pub fn parse(body: &'b [u8]) -> Result<Self, Malformed> {
        let mut pairs = Vec::new();
        let mut at = 0_usize;
        for piece in body.split(|byte| *byte == b'&') {
            let start = at;
            at = at.saturating_add(piece.len()).saturating_add(1);
            if piece.is_empty() {
                continue;
            }
            if pairs.len() >= PARAMETERS_MAX {
                return Err(Malformed::new(start, "too many parameters"));
            }
            let (name, value) = match piece.iter().position(|byte| *byte == b'=') {
                Some(end) => (piece.get(..end), piece.get(end.saturating_add(1)..)),
                None => (Some(piece), None),
            };
            let (name, value) = (name.unwrap_or_default(), value.unwrap_or_default());
            let Some(name) = decoded(name) else {
                return Err(Malformed::new(start, "a name that is not UTF-8, encoded"));
            };
            if name.split('.').any(str::is_empty) {
                return Err(Malformed::new(start, "a name with an empty part"));
            }
            pairs.push(Pair { name, value, at: start });
        }
        pairs.sort_by(|one, other| by_parts(&one.name, &other.name));
        for (one, other) in pairs.iter().zip(pairs.iter().skip(1)) {
            if one.name == other.name {
                return Err(Malformed::new(other.at.max(one.at), "a parameter given twice"));
            }
        }
        Ok(Self { pairs })
    }
    /// The value of a parameter by its whole name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<Cow<'b, str>> {
        decoded(self.pairs.iter().find(|pair| pair.name == name)?.value)
    }
    /// The whole form as one structure.
    #[must_use]
    pub fn source(&self) -> Node<'_, 'b> {
        Node { pairs: &self.pairs, depth: 0 }
    }
}

/// Parameters whose names begin with the same parts: one value, or a value's parts.
#[derive(Clone, Copy, Debug)]
pub struct Node<'f, 'b> {
    pairs: &'f [Pair<'b>],
    /// How many parts of the names were read.
    depth: usize,
}

impl<'f, 'b> Node<'f, 'b> {
    fn bad<T>(&self, what: &'static str) -> Result<T, Refused> {
        let at = self.pairs.iter().map(|pair| pair.at).min().unwrap_or_default();
        Err(Malformed::new(at, what).into())
    }
    /// The value, if it is one and not parts.
    fn leaf(&self) -> Option<&'f Pair<'b>> {
        // Sorted, so a name that others go on from stands before them.
        self.pairs.first().filter(|pair| pair.name.split('.').nth(self.depth).is_none())
    }
    fn raw(&self, what: &'static str) -> Result<&'b [u8], Refused> {
        match (self.leaf(), self.pairs) {
            (Some(pair), [_]) => Ok(pair.value),
            _ => self.bad(what),
        }
    }
    fn plain(&self, what: &'static str) -> Result<Cow<'b, str>, Refused> {
        let raw = self.raw(what)?;
        decoded(raw).map_or_else(|| self.bad("not UTF-8, encoded"), Ok)
    }
    /// By the next part of their names.
    fn parts(&self, what: &'static str) -> Result<Vec<(&'f str, Self)>, Refused> {
        if self.leaf().is_some() {
            return self.bad(what);
        }
        let mut parts = Vec::new();
        let mut rest = self.pairs;
        while let Some(first) = rest.first() {
            let part = first.name.split('.').nth(self.depth).unwrap_or_default();
            let same = |pair: &Pair<'_>| pair.name.split('.').nth(self.depth) == Some(part);
            let end = rest.iter().position(|pair| !same(pair)).unwrap_or(rest.len());
            let (these, behind) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            parts.push((part, Self { pairs: these, depth: self.depth.saturating_add(1) }));
            rest = behind;
        }
        Ok(parts)
    }
    /// What is numbered from 1 below this one part.
    fn numbered(&self, part: &str, what: &'static str) -> Result<Vec<Self>, Refused> {
        if let (Some(Pair { value: [], .. }), [_]) = (self.leaf(), self.pairs) {
            return Ok(Vec::new());
        }
        let parts = self.parts(what)?;
        let [(name, all)] = parts.as_slice() else { return self.bad(what) };
        if *name != part {
            return self.bad(what);
        }
        let mut elements = Vec::new();
        for (number, element) in all.parts(what)? {
            if parsed_number(number) != Some(elements.len().saturating_add(1)) {
                return element.bad("a list must be numbered from 1, without gaps");
            }
            elements.push(element);
        }
        Ok(elements)
    }
}

impl Source for Node<'_, '_> {
    fn structure(&mut self, member: TakeMember<'_>) -> Result<(), Refused> {
        if self.pairs.is_empty() {
            return Ok(());
        }
        for (name, mut value) in self.parts("expected a structure")? {
            member(name, &mut value)?;
        }
        Ok(())
    }
    fn list(&mut self, each: TakeOne<'_>) -> Result<(), Refused> {
        for mut element in self.numbered("member", "expected a list: NAME.member.1")? {
            each(&mut element)?;
        }
        Ok(())
    }
    fn map(&mut self, entry: TakeEntry<'_>) -> Result<(), Refused> {
        let mut seen: Vec<Cow<'_, str>> = Vec::new();
        for element in self.numbered("entry", "expected a map: NAME.entry.1.key and NAME.entry.1.value")? {
            let parts = element.parts("expected key and value")?;
            let [("key", key), ("value", value)] = parts.as_slice() else {
                return element.bad("expected key and value");
            };
            let key = key.plain("expected a key")?;
            if seen.contains(&key) {
                return element.bad("a key given twice");
            }
            entry(&key, &mut { *value })?;
            seen.push(key);
        }
        Ok(())
    }
    fn text(&mut self) -> Result<Text, Refused> {
        Ok(Text::from(&*self.plain("expected text")?))
    }
    fn secret_text(&mut self) -> Result<SecretText, Refused> {
        let raw = self.raw("expected text")?;
        let text = decoded_secret(raw).and_then(|bytes| bytes.into_text().ok());
        text.map_or_else(|| self.bad("not UTF-8, encoded"), Ok)
    }
    fn blob(&mut self) -> Result<Blob, Refused> {
        Ok(Blob::from(self.secret_blob()?.expose()))
    }
    fn secret_blob(&mut self) -> Result<SecretBytes, Refused> {
        let raw = self.raw("expected base64 text")?;
        let bytes = decoded_secret(raw).and_then(|text| {
            let text = text.expose();
            let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
            let len = (text.len() / 4 * 3).checked_sub(padding).filter(|_| text.len() % 4 == 0)?;
            let decode = |out: &mut [u8]| match STANDARD.decode_slice(text, out) {
                Ok(count) if count == len => Ok(()),
                _ => Err(()),
            };
            SecretBytes::fill_with(len, decode).ok()
        });
        bytes.map_or_else(|| self.bad("not base64"), Ok)
    }
    fn integer(&mut self) -> Result<i64, Refused> {
        let text = self.plain("expected a whole number")?;
        let digits = text.strip_prefix('-').unwrap_or(&text);
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|_| is_number).map_or_else(|| self.bad("expected a whole number"), Ok)
    }
    fn boolean(&mut self) -> Result<bool, Refused> {
        match &*self.plain("expected `true` or `false`")? {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => self.bad("expected `true` or `false`"),
        }
    }
    fn timestamp(&mut self) -> Result<Timestamp, Refused> {
        let text = self.plain("expected an instant in ISO 8601")?;
        Timestamp::from_iso_8601(&text).map_or_else(|| self.bad("expected an instant in ISO 8601"), Ok)
    }
}

/// Part by part; numbers by their value, so that element 2 stands before element 10.
fn by_parts(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one.split('.'), other.split('.'));
    loop {
        let order = match (one.next(), other.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(one), Some(other)) => match (parsed_number(one), parsed_number(other)) {
                (Some(one), Some(other)) => one.cmp(&other),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => one.cmp(other),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}
/// In the one way that a number is written.
fn parsed_number(text: &str) -> Option<usize> {
    let plain = !text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

/// `application/x-www-form-urlencoded` (URL standard, section 5.1), but no lone `%` and nothing outside ASCII: byte by byte.
fn each_byte(raw: &[u8], mut put: impl FnMut(u8)) -> Option<()> {
    let hex = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut rest = raw;
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        match byte {
            b'+' => put(b' '),
            b'%' => {
                let [high, low, behind @ ..] = rest else { return None };
                put(hex(high)? << 4 | hex(low)?);
                rest = behind;
            }
            byte if byte.is_ascii() => put(*byte),
            _ => return None,
        }
    }
    Some(())
}
fn decoded(raw: &[u8]) -> Option<Cow<'_, str>> {
    if raw.iter().all(|byte| byte.is_ascii() && !matches!(byte, b'+' | b'%')) {
        return std::str::from_utf8(raw).ok().map(Cow::Borrowed);
    }
    let mut bytes = Vec::with_capacity(raw.len());
    each_byte(raw, |byte| bytes.push(byte))?;
    String::from_utf8(bytes).ok().map(Cow::Owned)
}
/// Straight into a wiped buffer of its exact size.
fn decoded_secret(raw: &[u8]) -> Option<SecretBytes> {
    let mut len = 0_usize;
    each_byte(raw, |_| len = len.saturating_add(1))?;
    let fill = |out: &mut [u8]| {
        let mut places = out.iter_mut();
        let filled = each_byte(raw, |byte| {
            if let Some(place) = places.next() {
                *place = byte;
            }
        });
        filled.ok_or(())
    };
    SecretBytes::fill_with(len, fill).ok()
}

const PARAMETERS_MAX: usize = 10_000;
