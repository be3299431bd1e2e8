//! ReEncrypt: two keys or one, two contexts, two decisions; and dry runs of whatever uses a key or a grant.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail loudly")]

use std::collections::BTreeMap;

use crate::common::{House, allow, allow_if, house, policy, refused, refused_as, root_arn, statement, user_arn};
use strongroom::name::Text;
use strongroom::operation::Blob;
use strongroom::operation::kms::{
    CreateAlias, CreateGrant, CreateKey, Decrypt, DryRunModifier, Encrypt, GenerateDataKey,
    GenerateDataKeyWithoutPlaintext, GrantConstraints, KeyMetadata, PutKeyPolicy, ReEncrypt, RetireGrant, RevokeGrant,
    RevokeGrantWithChildren,
};
use strongroom::{Error, Session};

const DENIED: &str = "AccessDeniedException";
const DRY: &str = "DryRunOperationException";
const DRY_TEXT: &str = "The request would have succeeded, but the DryRun option is set.";
const UNKNOWN: &str = "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.";

fn key(house: &House) -> KeyMetadata {
    house.root.kms().create_key(CreateKey::new()).unwrap().key_metadata
}
fn mac_key(house: &House) -> KeyMetadata {
    let request = CreateKey::new().key_spec("HMAC_256").key_usage("GENERATE_VERIFY_MAC");
    house.root.kms().create_key(request).unwrap().key_metadata
}
fn pairs(of: &[(&str, &str)]) -> BTreeMap<Text, Text> {
    of.iter().map(|(key, value)| (Text::from(*key), Text::from(*value))).collect()
}
fn sealed(house: &House, key: &KeyMetadata, context: &[(&str, &str)]) -> Blob {
    let request = Encrypt::new(&key.arn, "plain").encryption_context(pairs(context));
    house.root.kms().encrypt(request).unwrap().ciphertext_blob
}
fn opened(house: &House, blob: &Blob, context: &[(&str, &str)]) -> Result<Vec<u8>, Error> {
    let request = Decrypt::blob(blob.clone()).encryption_context(pairs(context));
    house.root.kms().decrypt(request).map(|answer| answer.plaintext.expose().to_vec())
}

#[test]
fn a_ciphertext_goes_from_one_key_and_context_to_another() {
    let house = house();
    let (old, new) = (key(&house), key(&house));
    house.root.kms().create_alias(CreateAlias::new("alias/new", &new.key_id)).unwrap();
    let blob = sealed(&house, &old, &[("a", "1")]);
    for destination in [&*new.key_id, &*new.arn, "alias/new"] {
        let request = ReEncrypt::blob(blob.clone(), destination)
            .source_encryption_context(pairs(&[("a", "1")]))
            .destination_encryption_context(pairs(&[("b", "2")]));
        let answer = house.root.kms().re_encrypt(request).unwrap();
        assert_eq!((&answer.source_key_id, &answer.key_id), (&old.arn, &new.arn));
        assert_eq!(answer.source_encryption_algorithm.as_str(), "SYMMETRIC_DEFAULT");
        assert_eq!(answer.destination_encryption_algorithm.as_str(), "SYMMETRIC_DEFAULT");
        assert_eq!(Some(&answer.source_key_material_id), old.current_key_material_id.as_ref());
        assert_eq!(Some(&answer.destination_key_material_id), new.current_key_material_id.as_ref());
        assert_eq!(opened(&house, &answer.ciphertext_blob, &[("b", "2")]).unwrap(), b"plain");
        for wrong in [&[][..], &[("a", "1")], &[("a", "1"), ("b", "2")]] {
            refused(opened(&house, &answer.ciphertext_blob, wrong), "InvalidCiphertextException", "");
        }
    }
    assert_eq!(opened(&house, &blob, &[("a", "1")]).unwrap(), b"plain", "the old one is as it was");
}

