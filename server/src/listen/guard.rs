//! Stands between a socket and the parser: holds the bytes against the strict form, and both sides to their time.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};
use zeroize::Zeroizing;

use super::connection::Connection;
use super::limits::Limits;
use super::strict::{Place, Refused, Strict};
use crate::metrics::Metrics;
use crate::protocol::Service;

/// A stream that gives the parser nothing but requests of the strict form, and of each the whole head at once. In the place of
/// one that is refused it gets a request that no client can send, which the desk answers.
pub(crate) struct Guard<S> {
    stream: S,
    strict: Strict,
    is_refused: bool,
    /// Good bytes that the parser has had no room for yet.
    pending: Zeroizing<Vec<u8>>,
    connection: Arc<Connection>,
    limits: Arc<Limits>,
    metrics: Arc<Metrics>,
    /// When the request that is being read began.
    began: Instant,
    /// When bytes last went one way or the other.
    active: Instant,
    reading: Deadline,
    writing: Deadline,
    /// Since when an answer has not been taken.
    stuck: Option<Instant>,
}

impl<S> Guard<S> {
    pub(crate) fn new(stream: S, connection: Arc<Connection>, limits: Arc<Limits>, metrics: Arc<Metrics>) -> Self {
        let now = Instant::now();
        Self {
            stream,
            strict: Strict::new(limits.head_bytes, limits.fields),
            is_refused: false,
            pending: Zeroizing::default(),
            connection,
            limits,
            metrics,
            began: now,
            active: now,
            reading: Deadline::default(),
            writing: Deadline::default(),
            stuck: None,
        }
    }
    /// Until when more must come.
    fn due(&self) -> Option<Instant> {
        if self.connection.is_answering() {
            return None;
        }
        let (from, time) = match self.strict.place() {
            Place::Start => (self.active, self.limits.idle_time),
            Place::Head => (self.began, self.limits.head_time),
            Place::Body(_) => (self.began, self.limits.request_time),
        };
        Some(later(from, time))
    }
    fn took_nothing(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        let until = later(*self.stuck.get_or_insert_with(Instant::now), self.limits.request_time);
        ready!(self.writing.poll(context, until));
        self.metrics.refused("answer_time");
        Poll::Ready(io::ErrorKind::TimedOut.into())
    }
    fn wrote<T>(&mut self, context: &mut Context<'_>, done: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match done {
            Poll::Pending => self.took_nothing(context).map(Err),
            Poll::Ready(done) => {
                self.active = Instant::now();
                Poll::Ready(done)
            }
        }
    }
}

impl<S> Guard<S> {
    /// As much of what is pending as there is room for.
    fn hand_on(&mut self, buffer: &mut ReadBuf<'_>) {
        let len = self.pending.len().min(buffer.remaining());
        buffer.put_slice(self.pending.get(..len).unwrap_or_default());
        if len == self.pending.len() {
            self.pending = Zeroizing::default();
        } else {
            self.pending.drain(..len);
        }
    }
}

impl<S: AsyncRead + Unpin> Guard<S> {
    /// What has come in already behind a refused head is read away: a socket that is closed over unread bytes takes the answer
    /// back.
    fn discard(&mut self, context: &mut Context<'_>) {
        let mut bytes = [0; 4096];
        for _ in 0..DISCARDS {
            let mut buffer = ReadBuf::new(&mut bytes);
            let read = Pin::new(&mut self.stream).poll_read(context, &mut buffer);
            if !matches!(read, Poll::Ready(Ok(()))) || buffer.filled().is_empty() {
                return;
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Guard<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            if !this.pending.is_empty() {
                this.hand_on(buffer);
                return Poll::Ready(Ok(()));
            }
            if this.is_refused {
                // The answer to it ends the connection; the end of the stream now would take the answer back.
                return Poll::Pending;
            }
            let before = buffer.filled().len();
            if Pin::new(&mut this.stream).poll_read(context, buffer)?.is_pending() {
                let Some(due) = this.due() else { return Poll::Pending };
                ready!(this.reading.poll(context, due));
                if this.strict.place() != Place::Start {
                    this.metrics.refused("request_time");
                }
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            let came = buffer.filled().get(before..).unwrap_or_default();
            if came.is_empty() {
                return Poll::Ready(Ok(()));
            }
            this.active = Instant::now();
            if this.strict.place() == Place::Start {
                this.began = this.active;
            }
            let held = Zeroizing::new(this.strict.unfinished().to_vec());
            let taken = this.strict.take(came);
            let good = match taken {
                Ok(()) if held.is_empty() && this.strict.unfinished().is_empty() => return Poll::Ready(Ok(())),
                // A head of which more was held than has come now is unfinished still.
                Ok(()) => came.len().checked_sub(this.strict.unfinished().len()),
                // One that was begun earlier is the one that is refused.
                Err((_, 0)) => None,
                Err((_, good)) => Some(good),
            };
            if let Some(came) = good.and_then(|good| came.get(..good)) {
                // At once: a buffer that grows leaves copies behind.
                this.pending.reserve_exact(held.len().saturating_add(came.len()).saturating_add(REFUSAL_MAX));
                this.pending.extend_from_slice(&held);
                this.pending.extend_from_slice(came);
            }
            if let Err((why, good)) = taken {
                this.is_refused = true;
                this.metrics.refused(why.as_str());
                let head = if good == 0 {
                    [held.as_slice(), came].concat()
                } else {
                    came.get(good..).unwrap_or_default().to_vec()
                };
                this.pending.extend_from_slice(refusal(why, Service::of_raw(&Zeroizing::new(head))).as_bytes());
                this.discard(context);
            }
            buffer.set_filled(before);
        }
    }
}

/// In the place of a head that is refused. The strict form has no methods of small letters: clients cannot say this.
fn refusal(why: Refused, service: Service) -> String {
    format!("{REFUSED} /{}/{} HTTP/1.1\r\n\r\n", why.as_str(), service.name())
}
/// Why, and in whose words that is told, if the request stands in the place of one that was refused.
pub(super) fn refused<B>(request: &http::Request<B>) -> Option<(Refused, Service)> {
    if request.method().as_str() != REFUSED {
        return None;
    }
    let (why, service) = request.uri().path().strip_prefix('/')?.split_once('/')?;
    let why = Refused::ALL.into_iter().find(|known| known.as_str() == why)?;
    Some((why, Service::of_scope(service)?))
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guard<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.wrote(context, done)
    }
    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.wrote(context, done)
    }
    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_flush(context);
        let done = ready!(self.wrote(context, done));
        self.stuck = None;
        Poll::Ready(done)
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_shutdown(context);
        self.wrote(context, done)
    }
}

/// A timer that is made when it is first needed, and moved after that.
#[derive(Default)]
struct Deadline(Option<Pin<Box<Sleep>>>);

impl Deadline {
    fn poll(&mut self, context: &mut Context<'_>, until: Instant) -> Poll<()> {
        let sleep = self.0.get_or_insert_with(|| Box::pin(sleep_until(until)));
        if sleep.deadline() != until {
            sleep.as_mut().reset(until);
        }
        sleep.as_mut().poll(context)
    }
}

fn later(from: Instant, time: Duration) -> Instant {
    from.checked_add(time).unwrap_or(from)
}

const REFUSED: &str = "refused";
/// Bytes of the longest of what stands in a refused head's place.
const REFUSAL_MAX: usize = 64;
const DISCARDS: usize = 64;
