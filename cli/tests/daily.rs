//! The daily commands beyond put and get: what they read and write, and what they leave as it was.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};

use common::{BINARY, Home};
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_template_is_filled_in_whole_or_not_at_all() {
    let home = Home::with_store();
    home.ok_with(r#"{"user":"app","password":"it's \"x\""}"#, ["put", "prod/db"]);
    home.ok_with([0xff, 0], ["put", "binary"]);
    let template = "u={{ secret \"prod/db\" \"user\" }}\np={{secret \"prod/db\" \"password\" | shell}}\n\
                    j={{ secret \"prod/db\" \"password\" | json }} b={{ secret \"binary\" | base64 }} {{ \"{{\" }}\n";
    home.write("t", template);
    let wanted = "u=app\np='it'\\''s \"x\"'\nj=\"it's \\\"x\\\"\" b=/wA= {{\n";
    assert_eq!(home.ok(["template", "render", "t"]), wanted);
    assert_eq!(home.ok_with(template, ["template", "render", "-"]), wanted);
    home.write("out", "old");
    home.ok(["template", "render", "t", "out"]);
    assert_eq!(std::fs::read_to_string(home.path("out")).unwrap(), wanted);
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(home.path("out")).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    for (text, code, label) in [
        ("{{ secret \"prod/db\" }}{{ secret \"none\" }}", 3, "NotFound"),
        ("{{ secret \"prod/db\" \"none\" }}", 3, "NotFound"),
        ("{{ secret \"binary\" | json }}", 10, "InvalidRequest"),
        ("{{ secret \"binary\" | shell }}", 10, "InvalidRequest"),
        ("a\n  {{ secret }}", 10, "InvalidRequest"),
    ] {
        home.write("bad", text);
        let told = home.run(["template", "render", "bad", "out"]).refused(code, label);
        assert!(!told.contains("it's"), "{told}");
        assert_eq!(std::fs::read_to_string(home.path("out")).unwrap(), wanted);
    }
    assert!(home.run(["template", "render", "bad"]).err().contains("line 2, column 13"));
    assert_eq!(home.ok(["template", "check", "t"]).lines().next(), Some("prod/db\tuser"));
    home.run(["template", "render", "t", "none/out"]).refused(3, "NotFound");
}

/// Bytes that a shell must not touch, through the program and `eval` and back.
#[test]
fn a_shell_evaluates_what_env_prints() {
    let home = Home::with_store();
    let value: Vec<u8> = (1..=255).collect();
    home.ok_with(&value, ["put", "app/odd-value"]);
    let script = format!("eval \"$({BINARY} env 'app/*')\" && exec printenv ODD_VALUE");
    let mut shell = std::process::Command::new("sh");
    let as_home = home.command([] as [&str; 0]);
    shell.args(["-c", &script]).env_clear().current_dir(home.path(""));
    shell.envs(as_home.get_envs().filter_map(|(name, value)| Some((name.to_owned(), value?.to_owned()))));
    shell.env("PATH", "/usr/bin:/bin");
    let out = shell.output().unwrap();
    assert_eq!(out.stdout, [value.as_slice(), b"\n"].concat(), "{}", String::from_utf8_lossy(&out.stderr));
}

#[test]
fn env_has_a_form_for_each_reader() {
    let home = Home::with_store();
    home.ok_with(r#"{"user":"app","port":5432}"#, ["put", "app/db"]);
    home.ok_with("it's", ["put", "app/token"]);
    let printed = |arguments: &[&str]| home.ok(["env"].iter().chain(arguments));
    assert_eq!(printed(&["app/token"]), "export TOKEN='it'\\''s'\n");
    assert_eq!(printed(&["app/token", "--format", "dotenv"]), "TOKEN=\"it's\"\n");
    assert_eq!(printed(&["app/token", "--format", "docker"]), "TOKEN=it's\n");
    assert_eq!(
        printed(&["app/*", "--fields", "--format", "systemd"]),
        "DB_PORT=\"5432\"\nDB_USER=\"app\"\nTOKEN=\"it's\"\n"
    );
    let object = json(&printed(&["app/db", "--fields", "--env", "X=app/token", "--format", "json"]));
    assert_eq!(object, serde_json::json!({"USER": "app", "PORT": "5432", "X": "it's"}));
    assert_eq!(printed(&["-q", "app/*"]), "DB\nTOKEN\n");
    home.ok_with("two\nlines", ["put", "app/pem"]);
    home.run(["env", "app/pem", "--format", "docker"]).refused(10, "InvalidRequest");
    home.run(["env", "none/*"]).refused(3, "NotFound");
    assert_eq!(home.run(["env"]).0.status.code(), Some(2));
}

#[test]
fn answers_come_in_forms_of_pairs() {
    let home = Home::with_store();
    home.ok_with("it's", ["put", "prod/db", "--description", "orders, \"primary\""]);
    assert_eq!(home.ok(["get", "prod/db", "-o", "env"]), "export DB='it'\\''s'\n");
    assert_eq!(home.ok(["get", "prod/db", "-o", "dotenv"]), "DB=\"it's\"\n");
    assert_eq!(home.ok(["get", "prod/db", "-o", "yaml-flat"]), "\"prod/db\": \"it's\"\n");
    let told = home.ok(["describe", "prod/db", "-o", "env"]);
    assert!(told.contains("export NAME='prod/db'\nexport DESCRIPTION='orders, \"primary\"'\n"), "{told}");
    let told = home.ok(["ls", "-o", "yaml-flat"]);
    assert!(told.contains("\"SecretList.1.Description\": \"orders, \\\"primary\\\"\"\n"), "{told}");
    home.ok(["user", "create", "ci"]);
    let told = home.ok(["access-key", "create", "ci", "-o", "env"]);
    assert!(told.starts_with("export AWS_ACCESS_KEY_ID='AKIA") && told.contains("\nexport AWS_SECRET_ACCESS_KEY='"));
    home.run(["get", "prod/db", "-o", "yaml"]).0.status.code().filter(|code| *code == 2).unwrap();
}

#[test]
fn a_move_takes_labelled_versions_and_all_that_describes_a_secret() {
    let home = Home::with_store();
    home.ok_with("one", ["put", "a", "--description", "first", "--tag", "env=prod"]);
    let one = home.ok(["-q", "get", "a"]);
    home.ok_with("two", ["put", "a"]);
    home.ok_with([0xff], ["put", "a"]);
    home.ok_with("canary", ["put", "a", "--stage", "CANARY"]);
    home.ok(["stage", "a", "BLUE", "--to", "AWSPREVIOUS"]);
    home.ok(["expire", "a", "2099-01-31"]);
    home.ok(["user", "create", "ci"]);
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/ci"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}}"#;
    home.ok_with(policy, ["policy", "put", "--secret", "a"]);
    let described = |name: &str| json(&home.ok(["describe", name, "-o", "json"]));
    let before = described("a");
    let told = home.ok(["mv", "a", "b/c"]);
    assert!(told.starts_with("b/c\tarn:") && !told.contains("canary"), "{told}");
    let after = described("b/c");
    for member in ["VersionIdsToStages", "Description", "Tags"] {
        assert_eq!(after[member], before[member], "{member}");
    }
    assert_eq!(home.run(["get", "b/c"]).0.stdout, [0xff]);
    assert_eq!(home.ok(["get", "b/c", "--stage", "AWSPREVIOUS"]), "two");
    assert_eq!(home.ok(["get", "b/c", "--stage", "BLUE"]), "two");
    assert_eq!(home.ok(["get", "b/c", "--stage", "CANARY"]), "canary");
    home.run(["get", "b/c", "--version-id", one.trim()]).refused(3, "NotFound");
    assert_eq!(home.ok(["policy", "get", "--secret", "b/c"]).trim(), policy);
    assert!(home.ok(["due", "--within", "36500d"]).contains("b/c\tExpiry\t2099-01-31"));
    // The old one has a way back, with its older versions.
    assert_eq!(home.ok(["-q", "ls"]), "b/c\n");
    home.ok(["restore", "a"]);
    assert_eq!(home.ok(["get", "a", "--version-id", one.trim()]), "one");
}

#[test]
fn what_cannot_be_moved_is_refused_whole() {
    let home = Home::with_store();
    home.ok_with("v", ["put", "a"]);
    home.ok_with("w", ["put", "taken"]);
    home.run(["mv", "a", "taken"]).refused(8, "AlreadyExists");
    home.run(["mv", "none", "b"]).refused(3, "NotFound");
    home.run(["mv", "a", "a"]).refused(8, "AlreadyExists");
    home.ok(["replicate", "a", "--region-add", "eu-west-1"]);
    let told = home.run(["mv", "a", "b"]).refused(8, "InvalidState");
    assert!(told.contains("is replicated"), "{told}");
    home.run(["mv", "taken", "b", "--now", "--no-input"]).refused(2, "Usage");
    // Who may make, but not delete, moves nothing.
    home.ok(["user", "create", "ci"]);
    let allow = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},
        {"Effect":"Deny","Action":"secretsmanager:DeleteSecret","Resource":"*"}]}"#;
    home.ok_with(allow, ["policy", "put", "--user", "ci", "--name", "most"]);
    home.run(["--as", "user/ci", "mv", "taken", "b"]).refused(4, "AccessDenied");
    assert_eq!(home.ok(["-q", "ls"]), "a\ntaken\n");
    // No version: nothing to copy but the description.
    home.ok_with(r#"{"Name":"empty","Description":"d"}"#, ["api", "secretsmanager", "CreateSecret"]);
    home.ok(["mv", "empty", "bare"]);
    assert!(home.ok(["describe", "bare"]).contains("Description\td\n"));
}

