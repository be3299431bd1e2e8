//! YAML as a tree. The parser tells events; what they come to is small on purpose: no anchors, no tags, no key twice, so that a
//! text means what it shows. The parser itself keeps what it reads in memory that is not wiped.

use std::collections::BTreeSet;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use strongroom::SecretText;

use super::input::Input;
use super::tree::{Kind, Tree};
use crate::failure::Failure;
use crate::flat::harmless;

/// A list or map that is not at its end yet.
struct Open {
    line: usize,
    kind: OpenKind,
}

enum OpenKind {
    List(Vec<Tree>),
    Map { members: Vec<(String, Tree)>, seen: BTreeSet<String>, key: Option<String> },
}

/// The one document of a text.
pub fn read(input: &Input) -> Result<Tree, Failure> {
    let text = input.text()?;
    let mut open: Vec<Open> = Vec::new();
    let mut whole = None;
    for (number, event) in Parser::new_from_str(text).enumerate() {
        let (event, span) = event.map_err(|why| input.wrong(why.marker().line(), "not YAML that can be read"))?;
        let line = line_of(&span);
        if number > EVENTS_MAX {
            return Err(input.wrong(line, "too many values"));
        }
        refuse_what_hides(&event, input, line)?;
        let done = match event {
            Event::SequenceStart(..) | Event::MappingStart(..) => {
                if open.len() >= DEPTH_MAX {
                    return Err(input.wrong(line, "nested too deeply"));
                }
                let kind = match event {
                    Event::SequenceStart(..) => OpenKind::List(Vec::new()),
                    _ => OpenKind::Map { members: Vec::new(), seen: BTreeSet::new(), key: None },
                };
                open.push(Open { line, kind });
                continue;
            }
            Event::Scalar(text, style, ..) => {
                if let Some(Open { kind: OpenKind::Map { seen, key: key @ None, .. }, .. }) = open.last_mut() {
                    if !seen.insert(text.clone().into_owned()) {
                        return Err(input.wrong(line, format!("the key `{}` is there twice", harmless(&text))));
                    }
                    *key = Some(text.into_owned());
                    continue;
                }
                let nothing = style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let kind = if nothing { Kind::Null } else { Kind::Scalar(SecretText::from(&*text)) };
                Tree { line, kind, span: None }
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open { line, kind: OpenKind::List(trees) }) => Tree { line, kind: Kind::List(trees), span: None },
                Some(Open { line, kind: OpenKind::Map { members, .. } }) => {
                    Tree { line, kind: Kind::Map(members), span: None }
                }
                None => return Err(input.wrong(line, "not YAML that can be read")),
            },
            Event::DocumentStart(_) if whole.is_some() => {
                return Err(input.wrong(line, "one document was expected, and this is another"));
            }
            _ => continue,
        };
        match open.last_mut().map(|open| &mut open.kind) {
            None => whole = Some(done),
            Some(OpenKind::List(trees)) => trees.push(done),
            Some(OpenKind::Map { members, key, .. }) => match key.take() {
                Some(key) => members.push((key, done)),
                None => return Err(input.wrong(line, "a key must be text")),
            },
        }
    }
    whole.ok_or_else(|| input.wrong(0, "there is nothing in it"))
}

/// Anchors, aliases and tags make a text mean something else than it shows.
fn refuse_what_hides(event: &Event<'_>, input: &Input, line: usize) -> Result<(), Failure> {
    let (anchor, tag) = match event {
        Event::Alias(_) => (true, false),
        Event::Scalar(_, _, anchor, tag) | Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag) => {
            (*anchor != 0, tag.is_some())
        }
        _ => (false, false),
    };
    match (anchor, tag) {
        (true, _) => {
            Err(input.wrong(line, "anchors and aliases are not followed").help("`sops -d --output-type json`"))
        }
        (_, true) => Err(input.wrong(line, "tags are not understood").help("`sops -d --output-type json`")),
        _ => Ok(()),
    }
}

fn line_of(span: &Span) -> usize {
    span.start.line()
}

/// So that a short text cannot ask for much memory.
const EVENTS_MAX: usize = 1 << 21;
/// As JSON nests.
const DEPTH_MAX: usize = 32;
