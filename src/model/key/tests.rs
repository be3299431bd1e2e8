//! Goal: every form of a key identifier with AWS's exact refusals; every row of the state table; what CreateKey takes.

use super::making::deletion_window;
use super::*;
use crate::error::ErrorKind;
use crate::model::Home;

const UUID: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";
const MRK: &str = "mrk-1234abcd12ab34cd56ef1234567890ab";
const ARN: &str = "arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn home() -> Home {
    Home { account: Text::from("000000000000"), region: Text::from("us-east-1") }
}
/// A key in this state whose material was made here.
pub(super) fn row(state: KeyState, created: Timestamp) -> KeyRow {
    KeyRow {
        id: KeyName::parse(UUID).unwrap().id,
        arn: Text::from(ARN),
        description: Text::default(),
        created,
        manager: KeyManager::Customer,
        spec: KeySpec::SymmetricDefault,
        origin: KeyOrigin::AwsKms,
        multi_region: false,
        state,
        policy: StoredPolicy { text: Text::default(), principals: Vec::new() },
        tags: Vec::new(),
        materials: vec![MaterialRow::made(1, [1; 32], created, Came::First)],
        aliases: Vec::new(),
        grants: 0,
        rotation: Rotation::starting(KeyManager::Customer, created),
        last_use: None,
    }
}
#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Error>, code: &str, text: &str) {
    let error = result.unwrap_err();
    assert_eq!((error.code(), error.message().to_string().as_str()), (code, text));
}

// A2.

#[test]
fn a_key_is_named_by_uuid_multi_region_id_or_arn() {
    let id = KeyName::parse(UUID).unwrap();
    assert_eq!((id.to_string().as_str(), id.multi_region), (UUID, false));
    assert_eq!(id.arn(&home()), ARN);
    let multi = KeyName::parse(MRK).unwrap();
    assert_eq!((multi.to_string().as_str(), multi.multi_region, multi.id), (MRK, true, id.id));
    for takes_alias in [true, false] {
        assert_eq!(KeyRef::parse(UUID, &home(), takes_alias).unwrap(), KeyRef::Id(id));
        assert_eq!(KeyRef::parse(ARN, &home(), takes_alias).unwrap(), KeyRef::Id(id));
        assert_eq!(KeyRef::parse(&multi.arn(&home()), &home(), takes_alias).unwrap(), KeyRef::Id(multi));
    }
}
#[test]
fn an_alias_is_named_by_name_or_arn_where_the_call_takes_one() {
    let arn = alias_arn(&home(), "alias/aws/secretsmanager");
    for text in ["alias/aws/secretsmanager", &arn] {
        assert_eq!(KeyRef::parse(text, &home(), true).unwrap(), KeyRef::Alias("alias/aws/secretsmanager"));
        refused(KeyRef::parse(text, &home(), false), "NotFoundException", &format!("Invalid keyId '{text}'"));
    }
}
#[test]
fn what_is_no_identifier_is_not_found_in_awss_words() {
    for text in [
        "fake-key-id",
        "mrk-fake-key-id",
        "",
        "1234abcd12ab34cd56ef1234567890ab",
        "1234ABCD-12AB-34CD-56EF-1234567890AB",
        "mrk-1234ABCD12ab34cd56ef1234567890ab",
        "mrk-1234abcd-12ab-34cd-56ef-1234567890ab",
        "{1234abcd-12ab-34cd-56ef-1234567890ab}",
        "urn:uuid:1234abcd-12ab-34cd-56ef-1234567890ab",
        "1234abcd-12ab-34cd-56ef-1234567890a",
        "1234abcd-12ab-34cd-56ef-1234567890abc",
        "1234abcd-12ab-34cd-56ef-1234567890ag",
        "1234abcd12ab-34cd-56ef-1234567890ab-",
        "key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "Alias/x",
        " alias/x",
    ] {
        refused(KeyRef::parse(text, &home(), true), "NotFoundException", &format!("Invalid keyId '{text}'"));
    }
}
#[test]
fn an_arn_of_another_region_names_the_region_in_its_refusal() {
    for tail in ["key/1234abcd-12ab-34cd-56ef-1234567890ab", "alias/x"] {
        let text = format!("arn:aws:kms:eu-west-1:000000000000:{tail}");
        refused(KeyRef::parse(&text, &home(), true), "NotFoundException", "Invalid arn eu-west-1");
    }
}
#[test]
fn an_arn_of_another_account_names_nothing_here() {
    let key = "arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    refused(KeyRef::parse(key, &home(), true), "NotFoundException", &format!("Key '{key}' does not exist"));
    let alias = "arn:aws:kms:us-east-1:111111111111:alias/x";
    refused(KeyRef::parse(alias, &home(), true), "NotFoundException", &format!("Alias {alias} is not found."));
}
#[test]
fn an_ill_formed_arn_is_said_to_be_invalid() {
    for text in [
        "arn:aws:kms:us-east-1:000000000000",
        "arn:aws:kms:us-east-1:000000000000:1234abcd-12ab-34cd-56ef-1234567890ab",
        "arn:aws:kms:us-east-1:000000000000:key/nonsense",
        "arn:aws:secretsmanager:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        "arn:aws-cn:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    ] {
        refused(KeyRef::parse(text, &home(), true), "InvalidArnException", &format!("Invalid arn '{text}'"));
    }
}

