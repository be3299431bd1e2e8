//! The end of keys and the clock that brings it; their last use; their tags; MACs and random bytes.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail loudly")]

use crate::support::{House, denied, house, kms_arn, no_identity, refused, refused_as, user_arn};
use strongroom::clock::Clock as _;
use strongroom::operation::kms::{
    CreateAlias, CreateGrant, CreateKey, Decrypt, Encrypt, GenerateMac, GenerateRandom, GetKeyLastUsageResponse,
    KeyMetadata, ListAliases, ListKeyPolicies, ListKeys, ListResourceTags, RecipientInfo, ScheduleKeyDeletion, Tag,
    TagResource, UntagResource, VerifyMac,
};
use strongroom::operation::secretsmanager::{CreateSecret, DeleteSecret, PutSecretValue};
use strongroom::testing::{Draws, SeededEntropy};
use strongroom::{Error, Strongroom, Unlock};

fn key(house: &House) -> KeyMetadata {
    house.root.kms().create_key(CreateKey::new()).unwrap().key_metadata
}
fn key_for_macs(house: &House, spec: &str) -> KeyMetadata {
    let request = CreateKey::new().key_spec(spec).key_usage("GENERATE_VERIFY_MAC");
    house.root.kms().create_key(request).unwrap().key_metadata
}
fn schedule(house: &House, key: &KeyMetadata, days: i64) {
    let request = ScheduleKeyDeletion::new(&key.arn).pending_window_in_days(days);
    house.root.kms().schedule_key_deletion(request).unwrap();
}
fn gone(house: &House, key: &KeyMetadata) {
    let text = format!("Key '{}' does not exist", key.arn);
    refused(house.root.kms().describe_key(&*key.arn), "NotFoundException", &text);
}
/// Rows of a table, by its letter.
fn rows(house: &House, letter: &str) -> u64 {
    house.room.status().unwrap().rows.iter().find(|(table, _)| *table == letter).unwrap().1
}
fn used(house: &House, key: &KeyMetadata) -> GetKeyLastUsageResponse {
    house.root.kms().get_key_last_usage(&*key.arn).unwrap()
}
fn last(house: &House, key: &KeyMetadata) -> Option<(String, i64)> {
    let last = used(house, key).key_last_usage?;
    Some((last.operation.unwrap().as_str().to_owned(), last.timestamp.unwrap().as_millis()))
}
fn now(house: &House) -> i64 {
    house.clock.now().as_millis()
}
fn tag(key: &str, value: &str) -> Tag {
    Tag::new(key, value)
}

// Deletion.

#[test]
fn a_key_goes_at_its_date_and_never_before() {
    let house = house();
    let key = key(&house);
    schedule(&house, &key, 7);
    house.clock.advance_days(7);
    house.clock.advance_millis(-1);
    assert_eq!(house.room.run_due().unwrap().deleted_keys, 0);
    house.root.kms().describe_key(&*key.arn).unwrap();
    house.clock.advance_millis(1);
    // Gone for everybody, though its row is still there …
    gone(&house, &key);
    refused_as(house.root.kms().cancel_key_deletion(&*key.arn), "NotFoundException");
    assert_eq!(house.root.kms().list_keys(ListKeys::new()).unwrap().keys, []);
    assert_eq!((rows(&house, "k"), rows(&house, "b")), (1, 1));
    // … until it is not.
    assert_eq!(house.room.run_due().unwrap().deleted_keys, 1);
    assert_eq!((rows(&house, "k"), rows(&house, "b")), (0, 0));
    assert_eq!(house.room.run_due().unwrap().deleted_keys, 0, "only once");
    gone(&house, &key);
}

