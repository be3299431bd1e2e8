//! The help of every command, as it was read and found good: `tests/help` holds a file for each noun and verb.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::collections::BTreeSet;

use common::{Home, golden, tree};

#[test]
fn the_help_of_every_command_is_as_it_was_read() {
    let home = Home::empty();
    let root = home.ok(["--help"]);
    golden::compare(&golden::folder("help/strongroom.txt"), &root);
    let globals = section(&root).unwrap().to_owned();
    let mut files = BTreeSet::from(["strongroom.txt".to_owned()]);
    for noun in tree::commands_of(&root) {
        let mut text = String::new();
        for words in tree::below(&home, &[noun.as_str()]) {
            let mut arguments: Vec<&str> = words.iter().map(String::as_str).collect();
            arguments.push("--help");
            let help = home.ok(&arguments);
            assert!(
                help.contains("Example")
                    || help.contains("\nCommands:")
                    || SELF_EVIDENT.contains(&words[0].as_str())
                    || words.len() > 1,
                "{words:?} shows no example"
            );
            let shown = match section(&help) {
                Some(own) if own.trim_end() == globals.trim_end() => {
                    help.replace(own, "Global options: those of `strongroom`\n\n")
                }
                _ => help,
            };
            text.extend(["$ strongroom ", &arguments.join(" "), "\n", &shown, "\n"]);
        }
        let file = format!("{noun}.txt");
        golden::compare(&golden::folder("help").join(&file), &text);
        files.insert(file);
    }
    let kept: BTreeSet<_> = std::fs::read_dir(golden::folder("help"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(kept, files, "a file for each command, and none for what is gone");
}

/// The options of every command: told once, in the help of the program itself.
fn section(help: &str) -> Option<&str> {
    let start = help.find("Global options:\n")?;
    let rest = &help[start..];
    let body = &rest["Global options:\n".len()..];
    let mut end = rest.len() - body.len();
    for line in body.split_inclusive('\n') {
        if !line.trim().is_empty() && !line.starts_with(' ') {
            break;
        }
        end += line.len();
    }
    Some(&rest[..end])
}

/// Commands of one word and no more.
const SELF_EVIDENT: &[&str] = &[
    "demo",
    "version",
    "completions",
    "status",
    "compact",
    "upgrade",
    "replicate",
    "replica-remove",
    "replica-promote",
];
