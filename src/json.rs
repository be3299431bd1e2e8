//! The one JSON reader and writer: AWS JSON 1.1 for requests and answers, and values of secrets that are JSON.
//!
//! The reader pulls: no tree is built, and a secret is unescaped or decoded straight into its own exact, wiped buffer. It is
//! strict: duplicate members, lone surrogates, numbers out of range, a byte order mark and bytes after the end are refused.
//! Members that nobody knows are skipped, members that are `null` are absent, as AWS has it. What it accepts, serde_json
//! accepts with the same content.
//!
//! The writer runs twice, once for the size and once into an exact, wiped buffer: an answer may hold a secret.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use strongroom_keystore::{SecretBytes, SecretText};

use crate::clock::Timestamp;
use crate::error::Error;
use crate::name::Text;
use crate::operation::check::refused;
use crate::operation::{
    AnyRequest, Blob, Malformed, Operation, Refused, Sink, Source, Spec, Take, TakeEntry, TakeMember, TakeOne, Tell,
};

mod tree;
mod typed;

pub use tree::{Node, Value, read_trees};
pub use typed::{Mismatch, read_value, secret_text};

/// Objects and lists may nest so deep; the deepest AWS shape nests 5.
const DEPTH_MAX: u8 = 32;
/// Instants up to the year 73,326 survive the way through a floating-point number unchanged.
const MILLIS_MAX: f64 = 2_251_799_813_685_248.0;

/// A request from a body. The constraints are checked by the call, not here.
///
/// # Errors
/// `InvalidRequest`: `SerializationException` with the byte offset for a body of the wrong form, the service's validation
/// error when required members are missing.
pub fn read<O: Operation>(body: &[u8]) -> Result<O, Error> {
    take(body).map_err(|why| refused(O::SERVICE, why))
}

/// A request of an operation known by name.
///
/// # Errors
/// As [`AnyRequest::take`] and [`read`].
pub fn read_any(service: &str, name: &str, body: &[u8]) -> Result<AnyRequest, Error> {
    let mut reader = Reader::new(body).map_err(|malformed| refused(service, malformed.into()))?;
    let request = AnyRequest::take(service, name, &mut reader)?;
    reader.end().map_err(|malformed| refused(service, malformed.into()))?;
    Ok(request)
}

/// Any value from a body that holds nothing else: an answer, a part of a request.
///
/// # Errors
/// As [`Take::take`].
pub fn take<T: Take>(body: &[u8]) -> Result<T, Refused> {
    let mut reader = Reader::new(body)?;
    let value = T::take(&mut reader)?;
    reader.end()?;
    Ok(value)
}

/// The text of an object with another value, a text, for one of its members; all else stays as it is written. Nothing of it is
/// copied to where nobody wipes it.
///
/// # Errors
/// What keeps it from being done: no object, or no such member.
pub(crate) fn with_member(object: &SecretText, member: &str, value: &SecretText) -> Result<SecretText, String> {
    let text = object.expose();
    let (start, end) = place_of_member(text, member)?;
    let parts = [text.get(..start), text.get(end..)].map(Option::unwrap_or_default);
    let put = |out: Option<&mut [u8]>| {
        let mut writer = Writer { out, at: 0, comma: false };
        writer.put(parts[0].as_bytes());
        writer.quoted(value.expose());
        writer.put(parts[1].as_bytes());
        writer.at
    };
    let written = SecretBytes::fill_with(put(None), |out| {
        put(Some(out));
        Ok::<(), std::convert::Infallible>(())
    });
    match written {
        Ok(bytes) => bytes.into_text().map_err(|_| "not UTF-8".to_owned()),
        Err(never) => match never {},
    }
}
/// # Errors
/// No object, no such member, or one that is no text.
pub(crate) fn has_text_member(object: &SecretText, member: &str) -> Result<(), String> {
    let (start, end) = place_of_member(object.expose(), member)?;
    match object.expose().get(start..end) {
        Some(value) if value.starts_with('"') && value.len() > 2 => Ok(()),
        _ => Err("it is no text".to_owned()),
    }
}
/// Where the value of a member of the outermost object stands.
fn place_of_member(text: &str, member: &str) -> Result<(usize, usize), String> {
    let mut reader = Reader { text, at: 0, depth: 0 };
    let mut found = None;
    let read = reader.members("expected an object", |reader, name| {
        reader.peek();
        let start = reader.at;
        reader.skip()?;
        if name == member {
            found = Some((start, reader.at));
        }
        Ok(())
    });
    let read = read.and_then(|()| Ok(reader.end()?));
    match (read, found) {
        (Ok(()), Some(place)) => Ok(place),
        (Ok(()), None) => Err("there is no such member".to_owned()),
        (Err(_), _) => Err("the value is no JSON object".to_owned()),
    }
}

