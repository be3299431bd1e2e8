//! Keys, grants, users, roles and policies.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{Home, Ran};

const READ: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}]}"#;

#[test]
fn bytes_go_through_a_key_and_come_back() {
    let home = Home::with_store();
    let id = home.ok(["-q", "key", "create", "--alias", "alias/app", "--description", "for the app"]);
    assert_eq!(home.ok(["-q", "key", "describe", "alias/app"]), id);
    let all: Vec<u8> = (0..=255).collect();
    let sealed = home.run_with(&all, ["key", "encrypt", "alias/app", "--context", "a=b"]);
    assert_eq!(home.run_with(&sealed.0.stdout, ["key", "decrypt", "--context", "a=b"]).0.stdout, all);
    home.run_with(&sealed.0.stdout, ["key", "decrypt"]).refused(10, "InvalidRequest");
    home.run_with(&sealed.0.stdout, ["key", "decrypt", "--context", "a=c"]).refused(10, "InvalidRequest");
    let text = home.ok_with("plain", ["key", "encrypt", "alias/app", "--base64"]);
    assert_eq!(home.ok_with(text, ["key", "decrypt", "--base64"]), "plain");
    home.run_with("!", ["key", "decrypt", "--base64"]).refused(10, "InvalidRequest");
    home.run_with(vec![0; 4097], ["key", "encrypt", "alias/app"]).refused(10, "InvalidRequest");
    let ran = home.run_with("plain", ["key", "encrypt", "alias/app", "--dry-run"]);
    assert!(ran.ok().is_empty() && ran.err().contains("nothing was done"), "{}", ran.err());
}

#[test]
fn a_data_key_opens_to_what_it_was() {
    let home = Home::with_store();
    home.ok(["key", "create", "--alias", "alias/app"]);
    let made = home.ok(["key", "data-key", "alias/app", "--spec", "aes128"]);
    let mut columns = made.trim_end().split('\t').skip(1);
    let (sealed, plain) = (columns.next().unwrap(), columns.next().unwrap());
    let opened = home.ok_with(sealed, ["key", "decrypt", "--base64", "--output", "json"]);
    assert!(opened.contains(&format!("\"Plaintext\":\"{plain}\"")), "{opened}");
    assert_eq!(
        home.ok(["key", "data-key", "alias/app", "--bytes", "10", "--without-plaintext"])
            .trim_end()
            .split('\t')
            .count(),
        2
    );
}

#[test]
fn aliases_come_go_and_move() {
    let home = Home::with_store();
    let first = home.ok(["-q", "key", "create"]);
    let second = home.ok(["-q", "key", "create"]);
    home.ok(["key", "alias", "create", "alias/a", first.trim()]);
    home.run(["key", "alias", "create", "alias/a", second.trim()]).refused(8, "AlreadyExists");
    let keys = || home.ok(["-q", "key", "list"]).lines().count();
    let before = keys();
    home.run(["key", "create", "--alias", "app"]).refused(10, "InvalidRequest");
    assert_eq!(keys(), before);
    let ran = home.run(["-q", "key", "create", "--alias", "alias/a"]);
    assert_eq!((ran.0.status.code(), keys()), (Some(8), before + 1));
    assert!(ran.err().contains("= help: the key was made"), "{}", ran.err());
    home.ok(["key", "alias", "update", "alias/a", second.trim()]);
    assert_eq!(home.ok(["-q", "key", "describe", "alias/a"]), second);
    assert_eq!(home.ok(["-q", "key", "alias", "list", second.trim()]), "alias/a\n");
    home.ok(["key", "alias", "rm", "alias/a"]);
    home.run(["key", "describe", "alias/a"]).refused(3, "NotFound");
    assert!(home.ok(["-q", "key", "list"]).contains(first.trim()));
}

