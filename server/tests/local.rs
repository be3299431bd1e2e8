//! Goal: programs that do not sign get what AWS's agent and a machine's role give them, and nobody else does. Method: a store,
//! its endpoints on one server, requests with and without the token.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod raw;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;

use raw::{Running, answer};
use serde_json::Value;
use strongroom::operation::iam::{CreateRole, CreateUser, PutRolePolicy, PutUserPolicy};
use strongroom::operation::secretsmanager::{CreateSecret, PutSecretValue};
use strongroom::operation::sts::AssumeRole;
use strongroom::{ErrorKind, Principal, Strongroom, Unlock};
use strongroom_server::{
    Agent, Handler, Limits, MachineCredentials, Metrics, MetricsPage, Nothing, Router, Token, TokenError, Vouch,
};

const READS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"secretsmanager:GetSecretValue",
    "Resource":"arn:aws:secretsmanager:us-east-1:000000000000:secret:app/*"}]}"#;
const ROLE: &str = "arn:aws:iam::000000000000:role/machine";

fn trusting(service: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"{service}"}},"Action":"sts:AssumeRole"}}]}}"#
    )
}

/// A store with a user and a machine's role who may read `app/*`.
fn store() -> Arc<Strongroom> {
    let room = Strongroom::builder().create_in_memory(Unlock::root_key([7; 32].as_slice())).unwrap();
    let root = room.root();
    root.iam().create_user(CreateUser::new("app")).unwrap();
    root.iam().put_user_policy(PutUserPolicy::new("app", "reads", READS)).unwrap();
    root.iam().create_role(CreateRole::new("machine", trusting("ec2.amazonaws.com"))).unwrap();
    root.iam().put_role_policy(PutRolePolicy::new("machine", "reads", READS)).unwrap();
    root.create_secret(CreateSecret::text("app/db", "first")).unwrap();
    root.put_secret_value(PutSecretValue::text("app/db", "hunter2")).unwrap();
    root.create_secret(CreateSecret::text("other", "not for the app")).unwrap();
    Arc::new(room)
}
fn vouching(room: &Arc<Strongroom>, principal: Principal) -> Vouch {
    let room = Arc::clone(room);
    Box::new(move |circumstances| room.session_under(principal.clone(), circumstances))
}

/// Both endpoints with one token.
struct Served {
    running: Running,
    folder: tempfile::TempDir,
    token: Arc<Token>,
    room: Arc<Strongroom>,
}

impl Served {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let token = Arc::new(Token::in_file(&folder.path().join("token")).unwrap());
        let room = store();
        let agent: Arc<dyn Handler> = Arc::new(Agent::new(Arc::clone(&token), vouching(&room, Principal::user("app"))));
        let service = vouching(&room, Principal::service("ec2.amazonaws.com"));
        let machine = MachineCredentials::new(Arc::clone(&token), service, ROLE, "i-0abc");
        let mut router = Router::new(Arc::new(Nothing)).at(MachineCredentials::PATH, Arc::new(machine));
        for path in Agent::PATHS {
            router = router.at(path, Arc::clone(&agent));
        }
        let running = Running::with(Limits::default(), Arc::new(router));
        Self { running, folder, token, room }
    }
    fn path(&self) -> PathBuf {
        self.folder.path().join("token")
    }
    fn secret(&self) -> String {
        fs::read_to_string(self.path()).unwrap()
    }
    fn ask(&self, method: &str, target: &str, headers: &[(&str, &str)]) -> (u16, String) {
        let mut stream = self.running.connect();
        let fields = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<Vec<_>>().concat();
        let host = self.running.socket();
        let head = format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        answer(&mut stream)
    }
    fn get(&self, target: &str) -> (u16, Value) {
        let secret = self.secret();
        let (status, body) = self.ask("GET", target, &[("X-Aws-Parameters-Secrets-Token", &secret)]);
        (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
    }
}

