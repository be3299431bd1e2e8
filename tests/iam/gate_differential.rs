//! The whole gate against the naive evaluator: a user in groups, a role's session and the root user, with inline policies, a
//! boundary, session policies, a key's policy and grants on the key, all drawn; what the store answers is what the rules say.
//!
//! The suite draws 60 stores. `STRONGROOM_GATE_STORES` sets another count and `STRONGROOM_GATE_SEED` the first seed:
//!
//! ```sh
//! STRONGROOM_GATE_STORES=10000 STRONGROOM_GATE_SEED=7 cargo test --release --test iam gate_differential
//! ```

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use crate::common::{ACCOUNT, House, house, root_arn, trust, user_arn};
use crate::random::Random;
use serde_json::{Value, json};
use strongroom::name::Text;
use strongroom::operation::iam::{
    AddUserToGroup, CreatePolicy, CreateRole, CreateUser, PutGroupPolicy, PutRolePolicy, PutUserPolicy,
};
use strongroom::operation::kms::{CreateGrant, Encrypt, GenerateDataKey, GrantConstraints};
use strongroom::{Error, Principal, Session};

const ACTIONS: &[&str] = &["kms:Encrypt", "kms:GenerateDataKey"];
const PATTERNS: &[&str] = &["kms:Encrypt", "kms:Enc*", "kms:GenerateDataKey", "kms:G*Key", "KMS:?n*"];
const TEAMS: &[&str] = &["blue", "red"];

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// A grant as the rules see it: to whom, for what, under which pair of the context; the pair alone, or among others.
struct Given {
    grantee: String,
    operations: Vec<&'static str>,
    constraint: Option<(&'static str, bool)>,
}

impl Given {
    fn allows(&self, caller: &Caller, action: &str, context: &BTreeMap<Text, Text>) -> bool {
        let held = self.constraint.is_none_or(|(team, exact)| {
            context.get("team").is_some_and(|given| **given == *team) && (!exact || context.len() == 1)
        });
        caller.grantees.contains(&self.grantee)
            && self.operations.iter().any(|name| action.ends_with(&format!(":{name}")))
            && held
    }
}

/// Somebody who asks, and everything of his own that counts.
struct Caller {
    session: Session,
    arn: String,
    grantees: Vec<String>,
    identity: Vec<Value>,
    boundary: Option<Value>,
    limits: Option<Value>,
}

fn policy(statements: &[Value]) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn statement(random: &mut Random, principal: Option<Value>) -> Value {
    let effect = if random.once_in(6) { "Deny" } else { "Allow" };
    let resource = random.pick(&["*", "*", "arn:aws:kms:*:000000000000:key/*", "arn:aws:kms:*:444455556666:key/*"]);
    let mut statement = json!({"Effect": effect, "Action": random.pick(PATTERNS), "Resource": resource});
    if let Some(principal) = principal {
        statement["Principal"] = principal;
    }
    let team = random.pick(TEAMS);
    match random.below(6) {
        0 => statement["Condition"] = json!({"StringEquals": {"kms:EncryptionContext:team": team}}),
        1 => statement["Condition"] = json!({"StringNotEquals": {"kms:EncryptionContext:team": team}}),
        2 => statement["Condition"] = json!({"ForAnyValue:StringEquals": {"kms:EncryptionContextKeys": "app"}}),
        3 => statement["Condition"] = json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}}),
        _ => {}
    }
    statement
}

fn own(random: &mut Random) -> Value {
    let statements: Vec<Value> = (0..=random.below(2)).map(|_| statement(random, None)).collect();
    policy(&statements)
}

fn key_policy(random: &mut Random) -> Value {
    let mut statements = vec![
        json!({"Effect": "Allow", "Principal": {"AWS": root_arn()}, "Action": ["kms:CreateGrant", "kms:DescribeKey"], "Resource": "*"}),
    ];
    for _ in 0..random.below(4) {
        let who = [root_arn(), user_arn("anaya"), role(), session_of_role(), "*".to_owned()];
        let who = &who[random.below(who.len())];
        statements.push(statement(random, Some(json!({"AWS": who}))));
    }
    policy(&statements)
}

fn role() -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/app")
}
fn session_of_role() -> String {
    format!("arn:aws:sts::{ACCOUNT}:assumed-role/app/one")
}

