//! Opening the store's file ourselves.
//!
//! The engine would create a file readable by everybody, follow a link, and forget to make the directory entry durable.
//! So the file is opened here, by these rules, and the open handle is what the engine gets.
//!
//! - Created: it must not exist (`O_EXCL`), mode 0600 whatever the umask says, and the directory is synced.
//! - Opened: no symbolic link as last component, a regular file, one name, owned by the effective user.
//! - The directory: owned by the effective user or root, and not writable by everybody unless sticky.
//! - A file that is to appear whole or not at all is a *draft* first, `.NAME.PID-N.draft` in the same directory, created by
//!   the rules above and locked; it is renamed when everything in it is durable. Drafts that nobody has locked are what a
//!   crash left behind: the next draft for that name takes them away.
//!
//! The directory is opened once and everything is done relative to that handle, so that nobody can swap it between
//! two steps.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{
    AtFlags, Dir, FileType, FlockOperation, Mode, OFlags, Stat, fchmod, flock, fstat, fsync, openat, renameat, statat,
    unlinkat,
};
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
use rustix::fs::{RenameFlags, renameat_with};
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

    /// Creates a file that is to get this name once it is whole.
    ///
    /// # Errors
    /// `Storage`.
    pub(crate) fn draft(&self) -> Result<(Self, File), EngineError> {
        self.remove_stale_drafts()?;
        let mut name = self.draft_prefix();
        name.push(std::process::id().to_string());
        for number in 0..DRAFTS_MAX {
            let mut name = name.clone();
            name.push(format!("-{number}.draft"));
            let draft = Self { directory: self.directory.try_clone().map_err(EngineError::from)?, name };
            match draft.create() {
                Ok(file) => {
                    // Marks it as one that somebody is at; the lock goes with the last handle.
                    let _ = flock(&file, FlockOperation::NonBlockingLockExclusive);
                    return Ok((draft, file));
                }
                Err(EngineError::Exists) => {}
                Err(error) => return Err(error),
            }
        }
        Err(EngineError::Exists)
    }

    /// Gives a draft of this directory the name, if nothing has it.
    ///
    /// # Errors
    /// `Exists`, `Storage`.
    pub(crate) fn take(&self, draft: &Self) -> Result<(), EngineError> {
        self.rename_to_free(&draft.name, &self.name)?;
        fsync(&self.directory).map_err(from_errno)
    }

    /// Gives a draft of this directory the name, and what has it now the name `aside`, if nothing has that.
    ///
    /// # Errors
    /// `Exists`, `Storage`; then everything has the name that it had.
    pub(crate) fn exchange(&self, draft: &Self, aside: &OsStr) -> Result<(), EngineError> {
        // In this order a crash leaves the old file in its place and a whole new one aside, or the other way round: never a
        // name without a file, never an old file that looks like a draft.
        self.rename_to_free(&draft.name, aside)?;
        match self.swap(aside) {
            Ok(()) => fsync(&self.directory).map_err(from_errno),
            Err(errno) => {
                self.rename_to_free(aside, &draft.name)?;
                match errno {
                    Errno::INVAL | Errno::NOSYS | Errno::NOTSUP => self.exchange_in_steps(draft, aside),
                    errno => Err(from_errno(errno)),
                }
            }
        }
    }
    /// The same where a file system cannot swap two names: there is a moment without a file of this name.
    fn exchange_in_steps(&self, draft: &Self, aside: &OsStr) -> Result<(), EngineError> {
        self.rename_to_free(self.name(), aside)?;
        if let Err(error) = self.rename_to_free(&draft.name, self.name()) {
            self.rename_to_free(aside, self.name())?;
            return Err(error);
        }
        fsync(&self.directory).map_err(from_errno)
    }

    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    fn swap(&self, aside: &OsStr) -> Result<(), Errno> {
        renameat_with(&self.directory, aside, &self.directory, self.name(), RenameFlags::EXCHANGE)
    }
    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    fn swap(&self, _aside: &OsStr) -> Result<(), Errno> {
        Err(Errno::NOSYS)
    }

    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    fn rename_to_free(&self, from: &OsStr, to: &OsStr) -> Result<(), EngineError> {
        match renameat_with(&self.directory, from, &self.directory, to, RenameFlags::NOREPLACE) {
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => self.rename_after_a_look(from, to),
            other => other.map_err(from_errno),
        }
    }
    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    fn rename_to_free(&self, from: &OsStr, to: &OsStr) -> Result<(), EngineError> {
        self.rename_after_a_look(from, to)
    }
    /// Where the file system cannot look and rename in one step.
    fn rename_after_a_look(&self, from: &OsStr, to: &OsStr) -> Result<(), EngineError> {
        match statat(&self.directory, to, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => Err(EngineError::Exists),
            Err(Errno::NOENT) => renameat(&self.directory, from, &self.directory, to).map_err(from_errno),
            Err(errno) => Err(from_errno(errno)),
        }
    }

    /// Takes away drafts for this name that nobody is at any more.
    fn remove_stale_drafts(&self) -> Result<(), EngineError> {
        let prefix = self.draft_prefix();
        let entries = Dir::read_from(&self.directory).map_err(from_errno)?;
        for entry in entries {
            let entry = entry.map_err(from_errno)?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if !name.as_bytes().starts_with(prefix.as_bytes()) || !name.as_bytes().ends_with(b".draft") {
                continue;
            }
            let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
            let Ok(file) = openat(&self.directory, name, flags, Mode::empty()) else { continue };
            let ours = fstat(&file).is_ok_and(|found| check_file(&found).is_ok());
            if ours && flock(&file, FlockOperation::NonBlockingLockExclusive).is_ok() {
                // As far as it goes: a stale draft is litter and no more.
                let _ = unlinkat(&self.directory, name, AtFlags::empty());
            }
        }
        Ok(())
    }
    fn draft_prefix(&self) -> OsString {
        let mut prefix = OsString::from(".");
        prefix.push(&self.name);
        prefix.push(".");
        prefix
    }

    fn name(&self) -> &OsStr {
        &self.name
    }
}

