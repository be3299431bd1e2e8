//! `run`: what the program gets, what it does not, and how its end becomes ours.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use common::{Home, Ran};
use rustix::process::{Pid, Signal, kill_process};

fn home() -> Home {
    let home = Home::with_store();
    home.ok_with(r#"{"user":"app","password":"hunter2"}"#, ["put", "app/db"]);
    home.ok_with("t'o \"k\" $en\n", ["put", "app/api-token"]);
    home.ok_with([0, 255], ["put", "app/binary"]);
    home
}

/// Its standard output, line by line.
fn started(home: &Home, arguments: &[&str]) -> (Child, BufReader<impl Read + use<>>) {
    let mut child = home.command(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let told = BufReader::new(child.stdout.take().unwrap());
    (child, told)
}

fn line(told: &mut BufReader<impl Read>) -> String {
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

#[test]
fn a_program_gets_its_variables_and_takes_our_place() {
    let home = home();
    let told = home.ok([
        "run",
        "--env",
        "PGPASSWORD=app/db#password",
        "--from",
        "app/api*",
        "--",
        "sh",
        "-c",
        r#"printf '%s|%s' "$PGPASSWORD" "$API_TOKEN""#,
    ]);
    assert_eq!(told, "hunter2|t'o \"k\" $en\n");
    let (mut child, mut told) = started(&home, &["run", "--env", "T=app/api-token", "--", "sh", "-c", "echo $$"]);
    assert_eq!(line(&mut told), child.id().to_string(), "no process of ours stays between");
    assert!(child.wait().unwrap().success());
}

#[test]
fn members_become_variables_and_names_that_choose_what_runs_do_not() {
    let home = Home::with_store();
    home.ok_with(r#"{"user":"app","password":"hunter2"}"#, ["put", "app/db"]);
    let printed = |arguments: &[&str]| {
        home.ok(["run"].iter().chain(arguments).chain(&["--", "sh", "-c", "env | grep -e USER -e PASSWORD | sort"]))
    };
    assert_eq!(printed(&["--from", "app/*", "--fields"]), "DB_PASSWORD=hunter2\nDB_USER=app\n");
    assert_eq!(printed(&["--from", "app/db", "--fields"]), "PASSWORD=hunter2\nUSER=app\n");
    for name in ["app/path", "app/ld-preload"] {
        home.ok_with("/tmp/evil.so", ["put", name]);
        let told = home.run(["run", "--from", "app/*", "--", "true"]).refused(125, "InvalidRequest");
        assert!(told.contains("--env") && !told.contains("evil"), "{told}");
        home.ok(["rm", name, "--now", "--yes"]);
    }
    home.ok_with("a", ["put", "app/a.b"]);
    home.ok_with("b", ["put", "app/a-b"]);
    let told = home.run(["run", "--from", "app/*", "--", "true"]).refused(125, "InvalidRequest");
    assert!(told.contains("A_B") && told.contains("`app/a.b`") && told.contains("`app/a-b`"), "{told}");
    // The caller's own word comes first.
    let told = home.ok(["run", "--from", "app/a.b", "--env", "A_B=app/db#user", "--", "printenv", "A_B"]);
    assert_eq!(told, "app\n");
}

#[test]
fn files_are_private_and_gone_when_the_program_ends() {
    let home = home();
    let script = r#"stat -c '%a' "$KEY" "$(dirname "$KEY")"; od -An -tu1 "$KEY"; echo "$KEY"; exit 3"#;
    let ran = home.run(["run", "--file", "KEY=app/binary", "--env", "U=app/db#user", "--", "sh", "-c", script]);
    assert_eq!(ran.0.status.code(), Some(3), "{}", ran.err());
    let told = ran.out();
    let told: Vec<&str> = told.lines().map(str::trim).collect();
    assert_eq!(told[..3], ["600", "700", "0 255"]);
    assert!(told[3].ends_with("/KEY") && !Path::new(told[3]).parent().unwrap().exists(), "{}", told[3]);
}

#[test]
fn files_of_a_killed_supervisor_are_removed_by_the_next() {
    let home = home();
    // A place of its own: other tests remove what is abandoned as well.
    let place = tempfile::tempdir_in("/dev/shm").unwrap();
    let arguments = ["run", "--file", "KEY=app/binary", "--", "sh", "-c", "echo $$; echo $KEY; exec sleep 1000"];
    let mut command = home.command(arguments);
    let mut child = command.env("XDG_RUNTIME_DIR", place.path()).stdout(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(child.stdout.take().unwrap());
    let program: i32 = line(&mut told).parse().unwrap();
    let file = line(&mut told);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(file.starts_with(place.path().to_str().unwrap()) && Path::new(&file).exists(), "{file}");
    kill_process(Pid::from_raw(program).unwrap(), Signal::KILL).unwrap();
    let mut command = home.command(["run", "--file", "KEY=app/binary", "--", "true"]);
    command.env("XDG_RUNTIME_DIR", place.path());
    Ran::of(command, b"").ok();
    assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0);
}

#[test]
fn signals_reach_a_supervised_program_and_its_end_is_ours() {
    let home = home();
    for (signal, name, code) in
        [(Signal::TERM, "TERM", 3), (Signal::HUP, "HUP", 4), (Signal::INT, "INT", 5), (Signal::USR1, "USR1", 6)]
    {
        let script = format!("trap 'echo {name}; exit {code}' {name}; sleep 1000 >/dev/null 2>&1 & echo $!; wait");
        let (mut child, mut told) = started(&home, &["run", "--file", "KEY=app/binary", "--", "sh", "-c", &script]);
        let sleeper: i32 = line(&mut told).parse().unwrap();
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(line(&mut told), name);
        assert_eq!(child.wait().unwrap().code(), Some(code));
        kill_process(Pid::from_raw(sleeper).unwrap(), Signal::KILL).unwrap();
    }
    for file in [&["--file", "KEY=app/binary"][..], &[]] {
        let arguments: Vec<&str> =
            ["run"].iter().chain(file).chain(&["--", "sh", "-c", "kill -9 $$"]).copied().collect();
        let status = home.run(&arguments).0.status;
        let ended_by_it = std::os::unix::process::ExitStatusExt::signal(&status) == Some(9);
        assert!(if file.is_empty() { ended_by_it } else { status.code() == Some(137) }, "{status}");
    }
}

/// What this process does with signals is its own affair: the program begins as if a shell had started it.
#[test]
fn a_program_begins_with_the_usual_signals() {
    let home = home();
    for file in [&["--file", "KEY=app/binary"][..], &[]] {
        for signal in ["PIPE", "INT", "TERM", "USR1"] {
            let script = format!("kill -{signal} $$; echo alive");
            let arguments: Vec<&str> =
                ["run"].iter().chain(file).chain(&["--", "sh", "-c", &script]).copied().collect();
            // Whoever runs the suite may have it ignore signals (`nohup`): a program that is started inherits that, and must.
            let mut alone = Command::new("sh");
            alone.args(["-c", &script]);
            assert_eq!(
                home.run(&arguments).out(),
                Ran::of(alone, b"").out(),
                "{signal} does what it does without `run`"
            );
        }
    }
}

#[test]
fn failures_before_the_program_have_codes_of_their_own() {
    let home = home();
    let text = home.write("text", "no program");
    for file in [&["--file", "KEY=app/binary"][..], &[]] {
        let refused = |arguments: &[&str], code: i32, label: &str| {
            home.run(["run"].iter().chain(file).chain(arguments)).refused(code, label)
        };
        refused(&["--", "no-such-program"], 127, "NoProgram");
        refused(&["--", text.to_str().unwrap()], 126, "NotExecutable");
        refused(&["--env", "A=none", "--", "true"], 125, "NotFound");
        refused(&["--from", "none/*", "--", "true"], 125, "NotFound");
        refused(&["--env", "A=app/db#none", "--", "true"], 125, "NotFound");
        refused(&["--env", "A=app/binary", "--", "true"], 125, "InvalidRequest");
        let told = refused(&["--env", "A=app/api-token", "--env", "A=app/db", "--", "true"], 125, "InvalidRequest");
        assert!(!told.contains("hunter2"), "{told}");
    }
    home.run(["run", "--file", "A=app/db", "--env", "A=app/db", "--", "true"]).refused(125, "Usage");
    for arguments in [&["run"][..], &["run", "--env", "1A=x", "--", "true"], &["run", "--fields", "--", "true"]] {
        assert_eq!(home.run(arguments).0.status.code(), Some(2), "{arguments:?}");
    }
    home.ok(["user", "create", "ci"]);
    let told = home.run(["--as", "user/ci", "run", "--env", "A=app/db", "--", "true"]).refused(125, "AccessDenied");
    assert!(told.contains("strongroom policy explain"), "{told}");
}

#[test]
fn the_store_is_free_while_the_program_runs_and_no_passphrase_is_handed_on() {
    let home = home();
    let mut command =
        home.command(["run", "--file", "K=app/db", "--", "sh", "-c", "strongroom get app/db --field user; env"]);
    let folder = Path::new(common::BINARY).parent().unwrap().display();
    command.env("PATH", format!("{folder}:/usr/bin:/bin")).env("STRONGROOM_PASSPHRASE", "hunter3");
    let told = Ran::of(command, b"").ok();
    assert!(told.starts_with("app") && !told.contains("hunter3"), "{told}");
}