// A5: one test per row of the table, named after it; the four columns are Enabled, Disabled, PendingDeletion, PendingImport.

const STATES: [KeyState; 4] = [
    KeyState::Enabled,
    KeyState::Disabled,
    KeyState::PendingDeletion { due: Timestamp::from_secs(1), window_days: 7 },
    KeyState::PendingImport,
];
fn cell(rule: KeyRule, state: KeyState, origin: KeyOrigin, spec: KeySpec) -> &'static str {
    let Err(error) = permits(rule, "ARN", state, origin, spec) else { return "ok" };
    match (error.code(), error.message().to_string().as_str()) {
        ("DisabledException", "ARN is disabled.") => "E1",
        ("KMSInvalidStateException", "ARN is pending deletion.") => "E2",
        ("KMSInvalidStateException", "ARN is not pending deletion.") => "E3",
        ("KMSInvalidStateException", "ARN is pending import.") => "E4",
        ("UnsupportedOperationException", "ARN origin is EXTERNAL which is not valid for this operation.") => "E5",
        ("UnsupportedOperationException", "ARN origin is AWS_KMS which is not valid for this operation.") => "E6",
        ("UnsupportedOperationException", "") => "Unsupported",
        other => panic!("no cell of the table says {other:?}"),
    }
}
#[track_caller]
fn expect_row(rule: KeyRule, origin: KeyOrigin, spec: KeySpec, cells: [&str; 4]) {
    assert_eq!(STATES.map(|state| cell(rule, state, origin, spec)), cells, "{rule:?} {origin:?} {spec:?}");
}
/// A key of AWS_KMS origin cannot wait for an import: its last column is what an EXTERNAL key answers.
#[track_caller]
fn expect_any_origin(rule: KeyRule, cells: [&str; 4]) {
    for origin in [KeyOrigin::AwsKms, KeyOrigin::External] {
        for spec in [KeySpec::SymmetricDefault, KeySpec::Hmac256] {
            expect_row(rule, origin, spec, cells);
        }
    }
}
#[test]
fn row_cancel_key_deletion() {
    expect_any_origin(KeyRule::CancelKeyDeletion, ["E3", "E3", "ok", "E3"]);
}
#[test]
fn row_create_alias() {
    expect_any_origin(KeyRule::CreateAlias, ["ok", "ok", "E2", "ok"]);
}
#[test]
fn row_create_grant() {
    expect_any_origin(KeyRule::CreateGrant, ["ok", "E1", "E2", "E4"]);
}
#[test]
fn row_decrypt_encrypt_re_encrypt_generate_data_key_generate_mac_verify_mac() {
    expect_any_origin(KeyRule::Use, ["ok", "E1", "E2", "E4"]);
}
#[test]
fn row_delete_alias() {
    expect_any_origin(KeyRule::DeleteAlias, ["ok", "ok", "ok", "ok"]);
}
#[test]
fn row_delete_imported_key_material() {
    let rule = KeyRule::DeleteImportedKeyMaterial;
    expect_row(rule, KeyOrigin::External, KeySpec::SymmetricDefault, ["ok", "ok", "ok", "ok"]);
    expect_row(rule, KeyOrigin::AwsKms, KeySpec::SymmetricDefault, ["E6", "E6", "E6", "E6"]);
}
#[test]
fn row_describe_key_lists_get_key_policy_and_put_key_policy() {
    expect_any_origin(KeyRule::DescribeOrPolicy, ["ok", "ok", "ok", "ok"]);
}
#[test]
fn row_disable_key_enable_key() {
    expect_any_origin(KeyRule::Switch, ["ok", "ok", "E2", "E4"]);
}
#[test]
fn row_enable_key_rotation_disable_key_rotation() {
    let rule = KeyRule::SwitchRotation;
    let columns: [&str; 3] = ["ok", "E1", "E2"];
    assert_eq!([0, 1, 2].map(|at| cell(rule, STATES[at], KeyOrigin::AwsKms, KeySpec::SymmetricDefault)), columns);
    expect_row(rule, KeyOrigin::External, KeySpec::SymmetricDefault, ["E5", "E1", "E2", "E5"]);
    assert_eq!(cell(rule, KeyState::Enabled, KeyOrigin::AwsKms, KeySpec::Hmac384), "Unsupported");
}
#[test]
fn row_get_key_rotation_status() {
    expect_row(KeyRule::GetKeyRotationStatus, KeyOrigin::External, KeySpec::SymmetricDefault, ["ok", "ok", "ok", "E5"]);
}
#[test]
fn row_rotate_key_on_demand() {
    let rule = KeyRule::RotateKeyOnDemand;
    expect_row(rule, KeyOrigin::AwsKms, KeySpec::SymmetricDefault, ["ok", "E1", "E2", "E4"]);
    expect_row(rule, KeyOrigin::External, KeySpec::SymmetricDefault, ["ok", "E1", "E2", "E4"]);
    expect_row(rule, KeyOrigin::AwsKms, KeySpec::Hmac512, ["Unsupported", "E1", "E2", "E4"]);
}
#[test]
fn row_list_key_rotations() {
    expect_any_origin(KeyRule::ListKeyRotations, ["ok", "ok", "ok", "ok"]);
}
#[test]
fn row_get_parameters_for_import_import_key_material() {
    expect_row(KeyRule::Import, KeyOrigin::External, KeySpec::SymmetricDefault, ["ok", "ok", "E2", "ok"]);
    expect_row(KeyRule::Import, KeyOrigin::AwsKms, KeySpec::SymmetricDefault, ["E6", "E6", "E2", "E6"]);
}
#[test]
fn row_retire_grant_revoke_grant() {
    expect_any_origin(KeyRule::EndGrant, ["ok", "ok", "ok", "ok"]);
}
#[test]
fn row_schedule_key_deletion() {
    expect_any_origin(KeyRule::ScheduleKeyDeletion, ["ok", "ok", "E2", "ok"]);
}
#[test]
fn row_tag_resource_untag_resource_update_key_description() {
    expect_any_origin(KeyRule::Annotate, ["ok", "ok", "E2", "ok"]);
}
#[test]
fn row_update_alias() {
    expect_any_origin(KeyRule::UpdateAliasOld, ["ok", "ok", "ok", "ok"]);
    expect_any_origin(KeyRule::UpdateAliasNew, ["ok", "ok", "E2", "ok"]);
}