/// The JSON text of a request or an answer, in one buffer of its exact size.
#[must_use]
pub fn write(value: &dyn Tell) -> SecretBytes {
    let mut measure = Writer { out: None, at: 0, comma: false };
    value.tell(&mut measure);
    let written = SecretBytes::fill_with(measure.at, |out| {
        value.tell(&mut Writer { out: Some(out), at: 0, comma: false });
        Ok::<(), std::convert::Infallible>(())
    });
    match written {
        Ok(text) => text,
        Err(never) => match never {},
    }
}

/// Reads one JSON text. The body belongs to the caller, who keeps it in a wiped buffer if it holds a secret.
pub struct Reader<'b> {
    text: &'b str,
    at: usize,
    depth: u8,
}

/// A string as it stands in the text, without its quotes.
struct Quoted<'b> {
    raw: &'b str,
    /// Bytes it has when unescaped.
    len: usize,
}

impl<'b> Reader<'b> {
    /// At the start of a body.
    ///
    /// # Errors
    /// A body that is not UTF-8.
    pub fn new(body: &'b [u8]) -> Result<Self, Malformed> {
        match std::str::from_utf8(body) {
            Ok(text) => Ok(Self { text, at: 0, depth: 0 }),
            Err(why) => Err(Malformed::new(why.valid_up_to(), "not UTF-8")),
        }
    }
    /// At the end of the body, white space aside.
    ///
    /// # Errors
    /// Anything else.
    pub fn end(&mut self) -> Result<(), Malformed> {
        if self.peek().is_none() { Ok(()) } else { self.bad("expected the end") }
    }

