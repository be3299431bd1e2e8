//! `strongroom key enable`, `disable`, `schedule-deletion`, `cancel-deletion`, `set-description`, `describe`, and tags.

use clap::Args;
use strongroom::operation::kms::{
    CancelKeyDeletion, DescribeKey, DescribeKeyResponse, DisableKey, EnableKey, GetKeyLastUsage, KeyLastUsageData,
    ListGrants, ListKeyRotations, ListResourceTags, ListResourceTagsResponse, ScheduleKeyDeletion, Tag as KeyTag,
    TagResource, UntagResource, UpdateKeyDescription,
};
use strongroom::operation::{Facet, Sink, Tell};
use strongroom::{Error, ErrorKind, Session};

use super::dependents;
use crate::failure::Done;
use crate::pages;
use crate::pairs::{days, pair};
use crate::run::Run;
use crate::terminal::note;

#[derive(Args, Debug)]
pub struct Describe {
    /// Id, ARN, alias/NAME or alias ARN
    key: String,
}

#[derive(Args, Debug)]
pub struct One {
    /// Id or ARN
    pub key: String,
}

#[derive(Args, Debug)]
#[command(after_help = "Example:\n  strongroom key schedule-deletion 1234abcd-12ab-34cd-56ef-1234567890ab --window 7d")]
pub struct Schedule {
    /// Id or ARN
    key: String,
    /// How long it can be taken back: 7d to 30d; 30d without it
    #[arg(long, value_name = "DAYS", value_parser = days)]
    window: Option<i64>,
    /// Show what would be lost with the key, and do nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Args, Debug)]
pub struct SetDescription {
    /// Id or ARN
    key: String,
    /// The new description; may be empty
    text: String,
}

#[derive(Args, Debug)]
pub struct Tag {
    /// Id or ARN
    key: String,
    /// Tags to set
    #[arg(value_name = "K=V", value_parser = pair, required = true)]
    set: Vec<(String, String)>,
}

#[derive(Args, Debug)]
pub struct Untag {
    /// Id or ARN
    key: String,
    /// Keys of the tags to remove
    #[arg(value_name = "TAG", required = true)]
    remove: Vec<String>,
}

/// The key as AWS describes it, and what other operations tell of it, as far as the caller may ask them.
struct Described {
    answer: DescribeKeyResponse,
    last_use: Option<KeyLastUsageData>,
    grants: Option<i64>,
    rotations: Option<i64>,
    /// How many secrets have versions under it.
    secrets: Option<i64>,
}
impl Tell for Described {
    fn tell(&self, sink: &mut dyn Sink) {
        sink.map(&mut |sink| {
            sink.entry("KeyMetadata", &self.answer.key_metadata);
            if let Some(last_use) = &self.last_use {
                sink.entry("KeyLastUsage", last_use);
            }
            for (name, count) in [("Grants", &self.grants), ("Rotations", &self.rotations), ("Secrets", &self.secrets)]
            {
                if let Some(count) = count {
                    sink.entry(name, count);
                }
            }
        });
    }
    fn facet(&self) -> Facet<'_> {
        Facet::Structure
    }
}

impl Describe {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let answer = session.kms().describe_key(DescribeKey::new(self.key.as_str()))?;
            let arn = answer.key_metadata.arn.clone();
            let last_use = if_allowed(session.kms().get_key_last_usage(GetKeyLastUsage::new(&arn)))?;
            let grants = if_allowed(count_grants(session, &arn))?;
            let last_use = last_use.and_then(|usage| usage.key_last_usage);
            // MAC keys never rotate.
            let rotates = answer.key_metadata.current_key_material_id.is_some();
            let rotations = if rotates { if_allowed(count_rotations(session, &arn))? } else { None };
            let secrets = if_allowed(session.key_dependents(&arn))?;
            let secrets = secrets.map(|found| count(found.secrets.len().saturating_add(found.other_secrets)));
            run.out.thing(&Described { answer, last_use, grants, rotations, secrets }, "KeyMetadata.KeyId")
        })
    }
}

fn count_grants(session: &Session, arn: &str) -> Result<i64, Error> {
    let grants = pages::every(|marker| {
        let mut request = ListGrants::new(arn);
        request.marker = marker;
        let page = session.kms().list_grants(request)?;
        Ok((page.grants, page.next_marker))
    })?;
    Ok(count(grants.len()))
}
fn count_rotations(session: &Session, arn: &str) -> Result<i64, Error> {
    let rotations = pages::every(|marker| {
        let mut request = ListKeyRotations::new(arn);
        request.marker = marker;
        let page = session.kms().list_key_rotations(request)?;
        Ok((page.rotations, page.next_marker))
    })?;
    Ok(count(rotations.len()))
}
fn count(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}

/// Whoever may describe a key is told that much, whatever else is closed to them.
fn if_allowed<T>(outcome: Result<T, Error>) -> Result<Option<T>, Error> {
    match outcome {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.kind() == ErrorKind::AccessDenied => Ok(None),
        Err(error) => Err(error),
    }
}

impl One {
    pub fn enable(&self, run: &Run) -> Done {
        run.as_principal(|session| run.out.nothing(&session.kms().enable_key(EnableKey::new(self.key.as_str()))?))
    }
    pub fn disable(&self, run: &Run) -> Done {
        run.as_principal(|session| run.out.nothing(&session.kms().disable_key(DisableKey::new(self.key.as_str()))?))
    }
    pub fn cancel_deletion(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let answer = session.kms().cancel_key_deletion(CancelKeyDeletion::new(self.key.as_str()))?;
            run.out.line(&answer, &["KeyId"])
        })
    }
    pub fn tags(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let tags = pages::every(|marker| {
                let mut request = ListResourceTags::new(self.key.as_str());
                request.marker = marker;
                let page = session.kms().list_resource_tags(request)?;
                Ok((page.tags, page.next_marker))
            })?;
            let answer = ListResourceTagsResponse::new(tags, false);
            run.out.list(&answer, &answer.tags, &["TagKey", "TagValue"])
        })
    }
}

impl Schedule {
    pub fn run(&self, run: &Run) -> Done {
        if self.dry_run {
            return run.as_principal(|session| run.out.thing(&dependents::record(session, &self.key)?, "Key"));
        }
        run.as_principal(|session| {
            // Said before, and only to who may know.
            if let Some(found) = if_allowed(session.key_dependents(&self.key))? {
                let secrets = found.secrets.len().saturating_add(found.other_secrets);
                if secrets > 0 {
                    note(&format!("note: {secrets} secrets cannot be read while the key waits, nor ever after; see `key dependents`"));
                }
            }
            let mut request = ScheduleKeyDeletion::new(self.key.as_str());
            request.pending_window_in_days = self.window;
            let answer = session.kms().schedule_key_deletion(request)?;
            run.out.line(&answer, &["KeyId", "DeletionDate"])
        })
    }
}

impl SetDescription {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let request = UpdateKeyDescription::new(self.key.as_str(), self.text.as_str());
            run.out.nothing(&session.kms().update_key_description(request)?)
        })
    }
}

impl Tag {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let tags: Vec<_> = self.set.iter().map(|(key, value)| KeyTag::new(key, value)).collect();
            run.out.nothing(&session.kms().tag_resource(TagResource::new(self.key.as_str(), tags))?)
        })
    }
}

impl Untag {
    pub fn run(&self, run: &Run) -> Done {
        run.as_principal(|session| {
            let keys: Vec<_> = self.remove.iter().map(Into::into).collect();
            run.out.nothing(&session.kms().untag_resource(UntagResource::new(self.key.as_str(), keys))?)
        })
    }
}
