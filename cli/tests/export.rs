//! Secrets on their way out: forms, refusals, and the way back in.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

use common::Home;
use proptest::prelude::*;
use strongroom::operation::secretsmanager::{
    CreateSecret, DescribeSecret, GetSecretValue, ListSecrets, PutSecretValue, Tag, UpdateSecretVersionStage,
};
use strongroom::{Session, Strongroom, Unlock};

fn furnish(home: &Home) {
    home.ok_with("one", ["put", "prod/db", "--tag", "env=prod", "--description", "the \"front\" door"]);
    home.ok_with("two \"q\" $x \\ \n end", ["put", "prod/db"]);
    home.ok_with("x", ["put", "dev/db", "--tag", "env=dev"]);
}

#[test]
fn a_secret_a_line_with_its_labelled_versions() {
    let home = Home::with_store();
    furnish(&home);
    home.ok_with([0, 255], ["put", "prod/bytes"]);
    let told = home.ok(["export"]);
    let lines: Vec<serde_json::Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        lines.iter().map(|line| line["Name"].as_str().unwrap()).collect::<Vec<_>>(),
        ["dev/db", "prod/bytes", "prod/db"]
    );
    assert_eq!(lines[1]["Versions"][0]["SecretBinary"], "AP8=");
    let db = &lines[2];
    assert_eq!((&db["Description"], &db["Tags"][0]["Key"]), (&"the \"front\" door".into(), &"env".into()));
    let told = |at: usize| {
        (db["Versions"][at]["SecretString"].as_str().unwrap(), db["Versions"][at]["VersionStages"][0].as_str().unwrap())
    };
    assert_eq!((told(0), told(1)), (("two \"q\" $x \\ \n end", "AWSCURRENT"), ("one", "AWSPREVIOUS")));
    assert_eq!(home.ok(["export", "prod/*"]).lines().count(), 2);
    assert_eq!(home.ok(["export", "--tag", "env=dev"]).lines().count(), 1);
    let ran = home.run(["export", "nothing"]);
    assert!(ran.ok().is_empty() && ran.err().contains("no secret is meant"), "{}", ran.err());
}

#[test]
fn forms_of_text_go_out_and_come_back() {
    let home = Home::with_store();
    furnish(&home);
    let value = home.ok(["get", "prod/db"]);
    let json: serde_json::Value = serde_json::from_str(&home.ok(["export", "--format", "json"])).unwrap();
    assert_eq!(json, serde_json::json!({"dev/db": "x", "prod/db": value}));
    home.ok_with(home.ok(["export", "--format", "csv"]), ["import", "--from", "csv", "--prefix", "c/"]);
    assert_eq!(home.ok(["get", "c/prod/db"]), value);
    assert!(home.ok(["describe", "c/prod/db"]).contains("front"));
    home.ok_with(
        home.ok(["export", "prod/**", "--format", "dotenv"]),
        ["import", "--from", "dotenv", "--prefix", "e/"],
    );
    assert_eq!(home.ok(["get", "e/PROD_DB"]), value);
    let told = home.run(["export", "--format", "dotenv"]);
    assert!(told.0.status.success(), "{}", told.err());
    home.ok_with("y", ["put", "prod-db"]);
    let told = home.run(["export", "--format", "dotenv"]).refused(10, "InvalidRequest");
    assert!(told.contains("would both be `PROD_DB`"), "{told}");
    home.ok_with([0xff], ["put", "bytes"]);
    for format in ["json", "csv", "dotenv"] {
        let told = home.run(["export", "bytes", "--format", format]).refused(10, "InvalidRequest");
        assert!(told.contains("`--format aws`"), "{told}");
    }
    home.ok_with([b'a', 0, b'b'], ["put", "nul"]);
    home.run(["export", "nul", "--format", "dotenv"]).refused(10, "InvalidRequest");
}

#[test]
fn a_file_is_for_its_owner_alone_and_never_written_over() {
    let home = Home::with_store();
    furnish(&home);
    assert_eq!(home.ok(["export", "--file", "out.jsonl"]), "");
    assert_eq!(home.path("out.jsonl").metadata().unwrap().permissions().mode() & 0o7777, 0o600);
    let before = std::fs::read(home.path("out.jsonl")).unwrap();
    assert_eq!(before, home.ok(["export"]).into_bytes());
    home.run(["export", "--file", "out.jsonl"]).refused(8, "AlreadyExists");
    home.run(["export", "--to-passphrase", "out.jsonl"]).refused(8, "AlreadyExists");
    home.run(["export", "--file", "no/such/out"]).refused(3, "NotFound");
    assert_eq!(std::fs::read(home.path("out.jsonl")).unwrap(), before);
    let drafts =
        std::fs::read_dir(home.path("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(drafts.filter(|name| name.starts_with('.')).count(), 0);
    home.run(["export", "--file", "a", "--to-passphrase", "b"]).0.status.code().filter(|code| *code == 2).unwrap();
    // Who may not read one of them exports none.
    home.ok(["user", "create", "ci"]);
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["secretsmanager:ListSecrets","secretsmanager:DescribeSecret","secretsmanager:ListSecretVersionIds"],"Resource":"*"},
        {"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:*:*:secret:dev/*"}]}"#;
    home.ok_with(policy, ["policy", "put", "--user", "ci", "--name", "some"]);
    home.run(["--as", "user/ci", "export", "--file", "ci"]).refused(4, "AccessDenied");
    assert!(!home.path("ci").exists());
    assert_eq!(home.ok(["--as", "user/ci", "export", "dev/*"]).lines().count(), 1);
}

