//! Copies of a store, and how one gets into a store's place.

use std::ffi::OsStr;
use std::path::Path;

use strongroom_keystore::Claimed;

use super::{Strongroom, Verification};
use crate::error::{self, Error};
use crate::ledger::{Copied, Storage, read_region};

/// What a copy holds. It was read back and authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backup {
    /// What was gone through: as [`Strongroom::verify`] counts.
    pub content: Verification,
    /// Write sequence of the commit that it is a copy of; with `fingerprint` what `status` of the store showed at that moment.
    pub sequence: u64,
    /// First 8 hex digits of that commit's commitment.
    pub fingerprint: String,
    /// Bytes of the copy.
    pub file_bytes: u64,
}

/// What anybody can see in a store's file without its secret. Nothing of it is proven before the store is unlocked: whoever can
/// write the file can write this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreHeader {
    /// Identifies the store; its copies have the same.
    pub store_id: [u8; 16],
    /// Generation of the header: raised by every change of a slot and of the root key.
    pub header_generation: u64,
    /// Bytes of the file.
    pub file_bytes: u64,
}

/// Backups.
impl Strongroom {
    /// Writes a copy of the store, as of now, to a new file, mode 0600, that appears whole or not at all. Others read and write
    /// meanwhile. The copy is a store like this one: sealed by the same keys, opened by the same slots. It holds the live rows
    /// alone, nothing of what was deleted, and dates of reads as far as they are written. Every row of the copy is read back and
    /// authenticated, the audit chain is followed; values are not opened, for that a principal needs leave.
    ///
    /// Whoever has a copy, and a secret that opened the store when it was made, has what was in it: changing or removing a slot
    /// later, or rotating the root key, does not reach copies.
    ///
    /// # Errors
    /// `Locked`; `AlreadyExists` when there is a file; `NotFound` when there is no such directory; `InvalidRequest` for a
    /// directory that others can write to; `Busy` within a transaction of this thread; `Damaged`, `Tampered` for what cannot be
    /// copied; `Storage`. After an error there is no file.
    pub fn backup(&self, path: impl AsRef<Path>) -> Result<Backup, Error> {
        let (draft, place) = Storage::prepare_file(path.as_ref())?;
        let copied = self.copy_or_discard(&draft)?;
        draft.publish(&place)?;
        Ok(copied)
    }
    /// Puts a copy of this store, which is a backup that was [opened to be read](super::Builder::open_read_only), in the place of
    /// the store at `path`. The old file is kept in the same directory under the name `aside`; where there is none, this is
    /// [`backup`](Self::backup). The swap is one step: at every moment there is a whole store at `path` (but on file systems that
    /// cannot exchange two names, where for a moment there may be none).
    ///
    /// Everything is as it was when the backup was made, and that includes what was taken away since: removed slots and deleted
    /// users are back, revoked grants and lifted policies too, rotated values are the old ones. The store counts its commits on
    /// from there, so that [`status`](Self::status) shows a lower sequence than before.
    ///
    /// # Errors
    /// As [`backup`](Self::backup); `Busy` when somebody has the old store open; `AlreadyExists` when there is a file `aside`;
    /// `InvalidRequest` for an old file that is not ours alone, or an `aside` that is no name of a file. After an error the old
    /// file is where it was.
    pub fn restore_to(&self, path: impl AsRef<Path>, aside: impl AsRef<OsStr>) -> Result<Backup, Error> {
        let (path, aside) = (path.as_ref(), aside.as_ref());
        if Path::new(aside).file_name() != Some(aside) {
            return Err(error::invalid("the old file is kept under a name in its own directory".to_owned()));
        }
        let (draft, place) = Storage::prepare_file(path)?;
        let copied = self.copy_or_discard(&draft)?;
        match path.symlink_metadata() {
            Err(missing) if missing.kind() == std::io::ErrorKind::NotFound => draft.publish(&place)?,
            _ => draft.replace(&place, aside)?,
        }
        Ok(copied)
    }
    /// Reads what a file shows without being unlocked: which store it is, or a copy of which.
    ///
    /// # Errors
    /// `NotFound`; `InvalidRequest` for what is no regular file; `Damaged` for what is no store; `NewerFormat`; `Storage`.
    pub fn read_header(path: impl AsRef<Path>) -> Result<StoreHeader, Error> {
        let (region, file_bytes) = read_region(path.as_ref())?;
        let Claimed { store_id, generation, .. } = Claimed::read(&region)?;
        Ok(StoreHeader { store_id, header_generation: generation, file_bytes })
    }

    fn copy_or_discard(&self, draft: &Storage) -> Result<Backup, Error> {
        let copied = self.copy_into(draft);
        if copied.is_err() {
            draft.discard();
        }
        copied
    }
    pub(super) fn copy_into(&self, storage: &Storage) -> Result<Backup, Error> {
        self.door.room.unlocked()?;
        let Copied { verified, versions, sequence, commit_digits, bytes } = self.door.room.ledger.copy_to(storage)?;
        let content = Verification { rows: verified.rows, versions, audit_records: verified.audit_records };
        Ok(Backup { content, sequence, fingerprint: commit_digits, file_bytes: bytes })
    }
}
