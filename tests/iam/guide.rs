//! Goal: what the guide tells an administrator to do works here, and what it warns of is refused. Method: each section played as a
//! story in a store, with the policies that the section prints; where a printed policy cannot work, the story says so and goes on
//! with what is meant. Single decisions of the same policies are in `seeds.rs`; this file tells what comes one after another.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::common::{
    ACCOUNT, House, KMS_DENIED, NOT_FOUND, allow, allow_if, denied, house, policy, refused, refused_as, root_arn,
    secret_arn, statement, statement_if, token, trust, user_arn,
};
use strongroom::operation::iam::{
    AddUserToGroup, AttachGroupPolicy, AttachRolePolicy, AttachUserPolicy, CreatePolicy, CreateRole, PutRolePolicy,
    PutUserPolicy,
};
use strongroom::operation::kms::{CreateGrant, CreateKey};
use strongroom::operation::secretsmanager::{
    CreateSecret, DeleteResourcePolicy, DeleteSecret, GetRandomPassword, GetResourcePolicy, GetSecretValue,
    ListSecretVersionIds, ListSecrets, PutResourcePolicy, PutSecretValue, RestoreSecret, Tag, TagResource,
    UntagResource, UpdateSecret, UpdateSecretVersionStage,
};
use strongroom::{Error, Principal, Question, Session};

const GET: &str = "secretsmanager:GetSecretValue";
const DESCRIBE: &str = "secretsmanager:DescribeSecret";
/// What the guide calls the current version, in the form of its conditions.
const CURRENT: &str = r#""ForAnyValue:StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}"#;

fn shipped(name: &str) -> String {
    format!("arn:aws:iam::aws:policy/{name}")
}
fn value(session: &Session, secret: &str) -> String {
    String::from_utf8(session.get_secret_value(secret).unwrap().value().to_vec()).unwrap()
}
fn role_arn(name: &str) -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/{name}")
}
/// A user's refusal, in the words of the guide's "by default, a user has no permissions of any kind".
#[track_caller]
fn refuses<T: std::fmt::Debug>(outcome: Result<T, Error>, who: &str, action: &str, resource: &str) {
    denied(outcome, &user_arn(who), action, Some(resource));
}

// "By default, a user (or role) has no permissions of any kind. … If a permission is explicitly denied, then that overrules any
// other policy that might have allowed it."

