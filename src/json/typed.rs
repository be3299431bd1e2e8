//! JSON values of secrets, straight into types of the host's.
//!
//! serde_json unescapes text through a scratch vector that nobody wipes. Here text without escapes is borrowed from the value,
//! and text with them goes through a buffer of its exact size, which is wiped. What a type then copies is its own.

use std::borrow::Borrow;
use std::collections::BTreeSet;
use std::fmt;

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, EnumAccess, Expected, IntoDeserializer, MapAccess, SeqAccess,
    Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use strongroom_keystore::SecretText;

use super::{Quoted, Reader, exact};
use crate::error::{Error, codes};
use crate::operation::Malformed;
use crate::operation::secretsmanager::GetSecretValueResponse;

/// Objects and lists of a value may nest so deep.
const DEPTH_MAX: usize = 128;

impl GetSecretValueResponse {
    /// The value, which is JSON, as a type of the caller's. `&str` fields borrow from this answer, which is wiped when it is
    /// dropped; they take no text with escapes, for which there is nothing to borrow. Text that is to outlive the answer and
    /// be wiped is taken by [`secret_text`].
    ///
    /// Of a member that is given twice neither is right, so it is refused; members that the type does not know are passed over,
    /// unless it says otherwise. A whole number must fit its type. Objects and lists nest up to 128 deep.
    ///
    /// Types that serde reads twice (`untagged`, `flatten`, an inner `tag`) have it keep copies that are not wiped.
    ///
    /// ```
    /// # use strongroom::operation::secretsmanager::CreateSecret;
    /// #[derive(serde::Deserialize)]
    /// struct Login<'a> {
    ///     user: &'a str,
    ///     password: &'a str,
    /// }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let room = strongroom::Strongroom::builder().create_in_memory(strongroom::Unlock::root_key([7; 32].as_slice()))?;
    /// # let session = room.root();
    /// # session.create_secret(CreateSecret::text("prod/db", r#"{"user":"app","password":"hunter2"}"#))?;
    /// let secret = session.get_secret_value("prod/db")?;
    /// let login: Login = secret.json()?;
    /// assert_eq!((login.user, login.password), ("app", "hunter2"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Where the value is not of that type, never with what it holds.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T, Mismatch> {
        read_value(self.value())
    }
}

/// A type of the caller's from a JSON text that holds nothing else, as [`GetSecretValueResponse::json`] reads it.
///
/// # Errors
/// As there.
pub fn read_value<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, Mismatch> {
    let mut typed = Typed { reader: Reader::new(text)?, depth: 0 };
    let value = T::deserialize(&mut typed)?;
    typed.reader.end()?;
    Ok(value)
}

/// For `#[serde(deserialize_with = "strongroom::json::secret_text")]`: text, in a buffer of its exact size that is wiped.
///
/// # Errors
/// Anything but text.
pub fn secret_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretText, D::Error> {
    struct Wiped;
    impl Visitor<'_> for Wiped {
        type Value = SecretText;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("text")
        }
        fn visit_str<E>(self, text: &str) -> Result<SecretText, E> {
            Ok(SecretText::from(text))
        }
        fn visit_string<E>(self, text: String) -> Result<SecretText, E> {
            Ok(SecretText::from(text))
        }
    }
    deserializer.deserialize_str(Wiped)
}

/// Where a JSON value is not what was asked for, and why. It never carries content of the value: no text, no number, no name of
/// a member but those that the type itself has.
#[derive(Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// `None`: to be filled in by whoever knows which value was being read.
    at: Option<usize>,
    why: Why,
}

