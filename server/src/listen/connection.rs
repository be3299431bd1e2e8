//! The connections that are open, and which of them goes when there are too many.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// One connection, as its guard, its requests and the registry see it.
#[derive(Default)]
pub(crate) struct Connection {
    /// A request was read and is not answered yet.
    answering: AtomicBool,
    /// Somebody has proved who asks on it.
    proven: AtomicBool,
    /// When it last had a request, as a number that only grows.
    turn: AtomicU64,
    leave: Notify,
}

impl Connection {
    pub(crate) fn is_answering(&self) -> bool {
        self.answering.load(Ordering::Relaxed)
    }
    pub(crate) fn prove(&self) {
        self.proven.store(true, Ordering::Relaxed);
    }
    /// Until it has to make room for another one.
    pub(crate) async fn to_leave(&self) {
        self.leave.notified().await;
    }
}

/// A request is being answered, until this is dropped.
pub(crate) struct Answering(Arc<Connection>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.answering.store(false, Ordering::Relaxed);
    }
}

/// All connections of a server.
pub(crate) struct Registry {
    max: usize,
    turns: AtomicU64,
    open: Mutex<HashMap<u64, Arc<Connection>>>,
    freed: Notify,
}

/// The place of one connection among them, free again when this is dropped.
pub(crate) struct Seat {
    pub(crate) connection: Arc<Connection>,
    registry: Arc<Registry>,
    id: u64,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.registry.open().remove(&self.id);
        self.registry.freed.notify_waiters();
    }
}

impl Registry {
    pub(crate) fn new(max: usize) -> Self {
        Self { max: max.max(1), turns: AtomicU64::new(0), open: Mutex::default(), freed: Notify::new() }
    }
    fn open(&self) -> MutexGuard<'_, HashMap<u64, Arc<Connection>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
    pub(crate) fn len(&self) -> usize {
        self.open().len()
    }
    fn turn(&self) -> u64 {
        self.turns.fetch_add(1, Ordering::Relaxed)
    }
    /// A place, as soon as there is one. Who waits without a request makes room at once; nobody who is being answered does.
    pub(crate) async fn seat(self: &Arc<Self>) -> Seat {
        loop {
            // Asked for before looking: one that is freed in between is not missed.
            let freed = self.freed.notified();
            if let Some(seat) = self.seat_or_ask() {
                return seat;
            }
            freed.await;
        }
    }
    /// A place if there is one. If not, somebody is asked to leave.
    fn seat_or_ask(self: &Arc<Self>) -> Option<Seat> {
        let mut open = self.open();
        if open.len() < self.max {
            let id = self.turn();
            let connection = Arc::new(Connection { turn: AtomicU64::new(id), ..Connection::default() });
            open.insert(id, Arc::clone(&connection));
            return Some(Seat { connection, registry: Arc::clone(self), id });
        }
        let waiting = open.values().filter(|connection| !connection.is_answering());
        let rank = |connection: &&Arc<Connection>| {
            (connection.proven.load(Ordering::Relaxed), connection.turn.load(Ordering::Relaxed))
        };
        if let Some(longest) = waiting.min_by_key(rank) {
            longest.leave.notify_one();
        }
        None
    }
    /// A request was read.
    pub(crate) fn answering(&self, connection: &Arc<Connection>) -> Answering {
        connection.turn.store(self.turn(), Ordering::Relaxed);
        connection.answering.store(true, Ordering::Relaxed);
        Answering(Arc::clone(connection))
    }
    /// Until none is open.
    pub(crate) async fn empty(&self) {
        loop {
            let freed = self.freed.notified();
            if self.len() == 0 {
                return;
            }
            freed.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    fn now<T>(future: impl Future<Output = T>) -> Option<T> {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => Some(done),
            Poll::Pending => None,
        }
    }

    #[test]
    fn who_waits_longest_without_proof_makes_room_and_who_is_answered_never_does() {
        let registry = Arc::new(Registry::new(3));
        let seats: Vec<Seat> = (0..3).map(|_| now(registry.seat()).unwrap()).collect();
        let asked = |seat: &Seat| now(seat.connection.to_leave()).is_some();
        seats[0].connection.prove();
        let answering = registry.answering(&seats[1].connection);
        assert!(now(registry.seat()).is_none());
        assert_eq!((asked(&seats[0]), asked(&seats[1]), asked(&seats[2])), (false, false, true));
        // The last one left is a good client's; it goes too, rather than nobody coming in.
        let _also = registry.answering(&seats[2].connection);
        assert!(now(registry.seat()).is_none());
        assert_eq!((asked(&seats[0]), asked(&seats[1]), asked(&seats[2])), (true, false, false));
        let all = registry.answering(&seats[0].connection);
        assert!(now(registry.seat()).is_none());
        assert!(!seats.iter().any(asked));
        drop((answering, all));
        drop(seats);
        assert!(now(registry.empty()).is_some());
        assert!(now(registry.seat()).is_some());
    }
}
