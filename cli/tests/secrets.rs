//! The daily verbs: values go in and come out byte for byte, answers and notes keep apart.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::Home;

#[test]
fn a_value_comes_out_byte_for_byte() {
    let home = Home::with_store();
    let all: Vec<u8> = (0..=255).collect();
    for (number, value) in
        [&b"plain"[..], b"two\nlines\n", b"\n", b"\r\n", b"\0", &all, "g\u{e4}nsef\u{fc}\u{df}chen".as_bytes()]
            .iter()
            .enumerate()
    {
        let name = format!("v/{number}");
        home.ok_with(value, ["put", &name]);
        assert_eq!(home.run(["get", &name]).0.stdout, *value);
        let file = home.write("value", value);
        home.ok(["put", &name, &format!("@{}", file.display())]);
        assert_eq!(home.run(["get", &name]).0.stdout, *value);
    }
    home.ok_with("line\n", ["put", "v/trimmed", "-", "--trim"]);
    assert_eq!(home.ok(["get", "v/trimmed"]), "line");
}

#[test]
fn standard_output_is_data_and_nothing_else() {
    let home = Home::with_store();
    let ran = home.run(["put", "a", "--value", "hunter2"]);
    assert!(ran.err().contains("warning: a value on the command line"), "{}", ran.err());
    assert!(ran.ok().starts_with("a\t"), "{}", ran.out());
    let ran = home.run(["get", "a"]);
    assert_eq!((ran.ok().as_str(), ran.err().as_str()), ("hunter2", ""));
    // Tables and plain listings never hold a value.
    for arguments in [
        vec!["get", "a", "--output", "table"],
        vec!["describe", "a"],
        vec!["ls", "--output", "json"],
        vec!["history", "a", "--output", "table"],
        vec!["-q", "get", "a"],
    ] {
        assert!(!home.ok(&arguments).contains("hunter2"), "{arguments:?}");
    }
    assert!(home.ok(["get", "a", "--output", "json"]).contains("\"SecretString\":\"hunter2\""));
}

#[test]
fn a_generated_value_follows_its_words() {
    let home = Home::with_store();
    let ran = home.run(["put", "a", "--generate", "40,no-punctuation,no-upper"]);
    ran.ok();
    let value = home.ok(["get", "a"]);
    assert!(
        value.len() == 40 && value.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()),
        "{value}"
    );
    assert!(!ran.out().contains(&value));
    home.ok(["put", "b", "--generate"]);
    assert_eq!(home.ok(["get", "b"]).len(), 32);
}

