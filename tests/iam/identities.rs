//! Users, roles and their inline policies: exact errors, existence behind the gate, and that what is written binds the next call.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail loudly")]

use crate::support::{
    ACCOUNT, allowing, denied, house, no_identity, refused, refused_as, role_arn, root_arn, trust, user_arn,
};
use strongroom::operation::iam::{
    CreateRole, CreateUser, DeleteRolePolicy, DeleteUserPolicy, GetRolePolicy, GetUser, GetUserPolicy,
    ListRolePolicies, ListRoles, ListUserPolicies, ListUsers, PutRolePolicy, PutUserPolicy, Tag,
    UpdateAssumeRolePolicy,
};
use strongroom::operation::kms::{CreateKey, ListKeys};
use strongroom::operation::sts::GetCallerIdentity;
use strongroom::{ErrorKind, Principal};

const MARKER: &str = "Invalid Marker.";

// Users.

#[test]
fn a_user_is_made_shown_and_deleted() {
    let house = house();
    let iam = house.root.iam();
    let request = CreateUser::new("Anaya").path("/team/red/").tags(vec![Tag::new("cost", "1"), Tag::new("owner", "")]);
    let made = iam.create_user(request).unwrap().user;
    assert_eq!((&*made.path, &*made.user_name), ("/team/red/", "Anaya"));
    assert_eq!(*made.arn, *user_arn("team/red/Anaya"));
    assert!(made.user_id.starts_with("AIDA") && made.user_id.len() == 21);
    assert_eq!(made.create_date.as_secs(), 1_700_000_000);
    assert_eq!(made.tags.as_ref().unwrap().len(), 2);
    assert_eq!(
        iam.get_user(GetUser::new().user_name("anaya")).unwrap().user,
        made,
        "names compare without regard to case"
    );
    iam.delete_user("Anaya").unwrap();
    refused(
        iam.get_user(GetUser::new().user_name("Anaya")),
        "NoSuchEntity",
        "The user with name Anaya cannot be found.",
    );
    let again = iam.create_user("Anaya").unwrap().user;
    assert_ne!(again.user_id, made.user_id, "ids never come back");
    assert_eq!((&*again.path, again.tags), ("/", None));
}

#[test]
fn names_are_unique_without_regard_to_case_or_path() {
    let house = house();
    let iam = house.root.iam();
    iam.create_user(CreateUser::new("anaya").path("/a/")).unwrap();
    refused(iam.create_user("ANAYA"), "EntityAlreadyExists", "User with name ANAYA already exists.");
    refused(
        iam.create_user(CreateUser::new("anaya").path("/b/")),
        "EntityAlreadyExists",
        "User with name anaya already exists.",
    );
    iam.create_role(CreateRole::new("anaya", trust("*"))).unwrap();
    refused(
        iam.create_role(CreateRole::new("Anaya", trust("*"))),
        "EntityAlreadyExists",
        "Role with name Anaya already exists.",
    );
}

#[test]
fn members_that_break_the_model_or_are_not_served_are_refused() {
    let house = house();
    let iam = house.root.iam();
    for name in ["", "a b", "a/b", "a:b", "a*", &"n".repeat(65)] {
        refused_as(iam.create_user(name), "ValidationError");
    }
    for path in ["", "a", "/a", "a/", "/a b/"] {
        refused_as(iam.create_user(CreateUser::new("anaya").path(path)), "ValidationError");
    }
    refused(
        iam.create_user(CreateUser::new("anaya").permissions_boundary("arn:aws:iam::aws:policy/X")),
        "NoSuchEntity",
        "Scope ARN: arn:aws:iam::aws:policy/X does not exist or is not attachable.",
    );
    let role = CreateRole::new("r", trust("*")).permissions_boundary("arn:aws:iam::aws:policy/X");
    refused_as(iam.create_role(role), "NoSuchEntity");
    refused_as(iam.create_role(CreateRole::new("r", trust("*")).max_session_duration(3599)), "ValidationError");
    refused_as(iam.create_role(CreateRole::new("r", trust("*")).max_session_duration(43_201)), "ValidationError");
    let tagged = |tags: Vec<Tag>| iam.create_user(CreateUser::new("anaya").tags(tags));
    refused_as(tagged(vec![Tag::new("k", "1"), Tag::new("K", "2")]), "InvalidInput");
    refused_as(tagged(vec![Tag::new("aws:k", "1")]), "InvalidInput");
    refused_as(tagged((0..51).map(|number| Tag::new(format!("k{number}"), "")).collect()), "ValidationError");
    assert_eq!(iam.list_users(ListUsers::new()).unwrap().users, [], "nothing was made");
    assert_eq!(iam.list_roles(ListRoles::new()).unwrap().roles, []);
}

