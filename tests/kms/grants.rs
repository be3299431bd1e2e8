//! Grants: what they allow, to whom, under which encryption context, and that they end with the call that ends them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail loudly")]

use std::collections::BTreeMap;

use crate::support::{
    ACCOUNT, House, denied, house, no_identity, policy, refused, refused_as, role_arn, root_arn, statement, user_arn,
};
use strongroom::name::Text;
use strongroom::operation::Blob;
use strongroom::operation::kms::{
    CreateGrant, CreateKey, Decrypt, Encrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext, GrantConstraints,
    GrantListEntry, GrantOperation, KeyMetadata, ListGrants, PutKeyPolicy, RevokeGrant,
};
use strongroom::operation::secretsmanager::CreateSecret;
use strongroom::{Principal, Session};

fn key(session: &Session) -> KeyMetadata {
    session.kms().create_key(CreateKey::new()).unwrap().key_metadata
}
fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<Text, Text> {
    pairs.iter().map(|(key, value)| (Text::from(*key), Text::from(*value))).collect()
}
fn subset(of: &[(&str, &str)]) -> GrantConstraints {
    GrantConstraints::new().encryption_context_subset(pairs(of))
}
fn equals(to: &[(&str, &str)]) -> GrantConstraints {
    GrantConstraints::new().encryption_context_equals(pairs(to))
}
fn encrypt(session: &Session, key: &KeyMetadata, context: &[(&str, &str)]) -> Result<Blob, strongroom::Error> {
    let request = Encrypt::new(&key.arn, "x").encryption_context(pairs(context));
    session.kms().encrypt(request).map(|answer| answer.ciphertext_blob)
}
/// Makes a grant as root; gives its id.
fn grant(house: &House, request: CreateGrant) -> Text {
    house.root.kms().create_grant(request).unwrap().grant_id
}
fn listed(house: &House, key: &KeyMetadata) -> Vec<GrantListEntry> {
    house.root.kms().list_grants(&*key.arn).unwrap().grants
}
const DENIED: &str = "AccessDeniedException";

#[test]
fn a_grant_allows_what_it_lists_without_any_policy_and_nothing_else() {
    let house = house();
    let made = key(&house.root);
    let anaya = house.user("anaya");
    refused_as(encrypt(&anaya, &made, &[]), DENIED);
    grant(&house, CreateGrant::to(user_arn("anaya"), &made.key_id, ["Encrypt", "DescribeKey"]));
    let blob = encrypt(&anaya, &made, &[]).unwrap();
    anaya.kms().describe_key(&*made.arn).unwrap();
    refused_as(anaya.kms().decrypt(Decrypt::blob(blob)), DENIED);
    refused_as(anaya.kms().generate_data_key(GenerateDataKey::new(&made.arn).key_spec("AES_256")), DENIED);
    refused_as(anaya.kms().get_key_policy(&*made.arn), DENIED);
    refused_as(anaya.kms().list_grants(&*made.arn), DENIED);
    refused_as(anaya.kms().create_grant(CreateGrant::to(user_arn("anaya"), &made.arn, ["Encrypt"])), DENIED);
    // On this key alone, to this user alone.
    refused_as(encrypt(&anaya, &key(&house.root), &[]), DENIED);
    refused_as(encrypt(&house.user("bob"), &made, &[]), DENIED);
}

#[test]
fn revoking_bites_at_the_next_call_of_every_session() {
    let house = house();
    let made = key(&house.root);
    let anaya = house.user("anaya");
    let id = grant(&house, CreateGrant::to(user_arn("anaya"), &made.key_id, ["Encrypt"]));
    let other = house.room.session("user/anaya").unwrap();
    encrypt(&anaya, &made, &[]).unwrap();
    encrypt(&other, &made, &[]).unwrap();
    house.root.kms().revoke_grant(RevokeGrant::new(&made.key_id, &id)).unwrap();
    refused_as(encrypt(&anaya, &made, &[]), DENIED);
    refused_as(encrypt(&other, &made, &[]), DENIED);
    assert_eq!(listed(&house, &made), []);
    let text = format!("Grant ID {id} not found");
    refused(house.root.kms().revoke_grant(RevokeGrant::new(&made.key_id, &id)), "NotFoundException", &text);
}