#[test]
fn the_same_key_and_context_give_another_ciphertext() {
    let house = house();
    let made = key(&house);
    let blob = sealed(&house, &made, &[("a", "1")]);
    let request = ReEncrypt::blob(blob.clone(), &made.arn)
        .source_key_id(&made.key_id)
        .source_encryption_context(pairs(&[("a", "1")]))
        .destination_encryption_context(pairs(&[("a", "1")]));
    let answer = house.root.kms().re_encrypt(request).unwrap();
    assert_ne!(answer.ciphertext_blob, blob);
    assert_eq!(opened(&house, &answer.ciphertext_blob, &[("a", "1")]).unwrap(), b"plain");
}

#[test]
fn what_is_wrong_with_the_ciphertext_or_the_keys_is_told_as_decrypt_and_encrypt_tell_it() {
    let house = house();
    let (old, new, mac) = (key(&house), key(&house), mac_key(&house));
    let blob = sealed(&house, &old, &[("a", "1")]);
    let good_to = |to: &str| ReEncrypt::blob(blob.clone(), to).source_encryption_context(pairs(&[("a", "1")]));
    let good = || good_to(&new.arn);
    let ask = |request: ReEncrypt| house.root.kms().re_encrypt(request);
    ask(good()).unwrap();
    for context in [&[][..], &[("a", "2")], &[("A", "1")], &[("a", "1"), ("b", "")]] {
        refused(ask(good().source_encryption_context(pairs(context))), "InvalidCiphertextException", "");
    }
    let mut bent = blob.to_vec();
    *bent.last_mut().unwrap() ^= 1;
    refused(ask(good().ciphertext_blob(bent)), "InvalidCiphertextException", "");
    refused(ask(good().ciphertext_blob(blob[..20].to_vec())), "InvalidCiphertextException", "");
    let text = "The key ID in the request does not identify a CMK that can perform this operation.";
    refused(ask(good().source_key_id(&new.arn)), "IncorrectKeyException", text);
    refused(ask(good().source_key_id(&mac.arn)), "IncorrectKeyException", text);
    let text = format!("{} key usage is GENERATE_VERIFY_MAC which is not valid for ReEncrypt.", mac.arn);
    refused(ask(good_to(&mac.arn)), "InvalidKeyUsageException", &text);
    let nobody = "12345678-1234-4234-8234-123456789012";
    refused_as(ask(good().source_key_id(nobody)), "NotFoundException");
    refused_as(ask(good_to(nobody)), "NotFoundException");
    refused_as(ask(good_to("alias/none")), "NotFoundException");
    refused_as(ask(good().source_encryption_algorithm("RSAES_OAEP_SHA_256")), "InvalidKeyUsageException");
    refused_as(ask(good().destination_encryption_algorithm("RSAES_OAEP_SHA_256")), "InvalidKeyUsageException");
    refused_as(ask(good().grant_tokens(vec![Text::from("x")])), "InvalidGrantTokenException");
    let long = "v".repeat(8_192);
    refused_as(ask(good().destination_encryption_context(pairs(&[("a", &long)]))), "ValidationException");
    refused_as(ask(ReEncrypt::new(&new.arn)), "ValidationException");
}

#[test]
fn either_side_needs_its_own_right_on_its_own_key() {
    let house = house();
    let (old, new) = (key(&house), key(&house));
    let blob = sealed(&house, &old, &[]);
    let anaya = house.user("anaya");
    let ask = || anaya.kms().re_encrypt(ReEncrypt::blob(blob.clone(), &new.arn));
    let by_name = || anaya.kms().re_encrypt(ReEncrypt::blob(blob.clone(), &new.arn).source_key_id(&old.arn));
    let both = |from: &str, to: &str| {
        let statement =
            |action: &str, key: &str| format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{key}"}}"#);
        house.set_policy("anaya", policy(&[statement("kms:ReEncryptFrom", from), statement("kms:ReEncryptTo", to)]));
    };
    refused(ask(), DENIED, UNKNOWN);
    refused_as(by_name(), DENIED);
    for (from, to) in [(&old, &old), (&new, &new), (&new, &old)] {
        both(&from.arn, &to.arn);
        refused_as(ask(), DENIED);
        refused_as(by_name(), DENIED);
    }
    both(&old.arn, &new.arn);
    ask().unwrap();
    by_name().unwrap();
    // Decrypt and Encrypt are other rights.
    house.set_policy("anaya", allow("kms:Decrypt kms:Encrypt kms:GenerateDataKey", "*"));
    refused(ask(), DENIED, UNKNOWN);
    house.set_policy("anaya", allow("kms:ReEncrypt*", "*"));
    ask().unwrap();
    // Denied on the destination's policy; the source's says nothing.
    let deny = policy(&[statement("Allow", &root_arn(), "kms:*"), statement("Deny", "*", "kms:ReEncryptTo")]);
    house.root.kms().put_key_policy(PutKeyPolicy::new(&new.arn, deny)).unwrap();
    refused_as(ask(), DENIED);
}

