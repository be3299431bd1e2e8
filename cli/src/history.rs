//! `strongroom history`.

use clap::Args;
use strongroom::operation::secretsmanager::{ListSecretVersionIds, ListSecretVersionIdsResponse};

use crate::failure::Done;
use crate::run::Run;

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  strongroom history prod/db --output table")]
pub struct History {
    /// Name, partial or full ARN
    name: String,
    /// Versions with a label only
    #[arg(long)]
    labelled: bool,
}

impl History {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let mut versions = Vec::new();
            let mut next = None;
            let (arn, name) = loop {
                let mut request = ListSecretVersionIds::new(self.name.as_str()).include_deprecated(!self.labelled);
                request.next_token = next;
                let page = session.list_secret_version_ids(request)?;
                versions.extend(page.versions);
                next = page.next_token;
                if next.is_none() {
                    break (page.arn, page.name);
                }
            };
            versions.sort_by_key(|version| std::cmp::Reverse(version.created_date));
            let answer = ListSecretVersionIdsResponse::new(arn, name, versions);
            run.out.list(&answer, &answer.versions, &["VersionId", "CreatedDate", "VersionStages", "KmsKeyIds"])
        })
    }
}
