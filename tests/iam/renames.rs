//! UpdateUser and UpdateGroup: the ARN changes, the unique id stays, and with it everything that goes by it. Nobody gains by it,
//! neither an open session nor whoever takes the old name.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail loudly")]

use crate::common::{
    House, allow, allow_if, house, policy, refused, refused_as, root_arn, statement, statement_if, user_arn,
};
use strongroom::operation::iam::{
    AddUserToGroup, AttachGroupPolicy, AttachUserPolicy, CreateGroup, CreatePolicy, CreateUser, GetGroup, GetUser,
    ListEntitiesForPolicy, ListGroupsForUser, PutGroupPolicy, PutUserPermissionsBoundary, Tag, UpdateGroup, UpdateUser,
};
use strongroom::operation::kms::{CreateGrant, CreateKey, Decrypt, Encrypt, GrantOperation};
use strongroom::{ErrorKind, Principal, Session};

const GET: &str = "secretsmanager:GetSecretValue";

fn session(house: &House, name: &str) -> Session {
    house.room.session(Principal::user(name)).unwrap()
}
fn rename(house: &House, old: &str, new: &str) {
    house.root.iam().update_user(UpdateUser::new(old).new_user_name(new)).unwrap();
}

#[test]
fn a_user_keeps_all_that_it_has_under_its_new_name() {
    let house = house();
    let iam = house.root.iam();
    house.secret("prod/db", "value");
    iam.create_user(CreateUser::new("anaya").tags(vec![Tag::new("team", "blue")])).unwrap();
    house.set_policy("anaya", allow(GET, "*"));
    iam.create_group(CreateGroup::new("readers")).unwrap();
    iam.add_user_to_group(AddUserToGroup::new("readers", "anaya")).unwrap();
    let arn = iam.create_policy(CreatePolicy::new("p", allow("*", "*"))).unwrap().policy.arn.to_string();
    iam.attach_user_policy(AttachUserPolicy::new("anaya", arn.as_str())).unwrap();
    iam.put_user_permissions_boundary(PutUserPermissionsBoundary::new("anaya", arn.as_str())).unwrap();
    let before = iam.get_user(GetUser::new().user_name("anaya")).unwrap().user;

    iam.update_user(UpdateUser::new("anaya").new_user_name("Anaya.R").new_path("/team/")).unwrap();
    let after = iam.get_user(GetUser::new().user_name("anaya.r")).unwrap().user;
    assert_eq!((&*after.user_name, &*after.path, &*after.arn), ("Anaya.R", "/team/", &*user_arn("team/Anaya.R")));
    assert_eq!((&after.user_id, after.create_date), (&before.user_id, before.create_date));
    assert_eq!((&after.tags, &after.permissions_boundary), (&before.tags, &before.permissions_boundary));
    refused(
        iam.get_user(GetUser::new().user_name("anaya")),
        "NoSuchEntity",
        "The user with name anaya cannot be found.",
    );
    let groups = iam.list_groups_for_user(ListGroupsForUser::new("Anaya.R")).unwrap().groups;
    assert_eq!((groups.len(), &*groups[0].group_name), (1, "readers"));
    let users = iam.get_group(GetGroup::new("readers")).unwrap().users;
    assert_eq!((users.len(), &*users[0].user_name), (1, "Anaya.R"));
    let users = iam.list_entities_for_policy(ListEntitiesForPolicy::new(arn)).unwrap().policy_users;
    assert_eq!((users.len(), &*users[0].user_name), (1, "Anaya.R"));
    session(&house, "Anaya.R").get_secret_value("prod/db").unwrap();
}

