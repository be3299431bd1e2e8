//! The state table of keys (rows of A5), cell by cell through the public interface, and what is easily missed about keys (A24).
//! Each cell is played in a store of its own; every refusal with its exact code and text.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "helpers of tests fail loudly")]

use crate::support::{House, house, kms_arn, policy, refused, refused_as, root_arn, statement, user_arn};
use strongroom::Error;
use strongroom::clock::{Clock as _, Timestamp};
use strongroom::operation::Blob;
use strongroom::operation::kms::{
    CreateAlias, CreateGrant, CreateKey, Decrypt, DescribeKey, Encrypt, GenerateDataKey,
    GenerateDataKeyWithoutPlaintext, GenerateMac, KeyMetadata, ListAliases, PutKeyPolicy, RevokeGrant,
    ScheduleKeyDeletion, Tag, TagResource, UntagResource, UpdateAlias, UpdateKeyDescription, VerifyMac,
};
use strongroom::operation::secretsmanager::CreateSecret;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Enabled,
    Disabled,
    PendingDeletion,
    PendingImport,
}
use State::{Disabled, Enabled, PendingDeletion, PendingImport};
const STATES: [State; 4] = [Enabled, Disabled, PendingDeletion, PendingImport];

/// What a cell of the table says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Ok,
    /// `DisabledException`
    E1,
    /// It is pending deletion.
    E2,
    /// It is not.
    E3,
    /// It is pending import.
    E4,
}
use Cell::{E1, E2, E3, E4, Ok as Fine};

fn symmetric() -> CreateKey {
    CreateKey::new()
}
fn for_macs() -> CreateKey {
    CreateKey::new().key_spec("HMAC_256").key_usage("GENERATE_VERIFY_MAC")
}
fn made(house: &House, request: CreateKey) -> KeyMetadata {
    house.root.kms().create_key(request).unwrap().key_metadata
}
/// A key in that state, and what was made of it while it was enabled. `None`: no such key can be made, because import is not
/// served.
fn in_state<T: Default>(
    house: &House,
    request: CreateKey,
    state: State,
    before: impl Fn(&House, &KeyMetadata) -> T,
) -> (KeyMetadata, T) {
    if state == PendingImport {
        let answer = house.root.kms().create_key(request.origin("EXTERNAL")).unwrap();
        return (answer.key_metadata, T::default());
    }
    let key = made(house, request);
    let kept = before(house, &key);
    match state {
        Enabled | PendingImport => {}
        Disabled => drop(house.root.kms().disable_key(&*key.arn).unwrap()),
        PendingDeletion => drop(house.root.kms().schedule_key_deletion(&*key.arn).unwrap()),
    }
    (key, kept)
}

/// One row: the call on a key in each of the states.
#[track_caller]
fn row<T: Default>(
    request: impl Fn() -> CreateKey,
    cells: [Cell; 4],
    before: impl Fn(&House, &KeyMetadata) -> T,
    call: impl Fn(&House, &KeyMetadata, &T) -> Result<(), Error>,
) {
    for (state, cell) in STATES.into_iter().zip(cells) {
        let house = house();
        let (key, kept) = in_state(&house, request(), state, &before);
        let described = house.root.kms().describe_key(&*key.arn).unwrap().key_metadata;
        assert_eq!(described.key_state.as_str(), format!("{state:?}"), "the key is in the state of the cell");
        let outcome = call(&house, &key, &kept);
        let expected = match cell {
            Fine => None,
            E1 => Some(("DisabledException", format!("{} is disabled.", key.arn))),
            E2 => Some(("KMSInvalidStateException", format!("{} is pending deletion.", key.arn))),
            E3 => Some(("KMSInvalidStateException", format!("{} is not pending deletion.", key.arn))),
            E4 => Some(("KMSInvalidStateException", format!("{} is pending import.", key.arn))),
        };
        let found = outcome.err().map(|error| (error.code(), error.message().to_string()));
        assert_eq!(found, expected, "{state:?}");
        if cell != Fine {
            let after = house.root.kms().describe_key(&*key.arn).unwrap().key_metadata;
            assert_eq!(after, described, "{state:?}: what is refused changes nothing");
        }
    }
}
fn nothing(_: &House, _: &KeyMetadata) {}
fn blob(house: &House, key: &KeyMetadata) -> Blob {
    house.root.kms().encrypt(Encrypt::new(&key.arn, "x")).unwrap().ciphertext_blob
}
fn mac(house: &House, key: &KeyMetadata) -> Blob {
    house.root.kms().generate_mac(GenerateMac::new("m", &key.arn, "HMAC_SHA_256")).unwrap().mac
}
fn alias(house: &House, key: &KeyMetadata) {
    house.root.kms().create_alias(CreateAlias::new("alias/app", &key.key_id)).unwrap();
}
/// A ciphertext under another key stands for one that there cannot be; the state is looked at before it.
fn or_foreign(house: &House, kept: &Blob) -> Blob {
    if kept.is_empty() { blob(house, &made(house, symmetric())) } else { kept.clone() }
}

