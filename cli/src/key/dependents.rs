//! `strongroom key dependents`.

use clap::Args;
use strongroom::Session;

use crate::failure::{Done, Failure};
use crate::own::Record;
use crate::run::Run;

#[derive(Args, Debug)]
pub struct Dependents {
    /// Id, ARN, alias/NAME or alias ARN
    key: String,
}

impl Dependents {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| run.out.thing(&record(session, &self.key)?, "Key"))
    }
}

/// What depends on a key, to be shown before it is disabled or deleted.
pub fn record(session: &Session, key: &str) -> Result<Record, Failure> {
    let found = session.key_dependents(key)?;
    let secrets: Vec<Record> = found
        .secrets
        .iter()
        .map(|secret| {
            Record::new()
                .with("Name", secret.name.as_str())
                .with("ARN", secret.arn.as_str())
                .with("Versions", number(secret.versions))
                .with("Current", secret.current)
                .with("Next", secret.next)
        })
        .collect();
    let aliases: Vec<String> = found.aliases.iter().map(ToString::to_string).collect();
    Ok(Record::new()
        .with("Key", found.key.as_str())
        .with("Aliases", aliases)
        .with("Grants", i64::from(found.grants))
        .with("OtherSecrets", number(found.other_secrets))
        .with("Secrets", secrets))
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
