//! What is wrong with a document, beyond its shape: names nobody knows, patterns that match nothing, conditions that do
//! not say what they seem to. Codes and levels in `finding`; each finding has its place and, where one is near, the word
//! that was meant.

mod conditions;
mod principals;
mod resources;

use std::collections::HashSet;
use std::collections::hash_map::{Entry as MapEntry, HashMap};

use crate::action::{self, Action};
use crate::name::Text;
use crate::policy::compile::{self, ActionList};
use crate::policy::document::{self, Document, Entry, PolicyKind, Statement};
use crate::policy::finding::{Code, Findings, Level, Report};
use crate::policy::pattern::{NamePattern, VariableFault};
use crate::policy::suggest::nearest;

/// Examines a document. `account` owns the resource, or the identity that the policy is attached to.
#[must_use]
pub fn lint(text: &str, kind: PolicyKind, account: &str) -> Report {
    let mut findings = Findings::new(text);
    if let Some(document) = document::read(text, kind, &mut findings) {
        let actions = compile::read_actions(&document, &mut findings);
        compile::check_operators(&document, &mut findings);
        examine(&document, &actions, kind, Some(account), &mut findings);
    }
    check_size(text, kind, &mut findings);
    Report::new(findings.into_vec())
}

impl Report {
    /// The same where public access is blocked: `PUBLIC` is then an error.
    #[must_use]
    pub fn block_public(mut self) -> Self {
        for finding in &mut self.findings {
            if finding.code == Code::Public {
                finding.level = Level::Error;
                self.valid = false;
            }
        }
        self
    }
}

/// The longest document of each kind. Where IAM counts characters without white space, so does this.
pub(crate) fn check_size(text: &str, kind: PolicyKind, findings: &mut Findings<'_>) {
    let dense = || text.chars().filter(|letter| !letter.is_whitespace()).count();
    let (size, limit, unit) = match kind {
        // A role's inline policies together; a managed policy and a user's have less, which their operations check.
        PolicyKind::Identity => (dense(), 10_240, "characters without white space"),
        PolicyKind::Boundary => (dense(), 6_144, "characters without white space"),
        PolicyKind::Trust => (dense(), 2_048, "characters without white space"),
        PolicyKind::Session => (text.chars().count(), 2_048, "characters"),
        PolicyKind::Scp => (text.chars().count(), 5_120, "characters"),
        PolicyKind::Secret => (text.len(), 20_480, "bytes"),
        PolicyKind::Key => (text.len(), 32_768, "bytes"),
    };
    if size > limit {
        findings.add(Code::Size, None, 0, format!("document is {size} {unit}; the limit is {limit}"));
    }
}

/// Adds everything that the shape and the compiler do not find.
pub(crate) fn examine(
    document: &Document<'_>,
    actions: &[ActionList],
    kind: PolicyKind,
    account: Option<&str>,
    findings: &mut Findings<'_>,
) {
    for ((index, statement), actions) in document.statements.iter().enumerate().zip(actions) {
        let guarded = conditions::guarded(statement);
        let mut look = Look { index, kind, account, variables: document.variables, guarded, findings };
        look.actions(statement, actions);
        if let Some(resource) = &statement.resource {
            look.resources(statement, actions, resource);
        }
        if let Some(principal) = &statement.principal {
            look.principals(statement, principal);
        }
        for condition in &statement.conditions {
            look.condition(statement, condition);
        }
    }
}

struct Look<'f, 'x> {
    index: usize,
    kind: PolicyKind,
    account: Option<&'f str>,
    variables: bool,
    /// Keys that the statement demands to be there, in lower case.
    guarded: HashSet<String>,
    findings: &'f mut Findings<'x>,
}

impl Look<'_, '_> {
    fn add(&mut self, code: Code, at: usize, message: impl Into<String>) {
        self.findings.add(code, Some(self.index), at, message.into());
    }
    fn suggest(&mut self, code: Code, at: usize, message: String, meant: Option<String>) {
        self.findings.suggest(code, Some(self.index), at, message, meant.map(Text::from));
    }

