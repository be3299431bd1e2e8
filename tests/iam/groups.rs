//! Groups: exact errors, and that what a group's policies say binds its members at their next call, and no longer than they are
//! in it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail loudly")]

use crate::common::{ACCOUNT, allow, house, policy, refused, refused_as, user_arn};
use strongroom::operation::iam::{
    AddUserToGroup, AttachGroupPolicy, CreateGroup, CreatePolicy, CreateUser, DeleteGroupPolicy, GetGroup,
    GetGroupPolicy, ListGroupPolicies, ListGroups, ListGroupsForUser, PutGroupPolicy, RemoveUserFromGroup,
};

const GET: &str = "secretsmanager:GetSecretValue";

#[test]
fn a_group_is_made_shown_listed_and_deleted() {
    let house = house();
    let iam = house.root.iam();
    let made = iam.create_group(CreateGroup::new("Ops").path("/team/")).unwrap().group;
    assert_eq!((&*made.path, &*made.group_name), ("/team/", "Ops"));
    assert_eq!(*made.arn, *format!("arn:aws:iam::{ACCOUNT}:group/team/Ops"));
    assert!(made.group_id.starts_with("AGPA") && made.group_id.len() == 21);
    refused(iam.create_group("OPS"), "EntityAlreadyExists", "Group with name OPS already exists.");
    // A user, a role and a group may bear one name.
    iam.create_user("ops").unwrap();
    assert_eq!(iam.get_group("ops").unwrap().group, made, "names compare without regard to case");
    iam.create_group("dev").unwrap();
    let listed = iam.list_groups(ListGroups::new()).unwrap();
    assert_eq!(listed.groups.iter().map(|group| &*group.group_name).collect::<Vec<_>>(), ["Ops", "dev"]);
    let below = iam.list_groups(ListGroups::new().path_prefix("/team/")).unwrap();
    assert_eq!(below.groups, std::slice::from_ref(&made));
    iam.delete_group("ops").unwrap();
    refused(iam.get_group("Ops"), "NoSuchEntity", "The group with name Ops cannot be found.");
    let again = iam.create_group("Ops").unwrap().group;
    assert_ne!(again.group_id, made.group_id, "ids never come back");
}

#[test]
fn a_group_with_members_or_policies_stays() {
    let house = house();
    let iam = house.root.iam();
    iam.create_group("ops").unwrap();
    iam.create_user("anaya").unwrap();
    iam.add_user_to_group(AddUserToGroup::new("ops", "anaya")).unwrap();
    iam.put_group_policy(PutGroupPolicy::new("ops", "read", allow(GET, "*"))).unwrap();
    let conflict = "DeleteConflict";
    refused(iam.delete_group("ops"), conflict, "Cannot delete entity, must remove users from group first.");
    refused(iam.delete_user("anaya"), conflict, "Cannot delete entity, must remove users from group first.");
    iam.remove_user_from_group(RemoveUserFromGroup::new("ops", "anaya")).unwrap();
    refused(iam.delete_group("ops"), conflict, "Cannot delete entity, must delete policies first.");
    iam.delete_group_policy(DeleteGroupPolicy::new("ops", "read")).unwrap();
    let shipped = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    iam.attach_group_policy(AttachGroupPolicy::new("ops", shipped)).unwrap();
    refused(iam.delete_group("ops"), conflict, "Cannot delete entity, must detach all policies first.");
    iam.delete_user("anaya").unwrap();
}

#[test]
fn members_join_and_leave_and_both_sides_list_them() {
    let house = house();
    let iam = house.root.iam();
    for name in ["noor", "Anaya", "mateo"] {
        iam.create_user(name).unwrap();
    }
    iam.create_group("ops").unwrap();
    for name in ["noor", "anaya", "ANAYA"] {
        iam.add_user_to_group(AddUserToGroup::new("OPS", name)).unwrap();
    }
    let first = iam.get_group(GetGroup::new("ops").max_items(1)).unwrap();
    assert_eq!((first.users.len(), first.is_truncated), (1, true));
    assert_eq!(*first.users[0].user_name, *"Anaya");
    let rest = iam.get_group(GetGroup::new("ops").marker(first.marker.unwrap())).unwrap();
    assert_eq!((&*rest.users[0].user_name, rest.users.len(), rest.is_truncated), ("noor", 1, false));
    let of_user = iam.list_groups_for_user(ListGroupsForUser::new("anaya")).unwrap();
    assert_eq!(of_user.groups.iter().map(|group| &*group.group_name).collect::<Vec<_>>(), ["ops"]);
    assert!(iam.list_groups_for_user("mateo").unwrap().groups.is_empty());
    refused(
        iam.add_user_to_group(AddUserToGroup::new("ops", "nobody")),
        "NoSuchEntity",
        "The user with name nobody cannot be found.",
    );
    refused(
        iam.add_user_to_group(AddUserToGroup::new("none", "anaya")),
        "NoSuchEntity",
        "The group with name none cannot be found.",
    );
    iam.remove_user_from_group(RemoveUserFromGroup::new("ops", "anaya")).unwrap();
    refused_as(iam.remove_user_from_group(RemoveUserFromGroup::new("ops", "anaya")), "NoSuchEntity");
}

