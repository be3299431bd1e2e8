//! Each class of failure has its exit code, its word, and its own clear text; and nothing is lost by it.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{Home, Ran};
use strongroom::{SecretBytes, Strongroom, Unlock};

const READ_ALL: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}]}"#;

#[test]
fn a_wrong_passphrase_is_5_and_the_right_one_still_opens() {
    let home = Home::empty();
    let (right, wrong) = (home.write_private("right", "one two\n"), home.write_private("wrong", "one  two\n"));
    let with = |file: &std::path::Path, verb: &str| {
        let file = file.to_str().unwrap().to_owned();
        home.run(["--store", "s", "--passphrase-file", &file, verb])
    };
    with(&right, "init").ok();
    let told = with(&wrong, "ls").refused(5, "WrongUnlock");
    assert!(told.contains("opens no slot"), "{told}");
    with(&right, "ls").ok();
    // Nobody to ask is a missing credential.
    home.run(["--store", "s", "ls"]).refused(5, "WrongUnlock");
    home.run(["--store", "s", "--no-input", "ls"]).refused(5, "WrongUnlock");
    let empty = home.write_private("empty", "\n");
    with(&empty, "ls").refused(5, "WrongUnlock");
    home.run(["--store", "s", "--passphrase-file", "nowhere", "ls"]).refused(5, "WrongUnlock");
    home.run(["--store", "s", "--unlock", "systemd", "ls"]).refused(5, "WrongUnlock");
}

#[test]
fn a_key_file_that_others_can_read_is_5() {
    let home = Home::with_store();
    std::fs::set_permissions(home.path("root.key"), std::os::unix::fs::PermissionsExt::from_mode(0o640)).unwrap();
    let told = home.run(["ls"]).refused(5, "WrongUnlock");
    assert!(told.contains("not ours alone"), "{told}");
}

#[test]
fn what_is_not_there_is_3() {
    let home = Home::with_store();
    let told = home.run(["get", "nobody/knows"]).refused(3, "NotFound");
    assert!(told.contains("can't find the specified secret"), "{told}");
    home.run(["--store", "elsewhere", "ls"]).refused(3, "NotFound");
    home.run(["--as", "user/nobody", "ls"]).refused(3, "NotFound");
    home.run(["put", "a", "@nofile"]).refused(3, "NotFound");
    home.ok_with("{\"a\":1}", ["put", "a"]);
    home.run(["get", "a", "--field", "b"]).refused(3, "NotFound");
    home.run(["policy", "get", "--secret", "a"]).refused(3, "NotFound");
    home.run(["stage", "a", "BLUE", "--remove"]).refused(3, "NotFound");
}

#[test]
fn a_denial_is_4_and_says_who_what_why_and_what_to_ask() {
    let home = Home::with_store();
    home.ok_with("value", ["put", "a"]);
    home.ok(["user", "create", "ci"]);
    let told = home.run(["--as", "user/ci", "get", "a"]).refused(4, "AccessDenied");
    assert!(
        told.contains("user/ci is not authorized to perform: secretsmanager:GetSecretValue on resource: a\n"),
        "{told}"
    );
    assert!(told.contains("= why: no identity-based policy allows"), "{told}");
    assert!(
        told.contains("= help: strongroom policy explain --as arn:aws:iam::000000000000:user/ci --action"),
        "{told}"
    );
    // Missing or forbidden: the same answer.
    let missing = home.run(["--as", "user/ci", "get", "b"]).refused(4, "AccessDenied");
    assert_eq!(told.replace("resource: a", "resource: b").replace("--resource a", "--resource b"), missing);
    home.ok_with(READ_ALL, ["policy", "put", "--user", "ci", "--name", "read"]);
    assert_eq!(home.ok(["--as", "user/ci", "get", "a"]), "value");
}

#[test]
fn a_damaged_or_a_truncated_file_and_no_store_at_all_are_6() {
    let home = Home::with_store();
    home.ok_with("value", ["put", "a"]);
    let whole = std::fs::read(home.store()).unwrap();
    let try_with = |content: &[u8]| {
        std::fs::write(home.store(), content).unwrap();
        home.run(["get", "a"])
    };
    let told = try_with(&whole[..8000]).refused(6, "Damaged");
    assert!(told.contains("cut off"), "{told}");
    assert_eq!(try_with(&whole[..whole.len() / 2]).0.status.code(), Some(6));
    try_with(b"not a store at all").refused(6, "Damaged");
    try_with(b"").refused(6, "Damaged");
    let mut both_headers = whole.clone();
    both_headers[100] ^= 1;
    both_headers[8192 + 100] ^= 1;
    try_with(&both_headers).refused(6, "Damaged");
    // One damaged header copy of two is no damage: the other opens.
    let mut one_header = whole.clone();
    one_header[100] ^= 1;
    assert_eq!(try_with(&one_header).ok(), "value");
    assert_eq!(try_with(&whole).ok(), "value");
}

