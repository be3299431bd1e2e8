//! Managed policies, their versions, attachments and boundaries: exact errors, and that a change binds the next call of everybody
//! whom it concerns.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail loudly")]

use crate::common::{
    ACCOUNT, allow, allow_if, builder, clock, house, key, policy, refused, refused_as, statement, token, trust,
};
use strongroom::Principal;
use strongroom::operation::iam::{
    AttachRolePolicy, AttachUserPolicy, CreatePolicy, CreatePolicyVersion, CreateRole, CreateUser, DeletePolicyVersion,
    DetachRolePolicy, DetachUserPolicy, EntityType, GetPolicyVersion, GetUser, ListAttachedUserPolicies,
    ListEntitiesForPolicy, ListPolicies, ListPolicyVersions, ListUserTags, PolicyScopeType, PolicyUsageType,
    PutRolePermissionsBoundary, PutUserPermissionsBoundary, PutUserPolicy, SetDefaultPolicyVersion, Tag, TagPolicy,
    TagUser, UntagUser, UpdateRole,
};
use strongroom::operation::secretsmanager::{CreateSecret, DescribeSecret, GetSecretValue};
use strongroom::testing::MemoryBackend;

const GET: &str = "secretsmanager:GetSecretValue";

fn own(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:policy/{name}")
}

#[test]
fn a_policy_is_made_shown_and_deleted() {
    let house = house();
    let iam = house.root.iam();
    let request =
        CreatePolicy::new("Read", allow(GET, "*")).path("/team/").description("reads").tags(vec![Tag::new("a", "1")]);
    let made = iam.create_policy(request).unwrap().policy;
    assert_eq!(*made.arn, *own("team/Read"));
    assert!(made.policy_id.starts_with("ANPA") && made.policy_id.len() == 21);
    assert_eq!((&*made.default_version_id, made.attachment_count, made.is_attachable), ("v1", 0, true));
    assert_eq!(iam.get_policy(&*made.arn).unwrap().policy, made);
    refused(
        iam.create_policy(CreatePolicy::new("READ", allow(GET, "*"))),
        "EntityAlreadyExists",
        "A policy called READ already exists. Duplicate names are not allowed.",
    );
    // The path is part of the ARN.
    refused(iam.get_policy(own("Read")), "NoSuchEntity", &format!("Policy {} was not found.", own("Read")));
    refused_as(iam.create_policy(CreatePolicy::new("bad", "{\"Statement\":")), "MalformedPolicyDocument");
    let long = allow(GET, &"x".repeat(6_200));
    refused(
        iam.create_policy(CreatePolicy::new("long", long)),
        "LimitExceeded",
        "Cannot exceed quota for PolicySize: 6144",
    );
    iam.delete_policy(&*made.arn).unwrap();
    refused_as(iam.get_policy(&*made.arn), "NoSuchEntity");
}