#[derive(Clone, PartialEq, Eq)]
enum Why {
    Malformed(&'static str),
    /// What was found, of what kind it is; what the type expects.
    Kind(&'static str, String),
    Length(usize, String),
    Missing(&'static str),
    Duplicate(&'static str),
    UnknownMember,
    UnknownVariant,
    /// By the type's own rules. What it says of that might quote the value.
    Refused,
}

impl Mismatch {
    /// Byte offset in the value: of what is malformed, or of the value that is of another type.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at.unwrap_or(0)
    }
    fn of(why: Why) -> Self {
        Self { at: None, why }
    }
    fn or_at(mut self, at: usize) -> Self {
        self.at = self.at.or(Some(at));
        self
    }
}
impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}: ", self.position())?;
        match &self.why {
            Why::Malformed(what) => f.write_str(what),
            Why::Kind(found, expected) => write!(f, "expected {expected}, found {found}"),
            Why::Length(len, expected) => write!(f, "expected {expected}, found {len} elements"),
            Why::Missing(name) => write!(f, "member `{name}` is missing"),
            Why::Duplicate(name) => write!(f, "member `{name}` given twice"),
            Why::UnknownMember => f.write_str("a member that the type does not know"),
            Why::UnknownVariant => f.write_str("a variant that the type does not know"),
            Why::Refused => f.write_str("the type does not take this value"),
        }
    }
}
impl fmt::Debug for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mismatch({self})")
    }
}
impl std::error::Error for Mismatch {}
impl From<Malformed> for Mismatch {
    fn from(malformed: Malformed) -> Self {
        Self { at: Some(malformed.at), why: Why::Malformed(malformed.what) }
    }
}
impl From<Mismatch> for Error {
    fn from(mismatch: Mismatch) -> Self {
        let text = format!("the value is not the JSON that was asked for: {mismatch}");
        Self::new(&codes::store::INVALID_STATE, text).caused_by(mismatch)
    }
}
impl de::Error for Mismatch {
    fn custom<T: fmt::Display>(_message: T) -> Self {
        Self::of(Why::Refused)
    }
    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::of(Why::Kind(kind(&found), expected.to_string()))
    }
    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::invalid_type(found, expected)
    }
    fn invalid_length(len: usize, expected: &dyn Expected) -> Self {
        Self::of(Why::Length(len, expected.to_string()))
    }
    fn unknown_variant(_variant: &str, _expected: &'static [&'static str]) -> Self {
        Self::of(Why::UnknownVariant)
    }
    fn unknown_field(_field: &str, _expected: &'static [&'static str]) -> Self {
        Self::of(Why::UnknownMember)
    }
    fn missing_field(field: &'static str) -> Self {
        Self::of(Why::Missing(field))
    }
    fn duplicate_field(field: &'static str) -> Self {
        Self::of(Why::Duplicate(field))
    }
}

/// Kind of what was found, and nothing of it.
fn kind(found: &Unexpected<'_>) -> &'static str {
    match found {
        Unexpected::Bool(_) => "true or false",
        Unexpected::Unsigned(_) | Unexpected::Signed(_) => "a whole number",
        Unexpected::Float(_) => "a number",
        Unexpected::Char(_) | Unexpected::Str(_) => "text",
        Unexpected::Bytes(_) => "bytes",
        Unexpected::Unit | Unexpected::Option => "null",
        Unexpected::Seq => "a list",
        Unexpected::Map => "an object",
        _ => "something else",
    }
}

/// Text or a member's name: as it stands in the value, or unescaped.
enum Read<'b> {
    Plain(&'b str),
    Unescaped(SecretText),
}
impl<'b> Read<'b> {
    fn of(quoted: &Quoted<'b>) -> Result<Self, &'static str> {
        if quoted.len == quoted.raw.len() {
            return Ok(Self::Plain(quoted.raw));
        }
        exact(quoted).into_text().map(Self::Unescaped).map_err(|_| "not UTF-8")
    }
    fn visit<V: Visitor<'b>>(&self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Self::Plain(text) => visitor.visit_borrowed_str(text),
            Self::Unescaped(text) => visitor.visit_str(text.expose()),
        }
    }
    fn visit_bytes<V: Visitor<'b>>(&self, visitor: V) -> Result<V::Value, Mismatch> {
        match self {
            Self::Plain(text) => visitor.visit_borrowed_bytes(text.as_bytes()),
            Self::Unescaped(text) => visitor.visit_bytes(text.expose().as_bytes()),
        }
    }
}
impl Borrow<str> for Read<'_> {
    fn borrow(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Unescaped(text) => text.expose(),
        }
    }
}
impl PartialEq for Read<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Read<'_> {}
impl PartialOrd for Read<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Read<'_> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        Borrow::<str>::borrow(self).cmp(other.borrow())
    }
}

/// One value after the other, for types that pull.
struct Typed<'b> {
    reader: Reader<'b>,
    depth: usize,
}

