//! What a request says about itself: values by condition key, asked for only when a statement needs them.

use std::fmt;
use std::fmt::Write as _;

use crate::name::Text;
use crate::policy::key::Key;
use crate::policy::scalar;

/// The request context: gives the values of a key when a statement that otherwise applies needs them.
///
/// `plain` tells that the operator has no set operator; a source may then answer with a single value where it would
/// otherwise give several (`secretsmanager:VersionStage` does: a stage that the request names stands for itself).
/// The same key may be asked for several times within one decision and must answer the same each time.
pub trait Keys {
    /// The values of a key in this request.
    fn values(&self, key: &Key, plain: bool) -> Values<'_>;
}

/// The values of one key. An empty set is the same as an absent key; a set of one is that one value.
#[derive(Clone, Debug)]
pub enum Values<'k> {
    /// The request has no such key.
    Absent,
    /// A single value.
    One(Value<'k>),
    /// A set of texts.
    Many(&'k [Text]),
    /// A set of texts that do not stand side by side.
    ManyText(Vec<&'k str>),
}

/// One value of a key.
#[derive(Clone, Debug)]
pub enum Value<'k> {
    /// Borrowed text.
    Text(&'k str),
    /// Text made for the question.
    Owned(String),
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Number(i64),
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Time(i64),
}

/// A context without any key.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoKeys;

impl Keys for NoKeys {
    fn values(&self, _: &Key, _: bool) -> Values<'_> {
        Values::Absent
    }
}

/// A context written down as texts, as simulations have it. Key names compare without regard to letter case.
#[derive(Clone, Debug, Default)]
pub struct MapKeys {
    entries: Vec<(Text, Vec<Text>)>,
}

impl MapKeys {
    /// An empty context.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
    /// Sets a key; an empty list makes it absent. A key set before, in whatever case, gets the new values.
    pub fn set(&mut self, key: &str, values: Vec<Text>) {
        match self.entries.binary_search_by(|(name, _)| compare_folded(name, key)) {
            Ok(place) => {
                if let Some(entry) = self.entries.get_mut(place) {
                    entry.1 = values;
                }
            }
            Err(place) => self.entries.insert(place, (Text::from(key), values)),
        }
    }
    /// Keys of that prefix with one value each: what follows the prefix, and the value.
    pub(crate) fn texts_after<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.entries.iter().filter_map(move |(name, values)| {
            let (head, rest) = name.split_at_checked(prefix.len())?;
            (head.eq_ignore_ascii_case(prefix)).then_some((rest, values.first()?.as_str()))
        })
    }
    /// Is there such a key already, in whatever case?
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        self.entries.binary_search_by(|(name, _)| compare_folded(name, key)).is_ok()
    }
}
impl<K: AsRef<str>, V: Into<Text>, L: IntoIterator<Item = V>> FromIterator<(K, L)> for MapKeys {
    fn from_iter<I: IntoIterator<Item = (K, L)>>(entries: I) -> Self {
        let mut keys = Self::new();
        for (key, values) in entries {
            keys.set(key.as_ref(), values.into_iter().map(Into::into).collect());
        }
        keys
    }
}
impl Keys for MapKeys {
    fn values(&self, key: &Key, _: bool) -> Values<'_> {
        let found = self.entries.binary_search_by(|(name, _)| compare_folded(name, &key.text));
        match found.ok().and_then(|place| self.entries.get(place)).map(|(_, values)| values.as_slice()) {
            None | Some([]) => Values::Absent,
            Some([one]) => Values::One(Value::Text(one)),
            Some(many) => Values::Many(many),
        }
    }
}

/// Can this text be a value of a type, as simulations name types (`numeric`, `ip`, …)? `None` for an unknown type.
pub(crate) fn is_of_type(kind: &str, text: &str) -> Option<bool> {
    Some(match kind {
        "string" => true,
        "numeric" => scalar::Decimal::parse(text).is_some(),
        "boolean" => scalar::parse_bool(text).is_some(),
        "ip" => scalar::Block::parse(text).is_some(),
        "binary" => scalar::is_base64(text),
        "date" => scalar::Instant::parse(text).is_some(),
        _ => return None,
    })
}