#[test]
fn existence_lies_behind_the_gate() {
    let house = house();
    let anaya = house.user("anaya");
    house.user("bob");
    let who = user_arn("anaya");
    for name in ["bob", "nobody"] {
        let deny = |result: Result<(), strongroom::Error>, action: &str| {
            denied(result, &who, action, Some(name), &no_identity(action));
        };
        deny(anaya.iam().get_user(GetUser::new().user_name(name)).map(drop), "iam:GetUser");
        deny(anaya.iam().create_user(name).map(drop), "iam:CreateUser");
        deny(anaya.iam().delete_user(name).map(drop), "iam:DeleteUser");
        deny(anaya.iam().put_user_policy(PutUserPolicy::new(name, "p", "no policy")).map(drop), "iam:PutUserPolicy");
        deny(anaya.iam().get_user_policy(GetUserPolicy::new(name, "p")).map(drop), "iam:GetUserPolicy");
        deny(anaya.iam().delete_user_policy(DeleteUserPolicy::new(name, "p")).map(drop), "iam:DeleteUserPolicy");
        deny(anaya.iam().list_user_policies(name).map(drop), "iam:ListUserPolicies");
        deny(anaya.iam().get_role(name).map(drop), "iam:GetRole");
        deny(anaya.iam().create_role(CreateRole::new(name, "no policy")).map(drop), "iam:CreateRole");
        deny(anaya.iam().delete_role(name).map(drop), "iam:DeleteRole");
        deny(
            anaya.iam().update_assume_role_policy(UpdateAssumeRolePolicy::new(name, "no policy")).map(drop),
            "iam:UpdateAssumeRolePolicy",
        );
    }
    denied(anaya.iam().list_users(ListUsers::new()), &who, "iam:ListUsers", None, &no_identity("iam:ListUsers"));
    denied(anaya.iam().list_roles(ListRoles::new()), &who, "iam:ListRoles", None, &no_identity("iam:ListRoles"));
}

#[test]
fn rights_go_by_the_arn_with_its_path() {
    let house = house();
    let anaya = house.user_who_may("anaya", "iam:*", &user_arn("red/*"));
    anaya.iam().create_user(CreateUser::new("carl").path("/red/")).unwrap();
    refused_as(anaya.iam().create_user("dora"), "AccessDenied");
    refused_as(anaya.iam().create_user(CreateUser::new("dora").path("/blue/")), "AccessDenied");
    anaya.iam().put_user_policy(PutUserPolicy::new("carl", "p", allowing("kms:*", "*"))).unwrap();
    refused_as(anaya.iam().put_user_policy(PutUserPolicy::new("anaya", "p", allowing("*", "*"))), "AccessDenied");
    // Whose name is taken under a path that the caller may not see is told what anybody is told who may make such a user.
    house.root.iam().create_user(CreateUser::new("erik").path("/blue/")).unwrap();
    refused(
        anaya.iam().create_user(CreateUser::new("erik").path("/red/")),
        "EntityAlreadyExists",
        "User with name erik already exists.",
    );
    refused_as(anaya.iam().get_user(GetUser::new().user_name("erik")), "AccessDenied");
}

#[test]
fn tagging_a_new_principal_is_a_question_of_its_own() {
    let house = house();
    let anaya = house.user_who_may("anaya", "iam:CreateUser iam:CreateRole", "*");
    let who = user_arn("anaya");
    let tags = || vec![Tag::new("team", "red")];
    denied(
        anaya.iam().create_user(CreateUser::new("bob").tags(tags())),
        &who,
        "iam:TagUser",
        Some("bob"),
        &no_identity("iam:TagUser"),
    );
    denied(
        anaya.iam().create_role(CreateRole::new("r", trust("*")).tags(tags())),
        &who,
        "iam:TagRole",
        Some("r"),
        &no_identity("iam:TagRole"),
    );
    anaya.iam().create_user("bob").unwrap();
}

