//! Goal: when a change that takes a right away has returned, no call that starts later succeeds, on any thread or session.
//! Method: threads read without pause; the right is taken; each call that a thread begins after it has seen that must fail. A
//! reader that had opened rows before finds nothing of them valid any more.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail loudly")]

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::common::{ACCOUNT, House, allow, bring, bring_key, house, policy, root_arn, statement, trust, user_arn};
use strongroom::operation::iam::{
    AccessKeyStatus, AddUserToGroup, AttachGroupPolicy, AttachRolePolicy, AttachUserPolicy, CreateAccessKey,
    CreatePolicy, CreatePolicyVersion, CreateRole, DeleteAccessKey, DeleteGroupPolicy, DeleteRole, DeleteRolePolicy,
    DetachGroupPolicy, DetachRolePolicy, DetachUserPolicy, PutGroupPolicy, PutRolePolicy, PutUserPermissionsBoundary,
    PutUserPolicy, RemoveUserFromGroup, UpdateAccessKey,
};
use strongroom::operation::kms::{CreateGrant, PutKeyPolicy, RevokeGrant};
use strongroom::operation::secretsmanager::{CreateSecret, PutResourcePolicy};
use strongroom::operation::sts::{AssumeRole, GetSessionToken, GetSessionTokenResponse};
use strongroom::{Principal, Session};

const GET: &str = "secretsmanager:GetSecretValue";
const THREADS: usize = 4;
/// Calls of each thread after the right is gone.
const CALLS_AFTER: usize = 200;

/// `session` may read `prod/db` until `take` has returned, and never afterwards.
fn binds_every_thread(house: &House, what: &str, session: &Session, take: impl FnOnce()) {
    let (taken, read) = (AtomicBool::new(false), AtomicUsize::new(0));
    let start = Barrier::new(THREADS + 1);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                // A handle of its own; what was opened is shared all the same.
                let mine = session.clone();
                start.wait();
                let mut after = 0;
                while after < CALLS_AFTER {
                    let is_taken = taken.load(Ordering::SeqCst);
                    let outcome = mine.get_secret_value("prod/db");
                    if is_taken {
                        assert!(outcome.is_err(), "{what}: a call that began later succeeded");
                        after += 1;
                    } else if outcome.is_ok() {
                        read.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        start.wait();
        // Not before everybody reads from opened rows.
        while read.load(Ordering::Relaxed) < 8 * THREADS {
            std::thread::yield_now();
        }
        take();
        taken.store(true, Ordering::SeqCst);
    });
    house.root.get_secret_value("prod/db").unwrap();
}

fn furnished() -> House {
    let house = house();
    house.secret("prod/db", "value");
    house
}

#[test]
fn inline_attached_and_group_policies() {
    let house = furnished();
    let iam = house.root.iam();
    let anaya = house.user("anaya");
    let may = allow(GET, "*");
    let arn = iam.create_policy(CreatePolicy::new("read", may.as_str())).unwrap().policy.arn.to_string();
    iam.create_group("readers").unwrap();

    iam.put_user_policy(PutUserPolicy::new("anaya", "read", may.as_str())).unwrap();
    binds_every_thread(&house, "DeleteUserPolicy", &anaya, || {
        iam.delete_user_policy(strongroom::operation::iam::DeleteUserPolicy::new("anaya", "read")).unwrap();
    });
    iam.attach_user_policy(AttachUserPolicy::new("anaya", arn.as_str())).unwrap();
    binds_every_thread(&house, "DetachUserPolicy", &anaya, || {
        iam.detach_user_policy(DetachUserPolicy::new("anaya", arn.as_str())).unwrap();
    });
    iam.add_user_to_group(AddUserToGroup::new("readers", "anaya")).unwrap();
    iam.put_group_policy(PutGroupPolicy::new("readers", "read", may.as_str())).unwrap();
    binds_every_thread(&house, "DeleteGroupPolicy", &anaya, || {
        iam.delete_group_policy(DeleteGroupPolicy::new("readers", "read")).unwrap();
    });
    iam.attach_group_policy(AttachGroupPolicy::new("readers", arn.as_str())).unwrap();
    binds_every_thread(&house, "DetachGroupPolicy", &anaya, || {
        iam.detach_group_policy(DetachGroupPolicy::new("readers", arn.as_str())).unwrap();
    });
    iam.attach_group_policy(AttachGroupPolicy::new("readers", arn.as_str())).unwrap();
    binds_every_thread(&house, "RemoveUserFromGroup", &anaya, || {
        iam.remove_user_from_group(RemoveUserFromGroup::new("readers", "anaya")).unwrap();
    });
    iam.add_user_to_group(AddUserToGroup::new("readers", "anaya")).unwrap();
    binds_every_thread(&house, "a new version", &anaya, || {
        let none = allow("secretsmanager:DescribeSecret", "*");
        iam.create_policy_version(CreatePolicyVersion::new(arn.as_str(), none).set_as_default(true)).unwrap();
    });
}

