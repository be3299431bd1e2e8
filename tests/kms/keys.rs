//! Keys of the KMS: making and describing them, aliases, key policies, encrypting. Through the public interface alone; every
//! error with its exact code and text.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail loudly")]

use std::collections::BTreeMap;

use crate::support::{
    ACCOUNT, NOBODY, denied, house, kms_arn, no_identity, no_resource, policy, refused, refused_as, root_arn,
    statement, user_arn,
};
use strongroom::name::Text;
use strongroom::operation::Blob;
use strongroom::operation::kms::{
    CreateAlias, CreateKey, Decrypt, DeleteAlias, DescribeKey, DryRunModifier, Encrypt, GenerateDataKey,
    GenerateDataKeyWithoutPlaintext, GetKeyPolicy, KeyMetadata, ListAliases, ListKeys, PutKeyPolicy, RecipientInfo,
    Tag, UpdateAlias,
};
use strongroom::operation::secretsmanager::CreateSecret;
use strongroom::{ErrorKind, Session};

fn key(session: &Session) -> KeyMetadata {
    session.kms().create_key(CreateKey::new()).unwrap().key_metadata
}
fn mac_key(session: &Session) -> KeyMetadata {
    session
        .kms()
        .create_key(CreateKey::new().key_spec("HMAC_256").key_usage("GENERATE_VERIFY_MAC"))
        .unwrap()
        .key_metadata
}
fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<Text, Text> {
    pairs.iter().map(|(key, value)| (Text::from(*key), Text::from(*value))).collect()
}
fn encrypt(session: &Session, key_id: &str, text: &str) -> Blob {
    session.kms().encrypt(Encrypt::new(key_id, text)).unwrap().ciphertext_blob
}
const UNREADABLE: &str = "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you \
                          are not allowed to access.";
const LOCKED_OUT: &str = "The new key policy will not allow you to update the key policy in the future.";

// Making and describing.

#[test]
fn a_key_is_made_with_defaults_and_described_under_each_of_its_names() {
    let house = house();
    let made = key(&house.root);
    assert_eq!(made.aws_account_id, ACCOUNT);
    assert_eq!(*made.arn, *kms_arn(&format!("key/{}", made.key_id)));
    assert!(made.enabled && !made.multi_region && made.description.is_empty());
    assert_eq!(
        [made.key_usage.as_str(), made.key_state.as_str(), made.origin.as_str(), made.key_manager.as_str()],
        ["ENCRYPT_DECRYPT", "Enabled", "AWS_KMS", "CUSTOMER"]
    );
    assert_eq!([made.key_spec.as_str(), made.customer_master_key_spec.as_str()], ["SYMMETRIC_DEFAULT"; 2]);
    assert_eq!(made.encryption_algorithms.as_deref().unwrap()[0].as_str(), "SYMMETRIC_DEFAULT");
    assert!(made.mac_algorithms.is_none() && made.deletion_date.is_none() && made.multi_region_configuration.is_none());
    assert_eq!(made.current_key_material_id.as_ref().unwrap().len(), 64);
    house.root.kms().create_alias(CreateAlias::new("alias/app", &made.key_id)).unwrap();
    for name in [&*made.key_id, &*made.arn, "alias/app", &kms_arn("alias/app")] {
        assert_eq!(house.root.kms().describe_key(name).unwrap().key_metadata, made, "{name}");
    }
}

#[test]
fn a_mac_key_has_its_own_members() {
    let house = house();
    let made = mac_key(&house.root);
    assert_eq!(made.key_usage.as_str(), "GENERATE_VERIFY_MAC");
    assert_eq!(made.customer_master_key_spec.as_str(), "HMAC_256");
    assert_eq!(made.mac_algorithms.as_deref().unwrap()[0].as_str(), "HMAC_SHA_256");
    assert!(made.encryption_algorithms.is_none() && made.current_key_material_id.is_none());
}

#[test]
fn a_multi_region_key_is_the_primary_of_its_family() {
    let house = house();
    let made = house.root.kms().create_key(CreateKey::new().multi_region(true)).unwrap().key_metadata;
    let digits = made.key_id.strip_prefix("mrk-").unwrap();
    assert!(digits.len() == 32 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let family = made.multi_region_configuration.as_ref().unwrap();
    assert_eq!(family.multi_region_key_type.as_str(), "PRIMARY");
    assert_eq!((&family.primary_key.arn, family.replica_keys.len()), (&made.arn, 0));
    let blob = encrypt(&house.root, &made.key_id, "x");
    assert_eq!(house.root.kms().decrypt(Decrypt::blob(blob)).unwrap().plaintext.expose(), b"x");
    // The same sixteen bytes in the other form name no key.
    let plain =
        format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]);
    refused(
        house.root.kms().describe_key(plain.as_str()),
        "NotFoundException",
        &format!("Key '{}' does not exist", kms_arn(&format!("key/{plain}"))),
    );
}

#[test]
fn contradictions_and_kinds_that_are_not_made_here_are_refused() {
    let house = house();
    let kms = house.root.kms();
    refused(
        kms.create_key(CreateKey::new().key_spec("SYMMETRIC_DEFAULT").customer_master_key_spec("SYMMETRIC_DEFAULT")),
        "ValidationException",
        "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.",
    );
    refused(
        kms.create_key(CreateKey::new().key_spec("HMAC_256")),
        "ValidationException",
        "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
    );
    refused(
        kms.create_key(CreateKey::new().key_spec("HMAC_256").key_usage("ENCRYPT_DECRYPT")),
        "ValidationException",
        "KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec HMAC_256",
    );
    let text = |what: &str| format!("`{what}` is not served by this release");
    for spec in ["RSA_2048", "ECC_NIST_P256", "ML_DSA_44"] {
        let request = CreateKey::new().key_spec(spec).key_usage("SIGN_VERIFY");
        refused(kms.create_key(request), "UnsupportedOperationException", &text(&format!("KeySpec {spec}")));
    }
    for origin in ["AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"] {
        let refusal = kms.create_key(CreateKey::new().origin(origin));
        refused(refusal, "UnsupportedOperationException", &text(&format!("Origin {origin}")));
    }
    refused_as(kms.create_key(CreateKey::new().custom_key_store_id("cks-1")), "UnsupportedOperationException");
    refused_as(kms.create_key(CreateKey::new().xks_key_id("x")), "UnsupportedOperationException");
    refused_as(kms.create_key(CreateKey::new().key_spec("AES_256")), "ValidationException");
    assert_eq!(kms.list_keys(ListKeys::new()).unwrap().keys, [], "nothing was made");
}

