//! Goal: nobody takes the way back from himself unseen, and nobody opens a secret to the world who said that he would not. Method:
//! each check of KMS and Secrets Manager by the ways in which a right can hang on what is about to change: on the policy itself, on
//! a tag, on a member of the request. What is refused changes nothing.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::common::{
    ACCOUNT, House, allow, allow_if, denied, house, policy, refused, refused_as, root_arn, statement, statement_if,
    user_arn,
};
use strongroom::Error;
use strongroom::operation::iam::PutUserPolicy;
use strongroom::operation::kms::{CreateKey, PutKeyPolicy, Tag as KeyTag};
use strongroom::operation::secretsmanager::{
    CreateSecret, GetSecretValue, PutResourcePolicy, Tag, TagResource, UntagResource,
};

const PUT_KEY: &str = "kms:PutKeyPolicy";
const PUT: &str = "secretsmanager:PutResourcePolicy";
const GET: &str = "secretsmanager:GetSecretValue";
const KEY_LOCKED: &str = "The new key policy will not allow you to update the key policy in the future.";
const LOCKED: &str = "Your requested changes will not allow you to manage this secret in the future.";
const RED: &str = r#""StringEquals":{"aws:ResourceTag/team":"red"}"#;

/// Refused, and the store is as before.
#[track_caller]
fn stopped<T: std::fmt::Debug>(house: &House, code: &str, text: &str, attempt: impl FnOnce() -> Result<T, Error>) {
    let before = house.room.status().unwrap().fingerprint;
    refused(attempt(), code, text);
    assert_eq!(house.room.status().unwrap().fingerprint, before);
}

// Policies of keys.

