//! Imported key material, row by row of what AWS says of it, through the public interface alone; every error with its exact code,
//! and its text where AWS's is known. The material comes raw, or under an AES key that a token remembers; under RSA with the feature.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may panic")]

use crate::common::*;
use strongroom::clock::Timestamp;
use strongroom::operation::Blob;
use strongroom::operation::kms::{
    CreateGrant, CreateKey, Decrypt, DeleteImportedKeyMaterial, DescribeKey, Encrypt, GetParametersForImport,
    GetWrappingKeyForImport, GetWrappingKeyForImportResponse, ImportKeyMaterial, ImportRawKeyMaterial, KeyMetadata,
    ListKeyRotations, RotateKeyOnDemand, RotationsListEntry,
};
use strongroom::operation::secretsmanager::{CreateSecret, PutSecretValue};
use strongroom::{Error, Session};

const LASTS: &str = "KEY_MATERIAL_DOES_NOT_EXPIRE";
const EXPIRES: &str = "KEY_MATERIAL_EXPIRES";
const NEW: &str = "NEW_KEY_MATERIAL";
const EXISTING: &str = "EXISTING_KEY_MATERIAL";
const INCORRECT: &str = "IncorrectKeyMaterialException";

/// A symmetric key that waits for its material.
fn external(session: &Session) -> KeyMetadata {
    session.kms().create_key(CreateKey::new().origin("EXTERNAL")).unwrap().key_metadata
}
fn external_mac(session: &Session, spec: &str) -> KeyMetadata {
    let request = CreateKey::new().origin("EXTERNAL").key_spec(spec).key_usage("GENERATE_VERIFY_MAC");
    session.kms().create_key(request).unwrap().key_metadata
}
/// Material number `number`, which does not expire.
fn material(key: &str, number: u8) -> ImportRawKeyMaterial {
    ImportRawKeyMaterial::new(key, [number; 32].as_slice()).expiration_model(LASTS)
}
/// The id of what was imported.
fn import(session: &Session, request: ImportRawKeyMaterial) -> Result<String, Error> {
    let answer = session.kms().import_key_material_raw(request)?;
    Ok(answer.key_material_id.map(|id| id.to_string()).unwrap_or_default())
}
fn delete(session: &Session, request: DeleteImportedKeyMaterial) -> Result<(), Error> {
    session.kms().delete_imported_key_material(request).map(drop)
}
fn rotate(session: &Session, key: &str) -> Result<(), Error> {
    session.kms().rotate_key_on_demand(RotateKeyOnDemand::new(key)).map(drop)
}
/// An operation on the key of that name.
type Call = fn(&Session, &str) -> Result<(), Error>;

fn described(session: &Session, key: &str) -> KeyMetadata {
    session.kms().describe_key(DescribeKey::new(key)).unwrap().key_metadata
}
fn state(session: &Session, key: &str) -> String {
    let told = described(session, key);
    assert_eq!(told.enabled, told.key_state.as_str() == "Enabled");
    told.key_state.as_str().to_owned()
}
fn materials(session: &Session, key: &str) -> Vec<RotationsListEntry> {
    let request = ListKeyRotations::new(key).include_key_material("ALL_KEY_MATERIAL");
    session.kms().list_key_rotations(request).unwrap().rotations
}
fn encrypt(session: &Session, key: &str, text: &str) -> Result<Blob, Error> {
    Ok(session.kms().encrypt(Encrypt::new(key, text))?.ciphertext_blob)
}
/// The plaintext, and the material that it was under.
fn decrypt(session: &Session, blob: &Blob) -> Result<(String, String), Error> {
    let answer = session.kms().decrypt(Decrypt::blob(blob.clone()))?;
    Ok((String::from_utf8(answer.plaintext.expose().to_vec()).unwrap(), answer.key_material_id.to_string()))
}
fn waiting(arn: &str) -> String {
    format!("{arn} is pending import.")
}
fn rows(house: &House, table: &str) -> u64 {
    let status = house.room.status().unwrap();
    status.rows.iter().find(|(letter, _)| *letter == table).unwrap().1
}

// Before and at the first import.

#[test]
fn a_key_of_origin_external_waits_without_material_and_serves_nothing() {
    let house = house();
    let made = external(&house.root);
    assert_eq!([made.origin.as_str(), made.key_state.as_str()], ["EXTERNAL", "PendingImport"]);
    assert!(!made.enabled && made.current_key_material_id.is_none());
    assert!(made.expiration_model.is_none() && made.valid_to.is_none());
    assert_eq!(materials(&house.root, &made.key_id), []);
    let text = waiting(&made.arn);
    refused(encrypt(&house.root, &made.key_id, "x"), "KMSInvalidStateException", &text);
    refused(rotate(&house.root, &made.key_id), "KMSInvalidStateException", &text);
    let grant = CreateGrant::to(root_arn(), &made.key_id, ["Decrypt"]);
    refused(house.root.kms().create_grant(grant), "KMSInvalidStateException", &text);
    let sealed = house.root.create_secret(CreateSecret::text("s", "v").kms_key_id(made.arn.clone()));
    refused_as(sealed, "EncryptionFailure");
    // Nothing to take away, and no error.
    let answer = house.root.kms().delete_imported_key_material(made.key_id.as_str()).unwrap();
    assert_eq!((answer.key_id, answer.key_material_id), (made.arn, None));
}

