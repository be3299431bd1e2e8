//! Files that hold a secret in the clear: key files and root keys.

use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Mode, OFlags, open};
use strongroom::{Entropy as _, OsEntropy, SecretBytes};

use crate::failure::{Done, Exit, Failure};

/// Reads a file that must be ours alone: regular, not a symbolic link, no rights for group or others, of this length.
pub fn read(path: &Path, len: usize) -> Result<SecretBytes, Failure> {
    let shown = path.display();
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    let file =
        open(path, flags, Mode::empty()).map_err(|errno| cannot(&format!("`{shown}` cannot be opened: {errno}")))?;
    let mut file = File::from(file);
    let found = file.metadata().map_err(|cause| cannot(&format!("`{shown}` cannot be read: {cause}")))?;
    if !found.is_file() {
        return Err(cannot(&format!("`{shown}` is not a regular file")));
    }
    if found.mode() & 0o077 != 0 || found.uid() != rustix::process::geteuid().as_raw() {
        return Err(cannot(&format!(
            "`{shown}` is not ours alone: mode {:04o}, owner {}",
            found.mode() & 0o7777,
            found.uid()
        ))
        .help(format!("chmod 600 '{shown}'")));
    }
    if found.len() != u64::try_from(len).unwrap_or(u64::MAX) {
        return Err(cannot(&format!("`{shown}` is {} bytes; a root key is {len}", found.len())));
    }
    SecretBytes::fill_with(len, |out| file.read_exact(out))
        .map_err(|cause| cannot(&format!("`{shown}` cannot be read: {cause}")))
}

/// Makes a file of 32 random bytes, mode 0600. Refuses a path that is taken.
pub fn create(path: &Path) -> Done {
    let shown = path.display();
    let key = random()?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = open(path, flags, Mode::RUSR | Mode::WUSR).map_err(|errno| {
        let exit = if errno == rustix::io::Errno::EXIST { Exit::Conflict } else { Exit::Disk };
        let label = if errno == rustix::io::Errno::EXIST { "AlreadyExists" } else { "Storage" };
        Failure::new(exit, label, format!("the key file `{shown}` cannot be made: {errno}"))
    })?;
    let mut file = File::from(file);
    file.write_all(key.expose())
        .and_then(|()| file.sync_all())
        .map_err(|cause| Failure::io(format!("`{shown}`"), &cause))?;
    // The name must survive a power loss as well as the bytes: a store is about to depend on it.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|cause| Failure::io(format!("`{}`", folder.display()), &cause))
}

/// 32 bytes of the operating system's randomness.
pub fn random() -> Result<SecretBytes, Failure> {
    SecretBytes::fill_with(32, |out| OsEntropy.fill(out))
        .map_err(|_| Failure::new(Exit::Other, "RandomnessUnavailable", "the operating system gave no randomness"))
}

fn cannot(message: &str) -> Failure {
    Failure::cannot_unlock(message)
}
