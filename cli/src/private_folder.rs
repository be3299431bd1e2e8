//! A folder of our own for files with secrets in the clear: in memory-backed storage where there is any, and gone at the end.

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, Mode, OFlags, flock, open};
use rustix::io::Errno;
use tempfile::TempDir;

use crate::failure::{Done, Failure};
use crate::terminal::note;

/// Mode 0700. A lock on it says that somebody lives there: what a killed process left behind has none, and is removed by the
/// next one.
pub struct PrivateFolder {
    folder: TempDir,
    /// Held until the folder is gone.
    _lock: OwnedFd,
}

impl PrivateFolder {
    pub fn make() -> Result<Self, Failure> {
        let place = place();
        remove_abandoned(&place);
        let broken = |cause: io::Error| Failure::io(format!("no private folder in `{}`", place.display()), &cause);
        let ours_alone = fs::Permissions::from_mode(0o700);
        loop {
            let made = tempfile::Builder::new().prefix(PREFIX).permissions(ours_alone.clone()).tempdir_in(&place);
            let folder = made.map_err(broken)?;
            let lock = match open(folder.path(), FOLDER, Mode::empty()) {
                Ok(lock) => lock,
                Err(Errno::NOENT) => continue,
                Err(errno) => return Err(broken(errno.into())),
            };
            flock(&lock, FlockOperation::LockExclusive).map_err(|errno| broken(errno.into()))?;
            // Between its making and its lock another process may have taken it for abandoned.
            if folder.path().exists() {
                return Ok(Self { folder, _lock: lock });
            }
        }
    }
    /// Makes a file, mode 0600, with this content.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<PathBuf, Failure> {
        let path = self.folder.path().join(name);
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let broken = |cause: io::Error| Failure::io(format!("the private file `{}`", path.display()), &cause);
        let file = open(&path, flags, Mode::RUSR | Mode::WUSR).map_err(|errno| broken(errno.into()))?;
        File::from(file).write_all(content).map_err(broken)?;
        Ok(path)
    }
    /// Overwrites what is in it and removes it. A process that ends without has it removed as well, by `Drop`, but says nothing.
    pub fn remove(self) -> Done {
        wipe(self.folder.path());
        let shown = self.folder.path().display().to_string();
        self.folder.close().map_err(|cause| Failure::io(format!("`{shown}` cannot be removed"), &cause))
    }
}

/// Where memory backs the files; else where other temporary files are.
fn place() -> PathBuf {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let found = runtime.into_iter().chain([PathBuf::from("/dev/shm")]).find(|place| is_ours_in_memory(place));
    found.unwrap_or_else(|| {
        let place = std::env::temp_dir();
        note(&format!(
            "note: no storage in memory was found; secrets lie in `{}` until the end, and are overwritten then",
            place.display()
        ));
        place
    })
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn is_ours_in_memory(place: &Path) -> bool {
    // tmpfs and ramfs, by linux/magic.h.
    let in_memory = |kind: u64| [0x0102_1994, 0x8584_58f6].contains(&kind);
    rustix::fs::statfs(place).is_ok_and(|found| u64::try_from(found.f_type).is_ok_and(in_memory))
        && rustix::fs::access(place, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK).is_ok()
}
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn is_ours_in_memory(_: &Path) -> bool {
    false
}

/// Removes folders of ours that nobody lives in any more.
fn remove_abandoned(place: &Path) {
    let Ok(entries) = fs::read_dir(place) else { return };
    for entry in entries.flatten() {
        let ours = entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes())
            && entry.metadata().is_ok_and(|found| found.uid() == rustix::process::geteuid().as_raw());
        let Some(lock) = ours.then(|| open(entry.path(), FOLDER, Mode::empty()).ok()).flatten() else { continue };
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok() {
            wipe(&entry.path());
            // Litter that cannot be removed is no reason not to work.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Overwrites the files of a folder: a courtesy, in memory-backed storage anyway; that it failed changes nothing.
fn wipe(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let Ok(mut file) = open(entry.path(), flags, Mode::empty()).map(File::from) else { continue };
        let len = file.metadata().ok().filter(fs::Metadata::is_file).map_or(0, |found| found.len().min(1 << 20));
        let zeros = vec![0; usize::try_from(len).unwrap_or(0)];
        let _ = file.write_all(&zeros).and_then(|()| file.sync_data());
    }
}

const PREFIX: &str = ".strongroom-private-";
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o7777
    }

    #[test]
    fn files_are_ours_alone_and_gone_at_the_end() {
        let folder = PrivateFolder::make().unwrap();
        let path = folder.folder.path().to_owned();
        let file = folder.write("TLS", b"hunter2").unwrap();
        assert_eq!(
            (mode(&path), mode(&file), fs::read(&file).unwrap().as_slice()),
            (0o700, 0o600, b"hunter2".as_slice())
        );
        assert!(folder.write("TLS", b"other").is_err(), "a name is taken once");
        folder.remove().unwrap();
        assert!(!path.exists());
        let dropped = PrivateFolder::make().unwrap();
        let path = dropped.folder.path().to_owned();
        drop(dropped);
        assert!(!path.exists());
    }
    #[test]
    fn what_a_killed_process_left_is_removed_and_what_is_lived_in_is_not() {
        let place = tempfile::tempdir().unwrap();
        let abandoned = place.path().join(format!("{PREFIX}x"));
        let lived_in = place.path().join(format!("{PREFIX}y"));
        let strange = place.path().join("other");
        for folder in [&abandoned, &lived_in, &strange] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("f"), "hunter2").unwrap();
        }
        let lock = open(&lived_in, FOLDER, Mode::empty()).unwrap();
        flock(&lock, FlockOperation::LockExclusive).unwrap();
        remove_abandoned(place.path());
        assert!(!abandoned.exists() && lived_in.join("f").exists() && strange.exists());
    }
}
