//! `--output json` has the shapes of AWS's answers: members, their order and their types, with what changes blanked.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::Home;

/// Times become `T`, UUIDs `ID`, the random end of an ARN `XXXXXX`.
fn blanked(text: &str) -> String {
    let mut value: serde_json::Value = serde_json::from_str(text).unwrap();
    blank(&mut value);
    // serde_json's maps are sorted here; order is AWS's affair, members and types are ours.
    value.to_string()
}

fn blank(value: &mut serde_json::Value) {
    use serde_json::Value;
    match value {
        Value::Number(number) if number.as_f64().unwrap() > 1e9 => *value = "T".into(),
        Value::String(text) => *text = names(text),
        Value::Array(all) => all.iter_mut().for_each(blank),
        Value::Object(members) => {
            let old = std::mem::take(members);
            for (name, mut member) in old {
                blank(&mut member);
                members.insert(names(&name), member);
            }
        }
        _ => {}
    }
}

fn names(text: &str) -> String {
    if text.len() == 36 && text.matches('-').count() == 4 {
        return "ID".into();
    }
    if text.len() > 16 && text.starts_with("AIDA") {
        return "AIDA".into();
    }
    match text.rsplit_once(":secret:").and_then(|(head, name)| Some((head, name.rsplit_once('-')?))) {
        Some((head, (name, _))) => format!("{head}:secret:{name}-XXXXXX"),
        None => text.to_owned(),
    }
}

#[test]
fn answers_of_aws_operations_have_their_shapes() {
    let home = Home::with_store();
    let json = |arguments: &[&str]| blanked(&home.ok(["--output", "json"].iter().chain(arguments)));
    let made = home.ok_with("{\"p\":1}", ["--output", "json", "put", "a", "--tag", "k=v"]);
    let arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:a-XXXXXX";
    assert_eq!(blanked(&made), format!(r#"{{"ARN":"{arn}","Name":"a","VersionId":"ID"}}"#));
    assert_eq!(
        json(&["get", "a"]),
        format!(
            r#"{{"ARN":"{arn}","CreatedDate":"T","Name":"a","SecretString":"{{\"p\":1}}","VersionId":"ID","VersionStages":["AWSCURRENT"]}}"#
        )
    );
    assert_eq!(
        json(&["describe", "a"]),
        format!(
            r#"{{"ARN":"{arn}","CreatedDate":"T","LastAccessedDate":"T","LastChangedDate":"T","Name":"a","Tags":[{{"Key":"k","Value":"v"}}],"VersionIdsToStages":{{"ID":["AWSCURRENT"]}}}}"#
        )
    );
    let put = home.ok_with([0xff], ["--output", "json", "put", "a"]);
    assert_eq!(
        blanked(&put),
        format!(r#"{{"ARN":"{arn}","Name":"a","VersionId":"ID","VersionStages":["AWSCURRENT"]}}"#)
    );
    assert!(json(&["get", "a"]).contains(r#""SecretBinary":"/w==""#));
    assert_eq!(json(&["history", "a"]).matches("\"VersionId\":\"ID\"").count(), 2);
    let listed = json(&["ls"]);
    assert!(
        listed.starts_with(r#"{"SecretList":[{"ARN":"#) && listed.contains(r#""SecretVersionsToStages":{"#),
        "{listed}"
    );
    assert_eq!(json(&["tag", "a", "k=w"]), "{}");
    let user =
        r#"{"Arn":"arn:aws:iam::000000000000:user/ci","CreateDate":"T","Path":"/","UserId":"AIDA","UserName":"ci"}"#;
    assert_eq!(json(&["user", "create", "ci"]), format!(r#"{{"User":{user}}}"#));
    assert_eq!(json(&["user", "list"]), format!(r#"{{"IsTruncated":false,"Users":[{user}]}}"#));
}

#[test]
fn answers_of_our_own_are_told_the_same_way() {
    let home = Home::with_store();
    assert_eq!(home.ok(["--output", "json", "slot", "list"]), "{\"Slots\":[{\"Slot\":0,\"Kind\":\"root-key\"}]}\n");
    let version = home.ok(["version", "--verbose", "--output", "json"]);
    assert!(version.starts_with("{\"Version\":\"") && version.contains("\"Format\":1"), "{version}");
    let place: serde_json::Value = serde_json::from_str(&home.ok(["--output", "json", "where"])).unwrap();
    assert_eq!(place["ChosenBy"], "the environment");
    assert_eq!(place["Exists"], true);
    home.ok_with("v", ["put", "a"]);
    home.ok(["user", "create", "ci"]);
    let why = home.ok([
        "--output",
        "json",
        "policy",
        "explain",
        "--as",
        "user/ci",
        "--action",
        "secretsmanager:DescribeSecret",
        "--resource",
        "a",
    ]);
    let why: serde_json::Value = serde_json::from_str(&why).unwrap();
    assert_eq!(why["EvaluationResults"][0]["EvalDecision"], "implicitDeny");
    assert_eq!(why["EvaluationResults"][0]["MatchedStatements"], serde_json::json!([]));
    let doctor: serde_json::Value = serde_json::from_str(&home.ok(["--output", "json", "doctor"])).unwrap();
    assert!(doctor["Checks"].as_array().unwrap().iter().all(|check| check["State"] != "failed"));
}
