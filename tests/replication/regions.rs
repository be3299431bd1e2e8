//! Regions without replicas: each is a store of its own as far as names go.

use strongroom::operation::iam::{CreateUser, ListUsers};
use strongroom::operation::kms::{
    CreateAlias, CreateKey, Decrypt, DescribeKey, Encrypt, ListAliases, ListKeys, ScheduleKeyDeletion,
};
use strongroom::operation::secretsmanager::{
    CreateSecret, DeleteSecret, GetSecretValue, ListSecretVersionIds, ListSecrets, PutSecretValue, UpdateSecret,
};
use strongroom::testing::MemoryBackend;
use strongroom::{Circumstances, Signed, Strongroom};

use crate::common::*;
use crate::scene::{AP, EU, at, value};

#[test]
fn a_name_is_a_secret_of_its_own_in_each_region() {
    let house = house();
    let (own, eu) = (&house.root, at(&house.root, EU));
    let first = own.create_secret(CreateSecret::text("db", "here")).unwrap().arn;
    let second = eu.create_secret(CreateSecret::text("db", "there")).unwrap().arn;
    assert!(first.contains(":us-east-1:") && second.contains(":eu-west-1:"), "{first} {second}");
    // Read twice: the second time from memory.
    for _ in 0..2 {
        assert_eq!((value(own, "db"), value(&eu, "db")), ("here".into(), "there".into()));
    }
    refused(at(own, AP).get_secret_value("db"), "ResourceNotFoundException", NOT_FOUND);
    // An ARN of another region is not found, and a partial one neither.
    refused(own.get_secret_value(&*second), "ResourceNotFoundException", NOT_FOUND);
    refused(eu.get_secret_value(&*first), "ResourceNotFoundException", NOT_FOUND);
    refused(own.get_secret_value(&second[..second.len() - 7]), "ResourceNotFoundException", NOT_FOUND);
    assert_eq!(value(&eu, &second), "there");
    assert_eq!(value(&eu, &second[..second.len() - 7]), "there");
    let listed = |session: &strongroom::Session| -> Vec<String> {
        let list = session.list_secrets(ListSecrets::new()).unwrap().secret_list;
        list.iter().map(|entry| entry.arn.to_string()).collect()
    };
    assert_eq!(
        (listed(own), listed(&eu), listed(&at(own, AP))),
        (vec![first.to_string()], vec![second.to_string()], vec![])
    );
    // Gone in one region, there in the other.
    eu.delete_secret(DeleteSecret::new("db").force_delete_without_recovery(true)).unwrap();
    refused(eu.get_secret_value("db"), "ResourceNotFoundException", NOT_FOUND);
    assert_eq!(value(own, "db"), "here");
}

#[test]
fn no_text_names_a_secret_of_another_region() {
    let house = house();
    at(&house.root, EU).create_secret(CreateSecret::text("db", "there")).unwrap();
    assert_eq!(value(&at(&house.root, EU), "db"), "there");
    // Texts that run into each other as names of rows, or as names in memory, might.
    let parts = [
        "eu-west-1:db".to_owned(),
        "eu-west-1/db".to_owned(),
        "eu-west-1\0db".to_owned(),
        "eu-west-1db".to_owned(),
        "dbeu-west-1".to_owned(),
        "\0\0\0\u{9}eu-west-1\0\0\0\u{2}db".to_owned(),
    ];
    for part in parts {
        let arn = format!("arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{part}");
        for _ in 0..2 {
            refused(house.root.get_secret_value(arn.as_str()), "ResourceNotFoundException", NOT_FOUND);
        }
    }
}

