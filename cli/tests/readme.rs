//! What the README shows of the command line is what happens.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;
#[path = "common/wire.rs"]
mod wire;

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;

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

#[test]
fn a_served_store_answers_as_it_is_shown() {
    let home = Home::empty();
    let asked = Asked::of(&home);
    // The port of the README may be taken here; nobody else is given this one while it was just in use.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut steps = steps("cli-sdks");
    for step in &mut steps {
        step.command = step.command.replace("strongroom serve", &format!("strongroom serve --listen 127.0.0.1:{port}"));
        if step.command.starts_with("eval") {
            step.command.insert_str(0, &format!("export STRONGROOM_ENDPOINT=http://127.0.0.1:{port}; "));
        }
    }
    do_what_is_shown(&home, &steps);
    asked.answered();
}

/// Who stands behind the script `aws`: signs what it is asked for with the credentials that it was given, and sends it.
struct Asked(std::thread::JoinHandle<()>);

impl Asked {
    /// The script tells its environment and its arguments in one pipe, and prints what comes back in another.
    fn of(home: &Home) -> Self {
        let [question, answer] = ["question", "answer"].map(|name| home.path(name));
        assert!(Command::new("mkfifo").args([&question, &answer]).status().unwrap().success());
        let told = "printf '%s\\n' \"$AWS_ENDPOINT_URL\" \"$AWS_ACCESS_KEY_ID\" \"$AWS_SECRET_ACCESS_KEY\" \\
            \"$AWS_SESSION_TOKEN\" \"$AWS_REGION\" \"$*\"";
        let script = format!("#!/bin/sh\n{told} > '{}'\ncat '{}'\n", question.display(), answer.display());
        executable(home, "bin/aws", &script);
        Self(std::thread::spawn(move || {
            let text = std::fs::read_to_string(question).unwrap();
            // Whatever becomes of it, the script must not wait for ever.
            let value = std::panic::catch_unwind(|| Self::ask(&text));
            std::fs::write(answer, value.as_deref().unwrap_or("no answer")).unwrap();
            value.unwrap();
        }))
    }
    fn ask(text: &str) -> String {
        let lines: Vec<&str> = text.lines().collect();
        let [endpoint, id, secret, token, region, arguments] = lines.as_slice() else { panic!("{text}") };
        assert_eq!(
            *arguments,
            "secretsmanager get-secret-value --secret-id prod/db --query SecretString --output text"
        );
        let [id, secret, region] = [id, secret, region].map(|text| (*text).to_owned());
        let keys = wire::Keys { id, secret, region, token: Some((*token).to_owned()) };
        let host = endpoint.strip_prefix("http://").unwrap();
        // AWS's tools try again until somebody listens.
        let stream = loop {
            if let Ok(stream) = std::net::TcpStream::connect(host) {
                break stream;
            }
            std::thread::yield_now();
        };
        let operation = ("secretsmanager", "GetSecretValue");
        let (status, value) = wire::call(stream, host, &keys, operation, r#"{"SecretId":"prod/db"}"#);
        assert_eq!(status, 200, "{value}");
        value["SecretString"].as_str().unwrap().to_owned()
    }
    #[track_caller]
    fn answered(self) {
        self.0.join().unwrap();
    }
}

/// A script in the place of a program that not every machine has.
fn executable(home: &Home, name: &str, script: &str) -> PathBuf {
    let path = home.write(name, script);
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    path
}

fn does_what_it_shows(name: &str) {
    let steps = steps(name);
    assert!(steps.len() > 10);
    do_what_is_shown(&Home::empty(), &steps);
}

fn do_what_is_shown(home: &Home, steps: &[Step]) {
    // One shell for all, as the reader has it; a mark after each command keeps their outputs apart.
    let script: String =
        steps.iter().flat_map(|step| [step.command.as_str(), "\nprintf '\\036%s\\037' $?\n"]).collect();
    let mut shell = std::process::Command::new("sh");
    let folder = std::path::Path::new(BINARY).parent().unwrap();
    // It only looks at what it is given.
    let psql = executable(home, "bin/psql", "#!/bin/sh\n[ \"$*\" = '-h db.local' ] && [ ${#PGPASSWORD} = 24 ]\n");
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
