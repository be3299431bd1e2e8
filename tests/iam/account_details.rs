//! The account as a whole: everything that was put is told, once, and counted; and no more can be put than an account may have.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail loudly")]

use crate::common::{House, allow, builder, clock, house, key, refused, refused_as, trust};
use strongroom::Unlock;
use strongroom::operation::iam::{
    AddUserToGroup, AttachGroupPolicy, AttachUserPolicy, CreateGroup, CreatePolicy, CreatePolicyVersion, CreateRole,
    CreateUser, EntityType, GetAccountAuthorizationDetails, GetAccountAuthorizationDetailsResponse, GetAccountSummary,
    PutGroupPolicy, PutRolePolicy, PutUserPermissionsBoundary, Tag, UpdateGroup,
};
use strongroom::testing::MemoryBackend;

const GET: &str = "secretsmanager:GetSecretValue";

fn furnished() -> (House, String) {
    let house = house();
    let iam = house.root.iam();
    house.user("bob");
    iam.create_user(CreateUser::new("anaya").path("/team/").tags(vec![Tag::new("team", "blue")])).unwrap();
    house.set_policy("anaya", allow(GET, "*"));
    iam.create_group(CreateGroup::new("readers")).unwrap();
    iam.put_group_policy(PutGroupPolicy::new("readers", "inline", allow(GET, "*"))).unwrap();
    iam.add_user_to_group(AddUserToGroup::new("readers", "anaya")).unwrap();
    iam.create_role(CreateRole::new("app", trust("*")).tags(vec![Tag::new("kind", "machine")])).unwrap();
    iam.put_role_policy(PutRolePolicy::new("app", "inline", allow(GET, "*"))).unwrap();
    let request = CreatePolicy::new("p", allow(GET, "*")).description("reads");
    let arn = iam.create_policy(request).unwrap().policy.arn.to_string();
    let second = CreatePolicyVersion::new(arn.as_str(), allow("kms:Decrypt", "*"));
    iam.create_policy_version(second).unwrap();
    iam.attach_user_policy(AttachUserPolicy::new("anaya", arn.as_str())).unwrap();
    iam.attach_group_policy(AttachGroupPolicy::new("readers", arn.as_str())).unwrap();
    iam.put_user_permissions_boundary(PutUserPermissionsBoundary::new("anaya", arn.as_str())).unwrap();
    (house, arn)
}

#[test]
fn everything_that_was_put_is_told() {
    let (house, arn) = furnished();
    let details = house.root.iam().get_account_authorization_details(GetAccountAuthorizationDetails::new()).unwrap();
    assert!(!details.is_truncated && details.marker.is_none());
    let [anaya, bob] = details.user_detail_list.as_slice() else { unreachable!("{details:?}") };
    assert_eq!((&*anaya.user_name, &*anaya.path), ("anaya", "/team/"));
    assert_eq!(anaya.group_list, ["readers"]);
    assert_eq!(
        (&*anaya.user_policy_list[0].policy_name, &*anaya.user_policy_list[0].policy_document),
        ("only", &*allow(GET, "*"))
    );
    let attached = &anaya.attached_managed_policies[0];
    assert_eq!((&*attached.policy_name, &*attached.policy_arn), ("p", &*arn));
    assert_eq!(anaya.tags, [Tag::new("team", "blue")]);
    assert_eq!(*anaya.permissions_boundary.as_ref().unwrap().permissions_boundary_arn, *arn);
    assert_eq!((&*bob.user_name, bob.user_policy_list.len(), bob.tags.len()), ("bob", 0, 0));
    let [readers] = details.group_detail_list.as_slice() else { unreachable!("{details:?}") };
    assert_eq!((&*readers.group_name, readers.group_policy_list.len()), ("readers", 1));
    assert_eq!(*readers.attached_managed_policies[0].policy_arn, *arn);
    let [app] = details.role_detail_list.as_slice() else { unreachable!("{details:?}") };
    assert_eq!((&*app.role_name, app.assume_role_policy_document.as_deref()), ("app", Some(trust("*").as_str())));
    assert_eq!((app.role_policy_list.len(), app.tags.len()), (1, 1));
    let own = details.policies.iter().find(|policy| *policy.arn == *arn).unwrap();
    assert_eq!((own.attachment_count, own.permissions_boundary_usage_count), (2, 1));
    assert_eq!(own.description.as_deref(), Some("reads"));
    let versions: Vec<_> = own
        .policy_version_list
        .iter()
        .map(|one| (&*one.version_id, one.is_default_version, one.document.as_deref().unwrap()))
        .collect();
    assert_eq!(versions, [("v2", false, &*allow("kms:Decrypt", "*")), ("v1", true, &*allow(GET, "*"))]);
    assert!(details.policies.iter().any(|policy| *policy.policy_name == *"AdministratorAccess"));
}