/// Three callers with drawn policies.
fn callers(random: &mut Random, house: &House) -> Vec<Caller> {
    let iam = house.root.iam();
    let boundary = |name: &str, random: &mut Random| {
        random.once_in(3).then(|| {
            let drawn = own(random);
            let made = iam.create_policy(CreatePolicy::new(name, drawn.to_string())).unwrap();
            (drawn, made.policy.arn)
        })
    };
    let (of_user, of_role) = (boundary("user", random), boundary("role", random));
    let mut user = CreateUser::new("anaya");
    let mut app = CreateRole::new("app", trust("*"));
    if let Some((_, arn)) = &of_user {
        user = user.permissions_boundary(&**arn);
    }
    if let Some((_, arn)) = &of_role {
        app = app.permissions_boundary(&**arn);
    }
    iam.create_user(user).unwrap();
    iam.create_role(app).unwrap();
    let mut by_user = Vec::new();
    if random.once_in(2) {
        by_user.push(own(random));
        iam.put_user_policy(PutUserPolicy::new("anaya", "own", by_user[0].to_string())).unwrap();
    }
    for group in ["a", "b"] {
        iam.create_group(group).unwrap();
        let drawn = own(random);
        iam.put_group_policy(PutGroupPolicy::new(group, "group", drawn.to_string())).unwrap();
        if random.once_in(2) {
            iam.add_user_to_group(AddUserToGroup::new(group, "anaya")).unwrap();
            by_user.push(drawn);
        }
    }
    let by_role = own(random);
    iam.put_role_policy(PutRolePolicy::new("app", "own", by_role.to_string())).unwrap();
    let limits: Vec<Value> = (0..random.below(3)).map(|_| own(random)).collect();
    let texts = limits.iter().map(Value::to_string);
    let session = house.room.session(Principal::role_with_session_policies("app", "one", texts)).unwrap();
    // Several session policies are one union.
    let union: Vec<Value> = limits.iter().flat_map(|limit| limit["Statement"].as_array().unwrap().clone()).collect();
    vec![
        Caller {
            session: house.room.session(Principal::user("anaya")).unwrap(),
            arn: user_arn("anaya"),
            grantees: vec![user_arn("anaya"), root_arn()],
            identity: by_user,
            boundary: of_user.map(|(drawn, _)| drawn),
            limits: None,
        },
        Caller {
            session,
            arn: session_of_role(),
            grantees: vec![session_of_role(), role(), root_arn()],
            identity: vec![by_role],
            boundary: of_role.map(|(drawn, _)| drawn),
            limits: (!limits.is_empty()).then(|| policy(&union)),
        },
        Caller {
            session: house.room.root(),
            arn: root_arn(),
            grantees: vec![root_arn()],
            identity: Vec::new(),
            boundary: None,
            limits: None,
        },
    ]
}

fn grants(random: &mut Random, house: &House, key: &str) -> Vec<Given> {
    let drawn = (0..random.below(4)).map(|_| {
        let grantees = [user_arn("anaya"), role(), session_of_role(), root_arn()];
        let grantee = grantees[random.below(grantees.len())].clone();
        let operations = [vec!["Encrypt"], vec!["GenerateDataKey"], vec!["Encrypt", "GenerateDataKey"]];
        let operations = operations[random.below(operations.len())].clone();
        let constraint = random.once_in(2).then(|| (TEAMS[random.below(2)], random.once_in(2)));
        let mut request = CreateGrant::to(grantee.as_str(), key, operations.iter().copied());
        if let Some((team, exact)) = constraint {
            let pair = BTreeMap::from([(Text::from("team"), Text::from(team))]);
            let constraints = GrantConstraints::new();
            request = request.constraints(if exact {
                constraints.encryption_context_equals(pair)
            } else {
                constraints.encryption_context_subset(pair)
            });
        }
        house.root.kms().create_grant(request).unwrap();
        Given { grantee, operations, constraint }
    });
    drawn.collect()
}

fn ask(caller: &Caller, key: &str, action: &str, context: &BTreeMap<Text, Text>) -> Result<(), Error> {
    let kms = caller.session.kms();
    if action == "kms:Encrypt" {
        kms.encrypt(Encrypt::new(key, "x").encryption_context(context.clone())).map(drop)
    } else {
        let request = GenerateDataKey::new(key).key_spec("AES_256").encryption_context(context.clone());
        kms.generate_data_key(request).map(drop)
    }
}

