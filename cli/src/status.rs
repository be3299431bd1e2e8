//! `strongroom status`.

use std::fmt::Write as _;

use strongroom::Shredded;

use crate::failure::Done;
use crate::own::Record;
use crate::run::Run;

pub const NOTE: &str = "\
Keep `Sequence` and `Fingerprint` elsewhere: a file that later shows a lower sequence is an older copy.
`Shredded` is `pending` while the file still holds bytes of what was deleted; `strongroom compact` ends that.";

/// `pending` or `done`.
pub fn shredded(state: Shredded) -> &'static str {
    match state {
        Shredded::Pending => "pending",
        Shredded::Done => "done",
    }
}

pub fn run(run: &Run) -> Done {
    let room = run.open()?;
    let found = room.status()?;
    let mut id = String::new();
    for byte in found.store_id {
        // Writing to a string does not fail.
        let _ = write!(id, "{byte:02x}");
    }
    let rows = |letter: &str| found.rows.iter().find(|(table, _)| *table == letter).map(|(_, rows)| *rows);
    let record = Record::new()
        .with("Store", run.settings.store.value.display().to_string())
        .with("StoreId", id)
        .with("Account", room.account())
        .with("Region", room.region())
        .with("FileBytes", found.file_bytes)
        .with("Sequence", found.sequence)
        .with("Fingerprint", found.fingerprint.as_str())
        .with("HeaderGeneration", found.header_generation)
        .with("Slots", i64::try_from(room.slots().len()).unwrap_or(i64::MAX))
        .with_some("Secrets", rows("s"))
        .with_some("Versions", rows("p"))
        .with_some("Keys", rows("k"))
        .with_some("Grants", rows("h"))
        .with_some("Principals", rows("u"))
        .with_some("ManagedPolicies", rows("m"))
        .with_some("AuditRecords", rows("a"))
        .with("Shredded", shredded(found.shredded));
    run.out.thing(&record, "StoreId")
}
