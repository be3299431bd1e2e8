//! `strongroom cp` and `strongroom mv`. Each is one commit, and prints no value.

use std::time::Duration;

use clap::Args;
use strongroom::clock::Timestamp;
use strongroom::name::Text;
use strongroom::operation::secretsmanager::{
    CreateSecret, CreateSecretResponse, DescribeSecret, DescribeSecretResponse, GetResourcePolicy, GetSecretValue,
    GetSecretValueResponse, PutResourcePolicy, PutSecretValue, UpdateSecretVersionStage,
};
use strongroom::{DueKind, Session, Transaction};

use crate::failure::{Done, Exit, Failure};
use crate::remove::End;
use crate::run::{Run, all_or_nothing};

pub const COPY_NOTE: &str = "\
The copy has the value, the description, the tags and the key; not the older versions, the policy, the rotation and the replicas.

Examples:
  strongroom cp prod/db test/db
  strongroom cp prod/db test/db --replace     # a new version of test/db, nothing else of it changes
  strongroom cp prod/db test/db --stage AWSPREVIOUS";

pub const MOVE_NOTE: &str = "\
AWS has no such operation: a secret of the new name is made, with every version that has a label, its id and its labels, the \
description, the tags, the key, the expiry and the resource policy; then the old one is deleted, with a way back. Versions without \
labels stay with the old one. A secret that rotates, is replicated or is owned by a service is not moved. The new secret has \
another ARN: policies that name the old one do not speak of it.

Examples:
  strongroom mv prod/db prod/orders/db
  strongroom mv prod/db prod/orders/db --dry-run    # says whether it could be done";

#[derive(Args, Debug)]
pub struct Copy {
    /// Name, partial or full ARN
    from: String,
    /// Name of the new secret
    to: String,
    /// The version with this label
    #[arg(long, value_name = "LABEL", default_value = "AWSCURRENT")]
    stage: String,
    /// If there is such a secret, give it the value as a new version
    #[arg(long)]
    replace: bool,
    /// Do all of it, and take it back
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args, Debug)]
#[command(mut_arg("window", |window| window.help("How long the old one can be restored: 7d to 30d; 30d without it")))]
#[command(mut_arg("now", |now| now.help("Delete the old one at once")))]
pub struct Move {
    /// Name, partial or full ARN
    from: String,
    /// Name of the new secret
    to: String,
    #[command(flatten)]
    end: End,
    /// Do all of it, and take it back
    #[arg(long)]
    dry_run: bool,
}

impl Copy {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let done = all_or_nothing(session, self.dry_run, |t| {
                let mut request = GetSecretValue::new(self.from.as_str());
                request.version_stage = Some(Text::from(self.stage.as_str()));
                let value = t.get_secret_value(request)?;
                if self.replace && exists(t, &self.to)? {
                    let answer = t.put_secret_value(put(&self.to, value))?;
                    return Ok((answer.arn, answer.name));
                }
                let found = t.describe_secret(DescribeSecret::new(self.from.as_str()))?;
                let made = create(t, &self.to, found, Some(value))?;
                Ok((made.arn, made.name))
            })?;
            tell(run, done)
        })
    }
}

impl Move {
    pub fn run(&self, run: &Run) -> Done {
        self.end.confirm(run, self.dry_run, &format!("Delete `{}` for good once it is moved", self.from))?;
        run.as_principal(|session| {
            let expires = expiry(session, &self.from)?;
            let done = all_or_nothing(session, self.dry_run, |t| {
                let found = t.describe_secret(DescribeSecret::new(self.from.as_str()))?;
                movable(&found)?;
                let made = self.copy_all(t, found)?;
                if expires.is_some() {
                    t.set_expiry(&self.to, expires)?;
                }
                t.delete_secret(self.end.of(&self.from))?;
                Ok((made.arn, made.name))
            })?;
            tell(run, done)
        })
    }
    /// Every version that has a label, the older first: labels move as they did when the old secret got these versions.
    fn copy_all(&self, t: &Transaction<'_>, found: DescribeSecretResponse) -> Result<CreateSecretResponse, Failure> {
        let mut versions: Vec<_> = found.version_ids_to_stages.clone().unwrap_or_default().into_iter().collect();
        versions.sort_by_key(|(_, labels)| rank(labels));
        let policy = t.get_resource_policy(GetResourcePolicy::new(self.from.as_str()))?.resource_policy;
        // Without a value at first: the id of a version is a token, by which a secret that is there already would pass for one
        // that was just made.
        let made = create(t, &self.to, found, None)?;
        let mut own_labels = Vec::new();
        for (number, (id, labels)) in versions.into_iter().enumerate() {
            let value = t.get_secret_value(GetSecretValue::new(self.from.as_str()).version_id(id.clone()))?;
            let mut request = put(&self.to, value);
            request.client_request_token = Some(id.clone());
            if number == 0 {
                // It has AWSCURRENT until another takes it, and AWSPREVIOUS goes where it has to by itself.
                let moved_by_itself = |label: &Text| ["AWSCURRENT", "AWSPREVIOUS"].contains(&&**label);
                own_labels.extend(
                    labels.into_iter().filter(|label| !moved_by_itself(label)).map(|label| (id.clone(), label)),
                );
            } else {
                request.version_stages = Some(labels);
            }
            t.put_secret_value(request)?;
        }
        for (id, label) in own_labels {
            let request = UpdateSecretVersionStage::new(self.to.as_str(), label).move_to_version_id(id);
            t.update_secret_version_stage(request)?;
        }
        if let Some(policy) = policy {
            t.put_resource_policy(PutResourcePolicy::new(self.to.as_str(), policy))?;
        }
        Ok(made)
    }
}

