//! Lists of secrets from memory. Row keys are hashes and have no order of their own, so a list would open every secret; the
//! catalogue keeps what lists sort by and search in, on one shelf for each first byte of a row key.
//!
//! A shelf is built when a list first needs it, and is valid as entries of the [`cache`](super::cache) are: by generation and
//! by `changed` of its byte. One that is not is built anew from the view that asks, and takes over the cards of all rows that
//! are still the same, told by their seal: after a commit a list opens no more rows than the commit wrote. Nobody has to tell
//! the catalogue of a commit, so none can be forgotten.
//!
//! It is bounded: shelves that find no room are built for the list that needs them and dropped again, one after the other.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use hashbrown::HashMap;

use super::error::EngineError;
use super::fault;
use super::look::Rows as _;
use super::record;
use super::table::Table;
use super::view::View;
use crate::error::Error;
use crate::model::filter::{Listed, Shelf};
use crate::model::secret::SecretRow;

/// Shelves of all secrets, as far as there is room.
pub(super) struct Catalogue {
    slots: Box<[RwLock<Option<Kept>>]>,
    /// Bytes of all kept shelves.
    weight: AtomicUsize,
    capacity: usize,
}

/// A shelf, and what it was built from.
#[derive(Clone)]
struct Kept {
    read_at: u64,
    shelf: Arc<Shelf>,
    marks: Arc<[Mark]>,
    weight: usize,
}

/// Eight bytes of a row's seal, which is new each time that the row is written.
type Mark = [u8; 8];

impl Catalogue {
    pub(super) fn new(capacity: usize) -> Self {
        let slots = (0..SHELVES).map(|_| RwLock::new(None)).collect();
        Self { slots, weight: AtomicUsize::new(0), capacity }
    }
    /// Bytes held, by our own reckoning.
    pub(super) fn weight(&self) -> usize {
        self.weight.load(Ordering::Relaxed)
    }
    pub(super) fn clear(&self) {
        for slot in &self.slots {
            self.replace(slot, None);
        }
    }

    /// Shows every shelf as the view has it, one after the other.
    pub(super) fn each(&self, view: &View<'_>, with: &mut dyn FnMut(&Shelf) -> Result<(), Error>) -> Result<(), Error> {
        for (slot, first) in self.slots.iter().zip(0..=u8::MAX) {
            let old = slot.read().unwrap_or_else(PoisonError::into_inner).clone();
            // Looked at after the shelf was found, as ever.
            let changed = view.ledger.changed()(first);
            if let Some(kept) = old.as_ref().filter(|kept| changed <= kept.read_at && changed <= view.generation()) {
                with(&kept.shelf)?;
                continue;
            }
            let new = renewed(view, first, old.as_ref())?;
            with(&new.shelf)?;
            self.keep(slot, new);
            // Whoever locked the store meanwhile has cleared the catalogue, and this came behind.
            if view.barrier().is_locked() {
                self.replace(slot, None);
            }
        }
        Ok(())
    }

    /// Puts a shelf into its slot, if there is room and nobody has put a newer one.
    fn keep(&self, slot: &RwLock<Option<Kept>>, new: Kept) {
        let mut slot = slot.write().unwrap_or_else(PoisonError::into_inner);
        if slot.as_ref().is_some_and(|kept| kept.read_at > new.read_at) {
            return;
        }
        let before = slot.as_ref().map_or(0, |kept| kept.weight);
        let room = self.capacity.saturating_sub(self.weight().saturating_sub(before));
        if new.weight > room {
            self.put(&mut slot, None);
        } else {
            self.put(&mut slot, Some(new));
        }
    }
    fn replace(&self, slot: &RwLock<Option<Kept>>, new: Option<Kept>) {
        self.put(&mut slot.write().unwrap_or_else(PoisonError::into_inner), new);
    }
    fn put(&self, slot: &mut Option<Kept>, new: Option<Kept>) {
        if let Some(old) = slot.take() {
            self.weight.fetch_sub(old.weight, Ordering::Relaxed);
        }
        if let Some(new) = new {
            self.weight.fetch_add(new.weight, Ordering::Relaxed);
            *slot = Some(new);
        }
    }
}

/// The shelf of this first byte, as the view has it; cards of rows that did not change are those of the old one.
fn renewed(view: &View<'_>, first: u8, old: Option<&Kept>) -> Result<Kept, Error> {
    let known: HashMap<Mark, usize> = old.iter().flat_map(|old| old.marks.iter().copied().zip(0..)).collect();
    let mut shelf = Shelf::default();
    let mut marks: Vec<Mark> = Vec::with_capacity(known.len());
    view.engine.scan_bucket::<Error>(Table::Secrets, first, |row| {
        let mark = row.id()?.first_chunk().copied().ok_or(EngineError::Damaged("a row is too short"))?;
        if let (Some(place), Some(old)) = (known.get(&mark), old) {
            shelf.put_again(&old.shelf, *place)?;
        } else {
            let row: SecretRow = record::decode(row.open()?.data()).map_err(fault::record)?;
            shelf.put(&Listed::from(&row))?;
        }
        marks.push(mark);
        Ok(())
    })?;
    shelf.shrink();
    let weight = shelf.bytes() + marks.len() * size_of::<Mark>() + OVERHEAD;
    Ok(Kept { read_at: view.generation(), shelf: Arc::new(shelf), marks: Arc::from(marks), weight })
}

impl std::fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Catalogue").field("weight", &self.weight()).finish_non_exhaustive()
    }
}

/// One for each first byte of a row key.
const SHELVES: usize = 256;
/// Bookkeeping of one shelf, roughly.
const OVERHEAD: usize = 96;

#[cfg(test)]
mod tests;
