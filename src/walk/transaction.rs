//! Several calls in one change: all of them are committed, or none. Each is weighed and recorded as if it came alone.

use std::cell::{Cell, RefCell};

use crate::audit::{Event, Outcome};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::ledger::Change;
use crate::name::Text;
use crate::operation::{Operation as _, for_each_operation};
use crate::walk::caller::{ACCESSES_PER_COMMIT, Whole, event};
use crate::walk::{Caller, Read, Task, Walk, Write, carried};

/// An operation that can be part of a transaction.
pub(crate) trait Part: Walk {}

/// Those of Secrets Manager, whatever comes.
macro_rules! parts {
    (() SecretsManager $service:ident { $( $variant:ident : $name:ident , $method:ident ; )* } $($rest:tt)*) => {
        $( impl Part for crate::operation::$service::$name {} )*
    };
}
for_each_operation!(parts);

/// A transaction that is under way: it has the writer's turn.
pub(crate) struct Bundle<'c> {
    caller: &'c Caller,
    change: Change<'c>,
    /// Calls that wrote, in their order.
    events: RefCell<Vec<Event>>,
    observed: Cell<Timestamp>,
}

impl Caller {
    /// Begins a transaction. Waits for other threads' changes.
    /// # Errors
    /// `Busy` if this thread is within one; `Locked`; `Storage`.
    pub(crate) fn begin(&self) -> Result<Bundle<'_>, Error> {
        let room = &*self.room;
        room.unlocked()?;
        let change = self.change()?;
        let observed = Cell::new(room.observed());
        Ok(Bundle { caller: self, change, events: RefCell::default(), observed })
    }
}

impl Bundle<'_> {
    /// As [`Caller::token_for`].
    pub(crate) fn token_for(&self, token: Option<&mut Option<Text>>) -> Result<(), Error> {
        self.caller.token_for(token)
    }
    pub(crate) fn read<O: Read>(&self, request: &O) -> Result<O::Response, Error> {
        self.caller.room.unlocked()?;
        request.check()?;
        let call = self.caller.context(&self.change)?;
        let visit = self.caller.visit(&self.change, &call);
        let answer = self.caller.in_scope::<O>().and_then(|()| request.walk(&visit));
        self.caller.tell_ahead((O::SERVICE, O::NAME), &visit, &answer)?;
        answer
    }
    pub(crate) fn write<O: Write>(&self, request: &O) -> Result<O::Response, Error> {
        self.perform(&Whole(request))
    }
    /// A call that fails leaves nothing of itself behind, and the transaction as it was.
    pub(crate) fn perform<T: Task>(&self, task: &T) -> Result<T::Answer, Error> {
        let (service, name) = T::TOLD_AS;
        self.caller.room.unlocked()?;
        task.request().check()?;
        let mut call = self.caller.context(&self.change)?;
        call.record_always();
        let visit = self.caller.visit(&self.change, &call);
        let mark = self.change.mark();
        let walked = self.caller.in_scope::<T::Operation>().and_then(|()| {
            let answer = carried(&visit, |visit| task.walk(visit))?;
            Ok((answer, event(service, name, &visit, Outcome::Done)?))
        });
        match walked {
            Ok((answer, event)) => {
                if self.change.keep(mark) {
                    // Told once it is certain what becomes of it.
                    self.events.borrow_mut().push(event);
                    self.observed.set(self.observed.get().max(call.observed));
                } else {
                    self.caller.room.ledger.note_ahead(&self.change, &[&event])?;
                    self.caller.tell_sink(&event)?;
                }
                Ok(answer)
            }
            Err(refused) => {
                self.change.take_back(mark);
                let refused = Err(refused);
                self.caller.tell_ahead((service, name), &visit, &refused)?;
                refused
            }
        }
    }
    /// Makes everything durable and visible, with an event for each call that wrote.
    pub(crate) fn commit(self) -> Result<(), Error> {
        if !self.change.is_dirty() {
            return Ok(());
        }
        let (room, events) = (&*self.caller.room, self.events.into_inner());
        room.ledger.write_accesses(&self.change, ACCESSES_PER_COMMIT)?;
        self.change.commit(&events, self.observed.get())?;
        let mut told = Ok(());
        for event in &events {
            told = told.and(self.caller.tell_sink(event));
        }
        told
    }
    /// Nothing of it remains but what is told: calls that wrote, and did not.
    pub(crate) fn abandon(self) -> Result<(), Error> {
        let Self { caller, change, events, .. } = self;
        // The sink may be slow: others write meanwhile.
        drop(change);
        let mut told = Ok(());
        for mut event in events.into_inner() {
            event.outcome = Outcome::RolledBack;
            told = told.and(caller.tell_sink(&event));
        }
        told
    }
}
impl std::fmt::Debug for Bundle<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bundle").field("caller", &self.caller.who.arn).finish_non_exhaustive()
    }
}