#[test]
fn the_first_import_enables_the_key_and_its_id_depends_on_key_and_material_alone() {
    let house = house();
    let (one, other) = (external(&house.root), external(&house.root));
    let id = import(&house.root, material(&one.key_id, 1)).unwrap();
    assert!(id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)));
    let told = described(&house.root, &one.key_id);
    assert!(told.enabled);
    assert_eq!(told.current_key_material_id.as_deref(), Some(&*id));
    assert_eq!((told.expiration_model.unwrap().as_str(), told.valid_to), (LASTS, None));
    assert_eq!(import(&house.root, material(&one.key_id, 1)).unwrap(), id, "the same once more");
    assert_ne!(import(&house.root, material(&other.key_id, 1)).unwrap(), id, "another key");
    let blob = encrypt(&house.root, &one.key_id, "x").unwrap();
    assert_eq!(decrypt(&house.root, &blob).unwrap(), ("x".into(), id));
    // The same material, and still no ciphertext of the other key.
    let named = Decrypt::blob(blob).key_id(&other.key_id);
    refused_as(house.root.kms().decrypt(named), "IncorrectKeyException");
}

#[test]
fn a_key_of_this_stores_making_takes_no_material() {
    let house = house();
    let made = house.root.kms().create_key(CreateKey::new()).unwrap().key_metadata;
    let text = format!("{} origin is AWS_KMS which is not valid for this operation.", made.arn);
    let kms = house.root.kms();
    let parameters = GetParametersForImport::new(&made.key_id, "RSAES_OAEP_SHA_256", "RSA_2048");
    refused(kms.get_parameters_for_import(parameters), "UnsupportedOperationException", &text);
    refused(kms.get_wrapping_key_for_import(made.key_id.as_str()), "UnsupportedOperationException", &text);
    refused(import(&house.root, material(&made.key_id, 1)), "UnsupportedOperationException", &text);
    let wrapped = ImportKeyMaterial::new(&made.key_id, b"t".as_slice(), b"m".as_slice());
    refused(kms.import_key_material(wrapped), "UnsupportedOperationException", &text);
    let deleted = delete(&house.root, DeleteImportedKeyMaterial::new(&made.key_id));
    refused(deleted, "UnsupportedOperationException", &text);
}

#[cfg(not(feature = "rsa-import"))]
#[test]
fn rsa_is_refused_in_words_that_name_the_other_ways() {
    let house = house();
    let made = external(&house.root);
    for algorithm in [
        "RSAES_PKCS1_V1_5",
        "RSAES_OAEP_SHA_1",
        "RSAES_OAEP_SHA_256",
        "RSA_AES_KEY_WRAP_SHA_1",
        "RSA_AES_KEY_WRAP_SHA_256",
    ] {
        for spec in ["RSA_2048", "RSA_3072", "RSA_4096"] {
            let request = GetParametersForImport::new(&made.key_id, algorithm, spec);
            let error = house.root.kms().get_parameters_for_import(request).unwrap_err();
            assert_eq!(error.code(), "UnsupportedOperationException");
            let text = error.message().to_string();
            assert!(text.contains("ImportRawKeyMaterial") && text.contains("GetWrappingKeyForImport"), "{text}");
        }
    }
    for (algorithm, spec) in [("RSA_2048", "RSA_2048"), ("RSAES_OAEP_SHA_256", "AES_256")] {
        let request = GetParametersForImport::new(&made.key_id, algorithm, spec);
        refused_as(house.root.kms().get_parameters_for_import(request), "ValidationException");
    }
}

#[cfg(feature = "rsa-import")]
mod rsa {
    use strongroom::clock::Clock as _;
    use strongroom::testing::{RsaWrapping, wrap_under_rsa};

    use super::*;

    const WAYS: [(&str, RsaWrapping); 4] = [
        ("RSAES_OAEP_SHA_1", RsaWrapping::OaepSha1),
        ("RSAES_OAEP_SHA_256", RsaWrapping::OaepSha256),
        ("RSA_AES_KEY_WRAP_SHA_1", RsaWrapping::AesKeyWrapSha1),
        ("RSA_AES_KEY_WRAP_SHA_256", RsaWrapping::AesKeyWrapSha256),
    ];

