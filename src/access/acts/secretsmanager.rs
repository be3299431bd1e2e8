//! Secrets Manager.

use super::{act, key_to_seal_under, may, sent, through};
use crate::access::entry::SecretLook;
use crate::access::pass::Named;
use crate::access::{Act, Everything};
use crate::action::Action;
use crate::explain::Question;
use crate::model::key::KeyRow;
use crate::model::secret::SecretRow;
use crate::model::version::{Asked, VersionRow};
use crate::operation::secretsmanager::{
    BatchGetSecretValue, CreateSecret, DeleteResourcePolicy, DeleteSecret, DescribeSecret, GetRandomPassword,
    GetResourcePolicy, GetSecretValue, ListResourcePolicies, ListSecretVersionIds, ListSecrets, PutResourcePolicy,
    PutSecretValue, RestoreSecret, TagResource, UntagResource, UpdateSecret, UpdateSecretVersionStage,
    ValidateResourcePolicy,
};
use crate::policy::{Key, KeyName, Value, Values};

impl Act for GetSecretValue {
    type On = SecretLook;
    const ACTION: Action = Action::SECRETSMANAGER_GET_SECRET_VALUE;
    fn values<'a>(&'a self, on: &'a SecretLook, key: &Key, plain: bool) -> Values<'a> {
        let asked = Asked { version_id: self.version_id.as_deref(), stage: self.version_stage.as_deref() };
        version_read(on, asked, key, plain).unwrap_or_else(|| sent(self, key))
    }
    fn named(&self) -> Named<'_> {
        Named::AsSent(&self.secret_id)
    }
}
may!(GetSecretValue, reaches through::Decrypt);

/// The condition keys that tell which version is read; `None` for any other key.
fn version_read<'a>(on: &'a SecretLook, asked: Asked<'a>, key: &Key, plain: bool) -> Option<Values<'a>> {
    let version = on.as_deref().and_then(|entry| entry.row.asked_for(asked));
    Some(match key.name {
        // All labels on the version that the request resolves to. An operator without a set operator compares with the
        // label that the caller named, so that policies written for AWS keep working.
        KeyName::SecretsmanagerVersionStage => match (asked.stage, version) {
            (Some(named), _) if plain => Values::One(Value::Text(named)),
            (_, Some(version)) => Values::Many(&version.labels),
            (Some(named), None) => Values::One(Value::Text(named)),
            (None, None) => Values::Absent,
        },
        KeyName::SecretsmanagerVersionId => match (version, asked.version_id) {
            (Some(version), _) => Values::One(Value::Text(&version.id)),
            (None, Some(named)) => Values::One(Value::Text(named)),
            (None, None) => Values::Absent,
        },
        _ => return None,
    })
}

/// What the request behind a question would fill, as far as the question tells.
pub(in crate::access) fn plainly<'a>(on: &'a SecretLook, question: &'a Question, key: &Key, plain: bool) -> Values<'a> {
    let asked = Asked { version_id: question.version_id.as_deref(), stage: question.version_stage.as_deref() };
    if question.is_about(GetSecretValue::ACTION)
        && let Some(values) = version_read(on, asked, key, plain)
    {
        return values;
    }
    let sent = match key.name {
        KeyName::SecretsmanagerSecretId if !question.is_about(CreateSecret::ACTION) => Some(question.resource.as_str()),
        KeyName::SecretsmanagerVersionStage => asked.stage,
        KeyName::SecretsmanagerVersionId => asked.version_id,
        _ => None,
    };
    sent.map_or(Values::Absent, |sent| Values::One(Value::Text(sent)))
}

impl Act for CreateSecret {
    type On = SecretLook;
    const ACTION: Action = Action::SECRETSMANAGER_CREATE_SECRET;
    fn also(&self, ask: &mut dyn FnMut(Action)) {
        if self.tags.as_ref().is_some_and(|tags| !tags.is_empty()) {
            ask(Action::SECRETSMANAGER_TAG_RESOURCE);
        }
        if self.add_replica_regions.is_some() {
            ask(Action::SECRETSMANAGER_REPLICATE_SECRET_TO_REGIONS);
        }
    }
    fn values<'a>(&'a self, on: &'a SecretLook, key: &Key, _plain: bool) -> Values<'a> {
        match (key.name, &key.part) {
            // There is no resource yet: its tags are those that it is to get.
            (KeyName::AwsResourceTag | KeyName::SecretsmanagerResourceTag, Some(part)) if on.is_none() => self
                .tags
                .iter()
                .flatten()
                .find(|tag| tag.key.eq_ignore_ascii_case(part))
                .map_or(Values::Absent, |tag| Values::One(Value::Text(&tag.value))),
            _ => sent(self, key),
        }
    }
    fn kms_key(&self) -> Option<&str> {
        key_to_seal_under(self.kms_key_id.as_ref())
    }
    fn named(&self) -> Named<'_> {
        Named::AsSent(&self.name)
    }
}
may!(CreateSecret,
    reaches through::GenerateDataKey through::Compare through::ValidateSeal through::ValidateOpen through::Make,
    writes SecretRow VersionRow KeyRow);

