//! A small store that repeats, and everything that can be read of a store, as text to compare.
#![allow(dead_code, reason = "each test file uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail loudly")]

use std::fmt::{Debug, Write};

use strongroom::clock::Timestamp;
use strongroom::operation::iam::{
    GetPolicyVersion, GetUser, GetUserPolicy, ListGroups, ListPolicies, ListUserPolicies, ListUsers, PolicyScopeType,
};
use strongroom::operation::kms::{ListAliases, ListKeys};
use strongroom::operation::secretsmanager::{GetSecretValue, ListSecretVersionIds, ListSecrets};
use strongroom::testing::{ManualClock, SeededEntropy};
use strongroom::{Builder, Check, Error, ErrorKind, Strongroom, Unlock};

/// 2027-01-15T08:00:00.123Z.
pub const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_123);

/// The raw key number `number`.
pub fn key(number: u8) -> Unlock {
    Unlock::root_key([number; 32].as_slice())
}

/// A builder whose time and randomness repeat and whose page cache is small.
pub fn builder(seed: u64) -> Builder {
    Strongroom::builder()
        .clock(ManualClock::at(NOW))
        .entropy(SeededEntropy::new(seed))
        .page_cache_bytes(1 << 20)
        .check_pages(Check::Small)
}

/// A question by name, and its answer.
pub type Answer = (String, Result<String, Error>);

/// Everything that the root user can read, and the slots. Dates of reads are left out: they are written with a later
/// commit, so no call ever acknowledges them.
pub fn answers(room: &Strongroom) -> Vec<Answer> {
    let root = room.root();
    let mut all = Vec::new();
    let listed = ask(
        &mut all,
        "ListSecrets".into(),
        root.list_secrets(ListSecrets::new().include_planned_deletion(true)),
        |list| {
            for secret in &mut list.secret_list {
                secret.last_accessed_date = None;
            }
        },
    );
    for secret in listed.map(|list| list.secret_list).unwrap_or_default() {
        let name = &secret.name;
        ask(&mut all, format!("DescribeSecret {name}"), root.describe_secret(name.clone()), |told| {
            told.last_accessed_date = None;
        });
        ask(&mut all, format!("GetResourcePolicy {name}"), root.get_resource_policy(name.clone()), |_| ());
        let versions = root.list_secret_version_ids(ListSecretVersionIds::new(name.clone()).include_deprecated(true));
        let versions = ask(&mut all, format!("ListSecretVersionIds {name}"), versions, |list| {
            for version in &mut list.versions {
                version.last_accessed_date = None;
            }
        });
        for version in versions.map(|list| list.versions).unwrap_or_default() {
            value(&mut all, room, name, &version.version_id);
        }
    }
    for entry in ask(&mut all, "ListKeys".into(), root.kms().list_keys(ListKeys::new()), |_| ())
        .map(|list| list.keys)
        .unwrap_or_default()
    {
        let key = &entry.key_id;
        ask(&mut all, format!("DescribeKey {key}"), root.kms().describe_key(key.clone()), |_| ());
        ask(&mut all, format!("GetKeyPolicy {key}"), root.kms().get_key_policy(key.clone()), |_| ());
        ask(&mut all, format!("ListGrants {key}"), root.kms().list_grants(key.clone()), |_| ());
    }
    ask(&mut all, "ListAliases".into(), root.kms().list_aliases(ListAliases::new()), |_| ());
    for user in ask(&mut all, "ListUsers".into(), root.iam().list_users(ListUsers::new()), |_| ())
        .map(|list| list.users)
        .unwrap_or_default()
    {
        let name = &user.user_name;
        ask(&mut all, format!("GetUser {name}"), root.iam().get_user(GetUser::new().user_name(name.clone())), |_| ());
        let policies = root.iam().list_user_policies(ListUserPolicies::new(name.clone()));
        let policies = ask(&mut all, format!("ListUserPolicies {name}"), policies, |_| ());
        for policy in policies.map(|list| list.policy_names).unwrap_or_default() {
            let told = root.iam().get_user_policy(GetUserPolicy::new(name.clone(), policy.clone()));
            ask(&mut all, format!("GetUserPolicy {name} {policy}"), told, |_| ());
        }
        let attached = root.iam().list_attached_user_policies(name.clone());
        ask(&mut all, format!("ListAttachedUserPolicies {name}"), attached, |_| ());
    }
    for group in ask(&mut all, "ListGroups".into(), root.iam().list_groups(ListGroups::new()), |_| ())
        .map(|list| list.groups)
        .unwrap_or_default()
    {
        let name = &group.group_name;
        ask(&mut all, format!("GetGroup {name}"), root.iam().get_group(name.clone()), |_| ());
    }
    let own = ListPolicies::new().scope(PolicyScopeType::Local);
    for policy in ask(&mut all, "ListPolicies".into(), root.iam().list_policies(own), |_| ())
        .map(|list| list.policies)
        .unwrap_or_default()
    {
        let (arn, version) = (policy.arn.clone(), policy.default_version_id.clone());
        let told = root.iam().get_policy_version(GetPolicyVersion::new(arn.clone(), version));
        ask(&mut all, format!("GetPolicyVersion {arn}"), told, |_| ());
    }
    let slots: Vec<u8> = room.slots().iter().map(|slot| slot.index).collect();
    all.push((
        "slots".into(),
        Ok(format!("{slots:?} {:?} {:?}", room.test_slot(&key(1)).ok(), room.test_slot(&key(2)).ok())),
    ));
    all
}

/// Asks for one version's value.
pub fn value(all: &mut Vec<Answer>, room: &Strongroom, name: &str, version: &str) {
    let told = room.root().get_secret_value(GetSecretValue::new(name).version_id(version));
    // A character for each byte: exact, and cheaper to write than a list of numbers.
    let told = told.map(|told| (told.value().iter().copied().map(char::from).collect::<String>(), told));
    ask(all, format!("GetSecretValue {name} {version}"), told, |_| ());
}

fn ask<T: Debug>(
    all: &mut Vec<Answer>,
    question: String,
    answer: Result<T, Error>,
    strip: impl FnOnce(&mut T),
) -> Option<T> {
    match answer {
        Ok(mut told) => {
            strip(&mut told);
            all.push((question, Ok(format!("{told:?}"))));
            Some(told)
        }
        // A refusal by the rules is an answer as well; a fault of the store is not.
        Err(refused) if !is_fault(&refused) => {
            all.push((question, Ok(refused.to_string())));
            None
        }
        Err(fault) => {
            all.push((question, Err(fault)));
            None
        }
    }
}

/// Does the error tell of the store rather than of the request?
pub fn is_fault(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Damaged
            | ErrorKind::Tampered
            | ErrorKind::RolledBack
            | ErrorKind::NewerFormat
            | ErrorKind::Storage
            | ErrorKind::Busy
            | ErrorKind::WrongUnlock
    )
}

/// All answers as one text, or the first fault.
pub fn observe(room: &Strongroom) -> Result<String, Error> {
    let mut text = String::new();
    for (question, answer) in answers(room) {
        let _ = writeln!(text, "{question}: {}", answer?);
    }
    Ok(text)
}

/// A number from the environment.
pub fn number(name: &str, unless_told: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(unless_told)
}

/// The 36 characters of a token for `number`.
pub fn token(number: u64) -> String {
    format!("00000000-0000-4000-8000-{number:012}")
}
