//! Deletion, the time in which it may be taken back, and what still works meanwhile.

use strongroom::operation::secretsmanager::{
    CreateSecret, DeleteResourcePolicy, DeleteSecret, GetResourcePolicy, GetSecretValue, ListSecretVersionIds,
    ListSecrets, PutResourcePolicy, PutSecretValue, Tag, TagResource, UntagResource, UpdateSecret,
    UpdateSecretVersionStage,
};

use crate::common::*;

fn forced(name: &str) -> DeleteSecret {
    DeleteSecret::new(name).force_delete_without_recovery(true)
}
fn within(name: &str, days: i64) -> DeleteSecret {
    DeleteSecret::new(name).recovery_window_in_days(days)
}
fn names(house: &House, planned: bool) -> Vec<String> {
    let list = house.root.list_secrets(ListSecrets::new().include_planned_deletion(planned)).unwrap();
    let mut names: Vec<String> = list.secret_list.iter().map(|secret| secret.name.to_string()).collect();
    names.sort();
    names
}

#[test]
fn a_deletion_without_options_waits_thirty_days() {
    let house = house();
    let arn = house.secret("s", "v");
    let answer = house.root.delete_secret("s").unwrap();
    assert_eq!(
        (answer.arn.as_str(), answer.name.as_str(), answer.deletion_date),
        (arn.as_str(), "s", NOW.plus_days(30))
    );
    assert_eq!(house.root.describe_secret("s").unwrap().deleted_date, Some(NOW.plus_days(30)));
}

#[test]
fn windows_from_seven_to_thirty_days_are_taken_and_others_refused() {
    let house = house();
    for days in [7, 8, 29, 30] {
        let name = format!("s{days}");
        house.secret(&name, "v");
        assert_eq!(house.root.delete_secret(within(&name, days)).unwrap().deletion_date, NOW.plus_days(days));
    }
    house.secret("s", "v");
    let range = "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).";
    for days in [i64::MIN, -7, -1, 0, 1, 6, 31, 365, i64::MAX] {
        refused(house.root.delete_secret(within("s", days)), "InvalidParameterException", range);
    }
    let both = "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.";
    for days in [7, 6] {
        let request = within("s", days).force_delete_without_recovery(true);
        refused(house.root.delete_secret(request), "InvalidParameterException", both);
    }
    assert!(house.root.describe_secret("s").unwrap().deleted_date.is_none());
    // A window and `false` go together.
    house.root.delete_secret(within("s", 7).force_delete_without_recovery(false)).unwrap();
}

#[test]
fn a_forced_deletion_is_done_at_once_and_frees_the_name() {
    let house = house();
    let arn = house.secret("s", "v");
    let answer = house.root.delete_secret(forced("s")).unwrap();
    assert_eq!((answer.arn.as_str(), answer.deletion_date), (arn.as_str(), NOW));
    refused(house.root.get_secret_value("s"), "ResourceNotFoundException", NOT_FOUND);
    refused(house.root.restore_secret("s"), "ResourceNotFoundException", NOT_FOUND);
    assert!(names(&house, true).is_empty());
    assert_ne!(house.secret("s", "again"), arn);
}

#[test]
fn a_forced_deletion_of_nothing_succeeds_with_an_arn_made_up_for_it() {
    let house = house();
    let answer = house.root.delete_secret(forced("nothing")).unwrap();
    let (head, suffix) = answer.arn.rsplit_once('-').unwrap();
    assert_eq!((head, suffix.len()), ("arn:aws:secretsmanager:us-east-1:000000000000:secret:nothing", 6));
    assert_eq!((answer.name.as_str(), answer.deletion_date), ("nothing", NOW));
    refused(house.root.delete_secret("nothing"), "ResourceNotFoundException", NOT_FOUND);
    refused(house.root.delete_secret(within("nothing", 7)), "ResourceNotFoundException", NOT_FOUND);
    refused_as(house.root.delete_secret(within("nothing", 6)), "InvalidParameterException");
    assert!(names(&house, true).is_empty());
}

#[test]
fn a_second_deletion_is_refused_unless_it_is_forced() {
    let house = house();
    house.secret("s", "v");
    house.root.delete_secret(within("s", 7)).unwrap();
    refused(house.root.delete_secret("s"), "InvalidRequestException", SCHEDULED);
    refused(house.root.delete_secret(within("s", 30)), "InvalidRequestException", SCHEDULED);
    assert_eq!(house.root.describe_secret("s").unwrap().deleted_date, Some(NOW.plus_days(7)), "the first date stands");
    house.root.delete_secret(forced("s")).unwrap();
    refused(house.root.describe_secret("s"), "ResourceNotFoundException", NOT_FOUND);
}

