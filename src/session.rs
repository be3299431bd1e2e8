//! One principal's hands. A session cannot become another principal, and never asks the ledger for anything by itself: it
//! sends requests on their walks.

use std::sync::Arc;

use crate::access::{CallContext, Who};
use crate::audit::{Event, Outcome};
use crate::error::{self, Error};
use crate::ledger::Look;
use crate::operation::Operation;
use crate::strongroom::Room;
use crate::walk::{Read, Visit, Walk, Write};

/// One principal's hands: clone it and send it where the work is done. Each call reads the principal's rights anew, so a
/// policy that was changed, or a principal that was deleted, binds the next call of every session.
///
/// The host program vouches for the principal ([`Strongroom::session`](crate::Strongroom::session)); within one process a
/// session is a capability, not a wall: code that can read this process's memory can read what it reads.
#[derive(Clone)]
pub struct Session {
    pub(crate) room: Arc<Room>,
    pub(crate) who: Arc<Who>,
}

impl Session {
    /// Sends any operation of any service on its walk.
    ///
    /// # Errors
    /// In order of checking: `Locked`; `InvalidRequest` for members against the model of the operation; `Expired` when the
    /// principal is gone or its time is over; `AccessDenied`; then the operation's own.
    #[expect(private_bounds, reason = "what a walk does is the crate's own affair; every `Operation` has one")]
    pub fn call<O: Walk>(&self, mut request: O) -> Result<O::Response, Error> {
        // What AWS's SDKs do for their callers: an idempotency token for those who bring none.
        if let Some(token @ None) = request.client_token() {
            *token = Some(self.room.token()?);
        }
        request.run(self)
    }
    /// The ARN by which policies know this principal.
    #[must_use]
    pub fn principal_arn(&self) -> &str {
        &self.who.arn
    }
    /// The operations of KMS.
    #[must_use]
    pub fn kms(&self) -> Kms<'_> {
        Kms(self)
    }
    /// The operations of IAM.
    #[must_use]
    pub fn iam(&self) -> Iam<'_> {
        Iam(self)
    }
    /// The operations of STS.
    #[must_use]
    pub fn sts(&self) -> Sts<'_> {
        Sts(self)
    }

    pub(crate) fn context<L: Look>(&self, look: &L) -> Result<CallContext<'_>, Error> {
        let room = &*self.room;
        // Time never runs backwards: not before the latest instant that this view's store has committed.
        let observed = room.clock.now().max(look.high_water());
        if self.who.expires.is_some_and(|expires| expires <= observed) {
            return Err(error::session_expired());
        }
        let standing = look.standing(&self.who, &room.none)?;
        Ok(CallContext::new(standing, observed, room.ledger.home(), room.audit.is_some()))
    }

    /// A walk that only reads.
    pub(crate) fn read<O: Read>(&self, request: &O) -> Result<O::Response, Error> {
        let room = &*self.room;
        room.unlocked()?;
        request.check()?;
        let view = room.ledger.view()?;
        let call = self.context(&view)?;
        let visit = Visit::new(&view, &room.gate, &room.keystore, &room.ledger, &call);
        let answer = request.walk(&visit);
        self.tell(O::SERVICE, O::NAME, &visit, &answer)?;
        answer
    }

    /// A walk that may write: weighed on the view first, so that the denied never take the writer's turn, and again inside
    /// its change.
    pub(crate) fn write<O: Write>(&self, request: &O) -> Result<O::Response, Error> {
        let room = &*self.room;
        room.unlocked()?;
        request.check()?;
        {
            let view = room.ledger.view()?;
            let call = self.context(&view)?;
            let visit = Visit::new(&view, &room.gate, &room.keystore, &room.ledger, &call);
            let weighed = request.weigh(&visit);
            if weighed.is_err() {
                self.tell(O::SERVICE, O::NAME, &visit, &weighed)?;
                weighed?;
            }
        }
        let change = room.ledger.change()?;
        let mut call = self.context(&change)?;
        call.record_always();
        let visit = Visit::new(&change, &room.gate, &room.keystore, &room.ledger, &call);
        let answer = request.walk(&visit);
        if answer.is_err() || !change.is_dirty() {
            self.tell(O::SERVICE, O::NAME, &visit, &answer)?;
            return answer;
        }
        room.ledger.write_accesses(&change, ACCESSES_PER_COMMIT)?;
        let event = event(O::SERVICE, O::NAME, &visit, Outcome::Done)?;
        let observed = call.observed;
        change.commit(Some(&event), observed)?;
        // The journal has it; the sink is told as well, so that one stream holds everything.
        if let Some(audit) = &room.audit {
            audit.record(&event).map_err(|fault| error::audit_unavailable().caused_by(fault))?;
        }
        answer
    }

    /// Why a principal would be allowed or refused something: decided by the same evaluator on the same view.
    ///
    /// # Errors
    /// `AccessDenied` without `iam:SimulatePrincipalPolicy` on the principal (`iam:SimulateCustomPolicy` for root and callers
    /// of other accounts) and without the right to read the policy of the resource; `NotFound`; `InvalidRequest`.
    pub fn explain(&self, question: &crate::Question) -> Result<crate::Answer, Error> {
        crate::walk::extension::explain::explain(self, question)
    }

    /// Tells the host's sink of a read, or of a call that changed nothing. No record, no answer.
    pub(crate) fn tell<T, L: Look>(
        &self,
        service: &'static str,
        operation: &'static str,
        visit: &Visit<'_, L>,
        answer: &Result<T, Error>,
    ) -> Result<(), Error> {
        let Some(audit) = &self.room.audit else { return Ok(()) };
        let outcome = answer.as_ref().map_or_else(|refused| Outcome::Refused(refused.code()), |_| Outcome::Done);
        let event = event(service, operation, visit, outcome)?;
        audit.record(&event).map_err(|fault| error::audit_unavailable().caused_by(fault))
    }
}

