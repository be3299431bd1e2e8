//! Resources: are they ARNs, do they match anything, do the statement's actions have them?

use std::collections::HashSet;

use crate::action::{self, Action, ResourceTypes};
use crate::policy::compile::{ActionList, ActionPattern};
use crate::policy::context::NoKeys;
use crate::policy::document::{Entries, Entry, Statement};
use crate::policy::finding::Code;
use crate::policy::lint::{Look, Wide};
use crate::policy::pattern::{Glob, Match, Piece, tokens};
use crate::policy::principal::is_account;
use crate::policy::resource::head_has_variable;

impl Look<'_, '_> {
    pub(super) fn resources(&mut self, statement: &Statement<'_>, actions: &ActionList, entries: &Entries<'_>) {
        if statement.allow && entries.negated {
            self.add(
                Code::AllowNotResource,
                entries.at,
                "`Allow` with `NotResource` allows every resource but these, in all services",
            );
        }
        let actions = Actions::of(&statement.action, actions);
        let mut seen = Vec::new();
        for entry in &entries.list {
            if entry.text != "*" && self.resource(entry) && !entries.negated {
                self.fits(entry, &actions);
            }
            seen.push(entry);
        }
        let whole = entries.list.iter().any(|entry| entry.text == "*");
        if !entries.negated && !whole && !entries.list.is_empty() {
            for (entry, action) in &actions.without_resource {
                let message = format!("`{action}` is decided on `*`; with an ARN beside it this grants nothing");
                self.add(Code::ResourceActionMismatch, *entry, message);
            }
        }
        self.redundant(Code::RedundantResource, &seen, str::to_owned, WideArn::new);
    }
    /// Looks at one ARN; false when there is no use in looking further.
    fn resource(&mut self, entry: &Entry<'_>) -> bool {
        let text = &*entry.text;
        if text.contains("${") {
            if !self.variables {
                self.add(
                    Code::VariableVersion,
                    entry.at,
                    "variables need `\"Version\": \"2012-10-17\"`; here the text is literal",
                );
                return false;
            }
            if head_has_variable(text) {
                self.add(Code::VariablePlace, entry.at, "variables are substituted in the last field of an ARN only");
                return false;
            }
            if let Err(fault) = tokens(text, true, true) {
                self.variable_fault(entry, fault);
                return false;
            }
        }
        let fields: Vec<&str> = text.splitn(6, ':').collect();
        if fields.first() != Some(&"arn") && !(fields.len() == 1 && text == "arn*") {
            self.add(Code::ArnFields, entry.at, format!("`{text}` is no ARN: it does not begin with `arn:`"));
            return false;
        }
        if fields.len() < 6 && !text.ends_with('*') {
            let message = format!(
                "`{text}` has {} of the six fields of an ARN: arn:partition:service:region:account:resource",
                fields.len()
            );
            self.add(Code::ArnFields, entry.at, message);
            return false;
        }
        let field = |number: usize| fields.get(number).copied().unwrap_or("*");
        let (service, region, account) = (field(2), field(3), field(4));
        if service.contains(['*', '?']) {
            self.add(Code::ArnServiceWildcard, entry.at, "the service field of an ARN has no wildcards");
            return false;
        }
        let digits = account.bytes().all(|byte| byte.is_ascii_digit() || b"*?".contains(&byte));
        let fits =
            account.is_empty() || is_account(account) || (digits && account.contains(['*', '?'])) || account == "aws";
        if !fits {
            self.add(
                Code::ArnFields,
                entry.at,
                format!("`{account}` is no account: a field of the ARN is missing, or not filled in"),
            );
            return false;
        }
        if !region.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-*?".contains(&byte)) {
            self.add(Code::ArnFields, entry.at, format!("`{region}` is no region"));
            return false;
        }
        if matches!(service, "secretsmanager" | "kms") {
            if region.is_empty() {
                self.add(
                    Code::ArnEmptyRegion,
                    entry.at,
                    "an empty region matches no secret and no key; for any region write `*`",
                );
            }
            if account.is_empty() {
                self.add(
                    Code::ArnEmptyAccount,
                    entry.at,
                    "an empty account matches no secret and no key; for any account write `*`",
                );
            }
        }
        if let ("secretsmanager", Some(name)) = (service, field(5).strip_prefix("secret:")) {
            self.secret_name(entry, name);
        }
        true
    }
    fn secret_name(&mut self, entry: &Entry<'_>, name: &str) {
        if name.len() > 2 && name.ends_with("-*") {
            let advice = "`-*` also matches secrets whose longer names begin so; `-??????` matches the six random characters only";
            self.add(Code::SecretStarSuffix, entry.at, advice);
        } else if !may_end_as_secret(name, self.variables) {
            let meant = entry.text.to_string() + "-??????";
            let message =
                "this matches no secret: a secret's ARN ends with a hyphen and six random characters".to_owned();
            self.suggest(Code::SecretNoSuffix, entry.at, message, Some(meant));
        }
    }
    /// Has some action of the statement this type of resource?
    fn fits(&mut self, entry: &Entry<'_>, actions: &Actions) {
        let Some([_, _, service, _, _, tail]) = fields(&entry.text) else { return };
        let others = &actions.other_services;
        let other = !others.is_empty()
            && (!action::is_complete(service) || others.contains(service.to_ascii_lowercase().as_str()));
        if actions.open || other {
            return;
        }
        let literal = tail.split(['*', '?', '$']).next().unwrap_or_default();
        // Only a type that is written out is known.
        let kind = if literal.contains(['/', ':']) { ResourceTypes::of(service, literal) } else { ResourceTypes::NONE };
        let mismatch = if kind.is_empty() {
            !action::is_complete(service) && service != "lambda"
        } else {
            !actions.types.overlaps(kind)
        };
        if mismatch {
            let message = format!("no action of this statement has a resource such as `{}`", entry.text);
            self.add(Code::ResourceActionMismatch, entry.at, message);
        }
    }
}

