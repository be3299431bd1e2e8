//! Goal: nobody gives himself more than he has (S30). Method: a user with a right next to each known way up tries it; the call is
//! refused, the store is as before, and the refusal is told to the audit sink.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail loudly")]

use crate::common::{
    ACCOUNT, Sink, allow, bring, house_with, policy, refused_as, root_arn, statement, trust, user_arn,
};
use strongroom::operation::iam::{
    AddUserToGroup, AttachGroupPolicy, AttachRolePolicy, AttachUserPolicy, CreateAccessKey, CreatePolicy,
    CreatePolicyVersion, CreateRole, PutGroupPolicy, PutRolePolicy, PutUserPermissionsBoundary, PutUserPolicy,
    SetDefaultPolicyVersion, Tag, TagUser, UpdateAssumeRolePolicy,
};
use strongroom::operation::kms::{CreateGrant, CreateKey, PutKeyPolicy};
use strongroom::operation::secretsmanager::{PutResourcePolicy, UpdateSecret};
use strongroom::operation::sts::{AssumeRole, GetFederationToken, GetSessionToken};
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

#[test]
fn no_way_up_leads_through_temporary_credentials() {
    let sink = Sink::default();
    let house = house_with(sink.clone());
    let (root, room) = (&house.root, &house.room);
    house.secret("prod/db", "value");
    let arn = |name: &str| format!("arn:aws:iam::{ACCOUNT}:role/{name}");
    let may = "sts:AssumeRole sts:GetFederationToken sts:GetSessionToken secretsmanager:Describe*";
    let noor = house.user_with("noor", allow(may, "*"));
    // Roles that trust somebody else, that trust him only with a device, with a tag, or under his own name; one without the secret.
    let only = |condition: &str| {
        policy(&[format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"{}"}},"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{condition}}}"#,
            user_arn("noor")
        )])
    };
    root.iam().create_user("cara").unwrap();
    for (name, trusts) in [
        ("others", trust(&user_arn("cara"))),
        ("device", only(r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#)),
        ("named", only(r#"{"StringEquals":{"sts:RoleSessionName":"${aws:username}"}}"#)),
        ("outside", only(r#"{"StringEquals":{"sts:ExternalId":"777"}}"#)),
        ("tagged", only(r#"{"StringEquals":{"aws:PrincipalTag/team":"blue"}}"#)),
    ] {
        root.iam().create_role(CreateRole::new(name, trusts)).unwrap();
        root.iam().put_role_policy(PutRolePolicy::new(name, "all", allow("*", "*"))).unwrap();
    }
    root.iam().create_role(CreateRole::new("weak", trust(&user_arn("noor")))).unwrap();
    root.iam().put_role_policy(PutRolePolicy::new("weak", "little", allow(may, "*"))).unwrap();

    let assume = |name: &str| AssumeRole::new(arn(name), "other");
    let team = || vec![strongroom::operation::sts::Tag::new("team", "blue")];
    for (what, request) in [
        ("a role that trusts another", assume("others")),
        ("without the device", assume("device")),
        ("under another name", assume("named")),
        ("without the external id", assume("outside")),
        ("with a wrong external id", assume("outside").external_id("778")),
        ("without the tag", assume("tagged")),
        ("with a tag that the role would only get by this", assume("tagged").tags(team())),
    ] {
        tries(&sink, room, what, || noor.assume_role(request));
    }
    // What he can have is no more than he has: session policies, federation and his own session only take away.
    let all = allow("*", "*");
    let weak = noor.assume_role(assume("weak").policy(all.as_str())).unwrap();
    let federated = noor.sts().get_federation_token(GetFederationToken::new("guest").policy(all.as_str())).unwrap();
    let federated = bring(&house, &federated.credentials.unwrap()).unwrap();
    let own = noor.sts().get_session_token(GetSessionToken::new()).unwrap();
    let own = bring(&house, &own.credentials.unwrap()).unwrap();
    for (who, session) in [("weak role", &weak), ("federated", &federated), ("own session", &own)] {
        tries(&sink, room, who, || session.get_secret_value("prod/db"));
        tries(&sink, room, who, || {
            session.put_resource_policy(PutResourcePolicy::new(
                "prod/db",
                policy(&[statement("Allow", &user_arn("noor"), "secretsmanager:*")]),
            ))
        });
    }
    // A chain of roles starts anew: the weak role has no tag, no name and no right that its next role would take from noor.
    tries(&sink, room, "a chain to a role that trusts the user", || weak.assume_role(assume("named")));
    // Refused before anything is weighed: such sessions may call no more of STS than who they are.
    refused_as(federated.assume_role(assume("weak")), "AccessDenied");
    // Another user's key would be his way in.
    tries(&sink, room, "CreateAccessKey", || noor.iam().create_access_key(CreateAccessKey::new().user_name("cara")));
}
