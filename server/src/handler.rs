//! What answers requests: the AWS wire is one, small local services are others.

use std::fmt;
use std::sync::Arc;

use http::Method;
use strongroom::{Error, Held, SecretBytes};

use crate::{Answer, Endpoint, Request, Verified};

/// What answers the requests of a listener.
pub trait Handler: Send + Sync {
    /// Makes sure who asks, and what for. The work itself is done later, on the thread where it belongs.
    ///
    /// # Errors
    /// The answer to a request that is not taken.
    fn admit(&self, request: Request) -> Result<Box<dyn Work>, Answer>;
}

/// A request that was taken.
pub trait Work: Send {
    /// May it write to the store? Then it goes to the one thread that does.
    fn writes(&self) -> bool {
        false
    }
    /// Service and operation, as metrics name them.
    fn operation(&self) -> (&'static str, &str);
    /// Has somebody proved who asks? Connections of those who have not are the first to go when there are too many.
    fn is_proven(&self) -> bool {
        true
    }
    /// Does it, but for waiting for the disk, unless it [writes](Self::writes).
    fn perform(self: Box<Self>) -> Performed;
}

/// What came of a request.
pub enum Performed {
    /// Its answer.
    Done(Answer),
    /// What makes the answer once a record of the request is durable. It waits for the disk: not on the thread that reads
    /// everybody's requests.
    Held(Box<dyn FnOnce() -> Answer + Send>),
}
impl Performed {
    /// The answer; waits for it.
    #[must_use]
    pub fn finish(self) -> Answer {
        match self {
            Self::Done(answer) => answer,
            Self::Held(finish) => finish(),
        }
    }
    /// What `tell` makes of a call, at once or when it may be told.
    pub(crate) fn of<T: Send + 'static>(
        held: Held<T>,
        tell: impl FnOnce(Result<T, Error>) -> Answer + Send + 'static,
    ) -> Self {
        let is_owing = held.is_owing();
        let finish = move || tell(held.open());
        if is_owing { Self::Held(Box::new(finish)) } else { Self::Done(finish()) }
    }
}
impl fmt::Debug for Performed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Done(_) => "Done",
            Self::Held(_) => "Held",
        })
    }
}

impl Handler for Endpoint {
    fn admit(&self, request: Request) -> Result<Box<dyn Work>, Answer> {
        match Self::admit(self, request) {
            Ok(verified) => Ok(Box::new(verified)),
            Err(answer) => Err(answer),
        }
    }
}

impl Work for Verified {
    fn writes(&self) -> bool {
        Self::writes(self)
    }
    fn operation(&self) -> (&'static str, &str) {
        Self::operation(self)
    }
    fn perform(self: Box<Self>) -> Performed {
        Self::begin(*self)
    }
}

/// Handlers by the path that they are for; what is for nobody goes to the last one.
#[derive(Clone)]
pub struct Router {
    places: Vec<(String, Arc<dyn Handler>)>,
    others: Arc<dyn Handler>,
}

impl fmt::Debug for Router {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let places: Vec<_> = self.places.iter().map(|(path, _)| path).collect();
        f.debug_struct("Router").field("places", &places).finish_non_exhaustive()
    }
}

impl Router {
    /// Everything goes to this one.
    #[must_use]
    pub fn new(others: Arc<dyn Handler>) -> Self {
        Self { places: Vec::new(), others }
    }
    /// This path, and all below it if it ends with a slash, goes to that one.
    #[must_use]
    pub fn at(mut self, path: &str, handler: Arc<dyn Handler>) -> Self {
        self.places.push((path.to_owned(), handler));
        self
    }
}

impl Handler for Router {
    fn admit(&self, request: Request) -> Result<Box<dyn Work>, Answer> {
        let path = request.target.split('?').next().unwrap_or_default();
        let is_for = |place: &str| path == place || (place.ends_with('/') && path.starts_with(place));
        match self.places.iter().find(|(place, _)| is_for(place)) {
            Some((_, handler)) => Arc::clone(handler).admit(request),
            None => self.others.admit(request),
        }
    }
}

/// Says that requests are answered here: `GET`, no secret needed, nothing told of what is in the store.
#[derive(Clone, Copy, Debug)]
pub struct Health;

impl Handler for Health {
    fn admit(&self, request: Request) -> Result<Box<dyn Work>, Answer> {
        gets(&request)?;
        Ok(Ready::boxed("health", plain(200, "healthy")))
    }
}

/// Nothing is found here.
#[derive(Clone, Copy, Debug)]
pub struct Nothing;

impl Handler for Nothing {
    fn admit(&self, _request: Request) -> Result<Box<dyn Work>, Answer> {
        Err(plain(404, "Not found"))
    }
}

/// An answer that needs no work any more, nor anybody's name.
pub(crate) struct Ready {
    name: &'static str,
    answer: Answer,
}

impl Ready {
    pub(crate) fn boxed(name: &'static str, answer: Answer) -> Box<dyn Work> {
        Box::new(Self { name, answer })
    }
}

impl Work for Ready {
    fn operation(&self) -> (&'static str, &str) {
        ("local", self.name)
    }
    fn is_proven(&self) -> bool {
        false
    }
    fn perform(self: Box<Self>) -> Performed {
        Performed::Done(self.answer)
    }
}

/// Refuses what is no `GET`, in the words of AWS's agent.
pub(crate) fn gets(request: &Request) -> Result<(), Answer> {
    if request.method == Method::GET { Ok(()) } else { Err(plain(405, "Not allowed")) }
}

/// A few words that are no secret.
pub(crate) fn plain(status: u16, text: &str) -> Answer {
    let headers = vec![("content-type", "text/plain; charset=utf-8".to_owned())];
    Answer { status, headers, body: SecretBytes::from(text) }
}

/// A JSON text, which may hold a secret.
pub(crate) fn json(status: u16, body: SecretBytes) -> Answer {
    let headers = vec![("content-type", "application/json".to_owned()), ("cache-control", "no-store".to_owned())];
    Answer { status, headers, body }
}