#[test]
fn with_a_key_go_its_aliases_and_grants_and_nothing_of_others() {
    let house = house();
    house.user("anaya");
    let (doomed, other) = (key(&house), key(&house));
    for (key, alias) in [(&doomed, "alias/a"), (&doomed, "alias/b"), (&other, "alias/c")] {
        house.root.kms().create_alias(CreateAlias::new(alias, &key.key_id)).unwrap();
    }
    for key in [&doomed, &doomed, &other] {
        for who in ["arn:aws:iam::000000000000:root", &user_arn("anaya")] {
            house.root.kms().create_grant(CreateGrant::to(who, &key.arn, ["Decrypt"])).unwrap();
        }
    }
    assert_eq!((rows(&house, "l"), rows(&house, "g"), rows(&house, "h")), (3, 4, 6));
    schedule(&house, &doomed, 7);
    house.clock.advance_days(8);
    // The name may be given anew at once, and stays with its new key.
    house.root.kms().create_alias(CreateAlias::new("alias/b", &other.key_id)).unwrap();
    assert_eq!(house.room.run_due().unwrap().deleted_keys, 1);
    assert_eq!((rows(&house, "g"), rows(&house, "h")), (1 + 1, 2));
    let aliases = house.root.kms().list_aliases(ListAliases::new().key_id(&other.key_id)).unwrap().aliases;
    let names: Vec<&str> = aliases.iter().map(|alias| &*alias.alias_name).collect();
    assert_eq!(names, ["alias/b", "alias/c"]);
    refused(
        house.root.kms().describe_key("alias/a"),
        "NotFoundException",
        &format!("Alias {} is not found.", kms_arn("alias/a")),
    );
    assert_eq!(house.root.kms().list_grants(&*other.arn).unwrap().grants.len(), 2);
    house.room.verify().unwrap();
}

#[test]
fn a_deleted_key_leaves_its_name_for_90_days() {
    let house = house();
    let key = house.root.kms().create_key(CreateKey::new().multi_region(true)).unwrap().key_metadata;
    schedule(&house, &key, 7);
    house.clock.advance_days(7);
    assert_eq!(house.room.deleted_keys().unwrap(), []);
    house.room.run_due().unwrap();
    let left = house.room.deleted_keys().unwrap();
    assert_eq!((left.len(), &*left[0].key_id, left[0].deleted), (1, &*key.key_id, house.clock.now()));
    house.clock.advance_days(89);
    house.room.run_due().unwrap();
    assert_eq!(house.room.deleted_keys().unwrap(), left);
    // A commit between, so that the clock is not in doubt.
    self::key(&house);
    house.clock.advance_days(1);
    house.room.run_due().unwrap();
    assert_eq!(house.room.deleted_keys().unwrap(), []);
}

#[test]
fn what_lies_under_a_deleted_key_does_not_open_and_the_secret_is_still_told_of() {
    let house = house();
    let key = key(&house);
    house.root.create_secret(CreateSecret::text("s", "v").kms_key_id(key.arn.clone())).unwrap();
    schedule(&house, &key, 7);
    refused_as(house.root.get_secret_value("s"), "DecryptionFailure");
    house.clock.advance_days(7);
    let before = house.root.get_secret_value("s").unwrap_err();
    house.room.run_due().unwrap();
    let after = house.root.get_secret_value("s").unwrap_err();
    assert_eq!((before.code(), before.message().to_string()), (after.code(), after.message().to_string()));
    refused_as(house.root.put_secret_value(PutSecretValue::text("s", "w")), "EncryptionFailure");
    assert_eq!(house.root.describe_secret("s").unwrap().kms_key_id, Some(key.arn));
    house.room.verify().unwrap();
}

// The clock.

#[test]
fn a_clock_that_jumped_destroys_nothing_until_the_host_confirms() {
    let house = house();
    let key = key(&house);
    house.root.create_secret(CreateSecret::text("s", "v")).unwrap();
    let sealed = house.root.kms().encrypt(Encrypt::new(&key.arn, "x")).unwrap().ciphertext_blob;
    schedule(&house, &key, 7);
    house.root.delete_secret(DeleteSecret::new("s").recovery_window_in_days(7)).unwrap();
    house.clock.advance_days(91);
    for _ in 0..3 {
        let report = house.room.run_due().unwrap();
        assert_eq!((report.deleted_keys, report.purged_secrets, report.clock_in_doubt), (0, 0, true));
    }
    // Neither do other commits vouch for it, nor does time that goes on. The name is not free before it is certain.
    house.user("anaya");
    let text = "You can't create this secret because a secret with this name is already scheduled for deletion.";
    refused(house.root.create_secret(CreateSecret::text("s", "w")), "InvalidRequestException", text);
    house.clock.advance_days(1);
    assert!(house.room.status().unwrap().clock_in_doubt);
    assert!(house.room.run_due().unwrap().clock_in_doubt);
    assert_eq!((rows(&house, "b"), rows(&house, "s")), (2, 1));
    house.room.confirm_clock().unwrap();
    assert!(!house.room.status().unwrap().clock_in_doubt);
    let report = house.room.run_due().unwrap();
    assert_eq!((report.deleted_keys, report.purged_secrets, report.clock_in_doubt), (1, 1, false));
    house.root.create_secret(CreateSecret::text("s", "w")).unwrap();
    refused_as(house.root.kms().decrypt(Decrypt::blob(sealed)), "AccessDeniedException");
}