fn now(house: &House) -> Timestamp {
    house.clock.now()
}

// The table, in its order.

#[test]
fn row_cancel_key_deletion() {
    row(symmetric, [E3, E3, Fine, E3], nothing, |house, key, ()| {
        let answer = house.root.kms().cancel_key_deletion(&*key.arn)?;
        assert_eq!(answer.key_id, key.arn);
        let after = house.root.kms().describe_key(&*key.arn)?.key_metadata;
        assert_eq!((after.key_state.as_str(), after.enabled, after.deletion_date), ("Disabled", false, None));
        Ok(())
    });
}

#[test]
fn row_create_alias() {
    row(symmetric, [Fine, Fine, E2, Fine], nothing, |house, key, ()| {
        house.root.kms().create_alias(CreateAlias::new("alias/app", &key.key_id)).map(drop)
    });
}

#[test]
fn row_create_grant() {
    row(symmetric, [Fine, E1, E2, E4], nothing, |house, key, ()| {
        house.root.kms().create_grant(CreateGrant::to(root_arn(), &key.arn, ["Decrypt"])).map(drop)
    });
}

#[test]
fn row_decrypt_encrypt_generate_data_key() {
    row(symmetric, [Fine, E1, E2, E4], nothing, |house, key, ()| {
        house.root.kms().encrypt(Encrypt::new(&key.arn, "x")).map(drop)
    });
    row(symmetric, [Fine, E1, E2, E4], blob, |house, key, kept| {
        let kept = or_foreign(house, kept);
        house.root.kms().decrypt(Decrypt::blob(kept).key_id(&key.arn)).map(drop)
    });
    row(symmetric, [Fine, E1, E2, E4], nothing, |house, key, ()| {
        house.root.kms().generate_data_key(GenerateDataKey::new(&key.arn).key_spec("AES_256")).map(drop)
    });
    row(symmetric, [Fine, E1, E2, E4], nothing, |house, key, ()| {
        let request = GenerateDataKeyWithoutPlaintext::new(&key.arn).key_spec("AES_256");
        house.root.kms().generate_data_key_without_plaintext(request).map(drop)
    });
}

#[test]
fn row_decrypt_by_the_name_in_the_ciphertext() {
    // Before its first import a key has no ciphertexts.
    for (state, cell) in [(Enabled, Fine), (Disabled, E1), (PendingDeletion, E2)] {
        let house = house();
        let (key, kept) = in_state(&house, symmetric(), state, blob);
        let outcome = house.root.kms().decrypt(Decrypt::blob(kept));
        match cell {
            Fine => assert_eq!(outcome.unwrap().plaintext.expose(), b"x"),
            E1 => refused(outcome, "DisabledException", &format!("{} is disabled.", key.arn)),
            _ => refused(outcome, "KMSInvalidStateException", &format!("{} is pending deletion.", key.arn)),
        }
    }
}

