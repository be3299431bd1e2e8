//! Secrets under a customer key: the caller's own right on the key, through the service, by key policy, by the IAM policies that
//! the key policy leaves it to, or by grant; tied to the secret and its version; and gone with the next call.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail loudly")]

use std::collections::BTreeMap;

use crate::common::{
    House, KMS_DENIED, Sink, allow, house, house_with, policy, refused, refused_as, root_arn, statement, statement_if,
    token, user_arn,
};
use strongroom::Session;
use strongroom::name::Text;
use strongroom::operation::kms::{
    CancelKeyDeletion, CreateGrant, Decrypt, DisableKey, EnableKey, Encrypt, GrantConstraints, PutKeyPolicy,
    RevokeGrant, ScheduleKeyDeletion,
};
use strongroom::operation::secretsmanager::{
    CreateSecret, GetSecretValue, ListSecretVersionIds, PutSecretValue, UpdateSecret,
};

const SERVICE: &str = "secretsmanager.us-east-1.amazonaws.com";

/// A key whose policy leaves everything to the account's own policies.
fn delegating() -> String {
    policy(&[statement("Allow", &root_arn(), "kms:*")])
}
fn secret(house: &House, name: &str, key: &str) -> String {
    let request = CreateSecret::text(name, "one").kms_key_id(key).client_request_token(token(1));
    house.root.create_secret(request).unwrap().arn.to_string()
}
fn read(user: &Session, name: &str) -> Result<Vec<u8>, strongroom::Error> {
    user.get_secret_value(name).map(|got| got.value().to_vec())
}
fn no_key(outcome: Result<impl std::fmt::Debug, strongroom::Error>) {
    refused(outcome, "AccessDeniedException", KMS_DENIED);
}
fn context(pairs: &[(&str, &str)]) -> BTreeMap<Text, Text> {
    pairs.iter().map(|(key, value)| (Text::from(*key), Text::from(*value))).collect()
}
/// The keys that the versions of a secret are under, by version.
fn keys_of(house: &House, name: &str) -> BTreeMap<String, String> {
    let list = house.root.list_secret_version_ids(ListSecretVersionIds::new(name).include_deprecated(true)).unwrap();
    list.versions.iter().map(|version| (version.version_id.to_string(), version.kms_key_ids[0].to_string())).collect()
}

#[test]
fn a_delegated_iam_policy_admits_through_the_service_and_not_past_it() {
    let house = house();
    let key = house.customer_key(delegating());
    secret(&house, "s", &key);
    let secrets = r#"{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}"#.to_owned();
    let on_key = |service: &str| {
        format!(
            r#"{{"Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"{key}","Condition":{{"StringEquals":{{"kms:ViaService":"{service}"}}}}}}"#
        )
    };
    let user = house.user_with("u", policy(std::slice::from_ref(&secrets)));
    no_key(read(&user, "s"));
    house.set_policy("u", policy(&[secrets.clone(), on_key("secretsmanager.eu-west-1.amazonaws.com")]));
    no_key(read(&user, "s"));
    house.set_policy("u", policy(&[secrets.clone(), on_key("s3.us-east-1.amazonaws.com")]));
    no_key(read(&user, "s"));
    house.set_policy("u", policy(&[secrets.clone(), on_key(SERVICE)]));
    assert_eq!(read(&user, "s").unwrap(), b"one");
    user.put_secret_value(PutSecretValue::text("s", "two")).unwrap();
    // The same words past the service.
    let blob = house.root.kms().encrypt(Encrypt::new(key.as_str(), &b"x"[..])).unwrap().ciphertext_blob;
    refused_as(user.kms().decrypt(Decrypt::blob(blob)), "AccessDeniedException");
    // The next call.
    house.set_policy("u", policy(&[secrets]));
    no_key(read(&user, "s"));
    no_key(user.put_secret_value(PutSecretValue::text("s", "three")));
}

#[test]
fn a_key_policy_that_does_not_delegate_leaves_an_iam_policy_without_effect() {
    let house = house();
    let owner = policy(&[statement("Allow", &user_arn("owner"), "kms:*")]);
    house.user_with("owner", allow("*", "*"));
    let key = house.customer_key(owner);
    let owner = house.room.session("user/owner").unwrap();
    owner.create_secret(CreateSecret::text("s", "one").kms_key_id(key.as_str())).unwrap();
    assert_eq!(read(&owner, "s").unwrap(), b"one");
    let user = house.user_with("u", allow("secretsmanager:* kms:*", "*"));
    no_key(read(&user, "s"));
    no_key(read(&house.root, "s"));
}

