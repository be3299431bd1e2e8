//! Random questions that collide: few names, many wildcards, pairs that differ in case only, every kind of policy, two
//! accounts, keys that are absent, single, several or malformed.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::random::Random;

pub const ACCOUNTS: &[&str] = &["111122223333", "444455556666"];

pub const PRINCIPALS: &[&str] = &[
    "arn:aws:iam::111122223333:user/anaya",
    "arn:aws:iam::111122223333:user/div/anaya",
    "arn:aws:iam::111122223333:user/Anaya",
    "arn:aws:iam::444455556666:user/anaya",
    "arn:aws:sts::111122223333:assumed-role/app/build-7",
    "arn:aws:sts::111122223333:assumed-role/app/zz",
    "arn:aws:sts::111122223333:assumed-role/App/build-7",
    "arn:aws:sts::444455556666:assumed-role/app/build-7",
    "arn:aws:sts::111122223333:federated-user/anaya",
    "arn:aws:sts::444455556666:federated-user/anaya",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::444455556666:root",
    "lambda.amazonaws.com",
    "s3.amazonaws.com",
];

const NAMED: &[&str] = &[
    "*",
    "111122223333",
    "444455556666",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::444455556666:root",
    "arn:aws:iam::111122223333:user/anaya",
    "arn:aws:iam::111122223333:user/div/anaya",
    "arn:aws:iam::444455556666:user/anaya",
    "arn:aws:iam::111122223333:role/app",
    "arn:aws:iam::111122223333:role/svc/eu/app",
    "arn:aws:iam::444455556666:role/app",
    "arn:aws:sts::111122223333:assumed-role/app/build-7",
    "arn:aws:sts::111122223333:federated-user/anaya",
    "arn:aws:iam::111122223333:user/*",
    "arn:aws:iam::111122223333:group/ops",
    "AIDACKCEVSQ6C2EXAMPLE",
    "anaya",
];

const ACTIONS: &[&str] = &[
    "secretsmanager:GetSecretValue",
    "secretsmanager:getsecretvalue",
    "secretsmanager:DescribeSecret",
    "secretsmanager:ListSecrets",
    "secretsmanager:Frobnicate",
    "SecretsManager:PutSecretValue",
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "sts:AssumeRole",
    "sts:GetCallerIdentity",
    "s3:GetObject",
];

const ACTION_PATTERNS: &[&str] = &[
    "*",
    "secretsmanager:*",
    "secretsmanager:Get*",
    "secretsmanager:GETSecretValue",
    "secretsmanager:?escribe*",
    "secretsmanager:*Secret*",
    "secretsmanager:*s",
    "SECRETSMANAGER:*value",
    "secretsmanager:Frob*",
    "kms:*",
    "kms:De*",
    "kms:Decryp?",
    "sts:AssumeRole",
    "sts:*",
    "s3:*",
    "s3:Get??????",
];

const NAMES: &[&str] = &["a", "A", "ab", "a/b", "a-b", "anaya/db", "blue/a", "ä*", "b:c"];

const KEYS: &[&str] = &[
    "aws:username",
    "AWS:UserName",
    "aws:PrincipalTag/team",
    "aws:principaltag/Team",
    "secretsmanager:ResourceTag/team",
    "aws:TagKeys",
    "kms:EncryptionContextKeys",
    "aws:SourceIp",
    "aws:CurrentTime",
    "aws:MultiFactorAuthAge",
    "aws:SecureTransport",
    "aws:PrincipalArn",
    "x:y",
];

const VALUES: &[&str] = &[
    "a",
    "A",
    "ab",
    "blue",
    "Blue",
    "anaya",
    "*",
    "a*",
    "?",
    "a?b",
    "",
    "true",
    "TRUE",
    "false",
    "10",
    "10.0",
    "9",
    "-3",
    "1e1",
    "+10.50",
    "junk",
    "10.0.0.1",
    "10.0.0.0/8",
    "10.1.2.3/33",
    "2001:db8::1",
    "2001:db8::/32",
    "0.0.0.0/0",
    "2026-01-01",
    "2026-01-01T00:00:00Z",
    "2026-01-01T01:00:00+02:00",
    "2026",
    "1767225600",
    "2026-02-30",
    "c3Ryb25n",
    "cm9vbQ==",
    "cm9vbQ=",
    "arn:aws:iam::111122223333:user/anaya",
    "arn:aws:iam::*:user/a*",
    "arn:aws:iam::111122223333:*",
    "arn:aws:iam*",
    "arn:aws",
    "ä",
    "Ä",
];