#[test]
fn keys_and_aliases_are_of_one_region() {
    let house = house();
    let (own, eu) = (&house.root, at(&house.root, EU));
    let key = own.kms().create_key(CreateKey::new()).unwrap().key_metadata;
    let other = eu.kms().create_key(CreateKey::new()).unwrap().key_metadata;
    own.kms().create_alias(CreateAlias::new("alias/app", &key.key_id)).unwrap();
    eu.kms().create_alias(CreateAlias::new("alias/app", &other.key_id)).unwrap();
    let told =
        |session: &strongroom::Session| session.kms().describe_key("alias/app").unwrap().key_metadata.arn.to_string();
    for _ in 0..2 {
        assert_eq!((told(own), told(&eu)), (key.arn.to_string(), other.arn.to_string()));
    }
    assert!(other.arn.contains(":eu-west-1:"));
    // By id, by ARN, by alias.
    let missing = |id: &str| format!("Key 'arn:aws:kms:us-east-1:{ACCOUNT}:key/{id}' does not exist");
    refused(own.kms().describe_key(&*other.key_id), "NotFoundException", &missing(&other.key_id));
    refused(own.kms().describe_key(&*other.arn), "NotFoundException", "Invalid arn eu-west-1");
    refused_as(at(own, AP).kms().describe_key("alias/app"), "NotFoundException");
    refused_as(own.kms().schedule_key_deletion(ScheduleKeyDeletion::new(&other.key_id)), "NotFoundException");
    // A ciphertext of one region is none of the other's.
    let sealed = eu.kms().encrypt(Encrypt::new("alias/app", &b"x"[..])).unwrap().ciphertext_blob;
    assert_eq!(eu.kms().decrypt(Decrypt::blob(sealed.clone())).unwrap().plaintext.expose(), b"x");
    assert!(own.kms().decrypt(Decrypt::blob(sealed)).is_err());
    let keys = |session: &strongroom::Session| -> Vec<String> {
        session.kms().list_keys(ListKeys::new()).unwrap().keys.iter().map(|key| key.key_arn.to_string()).collect()
    };
    assert_eq!((keys(own), keys(&eu)), (vec![key.arn.to_string()], vec![other.arn.to_string()]));
    let aliases = eu.kms().list_aliases(ListAliases::new()).unwrap().aliases;
    assert!(aliases.iter().all(|alias| alias.alias_arn.contains(":eu-west-1:")), "{aliases:?}");
    assert_eq!(aliases.len(), 2, "its own and AWS's");
    // A secret cannot be put under a key of another region, however it is named.
    for named in [&*key.key_id, &*key.arn] {
        let made = eu.create_secret(CreateSecret::text("s", "v").kms_key_id(named));
        assert!(made.is_err(), "{named}");
    }
    eu.create_secret(CreateSecret::text("s", "v")).unwrap();
    assert!(eu.update_secret(UpdateSecret::new("s").kms_key_id(&key.key_id)).is_err());
}

#[test]
fn the_managed_key_is_made_in_each_region() {
    let house = house();
    house.secret("s", "v");
    let eu = at(&house.root, EU);
    // Described before anything is under it: made then.
    let there = eu.kms().describe_key("alias/aws/secretsmanager").unwrap().key_metadata;
    let here = house.root.kms().describe_key("alias/aws/secretsmanager").unwrap().key_metadata;
    assert_ne!(here.key_id, there.key_id);
    assert!(there.arn.contains(":eu-west-1:"));
    eu.create_secret(CreateSecret::text("s", "w")).unwrap();
    assert_eq!(eu.kms().describe_key("alias/aws/secretsmanager").unwrap().key_metadata.key_id, there.key_id);
    // It serves the service of its own region only: whoever has no right of his own uses it there.
    let user = house.user_with("u", allow("secretsmanager:*", "*"));
    assert_eq!(value(&at(&user, EU), "s"), "w");
    let list = eu.list_secret_version_ids(ListSecretVersionIds::new("s")).unwrap().versions;
    assert_eq!(list[0].kms_key_ids, ["DefaultEncryptionKey"]);
}

