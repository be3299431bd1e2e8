//! RetireGrant and ListRetirableGrants, children that go with their parent, who is told of in the journal, and grants of before.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail loudly")]

use std::collections::BTreeMap;

use crate::common::{
    ACCOUNT, House, Sink, allow, allow_if, builder, clock, house, house_with, policy, refused, refused_as, root_arn,
    statement, user_arn,
};
use strongroom::name::Text;
use strongroom::operation::kms::{
    CreateGrant, CreateGrantResponse, CreateKey, Decrypt, DescribeKey, Encrypt, GrantConstraints, ListGrants,
    ListRetirableGrants, PutKeyPolicy, RetireGrant, RevokeGrant, RevokeGrantWithChildren,
};
use strongroom::testing::MemoryBackend;
use strongroom::{Principal, Question, Session, Unlock};

const DENIED: &str = "AccessDeniedException";

fn key(house: &House) -> Text {
    house.root.kms().create_key(CreateKey::new()).unwrap().key_metadata.arn
}
fn made(session: &Session, request: CreateGrant) -> CreateGrantResponse {
    session.kms().create_grant(request).unwrap()
}
fn ids(house: &House, key: &Text) -> Vec<Text> {
    house.root.kms().list_grants(&**key).unwrap().grants.into_iter().map(|grant| grant.grant_id).collect()
}
fn subset(key: &str, value: &str) -> GrantConstraints {
    GrantConstraints::new().encryption_context_subset(BTreeMap::from([(Text::from(key), Text::from(value))]))
}

#[test]
fn the_retiring_principal_retires_by_token_or_by_arn_and_id() {
    let house = house();
    let key = key(&house);
    let (anaya, bob) = (house.user("anaya"), house.user("bob"));
    let grant = || {
        let request = CreateGrant::to(user_arn("anaya"), &*key, ["Encrypt"]).constraints(subset("a", "b"));
        made(&house.root, request.retiring_principal(user_arn("bob")))
    };
    let (one, two) = (grant(), grant());
    let tries = [RetireGrant::token(one.grant_token.clone()), RetireGrant::of(&*key, one.grant_id.clone())];
    for request in &tries {
        // The grantee may not: the grant does not list RetireGrant.
        refused_as(anaya.kms().retire_grant(request.clone()), DENIED);
        refused_as(bob.kms().retire_grant(request.clone().dry_run(true)), "DryRunOperationException");
    }
    assert_eq!(ids(&house, &key).len(), 2, "nobody has done anything yet");
    bob.kms().retire_grant(tries[0].clone()).unwrap();
    assert_eq!(ids(&house, &key), std::slice::from_ref(&two.grant_id));
    let gone = format!("Grant ID {} not found", one.grant_id);
    refused(bob.kms().retire_grant(tries[0].clone()), "NotFoundException", &gone);
    // By the key's name alone bob is nobody: he does not learn whether there is such a grant.
    refused_as(bob.kms().retire_grant(tries[1].clone()), DENIED);
    refused(house.root.kms().retire_grant(tries[1].clone()), "NotFoundException", &gone);
    bob.kms().retire_grant(RetireGrant::of(&*key, two.grant_id)).unwrap();
    assert_eq!(ids(&house, &key).len(), 0);
}

#[test]
fn a_grantee_retires_only_what_lists_retire_grant() {
    let house = house();
    let key = key(&house);
    let (anaya, bob) = (house.user("anaya"), house.user("bob"));
    let with = made(&house.root, CreateGrant::to(user_arn("anaya"), &*key, ["Encrypt", "RetireGrant"]));
    let without = made(&house.root, CreateGrant::to(user_arn("anaya"), &*key, ["Encrypt"]));
    refused_as(bob.kms().retire_grant(RetireGrant::token(with.grant_token.clone())), DENIED);
    refused_as(anaya.kms().retire_grant(RetireGrant::token(without.grant_token)), DENIED);
    anaya.kms().retire_grant(RetireGrant::token(with.grant_token)).unwrap();
    assert_eq!(ids(&house, &key), [without.grant_id]);
}