const TEMPLATES: &[&str] = &[
    "${aws:username}",
    "${AWS:username}",
    "${aws:PrincipalTag/team}",
    "${aws:PrincipalTag/team, 'blue'}",
    "${aws:TagKeys}",
    "${*}",
    "${?}",
    "${$}",
    "${x:y}*",
    "a${aws:username}?",
    "${aws:username",
    "${}",
    "${aws:username,'a'}",
    "${a b}",
    "arn:aws:iam::111122223333:user/${aws:username}",
];

const OPERATORS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnNotEquals",
    "ArnLike",
    "ArnNotLike",
    "Null",
];

/// Policies that belong together. Requests vary over them.
#[derive(Clone)]
pub struct Bundle {
    /// The caller's own policies, and behind them those of his groups.
    pub identity: Vec<Value>,
    pub resource_policy: Option<Value>,
    pub boundary: Option<Value>,
    pub session: Option<Value>,
    pub scps: Vec<Vec<Value>>,
    pub trust: &'static str,
}

pub struct Request {
    pub principal: &'static str,
    pub action: &'static str,
    pub resource: String,
    pub resource_account: &'static str,
    pub context: BTreeMap<String, Vec<String>>,
}

pub fn bundle(random: &mut Random) -> Bundle {
    let trust = random.pick(&["secret", "secret", "key", "role"]);
    let identity = (0..random.below(4)).map(|_| policy(random, Kind::Identity)).collect();
    let on_resource = if trust == "role" { Kind::Trust } else { Kind::Resource };
    Bundle {
        identity,
        resource_policy: random.once_in(2).then(|| policy(random, on_resource)),
        boundary: random.once_in(4).then(|| policy(random, Kind::Identity)),
        session: random.once_in(3).then(|| policy(random, Kind::Identity)),
        scps: if random.once_in(4) {
            (0..=random.below(2))
                .map(|_| (0..=random.below(2)).map(|_| policy(random, Kind::Identity)).collect())
                .collect()
        } else {
            Vec::new()
        },
        trust,
    }
}

pub fn request(random: &mut Random) -> Request {
    let account = random.pick(ACCOUNTS);
    let resource = match random.below(8) {
        0 => "*".to_owned(),
        1 => format!("arn:aws:kms:us-east-1:{account}:key/{}", random.pick(NAMES)),
        2 => format!("arn:aws:iam::{account}:role/{}", random.pick(NAMES)),
        _ => secret(random, account),
    };
    let mut context = BTreeMap::new();
    for key in KEYS {
        if random.once_in(2) && !context.keys().any(|known: &String| known.eq_ignore_ascii_case(key)) {
            let count = [1, 1, 1, 1, 2, 3, 0][random.below(7)];
            let values: Vec<String> = (0..count).map(|_| random.pick(VALUES).to_owned()).collect();
            context.insert((*key).to_owned(), values);
        }
    }
    Request {
        principal: random.pick(PRINCIPALS),
        action: random.pick(ACTIONS),
        resource,
        resource_account: account,
        context,
    }
}

fn secret(random: &mut Random, account: &str) -> String {
    format!(
        "arn:aws:secretsmanager:us-{}-1:{account}:secret:{}-a1b2c3",
        random.pick(&["east", "west"]),
        random.pick(NAMES)
    )
}

#[derive(Clone, Copy, PartialEq)]
pub enum Kind {
    Identity,
    Resource,
    Trust,
}

pub fn policy(random: &mut Random, kind: Kind) -> Value {
    let mut policy = Map::new();
    match random.below(6) {
        0 => {}
        1 => drop(policy.insert("Version".to_owned(), json!("2008-10-17"))),
        _ => drop(policy.insert("Version".to_owned(), json!("2012-10-17"))),
    }
    let mut statements: Vec<Value> = (0..=random.below(4)).map(|_| statement(random, kind)).collect();
    let statement =
        if statements.len() == 1 && random.once_in(2) { statements.remove(0) } else { Value::Array(statements) };
    policy.insert("Statement".to_owned(), statement);
    Value::Object(policy)
}