#[test]
fn fields_of_a_json_value() {
    let home = Home::with_store();
    home.ok_with(r#"{"user":"app","db":{"password":"p\"\u00e4\n","port":5432}}"#, ["put", "a"]);
    assert_eq!(home.ok(["get", "a", "--field", "user"]), "app");
    assert_eq!(home.ok(["get", "a", "--field", "db.password"]), "p\"\u{e4}\n");
    assert_eq!(home.ok(["get", "a", "--field", "/db/port"]), "5432");
    home.ok_with([0xff], ["put", "b"]);
    home.run(["get", "b", "--field", "x"]).refused(10, "InvalidRequest");
}

#[test]
fn versions_labels_and_a_rollback() {
    let home = Home::with_store();
    home.ok_with("one", ["put", "a"]);
    home.ok_with("two", ["put", "a"]);
    home.ok_with("three", ["put", "a", "--stage", "CANARY"]);
    assert_eq!(home.ok(["get", "a"]), "two");
    assert_eq!(home.ok(["get", "a", "--stage", "CANARY"]), "three");
    assert_eq!(home.ok(["-q", "history", "a"]).lines().count(), 3);
    home.ok(["stage", "a", "AWSCURRENT", "--to", "AWSPREVIOUS"]);
    assert_eq!(home.ok(["get", "a"]), "one");
    assert_eq!(home.ok(["get", "a", "--stage", "AWSPREVIOUS"]), "two");
    let canary = home.ok(["get", "a", "--stage", "CANARY", "-q"]);
    home.ok(["stage", "a", "AWSCURRENT", "--to", canary.trim()]);
    assert_eq!(home.ok(["get", "a"]), "three");
    home.ok(["stage", "a", "CANARY", "--remove"]);
    home.run(["get", "a", "--stage", "CANARY"]).refused(3, "NotFound");
    assert_eq!(home.ok(["get", "a", "--version-id", canary.trim()]), "three");
    let told = home.run_with("x", ["put", "new", "--stage", "CANARY"]).refused(3, "NotFound");
    assert!(told.contains("without `--stage`"), "{told}");
}

#[test]
fn lists_by_pattern_tag_and_order() {
    let home = Home::with_store();
    for (name, tag) in [("prod/a", "env=prod"), ("prod/sub/b", "env=prod"), ("dev/a", "env=dev"), ("prod2", "env=prod")]
    {
        home.ok_with("v", ["put", name, "--tag", tag]);
    }
    let names = |arguments: &[&str]| {
        home.ok(["-q", "ls"].iter().chain(arguments)).lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(names(&[]), ["dev/a", "prod/a", "prod/sub/b", "prod2"]);
    assert_eq!(names(&["prod/*"]), ["prod/a"]);
    assert_eq!(names(&["prod/**"]), ["prod/a", "prod/sub/b"]);
    assert_eq!(names(&["**a", "--reverse"]), ["prod/a", "dev/a"]);
    assert_eq!(names(&["--tag", "env=dev"]), ["dev/a"]);
    assert_eq!(names(&["--tag", "env=de"]), Vec::<String>::new());
    home.ok(["rm", "dev/a"]);
    assert_eq!(names(&["dev/*"]), Vec::<String>::new());
    assert_eq!(names(&["dev/*", "--deleted"]), ["dev/a"]);
}

#[test]
fn more_than_a_page_is_listed_whole() {
    let home = Home::with_store();
    let key = std::fs::read(home.path("root.key")).unwrap();
    let room = strongroom::Strongroom::open(home.store(), strongroom::Unlock::root_key(key)).unwrap();
    for number in 0..130 {
        room.root()
            .create_secret(strongroom::operation::secretsmanager::CreateSecret::new(format!("s{number:03}")))
            .unwrap();
    }
    drop(room);
    let names = home.ok(["-q", "ls"]);
    assert_eq!(names.lines().count(), 130);
    assert_eq!(names.lines().next_back(), Some("s129"));
}

#[test]
fn deleting_leaves_a_way_back_unless_told_otherwise() {
    let home = Home::with_store();
    home.ok_with("v", ["put", "a"]);
    home.ok(["rm", "a", "--window", "7d"]);
    home.ok(["restore", "a"]);
    assert_eq!(home.ok(["get", "a"]), "v");
    home.ok(["rm", "a", "--now", "--yes"]);
    home.run(["restore", "a"]).refused(3, "NotFound");
    home.ok_with("w", ["put", "--new", "a"]);
}

#[test]
fn tags_are_set_shown_and_removed_and_a_put_updates_what_it_is_told() {
    let home = Home::with_store();
    home.ok_with("v", ["put", "a", "--description", "first"]);
    home.ok(["tag", "a", "env=prod", "empty="]);
    assert_eq!(home.ok(["tag", "a"]), "env\tprod\nempty\n");
    home.ok(["tag", "a", "--remove", "empty", "env=dev"]);
    assert_eq!(home.ok(["tag", "a"]), "env\tdev\n");
    home.ok_with("w", ["put", "a", "--description", "second", "--tag", "env=test"]);
    assert_eq!(home.ok(["get", "a"]), "w");
    let told = home.ok(["describe", "a"]);
    assert!(told.contains("Description\tsecond\n") && told.contains("Tags\tenv=test\n"), "{told}");
}

#[test]
fn text_from_the_store_cannot_speak_to_the_terminal() {
    let home = Home::with_store();
    home.ok_with("v", ["put", "a", "--description", "\u{1b}]0;owned\u{7}"]);
    for form in ["text", "table"] {
        let told = home.ok(["describe", "a", "--output", form]);
        assert!(!told.contains('\u{1b}') && told.contains("owned"), "{told}");
    }
    let told = home.run(["get", "\u{1b}[2J"]).err();
    assert!(!told.contains('\u{1b}'), "{told}");
}
