//! The key behind a secret: the managed one, customer keys by policy and by grant, and changes from one to another.

use strongroom::operation::kms::{
    CreateAlias, CreateGrant, CreateKey, Decrypt, DescribeKey, Encrypt, PutKeyPolicy, RevokeGrant,
};
use strongroom::operation::secretsmanager::{
    CreateSecret, GetSecretValue, ListSecretVersionIds, PutSecretValue, UpdateSecret,
};

use crate::common::*;

/// A key policy that admits root to everything and this user to these actions.
fn admitting(user: &str, actions: &str) -> String {
    policy(&[statement("Allow", &root_arn(), "kms:*"), statement("Allow", &user_arn(user), actions)])
}
fn only_root() -> String {
    policy(&[statement("Allow", &root_arn(), "kms:*")])
}

#[test]
fn the_managed_key_asks_for_no_right_of_the_callers_own() {
    let house = house();
    let user = house.user_with("u", allow("secretsmanager:*", "*"));
    user.create_secret(CreateSecret::text("s", "v")).unwrap();
    assert_eq!(user.get_secret_value("s").unwrap().value(), b"v");
    user.put_secret_value(PutSecretValue::text("s", "w")).unwrap();
    // Through Secrets Manager only: the user may not use it by itself.
    let direct = Encrypt::new("alias/aws/secretsmanager", &b"x"[..]);
    assert!(user.kms().encrypt(direct).unwrap_err().is_access_denied());
    // Not even an explicit wish makes it show.
    user.create_secret(CreateSecret::text("t", "v").kms_key_id("alias/aws/secretsmanager")).unwrap();
    assert!(user.describe_secret("t").unwrap().kms_key_id.is_none());
}

#[test]
fn a_denied_kms_right_of_the_caller_closes_the_managed_key_too() {
    let house = house();
    house.secret("s", "v");
    let text = policy(&[
        r#"{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}"#.to_owned(),
        r#"{"Effect":"Deny","Action":"kms:Decrypt","Resource":"*"}"#.to_owned(),
    ]);
    let user = house.user_with("u", text);
    refused(user.get_secret_value("s"), "AccessDeniedException", KMS_DENIED);
    user.put_secret_value(PutSecretValue::text("s", "w")).unwrap();
}

#[test]
fn a_customer_key_is_shown_as_it_was_named() {
    let house = house();
    let arn = house.customer_key(only_root());
    let id = arn.rsplit_once('/').unwrap().1.to_owned();
    house.root.kms().create_alias(CreateAlias::new("alias/mine", id.as_str())).unwrap();
    for (name, named) in [("a", arn.as_str()), ("b", id.as_str()), ("c", "alias/mine")] {
        house.root.create_secret(CreateSecret::text(name, "v").kms_key_id(named)).unwrap();
        assert_eq!(house.root.describe_secret(name).unwrap().kms_key_id.as_deref(), Some(named));
        let list = house.root.list_secret_version_ids(ListSecretVersionIds::new(name)).unwrap();
        assert_eq!(list.versions[0].kms_key_ids, [arn.as_str()]);
        assert_eq!(house.root.get_secret_value(name).unwrap().value(), b"v");
    }
}

#[test]
fn a_customer_key_refuses_whom_its_policy_does_not_admit() {
    let house = house();
    let key = house.customer_key(only_root());
    house
        .root
        .create_secret(CreateSecret::text("s", "v").client_request_token(token(1)).kms_key_id(key.as_str()))
        .unwrap();
    let user = house.user_with("u", allow("secretsmanager:*", "*"));
    refused(user.get_secret_value("s"), "AccessDeniedException", KMS_DENIED);
    refused(user.put_secret_value(PutSecretValue::text("s", "w")), "AccessDeniedException", KMS_DENIED);
    refused(user.update_secret(UpdateSecret::text("s", "w")), "AccessDeniedException", KMS_DENIED);
    refused(
        user.create_secret(CreateSecret::text("t", "v").kms_key_id(key.as_str())),
        "AccessDeniedException",
        KMS_DENIED,
    );
    refused(user.create_secret(CreateSecret::new("t").kms_key_id(key.as_str())), "AccessDeniedException", KMS_DENIED);
    refused(user.update_secret(UpdateSecret::new("s").kms_key_id(key)), "AccessDeniedException", KMS_DENIED);
    // A repeat is compared by decrypting, with the caller's rights.
    let repeat = PutSecretValue::text("s", "v").client_request_token(token(1));
    refused(user.put_secret_value(repeat), "AccessDeniedException", KMS_DENIED);
    refused_as(house.root.describe_secret("t"), "ResourceNotFoundException");
    // What opens nothing works.
    assert!(user.describe_secret("s").unwrap().kms_key_id.is_some());
    assert_eq!(user.list_secret_version_ids(ListSecretVersionIds::new("s")).unwrap().versions.len(), 1);
    assert_eq!(house.root.get_secret_value("s").unwrap().value(), b"v", "and nothing was changed");
}