#[test]
fn while_it_is_scheduled_everything_but_looking_and_restoring_is_refused() {
    let house = house();
    house
        .root
        .create_secret(CreateSecret::text("s", "v").client_request_token(token(1)).tags(vec![Tag::new("k", "v")]))
        .unwrap();
    house.root.delete_secret("s").unwrap();
    let root = &house.root;
    let policy = policy(&[statement("Allow", &root_arn(), "secretsmanager:*")]);
    refused(root.get_secret_value("s"), "InvalidRequestException", SCHEDULED);
    refused(root.get_secret_value(GetSecretValue::new("s").version_id(token(9))), "InvalidRequestException", SCHEDULED);
    refused(root.put_secret_value(PutSecretValue::text("s", "w")), "InvalidRequestException", SCHEDULED);
    refused(
        root.put_secret_value(PutSecretValue::text("s", "v").client_request_token(token(1))),
        "InvalidRequestException",
        SCHEDULED,
    );
    refused(root.update_secret(UpdateSecret::new("s").description("d")), "InvalidRequestException", SCHEDULED);
    refused(root.update_secret(UpdateSecret::new("s")), "InvalidRequestException", SCHEDULED);
    refused(
        root.update_secret_version_stage(UpdateSecretVersionStage::new("s", "mine").move_to_version_id(token(1))),
        "InvalidRequestException",
        SCHEDULED,
    );
    refused(root.tag_resource(TagResource::new("s", vec![Tag::new("k", "w")])), "InvalidRequestException", SCHEDULED);
    refused(root.untag_resource(UntagResource::new("s", vec!["k".into()])), "InvalidRequestException", SCHEDULED);
    refused(root.put_resource_policy(PutResourcePolicy::new("s", policy)), "InvalidRequestException", SCHEDULED);
    refused(root.get_resource_policy(GetResourcePolicy::new("s")), "InvalidRequestException", SCHEDULED);
    refused(root.delete_resource_policy(DeleteResourcePolicy::new("s")), "InvalidRequestException", SCHEDULED);
    let taken = "You can't create this secret because a secret with this name is already scheduled for deletion.";
    for request in [
        CreateSecret::text("s", "v"),
        CreateSecret::new("s"),
        // Whatever the token: this one made it.
        CreateSecret::text("s", "v").client_request_token(token(1)),
    ] {
        refused(root.create_secret(request), "InvalidRequestException", taken);
    }

    let shown = root.describe_secret("s").unwrap();
    assert_eq!(shown.version_ids_to_stages.unwrap()[token(1).as_str()], ["AWSCURRENT"]);
    assert_eq!(shown.tags.unwrap(), [Tag::new("k", "v")]);
    assert_eq!(root.list_secret_version_ids(ListSecretVersionIds::new("s")).unwrap().versions.len(), 1);
    assert!(names(&house, false).is_empty());
    assert_eq!(names(&house, true), ["s"]);
    assert_eq!(root.restore_secret("s").unwrap().name, "s");
}

#[test]
fn a_restored_secret_is_as_it_was() {
    let house = house();
    house.secret("s", "v");
    let before = house.root.describe_secret("s").unwrap();
    house.root.delete_secret("s").unwrap();
    house.advance_days(29);
    house.root.restore_secret("s").unwrap();
    assert_eq!(house.root.describe_secret("s").unwrap(), before);
    assert_eq!(house.root.get_secret_value("s").unwrap().value(), b"v");
    // Of a live secret: success without effect.
    house.root.restore_secret("s").unwrap();
    // The old date is forgotten.
    house.advance_days(60);
    house.room.run_due().unwrap();
    assert_eq!(house.root.get_secret_value("s").unwrap().value(), b"v");
}

#[test]
fn s41_at_the_end_of_the_window_it_is_gone_for_everybody_before_anything_is_written() {
    let house = house();
    let arn = house.secret("s", "v");
    house.root.delete_secret(within("s", 7)).unwrap();
    house.clock.advance_millis(7 * 86_400_000 - 1);
    assert!(house.root.describe_secret("s").is_ok(), "one millisecond is left");
    house.clock.advance_millis(1);
    let sequence = house.room.status().unwrap().sequence;
    refused(house.root.describe_secret("s"), "ResourceNotFoundException", NOT_FOUND);
    refused(house.root.get_secret_value("s"), "ResourceNotFoundException", NOT_FOUND);
    refused(house.root.restore_secret("s"), "ResourceNotFoundException", NOT_FOUND);
    refused(house.root.list_secret_version_ids(ListSecretVersionIds::new(arn)), "ResourceNotFoundException", NOT_FOUND);
    refused(house.root.delete_secret("s"), "ResourceNotFoundException", NOT_FOUND);
    assert!(names(&house, true).is_empty());
    assert_eq!(house.room.status().unwrap().sequence, sequence, "nothing was written");
}

