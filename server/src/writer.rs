//! The one thread that waits for the disk: the thread that reads everybody's requests must not. Writes come here, one at a time,
//! as the store takes them anyway; so do answers to reads that wait for their record. The first of those to be opened makes the
//! records of all of them durable in one commit, and the others open at once.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use tokio::sync::oneshot;

use crate::Answer;

struct Order {
    work: Box<dyn FnOnce() -> Answer + Send>,
    tell: oneshot::Sender<Answer>,
}

/// Takes work for that thread. It ends when the last of these is gone and all work is done.
#[derive(Clone)]
pub(crate) struct Writer(Sender<Order>);

impl Writer {
    pub(crate) fn start() -> io::Result<Self> {
        let (orders, given) = channel::<Order>();
        thread::Builder::new().name("strongroom-writer".into()).spawn(move || {
            for Order { work, tell } in given {
                // Whatever a panic leaves behind is of that request alone: the store undoes a change that is not committed.
                if let Ok(answer) = catch_unwind(AssertUnwindSafe(work)) {
                    // Who asked may be gone; it is done all the same.
                    let _ = tell.send(answer);
                }
            }
        })?;
        Ok(Self(orders))
    }
    /// Does it there. `None`: it failed in a way that has no answer.
    pub(crate) async fn perform(&self, work: Box<dyn FnOnce() -> Answer + Send>) -> Option<Answer> {
        let (tell, told) = oneshot::channel();
        self.0.send(Order { work, tell }).ok()?;
        told.await.ok()
    }
}
