//! Any answer as lines of name and value: what text and tables print. Secrets are never in them, control characters are
//! shown as escapes: a description must not be able to speak to a terminal.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use strongroom::clock::Timestamp;
use strongroom::operation::{Sink, Spec, Tell};
use strongroom::{SecretBytes, SecretText};

/// Name of a member, with the names above it, and its value.
pub type Row = (String, String);

/// All members that have a value.
pub fn rows(value: &dyn Tell) -> Vec<Row> {
    let mut flat = Flat::default();
    value.tell(&mut flat);
    flat.rows
}

/// Is there a secret among the members?
pub fn has_secret(value: &dyn Tell) -> bool {
    let mut flat = Flat::default();
    value.tell(&mut flat);
    flat.secret
}

/// Text that a terminal shows and does not obey.
pub fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            // Writing to a string does not fail.
            let _ = write!(shown, "{}", c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

#[derive(Default)]
struct Flat {
    path: Vec<String>,
    rows: Vec<Row>,
    secret: bool,
}

impl Flat {
    fn put(&mut self, value: String) {
        self.rows.push((self.path.join("."), value));
    }
    fn below(&mut self, name: &str, value: &dyn Tell) {
        self.path.push(harmless(name));
        value.tell(self);
        self.path.pop();
    }
}

impl Sink for Flat {
    fn structure(&mut self, members: &mut dyn FnMut(&mut dyn Sink)) {
        members(self);
    }
    fn member(&mut self, spec: &'static Spec, value: &dyn Tell) {
        self.below(spec.wire, value);
    }
    /// Values and tags stand in one line, structures in lines of their own.
    fn list(&mut self, len: usize, each: &mut dyn FnMut(usize, &mut dyn Sink)) {
        let mut words = Vec::new();
        for index in 0..len {
            let mut element = Self::default();
            each(index, &mut element);
            self.secret |= element.secret;
            match element.rows.as_slice() {
                [(name, value)] if name.is_empty() => words.push(value.clone()),
                [(key, name), (value, text)] if key.ends_with("Key") && value.ends_with("Value") => {
                    words.push(format!("{name}={text}"));
                }
                _ => {
                    for (name, value) in element.rows {
                        self.rows.push((format!("{}.{}.{name}", self.path.join("."), index.saturating_add(1)), value));
                    }
                }
            }
        }
        if !words.is_empty() {
            self.put(words.join(" "));
        }
    }
    fn map(&mut self, entries: &mut dyn FnMut(&mut dyn Sink)) {
        entries(self);
    }
    fn entry(&mut self, key: &str, value: &dyn Tell) {
        self.below(key, value);
    }
    fn text(&mut self, text: &str) {
        self.put(harmless(text));
    }
    fn secret_text(&mut self, text: &SecretText) {
        self.secret = true;
        self.put(format!("({} bytes, not shown)", text.len()));
    }
    fn blob(&mut self, bytes: &[u8]) {
        self.put(STANDARD.encode(bytes));
    }
    fn secret_blob(&mut self, bytes: &SecretBytes) {
        self.secret = true;
        self.put(format!("({} bytes, not shown)", bytes.len()));
    }
    fn integer(&mut self, number: i64) {
        self.put(number.to_string());
    }
    fn boolean(&mut self, value: bool) {
        self.put(value.to_string());
    }
    fn timestamp(&mut self, instant: Timestamp) {
        self.put(instant.to_string());
    }
}

#[cfg(test)]
mod tests {
    use strongroom::operation::secretsmanager::{CreateSecret, Tag};

    use super::*;

    #[test]
    fn members_become_lines_tags_words_and_secrets_their_length() {
        let request = CreateSecret::text("a", "hunter2").tags(vec![Tag::new("k", "v"), Tag::new("w", "")]);
        let rows = rows(&request);
        assert_eq!(rows.iter().find(|(name, _)| name == "Tags").unwrap().1, "k=v w=");
        assert!(rows.iter().all(|(_, value)| !value.contains("hunter2")), "{rows:?}");
        assert!(has_secret(&request) && !has_secret(&CreateSecret::new("a").description("hunter2")));
    }
    #[test]
    fn text_cannot_speak_to_the_terminal() {
        let shown = rows(&CreateSecret::new("a").description("\u{1b}[2Jgone\u{9b}31m\r\n\t"));
        assert!(shown.iter().all(|(_, value)| !value.chars().any(char::is_control)), "{shown:?}");
    }
}
