//! From a document to a program: actions as bit sets, resources as tokens, conditions as typed tests.

use std::sync::Arc;

use crate::action::{Action, ActionRef};
use crate::name::Text;
use crate::policy::condition::{Condition, Operator, OperatorFault};
use crate::policy::context::Keys;
use crate::policy::document::{self, Document, Entries, PolicyKind};
use crate::policy::evaluate::Ask;
use crate::policy::finding::{Code, Finding, Findings, Malformed};
use crate::policy::key::Key;
use crate::policy::many::{self, Automaton};
use crate::policy::pattern::{Glob, Match, NamePattern, Variable};
use crate::policy::principal::{Grant, PrincipalRule};
use crate::policy::resource::{ResourcePattern, Target};
use crate::policy::suggest::nearest;
use crate::policy::{json, lint, public};

/// A compiled policy. Immutable; keeps where its statements stand, not its text.
#[derive(Clone)]
pub struct Policy {
    kind: PolicyKind,
    statements: Arc<[Statement]>,
    public: bool,
    text_len: usize,
}

impl std::fmt::Debug for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policy")
            .field("kind", &self.kind)
            .field("statements", &self.statements.len())
            .finish_non_exhaustive()
    }
}

impl Policy {
    /// Compiles a document that is about to be stored. Principals are matched by their ARNs.
    ///
    /// # Errors
    /// Everything that [`lint`](crate::policy::lint) calls an error keeps the document out, but for unknown actions and
    /// empty region and account fields, which AWS stores as well: they grant nothing.
    pub fn parse(text: &str, kind: PolicyKind) -> Result<Self, Malformed> {
        Self::parse_bound(text, kind, "", &[])
    }
    /// The same, where users and roles of `account` match by the unique ids given beside their ARNs, and no longer by
    /// their ARNs: a principal made anew under an old name inherits nothing.
    ///
    /// # Errors
    /// As [`Policy::parse`].
    pub fn parse_bound(
        text: &str,
        kind: PolicyKind,
        account: &str,
        bindings: &[(Text, Text)],
    ) -> Result<Self, Malformed> {
        let mut findings = Findings::new(text);
        let document = document::read(text, kind, &mut findings);
        let policy = document.as_ref().map(|document| {
            let actions = read_actions(document, &mut findings);
            lint::examine(document, &actions, kind, None, &mut findings);
            compile(text, document, actions, kind, account, bindings, &mut findings)
        });
        lint::check_size(text, kind, &mut findings);
        let fatal = findings.is_fatal();
        let refusing: Vec<_> = findings.into_vec().into_iter().filter(Finding::refuses).collect();
        match policy {
            Some(policy) if refusing.is_empty() && !fatal => Ok(policy),
            _ => Err(Malformed::new(refusing)),
        }
    }
    /// Compiles a document that was accepted before, or is only being asked about: refuses no more than what has no
    /// meaning at all. Entries that could never be stored today have the meaning that the language gives them, which is
    /// usually to match nothing.
    ///
    /// # Errors
    /// No JSON, duplicate, unknown or missing elements, unknown operators, malformed actions.
    pub fn load(text: &str, kind: PolicyKind) -> Result<Self, Malformed> {
        Self::load_bound(text, kind, "", &[])
    }
    /// The same with unique ids, as [`Policy::parse_bound`].
    ///
    /// # Errors
    /// As [`Policy::load`].
    pub fn load_bound(
        text: &str,
        kind: PolicyKind,
        account: &str,
        bindings: &[(Text, Text)],
    ) -> Result<Self, Malformed> {
        let mut findings = Findings::new(text);
        let document = document::read(text, kind, &mut findings);
        let policy = document.map(|document| {
            let actions = read_actions(&document, &mut findings);
            compile(text, &document, actions, kind, account, bindings, &mut findings)
        });
        match policy {
            Some(policy) if !findings.is_fatal() => Ok(policy),
            _ => Err(Malformed::new(findings.into_vec().into_iter().filter(Finding::refuses).collect())),
        }
    }
    /// What it was compiled as.
    #[must_use]
    pub fn kind(&self) -> PolicyKind {
        self.kind
    }
    /// The ARNs of users and roles that it names as principals; for checking that those of the own account exist.
    pub fn principals(&self) -> impl Iterator<Item = &str> {
        self.statements.iter().filter_map(|statement| statement.principal.as_ref()).flat_map(PrincipalRule::named)
    }
    /// Does some statement allow access to everybody? Errs on the side of yes: a policy that is not public grants
    /// nothing to a principal of a foreign account whose request lacks the fixed values that its conditions ask for.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.public
    }
    /// The condition keys that its conditions and variables ask for, each once, as first written.
    #[must_use]
    pub fn condition_keys(&self) -> Vec<&Key> {
        let mut keys: Vec<&Key> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for statement in self.statements.iter() {
            let conditions = statement.conditions.iter().flat_map(|condition| {
                std::iter::once(&condition.key).chain(condition.variables().map(|variable| &variable.key))
            });
            for key in statement.resource_variables().map(|variable| &variable.key).chain(conditions) {
                if seen.insert(key.text.to_ascii_lowercase()) {
                    keys.push(key);
                }
            }
        }
        keys
    }
    /// About how many bytes it takes, for caches that count.
    #[must_use]
    pub fn memory(&self) -> usize {
        // Tokens, keys and values repeat the text about twice, with a pointer and a count beside every piece.
        let fixed = self.statements.len().saturating_mul(size_of::<Statement>());
        fixed.saturating_add(self.text_len.saturating_mul(3)).saturating_add(size_of::<Self>())
    }
    /// How many statements it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.statements.len()
    }
    /// Never: a policy has a statement. Here because [`Policy::len`] is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }
    pub(crate) fn statements(&self) -> &[Statement] {
        &self.statements
    }
}