#[test]
fn a_grant_opens_what_policies_do_not_until_it_is_revoked() {
    let home = Home::with_store();
    let key = home.ok(["-q", "key", "create"]).trim().to_owned();
    home.ok_with("value", ["put", "a", "--key", &key]);
    home.ok(["user", "create", "ci"]);
    home.ok_with(READ, ["policy", "put", "--user", "ci", "--name", "read"]);
    let get = || home.run(["--as", "user/ci", "get", "a"]);
    let explained = || {
        home.ok([
            "policy",
            "explain",
            "--as",
            "user/ci",
            "--action",
            "secretsmanager:GetSecretValue",
            "--resource",
            "a",
        ])
    };
    get().refused(4, "AccessDenied");
    let told = explained();
    assert!(
        told.contains("allow  secretsmanager:GetSecretValue") && told.contains("implicitDeny  kms:Decrypt"),
        "{told}"
    );
    let grant =
        home.ok(["grant", "create", &key, "--to", "user/ci", "--operation", "Decrypt", "--context", "SecretARN=other"]);
    get().refused(4, "AccessDenied");
    home.ok(["grant", "revoke", &key, grant.trim()]);
    let grant = home.ok(["grant", "create", &key, "--to", "user/ci", "--operation", "Decrypt"]);
    assert_eq!(get().ok(), "value");
    assert!(explained().contains("allowed by grant "));
    assert_eq!(home.ok(["-q", "grant", "list", &key, "--to", "user/ci"]), grant);
    home.ok(["grant", "revoke", &key, grant.trim()]);
    get().refused(4, "AccessDenied");
    assert_eq!(home.ok(["-q", "grant", "list", &key]), "");
    home.run(["grant", "create", &key, "--to", "user/ci", "--operation", "Everything"]).refused(10, "InvalidRequest");
}

#[test]
fn policies_are_kept_byte_for_byte() {
    let home = Home::with_store();
    let spaced = READ.replace(':', " :  ").replace("secretsmanager :  ", "secretsmanager:");
    home.ok_with("value", ["put", "a"]);
    home.ok(["user", "create", "ci"]);
    home.ok(["role", "create", "web", "--service", "ec2.amazonaws.com"]);
    let key = home.ok(["-q", "key", "create"]).trim().to_owned();
    let of_secret = spaced.replace("\"Resource\"", "\"Principal\":\"*\",\"Resource\"");
    let of_key = READ
        .replace("secretsmanager:GetSecretValue", "kms:*")
        .replace("\"Resource\"", "\"Principal\":{\"AWS\":\"arn:aws:iam::000000000000:root\"},\"Resource\"");
    for (owner, text) in [
        (vec!["--user", "ci", "--name", "p"], &spaced),
        (vec!["--role", "web", "--name", "p"], &spaced),
        (vec!["--secret", "a"], &of_secret),
        (vec!["--key", &key], &of_key),
    ] {
        let file = home.write("policy.json", text);
        home.ok(["policy", "put"].iter().chain(&owner).copied().chain([format!("@{}", file.display()).as_str()]));
        assert_eq!(home.ok(["policy", "get"].iter().chain(&owner)).trim_end_matches('\n'), *text);
    }
    assert_eq!(home.ok(["key", "policy", "get", &key]).trim_end(), of_key);
    assert_eq!(home.ok(["policy", "get", "--user", "ci"]), "p\n");
    assert!(home.ok(["policy", "get", "--trust", "web"]).contains("ec2.amazonaws.com"));
    home.run_with(&of_secret, ["policy", "put", "--secret", "a", "--block-public"]).refused(10, "InvalidRequest");
    home.run(["user", "rm", "ci", "--yes"]).refused(8, "InvalidState");
    home.ok(["policy", "rm", "--user", "ci", "--name", "p", "--yes"]);
    home.ok(["user", "rm", "ci", "--yes"]);
    home.run(["policy", "rm", "--secret", "a"]).refused(2, "Usage");
    home.ok(["policy", "rm", "--secret", "a", "--yes"]);
    home.run(["policy", "get", "--secret", "a"]).refused(3, "NotFound");
}

