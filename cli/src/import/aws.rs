//! What the AWS CLI prints of secrets, and our own export: JSON, one or many of them. What belongs to one name is one secret:
//! a description from one answer, a value from another.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use strongroom::{SecretBytes, SecretText};

use super::entry::{CURRENT, Entries, Entry, PREVIOUS, Value, Version};
use super::input::Input;
use super::tree::{Kind, Tree};
use crate::failure::{Done, Failure};
use crate::flat::harmless;

/// What is known of a secret so far.
struct Found {
    entry: Entry,
    /// Does a member say which versions there are, if any? Then a secret without one has no value.
    is_told_whole: bool,
}

pub fn read(input: &Input, entries: &mut Entries) -> Done {
    let mut secrets = Secrets { input, places: BTreeMap::new(), found: Vec::new() };
    for tree in Tree::all_of_json(input)? {
        secrets.take(tree)?;
    }
    for Found { mut entry, is_told_whole } in secrets.found {
        if entry.versions.is_empty() && !is_told_whole {
            return Err(Failure::invalid(format!("{}: there is no value of `{}`", entry.origin, harmless(&entry.name)))
                .help("`aws secretsmanager get-secret-value` or `batch-get-secret-value` prints values; list-secrets does not"));
        }
        settle(&mut entry)?;
        entries.add(entry)?;
    }
    Ok(())
}

struct Secrets<'i> {
    input: &'i Input,
    places: BTreeMap<String, usize>,
    found: Vec<Found>,
}

impl Secrets<'_> {
    /// An answer, a list of answers, or one secret of them.
    fn take(&mut self, tree: Tree) -> Done {
        let line = tree.line;
        match tree.kind {
            Kind::List(trees) => trees.into_iter().try_for_each(|tree| self.take(tree)),
            Kind::Map(members) if members.iter().any(|(name, _)| name == "Name") => self.secret(members, line),
            Kind::Map(members) => {
                let mut is_answer = false;
                for (name, tree) in members {
                    match (name.as_str(), &tree.kind) {
                        ("SecretValues" | "SecretList" | "Secrets", Kind::List(_)) => {
                            is_answer = true;
                            self.take(tree)?;
                        }
                        ("Errors", Kind::List(errors)) => {
                            if let Some(error) = errors.first() {
                                let text = |name: &str| {
                                    error.get(name).and_then(Tree::text).map_or_else(String::new, harmless)
                                };
                                let told =
                                    format!("AWS gave no value of `{}`: {}", text("SecretId"), text("ErrorCode"));
                                return Err(self.input.wrong(error.line, told));
                            }
                        }
                        ("NextToken", Kind::Scalar(_)) => {
                            return Err(self
                                .input
                                .wrong(tree.line, "it is one page of several")
                                .help("the AWS CLI prints all pages without `--max-items` and `--no-paginate`"));
                        }
                        _ => {}
                    }
                }
                if is_answer {
                    Ok(())
                } else {
                    Err(self.input.wrong(line, "this is no secret: it has no `Name`, and no list of secrets"))
                }
            }
            _ => Err(self.input.wrong(line, "an answer of AWS was expected, which is an object")),
        }
    }
    fn secret(&mut self, members: Vec<(String, Tree)>, line: usize) -> Done {
        let input = self.input;
        let mut fields: BTreeMap<String, Tree> = members.into_iter().filter(|(_, tree)| !tree.is_null()).collect();
        let name = fields.remove("Name").map_or_else(|| Ok(String::new()), |tree| text_of(&tree, "Name", input))?;
        if fields.contains_key("DeletedDate") {
            return Err(input.wrong(line, format!("`{}` is scheduled for deletion", harmless(&name))));
        }
        let at = *self.places.entry(name.clone()).or_insert_with(|| {
            let (tags, versions) = (Vec::new(), Vec::new());
            let entry = Entry { name, origin: input.origin(line), description: None, tags, versions };
            self.found.push(Found { entry, is_told_whole: false });
            self.found.len().saturating_sub(1)
        });
        let Some(found) = self.found.get_mut(at) else { return Ok(()) };
        if let Some(tree) = fields.remove("Description") {
            found.entry.description = Some(text_of(&tree, "Description", input)?);
        }
        if let Some(tree) = fields.remove("Tags") {
            found.entry.tags = tags(tree, input)?;
        }
        if let Some(tree) = fields.remove("Versions") {
            found.is_told_whole = true;
            let line = tree.line;
            let Kind::List(versions) = tree.kind else {
                return Err(input.wrong(line, "`Versions` is a list"));
            };
            for tree in versions {
                let line = tree.line;
                let members = tree.map().ok_or_else(|| input.wrong(line, "a version is an object"))?;
                let mut fields = members.into_iter().filter(|(_, tree)| !tree.is_null()).collect();
                match version(&mut fields, line, input)? {
                    Some(version) => push(&mut found.entry, version, line, input)?,
                    None => return Err(input.wrong(line, "a version has no value")),
                }
            }
        }
        if let Some(version) = version(&mut fields, line, input)? {
            push(&mut found.entry, version, line, input)?;
        }
        Ok(())
    }
}