#[test]
fn tags_of_a_key_keep_kms_rules() {
    let house = house();
    let made = |tags: Vec<Tag>| house.root.kms().create_key(CreateKey::new().tags(tags));
    made(vec![Tag::new("k", "v"), Tag::new("K", "")]).unwrap();
    refused(made(vec![Tag::new("k", "1"), Tag::new("k", "2")]), "TagException", "Duplicate tag keys");
    refused(made(vec![Tag::new("AWS:x", "1")]), "TagException", "Tags beginning with aws: are reserved");
    let many = (0..51).map(|number| Tag::new(format!("k{number}"), "v")).collect();
    refused(made(many), "TagException", "Too many tags");
}

#[test]
fn keys_are_made_by_identity_policies_alone_and_tagging_is_a_question_of_its_own() {
    let house = house();
    let anaya = house.user("anaya");
    let deny = |result, action: &str| denied(result, &user_arn("anaya"), action, None, &no_identity(action));
    deny(anaya.kms().create_key(CreateKey::new()), "kms:CreateKey");
    house.allow("anaya", "kms:CreateKey", "*");
    key(&anaya);
    let tagged = || CreateKey::new().tags(vec![Tag::new("team", "red")]);
    deny(anaya.kms().create_key(tagged()), "kms:TagResource");
    house.allow("anaya", "kms:CreateKey kms:TagResource", "*");
    anaya.kms().create_key(tagged()).unwrap();
}

