//! Secrets that a store in memory begins with.

use std::fmt;
use std::fs::File;
use std::path::Path;

use serde::Deserialize;
use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use strongroom::operation::secretsmanager::CreateSecret;
use strongroom::{SecretBytes, SecretText, Session, json};

use crate::failure::{Done, Failure};
use crate::value;

/// Requests that make them.
#[derive(Debug)]
pub struct Seed(Vec<CreateSecret>);

/// Reads the file; what is wrong with it is told without what it holds.
pub fn read(path: &Path) -> Result<Seed, Failure> {
    let shown = format!("the seed `{}`", path.display());
    let file = File::open(path).map_err(|cause| Failure::io(&shown, &cause))?;
    let bytes: SecretBytes = value::read_all(file, &shown)?;
    parse(&bytes)
        .map_err(|why| Failure::invalid(format!("{shown}: {why}")).help("`strongroom dev --help` shows its form"))
}

/// Makes them.
pub fn sow(session: &Session, Seed(requests): Seed) -> Done {
    for request in requests {
        session.create_secret(request)?;
    }
    Ok(())
}

fn parse(bytes: &SecretBytes) -> Result<Seed, String> {
    let text = std::str::from_utf8(bytes.expose()).map_err(|_| "it is not UTF-8")?;
    let sown: Sown<'_> = serde_json::from_str(text)
        .map_err(|cause| format!("line {}, column {}: {}", cause.line(), cause.column(), said(&cause)))?;
    let requests: Result<_, String> = match sown {
        Sown::Values(values) => values.into_iter().map(|(name, value)| of_value(&name, value)).collect(),
        Sown::Requests(requests) => requests.into_iter().enumerate().map(|(at, raw)| of_request(at, raw)).collect(),
    };
    requests.map(Seed)
}

/// The parser's own words may quote what it read.
fn said(cause: &serde_json::Error) -> &'static str {
    let text = cause.to_string();
    if text.starts_with(TWICE) {
        TWICE
    } else if cause.is_eof() {
        "it ends too early"
    } else {
        "it is no object of values, nor a list of requests"
    }
}

fn of_value(name: &str, value: &RawValue) -> Result<CreateSecret, String> {
    #[derive(Deserialize)]
    struct Text(#[serde(deserialize_with = "json::secret_text")] SecretText);
    let value = match value.get().as_bytes().first() {
        Some(b'"') => json::read_value::<Text>(value.get().as_bytes()).map_err(|why| format!("`{name}`: {why}"))?.0,
        // Objects and lists are values as they are written: most secrets are JSON.
        Some(b'{' | b'[') => SecretText::from(value.get()),
        _ => return Err(format!("`{name}`: a value is text, an object or a list")),
    };
    let request = CreateSecret::new(name).secret_string(value);
    Ok(request)
}

fn of_request(at: usize, raw: &RawValue) -> Result<CreateSecret, String> {
    json::read::<CreateSecret>(raw.get().as_bytes()).map_err(|error| format!("request {}: {}", at + 1, error.message()))
}

/// One of the two forms. Of a name that stands there twice neither value would be right.
enum Sown<'t> {
    Values(Vec<(String, &'t RawValue)>),
    Requests(Vec<&'t RawValue>),
}

impl<'de> Deserialize<'de> for Sown<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Sown<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of values, or a list of requests")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Sown<'de>, A::Error> {
                let mut values: Vec<(String, &'de RawValue)> = Vec::new();
                while let Some(name) = entries.next_key::<String>()? {
                    if values.iter().any(|(known, _)| *known == name) {
                        return Err(A::Error::custom(TWICE));
                    }
                    values.push((name, entries.next_value()?));
                }
                Ok(Sown::Values(values))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut entries: A) -> Result<Sown<'de>, A::Error> {
                let mut requests = Vec::new();
                while let Some(request) = entries.next_element()? {
                    requests.push(request);
                }
                Ok(Sown::Requests(requests))
            }
        }
        deserializer.deserialize_any(Either)
    }
}

const TWICE: &str = "a name stands there twice";

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Vec<(String, String)>, String> {
        let Seed(requests) = parse(&SecretBytes::from(text))?;
        let told =
            |request: CreateSecret| (request.name.to_string(), request.secret_string.unwrap().expose().to_owned());
        Ok(requests.into_iter().map(told).collect())
    }

    #[test]
    fn both_forms_are_read() {
        let values = parsed(r#"{"a/b": "x\"\u00e4", "c": {"k": "v", "n": 1}, "d": []}"#).unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(values, [pair("a/b", "x\"ä"), pair("c", r#"{"k": "v", "n": 1}"#), pair("d", "[]")]);
        let requests = parsed(r#"[{"Name": "a", "SecretString": "x", "Tags": [{"Key": "k", "Value": "v"}]}]"#).unwrap();
        assert_eq!(requests, [pair("a", "x")]);
        assert_eq!(parsed("{}"), Ok(vec![]));
    }

    #[test]
    fn what_is_wrong_is_told_without_what_it_holds() {
        for (text, why) in [
            (r#""hunter2""#, "no object of values"),
            (r#"{"a": "hunter2", "a": "x"}"#, "twice"),
            (r#"{"a": "hunter2""#, "ends too early"),
            (r#"{"a": "hunter2\ud800"}"#, "`a`"),
            (r#"{"a": 1234567}"#, "`a`: a value is text"),
            (r#"{"a": null}"#, "`a`: a value is text"),
            (r#"[{"SecretString": "hunter2"}]"#, "request 1: "),
            (r#"[{"Name": "a", "SecretString": "hunter2"}, "hunter2"]"#, "request 2: "),
            ("{\"a\": \"hunter2\"} hunter2", "no object of values"),
        ] {
            let told = parsed(text).unwrap_err();
            assert!(told.contains(why) && !told.contains("hunter2") && !told.contains("1234567"), "{text}: {told}");
        }
    }
}
