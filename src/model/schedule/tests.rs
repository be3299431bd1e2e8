use std::str::FromStr as _;

use croner::Cron as Croner;

use super::*;
use crate::name::Text;

fn at(text: &str) -> Timestamp {
    Timestamp::from_iso_8601(text).unwrap()
}
fn rules(expression: &str, duration: Option<&str>) -> Rules {
    Rules {
        schedule_expression: Some(Text::from(expression)),
        duration: duration.map(Text::from),
        automatically_after_days: None,
    }
}
fn schedule(expression: &str) -> Schedule {
    Schedule::read(&rules(expression, None)).unwrap().unwrap()
}
/// Starts of the next windows.
fn starts(expression: &str, from: &str, count: usize) -> Vec<String> {
    let schedule = schedule(expression);
    let (mut now, mut before) = (at(from), None);
    let mut starts = Vec::new();
    for _ in 0..count {
        let window = schedule.next(now, before, now).unwrap();
        starts.push(window.start.to_string().replace(":00:00.000Z", ""));
        (now, before) = (window.start, Some(window));
    }
    starts
}

#[test]
fn the_examples_of_the_guide_mean_what_it_says() {
    // 2027-01-15 is a Friday.
    let from = "2027-01-15T09:00:00Z";
    for (expression, expected) in [
        // Every eight hours starting at midnight.
        ("cron(0 /8 * * ? *)", ["2027-01-15T16", "2027-01-16T00", "2027-01-16T08"]),
        // Every eight hours starting at 8:00 AM.
        ("cron(0 8/8 * * ? *)", ["2027-01-15T16", "2027-01-16T08", "2027-01-16T16"]),
        // Every ten hours, starting at 2:00 AM: at 2:00, 12:00, and 22:00 each day.
        ("cron(0 2/10 * * ? *)", ["2027-01-15T12", "2027-01-15T22", "2027-01-16T02"]),
        // Every day at 10:00 AM.
        ("cron(0 10 * * ? *)", ["2027-01-15T10", "2027-01-16T10", "2027-01-17T10"]),
        // Every Saturday at 6:00 PM.
        ("cron(0 18 ? * SAT *)", ["2027-01-16T18", "2027-01-23T18", "2027-01-30T18"]),
        // The first day of every month at 8:00 AM.
        ("cron(0 8 1 * ? *)", ["2027-02-01T08", "2027-03-01T08", "2027-04-01T08"]),
        // Every three months on the first Sunday at 1:00 AM.
        ("cron(0 1 ? 1/3 SUN#1 *)", ["2027-04-04T01", "2027-07-04T01", "2027-10-03T01"]),
        // The last day of every month at 5:00 PM.
        ("cron(0 17 L * ? *)", ["2027-01-31T17", "2027-02-28T17", "2027-03-31T17"]),
        // Monday through Friday at 8:00 AM.
        ("cron(0 8 ? * MON-FRI *)", ["2027-01-18T08", "2027-01-19T08", "2027-01-20T08"]),
        // First and 15th day of every month at 4:00 PM.
        ("cron(0 16 1,15 * ? *)", ["2027-01-15T16", "2027-02-01T16", "2027-02-15T16"]),
        // First Sunday of every month at midnight.
        ("cron(0 0 ? * SUN#1 *)", ["2027-02-07T00", "2027-03-07T00", "2027-04-04T00"]),
        ("rate(10 days)", ["2027-01-25T00", "2027-02-04T00", "2027-02-14T00"]),
        ("rate(1 day)", ["2027-01-16T00", "2027-01-17T00", "2027-01-18T00"]),
        ("rate(4 hours)", ["2027-01-16T00", "2027-01-16T04", "2027-01-16T08"]),
        ("rate(10 hours)", ["2027-01-16T00", "2027-01-16T10", "2027-01-16T20"]),
        ("rate(48 hours)", ["2027-01-16T00", "2027-01-18T00", "2027-01-20T00"]),
        // Last days, by either field, by name or by number.
        ("cron(0 0 SUNL * ? *)", ["2027-01-31T00", "2027-02-28T00", "2027-03-28T00"]),
        ("cron(0 0 ? * SUNL *)", ["2027-01-31T00", "2027-02-28T00", "2027-03-28T00"]),
        ("cron(0 0 ? * 1L *)", ["2027-01-31T00", "2027-02-28T00", "2027-03-28T00"]),
        ("cron(0 0 ? * L *)", ["2027-01-16T00", "2027-01-23T00", "2027-01-30T00"]),
        ("cron(0 0 ? * TUE#3 *)", ["2027-01-19T00", "2027-02-16T00", "2027-03-16T00"]),
        ("cron(0 0 ? * 3#5 *)", ["2027-03-30T00", "2027-06-29T00", "2027-08-31T00"]),
        ("cron(0 0 29 2 ? *)", ["2028-02-29T00", "2032-02-29T00", "2036-02-29T00"]),
        ("cron(0 0 ? 2 SUN#5 *)", ["2032-02-29T00", "2060-02-29T00", "2088-02-29T00"]),
        ("cron(0 0 31 JAN,mar ? *)", ["2027-01-31T00", "2027-03-31T00", "2028-01-31T00"]),
    ] {
        assert_eq!(starts(expression, from, 3), expected, "{expression}");
    }
    // Over a century that has no leap day.
    assert_eq!(starts("cron(0 0 29 2 ? *)", "2096-03-01", 1), ["2104-02-29T00"]);
    assert_eq!(starts("cron(0 0 ? 2 SUN#5 *)", "2088-03-01", 1), ["2128-02-29T00"]);
}

