//! The story, chapter by chapter.

use strongroom::operation::iam::{CreateRole, CreateUser, PutRolePolicy, PutUserPolicy};
use strongroom::operation::kms::{CreateGrant, CreateKey, PutKeyPolicy, RevokeGrant};
use strongroom::operation::secretsmanager::{
    CreateSecret, GetSecretValue, GetSecretValueResponse, PutResourcePolicy, PutSecretValue, Tag,
    UpdateSecretVersionStage,
};
use strongroom::{Principal, Session, Strongroom};

use super::cast::{
    ACCOUNT, ANAYA, ANAYAS_POLICY, BILLING, BILLINGS_POLICY, DATABASE, DATABASE_VALUE, DATABASE_VALUE_2, DESCRIPTION,
    INVOICES, INVOICES_VALUE, KEY_POLICY, MATEO, MATEOS_OWN, MATEOS_POLICY, NOAH, NOTES, NOTES_VALUE, NOTES_VALUE_2,
    REPORT, REPORT_VALUE, ROLE, ROLES_POLICY, SERVER_ABC, SERVER_VALUE, SERVER_XYZ, TARIQ, TARIQS_POLICY,
};
use super::narrator::{Ends, Narrator, say};
use crate::explain::Asked;
use crate::failure::{Done, Exit, Failure};
use crate::role::of_service;

/// Plays it; returns the identifiers that the store drew, which must not be readable in its file either.
pub fn play(room: &Strongroom, narrator: &mut Narrator<'_>) -> Result<Vec<String>, Failure> {
    let root = room.root();
    let mut names = Vec::new();
    anaya(room, &root, narrator)?;
    mateo(room, &root, narrator, &mut names)?;
    let first = role(room, &root, narrator, &mut names)?;
    tags(room, &root, narrator)?;
    grant(room, &root, narrator, &mut names)?;
    rollback(room, &root, narrator, &first)?;
    Ok(names)
}

/// Denied by default; then her secret's policy lets Anaya do everything with it.
fn anaya(room: &Strongroom, root: &Session, narrator: &mut Narrator<'_>) -> Done {
    say("Anaya: a policy on the secret itself")?;
    root.iam().create_user(CreateUser::new(ANAYA))?;
    root.iam().create_user(CreateUser::new(NOAH))?;
    root.create_secret(CreateSecret::text(NOTES, NOTES_VALUE))?;
    let (anaya, noah) = (room.session(Principal::user(ANAYA))?, room.session(Principal::user(NOAH))?);
    let reads = |who: &str| question(&format!("user/{who}"), "secretsmanager:GetSecretValue", NOTES);
    narrator.step("anaya reads her notes; nobody has allowed it", &reads(ANAYA), Ends::Denied, || {
        anaya.get_secret_value(NOTES)
    })?;
    root.put_resource_policy(PutResourcePolicy::new(NOTES, ANAYAS_POLICY))?;
    narrator.step("the secret gets the guide's policy; anaya reads again", &reads(ANAYA), Ends::Allowed, || {
        anaya.get_secret_value(NOTES)
    })?;
    let writes = question("user/anaya", "secretsmanager:PutSecretValue", NOTES);
    narrator.step("anaya stores a new version", &writes, Ends::Allowed, || {
        anaya.put_secret_value(PutSecretValue::text(NOTES, NOTES_VALUE_2))
    })?;
    narrator
        .step("noah, of the same account, reads it", &reads(NOAH), Ends::Denied, || noah.get_secret_value(NOTES))?;
    Ok(())
}

