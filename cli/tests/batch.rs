//! Several values in one run: what can be read is printed, what cannot is told, and the exit code says so.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on says so by panicking")]

mod common;

use common::{Home, Ran};
use serde_json::Value;

/// Three secrets, one of them JSON.
fn home() -> Home {
    let home = Home::with_store();
    home.ok_with("one", ["put", "app/a", "--tag", "team=blue"]);
    home.ok_with("two", ["put", "app/b", "--tag", "team=blue"]);
    home.ok_with(r#"{"user":"u","password":"three"}"#, ["put", "web/c", "--tag", "team=red"]);
    home
}

/// Exit code, standard output and standard error.
fn told(ran: &Ran) -> (i32, String, String) {
    (ran.0.status.code().unwrap(), ran.out(), ran.err())
}

#[test]
fn several_names_are_lines_in_their_order() {
    let home = home();
    assert_eq!(home.ok(["get", "app/b", "app/a"]), "app/b\ttwo\napp/a\tone\n");
    assert_eq!(home.ok(["get", "app/a", "app/a"]), "app/a\tone\napp/a\tone\n");
    let arn = home.ok(["-q", "describe", "app/b"]);
    assert_eq!(home.ok(["get", "app/a", arn.trim()]), "app/a\tone\napp/b\ttwo\n");
    // One alone is itself, byte for byte.
    assert_eq!(home.ok(["get", "app/a"]), "one");
    let versions = home.ok(["-q", "get", "app/a", "app/b"]);
    assert_eq!(versions.lines().map(str::len).collect::<Vec<_>>(), [36, 36], "{versions}");
    let table = home.ok(["get", "app/a", "app/b", "--output", "table"]);
    assert!(table.contains("app/a") && !table.contains("one") && !table.contains("two"), "{table}");
}

#[test]
fn filters_find_what_is_read() {
    let home = home();
    let mut lines: Vec<String> = home.ok(["get", "--filter", "tag-value=blue"]).lines().map(str::to_owned).collect();
    lines.sort();
    assert_eq!(lines, ["app/a\tone", "app/b\ttwo"]);
    assert_eq!(home.ok(["get", "--filter", "name=app/", "--filter", "name=!app/a"]), "app/b\ttwo\n");
    assert_eq!(home.ok(["get", "--filter", "name=nobody,app/a"]), "app/a\tone\n");
    assert_eq!(home.ok(["get", "--filter", "name=nobody"]), "");
    home.run(["get", "--filter", "colour=blue"]).refused(10, "InvalidRequest");
}

#[test]
fn more_than_a_call_holds_are_read_all_the_same() {
    let home = Home::with_store();
    let names: Vec<String> = (0..23).map(|number| format!("n/{number:02}")).collect();
    for name in &names {
        home.ok_with(name, ["put", name]);
    }
    let whole: String = names.iter().map(|name| [name.as_str(), "\t", name.as_str(), "\n"].concat()).collect();
    assert_eq!(home.ok(["get"].into_iter().chain(names.iter().map(String::as_str))), whole);
    let found = home.ok(["get", "--filter", "name=n/"]);
    let mut found: Vec<&str> = found.lines().collect();
    found.sort_unstable();
    assert_eq!(found, whole.lines().collect::<Vec<_>>());
}

#[test]
fn json_is_the_answer_of_aws() {
    let home = home();
    let ran = home.run(["get", "app/a", "nobody", "web/c", "--output", "json"]);
    let (exit, out, err) = told(&ran);
    assert_eq!(exit, 3, "{err}");
    let answer: Value = serde_json::from_str(&out).unwrap();
    let members: Vec<&String> = answer.as_object().unwrap().keys().collect();
    assert_eq!(members, ["Errors", "SecretValues"]);
    let values = answer["SecretValues"].as_array().unwrap();
    assert_eq!(values.len(), 2);
    assert_eq!((values[0]["Name"].as_str(), values[0]["SecretString"].as_str()), (Some("app/a"), Some("one")));
    assert_eq!(values[0]["VersionStages"], serde_json::json!(["AWSCURRENT"]));
    assert_eq!(
        answer["Errors"],
        serde_json::json!([{"SecretId": "nobody", "ErrorCode": "ResourceNotFoundException",
            "Message": "Secrets Manager can't find the specified secret."}])
    );
    assert_eq!(err, "error[NotFound]: nobody: Secrets Manager can't find the specified secret.\n");
}

#[test]
fn what_cannot_be_read_spoils_nothing_and_is_told_by_its_name() {
    let home = home();
    home.ok(["rm", "app/b"]);
    let (exit, out, err) = told(&home.run(["get", "app/b", "nobody", "app/a"]));
    assert_eq!((exit, out.as_str()), (8, "app/a\tone\n"), "the exit code of the first: {err}");
    let lines: Vec<&str> = err.lines().collect();
    assert!(lines[0].starts_with("error[InvalidState]: app/b: ") && lines[0].contains("marked for deletion"), "{err}");
    assert!(lines[1].starts_with("error[NotFound]: nobody: "), "{err}");
    // Scheduled ones are not found.
    assert_eq!(home.ok(["get", "--filter", "name=app/"]), "app/a\tone\n");
}

#[test]
fn each_secret_is_decided_by_itself() {
    let home = home();
    home.ok(["user", "create", "ci"]);
    let denied = home.run(["--as", "user/ci", "get", "app/a", "web/c"]).refused(4, "AccessDenied");
    assert!(denied.contains("secretsmanager:BatchGetSecretValue"), "{denied}");
    let allow = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"secretsmanager:BatchGetSecretValue","Resource":"*"},
        {"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:*:*:secret:app/*"}]}"#;
    home.ok_with(allow, ["policy", "put", "--user", "ci", "--name", "read"]);
    let (exit, out, err) = told(&home.run(["--as", "user/ci", "get", "app/a", "web/c"]));
    assert_eq!((exit, out.as_str()), (4, "app/a\tone\n"), "{err}");
    assert!(
        err.starts_with("error[AccessDenied]: web/c: ") && err.contains("= help: strongroom policy explain"),
        "{err}"
    );
    let denied = home.run(["--as", "user/ci", "get", "--filter", "name=app/"]).refused(4, "AccessDenied");
    assert!(denied.contains("secretsmanager:ListSecrets"), "{denied}");
}