#[test]
fn conditions_see_the_region_of_the_call() {
    let house = house();
    let eu = at(&house.root, EU);
    house.secret("s", "v");
    eu.create_secret(CreateSecret::text("s", "w")).unwrap();
    let only_eu = r#""StringEquals":{"aws:RequestedRegion":"eu-west-1"}"#;
    let user = house.user_with("u", allow_if("secretsmanager:*", "*", only_eu));
    assert_eq!(value(&at(&user, EU), "s"), "w");
    assert!(user.get_secret_value("s").unwrap_err().is_access_denied());
    // By the resource, as people write it.
    house.set_policy("u", allow("secretsmanager:*", "arn:aws:secretsmanager:us-east-1:*:secret:*"));
    assert_eq!(value(&user, "s"), "v");
    assert!(at(&user, EU).get_secret_value("s").unwrap_err().is_access_denied());
    // A customer key that serves Secrets Manager of one region.
    let via = |region: &str| format!(r#""StringEquals":{{"kms:ViaService":"secretsmanager.{region}.amazonaws.com"}}"#);
    let key_policy = |region: &str| {
        policy(&[
            statement("Allow", &root_arn(), "kms:*"),
            statement_if("Allow", &user_arn("u"), "kms:*", &via(region)),
        ])
    };
    house.set_policy("u", allow("secretsmanager:*", "*"));
    for (region, serves) in [(EU, true), (REGION, false)] {
        let request = CreateKey::new().policy(key_policy(region)).bypass_policy_lockout_safety_check(true);
        let key = eu.kms().create_key(request).unwrap().key_metadata.arn;
        let made = at(&user, EU).create_secret(CreateSecret::text(format!("of/{region}"), "v").kms_key_id(&key));
        assert_eq!(made.is_ok(), serves, "{region}: {made:?}");
    }
}

#[test]
fn identities_are_of_no_region() {
    let house = house();
    let eu = at(&house.root, EU);
    eu.iam().create_user(CreateUser::new("somebody")).unwrap();
    let user = house.root.iam().list_users(ListUsers::new()).unwrap().users;
    assert_eq!(user.len(), 1);
    assert_eq!(*user[0].arn, *user_arn("somebody"));
    let who = eu.sts().get_caller_identity(strongroom::operation::sts::GetCallerIdentity::new()).unwrap();
    assert_eq!(*who.arn, *root_arn());
    // A marker of a list without regions goes on in any; one of a list with regions does not.
    for name in ["one", "two", "three"] {
        eu.iam().create_user(CreateUser::new(name)).unwrap();
        eu.create_secret(CreateSecret::text(name, "v")).unwrap();
        house.secret(name, "v");
    }
    let marker = eu.iam().list_users(ListUsers::new().max_items(2)).unwrap().marker.unwrap();
    assert_eq!(house.root.iam().list_users(ListUsers::new().marker(marker)).unwrap().users.len(), 2);
    let page = |token: Option<&str>, session: &strongroom::Session| {
        let mut request = ListSecrets::new().max_results(2);
        request.next_token = token.map(Into::into);
        session.list_secrets(request)
    };
    let (here, there) =
        (page(None, &house.root).unwrap().next_token.unwrap(), page(None, &eu).unwrap().next_token.unwrap());
    refused_as(page(Some(&here), &eu), "InvalidNextTokenException");
    refused_as(page(Some(&there), &house.root), "InvalidNextTokenException");
    refused_as(page(Some(&there), &at(&eu, AP)), "InvalidNextTokenException");
    assert_eq!(page(Some(&there), &eu).unwrap().secret_list.len(), 1);
}

#[test]
fn a_region_is_words_and_a_number() {
    let house = house();
    for region in ["eu-west-1", "us-gov-west-1", "a-1", "us-east-12"] {
        assert_eq!(house.root.in_region(region).unwrap().region(), region);
    }
    for region in [
        "",
        "eu",
        "eu-west",
        "eu-west-",
        "-west-1",
        "eu--west-1",
        "EU-west-1",
        "eu-west-1a",
        "eu west-1",
        "eu-west-1:x",
        "*",
    ] {
        assert_eq!(house.root.in_region(region).unwrap_err().kind(), strongroom::ErrorKind::InvalidRequest, "{region}");
    }
    assert_eq!(house.root.region(), REGION);
    assert_eq!(at(&at(&house.root, EU), REGION).region(), REGION);
    // A store whose own region is none by that rule has it all the same.
    let room = builder(&clock(), 1).region("lab").create_in_memory(key()).unwrap();
    assert_eq!(room.root().in_region("lab").unwrap().region(), "lab");
    room.root().in_region("lab").unwrap().create_secret(CreateSecret::text("s", "v")).unwrap();
    assert_eq!(value(&room.root(), "s"), "v");
}

#[test]
fn the_region_of_a_signature_is_the_region_of_its_calls() {
    let house = house();
    let user = house.user_with("u", allow("secretsmanager:*", "*"));
    at(&user, EU).create_secret(CreateSecret::text("s", "there")).unwrap();
    let access = house
        .root
        .iam()
        .create_access_key(strongroom::operation::iam::CreateAccessKey::new().user_name("u"))
        .unwrap()
        .access_key;
    let sign = |region: &str, service: &str| {
        let time: String = strongroom::clock::Clock::now(&house.clock)
            .to_string()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .collect();
        let (time, date) = (format!("{}Z", &time[..15]), &time[..8]);
        let text = format!("AWS4-HMAC-SHA256\n{time}\n{date}/{region}/{service}/aws4_request\n{}", "0".repeat(64));
        let unsigned = strongroom_keystore::Signature {
            key_id: &access.access_key_id,
            date,
            region,
            service,
            string_to_sign: text.as_bytes(),
            signature: &[0; 32],
        };
        let signature = strongroom_keystore::testing::sign(access.secret_access_key.expose(), &unsigned);
        let signed = Signed {
            access_key_id: &access.access_key_id,
            session_token: None,
            date,
            region,
            service,
            string_to_sign: &text,
            signature: &signature,
        };
        house.room.authenticate(&signed, Circumstances::new())
    };
    assert_eq!(value(&sign(EU, "secretsmanager").unwrap(), "s"), "there");
    refused(sign(REGION, "secretsmanager").unwrap().get_secret_value("s"), "ResourceNotFoundException", NOT_FOUND);
    assert_eq!(sign(EU, "iam").unwrap().region(), REGION);
}

#[test]
fn a_role_is_assumed_in_the_region_of_whoever_assumes_it() {
    let house = house();
    house.role_with("app", "one", allow("secretsmanager:*", "*"));
    let user = house.user_with("u", allow("sts:AssumeRole", "*"));
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/app");
    let session = at(&user, EU).assume_role(strongroom::operation::sts::AssumeRole::new(arn, "work")).unwrap();
    assert_eq!(session.region(), EU);
    session.create_secret(CreateSecret::text("s", "v")).unwrap();
    assert_eq!(value(&at(&house.root, EU), "s"), "v");
}

#[test]
fn due_work_is_done_in_every_region() {
    let house = house();
    let (own, eu) = (&house.root, at(&house.root, EU));
    for session in [own, &eu] {
        session.create_secret(CreateSecret::text("s", "v")).unwrap();
        session.delete_secret(DeleteSecret::new("s").recovery_window_in_days(7)).unwrap();
        let key = session.kms().create_key(CreateKey::new()).unwrap().key_metadata.key_id;
        session.kms().create_alias(CreateAlias::new("alias/app", &key)).unwrap();
        session.kms().schedule_key_deletion(ScheduleKeyDeletion::new(&key).pending_window_in_days(7)).unwrap();
    }
    house.advance_days(8);
    let report = house.room.run_due().unwrap();
    assert_eq!((report.purged_secrets, report.deleted_keys), (2, 2));
    for session in [own, &eu] {
        refused_as(session.kms().describe_key(DescribeKey::new("alias/app")), "NotFoundException");
        // The names are free again.
        let key = session.kms().create_key(CreateKey::new()).unwrap().key_metadata.key_id;
        session.kms().create_alias(CreateAlias::new("alias/app", &key)).unwrap();
        session.create_secret(CreateSecret::text("s", "w")).unwrap();
        assert_eq!(value(session, "s"), "w");
    }
    house.advance_days(60);
    house.room.run_due().unwrap();
    // The managed keys of both rotate in a year.
    for _ in 0..5 {
        house.advance_days(70);
        house.room.run_due().unwrap();
    }
    for session in [own, &eu] {
        let rotated = session.kms().list_key_rotations(strongroom::operation::kms::ListKeyRotations::new(
            &session.kms().describe_key("alias/aws/secretsmanager").unwrap().key_metadata.key_id,
        ));
        assert_eq!(rotated.unwrap().rotations.len(), 1);
        assert_eq!(value(session, "s"), "w");
    }
    house.room.verify().unwrap();
}

#[test]
fn reads_are_dated_where_they_were_made() {
    let house = house();
    let eu = at(&house.root, EU);
    house.secret("s", "v");
    eu.create_secret(CreateSecret::text("s", "w")).unwrap();
    eu.get_secret_value("s").unwrap();
    for written in [false, true] {
        if written {
            assert!(house.room.run_due().unwrap().accesses_written);
        }
        assert_eq!(house.root.describe_secret("s").unwrap().last_accessed_date, None);
        assert!(eu.describe_secret("s").unwrap().last_accessed_date.is_some());
    }
}

#[test]
fn an_old_file_opens_and_takes_regions() {
    // Written before there were regions: what it holds is in its own region, where it was.
    let disk = MemoryBackend::from_image(include_bytes!("../golden/store-v1.strongroom").to_vec());
    let open = || {
        Strongroom::builder()
            .clock(clock())
            .open_on_backend(disk.clone(), strongroom::Unlock::root_key([1_u8; 32].as_slice()))
    };
    let room = open().unwrap();
    let root = room.root();
    let names = |session: &strongroom::Session| -> Vec<String> {
        let all = session.list_secrets(ListSecrets::new().include_planned_deletion(true)).unwrap().secret_list;
        all.iter().map(|entry| entry.name.to_string()).collect()
    };
    let held = names(&root);
    assert!(!held.is_empty());
    let eu = root.in_region(EU).unwrap();
    assert_eq!(names(&eu), Vec::<String>::new());
    eu.create_secret(CreateSecret::text(held[0].as_str(), "there")).unwrap();
    room.verify().unwrap();
    drop((root, eu));
    drop(room);
    let room = open().unwrap();
    assert_eq!(names(&room.root()), held);
    assert_eq!(value(&room.root().in_region(EU).unwrap(), &held[0]), "there");
}

#[test]
fn a_revocation_binds_every_region_at_once() {
    let house = house();
    let user = house.user_with("u", allow("secretsmanager:*", "*"));
    let eu = at(&user, EU);
    user.create_secret(CreateSecret::text("s", "v")).unwrap();
    eu.create_secret(CreateSecret::text("s", "w")).unwrap();
    assert_eq!((value(&user, "s"), value(&eu, "s")), ("v".into(), "w".into()));
    // In one region only …
    at(&house.root, EU)
        .put_resource_policy(strongroom::operation::secretsmanager::PutResourcePolicy::new(
            "s",
            policy(&[statement("Deny", &user_arn("u"), "secretsmanager:GetSecretValue")]),
        ))
        .unwrap();
    assert!(eu.get_secret_value("s").unwrap_err().is_access_denied());
    assert_eq!(value(&user, "s"), "v");
    // … and in all.
    house.set_policy("u", allow("secretsmanager:DescribeSecret", "*"));
    assert!(user.get_secret_value(GetSecretValue::new("s")).unwrap_err().is_access_denied());
    assert!(eu.put_secret_value(PutSecretValue::text("s", "x")).unwrap_err().is_access_denied());
}
