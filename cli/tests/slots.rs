//! Ways to unlock: added, changed, removed, never the last; and what looks after the file.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{Home, Ran};

fn with<'a>(home: &Home, unlock: &str, arguments: impl IntoIterator<Item = &'a str>) -> Ran {
    let mut command = home.command(arguments);
    command.env("STRONGROOM_UNLOCK", unlock);
    Ran::of(command, b"")
}

#[test]
fn a_second_way_opens_the_store_and_outlives_the_first() {
    let home = Home::with_store();
    home.ok_with("value", ["put", "a"]);
    assert_eq!(home.ok(["slot", "list"]), "0\troot-key\n");
    let ran = home.run(["slot", "add", "--new", "keyfile:spare.key", "--create-keyfile"]);
    assert_eq!(ran.ok(), "1\n");
    assert!(ran.err().contains("keep a copy of `spare.key`"), "{}", ran.err());
    assert_eq!(home.ok(["slot", "list"]), "0\troot-key\n1\tkeyfile\n");
    assert_eq!(home.ok(["slot", "test", "--new", "keyfile:spare.key"]), "1\n");
    assert_eq!(with(&home, "keyfile:spare.key", ["get", "a"]).ok(), "value");
    with(&home, "keyfile:spare.key", ["slot", "remove", "0", "--yes"]).ok();
    home.run(["get", "a"]).refused(5, "WrongUnlock");
    assert_eq!(with(&home, "keyfile:spare.key", ["get", "a"]).ok(), "value");
    with(&home, "keyfile:spare.key", ["slot", "remove", "1", "--yes"]).refused(8, "InvalidState");
    with(&home, "keyfile:spare.key", ["slot", "remove", "5", "--yes"]).refused(3, "NotFound");
}

#[test]
fn any_shares_as_many_as_it_takes_open_the_store_when_the_first_way_is_lost() {
    let home = Home::empty();
    let arguments =
        ["--unlock", "keyfile:app.key", "init", "a.strongroom", "--create-keyfile", "--recovery", "shamir:3of5"];
    let made = home.run(arguments);
    let told = made.ok();
    let [store, shares @ ..] = told.lines().collect::<Vec<_>>().try_into().map(|lines: [&str; 6]| lines).unwrap();
    assert_eq!((store, shares[0].len()), ("a.strongroom", 94));
    assert!(made.err().contains("another keeper"), "{}", made.err());
    let run = |unlock: &str, arguments: &[&str]| {
        home.run(["--store", "a.strongroom", "--unlock", unlock].into_iter().chain(arguments.iter().copied()))
    };
    assert_eq!(run("keyfile:app.key", &["slot", "list"]).ok(), "0\tkeyfile\n1\tshamir\t\t3of5\n");
    std::fs::remove_file(home.path("app.key")).unwrap();
    home.write_private(
        "three",
        format!("{}\n\n{}\n{}", shares[4], shares[0].to_uppercase(), shares[2].replace('-', "")),
    );
    assert_eq!(run("shares:three", &["slot", "test", "--new", "shares:three"]).ok(), "1\n");
    home.write_private("two", format!("{}\n{}\n", shares[1], shares[3]));
    let told = run("shares:two", &["ls"]).refused(5, "WrongUnlock");
    assert!(told.contains("2 shares are too few; 3 are needed"), "{told}");
    home.write_private(
        "slip",
        format!("{}\n{}\n{}\n", shares[0], shares[1], shares[2].replacen(&shares[2][90..], "0000", 1)),
    );
    let told = run("shares:slip", &["ls"]).refused(5, "WrongUnlock");
    assert!(told.contains("share 3: it was mistyped") && !told.contains(&shares[2][20..60]), "{told}");
    // A new set for the old one, told in JSON; the old one opens nothing any more.
    let told = run("shares:three", &["-o", "json", "slot", "change", "1", "--new", "shamir:2of2"]).ok();
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let fresh: Vec<&str> = told["Shares"].as_array().unwrap().iter().map(|share| share.as_str().unwrap()).collect();
    assert_eq!((told["Slot"].as_i64(), fresh.len()), (Some(1), 2));
    run("shares:three", &["ls"]).refused(5, "WrongUnlock");
    home.write_private("fresh", fresh.join("\n"));
    run("shares:fresh", &["ls"]).ok();
}

