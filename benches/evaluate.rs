//! What a decision costs: over 1, 20 and 100 policies, where the one statement that allows is in the last of them.
//!
//! `prefix`: each policy allows reading one folder of secrets. `tags`: the same, and a tag of the secret must equal a tag
//! of the caller. `glob`: each pattern begins with a wildcard, which no index helps. `star`: each policy allows reading
//! every secret that has a certain tag. `denied`: nothing allows. `other`: an action that the table does not know.
//!
//! `broad`: through a store, by a user in ten groups and by a role's session with session policies, a hundred policies and a
//! boundary each: the whole get, beside that of a role with one policy, so that the difference is what the breadth costs. And by
//! `decide` alone. `hostile`: the largest documents that are written to cost as much as they can, with the worst case of each.
//!
//! `grants`: a key with one grant and with ten thousand, spread over grantees or all of one: decisions, and grants that come and go.
//!
//! `cargo bench --bench evaluate`; `cargo bench --bench evaluate -- hostile`

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a bench that cannot be set up panics")]

mod common;
#[path = "../tests/support/hostile.rs"]
mod hostile;

use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use strongroom::action::{Action, ActionRef};
use strongroom::name::Text;
use strongroom::operation::iam::PutUserPolicy;
use strongroom::operation::kms::{CreateGrant, CreateKey, Encrypt, GrantConstraints, RevokeGrant};
use strongroom::operation::secretsmanager::CreateSecret;
use strongroom::policy::{
    Key, KeyName, Keys, Policy, PolicyKind, PolicySet, Principal, Query, Source, SourceKind, Trust, Value, Values,
    decide,
};
use strongroom::{Session, Strongroom};

use common::store;

const CALLER: &str = "arn:aws:iam::111122223333:user/anaya";

/// A context as the store has one: a match on the key's number.
struct Context;

