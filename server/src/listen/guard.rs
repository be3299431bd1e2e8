//! Stands between a socket and the parser: holds the bytes against the strict form, and both sides to their time.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::connection::Connection;
use super::limits::Limits;
use super::strict::{Place, Strict};
use crate::metrics::Metrics;

/// A stream that gives the parser nothing but requests of the strict form.
pub(crate) struct Guard<S> {
    stream: S,
    strict: Strict,
    is_refused: bool,
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
        if this.is_refused {
            return Poll::Ready(Ok(()));
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
        if let Err((why, good)) = this.strict.take(came) {
            this.is_refused = true;
            this.metrics.refused(why.as_str());
            // Behind what was good the parser gets what nobody takes for a request: it answers 400 and closes.
            buffer.set_filled(before.saturating_add(good));
            let len = NO_REQUEST.len().min(buffer.remaining());
            buffer.put_slice(NO_REQUEST.get(..len).unwrap_or_default());
            this.discard(context);
        }
        Poll::Ready(Ok(()))
    }
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

/// A NUL in a head of which any part may have been passed on, and the end of it.
const NO_REQUEST: &[u8] = b"\0\r\n\r\n";
const DISCARDS: usize = 64;