#[test]
fn row_generate_mac_verify_mac() {
    row(for_macs, [Fine, E1, E2, E4], nothing, |house, key, ()| {
        house.root.kms().generate_mac(GenerateMac::new("m", &key.arn, "HMAC_SHA_256")).map(drop)
    });
    row(for_macs, [Fine, E1, E2, E4], mac, |house, key, kept| {
        let mac = if kept.is_empty() { Blob::from(vec![0; 32]) } else { kept.clone() };
        house.root.kms().verify_mac(VerifyMac::new("m", &key.arn, "HMAC_SHA_256", mac)).map(drop)
    });
}

#[test]
fn row_delete_alias() {
    for (state, request) in [(Enabled, symmetric()), (Disabled, symmetric()), (PendingDeletion, for_macs())] {
        let house = house();
        in_state(&house, request, state, alias);
        house.root.kms().delete_alias("alias/app").unwrap();
        let none = format!("Alias {} is not found.", kms_arn("alias/app"));
        refused(house.root.kms().describe_key("alias/app"), "NotFoundException", &none);
    }
}

#[test]
fn row_describe_key_list_aliases_list_grants_list_key_policies_list_resource_tags_get_key_policy_put_key_policy() {
    row(symmetric, [Fine; 4], nothing, |house, key, ()| {
        let kms = house.root.kms();
        kms.describe_key(&*key.arn)?;
        kms.list_aliases(ListAliases::new().key_id(&key.arn))?;
        kms.list_grants(&*key.arn)?;
        assert_eq!(kms.list_key_policies(&*key.arn)?.policy_names, ["default"]);
        kms.list_resource_tags(&*key.arn)?;
        kms.get_key_last_usage(&*key.arn)?;
        let text = kms.get_key_policy(&*key.arn)?.policy;
        kms.put_key_policy(PutKeyPolicy::new(&key.arn, text)).map(drop)
    });
}

#[test]
fn row_disable_key_enable_key() {
    row(symmetric, [Fine, Fine, E2, E4], nothing, |house, key, ()| house.root.kms().disable_key(&*key.arn).map(drop));
    row(symmetric, [Fine, Fine, E2, E4], nothing, |house, key, ()| house.root.kms().enable_key(&*key.arn).map(drop));
}

#[test]
fn row_revoke_grant() {
    let grant = |house: &House, key: &KeyMetadata| {
        let request = CreateGrant::to(root_arn(), &key.arn, ["Decrypt"]);
        house.root.kms().create_grant(request).unwrap().grant_id.to_string()
    };
    for state in [Enabled, Disabled, PendingDeletion] {
        let house = house();
        let (key, kept) = in_state(&house, symmetric(), state, grant);
        house.root.kms().revoke_grant(RevokeGrant::new(&key.arn, kept)).unwrap();
        assert_eq!(house.root.kms().list_grants(&*key.arn).unwrap().grants, []);
    }
}

#[test]
fn row_schedule_key_deletion() {
    row(symmetric, [Fine, Fine, E2, Fine], nothing, |house, key, ()| {
        let answer = house.root.kms().schedule_key_deletion(&*key.arn)?;
        let due = now(house).plus_days(30);
        assert_eq!((&answer.key_id, answer.deletion_date), (&key.arn, due));
        assert_eq!((answer.key_state.as_str(), answer.pending_window_in_days), ("PendingDeletion", 30));
        let after = house.root.kms().describe_key(&*key.arn)?.key_metadata;
        assert_eq!((after.key_state.as_str(), after.enabled), ("PendingDeletion", false));
        assert_eq!((after.deletion_date, after.pending_deletion_window_in_days), (Some(due), None));
        Ok(())
    });
}