fn compare_folded(a: &str, b: &str) -> std::cmp::Ordering {
    a.bytes().map(|byte| byte.to_ascii_lowercase()).cmp(b.bytes().map(|byte| byte.to_ascii_lowercase()))
}

impl Value<'_> {
    /// The value as text: numbers in decimal, instants in ISO 8601. No heap is used.
    pub(crate) fn text(&self) -> ShortText<'_> {
        match self {
            Self::Text(text) => ShortText::Borrowed(text),
            Self::Owned(text) => ShortText::Borrowed(text),
            Self::Bool(true) => ShortText::Borrowed("true"),
            Self::Bool(false) => ShortText::Borrowed("false"),
            Self::Number(number) => ShortText::Inline(Inline::of(format_args!("{number}"))),
            Self::Time(millis) => ShortText::Inline(Inline::of(format_args!("{}", scalar::Iso(*millis)))),
        }
    }
    /// The value as a decimal number's text: instants are seconds since 1970.
    pub(crate) fn number_text(&self) -> ShortText<'_> {
        match self {
            Self::Time(millis) => {
                let sign = if *millis < 0 { "-" } else { "" };
                let size = millis.unsigned_abs();
                ShortText::Inline(Inline::of(format_args!("{sign}{}.{:03}", size / 1000, size % 1000)))
            }
            other => other.text(),
        }
    }
}

/// Text that is borrowed, or short enough to stand on the stack.
#[derive(Clone, Debug)]
pub(crate) enum ShortText<'k> {
    Borrowed(&'k str),
    Owned(String),
    Inline(Inline),
}

impl ShortText<'_> {
    pub fn as_str(&self) -> &str {
        match self {
            Self::Borrowed(text) => text,
            Self::Owned(text) => text,
            Self::Inline(text) => text.as_str(),
        }
    }
}
impl<'k> From<Value<'k>> for ShortText<'k> {
    fn from(value: Value<'k>) -> Self {
        match value {
            Value::Text(text) => Self::Borrowed(text),
            Value::Owned(text) => Self::Owned(text),
            other => match other.text() {
                ShortText::Inline(text) => Self::Inline(text),
                ShortText::Borrowed(text) => Self::Owned(text.to_owned()),
                ShortText::Owned(text) => Self::Owned(text),
            },
        }
    }
}

/// Up to 40 bytes: a number has 20, an instant 30.
#[derive(Clone, Copy)]
pub(crate) struct Inline {
    bytes: [u8; 40],
    len: usize,
}

impl Inline {
    fn of(arguments: fmt::Arguments<'_>) -> Self {
        let mut text = Self { bytes: [0; 40], len: 0 };
        // Writing fails only when the buffer is full, which no number and no instant can do.
        let _ = text.write_fmt(arguments);
        text
    }
    fn as_str(&self) -> &str {
        self.bytes.get(..self.len).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}
impl fmt::Write for Inline {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.len.saturating_add(text.len());
        let room = self.bytes.get_mut(self.len..end).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}
impl fmt::Debug for Inline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_text_without_loss() {
        assert_eq!(Value::Number(i64::MIN).text().as_str(), "-9223372036854775808");
        assert_eq!(Value::Time(1_767_225_600_250).text().as_str(), "2026-01-01T00:00:00.250Z");
        assert_eq!(Value::Time(-1).number_text().as_str(), "-0.001");
        assert_eq!(Value::Time(i64::MAX).number_text().as_str(), "9223372036854775.807");
        assert_eq!(Value::Time(i64::MAX).text().as_str(), "292278994-08-17T07:12:55.807Z");
        assert_eq!(Value::Time(i64::MIN).text().as_str(), "-292275055-05-16T16:47:04.192Z");
        assert_eq!(Value::Bool(true).text().as_str(), "true");
    }
    #[test]
    fn a_key_set_twice_in_two_cases_is_one_key() {
        let mut keys = MapKeys::new();
        keys.set("aws:username", vec!["a".into()]);
        keys.set("AWS:UserName", vec!["b".into()]);
        assert!(matches!(keys.values(&Key::parse("Aws:Username"), true), Values::One(Value::Text("b"))));
        keys.set("aws:username", vec![]);
        assert!(matches!(keys.values(&Key::parse("aws:username"), true), Values::Absent));
    }
}