#[test]
fn each_side_is_weighed_in_its_own_context_and_knows_whether_the_keys_are_one() {
    let house = house();
    let (old, new) = (key(&house), key(&house));
    let anaya = house.user("anaya");
    let blob = sealed(&house, &old, &[("from", "x")]);
    let ask = |to: &KeyMetadata, context: &[(&str, &str)]| {
        let request = ReEncrypt::blob(blob.clone(), &to.arn)
            .source_encryption_context(pairs(&[("from", "x")]))
            .destination_encryption_context(pairs(context));
        anaya.kms().re_encrypt(request)
    };
    let same = |value: &str| {
        let condition = format!(r#""Bool":{{"kms:ReEncryptOnSameKey":"{value}"}}"#);
        house.set_policy("anaya", allow_if("kms:ReEncryptFrom kms:ReEncryptTo", "*", &condition));
    };
    same("true");
    ask(&old, &[]).unwrap();
    refused_as(ask(&new, &[]), DENIED);
    same("false");
    ask(&new, &[]).unwrap();
    refused_as(ask(&old, &[]), DENIED);
    // Grants: ReEncryptFrom against the old context, ReEncryptTo against the new one.
    house.set_policy("anaya", allow("kms:ListKeys", "*"));
    let grant = |key: &KeyMetadata, operation: &str, context: &[(&str, &str)]| {
        let constraints = GrantConstraints::new().encryption_context_equals(pairs(context));
        let request = CreateGrant::to(user_arn("anaya"), &*key.arn, [operation]).constraints(constraints);
        house.root.kms().create_grant(request).unwrap().grant_id
    };
    let crossed = [grant(&old, "ReEncryptFrom", &[("to", "y")]), grant(&new, "ReEncryptTo", &[("from", "x")])];
    refused(ask(&new, &[("to", "y")]), DENIED, UNKNOWN);
    grant(&old, "ReEncryptFrom", &[("from", "x")]);
    refused_as(ask(&new, &[("to", "y")]), DENIED);
    grant(&new, "ReEncryptTo", &[("to", "y")]);
    ask(&new, &[("to", "y")]).unwrap();
    ask(&new, &[("from", "x")]).unwrap();
    for wrong in [&[][..], &[("to", "z")], &[("to", "y"), ("from", "x")]] {
        refused_as(ask(&new, wrong), DENIED);
    }
    house.root.kms().revoke_grant(RevokeGrant::new(&*new.arn, &*crossed[1])).unwrap();
    refused_as(ask(&new, &[("from", "x")]), DENIED);
    // On one key both grants are needed all the same.
    refused_as(ask(&old, &[("from", "x")]), DENIED);
}

/// A24, item 18: an unknown key in a blob is AccessDenied, not NotFound.
#[test]
fn a24_18_an_unknown_key_in_a_blob_is_access_denied_and_not_not_found() {
    let house = house();
    let (made, hidden) = (key(&house), key(&house));
    let blob = sealed(&house, &made, &[]);
    let mut unknown = blob.to_vec();
    unknown[8..24].copy_from_slice(&[0xab; 16]);
    let mut family = blob.to_vec();
    family[7] |= 1;
    let anaya = house.user_with("anaya", allow("kms:*", &made.arn));
    let forbidden = sealed(&house, &hidden, &[]);
    for (session, blob) in [
        (&house.root, Blob::from(unknown.clone())),
        (&house.root, Blob::from(family)),
        (&anaya, Blob::from(unknown)),
        (&anaya, forbidden),
    ] {
        refused(session.kms().decrypt(Decrypt::blob(blob.clone())), DENIED, UNKNOWN);
        refused(session.kms().re_encrypt(ReEncrypt::blob(blob, &made.arn)), DENIED, UNKNOWN);
    }
}

/// An operation and a call of it that succeeds, dry or not.
type Try<'t> = (&'t str, Box<dyn Fn(&Session, bool) -> Result<(), Error> + 't>);

/// Every operation of A20 that is served, each ready to succeed.
#[test]
fn a_dry_run_checks_everything_and_does_nothing() {
    let house = house();
    let made = key(&house);
    let anaya = house.user("anaya");
    let blob = sealed(&house, &made, &[("a", "1")]);
    let grant = house.root.kms().create_grant(CreateGrant::to(user_arn("anaya"), &*made.arn, ["DescribeKey"])).unwrap();
    let context = || pairs(&[("a", "1")]);
    let tries: Vec<Try<'_>> = vec![
        (
            "CreateGrant",
            Box::new(|session, dry| {
                let request = CreateGrant::to(user_arn("anaya"), &*made.arn, ["Encrypt"]).dry_run(dry);
                session.kms().create_grant(request).map(drop)
            }),
        ),
        (
            "Encrypt",
            Box::new(|session, dry| session.kms().encrypt(Encrypt::new(&made.arn, "x").dry_run(dry)).map(drop)),
        ),
        (
            "Decrypt",
            Box::new(|session, dry| {
                let request = Decrypt::blob(blob.clone()).encryption_context(context()).key_id(&made.arn);
                session.kms().decrypt(request.dry_run(dry)).map(drop)
            }),
        ),
        (
            "GenerateDataKey",
            Box::new(|session, dry| {
                session
                    .kms()
                    .generate_data_key(GenerateDataKey::new(&made.arn).number_of_bytes(8).dry_run(dry))
                    .map(drop)
            }),
        ),
        (
            "GenerateDataKeyWithoutPlaintext",
            Box::new(|session, dry| {
                let request = GenerateDataKeyWithoutPlaintext::new(&made.arn).number_of_bytes(8).dry_run(dry);
                session.kms().generate_data_key_without_plaintext(request).map(drop)
            }),
        ),
        (
            "ReEncrypt",
            Box::new(|session, dry| {
                let request = ReEncrypt::blob(blob.clone(), &made.arn).source_encryption_context(context());
                session.kms().re_encrypt(request.source_key_id(&made.arn).dry_run(dry)).map(drop)
            }),
        ),
        (
            "RevokeGrantWithChildren",
            Box::new(|session, dry| {
                let request = RevokeGrantWithChildren::new(&made.arn, &grant.grant_id).dry_run(dry);
                session.kms().revoke_grant_with_children(request).map(drop)
            }),
        ),
        (
            "RevokeGrant",
            Box::new(|session, dry| {
                session.kms().revoke_grant(RevokeGrant::new(&made.arn, &grant.grant_id).dry_run(dry)).map(drop)
            }),
        ),
        (
            "RetireGrant",
            Box::new(|session, dry| {
                session.kms().retire_grant(RetireGrant::of(&made.arn, &grant.grant_id).dry_run(dry)).map(drop)
            }),
        ),
    ];
    for (name, ask) in &tries {
        refused(ask(&house.root, true), DRY, DRY_TEXT);
        // Real failures come as themselves, to those who may not and to those who may.
        refused_as(ask(&anaya, true), DENIED);
        assert_eq!(house.root.kms().list_grants(&*made.arn).unwrap().grants.len(), 1, "{name} did something");
    }
    let all = ["CreateGrant", "Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncrypt"];
    for (_, ask) in tries.iter().filter(|(name, _)| all.contains(name)) {
        ask(&house.root, false).unwrap();
    }
    let wrong = Decrypt::blob(blob.clone()).dry_run(true);
    refused(house.root.kms().decrypt(wrong), "InvalidCiphertextException", "");
    let wrong = ReEncrypt::blob(blob.clone(), &made.arn).dry_run(true);
    refused(house.root.kms().re_encrypt(wrong), "InvalidCiphertextException", "");
    let wrong = CreateGrant::to(user_arn("nobody"), &*made.arn, ["Encrypt"]).dry_run(true);
    refused_as(house.root.kms().create_grant(wrong), "InvalidArnException");
    let wrong = RevokeGrant::new(&made.arn, "0".repeat(64)).dry_run(true);
    refused_as(house.root.kms().revoke_grant(wrong), "NotFoundException");
}