/// Another account: the secret's policy, the key's policy and what his own account allows must all admit Mateo.
fn mateo(room: &Strongroom, root: &Session, narrator: &mut Narrator<'_>, names: &mut Vec<String>) -> Done {
    say("\nMateo: a user of another account, and a secret under a customer key")?;
    let key = root.kms().create_key(CreateKey::new())?.key_metadata.key_id;
    names.push(key.to_string());
    // Who calls from another account names the secret by its ARN: a bare name would be one of his own account.
    let report = root.create_secret(CreateSecret::text(REPORT, REPORT_VALUE).kms_key_id(key.clone()))?.arn;
    let report = &*report;
    root.put_resource_policy(PutResourcePolicy::new(REPORT, MATEOS_POLICY))?;
    let mateo = room.session(Principal::of_another_account(MATEO, [MATEOS_OWN]))?;
    let alone = room.session(Principal::of_another_account(MATEO, Vec::<&str>::new()))?;
    let mut reads = question(MATEO, "secretsmanager:GetSecretValue", report);
    narrator
        .step("mateo reads; his account has not allowed it", &reads, Ends::Denied, || alone.get_secret_value(report))?;
    reads.vouched = vec![MATEOS_OWN.to_owned()];
    narrator.step("his account allows it; the key does not know him", &reads, Ends::Denied, || {
        mateo.get_secret_value(report)
    })?;
    root.kms().put_key_policy(PutKeyPolicy::new(key, KEY_POLICY))?;
    narrator
        .step("the key's policy admits him; mateo reads", &reads, Ends::Allowed, || mateo.get_secret_value(report))?;
    let writes = Asked { action: "secretsmanager:PutSecretValue".into(), ..reads };
    narrator.step("mateo tries to write", &writes, Ends::Denied, || {
        mateo.put_secret_value(PutSecretValue::text(report, "no"))
    })?;
    Ok(())
}

/// The role of a machine may read the current version and no other. Returns the first version's id.
fn role(
    room: &Strongroom,
    root: &Session,
    narrator: &mut Narrator<'_>,
    names: &mut Vec<String>,
) -> Result<String, Failure> {
    say("\nA role for machines: the current version only")?;
    root.iam().create_role(CreateRole::new(ROLE, of_service("ec2.amazonaws.com")?))?;
    let made = root.create_secret(CreateSecret::text(DATABASE, DATABASE_VALUE).description(DESCRIPTION))?;
    names.push(made.arn.to_string());
    let first = made.version_id.map(String::from).unwrap_or_default();
    root.put_resource_policy(PutResourcePolicy::new(DATABASE, ROLES_POLICY))?;
    let machine = room.session(Principal::role(ROLE, "i-0abc"))?;
    let who = format!("role/{ROLE}/i-0abc");
    let reads = question(&who, "secretsmanager:GetSecretValue", DATABASE);
    narrator
        .step("a machine reads the current version", &reads, Ends::Allowed, || machine.get_secret_value(DATABASE))?;
    root.put_secret_value(PutSecretValue::text(DATABASE, DATABASE_VALUE_2))?;
    let read = narrator.step("a new version is stored; the machine reads that", &reads, Ends::Allowed, || {
        machine.get_secret_value(DATABASE)
    })?;
    expect(read, DATABASE_VALUE_2)?;
    let previous = Asked { stage: Some("AWSPREVIOUS".into()), ..reads };
    narrator.step("the machine asks for AWSPREVIOUS", &previous, Ends::Denied, || {
        machine.get_secret_value(GetSecretValue::new(DATABASE).version_stage("AWSPREVIOUS"))
    })?;
    names.push(first.clone());
    Ok(first)
}

/// A policy that looks at tags.
fn tags(room: &Strongroom, root: &Session, narrator: &mut Narrator<'_>) -> Done {
    say("\nTariq: only what has the tag ServerName=ServerABC")?;
    root.iam().create_user(CreateUser::new(TARIQ))?;
    root.iam().put_user_policy(PutUserPolicy::new(TARIQ, "describe-one-server", TARIQS_POLICY))?;
    for (name, server) in [(SERVER_ABC, "ServerABC"), (SERVER_XYZ, "ServerXYZ")] {
        root.create_secret(CreateSecret::text(name, SERVER_VALUE).tags(vec![Tag::new("ServerName", server)]))?;
    }
    let tariq = room.session(Principal::user(TARIQ))?;
    let describes = |name: &str| question("user/tariq", "secretsmanager:DescribeSecret", name);
    narrator.step("tariq describes Servers/abc", &describes(SERVER_ABC), Ends::Allowed, || {
        tariq.describe_secret(SERVER_ABC)
    })?;
    narrator.step("tariq describes Servers/xyz", &describes(SERVER_XYZ), Ends::Denied, || {
        tariq.describe_secret(SERVER_XYZ)
    })?;
    Ok(())
}

