//! What AWS has not: decided as the AWS actions that mean the same.

use crate::access::entry::{PrincipalLook, SecretLook};
use crate::access::facts::KeyFacts;
use crate::access::{Act, Everything};
use crate::action::Action;

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
}
