//! `strongroom compact`.

use crate::failure::{Done, Failure};
use crate::own::Record;
use crate::run::Run;
use crate::status;

pub const NOTE: &str = "\
Overwrites what was deleted and gives its space back to the disk; no secret changes. What it overwrites is the file:
flash, snapshots, copy-on-write file systems and backups may keep old blocks. To be sure of those, rotate the secret.";

pub fn run(run: &Run) -> Done {
    let path = &run.settings.store.value;
    // As the file system has it before and after: an open file is a little longer or shorter than a closed one.
    let size = || path.metadata().map(|found| found.len()).map_err(|cause| Failure::io(path.display(), &cause));
    let room = run.open()?;
    let before = size()?;
    room.compact()?;
    let shredded = status::shredded(room.status()?.shredded);
    drop(room);
    let record = Record::new().with("FileBytes", size()?).with("FileBytesBefore", before).with("Shredded", shredded);
    run.out.thing(&record, "FileBytes")
}