#[test]
fn conditions_on_what_is_made_see_defaults_too() {
    let house = house();
    let anaya = house.user("anaya");
    let put = |condition: &str| {
        let document = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"kms:*","Resource":"*"}},
                {{"Effect":"Deny","Action":"kms:CreateKey","Resource":"*","Condition":{condition}}}]}}"#
        );
        let request = strongroom::operation::iam::PutUserPolicy::new("anaya", "only", document);
        house.root.iam().put_user_policy(request).unwrap();
    };
    for condition in [
        r#"{"StringEquals":{"kms:KeySpec":"SYMMETRIC_DEFAULT"}}"#,
        r#"{"StringEquals":{"kms:KeyUsage":"ENCRYPT_DECRYPT"}}"#,
        r#"{"StringEquals":{"kms:KeyOrigin":"AWS_KMS"}}"#,
        r#"{"Bool":{"kms:MultiRegion":"false"}}"#,
        r#"{"Null":{"kms:BypassPolicyLockoutSafetyCheck":"true"}}"#,
        r#"{"Null":{"aws:RequestTag/team":"true"}}"#,
    ] {
        put(condition);
        let error = anaya.kms().create_key(CreateKey::new()).unwrap_err();
        let text = format!(
            "User: {} is not authorized to perform: kms:CreateKey with an explicit deny in an identity-based policy",
            user_arn("anaya")
        );
        assert_eq!(error.message().to_string(), text, "{condition}");
    }
    put(r#"{"StringNotEquals":{"aws:RequestTag/team":"red"}}"#);
    refused_as(anaya.kms().create_key(CreateKey::new().tags(vec![Tag::new("team", "blue")])), "AccessDeniedException");
    anaya.kms().create_key(CreateKey::new().tags(vec![Tag::new("team", "red")])).unwrap();
    put(r#"{"ForAnyValue:StringEquals":{"aws:TagKeys":"cost"}}"#);
    refused_as(anaya.kms().create_key(CreateKey::new().tags(vec![Tag::new("cost", "1")])), "AccessDeniedException");
    put(r#"{"Bool":{"kms:BypassPolicyLockoutSafetyCheck":"true"}}"#);
    refused_as(
        anaya.kms().create_key(CreateKey::new().bypass_policy_lockout_safety_check(true)),
        "AccessDeniedException",
    );
}

// Names.

#[test]
fn names_of_no_key_are_told_to_anybody_before_authorisation() {
    let house = house();
    let nobody = house.user("nobody");
    for session in [&house.root, &nobody] {
        for (name, code, text) in [
            ("fake-key-id", "NotFoundException", "Invalid keyId 'fake-key-id'".to_owned()),
            ("mrk-fake-key-id", "NotFoundException", "Invalid keyId 'mrk-fake-key-id'".to_owned()),
            (&NOBODY.replace('-', ""), "NotFoundException", format!("Invalid keyId '{}'", NOBODY.replace('-', ""))),
            (&NOBODY.replace('1', "A"), "NotFoundException", format!("Invalid keyId '{}'", NOBODY.replace('1', "A"))),
            (NOBODY, "NotFoundException", format!("Key '{}' does not exist", kms_arn(&format!("key/{NOBODY}")))),
            (
                &kms_arn(&format!("key/{NOBODY}")),
                "NotFoundException",
                format!("Key '{}' does not exist", kms_arn(&format!("key/{NOBODY}"))),
            ),
            (
                &format!("arn:aws:kms:eu-west-1:{ACCOUNT}:key/{NOBODY}"),
                "NotFoundException",
                "Invalid arn eu-west-1".to_owned(),
            ),
            ("alias/none", "NotFoundException", format!("Alias {} is not found.", kms_arn("alias/none"))),
            (&kms_arn("alias/none"), "NotFoundException", format!("Alias {} is not found.", kms_arn("alias/none"))),
        ] {
            refused(session.kms().describe_key(name), code, &text);
            refused(session.kms().encrypt(Encrypt::new(name, "x")), code, &text);
            refused(session.kms().generate_data_key(GenerateDataKey::new(name)), code, &text);
            refused(session.kms().decrypt(Decrypt::blob(vec![1]).key_id(name)), code, &text);
        }
    }
}

#[test]
fn management_takes_no_alias() {
    let house = house();
    let made = key(&house.root);
    house.root.kms().create_alias(CreateAlias::new("alias/app", &made.key_id)).unwrap();
    let text = "Invalid keyId 'alias/app'";
    refused(house.root.kms().get_key_policy("alias/app"), "NotFoundException", text);
    refused(house.root.kms().put_key_policy(PutKeyPolicy::new("alias/app", "{}")), "NotFoundException", text);
    refused(house.root.kms().list_grants("alias/app"), "NotFoundException", text);
    refused(house.root.kms().list_aliases(ListAliases::new().key_id("alias/app")), "NotFoundException", text);
}

#[test]
fn keys_are_listed_in_pages_that_neither_repeat_nor_skip() {
    let house = house();
    let mut made: Vec<Text> = (0..7).map(|_| key(&house.root).key_id).collect();
    made.sort();
    let mut seen = Vec::new();
    let mut marker: Option<Text> = None;
    loop {
        let mut request = ListKeys::new().limit(3);
        request.marker = marker.take();
        let page = house.root.kms().list_keys(request).unwrap();
        assert_eq!(page.truncated, page.next_marker.is_some());
        seen.extend(page.keys.iter().map(|entry| entry.key_id.clone()));
        if !page.truncated {
            break;
        }
        marker = page.next_marker;
    }
    assert_eq!(seen, made);
    refused(
        house.root.kms().list_keys(ListKeys::new().marker("forged")),
        "InvalidMarkerException",
        "The marker is not valid.",
    );
    let alias_page = house.root.kms().list_aliases(ListAliases::new().limit(1)).unwrap();
    assert!(!alias_page.truncated);
    house.root.kms().create_alias(CreateAlias::new("alias/one", &made[0])).unwrap();
    let marker = house.root.kms().list_aliases(ListAliases::new().limit(1)).unwrap().next_marker.unwrap();
    refused_as(house.root.kms().list_keys(ListKeys::new().marker(marker)), "InvalidMarkerException");
    refused_as(house.root.kms().list_keys(ListKeys::new().limit(0)), "ValidationException");
    refused_as(house.root.kms().list_keys(ListKeys::new().limit(1001)), "ValidationException");
    let anaya = house.user("anaya");
    denied(
        anaya.kms().list_keys(ListKeys::new()),
        &user_arn("anaya"),
        "kms:ListKeys",
        None,
        &no_identity("kms:ListKeys"),
    );
}

// Aliases.

#[test]
fn an_alias_is_made_moved_listed_and_deleted() {
    let house = house();
    let (one, two) = (key(&house.root), key(&house.root));
    let kms = house.root.kms();
    kms.create_alias(CreateAlias::new("alias/app", &one.arn)).unwrap();
    house.clock.advance_millis(5_000);
    kms.update_alias(UpdateAlias::new("alias/app", &two.key_id)).unwrap();
    let aliases = kms.list_aliases(ListAliases::new()).unwrap().aliases;
    assert_eq!(
        aliases.iter().map(|entry| &*entry.alias_name).collect::<Vec<_>>(),
        ["alias/app", "alias/aws/secretsmanager"]
    );
    assert_eq!(*aliases[0].alias_arn, *kms_arn("alias/app"));
    assert_eq!(aliases[0].target_key_id.as_ref(), Some(&two.key_id), "the bare id");
    assert_eq!(
        aliases[0].last_updated_date.unwrap().as_millis() - aliases[0].creation_date.unwrap().as_millis(),
        5_000
    );
    assert!(aliases[1].target_key_id.is_none() && aliases[1].creation_date.is_none(), "predefined, without a key yet");
    assert_eq!(kms.list_aliases(ListAliases::new().key_id(&one.key_id)).unwrap().aliases, []);
    assert_eq!(kms.list_aliases(ListAliases::new().key_id(&two.arn)).unwrap().aliases.len(), 1);
    let blob = encrypt(&house.root, "alias/app", "x");
    assert_eq!(kms.decrypt(Decrypt::blob(blob)).unwrap().key_id, two.arn);
    kms.delete_alias("alias/app").unwrap();
    let unknown = format!("Alias {} is not found.", kms_arn("alias/app"));
    refused(kms.delete_alias(DeleteAlias::new("alias/app")), "NotFoundException", &unknown);
    refused(kms.encrypt(Encrypt::new("alias/app", "x")), "NotFoundException", &unknown);
}

#[test]
fn names_of_aliases_are_checked() {
    let house = house();
    let made = key(&house.root);
    let create = |name: &str| house.root.kms().create_alias(CreateAlias::new(name, &made.key_id));
    refused(
        create("app"),
        "ValidationException",
        "Alias must start with the prefix \"alias/\". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
    );
    refused(create("alias/a:b"), "ValidationException", "alias/a:b contains invalid characters for an alias");
    refused_as(create("alias/a b"), "ValidationException");
    refused_as(create(&format!("alias/{}", "x".repeat(251))), "ValidationException");
    refused(create("alias/aws/app"), "NotAuthorizedException", "");
    refused(
        house.root.kms().update_alias(UpdateAlias::new("alias/aws/app", &made.key_id)),
        "NotAuthorizedException",
        "",
    );
    refused(house.root.kms().delete_alias("alias/aws/app"), "NotAuthorizedException", "");
    create("alias/app").unwrap();
    refused(
        create("alias/app"),
        "AlreadyExistsException",
        &format!("An alias with the name {} already exists", kms_arn("alias/app")),
    );
}

#[test]
fn targets_of_aliases_are_keys_of_the_same_kind_that_are_there() {
    let house = house();
    let (made, mac) = (key(&house.root), mac_key(&house.root));
    let kms = house.root.kms();
    kms.create_alias(CreateAlias::new("alias/app", &made.key_id)).unwrap();
    let no_alias = "Aliases must refer to keys. Not aliases";
    refused(kms.create_alias(CreateAlias::new("alias/b", "alias/app")), "ValidationException", no_alias);
    refused(kms.create_alias(CreateAlias::new("alias/b", kms_arn("alias/app"))), "ValidationException", no_alias);
    refused(
        kms.create_alias(CreateAlias::new("alias/b", NOBODY)),
        "NotFoundException",
        &format!("Key '{}' does not exist", kms_arn(&format!("key/{NOBODY}"))),
    );
    refused_as(kms.update_alias(UpdateAlias::new("alias/app", &mac.key_id)), "ValidationException");
    let unknown = format!("Alias {} is not found.", kms_arn("alias/none"));
    refused(kms.update_alias(UpdateAlias::new("alias/none", &made.key_id)), "NotFoundException", &unknown);
    refused(kms.delete_alias("alias/none"), "NotFoundException", &unknown);
}

#[test]
fn a_key_has_at_most_fifty_aliases() {
    let house = house();
    let (made, other) = (key(&house.root), key(&house.root));
    let kms = house.root.kms();
    for number in 0..50 {
        kms.create_alias(CreateAlias::new(format!("alias/{number}"), &made.key_id)).unwrap();
    }
    refused_as(kms.create_alias(CreateAlias::new("alias/50", &made.key_id)), "LimitExceededException");
    kms.create_alias(CreateAlias::new("alias/50", &other.key_id)).unwrap();
    refused_as(kms.update_alias(UpdateAlias::new("alias/50", &made.key_id)), "LimitExceededException");
    kms.update_alias(UpdateAlias::new("alias/0", &made.key_id)).unwrap();
    kms.delete_alias("alias/0").unwrap();
    kms.update_alias(UpdateAlias::new("alias/50", &made.key_id)).unwrap();
}

#[test]
fn alias_operations_ask_on_the_alias_and_on_every_key() {
    let house = house();
    let (one, two) = (key(&house.root), key(&house.root));
    let anaya = house.user_who_may("anaya", "kms:CreateAlias", &kms_arn("alias/app"));
    let create = || anaya.kms().create_alias(CreateAlias::new("alias/app", &one.arn));
    let who = user_arn("anaya");
    denied(create(), &who, "kms:CreateAlias", Some(&one.arn), &no_identity("kms:CreateAlias"));
    house.allow("anaya", "kms:CreateAlias", &one.arn);
    denied(create(), &who, "kms:CreateAlias", Some("alias/app"), &no_identity("kms:CreateAlias"));
    house.allow("anaya", "kms:CreateAlias", &kms_arn("*"));
    create().unwrap();
    // Moving it: the alias, the old key, the new key; the old one is called by the caller's own words.
    let update = || anaya.kms().update_alias(UpdateAlias::new("alias/app", &two.arn));
    denied(update(), &who, "kms:UpdateAlias", Some("alias/app"), &no_identity("kms:UpdateAlias"));
    house.allow("anaya", "kms:UpdateAlias", &kms_arn("alias/app"));
    denied(update(), &who, "kms:UpdateAlias", Some("alias/app"), &no_identity("kms:UpdateAlias"));
    house.allow("anaya", "kms:UpdateAlias", &kms_arn("alias/*"));
    let both = |resources: [&str; 2]| {
        let document = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"kms:*","Resource":["{}","{}"]}}]}}"#,
            resources[0], resources[1]
        );
        let request = strongroom::operation::iam::PutUserPolicy::new("anaya", "only", document);
        house.root.iam().put_user_policy(request).unwrap();
    };
    both([&kms_arn("alias/app"), &one.arn]);
    denied(update(), &who, "kms:UpdateAlias", Some(&two.arn), &no_identity("kms:UpdateAlias"));
    both([&kms_arn("alias/app"), &two.arn]);
    denied(update(), &who, "kms:UpdateAlias", Some("alias/app"), &no_identity("kms:UpdateAlias"));
    both([&kms_arn("alias/app"), &kms_arn("key/*")]);
    update().unwrap();
    both([&kms_arn("alias/app"), &one.arn]);
    denied(
        anaya.kms().delete_alias("alias/app"),
        &who,
        "kms:DeleteAlias",
        Some("alias/app"),
        &no_identity("kms:DeleteAlias"),
    );
}