#[test]
fn ninety_days_are_no_jump() {
    let house = house();
    let key = key(&house);
    schedule(&house, &key, 30);
    house.clock.advance_days(90);
    assert!(!house.room.status().unwrap().clock_in_doubt);
    let report = house.room.run_due().unwrap();
    assert_eq!((report.deleted_keys, report.clock_in_doubt), (1, false));
}

#[test]
fn a_jump_with_nothing_due_is_no_matter_of_the_report_and_stays_in_doubt() {
    let house = house();
    house.clock.advance_days(1000);
    assert!(!house.room.run_due().unwrap().clock_in_doubt);
    let key = key(&house);
    schedule(&house, &key, 7);
    house.clock.advance_days(8);
    assert!(house.room.run_due().unwrap().clock_in_doubt, "the jump was committed and nobody confirmed it");
    assert_eq!(rows(&house, "k"), 1);
}

#[test]
fn a_clock_set_back_destroys_nothing_that_the_mark_alone_says_is_due() {
    let house = house();
    let key = key(&house);
    schedule(&house, &key, 7);
    house.clock.advance_days(60);
    // The store has seen that time; the clock is put right again.
    house.user("anaya");
    house.clock.advance_days(-58);
    assert_eq!(house.room.run_due().unwrap().deleted_keys, 0);
    assert_eq!(rows(&house, "b"), 1);
    house.clock.advance_days(5);
    assert_eq!(house.room.run_due().unwrap().deleted_keys, 1, "on its day");
}

#[test]
fn a_jump_is_remembered_over_a_change_of_the_header_and_a_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let unlock = || Unlock::root_key([7_u8; 32].as_slice());
    let clock = house().clock;
    let builder = || Strongroom::builder().clock(clock.clone()).entropy(SeededEntropy::new(7));
    let house = House { room: builder().create(&path, unlock()).unwrap(), clock: clock.clone(), root: house().root };
    let house = House { root: house.room.root(), ..house };
    let key = key(&house);
    schedule(&house, &key, 7);
    clock.advance_days(365);
    house.room.add_slot(&Unlock::root_key([8_u8; 32].as_slice())).unwrap();
    drop(house);
    let room = builder().open(&path, unlock()).unwrap();
    assert!(room.status().unwrap().clock_in_doubt);
    assert!(room.run_due().unwrap().clock_in_doubt);
    room.confirm_clock().unwrap();
    drop(room);
    let room = builder().open(&path, unlock()).unwrap();
    assert!(!room.status().unwrap().clock_in_doubt);
    assert_eq!(room.run_due().unwrap().deleted_keys, 1);
}

// The last use.

#[test]
fn a_key_that_was_never_used_has_no_last_use() {
    let house = house();
    let key = key(&house);
    house.clock.advance_days(1);
    house.root.kms().describe_key(&*key.arn).unwrap();
    let answer = used(&house, &key);
    assert_eq!((answer.key_last_usage, answer.key_id), (None, key.arn));
    assert_eq!((answer.tracking_start_date, answer.key_creation_date), (key.creation_date, key.creation_date));
    refused(house.root.kms().get_key_last_usage("alias/app"), "NotFoundException", "Invalid keyId 'alias/app'");
    let anaya = house.user("anaya");
    let action = "kms:GetKeyLastUsage";
    let refusal = anaya.kms().get_key_last_usage(&*answer_arn(&house));
    denied(refusal, &user_arn("anaya"), action, Some(&answer_arn(&house)), &no_identity(action));
}
fn answer_arn(house: &House) -> String {
    house.root.kms().list_keys(ListKeys::new()).unwrap().keys[0].key_arn.to_string()
}