    #[test]
    fn material_comes_in_under_each_wrapping_and_is_the_same_as_raw() {
        let house = house();
        let made = external(&house.root);
        let id = import(&house.root, material(&made.key_id, 7)).unwrap();
        for (name, way) in WAYS {
            let asked = GetParametersForImport::new(&made.key_id, name, "RSA_2048");
            let told = house.root.kms().get_parameters_for_import(asked).unwrap();
            assert_eq!(told.key_id, made.arn);
            assert_eq!(told.parameters_valid_to, house.clock.now().plus_days(1));
            let wrapped = wrap_under_rsa(&told.public_key, way, &[7; 32]).unwrap();
            let request = ImportKeyMaterial::new(&made.key_id, told.import_token.clone(), wrapped.clone());
            let answer = house.root.kms().import_key_material(request.expiration_model(LASTS)).unwrap();
            assert_eq!(answer.key_material_id.as_deref(), Some(&*id), "{name}");
            // A token knows its way: what was wrapped for another opens not.
            for (other, _) in WAYS.iter().filter(|(other, _)| *other != name) {
                let asked = GetParametersForImport::new(&made.key_id, *other, "RSA_2048");
                let told = house.root.kms().get_parameters_for_import(asked).unwrap();
                let request = ImportKeyMaterial::new(&made.key_id, told.import_token, wrapped.clone());
                let refused = house.root.kms().import_key_material(request.expiration_model(LASTS));
                refused_as(refused, "InvalidCiphertextException");
            }
            for cut in [1, 255, wrapped.len() - 1] {
                let request = ImportKeyMaterial::new(&made.key_id, told.import_token.clone(), &wrapped[..cut]);
                let refused = house.root.kms().import_key_material(request.expiration_model(LASTS));
                refused_as(refused, "InvalidCiphertextException");
            }
        }
    }

    #[test]
    fn longer_pairs_serve_and_withdrawn_wrappings_are_refused() {
        let house = house();
        let made = external(&house.root);
        for (spec, length) in [("RSA_2048", 294), ("RSA_3072", 422), ("RSA_4096", 550)] {
            let asked = GetParametersForImport::new(&made.key_id, "RSAES_OAEP_SHA_256", spec);
            let told = house.root.kms().get_parameters_for_import(asked).unwrap();
            // DER of a SubjectPublicKeyInfo of that length.
            assert_eq!(told.public_key.len(), length);
            assert!(told.import_token.len() <= 6144);
        }
        for (way, spec) in [("RSAES_PKCS1_V1_5", "RSA_2048"), ("SM2PKE", "SM2"), ("RSAES_OAEP_SHA_256", "SM2")] {
            let asked = GetParametersForImport::new(&made.key_id, way, spec);
            refused_as(house.root.kms().get_parameters_for_import(asked), "UnsupportedOperationException");
        }
    }

    #[test]
    fn a_token_is_good_for_its_key_and_a_day() {
        let house = house();
        let (made, other) = (external(&house.root), external(&house.root));
        let asked = GetParametersForImport::new(&made.key_id, "RSAES_OAEP_SHA_256", "RSA_2048");
        let told = house.root.kms().get_parameters_for_import(asked).unwrap();
        let wrapped = wrap_under_rsa(&told.public_key, RsaWrapping::OaepSha256, &[7; 32]).unwrap();
        let bring = |key: &str| {
            let request = ImportKeyMaterial::new(key, told.import_token.clone(), wrapped.clone());
            house.root.kms().import_key_material(request.expiration_model(LASTS)).map(drop)
        };
        refused_as(bring(&other.key_id), "InvalidImportTokenException");
        house.advance_days(1);
        refused_as(bring(&made.key_id), "ExpiredImportTokenException");
        assert_eq!(state(&house.root, &made.key_id), "PendingImport");
    }
}

#[test]
fn each_operation_needs_its_own_permission() {
    let house = house();
    let made = external(&house.root);
    let nobody = house.user("nobody");
    let calls: [(&str, Call); 5] = [
        ("kms:GetParametersForImport", |who, key| {
            let request = GetParametersForImport::new(key, "RSAES_OAEP_SHA_256", "RSA_2048");
            who.kms().get_parameters_for_import(request).map(drop)
        }),
        ("kms:GetParametersForImport", |who, key| who.kms().get_wrapping_key_for_import(key).map(drop)),
        ("kms:ImportKeyMaterial", |who, key| import(who, material(key, 1)).map(drop)),
        ("kms:ImportKeyMaterial", |who, key| {
            let request = ImportKeyMaterial::new(key, b"t".as_slice(), b"m".as_slice());
            who.kms().import_key_material(request).map(drop)
        }),
        ("kms:DeleteImportedKeyMaterial", |who, key| delete(who, DeleteImportedKeyMaterial::new(key))),
    ];
    for (action, call) in calls {
        denied(call(&nobody, &made.key_id), &user_arn("nobody"), action, Some(&made.key_id));
        refused(call(&house.root, "alias/app"), "NotFoundException", "Invalid keyId 'alias/app'");
    }
    assert_eq!(state(&house.root, &made.key_id), "PendingImport");
}

// The material itself.

