//! `strongroom demo`: the guide's story, played with real calls on a store in a temporary folder.

mod cast;
mod measure;
mod narrator;
mod scan;
mod story;

use std::path::Path;

use strongroom::{SecretBytes, Strongroom, Unlock};

use crate::failure::{Done, Exit, Failure};
use crate::private_file;
use narrator::{Heard, Narrator, say};

pub const NOTE: &str = "Asks nothing, touches no store of yours, and removes its folder at the end, whatever happened.";

pub fn run() -> Done {
    let folder = tempfile::Builder::new()
        .prefix("strongroom-demo-")
        .tempdir()
        .map_err(|cause| Failure::io("no temporary folder", &cause))?;
    // The folder is removed by its drop as well, should the play end early.
    play(&folder.path().join("demo.strongroom"))?;
    folder.close().map_err(|cause| Failure::io("the temporary folder cannot be removed", &cause))
}
fn play(path: &Path) -> Done {
    // A raw root key, as a host would keep it: nobody is asked, and nothing needs hardening.
    let key = private_file::random()?;
    let unlock = || Unlock::RootKey(SecretBytes::copy_of(key.expose()));
    let heard = Heard::default();
    let builder = Strongroom::builder().account(cast::ACCOUNT).audit(heard.clone());
    let room = builder.create(path, unlock())?;
    let mut narrator = Narrator::new(&room, heard);
    say(&format!("A store in one file, account {}, opened with 32 random bytes.\n", cast::ACCOUNT))?;
    let names = story::play(&room, &mut narrator)?;
    drop(narrator);
    drop(room);
    // Opened again as any program would: no audit sink, so nothing but the call is measured.
    let room = Strongroom::open(path, unlock())?;
    measure::gets(&room)?;
    let verified = room.verify()?;
    crate::output::lines(std::iter::once(format!(
        "Verification: {} rows, {} versions, {} audit records add up.",
        verified.rows, verified.versions, verified.audit_records
    )))?;
    drop(room);
    searched(path, &names)
}

/// The file must say nothing of what is in it.
fn searched(path: &Path, names: &[String]) -> Done {
    let file = std::fs::read(path).map_err(|cause| Failure::io(path.display(), &cause))?;
    let needles = scan::Needles::new(names.iter().map(String::as_str).chain(cast::WORDS.iter().copied()));
    let found = needles.found_in(&file);
    if !found.is_empty() {
        return Err(Failure::new(Exit::Integrity, "Leak", format!("the file shows {}", found.join(", "))));
    }
    crate::output::lines(std::iter::once(format!(
        "Scan: {} bytes of the file searched for {} values, names and words of policies, as text, UTF-16, base64 and hex: none found.",
        file.len(),
        needles.words(),
    )))
}