#[test]
fn every_use_is_told_by_itself_and_through_a_secret() {
    let house = house();
    let (key, of_macs) = (key(&house), key_for_macs(&house, "HMAC_256"));
    let told = |key: &KeyMetadata, operation: &str| {
        assert_eq!(last(&house, key), Some((operation.to_owned(), now(&house))));
        house.clock.advance_millis(120_000);
    };
    let blob = house.root.kms().encrypt(Encrypt::new(&key.arn, "x")).unwrap().ciphertext_blob;
    told(&key, "Encrypt");
    house.root.kms().decrypt(Decrypt::blob(blob)).unwrap();
    told(&key, "Decrypt");
    house.root.create_secret(CreateSecret::text("s", "v").kms_key_id(key.arn.clone())).unwrap();
    told(&key, "GenerateDataKey");
    house.root.get_secret_value("s").unwrap();
    told(&key, "Decrypt");
    house.root.kms().generate_mac(GenerateMac::new("m", &of_macs.arn, "HMAC_SHA_256")).unwrap();
    told(&of_macs, "GenerateMac");
    let last = used(&house, &of_macs).key_last_usage.unwrap();
    assert_eq!(last.kms_request_id.as_ref().unwrap().len(), 36);
    assert_eq!(last.cloud_trail_event_id, last.kms_request_id);
}

#[test]
fn a_use_that_failed_or_was_only_tried_out_is_none() {
    let house = house();
    let key = key(&house);
    let nobody = house.user("nobody");
    refused_as(nobody.kms().encrypt(Encrypt::new(&key.arn, "x")), "AccessDeniedException");
    refused_as(house.root.kms().encrypt(Encrypt::new(&key.arn, "x").dry_run(true)), "DryRunOperationException");
    let of_macs = key_for_macs(&house, "HMAC_256");
    let wrong = VerifyMac::new("m", &of_macs.arn, "HMAC_SHA_256", vec![0; 32]);
    refused_as(house.root.kms().verify_mac(wrong), "KMSInvalidMacException");
    house.root.kms().disable_key(&*key.arn).unwrap();
    refused_as(house.root.kms().encrypt(Encrypt::new(&key.arn, "x")), "DisabledException");
    assert_eq!((last(&house, &key), last(&house, &of_macs)), (None, None));
}

#[test]
fn a_last_use_is_written_at_most_once_an_hour_and_outlives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let unlock = || Unlock::root_key([7_u8; 32].as_slice());
    let clock = house().clock;
    let builder = || Strongroom::builder().clock(clock.clone()).entropy(SeededEntropy::new(7));
    let room = builder().create(&path, unlock()).unwrap();
    let house = House { root: room.root(), room, clock: clock.clone() };
    let key = key(&house);
    let encrypt = |house: &House| drop(house.root.kms().encrypt(Encrypt::new(&key.arn, "x")).unwrap());
    encrypt(&house);
    let first = now(&house);
    assert!(house.room.run_due().unwrap().accesses_written);
    clock.advance_millis(30 * 60_000);
    encrypt(&house);
    assert_eq!(last(&house, &key), Some(("Encrypt".to_owned(), now(&house))), "memory knows");
    let sequence = house.room.status().unwrap().sequence;
    assert!(!house.room.run_due().unwrap().accesses_written);
    assert_eq!(house.room.status().unwrap().sequence, sequence, "no commit");
    drop(house);
    let room = builder().open(&path, unlock()).unwrap();
    let house = House { root: room.root(), room, clock: clock.clone() };
    assert_eq!(last(&house, &key), Some(("Encrypt".to_owned(), first)));
    clock.advance_millis(31 * 60_000);
    encrypt(&house);
    assert!(house.room.run_due().unwrap().accesses_written);
}

// Tags.