    fn actions(&mut self, statement: &Statement<'_>, actions: &ActionList) {
        let entries = &statement.action;
        if statement.allow && entries.negated {
            self.add(
                Code::AllowNotAction,
                entries.at,
                "`Allow` with `NotAction` allows every action but these, of all services",
            );
        }
        let mut seen = Vec::new();
        for (place, _, matches) in actions.iter() {
            let Some(entry) = entries.list.get(place) else { continue };
            if entry.text.contains("${") {
                self.add(
                    Code::VariablePlace,
                    entry.at,
                    format!("variables are not substituted in actions: `{}`", entry.text),
                );
                continue;
            }
            self.known_action(entry, matches);
            seen.push(entry);
        }
        self.redundant(Code::RedundantAction, &seen, str::to_ascii_lowercase, WideAction::new);
    }
    fn known_action(&mut self, entry: &Entry<'_>, matches: bool) {
        let Some((service, name)) = entry.text.split_once(':') else { return };
        if matches || !action::is_complete(service) || !self.findings.keeps(Code::UnknownAction) {
            return;
        }
        let of_service = Action::of_service(service).map(Action::name);
        let meant =
            if name.contains(['*', '?']) || self.findings.are_many() { None } else { nearest(name, of_service) };
        let message = if name.contains(['*', '?']) {
            format!("`{}` matches no action", entry.text)
        } else {
            format!("there is no action `{}`", entry.text)
        };
        self.suggest(
            Code::UnknownAction,
            entry.at,
            message,
            meant.map(|name| format!("{}:{name}", service.to_ascii_lowercase())),
        );
    }
    /// Reports entries that another one covers: the same as an earlier one by `folded`, or matched by one with wildcards.
    fn redundant<W: Wide>(
        &mut self,
        code: Code,
        entries: &[&Entry<'_>],
        folded: impl Fn(&str) -> String,
        wide: impl Fn(&str) -> Option<W>,
    ) {
        // Whoever asks only whether the document may be stored hears no hints.
        if self.account.is_none() {
            return;
        }
        let patterns = entries.iter().enumerate().filter(|(_, entry)| entry.text.contains(['*', '?']));
        let patterns: Vec<(usize, &str, W)> = patterns
            .filter(|(_, entry)| entry.text.len() <= WIDE_LEN_MAX)
            .filter_map(|(place, entry)| Some((place, &*entry.text, wide(&entry.text)?)))
            .take(WIDE_MAX)
            .collect();
        let mut earlier: HashMap<String, &str> = HashMap::new();
        for (place, entry) in entries.iter().enumerate() {
            if !self.findings.keeps(code) {
                return;
            }
            let text = &*entry.text;
            let same = match earlier.entry(folded(text)) {
                MapEntry::Occupied(same) => Some(*same.get()),
                MapEntry::Vacant(free) => {
                    free.insert(text);
                    None
                }
            };
            // Of two that say the same, the later one is redundant.
            let covering = |(other, pattern, wide): &&(usize, &str, W)| {
                *other != place
                    && wide.covers(text)
                    && (*other < place || !wide_of(&patterns, place).is_some_and(|own| own.covers(pattern)))
            };
            let found = same.or_else(|| patterns.iter().find(covering).map(|(_, pattern, _)| *pattern));
            if let Some(covering) = found {
                self.add(code, entry.at, format!("`{text}` is covered by `{covering}`"));
            }
        }
    }
    fn variable_fault(&mut self, entry: &Entry<'_>, fault: VariableFault) {
        let what = match fault {
            VariableFault::MissingBrace => "a variable lacks its closing brace",
            VariableFault::MissingQuote => "a variable's default stands in single quotes",
            VariableFault::Space => "a variable is `${key}` or `${key, 'default'}`, with no other space",
            VariableFault::Empty => "a variable has no key",
        };
        self.add(Code::VariableSyntax, entry.at, format!("{what}: `{}`", entry.text));
    }
}

/// An entry with wildcards, compiled. Does it match all that another one does? Errs on the side of no.
trait Wide {
    fn covers(&self, narrow: &str) -> bool;
}

/// The entry at a place, if it is among those with wildcards.
fn wide_of<'w, W>(patterns: &'w [(usize, &str, W)], place: usize) -> Option<&'w W> {
    patterns.iter().find(|(other, ..)| *other == place).map(|(.., wide)| wide)
}

struct WideAction {
    /// Absent for `*`, which covers everything.
    of: Option<(String, NamePattern)>,
    has_one: bool,
}

impl WideAction {
    fn new(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self { of: None, has_one: false });
        }
        let (service, name) = text.split_once(':')?;
        Some(Self { of: Some((service.to_owned(), NamePattern::new(name))), has_one: name.contains('?') })
    }
}
impl Wide for WideAction {
    fn covers(&self, narrow: &str) -> bool {
        let Some((service, pattern)) = &self.of else { return true };
        narrow.split_once(':').is_some_and(|(other, name)| {
            // A `?` would take the other pattern's `*` for one character.
            let safe = !(self.has_one && name.contains('*'));
            safe && service.eq_ignore_ascii_case(other) && pattern.matches(name)
        })
    }
}