#[test]
fn an_open_session_ends_with_the_name_it_was_for() {
    let house = house();
    house.secret("prod/db", "value");
    let iam = house.root.iam();
    // By a new name, by a new path alone, by other letters alone.
    for (number, (name, path)) in [("other", "/"), ("anaya", "/team/"), ("ANAYA", "/")].into_iter().enumerate() {
        iam.create_user(CreateUser::new("anaya")).unwrap();
        // Allowed by the ARN as it was: what a session that went on under its old ARN would keep.
        house.set_policy(
            "anaya",
            allow_if(GET, "*", &format!(r#""ArnEquals":{{"aws:PrincipalArn":"{}"}}"#, user_arn("anaya"))),
        );
        let old = session(&house, "anaya");
        old.get_secret_value("prod/db").unwrap();
        iam.update_user(UpdateUser::new("anaya").new_user_name(name).new_path(path)).unwrap();
        assert_eq!(old.get_secret_value("prod/db").unwrap_err().kind(), ErrorKind::Expired);
        refused_as(session(&house, name).get_secret_value("prod/db"), "AccessDeniedException");
        if number == 0 {
            // Nor does it become whoever takes the name.
            house.user_with("anaya", allow("*", "*"));
            assert_eq!(old.get_secret_value("prod/db").unwrap_err().kind(), ErrorKind::Expired);
            rename(&house, "anaya", "second");
        } else {
            rename(&house, name, &format!("gone{number}"));
        }
    }
}

#[test]
fn what_a_resource_says_of_a_user_follows_it_and_not_its_name() {
    let house = house();
    house.secret("prod/db", "value");
    house.secret("prod/api", "value");
    house.user("anaya");
    let theirs = policy(&[statement("Allow", &user_arn("anaya"), GET)]);
    house.set_resource_policy("prod/db", &theirs);
    // A deny follows as well.
    house.set_policy("anaya", allow(GET, "*"));
    house.set_resource_policy("prod/api", policy(&[statement("Deny", &user_arn("anaya"), GET)]));
    rename(&house, "anaya", "bianca");
    let second = house.user("anaya");
    let bianca = session(&house, "bianca");
    house.set_policy("bianca", allow(GET, "arn:aws:secretsmanager:*:*:secret:prod/api-??????"));
    bianca.get_secret_value("prod/db").unwrap();
    refused_as(bianca.get_secret_value("prod/api"), "AccessDeniedException");
    refused_as(second.get_secret_value("prod/db"), "AccessDeniedException");
    house.set_policy("anaya", allow(GET, "arn:aws:secretsmanager:*:*:secret:prod/api-??????"));
    second.get_secret_value("prod/api").unwrap();
    // The text stays as it was put; put again, it means whoever has the name now.
    house.set_resource_policy("prod/db", &theirs);
    second.get_secret_value("prod/db").unwrap();
    refused_as(bianca.get_secret_value("prod/db"), "AccessDeniedException");
    // A condition on the ARN is text and follows nobody.
    let by_arn = statement_if(
        "Allow",
        &root_arn(),
        GET,
        &format!(r#""ArnEquals":{{"aws:PrincipalArn":"{}"}}"#, user_arn("bianca")),
    );
    house.set_policy(
        "bianca",
        allow_if(GET, "*", &format!(r#""ArnEquals":{{"aws:PrincipalArn":"{}"}}"#, user_arn("bianca"))),
    );
    house.set_resource_policy("prod/db", policy(&[by_arn]));
    bianca.get_secret_value("prod/db").unwrap();
    rename(&house, "bianca", "carla");
    refused_as(session(&house, "carla").get_secret_value("prod/db"), "AccessDeniedException");
}

#[test]
fn a_grant_follows_its_user_and_not_the_name() {
    let house = house();
    let kms = house.root.kms();
    let key = kms.create_key(CreateKey::new()).unwrap().key_metadata.arn.to_string();
    house.user("anaya");
    let request = CreateGrant::new(key.as_str(), vec![GrantOperation::Decrypt]).grantee_principal(user_arn("anaya"));
    kms.create_grant(request).unwrap();
    let sealed = kms.encrypt(Encrypt::new(key.as_str(), "text")).unwrap().ciphertext_blob;
    rename(&house, "anaya", "bianca");
    let second = house.user("anaya");
    let decrypt = |session: &Session| session.kms().decrypt(Decrypt::blob(sealed.clone()));
    decrypt(&session(&house, "bianca")).unwrap();
    refused_as(decrypt(&second), "AccessDeniedException");
}

#[test]
fn a_name_that_is_taken_stays_its_owners() {
    let house = house();
    let iam = house.root.iam();
    house.user("anaya");
    house.user_with("bob", allow("*", "*"));
    iam.create_group(CreateGroup::new("readers")).unwrap();
    iam.create_group(CreateGroup::new("writers")).unwrap();
    refused(
        iam.update_user(UpdateUser::new("anaya").new_user_name("BOB")),
        "EntityAlreadyExists",
        "User with name BOB already exists.",
    );
    refused(
        iam.update_group(UpdateGroup::new("readers").new_group_name("Writers")),
        "EntityAlreadyExists",
        "Group with name Writers already exists.",
    );
    refused_as(iam.update_user(UpdateUser::new("nobody").new_user_name("x")), "NoSuchEntity");
    refused_as(iam.update_user(UpdateUser::new("anaya").new_user_name("a b")), "ValidationError");
    refused_as(iam.update_user(UpdateUser::new("anaya").new_path("team")), "ValidationError");
    // Nothing asked, nothing changed; its own name in other letters is its own.
    let id = iam.get_user(GetUser::new().user_name("anaya")).unwrap().user.user_id;
    iam.update_user(UpdateUser::new("anaya")).unwrap();
    iam.update_user(UpdateUser::new("anaya").new_user_name("Anaya")).unwrap();
    let user = iam.get_user(GetUser::new().user_name("anaya")).unwrap().user;
    assert_eq!((user.user_id, &*user.user_name), (id, "Anaya"));
}

#[test]
fn both_names_must_be_the_callers_to_change() {
    let house = house();
    let iam = house.root.iam();
    house.user("anaya");
    iam.create_group(CreateGroup::new("readers")).unwrap();
    let clerk = house.user_with("clerk", allow("iam:UpdateUser iam:UpdateGroup", &user_arn("anaya")));
    let denied = |what: &str, resource: &str| {
        format!(
            "User: {} is not authorized to perform: {what} on resource: {resource} because no identity-based policy allows the {what} action",
            user_arn("clerk")
        )
    };
    let to = |name: &str| clerk.iam().update_user(UpdateUser::new("anaya").new_user_name(name));
    refused(to("admin"), "AccessDenied", &denied("iam:UpdateUser", &user_arn("admin")));
    refused_as(clerk.iam().update_user(UpdateUser::new("anaya").new_path("/admins/")), "AccessDenied");
    // Who may write the new name only is told nothing of the old one.
    house.set_policy("clerk", allow("iam:UpdateUser", &user_arn("admin")));
    refused(to("admin"), "AccessDenied", &denied("iam:UpdateUser", "anaya"));
    let policy = policy(&[format!(
        r#"{{"Effect":"Allow","Action":"iam:UpdateUser","Resource":["{}","{}"]}}"#,
        user_arn("anaya"),
        user_arn("admin")
    )]);
    house.set_policy("clerk", policy);
    to("admin").unwrap();
    let group = |name: &str| format!("arn:aws:iam::{}:group/{name}", crate::common::ACCOUNT);
    house.set_policy("clerk", allow("iam:UpdateGroup", &group("readers")));
    let rename = UpdateGroup::new("readers").new_group_name("admins");
    refused(clerk.iam().update_group(rename.clone()), "AccessDenied", &denied("iam:UpdateGroup", &group("admins")));
    house.set_policy("clerk", allow("iam:UpdateGroup", &group("*")));
    clerk.iam().update_group(rename).unwrap();
}

#[test]
fn a_group_keeps_its_users_and_what_it_gives_them() {
    let house = house();
    let iam = house.root.iam();
    house.secret("prod/db", "value");
    let anaya = house.user("anaya");
    for name in ["aaa", "readers", "zzz"] {
        iam.create_group(CreateGroup::new(name)).unwrap();
        iam.add_user_to_group(AddUserToGroup::new(name, "anaya")).unwrap();
    }
    iam.put_group_policy(PutGroupPolicy::new("readers", "get", allow(GET, "*"))).unwrap();
    let arn = iam.create_policy(CreatePolicy::new("p", allow("kms:*", "*"))).unwrap().policy.arn;
    iam.attach_group_policy(AttachGroupPolicy::new("readers", arn)).unwrap();
    let before = iam.get_group(GetGroup::new("readers")).unwrap().group;
    anaya.get_secret_value("prod/db").unwrap();

    iam.update_group(UpdateGroup::new("readers").new_group_name("aa").new_path("/team/")).unwrap();
    let after = iam.get_group(GetGroup::new("aa")).unwrap();
    assert_eq!((&after.group.group_id, &*after.group.path), (&before.group_id, "/team/"));
    assert!(after.group.arn.ends_with(":group/team/aa"));
    assert_eq!(after.users.iter().map(|user| &*user.user_name).collect::<Vec<_>>(), ["anaya"]);
    let groups = iam.list_groups_for_user(ListGroupsForUser::new("anaya")).unwrap().groups;
    assert_eq!(groups.iter().map(|group| &*group.group_name).collect::<Vec<_>>(), ["aa", "aaa", "zzz"]);
    // The user's own ARN is what it was: the session goes on.
    anaya.get_secret_value("prod/db").unwrap();
    refused_as(iam.get_group(GetGroup::new("readers")), "NoSuchEntity");
    // Whoever takes the old name has nobody in it, and other letters are the same group.
    iam.create_group(CreateGroup::new("readers")).unwrap();
    assert!(iam.get_group(GetGroup::new("readers")).unwrap().users.is_empty());
    iam.update_group(UpdateGroup::new("aa").new_group_name("AA")).unwrap();
    assert_eq!(iam.get_group(GetGroup::new("aa")).unwrap().users.len(), 1);
    anaya.get_secret_value("prod/db").unwrap();
}
