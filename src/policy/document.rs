//! From JSON text to the elements of a policy: which members there are, and which there must or must not be.
//! What the elements say is looked at by `compile` and `lint`.

use std::borrow::Cow;

use crate::name::Text;
use crate::policy::finding::{Code, Findings};
use crate::policy::json::{self, Node, Value, What};
use crate::policy::suggest::nearest;

/// What a policy is attached to; decides which elements it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicyKind {
    /// Attached to a user, group or role, inline or managed: grants.
    Identity,
    /// Attached to a secret.
    Secret,
    /// Attached to a KMS key.
    Key,
    /// Says who may assume a role; has no `Resource`.
    Trust,
    /// A permissions boundary: limits a user or role.
    Boundary,
    /// Passed when a session is made: limits it.
    Session,
    /// A service control policy: limits an account.
    Scp,
}

impl PolicyKind {
    /// The kind of that name: `identity`, `secret`, `key`, `trust`, `boundary`, `session` or `scp`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "identity" => Self::Identity,
            "secret" => Self::Secret,
            "key" => Self::Key,
            "trust" => Self::Trust,
            "boundary" => Self::Boundary,
            "session" => Self::Session,
            "scp" => Self::Scp,
            _ => return None,
        })
    }
    /// Is it attached to a resource, so that it names principals?
    #[must_use]
    pub const fn has_principal(self) -> bool {
        matches!(self, Self::Secret | Self::Key | Self::Trust)
    }
    /// Does it name resources?
    #[must_use]
    pub const fn has_resource(self) -> bool {
        !matches!(self, Self::Trust)
    }
}

/// A policy's elements as they are written.
pub(crate) struct Document<'t> {
    /// The rules of 2012 hold: variables are substituted.
    pub variables: bool,
    pub statements: Vec<Statement<'t>>,
}

pub(crate) struct Statement<'t> {
    pub start: usize,
    pub end: usize,
    pub sid: Option<Text>,
    pub allow: bool,
    pub principal: Option<Principals<'t>>,
    pub action: Entries<'t>,
    /// Absent in trust policies.
    pub resource: Option<Entries<'t>>,
    pub conditions: Vec<Condition<'t>>,
}

/// `Action`, `Resource` or the negated one.
pub(crate) struct Entries<'t> {
    pub negated: bool,
    pub at: usize,
    pub list: Vec<Entry<'t>>,
}

/// A text and where it stands.
pub(crate) struct Entry<'t> {
    pub at: usize,
    pub text: Cow<'t, str>,
}

pub(crate) struct Principals<'t> {
    pub negated: bool,
    pub at: usize,
    /// `(kind, name)`; the lone `"*"` is `("AWS", "*")`.
    pub list: Vec<(Cow<'t, str>, Entry<'t>)>,
}

/// One key under one operator.
pub(crate) struct Condition<'t> {
    pub operator: Entry<'t>,
    pub key: Entry<'t>,
    pub values: Vec<Entry<'t>>,
}