#[test]
fn without_a_name_the_caller_is_meant() {
    let house = house();
    let anaya = house.user_who_may("anaya", "iam:GetUser", &user_arn("anaya"));
    assert_eq!(anaya.iam().get_user(GetUser::new()).unwrap().user.user_name, "anaya");
    let bob = house.user("bob");
    refused_as(bob.iam().get_user(GetUser::new()), "AccessDenied");
    let root = house.root.iam().get_user(GetUser::new()).unwrap().user;
    assert_eq!((&*root.arn, &*root.user_id), (&*root_arn(), ACCOUNT));
    let worker = house.role("worker", "one");
    house.allow_role("worker", "iam:*", "*");
    refused(
        worker.iam().get_user(GetUser::new()),
        "ValidationError",
        "Must specify userName when calling with non-User credentials",
    );
    let mateo = house.stranger("arn:aws:iam::111122223333:user/mateo");
    refused_as(mateo.iam().get_user(GetUser::new()), "ValidationError");
    refused_as(mateo.iam().get_user(GetUser::new().user_name("anaya")), "AccessDenied");
}

#[test]
fn a_user_with_policies_is_not_deleted() {
    let house = house();
    let anaya = house.user_who_may("anaya", "kms:ListKeys", "*");
    let iam = house.root.iam();
    refused(iam.delete_user("anaya"), "DeleteConflict", "Cannot delete entity, must delete policies first.");
    iam.delete_user_policy(DeleteUserPolicy::new("anaya", "only")).unwrap();
    iam.delete_user("anaya").unwrap();
    refused(iam.delete_user("anaya"), "NoSuchEntity", "The user with name anaya cannot be found.");
    assert_eq!(anaya.kms().list_keys(ListKeys::new()).unwrap_err().kind(), ErrorKind::Expired);
    house.role("worker", "one");
    house.allow_role("worker", "kms:ListKeys", "*");
    refused(iam.delete_role("worker"), "DeleteConflict", "Cannot delete entity, must delete policies first.");
    iam.delete_role_policy(DeleteRolePolicy::new("worker", "only")).unwrap();
    iam.delete_role("worker").unwrap();
    refused(iam.delete_role("worker"), "NoSuchEntity", "The role with name worker cannot be found.");
}