#[test]
fn shares_that_cannot_be_said_drawn_or_told_are_refused_before_there_is_a_store() {
    let home = Home::empty();
    for counts in ["shamir", "shamir:", "shamir:3", "shamir:1of3", "shamir:4of3", "shamir:2of256", "shamir:0of0", "sss"]
    {
        let ran = home.run(["--unlock", "keyfile:k", "init", "s", "--create-keyfile", "--recovery", counts]);
        assert_eq!(ran.0.status.code(), Some(2), "{counts}: {}", ran.err());
    }
    let refused = |arguments: &[&str]| home.run(arguments).refused(2, "Usage");
    refused(&["--unlock", "keyfile:k", "-q", "init", "s", "--create-keyfile", "--recovery", "shamir:2of3"]);
    refused(&["--unlock", "keyfile:k", "-o", "table", "init", "s", "--create-keyfile", "--recovery", "shamir:2of3"]);
    refused(&["--unlock", "shamir:2of3", "init", "s"]);
    refused(&["--unlock", "shares", "init", "s"]);
    assert!(!home.path("s").exists() && !home.path("k").exists());
    let home = Home::with_store();
    let told = home.run(["slot", "add", "--new", "shares:none"]).refused(2, "Usage");
    assert!(told.contains("shamir:KofN"), "{told}");
    with(&home, "shares", ["ls"]).refused(5, "WrongUnlock");
    with(&home, "shares:none", ["ls"]).refused(5, "WrongUnlock");
    with(&home, "shamir:2of3", ["ls"]).refused(2, "Usage");
}

#[test]
fn a_passphrase_slot_is_added_hardened_and_changed() {
    let home = Home::with_store();
    home.write_private("one", "first");
    home.write_private("two", "second");
    home.ok(["slot", "add", "--new-passphrase-file", "one"]);
    assert!(home.ok(["slot", "list"]).contains("1\tpassphrase\targon2id m=65536KiB t=3 p=4\n"));
    home.ok(["slot", "change", "1", "--new-passphrase-file", "two"]);
    let open = |file: &str| {
        let mut command = home.command(["--passphrase-file", file, "ls"]);
        command.env_remove("STRONGROOM_UNLOCK");
        Ran::of(command, b"")
    };
    open("two").ok();
    open("one").refused(5, "WrongUnlock");
    home.run(["slot", "test", "--new-passphrase-file", "one"]).refused(5, "WrongUnlock");
}

#[test]
fn a_refused_way_leaves_no_key_file_and_no_slot() {
    let home = Home::with_store();
    home.write("taken.key", "x");
    home.run(["slot", "add", "--new", "keyfile:taken.key", "--create-keyfile"]).refused(8, "AlreadyExists");
    assert_eq!(std::fs::read(home.path("taken.key")).unwrap(), b"x");
    home.run(["slot", "change", "4", "--new", "keyfile:new.key", "--create-keyfile"]).refused(3, "NotFound");
    let told = home.run(["slot", "change", "4"]).refused(3, "NotFound");
    assert!(told.contains("no slot 4"), "known before anybody thinks of a passphrase: {told}");
    assert!(!home.path("new.key").exists());
    let told = home.run(["slot", "add", "--new", "keyfile:none.key"]).refused(5, "WrongUnlock");
    assert!(told.contains("`none.key`") && told.contains("--create-keyfile"), "{told}");
    home.run(["slot", "add", "--calibrate", "--new", "keyfile:none.key"]).refused(2, "Usage");
    assert_eq!(home.ok(["slot", "list"]), "0\troot-key\n");
    // The same when a store is made.
    home.run(["--store", "s", "--unlock", "keyfile:s.key", "init", "--create-keyfile", "--region", "no region"])
        .refused(10, "InvalidRequest");
    assert!(!home.path("s").exists() && !home.path("s.key").exists());
}