#[test]
fn tags_are_set_replaced_removed_and_listed_in_pages() {
    let house = house();
    let key = key(&house);
    let kms = house.root.kms();
    let set = |tags: Vec<Tag>| house.root.kms().tag_resource(TagResource::new(&key.arn, tags));
    set(vec![tag("b", "1"), tag("a", ""), tag("B", "2")]).unwrap();
    set(vec![tag("a", "3")]).unwrap();
    let all = kms.list_resource_tags(&*key.key_id).unwrap();
    assert_eq!(all.tags, [tag("b", "1"), tag("a", "3"), tag("B", "2")], "as they were set");
    assert_eq!((all.truncated, all.next_marker), (false, None));
    let first = kms.list_resource_tags(ListResourceTags::new(&key.arn).limit(2)).unwrap();
    assert_eq!((first.tags.len(), first.truncated), (2, true));
    let marker = first.next_marker.unwrap();
    let rest = kms.list_resource_tags(ListResourceTags::new(&key.arn).marker(marker.clone())).unwrap();
    assert_eq!((rest.tags, rest.truncated), (vec![tag("B", "2")], false));
    // What went and came in between neither hides nor repeats what stayed.
    kms.untag_resource(UntagResource::new(&key.arn, vec!["b".into()])).unwrap();
    set(vec![tag("c", "4")]).unwrap();
    let rest = kms.list_resource_tags(ListResourceTags::new(&key.arn).marker(marker.clone()).limit(1)).unwrap();
    assert_eq!((rest.tags, rest.truncated), (vec![tag("B", "2")], true));
    let rest = kms.list_resource_tags(ListResourceTags::new(&key.arn).marker(rest.next_marker.unwrap())).unwrap();
    assert_eq!((rest.tags, rest.truncated), (vec![tag("c", "4")], false));
    // A marker of one key is none of another.
    let other = self::key(&house);
    refused_as(kms.list_resource_tags(ListResourceTags::new(&other.arn).marker(marker)), "InvalidMarkerException");
    kms.untag_resource(UntagResource::new(&key.arn, vec!["c".into(), "none".into()])).unwrap();
    assert_eq!(kms.list_resource_tags(&*key.arn).unwrap().tags, [tag("a", "3"), tag("B", "2")]);

    refused(set(vec![tag("k", "1"), tag("k", "2")]), "TagException", "Duplicate tag keys");
    for reserved in ["aws:x", "AWS:x", "Aws:"] {
        refused(set(vec![tag(reserved, "1")]), "TagException", "Tags beginning with aws: are reserved");
    }
    let many = |count: usize| (0..count).map(|number| tag(&format!("k{number}"), "v")).collect::<Vec<_>>();
    refused(set(many(49)), "TagException", "Too many tags");
    set(many(48)).unwrap();
    let long = "k".repeat(129);
    for (bad, at) in [(tag(&long, ""), "tags.1.member.tagKey"), (tag("k", &"v".repeat(257)), "tags.1.member.tagValue")]
    {
        let error = set(vec![bad]).unwrap_err();
        assert_eq!(error.code(), "ValidationException");
        assert!(error.message().to_string().contains(at), "{error}");
    }
    let limit = |limit: i64| house.root.kms().list_resource_tags(ListResourceTags::new(&key.arn).limit(limit));
    assert_eq!(limit(50).unwrap().tags.len(), 50);
    refused(limit(51), "ValidationException", "Limit must be between 1 and 50 (inclusive).");
    refused_as(limit(0), "ValidationException");
    refused_as(limit(1001), "ValidationException");
}

#[test]
fn a_key_has_one_policy_name() {
    let house = house();
    let key = key(&house);
    let answer = house.root.kms().list_key_policies(ListKeyPolicies::new(&key.arn).limit(1)).unwrap();
    assert_eq!((answer.policy_names, answer.truncated), (vec!["default".into()], false));
    let forged = ListKeyPolicies::new(&key.arn).marker("x");
    refused_as(house.root.kms().list_key_policies(forged), "InvalidMarkerException");
}

#[test]
fn tags_decide_at_the_next_call() {
    let house = house();
    let key = key(&house);
    let anaya = house.user("anaya");
    let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*",
        "Condition":{"StringEquals":{"aws:ResourceTag/team":"red"}}}]}"#;
    let put = strongroom::operation::iam::PutUserPolicy::new("anaya", "only", document);
    house.root.iam().put_user_policy(put).unwrap();
    let encrypt = || anaya.kms().encrypt(Encrypt::new(&key.arn, "x"));
    refused_as(encrypt(), "AccessDeniedException");
    house.root.kms().tag_resource(TagResource::new(&key.arn, vec![tag("team", "red")])).unwrap();
    encrypt().unwrap();
    house.root.kms().untag_resource(UntagResource::new(&key.arn, vec!["team".into()])).unwrap();
    refused_as(encrypt(), "AccessDeniedException");
}

// MACs.

