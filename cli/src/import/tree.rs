//! Values of JSON and YAML as one tree, with the line that each stands at.

use strongroom::json::{Node, Value, read_trees};
use strongroom::{SecretBytes, SecretText};

use super::entry::{Entries, Entry};
use super::input::Input;
use crate::failure::{Done, Failure};
use crate::flat::harmless;

#[derive(Debug)]
pub struct Tree {
    pub line: usize,
    pub kind: Kind,
    /// As it is written, in JSON: from byte to byte of the input.
    pub span: Option<(usize, usize)>,
}

#[derive(Debug)]
pub enum Kind {
    Null,
    /// Text, a number or a truth value, as it is written.
    Scalar(SecretText),
    List(Vec<Tree>),
    Map(Vec<(String, Tree)>),
}

impl Tree {
    /// The one value of a JSON text.
    pub fn of_json(input: &Input) -> Result<Self, Failure> {
        let mut trees = Self::all_of_json(input)?.into_iter();
        match (trees.next(), trees.next()) {
            (Some(tree), None) => Ok(tree),
            (None, _) => Err(input.wrong(0, "there is nothing in it")),
            (Some(_), Some(second)) => {
                Err(input.wrong(second.line, "one JSON value was expected, and this is another"))
            }
        }
    }
    /// The values of a JSON text, of JSON lines, or of texts one after the other.
    pub fn all_of_json(input: &Input) -> Result<Vec<Self>, Failure> {
        let nodes = read_trees(input.bytes())
            .map_err(|malformed| input.wrong(input.line_of(malformed.at), format!("not JSON: {}", malformed.what)))?;
        let mut lines = Lines { bytes: input.bytes(), at: 0, line: 1 };
        Ok(nodes.into_iter().map(|node| of_node(node, &mut lines)).collect())
    }
    pub fn map(self) -> Option<Vec<(String, Self)>> {
        match self.kind {
            Kind::Map(members) => Some(members),
            _ => None,
        }
    }
    pub fn get(&self, name: &str) -> Option<&Self> {
        match &self.kind {
            Kind::Map(members) => members.iter().find(|(member, _)| member == name).map(|(_, tree)| tree),
            _ => None,
        }
    }
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(text) => Some(text.expose()),
            _ => None,
        }
    }
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }
    /// As it is written, for values that came as JSON.
    pub fn raw(&self, input: &Input) -> Option<SecretBytes> {
        let (start, end) = self.span?;
        input.bytes().get(start..end).map(SecretBytes::copy_of)
    }
    /// One secret for each scalar; the name of one in another is `outer/inner`.
    pub fn flatten(self, path: &str, input: &Input, entries: &mut Entries) -> Done {
        let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        match self.kind {
            Kind::Scalar(text) if path.is_empty() => {
                drop(text);
                Err(input.wrong(self.line, "an object of keys and values was expected"))
            }
            Kind::Scalar(text) => entries.add(Entry::of_text(path.to_owned(), input.origin(self.line), text)),
            // Nothing is what an empty text is, too: a key without a value.
            Kind::Null if !path.is_empty() => {
                entries.add(Entry::of_text(path.to_owned(), input.origin(self.line), SecretText::from("")))
            }
            Kind::Null => Err(input.wrong(self.line, "an object of keys and values was expected")),
            Kind::List(trees) => trees
                .into_iter()
                .enumerate()
                .try_for_each(|(at, tree)| tree.flatten(&below(&at.to_string()), input, entries)),
            Kind::Map(members) => members.into_iter().try_for_each(|(name, tree)| {
                if name.is_empty() {
                    return Err(input.wrong(tree.line, format!("a key in `{}` is empty", harmless(path))));
                }
                tree.flatten(&below(&name), input, entries)
            }),
        }
    }
}

/// Counts lines as it goes on; never back.
struct Lines<'b> {
    bytes: &'b [u8],
    at: usize,
    line: usize,
}

impl Lines<'_> {
    fn of(&mut self, at: usize) -> usize {
        let passed = self.bytes.get(self.at..at).unwrap_or_default();
        self.line = self.line.saturating_add(passed.split(|byte| *byte == b'\n').count().saturating_sub(1));
        self.at = self.at.max(at);
        self.line
    }
}

fn of_node(node: Node, lines: &mut Lines<'_>) -> Tree {
    let line = lines.of(node.start);
    let kind = match node.value {
        Value::Null => Kind::Null,
        Value::Boolean(value) => Kind::Scalar(SecretText::from(if value { "true" } else { "false" })),
        Value::Number(text) | Value::Text(text) => Kind::Scalar(text),
        Value::List(nodes) => Kind::List(nodes.into_iter().map(|node| of_node(node, lines)).collect()),
        Value::Object(members) => {
            Kind::Map(members.into_iter().map(|(name, node)| (name, of_node(node, lines))).collect())
        }
    };
    Tree { line, kind, span: Some((node.start, node.end)) }
}