#[test]
fn a_user_made_anew_retires_nothing_of_the_one_before() {
    let house = house();
    let key = key(&house);
    house.user("anaya");
    house.user("bob");
    let request = CreateGrant::to(user_arn("anaya"), &*key, ["RetireGrant"]).retiring_principal(user_arn("bob"));
    let grant = made(&house.root, request);
    for name in ["anaya", "bob"] {
        house.root.iam().delete_user(name).unwrap();
        refused_as(house.user(name).kms().retire_grant(RetireGrant::token(grant.grant_token.clone())), DENIED);
    }
    house.root.kms().retire_grant(RetireGrant::token(grant.grant_token)).unwrap();
}

#[test]
fn a_session_whose_policies_cut_it_off_retires_only_what_names_the_session() {
    let house = house();
    let key = key(&house);
    house.role_with("worker", "one", allow("kms:ListKeys", "*"));
    let role = format!("arn:aws:iam::{ACCOUNT}:role/worker");
    let session = format!("arn:aws:sts::{ACCOUNT}:assumed-role/worker/one");
    let cut = Principal::role_with_session_policies("worker", "one", [allow("kms:ListKeys", "*")]);
    let (cut, whole) = (house.room.session(cut).unwrap(), house.room.session("role/worker/one").unwrap());
    let retired_by = |arn: &str| {
        made(&house.root, CreateGrant::to(root_arn(), &*key, ["Encrypt"]).retiring_principal(arn)).grant_token
    };
    let by_role = retired_by(&role);
    refused_as(cut.kms().retire_grant(RetireGrant::token(by_role.clone())), DENIED);
    whole.kms().retire_grant(RetireGrant::token(by_role)).unwrap();
    cut.kms().retire_grant(RetireGrant::token(retired_by(&session))).unwrap();
    let other = house.room.session("role/worker/two").unwrap();
    refused_as(other.kms().retire_grant(RetireGrant::token(retired_by(&session))), DENIED);
}