#[test]
fn a_copy_has_the_value_and_what_describes_it() {
    let home = Home::with_store();
    home.ok_with("one", ["put", "a", "--description", "first", "--tag", "env=prod"]);
    home.ok_with("two", ["put", "a"]);
    assert!(!home.ok(["cp", "a", "b"]).contains("two"));
    assert_eq!(home.ok(["get", "b"]), "two");
    assert_eq!(home.ok(["tag", "b"]), "env\tprod\n");
    home.ok(["cp", "a", "old", "--stage", "AWSPREVIOUS"]);
    assert_eq!(home.ok(["get", "old"]), "one");
    home.run(["cp", "a", "b"]).refused(8, "AlreadyExists");
    home.ok(["tag", "old", "env=test"]);
    home.ok(["cp", "a", "old", "--replace"]);
    assert_eq!((home.ok(["get", "old"]), home.ok(["tag", "old"])), ("two".to_owned(), "env\ttest\n".to_owned()));
    assert_eq!(home.ok(["diff", "a", "old"]), "same\n");
    let differ = home.run(["diff", "a"]);
    assert_eq!((differ.0.status.code(), differ.out().as_str(), differ.err().as_str()), (Some(1), "different\n", ""));
    home.ok(["rollback", "a"]);
    assert_eq!(home.ok(["get", "a"]), "one");
    home.ok(["rollback", "a"]);
    assert_eq!(home.ok(["get", "a"]), "two");
    home.run(["rollback", "b"]).refused(3, "NotFound");
}

