//! What is said to a PostgreSQL server. Passwords never go there in SQL: the server gets a verifier (SCRAM-SHA-256), which is what
//! it keeps, and which its logs may keep too.

use std::time::Duration;

use postgres::config::{Config, SslMode};
use postgres::error::SqlState;
use postgres::{Client, Error, NoTls};
use postgres_protocol::escape::{escape_identifier, escape_literal};
use postgres_protocol::password::scram_sha_256;
use strongroom::RotationFailure;

use super::credentials::{Credentials, Transport};
use super::tls::Trust;

/// A connection, or `None` if the server does not accept these credentials. That it cannot be asked is a failure.
pub fn login(credentials: &Credentials, trust: &Trust) -> Result<Option<Client>, RotationFailure> {
    let mut config = Config::new();
    config
        .host(credentials.host())
        .port(credentials.port())
        .user(credentials.user())
        .password(credentials.password().expose())
        .dbname(credentials.database())
        .application_name("strongroom rotation")
        .connect_timeout(CONNECT_TIME)
        .tcp_user_timeout(ANSWER_TIME);
    let transport = credentials.transport()?;
    let connected = match transport {
        Transport::Clear => in_the_clear(&mut config),
        Transport::Tls | Transport::TlsUnsaid => in_tls(&mut config, trust)?,
        Transport::TlsOrClear => match in_tls(&mut config, trust) {
            Ok(Err(error)) if error.code().is_none() => in_the_clear(&mut config),
            Ok(answered) => answered,
            Err(_) => in_the_clear(&mut config),
        },
    };
    match connected {
        Ok(mut client) => {
            client.batch_execute(STATEMENT_TIME).map_err(|error| failed(&error))?;
            Ok(Some(client))
        }
        Err(error) if error.code().is_some_and(is_refusal) => Ok(None),
        Err(error) if error.code().is_none() && transport == Transport::TlsUnsaid => {
            Err(RotationFailure::new(format!("{}; {UNSAID}", told(&error))))
        }
        Err(error) => Err(failed(&error)),
    }
}

fn in_the_clear(config: &mut Config) -> Result<Client, Error> {
    config.ssl_mode(SslMode::Disable).connect(NoTls)
}
fn in_tls(config: &mut Config, trust: &Trust) -> Result<Result<Client, Error>, RotationFailure> {
    Ok(config.ssl_mode(SslMode::Require).connect(trust.connector()?))
}

fn is_refusal(code: &SqlState) -> bool {
    [SqlState::INVALID_PASSWORD, SqlState::INVALID_AUTHORIZATION_SPECIFICATION].contains(code)
}

/// Gives the user of these credentials their password; a user may do that to itself.
pub fn set_password(client: &mut Client, credentials: &Credentials) -> Result<(), RotationFailure> {
    let statement = format!("ALTER ROLE {} PASSWORD {}", escape_identifier(credentials.user()), verifier(credentials));
    client.batch_execute(&statement).map_err(|error| failed(&error))
}

/// Makes the pending user if it is not there, with all that the current one may, and gives it its password: all or nothing.
pub fn set_alternate(client: &mut Client, current: &Credentials, pending: &Credentials) -> Result<(), RotationFailure> {
    let (own, other, verifier) =
        (escape_identifier(current.user()), escape_identifier(pending.user()), verifier(pending));
    let mut change = client.transaction().map_err(|error| failed(&error))?;
    let known = change
        .query_opt("SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1", &[&pending.user()])
        .map_err(|error| failed(&error))?;
    let statement = if known.is_some() {
        format!("ALTER ROLE {other} LOGIN PASSWORD {verifier}")
    } else {
        format!("CREATE ROLE {other} LOGIN PASSWORD {verifier}; GRANT {own} TO {other}")
    };
    change.batch_execute(&statement).map_err(|error| failed(&error))?;
    change.commit().map_err(|error| failed(&error))
}

/// Asks something that every user may ask.
pub fn test(client: &mut Client) -> Result<(), RotationFailure> {
    client.simple_query("SELECT pg_catalog.now()").map(drop).map_err(|error| failed(&error))
}

fn verifier(credentials: &Credentials) -> String {
    escape_literal(&scram_sha_256(credentials.password().expose().as_bytes()))
}

fn failed(error: &Error) -> RotationFailure {
    RotationFailure::new(told(error))
}
/// The server's words, without what a terminal would obey.
fn told(error: &Error) -> String {
    let told = match error.as_db_error() {
        Some(answer) => format!("{} ({})", answer.message(), answer.code().code()),
        None => match std::error::Error::source(error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        },
    };
    format!("the server: {}", crate::flat::harmless(&told))
}

const UNSAID: &str = "the secret does not say `ssl`, and a server on another machine is then spoken to in TLS alone: \
                      `\"ssl\": false` goes without";
/// As AWS's templates wait.
const CONNECT_TIME: Duration = Duration::from_secs(5);
const ANSWER_TIME: Duration = Duration::from_secs(30);
/// A lock that somebody holds must not hold us for ever.
const STATEMENT_TIME: &str = "SET statement_timeout = '30s'";