/// A24, item 9: kms:RetireGrant in a key policy does nothing; a Deny of it does.
#[test]
fn a24_9_retire_grant_in_a_key_policy_allows_nothing_and_its_deny_denies() {
    let house = house();
    let key = key(&house);
    let (anaya, bob) = (house.user("anaya"), house.user("bob"));
    let grant = made(
        &house.root,
        CreateGrant::to(user_arn("anaya"), &*key, ["Encrypt", "RetireGrant"]).retiring_principal(user_arn("anaya")),
    );
    let retire = |session: &Session| session.kms().retire_grant(RetireGrant::token(grant.grant_token.clone()));
    let put = |statements: &[String]| {
        house.root.kms().put_key_policy(PutKeyPolicy::new(&*key, policy(statements))).unwrap();
    };
    let open = statement("Allow", &root_arn(), "kms:*");
    put(&[open.clone(), statement("Allow", &user_arn("bob"), "kms:RetireGrant")]);
    refused_as(retire(&bob), DENIED);
    put(&[open.clone(), statement("Allow", "*", "kms:*")]);
    refused_as(retire(&bob), DENIED);
    put(&[open.clone(), statement("Deny", "*", "kms:RetireGrant")]);
    for session in [&anaya, &bob, &house.root] {
        refused_as(retire(session), DENIED);
    }
    // An identity policy allows it, without a word of the key's policy; and denies it.
    put(&[statement("Allow", &root_arn(), "kms:PutKeyPolicy kms:ListGrants")]);
    house.set_policy("anaya", statement_of_user("Deny", "kms:RetireGrant"));
    refused_as(retire(&anaya), DENIED);
    house.set_policy("bob", allow("kms:RetireGrant", "arn:aws:kms:us-east-1:000000000000:key/other"));
    refused_as(retire(&bob), DENIED);
    house.set_policy("bob", allow_if("kms:RetireGrant", "*", r#""StringEquals":{"kms:ViaService":"x"}"#));
    refused_as(retire(&bob), DENIED);
    house.set_policy("bob", allow("kms:RetireGrant", &key));
    retire(&bob).unwrap();
}
fn statement_of_user(effect: &str, action: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}","Action":"{action}","Resource":"*"}}]}}"#)
}

/// A24, item 7: grant constraints do not touch DescribeKey and RetireGrant.
#[test]
fn a24_7_a_constraint_touches_neither_describe_key_nor_retire_grant() {
    let house = house();
    let key = key(&house);
    let anaya = house.user("anaya");
    let operations = ["Encrypt", "DescribeKey", "RetireGrant"];
    let grant = made(&house.root, CreateGrant::to(user_arn("anaya"), &*key, operations).constraints(subset("a", "b")));
    refused_as(anaya.kms().encrypt(Encrypt::new(&*key, "x")), DENIED);
    anaya.kms().describe_key(DescribeKey::new(&*key)).unwrap();
    anaya.kms().retire_grant(RetireGrant::of(&*key, grant.grant_id)).unwrap();
    refused_as(anaya.kms().describe_key(DescribeKey::new(&*key)), DENIED);
}

/// A24, item 8: same name, same grant id, but a fresh token; all of them name the grant.
#[test]
fn a24_8_the_same_name_gives_the_same_grant_id_and_another_token() {
    let house = house();
    let key = key(&house);
    house.user("anaya");
    let request = || CreateGrant::to(user_arn("anaya"), &*key, ["Encrypt"]).name("one");
    let (first, again) = (made(&house.root, request()), made(&house.root, request()));
    assert_eq!(first.grant_id, again.grant_id);
    assert_ne!(first.grant_token, again.grant_token);
    house.root.kms().retire_grant(RetireGrant::token(again.grant_token)).unwrap();
    refused_as(house.root.kms().retire_grant(RetireGrant::token(first.grant_token)), "NotFoundException");
    assert_ne!(made(&house.root, request()).grant_id, first.grant_id, "what ended is not repeated");
}

#[test]
fn a_grant_is_named_in_one_way_and_in_full() {
    let house = house();
    let key = key(&house);
    house.user("anaya");
    let grant = made(&house.root, CreateGrant::to(user_arn("anaya"), &*key, ["Encrypt"]));
    let text = "Specify either a grant token, or the ARN of a key and a grant ID.";
    for request in [
        RetireGrant::new(),
        RetireGrant::new().key_id(&*key),
        RetireGrant::new().grant_id(&*grant.grant_id),
        RetireGrant::of(&*key, &*grant.grant_id).grant_token(&*grant.grant_token),
        RetireGrant::token(&*grant.grant_token).key_id(&*key),
    ] {
        refused(house.root.kms().retire_grant(request), "ValidationException", text);
    }
    let bare = key.rsplit('/').next().unwrap();
    let text = format!("{bare} is not the ARN of a key.");
    refused(house.root.kms().retire_grant(RetireGrant::of(bare, &*grant.grant_id)), "InvalidArnException", &text);
    refused_as(house.root.kms().retire_grant(RetireGrant::of(&*key, "x")), "InvalidGrantIdException");
    refused_as(house.root.kms().retire_grant(RetireGrant::of(&*key, "0".repeat(64))), "NotFoundException");
    let other = self::key(&house);
    refused_as(house.root.kms().retire_grant(RetireGrant::of(&*other, &*grant.grant_id)), "NotFoundException");
    let unknown = "arn:aws:kms:us-east-1:000000000000:key/12345678-1234-4234-8234-123456789012";
    refused_as(house.root.kms().retire_grant(RetireGrant::of(unknown, &*grant.grant_id)), "NotFoundException");
    for token in ["x", &grant.grant_token[1..]] {
        refused(
            house.root.kms().retire_grant(RetireGrant::token(token)),
            "InvalidGrantTokenException",
            "The grant token is not valid.",
        );
    }
    assert_eq!(ids(&house, &key), [grant.grant_id]);
}

#[test]
fn retirable_grants_are_listed_over_all_keys_in_pages() {
    let house = house();
    let keys = [key(&house), key(&house)];
    let (anaya, bob) = (house.user("anaya"), house.user("bob"));
    let mut expected = Vec::new();
    for number in 0..5 {
        house.clock.advance_millis(1_000);
        let request = CreateGrant::to(user_arn("anaya"), &*keys[number % 2], ["Encrypt"]);
        let id = made(&house.root, request.clone().retiring_principal(user_arn("bob"))).grant_id;
        expected.push((keys[number % 2].clone(), id));
        made(&house.root, request.retiring_principal(user_arn("anaya")));
    }
    let list = |request: ListRetirableGrants| house.root.kms().list_retirable_grants(request).unwrap();
    let all = list(ListRetirableGrants::by(user_arn("bob")));
    let told: Vec<_> = all.grants.iter().map(|grant| (grant.key_id.clone(), grant.grant_id.clone())).collect();
    assert_eq!(told, expected);
    assert!(!all.truncated && all.next_marker.is_none());
    assert!(all.grants.iter().all(|grant| grant.retiring_principal.as_deref() == Some(&*user_arn("bob"))));
    let page = list(ListRetirableGrants::by(user_arn("bob")).limit(3));
    assert!(page.truncated && page.grants.len() == 3);
    let marker = page.next_marker.unwrap();
    // One that was seen ends; none is repeated or left out.
    house.root.kms().revoke_grant(RevokeGrant::new(&*expected[2].0, &*expected[2].1)).unwrap();
    let rest = list(ListRetirableGrants::by(user_arn("bob")).marker(&*marker));
    assert_eq!(rest.grants.iter().map(|grant| &grant.grant_id).collect::<Vec<_>>(), [&expected[3].1, &expected[4].1]);
    // A marker is of one list.
    for request in [
        ListRetirableGrants::by(user_arn("anaya")).marker(&*marker),
        ListRetirableGrants::by(user_arn("bob")).marker("x"),
    ] {
        refused_as(house.root.kms().list_retirable_grants(request), "InvalidMarkerException");
    }
    refused_as(house.root.kms().list_grants(ListGrants::new(&*keys[0]).marker(&*marker)), "InvalidMarkerException");
    refused_as(
        house.root.kms().list_retirable_grants(ListRetirableGrants::by(user_arn("bob")).limit(101)),
        "ValidationException",
    );
    refused_as(house.root.kms().list_retirable_grants(ListRetirableGrants::new()), "ValidationException");
    refused_as(house.root.kms().list_retirable_grants(ListRetirableGrants::by("bob")), "InvalidArnException");
    assert_eq!(list(ListRetirableGrants::by(user_arn("nobody"))).grants, []);
    assert_eq!(list(ListRetirableGrants::new().retiring_service_principal("lambda.amazonaws.com")).grants, []);
    // By an identity policy alone, on `*` alone, and not because they are one's own.
    refused_as(bob.kms().list_retirable_grants(ListRetirableGrants::by(user_arn("bob"))), DENIED);
    house.set_policy("anaya", allow("kms:ListRetirableGrants", &keys[0]));
    refused_as(anaya.kms().list_retirable_grants(ListRetirableGrants::by(user_arn("bob"))), DENIED);
    house.set_policy("anaya", allow("kms:ListRetirableGrants", "*"));
    assert_eq!(anaya.kms().list_retirable_grants(ListRetirableGrants::by(user_arn("bob"))).unwrap().grants.len(), 4);
}

/// Root's grant to anaya, hers to bob, his to cara and dan; beside them one of root's to bob.
fn family(house: &House, key: &Text) -> [Text; 5] {
    let [anaya, bob] = ["anaya", "bob"].map(|name| house.user(name));
    house.user("cara");
    house.user("dan");
    let grant = |session: &Session, to: &str, operations: &[&str]| {
        house.clock.advance_millis(1_000);
        made(session, CreateGrant::to(user_arn(to), &**key, operations.iter().copied())).grant_id
    };
    [
        grant(&house.root, "anaya", &["CreateGrant", "Encrypt"]),
        grant(&anaya, "bob", &["CreateGrant", "Encrypt"]),
        grant(&bob, "cara", &["Encrypt"]),
        grant(&bob, "dan", &["Encrypt"]),
        grant(&house.root, "bob", &["Encrypt"]),
    ]
}

#[test]
fn revoking_with_children_ends_the_whole_line_and_nothing_beside_it() {
    let house = house();
    let key = key(&house);
    let [first, child, cara, dan, beside] = family(&house, &key);
    let ask = |request: RevokeGrantWithChildren| house.root.kms().revoke_grant_with_children(request);
    refused_as(ask(RevokeGrantWithChildren::new(&*key, &*first).dry_run(true)), "DryRunOperationException");
    refused_as(ask(RevokeGrantWithChildren::new(&*key, "x")), "InvalidGrantIdException");
    refused_as(ask(RevokeGrantWithChildren::new(&*key, "0".repeat(64))), "NotFoundException");
    let other = self::key(&house);
    refused_as(ask(RevokeGrantWithChildren::new(&*other, &*first)), "NotFoundException");
    let anaya = house.room.session("user/anaya").unwrap();
    refused_as(anaya.kms().revoke_grant_with_children(RevokeGrantWithChildren::new(&*key, &*first)), DENIED);
    assert_eq!(ids(&house, &key).len(), 5);
    // AWS's own call ends one grant alone.
    house.root.kms().revoke_grant(RevokeGrant::new(&*key, &*cara)).unwrap();
    assert_eq!(ids(&house, &key), [&first, &child, &dan, &beside].map(Text::clone));
    let ended = ask(RevokeGrantWithChildren::new(&*key, &*first)).unwrap().grant_ids;
    assert_eq!(ended, [first, child, dan]);
    assert_eq!(ids(&house, &key), [beside]);
    for name in ["anaya", "cara", "dan"] {
        let session = house.room.session(Principal::user(name)).unwrap();
        refused_as(session.kms().encrypt(Encrypt::new(&*key, "x")), DENIED);
    }
    house.room.session("user/bob").unwrap().kms().encrypt(Encrypt::new(&*key, "x")).unwrap();
}

#[test]
fn events_tell_by_which_grant_and_by_which_before_it() {
    let sink = Sink::default();
    let house = house_with(sink.clone());
    let key = key(&house);
    let [first, child, cara, ..] = family(&house, &key);
    sink.take();
    let session = house.room.session("user/cara").unwrap();
    session.kms().encrypt(Encrypt::new(&*key, "x")).unwrap();
    house.root.kms().encrypt(Encrypt::new(&*key, "x")).unwrap();
    let events = sink.take();
    let told: Vec<_> = events.iter().flat_map(|event| &event.decisions).collect();
    assert_eq!((told[0].reason, &told[0].grants), ("grant", &vec![cara.clone(), child.clone(), first.clone()]));
    assert_eq!((told.len(), told[1].grants.len()), (2, 0), "a policy needs no grant");
    // A line that was broken is told as far as it goes.
    house.root.kms().revoke_grant(RevokeGrant::new(&*key, &*child)).unwrap();
    sink.take();
    session.kms().encrypt(Encrypt::new(&*key, "x")).unwrap();
    assert_eq!(sink.take()[0].decisions[0].grants, [cara, child]);
}

/// The golden file keeps all grants of a grantee in one row.
#[test]
fn grants_of_before_go_on_and_are_put_where_grants_are_now() {
    let disk = MemoryBackend::from_image(include_bytes!("../golden/store-v1.strongroom").to_vec());
    let room = builder(&clock(), 9).open_on_backend(disk.clone(), Unlock::root_key([1; 32].as_slice())).unwrap();
    let house = House::of(room, clock());
    let name = "marguerite-okafor";
    let kms = house.root.kms();
    let keys = kms.list_keys(strongroom::operation::kms::ListKeys::new()).unwrap().keys;
    let (key, old) = keys
        .iter()
        .find_map(|key| {
            let grants = kms.list_grants(&*key.key_arn).unwrap().grants;
            grants.first().map(|grant| (key.key_arn.clone(), grant.clone()))
        })
        .unwrap();
    assert_eq!(*old.grantee_principal, *user_arn(name));
    let session = house.room.session(Principal::user(name)).unwrap();
    let blob = kms.encrypt(Encrypt::new(&*key, "x")).unwrap().ciphertext_blob;
    let open = || session.kms().decrypt(Decrypt::blob(blob.clone()).key_id(&*key));
    // Looked at where it lies, by list, by id and by decision.
    assert_eq!(
        kms.list_grants(ListGrants::new(&*key).grant_id(&*old.grant_id)).unwrap().grants,
        std::slice::from_ref(&old)
    );
    refused_as(kms.revoke_grant(RevokeGrant::new(&*key, &*old.grant_id).dry_run(true)), "DryRunOperationException");
    // The first grant that comes takes it along.
    let new = made(&house.root, CreateGrant::to(user_arn(name), &*key, ["Encrypt", "Decrypt"])).grant_id;
    assert_eq!(kms.list_grants(&*key).unwrap().grants[0], old);
    assert_eq!(ids(&house, &key), [old.grant_id.clone(), new.clone()]);
    kms.revoke_grant(RevokeGrant::new(&*key, &*new)).unwrap();
    assert_eq!(ids(&house, &key), std::slice::from_ref(&old.grant_id));
    open().unwrap();
    kms.revoke_grant(RevokeGrant::new(&*key, &*old.grant_id)).unwrap();
    refused_as(open(), DENIED);
    house.room.verify().unwrap();
}

/// Grants of one class stand in a line: whichever goes, the others stay found, and the last takes the class with it.
#[test]
fn whichever_of_many_like_grants_ends_the_others_stay() {
    let house = house();
    let key = key(&house);
    let anaya = house.user("anaya");
    let encrypt = || {
        let context = BTreeMap::from([(Text::from("a"), Text::from("b"))]);
        anaya.kms().encrypt(Encrypt::new(&*key, "x").encryption_context(context))
    };
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 2, 0, 3], [2, 0, 3, 1]] {
        let grants: Vec<Text> = (0..4)
            .map(|_| {
                let request = CreateGrant::to(user_arn("anaya"), &*key, ["Encrypt", "DescribeKey"]);
                made(&house.root, request.constraints(subset("a", "b"))).grant_id
            })
            .collect();
        for number in order {
            encrypt().unwrap();
            anaya.kms().describe_key(&*key).unwrap();
            house.root.kms().revoke_grant(RevokeGrant::new(&*key, &*grants[number])).unwrap();
        }
        refused_as(encrypt(), DENIED);
        refused_as(anaya.kms().describe_key(&*key), DENIED);
    }
    house.room.verify().unwrap();
}