#[test]
fn an_explanation_needs_the_right_to_read_policies() {
    let home = Home::with_store();
    home.ok_with("value", ["put", "a"]);
    home.ok(["user", "create", "ci"]);
    let question =
        ["policy", "explain", "--as", "user/ci", "--action", "secretsmanager:GetSecretValue", "--resource", "a"];
    home.run(question.iter().chain(&["--by", "user/ci"])).refused(4, "AccessDenied");
    assert!(home.ok(question).starts_with("implicitDeny  "));
    home.ok_with(READ, ["policy", "put", "--user", "ci", "--name", "read"]);
    let told = home.ok(question);
    assert!(
        told.contains("allowed by statement 1 `Read` of user policy `read` (line 1, column 38): {\"Sid\":\"Read\""),
        "{told}"
    );
    home.run(["policy", "explain", "--action", "secretsmanager:GetSecretValue", "--resource", "none"])
        .refused(3, "NotFound");
}

/// The explanation is a decision of its own; the call itself is the truth. They must not differ.
#[test]
fn the_explanation_and_the_call_come_to_the_same() {
    let home = Home::with_store();
    let key = home.ok(["-q", "key", "create"]).trim().to_owned();
    home.ok_with("one", ["put", "plain", "--tag", "team=core"]);
    home.ok_with("two", ["put", "plain"]);
    home.ok_with("one", ["put", "keyed", "--key", &key]);
    home.ok(["user", "create", "ci", "--tag", "team=core"]);
    home.ok(["role", "create", "web", "--service", "ec2.amazonaws.com"]);
    let decisions = [
        r#""Action":"secretsmanager:*","Resource":"*""#,
        r#""Action":["secretsmanager:Get*","kms:Decrypt"],"Resource":"*""#,
        r#""Action":"secretsmanager:GetSecretValue","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}"#,
        r#""Action":"secretsmanager:GetSecretValue","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"secretsmanager:VersionStage":"AWSPREVIOUS"}}"#,
        r#""Action":"secretsmanager:GetSecretValue","Resource":"*","Condition":{"StringEquals":{"secretsmanager:VersionStage":"AWSPREVIOUS"}}"#,
        r#""Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::000000000000:role/web"}}"#,
    ];
    let (mut allowed, mut denied) = (0, 0);
    for statement in decisions {
        let text = format!("{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Allow\",{statement}}}]}}");
        home.ok_with(&text, ["policy", "put", "--user", "ci", "--name", "p"]);
        home.ok_with(&text, ["policy", "put", "--role", "web", "--name", "p"]);
        for who in ["user/ci", "role/web/i-1", "root"] {
            for (name, stage) in [("plain", None), ("plain", Some("AWSPREVIOUS")), ("keyed", None)] {
                let stage: Vec<&str> = stage.into_iter().flat_map(|stage| ["--stage", stage]).collect();
                let call = home.run(["--as", who, "get", name].iter().chain(&stage));
                let asked = [
                    "--as",
                    who,
                    "-q",
                    "policy",
                    "explain",
                    "--action",
                    "secretsmanager:GetSecretValue",
                    "--resource",
                    name,
                ];
                let told = home.ok(asked.iter().chain(&stage));
                let all = told.lines().all(|line| line == "allowed");
                assert_eq!(call.0.status.success(), all, "{who} {name} {stage:?} {statement}\n{told}{}", call.err());
                if all { allowed += 1 } else { denied += 1 }
            }
        }
    }
    assert!(allowed > 10 && denied > 10, "{allowed} {denied}");
}

