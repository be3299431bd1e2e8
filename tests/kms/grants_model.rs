//! Grants against a naive model: random grants come and go, and after each change random callers ask for random things in random
//! encryption contexts. No policy allows any of them anything, so what the store answers is what the grants say. The model knows
//! no index: it looks through all grants.
//!
//! The suite asks 10,000 times. `STRONGROOM_GRANT_DECISIONS` sets another count and `STRONGROOM_GRANT_SEED` the first seed; a
//! failure prints the seed of its store and the question:
//!
//! ```sh
//! STRONGROOM_GRANT_DECISIONS=1000000 STRONGROOM_GRANT_SEED=7 cargo test --release --test kms grants_model
//! ```
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use crate::common::{ACCOUNT, House, house, root_arn, trust, user_arn};
use crate::random::Random;
use strongroom::name::Text;
use strongroom::operation::iam::CreateRole;
use strongroom::operation::kms::{
    CreateGrant, CreateKey, Decrypt, DescribeKey, DryRunModifier, Encrypt, GenerateDataKey,
    GenerateDataKeyWithoutPlaintext, GrantConstraints, ReEncrypt, RetireGrant, RevokeGrant,
};
use strongroom::{Error, Principal, Session};

const CHANGES: u64 = 40;
const QUESTIONS: u64 = 10;
const OPERATIONS: &[&str] = &[
    "Encrypt",
    "Decrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "DescribeKey",
    "CreateGrant",
    "RetireGrant",
];
const KEYS: &[&str] = &["app", "team", "site"];
const VALUES: &[&str] = &["1", "2"];

type Context = BTreeMap<Text, Text>;
type Names = BTreeSet<&'static str>;
/// Exactly, or within.
type Constraint = Option<(bool, Context)>;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// A grant as the model sees it.
#[derive(Debug)]
struct Given {
    id: Text,
    grantee: String,
    retiring: Option<String>,
    operations: Names,
    constraint: Constraint,
}

impl Given {
    fn lets(&self, caller: &Caller, operation: &str, context: &Context) -> bool {
        let bound = !["DescribeKey", "CreateGrant", "RetireGrant"].contains(&operation);
        let held = match &self.constraint {
            Some((true, pairs)) if bound => pairs == context,
            Some((false, pairs)) if bound => pairs.iter().all(|(key, value)| context.get(key) == Some(value)),
            _ => true,
        };
        caller.names.contains(&self.grantee) && self.operations.contains(operation) && held
    }
    fn lets_create(&self, caller: &Caller, operations: &Names, constraint: &Constraint) -> bool {
        let strict = match (&self.constraint, constraint) {
            (None, _) => true,
            (Some(_), None) | (Some((true, _)), Some((false, _))) => false,
            (Some((true, floor)), Some((true, child))) => floor == child,
            (Some((false, floor)), Some((_, child))) => floor.iter().all(|(key, value)| child.get(key) == Some(value)),
        };
        caller.names.contains(&self.grantee)
            && self.operations.contains("CreateGrant")
            && operations.is_subset(&self.operations)
            && strict
    }
    fn lets_retire(&self, caller: &Caller) -> bool {
        self.retiring.as_ref().is_some_and(|retiring| caller.names.contains(retiring))
            || (caller.names.contains(&self.grantee) && self.operations.contains("RetireGrant"))
    }
}

struct Caller {
    session: Session,
    /// As grants name it: itself, its role, its account.
    names: Vec<String>,
}

fn role() -> String {
    format!("arn:aws:iam::{ACCOUNT}:role/app")
}
fn role_session(name: &str) -> String {
    format!("arn:aws:sts::{ACCOUNT}:assumed-role/app/{name}")
}

fn callers(house: &House) -> Vec<Caller> {
    house.root.iam().create_role(CreateRole::new("app", trust("*"))).unwrap();
    let mut callers: Vec<Caller> = ["anaya", "bob"]
        .into_iter()
        .map(|name| Caller { session: house.user(name), names: vec![user_arn(name), root_arn()] })
        .collect();
    for name in ["one", "two"] {
        let session = house.room.session(Principal::role("app", name)).unwrap();
        callers.push(Caller { session, names: vec![role_session(name), role(), root_arn()] });
    }
    callers
}