#[test]
fn an_alias_in_a_policys_resource_allows_no_use_of_the_key_but_conditions_on_aliases_do() {
    let house = house();
    let made = key(&house.root);
    house.root.kms().create_alias(CreateAlias::new("alias/app", &made.key_id)).unwrap();
    let anaya = house.user_who_may("anaya", "kms:Encrypt", &kms_arn("alias/app"));
    let by_alias = || anaya.kms().encrypt(Encrypt::new("alias/app", "x"));
    denied(by_alias(), &user_arn("anaya"), "kms:Encrypt", Some("alias/app"), &no_identity("kms:Encrypt"));
    let put = |condition: &str| {
        let document = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*","Condition":{condition}}}]}}"#
        );
        let request = strongroom::operation::iam::PutUserPolicy::new("anaya", "only", document);
        house.root.iam().put_user_policy(request).unwrap();
    };
    put(r#"{"StringEquals":{"kms:RequestAlias":"alias/app"}}"#);
    by_alias().unwrap();
    anaya.kms().encrypt(Encrypt::new(kms_arn("alias/app"), "x")).unwrap();
    refused_as(anaya.kms().encrypt(Encrypt::new(&made.arn, "x")), "AccessDeniedException");
    put(r#"{"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/app"}}"#);
    anaya.kms().encrypt(Encrypt::new(&made.arn, "x")).unwrap();
    house.root.kms().delete_alias("alias/app").unwrap();
    refused_as(anaya.kms().encrypt(Encrypt::new(&made.arn, "x")), "AccessDeniedException");
}

// Key policies.

#[test]
fn a_key_starts_with_the_policy_that_hands_it_to_the_account() {
    let house = house();
    let made = key(&house.root);
    let answer = house.root.kms().get_key_policy(&*made.key_id).unwrap();
    assert_eq!(answer.policy_name, "default");
    assert_eq!(
        *answer.policy,
        *format!(
            r#"{{"Version":"2012-10-17","Id":"key-default-1","Statement":[{{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":"kms:*","Resource":"*"}}]}}"#,
            root_arn()
        )
    );
    refused(
        house.root.kms().get_key_policy(GetKeyPolicy::new(&made.key_id).policy_name("other")),
        "NotFoundException",
        "No such policy exists",
    );
}

#[test]
fn a_policy_is_returned_byte_for_byte_and_binds_the_next_call() {
    let house = house();
    let anaya = house.user("anaya");
    let made = key(&house.root);
    let document = format!(
        " {} ",
        policy(&[
            statement("Allow", &root_arn(), "kms:*"),
            statement("Allow", &user_arn("anaya"), "kms:Encrypt kms:Decrypt")
        ])
    );
    refused_as(anaya.kms().encrypt(Encrypt::new(&made.arn, "x")), "AccessDeniedException");
    house.root.kms().put_key_policy(PutKeyPolicy::new(&made.key_id, document.as_str())).unwrap();
    assert_eq!(*house.root.kms().get_key_policy(&*made.key_id).unwrap().policy, *document);
    // Named by the key policy, the user needs no policy of its own.
    let blob = encrypt(&anaya, &made.arn, "x");
    assert_eq!(anaya.kms().decrypt(Decrypt::blob(blob)).unwrap().plaintext.expose(), b"x");
    denied(
        anaya.kms().describe_key(&*made.arn),
        &user_arn("anaya"),
        "kms:DescribeKey",
        Some(&made.arn),
        &no_identity("kms:DescribeKey"),
    );
}

#[test]
fn policies_that_are_none_are_refused() {
    let house = house();
    let made = key(&house.root);
    let put = |document: &str| house.root.kms().put_key_policy(PutKeyPolicy::new(&made.key_id, document));
    let before = house.root.kms().get_key_policy(&*made.key_id).unwrap();
    for document in [
        "{",
        "[]",
        "{}",
        r#"{"Version":"2012-10-17","Statement":[]}"#,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}"#,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotPrincipal":{"AWS":"*"},"Action":"kms:*","Resource":"*"}]}"#,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*","Rescource":"*"}]}"#,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Maybe","Principal":"*","Action":"kms:*","Resource":"*"}]}"#,
    ] {
        let error = put(document).unwrap_err();
        assert_eq!(
            (error.code(), error.kind()),
            ("MalformedPolicyDocumentException", ErrorKind::MalformedPolicy),
            "{document}"
        );
    }
    let nobody = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}"#;
    let error = put(nobody).unwrap_err();
    assert_eq!(error.message().to_string(), "Policy contains a statement with no principal.");
    assert!(std::error::Error::source(&error).unwrap().to_string().starts_with("line 1, column "));
    let group = policy(&[statement("Allow", &format!("arn:aws:iam::{ACCOUNT}:group/g"), "kms:*")]);
    refused(
        put(&group),
        "MalformedPolicyDocumentException",
        "Policy contains a statement with one or more invalid principals.",
    );
    let lax = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":"kms:*","Resource":"*",
            "Condition":{{"ForAllValues:StringEquals":{{"kms:EncryptionContext:app":"a"}}}}}}]}}"#,
        root_arn()
    );
    let text = put(&lax).unwrap_err().message().to_string();
    assert!(
        text.starts_with("OverlyPermissiveCondition:EncryptionContext: ") && text.contains("kms:EncryptionContext:app"),
        "{text}"
    );
    put(&lax.replace("kms:EncryptionContext:app", "kms:EncryptionContextKeys")).unwrap();
    let misspelt = r#"{"Version":"2012-10-17",
 "Statement":[{"Efect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}"#;
    let text = put(misspelt).unwrap_err().message().to_string();
    assert!(text.contains("line 2") && text.contains("`Effect`"), "{text}");
    let invalid = "Policy contains a statement with one or more invalid principals.";
    for arn in [user_arn("nobody"), crate::support::role_arn("nobody")] {
        let document = policy(&[statement("Allow", &root_arn(), "kms:*"), statement("Allow", &arn, "kms:*")]);
        refused(put(&document), "MalformedPolicyDocumentException", invalid);
        refused(
            house.root.kms().create_key(CreateKey::new().policy(document)),
            "MalformedPolicyDocumentException",
            invalid,
        );
    }
    let elsewhere = policy(&[
        statement("Allow", &root_arn(), "kms:*"),
        statement("Allow", "arn:aws:iam::111122223333:user/x", "kms:*"),
    ]);
    put(&elsewhere).unwrap();
    let long = format!("{}{}", before.policy, " ".repeat(32_769 - before.policy.len()));
    refused_as(put(&long), "LimitExceededException");
    put(&long[..32_768]).unwrap();
    refused(
        house.root.kms().put_key_policy(PutKeyPolicy::new(&made.key_id, &before.policy).policy_name("AWS_RAM")),
        "ValidationException",
        "The AWS_RAM policy can only be managed by the RAM service",
    );
    refused_as(
        house.root.kms().put_key_policy(PutKeyPolicy::new(&made.key_id, &before.policy).policy_name("mine")),
        "ValidationException",
    );
}

#[test]
fn nobody_locks_himself_out_without_saying_so() {
    let house = house();
    house.user("anaya");
    let made = key(&house.root);
    let without_root = policy(&[statement("Allow", &user_arn("anaya"), "kms:*")]);
    let put = || PutKeyPolicy::new(&made.key_id, without_root.as_str());
    let malformed = "MalformedPolicyDocumentException";
    refused(house.root.kms().put_key_policy(put()), malformed, LOCKED_OUT);
    refused(house.root.kms().put_key_policy(put().bypass_policy_lockout_safety_check(false)), malformed, LOCKED_OUT);
    refused(house.root.kms().create_key(CreateKey::new().policy(without_root.as_str())), malformed, LOCKED_OUT);
    house.root.kms().put_key_policy(put().bypass_policy_lockout_safety_check(true)).unwrap();
    // Now even root is out; only the user that the policy names is in.
    let why = no_resource("kms:PutKeyPolicy");
    denied(house.root.kms().put_key_policy(put()), &root_arn(), "kms:PutKeyPolicy", Some(&made.key_id), &why);
    let why = no_resource("kms:DescribeKey");
    denied(house.root.kms().describe_key(&*made.key_id), &root_arn(), "kms:DescribeKey", Some(&made.key_id), &why);
    let anaya = house.room.session("user/anaya").unwrap();
    anaya.kms().describe_key(&*made.key_id).unwrap();
    anaya.kms().put_key_policy(put()).unwrap();
}

#[test]
fn delegation_counts_in_the_lockout_check_only_with_what_is_delegated_to() {
    let house = house();
    let delegating = policy(&[statement("Allow", &root_arn(), "kms:*")]);
    let anaya = house.user_who_may("anaya", "kms:CreateKey", "*");
    refused(
        anaya.kms().create_key(CreateKey::new().policy(delegating.as_str())),
        "MalformedPolicyDocumentException",
        LOCKED_OUT,
    );
    anaya.kms().create_key(CreateKey::new()).unwrap();
    house.allow("anaya", "kms:CreateKey kms:PutKeyPolicy", "*");
    anaya.kms().create_key(CreateKey::new().policy(delegating.as_str())).unwrap();
}

#[test]
fn without_the_root_statement_identity_allows_are_void_and_denies_are_not() {
    let house = house();
    let anaya = house.user_who_may("anaya", "kms:*", "*");
    let made = key(&house.root);
    encrypt(&anaya, &made.arn, "x");
    let only_root_manages = policy(&[statement("Allow", &root_arn(), "kms:PutKeyPolicy kms:Describe*")]);
    house.root.kms().put_key_policy(PutKeyPolicy::new(&made.key_id, only_root_manages)).unwrap();
    denied(
        anaya.kms().encrypt(Encrypt::new(&made.arn, "x")),
        &user_arn("anaya"),
        "kms:Encrypt",
        Some(&made.arn),
        &no_resource("kms:Encrypt"),
    );
    anaya.kms().describe_key(&*made.arn).unwrap();
    let names_her =
        policy(&[statement("Allow", &root_arn(), "kms:*"), statement("Allow", &user_arn("anaya"), "kms:*")]);
    house.root.kms().put_key_policy(PutKeyPolicy::new(&made.key_id, names_her)).unwrap();
    encrypt(&anaya, &made.arn, "x");
    let deny = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"kms:Encrypt","Resource":"*"}]}"#;
    house.root.iam().put_user_policy(strongroom::operation::iam::PutUserPolicy::new("anaya", "only", deny)).unwrap();
    denied(
        anaya.kms().encrypt(Encrypt::new(&made.arn, "x")),
        &user_arn("anaya"),
        "kms:Encrypt",
        Some(&made.arn),
        " with an explicit deny in an identity-based policy",
    );
}

