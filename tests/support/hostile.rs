//! Policies that somebody wrote to cost as much as they can: one document each, cut to a share of the largest size that its kind may
//! have, and the request that makes it work hardest. For the tests, the counts of instructions and the bench.
#![allow(dead_code, reason = "each file that includes this uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a policy that cannot be made stops what needs it")]

use std::sync::Arc;

use strongroom::action::Action;
use strongroom::policy::{MapKeys, Policy, PolicyKind, PolicySet, Principal, Query, Source, SourceKind, Trust, decide};

const USER: &str = "arn:aws:iam::111122223333:user/anaya";
const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
/// KMS takes encryption contexts of 8,192 bytes in all, keys and values.
const CONTEXT: usize = 8_190;

/// What makes the document expensive.
pub const SHAPES: &[&str] = &[
    "statements",
    "stars",
    "short",
    "hidden",
    "long",
    "inside",
    "letters",
    "runs",
    "variables",
    "values",
    "folded",
    "numbers",
    "dates",
    "networks",
    "arns",
    "tag keys",
    "principals",
    "not resource",
    "inline",
];

/// A document, and what it is asked.
pub struct Hostile {
    pub kind: PolicyKind,
    pub text: String,
    resource: String,
    keys: Vec<(String, Vec<String>)>,
}

