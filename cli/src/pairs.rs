//! Small words of the command line: `key=value`, principals, windows of days.

use std::collections::BTreeMap;

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
