//! Tells each step: what was asked, the decisions that were made for it, and the statements that made them.

use std::sync::{Arc, Mutex, PoisonError};

use strongroom::audit::{Audit, AuditUnavailable, Decided, Event};
use strongroom::{Error, Session, Strongroom};

use crate::explain::{Asked, Part, Story, ask};
use crate::failure::{Done, Exit, Failure};
use crate::output;

/// The audit sink of the play: decisions come out of it as they were made, not as somebody retells them.
#[derive(Clone, Debug, Default)]
pub struct Heard(Arc<Mutex<Vec<Event>>>);

impl Audit for Heard {
    fn record(&self, event: &Event) -> Result<(), AuditUnavailable> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
        Ok(())
    }
}
impl Heard {
    fn drain(&self) -> Vec<Decided> {
        let events = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        events.into_iter().next_back().map(|event| event.decisions).unwrap_or_default()
    }
}

/// A line of the story.
pub fn say(text: &str) -> Done {
    output::lines(std::iter::once(text.to_owned()))
}

/// How a step is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    Allowed,
    Denied,
}

pub struct Narrator<'r> {
    room: &'r Strongroom,
    root: Session,
    heard: Heard,
    steps: usize,
}

impl<'r> Narrator<'r> {
    pub fn new(room: &'r Strongroom, heard: Heard) -> Self {
        Self { room, root: room.root(), heard, steps: 0 }
    }
    /// Makes a call and tells what came of it; returns the answer of one that was allowed. `words` say it in the story's
    /// language.
    pub fn step<T>(
        &mut self,
        words: &str,
        asked: &Asked,
        ends: Ends,
        call: impl FnOnce() -> Result<T, Error>,
    ) -> Result<Option<T>, Failure> {
        self.steps = self.steps.saturating_add(1);
        self.heard.drain();
        let answer = call();
        let decided = self.heard.drain();
        let came = match &answer {
            Ok(_) => Ends::Allowed,
            Err(error) if error.is_access_denied() => Ends::Denied,
            Err(error) => return Err(wrong(words, &format!("it failed: {error}"))),
        };
        let parts = ask(self.room, &self.root, asked)?;
        let outcome = if came == Ends::Allowed { "allowed" } else { "denied" };
        let mut lines = vec![format!("{:>3}. {words}: {outcome}", self.steps)];
        for decision in &decided {
            let word = if decision.allowed { "allow" } else { "deny" };
            lines.push(format!("       {word} {} ({})", decision.action, decision.reason));
            let part = parts.iter().find(|part| part.action.eq_ignore_ascii_case(decision.action));
            lines.extend(
                part.iter().flat_map(|part| Story(part, QUOTE_MAX).lines()).map(|line| format!("         {line}")),
            );
        }
        output::lines(lines.into_iter())?;
        if came != ends {
            return Err(wrong(words, &format!("it was {outcome}")));
        }
        agree(words, &decided, &parts)?;
        Ok(answer.ok())
    }
}

/// The explanation is a second decision, made for somebody who only asks: both must come to the same.
fn agree(words: &str, decided: &[Decided], parts: &[Part]) -> Done {
    for part in parts {
        let made = decided.iter().find(|decision| part.action.eq_ignore_ascii_case(decision.action));
        if made.is_some_and(|made| made.allowed != part.answer.is_allowed()) {
            return Err(wrong(words, &format!("the explanation of {} says otherwise", part.action)));
        }
    }
    Ok(())
}

fn wrong(words: &str, what: &str) -> Failure {
    Failure::new(Exit::Other, "Demo", format!("the story went wrong at `{words}`: {what}"))
}

/// Enough for the guide's statements; the managed key's policy is longer, and always the same.
const QUOTE_MAX: usize = 250;
