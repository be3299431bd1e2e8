//! Access keys: made, listed, switched off, deleted; and who signs with one is its user, as long as both are there.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail loudly")]

use crate::common::{ACCOUNT, House, NOW, REGION, allow, house, refused, refused_as, user_arn};
use strongroom::operation::iam::{
    AccessKey, AccessKeyStatus, CreateAccessKey, DeleteAccessKey, DeleteUser, DeleteUserPolicy, GetAccessKeyLastUsed,
    ListAccessKeys, UpdateAccessKey, UpdateUser,
};
use strongroom::operation::sts::{GetAccessKeyInfo, GetCallerIdentity};
use strongroom::{Circumstances, Error, ErrorKind, Session, Signed};
use strongroom_keystore::{Signature, testing};

const GET: &str = "secretsmanager:GetSecretValue";

struct Request {
    time: &'static str,
    date: &'static str,
    scope_date: &'static str,
}
/// What the clock of these tests says.
const ON_TIME: Request = Request { time: "20270115T080000Z", date: "20270115", scope_date: "20270115" };

fn sign_in(house: &House, id: &str, secret: &str, token: Option<&str>, request: &Request) -> Result<Session, Error> {
    let text = format!(
        "AWS4-HMAC-SHA256\n{}\n{}/{REGION}/secretsmanager/aws4_request\n{}",
        request.time,
        request.scope_date,
        "0".repeat(64)
    );
    let signed = Signature {
        key_id: id,
        date: request.date,
        region: REGION,
        service: "secretsmanager",
        string_to_sign: text.as_bytes(),
        signature: &[0; 32],
    };
    let signature = testing::sign(secret, &signed);
    let signed = Signed {
        access_key_id: id,
        session_token: token,
        date: request.date,
        region: REGION,
        service: "secretsmanager",
        string_to_sign: &text,
        signature: &signature,
    };
    house.room.authenticate(&signed, Circumstances::new().source_ip([192, 0, 2, 7]))
}
fn with_key(house: &House, key: &AccessKey) -> Result<Session, Error> {
    sign_in(house, &key.access_key_id, key.secret_access_key.expose(), None, &ON_TIME)
}
fn make(house: &House, user: &str) -> AccessKey {
    house.root.iam().create_access_key(CreateAccessKey::new().user_name(user)).unwrap().access_key
}
fn switch(house: &House, key: &AccessKey, status: AccessKeyStatus) {
    let request = UpdateAccessKey::new(&key.access_key_id, status).user_name(&key.user_name);
    house.root.iam().update_access_key(request).unwrap();
}

#[test]
fn a_user_has_two_keys_at_most_and_their_secrets_are_told_once() {
    let house = house();
    house.user("anaya");
    let one = make(&house, "anaya");
    assert!(one.access_key_id.starts_with("AKIA") && one.access_key_id.len() == 20);
    assert_eq!(one.secret_access_key.expose().len(), 40);
    assert_eq!((&one.status, one.create_date), (&AccessKeyStatus::Active, Some(NOW)));
    let two = make(&house, "anaya");
    refused(
        house.root.iam().create_access_key(CreateAccessKey::new().user_name("anaya")),
        "LimitExceeded",
        "Cannot exceed quota for AccessKeysPerUser: 2",
    );
    let listed = house.root.iam().list_access_keys(ListAccessKeys::new().user_name("ANAYA")).unwrap();
    let mut ids: Vec<_> = listed.access_key_metadata.iter().map(|key| key.access_key_id.to_string()).collect();
    let mut made = vec![one.access_key_id.to_string(), two.access_key_id.to_string()];
    ids.sort();
    made.sort();
    assert_eq!(ids, made);
    let first = house.root.iam().list_access_keys(ListAccessKeys::new().user_name("anaya").max_items(1)).unwrap();
    assert_eq!((first.access_key_metadata.len(), first.is_truncated), (1, true));
    let rest = ListAccessKeys::new().user_name("anaya").marker(first.marker.unwrap());
    assert_eq!(house.root.iam().list_access_keys(rest).unwrap().access_key_metadata.len(), 1);
    // One that is gone makes room.
    house.root.iam().delete_access_key(DeleteAccessKey::new(&one.access_key_id).user_name("anaya")).unwrap();
    make(&house, "anaya");
    for (user, code) in [("nobody", "NoSuchEntity"), ("anaya", "NoSuchEntity")] {
        refused_as(house.root.iam().delete_access_key(DeleteAccessKey::new(&one.access_key_id).user_name(user)), code);
    }
}

