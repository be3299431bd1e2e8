//! The one thread that does what writes: a durable write waits for the disk, and the thread that reads everybody's requests
//! must not. One at a time is what the store does anyway.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Sender, channel};
use std::thread;

use tokio::sync::oneshot;

use crate::Answer;
use crate::handler::Work;

struct Order {
    work: Box<dyn Work>,
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
                if let Ok(answer) = catch_unwind(AssertUnwindSafe(|| work.perform())) {
                    // Who asked may be gone; it is done all the same.
                    let _ = tell.send(answer);
                }
            }
        })?;
        Ok(Self(orders))
    }
    /// Does it there. `None`: it failed in a way that has no answer.
    pub(crate) async fn perform(&self, work: Box<dyn Work>) -> Option<Answer> {
        let (tell, told) = oneshot::channel();
        self.0.send(Order { work, tell }).ok()?;
        told.await.ok()
    }
}
