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
use strongroom_keystore::OpenedRow;

use super::engine::Buckets;
use super::error::EngineError;
use super::fault;
use super::look::Rows as _;
use super::record;
use super::table::Table;
use super::view::View;
use crate::error::Error;
use crate::model::filter::{Listed, Shelf};
use crate::model::secret::{SecretCard, SecretRow};

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
        // Those that follow each other are built in one walk over the rows.
        let mut walk: Option<(u8, Buckets<'_>)> = None;
        for (slot, first) in self.slots.iter().zip(0..=u8::MAX) {
            let old = slot.read().unwrap_or_else(PoisonError::into_inner).clone();
            // Looked at after the shelf was found, as ever.
            let changed = view.ledger.changed()(first);
            if let Some(kept) = old.as_ref().filter(|kept| changed <= kept.read_at && changed <= view.generation()) {
                with(&kept.shelf)?;
                continue;
            }
            let mut rows = match walk.take().filter(|(last, _)| last.checked_add(1) == Some(first)) {
                Some((_, rows)) => rows,
                None => view.engine.buckets(Table::Secrets, first)?,
            };
            let new = renewed(view, &mut rows, first, old.as_ref())?;
            walk = Some((first, rows));
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
fn renewed(view: &View<'_>, rows: &mut Buckets<'_>, first: u8, old: Option<&Kept>) -> Result<Kept, Error> {
    let known: HashMap<Mark, usize> = old.iter().flat_map(|old| old.marks.iter().copied().zip(0..)).collect();
    let mut found: Vec<(Mark, Found)> = Vec::with_capacity(known.len());
    rows.visit::<Error>(first, |row| {
        let mark = row.id()?.first_chunk().copied().ok_or(EngineError::Damaged("a row is too short"))?;
        let row = match (known.get(&mark), old) {
            (Some(place), Some(old)) => Found::Known(&old.shelf, *place),
            _ => Found::Opened(row.open()?),
        };
        found.push((mark, row));
        Ok(())
    })?;
    let mut entries = Vec::with_capacity(found.len());
    for (mark, row) in &found {
        entries.push((*mark, Entry::read(row)?));
    }
    entries.sort_unstable_by(|(_, one), (_, other)| one.name().cmp(other.name()));
    let mut shelf = Shelf::default();
    for (_, entry) in &entries {
        match entry {
            Entry::Known(old, place) => shelf.put_again(old, *place)?,
            Entry::Card(card) => shelf.put(&Listed::from(card))?,
            Entry::Row(row) => shelf.put(&Listed::from(&**row))?,
        }
    }
    shelf.shrink();
    let marks: Arc<[Mark]> = entries.iter().map(|(mark, _)| *mark).collect();
    let weight = shelf.bytes() + marks.len() * size_of::<Mark>() + OVERHEAD;
    Ok(Kept { read_at: view.generation(), shelf: Arc::new(shelf), marks, weight })
}

/// A row as it was found.
enum Found<'o> {
    /// Its card is in this place of the old shelf.
    Known(&'o Shelf, usize),
    Opened(OpenedRow),
}
/// What a card is made of.
#[expect(clippy::large_enum_variant, reason = "nearly every one of a list that is made anew is of the largest kind")]
enum Entry<'f> {
    Known(&'f Shelf, usize),
    Card(SecretCard<'f>),
    /// An older release wrote it.
    Row(Box<SecretRow>),
}
impl<'f> Entry<'f> {
    fn read(found: &'f Found<'_>) -> Result<Self, Error> {
        let data = match found {
            Found::Known(old, place) => return Ok(Self::Known(old, *place)),
            Found::Opened(row) => row.data(),
        };
        match record::borrowed::<SecretRow, _>(data).map_err(fault::record)? {
            Some(card) => Ok(Self::Card(card)),
            None => Ok(Self::Row(Box::new(record::decode(data).map_err(fault::record)?))),
        }
    }
    fn name(&self) -> &str {
        match self {
            Self::Known(old, place) => old.name(*place),
            Self::Card(card) => card.name,
            Self::Row(row) => &row.name,
        }
    }
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
