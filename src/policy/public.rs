//! Does a policy allow access to everybody? Sound, not complete: it may call a harmless policy public, never a public
//! one harmless.
//!
//! AWS decides this with a solver; here each Allow statement is judged alone. Deny statements are left out: they could
//! only narrow, and reasoning with them is where unsound shortcuts creep in. A statement for everyone is harmless only
//! when one of its conditions ties the caller to fixed accounts, organisations, ARNs or networks in every value.

use crate::policy::condition::{Family, Operator, Quantifier};
use crate::policy::document::{Condition, Statement};
use crate::policy::key::{Key, KeyName};
use crate::policy::principal::is_account;
use crate::policy::scalar::Block;

/// Does this statement allow access to everybody?
pub(crate) fn is_public(statement: &Statement<'_>) -> bool {
    let Some(principal) = &statement.principal else { return false };
    if !statement.allow {
        return false;
    }
    if principal.negated {
        return true;
    }
    let everyone = principal.list.iter().any(|(_, entry)| entry.text == "*");
    everyone && !statement.conditions.iter().any(fixes_the_caller)
}

/// Does the condition hold for fixed callers only, whatever else the request says?
fn fixes_the_caller(condition: &Condition<'_>) -> bool {
    let Ok(operator) = Operator::parse(&condition.operator.text) else { return false };
    if operator.negated || operator.if_exists || condition.values.is_empty() {
        return false;
    }
    let key = Key::parse(&condition.key.text).name;
    let fixed = |value: &str| match (operator.quantifier, operator.family, key) {
        (Quantifier::None, Family::StringEquals | Family::StringLike, KeyName::AwsPrincipalArn) => {
            is_fixed_arn(value, 5)
        }
        (Quantifier::None, Family::Arn, KeyName::AwsPrincipalArn) => is_fixed_arn(value, 3),
        (
            Quantifier::None,
            Family::StringEquals | Family::StringEqualsIgnoreCase | Family::StringLike,
            KeyName::AwsSourceArn,
        ) => is_fixed_arn(value, 5),
        (Quantifier::None, Family::Arn, KeyName::AwsSourceArn) => is_fixed_arn(value, 0),
        (
            Quantifier::None,
            Family::StringEquals | Family::StringEqualsIgnoreCase | Family::StringLike,
            KeyName::AwsPrincipalAccount
            | KeyName::AwsSourceAccount
            | KeyName::AwsPrincipalOrgId
            | KeyName::AwsSourceVpc
            | KeyName::AwsSourceVpce
            | KeyName::KmsCallerAccount,
        ) => is_literal(value),
        (
            Quantifier::None,
            Family::StringEquals | Family::StringEqualsIgnoreCase | Family::StringLike,
            KeyName::AwsUserid,
        ) => is_literal(value) || value.strip_suffix(":*").is_some_and(is_role_id),
        (Quantifier::Any, Family::StringEquals | Family::StringLike, KeyName::AwsPrincipalOrgPaths) => {
            is_fixed_path(value)
        }
        (Quantifier::None, Family::Ip, KeyName::AwsSourceIp) => match Block::parse(value).map(Block::prefix) {
            Some((bits, 32)) => bits >= 8,
            Some((bits, _)) => bits >= 32,
            None => false,
        },
        _ => false,
    };
    condition.values.iter().all(|entry| fixed(&entry.text))
}

/// No wildcard, no variable, not empty.
fn is_literal(text: &str) -> bool {
    !text.is_empty() && !text.contains(['*', '?']) && !text.contains("${")
}

/// Is the account field twelve digits, and are the first `literal` fields literal? Where a `*` may run past colons, all
/// five must be.
fn is_fixed_arn(text: &str, literal: usize) -> bool {
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    let head_is_literal = fields.iter().take(literal).all(|field| !field.contains(['*', '?']));
    let account = fields.get(4).is_some_and(|account| is_account(account));
    fields.len() == 6 && head_is_literal && account && !text.contains("${")
}

/// A role's whole unique id.
fn is_role_id(text: &str) -> bool {
    text.len() >= 20
        && text.starts_with("AROA")
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Begins with an organisation's id, without wildcard before the first slash.
fn is_fixed_path(text: &str) -> bool {
    let organisation = text.split('/').next().unwrap_or_default();
    organisation.len() > 2 && organisation.starts_with("o-") && is_literal(organisation) && !text.contains("${")
}