#[test]
fn reading_and_writing_need_different_rights_on_the_key() {
    let house = house();
    let reader = house.user_with("reader", allow("secretsmanager:*", "*"));
    let writer = house.user_with("writer", allow("secretsmanager:*", "*"));
    let both = policy(&[
        statement("Allow", &root_arn(), "kms:*"),
        statement("Allow", &user_arn("reader"), "kms:Decrypt"),
        statement("Allow", &user_arn("writer"), "kms:GenerateDataKey"),
    ]);
    let key = house.customer_key(both);
    house.root.create_secret(CreateSecret::text("s", "v").kms_key_id(key.as_str())).unwrap();
    assert_eq!(reader.get_secret_value("s").unwrap().value(), b"v");
    refused(reader.put_secret_value(PutSecretValue::text("s", "w")), "AccessDeniedException", KMS_DENIED);
    writer.put_secret_value(PutSecretValue::text("s", "w").client_request_token(token(2))).unwrap();
    refused(writer.get_secret_value("s"), "AccessDeniedException", KMS_DENIED);
    // To repeat a put, the writer would have to compare.
    let repeat = PutSecretValue::text("s", "w").client_request_token(token(2));
    refused(writer.put_secret_value(repeat), "AccessDeniedException", KMS_DENIED);
    // To choose a key, one must be able to do both.
    for user in [&reader, &writer] {
        let create = CreateSecret::text("t", "v").kms_key_id(key.as_str());
        refused(user.create_secret(create), "AccessDeniedException", KMS_DENIED);
    }
}

#[test]
fn s28_a_key_policy_changed_or_a_grant_revoked_binds_the_next_read() {
    let house = house();
    let user = house.user_with("u", allow("secretsmanager:GetSecretValue", "*"));
    let key = house.customer_key(only_root());
    house.root.create_secret(CreateSecret::text("s", "v").kms_key_id(key.as_str())).unwrap();
    let kms = house.root.kms();
    for _ in 0..2 {
        refused(user.get_secret_value("s"), "AccessDeniedException", KMS_DENIED);
        kms.put_key_policy(PutKeyPolicy::new(key.as_str(), admitting("u", "kms:Decrypt"))).unwrap();
        assert_eq!(user.get_secret_value("s").unwrap().value(), b"v");
        kms.put_key_policy(PutKeyPolicy::new(key.as_str(), only_root())).unwrap();
        refused(user.get_secret_value("s"), "AccessDeniedException", KMS_DENIED);
        let grant = kms.create_grant(CreateGrant::to(user_arn("u"), key.as_str(), ["Decrypt"])).unwrap().grant_id;
        assert_eq!(user.get_secret_value("s").unwrap().value(), b"v");
        kms.revoke_grant(RevokeGrant::new(key.as_str(), grant)).unwrap();
    }
}