#[test]
fn a_window_is_an_hour_of_hourly_schedules_and_else_the_rest_of_the_day() {
    let now = at("2027-01-15T09:00:00Z");
    let hours = |expression: &str, duration: Option<&str>| {
        let schedule = Schedule::read(&rules(expression, duration)).unwrap().unwrap();
        let window = schedule.next(now, None, now).unwrap();
        // The last second that belongs to it.
        (window.end.as_millis() - window.start.as_millis() + 1_000) / HOUR_MS
    };
    for (expression, duration, expected) in [
        ("rate(4 hours)", None, 1),
        ("rate(4 hours)", Some("4h"), 4),
        ("rate(10 hours)", Some("2h"), 2),
        ("rate(48 hours)", Some("24h"), 24),
        ("rate(10 days)", None, 24),
        ("rate(10 days)", Some("3h"), 3),
        ("cron(0 8/8 * * ? *)", None, 1),
        ("cron(0 8/8 * * ? *)", Some("8h"), 8),
        ("cron(0 10 * * ? *)", None, 14),
        ("cron(0 22/10 * * ? *)", None, 2),
        ("cron(0 10 * * ? *)", Some("14h"), 14),
    ] {
        assert_eq!(hours(expression, duration), expected, "{expression} {duration:?}");
    }
    for (expression, duration) in [
        ("rate(4 hours)", "5h"),
        // At 22:00 of some day.
        ("rate(10 hours)", "3h"),
        ("rate(5 hours)", "2h"),
        ("cron(0 8/8 * * ? *)", "9h"),
        ("cron(0 2/10 * * ? *)", "3h"),
        ("cron(0 10 * * ? *)", "15h"),
        ("rate(10 days)", "25h"),
        ("rate(10 days)", "0h"),
        ("rate(10 days)", "h"),
        ("rate(10 days)", "+3h"),
        ("rate(10 days)", "3"),
    ] {
        let error = Schedule::read(&rules(expression, Some(duration))).unwrap_err();
        assert_eq!(error.code(), "InvalidParameterException", "{expression} {duration}");
    }
}

