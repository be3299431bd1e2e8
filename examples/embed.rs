//! An app that keeps its secrets beside itself: `cargo run --example embed`.
//!
//! The first start makes the store, a user for each part of the app and its policy; every other start opens it. `main` alone
//! holds the store; a part of the app gets a session and can do what its policies allow.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use serde::Deserialize;
use strongroom::operation::iam::{CreateUser, PutUserPolicy};
use strongroom::operation::secretsmanager::{CreateSecret, PutSecretValue, Tag};
use strongroom::{Error, SecretText, Session, Strongroom, Unlock};

/// Reads what is tagged for billing, and nothing else.
const BILLING: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
    "Action": ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"], "Resource": "*",
    "Condition": {"StringEquals": {"secretsmanager:ResourceTag/for": "billing"}}}}"#;

#[derive(Deserialize)]
struct Login {
    user: String,
    // Wiped when it is dropped, and never copied on its way here.
    #[serde(deserialize_with = "strongroom::json::secret_text")]
    password: SecretText,
}

/// What the first start does.
fn furnish(root: &Session) -> Result<(), Error> {
    let tag = || vec![Tag::new("for", "billing")];
    root.create_secret(CreateSecret::text("billing/db", r#"{"user": "billing", "password": "hunter2"}"#).tags(tag()))?;
    root.create_secret(CreateSecret::text("mail/token", "not for billing"))?;
    root.iam().create_user(CreateUser::new("billing"))?;
    root.iam().put_user_policy(PutUserPolicy::new("billing", "read-its-own", BILLING))?;
    Ok(())
}

/// A part of the app: it has a session, never the store.
fn billing(session: &Session) -> Result<(), Error> {
    let login: Login = session.get_json("billing/db")?;
    println!("billing connects as {} with a password of {} bytes", login.user, login.password.expose().len());
    match session.get_secret_value("mail/token") {
        Err(error) if error.is_access_denied() => println!("billing asked for mail/token: {}", error.code()),
        other => drop(other?),
    }
    Ok(())
}

/// The whole example.
///
/// # Errors
/// Whatever the store answers.
pub fn main() -> Result<(), Error> {
    let folder = tempfile::tempdir().expect("a folder for the example");
    let path = folder.path().join("app.strongroom");
    // An app takes this from its operator: a key file, a systemd credential, a passphrase (`Unlock` has them all).
    let unlock = || Unlock::root_key([7; 32].as_slice());

    let room = Strongroom::create(&path, unlock())?;
    furnish(&room.root())?;
    drop(room);

    // Every other start.
    let room = Strongroom::open(&path, unlock())?;
    billing(&room.session("user/billing")?)?;

    // Both or neither, in one commit.
    room.root().transaction(|all| {
        all.put_secret_value(PutSecretValue::text("billing/db", r#"{"user": "billing", "password": "hunter3"}"#))?;
        all.put_secret_value(PutSecretValue::text("mail/token", "another"))?;
        Ok::<_, Error>(())
    })?;
    // Rotations, purges and expiries wait for this call: once a minute or once an hour, as the app likes.
    let done = room.run_due()?;
    println!("run_due finished {} rotations", done.rotations_finished);
    Ok(())
}
