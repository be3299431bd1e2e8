//! Rotation of keys, row by row of what AWS says of it, through the public interface alone; every error with its exact code
//! and text. Old ciphertexts and secrets open after each of it.
//!
//! `STRONGROOM_KEY_ROTATIONS`: rotations of the one key that is rotated most, 1,000 unless told, 10,000 for a campaign.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may panic")]

use crate::common::*;
use strongroom::clock::{Clock as _, Timestamp};
use strongroom::operation::Blob;
use strongroom::operation::kms::{
    CreateAlias, CreateGrant, CreateKey, Decrypt, DescribeKey, DisableKeyRotation, EnableKeyRotation, Encrypt,
    GetKeyRotationStatus, GetKeyRotationStatusResponse, ImportRawKeyMaterial, KeyMetadata, ListKeyRotations,
    ListKeyRotationsResponse, RotateKeyOnDemand,
};
use strongroom::operation::secretsmanager::{CreateSecret, PutSecretValue, UpdateSecret};
use strongroom::testing::{CrashBackend, Loss};
use strongroom::{Error, Session};

const MINUTE: i64 = 60_000;

fn key(session: &Session) -> KeyMetadata {
    session.kms().create_key(CreateKey::new()).unwrap().key_metadata
}
/// An operation on the key of that name.
type Call = fn(&Session, &str) -> Result<(), Error>;

fn described(session: &Session, key: &str) -> KeyMetadata {
    session.kms().describe_key(DescribeKey::new(key)).unwrap().key_metadata
}
fn material(session: &Session, key: &str) -> String {
    described(session, key).current_key_material_id.unwrap().to_string()
}
fn rotate(session: &Session, key: &str) -> Result<(), Error> {
    session.kms().rotate_key_on_demand(RotateKeyOnDemand::new(key)).map(drop)
}
fn enable(session: &Session, key: &str, days: impl Into<Option<i64>>) -> Result<(), Error> {
    let mut request = EnableKeyRotation::new(key);
    request.rotation_period_in_days = days.into();
    session.kms().enable_key_rotation(request).map(drop)
}
fn disable(session: &Session, key: &str) -> Result<(), Error> {
    session.kms().disable_key_rotation(DisableKeyRotation::new(key)).map(drop)
}
fn status(session: &Session, key: &str) -> GetKeyRotationStatusResponse {
    session.kms().get_key_rotation_status(GetKeyRotationStatus::new(key)).unwrap()
}
fn list(session: &Session, request: ListKeyRotations) -> ListKeyRotationsResponse {
    session.kms().list_key_rotations(request).unwrap()
}
fn encrypt(session: &Session, key: &str, text: &str) -> Blob {
    session.kms().encrypt(Encrypt::new(key, text)).unwrap().ciphertext_blob
}
/// The plaintext, and the material that it was under.
fn decrypt(session: &Session, blob: &Blob) -> (String, String) {
    let answer = session.kms().decrypt(Decrypt::blob(blob.clone())).unwrap();
    (String::from_utf8(answer.plaintext.expose().to_vec()).unwrap(), answer.key_material_id.to_string())
}
fn value(session: &Session, name: &str) -> String {
    session.get_secret_value(name).unwrap().secret_string.unwrap().expose().to_owned()
}
fn next(session: &Session, key: &str) -> Option<Timestamp> {
    status(session, key).next_rotation_date
}

// Which keys.