/// Dates of reads that one commit carries along.
const ACCESSES_PER_COMMIT: usize = 64;

fn event<L: Look>(
    service: &'static str,
    operation: &'static str,
    visit: &Visit<'_, L>,
    outcome: Outcome,
) -> Result<Event, Error> {
    Ok(Event {
        request_id: visit.request_id()?,
        time: visit.observed(),
        principal: visit.call.principal_arn().clone(),
        service,
        operation,
        decisions: visit.call.decisions(),
        outcome,
    })
}

/// KMS, in the hands of one principal.
#[derive(Clone, Copy, Debug)]
pub struct Kms<'s>(pub(crate) &'s Session);
/// IAM, in the hands of one principal.
#[derive(Clone, Copy, Debug)]
pub struct Iam<'s>(pub(crate) &'s Session);
/// STS, in the hands of one principal.
#[derive(Clone, Copy, Debug)]
pub struct Sts<'s>(pub(crate) &'s Session);

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("principal", &self.who.arn).finish_non_exhaustive()
    }
}

macro_rules! methods {
    (() $( $group:ident $service:ident { $( $variant:ident : $name:ident , $method:ident ; )* } )*) => {
        $( methods! { @ $group $service { $( $name , $method ; )* } } )*
    };
    (@ SecretsManager $service:ident { $( $name:ident , $method:ident ; )* }) => {
        /// Secrets Manager.
        impl Session { $( methods! { # $service $name $method } )* }
    };
    (@ $group:ident $service:ident { $( $name:ident , $method:ident ; )* }) => {
        impl $group<'_> { $( methods! { # $service $name $method (0) } )* }
    };
    (# $service:ident $name:ident $method:ident $($field:tt)*) => {
        #[doc = concat!("See [`", stringify!($name), "`](crate::operation::", stringify!($service), "::", stringify!($name), ").")]
        ///
        /// # Errors
        /// As [`Session::call`].
        pub fn $method(
            &self,
            request: impl Into<crate::operation::$service::$name>,
        ) -> Result<<crate::operation::$service::$name as Operation>::Response, Error> {
            methods!(! self $($field)*).call(request.into())
        }
    };
    (! $session:ident) => { $session };
    (! $session:ident (0)) => { $session.0 };
}
crate::operation::for_each_operation!(methods);