#[test]
fn an_explanation_of_retire_grant_counts_what_a_key_policy_denies_and_not_what_it_allows() {
    let house = house();
    let key = key(&house);
    let bob = house.user("bob");
    let ask = || {
        let question = Question::new(Principal::user("bob"), "kms:RetireGrant", &*key);
        let answer = house.root.explain(&question).unwrap();
        (answer.is_allowed(), answer.grant)
    };
    let put = |statements: &[String]| {
        house.root.kms().put_key_policy(PutKeyPolicy::new(&*key, policy(statements))).unwrap();
    };
    let open = statement("Allow", &root_arn(), "kms:*");
    assert_eq!(ask(), (false, None));
    put(&[open.clone(), statement("Allow", &user_arn("bob"), "kms:*")]);
    assert_eq!(ask(), (false, None));
    let grant = made(&house.root, CreateGrant::to(user_arn("bob"), &*key, ["RetireGrant"])).grant_id;
    assert_eq!(ask(), (true, Some(grant.clone())));
    house.set_policy("bob", allow("kms:RetireGrant", "*"));
    assert_eq!(ask(), (true, None));
    put(&[open, statement("Deny", &user_arn("bob"), "kms:RetireGrant")]);
    assert_eq!(ask(), (false, None));
    refused_as(bob.kms().retire_grant(RetireGrant::of(&*key, &*grant)), DENIED);
}