#[test]
fn a_key_policy_must_let_its_author_put_the_next_one() {
    let house = house();
    let anaya = house.user_with("anaya", allow("kms:*", "*"));
    let key = house.root.kms().create_key(CreateKey::new()).unwrap().key_metadata.key_id;
    let (me, root) = (user_arn("anaya"), root_arn());
    let delegates = statement("Allow", &root, "kms:*");
    for locks in [
        // Nobody may put one.
        policy(&[statement("Allow", &root, "kms:Describe*")]),
        // Somebody else may.
        policy(&[statement("Allow", "arn:aws:iam::999999999999:root", "kms:*")]),
        // She may use the key, not put its policy.
        policy(&[statement("Allow", &me, "kms:Encrypt kms:Decrypt")]),
        // She is denied what the account delegates to her.
        policy(&[delegates.clone(), statement("Deny", &me, PUT_KEY)]),
        policy(&[delegates.clone(), statement("Deny", "*", "kms:Put*")]),
        // Only with what a later request will not have.
        policy(&[statement_if("Allow", &me, "kms:*", r#""StringEquals":{"kms:PolicyName":"other"}"#)]),
        policy(&[statement_if("Allow", &me, "kms:*", r#""Bool":{"kms:BypassPolicyLockoutSafetyCheck":"true"}"#)]),
        policy(&[statement_if("Allow", &me, "kms:*", r#""DateLessThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}"#)]),
        // Only on a key with a tag that this one has not.
        policy(&[statement_if("Allow", &me, "kms:*", RED)]),
    ] {
        let code = "MalformedPolicyDocumentException";
        stopped(&house, code, KEY_LOCKED, || anaya.kms().put_key_policy(PutKeyPolicy::new(&key, locks.as_str())));
        stopped(&house, code, KEY_LOCKED, || anaya.kms().create_key(CreateKey::new().policy(locks.as_str())));
        // Who says that he knows is believed.
        let knowing = CreateKey::new().policy(locks.as_str()).bypass_policy_lockout_safety_check(true);
        anaya.kms().create_key(knowing).unwrap();
    }
    // The tag that the key gets in the same request counts.
    let tagged = CreateKey::new().policy(policy(&[statement_if("Allow", &me, "kms:*", RED)]));
    anaya.kms().create_key(tagged.tags(vec![KeyTag::new("team", "red")])).unwrap();
    // Named by herself she needs no delegation, nor a policy of her own.
    anaya.kms().put_key_policy(PutKeyPolicy::new(&key, policy(&[statement("Allow", &me, "kms:*")]))).unwrap();
}

#[test]
fn what_the_author_may_by_her_own_policy_counts_as_the_key_delegates_it() {
    let house = house();
    let anaya = house.user_with("anaya", allow("kms:*", "*"));
    let key = house.root.kms().create_key(CreateKey::new()).unwrap().key_metadata.key_id;
    let delegating = || PutKeyPolicy::new(&key, policy(&[statement("Allow", &root_arn(), "kms:*")]));
    anaya.kms().put_key_policy(delegating()).unwrap();
    // With leave to put policies that skip the check only, she could not put this one again without.
    let skipping = r#""Bool":{"kms:BypassPolicyLockoutSafetyCheck":"true"}"#;
    house.set_policy("anaya", allow_if(PUT_KEY, "*", skipping));
    anaya.kms().put_key_policy(delegating().bypass_policy_lockout_safety_check(true)).unwrap();
    denied(anaya.kms().put_key_policy(delegating()), &user_arn("anaya"), PUT_KEY, Some(key.as_str()));
    // The skipping itself can be forbidden.
    let deny = r#"{"Effect":"Deny","Action":"kms:*","Resource":"*","Condition":{"Bool":{"kms:BypassPolicyLockoutSafetyCheck":"true"}}}"#;
    let all = r#"{"Effect":"Allow","Action":"kms:*","Resource":"*"}"#;
    house.set_policy("anaya", policy(&[all.to_owned(), deny.to_owned()]));
    refused_as(
        anaya.kms().put_key_policy(delegating().bypass_policy_lockout_safety_check(true)),
        "AccessDeniedException",
    );
    anaya.kms().put_key_policy(delegating()).unwrap();
}

// Policies of secrets.

#[test]
fn a_secrets_policy_must_let_its_author_put_the_next_one() {
    let house = house();
    house.root.create_secret(CreateSecret::text("s", "v").tags(vec![Tag::new("team", "red")])).unwrap();
    let keeper = house.user("keeper");
    let me = user_arn("keeper");
    // The policy of the secret is all that lets the keeper in.
    let keeps = policy(&[statement("Allow", &me, PUT)]);
    house.set_resource_policy("s", &keeps);
    let put = |text: &str| keeper.put_resource_policy(PutResourcePolicy::new("s", text));
    for locks in [
        policy(&[statement("Allow", &root_arn(), "secretsmanager:*")]),
        policy(&[statement("Allow", &me, GET)]),
        policy(&[statement("Allow", &user_arn("keeper"), PUT), statement("Deny", "*", "secretsmanager:Put*")]),
        policy(&[statement_if("Allow", &me, PUT, r#""StringEquals":{"aws:ResourceTag/team":"blue"}"#)]),
        policy(&[statement_if("Allow", &me, PUT, r#""Bool":{"secretsmanager:BlockPublicPolicy":"true"}"#)]),
    ] {
        stopped(&house, "InvalidRequestException", LOCKED, || put(&locks));
    }
    // It holds on for as long as something lets the keeper in: the tag, the member of the request, a policy of its own.
    put(&policy(&[statement_if("Allow", &me, PUT, RED)])).unwrap();
    let careful = policy(&[statement_if("Allow", &me, PUT, r#""Bool":{"secretsmanager:BlockPublicPolicy":"true"}"#)]);
    keeper.put_resource_policy(PutResourcePolicy::new("s", careful).block_public_policy(true)).unwrap();
    denied(put(&keeps), &me, PUT, Some("s"));
    house.set_policy("keeper", allow(PUT, "*"));
    put(&policy(&[statement("Allow", &root_arn(), "secretsmanager:*")])).unwrap();
}

#[test]
fn a_role_and_a_caller_of_another_account_do_not_lock_themselves_out_either() {
    let house = house();
    let arn = house.secret("s", "v");
    let app = house.role_with("app", "one", allow("kms:ListKeys", "*"));
    let role = format!("arn:aws:iam::{ACCOUNT}:role/app");
    let mateo = "arn:aws:iam::999999999999:user/mateo";
    let abroad = house.stranger(mateo);
    let both = policy(&[statement("Allow", &role, PUT), statement("Allow", mateo, PUT)]);
    house.set_resource_policy("s", &both);
    let one = |who: &str| policy(&[statement("Allow", who, PUT)]);
    let put = |text: String| PutResourcePolicy::new(arn.as_str(), text);
    stopped(&house, "InvalidRequestException", LOCKED, || app.put_resource_policy(put(one(mateo))));
    stopped(&house, "InvalidRequestException", LOCKED, || abroad.put_resource_policy(put(one(&role))));
    app.put_resource_policy(put(both.clone())).unwrap();
    // Each may shut the other out.
    abroad.put_resource_policy(put(one(mateo))).unwrap();
    assert!(app.put_resource_policy(put(both)).unwrap_err().is_access_denied());
}

// Tags.

#[test]
fn a_change_of_tags_that_would_cost_the_caller_its_right_is_refused_whatever_gives_the_right() {
    let house = house();
    house.root.create_secret(CreateSecret::text("s", "v").tags(vec![Tag::new("team", "red")])).unwrap();
    let rights = "secretsmanager:TagResource secretsmanager:UntagResource";
    let anaya = house.user("anaya");
    let me = user_arn("anaya");
    let retag =
        |key: &str, value: &str| anaya.tag_resource(TagResource::new("s", vec![Tag::new(key, value)])).map(drop);
    let untag = |key: &str| anaya.untag_resource(UntagResource::new("s", vec![key.into()])).map(drop);
    let text =
        |action: &str| format!("User: {me} is not authorized to perform: secretsmanager:{action} on resource: s");
    let code = "AccessDeniedException";
    let deny_others = policy(&[
        r#"{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}"#.to_owned(),
        r#"{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:ResourceTag/team":"red"}}}"#.to_owned(),
    ]);
    let by_her_team = allow_if(rights, "*", r#""StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}"#);
    let tagged = vec![strongroom::operation::iam::Tag::new("team", "red")];
    house.root.iam().tag_user(strongroom::operation::iam::TagUser::new("anaya", tagged)).unwrap();
    for own in [allow_if(rights, "*", RED), by_her_team, deny_others] {
        house.set_policy("anaya", &own);
        stopped(&house, code, &text("TagResource"), || retag("team", "blue"));
        stopped(&house, code, &text("UntagResource"), || untag("team"));
        retag("team", "red").unwrap();
        retag("cost", "12").unwrap();
        untag("cost").unwrap();
    }
    // The right by the secret's own policy hangs on the tag just as well.
    house.set_policy("anaya", allow("kms:ListKeys", "*"));
    house.set_resource_policy("s", policy(&[statement_if("Allow", &me, rights, RED)]));
    stopped(&house, code, &text("TagResource"), || retag("team", "blue"));
    stopped(&house, code, &text("UntagResource"), || untag("team"));
    // A second right that does not, and she may.
    house.root.iam().put_user_policy(PutUserPolicy::new("anaya", "more", allow(rights, "*"))).unwrap();
    retag("team", "blue").unwrap();
    untag("team").unwrap();
}

// Broad policies.

#[test]
fn what_a_request_that_blocks_public_policies_stores_lets_no_stranger_in() {
    let house = house();
    let key =
        house.customer_key(policy(&[statement("Allow", &root_arn(), "kms:*"), statement("Allow", "*", "kms:Decrypt")]));
    let arn = house.root.create_secret(CreateSecret::text("s", "v").kms_key_id(key)).unwrap().arn.to_string();
    // Of accounts, roles and users that no policy below names.
    let strangers = [
        "arn:aws:iam::888888888888:user/mateo",
        "arn:aws:iam::888888888888:user/000000000000",
        "arn:aws:sts::888888888888:assumed-role/app/000000000000",
        "arn:aws:iam::888888888888:root",
    ];
    let account = r#""aws:PrincipalAccount":"000000000000""#;
    let conditions = [
        format!(r#""StringEquals":{{{account}}}"#),
        format!(r#""StringLike":{{{account}}}"#),
        format!(r#""StringEqualsIgnoreCase":{{{account}}}"#),
        format!(r#""StringEqualsIfExists":{{{account}}}"#),
        format!(r#""StringNotEquals":{{{account}}}"#),
        format!(r#""ForAllValues:StringEquals":{{{account}}}"#),
        format!(r#""ForAnyValue:StringEquals":{{{account}}}"#),
        r#""StringLike":{"aws:PrincipalAccount":"0*"}"#.to_owned(),
        r#""StringLike":{"aws:PrincipalAccount":["000000000000","*"]}"#.to_owned(),
        r#""StringEquals":{"aws:PrincipalAccount":"${aws:ResourceAccount}"}"#.to_owned(),
        r#""StringEquals":{"aws:PrincipalAccount":"${aws:PrincipalAccount}"}"#.to_owned(),
        r#""ArnLike":{"aws:PrincipalArn":"arn:aws:iam::000000000000:*"}"#.to_owned(),
        r#""ArnLike":{"aws:PrincipalArn":"arn:aws:*::*:*000000000000*"}"#.to_owned(),
        r#""StringLike":{"aws:PrincipalArn":"arn:aws:*:000000000000*"}"#.to_owned(),
        r#""StringLike":{"aws:PrincipalArn":"*000000000000"}"#.to_owned(),
        r#""StringEquals":{"aws:PrincipalOrgID":"o-abcdefghij"}"#.to_owned(),
        r#""StringEquals":{"aws:userid":"000000000000"}"#.to_owned(),
        r#""StringNotEquals":{"aws:userid":"000000000000"}"#.to_owned(),
        r#""IpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#.to_owned(),
        r#""IpAddress":{"aws:SourceIp":"0.0.0.0/0"}"#.to_owned(),
        r#""NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}"#.to_owned(),
        r#""Bool":{"aws:SecureTransport":"true"}"#.to_owned(),
        r#""StringEquals":{"aws:PrincipalType":"User"}"#.to_owned(),
        r#""StringLike":{"aws:username":"mateo"}"#.to_owned(),
        r#""Null":{"aws:PrincipalOrgID":"true"}"#.to_owned(),
        r#""DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}"#.to_owned(),
        r#""StringEquals":{"secretsmanager:VersionStage":"AWSCURRENT"}"#.to_owned(),
    ];
    let (mut stored, mut public) = (0, 0);
    for condition in &conditions {
        let broad = policy(&[statement_if("Allow", "*", GET, condition)]);
        let blocking = PutResourcePolicy::new("s", broad.as_str()).block_public_policy(true);
        let taken = match house.root.put_resource_policy(blocking) {
            Ok(_) => true,
            Err(error) => {
                assert_eq!(error.code(), "PublicPolicyException", "{condition}");
                house.set_resource_policy("s", &broad);
                false
            }
        };
        let read = |who: &&str| house.stranger(who).get_secret_value(GetSecretValue::new(arn.as_str())).is_ok();
        let let_in: Vec<&&str> = strangers.iter().filter(|who| read(who)).collect();
        if taken {
            assert!(let_in.is_empty(), "{condition} was taken for closed and lets in {let_in:?}");
            stored += 1;
        }
        public += usize::from(!let_in.is_empty());
    }
    // The list has both kinds: what is closed is not refused altogether, and what is open is really open.
    assert!(stored >= 6 && public >= 8, "{stored} stored, {public} public");
}
