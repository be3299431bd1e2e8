//! PostgreSQL roles as rotating secrets, by the two strategies of AWS's guide: one user whose password changes, or two users
//! that take turns, so that the current credentials are good at every moment.
//!
//! The secret is what AWS's rotation templates make of it:
//! `{"engine": "postgres", "host": …, "port": …, "username": …, "password": …, "dbname": …, "masterarn": …}`. What else stands in it
//! is kept as it is.

mod credentials;
mod server;
mod tls;

use std::path::PathBuf;

use serde::Deserialize;
use strongroom::name::Text;
use strongroom::operation::secretsmanager::{
    DescribeSecret, DescribeSecretResponse, GetSecretValue, PutSecretValue, UpdateSecretVersionStage,
};
use strongroom::{Error, RotationEvent, RotationFailure, RotationFunction, RotationStep, Session};

use self::credentials::Credentials;
use self::tls::Trust;
use super::functions::PasswordRules;

/// Whose password changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// That of the secret's user, by itself.
    SingleUser,
    /// That of the other of two users, `NAME` and `NAME_clone`, by the user of the master secret.
    AlternatingUsers,
}

/// The function.
#[derive(Debug)]
pub struct PostgreSql {
    strategy: Strategy,
    password: PasswordRules,
    trust: Trust,
}

impl PostgreSql {
    /// `ca_file`: who may be the server, in the place of those that the machine trusts.
    pub fn new(strategy: Strategy, password: PasswordRules, ca_file: Option<PathBuf>) -> Self {
        Self { strategy, password: password.excluding(AWKWARD), trust: Trust::new(ca_file) }
    }
}

impl RotationFunction for PostgreSql {
    fn call(&self, session: &Session, event: &RotationEvent) -> Result<(), RotationFailure> {
        let run = Run { session, event, trust: &self.trust };
        let known = session.describe_secret(DescribeSecret::new(event.secret_id()))?;
        match run.labels(&known) {
            Some(labels) if labels.contains(&CURRENT) => return Ok(()),
            Some(labels) if labels.contains(&PENDING) => {}
            _ => return Err(RotationFailure::new("the version of this rotation is not AWSPENDING")),
        }
        match event.step() {
            RotationStep::CreateSecret => self.create(&run),
            RotationStep::SetSecret => self.set(&run),
            RotationStep::TestSecret => test(&run),
            RotationStep::FinishSecret => run.finish(&known),
        }
    }
}

impl PostgreSql {
    /// A copy of the current secret with a new password, and with the other user's name if users take turns.
    fn create(&self, run: &Run<'_>) -> Result<(), RotationFailure> {
        let current = run.current()?;
        if run.pending_if_any()?.is_some() {
            return Ok(());
        }
        let user = match self.strategy {
            Strategy::SingleUser => current.user().to_owned(),
            Strategy::AlternatingUsers => alternate(current.user())?,
        };
        let password = run.session.get_random_password(self.password.request())?.random_password;
        let mut request = PutSecretValue::text(run.event.secret_id(), current.with(&user, &password)?);
        request.client_request_token = Some(run.event.client_request_token().into());
        request.version_stages = Some(vec![PENDING.into()]);
        request.rotation_token = Some(run.event.rotation_token().expose().into());
        run.session.put_secret_value(request)?;
        Ok(())
    }
    fn set(&self, run: &Run<'_>) -> Result<(), RotationFailure> {
        let (current, pending) = (run.current()?, run.pending()?);
        let user = match self.strategy {
            Strategy::SingleUser => current.user().to_owned(),
            Strategy::AlternatingUsers => alternate(current.user())?,
        };
        if pending.user() != user || !pending.is_at_server_of(&current) {
            return Err(RotationFailure::new("the pending version is for another user or server than the current one"));
        }
        if let Some(mut client) = server::login(&pending, run.trust)? {
            // Done before, one would think; but a server that trusts this machine lets any password in.
            return server::set_password(&mut client, &pending);
        }
        match self.strategy {
            Strategy::SingleUser => set_by_itself(run, &current, &pending),
            Strategy::AlternatingUsers => set_by_master(run, &current, &pending),
        }
    }
}

fn set_by_itself(run: &Run<'_>, current: &Credentials, pending: &Credentials) -> Result<(), RotationFailure> {
    let client = match server::login(current, run.trust)? {
        Some(client) => Some(client),
        // A rotation that was begun anew after the server had taken a password that nobody knows any more.
        None => match run.previous()? {
            Some(previous) if previous.user() == pending.user() && previous.is_at_server_of(pending) => {
                server::login(&previous, run.trust)?
            }
            _ => None,
        },
    };
    let mut client = client.ok_or_else(|| {
        RotationFailure::new("the server accepts neither the pending nor the current nor the previous password")
    })?;
    server::set_password(&mut client, pending)
}