#[test]
fn each_kind_of_key_makes_macs_of_its_own_length_and_of_its_own_algorithm_alone() {
    let house = house();
    let kinds = [(224, 28), (256, 32), (384, 48), (512, 64)];
    for (bits, len) in kinds {
        let key = key_for_macs(&house, &format!("HMAC_{bits}"));
        let own = format!("HMAC_SHA_{bits}");
        let mac = |message: &str| {
            house.root.kms().generate_mac(GenerateMac::new(message, &key.arn, own.as_str())).unwrap().mac
        };
        assert_eq!(mac("m").len(), len);
        assert_eq!(mac("m"), mac("m"), "it is deterministic");
        assert_ne!(mac("m"), mac("n"));
        let verify = VerifyMac::new("m", &key.arn, own.as_str(), mac("m"));
        let answer = house.root.kms().verify_mac(verify).unwrap();
        assert_eq!((answer.mac_valid, answer.mac_algorithm.as_str()), (true, &*own));
        for (other, _) in kinds.into_iter().filter(|(other, _)| *other != bits) {
            let text = format!("Algorithm HMAC_SHA_{other} is incompatible with key spec HMAC_{bits}.");
            let other = format!("HMAC_SHA_{other}");
            let request = GenerateMac::new("m", &key.arn, other.as_str());
            refused(house.root.kms().generate_mac(request), "InvalidKeyUsageException", &text);
            let request = VerifyMac::new("m", &key.arn, other.as_str(), mac("m"));
            refused(house.root.kms().verify_mac(request), "InvalidKeyUsageException", &text);
        }
        // A backing key is a row of 96 bytes and the material.
        let text = format!("{} key usage is GENERATE_VERIFY_MAC which is not valid for Encrypt.", key.arn);
        refused(house.root.kms().encrypt(Encrypt::new(&key.arn, "x")), "InvalidKeyUsageException", &text);
    }
}

#[test]
fn macs_are_refused_to_other_keys_other_callers_and_other_lengths() {
    let house = house();
    let (symmetric, key) = (key(&house), key_for_macs(&house, "HMAC_256"));
    let generate =
        |key: &str, message: Vec<u8>| house.root.kms().generate_mac(GenerateMac::new(message, key, "HMAC_SHA_256"));
    let wrong =
        |operation: &str| format!("{} key usage is ENCRYPT_DECRYPT which is not valid for {operation}.", symmetric.arn);
    refused(generate(&symmetric.arn, vec![1]), "InvalidKeyUsageException", &wrong("GenerateMac"));
    let verify = VerifyMac::new("m", &symmetric.arn, "HMAC_SHA_256", vec![0; 32]);
    refused(house.root.kms().verify_mac(verify), "InvalidKeyUsageException", &wrong("VerifyMac"));
    generate(&key.arn, vec![1; 4096]).unwrap();
    refused_as(generate(&key.arn, vec![1; 4097]), "ValidationException");
    refused_as(generate(&key.arn, Vec::new()), "ValidationException");
    let unknown = house.root.kms().generate_mac(GenerateMac::new("m", &key.arn, "HMAC_SHA_1")).unwrap_err();
    assert_eq!(unknown.code(), "ValidationException");
    assert!(unknown.message().to_string().contains("at 'macAlgorithm'"), "{unknown}");

    let anaya = house.user("anaya");
    let hers = |key: &str| anaya.kms().generate_mac(GenerateMac::new("m", key, "HMAC_SHA_256"));
    let action = "kms:GenerateMac";
    denied(hers(&key.arn), &user_arn("anaya"), action, Some(&key.arn), &no_identity(action));
    house.root.kms().create_grant(CreateGrant::to(user_arn("anaya"), &key.arn, ["GenerateMac"])).unwrap();
    let mac = hers(&key.arn).unwrap().mac;
    // To make is not to verify.
    let verify = |mac: Vec<u8>| anaya.kms().verify_mac(VerifyMac::new("m", &key.arn, "HMAC_SHA_256", mac));
    refused_as(verify(mac.to_vec()), "AccessDeniedException");
    house.root.kms().create_alias(CreateAlias::new("alias/macs", &key.key_id)).unwrap();
    assert_eq!(hers("alias/macs").unwrap().mac, mac);
    let dry = GenerateMac::new("m", &key.arn, "HMAC_SHA_256").dry_run(true);
    refused_as(anaya.kms().generate_mac(dry), "DryRunOperationException");
    let dry = VerifyMac::new("m", &key.arn, "HMAC_SHA_256", mac).dry_run(true);
    refused_as(house.root.kms().verify_mac(dry), "DryRunOperationException");
    let dry = VerifyMac::new("n", &key.arn, "HMAC_SHA_256", vec![0; 32]).dry_run(true);
    refused_as(house.root.kms().verify_mac(dry), "KMSInvalidMacException");
    let token = GenerateMac::new("m", &key.arn, "HMAC_SHA_256").grant_tokens(vec!["x".into()]);
    refused_as(house.root.kms().generate_mac(token), "InvalidGrantTokenException");
}

