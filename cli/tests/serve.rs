//! Goal: a store is served to clients that sign, by a process that begins, reloads and ends in good order, and tells nothing
//! secret. Method: the binary itself, requests signed here, signals; everything waits for a line or an answer.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;
#[path = "common/wire.rs"]
mod wire;

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::process::{Command, Stdio};

use common::{BINARY, Home};
use rustix::process::Signal;
use serde_json::{Value, json};
use wire::{Keys, Served, call, connect, get};

const GET: (&str, &str) = ("secretsmanager", "GetSecretValue");
const PUT: (&str, &str) = ("secretsmanager", "PutSecretValue");

/// A store with a secret, and a user who may read it.
fn home() -> (Home, Keys) {
    let home = Home::with_store();
    home.ok_with("hunter2", ["put", "app/db"]);
    home.ok(["user", "create", "app"]);
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}}"#;
    home.ok_with(policy, ["policy", "put", "--user", "app", "--name", "reads"]);
    let made: Value =
        serde_json::from_str(&home.ok(["-o", "json", "access-key", "create", "app", "--show"])).unwrap_or_default();
    let keys = match made["AccessKey"]["SecretAccessKey"].as_str() {
        Some(secret) => (made["AccessKey"]["AccessKeyId"].as_str().unwrap().to_owned(), secret.to_owned()),
        None => panic!("{made}"),
    };
    (home, Keys { id: keys.0, secret: keys.1, token: None, region: "us-east-1".into() })
}
fn serve<'a>(home: &Home, more: impl IntoIterator<Item = &'a str>) -> Served {
    Served::start(home.command(["serve"].into_iter().chain(more)))
}
fn host_of(served: &mut Served) -> String {
    served.told("info: listening on http://")
}