/// Opens a regular file for reading, without waiting for a pipe of that name.
///
/// # Errors
/// `NotFound`, `Refused`, `Storage`.
pub(crate) fn read_only(path: &Path) -> Result<File, EngineError> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| match errno {
        Errno::NXIO => EngineError::Refused(Refusal::NotAFile),
        errno => from_errno(errno),
    })?;
    if FileType::from_raw_mode(fstat(&file).map_err(from_errno)?.st_mode) != FileType::RegularFile {
        return Err(EngineError::Refused(Refusal::NotAFile));
    }
    Ok(File::from(file))
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
/// Drafts of one process for one name at a time.
const DRAFTS_MAX: u32 = 1_000;

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
    fn a_draft_gets_its_name_when_it_is_whole_and_never_anothers() {
        let (directory, path) = room();
        let place = Place::of(&path).unwrap();
        let (draft, file) = place.draft().unwrap();
        assert!(!path.exists());
        place.take(&draft).unwrap();
        assert!(place.still_names(&file).unwrap());
        let (second, _file) = place.draft().unwrap();
        assert_eq!(place.take(&second), Err(EngineError::Exists));
        assert!(place.still_names(&file).unwrap());
        second.remove();
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_draft_that_somebody_is_at_stays_and_one_that_a_crash_left_goes() {
        let (directory, path) = room();
        let place = Place::of(&path).unwrap();
        let (_draft, file) = place.draft().unwrap();
        let (_other, _other_file) = place.draft().unwrap();
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2);
        drop(file);
        let unrelated = directory.path().join(".other.1-0.draft");
        Place::of(&unrelated).unwrap().create().unwrap();
        place.remove_stale_drafts().unwrap();
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2);
        assert!(unrelated.exists());
    }

    #[test]
    fn an_exchange_puts_the_draft_in_and_the_old_file_aside() {
        let (directory, path) = room();
        let place = Place::of(&path).unwrap();
        let old = place.create().unwrap();
        let aside = OsString::from("store.old");
        for by_steps in [false, true] {
            let (draft, new) = place.draft().unwrap();
            if by_steps {
                place.exchange_in_steps(&draft, &aside).unwrap();
            } else {
                place.exchange(&draft, &aside).unwrap();
            }
            assert!(place.still_names(&new).unwrap());
            let kept = Place::of(&directory.path().join(&aside)).unwrap();
            assert_eq!(kept.still_names(&old).unwrap(), !by_steps);
            assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2);
            let (draft, _file) = place.draft().unwrap();
            assert_eq!(place.exchange(&draft, &aside), Err(EngineError::Exists), "nothing is overwritten");
            draft.remove();
            kept.remove();
        }
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
