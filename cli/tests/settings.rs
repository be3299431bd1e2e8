//! Which store, which key, whose hands: found in order, told by `where`, never guessed.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{BINARY, Home, Ran};

fn told(text: &str, member: &str) -> String {
    text.lines().find_map(|line| line.strip_prefix(&format!("{member}\t"))).unwrap_or_default().to_owned()
}

#[test]
fn the_store_is_looked_for_in_order() {
    let home = Home::empty();
    let place = |ran: &Ran| (told(&ran.ok(), "Store"), told(&ran.ok(), "ChosenBy"));
    let (store, by) = place(&home.run(["where"]));
    assert!(store.ends_with("/.local/share/strongroom/default.strongroom"), "{store}");
    assert_eq!(by, "the default place");

    home.write(
        ".config/strongroom/config.toml",
        "store = \"user.strongroom\"\n[profile.p]\nstore = \"/p.strongroom\"\n",
    );
    let (store, _) = place(&home.run(["where"]));
    assert!(store.ends_with("/.config/strongroom/user.strongroom"), "{store}");
    assert_eq!(place(&home.run(["--profile", "p", "where"])).0, "/p.strongroom");

    home.write(".strongroom.toml", "store = \"project.strongroom\"\nunlock = \"keyfile:k\"\nas = \"user/ci\"");
    std::fs::create_dir_all(home.path("deep/down")).unwrap();
    let mut command = home.command(["where"]);
    command.current_dir(home.path("deep/down"));
    let ran = Ran::of(command, b"");
    assert!(
        place(&ran).0.ends_with("/project.strongroom") && place(&ran).1.ends_with(".strongroom.toml"),
        "{}",
        ran.out()
    );
    assert_eq!(told(&ran.ok(), "Principal"), "user/ci");
    assert_eq!(told(&ran.ok(), "Unlock"), "keyfile");
    // The project stands above the user's file, profile or not.
    assert!(place(&home.run(["--profile", "p", "where"])).0.ends_with("/project.strongroom"));

    let mut command = home.command(["where"]);
    command.env("STRONGROOM_STORE", "/env.strongroom").env("STRONGROOM_AS", "root").env("STRONGROOM_OUTPUT", "text");
    let ran = Ran::of(command, b"");
    assert_eq!(place(&ran), ("/env.strongroom".into(), "the environment".into()));
    assert_eq!(told(&ran.ok(), "Principal"), "root");
    let mut command = home.command(["--store", "/flag.strongroom", "where"]);
    command.env("STRONGROOM_STORE", "/env.strongroom");
    assert_eq!(place(&Ran::of(command, b"")), ("/flag.strongroom".into(), "the command line".into()));
}

#[test]
fn a_misspelt_setting_is_an_error_and_not_the_default() {
    let home = Home::empty();
    for (text, part) in [
        ("stor = \"x\"", "unknown field `stor`"),
        ("[profile.p]\npassphrase = \"x\"", "unknown field `passphrase`"),
        ("store = ", ".strongroom.toml"),
        ("output = \"xml\"", "no form of output"),
    ] {
        home.write(".strongroom.toml", text);
        let ran = home.run(["where"]);
        assert_eq!(ran.0.status.code(), Some(2), "{text}");
        assert!(ran.err().contains(part) && ran.out().is_empty(), "{}", ran.err());
    }
    // Where settings are broken, these still work.
    home.ok(["version"]);
    home.ok(["completions", "bash"]);
}

#[test]
fn a_project_file_that_others_can_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let home = Home::empty();
    let file = home.write(".strongroom.toml", "store = \"theirs\"");
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o666)).unwrap();
    home.run(["where"]).refused(2, "Config");
}