/// The same for KMS by itself: tags and aliases of the key, the alias of the request, the encryption context, grants.
#[test]
fn the_explanation_and_the_call_come_to_the_same_on_a_key() {
    let home = Home::with_store();
    let key = home.ok(["-q", "key", "create", "--alias", "alias/app", "--tag", "team=core"]).trim().to_owned();
    home.ok(["user", "create", "ci", "--tag", "team=core"]);
    let same = |statement: &str| {
        let mut told = [false; 4];
        let asked = [(&*key, None), (&*key, Some("a=b")), ("alias/app", None), ("alias/app", Some("a=b"))];
        for (place, (name, context)) in asked.into_iter().enumerate() {
            let bound = context.map(|pair| format!("kms:EncryptionContext:{pair}"));
            let call: Vec<&str> = context.into_iter().flat_map(|pair| ["--context", pair]).collect();
            let call = home.run_with("x", ["--as", "user/ci", "key", "encrypt", name, "--base64"].iter().chain(&call));
            let question =
                ["--as", "user/ci", "-q", "policy", "explain", "--action", "kms:Encrypt", "--resource", name];
            let bound: Vec<&str> = bound.iter().flat_map(|pair| ["--context", pair.as_str()]).collect();
            let answer = home.ok(question.iter().chain(&bound));
            assert_eq!(call.0.status.success(), answer == "allowed\n", "{name} {context:?} {statement}\n{answer}");
            told[place] = call.0.status.success();
        }
        told
    };
    assert_eq!(same("nothing"), [false; 4]);
    for (condition, expected) in [
        (r#""StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}"#, [true; 4]),
        (r#""ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/app"}"#, [true; 4]),
        (r#""StringEquals":{"kms:RequestAlias":"alias/app"}"#, [false, false, true, true]),
        (r#""StringEquals":{"kms:EncryptionContext:a":"b"}"#, [false, true, false, true]),
        (r#""ForAllValues:StringEquals":{"kms:EncryptionContextKeys":"c"}"#, [true, false, true, false]),
        (
            r#""StringEquals":{"kms:EncryptionAlgorithm":"SYMMETRIC_DEFAULT","kms:CallerAccount":"000000000000"}"#,
            [true; 4],
        ),
        (r#""StringEquals":{"kms:ViaService":"secretsmanager.us-east-1.amazonaws.com"}"#, [false; 4]),
    ] {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{{{condition}}}}}]}}"#
        );
        home.ok_with(text, ["policy", "put", "--user", "ci", "--name", "p"]);
        assert_eq!(same(condition), expected, "{condition}");
    }
    home.ok(["policy", "rm", "--user", "ci", "--name", "p", "--yes"]);
    home.ok(["grant", "create", &key, "--to", "user/ci", "--operation", "Encrypt", "--context", "a=b"]);
    assert_eq!(same("a grant"), [false, true, false, true]);
}

/// A policy names an ARN and means the user who had it then: neither it nor a grant is left to somebody new of that name.
#[test]
fn a_user_made_anew_is_explained_as_the_stranger_that_he_is() {
    let home = Home::with_store();
    let key = home.ok(["-q", "key", "create"]).trim().to_owned();
    home.ok_with("value", ["put", "plain"]);
    home.ok_with("value", ["put", "keyed", "--key", &key]);
    home.ok(["user", "create", "ci"]);
    let named =
        READ.replace("\"Resource\"", "\"Principal\":{\"AWS\":\"arn:aws:iam::000000000000:user/ci\"},\"Resource\"");
    home.ok_with(&named, ["policy", "put", "--secret", "plain"]);
    home.ok_with(&named, ["policy", "put", "--secret", "keyed"]);
    home.ok(["grant", "create", &key, "--to", "user/ci", "--operation", "Decrypt"]);
    let told = |name: &str| {
        let call = home.run(["--as", "user/ci", "get", name]);
        let question =
            ["--as", "user/ci", "policy", "explain", "--action", "secretsmanager:GetSecretValue", "--resource", name];
        let told = home.ok(question);
        let all = home.ok(["-q"].iter().chain(&question)).lines().all(|line| line == "allowed");
        assert_eq!(call.0.status.success(), all, "{name}\n{told}{}", call.err());
        (all, told)
    };
    assert!(told("plain").0);
    let (allowed, text) = told("keyed");
    assert!(allowed && text.contains("of the secret's policy") && text.contains("allowed by grant "), "{text}");
    home.ok(["user", "rm", "ci", "--yes"]);
    home.run(["--as", "user/ci", "policy", "explain", "--action", "kms:Decrypt", "--resource", &key])
        .refused(3, "NotFound");
    home.ok(["user", "create", "ci"]);
    assert!(!told("plain").0);
    let (allowed, text) = told("keyed");
    assert!(!allowed && text.contains("its principals are others"), "{text}");
}