#[test]
fn ignore_ciphertext_checks_leave_alone_and_needs_a_dry_run_and_a_key() {
    let house = house();
    let (old, new, mac) = (key(&house), key(&house), mac_key(&house));
    let anaya = house.user("anaya");
    let ignore = || vec![DryRunModifier::IgnoreCiphertext];
    let decrypt = || Decrypt::new().dry_run(true).dry_run_modifiers(ignore());
    let reencrypt = || ReEncrypt::new(&new.arn).dry_run(true).dry_run_modifiers(ignore());
    for session in [&house.root, &anaya] {
        let text = |member: &str| format!("IGNORE_CIPHERTEXT needs DryRun and {member}.");
        refused(session.kms().decrypt(decrypt()), "ValidationException", &text("KeyId"));
        refused(
            session.kms().decrypt(decrypt().key_id(&old.arn).dry_run(false)),
            "ValidationException",
            &text("KeyId"),
        );
        refused(session.kms().re_encrypt(reencrypt()), "ValidationException", &text("SourceKeyId"));
        let wet = reencrypt().source_key_id(&old.arn).dry_run(false);
        refused(session.kms().re_encrypt(wet), "ValidationException", &text("SourceKeyId"));
    }
    refused(house.root.kms().decrypt(decrypt().key_id(&old.arn)), DRY, DRY_TEXT);
    // A blob may be there all the same; it is ignored, whatever it is.
    let garbage = decrypt().key_id(&old.arn).ciphertext_blob(vec![1, 2, 3]);
    refused(house.root.kms().decrypt(garbage), DRY, DRY_TEXT);
    let both = || reencrypt().source_key_id(&old.arn);
    refused(house.root.kms().re_encrypt(both()), DRY, DRY_TEXT);
    refused(house.root.kms().re_encrypt(both().ciphertext_blob(vec![1, 2, 3])), DRY, DRY_TEXT);
    refused_as(anaya.kms().decrypt(decrypt().key_id(&old.arn)), DENIED);
    refused_as(anaya.kms().re_encrypt(both()), DENIED);
    refused_as(house.root.kms().decrypt(decrypt().key_id(&mac.arn)), "IncorrectKeyException");
    refused_as(house.root.kms().re_encrypt(reencrypt().source_key_id(&mac.arn)), "IncorrectKeyException");
    let long = pairs(&[("a", &"v".repeat(8_192))]);
    refused_as(house.root.kms().re_encrypt(both().source_encryption_context(long)), "ValidationException");
    // The contexts count for the decision.
    let constraints = GrantConstraints::new().encryption_context_equals(pairs(&[("a", "1")]));
    for (key, operation) in [(&old, "ReEncryptFrom"), (&new, "ReEncryptTo")] {
        let request = CreateGrant::to(user_arn("anaya"), &*key.arn, [operation]).constraints(constraints.clone());
        house.root.kms().create_grant(request).unwrap();
    }
    refused_as(anaya.kms().re_encrypt(both().source_encryption_context(pairs(&[("a", "1")]))), DENIED);
    let right = both().source_encryption_context(pairs(&[("a", "1")]));
    refused(anaya.kms().re_encrypt(right.destination_encryption_context(pairs(&[("a", "1")]))), DRY, DRY_TEXT);
}