#[test]
fn row_tag_resource_untag_resource_update_key_description() {
    row(symmetric, [Fine, Fine, E2, Fine], nothing, |house, key, ()| {
        house.root.kms().tag_resource(TagResource::new(&key.arn, vec![Tag::new("a", "b")])).map(drop)
    });
    row(symmetric, [Fine, Fine, E2, Fine], nothing, |house, key, ()| {
        house.root.kms().untag_resource(UntagResource::new(&key.arn, vec!["a".into()])).map(drop)
    });
    row(symmetric, [Fine, Fine, E2, Fine], nothing, |house, key, ()| {
        house.root.kms().update_key_description(UpdateKeyDescription::new(&key.arn, "new"))?;
        assert_eq!(house.root.kms().describe_key(&*key.arn)?.key_metadata.description, "new");
        Ok(())
    });
}

#[test]
fn row_update_alias() {
    // As the old target, in every state …
    for state in [Enabled, Disabled, PendingDeletion] {
        let house = house();
        in_state(&house, symmetric(), state, alias);
        let new = made(&house, symmetric());
        house.root.kms().update_alias(UpdateAlias::new("alias/app", &new.key_id)).unwrap();
        assert_eq!(house.root.kms().describe_key("alias/app").unwrap().key_metadata.key_id, new.key_id);
    }
    // … as the new one, in all but one.
    row(symmetric, [Fine, Fine, E2, Fine], nothing, |house, key, ()| {
        alias(house, &made(house, symmetric()));
        house.root.kms().update_alias(UpdateAlias::new("alias/app", &key.key_id)).map(drop)
    });
}

// What is easily missed (A24), by its number there.

#[test]
fn missed_01_cancel_leaves_the_key_disabled() {
    let house = house();
    let (enabled, disabled) = (made(&house, symmetric()), made(&house, symmetric()));
    house.root.kms().disable_key(&*disabled.arn).unwrap();
    for key in [&enabled, &disabled] {
        house.root.kms().schedule_key_deletion(&*key.arn).unwrap();
        house.root.kms().cancel_key_deletion(&*key.arn).unwrap();
        let after = house.root.kms().describe_key(&*key.arn).unwrap().key_metadata;
        assert_eq!((after.key_state.as_str(), after.enabled), ("Disabled", false));
        let refusal = house.root.kms().encrypt(Encrypt::new(&key.arn, "x"));
        refused(refusal, "DisabledException", &format!("{} is disabled.", key.arn));
        house.root.kms().enable_key(&*key.arn).unwrap();
        house.root.kms().encrypt(Encrypt::new(&key.arn, "x")).unwrap();
    }
}

#[test]
fn missed_02_a_bad_ciphertext_has_an_empty_message() {
    let house = house();
    let key = made(&house, symmetric());
    let mut bytes = blob(&house, &key).to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    for bad in [bytes.clone(), bytes[..bytes.len() - 1].to_vec(), [bytes, vec![0]].concat(), vec![0; 100], vec![1]] {
        refused(house.root.kms().decrypt(Decrypt::blob(bad)), "InvalidCiphertextException", "");
    }
}

#[test]
fn missed_04_a_wrong_mac_is_an_error_and_never_an_answer() {
    let house = house();
    let (key, other) = (made(&house, for_macs()), made(&house, for_macs()));
    let good = mac(&house, &key);
    let verify = |message: &str, arn: &str, mac: Vec<u8>| {
        house.root.kms().verify_mac(VerifyMac::new(message, arn, "HMAC_SHA_256", mac))
    };
    let answer = verify("m", &key.arn, good.to_vec()).unwrap();
    assert!(answer.mac_valid);
    refused(verify("n", &key.arn, good.to_vec()), "KMSInvalidMacException", "");
    refused(verify("m", &other.arn, good.to_vec()), "KMSInvalidMacException", "");
    for len in [1, 31, 33, 64] {
        let mut mac = good.to_vec();
        mac.resize(len, 0);
        refused(verify("m", &key.arn, mac), "KMSInvalidMacException", "");
    }
    for bit in 0..256 {
        let mut mac = good.to_vec();
        mac[bit / 8] ^= 1 << (bit % 8);
        refused(verify("m", &key.arn, mac), "KMSInvalidMacException", "");
    }
}

