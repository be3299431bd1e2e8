//! Secrets from elsewhere: every source, what is wrong with it, and nothing half imported.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use common::{Home, Ran};

fn names(home: &Home) -> Vec<String> {
    home.ok(["-q", "ls"]).lines().map(str::to_owned).collect()
}
/// Imports from standard input.
fn import(home: &Home, input: impl AsRef<[u8]>, arguments: &[&str]) -> Ran {
    home.run_with(input, ["import", "--from"].iter().chain(arguments))
}
/// Must be refused with this code; a word of what is told; and the store is as before, byte for byte.
#[track_caller]
fn refused(home: &Home, input: impl AsRef<[u8]>, arguments: &[&str], exit: i32, word: &str) -> String {
    let before = changes(home);
    let ran = import(home, input, arguments);
    let told = ran.err();
    assert_eq!(ran.0.status.code(), Some(exit), "{arguments:?}: {told}");
    assert!(told.contains(word), "{arguments:?}: {told}");
    assert_eq!(changes(home), before, "{arguments:?} changed the store");
    told
}
/// Numbers of the records of everything that was changed so far. What was only looked at, or refused, has records as well.
fn changes(home: &Home) -> Vec<u64> {
    let reads = ["Describe", "Get", "List", "BatchGet", "LookupEvents", "RunDue"];
    let export = home.ok(["audit", "export"]);
    let records = export.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let is_change = |record: &serde_json::Value| {
        let operation = record["operation"].as_str().unwrap();
        record.get("refused").is_none() && !reads.iter().any(|read| operation.starts_with(read))
    };
    records.filter(is_change).map(|record| record["number"].as_u64().unwrap()).collect()
}

/// The same line for each number.
fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(line).collect::<Vec<_>>().concat()
}