#[test]
fn only_symmetric_keys_of_this_stores_making_rotate_by_themselves() {
    let house = house();
    let root = &house.root;
    let mac = CreateKey::new().key_spec("HMAC_256").key_usage("GENERATE_VERIFY_MAC");
    let mac = root.kms().create_key(mac).unwrap().key_metadata.key_id;
    refused(enable(root, &mac, None), "UnsupportedOperationException", "");
    refused(disable(root, &mac), "UnsupportedOperationException", "");
    refused(rotate(root, &mac), "UnsupportedOperationException", "");
    refused(root.kms().list_key_rotations(ListKeyRotations::new(&mac)), "UnsupportedOperationException", "");
    assert!(!status(root, &mac).key_rotation_enabled);
    let external = root.kms().create_key(CreateKey::new().origin("EXTERNAL")).unwrap().key_metadata;
    let (id, arn) = (&*external.key_id, &external.arn);
    let wrong = format!("{arn} origin is EXTERNAL which is not valid for this operation.");
    for outcome in [enable(root, id, None), disable(root, id)] {
        refused(outcome, "UnsupportedOperationException", &wrong);
    }
    let asked = root.kms().get_key_rotation_status(GetKeyRotationStatus::new(id));
    refused(asked, "UnsupportedOperationException", &wrong);
    // Not "unsupported": once it has material it may rotate to other material.
    refused(rotate(root, id), "KMSInvalidStateException", &format!("{arn} is pending import."));
    let material = ImportRawKeyMaterial::new(id, [1; 32].as_slice()).expiration_model("KEY_MATERIAL_DOES_NOT_EXPIRE");
    root.kms().import_key_material_raw(material).unwrap();
    for outcome in [enable(root, id, None), disable(root, id)] {
        refused(outcome, "UnsupportedOperationException", &wrong);
    }
    refused(
        rotate(root, id),
        "KMSInvalidStateException",
        &format!("No available key material pending rotation for the key: {arn}."),
    );
}

#[test]
fn a_key_is_named_by_id_or_arn_and_each_operation_needs_its_own_permission() {
    let house = house();
    let made = key(&house.root);
    house.root.kms().create_alias(CreateAlias::new("alias/app", &made.key_id)).unwrap();
    let nobody = house.user("nobody");
    let calls: [(&str, Call); 5] = [
        ("kms:EnableKeyRotation", |who, key| enable(who, key, None)),
        ("kms:DisableKeyRotation", disable),
        ("kms:GetKeyRotationStatus", |who, key| {
            who.kms().get_key_rotation_status(GetKeyRotationStatus::new(key)).map(drop)
        }),
        ("kms:RotateKeyOnDemand", rotate),
        ("kms:ListKeyRotations", |who, key| who.kms().list_key_rotations(ListKeyRotations::new(key)).map(drop)),
    ];
    for (action, call) in calls {
        denied(call(&nobody, &made.key_id), &user_arn("nobody"), action, Some(&made.key_id));
        refused(call(&house.root, "alias/app"), "NotFoundException", "Invalid keyId 'alias/app'");
        let gone = made.arn.replace(&*made.key_id, "12345678-1234-4234-8234-123456789012");
        refused(call(&house.root, &gone), "NotFoundException", &format!("Key '{gone}' does not exist"));
        house.set_policy("nobody", allow(action, &made.arn));
        call(&nobody, &made.arn).unwrap();
    }
}

// Automatic rotation.

#[test]
fn the_period_is_90_to_2560_days_and_365_by_default_and_enabling_again_changes_it() {
    let house = house();
    let made = key(&house.root);
    let asked = status(&house.root, &made.key_id);
    assert_eq!(asked, GetKeyRotationStatusResponse::new(false, made.arn.clone()));
    for days in [-1, 0, 1, 89, 2561, i64::MAX] {
        refused_as(enable(&house.root, &made.key_id, days), "ValidationException");
    }
    assert!(!status(&house.root, &made.key_id).key_rotation_enabled);
    for (days, period) in [(None, 365), (Some(90), 90), (Some(2560), 2560), (None, 365)] {
        enable(&house.root, &made.key_id, days).unwrap();
        let asked = status(&house.root, &made.key_id);
        assert_eq!((asked.key_rotation_enabled, asked.rotation_period_in_days), (true, Some(period)));
        assert_eq!(asked.on_demand_rotation_start_date, None);
    }
}

#[test]
fn the_next_date_counts_from_enabling_and_then_from_the_last_automatic_rotation() {
    let house = house();
    let key = key(&house.root).key_id.to_string();
    enable(&house.root, &key, 100).unwrap();
    assert_eq!(next(&house.root, &key), Some(NOW.plus_days(100)));
    house.advance_days(10);
    enable(&house.root, &key, 200).unwrap();
    assert_eq!(next(&house.root, &key), Some(NOW.plus_days(200)), "the period changed, not the start");
    disable(&house.root, &key).unwrap();
    assert_eq!((next(&house.root, &key), status(&house.root, &key).rotation_period_in_days), (None, None));
    enable(&house.root, &key, 100).unwrap();
    assert_eq!(next(&house.root, &key), Some(NOW.plus_days(110)), "switched on anew");
    // Seven weeks late: the schedule goes on from what was done, not from what was planned.
    house.advance_days(150);
    assert_eq!(house.room.run_due().unwrap().rotated_keys, 1);
    assert_eq!(next(&house.root, &key), Some(NOW.plus_days(260)));
}