#[test]
fn a_user_made_anew_inherits_nothing_from_a_key_policy() {
    let house = house();
    let anaya = house.user("anaya");
    let made = key(&house.root);
    let names_her =
        policy(&[statement("Allow", &root_arn(), "kms:*"), statement("Allow", &user_arn("anaya"), "kms:Encrypt")]);
    house.root.kms().put_key_policy(PutKeyPolicy::new(&made.key_id, names_her.as_str())).unwrap();
    encrypt(&anaya, &made.arn, "x");
    house.root.iam().delete_user("anaya").unwrap();
    assert_eq!(anaya.kms().encrypt(Encrypt::new(&made.arn, "x")).unwrap_err().kind(), ErrorKind::Expired);
    let again = house.user("anaya");
    refused_as(again.kms().encrypt(Encrypt::new(&made.arn, "x")), "AccessDeniedException");
    assert_eq!(
        anaya.kms().encrypt(Encrypt::new(&made.arn, "x")).unwrap_err().kind(),
        ErrorKind::Expired,
        "the old session too"
    );
    house.root.kms().put_key_policy(PutKeyPolicy::new(&made.key_id, names_her)).unwrap();
    encrypt(&again, &made.arn, "x");
}

#[test]
fn another_account_needs_the_key_policy_and_its_own_account() {
    let house = house();
    let made = key(&house.root);
    let mateo = house.stranger("arn:aws:iam::111122223333:user/mateo");
    let encrypt_as = |who: &Session| who.kms().encrypt(Encrypt::new(&made.arn, "x"));
    refused_as(encrypt_as(&mateo), "AccessDeniedException");
    let admits = policy(&[
        statement("Allow", &root_arn(), "kms:*"),
        statement("Allow", "arn:aws:iam::111122223333:root", "kms:Encrypt"),
    ]);
    house.root.kms().put_key_policy(PutKeyPolicy::new(&made.key_id, admits)).unwrap();
    encrypt_as(&mateo).unwrap();
    let none: [&str; 0] = [];
    let idle = strongroom::Principal::of_another_account("arn:aws:iam::111122223333:user/idle", none);
    refused_as(encrypt_as(&house.room.session(idle).unwrap()), "AccessDeniedException");
}

