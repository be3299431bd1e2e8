//! Watching a secret: a look through the gate whenever a commit may have changed what it shows, and only then.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use crate::audit::Event;
use crate::error::{self, Error};
use crate::ledger::{Look, Marks, View, Watched};
use crate::model::secret::SecretId;
use crate::name::Text;
use crate::operation::Operation;
use crate::operation::secretsmanager::DescribeSecret;
use crate::walk::caller::{event, outcome};
use crate::walk::{Caller, Visit};

/// A subscription to one secret: tells that its value or its labels have changed, that it was scheduled for deletion or
/// restored, deleted, or made anew under its name. Not what they are now: to read them is a call of its own.
///
/// Nothing runs in the background: a watch is two numbers that commits raise, and a bell. Whoever never asks costs nothing, and
/// changes are not queued: however many there were since it was last asked, a watch tells of them once, and not at all if all is
/// again as it was. It keeps the store open as a session does.
///
/// Each time that rights may have changed, or the secret was touched, the caller is weighed again, for
/// `secretsmanager:DescribeSecret`. From a change of rights that takes it away on, a watch answers the denial and nothing else. A
/// secret that is deleted is weighed, like any that does not exist, by the name it was asked for: a caller whose rights were for
/// its full ARN, or came from its own policy, is denied then.
///
/// Time alone wakes nobody: a secret whose recovery window is over is told of when it is removed, by
/// [`Strongroom::run_due`](crate::Strongroom::run_due) or a new secret of its name.
///
/// ```
/// use std::time::Duration;
/// # use strongroom::operation::secretsmanager::{CreateSecret, PutSecretValue};
/// # fn main() -> Result<(), strongroom::Error> {
/// # let room = strongroom::Strongroom::builder().create_in_memory(strongroom::Unlock::root_key([7; 32].as_slice()))?;
/// # let (session, other) = (room.root(), room.root());
/// # session.create_secret(CreateSecret::text("app/config", "1"))?;
/// let mut watch = session.watch("app/config")?;
/// let first = session.get_secret_value("app/config")?;
/// assert!(!watch.changed()?);
/// std::thread::scope(|threads| {
///     threads.spawn(|| other.put_secret_value(PutSecretValue::text("app/config", "2")));
///     watch.wait(Duration::from_secs(60))
/// })?;
/// assert_eq!(session.get_secret_value("app/config")?.value(), b"2");
/// # Ok(())
/// # }
/// ```
pub struct Watch {
    caller: Caller,
    request: DescribeSecret,
    place: Watched,
    /// Read before the look that `seen` comes from.
    marks: Marks,
    hasher: RandomState,
    seen: Seen,
    generation: u64,
}

/// What a look shows, as far as a watch tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    /// `None`: there is no such secret.
    arn: Option<Text>,
    /// Of versions, labels, and the deletion: however many versions there are, it is one number.
    print: u64,
}

/// What came of one look; nobody was told of it yet.
struct News {
    outcome: Result<(Marks, Seen, u64), Error>,
    event: Event,
}