fn context(random: &mut Random) -> Context {
    let keys = KEYS.iter().filter(|_| random.once_in(2)).copied().collect::<Vec<_>>();
    keys.into_iter().map(|key| (Text::from(key), Text::from(random.pick(VALUES)))).collect()
}
fn constraint(random: &mut Random) -> Constraint {
    (!random.once_in(4)).then(|| (random.once_in(2), context(random)))
}
fn operations(random: &mut Random) -> Names {
    let drawn: Names = OPERATIONS.iter().filter(|_| random.once_in(3)).copied().collect();
    if drawn.is_empty() { Names::from([random.pick(OPERATIONS)]) } else { drawn }
}
fn somebody(random: &mut Random) -> String {
    // The account as a whole is drawn seldom: it would let everybody.
    let all = [user_arn("anaya"), user_arn("bob"), role(), role_session("one"), role_session("two")];
    if random.once_in(20) { root_arn() } else { all[random.below(all.len())].clone() }
}

fn asking(key: &Text, grantee: &str, operations: &Names, constraint: &Constraint) -> CreateGrant {
    let mut request = CreateGrant::to(grantee, key, operations.iter().copied());
    request.constraints = constraint.as_ref().map(|(exact, pairs)| {
        let constraints = GrantConstraints::new();
        if *exact {
            constraints.encryption_context_equals(pairs.clone())
        } else {
            constraints.encryption_context_subset(pairs.clone())
        }
    });
    request
}

/// A grant more or a grant less.
fn change(random: &mut Random, house: &House, key: &Text, given: &mut Vec<Given>) {
    if !given.is_empty() && random.once_in(3) {
        let gone = given.swap_remove(random.below(given.len()));
        if random.once_in(2) {
            house.root.kms().revoke_grant(RevokeGrant::new(key, &gone.id)).unwrap();
        } else {
            house.root.kms().retire_grant(RetireGrant::of(key, &gone.id)).unwrap();
        }
        return;
    }
    let (grantee, operations, constraint) = (somebody(random), operations(random), constraint(random));
    let retiring = random.once_in(4).then(|| somebody(random));
    let mut request = asking(key, &grantee, &operations, &constraint);
    request.retiring_principal = retiring.as_deref().map(Text::from);
    let id = house.root.kms().create_grant(request).unwrap().grant_id;
    given.push(Given { id, grantee, retiring, operations, constraint });
}

/// What the store says, and what the model says.
fn question(random: &mut Random, caller: &Caller, key: &Text, given: &[Given]) -> (String, Result<(), Error>, bool) {
    let kms = caller.session.kms();
    let context = context(random);
    let lets = |operation: &str, context: &Context| given.iter().any(|grant| grant.lets(caller, operation, context));
    let ignore = || vec![DryRunModifier::IgnoreCiphertext];
    match random.below(9) {
        0 => {
            let answer = kms.encrypt(Encrypt::new(key, "x").encryption_context(context.clone()).dry_run(true));
            (format!("Encrypt {context:?}"), answer.map(drop), lets("Encrypt", &context))
        }
        1 | 2 => {
            let request = Decrypt::new().key_id(key).encryption_context(context.clone());
            let answer = kms.decrypt(request.dry_run(true).dry_run_modifiers(ignore()));
            (format!("Decrypt {context:?}"), answer.map(drop), lets("Decrypt", &context))
        }
        3 => {
            let request = GenerateDataKey::new(key).number_of_bytes(8).encryption_context(context.clone());
            let answer = kms.generate_data_key(request.dry_run(true));
            (format!("GenerateDataKey {context:?}"), answer.map(drop), lets("GenerateDataKey", &context))
        }
        4 => {
            let request = GenerateDataKeyWithoutPlaintext::new(key).number_of_bytes(8);
            let request = request.encryption_context(context.clone()).dry_run(true);
            let answer = kms.generate_data_key_without_plaintext(request);
            let name = "GenerateDataKeyWithoutPlaintext";
            (format!("{name} {context:?}"), answer.map(drop), lets(name, &context))
        }
        5 => {
            let other = self::context(random);
            let request = ReEncrypt::new(key).source_key_id(key).source_encryption_context(context.clone());
            let request = request.destination_encryption_context(other.clone());
            let answer = kms.re_encrypt(request.dry_run(true).dry_run_modifiers(ignore()));
            let expected = lets("ReEncryptFrom", &context) && lets("ReEncryptTo", &other);
            (format!("ReEncrypt {context:?} {other:?}"), answer.map(drop), expected)
        }
        6 => {
            let answer = kms.describe_key(DescribeKey::new(key)).map(drop);
            ("DescribeKey".to_owned(), answer, lets("DescribeKey", &context))
        }
        7 => {
            let (operations, constraint) = (operations(random), constraint(random));
            let answer = kms.create_grant(asking(key, &root_arn(), &operations, &constraint).dry_run(true));
            let expected = given.iter().any(|grant| grant.lets_create(caller, &operations, &constraint));
            (format!("CreateGrant {operations:?} {constraint:?}"), answer.map(drop), expected)
        }
        _ => {
            let Some(grant) = (!given.is_empty()).then(|| &given[random.below(given.len())]) else {
                let answer = kms.describe_key(DescribeKey::new(key)).map(drop);
                return ("DescribeKey".to_owned(), answer, false);
            };
            let answer = kms.retire_grant(RetireGrant::of(key, &grant.id).dry_run(true));
            (format!("RetireGrant {}", grant.id), answer.map(drop), grant.lets_retire(caller))
        }
    }
}