#[test]
fn a_user_is_in_ten_groups_at_most() {
    let house = house();
    let iam = house.root.iam();
    iam.create_user("anaya").unwrap();
    for number in 0..11 {
        iam.create_group(format!("g{number}")).unwrap();
    }
    for number in 0..10 {
        iam.add_user_to_group(AddUserToGroup::new(format!("g{number}"), "anaya")).unwrap();
    }
    iam.add_user_to_group(AddUserToGroup::new("g9", "anaya")).unwrap();
    refused(
        iam.add_user_to_group(AddUserToGroup::new("g10", "anaya")),
        "LimitExceeded",
        "Cannot exceed quota for GroupsPerUser: 10",
    );
}

#[test]
fn inline_policies_of_a_group_are_put_read_listed_and_deleted() {
    let house = house();
    let iam = house.root.iam();
    iam.create_group("ops").unwrap();
    let text = allow(GET, "*");
    iam.put_group_policy(PutGroupPolicy::new("ops", "b", text.as_str())).unwrap();
    iam.put_group_policy(PutGroupPolicy::new("ops", "a", text.as_str())).unwrap();
    let found = iam.get_group_policy(GetGroupPolicy::new("ops", "a")).unwrap();
    assert_eq!((&*found.group_name, &*found.policy_name, &*found.policy_document), ("ops", "a", text.as_str()));
    let names = iam.list_group_policies(ListGroupPolicies::new("ops")).unwrap().policy_names;
    assert_eq!(names.iter().map(|name| &**name).collect::<Vec<_>>(), ["a", "b"]);
    iam.delete_group_policy(DeleteGroupPolicy::new("ops", "a")).unwrap();
    refused(
        iam.get_group_policy(GetGroupPolicy::new("ops", "a")),
        "NoSuchEntity",
        "The group policy with name a cannot be found.",
    );
    refused_as(iam.put_group_policy(PutGroupPolicy::new("ops", "c", "{")), "MalformedPolicyDocument");
    let long = format!("{}{}", allow(GET, "*"), " ".repeat(10));
    let padded = long.replace("\"*\"", &format!("\"{}*\"", "arn:aws:secretsmanager:*:*:secret:x".repeat(150)));
    refused(
        iam.put_group_policy(PutGroupPolicy::new("ops", "c", padded)),
        "LimitExceeded",
        "Maximum policy size of 5120 bytes exceeded for group ops",
    );
}

#[test]
fn what_a_group_allows_and_denies_binds_its_members_at_the_next_call() {
    let house = house();
    let iam = house.root.iam();
    house.secret("prod/db", "value");
    let anaya = house.user("anaya");
    iam.create_group("readers").unwrap();
    iam.put_group_policy(PutGroupPolicy::new("readers", "read", allow(GET, "*"))).unwrap();
    refused_as(anaya.get_secret_value("prod/db"), "AccessDeniedException");
    iam.add_user_to_group(AddUserToGroup::new("readers", "anaya")).unwrap();
    assert_eq!(anaya.get_secret_value("prod/db").unwrap().value(), b"value");
    // A change of the group's own row is seen by sessions that have read before.
    let deny = policy(&[format!(r#"{{"Effect":"Deny","Action":"{GET}","Resource":"*"}}"#)]);
    iam.put_group_policy(PutGroupPolicy::new("readers", "stop", deny)).unwrap();
    let error = anaya.get_secret_value("prod/db").unwrap_err().to_string();
    assert!(error.contains("with an explicit deny in an identity-based policy"), "{error}");
    iam.delete_group_policy(DeleteGroupPolicy::new("readers", "stop")).unwrap();
    anaya.get_secret_value("prod/db").unwrap();
    iam.remove_user_from_group(RemoveUserFromGroup::new("readers", "anaya")).unwrap();
    refused_as(anaya.get_secret_value("prod/db"), "AccessDeniedException");
}

#[test]
fn a_managed_policy_on_a_group_reaches_its_members() {
    let house = house();
    let iam = house.root.iam();
    house.secret("prod/db", "value");
    let anaya = house.user("anaya");
    iam.create_group("readers").unwrap();
    iam.add_user_to_group(AddUserToGroup::new("readers", "anaya")).unwrap();
    let arn = iam.create_policy(CreatePolicy::new("read", allow(GET, "*"))).unwrap().policy.arn;
    iam.attach_group_policy(AttachGroupPolicy::new("readers", arn)).unwrap();
    anaya.get_secret_value("prod/db").unwrap();
}

#[test]
fn putting_oneself_into_a_group_needs_leave_on_that_group() {
    let house = house();
    let iam = house.root.iam();
    iam.create_group("admins").unwrap();
    iam.create_group("users").unwrap();
    let users = format!("arn:aws:iam::{ACCOUNT}:group/users");
    let noor = house.user_with("noor", allow("iam:AddUserToGroup", &users));
    noor.iam().add_user_to_group(AddUserToGroup::new("users", "noor")).unwrap();
    refused(
        noor.iam().add_user_to_group(AddUserToGroup::new("admins", "noor")),
        "AccessDenied",
        &format!(
            "User: {} is not authorized to perform: iam:AddUserToGroup on resource: admins because no identity-based policy allows the iam:AddUserToGroup action",
            user_arn("noor")
        ),
    );
    assert_eq!(iam.get_group("admins").unwrap().users, []);
    iam.create_user(CreateUser::new("later")).unwrap();
}