#[test]
fn s29_a_key_policy_or_grant_may_be_tied_to_one_secret() {
    let house = house();
    let user = house.user_with("u", allow("secretsmanager:GetSecretValue", "*"));
    let key = house.customer_key(only_root());
    let make =
        |name: &str| house.root.create_secret(CreateSecret::text(name, name).kms_key_id(key.as_str())).unwrap().arn;
    let (a, b) = (make("a"), make("b"));
    let only_a = format!(r#""StringEquals":{{"kms:EncryptionContext:SecretARN":"{a}"}}"#);
    let text = policy(&[
        statement("Allow", &root_arn(), "kms:*"),
        statement_if("Allow", &user_arn("u"), "kms:Decrypt", &only_a),
    ]);
    house.root.kms().put_key_policy(PutKeyPolicy::new(key.as_str(), text)).unwrap();
    assert_eq!(user.get_secret_value("a").unwrap().value(), b"a");
    refused(user.get_secret_value("b"), "AccessDeniedException", KMS_DENIED);

    house.root.kms().put_key_policy(PutKeyPolicy::new(key.as_str(), only_root())).unwrap();
    let mut grant = CreateGrant::to(user_arn("u"), key.as_str(), ["Decrypt"]);
    let subset = [("SecretARN".into(), b)].into_iter().collect::<std::collections::BTreeMap<_, _>>();
    grant.constraints = Some(strongroom::operation::kms::GrantConstraints::new().encryption_context_subset(subset));
    house.root.kms().create_grant(grant).unwrap();
    refused(user.get_secret_value("a"), "AccessDeniedException", KMS_DENIED);
    assert_eq!(user.get_secret_value("b").unwrap().value(), b"b");
}

#[test]
fn a_key_may_be_open_through_secrets_manager_only() {
    let house = house();
    let user = house.user_with("u", allow("secretsmanager:GetSecretValue", "*"));
    let via = r#""StringEquals":{"kms:ViaService":"secretsmanager.us-east-1.amazonaws.com"}"#;
    let text = policy(&[
        statement("Allow", &root_arn(), "kms:*"),
        statement_if("Allow", &user_arn("u"), "kms:Decrypt kms:Encrypt", via),
    ]);
    let key = house.customer_key(text);
    house.root.create_secret(CreateSecret::text("s", "v").kms_key_id(key.as_str())).unwrap();
    assert_eq!(user.get_secret_value("s").unwrap().value(), b"v");
    let blob = house.root.kms().encrypt(Encrypt::new(key.as_str(), &b"x"[..])).unwrap().ciphertext_blob;
    assert!(user.kms().decrypt(Decrypt::blob(blob)).unwrap_err().is_access_denied());
    assert!(user.kms().encrypt(Encrypt::new(key, &b"x"[..])).unwrap_err().is_access_denied());
}

#[test]
fn keys_that_are_none_are_refused() {
    let house = house();
    house.secret("s", "v");
    let unknown = "12345678-1234-4234-8234-123456789012";
    let mac =
        house.root.kms().create_key(CreateKey::new().key_spec("HMAC_256").key_usage("GENERATE_VERIFY_MAC")).unwrap();
    for (key, code) in [
        (unknown.to_owned(), "EncryptionFailure"),
        (format!("arn:aws:kms:us-east-1:000000000000:key/{unknown}"), "EncryptionFailure"),
        ("alias/nobody".to_owned(), "ResourceNotFoundException"),
        ("no key at all".to_owned(), "ResourceNotFoundException"),
        ("arn:aws:kms:eu-west-1:000000000000:key/x".to_owned(), "ResourceNotFoundException"),
        (format!("arn:aws:kms:us-east-1:999999999999:key/{unknown}"), "ResourceNotFoundException"),
        (mac.key_metadata.key_id.to_string(), "EncryptionFailure"),
    ] {
        let create = CreateSecret::text("t", "v").kms_key_id(key.as_str());
        assert_eq!(house.root.create_secret(create).unwrap_err().code(), code, "{key}");
        let update = UpdateSecret::new("s").kms_key_id(key.as_str());
        assert_eq!(house.root.update_secret(update).unwrap_err().code(), code, "{key}");
    }
    refused_as(house.root.describe_secret("t"), "ResourceNotFoundException");
    assert_eq!(house.root.get_secret_value("s").unwrap().value(), b"v");
}

#[test]
fn an_update_moves_the_labelled_versions_to_the_new_key_and_back() {
    let house = house();
    for number in 1..=3 {
        let create = CreateSecret::text("s", "v1").client_request_token(token(1));
        let put = PutSecretValue::text("s", format!("v{number}")).client_request_token(token(number));
        if number == 1 {
            house.root.create_secret(create).map(drop)
        } else {
            house.root.put_secret_value(put).map(drop)
        }
        .unwrap();
    }
    let key = house.customer_key(only_root());
    let keys = || {
        let request = ListSecretVersionIds::new("s").include_deprecated(true);
        let list = house.root.list_secret_version_ids(request).unwrap();
        let mut keys: Vec<(String, String)> = list
            .versions
            .iter()
            .map(|version| (version.version_id.to_string(), version.kms_key_ids[0].to_string()))
            .collect();
        keys.sort();
        keys.into_iter().map(|(_, key)| key).collect::<Vec<_>>()
    };
    let managed = "DefaultEncryptionKey";
    let answer = house.root.update_secret(UpdateSecret::new("s").kms_key_id(key.as_str())).unwrap();
    assert!(answer.version_id.is_none(), "a change of key makes no version");
    assert_eq!(keys(), [managed, key.as_str(), key.as_str()], "the one without labels stays");
    let values = || {
        (1..=3)
            .map(|number| {
                let read = house.root.get_secret_value(GetSecretValue::new("s").version_id(token(number))).unwrap();
                String::from_utf8(read.value().to_vec()).unwrap()
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(values(), ["v1", "v2", "v3"]);
    house.root.update_secret(UpdateSecret::new("s").kms_key_id("")).unwrap();
    assert_eq!(keys(), [managed; 3]);
    assert_eq!(values(), ["v1", "v2", "v3"]);
    assert!(house.root.describe_secret("s").unwrap().kms_key_id.is_none());
    house.room.verify().unwrap();
}

#[test]
fn a_version_that_either_key_refuses_stays_and_the_update_succeeds() {
    let house = house();
    let old = house.customer_key(only_root());
    let user = house.user_with("u", allow("secretsmanager:*", "*"));
    let new = house.customer_key(admitting("u", "kms:GenerateDataKey kms:Decrypt"));
    house.root.create_secret(CreateSecret::text("s", "v").kms_key_id(old.as_str())).unwrap();
    // The user may choose the new key, but neither open under the old one nor kms:Encrypt under the new.
    user.update_secret(UpdateSecret::new("s").kms_key_id(new.as_str())).unwrap();
    let key_of =
        || house.root.list_secret_version_ids(ListSecretVersionIds::new("s")).unwrap().versions[0].kms_key_ids.clone();
    assert_eq!(key_of(), [old.as_str()]);
    assert_eq!(house.root.describe_secret("s").unwrap().kms_key_id.as_deref(), Some(new.as_str()));
    refused(user.get_secret_value("s"), "AccessDeniedException", KMS_DENIED);
    assert_eq!(house.root.get_secret_value("s").unwrap().value(), b"v");
    // The next version is under the new key.
    user.put_secret_value(PutSecretValue::text("s", "w")).unwrap();
    assert_eq!(user.get_secret_value("s").unwrap().value(), b"w");
}

#[test]
fn s10_a_secrets_data_key_is_nothing_that_kms_would_decrypt() {
    let house = house();
    let key = house.customer_key(only_root());
    house.root.create_secret(CreateSecret::text("s", "v").kms_key_id(key.as_str())).unwrap();
    let blob = house.root.kms().encrypt(Encrypt::new(key.as_str(), &b"x"[..])).unwrap().ciphertext_blob.into_vec();
    for kind in [0_u8, 1, 2, 4, 5, 6, 7, 8, 9, 255] {
        let mut other = blob.clone();
        other[4] = kind;
        refused_as(house.root.kms().decrypt(Decrypt::blob(other)), "InvalidCiphertextException");
    }
}

#[test]
fn the_managed_key_is_one_and_made_once() {
    let house = house();
    let described = house.root.kms().describe_key(DescribeKey::new("alias/aws/secretsmanager"));
    // Its policy lets the account describe it.
    let first = described.unwrap().key_metadata;
    house.secret("a", "v");
    house.secret("b", "v");
    let again = house.root.kms().describe_key(DescribeKey::new("alias/aws/secretsmanager")).unwrap().key_metadata;
    assert_eq!(first.key_id, again.key_id);
    assert_eq!(again.key_manager.as_str(), "AWS");
    let rows = house.room.status().unwrap().rows;
    assert_eq!(rows.iter().find(|(table, _)| *table == "k").unwrap().1, 1);
}
