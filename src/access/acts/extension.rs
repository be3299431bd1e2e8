//! What AWS has not: decided as the AWS actions that mean the same.

use super::{may, through};
use crate::access::entry::{PrincipalLook, SecretLook};
use crate::access::facts::KeyFacts;
use crate::access::pass::Named;
use crate::access::{Act, Everything, Scans};
use crate::action::Action;
use crate::model::secret::SecretRow;
use crate::model::version::VersionRow;

macro_rules! asks {
    ($($(#[$doc:meta])* $name:ident: $action:ident on $on:ty;)*) => { $(
        $(#[$doc])* #[derive(Clone, Copy, Debug)] pub(crate) struct $name;
        impl Act for $name {
            type On = $on;
            const ACTION: Action = Action::$action;
        }
    )* };
}
asks! {
    /// To ask about anybody: whoever may read every policy of the account could work it out.
    ExplainAnybody: IAM_GET_ACCOUNT_AUTHORIZATION_DETAILS on Everything;
    /// To ask about a user or role: `iam:SimulatePrincipalPolicy` on it.
    ExplainPrincipal: IAM_SIMULATE_PRINCIPAL_POLICY on PrincipalLook;
    /// To ask about somebody without a row here: `iam:SimulateCustomPolicy`.
    ExplainStranger: IAM_SIMULATE_CUSTOM_POLICY on Everything;
    /// The answer quotes the secret's policy.
    ExplainSecret: SECRETSMANAGER_GET_RESOURCE_POLICY on SecretLook;
    /// The answer quotes the key's policy.
    ExplainKey: KMS_GET_KEY_POLICY on KeyFacts;
    /// The answer names a grant on the key.
    ExplainGrant: KMS_LIST_GRANTS on KeyFacts;
    /// The answer quotes a role's trust policy.
    ExplainRole: IAM_GET_ROLE on PrincipalLook;
    /// A secret is named among those that depend on a key.
    SeeDependent: SECRETSMANAGER_DESCRIBE_SECRET on SecretLook;
    /// To read the store's journal, as AWS has it of its trail.
    ReadJournal: CLOUDTRAIL_LOOKUP_EVENTS on Everything;
    /// To look for versions under older material: whoever may list every secret.
    FindOlder: SECRETSMANAGER_LIST_SECRETS on Everything;
}
may!(FindOlder, scans SecretRow);
/// To move versions of a secret to the current material of their key: as moving them to another key. A replica's are under a key of
/// its own.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reencrypt;
impl Act for Reencrypt {
    type On = SecretLook;
    const ACTION: Action = Action::SECRETSMANAGER_UPDATE_SECRET;
    const ON_REPLICA: bool = true;
}
may!(Reencrypt, reaches through::ValidateSeal through::MoveOut through::MoveIn, writes SecretRow VersionRow);

/// To ask what depends on a key: what it is, and who was granted its use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AskDependents<'a>(pub &'a str);
impl Act for AskDependents<'_> {
    type On = KeyFacts;
    const ACTION: Action = Action::KMS_DESCRIBE_KEY;
    fn also(&self, ask: &mut dyn FnMut(Action)) {
        ask(Action::KMS_LIST_GRANTS);
    }
    fn named(&self) -> Named<'_> {
        Named::AsSent(self.0)
    }
}
impl Scans<SecretRow> for AskDependents<'_> {}