#[test]
fn missed_05_the_lockout_check_is_about_the_calling_principal() {
    let house = house();
    let anaya = house.user_who_may("anaya", "kms:*", "*");
    let only = |who: &str| policy(&[statement("Allow", who, "kms:*")]);
    let locked = "The new key policy will not allow you to update the key policy in the future.";
    // Root may go on; she may not.
    refused(
        anaya.kms().create_key(CreateKey::new().policy(policy(&[statement("Allow", &root_arn(), "kms:Describe*")]))),
        "MalformedPolicyDocumentException",
        locked,
    );
    anaya.kms().create_key(CreateKey::new().policy(only(&user_arn("anaya")))).unwrap();
    // She may go on; root, who asks, may not.
    refused(
        house.root.kms().create_key(CreateKey::new().policy(only(&user_arn("anaya")))),
        "MalformedPolicyDocumentException",
        locked,
    );
    let key = made(&house, symmetric());
    refused(
        house.root.kms().put_key_policy(PutKeyPolicy::new(&key.arn, only(&user_arn("anaya")))),
        "MalformedPolicyDocumentException",
        locked,
    );
}

#[test]
fn missed_06_an_iam_allow_is_void_without_the_root_statement_and_an_iam_deny_is_not() {
    let house = house();
    let anaya = house.user_who_may("anaya", "kms:*", "*");
    let alone = policy(&[statement("Allow", &user_arn("anaya"), "kms:DisableKey kms:EnableKey kms:PutKeyPolicy")]);
    let key = anaya.kms().create_key(CreateKey::new().policy(alone)).unwrap().key_metadata;
    // Her own policies allow it, and the key does not hand itself to the account.
    refused_as(anaya.kms().schedule_key_deletion(&*key.arn), "AccessDeniedException");
    refused_as(house.root.kms().disable_key(&*key.arn), "AccessDeniedException");
    anaya.kms().disable_key(&*key.arn).unwrap();
    let deny = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"kms:EnableKey","Resource":"*"}]}"#;
    let put = strongroom::operation::iam::PutUserPolicy::new("anaya", "only", deny);
    house.root.iam().put_user_policy(put).unwrap();
    refused_as(anaya.kms().enable_key(&*key.arn), "AccessDeniedException");
    anaya.kms().disable_key(&*key.arn).unwrap();
}

#[test]
fn missed_11_put_key_policy_works_on_doomed_keys() {
    let house = house();
    let key = made(&house, symmetric());
    house.root.kms().schedule_key_deletion(&*key.arn).unwrap();
    let text = policy(&[statement("Allow", &root_arn(), "kms:*")]);
    house.root.kms().put_key_policy(PutKeyPolicy::new(&key.arn, text.as_str())).unwrap();
    assert_eq!(*house.root.kms().get_key_policy(&*key.arn).unwrap().policy, *text);
}

#[test]
fn missed_12_update_alias_checks_only_the_new_target_and_demands_the_same_kind() {
    let house = house();
    let (doomed, fresh, of_macs) = (made(&house, symmetric()), made(&house, symmetric()), made(&house, for_macs()));
    alias(&house, &doomed);
    house.root.kms().schedule_key_deletion(&*doomed.arn).unwrap();
    let update = |key: &KeyMetadata| house.root.kms().update_alias(UpdateAlias::new("alias/app", &key.key_id));
    refused_as(update(&of_macs), "ValidationException");
    update(&fresh).unwrap();
    refused(update(&doomed), "KMSInvalidStateException", &format!("{} is pending deletion.", doomed.arn));
    // Keys for MACs of another length are of the same kind.
    let long = made(&house, CreateKey::new().key_spec("HMAC_512").key_usage("GENERATE_VERIFY_MAC"));
    house.root.kms().create_alias(CreateAlias::new("alias/macs", &of_macs.key_id)).unwrap();
    house.root.kms().update_alias(UpdateAlias::new("alias/macs", &long.key_id)).unwrap();
}