#[test]
fn a_dry_run_changes_nothing_and_says_whether_it_could() {
    let home = Home::with_store();
    home.ok_with("v", ["put", "a"]);
    for arguments in
        [&["mv", "a", "b", "--dry-run"][..], &["cp", "a", "b", "--dry-run"], &["rm", "a", "--now", "--dry-run"]]
    {
        let ran = home.run(arguments);
        assert_eq!(ran.ok(), "");
        assert!(ran.err().contains("nothing was done"), "{}", ran.err());
    }
    assert_eq!(home.ok(["-q", "ls", "--deleted"]), "a\n");
    home.ok_with("w", ["put", "b"]);
    home.run(["mv", "a", "b", "--dry-run"]).refused(8, "AlreadyExists");
    home.ok(["user", "create", "ci"]);
    home.run(["--as", "user/ci", "rm", "a", "--dry-run"]).refused(4, "AccessDenied");
}

#[test]
fn lists_say_what_expires_and_what_nobody_reads() {
    let home = Home::with_store();
    for name in ["old", "soon", "later", "never"] {
        home.ok_with("v", ["put", name]);
    }
    home.ok(["expire", "old", "2020-01-01"]);
    home.ok(["expire", "soon", "--in", "5d"]);
    home.ok(["expire", "later", "--in", "60d"]);
    let names = |arguments: &[&str]| {
        home.ok(["-q", "ls"].iter().chain(arguments)).lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(names(&["--expiring", "30d"]), ["old", "soon"]);
    assert_eq!(names(&["--expiring", "90d", "l*"]), ["later"]);
    assert_eq!(names(&["--rotation-due"]), Vec::<String>::new());
    assert_eq!(names(&["--unused", "90d"]), Vec::<String>::new(), "all were made just now");
    assert_eq!(home.run(["ls", "--unused", "soon"]).0.status.code(), Some(2));
    home.run(["--as", "user/none", "ls", "--expiring", "1d"]).refused(3, "NotFound");
}

#[test]
fn a_watch_tells_of_other_processes_changes() {
    let home = Home::with_store();
    home.ok_with("v", ["put", "prod/a"]);
    home.ok_with("v", ["put", "test/a"]);
    let command =
        home.command(["watch", "prod/**", "--every", "50ms", "--exec", "printf 'now %s\\n' \"$STRONGROOM_CHANGED\""]);
    let (mut child, mut notes, mut told) = watching(command);
    assert_eq!(line(&mut notes), "note: watching 1 secrets");
    for (arguments, change) in [
        (&["put", "prod/a", "--generate"][..], "prod/a\tchanged"),
        (&["put", "prod/b", "--generate"], "prod/b\tcreated"),
        (&["stage", "prod/a", "BLUE", "--to", "AWSCURRENT"], "prod/a\tchanged"),
        (&["rm", "prod/b"], "prod/b\tdeleted"),
        (&["restore", "prod/b"], "prod/b\tcreated"),
    ] {
        // Neither of these is watched.
        home.ok(["put", "test/a", "--generate"]);
        home.ok(["tag", "prod/a", "seen=no"]);
        home.ok(arguments);
        assert_eq!(line(&mut told), change);
        assert_eq!(line(&mut told), format!("now {}", change.split('\t').next().unwrap()));
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// The notes of a watch, and what it tells.
fn watching(mut command: Command) -> (Child, BufReader<ChildStderr>, BufReader<ChildStdout>) {
    let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.env("PATH", "/usr/bin:/bin").spawn().unwrap();
    let notes = BufReader::new(child.stderr.take().unwrap());
    let told = BufReader::new(child.stdout.take().unwrap());
    (child, notes, told)
}

fn line(told: &mut BufReader<impl Read>) -> String {
    let mut line = String::new();
    told.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

#[test]
fn a_watch_for_one_change_ends_as_its_command_does() {
    let home = Home::with_store();
    for (exec, code) in [("exit 7", Some(7)), ("true", Some(0))] {
        let command = home.command(["-q", "watch", "a", "--once", "--every", "10ms", "--exec", exec]);
        let (mut child, mut notes, _told) = watching(command);
        assert!(line(&mut notes).starts_with("note: watching"));
        home.ok(["put", "a", "--generate"]);
        assert_eq!(child.wait().unwrap().code(), code);
    }
    home.ok(["user", "create", "ci"]);
    home.run(["--as", "user/ci", "watch", "a"]).refused(4, "AccessDenied");
    home.run(["--store", "none", "watch", "a"]).refused(3, "NotFound");
    for arguments in [&["watch"][..], &["watch", "a", "--every", "0s"]] {
        assert_eq!(home.run(arguments).0.status.code(), Some(2));
    }
}

#[test]
fn credentials_come_in_the_form_that_tools_ask_for() {
    let home = Home::with_store();
    home.ok(["user", "create", "ci"]);
    let issued = json(&home.ok(["--as", "user/ci", "credential-process"]));
    assert_eq!(
        issued.as_object().unwrap().keys().collect::<Vec<_>>(),
        ["AccessKeyId", "Expiration", "SecretAccessKey", "SessionToken", "Version"]
    );
    assert_eq!(issued["Version"], 1);
    assert!(issued["AccessKeyId"].as_str().unwrap().starts_with("ASIA"));
    assert!(strongroom::clock::Timestamp::from_iso_8601(issued["Expiration"].as_str().unwrap()).is_some());
    home.run(["--as", "user/ci", "credential-process", "--role", "none"]).refused(4, "AccessDenied");
    home.run(["--as", "user/ci", "credential-process", "--duration", "1m"]).refused(10, "InvalidRequest");
    let told = home.ok(["--region", "eu-west-1", "aws-env"]);
    let wanted = "export AWS_ENDPOINT_URL='http://127.0.0.1:8200'\nexport AWS_REGION='eu-west-1'\nexport AWS_DEFAULT_REGION='eu-west-1'\n";
    assert_eq!(told, wanted);
    home.write(".strongroom.toml", "endpoint = \"https://[::1]:9\"");
    let told = home.ok(["--as", "user/ci", "aws-env", "--credentials"]);
    assert!(told.contains("AWS_ENDPOINT_URL='https://[::1]:9'") && told.contains("AWS_SESSION_TOKEN='"), "{told}");
    assert!(told.contains("AWS_REGION='us-east-1'"), "{told}");
    home.run(["aws-env", "--endpoint", "/run/socket"]).refused(2, "Usage");
    home.run(["aws-env", "--role", "x"]).refused(2, "Usage");
}

#[test]
fn a_page_of_the_manual_for_each_command() {
    let home = Home::empty();
    assert!(home.ok(["man"]).contains(".TH strongroom 1"));
    std::fs::create_dir(home.path("man1")).unwrap();
    home.ok(["man", "--to", "man1"]);
    for command in ["strongroom", "strongroom-put", "strongroom-key", "strongroom-key-rotation-enable"] {
        let page = std::fs::read_to_string(home.path(&format!("man1/{command}.1"))).unwrap();
        assert!(page.contains(".SH"), "{command}");
    }
    home.run(["man", "--to", "none"]).refused(3, "NotFound");
}

#[test]
fn the_newest_format_needs_no_upgrade() {
    let home = Home::with_store();
    let before = std::fs::metadata(home.store()).unwrap().len();
    let told = json(&home.ok(["upgrade", "-o", "json"]));
    assert_eq!((&told["Format"], &told["Newest"]), (&1.into(), &true.into()));
    assert_eq!(std::fs::metadata(home.store()).unwrap().len(), before);
    assert!(Path::new(&home.store()).exists());
}
