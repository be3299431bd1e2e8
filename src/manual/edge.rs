//! An edge device: no network, no person, power that goes at any moment.
//!
//! # What to think of first
//!
//! - **Who unlocks?** Nobody is there to type. The service manager hands over a key: with systemd a *credential*, which
//!   `systemd-creds encrypt` binds to the device's TPM or to its host key, so that the disk alone opens nothing.
//! - **Who gets in if that key is lost?** A passphrase in a second slot, kept by the operator.
//! - **What if the power goes?** Every change that was acknowledged is there; one that was not is not there at all. No step is left to
//!   the next start but what [`Strongroom::open`](crate::Strongroom::open) does by itself.
//! - **What if the clock is wrong?** The store remembers the latest time that it committed and never acts on an earlier one. A clock that
//!   jumps ahead by more than 90 days destroys nothing until [`Strongroom::confirm_clock`](crate::Strongroom::confirm_clock).
//! - **What if the disk is full?** Changes are refused as a whole with `Storage`. Reads go on, unless their records are strict: a
//!   device that must go on working takes [`ReadAudit::Available`](crate::audit::ReadAudit) (`--audit available`), and finds in the
//!   journal how many records are missing. [`Strongroom::resume`](crate::Strongroom::resume) goes on writing when there is space.
//! - **How much space does the journal take?** Some 500 bytes a record, a million records unless
//!   [`Strongroom::set_audit_retention`](crate::Strongroom::set_audit_retention) (`strongroom audit retention`) says less. On flash a
//!   strict read costs a sync: available records are written together.
//!
//! # A unit
//!
//! The app embeds the store and takes the key as a credential named `strongroom.key`:
//!
//! ```text
//! # systemd-creds encrypt --name=strongroom.key app.key /etc/credstore.encrypted/strongroom.key    (once; then shred app.key)
//!
//! [Service]
//! ExecStart=/usr/bin/app
//! LoadCredentialEncrypted=strongroom.key
//! Environment=STRONGROOM_STORE=/var/lib/app/app.strongroom
//! StateDirectory=app
//! StateDirectoryMode=0700
//! DynamicUser=yes
//! LimitCORE=0
//! MemorySwapMax=0
//! NoNewPrivileges=yes
//! ProtectSystem=strict
//! ProtectHome=yes
//! PrivateTmp=yes
//! PrivateNetwork=yes
//! RestrictAddressFamilies=AF_UNIX
//! SystemCallFilter=@system-service
//! MemoryDenyWriteExecute=yes
//! ```
//!
//! ```no_run
//! use strongroom::{Error, Strongroom, Unlock};
//!
//! fn main() -> Result<(), Error> {
//!     let room = Strongroom::open("/var/lib/app/app.strongroom", Unlock::systemd_credential("strongroom.key"))?;
//!     # drop(room);
//!     Ok(())
//! }
//! ```
//!
//! The command line takes the same credential when it runs in such a unit, without being told
//! (`STRONGROOM_UNLOCK=systemd:strongroom.key` says it outright).
//!
//! # Making the store
//!
//! Make it on the device, under the same credential, and add the second way in before the device leaves:
//!
//! ```console
//! $ export STRONGROOM_STORE=/var/lib/app/app.strongroom STRONGROOM_UNLOCK=systemd:strongroom.key
//! $ strongroom init                                 # in a unit that has the credential, or with `systemd-run -p LoadCredential…`
//! $ strongroom slot add --new passphrase            # asks twice
//! ```
//!
//! # What a thief of the device has
//!
//! The file, and if the device can start by itself, whatever it starts with: a device that unlocks without a person is opened by
//! whoever has the *running* device. A credential bound to a TPM keeps the disk without the device closed.
//! [`threats`](super::threats) says what the file alone tells.