#[test]
fn versions_are_numbered_once_and_the_one_in_force_binds_the_next_call() {
    let house = house();
    let iam = house.root.iam();
    house.secret("prod/db", "value");
    let anaya = house.user("anaya");
    let arn = iam.create_policy(CreatePolicy::new("p", allow(GET, "*"))).unwrap().policy.arn.to_string();
    iam.attach_user_policy(AttachUserPolicy::new("anaya", arn.as_str())).unwrap();
    anaya.get_secret_value("prod/db").unwrap();

    let describe = allow("secretsmanager:DescribeSecret", "*");
    let second = iam.create_policy_version(CreatePolicyVersion::new(arn.as_str(), describe.as_str())).unwrap();
    assert_eq!((&*second.policy_version.version_id, second.policy_version.is_default_version), ("v2", false));
    anaya.get_secret_value("prod/db").unwrap();
    iam.set_default_policy_version(SetDefaultPolicyVersion::new(arn.as_str(), "v2")).unwrap();
    refused_as(anaya.get_secret_value("prod/db"), "AccessDeniedException");
    anaya.describe_secret(DescribeSecret::new("prod/db")).unwrap();
    let shown = iam.get_policy_version(GetPolicyVersion::new(arn.as_str(), "v2")).unwrap().policy_version;
    assert_eq!((shown.document.as_deref(), shown.is_default_version), (Some(describe.as_str()), true));

    let delete = |id: &str| iam.delete_policy_version(DeletePolicyVersion::new(arn.as_str(), id));
    refused(delete("v2"), "DeleteConflict", "Cannot delete the default version of a policy.");
    refused(delete("v9"), "NoSuchEntity", &format!("Policy {arn} version v9 does not exist or is not attachable."));
    for number in 3..=5 {
        let made = iam.create_policy_version(CreatePolicyVersion::new(arn.as_str(), allow(GET, "*"))).unwrap();
        assert_eq!(*made.policy_version.version_id, *format!("v{number}"));
    }
    refused(
        iam.create_policy_version(CreatePolicyVersion::new(arn.as_str(), allow(GET, "*"))),
        "LimitExceeded",
        "A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.",
    );
    delete("v5").unwrap();
    let request = CreatePolicyVersion::new(arn.as_str(), allow(GET, "*")).set_as_default(true);
    assert_eq!(*iam.create_policy_version(request).unwrap().policy_version.version_id, *"v6");
    anaya.get_secret_value("prod/db").unwrap();

    let first = iam.list_policy_versions(ListPolicyVersions::new(arn.as_str()).max_items(2)).unwrap();
    let rest = iam.list_policy_versions(ListPolicyVersions::new(arn.as_str()).marker(first.marker.unwrap())).unwrap();
    let ids: Vec<_> =
        first.versions.iter().chain(&rest.versions).map(|version| version.version_id.to_string()).collect();
    assert_eq!(ids, ["v6", "v4", "v3", "v2", "v1"]);
    refused_as(iam.get_policy_version(GetPolicyVersion::new(arn.as_str(), "2")), "ValidationError");
}

#[test]
fn attachments_are_counted_bind_at_once_and_hold_a_policy() {
    let house = house();
    let iam = house.root.iam();
    house.secret("prod/db", "value");
    let anaya = house.user("anaya");
    iam.create_role(CreateRole::new("app", trust("*"))).unwrap();
    let app = house.room.session(Principal::role("app", "one")).unwrap();
    let arn = iam.create_policy(CreatePolicy::new("p", allow(GET, "*"))).unwrap().policy.arn.to_string();
    for _ in 0..2 {
        iam.attach_user_policy(AttachUserPolicy::new("anaya", arn.as_str())).unwrap();
        iam.attach_role_policy(AttachRolePolicy::new("app", arn.as_str())).unwrap();
    }
    anaya.get_secret_value("prod/db").unwrap();
    app.get_secret_value("prod/db").unwrap();
    assert_eq!(iam.get_policy(arn.as_str()).unwrap().policy.attachment_count, 2);
    let listed = iam.list_attached_user_policies(ListAttachedUserPolicies::new("anaya")).unwrap().attached_policies;
    assert_eq!((&*listed[0].policy_name, &*listed[0].policy_arn, listed.len()), ("p", arn.as_str(), 1));
    let entities = iam.list_entities_for_policy(arn.as_str()).unwrap();
    assert_eq!((entities.policy_users.len(), entities.policy_roles.len(), entities.policy_groups.len()), (1, 1, 0));
    let roles = ListEntitiesForPolicy::new(arn.as_str()).entity_filter(EntityType::Role);
    assert!(iam.list_entities_for_policy(roles).unwrap().policy_users.is_empty());

    let conflict = "DeleteConflict";
    refused(iam.delete_policy(arn.as_str()), conflict, "Cannot delete a policy attached to entities.");
    refused(iam.delete_user("anaya"), conflict, "Cannot delete entity, must detach all policies first.");
    iam.detach_user_policy(DetachUserPolicy::new("anaya", arn.as_str())).unwrap();
    refused_as(anaya.get_secret_value("prod/db"), "AccessDeniedException");
    refused(
        iam.detach_user_policy(DetachUserPolicy::new("anaya", arn.as_str())),
        "NoSuchEntity",
        &format!("Policy {arn} was not found."),
    );
    iam.detach_role_policy(DetachRolePolicy::new("app", arn.as_str())).unwrap();
    refused_as(app.get_secret_value("prod/db"), "AccessDeniedException");
    iam.create_policy_version(CreatePolicyVersion::new(arn.as_str(), allow(GET, "*"))).unwrap();
    refused_as(iam.delete_policy(arn.as_str()), conflict);
    iam.delete_policy_version(DeletePolicyVersion::new(arn.as_str(), "v2")).unwrap();
    iam.delete_policy(arn.as_str()).unwrap();
    refused(
        iam.attach_user_policy(AttachUserPolicy::new("anaya", arn.as_str())),
        "NoSuchEntity",
        &format!("Policy {arn} does not exist or is not attachable."),
    );
}