/// The document of a shape, about `eighths` of the largest; with `hit` its last entry is one that matches.
pub fn hostile(shape: &str, eighths: usize, hit: bool) -> Hostile {
    let a_long = "a".repeat(CONTEXT);
    let like = |entry: &dyn Fn(usize) -> String, matching: &str, value: &str| {
        on_key("StringLike", "kms:EncryptionContext:k", entry, matching, hit, eighths, &[value])
    };
    match shape {
        // 700 statements, each of which must be looked at.
        "statements" => {
            let one = |user: &str| {
                format!(
                    r#"{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::111122223333:user/{user}"}},"Action":"kms:*","Resource":"*"}}"#
                )
            };
            let text = filled(
                "",
                |number| one(&format!("u{number}")),
                hit.then(|| one("anaya")),
                "",
                32_768 * eighths / 8 - 60,
            );
            Hostile { kind: PolicyKind::Key, text: document(&text), resource: KEY.to_owned(), keys: Vec::new() }
        }
        // `*a*a*a…b` against the longest name of a secret.
        "stars" => on_secret(
            &|_| format!("{}b", "*a".repeat(120)),
            &format!("{}*", "*a".repeat(120)),
            hit,
            eighths,
            "Resource",
        ),
        "inline" => Hostile {
            kind: PolicyKind::Identity,
            ..on_secret_of(
                10_240,
                &|number| format!("*{}?b{number}?*", "a?".repeat(20)),
                "*a",
                hit,
                eighths,
                "Resource",
                "",
            )
        },
        "not resource" => on_secret(&|number| format!("*a{number}z*"), "", !hit, eighths, "NotResource"),
        // Patterns in a condition against the longest encryption context.
        "short" => like(&|number| format!("*aa{}*", letters(number)), "*aa", &a_long),
        // The same where every letter occurs, so that none gives a pattern away.
        "hidden" => {
            let rest = CONTEXT - 26;
            like(
                &|number| format!("*aa{}*", letters(number)),
                "*zaa*",
                &format!("{}{}", ('a'..='z').collect::<String>(), &a_long[..rest]),
            )
        }
        "long" => like(&|_| format!("*{}b*", "a".repeat(3_000)), "*aa", &a_long),
        "runs" => {
            like(&|number| format!("*{}*", "a".repeat(101 + number)), "*", &format!("{}b", "a".repeat(100)).repeat(80))
        }
        "inside" => like(&|_| format!("*{}b*", "?a".repeat(1_500)), "*aa", &a_long),
        "letters" => like(&|_| format!("*{}b*", "?a".repeat(1_500)), "*a", &format!("{}a", "ä".repeat(4_000))),
        "variables" => like(&|_| format!("*{}b*", "${aws:username}".repeat(100)), "*${aws:username}", &a_long),
        "values" => on_key(
            "StringEquals",
            "kms:EncryptionContext:k",
            &|number| format!("v{number}"),
            &a_long,
            hit,
            eighths,
            &[&a_long],
        ),
        "folded" => on_key(
            "StringEqualsIgnoreCase",
            "kms:EncryptionContext:k",
            &|number| format!("{}{number}", "A".repeat(300)),
            &"A".repeat(400),
            hit,
            eighths,
            &[&"a".repeat(400)],
        ),
        "numbers" => on_key(
            "NumericEquals",
            "kms:EncryptionContext:k",
            &|number| format!("{}{number}", "7".repeat(300)),
            &"7".repeat(CONTEXT),
            hit,
            eighths,
            &[&"7".repeat(CONTEXT)],
        ),
        "dates" => on_key(
            "DateEquals",
            "aws:CurrentTime",
            &|number| format!("19{number:08}"),
            "2026-01-01T00:00:00Z",
            hit,
            eighths,
            &["2026-01-01T00:00:00Z"],
        ),
        "networks" => on_key(
            "IpAddress",
            "aws:SourceIp",
            &|number| format!("10.{}.{}.0/24", number / 250 % 250, number % 250),
            "192.0.2.0/24",
            hit,
            eighths,
            &["192.0.2.7"],
        ),
        "arns" => on_key(
            "ArnLike",
            "aws:PrincipalArn",
            &|number| format!("arn:aws:iam::*:*a*a*a*{number}"),
            "arn:aws:iam::*:*",
            hit,
            eighths,
            &[&format!("arn:aws:iam::111122223333:user/{}/x", "a".repeat(510))],
        ),
        // The most that a resource has: fifty tags, their keys as long as may be.
        "tag keys" => {
            let keys: Vec<String> = (0..50).map(|number| format!("{}{number:02}", "a".repeat(126))).collect();
            let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
            on_key(
                "ForAnyValue:StringLike",
                "aws:TagKeys",
                &|number| format!("*aa{}*", letters(number)),
                "*49",
                hit,
                eighths,
                &keys,
            )
        }
        "principals" => {
            let arn = |number| format!(r#""arn:aws:iam::111122223333:role/path/u{number}""#);
            let hit = hit.then(|| format!(r#""{USER}""#));
            let text = filled(
                r#"{"Effect":"Allow","Principal":{"AWS":["#,
                arn,
                hit,
                r#"]},"Action":"kms:*","Resource":"*"}"#,
                32_768 * eighths / 8 - 60,
            );
            Hostile { kind: PolicyKind::Key, text: document(&text), resource: KEY.to_owned(), keys: Vec::new() }
        }
        other => unreachable!("no such shape: {other}"),
    }
}

/// A key policy of one statement with one condition of many values.
fn on_key(
    operator: &str,
    key: &str,
    entry: &dyn Fn(usize) -> String,
    matching: &str,
    hit: bool,
    eighths: usize,
    values: &[&str],
) -> Hostile {
    let head = format!(
        r#"{{"Effect":"Allow","Principal":{{"AWS":"{USER}"}},"Action":"kms:Decrypt","Resource":"*","Condition":{{"{operator}":{{"{key}":["#
    );
    let quoted = |text: &str| format!("\"{text}\"");
    let text = filled(
        &head,
        |number| quoted(&entry(number)),
        hit.then(|| quoted(matching)),
        "]}}}",
        32_768 * eighths / 8 - 60,
    );
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    let keys = vec![("aws:username".to_owned(), vec!["a".to_owned()]), (key.to_owned(), values)];
    Hostile { kind: PolicyKind::Key, text: document(&text), resource: KEY.to_owned(), keys }
}

/// A secret's policy of one statement about many names.
fn on_secret(entry: &dyn Fn(usize) -> String, matching: &str, hit: bool, eighths: usize, element: &str) -> Hostile {
    let principal = format!(r#""Principal":{{"AWS":"{USER}"}},"#);
    on_secret_of(20_480, entry, matching, hit, eighths, element, &principal)
}

fn on_secret_of(
    most: usize,
    entry: &dyn Fn(usize) -> String,
    matching: &str,
    hit: bool,
    eighths: usize,
    element: &str,
    principal: &str,
) -> Hostile {
    let arn = |name: &str| format!(r#""arn:aws:secretsmanager:*:*:{name}""#);
    let head = format!(r#"{{"Effect":"Allow",{principal}"Action":"secretsmanager:GetSecretValue","{element}":["#);
    let hit = hit.then(|| arn(&format!("{matching}*-a1b2c3")));
    let text = filled(&head, |number| arn(&entry(number)), hit, "]}", most * eighths / 8 - 60);
    let resource = format!("arn:aws:secretsmanager:us-east-1:111122223333:secret:{}-a1b2c3", "a".repeat(512));
    Hostile { kind: PolicyKind::Secret, text: document(&text), resource, keys: Vec::new() }
}

/// Entries between head and tail, as many as fit in `size` bytes; at least one.
fn filled(head: &str, entry: impl Fn(usize) -> String, last: Option<String>, tail: &str, size: usize) -> String {
    let mut text = head.to_owned();
    let kept = tail.len() + last.as_ref().map_or(0, |last| last.len() + 1);
    for number in 0.. {
        let entry = entry(number);
        if number > 0 && text.len() + entry.len() + 1 + kept > size {
            break;
        }
        text += if number > 0 { "," } else { "" };
        text += &entry;
    }
    if let Some(last) = last {
        text += ",";
        text += &last;
    }
    text + tail
}

fn document(statements: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#)
}

/// Three letters, other ones for every number, none of them `a`.
fn letters(mut number: usize) -> String {
    (0..3)
        .map(|_| {
            let letter = char::from(b'b' + u8::try_from(number % 25).unwrap());
            number /= 25;
            letter
        })
        .collect()
}

/// A document compiled and ready to be asked.
pub struct Ready {
    set: PolicySet,
    on_resource: Option<Policy>,
    resource: String,
    keys: MapKeys,
}

impl Hostile {
    /// Cuts what it is asked about to so many eighths, ASCII; tells how long it is then.
    pub fn cut(&mut self, eighths: usize) -> usize {
        let values = self.keys.iter_mut().skip(1).flat_map(|(_, values)| values);
        values
            .map(|value| {
                value.truncate(value.len() * eighths / 8);
                value.len()
            })
            .sum()
    }
    /// Compiles it as one that is about to be stored.
    pub fn ready(&self) -> Ready {
        let policy = Policy::parse(&self.text, self.kind).unwrap();
        let (set, on_resource) = match self.kind {
            PolicyKind::Identity => {
                (PolicySet::new([(Source::new("hostile", SourceKind::User), Arc::new(policy))]), None)
            }
            _ => (PolicySet::empty(), Some(policy)),
        };
        Ready { set, on_resource, resource: self.resource.clone(), keys: self.keys.iter().cloned().collect() }
    }
}

impl Ready {
    pub fn ask<T>(&self, then: impl FnOnce(&Query<'_>) -> T) -> T {
        let key = self.resource.starts_with("arn:aws:kms:");
        then(&Query {
            principal: &Principal::from_arn(USER).unwrap(),
            action: if key { Action::KMS_DECRYPT } else { Action::SECRETSMANAGER_GET_SECRET_VALUE }.into(),
            resource: &self.resource,
            resource_account: "111122223333",
            trust: if key { Trust::Key } else { Trust::Secret },
            keys: &self.keys,
            identity: &self.set,
            resource_policy: self.on_resource.as_ref(),
            boundary: None,
            session: None,
            scps: &[],
        })
    }
    pub fn allows(&self) -> bool {
        self.ask(|query| decide(query).is_allow())
    }
}

/// Shapes of which the request's value can be cut as well.
pub const SUBJECTS: &[&str] = &["short", "arns"];

/// Documents that are expensive to read rather than to weigh.
pub const TEXTS: &[&str] = &[
    "actions",
    "unknown actions",
    "wide resources",
    "double resources",
    "guards",
    "unknown keys",
    "unknown elements",
    "findings",
    "exempt",
    "sids",
    "nulls",
    "space",
    "escapes",
    "elements",
];

/// A document to read, about `eighths` of 32,768 bytes, and whether it may be stored.
pub fn to_read(shape: &str, eighths: usize) -> (PolicyKind, String, bool) {
    let size = 32_768 * eighths / 8 - 60;
    let allow = r#""Effect":"Allow","Principal":{"AWS":"111122223333"}"#;
    let list = |element: &str, entry: &dyn Fn(usize) -> String, rest: &str| {
        filled(
            &format!(r#"{{{allow},"{element}":["#),
            |number| format!("\"{}\"", entry(number)),
            None,
            &format!("],{rest}}}"),
            size,
        )
    };
    let conditions = |operator: &str, entry: &dyn Fn(usize) -> String| {
        let head = format!(r#"{{{allow},"Action":"kms:*","Resource":"*","Condition":{{"{operator}":{{"#);
        filled(&head, entry, None, "}}}", size)
    };
    let star = r#""Resource":"*""#;
    let (text, stored) = match shape {
        "actions" => (list("Action", &|number| format!("kms:*e*e*{}", letters(number)), star), true),
        "unknown actions" => (list("Action", &|number| format!("kms:Decript{number}"), star), true),
        "wide resources" => {
            (list("Resource", &|number| format!("arn:aws:kms:*:*:*a*{number}*"), r#""Action":"kms:*""#), true)
        }
        "double resources" => {
            (list("Resource", &|number| format!("arn:aws:kms:*:*:key/{}", number % 2), r#""Action":"kms:*""#), true)
        }
        "guards" => {
            let null = |number: usize| format!(r#""aws:PrincipalTag/k{number}":"false""#);
            let all = |number: usize| format!(r#""aws:PrincipalTag/k{number}":"v""#);
            let head = format!(r#"{{{allow},"Action":"kms:*","Resource":"*","Condition":{{"Null":{{"#);
            let half = filled(&head, null, None, r#"},"ForAllValues:StringEquals":{"#, size / 2);
            (filled(&half, all, None, "}}}", size), true)
        }
        "unknown keys" => {
            (conditions("StringEquals", &|number| format!(r#""aws:PrincipalTagg/k{number}":"v""#)), false)
        }
        "unknown elements" => (
            filled(
                &format!("{{{allow},"),
                |number| format!(r#""Acton{number}":"v""#),
                None,
                r#","Action":"kms:*","Resource":"*"}"#,
                size,
            ),
            false,
        ),
        "findings" => (conditions("NumericEquals", &|number| format!(r#""aws:PrincipalTag/k{number}":"v""#)), false),
        "exempt" => {
            let entry =
                |number: usize| format!(r#""arn:aws:iam::{number:012}:root","arn:aws:iam::{number:012}:user/u""#);
            (
                filled(
                    r#"{"Effect":"Deny","NotPrincipal":{"AWS":["#,
                    entry,
                    None,
                    r#"]},"Action":"kms:*","Resource":"*"}"#,
                    size,
                ),
                true,
            )
        }
        "sids" => (
            filled(
                "",
                |number| format!(r#"{{"Sid":"s{number}",{allow},"Action":"kms:*","Resource":"*"}}"#),
                None,
                "",
                size,
            ),
            true,
        ),
        "nulls" => (conditions("Null", &|number| format!(r#""aws:PrincipalTag/k{number}":"true""#)), true),
        "space" => (format!("{{{}{allow},\"Action\":\"kms:*\",{star}}}", " ".repeat(size - 120)), true),
        "escapes" => (
            format!(
                r#"{{{allow},"Action":"kms:*",{star},"Condition":{{"StringEquals":{{"aws:username":"{}"}}}}}}"#,
                r"\u0061".repeat(size / 6 - 30)
            ),
            true,
        ),
        "elements" => (
            filled(
                "",
                |_| {
                    format!(
                        r#"{{{allow},"Action":"kms:*","Resource":"*","Condition":{{"StringLike":{{"aws:username":["a*","${{aws:userid}}"]}}}}}}"#
                    )
                },
                None,
                "",
                size,
            ),
            true,
        ),
        other => unreachable!("no such shape: {other}"),
    };
    (PolicyKind::Key, document(&text), stored)
}

/// So many statements in policies of fifty: each on its own names, or on `*` for one value of a key of its own.
pub fn many(statements: usize, condition: bool) -> Vec<(Source, Arc<Policy>)> {
    let statement = |number: usize| {
        let (resource, condition) = if condition {
            ("*".to_owned(), format!(r#","Condition":{{"StringEquals":{{"aws:PrincipalTag/k{number}":"v"}}}}"#))
        } else {
            (format!("arn:aws:secretsmanager:*:*:secret:{}/team{number:05}/*", "a".repeat(number % 7)), String::new())
        };
        format!(r#"{{"Effect":"Allow","Action":"secretsmanager:Get*","Resource":"{resource}"{condition}}}"#)
    };
    let policies = (0..statements).step_by(50).map(|first| {
        let statements: Vec<String> = (first..statements.min(first + 50)).map(statement).collect();
        let policy = Policy::load(&document(&statements.join(",")), PolicyKind::Identity).unwrap();
        (Source::new("p", SourceKind::Group), Arc::new(policy))
    });
    policies.collect()
}
