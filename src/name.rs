//! Names: cheap text, ARNs, and the parts of them that the store takes apart.

use std::borrow::Borrow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Immutable text that is cheap to clone. Never holds a secret.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(Arc<str>);

impl Text {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl Default for Text {
    fn default() -> Self {
        Self(Arc::from(""))
    }
}
impl Deref for Text {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}
impl Borrow<str> for Text {
    fn borrow(&self) -> &str {
        &self.0
    }
}
impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.0
    }
}
impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(Arc::from(text))
    }
}
impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(Arc::from(text))
    }
}
impl From<&String> for Text {
    fn from(text: &String) -> Self {
        Self(Arc::from(text.as_str()))
    }
}
impl From<&Text> for Text {
    fn from(text: &Text) -> Self {
        text.clone()
    }
}
impl From<Text> for String {
    fn from(text: Text) -> Self {
        text.as_str().to_owned()
    }
}
impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}
impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}
impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}
impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}
impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl serde::de::Visitor<'_> for Visitor {
            type Value = Text;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text")
            }
            fn visit_str<E>(self, text: &str) -> Result<Text, E> {
                Ok(Text::from(text))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

/// The partition of every ARN that this library makes: policies written for AWS then run verbatim.
pub const PARTITION: &str = "aws";

/// An Amazon Resource Name, split at its first five colons; the sixth field keeps its own colons and slashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`
    pub partition: &'a str,
    /// `secretsmanager`
    pub service: &'a str,
    /// `us-east-1`, empty for IAM
    pub region: &'a str,
    /// twelve digits
    pub account: &'a str,
    /// `secret:NAME-XXXXXX`
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Splits an ARN; `None` when there are fewer than six fields or the first is not `arn`. Nothing else is checked.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut resource = text;
        if next_field(&mut resource)? != "arn" {
            return None;
        }
        let mut field = || next_field(&mut resource);
        let (partition, service, region, account) = (field()?, field()?, field()?, field()?);
        Some(Self { partition, service, region, account, resource })
    }
}
/// One of the first fields of an ARN by its place, counted from 0: of a text that may have fewer than six.
pub(crate) fn arn_field(mut arn: &str, place: usize) -> Option<&str> {
    for _before in 0..place {
        next_field(&mut arn)?;
    }
    next_field(&mut arn)
}
/// Takes what stands before the next colon, and the colon. Byte by byte: fields are short, and to begin a search for a letter
/// costs more than they are long. Decisions look at ARNs.
fn next_field<'t>(rest: &mut &'t str) -> Option<&'t str> {
    let colon = rest.bytes().position(|byte| byte == b':')?;
    let (field, behind) = rest.split_at_checked(colon)?;
    *rest = behind.get(1..)?;
    Some(field)
}
impl fmt::Display for Arn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arn:{}:{}:{}:{}:{}", self.partition, self.service, self.region, self.account, self.resource)
    }
}