#[test]
fn ten_policies_are_attached_at_most() {
    let house = house();
    let iam = house.root.iam();
    iam.create_user("anaya").unwrap();
    for number in 0..11 {
        iam.create_policy(CreatePolicy::new(format!("p{number}"), allow(GET, "*"))).unwrap();
    }
    for number in 0..10 {
        iam.attach_user_policy(AttachUserPolicy::new("anaya", own(&format!("p{number}")))).unwrap();
    }
    refused(
        iam.attach_user_policy(AttachUserPolicy::new("anaya", own("p10"))),
        "LimitExceeded",
        "Cannot exceed quota for PoliciesPerUser: 10",
    );
}

#[test]
fn shipped_policies_are_listed_attached_and_nobodys_to_change() {
    let house = house();
    let iam = house.root.iam();
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    let shown = iam.get_policy(admin).unwrap().policy;
    assert_eq!((&*shown.policy_name, &*shown.path), ("AdministratorAccess", "/"));
    iam.create_policy(CreatePolicy::new("mine", allow(GET, "*"))).unwrap();
    let names = |request: ListPolicies| -> Vec<String> {
        iam.list_policies(request).unwrap().policies.iter().map(|policy| policy.policy_name.to_string()).collect()
    };
    assert_eq!(names(ListPolicies::new().scope(PolicyScopeType::Local)), ["mine"]);
    let shipped = names(ListPolicies::new().scope(PolicyScopeType::Aws));
    assert!(
        ["AdministratorAccess", "IAMFullAccess", "ReadOnlyAccess", "SecretsManagerReadWrite"]
            .iter()
            .all(|name| shipped.iter().any(|other| other == name))
    );
    assert_eq!(names(ListPolicies::new()).len(), shipped.len() + 1);
    assert!(names(ListPolicies::new().only_attached(true)).is_empty());
    let outside = "Policy is outside your own account.";
    refused(iam.create_policy_version(CreatePolicyVersion::new(admin, allow(GET, "*"))), "InvalidInput", outside);
    refused(iam.delete_policy(admin), "InvalidInput", outside);
    refused(iam.tag_policy(TagPolicy::new(admin, vec![Tag::new("a", "b")])), "InvalidInput", outside);
}

#[test]
fn the_guides_administrator_is_two_shipped_policies_and_one_of_them_is_not_enough() {
    let house = house();
    let iam = house.root.iam();
    let admin = house.user("admin");
    let attach = |name: &str| {
        let arn = format!("arn:aws:iam::aws:policy/{name}");
        iam.attach_user_policy(AttachUserPolicy::new("admin", arn)).unwrap();
    };
    attach("SecretsManagerReadWrite");
    admin.create_secret(CreateSecret::text("prod/db", "value").client_request_token(token(1))).unwrap();
    // What enabling rotation needs: making the function's role. The guide: only for trusted individuals.
    refused_as(admin.iam().create_role(CreateRole::new("function", trust("*"))), "AccessDenied");
    attach("IAMFullAccess");
    admin.iam().create_role(CreateRole::new("function", trust("*"))).unwrap();
}