#[test]
fn s26_what_the_gate_admits_is_what_the_rules_and_the_grants_allow() {
    let (stores, first) = (setting("STRONGROOM_GATE_STORES", 60), setting("STRONGROOM_GATE_SEED", 1));
    // Allowed by policy, by a grant alone, refused, refused by a Deny.
    let mut counts = [0_u64; 4];
    for seed in (0..stores).map(|number| first.wrapping_mul(1 << 32).wrapping_add(number)) {
        let random = &mut Random::new(seed);
        let house = house();
        let callers = callers(random, &house);
        for _ in 0..3 {
            let drawn = key_policy(random);
            let key = house.customer_key(drawn.to_string());
            let given = grants(random, &house, &key);
            for caller in &callers {
                for action in ACTIONS {
                    let mut pairs: Vec<(&str, &str)> = Vec::new();
                    if !random.once_in(4) {
                        pairs.push(("team", random.pick(TEAMS)));
                    }
                    if random.once_in(3) {
                        pairs.push(("app", "x"));
                    }
                    let context: BTreeMap<Text, Text> =
                        pairs.iter().map(|(key, value)| (Text::from(*key), Text::from(*value))).collect();
                    let mut keys: BTreeMap<String, Vec<String>> = pairs
                        .iter()
                        .map(|(key, value)| (format!("kms:EncryptionContext:{key}"), vec![(*value).to_owned()]))
                        .collect();
                    if !pairs.is_empty() {
                        let names = pairs.iter().map(|(key, _)| (*key).to_owned()).collect();
                        keys.insert("kms:EncryptionContextKeys".to_owned(), names);
                    }
                    // Of a session, the role's ARN.
                    let arn = if caller.arn.contains(":sts:") { role() } else { caller.arn.clone() };
                    keys.insert("aws:PrincipalArn".to_owned(), vec![arn]);
                    let by_policy = crate::naive::decide(&crate::naive::Question {
                        principal: &caller.arn,
                        action,
                        resource: &key,
                        resource_account: ACCOUNT,
                        trust: "key",
                        context: &keys,
                        identity: &caller.identity,
                        resource_policy: Some(&drawn),
                        boundary: caller.boundary.as_ref(),
                        session: caller.limits.as_ref(),
                        scps: &[],
                    });
                    // What session policies cut off stays cut off where the role was granted it, and not where the session was.
                    let cut = caller.limits.as_ref().is_some_and(|limits| {
                        let alone = crate::naive::Question {
                            principal: &caller.arn,
                            action,
                            resource: &key,
                            resource_account: ACCOUNT,
                            trust: "secret",
                            context: &keys,
                            identity: std::slice::from_ref(limits),
                            resource_policy: None,
                            boundary: None,
                            session: None,
                            scps: &[],
                        };
                        crate::naive::decide(&alone) != "allow"
                    });
                    let counts_for = |grant: &&Given| !cut || grant.grantee == caller.arn;
                    let granted = given.iter().filter(counts_for).any(|grant| grant.allows(caller, action, &context));
                    // A grant is one more allow, and no use against a Deny.
                    let expected = by_policy == "allow" || (by_policy == "implicitDeny" && granted);
                    let answer = ask(caller, &key, action, &context);
                    let refusal = answer.as_ref().err().map(Error::code);
                    assert!(refusal.is_none_or(|code| code == "AccessDeniedException"), "{refusal:?}");
                    assert_eq!(
                        refusal.is_none(),
                        expected,
                        "seed {seed}: {} {action} {pairs:?}: {by_policy}, granted {granted}: key {drawn}, own {:?}, boundary {:?}, limits {:?}",
                        caller.arn,
                        caller.identity,
                        caller.boundary,
                        caller.limits
                    );
                    let class = match (by_policy, granted) {
                        ("allow", _) => 0,
                        ("implicitDeny", true) => 1,
                        ("implicitDeny", false) => 2,
                        _ => 3,
                    };
                    counts[class] += 1;
                }
            }
        }
    }
    // A generator that reaches one answer only would prove nothing.
    let sum: u64 = counts.iter().sum();
    assert!(counts.iter().all(|count| *count > sum / 40), "{counts:?}");
}