/// A16: in which order it is weighed.
mod a16 {
    use super::*;

    fn encrypt(session: &Session, key: &KeyMetadata) -> Result<(), Error> {
        session.kms().encrypt(Encrypt::new(&key.arn, "x")).map(drop)
    }
    fn put(house: &House, key: &KeyMetadata, statements: &[String]) {
        house.root.kms().put_key_policy(PutKeyPolicy::new(&key.arn, policy(statements))).unwrap();
    }
    fn grant(house: &House, key: &KeyMetadata, to: &str) {
        house.root.kms().create_grant(CreateGrant::to(to, &*key.arn, ["Encrypt"])).unwrap();
    }

    #[test]
    fn step_1_root_needs_the_key_policy() {
        let house = house();
        let made = key(&house);
        encrypt(&house.root, &made).unwrap();
        put(&house, &made, &[statement("Allow", &root_arn(), "kms:PutKeyPolicy kms:CreateGrant")]);
        refused_as(encrypt(&house.root, &made), DENIED);
    }

    #[test]
    fn step_2_a_deny_anywhere_comes_before_every_allow() {
        let house = house();
        let made = key(&house);
        let anaya = house.user_with("anaya", allow("kms:Encrypt", "*"));
        grant(&house, &made, &user_arn("anaya"));
        let open = [statement("Allow", &root_arn(), "kms:*"), statement("Allow", &user_arn("anaya"), "kms:Encrypt")];
        put(&house, &made, &open);
        encrypt(&anaya, &made).unwrap();
        let [one, two] = open.clone();
        put(&house, &made, &[one, two, statement("Deny", &user_arn("anaya"), "kms:*")]);
        refused_as(encrypt(&anaya, &made), DENIED);
        put(&house, &made, &open);
        let deny = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"kms:Encrypt","Resource":"*"}}"#;
        house.set_policy("anaya", deny);
        refused_as(encrypt(&anaya, &made), DENIED);
    }

    #[test]
    fn step_3_the_key_policy_allows_by_itself_whom_it_names() {
        let house = house();
        let made = key(&house);
        let (anaya, bob) = (house.user("anaya"), house.user("bob"));
        put(
            &house,
            &made,
            &[
                statement("Allow", &root_arn(), "kms:PutKeyPolicy"),
                statement("Allow", &user_arn("anaya"), "kms:Encrypt"),
            ],
        );
        encrypt(&anaya, &made).unwrap();
        refused_as(encrypt(&bob, &made), DENIED);
    }

    #[test]
    fn step_4_a_grant_needs_neither_policy() {
        let house = house();
        let made = key(&house);
        let (anaya, bob) = (house.user("anaya"), house.user("bob"));
        grant(&house, &made, &user_arn("anaya"));
        put(&house, &made, &[statement("Allow", &root_arn(), "kms:PutKeyPolicy")]);
        encrypt(&anaya, &made).unwrap();
        refused_as(encrypt(&bob, &made), DENIED);
    }

    #[test]
    fn step_5_delegation_needs_the_statement_of_the_account_and_an_identity_policy() {
        let house = house();
        let made = key(&house);
        let anaya = house.user("anaya");
        refused_as(encrypt(&anaya, &made), DENIED);
        house.set_policy("anaya", allow("kms:Encrypt", &made.arn));
        encrypt(&anaya, &made).unwrap();
        // IAM's allow is void without the statement of the account.
        put(&house, &made, &[statement("Allow", &root_arn(), "kms:PutKeyPolicy")]);
        refused_as(encrypt(&anaya, &made), DENIED);
    }

    #[test]
    fn step_6_without_any_of_them_it_is_denied_and_an_alias_is_no_resource_of_use() {
        let house = house();
        let made = key(&house);
        house.root.kms().create_alias(CreateAlias::new("alias/app", &made.key_id)).unwrap();
        let anaya = house.user_with("anaya", allow("kms:Encrypt", "arn:aws:kms:us-east-1:000000000000:alias/app"));
        refused_as(anaya.kms().encrypt(Encrypt::new("alias/app", "x")), DENIED);
    }
}