fn set_by_master(run: &Run<'_>, current: &Credentials, pending: &Credentials) -> Result<(), RotationFailure> {
    // Who can write the secret must not reach a user of the master's that the secret does not hold yet.
    if server::login(current, run.trust)?.is_none() {
        return Err(RotationFailure::new("the server does not accept the current credentials"));
    }
    let arn = current.master().ok_or_else(|| RotationFailure::new("the secret names no master secret: `masterarn`"))?;
    let answer = run.session.get_secret_value(arn)?;
    let master = Credentials::read(&answer).map_err(|why| RotationFailure::new(format!("the master secret: {why}")))?;
    if !master.is_at_server_of(current) {
        return Err(RotationFailure::new("the master secret is for another server"));
    }
    let mut client = server::login(&master.in_database_of(current), run.trust)?
        .ok_or_else(|| RotationFailure::new("the server does not accept the credentials of the master secret"))?;
    server::set_alternate(&mut client, current, pending)
}

fn test(run: &Run<'_>) -> Result<(), RotationFailure> {
    let mut client = server::login(&run.pending()?, run.trust)?
        .ok_or_else(|| RotationFailure::new("the server does not accept the pending credentials"))?;
    server::test(&mut client)
}

/// One step of one rotation.
struct Run<'r> {
    session: &'r Session,
    event: &'r RotationEvent,
    trust: &'r Trust,
}

impl Run<'_> {
    /// Labels of the version that this rotation makes.
    fn labels<'k>(&self, known: &'k DescribeSecretResponse) -> Option<Vec<&'k str>> {
        let versions = known.version_ids_to_stages.as_ref()?;
        Some(versions.get(self.event.client_request_token())?.iter().map(Text::as_str).collect())
    }
    fn current(&self) -> Result<Credentials, RotationFailure> {
        let answer = self.session.get_secret_value(self.by_label(CURRENT))?;
        Credentials::read(&answer).map_err(|why| RotationFailure::new(format!("the current version: {why}")))
    }
    fn pending(&self) -> Result<Credentials, RotationFailure> {
        self.pending_if_any()?.ok_or_else(|| RotationFailure::new("the pending version has no value"))
    }
    fn pending_if_any(&self) -> Result<Option<Credentials>, RotationFailure> {
        let mut request = self.by_label(PENDING);
        request.version_id = Some(self.event.client_request_token().into());
        self.if_any(request, "pending")
    }
    fn previous(&self) -> Result<Option<Credentials>, RotationFailure> {
        self.if_any(self.by_label(PREVIOUS), "previous")
    }
    fn if_any(&self, request: GetSecretValue, which: &str) -> Result<Option<Credentials>, RotationFailure> {
        match self.session.get_secret_value(request) {
            Ok(answer) => Credentials::read(&answer)
                .map(Some)
                .map_err(|why| RotationFailure::new(format!("the {which} version: {why}"))),
            Err(error) if Error::is_not_found(&error) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
    fn by_label(&self, label: &str) -> GetSecretValue {
        GetSecretValue::new(self.event.secret_id()).version_stage(label)
    }
    fn finish(&self, known: &DescribeSecretResponse) -> Result<(), RotationFailure> {
        let versions = known.version_ids_to_stages.iter().flatten();
        let holder = versions.into_iter().find(|(_, labels)| labels.iter().any(|label| *label == CURRENT));
        let mut request = UpdateSecretVersionStage::new(self.event.secret_id(), CURRENT);
        request.move_to_version_id = Some(self.event.client_request_token().into());
        request.remove_from_version_id = holder.map(|(id, _)| id.clone());
        self.session.update_secret_version_stage(request)?;
        Ok(())
    }
}

/// The other of two users. PostgreSQL cuts names at 63 bytes, and a name that was cut is somebody else's.
fn alternate(user: &str) -> Result<String, RotationFailure> {
    if let Some(base) = user.strip_suffix(CLONE).filter(|base| !base.is_empty()) {
        return Ok(base.to_owned());
    }
    let clone = format!("{user}{CLONE}");
    if clone.len() > NAME_MAX {
        return Err(RotationFailure::new(format!("the user's name is too long to be followed by `{CLONE}`")));
    }
    Ok(clone)
}

const CURRENT: &str = "AWSCURRENT";
const PENDING: &str = "AWSPENDING";
const PREVIOUS: &str = "AWSPREVIOUS";
const CLONE: &str = "_clone";
const NAME_MAX: usize = 63;
/// What AWS's templates leave out of passwords: it has a meaning in connection strings.
const AWKWARD: &str = r#":/@"'\"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_users_take_turns() {
        assert_eq!(alternate("app").unwrap(), "app_clone");
        assert_eq!(alternate("app_clone").unwrap(), "app");
        assert_eq!(alternate("_clone").unwrap(), "_clone_clone");
        assert_eq!(alternate(&"x".repeat(57)).unwrap().len(), 63);
        assert!(alternate(&"x".repeat(58)).is_err());
        assert!(alternate(&"é".repeat(29)).is_err(), "bytes count, not characters");
    }
}