#[test]
fn a_key_whose_deletion_is_due_is_gone_before_anybody_purged_it() {
    let mut key = row(KeyState::Enabled, Timestamp::default());
    let due = key.schedule(Timestamp::from_secs(10), 7);
    assert_eq!(due, Timestamp::from_secs(10).plus_days(7));
    assert_eq!(key.deletion_date(), Some(due));
    let before = due.plus_millis(-1);
    assert_eq!(key.life(before), Some(key.state));
    refused(key.admits(KeyRule::Use, before), "KMSInvalidStateException", &format!("{ARN} is pending deletion."));
    assert_eq!(key.life(due), None);
    for rule in [KeyRule::Use, KeyRule::DescribeOrPolicy, KeyRule::CancelKeyDeletion] {
        refused(key.admits(rule, due), "NotFoundException", &format!("Key '{ARN}' does not exist"));
    }
}
#[test]
fn a_cancelled_deletion_leaves_the_key_disabled_never_enabled() {
    let mut key = row(KeyState::Enabled, Timestamp::default());
    key.schedule(Timestamp::default(), 30);
    key.cancel_deletion();
    assert_eq!(key.state, KeyState::Disabled);
    assert_eq!(key.deletion_date(), None);
    refused(key.admits(KeyRule::Use, Timestamp::default()), "DisabledException", &format!("{ARN} is disabled."));
    let mut waiting = row(KeyState::PendingImport, Timestamp::default());
    waiting.origin = KeyOrigin::External;
    waiting.materials.clear();
    waiting.schedule(Timestamp::default(), 7);
    waiting.cancel_deletion();
    assert_eq!(waiting.state, KeyState::PendingImport);
}
#[test]
fn a_deletion_window_is_7_to_30_days_and_30_by_default() {
    assert_eq!(deletion_window(None).unwrap(), 30);
    assert_eq!((deletion_window(Some(7)).unwrap(), deletion_window(Some(30)).unwrap()), (7, 30));
    for days in [i64::MIN, -1, 0, 1, 6, 31, 365, 65_536 + 7, i64::MAX] {
        let error = deletion_window(Some(days)).unwrap_err();
        assert_eq!((error.code(), error.kind()), ("ValidationException", ErrorKind::InvalidRequest));
    }
}