#[test]
fn a_store_is_served_until_it_is_told_to_end() {
    let (home, keys) = home();
    let mut served = serve(&home, ["--listen", "127.0.0.1:0", "--log", "debug"]);
    let host = host_of(&mut served);
    let (status, value) = call(connect(&host), &host, &keys, GET, r#"{"SecretId":"app/db"}"#);
    assert_eq!((status, &value["SecretString"]), (200, &Value::from("hunter2")), "{value}");
    let (status, refused) = call(
        connect(&host),
        &host,
        &keys,
        PUT,
        r#"{"SecretId":"app/db","SecretString":"hunter3","ClientRequestToken":"00000000-0000-4000-8000-000000000001"}"#,
    );
    assert_eq!((status, &refused["__type"]), (400, &Value::from("AccessDeniedException")), "{refused}");
    let wrong = Keys { secret: keys.secret.replace(|_| true, "x"), ..keys.clone() };
    let (status, refused) = call(connect(&host), &host, &wrong, GET, r#"{"SecretId":"app/db"}"#);
    assert_eq!(status, 400, "{refused}");
    assert!(!refused.to_string().contains("hunter2"));
    assert_eq!(get(connect(&host), &host, "/health", &[]), (200, "healthy".into()));
    assert_eq!(get(connect(&host), &host, "/metrics", &[]).0, 404, "not beside the API");
    // The store is held: nobody else opens it meanwhile.
    home.run(["ls"]).refused(7, "Busy");
    let (ended, told) = served.terminate();
    assert!(ended.success(), "{told}");
    assert!(told.contains("info: stopping\n") && told.contains("debug: secretsmanager GetSecretValue 200 "), "{told}");
    assert!(!told.contains("hunter") && !told.contains(&keys.secret) && !told.contains("Signature"), "{told}");
    assert!(connect_refused(&host));
    assert_eq!(home.ok(["get", "app/db"]), "hunter2");
}

fn connect_refused(host: &str) -> bool {
    std::net::TcpStream::connect(host).is_err()
}

#[test]
fn unix_sockets_are_private_and_metrics_have_one_of_their_own() {
    let (home, keys) = home();
    let mut served = serve(&home, ["--unix", "api.sock", "--metrics", "metrics.sock"]);
    assert_eq!(served.told("info: listening on unix:"), "api.sock");
    assert_eq!(served.told("info: listening on unix:"), "metrics.sock");
    for name in ["api.sock", "metrics.sock"] {
        assert_eq!(fs::symlink_metadata(home.path(name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
    let api = || UnixStream::connect(home.path("api.sock")).unwrap();
    let (status, value) = call(api(), "localhost", &keys, GET, r#"{"SecretId":"app/db"}"#);
    assert_eq!((status, &value["SecretString"]), (200, &Value::from("hunter2")), "{value}");
    let metrics = || UnixStream::connect(home.path("metrics.sock")).unwrap();
    let (status, text) = get(metrics(), "localhost", "/metrics", &[]);
    assert_eq!(status, 200);
    let row = "strongroom_requests_total{service=\"secretsmanager\",operation=\"GetSecretValue\",status=\"200\"} 1\n";
    assert!(text.contains(row) && text.contains("\nstrongroom_store_file_bytes "), "{text}");
    assert_eq!(get(metrics(), "localhost", "/", &[]).0, 404);
    served.terminate();
    assert!(!home.path("api.sock").exists() && !home.path("metrics.sock").exists());
}

#[test]
fn a_server_that_was_locked_answers_nothing_until_it_is_unlocked() {
    let (home, keys) = home();
    let shares = home.ok(["slot", "add", "--new", "shamir:2of3"]);
    let shares: Vec<&str> = shares.lines().skip(1).collect();
    home.write_private("shares", shares[1..].join("\n"));
    home.write_private("other.key", [1; 32]);
    home.run(["lock"]).refused(3, "NotFound");
    let mut served = serve(&home, ["--listen", "127.0.0.1:0", "--admin"]);
    let host = host_of(&mut served);
    let socket = home.path("test.strongroom.admin");
    assert_eq!(served.told("info: listening on unix:"), socket.display().to_string());
    assert_eq!(fs::symlink_metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let read = || call(connect(&host), &host, &keys, GET, r#"{"SecretId":"app/db"}"#);
    let with = |unlock: &str| {
        let mut command = home.command(["unlock"]);
        command.env("STRONGROOM_UNLOCK", unlock);
        common::Ran::of(command, b"")
    };
    for unlock in ["root-key:root.key", "shares:shares"] {
        assert_eq!(read().0, 200);
        assert_eq!(home.ok(["lock"]), "locked\n");
        served.told("info: locked");
        let (status, told) = read();
        assert_eq!((status, &told["__type"]), (500, &Value::from("InternalServiceError")), "{told}");
        assert_eq!(told["Message"], "the store is locked; unlock it to go on");
        assert_eq!(get(connect(&host), &host, "/health", &[]).0, 200);
        // Nobody else opens it meanwhile, and no wrong secret does.
        home.run(["ls"]).refused(7, "Busy");
        with("root-key:other.key").refused(5, "WrongUnlock");
        served.told("warning: not unlocked: ");
        assert_eq!(read().0, 500);
        assert_eq!(with(unlock).ok(), "unlocked\n");
        served.told("info: unlocked");
    }
    assert_eq!(read().1["SecretString"], "hunter2");
    // The AWS wire has no such thing, and the socket takes nothing else.
    assert_eq!(get(connect(&host), &host, "/lock", &[]).0, 404);
    let admin = || UnixStream::connect(&socket).unwrap();
    assert_eq!(get(admin(), "localhost", "/lock", &[]).0, 405);
    assert_eq!(call(admin(), "localhost", &keys, GET, "{}").0, 404);
    assert_eq!(read().0, 200);
    // A secret is sent to nobody but a server of ours.
    fs::set_permissions(&socket, fs::Permissions::from_mode(0o666)).unwrap();
    home.run(["unlock"]).refused(2, "Usage");
    let (ended, told) = served.terminate();
    assert!(ended.success() && !told.contains(shares[1]), "{told}");
    assert!(!socket.exists());
}

#[test]
fn what_would_be_open_to_others_is_refused_before_anything_is_opened() {
    let (home, _) = home();
    let refused = |arguments: &[&str], exit, label: &str| {
        home.run(["serve"].into_iter().chain(arguments.iter().copied())).refused(exit, label)
    };
    let told = refused(&["--listen", "0.0.0.0:0"], 2, "Usage");
    assert!(told.contains("--allow-remote"), "{told}");
    let open = home.path("open");
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    refused(&["--unix", "open/s"], 2, "Listen");
    home.write("token", "a-token-that-others-read");
    fs::set_permissions(home.path("token"), fs::Permissions::from_mode(0o644)).unwrap();
    refused(&["--listen", "127.0.0.1:0", "--agent-as", "user/app", "--agent-token", "token"], 2, "Token");
    refused(&["--listen", "127.0.0.1:0", "--peer", "1000"], 2, "Usage");
    refused(&["--listen", "127.0.0.1:0", "--agent-as", "user/nobody", "--agent-token", "new"], 3, "NotFound");
    for arguments in [&["--listen", "0.0.0.0:0", "--allow-remote"][..], &["--agent-as", "root"], &["--listen", "here"]]
    {
        let ran = home.run(["serve"].into_iter().chain(arguments.iter().copied()));
        assert_eq!(ran.0.status.code(), Some(2), "{arguments:?}: {}", ran.err());
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    refused(&["--listen", &taken.local_addr().unwrap().to_string()], 8, "Listen");
}

#[test]
fn local_programs_read_by_token_and_a_machine_signs_with_its_roles_credentials() {
    let (home, _) = home();
    home.ok(["role", "create", "machine", "--service", "ec2.amazonaws.com"]);
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}}"#;
    home.ok_with(policy, ["policy", "put", "--role", "machine", "--name", "reads"]);
    let mut served = serve(
        &home,
        [
            ["--listen", "127.0.0.1:0"],
            ["--agent-as", "user/app"],
            ["--agent-token", "agent.token"],
            ["--machine-role", "machine"],
            ["--machine-token", "machine.token"],
        ]
        .concat(),
    );
    let host = host_of(&mut served);
    let token = |name: &str| fs::read_to_string(home.path(name)).unwrap();
    let header = "X-Aws-Parameters-Secrets-Token";
    let target = "/secretsmanager/get?secretId=app/db";
    assert_eq!(get(connect(&host), &host, "/ping", &[]), (200, "healthy".into()));
    assert_eq!(get(connect(&host), &host, target, &[(header, &token("machine.token"))]).0, 403);
    let (status, body) = get(connect(&host), &host, target, &[(header, &token("agent.token"))]);
    assert!(status == 200 && body.contains("\"SecretString\":\"hunter2\""), "{body}");
    let (status, body) = get(connect(&host), &host, "/credentials", &[("Authorization", &token("machine.token"))]);
    assert_eq!(status, 200, "{body}");
    let made: Value = serde_json::from_str(&body).unwrap();
    let member = |name: &str| made[name].as_str().unwrap().to_owned();
    let keys = Keys {
        id: member("AccessKeyId"),
        secret: member("SecretAccessKey"),
        token: Some(member("Token")),
        region: "us-east-1".into(),
    };
    let (status, value) = call(connect(&host), &host, &keys, GET, r#"{"SecretId":"app/db"}"#);
    assert_eq!((status, &value["SecretString"]), (200, &Value::from("hunter2")), "{value}");
    // SIGHUP has the token read anew.
    fs::write(home.path("agent.token"), "another-token-of-ours").unwrap();
    served.signal(Signal::HUP);
    served.told("info: reloaded");
    assert_eq!(get(connect(&host), &host, target, &[(header, "another-token-of-ours")]).0, 200);
    fs::set_permissions(home.path("agent.token"), fs::Permissions::from_mode(0o644)).unwrap();
    served.signal(Signal::HUP);
    assert!(served.told("error: not reloaded: ").contains("agent.token"));
    assert_eq!(get(connect(&host), &host, target, &[(header, "another-token-of-ours")]).0, 200);
}

#[test]
fn a_socket_that_was_opened_for_it_is_used_and_left_there() {
    let (home, keys) = home();
    let socket = UnixListener::bind(home.path("given")).unwrap();
    // As systemd hands it over: descriptor 3, told by variables that name this very process.
    let mut command = Command::new("sh");
    command.args(["-c", "LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" serve --peer 12345 3<&0 0</dev/null", BINARY]);
    command.env_clear().env("HOME", home.path("")).env("PATH", "/usr/bin:/bin").current_dir(home.path(""));
    command.env("STRONGROOM_STORE", home.store()).env("STRONGROOM_UNLOCK", "root-key:root.key");
    let mut served = Served::start_with(command, Stdio::from(OwnedFd::from(socket)));
    assert!(served.told("info: listening on unix:").ends_with("/given"));
    let (status, value) =
        call(UnixStream::connect(home.path("given")).unwrap(), "x", &keys, GET, r#"{"SecretId":"app/db"}"#);
    assert_eq!((status, &value["SecretString"]), (200, &Value::from("hunter2")), "{value}");
    let (ended, told) = served.terminate();
    assert!(ended.success(), "{told}");
    assert!(!told.contains("8200"), "no other socket beside it: {told}");
    assert!(home.path("given").exists());
}

#[test]
fn the_service_manager_is_told_how_it_goes() {
    let (home, _) = home();
    let socket = UnixDatagram::bind(home.path("notify")).unwrap();
    let heard = || {
        let mut bytes = [0; 512];
        let len = socket.recv(&mut bytes).unwrap();
        String::from_utf8(bytes[..len].to_vec()).unwrap()
    };
    let mut command = home.command(["serve", "--unix", "s"]);
    command.env("NOTIFY_SOCKET", home.path("notify")).env("WATCHDOG_USEC", "3600000000");
    let mut served = Served::start(command);
    let first = [heard(), heard()];
    assert!(first.contains(&"READY=1\n".to_owned()) && first.contains(&"WATCHDOG=1\n".to_owned()), "{first:?}");
    served.told("info: listening on ");
    served.signal(Signal::HUP);
    let reloading = heard();
    assert!(reloading.starts_with("RELOADING=1\nMONOTONIC_USEC="), "{reloading}");
    assert_eq!(heard(), "READY=1\n");
    served.signal(Signal::INT);
    assert_eq!(heard(), "STOPPING=1\n");
    assert!(served.child.wait().unwrap().success());
}

#[test]
fn a_store_in_memory_is_ready_when_its_variables_are_told() {
    let home = Home::empty();
    home.write("seed.json", json!({"prod/db": {"user": "app"}, "api-key": "abc"}).to_string());
    let arguments = [
        "dev",
        "--account",
        "123456789012",
        "--region",
        "eu-central-1",
        "--env-file",
        "aws.env",
        "--seed",
        "seed.json",
    ];
    let mut served = Served::start(home.command(arguments));
    let (keys, host) = variables(&mut served, &home);
    assert_eq!(keys.region, "eu-central-1");
    assert_eq!(fs::metadata(home.path("aws.env")).unwrap().permissions().mode() & 0o777, 0o600);
    let read = |id: &str| call(connect(&host), &host, &keys, GET, &json!({"SecretId": id}).to_string()).1;
    assert_eq!(read("prod/db")["SecretString"], r#"{"user":"app"}"#);
    assert_eq!(read("api-key")["SecretString"], "abc");
    let arn = read("api-key")["ARN"].as_str().unwrap().to_owned();
    assert!(arn.starts_with("arn:aws:secretsmanager:eu-central-1:123456789012:secret:api-key-"), "{arn}");
    // Everything is allowed to this one user, and nothing to anybody else.
    let made =
        json!({"Name": "new", "SecretString": "first", "ClientRequestToken": "00000000-0000-4000-8000-000000000001"})
            .to_string();
    assert_eq!(call(connect(&host), &host, &keys, ("secretsmanager", "CreateSecret"), &made).0, 200);
    assert_eq!(call(connect(&host), &host, &keys, ("kms", "CreateKey"), "{}").0, 200);
    let wrong = Keys { secret: "x".repeat(40), ..keys.clone() };
    assert_eq!(call(connect(&host), &host, &wrong, GET, &json!({"SecretId": "new"}).to_string()).0, 400);
    // The built-in function rotates, at once.
    let function = "arn:aws:lambda:eu-central-1:123456789012:function:strongroom-generate";
    let rotate = json!({
        "SecretId": "new", "RotationLambdaARN": function, "ClientRequestToken": "0123456789abcdef0123456789abcdef",
        "RotationRules": {"AutomaticallyAfterDays": 30},
    });
    let (status, told) = call(connect(&host), &host, &keys, ("secretsmanager", "RotateSecret"), &rotate.to_string());
    assert_eq!(status, 200, "{told}");
    // Asked for until it is there: the work is done beside the requests.
    while read("new")["SecretString"] == "first" {}
    assert!(served.terminate().0.success());
}

/// What it says on standard output, which is what it writes to the file.
fn variables(served: &mut Served, home: &Home) -> (Keys, String) {
    let mut out = BufReader::new(served.child.stdout.take().unwrap());
    let mut text = String::new();
    for _ in 0..5 {
        out.read_line(&mut text).unwrap();
    }
    let pairs: Vec<(&str, &str)> =
        text.lines().map(|line| line.strip_prefix("export ").unwrap().split_once('=').unwrap()).collect();
    let names: Vec<_> = pairs.iter().map(|(name, _)| *name).collect();
    let wanted = ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "AWS_REGION"];
    assert_eq!(names, wanted);
    assert_eq!(fs::read_to_string(home.path("aws.env")).unwrap(), text.replace("export ", ""));
    let keys = Keys { id: pairs[1].1.into(), secret: pairs[2].1.into(), token: None, region: pairs[3].1.into() };
    (keys, pairs[0].1.strip_prefix("http://").unwrap().to_owned())
}

#[test]
fn what_a_store_in_memory_cannot_begin_with_is_told() {
    let home = Home::empty();
    home.write("bad.json", r#"{"a": "hunter2", "a": "x"}"#);
    let told = home.run(["dev", "--seed", "bad.json"]).refused(10, "InvalidRequest");
    assert!(told.contains("twice") && !told.contains("hunter2"), "{told}");
    home.run(["dev", "--seed", "none.json"]).refused(3, "NotFound");
    home.run(["dev", "--account", "12"]).refused(10, "InvalidRequest");
    home.run(["dev", "--listen", "192.0.2.1:0"]).refused(2, "Listen");
    home.run(["dev", "--env-file", "no/such/folder/env"]).refused(1, "Serve");
}
