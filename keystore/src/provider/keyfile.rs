//! A file of random bytes: for devices and unattended machines.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::process::geteuid;

use crate::error::KeyFileFault;
use crate::secret::SecretBytes;

pub(super) const KIND: u8 = 2;

/// Who but the owner may get at the file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Nobody, and the owner is us.
    OwnerOnly,
    /// A group, but not others.
    NotOthers,
}

/// Reads the whole file into a wiped buffer. All checks are made on the open file, not on its path.
pub(super) fn read(path: &Path, access: Access) -> Result<SecretBytes, KeyFileFault> {
    // Not blocking: to open a pipe would otherwise wait for somebody to write.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    let file = open(path, flags, Mode::empty()).map_err(|errno| match errno {
        Errno::LOOP => KeyFileFault::SymbolicLink,
        other => KeyFileFault::Unreadable(other.kind()),
    })?;
    let mut file = File::from(file);
    let found = file.metadata().map_err(|error| KeyFileFault::Unreadable(error.kind()))?;
    let mode = found.mode() & 0o7777;
    let forbidden = if access == Access::OwnerOnly { 0o077 } else { 0o007 };
    if !found.is_file() {
        return Err(KeyFileFault::NotAFile);
    }
    if access == Access::OwnerOnly && found.uid() != geteuid().as_raw() {
        return Err(KeyFileFault::NotOwned);
    }
    if mode & forbidden != 0 {
        return Err(KeyFileFault::OpenToOthers { mode });
    }
    let len = usize::try_from(found.len()).ok().filter(|len| (LEN_MIN..=LEN_MAX).contains(len));
    let len = len.ok_or(KeyFileFault::Size(found.len()))?;
    let content = SecretBytes::fill_with(len, |content| file.read_exact(content));
    let content = content.map_err(|error| KeyFileFault::Unreadable(error.kind()))?;
    // One byte more would mean that the file grew while it was read.
    match file.read(&mut [0]) {
        Ok(0) => Ok(content),
        Ok(_) => Err(KeyFileFault::Size(found.len().saturating_add(1))),
        Err(error) => Err(KeyFileFault::Unreadable(error.kind())),
    }
}

const LEN_MIN: usize = 32;
const LEN_MAX: usize = 4096;