#[test]
fn users_are_listed_by_name_below_a_path_in_pages() {
    let house = house();
    let iam = house.root.iam();
    for (name, path) in [("carl", "/red/"), ("anaya", "/red/a/"), ("dora", "/blue/"), ("bob", "/red/")] {
        iam.create_user(CreateUser::new(name).path(path).tags(vec![Tag::new("k", "v")])).unwrap();
    }
    iam.create_role(CreateRole::new("bert", trust("*")).path("/red/")).unwrap();
    let names = |answer: strongroom::operation::iam::ListUsersResponse| {
        answer.users.into_iter().map(|user| user.user_name.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(names(iam.list_users(ListUsers::new()).unwrap()), ["anaya", "bob", "carl", "dora"]);
    assert!(
        iam.list_users(ListUsers::new()).unwrap().users.iter().all(|user| user.tags.is_none()),
        "lists show no tags"
    );
    let red = || ListUsers::new().path_prefix("/red");
    let first = iam.list_users(red().max_items(2)).unwrap();
    assert!(first.is_truncated);
    let marker = first.marker.clone().unwrap();
    assert!(marker.len() <= 320, "AWS's own bound on markers");
    assert_eq!(names(first), ["anaya", "bob"]);
    iam.delete_user("bob").unwrap();
    let second = iam.list_users(red().max_items(2).marker(&marker)).unwrap();
    assert!(!second.is_truncated && second.marker.is_none());
    assert_eq!(names(second), ["carl"]);
    refused(iam.list_users(ListUsers::new().marker(&marker)), "ValidationError", MARKER);
    refused(iam.list_roles(ListRoles::new().path_prefix("/red").marker(&marker)), "ValidationError", MARKER);
    refused(iam.list_users(ListUsers::new().marker("forged")), "ValidationError", MARKER);
    refused_as(iam.list_users(ListUsers::new().max_items(0)), "ValidationError");
    refused_as(iam.list_users(ListUsers::new().max_items(1001)), "ValidationError");
    assert_eq!(iam.list_roles(ListRoles::new().path_prefix("/red/")).unwrap().roles[0].role_name, "bert");
    assert_eq!(iam.list_roles(ListRoles::new().path_prefix("/blue/")).unwrap().roles, []);
}

// Roles.

#[test]
fn a_role_is_made_shown_and_changed() {
    let house = house();
    let iam = house.root.iam();
    let document = format!(" {} ", trust(&root_arn()));
    let request =
        CreateRole::new("worker", document.as_str()).path("/app/").description("works").max_session_duration(7200);
    let made = iam.create_role(request).unwrap().role;
    assert_eq!(*made.arn, *role_arn("app/worker"));
    assert!(made.role_id.starts_with("AROA") && made.role_id.len() == 21);
    assert_eq!(made.assume_role_policy_document.as_deref(), Some(document.as_str()), "as it was put, plain");
    assert_eq!((made.description.as_deref(), made.max_session_duration), (Some("works"), Some(7200)));
    assert_eq!(iam.get_role("WORKER").unwrap().role, made);
    iam.update_assume_role_policy(UpdateAssumeRolePolicy::new("worker", trust("*"))).unwrap();
    assert_eq!(iam.get_role("worker").unwrap().role.assume_role_policy_document.as_deref(), Some(&*trust("*")));
    refused(
        iam.update_assume_role_policy(UpdateAssumeRolePolicy::new("nobody", trust("*"))),
        "NoSuchEntity",
        "The role with name nobody cannot be found.",
    );
    let plain = iam.create_role(CreateRole::new("plain", trust("*"))).unwrap().role;
    assert_eq!((plain.description, plain.max_session_duration), (None, Some(3600)));
}

#[test]
fn trust_policies_that_are_none_are_refused() {
    let house = house();
    let iam = house.root.iam();
    house.role("worker", "one");
    let put = |document: &str| iam.update_assume_role_policy(UpdateAssumeRolePolicy::new("worker", document));
    let make = |document: &str| iam.create_role(CreateRole::new("other", document));
    for document in [
        "{",
        r#"{"Version":"2012-10-17","Statement":[]}"#,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole"}]}"#,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}]}"#,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:group/g"},"Action":"sts:AssumeRole"}]}"#,
    ] {
        for result in [put(document).map(drop), make(document).map(drop)] {
            let error = result.unwrap_err();
            assert_eq!(
                (error.code(), error.kind()),
                ("MalformedPolicyDocument", ErrorKind::MalformedPolicy),
                "{document}"
            );
        }
    }
    let arn = role_arn("nobody");
    let text = format!("Invalid principal in policy: \"AWS\":\"{arn}\"");
    refused(put(&trust(&arn)), "MalformedPolicyDocument", &text);
    refused(make(&trust(&arn)), "MalformedPolicyDocument", &text);
    make(&trust(&role_arn("worker"))).unwrap();
    let long = trust(&format!("{}\",\"AWS2\":\"{}", root_arn(), "x".repeat(2_048)));
    refused(put(&long), "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048");
    put(&format!("{}{}", trust("*"), " ".repeat(4_096))).unwrap();
}

#[test]
fn sessions_of_a_role_act_as_it_and_end_with_it() {
    let house = house();
    let worker = house.role("worker", "one");
    let identity = worker.sts().get_caller_identity(GetCallerIdentity::new()).unwrap();
    assert_eq!(*identity.arn, *format!("arn:aws:sts::{ACCOUNT}:assumed-role/worker/one"));
    assert!(identity.user_id.starts_with("AROA") && identity.user_id.ends_with(":one"));
    refused_as(worker.kms().create_key(CreateKey::new()), "AccessDeniedException");
    house.allow_role("worker", "kms:CreateKey", "*");
    worker.kms().create_key(CreateKey::new()).unwrap();
    house.root.iam().delete_role_policy(DeleteRolePolicy::new("worker", "only")).unwrap();
    refused_as(worker.kms().create_key(CreateKey::new()), "AccessDeniedException");
    house.root.iam().delete_role("worker").unwrap();
    assert_eq!(worker.kms().create_key(CreateKey::new()).unwrap_err().kind(), ErrorKind::Expired);
    house.role("worker", "two");
    assert_eq!(
        worker.kms().create_key(CreateKey::new()).unwrap_err().kind(),
        ErrorKind::Expired,
        "another role of that name"
    );
}

// Inline policies.

#[test]
fn an_inline_policy_is_kept_byte_for_byte_and_binds_the_next_call() {
    let house = house();
    let anaya = house.user("anaya");
    let iam = house.root.iam();
    refused_as(anaya.kms().list_keys(ListKeys::new()), "AccessDeniedException");
    let document = format!("\n{}\t", allowing("kms:ListKeys", "*"));
    iam.put_user_policy(PutUserPolicy::new("ANAYA", "keys", document.as_str())).unwrap();
    anaya.kms().list_keys(ListKeys::new()).unwrap();
    let answer = iam.get_user_policy(GetUserPolicy::new("Anaya", "keys")).unwrap();
    assert_eq!(
        (&*answer.user_name, &*answer.policy_name, &*answer.policy_document),
        ("anaya", "keys", document.as_str())
    );
    iam.put_user_policy(PutUserPolicy::new("anaya", "keys", allowing("kms:ListAliases", "*"))).unwrap();
    refused_as(anaya.kms().list_keys(ListKeys::new()), "AccessDeniedException");
    iam.delete_user_policy(DeleteUserPolicy::new("anaya", "keys")).unwrap();
    let text = "The user policy with name keys cannot be found.";
    refused(iam.get_user_policy(GetUserPolicy::new("anaya", "keys")), "NoSuchEntity", text);
    refused(iam.delete_user_policy(DeleteUserPolicy::new("anaya", "keys")), "NoSuchEntity", text);
    house.role("worker", "one");
    let text = "The role policy with name keys cannot be found.";
    refused(iam.get_role_policy(GetRolePolicy::new("worker", "keys")), "NoSuchEntity", text);
    refused(iam.delete_role_policy(DeleteRolePolicy::new("worker", "keys")), "NoSuchEntity", text);
    iam.put_role_policy(PutRolePolicy::new("worker", "keys", document.as_str())).unwrap();
    assert_eq!(iam.get_role_policy(GetRolePolicy::new("worker", "keys")).unwrap().policy_document, document.as_str());
    let unknown = "The user with name nobody cannot be found.";
    refused(iam.put_user_policy(PutUserPolicy::new("nobody", "p", "{")), "NoSuchEntity", unknown);
    refused(iam.list_user_policies("nobody"), "NoSuchEntity", unknown);
}

#[test]
fn documents_that_are_no_policies_are_refused_with_line_column_and_advice() {
    let house = house();
    house.user("anaya");
    let iam = house.root.iam();
    let put = |document: &str| iam.put_user_policy(PutUserPolicy::new("anaya", "p", document));
    for document in [
        "no policy",
        "{}",
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}]}"#,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*"}]}"#,
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"StringEqualz":{"a":"b"}}}]}"#,
        r#"{"Version":"2012-10-17","Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}"#,
    ] {
        let error = put(document).unwrap_err();
        assert_eq!((error.code(), error.kind()), ("MalformedPolicyDocument", ErrorKind::MalformedPolicy), "{document}");
    }
    let text = put(
        "{\"Version\":\"2012-10-17\",\n\"Statement\":[{\"Effect\":\"Allow\",\"Acton\":\"kms:*\",\"Resource\":\"*\"}]}",
    )
    .unwrap_err()
    .message()
    .to_string();
    assert!(
        text.starts_with("Syntax errors in policy.") && text.contains("line 2, column") && text.contains("`Action`"),
        "{text}"
    );
    refused_as(put("\u{1}"), "ValidationError");
    refused_as(iam.put_user_policy(PutUserPolicy::new("anaya", "a b", allowing("kms:*", "*"))), "ValidationError");
    assert_eq!(iam.list_user_policies("anaya").unwrap().policy_names.len(), 0);
}