// Random bytes.

#[test]
fn random_bytes_are_as_many_as_asked_and_come_by_identity_policies_alone() {
    let house = house();
    let random = |bytes: i64| house.root.kms().generate_random(GenerateRandom::new().number_of_bytes(bytes));
    for bytes in [1, 32, 1024] {
        assert_eq!(random(bytes).unwrap().plaintext.len(), usize::try_from(bytes).unwrap());
    }
    assert_ne!(random(32).unwrap().plaintext.expose(), random(32).unwrap().plaintext.expose());
    refused(
        house.root.kms().generate_random(GenerateRandom::new()),
        "ValidationException",
        "NumberOfBytes is required.",
    );
    for bytes in [0, 1025] {
        let error = random(bytes).unwrap_err();
        assert_eq!(error.code(), "ValidationException");
        assert!(error.message().to_string().contains("at 'numberOfBytes'"), "{error}");
    }
    let some = || GenerateRandom::new().number_of_bytes(1);
    refused_as(house.root.kms().generate_random(some().custom_key_store_id("c")), "UnsupportedOperationException");
    let enclave = some().recipient(RecipientInfo::new());
    refused_as(house.root.kms().generate_random(enclave), "UnsupportedOperationException");
    let anaya = house.user("anaya");
    let action = "kms:GenerateRandom";
    denied(anaya.kms().generate_random(some()), &user_arn("anaya"), action, None, &no_identity(action));
    house.allow("anaya", action, "*");
    anaya.kms().generate_random(some()).unwrap();
}

// The whole against a model.

/// Sequences of the calls that move a key between its states, and of time, against one `match`.
#[test]
fn the_life_of_a_key_is_that_of_a_plain_state_machine() {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Life {
        Enabled,
        Disabled,
        Doomed(i64),
        Gone,
    }
    let mut refusals = 0;
    for seed in 0..40 {
        let house = house();
        let key = key(&house);
        let mut draws = Draws::from_seed(seed);
        let mut life = Life::Enabled;
        for step in 0..40 {
            if let Life::Doomed(due) = life
                && due <= now(&house)
            {
                life = Life::Gone;
            }
            let kms = house.root.kms();
            let alive = matches!(life, Life::Enabled | Life::Disabled);
            let state = "KMSInvalidStateException";
            // The call, where it leads, and how it is refused.
            let (outcome, next, refusal) = match draws.below(8) {
                0 => (kms.enable_key(&*key.arn).map(drop), Life::Enabled, (!alive).then_some(state)),
                1 => (kms.disable_key(&*key.arn).map(drop), Life::Disabled, (!alive).then_some(state)),
                2 => {
                    let request = ScheduleKeyDeletion::new(&key.arn).pending_window_in_days(7);
                    let due = Life::Doomed(now(&house) + 7 * 86_400_000);
                    (kms.schedule_key_deletion(request).map(drop), due, (!alive).then_some(state))
                }
                3 => (kms.cancel_key_deletion(&*key.arn).map(drop), Life::Disabled, alive.then_some(state)),
                4 | 5 => {
                    let refusal = match life {
                        Life::Enabled => None,
                        Life::Disabled => Some("DisabledException"),
                        Life::Doomed(_) | Life::Gone => Some(state),
                    };
                    (kms.encrypt(Encrypt::new(&key.arn, "x")).map(drop), life, refusal)
                }
                6 => {
                    house.clock.advance_days(i64::try_from(draws.below(5)).unwrap());
                    continue;
                }
                _ => {
                    house.room.run_due().unwrap();
                    continue;
                }
            };
            let expected = if life == Life::Gone { Some("NotFoundException") } else { refusal };
            assert_eq!(outcome.as_ref().err().map(Error::code), expected, "seed {seed}, step {step}, {life:?}");
            if outcome.is_ok() {
                life = next;
            } else {
                refusals += 1;
            }
        }
    }
    assert!(refusals > 100, "{refusals}");
}
