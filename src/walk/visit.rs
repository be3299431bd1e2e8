//! What every walk gets: one view or change, the call's context, and the two rooms it may ask.

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};

use strongroom_keystore::Keystore;

use crate::access::{Act, CallContext, Facts, Gate, KeyAct, KeyFacts, KeyRefused, Leave, Pass, Reaches, Uses};
use crate::audit::{Event, Outcome};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::ledger::{Change, Ledger, Look, View};
use crate::model::Home;
use crate::model::key::LastUse;
use crate::model::paging::{self, Place, SortOrder};
use crate::name::Text;
use crate::walk::caller::event_of;

/// One call on its way through the rooms.
pub(crate) struct Visit<'v, L> {
    pub look: &'v L,
    pub gate: &'v Gate,
    pub keystore: &'v Keystore,
    pub ledger: &'v Ledger,
    pub call: &'v CallContext<'v>,
    request_id: OnceCell<Text>,
    parts: RefCell<Vec<Event>>,
}
/// A list that comes in pages.
pub(crate) struct List<'a> {
    /// Tells lists apart: a token of one is none of another.
    pub number: u8,
    /// What was asked of it: filters, order, the secret or key it belongs to.
    pub scope: &'a [u8],
    pub order: SortOrder,
    /// Size of a page that names none.
    pub size: usize,
    /// The service's answer to a token that is not its own.
    pub invalid: fn() -> Error,
}
impl List<'_> {
    /// The size of a page.
    pub(crate) fn limit(&self, max: Option<i64>) -> usize {
        max.and_then(|max| usize::try_from(max).ok()).unwrap_or(self.size)
    }
}
/// The content of a token, which is this list's.
pub(crate) struct Marker {
    bytes: Vec<u8>,
    invalid: fn() -> Error,
}
impl Marker {
    /// The last row of the page before.
    pub(crate) fn place(&self) -> Result<Place<'_>, Error> {
        Place::from_bytes(&self.bytes).ok_or_else(self.invalid)
    }
}

/// A visit that only reads.
pub(crate) type Reading<'v> = Visit<'v, View<'v>>;
/// A visit that may write.
pub(crate) type Writing<'v, 'l> = Visit<'v, Change<'l>>;