impl<'b> Typed<'b> {
    fn bad<T>(&self, what: &'static str) -> Result<T, Mismatch> {
        Ok(self.reader.bad(what)?)
    }
    /// Reads one value; what is wrong with it as a whole is told at its start.
    fn one<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Mismatch>) -> Result<T, Mismatch> {
        self.reader.peek();
        let at = self.reader.at;
        read(self).map_err(|mismatch| mismatch.or_at(at))
    }
    fn text(&mut self, what: &'static str) -> Result<Read<'b>, Mismatch> {
        let quoted = self.reader.string(what)?;
        Read::of(&quoted).or_else(|what| self.bad(what))
    }
    fn any<V: Visitor<'b>>(&mut self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.reader.peek() {
            Some(b'"') => self.text("expected text")?.visit(visitor),
            Some(b'{') => self.object(visitor),
            Some(b'[') => self.list(visitor),
            Some(b'-' | b'0'..=b'9') => self.number(visitor),
            Some(b't') if self.reader.word("true") => visitor.visit_bool(true),
            Some(b'f') if self.reader.word("false") => visitor.visit_bool(false),
            Some(b'n') if self.reader.word("null") => visitor.visit_unit(),
            _ => self.bad("expected a value"),
        }
    }
    /// A whole number as one, exactly, or not at all. Any other in the nearest floating-point number, as every reader has it.
    fn number<V: Visitor<'b>>(&mut self, visitor: V) -> Result<V::Value, Mismatch> {
        let digits = self.reader.number()?;
        if digits.contains(['.', 'e', 'E']) || digits == "-0" {
            return visitor.visit_f64(self.finite(digits)?);
        }
        if let Ok(number) = digits.parse() {
            return visitor.visit_u64(number);
        }
        match digits.parse() {
            Ok(number) => visitor.visit_i64(number),
            Err(_) => self.bad("number out of range"),
        }
    }
    fn finite(&self, digits: &str) -> Result<f64, Mismatch> {
        match digits.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(number),
            _ => self.bad("number out of range"),
        }
    }
    fn is_number(&mut self) -> bool {
        matches!(self.reader.peek(), Some(b'-' | b'0'..=b'9'))
    }
    fn object<V: Visitor<'b>>(&mut self, visitor: V) -> Result<V::Value, Mismatch> {
        self.enter()?;
        let value = visitor.visit_map(Members { typed: self, first: true, seen: BTreeSet::new() })?;
        self.leave(b'}', "the object has more members than the type takes")?;
        Ok(value)
    }
    fn list<V: Visitor<'b>>(&mut self, visitor: V) -> Result<V::Value, Mismatch> {
        self.enter()?;
        let value = visitor.visit_seq(Elements { typed: self, first: true })?;
        self.leave(b']', "the list is longer than the type takes")?;
        Ok(value)
    }
    /// Over the bracket that was seen.
    fn enter(&mut self) -> Result<(), Mismatch> {
        self.reader.at += 1;
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEPTH_MAX { self.bad("nested too deeply") } else { Ok(()) }
    }
    fn leave(&mut self, bracket: u8, what: &'static str) -> Result<(), Mismatch> {
        self.reader.eat(bracket, what)?;
        self.depth = self.depth.saturating_sub(1);
        Ok(())
    }
    /// Goes on to the next member or element, if there is one.
    fn next(&mut self, first: &mut bool, bracket: u8, what: &'static str) -> Result<bool, Mismatch> {
        match self.reader.peek() {
            Some(byte) if byte == bracket => return Ok(false),
            Some(b',') if !*first => self.reader.at += 1,
            _ if *first => {}
            _ => return self.bad(what),
        }
        *first = false;
        Ok(true)
    }
}

/// Kinds that the value itself tells need not be asked for.
macro_rules! by_digits {
    ($($method:ident $number:ty => $visit:ident;)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            self.one(|typed| {
                if !typed.is_number() {
                    return typed.any(visitor);
                }
                let digits = typed.reader.number()?;
                match digits.parse::<$number>() {
                    Ok(number) => visitor.$visit(number),
                    Err(_) => typed.bad("expected a whole number within range"),
                }
            })
        }
    )* };
}

impl<'de> Deserializer<'de> for &mut Typed<'de> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.one(|typed| typed.any(visitor))
    }
    by_digits! {
        deserialize_i128 i128 => visit_i128;
        deserialize_u128 u128 => visit_u128;
    }
    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.one(|typed| {
            if !typed.is_number() {
                return typed.any(visitor);
            }
            let digits = typed.reader.number()?;
            visitor.visit_f64(typed.finite(digits)?)
        })
    }
    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.one(|typed| {
            if !typed.is_number() {
                return typed.any(visitor);
            }
            // Rounded once: by way of a longer number it would be twice.
            match typed.reader.number()?.parse::<f32>() {
                Ok(number) if number.is_finite() => visitor.visit_f32(number),
                _ => typed.bad("number out of range"),
            }
        })
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.one(|typed| if typed.reader.word("null") { visitor.visit_none() } else { visitor.visit_some(typed) })
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.one(|typed| visitor.visit_newtype_struct(typed))
    }
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.one(|typed| match typed.reader.peek() {
            Some(b'"') => typed.text("expected text")?.visit_bytes(visitor),
            _ => typed.any(visitor),
        })
    }
    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.deserialize_bytes(visitor)
    }
    /// Text names a variant by itself; an object of one member a variant and what it holds.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.one(|typed| match typed.reader.peek() {
            Some(b'"') => {
                let name = typed.text("expected text")?;
                let alone: de::value::StrDeserializer<'_, Mismatch> = Borrow::<str>::borrow(&name).into_deserializer();
                visitor.visit_enum(alone)
            }
            Some(b'{') => {
                typed.enter()?;
                let value = visitor.visit_enum(Variant(typed))?;
                typed.leave(b'}', "expected one variant")?;
                Ok(value)
            }
            _ => typed.bad("expected a variant"),
        })
    }
    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 char str string unit unit_struct seq tuple tuple_struct map struct identifier
        ignored_any
    }
}