    fn bad<T>(&self, what: &'static str) -> Result<T, Malformed> {
        Err(Malformed::new(self.at, what))
    }
    fn rest(&self) -> &'b str {
        self.text.get(self.at..).unwrap_or_default()
    }
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.byte() {
            self.at += 1;
        }
        self.byte()
    }
    fn eat(&mut self, byte: u8, what: &'static str) -> Result<(), Malformed> {
        if self.peek() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            self.bad(what)
        }
    }
    /// `true`, `false` or `null`, if it is what comes next.
    fn word(&mut self, word: &str) -> bool {
        let found = self.rest().strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()));
        if found {
            self.at += word.len();
        }
        found
    }
    fn string(&mut self, what: &'static str) -> Result<Quoted<'b>, Malformed> {
        self.eat(b'"', what)?;
        let (start, mut len) = (self.at, 0);
        loop {
            let rest = self.rest();
            let plain = rest.bytes().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1F)).unwrap_or(rest.len());
            self.at += plain;
            len += plain;
            match self.byte() {
                Some(b'"') => {
                    let raw = self.text.get(start..self.at).unwrap_or_default();
                    self.at += 1;
                    return Ok(Quoted { raw, len });
                }
                Some(b'\\') => match escape(self.rest()) {
                    Some((used, meant)) => {
                        self.at += used;
                        len += meant.len_utf8();
                    }
                    None => return self.bad("no such escape, or half of a surrogate pair"),
                },
                Some(_) => return self.bad("control character in text"),
                None => return self.bad("text without an end"),
            }
        }
    }
    /// A number by RFC 8259, section 6.
    fn number(&mut self) -> Result<&'b str, Malformed> {
        let what = "expected a number";
        self.peek();
        let start = self.at;
        if self.byte() == Some(b'-') {
            self.at += 1;
        }
        if self.byte() == Some(b'0') {
            self.at += 1;
        } else {
            self.digits(what)?;
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits(what)?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits(what)?;
        }
        Ok(self.text.get(start..self.at).unwrap_or_default())
    }
    fn digits(&mut self, what: &'static str) -> Result<(), Malformed> {
        let rest = self.rest();
        let count = rest.bytes().position(|b| !b.is_ascii_digit()).unwrap_or(rest.len());
        self.at += count;
        if count == 0 { self.bad(what) } else { Ok(()) }
    }
    fn float(&mut self) -> Result<f64, Malformed> {
        let digits = self.number()?;
        match digits.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => self.bad("number out of range"),
        }
    }
    /// Members of an object; `member` reads the value of each.
    fn members(
        &mut self,
        what: &'static str,
        mut member: impl FnMut(&mut Self, &str) -> Result<(), Refused>,
    ) -> Result<(), Refused> {
        self.eat(b'{', what)?;
        self.deeper()?;
        // Ordered, so that a body of many names costs no more than its length warrants.
        let mut seen: BTreeSet<Cow<'b, str>> = BTreeSet::new();
        let mut first = true;
        loop {
            if first && self.peek() == Some(b'}') {
                break;
            }
            first = false;
            let name = unescaped(&self.string("expected the name of a member")?);
            if seen.contains(&name) {
                return Ok(self.bad("member given twice")?);
            }
            self.eat(b':', "expected `:`")?;
            member(self, &name)?;
            seen.insert(name);
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Ok(self.bad("expected `,` or `}`")?),
            }
        }
        self.at += 1;
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }
    /// Elements of a list; `element` reads each.
    fn elements(&mut self, mut element: impl FnMut(&mut Self) -> Result<(), Refused>) -> Result<(), Refused> {
        self.eat(b'[', "expected a list")?;
        self.deeper()?;
        let mut first = true;
        loop {
            if first && self.peek() == Some(b']') {
                break;
            }
            first = false;
            element(self)?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Ok(self.bad("expected `,` or `]`")?),
            }
        }
        self.at += 1;
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }
    fn deeper(&mut self) -> Result<(), Malformed> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH_MAX { self.bad("nested too deeply") } else { Ok(()) }
    }
    /// Reads a value that nobody asked for, as strictly as any other.
    fn skip(&mut self) -> Result<(), Refused> {
        match self.peek() {
            Some(b'"') => self.string("expected text").map(drop)?,
            Some(b'{') => self.members("expected an object", |reader, _| reader.skip())?,
            Some(b'[') => self.elements(Self::skip)?,
            Some(b't' | b'f' | b'n') if self.word("true") || self.word("false") || self.word("null") => {}
            Some(b'-' | b'0'..=b'9') => self.float().map(drop)?,
            _ => self.bad("expected a value")?,
        }
        Ok(())
    }
    /// Base64 by RFC 4648, section 4, padded, straight into a buffer of its exact size.
    fn base64(&mut self) -> Result<SecretBytes, Malformed> {
        let quoted = self.string("expected base64 text")?;
        // Some writers escape the slash. The unescaped text is as secret as what it encodes.
        let plain = if quoted.len == quoted.raw.len() { None } else { Some(exact(&quoted)) };
        let encoded = plain.as_ref().map_or(quoted.raw.as_bytes(), SecretBytes::expose);
        let padding = encoded.iter().rev().take_while(|byte| **byte == b'=').count();
        let len = (encoded.len() / 4 * 3).checked_sub(padding).filter(|_| encoded.len() % 4 == 0);
        let decoded = len.and_then(|len| {
            let decode = |out: &mut [u8]| match STANDARD.decode_slice(encoded, out) {
                Ok(count) if count == len => Ok(()),
                _ => Err(()),
            };
            SecretBytes::fill_with(len, decode).ok()
        });
        decoded.map_or_else(|| self.bad("not base64"), Ok)
    }
}
impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reader(at byte {} of {})", self.at, self.text.len())
    }
}