#[test]
fn dotenv_values_are_taken_as_they_stand() {
    let home = Home::with_store();
    let text = "\u{feff}# comment\n\nexport PLAIN=pa$word # why\nSPACED = \"a b\" # note\nSINGLE='a\\nb $HOME'\r\nDOUBLE=\"l1\\nl2 \\\"q\\\" \\$x \\z\"\nHASH=a#b\nLINES=\"one\ntwo\"\nDOTTED.key-1=x\nLAST=end";
    import(&home, text, &["dotenv", "--prefix", "app/"]).ok();
    for (name, value) in [
        ("PLAIN", "pa$word"),
        ("SPACED", "a b"),
        ("SINGLE", "a\\nb $HOME"),
        ("DOUBLE", "l1\nl2 \"q\" $x \\z"),
        ("HASH", "a#b"),
        ("LINES", "one\ntwo"),
        ("DOTTED.key-1", "x"),
        ("LAST", "end"),
    ] {
        assert_eq!(home.ok(["get", &format!("app/{name}")]), value, "{name}");
    }
    assert_eq!(names(&home).len(), 8);
    // All of it as one secret.
    import(&home, "B=2\nA=\"x\\ny\"", &["dotenv", "--shape", "secret", "--name", "whole"]).ok();
    assert_eq!(home.ok(["get", "whole"]), r#"{"B":"2","A":"x\ny"}"#);
}

#[test]
fn dotenv_that_is_wrong_is_told_by_line() {
    let home = Home::with_store();
    for (text, word) in [
        ("A=1\nB\n", "standard input:2: `KEY=value` was expected"),
        ("A=1\nA=2", "standard input:2: the key `A` is there twice"),
        ("A=\"open\nB=2", "standard input:1: a value in quotes has no end"),
        ("A=\"x\" y", "standard input:1: there is something behind the closing quote"),
        ("A B=1", "standard input:1: a key is made of"),
        ("=1", "standard input:1: a key is made of"),
        ("A=1\nB=\n", "standard input:2: `B` has no value"),
        ("A=1\nsp/ce=2", "a key is made of"),
    ] {
        let told = refused(&home, text, &["dotenv"], 10, word);
        assert!(!told.contains("open"), "{told}");
    }
    refused(&home, b"A=\xff\xfe", &["dotenv"], 10, "not UTF-8");
    import(&home, "A=1\nB=\n", &["dotenv", "--skip-empty"]).ok();
    assert_eq!(names(&home), ["A"]);
}

#[test]
fn json_by_key_or_as_one() {
    let home = Home::with_store();
    let text = r#"{"db":{"user":"app","port":5432,"tls":true,"hosts":["a","b"]},"big":123456789012345678901234567890,"e":1.50e3}"#;
    import(&home, text, &["json", "--prefix", "p/", "--map", "db/user=db/login", "--tag", "env=prod"]).ok();
    assert_eq!(names(&home), ["p/big", "p/db/hosts/0", "p/db/hosts/1", "p/db/login", "p/db/port", "p/db/tls", "p/e"]);
    assert_eq!(home.ok(["get", "p/db/login"]), "app");
    assert_eq!(home.ok(["get", "p/big"]), "123456789012345678901234567890");
    assert_eq!((home.ok(["get", "p/db/tls"]), home.ok(["get", "p/e"])), ("true".into(), "1.50e3".into()));
    assert_eq!(home.ok(["-q", "ls", "--tag", "env=prod"]).lines().count(), 7);
    home.write("conf.json", text);
    home.ok(["import", "--from", "json", "conf.json", "--shape", "secret"]);
    assert_eq!(home.ok(["get", "conf"]), text, "as it is written");
    for (text, word) in [
        ("[1,2", "standard input:1: not JSON"),
        ("{\"a\":1,\n\"a\":2}", "standard input:2: not JSON: member given twice"),
        ("{\"a\":1} {\"b\":2}", "this is another"),
        ("\"text\"", "an object of keys and values"),
        ("", "there is nothing in it"),
        ("{\"a\":null}", "`a` has no value"),
        ("{\"a\":\n{\"\":1}}", "standard input:2: a key in `a` is empty"),
    ] {
        refused(&home, text, &["json"], 10, word);
    }
    refused(&home, b"{\"a\":\"\xff\"}", &["json"], 10, "not UTF-8");
    refused(&home, "[".repeat(100_000), &["json"], 10, "nested too deeply");
    refused(&home, format!("[{}1]", "1,".repeat(2_100_000)), &["json"], 10, "too many values");
    refused(&home, "{\"a b\":\"x\"}", &["json"], 10, "standard input:1: `a b`");
    refused(&home, format!("{{\"a\":\"{}\"}}", "x".repeat(65_537)), &["json"], 10, "65537 bytes; the limit is 65536");
    // What JSON can say and a secret can hold.
    import(&home, "{\"nul\":\"a\\u0000b\"}", &["json"]).ok();
    assert_eq!(home.run(["get", "nul"]).0.stdout, b"a\0b");
}

#[test]
fn what_aws_prints_is_taken_with_versions_labels_and_tags() {
    let home = Home::with_store();
    let one = r#"{"ARN":"arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db-AbCdEf","Name":"prod/db",
        "VersionId":"11111111-1111-4111-8111-111111111111","SecretString":"hunter2","VersionStages":["AWSCURRENT"],
        "CreatedDate":"2026-11-22T10:00:00+00:00"}"#;
    import(&home, one, &["aws"]).ok();
    assert_eq!(home.ok(["get", "prod/db"]), "hunter2");
    assert_eq!(home.ok(["-q", "get", "prod/db"]).trim(), "11111111-1111-4111-8111-111111111111");
    // A list of values, and what list-secrets knows of them, in any order.
    let many = r#"{"SecretValues":[{"Name":"b","SecretBinary":"AP8=","VersionId":"22222222-2222-4222-8222-222222222222","VersionStages":["AWSCURRENT"]},
        {"Name":"c","SecretString":"c","VersionId":"33333333-3333-4333-8333-333333333333"}],"Errors":[]}
        {"SecretList":[{"Name":"b","Description":"bytes","Tags":[{"Key":"team","Value":"core"}],"SecretVersionsToStages":{}}]}"#;
    import(&home, many, &["aws", "--prefix", "x/"]).ok();
    assert_eq!(home.run(["get", "x/b"]).0.stdout, [0, 255]);
    assert!(home.ok(["describe", "x/b"]).contains("Description\tbytes"));
    assert_eq!(home.ok(["tag", "x/b"]), "team\tcore\n");
    // Two versions of one secret, answered one by one, the older one last.
    let versions = r#"{"Name":"v","SecretString":"new","VersionId":"44444444-4444-4444-8444-444444444444","VersionStages":["AWSCURRENT","GREEN"]}
        {"Name":"v","SecretString":"old","VersionId":"55555555-5555-4555-8555-555555555555","VersionStages":["AWSPREVIOUS"]}
        {"Name":"v","SecretString":"next","VersionId":"66666666-6666-4666-8666-666666666666","VersionStages":["AWSPENDING","BLUE"]}"#;
    import(&home, versions, &["aws"]).ok();
    for (stage, value) in
        [("AWSCURRENT", "new"), ("GREEN", "new"), ("AWSPREVIOUS", "old"), ("AWSPENDING", "next"), ("BLUE", "next")]
    {
        assert_eq!(home.ok(["get", "v", "--stage", stage]), value, "{stage}");
    }
    // Again it is nothing new; with a label moved away it comes back, to the version that is there.
    home.ok(["stage", "v", "GREEN", "--to", "AWSPREVIOUS"]);
    assert_eq!(import(&home, versions, &["aws", "--on-conflict", "update"]).ok(), "v\tupdate\n");
    assert_eq!(home.ok(["get", "v", "--stage", "GREEN"]), "new");
    assert_eq!(import(&home, versions, &["aws", "--on-conflict", "update"]).ok(), "v\tunchanged\n");
    assert_eq!(home.ok(["-q", "history", "v"]).lines().count(), 3);
    refused(&home, versions, &["aws"], 8, "there is a secret of that name already");
    for (text, word) in [
        (r#"{"SecretList":[{"Name":"l"}]}"#, "there is no value of `l`"),
        (
            r#"{"SecretValues":[],"Errors":[{"SecretId":"z","ErrorCode":"AccessDeniedException"}]}"#,
            "no value of `z`: AccessDenied",
        ),
        (r#"{"SecretValues":[],"NextToken":"x"}"#, "one page of several"),
        (r#"{"Name":"l","SecretBinary":"A"}"#, "`SecretBinary` is Base64"),
        (r#"{"Name":"l","SecretString":"x","SecretBinary":"AA=="}"#, "text and bytes at once"),
        (r#"{"Name":"l","SecretString":5,"VersionStages":"x"}"#, "`VersionStages` is a list"),
        (r#"{"What":"ever"}"#, "this is no secret"),
        (r#"{"Name":"l","DeletedDate":1,"SecretString":"x"}"#, "scheduled for deletion"),
        (r#"{"Name":"l","SecretString":"x","VersionId":"short"}"#, "standard input:1: `l`"),
        (
            r#"{"Name":"l","SecretString":"x","VersionStages":["A"]} {"Name":"l","SecretString":"y","VersionStages":["A"]}"#,
            "one label",
        ),
        (
            r#"{"Name":"l","SecretString":"x","VersionStages":["A"]} {"Name":"l","SecretString":"y","VersionStages":["B"]}"#,
            "none is AWSCURRENT",
        ),
    ] {
        refused(&home, text, &["aws"], 10, word);
    }
}

#[test]
fn what_vault_prints_of_either_version_and_dumps_of_paths() {
    let home = Home::with_store();
    let second = r#"{"request_id":"x","lease_id":"","data":{"data":{"user":"app","pin":7},
        "metadata":{"custom_metadata":{"owner":"core"},"deletion_time":"","destroyed":false,"version":2}}}"#;
    import(&home, second, &["vault-kv", "--name", "kv/db"]).ok();
    assert_eq!(home.ok(["get", "kv/db"]), r#"{"user":"app","pin":7}"#);
    assert_eq!(home.ok(["tag", "kv/db"]), "owner\tcore\n");
    let first = r#"{"request_id":"x","lease_duration":2764800,"data":{"user":"app","password":"p"}}"#;
    import(&home, first, &["vault-kv", "--name", "kv/old", "--shape", "fields"]).ok();
    assert_eq!((home.ok(["get", "kv/old/user"]), home.ok(["get", "kv/old/password"])), ("app".into(), "p".into()));
    let dump = format!(r#"{{"secret/":{{"app":{{"db":{{"password":"x"}},"api":{first}}},"flat":{{"k":"v"}}}}}}"#);
    import(&home, dump, &["vault-kv", "--prefix", "dump/"]).ok();
    assert_eq!(home.ok(["get", "dump/secret/app/db"]), r#"{"password":"x"}"#);
    assert_eq!(home.ok(["get", "dump/secret/app/api", "--field", "password"]), "p");
    assert_eq!(home.ok(["get", "dump/secret/flat"]), r#"{"k":"v"}"#);
    refused(&home, first, &["vault-kv"], 2, "has no name");
    refused(&home, r#"{"a":{"b":{"k":"v"},"c":"d"}}"#, &["vault-kv"], 10, "a folder and a secret at once");
    refused(&home, r#"{"user":"x"}"#, &["vault-kv"], 10, "an object of paths");
    let deleted = r#"{"request_id":"x","data":{"data":null,"metadata":{"version":1}}}"#;
    refused(&home, deleted, &["vault-kv", "--name", "n"], 10, "was deleted");
}

#[test]
fn what_sops_decrypts_in_three_forms_and_never_what_it_has_sealed() {
    let home = Home::with_store();
    let yaml = "# comment\ndb:\n  user: app\n  port: 0o17\n  note: |\n    two\n    lines\nlist:\n  - a\n  - 'b: c'\nempty: \"\"\n";
    import(&home, yaml, &["sops", "--prefix", "y/", "--skip-empty"]).ok();
    assert_eq!(names(&home), ["y/db/note", "y/db/port", "y/db/user", "y/list/0", "y/list/1"]);
    assert_eq!((home.ok(["get", "y/db/note"]), home.ok(["get", "y/db/port"])), ("two\nlines\n".into(), "0o17".into()));
    import(&home, yaml, &["sops", "--format", "yaml", "--shape", "secret", "--name", "whole"]).ok();
    let whole: serde_json::Value = serde_json::from_str(&home.ok(["get", "whole"])).unwrap();
    assert_eq!(whole["list"][1], "b: c");
    import(&home, "{\"a\":\"1\"}", &["sops", "--prefix", "j/"]).ok();
    import(&home, "A=1\nB=2\n", &["sops", "--prefix", "e/"]).ok();
    home.write("x.yml", "k: v\n");
    home.ok(["import", "--from", "sops", "x.yml", "--prefix", "f/"]);
    assert_eq!(
        (home.ok(["get", "j/a"]), home.ok(["get", "e/B"]), home.ok(["get", "f/k"])),
        ("1".into(), "2".into(), "v".into())
    );
    for (text, word) in [
        ("{\"a\":\"ENC[AES256_GCM,data:x,type:str]\",\"sops\":{\"mac\":\"x\"}}", "encrypted by sops"),
        ("a: ENC[AES256_GCM,data:x,type:str]\n", "encrypted by sops"),
        ("A=ENC[AES256_GCM,data:x,type:str]\nsops_mac=x\n", "encrypted by sops"),
        ("[section]\nA=1\n", "INI is not read"),
        ("a: 1\na: 2\n", "standard input:2: the key `a` is there twice"),
        ("a: &x 1\nb: *x\n", "anchors and aliases"),
        ("a: !!binary AAAA\n", "tags are not understood"),
        ("a: 1\n---\nb: 2\n", "one document was expected"),
        ("a: [1\n", "not YAML"),
        ("a:\n\t- x\n", "not YAML"),
        ("? [a]\n: b\n", "a key must be text"),
    ] {
        refused(&home, text, &["sops"], 10, word);
    }
    refused(&home, format!("a: {}", "[".repeat(200)), &["sops"], 10, "nested too deeply");
    refused(&home, format!("a: {}", "{b: ".repeat(50_000)), &["sops"], 10, "standard input:1");
}

#[test]
fn a_table_is_a_secret_a_row() {
    let home = Home::with_store();
    let text = "name,value,description,url\r\na,\"p,\"\"1\nq\",first,http://x\r\nb,2,,\r\n";
    let ran = import(&home, text, &["csv", "--prefix", "t/"]);
    assert!(ran.err().contains("columns that are not imported: url"), "{}", ran.err());
    ran.ok();
    assert_eq!((home.ok(["get", "t/a"]), home.ok(["get", "t/b"])), ("p,\"1\nq".into(), "2".into()));
    assert!(home.ok(["describe", "t/a"]).contains("Description\tfirst"));
    import(&home, "title,login,password\nx,me,pw\n", &["csv", "--shape", "secret", "--name-column", "title"]).ok();
    assert_eq!(home.ok(["get", "x"]), r#"{"login":"me","password":"pw"}"#);
    import(&home, "title,pw\ny,z\n", &["csv", "--name-column", "title", "--value-column", "pw"]).ok();
    assert_eq!(home.ok(["get", "y"]), "z");
    for (text, word) in [
        ("title,value\nx,y\n", "there is no column `name`"),
        ("name,value\nx\n", "standard input:2: a row of 1 cells"),
        ("name,value\nx,1\nx,2\n", "standard input:3: `x` is there twice; the first stands at standard input:2"),
        ("name,value,value\nx,1,2\n", "the column `value` is there twice"),
        ("name,value\n,1\n", "standard input:2: the column `name` is empty"),
        ("name,value\nx,\n", "standard input:2: `x` has no value"),
        ("", "there is no column `name`"),
    ] {
        refused(&home, text, &["csv"], 10, word);
    }
}

#[test]
fn folders_of_pass_and_of_credentials() {
    let home = Home::with_store();
    home.write("pass/mail/work", "pw\nuser: me\n");
    home.write("pass/bank", "1234\n");
    home.write("pass/.gpg-id", "ABC");
    home.write("pass/.git/config", "x");
    home.ok(["import", "--from", "pass", "pass", "--prefix", "p/"]);
    assert_eq!(names(&home), ["p/bank", "p/mail/work"]);
    assert_eq!((home.ok(["get", "p/bank"]), home.ok(["get", "p/mail/work"])), ("1234".into(), "pw\nuser: me".into()));
    import(&home, "shown\n", &["pass", "--name", "one"]).ok();
    assert_eq!(home.ok(["get", "one"]), "shown");
    home.write("sealed/x.gpg", [0x85, 1, 2]);
    let told = home.run(["import", "--from", "pass", "sealed"]).refused(10, "InvalidRequest");
    assert!(told.contains("pass show x | strongroom import --from pass --name x"), "{told}");
    refused(&home, "-----BEGIN PGP MESSAGE-----\n", &["pass", "--name", "x"], 10, "encrypted by gpg");

    home.write("creds/db", b"\x00\xffbytes\n");
    home.write("creds/token", "text\n");
    home.ok(["import", "--from", "systemd", "creds", "--prefix", "s/"]);
    assert_eq!(home.run(["get", "s/db"]).0.stdout, b"\x00\xffbytes\n", "as it is, to the last newline");
    assert_eq!(home.ok(["get", "s/token"]), "text\n");
    home.write("creds/sealed.cred", "k6iUCUh0RJ");
    let told = home.run(["import", "--from", "systemd", "creds", "--prefix", "z/"]).refused(10, "InvalidRequest");
    assert!(told.contains("systemd-creds decrypt"), "{told}");
    std::fs::remove_file(home.path("creds/sealed.cred")).unwrap();
    std::os::unix::fs::symlink(home.path("root.key"), home.path("creds/link")).unwrap();
    let told = home.run(["import", "--from", "systemd", "creds", "--prefix", "z/"]).refused(10, "InvalidRequest");
    assert!(told.contains("neither a file nor a folder"), "{told}");
    home.run(["import", "--from", "dotenv", "creds"]).refused(2, "Usage");
}

#[test]
fn gpg_is_called_for_its_files_alone() {
    let home = Home::with_store();
    home.write("pass/a.gpg", "sealed");
    // Stands for the real one: shows what it was asked, or fails.
    let program = home.write(
        "bin/gpg",
        "#!/bin/sh\nfor last; do :; done\ncase \"$last\" in *bad*) exit 2;; esac\nprintf 'opened %s\\n' \"$*\"\n",
    );
    std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let run = |arguments: &[&str]| {
        let mut command = home.command(arguments);
        command.env("PATH", format!("{}:/usr/bin:/bin", home.path("bin").display()));
        Ran::of(command, b"")
    };
    run(&["import", "--from", "pass", "pass", "--gpg"]).ok();
    assert_eq!(home.ok(["get", "a"]), "opened --quiet --yes --decrypt -- pass/a.gpg");
    home.write("pass/bad.gpg", "sealed");
    let told = run(&["import", "--from", "pass", "pass", "--gpg", "--prefix", "n/"]).refused(1, "Gpg");
    assert!(told.contains("could not decrypt `pass/bad.gpg`"), "{told}");
    assert_eq!(names(&home), ["a"], "nothing of the good one either");
}

#[test]
fn what_is_there_already_stops_it_stays_or_is_renewed() {
    let home = Home::with_store();
    home.ok_with("old", ["put", "b", "--tag", "keep=yes"]);
    let text = "A=1\nb=2\nc=3\n";
    let told = refused(&home, text, &["dotenv"], 8, "standard input:2: `b`: ");
    assert!(told.contains("--on-conflict skip"), "{told}");
    assert_eq!(names(&home), ["b"]);
    let told = import(&home, text, &["dotenv", "--on-conflict", "skip"]).ok();
    assert_eq!(told, "A\tcreate\nb\tskip\nc\tcreate\n");
    assert_eq!(home.ok(["get", "b"]), "old");
    let told = import(&home, text, &["dotenv", "--on-conflict", "update", "--tag", "env=x"]).ok();
    assert_eq!(told, "A\tupdate\nb\tupdate\nc\tupdate\n");
    assert_eq!((home.ok(["get", "b"]), home.ok(["get", "b", "--stage", "AWSPREVIOUS"])), ("2".into(), "old".into()));
    assert_eq!(home.ok(["tag", "b"]), "keep\tyes\nenv\tx\n");
    // What is so already gets no new version: an import that was cut short is simply done again.
    let versions = home.ok(["history", "b"]);
    let told = import(&home, text, &["dotenv", "--on-conflict", "update", "--tag", "env=x"]).ok();
    assert_eq!(told, "A\tunchanged\nb\tunchanged\nc\tunchanged\n");
    assert_eq!(home.ok(["history", "b"]), versions);
    // Scheduled for deletion is in the way, whatever is chosen.
    home.ok(["rm", "b"]);
    for conflict in ["fail", "skip", "update"] {
        let ran = import(&home, "b=9\nd=1\n", &["dotenv", "--on-conflict", conflict]);
        assert_ne!(ran.0.status.code(), Some(0), "{conflict}");
        assert!(ran.err().contains("`b`"), "{}", ran.err());
    }
    assert_eq!(names(&home), ["A", "c"]);
}

#[test]
fn everything_that_is_wrong_is_told_at_once_and_nothing_is_written() {
    let home = Home::with_store();
    home.ok_with("x", ["put", "there"]);
    let told = refused(
        &home,
        "{\"ok\":\"1\",\n\"b d\":\"2\",\n\"there\":\"3\"}",
        &["json"],
        10,
        "nothing was imported; 2 secrets cannot be",
    );
    assert!(told.contains("standard input:2: `b d`: ") && told.contains("standard input:3: `there`: "), "{told}");
    let many = lines(30, |number| format!("\"b d{number}\":\"x\","));
    let told = refused(&home, format!("{{{many}\"z\":\"1\"}}"), &["json"], 10, "30 secrets cannot be");
    assert!(told.contains("and 10 more"), "{told}");
    assert_eq!(names(&home), ["there"]);
    // Who may not, imports nothing.
    home.ok(["user", "create", "ci"]);
    home.run_with("A=1", ["--as", "user/ci", "import", "--from", "dotenv"]).refused(4, "AccessDenied");
    assert_eq!(names(&home), ["there"]);
}

#[test]
fn a_dry_run_tells_and_changes_nothing() {
    let home = Home::with_store();
    home.ok_with("hunter2", ["put", "b"]);
    let before = changes(&home);
    let ran =
        import(&home, "A=hunter1\nb=hunter3\n", &["dotenv", "--dry-run", "--on-conflict", "update", "--tag", "k=v"]);
    assert_eq!(ran.ok(), "A\tcreate\nb\tupdate\n");
    let told = import(&home, "A=hunter1\n", &["dotenv", "--dry-run", "--output", "json"]).ok();
    assert_eq!(told, "{\"Secrets\":[{\"Name\":\"A\",\"Action\":\"create\"}]}\n");
    assert_eq!(changes(&home), before);
    refused(&home, "b=1\n", &["dotenv", "--dry-run"], 8, "`b`");
    assert!(!format!("{}{}", ran.out(), ran.err()).contains("hunter"));
}

#[test]
fn options_that_would_do_nothing_are_refused() {
    let home = Home::with_store();
    for arguments in [
        &["aws", "--shape", "fields"][..],
        &["json", "--format", "yaml"],
        &["dotenv", "--gpg"],
        &["dotenv", "--name", "x"],
        &["csv", "--name", "x"],
        &["pass", "--name", "x", "--gpg"],
        &["systemd", "--name", "x", "."],
        &["json", "--value-column", "x"],
        &["csv", "--shape", "secret", "--value-column", "x"],
        &["dotenv", "--map", "NOBODY=x"],
        &["dotenv", "--shape", "secret"],
        &["nowhere"],
    ] {
        refused(&home, "A=1\n", arguments, 2, "");
    }
    home.run(["import", "--from", "json", "none.json"]).refused(3, "NotFound");
    assert_eq!(import(&home, "", &["dotenv"]).ok(), "");
}

/// Goal: nothing is half imported. Method: the process may write the file only so far, and is ended by the system where it goes
/// further: in the middle of what it writes.
#[test]
fn an_import_that_is_ended_in_the_middle_has_done_nothing_or_all() {
    let home = Home::with_store();
    home.ok_with("x", ["put", "there"]);
    home.write("many.env", lines(300, |number| format!("K{number}={}\n", "v".repeat(2_000))));
    let (mut ended, mut done) = (0, 0);
    for blocks in [0, 16, 128, 512, 1_024, 1_536, 2_048, 4_096, 1 << 20] {
        let before = std::fs::read(home.store()).unwrap();
        let limit = before.len() / 512 + blocks;
        let mut command = std::process::Command::new("sh");
        let script = format!("ulimit -f {limit}; exec \"$@\"");
        command.args(["-c", &script, "sh", common::BINARY, "import", "--from", "dotenv", "many.env"]);
        command.env_clear().env("HOME", home.path("")).current_dir(home.path(""));
        command.env("STRONGROOM_STORE", home.store()).env("STRONGROOM_UNLOCK", "root-key:root.key");
        let ran = Ran::of(command, b"");
        home.ok(["doctor", "--deep"]);
        match names(&home).len() {
            1 => ended += 1,
            301 => done += 1,
            some => panic!("{some} secrets within {blocks} blocks: {}", ran.err()),
        }
        std::fs::write(home.store(), before).unwrap();
    }
    assert!(ended >= 3 && done >= 1, "{ended} ended, {done} done");
}

#[test]
fn under_a_key_that_is_named() {
    let home = Home::with_store();
    home.ok(["key", "create", "--alias", "alias/app"]);
    import(&home, "A=1", &["dotenv", "--kms-key", "alias/app"]).ok();
    assert!(home.ok(["describe", "A"]).contains("KmsKeyId\t"));
    refused(&home, "B=1", &["dotenv", "--kms-key", "alias/none"], 3, "`B`");
}

#[test]
fn much_is_refused_or_taken_whole() {
    let home = Home::with_store();
    let many = lines(3_000, |number| format!("K{number}={number}\n"));
    let told = import(&home, &many, &["dotenv", "--prefix", "m/"]).ok();
    assert_eq!(told.lines().count(), 3_000);
    assert_eq!(home.ok(["get", "m/K2999"]), "2999");
    let too_many = lines(100_001, |number| format!("K{number}=1\n"));
    refused(&home, &too_many, &["dotenv", "--prefix", "n/"], 10, "more than 100000 keys");
    refused(&home, vec![b'#'; (64 << 20) + 1], &["dotenv"], 10, "longer than 64 MiB");
}