act!(PutSecretValue, SECRETSMANAGER_PUT_SECRET_VALUE on SecretLook, as sent secret_id,
    reaches through::GenerateDataKey through::Compare, writes SecretRow VersionRow);
act!(UpdateSecret, SECRETSMANAGER_UPDATE_SECRET on SecretLook, as sent secret_id, sealed under kms_key_id, replicas too,
    reaches through::GenerateDataKey through::Compare through::ValidateSeal through::ValidateOpen through::MoveOut through::MoveIn through::Make,
    writes SecretRow VersionRow KeyRow);
act!(DescribeSecret, SECRETSMANAGER_DESCRIBE_SECRET on SecretLook, as sent secret_id);
act!(ListSecrets, SECRETSMANAGER_LIST_SECRETS on Everything, nothing here, scans SecretRow);
act!(ListSecretVersionIds, SECRETSMANAGER_LIST_SECRET_VERSION_IDS on SecretLook, as sent secret_id);
act!(DeleteSecret, SECRETSMANAGER_DELETE_SECRET on SecretLook, as sent secret_id, writes SecretRow VersionRow);
act!(RestoreSecret, SECRETSMANAGER_RESTORE_SECRET on SecretLook, as sent secret_id, writes SecretRow);
act!(TagResource, SECRETSMANAGER_TAG_RESOURCE on SecretLook, as sent secret_id, writes SecretRow);
act!(UntagResource, SECRETSMANAGER_UNTAG_RESOURCE on SecretLook, as sent secret_id, writes SecretRow);
act!(UpdateSecretVersionStage, SECRETSMANAGER_UPDATE_SECRET_VERSION_STAGE on SecretLook, as sent secret_id, writes SecretRow);
act!(PutResourcePolicy, SECRETSMANAGER_PUT_RESOURCE_POLICY on SecretLook, as sent secret_id, replicas too, writes SecretRow);
act!(GetResourcePolicy, SECRETSMANAGER_GET_RESOURCE_POLICY on SecretLook, as sent secret_id);
act!(ListResourcePolicies, SECRETSMANAGER_LIST_RESOURCE_POLICIES on SecretLook, as sent secret_id);
act!(DeleteResourcePolicy, SECRETSMANAGER_DELETE_RESOURCE_POLICY on SecretLook, as sent secret_id, replicas too, writes SecretRow);
act!(GetRandomPassword, SECRETSMANAGER_GET_RANDOM_PASSWORD on Everything, nothing here);

/// The batch itself is weighed on `*`; each of its secrets is then weighed as GetSecretValue. To find them by filters is to list.
impl Act for BatchGetSecretValue {
    type On = Everything;
    const ACTION: Action = Action::SECRETSMANAGER_BATCH_GET_SECRET_VALUE;
    fn also(&self, ask: &mut dyn FnMut(Action)) {
        if self.is_by_filters() {
            ask(Action::SECRETSMANAGER_LIST_SECRETS);
        }
    }
    fn named(&self) -> Named<'_> {
        Named::Nothing
    }
}
may!(BatchGetSecretValue, scans SecretRow);

/// Needs the right to put what it validates as well. Without a secret it is weighed on `*`.
impl Act for ValidateResourcePolicy {
    type On = SecretLook;
    const ACTION: Action = Action::SECRETSMANAGER_VALIDATE_RESOURCE_POLICY;
    fn also(&self, ask: &mut dyn FnMut(Action)) {
        ask(Action::SECRETSMANAGER_PUT_RESOURCE_POLICY);
    }
    fn values<'a>(&'a self, _on: &'a SecretLook, key: &Key, _plain: bool) -> Values<'a> {
        sent(self, key)
    }
    fn named(&self) -> Named<'_> {
        self.secret_id.as_deref().map_or(Named::Nothing, Named::AsSent)
    }
}
