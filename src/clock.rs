//! Time: instants as values, and the one door through which the library learns what time it is.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// An instant: milliseconds since 1970-01-01T00:00:00Z, negative before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Milliseconds in one day.
    pub const DAY_MS: i64 = 86_400_000;

    /// From milliseconds since 1970.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }
    /// From whole seconds since 1970; saturates at the ends of the range.
    #[must_use]
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1000))
    }
    /// Milliseconds since 1970.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }
    /// Whole seconds since 1970, rounded down.
    #[must_use]
    pub const fn as_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }
    /// This instant and so many days more; saturates.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days.saturating_mul(Self::DAY_MS)))
    }
    /// This instant and so many milliseconds more; saturates.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }
    /// Midnight UTC at the start of this instant's day (how AWS reports access dates).
    #[must_use]
    pub const fn day_start(self) -> Self {
        Self(self.0.div_euclid(Self::DAY_MS) * Self::DAY_MS)
    }
    /// Reads ISO 8601's basic format, such as `20150830T123600Z`: how signed requests tell their time.
    #[must_use]
    pub fn from_basic_format(text: &str) -> Option<Self> {
        let time = text.strip_suffix('Z').filter(|time| time.len() == 15)?;
        let time = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%S", time).ok()?;
        let instant = time.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
        Some(Self(instant.as_millisecond()))
    }
    /// Reads ISO 8601: a date (its first moment, in UTC) such as `2027-01-31`, or an instant such as `2027-01-31T08:00:00Z`.
    #[must_use]
    pub fn from_iso_8601(text: &str) -> Option<Self> {
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Some(Self(instant.as_millisecond()));
        }
        let date: jiff::civil::Date = text.parse().ok().filter(|_| text.len() == 10)?;
        Some(Self(date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_millisecond()))
    }
    /// Seconds since 1970 with milliseconds as fraction, as AWS JSON writes instants.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "an f64 holds milliseconds exactly for the next 280,000 years")]
    pub fn as_epoch_seconds(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

impl fmt::Display for Timestamp {
    /// ISO 8601 in UTC with milliseconds, such as `2026-11-22T01:17:08.123Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(instant) => write!(f, "{instant:.3}"),
            Err(_) => write!(f, "{}ms", self.0),
        }
    }
}

/// Where the library learns what time it is.
pub trait Clock: Send + Sync {
    /// The wall clock now. May jump, may step back: the store keeps a high-water mark.
    fn now(&self) -> Timestamp;
}

/// The machine's wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one door to the machine's clock")]
    fn now(&self) -> Timestamp {
        let millis = match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
        };
        Timestamp(millis)
    }
}