#[test]
fn inline_policies_of_one_principal_have_a_common_quota() {
    let house = house();
    house.user("anaya");
    house.role("worker", "one");
    let iam = house.root.iam();
    let sized = |len: usize| {
        let frame = allowing("kms:ListKeys", "arn:aws:kms:us-east-1:000000000000:key/");
        let frame_len = frame.chars().filter(|letter| !letter.is_whitespace()).count();
        allowing("kms:ListKeys", &format!("arn:aws:kms:us-east-1:000000000000:key/{}", "x".repeat(len - frame_len)))
    };
    iam.put_user_policy(PutUserPolicy::new("anaya", "a", sized(1_024))).unwrap();
    let text = "Maximum policy size of 2048 bytes exceeded for user anaya";
    refused(iam.put_user_policy(PutUserPolicy::new("anaya", "b", sized(1_025))), "LimitExceeded", text);
    iam.put_user_policy(PutUserPolicy::new("anaya", "b", format!("{}{}", sized(1_024), " ".repeat(500)))).unwrap();
    iam.put_user_policy(PutUserPolicy::new("anaya", "a", sized(1_024))).unwrap();
    refused(iam.put_user_policy(PutUserPolicy::new("anaya", "a", sized(1_025))), "LimitExceeded", text);
    refused(
        iam.put_role_policy(PutRolePolicy::new("worker", "a", sized(10_241))),
        "LimitExceeded",
        "Maximum policy size of 10240 bytes exceeded for role worker",
    );
    iam.put_role_policy(PutRolePolicy::new("worker", "a", sized(10_240))).unwrap();
}

