//! Refusals of one kind that come in numbers: the first has a record, those that follow within a minute have one together, so
//! that whoever is refused over and over can neither fill the disk nor push older records out.

use std::collections::BTreeMap;
use std::mem::take;

use crate::audit::{Event, Outcome};
use crate::clock::Timestamp;
use crate::name::Text;

/// Kinds of refusals of the last minute.
#[derive(Default)]
pub(super) struct Floods {
    open: BTreeMap<Kind, Window>,
    /// Over, and waiting to be written.
    over: Vec<Flood>,
}

/// What makes two refusals alike. What they were about does not: whoever probes tries one name after the other.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    principal: Text,
    service: &'static str,
    operation: &'static str,
    code: &'static str,
    /// Action and reason of the decision that refused, or of the last one.
    decision: Option<(&'static str, &'static str)>,
}
impl Kind {
    fn of(event: &Event) -> Option<Self> {
        let Outcome::Refused(code) = event.outcome else { return None };
        let decisions = &event.decisions;
        let decision = decisions.iter().find(|decision| !decision.allowed).or(decisions.last());
        Some(Self {
            principal: event.principal.clone(),
            service: event.service,
            operation: event.operation,
            code,
            decision: decision.map(|decision| (decision.action, decision.reason)),
        })
    }
}

/// A minute from a first refusal on, and those that followed in it.
struct Window {
    from: Timestamp,
    followed: Option<Flood>,
}
impl Window {
    fn has(&self, time: Timestamp) -> bool {
        self.from <= time && !self.is_over(time)
    }
    /// A clock that went back does not end it: the next refusal of its kind does.
    fn is_over(&self, now: Timestamp) -> bool {
        self.from.plus_millis(WINDOW_MS) <= now
    }
}

/// Several refusals of one kind.
pub(super) struct Flood {
    /// The first of them. A resource that is not the same in all is `*`.
    pub(super) event: Event,
    pub(super) count: u64,
    pub(super) last: Timestamp,
}
impl Flood {
    fn add(&mut self, event: &Event) {
        self.count = self.count.saturating_add(1);
        self.last = event.time;
        if self.event.decisions.len() > event.decisions.len() {
            self.event.decisions.truncate(event.decisions.len());
        }
        for (all, one) in self.event.decisions.iter_mut().zip(&event.decisions) {
            if all.resource != one.resource {
                all.resource = Text::from("*");
            }
        }
    }
}

impl Floods {
    /// Is it counted with others, so that it needs no record of its own?
    pub(super) fn counts(&mut self, event: &Event) -> bool {
        let Some(kind) = Kind::of(event) else { return false };
        if !self.open.contains_key(&kind) {
            if self.open.len() >= KINDS_MAX {
                self.close(event.time);
            }
            // So many kinds at once are no flood of one: each has its record.
            if self.open.len() >= KINDS_MAX {
                return false;
            }
        }
        let window = self.open.entry(kind).or_insert(Window { from: Timestamp::from_millis(i64::MAX), followed: None });
        if !window.has(event.time) {
            let over = std::mem::replace(window, Window { from: event.time, followed: None });
            self.over.extend(over.followed);
            return false;
        }
        match &mut window.followed {
            Some(flood) => flood.add(event),
            followed => *followed = Some(Flood { event: event.clone(), count: 1, last: event.time }),
        }
        true
    }
    /// Those that were found to be over.
    pub(super) fn take_ended(&mut self) -> Vec<Flood> {
        take(&mut self.over)
    }
    /// Those whose minute is over.
    pub(super) fn take_over(&mut self, now: Timestamp) -> Vec<Flood> {
        self.close(now);
        take(&mut self.over)
    }
    /// All of them.
    pub(super) fn take_all(&mut self) -> Vec<Flood> {
        let open = take(&mut self.open);
        self.over.extend(open.into_values().filter_map(|window| window.followed));
        take(&mut self.over)
    }
    /// Has any of them a minute that is over?
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        !self.over.is_empty() || self.open.values().any(|window| window.followed.is_some() && window.is_over(now))
    }
    /// Has the next refusal of each kind be a first one.
    pub(super) fn reopen(&mut self) {
        let all = self.take_all();
        self.over = all;
    }
    fn close(&mut self, now: Timestamp) {
        let over = &mut self.over;
        self.open.retain(|_, window| {
            let is_over = window.is_over(now);
            if is_over {
                over.extend(window.followed.take());
            }
            !is_over
        });
    }
}

const WINDOW_MS: i64 = 60_000;
/// Some hundred bytes each.
const KINDS_MAX: usize = 1_024;
