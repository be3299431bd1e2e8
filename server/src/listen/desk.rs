//! From a parsed head to an answer: the checks that come before anybody looks at who asks.

use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::{Request as Head, Response};
use strongroom::name::Text;
use strongroom::{Circumstances, SecretBytes};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::bind::Hosts;
use super::connection::{Connection, Registry};
use super::guard;
use super::limits::Limits;
use crate::handler::{Handler, Performed};
use crate::log::{Level, Log};
use crate::metrics::Metrics;
use crate::protocol::error::{Front, Refusal};
use crate::request_id;
use crate::writer::Writer;
use crate::{Answer, Request};

/// What all connections of a listener share.
pub(super) struct Desk {
    pub(super) handler: Arc<dyn Handler>,
    pub(super) hosts: Hosts,
    pub(super) shared: Arc<Shared>,
}

/// What all connections of a server share.
pub(super) struct Shared {
    pub(super) limits: Arc<Limits>,
    pub(super) registry: Arc<Registry>,
    /// Bytes for great bodies.
    pub(super) bodies: Semaphore,
    pub(super) writer: Writer,
    pub(super) metrics: Arc<Metrics>,
    pub(super) log: Log,
    /// Tells that something has become due.
    pub(super) due: Option<SyncSender<()>>,
}

/// A request that is not even looked at: the same shape for all, and the end of the connection, for nobody knows what comes
/// behind it.
struct Refused {
    status: u16,
    code: &'static str,
    message: &'static str,
    /// As metrics name it.
    why: &'static str,
}

impl Refused {
    const fn new(status: u16, code: &'static str, message: &'static str, why: &'static str) -> Self {
        Self { status, code, message, why }
    }
}

impl Desk {
    /// Answers one request.
    pub(super) async fn answer(
        &self,
        connection: &Arc<Connection>,
        circumstances: Circumstances,
        request: Head<Incoming>,
    ) -> Response<Full<Bytes>> {
        if let Some((why, service)) = guard::refused(&request) {
            // Counted where the bytes were.
            let refusal = Refusal::front(service, Front::Serialization, why.message());
            return written(refusal.answer(Text::from(request_id::random())), true);
        }
        let shared = &*self.shared;
        let (request, _room) = match self.read(request, circumstances).await {
            Ok(read) => read,
            Err(refused) => {
                shared.metrics.refused(refused.why);
                return written(refused.into(), true);
            }
        };
        let _answering = shared.registry.answering(connection);
        let began = Instant::now();
        let work = match self.handler.admit(request) {
            Ok(work) => work,
            Err(answer) => {
                self.note("none", "none", answer.status, began);
                return written(answer, false);
            }
        };
        if work.is_proven() {
            connection.prove();
        }
        let (service, operation) = {
            let (service, operation) = work.operation();
            (service, operation.to_owned())
        };
        let answer = if work.writes() {
            shared.writer.perform(Box::new(|| work.perform().finish())).await
        } else {
            match work.perform() {
                Performed::Done(answer) => Some(answer),
                Performed::Held(finish) => shared.writer.perform(finish).await,
            }
        };
        // The writer's thread came down over it.
        let answer = answer.unwrap_or_else(|| FAILED.into());
        self.note(service, &operation, answer.status, began);
        if operation == "RotateSecret"
            && let Some(due) = &shared.due
        {
            // Full is as good: somebody has said so already.
            let _ = due.try_send(());
        }
        written(answer, false)
    }
    fn note(&self, service: &'static str, operation: &str, status: u16, began: Instant) {
        let shared = &*self.shared;
        let time = began.elapsed();
        shared.metrics.answered(service, operation, status, time);
        shared.log.tell(Level::Debug, format_args!("{service} {operation} {status} {} us", time.as_micros()));
    }
    /// The whole of a request, and the room that its body takes.
    async fn read(
        &self,
        request: Head<Incoming>,
        circumstances: Circumstances,
    ) -> Result<(Request, Option<SemaphorePermit<'_>>), Refused> {
        let shared = &*self.shared;
        let (head, mut incoming) = request.into_parts();
        let text = |name: HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok());
        if !text(header::HOST).is_some_and(|host| self.hosts.admit(host)) {
            return Err(OTHER_HOST);
        }
        if head.headers.contains_key(header::ORIGIN) || head.headers.contains_key("sec-fetch-site") {
            return Err(BROWSER);
        }
        if text(header::EXPECT).is_some_and(|expected| !expected.eq_ignore_ascii_case("100-continue")) {
            return Err(EXPECTED);
        }
        let length = incoming.size_hint().exact().and_then(|length| usize::try_from(length).ok());
        let length = length.filter(|length| *length <= shared.limits.body_bytes).ok_or(TOO_LARGE)?;
        let room = if length > SMALL {
            let bytes = u32::try_from(length).map_err(|_| TOO_LARGE)?;
            Some(shared.bodies.try_acquire_many(bytes).map_err(|_| NO_ROOM)?)
        } else {
            None
        };
        let mut body = Zeroizing::new(Vec::with_capacity(length));
        while let Some(frame) = incoming.frame().await {
            let frame = frame.map_err(|_| CUT)?;
            if let Some(part) = frame.data_ref().filter(|part| part.len() <= length.saturating_sub(body.len())) {
                body.extend_from_slice(part);
            }
        }
        if body.len() != length {
            return Err(CUT);
        }
        let mut circumstances = circumstances;
        if let Some(agent) = text(header::USER_AGENT) {
            circumstances = circumstances.user_agent(agent);
        }
        if let Some(referer) = text(header::REFERER) {
            circumstances = circumstances.referer(referer);
        }
        let target = head.uri.path_and_query().map_or_else(|| "/".to_owned(), |target| target.as_str().to_owned());
        Ok((Request { method: head.method, target, headers: head.headers, body, circumstances }, room))
    }
}