#[test]
fn s41_a_clock_that_steps_back_does_not_bring_it_back() {
    let house = house();
    house.secret("s", "v");
    house.root.delete_secret(within("s", 7)).unwrap();
    house.advance_days(7);
    // Something is committed at that time.
    house.secret("other", "v");
    house.advance_days(-7);
    refused(house.root.describe_secret("s"), "ResourceNotFoundException", NOT_FOUND);
    refused(house.root.restore_secret("s"), "ResourceNotFoundException", NOT_FOUND);
}

#[test]
fn s15_a_purge_removes_what_is_due_with_all_its_versions_and_nothing_else() {
    let house = house();
    let arn = house.secret("due", "one");
    house.root.put_secret_value(PutSecretValue::text("due", "two")).unwrap();
    house.secret("later", "v");
    house.secret("live", "v");
    house.root.delete_secret(within("due", 7)).unwrap();
    house.root.delete_secret(within("later", 8)).unwrap();
    let rows = |letter: &str| {
        let status = house.room.status().unwrap();
        status.rows.iter().find(|(table, _)| *table == letter).unwrap().1
    };
    assert_eq!((rows("s"), rows("p")), (3, 4));
    assert_eq!(house.room.run_due().unwrap().purged_secrets, 0, "nothing is due yet");
    house.advance_days(7);
    assert_eq!(house.room.run_due().unwrap().purged_secrets, 1);
    assert_eq!((rows("s"), rows("p")), (2, 2));
    assert_eq!(house.room.run_due().unwrap().purged_secrets, 0, "only once");
    refused(house.root.get_secret_value(arn), "ResourceNotFoundException", NOT_FOUND);
    house.root.restore_secret("later").unwrap();
    assert_eq!(house.root.get_secret_value("live").unwrap().value(), b"v");
    house.room.verify().unwrap();
}

#[test]
fn a_name_is_free_again_when_the_window_is_over_even_if_nobody_purged() {
    let house = house();
    let request = || CreateSecret::text("s", "old").client_request_token(token(1));
    let old = house.root.create_secret(request().tags(vec![Tag::new("old", "tag")])).unwrap().arn;
    house.root.put_secret_value(PutSecretValue::text("s", "older").client_request_token(token(2))).unwrap();
    house.root.delete_secret(within("s", 7)).unwrap();
    house.advance_days(7);
    let new = house.root.create_secret(CreateSecret::text("s", "new").client_request_token(token(1))).unwrap().arn;
    assert_ne!(new, old);
    let shown = house.root.describe_secret("s").unwrap();
    assert!(shown.tags.is_none() && shown.deleted_date.is_none() && shown.version_ids_to_stages.unwrap().len() == 1);
    assert_eq!(house.root.get_secret_value("s").unwrap().value(), b"new");
    refused_as(house.root.get_secret_value(GetSecretValue::new("s").version_id(token(2))), "ResourceNotFoundException");
    assert_eq!(house.room.verify().unwrap().versions, 1);
}

#[test]
fn a_policy_of_a_secret_whose_window_is_over_decides_nothing_any_more() {
    let house = house();
    let arn = house.secret("s", "v");
    let reader = house.user("reader");
    let creator = house.user_with("creator", allow("secretsmanager:CreateSecret secretsmanager:GetSecretValue", "*"));
    house.set_resource_policy(
        "s",
        policy(&[
            statement("Allow", &user_arn("reader"), "secretsmanager:GetSecretValue"),
            statement("Deny", &user_arn("creator"), "secretsmanager:*"),
        ]),
    );
    assert_eq!(reader.get_secret_value("s").unwrap().value(), b"v");
    house.root.delete_secret(within("s", 7)).unwrap();
    house.advance_days(7);
    // What a purge would make of it, before the purge: nobody is let in or kept out by the old policy.
    for purged in [false, true] {
        if purged {
            house.room.run_due().unwrap();
        }
        denied(reader.get_secret_value("s"), &user_arn("reader"), "secretsmanager:GetSecretValue", Some("s"));
        denied(reader.get_secret_value(arn.as_str()), &user_arn("reader"), "secretsmanager:GetSecretValue", Some(&arn));
        refused(creator.get_secret_value("s"), "ResourceNotFoundException", NOT_FOUND);
    }
    let house = {
        let again = crate::common::house();
        again.secret("s", "v");
        let creator = again.user_with("creator", allow("secretsmanager:CreateSecret", "*"));
        again.set_resource_policy("s", policy(&[statement("Deny", &user_arn("creator"), "secretsmanager:*")]));
        again.root.delete_secret(within("s", 7)).unwrap();
        again.advance_days(7);
        creator.create_secret(CreateSecret::text("s", "new")).unwrap();
        again
    };
    assert_eq!(house.root.get_secret_value("s").unwrap().value(), b"new");
}