struct Members<'t, 'b> {
    typed: &'t mut Typed<'b>,
    first: bool,
    /// Ordered, so that an object of many names costs no more than its length warrants.
    seen: BTreeSet<Read<'b>>,
}
impl<'de> MapAccess<'de> for Members<'_, 'de> {
    type Error = Mismatch;
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Mismatch> {
        if !self.typed.next(&mut self.first, b'}', "expected `,` or `}`")? {
            return Ok(None);
        }
        let seen = &mut self.seen;
        self.typed.one(|typed| {
            let name = typed.text("expected the name of a member")?;
            if seen.contains(Borrow::<str>::borrow(&name)) {
                return typed.bad("member given twice");
            }
            typed.reader.eat(b':', "expected `:`")?;
            let key = seed.deserialize(Name(&name))?;
            seen.insert(name);
            Ok(Some(key))
        })
    }
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Mismatch> {
        seed.deserialize(&mut *self.typed)
    }
}

struct Elements<'t, 'b> {
    typed: &'t mut Typed<'b>,
    first: bool,
}
impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = Mismatch;
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Mismatch> {
        if self.typed.next(&mut self.first, b']', "expected `,` or `]`")? {
            seed.deserialize(&mut *self.typed).map(Some)
        } else {
            Ok(None)
        }
    }
}

/// Behind the bracket of an object that is one variant.
struct Variant<'t, 'b>(&'t mut Typed<'b>);

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Mismatch;
    type Variant = Self;
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Mismatch> {
        let variant = self.0.one(|typed| {
            let name = typed.text("expected the name of a variant")?;
            typed.reader.eat(b':', "expected `:`")?;
            seed.deserialize(Name(&name))
        })?;
        Ok((variant, self))
    }
}
impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Mismatch;
    fn unit_variant(self) -> Result<(), Mismatch> {
        Deserialize::deserialize(self.0)
    }
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Mismatch> {
        seed.deserialize(self.0)
    }
    fn tuple_variant<V: Visitor<'de>>(self, _len: usize, visitor: V) -> Result<V::Value, Mismatch> {
        self.0.deserialize_any(visitor)
    }
    fn struct_variant<V: Visitor<'de>>(
        self,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.0.deserialize_any(visitor)
    }
}

/// A member's name as a key: maps may be keyed by numbers and the like.
struct Name<'n, 'b>(&'n Read<'b>);

impl Name<'_, '_> {
    fn text(&self) -> &str {
        self.0.borrow()
    }
    /// As a number in JSON, and no other way: no plus sign, no leading zero.
    fn digits(&self) -> Option<&str> {
        let text = self.text();
        let digits = text.strip_prefix('-').unwrap_or(text);
        let plain = digits == "0" || !digits.starts_with('0');
        (plain && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
    }
}

macro_rules! keys {
    ($($method:ident => $visit:ident;)*) => { $(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            match self.digits().and_then(|digits| digits.parse().ok()) {
                Some(number) => visitor.$visit(number),
                None => self.0.visit(visitor),
            }
        }
    )* };
}

impl<'de> Deserializer<'de> for Name<'_, 'de> {
    type Error = Mismatch;
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.0.visit(visitor)
    }
    keys! {
        deserialize_i8 => visit_i8;
        deserialize_i16 => visit_i16;
        deserialize_i32 => visit_i32;
        deserialize_i64 => visit_i64;
        deserialize_i128 => visit_i128;
        deserialize_u8 => visit_u8;
        deserialize_u16 => visit_u16;
        deserialize_u32 => visit_u32;
        deserialize_u64 => visit_u64;
        deserialize_u128 => visit_u128;
    }
    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        match self.text() {
            "true" => visitor.visit_bool(true),
            "false" => visitor.visit_bool(false),
            _ => self.0.visit(visitor),
        }
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_some(self)
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        let alone: de::value::StrDeserializer<'_, Mismatch> = self.text().into_deserializer();
        visitor.visit_enum(alone)
    }
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.0.visit_bytes(visitor)
    }
    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        self.0.visit_bytes(visitor)
    }
    forward_to_deserialize_any! {
        f32 f64 char str string unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
