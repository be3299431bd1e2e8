//! Goal: secrets of a real PostgreSQL server rotate by both strategies, and with users that take turns the current credentials are
//! accepted at every moment. Method: a server of this machine, started for the test; between it and the program a wire that
//! counts what passes, asks the server for the current credentials each time, and ends the program at any one of these points.
//!
//! Without a PostgreSQL on the machine the tests say so and pass, unless STRONGROOM_NEEDS_POSTGRESQL is set, as CI does.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod common;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use common::Home;
use postgres::{Client, NoTls};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};
use serde_json::{Value, json};
use tempfile::TempDir;

// --- the server -------------------------------------------------------------------------------------------------------------

/// A PostgreSQL server with nothing in it but its first user, `master`.
struct Server {
    folder: TempDir,
    programs: PathBuf,
    who: Option<(u32, u32)>,
    port: u16,
}

const MASTER_PASSWORD: &str = "master's own \\ password";

impl Server {
    /// `None` if there is none on this machine.
    fn start() -> Option<Self> {
        Self::start_with(None)
    }
    /// With a certificate and its key it speaks TLS, to whoever wants it.
    fn start_with(certified: Option<&(String, String)>) -> Option<Self> {
        let Some(programs) = programs() else {
            assert!(std::env::var_os("STRONGROOM_NEEDS_POSTGRESQL").is_none(), "there is no PostgreSQL server here");
            eprintln!("skipped: there is no PostgreSQL server on this machine");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        // The server refuses to run as root.
        let who = rustix::process::geteuid().is_root().then(somebody);
        let server = Self { folder, programs, who, port: free_port() };
        let words = server.path("password");
        std::fs::write(&words, MASTER_PASSWORD).unwrap();
        if let Some((user, group)) = who {
            chown(server.folder.path(), Some(user), Some(group)).unwrap();
            chown(&words, Some(user), Some(group)).unwrap();
        }
        let data = server.path("data");
        let words = format!("--pwfile={}", words.display());
        let data = data.to_str().unwrap();
        server.tool(
            "initdb",
            &["-D", data, "-U", "master", &words, "-A", "scram-sha-256", "-N", "-E", "UTF8", "--locale=C"],
        );
        let mut options = format!(
            "-k {} -p {} -c listen_addresses=127.0.0.1 -c fsync=off -c log_statement=all -c log_min_error_statement=debug5 \
             -c log_connections=on",
            server.folder.path().display(),
            server.port
        );
        if let Some((certificate, key)) = certified {
            for (name, text, option) in [("certificate", certificate, "ssl_cert_file"), ("key", key, "ssl_key_file")] {
                let path = server.path(name);
                std::fs::write(&path, text).unwrap();
                std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
                if let Some((user, group)) = server.who {
                    chown(&path, Some(user), Some(group)).unwrap();
                }
                options.extend([" -c ", option, "=", &path.display().to_string()]);
            }
            options += " -c ssl=on";
        }
        let log = server.path("log");
        server.tool("pg_ctl", &["-D", data, "-w", "-l", log.to_str().unwrap(), "-o", &options, "start"]);
        Some(server)
    }
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
    fn tool(&self, name: &str, arguments: &[&str]) {
        let mut command = Command::new(self.programs.join(name));
        command.args(arguments).current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        if let Some((user, group)) = self.who {
            command.uid(user).gid(group);
        }
        // What `pg_ctl` starts keeps standard error: a file, so that nobody waits for the end of it.
        let said = tempfile::NamedTempFile::new().unwrap();
        command.stderr(said.reopen().unwrap());
        let ended = command.status().unwrap();
        assert!(ended.success(), "{name}: {ended}\n{}", std::fs::read_to_string(said.path()).unwrap());
    }
    /// Logs in, or is refused.
    fn login(&self, user: &str, password: &str) -> Result<Client, postgres::Error> {
        let mut config = postgres::Config::new();
        config.host("127.0.0.1").port(self.port).user(user).password(password).dbname("postgres");
        config.connect(NoTls)
    }
    fn accepts(&self, secret: &Value) -> bool {
        self.login(text(secret, "username"), text(secret, "password")).is_ok()
    }
    fn master(&self) -> Client {
        self.login("master", MASTER_PASSWORD).unwrap()
    }
    fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.path("log")).unwrap()).into_owned()
    }
}
impl Server {
    /// Of each login of the program, in order: was it in TLS?
    fn logins_in_tls(&self) -> Vec<bool> {
        let log = self.log();
        let logins = log.lines().filter(|line| {
            line.contains("connection authorized") && line.contains("application_name=strongroom rotation")
        });
        logins.map(|line| line.contains("SSL enabled")).collect()
    }
}
impl Drop for Server {
    fn drop(&mut self) {
        let mut command = Command::new(self.programs.join("pg_ctl"));
        command.args(["-D", self.path("data").to_str().unwrap(), "-m", "immediate", "-w", "stop"]).current_dir("/");
        if let Some((user, group)) = self.who {
            command.uid(user).gid(group);
        }
        let _ = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

/// Somebody who signs certificates.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}
impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }
    /// A certificate for that name or address, and its key.
    fn certify(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }
}