#[test]
fn a_question_is_asked_by_right_and_tells_no_more_than_that() {
    let home = Home::with_store();
    home.ok_with("value", ["put", "a"]);
    for name in ["ci", "asker"] {
        home.ok(["user", "create", name]);
    }
    let ask = |who: &str, more: &[&str]| {
        let question =
            ["--as", who, "policy", "explain", "--by", "user/asker", "--action", "secretsmanager:DescribeSecret"];
        home.run(question.iter().chain(more))
    };
    // The same answer whether or not the user exists.
    let there = ask("user/ci", &["--resource", "a"]).refused(4, "AccessDenied");
    assert!(there.contains("iam:SimulatePrincipalPolicy"), "{there}");
    let absent = ask("user/no", &["--resource", "a"]).refused(4, "AccessDenied");
    assert_eq!(there.replace("user/ci", "user/no"), absent);
    assert!(ask("root", &["--resource", "a"]).refused(4, "AccessDenied").contains("iam:SimulateCustomPolicy"));
    let may = |action: &str| {
        format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":[{action}],"Resource":"*"}}]}}"#)
    };
    home.ok_with(may("\"iam:Simulate*\""), ["policy", "put", "--user", "asker", "--name", "p"]);
    home.ok_with(may("\"secretsmanager:*\""), ["policy", "put", "--user", "ci", "--name", "p"]);
    assert!(
        ask("user/ci", &["--resource", "a"]).refused(4, "AccessDenied").contains("secretsmanager:GetResourcePolicy")
    );
    ask("user/no", &["--resource", "a"]).refused(3, "NotFound");
    let both = may("\"iam:Simulate*\",\"secretsmanager:GetResourcePolicy\"");
    home.ok_with(both, ["policy", "put", "--user", "asker", "--name", "p"]);
    // It is told which statement, and not quoted to somebody who may not read the policy.
    let told = ask("user/ci", &["--resource", "a"]).ok();
    assert!(told.contains("allowed by statement 1 of user policy `p`") && !told.contains("\"Effect\""), "{told}");
    // What does not exist yet, and what is not a secret or a key.
    let absent = "arn:aws:secretsmanager:us-east-1:000000000000:secret:none-AbCdEf";
    assert!(ask("user/ci", &["--resource", absent]).ok().starts_with("allow "));
    ask("user/ci", &["--resource", "none"]).refused(3, "NotFound");
    let told = home.run(["policy", "explain", "--action", "nonsense", "--resource", "a"]).refused(10, "InvalidRequest");
    assert!(told.contains("`nonsense` is no action"), "{told}");
    let ran = home.run(["policy", "explain", "--action", "secretsmanager:GetSecretValu", "--resource", "a"]);
    assert!(ran.ok().starts_with("allow ") && ran.err().contains("is no action that is known"), "{}", ran.err());
    ask("user/ci", &["--resource", "arn:aws:s3:::bucket/object"]).refused(10, "InvalidRequest");
    let policy = "arn:aws:iam::000000000000:policy/ci";
    let question = ["--as", "user/ci", "policy", "explain", "--action", "iam:GetPolicy", "--resource", policy];
    assert!(home.ok(question).starts_with(&format!("implicitDeny  iam:GetPolicy on {policy}\n")));
}

#[test]
fn roles_act_in_sessions_and_users_are_listed() {
    let home = Home::with_store();
    home.ok(["role", "create", "web", "--trust", &format!("@{}", home.write("trust", TRUST).display())]);
    home.ok_with("value", ["put", "a"]);
    home.ok_with(READ, ["policy", "put", "--role", "web", "--name", "read"]);
    assert_eq!(home.ok(["--as", "role/web/i-0abc", "get", "a"]), "value");
    assert_eq!(home.ok(["--as", "arn:aws:sts::000000000000:assumed-role/web/i-0abc", "get", "a"]), "value");
    home.run(["--as", "role/web", "get", "a"]).refused(10, "InvalidRequest");
    home.ok(["user", "create", "one", "--path", "/team/"]);
    home.ok(["user", "create", "two"]);
    assert_eq!(home.ok(["-q", "user", "list"]), "one\ntwo\n");
    assert_eq!(home.ok(["-q", "user", "list", "--path", "/team/"]), "one\n");
    assert_eq!(home.ok(["-q", "role", "list"]), "web\n");
    home.run(["user", "rm", "two"]).refused(2, "Usage");
    let nobody = Ran::of(home.command(["role", "create", "x"]), b"");
    assert_eq!(nobody.0.status.code(), Some(2));
}

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:root"},"Action":"sts:AssumeRole"}]}"#;

