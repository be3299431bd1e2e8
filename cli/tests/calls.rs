//! Goal: every operation is reachable by its AWS name, and those of Secrets Manager by words of their own; answers have AWS's
//! shapes, and secrets come in by files and pipes alone.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::Home;
use serde_json::Value;

#[test]
fn any_operation_is_called_by_its_name() {
    let home = Home::with_store();
    let call = |service: &str, operation: &str, input: &str| -> Value {
        serde_json::from_str(&home.ok_with(input, ["api", service, operation])).unwrap()
    };
    let made = call(
        "secretsmanager",
        "CreateSecret",
        r#"{"Name":"a","SecretString":"hunter2","Tags":[{"Key":"k","Value":"v"}]}"#,
    );
    assert_eq!(made.as_object().unwrap().keys().collect::<Vec<_>>(), ["ARN", "Name", "VersionId"]);
    let found = call("secretsmanager", "GetSecretValue", r#"{"SecretId":"a"}"#);
    assert_eq!(found["SecretString"], "hunter2");
    let id = call("kms", "CreateKey", "")["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned();
    let sealed = call("kms", "Encrypt", &format!(r#"{{"KeyId":"{id}","Plaintext":"aGk="}}"#));
    let opened = call("kms", "Decrypt", &format!(r#"{{"CiphertextBlob":{}}}"#, sealed["CiphertextBlob"]));
    assert_eq!(opened["Plaintext"], "aGk=");
    assert_eq!(call("iam", "CreateUser", r#"{"UserName":"ci"}"#)["User"]["UserName"], "ci");
    assert_eq!(call("sts", "GetCallerIdentity", "{}")["Account"], "000000000000");
    let file = format!("@{}", home.write("input.json", r#"{"SecretId":"a"}"#).display());
    assert!(home.ok(["api", "secretsmanager", "DescribeSecret", &file]).starts_with(r#"{"ARN":""#));
    assert!(home.ok(["-o", "table", "api", "secretsmanager", "DescribeSecret", &file]).contains("VersionIdsToStages"));
}

#[test]
fn what_cannot_be_called_is_told_in_the_words_of_other_commands() {
    let home = Home::with_store();
    let refused = |input: &str, arguments: &[&str], exit: i32, label: &str| {
        home.run_with(input, ["api"].iter().chain(arguments)).refused(exit, label)
    };
    refused(r#"{"SecretId":"a"}"#, &["secretsmanager", "GetSecretValue"], 3, "NotFound");
    refused("{}", &["secretsmanager", "GetSecretValue"], 10, "InvalidRequest");
    let told = refused(r#"{"SecretId":"hunter2""#, &["secretsmanager", "GetSecretValue"], 10, "InvalidRequest");
    assert!(!told.contains("hunter2"), "{told}");
    let told = refused("{}", &["secretsmanager", "GetSecretValues"], 10, "Unsupported");
    assert!(told.contains("strongroom api --list secretsmanager"), "{told}");
    refused("{}", &["s3", "GetObject"], 10, "Unsupported");
    home.ok(["user", "create", "ci"]);
    let told = home.run_with("{}", ["--as", "user/ci", "api", "iam", "ListUsers"]).refused(4, "AccessDenied");
    assert!(told.contains("strongroom policy explain"), "{told}");
    // A value on the command line is not taken for a value, and not repeated.
    let told = home.run(["api", "secretsmanager", "GetSecretValue", "hunter2"]).refused(2, "Usage");
    assert!(!told.contains("hunter2"), "{told}");
    assert_eq!(home.run(["api", "secretsmanager"]).0.status.code(), Some(2));
}

#[test]
fn the_list_of_a_service_is_what_is_served() {
    let home = Home::with_store();
    let listed = home.ok(["api", "secretsmanager", "--list"]);
    for operation in ["CancelRotateSecret", "CreateSecret", "RotateSecret", "ValidateResourcePolicy"] {
        assert!(listed.lines().any(|line| line == operation), "{listed}");
    }
    for service in ["kms", "iam", "sts"] {
        let served = strongroom::operation::ALL.iter().filter(|entry| entry.service == service);
        assert_eq!(home.ok(["api", service, "--list"]).lines().count(), served.count());
    }
    home.run(["api", "s3", "--list"]).refused(2, "Usage");
}

#[test]
fn passwords_are_made_as_they_are_asked_for() {
    let home = Home::with_store();
    let made = |arguments: &[&str]| home.ok(["password"].iter().chain(arguments));
    assert_eq!(made(&[]).len(), 32);
    assert_ne!(made(&[]), made(&[]));
    let digits = made(&["--length", "9", "--no-upper", "--no-lower", "--no-punctuation", "--exclude", "0123"]);
    assert!(digits.len() == 9 && digits.bytes().all(|byte| (b'4'..=b'9').contains(&byte)), "{digits}");
    assert_eq!(made(&["--length", "1", "--any"]).len(), 1);
    home.run(["password", "--length", "1"]).refused(10, "InvalidRequest");
    let json: Value = serde_json::from_str(&made(&["--length", "20", "-o", "json"])).unwrap();
    assert_eq!(json["RandomPassword"].as_str().unwrap().len(), 20);
    assert!(made(&["-o", "table"]).contains("(32 bytes, not shown)"));
}

#[test]
fn description_and_key_are_changed_without_a_new_version() {
    let home = Home::with_store();
    home.ok_with("v", ["put", "a"]);
    let id = home.ok(["-q", "key", "create", "--alias", "alias/app"]);
    let json: Value = serde_json::from_str(&home.ok(["-o", "json", "update", "a", "--description", "new"])).unwrap();
    assert_eq!(json.as_object().unwrap().keys().collect::<Vec<_>>(), ["ARN", "Name"]);
    home.ok(["update", "a", "--key", "alias/app"]);
    let told: Value = serde_json::from_str(&home.ok(["-o", "json", "describe", "a"])).unwrap();
    assert_eq!((&told["Description"], &told["KmsKeyId"]), (&"new".into(), &"alias/app".into()), "{told}");
    assert_eq!(told["VersionIdsToStages"].as_object().unwrap().len(), 1);
    assert!(home.ok(["history", "a"]).contains(id.trim()));
    home.ok(["update", "a", "--key", "", "--description", ""]);
    let told: Value = serde_json::from_str(&home.ok(["-o", "json", "describe", "a"])).unwrap();
    assert!(told.get("Description").is_none() && told.get("KmsKeyId").is_none(), "{told}");
    assert_eq!(home.run(["update", "a"]).0.status.code(), Some(2));
    home.run(["update", "b", "--description", "x"]).refused(3, "NotFound");
}

#[test]
fn a_policy_is_checked_without_being_put() {
    let home = Home::with_store();
    home.ok_with("v", ["put", "a"]);
    let allow = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},
        "Action":"secretsmanager:*","Resource":"*"}}"#;
    let told: Value =
        serde_json::from_str(&home.ok_with(allow, ["-o", "json", "policy", "validate", "--secret", "a"])).unwrap();
    assert_eq!(told, serde_json::json!({"PolicyValidationPassed": true, "ValidationErrors": []}));
    let open = allow.replace(r#"{"AWS":"arn:aws:iam::000000000000:root"}"#, "\"*\"");
    let ran = home.run_with(open, ["-o", "json", "policy", "validate"]);
    assert_eq!(ran.0.status.code(), Some(11), "{}", ran.err());
    let told: Value = serde_json::from_str(&ran.out()).unwrap();
    assert_eq!(told["PolicyValidationPassed"], false);
    assert!(told["ValidationErrors"][0]["CheckName"].is_string(), "{told}");
    home.run(["policy", "get", "--secret", "a"]).refused(3, "NotFound");
}

#[test]
fn lists_are_filtered_as_aws_has_it() {
    let home = Home::with_store();
    for (name, description) in
        [("prod/a", "orders primary"), ("prod/b", "orders replica"), ("test/a", "orders primary")]
    {
        home.ok_with("v", ["put", name, "--description", description]);
    }
    let listed = |filters: &[&str]| {
        let arguments = filters.iter().flat_map(|filter| ["--filter", filter]);
        home.ok(["-q", "ls"].into_iter().chain(arguments)).lines().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(listed(&["description=primary orders"]), ["prod/a", "test/a"]);
    assert_eq!(listed(&["description=primary", "name=!test"]), ["prod/a"]);
    assert_eq!(listed(&["description=replica,primary", "name=prod"]), ["prod/a", "prod/b"]);
    home.run(["ls", "--filter", "colour=red"]).refused(10, "InvalidRequest");
}
