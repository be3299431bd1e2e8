//! When secrets rotate: `rate(…)` and `cron(…)` in the dialect of Secrets Manager, the windows they open, and the next one.
//!
//! Source: "Schedule expressions in Secrets Manager rotation", Secrets Manager user guide. All times are UTC.

use std::ops::RangeInclusive;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::rotation::{Rules, Window};
use crate::clock::Timestamp;
use crate::error::{Error, secretsmanager as texts};

/// Rotation rules, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Schedule {
    when: When,
    /// Hours that a window stays open, if the rules say so.
    hours: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum When {
    /// So many days after the last rotation, from midnight on.
    Days(i64),
    /// Every so many hours, counted from a midnight.
    Hours(i64),
    Cron(Cron),
}

/// Bit `n` of a set stands for the number `n`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cron {
    hours: u32,
    days: Days,
    months: u32,
}

/// Days of the week are numbered as AWS numbers them: 1 is Sunday.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Days {
    OfMonth(u32),
    LastOfMonth,
    OfWeek(u32),
    /// The n-th of its month.
    Nth {
        weekday: u32,
        nth: u32,
    },
    /// The last of its month.
    Last {
        weekday: u32,
    },
}

impl Rules {
    /// # Errors
    /// `InvalidRequest`: days and an expression at once, a window without either, or what [`Schedule::read`] refuses.
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.automatically_after_days.is_some() && self.schedule_expression.is_some() {
            return Err(texts::two_schedules());
        }
        Schedule::read(self).map(|_| ())
    }
    /// Do they say anything?
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Schedule {
    /// Understands rules; `None`: nothing is scheduled. An expression goes before the days, which may only tell what came of it.
    /// # Errors
    /// `InvalidRequest`: an expression that is none, that asks for too much, or that never comes; a window that reaches into the
    /// next day or the next window.
    pub(crate) fn read(rules: &Rules) -> Result<Option<Self>, Error> {
        let duration = rules.duration.as_deref();
        let when = match (rules.schedule_expression.as_deref(), rules.automatically_after_days) {
            (Some(text), _) => expression(text).map_err(|why| texts::schedule_refused(text, why))?,
            (None, Some(days)) if (1..=DAYS_MAX).contains(&days) => When::Days(days),
            (None, Some(days)) => return Err(texts::rotation_days_out_of_range(days)),
            (None, None) if duration.is_some() => return Err(texts::window_without_schedule()),
            (None, None) => return Ok(None),
        };
        let mut schedule = Self { when, hours: None };
        if let Some(text) = duration {
            let hours = text.strip_suffix('h').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
            let hours = hours.and_then(|digits| digits.parse().ok()).filter(|hours| *hours >= 1);
            let hours = hours.ok_or_else(|| texts::window_refused(text, "write 1h to 24h"))?;
            schedule.check_window(hours).map_err(|why| texts::window_refused(text, why))?;
            schedule.hours = Some(hours);
        }
        Ok(Some(schedule))
    }
    fn check_window(&self, hours: i64) -> Result<(), String> {
        let fits = |start: i64| -> Result<(), String> {
            if start.saturating_add(hours) <= DAY_HOURS {
                return Ok(());
            }
            Err(format!("a window that opens at {start}:00 UTC would reach into the next day"))
        };
        match &self.when {
            When::Days(_) => fits(0),
            // From a midnight on every N hours, windows come to open at all multiples of the divisor that N and a day share.
            When::Hours(every) => fits(DAY_HOURS.saturating_sub(common_divisor(*every, DAY_HOURS))),
            When::Cron(cron) => {
                let mut last = None;
                for start in cron.starts() {
                    fits(start)?;
                    if last.is_some_and(|last: i64| start.saturating_sub(last) < hours) {
                        return Err(format!("it would reach into the next window, which opens at {start}:00 UTC"));
                    }
                    last = Some(start);
                }
                Ok(())
            }
        }
    }
    /// Do days count from the last rotation, or change of the value, and not by the calendar?
    pub(crate) fn counts_from_last(&self) -> bool {
        matches!(self.when, When::Days(_))
    }
    /// The next window that has not opened yet. `last`: when the secret last rotated, or its value was changed; `before`: the
    /// window that was planned before.
    pub(crate) fn next(&self, last: Timestamp, before: Option<Window>, now: Timestamp) -> Option<Window> {
        let tomorrow = now.day_start().plus_days(1);
        let start = match &self.when {
            When::Days(days) => {
                Some(last.day_start().plus_days(*days)).filter(|start| *start > now).unwrap_or(tomorrow)
            }
            When::Hours(hours) => {
                let every = hours.saturating_mul(HOUR_MS);
                let planned = before.map_or(tomorrow, |window| window.start);
                let behind = now.as_millis().saturating_sub(planned.as_millis());
                let missed = if behind < 0 { 0 } else { (behind / every).saturating_add(1) };
                planned.plus_millis(missed.saturating_mul(every))
            }
            When::Cron(cron) => cron.next(now)?,
        };
        let length = self.hours.unwrap_or_else(|| self.default_hours(start)).saturating_mul(HOUR_MS);
        // The last second that belongs to it, as AWS shows it.
        Some(Window { start, end: start.plus_millis(length.saturating_sub(1_000)) })
    }
    /// Without a duration: an hour if there are several windows a day, otherwise until the day ends.
    fn default_hours(&self, start: Timestamp) -> i64 {
        let rest_of_day = DAY_HOURS.saturating_sub(
            start.as_millis().saturating_sub(start.day_start().as_millis()).checked_div(HOUR_MS).unwrap_or(0),
        );
        match &self.when {
            When::Hours(_) => 1,
            When::Cron(cron) if cron.hours.count_ones() > 1 => 1,
            When::Days(_) | When::Cron(_) => rest_of_day,
        }
    }
}

