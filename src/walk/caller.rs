//! A principal at the door of a store: makes the visit of each call, sends the request on its walk, and records what came of it.

use std::sync::Arc;

use crate::access::{CallContext, Who};
use crate::audit::{Decided, Event, Outcome};
use crate::error::{self, Error};
use crate::ledger::{Change, Look, Pending, View};
use crate::model::Home;
use crate::name::Text;
use crate::operation::Operation;
use crate::walk::held::Held;
use crate::walk::{Read, Reading, Room, Task, Visit, Write, Writing, carried};

/// Who calls, and what store.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) room: Arc<Room>,
    pub(crate) who: Arc<Who>,
    /// The region that the calls address, if it is not the store's own.
    pub(crate) abroad: Option<Arc<Home>>,
}

impl Caller {
    /// A caller who addresses one of the regions that rows are in.
    pub(crate) fn at_region(room: Arc<Room>, who: Who, region: &str) -> Self {
        let abroad = room.ledger.abroad(region).map(|region| Arc::new(room.ledger.home().in_region(region)));
        Self { room, who: Arc::new(who), abroad }
    }
    /// Account of the store, and the region that the calls address.
    pub(crate) fn home(&self) -> &Home {
        self.abroad.as_deref().unwrap_or_else(|| self.room.ledger.home())
    }
    /// The newest instant of that region.
    pub(crate) fn view(&self) -> Result<View<'_>, Error> {
        Ok(self.room.ledger.view()?.of_region(self.abroad.as_deref()))
    }
    /// A change in that region.
    pub(crate) fn change(&self) -> Result<Change<'_>, Error> {
        let change = self.room.ledger.change()?;
        Ok(match &self.abroad {
            None => change,
            Some(home) => change.of_region(&home.region),
        })
    }
    /// What temporary credentials cannot call, whatever their policies say.
    pub(crate) fn in_scope<O: Operation>(&self) -> Result<(), Error> {
        let who = &*self.who;
        if who.scope.admits(O::SERVICE, O::NAME, who.mfa.is_some()) {
            return Ok(());
        }
        Err(error::iam::out_of_scope(O::SERVICE, format_args!("{}:{}", O::SERVICE, O::NAME)))
    }
    pub(crate) fn context<L: Look>(&self, look: &L) -> Result<CallContext<'_>, Error> {
        let room = &*self.room;
        // Time never runs backwards: not before the latest instant that this view's store has committed.
        let observed = room.clock.now().max(look.high_water());
        if self.who.expires.is_some_and(|expires| expires <= observed) || self.who.has_ended() {
            return Err(error::session_expired());
        }
        let standing = look.standing(&self.who, &room.none)?;
        Ok(CallContext::new(standing, observed, self.home(), room.is_audited).served_by(room))
    }

    /// The visit of one call.
    pub(crate) fn visit<'v, L: Look>(&'v self, look: &'v L, call: &'v CallContext<'v>) -> Visit<'v, L> {
        let room = &*self.room;
        Visit::new(look, &room.gate, &room.keystore, &room.ledger, call)
    }

    /// A look at the newest instant: weighed as a call of that operation, recorded under this service and name.
    pub(crate) fn look<O: Operation, T>(
        &self,
        (service, name): (&'static str, &'static str),
        look: impl FnOnce(&Reading<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut owed = None;
        let answer = self.look_owing::<O, _>((service, name), look, &mut owed);
        self.pay(owed)?;
        answer
    }
    /// The same; what is owed before the answer may be given is left to the caller.
    fn look_owing<O: Operation, T>(
        &self,
        (service, name): (&'static str, &'static str),
        look: impl FnOnce(&Reading<'_>) -> Result<T, Error>,
        owed: &mut Option<Pending>,
    ) -> Result<T, Error> {
        self.room.unlocked()?;
        self.may_record()?;
        let view = self.view()?;
        let call = self.context(&view)?;
        let visit = self.visit(&view, &call);
        let answer = self.in_scope::<O>().and_then(|()| look(&visit));
        *owed = self.tell(service, name, &visit, &answer)?;
        answer
    }
    /// A walk that only reads.
    pub(crate) fn read<O: Read>(&self, request: &O) -> Result<O::Response, Error> {
        self.room.unlocked()?;
        request.check()?;
        self.look::<O, _>((O::SERVICE, O::NAME), |visit| request.walk(visit))
    }
    /// The same, whose answer waits for its record.
    pub(crate) fn hold<O: Read>(&self, request: &O) -> Held<O::Response> {
        let mut owed = None;
        let walk = |visit: &Reading<'_>| request.walk(visit);
        let answer = request.check().and_then(|()| self.look_owing::<O, _>((O::SERVICE, O::NAME), walk, &mut owed));
        Held::of(answer, owed.map(|owed| (Arc::clone(&self.room), owed)))
    }
    /// In strict mode a thread within a transaction reads on that, or not at all.
    /// # Errors
    /// `Busy`.
    pub(crate) fn may_record(&self) -> Result<(), Error> {
        if self.room.is_audited { self.room.ledger.may_record() } else { Ok(()) }
    }
    /// Waits for what is owed before an answer is given. Not within a change: it is the writer's turn that is waited for.
    pub(crate) fn pay(&self, owed: Option<Pending>) -> Result<(), Error> {
        match owed {
            None => Ok(()),
            Some(owed) => self.room.ledger.settle(owed),
        }
    }

    /// A walk that may write: weighed on the view first, so that the denied never take the writer's turn, and again inside
    /// its change.
    pub(crate) fn write<O: Write>(&self, request: &O) -> Result<O::Response, Error> {
        self.perform(&Whole(request))
    }
    /// The same for any task that may write.
    pub(crate) fn perform<T: Task>(&self, task: &T) -> Result<T::Answer, Error> {
        let room = &*self.room;
        let (service, name) = T::TOLD_AS;
        room.unlocked()?;
        task.request().check()?;
        {
            let view = self.view()?;
            let call = self.context(&view)?;
            let visit = self.visit(&view, &call);
            let weighed = self.in_scope::<T::Operation>().and_then(|()| task.weigh(&visit));
            if weighed.is_err() {
                let owed = self.tell(service, name, &visit, &weighed)?;
                drop(visit);
                drop(call);
                drop(view);
                self.pay(owed)?;
                weighed?;
            }
        }
        let change = self.change()?;
        let mut call = self.context(&change)?;
        call.record_always();
        let visit = self.visit(&change, &call);
        let answer = carried(&visit, |visit| task.walk(visit));
        if answer.is_err() || !change.is_dirty() {
            let owed = self.tell(service, name, &visit, &answer)?;
            drop(visit);
            drop(call);
            drop(change);
            self.pay(owed)?;
            return answer;
        }
        room.ledger.write_accesses(&change, ACCESSES_PER_COMMIT)?;
        let event = event(service, name, &visit, Outcome::Done)?;
        let observed = call.observed;
        change.commit(Some(&event), observed)?;
        self.tell_sink(&event)?;
        answer
    }

    /// What AWS's SDKs do for their callers: an idempotency token for those who bring none.
    pub(crate) fn token_for(&self, token: Option<&mut Option<Text>>) -> Result<(), Error> {
        if let Some(token @ None) = token {
            *token = Some(self.room.token()?);
        }
        Ok(())
    }
    /// The journal has it; the sink is told as well, so that one stream holds everything.
    pub(crate) fn tell_sink(&self, event: &Event) -> Result<(), Error> {
        let Some(audit) = &self.room.audit else { return Ok(()) };
        audit.record(event).map_err(|fault| error::audit_unavailable().caused_by(fault))
    }

    /// Records a read, or a call that changed nothing. What it answers is to be [paid](Self::pay) before anybody is answered: no
    /// record, no answer.
    pub(crate) fn tell<T, L: Look>(
        &self,
        service: &'static str,
        operation: &'static str,
        visit: &Visit<'_, L>,
        answer: &Result<T, Error>,
    ) -> Result<Option<Pending>, Error> {
        if !self.room.is_audited {
            return Ok(None);
        }
        let (event, parts) = (event(service, operation, visit, outcome(answer))?, visit.parts());
        self.record(&parts.iter().chain([&event]).collect::<Vec<_>>())
    }
    /// The same of events that are made already.
    pub(crate) fn record(&self, events: &[&Event]) -> Result<Option<Pending>, Error> {
        let owed = self.room.ledger.note_events(events)?;
        events.iter().try_for_each(|event| self.tell_sink(event))?;
        Ok(owed)
    }
    /// The same within a change of this thread.
    pub(crate) fn tell_ahead<T>(
        &self,
        (service, operation): (&'static str, &'static str),
        visit: &Visit<'_, Change<'_>>,
        answer: &Result<T, Error>,
    ) -> Result<(), Error> {
        if !self.room.is_audited {
            return Ok(());
        }
        let (event, parts) = (event(service, operation, visit, outcome(answer))?, visit.parts());
        let events: Vec<_> = parts.iter().chain([&event]).collect();
        self.room.ledger.note_ahead(visit.look, &events)?;
        events.iter().try_for_each(|event| self.tell_sink(event))
    }
}

/// An operation that may write, as a task.
pub(super) struct Whole<'o, O>(pub(super) &'o O);