#[test]
fn a_passphrase_comes_from_a_file_a_descriptor_or_an_insisted_variable() {
    let home = Home::empty();
    home.write_private("pw", "one two\n");
    home.ok(["--store", "s", "--passphrase-file", "pw", "init"]);
    let with = |name: &str, value: &str, arguments: &[&str]| {
        let mut command = home.command(["--store", "s"].iter().chain(arguments));
        command.env(name, value);
        Ran::of(command, b"")
    };
    with("STRONGROOM_PASSPHRASE_FILE", "pw", &["ls"]).ok();
    let refused = with("STRONGROOM_PASSPHRASE", "one two", &["ls"]).refused(2, "Usage");
    assert!(refused.contains("--allow-env-passphrase") && !refused.contains("one two"), "{refused}");
    let ran = with("STRONGROOM_PASSPHRASE", "one two", &["--allow-env-passphrase", "ls"]);
    assert!(ran.err().contains("warning: STRONGROOM_PASSPHRASE"), "{}", ran.err());
    ran.ok();
    // Another way to unlock does not care for the variable.
    with("STRONGROOM_PASSPHRASE", "x", &["--unlock", "root-key:none", "ls"]).refused(5, "WrongUnlock");
    // A descriptor, handed on by a shell; standard input stays free for the value.
    let script = format!(
        "printf value | {BINARY} --store s --passphrase-fd 7 put a 7<pw && {BINARY} --store s --passphrase-fd 7 get a 7<pw"
    );
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &script]).env_clear().env("HOME", home.path("")).current_dir(home.path(""));
    let shown = Ran::of(command, b"").ok();
    assert!(shown.ends_with("\nvalue"), "{shown}");
    home.run(["--store", "s", "--passphrase-fd", "99", "ls"]).refused(5, "WrongUnlock");
}

#[test]
fn a_credential_of_the_service_manager_unlocks_by_itself() {
    let home = Home::empty();
    home.write_private("credentials/strongroom.key", [9; 32]);
    let run = |arguments: &[&str]| {
        let mut command = home.command(["--store", "s"].iter().chain(arguments));
        command.env("CREDENTIALS_DIRECTORY", home.path("credentials"));
        Ran::of(command, b"")
    };
    run(&["init"]).ok();
    run(&["ls"]).ok();
    assert!(run(&["where"]).ok().contains("UnlockChosenBy\tthe service manager"));
    home.run(["--store", "s", "ls"]).refused(5, "WrongUnlock");
}

#[test]
fn help_tells_no_value_of_the_environment() {
    let home = Home::empty();
    for arguments in [vec!["--help"], vec!["put", "--help"], vec!["get", "-h"], vec!["key", "decrypt", "--help"]] {
        let mut command = home.command(&arguments);
        command
            .env("STRONGROOM_PASSPHRASE", "hunter2")
            .env("STRONGROOM_PASSPHRASE_FILE", "hunter3")
            .env("STRONGROOM_UNLOCK", "hunter4");
        let text = Ran::of(command, b"").ok();
        assert!(!text.contains("hunter"), "{text}");
    }
}

#[test]
fn no_option_takes_a_passphrase() {
    let home = Home::empty();
    let help = home.ok(["--help"]);
    assert!(help.contains("--passphrase-file <PATH>") && help.contains("--passphrase-fd <N>"));
    assert!(!help.contains("--passphrase <") && !help.contains("--password"));
    let ran = home.run(["--passphrase", "hunter2", "ls"]);
    assert_eq!(ran.0.status.code(), Some(2));
}

#[test]
fn colors_follow_the_conventions() {
    let home = Home::empty();
    let told = |arguments: &[&str], name: &str| {
        let mut command = home.command(arguments);
        command.env(name, "1");
        Ran::of(command, b"").err()
    };
    assert!(!told(&["ls"], "X").contains('\u{1b}'));
    assert!(told(&["ls"], "CLICOLOR_FORCE").contains('\u{1b}'));
    assert!(told(&["--color", "always", "ls"], "NO_COLOR").contains('\u{1b}'));
    assert!(!told(&["--color", "never", "ls"], "CLICOLOR_FORCE").contains('\u{1b}'));
}