#[test]
fn a_grant_cannot_be_revoked_through_another_key_or_by_who_may_not() {
    let house = house();
    let (made, other) = (key(&house.root), key(&house.root));
    let anaya = house.user("anaya");
    let id = grant(&house, CreateGrant::to(user_arn("anaya"), &made.key_id, ["Encrypt"]));
    refused_as(house.root.kms().revoke_grant(RevokeGrant::new(&other.key_id, &id)), "NotFoundException");
    for ill_formed in ["x", "zz", &id.to_uppercase(), &id[1..]] {
        if ill_formed != &*id {
            refused_as(
                house.root.kms().revoke_grant(RevokeGrant::new(&made.key_id, ill_formed)),
                "InvalidGrantIdException",
            );
        }
    }
    denied(
        anaya.kms().revoke_grant(RevokeGrant::new(&made.arn, &id)),
        &user_arn("anaya"),
        "kms:RevokeGrant",
        Some(&made.arn),
        &no_identity("kms:RevokeGrant"),
    );
    refused_as(
        house.root.kms().revoke_grant(RevokeGrant::new(&made.key_id, &id).dry_run(true)),
        "DryRunOperationException",
    );
    encrypt(&anaya, &made, &[]).unwrap();
}

#[test]
fn an_equality_holds_for_exactly_its_context_and_a_subset_for_more() {
    let house = house();
    let made = key(&house.root);
    let (exact, part) = (house.user("exact"), house.user("part"));
    let constrained = |name: &str, constraints: GrantConstraints| {
        let operations = ["Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "DescribeKey"];
        grant(&house, CreateGrant::to(user_arn(name), &made.key_id, operations).constraints(constraints));
    };
    constrained("exact", equals(&[("dept", "it"), ("app", "a")]));
    constrained("part", subset(&[("dept", "it")]));
    let both = [("dept", "it"), ("app", "a")];
    encrypt(&exact, &made, &both).unwrap();
    for wrong in
        [&[][..], &[("dept", "it")], &[("dept", "it"), ("app", "b")], &[("dept", "it"), ("app", "a"), ("x", "")]]
    {
        refused_as(encrypt(&exact, &made, wrong), DENIED);
    }
    let blob = encrypt(&part, &made, &both).unwrap();
    encrypt(&part, &made, &[("dept", "it")]).unwrap();
    for wrong in [&[][..], &[("app", "a")], &[("dept", "IT")], &[("Dept", "it")], &[("it", "dept")]] {
        refused_as(encrypt(&part, &made, wrong), DENIED);
    }
    // The same on the way back, and for data keys; looking at the key has no context.
    part.kms().decrypt(Decrypt::blob(blob.clone()).encryption_context(pairs(&both))).unwrap();
    refused_as(part.kms().decrypt(Decrypt::blob(blob)), DENIED);
    let data_key = || GenerateDataKey::new(&made.arn).key_spec("AES_256");
    part.kms().generate_data_key(data_key().encryption_context(pairs(&[("dept", "it")]))).unwrap();
    refused_as(part.kms().generate_data_key(data_key()), DENIED);
    let sealed = GenerateDataKeyWithoutPlaintext::new(&made.arn).key_spec("AES_256");
    refused_as(part.kms().generate_data_key_without_plaintext(sealed), DENIED);
    part.kms().describe_key(&*made.arn).unwrap();
}

#[test]
fn an_explicit_deny_overrides_a_grant_wherever_it_stands() {
    let house = house();
    let made = key(&house.root);
    let anaya = house.user("anaya");
    grant(&house, CreateGrant::to(user_arn("anaya"), &made.key_id, ["Encrypt"]));
    encrypt(&anaya, &made, &[]).unwrap();
    let denying =
        policy(&[statement("Allow", &root_arn(), "kms:*"), statement("Deny", &user_arn("anaya"), "kms:Encrypt")]);
    house.root.kms().put_key_policy(PutKeyPolicy::new(&made.key_id, denying)).unwrap();
    refused_as(encrypt(&anaya, &made, &[]), DENIED);
    let open = policy(&[statement("Allow", &root_arn(), "kms:*")]);
    house.root.kms().put_key_policy(PutKeyPolicy::new(&made.key_id, open)).unwrap();
    encrypt(&anaya, &made, &[]).unwrap();
    let deny = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"kms:Enc*","Resource":"*"}]}"#;
    house.root.iam().put_user_policy(strongroom::operation::iam::PutUserPolicy::new("anaya", "deny", deny)).unwrap();
    refused_as(encrypt(&anaya, &made, &[]), DENIED);
}