#[test]
fn it_rotates_at_its_date_not_a_moment_before_and_once_for_all_that_was_missed() {
    let house = house();
    let made = key(&house.root);
    enable(&house.root, &made.key_id, 90).unwrap();
    house.advance_days(90);
    house.clock.advance_millis(-1);
    let first = material(&house.root, &made.key_id);
    assert_eq!(house.room.run_due().unwrap().rotated_keys, 0);
    assert_eq!(material(&house.root, &made.key_id), first);
    house.clock.advance_millis(1);
    assert_eq!(house.room.run_due().unwrap().rotated_keys, 1);
    let second = material(&house.root, &made.key_id);
    assert_ne!(second, first);
    assert_eq!(house.room.run_due().unwrap().rotated_keys, 0);
    house.advance_days(1000);
    assert_eq!(house.room.run_due().unwrap().rotated_keys, 1);
    assert_eq!(house.room.run_due().unwrap().rotated_keys, 0);
    let rows = list(&house.root, ListKeyRotations::new(&made.key_id)).rotations;
    assert_eq!(rows.len(), 2);
    // Off: nothing more, however late.
    disable(&house.root, &made.key_id).unwrap();
    house.advance_days(1000);
    assert_eq!(house.room.run_due().unwrap().rotated_keys, 0);
}

#[test]
fn a_write_that_seals_under_an_overdue_key_rotates_it_first_and_a_refused_one_does_not() {
    let sink = Sink::default();
    let house = house_with(sink.clone());
    let root = &house.root;
    let (one, other) = (key(root), key(root));
    root.create_secret(CreateSecret::text("s", "v1").kms_key_id(one.arn.clone())).unwrap();
    for made in [&one, &other] {
        enable(root, &made.key_id, 90).unwrap();
    }
    let before = [&one, &other].map(|made| material(root, &made.key_id));
    let put = |who: &Session, value: &str| who.put_secret_value(PutSecretValue::text("s", value));
    let nobody = house.user_with("nobody", allow("secretsmanager:PutSecretValue", "*"));
    house.advance_days(90);
    refused(put(&nobody, "v2"), "AccessDeniedException", KMS_DENIED);
    // Reads rotate nothing.
    assert_eq!(value(root, "s"), "v1");
    encrypt(root, &one.key_id, "x");
    assert_eq!([&one, &other].map(|made| material(root, &made.key_id)), before);
    sink.take();
    put(root, "v2").unwrap();
    let told = sink.take();
    assert!(
        told.iter().any(|event| event.decisions.iter().any(|decided| decided.action == "kms:RotateKey")),
        "the event tells of it"
    );
    assert_ne!(material(root, &one.key_id), before[0]);
    assert_eq!(material(root, &other.key_id), before[1], "only the key that the write uses");
    assert_eq!(value(root, "s"), "v2");
    // Moving a secret seals under its new key.
    root.update_secret(UpdateSecret::new("s").kms_key_id(other.arn.clone())).unwrap();
    assert_ne!(material(root, &other.key_id), before[1]);
    assert_eq!(value(root, "s"), "v2");
    assert_eq!(house.room.run_due().unwrap().rotated_keys, 0, "both were done");
}

#[test]
fn the_managed_key_rotates_every_365_days_and_nobody_can_change_that() {
    let house = house();
    house.secret("s", "v1");
    let managed = described(&house.root, "alias/aws/secretsmanager").key_id.to_string();
    let asked = status(&house.root, &managed);
    assert_eq!((asked.key_rotation_enabled, asked.rotation_period_in_days), (true, Some(365)));
    assert_eq!(asked.next_rotation_date, Some(NOW.plus_days(365)));
    for outcome in [enable(&house.root, &managed, 90), disable(&house.root, &managed), rotate(&house.root, &managed)] {
        refused_as(outcome, "AccessDeniedException");
    }
    let first = material(&house.root, &managed);
    house.advance_days(365);
    assert_eq!(house.room.run_due().unwrap().rotated_keys, 1);
    assert_ne!(material(&house.root, &managed), first);
    assert_eq!(value(&house.root, "s"), "v1");
    house.root.put_secret_value(PutSecretValue::text("s", "v2")).unwrap();
    assert_eq!(value(&house.root, "s"), "v2");
    assert_eq!(status(&house.root, &managed).next_rotation_date, Some(NOW.plus_days(730)));
}

