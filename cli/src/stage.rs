//! `strongroom stage`.

use std::collections::BTreeMap;

use clap::Args;
use strongroom::Session;
use strongroom::name::Text;
use strongroom::operation::secretsmanager::{
    DescribeSecret, UpdateSecretVersionStage, UpdateSecretVersionStageResponse,
};

use crate::failure::{Done, Exit, Failure};
use crate::run::Run;

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  strongroom stage prod/db AWSCURRENT --to AWSPREVIOUS    # roll back\n  strongroom stage prod/db BLUE --to 7f0c…                # set or move a label\n  strongroom stage prod/db BLUE --remove"
)]
pub struct Stage {
    /// Name, partial or full ARN
    name: String,
    /// The label
    label: String,
    /// The version that is to have it: its id, or another label on it
    #[arg(long, value_name = "VERSION", required_unless_present = "remove")]
    to: Option<String>,
    /// The version that has it now; looked up without it
    #[arg(long, value_name = "ID")]
    from: Option<String>,
    /// Take it away
    #[arg(long, conflicts_with = "to")]
    remove: bool,
}

impl Stage {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let answer = moved(session, &self.name, &self.label, self.to.as_deref(), self.from.as_deref());
            let answer = answer.map_err(|failure| match failure.exit {
                Exit::Denied if self.from.is_none() => {
                    failure.help("with `--from ID` and an id after `--to`, labels need not be looked up")
                }
                _ => failure,
            })?;
            run.out.line(&answer, &["Name"])
        })
    }
}

/// Moves a label to a version, which is named by its id or a label on it; without one, takes it away.
pub fn moved(
    session: &Session,
    name: &str,
    label: &str,
    to: Option<&str>,
    from: Option<&str>,
) -> Result<UpdateSecretVersionStageResponse, Failure> {
    let needs_look = from.is_none() || to.is_some_and(|to| !is_id(to));
    let versions = if needs_look { versions(session, name)? } else { BTreeMap::new() };
    let holder = |label: &str| {
        versions.iter().find(|(_, labels)| labels.iter().any(|own| own == label)).map(|(id, _)| id.clone())
    };
    let absent = |label: &str| {
        let shown = crate::flat::harmless(label);
        Failure::new(Exit::NotFound, "NotFound", format!("no version has the label `{shown}`"))
    };
    let mut request = UpdateSecretVersionStage::new(name, label);
    request.remove_from_version_id = from.map(Text::from).or_else(|| holder(label));
    request.move_to_version_id = match to {
        None => None,
        Some(to) if is_id(to) || versions.contains_key(to) => Some(Text::from(to)),
        Some(to) => Some(holder(to).ok_or_else(|| absent(to))?),
    };
    if to.is_none() && request.remove_from_version_id.is_none() {
        return Err(absent(label));
    }
    Ok(session.update_secret_version_stage(request)?)
}

/// Ids are 32 to 64 characters; a label of such a length must be looked up by the caller.
fn is_id(text: &str) -> bool {
    (32..=64).contains(&text.len())
}

fn versions(session: &Session, name: &str) -> Result<BTreeMap<Text, Vec<Text>>, Failure> {
    let answer = session.describe_secret(DescribeSecret::new(name))?;
    Ok(answer.version_ids_to_stages.unwrap_or_default())
}