#[test]
fn a_new_root_key_needs_the_secret_of_every_slot_that_stays() {
    let home = Home::with_store();
    home.ok_with("value", ["put", "a"]);
    home.write_private("one", "first");
    home.write_private("wrong", "second");
    home.ok(["slot", "add", "--new", "keyfile:spare.key", "--create-keyfile"]);
    home.ok(["slot", "add", "--new-passphrase-file", "one"]);
    let generation = || {
        let told = home.ok(["status"]);
        told.lines().find_map(|line| line.strip_prefix("HeaderGeneration\t")).unwrap().parse::<u64>().unwrap()
    };
    let before = (generation(), std::fs::read(home.store()).unwrap());
    // What is missing is named; what is wrong, dropped unasked or no slot changes nothing.
    let told = home.run(["slot", "rotate"]).refused(8, "InvalidState");
    assert!(told.contains('1') && told.contains('2') && told.contains("= help: `--with`"), "{told}");
    home.run(["slot", "rotate", "--with", "keyfile:spare.key"]).refused(8, "InvalidState");
    let with = ["slot", "rotate", "--with", "keyfile:spare.key", "--with-passphrase-file"];
    let told = home.run(with.iter().chain(&["wrong"])).refused(5, "WrongUnlock");
    assert!(told.contains("`wrong` opens no slot") && !told.contains("second"), "{told}");
    home.run(["slot", "rotate", "--with", "keyfile:none.key"]).refused(5, "WrongUnlock");
    let told = home.run(["slot", "rotate", "--with", "hunter2"]).refused(2, "Usage");
    assert!(!told.contains("hunter2"), "{told}");
    home.run(["slot", "rotate", "--drop", "1", "--drop", "2"]).refused(2, "Usage");
    home.run(["slot", "rotate", "--drop", "5", "--yes"]).refused(3, "NotFound");
    home.run(["slot", "rotate", "--drop", "0", "--drop", "1", "--drop", "2", "--yes"]).refused(8, "InvalidState");
    assert_eq!(generation(), before.0);
    // All three stay.
    let slots = "0\troot-key\n1\tkeyfile\n2\tpassphrase\targon2id m=65536KiB t=3 p=4\n";
    assert_eq!(home.ok(with.iter().chain(&["one"])), slots);
    assert_eq!(generation(), before.0 + 1);
    let by_passphrase = || {
        let mut command = home.command(["--passphrase-file", "one", "get", "a"]);
        command.env_remove("STRONGROOM_UNLOCK");
        Ran::of(command, b"")
    };
    for ran in [home.run(["get", "a"]), get_by(&home, "keyfile:spare.key"), by_passphrase()] {
        assert_eq!(ran.ok(), "value");
    }
    // One is given up, even the one that opens the store now.
    let rotated =
        home.ok(["-q", "slot", "rotate", "--with-passphrase-file", "one", "--drop", "0", "--drop", "1", "--yes"]);
    assert_eq!(rotated, "2\n");
    home.run(["get", "a"]).refused(5, "WrongUnlock");
    get_by(&home, "keyfile:spare.key").refused(5, "WrongUnlock");
    assert_eq!(by_passphrase().ok(), "value");
    // An old copy still opens by what was given up: told in the help, and true.
    std::fs::write(home.store(), before.1).unwrap();
    assert_eq!(home.ok(["get", "a"]), "value");
}

