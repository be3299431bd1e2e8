//! A key of one's own over a secret, and data keys for one's own data: `cargo run --example customer_key`.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use strongroom::operation::iam::{CreateUser, PutUserPolicy};
use strongroom::operation::kms::{CreateGrant, CreateKey, Decrypt, DisableKey, EnableKey, GenerateDataKey};
use strongroom::operation::secretsmanager::CreateSecret;
use strongroom::{Error, Strongroom, Unlock};

const READ: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
    "Action": "secretsmanager:GetSecretValue", "Resource": "*"}}"#;

/// The whole example.
///
/// # Errors
/// Whatever the store answers.
pub fn main() -> Result<(), Error> {
    let room = Strongroom::builder().create_in_memory(Unlock::root_key([7; 32].as_slice()))?;
    let root = room.root();
    let key = root.kms().create_key(CreateKey::new().description("payroll"))?.key_metadata;
    root.create_secret(CreateSecret::text("payroll/db", "hunter2").kms_key_id(key.key_id.clone()))?;

    // The right to the secret alone is not enough: its key wants to be allowed as well, here by a grant.
    root.iam().create_user(CreateUser::new("clerk"))?;
    root.iam().put_user_policy(PutUserPolicy::new("clerk", "read", READ))?;
    let clerk = room.session("user/clerk")?;
    assert!(clerk.get_secret_value("payroll/db").is_err_and(|error| error.is_access_denied()));
    root.kms().create_grant(CreateGrant::to(clerk.principal_arn(), key.key_id.clone(), ["Decrypt"]))?;
    println!("the clerk reads {} bytes", clerk.get_secret_value("payroll/db")?.value().len());

    // The key's end, for now, is the secret's.
    root.kms().disable_key(DisableKey::new(key.key_id.clone()))?;
    println!(
        "with the key disabled: {}",
        clerk.get_secret_value("payroll/db").map_or_else(|e| e.code().to_owned(), |_| "read".to_owned())
    );
    root.kms().enable_key(EnableKey::new(key.key_id.clone()))?;

    // A data key for a file of one's own: keep the wrapped one beside the file, and wipe the other after use.
    let pair = root.kms().generate_data_key(GenerateDataKey::new(key.key_id).key_spec("AES_256"))?;
    let again = root.kms().decrypt(Decrypt::new().ciphertext_blob(pair.ciphertext_blob))?;
    assert!(again.plaintext.ct_eq(&pair.plaintext));
    Ok(())
}