impl Source for Reader<'_> {
    fn structure(&mut self, member: TakeMember<'_>) -> Result<(), Refused> {
        self.members("expected an object", |reader, name| {
            reader.peek();
            if reader.word("null") || member(name, reader)? { Ok(()) } else { reader.skip() }
        })
    }
    fn list(&mut self, each: TakeOne<'_>) -> Result<(), Refused> {
        self.elements(|reader| each(reader))
    }
    fn map(&mut self, entry: TakeEntry<'_>) -> Result<(), Refused> {
        self.members("expected an object", |reader, key| entry(key, reader))
    }
    fn text(&mut self) -> Result<Text, Refused> {
        Ok(Text::from(&*unescaped(&self.string("expected text")?)))
    }
    fn secret_text(&mut self) -> Result<SecretText, Refused> {
        let quoted = self.string("expected text")?;
        Ok(exact(&quoted).into_text().or_else(|_| self.bad("not UTF-8"))?)
    }
    fn blob(&mut self) -> Result<Blob, Refused> {
        Ok(Blob::from(self.base64()?.expose()))
    }
    fn secret_blob(&mut self) -> Result<SecretBytes, Refused> {
        Ok(self.base64()?)
    }
    fn integer(&mut self) -> Result<i64, Refused> {
        let digits = self.number()?;
        if digits.contains(['.', 'e', 'E']) {
            return Ok(self.bad("expected a whole number")?);
        }
        Ok(digits.parse().or_else(|_| self.bad("number out of range"))?)
    }
    fn boolean(&mut self) -> Result<bool, Refused> {
        self.peek();
        let value = self.word("true");
        if value || self.word("false") { Ok(value) } else { Ok(self.bad("expected `true` or `false`")?) }
    }
    fn timestamp(&mut self) -> Result<Timestamp, Refused> {
        let millis = (self.float()? * 1000.0).round();
        if millis.abs() > MILLIS_MAX {
            return Ok(self.bad("number out of range")?);
        }
        #[expect(clippy::cast_possible_truncation, reason = "a whole number far within the range of an i64")]
        Ok(Timestamp::from_millis(millis as i64))
    }
}

/// One escape: bytes used, character meant. RFC 8259, section 7.
fn escape(rest: &str) -> Option<(usize, char)> {
    let hex = |from: usize| {
        let digits = rest.get(from..from.checked_add(4)?)?;
        digits.chars().try_fold(0, |number: u32, c| Some((number << 4) | c.to_digit(16)?))
    };
    let meant = match rest.as_bytes().get(1)? {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        same @ (b'"' | b'\\' | b'/') => char::from(*same),
        b'u' => {
            let unit = hex(2)?;
            let Some(high) = unit.checked_sub(0xD800).filter(|high| *high < 0x400) else {
                return Some((6, char::from_u32(unit)?));
            };
            let low =
                hex(8).filter(|_| rest.get(6..8) == Some("\\u"))?.checked_sub(0xDC00).filter(|low| *low < 0x400)?;
            return Some((12, char::from_u32(0x1_0000 + (high << 10) + low)?));
        }
        _ => return None,
    };
    Some((2, meant))
}

/// Text that is no secret.
fn unescaped<'b>(quoted: &Quoted<'b>) -> Cow<'b, str> {
    if quoted.len == quoted.raw.len() {
        return Cow::Borrowed(quoted.raw);
    }
    let mut text = String::with_capacity(quoted.len);
    pieces(quoted.raw, |piece| text.push_str(piece));
    Cow::Owned(text)
}

/// Text that may be a secret, in a buffer of its exact size, which was measured before.
fn exact(quoted: &Quoted<'_>) -> SecretBytes {
    let mut at: usize = 0;
    let filled = SecretBytes::fill_with(quoted.len, |out| {
        pieces(quoted.raw, |piece| {
            let end = at.saturating_add(piece.len());
            if let Some(place) = out.get_mut(at..end) {
                place.copy_from_slice(piece.as_bytes());
            }
            at = end;
        });
        Ok::<(), std::convert::Infallible>(())
    });
    match filled {
        Ok(text) => text,
        Err(never) => match never {},
    }
}

/// The unescaped text, piece by piece. The escapes were checked when the string was read.
fn pieces(mut raw: &str, mut piece: impl FnMut(&str)) {
    while let Some((plain, _)) = raw.split_once('\\') {
        piece(plain);
        raw = raw.get(plain.len()..).unwrap_or_default();
        let Some((used, meant)) = escape(raw) else { return };
        piece(meant.encode_utf8(&mut [0; 4]));
        raw = raw.get(used..).unwrap_or_default();
    }
    piece(raw);
}

/// Without `out` it only measures.
struct Writer<'o> {
    out: Option<&'o mut [u8]>,
    at: usize,
    comma: bool,
}

