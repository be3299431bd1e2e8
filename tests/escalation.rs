//! Goal: nobody gives himself more than he has (S30). Method: a user with a right next to each known way up tries it; the call is
//! refused, the store is as before, and the refusal is told to the audit sink.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail loudly")]

mod common;

use common::{ACCOUNT, Sink, allow, house_with, policy, refused_as, root_arn, statement, trust, user_arn};
use strongroom::operation::iam::{
    AddUserToGroup, AttachGroupPolicy, AttachRolePolicy, AttachUserPolicy, CreatePolicy, CreatePolicyVersion,
    CreateRole, PutGroupPolicy, PutRolePolicy, PutUserPermissionsBoundary, PutUserPolicy, SetDefaultPolicyVersion, Tag,
    TagUser, UpdateAssumeRolePolicy,
};
use strongroom::operation::kms::{CreateGrant, CreateKey, PutKeyPolicy};
use strongroom::operation::secretsmanager::{PutResourcePolicy, UpdateSecret};
use strongroom::{Error, Strongroom};

const GET: &str = "secretsmanager:GetSecretValue";
const ADMIN: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// Tries one way up: refused, nothing written, and told.
#[track_caller]
fn tries<T: std::fmt::Debug>(sink: &Sink, room: &Strongroom, what: &str, attempt: impl FnOnce() -> Result<T, Error>) {
    let committed = || {
        let status = room.status().unwrap();
        (status.sequence, status.fingerprint, status.rows)
    };
    let before = committed();
    sink.take();
    let error = attempt().unwrap_err();
    assert!(error.is_access_denied(), "{what}: {error}");
    assert_eq!(committed(), before, "{what}: nothing was committed");
    let events = sink.take();
    assert_eq!(events.len(), 1, "{what}");
    assert!(events[0].decisions.iter().any(|decision| !decision.allowed), "{what}: {events:?}");
}

#[test]
fn every_known_way_up_is_refused_changes_nothing_and_is_audited() {
    let sink = Sink::default();
    let house = house_with(sink.clone());
    let (root, room) = (&house.root, &house.room);
    house.secret("prod/db", "value");
    let key = root.kms().create_key(CreateKey::new()).unwrap().key_metadata.key_id.to_string();
    root.iam().create_group("admins").unwrap();
    root.iam().create_role(CreateRole::new("admin", trust(&root_arn()))).unwrap();
    root.iam().attach_role_policy(AttachRolePolicy::new("admin", ADMIN)).unwrap();
    let own =
        root.iam().create_policy(CreatePolicy::new("own", allow("iam:Get*", "*"))).unwrap().policy.arn.to_string();
    root.iam().create_policy_version(CreatePolicyVersion::new(own.as_str(), allow("*", "*"))).unwrap();
    // He may look at everything and write nothing but a tag of somebody else.
    let looks = allow("iam:Get* iam:List* kms:Describe* kms:List* secretsmanager:Describe* secretsmanager:List*", "*");
    let noor = house.user_with("noor", looks);
    root.iam().create_user("other").unwrap();
    root.iam().attach_user_policy(AttachUserPolicy::new("noor", own.as_str())).unwrap();
    let all = allow("*", "*");
    noor.iam().get_group("admins").unwrap();

    let n = &noor;
    let me = user_arn("noor");
    tries(&sink, room, "PutUserPolicy", || n.iam().put_user_policy(PutUserPolicy::new("noor", "all", all.as_str())));
    tries(&sink, room, "AttachUserPolicy", || n.iam().attach_user_policy(AttachUserPolicy::new("noor", ADMIN)));
    tries(&sink, room, "AddUserToGroup", || n.iam().add_user_to_group(AddUserToGroup::new("admins", "noor")));
    tries(&sink, room, "PutGroupPolicy", || {
        n.iam().put_group_policy(PutGroupPolicy::new("admins", "all", all.as_str()))
    });
    tries(&sink, room, "AttachGroupPolicy", || n.iam().attach_group_policy(AttachGroupPolicy::new("admins", ADMIN)));
    tries(&sink, room, "PutRolePolicy", || n.iam().put_role_policy(PutRolePolicy::new("admin", "all", all.as_str())));
    tries(&sink, room, "AttachRolePolicy", || n.iam().attach_role_policy(AttachRolePolicy::new("admin", ADMIN)));
    tries(&sink, room, "CreatePolicyVersion", || {
        n.iam().create_policy_version(CreatePolicyVersion::new(own.as_str(), all.as_str()).set_as_default(true))
    });
    tries(&sink, room, "SetDefaultPolicyVersion", || {
        n.iam().set_default_policy_version(SetDefaultPolicyVersion::new(own.as_str(), "v2"))
    });
    tries(&sink, room, "CreatePolicy", || n.iam().create_policy(CreatePolicy::new("mine", all.as_str())));
    tries(&sink, room, "UpdateAssumeRolePolicy", || {
        n.iam().update_assume_role_policy(UpdateAssumeRolePolicy::new("admin", trust(&me)))
    });
    tries(&sink, room, "CreateRole", || n.iam().create_role(CreateRole::new("mine", trust(&me))));
    tries(&sink, room, "DeleteUserPermissionsBoundary", || n.iam().delete_user_permissions_boundary("noor"));
    tries(&sink, room, "PutUserPermissionsBoundary", || {
        n.iam().put_user_permissions_boundary(PutUserPermissionsBoundary::new("noor", ADMIN))
    });
    tries(&sink, room, "TagUser", || n.iam().tag_user(TagUser::new("noor", vec![Tag::new("team", "blue")])));
    let mine = policy(&[statement("Allow", &me, "secretsmanager:*")]);
    tries(&sink, room, "PutResourcePolicy", || n.put_resource_policy(PutResourcePolicy::new("prod/db", mine.as_str())));
    let mine = policy(&[statement("Allow", &me, "kms:*"), statement("Allow", &root_arn(), "kms:*")]);
    tries(&sink, room, "PutKeyPolicy", || n.kms().put_key_policy(PutKeyPolicy::new(key.as_str(), mine.as_str())));
    tries(&sink, room, "CreateGrant", || n.kms().create_grant(CreateGrant::to(me.as_str(), key.as_str(), ["Decrypt"])));
    tries(&sink, room, "UpdateSecret", || n.update_secret(UpdateSecret::new("prod/db").kms_key_id(key.as_str())));
    refused_as(n.get_secret_value("prod/db"), "AccessDeniedException");
}