/// One statement of a compiled policy.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub allow: bool,
    pub actions: ActionSet,
    /// For actions that are not in the table.
    names: Names,
    pub principal: Option<PrincipalRule>,
    pub resources: Resources,
    pub conditions: Box<[Condition]>,
    pub sid: Option<Text>,
    pub start: Position,
    pub end: Position,
}

/// A place in a policy's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
}

/// A set of known actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ActionSet([u64; Action::COUNT.div_ceil(64)]);

impl ActionSet {
    pub const EMPTY: Self = Self([0; Action::COUNT.div_ceil(64)]);

    pub fn insert(&mut self, action: Action) {
        if let Some(word) = self.0.get_mut(action.number() / 64) {
            *word |= 1 << (action.number() % 64);
        }
    }
    pub fn contains(&self, action: Action) -> bool {
        self.0.get(action.number() / 64).is_some_and(|word| word >> (action.number() % 64) & 1 == 1)
    }
    fn or(mut self, other: Self) -> Self {
        for (word, more) in self.0.iter_mut().zip(other.0) {
            *word |= more;
        }
        self
    }
    /// Every known action that is not in this set; numbers beyond the table are never asked for.
    fn not(self) -> Self {
        Self(self.0.map(|word| !word))
    }
}

/// `Action` or `NotAction`.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    negated: bool,
    patterns: Box<[ActionPattern]>,
}

/// One entry of them.
#[derive(Clone, Debug)]
pub(crate) enum ActionPattern {
    /// `*`
    Everything,
    Of {
        service: Box<str>,
        name: NamePattern,
    },
}

impl ActionPattern {
    /// Reads `*` or `service:Name`, where the name may have wildcards. `None` for other text.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Everything);
        }
        let (service, name) = text.split_once(':')?;
        let service_fits =
            !service.is_empty() && service.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        // A variable in a name is a fault of its own, and literal text when met.
        let name_fits =
            name.contains("${") || name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"*?-_".contains(&byte));
        (service_fits && name_fits && !name.is_empty())
            .then(|| Self::Of { service: service.into(), name: NamePattern::new(name) })
    }
    pub fn matches(&self, service: &str, action: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Of { service: wanted, name } => wanted.eq_ignore_ascii_case(service) && name.matches(action),
        }
    }
    fn name(&self) -> Option<&NamePattern> {
        if let Self::Of { name, .. } = self { Some(name) } else { None }
    }
    /// The known actions it matches.
    fn known(&self) -> ActionSet {
        let mut set = ActionSet::EMPTY;
        match self {
            Self::Of { service, name } if name.is_literal() => {
                if let Some(action) = name.text().and_then(|name| Action::find(service, name)) {
                    set.insert(action);
                }
            }
            Self::Of { service, name } => {
                for action in Action::of_service(service).filter(|action| name.matches(action.name())) {
                    set.insert(action);
                }
            }
            Self::Everything => set = ActionSet::EMPTY.not(),
        }
        set
    }
}

