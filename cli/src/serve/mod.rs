//! `strongroom serve` and `strongroom dev`: the store on the AWS wire.

pub mod admin;
pub mod dev;
mod host;
mod listeners;
mod seed;

use std::path::PathBuf;
use std::sync::Arc;

use clap::{Args, ValueEnum};
use strongroom::{Principal, Strongroom};
use strongroom_server::{
    Agent, DueBell, Endpoint, Handler, Health, Level, Limits, Log, MachineCredentials, Metrics, MetricsPage, Nothing,
    Router, Server, Token, Vouch,
};

use self::admin::Admin;
use self::host::Attendant;
use self::listeners::Listeners;
use crate::failure::{Done, Exit, Failure};
use crate::rotation::FunctionArgs;
use crate::run::Run;
use crate::terminal::note;

pub const EXAMPLES: &str = "\
Examples:
  strongroom serve                                   # http://127.0.0.1:8200
  strongroom serve --unix /run/strongroom/api.sock --metrics /run/strongroom/metrics.sock
  AWS_ENDPOINT_URL=http://127.0.0.1:8200 aws secretsmanager get-secret-value --secret-id prod/db

Requests are signed with access keys of this store (`strongroom access-key create`). SIGTERM and SIGINT end it once
requests under way are answered; SIGHUP reads TLS certificate, tokens and rotation functions anew. Everything else, the
sockets and the log's level among it, stays as it was given.";

#[derive(Args, Debug)]
pub struct Serve {
    #[command(flatten)]
    listeners: Listeners,
    /// Serve counts in Prometheus's form, and /health, on a unix socket of their own
    #[arg(long, value_name = "PATH")]
    metrics: Option<PathBuf>,
    /// Take `strongroom lock` and `unlock` on a unix socket of their own, for root and our own user [default path: the store's
    /// and .admin]
    #[arg(long, value_name = "PATH", num_args = 0..=1)]
    #[expect(clippy::option_option, reason = "not asked for, asked for, and where")]
    admin: Option<Option<PathBuf>>,
    #[command(flatten)]
    local: Local,
    #[command(flatten)]
    functions: FunctionArgs,
    /// Connections at once; one more takes the place of one that waits
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..))]
    connections: u16,
    /// What is told on standard error
    #[arg(long, value_enum, default_value_t = LogLevel::Info)]
    log: LogLevel,
}

/// Endpoints for programs that do not sign.
#[derive(Args, Debug)]
#[command(next_help_heading = "Local endpoints")]
struct Local {
    /// Answer GET /secretsmanager/get as AWS's Secrets Manager agent does, with this principal's rights
    #[arg(long, value_name = "PRINCIPAL", requires = "agent_token")]
    agent_as: Option<String>,
    /// The file with the token that its callers send, made if it is not there
    #[arg(long, value_name = "PATH", requires = "agent_as")]
    agent_token: Option<PathBuf>,
    /// Answer GET /credentials with temporary credentials of this role, by name or ARN, as a machine gets them
    #[arg(long, value_name = "ROLE", requires = "machine_token")]
    machine_role: Option<String>,
    /// The file with the token that its callers send, made if it is not there
    #[arg(long, value_name = "PATH", requires = "machine_role")]
    machine_token: Option<PathBuf>,
    /// The service that assumes the role: its trust policy must name it
    #[arg(long, value_name = "SERVICE", default_value = "ec2.amazonaws.com", requires = "machine_role")]
    machine_service: String,
}

/// How much is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum LogLevel {
    /// What was not done and should have been
    Error,
    /// And what to look after
    Warning,
    /// And what the server does by itself
    Info,
    /// And every request: its service, operation, status and time
    Debug,
}

impl LogLevel {
    fn log(self) -> Log {
        let most = match self {
            Self::Error => Level::Error,
            Self::Warning => Level::Warning,
            Self::Info => Level::Info,
            Self::Debug => Level::Debug,
        };
        Log::new(most, |level, line| {
            let word = match level {
                Level::Error => "error",
                Level::Warning => "warning",
                Level::Info => "info",
                Level::Debug => "debug",
            };
            note(&format!("{word}: {}", crate::flat::harmless(line)));
        })
    }
}

