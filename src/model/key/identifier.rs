//! How keys and aliases are named, in requests and in ARNs.

use std::fmt;

use super::SERVICE;
use crate::error::{Error, codes::kms as code, kms as texts};
use crate::model::Home;
use crate::name::{Arn, PARTITION, Text};

/// The id of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct KeyName {
    pub id: [u8; 16],
    pub multi_region: bool,
}

impl KeyName {
    /// Reads a lower-case UUID with its hyphens, or `mrk-` and 32 lower-case hex digits; nothing else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (digits, multi_region) = match text.strip_prefix("mrk-") {
            Some(digits) => (digits, true),
            None => (text, false),
        };
        // `uuid` also reads braces, URNs, capitals and (outside multi-Region ids) digits without hyphens; AWS does not.
        let length = if multi_region { 32 } else { 36 };
        if digits.len() != length || digits.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        let id = uuid::Uuid::try_parse(digits).ok()?.into_bytes();
        Some(Self { id, multi_region })
    }
    /// The ARN of the key of that id in this store.
    pub(crate) fn arn(self, home: &Home) -> Text {
        home.arn(SERVICE, &format!("key/{self}"))
    }
}
impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uuid = uuid::Uuid::from_bytes(self.id);
        if self.multi_region { write!(f, "mrk-{}", uuid.simple()) } else { write!(f, "{}", uuid.hyphenated()) }
    }
}

/// What a `KeyId` names, before anybody has looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyRef<'a> {
    Id(KeyName),
    /// Name with its prefix `alias/`.
    Alias(&'a str),
}

impl<'a> KeyRef<'a> {
    /// Reads a `KeyId`. Management calls do not take aliases.
    /// # Errors
    /// `NotFound`: not an identifier, another region or account, or an alias where none is taken. `InvalidRequest`: an ARN that
    /// names no key and no alias.
    pub(crate) fn parse(text: &'a str, home: &Home, takes_alias: bool) -> Result<Self, Error> {
        let invalid = || texts::invalid_key_id(text);
        let found = if text.starts_with("arn:") {
            Self::parse_arn(text, home)?
        } else if text.starts_with(ALIAS_PREFIX) {
            Self::Alias(text)
        } else {
            Self::Id(KeyName::parse(text).ok_or_else(invalid)?)
        };
        match found {
            Self::Alias(_) if !takes_alias => Err(invalid()),
            found => Ok(found),
        }
    }
    fn parse_arn(text: &'a str, home: &Home) -> Result<Self, Error> {
        let ill_formed = || Error::new(&code::INVALID_ARN, format!("Invalid arn '{text}'"));
        let arn = Arn::parse(text)
            .filter(|arn| arn.partition == PARTITION && arn.service == SERVICE)
            .ok_or_else(ill_formed)?;
        let found = if arn.resource.starts_with(ALIAS_PREFIX) {
            Self::Alias(arn.resource)
        } else {
            Self::Id(arn.resource.strip_prefix("key/").and_then(KeyName::parse).ok_or_else(ill_formed)?)
        };
        if home.region != arn.region {
            return Err(texts::foreign_region(arn.region));
        }
        if home.account == arn.account {
            return Ok(found);
        }
        // This store holds the keys of one account; those of another are not here, whatever they are called.
        Err(if let Self::Alias(_) = found { texts::alias_not_found(text) } else { texts::key_not_found(text) })
    }
}

/// Checks the name of an alias that is to be made, moved or deleted. Its length was checked with the request.
/// # Errors
/// `InvalidRequest`: no prefix, or characters that the service does not take (its model has `:` too). `AccessDenied` (AWS:
/// NotAuthorizedException, without text): the names of AWS's own aliases.
pub(crate) fn check_alias(name: &str) -> Result<(), Error> {
    let own = name.strip_prefix(ALIAS_PREFIX).ok_or_else(texts::alias_prefix)?;
    if own.starts_with("aws/") {
        return Err(texts::reserved_alias());
    }
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"/_-".contains(&byte);
    if own.is_empty() || !own.bytes().all(legal) {
        return Err(texts::alias_characters(name));
    }
    Ok(())
}

/// The ARN of an alias; `name` has its prefix.
pub(crate) fn alias_arn(home: &Home, name: &str) -> Text {
    home.arn(SERVICE, name)
}

/// How every alias begins.
pub(crate) const ALIAS_PREFIX: &str = "alias/";
