//! `strongroom upgrade`.

use crate::failure::Done;
use crate::own::Record;
use crate::run::Run;

pub const NOTE: &str = "\
Every version opens the formats of all earlier ones, and writes what it changes in its own. So far there is one format: this opens \
the store, says which it has, and changes nothing. A file of a later format is refused, with exit code 6.";

pub fn run(run: &Run) -> Done {
    // A file of another format does not open.
    let room = run.open()?;
    let record = Record::new()
        .with("Store", run.settings.store.value.display().to_string())
        .with("Format", FORMAT)
        .with("Newest", true)
        .with("HeaderGeneration", room.status()?.header_generation);
    run.out.line(&record, &["Format", "Newest", "Store"])
}

/// The number of the file's format.
pub const FORMAT: i64 = 1;