#[test]
fn a_filter_chooses_kinds_and_pages_show_everything_once() {
    let (house, _) = furnished();
    let ask = |request| house.root.iam().get_account_authorization_details(request).unwrap();
    let sizes = |page: &GetAccountAuthorizationDetailsResponse| {
        [page.user_detail_list.len(), page.group_detail_list.len(), page.role_detail_list.len(), page.policies.len()]
    };
    let all = sizes(&ask(GetAccountAuthorizationDetails::new()));
    for (kind, expected) in [
        (EntityType::User, [2, 0, 0, 0]),
        (EntityType::Group, [0, 1, 0, 0]),
        (EntityType::Role, [0, 0, 1, 0]),
        (EntityType::LocalManagedPolicy, [0, 0, 0, 1]),
        (EntityType::AwsManagedPolicy, [0, 0, 0, all[3] - 1]),
    ] {
        assert_eq!(sizes(&ask(GetAccountAuthorizationDetails::new().filter(vec![kind]))), expected);
    }
    let (mut seen, mut marker) = ([0; 4], None);
    loop {
        let mut request = GetAccountAuthorizationDetails::new().max_items(1);
        request.marker = marker;
        let page = ask(request);
        assert_eq!(sizes(&page).iter().sum::<usize>(), 1);
        for (sum, one) in seen.iter_mut().zip(sizes(&page)) {
            *sum += one;
        }
        marker = page.marker;
        if marker.is_none() {
            break;
        }
    }
    assert_eq!(seen, all);
    let marker = ask(GetAccountAuthorizationDetails::new().max_items(1)).marker.unwrap();
    let other = GetAccountAuthorizationDetails::new().filter(vec![EntityType::User]).marker(marker);
    refused(house.root.iam().get_account_authorization_details(other), "ValidationError", "Invalid Marker.");
}

#[test]
fn both_are_actions_of_their_own() {
    let house = house();
    let reader = house.user_with("reader", allow("iam:GetAccountSummary", "*"));
    reader.iam().get_account_summary(GetAccountSummary::new()).unwrap();
    refused_as(reader.iam().get_account_authorization_details(GetAccountAuthorizationDetails::new()), "AccessDenied");
    house.set_policy("reader", allow("iam:GetAccountAuthorizationDetails", "*"));
    reader.iam().get_account_authorization_details(GetAccountAuthorizationDetails::new()).unwrap();
    refused_as(reader.iam().get_account_summary(GetAccountSummary::new()), "AccessDenied");
}

#[test]
fn the_summary_counts_what_is_there() {
    let (house, _) = furnished();
    let map = house.root.iam().get_account_summary(GetAccountSummary::new()).unwrap().summary_map;
    for (name, number) in [
        ("Users", 2),
        ("UsersQuota", 5_000),
        ("Groups", 1),
        ("GroupsQuota", 300),
        ("Roles", 1),
        ("RolesQuota", 1_000),
        ("Policies", 1),
        ("PoliciesQuota", 1_500),
        ("PolicyVersionsInUse", 2),
        ("VersionsPerPolicyQuota", 5),
        ("PolicySizeQuota", 6_144),
        ("UserPolicySizeQuota", 2_048),
        ("GroupPolicySizeQuota", 5_120),
        ("RolePolicySizeQuota", 10_240),
        ("AssumeRolePolicySizeQuota", 2_048),
        ("GroupsPerUserQuota", 10),
        ("AttachedPoliciesPerUserQuota", 10),
        ("AttachedPoliciesPerGroupQuota", 10),
        ("AttachedPoliciesPerRoleQuota", 10),
    ] {
        assert_eq!(map.get(name), Some(&number), "{name}");
    }
}

#[test]
fn an_account_has_three_hundred_groups_and_no_more() {
    let clock = clock();
    let disk = MemoryBackend::new();
    let room = builder(&clock, 7).create_on_backend(disk.clone(), key()).unwrap();
    let root = room.root();
    let create = |root: &strongroom::Session, number: u32| {
        root.iam().create_group(CreateGroup::new(format!("g{number}"))).map(|_| ())
    };
    for number in 0..299 {
        create(&root, number).unwrap();
    }
    // Neither a refusal nor a new name counts.
    refused_as(create(&root, 7), "EntityAlreadyExists");
    root.iam().update_group(UpdateGroup::new("g7").new_group_name("h7")).unwrap();
    create(&root, 299).unwrap();
    let full = "Cannot exceed quota for GroupsPerAccount: 300";
    refused(create(&root, 300), "LimitExceeded", full);
    // Other kinds have room of their own.
    root.iam().create_user(CreateUser::new("anaya")).unwrap();
    drop((root, room));
    let room = builder(&clock, 8).open_on_backend(disk, key()).unwrap();
    refused(create(&room.root(), 300), "LimitExceeded", full);
    room.root().iam().delete_group("h7").unwrap();
    create(&room.root(), 300).unwrap();
    refused(create(&room.root(), 301), "LimitExceeded", full);
}

/// The golden file is older than the numbers: those whom it holds are counted when the next one comes.
#[test]
fn a_store_of_before_is_counted_once() {
    let disk = MemoryBackend::from_image(include_bytes!("../golden/store-v1.strongroom").to_vec());
    let room = builder(&clock(), 9).open_on_backend(disk, Unlock::root_key([1; 32].as_slice())).unwrap();
    let root = room.root();
    let there = root.iam().get_account_summary(GetAccountSummary::new()).unwrap().summary_map["Users"];
    assert!(there >= 1);
    let mut made = 0;
    let last = loop {
        match root.iam().create_user(CreateUser::new(format!("u{made}"))) {
            Ok(_) => made += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(last.message().to_string(), "Cannot exceed quota for UsersPerAccount: 5000");
    assert_eq!(there + made, 5_000);
}