/// The folder of `initdb` of the newest server.
fn programs() -> Option<PathBuf> {
    let in_path =
        std::env::var_os("PATH").into_iter().flat_map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let mut packaged: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .map(|version| version.unwrap().path().join("bin"))
        .collect();
    packaged.sort_by_key(|path| {
        let version = path.parent().and_then(Path::file_name).and_then(|name| name.to_str()?.parse::<u32>().ok());
        std::cmp::Reverse(version)
    });
    packaged.into_iter().chain(in_path).find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
}

/// User and group of somebody who is not root.
fn somebody() -> (u32, u32) {
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let of = |name: &str| {
        let line = users.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
        let mut fields = line.split(':').skip(1);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    of("postgres").or_else(|| of("nobody")).unwrap()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

// --- the wire ---------------------------------------------------------------------------------------------------------------

/// Between the program and the server. Whatever passes, in either direction, is a moment.
struct Wire {
    port: u16,
    moments: Arc<Moments>,
}

#[derive(Default)]
struct Moments {
    passed: AtomicUsize,
    watch: Mutex<Watch>,
}

#[derive(Default)]
struct Watch {
    /// Whom to end at which moment.
    kill: Option<(Pid, usize)>,
    /// What the server must accept at every moment.
    current: Option<(u16, Value)>,
    refused: Vec<usize>,
}

impl Wire {
    fn to(server: &Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let moments = Arc::new(Moments::default());
        let (to, shared) = (server.port, Arc::clone(&moments));
        thread::spawn(move || {
            for near in listener.incoming() {
                let (Ok(near), Ok(far)) = (near, TcpStream::connect(("127.0.0.1", to))) else { continue };
                for (from, to) in [(&near, &far), (&far, &near)] {
                    let (from, to, moments) = (from.try_clone().unwrap(), to.try_clone().unwrap(), Arc::clone(&shared));
                    thread::spawn(move || relay(from, to, &moments));
                }
            }
        });
        Self { port, moments }
    }
    /// From the first word of the process that begins now: count anew, hold the server to these credentials, and end the process
    /// at that moment.
    fn watch(&self, current: Option<(u16, Value)>, kill_at: Option<usize>, begin: impl FnOnce() -> Child) -> Child {
        let mut watch = self.moments.watch.lock().unwrap();
        let child = begin();
        let kill = kill_at.map(|at| (Pid::from_child(&child), at));
        *watch = Watch { kill, current, refused: Vec::new() };
        self.moments.passed.store(0, Ordering::SeqCst);
        child
    }
    fn passed(&self) -> usize {
        self.moments.passed.load(Ordering::SeqCst)
    }
    fn refused(&self) -> Vec<usize> {
        self.moments.watch.lock().unwrap().refused.clone()
    }
}

fn relay(mut from: TcpStream, mut to: TcpStream, moments: &Moments) {
    let mut buffer = vec![0; 65_536];
    loop {
        let count = from.read(&mut buffer).unwrap_or(0);
        if count == 0 || !moments.pass() || to.write_all(&buffer[..count]).is_err() {
            let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
            return;
        }
    }
}

impl Moments {
    /// False: it must not pass.
    fn pass(&self) -> bool {
        // One after the other: what is asked at one moment is asked before the next.
        let mut watch = self.watch.lock().unwrap();
        let number = self.passed.fetch_add(1, Ordering::SeqCst);
        if let Some((port, current)) = &watch.current
            && !is_accepted(*port, current)
        {
            watch.refused.push(number);
        }
        match watch.kill {
            Some((process, at)) if at <= number => {
                let _ = kill_process(process, Signal::KILL);
                false
            }
            _ => true,
        }
    }
}

fn is_accepted(port: u16, secret: &Value) -> bool {
    let mut config = postgres::Config::new();
    config.host("127.0.0.1").port(port).user(text(secret, "username")).password(text(secret, "password"));
    config.dbname("postgres").connect(NoTls).is_ok()
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap()
}

// --- the store --------------------------------------------------------------------------------------------------------------

const SINGLE: &str = "arn:aws:lambda:us-east-1:000000000000:function:single";
const TURNS: &str = "arn:aws:lambda:us-east-1:000000000000:function:turns";
const ROTATION_POLICY: &str = "arn:aws:iam::aws:policy/service-role/AWSSecretsManagerRotationFunctionRole";

/// A store with the functions of both strategies, and the master's secret, which the second may read.
fn store(wire: &Wire) -> Home {
    let home = Home::with_store();
    home.ok(["role", "create", "rotator", "--service", "lambda.amazonaws.com"]);
    home.ok(["policy", "attach", ROTATION_POLICY, "--role", "rotator"]);
    let functions = json!({
        SINGLE: {"kind": "postgresql", "role": "rotator", "strategy": "single-user"},
        TURNS: {"kind": "postgresql", "role": "rotator", "strategy": "alternating-users"},
    });
    let path = home.write("functions.json", functions.to_string());
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let master = secret(wire, "master", MASTER_PASSWORD);
    home.ok_with(master.to_string(), ["put", "db/master"]);
    home
}

fn let_read_the_master(home: &Home) {
    let allow = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:GetSecretValue",
        "Resource":"arn:aws:secretsmanager:*:*:secret:db/master-??????"}}"#;
    home.ok_with(allow, ["policy", "put", "--role", "rotator", "--name", "master"]);
}