// A4.

fn wish<'a>(spec: Option<&'a str>, usage: Option<&'a str>) -> KeyWish<'a> {
    KeyWish { key_spec: spec, key_usage: usage, ..KeyWish::default() }
}
#[test]
fn a_key_is_symmetric_and_made_here_unless_the_request_says_otherwise() {
    assert_eq!(KeyWish::default().settle().unwrap(), (KeySpec::SymmetricDefault, KeyOrigin::AwsKms));
    for (usage, old) in [(None, false), (Some("ENCRYPT_DECRYPT"), false), (Some("ENCRYPT_DECRYPT"), true)] {
        let mut wish = wish(Some("SYMMETRIC_DEFAULT"), usage);
        if old {
            (wish.key_spec, wish.customer_master_key_spec) = (None, wish.key_spec);
        }
        assert_eq!(wish.settle().unwrap().0, KeySpec::SymmetricDefault);
    }
    for (name, spec, algorithm) in [
        ("HMAC_224", KeySpec::Hmac224, "HMAC_SHA_224"),
        ("HMAC_256", KeySpec::Hmac256, "HMAC_SHA_256"),
        ("HMAC_384", KeySpec::Hmac384, "HMAC_SHA_384"),
        ("HMAC_512", KeySpec::Hmac512, "HMAC_SHA_512"),
    ] {
        assert_eq!(wish(Some(name), Some("GENERATE_VERIFY_MAC")).settle().unwrap().0, spec);
        assert_eq!((spec.mac_algorithm(), spec.encryption_algorithm()), (Some(algorithm), None));
    }
    let external = KeyWish { origin: Some("EXTERNAL"), ..KeyWish::default() };
    assert_eq!(external.settle().unwrap().1, KeyOrigin::External);
}
#[test]
fn a_mac_key_needs_its_usage_said() {
    let text = "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.";
    refused(wish(Some("HMAC_256"), None).settle(), "ValidationException", text);
}
#[test]
fn a_usage_that_does_not_fit_the_spec_is_refused() {
    for (spec, usage) in [
        ("HMAC_256", "ENCRYPT_DECRYPT"),
        ("HMAC_256", "SIGN_VERIFY"),
        ("SYMMETRIC_DEFAULT", "GENERATE_VERIFY_MAC"),
        ("SYMMETRIC_DEFAULT", "KEY_AGREEMENT"),
    ] {
        let text = format!("KeyUsage {usage} is not compatible with KeySpec {spec}");
        refused(wish(Some(spec), Some(usage)).settle(), "ValidationException", &text);
    }
}
#[test]
fn the_old_and_the_new_name_of_the_spec_exclude_each_other() {
    let both = KeyWish {
        key_spec: Some("SYMMETRIC_DEFAULT"),
        customer_master_key_spec: Some("SYMMETRIC_DEFAULT"),
        ..KeyWish::default()
    };
    let text = "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.";
    refused(both.settle(), "ValidationException", text);
}
#[test]
fn kinds_of_keys_that_are_not_made_here_are_unsupported() {
    for spec in ["RSA_2048", "ECC_NIST_P256", "ECC_SECG_P256K1", "SM2"] {
        assert_eq!(wish(Some(spec), Some("SIGN_VERIFY")).settle().unwrap_err().kind(), ErrorKind::Unsupported);
    }
    for origin in ["AWS_CLOUDHSM", "EXTERNAL_KEY_STORE"] {
        let wish = KeyWish { origin: Some(origin), ..KeyWish::default() };
        assert_eq!(wish.settle().unwrap_err().kind(), ErrorKind::Unsupported);
    }
}
#[test]
fn a_key_of_the_wrong_usage_is_refused_in_the_words_of_the_operation() {
    for (operation, spec, usage) in [
        ("Encrypt", KeySpec::Hmac256, "GENERATE_VERIFY_MAC"),
        ("GenerateDataKey", KeySpec::Hmac512, "GENERATE_VERIFY_MAC"),
        ("ReEncryptTo", KeySpec::Hmac512, "GENERATE_VERIFY_MAC"),
        ("GenerateMac", KeySpec::SymmetricDefault, "ENCRYPT_DECRYPT"),
        ("VerifyMac", KeySpec::SymmetricDefault, "ENCRYPT_DECRYPT"),
    ] {
        let text = format!("{ARN} key usage is {usage} which is not valid for {operation}.");
        refused(fits(operation, ARN, spec), "InvalidKeyUsageException", &text);
    }
    let text = "The key ID in the request does not identify a CMK that can perform this operation.";
    refused(fits("Decrypt", ARN, KeySpec::Hmac256), "IncorrectKeyException", text);
    assert!(
        fits("Decrypt", ARN, KeySpec::SymmetricDefault).is_ok() && fits("VerifyMac", ARN, KeySpec::Hmac224).is_ok()
    );
}

