//! `NAME` or `NAME#FIELD`: the value of a secret, or one member of it.

use std::str::FromStr;

use strongroom::operation::secretsmanager::GetSecretValue;
use strongroom::{SecretBytes, Session};

use crate::failure::Failure;
use crate::field;

/// What is to be read. Names of secrets hold no `#`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    pub name: String,
    pub field: Option<String>,
}

impl Reference {
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), field: None }
    }
    /// The current value, or the member of it.
    pub fn read(&self, session: &Session) -> Result<SecretBytes, Failure> {
        let answer = session.get_secret_value(GetSecretValue::new(self.name.as_str()))?;
        match &self.field {
            None => Ok(SecretBytes::copy_of(answer.value())),
            Some(path) => field::find(answer.value(), path).map(SecretBytes::from).map_err(|failure| Failure {
                message: format!("{} (`{}`)", failure.message, crate::flat::harmless(&self.name)),
                ..failure
            }),
        }
    }
}

impl FromStr for Reference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, field) = text.split_once('#').map_or((text, None), |(name, field)| (name, Some(field)));
        if name.is_empty() || field.is_some_and(str::is_empty) {
            return Err("expected `NAME` or `NAME#FIELD`".to_owned());
        }
        Ok(Self { name: name.to_owned(), field: field.map(str::to_owned) })
    }
}

/// `VARIABLE=NAME` or `VARIABLE=NAME#FIELD`.
pub fn binding(text: &str) -> Result<(String, Reference), String> {
    let wrong = || "expected `VARIABLE=NAME` or `VARIABLE=NAME#FIELD`".to_owned();
    let (variable, reference) = text.split_once('=').ok_or_else(wrong)?;
    if !is_variable(variable) {
        return Err(format!("`{variable}` is no name of a variable: letters, digits and `_`, no digit first"));
    }
    Ok((variable.to_owned(), reference.parse().map_err(|_| wrong())?))
}

/// A name that every shell takes.
pub fn is_variable(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_a_name_and_perhaps_a_field() {
        let parsed = |text: &str| text.parse::<Reference>().ok().map(|found| (found.name, found.field));
        assert_eq!(parsed("prod/db"), Some(("prod/db".into(), None)));
        assert_eq!(parsed("prod/db#a.b"), Some(("prod/db".into(), Some("a.b".into()))));
        assert_eq!(parsed("prod/db#/a#b"), Some(("prod/db".into(), Some("/a#b".into()))));
        assert_eq!((parsed(""), parsed("#a"), parsed("a#")), (None, None, None));
    }
    #[test]
    fn a_binding_begins_with_a_name_that_every_shell_takes() {
        let (variable, reference) = binding("DB_1=prod/db#p=q").unwrap();
        assert_eq!((variable.as_str(), reference.field.as_deref()), ("DB_1", Some("p=q")));
        for text in ["DB", "=a", "1A=a", "A-B=a", "A=", "A=#f", "\u{c4}=a"] {
            assert!(binding(text).is_err(), "{text}");
        }
    }
}