#[test]
fn groups_and_managed_policies_give_rights_and_take_them() {
    let home = Home::with_store();
    home.ok_with("value", ["put", "prod/db"]);
    home.ok(["user", "create", "ci"]);
    home.ok(["group", "create", "readers", "--path", "/team/"]);
    let as_ci = |words: &[&str]| home.run([&["--as", "user/ci"], words].concat());
    as_ci(&["get", "prod/db"]).refused(4, "AccessDenied");
    home.ok_with(READ, ["policy", "put", "--group", "readers", "--name", "read"]);
    assert_eq!(home.ok(["-q", "policy", "get", "--group", "readers"]).trim(), "read");
    home.ok(["group", "add", "readers", "ci"]);
    assert_eq!(home.ok(["-q", "group", "members", "readers"]).trim(), "ci");
    assert_eq!(as_ci(&["get", "prod/db"]).ok(), "value");
    home.run(["group", "rm", "readers", "--yes"]).refused(8, "InvalidState");
    home.ok(["group", "remove", "readers", "ci"]);
    as_ci(&["get", "prod/db"]).refused(4, "AccessDenied");
    home.ok(["policy", "rm", "--group", "readers", "--name", "read", "--yes"]);
    home.ok(["group", "rm", "readers", "--yes"]);
    assert_eq!(home.ok(["-q", "group", "list"]), "");

    let arn = home.ok_with(READ, ["-q", "policy", "create", "read"]);
    let arn = arn.trim();
    home.ok(["policy", "attach", arn, "--user", "ci"]);
    assert_eq!(as_ci(&["get", "prod/db"]).ok(), "value");
    home.run(["policy", "delete", arn, "--yes"]).refused(8, "InvalidState");
    home.ok(["policy", "bound", "arn:aws:iam::aws:policy/IAMFullAccess", "--user", "ci"]);
    as_ci(&["get", "prod/db"]).refused(4, "AccessDenied");
    home.ok(["policy", "bound", "--user", "ci"]);
    assert_eq!(as_ci(&["get", "prod/db"]).ok(), "value");
    let other = READ.replace("GetSecretValue", "DescribeSecret");
    assert_eq!(home.ok_with(other, ["-q", "policy", "version", arn]).trim(), "v2");
    as_ci(&["get", "prod/db"]).refused(4, "AccessDenied");
    assert!(home.ok(["policy", "list", "--scope", "local"]).contains(arn));
    assert!(home.ok(["policy", "list", "--scope", "aws"]).contains("ReadOnlyAccess"));
    home.ok(["policy", "detach", arn, "--user", "ci"]);
    home.run(["policy", "attach", "arn:aws:iam::aws:policy/None", "--user", "ci"]).refused(3, "NotFound");
}

#[test]
fn an_explanation_quotes_policies_of_groups_and_managed_ones() {
    let home = Home::with_store();
    home.ok_with("value", ["put", "prod/db"]);
    home.ok(["user", "create", "ci"]);
    home.ok(["group", "create", "readers"]);
    home.ok(["group", "add", "readers", "ci"]);
    home.ok_with(READ, ["policy", "put", "--group", "readers", "--name", "read"]);
    let explain = || {
        let words = ["policy", "explain", "--as", "user/ci", "--action", "secretsmanager:GetSecretValue"];
        home.ok([&words[..], &["--resource", "prod/db"]].concat())
    };
    let story = explain();
    assert!(story.contains("group policy `readers/read`") && story.contains("\"Sid\":\"Read\""), "{story}");
    let other = READ.replace("GetSecretValue", "DescribeSecret").replace("Read", "Look");
    let arn = home.ok_with(other, ["-q", "policy", "create", "look"]);
    home.ok(["policy", "bound", arn.trim(), "--user", "ci"]);
    let story = explain();
    assert!(story.contains("implicitDeny") && story.contains("the permissions boundary does not allow it"), "{story}");
    home.ok(["policy", "bound", "--user", "ci"]);
    home.ok(["policy", "rm", "--group", "readers", "--name", "read", "--yes"]);
    home.ok(["policy", "attach", "arn:aws:iam::aws:policy/SecretsManagerReadWrite", "--user", "ci"]);
    let story = explain();
    assert!(story.contains("SecretsManagerReadWrite") && story.contains("BasicPermissions"), "{story}");
}

