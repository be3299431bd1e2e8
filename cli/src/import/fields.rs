//! Keys and values in a file: JSON, dotenv, and what `sops -d` prints of either, or of YAML.

use strongroom::operation::{Facet, Sink, Tell};
use strongroom::{SecretBytes, SecretText, json};

use super::dotenv::{self, Pair};
use super::entry::{Entries, Entry};
use super::input::Input;
use super::tree::{Kind, Tree};
use super::{Format, yaml};
use crate::failure::{Done, Failure};

/// What becomes of a file.
#[derive(Clone, Copy, Debug)]
pub enum Becomes<'n> {
    /// A secret for each key.
    Fields,
    /// One secret, with the name that was given, or that of the file.
    One(Option<&'n str>),
}

pub fn json(input: &Input, becomes: Becomes<'_>, entries: &mut Entries) -> Done {
    of_tree(Tree::of_json(input)?, input, becomes, entries)
}

pub fn dotenv(input: &Input, becomes: Becomes<'_>, entries: &mut Entries) -> Done {
    of_pairs(dotenv::read(input)?, input, becomes, entries)
}

pub fn sops(input: &Input, format: Option<Format>, becomes: Becomes<'_>, entries: &mut Entries) -> Done {
    match format.map_or_else(|| guess(input), Ok)? {
        Format::Json => {
            let tree = Tree::of_json(input)?;
            refuse_sealed_tree(&tree, input)?;
            of_tree(tree, input, becomes, entries)
        }
        Format::Yaml => {
            let tree = yaml::read(input)?;
            refuse_sealed_tree(&tree, input)?;
            of_tree(tree, input, becomes, entries)
        }
        Format::Dotenv => {
            let pairs = dotenv::read(input)?;
            if let Some(pair) = pairs.iter().find(|pair| pair.key == "sops_mac" || is_sealed(pair.value.expose())) {
                return Err(sealed(input, pair.line));
            }
            of_pairs(pairs, input, becomes, entries)
        }
    }
}

fn of_tree(tree: Tree, input: &Input, becomes: Becomes<'_>, entries: &mut Entries) -> Done {
    let Becomes::One(name) = becomes else { return tree.flatten("", input, entries) };
    if !matches!(tree.kind, Kind::Map(_)) {
        return Err(input.wrong(tree.line, "an object of keys and values was expected"));
    }
    let value = tree.raw(input).unwrap_or_else(|| json::write(&tree));
    entries.add(Entry::of_bytes(input.name_of_one(name)?, input.origin(tree.line), value))
}

fn of_pairs(pairs: Vec<Pair>, input: &Input, becomes: Becomes<'_>, entries: &mut Entries) -> Done {
    let Becomes::One(name) = becomes else {
        return pairs
            .into_iter()
            .try_for_each(|pair| entries.add(Entry::of_text(pair.key, input.origin(pair.line), pair.value)));
    };
    let members: Vec<(String, SecretText)> = pairs.into_iter().map(|pair| (pair.key, pair.value)).collect();
    entries.add(Entry::of_bytes(input.name_of_one(name)?, input.origin(0), object(&members)))
}

/// A JSON object of texts.
pub fn object(members: &[(String, SecretText)]) -> SecretBytes {
    json::write(&Texts(members))
}

struct Texts<'m>(&'m [(String, SecretText)]);

impl Tell for Texts<'_> {
    fn tell(&self, sink: &mut dyn Sink) {
        sink.map(&mut |sink| {
            for (name, text) in self.0 {
                sink.entry(name, text);
            }
        });
    }
    fn facet(&self) -> Facet<'_> {
        Facet::Structure
    }
}

/// A tree that was no JSON, as JSON: scalars are texts there, as they were written.
impl Tell for Tree {
    fn tell(&self, sink: &mut dyn Sink) {
        match &self.kind {
            Kind::Null => sink.text(""),
            Kind::Scalar(text) => sink.secret_text(text),
            Kind::List(trees) => sink.list(trees.len(), &mut |index, sink| {
                if let Some(tree) = trees.get(index) {
                    tree.tell(sink);
                }
            }),
            Kind::Map(members) => sink.map(&mut |sink| {
                for (name, tree) in members {
                    sink.entry(name, tree);
                }
            }),
        }
    }
    fn facet(&self) -> Facet<'_> {
        Facet::Structure
    }
}

/// By the name of the file, or by its look.
fn guess(input: &Input) -> Result<Format, Failure> {
    let text = input.text()?.trim_start();
    match input.extension.as_deref() {
        Some("json") => return Ok(Format::Json),
        Some("yaml" | "yml") => return Ok(Format::Yaml),
        Some("env") => return Ok(Format::Dotenv),
        _ => {}
    }
    let first =
        text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with(['#', ';'])).unwrap_or_default();
    if input.extension.as_deref() == Some("ini")
        || (first.starts_with('[') && first.ends_with(']') && !first.contains(['"', ',']))
    {
        return Err(input
            .wrong(1, "INI is not read")
            .help("`sops -d --output-type json FILE | strongroom import --from sops`"));
    }
    if text.starts_with('{') {
        return Ok(Format::Json);
    }
    let is_assignment = first.split_once('=').is_some_and(|(key, _)| {
        let key = key.strip_prefix("export ").unwrap_or(key);
        !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    });
    Ok(if is_assignment { Format::Dotenv } else { Format::Yaml })
}

fn refuse_sealed_tree(tree: &Tree, input: &Input) -> Done {
    if tree.get("sops").is_some_and(|sops| sops.get("mac").is_some() || sops.get("version").is_some()) {
        return Err(sealed(input, tree.line));
    }
    let mut left = vec![tree];
    while let Some(tree) = left.pop() {
        match &tree.kind {
            Kind::Scalar(text) if is_sealed(text.expose()) => return Err(sealed(input, tree.line)),
            Kind::Scalar(_) | Kind::Null => {}
            Kind::List(trees) => left.extend(trees),
            Kind::Map(members) => left.extend(members.iter().map(|(_, tree)| tree)),
        }
    }
    Ok(())
}

/// What sops puts in the place of a value.
fn is_sealed(text: &str) -> bool {
    text.starts_with("ENC[") && text.ends_with(']')
}

fn sealed(input: &Input, line: usize) -> Failure {
    input
        .wrong(line, "it is encrypted by sops")
        .help("`sops -d FILE | strongroom import --from sops`, with `--format` if it is no JSON")
}