/// What a statement's actions are to its resources.
struct Actions {
    /// Some entry matches everything, or all but a few.
    open: bool,
    types: ResourceTypes,
    /// Services of which not every action is known, in lower case.
    other_services: HashSet<String>,
    /// Actions decided on `*`, written out, and where.
    without_resource: Vec<(usize, Action)>,
}

impl Actions {
    fn of(entries: &Entries<'_>, list: &ActionList) -> Self {
        let mut actions = Self {
            // What is no action may have any resource.
            open: entries.negated || list.len() < entries.list.len(),
            types: ResourceTypes::NONE,
            other_services: HashSet::new(),
            without_resource: Vec::new(),
        };
        if entries.negated {
            return actions;
        }
        for (place, pattern, matches) in list.iter() {
            let Some(entry) = entries.list.get(place) else { continue };
            match pattern {
                ActionPattern::Everything => actions.open = true,
                // Of services whose actions are all known.
                ActionPattern::Of { service, .. } if action::is_complete(service) => {
                    // An unknown action may have any resource.
                    actions.open |= !matches;
                    if matches
                        && let Some(action) = Action::parse(&entry.text)
                        && action.resource_types().is_empty()
                    {
                        actions.without_resource.push((entry.at, action));
                    }
                }
                ActionPattern::Of { service, .. } => {
                    actions.other_services.insert(service.to_ascii_lowercase());
                }
            }
        }
        let known = list.known();
        let complete = Action::all().filter(|action| known.contains(*action) && action::is_complete(action.service()));
        actions.types = complete.fold(actions.types, |types, action| types.or(action.resource_types()));
        // GetCallerIdentity and the like alone: the finding is theirs, not every ARN's.
        let only_without = actions.types.is_empty() && !actions.without_resource.is_empty();
        actions.open |= only_without;
        actions
    }
}

/// The six fields, where an open end stands for the missing ones.
fn fields(text: &str) -> Option<[&str; 6]> {
    let mut fields: Vec<&str> = text.splitn(6, ':').collect();
    if fields.len() < 6 && text.ends_with('*') {
        fields.resize(6, "*");
    }
    fields.try_into().ok()
}

/// An entry with wildcards, field by field; each with whether it has a `?`.
pub(super) enum WideArn {
    Everything,
    Fields([(Glob, bool); 6]),
}

impl WideArn {
    fn new(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::Everything);
        }
        // What a variable stands for is not known here.
        let fields = fields(text).filter(|_| !text.contains("${"))?;
        Some(Self::Fields(fields.map(|field| (Glob::parse(field, true, false), field.contains('?')))))
    }
}
impl Wide for WideArn {
    /// Does every field of the one cover the same field of the other?
    fn covers(&self, narrow: &str) -> bool {
        let Self::Fields(wide) = self else { return true };
        if narrow == "*" || narrow.contains("${") {
            return false;
        }
        fields(narrow).is_some_and(|narrow| {
            wide.iter().zip(narrow).all(|((wide, has_one), narrow)| {
                // A `?` would take the other pattern's `*` for one character.
                let safe = !(*has_one && narrow.contains('*'));
                safe && wide.matches(narrow, &NoKeys) == Match::Yes
            })
        })
    }
}

/// Could a text that this pattern matches end with a hyphen and six letters or digits?
fn may_end_as_secret(name: &str, variables: bool) -> bool {
    let Ok(pieces) = tokens(name, true, variables) else { return true };
    let mut wanted = 0_usize;
    for piece in pieces.iter().rev() {
        match piece {
            Piece::Any | Piece::Variable(_) => return true,
            Piece::One => wanted = wanted.saturating_add(1),
            Piece::Literal(text) => {
                for letter in text.chars().rev() {
                    let fits = if wanted == 6 { letter == '-' } else { letter.is_ascii_alphanumeric() };
                    if wanted < 7 && !fits {
                        return false;
                    }
                    wanted = wanted.saturating_add(1);
                }
            }
        }
    }
    // A name of one character at least, before the hyphen.
    wanted > 7
}