#[test]
fn nothing_is_allowed_until_a_policy_says_so_and_a_deny_overrules_them_all() {
    let house = house();
    house.secret("db", "value");
    let anaya = house.user("anaya");
    refuses(anaya.get_secret_value("db"), "anaya", GET, "db");
    house.set_policy("anaya", allow(GET, "*"));
    assert_eq!(value(&anaya, "db"), "value");
    let stop = policy(&[format!(r#"{{"Effect":"Deny","Action":"{GET}","Resource":"*"}}"#)]);
    house.root.iam().put_user_policy(PutUserPolicy::new("anaya", "stop", stop)).unwrap();
    // Nor does a policy on the secret itself help against it.
    house.set_resource_policy("db", policy(&[statement("Allow", &user_arn("anaya"), GET)]));
    let text = format!(
        "User: {} is not authorized to perform: {GET} on resource: db with an explicit deny in an identity-based policy",
        user_arn("anaya")
    );
    refused(anaya.get_secret_value("db"), "AccessDeniedException", &text);
}

// "To grant full administrator permissions to an IAM user, group, or role": SecretsManagerReadWrite, then IAMFullAccess.

#[test]
fn an_administrator_needs_the_second_policy_for_what_enables_rotation() {
    let house = house();
    let iam = house.root.iam();
    iam.create_group("administrators").unwrap();
    let nadia = house.user("nadia");
    iam.add_user_to_group(AddUserToGroup::new("administrators", "nadia")).unwrap();
    refuses(nadia.create_secret(CreateSecret::text("db", "v")), "nadia", "secretsmanager:CreateSecret", "db");
    iam.attach_group_policy(AttachGroupPolicy::new("administrators", shipped("SecretsManagerReadWrite"))).unwrap();

    // "The selected users, groups, and roles can immediately begin performing tasks in Secrets Manager."
    let tagged = CreateSecret::text("db", "v1").tags(vec![Tag::new("team", "red")]);
    nadia.create_secret(tagged).unwrap();
    nadia.put_secret_value(PutSecretValue::text("db", "v2")).unwrap();
    assert_eq!(value(&nadia, "db"), "v2");
    let text = policy(&[statement("Allow", &root_arn(), "secretsmanager:*")]);
    nadia.put_resource_policy(PutResourcePolicy::new("db", text)).unwrap();
    nadia.delete_secret("db").unwrap();
    nadia.restore_secret("db").unwrap();
    assert_eq!(nadia.list_secrets(ListSecrets::new()).unwrap().secret_list.len(), 1);
    // It reaches the managed key only: it grants no use of any other.
    let key = house.root.kms().create_key(CreateKey::new()).unwrap().key_metadata.arn;
    refused(nadia.create_secret(CreateSecret::text("other", "v").kms_key_id(key)), "AccessDeniedException", KMS_DENIED);

    // The role of the rotation function, its policies, and the leave to call it are not part of it.
    let hers = nadia.iam();
    refused_as(hers.create_role(CreateRole::new("function", trust("*"))), "AccessDenied");
    refused_as(hers.create_policy(CreatePolicy::new("reach", allow(GET, "*"))), "AccessDenied");
    iam.create_role(CreateRole::new("prepared", trust("*"))).unwrap();
    refused_as(hers.put_role_policy(PutRolePolicy::new("prepared", "reach", allow(GET, "*"))), "AccessDenied");
    let master = shipped("SecretsManagerReadWrite");
    refused_as(hers.attach_role_policy(AttachRolePolicy::new("prepared", master.as_str())), "AccessDenied");
    refused_as(hers.attach_user_policy(AttachUserPolicy::new("nadia", shipped("IAMFullAccess"))), "AccessDenied");
    for action in ["iam:PassRole", "iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePolicy"] {
        let asked = house.root.explain(&Question::new("user/nadia", action, role_arn("prepared"))).unwrap();
        assert!(!asked.is_allowed(), "{action}");
    }
    let asked = house.root.explain(&Question::new("user/nadia", "lambda:InvokeFunction", "*")).unwrap();
    assert!(!asked.is_allowed());

    iam.attach_group_policy(AttachGroupPolicy::new("administrators", shipped("IAMFullAccess"))).unwrap();
    hers.create_role(CreateRole::new("function", trust("*"))).unwrap();
    hers.put_role_policy(PutRolePolicy::new("function", "reach", allow(GET, "*"))).unwrap();
    assert_eq!(value(&house.room.session("role/function/run").unwrap(), "db"), "v2");
    // "… grants significant permissions that are not appropriate for end users": she may now give herself anything.
    hers.attach_user_policy(AttachUserPolicy::new("nadia", shipped("AdministratorAccess"))).unwrap();
    nadia.kms().create_key(CreateKey::new()).unwrap();
}

// "For the Consuming Application: Granting Read Access to One Secret"

#[test]
fn a_consuming_application_reads_one_secret_and_cannot_tell_what_else_there_is() {
    let house = house();
    let arn = house.secret("app/db", "value");
    house.secret("app/other", "other");
    let app = house.user_with("app", allow(GET, &arn));
    assert_eq!(value(&app, "app/db"), "value");
    assert_eq!(value(&app, &arn), "value");
    // One that is there and one that is not are refused in the same words.
    refuses(app.get_secret_value("app/other"), "app", GET, "app/other");
    refuses(app.get_secret_value("app/nothing"), "app", GET, "app/nothing");
    refuses(app.describe_secret("app/db"), "app", DESCRIBE, "app/db");
    refuses(
        app.put_secret_value(PutSecretValue::text("app/db", "w")),
        "app",
        "secretsmanager:PutSecretValue",
        "app/db",
    );
    denied(app.list_secrets(ListSecrets::new()), &user_arn("app"), "secretsmanager:ListSecrets", None);
    // A new value is the same secret; a secret made anew under the name is not.
    house.root.put_secret_value(PutSecretValue::text("app/db", "rotated")).unwrap();
    assert_eq!(value(&app, "app/db"), "rotated");
    house.root.delete_secret(DeleteSecret::new("app/db").force_delete_without_recovery(true)).unwrap();
    refuses(app.get_secret_value("app/db"), "app", GET, "app/db");
    house.secret("app/db", "successor");
    refuses(app.get_secret_value("app/db"), "app", GET, "app/db");
    refused(app.get_secret_value(arn.as_str()), "ResourceNotFoundException", NOT_FOUND);
}

// "Limiting Access to Specific Actions": Describe*, Get*, List*.

#[test]
fn read_only_access_reads_everything_and_changes_nothing() {
    let house = house();
    house.root.create_secret(CreateSecret::text("db", "value").client_request_token(token(1))).unwrap();
    let reader = "secretsmanager:Describe* secretsmanager:Get* secretsmanager:List*";
    let vera = house.user_with("vera", allow(reader, "*"));
    assert_eq!(vera.describe_secret("db").unwrap().name, "db");
    assert_eq!(value(&vera, "db"), "value");
    assert!(vera.get_resource_policy(GetResourcePolicy::new("db")).unwrap().resource_policy.is_none());
    assert_eq!(vera.list_secret_version_ids(ListSecretVersionIds::new("db")).unwrap().versions.len(), 1);
    assert_eq!(vera.list_secrets(ListSecrets::new()).unwrap().secret_list.len(), 1);
    vera.get_random_password(GetRandomPassword::new()).unwrap();
    refused(vera.get_secret_value("nothing"), "ResourceNotFoundException", NOT_FOUND);

    let before = house.room.status().unwrap().fingerprint;
    let refuse = |outcome: Result<(), Error>, action: &str, resource: &str| {
        refuses(outcome, "vera", &format!("secretsmanager:{action}"), resource);
    };
    refuse(vera.create_secret(CreateSecret::text("new", "v")).map(drop), "CreateSecret", "new");
    refuse(vera.put_secret_value(PutSecretValue::text("db", "w")).map(drop), "PutSecretValue", "db");
    refuse(vera.update_secret(UpdateSecret::text("db", "w")).map(drop), "UpdateSecret", "db");
    let moves = UpdateSecretVersionStage::new("db", "mine").move_to_version_id(token(1));
    refuse(vera.update_secret_version_stage(moves).map(drop), "UpdateSecretVersionStage", "db");
    refuse(vera.delete_secret("db").map(drop), "DeleteSecret", "db");
    refuse(vera.restore_secret(RestoreSecret::new("db")).map(drop), "RestoreSecret", "db");
    let tags = vec![Tag::new("team", "red")];
    refuse(vera.tag_resource(TagResource::new("db", tags)).map(drop), "TagResource", "db");
    refuse(vera.untag_resource(UntagResource::new("db", vec!["team".into()])).map(drop), "UntagResource", "db");
    let open = policy(&[statement("Allow", "*", GET)]);
    refuse(vera.put_resource_policy(PutResourcePolicy::new("db", open)).map(drop), "PutResourcePolicy", "db");
    let gone = DeleteResourcePolicy::new("db");
    refuse(vera.delete_resource_policy(gone).map(drop), "DeleteResourcePolicy", "db");
    assert_eq!(house.room.status().unwrap().fingerprint, before);
}

// "Limiting Access to Specific Secrets": by name, and `another_secret_name-??????`.

#[test]
fn six_question_marks_grant_a_secret_that_does_not_exist_yet_and_every_successor_of_it() {
    let house = house();
    let specific = house.secret("a_specific_secret_name", "specific");
    house.secret("another_secret_name-extra", "extra");
    house.secret("unrelated", "unrelated");
    let printed = policy(&[
        format!(r#"{{"Effect":"Allow","Action":["{DESCRIBE}","secretsmanager:List*"],"Resource":"*"}}"#),
        format!(
            r#"{{"Effect":"Allow","Action":"secretsmanager:*","Resource":["{specific}","{}"]}}"#,
            secret_arn("another_secret_name", "??????")
        ),
    ]);
    let ines = house.user_with("ines", printed);
    // "Any Secrets Manager actions", the making of it included.
    ines.create_secret(CreateSecret::text("another_secret_name", "hers")).unwrap();
    assert_eq!(value(&ines, "another_secret_name"), "hers");
    assert_eq!(value(&ines, "a_specific_secret_name"), "specific");
    // "… read access to the metadata about all of the secrets in the account."
    assert_eq!(ines.describe_secret("unrelated").unwrap().name, "unrelated");
    assert_eq!(ines.list_secrets(ListSecrets::new()).unwrap().secret_list.len(), 4);
    refuses(ines.get_secret_value("unrelated"), "ines", GET, "unrelated");
    // Not "another_secret_name-<anything-here>a1b2c3".
    refuses(ines.get_secret_value("another_secret_name-extra"), "ines", GET, "another_secret_name-extra");
    let longer = CreateSecret::text("another_secret_name-mine", "v");
    refuses(ines.create_secret(longer), "ines", "secretsmanager:CreateSecret", "another_secret_name-mine");

    // "If you delete the secret and recreate it with the same name, the user automatically receives permission to the new secret."
    for name in ["a_specific_secret_name", "another_secret_name"] {
        ines.delete_secret(DeleteSecret::new(name).force_delete_without_recovery(true)).unwrap();
        house.secret(name, "successor");
    }
    assert_eq!(value(&ines, "another_secret_name"), "successor");
    refuses(ines.get_secret_value("a_specific_secret_name"), "ines", GET, "a_specific_secret_name");
    // With `*` instead the longer name would be hers too: the leak that the section warns of.
    house.set_policy("ines", allow(GET, &secret_arn("another_secret_name", "*")));
    assert_eq!(value(&ines, "another_secret_name-extra"), "extra");
}

// "Limiting Access to Secrets That Have Specific Staging Labels or Tags": a tag.

#[test]
fn a_tag_gives_access_and_takes_it_and_whoever_has_it_by_the_tag_cannot_hand_it_on() {
    let house = house();
    house.secret("one", "1");
    house.secret("two", "2");
    let tag = |name: &str, value: &str| {
        house.root.tag_resource(TagResource::new(name, vec![Tag::new("ServerName", value)])).unwrap();
    };
    tag("one", "ServerABC");
    tag("two", "ServerXYZ");
    let condition = r#""StringEquals":{"secretsmanager:ResourceTag/ServerName":"ServerABC"}"#;
    // The policy as printed: it speaks of GetSecret and grants DescribeSecret.
    let abel = house.user_with("abel", allow_if(DESCRIBE, "*", condition));
    assert_eq!(abel.describe_secret("one").unwrap().name, "one");
    refuses(abel.get_secret_value("one"), "abel", GET, "one");
    refuses(abel.describe_secret("two"), "abel", DESCRIBE, "two");
    // As meant, and with the right to tag.
    let rights = format!("{GET} {DESCRIBE} secretsmanager:TagResource secretsmanager:UntagResource");
    house.set_policy("abel", allow_if(&rights, "*", condition));
    assert_eq!(value(&abel, "one"), "1");
    tag("two", "ServerABC");
    assert_eq!(value(&abel, "two"), "2");
    tag("two", "serverabc");
    refuses(abel.get_secret_value("two"), "abel", GET, "two");
    // He cannot tag another server's secret into his reach, nor his own out of it.
    let mine = || vec![Tag::new("ServerName", "ServerABC")];
    refuses(abel.tag_resource(TagResource::new("two", mine())), "abel", "secretsmanager:TagResource", "two");
    refused_as(abel.untag_resource(UntagResource::new("one", vec!["ServerName".into()])), "AccessDeniedException");
    let theirs = vec![Tag::new("ServerName", "ServerXYZ")];
    refused_as(abel.tag_resource(TagResource::new("one", theirs)), "AccessDeniedException");
    abel.tag_resource(TagResource::new("one", vec![Tag::new("note", "mine")])).unwrap();
    assert_eq!(value(&abel, "one"), "1");
}

// The same section: a staging label.

#[test]
fn a_label_grants_the_version_that_has_it_and_goes_with_it() {
    let house = house();
    let root = &house.root;
    root.create_secret(CreateSecret::text("Prod/db", "old").client_request_token(token(1))).unwrap();
    root.create_secret(CreateSecret::text("Test/db", "test").client_request_token(token(9))).unwrap();
    let pending: Vec<strongroom::name::Text> = vec!["AWSPENDING".into()];
    let new = PutSecretValue::text("Prod/db", "new").client_request_token(token(2)).version_stages(pending);
    root.put_secret_value(new).unwrap();
    let prod = "arn:aws:secretsmanager:*:*:secret:Prod*";
    // As printed it names `GetSecret`, which is no action: it grants nothing.
    let cleo = house.user_with("cleo", allow_if("secretsmanager:GetSecret", prod, CURRENT));
    refuses(cleo.get_secret_value("Prod/db"), "cleo", GET, "Prod/db");
    house.set_policy("cleo", allow_if(GET, prod, CURRENT));
    let read = |request: GetSecretValue| cleo.get_secret_value(request).map(|read| read.value().to_vec());
    let by_id = |number| GetSecretValue::new("Prod/db").version_id(token(number));
    assert_eq!(read("Prod/db".into()).unwrap(), b"old");
    assert_eq!(read(by_id(1)).unwrap(), b"old");
    refuses(read(by_id(2)), "cleo", GET, "Prod/db");
    refuses(read(GetSecretValue::new("Prod/db").version_stage("AWSPENDING")), "cleo", GET, "Prod/db");
    refuses(read("Test/db".into()), "cleo", GET, "Test/db");
    refuses(cleo.describe_secret("Prod/db"), "cleo", DESCRIBE, "Prod/db");
    // What a rotation's last step does.
    let promote = UpdateSecretVersionStage::new("Prod/db", "AWSCURRENT");
    root.update_secret_version_stage(promote.remove_from_version_id(token(1)).move_to_version_id(token(2))).unwrap();
    assert_eq!(read("Prod/db".into()).unwrap(), b"new");
    // "Any one of the staging labels": it still has AWSPENDING, too.
    assert_eq!(read(GetSecretValue::new("Prod/db").version_stage("AWSPENDING")).unwrap(), b"new");
    refuses(read(by_id(1)), "cleo", GET, "Prod/db");
    refuses(read(GetSecretValue::new("Prod/db").version_stage("AWSPREVIOUS")), "cleo", GET, "Prod/db");
}

// "Controlling Which Principals Can Access a Secret": a user of the account, and one of another.

#[test]
fn a_policy_on_the_secret_suffices_for_a_user_of_the_account() {
    let house = house();
    house.secret("db", "value");
    house.secret("other", "other");
    let (anaya, mateo) = (house.user("anaya"), house.user("mateo"));
    house.set_resource_policy("db", policy(&[statement("Allow", &user_arn("anaya"), "secretsmanager:*")]));
    assert_eq!(value(&anaya, "db"), "value");
    anaya.put_secret_value(PutSecretValue::text("db", "hers")).unwrap();
    refuses(mateo.get_secret_value("db"), "mateo", GET, "db");
    // "The Resource automatically and implicitly becomes the secret that the policy is attached to."
    refuses(anaya.get_secret_value("other"), "anaya", GET, "other");
    // What has no secret is not hers by it.
    denied(anaya.list_secrets(ListSecrets::new()), &user_arn("anaya"), "secretsmanager:ListSecrets", None);
    refuses(anaya.create_secret(CreateSecret::text("new", "v")), "anaya", "secretsmanager:CreateSecret", "new");
    anaya.delete_secret("db").unwrap();
    anaya.restore_secret("db").unwrap();
    // She may take the policy away, and has lost everything with it.
    anaya.delete_resource_policy(DeleteResourcePolicy::new("db")).unwrap();
    refuses(anaya.get_secret_value("db"), "anaya", GET, "db");
}

#[test]
fn a_user_of_another_account_reads_when_both_accounts_say_so() {
    let house = house();
    let mateo = "arn:aws:iam::123456789012:user/mateo";
    let key = policy(&[statement("Allow", &root_arn(), "kms:*"), statement("Allow", mateo, "kms:Decrypt")]);
    let key = house.customer_key(key);
    let db = house.root.create_secret(CreateSecret::text("db", "value").kms_key_id(key)).unwrap().arn.to_string();
    let managed = house.secret("managed", "value");
    let arrives = |policies: &[String]| -> Session {
        let vouched = policies.iter().map(String::as_str);
        house.room.session(Principal::of_another_account(mateo, vouched)).unwrap()
    };
    let trusted = arrives(&[allow("secretsmanager:GetSecretValue kms:Decrypt", "*")]);
    let refuses = |session: &Session, arn: &str, why: &str| {
        let text = format!(
            "User: {mateo} is not authorized to perform: {GET} on resource: {arn} because {why} allows the {GET} action"
        );
        refused(session.get_secret_value(arn), "AccessDeniedException", &text);
    };
    refuses(&trusted, &db, "no resource-based policy");
    let admits = policy(&[statement("Allow", mateo, GET)]);
    house.set_resource_policy("db", &admits);
    house.set_resource_policy("managed", &admits);
    assert_eq!(value(&trusted, &db), "value");
    refuses(&arrives(&[]), &db, "no identity-based policy");
    // Any version, and nothing but the value.
    let previous = GetSecretValue::new(db.as_str()).version_stage("AWSCURRENT");
    assert_eq!(trusted.get_secret_value(previous).unwrap().value(), b"value");
    assert!(trusted.describe_secret(db.as_str()).unwrap_err().is_access_denied());
    assert!(trusted.put_secret_value(PutSecretValue::text(db.as_str(), "w")).unwrap_err().is_access_denied());
    // The key of the service serves its own account alone, and a bare name is one of the caller's account.
    refused_as(trusted.get_secret_value(managed.as_str()), "InvalidRequestException");
    refused(trusted.get_secret_value("db"), "ResourceNotFoundException", NOT_FOUND);
    house.root.delete_resource_policy(DeleteResourcePolicy::new("db")).unwrap();
    refuses(&trusted, &db, "no resource-based policy");
}

// "Grant Read-Only Access to a Role": the machine, and the current version only.

#[test]
fn the_role_of_a_machine_reads_the_current_version_and_nobody_else_does() {
    let house = house();
    house.root.create_secret(CreateSecret::text("db", "old").client_request_token(token(1))).unwrap();
    house.root.put_secret_value(PutSecretValue::text("db", "new").client_request_token(token(2))).unwrap();
    let iam = house.root.iam();
    for role in ["EC2RoleToAccessSecrets", "EC2RoleOfOthers"] {
        let assume = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;
        iam.create_role(CreateRole::new(role, assume)).unwrap();
    }
    let machine = |role: &str, instance: &str| house.room.session(Principal::role(role, instance)).unwrap();
    let one = machine("EC2RoleToAccessSecrets", "i-0abc");
    let arn = |role: &str, instance: &str| format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{instance}");
    let ours = arn("EC2RoleToAccessSecrets", "i-0abc");
    denied(one.get_secret_value("db"), &ours, GET, Some("db"));
    house
        .set_resource_policy("db", policy(&[statement_if("Allow", &role_arn("EC2RoleToAccessSecrets"), GET, CURRENT)]));
    // Every machine that has the role, and no other one.
    assert_eq!(value(&one, "db"), "new");
    assert_eq!(value(&machine("EC2RoleToAccessSecrets", "i-0def"), "db"), "new");
    let other = arn("EC2RoleOfOthers", "i-0abc");
    denied(machine("EC2RoleOfOthers", "i-0abc").get_secret_value("db"), &other, GET, Some("db"));
    refuses(house.user("i-0abc").get_secret_value("db"), "i-0abc", GET, "db");
    // "… and if the request asks only for the current version."
    let previous = GetSecretValue::new("db").version_stage("AWSPREVIOUS");
    denied(one.get_secret_value(previous), &ours, GET, Some("db"));
    denied(one.get_secret_value(GetSecretValue::new("db").version_id(token(1))), &ours, GET, Some("db"));
    denied(one.describe_secret("db"), &ours, DESCRIBE, Some("db"));
    // A machine that hands on less than it has.
    let less = [allow(DESCRIBE, "*")];
    let less = Principal::role_with_session_policies("EC2RoleToAccessSecrets", "i-0abc", less);
    let text = format!(
        "User: {ours} is not authorized to perform: {GET} on resource: db because no session policy allows the {GET} action"
    );
    refused(house.room.session(less).unwrap().get_secret_value("db"), "AccessDeniedException", &text);
}

// "Permissions for encryption keys": the managed key has the correct permissions, another needs them.

#[test]
fn a_secret_under_a_key_of_ones_own_needs_that_key_as_well() {
    let house = house();
    house.secret("managed", "value");
    let key = house.root.kms().create_key(CreateKey::new()).unwrap().key_metadata.arn;
    house.root.create_secret(CreateSecret::text("own", "value").kms_key_id(key.clone())).unwrap();
    let app = house.user_with("app", allow(GET, "*"));
    assert_eq!(value(&app, "managed"), "value");
    refused(app.get_secret_value("own"), "AccessDeniedException", KMS_DENIED);
    // By a policy of the caller's, through Secrets Manager only …
    let through = r#""StringEquals":{"kms:ViaService":"secretsmanager.us-east-1.amazonaws.com"}"#;
    let iam = house.root.iam();
    iam.put_user_policy(PutUserPolicy::new("app", "key", allow_if("kms:Decrypt", &key, through))).unwrap();
    assert_eq!(value(&app, "own"), "value");
    refused_as(app.put_secret_value(PutSecretValue::text("own", "w")), "AccessDeniedException");
    // … or by a grant on the key.
    let vera = house.user_with("vera", allow(GET, "*"));
    refused(vera.get_secret_value("own"), "AccessDeniedException", KMS_DENIED);
    house.root.kms().create_grant(CreateGrant::to(user_arn("vera"), key, ["Decrypt"])).unwrap();
    assert_eq!(value(&vera, "own"), "value");
}

// "Granting a Rotation Function Permission to Access a Separate Master Secret"

/// A function's role with the policy that AWS writes for it, and the ARN of the function.
fn rotation_function(house: &House) -> (Session, String) {
    let iam = house.root.iam();
    let assume = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;
    iam.create_role(CreateRole::new("MyLambdaFunctionRole", assume)).unwrap();
    let written = shipped("service-role/AWSSecretsManagerRotationFunctionRole");
    iam.attach_role_policy(AttachRolePolicy::new("MyLambdaFunctionRole", written)).unwrap();
    let function = format!("arn:aws:lambda:us-east-1:{ACCOUNT}:function:SecretsManagerMyRotation");
    (house.room.session("role/MyLambdaFunctionRole/run").unwrap(), function)
}

#[test]
fn a_rotation_function_reaches_only_the_secrets_that_are_configured_for_it() {
    let house = house();
    let db = house.secret("MyDatabase", "value");
    let (function, arn) = rotation_function(&house);
    let run = function.principal_arn();
    // No secret has a function yet.
    denied(function.get_secret_value("MyDatabase"), run, GET, Some("MyDatabase"));
    denied(function.describe_secret("MyDatabase"), run, DESCRIBE, Some("MyDatabase"));
    let put = function.put_secret_value(PutSecretValue::text("MyDatabase", "w"));
    denied(put, run, "secretsmanager:PutSecretValue", Some("MyDatabase"));
    function.get_random_password(GetRandomPassword::new()).unwrap();
    // Once one has: the call of that very function, and no other's.
    let allowed = |action: &str, configured: Option<&str>, called: Option<&str>| {
        let mut question = Question::new("role/MyLambdaFunctionRole/run", action, db.as_str());
        for (key, value) in
            [("secretsmanager:resource/AllowRotationLambdaArn", configured), ("lambda:SourceFunctionArn", called)]
        {
            if let Some(value) = value {
                question = question.context(key, [value]);
            }
        }
        house.root.explain(&question).unwrap().is_allowed()
    };
    let other = arn.replace("MyRotation", "OtherRotation");
    for action in ["DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage"] {
        let action = format!("secretsmanager:{action}");
        assert!(allowed(&action, Some(&arn), Some(&arn)), "{action}");
        for (configured, called) in
            [(Some(other.as_str()), Some(arn.as_str())), (None, Some(&arn)), (Some(&arn), None), (None, None)]
        {
            assert!(!allowed(&action, configured, called), "{action}: {configured:?} {called:?}");
        }
    }
    for action in ["DeleteSecret", "UpdateSecret", "PutResourcePolicy", "TagResource", "RotateSecret"] {
        assert!(!allowed(&format!("secretsmanager:{action}"), Some(&arn), Some(&arn)), "{action}");
    }
}

#[test]
fn a_master_secret_is_granted_to_the_functions_role_by_a_statement_of_its_own() {
    let house = house();
    house.secret("MyDatabase", "value");
    let master = house.secret("MyDatabaseMasterSecret", "superuser");
    let (function, _) = rotation_function(&house);
    let run = function.principal_arn();
    denied(function.get_secret_value(master.as_str()), run, GET, Some(&master));
    let grant = |resource: &str| {
        let added = PutRolePolicy::new("MyLambdaFunctionRole", "SecretsManagerTemplate1", allow(GET, resource));
        house.root.iam().put_role_policy(added).unwrap();
    };
    // As printed the ARN lacks the six characters, and names no secret.
    let printed = format!("arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:MyDatabaseMasterSecret");
    grant(&printed);
    denied(function.get_secret_value(master.as_str()), run, GET, Some(&master));
    for resource in [master.clone(), format!("{printed}-??????")] {
        grant(&resource);
        assert_eq!(value(&function, &master), "superuser");
    }
    // No more than its value, and no other secret.
    let put = function.put_secret_value(PutSecretValue::text(master.as_str(), "w"));
    denied(put, run, "secretsmanager:PutSecretValue", Some(&master));
    denied(function.get_secret_value("MyDatabase"), run, GET, Some("MyDatabase"));
    // "You must have the GetSecretValue permission for the master secret to select it": the one who configures it needs it too.
    let dora = house.user_with("dora", allow("secretsmanager:RotateSecret secretsmanager:DescribeSecret", "*"));
    refuses(dora.get_secret_value("MyDatabaseMasterSecret"), "dora", GET, "MyDatabaseMasterSecret");
}
