//! What happens on a terminal: questions hide their answers, secrets are masked, and the terminal is given back as it was.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use common::Home;
use common::pty::{Pty, wait_until_stopped};
use rustix::process::{Pid, Signal, kill_process};

/// Runs to its end without being asked anything; exit code and all that was shown.
fn shown(home: &Home, arguments: &[&str]) -> (Option<i32>, String) {
    let mut pty = Pty::open();
    let ended = pty.start(home, arguments).wait().unwrap();
    (ended.code(), pty.rest())
}

#[test]
fn a_passphrase_is_asked_for_twice_hidden_and_opens_the_store() {
    let home = Home::empty();
    let mut pty = Pty::open();
    let mut child = pty.start(&home, &["--store", "s", "init"]);
    pty.answer("New passphrase: ", "correct horse");
    pty.answer("New passphrase again: ", "correct horse");
    assert_eq!(child.wait().unwrap().code(), Some(0), "{}", pty.rest());
    assert!(pty.echoes());
    assert!(!pty.rest().contains("horse"));
    let mut child = pty.start(&home, &["--store", "s", "ls"]);
    pty.answer("Passphrase: ", "wrong horse");
    assert_eq!(child.wait().unwrap().code(), Some(5));
    let told = pty.rest();
    assert!(told.contains("error[WrongUnlock]") && !told.contains("horse"), "{told}");
    let mut child = pty.start(&home, &["--store", "s", "ls"]);
    pty.answer("Passphrase: ", "correct horse");
    assert_eq!(child.wait().unwrap().code(), Some(0), "{}", pty.rest());
}

#[test]
fn a_recovery_passphrase_is_asked_for_and_opens_the_store_as_well() {
    let home = Home::empty();
    let arguments = ["--store", "s", "--unlock", "keyfile:k", "init", "--create-keyfile", "--recovery", "passphrase"];
    let mut pty = Pty::open();
    let mut child = pty.start(&home, &arguments);
    pty.answer("Recovery passphrase: ", "correct horse");
    pty.answer("Recovery passphrase again: ", "battery");
    assert_eq!(child.wait().unwrap().code(), Some(10), "{}", pty.rest());
    assert!(!home.path("s").exists() && !home.path("k").exists());
    let mut child = pty.start(&home, &arguments);
    pty.answer("Recovery passphrase: ", "correct horse");
    pty.answer("Recovery passphrase again: ", "correct horse");
    assert_eq!(child.wait().unwrap().code(), Some(0), "{}", pty.rest());
    home.ok(["--store", "s", "--unlock", "keyfile:k", "ls"]);
    home.write_private("pw", "correct horse");
    home.ok(["--store", "s", "--passphrase-file", "pw", "ls"]);
}

#[test]
fn two_entries_that_differ_make_no_store_and_no_input_asks_nothing() {
    let home = Home::empty();
    let mut pty = Pty::open();
    let mut child = pty.start(&home, &["--store", "s", "init"]);
    pty.answer("New passphrase: ", "one");
    pty.answer("New passphrase again: ", "two");
    assert_eq!(child.wait().unwrap().code(), Some(10));
    assert!(!home.path("s").exists() && pty.echoes());
    let (code, told) = shown(&home, &["--store", "s", "--no-input", "init"]);
    assert_eq!(code, Some(5), "{told}");
    assert!(!told.contains("passphrase: "), "{told}");
}

/// The key itself, and signals of others: each ends the program as it ends any, and the terminal shows again what is typed.
#[test]
fn what_interrupts_a_question_gives_the_terminal_back() {
    let home = Home::with_store();
    let mut pty = Pty::open();
    let mut child = pty.start(&home, &["put", "a"]);
    pty.expect("Value: ");
    pty.wait_until_hidden();
    pty.type_in("hunt\u{3}");
    assert_eq!(child.wait().unwrap().signal(), Some(2), "{}", pty.rest());
    assert!(pty.echoes());
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        let mut pty = Pty::open();
        let mut child = pty.start(&home, &["put", "a"]);
        pty.expect("Value: ");
        pty.wait_until_hidden();
        pty.type_in("hunt");
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(signal.as_raw()), "{}", pty.rest());
        assert!(pty.echoes(), "{signal:?}");
        assert!(!pty.rest().contains("hunt"));
    }
    home.run(["get", "a"]).refused(3, "NotFound");
}

/// Who once asked a question has a handler for good: it must do what no handler does.
#[test]
fn signals_work_after_a_question_was_answered() {
    let home = Home::empty();
    home.write_private("pw", "correct horse");
    home.ok(["--store", "s", "--passphrase-file", "pw", "init"]);
    home.ok_with("v", ["--store", "s", "--passphrase-file", "pw", "put", "a"]);
    for signal in [Signal::INT, Signal::TERM, Signal::USR1] {
        let mut pty = Pty::open();
        let mut child = pty.start(&home, &["--store", "s", "watch", "a"]);
        pty.answer("Passphrase: ", "correct horse");
        pty.expect("watching");
        kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(signal.as_raw()), "{}", pty.rest());
    }
    let script = "trap 'echo got; exit 7' TERM; echo ready; while :; do read -r line; done";
    let mut pty = Pty::open();
    let mut child = pty.start(&home, &["--store", "s", "run", "--file", "F=a", "--", "sh", "-c", script]);
    pty.answer("Passphrase: ", "correct horse");
    pty.expect("ready");
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    pty.expect("got");
    assert_eq!(child.wait().unwrap().code(), Some(7));
}