// A7.

#[test]
fn an_alias_has_its_prefix_and_letters_digits_slash_underscore_hyphen() {
    for name in ["alias/a", "alias/ExampleAlias/2_x-y", "alias/awsome", "alias/aws"] {
        check_alias(name).unwrap();
    }
    assert_eq!(alias_arn(&home(), "alias/a"), "arn:aws:kms:us-east-1:000000000000:alias/a");
}
#[test]
fn an_alias_without_prefix_is_refused_in_awss_words() {
    let text = "Alias must start with the prefix \"alias/\". Please see \
                https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html";
    for name in ["a", "Alias/a", "aliasa", UUID, ":alias/x"] {
        refused(check_alias(name), "ValidationException", text);
    }
}
#[test]
fn an_alias_with_other_characters_or_without_a_name_is_refused() {
    for name in ["alias/a:b", "alias/", "alias/a b", "alias/\u{e4}", "alias/a.b", "alias/a*"] {
        refused(check_alias(name), "ValidationException", &format!("{name} contains invalid characters for an alias"));
    }
}
#[test]
fn the_aliases_of_aws_are_not_for_callers() {
    for name in ["alias/aws/secretsmanager", "alias/aws/mine", "alias/aws/"] {
        refused(check_alias(name), "NotAuthorizedException", "");
    }
}
#[test]
fn an_alias_moves_between_keys_of_one_usage_only() {
    assert!(check_alias_move("ARN", KeySpec::SymmetricDefault, KeySpec::SymmetricDefault).is_ok());
    assert!(check_alias_move("ARN", KeySpec::Hmac224, KeySpec::Hmac512).is_ok());
    for (old, new) in [(KeySpec::SymmetricDefault, KeySpec::Hmac256), (KeySpec::Hmac256, KeySpec::SymmetricDefault)] {
        assert_eq!(check_alias_move("ARN", old, new).unwrap_err().code(), "ValidationException");
    }
}

// A14, A18.

#[test]
fn the_default_policy_is_awss_text_for_the_account() {
    assert_eq!(
        default_policy("000000000000"),
        "{\"Version\":\"2012-10-17\",\"Id\":\"key-default-1\",\"Statement\":[{\"Sid\":\"Enable IAM User Permissions\",\"Effect\":\
         \"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::000000000000:root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}"
    );
}
#[test]
fn the_managed_policy_ties_use_to_the_account_and_the_service_and_lets_the_account_look() {
    let policy: serde_json::Value = serde_json::from_str(&managed_policy(&home())).unwrap();
    let statements = policy["Statement"].as_array().unwrap();
    assert_eq!(statements.len(), 2);
    let through = &statements[0];
    assert_eq!(through["Principal"]["AWS"], "*");
    assert_eq!(
        through["Condition"],
        serde_json::json!({"StringEquals": {
            "kms:CallerAccount": "000000000000",
            "kms:ViaService": "secretsmanager.us-east-1.amazonaws.com",
        }})
    );
    assert_eq!(
        through["Action"],
        serde_json::json!([
            "kms:Encrypt",
            "kms:Decrypt",
            "kms:ReEncrypt*",
            "kms:GenerateDataKey*",
            "kms:CreateGrant",
            "kms:DescribeKey"
        ])
    );
    let direct = &statements[1];
    assert_eq!(direct["Principal"]["AWS"], "arn:aws:iam::000000000000:root");
    assert_eq!(direct["Action"], serde_json::json!(["kms:Describe*", "kms:Get*", "kms:List*", "kms:RevokeGrant"]));
    assert!(statements.iter().all(|statement| statement["Effect"] == "Allow" && statement["Resource"] == "*"));
}
#[test]
fn the_newest_material_that_does_not_wait_is_the_current_one() {
    let mut key = row(KeyState::Enabled, Timestamp::default());
    key.materials.push(MaterialRow::made(2, [2; 32], Timestamp::default(), Came::OnDemand));
    key.materials.push(MaterialRow::made(3, [3; 32], Timestamp::default(), Came::Pending));
    assert_eq!(key.current_material().unwrap().version, 2);
    assert_eq!(key.name().to_string(), UUID);
}