#[test]
fn a_revocation_leaves_nothing_to_an_old_copy_and_what_unlocked_it() {
    let home = Home::with_store();
    home.ok_with("old", ["put", "a"]);
    home.ok(["slot", "add", "--new", "keyfile:spare.key", "--create-keyfile"]);
    home.ok(["slot", "add", "--new", "keyfile:third.key", "--create-keyfile"]);
    let old = std::fs::read(home.store()).unwrap();
    // What is not asked for, missing or wrong changes nothing.
    home.run(["slot", "revoke", "0", "--new", "keyfile:new.key", "--create-keyfile"]).refused(2, "Usage");
    let revoke = ["slot", "revoke", "0", "--new", "keyfile:new.key", "--create-keyfile", "--yes"];
    let told = home.run(revoke).refused(8, "InvalidState");
    assert!(told.contains("slot 1") && told.contains("= help: `--with`"), "{told}");
    home.run(revoke.iter().chain(&["--drop", "1", "--drop", "2", "--drop", "7"])).refused(3, "NotFound");
    home.run(revoke.iter().chain(&["--drop", "0", "--drop", "1", "--drop", "2"])).refused(2, "Usage");
    home.run(["slot", "revoke", "4", "--new", "keyfile:spare.key", "--yes"]).refused(3, "NotFound");
    assert!(!home.path("new.key").exists());
    assert_eq!(std::fs::read(home.store()).unwrap(), old);
    // One slot gets another secret, one stays, one is given up.
    let done = home.ok(revoke.iter().chain(&["--with", "keyfile:spare.key", "--drop", "2"]));
    assert_eq!(done, "1\t1\t0\n");
    home.run(["get", "a"]).refused(5, "WrongUnlock");
    get_by(&home, "keyfile:third.key").refused(5, "WrongUnlock");
    for unlock in ["keyfile:new.key", "keyfile:spare.key"] {
        assert_eq!(get_by(&home, unlock).ok(), "old");
    }
    assert_eq!(with(&home, "keyfile:new.key", ["slot", "list"]).ok(), "0\tkeyfile\n1\tkeyfile\n");
    with(&home, "keyfile:new.key", ["doctor"]).ok();
    // The old copy opens as it was: told in the help, and true.
    std::fs::write(home.store(), old).unwrap();
    assert_eq!(home.ok(["get", "a"]), "old");
}

fn get_by(home: &Home, unlock: &str) -> Ran {
    with(home, unlock, ["get", "a"])
}

#[test]
fn compaction_makes_the_file_smaller_and_loses_nothing() {
    let home = Home::with_store();
    home.ok_with("kept", ["put", "kept"]);
    for number in 0..12 {
        home.ok_with(vec![b'a'; 65_536], ["put", &format!("big/{number}")]);
    }
    for number in 0..12 {
        home.ok(["rm", &format!("big/{number}"), "--now", "--yes"]);
    }
    let before = std::fs::metadata(home.store()).unwrap().len();
    let told = home.ok(["compact"]);
    let after = std::fs::metadata(home.store()).unwrap().len();
    assert!(after < before, "{before} {after}");
    assert!(told.contains(&format!("FileBytesBefore\t{before}\n")), "{told}");
    assert_eq!(home.ok(["get", "kept"]), "kept");
    home.ok(["doctor", "--deep"]);
    assert_eq!(
        home.ok(["-q", "compact"]).trim().parse::<u64>().unwrap(),
        std::fs::metadata(home.store()).unwrap().len()
    );
    home.run(["--store", "none", "compact"]).refused(3, "NotFound");
}

#[test]
fn the_doctor_finds_what_is_weak_and_what_is_damaged() {
    let home = Home::with_store();
    home.ok_with("value", ["put", "a"]);
    let told = home.ok(["doctor", "--deep"]);
    assert!(told.contains("warning\tslots\tone way to unlock only"), "{told}");
    assert!(told.contains("ok\tcontent\t"), "{told}");
    std::fs::set_permissions(home.store(), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    assert!(home.ok(["doctor"]).contains("warning\tmode\t0644"));
    let whole = std::fs::read(home.store()).unwrap();
    std::fs::write(home.store(), &whole[..whole.len() / 2]).unwrap();
    let ran = home.run(["doctor", "--deep"]);
    assert_eq!(ran.0.status.code(), Some(6), "{}", ran.err());
    assert!(ran.out().contains("failed\tunlock\t") && ran.err().contains("error[Damaged]"), "{}", ran.out());
}

#[test]
fn status_counts_and_moves_on_with_each_commit() {
    let home = Home::with_store();
    let member = |name: &str| {
        home.ok(["status"]).lines().find_map(|line| line.strip_prefix(&format!("{name}\t")).map(str::to_owned)).unwrap()
    };
    let before = (member("Sequence").parse::<u64>().unwrap(), member("Fingerprint"));
    home.ok_with("value", ["put", "a"]);
    assert!(member("Sequence").parse::<u64>().unwrap() > before.0);
    assert_ne!(member("Fingerprint"), before.1);
    assert_eq!((member("Secrets").as_str(), member("Versions").as_str()), ("1", "1"));
    assert_eq!(member("StoreId").len(), 32);
}