pub fn statement(random: &mut Random, kind: Kind) -> Value {
    let mut statement = Map::new();
    statement.insert("Effect".to_owned(), json!(if random.once_in(4) { "Deny" } else { "Allow" }));
    let not = |random: &mut Random, name: &str| if random.once_in(7) { format!("Not{name}") } else { name.to_owned() };
    statement.insert(not(random, "Action"), some(random, |random| json!(random.pick(ACTION_PATTERNS))));
    if kind != Kind::Trust {
        statement.insert(not(random, "Resource"), some(random, |random| Value::String(resource_pattern(random))));
    }
    if kind != Kind::Identity {
        statement.insert(not(random, "Principal"), principals(random));
    }
    if random.once_in(2) {
        statement.insert("Condition".to_owned(), condition(random));
    }
    Value::Object(statement)
}

/// One, or a list of none to three.
fn some(random: &mut Random, mut make: impl FnMut(&mut Random) -> Value) -> Value {
    match random.below(12) {
        0 => json!([]),
        1 => json!([make(random)]),
        2 | 3 => json!([make(random), make(random)]),
        4 => json!([make(random), make(random), make(random)]),
        _ => make(random),
    }
}

fn principals(random: &mut Random) -> Value {
    if random.once_in(6) {
        return json!("*");
    }
    let mut map = Map::new();
    if !random.once_in(6) {
        map.insert("AWS".to_owned(), some(random, |random| json!(random.pick(NAMED))));
    }
    if random.once_in(4) {
        map.insert(
            "Service".to_owned(),
            some(random, |random| json!(random.pick(&["lambda.amazonaws.com", "s3.amazonaws.com"]))),
        );
    }
    Value::Object(map)
}

fn resource_pattern(random: &mut Random) -> String {
    let account = random.pick(ACCOUNTS);
    let whole = match random.below(10) {
        0 | 1 => return "*".to_owned(),
        2 => format!("arn:aws:kms:*:{account}:key/{}", random.pick(NAMES)),
        3 => format!("arn:aws:iam::{account}:role/{}", random.pick(NAMES)),
        _ => secret(random, account),
    };
    let mut letters: Vec<char> = whole.chars().collect();
    for _ in 0..random.below(4) {
        let at = random.below(letters.len());
        match random.below(7) {
            0 => letters[at] = '?',
            1 => letters[at] = '*',
            2 => letters.truncate(at),
            3 => drop(letters.splice(at.., ['*'])),
            4 => drop(letters.splice(at..(at + random.below(12)).min(letters.len()), ['*'])),
            _ => {
                let tail = whole.rfind([':', '/']).unwrap() + 1;
                let at = if random.once_in(8) { at } else { at.max(tail.min(letters.len())) };
                let template = random.pick(TEMPLATES);
                letters.splice(at..(at + random.below(6)).min(letters.len()), template.chars());
            }
        }
        if letters.is_empty() {
            break;
        }
    }
    letters.into_iter().collect()
}

fn condition(random: &mut Random) -> Value {
    let mut operators = Map::new();
    for _ in 0..=random.below(2) {
        let base = random.pick(OPERATORS);
        let mut name = base.to_owned();
        if base != "Null" {
            if random.once_in(4) {
                name += "IfExists";
            }
            match random.below(4) {
                0 => name.insert_str(0, "ForAllValues:"),
                1 => name.insert_str(0, "ForAnyValue:"),
                _ => {}
            }
        }
        let mut keys: Map<String, Value> = Map::new();
        for _ in 0..=random.below(2) {
            let key = random.pick(KEYS);
            if keys.keys().any(|known| known.eq_ignore_ascii_case(key)) {
                continue;
            }
            let value = some(random, |random| match random.below(12) {
                0 => json!(random.once_in(2)),
                1 => json!(random.below(20)),
                2 | 3 => json!(random.pick(TEMPLATES)),
                _ => json!(random.pick(VALUES)),
            });
            keys.insert(key.to_owned(), value);
        }
        operators.insert(name, Value::Object(keys));
    }
    Value::Object(operators)
}