#[test]
fn who_can_names_everybody_who_can_and_nobody_else() {
    let home = Home::with_store();
    home.ok_with("value", ["put", "prod/db"]);
    for user in ["reader", "member", "nobody", "bounded"] {
        home.ok(["user", "create", user]);
    }
    home.ok(["group", "create", "readers"]);
    home.ok(["group", "add", "readers", "member"]);
    home.ok_with(READ, ["policy", "put", "--group", "readers", "--name", "read"]);
    home.ok_with(READ, ["policy", "put", "--user", "reader", "--name", "read"]);
    home.ok_with(READ, ["policy", "put", "--user", "bounded", "--name", "read"]);
    home.ok(["policy", "bound", "arn:aws:iam::aws:policy/IAMFullAccess", "--user", "bounded"]);
    home.ok(["role", "create", "app", "--service", "ec2.amazonaws.com"]);
    home.ok_with(READ, ["policy", "put", "--role", "app", "--name", "read"]);
    let can = home.ok(["-q", "policy", "who-can", "secretsmanager:GetSecretValue", "prod/db"]);
    assert_eq!(can.lines().collect::<Vec<_>>(), ["root", "user/member", "user/reader", "role/app"]);
    let told = home.ok(["policy", "who-can", "secretsmanager:GetSecretValue", "prod/db"]);
    assert!(told.contains("group policy `readers/read`") && told.contains("kms:Decrypt"), "{told}");
    let words = ["policy", "who-can", "secretsmanager:GetSecretValue", "prod/db", "--by", "user/reader"];
    home.run(words).refused(4, "AccessDenied");
    home.run(["policy", "who-can", "secretsmanager:GetSecretValue", "none"]).refused(3, "NotFound");
}

#[test]
fn what_can_lists_the_actions_that_a_principal_would_be_allowed() {
    let home = Home::with_store();
    home.ok_with("value", ["put", "prod/db"]);
    home.ok_with("value", ["put", "dev/db"]);
    home.ok(["user", "create", "ci"]);
    assert_eq!(home.ok(["policy", "what-can", "user/ci"]).trim(), "*\tsts:GetCallerIdentity");
    let prod = READ.replace("\"Resource\":\"*\"", "\"Resource\":\"arn:aws:secretsmanager:*:*:secret:prod/*\"");
    home.ok_with(prod, ["policy", "put", "--user", "ci", "--name", "read"]);
    let told = home.ok(["policy", "what-can", "user/ci"]);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 2, "{told}");
    assert!(lines[1].contains("secret:prod/db-") && lines[1].ends_with("\tsecretsmanager:GetSecretValue"), "{told}");
    home.run(["policy", "what-can", "user/none"]).refused(3, "NotFound");
    home.run(["policy", "what-can", "user/ci", "--by", "user/ci"]).refused(4, "AccessDenied");
}

#[test]
fn a_policy_that_will_hardly_do_what_was_meant_is_stored_and_pointed_out() {
    let home = Home::with_store();
    home.ok(["user", "create", "ci"]);
    let wrong = READ.replace("GetSecretValue", "GetSecret");
    for words in [vec!["policy", "create", "p"], vec!["policy", "put", "--user", "ci", "--name", "p"]] {
        let ran = home.run_with(&wrong, words.clone());
        assert!(ran.err().contains("did you mean `secretsmanager:GetSecretValue`"), "{}", ran.err());
        ran.ok();
    }
    let ran = home.run_with(&wrong, ["-q", "policy", "create", "q"]);
    assert_eq!(ran.err(), "");
}
