//! Every command at work: at least one success and two failures of each, as they were read and found good. A file of
//! `tests/commands` is one home with one store; its steps come one after the other. `# NOUN VERB` says which command the steps below
//! it are for, `? N` after the output is an exit code other than 0.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use common::{BINARY, Home, Ran, golden, tree};

struct Step {
    of: String,
    command: String,
    code: i32,
}

/// The steps of a file; what they print is compared with the text itself.
fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut of = "";
    let mut open = false;
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step { of: of.to_owned(), command: command.to_owned(), code: 0 });
            open = true;
        } else if let (true, Some(more)) = (open, line.strip_prefix("> ")) {
            steps.last_mut().unwrap().command.extend(["\n", more]);
        } else {
            open = false;
            if let Some(noun) = line.strip_prefix("# ") {
                of = noun;
            } else if let Some(code) = line.strip_prefix("? ") {
                steps.last_mut().unwrap().code = code.parse().unwrap();
            }
        }
    }
    steps
}

fn plays(name: &str) {
    let home = Home::with_store();
    let path = golden::folder("commands").join(name);
    let text = std::fs::read_to_string(&path).unwrap();
    let mut played = String::new();
    let mut of = String::new();
    for step in steps(&text) {
        if step.of != of {
            let gap = if of.is_empty() { "" } else { "\n" };
            played.extend([gap, "# ", &step.of, "\n"]);
            of.clone_from(&step.of);
        }
        let mut shell = home.command([] as [&str; 0]);
        let path = std::env::join_paths([Path::new(BINARY).parent().unwrap(), "/usr/bin".as_ref(), "/bin".as_ref()]);
        let environment: Vec<_> =
            shell.get_envs().map(|(name, value)| (name.to_owned(), value.unwrap().to_owned())).collect();
        shell = std::process::Command::new("sh");
        shell.args(["-c", &format!("exec 2>&1\n{}", step.command)]).env_clear().envs(environment);
        shell.env("PATH", path.unwrap()).current_dir(home.path(""));
        let ran = Ran::of(shell, b"");
        let shown = golden::blanked(&String::from_utf8_lossy(&ran.0.stdout), &home.path("").canonicalize().unwrap());
        played.extend(["$ ", &step.command.replace('\n', "\n> "), "\n", &shown]);
        if !shown.is_empty() && !shown.ends_with('\n') {
            played.push('\n');
        }
        match ran.0.status.code() {
            Some(0) => {}
            code => played.extend(["? ", &code.unwrap().to_string(), "\n"]),
        }
    }
    golden::compare(&path, &played);
}

macro_rules! files {
    ($( $test:ident $file:literal, )*) => {
        $( #[test] fn $test() { plays($file); } )*
        const FILES: &[&str] = &[$( $file ),*];
    };
}
files! {
    secrets_are_kept "secrets.console",
    secrets_are_used "use.console",
    versions_and_labels_move "versions.console",
    rotation_is_looked_after "rotation.console",
    regions_have_replicas "replication.console",
    keys_live_and_work "keys.console",
    principals_are_made_and_go "principals.console",
    policies_are_put_and_asked "policies.console",
    stores_are_looked_after "store.console",
    stores_and_secrets_are_moved "moving.console",
}

#[test]
fn every_command_has_a_success_and_two_failures() {
    let home = Home::empty();
    let mut counts: BTreeMap<String, (usize, usize)> =
        tree::leaves(&home).into_iter().map(|command| (command, (0, 0))).collect();
    for file in FILES {
        for step in steps(&std::fs::read_to_string(golden::folder("commands").join(file)).unwrap()) {
            // What prepares the ground is nobody's.
            let Some((successes, failures)) = counts.get_mut(&step.of) else {
                assert_eq!(step.of, "(before)", "{file}: there is no such command");
                continue;
            };
            if step.command.contains("strongroom") && step.of.split(' ').all(|word| step.command.contains(word)) {
                *(if step.code == 0 { successes } else { failures }) += 1;
            }
        }
    }
    for (command, (more_successes, more_failures), file, call) in ELSEWHERE {
        let text = std::fs::read_to_string(golden::folder(file)).unwrap();
        assert!(text.contains(call), "{command} is not where it should be");
        let (successes, failures) = counts.get_mut(*command).unwrap();
        *successes += more_successes;
        *failures += more_failures;
    }
    let lacking: Vec<_> = counts.iter().filter(|(_, (successes, failures))| *successes < 1 || *failures < 2).collect();
    assert!(lacking.is_empty(), "{lacking:?}");
    let kept = std::fs::read_dir(golden::folder("commands")).unwrap().count();
    assert_eq!(kept, FILES.len(), "a file that is not played proves nothing");
}

/// What needs more than a shell is tested elsewhere, with this call: successes and failures.
const ELSEWHERE: &[(&str, (usize, usize), &str, &str)] = &[
    ("mfa enable", (1, 0), "credentials.rs", r#"home.ok(["mfa", "enable","#),
    ("mfa disable", (1, 0), "credentials.rs", r#"home.ok(["mfa", "disable","#),
    ("serve", (1, 0), "serve.rs", r#"home.command(["serve", "--unix", "s"])"#),
    ("lock", (1, 0), "serve.rs", r#"home.ok(["lock"])"#),
    ("unlock", (1, 0), "serve.rs", r#"assert_eq!(with(unlock).ok(), "unlocked\n")"#),
    ("dev", (1, 0), "serve.rs", "let mut served = Served::start(home.command(arguments));"),
    ("rotation call", (1, 0), "rotation.rs", "strongroom rotation call"),
];
