//! Folders with a secret in each file: those of `pass`, and credentials of systemd. Links are not followed, and hidden files and
//! folders are passed over.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::entry::{Entries, Entry};
use super::input::{Input, text, whole};
use crate::failure::{Done, Exit, Failure};
use crate::flat::harmless;

/// A folder of `pass`: the name of a secret is the path of its file.
pub fn pass(folder: &Path, gpg: bool, entries: &mut Entries) -> Done {
    for path in files_below(folder, DEPTH_MAX)? {
        let below = path.strip_prefix(folder).unwrap_or(&path);
        let label = harmless(&path.display().to_string());
        let name = text(below.as_os_str(), &label)?;
        let name = name.strip_suffix(".gpg").unwrap_or(&name);
        add_pass(&path, name, gpg, entries)?;
    }
    Ok(())
}

pub fn pass_file(path: &Path, gpg: bool, name: Option<&str>, entries: &mut Entries) -> Done {
    let label = harmless(&path.display().to_string());
    let own = text(path.file_name().unwrap_or_default(), &label)?;
    let name = name.unwrap_or_else(|| own.strip_suffix(".gpg").unwrap_or(&own));
    add_pass(path, name, gpg, entries)
}

fn add_pass(path: &Path, name: &str, gpg: bool, entries: &mut Entries) -> Done {
    let sealed = path.extension().is_some_and(|extension| extension == "gpg");
    let input = match (sealed, gpg) {
        (true, true) => Input::named(path, decrypted(path)?)?,
        (false, _) => Input::file(path)?,
        (true, false) => {
            return Err(Failure::invalid(format!("{}: it is encrypted by gpg", harmless(&path.display().to_string())))
                .help(format!(
                    "`--gpg` has gpg decrypt it; or `pass show {0} | strongroom import --from pass --name {0}`",
                    harmless(name)
                )));
        }
    };
    add_opened(&input, name.to_owned(), entries)
}

/// What was decrypted, or should have been.
pub fn add_opened(input: &Input, name: String, entries: &mut Entries) -> Done {
    if input.bytes().starts_with(b"-----BEGIN PGP MESSAGE-----") {
        return Err(input
            .wrong(1, "it is encrypted by gpg")
            .help("`gpg --decrypt`, or give its name the ending `.gpg` and `--gpg`"));
    }
    // `pass` ends what it stores with a newline.
    entries.add(Entry::of_bytes(name, input.origin(0), input.value(true)))
}

/// What `gpg` prints. It asks for its passphrase by its own agent.
fn decrypted(path: &Path) -> Result<strongroom::SecretBytes, Failure> {
    let shown = harmless(&path.display().to_string());
    let failed = |what: String| Failure::new(Exit::Other, "Gpg", what);
    let mut child = Command::new("gpg")
        .args(["--quiet", "--yes", "--decrypt", "--"])
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|cause| failed(format!("gpg cannot be called: {cause}")))?;
    let read = match child.stdout.take() {
        Some(out) => whole(out, &format!("what gpg makes of `{shown}`")),
        None => Err(failed("gpg cannot be heard".to_owned())),
    };
    let ended = child.wait().map_err(|cause| failed(format!("gpg: {cause}")))?;
    if !ended.success() {
        return Err(failed(format!("gpg could not decrypt `{shown}`: {ended}")));
    }
    read
}

/// A folder of credentials, as services get it: the name of a secret is that of its file.
pub fn systemd(folder: &Path, entries: &mut Entries) -> Done {
    for path in files_below(folder, 1)? {
        systemd_file(&path, None, entries)?;
    }
    Ok(())
}

pub fn systemd_file(path: &Path, name: Option<&str>, entries: &mut Entries) -> Done {
    let label = harmless(&path.display().to_string());
    if path.extension().is_some_and(|extension| extension == "cred") {
        return Err(Failure::invalid(format!("{label}: it is an encrypted credential"))
            .help(format!("`systemd-creds decrypt '{label}' - | strongroom import --from systemd --name NAME`")));
    }
    let own = text(path.file_name().unwrap_or_default(), &label)?;
    let input = Input::file(path)?;
    entries.add(Entry::of_bytes(name.unwrap_or(&own).to_owned(), input.origin(0), input.value(false)))
}

/// Regular files, in the order of their names.
fn files_below(folder: &Path, depth: usize) -> Result<Vec<PathBuf>, Failure> {
    let shown = |path: &Path| format!("`{}`", harmless(&path.display().to_string()));
    let mut found = Vec::new();
    let mut left = vec![(folder.to_owned(), depth)];
    while let Some((folder, depth)) = left.pop() {
        let entries = fs::read_dir(&folder).map_err(|cause| Failure::io(shown(&folder), &cause))?;
        for entry in entries {
            let entry = entry.map_err(|cause| Failure::io(shown(&folder), &cause))?;
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let (path, kind) = (entry.path(), entry.file_type());
            let kind = kind.map_err(|cause| Failure::io(shown(&path), &cause))?;
            if kind.is_dir() {
                let below = depth
                    .checked_sub(1)
                    .filter(|below| *below > 0)
                    .ok_or_else(|| Failure::invalid(format!("{}: a folder in a folder", shown(&path))))?;
                left.push((path, below));
            } else if kind.is_file() {
                // Opened here once, so that what cannot be read is told before anything is asked of gpg.
                File::open(&path).map_err(|cause| Failure::io(shown(&path), &cause))?;
                found.push(path);
            } else {
                return Err(Failure::invalid(format!("{}: it is neither a file nor a folder", shown(&path))));
            }
        }
    }
    found.sort();
    Ok(found)
}

const DEPTH_MAX: usize = 32;
