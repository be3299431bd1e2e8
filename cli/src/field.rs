//! One member of a JSON value, found without copying the rest of the secret anywhere.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde_json::value::RawValue;
use strongroom::SecretText;
use strongroom::json::Reader;
use strongroom::operation::Source as _;

use crate::failure::{Exit, Failure};

/// `a.b`, or a JSON pointer (RFC 6901) such as `/a/b/0`. Text comes without quotes and escapes; anything else as it stands.
pub fn find(value: &[u8], path: &str) -> Result<SecretText, Failure> {
    let not_json = || Failure::invalid("the value is not JSON, so it has no fields");
    let text = std::str::from_utf8(value).map_err(|_| not_json())?;
    let mut at: &RawValue = serde_json::from_str(text).map_err(|_| not_json())?;
    for step in steps(path) {
        let next = match at.get().as_bytes().first() {
            Some(b'{') => {
                let members: HashMap<Name<'_>, &RawValue> = serde_json::from_str(at.get()).map_err(|_| not_json())?;
                members.get(step.as_ref() as &str).copied()
            }
            Some(b'[') => {
                let elements: Vec<&RawValue> = serde_json::from_str(at.get()).map_err(|_| not_json())?;
                step.parse::<usize>().ok().and_then(|index| elements.get(index).copied())
            }
            _ => None,
        };
        at =
            next.ok_or_else(|| Failure::new(Exit::NotFound, "NotFound", format!("the value has no field `{path}`")))?;
    }
    told(at).ok_or_else(not_json)
}

/// All members of a JSON object, by name; `None` if the value is none.
pub fn members(value: &[u8]) -> Option<Vec<(String, SecretText)>> {
    let members: BTreeMap<Name<'_>, &RawValue> = serde_json::from_slice(value).ok()?;
    members.into_iter().map(|(name, value)| Some((name.0.into_owned(), told(value)?))).collect()
}

/// Text without its quotes and escapes, anything else as it stands.
fn told(value: &RawValue) -> Option<SecretText> {
    if !value.get().starts_with('"') {
        return Some(SecretText::from(value.get()));
    }
    Reader::new(value.get().as_bytes()).ok()?.secret_text().ok()
}

fn steps(path: &str) -> Vec<Cow<'_, str>> {
    match path.strip_prefix('/') {
        Some(pointer) => {
            pointer.split('/').map(|step| Cow::Owned(step.replace("~1", "/").replace("~0", "~"))).collect()
        }
        None => path.split('.').map(Cow::Borrowed).collect(),
    }
}

/// A member's name, borrowed unless it has escapes.
#[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Name<'t>(#[serde(borrow)] Cow<'t, str>);

impl std::borrow::Borrow<str> for Name<'_> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str) -> Option<String> {
        let value = br#"{"a": {"b": "x\"\u00e9", "n": 1.50, "l": [true, {"c/d": null}]}, "a.b": "dot", "": "empty"}"#;
        find(value, path).ok().map(|text| text.expose().to_owned())
    }

    #[test]
    fn fields_are_found_by_dots_and_by_pointers() {
        assert_eq!(found("a.b").as_deref(), Some("x\"\u{e9}"));
        assert_eq!(found("/a.b").as_deref(), Some("dot"));
        assert_eq!(found("a.n").as_deref(), Some("1.50"));
        assert_eq!(found("/a/l/0").as_deref(), Some("true"));
        assert_eq!(found("/a/l/1/c~1d").as_deref(), Some("null"));
        assert_eq!(found("/").as_deref(), Some("empty"));
    }
    #[test]
    fn members_come_by_name_and_only_of_an_object() {
        let found = members(br#"{"b": "x\"y", "a": 1, "c": {"d": null}}"#).unwrap();
        let found: Vec<_> = found.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
        assert_eq!(found, [("a", "1"), ("b", "x\"y"), ("c", r#"{"d": null}"#)]);
        assert!([&b"[1]"[..], b"1", b"plain", b"\xff", b""].iter().all(|value| members(value).is_none()));
    }
    #[test]
    fn what_is_not_there_is_not_found_and_not_guessed() {
        for path in ["b", "a.x", "a.b.c", "a.l.2", "a.l.-1", "a.l.x", "/a/b/", "a..b"] {
            assert_eq!(found(path), None, "{path}");
        }
        assert_eq!(find(b"plain", "a").unwrap_err().exit, Exit::Invalid);
        assert_eq!(find(b"\xff", "a").unwrap_err().exit, Exit::Invalid);
        assert_eq!(find(b"{}", "a").unwrap_err().exit, Exit::NotFound);
    }
}
