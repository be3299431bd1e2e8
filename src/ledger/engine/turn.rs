//! One writer at a time.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;

use crate::ledger::error::EngineError;

/// Lets one thread in at a time. A thread that is inside already is refused instead of waiting for itself.
#[derive(Debug, Default)]
pub(super) struct Turnstile {
    inside: Mutex<Option<ThreadId>>,
    left: Condvar,
}

/// The right to write; given back on drop, by a panic too.
#[derive(Debug)]
pub(super) struct Turn<'t>(&'t Turnstile);

impl Turnstile {
    /// Waits for the thread inside, if it is another one.
    ///
    /// # Errors
    /// `Busy` if it is this thread.
    pub(super) fn enter(&self) -> Result<Turn<'_>, EngineError> {
        let me = std::thread::current().id();
        let mut inside = self.inside();
        while let Some(other) = *inside {
            if other == me {
                return Err(EngineError::Busy);
            }
            inside = self.left.wait(inside).unwrap_or_else(PoisonError::into_inner);
        }
        *inside = Some(me);
        Ok(Turn(self))
    }
    /// Comes in if nobody is inside.
    pub(super) fn enter_if_free(&self) -> Option<Turn<'_>> {
        let mut inside = self.inside();
        if inside.is_some() {
            return None;
        }
        *inside = Some(std::thread::current().id());
        Some(Turn(self))
    }
    /// Is this thread inside?
    pub(super) fn is_mine(&self) -> bool {
        *self.inside() == Some(std::thread::current().id())
    }
    fn inside(&self) -> MutexGuard<'_, Option<ThreadId>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        *self.0.inside() = None;
        self.0.left.notify_one();
    }
}