#[test]
fn sealed_it_is_a_store_of_its_own_under_its_own_passphrase() {
    let home = Home::with_store();
    furnish(&home);
    home.ok_with([0, 255], ["put", "prod/bytes"]);
    home.write_private("pass.txt", "correct horse\n");
    home.ok(["export", "prod/*", "--to-passphrase", "sealed", "--new-passphrase-file", "pass.txt"]);
    assert_eq!(home.path("sealed").metadata().unwrap().permissions().mode() & 0o7777, 0o600);
    let image = std::fs::read(home.path("sealed")).unwrap();
    for told in [&b"prod/db"[..], b"front", b"two \"q\""] {
        assert!(!image.windows(told.len()).any(|window| window == told));
    }
    let mut command =
        home.command(["export", "--store", "sealed", "--unlock", "passphrase", "--passphrase-file", "pass.txt"]);
    command.env_remove("STRONGROOM_UNLOCK");
    let out = common::Ran::of(command, b"").ok();
    let undated = |told: &str| {
        let mut lines: Vec<serde_json::Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for version in lines.iter_mut().flat_map(|line| line["Versions"].as_array_mut().unwrap()) {
            version.as_object_mut().unwrap().remove("CreatedDate");
        }
        lines
    };
    assert_eq!(undated(&out), undated(&home.ok(["export", "prod/*"])));
    // The store's own key does not open it.
    home.run(["ls", "--store", "sealed"]).refused(5, "WrongUnlock");
    home.run(["export", "--new-passphrase-file", "pass.txt"]).0.status.code().filter(|code| *code == 2).unwrap();
    home.run(["export", "--to-passphrase", "x", "--no-input"]).refused(5, "WrongUnlock");
    assert!(!home.path("x").exists());
}

/// What a store says of its secrets, dates and the store's own affairs left out.
type Content = BTreeMap<String, (String, BTreeMap<String, String>, BTreeMap<String, (bool, Vec<u8>)>)>;

fn content(session: &Session) -> Content {
    let listed = session.list_secrets(ListSecrets::new().max_results(100)).unwrap().secret_list;
    let of = |name: &str| {
        let told = session.describe_secret(DescribeSecret::new(name)).unwrap();
        let tags = told.tags.iter().flatten().map(|tag| (tag.key.to_string(), tag.value.to_string())).collect();
        let labels = told.version_ids_to_stages.iter().flatten().flat_map(|(_, labels)| labels);
        let values = labels.map(|label| {
            let found = session.get_secret_value(GetSecretValue::new(name).version_stage(label.clone())).unwrap();
            (label.to_string(), (found.secret_string.is_some(), found.value().to_vec()))
        });
        (told.description.map_or_else(String::new, |text| text.to_string()), tags, values.collect())
    };
    listed.iter().map(|entry| (entry.name.to_string(), of(&entry.name))).collect()
}

/// One secret: description, tags, values from the oldest on (text or bytes), and a label for one of the last two.
type Drawn = (String, BTreeMap<String, String>, Vec<(bool, Vec<u8>)>, Option<(bool, String)>);

fn secret() -> impl Strategy<Value = Drawn> {
    let value = (any::<bool>(), proptest::collection::vec(any::<u8>(), 1..40));
    (
        "\\PC{0,12}",
        proptest::collection::btree_map("[a-zA-Z0-9 _.:/=+@-]{1,8}", "[a-zA-Z0-9 _.:/=+@-]{0,8}", 0..3),
        proptest::collection::vec(value, 0..4),
        proptest::option::of((any::<bool>(), "[A-Z]{3,8}")),
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]
    /// Goal: what is exported is what is imported. Method: any secrets, out of one store and into another.
    #[test]
    fn what_goes_out_comes_back_in(
        drawn in proptest::collection::btree_map("[a-zA-Z0-9/_+=.@-]{1,20}", secret(), 1..6),
    ) {
        let home = Home::with_store();
        let open = |name: &str| {
            let key = std::fs::read(home.path("root.key")).unwrap();
            Strongroom::open(home.path(name), Unlock::root_key(key)).unwrap()
        };
        let room = open("test.strongroom");
        let root = room.root();
        for (name, (description, tags, values, label)) in &drawn {
            let mut request = CreateSecret::new(name.as_str()).description(description.as_str());
            request.tags = (!tags.is_empty()).then(|| tags.iter().map(|(key, value)| Tag::new(key, value)).collect());
            root.create_secret(request).unwrap();
            let mut ids = Vec::new();
            for (text, bytes) in values {
                let request = PutSecretValue::new(name.as_str());
                let request = match String::from_utf8(bytes.clone()).ok().filter(|_| *text) {
                    Some(text) => request.secret_string(text),
                    None => request.secret_binary(bytes.clone()),
                };
                ids.push(root.put_secret_value(request).unwrap().version_id);
            }
            if let Some((last, label)) = label
                && let Some(id) = if *last { ids.last() } else { ids.get(ids.len().wrapping_sub(2)) }
            {
                let request = UpdateSecretVersionStage::new(name.as_str(), label.as_str()).move_to_version_id(id.clone());
                root.update_secret_version_stage(request).unwrap();
            }
        }
        let before = content(&root);
        drop((root, room));
        let exported = home.ok(["export"]);
        home.ok(["init", "other.strongroom"]);
        home.ok_with(&exported, ["import", "--from", "aws", "--store", "other.strongroom"]);
        let room = open("other.strongroom");
        prop_assert_eq!(content(&room.root()), before);
        drop(room);
        // Once more it changes nothing.
        let told = home.ok_with(&exported, ["import", "--from", "aws", "--store", "other.strongroom", "--on-conflict", "update"]);
        prop_assert!(told.lines().all(|line| line.ends_with("\tunchanged")), "{}", told);
    }
}
