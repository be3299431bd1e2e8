//! Users, roles and root as callers: who is who after a change, and what a session may not become.

use strongroom::operation::iam::{
    CreateUser, DeleteRole, DeleteRolePolicy, DeleteUser, DeleteUserPolicy, PutRolePolicy, PutUserPolicy,
};
use strongroom::operation::kms::CreateGrant;
use strongroom::operation::secretsmanager::{CreateSecret, ListSecrets, PutResourcePolicy, PutSecretValue};
use strongroom::operation::sts::GetCallerIdentity;
use strongroom::{ErrorKind, Principal, Unlock};

use crate::common::*;

#[test]
fn a_user_without_policies_may_do_nothing() {
    let house = house();
    house.secret("s", "v");
    let nobody = house.user("nobody");
    denied(nobody.get_secret_value("s"), &user_arn("nobody"), "secretsmanager:GetSecretValue", Some("s"));
    denied(nobody.describe_secret("s"), &user_arn("nobody"), "secretsmanager:DescribeSecret", Some("s"));
    denied(nobody.delete_secret("s"), &user_arn("nobody"), "secretsmanager:DeleteSecret", Some("s"));
    denied(
        nobody.create_secret(CreateSecret::text("t", "v")),
        &user_arn("nobody"),
        "secretsmanager:CreateSecret",
        Some("t"),
    );
    // But say who it is.
    let who = nobody.sts().get_caller_identity(GetCallerIdentity::new()).unwrap();
    assert_eq!(who.arn, user_arn("nobody").as_str());
}

