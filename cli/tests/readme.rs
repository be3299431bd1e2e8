//! What the README shows of the command line is what happens.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{BINARY, Home, Ran};

/// A command and the lines that the README shows under it.
struct Step {
    command: String,
    shown: String,
}

/// Of the part between the marks of this name.
fn steps(name: &str) -> Vec<Step> {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).unwrap();
    let (_, rest) = readme.split_once(&format!("<!-- {name}: begin")).unwrap();
    let (part, _) = rest.split_once(&format!("<!-- {name}: end -->")).unwrap();
    let (_, block) = part.split_once("```console\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let mut steps: Vec<Step> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), line.strip_prefix("> "), steps.last_mut()) {
            (Some(command), _, _) => steps.push(Step { command: command.to_owned(), shown: String::new() }),
            (None, Some(more), Some(step)) => step.command.extend(["\n", more]),
            (None, None, Some(step)) => step.shown.extend([line, "\n"]),
            _ => panic!("output before the first command: {line}"),
        }
    }
    steps
}

#[test]
fn the_quickstart_does_what_it_shows() {
    does_what_it_shows("cli-quickstart");
}

#[test]
fn rotation_does_what_it_shows() {
    does_what_it_shows("cli-rotation");
}

#[test]
fn secrets_reach_programs_as_it_is_shown() {
    does_what_it_shows("cli-programs");
}

fn does_what_it_shows(name: &str) {
    let home = Home::empty();
    let steps = steps(name);
    assert!(steps.len() > 10);
    // One shell for all, as the reader has it; a mark after each command keeps their outputs apart.
    let script: String =
        steps.iter().flat_map(|step| [step.command.as_str(), "\nprintf '\\036%s\\037' $?\n"]).collect();
    let mut shell = std::process::Command::new("sh");
    let folder = std::path::Path::new(BINARY).parent().unwrap();
    // In the place of a program that not every machine has: it only looks at what it is given.
    let psql = home.write("bin/psql", "#!/bin/sh\n[ \"$*\" = '-h db.local' ] && [ ${#PGPASSWORD} = 24 ]\n");
    std::fs::set_permissions(&psql, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let path = std::env::join_paths([folder, psql.parent().unwrap(), "/usr/bin".as_ref(), "/bin".as_ref()]).unwrap();
    shell.args(["-c", &script]).env_clear().env("PATH", path).env("HOME", home.path("")).current_dir(home.path(""));
    let ran = Ran::of(shell, b"");
    let told = ran.out();
    let told: Vec<_> = told.split_terminator('\u{1f}').collect();
    assert_eq!(told.len(), steps.len(), "{}", ran.err());
    for (step, told) in steps.iter().zip(told) {
        let (shown, code) = told.split_once('\u{1e}').unwrap();
        assert_eq!((shown.trim_end(), code), (step.shown.trim_end(), "0"), "{}\n{}", step.command, ran.err());
    }
}