#[test]
fn what_grants_allow_is_what_a_naive_model_says() {
    let (decisions, first) = (setting("STRONGROOM_GRANT_DECISIONS", 10_000), setting("STRONGROOM_GRANT_SEED", 1));
    let stores = decisions.div_ceil(CHANGES * QUESTIONS);
    let mut counts = [0_u64; 2];
    for seed in (0..stores).map(|number| first.wrapping_mul(1 << 32).wrapping_add(number)) {
        let mut random = Random::new(seed);
        let house = house();
        let key = house.root.kms().create_key(CreateKey::new()).unwrap().key_metadata.arn;
        let callers = callers(&house);
        let mut given = Vec::new();
        for _ in 0..CHANGES {
            change(&mut random, &house, &key, &mut given);
            for _ in 0..QUESTIONS {
                let caller = &callers[random.below(callers.len())];
                let (text, answer, expected) = question(&mut random, caller, &key, &given);
                let allowed = match &answer {
                    Ok(()) => true,
                    Err(error) if error.code() == "DryRunOperationException" => true,
                    Err(error) if error.is_access_denied() => false,
                    Err(error) => panic!("seed {seed}: {text}: {error}"),
                };
                assert_eq!(allowed, expected, "seed {seed}: {} {text}\n{given:#?}", caller.names[0]);
                counts[usize::from(allowed)] += 1;
            }
        }
    }
    // The negative cases outnumber the positive, which are no accident either.
    assert!(counts[0] > counts[1] && counts[1] * 10 > counts[0], "{counts:?}");
}

/// All grants of one grantee on one key: 2,000 in the suite, which no single row would hold; `STRONGROOM_GRANTS=50000` fills the
/// key, and then the next one is refused.
#[test]
fn one_grantee_has_as_many_grants_on_a_key_as_the_key_can_have() {
    let count = setting("STRONGROOM_GRANTS", 2_000);
    let house = house();
    let key = house.root.kms().create_key(CreateKey::new()).unwrap().key_metadata.arn;
    let anaya = house.user("anaya");
    let tenant = |number: u64| Context::from([(Text::from("tenant"), Text::from(number.to_string()))]);
    let names = Names::from(["Encrypt"]);
    let ask = |number: u64| {
        let name = format!("tenant-{number}");
        let request =
            asking(&key, &user_arn("anaya"), &names, &Some((number.is_multiple_of(2), tenant(number)))).name(name);
        house.root.kms().create_grant(request)
    };
    let ids: Vec<Text> = (0..count).map(|number| ask(number).unwrap().grant_id).collect();
    let encrypt = |context: Context| anaya.kms().encrypt(Encrypt::new(&key, "x").encryption_context(context));
    for number in [0, 1, count / 2, count - 1] {
        encrypt(tenant(number)).unwrap();
        assert_eq!(ask(number).unwrap().grant_id, ids[usize::try_from(number).unwrap()], "a repeat makes none");
    }
    assert!(encrypt(tenant(count)).unwrap_err().is_access_denied());
    assert!(encrypt(Context::new()).unwrap_err().is_access_denied());
    if count == 50_000 {
        assert_eq!(ask(count).unwrap_err().code(), "LimitExceededException");
    }
    house.root.kms().revoke_grant(RevokeGrant::new(&key, &ids[1])).unwrap();
    assert!(encrypt(tenant(1)).unwrap_err().is_access_denied());
    encrypt(tenant(3)).unwrap();
    ask(count).unwrap();
    encrypt(tenant(count)).unwrap();
}