fn push(entry: &mut Entry, version: Version, line: usize, input: &Input) -> Done {
    let taken = entry.versions.iter().any(|known| {
        (known.id.is_some() && known.id == version.id)
            || known.labels.iter().any(|label| version.labels.contains(label))
    });
    if taken {
        let what = "two versions have one id, or one label";
        return Err(input.wrong(line, format!("{what}: `{}`", harmless(&entry.name))));
    }
    entry.versions.push(version);
    Ok(())
}

fn version(fields: &mut BTreeMap<String, Tree>, line: usize, input: &Input) -> Result<Option<Version>, Failure> {
    let value = match (fields.remove("SecretString"), fields.remove("SecretBinary")) {
        (Some(_), Some(_)) => return Err(input.wrong(line, "a version has text and bytes at once")),
        (None, None) => return Ok(None),
        (Some(tree), None) => {
            Value::Text(SecretText::from(tree.text().ok_or_else(|| input.wrong(tree.line, "`SecretString` is text"))?))
        }
        (None, Some(tree)) => Value::Bytes(decoded(&tree, input)?),
    };
    let id = fields.remove("VersionId").map(|tree| text_of(&tree, "VersionId", input)).transpose()?;
    let mut labels = Vec::new();
    if let Some(tree) = fields.remove("VersionStages") {
        let line = tree.line;
        let Kind::List(trees) = tree.kind else { return Err(input.wrong(line, "`VersionStages` is a list")) };
        for tree in trees {
            labels.push(text_of(&tree, "VersionStages", input)?);
        }
    }
    Ok(Some(Version { id, labels, value }))
}

/// Straight into a buffer of its size, which is wiped.
fn decoded(tree: &Tree, input: &Input) -> Result<SecretBytes, Failure> {
    let wrong = || input.wrong(tree.line, "`SecretBinary` is Base64");
    let text = tree.text().ok_or_else(wrong)?.as_bytes();
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    let len = (text.len() / 4).saturating_mul(3).checked_sub(padding).ok_or_else(wrong)?;
    SecretBytes::fill_with(len, |out| match STANDARD.decode_slice(text, out) {
        Ok(count) if count == len => Ok(()),
        _ => Err(()),
    })
    .map_err(|()| wrong())
}

fn tags(tree: Tree, input: &Input) -> Result<Vec<(String, String)>, Failure> {
    let line = tree.line;
    let Kind::List(trees) = tree.kind else { return Err(input.wrong(line, "`Tags` is a list")) };
    let tag = |tree: &Tree| {
        let part = |name: &str| {
            tree.get(name)
                .ok_or_else(|| input.wrong(tree.line, "a tag has a `Key` and a `Value`"))
                .and_then(|part| text_of(part, name, input))
        };
        Ok((part("Key")?, part("Value")?))
    };
    trees.iter().map(tag).collect()
}

fn text_of(tree: &Tree, name: &str, input: &Input) -> Result<String, Failure> {
    tree.text().map(str::to_owned).ok_or_else(|| input.wrong(tree.line, format!("`{name}` is text")))
}

/// Which version is to be current: the one that is labelled so, or the only one. It stands first, the one before it second.
fn settle(entry: &mut Entry) -> Done {
    if let [only] = entry.versions.as_mut_slice()
        && !only.labels.iter().any(|label| label == CURRENT)
    {
        only.labels.retain(|label| label != PREVIOUS);
        only.labels.push(CURRENT.to_owned());
    }
    let rank = |version: &Version| {
        let has = |label: &str| version.labels.iter().any(|found| found == label);
        if has(CURRENT) {
            0
        } else if has(PREVIOUS) {
            1
        } else {
            2
        }
    };
    entry.versions.sort_by_key(rank);
    let name = harmless(&entry.name);
    match entry.versions.first() {
        Some(first) if rank(first) != 0 => {
            Err(Failure::invalid(format!("{}: `{name}` has versions, and none is {CURRENT}", entry.origin)))
        }
        _ if entry.versions.iter().any(|version| version.labels.is_empty()) => Err(Failure::invalid(format!(
            "{}: `{name}` has a version without a label, which no store keeps",
            entry.origin
        ))),
        _ => Ok(()),
    }
}