/// Entries of one list are held against the first so many that have wildcards and are no longer than the longest ARN of a
/// secret, so that the cost grows with the list and not with its square: a hostile document has thousands of entries.
const WIDE_MAX: usize = 32;
const WIDE_LEN_MAX: usize = 640;

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(kind: PolicyKind, text: &str) -> Vec<&'static str> {
        lint(text, kind, "111122223333").codes().into_iter().map(Code::text).collect()
    }
    fn statement(inner: &str) -> String {
        format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow",{inner}}}}}"#)
    }

    #[test]
    fn a_finding_has_its_place_and_what_was_meant() {
        let text = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\"Effect\": \"Allow\", \"Action\": \"kms:Decrypt\", \"Resource\": \"*\"},\n    {\"Effect\": \"Allow\", \"Action\": \"kms:Decrypt\", \"Resource\": \"*\",\n     \"Condition\": {\"StringEqualz\": {\"aws:username\": \"x\"}}}\n  ]\n}";
        let report = lint(text, PolicyKind::Identity, "111122223333");
        let shown: Vec<_> = report.findings.iter().map(ToString::to_string).collect();
        assert_eq!(
            shown,
            ["line 6, column 20: statement 2: unknown condition operator `StringEqualz`; did you mean `StringEquals`?"]
        );
    }
    #[test]
    fn actions_resources_and_keys_get_suggestions() {
        for (inner, meant) in [
            (r#""Action":"secretsmanager:GetSecret","Resource":"*""#, "secretsmanager:GetSecretValue"),
            (r#""Action":"GetSecretValue","Resource":"*""#, "secretsmanager:GetSecretValue"),
            (
                r#""Action":"kms:Decrypt","Resource":"*","Condition":{"ForAnyvalue:StringEquals":{"aws:TagKeys":"x"}}"#,
                "ForAnyValue:StringEquals",
            ),
            (
                r#""Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalTags/a":"x"}}"#,
                "aws:PrincipalTag/a",
            ),
            (
                r#""Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:ViaServices":"x"}}"#,
                "kms:ViaService",
            ),
            (r#""Actions":"kms:Decrypt","Resource":"*""#, "Action"),
            (
                r#""Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:*:*:secret:x""#,
                "arn:aws:secretsmanager:*:*:secret:x-??????",
            ),
        ] {
            let report = lint(&statement(inner), PolicyKind::Identity, "111122223333");
            assert!(
                report.findings.iter().any(|finding| finding.suggestion.as_deref() == Some(meant)),
                "{inner}: {report:?}"
            );
        }
    }
    #[test]
    fn resources_are_held_against_actions() {
        for inner in [
            r#""Action":"kms:Decrypt","Resource":"arn:aws:secretsmanager:*:*:secret:x-??????""#,
            r#""Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:s3:::bucket/*""#,
            r#""Action":"kms:Decrypt","Resource":"arn:aws:kms:*:111122223333:alias/app""#,
            r#""Action":["secretsmanager:ListSecrets","secretsmanager:GetSecretValue"],"Resource":"arn:aws:secretsmanager:*:*:secret:x-??????""#,
        ] {
            assert_eq!(codes(PolicyKind::Identity, &statement(inner)), ["RESOURCE_ACTION_MISMATCH"], "{inner}");
        }
        for inner in [
            r#""Action":"*","Resource":"arn:aws:s3:::bucket/*""#,
            r#""Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/*""#,
            r#""Action":"sts:AssumeRole","Resource":"arn:aws:iam::111122223333:role/app""#,
            r#""Action":["kms:CreateAlias","kms:Decrypt"],"Resource":["arn:aws:kms:*:111122223333:alias/app","arn:aws:kms:*:111122223333:key/*"]"#,
            r#""Action":"secretsmanager:*","Resource":"arn:aws:secretsmanager:*""#,
            r#""Action":"lambda:InvokeFunction","Resource":"arn:aws:lambda:*:*:function:x""#,
            r#""Action":["secretsmanager:ListSecrets","secretsmanager:GetSecretValue"],"Resource":"*""#,
        ] {
            assert_eq!(codes(PolicyKind::Identity, &statement(inner)), [""; 0], "{inner}");
        }
    }
    #[test]
    fn secret_names_are_held_against_the_random_suffix() {
        for name in ["x", "x-?????", "x-a1b2c", "x-a1b2c3d", "x_a1b2c3", "-a1b2c3", "x-a1b2c!", "", "prod/db"] {
            let inner = format!(
                r#""Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:*:*:secret:{name}""#
            );
            assert_eq!(codes(PolicyKind::Identity, &statement(&inner)), ["SECRET_NO_SUFFIX"], "{name}");
        }
        for name in
            ["x-??????", "x-a1b2c3", "x*", "*", "${aws:username}", "x?a1b2c3", "a-b-Zx9Qw2", "x-${aws:username}"]
        {
            let inner = format!(
                r#""Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:*:*:secret:{name}""#
            );
            assert_eq!(codes(PolicyKind::Identity, &statement(&inner)), [""; 0], "{name}");
        }
    }
    #[test]
    fn covering_entries_are_reported_once_and_never_wrongly() {
        let twice = statement(r#""Action":["kms:Decrypt","kms:decrypt"],"Resource":["*","arn:aws:kms:*:*:key/*"]"#);
        assert_eq!(codes(PolicyKind::Identity, &twice), ["REDUNDANT_ACTION", "REDUNDANT_RESOURCE"]);
        let apart = statement(
            r#""Action":["kms:Decryp?","kms:Encrypt*","kms:En*t"],"Resource":["arn:aws:kms:*:*:key/?","arn:aws:kms:*:*:key/a*"]"#,
        );
        assert_eq!(codes(PolicyKind::Identity, &apart), [""; 0]);
    }
    #[test]
    fn every_code_of_the_table_is_distinct() {
        let mut texts: Vec<_> = Code::ALL.iter().map(|code| code.text()).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!(texts.len(), Code::ALL.len());
    }
}