#[test]
fn a_principal_made_anew_inherits_no_grant() {
    let house = house();
    let made = key(&house.root);
    let anaya = house.user("anaya");
    grant(&house, CreateGrant::to(user_arn("anaya"), &made.key_id, ["Encrypt"]));
    let worker = house.role("worker", "one");
    let session_arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/worker/one");
    grant(&house, CreateGrant::to(session_arn.as_str(), &made.key_id, ["Encrypt"]));
    grant(&house, CreateGrant::to(role_arn("worker"), &made.key_id, ["DescribeKey"]));
    encrypt(&anaya, &made, &[]).unwrap();
    encrypt(&worker, &made, &[]).unwrap();
    house.root.iam().delete_user("anaya").unwrap();
    house.root.iam().delete_role("worker").unwrap();
    let (anaya, worker) = (house.user("anaya"), house.role("worker", "one"));
    refused_as(encrypt(&anaya, &made, &[]), DENIED);
    refused_as(encrypt(&worker, &made, &[]), DENIED);
    refused_as(worker.kms().describe_key(&*made.arn), DENIED);
    // Listed, but dead; a new grant to the new user is another grant.
    assert_eq!(listed(&house, &made).len(), 3);
    let new = grant(&house, CreateGrant::to(user_arn("anaya"), &made.key_id, ["Encrypt"]));
    encrypt(&anaya, &made, &[]).unwrap();
    house.root.kms().revoke_grant(RevokeGrant::new(&made.key_id, &new)).unwrap();
    refused_as(encrypt(&anaya, &made, &[]), DENIED);
}

#[test]
fn a_grant_to_a_role_serves_all_its_sessions_and_one_to_a_session_only_that_one() {
    let house = house();
    let made = key(&house.root);
    let one = house.role("worker", "one");
    let two = house.room.session("role/worker/two").unwrap();
    grant(&house, CreateGrant::to(role_arn("worker"), &made.key_id, ["DescribeKey"]));
    let session_arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/worker/one");
    grant(&house, CreateGrant::to(session_arn.as_str(), &made.key_id, ["Encrypt"]));
    for session in [&one, &two] {
        session.kms().describe_key(&*made.arn).unwrap();
    }
    encrypt(&one, &made, &[]).unwrap();
    refused_as(encrypt(&two, &made, &[]), DENIED);
}

#[test]
fn a_grant_to_an_account_serves_its_principals_whom_it_lets_and_needs_no_policy_of_the_key() {
    let house = house();
    let made = key(&house.root);
    let mateo = house.stranger("arn:aws:iam::111122223333:user/mateo");
    let other = house.stranger("arn:aws:iam::444455556666:user/mateo");
    refused_as(encrypt(&mateo, &made, &[]), DENIED);
    grant(&house, CreateGrant::to("arn:aws:iam::111122223333:root", &made.key_id, ["Encrypt"]));
    encrypt(&mateo, &made, &[]).unwrap();
    refused_as(encrypt(&other, &made, &[]), DENIED);
    // Two accounts, two evaluations: a grant is no substitute for what the caller's own account must allow.
    let none: [&str; 0] = [];
    let idle = Principal::of_another_account("arn:aws:iam::111122223333:user/idle", none);
    refused_as(encrypt(&house.room.session(idle).unwrap(), &made, &[]), DENIED);
}

