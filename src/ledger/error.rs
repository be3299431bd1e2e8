//! What can go wrong below the records: one small error, without a type of the engine in it.

use std::fmt;
use std::io;

use strongroom_keystore::{Error as KeystoreError, HeaderFault};

use crate::error::{Code, Error, codes::store};

/// Why a file is not opened although it is there. None of these is about its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The path names no file (it is empty, or ends in `..`).
    NoName,
    /// The last component is a symbolic link.
    SymbolicLink,
    /// It is a directory, a device, a pipe or a socket.
    NotAFile,
    /// Another user owns the file.
    ForeignOwner,
    /// The file has more than one name, so another directory may hold it too.
    SeveralNames,
    /// Somebody else owns the directory and could swap the file.
    ForeignDirectory,
    /// Everybody may write to the directory, without the sticky bit.
    OpenDirectory,
}

/// Why the engine did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum EngineError {
    /// Another process or handle holds the store, or this thread already holds a change.
    Busy,
    /// There is no such file.
    NotFound,
    /// There is something already where a store was to be created.
    Exists,
    /// The file is not one that may be opened.
    Refused(Refusal),
    /// The file was swapped for another between opening and locking it: open again.
    Replaced,
    /// The disk failed; its own word for it. See [`EngineError::is_disk_full`].
    Storage(io::ErrorKind),
    /// An earlier write failed: nothing more is written until the store is opened again.
    Failed,
    /// The store was opened to be read only.
    ReadOnly,
    /// The store has been closed under this view.
    Closed,
    /// This process is a fork of the one that opened the store.
    Forked,
    /// Bytes that cannot be read as what they should be.
    Damaged(&'static str),
    /// Rows were removed, added, replaced or moved by somebody without the key.
    Tampered(&'static str),
    /// Written by a version of this library that knows more.
    NewerFormat(&'static str),
    /// An option of the host outside its bounds.
    Options(&'static str),
    /// The caller of the engine broke one of its rules; a fault of this library, not of the file.
    Misuse(&'static str),
    /// The keys refused: randomness failed, or a record is too long.
    Keystore(KeystoreError),
}

impl EngineError {
    /// Is it that the disk, the quota or the allowed file size is used up? Then space helps.
    pub(crate) fn is_disk_full(&self) -> bool {
        matches!(
            self,
            Self::Storage(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
        )
    }
}

impl From<io::Error> for EngineError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // The first is what redb and our backend say of bytes that make no sense, the second what a read says
            // that runs over the end of a file that was cut.
            io::ErrorKind::InvalidData => Self::Damaged("the database part is not one"),
            io::ErrorKind::UnexpectedEof => Self::Damaged("the file is shorter than it says"),
            kind => Self::Storage(kind),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoName => "the path names no file",
            Self::SymbolicLink => "the path is a symbolic link",
            Self::NotAFile => "the path is not a regular file",
            Self::ForeignOwner => "the file belongs to another user",
            Self::SeveralNames => "the file has more than one name (hard links)",
            Self::ForeignDirectory => "the directory belongs to another user",
            Self::OpenDirectory => "everybody may write to the directory",
        })
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("the store is in use"),
            Self::NotFound => f.write_str("there is no such file"),
            Self::Exists => f.write_str("there is already something of that name"),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Replaced => f.write_str("the file was replaced while it was being opened"),
            Self::Storage(_) if self.is_disk_full() => f.write_str("no space is left on the disk"),
            Self::Storage(kind) => write!(f, "the disk failed: {kind}"),
            Self::Failed => f.write_str("an earlier write failed; open the store again"),
            Self::ReadOnly => f.write_str("the store was opened to be read only"),
            Self::Closed => f.write_str("the store is closed"),
            Self::Forked => f.write_str("the store was opened by another process; open it again after a fork"),
            Self::Damaged(what) => write!(f, "the store is damaged: {what}"),
            Self::Tampered(what) => write!(f, "the store was changed without its key: {what}"),
            Self::NewerFormat(what) => write!(f, "the store needs a newer version: {what}"),
            Self::Options(what) => f.write_str(what),
            Self::Misuse(what) => write!(f, "internal error: {what}"),
            Self::Keystore(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for EngineError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Keystore(error) => Some(error),
            _ => None,
        }
    }
}

impl EngineError {
    fn code(&self) -> &'static Code {
        match self {
            Self::Busy | Self::Replaced => &store::BUSY,
            Self::NotFound => &store::NOT_FOUND,
            Self::Exists => &store::ALREADY_EXISTS,
            Self::Refused(_) | Self::Options(_) => &store::INVALID_REQUEST,
            Self::Storage(_) | Self::Failed | Self::Forked => &store::STORAGE,
            Self::ReadOnly => &store::INVALID_STATE,
            Self::Closed => &store::LOCKED,
            Self::Damaged(_) | Self::Misuse(_) => &store::DAMAGED,
            Self::Tampered(_) => &store::TAMPERED,
            Self::NewerFormat(_) => &store::NEWER_FORMAT,
            Self::Keystore(error) => match error {
                KeystoreError::Locked => &store::LOCKED,
                KeystoreError::WrongUnlock => &store::WRONG_UNLOCK,
                KeystoreError::Header(HeaderFault::NewerFormat(_)) => &store::NEWER_FORMAT,
                KeystoreError::Randomness => &store::RANDOMNESS_UNAVAILABLE,
                KeystoreError::Failed | KeystoreError::Header(_) => &store::DAMAGED,
                _ => &store::INVALID_REQUEST,
            },
        }
    }
}

impl From<EngineError> for Error {
    fn from(error: EngineError) -> Self {
        Self::new(error.code(), error.to_string()).caused_by(error)
    }
}