#[test]
fn material_has_the_length_of_its_kind_of_key() {
    let house = house();
    let lasting = |key: &str, len: usize| ImportRawKeyMaterial::new(key, vec![7; len]).expiration_model(LASTS);
    for (spec, good, bad) in [
        ("SYMMETRIC_DEFAULT", &[32][..], &[1, 16, 31, 33, 64, 4096][..]),
        ("HMAC_224", &[28, 29, 64], &[27, 65]),
        ("HMAC_256", &[32, 64], &[31, 65]),
        ("HMAC_384", &[48, 128], &[47, 129]),
        ("HMAC_512", &[64, 128], &[63, 129]),
    ] {
        let make = || if spec == "SYMMETRIC_DEFAULT" { external(&house.root) } else { external_mac(&house.root, spec) };
        for len in good {
            let made = make();
            import(&house.root, lasting(&made.key_id, *len)).unwrap();
            assert_eq!(state(&house.root, &made.key_id), "Enabled", "{spec} {len}");
        }
        let made = make();
        for len in bad {
            refused_as(import(&house.root, lasting(&made.key_id, *len)), INCORRECT);
        }
        assert_eq!(state(&house.root, &made.key_id), "PendingImport", "{spec}");
    }
    let made = external(&house.root);
    for len in [0, 4097] {
        refused_as(import(&house.root, lasting(&made.key_id, len)), "ValidationException");
    }
}

#[test]
fn material_expires_unless_told_otherwise_and_then_needs_a_date_within_a_year() {
    let house = house();
    let made = external(&house.root);
    let with = |model: Option<&str>, valid_to: Option<Timestamp>| {
        let mut request = ImportRawKeyMaterial::new(&made.key_id, [1; 32].as_slice());
        request.expiration_model = model.map(Into::into);
        request.valid_to = valid_to;
        import(&house.root, request)
    };
    let missing = "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES";
    refused(with(None, None), "ValidationException", missing);
    refused(with(Some(EXPIRES), None), "ValidationException", missing);
    refused_as(with(Some(LASTS), Some(NOW.plus_days(1))), "ValidationException");
    refused_as(with(Some("NEVER"), None), "ValidationException");
    for date in [NOW.plus_days(-1), NOW.plus_millis(-1), NOW, NOW.plus_days(365).plus_millis(1), NOW.plus_days(10_000)]
    {
        refused_as(with(None, Some(date)), "ValidationException");
        refused_as(with(Some(EXPIRES), Some(date)), "ValidationException");
    }
    assert_eq!(state(&house.root, &made.key_id), "PendingImport");
    for (model, date) in [(None, NOW.plus_millis(1)), (Some(EXPIRES), NOW.plus_days(365))] {
        with(model, Some(date)).unwrap();
        let told = described(&house.root, &made.key_id);
        assert_eq!((told.expiration_model.unwrap().as_str(), told.valid_to), (EXPIRES, Some(date)));
    }
    with(Some(LASTS), None).unwrap();
    assert_eq!(described(&house.root, &made.key_id).valid_to, None);
}

// Which material: new, or known.

#[test]
fn the_default_import_type_flips_after_the_first_import() {
    let house = house();
    let made = external(&house.root);
    let key = &*made.key_id;
    refused_as(import(&house.root, material(key, 1).import_type(EXISTING)), INCORRECT);
    let first = import(&house.root, material(key, 1)).unwrap();
    // By default it must be known now.
    refused_as(import(&house.root, material(key, 2)), INCORRECT);
    refused_as(import(&house.root, material(key, 2).import_type(EXISTING)), INCORRECT);
    assert_eq!(import(&house.root, material(key, 1).import_type(EXISTING)).unwrap(), first);
    // What is known is not new.
    refused_as(import(&house.root, material(key, 1).import_type(NEW)), INCORRECT);
    refused_as(import(&house.root, material(key, 2).import_type("OTHER")), "ValidationException");
    assert_eq!(materials(&house.root, key).len(), 1);
}

#[test]
fn a_material_id_goes_with_existing_material_and_must_be_its_own() {
    let house = house();
    let made = external(&house.root);
    let key = &*made.key_id;
    let other = "0".repeat(64);
    refused_as(import(&house.root, material(key, 1).key_material_id(&*other)), "ValidationException");
    let first = import(&house.root, material(key, 1)).unwrap();
    refused_as(import(&house.root, material(key, 1).key_material_id(&*other)), INCORRECT);
    refused_as(import(&house.root, material(key, 2).key_material_id(&*first)), INCORRECT);
    let new = material(key, 2).import_type(NEW).key_material_id(&*first);
    refused_as(import(&house.root, new), "ValidationException");
    for id in [first.to_uppercase(), first[1..].to_owned(), String::new()] {
        refused_as(import(&house.root, material(key, 1).key_material_id(id)), "ValidationException");
    }
    assert_eq!(import(&house.root, material(key, 1).key_material_id(&*first)).unwrap(), first);
}