/// A list of action patterns longer than this is matched all at once.
const MANY: usize = 64;

/// A statement's action entries as they are read once, for the compiler and for what examines.
pub(crate) struct ActionList {
    /// Those that are actions.
    patterns: Box<[ActionPattern]>,
    /// The place of each in the list of entries.
    places: Box<[usize]>,
    /// Of each, whether it matches a known action.
    matches: Box<[bool]>,
    /// What all of them match.
    known: ActionSet,
}

impl ActionList {
    fn new(places: Vec<usize>, patterns: Vec<ActionPattern>) -> Self {
        let (matches, known) = known(&patterns);
        Self { patterns: patterns.into(), places: places.into(), matches: matches.into(), known }
    }
    /// The entries that are actions: place in the list, pattern, and whether it matches a known action.
    pub fn iter(&self) -> impl Iterator<Item = (usize, &ActionPattern, bool)> {
        let places = self.places.iter().zip(&self.patterns).zip(&self.matches);
        places.map(|((place, pattern), matches)| (*place, pattern, *matches))
    }
    pub fn len(&self) -> usize {
        self.patterns.len()
    }
    /// The known actions that some entry matches.
    pub fn known(&self) -> ActionSet {
        self.known
    }
}

/// For each pattern whether it matches a known action, and the known actions that some pattern matches.
fn known(patterns: &[ActionPattern]) -> (Vec<bool>, ActionSet) {
    let mut matches = vec![None; patterns.len()];
    let mut any = ActionSet::EMPTY;
    // Those with wildcards of a long list run together, by service; the others are cheap by themselves.
    let services = if patterns.len() > MANY { Action::services() } else { &[] };
    for service in services {
        let of_service = |(place, pattern): (usize, &'_ ActionPattern)| match pattern {
            ActionPattern::Of { service: of, name } if of.eq_ignore_ascii_case(service) => {
                (!name.is_literal() && name.weight() > 0).then_some(place)
            }
            _ => None,
        };
        let places: Vec<usize> = patterns.iter().enumerate().filter_map(of_service).collect();
        let names = places.iter().filter_map(|place| patterns.get(*place)?.name());
        let Some(automaton) = Automaton::of_names(names.clone()) else { continue };
        let mut matched = Vec::new();
        for action in Action::of_service(service) {
            if automaton.matches_marking(&action.name().to_ascii_lowercase(), &mut matched) {
                any.insert(action);
            }
        }
        let mut end = 0_usize;
        for (place, name) in places.iter().zip(names) {
            end = end.saturating_add(name.weight());
            if let Some(told) = matches.get_mut::<usize>(*place) {
                *told = Some(many::is_set(&matched, end.saturating_sub(1)));
            }
        }
    }
    let one = |(told, pattern): (Option<bool>, &ActionPattern)| {
        told.unwrap_or_else(|| {
            let known = pattern.known();
            any = any.or(known);
            known != ActionSet::EMPTY
        })
    };
    let matches = matches.into_iter().zip(patterns).map(one).collect();
    (matches, any)
}

impl Names {
    fn matches(&self, service: &str, action: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.matches(service, action)) != self.negated
    }
}

/// `Resource`, `NotResource`, or neither.
#[derive(Clone, Debug)]
pub(crate) enum Resources {
    /// A trust policy is about its role.
    Own,
    In(Box<[ResourcePattern]>),
    NotIn(Box<[ResourcePattern]>),
}

impl Resources {
    pub fn matches(&self, target: &Target<'_>, keys: &dyn Keys, allow: bool) -> bool {
        match self {
            Self::Own => true,
            Self::In(patterns) => patterns.iter().any(|pattern| pattern.matches(target, keys) == Match::Yes),
            Self::NotIn(patterns) => {
                // An entry whose variable lacks a value matches no resource. Under Deny that is safe; under Allow it
                // would open everything, so the statement does not apply.
                let complete = !allow || patterns.iter().all(|pattern| pattern.has_values(keys));
                complete && patterns.iter().all(|pattern| pattern.matches(target, keys) != Match::Yes)
            }
        }
    }
}