#[test]
fn one_field_of_each() {
    let home = home();
    home.ok_with(r#"{"password":"four"}"#, ["put", "web/d"]);
    assert_eq!(home.ok(["get", "web/c", "web/d", "--field", "password"]), "web/c\tthree\nweb/d\tfour\n");
    let (exit, out, err) = told(&home.run(["get", "web/d", "web/c", "app/a", "--field", "user"]));
    assert_eq!((exit, out.as_str()), (3, "web/c\tu\n"), "{err}");
    assert!(err.contains("error[NotFound]: web/d: the value has no field `user`"), "{err}");
    assert!(err.contains("error[InvalidRequest]: app/a: the value is not JSON"), "{err}");
}

#[test]
fn what_does_not_stand_in_a_line_is_not_made_into_several() {
    let home = home();
    home.ok_with("x\napp/a\tforged\n", ["put", "lines"]);
    home.ok_with([0xff, 0x00], ["put", "bytes"]);
    let (exit, out, err) = told(&home.run(["get", "lines", "app/a", "bytes"]));
    assert_eq!((exit, out.as_str()), (2, "app/a\tone\n"), "{err}");
    assert!(err.contains("lines: the value is 15 bytes") && err.contains("bytes: the value is 2 bytes"), "{err}");
    let answer: Value = serde_json::from_str(&home.ok(["get", "lines", "bytes", "-o", "json"])).unwrap();
    assert_eq!(answer["SecretValues"][0]["SecretString"], "x\napp/a\tforged\n");
    assert_eq!(answer["SecretValues"][1]["SecretBinary"], "/wA=");
}

#[test]
fn what_is_for_one_secret_is_not_for_several() {
    let home = home();
    for arguments in [
        vec!["get"],
        vec!["get", "app/a", "--filter", "name=app"],
        vec!["get", "--filter", "name=app", "--stage", "AWSPREVIOUS"],
        vec!["get", "app/a", "app/b", "--stage", "AWSPREVIOUS"],
        vec!["get", "app/a", "app/b", "--version-id", "4a3f0a6e-0000-4000-8000-000000000000"],
    ] {
        let (exit, out, err) = told(&home.run(&arguments));
        assert_eq!((exit, out.as_str()), (2, ""), "{arguments:?}: {err}");
    }
}
