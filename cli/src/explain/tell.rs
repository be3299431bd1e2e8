//! An explanation in words, and as a record in the shape of AWS's simulator.

use strongroom::name::{Arn, Text};
use strongroom::policy::{Decision, Element, Ground, Layer, Matched, NearMiss, Reason, Verdict};

use super::Part;
use crate::own::{Cell, Record};

/// What is told of a part; statements are quoted up to so many characters.
pub struct Story<'p>(pub &'p Part, pub usize);

impl Story<'_> {
    /// One word: the vectors' own.
    pub fn verdict(&self) -> &'static str {
        let answer = &self.0.answer;
        if answer.is_allowed() { Verdict::Allow.text() } else { answer.policies.decision.verdict().text() }
    }
    /// Why, in a line each.
    pub fn lines(&self) -> Vec<String> {
        let part = self.0;
        let told = &part.answer.policies;
        let of_matched = |allows: bool, words: &str| {
            let on_its_side = told.matched.iter().filter(move |matched| matched.allows == allows);
            on_its_side.map(|matched| format!("{words} {}", self.statement(matched))).collect::<Vec<_>>()
        };
        match told.decision {
            Decision::Allow { by: Ground::Root } => vec!["the account's root user needs no statement".to_owned()],
            Decision::Allow { by: Ground::CallerIdentity } => vec!["needs no permission".to_owned()],
            Decision::Allow { .. } => of_matched(true, "allowed by"),
            Decision::ExplicitDeny { .. } => of_matched(false, "denied by"),
            Decision::ImplicitDeny { because, .. } => {
                if let Some(grant) = &part.answer.grant {
                    return vec![format!("allowed by grant {grant}")];
                }
                let mut lines = vec![missing(because).to_owned()];
                lines.extend(of_matched(true, "not enough by itself:"));
                lines.extend(told.near_misses.iter().map(|miss| self.near_miss(miss)));
                lines
            }
        }
    }
    /// By what it is allowed, without quoting: for lists.
    pub fn by(&self) -> String {
        let answer = &self.0.answer;
        match (&answer.grant, answer.policies.decision) {
            (Some(grant), _) => format!("grant {grant}"),
            (None, Decision::Allow { by: Ground::Root }) => "root".to_owned(),
            (None, _) => {
                let allows = answer.policies.matched.iter().filter(|matched| matched.allows);
                allows.map(|matched| self.place(matched)).collect::<Vec<_>>().join(" and ")
            }
        }
    }
    /// The shape of a result of SimulatePrincipalPolicy, and what cut an allow off.
    pub fn record(&self) -> Record {
        let part = self.0;
        let told = &part.answer.policies;
        let matched: Vec<Record> = told
            .matched
            .iter()
            .map(|matched| {
                Record::new()
                    .with("SourcePolicyId", matched.source.id.as_str())
                    .with("SourcePolicyType", matched.source.kind.text())
                    .with("StartPosition", position(matched.start))
                    .with("EndPosition", position(matched.end))
            })
            .collect();
        let missing: Vec<String> = told.missing.iter().map(Text::to_string).collect();
        let near: Vec<String> = told.near_misses.iter().map(|miss| self.near_miss(miss)).collect();
        Record::new()
            .with("EvalActionName", part.action.as_str())
            .with("EvalResourceName", part.answer.resource.as_str())
            .with(
                "EvalDecision",
                if part.answer.is_allowed() { "allowed" } else { told.decision.verdict().simulator_text() },
            )
            .with("MatchedStatements", matched)
            .with("MissingContextValues", missing)
            .with_some("GrantId", part.answer.grant.as_ref().map(Text::as_str))
            .with_some("LimitedBy", told.limited_by)
            .with("NearMisses", near)
    }

    fn statement(&self, matched: &Matched) -> String {
        let place = self.place(matched);
        self.quote(matched).map_or(place.clone(), |quoted| format!("{place}: {quoted}"))
    }
    fn place(&self, matched: &Matched) -> String {
        let number = matched.statement;
        let sid = matched.sid.as_ref().filter(|sid| !sid.is_empty()).map(|sid| format!(" `{sid}`")).unwrap_or_default();
        let policy = match matched.layer {
            Layer::Resource => match Arn::parse(&self.0.answer.resource).map(|arn| arn.service) {
                Some("kms") => "the key's policy".to_owned(),
                Some("iam") => "the trust policy".to_owned(),
                _ => "the secret's policy".to_owned(),
            },
            _ => format!("{} policy `{}`", matched.source.kind.text(), matched.source.id),
        };
        format!("statement {number}{sid} of {policy} (line {}, column {})", matched.start.line, matched.start.column)
    }
    fn near_miss(&self, miss: &NearMiss) -> String {
        let what = match &miss.element {
            Element::Action => "its actions are others".to_owned(),
            Element::Resource => "its resources are others".to_owned(),
            Element::Principal => "its principals are others".to_owned(),
            Element::Condition(failed) => {
                let failed: Vec<_> = failed
                    .iter()
                    .map(|one| {
                        let absent = if one.absent { " (the request has no such key)" } else { "" };
                        format!("{} {}{absent}", one.operator, one.key)
                    })
                    .collect();
                format!("its condition does not hold: {}", failed.join(", "))
            }
        };
        format!("nearly: {}; {what}", self.place(&miss.statement))
    }
    /// The statement itself, in one line.
    fn quote(&self, matched: &Matched) -> Option<String> {
        let mut quoted = self.0.quotes.statement(matched)?;
        if let Some((end, _)) = quoted.char_indices().nth(self.1) {
            quoted.truncate(end);
            quoted.push('…');
        }
        Some(quoted)
    }
}

/// What an implicit denial lacks.
fn missing(because: Reason) -> &'static str {
    match because {
        Reason::NoIdentityAllow => "no statement of the caller's own policies allows it",
        Reason::NoResourceAllow => "no statement of the resource's policy allows it",
        Reason::Boundary => "the permissions boundary does not allow it",
        Reason::Session => "the session policy does not allow it",
        Reason::Scp => "no service control policy allows it",
        Reason::KeyPolicy => "the key's policy admits neither the caller nor the account",
        Reason::TrustPolicy => "the trust policy admits neither the caller nor the account",
    }
}

fn position(position: strongroom::policy::Position) -> Cell {
    Cell::Record(Box::new(Record::new().with("Line", count(position.line)).with("Column", count(position.column))))
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