// The managed key.

#[test]
fn the_managed_key_is_made_by_whoever_describes_it_first() {
    let house = house();
    let kms = house.root.kms();
    assert_eq!(kms.list_keys(ListKeys::new()).unwrap().keys, []);
    let made = kms.describe_key("alias/aws/secretsmanager").unwrap().key_metadata;
    assert_eq!(made.key_manager.as_str(), "AWS");
    assert_eq!(made.description, "Default key that protects my Secrets Manager data when no other key is defined");
    let by_arn = kms.describe_key(kms_arn("alias/aws/secretsmanager").as_str()).unwrap().key_metadata;
    assert_eq!(by_arn, made);
    assert_eq!(kms.describe_key(&*made.key_id).unwrap().key_metadata, made);
    house.root.create_secret(CreateSecret::text("a", "v")).unwrap();
    assert_eq!(kms.list_keys(ListKeys::new()).unwrap().keys.len(), 1, "the secret uses the same one");
    let aliases = kms.list_aliases(ListAliases::new()).unwrap().aliases;
    assert_eq!(aliases.len(), 1);
    assert_eq!(aliases[0].target_key_id.as_ref(), Some(&made.key_id));
}

#[test]
fn who_may_not_describe_the_managed_key_does_not_make_it() {
    let house = house();
    let anaya = house.user("anaya");
    denied(
        anaya.kms().describe_key("alias/aws/secretsmanager"),
        &user_arn("anaya"),
        "kms:DescribeKey",
        Some("alias/aws/secretsmanager"),
        &no_identity("kms:DescribeKey"),
    );
    refused_as(
        anaya.kms().describe_key(DescribeKey::new("alias/aws/secretsmanager").grant_tokens(vec![Text::from("forged")])),
        "InvalidGrantTokenException",
    );
    assert_eq!(house.root.kms().list_keys(ListKeys::new()).unwrap().keys, []);
    house.allow("anaya", "kms:DescribeKey", "*");
    anaya.kms().describe_key("alias/aws/secretsmanager").unwrap();
}

#[test]
fn the_managed_key_serves_through_its_service_only_even_for_root() {
    let house = house();
    house.root.create_secret(CreateSecret::text("a", "v")).unwrap();
    let kms = house.root.kms();
    let managed = kms.describe_key("alias/aws/secretsmanager").unwrap().key_metadata;
    let deny = |result: Result<(), strongroom::Error>, action: &str| {
        denied(result, &root_arn(), action, Some(&managed.arn), &no_resource(action));
    };
    deny(kms.encrypt(Encrypt::new(&managed.arn, "x")).map(drop), "kms:Encrypt");
    deny(kms.generate_data_key(GenerateDataKey::new(&managed.arn).number_of_bytes(8)).map(drop), "kms:GenerateDataKey");
    let everything = policy(&[statement("Allow", "*", "kms:*")]);
    deny(kms.put_key_policy(PutKeyPolicy::new(&managed.arn, everything)).map(drop), "kms:PutKeyPolicy");
    deny(kms.create_alias(CreateAlias::new("alias/mine", &managed.arn)).map(drop), "kms:CreateAlias");
    let grant = strongroom::operation::kms::CreateGrant::to(root_arn(), &managed.arn, ["Decrypt"]);
    deny(kms.create_grant(grant).map(drop), "kms:CreateGrant");
    assert!(kms.get_key_policy(&*managed.arn).unwrap().policy.contains("kms:ViaService"));
    assert_eq!(kms.list_grants(&*managed.arn).unwrap().grants, []);
    assert_eq!(house.root.get_secret_value("a").unwrap().value(), b"v");
}

// Encrypting.

#[test]
fn what_was_encrypted_decrypts_under_the_same_context_only() {
    let house = house();
    let made = key(&house.root);
    let kms = house.root.kms();
    let context = pairs(&[("purpose", "test"), ("ort", "K\u{f6}ln")]);
    let answer = kms.encrypt(Encrypt::new(&made.key_id, "hello").encryption_context(context.clone())).unwrap();
    assert_eq!((&answer.key_id, answer.encryption_algorithm.as_str()), (&made.arn, "SYMMETRIC_DEFAULT"));
    let decrypt = |context: Option<BTreeMap<Text, Text>>| {
        let mut request = Decrypt::blob(answer.ciphertext_blob.clone());
        request.encryption_context = context;
        kms.decrypt(request)
    };
    let opened = decrypt(Some(context)).unwrap();
    assert_eq!(opened.plaintext.expose(), b"hello");
    assert_eq!((&opened.key_id, Some(&opened.key_material_id)), (&made.arn, made.current_key_material_id.as_ref()));
    for wrong in [
        None,
        Some(pairs(&[])),
        Some(pairs(&[("purpose", "test")])),
        Some(pairs(&[("purpose", "test"), ("ort", "Koln")])),
        Some(pairs(&[("purpose", "test"), ("Ort", "K\u{f6}ln")])),
        Some(pairs(&[("purpose", "test"), ("ort", "Ko\u{308}ln")])),
        Some(pairs(&[("purpose", "test"), ("ort", "K\u{f6}ln"), ("x", "")])),
        Some(pairs(&[("purposetest", ""), ("ort", "K\u{f6}ln")])),
    ] {
        refused(decrypt(wrong), "InvalidCiphertextException", "");
    }
    // No context is the same as an empty one, and one given where none was used is a mismatch.
    let plain = encrypt(&house.root, &made.key_id, "hello");
    kms.decrypt(Decrypt::blob(plain.clone()).encryption_context(pairs(&[]))).unwrap();
    refused(
        kms.decrypt(Decrypt::blob(plain.clone()).encryption_context(pairs(&[("a", "b")]))),
        "InvalidCiphertextException",
        "",
    );
    assert_ne!(encrypt(&house.root, &made.key_id, "hello"), plain, "the same text twice gives two blobs");
}