impl<O: Write> Task for Whole<'_, O> {
    type Operation = O;
    type Answer = O::Response;
    const TOLD_AS: (&'static str, &'static str) = (O::SERVICE, O::NAME);
    fn request(&self) -> &O {
        self.0
    }
    fn weigh(&self, visit: &Reading<'_>) -> Result<(), Error> {
        self.0.weigh(visit)
    }
    fn walk(&self, visit: &Writing<'_, '_>) -> Result<O::Response, Error> {
        self.0.walk(visit)
    }
}

/// What came of a call, or of a part of one.
pub(crate) fn outcome<T>(answer: &Result<T, Error>) -> Outcome {
    answer.as_ref().map_or_else(|refused| Outcome::Refused(refused.code()), |_| Outcome::Done)
}

/// Dates of reads that one commit carries along.
pub(super) const ACCESSES_PER_COMMIT: usize = 64;

/// What a call is recorded as.
pub(crate) fn event<L: Look>(
    service: &'static str,
    operation: &'static str,
    visit: &Visit<'_, L>,
    outcome: Outcome,
) -> Result<Event, Error> {
    event_of(service, operation, visit, outcome, visit.call.decisions())
}
/// The same, with these decisions.
pub(crate) fn event_of<L: Look>(
    service: &'static str,
    operation: &'static str,
    visit: &Visit<'_, L>,
    outcome: Outcome,
    decisions: Vec<Decided>,
) -> Result<Event, Error> {
    Ok(Event {
        request_id: visit.request_id()?,
        time: visit.observed(),
        principal: visit.call.principal_arn().clone(),
        service,
        operation,
        decisions,
        outcome,
    })
}