impl Cron {
    fn starts(&self) -> impl Iterator<Item = i64> + '_ {
        (0..DAY_HOURS).filter(|hour| u32::try_from(*hour).is_ok_and(|hour| has(self.hours, hour)))
    }
    fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let mut date = date_of(now)?;
        let end = date.year().saturating_add(YEARS_SEARCHED);
        while date.year() <= end {
            if !has(self.months, month_of(date)) {
                date = date.last_of_month().tomorrow().ok()?;
                continue;
            }
            if self.days.hold(date) {
                let midnight = midnight_of(date)?;
                let mut starts = self.starts().map(|hour| midnight.plus_millis(hour.saturating_mul(HOUR_MS)));
                if let Some(start) = starts.find(|start| *start > now) {
                    return Some(start);
                }
            }
            date = date.tomorrow().ok()?;
        }
        None
    }
}

impl Days {
    fn hold(&self, date: Date) -> bool {
        let day = u32::from(date.day().unsigned_abs());
        let today = u32::from(date.weekday().to_sunday_one_offset().unsigned_abs());
        let length = u32::from(date.days_in_month().unsigned_abs());
        match *self {
            Self::OfMonth(days) => has(days, day),
            Self::LastOfMonth => day == length,
            Self::OfWeek(days) => has(days, today),
            Self::Nth { weekday, nth } => today == weekday && day.div_ceil(7) == nth,
            Self::Last { weekday } => today == weekday && day.saturating_add(7) > length,
        }
    }
}

/// # Errors
/// What is wrong with it, and what would be right.
fn expression(text: &str) -> Result<When, String> {
    let inside = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    match (inside("rate"), inside("cron")) {
        (Some(rate), _) => read_rate(rate),
        (_, Some(cron)) => read_cron(cron).map(When::Cron),
        (None, None) => {
            Err("write rate(N days), rate(N hours) or cron(0 hour day-of-month month day-of-week *)".to_owned())
        }
    }
}

fn read_rate(text: &str) -> Result<When, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [number, unit] = words.as_slice() else {
        return Err("a rate is a number and a unit, such as rate(10 days)".to_owned());
    };
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    let count: i64 = number
        .parse()
        .ok()
        .filter(|count| digits && *count >= 1)
        .ok_or_else(|| format!("`{number}` is no whole number of 1 or more"))?;
    match *unit {
        "hour" | "hours" if count < HOURS_MIN => Err(format!("a secret rotates every {HOURS_MIN} hours at the most")),
        "hour" | "hours" if count > RATE_DAYS_MAX * DAY_HOURS => Err(format!("a rate is at most {RATE_DAYS_MAX} days")),
        "hour" | "hours" => Ok(When::Hours(count)),
        "day" | "days" if count > RATE_DAYS_MAX => Err(format!("a rate is at most {RATE_DAYS_MAX} days")),
        "day" | "days" => Ok(When::Days(count)),
        other => Err(format!("`{other}` is no unit: write hours or days")),
    }
}

fn read_cron(text: &str) -> Result<Cron, String> {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let [minute, hour, day_of_month, month, day_of_week, year] = fields.as_slice() else {
        return Err(format!(
            "cron has six fields (minute, hour, day of month, month, day of week, year), not {}",
            fields.len()
        ));
    };
    if *minute != "0" {
        return Err(format!("the minute must be 0, not `{minute}`: windows open on the hour"));
    }
    if *year != "*" {
        return Err(format!("the year must be *, not `{year}`"));
    }
    let hours = read_hours(hour)?;
    let months = MONTHS.read(month)?;
    let days = match (*day_of_month, *day_of_week) {
        ("?", "?") => return Err("one of day of month and day of week must say something".to_owned()),
        (days, "?") => read_days_of_month(days)?,
        ("?", days) => read_days_of_week(days)?,
        _ => return Err("one of day of month and day of week must be ?".to_owned()),
    };
    let cron = Cron { hours, days, months };
    // Any four hundred years are alike; the rarest day, a fifth Sunday of February, comes within forty.
    cron.next(Timestamp::default()).map(|_| cron).ok_or_else(|| "that day never comes".to_owned())
}

