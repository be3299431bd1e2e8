//! Vault's key-value secrets: what `vault kv get -format=json` prints, of version 1 or 2 of the engine, or an object of paths, as
//! dumps have it: each path with its data, or with what `vault kv get` prints of it, in one object or nested by folders.

use super::entry::{Entries, Entry};
use super::fields::object;
use super::input::Input;
use super::tree::{Kind, Tree};
use crate::failure::{Done, Failure};
use crate::flat::harmless;

pub fn read(input: &Input, whole: bool, name: Option<&str>, entries: &mut Entries) -> Done {
    let tree = Tree::of_json(input)?;
    if is_answer(&tree) {
        let name = input.name_of_one(name)?;
        return secret(tree, &name, input, whole, entries);
    }
    if name.is_some() {
        return Err(
            Failure::usage("`--name` names one secret, and these have paths").help("`--prefix` goes before them")
        );
    }
    folder(tree, "", input, whole, entries)
}

/// Of a path or a folder.
fn folder(tree: Tree, path: &str, input: &Input, whole: bool, entries: &mut Entries) -> Done {
    if is_answer(&tree) {
        return secret(tree, path, input, whole, entries);
    }
    let line = tree.line;
    let shown = harmless(path);
    let members = match &tree.kind {
        Kind::Map(members) if members.is_empty() => return Ok(()),
        Kind::Map(members) => members,
        _ => return Err(input.wrong(line, "an object of paths was expected")),
    };
    let below = members.iter().filter(|(_, tree)| matches!(tree.kind, Kind::Map(_))).count();
    if below == 0 && !path.is_empty() {
        return data(tree, path, Vec::new(), input, whole, entries);
    }
    if below < members.len() {
        let what = if path.is_empty() {
            "an object of paths was expected; what `vault kv get -format=json` prints has a member `data`".to_owned()
        } else {
            format!("`{shown}` is a folder and a secret at once")
        };
        return Err(input.wrong(line, what));
    }
    tree.map().unwrap_or_default().into_iter().try_for_each(|(name, tree)| {
        let name = name.trim_matches('/');
        let path = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
        folder(tree, &path, input, whole, entries)
    })
}

/// Is it what Vault answers?
fn is_answer(tree: &Tree) -> bool {
    tree.get("data").is_some_and(|data| matches!(data.kind, Kind::Map(_) | Kind::Null))
        && ["request_id", "lease_id", "lease_duration", "renewable"].iter().any(|member| tree.get(member).is_some())
}

fn secret(tree: Tree, name: &str, input: &Input, whole: bool, entries: &mut Entries) -> Done {
    let line = tree.line;
    let outer = member(tree, "data").ok_or_else(|| input.wrong(line, "there is no `data`"))?;
    // Version 2 has the data beside what is known of it.
    if outer.get("metadata").is_none() || outer.get("data").is_none() {
        return data(outer, name, Vec::new(), input, whole, entries);
    }
    let mut tags = Vec::new();
    if let Some(custom) = outer.get("metadata").and_then(|metadata| metadata.get("custom_metadata"))
        && let Kind::Map(members) = &custom.kind
    {
        for (key, tree) in members {
            let value = tree.text().ok_or_else(|| input.wrong(tree.line, "a value of `custom_metadata` is text"))?;
            tags.push((key.clone(), value.to_owned()));
        }
    }
    let inner = member(outer, "data").ok_or_else(|| input.wrong(line, "there is no `data`"))?;
    if inner.is_null() {
        return Err(input.wrong(inner.line, format!("this version of `{}` was deleted", harmless(name))));
    }
    data(inner, name, tags, input, whole, entries)
}

fn data(
    tree: Tree,
    name: &str,
    tags: Vec<(String, String)>,
    input: &Input,
    whole: bool,
    entries: &mut Entries,
) -> Done {
    let line = tree.line;
    if !matches!(tree.kind, Kind::Map(_)) {
        return Err(input.wrong(line, format!("the data of `{}` is no object", harmless(name))));
    }
    if !whole {
        let mut below = Entries::new(entries.skips_empty());
        tree.flatten(name, input, &mut below)?;
        return below.into_found().into_iter().try_for_each(|mut entry| {
            entry.tags.clone_from(&tags);
            entries.add(entry)
        });
    }
    let value = tree.raw(input).unwrap_or_else(|| object(&[]));
    let mut entry = Entry::of_bytes(name.to_owned(), input.origin(line), value);
    entry.tags = tags;
    entries.add(entry)
}

fn member(tree: Tree, name: &str) -> Option<Tree> {
    tree.map()?.into_iter().find(|(member, _)| member == name).map(|(_, tree)| tree)
}