#[test]
fn one_grantee_has_room_for_many_large_grants_on_a_key() {
    let house = house();
    let made = key(&house.root);
    let anaya = house.user("anaya");
    let long = "\u{1f512}".repeat(384);
    let keys: Vec<String> = (0..8).map(|number| number.to_string()).collect();
    let mut large: Vec<(&str, &str)> = keys.iter().map(|key| (key.as_str(), long.as_str())).collect();
    // Four MiB, where a row has at most one.
    for _ in 0..320 {
        grant(&house, CreateGrant::to(user_arn("anaya"), &made.key_id, ["Encrypt"]).constraints(subset(&large)));
    }
    refused_as(encrypt(&anaya, &made, &[("0", &long)]), DENIED);
    let context: Vec<(&str, &str)> = large.iter().take(4).copied().collect();
    grant(&house, CreateGrant::to(user_arn("anaya"), &made.key_id, ["Encrypt"]).constraints(subset(&context)));
    encrypt(&anaya, &made, &context).unwrap();
    // No context is as long as these keys.
    let wide = "k".repeat(8_193);
    large.truncate(1);
    large[0].0 = &wide;
    refused_as(
        house
            .root
            .kms()
            .create_grant(CreateGrant::to(user_arn("anaya"), &made.key_id, ["Encrypt"]).constraints(subset(&large))),
        "ValidationException",
    );
}

#[test]
fn grantees_and_retiring_principals_must_exist() {
    let house = house();
    let made = key(&house.root);
    house.user("anaya");
    house.role("worker", "one");
    let ask = |request: CreateGrant| house.root.kms().create_grant(request);
    for arn in [
        user_arn("nobody"),
        role_arn("nobody"),
        user_arn("path/anaya"),
        user_arn("ANAYA"),
        format!("arn:aws:iam::{ACCOUNT}:group/g"),
        format!("arn:aws:sts::{ACCOUNT}:assumed-role/nobody/s"),
        "arn:aws:iam::123:user/x".to_owned(),
        "anaya".to_owned(),
        "lambda.amazonaws.com".to_owned(),
    ] {
        let text = format!("ARN does not refer to a valid principal: {arn}");
        refused(ask(CreateGrant::to(arn.as_str(), &made.key_id, ["Encrypt"])), "InvalidArnException", &text);
        let retiring = CreateGrant::to(user_arn("anaya"), &made.key_id, ["Encrypt"]).retiring_principal(arn.as_str());
        refused(ask(retiring), "InvalidArnException", &text);
    }
    refused_as(ask(CreateGrant::new(&made.key_id, vec!["Encrypt".into()])), "ValidationException");
    let service =
        CreateGrant::new(&made.key_id, vec!["Encrypt".into()]).grantee_service_principal("lambda.amazonaws.com");
    refused_as(ask(service), "UnsupportedOperationException");
    assert_eq!(listed(&house, &made), [], "nothing was made");
    ask(CreateGrant::to("arn:aws:iam::111122223333:user/unknown-here", &made.key_id, ["Encrypt"])).unwrap();
}

#[test]
fn operations_and_constraints_must_fit_the_key() {
    let house = house();
    let made = key(&house.root);
    let mac = CreateKey::new().key_spec("HMAC_256").key_usage("GENERATE_VERIFY_MAC");
    let mac = house.root.kms().create_key(mac).unwrap().key_metadata;
    let ask = |request: CreateGrant| house.root.kms().create_grant(request);
    for (key, operation) in
        [(&made, "Sign"), (&made, "GenerateMac"), (&made, "GetPublicKey"), (&mac, "Encrypt"), (&mac, "Decrypt")]
    {
        let text = format!("Grant operation {operation} is not valid for {}.", key.arn);
        refused(ask(CreateGrant::to(root_arn(), &key.key_id, [operation])), "ValidationException", &text);
    }
    refused_as(ask(CreateGrant::to(root_arn(), &made.key_id, ["PutKeyPolicy"])), "ValidationException");
    let none: [&str; 0] = [];
    refused_as(ask(CreateGrant::to(root_arn(), &made.key_id, none)), "ValidationException");
    let constrained = |key: &KeyMetadata, constraints| {
        ask(CreateGrant::to(root_arn(), &key.key_id, ["DescribeKey"]).constraints(constraints))
    };
    let both = subset(&[("a", "b")]).encryption_context_equals(pairs(&[("a", "b")]));
    refused_as(constrained(&made, both), "ValidationException");
    refused_as(constrained(&mac, subset(&[("a", "b")])), "ValidationException");
    refused_as(constrained(&made, subset(&[("a", &"v".repeat(385))])), "ValidationException");
    let digits: Vec<String> = (0..9).map(|number| number.to_string()).collect();
    let pairs_of_nine: Vec<(&str, &str)> = digits.iter().map(|key| (key.as_str(), "v")).collect();
    refused_as(constrained(&made, equals(&pairs_of_nine)), "ValidationException");
    refused_as(
        constrained(&made, GrantConstraints::new().source_arn("arn:aws:s3:::b")),
        "UnsupportedOperationException",
    );
    refused_as(ask(CreateGrant::to(root_arn(), &made.key_id, ["DescribeKey"]).name("a b")), "ValidationException");
    constrained(&made, equals(&pairs_of_nine[..8])).unwrap();
    ask(CreateGrant::to(root_arn(), &mac.key_id, ["GenerateMac", "VerifyMac", "DescribeKey"])).unwrap();
}