#[test]
fn the_agents_endpoint_reads_with_its_principals_rights() {
    let served = Served::new();
    let (status, value) = served.get("/secretsmanager/get?secretId=app/db");
    assert_eq!((status, &value["SecretString"]), (200, &Value::from("hunter2")));
    assert_eq!((&value["Name"], &value["VersionStages"][0]), (&Value::from("app/db"), &Value::from("AWSCURRENT")));
    let (_, previous) = served.get("/secretsmanager/get?secretId=app%2Fdb&versionStage=AWSPREVIOUS&refreshNow=true");
    assert_eq!(previous["SecretString"], "first");
    let version = previous["VersionId"].as_str().unwrap();
    assert_eq!(served.get(&format!("/v1/app/db?versionId={version}")).1["SecretString"], "first");
    let vault = served.ask("GET", "/v1/app/db", &[("X-Vault-Token", &served.secret())]);
    assert!(vault.1.contains("hunter2"), "{}", vault.1);
    // What the principal may not is refused as on the wire, and at once when its rights change.
    let (status, refused) = served.get("/secretsmanager/get?secretId=other");
    assert_eq!((status, &refused["__type"]), (400, &Value::from("AccessDeniedException")));
    assert!(refused["Message"].as_str().unwrap().contains("user/app"), "{refused}");
    assert_eq!(served.get("/secretsmanager/get?secretId=app/none").1["__type"], "ResourceNotFoundException");
    served
        .room
        .root()
        .iam()
        .delete_user_policy(strongroom::operation::iam::DeleteUserPolicy::new("app", "reads"))
        .unwrap();
    assert_eq!(served.get("/secretsmanager/get?secretId=app/db").1["__type"], "AccessDeniedException");
}

#[test]
fn nobody_is_answered_without_the_token_or_through_a_proxy() {
    let served = Served::new();
    let secret = served.secret();
    let wrong = "x".repeat(secret.len());
    let token = "X-Aws-Parameters-Secrets-Token";
    for (target, good) in [("/secretsmanager/get?secretId=app/db", token), ("/credentials", "Authorization")] {
        let cases: [(&[(&str, &str)], u16); 5] = [
            (&[], 403),
            (&[(good, "")], 403),
            (&[(good, &wrong)], 403),
            (&[(good, &secret[..secret.len() - 1])], 403),
            (&[(good, &secret), ("X-Forwarded-For", "10.0.0.1")], 400),
        ];
        for (headers, status) in cases {
            let told = served.ask("GET", target, headers);
            assert_eq!(told.0, status, "{headers:?}: {}", told.1);
            assert!(!told.1.contains("hunter2") && !told.1.contains(&secret), "{}", told.1);
        }
        assert_eq!(served.ask("POST", target, &[(good, &secret)]).0, 405);
        assert_eq!(served.ask("GET", target, &[(good, &secret)]).0, 200);
    }
    // A new token takes the old one's place when it is read.
    fs::write(served.path(), "a-new-token-of-ours\n").unwrap();
    assert_eq!(served.ask("GET", "/credentials", &[("Authorization", &secret)]).0, 200);
    served.token.reload().unwrap();
    assert_eq!(served.ask("GET", "/credentials", &[("Authorization", &secret)]).0, 403);
    assert_eq!(served.ask("GET", "/credentials", &[("Authorization", "a-new-token-of-ours")]).0, 200);
    fs::write(served.path(), "short").unwrap();
    assert!(matches!(served.token.reload(), Err(TokenError::Content(_))));
    assert_eq!(served.ask("GET", "/credentials", &[("Authorization", "a-new-token-of-ours")]).0, 200);
}

