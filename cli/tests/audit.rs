//! The journal on the command line.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::Home;

/// Number, operation and error of the records in an answer.
fn told(text: &str) -> Vec<(u64, &str, &str)> {
    let lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    lines.map(|line| (line[0].parse().unwrap(), line[3], line.get(5).copied().unwrap_or_default())).collect()
}
/// Without the records of reads and refusals: `put` finds out what there is.
fn changes(text: &str) -> Vec<&str> {
    told(text)
        .into_iter()
        .filter(|(_, name, error)| name.contains("Create") && error.is_empty())
        .map(|told| told.1)
        .collect()
}

#[test]
fn the_journal_is_shown_asked_and_exported() {
    let home = Home::with_store();
    home.ok_with("hunter2", ["put", "a"]);
    home.ok(["user", "create", "ann"]);
    home.ok_with("hunter3", ["put", "b"]);
    let all = home.ok(["audit", "query"]);
    let (secret, user) = ("secretsmanager:CreateSecret", "iam:CreateUser");
    assert_eq!(changes(&all), [secret, user, secret]);
    assert!(told(&all).iter().map(|record| record.0).eq(1..=all.lines().count() as u64), "{all}");
    let line: Vec<&str> = all.lines().find(|line| line.contains(user)).unwrap().split('\t').collect();
    let of_ann = ["arn:aws:iam::000000000000:root", user, "arn:aws:iam::000000000000:user/ann"];
    assert_eq!(line[2..5], of_ann);
    assert_eq!(home.ok(["audit", "tail", "-n", "1"]).lines().count(), 1);
    let asked = home.ok(["audit", "query", "--what", "createuser"]);
    assert_eq!(asked.split('\t').next(), Some(line[0]));
    assert_eq!(home.ok(["audit", "query", "--who", "user/ann"]), "");
    assert_eq!(home.ok(["audit", "query", "--since", "2999-01-01"]), "");
    let soon = home.run(["audit", "query", "--since", "soon"]);
    assert!(soon.err().contains("2027-01-31"), "{}", soon.err());
    let export = home.ok(["audit", "export"]);
    let records: Vec<serde_json::Value> = export.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(
        records
            .iter()
            .any(|record| record["operation"] == "CreateUser" && record["number"].as_u64() == line[0].parse().ok())
    );
    assert!(!export.contains("hunter"), "{export}");
    let known = records.len().to_string();
    // The export itself.
    assert_eq!(home.ok(["audit", "export", "--after", &known]).lines().count(), 1);
    // Whoever may not is told so.
    home.run(["--as", "user/ann", "audit", "tail"]).refused(4, "AccessDenied");
}

#[test]
fn reads_and_refusals_are_in_the_journal() {
    let home = Home::with_store();
    home.ok_with("hunter2", ["put", "a"]);
    home.ok(["user", "create", "ann"]);
    let get = "secretsmanager:GetSecretValue";
    let of_gets = || home.ok(["audit", "query", "--what", "GetSecretValue"]);
    for when in ["strict", "available"] {
        let before = told(&of_gets()).len();
        home.ok(["--audit", when, "get", "a"]);
        home.run(["--audit", when, "--as", "user/ann", "get", "a"]).refused(4, "AccessDenied");
        let all = of_gets();
        let seen: Vec<_> = told(&all).into_iter().skip(before).map(|(_, name, error)| (name, error)).collect();
        assert_eq!(seen, [(get, ""), (get, "AccessDeniedException")], "{when}");
        assert!(!all.contains("hunter"), "{all}");
    }
    let mut command = home.command(["get", "a"]);
    command.env("STRONGROOM_AUDIT", "never");
    let refused = common::Ran::of(command, b"").refused(2, "Usage");
    assert!(refused.contains("`never`") && refused.contains("strict or available"), "{refused}");
}

#[test]
fn the_journal_keeps_as_many_records_as_it_is_told() {
    let home = Home::with_store();
    assert_eq!(home.ok(["audit", "retention"]), "1000000\n");
    home.run(["audit", "retention", "63"]).refused(10, "InvalidRequest");
    assert_eq!(home.ok(["audit", "retention", "64"]), "64\n");
    home.write("early", home.ok(["audit", "checkpoint"]));
    home.ok_with("1", ["put", "a"]);
    let names: Vec<String> = (0..70).map(|number| format!("V{number}=a")).collect();
    let mut arguments = vec!["env"];
    for name in &names {
        arguments.extend(["--env", name]);
    }
    arguments.push("-q");
    home.ok(arguments);
    home.write("late", home.ok(["audit", "checkpoint"]));
    assert!(home.ok(["audit", "verify"]).trim().parse::<u64>().unwrap() <= 65);
    home.ok(["audit", "verify", "--checkpoint", "late"]);
    let told = home.run(["audit", "verify", "--checkpoint", "early"]).refused(8, "InvalidState");
    assert!(told.contains("were evicted"), "{told}");
    let evicted = home.ok(["audit", "query", "--what", "EvictAuditRecords", "-o", "json"]);
    assert!(evicted.contains("\"Evicted\"") && evicted.contains("\"Count\""), "{evicted}");
}

#[test]
fn a_checkpoint_shows_an_older_file() {
    let home = Home::with_store();
    home.ok_with("1", ["put", "a"]);
    let older = std::fs::read(home.store()).unwrap();
    let count = |text: String| text.trim().parse::<u64>().unwrap();
    let first = count(home.ok(["audit", "verify"]));
    home.ok_with("2", ["put", "b"]);
    home.write("checkpoint", home.ok(["audit", "checkpoint"]));
    let verify = ["audit", "verify", "--checkpoint", "checkpoint"];
    let second = count(home.ok(verify));
    home.ok_with("3", ["put", "c"]);
    assert!(count(home.ok(verify)) > second);
    assert_eq!(home.ok(["audit", "verify"]), home.ok(verify));
    std::fs::write(home.store(), older).unwrap();
    assert_eq!(count(home.ok(["audit", "verify"])), first);
    let told = home.run(verify).refused(6, "RolledBack");
    assert!(told.contains(&format!("ends at record {first}")) && told.contains(&format!("had {second}")), "{told}");
    home.write("checkpoint", "3:00");
    home.run(verify).refused(10, "InvalidRequest");
}
