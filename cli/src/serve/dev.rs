//! `strongroom dev`: a store in memory on the AWS wire, for tests and local work. Signatures and policies count as in earnest.

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use strongroom::audit::ReadAudit;
use strongroom::operation::iam::{AttachRolePolicy, AttachUserPolicy, CreateAccessKey, CreateRole, CreateUser};
use strongroom::{GenerateSecret, SecretText, Strongroom, Unlock};
use strongroom_server::{DueBell, Endpoint, Health, Limits, Metrics, Router, Server};

use super::host::Attendant;
use super::{LogLevel, listeners, seed, serve};
use crate::failure::{Done, Failure};
use crate::private_file;
use crate::role::of_service;
use crate::rotation::FunctionArgs;
use crate::run::Run;

pub const EXAMPLES: &str = "\
Examples:
  strongroom dev --listen 127.0.0.1:8200 --env-file .env.aws --seed secrets.json
  docker run --network host --env-file .env.aws app

The seed is an object of values by name, {\"prod/db\": {\"user\": \"app\", \"password\": \"x\"}, \"api-key\": \"abc\"}, or a list
of requests of CreateSecret, [{\"Name\": \"prod/db\", \"SecretString\": \"x\", \"Tags\": []}]. Secrets rotate by the function
arn:aws:lambda:REGION:ACCOUNT:function:strongroom-generate. Everything is gone when it ends.";

#[derive(Args, Debug)]
pub struct Dev {
    /// Listen on this address of the machine; port 0 is any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Twelve digits in the ARNs of everything in the store
    #[arg(long, default_value = "000000000000")]
    account: String,
    /// Write the variables to this file as well, mode 0600, as NAME=value
    #[arg(long, value_name = "PATH")]
    env_file: Option<PathBuf>,
    /// Secrets to begin with: JSON, see below
    #[arg(long, value_name = "PATH")]
    seed: Option<PathBuf>,
    #[command(flatten)]
    functions: FunctionArgs,
    /// What is told on standard error
    #[arg(long, value_enum, default_value_t = LogLevel::Warning)]
    log: LogLevel,
}

impl Dev {
    pub fn run(self, run: &Run) -> Done {
        let log = self.log.log();
        let functions = self.functions.read()?;
        let secrets = self.seed.as_deref().map(seed::read).transpose()?;
        let socket = listeners::tcp(self.listen)?;
        let region = run.settings.region.as_ref().map_or("us-east-1", |region| region.value.as_str());
        // There is no disk that could keep a record.
        let reads = run.settings.audit.unwrap_or(ReadAudit::Available);
        let builder = Strongroom::builder().account(&self.account).region(region).read_audit(reads);
        // A raw key needs no hardening: there is no file that anybody could guess at.
        let room = Arc::new(builder.create_in_memory(Unlock::RootKey(private_file::random()?))?);
        let (id, secret) = administrator(&room)?;
        generating(&room)?;
        let registered = functions.register(&room)?;
        if let Some(secrets) = secrets {
            seed::sow(&room.root(), secrets)?;
        }
        let variables = Variables { endpoint: socket.address(), id, secret, region: region.to_owned() };
        let metrics = Arc::new(Metrics::default());
        let (bell, ring) = DueBell::new();
        let router = Router::new(Arc::new(Endpoint::new(room.door()))).at("/health", Arc::new(Health));
        let server = Server::new(Limits::default(), Arc::clone(&metrics), log.clone())
            .telling_due(ring)
            .listen(socket, Arc::new(router));
        let env_file = self.env_file;
        let host = Attendant::new(room, metrics, log.clone()).with_functions(self.functions, registered).once_ready(
            move || {
                if let Some(path) = &env_file {
                    variables.write_to(path)?;
                }
                let mut out = io::stdout().lock();
                out.write_all(variables.lines("export ").expose().as_bytes()).and_then(|()| out.flush())
            },
        );
        serve(server, host, bell, &log)
    }
}

/// What AWS's SDKs and command line read from the environment.
struct Variables {
    endpoint: String,
    id: String,
    secret: SecretText,
    region: String,
}

impl Variables {
    /// None of the values has a character that a shell, or a reader of such files, takes for something else.
    fn lines(&self, before: &str) -> SecretText {
        let pairs = [
            ("AWS_ENDPOINT_URL", self.endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", &self.id),
            ("AWS_SECRET_ACCESS_KEY", self.secret.expose()),
            ("AWS_DEFAULT_REGION", &self.region),
            ("AWS_REGION", &self.region),
        ];
        SecretText::from(pairs.map(|(name, value)| format!("{before}{name}={value}\n")).concat())
    }
    /// Whole, or not at all: who waits for the file finds it complete.
    fn write_to(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        // Made with mode 0600.
        let mut file = tempfile::Builder::new().prefix(".strongroom-").tempfile_in(folder)?;
        file.write_all(self.lines("").expose().as_bytes())?;
        file.persist(path)?;
        Ok(())
    }
}

/// A user who may do everything, and his access key.
fn administrator(room: &Strongroom) -> Result<(String, SecretText), Failure> {
    const NAME: &str = "admin";
    let root = room.root();
    root.iam().create_user(CreateUser::new(NAME))?;
    root.iam().attach_user_policy(AttachUserPolicy::new(NAME, "arn:aws:iam::aws:policy/AdministratorAccess"))?;
    let key = root.iam().create_access_key(CreateAccessKey::new().user_name(NAME))?.access_key;
    Ok((key.access_key_id.to_string(), key.secret_access_key))
}

/// The function that makes new random values, and the role that it acts as.
fn generating(room: &Strongroom) -> Done {
    const NAME: &str = "strongroom-generate";
    let root = room.root();
    root.iam().create_role(CreateRole::new(NAME, of_service("lambda.amazonaws.com")?))?;
    let policy = "arn:aws:iam::aws:policy/service-role/AWSSecretsManagerRotationFunctionRole";
    root.iam().attach_role_policy(AttachRolePolicy::new(NAME, policy))?;
    let arn = format!("arn:aws:lambda:{}:{}:function:{NAME}", room.region(), room.account());
    Ok(room.register_rotation_function(&arn, NAME, GenerateSecret::new())?)
}
