//! A weaker session for a weaker part: `cargo run --example assume_role`.
//!
//! A worker assumes a role for a quarter of an hour, narrowed further by a session policy; temporary credentials of the same kind
//! can be handed to another process.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use strongroom::operation::iam::{CreateRole, CreateUser, PutRolePolicy};
use strongroom::operation::secretsmanager::CreateSecret;
use strongroom::operation::sts::AssumeRole;
use strongroom::{Error, Strongroom, Unlock};

const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::000000000000:user/worker"}, "Action": "sts:AssumeRole"}}"#;
const ALL_OF_PROD: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
    "Action": "secretsmanager:*", "Resource": "arn:aws:secretsmanager:*:*:secret:prod/*"}}"#;
const ONLY_READ: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
    "Action": "secretsmanager:GetSecretValue", "Resource": "*"}}"#;

/// The whole example.
///
/// # Errors
/// Whatever the store answers.
pub fn main() -> Result<(), Error> {
    let room = Strongroom::builder().create_in_memory(Unlock::root_key([7; 32].as_slice()))?;
    let root = room.root();
    root.create_secret(CreateSecret::text("prod/db", "hunter2"))?;
    root.iam().create_user(CreateUser::new("worker"))?;
    root.iam().create_role(CreateRole::new("prod", TRUST))?;
    root.iam().put_role_policy(PutRolePolicy::new("prod", "all-of-prod", ALL_OF_PROD))?;

    let worker = room.session("user/worker")?;
    assert!(worker.get_secret_value("prod/db").is_err_and(|error| error.is_access_denied()));

    // The session can what the role can and the session policy allows: both.
    let request =
        AssumeRole::new("arn:aws:iam::000000000000:role/prod", "nightly").policy(ONLY_READ).duration_seconds(900);
    let nightly = worker.assume_role(request)?;
    println!("{} reads {} bytes", nightly.principal_arn(), nightly.get_secret_value("prod/db")?.value().len());
    assert!(nightly.delete_secret("prod/db").is_err_and(|error| error.is_access_denied()));

    // A role that is taken away is gone at the next call, for sessions that exist as well.
    root.iam().delete_role_policy(strongroom::operation::iam::DeleteRolePolicy::new("prod", "all-of-prod"))?;
    assert!(nightly.get_secret_value("prod/db").is_err_and(|error| error.is_access_denied()));
    Ok(())
}