impl From<Refused> for Answer {
    fn from(refused: Refused) -> Self {
        let Refused { status, code, message, .. } = refused;
        let headers = vec![("content-type", "application/x-amz-json-1.1".to_owned())];
        Self { status, headers, body: SecretBytes::from(format!(r#"{{"__type":"{code}","message":"{message}"}}"#)) }
    }
}

/// Bytes that are wiped when the last part of them was sent.
struct Wiped(SecretBytes);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        self.0.expose()
    }
}

fn written(answer: Answer, is_last: bool) -> Response<Full<Bytes>> {
    let Answer { status, headers, body } = answer;
    let mut response = Response::new(Full::new(Bytes::from_owner(Wiped(body))));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    let fields: &mut HeaderMap = response.headers_mut();
    for (name, value) in headers {
        // What is no header is ours, and of no use to anybody.
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value)) {
            fields.insert(name, value);
        }
    }
    if !fields.contains_key(REQUEST_ID)
        && let Ok(id) = HeaderValue::from_str(&request_id::random())
    {
        fields.insert(REQUEST_ID, id);
    }
    if is_last {
        fields.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

const REQUEST_ID: &str = "x-amzn-requestid";
/// Bodies up to this are bounded by the number of connections.
const SMALL: usize = 64 << 10;

const OTHER_HOST: Refused =
    Refused::new(421, "InvalidHost", "the Host header names another server than this one", "host");
const BROWSER: Refused = Refused::new(403, "AccessDenied", "pages of browsers are not served", "browser");
const EXPECTED: Refused = Refused::new(417, "InvalidRequest", "only 100-continue can be expected", "expect");
const TOO_LARGE: Refused =
    Refused::new(413, "RequestEntityTooLargeException", "the body is longer than any operation takes", "body_too_long");
const NO_ROOM: Refused =
    Refused::new(503, "ServiceUnavailable", "too many great requests at once; try again", "no_room");
const CUT: Refused = Refused::new(400, "InvalidRequest", "the body ends before its length", "body_cut");
const FAILED: Refused = Refused::new(500, "InternalFailure", "the request failed; it may be tried again", "failed");
