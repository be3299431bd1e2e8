//! Files that hold what is expected. `STRONGROOM_BLESS=1` writes what happens into them, for a person to read before it is kept.

#![allow(clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on says so by panicking")]

use std::path::{Path, PathBuf};

pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

/// Compares, line by line so that a difference can be read.
#[track_caller]
pub fn compare(path: &Path, found: &str) {
    let found: String = found.lines().map(|line| line.trim_end().to_owned() + "\n").collect();
    if std::env::var_os("STRONGROOM_BLESS").is_some() {
        std::fs::write(path, &found).unwrap();
        return;
    }
    let wanted = std::fs::read_to_string(path).unwrap_or_default();
    if let Some((number, (wanted, found))) =
        lines(&wanted).zip(lines(&found)).enumerate().find(|(_, (wanted, found))| wanted != found)
    {
        panic!("{}:{}\nwanted: {wanted}\nfound:  {found}", path.display(), number + 1);
    }
    assert_eq!(wanted.lines().count(), found.lines().count(), "{}", path.display());
}

/// The end is a line as well.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().chain(["(end)"])
}

/// What differs from run to run, as words in brackets: ids, dates, the random ends of ARNs, sealed bytes, the test's folder.
pub fn blanked(text: &str, home: &Path) -> String {
    let text = text.replace(&home.display().to_string(), "[HOME]");
    let text = runs(
        &text,
        |c| c.is_ascii_hexdigit() || c == '-',
        |run| {
            let uuid = run.len() == 36 && run.matches('-').count() == 4;
            if uuid { Some("[ID]") } else { (run.len() == 32 && !run.contains('-')).then_some("[HEX]") }
        },
    );
    let text = runs(
        &text,
        |c| c.is_ascii_alphanumeric() || "+/=".contains(c),
        |run| {
            let id = ["AKIA", "ASIA", "AIDA", "AROA", "AGPA", "ANPA"].iter().any(|kind| run.starts_with(kind));
            if id && (16..=21).contains(&run.len()) {
                Some("[KEY]")
            } else {
                (run.len() >= 60 && !run.contains("//")).then_some("[BASE64]")
            }
        },
    );
    let text = runs(
        &text,
        |c| c.is_ascii_digit() || "TZ:.-".contains(c),
        |run| (run.len() >= 20 && run.contains('T') && run.ends_with('Z')).then_some("[TIME]"),
    );
    let text = runs(
        &text,
        |c| c.is_ascii_digit() || c == '.',
        |run| (run.len() >= 10 && ["17", "18"].iter().any(|start| run.starts_with(start))).then_some("[TIME]"),
    );
    let mut shown = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find(":secret:") {
        let (head, tail) = rest.split_at(at + 8);
        let end = tail.find(|c: char| !(c.is_ascii_alphanumeric() || "/_+=.@-".contains(c))).unwrap_or(tail.len());
        let (arn, after) = tail.split_at(end);
        shown.push_str(head);
        match arn.rsplit_once('-') {
            Some((name, random)) if random.len() == 6 => shown.extend([name, "-[RANDOM]"]),
            _ => shown.push_str(arn),
        }
        rest = after;
    }
    shown + rest
}

/// Each longest run of such characters, replaced if it is what is looked for.
fn runs(text: &str, of: impl Fn(char) -> bool, by: impl Fn(&str) -> Option<&'static str>) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(&of) {
        let (before, from) = rest.split_at(start);
        let (run, after) = from.split_at(from.find(|c| !of(c)).unwrap_or(from.len()));
        shown.extend([before, by(run).unwrap_or(run)]);
        rest = after;
    }
    shown + rest
}
