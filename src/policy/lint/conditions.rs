//! Conditions: are key, operator and values known, and do they fit each other?

use std::collections::HashSet;

use crate::action;
use crate::policy::condition::{Family, Operator, Quantifier};
use crate::policy::document::{Condition, Entry, PolicyKind, Statement};
use crate::policy::finding::Code;
use crate::policy::key::{Arity, Key, KeyName, KeyType};
use crate::policy::lint::Look;
use crate::policy::pattern::{Glob, Piece, tokens};
use crate::policy::resource::ArnGlob;
use crate::policy::scalar::{self, Block, Decimal, Instant};
use crate::policy::suggest::nearest;

/// The keys that a statement demands to be there, in lower case.
pub(super) fn guarded(statement: &Statement<'_>) -> HashSet<String> {
    let demands = statement.conditions.iter().filter(|condition| {
        condition.operator.text == "Null"
            && condition.values.iter().all(|value| scalar::parse_bool(&value.text) == Some(false))
    });
    demands.map(|condition| condition.key.text.to_ascii_lowercase()).collect()
}

impl Look<'_, '_> {
    pub(super) fn condition(&mut self, statement: &Statement<'_>, condition: &Condition<'_>) {
        let written = &condition.key;
        if written.text.contains("${") {
            self.add(
                Code::VariablePlace,
                written.at,
                format!("variables are not substituted in condition keys: `{}`", written.text),
            );
            return;
        }
        let key = Key::parse(&written.text);
        self.known_key(written, &key);
        let Ok(operator) = Operator::parse(&condition.operator.text) else { return };
        if key.name != KeyName::Other {
            self.suits(condition, operator, &key);
        }
        self.set_operator(statement, condition, operator, &key);
        for value in &condition.values {
            self.value(value, operator, &condition.operator.text);
        }
    }
    fn known_key(&mut self, written: &Entry<'_>, key: &Key) {
        if key.name != KeyName::Other {
            return;
        }
        let text = &*written.text;
        let (service, rest) = text.split_once(':').unwrap_or((text, ""));
        let code = if service.eq_ignore_ascii_case("aws") || !text.contains(':') {
            Code::UnknownConditionKey
        } else if action::is_complete(service) {
            Code::UnknownServiceKey
        } else {
            return;
        };
        let bare = text.split_once('/').map_or(text, |(bare, _)| bare);
        let near =
            if self.findings.are_many() { None } else { nearest(bare, KeyName::spellings().map(|(known, _)| known)) };
        let meant = near.map(|known| {
            let part = rest.split_once('/').map(|(_, part)| part).filter(|part| !part.is_empty());
            let separator = KeyName::spellings().find(|(text, _)| *text == known).and_then(|(_, separator)| separator);
            separator
                .map_or_else(|| known.to_owned(), |separator| format!("{known}{separator}{}", part.unwrap_or("key")))
        });
        self.suggest(code, written.at, format!("unknown condition key `{text}`"), meant);
    }
    fn suits(&mut self, condition: &Condition<'_>, operator: Operator, key: &Key) {
        let kind = key.name.key_type();
        // Tags and encryption contexts are text that may hold anything.
        let free = key.part.is_some();
        let suits = match operator.family {
            Family::Null => true,
            Family::StringEquals | Family::StringEqualsIgnoreCase | Family::StringLike => {
                matches!(kind, KeyType::Text | KeyType::Arn)
            }
            Family::Binary => kind == KeyType::Text,
            Family::Numeric(_) => free || matches!(kind, KeyType::Number | KeyType::DateOrNumber),
            Family::Date(_) => free || matches!(kind, KeyType::Date | KeyType::DateOrNumber),
            Family::Bool => free || kind == KeyType::Bool,
            Family::Ip => free || kind == KeyType::Ip,
            Family::Arn => {
                free || kind == KeyType::Arn
                    || matches!(key.name, KeyName::KmsGranteePrincipal | KeyName::KmsRetiringPrincipal)
            }
        };
        if !suits {
            let message = format!("`{}` does not suit `{}`", condition.operator.text, key.text);
            self.add(Code::OperatorType, condition.operator.at, message);
        }
    }
    fn set_operator(&mut self, statement: &Statement<'_>, condition: &Condition<'_>, operator: Operator, key: &Key) {
        let (at, name) = (condition.operator.at, &condition.operator.text);
        match operator.quantifier {
            Quantifier::None if operator.family != Family::Null && key.name.arity() == Arity::Many => {
                let message = format!("`{}` has several values: a set operator is needed", key.text);
                self.suggest(Code::SetOperatorMissing, at, message, Some(format!("ForAnyValue:{name}")));
            }
            Quantifier::All => {
                if statement.allow && !self.guarded.contains(&key.text.to_ascii_lowercase()) {
                    let message = format!(
                        "`{name}` is true when the request has no `{}`; add `\"Null\": {{\"{}\": \"false\"}}`",
                        key.text, key.text
                    );
                    self.add(Code::ForAllAllow, at, message);
                }
                if key.name.arity() == Arity::One {
                    self.add(
                        Code::ForAllSingle,
                        at,
                        format!("`{}` has one value at most: leave the set operator out", key.text),
                    );
                    if self.kind == PolicyKind::Key && key.name == KeyName::KmsEncryptionContext {
                        // KMS refuses to store it: `OverlyPermissiveCondition:EncryptionContext`.
                        self.findings.harden_last(Code::ForAllSingle);
                    }
                }
            }
            Quantifier::None | Quantifier::Any => {}
        }
    }
    fn value(&mut self, value: &Entry<'_>, operator: Operator, name: &str) {
        let text = &*value.text;
        let substituted = matches!(
            operator.family,
            Family::StringEquals | Family::StringEqualsIgnoreCase | Family::StringLike | Family::Arn | Family::Bool
        );
        if text.contains("${") {
            if !substituted {
                self.add(Code::VariablePlace, value.at, format!("variables are not substituted under `{name}`"));
                return;
            }
            if !self.variables {
                self.add(
                    Code::VariableVersion,
                    value.at,
                    "variables need `\"Version\": \"2012-10-17\"`; here the text is literal",
                );
                return;
            }
            if let Err(fault) = tokens(text, true, true) {
                self.variable_fault(value, fault);
                return;
            }
        }
        let varies = Glob::parse(text, false, self.variables).variables().next().is_some();
        let (fits, wanted) = match operator.family {
            Family::StringEquals | Family::StringEqualsIgnoreCase => {
                let wild = tokens(text, true, self.variables).unwrap_or_default();
                if wild.iter().any(|piece| matches!(piece, Piece::One | Piece::Any)) {
                    let meant = if operator.negated { "StringNotLike" } else { "StringLike" };
                    self.suggest(
                        Code::WildcardWithoutLike,
                        value.at,
                        format!("`{name}` takes `{text}` literally"),
                        Some(meant.to_owned()),
                    );
                }
                (true, "")
            }
            Family::StringLike => (true, ""),
            Family::Numeric(_) => (Decimal::parse(text).is_some(), "a number"),
            Family::Date(_) => {
                (Instant::parse(text).is_some(), "a date such as `2026-01-31T00:00:00Z`, or seconds since 1970")
            }
            Family::Bool => (varies || scalar::parse_bool(text).is_some(), "`true` or `false`"),
            Family::Null => (scalar::parse_bool(text).is_some(), "`true` or `false`"),
            Family::Binary => (scalar::is_base64(text), "base64"),
            Family::Ip => (Block::parse(text).is_some(), "an address or a block such as `203.0.113.0/24`"),
            Family::Arn => (varies || ArnGlob::parse(text, self.variables).is_arn(), "an ARN of six fields"),
        };
        if !fits {
            self.add(Code::ConditionType, value.at, format!("`{name}` needs {wanted}, not `{text}`"));
        }
    }
}