#[test]
fn a_blob_that_was_touched_has_one_answer_whatever_was_touched() {
    let house = house();
    let made = key(&house.root);
    let blob = encrypt(&house.root, &made.key_id, "hello").into_vec();
    let decrypt = |blob: &[u8], named: bool| {
        let mut request = Decrypt::blob(blob);
        request.key_id = named.then(|| made.key_id.clone());
        house.root.kms().decrypt(request)
    };
    decrypt(&blob, true).unwrap();
    decrypt(&blob, false).unwrap();
    for len in 1..blob.len() {
        for named in [true, false] {
            let error = decrypt(&blob[..len], named).unwrap_err();
            assert_eq!(
                (error.code(), error.message().to_string()),
                ("InvalidCiphertextException", String::new()),
                "cut at {len}"
            );
        }
    }
    let longer = [blob.as_slice(), &[0]].concat();
    refused(decrypt(&longer, false), "InvalidCiphertextException", "");
    for place in 0..blob.len() {
        let mut touched = blob.clone();
        touched[place] ^= 1;
        let error = decrypt(&touched, false).unwrap_err();
        // Where the header names the key, the blob is now one of an unknown key.
        let expected = [("InvalidCiphertextException", ""), ("AccessDeniedException", UNREADABLE)];
        assert!(expected.contains(&(error.code(), &error.message().to_string())), "byte {place}: {error}");
        let error = decrypt(&touched, true).unwrap_err();
        assert!(
            ["InvalidCiphertextException", "IncorrectKeyException"].contains(&error.code()),
            "byte {place}: {error}"
        );
    }
    refused(decrypt(b"not a blob at all", false), "InvalidCiphertextException", "");
}

#[test]
fn an_unknown_key_and_a_forbidden_one_cannot_be_told_apart_by_a_blob() {
    let (here, elsewhere) = (house(), house());
    let made = key(&here.root);
    let anaya = here.user("anaya");
    let blob = encrypt(&here.root, &made.key_id, "hello");
    refused(anaya.kms().decrypt(Decrypt::blob(blob.clone())), "AccessDeniedException", UNREADABLE);
    refused(elsewhere.root.kms().decrypt(Decrypt::blob(blob.clone())), "AccessDeniedException", UNREADABLE);
    // Named, the key's existence is no secret.
    denied(
        anaya.kms().decrypt(Decrypt::blob(blob).key_id(&made.key_id)),
        &user_arn("anaya"),
        "kms:Decrypt",
        Some(&made.key_id),
        &no_identity("kms:Decrypt"),
    );
}

#[test]
fn the_key_that_is_named_must_be_the_blobs() {
    let house = house();
    let (one, two, mac) = (key(&house.root), key(&house.root), mac_key(&house.root));
    let blob = encrypt(&house.root, &one.key_id, "hello");
    let text = "The key ID in the request does not identify a CMK that can perform this operation.";
    for wrong in [&two.key_id, &mac.key_id] {
        let request = Decrypt::blob(blob.clone()).key_id(wrong);
        refused(house.root.kms().decrypt(request), "IncorrectKeyException", text);
    }
    house.root.kms().decrypt(Decrypt::blob(blob).key_id(&one.arn)).unwrap();
}

#[test]
fn a_mac_key_encrypts_nothing() {
    let house = house();
    let mac = mac_key(&house.root);
    let kms = house.root.kms();
    let text =
        |operation: &str| format!("{} key usage is GENERATE_VERIFY_MAC which is not valid for {operation}.", mac.arn);
    refused(kms.encrypt(Encrypt::new(&mac.key_id, "x")), "InvalidKeyUsageException", &text("Encrypt"));
    let request = GenerateDataKey::new(&mac.key_id).key_spec("AES_256");
    refused(kms.generate_data_key(request), "InvalidKeyUsageException", &text("GenerateDataKey"));
    let request = GenerateDataKeyWithoutPlaintext::new(&mac.key_id).key_spec("AES_256");
    refused(
        kms.generate_data_key_without_plaintext(request),
        "InvalidKeyUsageException",
        &text("GenerateDataKeyWithoutPlaintext"),
    );
    let anaya = house.user("anaya");
    refused_as(anaya.kms().encrypt(Encrypt::new(&mac.key_id, "x")), "AccessDeniedException");
}

#[test]
fn lengths_and_other_members_are_checked() {
    let house = house();
    let made = key(&house.root);
    let kms = house.root.kms();
    kms.encrypt(Encrypt::new(&made.key_id, vec![7; 4096])).unwrap();
    refused(
        kms.encrypt(Encrypt::new(&made.key_id, vec![7; 4097])),
        "ValidationException",
        "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal \
         to 4096",
    );
    refused_as(kms.encrypt(Encrypt::new(&made.key_id, "")), "ValidationException");
    refused_as(kms.decrypt(Decrypt::blob(vec![7; 6145])), "ValidationException");
    refused(
        kms.decrypt(Decrypt::new()),
        "ValidationException",
        "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null",
    );
    let long = pairs(&[("k", &"v".repeat(8_192))]);
    refused_as(kms.encrypt(Encrypt::new(&made.key_id, "x").encryption_context(long.clone())), "ValidationException");
    let request = GenerateDataKey::new(&made.key_id).number_of_bytes(1).encryption_context(long);
    refused_as(kms.generate_data_key(request), "ValidationException");
    refused(
        kms.encrypt(Encrypt::new(&made.key_id, "x").encryption_algorithm("RSAES_OAEP_SHA_256")),
        "InvalidKeyUsageException",
        "Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.",
    );
    refused_as(kms.decrypt(Decrypt::blob(vec![1]).recipient(RecipientInfo::new())), "UnsupportedOperationException");
    let blob = encrypt(&house.root, &made.key_id, "x");
    refused_as(kms.decrypt(Decrypt::blob(blob).grant_tokens(vec![Text::from("forged")])), "InvalidGrantTokenException");
}