const MANAGED: &str = "alias/aws/secretsmanager";

#[test]
fn missed_13_the_managed_key_is_made_by_describe_key() {
    let house = house();
    // Only by that: a use of the name makes nothing.
    let missing = format!("Alias {} is not found.", kms_arn(MANAGED));
    refused(house.root.kms().encrypt(Encrypt::new(MANAGED, "x")), "NotFoundException", &missing);
    refused(
        house.root.kms().describe_key("alias/aws/ebs"),
        "NotFoundException",
        &missing.replace("secretsmanager", "ebs"),
    );
    let made = house.root.kms().describe_key(MANAGED).unwrap().key_metadata;
    assert_eq!((made.key_manager.as_str(), made.key_state.as_str()), ("AWS", "Enabled"));
    assert_eq!(house.root.kms().describe_key(DescribeKey::new(MANAGED)).unwrap().key_metadata, made, "once");
}

#[test]
fn missed_14_the_managed_key_refuses_direct_use_and_management_even_by_root() {
    let house = house();
    house.root.create_secret(CreateSecret::text("s", "v")).unwrap();
    let key = house.root.kms().describe_key(MANAGED).unwrap().key_metadata;
    let kms = house.root.kms();
    let denied = |outcome: Result<(), Error>| refused_as(outcome, "AccessDeniedException");
    denied(kms.encrypt(Encrypt::new(&key.arn, "x")).map(drop));
    denied(kms.generate_data_key(GenerateDataKey::new(&key.arn).key_spec("AES_256")).map(drop));
    denied(kms.enable_key(&*key.arn).map(drop));
    denied(kms.disable_key(&*key.arn).map(drop));
    denied(kms.schedule_key_deletion(&*key.arn).map(drop));
    denied(kms.cancel_key_deletion(&*key.arn).map(drop));
    denied(kms.update_key_description(UpdateKeyDescription::new(&key.arn, "x")).map(drop));
    denied(kms.tag_resource(TagResource::new(&key.arn, vec![Tag::new("a", "b")])).map(drop));
    denied(kms.untag_resource(UntagResource::new(&key.arn, vec!["a".into()])).map(drop));
    denied(kms.put_key_policy(PutKeyPolicy::new(&key.arn, "{}")).map(drop));
    denied(kms.create_alias(CreateAlias::new("alias/mine", &key.key_id)).map(drop));
    // Looking at it is allowed.
    kms.get_key_policy(&*key.arn).unwrap();
    kms.list_grants(&*key.arn).unwrap();
    kms.list_resource_tags(&*key.arn).unwrap();
    kms.list_key_policies(&*key.arn).unwrap();
    let used = kms.get_key_last_usage(&*key.arn).unwrap().key_last_usage.unwrap();
    assert_eq!(used.operation.unwrap().as_str(), "GenerateDataKey", "through the secret");
}

#[test]
fn missed_15_windows_of_6_and_31_days_pass_the_model_and_fail_in_the_service() {
    let house = house();
    let key = made(&house, symmetric());
    let schedule = |days: i64| {
        house.root.kms().schedule_key_deletion(ScheduleKeyDeletion::new(&key.arn).pending_window_in_days(days))
    };
    for days in [1, 6, 31, 365] {
        let text = "PendingWindowInDays must be between 7 and 30 days (inclusive).";
        refused(schedule(days), "ValidationException", text);
    }
    for days in [0, -1, 366] {
        let error = schedule(days).unwrap_err();
        assert_eq!(error.code(), "ValidationException");
        assert!(
            error.message().to_string().contains("at 'pendingWindowInDays' failed to satisfy constraint"),
            "{error}"
        );
    }
    assert!(house.root.kms().describe_key(&*key.arn).unwrap().key_metadata.enabled, "nothing was scheduled");
    assert_eq!(schedule(7).unwrap().deletion_date, now(&house).plus_days(7));
}

