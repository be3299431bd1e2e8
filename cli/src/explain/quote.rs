//! The text of the policies that an answer names, as far as the asker may read them. Only for show: nothing is decided here.

use strongroom::name::{Arn, Text};
use strongroom::operation::iam::{GetGroupPolicy, GetPolicy, GetPolicyVersion, GetRolePolicy, GetUserPolicy};
use strongroom::operation::kms::GetKeyPolicy;
use strongroom::operation::secretsmanager::GetResourcePolicy;
use strongroom::policy::{Layer, Matched, SourceKind};
use strongroom::{Answer, Session};

/// Policies by what they are to the question and by name.
#[derive(Debug)]
pub struct Quotes(Vec<(Layer, Text, Text)>);

impl Quotes {
    /// A policy that the asker may not read is not quoted.
    pub fn read(asker: &Session, vouched: &[String], answer: &Answer) -> Self {
        let mut quotes = Self(Vec::new());
        for matched in &answer.policies.matched {
            if quotes.text(matched).is_none()
                && let Some(text) = text(asker, vouched, answer, matched)
            {
                quotes.0.push((matched.layer, matched.source.id.clone(), text));
            }
        }
        quotes
    }
    /// A statement in one line; `None` if its policy could not be read.
    pub fn statement(&self, matched: &Matched) -> Option<String> {
        let text = self.text(matched)?;
        let mut quoted = String::new();
        for (number, line) in (1_usize..).zip(text.lines()) {
            if number < matched.start.line || number > matched.end.line {
                continue;
            }
            let from = if number == matched.start.line { matched.start.column } else { 1 };
            let to = if number == matched.end.line { matched.end.column } else { usize::MAX };
            let piece: String = line.chars().skip(from.saturating_sub(1)).take(to.saturating_sub(from)).collect();
            quoted.push_str(piece.trim());
            quoted.push(' ');
        }
        let quoted = crate::flat::harmless(quoted.trim());
        (!quoted.is_empty()).then_some(quoted)
    }
    fn text(&self, matched: &Matched) -> Option<&Text> {
        let mut all = self.0.iter();
        all.find(|(layer, id, _)| *layer == matched.layer && *id == matched.source.id).map(|(_, _, text)| text)
    }
}

fn text(asker: &Session, vouched: &[String], answer: &Answer, matched: &Matched) -> Option<Text> {
    let policy = matched.source.id.clone();
    if matched.layer == Layer::Resource {
        let resource = answer.resource.clone();
        return match Arn::parse(&answer.resource)?.service {
            "secretsmanager" => asker.get_resource_policy(GetResourcePolicy::new(resource)).ok()?.resource_policy,
            "kms" => Some(asker.kms().get_key_policy(GetKeyPolicy::new(resource)).ok()?.policy),
            _ => None,
        };
    }
    if let Some(number) = policy.strip_prefix("vouched-").filter(|_| !vouched.is_empty()) {
        let place = number.parse::<usize>().ok()?.checked_sub(1)?;
        return vouched.get(place).map(|text| Text::from(text.as_str()));
    }
    let (_, path) = Arn::parse(&answer.principal)?.resource.split_once('/')?;
    let mut path = path.split('/');
    match matched.source.kind {
        SourceKind::User => {
            Some(asker.iam().get_user_policy(GetUserPolicy::new(path.next_back()?, policy)).ok()?.policy_document)
        }
        SourceKind::Role => {
            Some(asker.iam().get_role_policy(GetRolePolicy::new(path.next()?, policy)).ok()?.policy_document)
        }
        SourceKind::Group => {
            let (group, policy) = policy.split_once('/')?;
            Some(asker.iam().get_group_policy(GetGroupPolicy::new(group, policy)).ok()?.policy_document)
        }
        SourceKind::UserManaged | SourceKind::AwsManaged => {
            let version = asker.iam().get_policy(GetPolicy::new(policy.clone())).ok()?.policy.default_version_id;
            asker.iam().get_policy_version(GetPolicyVersion::new(policy, version)).ok()?.policy_version.document
        }
        SourceKind::Resource | SourceKind::None => None,
    }
}