/// One hour, or a start and a step.
fn read_hours(text: &str) -> Result<u32, String> {
    if text.contains([',', '-']) {
        return Err(format!("the hour is one number, or a start and a step such as 2/10, not `{text}`"));
    }
    let hours = HOURS.read(text)?;
    // The step counts, not the hours from the last window of a day to the first one of the next.
    let step = text.split_once('/').map_or(1, |(_, step)| step.parse::<i64>().unwrap_or(1));
    if hours.count_ones() > 1 && step < HOURS_MIN {
        return Err(format!("a secret rotates every {HOURS_MIN} hours at the most, not as `{text}` has it"));
    }
    Ok(hours)
}

fn read_days_of_month(text: &str) -> Result<Days, String> {
    match text.strip_suffix('L') {
        Some("") => Ok(Days::LastOfMonth),
        Some(name) if WEEKDAYS.named(name).is_some() => {
            Ok(Days::Last { weekday: WEEKDAYS.named(name).unwrap_or_default() })
        }
        _ => DAYS_OF_MONTH.read(text).map(Days::OfMonth),
    }
}

fn read_days_of_week(text: &str) -> Result<Days, String> {
    if let Some((day, nth)) = text.split_once('#') {
        let weekday = WEEKDAYS.number(day)?;
        let nth = nth.parse().ok().filter(|nth| (1..=5).contains(nth));
        let nth = nth.ok_or_else(|| format!("`{text}`: a weekday is the 1st to 5th of its month, such as TUE#3"))?;
        return Ok(Days::Nth { weekday, nth });
    }
    match text.strip_suffix('L') {
        // The last day of the week.
        Some("") => Ok(Days::OfWeek(1 << 7)),
        Some(day) => Ok(Days::Last { weekday: WEEKDAYS.number(day)? }),
        None => WEEKDAYS.read(text).map(Days::OfWeek),
    }
}

/// A field of a cron expression.
struct Field {
    name: &'static str,
    range: RangeInclusive<u32>,
    /// The names of its numbers, from the lowest one on.
    names: &'static [&'static str],
}

impl Field {
    /// `*`, or numbers, ranges and steps, separated by commas.
    fn read(&self, text: &str) -> Result<u32, String> {
        let mut set = 0;
        for item in text.split(',') {
            let (span, step) = match item.split_once('/') {
                Some((span, step)) => (span, Some(self.step(step)?)),
                None => (item, None),
            };
            let (from, to) = match span.split_once('-') {
                Some((from, to)) => (self.number(from)?, self.number(to)?),
                None if span == "*" || (span.is_empty() && step.is_some()) => (*self.range.start(), *self.range.end()),
                None => {
                    let from = self.number(span)?;
                    (from, if step.is_some() { *self.range.end() } else { from })
                }
            };
            if from > to {
                return Err(format!("{} `{item}`: {from} is after {to}", self.name));
            }
            let step = usize::try_from(step.unwrap_or(1)).unwrap_or(usize::MAX);
            set = (from..=to).step_by(step).fold(set, |set, number| set | (1 << number));
        }
        Ok(set)
    }
    fn step(&self, text: &str) -> Result<u32, String> {
        let step = text.parse().ok().filter(|step| (1..=*self.range.end()).contains(step));
        step.ok_or_else(|| format!("{}: `{text}` is no step", self.name))
    }
    fn number(&self, text: &str) -> Result<u32, String> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = if digits { text.parse().ok() } else { self.named(text) };
        number.filter(|number| self.range.contains(number)).ok_or_else(|| {
            let (from, to) = (self.range.start(), self.range.end());
            format!("{}: `{text}` is not {from} to {to}", self.name)
        })
    }
    fn named(&self, text: &str) -> Option<u32> {
        let place = self.names.iter().position(|name| name.eq_ignore_ascii_case(text))?;
        self.range.start().checked_add(u32::try_from(place).ok()?)
    }
}

const HOURS: Field = Field { name: "hour", range: 0..=23, names: &[] };
const DAYS_OF_MONTH: Field = Field { name: "day of month", range: 1..=31, names: &[] };
const MONTHS: Field = Field {
    name: "month",
    range: 1..=12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
};
const WEEKDAYS: Field =
    Field { name: "day of week", range: 1..=7, names: &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] };

fn has(set: u32, number: u32) -> bool {
    set & 1_u32.checked_shl(number).unwrap_or(0) != 0
}
fn month_of(date: Date) -> u32 {
    u32::from(date.month().unsigned_abs())
}
fn date_of(instant: Timestamp) -> Option<Date> {
    Some(jiff::Timestamp::from_millisecond(instant.as_millis()).ok()?.to_zoned(TimeZone::UTC).date())
}
fn midnight_of(date: Date) -> Option<Timestamp> {
    let midnight = date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond();
    Some(Timestamp::from_millis(midnight))
}
fn common_divisor(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

const HOUR_MS: i64 = 3_600_000;
const DAY_HOURS: i64 = 24;
/// Rotations come no closer than that.
const HOURS_MIN: i64 = 4;
const RATE_DAYS_MAX: i64 = 999;
/// AutomaticallyAfterDays.
const DAYS_MAX: i64 = 1_000;
const YEARS_SEARCHED: i16 = 41;

#[cfg(test)]
mod tests;
