//! Opening the store's file ourselves.
//!
//! The engine would create a file readable by everybody, follow a link, and forget to make the directory entry durable.
//! So the file is opened here, by these rules, and the open handle is what the engine gets.
//!
//! - Created: it must not exist (`O_EXCL`), mode 0600 whatever the umask says, and the directory is synced.
//! - Opened: no symbolic link as last component, a regular file, one name, owned by the effective user.
//! - The directory: owned by the effective user or root, and not writable by everybody unless sticky.
//!
//! The directory is opened once and everything is done relative to that handle, so that nobody can swap it between
//! two steps.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat, fchmod, fstat, fsync, openat, renameat, statat, unlinkat};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::error::{EngineError, Refusal};

/// Where a file is: its directory, open, and its name in it.
#[derive(Debug)]
pub(crate) struct Place {
    directory: OwnedFd,
    name: OsString,
}

impl Place {
    /// Opens the directory of `path` and checks it.
    ///
    /// # Errors
    /// `Refused` (no name, foreign or open directory), `NotFound` (no such directory), `Storage`.
    pub(crate) fn of(path: &Path) -> Result<Self, EngineError> {
        let name = path.file_name().ok_or(EngineError::Refused(Refusal::NoName))?.to_owned();
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = rustix::fs::open(directory, flags, Mode::empty()).map_err(from_errno)?;
        check_directory(&fstat(&directory).map_err(from_errno)?)?;
        Ok(Self { directory, name })
    }

    /// Creates the file, empty, and makes its name durable.
    ///
    /// # Errors
    /// `Exists`, `Storage`.
    pub(crate) fn create(&self) -> Result<File, EngineError> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let file = openat(&self.directory, self.name(), flags, OWNER_ONLY).map_err(from_errno)?;
        // The umask can only take rights away from the mode above; a umask of 0777 would leave a file that its owner
        // cannot open a second time.
        let finished = fchmod(&file, OWNER_ONLY)
            .and_then(|()| fsync(&file))
            // Without this a crash can leave a durable file without a durable name.
            .and_then(|()| fsync(&self.directory));
        if let Err(errno) = finished {
            self.remove();
            return Err(from_errno(errno));
        }
        Ok(File::from(file))
    }

    /// Opens the file and checks it.
    ///
    /// # Errors
    /// `NotFound`, `Refused`, `Storage`.
    pub(crate) fn open(&self) -> Result<File, EngineError> {
        // Non-blocking, so that a pipe of that name cannot hold us; regular files do not care.
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = openat(&self.directory, self.name(), flags, Mode::empty()).map_err(|errno| match errno {
            Errno::LOOP => EngineError::Refused(Refusal::SymbolicLink),
            // A directory cannot be opened for writing; a socket or a device without a driver not at all.
            Errno::ISDIR | Errno::NXIO => EngineError::Refused(Refusal::NotAFile),
            errno => from_errno(errno),
        })?;
        check_file(&fstat(&file).map_err(from_errno)?)?;
        Ok(File::from(file))
    }

    /// Does the name still stand for this open file? Not after somebody renamed another over it.
    ///
    /// # Errors
    /// `Storage`.
    pub(crate) fn still_names(&self, file: impl AsFd) -> Result<bool, EngineError> {
        let open = fstat(file).map_err(from_errno)?;
        match statat(&self.directory, self.name(), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(named) => Ok(named.st_dev == open.st_dev && named.st_ino == open.st_ino),
            Err(Errno::NOENT) => Ok(false),
            Err(errno) => Err(from_errno(errno)),
        }
    }

    /// A place in the same directory, whose name has more behind it.
    ///
    /// # Errors
    /// `Storage`.
    pub(crate) fn beside(&self, more: &str) -> Result<Self, EngineError> {
        let directory = self.directory.try_clone().map_err(EngineError::from)?;
        let mut name = self.name.clone();
        name.push(more);
        Ok(Self { directory, name })
    }

    /// Has the file of this name take another name in its directory, whatever that stood for, durably.
    ///
    /// # Errors
    /// `Storage`.
    pub(crate) fn rename_to(&self, other: &Self) -> Result<(), EngineError> {
        renameat(&self.directory, self.name(), &other.directory, other.name()).map_err(from_errno)?;
        fsync(&other.directory).map_err(from_errno)
    }

    /// Takes the name away again after a creation that failed. As far as it goes: there is already an error to tell.
    pub(crate) fn remove(&self) {
        let _ = unlinkat(&self.directory, self.name(), AtFlags::empty());
        let _ = fsync(&self.directory);
    }

    fn name(&self) -> &OsStr {
        &self.name
    }
}

fn check_directory(found: &Stat) -> Result<(), EngineError> {
    // Root can do anything anyway, and owns the directories that everybody uses (`/tmp` and the like).
    if found.st_uid != geteuid().as_raw() && found.st_uid != 0 {
        return Err(EngineError::Refused(Refusal::ForeignDirectory));
    }
    let mode = Mode::from_raw_mode(found.st_mode);
    if mode.contains(Mode::WOTH) && !mode.contains(Mode::SVTX) {
        return Err(EngineError::Refused(Refusal::OpenDirectory));
    }
    Ok(())
}

fn check_file(found: &Stat) -> Result<(), EngineError> {
    if FileType::from_raw_mode(found.st_mode) != FileType::RegularFile {
        return Err(EngineError::Refused(Refusal::NotAFile));
    }
    if found.st_uid != geteuid().as_raw() {
        return Err(EngineError::Refused(Refusal::ForeignOwner));
    }
    if found.st_nlink != 1 {
        return Err(EngineError::Refused(Refusal::SeveralNames));
    }
    Ok(())
}

