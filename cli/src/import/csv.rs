//! A table with a heading: a row is a secret. The reader keeps the row that it reads in memory that is not wiped.

use strongroom::SecretText;

use super::entry::{Entries, Entry};
use super::fields::object;
use super::input::Input;
use crate::failure::{Done, Failure};
use crate::flat::harmless;
use crate::terminal::note;

/// Which columns mean what.
pub struct Columns<'c> {
    pub name: &'c str,
    pub value: &'c str,
}

const DESCRIPTION: &str = "description";

pub fn read(input: &Input, columns: &Columns<'_>, whole: bool, entries: &mut Entries) -> Done {
    let text = input.text()?;
    let mut reader = csv::Reader::from_reader(text.strip_prefix('\u{feff}').unwrap_or(text).as_bytes());
    let heading = reader.headers().map_err(|why| wrong(input, &why))?.clone();
    let mut seen = std::collections::BTreeSet::new();
    if let Some(twice) = heading.iter().find(|column| !seen.insert(*column)) {
        return Err(input.wrong(1, format!("the column `{}` is there twice", harmless(twice))));
    }
    let place = |column: &str| heading.iter().position(|found| found == column);
    let missing = |column: &str, option: &str| {
        input
            .wrong(1, format!("there is no column `{}`", harmless(column)))
            .help(format!("there are {}; `{option}` names the right one", harmless(&told(&heading))))
    };
    let name_at = place(columns.name).ok_or_else(|| missing(columns.name, "--name-column"))?;
    let value_at =
        if whole { None } else { Some(place(columns.value).ok_or_else(|| missing(columns.value, "--value-column"))?) };
    let description_at =
        place(DESCRIPTION).filter(|at| value_at.is_some() && ![Some(*at), None].contains(&value_at) && *at != name_at);
    if value_at.is_some() {
        let used = [Some(name_at), value_at, description_at];
        let left: Vec<&str> =
            heading.iter().enumerate().filter(|(at, _)| !used.contains(&Some(*at))).map(|(_, column)| column).collect();
        if !left.is_empty() {
            note(&format!(
                "note: {}: columns that are not imported: {}; `--shape secret` takes all of them",
                input.label,
                harmless(&left.join(", "))
            ));
        }
    }
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|why| wrong(input, &why))? {
        let line = record.position().map_or(0, |position| usize::try_from(position.line()).unwrap_or(0));
        let cell = |at: usize| record.get(at).unwrap_or_default();
        let name = cell(name_at).to_owned();
        if name.is_empty() {
            return Err(input.wrong(line, format!("the column `{}` is empty", harmless(columns.name))));
        }
        let origin = input.origin(line);
        let entry = if let Some(at) = value_at {
            let mut entry = Entry::of_text(name, origin, SecretText::from(cell(at)));
            entry.description = description_at.map(cell).filter(|text| !text.is_empty()).map(str::to_owned);
            entry
        } else {
            let cells = heading.iter().zip(&record).enumerate().filter(|(at, _)| *at != name_at);
            let members: Vec<(String, SecretText)> =
                cells.map(|(_, (column, text))| (column.to_owned(), SecretText::from(text))).collect();
            Entry::of_bytes(name, origin, object(&members))
        };
        entries.add(entry)?;
    }
    Ok(())
}

fn told(heading: &csv::StringRecord) -> String {
    heading.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", ")
}

/// What the reader says may quote a cell: it is told in our words.
fn wrong(input: &Input, why: &csv::Error) -> Failure {
    match why.kind() {
        csv::ErrorKind::UnequalLengths { pos, expected_len, len } => {
            let line = pos.as_ref().map_or(0, |pos| usize::try_from(pos.line()).unwrap_or(0));
            input.wrong(line, format!("a row of {len} cells; the heading has {expected_len}"))
        }
        _ => input.wrong(0, "not a table that can be read"),
    }
}
