//! `strongroom tag`.

use clap::Args;
use strongroom::operation::secretsmanager::{DescribeSecret, Tag as SecretTag, TagResource, UntagResource};

use crate::failure::Done;
use crate::pairs::pair;
use crate::run::Run;

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  strongroom tag prod/db env=prod team=core\n  strongroom tag prod/db --remove team\n  strongroom tag prod/db                      # shows them"
)]
pub struct Tag {
    /// Name, partial or full ARN
    name: String,
    /// Tags to set
    #[arg(value_name = "K=V", value_parser = pair)]
    set: Vec<(String, String)>,
    /// Key of a tag to remove; may be given several times
    #[arg(long, value_name = "KEY")]
    remove: Vec<String>,
}

impl Tag {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            if self.set.is_empty() && self.remove.is_empty() {
                let answer = session.describe_secret(DescribeSecret::new(self.name.as_str()))?;
                return run.out.list(&answer, answer.tags.as_deref().unwrap_or_default(), &["Key", "Value"]);
            }
            if !self.remove.is_empty() {
                let keys: Vec<_> = self.remove.iter().map(Into::into).collect();
                let answer = session.untag_resource(UntagResource::new(self.name.as_str(), keys))?;
                run.out.nothing(&answer)?;
            }
            if !self.set.is_empty() {
                let tags: Vec<_> = self.set.iter().map(|(key, value)| SecretTag::new(key, value)).collect();
                let answer = session.tag_resource(TagResource::new(self.name.as_str(), tags))?;
                run.out.nothing(&answer)?;
            }
            Ok(())
        })
    }
}