#[test]
fn an_explicit_deny_anywhere_beats_policy_and_grant() {
    let house = house();
    let key = house.customer_key(delegating());
    secret(&house, "s", &key);
    let user = house.user_with("u", allow("secretsmanager:* kms:*", "*"));
    house.root.kms().create_grant(CreateGrant::to(user_arn("u"), key.as_str(), ["Decrypt"])).unwrap();
    assert_eq!(read(&user, "s").unwrap(), b"one");
    let via = format!(r#""StringEquals":{{"kms:ViaService":"{SERVICE}"}}"#);
    let text =
        policy(&[statement("Allow", &root_arn(), "kms:*"), statement_if("Deny", &user_arn("u"), "kms:Decrypt", &via)]);
    house.root.kms().put_key_policy(PutKeyPolicy::new(key.as_str(), text)).unwrap();
    no_key(read(&user, "s"));
    // By itself, the key still serves: the deny is on the way through the service.
    let blob = house.root.kms().encrypt(Encrypt::new(key.as_str(), &b"x"[..])).unwrap().ciphertext_blob;
    user.kms().decrypt(Decrypt::blob(blob)).unwrap();
}

#[test]
fn the_context_of_every_call_is_the_secret_and_its_version() {
    let house = house();
    let key = house.customer_key(delegating());
    let arn = secret(&house, "s", &key);
    house.root.put_secret_value(PutSecretValue::text("s", "two").client_request_token(token(2))).unwrap();
    let secrets = r#"{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}"#.to_owned();
    let user = house.user("u");
    let only = |key: &str, value: &str| {
        let on_key = format!(
            r#"{{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*","Condition":{{"StringEquals":{{"kms:EncryptionContext:{key}":"{value}"}}}}}}"#
        );
        house.set_policy("u", policy(&[secrets.clone(), on_key]));
    };
    let version = |number: u32| user.get_secret_value(GetSecretValue::new("s").version_id(token(number)));
    only("SecretVersionId", &token(1));
    assert_eq!(version(1).unwrap().value(), b"one");
    no_key(version(2));
    no_key(user.get_secret_value("s"));
    only("SecretVersionId", &token(2));
    no_key(version(1));
    assert_eq!(version(2).unwrap().value(), b"two");
    only("SecretARN", &arn);
    version(1).unwrap();
    version(2).unwrap();
    only("SecretARN", &arn.to_uppercase());
    no_key(version(1));
    only("VersionId", &token(1));
    no_key(version(1));
}

#[test]
fn a_grants_constraint_is_held_against_that_context() {
    let house = house();
    let key = house.customer_key(delegating());
    let (arn, other) = (secret(&house, "s", &key), secret(&house, "t", &key));
    house.root.put_secret_value(PutSecretValue::text("s", "two").client_request_token(token(2))).unwrap();
    let user = house.user_with("u", allow("secretsmanager:*", "*"));
    let kms = house.root.kms();
    let version = |name: &str, number: u32| user.get_secret_value(GetSecretValue::new(name).version_id(token(number)));
    let with = |constraints: GrantConstraints, check: &dyn Fn()| {
        let grant = CreateGrant::to(user_arn("u"), key.as_str(), ["Decrypt"]).constraints(constraints);
        let id = kms.create_grant(grant).unwrap().grant_id;
        check();
        kms.revoke_grant(RevokeGrant::new(key.as_str(), id)).unwrap();
        no_key(version("s", 1));
        no_key(version("t", 1));
    };
    let (one, two) = (token(1), token(2));
    let whole = context(&[("SecretARN", &arn), ("SecretVersionId", &one)]);
    with(GrantConstraints::new().encryption_context_equals(whole), &|| {
        version("s", 1).unwrap();
        no_key(version("s", 2));
        no_key(version("t", 1));
    });
    // Equality with a part of the context is none.
    with(GrantConstraints::new().encryption_context_equals(context(&[("SecretARN", &arn)])), &|| {
        no_key(version("s", 1));
    });
    with(GrantConstraints::new().encryption_context_subset(context(&[("SecretVersionId", &two)])), &|| {
        no_key(version("s", 1));
        version("s", 2).unwrap();
    });
    with(GrantConstraints::new().encryption_context_subset(context(&[("SecretARN", &other)])), &|| {
        no_key(version("s", 1));
        version("t", 1).unwrap();
    });
    let more = context(&[("SecretARN", &arn), ("SecretVersionId", &one), ("app", "a")]);
    with(GrantConstraints::new().encryption_context_subset(more), &|| no_key(version("s", 1)));
}

#[test]
fn a_grant_for_writing_is_none_for_reading() {
    let house = house();
    let key = house.customer_key(delegating());
    secret(&house, "s", &key);
    let user = house.user_with("u", allow("secretsmanager:*", "*"));
    let grant = CreateGrant::to(user_arn("u"), key.as_str(), ["GenerateDataKey"]);
    let id = house.root.kms().create_grant(grant).unwrap().grant_id;
    user.put_secret_value(PutSecretValue::text("s", "two")).unwrap();
    no_key(read(&user, "s"));
    // Choosing the key asks for both.
    no_key(user.create_secret(CreateSecret::text("t", "v").kms_key_id(key.as_str())));
    let both = CreateGrant::to(user_arn("u"), key.as_str(), ["GenerateDataKey", "Decrypt"]);
    house.root.kms().create_grant(both).unwrap();
    user.create_secret(CreateSecret::text("t", "v").kms_key_id(key.as_str())).unwrap();
    house.root.kms().revoke_grant(RevokeGrant::new(key.as_str(), id)).unwrap();
    assert_eq!(read(&user, "t").unwrap(), b"v");
}

#[test]
fn choosing_a_key_is_checked_under_the_version_id_that_aws_uses_for_it() {
    let house = house();
    let key = house.customer_key(delegating());
    let user = house.user("u");
    let secrets = r#"{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}"#.to_owned();
    let with = |ids: &str| {
        let on_key = format!(
            r#"{{"Effect":"Allow","Action":["kms:Decrypt","kms:GenerateDataKey"],"Resource":"*","Condition":{{"StringEquals":{{"kms:EncryptionContext:SecretVersionId":[{ids}]}}}}}}"#
        );
        house.set_policy("u", policy(&[secrets.clone(), on_key]));
    };
    let create = |name: &str| {
        let request = CreateSecret::text(name, "v").kms_key_id(key.as_str()).client_request_token(token(5));
        user.create_secret(request)
    };
    with(&format!(r#""{}""#, token(5)));
    no_key(create("a"));
    with(r#""RequestToValidateKeyAccess""#);
    no_key(create("b"));
    user.create_secret(CreateSecret::new("empty").kms_key_id(key.as_str())).unwrap();
    with(&format!(r#""RequestToValidateKeyAccess","{}""#, token(5)));
    create("c").unwrap();
}

#[test]
fn moving_to_another_key_takes_the_three_labelled_versions_with_it() {
    let house = house();
    let (from, to) = (house.customer_key(delegating()), house.customer_key(delegating()));
    secret(&house, "s", &from);
    for number in 2..=4 {
        let request = PutSecretValue::text("s", format!("value {number}")).client_request_token(token(number));
        let request = if number == 4 { request.version_stages(vec!["AWSPENDING".into()]) } else { request };
        house.root.put_secret_value(request).unwrap();
    }
    house.root.update_secret(UpdateSecret::new("s").kms_key_id(to.as_str())).unwrap();
    let keys = keys_of(&house, "s");
    // 2 is previous, 3 current, 4 pending; 1 carries no label.
    let expected = [(1, &from), (2, &to), (3, &to), (4, &to)].map(|(number, key)| (token(number), key.clone()));
    assert_eq!(keys, expected.into_iter().collect());
    for number in 2..=4 {
        let got = house.root.get_secret_value(GetSecretValue::new("s").version_id(token(number))).unwrap();
        assert_eq!(got.value(), format!("value {number}").as_bytes());
    }
    // The new key alone is enough now.
    let user = house.user_with(
        "u",
        policy(&[
            r#"{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}"#.to_owned(),
            format!(r#"{{"Effect":"Allow","Action":"kms:Decrypt","Resource":"{to}"}}"#),
        ]),
    );
    assert_eq!(read(&user, "s").unwrap(), b"value 3");
    no_key(user.get_secret_value(GetSecretValue::new("s").version_id(token(1))));
    // And back to the managed one.
    house.root.update_secret(UpdateSecret::new("s").kms_key_id("")).unwrap();
    assert!(keys_of(&house, "s").iter().all(|(id, key)| (*key == from) == (*id == token(1)) && *key != to));
    assert_eq!(read(&house.root, "s").unwrap(), b"value 3");
}

#[test]
fn versions_that_either_key_refuses_stay_where_they_are_and_the_call_succeeds() {
    for (lacking, moved) in [("kms:Decrypt", false), ("kms:Encrypt", false), ("none", true)] {
        let house = house();
        let (from, to) = (house.customer_key(delegating()), house.customer_key(delegating()));
        secret(&house, "s", &from);
        let on = |key: &str, actions: &[&str]| {
            let actions: Vec<String> = actions
                .iter()
                .filter(|action| **action != lacking || key == to && lacking == "kms:Decrypt")
                .map(|action| format!("\"{action}\""))
                .collect();
            format!(r#"{{"Effect":"Allow","Action":[{}],"Resource":"{key}"}}"#, actions.join(","))
        };
        let user = house.user_with(
            "u",
            policy(&[
                r#"{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}"#.to_owned(),
                on(&from, &["kms:Decrypt", "kms:DescribeKey"]),
                on(&to, &["kms:Decrypt", "kms:GenerateDataKey", "kms:Encrypt"]),
            ]),
        );
        user.update_secret(UpdateSecret::new("s").kms_key_id(to.as_str())).unwrap();
        assert_eq!(keys_of(&house, "s")[&token(1)], if moved { to.clone() } else { from.clone() }, "{lacking}");
        assert_eq!(house.root.describe_secret("s").unwrap().kms_key_id.as_deref(), Some(to.as_str()));
        assert_eq!(read(&house.root, "s").unwrap(), b"one");
        // What is put from now on is under the new key.
        house.root.put_secret_value(PutSecretValue::text("s", "two").client_request_token(token(2))).unwrap();
        assert_eq!(keys_of(&house, "s")[&token(2)], to);
    }
}

#[test]
fn a_key_that_may_not_be_used_for_both_is_not_chosen_and_nothing_moves() {
    let house = house();
    let (from, to) = (house.customer_key(delegating()), house.customer_key(delegating()));
    secret(&house, "s", &from);
    for actions in ["kms:GenerateDataKey kms:Encrypt", "kms:Decrypt kms:Encrypt"] {
        let text = policy(&[
            r#"{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}"#.to_owned(),
            format!(r#"{{"Effect":"Allow","Action":"kms:*","Resource":"{from}"}}"#),
            format!(
                r#"{{"Effect":"Allow","Action":[{}],"Resource":"{to}"}}"#,
                actions.split(' ').map(|action| format!("\"{action}\"")).collect::<Vec<_>>().join(",")
            ),
        ]);
        let name = if actions.contains("Generate") { "a" } else { "b" };
        let user = house.user_with(name, text);
        no_key(user.update_secret(UpdateSecret::new("s").kms_key_id(to.as_str())));
    }
    assert_eq!(house.root.describe_secret("s").unwrap().kms_key_id.as_deref(), Some(from.as_str()));
    assert_eq!(keys_of(&house, "s")[&token(1)], from);
}

#[test]
fn the_second_decision_is_on_record_with_the_first() {
    let sink = Sink::default();
    let house = house_with(sink.clone());
    let key = house.customer_key(delegating());
    secret(&house, "s", &key);
    let user = house.user_with("u", allow("secretsmanager:*", "*"));
    sink.take();
    no_key(read(&user, "s"));
    let events = sink.take();
    let decisions: Vec<_> = events[0].decisions.iter().map(|made| (made.action, made.allowed)).collect();
    assert_eq!(decisions, [("secretsmanager:GetSecretValue", true), ("kms:Decrypt", false)]);
}

#[test]
fn what_depends_on_a_key_is_told_to_who_may_know_it() {
    let house = house();
    let (key, other) = (house.customer_key(delegating()), house.customer_key(delegating()));
    for name in ["b", "a"] {
        secret(&house, name, &key);
    }
    house.root.put_secret_value(PutSecretValue::text("a", "two")).unwrap();
    secret(&house, "elsewhere", &other);
    house.secret("managed", "v");
    // Its next version is elsewhere, its present one is not: nobody moved it.
    let mover = house.user_with(
        "mover",
        policy(&[
            r#"{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}"#.to_owned(),
            format!(r#"{{"Effect":"Allow","Action":"kms:*","Resource":"{other}"}}"#),
        ]),
    );
    secret(&house, "left", &key);
    mover.update_secret(UpdateSecret::new("left").kms_key_id(other.as_str())).unwrap();
    house.root.create_secret(CreateSecret::new("empty").kms_key_id(key.as_str())).unwrap();
    house.root.kms().create_grant(CreateGrant::to(user_arn("mover"), key.as_str(), ["Decrypt"])).unwrap();

    let told = house.root.key_dependents(&key).unwrap();
    let secrets: Vec<_> = told
        .secrets
        .iter()
        .map(|secret| (secret.name.as_str(), secret.versions, secret.current, secret.next))
        .collect();
    let expected = [("a", 2, true, true), ("b", 1, true, true), ("empty", 0, false, true), ("left", 1, true, false)];
    assert_eq!(secrets, expected);
    assert_eq!((told.key.as_str(), told.grants, told.other_secrets), (key.as_str(), 1, 0));
    let managed = house.root.key_dependents("alias/aws/secretsmanager").unwrap();
    assert_eq!(managed.secrets.iter().map(|secret| secret.name.as_str()).collect::<Vec<_>>(), ["managed"]);

    let user = house.user("u");
    let ask = || user.key_dependents(&key);
    refused_as(ask(), "AccessDeniedException");
    for half in ["kms:DescribeKey", "kms:ListGrants"] {
        house.set_policy("u", allow(half, "*"));
        refused_as(ask(), "AccessDeniedException");
    }
    house.set_policy("u", allow("kms:DescribeKey kms:ListGrants", "*"));
    let told = ask().unwrap();
    assert_eq!((told.secrets.len(), told.other_secrets), (0, 4), "their number, and no name");
    house.set_policy("u", policy(&[
        format!(r#"{{"Effect":"Allow","Action":["kms:DescribeKey","kms:ListGrants"],"Resource":"{key}"}}"#),
        r#"{"Effect":"Allow","Action":"secretsmanager:DescribeSecret","Resource":"arn:aws:secretsmanager:*:*:secret:b-*"}"#
            .to_owned(),
    ]));
    let told = ask().unwrap();
    assert_eq!((told.secrets.len(), told.secrets[0].name.as_str(), told.other_secrets), (1, "b", 3));
    refused_as(user.key_dependents(&other), "AccessDeniedException");
    refused_as(user.key_dependents("alias/nobody"), "NotFoundException");
}

#[test]
fn a_key_that_is_disabled_or_awaits_its_deletion_takes_its_secrets_with_it_from_the_next_call_on() {
    let house = house();
    let key = house.customer_key(delegating());
    secret(&house, "s", &key);
    let (kms, root) = (house.root.kms(), &house.root);
    let shut = |why: &str| {
        refused_as(read(root, "s"), "DecryptionFailure");
        refused_as(root.put_secret_value(PutSecretValue::text("s", "two")), "EncryptionFailure");
        refused_as(root.update_secret(UpdateSecret::text("s", "two")), "EncryptionFailure");
        refused_as(root.create_secret(CreateSecret::text("t", "v").kms_key_id(key.as_str())), "EncryptionFailure");
        // What needs no key goes on.
        assert_eq!(root.describe_secret("s").unwrap().version_ids_to_stages.unwrap().len(), 1, "{why}");
    };
    assert_eq!(read(root, "s").unwrap(), b"one");
    kms.disable_key(DisableKey::new(&key)).unwrap();
    shut("disabled");
    kms.enable_key(EnableKey::new(&key)).unwrap();
    assert_eq!(read(root, "s").unwrap(), b"one");
    kms.schedule_key_deletion(ScheduleKeyDeletion::new(&key).pending_window_in_days(7)).unwrap();
    shut("scheduled");
    kms.cancel_key_deletion(CancelKeyDeletion::new(&key)).unwrap();
    shut("cancelled, and so disabled");
    kms.enable_key(EnableKey::new(&key)).unwrap();
    assert_eq!(read(root, "s").unwrap(), b"one");
    kms.schedule_key_deletion(ScheduleKeyDeletion::new(&key).pending_window_in_days(7)).unwrap();
    house.advance_days(7);
    shut("gone, and not written down yet");
    house.room.run_due().unwrap();
    shut("gone");
    // The secret is there still, and can be thrown away or begun anew under a key that is there.
    let before = root.describe_secret("s").unwrap();
    root.update_secret(UpdateSecret::text("s", "new").kms_key_id("alias/aws/secretsmanager")).unwrap();
    assert_eq!(read(root, "s").unwrap(), b"new");
    assert_eq!(root.describe_secret("s").unwrap().arn, before.arn);
}