fn from_errno(errno: Errno) -> EngineError {
    match errno {
        Errno::NOENT => EngineError::NotFound,
        Errno::EXIST => EngineError::Exists,
        errno => EngineError::Storage(errno.kind()),
    }
}

const OWNER_ONLY: Mode = Mode::RUSR.union(Mode::WUSR);

#[cfg(test)]
mod tests {
    //! Each rule is broken once.

    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    use std::path::PathBuf;

    use super::*;

    fn room() -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store");
        (directory, path)
    }
    fn open(path: &Path) -> Result<File, EngineError> {
        Place::of(path)?.open()
    }
    fn refusal(result: Result<File, EngineError>) -> Refusal {
        match result {
            Err(EngineError::Refused(refusal)) => refusal,
            other => panic!("not refused: {other:?}"),
        }
    }

    #[test]
    fn s52_a_created_file_is_for_its_owner_alone_whatever_the_umask() {
        // The umask belongs to the whole process, so each is tried in a child: this very test, run again.
        const PATH: &str = "STRONGROOM_TEST_CREATE_AT";
        if let Some(path) = std::env::var_os(PATH) {
            Place::of(Path::new(&path)).unwrap().create().unwrap();
            return;
        }
        let this = std::thread::current().name().unwrap().to_owned();
        for umask in ["000", "022", "077", "777"] {
            let (_directory, path) = room();
            let ran = std::process::Command::new("sh")
                .args(["-c", "umask $1; shift; exec \"$@\"", "sh", umask])
                .arg(std::env::current_exe().unwrap())
                .args(["--exact", &this])
                .env(PATH, &path)
                .output()
                .unwrap();
            assert!(ran.status.success(), "{ran:?}");
            let created = std::fs::metadata(&path).unwrap();
            assert_eq!(created.permissions().mode() & 0o7777, 0o600, "umask {umask}");
            assert_eq!(created.uid(), geteuid().as_raw());
            assert!(open(&path).is_ok());
        }
    }

    #[test]
    fn an_existing_file_is_never_created_over() {
        let (_directory, path) = room();
        std::fs::write(&path, b"precious").unwrap();
        assert_eq!(Place::of(&path).unwrap().create().unwrap_err(), EngineError::Exists);
        assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    }

    #[test]
    fn a_dangling_link_is_not_created_through() {
        let (directory, path) = room();
        let target = directory.path().join("elsewhere");
        symlink(&target, &path).unwrap();
        assert_eq!(Place::of(&path).unwrap().create().unwrap_err(), EngineError::Exists);
        assert!(!target.exists());
    }

    #[test]
    fn s52_a_symbolic_link_is_refused() {
        let (directory, path) = room();
        let target = directory.path().join("elsewhere");
        Place::of(&target).unwrap().create().unwrap();
        symlink(&target, &path).unwrap();
        assert_eq!(refusal(open(&path)), Refusal::SymbolicLink);
    }

    #[test]
    fn a_file_with_two_names_is_refused() {
        let (directory, path) = room();
        Place::of(&path).unwrap().create().unwrap();
        std::fs::hard_link(&path, directory.path().join("second")).unwrap();
        assert_eq!(refusal(open(&path)), Refusal::SeveralNames);
    }

    #[test]
    fn a_directory_and_a_pipe_are_refused_without_waiting() {
        let (_directory, path) = room();
        std::fs::create_dir(&path).unwrap();
        assert_eq!(refusal(open(&path)), Refusal::NotAFile);
        let pipe = path.join("pipe");
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, FileType::Fifo, OWNER_ONLY, 0).unwrap();
        assert_eq!(refusal(open(&pipe)), Refusal::NotAFile);
    }

    #[test]
    fn a_directory_that_everybody_may_write_to_is_refused_unless_sticky() {
        let (directory, path) = room();
        Place::of(&path).unwrap().create().unwrap();
        let set = |mode| std::fs::set_permissions(directory.path(), PermissionsExt::from_mode(mode)).unwrap();
        set(0o777);
        assert_eq!(refusal(open(&path)), Refusal::OpenDirectory);
        set(0o1777);
        assert!(open(&path).is_ok());
        set(0o755);
        assert!(open(&path).is_ok());
    }

    #[test]
    fn what_another_user_owns_is_refused() {
        // Only root can give files away; elsewhere there is nothing to try.
        if !geteuid().is_root() {
            return;
        }
        let (directory, path) = room();
        Place::of(&path).unwrap().create().unwrap();
        std::os::unix::fs::chown(&path, Some(65_534), None).unwrap();
        assert_eq!(refusal(open(&path)), Refusal::ForeignOwner);
        std::os::unix::fs::chown(directory.path(), Some(65_534), None).unwrap();
        assert_eq!(refusal(open(&path)), Refusal::ForeignDirectory);
    }

    #[test]
    fn a_path_without_a_name_and_a_missing_file_say_so() {
        assert_eq!(refusal(open(Path::new(".."))), Refusal::NoName);
        assert_eq!(refusal(open(Path::new("/"))), Refusal::NoName);
        let (_directory, path) = room();
        assert_eq!(open(&path).unwrap_err(), EngineError::NotFound);
        assert_eq!(open(&path.join("below")).unwrap_err(), EngineError::NotFound);
    }

    #[test]
    fn a_file_renamed_over_the_open_one_is_noticed() {
        let (directory, path) = room();
        let place = Place::of(&path).unwrap();
        let file = place.create().unwrap();
        assert!(place.still_names(&file).unwrap());
        let other = directory.path().join("other");
        Place::of(&other).unwrap().create().unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert!(!place.still_names(&file).unwrap());
        std::fs::remove_file(&path).unwrap();
        assert!(!place.still_names(&file).unwrap());
    }
}