/// Reads a document. Findings of shape are added; `None` when the text has no statements to look at further.
pub(crate) fn read<'t>(text: &'t str, kind: PolicyKind, findings: &mut Findings<'_>) -> Option<Document<'t>> {
    let node = match json::read(text) {
        Ok(node) => node,
        Err(fault) => {
            let (code, message) = match fault.what {
                What::TooLong(len) => (Code::Size, format!("document is {len} bytes; the limit is {}", json::LEN_MAX)),
                What::TooDeep => (Code::JsonSyntax, format!("nested deeper than {} levels", json::DEPTH_MAX)),
                What::Duplicate(name) => (Code::DuplicateKey, format!("member `{name}` is given twice")),
                What::Expected(what) => (Code::JsonSyntax, format!("expected {what}")),
            };
            findings.add(code, None, fault.at, message);
            findings.mark_fatal();
            return None;
        }
    };
    let start = node.start;
    let Value::Map(members) = node.value else {
        findings.add(Code::JsonSyntax, None, start, "a policy is a JSON object".to_owned());
        return None;
    };
    let (mut version, mut statement, mut wrapper) = (None, None, None);
    for member in members {
        match &*member.name {
            "Version" => version = Some(member.value),
            "Statement" => statement = Some(member.value),
            "Id" if kind.has_principal() => {
                if !matches!(member.value.value, Value::Text(_)) {
                    findings.add(Code::ElementNotAllowed, None, member.value.start, "`Id` must be a string".to_owned());
                }
            }
            "Id" => findings.add(
                Code::ElementNotAllowed,
                None,
                member.start,
                "`Id` belongs to policies of resources only".to_owned(),
            ),
            "Policy" if matches!(&member.value.value, Value::Map(inner) if inner.iter().any(|inner| inner.name == "Statement")) =>
            {
                wrapper = Some(member.start);
                findings.add(
                    Code::UnknownElement,
                    None,
                    member.start,
                    "the policy is inside `Policy`; give the inner document".to_owned(),
                );
            }
            other => unknown(findings, None, member.start, other, &["Version", "Id", "Statement"]),
        }
    }
    let variables = read_version(version.as_ref(), start, findings);
    let statements = match statement.map(|node| (node.start, node)) {
        None => {
            findings.add(Code::MissingStatement, None, wrapper.unwrap_or(start), "there is no `Statement`".to_owned());
            return None;
        }
        Some((_, node @ Node { value: Value::Map(_), .. })) => vec![node],
        Some((_, Node { value: Value::List(list), .. })) if !list.is_empty() => list,
        Some((at, Node { value: Value::List(_), .. })) => {
            findings.add(Code::MissingStatement, None, at, "`Statement` is empty".to_owned());
            return None;
        }
        Some((at, _)) => {
            findings.add(
                Code::MissingStatement,
                None,
                at,
                "`Statement` must be an object or a list of objects".to_owned(),
            );
            return None;
        }
    };
    let mut sids: std::collections::HashSet<Text> = std::collections::HashSet::new();
    let mut read = Vec::with_capacity(statements.len());
    for (index, node) in statements.into_iter().enumerate() {
        let mut reader = StatementReader { kind, index, findings };
        if let Some(statement) = reader.read(node, &mut sids) {
            read.push(statement);
        }
    }
    Some(Document { variables, statements: read })
}

fn read_version(version: Option<&Node<'_>>, start: usize, findings: &mut Findings<'_>) -> bool {
    let Some(node) = version else {
        let message = "there is no `Version`: the rules of 2008-10-17 hold, without variables; write `\"Version\": \"2012-10-17\"`";
        findings.add(Code::MissingVersion, None, start, message.to_owned());
        return false;
    };
    match &node.value {
        Value::Text(text) if text == "2012-10-17" => true,
        Value::Text(text) if text == "2008-10-17" => false,
        Value::Text(text) => {
            let message = format!("`{text}` is no version of the policy language");
            findings.suggest(Code::BadVersion, None, node.start, message, Some(Text::from("2012-10-17")));
            false
        }
        _ => {
            findings.add(Code::BadVersion, None, node.start, "`Version` must be a string".to_owned());
            false
        }
    }
}

fn unknown(findings: &mut Findings<'_>, statement: Option<usize>, at: usize, name: &str, known: &[&'static str]) {
    let meant = nearest(name, known.iter().copied()).map(Text::from);
    findings.suggest(Code::UnknownElement, statement, at, format!("unknown element `{name}`"), meant);
}

struct StatementReader<'f, 'x> {
    kind: PolicyKind,
    index: usize,
    findings: &'f mut Findings<'x>,
}

impl StatementReader<'_, '_> {
    fn add(&mut self, code: Code, at: usize, message: impl Into<String>) {
        self.findings.add(code, Some(self.index), at, message.into());
    }
    /// A fault of shape that leaves the element without meaning.
    fn broken(&mut self, code: Code, at: usize, message: impl Into<String>) {
        self.add(code, at, message);
        self.findings.mark_fatal();
    }