impl Writer<'_> {
    fn put(&mut self, bytes: &[u8]) {
        let end = self.at.saturating_add(bytes.len());
        if let Some(place) = self.out.as_mut().and_then(|out| out.get_mut(self.at..end)) {
            place.copy_from_slice(bytes);
        }
        self.at = end;
    }
    fn quoted(&mut self, text: &str) {
        self.put(b"\"");
        let mut rest = text.as_bytes();
        while let Some(special) = rest.iter().position(|b| matches!(b, b'"' | b'\\' | 0..=0x1F)) {
            let Some((plain, [byte, after @ ..])) = rest.split_at_checked(special) else { break };
            self.put(plain);
            match byte {
                b'\n' => self.put(b"\\n"),
                b'\r' => self.put(b"\\r"),
                b'\t' => self.put(b"\\t"),
                b'"' | b'\\' => self.put(&[b'\\', *byte]),
                control => self.format(format_args!("\\u{control:04x}")),
            }
            rest = after;
        }
        self.put(rest);
        self.put(b"\"");
    }
    fn format(&mut self, arguments: std::fmt::Arguments<'_>) {
        // Cannot fail: `write_str` never does, and numbers are formatted without allocating.
        let _ = self.write_fmt(arguments);
    }
    fn name(&mut self, name: &str) {
        if self.comma {
            self.put(b",");
        }
        self.quoted(name);
        self.put(b":");
    }
    fn base64(&mut self, bytes: &[u8]) {
        self.put(b"\"");
        let end = self.at.saturating_add(base64::encoded_len(bytes.len(), true).unwrap_or(usize::MAX));
        if let Some(place) = self.out.as_mut().and_then(|out| out.get_mut(self.at..end)) {
            // The place has the encoded length, so it always fits.
            let _ = STANDARD.encode_slice(bytes, place);
        }
        self.at = end;
        self.put(b"\"");
    }
    fn object(&mut self, inside: &mut dyn FnMut(&mut dyn Sink)) {
        self.put(b"{");
        self.comma = false;
        inside(self);
        self.put(b"}");
    }
}
impl std::fmt::Write for Writer<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.put(text.as_bytes());
        Ok(())
    }
}
impl Sink for Writer<'_> {
    fn structure(&mut self, members: &mut dyn FnMut(&mut dyn Sink)) {
        self.object(members);
    }
    fn member(&mut self, spec: &'static Spec, value: &dyn Tell) {
        self.entry(spec.wire, value);
    }
    fn list(&mut self, len: usize, each: &mut dyn FnMut(usize, &mut dyn Sink)) {
        self.put(b"[");
        for index in 0..len {
            if index > 0 {
                self.put(b",");
            }
            each(index, self);
        }
        self.put(b"]");
    }
    fn map(&mut self, entries: &mut dyn FnMut(&mut dyn Sink)) {
        self.object(entries);
    }
    fn entry(&mut self, key: &str, value: &dyn Tell) {
        self.name(key);
        value.tell(self);
        self.comma = true;
    }
    fn text(&mut self, text: &str) {
        self.quoted(text);
    }
    fn secret_text(&mut self, text: &SecretText) {
        self.quoted(text.expose());
    }
    fn blob(&mut self, bytes: &[u8]) {
        self.base64(bytes);
    }
    fn secret_blob(&mut self, bytes: &SecretBytes) {
        self.base64(bytes.expose());
    }
    fn integer(&mut self, number: i64) {
        self.format(format_args!("{number}"));
    }
    fn boolean(&mut self, value: bool) {
        self.put(if value { b"true" } else { b"false" });
    }
    /// Seconds since 1970 with the milliseconds as fraction.
    fn timestamp(&mut self, instant: Timestamp) {
        let millis = instant.as_millis();
        let (sign, millis) = (if millis < 0 { "-" } else { "" }, millis.unsigned_abs());
        self.format(format_args!("{sign}{}", millis / 1000));
        match millis % 1000 {
            0 => {}
            tenths if tenths % 100 == 0 => self.format(format_args!(".{}", tenths / 100)),
            hundredths if hundredths % 10 == 0 => self.format(format_args!(".{:02}", hundredths / 10)),
            thousandths => self.format(format_args!(".{thousandths:03}")),
        }
    }
}