/// Without TLS, which would double the moments at which something can end, and has tests of its own.
fn secret(wire: &Wire, user: &str, password: &str) -> Value {
    json!({"engine": "postgres", "host": "127.0.0.1", "port": wire.port, "username": user, "password": password,
        "dbname": "postgres", "note": "kept", "ssl": false})
}

fn current(home: &Home, name: &str) -> Value {
    serde_json::from_str(&home.ok(["get", name])).unwrap()
}
fn arn(home: &Home, name: &str) -> String {
    home.ok(["-q", "describe", name]).trim().to_owned()
}
/// Labels and how many versions have them.
fn labels(home: &Home, name: &str) -> Vec<String> {
    let told: Value = serde_json::from_str(&home.ok(["-o", "json", "describe", name])).unwrap();
    let mut labels: Vec<String> = told["VersionIdsToStages"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|labels| labels.as_array().unwrap())
        .map(|label| label.as_str().unwrap().to_owned())
        .collect();
    labels.sort();
    labels
}

/// Begins, or goes on; true if it came to its end in peace.
fn run(home: &Home, wire: &Wire, arguments: &[&str], kill_at: Option<usize>, held: Option<(u16, Value)>) -> bool {
    let mut command = home.command(arguments);
    command.env("STRONGROOM_FUNCTIONS", home.path("functions.json"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = wire.watch(held, kill_at, || command.spawn().unwrap());
    // Nobody is ended by a number that is somebody else's by then.
    waitid(WaitId::Pid(Pid::from_child(&child)), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT).unwrap();
    wire.moments.watch.lock().unwrap().kill = None;
    let ended = child.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success() || kill_at.is_some(), "{told}");
    ended.status.success()
}

// --- the tests --------------------------------------------------------------------------------------------------------------

#[test]
fn a_user_whose_password_changes_survives_an_end_at_every_moment() {
    let Some(server) = Server::start() else { return };
    let wire = Wire::to(&server);
    let home = store(&wire);
    server.master().batch_execute("CREATE ROLE app LOGIN PASSWORD 'first'").unwrap();
    home.ok_with(secret(&wire, "app", "first").to_string(), ["put", "db/app"]);
    let mut seen = vec!["first".to_owned()];
    for at in 0.. {
        let whole = run(&home, &wire, &["rotation", "set", "db/app", "--function", SINGLE], Some(at), None);
        if !whole {
            run(&home, &wire, &["rotation", "run-due"], None, None);
        }
        let now = current(&home, "db/app");
        assert!(server.accepts(&now), "moment {at}");
        assert_eq!((text(&now, "username"), text(&now, "note")), ("app", "kept"));
        assert_eq!(labels(&home, "db/app"), ["AWSCURRENT", "AWSPREVIOUS"], "moment {at}");
        assert!(!seen.contains(&text(&now, "password").to_owned()), "each rotation brings a new password");
        assert!(server.login("app", seen.last().unwrap()).is_err(), "the old password is over");
        seen.push(text(&now, "password").to_owned());
        if whole {
            assert!(at > 10, "{at} moments");
            break;
        }
    }
    let log = server.log();
    assert!(log.contains("ALTER ROLE \"app\" PASSWORD 'SCRAM-SHA-256$"), "{log}");
    assert!(seen[1..].iter().all(|password| !log.contains(password.as_str())), "a password is in the server's log");
}

#[test]
fn users_that_take_turns_are_accepted_at_every_moment_whatever_ends() {
    let Some(server) = Server::start() else { return };
    let wire = Wire::to(&server);
    let home = store(&wire);
    let_read_the_master(&home);
    server
        .master()
        .batch_execute(
            "CREATE ROLE readers; CREATE TABLE orders (id int); GRANT SELECT ON orders TO readers;
             CREATE ROLE app LOGIN PASSWORD 'first'; GRANT readers TO app; CREATE TABLE notes (id int);
             GRANT INSERT ON notes TO app",
        )
        .unwrap();
    let mut first = secret(&wire, "app", "first");
    first["masterarn"] = arn(&home, "db/master").into();
    home.ok_with(first.to_string(), ["put", "db/app"]);
    let mut seen = vec!["first".to_owned()];
    for at in 0.. {
        let before = current(&home, "db/app");
        let held = Some((server.port, before.clone()));
        let whole = run(&home, &wire, &["rotation", "set", "db/app", "--function", TURNS], Some(at), held.clone());
        assert_eq!(wire.refused(), [0; 0], "moment {at}: the current credentials were refused");
        if !whole {
            let between = current(&home, "db/app");
            assert!(server.accepts(&between), "moment {at}");
            run(&home, &wire, &["rotation", "run-due"], None, held);
            assert_eq!(wire.refused(), [0; 0], "moment {at}, going on: the current credentials were refused");
        }
        let now = current(&home, "db/app");
        let turn = if text(&before, "username") == "app" { "app_clone" } else { "app" };
        assert_eq!((text(&now, "username"), text(&now, "note")), (turn, "kept"), "moment {at}");
        assert_eq!(labels(&home, "db/app"), ["AWSCURRENT", "AWSPREVIOUS"], "moment {at}");
        assert!(!seen.contains(&text(&now, "password").to_owned()), "each rotation brings a new password");
        seen.push(text(&now, "password").to_owned());
        // Both are good until the next turn, and may the same.
        assert!(server.accepts(&before), "moment {at}: those before are good for one more turn");
        let mut client = server.login(turn, text(&now, "password")).unwrap();
        client.batch_execute("SELECT * FROM orders; INSERT INTO notes VALUES (1)").unwrap();
        if whole {
            assert!(at > 20 && wire.passed() > 20, "{at} moments");
            break;
        }
    }
    let log = server.log();
    assert!(seen[1..].iter().all(|password| !log.contains(password.as_str())), "a password is in the server's log");
    assert!(!log.contains(MASTER_PASSWORD));
}

#[test]
fn names_are_quoted_and_say_nothing_to_the_server() {
    let Some(server) = Server::start() else { return };
    let wire = Wire::to(&server);
    let home = store(&wire);
    let_read_the_master(&home);
    let name = "a\"b'; DROP TABLE orders; --\\";
    server
        .master()
        .batch_execute(
            "CREATE TABLE orders (id int); CREATE ROLE \"a\"\"b'; DROP TABLE orders; --\\\" LOGIN PASSWORD 'first'",
        )
        .unwrap();
    let mut first = secret(&wire, name, "first");
    first["masterarn"] = arn(&home, "db/master").into();
    home.ok_with(first.to_string(), ["put", "db/app"]);
    for function in [SINGLE, TURNS, TURNS] {
        run(&home, &wire, &["rotation", "set", "db/app", "--function", function], None, None);
        assert!(server.accepts(&current(&home, "db/app")), "{function}");
    }
    assert_eq!(text(&current(&home, "db/app"), "username"), name);
    server.master().batch_execute("SELECT * FROM orders").unwrap();
}

#[test]
fn what_is_not_right_fails_by_its_name_and_changes_nothing() {
    let Some(server) = Server::start() else { return };
    let wire = Wire::to(&server);
    let home = store(&wire);
    server
        .master()
        .batch_execute("CREATE ROLE app LOGIN PASSWORD 'first'; CREATE ROLE other LOGIN PASSWORD 'first'")
        .unwrap();
    let master = arn(&home, "db/master");
    let fails = |name: &str, function: &str, secret: &Value| -> String {
        home.ok_with(secret.to_string(), ["put", name]);
        let mut command = home.command(["rotation", "set", name, "--function", function]);
        command.env("STRONGROOM_FUNCTIONS", home.path("functions.json"));
        let ran = common::Ran::of(command, b"");
        let told = home.ok(["rotation", "status", name]);
        assert_eq!(current(&home, name), *secret, "{}", ran.err());
        assert!(ran.err().contains("rotation"), "{}", ran.err());
        for word in ["first", MASTER_PASSWORD] {
            assert!(!told.contains(word) && !ran.err().contains(word), "{told}{}", ran.err());
        }
        told
    };
    let with = |user: &str, password: &str, more: Value| {
        let mut secret = secret(&wire, user, password);
        secret.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        secret
    };
    let told = fails("a", SINGLE, &with("app", "wrong", json!({})));
    assert!(told.contains("neither the pending nor the current"), "{told}");
    let told = fails("b", SINGLE, &with("app", "first", json!({"ssl": true})));
    assert!(told.contains("TLS"), "{told}");
    let told = fails("c", SINGLE, &with("app", "first", json!({"engine": "mysql"})));
    assert!(told.contains("engine"), "{told}");
    let told = fails("d", SINGLE, &with("app", "first", json!({"port": free_port()})));
    assert!(told.contains("the server: "), "{told}");
    let told = fails("e", TURNS, &with("app", "first", json!({})));
    assert!(told.contains("masterarn"), "{told}");
    // The master's secret is another secret: this function may not read it unless somebody says so.
    let told = fails("f", TURNS, &with("app", "first", json!({"masterarn": master})));
    assert!(told.contains("not authorized to perform: secretsmanager:GetSecretValue"), "{told}");
    let_read_the_master(&home);
    // Whoever can write the secret, and does not know a password, reaches nobody by the master's hands.
    let told = fails("g", TURNS, &with("app", "wrong", json!({"masterarn": master})));
    assert!(told.contains("does not accept the current credentials"), "{told}");
    assert!(server.login("app", "first").is_ok() && server.login("other", "first").is_ok());
    assert!(server.master().query("SELECT 1 FROM pg_roles WHERE rolname LIKE '%clone'", &[]).unwrap().is_empty());
}

/// The functions file: a function that changes the password of one user, with these certificates or those of the machine.
fn trusting(home: &Home, ca: Option<&str>) {
    let mut function = json!({"kind": "postgresql", "role": "rotator", "strategy": "single-user"});
    if let Some(text) = ca {
        function["ca_file"] = home.write("ca.pem", text).to_str().unwrap().into();
    }
    let mut turns = function.clone();
    turns["strategy"] = "alternating-users".into();
    home.write("functions.json", json!({SINGLE: function, TURNS: turns}).to_string());
}

/// Rotates a secret with this `ssl`; how it ended.
fn rotated(home: &Home, wire: &Wire, name: &str, ssl: &Value) -> Result<(), String> {
    let mut value = secret(wire, "app", "first");
    match ssl {
        Value::Null => drop(value.as_object_mut().unwrap().remove("ssl")),
        said => value["ssl"] = said.clone(),
    }
    home.ok_with(value.to_string(), ["put", name]);
    let mut command = home.command(["rotation", "set", name, "--function", SINGLE]);
    command.env("STRONGROOM_FUNCTIONS", home.path("functions.json"));
    common::Ran::of(command, b"");
    if current(home, name) == value { Err(home.ok(["rotation", "status", name])) } else { Ok(()) }
}

#[test]
fn in_tls_with_a_server_whose_certificate_is_good_and_with_no_other() {
    let (own, other) = (Authority::new(), Authority::new());
    let Some(server) = Server::start_with(Some(&own.certify("127.0.0.1"))) else { return };
    let wire = Wire::to(&server);
    let home = store(&wire);
    let reset = || server.master().batch_execute("ALTER ROLE app PASSWORD 'first'").unwrap();
    server.master().batch_execute("CREATE ROLE app LOGIN PASSWORD 'first'").unwrap();
    trusting(&home, Some(&own.pem));
    rotated(&home, &wire, "good", &json!(true)).unwrap();
    let logins = server.logins_in_tls();
    assert!(logins.len() == 2 && logins.iter().all(|in_tls| *in_tls), "{logins:?}");
    assert!(server.accepts(&current(&home, "good")));
    // Certificates of somebody else, of nobody, and a file that is none: nothing is said to the server.
    reset();
    for (name, ca, told) in [
        ("other", Some(other.pem.as_str()), "certificate"),
        ("machine", None, "certificate"),
        ("empty", Some(""), "`ca_file`"),
        ("garbage", Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "`ca_file`"),
    ] {
        trusting(&home, ca);
        let why = rotated(&home, &wire, name, &json!(true)).unwrap_err();
        assert!(why.contains(told) && !why.contains("first"), "{name}: {why}");
    }
    assert_eq!(server.logins_in_tls(), logins);
    // With users that take turns, the master's secret says for itself.
    let_read_the_master(&home);
    trusting(&home, Some(&own.pem));
    let mut master = secret(&wire, "master", MASTER_PASSWORD);
    master["ssl"] = true.into();
    home.ok_with(master.to_string(), ["put", "db/master"]);
    let mut first = secret(&wire, "app", "first");
    (first["ssl"], first["masterarn"]) = (true.into(), arn(&home, "db/master").into());
    home.ok_with(first.to_string(), ["put", "turns"]);
    run(&home, &wire, &["rotation", "set", "turns", "--function", TURNS], None, None);
    assert_eq!(text(&current(&home, "turns"), "username"), "app_clone");
    let all = server.logins_in_tls();
    assert!(all.len() > logins.len() && all.iter().all(|in_tls| *in_tls), "{all:?}");
}

#[test]
fn a_good_certificate_for_another_name_is_not_good() {
    let own = Authority::new();
    let Some(server) = Server::start_with(Some(&own.certify("db.example"))) else { return };
    let wire = Wire::to(&server);
    let home = store(&wire);
    server.master().batch_execute("CREATE ROLE app LOGIN PASSWORD 'first'").unwrap();
    trusting(&home, Some(&own.pem));
    let why = rotated(&home, &wire, "a", &json!("true")).unwrap_err();
    assert!(why.contains("certificate") && why.contains("name"), "{why}");
    assert!(server.logins_in_tls().is_empty());
}

#[test]
fn a_secret_that_says_nothing_of_tls_has_it_on_this_machine_if_it_can_be() {
    let own = Authority::new();
    let Some(server) = Server::start_with(Some(&own.certify("127.0.0.1"))) else { return };
    let wire = Wire::to(&server);
    let home = store(&wire);
    let reset = || server.master().batch_execute("ALTER ROLE app PASSWORD 'first'").unwrap();
    server.master().batch_execute("CREATE ROLE app LOGIN PASSWORD 'first'").unwrap();
    for (name, ca, ssl, in_tls) in [
        ("unsaid", Some(own.pem.as_str()), Value::Null, true),
        // Nobody sits between: what cannot be believed is spoken to all the same.
        ("unknown", None, Value::Null, false),
        ("unwanted", Some(own.pem.as_str()), json!(false), false),
    ] {
        reset();
        let before = server.logins_in_tls().len();
        trusting(&home, ca);
        rotated(&home, &wire, name, &ssl).unwrap();
        let logins = server.logins_in_tls().split_off(before);
        assert!(logins.len() == 2 && logins.iter().all(|login| *login == in_tls), "{name}: {logins:?}");
    }
}