impl Statement {
    pub fn names_action(&self, action: ActionRef<'_>) -> bool {
        match action {
            ActionRef::Known(action) => self.actions.contains(action),
            // What is no `service:name` is matched by `*` alone.
            ActionRef::Other(text) => {
                let (service, name) = text.split_once(':').unwrap_or(("", text));
                self.names.matches(service, name)
            }
        }
    }
    /// Does some entry name an action of this service? `*` names none in particular.
    pub fn names_service(&self, service: &str) -> bool {
        self.names.patterns.iter().any(|pattern| {
            matches!(pattern, ActionPattern::Of { service: named, .. } if named.eq_ignore_ascii_case(service))
        })
    }
    /// Action, resource and conditions; the principal is asked about apart.
    pub fn applies(&self, ask: &Ask<'_>) -> bool {
        self.names_action(ask.action)
            && self.resources.matches(&ask.target, ask.keys, self.allow)
            && self.conditions_hold(ask)
    }
    pub fn conditions_hold(&self, ask: &Ask<'_>) -> bool {
        self.conditions.iter().all(|condition| condition.holds(ask.keys, self.allow))
    }
    /// The variables in its resources.
    pub fn resource_variables(&self) -> impl Iterator<Item = &Variable> {
        let patterns: &[ResourcePattern] = match &self.resources {
            Resources::Own => &[],
            Resources::In(patterns) | Resources::NotIn(patterns) => patterns,
        };
        patterns.iter().flat_map(ResourcePattern::globs).flat_map(Glob::variables)
    }
    /// How the statement of a resource's policy means the caller.
    pub fn grant(&self, ask: &Ask<'_>) -> Option<Grant> {
        self.principal.as_ref()?.matches(ask.principal, ask.has_boundary, self.allow)
    }
}

fn compile(
    text: &str,
    document: &Document<'_>,
    actions: Vec<ActionList>,
    kind: PolicyKind,
    account: &str,
    bindings: &[(Text, Text)],
    findings: &mut Findings<'_>,
) -> Policy {
    let mut statements = Vec::with_capacity(document.statements.len());
    let mut places = json::Places::new(text);
    let bindings = bindings.iter().map(|(arn, id)| (arn.as_str(), id)).collect();
    for ((index, written), actions) in document.statements.iter().enumerate().zip(actions) {
        let known = if written.action.negated { actions.known.not() } else { actions.known };
        let names = Names { negated: written.action.negated, patterns: actions.patterns };
        let resources = match &written.resource {
            None => Resources::Own,
            Some(entries) => {
                let patterns =
                    entries.list.iter().map(|entry| ResourcePattern::parse(&entry.text, document.variables)).collect();
                if entries.negated { Resources::NotIn(patterns) } else { Resources::In(patterns) }
            }
        };
        let mut conditions = Vec::with_capacity(written.conditions.len());
        for condition in &written.conditions {
            match Operator::parse(&condition.operator.text) {
                Ok(operator) => conditions.push(Condition::compile(condition, operator, document.variables)),
                Err(fault) => operator_fault(condition, fault, index, findings),
            }
        }
        let mut place = |at: usize| {
            let (line, column) = places.at(at);
            Position { line, column }
        };
        let trust = kind == PolicyKind::Trust;
        statements.push(Statement {
            allow: written.allow,
            actions: known,
            names,
            principal: written
                .principal
                .as_ref()
                .map(|written| PrincipalRule::compile(written, trust, account, &bindings)),
            resources,
            conditions: conditions.into_boxed_slice(),
            sid: written.sid.clone(),
            start: place(written.start),
            end: place(written.end),
        });
    }
    let public = document.statements.iter().any(public::is_public);
    Policy { kind, statements: statements.into(), public, text_len: text.len() }
}

/// Adds what compiling finds in conditions, and compiles nothing.
pub(crate) fn check_operators(document: &Document<'_>, findings: &mut Findings<'_>) {
    for (index, statement) in document.statements.iter().enumerate() {
        for condition in &statement.conditions {
            if let Err(fault) = Operator::parse(&condition.operator.text) {
                operator_fault(condition, fault, index, findings);
            }
        }
    }
}