#[test]
fn missed_16_a_key_for_macs_needs_its_usage_said() {
    let house = house();
    for spec in ["HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512"] {
        refused(
            house.root.kms().create_key(CreateKey::new().key_spec(spec)),
            "ValidationException",
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
        );
        refused(
            house.root.kms().create_key(CreateKey::new().key_spec(spec).key_usage("ENCRYPT_DECRYPT")),
            "ValidationException",
            &format!("KeyUsage ENCRYPT_DECRYPT is not compatible with KeySpec {spec}"),
        );
        let key = made(&house, CreateKey::new().key_spec(spec).key_usage("GENERATE_VERIFY_MAC"));
        assert_eq!((key.key_spec.as_str(), key.customer_master_key_spec.as_str()), (spec, spec));
        assert_eq!(key.mac_algorithms.unwrap()[0].as_str(), spec.replace("HMAC_", "HMAC_SHA_"));
        assert!(key.encryption_algorithms.is_none() && key.current_key_material_id.is_none());
    }
    refused(
        house.root.kms().create_key(CreateKey::new().key_usage("GENERATE_VERIFY_MAC")),
        "ValidationException",
        "KeyUsage GENERATE_VERIFY_MAC is not compatible with KeySpec SYMMETRIC_DEFAULT",
    );
}

#[test]
fn missed_18_an_unknown_key_in_a_ciphertext_is_access_denied_and_not_not_found() {
    let here = house();
    let key = made(&here, symmetric());
    let sealed = blob(&here, &key);
    let text = "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not \
                allowed to access.";
    // A key of another store, one that is forbidden, one that is gone: no difference.
    let elsewhere = house();
    refused(elsewhere.root.kms().decrypt(Decrypt::blob(sealed.clone())), "AccessDeniedException", text);
    let nobody = here.user("nobody");
    refused(nobody.kms().decrypt(Decrypt::blob(sealed.clone())), "AccessDeniedException", text);
    here.root.kms().schedule_key_deletion(ScheduleKeyDeletion::new(&key.arn).pending_window_in_days(7)).unwrap();
    here.clock.advance_days(7);
    refused(here.root.kms().decrypt(Decrypt::blob(sealed.clone())), "AccessDeniedException", text);
    here.room.run_due().unwrap();
    refused(here.root.kms().decrypt(Decrypt::blob(sealed)), "AccessDeniedException", text);
}

#[test]
fn missed_20_answers_name_keys_by_arn() {
    let house = house();
    let (key, of_macs) = (made(&house, symmetric()), made(&house, for_macs()));
    let kms = house.root.kms();
    let sealed = kms.encrypt(Encrypt::new(&key.key_id, "x")).unwrap();
    assert_eq!(sealed.key_id, key.arn);
    assert_eq!(kms.decrypt(Decrypt::blob(sealed.ciphertext_blob)).unwrap().key_id, key.arn);
    assert_eq!(kms.generate_data_key(GenerateDataKey::new(&key.key_id).key_spec("AES_256")).unwrap().key_id, key.arn);
    let made = kms.generate_mac(GenerateMac::new("m", &of_macs.key_id, "HMAC_SHA_256")).unwrap();
    assert_eq!(made.key_id, of_macs.arn);
    let verified = kms.verify_mac(VerifyMac::new("m", &of_macs.key_id, "HMAC_SHA_256", made.mac)).unwrap();
    assert_eq!(verified.key_id, of_macs.arn);
    assert_eq!(kms.get_key_last_usage(&*key.key_id).unwrap().key_id, key.arn);
    assert_eq!(kms.schedule_key_deletion(&*key.key_id).unwrap().key_id, key.arn);
    assert_eq!(kms.cancel_key_deletion(&*key.key_id).unwrap().key_id, key.arn);
}
