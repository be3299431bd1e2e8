//! Time that moves when told.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::clock::{Clock, Timestamp};

/// A clock that stands still until it is set or advanced. Clones show the same time.
#[derive(Clone, Debug, Default)]
pub struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.as_millis())))
    }
    /// Shows `now` from here on; earlier than before is allowed.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.as_millis(), Ordering::Release);
    }
    /// Moves by so many milliseconds, backwards if negative; saturates.
    pub fn advance_millis(&self, millis: i64) {
        let _ = self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, |now| Some(now.saturating_add(millis)));
    }
    /// Moves by so many days, backwards if negative; saturates.
    pub fn advance_days(&self, days: i64) {
        self.advance_millis(days.saturating_mul(Timestamp::DAY_MS));
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Acquire))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_moves_only_when_told_and_both_ways() {
        let clock = ManualClock::at(Timestamp::from_millis(5));
        let same = clock.clone();
        assert_eq!(clock.now(), clock.now());
        clock.advance_days(1);
        assert_eq!(same.now().as_millis(), 5 + Timestamp::DAY_MS);
        same.advance_millis(-2 * Timestamp::DAY_MS);
        assert_eq!(clock.now().as_millis(), 5 - Timestamp::DAY_MS);
        clock.set(Timestamp::from_millis(i64::MAX));
        clock.advance_millis(10);
        assert_eq!(clock.now().as_millis(), i64::MAX);
    }
}