#[test]
fn a_reader_of_everything_reads_no_value() {
    let house = house();
    house.secret("prod/db", "value");
    let auditor = house.user("auditor");
    let arn = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    house.root.iam().attach_user_policy(AttachUserPolicy::new("auditor", arn)).unwrap();
    auditor.describe_secret(DescribeSecret::new("prod/db")).unwrap();
    auditor.iam().get_user(GetUser::new()).unwrap();
    refused_as(auditor.get_secret_value("prod/db"), "AccessDeniedException");
}

#[test]
fn a_boundary_cuts_what_policies_allow_and_not_what_a_resource_gives_directly() {
    let house = house();
    let iam = house.root.iam();
    house.secret("prod/db", "value");
    let anaya = house.user_with("anaya", allow("secretsmanager:*", "*"));
    anaya.get_secret_value("prod/db").unwrap();
    let bound = iam
        .create_policy(CreatePolicy::new("bound", allow("secretsmanager:DescribeSecret", "*")))
        .unwrap()
        .policy
        .arn
        .to_string();
    iam.put_user_permissions_boundary(PutUserPermissionsBoundary::new("anaya", bound.as_str())).unwrap();
    let error = anaya.get_secret_value("prod/db").unwrap_err().to_string();
    assert!(error.contains("because no permissions boundary allows"), "{error}");
    anaya.describe_secret(DescribeSecret::new("prod/db")).unwrap();
    let shown = iam.get_user(GetUser::new().user_name("anaya")).unwrap().user.permissions_boundary.unwrap();
    assert_eq!(*shown.permissions_boundary_arn, *bound);
    // A change of the boundary's version binds the next call, as one of an attached policy does.
    let wider = allow("secretsmanager:*", "*");
    iam.create_policy_version(CreatePolicyVersion::new(bound.as_str(), wider).set_as_default(true)).unwrap();
    anaya.get_secret_value("prod/db").unwrap();
    iam.set_default_policy_version(SetDefaultPolicyVersion::new(bound.as_str(), "v1")).unwrap();
    refused_as(anaya.get_secret_value("prod/db"), "AccessDeniedException");
    // A grant of the resource to the user itself is added behind the boundary.
    let direct = policy(&[statement("Allow", &crate::common::user_arn("anaya"), GET)]);
    house.set_resource_policy("prod/db", direct);
    anaya.get_secret_value("prod/db").unwrap();

    let filter = ListPolicies::new().policy_usage_filter(PolicyUsageType::PermissionsBoundary);
    let listed = iam.list_policies(filter).unwrap().policies;
    assert_eq!((listed.len(), listed[0].permissions_boundary_usage_count, listed[0].attachment_count), (1, 1, 0));
    refused_as(iam.delete_policy(bound.as_str()), "DeleteConflict");
    iam.delete_user_permissions_boundary("anaya").unwrap();
    iam.delete_user_permissions_boundary("anaya").unwrap();
    refused(
        iam.put_user_permissions_boundary(PutUserPermissionsBoundary::new("anaya", own("none"))),
        "NoSuchEntity",
        &format!("Scope ARN: {} does not exist or is not attachable.", own("none")),
    );
}

#[test]
fn the_boundary_of_a_role_binds_its_sessions() {
    let house = house();
    let iam = house.root.iam();
    house.secret("prod/db", "value");
    let app = house.role_with("app", "one", allow("secretsmanager:*", "*"));
    app.get_secret_value("prod/db").unwrap();
    iam.put_role_permissions_boundary(PutRolePermissionsBoundary::new("app", "arn:aws:iam::aws:policy/IAMFullAccess"))
        .unwrap();
    refused_as(app.get_secret_value("prod/db"), "AccessDeniedException");
    iam.delete_role_permissions_boundary("app").unwrap();
    app.get_secret_value("prod/db").unwrap();
}