#[test]
fn the_same_named_request_makes_one_grant_and_two_tokens() {
    let house = house();
    let (made, other) = (key(&house.root), key(&house.root));
    house.user("anaya");
    let request = |key: &KeyMetadata, operations: &[&str]| {
        CreateGrant::to(user_arn("anaya"), &key.key_id, operations.iter().copied())
            .name("mine")
            .constraints(subset(&[("a", "b")]))
    };
    let ask = |request: CreateGrant| house.root.kms().create_grant(request).unwrap();
    let (first, again) =
        (ask(request(&made, &["Encrypt", "Decrypt"])), ask(request(&made, &["Decrypt", "Encrypt", "Encrypt"])));
    assert_eq!(first.grant_id, again.grant_id);
    assert_ne!(first.grant_token, again.grant_token);
    assert_ne!(ask(request(&made, &["Encrypt"])).grant_id, first.grant_id);
    assert_ne!(ask(request(&other, &["Encrypt", "Decrypt"])).grant_id, first.grant_id);
    assert_ne!(
        ask(request(&made, &["Encrypt", "Decrypt"]).constraints(equals(&[("a", "b")]))).grant_id,
        first.grant_id
    );
    assert_ne!(ask(request(&made, &["Encrypt", "Decrypt"]).retiring_principal(root_arn())).grant_id, first.grant_id);
    assert_eq!(listed(&house, &made).len(), 4);
    let unnamed = || ask(CreateGrant::to(user_arn("anaya"), &made.key_id, ["Encrypt"])).grant_id;
    assert_ne!(unnamed(), unnamed(), "without a name every call makes one");
    house.root.kms().revoke_grant(RevokeGrant::new(&made.key_id, &first.grant_id)).unwrap();
    assert_ne!(ask(request(&made, &["Encrypt", "Decrypt"])).grant_id, first.grant_id, "only live grants count");
    let ids: Vec<_> = [&first, &again].iter().map(|answer| answer.grant_id.len()).collect();
    assert_eq!(ids, [64, 64]);
}

#[test]
fn tokens_are_checked_for_form_and_give_nothing_to_others() {
    let house = house();
    let made = key(&house.root);
    let (anaya, bob) = (house.user("anaya"), house.user("bob"));
    let request = CreateGrant::to(user_arn("anaya"), &made.key_id, ["Encrypt"]);
    let answer = house.root.kms().create_grant(request).unwrap();
    let with = |session: &Session, token: &str| {
        session.kms().encrypt(Encrypt::new(&made.arn, "x").grant_tokens(vec![Text::from(token)]))
    };
    with(&anaya, &answer.grant_token).unwrap();
    refused_as(with(&bob, &answer.grant_token), DENIED);
    let mut forged = answer.grant_token.to_string();
    forged.replace_range(10..11, if &forged[10..11] == "A" { "B" } else { "A" });
    for token in ["x", &forged, &answer.grant_token[1..]] {
        refused(with(&anaya, token), "InvalidGrantTokenException", "The grant token is not valid.");
        refused_as(with(&house.root, token), "InvalidGrantTokenException");
    }
    // A token of another store is none of this one's; one of a grant that is gone is ignored.
    let elsewhere = strongroom::Strongroom::builder()
        .entropy(strongroom::testing::SeededEntropy::new(8))
        .create_in_memory(strongroom::Unlock::root_key([8_u8; 32].as_slice()))
        .unwrap();
    let their = key(&elsewhere.root());
    let their = elsewhere.root().kms().create_grant(CreateGrant::to(root_arn(), &their.key_id, ["Encrypt"])).unwrap();
    refused_as(with(&anaya, &their.grant_token), "InvalidGrantTokenException");
    house.root.kms().revoke_grant(RevokeGrant::new(&made.key_id, &answer.grant_id)).unwrap();
    refused_as(with(&anaya, &answer.grant_token), DENIED);
    with(&house.root, &answer.grant_token).unwrap();
    let eleven = vec![answer.grant_token.clone(); 11];
    refused_as(house.root.kms().encrypt(Encrypt::new(&made.arn, "x").grant_tokens(eleven)), "ValidationException");
}