// On demand.

#[test]
fn on_demand_does_not_move_the_next_date_and_answers_with_the_arn() {
    let house = house();
    let made = key(&house.root);
    enable(&house.root, &made.key_id, 365).unwrap();
    house.advance_days(3);
    let answer = house.root.kms().rotate_key_on_demand(RotateKeyOnDemand::new(&made.key_id)).unwrap();
    assert_eq!(answer.key_id, made.arn);
    assert_eq!(next(&house.root, &made.key_id), Some(NOW.plus_days(365)));
    // Nor does it need the automatic one.
    disable(&house.root, &made.key_id).unwrap();
    rotate(&house.root, &made.key_id).unwrap();
    assert!(!status(&house.root, &made.key_id).key_rotation_enabled);
}

#[test]
fn a_key_rotates_25_times_on_demand_and_no_more() {
    let house = house();
    let made = key(&house.root);
    for _ in 0..25 {
        rotate(&house.root, &made.key_id).unwrap();
    }
    let last = material(&house.root, &made.key_id);
    let text = format!(
        "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for \
         this key: {}",
        made.arn
    );
    refused(rotate(&house.root, &made.key_id), "LimitExceededException", &text);
    house.advance_days(10_000);
    refused(rotate(&house.root, &made.arn), "LimitExceededException", &text);
    assert_eq!(material(&house.root, &made.key_id), last);
    assert_eq!(list(&house.root, ListKeyRotations::new(&made.key_id)).rotations.len(), 25);
    // By itself it goes on.
    enable(&house.root, &made.key_id, 90).unwrap();
    house.advance_days(90);
    assert_eq!(house.room.run_due().unwrap().rotated_keys, 1);
    assert_ne!(material(&house.root, &made.key_id), last);
}

#[test]
fn an_automatic_rotation_keeps_one_on_demand_away_for_20_minutes() {
    let house = house();
    let made = key(&house.root);
    enable(&house.root, &made.key_id, 90).unwrap();
    house.advance_days(90);
    house.room.run_due().unwrap();
    let text = format!("{} was rotated automatically within the last 20 minutes.", made.arn);
    refused(rotate(&house.root, &made.key_id), "ConflictException", &text);
    house.clock.advance_millis(20 * MINUTE - 1);
    refused(rotate(&house.root, &made.key_id), "ConflictException", &text);
    house.clock.advance_millis(1);
    rotate(&house.root, &made.key_id).unwrap();
    // One on demand keeps nothing away.
    rotate(&house.root, &made.key_id).unwrap();
}

// What stays.

#[test]
fn rotation_reencrypts_nothing_and_changes_nothing_of_the_key_but_its_current_material() {
    let house = house();
    let root = &house.root;
    let made = key(root);
    root.kms().create_alias(CreateAlias::new("alias/app", &made.key_id)).unwrap();
    root.kms().create_grant(CreateGrant::to(root_arn(), &made.arn, ["Decrypt"])).unwrap();
    root.create_secret(CreateSecret::text("s", "v1").kms_key_id(made.arn.clone())).unwrap();
    let (old, versions) = (encrypt(root, &made.key_id, "old"), rows(&house, "p"));
    rotate(root, &made.key_id).unwrap();
    let after = described(root, "alias/app");
    let new_material = after.current_key_material_id.clone();
    assert_ne!(new_material, made.current_key_material_id);
    let mut same = after.clone();
    same.current_key_material_id.clone_from(&made.current_key_material_id);
    assert_eq!(same, made);
    assert_eq!(rows(&house, "p"), versions);
    // Decrypting tells the material of then, not of now.
    assert_eq!(decrypt(root, &old), ("old".into(), made.current_key_material_id.unwrap().to_string()));
    let new = encrypt(root, &made.key_id, "new");
    assert_eq!(decrypt(root, &new), ("new".into(), new_material.unwrap().to_string()));
    assert_eq!(value(root, "s"), "v1");
    // A ciphertext that claims the other material is damaged, not the other's.
    let mut moved = old.to_vec();
    moved[24..28].copy_from_slice(&new[24..28]);
    refused(root.kms().decrypt(Decrypt::blob(moved.clone())), "InvalidCiphertextException", "");
    moved[24..28].copy_from_slice(&[0, 0, 0, 3]);
    refused(root.kms().decrypt(Decrypt::blob(moved)), "InvalidCiphertextException", "");
}