#[test]
fn new_material_waits_for_a_rotation_and_one_waits_at_a_time() {
    let house = house();
    let root = &house.root;
    let made = external(root);
    let key = &*made.key_id;
    let first = import(root, material(key, 1).key_material_description("of the HSM")).unwrap();
    let old = encrypt(root, key, "old").unwrap();
    let second = import(root, material(key, 2).import_type(NEW)).unwrap();
    assert_eq!(described(root, key).current_key_material_id.as_deref(), Some(&*first));
    assert_eq!(decrypt(root, &encrypt(root, key, "x").unwrap()).unwrap().1, first);
    let third = import(root, material(key, 3).import_type(NEW));
    let text = third.as_ref().unwrap_err().message().to_string();
    let (before, behind) = text.split_at("New key material (id: ".len());
    assert_eq!(before, "New key material (id: ");
    assert_eq!(
        behind[64..],
        format!(
            ") cannot be imported into KMS key {key}, because another key material (id: {second}) is pending rotation."
        )
    );
    refused_as(third, "KMSInvalidStateException");
    // The same new material is still the one that waits.
    assert_eq!(import(root, material(key, 2).import_type(NEW)).unwrap(), second);
    let rows = materials(root, key);
    assert_eq!(
        rows.iter().map(|row| row.key_material_state.as_str()).collect::<Vec<_>>(),
        ["CURRENT", "PENDING_ROTATION"]
    );
    assert!(rows.iter().all(|row| row.rotation_date.is_none() && row.rotation_type.is_none()));
    assert!(rows.iter().all(|row| row.import_state.as_ref().unwrap().as_str() == "IMPORTED"));
    assert_eq!(rows[0].key_material_description.as_deref(), Some("of the HSM"));
    assert_eq!(rows[0].expiration_model.as_ref().unwrap().as_str(), LASTS);
    // Given up, it is forgotten, and the key never noticed.
    delete(root, DeleteImportedKeyMaterial::new(key).key_material_id(&*second)).unwrap();
    assert_eq!((state(root, key), materials(root, key).len()), ("Enabled".into(), 1));
    let text = format!("No available key material pending rotation for the key: {}.", made.arn);
    refused(rotate(root, key), "KMSInvalidStateException", &text);
    let third = import(root, material(key, 3).import_type(NEW)).unwrap();
    house.advance_days(1);
    rotate(root, key).unwrap();
    assert_eq!(described(root, key).current_key_material_id.as_deref(), Some(&*third));
    let rotated = root.kms().list_key_rotations(ListKeyRotations::new(key)).unwrap().rotations;
    assert_eq!(rotated.len(), 1);
    assert_eq!(rotated[0].rotation_type.as_ref().unwrap().as_str(), "ON_DEMAND");
    assert_eq!((rotated[0].rotation_date, rotated[0].key_material_state.as_str()), (Some(NOW.plus_days(1)), "CURRENT"));
    assert_eq!(decrypt(root, &old).unwrap(), ("old".into(), first));
    assert_eq!(decrypt(root, &encrypt(root, key, "new").unwrap()).unwrap(), ("new".into(), third));
    refused(rotate(root, key), "KMSInvalidStateException", &text);
}

#[test]
fn a_mac_key_has_one_material_for_ever() {
    let house = house();
    let made = external_mac(&house.root, "HMAC_256");
    let key = &*made.key_id;
    for request in [
        material(key, 1).import_type(NEW),
        material(key, 1).key_material_description("d"),
        material(key, 1).key_material_id("0".repeat(64)),
    ] {
        refused_as(import(&house.root, request), "ValidationException");
    }
    assert_eq!(import(&house.root, material(key, 1)).unwrap(), "", "its material has no id that is told");
    let told = described(&house.root, key);
    assert!(told.enabled && told.current_key_material_id.is_none());
    assert_eq!(told.expiration_model.unwrap().as_str(), LASTS);
    refused_as(import(&house.root, material(key, 2)), INCORRECT);
    let named = DeleteImportedKeyMaterial::new(key).key_material_id("0".repeat(64));
    refused_as(delete(&house.root, named), "ValidationException");
    delete(&house.root, DeleteImportedKeyMaterial::new(key)).unwrap();
    assert_eq!(state(&house.root, key), "PendingImport");
    refused_as(import(&house.root, material(key, 2)), INCORRECT);
    import(&house.root, material(key, 1)).unwrap();
    assert_eq!(state(&house.root, key), "Enabled");
    refused(rotate(&house.root, key), "UnsupportedOperationException", "");
}

// Deleting, and bringing it back.