#[test]
fn a_newer_format_is_6_and_says_which() {
    let home = Home::with_store();
    // Whole header copies of another format number; their check is over the bytes before it.
    let mut file = std::fs::read(home.store()).unwrap();
    let format = file.windows(8).position(|bytes| bytes == b"STRONGRM").map(|at| at + 8).unwrap();
    file[format..format + 2].copy_from_slice(&[0x7f, 0x01]);
    file[8192 + format..8192 + format + 2].copy_from_slice(&[0x7f, 0x01]);
    std::fs::write(home.store(), file).unwrap();
    let ran = home.run(["ls"]);
    assert_eq!(ran.0.status.code(), Some(6), "{}", ran.err());
}

#[test]
fn a_second_process_is_7_and_nothing_is_lost() {
    let home = Home::with_store();
    home.ok_with("value", ["put", "a"]);
    let key = std::fs::read(home.path("root.key")).unwrap();
    let held = Strongroom::open(home.store(), Unlock::RootKey(SecretBytes::from(key))).unwrap();
    let told = home.run(["get", "a"]).refused(7, "Busy");
    assert!(told.contains("= help: one process holds a store at a time"), "{told}");
    home.run_with("other", ["put", "a"]).refused(7, "Busy");
    for command in [["slot", "rotate"].as_slice(), &["compact"], &["status"], &["key", "list"], &["user", "list"]] {
        home.run(command).refused(7, "Busy");
    }
    assert_eq!(held.root().get_secret_value("a").unwrap().value(), b"value");
    drop(held);
    assert_eq!(home.ok(["get", "a"]), "value");
}

#[test]
fn what_exists_or_is_in_another_state_is_8() {
    let home = Home::with_store();
    home.run(["init"]).refused(8, "AlreadyExists");
    home.ok_with("value", ["put", "a"]);
    home.run_with("other", ["put", "--new", "a"]).refused(8, "AlreadyExists");
    assert_eq!(home.ok(["get", "a"]), "value");
    home.ok(["user", "create", "ci"]);
    home.run(["user", "create", "CI"]).refused(8, "AlreadyExists");
    home.ok(["rm", "a"]);
    home.run(["get", "a"]).refused(8, "InvalidState");
    home.run(["slot", "remove", "0", "--yes"]).refused(8, "InvalidState");
    let token = "0123456789abcdef0123456789abcdef";
    home.ok_with("one", ["put", "b", "--token", token]);
    home.run_with("two", ["put", "b", "--token", token]).refused(8, "AlreadyExists");
}

#[test]
fn a_bad_name_a_value_too_long_and_an_empty_one_are_10() {
    let home = Home::with_store();
    let told = home.run_with("value", ["put", "bad name!"]).refused(10, "InvalidRequest");
    assert!(told.contains("Invalid name"), "{told}");
    let told = home.run_with(vec![b'a'; 65_537], ["put", "a"]).refused(10, "InvalidRequest");
    assert!(told.contains("65536") && !told.contains("aaaa"), "{told}");
    home.run_with(vec![0; 65_537], ["put", "a"]).refused(10, "InvalidRequest");
    home.run_with("", ["put", "a"]).refused(10, "InvalidRequest");
    home.run(["get", "a"]).refused(3, "NotFound");
    home.ok_with(vec![b'a'; 65_536], ["put", "a"]);
    home.run(["rm", "a", "--window", "6d"]).refused(10, "InvalidRequest");
    home.run(["--as", "nobody", "ls"]).refused(10, "InvalidRequest");
    home.run(["--store", "new", "init", "--account", "12"]).refused(10, "InvalidRequest");
    assert!(!home.path("new").exists());
}