#[test]
fn a_machine_gets_its_roles_credentials_and_they_end_with_the_trust() {
    let served = Served::new();
    let secret = served.secret();
    let ask = || served.ask("GET", "/credentials", &[("Authorization", &secret)]);
    let (status, body) = ask();
    assert_eq!(status, 200, "{body}");
    let told: Value = serde_json::from_str(&body).unwrap();
    let members: Vec<&String> = told.as_object().unwrap().keys().collect();
    assert_eq!(members, ["AccessKeyId", "Expiration", "RoleArn", "SecretAccessKey", "Token"]);
    assert_eq!(told["RoleArn"], ROLE);
    assert!(told["AccessKeyId"].as_str().unwrap().starts_with("ASIA"));
    assert_eq!(told["SecretAccessKey"].as_str().unwrap().len(), 40);
    let expiration = told["Expiration"].as_str().unwrap();
    assert!(strongroom::clock::Timestamp::from_iso_8601(expiration).is_some(), "{expiration}");
    // Another service is not trusted with it.
    let trust = strongroom::operation::iam::UpdateAssumeRolePolicy::new("machine", trusting("ecs-tasks.amazonaws.com"));
    served.room.root().iam().update_assume_role_policy(trust).unwrap();
    let (status, body) = ask();
    assert_eq!(status, 403, "{body}");
    assert!(body.contains("AccessDenied") && !body.contains("SecretAccessKey"), "{body}");
}

#[test]
fn a_service_is_a_principal_without_rights_of_its_own() {
    let room = store();
    let service = room.session(Principal::service("ec2.amazonaws.com")).unwrap();
    assert_eq!(service.principal_arn(), "ec2.amazonaws.com");
    assert!(service.get_secret_value("app/db").unwrap_err().is_access_denied());
    assert!(service.iam().create_user(CreateUser::new("mine")).unwrap_err().is_access_denied());
    let assumed = service.assume_role(AssumeRole::new(ROLE, "i-0abc")).unwrap();
    assert_eq!(assumed.get_secret_value("app/db").unwrap().value(), b"hunter2");
    for name in ["ec2", "EC2.amazonaws.com", "ec2..com", "arn:aws:iam::1:root", "a b.com", ""] {
        let refused = room.session(Principal::service(name)).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidRequest, "{name}");
    }
}

#[test]
fn a_token_file_is_made_private_and_an_open_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let made = Token::in_file(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.len(), 43, "256 bits, and no line end");
    assert!(!format!("{made:?}").contains(&text));
    Token::in_file(&path).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), text, "one that is there is kept");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(Token::in_file(&path), Err(TokenError::NotPrivate(_))));
    std::os::unix::fs::symlink(&path, folder.path().join("link")).unwrap();
    assert!(Token::in_file(&folder.path().join("link")).is_err());
    fs::write(folder.path().join("short"), "short").unwrap();
    fs::set_permissions(folder.path().join("short"), fs::Permissions::from_mode(0o600)).unwrap();
    assert!(matches!(Token::in_file(&folder.path().join("short")), Err(TokenError::Content(_))));
}

#[test]
fn metrics_tell_counts_and_sizes_and_no_content() {
    let room = store();
    let metrics = Arc::new(Metrics::default());
    metrics.due(Some(&room.run_due().unwrap()));
    metrics.due(None);
    let store = Arc::clone(&room);
    let page = MetricsPage::new(Arc::clone(&metrics), move || store.status().ok());
    let running = Running::with(Limits::default(), Arc::new(page));
    let (status, text) = raw::get(&mut running.connect(), &running.socket().to_string(), "/metrics");
    assert_eq!(status, 200);
    for row in ["strongroom_due_runs_total 2", "strongroom_due_failures_total 1", "strongroom_store_rows{table="] {
        assert!(text.lines().any(|line| line.starts_with(row)), "{row} in\n{text}");
    }
    let sequence = room.status().unwrap().sequence;
    assert!(text.contains(&format!("\nstrongroom_store_sequence {sequence}\n")), "{text}");
    assert!(!text.contains("hunter2") && !text.contains("app/db"));
}