#[test]
fn a_question_survives_being_stopped() {
    let home = Home::with_store();
    let mut pty = Pty::open();
    let mut child = pty.start(&home, &["put", "a"]);
    pty.expect("Value: ");
    pty.wait_until_hidden();
    kill_process(Pid::from_child(&child), Signal::TSTP).unwrap();
    wait_until_stopped(&child);
    assert!(pty.echoes(), "the shell that comes to the foreground shows what is typed");
    kill_process(Pid::from_child(&child), Signal::CONT).unwrap();
    pty.answer("Value: ", "hunter2");
    pty.answer("Value again: ", "hunter2");
    assert_eq!(child.wait().unwrap().code(), Some(0), "{}", pty.rest());
    assert!(!pty.rest().contains("hunter2") && pty.echoes());
    assert_eq!(home.ok(["get", "a"]), "hunter2");
}

#[test]
fn values_are_masked_on_a_terminal_and_whole_in_a_pipe() {
    let home = Home::with_store();
    home.ok_with(r#"{"p":"hunter2"}"#, ["put", "a"]);
    for arguments in [
        &["get", "a"][..],
        &["get", "a", "--field", "p"],
        &["get", "a", "-o", "json"],
        &["get", "a", "-o", "table"],
        &["get", "a", "-o", "env"],
        &["get", "a", "-o", "dotenv"],
        &["get", "a", "-o", "yaml-flat"],
        &["api", "secretsmanager", "GetSecretValue", "--json", r#"{"SecretId":"a"}"#],
    ] {
        let (code, told) = shown(&home, arguments);
        assert_eq!(code, Some(0), "{told}");
        assert!(!told.contains("hunter2") && told.contains("shown"), "{arguments:?}\n{told}");
    }
    assert!(shown(&home, &["get", "a", "--show"]).1.contains("hunter2"));
    let pty = Pty::open();
    let piped = pty.command(&home, &["get", "a", "--field", "p"]).stdout(Stdio::piped()).output().unwrap();
    assert_eq!(piped.stdout, b"hunter2");
    home.ok_with("\u{1b}[2J", ["put", "b"]);
    assert_eq!(shown(&home, &["get", "b", "--show"]).0, Some(2), "a value must not speak to the terminal");
}

#[test]
fn what_prints_secrets_alone_refuses_a_terminal() {
    let home = Home::with_store();
    home.ok_with("hunter2", ["put", "a"]);
    home.write("t", "{{ secret \"a\" }}");
    home.ok(["user", "create", "ci"]);
    for arguments in [
        &["env", "a"][..],
        &["template", "render", "t"],
        &["credential-process"],
        &["aws-env", "--credentials"],
        &["access-key", "create", "ci"],
    ] {
        let (code, told) = shown(&home, arguments);
        assert_eq!(code, Some(2), "{told}");
        assert!(told.contains("error[Usage]") && told.contains("`--show`") && !told.contains("hunter2"), "{told}");
    }
    let (code, told) = shown(&home, &["env", "a", "--show"]);
    assert_eq!((code, told.as_str()), (Some(0), "export A='hunter2'\n"));
}

#[test]
fn what_destroys_asks_first() {
    let home = Home::with_store();
    home.ok_with("v", ["put", "a"]);
    for (answer, code) in [("no", 1), ("", 1), ("y", 1), ("yes", 0)] {
        let mut pty = Pty::open();
        let mut child = pty.start(&home, &["rm", "a", "--now"]);
        pty.expect("Type `yes`: ");
        pty.type_in(answer);
        pty.type_in("\n");
        assert_eq!(child.wait().unwrap().code(), Some(code), "{}", pty.rest());
    }
    home.run(["get", "a"]).refused(3, "NotFound");
}

#[test]
fn a_value_is_written_in_an_editor_whose_file_is_gone_afterwards() {
    let home = Home::with_store();
    let editor =
        home.write("editor", "#!/bin/sh\nstat -c '%a %n' \"$1\" > seen\nprintf hunter2 > \"$1\"\ntouch \"$1.swp\"\n");
    std::fs::set_permissions(&editor, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let mut pty = Pty::open();
    let ended =
        pty.command(&home, &["put", "a", "--editor"]).env("EDITOR", &editor).stdout(Stdio::null()).status().unwrap();
    assert_eq!(ended.code(), Some(0), "{}", pty.rest());
    assert_eq!(home.ok(["get", "a"]), "hunter2");
    let seen = std::fs::read_to_string(home.path("seen")).unwrap();
    let (mode, path) = seen.trim().split_once(' ').unwrap();
    assert_eq!(mode, "600");
    assert!(!std::path::Path::new(path).parent().unwrap().exists(), "{path}");
    let mut pty = Pty::open();
    let ended =
        pty.command(&home, &["put", "a", "--editor"]).env("EDITOR", "false").stdout(Stdio::null()).status().unwrap();
    assert_eq!(ended.code(), Some(1), "{}", pty.rest());
    assert_eq!(home.ok(["get", "a"]), "hunter2");
}

/// The terminal sends its key to every process of the foreground: passed on once more, it would come twice.
#[test]
fn the_interrupt_key_reaches_a_supervised_program_once() {
    let home = Home::with_store();
    home.ok_with("v", ["put", "a"]);
    let script = "trap 'echo got' INT; echo ready; until read line; do :; done; echo \"end of $line\"";
    let mut pty = Pty::open();
    let mut child = pty.start(&home, &["run", "--file", "F=a", "--", "sh", "-c", script]);
    pty.expect("ready");
    pty.type_in("\u{3}");
    pty.expect("got");
    pty.type_in("it\n");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let told = pty.rest();
    assert_eq!(told.matches("got").count(), 1, "{told}");
    assert!(told.contains("end of it"), "{told}");
}