#[test]
fn a_boundary_holds_whatever_its_bearer_may_write() {
    let sink = Sink::default();
    let house = house_with(sink.clone());
    let root = house.root.iam();
    house.secret("prod/db", "value");
    let within = allow("iam:* secretsmanager:Describe*", "*");
    let bound = root.create_policy(CreatePolicy::new("bound", within)).unwrap().policy.arn.to_string();
    let noor = house.user_with("noor", allow("iam:*", &format!("arn:aws:iam::{ACCOUNT}:user/*")));
    root.put_user_permissions_boundary(PutUserPermissionsBoundary::new("noor", bound.as_str())).unwrap();
    // He may write his own policies, all of them; what they give is cut all the same.
    noor.iam().put_user_policy(PutUserPolicy::new("noor", "all", allow("*", "*"))).unwrap();
    noor.iam().attach_user_policy(AttachUserPolicy::new("noor", ADMIN)).unwrap();
    refused_as(noor.get_secret_value("prod/db"), "AccessDeniedException");
    // The guide's warning: without a statement about the boundary itself, he takes it off.
    noor.iam().delete_user_permissions_boundary("noor").unwrap();
    assert_eq!(noor.get_secret_value("prod/db").unwrap().value(), b"value");
    // With one he does not.
    let keeps = policy(&[
        r#"{"Effect":"Allow","Action":"*","Resource":"*"}"#.to_owned(),
        format!(
            r#"{{"Effect":"Deny","Action":["iam:DeleteUserPermissionsBoundary","iam:PutUserPermissionsBoundary","iam:CreatePolicyVersion"],"Resource":"*"}},{{"Effect":"Deny","Action":"{GET}","Resource":"*"}}"#
        ),
    ]);
    let version = CreatePolicyVersion::new(bound.as_str(), keeps).set_as_default(true);
    root.create_policy_version(version).unwrap();
    root.put_user_permissions_boundary(PutUserPermissionsBoundary::new("noor", bound.as_str())).unwrap();
    tries(&sink, &house.room, "take it off", || noor.iam().delete_user_permissions_boundary("noor"));
    tries(&sink, &house.room, "widen it", || {
        noor.iam().create_policy_version(CreatePolicyVersion::new(bound.as_str(), allow("*", "*")).set_as_default(true))
    });
    tries(&sink, &house.room, "put another", || {
        noor.iam().put_user_permissions_boundary(PutUserPermissionsBoundary::new("noor", ADMIN))
    });
    refused_as(noor.get_secret_value("prod/db"), "AccessDeniedException");
}
