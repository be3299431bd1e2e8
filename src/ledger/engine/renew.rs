//! A fresh file beside the store's own, which takes its place.
//!
//! In order: the fresh file is whole and durable before it gets the name; from then on nobody writes to the old one; zeros are
//! written over that, through the handle that is still open, and it is gone with the handle. A crash leaves the old store or
//! the fresh one under the name, never something between; what it leaves beside is taken away by the next attempt.

use strongroom_keystore::Barrier;

use super::change::EngineChange;
use super::{Engine, Ordering};
use crate::ledger::error::EngineError;
use crate::ledger::region::Header;

impl Engine {
    /// Makes an empty store in a file beside this one's, whose sequences go on where this one's end. Only under the writer's turn.
    ///
    /// # Errors
    /// `Options` for a store that is no file; else as [`Engine::create`].
    pub(crate) fn create_beside(&self, header: Header, barrier: Barrier) -> Result<Self, EngineError> {
        let view = self.view()?;
        let storage = self.storage.create_beside()?;
        Self::create_after(storage, header, barrier, self.options, view.high_water(), view.generation())
    }
    /// Takes back a store that was made beside another one.
    pub(crate) fn discard(&self) {
        // It goes whether or not it could be closed in order.
        let _ = self.close();
        self.storage.discard();
    }
    /// Has the fresh store take this one's place, and writes zeros over this one. It is closed, whatever comes of it.
    ///
    /// # Errors
    /// `Storage`: before the name was exchanged, and the store is as it was when it is opened again; or after, and bytes of the
    /// old file may be left on the disk.
    pub(crate) fn give_way_to(&self, turn: EngineChange<'_>, fresh: &Self) -> Result<(), EngineError> {
        let renamed = fresh.close().and_then(|()| fresh.storage.take_place_of(&self.storage));
        if let Err(failed) = renamed {
            fresh.storage.discard();
            return Err(failed);
        }
        // What would be written from here on would be lost.
        self.failed.store(true, Ordering::Release);
        drop(turn);
        let closed = self.close();
        self.storage.wipe().and(closed)
    }
}