#[test]
fn a_resource_policy_alone_lets_a_user_of_the_account_in_and_a_deny_keeps_anybody_out() {
    let house = house();
    house.secret("s", "v");
    let anaya = house.user("anaya");
    let mateo = house.user_with("mateo", allow("secretsmanager:*", "*"));
    let both = policy(&[
        statement("Allow", &user_arn("anaya"), "secretsmanager:GetSecretValue"),
        statement("Deny", &user_arn("mateo"), "secretsmanager:GetSecretValue"),
    ]);
    house.set_resource_policy("s", both);
    assert_eq!(anaya.get_secret_value("s").unwrap().value(), b"v");
    denied(anaya.describe_secret("s"), &user_arn("anaya"), "secretsmanager:DescribeSecret", Some("s"));
    refused(
        mateo.get_secret_value("s"),
        "AccessDeniedException",
        &format!(
            "User: {} is not authorized to perform: secretsmanager:GetSecretValue on resource: s with an explicit deny \
             in a resource-based policy",
            user_arn("mateo")
        ),
    );
    assert!(mateo.describe_secret("s").is_ok());
    // A Deny of the user's own side wins over the resource's Allow.
    house.set_policy("anaya", policy(&[r#"{"Effect":"Deny","Action":"secretsmanager:*","Resource":"*"}"#.to_owned()]));
    let error = anaya.get_secret_value("s").unwrap_err();
    assert!(error.message().to_string().ends_with("with an explicit deny in an identity-based policy"), "{error}");
}

#[test]
fn s28_a_deleted_users_session_is_over_and_its_successor_inherits_no_policy() {
    let house = house();
    house.secret("s", "v");
    let old = house.user("reader");
    house.set_resource_policy("s", policy(&[statement("Allow", &user_arn("reader"), "secretsmanager:GetSecretValue")]));
    assert_eq!(old.get_secret_value("s").unwrap().value(), b"v");
    house.root.iam().delete_user(DeleteUser::new("reader")).unwrap();
    assert_eq!(old.get_secret_value("s").unwrap_err().kind(), ErrorKind::Expired);

    let new = house.user("reader");
    assert_eq!(new.principal_arn(), user_arn("reader"), "the same name");
    denied(new.get_secret_value("s"), &user_arn("reader"), "secretsmanager:GetSecretValue", Some("s"));
    assert_eq!(old.get_secret_value("s").unwrap_err().kind(), ErrorKind::Expired, "and the old session stays over");
    // Put again, it means the new one.
    house.set_resource_policy("s", policy(&[statement("Allow", &user_arn("reader"), "secretsmanager:GetSecretValue")]));
    assert_eq!(new.get_secret_value("s").unwrap().value(), b"v");
}

#[test]
fn s28_a_deny_on_a_deleted_user_does_not_vanish_for_its_successor_to_be_let_in() {
    let house = house();
    house.secret("s", "v");
    house.user("reader");
    let text = policy(&[
        statement("Allow", &root_arn(), "secretsmanager:GetSecretValue"),
        statement("Deny", &user_arn("reader"), "secretsmanager:GetSecretValue"),
    ]);
    house.set_resource_policy("s", text);
    house.root.iam().delete_user(DeleteUser::new("reader")).unwrap();
    let new = house.user("reader");
    // Nothing on its own side allows it, and what allows the account is for its identity policies to use.
    assert!(new.get_secret_value("s").unwrap_err().is_access_denied());
}

#[test]
fn a_user_made_again_inherits_no_grant() {
    let house = house();
    // A key policy that leaves everything to root and to grants.
    let key = house.customer_key(policy(&[statement("Allow", &root_arn(), "kms:*")]));
    house.root.create_secret(CreateSecret::text("s", "v").kms_key_id(key.as_str())).unwrap();
    let reader = house.user_with("reader", allow("secretsmanager:GetSecretValue", "*"));
    refused(reader.get_secret_value("s"), "AccessDeniedException", KMS_DENIED);
    house.root.kms().create_grant(CreateGrant::to(user_arn("reader"), key.as_str(), ["Decrypt"])).unwrap();
    assert_eq!(reader.get_secret_value("s").unwrap().value(), b"v");

    house.root.iam().delete_user_policy(DeleteUserPolicy::new("reader", "only")).unwrap();
    house.root.iam().delete_user(DeleteUser::new("reader")).unwrap();
    let again = house.user_with("reader", allow("secretsmanager:GetSecretValue", "*"));
    refused(again.get_secret_value("s"), "AccessDeniedException", KMS_DENIED);
}

#[test]
fn a_role_made_again_inherits_no_policy_either() {
    let house = house();
    house.secret("s", "v");
    let role_arn = format!("arn:aws:iam::{ACCOUNT}:role/app");
    let old = house.role_with("app", "i-0abc", allow("secretsmanager:DescribeSecret", "*"));
    house.set_resource_policy("s", policy(&[statement("Allow", &role_arn, "secretsmanager:GetSecretValue")]));
    assert_eq!(old.get_secret_value("s").unwrap().value(), b"v");
    house.root.iam().delete_role_policy(DeleteRolePolicy::new("app", "only")).unwrap();
    house.root.iam().delete_role(DeleteRole::new("app")).unwrap();
    assert_eq!(old.get_secret_value("s").unwrap_err().kind(), ErrorKind::Expired);
    let new = house.role_with("app", "i-0abc", allow("secretsmanager:DescribeSecret", "*"));
    denied(
        new.get_secret_value("s"),
        &format!("arn:aws:sts::{ACCOUNT}:assumed-role/app/i-0abc"),
        "secretsmanager:GetSecretValue",
        Some("s"),
    );
}

#[test]
fn a_policy_on_a_role_or_on_one_of_its_sessions_means_just_that() {
    let house = house();
    house.secret("s", "v");
    let one = house.role_with("app", "one", allow("secretsmanager:DescribeSecret", "*"));
    let two = house.room.session(Principal::role("app", "two")).unwrap();
    let session_arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/app/one");
    house.set_resource_policy("s", policy(&[statement("Allow", &session_arn, "secretsmanager:GetSecretValue")]));
    assert_eq!(one.get_secret_value("s").unwrap().value(), b"v");
    assert!(two.get_secret_value("s").unwrap_err().is_access_denied());
    // A user of the role's name is somebody else.
    let user = house.user("app");
    assert!(user.get_secret_value("s").unwrap_err().is_access_denied());
}

#[test]
fn s28_an_identity_policy_put_or_removed_binds_the_next_call() {
    let house = house();
    house.secret("s", "v");
    let user = house.user("u");
    let role = house.role_with("r", "session", allow("secretsmanager:DescribeSecret", "*"));
    let may = allow("secretsmanager:GetSecretValue", "*");
    for _ in 0..2 {
        assert!(user.get_secret_value("s").unwrap_err().is_access_denied());
        assert!(role.get_secret_value("s").unwrap_err().is_access_denied());
        house.root.iam().put_user_policy(PutUserPolicy::new("u", "may", may.as_str())).unwrap();
        house.root.iam().put_role_policy(PutRolePolicy::new("r", "may", may.as_str())).unwrap();
        assert!(user.get_secret_value("s").is_ok() && role.get_secret_value("s").is_ok());
        house.root.iam().delete_user_policy(DeleteUserPolicy::new("u", "may")).unwrap();
        house.root.iam().delete_role_policy(DeleteRolePolicy::new("r", "may")).unwrap();
    }
}

#[test]
fn sessions_are_given_only_for_principals_that_are_there() {
    let house = house();
    house.user("u");
    let ask = |text: &str| house.room.session(text).map(|session| session.principal_arn().to_owned());
    assert_eq!(ask("root").unwrap(), root_arn());
    assert_eq!(ask("user/u").unwrap(), user_arn("u"));
    assert_eq!(ask(&user_arn("u")).unwrap(), user_arn("u"));
    assert_eq!(ask(&root_arn()).unwrap(), root_arn());
    for (text, kind) in [
        ("user/nobody", ErrorKind::NotFound),
        ("role/nobody/session", ErrorKind::NotFound),
        ("u", ErrorKind::InvalidRequest),
        ("", ErrorKind::InvalidRequest),
        ("user/", ErrorKind::NotFound),
        ("role/r", ErrorKind::InvalidRequest),
        ("user/a/b", ErrorKind::InvalidRequest),
        ("*", ErrorKind::InvalidRequest),
        ("arn:aws:iam::999999999999:user/u", ErrorKind::InvalidRequest),
        ("arn:aws:iam::000000000000:group/u", ErrorKind::InvalidRequest),
    ] {
        assert_eq!(ask(text).unwrap_err().kind(), kind, "{text}");
    }
    for session in ["x", &"x".repeat(65), "a b", "a/b", "a:b", "*"] {
        let role = Principal::role("r", session);
        assert!(house.room.session(role).is_err(), "{session}");
    }
}

#[test]
fn an_unlocked_store_goes_on_where_it_was_locked() {
    let house = house();
    house.secret("s", "v");
    let user = house.user_with("u", allow("*", "*"));
    let (spare, wrong) = (Unlock::root_key([8; 32].as_slice()), Unlock::root_key([9; 32].as_slice()));
    house.room.add_slot(&spare).unwrap();
    for unlock in [key(), spare] {
        house.room.lock();
        assert!(house.room.is_locked());
        assert_eq!(house.room.unlock(&wrong).unwrap_err().kind(), ErrorKind::WrongUnlock);
        assert_eq!(user.get_secret_value("s").unwrap_err().kind(), ErrorKind::Locked);
        house.room.unlock(&unlock).unwrap();
        assert!(!house.room.is_locked());
        // Sessions of before read, write and list; what nobody may is still what nobody may.
        assert_eq!(user.get_secret_value("s").unwrap().value(), b"v");
        user.put_secret_value(PutSecretValue::text("s", "v")).unwrap();
        assert_eq!(user.list_secrets(ListSecrets::new()).unwrap().secret_list.len(), 1);
        house.room.session("user/u").unwrap();
        house.room.run_due().unwrap();
        house.room.verify().unwrap();
        // Of one that is not locked nothing changes, and no wrong secret is taken for a right one.
        house.room.unlock(&key()).unwrap();
        assert!(house.room.unlock(&wrong).is_err());
        assert_eq!(house.root.get_secret_value("s").unwrap().value(), b"v");
    }
}

#[test]
fn a_locked_store_answers_nothing_any_more() {
    let house = house();
    house.secret("s", "v");
    let user = house.user_with("u", allow("*", "*"));
    house.room.lock();
    assert_eq!(house.root.get_secret_value("s").unwrap_err().kind(), ErrorKind::Locked);
    assert_eq!(user.describe_secret("s").unwrap_err().kind(), ErrorKind::Locked);
    assert_eq!(user.create_secret(CreateSecret::text("t", "v")).unwrap_err().kind(), ErrorKind::Locked);
    assert_eq!(house.room.session("user/u").unwrap_err().kind(), ErrorKind::Locked);
    assert_eq!(house.room.run_due().unwrap_err().kind(), ErrorKind::Locked);
    assert_eq!(house.room.verify().unwrap_err().kind(), ErrorKind::Locked);
    let policy = PutResourcePolicy::new("s", policy(&[statement("Allow", &root_arn(), "secretsmanager:*")]));
    assert_eq!(house.root.put_resource_policy(policy).unwrap_err().kind(), ErrorKind::Locked);
    assert_eq!(house.root.iam().create_user(CreateUser::new("v")).unwrap_err().kind(), ErrorKind::Locked);
}