#[test]
fn deleted_material_stops_the_key_at_once_and_the_same_material_restores_every_ciphertext_and_secret() {
    let house = house();
    let root = &house.root;
    let made = external(root);
    let key = &*made.key_id;
    let id = import(root, material(key, 1)).unwrap();
    let blob = encrypt(root, key, "x").unwrap();
    root.create_secret(CreateSecret::text("s", "v").kms_key_id(made.arn.clone())).unwrap();
    let kept = rows(&house, "b");
    let answer = root.kms().delete_imported_key_material(key).unwrap();
    assert_eq!((answer.key_id, answer.key_material_id.as_deref()), (made.arn.clone(), Some(&*id)));
    assert_eq!(rows(&house, "b"), kept - 1, "its row is gone");
    let told = described(root, key);
    assert_eq!((told.key_state.as_str(), told.current_key_material_id.as_deref()), ("PendingImport", Some(&*id)));
    assert!(told.expiration_model.is_none() && told.valid_to.is_none());
    let rows = materials(root, key);
    assert_eq!(rows[0].import_state.as_ref().unwrap().as_str(), "PENDING_IMPORT");
    assert!(rows[0].expiration_model.is_none());
    let text = waiting(&made.arn);
    refused(decrypt(root, &blob), "KMSInvalidStateException", &text);
    refused(encrypt(root, key, "y"), "KMSInvalidStateException", &text);
    refused_as(root.get_secret_value("s"), "DecryptionFailure");
    refused_as(root.put_secret_value(PutSecretValue::text("s", "w")), "EncryptionFailure");
    delete(root, DeleteImportedKeyMaterial::new(key)).unwrap();
    refused_as(import(root, material(key, 2)), INCORRECT);
    assert_eq!(state(root, key), "PendingImport");
    assert_eq!(import(root, material(key, 1)).unwrap(), id);
    assert_eq!(decrypt(root, &blob).unwrap(), ("x".into(), id));
    assert_eq!(root.get_secret_value("s").unwrap().secret_string.unwrap().expose(), "v");
    house.room.verify().unwrap();
}

#[test]
fn a_key_waits_as_long_as_any_material_that_it_ever_used_is_missing() {
    let house = house();
    let root = &house.root;
    let made = external(root);
    let key = &*made.key_id;
    let first = import(root, material(key, 1)).unwrap();
    let old = encrypt(root, key, "old").unwrap();
    let second = import(root, material(key, 2).import_type(NEW)).unwrap();
    rotate(root, key).unwrap();
    let new = encrypt(root, key, "new").unwrap();
    let unknown = DeleteImportedKeyMaterial::new(key).key_material_id("0".repeat(64));
    refused_as(delete(root, unknown), "NotFoundException");
    // Not the current one, and yet nothing goes any more.
    delete(root, DeleteImportedKeyMaterial::new(key).key_material_id(&*first)).unwrap();
    assert_eq!(state(root, key), "PendingImport");
    refused(decrypt(root, &new), "KMSInvalidStateException", &waiting(&made.arn));
    delete(root, DeleteImportedKeyMaterial::new(key)).unwrap();
    import(root, material(key, 2).key_material_id(&*second)).unwrap();
    assert_eq!(state(root, key), "PendingImport", "one of two is back");
    refused(decrypt(root, &new), "KMSInvalidStateException", &waiting(&made.arn));
    import(root, material(key, 1)).unwrap();
    assert_eq!(state(root, key), "Enabled");
    assert_eq!(decrypt(root, &old).unwrap(), ("old".into(), first));
    assert_eq!(decrypt(root, &new).unwrap(), ("new".into(), second));
}

#[test]
fn a_description_holds_until_it_is_replaced() {
    let house = house();
    let made = external(&house.root);
    let key = &*made.key_id;
    let description = || materials(&house.root, key)[0].key_material_description.as_deref().map(str::to_owned);
    import(&house.root, material(key, 1).key_material_description("one")).unwrap();
    import(&house.root, material(key, 1)).unwrap();
    assert_eq!(description().as_deref(), Some("one"));
    import(&house.root, material(key, 1).key_material_description("two")).unwrap();
    assert_eq!(description().as_deref(), Some("two"));
    for wrong in ["a+b".to_owned(), "ä".to_owned(), "x".repeat(257)] {
        let request = material(key, 1).key_material_description(wrong);
        refused_as(import(&house.root, request), "ValidationException");
    }
}

// Expiry.