impl<'v, L: Look> Visit<'v, L> {
    pub(crate) fn new(
        look: &'v L,
        gate: &'v Gate,
        keystore: &'v Keystore,
        ledger: &'v Ledger,
        call: &'v CallContext<'v>,
    ) -> Self {
        Self { look, gate, keystore, ledger, call, request_id: OnceCell::new(), parts: RefCell::default() }
    }
    /// The same call before another look, under its own circumstances: another region of the same change.
    pub(crate) fn beside(&self, look: &'v L, call: &'v CallContext<'v>) -> Result<Self, Error> {
        let request_id = OnceCell::from(self.request_id()?);
        let Self { gate, keystore, ledger, .. } = *self;
        Ok(Self { look, gate, keystore, ledger, call, request_id, parts: RefCell::default() })
    }
    pub(crate) fn observed(&self) -> Timestamp {
        self.call.observed
    }
    pub(crate) fn home(&self) -> &'v Home {
        self.look.home()
    }
    pub(crate) fn admit<A: Act>(&self, act: &A, facts: Facts<'v, A::On>) -> Result<Pass<'v, A, A::On>, Error> {
        self.gate.admit(act, self.call, facts)
    }
    /// The second decision, on a key that is used through a secret.
    pub(crate) fn permit<'p, K: KeyAct, A: Reaches<K>, R>(
        &self,
        pass: &'p Pass<'v, A, R>,
        version_id: &'p str,
        sealed: Option<u32>,
        key: Option<&'p Facts<'v, KeyFacts>>,
    ) -> Result<Leave<'p, K::Use>, KeyRefused> {
        // A key that is gone refuses in the words of one that is not there to serve.
        let key = key.ok_or(KeyRefused::NoMaterial)?;
        self.gate.permit::<K, A, R>(self.call, pass, version_id, sealed, key)
    }
    /// Notes a use of a key that succeeded, for GetKeyLastUsage. Never fails: what was done stays done.
    #[inline]
    pub(crate) fn note_use<K: KeyAct>(&self, uses: &Uses, key: &[u8; 16]) {
        if let Some(operation) = uses.news(K::ACTION, self.observed())
            && let Ok(event) = self.request_id()
        {
            let used = LastUse { operation: Text::from(operation), at: self.observed(), event };
            self.ledger.accesses().note_key(key, uses.written, used);
        }
    }
    /// One page of sorted rows, and the token of the next one. A token is bound to the list and to what was asked of it.
    pub(crate) fn page<'r, T>(
        &self,
        list: &List<'_>,
        token: Option<&str>,
        max: Option<i64>,
        rows: &'r [T],
        place: impl Fn(&T) -> Place<'_>,
    ) -> Result<(&'r [T], Option<Text>), Error> {
        let marker = self.marker(list, token)?;
        let last = marker.as_ref().map(Marker::place).transpose()?;
        let page = paging::page(rows, list.limit(max), list.order, last.as_ref(), &place);
        let next = match page.rows.last() {
            Some(row) if page.more => Some(self.next_token(list, &place(row))?),
            _ => None,
        };
        Ok((page.rows, next))
    }
    /// What a list's token says, if there is one.
    pub(crate) fn marker(&self, list: &List<'_>, token: Option<&str>) -> Result<Option<Marker>, Error> {
        let Some(token) = token else { return Ok(None) };
        let bytes = self.keystore.open_marker(list.number, &self.scope_of(list), token).ok_or_else(list.invalid)?;
        Ok(Some(Marker { bytes, invalid: list.invalid }))
    }
    /// The token of the page behind that place.
    pub(crate) fn next_token(&self, list: &List<'_>, last: &Place<'_>) -> Result<Text, Error> {
        Ok(Text::from(self.keystore.seal_marker(list.number, &self.scope_of(list), &last.to_bytes())?))
    }
    /// Ends a part of the call, of which AWS keeps a record of its own: it takes along the decisions that were made for it, all
    /// behind the first so many.
    pub(crate) fn part(
        &self,
        service: &'static str,
        operation: &'static str,
        outcome: Outcome,
        begun: usize,
    ) -> Result<(), Error> {
        if self.call.is_recorded() {
            let decisions = self.call.decisions_from(begun);
            self.parts.borrow_mut().push(event_of(service, operation, self, outcome, decisions)?);
        }
        Ok(())
    }
    /// The records of the parts that have ended.
    pub(crate) fn parts(&self) -> Vec<Event> {
        self.parts.take()
    }
    /// What a token is bound to. Lists of another region than the store's own are other lists; IAM has no regions.
    fn scope_of<'s>(&self, list: &List<'s>) -> Cow<'s, [u8]> {
        match self.look.abroad().filter(|_| list.number < REGIONAL_LISTS) {
            None => Cow::Borrowed(list.scope),
            Some(region) => Cow::Owned([b"region\0", region.as_bytes(), b"\0", list.scope].concat()),
        }
    }
    /// Random bytes for names of things: suffixes, ids. Never key material.
    pub(crate) fn fill(&self, out: &mut [u8]) -> Result<(), Error> {
        self.keystore.fill(out).map_err(Error::from)
    }
    /// A random UUID as text.
    pub(crate) fn uuid(&self) -> Result<String, Error> {
        let mut bytes = [0; 16];
        self.fill(&mut bytes)?;
        Ok(uuid::Builder::from_random_bytes(bytes).into_uuid().hyphenated().to_string())
    }
    /// A random id, version 4 of UUIDs.
    pub(crate) fn new_id(&self) -> Result<[u8; 16], Error> {
        let mut bytes = [0; 16];
        self.fill(&mut bytes)?;
        Ok(uuid::Builder::from_random_bytes(bytes).into_uuid().into_bytes())
    }
    pub(crate) fn request_id(&self) -> Result<Text, Error> {
        if let Some(id) = self.request_id.get() {
            return Ok(id.clone());
        }
        let id = match &self.call.standing.who.request_id {
            Some(id) => id.clone(),
            None => Text::from(self.uuid()?),
        };
        Ok(self.request_id.get_or_init(|| id).clone())
    }
}
impl<L> std::fmt::Debug for Visit<'_, L> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Visit").field("call", &self.call).finish_non_exhaustive()
    }
}

/// Lists of Secrets Manager and KMS have numbers below this one, those of IAM from it on.
const REGIONAL_LISTS: u8 = 32;
