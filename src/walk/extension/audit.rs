//! The store's own journal, read by whoever may.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use crate::access::acts::extension::ReadJournal;
use crate::audit::Record;
use crate::clock::Timestamp;
use crate::error::Error;
use crate::ledger::{Look, View};
use crate::name::Text;
use crate::policy::NamePattern;
use crate::walk::{Caller, Visit};

/// Which records of the journal are wanted; all of them without more words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditQuery {
    /// Only those behind the record of this number.
    pub after: u64,
    /// Only the last so many of those that fit.
    pub last: Option<usize>,
    /// Not before this.
    pub since: Option<Timestamp>,
    /// Before this.
    pub until: Option<Timestamp>,
    /// ARN of the principal, or its last field, such as `user/ann`. `*` and `?` are wildcards; letter case is ignored.
    pub who: Option<Text>,
    /// An operation, alone or behind its service (`kms:CreateKey`), or an action that was decided. Wildcards as above.
    pub what: Option<Text>,
}
impl AuditQuery {
    /// All records.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
    /// Only those behind the record of this number.
    #[must_use]
    pub fn after(mut self, number: u64) -> Self {
        self.after = number;
        self
    }
    /// Only the last so many of those that fit.
    #[must_use]
    pub fn last(mut self, count: usize) -> Self {
        self.last = Some(count);
        self
    }
    /// Not before this.
    #[must_use]
    pub fn since(mut self, time: Timestamp) -> Self {
        self.since = Some(time);
        self
    }
    /// Before this.
    #[must_use]
    pub fn until(mut self, time: Timestamp) -> Self {
        self.until = Some(time);
        self
    }
    /// Of this principal.
    #[must_use]
    pub fn who(mut self, principal: impl Into<Text>) -> Self {
        self.who = Some(principal.into());
        self
    }
    /// Of this operation or action.
    #[must_use]
    pub fn what(mut self, operation: impl Into<Text>) -> Self {
        self.what = Some(operation.into());
        self
    }
}

/// A query, ready to be asked of each record.
struct Wanted<'q> {
    query: &'q AuditQuery,
    who: Option<NamePattern>,
    what: Option<NamePattern>,
}
impl Wanted<'_> {
    fn fits(&self, record: &Record) -> bool {
        let query = self.query;
        let by = |pattern: &NamePattern| {
            let last = record.principal.rsplit(':').next().unwrap_or_default();
            pattern.matches(&record.principal) || pattern.matches(last)
        };
        let of = |pattern: &NamePattern| {
            pattern.matches(&record.operation)
                || pattern.matches(&format!("{}:{}", record.service, record.operation))
                || record.decisions.iter().any(|decision| pattern.matches(&decision.action))
        };
        query.since.is_none_or(|since| record.time >= since)
            && query.until.is_none_or(|until| record.time < until)
            && self.who.as_ref().is_none_or(by)
            && self.what.as_ref().is_none_or(of)
    }
}

/// # Errors
/// `AccessDenied` without `cloudtrail:LookupEvents`; `Expired`; `Locked`; `Tampered`, `Damaged`, `Storage`.
pub(crate) fn records(
    caller: &Caller,
    query: &AuditQuery,
    visit: &mut dyn FnMut(Record) -> ControlFlow<()>,
) -> Result<(), Error> {
    let room = &*caller.room;
    room.unlocked()?;
    caller.may_record()?;
    let view = caller.view()?;
    let call = caller.context(&view)?;
    let reading = Visit::new(&view, &room.gate, &room.keystore, &room.ledger, &call);
    let admitted = reading.admit(&ReadJournal, view.everything()).map(drop);
    // Told before anything is shown: no record, no answer.
    let owed = caller.tell("strongroom", "LookupEvents", &reading, &admitted)?;
    caller.pay(owed)?;
    admitted?;
    show(&view, query, visit)
}

fn show(view: &View<'_>, query: &AuditQuery, visit: &mut dyn FnMut(Record) -> ControlFlow<()>) -> Result<(), Error> {
    let pattern = |text: &Option<Text>| text.as_deref().map(NamePattern::new);
    let wanted = Wanted { query, who: pattern(&query.who), what: pattern(&query.what) };
    let from = query.after.saturating_add(1);
    let Some(last) = query.last else {
        return view.records(from, &mut |record| {
            if wanted.fits(&record) { visit(record) } else { ControlFlow::Continue(()) }
        });
    };
    let mut kept = VecDeque::new();
    view.records(from, &mut |record| {
        if wanted.fits(&record) {
            kept.push_back(record);
            if kept.len() > last {
                kept.pop_front();
            }
        }
        ControlFlow::Continue(())
    })?;
    // Whoever has enough says so.
    let _ = kept.into_iter().try_for_each(visit);
    Ok(())
}