fn rows(house: &House, table: &str) -> u64 {
    let status = house.room.status().unwrap();
    status.rows.iter().find(|(letter, _)| *letter == table).unwrap().1
}

// Lists.

#[test]
fn the_list_has_the_rotations_and_if_asked_the_first_material_too() {
    let house = house();
    let made = key(&house.root);
    assert_eq!(list(&house.root, ListKeyRotations::new(&made.key_id)).rotations, []);
    house.advance_days(1);
    rotate(&house.root, &made.key_id).unwrap();
    enable(&house.root, &made.key_id, 90).unwrap();
    house.advance_days(90);
    house.room.run_due().unwrap();
    let all = list(&house.root, ListKeyRotations::new(&made.key_id).include_key_material("ALL_KEY_MATERIAL"));
    assert!(!all.truncated && all.next_marker.is_none());
    let told: Vec<_> = all
        .rotations
        .iter()
        .map(|row| {
            assert_eq!(row.key_id, made.key_id);
            assert!(row.import_state.is_none() && row.expiration_model.is_none() && row.valid_to.is_none());
            let kind = row.rotation_type.as_ref().map(|kind| kind.as_str().to_owned());
            (row.key_material_state.as_str().to_owned(), kind, row.rotation_date)
        })
        .collect();
    let of = |state: &str, kind: Option<&str>, date| (state.to_owned(), kind.map(str::to_owned), date);
    assert_eq!(
        told,
        [
            of("NON_CURRENT", None, None),
            of("NON_CURRENT", Some("ON_DEMAND"), Some(NOW.plus_days(1))),
            of("CURRENT", Some("AUTOMATIC"), Some(NOW.plus_days(91))),
        ]
    );
    assert_eq!(all.rotations[0].key_material_id, made.current_key_material_id.unwrap());
    assert_eq!(*all.rotations[2].key_material_id, *material(&house.root, &made.key_id));
    for request in
        [ListKeyRotations::new(&made.key_id), ListKeyRotations::new(&made.arn).include_key_material("ROTATIONS_ONLY")]
    {
        assert_eq!(list(&house.root, request).rotations, all.rotations[1..]);
    }
}

