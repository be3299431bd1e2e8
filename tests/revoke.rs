//! A store moves to a fresh file: everything in it is there afterwards, and nothing of what an old copy of the file knows, nor
//! what unlocked it, opens any of it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may panic")]

mod common;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use common::*;
use strongroom::name::Text;
use strongroom::operation::Blob;
use strongroom::operation::iam::{
    AddUserToGroup, AttachUserPolicy, CreateAccessKey, CreateGroup, CreatePolicy, CreateVirtualMFADevice,
    GetAccountAuthorizationDetails, ListAccessKeys, ListVirtualMFADevices,
};
use strongroom::operation::kms::{
    CreateAlias, CreateGrant, CreateKey, Decrypt, DescribeKey, Encrypt, GenerateMac, GrantConstraints,
    ImportRawKeyMaterial, ListAliases, ListGrants, ScheduleKeyDeletion, VerifyMac,
};
use strongroom::operation::secretsmanager::{
    CreateSecret, GetSecretValue, ListSecrets, PutSecretValue, ReplicateSecretToRegions, Tag, TagResource,
};
use strongroom::{ErrorKind, Session, Strongroom, Unlock};

fn unlock(byte: u8) -> Unlock {
    Unlock::root_key([byte; 32].as_slice())
}
fn at() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    (directory, path)
}
fn open(path: &Path, byte: u8) -> Result<House, strongroom::Error> {
    let clock = clock();
    Ok(House::of(builder(&clock, u64::from(byte)).open(path, unlock(byte))?, clock))
}
fn value(session: &Session, request: impl Into<GetSecretValue>) -> String {
    String::from_utf8(session.get_secret_value(request).unwrap().value().to_vec()).unwrap()
}

/// A store with a row of every kind.
struct Full {
    customer: String,
    imported: String,
    hmac: String,
    cipher: Blob,
    mac: Blob,
    access: strongroom::operation::iam::AccessKey,
}

fn pairs() -> BTreeMap<Text, Text> {
    BTreeMap::from([("tenant".into(), "blue".into())])
}

fn full(path: &Path) -> (House, Full) {
    let clock = clock();
    let house = House::of(builder(&clock, 1).create(path, unlock(1)).unwrap(), clock);
    house.room.add_slot(&unlock(2)).unwrap();
    let (root, kms, iam) = (&house.root, house.root.kms(), house.root.iam());
    let new = |request: CreateKey| kms.create_key(request).unwrap().key_metadata.arn.to_string();
    let customer = new(CreateKey::new());
    let imported = new(CreateKey::new().origin("EXTERNAL"));
    let hmac = new(CreateKey::new().key_spec("HMAC_256").key_usage("GENERATE_VERIFY_MAC"));
    let dying = new(CreateKey::new());
    let lasting = "KEY_MATERIAL_DOES_NOT_EXPIRE";
    kms.import_key_material_raw(ImportRawKeyMaterial::new(&imported, [9; 32].as_slice()).expiration_model(lasting))
        .unwrap();
    kms.schedule_key_deletion(ScheduleKeyDeletion::new(&dying).pending_window_in_days(7)).unwrap();
    kms.create_alias(CreateAlias::new("alias/app", &customer)).unwrap();
    root.in_region("eu-west-1").unwrap().kms().create_key(CreateKey::new()).unwrap();

    for number in 0..40 {
        house.secret(&format!("s/{number}"), &format!("value {number}"));
    }
    root.create_secret(CreateSecret::text("under/customer", "a").kms_key_id(&*customer)).unwrap();
    root.put_secret_value(PutSecretValue::text("under/customer", "b")).unwrap();
    root.create_secret(CreateSecret::text("under/imported", "c").kms_key_id(&*imported)).unwrap();
    root.tag_resource(TagResource::new("s/1", [Tag::new("team", "blue")])).unwrap();
    house.set_resource_policy("s/2", policy(&[statement("Allow", &root_arn(), "secretsmanager:GetSecretValue")]));
    root.replicate_secret_to_regions(ReplicateSecretToRegions::to("s/3", ["eu-west-1"])).unwrap();

    house.user_with("ann", allow("secretsmanager:GetSecretValue", "*"));
    house.role_with("worker", "one", allow("kms:Decrypt", "*"));
    iam.create_group(CreateGroup::new("ops")).unwrap();
    iam.add_user_to_group(AddUserToGroup::new("ops", "ann")).unwrap();
    let managed = iam.create_policy(CreatePolicy::new("reads", allow("kms:Encrypt", "*"))).unwrap();
    let managed = managed.policy.arn;
    iam.attach_user_policy(AttachUserPolicy::new("ann", managed)).unwrap();
    iam.create_virtual_mfa_device(CreateVirtualMFADevice::new("phone")).unwrap();
    let access = iam.create_access_key(CreateAccessKey::new().user_name("ann")).unwrap().access_key;
    // A grant for each way to be found.
    for (name, constraints) in [
        (None, None),
        (Some("named"), Some(GrantConstraints::new().encryption_context_equals(pairs()))),
        (Some("within"), Some(GrantConstraints::new().encryption_context_subset(pairs()))),
    ] {
        let mut grant = CreateGrant::to(user_arn("ann"), &customer, ["Decrypt", "CreateGrant"]);
        (grant.name, grant.constraints) = (name.map(Text::from), constraints);
        kms.create_grant(grant).unwrap();
    }
    let cipher = kms.encrypt(Encrypt::new(&customer, "old").encryption_context(pairs())).unwrap().ciphertext_blob;
    let mac = kms.generate_mac(GenerateMac::new(b"text".as_slice(), &hmac, "HMAC_SHA_256")).unwrap().mac;
    (house, Full { customer, imported, hmac, cipher, mac, access })
}