#[test]
fn a_malformed_policy_is_11_with_line_column_and_suggestion() {
    let home = Home::with_store();
    home.ok_with("value", ["put", "a"]);
    home.ok(["user", "create", "ci"]);
    let misspelt =
        READ_ALL.replace("\"Resource\"", "\n\"Condition\":{\"StringEqualz\":{\"aws:username\":\"x\"}},\"Resource\"");
    for arguments in [vec!["policy", "put", "--user", "ci", "--name", "p"], vec!["policy", "lint"]] {
        let ran = home.run_with(&misspelt, &arguments);
        let told = format!("{}{}", ran.out(), ran.err());
        assert_eq!(ran.0.status.code(), Some(11), "{told}");
        for part in ["error[MalformedPolicy]", "line 2, column 14", "StringEqualz", "did you mean `StringEquals`"] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }
    let told = home
        .run_with("{\"Version\":\"2012-10-17\",\n\"Statement\":[", ["policy", "put", "--secret", "a"])
        .refused(11, "MalformedPolicy");
    assert!(told.contains("line 2"), "{told}");
    home.run_with(b"\xff", ["policy", "put", "--secret", "a"]).refused(11, "MalformedPolicy");
    home.run(["policy", "get", "--secret", "a"]).refused(3, "NotFound");
}

#[test]
fn usage_is_2_and_repeats_no_secret() {
    let home = Home::with_store();
    for arguments in [
        vec!["put", "a", "hunter2"],
        vec!["--unlock", "passphrase:hunter2", "ls"],
        vec!["--unlock", "hunter2", "ls"],
        vec!["--passphrase-file", "root.key", "--unlock", "root-key:root.key", "ls"],
        vec!["put", "a", "--generate", "24,hunter3"],
        vec!["key", "decrypt", "hunter2"],
        vec!["rm", "a", "--now"],
        vec!["policy", "put", "--user", "ci"],
        vec!["policy", "rm", "--secret", "a", "--name", "n", "--yes"],
        vec!["--profile", "none", "ls"],
    ] {
        let told = home.run(&arguments).refused(2, "Usage");
        assert!(!told.contains("hunter2"), "{arguments:?}: {told}");
    }
    for arguments in [
        vec![],
        vec!["nonsense"],
        vec!["get"],
        vec!["stage", "a", "B"],
        vec!["policy", "put"],
        vec!["policy", "decide"],
    ] {
        let ran = home.run(&arguments);
        assert_eq!(ran.0.status.code(), Some(2), "{arguments:?}");
        assert_eq!(ran.out(), "");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn an_output_that_cannot_be_written_is_12() {
    let home = Home::with_store();
    let mut command = home.command(["where"]);
    command.stdout(std::fs::File::options().write(true).open("/dev/full").unwrap());
    let ran = command.stderr(std::process::Stdio::piped()).output().map(Ran).unwrap();
    assert_eq!(ran.0.status.code(), Some(12));
    assert!(ran.err().contains("error[Storage]"), "{}", ran.err());
}

/// A limit on the size of files stands for the full disk; the signal that comes with it is ignored, as a service would.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_12_and_what_was_stored_is_still_there() {
    let home = Home::with_store();
    home.ok_with("value", ["put", "a"]);
    home.write("big", vec![b'a'; 65_536]);
    let blocks = std::fs::metadata(home.store()).unwrap().len() / 512;
    let full = |blocks: u64, arguments: &[&str]| {
        let mut command = home.command(["-c", &format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"")]);
        command.arg(common::BINARY).args(arguments);
        let mut shell = std::process::Command::new("sh");
        shell.args(command.get_args()).env_clear().current_dir(home.path(""));
        shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        Ran::of(shell, b"")
    };
    let told = full(blocks, &["put", "big", "@big"]).refused(12, "Storage");
    assert!(told.contains("no space is left on the disk"), "{told}");
    // A read has no record and no answer, unless somebody has said that it may go on; and nothing is half there.
    // The database's own first page can be written, which says that it is open, and no other.
    let one_page = (16_384 + 4_096) / 512;
    full(one_page, &["get", "a"]).refused(9, "AuditUnavailable");
    assert_eq!(full(one_page, &["--audit", "available", "get", "a"]).ok(), "value");
    assert_eq!(home.ok(["-q", "ls"]), "a\n");
    assert!(home.ok(["doctor", "--deep"]).contains("ok\tcontent"));
    // Once there is space, writing goes on.
    home.ok(["put", "big", "@big"]);
    assert_eq!(home.ok(["get", "a"]), "value");
}

#[test]
fn a_file_that_cannot_be_made_is_12() {
    let home = Home::with_store();
    // A file stands where a folder would have to be.
    home.run(["init", "root.key/store"]).refused(12, "Storage");
}