#[test]
fn a_grant_can_be_passed_on_but_not_widened() {
    let house = house();
    let made = key(&house.root);
    let (anaya, bob) = (house.user("anaya"), house.user("bob"));
    let parent = CreateGrant::to(user_arn("anaya"), &made.arn, ["Encrypt", "Decrypt", "CreateGrant"]);
    grant(&house, parent.constraints(subset(&[("dept", "it")])));
    let pass_on = |operations: &[&str], constraints: Option<GrantConstraints>| {
        let mut request = CreateGrant::to(user_arn("bob"), &made.arn, operations.iter().copied());
        request.constraints = constraints;
        anaya.kms().create_grant(request)
    };
    refused_as(pass_on(&["Encrypt"], None), DENIED);
    refused_as(pass_on(&["Encrypt"], Some(subset(&[]))), DENIED);
    refused_as(pass_on(&["Encrypt"], Some(subset(&[("dept", "hr")]))), DENIED);
    refused_as(pass_on(&["Encrypt"], Some(equals(&[("app", "a")]))), DENIED);
    refused_as(pass_on(&["Encrypt", "GenerateDataKey"], Some(subset(&[("dept", "it")]))), DENIED);
    refused_as(pass_on(&["DescribeKey"], Some(subset(&[("dept", "it")]))), DENIED);
    refused_as(encrypt(&bob, &made, &[("dept", "it")]), DENIED);
    let child = pass_on(&["Encrypt", "CreateGrant"], Some(equals(&[("dept", "it"), ("app", "a")]))).unwrap();
    encrypt(&bob, &made, &[("dept", "it"), ("app", "a")]).unwrap();
    refused_as(encrypt(&bob, &made, &[("dept", "it")]), DENIED);
    // To any depth; an equality stays as it is.
    let grand = |constraints| {
        bob.kms().create_grant(CreateGrant::to(user_arn("anaya"), &made.arn, ["Encrypt"]).constraints(constraints))
    };
    refused_as(grand(subset(&[("dept", "it"), ("app", "a")])), DENIED);
    refused_as(grand(equals(&[("dept", "it")])), DENIED);
    grand(equals(&[("dept", "it"), ("app", "a")])).unwrap();
    // Ending the parent does not end the child.
    let parent = listed(&house, &made).into_iter().find(|entry| entry.operations.len() == 3).unwrap();
    house.root.kms().revoke_grant(RevokeGrant::new(&made.key_id, &parent.grant_id)).unwrap();
    encrypt(&bob, &made, &[("dept", "it"), ("app", "a")]).unwrap();
    refused_as(pass_on(&["Encrypt"], Some(equals(&[("dept", "it"), ("app", "a")]))), DENIED);
    house.root.kms().revoke_grant(RevokeGrant::new(&made.key_id, &child.grant_id)).unwrap();
    refused_as(encrypt(&bob, &made, &[("dept", "it"), ("app", "a")]), DENIED);
}

#[test]
fn who_may_create_grants_by_policy_may_grant_what_it_may_not_do() {
    let house = house();
    let made = key(&house.root);
    let anaya = house.user_who_may("anaya", "kms:CreateGrant", &made.arn);
    let bob = house.user("bob");
    refused_as(encrypt(&anaya, &made, &[]), DENIED);
    anaya.kms().create_grant(CreateGrant::to(user_arn("bob"), &made.arn, ["Encrypt"])).unwrap();
    encrypt(&bob, &made, &[]).unwrap();
}