/// Everything that can be listed, as text.
fn told(house: &House, keys: &[&String]) -> Vec<String> {
    let (root, kms, iam) = (&house.root, house.root.kms(), house.root.iam());
    let mut told = vec![
        format!("{:?}", iam.get_account_authorization_details(GetAccountAuthorizationDetails::new()).unwrap()),
        format!("{:?}", iam.list_access_keys(ListAccessKeys::new().user_name("ann")).unwrap()),
        format!("{:?}", iam.list_virtual_mfa_devices(ListVirtualMFADevices::new()).unwrap()),
    ];
    for region in [REGION, "eu-west-1"] {
        let there = root.in_region(region).unwrap();
        told.push(format!("{:?}", there.list_secrets(ListSecrets::new().max_results(100)).unwrap()));
        told.push(format!("{:?}", there.kms().list_aliases(ListAliases::new()).unwrap()));
        told.push(value(&there, "s/3"));
    }
    for key in keys {
        told.push(format!("{:?}", kms.list_grants(ListGrants::new(key.as_str())).unwrap()));
    }
    told
}
fn all_is_well(full: &Full, house: &House) {
    let (root, kms) = (&house.root, house.root.kms());
    for number in 0..40 {
        assert_eq!(value(root, format!("s/{number}").as_str()), format!("value {number}"));
    }
    assert_eq!(value(root, "under/customer"), "b");
    let previous = GetSecretValue::new("under/customer").version_stage("AWSPREVIOUS");
    assert_eq!(value(root, previous), "a");
    assert_eq!(value(root, "under/imported"), "c");
    // By what was granted, under the old material, in the hands of whoever brings the access key.
    let ann = bring_key(house, &full.access);
    let request = Decrypt::blob(full.cipher.clone()).encryption_context(pairs());
    assert_eq!(ann.kms().decrypt(request).unwrap().plaintext.expose(), b"old");
    let request = VerifyMac::new(b"text".as_slice(), &full.hmac, "HMAC_SHA_256", full.mac.clone());
    assert!(kms.verify_mac(request).unwrap().mac_valid);
    house.room.verify().unwrap();
}

