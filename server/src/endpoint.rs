//! From a request to its answer: one gate, then the call. What handles requests behind the gate gets a [`Verified`], which
//! nothing else makes; there is no operation without a signature.

use http::{HeaderMap, Method};
use strongroom::clock::Timestamp;
use strongroom::name::Text;
use strongroom::operation::{ALL, AnyRequest};
use strongroom::{Circumstances, Door, ErrorKind, SecretBytes, Session};
use zeroize::Zeroizing;

use crate::handler::Performed;
use crate::protocol::error::{Front, Refusal};
use crate::protocol::{self, Service, answer};
use crate::request_id;
use crate::sigv4::{Authorization, Fault, Head, Noted, Replay, Signing, fingerprint};

/// A request as it came over the wire, whole.
pub struct Request {
    /// Its method.
    pub method: Method,
    /// Its target as it was received: only `/` is served.
    pub target: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body; wiped when it has been read.
    pub body: Zeroizing<Vec<u8>>,
    /// How it came in. What the headers tell of the program is added here.
    pub circumstances: Circumstances,
}
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Request({} {} bytes)", self.method, self.body.len())
    }
}

/// What goes back.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers, their names in lower case; always a request id, and the type of the body. Its length is not among them.
    pub headers: Vec<(&'static str, String)>,
    /// The body, which may hold a secret.
    pub body: SecretBytes,
}

/// The gate of a store that is served over the wire.
#[derive(Debug)]
pub struct Endpoint {
    door: Door,
    replay: Replay,
}

impl Endpoint {
    /// Of the store behind this door.
    #[must_use]
    pub fn new(door: Door) -> Self {
        Self { door, replay: Replay::default() }
    }
    /// Lets a request in that is signed by somebody whom the store knows, for an operation that there is.
    ///
    /// # Errors
    /// The answer that refuses it.
    pub fn admit(&self, request: Request) -> Result<Verified, Answer> {
        // Locked, the store has no ids to give; the answer has one all the same.
        let request_id = self.door.request_id().unwrap_or_else(|_| Text::from(request_id::random()));
        match self.verify(request, &request_id) {
            Ok((session, service, request)) => Ok(Verified { session, service, request, request_id }),
            Err(refusal) => Err(refusal.answer(request_id)),
        }
    }

    fn verify(&self, request: Request, request_id: &Text) -> Result<(Session, Service, AnyRequest), Refusal> {
        let Request { method, target, headers, body, circumstances } = request;
        let head = Head::of(&headers).map_err(|fault| {
            // A head that is not understood says nothing of its service either.
            Refusal::fault(Service::SecretsManager, &fault)
        })?;
        let guessed = Service::guess(&head);
        route(&method, &target, guessed)?;
        let value = head.authorization.ok_or_else(|| Refusal::fault(guessed, &Fault::Missing))?;
        let authorization = Authorization::parse(value).map_err(|fault| Refusal::fault(guessed, &fault))?;
        let Some(service) = Service::of_scope(authorization.service).filter(|service| service.agrees(&head)) else {
            let text = format!("Credential should be scoped to correct service: '{}'.", guessed.name());
            return Err(Refusal::front(guessed, Front::InvalidSignature, text));
        };
        let now = self.door.now();
        let signing = Signing::of(method.as_str(), &head, authorization, &body, now)
            .map_err(|fault| Refusal::fault(service, &fault))?;
        let session = self
            .door
            .authenticate(&signing.signed(), told_by(&head, circumstances.request_id(request_id)))
            .map_err(|error| match error.kind() {
            ErrorKind::InvalidRequest => {
                Refusal::front(service, Front::InvalidSignature, "Credential should be scoped to a valid region.")
            }
            _ => Refusal::of(service, &error),
        })?;
        let request = protocol::read(service, &head, &body)?;
        if request.writes() {
            self.once(service, &head, &signing, now)?;
        }
        Ok((session, service, request))
    }
    /// A request that changes something is taken once.
    fn once(&self, service: Service, head: &Head<'_>, signing: &Signing<'_>, now: Timestamp) -> Result<(), Refusal> {
        let fingerprint = fingerprint(&signing.authorization.signature, head);
        match self.replay.note(&fingerprint, signing.expires, now) {
            Noted::New => Ok(()),
            Noted::Again => Err(Refusal::front(
                service,
                Front::InvalidSignature,
                "Duplicate request: a request that changes something is taken once. To send it again, sign it again.",
            )),
            Noted::Full => Err(Refusal::front(service, Front::Throttling, "Rate exceeded")),
        }
    }
}

/// One path and one method; everything that is asked in a query is refused.
fn route(method: &Method, target: &str, service: Service) -> Result<(), Refusal> {
    if target.contains("X-Amz-Signature") || target.contains("X-Amz-Algorithm") {
        return Err(Refusal::front(
            service,
            Front::IncompleteSignature,
            "Presigned requests are not taken: the signature must be in the Authorization header.",
        ));
    }
    if target != "/" {
        return Err(Refusal::front(service, Front::NotThisPath, "The path must be /, without a query."));
    }
    if method != Method::POST {
        return Err(Refusal::front(service, Front::NotThisMethod, "The method must be POST."));
    }
    Ok(())
}

/// What the program says of itself, beside how its request came in.
fn told_by(head: &Head<'_>, circumstances: Circumstances) -> Circumstances {
    let circumstances = match head.user_agent {
        Some(text) => circumstances.user_agent(text),
        None => circumstances,
    };
    match head.referer {
        Some(text) => circumstances.referer(text),
        None => circumstances,
    }
}

/// A request whose signature is its caller's: the only thing that is performed.
#[derive(Debug)]
pub struct Verified {
    session: Session,
    service: Service,
    request: AnyRequest,
    request_id: Text,
}

impl Verified {
    /// May it change anything? Then it belongs on the thread that writes.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.request.writes()
    }
    /// Service and operation.
    #[must_use]
    pub fn operation(&self) -> (&'static str, &str) {
        (self.request.service(), self.request.name())
    }
    /// The id that its answer has.
    #[must_use]
    pub fn request_id(&self) -> &str {
        &self.request_id
    }
    /// Makes the call. Whether the caller may is decided in here. Waits for what has to be durable before it is answered.
    #[must_use]
    pub fn perform(self) -> Answer {
        self.begin().finish()
    }
    /// The same; what a read has to wait for is left to whoever may wait.
    #[must_use]
    pub fn begin(self) -> Performed {
        let Self { session, service, request, request_id } = self;
        let name = request.name();
        Performed::of(session.hold_as_sent(request), move |answered| match answered {
            Ok(response) => {
                let entry = ALL.iter().find(|entry| entry.name == name && entry.service == service.name());
                let is_empty = entry.is_some_and(|entry| entry.response.is_empty());
                answer::done(service, name, is_empty, &response, request_id)
            }
            Err(error) => Refusal::of(service, &error).answer(request_id),
        })
    }
}
