//! Small words of the command line: `key=value`, principals, windows of days, dates.

use std::collections::BTreeMap;
use std::time::Duration;

use strongroom::clock::Timestamp;
use strongroom::name::Text;

/// `key=value`; the value may be empty and may hold further `=`.
pub fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("expected `key=value`".into()),
    }
}

/// An encryption context.
pub fn context(pairs: &[(String, String)]) -> Option<BTreeMap<Text, Text>> {
    let context: BTreeMap<_, _> = pairs.iter().map(|(key, value)| (Text::from(key), Text::from(value))).collect();
    (!context.is_empty()).then_some(context)
}

/// `7d` or `7`: days.
pub fn days(text: &str) -> Result<i64, String> {
    text.strip_suffix('d').unwrap_or(text).parse().map_err(|_| "expected days, such as `7d`".into())
}

/// `30d`, `12h` or `45m`: a time from now on.
pub fn span(text: &str) -> Result<Duration, String> {
    let wrong = || "expected a time such as `30d`, `12h` or `45m`".to_owned();
    let (number, unit) = text.split_at_checked(text.len().saturating_sub(1)).ok_or_else(wrong)?;
    let seconds = match unit {
        "d" => 86_400,
        "h" => 3_600,
        "m" => 60,
        _ => return Err(wrong()),
    };
    let number: u32 = number.parse().map_err(|_| wrong())?;
    Ok(Duration::from_secs(u64::from(number).saturating_mul(seconds)))
}

/// A date, or an instant.
pub fn date(text: &str) -> Result<Timestamp, String> {
    Timestamp::from_iso_8601(text).ok_or_else(|| "a date is 2027-01-31 or 2027-01-31T08:00:00Z".to_owned())
}

/// The ARN of `user/NAME`, `role/NAME` or `root` in an account; an ARN stays what it is.
pub fn arn_of(account: &str, text: &str) -> Text {
    match text {
        "root" => Text::from(format!("arn:aws:iam::{account}:root")),
        _ if text.starts_with("user/") || text.starts_with("role/") => {
            Text::from(format!("arn:aws:iam::{account}:{text}"))
        }
        _ => Text::from(text),
    }
}