#[test]
fn the_list_comes_in_pages_and_a_marker_is_good_for_its_own_list_alone() {
    let house = house();
    let (made, other) = (key(&house.root), key(&house.root));
    for _ in 0..5 {
        rotate(&house.root, &made.key_id).unwrap();
        rotate(&house.root, &other.key_id).unwrap();
    }
    let whole = list(&house.root, ListKeyRotations::new(&made.key_id)).rotations;
    let mut seen = Vec::new();
    let mut marker = None;
    loop {
        let mut request = ListKeyRotations::new(&made.key_id).limit(2);
        request.marker = marker;
        let page = list(&house.root, request);
        assert_eq!(page.truncated, page.next_marker.is_some());
        seen.extend(page.rotations);
        marker = page.next_marker;
        // What comes in the meantime stands behind.
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(seen, whole);
    let marker = list(&house.root, ListKeyRotations::new(&made.key_id).limit(2)).next_marker.unwrap();
    let with = |request: ListKeyRotations| house.root.kms().list_key_rotations(request.marker(marker.clone()));
    with(ListKeyRotations::new(&made.key_id)).unwrap();
    refused_as(with(ListKeyRotations::new(&other.key_id)), "InvalidMarkerException");
    let all = ListKeyRotations::new(&made.key_id).include_key_material("ALL_KEY_MATERIAL");
    refused_as(with(all), "InvalidMarkerException");
    for (limit, code) in [(0, "ValidationException"), (1001, "ValidationException")] {
        refused_as(house.root.kms().list_key_rotations(ListKeyRotations::new(&made.key_id).limit(limit)), code);
    }
    let unknown = ListKeyRotations::new(&made.key_id).include_key_material("SOME");
    refused_as(house.root.kms().list_key_rotations(unknown), "ValidationException");
}

// Many, and cut short.

#[test]
fn after_thousands_of_rotations_every_old_ciphertext_and_secret_opens_under_its_own_material() {
    let told = std::env::var("STRONGROOM_KEY_ROTATIONS").ok().and_then(|number| number.parse().ok());
    let rotations: i64 = told.unwrap_or(1_000);
    let house = house();
    let root = &house.root;
    let made = key(root);
    enable(root, &made.key_id, 90).unwrap();
    let mut sealed = vec![(encrypt(root, &made.key_id, "0"), made.current_key_material_id.unwrap().to_string())];
    for number in 1..=rotations {
        house.advance_days(90);
        if number % 100 == 0 {
            let name = format!("s{number}");
            // The write itself rotates.
            root.create_secret(CreateSecret::text(&name, &*name).kms_key_id(made.arn.clone())).unwrap();
        } else {
            // The managed key's year may be over as well.
            assert!(house.room.run_due().unwrap().rotated_keys >= 1);
        }
        sealed.push((encrypt(root, &made.key_id, &number.to_string()), material(root, &made.key_id)));
    }
    assert_eq!(house.clock.now(), NOW.plus_days(90 * rotations));
    for (number, (blob, material)) in sealed.iter().enumerate() {
        assert_eq!(decrypt(root, blob), (number.to_string(), material.clone()));
    }
    sealed.sort_by(|one, other| one.1.cmp(&other.1));
    sealed.dedup_by(|one, other| one.1 == other.1);
    assert_eq!(sealed.len(), usize::try_from(rotations).unwrap() + 1, "each has an id of its own");
    for number in (100..=rotations).step_by(100) {
        assert_eq!(value(root, &format!("s{number}")), format!("s{number}"));
    }
    assert_eq!(list(root, ListKeyRotations::new(&made.key_id).limit(1000)).rotations.len(), 1000);
    // So many materials, and still it is kept opened: a read comes out of memory, as that of any other key.
    let cached = house.room.status().unwrap().cached_bytes;
    assert!(cached > sealed.len() * 56, "{cached}");
}

#[test]
fn a_rotation_that_is_cut_at_any_write_left_the_key_as_before_or_after_and_every_ciphertext_opens() {
    let clock = clock();
    let disk = CrashBackend::new();
    let house =
        House::of(builder(&clock, 7).create_on_backend(disk.clone(), crate::common::key()).unwrap(), clock.clone());
    let made = key(&house.root);
    house.root.create_secret(CreateSecret::text("s", "v").kms_key_id(made.arn.clone())).unwrap();
    enable(&house.root, &made.key_id, 90).unwrap();
    let old = encrypt(&house.root, &made.key_id, "old");
    let before = material(&house.root, &made.key_id);
    let mut spans = Vec::new();
    for automatic in [false, true] {
        let start = disk.cuts();
        if automatic {
            house.advance_days(90);
            house.room.run_due().unwrap();
        } else {
            rotate(&house.root, &made.key_id).unwrap();
        }
        spans.push((start, disk.cuts(), material(&house.root, &made.key_id)));
    }
    drop(house);
    let mut last = before;
    let (mut olds, mut news) = (0, 0);
    for (start, end, after) in spans {
        for cut in start..=end {
            for loss in [Loss::Nothing, Loss::Everything, Loss::Torn] {
                let image = CrashBackend::from_image(disk.image(cut, loss, 1));
                let house =
                    House::of(builder(&clock, 9).open_on_backend(image, crate::common::key()).unwrap(), clock.clone());
                let found = material(&house.root, &made.key_id);
                assert!(found == last || found == after, "cut {cut}, {loss:?}");
                if found == last {
                    olds += 1;
                } else {
                    news += 1;
                }
                assert_eq!(decrypt(&house.root, &old).0, "old");
                assert_eq!(value(&house.root, "s"), "v");
                let new = encrypt(&house.root, &made.key_id, "new");
                assert_eq!(decrypt(&house.root, &new), ("new".into(), found));
                house.room.verify().unwrap();
            }
        }
        last = after;
    }
    assert!(olds > 0 && news > 0, "{olds} before, {news} after");
}