#[test]
fn boundaries_denies_and_the_end_of_a_principal() {
    let house = furnished();
    let iam = house.root.iam();
    let anaya = house.user_with("anaya", allow(GET, "*"));
    binds_every_thread(&house, "a boundary", &anaya, || {
        let bound = "arn:aws:iam::aws:policy/IAMFullAccess";
        iam.put_user_permissions_boundary(PutUserPermissionsBoundary::new("anaya", bound)).unwrap();
    });
    iam.delete_user_permissions_boundary("anaya").unwrap();
    binds_every_thread(&house, "a deny on the secret", &anaya, || {
        let stop = policy(&[statement("Deny", &user_arn("anaya"), GET)]);
        house.root.put_resource_policy(PutResourcePolicy::new("prod/db", stop)).unwrap();
    });
    house.root.delete_resource_policy("prod/db").unwrap();
    let direct = policy(&[statement("Allow", &user_arn("mateo"), GET)]);
    let mateo = house.user("mateo");
    house.set_resource_policy("prod/db", direct);
    binds_every_thread(&house, "DeleteUser", &mateo, || {
        iam.delete_user("mateo").unwrap();
        // One of the same name inherits neither the policy nor the session.
        iam.create_user("mateo").unwrap();
    });
}

#[test]
fn roles_grants_and_keys() {
    let house = house();
    let (iam, kms) = (house.root.iam(), house.root.kms());
    let bare = policy(&[statement("Allow", &root_arn(), "kms:*")]);
    let key = house.customer_key(bare.as_str());
    house.root.create_secret(CreateSecret::text("prod/db", "value").kms_key_id(key.as_str())).unwrap();
    iam.create_role(CreateRole::new("app", trust("*"))).unwrap();
    let arn = iam.create_policy(CreatePolicy::new("read", allow(GET, "*"))).unwrap().policy.arn.to_string();
    iam.attach_role_policy(AttachRolePolicy::new("app", arn.as_str())).unwrap();
    let app = house.room.session(Principal::role("app", "one")).unwrap();
    let role = format!("arn:aws:iam::{}:role/app", crate::common::ACCOUNT);
    let grant = || kms.create_grant(CreateGrant::to(role.as_str(), key.as_str(), ["Decrypt"])).unwrap().grant_id;

    let id = grant();
    binds_every_thread(&house, "RevokeGrant", &app, || {
        kms.revoke_grant(RevokeGrant::new(key.as_str(), id)).unwrap();
    });
    let admits = policy(&[statement("Allow", &root_arn(), "kms:*"), statement("Allow", &role, "kms:Decrypt")]);
    kms.put_key_policy(PutKeyPolicy::new(key.as_str(), admits)).unwrap();
    binds_every_thread(&house, "PutKeyPolicy", &app, || {
        kms.put_key_policy(PutKeyPolicy::new(key.as_str(), bare.as_str())).unwrap();
    });
    grant();
    binds_every_thread(&house, "DetachRolePolicy", &app, || {
        iam.detach_role_policy(DetachRolePolicy::new("app", arn.as_str())).unwrap();
    });
}

#[test]
fn access_keys_devices_and_temporary_credentials() {
    let house = furnished();
    let iam = house.root.iam();
    let anaya = house.user_with("anaya", allow(&format!("{GET} sts:AssumeRole"), "*"));
    let reader = trust(&user_arn("anaya"));
    let furnish = || {
        iam.create_role(CreateRole::new("reader", reader.as_str())).unwrap();
        iam.put_role_policy(PutRolePolicy::new("reader", "read", allow(GET, "*"))).unwrap();
    };
    furnish();
    let assume = || AssumeRole::new(format!("arn:aws:iam::{ACCOUNT}:role/reader"), "shift");
    let bought = |session: &Session| bring(&house, &session.sts().assume_role(assume()).unwrap().credentials.unwrap());
    let taken = |answer: GetSessionTokenResponse| bring(&house, &answer.credentials.unwrap()).unwrap();

    // What rests on an access key: its own session, and what that session asked for.
    let key = || iam.create_access_key(CreateAccessKey::new().user_name("anaya")).unwrap().access_key;
    let off = key();
    let by_key = bring_key(&house, &off);
    let beyond = by_key.assume_role(assume()).unwrap();
    binds_every_thread(&house, "UpdateAccessKey", &by_key, || {
        let request = UpdateAccessKey::new(&off.access_key_id, AccessKeyStatus::Inactive).user_name("anaya");
        iam.update_access_key(request).unwrap();
    });
    beyond.get_secret_value("prod/db").unwrap_err();
    let gone = key();
    binds_every_thread(&house, "DeleteAccessKey", &bring_key(&house, &gone).assume_role(assume()).unwrap(), || {
        iam.delete_access_key(DeleteAccessKey::new(&gone.access_key_id).user_name("anaya")).unwrap();
    });

    binds_every_thread(&house, "DeleteRolePolicy", &bought(&anaya).unwrap(), || {
        iam.delete_role_policy(DeleteRolePolicy::new("reader", "read")).unwrap();
    });
    iam.put_role_policy(PutRolePolicy::new("reader", "read", allow(GET, "*"))).unwrap();
    binds_every_thread(&house, "DeleteRole", &bought(&anaya).unwrap(), || {
        iam.delete_role_policy(DeleteRolePolicy::new("reader", "read")).unwrap();
        iam.delete_role(DeleteRole::new("reader")).unwrap();
    });
    furnish();
    let session = taken(anaya.sts().get_session_token(GetSessionToken::new()).unwrap());
    binds_every_thread(&house, "the user's policy", &session, || house.set_policy("anaya", allow("kms:Decrypt", "*")));
    house.set_policy("anaya", allow(&format!("{GET} sts:AssumeRole"), "*"));
    let session = bought(&anaya).unwrap();
    binds_every_thread(&house, "DeleteUser", &session, || {
        iam.delete_access_key(DeleteAccessKey::new(&off.access_key_id).user_name("anaya")).unwrap();
        iam.delete_user_policy(strongroom::operation::iam::DeleteUserPolicy::new("anaya", "only")).unwrap();
        iam.delete_user("anaya").unwrap();
    });
}
