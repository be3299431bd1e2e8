//! `strongroom replicate`, `replica-remove`, `replica-promote`.

use clap::Args;
use strongroom::name::Text;
use strongroom::operation::secretsmanager::{
    RemoveRegionsFromReplication, ReplicaRegion, ReplicateSecretToRegions, StopReplicationToReplica,
};

use crate::failure::Done;
use crate::run::Run;

/// What a list of replicas shows.
const COLUMNS: &[&str] = &["Region", "Status", "KmsKeyId", "StatusMessage"];

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  strongroom replicate prod/db --region-add eu-west-1\n  strongroom replicate prod/db --region-add eu-west-1=alias/app --region-add us-west-2\n  strongroom --region eu-west-1 get prod/db"
)]
pub struct Replicate {
    /// Name, partial or full ARN of the primary
    name: String,
    /// Region of a new replica, and its key there; may be given several times
    #[arg(long, value_name = "REGION[=KEY]", required = true, value_parser = region)]
    region_add: Vec<ReplicaRegion>,
    /// Replace a secret of the same name there
    #[arg(long)]
    overwrite: bool,
}

impl Replicate {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let mut request = ReplicateSecretToRegions::new(self.name.as_str(), self.region_add.clone());
            request.force_overwrite_replica_secret = self.overwrite.then_some(true);
            let answer = session.replicate_secret_to_regions(request)?;
            run.out.list(&answer, &answer.replication_status, COLUMNS)
        })
    }
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  strongroom replica-remove prod/db eu-west-1 --yes    # no way back")]
pub struct Remove {
    /// Name, partial or full ARN of the primary
    name: String,
    /// Regions whose replicas are deleted
    #[arg(required = true, value_name = "REGION")]
    regions: Vec<String>,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

impl Remove {
    pub fn run(&self, run: &Run) -> Done {
        let regions = self.regions.join(", ");
        run.terminal.confirm(self.yes, &format!("Delete the replicas of `{}` in {regions} for good", self.name))?;
        run.as_principal(|session| {
            let regions: Vec<Text> = self.regions.iter().map(Into::into).collect();
            let request = RemoveRegionsFromReplication::new(self.name.as_str(), regions);
            let answer = session.remove_regions_from_replication(request)?;
            run.out.list(&answer, &answer.replication_status, COLUMNS)
        })
    }
}

#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  strongroom --region eu-west-1 replica-promote prod/db    # a secret of its own from now on"
)]
pub struct Promote {
    /// Name, partial or full ARN of the replica, in its region
    name: String,
}

impl Promote {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let answer = session.stop_replication_to_replica(StopReplicationToReplica::new(self.name.as_str()))?;
            run.out.line(&answer, &["ARN"])
        })
    }
}

/// `REGION` or `REGION=KEY`. A region has no equals sign.
#[expect(clippy::unnecessary_wraps, reason = "the form that clap asks for")]
fn region(text: &str) -> Result<ReplicaRegion, String> {
    Ok(match text.split_once('=') {
        None => ReplicaRegion::new(text),
        Some((region, key)) => ReplicaRegion::new(region).kms_key_id(key),
    })
}