#[test]
fn what_is_no_schedule_is_refused() {
    for text in [
        "",
        "rate",
        "rate()",
        "rate(10)",
        "rate(days)",
        "rate(10 days) ",
        " rate(10 days)",
        "RATE(10 days)",
        "rate(-1 days)",
        "rate(+1 days)",
        "rate(1.5 days)",
        "rate(10 days 2 hours)",
        "rate(10 Days)",
        "rate(3 hours)",
        "rate(23977 hours)",
        "rate(99999999999999999999 days)",
        "rate(1 week)",
        "cron",
        "cron()",
        "cron(0 8 * * ? *",
        "cron(0 8 * * ?)",
        "cron(0 8 * * ? * *)",
        "cron(* 8 * * ? *)",
        "cron(5 8 * * ? *)",
        "cron(00 8 * * ? *)",
        "cron(0 8 * * ? 2030)",
        "cron(0 8 * * ? ?)",
        "cron(0 24 * * ? *)",
        "cron(0 -1 * * ? *)",
        "cron(0 8,16 * * ? *)",
        "cron(0 8-16 * * ? *)",
        "cron(0 * * * ? *)",
        "cron(0 /3 * * ? *)",
        "cron(0 */1 * * ? *)",
        "cron(0 8/0 * * ? *)",
        "cron(0 / * * ? *)",
        "cron(0 ? * * ? *)",
        "cron(0 8 * * * *)",
        "cron(0 8 ? * ? *)",
        "cron(0 8 1 * MON *)",
        "cron(0 8 0 * ? *)",
        "cron(0 8 32 * ? *)",
        "cron(0 8 1- * ? *)",
        "cron(0 8 5-3 * ? *)",
        "cron(0 8 1,,3 * ? *)",
        "cron(0 8 1, * ? *)",
        "cron(0 8 15W * ? *)",
        "cron(0 8 L-3 * ? *)",
        "cron(0 8 1,L * ? *)",
        "cron(0 8 3L * ? *)",
        "cron(0 8 XXXL * ? *)",
        "cron(0 8 30 2 ? *)",
        "cron(0 8 31 4,6 ? *)",
        "cron(0 8 1 0 ? *)",
        "cron(0 8 1 13 ? *)",
        "cron(0 8 1 ? ? *)",
        "cron(0 8 1 L ? *)",
        "cron(0 8 1 JANUARY ? *)",
        "cron(0 8 ? * 0 *)",
        "cron(0 8 ? * 8 *)",
        "cron(0 8 ? * SUN#0 *)",
        "cron(0 8 ? * SUN#6 *)",
        "cron(0 8 ? * SUN# *)",
        "cron(0 8 ? * #1 *)",
        "cron(0 8 ? * SUN#1,MON#1 *)",
        "cron(0 8 ? * FRI-MON *)",
        "cron(0 8 ? * 8L *)",
        "cron(0 8 ? * MON,L *)",
        "cron(0 8 ? * 1/8 *)",
    ] {
        let refused = Schedule::read(&rules(text, None)).map(|found| panic!("{text}: {found:?}")).unwrap_err();
        assert_eq!(refused.code(), "InvalidParameterException", "{text}");
        let told = refused.message().to_string();
        assert!(told.starts_with(&format!("Invalid ScheduleExpression {text}: ")) && told.ends_with('.'), "{told}");
    }
    let days = |days| Rules { automatically_after_days: Some(days), ..Rules::default() };
    assert!(Schedule::read(&days(1)).unwrap().is_some() && Schedule::read(&days(1000)).unwrap().is_some());
    assert!(Schedule::read(&days(0)).is_err() && Schedule::read(&days(1001)).is_err());
    assert_eq!(Schedule::read(&Rules::default()).unwrap(), None);
    assert!(Rules { automatically_after_days: Some(1), ..rules("rate(1 day)", None) }.check().is_err());
}

/// Repeatable draws.
struct Draws(u64);
impl Draws {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).unwrap() % bound
    }
    fn between(&mut self, from: u32, to: u32) -> u32 {
        from + self.below(to - from + 1)
    }
}

/// A field in AWS's dialect, and the same in croner's: lists, ranges, steps. `shift` turns AWS's days of the week (1 is Sunday)
/// into croner's (0 is Sunday).
fn field(draws: &mut Draws, from: u32, to: u32, names: &[&str], shift: u32) -> (String, String) {
    let items = if draws.below(3) == 0 { draws.between(2, 4) } else { 1 };
    let mut both = (Vec::new(), Vec::new());
    for _ in 0..items {
        let number = |draws: &mut Draws, from: u32| {
            let number = draws.between(from, to);
            let name = names.get(usize::try_from(number - 1).unwrap()).filter(|_| draws.below(2) == 0);
            (number, name.map_or_else(|| number.to_string(), |name| (*name).to_owned()))
        };
        match draws.below(5) {
            0 | 1 => {
                let (one, named) = number(draws, from);
                both.0.push(named);
                both.1.push((one - shift).to_string());
            }
            2 => {
                let (one, named) = number(draws, from);
                let (other, renamed) = number(draws, one);
                both.0.push(format!("{named}-{renamed}"));
                both.1.push(format!("{}-{}", one - shift, other - shift));
            }
            3 => {
                let (one, named) = number(draws, from);
                let step = draws.between(1, to);
                both.0.push(format!("{named}/{step}"));
                both.1.push(format!("{}-{}/{step}", one - shift, to - shift));
            }
            _ => {
                let step = draws.between(1, to);
                both.0.push(format!("*/{step}"));
                both.1.push(format!("{}-{}/{step}", from - shift, to - shift));
            }
        }
    }
    (both.0.join(","), both.1.join(","))
}

