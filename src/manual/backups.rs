//! Backups: how a store is copied, looked at and put back, and what a copy keeps.
//!
//! ```
//! use strongroom::operation::secretsmanager::{CreateSecret, PutSecretValue};
//! use strongroom::{Check, Strongroom, Unlock};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let (store, copy) = (folder.path().join("app.strongroom"), folder.path().join("copy.strongroom"));
//! # let key = || Unlock::root_key([7; 32].as_slice());
//! let room = Strongroom::create(&store, key())?;
//! room.root().create_secret(CreateSecret::text("prod/db", "first"))?;
//! room.backup(&copy)?; // others read and write meanwhile
//! room.root().put_secret_value(PutSecretValue::text("prod/db", "second"))?;
//! drop(room);
//!
//! // Not a byte of the copy changes; every page, row and link of the audit chain is checked.
//! let backup = Strongroom::builder().check_pages(Check::Always).open_read_only(&copy, key())?;
//! backup.verify()?;
//! backup.restore_to(&store, "app.strongroom.before")?; // the old file is kept beside it
//! let room = Strongroom::open(&store, key())?;
//! assert_eq!(room.root().get_secret_value("prod/db")?.value(), b"first");
//! # Ok(())
//! # }
//! ```
//!
//! ```console
//! $ strongroom backup create /var/backups/strongroom/
//! $ strongroom backup verify /var/backups/strongroom/app-20270131T080000Z.strongroom --values
//! $ strongroom backup list /var/backups/strongroom/
//! $ strongroom restore-from /var/backups/strongroom/app-20270131T080000Z.strongroom
//! ```
//!
//! # What a copy is
//!
//! - **BACKUP-1** A copy is a store: the header with its slots, and every live row, sealed as it is, of one commit. It opens by the
//!   slots of that moment, and by every version of this library that opens the store.
//! - **BACKUP-2** It appears whole or not at all: it is written under a name of its own (`.NAME.PID-N.draft`), mode 0600, made
//!   durable, read back and authenticated, and then gets its name, if nothing has it. A draft that a crash left is taken away by
//!   the next copy of that name.
//! - **BACKUP-3** It has fresh pages: bytes of what was deleted before do not come along.
//! - **BACKUP-4** Verifying reads and authenticates every row, follows the audit chain and looks for every version that a secret
//!   names. Values are opened by `--values`, as the principal of the run: whoever opens a value needs leave.
//! - **BACKUP-5** Restoring verifies the copy, writes a copy of it beside the store, and exchanges the two names in one step. The
//!   old file is kept. Nobody may have the store open. (Where a file system cannot exchange names there is a moment without a file
//!   at the store's path.)
//!
//! Do not copy the file of an open store with other tools: they read it while it changes. The file of a closed store may be
//! copied by anything.
//!
//! # What comes back
//!
//! A restored store is as it was. That includes what was taken away since: removed slots and users, revoked grants, policies
//! that were tightened, values that were rotated. So after a restore: remove and revoke again, and rotate what was rotated. What
//! time has made due meanwhile is due at the next `run_due`; if more than 90 days have passed, nothing is deleted by time before
//! [`Strongroom::confirm_clock`](crate::Strongroom::confirm_clock).
//!
//! **Rollback.** A store that was put back cannot be told, from inside the file, from one that never went on: it is whole, and it
//! is old. `status` shows a `Sequence`, which grows with every commit, and the digits of the last commit. Keep them elsewhere, and
//! compare: after a restore of your own the sequence is lower, and you note the new one; after anybody else's, that is how you
//! notice. Parts of an older copy inside a newer file are always noticed. A store that is anchored outside is not made by this
//! version, and a file that says it is one is refused.
//!
//! **Keys of copies.** Whoever has a copy, and a secret that opened the store when it was made, has what was in it. Changing a
//! passphrase, removing a slot, rotating the root key and shredding reach the store, not its copies. To end a copy's life, delete
//! it, and rotate the values that were in it. For a copy under a passphrase of its own, `strongroom export --to-passphrase` writes
//! the secrets, without identities, policies, keys and audit, to a new store.
