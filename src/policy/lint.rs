//! What is wrong with a document, beyond its shape: names nobody knows, patterns that match nothing, conditions that do
//! not say what they seem to. Codes and levels in `finding`; each finding has its place and, where one is near, the word
//! that was meant.

mod conditions;
mod principals;
mod resources;

use crate::action::{self, Action};
use crate::name::Text;
use crate::policy::compile::{self, ActionPattern};
use crate::policy::document::{self, Document, Entry, PolicyKind, Statement};
use crate::policy::finding::{Code, Findings, Level, Report};
use crate::policy::pattern::{NamePattern, VariableFault};
use crate::policy::suggest::nearest;

/// Examines a document. `account` owns the resource, or the identity that the policy is attached to.
#[must_use]
pub fn lint(text: &str, kind: PolicyKind, account: &str) -> Report {
    let mut findings = Findings::new(text);
    if let Some(document) = document::read(text, kind, &mut findings) {
        compile::check(&document, &mut findings);
        examine(&document, kind, Some(account), &mut findings);
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
pub(crate) fn examine(document: &Document<'_>, kind: PolicyKind, account: Option<&str>, findings: &mut Findings<'_>) {
    for (index, statement) in document.statements.iter().enumerate() {
        let mut look = Look { index, kind, account, variables: document.variables, findings };
        look.actions(statement);
        if let Some(resource) = &statement.resource {
            look.resources(statement, resource);
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
    findings: &'f mut Findings<'x>,
}

impl Look<'_, '_> {
    fn add(&mut self, code: Code, at: usize, message: impl Into<String>) {
        self.findings.add(code, Some(self.index), at, message.into());
    }
    fn suggest(&mut self, code: Code, at: usize, message: String, meant: Option<String>) {
        self.findings.suggest(code, Some(self.index), at, message, meant.map(Text::from));
    }

    fn actions(&mut self, statement: &Statement<'_>) {
        let entries = &statement.action;
        if statement.allow && entries.negated {
            self.add(
                Code::AllowNotAction,
                entries.at,
                "`Allow` with `NotAction` allows every action but these, of all services",
            );
        }
        let mut seen = Vec::new();
        for entry in &entries.list {
            let Some(pattern) = ActionPattern::parse(&entry.text) else { continue };
            if entry.text.contains("${") {
                self.add(
                    Code::VariablePlace,
                    entry.at,
                    format!("variables are not substituted in actions: `{}`", entry.text),
                );
                continue;
            }
            self.known_action(entry, &pattern);
            seen.push(entry);
        }
        self.redundant(Code::RedundantAction, &seen, |wide, narrow| {
            match (wide.split_once(':'), narrow.split_once(':')) {
                _ if wide == "*" => true,
                (Some((service, name)), Some((other, covered))) => {
                    service.eq_ignore_ascii_case(other) && covers_name(name, covered)
                }
                _ => false,
            }
        });
    }
    fn known_action(&mut self, entry: &Entry<'_>, pattern: &ActionPattern) {
        let Some((service, name)) = entry.text.split_once(':') else { return };
        if !action::is_complete(service) || Action::all().any(|action| pattern.matches(action.service(), action.name()))
        {
            return;
        }
        let of_service =
            Action::all().filter(|action| action.service().eq_ignore_ascii_case(service)).map(Action::name);
        let meant = if name.contains(['*', '?']) || self.findings.is_full() { None } else { nearest(name, of_service) };
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
    /// Reports entries that another one covers.
    fn redundant(&mut self, code: Code, entries: &[&Entry<'_>], covers: impl Fn(&str, &str) -> bool) {
        let mut budget = COMPARED_MAX;
        for (place, entry) in entries.iter().enumerate() {
            for (other, wide) in entries.iter().enumerate().filter(|(other, _)| *other != place) {
                if budget == 0 {
                    return;
                }
                budget = budget.saturating_sub(wide.text.len().saturating_mul(entry.text.len()).saturating_mul(2));
                // Of two that say the same, the later one is redundant.
                if covers(&wide.text, &entry.text) && (other < place || !covers(&entry.text, &wide.text)) {
                    self.add(code, entry.at, format!("`{}` is covered by `{}`", entry.text, wide.text));
                    break;
                }
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

/// Does the wide pattern match all that the narrow one does? Errs on the side of no.
fn covers_name(wide: &str, narrow: &str) -> bool {
    // A `?` would take the other pattern's `*` for one character.
    let safe = !(wide.contains('?') && narrow.contains('*'));
    safe && NamePattern::new(wide).matches(narrow)
}

/// Entries of one list are compared with each other up to this cost, the sum of the products of their lengths: enough
/// for two hundred ARNs. A hostile document has thousands of entries.
const COMPARED_MAX: usize = 200 * 200 * 64 * 64;

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