#[test]
fn white_space_is_free_only_up_to_what_a_row_can_hold() {
    let house = house();
    house.role("worker", "one");
    let iam = house.root.iam();
    let document = format!("{}{}", allowing("kms:ListKeys", "*"), " ".repeat(32_500));
    let put =
        |number: usize| iam.put_role_policy(PutRolePolicy::new("worker", format!("p{number}"), document.as_str()));
    for number in 0..24 {
        put(number).unwrap();
    }
    refused_as(put(24), "LimitExceeded");
    put(5).unwrap();
    iam.delete_role_policy(DeleteRolePolicy::new("worker", "p0")).unwrap();
    put(24).unwrap();
}

#[test]
fn names_of_inline_policies_are_listed_in_pages() {
    let house = house();
    house.user("anaya");
    house.role("worker", "one");
    let iam = house.root.iam();
    let document = allowing("kms:*", "*");
    let long = "n".repeat(128);
    for name in ["b", "a", &long, "z"] {
        iam.put_user_policy(PutUserPolicy::new("anaya", name, document.as_str())).unwrap();
        iam.put_role_policy(PutRolePolicy::new("worker", name, document.as_str())).unwrap();
    }
    let mut seen = Vec::new();
    let mut request = ListUserPolicies::new("anaya").max_items(1);
    loop {
        let page = iam.list_user_policies(request.clone()).unwrap();
        seen.extend(page.policy_names.iter().map(ToString::to_string));
        assert_eq!(page.is_truncated, page.marker.is_some());
        let Some(marker) = page.marker else { break };
        refused(iam.list_role_policies(ListRolePolicies::new("worker").marker(&marker)), "ValidationError", MARKER);
        request.marker = Some(marker);
    }
    assert_eq!(seen, ["a", "b", &long, "z"]);
    assert_eq!(iam.list_role_policies("worker").unwrap().policy_names.len(), 4);
    let by_name = ListUserPolicies::new("anaya").max_items(1000);
    assert!(!iam.list_user_policies(by_name).unwrap().is_truncated);
}

// Who calls.

#[test]
fn everybody_may_ask_who_he_is() {
    let house = house();
    let anaya = house.user("anaya");
    let answer = anaya.sts().get_caller_identity(GetCallerIdentity::new()).unwrap();
    assert_eq!((&*answer.arn, &*answer.account), (&*user_arn("anaya"), ACCOUNT));
    let root = house.root.sts().get_caller_identity(GetCallerIdentity::new()).unwrap();
    assert_eq!((&*root.arn, &*root.user_id), (&*root_arn(), ACCOUNT));
}

#[test]
fn sessions_are_for_principals_that_are_there() {
    let house = house();
    for (principal, kind) in [
        (Principal::user("nobody"), ErrorKind::NotFound),
        (Principal::role("nobody", "one"), ErrorKind::NotFound),
        (Principal::from("nobody"), ErrorKind::InvalidRequest),
        (Principal::from("arn:aws:iam::111122223333:user/x"), ErrorKind::InvalidRequest),
    ] {
        assert_eq!(house.room.session(principal).unwrap_err().kind(), kind);
    }
    house.role("worker", "one");
    assert_eq!(house.room.session(Principal::role("worker", "x")).unwrap_err().kind(), ErrorKind::InvalidRequest);
    house.room.session("role/worker/two").unwrap();
}