impl Keys for Context {
    fn values(&self, key: &Key, _: bool) -> Values<'_> {
        match (key.name, key.part.as_deref()) {
            (KeyName::AwsPrincipalTag | KeyName::SecretsmanagerResourceTag | KeyName::AwsResourceTag, Some("team")) => {
                Values::One(Value::Text("blue"))
            }
            (KeyName::AwsPrincipalArn, _) => Values::One(Value::Text(CALLER)),
            _ => Values::Absent,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Prefix,
    Tags,
    Glob,
    Star,
}

fn text(shape: Shape, number: usize, last: bool) -> String {
    let folder = if last { "prod/db".to_owned() } else { format!("team{number:03}/app") };
    let (resource, condition) = match shape {
        Shape::Prefix => (format!("arn:aws:secretsmanager:us-east-1:111122223333:secret:{folder}/*"), String::new()),
        Shape::Tags => (
            format!("arn:aws:secretsmanager:us-east-1:111122223333:secret:{folder}/*"),
            r#","Condition":{"StringEquals":{"secretsmanager:ResourceTag/team":"${aws:PrincipalTag/team}"}}"#
                .to_owned(),
        ),
        Shape::Glob => (format!("arn:aws:secretsmanager:*:*:secret:*{folder}*w*-??????"), String::new()),
        Shape::Star => {
            let team = if last { "blue".to_owned() } else { format!("team{number:03}") };
            (
                "*".to_owned(),
                format!(r#","Condition":{{"StringEquals":{{"secretsmanager:ResourceTag/team":"{team}"}}}}"#),
            )
        }
    };
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":["secretsmanager:GetSecretValue","secretsmanager:DescribeSecret"],"Resource":"{resource}"{condition}}}]}}"#
    )
}

fn policies(shape: Shape, count: usize) -> PolicySet {
    PolicySet::new((0..count).map(|number| {
        let policy = Policy::parse(&text(shape, number, number + 1 == count), PolicyKind::Identity).unwrap();
        (Source::new(format!("p{number}"), SourceKind::UserManaged), Arc::new(policy))
    }))
}

fn query<'a>(principal: &'a Principal<'a>, identity: &'a PolicySet, resource: &'a str) -> Query<'a> {
    Query {
        principal,
        action: Action::SECRETSMANAGER_GET_SECRET_VALUE.into(),
        resource,
        resource_account: "111122223333",
        trust: Trust::Secret,
        keys: &Context,
        identity,
        resource_policy: None,
        boundary: None,
        session: None,
        scps: &[],
    }
}

fn decisions(criterion: &mut Criterion) {
    let principal = Principal::from_arn(CALLER).unwrap();
    let resource = "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db/password-a1b2c3";
    let mut group = criterion.benchmark_group("decide");
    for (name, shape) in
        [("prefix", Shape::Prefix), ("tags", Shape::Tags), ("glob", Shape::Glob), ("star", Shape::Star)]
    {
        for count in [1, 20, 100] {
            let identity = policies(shape, count);
            let query = query(&principal, &identity, resource);
            assert!(decide(&query).is_allow());
            group.bench_function(BenchmarkId::new(name, count), |bench| bench.iter(|| decide(black_box(&query))));
        }
    }
    let identity = policies(Shape::Tags, 100);
    let denied =
        query(&principal, &identity, "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/dc/password-a1b2c3");
    assert!(!decide(&denied).is_allow());
    group.bench_function(BenchmarkId::new("denied", 100), |bench| bench.iter(|| decide(black_box(&denied))));
    let other = Query { action: ActionRef::Other("s3:GetObject"), ..query(&principal, &identity, resource) };
    group.bench_function(BenchmarkId::new("other", 100), |bench| bench.iter(|| decide(black_box(&other))));

    let on_secret = format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        (0..20)
            .map(|number| {
                let user = if number == 19 { "anaya".to_owned() } else { format!("user{number}") };
                format!(r#"{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::111122223333:user/{user}"}},"Action":"secretsmanager:Get*","Resource":"*"}}"#)
            })
            .collect::<Vec<_>>()
            .join(",")
    );
    let on_secret = Policy::parse(&on_secret, PolicyKind::Secret).unwrap();
    let empty = PolicySet::empty();
    let direct = Query { resource_policy: Some(&on_secret), ..query(&principal, &empty, resource) };
    assert!(decide(&direct).is_allow());
    group.bench_function(BenchmarkId::new("secret_policy", 20), |bench| bench.iter(|| decide(black_box(&direct))));

    // Eight stars against a text of 2 KiB that ends one character too early.
    let hostile = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:secretsmanager:*:*:*a*a*a*a*a*a*a*ab"}}"#;
    let hostile = Policy::parse(hostile, PolicyKind::Identity).unwrap();
    let hostile = PolicySet::new([(Source::new("hostile", SourceKind::User), Arc::new(hostile))]);
    let long = format!("arn:aws:secretsmanager:us-east-1:111122223333:{}", "a".repeat(2048));
    let query = query(&principal, &hostile, &long);
    assert!(!decide(&query).is_allow());
    group.bench_function(BenchmarkId::new("hostile_glob", 2048), |bench| bench.iter(|| decide(black_box(&query))));
    group.finish();
}

fn broad(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("broad");
    let principal = Principal::from_arn(CALLER).unwrap();
    let resource = "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/db/password-a1b2c3";
    let (identity, boundary, session) =
        (policies(Shape::Tags, 100), policies(Shape::Star, 20), policies(Shape::Prefix, 10));
    let alone = Query { boundary: Some(&boundary), session: Some(&session), ..query(&principal, &identity, resource) };
    assert!(decide(&alone).is_allow());
    group.bench_function("decide", |bench| bench.iter(|| decide(black_box(&alone))));

    let room = Strongroom::builder().create_in_memory(store::unlock()).unwrap();
    let [user, role] = store::broad(&room);
    room.root().create_secret(CreateSecret::text("t07/password", "value")).unwrap();
    let all = PutUserPolicy::new("narrow", "all", store::allow("t07/*"));
    room.root().iam().create_user("narrow").unwrap();
    room.root().iam().put_user_policy(all).unwrap();
    let narrow = room.session(strongroom::Principal::user("narrow")).unwrap();
    for (name, session) in [("get/one_policy", &narrow), ("get/user", &user), ("get/role", &role)] {
        group.bench_function(name, |bench| bench.iter(|| session.get_secret_value(black_box("t07/password")).unwrap()));
    }
    // Refused before anything is read: little more than the gate.
    room.root().create_secret(CreateSecret::text("z/password", "value")).unwrap();
    for (name, session) in [("refused/one_policy", &narrow), ("refused/user", &user), ("refused/role", &role)] {
        group.bench_function(name, |bench| {
            bench.iter(|| session.get_secret_value(black_box("z/password")).unwrap_err());
        });
    }
    group.finish();
}

/// Prints the least time of many: what the others are when the machine is quiet.
#[expect(clippy::print_stdout, reason = "a report for people")]
fn hostile_documents(_: &mut Criterion) {
    let wanted = std::env::args().skip(1).find(|word| !word.starts_with('-'));
    if wanted.is_some_and(|word| word != "hostile") {
        return;
    }
    let least = |work: &mut dyn FnMut()| {
        let times = (0..40).map(|_| common::slices::time_making(1, &mut *work).as_secs_f64() * 1e3);
        times.fold(f64::INFINITY, f64::min)
    };
    println!("the largest hostile documents, least of 40, in ms: to decide, and with `explain`");
    for shape in hostile::SHAPES {
        let made = hostile::hostile(shape, 8, false);
        let ready = made.ready();
        let decided = least(&mut || assert!(!black_box(ready.allows())));
        let explained = least(&mut || drop(black_box(ready.ask(strongroom::policy::explain))));
        println!("  {shape:<20} {decided:>8.3} {explained:>8.3}");
    }
    println!("32,768 bytes to read, least of 40, in ms: to parse, and to lint");
    for shape in hostile::TEXTS {
        let (kind, text, _) = hostile::to_read(shape, 8);
        let parsed = least(&mut || drop(black_box(Policy::parse(&text, kind))));
        let linted = least(&mut || drop(black_box(strongroom::policy::lint(&text, kind, "111122223333"))));
        println!("  {shape:<20} {parsed:>8.3} {linted:>8.3}");
    }
}

fn compiling(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("compile");
    let document = text(Shape::Tags, 0, true);
    group.bench_function("parse", |bench| bench.iter(|| Policy::parse(black_box(&document), PolicyKind::Identity)));
    group.bench_function("load", |bench| bench.iter(|| Policy::load(black_box(&document), PolicyKind::Identity)));
    let members: Vec<_> = (0..100)
        .map(|number| {
            let policy = Policy::parse(&text(Shape::Tags, number, false), PolicyKind::Identity).unwrap();
            (Source::new(format!("p{number}"), SourceKind::UserManaged), Arc::new(policy))
        })
        .collect();
    group.bench_function("index/100", |bench| bench.iter(|| PolicySet::new(black_box(&members).iter().cloned())));
    group.finish();
}

/// A key with so many grants, and a user whom the last of them lets encrypt for its tenant.
fn with_grants(shape: &str, count: usize) -> (Strongroom, Session, Text) {
    let room = Strongroom::builder().create_in_memory(store::unlock()).unwrap();
    let root = room.root();
    let key = root.kms().create_key(CreateKey::new()).unwrap().key_metadata.arn;
    root.iam().create_user("anaya").unwrap();
    let session = room.session(strongroom::Principal::user("anaya")).unwrap();
    let anaya = session.principal_arn().to_owned();
    for number in 0..count {
        let last = number + 1 == count;
        let tenant = if last { "mine".to_owned() } else { number.to_string() };
        let grantee = match shape {
            "spread" if !last => format!("arn:aws:iam::111122223333:user/u{number}"),
            _ => anaya.clone(),
        };
        let pair = BTreeMap::from([(Text::from("tenant"), Text::from(tenant))]);
        let constraints = match shape {
            "exactly" => GrantConstraints::new().encryption_context_equals(pair),
            _ => GrantConstraints::new().encryption_context_subset(pair),
        };
        root.kms().create_grant(CreateGrant::to(grantee, &key, ["Encrypt"]).constraints(constraints)).unwrap();
    }
    (room, session, key)
}

/// Decisions alone (dry runs), and grants that come, with one grant and with ten thousand: to as many grantees, or all to one.
fn grants(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("grants");
    for shape in ["spread", "exactly", "within"] {
        for count in [1, 10_000] {
            let (room, session, key) = with_grants(shape, count);
            let pair = BTreeMap::from([(Text::from("tenant"), Text::from("mine"))]);
            group.bench_function(BenchmarkId::new(format!("allowed/{shape}"), count), |bench| {
                bench.iter(|| {
                    let refused = session.kms().encrypt(black_box(asking(&key, &pair))).unwrap_err();
                    assert_eq!(refused.code(), "DryRunOperationException");
                });
            });
            let none = BTreeMap::from([(Text::from("tenant"), Text::from("none"))]);
            group.bench_function(BenchmarkId::new(format!("denied/{shape}"), count), |bench| {
                bench.iter(|| {
                    assert!(session.kms().encrypt(black_box(asking(&key, &none))).unwrap_err().is_access_denied());
                });
            });
            let grantee = session.principal_arn().to_owned();
            group.bench_function(BenchmarkId::new(format!("create/{shape}"), count), |bench| {
                bench.iter(|| {
                    let root = room.root();
                    let made = root.kms().create_grant(CreateGrant::to(&*grantee, &key, ["Decrypt"])).unwrap();
                    root.kms().revoke_grant(RevokeGrant::new(&key, made.grant_id)).unwrap();
                });
            });
        }
    }
    group.finish();
}
fn asking(key: &Text, context: &BTreeMap<Text, Text>) -> Encrypt {
    Encrypt::new(key, "x").dry_run(true).encryption_context(context.clone())
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(500));
    targets = decisions, broad, grants, compiling, hostile_documents
}
criterion_main!(benches);