/// The same expression for both. Where their dialects differ: croner counts days of the week from 0 and has no year, takes a start
/// with a step only as a range, writes `*` for `?`, has the last weekday of a month among the days of the week alone, and
/// writes AWS's `L` there, the last day of the week, as a Saturday.
fn drawn(draws: &mut Draws) -> (String, String) {
    let (hour, their_hour) = if draws.below(3) == 0 {
        let (start, step) = (draws.below(24), draws.between(4, 23));
        let written = if draws.below(2) == 0 && start == 0 { String::new() } else { start.to_string() };
        (format!("{written}/{step}"), format!("{start}-23/{step}"))
    } else {
        let hour = draws.below(24).to_string();
        (hour.clone(), hour)
    };
    let (month, their_month) =
        if draws.below(2) == 0 { ("*".to_owned(), "*".to_owned()) } else { field(draws, 1, 12, MONTHS.names, 0) };
    let weekday = draws.between(1, 7);
    let name = WEEKDAYS.names[usize::try_from(weekday - 1).unwrap()];
    let ((day, weekdays), (their_day, their_weekdays)) = match draws.below(8) {
        0 => (("*".to_owned(), "?".to_owned()), ("*".to_owned(), "*".to_owned())),
        1 => (("L".to_owned(), "?".to_owned()), ("L".to_owned(), "*".to_owned())),
        2 => ((format!("{name}L"), "?".to_owned()), ("*".to_owned(), format!("{}#L", weekday - 1))),
        3 => (("?".to_owned(), format!("{weekday}L")), ("*".to_owned(), format!("{}#L", weekday - 1))),
        4 => {
            let nth = draws.between(1, 5);
            (("?".to_owned(), format!("{name}#{nth}")), ("*".to_owned(), format!("{}#{nth}", weekday - 1)))
        }
        5 => (("?".to_owned(), "L".to_owned()), ("*".to_owned(), "6".to_owned())),
        6 => {
            let (ours, theirs) = field(draws, 1, 31, &[], 0);
            ((ours, "?".to_owned()), (theirs, "*".to_owned()))
        }
        _ => {
            let (ours, theirs) = field(draws, 1, 7, WEEKDAYS.names, 1);
            (("?".to_owned(), ours), ("*".to_owned(), theirs))
        }
    };
    (
        format!("cron(0 {hour} {day} {month} {weekdays} *)"),
        format!("0 {their_hour} {their_day} {their_month} {their_weekdays}"),
    )
}

#[test]
fn a_hundred_thousand_random_expressions_mean_what_another_crate_says() {
    let mut draws = Draws(2027);
    let (mut compared, mut never) = (0, 0);
    for _ in 0..100_000 {
        let (ours, theirs) = drawn(&mut draws);
        let now = Timestamp::from_secs(1_700_000_000 + i64::from(draws.below(2_000_000_000)));
        let schedule = match Schedule::read(&rules(&ours, None)) {
            Ok(schedule) => schedule.unwrap(),
            Err(refused) => {
                // The 30th of February: croner looks for it until it gives up.
                assert!(refused.message().to_string().ends_with("that day never comes."), "{ours}: {refused}");
                never += 1;
                continue;
            }
        };
        let start = schedule.next(now, None, now).unwrap().start;
        let from = chrono::DateTime::from_timestamp_millis(now.as_millis()).unwrap();
        let next = Croner::from_str(&theirs).unwrap().find_next_occurrence(&from, false);
        let next = next.unwrap_or_else(|fault| panic!("{ours} as {theirs} from {now}: {fault}"));
        assert_eq!(start.as_millis(), next.timestamp_millis(), "{ours} as {theirs} from {now}: {start}, {next}");
        compared += 1;
    }
    assert!(compared > 99_000 && never > 0, "{compared} compared, {never} never come");
}