/// The secret's side allows, the key's does not: until a grant, and again without it.
fn grant(room: &Strongroom, root: &Session, narrator: &mut Narrator<'_>, names: &mut Vec<String>) -> Done {
    say("\nThe billing application: a key that refuses until a grant is made")?;
    let key = root.kms().create_key(CreateKey::new())?.key_metadata;
    names.push(key.key_id.to_string());
    root.iam().create_role(CreateRole::new(BILLING, of_service("ec2.amazonaws.com")?))?;
    root.iam().put_role_policy(PutRolePolicy::new(BILLING, "read-one-secret", BILLINGS_POLICY))?;
    root.create_secret(CreateSecret::text(INVOICES, INVOICES_VALUE).kms_key_id(key.key_id.clone()))?;
    let billing = room.session(Principal::role(BILLING, "worker-7"))?;
    let reads = question(&format!("role/{BILLING}/worker-7"), "secretsmanager:GetSecretValue", INVOICES);
    narrator
        .step("it may read the secret, not use the key", &reads, Ends::Denied, || billing.get_secret_value(INVOICES))?;
    let role = format!("arn:aws:iam::{ACCOUNT}:role/{BILLING}");
    let grant = root.kms().create_grant(CreateGrant::to(role, key.key_id.clone(), ["Decrypt"]))?.grant_id;
    names.push(grant.to_string());
    narrator
        .step("a grant of Decrypt is made; it reads", &reads, Ends::Allowed, || billing.get_secret_value(INVOICES))?;
    root.kms().revoke_grant(RevokeGrant::new(key.key_id, grant))?;
    narrator
        .step("the grant is revoked; it reads again", &reads, Ends::Denied, || billing.get_secret_value(INVOICES))?;
    Ok(())
}

/// Labels move, values stay: a rollback.
fn rollback(room: &Strongroom, root: &Session, narrator: &mut Narrator<'_>, first: &str) -> Done {
    say("\nA rollback: AWSCURRENT goes back to the version before")?;
    let current = root.get_secret_value(DATABASE)?.version_id;
    let moves = question("root", "secretsmanager:UpdateSecretVersionStage", DATABASE);
    narrator.step("root moves the label", &moves, Ends::Allowed, || {
        let request = UpdateSecretVersionStage::new(DATABASE, "AWSCURRENT");
        root.update_secret_version_stage(request.remove_from_version_id(current.clone()).move_to_version_id(first))
    })?;
    let machine = room.session(Principal::role(ROLE, "i-0abc"))?;
    let reads = question(&format!("role/{ROLE}/i-0abc"), "secretsmanager:GetSecretValue", DATABASE);
    let read = narrator.step("the machine reads, and gets the first value", &reads, Ends::Allowed, || {
        machine.get_secret_value(DATABASE)
    })?;
    expect(read, DATABASE_VALUE)?;
    let previous = root.get_secret_value(GetSecretValue::new(DATABASE).version_stage("AWSPREVIOUS"))?;
    if previous.version_id != current {
        return Err(Failure::new(Exit::Other, "Demo", "AWSPREVIOUS did not follow"));
    }
    say("")
}

/// A read must bring the value that the story tells of.
fn expect(read: Option<GetSecretValueResponse>, value: &str) -> Done {
    if read.is_some_and(|read| read.value() == value.as_bytes()) {
        return Ok(());
    }
    Err(Failure::new(Exit::Other, "Demo", "another value came back than the one that was stored"))
}

fn question(who: &str, action: &str, resource: &str) -> Asked {
    Asked { who: who.into(), action: action.into(), resource: resource.into(), ..Asked::default() }
}