    fn read<'t>(&mut self, node: Node<'t>, sids: &mut std::collections::HashSet<Text>) -> Option<Statement<'t>> {
        let (start, end) = (node.start, node.end);
        let Value::Map(members) = node.value else {
            self.add(Code::MissingStatement, start, "a statement is a JSON object");
            return None;
        };
        let (mut effect, mut sid) = (None, None);
        let (mut principal, mut action, mut resource) = (Pair::default(), Pair::default(), Pair::default());
        let mut conditions = Vec::new();
        for member in members {
            let at = member.start;
            match &*member.name {
                "Sid" => sid = self.sid(&member.value, sids),
                "Effect" => effect = Some(self.effect(&member.value)),
                "Principal" | "NotPrincipal" if !self.kind.has_principal() => {
                    self.add(
                        Code::ElementNotAllowed,
                        at,
                        format!("`{}` belongs to policies of resources only", member.name),
                    );
                }
                "Resource" | "NotResource" if !self.kind.has_resource() => {
                    self.add(
                        Code::ElementNotAllowed,
                        at,
                        format!("a trust policy has no `{}`: it is about its role", member.name),
                    );
                }
                "Principal" => principal.plain = Some((at, member.value)),
                "NotPrincipal" => principal.negated = Some((at, member.value)),
                "Action" => action.plain = Some((at, member.value)),
                "NotAction" => action.negated = Some((at, member.value)),
                "Resource" => resource.plain = Some((at, member.value)),
                "NotResource" => resource.negated = Some((at, member.value)),
                "Condition" => conditions = self.conditions(member.value),
                other => unknown(self.findings, Some(self.index), at, other, ELEMENTS),
            }
        }
        if effect.is_none() {
            self.add(Code::MissingEffect, start, "there is no `Effect`");
        }
        let action = self.one_of(action, start, "Action", Code::MissingAction);
        let action = action.map(|(negated, at, node)| self.entries(negated, at, node, Code::BadAction));
        let resource = if self.kind.has_resource() {
            let node = self.one_of(resource, start, "Resource", Code::MissingResource);
            node.map(|(negated, at, node)| self.entries(negated, at, node, Code::ArnFields))
        } else {
            None
        };
        let principal = if self.kind.has_principal() {
            let node = self.one_of(principal, start, "Principal", Code::MissingPrincipal);
            node.map(|(negated, at, node)| self.principals(negated, at, node))
        } else {
            None
        };
        Some(Statement { start, end, sid, allow: effect.flatten()?, principal, action: action?, resource, conditions })
    }
    fn sid(&mut self, node: &Node<'_>, sids: &mut std::collections::HashSet<Text>) -> Option<Text> {
        let Value::Text(text) = &node.value else {
            self.add(Code::BadSid, node.start, "`Sid` must be a string");
            return None;
        };
        let spaces = matches!(self.kind, PolicyKind::Secret | PolicyKind::Key);
        if !text.chars().all(|letter| letter.is_ascii_alphanumeric() || (spaces && letter == ' ')) {
            self.add(Code::BadSid, node.start, format!("`Sid` is letters and digits only, not `{text}`"));
        }
        let sid = Text::from(&**text);
        if !sid.is_empty() && !sids.insert(sid.clone()) {
            self.add(Code::DuplicateSid, node.start, format!("another statement has the `Sid` `{text}`"));
        }
        Some(sid)
    }
    fn effect(&mut self, node: &Node<'_>) -> Option<bool> {
        match &node.value {
            Value::Text(text) if text == "Allow" => return Some(true),
            Value::Text(text) if text == "Deny" => return Some(false),
            Value::Text(text) => {
                let meant = nearest(text, ["Allow", "Deny"]).map(Text::from);
                let message = format!("`Effect` is `Allow` or `Deny`, not `{text}`");
                self.findings.suggest(Code::BadEffect, Some(self.index), node.start, message, meant);
            }
            _ => self.add(Code::BadEffect, node.start, "`Effect` must be a string"),
        }
        None
    }
    /// The element or its negation, exactly one of which must be there.
    fn one_of<'t>(
        &mut self,
        pair: Pair<'t>,
        start: usize,
        name: &str,
        missing: Code,
    ) -> Option<(bool, usize, Node<'t>)> {
        match (pair.plain, pair.negated) {
            (Some((at, node)), None) => Some((false, at, node)),
            (None, Some((at, node))) => Some((true, at, node)),
            (None, None) => {
                self.add(missing, start, format!("there is neither `{name}` nor `Not{name}`"));
                None
            }
            (Some(_), Some((at, _))) => {
                self.add(Code::ElementConflict, at, format!("`{name}` and `Not{name}` exclude each other"));
                None
            }
        }
    }
    fn entries<'t>(&mut self, negated: bool, at: usize, node: Node<'t>, code: Code) -> Entries<'t> {
        let list = self.texts(node, |node| match node.value {
            Value::Text(text) => Ok(Entry { at: node.start, text }),
            _ => Err((code, "must be a string or a list of strings")),
        });
        Entries { negated, at, list }
    }
    fn texts<'t>(
        &mut self,
        node: Node<'t>,
        mut read: impl FnMut(Node<'t>) -> Result<Entry<'t>, (Code, &'static str)>,
    ) -> Vec<Entry<'t>> {
        let start = node.start;
        let nodes = match node {
            Node { value: Value::List(list), .. } => {
                if list.is_empty() {
                    self.add(Code::EmptyList, start, "the list is empty");
                }
                list
            }
            other => vec![other],
        };
        let mut entries = Vec::with_capacity(nodes.len());
        for node in nodes {
            let at = node.start;
            match read(node) {
                Ok(entry) => entries.push(entry),
                Err((code, message)) => self.broken(code, at, message),
            }
        }
        entries
    }
    fn principals<'t>(&mut self, negated: bool, at: usize, node: Node<'t>) -> Principals<'t> {
        let mut list = Vec::new();
        let start = node.start;
        match node.value {
            Value::Text(text) if text == "*" => list.push((Cow::Borrowed("AWS"), Entry { at: start, text })),
            Value::Text(text) => {
                let message = format!("a principal is `*` or a map such as {{\"AWS\": \"…\"}}, not `{text}`");
                self.add(Code::BadPrincipal, start, message);
            }
            Value::Map(members) => {
                if members.is_empty() {
                    self.add(Code::EmptyList, start, "no principal is named");
                }
                for member in members {
                    let entries = self.texts(member.value, |node| match node.value {
                        Value::Text(text) => Ok(Entry { at: node.start, text }),
                        _ => Err((Code::BadPrincipal, "a principal must be a string")),
                    });
                    list.extend(entries.into_iter().map(|entry| (member.name.clone(), entry)));
                }
            }
            _ => self.broken(Code::BadPrincipal, start, "a principal is `*` or a map such as {\"AWS\": \"…\"}"),
        }
        Principals { negated, at, list }
    }
    fn conditions<'t>(&mut self, node: Node<'t>) -> Vec<Condition<'t>> {
        let start = node.start;
        let Value::Map(operators) = node.value else {
            self.broken(Code::ConditionType, start, "`Condition` is a map of operators");
            return Vec::new();
        };
        let mut conditions = Vec::new();
        for operator in operators {
            let at = operator.value.start;
            let Value::Map(keys) = operator.value.value else {
                self.broken(
                    Code::ConditionType,
                    at,
                    format!("operator `{}` has a map of condition keys", operator.name),
                );
                continue;
            };
            for key in keys {
                let values = self.texts(key.value, |node| {
                    let text = match node.value {
                        Value::Text(text) => text,
                        Value::Number(spelt) => Cow::Borrowed(spelt),
                        Value::Bool(true) => Cow::Borrowed("true"),
                        Value::Bool(false) => Cow::Borrowed("false"),
                        _ => return Err((Code::ConditionType, "a condition value is a string, a number or a boolean")),
                    };
                    Ok(Entry { at: node.start, text })
                });
                conditions.push(Condition {
                    operator: Entry { at: operator.start, text: operator.name.clone() },
                    key: Entry { at: key.start, text: key.name },
                    values,
                });
            }
        }
        conditions
    }
}

#[derive(Default)]
struct Pair<'t> {
    plain: Option<(usize, Node<'t>)>,
    negated: Option<(usize, Node<'t>)>,
}

const ELEMENTS: &[&str] =
    &["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];