/// Reads the actions of every statement.
pub(crate) fn read_actions(document: &Document<'_>, findings: &mut Findings<'_>) -> Vec<ActionList> {
    let lists = document.statements.iter().enumerate();
    lists.map(|(index, statement)| actions(&statement.action, index, findings)).collect()
}

fn actions(entries: &Entries<'_>, statement: usize, findings: &mut Findings<'_>) -> ActionList {
    let mut patterns = Vec::with_capacity(entries.list.len());
    let mut places = Vec::with_capacity(entries.list.len());
    for (place, entry) in entries.list.iter().enumerate() {
        if let Some(pattern) = ActionPattern::parse(&entry.text) {
            patterns.push(pattern);
            places.push(place);
        } else {
            let message = format!("`{}` is no action: write `service:Name`, wildcards in the name only", entry.text);
            let meant =
                (!entry.text.contains(':') && !findings.are_many()).then(|| nearest_action(&entry.text)).flatten();
            findings.suggest(Code::BadAction, Some(statement), entry.at, message, meant.map(Text::from));
        }
    }
    ActionList::new(places, patterns)
}

/// The known action whose bare name is nearest.
fn nearest_action(name: &str) -> Option<&'static str> {
    let meant = nearest(name, Action::all().map(Action::name))?;
    Action::all().find(|action| action.name() == meant).map(Action::full_name)
}

fn operator_fault(
    condition: &document::Condition<'_>,
    fault: OperatorFault,
    statement: usize,
    findings: &mut Findings<'_>,
) {
    let written = &condition.operator;
    match fault {
        OperatorFault::NullIfExists => {
            findings.add(
                Code::NullIfExists,
                Some(statement),
                written.at,
                "`Null` has no `IfExists`: it asks whether the key exists".to_owned(),
            );
        }
        OperatorFault::Unknown => {
            let (quantifier, rest) =
                written.text.split_once(':').map_or(("", &*written.text), |(head, rest)| (head, rest));
            let (base, suffix) = rest.strip_suffix("IfExists").map_or((rest, ""), |base| (base, "IfExists"));
            let near = if findings.are_many() { None } else { nearest(base, Operator::names()) };
            let meant = near.map(|name| {
                if quantifier.is_empty() {
                    return format!("{name}{suffix}");
                }
                let quantifier = nearest(quantifier, ["ForAllValues", "ForAnyValue"]).unwrap_or("ForAnyValue");
                format!("{quantifier}:{name}{suffix}")
            });
            let message = format!("unknown condition operator `{}`", written.text);
            findings.suggest(Code::UnknownOperator, Some(statement), written.at, message, meant.map(Text::from));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_list_of_action_patterns_is_as_its_parts() {
        let mut texts: Vec<String> =
            ["*", "kms:*", "KMS:Decrypt", "s3:Get*", "iam:?????????", "sts:*e*e*", "kms:***"].map(str::to_owned).into();
        for (number, action) in Action::all().enumerate() {
            let (head, tail) = action.name().split_at(number % action.name().len());
            texts.push(format!("{}:{head}*", action.service().to_ascii_uppercase()));
            texts.push(format!("{}:*{}?", action.service(), tail.to_ascii_uppercase()));
            texts.push(format!("{}:?{tail}", action.service()));
        }
        let patterns: Vec<ActionPattern> = texts.iter().map(|text| ActionPattern::parse(text).unwrap()).collect();
        for lot in patterns.chunks(100).chain(patterns[1..].chunks(300)).chain(patterns.chunks(MANY)) {
            let some = |pattern: &ActionPattern| {
                Action::all().any(|action| pattern.matches(action.service(), &action.name().to_ascii_uppercase()))
            };
            let told: Vec<bool> = lot.iter().map(some).collect();
            assert!(told.contains(&true));
            let (matches, whole) = known(lot);
            assert_eq!(matches, told);
            let parts = lot.iter().map(ActionPattern::known).fold(ActionSet::EMPTY, ActionSet::or);
            assert!(Action::all().all(|action| parts.contains(action) == whole.contains(action)));
        }
    }
}