#[test]
fn at_its_date_material_is_gone_before_anybody_writes_that_down() {
    let house = house();
    let root = &house.root;
    let made = external(root);
    let key = &*made.key_id;
    let expiring = || ImportRawKeyMaterial::new(key, [1; 32].as_slice());
    import(root, expiring().valid_to(NOW.plus_days(30))).unwrap();
    let blob = encrypt(root, key, "x").unwrap();
    root.create_secret(CreateSecret::text("s", "v").kms_key_id(made.arn.clone())).unwrap();
    // The same material with another date: it lives longer.
    import(root, expiring().valid_to(NOW.plus_days(60))).unwrap();
    house.advance_days(60);
    house.clock.advance_millis(-1);
    assert_eq!(house.room.run_due().unwrap().expired_materials, 0);
    assert_eq!(decrypt(root, &blob).unwrap().0, "x");
    house.clock.advance_millis(1);
    let kept = rows(&house, "b");
    let gone = |root: &Session| {
        let told = described(root, key);
        assert_eq!((told.key_state.as_str(), told.enabled), ("PendingImport", false));
        assert!(told.expiration_model.is_none() && told.valid_to.is_none() && told.current_key_material_id.is_some());
        assert_eq!(materials(root, key)[0].import_state.as_ref().unwrap().as_str(), "PENDING_IMPORT");
        refused(decrypt(root, &blob), "KMSInvalidStateException", &waiting(&made.arn));
        refused(encrypt(root, key, "y"), "KMSInvalidStateException", &waiting(&made.arn));
        refused_as(root.get_secret_value("s"), "DecryptionFailure");
    };
    gone(root);
    assert_eq!(rows(&house, "b"), kept, "nobody wrote it down yet");
    assert_eq!(house.room.run_due().unwrap().expired_materials, 1);
    assert_eq!(rows(&house, "b"), kept - 1);
    assert_eq!(house.room.run_due().unwrap().expired_materials, 0);
    gone(root);
    import(root, material(key, 1)).unwrap();
    assert_eq!(decrypt(root, &blob).unwrap().0, "x");
    assert_eq!(root.get_secret_value("s").unwrap().secret_string.unwrap().expose(), "v");
}

#[test]
fn by_a_clock_that_jumped_material_expires_and_is_not_destroyed() {
    let house = house();
    let made = external(&house.root);
    let request = ImportRawKeyMaterial::new(&made.key_id, [1; 32].as_slice()).valid_to(NOW.plus_days(30));
    import(&house.root, request).unwrap();
    let kept = rows(&house, "b");
    house.advance_days(91);
    assert_eq!(house.room.run_due().unwrap().expired_materials, 0);
    assert_eq!((state(&house.root, &made.key_id).as_str(), rows(&house, "b")), ("PendingImport", kept));
    // Another material, brought while the first has expired: the key is written down, and the first stays.
    let wrong = ImportRawKeyMaterial::new(&made.key_id, [2; 32].as_slice()).expiration_model(LASTS).import_type(NEW);
    import(&house.root, wrong).unwrap();
    assert_eq!(rows(&house, "b"), kept + 1);
    house.room.confirm_clock().unwrap();
    assert_eq!(house.room.run_due().unwrap().expired_materials, 1);
    assert_eq!(rows(&house, "b"), kept);
}

#[test]
fn an_import_into_a_key_whose_material_just_expired_brings_it_back() {
    let house = house();
    let made = external(&house.root);
    let key = &*made.key_id;
    import(&house.root, ImportRawKeyMaterial::new(key, [1; 32].as_slice()).valid_to(NOW.plus_days(1))).unwrap();
    let blob = encrypt(&house.root, key, "x").unwrap();
    house.advance_days(1);
    refused_as(import(&house.root, material(key, 2)), INCORRECT);
    assert_eq!(state(&house.root, key), "PendingImport");
    import(&house.root, material(key, 1)).unwrap();
    assert_eq!(decrypt(&house.root, &blob).unwrap().0, "x");
    assert_eq!(house.room.run_due().unwrap().expired_materials, 0);
}

#[test]
fn waiting_material_that_expires_is_forgotten_and_the_key_goes_on() {
    let house = house();
    let root = &house.root;
    let made = external(root);
    let key = &*made.key_id;
    import(root, material(key, 1)).unwrap();
    let new = ImportRawKeyMaterial::new(key, [2; 32].as_slice()).import_type(NEW).valid_to(NOW.plus_days(1));
    import(root, new).unwrap();
    house.advance_days(1);
    assert_eq!(state(root, key), "Enabled");
    let text = format!("No available key material pending rotation for the key: {}.", made.arn);
    refused(rotate(root, key), "KMSInvalidStateException", &text);
    assert_eq!(house.room.run_due().unwrap().expired_materials, 1);
    assert_eq!((state(root, key), materials(root, key).len()), ("Enabled".into(), 1));
    import(root, material(key, 3).import_type(NEW)).unwrap();
    rotate(root, key).unwrap();
}

// Tokens, and material under a wrapping key.

fn parameters(session: &Session, key: &str) -> GetWrappingKeyForImportResponse {
    session.kms().get_wrapping_key_for_import(GetWrappingKeyForImport::new(key)).unwrap()
}
fn bring(session: &Session, key: &str, token: impl Into<Blob>, wrapped: impl Into<Blob>) -> Result<(), Error> {
    let request = ImportKeyMaterial::new(key, token, wrapped).expiration_model(LASTS);
    session.kms().import_key_material(request).map(drop)
}

