//! `strongroom status`.

use std::fmt::Write as _;

use clap::Args;
use strongroom::Shredded;

use crate::failure::Done;
use crate::own::Record;
use crate::run::Run;

pub const NOTE: &str = "\
Keep `Sequence` and `Fingerprint` elsewhere: a file that later shows a lower sequence is an older copy.
`Shredded` is `pending` while the file still holds bytes of what was deleted; `strongroom compact` ends that.
On a `FileSystem` that copies on write (btrfs, zfs, bcachefs, f2fs, overlayfs), and on flash, the old bytes may live on below.";

/// `pending` or `done`.
pub fn shredded(state: Shredded) -> &'static str {
    match state {
        Shredded::Pending => "pending",
        Shredded::Done => "done",
    }
}

#[derive(Args, Debug)]
#[command(after_help = NOTE)]
pub struct Status {
    /// Vouch for the clock after it has jumped by more than 90 days: what is due for deletion may go
    #[arg(long)]
    confirm_clock: bool,
}

pub fn run(run: &Run, status: &Status) -> Done {
    let room = run.open()?;
    if status.confirm_clock {
        room.confirm_clock()?;
    }
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
        .with("ClockInDoubt", found.clock_in_doubt)
        .with("Slots", i64::try_from(room.slots().len()).unwrap_or(i64::MAX))
        .with_some("Secrets", rows("s"))
        .with_some("Versions", rows("p"))
        .with_some("Keys", rows("k"))
        .with("DeletedKeys", i64::try_from(room.deleted_keys()?.len()).unwrap_or(i64::MAX))
        .with_some("Grants", rows("h"))
        .with_some("Principals", rows("u"))
        .with_some("ManagedPolicies", rows("m"))
        .with_some("AuditRecords", rows("a"))
        .with("Shredded", shredded(found.shredded))
        .with_some("FileSystem", found.file_system);
    run.out.thing(&record, "StoreId")
}