/// The version that is put first becomes current, and gives that up to the one that is.
fn rank(labels: &[Text]) -> u8 {
    let has = |wanted: &str| labels.iter().any(|label| label == wanted);
    match (has("AWSPREVIOUS"), has("AWSCURRENT")) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    }
}

/// What a new secret cannot be given by a copy is not silently left behind.
fn movable(found: &DescribeSecretResponse) -> Done {
    let refused = |what: &str, help: &str| {
        Err(Failure::new(Exit::Conflict, "InvalidState", format!("`{}` {what}, and is not moved", found.name))
            .help(help))
    };
    if found.rotation_enabled == Some(true) || found.rotation_lambda_arn.is_some() {
        return refused("rotates", "`strongroom cp`, then `strongroom rotation set` for the copy");
    }
    if found.replication_status.as_ref().is_some_and(|replicas| !replicas.is_empty()) || found.primary_region.is_some()
    {
        return refused("is replicated", "`strongroom replica-remove` first, or `strongroom cp`");
    }
    if found.owning_service.is_some() || found.secret_type.is_some() {
        return refused("is owned by a service", "`strongroom cp`");
    }
    if found.version_ids_to_stages.iter().flatten().flat_map(|(_, labels)| labels).any(|label| label == "AWSPENDING") {
        return refused("has a rotation under way", "`strongroom rotation status` says how far it is");
    }
    Ok(())
}

fn exists(t: &Transaction<'_>, name: &str) -> Result<bool, Failure> {
    match t.describe_secret(DescribeSecret::new(name)) {
        Ok(_) => Ok(true),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn create(
    t: &Transaction<'_>,
    name: &str,
    like: DescribeSecretResponse,
    value: Option<GetSecretValueResponse>,
) -> Result<CreateSecretResponse, Failure> {
    let mut request = CreateSecret::new(name);
    request.description = like.description;
    request.tags = like.tags.filter(|tags| !tags.is_empty());
    request.kms_key_id = like.kms_key_id;
    if let Some(value) = value {
        (request.secret_string, request.secret_binary) = (value.secret_string, value.secret_binary);
    }
    Ok(t.create_secret(request)?)
}

fn put(name: &str, value: GetSecretValueResponse) -> PutSecretValue {
    let mut request = PutSecretValue::new(name);
    (request.secret_string, request.secret_binary) = (value.secret_string, value.secret_binary);
    request
}

/// When the value stops being of use: no AWS operation tells it.
fn expiry(session: &Session, name: &str) -> Result<Option<Timestamp>, Failure> {
    let arn = session.describe_secret(DescribeSecret::new(name))?.arn;
    let all = session.due(Duration::from_secs(ALL_TIME_SECS))?;
    let found = all.items.iter().find(|item| item.kind == DueKind::Expiry && item.arn == arn);
    if found.is_none() && all.more > 0 {
        return Err(Failure::new(Exit::Conflict, "LimitExceeded", "more than a thousand dates are set in this store")
            .why("whether this secret has one, and which, is not among those that are told"));
    }
    Ok(found.map(|item| item.date))
}

fn tell(run: &Run, done: Option<(Text, Text)>) -> Done {
    let Some((arn, name)) = done else { return Ok(()) };
    run.out.line(&CreateSecretResponse::new(arn, name), &["Name", "ARN"])
}

/// Ten thousand years.
const ALL_TIME_SECS: u64 = 315_576_000_000;