#[test]
fn material_comes_under_the_key_of_its_token_and_several_may_be_outstanding() {
    let house = house();
    let made = external(&house.root);
    let (one, two) = (parameters(&house.root, &made.key_id), parameters(&house.root, &made.key_id));
    assert_eq!((&one.key_id, one.parameters_valid_to), (&made.arn, NOW.plus_days(1)));
    assert_eq!(one.wrapping_key.len(), 32);
    assert!(!one.wrapping_key.ct_eq(&two.wrapping_key), "each call makes a fresh one");
    let wrapped = one.wrap(&[1; 32]).unwrap();
    // Under the other's key it does not open.
    let crossed = bring(&house.root, &made.key_id, two.import_token.clone(), wrapped.clone());
    refused(crossed, "InvalidCiphertextException", "");
    bring(&house.root, &made.key_id, one.import_token, wrapped).unwrap();
    let raw = import(&house.root, material(&made.key_id, 1)).unwrap();
    assert_eq!(described(&house.root, &made.key_id).current_key_material_id.as_deref(), Some(&*raw));
    // The second one is good for the same material once more.
    let again = two.wrap(&[1; 32]).unwrap();
    bring(&house.root, &made.key_id, two.import_token, again).unwrap();
}

#[test]
fn a_token_that_is_forged_or_of_another_key_or_store_is_invalid() {
    let house = house();
    let (made, other) = (external(&house.root), external(&house.root));
    let given = parameters(&house.root, &made.key_id);
    let wrapped = given.wrap(&[1; 32]).unwrap();
    let invalid = |key: &str, token: Vec<u8>| {
        let outcome = bring(&house.root, key, token, wrapped.clone());
        refused(outcome, "InvalidImportTokenException", "The import token is not valid for this key.");
    };
    invalid(&other.key_id, given.import_token.to_vec());
    for (at, bit) in (0..given.import_token.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut changed = given.import_token.to_vec();
        changed[at] ^= 1 << bit;
        invalid(&made.key_id, changed);
    }
    for len in 1..given.import_token.len() {
        invalid(&made.key_id, given.import_token[..len].to_vec());
    }
    invalid(&made.key_id, [&*given.import_token, b"x"].concat());
    // Other blobs of this store are no tokens.
    import(&house.root, material(&other.key_id, 1)).unwrap();
    invalid(&made.key_id, encrypt(&house.root, &other.key_id, "x").unwrap().to_vec());
    assert_eq!(state(&house.root, &made.key_id), "PendingImport");
    // Another store with a key of the same id, and keys of its own.
    let clock = clock();
    let elsewhere = House::of(builder(&clock, 8).create_in_memory(key()).unwrap(), clock);
    let theirs = external(&elsewhere.root);
    invalid(&made.key_id, parameters(&elsewhere.root, &theirs.key_id).import_token.to_vec());
    bring(&house.root, &made.key_id, given.import_token, wrapped).unwrap();
}

#[test]
fn a_token_is_good_for_a_day() {
    let house = house();
    let made = external(&house.root);
    let given = parameters(&house.root, &made.key_id);
    let wrapped = given.wrap(&[1; 32]).unwrap();
    let bring = || bring(&house.root, &made.key_id, given.import_token.clone(), wrapped.clone());
    house.advance_days(1);
    refused(bring(), "ExpiredImportTokenException", "The import token has expired.");
    house.advance_days(500);
    refused_as(bring(), "ExpiredImportTokenException");
    assert_eq!(state(&house.root, &made.key_id), "PendingImport");
    // The clock may step back; the store's time does not, but for what no commit has seen.
    house.advance_days(-501);
    house.clock.advance_millis(Timestamp::DAY_MS - 1);
    bring().unwrap();
}

#[test]
fn wrapped_material_that_was_changed_cut_or_is_too_short_is_no_ciphertext_and_other_material_is_incorrect() {
    let house = house();
    let made = external(&house.root);
    let given = parameters(&house.root, &made.key_id);
    let wrapped = given.wrap(&[1; 32]).unwrap();
    let bring = |wrapped: Vec<u8>| bring(&house.root, &made.key_id, given.import_token.clone(), wrapped);
    for (at, bit) in (0..wrapped.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut changed = wrapped.to_vec();
        changed[at] ^= 1 << bit;
        refused(bring(changed), "InvalidCiphertextException", "");
    }
    for len in 1..wrapped.len() {
        refused(bring(wrapped[..len].to_vec()), "InvalidCiphertextException", "");
    }
    for other in [[&*wrapped, &[0; 8]].concat(), vec![1; 32], vec![0; 6144]] {
        refused(bring(other), "InvalidCiphertextException", "");
    }
    for len in [1, 16, 31, 33, 64] {
        refused_as(bring(given.wrap(&vec![1; len]).unwrap().to_vec()), INCORRECT);
    }
    refused_as(given.wrap(&[]), INCORRECT);
    bring(wrapped.to_vec()).unwrap();
    refused_as(bring(given.wrap(&[2; 32]).unwrap().to_vec()), INCORRECT);
    // What the members say is checked before the token is looked at.
    let request = ImportKeyMaterial::new(&made.key_id, b"forged".as_slice(), b"x".as_slice());
    refused_as(house.root.kms().import_key_material(request), "ValidationException");
}
