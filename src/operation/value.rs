//! Values that members are made of: text, secrets, blobs, numbers, instants, lists and maps.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;

use strongroom_keystore::{SecretBytes, SecretText};

use super::check::{Path, Violation, inspect_elements};
use super::condition::{self, ConditionValue};
use super::member::{Facet, Refused, Sink, Source, Spec, Take, Tell};
use crate::clock::Timestamp;
use crate::name::Text;

/// Bytes that are no secret, such as a ciphertext. `Debug` prints their number.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct Blob(Vec<u8>);

impl Blob {
    /// The bytes, by value.
    #[must_use]
    pub fn into_vec(self) -> Vec<u8> {
        self.0
    }
}
impl Deref for Blob {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}
impl AsRef<[u8]> for Blob {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
impl From<Vec<u8>> for Blob {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}
impl From<&[u8]> for Blob {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }
}
impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({} bytes)", self.0.len())
    }
}

macro_rules! plain {
    ($($(#[$secret:tt])? $type:ty: $method:ident, |$self:ident| $told:expr, $facet:expr;)*) => { $(
        impl Tell for $type {
            fn tell(&self, sink: &mut dyn Sink) {
                let $self = self;
                sink.$method($told);
            }
            fn facet(&self) -> Facet<'_> {
                let $self = self;
                $facet
            }
        }
        impl Take for $type {
            $( const SECRET: bool = plain!(@$secret); )?
            fn take(source: &mut dyn Source) -> Result<Self, Refused> {
                source.$method()
            }
        }
    )* };
    (@secret) => { true };
}
plain! {
    Text: text, |text| text, Facet::Text(text);
    #[secret] SecretText: secret_text, |text| text, Facet::Secret(text.expose().as_bytes());
    Blob: blob, |bytes| bytes, Facet::Blob(bytes);
    #[secret] SecretBytes: secret_blob, |bytes| bytes, Facet::Secret(bytes.expose());
    i64: integer, |number| *number, Facet::Number(*number);
    bool: boolean, |value| *value, Facet::Bool(*value);
    Timestamp: timestamp, |instant| *instant, Facet::Time(*instant);
}

impl<T: Tell> Tell for Vec<T> {
    fn tell(&self, sink: &mut dyn Sink) {
        sink.list(self.len(), &mut |index, sink| {
            if let Some(element) = self.get(index) {
                element.tell(sink);
            }
        });
    }
    fn facet(&self) -> Facet<'_> {
        Facet::Many(self.len())
    }
    fn quote(&self) -> Option<String> {
        let elements: Option<Vec<String>> = self.iter().map(Tell::quote).collect();
        Some(format!("[{}]", elements?.join(", ")))
    }
    fn inspect_parts(&self, at: &Path<'_>, spec: &Spec, found: &mut Vec<Violation>) {
        for (index, element) in self.iter().enumerate() {
            element.inspect_parts(&Path::Element(at, index.saturating_add(1)), spec, found);
        }
        inspect_elements(at, spec, self, self.iter().map(Tell::facet), found);
    }
    fn answer<'a>(&'a self, spec: &Spec, key: &str) -> Option<ConditionValue<'a>> {
        if let Some(name) = condition::named_pair(spec, key) {
            return value_of(name, self.iter().filter_map(Tell::pair));
        }
        let texts = self.iter().filter_map(|element| match element.answer(spec, key) {
            Some(ConditionValue::Text(text)) => Some(text),
            _ => None,
        });
        several(texts)
    }
}
impl<T: Take> Take for Vec<T> {
    const SECRET: bool = T::SECRET;
    fn take(source: &mut dyn Source) -> Result<Self, Refused> {
        let mut all = Self::new();
        let mut found = Vec::new();
        let (mut number, mut whole) = (0_usize, true);
        source.list(&mut |source| {
            number = number.saturating_add(1);
            match T::take(source) {
                Ok(element) => {
                    // Told only beside an element that could not be made; else `check` finds it again, in its place.
                    element.inspect_parts(&Path::Element(&Path::Root, number), &Spec::NONE, &mut found);
                    all.push(element);
                }
                Err(Refused::Invalid(parts)) => {
                    whole = false;
                    found.extend(parts.into_iter().map(|part| part.of_element(number)));
                }
                Err(malformed) => return Err(malformed),
            }
            Ok(())
        })?;
        if whole { Ok(all) } else { Err(Refused::Invalid(found)) }
    }
}

/// Entries in the order of their keys' bytes: one content has one form.
impl<T: Tell> Tell for BTreeMap<Text, T> {
    fn tell(&self, sink: &mut dyn Sink) {
        sink.map(&mut |sink| {
            for (key, value) in self {
                sink.entry(key, value);
            }
        });
    }
    fn facet(&self) -> Facet<'_> {
        Facet::Many(self.len())
    }
    fn quote(&self) -> Option<String> {
        let entries: Option<Vec<String>> =
            self.iter().map(|(key, value)| Some(format!("{key}={}", value.quote()?))).collect();
        Some(format!("{{{}}}", entries?.join(", ")))
    }
    fn answer<'a>(&'a self, spec: &Spec, key: &str) -> Option<ConditionValue<'a>> {
        if let Some(name) = condition::named_pair(spec, key) {
            let pairs = self.iter().filter_map(|(key, value)| match value.facet() {
                Facet::Text(text) => Some((key.as_str(), text)),
                _ => None,
            });
            return value_of(name, pairs);
        }
        if condition::fills(spec, key) { several(self.keys().map(Text::as_str)) } else { None }
    }
}
impl<T: Take> Take for BTreeMap<Text, T> {
    const SECRET: bool = T::SECRET;
    fn take(source: &mut dyn Source) -> Result<Self, Refused> {
        let mut all = Self::new();
        let mut found = Vec::new();
        source.map(&mut |key, source| {
            match T::take(source) {
                Ok(value) => drop(all.insert(Text::from(key), value)),
                Err(Refused::Invalid(parts)) => found.extend(parts.into_iter().map(|part| part.of_element(key))),
                Err(malformed) => return Err(malformed),
            }
            Ok(())
        })?;
        if found.is_empty() { Ok(all) } else { Err(Refused::Invalid(found)) }
    }
}

/// Names of pairs compare without regard to ASCII case, as everywhere in condition keys. Where two differ in case alone, the
/// one that is written like the policy's is meant.
fn value_of<'a>(name: &str, mut pairs: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Option<ConditionValue<'a>> {
    let alike = pairs.clone().find(|(key, _)| *key == name);
    let (_, value) = alike.or_else(|| pairs.find(|(key, _)| key.eq_ignore_ascii_case(name)))?;
    Some(ConditionValue::Text(value))
}

fn several<'a>(texts: impl Iterator<Item = &'a str>) -> Option<ConditionValue<'a>> {
    let all: Vec<&str> = texts.collect();
    (!all.is_empty()).then_some(ConditionValue::List(all))
}