#[test]
fn without_a_name_it_is_the_caller_and_another_users_key_is_not_found() {
    let house = house();
    let own = "iam:CreateAccessKey iam:ListAccessKeys iam:DeleteAccessKey iam:UpdateAccessKey";
    let anaya = house.user_with("anaya", allow(own, "*"));
    house.user("ben");
    let of_ben = make(&house, "ben");
    let made = anaya.iam().create_access_key(CreateAccessKey::new()).unwrap().access_key;
    assert_eq!(made.user_name, "anaya");
    assert_eq!(anaya.iam().list_access_keys(ListAccessKeys::new()).unwrap().access_key_metadata.len(), 1);
    refused(
        anaya.iam().delete_access_key(DeleteAccessKey::new(&of_ben.access_key_id)),
        "NoSuchEntity",
        &format!("The Access Key with id {} cannot be found.", of_ben.access_key_id),
    );
    refused_as(house.root.iam().create_access_key(CreateAccessKey::new()), "ValidationError");
    let cara = house.user("cara");
    refused_as(cara.iam().create_access_key(CreateAccessKey::new()), "AccessDenied");
}

#[test]
fn who_signs_with_a_key_is_its_user() {
    let house = house();
    house.secret("prod/db", "value");
    house.user_with("anaya", allow(GET, "*"));
    let key = make(&house, "anaya");
    let session = with_key(&house, &key).unwrap();
    assert_eq!(session.principal_arn(), user_arn("anaya"));
    assert_eq!(session.get_secret_value("prod/db").unwrap().value(), b"value");
    house.set_policy("anaya", crate::common::allow_if(GET, "*", r#""IpAddress":{"aws:SourceIp":"192.0.2.0/24"}"#));
    session.get_secret_value("prod/db").unwrap();
    house.set_policy("anaya", crate::common::allow_if(GET, "*", r#""IpAddress":{"aws:SourceIp":"198.51.100.0/24"}"#));
    refused_as(session.get_secret_value("prod/db"), "AccessDeniedException");

    let other = make(&house, "anaya");
    refused_as(
        sign_in(&house, &key.access_key_id, other.secret_access_key.expose(), None, &ON_TIME),
        "SignatureDoesNotMatch",
    );
    let absent = sign_in(&house, "AKIAAAAAAAAAAAAAAAAA", key.secret_access_key.expose(), None, &ON_TIME);
    assert_eq!(absent.as_ref().unwrap_err().kind(), ErrorKind::Unauthenticated);
    refused(absent, "InvalidClientTokenId", "The security token included in the request is invalid.");
    refused_as(
        sign_in(&house, &key.access_key_id, key.secret_access_key.expose(), Some("no token"), &ON_TIME),
        "InvalidClientTokenId",
    );
    for request in [
        Request { time: "20270115T081600Z", ..ON_TIME },
        Request { time: "20270115T074400Z", ..ON_TIME },
        Request { scope_date: "20270114", ..ON_TIME },
        Request { date: "20270114", scope_date: "20270114", ..ON_TIME },
        Request { time: "20270115T080000", ..ON_TIME },
        Request { time: "20271315T080000Z", ..ON_TIME },
    ] {
        let refused = sign_in(&house, &key.access_key_id, key.secret_access_key.expose(), None, &request);
        refused_as(refused, "SignatureDoesNotMatch");
    }
    sign_in(
        &house,
        &key.access_key_id,
        key.secret_access_key.expose(),
        None,
        &Request { time: "20270115T081400Z", ..ON_TIME },
    )
    .unwrap();
}

#[test]
fn a_key_that_is_off_deleted_or_whose_user_is_gone_ends_its_sessions_at_the_next_call() {
    let house = house();
    house.secret("prod/db", "value");
    house.user_with("anaya", allow(GET, "*"));
    let key = make(&house, "anaya");
    let session = with_key(&house, &key).unwrap();
    session.get_secret_value("prod/db").unwrap();

    switch(&house, &key, AccessKeyStatus::Inactive);
    assert_eq!(session.get_secret_value("prod/db").unwrap_err().kind(), ErrorKind::Expired);
    refused_as(with_key(&house, &key), "InvalidClientTokenId");
    // A session that the host vouches for rests on no key.
    house.room.session("user/anaya").unwrap().get_secret_value("prod/db").unwrap();
    switch(&house, &key, AccessKeyStatus::Active);
    session.get_secret_value("prod/db").unwrap();

    refused(
        house.root.iam().delete_user(DeleteUser::new("anaya")),
        "DeleteConflict",
        "Cannot delete entity, must delete access keys first.",
    );
    house.root.iam().delete_user_policy(DeleteUserPolicy::new("anaya", "only")).unwrap();
    house.root.iam().delete_access_key(DeleteAccessKey::new(&key.access_key_id).user_name("anaya")).unwrap();
    assert_eq!(session.sts().get_caller_identity(GetCallerIdentity::new()).unwrap_err().kind(), ErrorKind::Expired);
    house.root.iam().delete_user(DeleteUser::new("anaya")).unwrap();
    house.user_with("anaya", allow(GET, "*"));
    refused_as(with_key(&house, &key), "InvalidClientTokenId");
    assert_eq!(session.get_secret_value("prod/db").unwrap_err().kind(), ErrorKind::Expired);
}

#[test]
fn the_last_use_is_told_to_the_hour_before_and_after_it_is_written() {
    let house = house();
    house.user("anaya");
    let key = make(&house, "anaya");
    let asked = || house.root.iam().get_access_key_last_used(GetAccessKeyLastUsed::new(&key.access_key_id)).unwrap();
    let used = asked().access_key_last_used.unwrap();
    assert_eq!((&*used.service_name, &*used.region, used.last_used_date), ("N/A", "N/A", None));
    with_key(&house, &key).unwrap();
    let hour = strongroom::clock::Timestamp::from_millis(1_800_000_000_000);
    for _ in 0..2 {
        let answer = asked();
        assert_eq!(answer.user_name.as_deref(), Some("anaya"));
        let used = answer.access_key_last_used.unwrap();
        assert_eq!((&*used.service_name, &*used.region, used.last_used_date), ("secretsmanager", REGION, Some(hour)));
        // Any write takes it along.
        house.room.run_due().unwrap();
    }
    refused_as(
        house.root.iam().get_access_key_last_used(GetAccessKeyLastUsed::new("AKIAAAAAAAAAAAAAAAAA")),
        "NoSuchEntity",
    );
    let ben = house.user_with("ben", allow("iam:GetAccessKeyLastUsed", &user_arn("ben")));
    refused_as(ben.iam().get_access_key_last_used(GetAccessKeyLastUsed::new(&key.access_key_id)), "AccessDenied");
    let info = house.root.sts().get_access_key_info(GetAccessKeyInfo::new(&key.access_key_id)).unwrap();
    assert_eq!(info.account.as_deref(), Some(ACCOUNT));
    refused_as(house.root.sts().get_access_key_info(GetAccessKeyInfo::new("AKIAAAAAAAAAAAAAAAAA")), "NoSuchEntity");
}

#[test]
fn a_renamed_users_keys_are_still_its_keys() {
    let house = house();
    house.secret("prod/db", "value");
    house.user_with("anaya", allow(GET, "*"));
    let key = make(&house, "anaya");
    let before = with_key(&house, &key).unwrap();
    house.root.iam().update_user(UpdateUser::new("anaya").new_user_name("anaya.lee")).unwrap();
    // Whoever came in under the old name comes in anew.
    assert_eq!(before.get_secret_value("prod/db").unwrap_err().kind(), ErrorKind::Expired);
    let after = with_key(&house, &key).unwrap();
    assert_eq!(after.principal_arn(), user_arn("anaya.lee"));
    after.get_secret_value("prod/db").unwrap();
    let listed = house.root.iam().list_access_keys(ListAccessKeys::new().user_name("anaya.lee")).unwrap();
    assert_eq!(&*listed.access_key_metadata[0].user_name, "anaya.lee");
}