#[test]
fn everything_is_there_in_the_fresh_file_and_nothing_opens_by_what_an_old_copy_knows() {
    let (directory, path) = at();
    let (house, full) = full(&path);
    all_is_well(&full, &house);
    let keys = [&full.customer, &full.imported, &full.hmac];
    // Dates of reads wait until they are written.
    told(&house, &keys);
    house.room.run_due().unwrap();
    let (before, status) = (told(&house, &keys), house.room.status().unwrap());
    let material = |house: &House, key: &str| {
        house.root.kms().describe_key(DescribeKey::new(key)).unwrap().key_metadata.current_key_material_id
    };
    let materials = keys.map(|key| material(&house, key));
    let copy = directory.path().join("copy");
    std::fs::copy(&path, &copy).unwrap();

    let old_handle = std::fs::File::open(&path).unwrap();
    let session = house.root.clone();
    let revoked = house.room.revoke(&[(0, &unlock(3)), (4, &unlock(4))], &mut |_| ()).unwrap();
    // The customer's, the dying one, the managed ones of two regions, the one abroad.
    assert_eq!(revoked.renewed_keys, 5);
    let mut kept = vec![full.imported.clone(), full.hmac.clone()];
    kept.sort();
    assert_eq!(revoked.kept_keys, kept);
    assert!(revoked.reencrypted.moved >= 42 && revoked.reencrypted.refused == 0, "{revoked:?}");
    assert_eq!(session.get_secret_value("s/1").unwrap_err().kind(), ErrorKind::Locked);

    for byte in [1, 2] {
        assert_eq!(open(&path, byte).err().unwrap().kind(), ErrorKind::WrongUnlock);
    }
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2, "nothing lies beside it");
    // What is left of the old file is zeros.
    let mut rest = Vec::new();
    std::io::Read::read_to_end(&mut &old_handle, &mut rest).unwrap();
    assert!(!rest.is_empty() && rest.iter().all(|byte| *byte == 0));

    for byte in [3, 4] {
        let house = open(&path, byte).unwrap();
        for (now, before) in told(&house, &keys).iter().zip(&before) {
            assert_eq!(now, before);
        }
        let now = keys.map(|key| material(&house, key));
        assert_ne!(now[0], materials[0], "the customer's key has new material");
        assert_eq!(now[1..], materials[1..], "what its owner brought is what it was");
        let after = house.room.status().unwrap();
        assert_eq!(after.store_id, status.store_id);
        assert!(after.sequence > status.sequence && after.header_generation > status.header_generation);
        // What was imported is known again.
        let again = ImportRawKeyMaterial::new(&full.imported, [9; 32].as_slice())
            .expiration_model("KEY_MATERIAL_DOES_NOT_EXPIRE");
        house.root.kms().import_key_material_raw(again).unwrap();
        all_is_well(&full, &house);
        if byte == 4 {
            house.secret("new", "later");
            assert_eq!(value(&house.root, "new"), "later");
        }
    }
    // The old copy's header, with what it unlocks, before the fresh file's rows.
    let mut spliced = std::fs::read(&copy).unwrap()[..16 << 10].to_vec();
    spliced.extend_from_slice(&std::fs::read(&path).unwrap()[16 << 10..]);
    std::fs::write(&copy, spliced).unwrap();
    std::fs::set_permissions(&copy, PermissionsExt::from_mode(0o600)).unwrap();
    assert!(open(&copy, 1).is_err());
}

#[test]
fn the_store_opens_as_before_when_it_is_refused() {
    let (directory, path) = at();
    let revoke = |room: Strongroom, slots: &[(u8, &Unlock)]| room.revoke(slots, &mut |_| ()).unwrap_err().kind();
    let clock = clock();
    let house = House::of(builder(&clock, 1).create(&path, unlock(1)).unwrap(), clock);
    house.secret("s", "value");
    drop(house.root);
    assert_eq!(revoke(house.room, &[]), ErrorKind::InvalidState);
    assert_eq!(revoke(open(&path, 1).unwrap().room, &[(8, &unlock(2))]), ErrorKind::NotFound);
    assert_eq!(revoke(open(&path, 1).unwrap().room, &[(1, &unlock(2)), (1, &unlock(3))]), ErrorKind::NotFound);
    // A directory in the place of the fresh file.
    std::fs::create_dir(directory.path().join("store.new")).unwrap();
    revoke(open(&path, 1).unwrap().room, &[(0, &unlock(2))]);
    std::fs::remove_dir(directory.path().join("store.new")).unwrap();
    // What an attempt left that was cut short is in nobody's way.
    std::fs::write(directory.path().join("store.new"), b"half").unwrap();
    assert_eq!(value(&open(&path, 1).unwrap().root, "s"), "value");
    open(&path, 1).unwrap().room.revoke(&[(0, &unlock(2))], &mut |_| ()).unwrap();
    assert_eq!(value(&open(&path, 2).unwrap().root, "s"), "value");

    let memory = builder(&common::clock(), 1).create_in_memory(unlock(1)).unwrap();
    assert_eq!(revoke(memory, &[(0, &unlock(2))]), ErrorKind::InvalidState);
}