impl Watch {
    /// # Errors
    /// As DescribeSecret.
    pub(crate) fn begin(caller: &Caller, secret_id: &str) -> Result<Self, Error> {
        let room = &*caller.room;
        room.unlocked()?;
        caller.may_record()?;
        let request = DescribeSecret::new(secret_id);
        request.check()?;
        // Of no account's or no region's secret here nothing is ever told: the gate answers, and the name is of no matter.
        let name = SecretId::parse(secret_id, caller.home())?.candidate().unwrap_or(secret_id);
        let place = room.ledger.watches().enter(&caller.home().region, name);
        let marks = place.marks();
        let view = caller.view()?;
        let call = caller.context(&view)?;
        let visit = caller.visit(&view, &call);
        let hasher = RandomState::new();
        let answer = caller.in_scope::<DescribeSecret>().and_then(|()| {
            let seen = look(&request, &visit, &hasher)?;
            if seen.arn.is_some() { Ok(seen) } else { Err(error::secretsmanager::secret_not_found()) }
        });
        let generation = view.generation();
        let owed = caller.tell(TOLD_AS.0, TOLD_AS.1, &visit, &answer)?;
        drop(visit);
        drop(call);
        drop(view);
        caller.pay(owed)?;
        let seen = answer?;
        Ok(Self { caller: caller.clone(), request, place, marks, hasher, seen, generation })
    }
    /// The number of the commit as of which it last told of a change; at first, of the newest when it began.
    #[must_use]
    pub fn generation(&self) -> u64 {
        self.generation
    }
    /// ARN of the secret as it last told; `None`: it was deleted. One made anew under the name has another.
    #[must_use]
    pub fn arn(&self) -> Option<&str> {
        self.seen.arn.as_deref()
    }
    /// Has anything changed since it was last asked, or since it began? Never waits; two atomic reads if nothing was committed
    /// that matters.
    ///
    /// # Errors
    /// `AccessDenied`, again and again, once the caller may not know any more; `Expired` when its session is over; `Locked`;
    /// `Storage` and the like.
    pub fn changed(&mut self) -> Result<bool, Error> {
        self.is_on()?;
        if self.place.marks() == self.marks {
            return Ok(false);
        }
        let news = self.look()?;
        self.told(news)
    }
    /// Waits until there is something to tell, at most so long; false: there was nothing. Other threads' commits end it.
    ///
    /// # Errors
    /// As [`changed`](Self::changed): whoever loses the right while it waits is told so at once.
    pub fn wait(&mut self, at_most: Duration) -> Result<bool, Error> {
        let bell = self.place.bell();
        let mut found = Ok(None);
        bell.wait_while(at_most, || {
            found = self.glance();
            matches!(found, Ok(None))
        });
        match found? {
            Some(news) => self.told(Some(news)),
            None => self.is_on().map(|()| false),
        }
    }

    /// Whatever there is to tell, or to refuse.
    fn glance(&mut self) -> Result<Option<News>, Error> {
        self.is_on()?;
        if self.place.marks() == self.marks { Ok(None) } else { self.look() }
    }
    /// Is there still a store, and a session?
    fn is_on(&self) -> Result<(), Error> {
        let (room, who) = (&self.caller.room, &self.caller.who);
        room.unlocked()?;
        // The rest of what ends a session is committed somewhere, and looked at then.
        if who.expires.is_some_and(|expires| expires <= room.observed()) {
            return Err(error::session_expired());
        }
        Ok(())
    }
    /// Goes through the gate. What shows nothing new is no news, and no event: it says nothing that silence did not.
    fn look(&mut self) -> Result<Option<News>, Error> {
        let marks = self.place.marks();
        let view = self.caller.view()?;
        let call = self.caller.context(&view)?;
        let visit = self.caller.visit(&view, &call);
        let looked = look(&self.request, &visit, &self.hasher);
        if looked.as_ref().is_ok_and(|seen| *seen == self.seen) {
            self.marks = marks;
            return Ok(None);
        }
        let event = event(TOLD_AS.0, TOLD_AS.1, &visit, outcome(&looked))?;
        Ok(Some(News { outcome: looked.map(|seen| (marks, seen, view.generation())), event }))
    }
    /// No record, no answer: until there is one, the news stays news. So does a refusal, to whoever asks again.
    fn told(&mut self, news: Option<News>) -> Result<bool, Error> {
        let Some(News { outcome, event }) = news else { return Ok(false) };
        self.caller.may_record()?;
        let owed = self.caller.record(&[&event])?;
        self.caller.pay(owed)?;
        (self.marks, self.seen, self.generation) = outcome?;
        Ok(true)
    }
}
impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch")
            .field("arn", &self.seen.arn)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

fn look(request: &DescribeSecret, visit: &Visit<'_, View<'_>>, hasher: &RandomState) -> Result<Seen, Error> {
    let secret = visit.admit(request, visit.look.secret(&request.secret_id, visit.call)?)?;
    let Some(entry) = secret.row() else { return Ok(Seen { arn: None, print: 0 }) };
    let row = &entry.row;
    let versions = row.versions.iter().map(|version| (&version.id, &version.labels, version.value.is_some()));
    let print = hasher.hash_one((versions.collect::<Vec<_>>(), row.deletion.is_some()));
    Ok(Seen { arn: Some(row.arn.clone()), print })
}

/// Service and name in events.
const TOLD_AS: (&str, &str) = ("strongroom", "Watch");