impl Serve {
    pub fn run(self, run: &Run) -> Done {
        run.must_exist()?;
        let log = self.log.log();
        // Everything that can be refused is refused before anybody types a passphrase.
        let functions = self.functions.read()?;
        let mut sockets = self.listeners.open()?;
        let metrics_socket = match &self.metrics {
            Some(path) => Some(listeners::unix(path)?),
            None => None,
        };
        let admin_socket = match &self.admin {
            Some(path) => {
                let beside = || admin::socket_of(&run.settings.store.value);
                Some(listeners::unix(&path.clone().unwrap_or_else(beside))?)
            }
            None => None,
        };
        let tokens = self.local.tokens()?;
        let room = Arc::new(run.open()?);
        let registered = functions.register(&room)?;
        let wire: Arc<dyn Handler> = Arc::new(Endpoint::new(room.door()));
        let mut router = Router::new(wire).at("/health", Arc::new(Health));
        router = self.local.routes(router, &room, &tokens)?;
        let metrics = Arc::new(Metrics::default());
        let (bell, ring) = DueBell::new();
        let limits = Limits { connections: self.connections.into(), ..Limits::default() };
        let mut server = Server::new(limits, Arc::clone(&metrics), log.clone()).telling_due(ring);
        let router: Arc<dyn Handler> = Arc::new(router);
        for socket in sockets.take() {
            server = server.listen(socket, Arc::clone(&router));
        }
        if let Some(socket) = metrics_socket {
            let store = Arc::clone(&room);
            let page = MetricsPage::new(Arc::clone(&metrics), move || store.status().ok());
            let router = Router::new(Arc::new(Nothing)).at("/metrics", Arc::new(page)).at("/health", Arc::new(Health));
            server = server.listen(socket, Arc::new(router));
        }
        if let Some(socket) = admin_socket {
            server = server.listen(socket, Arc::new(Admin::new(Arc::clone(&room), log.clone())));
        }
        let addresses = server.addresses();
        let told = log.clone();
        let host = Attendant::new(room, metrics, log.clone())
            .with_tokens(tokens.into_iter().flatten())
            .with_functions(self.functions, registered)
            .with_tls(&sockets)
            .once_ready(move || {
                for address in &addresses {
                    told.tell(Level::Info, format_args!("listening on {address}"));
                }
                Ok(())
            });
        serve(server, host, bell, &log)
    }
}

fn serve(server: Server, host: Attendant, bell: DueBell, log: &Log) -> Done {
    strongroom_server::run(server, host, bell, log)
        .map_err(|cause| Failure::new(Exit::Other, "Serve", format!("serving failed: {cause}")))
}

impl Local {
    /// Of the agent, and of the machine.
    fn tokens(&self) -> Result<[Option<Arc<Token>>; 2], Failure> {
        let read = |path: &Option<PathBuf>| match path {
            None => Ok(None),
            Some(path) => match Token::in_file(path) {
                Ok(token) => Ok(Some(Arc::new(token))),
                Err(why) => Err(Failure::new(Exit::Usage, "Token", why.to_string())),
            },
        };
        Ok([read(&self.agent_token)?, read(&self.machine_token)?])
    }
    fn routes(
        &self,
        mut router: Router,
        room: &Arc<Strongroom>,
        [agent, machine]: &[Option<Arc<Token>>; 2],
    ) -> Result<Router, Failure> {
        if let (Some(principal), Some(token)) = (&self.agent_as, agent) {
            let vouch = vouching(room, Principal::from(principal.as_str()))?;
            let agent = Arc::new(Agent::new(Arc::clone(token), vouch));
            for path in Agent::PATHS {
                router = router.at(path, Arc::clone(&agent) as Arc<dyn Handler>);
            }
            router = router.at("/ping", Arc::new(Health));
        }
        if let (Some(role), Some(token)) = (&self.machine_role, machine) {
            let vouch = vouching(room, Principal::service(self.machine_service.as_str()))?;
            let arn = if role.starts_with("arn:") {
                role.clone()
            } else {
                format!("arn:aws:iam::{}:role/{role}", room.account())
            };
            let machine = MachineCredentials::new(Arc::clone(token), vouch, &arn, "strongroom");
            router = router.at(MachineCredentials::PATH, Arc::new(machine));
        }
        Ok(router)
    }
}

/// Sessions of one principal. That there is such a one is made sure of now, and at each request again.
fn vouching(room: &Arc<Strongroom>, principal: Principal) -> Result<Vouch, Failure> {
    room.session(principal.clone())?;
    let room = Arc::clone(room);
    Ok(Box::new(move |circumstances| room.session_under(principal.clone(), circumstances)))
}
