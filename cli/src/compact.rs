//! `strongroom compact`.

use crate::failure::{Done, Failure};
use crate::own::Record;
use crate::run::Run;

pub const NOTE: &str = "\
Gives the space of what was removed back to the disk, if there is enough of it; no secret changes. Removed values
were encrypted, and a disk or a backup may keep old blocks: to be sure of them, rotate the secret itself.";

pub fn run(run: &Run) -> Done {
    let path = &run.settings.store.value;
    // As the file system has it before and after: an open file is a little longer or shorter than a closed one.
    let size = || path.metadata().map(|found| found.len()).map_err(|cause| Failure::io(path.display(), &cause));
    let room = run.open()?;
    let before = size()?;
    room.compact()?;
    drop(room);
    let record = Record::new().with("FileBytes", size()?).with("FileBytesBefore", before);
    run.out.thing(&record, "FileBytes")
}