#[test]
fn a_session_is_cut_to_its_session_policies_and_never_widened() {
    let house = house();
    house.secret("prod/db", "value");
    drop(house.role_with("app", "one", allow("secretsmanager:*", "*")));
    let session =
        |policies: Vec<String>| house.room.session(Principal::role_with_session_policies("app", "one", policies));
    let reads = session(vec![allow(GET, "*")]).unwrap();
    assert_eq!(reads.get_secret_value("prod/db").unwrap().value(), b"value");
    refused_as(reads.describe_secret(DescribeSecret::new("prod/db")), "AccessDeniedException");
    // Two are one union; what the role has not, none gives.
    let both = session(vec![allow(GET, "*"), allow("secretsmanager:DescribeSecret iam:*", "*")]).unwrap();
    both.describe_secret(DescribeSecret::new("prod/db")).unwrap();
    refused_as(both.iam().create_user("more"), "AccessDenied");
    let stops = policy(&[format!(r#"{{"Effect":"Deny","Action":"{GET}","Resource":"*"}}"#)]);
    let error = session(vec![allow("*", "*"), stops]).unwrap().get_secret_value("prod/db").unwrap_err().to_string();
    assert!(error.contains("with an explicit deny in a session policy"), "{error}");
    session(Vec::new()).unwrap().get_secret_value("prod/db").unwrap();
    refused_as(session(vec!["{".to_owned()]), "InvalidRequestException");
    refused_as(session(vec![allow(GET, &"x".repeat(2_048))]), "InvalidRequestException");
    // A policy of the secret that names the role is cut, one that names the session is not.
    let none = session(vec![allow("secretsmanager:DescribeSecret", "*")]).unwrap();
    let role = format!("arn:aws:iam::{ACCOUNT}:role/app");
    house.set_resource_policy("prod/db", policy(&[statement("Allow", &role, GET)]));
    refused_as(none.get_secret_value("prod/db"), "AccessDeniedException");
    let own = format!("arn:aws:sts::{ACCOUNT}:assumed-role/app/one");
    house.set_resource_policy("prod/db", policy(&[statement("Allow", &own, GET)]));
    none.get_secret_value("prod/db").unwrap();
}

#[test]
fn a_delegated_administrator_makes_bounded_users_only_and_attaches_chosen_policies_only() {
    let house = house();
    let iam = house.root.iam();
    let bound = iam.create_policy(CreatePolicy::new("bound", allow(GET, "*"))).unwrap().policy.arn.to_string();
    let chosen = iam.create_policy(CreatePolicy::new("chosen", allow(GET, "*"))).unwrap().policy.arn.to_string();
    let may = policy(&[
        format!(
            r#"{{"Effect":"Allow","Action":["iam:CreateUser","iam:PutUserPolicy"],"Resource":"*","Condition":{{"StringEquals":{{"iam:PermissionsBoundary":"{bound}"}}}}}}"#
        ),
        format!(
            r#"{{"Effect":"Allow","Action":"iam:AttachUserPolicy","Resource":"*","Condition":{{"ArnEquals":{{"iam:PolicyARN":"{chosen}"}}}}}}"#
        ),
    ]);
    let delegate = house.user_with("delegate", may);
    let iam = delegate.iam();
    refused_as(iam.create_user("free"), "AccessDenied");
    iam.create_user(CreateUser::new("bounded").permissions_boundary(bound.as_str())).unwrap();
    // On the user it made it may write policies; on itself, which nothing bounds, it may not.
    iam.put_user_policy(PutUserPolicy::new("bounded", "all", allow("*", "*"))).unwrap();
    refused_as(iam.put_user_policy(PutUserPolicy::new("delegate", "all", allow("*", "*"))), "AccessDenied");
    iam.attach_user_policy(AttachUserPolicy::new("bounded", chosen.as_str())).unwrap();
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    refused_as(iam.attach_user_policy(AttachUserPolicy::new("bounded", admin)), "AccessDenied");
    refused_as(iam.attach_user_policy(AttachUserPolicy::new("delegate", admin)), "AccessDenied");
}

#[test]
fn tags_are_set_listed_and_removed_and_speak_for_their_principal_at_once() {
    let house = house();
    let iam = house.root.iam();
    house.secret("prod/db", "value");
    let condition = r#""StringEquals":{"aws:PrincipalTag/team":"blue"}"#;
    let anaya = house.user_with("anaya", allow_if(GET, "*", condition));
    refused_as(anaya.get_secret_value("prod/db"), "AccessDeniedException");
    iam.tag_user(TagUser::new("anaya", vec![Tag::new("team", "blue"), Tag::new("cost", "1")])).unwrap();
    anaya.get_secret_value("prod/db").unwrap();
    iam.tag_user(TagUser::new("anaya", vec![Tag::new("TEAM", "red")])).unwrap();
    refused_as(anaya.get_secret_value("prod/db"), "AccessDeniedException");
    let first = iam.list_user_tags(ListUserTags::new("anaya").max_items(1)).unwrap();
    assert!(first.is_truncated && first.tags.len() == 1);
    let rest = iam.list_user_tags(ListUserTags::new("anaya").marker(first.marker.unwrap())).unwrap();
    assert_eq!(first.tags.len() + rest.tags.len(), 2);
    iam.untag_user(UntagUser::new("anaya", vec!["Team".into(), "none".into()])).unwrap();
    let left = iam.list_user_tags("anaya").unwrap().tags;
    assert_eq!((&*left[0].key, left.len()), ("cost", 1));
    let many = (0..50).map(|number| Tag::new(format!("k{number}"), "")).collect::<Vec<_>>();
    refused_as(iam.tag_user(TagUser::new("anaya", many)), "LimitExceeded");
}

#[test]
fn a_role_is_described_anew() {
    let house = house();
    let iam = house.root.iam();
    iam.create_role(CreateRole::new("app", trust("*")).description("old").max_session_duration(7_200)).unwrap();
    iam.update_role(UpdateRole::new("app").max_session_duration(43_200)).unwrap();
    let role = iam.get_role("app").unwrap().role;
    assert_eq!((role.description.as_deref(), role.max_session_duration), (Some("old"), Some(43_200)));
    iam.update_role(UpdateRole::new("app").description("new")).unwrap();
    let role = iam.get_role("app").unwrap().role;
    assert_eq!((role.description.as_deref(), role.max_session_duration), (Some("new"), Some(3_600)));
}

#[test]
fn all_of_it_is_there_after_opening_anew() {
    let (clock, disk) = (clock(), MemoryBackend::new());
    let room = builder(&clock, 7).create_on_backend(disk.clone(), key()).unwrap();
    let root = room.root();
    root.create_secret(CreateSecret::text("prod/db", "value").client_request_token(token(1))).unwrap();
    root.iam().create_user("anaya").unwrap();
    let arn = root.iam().create_policy(CreatePolicy::new("p", allow(GET, "*"))).unwrap().policy.arn;
    root.iam().attach_user_policy(AttachUserPolicy::new("anaya", arn.clone())).unwrap();
    root.iam().put_user_permissions_boundary(PutUserPermissionsBoundary::new("anaya", arn)).unwrap();
    drop((root, room));
    let room = builder(&clock, 8).open_on_backend(disk, key()).unwrap();
    let anaya = room.session("user/anaya").unwrap();
    assert_eq!(anaya.get_secret_value(GetSecretValue::new("prod/db")).unwrap().value(), b"value");
    assert_eq!(room.verify().unwrap().versions, 1);
}
