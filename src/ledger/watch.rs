//! Who waits for what becomes of a secret. Each commit says which secrets it touched, and whether rights may have changed; two
//! numbers and a bell, no queue, no thread.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::name::Text;

/// The watched names of one store.
#[derive(Debug, Default)]
pub(crate) struct Watches {
    /// The last commit that wrote anything rights follow from: principals, managed policies, credentials.
    rights: AtomicU64,
    places: Mutex<Places>,
}

/// By region and name: what is watched, and by how many.
type Places = BTreeMap<(Text, Text), (Arc<Place>, usize)>;

/// One watched name. Whoever makes a secret anew under it is noticed like any other.
#[derive(Debug, Default)]
struct Place {
    /// The last commit that saved or removed the secret.
    touched: AtomicU64,
    bell: Mutex<()>,
    rung: Condvar,
}

/// One watcher's hold on a name; given back on drop.
#[derive(Debug)]
pub(crate) struct Watched {
    watches: Arc<Watches>,
    name: (Text, Text),
    place: Arc<Place>,
}

/// What a watcher last looked at. As long as it stays the same, looking again would show the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Marks {
    touched: u64,
    rights: u64,
}

impl Watches {
    /// Begins to watch a name of a region.
    pub(crate) fn enter(self: &Arc<Self>, region: &str, name: &str) -> Watched {
        let name = (Text::from(region), Text::from(name));
        let mut places = self.places();
        let (place, watchers) = places.entry(name.clone()).or_default();
        *watchers = watchers.saturating_add(1);
        Watched { watches: Arc::clone(self), name, place: Arc::clone(place) }
    }
    /// A commit that everybody can see by now.
    pub(super) fn tell(&self, touched: &[(Text, Text)], rights: bool, generation: u64) {
        if touched.is_empty() && !rights {
            return;
        }
        let places = self.places();
        for (place, _) in touched.iter().filter_map(|name| places.get(name)) {
            place.touched.store(generation, Ordering::Release);
            if !rights {
                place.ring();
            }
        }
        if rights {
            self.rights.store(generation, Ordering::Release);
            places.values().for_each(|(place, _)| place.ring());
        }
    }
    /// Has everybody who waits look again.
    pub(super) fn wake(&self) {
        self.places().values().for_each(|(place, _)| place.ring());
    }
    fn places(&self) -> MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Whoever has looked and is about to wait holds the bell: none of them misses it.
    fn ring(&self) {
        drop(self.bell.lock().unwrap_or_else(PoisonError::into_inner));
        self.rung.notify_all();
    }
}

impl Watched {
    /// To be read before what is looked at is: a commit that comes in between is then looked at once more, and none is missed.
    pub(crate) fn marks(&self) -> Marks {
        Marks {
            touched: self.place.touched.load(Ordering::Acquire),
            rights: self.watches.rights.load(Ordering::Acquire),
        }
    }
    /// What rings: apart from the watcher, so that it can look while it waits.
    pub(crate) fn bell(&self) -> Bell {
        Bell(Arc::clone(&self.place))
    }
}
impl Drop for Watched {
    fn drop(&mut self) {
        let mut places = self.watches.places();
        if let Some((_, watchers)) = places.get_mut(&self.name) {
            *watchers = watchers.saturating_sub(1);
            if *watchers == 0 {
                places.remove(&self.name);
            }
        }
    }
}

/// Rings when the watched secret was touched, when rights may have changed, and when the store was locked.
#[derive(Debug)]
pub(crate) struct Bell(Arc<Place>);

impl Bell {
    /// Waits for as long as `nothing` finds nothing, which is asked at once and after each ring; at most so long. It must call
    /// nobody who might write.
    pub(crate) fn wait_while(&self, at_most: Duration, mut nothing: impl FnMut() -> bool) {
        let held = self.0.bell.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.0.rung.wait_timeout_while(held, at_most, |()| nothing()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> (Text, Text) {
        (Text::from("r"), Text::from(name))
    }

    #[test]
    fn a_name_is_held_for_as_long_as_somebody_watches_it_and_told_of_what_is_its_own() {
        let watches = Arc::<Watches>::default();
        let (one, two, other) = (watches.enter("r", "a"), watches.enter("r", "a"), watches.enter("r", "b"));
        let before = one.marks();
        watches.tell(&[name("a"), name("unwatched")], false, 5);
        assert_ne!(one.marks(), before);
        assert_eq!((two.marks(), other.marks()), (one.marks(), before));
        watches.tell(&[], true, 6);
        assert_ne!(other.marks(), before);
        assert_eq!(watches.places().len(), 2);
        drop((one, other));
        assert_eq!(watches.places().keys().map(|(_, name)| name.as_str()).collect::<Vec<_>>(), ["a"]);
        drop(two);
        assert!(watches.places().is_empty());
    }

    #[test]
    fn a_ring_before_the_wait_and_one_within_it_are_both_heard() {
        let watches = Arc::<Watches>::default();
        let one = watches.enter("r", "a");
        let before = one.marks();
        watches.tell(&[name("a")], false, 5);
        let asked = std::cell::Cell::new(0);
        one.bell().wait_while(Duration::from_secs(3_600), || {
            asked.set(asked.get() + 1);
            one.marks() == before
        });
        assert_eq!(asked.get(), 1);
        let (before, (entered, has_entered)) = (one.marks(), std::sync::mpsc::channel());
        std::thread::scope(|threads| {
            let watches = &watches;
            threads.spawn(move || {
                // The bell is held from the first question on: what is told now comes after it.
                has_entered.recv().unwrap();
                watches.tell(&[name("a")], false, 7);
            });
            one.bell().wait_while(Duration::from_secs(3_600), || {
                let _ = entered.send(());
                one.marks() == before
            });
        });
        assert_ne!(one.marks(), before);
        // Nothing comes: it ends all the same.
        one.bell().wait_while(Duration::ZERO, || true);
    }
}
