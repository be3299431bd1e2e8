//! What every walk gets: one view or change, the call's context, and the two rooms it may ask.

use std::borrow::Cow;
use std::cell::OnceCell;

use strongroom_keystore::Keystore;

use crate::access::{Act, CallContext, Facts, Gate, KeyAct, KeyFacts, KeyRefused, Leave, Pass, Reaches, Uses};
use crate::clock::Timestamp;
use crate::error::Error;
use crate::ledger::{Change, Ledger, Look, View};
use crate::model::Home;
use crate::model::key::LastUse;
use crate::model::paging::{self, Place, SortOrder};
use crate::name::Text;

/// One call on its way through the rooms.
pub(crate) struct Visit<'v, L> {
    pub look: &'v L,
    pub gate: &'v Gate,
    pub keystore: &'v Keystore,
    pub ledger: &'v Ledger,
    pub call: &'v CallContext<'v>,
    request_id: OnceCell<Text>,
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
        Self { look, gate, keystore, ledger, call, request_id: OnceCell::new() }
    }
    /// The same call before another look, under its own circumstances: another region of the same change.
    pub(crate) fn beside(&self, look: &'v L, call: &'v CallContext<'v>) -> Result<Self, Error> {
        let request_id = OnceCell::from(self.request_id()?);
        Ok(Self { look, call, request_id, ..*self })
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
        let scope = self.scope_of(list);
        let last = match token {
            Some(token) => Some(self.keystore.open_marker(list.number, &scope, token).ok_or_else(list.invalid)?),
            None => None,
        };
        let last = match &last {
            Some(bytes) => Some(Place::from_bytes(bytes).ok_or_else(list.invalid)?),
            None => None,
        };
        let limit = max.and_then(|max| usize::try_from(max).ok()).unwrap_or(list.size);
        let page = paging::page(rows, limit, list.order, last.as_ref(), &place);
        let next = match page.rows.last() {
            Some(row) if page.more => {
                Some(Text::from(self.keystore.seal_marker(list.number, &scope, &place(row).to_bytes())?))
            }
            _ => None,
        };
        Ok((page.rows, next))
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
        let id = Text::from(self.uuid()?);
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