#[test]
fn data_keys_come_in_the_clear_and_sealed_or_sealed_alone() {
    let house = house();
    let made = key(&house.root);
    let kms = house.root.kms();
    let context = pairs(&[("a", "b")]);
    for (request, len) in [
        (GenerateDataKey::new(&made.key_id).key_spec("AES_256"), 32),
        (GenerateDataKey::new(&made.key_id).key_spec("AES_128"), 16),
        (GenerateDataKey::new(&made.key_id).number_of_bytes(1), 1),
        (GenerateDataKey::new(&made.key_id).number_of_bytes(1024), 1024),
    ] {
        let answer = kms.generate_data_key(request.encryption_context(context.clone())).unwrap();
        assert_eq!(answer.plaintext.len(), len);
        assert_eq!((&answer.key_id, Some(&answer.key_material_id)), (&made.arn, made.current_key_material_id.as_ref()));
        refused(kms.decrypt(Decrypt::blob(answer.ciphertext_blob.clone())), "InvalidCiphertextException", "");
        let opened = kms.decrypt(Decrypt::blob(answer.ciphertext_blob).encryption_context(context.clone())).unwrap();
        assert_eq!(opened.plaintext.expose(), answer.plaintext.expose());
    }
    let sealed = GenerateDataKeyWithoutPlaintext::new(&made.key_id).key_spec("AES_256");
    let sealed = kms.generate_data_key_without_plaintext(sealed).unwrap();
    assert_eq!(kms.decrypt(Decrypt::blob(sealed.ciphertext_blob)).unwrap().plaintext.len(), 32);
    let text = "Please specify either number of bytes or key spec.";
    refused(kms.generate_data_key(GenerateDataKey::new(&made.key_id)), "ValidationException", text);
    let both = GenerateDataKey::new(&made.key_id).key_spec("AES_256").number_of_bytes(32);
    refused(kms.generate_data_key(both), "ValidationException", text);
    refused_as(kms.generate_data_key(GenerateDataKey::new(&made.key_id).number_of_bytes(0)), "ValidationException");
    refused_as(kms.generate_data_key(GenerateDataKey::new(&made.key_id).number_of_bytes(1025)), "ValidationException");
    refused_as(
        kms.generate_data_key(GenerateDataKey::new(&made.key_id).key_spec("AES_256").recipient(RecipientInfo::new())),
        "UnsupportedOperationException",
    );
}

#[test]
fn making_sealed_data_keys_is_a_right_of_its_own() {
    let house = house();
    let made = key(&house.root);
    let anaya = house.user_who_may("anaya", "kms:GenerateDataKeyWithoutPlaintext", &made.arn);
    let sealed = GenerateDataKeyWithoutPlaintext::new(&made.arn).key_spec("AES_256");
    let blob = anaya.kms().generate_data_key_without_plaintext(sealed).unwrap().ciphertext_blob;
    refused_as(
        anaya.kms().generate_data_key(GenerateDataKey::new(&made.arn).key_spec("AES_256")),
        "AccessDeniedException",
    );
    refused(anaya.kms().decrypt(Decrypt::blob(blob)), "AccessDeniedException", UNREADABLE);
}

#[test]
fn conditions_see_the_encryption_context() {
    let house = house();
    let made = key(&house.root);
    let anaya = house.user("anaya");
    let with =
        |context: &[(&str, &str)]| anaya.kms().encrypt(Encrypt::new(&made.arn, "x").encryption_context(pairs(context)));
    let put = |condition: &str| {
        let document = format!(
            r#"{{"Version":"2012-10-17","Statement":[{},{{"Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":"kms:Encrypt","Resource":"*","Condition":{condition}}}]}}"#,
            statement("Allow", &root_arn(), "kms:*"),
            user_arn("anaya"),
        );
        house.root.kms().put_key_policy(PutKeyPolicy::new(&made.key_id, document)).unwrap();
    };
    put(r#"{"StringEquals":{"kms:EncryptionContext:Dept":"it"}}"#);
    with(&[("dept", "it")]).unwrap();
    with(&[("Dept", "it"), ("more", "x")]).unwrap();
    for wrong in [&[][..], &[("Dept", "IT")], &[("Dep", "it")]] {
        refused_as(with(wrong), "AccessDeniedException");
    }
    put(r#"{"ForAnyValue:StringEquals":{"kms:EncryptionContextKeys":["a","b"]}}"#);
    with(&[("b", ""), ("c", "")]).unwrap();
    refused_as(with(&[("c", "")]), "AccessDeniedException");
    put(r#"{"Null":{"kms:EncryptionContextKeys":"true"}}"#);
    with(&[]).unwrap();
    refused_as(with(&[("c", "")]), "AccessDeniedException");
    put(r#"{"StringEquals":{"kms:EncryptionAlgorithm":"SYMMETRIC_DEFAULT","kms:CallerAccount":"000000000000"}}"#);
    with(&[]).unwrap();
    put(r#"{"Null":{"kms:ViaService":"false"}}"#);
    refused_as(with(&[]), "AccessDeniedException");
}

#[test]
fn a_dry_run_checks_everything_and_does_nothing() {
    let house = house();
    let made = key(&house.root);
    let kms = house.root.kms();
    let anaya = house.user("anaya");
    let passed = "The request would have succeeded, but the DryRun option is set.";
    let code = "DryRunOperationException";
    refused(kms.encrypt(Encrypt::new(&made.key_id, "x").dry_run(true)), code, passed);
    let data_key = || GenerateDataKey::new(&made.key_id).key_spec("AES_256").dry_run(true);
    refused(kms.generate_data_key(data_key()), code, passed);
    let blob = encrypt(&house.root, &made.key_id, "x");
    refused(kms.decrypt(Decrypt::blob(blob.clone()).dry_run(true)), code, passed);
    assert_eq!(kms.decrypt(Decrypt::blob(blob.clone()).dry_run(true)).unwrap_err().kind(), ErrorKind::DryRunPassed);
    kms.decrypt(Decrypt::blob(blob.clone()).dry_run(false)).unwrap();
    refused_as(anaya.kms().encrypt(Encrypt::new(&made.key_id, "x").dry_run(true)), "AccessDeniedException");
    refused(
        kms.decrypt(Decrypt::blob(blob.clone()).encryption_context(pairs(&[("a", "b")])).dry_run(true)),
        "InvalidCiphertextException",
        "",
    );
    refused_as(kms.generate_data_key(data_key().number_of_bytes(1)), "ValidationException");
    // Without a ciphertext: the key must be named, and it must be a dry run.
    let ignoring = || Decrypt::new().dry_run_modifiers(vec![DryRunModifier::IgnoreCiphertext]);
    refused(kms.decrypt(ignoring().dry_run(true).key_id(&made.key_id)), code, passed);
    refused_as(kms.decrypt(ignoring().dry_run(true)), "ValidationException");
    refused_as(kms.decrypt(ignoring().key_id(&made.key_id)), "ValidationException");
    refused_as(anaya.kms().decrypt(ignoring().dry_run(true).key_id(&made.key_id)), "AccessDeniedException");
}

#[test]
fn a_locked_store_serves_nobody() {
    let house = house();
    let made = key(&house.root);
    let blob = encrypt(&house.root, &made.key_id, "x");
    house.room.lock();
    for error in [
        house.root.kms().describe_key("alias/aws/secretsmanager").unwrap_err(),
        house.root.kms().encrypt(Encrypt::new(&made.key_id, "x")).unwrap_err(),
        house.root.kms().decrypt(Decrypt::blob(blob)).unwrap_err(),
        house.root.kms().create_key(CreateKey::new()).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Locked);
    }
}