#[test]
fn deleting_asks_for_one_right_only_and_none_on_the_key() {
    let house = house();
    let key = house.customer_key(policy(&[statement("Allow", &root_arn(), "kms:*")]));
    house.root.create_secret(CreateSecret::text("s", "v").kms_key_id(key)).unwrap();
    let cleaner = house.user_with("cleaner", allow("secretsmanager:DeleteSecret", "*"));
    cleaner.delete_secret("s").unwrap();
    denied(cleaner.restore_secret("s"), &user_arn("cleaner"), "secretsmanager:RestoreSecret", Some("s"));
    denied(cleaner.get_secret_value("s"), &user_arn("cleaner"), "secretsmanager:GetSecretValue", Some("s"));
    cleaner.delete_secret(forced("s")).unwrap();
}

#[test]
fn the_window_and_the_force_can_be_asked_for_in_a_policy() {
    let house = house();
    house.secret("s", "v");
    let careful = allow_if(
        "secretsmanager:DeleteSecret",
        "*",
        r#""NumericGreaterThanEquals":{"secretsmanager:RecoveryWindowInDays":"14"}"#,
    );
    let careful = house.user_with("careful", careful);
    let refusal = |outcome| denied(outcome, &user_arn("careful"), "secretsmanager:DeleteSecret", Some("s"));
    refusal(careful.delete_secret(within("s", 13)));
    refusal(careful.delete_secret(forced("s")));
    // What was not sent fills no key.
    refusal(careful.delete_secret("s"));
    careful.delete_secret(within("s", 14)).unwrap();
    house.root.restore_secret("s").unwrap();

    let gentle = policy(&[
        r#"{"Effect":"Allow","Action":"secretsmanager:DeleteSecret","Resource":"*"}"#.to_owned(),
        r#"{"Effect":"Deny","Action":"secretsmanager:DeleteSecret","Resource":"*","Condition":{"Bool":{"secretsmanager:ForceDeleteWithoutRecovery":"true"}}}"#.to_owned(),
    ]);
    let gentle = house.user_with("gentle", gentle);
    let error = gentle.delete_secret(forced("s")).unwrap_err();
    assert!(error.message().to_string().ends_with("with an explicit deny in an identity-based policy"), "{error}");
    gentle.delete_secret("s").unwrap();
}

#[test]
fn a_policy_on_the_secret_protects_it_from_deletion_whoever_asks() {
    let house = house();
    house.secret("s", "v");
    let nobody_deletes = policy(&[statement("Deny", "*", "secretsmanager:DeleteSecret")]);
    house.set_resource_policy("s", nobody_deletes);
    let u = house.user_with("u", allow("secretsmanager:*", "*"));
    for session in [&house.root, &u] {
        for request in [DeleteSecret::new("s"), within("s", 30), forced("s")] {
            assert!(session.delete_secret(request).unwrap_err().is_access_denied());
        }
    }
    assert_eq!(house.root.get_secret_value("s").unwrap().value(), b"v");
    // Only at once, or only without the longest window.
    let never_at_once =
        |condition: &str| policy(&[statement_if("Deny", "*", "secretsmanager:DeleteSecret", condition)]);
    house.set_resource_policy("s", never_at_once(r#""Bool":{"secretsmanager:ForceDeleteWithoutRecovery":"true"}"#));
    assert!(house.root.delete_secret(forced("s")).unwrap_err().is_access_denied());
    house.root.delete_secret(within("s", 7)).unwrap();
    house.root.restore_secret("s").unwrap();
    let days = r#""NumericLessThan":{"secretsmanager:RecoveryWindowInDays":"30"}"#;
    house.set_resource_policy("s", never_at_once(days));
    assert!(house.root.delete_secret(within("s", 29)).unwrap_err().is_access_denied());
    house.root.delete_secret(within("s", 30)).unwrap();
    // Who may change the policy may take the protection away: in two steps, and both are on record.
    house.root.restore_secret("s").unwrap();
    house.root.delete_resource_policy("s").unwrap();
    house.root.delete_secret(forced("s")).unwrap();
}
