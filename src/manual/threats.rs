//! Who is kept out, and who is not.
//!
//! **The boundary.** Code that runs inside your process, or as root, while the store is unlocked is inside it: policies bind
//! principals as they are presented to a [`Session`](crate::Session), they are no wall between two modules that share memory.
//! The host program is the authenticator: whoever can call [`Strongroom::session`](crate::Strongroom::session) can be anybody.
//! Keep the [`Strongroom`](crate::Strongroom) in `main` and hand on sessions.
//!
//! | attacker | has | does not get | limit |
//! |---|---|---|---|
//! | thief of the file | any number of copies, no unlock secret | values, names, tags, descriptions, policies, principals, which key protects what | file size, counts and size classes of rows, which rows changed between two copies; guesses at a weak passphrase, one Argon2id run each |
//! | editor of the file, while it is closed | write access | a wrong value, a weaker policy, a row put back or removed unseen | putting back the *whole* file of an earlier time is not seen by itself: compare `sequence` and `fingerprint` of [`Status`](crate::Status) with what you kept outside; and whoever can write can destroy |
//! | a principal with valid credentials | sessions, policies it may write, ciphertexts | anything its policies do not allow; whether a secret exists that it may not see; two readings of one ciphertext | what the owner allowed, wise or not |
//! | author of a hostile policy | policy documents | a panic, a hang, a parse that differs between check and use | 32 KiB, 8 levels, linear matching |
//! | power loss, full disk, failing disk | any moment | an acknowledged change lost, a change half done, a strict read without its record | disks that lie about syncs |
//! | second process | the path | the file at the same time: it is told `Busy` | advisory locks; network file systems |
//! | a clock set back | the wall clock | an expired thing revived | a clock set forward makes things due, and they behave as gone; but one that jumps by more than 90 days destroys nothing until `confirm_clock` |
//!
//! **Not defended:** root and debuggers on the machine; code in the same process; hibernation and snapshots of memory; changes to
//! the file while it is open (each row still proves its place and content); traffic analysis of sizes and write times; hardware
//! that computes wrongly.
//!
//! **Deleting.** A secret that was deleted is gone from every later view, but pages of a copy-on-write database keep old bytes
//! until they are reused, and backups keep them for ever. They are sealed; whoever has the unlock secret and such bytes can read
//! them, until [`Strongroom::shred`](crate::Strongroom::shred) or `strongroom compact` has run: it copies every row into fresh
//! pages and overwrites all others. The material of a key that was deleted goes sooner: a new wrapping key is made, those that
//! stay are sealed under it, and the old one, which was nowhere but in the header, is overwritten there. `status` says `shredded:
//! pending` until both are done. Flash, snapshots, copy-on-write file systems and backups keep what was overwritten all the same:
//! whoever has such an old file, and what unlocked it, has what was in it.
//!
//! **A passphrase that was changed** does not lock out somebody who has the old passphrase *and* a copy of the file from then: that
//! copy has the keys under which the rest of the store's life is written as well. A new root key alone changes nothing about it.
//! [`Strongroom::revoke`](crate::Strongroom::revoke) (`strongroom slot revoke`, elsewhere `passwd --revoke`) does: a fresh file, with
//! a new root key, a new keyring, new material under every KMS key that can have it and new data keys. Safe from then on is what
//! was not in the old copy. Not safe: values that are not changed since, secrets of access keys and seeds of MFA devices; ciphertexts
//! of the KMS API under older material; keys with imported material and keys for MACs, which only their owners can replace.
//!
//! **The journal** has every change, and reads and refusals as [`ReadAudit`](crate::audit::ReadAudit) says: strictly on the command
//! line and in `strongroom serve`, not at all in the library unless the host asks for it. *Strict* fails closed: no record, no
//! answer, so a full disk stops reads as well. *Available* fails open: reads go on, a record tells how many have none, and a power
//! cut loses what waits. The store knows calls, not what was done with a value: a program that reads once and keeps it has one
//! record. Requests whose signature is wrong have no principal, and no record; the server counts them.
//!
//! Who is refused over and over fills no disk: within a minute the same refusals of one principal, whatever they were about,
//! are two records, the first at once and the rest with their count when the minute is over (a power cut loses that count, never
//! the first). The journal keeps 1,000,000 records unless it is told otherwise
//! ([`Strongroom::set_audit_retention`](crate::Strongroom::set_audit_retention)), then the oldest go, changes among them, and a
//! record says which. So whoever *may* read can push older records out by reading; export what must be kept.
//!
//! It is chained under a key of the store's. A record that was removed, changed or moved shows in
//! `strongroom audit verify`; that the *whole file* is an older one, with a shorter journal, shows only against a checkpoint that was
//! kept outside ([`Strongroom::audit_checkpoint`](crate::Strongroom::audit_checkpoint)). Whoever unlocks the file can write a journal of
//! their own. A checkpoint of records that were evicted is told as such: it is no sign of tampering, and no proof against it.
//!
//! **Damage that is not looked for.** Files of 64 MiB and more are not checked page by page when they are opened
//! ([`Builder::check_pages`](crate::Builder::check_pages) asks for it). Rows are authenticated whatever pages say, so reading such
//! a file gives the right answer or an error. *Writing* to one whose free-space tables were damaged can still end the process: the
//! database panics in a destructor while it unwinds from a panic. Nothing that was acknowledged is lost by that.
//!
//! **Memory.** Keys and values sit in buffers that are wiped when dropped; the cipher crates wipe their schedules. Pages are not
//! locked in memory in this release, and copies that a compiler leaves in registers or dead stack slots are out of reach.