#[test]
fn conditions_limit_what_may_be_granted() {
    let house = house();
    let made = key(&house.root);
    let anaya = house.user("anaya");
    house.user("bob");
    let put = |condition: &str| {
        let document = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"kms:CreateGrant","Resource":"*","Condition":{condition}}}]}}"#
        );
        house
            .root
            .iam()
            .put_user_policy(strongroom::operation::iam::PutUserPolicy::new("anaya", "only", document))
            .unwrap();
    };
    let ask = |request: CreateGrant| anaya.kms().create_grant(request);
    let to_bob = |operations: &[&str]| CreateGrant::to(user_arn("bob"), &made.arn, operations.iter().copied());
    put(r#"{"ForAllValues:StringEquals":{"kms:GrantOperations":["Encrypt","DescribeKey"]}}"#);
    ask(to_bob(&["Encrypt"])).unwrap();
    refused_as(ask(to_bob(&["Encrypt", "Decrypt"])), DENIED);
    put(&format!(r#"{{"StringEquals":{{"kms:GranteePrincipal":"{}"}}}}"#, user_arn("bob")));
    ask(to_bob(&["Encrypt"])).unwrap();
    refused_as(ask(CreateGrant::to(user_arn("anaya"), &made.arn, ["Encrypt"])), DENIED);
    put(&format!(r#"{{"StringEquals":{{"kms:RetiringPrincipal":"{}"}}}}"#, root_arn()));
    ask(to_bob(&["Encrypt"]).retiring_principal(root_arn())).unwrap();
    refused_as(ask(to_bob(&["Encrypt"])), DENIED);
    put(r#"{"StringEquals":{"kms:GrantConstraintType":"EncryptionContextSubset"}}"#);
    ask(to_bob(&["Encrypt"]).constraints(subset(&[("a", "b")]))).unwrap();
    refused_as(ask(to_bob(&["Encrypt"]).constraints(equals(&[("a", "b")]))), DENIED);
    refused_as(ask(to_bob(&["Encrypt"])), DENIED);
    put(r#"{"StringEquals":{"kms:EncryptionContext:a":"b"}}"#);
    ask(to_bob(&["Encrypt"]).constraints(equals(&[("a", "b")]))).unwrap();
    refused_as(ask(to_bob(&["Encrypt"]).constraints(equals(&[("a", "c")]))), DENIED);
    put(r#"{"Bool":{"kms:GrantIsForAWSResource":"true"}}"#);
    refused_as(ask(to_bob(&["Encrypt"])), DENIED);
    put(r#"{"Bool":{"kms:GrantIsForAWSResource":"false"}}"#);
    ask(to_bob(&["Encrypt"])).unwrap();
}

#[test]
fn grants_are_listed_oldest_first_in_pages_and_by_filters() {
    let house = house();
    let made = key(&house.root);
    house.user("anaya");
    house.user("bob");
    let mut ids = Vec::new();
    for (number, name) in ["anaya", "bob", "anaya", "anaya"].into_iter().enumerate() {
        house.clock.advance_millis(1_000);
        let request = CreateGrant::to(user_arn(name), &made.key_id, ["Encrypt"]).name(format!("n{number}"));
        ids.push(grant(&house, request.retiring_principal(root_arn()).constraints(subset(&[("a", "b")]))));
    }
    let list = |request: ListGrants| house.root.kms().list_grants(request).unwrap();
    let all = list(ListGrants::new(&made.key_id));
    assert_eq!(all.grants.iter().map(|entry| entry.grant_id.clone()).collect::<Vec<_>>(), ids);
    assert!(!all.truncated && all.next_marker.is_none());
    let first = &all.grants[0];
    assert_eq!((&first.key_id, &*first.grantee_principal), (&made.arn, &*user_arn("anaya")));
    assert_eq!((&*first.issuing_account, first.name.as_deref()), (&*root_arn(), Some("n0")));
    assert_eq!(first.retiring_principal.as_deref(), Some(&*root_arn()));
    assert_eq!(first.constraints, Some(subset(&[("a", "b")])));
    assert_eq!(first.operations.iter().map(GrantOperation::as_str).collect::<Vec<_>>(), ["Encrypt"]);
    assert_eq!(list(ListGrants::new(&made.key_id).grantee_principal(user_arn("bob"))).grants.len(), 1);
    assert_eq!(list(ListGrants::new(&made.key_id).grant_id(&ids[2])).grants[0].grant_id, ids[2]);
    assert_eq!(list(ListGrants::new(&made.key_id).grant_id("0".repeat(64))).grants, []);
    assert_eq!(list(ListGrants::new(&made.key_id).grantee_service_principal("lambda.amazonaws.com")).grants, []);
    refused_as(house.root.kms().list_grants(ListGrants::new(&made.key_id).grant_id("x")), "InvalidGrantIdException");
    let page = list(ListGrants::new(&made.key_id).limit(3));
    assert!(page.truncated);
    let marker = page.next_marker.unwrap();
    // A grant that was seen goes; none of the others is repeated or skipped.
    house.root.kms().revoke_grant(RevokeGrant::new(&made.key_id, &ids[2])).unwrap();
    let rest = list(ListGrants::new(&made.key_id).limit(3).marker(&marker));
    assert_eq!(rest.grants.iter().map(|entry| &entry.grant_id).collect::<Vec<_>>(), [&ids[3]]);
    let other = key(&house.root);
    refused_as(house.root.kms().list_grants(ListGrants::new(&other.key_id).marker(&marker)), "InvalidMarkerException");
    let filtered = ListGrants::new(&made.key_id).grantee_principal(user_arn("bob")).marker(&marker);
    refused_as(house.root.kms().list_grants(filtered), "InvalidMarkerException");
    refused_as(house.root.kms().list_grants(ListGrants::new(&made.key_id).limit(101)), "ValidationException");
}

#[test]
fn a_dry_run_makes_no_grant() {
    let house = house();
    let made = key(&house.root);
    house.user("anaya");
    let request = || CreateGrant::to(user_arn("anaya"), &made.key_id, ["Encrypt"]).name("n").dry_run(true);
    refused_as(house.root.kms().create_grant(request()), "DryRunOperationException");
    assert_eq!(listed(&house, &made), []);
    house.root.kms().create_grant(request().dry_run(false)).unwrap();
    refused_as(house.root.kms().create_grant(request()), "DryRunOperationException");
    let unknown = CreateGrant::to(user_arn("nobody"), &made.key_id, ["Encrypt"]).dry_run(true);
    refused_as(house.root.kms().create_grant(unknown), "InvalidArnException");
}

#[test]
fn a_secret_under_a_key_opens_by_a_grant_on_that_key_and_in_its_context_only() {
    let house = house();
    let made = key(&house.root);
    let secret = house.root.create_secret(CreateSecret::text("app", "v").kms_key_id(&made.key_id)).unwrap();
    let anaya = house.user_who_may("anaya", "secretsmanager:GetSecretValue", "*");
    refused(anaya.get_secret_value("app"), DENIED, "Access to KMS is not allowed");
    let wrong =
        CreateGrant::to(user_arn("anaya"), &made.key_id, ["Decrypt"]).constraints(subset(&[("SecretARN", "other")]));
    grant(&house, wrong);
    refused(anaya.get_secret_value("app"), DENIED, "Access to KMS is not allowed");
    let right = subset(&[("SecretARN", &secret.arn)]);
    let id = grant(&house, CreateGrant::to(user_arn("anaya"), &made.key_id, ["Decrypt"]).constraints(right));
    assert_eq!(anaya.get_secret_value("app").unwrap().value(), b"v");
    house.root.kms().revoke_grant(RevokeGrant::new(&made.key_id, &id)).unwrap();
    refused(anaya.get_secret_value("app"), DENIED, "Access to KMS is not allowed");
}

#[test]
fn grants_survive_beside_a_key_policy_that_names_nobody_else() {
    let house = house();
    let made = key(&house.root);
    let anaya = house.user("anaya");
    grant(&house, CreateGrant::to(user_arn("anaya"), &made.key_id, ["Encrypt"]));
    let narrow = policy(&[statement("Allow", &root_arn(), "kms:PutKeyPolicy")]);
    house.root.kms().put_key_policy(PutKeyPolicy::new(&made.key_id, narrow)).unwrap();
    encrypt(&anaya, &made, &[]).unwrap();
    refused_as(encrypt(&house.root, &made, &[]), DENIED);
}
